#include "fund/ratio.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static const struct {
    int64_t num, den;
    int32_t mul;
    int decimals;
    const char *text;
} shown[] = {
    {2659015, 3756324, 12, 2, "8.49"},      /* Fengnan 2024 */
    {2659015, 3756324, 12, 4, "8.4945"},
    {68477, 70309, 100, 2, "97.39"},        /* Zhanjiang 2022 */
    {68477, 86557, 100, 2, "79.11"},
    {1, 2, 1, 0, "1"},                      /* half up */
    {-1, 2, 1, 0, "0"},                     /* towards +infinity */
    {-3, 2, 1, 0, "-1"},
    {-2, 3, 1, 0, "-1"},
    {5, 1000, 1, 2, "0.01"},
    {-5, 1000, 1, 2, "0.00"},
    {-6, 1000, 1, 2, "-0.01"},
    {-1, 3, 1, 6, "-0.333333"},
    {0, 7, 12, 2, "0.00"},
    {INT64_MAX, 1, 1, 0, "9223372036854775807"},
    {INT64_MIN, 1, 1, 0, "-9223372036854775808"},
    {INT64_MAX, 1, 1200, 6, "9223372036854.775807"},    /* clamped */
    {INT64_MIN, 1, 1200, 6, "-9223372036854.775808"},
};

START_TEST(a_ratio_shows_rounded_half_up)
{
    char text[RATIO_TEXT_MAX];
    struct ratio r = {shown[_i].num, shown[_i].den, shown[_i].mul};
    ck_assert_str_eq(ratio_format(r, shown[_i].decimals, text), shown[_i].text);
}
END_TEST

START_TEST(a_ratio_on_its_limit_is_neither_below_nor_above_it)
{
    static const int64_t months[] = {3, 6, 9, 15};
    int64_t yearly = wan("37563.24").fen;
    for (size_t i = 0; i < COUNT_OF(months); i++) {
        int64_t balance = yearly / 12 * months[i];
        struct ratio exact = {balance, yearly / 12 * 12, 12};
        struct ratio below = {balance - 1, yearly / 12 * 12, 12};
        struct ratio above = {balance + 1, yearly / 12 * 12, 12};
        ck_assert_int_eq(ratio_compare(exact, months[i] * E4), 0);
        ck_assert_int_lt(ratio_compare(below, months[i] * E4), 0);
        ck_assert_int_gt(ratio_compare(above, months[i] * E4), 0);
    }
}
END_TEST

START_TEST(a_fen_decides_where_a_double_cannot)
{
    struct ratio r = {INT64_MAX - 1, INT64_MAX, 1};
    ck_assert_int_lt(ratio_compare(r, E4), 0);
    ck_assert_int_eq(ratio_compare((struct ratio){INT64_MAX, INT64_MAX, 1}, E4), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("ratio");
    TCase *t = tcase_create("ratio");
    tcase_add_loop_test(t, a_ratio_shows_rounded_half_up, 0, COUNT_OF(shown));
    tcase_add_test(t, a_ratio_on_its_limit_is_neither_below_nor_above_it);
    tcase_add_test(t, a_fen_decides_where_a_double_cannot);
    suite_add_tcase(s, t);
    return s;
}
