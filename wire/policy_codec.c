/* Each map of PROTOCOL 6 is a table: key, where the member is, in what form, and what to tell
 * somebody who got it wrong.  One function reads by the table and one writes by it, so both
 * know the same keys. */
#include "wire/policy_codec.h"

#include <assert.h>
#include <string.h>

#include "wire/limits.h"

#define COUNT_OF(a)    (sizeof (a) / sizeof (a)[0])
#define TABLE_KEYS_MAX 10
#define WORD_MAX       32       /* bytes in any word of a policy */

enum form {
    FORM_U8, FORM_U16, FORM_U32,    /* an integer from 1 to `max` */
    FORM_WORD,                      /* u8: a word of `words`, counted from 1 */
    FORM_BOOL,
    FORM_LIMIT,
    FORM_HOLD,
    FORM_NAME,                      /* text of at most POLICY_NAME_MAX bytes */
    FORM_DEADLINE,                  /* two u8: month and day */
    FORM_MAP,                       /* a struct, by `table` */
    FORM_LIST,                      /* at most `max` structs, by `table` */
};

struct entry {
    const char *key;
    const char *wrong;              /* told when the value is not what it must be */
    uint16_t at;                    /* offset of the member */
    enum form form;
    bool required;
    uint32_t max;
    const char *const *words;       /* ends with NULL */
    const struct table *table;
    uint16_t count_at, stride;      /* of a list: offset of its u8 count, size of an item */
};

struct table {
    const struct entry *entries;
    unsigned count;
};
#define TABLE(entries_) { entries_, COUNT_OF(entries_) }

static const char *const recognitions[] = { "settlement", "disbursement", NULL };
static const char *const fee_bases[] = { "arrival", "covered", NULL };
static const char *const clocks[] = { "live", "events", NULL };
static const char *const bases[] = { "trailing_12", "year_to_date", "calendar_year", NULL };
static const char *const numerators[] = {
    "paid", "registered", "reported", "reported_and_employees", "paid_and_employees", NULL,
};
static const char *const denominators[] = { "resident", "registered", "last_year", NULL };
static_assert(RECOGNISE_DISBURSEMENT == COUNT_OF(recognitions) - 1, "a word for each");
static_assert(FEES_IN_YEAR_COVERED == COUNT_OF(fee_bases) - 1, "a word for each");
static_assert(CLOCK_EVENTS == COUNT_OF(clocks) - 1, "a word for each");
static_assert(RUNWAY_CALENDAR_YEAR == COUNT_OF(bases) - 1, "a word for each");
static_assert(NUMERATOR_PAID_AND_EMPLOYEES == COUNT_OF(numerators) - 1, "a word for each");
static_assert(DENOMINATOR_LAST_YEAR == COUNT_OF(denominators) - 1, "a word for each");

#define HOLD_WRONG  "a hold must be an array of two integers, 0 to 366 days each"
#define LIMIT_WRONG "must be an array of two integers: where it is entered and where it is left"

