#include "tests/sim/disk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/sim/disk_image.h"
#include "tests/sim/kernel.h"
#include "tests/sim/wrap.h"

#define FDS_MAX 1024

struct disk {
    char root[128];
    struct image image;
    struct random random;
    uint32_t countdown;         /* 0: nothing is armed */
    enum disk_fault fault;
    bool power_lost, full, slow;
};

/* A descriptor of a process, of a file that is looked after or not. */
struct descriptor {
    struct process *process;    /* NULL: free */
    struct disk *disk;          /* NULL: not looked after */
    struct file *file;          /* NULL: a folder, whose path is `path` */
    bool synced;                /* each write is (O_DSYNC) */
    char path[200];
};
static struct descriptor descriptors[FDS_MAX];

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
ssize_t __real_write(int fd, const void *from, size_t size);

/* --- Disks. ---------------------------------------------------------------------- */

struct disk *disk_new(const char *root, uint64_t seed, const char *name)
{
    struct disk *disk = calloc(1, sizeof *disk);
    assert(disk != NULL && strlen(root) < sizeof disk->root);
    strcpy(disk->root, root);
    disk->random = random_stream(seed, name);
    image_adopt(&disk->image, root);
    return disk;
}

void disk_after_kill(struct disk *disk)
{
    image_remove_locks(disk->root);
}

void disk_after_power_loss(struct disk *disk)
{
    image_settle(&disk->image, disk->root, &disk->random);
}

const char *disk_fault_word(enum disk_fault fault)
{
    static const char *const words[] = {
        [FAULT_DIE] = "the process dies", [FAULT_POWER] = "the power is lost",
        [FAULT_WRITE] = "it fails", [FAULT_SYNC] = "it fails",
    };
    return words[fault];
}

void disk_arm(struct disk *disk, enum disk_fault fault, uint32_t count)
{
    disk->fault = fault;
    disk->countdown = count;
}

void disk_disarm(struct disk *disk)
{
    disk->countdown = 0;
}

bool disk_power_lost(struct disk *disk)
{
    bool lost = disk->power_lost;
    disk->power_lost = false;
    return lost;
}

void disk_fill(struct disk *disk, bool full)
{
    disk->full = full;
}

void disk_slow(struct disk *disk, bool slow)
{
    disk->slow = slow;
}

/* The disk that a path of this process lies on, NULL if that is not looked after. */
static struct disk *disk_of(const char *path)
{
    const struct process *process = process_here();
    struct disk *disk = process != NULL ? process->machine->disk : NULL;
    return disk != NULL && strncmp(path, disk->root, strlen(disk->root)) == 0 && !image_is_lock(path)
        ? disk : NULL;
}

/* --- Faults. ------------------------------------------------------------------------ */

enum step { STEP_WRITE, STEP_SYNC, STEP_NAME };

static void die(struct disk *disk, const char *what)
{
    disk->countdown = 0;
    disk->power_lost = process_here()->machine->lost = disk->fault == FAULT_POWER;
    trace("%s: %s", what, disk_fault_word(disk->fault));
    process_end(process_here(), 137);
}

/* Called before a step; true if it fails. */
static bool step_fails(struct disk *disk, enum step step, const char *what)
{
    fiber_breathe();
    if (disk->countdown == 0)
        return false;
    if (disk->countdown > 1) {
        disk->countdown--;
        return false;
    }
    switch (disk->fault) {
    case FAULT_DIE:
    case FAULT_POWER:
        if (random_once_in(&disk->random, 2))
            die(disk, what);
        return false;           /* afterwards */
    case FAULT_WRITE:
    case FAULT_SYNC:
        if ((disk->fault == FAULT_WRITE) != (step == STEP_WRITE) || step == STEP_NAME)
            return false;
        disk->countdown = 0;
        trace("%s: it fails", what);
        return true;
    }
    return false;
}

static void step_done(struct disk *disk, const char *what)
{
    if (disk->countdown == 1 && (disk->fault == FAULT_DIE || disk->fault == FAULT_POWER))
        die(disk, what);
}

/* --- Descriptors. ---------------------------------------------------------------------- */

