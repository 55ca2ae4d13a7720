/* The months to come line by line, under assumptions, and what the rules say of them. */
#include <string.h>

#include "fund/whatif.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

#define YEARS 2

/* Two years up to December 2024, and what is made of them. */
static struct lines past[YEARS * 12];
static struct outlook outlook;
static struct whatif whatif;

static void put(unsigned year, unsigned m, enum account account, int64_t amount)
{
    past[year * 12 + m - 1].fen[account] += account <= ACCOUNT_I_LAST ? -amount : amount;
}

/* Income 900 in January as fees and in July as subsidy, 100 interest in both; 150 a month are spent, a
 * fifth of it provisional, and in the second year a tenth more. */
static void setup(void)
{
    memset(past, 0, sizeof past);
    for (unsigned year = 0; year < YEARS; year++) {
        put(year, 1, ACCOUNT_I11, 900);
        put(year, 7, ACCOUNT_I21, 600);
        put(year, 7, ACCOUNT_I24, 300);
        put(year, 1, ACCOUNT_I3, 100);
        put(year, 7, ACCOUNT_I3, 100);
        for (unsigned m = 1; m <= 12; m++) {
            put(year, m, ACCOUNT_E11, year == 0 ? 100 : 110);
            put(year, m, ACCOUNT_E11 + ACCOUNT_PROVISIONAL, year == 0 ? 30 : 33);
            put(year, m, ACCOUNT_E6, year == 0 ? 20 : 22);
        }
    }
}

static void look(int64_t balance)
{
    struct outlook_month sums[YEARS * 12];
    struct outlook_history history = {
        .last = month(202412), .has_balance = true, .balance = fen(balance),
        .months = sums, .count = YEARS * 12,
    };
    for (unsigned i = 0; i < YEARS * 12; i++) {
        ck_assert(lines_income(&past[i], &sums[i].income));
        ck_assert(lines_expenditure(&past[i], &sums[i].expenditure));
    }
    outlook_make(&history, &outlook);
    ck_assert_int_eq(outlook.known, OUTLOOK_KNOWN);
}

static bool make(int64_t balance, struct whatif_change change)
{
    struct whatif_past p = {month(202301), day(20221231), past, YEARS * 12};
    look(balance);
    return whatif_make(&outlook, &p, &change, &whatif);
}

static int64_t line(unsigned k, unsigned account)
{
    int64_t amount = whatif_lines(&whatif, k)->fen[account];
    return account <= ACCOUNT_I_LAST ? -amount : amount;
}

START_TEST(without_a_change_it_is_the_outlook)
{
    put(0, 1, ACCOUNT_I3, 1);           /* so that shares do not come out even */
    put(1, 7, ACCOUNT_E122, 7);
    put(1, 3, ACCOUNT_E13, 5);
    ck_assert(make(5000, WHATIF_NO_CHANGE));
    for (unsigned k = 0; k <= OUTLOOK_AHEAD; k++) {
        struct position p = whatif_position(&whatif, RUNWAY_TRAILING_12, k);
        struct amount expenditure;
        ck_assert(lines_expenditure(&p.closed, &expenditure));
        ck_assert_int_eq(p.balance.fen, outlook.paths[OUTLOOK_CENTRAL].balance[k].fen);
        ck_assert_int_eq(expenditure.fen, outlook.paths[OUTLOOK_CENTRAL].trailing[k].fen);
    }
}
END_TEST

START_TEST(a_line_to_come_is_that_of_the_years_before_at_the_level_of_the_last)
{
    ck_assert(make(5000, WHATIF_NO_CHANGE));
    ck_assert_int_eq(line(1, ACCOUNT_I11), 900);
    ck_assert_int_eq(line(7, ACCOUNT_I21), 600);
    ck_assert_int_eq(line(3, ACCOUNT_E11), 110);
    ck_assert_int_eq(line(3, ACCOUNT_E11 + ACCOUNT_PROVISIONAL), 33);
    ck_assert_int_eq(line(3, ACCOUNT_E6), 22);
}
END_TEST

