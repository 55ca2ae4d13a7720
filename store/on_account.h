/* on_account - what was paid to hospitals on account and cleared (fund/on_account.h), by day, in the table
 * `on_account`: a fold of the journal, and of payments to hospitals alone. */
#pragma once

#include "fund/account.h"
#include "fund/date.h"
#include "fund/on_account.h"
#include "store/env.h"

/* Adds what a day brought to the payments of `year` on the line of `category`. */
void on_account_note(struct txn *txn, uint32_t fund, int32_t year, uint8_t category, date_day day,
                     const struct on_account *sums);

/* Of the lines of the days from..to, which are no later than `as_of`: moves what has become final by then of
 * the days' payments out of the provisional lines, and puts back into them what clearings took out.  The sum
 * of a line and its twin stays what it is. */
void on_account_settle(struct txn *txn, uint32_t fund, date_day from, date_day to, date_day as_of,
                       struct lines *lines);

/* The same as if nothing had ever become final: what was paid on account in those days. */
void on_account_unsettle(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *lines);
