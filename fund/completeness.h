/* completeness - how much of what was expected of a fund's sources has come.
 *
 * A figure rests on what its sources have reported.  Of each source that is expected to report, its
 * calendar names the expected days of a period, and its reports answer some of them: the share that
 * they answer is the source's completeness, and the mean of the shares is the fund's.  Every source
 * weighs the same, so that a tax office that reports once a month is not lost among hospitals that
 * report daily.
 *
 * Pure.  Which days a source has reported is the caller's to say, and from which day it is expected. */
#pragma once

#include "fund/calendar.h"
#include "fund/ratio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the share is taken over: up to a day from the day after the same one of a month or of twelve
 * months before. */
enum completeness_period { COMPLETENESS_MONTH, COMPLETENESS_YEAR, COMPLETENESS_PERIODS };
date_day completeness_from(enum completeness_period period, date_day as_of);

/* --- Days that a source has reported. */

#define DAY_SET_WORDS 8
#define DAY_SET_DAYS  (DAY_SET_WORDS * 64)  /* a year, and what may lie between two expected days */
struct day_set {
    date_day first;             /* the set's first day; what lies outside of its days is not in it */
    uint64_t words[DAY_SET_WORDS];
};
void day_set_add(struct day_set *set, date_day day);
/* Adds days of the month that begins on `first`: bit 0 is the first. */
void day_set_add_month(struct day_set *set, date_day first, uint32_t days);
/* True if one of the days from..to is in it, both included. */
bool day_set_any(const struct day_set *set, date_day from, date_day to);
/* The last one; DATE_NONE if it is empty. */
date_day day_set_last(const struct day_set *set);

/* --- Expected days of a calendar, found once for all sources that follow it. */
#define EXPECTED_DAYS_MAX 366
struct expected_days {
    date_day as_of;
    date_day before;            /* the one before the first */
    unsigned count;
    unsigned first[COMPLETENESS_PERIODS];   /* of the period; at least the last one is in each */
    date_day days[EXPECTED_DAYS_MAX];
};

/* Those in `longest` that were over `grace_days` ago; where none was, the last one before.  The first
 * day whose report can answer one of them is before + 1. */
void expected_days_find(const struct calendar *calendar, unsigned grace_days, date_day as_of,
                        enum completeness_period longest, struct expected_days *ret);

/* --- One source. */
struct completeness {
    struct { uint32_t expected, came; } of[COMPLETENESS_PERIODS];
    uint32_t missed;            /* expected days in a row, up to the last, that nothing answered;
                                 * 0 also if there is a report of a day after the last */
};
/* Of one that has been expected since a day. */
struct completeness completeness_of(const struct expected_days *days, date_day since,
                                    const struct day_set *reported);

/* --- All sources of a fund, over one period. */
struct completeness_sum {
    uint32_t sources;           /* of which something was expected */
    uint32_t silent;            /* that missed the last day on which something was */
    uint64_t came_e4;           /* the sum of their shares, each in ten-thousandths, rounded down */
};
void completeness_add(struct completeness_sum *sum, const struct completeness *source,
                      enum completeness_period period);
/* Those of another fund. */
void completeness_add_sum(struct completeness_sum *sum, struct completeness_sum addend);
/* The share; 0 of 1 if nothing was expected. */
struct ratio completeness_ratio(struct completeness_sum sum);

#ifdef __cplusplus
}
#endif
