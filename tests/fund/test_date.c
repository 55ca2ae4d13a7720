#include <errno.h>

#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static int days_in(int year, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return m == 2 && leap ? 29 : days[m - 1];
}

/* The calendar, counted one day after the other from a known day. */
START_TEST(every_day_from_1990_to_2199_is_one_after_the_day_before)
{
    date_day expected = 7305;           /* 1990-01-01: 20 years, 5 of them leap */
    for (int y = DATE_YEAR_MIN; y <= DATE_YEAR_MAX; y++) {
        for (int m = 1; m <= 12; m++) {
            ck_assert_int_eq(date_month_first(y * 12 + m - 1), expected);
            for (int d = 1; d <= days_in(y, m); d++, expected++) {
                date_day got;
                int year, mon, dom;
                if (!date_from_civil(y, m, d, &got) || got != expected)
                    ck_abort_msg("%d-%d-%d is day %d", y, m, d, got);
                date_to_civil(expected, &year, &mon, &dom);
                if (year != y || mon != m || dom != d)
                    ck_abort_msg("day %d is %d-%d-%d", expected, year, mon, dom);
            }
            ck_assert_int_eq(date_month_last(y * 12 + m - 1), expected - 1);
        }
    }
}
END_TEST

START_TEST(any_number_is_some_day_and_days_follow_each_other)
{
    static const int32_t starts[] = {DATE_NONE, -719529, -146098, -1, 10956, 157053,
                                     INT32_MAX - 800};
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        int y, m, d, y2, m2, d2;
        date_to_civil(starts[i], &y, &m, &d);
        for (int n = 1; n < 800; n++) {
            date_to_civil(starts[i] + n, &y2, &m2, &d2);
            bool follows = (y2 == y && m2 == m && d2 == d + 1) ||
                           (y2 == y && m2 == m + 1 && d2 == 1) ||
                           (y2 == y + 1 && m == 12 && m2 == 1 && d == 31 && d2 == 1);
            ck_assert(follows);
            y = y2, m = m2, d = d2;
        }
    }
}
END_TEST

static const int64_t no_days[] = {
    0, -20241231, 20240000, 20241300, 20240100, 20240132, 20230229, 21000229, 20240431, 19891231,
    22000101, 2024123, 202412310, INT64_MAX, INT64_MIN, INT64_C(20241231) + (INT64_C(1) << 32),
};

START_TEST(a_day_that_does_not_exist_is_refused)
{
    date_day d = 42;
    ck_assert(!date_from_ymd(no_days[_i], &d));
    ck_assert_int_eq(d, 42);
}
END_TEST

START_TEST(a_month_that_does_not_exist_is_refused)
{
    static const int64_t no_months[] = {0, 202400, 202413, 198912, 220001, -202412, 20241231,
                                        INT64_MAX, INT64_MIN};
    date_month m = 42;
    for (size_t i = 0; i < COUNT_OF(no_months); i++)
        ck_assert(!date_month_from_ym(no_months[i], &m));
    ck_assert_int_eq(m, 42);
}
END_TEST

START_TEST(numbers_of_days_and_months_read_back)
{
    ck_assert_int_eq(date_to_ymd(day(20240229)), 20240229);
    ck_assert_int_eq(date_month_to_ym(month(202412)), 202412);
    ck_assert_int_eq(date_month_of(day(20241231)), month(202412));
    ck_assert_int_eq(date_year(day(20241231)), 2024);
    ck_assert_int_eq(date_year_before(day(20241231)), day(20231231));
    ck_assert_int_eq(date_year_before(day(20250101)), day(20241231));
    ck_assert_int_eq(day(19900101) - 7305, 0);
    ck_assert_int_eq(date_to_ymd(-1), 0);
    ck_assert_int_eq(date_to_ymd(day(21991231) + 1), 0);
}
END_TEST

START_TEST(a_month_ends_on_its_last_day)
{
    ck_assert_int_eq(date_month_ended_by(day(20241231)), month(202412));
    ck_assert_int_eq(date_month_ended_by(day(20241230)), month(202411));
    ck_assert_int_eq(date_month_ended_by(day(20240229)), month(202402));
    ck_assert_int_eq(date_month_ended_by(day(20240228)), month(202401));
    ck_assert_int_eq(date_month_ended_by(day(20230228)), month(202302));
    ck_assert_int_eq(date_month_ended_by(day(20240101)), month(202312));
}
END_TEST

static const char *const dates[] = {
    "2024-12-31", "20241231", "2024/12/31", "2024-12-31 23:59", "2024-12-31T23:59:59",
    "20241231 00:00:00.0", "2024/12/31 08:30:00.123", "2024-12-31 08:30:00.123456789",
};