START_TEST(payouts_grow_and_transfers_do_not)
{
    for (unsigned m = 1; m <= 12; m++) {
        put(0, m, ACCOUNT_E5, 10), put(0, m, ACCOUNT_E8, 10), put(0, m, ACCOUNT_E2, 10);
        put(1, m, ACCOUNT_E5, 11), put(1, m, ACCOUNT_E8, 11), put(1, m, ACCOUNT_E2, 11);
    }
    ck_assert(make(5000, (struct whatif_change){10800, 0, {1, 1, 1}}));
    ck_assert_int_eq(line(3, ACCOUNT_E11), 119);                            /* 118.8 */
    ck_assert_int_eq(line(3, ACCOUNT_E11 + ACCOUNT_PROVISIONAL), 36);       /* 35.64 */
    ck_assert_int_eq(line(3, ACCOUNT_E2), 12);                              /* 11.88 */
    ck_assert_int_eq(line(3, ACCOUNT_E5), 11);
    ck_assert_int_eq(line(3, ACCOUNT_E6), 22);
    ck_assert_int_eq(line(3, ACCOUNT_E8), 11);
    ck_assert_int_eq(line(1, ACCOUNT_I11), 900);
}
END_TEST

static const struct {
    unsigned days, month;       /* 0: after the last one */
} delays[] = {
    {0, 7}, {16, 7}, {17, 8}, {90, 10}, {153, 12}, {168, 12}, {170, 0}, {366, 0},
};

START_TEST(late_subsidies_come_so_many_days_after_the_fifteenth)
{
    ck_assert(make(5000, (struct whatif_change){E4, delays[_i].days, {1, 1, 1}}));
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        ck_assert_int_eq(line(k, ACCOUNT_I21), k == delays[_i].month ? 600 : 0);
        ck_assert_int_eq(line(k, ACCOUNT_I24), k == delays[_i].month ? 300 : 0);
    }
    ck_assert_int_eq(line(7, ACCOUNT_I3), 100);
}
END_TEST

START_TEST(subsidies_of_every_month_move_once)
{
    for (unsigned m = 1; m <= 12; m++)
        put(0, m, ACCOUNT_I23, 10 * m), put(1, m, ACCOUNT_I23, 10 * m);
    ck_assert(make(5000, (struct whatif_change){E4, 30, {1, 1, 1}}));
    ck_assert_int_eq(line(1, ACCOUNT_I23), 0);
    for (unsigned k = 2; k <= 12; k++)
        ck_assert_int_eq(line(k, ACCOUNT_I23), 10 * (k - 1));
}
END_TEST

START_TEST(fees_follow_coverage)
{
    struct ratio fees;
    ck_assert(whatif_fees((struct ratio){960, 1000, 1}, -200, &fees));      /* 94 of 96 */
    ck_assert(make(5000, (struct whatif_change){E4, 0, fees}));
    ck_assert_int_eq(line(1, ACCOUNT_I11), 881);                            /* 881.25 */
    ck_assert_int_eq(line(1, ACCOUNT_I3), 100);
    ck_assert_int_eq(line(7, ACCOUNT_I21), 600);
}
END_TEST

START_TEST(coverage_does_not_go_below_zero)
{
    struct ratio fees = {7, 7, 1};
    ck_assert(!whatif_fees((struct ratio){10, 1000, 1}, -101, &fees));
    ck_assert_int_eq(fees.num, 7);
    ck_assert(whatif_fees((struct ratio){10, 1000, 1}, -100, &fees));
    ck_assert_int_eq(fees.num, 0);
}
END_TEST

/* --- The rules. ---------------------------------------------------------------------- */

static struct whatif_verdict judge(const struct policy *policy)
{
    struct rule_state states[WHATIF_RULES];
    struct whatif_verdict verdict;
    for (unsigned i = 0; i < WHATIF_RULES; i++)
        states[i] = whatif_state(&whatif, policy, i);
    whatif_judge(&whatif, policy, states, &verdict);
    return verdict;
}

START_TEST(the_trough_between_two_incomes_is_no_deficit)
{
    for (unsigned m = 1; m <= 12; m++)
        put(0, m, ACCOUNT_E11, 16), put(1, m, ACCOUNT_E11, 1);      /* 166 a month, 1992 a year */
    struct policy policy = policy_default();
    ck_assert(make(1800, WHATIF_NO_CHANGE));
    struct whatif_verdict verdict = judge(&policy);
    for (unsigned k = 0; k <= OUTLOOK_AHEAD; k++)
        ck_assert_int_eq(verdict.at[WHATIF_DEFICIT][k].level, LEVEL_HEALTHY);
    ck_assert_int_lt(whatif.balance[12].fen, 1810);
    ck_assert_int_lt(whatif.balance[6].fen, whatif.balance[1].fen);
}
END_TEST

