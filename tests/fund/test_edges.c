/* Money at the edges of int64, every pair of the list against 128 bits. */
#include <errno.h>
#include <string.h>

#include "fund/ratio.h"
#include "fund/wide.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static const int64_t edges[] = {
    INT64_MIN, INT64_MIN + 1, INT64_MIN + 2, INT64_MIN / 2 - 1, INT64_MIN / 2, INT64_MIN / 2 + 1,
    -AMOUNT_EVENT_MAX - 1, -AMOUNT_EVENT_MAX, -AMOUNT_EVENT_MAX + 1, -INT64_C(4294967296),
    INT32_MIN, -1000000, -100, -2, -1, 0, 1, 2, 100, 1000000, INT32_MAX, INT64_C(4294967296),
    AMOUNT_EVENT_MAX - 1, AMOUNT_EVENT_MAX, AMOUNT_EVENT_MAX + 1, INT64_MAX / 2 - 1,
    INT64_MAX / 2, INT64_MAX / 2 + 1, INT64_MAX - 2, INT64_MAX - 1, INT64_MAX,
};
#define EDGES COUNT_OF(edges)

static bool fits(__int128 value)
{
    return value >= INT64_MIN && value <= INT64_MAX;
}

/* `result` was written if and only if `exact` fits; it held -7 before. */
static void agree(bool done, struct amount result, __int128 exact)
{
    ck_assert_int_eq(done, fits(exact));
    ck_assert_int_eq(result.fen, done ? (int64_t)exact : -7);
}

START_TEST(sum_and_difference_of_two_amounts_are_exact_or_refused)
{
    for (size_t j = 0; j < EDGES; j++) {
        __int128 a = edges[_i], b = edges[j];
        struct amount sum = {-7}, difference = {-7};
        bool added = amount_add(fen(edges[_i]), fen(edges[j]), &sum);
        bool subtracted = amount_sub(fen(edges[_i]), fen(edges[j]), &difference);
        agree(added, sum, a + b);
        agree(subtracted, difference, a - b);
    }
}
END_TEST

START_TEST(the_negative_of_an_amount_is_exact_or_refused)
{
    struct amount negative = {-7};
    bool done = amount_negate(fen(edges[_i]), &negative);
    agree(done, negative, -(__int128)edges[_i]);
}
END_TEST

/* Each slot in turn overflows or not; a refused sum changes no slot at all. */
START_TEST(lines_add_in_every_slot_or_in_none)
{
    for (size_t j = 0; j < EDGES; j++) {
        for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++) {
            struct lines sum = {0}, addend = {0};
            for (unsigned k = 0; k < ACCOUNT_SLOTS; k++)
                sum.fen[k] = addend.fen[k] = (int64_t)k;
            sum.fen[slot] = edges[_i];
            addend.fen[slot] = edges[j];
            struct lines before = sum;
            __int128 exact = (__int128)edges[_i] + edges[j];
            ck_assert_int_eq(lines_add(&sum, &addend), fits(exact));
            if (fits(exact)) {
                ck_assert_int_eq(sum.fen[slot], (int64_t)exact);
                ck_assert_int_eq(sum.fen[(slot + 1) % ACCOUNT_SLOTS],
                                 2 * (int64_t)((slot + 1) % ACCOUNT_SLOTS));
            } else {
                ck_assert_mem_eq(&sum, &before, sizeof sum);
            }
        }
    }
}
END_TEST

static void agree_lines(const struct lines *lines, __int128 q, __int128 i, __int128 e, __int128 p)
{
    struct amount income = {-7}, expenditure = {-7}, provisional = {-7}, surplus = {-7};
    bool has_income = lines_income(lines, &income);
    bool has_expenditure = lines_expenditure(lines, &expenditure);
    bool has_provisional = lines_provisional(lines, &provisional);
    bool has_surplus = lines_surplus(lines, &surplus);
    agree(has_income, income, -i);
    agree(has_expenditure, expenditure, e + p);
    agree(has_provisional, provisional, p);
    agree(has_surplus, surplus, -q - i - e - p);
}

