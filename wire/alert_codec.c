/* ALERT_FIELDS is PROTOCOL 8's table of an alert's body; encoder and decoder are made of it. */
#include "wire/alert_codec.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "fund/rule.h"

#define WORD_MAX     32         /* bytes in any word of an alert */
#define MONTHS_MAX   12

/* key, type, member.  severity and audience follow from rule and level. */
#define ALERT_FIELDS(FIELD)                         \
    FIELD(number, UINT, number)                     \
    FIELD(epoch, UINT, epoch)                       \
    FIELD(position, UINT, position)                 \
    FIELD(recorded, INT, recorded_ms)               \
    FIELD(fund, FUND, fund)                         \
    FIELD(rule, RULE, rule)                         \
    FIELD(instance, TEXT, instance)                 \
    FIELD(transition, TRANSITION, transition)       \
    FIELD(level, LEVEL, level)                      \
    FIELD(previous, LEVEL, previous_level)          \
    FIELD(severity, SEVERITY, level)                \
    FIELD(audience, AUDIENCE, level)                \
    FIELD(blind, BOOL, blind)                       \
    FIELD(acknowledged, BOOL, acknowledged)         \
    FIELD(incident, UINT, incident)                 \
    FIELD(books_date, DATE, books_date)             \
    FIELD(policy_version, U32, policy_version)      \
    FIELD(computable, WHY, indicator.why)           \
    FIELD(num, INT, indicator.value.num)            \
    FIELD(den, DEN, indicator.value.den)            \
    FIELD(mul, MUL, indicator.value.mul)            \
    FIELD(limit_e4, INT, limit_e4)                  \
    FIELD(months, MONTHS, months)                   \
    FIELD(balance, AMOUNT, balance)                 \
    FIELD(income, AMOUNT, income)                   \
    FIELD(expenditure, AMOUNT, expenditure)         \
    FIELD(provisional, AMOUNT, provisional)         \
    FIELD(causes, CAUSES, causes)                   \
    FIELD(who, TEXT, who)                           \
    FIELD(note, TEXT, note)                         \
    FIELD(evidence, EVIDENCE, evidence)

enum alert_key {
    ALERT_v,
    ALERT_type,
#define KEY(key, TYPE, member) ALERT_##key,
    ALERT_FIELDS(KEY)
#undef KEY
    ALERT_KEYS
};
static_assert(ALERT_KEYS <= 64, "read_key() takes 64");

enum causes_key { CAUSES_SINCE, CAUSES_BEFORE, CAUSES_AFTER, CAUSES_ITEMS, CAUSES_KEYS };
static const char *const causes_keys[CAUSES_KEYS] = { "since", "before", "after", "items" };

static const char *const alert_keys[ALERT_KEYS] = {
    "v", "type",
#define KEY(key, TYPE, member) #key,
    ALERT_FIELDS(KEY)
#undef KEY
};

const char *alert_topic(const struct alert *alert, char topic[TOPIC_MAX + 1])
{
    char fund[FUND_TEXT_MAX];
    int size = snprintf(topic, TOPIC_MAX + 1, "alert/%s/%s%s%s", fund_format(alert->fund, fund),
                        rule_word(alert->rule), alert->instance[0] != '\0' ? "/" : "",
                        alert->instance);
    assert(size > 0 && size <= TOPIC_MAX);
    return topic;
}

/* Without a value: 0, 1, 1, whatever the struct holds. */
static struct ratio told_value(const struct indicator *indicator)
{
    return indicator->why == COMPUTABLE ? indicator->value : (struct ratio){ 0, 1, 1 };
}

static void write_fund(struct writer *w, struct fund fund)
{
    char text[FUND_TEXT_MAX];
    write_string(w, fund_format(fund, text));
}

static const char *why_word(enum not_computable why)
{
    return why == COMPUTABLE ? "" : not_computable_word(why);
}

static void write_evidence(struct writer *w, const struct evidence *evidence)
{
    write_map(w, evidence->count);
    for (unsigned i = 0; i < evidence->count; i++)
        write_key_int(w, evidence_word(evidence->items[i].word), evidence->items[i].value);
}

static bool has_causes(const struct alert *alert)
{
    return alert->causes_since > 0 && alert->causes.why == COMPUTABLE;
}

static const char *account_code(enum account account)
{
    return account == ACCOUNT_NONE ? "" : account_info(account)->code;
}

