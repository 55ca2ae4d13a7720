#include <string.h>

#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* --- Vocabulary */

static const struct {
    const char *(*word)(unsigned);
    unsigned (*of)(const char *, size_t);
    unsigned number;
    const char *text;
} words[] = {
#define WORD_KIND(n, w)     {event_kind_word, event_kind_of, n, w},
#define WORD_CATEGORY(n, w) {event_category_word, event_category_of, n, w},
#define WORD_STAGE(n, w)    {event_stage_word, event_stage_of, n, w},
#define WORD_STATUS(n, w)   {event_status_word, event_status_of, n, w},
#define WORD_GROUP(n, w)    {event_group_word, event_group_of, n, w},
#define WORD_MEASURE(n, w)  {event_measure_word, event_measure_of, n, w},
#define WORD(SET, number, NAME, word, sentence) WORD_##SET(number, word)
#include "fund/words.def"
#undef WORD
};

START_TEST(each_word_is_found_by_its_number_and_back)
{
    const char *text = words[_i].text;
    size_t size = strlen(text);
    ck_assert_str_eq(words[_i].word(words[_i].number), text);
    ck_assert_uint_eq(words[_i].of(text, size), words[_i].number);
    ck_assert_uint_eq(words[_i].of(text, size - 1), 0);
    ck_assert_uint_eq(words[_i].of(text, size + 1), 0);
    char other[40];
    memcpy(other, text, size);
    other[size - 1] = '?';
    ck_assert_uint_eq(words[_i].of(other, size), 0);
}
END_TEST

START_TEST(what_is_no_word_is_zero_and_no_number_is_null)
{
    ck_assert_uint_eq(event_kind_of("", 0), 0);
    ck_assert_uint_eq(event_status_of("inpatient", 9), 0);
    ck_assert_uint_eq(event_category_of("Inpatient", 9), 0);
    ck_assert_ptr_null(event_kind_word(0));
    ck_assert_ptr_null(event_kind_word(KIND_END));
    ck_assert_ptr_null(event_status_word(3));
    ck_assert_ptr_null(event_category_word(15));
    ck_assert_ptr_null(event_category_word(CATEGORY_END));
    ck_assert_ptr_null(event_measure_word(1000000));
}
END_TEST

START_TEST(fields_and_reasons_have_their_words)
{
    ck_assert_str_eq(event_field_key(FIELD_ID), "id");
    ck_assert_str_eq(event_field_key(FIELD_POLICY), "policy");
    ck_assert_ptr_null(event_field_key(FIELD_COUNT));
    ck_assert_str_eq(reject_code(REJECT_BAD_MOVE), "bad_move");
    ck_assert_str_eq(reject_sentence(REJECT_UNKNOWN_FUND), "the fund has no policy yet");
    ck_assert_ptr_null(reject_code(REJECT_NONE));
    ck_assert_ptr_null(reject_code(REJECT_END));
    ck_assert_ptr_null(reject_sentence(REJECT_END));
}
END_TEST

START_TEST(an_id_is_1_to_64_visible_bytes)
{
    char id[EVENT_ID_MAX + 1];
    memset(id, 'x', sizeof id);
    ck_assert(event_id_valid("!", 1));
    ck_assert(event_id_valid("~", 1));
    ck_assert(event_id_valid(id, EVENT_ID_MAX));
    ck_assert(!event_id_valid(id, EVENT_ID_MAX + 1));
    ck_assert(!event_id_valid("", 0));
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        ck_assert_int_eq(event_id_valid(&byte, 1), c >= 0x21 && c <= 0x7e);
    }
}
END_TEST

/* --- Checks.  An event is good; one thing about it is changed; the reason and
 * the field are what that thing asks for. */

static struct event good_settlement(void)
{
    struct event e = money(KIND_SETTLEMENT, 20240506, CATEGORY_INPATIENT, "1");
    e.cost = wan("2");
    e.in_policy = wan("1.5");
    state_field(&e, FIELD_COST);
    state_field(&e, FIELD_IN_POLICY);
    return e;
}

static struct event good_enrollment(void)
{
    struct event e = event_of(KIND_ENROLLMENT, 20240506);
    e.status = STATUS_NORMAL;
    e.person[0] = 1;
    state_field(&e, FIELD_PERSON);
    state_field(&e, FIELD_PERSON_KEY);
    state_field(&e, FIELD_STATUS);
    return e;
}

