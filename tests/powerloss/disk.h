/* disk - what a disk may hold after a power loss, by what the programs wrote and synced.
 *
 * The strictest reading of POSIX: bytes and size of a file are safe when the file has been synced since,
 * names when their folder has.  Of everything else any part may be on the disk: operations in any
 * selection, bytes by sectors of 512.  What was synced is on the disk and stays. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/powerloss/log.h"

#define SECTOR   512
#define PATH_LEN 200

/* Something done to a file that is not synced yet. */
struct file_op {
    uint64_t number;            /* of the operation, in the log */
    enum log_kind kind;         /* LOG_WRITE, LOG_TRUNCATE, LOG_GROW */
    uint64_t offset, size;
    const uint8_t *bytes;       /* of the log */
};

struct disk_file {
    uint8_t *bytes;             /* safe */
    uint64_t size, room;
    struct file_op *ops;        /* not yet */
    unsigned op_count, op_room;
    uint64_t changed_from, changed_to;  /* of `bytes`, since somebody set them to nothing */
    bool known_good;            /* whoever looks at safe bytes has seen them */
};

/* A name: of a file, or (file NULL) a folder. */
struct disk_name {
    char path[PATH_LEN];
    struct disk_file *file;
};

struct disk_names {
    struct disk_name *list;
    unsigned count, room;
};

/* Something done to names that is not synced yet. */
struct name_op {
    uint64_t number;
    enum log_kind kind;
    char path[PATH_LEN], to[PATH_LEN];
    struct disk_file *file;     /* of LOG_CREATE */
};

struct disk {
    struct disk_names live;     /* as the program sees it */
    struct disk_names safe;
    struct name_op *ops;
    unsigned op_count, op_room;
    struct disk_file **files;   /* all that there ever were */
    unsigned file_count, file_room;
};

/* One entry of the log. */
struct log_entry {
    enum log_kind kind;
    char path[PATH_LEN];
    uint64_t offset, size;
    const uint8_t *bytes;
};
/* Reads the entry at `*at` and steps behind it; false at the end of the log. */
bool log_next(const uint8_t *log, size_t size, size_t *at, struct log_entry *ret);

/* Takes an entry over; `number` says which it is.  The state is then that within the call. */
void disk_do(struct disk *disk, const struct log_entry *entry, uint64_t number);
/* The call has returned. */
void disk_done(struct disk *disk, const struct log_entry *entry);
/* How many operations are not safe. */
unsigned disk_pending(const struct disk *disk);
void disk_free(struct disk *disk);

struct disk_name *names_find(const struct disk_names *names, const char *path);
void names_copy(struct disk_names *to, const struct disk_names *from);
/* Does an operation, if what it needs is there. */
void names_do(struct disk_names *names, const struct name_op *op);
/* True if the folders above are there, too. */
bool names_reach(const struct disk_names *names, const char *path);
