/* restated - closes of months, and what moved in them afterwards.
 *
 * Late money is booked on its own date like any other.  What falls into a month that is closed is
 * added up here as well, by month and by the last day that was closed when it came: so what a closed
 * month said when it was closed can be told from what it says now. */
#pragma once

#include "store/books.h"
#include "store/view.h"

/* What moved in a month since it was closed. */
struct restated {
    uint64_t events;
    struct lines lines;
};

/* `closed`: the last day closed when it came. */
void restated_add(struct txn *txn, uint32_t fund, date_month month, date_day closed,
                  const struct restated *addend);

/* What follows is of a fund and its parts together, month by month: since the months of a place that is no
 * more close with those of the whole, what comes late under either code has moved a month of the whole's.
 *
 * The magnitudes of income and expenditure that moved in the months from..to.  False if their sum leaves
 * int64. */
struct parts;
[[gnu::warn_unused_result]]
bool restated_moved(struct txn *txn, const struct parts *parts, date_month from, date_month to,
                    struct amount *ret);

/* The first month that moved; false if none did. */
bool restated_first(struct txn *txn, const struct parts *parts, date_month *ret);

/* Calls `each` for the months from..to that moved, in order, until it returns false. */
void restated_each(struct txn *txn, const struct parts *parts, date_month from, date_month to,
                   bool (*each)(void *arg, date_month month, const struct restated *moved),
                   void *arg);

/* --- Closes.  One closes its month and every earlier one that is open, of the fund and of its parts. */
void restated_put_close(struct txn *txn, uint32_t fund, date_day day, uint64_t position);
/* The close that closed the month: the day it closed up to, and the position of its event. */
bool restated_close_of(struct txn *txn, uint32_t fund, date_month month, date_day *ret_day,
                       uint64_t *ret_position);

/* --- Alerts that would have been different. */

/* Judges the closed month ends from..to twice, under the policy in force on each, and calls `each` for
 * those where a level differs until it returns false.  0 or a negative errno; errors of the
 * txn stay in it. */
int restated_rejudge(struct txn *txn, const struct fund_record *record, date_month from,
                     date_month to, bool (*each)(void *arg, const struct rejudged *rejudged),
                     void *arg);
