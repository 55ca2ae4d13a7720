#include <string.h>

#include "fund/indicator.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* A year's books: everything received as personal contributions. */
static struct position year_of(const char *balance, const char *income, const char *inpatient,
                               const char *catastrophic, const char *other)
{
    struct position p = {
        .books_date = day(20241231),
        .has_opening = true,
        .opening_date = day(20231231),
        .first_month = month(202401),
        .balance = wan(balance),
        .months = 12,
    };
    p.closed.fen[ACCOUNT_I11] = -wan(income).fen;
    p.closed.fen[ACCOUNT_E11] = wan(inpatient).fen;
    p.closed.fen[ACCOUNT_E2] = wan(catastrophic).fen;
    p.closed.fen[ACCOUNT_E3] = wan(other).fen;
    return p;
}

static struct position fengnan(void)
{
    return year_of("26590.15", "39420.35", "34813.15", "2747.05", "3.04");
}

static void assert_shows(struct indicator i, int decimals, const char *expected)
{
    char text[RATIO_TEXT_MAX];
    ck_assert_int_eq(i.why, COMPUTABLE);
    ck_assert_str_eq(ratio_format(i.value, decimals, text), expected);
}

START_TEST(the_runway_of_fengnan_2024_is_8_49_months)
{
    struct position p = fengnan();
    assert_shows(indicator_runway(&p, 12), 2, "8.49");
    assert_shows(indicator_runway(&p, 12), 4, "8.4945");
}
END_TEST

START_TEST(the_runway_covers_other_and_catastrophic_expenditure)
{
    struct position no_other = fengnan(), no_catastrophic = fengnan();
    no_other.closed.fen[ACCOUNT_E3] = 0;
    no_catastrophic.closed.fen[ACCOUNT_E2] = 0;
    assert_shows(indicator_runway(&no_other, 12), 2, "8.50");
    assert_shows(indicator_runway(&no_catastrophic, 12), 2, "9.16");
}
END_TEST

START_TEST(the_runway_of_zhanjiang_2022_is_14_08_months)
{
    struct position p = year_of("575231.5", "596796.57", "409415.18", "80838.94", "0");
    assert_shows(indicator_runway(&p, 12), 2, "14.08");
}
END_TEST

START_TEST(provisional_payments_are_spent_money)
{
    struct position p = fengnan();
    p.closed.fen[account_provisional(ACCOUNT_E11)] = p.closed.fen[ACCOUNT_E11];
    p.closed.fen[ACCOUNT_E11] = 0;
    assert_shows(indicator_runway(&p, 12), 2, "8.49");
    assert_shows(indicator_provisional(&p), 4, "0.9268");
}
END_TEST

/* --- With everything owed, and with overdue subsidy received. */

/* A steady year: 100 a month of care, paid two months later. */
static const struct {
    const char *l1, *m1, *in_months, *owed;
} debts[] = {
    {"0",    "0",    "0",   "10.0000"},
    {"-200", "0",    "0",   "10.0000"},     /* recognised: the balance is less it already */
    {"0",    "200",  "0",   "8.0000"},      /* the same 100 a month, of which two are not paid */
    {"0",    "120",  "120", "8.0000"},      /* 90 of 100 were paid in each month: 880 of 110 a month */
    {"0",    "200",  "-50", "8.3478"},      /* what was paid for older care is not what a month costs */
    {"0",    "-300", "-30", "10.0000"},     /* hospitals were overpaid */
    {"300",  "0",    "0",   "10.0000"},
};

START_TEST(with_everything_owed_a_month_costs_what_its_care_costs)
{
    struct position p = year_of("1000", "1300", "1200", "0", "0");
    struct lines so_far = {0};
    so_far.fen[ACCOUNT_L1] = wan(debts[_i].l1).fen;
    so_far.fen[ACCOUNT_M1] = wan(debts[_i].m1).fen;
    p.closed.fen[ACCOUNT_M1] = wan(debts[_i].in_months).fen;
    struct owing owing = owing_to_hospitals(&so_far, &p.closed);
    assert_shows(indicator_runway_owed(indicator_runway(&p, 12), &owing), 4, debts[_i].owed);
    ck_assert_int_eq(owing.booked.fen, wan(debts[_i].l1).fen < 0 ? -wan(debts[_i].l1).fen : 0);
}
END_TEST

/* On M1 it may be that bills are not reported. */
START_TEST(what_was_paid_beyond_what_was_owed_is_known_on_settlement)
{
    struct lines so_far = {0}, closed = {0};
    so_far.fen[ACCOUNT_L1] = 7;
    so_far.fen[ACCOUNT_M1] = -9;
    ck_assert_int_eq(owing_to_hospitals(&so_far, &closed).overpaid.fen, 7);
    ck_assert_int_eq(owing_to_hospitals(&so_far, &closed).booked.fen, 0);
    so_far.fen[ACCOUNT_L1] = -7;
    ck_assert_int_eq(owing_to_hospitals(&so_far, &closed).overpaid.fen, 0);
}
END_TEST

START_TEST(without_debts_nothing_of_the_months_is_owed)
{
    struct lines so_far = {0}, closed = {0};
    closed.fen[ACCOUNT_M1] = 5;
    ck_assert_int_eq(owing_to_hospitals(&so_far, &closed).in_months.fen, 0);
    so_far.fen[ACCOUNT_M1] = 1;
    ck_assert_int_eq(owing_to_hospitals(&so_far, &closed).incurred.fen, 1);
    ck_assert_int_eq(owing_to_hospitals(&so_far, &closed).in_months.fen, 5);
}
END_TEST

