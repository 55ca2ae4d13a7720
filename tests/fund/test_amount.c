#include <errno.h>
#include <limits.h>

#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static const struct {
    const char *text;
    enum amount_unit unit;
    int64_t fen;
} readable[] = {
    {"14021.71", UNIT_WAN, 14021710000},
    {"-3,188.742", UNIT_WAN, -3188742000},
    {"26590.15", UNIT_WAN, 26590150000},
    {"26,590,150.00", UNIT_YUAN, 2659015000},
    {"0", UNIT_FEN, 0},
    {"-0", UNIT_FEN, 0},
    {"+140", UNIT_YUAN, 14000},
    {"0.000001", UNIT_WAN, 1},
    {"010", UNIT_FEN, 10},
    {"000000000000000000000000000000000000000000007", UNIT_FEN, 7},
    {"9223372036854775807", UNIT_FEN, INT64_MAX},
    {"-9223372036854775808", UNIT_FEN, INT64_MIN},
    {"-9,223,372,036,854.775808", UNIT_WAN, INT64_MIN},
    {"92,233,720,368,547,758.07", UNIT_YUAN, INT64_MAX},
};

START_TEST(a_printed_figure_is_read_exactly)
{
    struct amount a;
    ck_assert_int_eq(amount_parse(readable[_i].text, readable[_i].unit, &a), 0);
    ck_assert_int_eq(a.fen, readable[_i].fen);
}
END_TEST

static const struct {
    const char *text;
    enum amount_unit unit;
    int error;
} unreadable[] = {
    {"", UNIT_FEN, -EINVAL},            {"-", UNIT_FEN, -EINVAL},
    {"+-1", UNIT_FEN, -EINVAL},         {"--1", UNIT_FEN, -EINVAL},
    {" 1", UNIT_FEN, -EINVAL},          {"1 ", UNIT_FEN, -EINVAL},
    {"1e3", UNIT_FEN, -EINVAL},         {"0x1", UNIT_FEN, -EINVAL},
    {"1.0", UNIT_FEN, -EINVAL},         {"1.", UNIT_YUAN, -EINVAL},
    {".5", UNIT_YUAN, -EINVAL},         {"1.001", UNIT_YUAN, -EINVAL},
    {"1.0000001", UNIT_WAN, -EINVAL},   {"1.5.5", UNIT_WAN, -EINVAL},
    {",123", UNIT_YUAN, -EINVAL},       {"1,23", UNIT_YUAN, -EINVAL},
    {"1,2345", UNIT_YUAN, -EINVAL},     {"1234,567", UNIT_YUAN, -EINVAL},
    {"1,,234", UNIT_YUAN, -EINVAL},     {"1,234,", UNIT_YUAN, -EINVAL},
    {"1,234567", UNIT_YUAN, -EINVAL},   {"1.234,5", UNIT_WAN, -EINVAL},
    {"nan", UNIT_YUAN, -EINVAL},        {"12万元", UNIT_WAN, -EINVAL},
    {"9223372036854775808", UNIT_FEN, -ERANGE},
    {"-9223372036854775809", UNIT_FEN, -ERANGE},
    {"92233720368547758.08", UNIT_YUAN, -ERANGE},
    {"9223372036854.775808", UNIT_WAN, -ERANGE},
    {"340282366920938463463374607431768211457", UNIT_FEN, -ERANGE},    /* 2^128 + 1 */
    {"99999999999999999999999999999999999999999999999999", UNIT_WAN, -ERANGE},
    {"99999999999999999999999999999999999999999999999999x", UNIT_WAN, -EINVAL},
};

START_TEST(what_is_no_figure_is_refused_and_writes_nothing)
{
    struct amount a = {42};
    ck_assert_int_eq(amount_parse(unreadable[_i].text, unreadable[_i].unit, &a),
                     unreadable[_i].error);
    ck_assert_int_eq(a.fen, 42);
}
END_TEST

