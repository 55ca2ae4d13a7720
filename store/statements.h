/* statements - what the bank says of the balance at the end of a day.
 *
 * An assertion about account A1: it moves nothing, and is held against the books. */
#pragma once

#include "fund/event.h"
#include "store/books.h"

/* Keeps a statement.  Of two about the same day the one whose id sorts last counts, in whatever
 * order they arrive.  `position` is the event's own. */
void statements_put(const struct journal *journal, struct txn *txn, uint32_t fund,
                    const struct event *event, uint64_t position);

/* The newest statement that is not newer than `as_of`, beside the books. */
void statements_check(struct txn *txn, const struct fund_record *record, date_day as_of,
                      struct bank_check *ret);

/* Calls `each` for every statement in the order of days until it returns false. */
void statements_each(struct txn *txn, const struct fund_record *record,
                     bool (*each)(void *arg, const struct bank_check *check, uint64_t position),
                     void *arg);
