/* recognised - how care becomes expenditure, by the year that it is of (PROTOCOL 6).
 *
 * Care of one year is recognised in one way: its bills, and whatever is paid, cleared or deducted of them, in
 * that year or a later one.  Otherwise a bill that became expenditure as it was settled would do so again as
 * it is paid, or one that was not yet would never.  So recognition changes with a policy of 1 January, and
 * not for a year of which something is booked.  Those are in the table `recognised`: a fold of the
 * journal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/hindrance.h"

struct group_fund;
struct store;
struct txn;

/* False if nothing of the year is booked, or after an error in the txn. */
bool recognised_get(struct txn *txn, uint32_t fund, int year, uint8_t *ret);
void recognised_put(struct txn *txn, uint32_t fund, int year, uint8_t recognition);

/* What stands against a policy of a fund that has some, from a day on, whose version is the highest:
 * HINDRANCE_NONE, HINDRANCE_MID_YEAR or HINDRANCE_RECOGNISED.  An error is left in the store's txn. */
struct hindrance recognised_obstacle(struct store *store, struct group_fund *fund, date_day from,
                                     uint8_t recognition);
