/* scratch - a store that is rebuilt from the journal of a copy, and thrown away. */
#pragma once

#include "store/env.h"
#include "store/store.h"

/* An empty one in the new folder `path`, with the identity of the copy that is read: the hashes of seen
 * ids depend on it.  Nothing of it is synced, and its rules are judged only when told to.  `otherwise` is
 * NULL, or what a backtest asks; borrowed. */
struct otherwise;
int scratch_open(struct txn *copy, const char *path, struct otherwise *otherwise, struct store **ret);
