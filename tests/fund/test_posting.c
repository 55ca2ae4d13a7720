/* DOMAIN 3a, row by row, and what reversing does to each row. */
#include <stdio.h>

#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

#define FOREVER INT32_MAX

#define SETTLED   RECOGNISE_SETTLEMENT
#define DISBURSED RECOGNISE_DISBURSEMENT

static struct posting posted(const struct event *event, enum recognition recognition)
{
    struct posting_basis basis = recognising(recognition);
    struct posting posting;
    ck_assert_int_eq(posting_make(event, &basis, &posting), REJECT_NONE);
    return posting;
}

/* A payment of 5 that clears 10 and changes 3, so that each figure is known by its size. */
static struct event payment(enum event_stage stage, enum event_category category)
{
    struct event e = disbursement(stage, 20240506, category, "5");
    if (stage == STAGE_ADJUSTMENT || stage == STAGE_CLEARING || stage == STAGE_RELEASE) {
        e.cleared = wan("10");
        e.change = wan("3");
        state_field(&e, FIELD_CLEARED);
        state_field(&e, FIELD_CHANGE);
    }
    return e;
}

#define E11 ACCOUNT_E11
#define P11 (ACCOUNT_E11 + ACCOUNT_PROVISIONAL)
#define A1  ACCOUNT_A1
#define A2  ACCOUNT_A2
#define L1  ACCOUNT_L1
#define L2  ACCOUNT_L2
#define M1  ACCOUNT_M1
#define M2  ACCOUNT_M2
#define IN  CATEGORY_INPATIENT

static const struct {
    enum event_kind kind;
    enum event_stage stage;
    enum event_category category;
    enum recognition recognition;
    struct { unsigned debit, credit; const char *wan; } legs[4];
} rows[] = {
    {KIND_OPENING, 0, 0, SETTLED, {{A1, ACCOUNT_Q0, "5"}}},
    {KIND_OPENING, 0, 0, DISBURSED, {{A1, ACCOUNT_Q0, "5"}}},
    {KIND_CONTRIBUTION, 0, CATEGORY_PERSONAL, SETTLED, {{A1, ACCOUNT_I11, "5"}}},
    {KIND_CONTRIBUTION, 0, CATEGORY_AID, DISBURSED, {{A1, ACCOUNT_I13, "5"}}},
    {KIND_SUBSIDY, 0, CATEGORY_CENTRAL, SETTLED, {{A1, ACCOUNT_I21, "5"}}},
    {KIND_SUBSIDY, 0, CATEGORY_COUNTY, DISBURSED, {{A1, ACCOUNT_I24, "5"}}},
    {KIND_INCOME, 0, CATEGORY_INTEREST, SETTLED, {{A1, ACCOUNT_I3, "5"}}},
    {KIND_INCOME, 0, CATEGORY_FROM_UPPER, DISBURSED, {{A1, ACCOUNT_I6, "5"}}},
    {KIND_SETTLEMENT, 0, IN, SETTLED, {{E11, L1, "5"}}},
    {KIND_SETTLEMENT, 0, IN, DISBURSED, {{M1, M2, "5"}}},
    {KIND_DISBURSEMENT, STAGE_PROVISIONAL, IN, SETTLED, {{L1, A1, "5"}}},
    {KIND_DISBURSEMENT, STAGE_PROVISIONAL, IN, DISBURSED, {{P11, A1, "5"}, {M2, M1, "5"}}},
    {KIND_DISBURSEMENT, STAGE_ADJUSTMENT, IN, SETTLED, {{L1, A1, "5"}, {E11, L1, "3"}}},
    {KIND_DISBURSEMENT, STAGE_ADJUSTMENT, IN, DISBURSED,
     {{E11, P11, "10"}, {P11, A1, "5"}, {M2, M1, "5"}, {M1, M2, "3"}}},
    {KIND_DISBURSEMENT, STAGE_CLEARING, IN, SETTLED, {{L1, A1, "5"}, {E11, L1, "3"}}},
    {KIND_DISBURSEMENT, STAGE_CLEARING, IN, DISBURSED,
     {{E11, P11, "10"}, {E11, A1, "5"}, {M2, M1, "5"}, {M1, M2, "3"}}},
    {KIND_DISBURSEMENT, STAGE_RELEASE, IN, SETTLED, {{L1, A1, "5"}, {E11, L1, "3"}}},
    {KIND_DISBURSEMENT, STAGE_RELEASE, IN, DISBURSED,
     {{E11, P11, "10"}, {E11, A1, "5"}, {M2, M1, "5"}, {M1, M2, "3"}}},
    {KIND_DISBURSEMENT, STAGE_DEDUCTION, IN, SETTLED, {{L1, E11, "5"}}},
    {KIND_DISBURSEMENT, STAGE_DEDUCTION, IN, DISBURSED, {{M2, M1, "5"}}},
    {KIND_DISBURSEMENT, STAGE_RETENTION, IN, SETTLED, {{0}}},
    {KIND_DISBURSEMENT, STAGE_RETENTION, IN, DISBURSED, {{0}}},
    {KIND_DISBURSEMENT, STAGE_ADVANCE, 0, SETTLED, {{A2, A1, "5"}}},
    {KIND_DISBURSEMENT, STAGE_ADVANCE, 0, DISBURSED, {{A2, A1, "5"}}},
    {KIND_DISBURSEMENT, STAGE_ADVANCE_RETURN, 0, SETTLED, {{A1, A2, "5"}}},
    {KIND_DISBURSEMENT, STAGE_ADVANCE_RETURN, 0, DISBURSED, {{A1, A2, "5"}}},
    {KIND_EXPENDITURE, 0, CATEGORY_CATASTROPHIC, SETTLED, {{ACCOUNT_E2, A1, "5"}}},
    {KIND_EXPENDITURE, STAGE_FINAL, CATEGORY_TO_UPPER, DISBURSED, {{ACCOUNT_E6, A1, "5"}}},
    {KIND_EXPENDITURE, STAGE_PROVISIONAL, IN, SETTLED, {{P11, A1, "5"}}},
    {KIND_EXPENDITURE, STAGE_PROVISIONAL, IN, DISBURSED, {{P11, A1, "5"}}},
    {KIND_POLICY, 0, 0, SETTLED, {{0}}},
    {KIND_DAY, 0, 0, SETTLED, {{0}}},
    {KIND_ENROLLMENT, 0, 0, DISBURSED, {{0}}},
    {KIND_POPULATION, 0, 0, DISBURSED, {{0}}},
};

