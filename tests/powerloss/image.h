/* image - a folder that is made to hold one of the things that a disk may hold after a power loss.
 *
 * From one state to the next only what differs is written.  Whoever looks at the folder may change it: tell
 * image_used(), which puts it right. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/powerloss/disk.h"

/* Which of the operations that are not safe have reached the disk. */
enum choice_kind {
    CHOICE_NONE,
    CHOICE_ALL,
    CHOICE_PREFIX,              /* those before `cut`, and the first sectors of that one */
    CHOICE_REST,                /* those from `cut` on */
    CHOICE_SOME,                /* each with one in two */
    CHOICE_SECTORS,             /* each sector with one in two */
    CHOICE_MOST,                /* of each sixteen sectors one is not */
    CHOICE_FEW,                 /* one is */
    CHOICE_KINDS
};
struct choice {
    enum choice_kind kind;
    uint64_t cut;               /* number of an operation */
    uint64_t seed;
};
const char *choice_word(enum choice_kind kind);
/* The same for two choices from which the same disk results, most likely. */
uint64_t choice_hash(const struct choice *choice, const struct disk *disk);

struct spoilt {
    uint64_t from, to;
};

/* A file of the folder. */
struct placed {
    char path[PATH_LEN];
    struct disk_file *file;
    int fd;
    ino_t inode;
    uint64_t size;
    struct spoilt *spoilt;      /* where it is not as what is safe */
    unsigned spoilt_count, spoilt_room;
    bool wanted;                /* in the present state */
};

struct image {
    char folder[200];
    struct placed *placed;
    unsigned count, room;
    struct disk_names names;    /* of the present state */
    uint64_t written;           /* bytes, in all */
};

void image_open(struct image *image, const char *folder);
void image_put(struct image *image, const struct disk *disk, const struct choice *choice);
/* `rewritten`: data.mdb was written; files that came or went are noticed in any case. */
void image_used(struct image *image, bool rewritten);
/* The file at a path, if it is there in the present state and all of it is safe. */
struct disk_file *image_safe(const struct image *image, const char *path);
void image_close(struct image *image);

/* Random numbers without a state. */
uint64_t mixed(uint64_t seed, uint64_t a, uint64_t b);