static struct descriptor *descriptor_of(int fd)
{
    return process_here() != NULL && fd >= 0 && fd < FDS_MAX && descriptors[fd].disk != NULL
        ? &descriptors[fd] : NULL;
}

static void remember(int fd, struct disk *disk, const char *path, int flags, bool existed)
{
    assert(fd < FDS_MAX);
    struct descriptor *d = &descriptors[fd];
    *d = (struct descriptor){
        .process = process_here(), .disk = disk, .synced = (flags & O_DSYNC) != 0,
    };
    if (disk == NULL)
        return;
    snprintf(d->path, sizeof d->path, "%s", path);
    if ((flags & O_DIRECTORY) != 0)
        return;
    if (!existed || (flags & O_TRUNC) != 0)
        d->file = image_create(&disk->image, path);
    else
        d->file = image_find(&disk->image, path);
}

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
    va_end(args);
    bool existed = access(path, F_OK) == 0;
    int fd = __real_open(path, flags, mode);
    if (fd >= 0 && process_here() != NULL)
        remember(fd, disk_of(path), path, flags, existed);
    return fd;
}

int disk_close(int fd)
{
    if (fd >= 0 && fd < FDS_MAX)
        descriptors[fd] = (struct descriptor){ .process = NULL };
    return __real_close(fd);
}

void disk_process_ended(struct process *process)
{
    for (int fd = 0; fd < FDS_MAX; fd++)
        if (descriptors[fd].process == process)
            disk_close(fd);
}

/* --- Writing. ---------------------------------------------------------------------------- */

static bool has_no_room(const struct descriptor *d, int fd, uint64_t end)
{
    struct stat stat;
    return d->disk->full && fstat(fd, &stat) == 0 && end > (uint64_t)stat.st_size;
}

/* The part of a write that the real file has not: what is noted, and what fails.  0 or an errno. */
static int note_write(struct descriptor *d, int fd, const struct iovec *parts, int count, uint64_t at)
{
    size_t size = 0;
    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    if (has_no_room(d, fd, at + size))
        return ENOSPC;
    if (step_fails(d->disk, STEP_WRITE, "write"))
        return EIO;
    if (d->file == NULL)
        return 0;
    image_write(d->file, parts, count, at);
    if (d->synced)
        image_sync(d->file);
    return 0;
}

static ssize_t fail_with(int error)
{
    errno = error;
    return -1;
}

WRAPPED(ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at))
{
    struct descriptor *d = descriptor_of(fd);
    struct iovec part = { .iov_base = (void *)(uintptr_t)from, .iov_len = size };
    int error = d != NULL ? note_write(d, fd, &part, 1, (uint64_t)at) : 0;
    if (error != 0)
        return fail_with(error);
    ssize_t written = __real_pwrite(fd, from, size, at);
    if (d != NULL)
        step_done(d->disk, "write");
    return written;
}

WRAPPED(ssize_t, writev, (int fd, const struct iovec *parts, int count))
{
    struct descriptor *d = descriptor_of(fd);
    int error = d != NULL ? note_write(d, fd, parts, count, (uint64_t)lseek(fd, 0, SEEK_CUR)) : 0;
    if (error != 0)
        return fail_with(error);
    ssize_t written = __real_writev(fd, parts, count);
    if (d != NULL)
        step_done(d->disk, "write");
    return written;
}

ssize_t disk_write(int fd, const void *from, size_t size)
{
    if (fd == STDERR_FILENO && process_here() != NULL) {
        /* A line of the daemon's log, behind its time. */
        const char *line = memchr(from, ' ', size);
        trace("%.*s", (int)(size - (size_t)(line != NULL ? line - (const char *)from : 0)) - 1,
              line != NULL ? line : (const char *)from);
        return (ssize_t)size;
    }
    struct descriptor *d = descriptor_of(fd);
    struct iovec part = { .iov_base = (void *)(uintptr_t)from, .iov_len = size };
    int error = d != NULL ? note_write(d, fd, &part, 1, (uint64_t)lseek(fd, 0, SEEK_CUR)) : 0;
    if (error != 0)
        return fail_with(error);
    ssize_t written = __real_write(fd, from, size);
    if (d != NULL)
        step_done(d->disk, "write");
    return written;
}

