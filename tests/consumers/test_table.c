#include <stdlib.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/table.h"
#include "tests/suite.h"

static const struct width_case {
    const char *text;
    unsigned width;
} width_cases[] = {
    { "", 0 }, { "abc", 3 }, { "住院", 4 }, { "县（区）", 8 }, { "e\xcc\x81", 1 }, { "÷", 1 }, { "\xff\xfe", 2 },
};

START_TEST(a_chinese_character_is_two_columns_wide)
{
    ck_assert_uint_eq(text_width(width_cases[_i].text), width_cases[_i].width);
}
END_TEST

typedef int table_printer(const struct table *table, FILE *to);

static int print_text(const struct table *table, FILE *to)
{
    return table_print(table, to, 2);
}

static void expect(struct table *table, table_printer *print, const char *expected)
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    ck_assert_int_eq(print(table, to), 0);
    fclose(to);
    ck_assert_str_eq(text, expected);
    free(text);
    table_free(&table);
}

START_TEST(columns_stand_straight_and_lines_end_without_blanks)
{
    struct table *table = table_new("lrl");
    TABLE_ROW(table, "项目", "金额", "");
    table_rule(table);
    TABLE_ROW(table, "住院支出", "1.00", NULL);
    TABLE_ROW(table, "x", "12,345.00", "y");
    expect(table, print_text,
           "  项目           金额\n"
           "  ──────────────────────\n"
           "  住院支出       1.00\n"
           "  x         12,345.00  y\n");
}
END_TEST

static const struct csv_case {
    const char *cell, *expected;
} csv_cases[] = {
    { "plain", "plain,2\r\n" },
    { "", ",2\r\n" },
    { "a,b", "\"a,b\",2\r\n" },
    { "say \"x\"", "\"say \"\"x\"\"\",2\r\n" },
    { "two\nlines", "\"two\nlines\",2\r\n" },
    { "医保", "医保,2\r\n" },
};

START_TEST(csv_quotes_what_rfc_4180_says)
{
    struct table *table = table_new("ll");
    TABLE_ROW(table, csv_cases[_i].cell, "2");
    table_rule(table);
    expect(table, table_print_csv, csv_cases[_i].expected);
}
END_TEST

static const struct value_case {
    enum rule rule;
    struct indicator indicator;
    const char *expected;
} value_cases[] = {
    { RULE_RUNWAY, { COMPUTABLE, { 2659015, 3756324, 12 } }, "8.49 months" },
    { RULE_COVERAGE, { COMPUTABLE, { 68477, 70309, 1 } }, "97.39 %" },
    { RULE_COVERAGE, { COMPUTABLE, { 99995, 100000, 1 } }, "100.00 %" },
    { RULE_DEFICIT, { COMPUTABLE, { -321, 10000, 1 } }, "-3.21 %" },
    { RULE_QUIET, { COMPUTABLE, { 12, 1, 1 } }, "12 days" },
};

START_TEST(a_value_is_shown_in_the_unit_of_its_rule)
{
    char text[FIGURE_MAX];
    ck_assert_str_eq(figure_value(value_cases[_i].rule, value_cases[_i].indicator, text),
                     value_cases[_i].expected);
}
END_TEST

START_TEST(money_is_rounded_in_text_and_exact_in_csv)
{
    char text[FIGURE_MAX];
    ck_assert_str_eq(figure_wan(26590154999, text), "26,590.15");
    ck_assert_str_eq(figure_wan(26590155000, text), "26,590.16");
    ck_assert_str_eq(figure_wan(-5000, text), "-0.01");
    ck_assert_str_eq(figure_yuan(26590154999, text), "265901549.99");
    ck_assert_str_eq(figure_yuan(INT64_MIN, text), "-92233720368547758.08");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("table");
    TCase *t = tcase_create("table");
    tcase_add_loop_test(t, a_chinese_character_is_two_columns_wide, 0,
                        sizeof width_cases / sizeof width_cases[0]);
    tcase_add_test(t, columns_stand_straight_and_lines_end_without_blanks);
    tcase_add_loop_test(t, csv_quotes_what_rfc_4180_says, 0, sizeof csv_cases / sizeof csv_cases[0]);
    tcase_add_loop_test(t, a_value_is_shown_in_the_unit_of_its_rule, 0,
                        sizeof value_cases / sizeof value_cases[0]);
    tcase_add_test(t, money_is_rounded_in_text_and_exact_in_csv);
    suite_add_tcase(s, t);
    return s;
}