START_TEST(the_same_day_some_months_earlier_keeps_to_the_ends_of_months)
{
    static const struct { int32_t day; unsigned months; int32_t earlier; } rows[] = {
        {20241115, 3, 20240815}, {20241231, 12, 20231231}, {20240229, 12, 20230228},
        {20230228, 12, 20220228}, {20250228, 12, 20240229}, {20240331, 1, 20240229},
        {20240330, 1, 20240229}, {20240430, 1, 20240331}, {20240115, 1, 20231215},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_int_eq(date_to_ymd(date_months_before(day(rows[i].day), rows[i].months)),
                         rows[i].earlier);
}
END_TEST

START_TEST(a_date_is_read_and_its_time_of_day_dropped)
{
    date_day d;
    ck_assert_int_eq(date_parse(dates[_i], &d), 0);
    ck_assert_int_eq(d, day(20241231));
}
END_TEST

static const char *const not_dates[] = {
    "", "2024", "2024-12", "2024-12-3", "2024-1-05", "2024-12/31", "2024/12-31", "202412-31",
    "2024-1231", "2024.12.31", "2024-12-32", "2023-02-29", "2024-12-31x", "2024-12-31 ",
    "2024-12-31T", "2024-12-31  08:00", "2024-12-31 8:00", "2024-12-31 24:00",
    "2024-12-31 08:60", "2024-12-31 08:00:60", "2024-12-31 08:00:", "2024-12-31 08:00:00.",
    "2024-12-31 08:00:00.1234567890", "2024-12-31 08:00:00Z", " 2024-12-31", "-2024-12-31",
    "2024-12-31 08:00.5", "2024-12-31 0800", "2024-12-31 08:x0", "1989-12-31", "2200-01-01", "2024-11-2:",
    "2024-11-2/", "2024-12-31 0::00",
};

START_TEST(what_is_no_date_is_refused_and_writes_nothing)
{
    date_day d = 42;
    ck_assert_int_eq(date_parse(not_dates[_i], &d), -EINVAL);
    ck_assert_int_eq(d, 42);
}
END_TEST

START_TEST(a_date_prints_as_it_is_read)
{
    char text[DATE_TEXT_MAX];
    ck_assert_str_eq(date_format(day(20240229), text), "2024-02-29");
    ck_assert_str_eq(date_format(DATE_NONE, text), "-");
    ck_assert_str_eq(date_format(DATE_NONE + 1, text), "-5877641-06-24");
}
END_TEST

START_TEST(the_day_in_shanghai_begins_at_16_hours_of_greenwich)
{
    int64_t midnight = (int64_t)day(20250101) * 86400 - 8 * 3600;
    ck_assert_int_eq(date_of_unix(midnight), day(20250101));
    ck_assert_int_eq(date_of_unix(midnight - 1), day(20241231));
    ck_assert_int_eq(date_of_unix(0), 0);
    ck_assert_int_eq(date_of_unix(-8 * 3600), 0);
    ck_assert_int_eq(date_of_unix(-8 * 3600 - 1), -1);
    ck_assert_int_eq(date_of_unix(-86400 - 8 * 3600 - 1), -2);
    ck_assert_int_eq(date_of_unix(INT64_MAX), INT32_MAX);
    ck_assert_int_eq(date_of_unix(INT64_MIN), DATE_NONE + 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("date");
    TCase *t = tcase_create("date");
    tcase_add_test(t, every_day_from_1990_to_2199_is_one_after_the_day_before);
    tcase_add_test(t, any_number_is_some_day_and_days_follow_each_other);
    tcase_add_loop_test(t, a_day_that_does_not_exist_is_refused, 0, COUNT_OF(no_days));
    tcase_add_test(t, a_month_that_does_not_exist_is_refused);
    tcase_add_test(t, numbers_of_days_and_months_read_back);
    tcase_add_test(t, a_month_ends_on_its_last_day);
    tcase_add_test(t, the_same_day_some_months_earlier_keeps_to_the_ends_of_months);
    tcase_add_loop_test(t, a_date_is_read_and_its_time_of_day_dropped, 0, COUNT_OF(dates));
    tcase_add_loop_test(t, what_is_no_date_is_refused_and_writes_nothing, 0, COUNT_OF(not_dates));
    tcase_add_test(t, a_date_prints_as_it_is_read);
    tcase_add_test(t, the_day_in_shanghai_begins_at_16_hours_of_greenwich);
    suite_add_tcase(s, t);
    return s;
}
