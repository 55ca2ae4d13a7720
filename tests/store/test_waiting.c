/* What waits to be added to its rows, as the writer keeps it: added up by days and by whole months. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/books.h"
#include "store/waiting.h"
#include "tests/suite.h"

/* The n-th allocation from now fails, counted from 1; 0: none (Makefile: WRAP_test_waiting). */
static int memory_fails;

#define MEMORY_IS_OUT() (memory_fails != 0 && --memory_fails == 0)
#include "tests/store/short_memory.h"

#define FUND    7
#define FIRST   19797           /* 2024-03-15 */
#define DAYS    150             /* to 2024-08-11 */
#define YEAR    2024
#define LAST_SLOT (ACCOUNT_SLOTS - 1)

static struct waiting waiting;

static void setup(void)
{
    memset(&waiting, 0xff, sizeof waiting);
    waiting_init(&waiting);
    ck_assert(!waiting.known);
    waiting_clear(&waiting);
}

static void teardown(void)
{
    waiting_free(&waiting);
}

static int add_sum(int32_t period, unsigned slot, int64_t fen)
{
    const struct tally_entry sum = {books_sum_key(FUND, period, slot), fen};
    return waiting_add(&waiting, &sum, 1);
}

static int add_fee(date_day day, int64_t fen)
{
    return add_sum(books_collected_period(YEAR, day), 0, fen);
}

static bool line_of(date_day from, date_day to, int64_t *ret)
{
    struct lines sum = {0};
    bool good = waiting_add_lines(&waiting, FUND, from, to, &sum);
    *ret = sum.fen[1];
    return good;
}

/* --- What is asked for is what was added. ------------------------------------------------ */

static int64_t paid[2][DAYS], fees[2][DAYS];     /* by the model: of two lines, of two years, by day */

/* In one call as a group does it, and in some, a day at a time or more. */
static void fill(void)
{
    struct tally_entry sums[DAYS * 2];
    uint64_t count = 0;
    for (int i = 0; i < DAYS; i++)
        for (unsigned slot = 0; slot < 2; slot++) {
            paid[slot][i] = rand() % 100000;
            sums[count++] = (struct tally_entry){
                books_sum_key(FUND, FIRST + i, slot == 0 ? 0 : LAST_SLOT), paid[slot][i]};
        }
    ck_assert_int_eq(waiting_add(&waiting, sums, 101), 0);
    ck_assert_int_eq(waiting_add(&waiting, sums + 101, count - 101), 0);
    for (int year = 0; year < 2; year++)
        for (int i = 0; i < DAYS; i++) {
            fees[year][i] = rand() % 100000;
            const struct tally_entry sum = {
                books_sum_key(FUND, books_collected_period(YEAR + year, FIRST + i), 0), fees[year][i]};
            ck_assert_int_eq(waiting_add(&waiting, &sum, 1), 0);
        }
}

static int64_t sum_of(const int64_t *values, date_day from, date_day to)
{
    int64_t sum = 0;
    for (int i = 0; i < DAYS; i++)
        if (FIRST + i >= from && FIRST + i <= to)
            sum += values[i];
    return sum;
}

/* Every range: within a month, over its ends, whole months, and beyond all that waits. */
START_TEST(each_range_of_days_has_what_waits_of_it)
{
    fill();
    ck_assert_int_eq(add_sum(FIRST, 0, 0), 0);          /* an early day that comes late */
    ck_assert_int_eq(waiting.first, date_month_of(FIRST));
    ck_assert_int_eq(waiting.last, date_month_of(FIRST + DAYS - 1));
    for (date_day from = FIRST - 20; from < FIRST + DAYS + 20; from++)
        for (date_day to = from - 1; to < FIRST + DAYS + 20; to++) {
            struct lines sum = {0};
            ck_assert(waiting_add_lines(&waiting, FUND, from, to, &sum));
            if (sum.fen[0] != sum_of(paid[0], from, to) || sum.fen[LAST_SLOT] != sum_of(paid[1], from, to))
                ck_abort_msg("%d to %d", from, to);
        }
}
END_TEST

START_TEST(contributions_are_those_that_came_by_the_end_of_a_day)
{
    fill();
    for (int year = -1; year < 3; year++)
        for (date_day as_of = FIRST - 20; as_of < FIRST + DAYS + 40; as_of++) {
            struct amount sum;
            ck_assert(waiting_collected(&waiting, FUND, YEAR + year, as_of, &sum));
            ck_assert_int_eq(sum.fen, year == 0 || year == 1 ? sum_of(fees[year], INT32_MIN, as_of) : 0);
        }
}
END_TEST