static struct event good_contribution(void)
{
    struct event e = money(KIND_CONTRIBUTION, 20241008, CATEGORY_PERSONAL, "0.038");
    e.from = month(202501);
    e.to = month(202512);
    e.person[0] = 1;
    state_field(&e, FIELD_PERSON);
    state_field(&e, FIELD_FROM);
    state_field(&e, FIELD_TO);
    return e;
}

static struct event good_clearing(void)
{
    struct event e = disbursement(STAGE_CLEARING, 20240506, CATEGORY_INPATIENT, "-1");
    e.cleared = wan("10");
    e.change = wan("-1");
    state_field(&e, FIELD_CLEARED);
    state_field(&e, FIELD_CHANGE);
    return e;
}

static struct event good_population(void)
{
    struct event e = event_of(KIND_POPULATION, 20240506);
    e.measure = MEASURE_RESIDENT;
    e.heads = 7030900;
    state_field(&e, FIELD_MEASURE);
    state_field(&e, FIELD_HEADS);
    return e;
}

static struct event good_policy(void)
{
    static const uint8_t bytes[] = {0x80};
    struct event e = event_of(KIND_POLICY, 20240101);
    e.policy = (struct policy_text){bytes, sizeof bytes};
    state_field(&e, FIELD_POLICY);
    return e;
}

static struct event good_reversal(void)
{
    struct event e = event_of(KIND_REVERSAL, 20240506);
    memcpy(e.original, "S-9", 4);
    e.original_size = 3;
    state_field(&e, FIELD_ORIGINAL);
    return e;
}

static struct event good_advance(void)
{
    return disbursement(STAGE_ADVANCE, 20240506, CATEGORY_NONE, "5");
}

static struct event good_advance_return(void)
{
    return disbursement(STAGE_ADVANCE_RETURN, 20240506, CATEGORY_NONE, "5");
}

static struct event good_opening(void)
{
    return money(KIND_OPENING, 20231231, CATEGORY_NONE, "-24733.04");
}

static struct event good_derived_opening(void)
{
    struct event e = good_opening();
    e.margin = wan("205");
    e.derived = true;
    state_field(&e, FIELD_MARGIN);
    state_field(&e, FIELD_DERIVED);
    return e;
}

static struct event good_day(void)
{
    return event_of(KIND_DAY, 20240506);
}

static struct event good_close(void)
{
    return event_of(KIND_MONTH_CLOSE, 20240229);
}

static struct event good_import(void)
{
    return event_of(KIND_IMPORT, 20190101);
}

static struct event good_import_done(void)
{
    return event_of(KIND_IMPORT_DONE, 20240506);
}

static struct event good_statement(void)
{
    return money(KIND_STATEMENT, 20240506, CATEGORY_NONE, "26590.15");
}

static struct event good_expenditure(void)
{
    return money(KIND_EXPENDITURE, 20241231, CATEGORY_CATASTROPHIC, "-2747.05");
}

static struct event good_line_with_cost(void)
{
    struct event e = money(KIND_EXPENDITURE, 20241231, CATEGORY_INPATIENT, "1");
    e.cost = wan("2");
    e.in_policy = wan("1.5");
    state_field(&e, FIELD_COST);
    state_field(&e, FIELD_IN_POLICY);
    return e;
}

static struct event good_income(void)
{
    return money(KIND_INCOME, 20241231, CATEGORY_INTEREST, "-591.31");
}

static struct event good_subsidy(void)
{
    return money(KIND_SUBSIDY, 20240630, CATEGORY_CENTRAL, "14801");
}