START_TEST(each_reimbursement_is_a_part_of_its_own_costs)
{
    struct position p = {.months = 12};
    p.closed.fen[ACCOUNT_S1] = 1000;
    p.closed.fen[ACCOUNT_S2] = 800;
    p.closed.fen[ACCOUNT_S3] = 550;
    p.closed.fen[ACCOUNT_S4] = 600;
    assert_shows(indicator_reimbursement(&p, REIMBURSEMENT_ACTUAL), 4, "0.5500");
    assert_shows(indicator_reimbursement(&p, REIMBURSEMENT_IN_POLICY), 4, "0.7500");
    p.closed.fen[ACCOUNT_S1] = 1;
    p.closed.fen[ACCOUNT_S2] = 0;
    p.closed.fen[ACCOUNT_S3] = 0;
    assert_shows(indicator_reimbursement(&p, REIMBURSEMENT_ACTUAL), 4, "0.0000");
    ck_assert_int_eq(indicator_reimbursement(&p, REIMBURSEMENT_IN_POLICY).why, NC_NO_BILLS);
    p.months = 1;
    ck_assert_int_eq(indicator_reimbursement(&p, REIMBURSEMENT_ACTUAL).why, COMPUTABLE);
    p.months = 0;
    ck_assert_int_eq(indicator_reimbursement(&p, REIMBURSEMENT_ACTUAL).why, NC_TOO_FEW_MONTHS);
    p.incomplete = true;
    ck_assert_int_eq(indicator_reimbursement(&p, REIMBURSEMENT_ACTUAL).why, NC_FUNDS_BEHIND);
}
END_TEST

START_TEST(a_runway_that_cannot_be_said_has_no_others)
{
    struct position p = year_of("1000", "1300", "1200", "0", "0");
    struct owing owing = {.incurred = wan("100"), .subsidy_known = true};
    p.has_opening = false;
    ck_assert_int_eq(indicator_runway_owed(indicator_runway(&p, 12), &owing).why, NC_NO_OPENING);
    ck_assert_int_eq(indicator_runway_received(indicator_runway(&p, 12), &owing).why, NC_NO_OPENING);
    p.has_opening = true;
    owing.in_months = wan("-1200");
    ck_assert_int_eq(indicator_runway_owed(indicator_runway(&p, 12), &owing).why, NC_NO_EXPENDITURE);
    owing = (struct owing){.incurred = fen(INT64_MAX), .subsidy = fen(INT64_MAX), .subsidy_known = true};
    p.balance = wan("-1000");
    ck_assert_int_eq(indicator_runway_owed(indicator_runway(&p, 12), &owing).why, NC_OVERFLOW);
    owing = (struct owing){.in_months = fen(INT64_MAX)};
    p.balance = wan("1000");
    ck_assert_int_eq(indicator_runway_owed(indicator_runway(&p, 12), &owing).why, NC_OVERFLOW);
    owing = (struct owing){.subsidy = fen(INT64_MAX), .subsidy_known = true};
    ck_assert_int_eq(indicator_runway_received(indicator_runway(&p, 12), &owing).why, NC_OVERFLOW);
}
END_TEST

/* Of levels, or years. */
static const struct {
    struct subsidy_arrears arrears[2];
    bool known;
    const char *subsidy, *months;
} overdue[] = {
    {{{.begun = true, .arrears = {300 * FEN_PER_WAN}}, {.begun = true, .arrears = {200 * FEN_PER_WAN}}}, true,
     "500", "15.0000"},
    {{{.begun = true, .arrears = {100}, .tolerated = true}, {.begun = true, .arrears = {FEN_PER_WAN * 120}}},
     true, "120", "11.2000"},
    {{{.known = SUBSIDY_NO_HEADS}, {.begun = true, .arrears = {FEN_PER_WAN * 120}}}, true,
     "120", "11.2000"},                                             /* nothing of the first is due yet */
    {{{.begun = true, .known = SUBSIDY_NO_HEADS}, {.begun = true, .arrears = {120}}}, false, "0", NULL},
};

START_TEST(overdue_subsidy_is_added_if_it_is_known_of_all)
{
    struct position p = year_of("1000", "1300", "1200", "0", "0");
    struct owing owing = {.subsidy_known = true};
    for (size_t i = 0; i < 2; i++)
        owing_add_subsidy(&owing, &overdue[_i].arrears[i]);
    struct indicator months = indicator_runway_received(indicator_runway(&p, 12), &owing);
    ck_assert_int_eq(owing.subsidy_known, overdue[_i].known);
    ck_assert_int_eq(owing.subsidy.fen, wan(overdue[_i].subsidy).fen);
    if (overdue[_i].months != NULL)
        assert_shows(months, 4, overdue[_i].months);
    else
        ck_assert_int_eq(months.why, NC_NO_STANDARD);
}
END_TEST

START_TEST(fewer_months_count_as_many_months)
{
    struct position p = year_of("60", "30", "30", "0", "0");
    p.months = 3;
    assert_shows(indicator_runway(&p, 3), 2, "6.00");
    ck_assert_int_eq(indicator_runway(&p, 4).why, NC_TOO_FEW_MONTHS);
}
END_TEST

