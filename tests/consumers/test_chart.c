#include <stdlib.h>
#include <string.h>

#include "consumers/chart.h"
#include "fund/amount.h"
#include "tests/suite.h"

#define WAN(n) ((int64_t)(n) * FEN_PER_WAN)

static struct chart chart_of(int64_t from, int64_t to)
{
    struct chart chart = { .id = "x", .title = "t", .desc = "d", .unit = "u" };
    chart_hold(&chart, from);
    chart_hold(&chart, to);
    return chart;
}

static char *drawn(struct chart *chart, const struct series *line, const struct series *bars)
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    chart_begin(chart, to);
    if (line != NULL)
        chart_line(chart, line, to);
    if (bars != NULL)
        chart_bars(chart, bars, 1, 2, to);
    chart_end(to);
    fclose(to);
    return text;
}

static void expect_in(char *text, const char *expected)
{
    ck_assert_msg(strstr(text, expected) != NULL, "\"%s\" is not in\n%.1500s", expected, text);
}

static const struct { int64_t from, to, step; const char *top, *bottom; } axes[] = {
    { 0, WAN(26590), WAN(10000), ">30,000<", ">0<" },
    { 0, WAN(30000), WAN(10000), ">30,000<", ">0<" },
    { WAN(-3), WAN(7), WAN(2), ">8<", ">-4<" },
    { WAN(-9), 0, WAN(2), ">0<", ">-10<" },
    { 0, WAN(1), FEN_PER_WAN / 5, ">1.00<", ">0.20<" },
    { 0, 0, 1, ">0.00<", ">0.00<" },
    { 0, INT64_C(1) << 62, INT64_C(1000000000000000000), ">5,000,000,000,000<", ">0<" },
};

START_TEST(the_grid_has_round_figures_around_what_is_drawn)
{
    struct chart chart = chart_of(axes[_i].from, axes[_i].to);
    char *text = drawn(&chart, NULL, NULL);
    ck_assert_int_eq(chart.step, axes[_i].step);
    expect_in(text, axes[_i].top);
    expect_in(text, axes[_i].bottom);
    free(text);
}
END_TEST

START_TEST(a_line_goes_from_the_foot_to_the_top_at_its_months)
{
    struct chart chart = chart_of(0, WAN(10));
    struct series line = { .class = "c", .first = 10, .count = 2, .values = { 0, WAN(10) },
                           .names = { "<1>", "<2>" } };
    char *text = drawn(&chart, &line, NULL);
    expect_in(text, "<polyline class=\"c\" points=\"1252,464 1357,56\"/>");
    expect_in(text, "cx=\"1357\" cy=\"56\" r=\"7\"><title>&lt;2&gt;</title>");
    free(text);
}
END_TEST

START_TEST(a_negative_bar_hangs_from_the_line_of_zero)
{
    struct chart chart = chart_of(WAN(-10), WAN(10));
    struct series bars = { .class = "c", .count = 3, .values = { WAN(10), WAN(-10), 0 } };
    char *text = drawn(&chart, NULL, &bars);
    expect_in(text, "y=\"56\" width=\"37\" height=\"204\"");
    expect_in(text, "y=\"260\" width=\"37\" height=\"204\"");
    ck_assert_ptr_null(strstr(text, "height=\"0\""));
    free(text);
}
END_TEST

START_TEST(an_empty_series_draws_nothing)
{
    struct chart chart = chart_of(0, 0);
    struct series none = { .class = "c" };
    char *text = drawn(&chart, &none, &none);
    ck_assert_ptr_null(strstr(text, "class=\"c\""));
    ck_assert(!series_any(&none));
    free(text);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("chart");
    TCase *t = tcase_create("chart");
    tcase_add_loop_test(t, the_grid_has_round_figures_around_what_is_drawn, 0, sizeof axes / sizeof axes[0]);
    tcase_add_test(t, a_line_goes_from_the_foot_to_the_top_at_its_months);
    tcase_add_test(t, a_negative_bar_hangs_from_the_line_of_zero);
    tcase_add_test(t, an_empty_series_draws_nothing);
    suite_add_tcase(s, t);
    return s;
}
