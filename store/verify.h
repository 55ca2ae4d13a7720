/* verify - rebuilds the books from the journal of a copy, and compares.
 *
 * Runs in a process of its own, spawned and not forked, over a fresh backup: a
 * damaged file can crash LMDB, and must not take the daemon with it. */
#pragma once

#include <stdint.h>

#include "store/store.h"

struct verify_result {
    uint64_t records, events;       /* read from the journal */
    uint64_t funds, rules, alerts;  /* rebuilt and compared */
    uint64_t differences;           /* 0: journal and books agree */
    uint8_t chain[CHAIN_SIZE];      /* the head, recomputed */
    char first[256];                /* the first difference, in words; "" if none */
};

/* `path` is a store that nobody has open.  `progress` may be NULL; it gets the position reached
 * and the last one.  0 if the comparison could be made, whatever it came to. */
int verify_store(const char *path, void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                 struct verify_result *ret);

/* The books as they were known at a position. */
struct known {
    uint64_t first, position;   /* records of the commit that had it: readers saw the books as of the last */
    int64_t recorded_ms;        /* of that commit */
};
/* Rebuilds them from the journal of the copy in `path` into a new store in `books`: as readers saw them after
 * the commit that has `position`.  Its records are compared on the way, its tables with nothing.
 * -EINVAL: the journal has no such position; -EILSEQ: the journal does not come out again (*ret_wrong says
 * where, of `size` bytes).  After an error there is nothing in `books`. */
int verify_rebuild(const char *path, const char *books, uint64_t position,
                   void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                   struct known *ret, char *ret_wrong, size_t size);