START_TEST(a_deficit_in_the_balance_is_a_negative_runway)
{
    struct position p = year_of("-100", "100", "1200", "0", "0");
    assert_shows(indicator_runway(&p, 12), 2, "-1.00");
}
END_TEST

START_TEST(a_runway_that_cannot_be_said_says_why)
{
    struct position p = fengnan();
    p.has_opening = false;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_NO_OPENING);

    p = fengnan();
    p.months = 11;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_TOO_FEW_MONTHS);
    p.months = 0;
    ck_assert_int_eq(indicator_runway(&p, 0).why, NC_TOO_FEW_MONTHS);

    p = year_of("1", "1", "0", "0", "0");
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_NO_EXPENDITURE);
    p.closed.fen[ACCOUNT_E3] = -1;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_NO_EXPENDITURE);

    p = fengnan();
    p.closed.fen[ACCOUNT_E11] = INT64_MAX;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_OVERFLOW);
    ck_assert_int_eq(indicator_deficit(&p).why, NC_OVERFLOW);
    ck_assert_int_eq(indicator_provisional(&p).why, NC_OVERFLOW);
    ck_assert_int_eq(indicator_restated(&p, fen(1)).why, NC_OVERFLOW);
    p = fengnan();
    p.closed.fen[ACCOUNT_I10] = p.closed.fen[ACCOUNT_I11] = -INT64_MAX;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_OVERFLOW);
    ck_assert_int_eq(indicator_deficit(&p).why, NC_OVERFLOW);
    p = year_of("1", "0", "0", "0", "0");
    p.closed.fen[ACCOUNT_I11] = -INT64_MAX;
    p.closed.fen[ACCOUNT_E3] = -2;              /* more taken back than spent */
    ck_assert_int_eq(indicator_deficit(&p).why, NC_OVERFLOW);
    p = fengnan();
    p.closed.fen[account_provisional(ACCOUNT_E11)] = INT64_MAX;
    p.closed.fen[account_provisional(ACCOUNT_E2)] = INT64_MAX;
    ck_assert_int_eq(indicator_provisional(&p).why, NC_OVERFLOW);
}
END_TEST

/* Income 100 of which `down` from above, expenditure 100 of which `up`. */
static enum not_computable passed_up(int64_t up, int64_t down)
{
    struct position p = year_of("50", "0", "0", "0", "0");
    p.closed.fen[ACCOUNT_I11] = -(100 - down);
    p.closed.fen[ACCOUNT_I6] = -down;
    p.closed.fen[ACCOUNT_E11] = 100 - up;
    p.closed.fen[ACCOUNT_E6] = up;
    return indicator_runway(&p, 12).why;
}

START_TEST(more_than_a_third_passed_up_or_down_is_money_elsewhere)
{
    ck_assert_int_eq(passed_up(0, 0), COMPUTABLE);
    ck_assert_int_eq(passed_up(33, 33), COMPUTABLE);
    ck_assert_int_eq(passed_up(66, 0), COMPUTABLE);
    ck_assert_int_eq(passed_up(67, 0), NC_MONEY_ELSEWHERE);
    ck_assert_int_eq(passed_up(0, 67), NC_MONEY_ELSEWHERE);
    ck_assert_int_eq(passed_up(100, 90), NC_MONEY_ELSEWHERE);
}
END_TEST

START_TEST(exactly_a_third_is_not_more_than_a_third)
{
    struct position p = year_of("50", "0", "0", "0", "0");
    p.closed.fen[ACCOUNT_I11] = -150;
    p.closed.fen[ACCOUNT_E11] = 50;
    p.closed.fen[ACCOUNT_E6] = 100;
    ck_assert_int_eq(indicator_runway(&p, 12).why, COMPUTABLE);
    p.closed.fen[ACCOUNT_E6] = 101;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_MONEY_ELSEWHERE);
    p.closed.fen[ACCOUNT_E6] = 0;
    p.closed.fen[account_provisional(ACCOUNT_E6)] = 101;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_MONEY_ELSEWHERE);
}
END_TEST

START_TEST(a_fund_without_transfers_holds_its_money_whatever_it_took_back)
{
    struct position p = year_of("50", "0", "0", "0", "0");
    p.closed.fen[ACCOUNT_E11] = -3;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_NO_EXPENDITURE);
    p.closed.fen[ACCOUNT_I11] = -3;                 /* as much came in as was taken back: 0 in all */
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_NO_EXPENDITURE);
    p.closed.fen[ACCOUNT_E121] = 4;
    ck_assert_int_eq(indicator_runway(&p, 12).why, COMPUTABLE);
    p.closed = (struct lines){.fen = {0}};
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_NO_EXPENDITURE);
}
END_TEST