START_TEST(another_fund_has_nothing_of_it_and_neither_has_anybody_after_all_is_cleared)
{
    struct lines sum = {0};
    struct amount collected;
    fill();
    ck_assert(waiting_add_lines(&waiting, FUND + 1, INT32_MIN, INT32_MAX, &sum));
    ck_assert(waiting_collected(&waiting, FUND + 1, YEAR, INT32_MAX, &collected));
    ck_assert_int_eq(sum.fen[0], 0);
    ck_assert_int_eq(collected.fen, 0);
    waiting_forget(&waiting);
    ck_assert(!waiting.known);
    waiting_clear(&waiting);
    ck_assert(waiting.known);
    ck_assert(waiting_add_lines(&waiting, FUND, INT32_MIN, INT32_MAX, &sum));
    ck_assert(waiting_collected(&waiting, FUND, YEAR, INT32_MAX, &collected));
    ck_assert_int_eq(sum.fen[0], 0);
    ck_assert_int_eq(collected.fen, 0);
}
END_TEST

/* The day before 1970 cannot be, of which a damaged value may have sums; the first and a late one can. */
START_TEST(a_sum_of_no_day_is_damage)
{
    ck_assert_int_eq(add_sum(0, 1, 1), 0);
    ck_assert_int_eq(add_sum((1 << BOOKS_COLLECTED_BITS) - 1, 1, 1), 0);
    ck_assert_int_eq(add_fee(0, 1), 0);
    ck_assert_int_eq(add_sum(-1, 1, 1), -EILSEQ);
    ck_assert_int_eq(add_sum(INT32_MIN, 1, 1), -EILSEQ);
}
END_TEST

/* --- Sums that leave 64 bits are told, wherever they do. ----------------------------------- */

#define MARCH   19783           /* 2024-03-01 */
#define APRIL   19814
#define MAY     19844

START_TEST(a_day_or_month_that_leaves_64_bits_is_damage)
{
    ck_assert_int_eq(add_sum(MARCH, 1, INT64_MAX), 0);
    ck_assert_int_eq(add_sum(MARCH, 1, 1), -EILSEQ);
    ck_assert_int_eq(add_sum(APRIL, 1, INT64_MAX), 0);
    ck_assert_int_eq(add_sum(APRIL + 1, 1, 1), -EILSEQ);
    ck_assert_int_eq(add_fee(MARCH, INT64_MAX), 0);
    ck_assert_int_eq(add_fee(MARCH, 1), -EILSEQ);
    ck_assert_int_eq(add_fee(APRIL, INT64_MAX), 0);
    ck_assert_int_eq(add_fee(APRIL + 1, 1), -EILSEQ);
}
END_TEST

/* In the days before whole months, in these, in the days behind them; and in days alone, of which a later
 * one is good again. */
START_TEST(an_answer_that_leaves_64_bits_is_damage)
{
    int64_t fen;
    ck_assert_int_eq(add_sum(MARCH + 5, 1, INT64_MAX), 0);
    ck_assert_int_eq(add_sum(MARCH + 7, 1, -1), 0);
    ck_assert_int_eq(add_sum(APRIL, 1, 2), 0);
    ck_assert_int_eq(add_sum(MAY, 1, -9), 0);
    ck_assert(line_of(MARCH + 5, MARCH + 7, &fen));
    ck_assert_int_eq(fen, INT64_MAX - 1);
    ck_assert(!line_of(MARCH, MAY - 1, &fen));          /* two whole months */
    ck_assert(!line_of(MARCH + 1, MAY - 1, &fen));      /* days, and a month */
    ck_assert(!line_of(MARCH, APRIL, &fen));            /* a month, and a day */
    ck_assert(line_of(MARCH + 6, MAY + 1, &fen));
    ck_assert_int_eq(fen, -8);

    waiting_clear(&waiting);
    ck_assert_int_eq(add_sum(MARCH + 5, 1, INT64_MAX), 0);
    ck_assert_int_eq(add_sum(APRIL + 5, 1, 1), 0);
    ck_assert_int_eq(add_sum(APRIL + 6, 1, -5), 0);
    ck_assert(!line_of(MARCH + 1, APRIL + 6, &fen));    /* days, without a whole month */
    ck_assert(line_of(MARCH + 1, MAY - 1, &fen));       /* with all of April, which takes something back */
    ck_assert_int_eq(fen, INT64_MAX - 4);
}
END_TEST

