/* date - the Gregorian calendar, counted in cycles of 400 years from 2000.
 *
 * A cycle has 146,097 days and begins with a leap year, so everything inside one
 * is arithmetic on non-negative numbers. */
#include "fund/date.h"

#include <errno.h>
#include <stdio.h>

#define CYCLE_YEARS     400
#define CYCLE_DAYS      146097
#define DAY_OF_2000     10957   /* 2000-01-01 */
#define SECONDS_PER_DAY 86400
#define SHANGHAI_OFFSET (8 * 3600)

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of a year before the first of `month` (1 to 13). */
static int days_before_month(int year, int month)
{
    static const int16_t before[] = {
        0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365,
    };
    return before[month - 1] + (month > 2 && is_leap(year));
}

/* Days of a cycle before its year `index` (0 to 400). */
static int days_before_year(int index)
{
    return index * 365 + (index + 3) / 4 - (index + 99) / 100 + (index + 399) / 400;
}

static int floor_divide(int dividend, int divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

static date_day day_of(int year, int month, int dom)
{
    int cycle = floor_divide(year - 2000, CYCLE_YEARS);
    int index = year - 2000 - cycle * CYCLE_YEARS;
    return DAY_OF_2000 + cycle * CYCLE_DAYS + days_before_year(index) +
           days_before_month(year, month) + dom - 1;
}

bool date_from_civil(int year, int month, int day, date_day *ret_day)
{
    if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX || month < 1 || month > 12)
        return false;
    int month_days = days_before_month(year, month + 1) - days_before_month(year, month);
    if (day < 1 || day > month_days)
        return false;
    *ret_day = day_of(year, month, day);
    return true;
}

void date_to_civil(date_day day, int *ret_year, int *ret_month, int *ret_dom)
{
    /* In 64 bits: days before 2000 near DATE_NONE would leave 32. */
    int64_t since_2000 = (int64_t)day - DAY_OF_2000;
    int rest = (int)(since_2000 % CYCLE_DAYS);
    int cycle = (int)(since_2000 / CYCLE_DAYS);
    if (rest < 0) {
        rest += CYCLE_DAYS;
        cycle--;
    }

    int index = rest / 366;     /* the year or the one before it */
    if (days_before_year(index + 1) <= rest)
        index++;
    rest -= days_before_year(index);
    int year = 2000 + cycle * CYCLE_YEARS + index;

    int month = rest / 32 + 1;  /* the month or the one before it */
    if (days_before_month(year, month + 1) <= rest)
        month++;
    *ret_year = year;
    *ret_month = month;
    *ret_dom = rest - days_before_month(year, month) + 1;
}

bool date_is_possible(date_day day)
{
    date_day end;
    return day >= 0 && date_from_civil(DATE_YEAR_MAX, 12, 31, &end) && day <= end;
}

bool date_from_ymd(int64_t yyyymmdd, date_day *ret_day)
{
    if (yyyymmdd < 0 || yyyymmdd > 99999999)
        return false;
    int ymd = (int)yyyymmdd;
    return date_from_civil(ymd / 10000, ymd / 100 % 100, ymd % 100, ret_day);
}

int32_t date_to_ymd(date_day day)
{
    int year, month, dom;
    if (!date_is_possible(day))
        return 0;
    date_to_civil(day, &year, &month, &dom);
    return year * 10000 + month * 100 + dom;
}

bool date_month_from_ym(int64_t yyyymm, date_month *ret_month)
{
    if (yyyymm < DATE_YEAR_MIN * 100 || yyyymm > DATE_YEAR_MAX * 100 + 12)
        return false;
    int year = (int)(yyyymm / 100), month = (int)(yyyymm % 100);
    if (month < 1 || month > 12)
        return false;
    *ret_month = year * 12 + month - 1;
    return true;
}

int32_t date_month_to_ym(date_month month)
{
    return month / 12 * 100 + month % 12 + 1;
}

