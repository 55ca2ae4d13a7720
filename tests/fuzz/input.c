#include "tests/fuzz/input.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *input_file(const uint8_t *bytes, size_t size)
{
    static int fd = -1;
    static char path[32];
    if (fd < 0) {
        fd = memfd_create("input", MFD_CLOEXEC);
        assert(fd >= 0 && fchmod(fd, 0600) == 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    bool written = ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size;
    assert(written);
    return path;
}

uint8_t take_byte(struct parts *parts)
{
    if (parts->left == 0)
        return 0;
    parts->left--;
    return *parts->at++;
}

const uint8_t *take_part(struct parts *parts, size_t *ret_size)
{
    size_t size = take_byte(parts);
    size |= (size_t)take_byte(parts) << 8;
    if (size > parts->left)
        size = parts->left;
    const uint8_t *part = parts->at;
    parts->at += size;
    parts->left -= size;
    *ret_size = size;
    return part;
}

static char folder[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *input_folder(void)
{
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "%s/fundwatch-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
    }
    return folder;
}
