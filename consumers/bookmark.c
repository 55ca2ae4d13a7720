#include "consumers/bookmark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/controls.h"

#define FORM "fundwatch-monitor 1\nepoch: %" PRIu64 "\nnumber: %" PRIu64 "\n"
#define SIZE_MAX_BOOKMARK 128

static int read_text(const char *path, char text[SIZE_MAX_BOOKMARK])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t size = read(fd, text, SIZE_MAX_BOOKMARK - 1);
    int err = size < 0 ? -errno : 0;
    close(fd);
    if (err != 0)
        return err;
    text[size] = '\0';
    return strlen(text) == (size_t)size ? 0 : -EILSEQ;
}

/* Reading is writing again and comparing: what differs in any byte is no bookmark. */
int bookmark_read(const char *path, struct bookmark *ret)
{
    char text[SIZE_MAX_BOOKMARK], again[SIZE_MAX_BOOKMARK];
    struct bookmark b;
    int err = read_text(path, text);
    if (err != 0)
        return err;
    if (sscanf(text, "fundwatch-monitor 1 epoch: %" SCNu64 " number: %" SCNu64, &b.epoch, &b.number) != 2)
        return -EILSEQ;
    snprintf(again, sizeof again, FORM, b.epoch, b.number);
    if (strcmp(text, again) != 0)
        return -EILSEQ;
    *ret = b;
    return 0;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int err = control("no_folder_sync") || fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return err;
}

static int write_new(const char *path, const struct bookmark *bookmark)
{
    char text[SIZE_MAX_BOOKMARK];
    int size = snprintf(text, sizeof text, FORM, bookmark->epoch, bookmark->number);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    ssize_t written = write(fd, text, (size_t)size);
    int err = written == size ? 0 : written < 0 ? -errno : -ENOSPC;
    if (err == 0 && !control("bookmark_unsynced") && fsync(fd) != 0)
        err = -errno;
    if (close(fd) != 0 && err == 0)
        err = -errno;
    return err;
}

int bookmark_write(const char *path, const struct bookmark *bookmark)
{
    char new_path[PATH_MAX], folder[PATH_MAX];
    if (strlen(path) + sizeof ".new" > sizeof new_path)
        return -ENAMETOOLONG;
    snprintf(new_path, sizeof new_path, "%s.new", path);
    snprintf(folder, sizeof folder, "%s", path);
    int err = write_new(new_path, bookmark);
    if (err == 0 && rename(new_path, path) != 0)
        err = -errno;
    if (err == 0)
        err = sync_path(dirname(folder), O_RDONLY | O_DIRECTORY);
    return err;
}
