/* counted - how many insured a fund has reported of a year: as a total, and by group.
 *
 * A fund that reports a group apart may mean that it is within the total (Zhanjiang's students of
 * province-run colleges are), or may count everybody by group; and it may do both, on different days.  Which
 * of the two is its figure of a day:
 *
 *   the total, as long as there is one and the groups do not take its place;
 *   the sum of the groups, if there is no total, or if all of them are newer than it and make up everybody.
 *
 * Groups make up everybody when the `ordinary` are one of them: these are who is of no other group, so who
 * counts them apart has counted all.  A group that was renewed alone makes no new whole, and one of several
 * that is older than the total says that the total knows more.  Our choice, as the events do not say it.
 *
 * Whatever is taken, that the other says something else is shown (counted_contradicts()).  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/date.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is known by a day.  HEADS_UNKNOWN and DATE_NONE where nothing was reported. */
struct counted {
    int64_t total;
    date_day total_date;
    int64_t groups;             /* the sum of the newest count of each */
    date_day oldest, newest;    /* of these counts */
    bool has_ordinary;          /* they are among them */
    bool lacks_group;           /* of some group only a part of the fund has a count (store/parts.h) */
};
struct counted counted_nothing(void);

/* Whether the groups are the fund's figure. */
bool counted_by_groups(const struct counted *counted);
/* The fund's figure; HEADS_UNKNOWN without any. */
int64_t counted_heads(const struct counted *counted);
/* Total and groups cannot both be true, and the newest group is not older than the total: groups that make
 * up everybody come to something else, or a part to more than the whole. */
bool counted_contradicts(const struct counted *counted);

#ifdef __cplusplus
}
#endif