#define AT(member) .at = offsetof(struct runway_rule, member)
static const struct entry runway_entries[] = {
    {"on", "runway.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"base", "runway.base must be trailing_12, year_to_date or calendar_year",
     AT(base), .form = FORM_WORD, .words = bases},
    {"min_months", "runway.min_months must be 1 to 12", AT(min_months), .form = FORM_U8, .max = 12},
    {"critical_low", "runway.critical_low " LIMIT_WRONG, AT(critical_low), .form = FORM_LIMIT},
    {"low", "runway.low " LIMIT_WRONG, AT(low), .form = FORM_LIMIT},
    {"high", "runway.high " LIMIT_WRONG, AT(high), .form = FORM_LIMIT},
    {"excessive", "runway.excessive " LIMIT_WRONG, AT(excessive), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct deficit_rule, member)
static const struct entry deficit_entries[] = {
    {"on", "deficit.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "deficit.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct provisional_rule, member)
static const struct entry provisional_entries[] = {
    {"on", "provisional.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "provisional.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct coverage_rule, member)
static const struct entry coverage_entries[] = {
    {"name", "a coverage must have a name of 1 to 32 of a-z, 0-9, '_' and '-'",
     AT(name), .form = FORM_NAME, .required = true},
    {"numerator", "a coverage's numerator must be paid, registered, reported, "
     "reported_and_employees or paid_and_employees",
     AT(numerator), .form = FORM_WORD, .required = true, .words = numerators},
    {"denominator", "a coverage's denominator must be resident, registered or last_year",
     AT(denominator), .form = FORM_WORD, .required = true, .words = denominators},
    {"deadline", "a coverage's deadline must be month and day as an integer, 1231",
     AT(deadline_month), .form = FORM_DEADLINE, .required = true},
    {"target", "a coverage's target " LIMIT_WRONG,
     AT(target), .form = FORM_LIMIT, .required = true},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT
static_assert(offsetof(struct coverage_rule, deadline_day)
              == offsetof(struct coverage_rule, deadline_month) + 1, "FORM_DEADLINE");

#define AT(member) .at = offsetof(struct quiet_rule, member)
static const struct entry quiet_entries[] = {
    {"pattern", "a quiet rule must have a pattern: a source's name, or its beginning and '*'",
     AT(pattern), .form = FORM_NAME, .required = true},
    {"days", "a quiet rule must have days, 1 to 366",
     AT(days), .form = FORM_U16, .required = true, .max = 366},
};
#undef AT

static const struct table runway_table = TABLE(runway_entries);
static const struct table deficit_table = TABLE(deficit_entries);
static const struct table provisional_table = TABLE(provisional_entries);
static const struct table coverage_table = TABLE(coverage_entries);
static const struct table quiet_table = TABLE(quiet_entries);

#define AT(member) .at = offsetof(struct policy, member)
static const struct entry policy_entries[] = {
    {"version", "a policy must have a version, an integer from 1",
     AT(version), .form = FORM_U32, .required = true, .max = UINT32_MAX},
    {"recognition", "recognition must be settlement or disbursement",
     AT(recognition), .form = FORM_WORD, .words = recognitions},
    {"fees", "fees must be arrival or covered",
     AT(fee_basis), .form = FORM_WORD, .words = fee_bases},
    {"clock", "clock must be live or events", AT(clock), .form = FORM_WORD, .words = clocks},
    {"ahead_days", "ahead_days must be 1 to 366", AT(ahead_days), .form = FORM_U16, .max = 366},
    {"runway", "runway must be a map with the keys of PROTOCOL 6",
     AT(runway), .form = FORM_MAP, .table = &runway_table},
    {"deficit", "deficit must be a map with the keys of PROTOCOL 6",
     AT(deficit), .form = FORM_MAP, .table = &deficit_table},
    {"provisional", "provisional must be a map with the keys of PROTOCOL 6",
     AT(provisional), .form = FORM_MAP, .table = &provisional_table},
    {"coverage", "coverage must be an array of at most 8 maps with the keys of PROTOCOL 6",
     AT(coverage), .form = FORM_LIST, .max = POLICY_COVERAGE_MAX, .table = &coverage_table,
     .count_at = offsetof(struct policy, coverage_count), .stride = sizeof(struct coverage_rule)},
    {"quiet", "quiet must be an array of at most 32 maps with the keys of PROTOCOL 6",
     AT(quiet), .form = FORM_LIST, .max = POLICY_QUIET_MAX, .table = &quiet_table,
     .count_at = offsetof(struct policy, quiet_count), .stride = sizeof(struct quiet_rule)},
};
#undef AT
static const struct table policy_table = TABLE(policy_entries);
static_assert(COUNT_OF(policy_entries) <= TABLE_KEYS_MAX, "the largest table");

/* --- From the map ----------------------------------------------------------- */

/* `wrong` is the sentence of the first entry that failed, the innermost. */
struct policy_reading {
    struct reader r;
    const char *wrong;
};

static void get_value(struct policy_reading *p, const struct entry *e, char *base);

static void blame(struct policy_reading *p, const struct entry *e)
{
    if (p->wrong == NULL)
        p->wrong = e->wrong;
}

static void get_map(struct policy_reading *p, const struct table *t, char *base)
{
    const char *keys[TABLE_KEYS_MAX];
    uint32_t seen = 0;
    for (unsigned i = 0; i < t->count; i++)
        keys[i] = t->entries[i].key;
    uint32_t pairs = read_map(&p->r, t->count);
    for (uint32_t i = 0; i < pairs && p->r.err == READ_OK; i++) {
        unsigned key = read_key(&p->r, keys, t->count, &seen);
        if (key < t->count)
            get_value(p, &t->entries[key], base);
        else if (p->wrong == NULL)
            p->wrong = "a policy has no such key, or has it twice";
    }
    for (unsigned i = 0; i < t->count && p->r.err == READ_OK; i++) {
        if (t->entries[i].required && !(seen >> i & 1)) {
            read_fail(&p->r, READ_KEY);
            blame(p, &t->entries[i]);
        }
    }
}

static void get_list(struct policy_reading *p, const struct entry *e, char *base)
{
    uint32_t count = read_array(&p->r, e->max);
    base[e->count_at] = (char)count;
    for (uint32_t i = 0; i < count && p->r.err == READ_OK; i++)
        get_map(p, e->table, base + e->at + i * e->stride);
}

static uint8_t get_word(struct reader *r, const char *const *words)
{
    struct span s = read_string(r, WORD_MAX);
    for (unsigned i = 0; words[i] != NULL; i++) {
        if (span_is(s, words[i]))
            return (uint8_t)(i + 1);
    }
    read_fail(r, READ_RANGE);
    return 0;
}

static void get_pair(struct reader *r, int64_t min, int64_t max, int64_t ret[2])
{
    uint32_t items = read_array(r, 2);
    if (items != 2)
        read_fail(r, READ_RANGE);
    for (unsigned i = 0; i < 2; i++)
        ret[i] = read_int(r, min, max);
}

static struct limit get_limit(struct reader *r)
{
    int64_t pair[2];
    get_pair(r, INT64_MIN, INT64_MAX, pair);
    return (struct limit){ pair[0], pair[1] };
}

static struct hold get_hold(struct reader *r)
{
    int64_t pair[2];
    get_pair(r, 0, HOLD_DAYS_MAX, pair);
    return (struct hold){ (uint16_t)pair[0], (uint16_t)pair[1] };
}

static void get_name(struct reader *r, char *to)
{
    struct span s = read_string(r, POLICY_NAME_MAX);
    if (!span_is_text(s) || !span_copy(s, to, POLICY_NAME_MAX + 1))
        read_fail(r, READ_RANGE);
}

static void get_deadline(struct reader *r, uint8_t *month_and_day)
{
    int64_t mmdd = read_int(r, 101, 1231);
    month_and_day[0] = (uint8_t)(mmdd / 100);
    month_and_day[1] = (uint8_t)(mmdd % 100);
}

static void get_value(struct policy_reading *p, const struct entry *e, char *base)
{
    void *to = base + e->at;
    struct reader *r = &p->r;
    switch (e->form) {
    case FORM_U8:
        *(uint8_t *)to = (uint8_t)read_int(r, 1, e->max);
        break;
    case FORM_U16:
        *(uint16_t *)to = (uint16_t)read_int(r, 1, e->max);
        break;
    case FORM_U32:
        *(uint32_t *)to = (uint32_t)read_int(r, 1, e->max);
        break;
    case FORM_WORD:
        *(uint8_t *)to = get_word(r, e->words);
        break;
    case FORM_BOOL:
        *(bool *)to = read_bool(r);
        break;
    case FORM_LIMIT:
        *(struct limit *)to = get_limit(r);
        break;
    case FORM_HOLD:
        *(struct hold *)to = get_hold(r);
        break;
    case FORM_NAME:
        get_name(r, to);
        break;
    case FORM_DEADLINE:
        get_deadline(r, to);
        break;
    case FORM_MAP:
        get_map(p, e->table, to);
        break;
    case FORM_LIST:
        get_list(p, e, base);
        break;
    }
    if (r->err != READ_OK)
        blame(p, e);
}

const char *policy_decode(struct policy_text text, struct policy *ret)
{
    if (text.size > POLICY_SIZE_MAX)
        return "a policy has at most 8192 bytes";
    struct policy_reading p = { .r = reader_of(text.bytes, text.size) };
    struct policy policy = policy_default();
    get_map(&p, &policy_table, (char *)&policy);
    if (reader_end(&p.r) != READ_OK)
        return p.wrong != NULL ? p.wrong : read_error_sentence(p.r.err);
    const char *wrong = policy_check(&policy);
    if (wrong == NULL)
        *ret = policy;
    return wrong;
}

/* --- To the map ------------------------------------------------------------- */

static void put_map(struct writer *w, const struct table *t, const char *base);

static void put_list(struct writer *w, const struct entry *e, const char *base)
{
    uint8_t count = (uint8_t)base[e->count_at];
    write_array(w, count);
    for (unsigned i = 0; i < count; i++)
        put_map(w, e->table, base + e->at + i * e->stride);
}

static void put_pair(struct writer *w, int64_t first, int64_t second)
{
    write_array(w, 2);
    write_int(w, first);
    write_int(w, second);
}

static void put_limit(struct writer *w, const struct limit *limit)
{
    put_pair(w, limit->enter_e4, limit->leave_e4);
}

static void put_hold(struct writer *w, const struct hold *hold)
{
    put_pair(w, hold->enter_days, hold->leave_days);
}

static void put_value(struct writer *w, const struct entry *e, const char *base)
{
    const void *from = base + e->at;
    const uint8_t *bytes = from;
    switch (e->form) {
    case FORM_U8:
        write_uint(w, *bytes);
        break;
    case FORM_U16:
        write_uint(w, *(const uint16_t *)from);
        break;
    case FORM_U32:
        write_uint(w, *(const uint32_t *)from);
        break;
    case FORM_WORD:
        write_string(w, e->words[*bytes - 1]);
        break;
    case FORM_BOOL:
        write_bool(w, *(const bool *)from);
        break;
    case FORM_LIMIT:
        put_limit(w, from);
        break;
    case FORM_HOLD:
        put_hold(w, from);
        break;
    case FORM_NAME:
        write_string(w, from);
        break;
    case FORM_DEADLINE:
        write_uint(w, bytes[0] * 100u + bytes[1]);
        break;
    case FORM_MAP:
        put_map(w, e->table, from);
        break;
    case FORM_LIST:
        put_list(w, e, base);
        break;
    }
}

static void put_map(struct writer *w, const struct table *t, const char *base)
{
    write_map(w, t->count);
    for (unsigned i = 0; i < t->count; i++) {
        write_string(w, t->entries[i].key);
        put_value(w, &t->entries[i], base);
    }
}

void policy_encode(struct writer *w, const struct policy *policy)
{
    put_map(w, &policy_table, (const char *)policy);
}
