/* disk_image - what of a folder's files would be there after a power loss. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "tests/sim/random.h"

#define NAMES_MAX   256
#define CHANGES_MAX 1024

/* The content of a file: as synced, and each write since. */
struct file {
    uint8_t *bytes;
    uint64_t size, room;        /* zeros behind its end */
    struct pending {
        uint64_t at, size;
        uint8_t *bytes;
    } *pending;
    uint32_t pending_count, pending_room;
};

struct name {
    char *path;
    struct file *file;          /* NULL: a folder */
};

struct names {
    uint32_t count;
    struct name names[NAMES_MAX];
};

enum change { CHANGE_CREATE, CHANGE_FOLDER, CHANGE_REMOVE, CHANGE_RENAME };

/* A change of a folder that is not synced. */
struct unsynced {
    enum change change;
    char *path, *to;
    struct file *file;
};

struct image {
    struct names now, synced;
    struct unsynced unsynced[CHANGES_MAX];
    uint32_t unsynced_count;
};

void image_adopt(struct image *image, const char *root);
struct file *image_find(const struct image *image, const char *path);  /* NULL: there is none */
struct file *image_create(struct image *image, const char *path);
void image_change(struct image *image, enum change change, const char *path, const char *to);
void image_sync_folder(struct image *image, const char *path);

void image_write(struct file *file, const struct iovec *parts, int count, uint64_t at);
void image_sync(struct file *file);
/* A part of it, and the rest never. */
void image_sync_badly(struct file *file, struct random *random);

/* The power was lost: decides what is there, and writes it into the folder. */
void image_settle(struct image *image, const char *root, struct random *random);

/* LMDB's lock files hold locks, no data: after the last process they are made anew. */
bool image_is_lock(const char *path);
void image_remove_locks(const char *root);
