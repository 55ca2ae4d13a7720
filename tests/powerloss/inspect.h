/* inspect - what is in a store's folder, read before the store itself opens and perhaps mends it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/group.h"

#define WRONG_SIZE 256

struct inspected {
    uint64_t txn;               /* LMDB's number of the last commit */
    struct head head;
    uint64_t hash;              /* of every key and value */
    char damaged_run[80];       /* a run that is named and not whole; "" if all are */
};

/* 0, or a negative errno and what is wrong in words.  Runs that `whole` knows to be so, by the name of
 * their file, are not read; it may be NULL. */
int inspect(const char *path, bool (*whole)(void *arg, const char *name, bool read), void *arg,
            struct inspected *ret, char wrong[WRONG_SIZE]);

/* The same of a store that is open already. */
int inspect_open(struct store *store, bool (*whole)(void *arg, const char *name, bool read), void *arg,
                 struct inspected *ret, char wrong[WRONG_SIZE]);

/* Entries of all three indexes, sorted and folded, one list behind the other; freed by the caller. */
int inspect_indexes(struct store *store, struct entry_list ret[DERIVED_COUNT]);
void inspected_indexes_free(struct entry_list lists[DERIVED_COUNT]);
bool inspected_indexes_equal(const struct entry_list a[DERIVED_COUNT],
                             const struct entry_list b[DERIVED_COUNT]);
