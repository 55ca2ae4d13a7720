#include "wire/policy_codec.h"

#include <assert.h>
#include <string.h>

#include "fund/event.h"
#include "fund/place.h"
#include "wire/limits.h"
#include "wire/policy_keys.h"

#define WORD_MAX 32             /* bytes in any word of a policy */

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
    uint64_t seen = 0;
    for (unsigned i = 0; i < t->count; i++)
        keys[i] = t->entries[i].key;
    uint32_t pairs = read_map(&p->r, t->count);
    for (uint32_t i = 0; i < pairs && p->r.err == READ_OK; i++) {
        unsigned key = read_key(&p->r, keys, t->count, &seen);
        if (key < t->count)
            get_value(p, &t->entries[key], base);
        else
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
    for (uint32_t i = 0; i < count && p->r.err == READ_OK; i++) {
        char *item = base + e->at + i * e->stride;
        if (e->table->defaults != NULL)
            memcpy(item, e->table->defaults, e->stride);
        get_map(p, e->table, item);
    }
}

static uint8_t get_word(struct reader *r, const struct entry *e)
{
    struct span s = read_string(r, WORD_MAX);
    for (unsigned i = 0; e->words[i] != NULL; i++) {
        if (span_is(s, e->words[i]))
            return (uint8_t)(e->from_zero ? i : i + 1);
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

static void get_text(struct reader *r, char *to, uint32_t max)
{
    struct span s = read_string(r, max);
    if (!span_is_text(s) || !span_copy(s, to, max + 1))
        read_fail(r, READ_RANGE);
}

static void get_deadline(struct reader *r, uint8_t *month_and_day)
{
    int64_t mmdd = read_int(r, 101, 1231);
    month_and_day[0] = (uint8_t)(mmdd / 100);
    month_and_day[1] = (uint8_t)(mmdd % 100);
}

static date_day get_date(struct reader *r)
{
    date_day day = 0;
    if (!date_from_ymd((int32_t)read_int(r, DATE_YEAR_MIN * 10000, DATE_YEAR_MAX * 10000 + 1231), &day))
        read_fail(r, READ_RANGE);
    return day;
}

static uint8_t get_event_word(struct reader *r, unsigned (*word_of)(const char *, size_t))
{
    struct span s = read_string(r, WORD_MAX);
    unsigned word = word_of(s.bytes, s.size);
    if (word == 0)
        read_fail(r, READ_RANGE);
    return (uint8_t)word;
}

static void get_tranches(struct reader *r, struct subsidy_tranche *to, uint8_t *ret_count)
{
    uint32_t items = read_array(r, 2 * SUBSIDY_TRANCHES_MAX);
    if (items % 2 != 0)
        read_fail(r, READ_RANGE);
    for (uint32_t i = 0; i < items / 2 && r->err == READ_OK; i++) {
        to[i].due = get_date(r);
        to[i].parts = (uint32_t)read_int(r, 1, SUBSIDY_PARTS_MAX);
    }
    *ret_count = (uint8_t)(items / 2);
}

static void get_places(struct reader *r, const struct entry *e, uint32_t *to, uint8_t *ret_count)
{
    uint32_t items = read_array(r, e->max);
    for (uint32_t i = 0; i < items && r->err == READ_OK; i++)
        to[i] = (uint32_t)read_int(r, PLACE_MIN, PLACE_MAX);
    *ret_count = (uint8_t)items;
}

static struct subsidy_tolerance get_tolerance(struct reader *r)
{
    int64_t pair[2];
    get_pair(r, 0, AMOUNT_EVENT_MAX, pair);
    return (struct subsidy_tolerance){{pair[0]}, pair[1]};
}

static void get_value(struct policy_reading *p, const struct entry *e, char *base)
{
    void *to = base + e->at;
    struct reader *r = &p->r;
    switch (e->form) {
    case FORM_U8:
        *(uint8_t *)to = (uint8_t)read_int(r, !e->from_zero, e->max);
        break;
    case FORM_U16:
        *(uint16_t *)to = (uint16_t)read_int(r, !e->from_zero, e->max);
        break;
    case FORM_U32:
        *(uint32_t *)to = (uint32_t)read_int(r, !e->from_zero, e->max);
        break;
    case FORM_WORD:
        *(uint8_t *)to = get_word(r, e);
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
        get_text(r, to, POLICY_NAME_MAX);
        break;
    case FORM_LABEL:
        get_text(r, to, POLICY_LABEL_MAX);
        break;
    case FORM_COUNT:
        *(int64_t *)to = read_int(r, 0, COUNT_MAX);
        break;
    case FORM_DEADLINE:
        get_deadline(r, to);
        break;
    case FORM_AMOUNT:
        ((struct amount *)to)->fen = read_int(r, 0, AMOUNT_EVENT_MAX);
        break;
    case FORM_TOLERANCE:
        *(struct subsidy_tolerance *)to = get_tolerance(r);
        break;
    case FORM_DATE:
        *(date_day *)to = get_date(r);
        break;
    case FORM_YEAR:
        *(int32_t *)to = (int32_t)read_int(r, DATE_YEAR_MIN, DATE_YEAR_MAX);
        break;
    case FORM_CATEGORY:
        *(uint8_t *)to = get_event_word(r, event_category_of);
        break;
    case FORM_GROUP:
        *(uint8_t *)to = get_event_word(r, event_group_of);
        break;
    case FORM_PLACES:
        get_places(r, e, to, (uint8_t *)base + e->count_at);
        break;
    case FORM_TRANCHES:
        get_tranches(r, to, (uint8_t *)base + e->count_at);
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
        return "a policy has at most 32768 bytes";
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

static void put_tolerance(struct writer *w, const struct subsidy_tolerance *tolerance)
{
    put_pair(w, tolerance->least.fen, tolerance->share_e4);
}

static void put_tranches(struct writer *w, const struct subsidy_tranche *tranches, uint8_t count)
{
    write_array(w, 2u * count);
    for (unsigned i = 0; i < count; i++) {
        write_int(w, date_to_ymd(tranches[i].due));
        write_uint(w, tranches[i].parts);
    }
}

static void put_places(struct writer *w, const uint32_t *places, uint8_t count)
{
    write_array(w, count);
    for (unsigned i = 0; i < count; i++)
        write_uint(w, places[i]);
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
        write_string(w, e->words[e->from_zero ? *bytes : *bytes - 1]);
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
    case FORM_LABEL:
        write_string(w, from);
        break;
    case FORM_COUNT:
        write_int(w, *(const int64_t *)from);
        break;
    case FORM_DEADLINE:
        write_uint(w, bytes[0] * 100u + bytes[1]);
        break;
    case FORM_AMOUNT:
        write_int(w, ((const struct amount *)from)->fen);
        break;
    case FORM_TOLERANCE:
        put_tolerance(w, from);
        break;
    case FORM_DATE:
        write_int(w, date_to_ymd(*(const date_day *)from));
        break;
    case FORM_YEAR:
        write_int(w, *(const int32_t *)from);
        break;
    case FORM_CATEGORY:
        write_string(w, event_category_word(*bytes));
        break;
    case FORM_GROUP:
        write_string(w, event_group_word(*bytes));
        break;
    case FORM_PLACES:
        put_places(w, from, (uint8_t)base[e->count_at]);
        break;
    case FORM_TRANCHES:
        put_tranches(w, from, (uint8_t)base[e->count_at]);
        break;
    case FORM_MAP:
        put_map(w, e->table, from);
        break;
    case FORM_LIST:
        put_list(w, e, base);
        break;
    }
}

static bool is_absent(const struct entry *e, const char *base);

/* What is written of a map. */
static unsigned present_count(const struct table *t, const char *base)
{
    unsigned count = 0;
    for (unsigned i = 0; i < t->count; i++)
        count += !is_absent(&t->entries[i], base);
    return count;
}

/* True for what may be left out and says nothing. */
static bool is_absent(const struct entry *e, const char *base)
{
    const void *from = base + e->at;
    if (!e->may_be_absent)
        return false;
    switch (e->form) {
    case FORM_BOOL:
        return !*(const bool *)from;
    case FORM_U32:
        return *(const uint32_t *)from == 0;
    case FORM_AMOUNT:
        return ((const struct amount *)from)->fen == 0;
    case FORM_DATE:
        return *(const date_day *)from == 0;
    case FORM_WORD:
        return *(const uint8_t *)from == (e->from_zero ? 0 : 1);    /* the first word is the default */
    case FORM_NAME:
    case FORM_LABEL:
        return *(const char *)from == '\0';
    case FORM_COUNT:
        return *(const int64_t *)from == 0;
    case FORM_PLACES:
    case FORM_TRANCHES:
    case FORM_LIST:
        return base[e->count_at] == 0;
    case FORM_MAP:
        return e->count_at != 0 ? base[e->at + e->count_at] == 0 : present_count(e->table, from) == 0;
    case FORM_U8: case FORM_U16: case FORM_LIMIT: case FORM_HOLD:
    case FORM_DEADLINE: case FORM_TOLERANCE: case FORM_YEAR: case FORM_CATEGORY: case FORM_GROUP:
        return false;
    }
    return false;
}

static void put_map(struct writer *w, const struct table *t, const char *base)
{
    write_map(w, present_count(t, base));
    for (unsigned i = 0; i < t->count; i++) {
        if (is_absent(&t->entries[i], base))
            continue;
        write_string(w, t->entries[i].key);
        put_value(w, &t->entries[i], base);
    }
}

void policy_encode(struct writer *w, const struct policy *policy)
{
    put_map(w, &policy_table, (const char *)policy);
}
