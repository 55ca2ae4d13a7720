/* calendar - on which days a source is expected to report.
 *
 * A rhythm names days: every day, a day of the week, a day of the month.  A named day on which
 * the source does not work (a weekend, a holiday) moves to its next working day, and several that
 * move to the same day are one.  Those are the *expected* days: "the tax office by the 15th" is
 * expected on Monday the 17th when the 15th is a Saturday.
 *
 * A report of any day after one expected day and up to the next answers the next one.  So what
 * comes early counts, and what comes late answers the day that follows: a source does not say
 * which of its days a report is for.
 *
 * Pure; a calendar is a value that belongs to a policy. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/date.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CALENDAR_EXCEPTIONS_MAX 48  /* holidays and worked weekends: some three years of them */

/* Searches end after this many days; no gap of a checked calendar is longer. */
#define CALENDAR_REACH_DAYS 100

enum calendar_rhythm {
    CALENDAR_DAILY = 1,
    CALENDAR_WEEKLY = 2,            /* on `day`, 1 Monday to 7 Sunday */
    CALENDAR_MONTHLY = 3,           /* on `day`, 1 to 31; the last of a shorter month */
};

/* A run of days that are worked, or not, whatever the day of the week. */
struct calendar_exception {
    date_day first, last;
    bool worked;                    /* true: a weekend that makes up for a holiday (调休) */
};

struct calendar {
    uint8_t rhythm;                 /* an enum calendar_rhythm */
    uint8_t day;                    /* 0 for CALENDAR_DAILY */
    bool weekends_off;
    uint8_t exception_count;
    struct calendar_exception exceptions[CALENDAR_EXCEPTIONS_MAX];  /* by date, none overlap */
};

/* What is wrong with `calendar` in itself; NULL if nothing is.  The other functions ask for a
 * calendar that passed. */
const char *calendar_check(const struct calendar *calendar);

bool calendar_is_working(const struct calendar *calendar, date_day day);
bool calendar_is_expected(const struct calendar *calendar, date_day day);

/* The last expected day on or before `day`, and the first one on or after it. */
date_day calendar_last(const struct calendar *calendar, date_day day);
date_day calendar_next(const struct calendar *calendar, date_day day);

/* Expected days from `from` to `to`, both included; 0 if `to` is before `from`. */
unsigned calendar_count(const struct calendar *calendar, date_day from, date_day to);

/* How many expected days up to and including `as_of` were answered by nothing since `heard`, the
 * last day of which there is a report.  0: the source has reported all that was expected.
 * `heard` may be DATE_NONE: then those since `from` are counted, on which it began to be expected. */
unsigned calendar_missed(const struct calendar *calendar, date_day from, date_day heard,
                         date_day as_of);

#ifdef __cplusplus
}
#endif