static void write_cause(struct writer *w, const struct cause *cause)
{
    write_array(w, 3);
    write_string(w, cause_kind_word(cause->kind));
    write_string(w, account_code(cause->account));
    write_int(w, cause->hundredths);
}

/* Without causes the day is 0, and so is everything else. */
static void write_causes(struct writer *w, const struct alert *alert)
{
    const struct causes *causes = &alert->causes;
    bool known = has_causes(alert);
    write_map(w, CAUSES_KEYS);
    write_key_int(w, "since", known ? date_to_ymd(alert->causes_since) : 0);
    write_key_int(w, "before", known ? causes->before : 0);
    write_key_int(w, "after", known ? causes->after : 0);
    write_string(w, "items");
    write_array(w, known ? causes->count : 0);
    for (unsigned i = 0; known && i < causes->count; i++)
        write_cause(w, &causes->items[i]);
}

#define WRITE_UINT(m)       write_uint(w, a->m)
#define WRITE_U32(m)        write_uint(w, a->m)
#define WRITE_INT(m)        write_int(w, a->m)
#define WRITE_DEN(m)        write_int(w, a->m)
#define WRITE_MUL(m)        write_int(w, a->m)
#define WRITE_MONTHS(m)     write_uint(w, a->m)
#define WRITE_BOOL(m)       write_bool(w, a->m)
#define WRITE_TEXT(m)       write_string(w, a->m)
#define WRITE_FUND(m)       write_fund(w, a->m)
#define WRITE_RULE(m)       write_string(w, rule_word(a->m))
#define WRITE_TRANSITION(m) write_string(w, transition_word(a->m))
#define WRITE_LEVEL(m)      write_string(w, level_word(a->m))
#define WRITE_SEVERITY(m)   write_string(w, level_severity(a->m))
#define WRITE_AUDIENCE(m)   write_string(w, rule_audience(a->rule, a->m))
#define WRITE_DATE(m)       write_int(w, date_to_ymd(a->m))
#define WRITE_WHY(m)        write_string(w, why_word(a->m))
#define WRITE_AMOUNT(m)     write_int(w, a->m.fen)
#define WRITE_EVIDENCE(m)   write_evidence(w, &a->m)
#define WRITE_CAUSES(m)     write_causes(w, a)

void alert_encode(struct writer *w, const struct alert *alert)
{
    struct alert told = *alert;
    const struct alert *a = &told;
    told.indicator.value = told_value(&alert->indicator);
    write_map(w, ALERT_KEYS);
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "alert");
#define WRITE(key, TYPE, member) \
    write_string(w, #key);       \
    WRITE_##TYPE(member);
    ALERT_FIELDS(WRITE)
#undef WRITE
}

/* An alert being read.  severity and audience are compared when all is there. */
struct alert_reading {
    struct alert alert;
    struct span severity, audience;
};

static void read_constant(struct reader *r, const char *text)
{
    if (!span_is(read_string(r, WORD_MAX), text))
        read_fail(r, READ_RANGE);
}

/* The number from first to last whose word stands next. */
static int read_word(struct reader *r, const char *(*word_of)(int), int first, int last)
{
    struct span s = read_string(r, WORD_MAX);
    for (int n = first; n <= last; n++) {
        const char *word = word_of(n);
        if (word != NULL && span_is(s, word))
            return n;
    }
    read_fail(r, READ_RANGE);
    return first;
}

static const char *rule_word_of(int n)
{
    return rule_word((enum rule)n);
}

static const char *transition_word_of(int n)
{
    return transition_word((enum transition)n);
}

static const char *why_word_of(int n)
{
    return why_word((enum not_computable)n);
}

static struct fund read_fund(struct reader *r)
{
    struct fund fund = { 0 };
    struct span s = read_string(r, FUND_TEXT_MAX);
    if (!fund_parse_n(s.bytes, s.size, &fund))
        read_fail(r, READ_RANGE);
    return fund;
}

static date_day read_date(struct reader *r)
{
    date_day day = DATE_NONE;
    if (!date_from_ymd(read_int(r, INT64_MIN, INT64_MAX), &day))
        read_fail(r, READ_RANGE);
    return day;
}

/* A date, or 0 for none. */
static date_day read_since(struct reader *r)
{
    date_day day = 0;
    int64_t ymd = read_int(r, 0, INT32_MAX);
    if (ymd != 0 && !date_from_ymd(ymd, &day))
        read_fail(r, READ_RANGE);
    return day;
}

