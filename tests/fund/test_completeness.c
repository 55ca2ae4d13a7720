/* How much of what was expected of sources has come. */
#include "fund/completeness.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct calendar tax(void)
{
    struct calendar c = {.rhythm = CALENDAR_MONTHLY, .day = 15, .weekends_off = true};
    c.exceptions[c.exception_count++] = (struct calendar_exception){day(20240210), day(20240217), false};
    c.exceptions[c.exception_count++] = (struct calendar_exception){day(20240218), day(20240218), true};
    return c;
}
static struct calendar hospital(void) { return (struct calendar){.rhythm = CALENDAR_DAILY}; }
static struct calendar clinic(void)
{
    struct calendar c = tax();
    c.rhythm = CALENDAR_DAILY;
    c.day = 0;
    return c;
}

static struct day_set days_of(date_day first, const int32_t *ymd, size_t max)
{
    struct day_set set = {.first = first};
    for (size_t i = 0; i < max && ymd[i] != 0; i++)
        day_set_add(&set, day(ymd[i]));
    return set;
}

static const struct {
    struct calendar (*calendar)(void);
    unsigned grace;
    int32_t as_of, since;
    int32_t reported[6];
    uint32_t month_expected, month_came, year_expected, year_came, missed;
} rows[] = {
    {tax, 0, 20240331, 20230101, {20240112, 20240218, 20240315}, 1, 1, 12, 3, 0},
    {tax, 0, 20240331, 20240101, {20240112, 20240315}, 1, 1, 3, 2, 0},
    {tax, 0, 20240331, 20240101, {20231215}, 1, 0, 3, 0, 3},        /* that was December's */
    {tax, 0, 20240331, 20240101, {20231216}, 1, 0, 3, 1, 2},
    {tax, 0, 20240331, 20240101, {20240101, 20240102, 20240103}, 1, 0, 3, 1, 2},
    {tax, 0, 20240331, 20240101, {20240116, 20240320}, 1, 0, 3, 1, 0},  /* early for April: not silent */
    {tax, 0, 20240331, 20240101, {0}, 1, 0, 3, 0, 3},
    {tax, 0, 20240331, 20240316, {0}, 0, 0, 0, 0, 0},   /* nothing was expected yet */
    {tax, 0, 20240331, 20240315, {0}, 1, 0, 1, 0, 1},
    {tax, 0, 20240217, 20240101, {20240110}, 1, 1, 1, 1, 0},        /* none in that month: January's */
    {tax, 0, 20240218, 20240101, {20240110}, 1, 0, 2, 1, 1},
    {tax, 3, 20240220, 20240101, {20240110}, 1, 1, 1, 1, 0},        /* it may come until the 21st */
    {tax, 3, 20240221, 20240101, {20240110}, 1, 0, 2, 1, 1},
    {tax, 3, 20240221, 20240101, {20240219}, 1, 0, 2, 0, 0},
    {hospital, 0, 20240305, 20240301, {20240228, 20240301, 20240303, 20240305}, 5, 3, 5, 3, 0},
    {hospital, 0, 20240305, 20240301, {20240301, 20240302}, 5, 2, 5, 2, 3},
    {hospital, 1, 20240305, 20240301, {20240301, 20240302}, 4, 2, 4, 2, 2},
    {hospital, 1, 20240305, 20240304, {20240305}, 1, 0, 1, 0, 0},   /* the last day, and no other */
    {hospital, 0, 20240331, 20200101, {20240301, 20240331}, 31, 2, 366, 2, 0},
    {hospital, 0, 20240330, 20200101, {20240229, 20240301, 20240330}, 30, 2, 366, 3, 0},
    {hospital, 0, 20230228, 20200101, {20230201, 20230131, 20220301}, 28, 1, 365, 3, 27},
    {clinic, 0, 20240219, 20240209, {20240212, 20240219}, 3, 2, 3, 2, 0},   /* in the festival */
};

START_TEST(a_report_answers_the_next_expected_day)
{
    struct calendar calendar = rows[_i].calendar();
    struct expected_days days;
    expected_days_find(&calendar, rows[_i].grace, day(rows[_i].as_of), COMPLETENESS_YEAR, &days);
    struct day_set reported = days_of(days.before + 1, rows[_i].reported, COUNT_OF(rows[0].reported));
    struct completeness c = completeness_of(&days, day(rows[_i].since), &reported);
    ck_assert_uint_eq(c.of[COMPLETENESS_MONTH].expected, rows[_i].month_expected);
    ck_assert_uint_eq(c.of[COMPLETENESS_MONTH].came, rows[_i].month_came);
    ck_assert_uint_eq(c.of[COMPLETENESS_YEAR].expected, rows[_i].year_expected);
    ck_assert_uint_eq(c.of[COMPLETENESS_YEAR].came, rows[_i].year_came);
    ck_assert_uint_eq(c.missed, rows[_i].missed);
}
END_TEST

