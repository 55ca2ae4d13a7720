/* record - loaded in front of the C library (LD_PRELOAD), writes down what a program does to the files below
 * a folder, what it syncs, and each frame that it hands to ZeroMQ.
 *
 *   FUNDWATCH_RECORD       the log; it is appended to
 *   FUNDWATCH_RECORD_ROOT  the folder
 *
 * A lock is held over each call and its entry, so the order of the log is the order on the disk; a reply is
 * entered before it is sent.  Recorded is what lies in folders that begin with "store" or "backup" there,
 * but for locks; programs that this one starts are not. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/powerloss/log.h"

#define FILES_MAX 4096
#define PATH_SIZE 512

static char root[PATH_SIZE];
static size_t root_size;
static int to = -1;             /* the log */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct file {
    bool known, through;
    char path[PATH_SIZE];       /* below the root */
};
static struct file files[FILES_MAX];    /* by descriptor */

#define REAL(name) ((__typeof__(&name))next_of(#name))

static void *next_of(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        abort();
    return found;
}

[[gnu::constructor]]
static void begin(void)
{
    const char *log = getenv("FUNDWATCH_RECORD"), *folder = getenv("FUNDWATCH_RECORD_ROOT");
    unsetenv("LD_PRELOAD");
    if (log == NULL || folder == NULL || realpath(folder, root) == NULL)
        return;
    root_size = strlen(root);
    to = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* What is recorded of a path: what stands behind the root, "" of the root itself.  NULL: nothing.  Stores and
 * backups are, and no locks; the programs here are given whole paths. */
static const char *below(const char *path, char whole[PATH_SIZE])
{
    if (to < 0)
        return NULL;
    snprintf(whole, PATH_SIZE, "%s", path);
    if (strncmp(whole, root, root_size) != 0)
        return NULL;
    if (whole[root_size] == '\0')
        return whole + root_size;
    const char *found = whole + root_size + 1, *name = strrchr(whole, '/') + 1;
    if (whole[root_size] != '/' || strcmp(name, "lock.mdb") == 0 || strcmp(name, "fundwatch.lock") == 0)
        return NULL;
    return strncmp(found, "store", 5) == 0 || strncmp(found, "backup", 6) == 0 ? found : NULL;
}

static void enter(enum log_kind kind, const char *path, uint64_t offset, const struct iovec *parts,
                  int count, size_t size)
{
    struct log_head head = { .kind = kind, .path_size = (uint32_t)strlen(path), .offset = offset };
    struct iovec all[1024] = {
        { &head, sizeof head }, { (void *)(uintptr_t)path, head.path_size },
    };
    int n = 2;
    for (int i = 0; i < count && head.size < size; i++) {
        all[n] = parts[i];
        if (head.size + all[n].iov_len > size)
            all[n].iov_len = size - head.size;
        head.size += all[n++].iov_len;
    }
    if (REAL(writev)(to, all, n) != (ssize_t)(sizeof head + head.path_size + head.size))
        abort();
}

static void enter_bytes(enum log_kind kind, const char *path, uint64_t offset, const void *bytes, size_t size)
{
    struct iovec part = { (void *)(uintptr_t)bytes, size };
    enter(kind, path, offset, &part, 1, size);
}

static const struct file *file_of(int fd)
{
    return fd >= 0 && fd < FILES_MAX && files[fd].known ? &files[fd] : NULL;
}

static bool exists(const char *path)
{
    struct stat stat;
    return lstat(path, &stat) == 0;
}

/* --- Opening and closing ------------------------------------------------------------ */

static void opened(int fd, const char *path, int flags, bool was_there)
{
    if (fd >= FILES_MAX)
        abort();
    files[fd].known = true;
    files[fd].through = (flags & O_DSYNC) != 0;
    snprintf(files[fd].path, PATH_SIZE, "%s", path);
    if (flags & O_DIRECTORY)
        return;
    if (!was_there)
        enter(LOG_CREATE, path, 0, NULL, 0, 0);
    else if (flags & O_TRUNC)
        enter(LOG_TRUNCATE, path, 0, NULL, 0, 0);
}

static int open_file(const char *path, int flags, mode_t mode)
{
    char whole[PATH_SIZE];
    const char *relative = below(path, whole);
    if (relative == NULL)
        return REAL(open)(path, flags, mode);
    pthread_mutex_lock(&lock);
    bool was_there = exists(path);
    int fd = REAL(open)(path, flags, mode);
    int err = errno;
    if (fd >= 0)
        opened(fd, relative, flags, was_there);
    pthread_mutex_unlock(&lock);
    errno = err;
    return fd;
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? va_arg(args, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_file(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_file(path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_file(path, flags, 0);
}

int close(int fd)
{
    if (fd >= 0 && fd < FILES_MAX) {
        pthread_mutex_lock(&lock);
        files[fd].known = false;
        pthread_mutex_unlock(&lock);
    }
    return REAL(close)(fd);
}

/* --- Bytes ------------------------------------------------------------------------- */

/* Under the lock, with errno kept. */
static void written(int fd, uint64_t offset, const struct iovec *parts, int count, ssize_t size)
{
    int err = errno;
    const struct file *file = file_of(fd);
    if (file != NULL && size > 0)
        enter(file->through ? LOG_WRITE_THROUGH : LOG_WRITE, file->path, offset, parts, count, (size_t)size);
    errno = err;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    if (file_of(fd) == NULL)
        return REAL(write)(fd, bytes, size);
    pthread_mutex_lock(&lock);
    struct iovec part = { (void *)(uintptr_t)bytes, size };
    uint64_t at = (uint64_t)lseek(fd, 0, SEEK_CUR);
    ssize_t n = REAL(write)(fd, bytes, size);
    written(fd, at, &part, 1, n);
    pthread_mutex_unlock(&lock);
    return n;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (file_of(fd) == NULL)
        return REAL(writev)(fd, parts, count);
    pthread_mutex_lock(&lock);
    uint64_t at = (uint64_t)lseek(fd, 0, SEEK_CUR);
    ssize_t n = REAL(writev)(fd, parts, count);
    written(fd, at, parts, count, n);
    pthread_mutex_unlock(&lock);
    return n;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    if (file_of(fd) == NULL)
        return REAL(pwrite)(fd, bytes, size, offset);
    pthread_mutex_lock(&lock);
    struct iovec part = { (void *)(uintptr_t)bytes, size };
    ssize_t n = REAL(pwrite)(fd, bytes, size, offset);
    written(fd, (uint64_t)offset, &part, 1, n);
    pthread_mutex_unlock(&lock);
    return n;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    if (file_of(fd) == NULL)
        return REAL(pwritev)(fd, parts, count, offset);
    pthread_mutex_lock(&lock);
    ssize_t n = REAL(pwritev)(fd, parts, count, offset);
    written(fd, (uint64_t)offset, parts, count, n);
    pthread_mutex_unlock(&lock);
    return n;
}

static void resized(int fd, enum log_kind kind, off_t size)
{
    const struct file *file = file_of(fd);
    if (file != NULL)
        enter(kind, file->path, (uint64_t)size, NULL, 0, 0);
}

int ftruncate(int fd, off_t size)
{
    pthread_mutex_lock(&lock);
    int result = REAL(ftruncate)(fd, size);
    if (result == 0)
        resized(fd, LOG_TRUNCATE, size);
    pthread_mutex_unlock(&lock);
    return result;
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
    pthread_mutex_lock(&lock);
    int result = REAL(posix_fallocate)(fd, offset, size);
    if (result == 0)
        resized(fd, LOG_GROW, offset + size);
    pthread_mutex_unlock(&lock);
    return result;
}

/* What is not expected of the programs, and would be missing in the log. */
int fallocate(int fd, int mode, off_t offset, off_t size)
{
    if (file_of(fd) != NULL)
        abort();
    return REAL(fallocate)(fd, mode, offset, size);
}

/* --- Syncing ----------------------------------------------------------------------- */

static int synced(int fd, int result)
{
    struct stat stat;
    const struct file *file = file_of(fd);
    if (file != NULL && result == 0 && fstat(fd, &stat) == 0)
        enter(S_ISDIR(stat.st_mode) ? LOG_SYNC_FOLDER : LOG_SYNC, file->path, 0, NULL, 0, 0);
    return result;
}

int fsync(int fd)
{
    pthread_mutex_lock(&lock);
    int result = synced(fd, REAL(fsync)(fd));
    pthread_mutex_unlock(&lock);
    return result;
}

int fdatasync(int fd)
{
    pthread_mutex_lock(&lock);
    int result = synced(fd, REAL(fdatasync)(fd));
    pthread_mutex_unlock(&lock);
    return result;
}

/* --- Names ------------------------------------------------------------------------- */

int mkdir(const char *path, mode_t mode)
{
    char whole[PATH_SIZE];
    const char *relative = below(path, whole);
    pthread_mutex_lock(&lock);
    int result = REAL(mkdir)(path, mode);
    if (result == 0 && relative != NULL)
        enter(LOG_FOLDER, relative, 0, NULL, 0, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

static int removed(const char *path, int result, enum log_kind kind)
{
    char whole[PATH_SIZE];
    const char *relative = below(path, whole);
    if (result == 0 && relative != NULL)
        enter(kind, relative, 0, NULL, 0, 0);
    return result;
}

int unlink(const char *path)
{
    pthread_mutex_lock(&lock);
    int result = removed(path, REAL(unlink)(path), LOG_UNLINK);
    pthread_mutex_unlock(&lock);
    return result;
}

int rmdir(const char *path)
{
    pthread_mutex_lock(&lock);
    int result = removed(path, REAL(rmdir)(path), LOG_REMOVE_FOLDER);
    pthread_mutex_unlock(&lock);
    return result;
}

int unlinkat(int at, const char *name, int flags)
{
    char link[64], path[2 * PATH_SIZE];
    ssize_t size = 0;
    if (at != AT_FDCWD && name[0] != '/') {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        size = readlink(link, path, PATH_SIZE);
        if (size < 0)
            return -1;
        path[size++] = '/';
    }
    snprintf(path + size, PATH_SIZE, "%s", name);
    return (flags & AT_REMOVEDIR) != 0 ? rmdir(path) : unlink(path);
}

int rename(const char *from, const char *to_path)
{
    char from_whole[PATH_SIZE], to_whole[PATH_SIZE];
    const char *old = below(from, from_whole), *new = below(to_path, to_whole);
    pthread_mutex_lock(&lock);
    int result = REAL(rename)(from, to_path);
    if (result == 0 && old != NULL && new != NULL)
        enter_bytes(LOG_RENAME, old, 0, new, strlen(new));
    pthread_mutex_unlock(&lock);
    return result;
}

/* --- What others are told -------------------------------------------------------------- */

int zmq_send(void *socket, const void *bytes, size_t size, int flags);
int zmq_send(void *socket, const void *bytes, size_t size, int flags)
{
    if (to >= 0) {
        pthread_mutex_lock(&lock);
        enter_bytes(LOG_SENT, "", 0, bytes, size);
        pthread_mutex_unlock(&lock);
    }
    return ((int (*)(void *, const void *, size_t, int))next_of("zmq_send"))(socket, bytes, size, flags);
}
