/* known - the books as they were known at a position, rebuilt from the journal of a copy.
 *
 * Like verify, for a process of its own over a fresh backup.  What is rebuilt is a whole store, with
 * its journal and indexes, to be asked whatever can be asked of the present one. */
#pragma once

#include "store/store.h"

struct known {
    uint64_t first, position;   /* records of the commit that had it: readers saw the books as of the last */
    int64_t recorded_ms;        /* of that commit */
};

/* Rebuilds them from the copy in `path`, which nobody has open, into the new folder `books`: as readers
 * saw them after the commit that has `position`.  Its records are compared on the way, its tables with
 * nothing.
 * `progress` may be NULL; it gets the position reached and the last one.
 * -EINVAL: the journal has no such position; -EILSEQ: the journal does not come out again (*ret_wrong says
 * where, of `size` bytes; "" after other errors).  After an error there is nothing in `books`. */
int known_rebuild(const char *path, const char *books, uint64_t position,
                  void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                  struct known *ret, char *ret_wrong, size_t size);
