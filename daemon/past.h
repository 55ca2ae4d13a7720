/* past - books as they were known at a position, rebuilt and kept open for queries.
 *
 * A query that asks for such books gets a store of its own to read, so each figure comes from the code that
 * gives it today.  The last PAST_KEPT are kept, each as large on disk as the store was; a longer memory
 * goes with the daemon.  Any thread. */
#pragma once

#include <stdbool.h>

#include "store/known.h"

#define PAST_KEPT 2

struct past;

int past_create(struct past **ret);
/* Closes and removes them all; nobody holds one any more.  Takes NULL. */
void past_destroy(struct past **past_p);

/* Opens the rebuilt store `folder`/books and keeps it, in the place of the one that was asked for longest
 * ago.  The folder is removed with it, and after an error. */
int past_add(struct past *past, const char *folder, const struct known *known);

/* Whether the books as of the commit that has `position` are kept. */
bool past_find(struct past *past, uint64_t position, struct known *ret);
/* The same with the store, for reading, until past_release().  NULL: not kept. */
struct store *past_hold(struct past *past, uint64_t position);
void past_release(struct past *past, struct store *store);