START_TEST(what_was_taken_back_is_a_flow_beside_what_went_up)
{
    struct position p = year_of("50", "0", "0", "0", "0");
    p.closed.fen[ACCOUNT_I11] = -100;
    p.closed.fen[ACCOUNT_E11] = -100;
    p.closed.fen[ACCOUNT_E6] = 100;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_NO_EXPENDITURE);  /* a third of 300 */
    p.closed.fen[ACCOUNT_E6] = 101;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_MONEY_ELSEWHERE);
    p.closed.fen[ACCOUNT_E6] = -101;                /* the upper level gave it back */
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_MONEY_ELSEWHERE);
    p.closed.fen[ACCOUNT_E6] = 0;
    p.closed.fen[ACCOUNT_I6] = 101;                 /* and here what it had received */
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_MONEY_ELSEWHERE);
    p.closed.fen[ACCOUNT_I6] = 0;
    p.closed.fen[ACCOUNT_E11] = INT64_MAX;
    p.closed.fen[account_provisional(ACCOUNT_E11)] = -INT64_MAX;
    p.closed.fen[ACCOUNT_E6] = 100;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_MONEY_ELSEWHERE); /* a line is one with its twin */
}
END_TEST

START_TEST(the_deficit_is_the_surplus_over_expenditure)
{
    struct position p = fengnan();
    assert_shows(indicator_deficit(&p), 4, "0.0494");       /* 1857.11 / 37563.24 */
    p.has_opening = false;
    assert_shows(indicator_deficit(&p), 4, "0.0494");
    p.closed.fen[ACCOUNT_I11] = -wan("37187.6076").fen;     /* 1 % below expenditure */
    assert_shows(indicator_deficit(&p), 4, "-0.0100");
    p.months = 11;
    ck_assert_int_eq(indicator_deficit(&p).why, NC_TOO_FEW_MONTHS);
    p = year_of("1", "1", "0", "0", "0");
    ck_assert_int_eq(indicator_deficit(&p).why, NC_NO_EXPENDITURE);
}
END_TEST

START_TEST(the_provisional_share_needs_a_month_and_expenditure)
{
    struct position p = fengnan();
    assert_shows(indicator_provisional(&p), 2, "0.00");
    p.months = 0;
    ck_assert_int_eq(indicator_provisional(&p).why, NC_TOO_FEW_MONTHS);
    p = year_of("1", "1", "0", "0", "0");
    ck_assert_int_eq(indicator_provisional(&p).why, NC_NO_EXPENDITURE);
}
END_TEST

static const struct {
    enum runway_base base;
    int32_t first, books_date, from, to;
    unsigned months;
} spans[] = {
    {RUNWAY_TRAILING_12, 202001, 20241231, 202401, 202412, 12},
    {RUNWAY_YEAR_TO_DATE, 202001, 20241231, 202401, 202412, 12},
    {RUNWAY_CALENDAR_YEAR, 202001, 20241231, 202401, 202412, 12},

    {RUNWAY_TRAILING_12, 202001, 20241230, 202312, 202411, 12},
    {RUNWAY_YEAR_TO_DATE, 202001, 20241230, 202401, 202411, 11},
    {RUNWAY_CALENDAR_YEAR, 202001, 20241230, 202301, 202312, 12},

    {RUNWAY_TRAILING_12, 202401, 20240229, 202401, 202402, 2},
    {RUNWAY_TRAILING_12, 202401, 20240228, 202401, 202401, 1},
    {RUNWAY_TRAILING_12, 202401, 20240130, 0, 0, 0},
    {RUNWAY_YEAR_TO_DATE, 202001, 20240130, 0, 0, 0},
    {RUNWAY_YEAR_TO_DATE, 202001, 20240131, 202401, 202401, 1},
    {RUNWAY_YEAR_TO_DATE, 202403, 20240630, 202403, 202406, 4},
    {RUNWAY_CALENDAR_YEAR, 202306, 20240630, 202306, 202312, 7},
    {RUNWAY_CALENDAR_YEAR, 202401, 20240630, 0, 0, 0},
};

START_TEST(a_base_takes_months_that_have_ended_and_are_complete)
{
    date_month from = -1, to = -1;
    unsigned months = indicator_months(spans[_i].base, month(spans[_i].first),
                                       day(spans[_i].books_date), &from, &to);
    ck_assert_uint_eq(months, spans[_i].months);
    ck_assert_int_eq(from, months > 0 ? month(spans[_i].from) : -1);
    ck_assert_int_eq(to, months > 0 ? month(spans[_i].to) : -1);
}
END_TEST

START_TEST(books_are_complete_from_the_month_after_the_opening)
{
    ck_assert_int_eq(indicator_first_month(day(20231231)), month(202401));
    ck_assert_int_eq(indicator_first_month(day(20240115)), month(202402));
    ck_assert_int_eq(indicator_first_month(day(20240229)), month(202403));
}
END_TEST

/* --- Coverage */

static struct headcount nobody(void)
{
    return headcount_unknown();
}

static struct indicator coverage(enum coverage_numerator n, enum coverage_denominator d,
                                 struct headcount heads)
{
    struct coverage_rule rule = {.name = "c", .numerator = (uint8_t)n, .denominator = (uint8_t)d,
                                 .deadline_month = 12, .deadline_day = 31, .target = {9500, 9500}};
    return indicator_coverage(&rule, &heads, day(20221231));
}

static void assert_percent(struct indicator i, const char *expected)
{
    i.value.mul = 100;
    assert_shows(i, 2, expected);
}

START_TEST(zhanjiang_2022_covers_97_39_of_residents_and_79_11_of_the_registered)
{
    struct headcount heads = nobody();
    heads.reported = 6847700;
    heads.resident = 7030900;
    heads.registered_population = 8655700;
    assert_percent(coverage(NUMERATOR_REPORTED, DENOMINATOR_RESIDENT, heads), "97.39");
    assert_percent(coverage(NUMERATOR_REPORTED, DENOMINATOR_REGISTERED, heads), "79.11");
}
END_TEST

