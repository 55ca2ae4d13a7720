#include "tests/powerloss/image.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONG_PATH (2 * PATH_LEN + 200)

uint64_t mixed(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t x = seed + a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xd1342543de82ef95);
    for (int i = 0; i < 2; i++) {
        x ^= x >> 30;
        x *= UINT64_C(0xbf58476d1ce4e5b9);
        x ^= x >> 27;
        x *= UINT64_C(0x94d049bb133111eb);
        x ^= x >> 31;
    }
    return x;
}

/* --- What has reached the disk ---------------------------------------------------------- */

const char *choice_word(enum choice_kind kind)
{
    static const char *const words[] = {
        [CHOICE_NONE] = "none", [CHOICE_ALL] = "all", [CHOICE_PREFIX] = "prefix", [CHOICE_REST] = "rest",
        [CHOICE_SOME] = "some", [CHOICE_SECTORS] = "sectors", [CHOICE_MOST] = "most", [CHOICE_FEW] = "few",
    };
    return words[kind];
}

/* Whether a sector of an operation has; one without bytes has one, 0. */
static bool reaches(const struct choice *c, uint64_t op, uint64_t sector, uint64_t sectors)
{
    switch (c->kind) {
    case CHOICE_NONE:
        return false;
    case CHOICE_PREFIX:
        return op < c->cut || (op == c->cut && sector < mixed(c->seed, op, 0) % (sectors + 1));
    case CHOICE_REST:
        return op >= c->cut;
    case CHOICE_SOME:
        return mixed(c->seed, op, 0) & 1;
    case CHOICE_SECTORS:
        return mixed(c->seed, op, sector) & 1;
    case CHOICE_MOST:
        return mixed(c->seed, op, sector) % 16 != 0;
    case CHOICE_FEW:
        return mixed(c->seed, op, sector) % 16 == 0;
    default:
        return true;
    }
}

static uint64_t sectors_of(const struct file_op *op)
{
    if (op->kind != LOG_WRITE)
        return 1;
    return (op->offset + op->size - 1) / SECTOR - op->offset / SECTOR + 1;
}

uint64_t choice_hash(const struct choice *choice, const struct disk *disk)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < disk->op_count; i++)
        hash = mixed(hash, disk->ops[i].number, reaches(choice, disk->ops[i].number, 0, 1));
    for (unsigned f = 0; f < disk->file_count; f++) {
        for (unsigned i = 0; i < disk->files[f]->op_count; i++) {
            const struct file_op *op = &disk->files[f]->ops[i];
            uint64_t sectors = sectors_of(op);
            for (uint64_t s = 0; s < sectors; s++)
                hash = mixed(hash, op->number, 2 * s + reaches(choice, op->number, s, sectors));
        }
    }
    return hash;
}

/* --- The folder ------------------------------------------------------------------------- */

void image_open(struct image *image, const char *folder)
{
    *image = (struct image){ .count = 0 };
    snprintf(image->folder, sizeof image->folder, "%s", folder);
}

static void path_of(const struct image *image, const char *path, char to[LONG_PATH])
{
    int n = snprintf(to, LONG_PATH, "%s/%s", image->folder, path);
    assert(n < LONG_PATH);
}

static struct placed *placed_at(struct image *image, const char *path)
{
    for (unsigned i = 0; i < image->count; i++)
        if (strcmp(image->placed[i].path, path) == 0)
            return &image->placed[i];
    return NULL;
}

struct disk_file *image_safe(const struct image *image, const char *path)
{
    struct disk_name *name = names_find(&image->names, path);
    bool safe = name != NULL && name->file != NULL && name->file->op_count == 0
        && names_reach(&image->names, path);
    return safe ? name->file : NULL;
}

static void spoil(struct placed *placed, uint64_t from, uint64_t to)
{
    if (placed->spoilt_count == placed->spoilt_room) {
        placed->spoilt_room = 2 * placed->spoilt_room + 16;
        placed->spoilt = realloc(placed->spoilt, placed->spoilt_room * sizeof *placed->spoilt);
        assert(placed->spoilt != NULL);
    }
    placed->spoilt[placed->spoilt_count++] = (struct spoilt){ from, to };
}

static void put_bytes(struct image *image, struct placed *placed, const uint8_t *bytes, uint64_t from,
                      uint64_t to)
{
    ssize_t n = pwrite(placed->fd, bytes, to - from, (off_t)from);
    assert(n == (ssize_t)(to - from));
    image->written += to - from;
    if (to > placed->size)
        placed->size = to;
}

static void put_size(struct placed *placed, uint64_t size)
{
    if (placed->size == size)
        return;
    int failed = ftruncate(placed->fd, (off_t)size);
    assert(failed == 0);
    if (size < placed->size)
        spoil(placed, size, placed->size);
    placed->size = size;
}

/* As what is safe. */
static void restore(struct image *image, struct placed *placed)
{
    struct disk_file *file = placed->file;
    put_size(placed, file->size);
    if (file->changed_from != file->changed_to)
        spoil(placed, file->changed_from, file->changed_to);
    file->changed_from = file->changed_to = 0;
    unsigned count = placed->spoilt_count;
    for (unsigned i = 0; i < count; i++) {
        uint64_t to = placed->spoilt[i].to < file->size ? placed->spoilt[i].to : file->size;
        if (placed->spoilt[i].from < to)
            put_bytes(image, placed, file->bytes + placed->spoilt[i].from, placed->spoilt[i].from, to);
    }
    placed->spoilt_count = 0;
}

