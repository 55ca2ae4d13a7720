/* unmatched - reversals that undo nothing: those that wait for their original, and those whose original came
 * and is none that they can undo (misfits).  The table has both; of an id that has not come all wait, of one
 * that has come none does any more. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "store/event_record.h"

struct group_fund;
struct store;
struct txn;

/* At most so many reversals of one id wait, so that a source that sends more and more of them costs no more
 * and more time; enough for every mistake that is made by hand. */
#define UNMATCHED_OF_ID_MAX 8

/* The reversals in the table that name one id of an issuer, in the order in which they came. */
struct unmatched {
    unsigned count;
    struct event_record reversals[UNMATCHED_OF_ID_MAX];     /* `canonical` is not valid */
};

/* --- For apply.c; errors are in the store's txn. */
void unmatched_find(struct store *store, uint32_t issuer, const char *id, struct unmatched *ret);
/* Adds one that waits. */
void unmatched_put(struct store *store, struct group_fund *fund, uint32_t issuer,
                   const struct event *reversal, uint64_t position);
/* What they name has come and was not undone by any of those that waited. */
void unmatched_misfit(struct store *store, const struct unmatched *waiting);
/* What they name is undone: by one of those that waited, or by another one.  *list is empty afterwards. */
void unmatched_end(struct store *store, struct unmatched *waiting);
void unmatched_end_misfits(struct store *store, struct unmatched *misfits);

/* --- For those who look. */
/* The positions of all that stand after a position, ascending; *ret is malloc'ed.  0 or a negative errno. */
int unmatched_list(struct txn *txn, uint64_t after, uint64_t **ret, size_t *ret_count);
/* The position of the first that names the id of an issuer; 0 if none does.  0 or a negative errno. */
int unmatched_for(const struct store *store, struct txn *txn, uint32_t issuer, const char *id,
                  uint64_t *ret);