START_TEST(coverage_is_derived_if_a_figure_that_it_is_made_of_is)
{
    static const struct {
        enum coverage_numerator n;
        enum coverage_denominator d;
        uint32_t derived;
        bool expected;
    } cases[] = {
        {NUMERATOR_REPORTED, DENOMINATOR_RESIDENT, HEADS_BIT(REPORTED), true},
        {NUMERATOR_REPORTED, DENOMINATOR_RESIDENT, HEADS_BIT(RESIDENT), true},
        {NUMERATOR_REPORTED, DENOMINATOR_RESIDENT, HEADS_BIT(EMPLOYEES) | HEADS_BIT(LAST_YEAR), false},
        {NUMERATOR_REPORTED_AND_EMPLOYEES, DENOMINATOR_LAST_YEAR, HEADS_BIT(EMPLOYEES), true},
        {NUMERATOR_REPORTED_ONCE, DENOMINATOR_LAST_YEAR, HEADS_BIT(DUPLICATES), true},
        {NUMERATOR_PAID, DENOMINATOR_REGISTERED, HEADS_BIT(REPORTED), false},
        {NUMERATOR_PAID_ONCE, DENOMINATOR_REGISTERED, HEADS_OF_PERSONS, true},
        {NUMERATOR_PAID_AND_EMPLOYEES, DENOMINATOR_REGISTERED, HEADS_BIT(REGISTERED_POPULATION), true},
        {NUMERATOR_REGISTERED, DENOMINATOR_RESIDENT, HEADS_BIT(PAID), false},
        {NUMERATOR_PAID, DENOMINATOR_LAST_YEAR, HEADS_YEAR_BEFORE(NUMERATOR_PAID), true},
        {NUMERATOR_PAID, DENOMINATOR_LAST_YEAR, HEADS_BIT(LAST_YEAR), false},
        {NUMERATOR_PAID, DENOMINATOR_LAST_YEAR, HEADS_YEAR_BEFORE(NUMERATOR_REPORTED), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct headcount heads = nobody();
        struct coverage_rule rule = {.numerator = cases[i].n, .denominator = cases[i].d};
        heads.derived = cases[i].derived;
        ck_assert_msg(coverage_is_derived(&rule, &heads) == cases[i].expected, "case %zu", i);
    }
    struct coverage_rule rule = {.numerator = NUMERATOR_PAID, .denominator = DENOMINATOR_LAST_YEAR};
    struct headcount heads = nobody();
    heads.last_year = 5, heads.derived = HEADS_BIT(LAST_YEAR);
    ck_assert(coverage_is_derived(&rule, &heads));
    heads.derived = HEADS_YEAR_BEFORE(NUMERATOR_PAID);      /* which it is not measured against */
    ck_assert(!coverage_is_derived(&rule, &heads));
}
END_TEST

START_TEST(zhanjiang_2021_insures_6085968_without_its_duplicates)
{
    struct headcount heads = nobody();
    heads.reported = 6101808;
    heads.duplicates = 6467 + 9373;
    heads.resident = 6085968;
    headcount_once(&heads);
    ck_assert_int_eq(heads.reported_once, 6085968);
    ck_assert_int_eq(heads.paid_once, HEADS_UNKNOWN);
    assert_percent(coverage(NUMERATOR_REPORTED_ONCE, DENOMINATOR_RESIDENT, heads), "100.00");
    ck_assert_int_eq(coverage(NUMERATOR_PAID_ONCE, DENOMINATOR_RESIDENT, heads).why, NC_NO_NUMERATOR);
}
END_TEST

START_TEST(who_left_or_is_counted_elsewhere_is_not_paid_once)
{
    struct headcount heads = nobody();
    heads.paid = 1000, heads.left = 20, heads.doubled = 30, heads.elsewhere = 10;
    heads.resident = 1000;
    headcount_once(&heads);
    struct heads_band band = headcount_band(&heads);
    ck_assert_int_eq(heads.paid_once, 970);
    ck_assert_int_eq(band.least, 950);
    ck_assert_int_eq(band.most, 980);
    heads.duplicates = 5;
    headcount_once(&heads);
    band = headcount_band(&heads);
    ck_assert_int_eq(heads.paid_once, 965);
    ck_assert_int_eq(band.least, 945);
    ck_assert_int_eq(band.most, 980);
    assert_percent(coverage(NUMERATOR_PAID_ONCE, DENOMINATOR_RESIDENT, heads), "96.50");
}
END_TEST

START_TEST(a_count_of_two_is_known_when_both_are)
{
    struct headcount heads = {
        .paid = 1, .registered = 2, .reported = 4, .employees = 8, .paid_once = 16, .reported_once = 32,
    };
    static const int64_t counts[] = {
        [NUMERATOR_PAID] = 1, [NUMERATOR_REGISTERED] = 2, [NUMERATOR_REPORTED] = 4,
        [NUMERATOR_REPORTED_AND_EMPLOYEES] = 12, [NUMERATOR_PAID_AND_EMPLOYEES] = 9,
        [NUMERATOR_PAID_ONCE] = 16, [NUMERATOR_REPORTED_ONCE] = 32,
    };
    for (enum coverage_numerator n = NUMERATOR_PAID; n <= NUMERATOR_LAST; n++)
        ck_assert_int_eq(headcount_of(&heads, n), counts[n]);
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_LAST + 1), HEADS_UNKNOWN);
    heads.reported = HEADS_UNKNOWN;
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_REPORTED_AND_EMPLOYEES), HEADS_UNKNOWN);
    heads.employees = HEADS_UNKNOWN;
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_PAID_AND_EMPLOYEES), HEADS_UNKNOWN);
    heads.reported = heads.employees = INT64_MAX;
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_REPORTED), INT64_MAX);
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_REPORTED_AND_EMPLOYEES), HEADS_UNKNOWN);
}
END_TEST