/* The sectors of a write that reach the disk, each row of them at once. */
static void put_write(struct image *image, struct placed *placed, const struct file_op *op,
                      const struct choice *choice)
{
    uint64_t sectors = sectors_of(op), end = op->offset + op->size;
    for (uint64_t s = 0, next; s < sectors; s = next) {
        bool there = reaches(choice, op->number, s, sectors);
        for (next = s + 1; next < sectors && reaches(choice, op->number, next, sectors) == there; next++)
            continue;
        uint64_t from = s == 0 ? op->offset : (op->offset / SECTOR + s) * SECTOR;
        uint64_t to = next == sectors ? end : (op->offset / SECTOR + next) * SECTOR;
        if (!there)
            continue;
        put_bytes(image, placed, op->bytes + (from - op->offset), from, to);
        spoil(placed, from, to);
    }
}

static void put_op(struct image *image, struct placed *placed, const struct file_op *op,
                   const struct choice *choice)
{
    if (op->kind == LOG_WRITE) {
        put_write(image, placed, op, choice);
        return;
    }
    if (!reaches(choice, op->number, 0, 1))
        return;
    if (op->kind == LOG_TRUNCATE || op->offset > placed->size)
        put_size(placed, op->offset);
}

static struct placed *place(struct image *image, const char *path, struct disk_file *file)
{
    char whole[LONG_PATH];
    struct stat stat;
    if (image->count == image->room) {
        image->room = 2 * image->room + 16;
        image->placed = realloc(image->placed, image->room * sizeof *image->placed);
        assert(image->placed != NULL);
    }
    struct placed *placed = &image->placed[image->count++];
    *placed = (struct placed){ .file = file };
    strcpy(placed->path, path);
    path_of(image, path, whole);
    placed->fd = open(whole, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(placed->fd >= 0);
    int failed = fstat(placed->fd, &stat);
    assert(failed == 0);
    placed->inode = stat.st_ino;
    spoil(placed, 0, UINT64_MAX);
    return placed;
}

/* Forgets a file; the name may be gone already. */
static void displace(struct image *image, struct placed *placed)
{
    char whole[LONG_PATH];
    path_of(image, placed->path, whole);
    unlink(whole);
    close(placed->fd);
    free(placed->spoilt);
    *placed = image->placed[--image->count];
}

static void put_file(struct image *image, const struct disk_name *name, const struct choice *choice)
{
    struct placed *placed = placed_at(image, name->path);
    if (placed != NULL && placed->file != name->file) {
        displace(image, placed);
        placed = NULL;
    }
    if (placed == NULL)
        placed = place(image, name->path, name->file);
    placed->wanted = true;
    restore(image, placed);
    for (unsigned i = 0; i < name->file->op_count; i++)
        put_op(image, placed, &name->file->ops[i], choice);
}

/* Folders in the order of their depth. */
static void put_folders(struct image *image)
{
    char whole[LONG_PATH];
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < image->names.count; i++) {
            const struct disk_name *name = &image->names.list[i];
            if (name->file != NULL || !names_reach(&image->names, name->path))
                continue;
            path_of(image, name->path, whole);
            if (mkdir(whole, 0700) == 0)
                again = true;
        }
    }
}

static void remove_folders(struct image *image, const char *path);

static void remove_folder_entry(struct image *image, const char *path)
{
    char whole[LONG_PATH];
    path_of(image, path, whole);
    if (unlink(whole) == 0 || errno == ENOENT)
        return;
    remove_folders(image, path);
    rmdir(whole);
}

/* Everything in a folder that the state does not have, but locks. */
static void remove_folders(struct image *image, const char *path)
{
    char whole[LONG_PATH], inside[LONG_PATH];
    path_of(image, path, whole);
    DIR *dir = opendir(whole);
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int n = snprintf(inside, sizeof inside, "%s%s%s", path, path[0] != '\0' ? "/" : "", entry->d_name);
        assert(n < PATH_LEN);
        bool lock = strcmp(entry->d_name, "lock.mdb") == 0 || strcmp(entry->d_name, "fundwatch.lock") == 0;
        struct disk_name *name = names_find(&image->names, inside);
        if (name != NULL && name->file == NULL && names_reach(&image->names, inside))
            remove_folders(image, inside);
        else if (name == NULL ? !lock || !names_reach(&image->names, inside) : !names_reach(&image->names,
                                                                                            inside))
            remove_folder_entry(image, inside);
    }
    closedir(dir);
}

void image_put(struct image *image, const struct disk *disk, const struct choice *choice)
{
    names_copy(&image->names, &disk->safe);
    for (unsigned i = 0; i < disk->op_count; i++)
        if (reaches(choice, disk->ops[i].number, 0, 1))
            names_do(&image->names, &disk->ops[i]);
    for (unsigned i = 0; i < image->count; i++)
        image->placed[i].wanted = false;
    put_folders(image);
    for (unsigned i = 0; i < image->names.count; i++) {
        const struct disk_name *name = &image->names.list[i];
        if (name->file != NULL && names_reach(&image->names, name->path))
            put_file(image, name, choice);
    }
    for (unsigned i = image->count; i-- > 0;)
        if (!image->placed[i].wanted)
            displace(image, &image->placed[i]);
    remove_folders(image, "");
}

void image_used(struct image *image, bool rewritten)
{
    char whole[LONG_PATH];
    struct stat stat;
    for (unsigned i = image->count; i-- > 0;) {
        struct placed *placed = &image->placed[i];
        path_of(image, placed->path, whole);
        if (lstat(whole, &stat) != 0 || stat.st_ino != placed->inode) {
            displace(image, placed);
            continue;
        }
        placed->size = (uint64_t)stat.st_size;
        if (rewritten)
            spoil(placed, 0, UINT64_MAX);
    }
}

void image_close(struct image *image)
{
    while (image->count > 0)
        displace(image, &image->placed[0]);
    image->names.count = 0;
    remove_folders(image, "");
    free(image->placed);
    free(image->names.list);
}