START_TEST(the_month_alone_is_the_same_as_within_the_year)
{
    struct calendar calendar = rows[_i].calendar();
    struct expected_days month;
    expected_days_find(&calendar, rows[_i].grace, day(rows[_i].as_of), COMPLETENESS_MONTH, &month);
    struct day_set reported = days_of(month.before + 1, rows[_i].reported, COUNT_OF(rows[0].reported));
    struct completeness c = completeness_of(&month, day(rows[_i].since), &reported);
    ck_assert_uint_eq(c.of[COMPLETENESS_MONTH].expected, rows[_i].month_expected);
    ck_assert_uint_eq(c.of[COMPLETENESS_MONTH].came, rows[_i].month_came);
    ck_assert_int_eq(c.missed > 0, rows[_i].missed > 0);
}
END_TEST

START_TEST(every_source_weighs_the_same)
{
    char text[RATIO_TEXT_MAX];
    struct completeness_sum sum = {0}, both = {0};
    ck_assert_int_eq(ratio_compare(completeness_ratio(sum), 0), 0);
    struct completeness daily = {.of = {{30, 29}, {0, 0}}}, silent = {.of = {{1, 0}, {0, 0}}, .missed = 1};
    struct completeness third = {.of = {{3, 1}, {0, 0}}}, not_expected = {.missed = 1};
    completeness_add(&sum, &daily, COMPLETENESS_MONTH);
    completeness_add(&sum, &silent, COMPLETENESS_MONTH);
    completeness_add(&sum, &third, COMPLETENESS_MONTH);
    completeness_add(&sum, &not_expected, COMPLETENESS_MONTH);
    ck_assert_uint_eq(sum.sources, 3);
    ck_assert_uint_eq(sum.silent, 1);
    ck_assert_str_eq(ratio_format(completeness_ratio(sum), 4, text), "0.4333");
    completeness_add_sum(&both, sum);
    completeness_add_sum(&both, (struct completeness_sum){1, 0, 10000});
    ck_assert_uint_eq(both.sources, 4);
    ck_assert_uint_eq(both.silent, 1);
    ck_assert_str_eq(ratio_format(completeness_ratio(both), 4, text), "0.5750");
}
END_TEST

START_TEST(a_set_of_days_has_those_that_were_added)
{
    date_day first = day(20240101);
    struct day_set set = {.first = first};
    ck_assert_int_eq(day_set_last(&set), DATE_NONE);
    ck_assert(!day_set_any(&set, first, first + DAY_SET_DAYS));
    day_set_add(&set, first - 1);
    day_set_add(&set, first + DAY_SET_DAYS);
    ck_assert_int_eq(day_set_last(&set), DATE_NONE);
    for (int at = 0; at < DAY_SET_DAYS; at += 63) {
        struct day_set one = {.first = first};
        day_set_add(&one, first + at);
        ck_assert_int_eq(day_set_last(&one), first + at);
        ck_assert(day_set_any(&one, first + at, first + at));
        ck_assert(day_set_any(&one, first - 100, first + 1000));
        ck_assert(!day_set_any(&one, first, first + at - 1));
        ck_assert(!day_set_any(&one, first + at + 1, first + 1000));
        ck_assert(!day_set_any(&one, first + at, first + at - 1));
    }
}
END_TEST

START_TEST(a_month_is_added_as_its_days_are)
{
    date_day first = day(20240115);
    for (int32_t at = -40; at < DAY_SET_DAYS + 5; at++) {
        struct day_set whole = {.first = first}, single = {.first = first};
        uint32_t days = 0x40f00005;
        day_set_add_month(&whole, first + at, days);
        for (int bit = 0; bit < 31; bit++)
            if (days >> bit & 1)
                day_set_add(&single, first + at + bit);
        ck_assert_mem_eq(&whole, &single, sizeof whole);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("completeness");
    TCase *t = tcase_create("completeness");
    tcase_add_loop_test(t, a_report_answers_the_next_expected_day, 0, COUNT_OF(rows));
    tcase_add_loop_test(t, the_month_alone_is_the_same_as_within_the_year, 0, COUNT_OF(rows));
    tcase_add_test(t, every_source_weighs_the_same);
    tcase_add_test(t, a_set_of_days_has_those_that_were_added);
    tcase_add_test(t, a_month_is_added_as_its_days_are);
    suite_add_tcase(s, t);
    return s;
}