START_TEST(that_nobody_has_paid_is_a_count)
{
    struct headcount heads = nobody();
    heads.paid = heads.left = heads.elsewhere = 0;
    headcount_once(&heads);
    ck_assert_int_eq(heads.paid_once, 0);
}
END_TEST

START_TEST(more_duplicates_than_people_leave_nobody)
{
    struct headcount heads = nobody();
    heads.reported = 5;
    heads.duplicates = 6;
    headcount_once(&heads);
    ck_assert_int_eq(heads.reported_once, 0);
    ck_assert_int_eq(headcount_band(&heads).least, HEADS_UNKNOWN);
}
END_TEST

START_TEST(ejin_horo_2021_insures_fewer_than_last_year)
{
    struct headcount heads = nobody();
    heads.paid = 123371;
    heads.last_year = 124436;
    struct indicator i = coverage(NUMERATOR_PAID, DENOMINATOR_LAST_YEAR, heads);
    assert_percent(i, "99.14");
    ck_assert_int_lt(ratio_compare(i.value, E4), 0);
}
END_TEST

START_TEST(last_year_is_what_was_stated_or_what_the_numerator_was)
{
    struct headcount heads = nobody();
    heads.paid = 90, heads.reported = 97;
    ck_assert_int_eq(coverage(NUMERATOR_PAID, DENOMINATOR_LAST_YEAR, heads).why, NC_NO_LAST_YEAR);
    heads.year_before[NUMERATOR_PAID] = 100;
    heads.year_before[NUMERATOR_REPORTED] = 98;
    assert_percent(coverage(NUMERATOR_PAID, DENOMINATOR_LAST_YEAR, heads), "90.00");
    assert_percent(coverage(NUMERATOR_REPORTED, DENOMINATOR_LAST_YEAR, heads), "98.98");
    heads.last_year = 120;
    assert_percent(coverage(NUMERATOR_PAID, DENOMINATOR_LAST_YEAR, heads), "75.00");
    ck_assert_int_eq(headcount_last_year(&heads, NUMERATOR_REPORTED), 120);
}
END_TEST

START_TEST(residents_and_employees_together_need_both_counts)
{
    struct headcount heads = nobody();
    heads.reported = 2461500;       /* Jiangmen 2021: 246.15 + 174.19 = 420.34 */
    heads.paid = 2461500;
    heads.resident = 4203400;
    ck_assert_int_eq(coverage(NUMERATOR_REPORTED_AND_EMPLOYEES, DENOMINATOR_RESIDENT, heads).why,
                     NC_NO_NUMERATOR);
    heads.employees = 1741900;
    assert_percent(coverage(NUMERATOR_REPORTED_AND_EMPLOYEES, DENOMINATOR_RESIDENT, heads),
                   "100.00");
    assert_percent(coverage(NUMERATOR_PAID_AND_EMPLOYEES, DENOMINATOR_RESIDENT, heads), "100.00");
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_PAID_AND_EMPLOYEES), 4203400);
    heads.employees = INT64_MAX;
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_PAID_AND_EMPLOYEES), HEADS_UNKNOWN);
    ck_assert_int_eq(headcount_of(&heads, NUMERATOR_PAID), 2461500);
    ck_assert_int_eq(coverage(NUMERATOR_PAID_AND_EMPLOYEES, DENOMINATOR_RESIDENT, heads).why,
                     NC_OVERFLOW);
}
END_TEST

START_TEST(coverage_without_a_figure_says_which_is_missing)
{
    struct headcount heads = nobody();
    ck_assert_int_eq(coverage(NUMERATOR_REGISTERED, DENOMINATOR_RESIDENT, heads).why,
                     NC_NO_NUMERATOR);
    heads.registered = 5;
    ck_assert_int_eq(coverage(NUMERATOR_REGISTERED, DENOMINATOR_RESIDENT, heads).why,
                     NC_NO_DENOMINATOR);
    heads.resident = 0;
    ck_assert_int_eq(coverage(NUMERATOR_REGISTERED, DENOMINATOR_RESIDENT, heads).why,
                     NC_NO_DENOMINATOR);
}
END_TEST

START_TEST(where_somebody_counts_nobody_is_a_coverage_of_0)
{
    struct headcount heads = nobody();
    heads.paid = heads.left = heads.elsewhere = heads.doubled = heads.reported = 0;
    heads.resident = 100;
    headcount_once(&heads);
    assert_percent(coverage(NUMERATOR_PAID, DENOMINATOR_RESIDENT, heads), "0.00");
    assert_percent(coverage(NUMERATOR_PAID_ONCE, DENOMINATOR_RESIDENT, heads), "0.00");
    assert_percent(coverage(NUMERATOR_REPORTED, DENOMINATOR_RESIDENT, heads), "0.00");
    ck_assert_int_eq(coverage(NUMERATOR_REGISTERED, DENOMINATOR_RESIDENT, heads).why, NC_NO_NUMERATOR);
}
END_TEST