static struct event event_of_row(int i)
{
    if (rows[i].kind == KIND_DISBURSEMENT)
        return payment(rows[i].stage, rows[i].category);
    struct event e = money(rows[i].kind, 20240506, rows[i].category, "5");
    if (rows[i].stage != STAGE_NONE) {
        e.stage = (uint8_t)rows[i].stage;
        state_field(&e, FIELD_STAGE);
    }
    return e;
}

START_TEST(a_row_of_the_table_is_posted_as_it_stands_there)
{
    struct event e = event_of_row(_i);
    struct posting posting = posted(&e, rows[_i].recognition);
    unsigned count = 0;
    for (; count < 4 && rows[_i].legs[count].wan != NULL; count++) {
        const struct leg *leg = &posting.legs[count];
        ck_assert_uint_eq(leg->debit, rows[_i].legs[count].debit);
        ck_assert_uint_eq(leg->credit, rows[_i].legs[count].credit);
        ck_assert_int_eq(leg->amount.fen, wan(rows[_i].legs[count].wan).fen);
        ck_assert_int_eq(leg->date, e.date);
    }
    ck_assert_uint_eq(posting.count, count);
}
END_TEST

static struct posting reversed(const struct event *e, const struct posting *posting, date_day date)
{
    struct posting reversal;
    ck_assert_int_eq(posting_reverse(e, posting, date, &reversal), REJECT_NONE);
    return reversal;
}

static void assert_all_zero(const struct lines *lines)
{
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++)
        ck_assert_msg(lines->fen[slot] == 0, "slot %u holds %lld", slot,
                      (long long)lines->fen[slot]);
}

START_TEST(every_posting_and_its_reversal_sum_to_zero)
{
    static const int32_t dates[] = {20230101, 20240101, 20240506, 20241231, 20250101, 20270630};
    struct event e = event_of_row(_i);
    struct posting posting = posted(&e, rows[_i].recognition);
    struct lines lines = {0};
    book(&lines, &posting, FOREVER);
    ck_assert(lines_balanced(&lines));
    for (size_t d = 0; d < COUNT_OF(dates); d++) {
        struct posting reversal = reversed(&e, &posting, day(dates[d]));
        struct lines both = lines;
        book(&both, &reversal, FOREVER);
        ck_assert(lines_balanced(&both));
    }
}
END_TEST

