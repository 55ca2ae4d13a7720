#include "tests/daemon/folder.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void folder_make(struct folder *folder)
{
    umask(022);                 /* what its group can write to is refused */
    strcpy(folder->path, "/tmp/fundwatch-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

static int remove_one(const char *path, [[maybe_unused]] const struct stat *st,
                      [[maybe_unused]] int type, [[maybe_unused]] struct FTW *ftw)
{
    return remove(path);
}

void folder_remove(struct folder *folder)
{
    ck_assert_int_eq(nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *folder_path(const struct folder *folder, const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    ck_assert_int_lt(snprintf(path, sizeof paths[0], "%s/%s", folder->path, name),
                     (int)sizeof paths[0]);
    return path;
}

const char *folder_write(const struct folder *folder, const char *name, const char *text)
{
    const char *path = folder_path(folder, name);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

struct net_key folder_key(const struct folder *folder, const char *name)
{
    struct net_key key;
    char file[64];
    snprintf(file, sizeof file, "%s.key", name);
    ck_assert_int_eq(net_key_make(name, &key), 0);
    ck_assert_int_eq(net_key_write(folder_path(folder, file), &key, true), 0);
    return key;
}
