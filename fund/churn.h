/* churn - who came to a fund and who went, month by month and group by group.
 *
 * Somebody is in a fund at the end of a month if his fee of that month's year is paid and not given back, and
 * his newest enrolment of the year does not say that he left.  Who is in at the end of a month and was not a
 * month earlier has
 *
 *   joined      if he never was in before
 *   returned    if he was
 *   moved in    if he was in another fund of the store a month earlier, whatever else holds
 *
 * and who is not in any more has
 *
 *   moved out   if he is in another fund now
 *   ended       if the newest enrolment says that he paused or ended: death, withdrawal
 *   lapsed      if nothing was said: the new year's fee has not been paid, or one was given back
 *
 * So begin + joined + returned + moved in - lapsed - ended - moved out + regrouped = end, in each group and
 * month.  Who comes counts in the group that he has then, who goes in the one that he had: that of the newest
 * enrolment, if need be of an earlier year.  Of two funds of one scheme of which one's place lies within the
 * other's neither is another fund to the other.  Pure. */
#pragma once

#include "fund/insured.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHURN_MONTHS_MAX 720
/* Groups of fewer persons are not shown by themselves: the number that official statistics commonly ask for
 * before a count may be published (k-anonymity with k = 10).  A constant, so that nobody can ask a daemon
 * that is configured otherwise. */
#define CHURN_SMALL      10

enum churn_count {
    CHURN_BEGIN, CHURN_JOINED, CHURN_RETURNED, CHURN_MOVED_IN, CHURN_LAPSED, CHURN_ENDED, CHURN_MOVED_OUT,
    CHURN_REGROUPED,            /* into the group less out of it */
    CHURN_END,
    CHURN_COUNTS
};
const char *churn_word(enum churn_count count);     /* "moved_in" */

/* GROUP_NONE is who was never enrolled in a group. */
struct churn {
    date_month from, to;        /* at most CHURN_MONTHS_MAX */
    int64_t counts[CHURN_MONTHS_MAX][INSURED_GROUPS][CHURN_COUNTS];
};

/* What is known of a person in one fund on one day, for one year. */
struct churn_day {
    int32_t year;
    uint32_t number;            /* of the fund */
    enum { CHURN_HERE, CHURN_SAME, CHURN_ELSEWHERE } where; /* this fund, one of the same people, or not */
    date_day day;
    uint8_t status, group;
    int32_t fees;
};

/* Adds one person, whose days are in the order of year, fund and day. */
void churn_person(struct churn *churn, const struct churn_day *days, uint64_t count);

/* What may be shown: groups that had fewer than CHURN_SMALL persons, but somebody, at the beginning or end of
 * one of these months go into one, and the smallest of the others with them until that has not too few in
 * any month.  The only group of a fund is its total, and stays.  Bits of *ret_merged say which; they are in
 * the lowest of them, and 0 if nothing was merged.
 *
 * Which groups these are follows from all months counted.  Who shows some of the months has all of the fund's
 * counted: answers of which each merges other groups would give the small ones away by their difference. */
void churn_merge_small(struct churn *churn, uint32_t *ret_merged);

#ifdef __cplusplus
}
#endif