START_TEST(a_reversal_within_the_year_cancels_every_line)
{
    static const int32_t dates[] = {20240506, 20240507, 20241231, 20240101, 20230630};
    struct event e = event_of_row(_i);
    struct posting posting = posted(&e, rows[_i].recognition);
    for (size_t d = 0; d < COUNT_OF(dates); d++) {
        struct posting reversal = reversed(&e, &posting, day(dates[d]));
        struct lines lines = {0};
        book(&lines, &posting, FOREVER);
        book(&lines, &reversal, FOREVER);
        assert_all_zero(&lines);
        for (unsigned i = 0; i < reversal.count; i++)
            ck_assert_int_ge(reversal.legs[i].date, e.date);
    }
}
END_TEST

/* What the legs that clear put on a line of expenditure. */
static int64_t cleared_on(const struct posting *posting, unsigned slot)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < posting->count; i++) {
        const struct leg *leg = &posting->legs[i];
        if (account_info(leg->debit)->class == CLASS_EXPENDITURE
            && account_info(leg->credit)->class == CLASS_EXPENDITURE)
            sum += leg->amount.fen * ((leg->debit == slot) - (leg->credit == slot));
    }
    return sum;
}

/* Across years only E3 and I4 carry it; bank, hospitals and memo are as before, and what was cleared
 * is provisional again. */
START_TEST(a_reversal_across_years_goes_to_e3_or_i4)
{
    struct event e = event_of_row(_i);
    struct posting posting = posted(&e, rows[_i].recognition);
    struct posting reversal = reversed(&e, &posting, day(20250101));
    struct lines before = {0}, after = {0};
    struct amount was, is;
    book(&before, &posting, FOREVER);
    book(&after, &reversal, FOREVER);
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++) {
        const struct account_info *info = account_info(slot);
        if (info == NULL || slot == ACCOUNT_E3 || slot == ACCOUNT_I4)
            continue;
        bool is_line = info->class == CLASS_INCOME || info->class == CLASS_EXPENDITURE;
        ck_assert_int_eq(on(&after, slot), is_line ? -cleared_on(&posting, slot) : -on(&before, slot));
    }
    ck_assert(lines_income(&before, &was) && lines_expenditure(&after, &is));
    ck_assert_int_eq(is.fen, was.fen);
    ck_assert(lines_expenditure(&before, &was) && lines_income(&after, &is));
    ck_assert_int_eq(is.fen, was.fen);
}
END_TEST

START_TEST(last_years_fee_refunded_is_other_expenditure)
{
    struct event e = money(KIND_CONTRIBUTION, 20231008, CATEGORY_PERSONAL, "3.04");
    struct posting posting = posted(&e, SETTLED);
    struct posting reversal = reversed(&e, &posting, day(20240301));
    ck_assert_uint_eq(reversal.count, 1);
    ck_assert_uint_eq(reversal.legs[0].debit, ACCOUNT_E3);
    ck_assert_uint_eq(reversal.legs[0].credit, A1);
    ck_assert_int_eq(reversal.legs[0].amount.fen, wan("3.04").fen);
}
END_TEST

START_TEST(benefits_of_former_years_recovered_are_other_income)
{
    struct event e = money(KIND_EXPENDITURE, 20231008, CATEGORY_INPATIENT, "42.51");
    e.stage = STAGE_PROVISIONAL;
    state_field(&e, FIELD_STAGE);
    struct posting posting = posted(&e, DISBURSED);
    struct posting reversal = reversed(&e, &posting, day(20240301));
    ck_assert_uint_eq(reversal.count, 1);
    ck_assert_uint_eq(reversal.legs[0].debit, A1);
    ck_assert_uint_eq(reversal.legs[0].credit, ACCOUNT_I4);
}
END_TEST

/* --- A fee that arrives before the year it covers */

static struct event autumn_fee(void)
{
    struct event e = money(KIND_CONTRIBUTION, 20231008, CATEGORY_PERSONAL, "14021.71");
    e.year = 2024;
    return e;
}