static void nothing(struct event *e)            { (void)e; }
static void no_id(struct event *e)              { unstate_field(e, FIELD_ID); }
static void no_kind(struct event *e)            { unstate_field(e, FIELD_KIND); }
static void no_fund(struct event *e)            { unstate_field(e, FIELD_FUND); }
static void no_date(struct event *e)            { unstate_field(e, FIELD_DATE); }
static void no_amount(struct event *e)          { unstate_field(e, FIELD_AMOUNT); }
static void no_category(struct event *e)        { unstate_field(e, FIELD_CATEGORY); }
static void no_year(struct event *e)            { unstate_field(e, FIELD_YEAR); }
static void no_stage(struct event *e)           { unstate_field(e, FIELD_STAGE); }
static void no_status(struct event *e)          { unstate_field(e, FIELD_STATUS); }
static void no_from(struct event *e)            { unstate_field(e, FIELD_FROM); }
static void no_to(struct event *e)              { unstate_field(e, FIELD_TO); }
static void no_original(struct event *e)        { unstate_field(e, FIELD_ORIGINAL); }
static void no_policy(struct event *e)          { unstate_field(e, FIELD_POLICY); }
static void no_person(struct event *e)          { unstate_field(e, FIELD_PERSON); }
static void no_cost(struct event *e)            { unstate_field(e, FIELD_COST); }
static void kind_0(struct event *e)             { e->kind = 0; }
static void kind_end(struct event *e)           { e->kind = KIND_END; }
static void kind_255(struct event *e)           { e->kind = 255; }
static void bad_id(struct event *e)             { e->id[1] = ' '; }
static void empty_id(struct event *e)           { e->id_size = 0; }
static void bad_original(struct event *e)       { e->original[0] = '\n'; }
static void itself(struct event *e)
{
    memcpy(e->original, e->id, sizeof e->original);
    e->original_size = e->id_size;
}
static void bad_fund(struct event *e)           { e->fund.scheme = 391; }
static void bad_place(struct event *e)          { e->fund.place = 1302; }
static void date_1989(struct event *e)          { e->date = day(19900101) - 1; }
static void date_2200(struct event *e)          { e->date = day(21991231) + 1; }
static void date_0228(struct event *e)          { e->date = day(20240228); }
static void date_0301(struct event *e)          { e->date = day(20240301); }
static void date_last(struct event *e)          { e->date = day(21991231); }
static void date_none(struct event *e)          { e->date = DATE_NONE; }
static void year_1989(struct event *e)          { e->year = 1989; }
static void year_2200(struct event *e)          { e->year = 2200; }
static void from_after_to(struct event *e)      { e->from = e->to + 1; }
static void from_is_to(struct event *e)         { e->from = e->to; }
static void from_1989(struct event *e)          { e->from = 1990 * 12 - 1; }
static void to_2200(struct event *e)            { e->to = 2200 * 12; }
static void amount_max(struct event *e)         { e->amount.fen = AMOUNT_EVENT_MAX; }
static void amount_above(struct event *e)       { e->amount.fen = AMOUNT_EVENT_MAX + 1; }
static void amount_min(struct event *e)         { e->amount.fen = -AMOUNT_EVENT_MAX; }
static void amount_below(struct event *e)       { e->amount.fen = -AMOUNT_EVENT_MAX - 1; }
static void amount_negative(struct event *e)    { e->amount.fen = -1; }
/* Of an adjustment, say. */
static void below_zero(struct event *e)
{
    e->amount.fen = -1;
    state_field(e, FIELD_AMOUNT);
}
static void amount_zero(struct event *e)        { e->amount.fen = 0; }
static void cost_negative(struct event *e)      { e->cost.fen = -1; }
static void in_policy_is_cost(struct event *e)  { e->in_policy = e->cost; }
static void in_policy_above(struct event *e)    { e->in_policy.fen = e->cost.fen + 1; }
static void cleared_negative(struct event *e)   { e->cleared.fen = -1; }
static void margin_negative(struct event *e)    { e->margin.fen = -1; }
static void margin_of_stated(struct event *e)
{
    e->derived = false;
    unstate_field(e, FIELD_DERIVED);
}
static void with_margin(struct event *e)        { e->margin.fen = 1; state_field(e, FIELD_MARGIN); }
static void heads_negative(struct event *e)     { e->heads = -1; }
static void heads_max(struct event *e)          { e->heads = COUNT_MAX; }
static void heads_above(struct event *e)        { e->heads = COUNT_MAX + 1; }
static void measure_0(struct event *e)          { e->measure = 0; }
static void status_3(struct event *e)           { e->status = 3; }
static void key_negative(struct event *e)       { e->person_key = -1; }
static void policy_empty(struct event *e)       { e->policy.size = 0; }
static void policy_nowhere(struct event *e)     { e->policy.bytes = NULL; }
static void policy_huge(struct event *e)        { e->policy.size = POLICY_SIZE_MAX + 1; }