static void read_text(struct reader *r, char *to, uint32_t size)
{
    struct span s = read_string(r, size - 1);
    if (!span_is_text(s) || !span_copy(s, to, size))
        read_fail(r, READ_RANGE);
}

static const char *evidence_word_of(int n)
{
    return evidence_word((enum evidence_word)n);
}

static void read_evidence(struct reader *r, struct evidence *ret)
{
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, EVIDENCE_MAX);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++) {
        int word = read_word(r, evidence_word_of, 1, EVIDENCE_END - 1);
        if (seen >> word & 1)
            read_fail(r, READ_KEY);
        seen |= UINT64_C(1) << word;
        evidence_add(ret, (enum evidence_word)word, read_int(r, INT64_MIN, INT64_MAX));
    }
}
static_assert(EVIDENCE_END <= 64, "a bit for each word");

static const char *cause_kind_word_of(int n)
{
    return cause_kind_word((enum cause_kind)n);
}

static enum account read_account(struct reader *r)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    struct span s = read_string(r, WORD_MAX);
    for (unsigned i = 0; i < count; i++) {
        if (span_is(s, chart[i].code))
            return chart[i].account;
    }
    if (s.size != 0)
        read_fail(r, READ_RANGE);
    return ACCOUNT_NONE;
}

static struct cause read_cause(struct reader *r)
{
    if (read_array(r, 3) != 3)
        read_fail(r, READ_RANGE);
    struct cause cause = { .kind = (enum cause_kind)read_word(r, cause_kind_word_of, CAUSE_BALANCE,
                                                              CAUSE_LAST) };
    cause.account = read_account(r);
    cause.hundredths = read_int(r, INT64_MIN, INT64_MAX);
    return cause;
}

static void read_causes_value(struct reader *r, struct alert *alert, enum causes_key key)
{
    struct causes *causes = &alert->causes;
    switch (key) {
    case CAUSES_SINCE:
        alert->causes_since = read_since(r);
        break;
    case CAUSES_BEFORE:
        causes->before = read_int(r, INT64_MIN, INT64_MAX);
        break;
    case CAUSES_AFTER:
        causes->after = read_int(r, INT64_MIN, INT64_MAX);
        break;
    case CAUSES_ITEMS:
        causes->count = read_array(r, CAUSES_MAX);
        for (unsigned i = 0; i < causes->count && r->err == READ_OK; i++)
            causes->items[i] = read_cause(r);
        break;
    case CAUSES_KEYS:
        break;
    }
}

static bool causes_sum(const struct causes *causes)
{
    __int128 change = (__int128)causes->after - causes->before;
    for (unsigned i = 0; i < causes->count; i++)
        change -= causes->items[i].hundredths;
    return change == 0;
}

static void read_causes(struct reader *r, struct alert *alert)
{
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, CAUSES_KEYS);
    if (pairs != CAUSES_KEYS)
        read_fail(r, READ_KEY);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++)
        read_causes_value(r, alert, (enum causes_key)read_key(r, causes_keys, CAUSES_KEYS, &seen));
    bool none = alert->causes_since == 0;
    const struct causes *causes = &alert->causes;
    if (r->err == READ_OK && (!causes_sum(causes)
                              || (none && (causes->count != 0 || causes->before != 0))))
        read_fail(r, READ_RANGE);
}

#define READ_UINT(m)       a->m = read_uint64(r)
#define READ_U32(m)        a->m = (uint32_t)read_int(r, 0, UINT32_MAX)
#define READ_INT(m)        a->m = read_int(r, INT64_MIN, INT64_MAX)
#define READ_DEN(m)        a->m = read_int(r, 1, INT64_MAX)
#define READ_MUL(m)        a->m = (int32_t)read_int(r, 1, RATIO_MUL_MAX)
#define READ_MONTHS(m)     a->m = (uint8_t)read_int(r, 0, MONTHS_MAX)
#define READ_BOOL(m)       a->m = read_bool(r)
#define READ_TEXT(m)       read_text(r, a->m, sizeof a->m)
#define READ_FUND(m)       a->m = read_fund(r)
#define READ_RULE(m)       a->m = (enum rule)read_word(r, rule_word_of, RULE_RUNWAY, RULE_END - 1)
#define READ_TRANSITION(m) a->m = (enum transition)read_word( \
    r, transition_word_of, TRANSITION_FIRING, TRANSITION_ACKNOWLEDGED)
