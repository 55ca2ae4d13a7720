/* bookmark - how far a monitor has come, kept in a file over crashes.
 *
 * Written beside the file, synced and renamed into its place, so that the file is
 * always whole: the old bookmark or the new one. */
#pragma once

#include <stdint.h>

struct bookmark {
    uint64_t epoch, number;     /* everything up to `number` of `epoch` has been dealt with */
};

/* 0; -ENOENT: there is none yet; -EILSEQ: the file is something else; or another errno. */
int bookmark_read(const char *path, struct bookmark *ret);

/* 0 once it is on disk, the folder's entry too; or a negative errno, and then the old one stands. */
int bookmark_write(const char *path, const struct bookmark *bookmark);