static void of_outpatients(struct event *e)     { e->category = CATEGORY_POOLED; }
static void of_outpatients_no_cost(struct event *e)
{
    of_outpatients(e);
    unstate_field(e, FIELD_COST);
}

static void memo_negative(struct event *e)
{
    e->self_pay.fen = -1;
    state_field(e, FIELD_SELF_PAY);
}

static void one_head(struct event *e)           { e->heads = 1; state_field(e, FIELD_HEADS); }
static void two_heads(struct event *e)          { e->heads = 2; state_field(e, FIELD_HEADS); }

static void two_heads_no_person(struct event *e)
{
    two_heads(e);
    unstate_field(e, FIELD_PERSON);
}

static void heads_of_nobody(struct event *e)
{
    two_heads(e);
    unstate_field(e, FIELD_PERSON);
    unstate_field(e, FIELD_PERSON_KEY);
    unstate_field(e, FIELD_STATUS);
}

static void heads_with_status(struct event *e)
{
    heads_of_nobody(e);
    state_field(e, FIELD_STATUS);
}

static void nobody_at_all(struct event *e)
{
    heads_of_nobody(e);
    unstate_field(e, FIELD_HEADS);
}

static void with_institution(struct event *e)
{
    memcpy(e->institution, "H 1", 4);
    e->institution_size = 3;
    state_field(e, FIELD_INSTITUTION);
}

static void with_amount(struct event *e)        { e->amount.fen = 5; state_field(e, FIELD_AMOUNT); }
static void with_heads(struct event *e)         { state_field(e, FIELD_HEADS); }
static void with_category(struct event *e)
{
    e->category = CATEGORY_INPATIENT;
    state_field(e, FIELD_CATEGORY);
}

static void stage_to(struct event *e, enum event_stage stage)
{
    e->stage = (uint8_t)stage;
    state_field(e, FIELD_STAGE);
}

static void stage_final(struct event *e)        { stage_to(e, STAGE_FINAL); }
static void stage_provisional(struct event *e)  { stage_to(e, STAGE_PROVISIONAL); }
static void stage_adjustment(struct event *e)   { stage_to(e, STAGE_ADJUSTMENT); }
static void stage_0(struct event *e)            { stage_to(e, STAGE_NONE); }
static void stage_end(struct event *e)          { stage_to(e, STAGE_END); }
static void stage_255(struct event *e)          { e->stage = 255; }

static void release_negative(struct event *e)   { stage_to(e, STAGE_RELEASE); }
static void deduction_cleared(struct event *e)
{
    stage_to(e, STAGE_DEDUCTION);
    e->amount.fen = 1;
}

static void deduction_changed(struct event *e)
{
    deduction_cleared(e);
    unstate_field(e, FIELD_CLEARED);
}

