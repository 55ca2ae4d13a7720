#include "tests/wire/sample.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "wire/event_codec.h"

#define BIT(NAME) (UINT32_C(1) << FIELD_##NAME)

static const struct {
    uint32_t required, optional;
} kinds[KIND_END] = {
#define RULE(KIND, required, optional) [KIND_##KIND] = { required, optional },
#include "fund/kind.def"
#undef RULE
};

/* {version: 1} and {version: 2} */
static const uint8_t policies[2][10] = { "\x81\xa7version\x01", "\x81\xa7version\x02" };

static void set_id(char *to, uint8_t *ret_size, const char *id)
{
    *ret_size = (uint8_t)strlen(id);
    memcpy(to, id, *ret_size + 1u);
}

static uint8_t category_of(enum event_kind kind)
{
    static const uint8_t first[KIND_END] = {
        [KIND_CONTRIBUTION] = CATEGORY_FEES, [KIND_SUBSIDY] = CATEGORY_CENTRAL,
        [KIND_INCOME] = CATEGORY_INTEREST, [KIND_SETTLEMENT] = CATEGORY_INPATIENT,
        [KIND_DISBURSEMENT] = CATEGORY_INPATIENT, [KIND_EXPENDITURE] = CATEGORY_INPATIENT,
    };
    return first[kind];
}

struct event sample_event(enum event_kind kind)
{
    struct event e = {
        .kind = (uint8_t)kind,
        .present = BIT(ID) | BIT(KIND) | BIT(FUND) | BIT(DATE) | kinds[kind].required,
        .fund = { 130207, SCHEME_RESIDENT },
        .date = 20088,
        .category = category_of(kind),
        .stage = kind == KIND_DISBURSEMENT ? STAGE_CLEARING : STAGE_FINAL,
        .year = 2024,
        .amount = { 100 },
        .measure = MEASURE_RESIDENT,
        .status = STATUS_NORMAL,
        .group = GROUP_ORDINARY,
        .heads = 1,
        .from = 2024 * 12,
        .to = 2024 * 12 + 11,
        .cost = { 200 },
        .in_policy = { 100 },
        .policy = { policies[0], sizeof policies[0] },
    };
    if (kind == KIND_ENROLLMENT)
        e.present |= BIT(HEADS);
    if (kind == KIND_DISBURSEMENT)
        e.present |= BIT(CATEGORY);
    if (!event_has(&e, FIELD_POLICY))
        e.policy = (struct policy_text){ 0 };
    set_id(e.id, &e.id_size, "id-1");
    set_id(e.original, &e.original_size, "id-0");
    set_id(e.institution, &e.institution_size, "H1");
    return e;
}