static int sync_file(struct descriptor *d)
{
    struct disk *disk = d->disk;
    uint32_t slow = disk->slow ? 30 : 1;
    fiber_sleep_us(random_between(&disk->random, 50, 2000) * slow);
    if (step_fails(disk, STEP_SYNC, "sync")) {
        if (d->file != NULL)
            image_sync_badly(d->file, &disk->random);
        return (int)fail_with(EIO);
    }
    if (d->file != NULL)
        image_sync(d->file);
    else
        image_sync_folder(&disk->image, d->path);
    step_done(disk, "sync");
    return 0;
}

/* For the real one time is too short to matter: nothing is expected of the files after the run. */
WRAPPED(int, fsync, (int fd))
{
    struct descriptor *d = descriptor_of(fd);
    return d != NULL ? sync_file(d) : process_here() != NULL ? 0 : __real_fsync(fd);
}

WRAPPED(int, fdatasync, (int fd))
{
    struct descriptor *d = descriptor_of(fd);
    return d != NULL ? sync_file(d) : process_here() != NULL ? 0 : __real_fdatasync(fd);
}

WRAPPED(int, posix_fallocate, (int fd, off_t at, off_t size))
{
    const struct descriptor *d = descriptor_of(fd);
    if (d != NULL && has_no_room(d, fd, (uint64_t)(at + size)))
        return ENOSPC;
    struct stat stat;
    (void)__real_posix_fallocate;
    /* A hole is as good: nobody else takes the room. */
    return fstat(fd, &stat) == 0 && stat.st_size < at + size && ftruncate(fd, at + size) != 0 ? errno : 0;
}

/* --- Names. ------------------------------------------------------------------------------- */

static void note_names(struct disk *disk, enum change change, const char *path, const char *to,
                       const char *what)
{
    image_change(&disk->image, change, path, to);
    step_done(disk, what);
}

WRAPPED(int, rename, (const char *from, const char *to))
{
    struct disk *disk = disk_of(from);
    if (disk != NULL)
        step_fails(disk, STEP_NAME, "rename");
    int result = __real_rename(from, to);
    if (disk != NULL && result == 0)
        note_names(disk, CHANGE_RENAME, from, to, "rename");
    return result;
}

WRAPPED(int, unlink, (const char *path))
{
    struct disk *disk = disk_of(path);
    if (disk != NULL)
        step_fails(disk, STEP_NAME, "unlink");
    int result = __real_unlink(path);
    if (disk != NULL && result == 0)
        note_names(disk, CHANGE_REMOVE, path, NULL, "unlink");
    return result;
}

WRAPPED(int, mkdir, (const char *path, mode_t mode))
{
    struct disk *disk = disk_of(path);
    if (disk != NULL)
        step_fails(disk, STEP_NAME, "mkdir");
    int result = __real_mkdir(path, mode);
    if (disk != NULL && result == 0)
        note_names(disk, CHANGE_FOLDER, path, NULL, "mkdir");
    return result;
}

WRAPPED(int, rmdir, (const char *path))
{
    struct disk *disk = disk_of(path);
    if (disk != NULL)
        step_fails(disk, STEP_NAME, "rmdir");
    int result = __real_rmdir(path);
    if (disk != NULL && result == 0)
        note_names(disk, CHANGE_REMOVE, path, NULL, "rmdir");
    return result;
}

/* By the path, which is what the images know. */
WRAPPED(int, unlinkat, (int at, const char *name, int flags))
{
    char link[64], path[2 * PATH_MAX];
    ssize_t size = 0;
    if (at != AT_FDCWD && name[0] != '/') {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        size = readlink(link, path, PATH_MAX);
        if (size < 0)
            return -1;
        path[size++] = '/';
    }
    snprintf(path + size, PATH_MAX, "%s", name);
    return (flags & AT_REMOVEDIR) != 0 ? __wrap_rmdir(path) : __wrap_unlink(path);
}
