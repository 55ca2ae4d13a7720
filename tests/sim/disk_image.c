#include "tests/sim/disk_image.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_unlink(const char *path);
int __real_rmdir(const char *path);
int __real_mkdir(const char *path, mode_t mode);
ssize_t __real_pwrite(int fd, const void *from, size_t size, off_t at);

static void *need(void *memory)
{
    assert(memory != NULL);
    return memory;
}

/* --- Files. ----------------------------------------------------------------------- */

static void apply(struct file *file, uint64_t at, const uint8_t *bytes, uint64_t size)
{
    if (at + size > file->room) {
        uint64_t room = 2 * (at + size);
        file->bytes = need(realloc(file->bytes, room));
        memset(file->bytes + file->room, 0, room - file->room);
        file->room = room;
    }
    if (at + size > file->size)
        file->size = at + size;
    memcpy(file->bytes + at, bytes, size);
}

void image_write(struct file *file, const struct iovec *parts, int count, uint64_t at)
{
    struct pending pending = { .at = at };
    for (int i = 0; i < count; i++)
        pending.size += parts[i].iov_len;
    uint8_t *to = pending.bytes = need(malloc(pending.size + 1));
    for (int i = 0; i < count; i++) {
        memcpy(to, parts[i].iov_base, parts[i].iov_len);
        to += parts[i].iov_len;
    }
    if (file->pending_count == file->pending_room) {
        file->pending_room = 2 * file->pending_room + 16;
        file->pending = need(realloc(file->pending, file->pending_room * sizeof file->pending[0]));
    }
    file->pending[file->pending_count++] = pending;
}

static void forget_pending(struct file *file)
{
    for (uint32_t i = 0; i < file->pending_count; i++)
        free(file->pending[i].bytes);
    file->pending_count = 0;
}

void image_sync(struct file *file)
{
    for (uint32_t i = 0; i < file->pending_count; i++)
        apply(file, file->pending[i].at, file->pending[i].bytes, file->pending[i].size);
    forget_pending(file);
}

/* Any subset of a write's sectors. */
static void apply_torn(struct file *file, const struct pending *pending, struct random *random)
{
    uint64_t end = pending->at + pending->size;
    for (uint64_t at = pending->at; at < end;) {
        uint64_t next = (at / SECTOR + 1) * SECTOR;
        next = next < end ? next : end;
        if (random_once_in(random, 2))
            apply(file, at, pending->bytes + (at - pending->at), next - at);
        at = next;
    }
}

/* In one power loss of eight all writes are there, in another none. */
void image_sync_badly(struct file *file, struct random *random)
{
    uint32_t manner = random_below(random, 8);
    for (uint32_t i = 0; i < file->pending_count && manner != 0; i++) {
        const struct pending *pending = &file->pending[i];
        if (manner == 1 || random_once_in(random, 2))
            apply(file, pending->at, pending->bytes, pending->size);
        else if (random_once_in(random, 4))
            apply_torn(file, pending, random);
    }
    forget_pending(file);
}

/* --- Names. -------------------------------------------------------------------------- */

static struct name *find(struct names *names, const char *path)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i].path, path) == 0)
            return &names->names[i];
    return NULL;
}

static void put(struct names *names, const char *path, struct file *file)
{
    struct name *name = find(names, path);
    if (name == NULL) {
        assert(names->count < NAMES_MAX);
        name = &names->names[names->count++];
        name->path = need(strdup(path));
    }
    name->file = file;
}

static void take_out(struct names *names, const char *path)
{
    struct name *name = find(names, path);
    if (name == NULL)
        return;
    free(name->path);
    *name = names->names[--names->count];
}

/* The folder itself, or something in it. */
static bool is_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    return path != NULL && strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