static const struct {
    struct event (*good)(void);
    void (*spoil)(struct event *);
    enum reject reject;
    enum event_field field;
} checks[] = {
#define OK      REJECT_NONE, FIELD_COUNT
#define BAD     REJECT_BAD_FIELD
#define MISSING REJECT_MISSING_FIELD
#define EXTRA   REJECT_FIELD_NOT_ALLOWED
    {good_settlement, nothing, OK},       {good_enrollment, nothing, OK},
    {good_contribution, nothing, OK},     {good_clearing, nothing, OK},
    {good_population, nothing, OK},       {good_policy, nothing, OK},
    {good_reversal, nothing, OK},         {good_advance, nothing, OK},
    {good_reversal, below_zero, OK},      {good_advance_return, nothing, OK},
    {good_advance_return, with_category, EXTRA, FIELD_CATEGORY},
    {good_opening, nothing, OK},          {good_day, nothing, OK},
    {good_expenditure, nothing, OK},      {good_income, nothing, OK},
    {good_subsidy, nothing, OK},          {good_line_with_cost, nothing, OK},

    {good_day, no_id, MISSING, FIELD_ID},
    {good_day, no_kind, MISSING, FIELD_KIND},
    {good_day, no_fund, MISSING, FIELD_FUND},
    {good_day, no_date, MISSING, FIELD_DATE},
    {good_day, kind_0, BAD, FIELD_KIND},
    {good_day, kind_end, BAD, FIELD_KIND},
    {good_day, kind_255, BAD, FIELD_KIND},
    {good_day, bad_id, BAD, FIELD_ID},
    {good_day, empty_id, BAD, FIELD_ID},
    {good_day, bad_fund, BAD, FIELD_FUND},
    {good_day, bad_place, BAD, FIELD_FUND},
    {good_day, date_1989, BAD, FIELD_DATE},
    {good_day, date_2200, BAD, FIELD_DATE},
    {good_day, date_none, BAD, FIELD_DATE},
    {good_day, with_amount, EXTRA, FIELD_AMOUNT},
    {good_day, with_category, EXTRA, FIELD_CATEGORY},

    {good_policy, no_policy, MISSING, FIELD_POLICY},
    {good_policy, policy_empty, BAD, FIELD_POLICY},
    {good_policy, policy_nowhere, BAD, FIELD_POLICY},
    {good_policy, policy_huge, BAD, FIELD_POLICY},

    {good_opening, no_amount, MISSING, FIELD_AMOUNT},
    {good_opening, amount_min, OK},
    {good_opening, amount_below, BAD, FIELD_AMOUNT},
    {good_opening, with_category, EXTRA, FIELD_CATEGORY},

    {good_settlement, no_amount, MISSING, FIELD_AMOUNT},
    {good_settlement, no_category, MISSING, FIELD_CATEGORY},
    {good_settlement, amount_zero, OK},
    {good_settlement, amount_max, OK},
    {good_settlement, amount_above, BAD, FIELD_AMOUNT},
    {good_settlement, amount_negative, BAD, FIELD_AMOUNT},
    {good_settlement, cost_negative, BAD, FIELD_COST},
    {good_settlement, memo_negative, BAD, FIELD_SELF_PAY},
    {good_settlement, in_policy_is_cost, OK},
    {good_settlement, in_policy_above, BAD, FIELD_IN_POLICY},
    {good_settlement, no_cost, OK},
    {good_settlement, with_institution, BAD, FIELD_INSTITUTION},
    {good_settlement, with_heads, EXTRA, FIELD_HEADS},
    {good_settlement, stage_final, EXTRA, FIELD_STAGE},

    {good_settlement, of_outpatients, OK},
    {good_line_with_cost, of_outpatients, EXTRA, FIELD_COST},
    {good_line_with_cost, of_outpatients_no_cost, EXTRA, FIELD_IN_POLICY},
    {good_line_with_cost, cost_negative, BAD, FIELD_COST},
    {good_line_with_cost, in_policy_above, BAD, FIELD_IN_POLICY},

    {good_contribution, no_year, MISSING, FIELD_YEAR},
    {good_contribution, year_1989, BAD, FIELD_YEAR},
    {good_contribution, year_2200, BAD, FIELD_YEAR},
    {good_contribution, no_from, MISSING, FIELD_FROM},
    {good_contribution, no_to, MISSING, FIELD_TO},
    {good_contribution, from_is_to, OK},
    {good_contribution, from_after_to, BAD, FIELD_TO},
    {good_contribution, from_1989, BAD, FIELD_FROM},
    {good_contribution, to_2200, BAD, FIELD_TO},
    {good_contribution, one_head, OK},
    {good_contribution, two_heads, BAD, FIELD_HEADS},
    {good_contribution, two_heads_no_person, OK},
    {good_contribution, amount_negative, BAD, FIELD_AMOUNT},
    {good_subsidy, no_year, MISSING, FIELD_YEAR},
    {good_subsidy, amount_negative, BAD, FIELD_AMOUNT},

    {good_enrollment, no_year, MISSING, FIELD_YEAR},
    {good_enrollment, no_status, MISSING, FIELD_STATUS},
    {good_enrollment, status_3, BAD, FIELD_STATUS},
    {good_enrollment, key_negative, BAD, FIELD_PERSON_KEY},
    {good_enrollment, no_person, MISSING, FIELD_PERSON},
    {good_enrollment, two_heads, EXTRA, FIELD_HEADS},
    {good_enrollment, heads_of_nobody, OK},
    {good_enrollment, heads_with_status, EXTRA, FIELD_STATUS},
    {good_enrollment, nobody_at_all, MISSING, FIELD_HEADS},

    {good_clearing, no_stage, MISSING, FIELD_STAGE},
    {good_clearing, no_category, MISSING, FIELD_CATEGORY},
    {good_clearing, stage_adjustment, OK},
    {good_clearing, stage_final, BAD, FIELD_STAGE},
    {good_clearing, stage_0, BAD, FIELD_STAGE},
    {good_clearing, stage_end, BAD, FIELD_STAGE},
    {good_clearing, stage_255, BAD, FIELD_STAGE},
    {good_clearing, stage_provisional, EXTRA, FIELD_CLEARED},
    {good_clearing, release_negative, BAD, FIELD_AMOUNT},
    {good_clearing, deduction_cleared, EXTRA, FIELD_CLEARED},
    {good_clearing, deduction_changed, EXTRA, FIELD_CHANGE},
    {good_clearing, cleared_negative, BAD, FIELD_CLEARED},
    {good_advance, with_category, EXTRA, FIELD_CATEGORY},
    {good_advance, amount_negative, BAD, FIELD_AMOUNT},
    {good_advance, stage_provisional, MISSING, FIELD_CATEGORY},

    {good_derived_opening, nothing, OK},
    {good_derived_opening, margin_negative, BAD, FIELD_MARGIN},
    {good_derived_opening, margin_of_stated, MISSING, FIELD_DERIVED},
    {good_expenditure, with_margin, EXTRA, FIELD_MARGIN},

    {good_expenditure, stage_final, OK},
    {good_expenditure, stage_provisional, OK},
    {good_expenditure, stage_adjustment, BAD, FIELD_STAGE},
    {good_expenditure, stage_0, BAD, FIELD_STAGE},
    {good_expenditure, amount_below, BAD, FIELD_AMOUNT},

    {good_reversal, no_original, MISSING, FIELD_ORIGINAL},
    {good_reversal, bad_original, BAD, FIELD_ORIGINAL},
    {good_reversal, itself, BAD, FIELD_ORIGINAL},
    {good_reversal, with_amount, OK},

    {good_close, nothing, OK},            {good_close, date_last, OK},
    {good_close, date_0228, BAD, FIELD_DATE},
    {good_close, date_0301, BAD, FIELD_DATE},
    {good_close, date_2200, BAD, FIELD_DATE},
    {good_close, with_amount, EXTRA, FIELD_AMOUNT},
    {good_import, nothing, OK},           {good_import, with_amount, EXTRA, FIELD_AMOUNT},
    {good_import_done, nothing, OK},      {good_import_done, with_amount, EXTRA, FIELD_AMOUNT},
    {good_statement, nothing, OK},        {good_statement, no_amount, MISSING, FIELD_AMOUNT},
    {good_statement, amount_negative, OK},
    {good_statement, amount_below, BAD, FIELD_AMOUNT},
    {good_statement, with_category, EXTRA, FIELD_CATEGORY},

    {good_population, measure_0, BAD, FIELD_MEASURE},
    {good_population, heads_negative, BAD, FIELD_HEADS},
    {good_population, heads_max, OK},
    {good_population, heads_above, BAD, FIELD_HEADS},
#undef OK
#undef BAD
#undef MISSING
#undef EXTRA
};