static struct posting autumn_posting(enum fee_basis basis)
{
    struct event e = autumn_fee();
    struct posting_basis counted = fees_counted(basis);
    struct posting posting;
    ck_assert_int_eq(posting_make(&e, &counted, &posting), REJECT_NONE);
    return posting;
}

START_TEST(an_autumn_fee_is_owed_until_its_year_begins)
{
    struct posting posting = autumn_posting(FEES_IN_YEAR_COVERED);
    struct lines then = {0}, later = {0};
    int64_t fee = wan("14021.71").fen;
    book(&then, &posting, day(20231231));
    ck_assert_int_eq(on(&then, A1), fee);
    ck_assert_int_eq(on(&then, L2), -fee);
    ck_assert_int_eq(on(&then, ACCOUNT_I11), 0);
    book(&later, &posting, day(20240101));
    ck_assert_int_eq(on(&later, A1), fee);
    ck_assert_int_eq(on(&later, L2), 0);
    ck_assert_int_eq(on(&later, ACCOUNT_I11), -fee);
}
END_TEST

START_TEST(on_arrival_an_autumn_fee_is_income_at_once)
{
    struct posting posting = autumn_posting(FEES_ON_ARRIVAL);
    ck_assert_uint_eq(posting.count, 1);
    ck_assert_int_eq(posting.legs[0].credit, ACCOUNT_I11);
    ck_assert_int_eq(posting.legs[0].date, day(20231008));
}
END_TEST

START_TEST(a_fee_of_this_or_a_former_year_is_income_at_once)
{
    struct posting_basis basis = fees_counted(FEES_IN_YEAR_COVERED);
    static const int32_t dates[] = {20240101, 20240301, 20250101};
    for (size_t i = 0; i < COUNT_OF(dates); i++) {
        struct event e = autumn_fee();
        struct posting posting;
        e.date = day(dates[i]);
        ck_assert_int_eq(posting_make(&e, &basis, &posting), REJECT_NONE);
        ck_assert_uint_eq(posting.count, 1);
        ck_assert_uint_eq(posting.legs[0].credit, ACCOUNT_I11);
        ck_assert_int_eq(posting.legs[0].date, e.date);
    }
}
END_TEST

START_TEST(an_autumn_fee_reversed_before_its_year_never_becomes_income)
{
    struct event e = autumn_fee();
    struct posting posting = autumn_posting(FEES_IN_YEAR_COVERED);
    struct posting reversal = reversed(&e, &posting, day(20231101));
    static const int32_t until[] = {20231101, 20231231, 20240101, 20241231};
    for (size_t i = 0; i < COUNT_OF(until); i++) {
        struct lines lines = {0};
        book(&lines, &posting, day(until[i]));
        book(&lines, &reversal, day(until[i]));
        assert_all_zero(&lines);
    }
}
END_TEST

START_TEST(an_autumn_fee_reversed_in_its_year_is_taken_off_its_own_line)
{
    struct event e = autumn_fee();
    struct posting posting = autumn_posting(FEES_IN_YEAR_COVERED);
    struct posting reversal = reversed(&e, &posting, day(20240301));
    struct lines lines = {0};
    book(&lines, &posting, FOREVER);
    book(&lines, &reversal, FOREVER);
    assert_all_zero(&lines);
}
END_TEST

START_TEST(an_autumn_fee_reversed_after_its_year_is_other_expenditure)
{
    struct event e = autumn_fee();
    struct posting posting = autumn_posting(FEES_IN_YEAR_COVERED);
    struct posting reversal = reversed(&e, &posting, day(20250301));
    struct lines lines = {0};
    book(&lines, &reversal, FOREVER);
    ck_assert_int_eq(on(&lines, ACCOUNT_E3), wan("14021.71").fen);
    ck_assert_int_eq(on(&lines, A1), -wan("14021.71").fen);
    ck_assert_int_eq(on(&lines, L2), 0);
    ck_assert_int_eq(on(&lines, ACCOUNT_I11), 0);
}
END_TEST

/* --- A payout's whole life */