START_TEST(sums_over_lines_are_exact_or_refused)
{
    for (size_t j = 0; j < EDGES; j++) {
        for (size_t k = 0; k < EDGES; k++) {
            struct lines lines = {0};
            __int128 a = edges[_i], b = edges[j], c = edges[k];
            lines.fen[ACCOUNT_I11] = edges[_i];
            lines.fen[ACCOUNT_I8] = edges[j];
            lines.fen[ACCOUNT_E11] = edges[j];
            lines.fen[account_provisional(ACCOUNT_E8)] = edges[k];
            lines.fen[ACCOUNT_Q0] = edges[k];
            agree_lines(&lines, c, a + b, b, c);
            ck_assert_int_eq(lines_balanced(&lines), a + 2 * b + 2 * c == 0);
        }
    }
}
END_TEST

START_TEST(a_sum_may_pass_the_edge_on_the_way_if_it_comes_back)
{
    struct lines lines = {0};
    struct amount expenditure;
    lines.fen[ACCOUNT_E11] = INT64_MAX;
    lines.fen[ACCOUNT_E12] = INT64_MAX;
    lines.fen[ACCOUNT_E3] = -INT64_MAX;
    ck_assert(lines_expenditure(&lines, &expenditure));
    ck_assert_int_eq(expenditure.fen, INT64_MAX);
}
END_TEST

/* value < limit without division: num * mul * E4 < limit * den. */
START_TEST(a_ratio_at_the_edges_is_on_the_right_side_of_its_limit)
{
    for (size_t j = 0; j < EDGES; j++) {
        if (edges[j] <= 0)
            continue;
        for (size_t k = 0; k < EDGES; k++) {
            struct ratio r = {edges[_i], edges[j], RATIO_MUL_MAX};
            __int128 left = (__int128)edges[_i] * RATIO_MUL_MAX * E4;
            __int128 right = (__int128)edges[k] * edges[j];
            int compared = ratio_compare(r, edges[k]);
            ck_assert_int_eq((compared > 0) - (compared < 0), (left > right) - (left < right));
        }
    }
}
END_TEST

/* n = round(x) if and only if n <= x + 1/2 < n + 1. */
START_TEST(a_rounded_ratio_at_the_edges_is_half_up_or_clamped)
{
    for (size_t j = 0; j < EDGES; j++) {
        if (edges[j] <= 0)
            continue;
        __int128 twice = (__int128)edges[_i] * 12 * 1000000 * 2 + edges[j], den = edges[j];
        __int128 n = ratio_round((struct ratio){edges[_i], edges[j], 12}, 6);
        ck_assert(n == INT64_MIN || n * 2 * den <= twice);
        ck_assert(n == INT64_MAX || twice < (n + 1) * 2 * den);
    }
}
END_TEST

START_TEST(every_edge_is_printed_and_read_back)
{
    char text[AMOUNT_TEXT_MAX];
    struct amount back;
    ck_assert_int_eq(amount_parse(amount_format(fen(edges[_i]), UNIT_WAN, 6, true, text),
                                  UNIT_WAN, &back), 0);
    ck_assert_int_eq(back.fen, edges[_i]);
}
END_TEST

/* -2^127 is 3 q + 1: rounding it must not go by way of 3 q, which is one less. */
START_TEST(the_lowest_dividend_is_rounded_inside_128_bits)
{
    __int128 lowest = -((__int128)1 << 126) * 2, cut = lowest / 3;
    ck_assert(wide_floor(lowest, 3) == cut - 1);
    ck_assert(wide_rest(lowest, 3) == 1);
    ck_assert(wide_round(lowest, 3) == cut - 1);
    ck_assert(wide_ceil(lowest, 3) == cut);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("edges");
    TCase *t = tcase_create("edges");
    tcase_add_loop_test(t, sum_and_difference_of_two_amounts_are_exact_or_refused, 0, EDGES);
    tcase_add_loop_test(t, the_negative_of_an_amount_is_exact_or_refused, 0, EDGES);
    tcase_add_loop_test(t, lines_add_in_every_slot_or_in_none, 0, EDGES);
    tcase_add_loop_test(t, sums_over_lines_are_exact_or_refused, 0, EDGES);
    tcase_add_test(t, a_sum_may_pass_the_edge_on_the_way_if_it_comes_back);
    tcase_add_loop_test(t, a_ratio_at_the_edges_is_on_the_right_side_of_its_limit, 0, EDGES);
    tcase_add_loop_test(t, a_rounded_ratio_at_the_edges_is_half_up_or_clamped, 0, EDGES);
    tcase_add_loop_test(t, every_edge_is_printed_and_read_back, 0, EDGES);
    tcase_add_test(t, the_lowest_dividend_is_rounded_inside_128_bits);
    suite_add_tcase(s, t);
    return s;
}
