/* log - what a program did to its files, and what it told others, in the order in which it did it.
 *
 * record.c writes it, one entry for each call that changed or synced something below a folder; disk.c reads
 * it. An entry is this head, then the path (relative to the folder, no zero behind it), then `size` bytes:
 * what was written or sent, or the new path of a rename. */
#pragma once

#include <stdint.h>

enum log_kind {
    LOG_FOLDER = 1,             /* a folder was made */
    LOG_CREATE,                 /* a file */
    LOG_WRITE,                  /* bytes at an offset */
    LOG_WRITE_THROUGH,          /* the same to a descriptor that is O_DSYNC: on disk when it returns */
    LOG_TRUNCATE,               /* the size is `offset` now */
    LOG_GROW,                   /* at least that */
    LOG_SYNC,                   /* a file's bytes and size are on disk */
    LOG_SYNC_FOLDER,            /* a folder's entries are */
    LOG_RENAME,
    LOG_UNLINK,
    LOG_REMOVE_FOLDER,
    LOG_SENT,                   /* a frame was handed to ZeroMQ */
    LOG_MADE,                   /* whoever ran the program was told that the store exists; no path */
};

struct log_head {
    uint32_t kind;
    uint32_t path_size;
    uint64_t offset;
    uint64_t size;
};
