/* date - calendar days as integers.
 *
 * A date is a number of days since 1970-01-01 in the calendar of China; the
 * civil day of a moment is that of Asia/Shanghai, which has had a fixed offset
 * of eight hours since 1991.  A month is year * 12 + month - 1. */
#pragma once

#include <stdint.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t date_day;       /* days since 1970-01-01 */
typedef int32_t date_month;     /* year * 12 + (month - 1) */

/* What an event may be dated: 1990-01-01 to 2199-12-31. */
#define DATE_YEAR_MIN 1990
#define DATE_YEAR_MAX 2199

#define DATE_NONE INT32_MIN     /* no date */

/* The day of a civil date.  False if there is no such day or its year is
 * outside the range above. */
bool date_from_civil(int year, int month, int day, date_day *ret_day);
void date_to_civil(date_day day, int *ret_year, int *ret_month, int *ret_dom);

/* True for a day that a clock or an event may have: from 1970-01-01 to the end of DATE_YEAR_MAX.  For days
 * that are read as bare numbers: the functions below are for these, and DATE_NONE where they say so. */
bool date_is_possible(date_day day);

/* yyyymmdd as an integer, 20241231: the form that the protocol and files use. */
bool date_from_ymd(int64_t yyyymmdd, date_day *ret_day);
/* 0 for a day that is not possible, as damage may have it. */
int32_t date_to_ymd(date_day day);

/* yyyymm as an integer, 202412. */
bool date_month_from_ym(int64_t yyyymm, date_month *ret_month);
int32_t date_month_to_ym(date_month month);

int date_year(date_day day);
/* The last day of the year before that of `day`. */
date_day date_year_before(date_day day);
date_month date_month_of(date_day day);
date_day date_month_first(date_month month);
date_day date_month_last(date_month month);

/* The same day of the month, `months` earlier.  The last day of a month answers to the last of the
 * other one, and so does a day that the other one does not have. */
date_day date_months_before(date_day day, unsigned months);

/* The last calendar month that has ended when `day` is over. */
date_month date_month_ended_by(date_day day);

/* Reads "2024-12-31", "20241231", "2024/12/31" or any of these followed by a
 * blank or 'T' and a time of day "hh:mm[:ss[.fff]]", which is dropped; the
 * fraction has 1 to 9 digits.  Returns 0 or -EINVAL. */
int date_parse(const char *text, date_day *ret_day);

#define DATE_TEXT_MAX 16
/* "2024-12-31"; "-" for DATE_NONE.  Returns `text`. */
const char *date_format(date_day day, char *text);

/* The civil day in Asia/Shanghai of a moment in seconds since the epoch; the
 * nearest day that there is for moments that 32 bits of days do not reach. */
date_day date_of_unix(int64_t seconds);

#ifdef __cplusplus
}
#endif
