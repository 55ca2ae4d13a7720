/* The months to come line by line, and assumptions on them. */
#include <stdlib.h>
#include <string.h>

#include "fund/whatif.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

#define YEARS 2

/* Two years up to December 2024, and what is made of them. */
static struct outlook_past past;
static struct outlook outlook;
static struct lines coming[OUTLOOK_AHEAD];

static void put(unsigned year, unsigned m, enum account account, int64_t amount)
{
    past.lines[year * 12 + m - 1].fen[account] += account <= ACCOUNT_I_LAST ? -amount : amount;
}

/* Income 900 in January as fees and in July as subsidy, 100 interest in both; 150 a month are spent, a
 * fifth of it provisional, and in the second year a tenth more. */
static void setup(void)
{
    memset(&past, 0, sizeof past);
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

static bool make(struct whatif_change change)
{
    past.first = month(202301);
    past.last = month(202412);
    past.count = YEARS * 12;
    past.has_balance = true;
    past.balance = fen(5000);
    for (unsigned i = 0; i < past.count; i++) {
        ck_assert(lines_income(&past.lines[i], &past.sums[i].income));
        ck_assert(lines_expenditure(&past.lines[i], &past.sums[i].expenditure));
    }
    outlook_of(&past, &outlook);
    ck_assert_int_eq(outlook.known, OUTLOOK_KNOWN);
    bool fits = whatif_project(&outlook, &past, coming);
    for (unsigned k = 0; k < OUTLOOK_AHEAD && fits; k++)
        fits = whatif_change_lines(&change, &coming[k]);
    return fits;
}

static int64_t line(unsigned k, unsigned account)
{
    int64_t amount = coming[k - 1].fen[account];
    return account <= ACCOUNT_I_LAST ? -amount : amount;
}

/* Sums of lines that were rounded one by one; in some months the largest line is one of the other class. */
START_TEST(without_a_change_it_is_the_outlook)
{
    srandom((unsigned)_i);
    for (unsigned m = 1; m <= 12 && _i > 0; m++) {
        put(0, m, ACCOUNT_E122, random() % 50), put(1, m, ACCOUNT_E13, random() % 50);
        put(0, m, ACCOUNT_I3, random() % 300), put(1, m, ACCOUNT_I8, random() % 300);
    }
    put(0, 1, ACCOUNT_I3, 1);           /* so that shares do not come out even */
    put(1, 7, ACCOUNT_E122, 7);
    put(1, 3, ACCOUNT_E13, 5);
    ck_assert(make(WHATIF_NO_CHANGE));
    struct amount balance = past.balance;
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        struct amount surplus, spent, before = outlook.paths[OUTLOOK_CENTRAL].spent[k - 1];
        ck_assert(lines_surplus(&coming[k - 1], &surplus) && amount_add(balance, surplus, &balance));
        ck_assert(lines_expenditure(&coming[k - 1], &spent));
        ck_assert_int_eq(balance.fen, outlook.paths[OUTLOOK_CENTRAL].balance[k].fen);
        ck_assert_int_eq(before.fen + spent.fen, outlook.paths[OUTLOOK_CENTRAL].spent[k].fen);
    }
}
END_TEST

START_TEST(a_line_to_come_is_that_of_the_years_before_at_the_level_of_the_last)
{
    ck_assert(make(WHATIF_NO_CHANGE));
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
    ck_assert(make((struct whatif_change){10800, 0, {1, 1, 1}}));
    ck_assert_int_eq(line(3, ACCOUNT_E11), 119);                            /* 118.8 */
    ck_assert_int_eq(line(3, ACCOUNT_E11 + ACCOUNT_PROVISIONAL), 36);       /* 35.64 */
    ck_assert_int_eq(line(3, ACCOUNT_E2), 12);                              /* 11.88 */
    ck_assert_int_eq(line(3, ACCOUNT_E5), 11);
    ck_assert_int_eq(line(3, ACCOUNT_E6), 22);
    ck_assert_int_eq(line(3, ACCOUNT_E8), 11);
    ck_assert_int_eq(line(1, ACCOUNT_I11), 900);
}
END_TEST

START_TEST(people_and_fees_follow_coverage)
{
    struct ratio people;
    struct amount heads;
    ck_assert(whatif_people((struct ratio){960, 1000, 1}, -200, &people));  /* 94 of 96 */
    ck_assert(whatif_scale(960, &people, &heads));
    ck_assert_int_eq(heads.fen, 940);
    ck_assert(make((struct whatif_change){E4, 0, people}));
    ck_assert_int_eq(line(1, ACCOUNT_I11), 881);                            /* 881.25 */
    ck_assert_int_eq(line(1, ACCOUNT_I3), 100);
    ck_assert_int_eq(line(7, ACCOUNT_I21), 600);
}
END_TEST

START_TEST(coverage_does_not_go_below_zero)
{
    struct ratio fees = {7, 7, 1};
    ck_assert(!whatif_people((struct ratio){10, 1000, 1}, -101, &fees));
    ck_assert_int_eq(fees.num, 7);
    ck_assert(whatif_people((struct ratio){10, 1000, 1}, -100, &fees));
    ck_assert_int_eq(fees.num, 0);
}
END_TEST

START_TEST(what_leaves_64_bits_is_told)
{
    put(0, 1, ACCOUNT_E12, INT64_MAX / 8), put(1, 1, ACCOUNT_E12, INT64_MAX / 8);
    ck_assert(make(WHATIF_NO_CHANGE));
    ck_assert(!make((struct whatif_change){WHATIF_FACTOR_MAX, 0, {1, 1, 1}}));
}
END_TEST

