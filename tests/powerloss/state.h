/* state - whether a disk after a power loss is as it must be. */
#pragma once

#include "tests/powerloss/complete.h"

/* How much is looked at. */
enum depth {
    DEPTH_OPEN,                 /* the tree, the runs, opening, some ids */
    DEPTH_INDEXES,              /* and all indexes, beside those made from the journal anew */
    DEPTH_VERIFY,               /* and a verification of the whole */
    DEPTH_RESEND,               /* and everything is sent once more, and verified */
};

struct state_check {
    const struct complete *complete;
    const char *store, *backup;
    struct told told;
    uint32_t run_records;
    bool (*whole)(void *arg, const char *name, bool read);      /* for inspect() */
    void *arg;
    uint64_t seed;
    enum depth depth;
    bool backup_known;          /* the backup is there and was looked at before */
    bool rewritten;             /* out: data.mdb was written, or may have been */
    bool made;                  /* out: there is a store */
};
/* Opens it once, and looks at it through the store.  False: perhaps not good; make the disk again and ask
 * state_good(), which reads before the store may have mended anything. */
bool state_quickly_good(struct state_check *check);
/* False and what is wrong. */
bool state_good(struct state_check *check, char wrong[WRONG_SIZE]);