int date_year(date_day day)
{
    int year, month, dom;
    date_to_civil(day, &year, &month, &dom);
    return year;
}

date_day date_year_before(date_day day)
{
    return date_month_first(date_year(day) * 12) - 1;
}

date_month date_month_of(date_day day)
{
    int year, month, dom;
    date_to_civil(day, &year, &month, &dom);
    return year * 12 + month - 1;
}

date_day date_month_first(date_month month)
{
    return day_of(month / 12, month % 12 + 1, 1);
}

date_day date_month_last(date_month month)
{
    return date_month_first(month + 1) - 1;
}

date_day date_months_before(date_day day, unsigned months)
{
    date_month here = date_month_of(day), there = here - (date_month)months;
    date_day last = date_month_last(there);
    date_day same = date_month_first(there) + (day - date_month_first(here));
    return day == date_month_last(here) || same > last ? last : same;
}

date_month date_month_ended_by(date_day day)
{
    date_month month = date_month_of(day);
    return day == date_month_last(month) ? month : month - 1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads exactly `count` digits. */
static bool read_number(const char **text, int count, int *ret)
{
    int number = 0;
    for (; count > 0; count--) {
        if (!is_digit(**text))
            return false;
        number = number * 10 + *(*text)++ - '0';
    }
    *ret = number;
    return true;
}

static bool skip(const char **text, char c)
{
    if (**text != c)
        return false;
    ++*text;
    return true;
}

static bool read_day(const char **text, date_day *ret_day)
{
    int year, month, dom;
    if (!read_number(text, 4, &year))
        return false;
    char separator = **text == '-' || **text == '/' ? *(*text)++ : '\0';
    return read_number(text, 2, &month) && (separator == '\0' || skip(text, separator)) &&
           read_number(text, 2, &dom) && date_from_civil(year, month, dom, ret_day);
}

/* ".fff": 1 to 9 digits. */
static bool skip_fraction(const char **text)
{
    int digits = 0;
    for (; is_digit(**text); ++*text)
        digits += digits < 10;
    return digits >= 1 && digits <= 9;
}

/* "hh:mm[:ss[.fff]]" up to the end of the text. */
static bool skip_time(const char *text)
{
    int hour, minute, second;
    if (!read_number(&text, 2, &hour) || hour > 23 || !skip(&text, ':') ||
        !read_number(&text, 2, &minute) || minute > 59)
        return false;
    if (*text == '\0')
        return true;
    if (!skip(&text, ':') || !read_number(&text, 2, &second) || second > 59)
        return false;
    if (skip(&text, '.') && !skip_fraction(&text))
        return false;
    return *text == '\0';
}

int date_parse(const char *text, date_day *ret_day)
{
    date_day day;
    if (!read_day(&text, &day))
        return -EINVAL;
    if (*text != '\0') {
        if (!skip(&text, ' ') && !skip(&text, 'T'))
            return -EINVAL;
        if (!skip_time(text))
            return -EINVAL;
    }
    *ret_day = day;
    return 0;
}

const char *date_format(date_day day, char *text)
{
    if (day == DATE_NONE) {
        snprintf(text, DATE_TEXT_MAX, "-");
        return text;
    }
    int year, month, dom;
    date_to_civil(day, &year, &month, &dom);
    snprintf(text, DATE_TEXT_MAX, "%04d-%02d-%02d", year, month, dom);
    return text;
}

date_day date_of_unix(int64_t seconds)
{
    int64_t day = seconds / SECONDS_PER_DAY;
    int64_t rest = seconds % SECONDS_PER_DAY + SHANGHAI_OFFSET;
    day += (rest >= SECONDS_PER_DAY) - (rest < 0);
    if (day > INT32_MAX)
        return INT32_MAX;
    if (day <= DATE_NONE)
        return DATE_NONE + 1;
    return (date_day)day;
}