static const struct {
    int64_t fen;
    enum amount_unit unit;
    int decimals;
    bool grouped;
    const char *text;
} printed[] = {
    {26590150000, UNIT_WAN, 2, false, "26590.15"},
    {26590150000, UNIT_WAN, 2, true, "26,590.15"},
    {3188742000, UNIT_WAN, 3, true, "3,188.742"},
    {3188742000, UNIT_WAN, 0, false, "3189"},
    {14000, UNIT_YUAN, 2, false, "140.00"},
    {14000, UNIT_YUAN, 4, false, "140.0000"},
    {5, UNIT_YUAN, 1, false, "0.1"},            /* half away from zero */
    {-5, UNIT_YUAN, 1, false, "-0.1"},
    {4, UNIT_YUAN, 1, false, "0.0"},
    {-4, UNIT_YUAN, 1, false, "0.0"},           /* no minus before nothing */
    {0, UNIT_WAN, 0, true, "0"},
    {999999, UNIT_WAN, 0, true, "1"},
    {99999950, UNIT_YUAN, 0, true, "1,000,000"},
    {100000, UNIT_FEN, 0, true, "100,000"},
    {-100000, UNIT_FEN, 0, true, "-100,000"},
    {INT64_MIN, UNIT_FEN, 6, true, "-9,223,372,036,854,775,808.000000"},
    {INT64_MAX, UNIT_WAN, 6, false, "9223372036854.775807"},
    {INT64_MIN, UNIT_WAN, 0, false, "-9223372036855"},
};

START_TEST(an_amount_prints_rounded_half_away_from_zero)
{
    char text[AMOUNT_TEXT_MAX];
    ck_assert_str_eq(amount_format(fen(printed[_i].fen), printed[_i].unit, printed[_i].decimals,
                                   printed[_i].grouped, text), printed[_i].text);
}
END_TEST

START_TEST(printing_and_reading_gives_the_same_amount)
{
    static const int64_t values[] = {0, 1, -1, 99, 100, 101, 999999, 1000000, -123456789,
                                     AMOUNT_EVENT_MAX, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    static const struct { enum amount_unit unit; int decimals; } forms[] = {
        {UNIT_FEN, 0}, {UNIT_YUAN, 2}, {UNIT_WAN, 6},
    };
    char text[AMOUNT_TEXT_MAX];
    for (size_t v = 0; v < COUNT_OF(values); v++) {
        for (size_t f = 0; f < COUNT_OF(forms); f++) {
            struct amount back;
            amount_format(fen(values[v]), forms[f].unit, forms[f].decimals, f % 2, text);
            ck_assert_int_eq(amount_parse(text, forms[f].unit, &back), 0);
            ck_assert_int_eq(back.fen, values[v]);
        }
    }
}
END_TEST

START_TEST(a_sum_that_overflows_is_refused_and_writes_nothing)
{
    struct amount sum = {42};
    ck_assert(!amount_add(fen(INT64_MAX), fen(1), &sum));
    ck_assert(!amount_sub(fen(INT64_MIN), fen(1), &sum));
    ck_assert(!amount_negate(fen(INT64_MIN), &sum));
    ck_assert_int_eq(sum.fen, 42);
}
END_TEST

START_TEST(last_years_balance_and_the_surplus_are_this_years_balance)
{
    struct amount balance;
    ck_assert(amount_add(wan("24733.04"), wan("1857.11"), &balance));
    ck_assert_int_eq(balance.fen, wan("26590.15").fen);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("amount");
    TCase *t = tcase_create("amount");
    tcase_add_loop_test(t, a_printed_figure_is_read_exactly, 0, COUNT_OF(readable));
    tcase_add_loop_test(t, what_is_no_figure_is_refused_and_writes_nothing, 0,
                        COUNT_OF(unreadable));
    tcase_add_loop_test(t, an_amount_prints_rounded_half_away_from_zero, 0, COUNT_OF(printed));
    tcase_add_test(t, printing_and_reading_gives_the_same_amount);
    tcase_add_test(t, a_sum_that_overflows_is_refused_and_writes_nothing);
    tcase_add_test(t, last_years_balance_and_the_surplus_are_this_years_balance);
    suite_add_tcase(s, t);
    return s;
}
