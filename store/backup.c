/* backup - a compacted copy while the store goes on, and a store out of such a copy. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wire/controls.h"
#include "store/files.h"
#include "store/group.h"
#include "store/verify.h"

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

/* A folder that has a name beside another one's, for what is not whole yet. */
static int beside(const char *path, const char *suffix, char ret[STORE_PATH_MAX])
{
    int n = snprintf(ret, STORE_PATH_MAX, "%s%s", path, suffix);
    return n >= STORE_PATH_MAX ? -ENAMETOOLONG : 0;
}

/* A folder made in `from` gets its place, which is an empty folder or nothing; it stays there if that is on
 * disk. */
static int move_into_place(const char *from, const char *to)
{
    if (rename(from, to) != 0)
        return errno == ENOTEMPTY ? -EEXIST : -errno;
    int err = files_sync_parent(to);
    if (err != 0)
        files_remove_folder(to);
    else
        files_finish(to);
    return err;
}

int store_backup(struct store *store, const char *path, uint64_t *ret_covered)
{
    char partial[STORE_PATH_MAX];
    uint64_t covered;
    if (files_inside(path, store->path))
        return -EINVAL;
    int err = files_check_empty(path);
    if (err == 0)
        err = beside(path, ".partial", partial);
    if (err == 0)
        err = files_make_unfinished(partial);
    if (err != 0)
        return err;
    err = copy_into(store, partial);
    if (err == 0)
        err = failpoint("backup.read");
    if (err == 0)
        err = position_in(partial, store->options.map_max, &covered);
    if (err == 0)
        err = move_into_place(partial, path);
    if (err != 0)
        files_remove_folder(partial);
    else
        *ret_covered = covered;
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
static int copy_beside(const char *path, const char *beside)
{
    char from_file[STORE_PATH_MAX], to_file[STORE_PATH_MAX];
    int err = files_join(from_file, sizeof from_file, path, "data.mdb");
    if (err == 0)
        err = files_join(to_file, sizeof to_file, beside, "data.mdb");
    if (err == 0)
        err = files_copy(from_file, to_file);
    if (err == 0)
        err = files_sync_folder(beside);
    return err;
}

int store_restore(const char *path, const char *to, struct verify_result *compared,
                  void (*progress)(void *arg, uint64_t at, uint64_t of), uint64_t *ret_epoch)
{
    char restoring[STORE_PATH_MAX];
    if (files_exists(to, "data.mdb"))
        return -EEXIST;
    if (!files_exists(path, "data.mdb"))
        return -ENOENT;
    int err = beside(to, ".restoring", restoring);
    if (err == 0)
        err = files_make_unfinished(restoring);
    if (err != 0)
        return err;
    err = copy_beside(path, restoring);
    if (err == 0 && compared != NULL)
        err = verify_store(restoring, progress, NULL, compared);
    if (err == 0 && compared != NULL && compared->differences > 0)
        err = -EILSEQ;
    if (err == 0)
        err = begin_epoch(restoring, ret_epoch);
    if (err == 0)
        err = move_into_place(restoring, to);
    if (err != 0)
        files_remove_folder(restoring);
    return err;
}