START_TEST(on_settlement_a_hospital_that_is_paid_up_is_owed_nothing)
{
    struct lines lines = {0};
    struct event life[] = {
        money(KIND_SETTLEMENT, 20240105, IN, "100"),
        disbursement(STAGE_DEDUCTION, 20240120, IN, "4"),
        disbursement(STAGE_PROVISIONAL, 20240131, IN, "90"),
        disbursement(STAGE_CLEARING, 20241231, IN, "5"),
    };
    life[3].change = wan("-1");
    state_field(&life[3], FIELD_CHANGE);
    for (size_t i = 0; i < COUNT_OF(life); i++) {
        struct posting posting = posted(&life[i], SETTLED);
        book(&lines, &posting, FOREVER);
    }
    ck_assert_int_eq(on(&lines, L1), 0);
    ck_assert_int_eq(on(&lines, E11), wan("95").fen);
    ck_assert_int_eq(on(&lines, A1), wan("-95").fen);
}
END_TEST

START_TEST(on_disbursement_clearing_makes_provisional_final)
{
    struct lines lines = {0};
    struct event life[] = {
        money(KIND_SETTLEMENT, 20240105, IN, "100"),
        disbursement(STAGE_DEDUCTION, 20240120, IN, "5"),
        disbursement(STAGE_PROVISIONAL, 20240131, IN, "90"),
        disbursement(STAGE_CLEARING, 20241231, IN, "5"),
    };
    life[3].cleared = wan("90");
    state_field(&life[3], FIELD_CLEARED);
    for (size_t i = 0; i < COUNT_OF(life); i++) {
        struct posting posting = posted(&life[i], DISBURSED);
        book(&lines, &posting, FOREVER);
    }
    ck_assert_int_eq(on(&lines, P11), 0);
    ck_assert_int_eq(on(&lines, E11), wan("95").fen);
    ck_assert_int_eq(on(&lines, A1), wan("-95").fen);
    ck_assert_int_eq(on(&lines, M1), 0);
    ck_assert_int_eq(on(&lines, M2), 0);
}
END_TEST

START_TEST(a_clearing_undone_a_year_later_can_be_done_again)
{
    struct lines lines = {0};
    struct event paid = disbursement(STAGE_PROVISIONAL, 20230131, IN, "90");
    struct event clearing = disbursement(STAGE_CLEARING, 20231231, IN, "5");
    clearing.cleared = wan("90");
    state_field(&clearing, FIELD_CLEARED);
    struct event again = clearing;
    again.date = day(20240401);
    struct posting provisional = posted(&paid, DISBURSED), first = posted(&clearing, DISBURSED);
    struct posting undone = reversed(&clearing, &first, day(20240301)), second = posted(&again, DISBURSED);
    book(&lines, &provisional, FOREVER);
    book(&lines, &first, FOREVER);
    book(&lines, &undone, FOREVER);
    ck_assert_int_eq(on(&lines, P11), wan("90").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_I4), -wan("5").fen);
    book(&lines, &second, FOREVER);
    ck_assert_int_eq(on(&lines, P11), 0);
    ck_assert_int_eq(on(&lines, E11), wan("100").fen);      /* 5 of them came back as I4 */
}
END_TEST

/* --- What reimbursement is measured with */

static struct event a_bill(enum event_kind kind, enum event_category category)
{
    struct event e = money(kind, 20240506, category, "60");
    e.cost = wan("100");
    e.in_policy = wan("80");
    state_field(&e, FIELD_COST);
    state_field(&e, FIELD_IN_POLICY);
    return e;
}

static struct lines booked(const struct event *e, enum recognition recognition)
{
    struct lines lines = {0};
    struct posting posting = posted(e, recognition);
    book(&lines, &posting, FOREVER);
    ck_assert(lines_balanced(&lines));
    return lines;
}

START_TEST(an_inpatient_bill_is_kept_beside_what_it_cost)
{
    static const enum recognition both[] = {SETTLED, DISBURSED};
    static const enum event_kind kinds[] = {KIND_SETTLEMENT, KIND_EXPENDITURE};
    struct event e = a_bill(kinds[_i % 2], IN);
    struct lines lines = booked(&e, both[_i / 2]);
    ck_assert_int_eq(on(&lines, ACCOUNT_S1), wan("100").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_S2), wan("80").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_S3), wan("60").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_S4), wan("60").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_S0), -wan("300").fen);
}
END_TEST

