#include "store/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/controls.h"

int files_join(char *ret, size_t size, const char *folder, const char *name)
{
    int n = snprintf(ret, size, "%s/%s", folder, name);
    return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

bool files_exists(const char *folder, const char *name)
{
    char path[PATH_MAX];
    return files_join(path, sizeof path, folder, name) == 0 && access(path, F_OK) == 0;
}

uint64_t files_size(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat stat_;
    if (files_join(path, sizeof path, folder, name) != 0 || stat(path, &stat_) != 0)
        return 0;
    return (uint64_t)stat_.st_size;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int check_empty(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return -errno;
    int err = 0;
    for (struct dirent *entry; err == 0 && (entry = readdir(dir)) != NULL;)
        if (!is_dot(entry->d_name))
            err = -EEXIST;
    closedir(dir);
    return err;
}

int files_check_empty(const char *path)
{
    int err = check_empty(path);
    return err == -ENOENT ? 0 : err;
}

int files_make_empty_folder(const char *path)
{
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? check_empty(path) : -errno;
    return files_sync_parent(path);
}

int files_sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int err = control("no_folder_sync") || fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return err;
}

int files_sync_parent(const char *path)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return -ENAMETOOLONG;
    return files_sync_folder(dirname(copy));
}

int files_make_lock(const char *path)
{
    enum { LOCK_SIZE = 8192 };  /* of LMDB 0.9 with 126 readers, its default and ours */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int err = -posix_fallocate(fd, 0, LOCK_SIZE);
    close(fd);
    return err;
}

bool files_inside(const char *path, const char *folder)
{
    char copy[PATH_MAX], parent[PATH_MAX], whole[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy
        || realpath(dirname(copy), parent) == NULL || realpath(folder, whole) == NULL)
        return false;
    size_t size = strlen(whole);
    return strncmp(parent, whole, size) == 0 && (parent[size] == '/' || parent[size] == '\0');
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

static int copy_bytes(int from, int to)
{
    static _Thread_local char piece[1 << 18];
    ssize_t n;
    int err = 0;
    while (err == 0 && (n = read(from, piece, sizeof piece)) != 0)
        err = n > 0 ? write_all(to, piece, (size_t)n) : errno == EINTR ? 0 : -errno;
    return err == 0 && fsync(to) != 0 ? -errno : err;
}

int files_copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return -errno;
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int err = out < 0 ? -errno : copy_bytes(in, out);
    if (out >= 0) {
        close(out);
        if (err != 0)
            unlink(to);
    }
    close(in);
    return err;
}

#define MARK "fundwatch-unfinished"     /* in a folder that is not whole yet, from its first moment on */

/* Through descriptors, so that a link that takes a folder's place leads nowhere. */
static void remove_folder_at(int at, const char *path)
{
    int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (!is_dot(entry->d_name) && strcmp(entry->d_name, MARK) != 0 && unlinkat(fd, entry->d_name, 0) != 0)
            remove_folder_at(fd, entry->d_name);
    /* The mark goes last: a power loss must not leave something else without it. */
    if (at == AT_FDCWD && faccessat(fd, MARK, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        files_sync_folder(path);
    unlinkat(fd, MARK, 0);
    closedir(dir);
    unlinkat(at, path, AT_REMOVEDIR);
}

void files_remove_folder(const char *path)
{
    remove_folder_at(AT_FDCWD, path);
}

/* --- What is not whole yet ---------------------------------------------------------- */

static bool is_of_a_store(const char *name)
{
    static const char *const names[] = { MARK, "data.mdb", "lock.mdb", "fundwatch.lock", "index" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* -ENOTEMPTY unless what is there is empty, or has the mark and nothing that a store has not. */
static int check_unfinished(DIR *dir)
{
    bool empty = true, marked = false, foreign = false;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (is_dot(entry->d_name))
            continue;
        empty = false;
        marked = marked || strcmp(entry->d_name, MARK) == 0;
        foreign = foreign || !is_of_a_store(entry->d_name);
    }
    return empty || (marked && !foreign) ? 0 : -ENOTEMPTY;
}

static int remove_unfinished(const char *path)
{
    int fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : errno == ELOOP || errno == ENOTDIR ? -ENOTEMPTY : -errno;
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        int err = -errno;
        close(fd);
        return err;
    }
    int err = check_unfinished(dir);
    closedir(dir);
    if (err == 0)
        files_remove_folder(path);
    return err;
}

int files_make_unfinished(const char *path)
{
    char mark[PATH_MAX];
    int err = files_join(mark, sizeof mark, path, MARK);
    if (err == 0)
        err = remove_unfinished(path);
    if (err == 0 && mkdir(path, 0700) != 0)
        err = errno == EEXIST ? -ENOTEMPTY : -errno;
    if (err != 0)
        return err;
    err = files_sync_parent(path);
    int fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (err == 0 && (fd < 0 || fsync(fd) != 0))
        err = -errno;
    if (fd >= 0)
        close(fd);
    if (err == 0)
        err = files_sync_folder(path);
    if (err != 0)
        files_remove_folder(path);
    return err;
}

void files_finish(const char *path)
{
    char mark[PATH_MAX];
    if (files_join(mark, sizeof mark, path, MARK) == 0)
        unlink(mark);
}