/* If it is below `from`, it is so below `to`. */
static void rebase(char **path, const char *from, const char *to)
{
    if (!is_below(*path, from))
        return;
    char *moved = need(malloc(strlen(to) + strlen(*path) - strlen(from) + 1));
    strcpy(stpcpy(moved, to), *path + strlen(from));
    free(*path);
    *path = moved;
}

/* With all that is in it, if it is a folder. */
static void move(struct names *names, const char *path, const char *to)
{
    if (find(names, path) != NULL)
        take_out(names, to);
    for (uint32_t i = 0; i < names->count; i++)
        rebase(&names->names[i].path, path, to);
}

static void take_out_below(struct names *names, const char *folder)
{
    for (uint32_t i = 0; i < names->count;) {
        if (is_below(names->names[i].path, folder)) {
            free(names->names[i].path);
            names->names[i] = names->names[--names->count];
        } else {
            i++;
        }
    }
}

static void make(struct names *names, const struct unsynced *u)
{
    switch (u->change) {
    case CHANGE_CREATE:
    case CHANGE_FOLDER:
        put(names, u->path, u->file);
        break;
    case CHANGE_REMOVE:
        take_out_below(names, u->path);
        break;
    case CHANGE_RENAME:
        move(names, u->path, u->to);
        break;
    }
}

static void note(struct image *image, struct unsynced u)
{
    make(&image->now, &u);
    assert(image->unsynced_count < CHANGES_MAX);
    u.path = need(strdup(u.path));
    u.to = u.to != NULL ? need(strdup(u.to)) : NULL;
    image->unsynced[image->unsynced_count++] = u;
}

struct file *image_find(const struct image *image, const char *path)
{
    struct name *name = find((struct names *)(uintptr_t)&image->now, path);
    return name != NULL ? name->file : NULL;
}

struct file *image_create(struct image *image, const char *path)
{
    struct file *file = need(calloc(1, sizeof *file));
    note(image, (struct unsynced){ CHANGE_CREATE, (char *)(uintptr_t)path, NULL, file });
    return file;
}

void image_change(struct image *image, enum change change, const char *path, const char *to)
{
    note(image, (struct unsynced){ change, (char *)(uintptr_t)path, (char *)(uintptr_t)to, NULL });
}

static bool lies_in(const char *path, const char *folder)
{
    const char *end = path != NULL ? strrchr(path, '/') : NULL;
    size_t size = strlen(folder);
    return end != NULL && (size_t)(end - path) == size && strncmp(path, folder, size) == 0;
}

static void free_change(struct unsynced *u)
{
    free(u->path);
    free(u->to);
    *u = (struct unsynced){ .path = NULL };
}

/* A folder was removed or renamed, or was not after all: changes in it, in changes[0..count], are of
 * another one now. */
static void follow_folder(struct unsynced *changes, uint32_t count, const char *folder, const char *to)
{
    for (uint32_t i = 0; i < count; i++) {
        struct unsynced *u = &changes[i];
        if (!is_below(u->path, folder) || strcmp(u->path, folder) == 0)
            continue;
        if (to == NULL) {
            free_change(u);
        } else {
            rebase(&u->path, folder, to);
            rebase(&u->to, folder, to);
        }
    }
}

/* Takes over the first `kept` changes of a folder, and forgets the others. */
static void settle_folder(struct image *image, const char *folder, uint32_t kept)
{
    uint32_t made = 0, left = 0;
    for (uint32_t i = 0; i < image->unsynced_count; i++) {
        struct unsynced *u = &image->unsynced[i];
        if (!lies_in(u->path, folder) && !lies_in(u->to, folder))
            continue;
        bool keep = made++ < kept, moves = u->change == CHANGE_RENAME;
        struct unsynced *before = image->unsynced, *after = u + 1;
        uint32_t later = image->unsynced_count - i - 1;
        if (keep)
            make(&image->synced, u);
        if (keep && (moves || u->change == CHANGE_REMOVE))
            follow_folder(before, i, u->path, u->to);
        if (!keep && moves)
            follow_folder(after, later, u->to, u->path);
        if (!keep && u->change == CHANGE_REMOVE)
            follow_folder(after, later, u->path, NULL);
        free_change(u);
    }
    for (uint32_t i = 0; i < image->unsynced_count; i++)
        if (image->unsynced[i].path != NULL)
            image->unsynced[left++] = image->unsynced[i];
    image->unsynced_count = left;
}

