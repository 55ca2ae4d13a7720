/* deferred - sums of days, and of contributions by year and day, that a commit wrote behind one another
 * instead of each into its row.
 *
 * A batch that is mixed over a year moves some of all its days, and their rows are in every leaf that the
 * tables `days`, `months` and `collected` have: 40 pages in 40 places for a thousand events, which a disk
 * takes one by one (30 to 40 us each, docs/PERFORMANCE.md).  So a group that moves many days appends its sums
 * as one value, and all that has gathered so is added to the rows together, once in some groups.  Sums may be
 * added in any order, so what is deferred is simply added to what the rows say, by readers and by the writer
 * alike.
 *
 * Errors are left in the txn, as by env.h: -EILSEQ for a value that is none, -ENOMEM. */
#pragma once

#include "fund/account.h"
#include "fund/date.h"
#include "store/env.h"
#include "store/tally.h"

/* Sums that may wait, of all groups together: a reader of one fund goes through its part of them.  Two groups
 * of 8,000 events that are mixed over a year find room; with half as much each second one went into the
 * rows. */
#define DEFERRED_MAX 24576
/* In so many values. */
#define DEFERRED_VALUES_MAX 16

/* Appends the sums of a group's days and contributions (keys as of books_sum_key()).  False, and nothing is
 * written, if more would wait than may.  So that a reader does not have to go through many small values, the
 * last ones may be taken into the new one, and are in the tally then. */
bool deferred_put(struct txn *txn, struct tally *days);

/* Adds what waits for the days from..to of a fund.  A transaction of a store's writer keeps what it has read
 * (waiting.h); another one decodes the fund's part. */
void deferred_add_lines(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *sum);

/* What waits of a fund's contributions for a year that came by the end of a day. */
struct amount deferred_collected(struct txn *txn, uint32_t fund, int32_t year, date_day as_of);

/* Adds all that waits, days and contributions, to a tally; and empties the table. */
void deferred_read(struct txn *txn, struct tally *days);
void deferred_clear(struct txn *txn);