START_TEST(coverage_is_judged_from_its_deadline_on)
{
    struct coverage_rule rule = {.name = "c", .numerator = NUMERATOR_PAID,
                                 .denominator = DENOMINATOR_RESIDENT,
                                 .deadline_month = 9, .deadline_day = 30, .target = {1, 1}, .hold = {0, 0}};
    struct headcount heads = nobody();
    heads.paid = heads.resident = 1;
    heads = nobody();       /* of the year before, which nobody was counted in */
    ck_assert_int_eq(indicator_coverage(&rule, &heads, day(20220929)).why, NC_BEFORE_DEADLINE);
    ck_assert_int_eq(indicator_coverage(&rule, &heads, day(20220930)).why, NC_NO_NUMERATOR);
    heads.paid = heads.resident = 1;
    ck_assert_int_eq(indicator_coverage(&rule, &heads, day(20220929)).why, COMPUTABLE);
    ck_assert_int_eq(indicator_coverage(&rule, &heads, day(20220930)).why, COMPUTABLE);
}
END_TEST

START_TEST(each_year_is_judged_from_its_deadline_to_that_of_the_next)
{
    static const struct { int year, deadline; int32_t on, judged, as_of; } rows[] = {
        {COVERAGE_OF_CURRENT_YEAR, 930, 20220929, 2021, 20211231},
        {COVERAGE_OF_CURRENT_YEAR, 930, 20220930, 2022, 20220930},
        {COVERAGE_OF_CURRENT_YEAR, 930, 20221231, 2022, 20221231},
        {COVERAGE_OF_CURRENT_YEAR, 930, 20230101, 2022, 20221231},
        {COVERAGE_OF_CURRENT_YEAR, 101, 20230101, 2023, 20230101},
        {COVERAGE_OF_CURRENT_YEAR, 1231, 20231230, 2022, 20221231},
        {COVERAGE_OF_CURRENT_YEAR, 1231, 20231231, 2023, 20231231},
        {COVERAGE_OF_COMING_YEAR, 1231, 20231230, 2023, 20231230},
        {COVERAGE_OF_COMING_YEAR, 1231, 20231231, 2024, 20231231},
        {COVERAGE_OF_COMING_YEAR, 1231, 20240101, 2024, 20240101},
        {COVERAGE_OF_COMING_YEAR, 1231, 20241230, 2024, 20241230},
        {COVERAGE_OF_COMING_YEAR, 1031, 20231031, 2024, 20231031},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct coverage_rule rule = {.year = (uint8_t)rows[i].year,
                                     .deadline_month = (uint8_t)(rows[i].deadline / 100),
                                     .deadline_day = (uint8_t)(rows[i].deadline % 100)};
        ck_assert_int_eq(coverage_year(&rule, day(rows[i].on)), rows[i].judged);
        ck_assert_int_eq(coverage_day(&rule, day(rows[i].on)), day(rows[i].as_of));
    }
}
END_TEST

START_TEST(every_reason_has_a_word_and_a_sentence)
{
    for (unsigned why = COMPUTABLE; why < NC_END; why++) {
        ck_assert_ptr_nonnull(not_computable_word((enum not_computable)why));
        ck_assert_ptr_nonnull(not_computable_sentence((enum not_computable)why));
    }
    ck_assert_str_eq(not_computable_word(NC_NO_OPENING), "no_opening");
    ck_assert_ptr_null(not_computable_word(NC_END));
    ck_assert_ptr_null(not_computable_sentence(NC_END));
}
END_TEST

START_TEST(overdue_subsidy_beyond_64_bits_is_not_known)
{
    struct owing owing = {.subsidy = fen(INT64_MAX), .subsidy_known = true};
    struct subsidy_arrears arrears = {.begun = true, .arrears = {1}};
    owing_add_subsidy(&owing, &arrears);
    ck_assert(!owing.subsidy_known);
    ck_assert_int_eq(owing.subsidy.fen, INT64_MAX);
}
END_TEST

START_TEST(nothing_is_measured_while_a_fund_is_behind)
{
    struct position p = fengnan();
    p.incomplete = true;
    ck_assert_int_eq(indicator_runway(&p, 12).why, NC_FUNDS_BEHIND);
    ck_assert_int_eq(indicator_deficit(&p).why, NC_FUNDS_BEHIND);
    ck_assert_int_eq(indicator_provisional(&p).why, NC_FUNDS_BEHIND);
    ck_assert_int_eq(indicator_reimbursement(&p, REIMBURSEMENT_ACTUAL).why, NC_FUNDS_BEHIND);
}
END_TEST

/* Runways of `balance` fen, over `spent` in 12 months, then and now. */
static struct indicator falling(int64_t balance_then, int64_t spent_then, int64_t balance, int64_t spent)
{
    struct position then = year_of("0", "0", "0", "0", "0"), now = then;
    then.balance = fen(balance_then);
    then.closed.fen[ACCOUNT_E11] = spent_then;
    now.balance = fen(balance);
    now.closed.fen[ACCOUNT_E11] = spent;
    return indicator_falling(&then, &now, 12);
}