/* At a tenth of the sum of both years 0.3 and 0.4 fen are each nothing, and 1 together: the larger one's. */
START_TEST(a_fen_of_lines_that_round_to_nothing_is_not_lost)
{
    memset(past.lines, 0, sizeof past.lines);
    put(0, 1, ACCOUNT_I3, 1000), put(1, 1, ACCOUNT_I3, 1000);
    put(0, 1, ACCOUNT_E11, 89993), put(1, 1, ACCOUNT_E11, 10000);
    put(0, 2, ACCOUNT_E2, 3), put(0, 2, ACCOUNT_E13, 4);
    ck_assert(make(WHATIF_NO_CHANGE));
    ck_assert_int_eq(line(2, ACCOUNT_E13), 1);
    ck_assert_int_eq(line(2, ACCOUNT_E2), 0);
}
END_TEST

/* Two lines that cancel in every sum, and are each too large at the level of the last year. */
START_TEST(a_line_to_come_that_leaves_64_bits_is_told)
{
    enum account one = _i == 0 ? ACCOUNT_E12 : ACCOUNT_I12, other = _i == 0 ? ACCOUNT_E2 : ACCOUNT_I13;
    for (unsigned year = 0; year < YEARS; year++)
        put(year, 2, one, INT64_MAX), put(year, 2, other, -INT64_MAX);
    for (unsigned m = 3; m <= 12; m++)
        put(1, m, _i == 0 ? ACCOUNT_E11 : ACCOUNT_I11, 1000000);
    ck_assert(!make(WHATIF_NO_CHANGE));
}
END_TEST

/* At three fifths of the sum of both years the larger two lines come to the limits themselves, and two of
 * 2.4 fen, each rounded down, to 5 fen together. */
START_TEST(a_fen_of_rounding_that_leaves_64_bits_is_told)
{
    memset(past.lines, 0, sizeof past.lines);
    put(0, 1, ACCOUNT_I3, 1000), put(1, 1, ACCOUNT_I3, 1000);
    put(0, 1, ACCOUNT_E11, 1996), put(1, 1, ACCOUNT_E11, 2996);
    for (unsigned year = 0; year < YEARS; year++) {
        int64_t fen = year == 0 ? INT64_C(9000000000000000000) : INT64_C(6372286728091293012);
        put(year, 2, ACCOUNT_E12, fen), put(year, 2, ACCOUNT_E2, -fen);
        put(year, 2, ACCOUNT_E13, 2), put(year, 2, ACCOUNT_E3, 2);
    }
    ck_assert(!make(WHATIF_NO_CHANGE));
    put(1, 2, ACCOUNT_E12, -2), put(1, 2, ACCOUNT_E2, 2);
    ck_assert(make(WHATIF_NO_CHANGE));
    ck_assert_int_eq(line(2, ACCOUNT_E12), INT64_MAX);
    ck_assert_int_eq(line(2, ACCOUNT_E13), 2);
}
END_TEST

START_TEST(heads_beyond_64_bits_are_no_factor)
{
    struct ratio people = {7, 7, 1};
    ck_assert(!whatif_people((struct ratio){INT64_MAX, INT64_MAX, 1}, -E4, &people));
    ck_assert(!whatif_people((struct ratio){INT64_MAX / E4, INT64_MAX / E4, 1}, E4, &people));
    ck_assert_int_eq(people.num, 7);
    struct amount heads = fen(5);
    ck_assert(!whatif_scale(INT64_MAX, &(struct ratio){INT64_MAX, 1, RATIO_MUL_MAX}, &heads));
    ck_assert(!whatif_scale(INT64_MAX, &(struct ratio){2, 1, 1}, &heads));
    ck_assert_int_eq(heads.fen, 5);
}
END_TEST

START_TEST(fees_and_subsidies_are_lines_of_their_own)
{
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++) {
        const struct account_info *info = account_info(slot);
        bool fee = info != NULL && info->code[0] == 'I' && info->code[1] == '1';
        bool subsidy = info != NULL && info->code[0] == 'I' && info->code[1] == '2';
        ck_assert_int_eq(whatif_is_fee(slot), fee);
        ck_assert_int_eq(whatif_is_subsidy(slot), subsidy);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("whatif");
    TCase *t = tcase_create("whatif");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_loop_test(t, without_a_change_it_is_the_outlook, 0, 10);
    tcase_add_test(t, a_line_to_come_is_that_of_the_years_before_at_the_level_of_the_last);
    tcase_add_test(t, payouts_grow_and_transfers_do_not);
    tcase_add_test(t, people_and_fees_follow_coverage);
    tcase_add_test(t, coverage_does_not_go_below_zero);
    tcase_add_test(t, what_leaves_64_bits_is_told);
    tcase_add_test(t, a_fen_of_lines_that_round_to_nothing_is_not_lost);
    tcase_add_loop_test(t, a_line_to_come_that_leaves_64_bits_is_told, 0, 2);
    tcase_add_test(t, a_fen_of_rounding_that_leaves_64_bits_is_told);
    tcase_add_test(t, heads_beyond_64_bits_are_no_factor);
    tcase_add_test(t, fees_and_subsidies_are_lines_of_their_own);
    suite_add_tcase(s, t);
    return s;
}