#define READ_LEVEL(m)      a->m = read_word(r, level_word, LEVEL_CRITICAL_LOW, LEVEL_EXCESSIVE)
#define READ_SEVERITY(m)   p->severity = read_string(r, WORD_MAX)
#define READ_AUDIENCE(m)   p->audience = read_string(r, WORD_MAX)
#define READ_DATE(m)       a->m = read_date(r)
#define READ_WHY(m)        a->m = (enum not_computable)read_word(r, why_word_of, \
                                                                 COMPUTABLE, NC_END - 1)
#define READ_AMOUNT(m)     a->m.fen = read_int(r, INT64_MIN, INT64_MAX)
#define READ_EVIDENCE(m)   read_evidence(r, &a->m)
#define READ_CAUSES(m)     read_causes(r, a)

static void read_alert_value(struct reader *r, struct alert_reading *p, enum alert_key key)
{
    struct alert *a = &p->alert;
    switch (key) {
    case ALERT_v:
        read_int(r, PROTOCOL_VERSION, PROTOCOL_VERSION);
        break;
    case ALERT_type:
        read_constant(r, "alert");
        break;
#define READ(key, TYPE, member) \
    case ALERT_##key:           \
        READ_##TYPE(member);    \
        break;
    ALERT_FIELDS(READ)
#undef READ
    case ALERT_KEYS:
        break;
    }
}

static bool alert_consistent(const struct alert_reading *p)
{
    const struct alert *a = &p->alert;
    struct ratio told = told_value(&a->indicator), value = a->indicator.value;
    return told.num == value.num && told.den == value.den && told.mul == value.mul
           && span_is(p->severity, level_severity(a->level))
           && span_is(p->audience, rule_audience(a->rule, a->level));
}

bool alert_decode(struct reader *r, struct alert *ret)
{
    struct alert_reading p = { 0 };
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, ALERT_KEYS);
    if (pairs != ALERT_KEYS)
        read_fail(r, READ_KEY);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++)
        read_alert_value(r, &p, read_key(r, alert_keys, ALERT_KEYS, &seen));
    if (r->err == READ_OK && !alert_consistent(&p))
        read_fail(r, READ_RANGE);
    if (r->err != READ_OK)
        return false;
    *ret = p.alert;
    return true;
}

enum heartbeat_key {
    BEAT_V, BEAT_TYPE, BEAT_EPOCH, BEAT_LAST, BEAT_POSITION, BEAT_HEAD, BEAT_SENT, BEAT_KEYS
};
static const char *const heartbeat_keys[BEAT_KEYS] = {
    "v", "type", "epoch", "last", "position", "head", "sent",
};

void heartbeat_encode(struct writer *w, const struct heartbeat *h)
{
    write_map(w, BEAT_KEYS);
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "heartbeat");
    write_key_uint(w, "epoch", h->epoch);
    write_key_uint(w, "last", h->last);
    write_key_uint(w, "position", h->position);
    write_string(w, "head");
    write_binary(w, h->head, sizeof h->head);
    write_key_int(w, "sent", h->sent_ms);
}

static void read_head(struct reader *r, uint8_t to[32])
{
    struct span s = read_binary(r, 32);
    if (s.size == 32)
        memcpy(to, s.bytes, 32);
    else
        read_fail(r, READ_RANGE);
}

static void read_heartbeat_value(struct reader *r, struct heartbeat *h, enum heartbeat_key key)
{
    switch (key) {
    case BEAT_V:
        read_int(r, PROTOCOL_VERSION, PROTOCOL_VERSION);
        break;
    case BEAT_TYPE:
        read_constant(r, "heartbeat");
        break;
    case BEAT_EPOCH:
        h->epoch = read_uint64(r);
        break;
    case BEAT_LAST:
        h->last = read_uint64(r);
        break;
    case BEAT_POSITION:
        h->position = read_uint64(r);
        break;
    case BEAT_HEAD:
        read_head(r, h->head);
        break;
    case BEAT_SENT:
        h->sent_ms = read_int(r, INT64_MIN, INT64_MAX);
        break;
    case BEAT_KEYS:
        break;
    }
}

bool heartbeat_decode(struct reader *r, struct heartbeat *ret)
{
    struct heartbeat beat = { 0 };
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, BEAT_KEYS);
    if (pairs != BEAT_KEYS)
        read_fail(r, READ_KEY);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++)
        read_heartbeat_value(r, &beat, read_key(r, heartbeat_keys, BEAT_KEYS, &seen));
    if (r->err != READ_OK)
        return false;
    *ret = beat;
    return true;
}
