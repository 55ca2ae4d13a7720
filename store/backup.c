/* backup - a compacted copy while the store goes on, and a store out of such a copy. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wire/controls.h"
#include "store/files.h"
#include "store/group.h"

static int copy_into(struct store *store, const char *path)
{
    char file[STORE_PATH_MAX];
    int err = files_join(file, sizeof file, path, "data.mdb");
    if (err != 0)
        return err;
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    err = failpoint("backup.copy");
    if (err == 0)
        err = env_errno(mdb_env_copyfd2(store->env.mdb, fd, MDB_CP_COMPACT));
    if (err == 0)
        err = failpoint("backup.sync");
    if (err == 0 && fsync(fd) != 0)
        err = -errno;
    if (!control("descriptor_kept"))
        close(fd);
    return err != 0 ? err : files_sync_folder(path);
}

/* Reads the copy itself: what it covers is what can be read from it. */
static int position_in(const char *path, uint64_t map_max, uint64_t *ret)
{
    struct env env;
    struct txn txn;
    struct head head;
    int err = env_open(path, ENV_READ_ONLY, map_max, &env);
    if (err != 0)
        return err;
    err = txn_begin(&env, true, &txn);
    if (err == 0) {
        err = head_get(&txn, &head);
        txn_abort(&txn);
    }
    env_close(&env);
    if (err == 0)
        *ret = head.facts.position;
    return err;
}

int store_backup(struct store *store, const char *path, uint64_t *ret_covered)
{
    if (files_inside(path, store->path))
        return -EINVAL;
    int err = files_make_empty_folder(path);
    if (err != 0)
        return err;
    err = copy_into(store, path);
    if (err == 0)
        err = failpoint("backup.read");
    if (err == 0)
        err = position_in(path, store->options.map_max, ret_covered);
    if (err != 0)
        files_remove_folder(path);
    return err;
}

static int begin_epoch(const char *path, uint64_t *ret_epoch)
{
    struct store *store;
    struct store_options options = store_options_default();
    uint64_t size = files_size(path, "data.mdb");
    if (options.map_max < 2 * size)
        options.map_max = 2 * size;
    int err = store_open(path, &options, &store);
    if (err != 0)
        return err;
    err = store_begin(store, 0);
    if (err == 0)
        err = control("same_epoch") ? 0 : store_new_epoch(store, ret_epoch);
    if (err == 0)
        err = store_commit(store);
    store_close(&store);
    return err;
}

/* Makes the whole store beside its place; only what is whole gets there. */
static int restore_beside(const char *path, const char *beside, uint64_t *ret_epoch)
{
    char from_file[STORE_PATH_MAX], to_file[STORE_PATH_MAX];
    int err = files_join(from_file, sizeof from_file, path, "data.mdb");
    if (err == 0)
        err = files_join(to_file, sizeof to_file, beside, "data.mdb");
    if (err == 0)
        err = files_make_empty_folder(beside);
    if (err == 0)
        err = files_copy(from_file, to_file);
    if (err == 0)
        err = files_sync_folder(beside);
    return err != 0 ? err : begin_epoch(beside, ret_epoch);
}

int store_restore(const char *path, const char *to, uint64_t *ret_epoch)
{
    char beside[STORE_PATH_MAX];
    if (files_exists(to, "data.mdb"))
        return -EEXIST;
    if (!files_exists(path, "data.mdb"))
        return -ENOENT;
    int n = snprintf(beside, sizeof beside, "%s.restoring", to);
    if (n < 0 || n >= (int)sizeof beside)
        return -ENAMETOOLONG;
    files_remove_folder(beside);        /* of an attempt that was interrupted */
    int err = restore_beside(path, beside, ret_epoch);
    if (err == 0 && rename(beside, to) != 0)
        err = -errno;
    if (err != 0)
        files_remove_folder(beside);
    return err != 0 ? err : files_sync_parent(to);
}