void image_sync_folder(struct image *image, const char *path)
{
    settle_folder(image, path, UINT32_MAX);
}

/* --- The folder. ------------------------------------------------------------------------ */

bool image_is_lock(const char *path)
{
    size_t size = strlen(path);
    return size > 4 && (strcmp(path + size - 4, "lock") == 0
                        || (size > 8 && strcmp(path + size - 8, "lock.mdb") == 0));
}

static void each_below(const char *root, void (*each)(void *arg, const char *path, bool folder), void *arg)
{
    DIR *folder = opendir(root);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[512];
        struct stat stat;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", root, entry->d_name);
        if (lstat(path, &stat) != 0)
            continue;
        if (S_ISDIR(stat.st_mode))
            each_below(path, each, arg);
        each(arg, path, S_ISDIR(stat.st_mode));
    }
    closedir(folder);
}

static void adopt(void *arg, const char *path, bool folder)
{
    struct image *image = arg;
    struct file *file = NULL;
    struct stat stat;
    if (image_is_lock(path))
        return;
    if (!folder) {
        file = need(calloc(1, sizeof *file));
        int fd = __real_open(path, O_RDONLY);
        assert(fd >= 0 && fstat(fd, &stat) == 0);
        file->size = file->room = (uint64_t)stat.st_size;
        file->bytes = need(malloc(file->size + 1));
        ssize_t got = pread(fd, file->bytes, file->size, 0);
        assert(got == stat.st_size);
        __real_close(fd);
    }
    put(&image->now, path, file);
    put(&image->synced, path, file);
}

void image_adopt(struct image *image, const char *root)
{
    each_below(root, adopt, image);
}

static void remove_lock([[maybe_unused]] void *arg, const char *path, bool folder)
{
    if (!folder && image_is_lock(path))
        __real_unlink(path);
}

void image_remove_locks(const char *root)
{
    each_below(root, remove_lock, NULL);
}

static void remove_any([[maybe_unused]] void *arg, const char *path, bool folder)
{
    if (folder)
        __real_rmdir(path);
    else
        __real_unlink(path);
}

static void write_out(const struct name *name)
{
    int fd = __real_open(name->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return;                 /* its folder is not there */
    ssize_t put_ = __real_pwrite(fd, name->file->bytes, name->file->size, 0);
    assert(put_ == (ssize_t)name->file->size);
    __real_close(fd);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->path, ((const struct name *)b)->path);
}

void image_settle(struct image *image, const char *root, struct random *random)
{
    while (image->unsynced_count > 0) {
        char folder[512];
        snprintf(folder, sizeof folder, "%s", image->unsynced[0].path);
        *strrchr(folder, '/') = '\0';
        settle_folder(image, folder, random_below(random, image->unsynced_count + 1));
    }
    /* Folders come before what is in them. */
    qsort(image->synced.names, image->synced.count, sizeof image->synced.names[0], by_path);
    each_below(root, remove_any, NULL);
    for (uint32_t i = 0; i < image->synced.count; i++) {
        const struct name *name = &image->synced.names[i];
        if (name->file == NULL) {
            __real_mkdir(name->path, 0700);
        } else {
            image_sync_badly(name->file, random);
            write_out(name);
        }
    }
    for (uint32_t i = 0; i < image->now.count; i++)
        free(image->now.names[i].path);
    image->now = (struct names){ .count = 0 };
    for (uint32_t i = 0; i < image->synced.count; i++)
        put(&image->now, image->synced.names[i].path, image->synced.names[i].file);
}
