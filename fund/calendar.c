/* calendar - a day is expected if it is worked, and a named day lies after the worked day before
 * it.  Everything else counts or looks for such days. */
#include "fund/calendar.h"

#include <assert.h>
#include <stddef.h>

#define DAYS_A_WEEK 7

/* 1 Monday to 7 Sunday: 1970-01-01 was a Thursday. */
static int weekday_of(date_day day)
{
    int since_monday = (int)(((int64_t)day + 3) % DAYS_A_WEEK);
    return (since_monday < 0 ? since_monday + DAYS_A_WEEK : since_monday) + 1;
}

static const char *check_rhythm(const struct calendar *calendar)
{
    static const struct { uint8_t first, last; } days[] = {
        [CALENDAR_DAILY] = {0, 0}, [CALENDAR_WEEKLY] = {1, 7}, [CALENDAR_MONTHLY] = {1, 31},
    };
    if (calendar->rhythm < CALENDAR_DAILY || calendar->rhythm > CALENDAR_MONTHLY)
        return "a calendar's rhythm must be daily, weekly or monthly";
    if (calendar->day < days[calendar->rhythm].first || calendar->day > days[calendar->rhythm].last)
        return "a calendar's day must be 1 to 7 of a week, 1 to 31 of a month, and 0 if daily";
    return NULL;
}

#define HOLIDAY_DAYS_MAX 31         /* two in a row and a month stay inside CALENDAR_REACH_DAYS */

const char *calendar_check(const struct calendar *calendar)
{
    const char *wrong = check_rhythm(calendar);
    if (wrong != NULL)
        return wrong;
    if (calendar->exception_count > CALENDAR_EXCEPTIONS_MAX)
        return "a calendar has at most 48 holidays and worked weekends";
    for (unsigned i = 0; i < calendar->exception_count; i++) {
        const struct calendar_exception *e = &calendar->exceptions[i];
        if (e->last < e->first || (int64_t)e->last - e->first >= HOLIDAY_DAYS_MAX)
            return "a holiday must last 1 to 31 days";
        if (i > 0 && e->first <= e[-1].last)
            return "a calendar's holidays must be in order and not overlap";
        if (i > 0 && !e->worked && !e[-1].worked && e->first <= (int64_t)e[-1].last + DAYS_A_WEEK)
            return "between two holidays must lie a week: join those that are one";
    }
    return NULL;
}

bool calendar_is_working(const struct calendar *calendar, date_day day)
{
    for (unsigned i = 0; i < calendar->exception_count; i++) {
        const struct calendar_exception *e = &calendar->exceptions[i];
        if (day >= e->first && day <= e->last)
            return e->worked;
    }
    return !calendar->weekends_off || weekday_of(day) <= 5;
}

/* The day of the month that a monthly rhythm means in the month of `day`. */
static date_day named_in_month(const struct calendar *calendar, date_day day)
{
    date_month month = date_month_of(day);
    date_day named = date_month_first(month) + calendar->day - 1, last = date_month_last(month);
    return named < last ? named : last;
}

static bool is_named(const struct calendar *calendar, date_day day)
{
    switch ((enum calendar_rhythm)calendar->rhythm) {
    case CALENDAR_DAILY:
        return true;
    case CALENDAR_WEEKLY:
        return weekday_of(day) == calendar->day;
    case CALENDAR_MONTHLY:
        return day == named_in_month(calendar, day);
    }
    assert(!"rhythm of a calendar");
    return false;
}

bool calendar_is_expected(const struct calendar *calendar, date_day day)
{
    if (!calendar_is_working(calendar, day))
        return false;
    if (is_named(calendar, day))
        return true;
    for (date_day before = day - 1; !calendar_is_working(calendar, before); before--) {
        if (is_named(calendar, before))
            return true;
    }
    return false;
}

/* The first expected day from `day` on in steps of 1 or -1. */
static date_day search(const struct calendar *calendar, date_day day, int step)
{
    for (int steps = 0; steps <= CALENDAR_REACH_DAYS; steps++, day += step) {
        if (calendar_is_expected(calendar, day))
            return day;
    }
    assert(!"a checked calendar has no such gap");
    return DATE_NONE;
}

date_day calendar_last(const struct calendar *calendar, date_day day)
{
    return search(calendar, day, -1);
}

date_day calendar_next(const struct calendar *calendar, date_day day)
{
    return search(calendar, day, 1);
}

unsigned calendar_count(const struct calendar *calendar, date_day from, date_day to)
{
    unsigned count = 0;
    for (date_day day = from; day <= to; day++)
        count += calendar_is_expected(calendar, day);
    return count;
}

unsigned calendar_missed(const struct calendar *calendar, date_day from, date_day heard,
                         date_day as_of)
{
    if (heard == DATE_NONE)
        return calendar_count(calendar, from, as_of);
    if (heard >= as_of)
        return 0;
    return calendar_count(calendar, calendar_next(calendar, heard) + 1, as_of);
}