START_TEST(one_thing_wrong_is_refused_by_name)
{
    struct event e = checks[_i].good();
    checks[_i].spoil(&e);
    enum event_field field = FIELD_COUNT;
    ck_assert_int_eq(event_check(&e, &field), checks[_i].reject);
    ck_assert_int_eq(field, checks[_i].field);
}
END_TEST

/* Which categories a kind (of a disbursement: provisional) takes: first to last. */
static const struct {
    struct event (*good)(void);
    unsigned first, last;
} category_rows[] = {
    {good_contribution, CATEGORY_FEES, CATEGORY_GOVERNMENT},
    {good_subsidy, CATEGORY_CENTRAL, CATEGORY_COUNTY},
    {good_income, CATEGORY_INTEREST, CATEGORY_TRANSFER_IN},
    {good_settlement, CATEGORY_INPATIENT, CATEGORY_MATERNITY},
    {good_clearing, CATEGORY_INPATIENT, CATEGORY_UNLISTED},
    {good_expenditure, CATEGORY_INPATIENT, CATEGORY_TRANSFER_OUT},
};

START_TEST(a_kind_takes_its_own_categories_and_no_other)
{
    for (unsigned category = 0; category < 256; category++) {
        struct event e = category_rows[_i].good();
        enum event_field field = FIELD_COUNT;
        e.category = (uint8_t)category;
        bool fits = category >= category_rows[_i].first && category <= category_rows[_i].last;
        ck_assert_int_eq(event_check(&e, &field), fits ? REJECT_NONE : REJECT_BAD_FIELD);
        ck_assert_int_eq(field, fits ? FIELD_COUNT : FIELD_CATEGORY);
    }
}
END_TEST

