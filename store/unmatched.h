/* unmatched - reversals that wait for their original, for those who look (apply.c makes and ends them). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct store;
struct txn;

/* The positions of all that wait and stand after a position, ascending; *ret is malloc'ed.  0 or a negative
 * errno. */
int unmatched_list(struct txn *txn, uint64_t after, uint64_t **ret, size_t *ret_count);

/* The position of the reversal that waits for the id of an issuer; 0 if none does.  0 or a negative errno. */
int unmatched_for(const struct store *store, struct txn *txn, uint32_t issuer, const char *id,
                  uint64_t *ret);