START_TEST(a_bill_that_states_one_cost_counts_for_that_ratio_only)
{
    struct event e = a_bill(KIND_SETTLEMENT, IN);
    unstate_field(&e, FIELD_COST);
    struct lines lines = booked(&e, SETTLED);
    ck_assert_int_eq(on(&lines, ACCOUNT_S1), 0);
    ck_assert_int_eq(on(&lines, ACCOUNT_S3), 0);
    ck_assert_int_eq(on(&lines, ACCOUNT_S2), wan("80").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_S4), wan("60").fen);
}
END_TEST

START_TEST(what_the_fund_pays_nothing_of_still_cost_something)
{
    struct event e = a_bill(KIND_SETTLEMENT, IN);
    e.amount = fen(0);
    struct lines lines = booked(&e, SETTLED);
    ck_assert_int_eq(on(&lines, ACCOUNT_S1), wan("100").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_S3), 0);
}
END_TEST

START_TEST(outpatient_bills_and_bills_without_a_cost_have_one_leg)
{
    struct event outpatient = a_bill(KIND_SETTLEMENT, CATEGORY_POOLED);
    struct event bare = money(KIND_SETTLEMENT, 20240506, IN, "60");
    ck_assert_uint_eq(posted(&outpatient, SETTLED).count, 1);
    ck_assert_uint_eq(posted(&bare, DISBURSED).count, 1);
}
END_TEST

START_TEST(a_bill_that_is_reversed_leaves_no_cost)
{
    static const int32_t dates[] = {20240506, 20241231, 20250101};
    struct event e = a_bill(KIND_SETTLEMENT, IN);
    struct posting posting = posted(&e, SETTLED);
    struct posting reversal = reversed(&e, &posting, day(dates[_i]));
    struct lines lines = {0};
    book(&lines, &posting, FOREVER);
    book(&lines, &reversal, FOREVER);
    for (unsigned slot = ACCOUNT_S0; slot <= ACCOUNT_S4; slot++)
        ck_assert_int_eq(on(&lines, slot), 0);
}
END_TEST

START_TEST(what_an_event_does_not_state_is_not_booked)
{
    struct event e = disbursement(STAGE_CLEARING, 20241231, IN, "5");
    e.cleared = wan("90");
    e.change = wan("-1");
    for (enum recognition r = SETTLED; r <= DISBURSED; r++) {
        struct posting posting = posted(&e, r);
        for (unsigned i = 0; i < posting.count; i++)
            ck_assert_int_eq(posting.legs[i].amount.fen, wan("5").fen);
    }
}
END_TEST

START_TEST(an_amount_of_nothing_has_no_leg)
{
    struct event e = money(KIND_SETTLEMENT, 20240506, IN, "0");
    struct posting posting = posted(&e, SETTLED);
    ck_assert_uint_eq(posting.count, 0);
}
END_TEST

START_TEST(a_stage_that_the_table_does_not_know_is_refused_and_writes_nothing)
{
    struct event e = disbursement(STAGE_FINAL, 20240506, IN, "5");
    struct posting_basis basis = recognising(SETTLED);
    struct posting posting = {.count = 4};
    ck_assert_int_eq(posting_make(&e, &basis, &posting), REJECT_POLICY_FORBIDS);
    e.stage = 255;
    ck_assert_int_eq(posting_make(&e, &basis, &posting), REJECT_POLICY_FORBIDS);
    ck_assert_uint_eq(posting.count, 4);
}
END_TEST

