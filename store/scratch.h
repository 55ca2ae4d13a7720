/* scratch - a store that is rebuilt from the journal of a copy, and thrown away in the end. */
#pragma once

#include "store/env.h"
#include "store/store.h"

/* An empty one in the new folder `path`, with the identity of the copy that is read: the hashes of seen
 * ids depend on it.  Nothing of it is synced, and its rules are judged only when told to. */

/* To be compared: the journal stays that of the copy, with which records are compared as they come. */
int scratch_to_verify(struct txn *copy, const char *path, struct store **ret);
/* To be read as any other. */
int scratch_to_know(struct txn *copy, const char *path, struct store **ret);
/* With one thing otherwise; borrowed. */
struct otherwise;
int scratch_to_backtest(struct txn *copy, const char *path, struct otherwise *otherwise,
                        struct store **ret);
