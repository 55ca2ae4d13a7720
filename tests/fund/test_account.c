#include <string.h>

#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* Fengnan 2024 as the report prints it, in 万元. */
static struct lines fengnan(void)
{
    static const struct { enum account account; const char *text; } rows[] = {
        {ACCOUNT_I11, "14021.71"}, {ACCOUNT_I21, "14801"},    {ACCOUNT_I23, "3784"},
        {ACCOUNT_I24, "6179.82"},  {ACCOUNT_I3, "591.31"},    {ACCOUNT_I4, "42.51"},
        {ACCOUNT_E12, "6749.14"},  {ACCOUNT_E11, "27902.49"}, {ACCOUNT_E13, "161.52"},
        {ACCOUNT_E2, "2747.05"},   {ACCOUNT_E3, "3.04"},      {ACCOUNT_Q0, "24733.04"},
    };
    struct lines lines = {0};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool is_debit = account_info(rows[i].account)->class == CLASS_EXPENDITURE;
        int64_t amount = wan(rows[i].text).fen;
        lines.fen[rows[i].account] = is_debit ? amount : -amount;
        lines.fen[ACCOUNT_A1] -= is_debit ? amount : -amount;
    }
    return lines;
}

START_TEST(the_lines_of_fengnan_2024_add_up_as_printed)
{
    struct lines lines = fengnan();
    struct amount sum;
    ck_assert(lines_balanced(&lines));
    ck_assert(lines_income(&lines, &sum));
    ck_assert_int_eq(sum.fen, wan("39420.35").fen);
    ck_assert(lines_expenditure(&lines, &sum));
    ck_assert_int_eq(sum.fen, wan("37563.24").fen);
    ck_assert(lines_surplus(&lines, &sum));
    ck_assert_int_eq(sum.fen, wan("26590.15").fen);
    ck_assert_int_eq(on(&lines, ACCOUNT_A1), wan("26590.15").fen);
    lines.fen[ACCOUNT_Q0] = 0;
    ck_assert(lines_surplus(&lines, &sum));
    ck_assert_int_eq(sum.fen, wan("1857.11").fen);
}
END_TEST

START_TEST(provisional_amounts_are_part_of_expenditure)
{
    struct lines lines = {0};
    struct amount sum;
    lines.fen[ACCOUNT_E11] = 30;
    lines.fen[account_provisional(ACCOUNT_E11)] = 12;
    ck_assert(lines_expenditure(&lines, &sum));
    ck_assert_int_eq(sum.fen, 42);
    ck_assert(lines_provisional(&lines, &sum));
    ck_assert_int_eq(sum.fen, 12);
}
END_TEST

START_TEST(the_memo_pair_and_what_is_owed_are_neither_income_nor_expenditure)
{
    struct lines lines = {0};
    struct amount sum;
    static const enum account others[] = {ACCOUNT_A1, ACCOUNT_A2, ACCOUNT_L1, ACCOUNT_L2,
                                          ACCOUNT_M1, ACCOUNT_M2};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        lines.fen[others[i]] = 7;
    ck_assert(lines_surplus(&lines, &sum));
    ck_assert_int_eq(sum.fen, 0);
    ck_assert(!lines_balanced(&lines));
}
END_TEST

START_TEST(what_moved_is_every_line_by_its_magnitude_with_its_twin)
{
    struct lines lines = {{0}};
    struct amount moved;
    lines.fen[ACCOUNT_I11] = -100;          /* income */
    lines.fen[ACCOUNT_I3] = 30;             /* and income taken back */
    lines.fen[ACCOUNT_E11] = 50;
    lines.fen[account_provisional(ACCOUNT_E11)] = -50;      /* became final: nothing moved */
    lines.fen[ACCOUNT_E2] = -7;
    lines.fen[ACCOUNT_A1] = 1000;
    lines.fen[ACCOUNT_Q0] = -1000;
    ck_assert(lines_moved(&lines, &moved));
    ck_assert_int_eq(moved.fen, 100 + 30 + 7);
    lines.fen[ACCOUNT_I4] = INT64_MIN;
    ck_assert(!lines_moved(&lines, &moved));
    ck_assert_int_eq(moved.fen, 137);
}
END_TEST

START_TEST(the_chart_is_in_the_order_of_the_form_and_without_twins)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    ck_assert_uint_eq(count, 37);
    ck_assert_str_eq(chart[0].code, "I10");
    ck_assert_str_eq(chart[count - 1].code, "S4");
    for (unsigned i = 0; i < count; i++) {
        ck_assert(i == 0 || chart[i].account > chart[i - 1].account);
        ck_assert_ptr_eq(account_info(chart[i].account), &chart[i]);
        ck_assert(!account_is_provisional(chart[i].account));
    }
}
END_TEST

START_TEST(a_twin_is_seen_as_its_line)
{
    enum account twin = account_provisional(ACCOUNT_E121);
    ck_assert(account_is_provisional(twin));
    ck_assert_str_eq(account_info(twin)->code, "E121");
    ck_assert_int_eq(account_info(twin)->account, ACCOUNT_E121);
}
END_TEST

START_TEST(an_unused_slot_is_nothing)
{
    static const unsigned unused[] = {0, 15, 19, 31, 39, 56, 63, 64, 1000};
    for (size_t i = 0; i < COUNT_OF(unused); i++) {
        ck_assert_ptr_null(account_info(unused[i]));
        ck_assert(!account_is_provisional(unused[i]));
    }
}
END_TEST

START_TEST(a_line_is_found_by_its_code)
{
    ck_assert_ptr_eq(account_by_code("E11"), account_info(ACCOUNT_E11));
    ck_assert_ptr_eq(account_by_code("S4"), account_info(ACCOUNT_S4));
    ck_assert_ptr_null(account_by_code("E1"));
    ck_assert_ptr_null(account_by_code(""));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("account");
    TCase *t = tcase_create("account");
    tcase_add_test(t, the_lines_of_fengnan_2024_add_up_as_printed);
    tcase_add_test(t, provisional_amounts_are_part_of_expenditure);
    tcase_add_test(t, the_memo_pair_and_what_is_owed_are_neither_income_nor_expenditure);
    tcase_add_test(t, what_moved_is_every_line_by_its_magnitude_with_its_twin);
    tcase_add_test(t, the_chart_is_in_the_order_of_the_form_and_without_twins);
    tcase_add_test(t, a_twin_is_seen_as_its_line);
    tcase_add_test(t, an_unused_slot_is_nothing);
    tcase_add_test(t, a_line_is_found_by_its_code);
    suite_add_tcase(s, t);
    return s;
}