START_TEST(what_a_runway_has_lost_is_exact_or_beyond_64_bits)
{
    assert_shows(falling(600, 1200, 550, 1200), 2, "0.50");
    assert_shows(falling(1000000000000000, 1000000000000000, 0, 1), 2, "12.00");
    ck_assert_int_eq(falling(INT64_MAX, 1, 0, INT64_MAX).why, NC_OVERFLOW);             /* the runway then */
    ck_assert_int_eq(falling(0, INT64_MAX, INT64_MAX, 1).why, NC_OVERFLOW);             /* that of now */
    ck_assert_int_eq(falling(INT64_MAX / 13, 1, -(INT64_MAX / 13), INT64_MAX).why, NC_OVERFLOW);
    ck_assert_int_eq(falling(INT64_MAX / 13, INT64_MAX, -(INT64_MAX / 13), INT64_MAX).why, NC_OVERFLOW);
    ck_assert_int_eq(falling(INT64_MAX / 10, INT64_MAX, -(INT64_MAX / 10), INT64_MAX).why, NC_OVERFLOW);
    ck_assert_int_eq(falling(INT64_MAX / 1000, 1, 0, 1).why, NC_OVERFLOW);              /* the difference */
    struct position now = fengnan(), none = fengnan();
    none.has_opening = false;
    ck_assert_int_eq(indicator_falling(&none, &now, 12).why, NC_NO_OPENING);
    ck_assert_int_eq(indicator_falling(&now, &none, 12).why, NC_NO_OPENING);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("indicator");
    TCase *t = tcase_create("money");
    tcase_add_test(t, the_runway_of_fengnan_2024_is_8_49_months);
    tcase_add_test(t, the_runway_covers_other_and_catastrophic_expenditure);
    tcase_add_test(t, the_runway_of_zhanjiang_2022_is_14_08_months);
    tcase_add_test(t, provisional_payments_are_spent_money);
    tcase_add_test(t, fewer_months_count_as_many_months);
    tcase_add_loop_test(t, with_everything_owed_a_month_costs_what_its_care_costs, 0, COUNT_OF(debts));
    tcase_add_test(t, without_debts_nothing_of_the_months_is_owed);
    tcase_add_test(t, what_was_paid_beyond_what_was_owed_is_known_on_settlement);
    tcase_add_test(t, each_reimbursement_is_a_part_of_its_own_costs);
    tcase_add_test(t, a_runway_that_cannot_be_said_has_no_others);
    tcase_add_loop_test(t, overdue_subsidy_is_added_if_it_is_known_of_all, 0, COUNT_OF(overdue));
    tcase_add_test(t, a_deficit_in_the_balance_is_a_negative_runway);
    tcase_add_test(t, a_runway_that_cannot_be_said_says_why);
    tcase_add_test(t, more_than_a_third_passed_up_or_down_is_money_elsewhere);
    tcase_add_test(t, exactly_a_third_is_not_more_than_a_third);
    tcase_add_test(t, a_fund_without_transfers_holds_its_money_whatever_it_took_back);
    tcase_add_test(t, what_was_taken_back_is_a_flow_beside_what_went_up);
    tcase_add_test(t, the_deficit_is_the_surplus_over_expenditure);
    tcase_add_test(t, the_provisional_share_needs_a_month_and_expenditure);
    tcase_add_loop_test(t, a_base_takes_months_that_have_ended_and_are_complete, 0,
                        COUNT_OF(spans));
    tcase_add_test(t, books_are_complete_from_the_month_after_the_opening);
    suite_add_tcase(s, t);

    t = tcase_create("coverage");
    tcase_add_test(t, zhanjiang_2022_covers_97_39_of_residents_and_79_11_of_the_registered);
    tcase_add_test(t, last_year_is_what_was_stated_or_what_the_numerator_was);
    tcase_add_test(t, ejin_horo_2021_insures_fewer_than_last_year);
    tcase_add_test(t, zhanjiang_2021_insures_6085968_without_its_duplicates);
    tcase_add_test(t, coverage_is_derived_if_a_figure_that_it_is_made_of_is);
    tcase_add_test(t, who_left_or_is_counted_elsewhere_is_not_paid_once);
    tcase_add_test(t, a_count_of_two_is_known_when_both_are);
    tcase_add_test(t, that_nobody_has_paid_is_a_count);
    tcase_add_test(t, more_duplicates_than_people_leave_nobody);
    tcase_add_test(t, residents_and_employees_together_need_both_counts);
    tcase_add_test(t, coverage_without_a_figure_says_which_is_missing);
    tcase_add_test(t, where_somebody_counts_nobody_is_a_coverage_of_0);
    tcase_add_test(t, coverage_is_judged_from_its_deadline_on);
    tcase_add_test(t, each_year_is_judged_from_its_deadline_to_that_of_the_next);
    tcase_add_test(t, every_reason_has_a_word_and_a_sentence);
    tcase_add_test(t, overdue_subsidy_beyond_64_bits_is_not_known);
    tcase_add_test(t, nothing_is_measured_while_a_fund_is_behind);
    tcase_add_test(t, what_a_runway_has_lost_is_exact_or_beyond_64_bits);
    suite_add_tcase(s, t);
    return s;
}