/* The lower limit alone, and at once. */
static struct policy low_side(uint16_t enter_days)
{
    struct policy policy = policy_default();
    policy.runway.high = policy.runway.excessive = (struct limit){100 * E4, 100 * E4};
    policy.runway.hold = (struct hold){enter_days, 0};
    return policy;
}

/* 0: never. */
static unsigned first_firing(const struct policy *policy)
{
    ck_assert(make(1000, (struct whatif_change){10800, 366, {1, 1, 1}}));
    struct whatif_verdict verdict = judge(policy);
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        if (verdict.at[WHATIF_RUNWAY][k].transition == TRANSITION_FIRING)
            return k;
    }
    return 0;
}

START_TEST(a_rule_fires_at_the_end_of_the_month_that_brings_it_there)
{
    struct policy policy = low_side(0);
    unsigned fired = first_firing(&policy);
    ck_assert_uint_gt(fired, 1);
    for (unsigned k = 0; k <= fired; k++) {
        struct position p = whatif_position(&whatif, RUNWAY_TRAILING_12, k);
        struct indicator runway = indicator_runway(&p, 1);
        ck_assert_int_eq(ratio_compare(runway.value, 6 * E4) < 0, k == fired);
    }
}
END_TEST

START_TEST(a_level_that_must_be_held_is_an_alert_a_month_later)
{
    struct policy at_once = low_side(0), held = low_side(10);
    ck_assert_uint_eq(first_firing(&held), first_firing(&at_once) + 1);
}
END_TEST

START_TEST(on_a_day_of_which_no_state_is_kept_nothing_is_waited_for)
{
    struct policy policy = low_side(10);
    ck_assert(make(900, WHATIF_NO_CHANGE));
    ck_assert_int_eq(whatif_state(&whatif, &policy, WHATIF_RUNWAY).level, LEVEL_LOW);
    ck_assert_int_eq(whatif_state(&whatif, &policy, WHATIF_DEFICIT).level, LEVEL_HEALTHY);
}
END_TEST

START_TEST(every_base_finds_its_months)
{
    ck_assert(make(5000, WHATIF_NO_CHANGE));
    ck_assert_uint_eq(whatif_position(&whatif, RUNWAY_YEAR_TO_DATE, 3).months, 3);
    ck_assert_int_eq(whatif_position(&whatif, RUNWAY_YEAR_TO_DATE, 3).closed.fen[ACCOUNT_E6], 3 * 22);
    ck_assert_int_eq(whatif_position(&whatif, RUNWAY_CALENDAR_YEAR, 3).closed.fen[ACCOUNT_E6], 12 * 22);
    ck_assert_int_eq(whatif_position(&whatif, RUNWAY_TRAILING_12, 12).closed.fen[ACCOUNT_E6], 12 * 22);
}
END_TEST

START_TEST(what_leaves_64_bits_is_told)
{
    for (unsigned m = 1; m <= 12; m++)
        put(0, m, ACCOUNT_E12, INT64_MAX / 16), put(1, m, ACCOUNT_E12, INT64_MAX / 16);
    ck_assert(make(5000, WHATIF_NO_CHANGE));
    ck_assert(!make(5000, (struct whatif_change){WHATIF_FACTOR_MAX, 0, {1, 1, 1}}));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("whatif");
    TCase *t = tcase_create("whatif");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, without_a_change_it_is_the_outlook);
    tcase_add_test(t, a_line_to_come_is_that_of_the_years_before_at_the_level_of_the_last);
    tcase_add_test(t, payouts_grow_and_transfers_do_not);
    tcase_add_loop_test(t, late_subsidies_come_so_many_days_after_the_fifteenth, 0, COUNT_OF(delays));
    tcase_add_test(t, subsidies_of_every_month_move_once);
    tcase_add_test(t, fees_follow_coverage);
    tcase_add_test(t, coverage_does_not_go_below_zero);
    tcase_add_test(t, the_trough_between_two_incomes_is_no_deficit);
    tcase_add_test(t, a_rule_fires_at_the_end_of_the_month_that_brings_it_there);
    tcase_add_test(t, a_level_that_must_be_held_is_an_alert_a_month_later);
    tcase_add_test(t, on_a_day_of_which_no_state_is_kept_nothing_is_waited_for);
    tcase_add_test(t, every_base_finds_its_months);
    tcase_add_test(t, what_leaves_64_bits_is_told);
    suite_add_tcase(s, t);
    return s;
}