/* Every field of every kind against kind.def, by the masks alone. */
static const struct {
    unsigned kind;
    uint32_t required, optional;
} masks[] = {
#define RULE(KIND, required, optional) {KIND_##KIND, required, optional},
#include "fund/kind.def"
#undef RULE
};

START_TEST(each_kind_has_the_fields_of_its_table_and_no_other)
{
    uint32_t always = UINT32_C(0xf);    /* id, kind, fund, date */
    uint32_t known = (UINT32_C(1) << FIELD_COUNT) - 1;
    enum event_field field = FIELD_COUNT;
    struct event e = event_of((enum event_kind)masks[_i].kind, 20240506);

    e.present = always | masks[_i].required;
    for (uint32_t left = e.present; left != 0; left &= left - 1) {
        struct event lacking = e;
        enum event_field lacks = (enum event_field)__builtin_ctz(left);
        unstate_field(&lacking, lacks);
        ck_assert_int_eq(event_check(&lacking, &field), REJECT_MISSING_FIELD);
        ck_assert_int_eq(field, lacks);
    }
    for (uint32_t left = known & ~e.present & ~masks[_i].optional; left != 0; left &= left - 1) {
        struct event excess = e;
        enum event_field exceeds = (enum event_field)__builtin_ctz(left);
        state_field(&excess, exceeds);
        ck_assert_int_eq(event_check(&excess, &field), REJECT_FIELD_NOT_ALLOWED);
        ck_assert_int_eq(field, exceeds);
    }
}
END_TEST

START_TEST(every_kind_has_a_line_in_the_table)
{
    ck_assert_uint_eq(COUNT_OF(masks), KIND_END - 1);
}
END_TEST

