/* on_account - what hospitals were paid on account, and how much of it is still provisional.
 *
 * A clearing is booked on its own day, months after the payments that it makes final.  So what the
 * provisional lines moved in some months says what was paid and what was cleared in them, but not what of
 * those months' payments is still provisional.  For that the payments of a year are kept apart by the year
 * that they are of, and line by line.  What of them has become final by a day is spread over them evenly,
 * whenever each was paid. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/posting.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sums of one day or more, of the payments of one year on one line; in fen. */
struct on_account {
    int64_t paid;               /* payments and adjustments, less those that were undone in their own year */
    int64_t cleared;            /* what moved from the provisional line to the line itself */
    int64_t undone;             /* payments that were undone in another year: they stay expenditure of their
                                 * months, and are not on account any more */
};

/* What the posting of a disbursement does to them, and what undoing it does: `posted` was, `opposite` undoes
 * it. */
struct on_account on_account_of(const struct posting *posting);
struct on_account on_account_undone(const struct posting *posted, const struct posting *opposite);
bool on_account_is_empty(const struct on_account *sum);

/* Nothing of a fund whose gross is within its limit is more, to either side. */
#define ON_ACCOUNT_MAX ((INT64_C(1) << 62) - 1)

/* False if a sum is more than that; *sum is then untouched. */
__attribute__((warn_unused_result))
bool on_account_add(struct on_account *sum, const struct on_account *addend);

/* All sums are at most ON_ACCOUNT_MAX.
 * Of `paid` on account, which is the first days' part of all->paid, how much is still provisional at the end
 * of all of them: the same share as of the whole, rounded half up; 0 where no more was paid than became
 * final. Days are so told apart without a fen more or less: what is left of those between two is the
 * difference. */
int64_t on_account_provisional(const struct on_account *all, int64_t paid);

#ifdef __cplusplus
}
#endif
