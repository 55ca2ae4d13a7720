#include "daemon/folders.h"

#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"

int folders_make(const char *data, const char *name, char ret[FOLDER_MAX])
{
    int length = snprintf(ret, FOLDER_MAX, "%s/%s.XXXXXX", data, name);
    if (length < 0 || length >= FOLDER_MAX)
        return -ENAMETOOLONG;
    return mkdtemp(ret) == NULL ? -errno : 0;
}

static int remove_one(const char *path, [[maybe_unused]] const struct stat *st,
                      [[maybe_unused]] int type, [[maybe_unused]] struct FTW *ftw)
{
    return remove(path);
}

void folders_remove(const char *path)
{
    if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
        log_unusual("jobs", "cannot remove %s: %s", path, strerror(errno));
}

void folders_remove_leftovers(const char *data, const char *name)
{
    char pattern[FOLDER_MAX];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/%s.??????", data, name);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        folders_remove(found.gl_pathv[i]);
    globfree(&found);
}