START_TEST(bills_follow_the_year_of_their_date_and_payments_that_of_their_bills)
{
    int year = 0;
    struct event bill = money(KIND_SETTLEMENT, 20240506, IN, "5");
    struct event moved = disbursement(STAGE_RETENTION, 20240506, IN, "5");
    bill.year = 2021;                   /* which it does not state */
    ck_assert(posting_recognised(&bill, &year));
    ck_assert_int_eq(year, 2024);
    ck_assert(posting_recognised(&moved, &year));
    ck_assert_int_eq(year, 2024);
    moved = disbursement(STAGE_CLEARING, 20240506, IN, "5");
    moved.year = 2022;
    state_field(&moved, FIELD_YEAR);
    ck_assert(posting_recognised(&moved, &year));
    ck_assert_int_eq(year, 2022);
    const struct event others[] = {
        disbursement(STAGE_ADVANCE, 20240506, CATEGORY_NONE, "5"),
        disbursement(STAGE_ADVANCE_RETURN, 20240506, CATEGORY_NONE, "5"),
        money(KIND_EXPENDITURE, 20240506, IN, "5"),
        money(KIND_CONTRIBUTION, 20240506, CATEGORY_PERSONAL, "5"),
        money(KIND_OPENING, 20240506, CATEGORY_NONE, "5"),
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        ck_assert(!posting_recognised(&others[i], &year));
    ck_assert_int_eq(year, 2022);
}
END_TEST

/* words.def says "E11: inpatient" of each category: the account is the one it names. */
START_TEST(a_category_is_booked_on_the_line_that_its_sentence_names)
{
    static const struct { unsigned number; const char *sentence; } categories[] = {
#define WORD_KIND(n, s)
#define WORD_CATEGORY(n, s) {n, s},
#define WORD_STAGE(n, s)
#define WORD_STATUS(n, s)
#define WORD_GROUP(n, s)
#define WORD_MEASURE(n, s)
#define WORD(SET, number, NAME, word, sentence) WORD_##SET(number, sentence)
#include "fund/words.def"
#undef WORD
    };
    for (size_t i = 0; i < COUNT_OF(categories); i++) {
        const struct account_info *info = account_info(posting_account(categories[i].number));
        char code[8];
        ck_assert_int_eq(sscanf(categories[i].sentence, "%7[^:]:", code), 1);
        ck_assert_ptr_nonnull(info);
        ck_assert_str_eq(info->code, code);
    }
    ck_assert_int_eq(posting_account(CATEGORY_NONE), ACCOUNT_NONE);
    ck_assert_int_eq(posting_account(17), ACCOUNT_NONE);
    ck_assert_int_eq(posting_account(CATEGORY_END), ACCOUNT_NONE);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("posting");
    TCase *t = tcase_create("table");
    tcase_add_loop_test(t, a_row_of_the_table_is_posted_as_it_stands_there, 0, COUNT_OF(rows));
    tcase_add_loop_test(t, every_posting_and_its_reversal_sum_to_zero, 0, COUNT_OF(rows));
    tcase_add_loop_test(t, a_reversal_within_the_year_cancels_every_line, 0, COUNT_OF(rows));
    tcase_add_loop_test(t, a_reversal_across_years_goes_to_e3_or_i4, 0, COUNT_OF(rows));
    tcase_add_test(t, last_years_fee_refunded_is_other_expenditure);
    tcase_add_test(t, benefits_of_former_years_recovered_are_other_income);
    tcase_add_loop_test(t, an_inpatient_bill_is_kept_beside_what_it_cost, 0, 4);
    tcase_add_test(t, a_bill_that_states_one_cost_counts_for_that_ratio_only);
    tcase_add_test(t, what_the_fund_pays_nothing_of_still_cost_something);
    tcase_add_test(t, outpatient_bills_and_bills_without_a_cost_have_one_leg);
    tcase_add_loop_test(t, a_bill_that_is_reversed_leaves_no_cost, 0, 3);
    tcase_add_test(t, what_an_event_does_not_state_is_not_booked);
    tcase_add_test(t, an_amount_of_nothing_has_no_leg);
    tcase_add_test(t, a_stage_that_the_table_does_not_know_is_refused_and_writes_nothing);
    tcase_add_test(t, a_category_is_booked_on_the_line_that_its_sentence_names);
    tcase_add_test(t, bills_follow_the_year_of_their_date_and_payments_that_of_their_bills);
    suite_add_tcase(s, t);

    t = tcase_create("fee");
    tcase_add_test(t, an_autumn_fee_is_owed_until_its_year_begins);
    tcase_add_test(t, on_arrival_an_autumn_fee_is_income_at_once);
    tcase_add_test(t, a_fee_of_this_or_a_former_year_is_income_at_once);
    tcase_add_test(t, an_autumn_fee_reversed_before_its_year_never_becomes_income);
    tcase_add_test(t, an_autumn_fee_reversed_in_its_year_is_taken_off_its_own_line);
    tcase_add_test(t, an_autumn_fee_reversed_after_its_year_is_other_expenditure);
    suite_add_tcase(s, t);

    t = tcase_create("life");
    tcase_add_test(t, on_settlement_a_hospital_that_is_paid_up_is_owed_nothing);
    tcase_add_test(t, on_disbursement_clearing_makes_provisional_final);
    tcase_add_test(t, a_clearing_undone_a_year_later_can_be_done_again);
    suite_add_tcase(s, t);
    return s;
}