/* Days in front of whole months: their sum is one too much before a later day takes it back. */
START_TEST(the_first_days_alone_can_leave_64_bits)
{
    struct lines sum = {.fen = {[1] = INT64_MAX}};
    ck_assert_int_eq(add_sum(MARCH + 5, 1, 1), 0);
    ck_assert_int_eq(add_sum(MARCH + 6, 1, -9), 0);
    ck_assert_int_eq(add_sum(MAY, 1, 1), 0);
    ck_assert(!waiting_add_lines(&waiting, FUND, MARCH + 1, MAY, &sum));
}
END_TEST

/* Of two lines of a day the first has too much. */
START_TEST(each_line_of_a_day_counts)
{
    struct lines sum = {.fen = {[1] = INT64_MAX}};
    ck_assert_int_eq(add_sum(MARCH + 5, 1, 1), 0);
    ck_assert_int_eq(add_sum(MARCH + 5, 2, 1), 0);
    ck_assert(!waiting_add_lines(&waiting, FUND, MARCH + 5, MARCH + 5, &sum));
}
END_TEST

START_TEST(contributions_that_leave_64_bits_are_damage)
{
    struct amount sum;
    ck_assert_int_eq(add_fee(MARCH, INT64_MAX), 0);
    ck_assert_int_eq(add_fee(APRIL, 1), 0);
    ck_assert_int_eq(add_fee(APRIL + 1, 5), 0);
    ck_assert_int_eq(add_fee(APRIL + 2, -10), 0);
    ck_assert_int_eq(add_fee(MAY, 2), 0);
    ck_assert(waiting_collected(&waiting, FUND, YEAR, APRIL - 1, &sum));
    ck_assert_int_eq(sum.fen, INT64_MAX);
    ck_assert(!waiting_collected(&waiting, FUND, YEAR, APRIL, &sum));           /* days of April */
    ck_assert(!waiting_collected(&waiting, FUND, YEAR, APRIL + 1, &sum));       /* and on */
    ck_assert(waiting_collected(&waiting, FUND, YEAR, MAY - 1, &sum));          /* all of April */
    ck_assert_int_eq(sum.fen, INT64_MAX - 4);
    ck_assert_int_eq(add_fee(MAY + 1, 9), 0);
    ck_assert(!waiting_collected(&waiting, FUND, YEAR, MAY + 30, &sum));        /* all of May */
    ck_assert_int_eq(add_fee(MAY + 31, 20), 0);
    ck_assert(!waiting_collected(&waiting, FUND, YEAR, MAY + 60, &sum));        /* June is good */
}
END_TEST

/* --- Memory --------------------------------------------------------------------------- */

START_TEST(without_memory_it_says_so)
{
    int told = 0;
    for (int step = 1, err = -1; err != 0; step++) {
        waiting_free(&waiting);
        waiting_init(&waiting);
        waiting_clear(&waiting);
        memory_fails = step;
        err = _i == 0 ? add_sum(MARCH, 1, 5) : add_fee(MARCH, 5);
        memory_fails = 0;
        ck_assert(err == 0 || err == -ENOMEM);
        told += err != 0;
    }
    ck_assert_int_eq(told, _i == 0 ? 6 : 3);    /* days and months, or fees: slots, chunks, a chunk */
    struct amount sum;
    int64_t fen;
    ck_assert(line_of(MARCH, MARCH, &fen) && waiting_collected(&waiting, FUND, YEAR, MARCH, &sum));
    ck_assert_int_eq(fen + sum.fen, 5);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("waiting");
    TCase *t = tcase_create("sums");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, each_range_of_days_has_what_waits_of_it);
    tcase_add_test(t, contributions_are_those_that_came_by_the_end_of_a_day);
    tcase_add_test(t, another_fund_has_nothing_of_it_and_neither_has_anybody_after_all_is_cleared);
    tcase_add_test(t, a_sum_of_no_day_is_damage);
    tcase_add_test(t, a_day_or_month_that_leaves_64_bits_is_damage);
    tcase_add_test(t, an_answer_that_leaves_64_bits_is_damage);
    tcase_add_test(t, the_first_days_alone_can_leave_64_bits);
    tcase_add_test(t, each_line_of_a_day_counts);
    tcase_add_test(t, contributions_that_leave_64_bits_are_damage);
    tcase_add_loop_test(t, without_memory_it_says_so, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