uint64_t random_next(uint64_t *seed)
{
    uint64_t x = *seed += UINT64_C(0x9e3779b97f4a7c15);     /* splitmix64 */
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static int64_t random_in(uint64_t *seed, int64_t min, int64_t max)
{
    return min + (int64_t)(random_next(seed) % (uint64_t)(max - min + 1));
}

/* Small ones, large ones and the limits alike. */
static int64_t random_number(uint64_t *seed, int64_t max)
{
    int64_t n = random_in(seed, 0, max) >> random_in(seed, 0, 54);
    return random_in(seed, 0, 9) == 0 ? max : n;
}

static void random_id(uint64_t *seed, char *to, uint8_t *ret_size)
{
    *ret_size = (uint8_t)random_in(seed, 1, EVENT_ID_MAX);
    for (unsigned i = 0; i < *ret_size; i++)
        to[i] = (char)random_in(seed, 0x21, 0x7e);
    to[*ret_size] = '\0';
}

static void randomise_numbers(struct event *e, uint64_t *seed)
{
    struct amount *amounts[] = {
        &e->amount, &e->cost, &e->catastrophic, &e->medical_aid, &e->funds_total,
        &e->self_pay, &e->cleared, &e->change, &e->margin,
    };
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
        amounts[i]->fen = random_number(seed, AMOUNT_EVENT_MAX);
    e->in_policy.fen = random_in(seed, 0, e->cost.fen);
    if (e->kind == KIND_OPENING || e->kind == KIND_INCOME || e->kind == KIND_DISBURSEMENT)
        e->amount.fen = -e->amount.fen;
    if (e->kind == KIND_STATEMENT && random_in(seed, 0, 1) == 0)
        e->amount.fen = -e->amount.fen;
    e->heads = event_has(e, FIELD_PERSON) ? 1 : random_number(seed, COUNT_MAX);
    e->person_key = random_number(seed, COUNT_MAX);
    e->date = (date_day)random_in(seed, 7305, 84005);           /* 1990-01-01, 2199-12-31 */
    if (e->kind == KIND_MONTH_CLOSE)
        e->date = date_month_last(date_month_of(e->date));
    e->year = (int32_t)random_in(seed, DATE_YEAR_MIN, DATE_YEAR_MAX);
    e->from = (date_month)random_in(seed, DATE_YEAR_MIN * 12, DATE_YEAR_MAX * 12);
    e->to = e->from + (date_month)random_in(seed, 0, 11);
    e->fund.place = (uint32_t)random_in(seed, PLACE_MIN, PLACE_MAX);
    e->fund.scheme = random_in(seed, 0, 1) ? SCHEME_RESIDENT : SCHEME_EMPLOYEE;
    e->derived = event_has(e, FIELD_DERIVED);
    for (unsigned i = 0; i < PERSON_SIZE; i++)
        e->person[i] = (uint8_t)random_next(seed);
    e->person[PERSON_SIZE - 2] = e->person[PERSON_SIZE - 1] = UINT8_MAX;    /* which is no text */
}

/* Fields that come only together with others. */
static uint32_t completed(uint32_t present, enum event_kind kind)
{
    if (present & BIT(PERSON_KEY))
        present |= BIT(PERSON);
    if (present & (BIT(FROM) | BIT(TO)))
        present |= BIT(FROM) | BIT(TO);
    if (present & BIT(MARGIN))
        present |= BIT(DERIVED);
    if (kind != KIND_ENROLLMENT)
        return present;
    present &= ~(BIT(STATUS) | BIT(HEADS));
    return present | (present & BIT(PERSON) ? BIT(STATUS) : BIT(HEADS));
}

struct event random_event(uint64_t *seed)
{
    enum event_kind kind = (enum event_kind)random_in(seed, KIND_POLICY, KIND_END - 1);
    struct event e = sample_event(kind);
    e.present |= kinds[kind].optional & (uint32_t)random_next(seed);
    e.present = completed(e.present | sample_event(kind).present, kind);
    randomise_numbers(&e, seed);
    random_id(seed, e.id, &e.id_size);
    random_id(seed, e.original, &e.original_size);
    random_id(seed, e.institution, &e.institution_size);
    enum event_field field = FIELD_COUNT;
    ck_assert_msg(event_check(&e, &field) == REJECT_NONE, "%s: %s", event_kind_word(e.kind),
                  event_field_key(field));
    return e;
}

#define SAME_ID(m)       ck_assert_uint_eq(a->m##_size, b->m##_size); ck_assert_str_eq(a->m, b->m)
#define SAME_KIND(m)     ck_assert_uint_eq(a->m, b->m)
#define SAME_CATEGORY(m) SAME_KIND(m)
#define SAME_STAGE(m)    SAME_KIND(m)
#define SAME_STATUS(m)   SAME_KIND(m)
#define SAME_GROUP(m)    SAME_KIND(m)
#define SAME_MEASURE(m)  SAME_KIND(m)
#define SAME_FUND(m)     ck_assert(fund_equal(a->m, b->m))
#define SAME_DATE(m)     ck_assert_int_eq(a->m, b->m)
#define SAME_YEAR(m)     ck_assert_int_eq(a->m, b->m)
#define SAME_MONTH(m)    ck_assert_int_eq(a->m, b->m)
#define SAME_AMOUNT(m)   ck_assert_int_eq(a->m.fen, b->m.fen)
#define SAME_COUNT(m)    ck_assert_int_eq(a->m, b->m)
#define SAME_PERSON(m)   ck_assert_mem_eq(a->m, b->m, PERSON_SIZE)
#define SAME_BOOL(m)     ck_assert_int_eq(a->m, b->m)
#define SAME_POLICY(m)                          \
    ck_assert_uint_eq(a->m.size, b->m.size);    \
    ck_assert_mem_eq(a->m.bytes, b->m.bytes, a->m.size)

void assert_same_event(const struct event *a, const struct event *b)
{
    ck_assert_uint_eq(a->present, b->present);
#define FIELD(NAME, key, TYPE, member, sentence) \
    if (event_has(a, FIELD_##NAME)) {            \
        SAME_##TYPE(member);                     \
    }
#include "fund/event.def"
#undef FIELD
}

#define CHANGE_ID(m)       e->m[0]++
#define CHANGE_KIND(m)     e->m = e->m % 4 + 1
#define CHANGE_CATEGORY(m) CHANGE_KIND(m)
#define CHANGE_STAGE(m)    CHANGE_KIND(m)
#define CHANGE_STATUS(m)   e->m = e->m % 2 + 1
#define CHANGE_GROUP(m)    CHANGE_KIND(m)
#define CHANGE_MEASURE(m)  CHANGE_KIND(m)
#define CHANGE_FUND(m)     e->m.place++
#define CHANGE_DATE(m)     e->m++
#define CHANGE_YEAR(m)     e->m++
#define CHANGE_MONTH(m)    e->m++
#define CHANGE_AMOUNT(m)   e->m.fen++
#define CHANGE_COUNT(m)    e->m++
#define CHANGE_PERSON(m)   e->m[PERSON_SIZE - 1]++
#define CHANGE_BOOL(m)     e->m = !e->m
#define CHANGE_POLICY(m)   e->m = (struct policy_text){ policies[1], sizeof policies[1] }

void change_field(struct event *e, enum event_field field)
{
    switch (field) {
#define FIELD(NAME, key, TYPE, member, sentence) \
    case FIELD_##NAME:                           \
        CHANGE_##TYPE(member);                   \
        break;
#include "fund/event.def"
#undef FIELD
    case FIELD_COUNT:
        break;
    }
}

void write_event_with(struct writer *w, const struct event *event, const char *key,
                      const void *value, size_t size)
{
    struct writer rest;
    struct event without = *event;
    for (unsigned field = 0; field < FIELD_COUNT; field++) {
        if (strcmp(event_field_key((enum event_field)field), key) == 0)
            without.present &= ~(UINT32_C(1) << field);
    }
    writer_init(&rest);
    event_encode(&rest, &without);
    struct reader r = reader_of(rest.bytes, rest.size);
    write_map(w, read_map(&r, FIELD_COUNT) + (size > 0));
    write_raw(w, r.at, (size_t)(r.end - r.at));
    if (size > 0) {
        write_string(w, key);
        write_raw(w, value, size);
    }
    writer_free(&rest);
}
