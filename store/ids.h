/* ids - which event ids a journal has had, while it is read from its beginning.
 *
 * A table in memory of positions, found by the hash of issuer and id: eleven bytes for each position
 * that there is room for.  An entry has 24 bits of the hash, so that the journal is asked whether it
 * is the same id only where it nearly always is.  One thread. */
#pragma once

#include <stdint.h>

#include "store/event_record.h"

struct ids;

/* Room for the positions up to `last`, at most IDS_LAST_MAX.  -ENOMEM. */
#define IDS_LAST_MAX ((UINT64_C(1) << 40) - 1)
int ids_new(uint64_t last, struct ids **ret);
void ids_free(struct ids **ids_p);

/* Has what ids_find() looks at first brought into the cache. */
void ids_prefetch(const struct ids *ids, uint64_t hash);

/* The position of the event with this key, whose hash_seen() is `hash`; 0 if there has been none.  Errors
 * of reading the journal are kept in the txn. */
uint64_t ids_find(const struct ids *ids, struct txn *txn, uint64_t hash, const struct event_key *key);

/* The same; if there has been none it is at `position`. */
uint64_t ids_add(struct ids *ids, struct txn *txn, uint64_t hash, const struct event_key *key,
                 uint64_t position);
