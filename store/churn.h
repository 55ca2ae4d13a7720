/* churn - the months of all persons of a fund, out of the index of people.
 *
 * Reads the whole index, slice by slice of the persons' hashes: about two seconds for ten million entries,
 * and nothing while events are counted.  As of now, which may be a commit later than the transaction. */
#pragma once

#include "fund/churn.h"
#include "store/derived.h"

/* Fills in churn->counts for its months.  `funds` is how many there are.  0, -ENOMEM, or as index_range(). */
int churn_count(struct txn *txn, struct derived *derived, uint32_t funds, uint32_t fund,
                struct churn *churn);