static const struct { const char bytes[PERSON_SIZE + 1]; bool hash; } persons[] = {
    { "1101011990030712", false },              /* cut off after 16 digits */
    { "11010119900307X", false },
    { "12345678", false },
    { "1234            ", false },
    { "ZhangSan", false },
    { "\xe5\xbc\xa0\xe4\xb8\x89", false },   /* 张三 */
    { "\xe6\xac\xa7\xe9\x98\xb3\xe5\xb0\x8f\xe6\x98\x8e\xe6\x98\x8e", false },   /* 欧阳小明明 */
    { "\xe5\xbc\xa0\xe4\xb8\x89\xe5", true },   /* and a byte of a third character, and no more */
    { "Zhang_San", false },
    { "Zhang{San (male)", false },
    { "1101011990\x7f", true },
    { "1101011990\0\0x", true },
    { "0123456789abcdef", false },
    { "1101\t01199003071", true },
    /* UTF-8: cut off within a character, and what is none */
    { "\xe6\xac\xa7\xe9\x98\xb3\xe5\xb0\x8f\xe6\x98\x8e\xe6\x98\x8e\xe6", false },
    { "Andr\xc3\xa9 \xf0\xa0\xae\xb7 \xe0\xa4\xa8 \xed", false },
    { "\xf1\x80\x80\x80\xf4\x8f\xbf\xbf\xee\x80\x80\xed\x9f\xbf\xc2\xa0", false },
    { "Zhang San \xc2\x80 12", true },         /* a control character */
    { "Zhang San \xe0\x9f\xbf 1", true },      /* longer than it must be */
    { "Zhang San \xed\xa0\x80 1", true },      /* a surrogate */
    { "Zhang San \xf4\x90\x80\x80 ", true },  /* beyond Unicode */
    { "Zhang San \xe5\xbc\xc0 1", true },
    { "Zhang San \xff 123", true },
    /* UTF-16: 张三, eight of 1101…, and what is neither Chinese nor ASCII */
    { "\x20\x5f\x09\x4e", false },
    { "\x5f\x20\x4e\x09", false },
    { "1\0001\0000\0001\0000\0001\0001\0009\0", false },
    { "\0001\0001\0000\0001\0000\0001\0001\0009", false },
    { "\x00\x4e\xff\x9f\x00\x4e\xff\x9f\x00\x4e\xff\x9f\x00\x4e\xff\x9f", false },
    { "\x00\x4e\xff\x9f\x00\x4e\xff\x9f\x00\x4e\xff\x9f\x00\x4e\x00\xa0", true },
    { "\x4e\x00\x9f\xff\x4d\xff\x9f\xff\x4e\x00\x9f\xff\x4e\x00\x9f\xff", true },
    /* GB2312: 张三 with NULs and with spaces, and half a character */
    { "\xd5\xc5\xc8\xfd", false },
    { "\xd5\xc5\xc8\xfd            ", false },
    { "\xd5\xc5\xc8\xfd           \xd5", true },
    { "\xd5\xc5\xc8\xff", true },
    { "\xd5\xc5\xc8\xa0            ", true },
    { "\xf8\xc5\xc8\xfd", true },
    { "", false },
    { "\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa", false },
    { "\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\xfa\x01", true },
    { "\xfa\x01", true },
    { "123", true },                            /* too short to be anybody's */
    { "\x12\x9f\x33\xc8\xa0\x77\x5e\x01\xd4\x4f\x09\xbe\x6a\xf3\x28\x91", true },
};
START_TEST(what_was_never_hashed_is_no_person)
{
    const uint8_t *person = (const uint8_t *)persons[_i].bytes;
    ck_assert_int_eq(event_person_is_hash(person), persons[_i].hash);
}
END_TEST

START_TEST(a_word_is_one_of_its_own_set)
{
    for (unsigned number = 0; number <= UINT8_MAX; number++) {
        struct event status = good_enrollment(), group = good_enrollment(), measure = good_population();
        enum event_field field;
        status.status = group.group = measure.measure = (uint8_t)number;
        state_field(&group, FIELD_GROUP);
        ck_assert_int_eq(event_check(&status, &field) == REJECT_NONE, event_status_word(number) != NULL);
        ck_assert_int_eq(event_check(&group, &field) == REJECT_NONE, event_group_word(number) != NULL);
        ck_assert_int_eq(event_check(&measure, &field) == REJECT_NONE, event_measure_word(number) != NULL);
    }
}
END_TEST

START_TEST(what_an_absent_field_holds_is_not_looked_at)
{
    struct event e = good_day();
    enum event_field field;
    e.amount.fen = INT64_MIN;
    e.category = 255;
    e.stage = 255;
    e.year = -5;
    e.heads = -1;
    ck_assert_int_eq(event_check(&e, &field), REJECT_NONE);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("event");
    TCase *t = tcase_create("vocabulary");
    tcase_add_loop_test(t, each_word_is_found_by_its_number_and_back, 0, COUNT_OF(words));
    tcase_add_test(t, what_is_no_word_is_zero_and_no_number_is_null);
    tcase_add_test(t, fields_and_reasons_have_their_words);
    tcase_add_test(t, an_id_is_1_to_64_visible_bytes);
    suite_add_tcase(s, t);

    t = tcase_create("check");
    tcase_add_loop_test(t, one_thing_wrong_is_refused_by_name, 0, COUNT_OF(checks));
    tcase_add_loop_test(t, a_kind_takes_its_own_categories_and_no_other, 0,
                        COUNT_OF(category_rows));
    tcase_add_loop_test(t, each_kind_has_the_fields_of_its_table_and_no_other, 0,
                        COUNT_OF(masks));
    tcase_add_test(t, every_kind_has_a_line_in_the_table);
    tcase_add_test(t, a_word_is_one_of_its_own_set);
    tcase_add_test(t, what_an_absent_field_holds_is_not_looked_at);
    tcase_add_loop_test(t, what_was_never_hashed_is_no_person, 0,
                        sizeof persons / sizeof persons[0]);
    suite_add_tcase(s, t);
    return s;
}
