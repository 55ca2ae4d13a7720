/* spool_env - see the header.
 *
 * The folder holds `lock`, which whoever has the spool open holds with flock(),
 * `spool.mdb`, and LMDB's own `spool.mdb-lock`.  A new environment is made as
 * `spool.mdb.new` and renamed when it is whole and on disk, so a crash while
 * it is made leaves either no spool or an empty one, never a torn file. */
#include "store/spool/spool_env.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/spool/spool.h"
#include "wire/controls.h"

#define SPOOL_PATH_MAX 4096
#define MAP_START      (UINT64_C(64) << 20)
#define MAP_DEFAULT    (UINT64_C(64) << 30)
#define MAP_LEAST      (UINT64_C(1) << 20)
#define UNSAFE_FLAGS   (MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP | MDB_MAPASYNC)

static const char *const table_names[SPOOL_TABLES] = {
    [SPOOL_HEAD] = "head",
    [SPOOL_BATCH] = "batch",
    [SPOOL_WAITING] = "waiting",
    [SPOOL_ANSWERED] = "answered",
};

/* LMDB's codes end here: positive ones are errno, negative ones its own. */
static int error_of(int code)
{
    if (code >= 0)
        return -code;
    switch (code) {
    case MDB_MAP_FULL:
        return -ENOSPC;
    case MDB_VERSION_MISMATCH:
        return -EPROTONOSUPPORT;
    case MDB_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
        return -EILSEQ;
    default:                    /* LMDB's codes are macros, not an enum */
        return -EIO;
    }
}

/* LMDB says EIO of a write that the file system cut short, which is what it does when it is full. */
static bool disk_is_full(MDB_env *lmdb)
{
    enum { LEAST = 1 << 20 };   /* bytes; below it a commit of some batches may have met the end */
    struct statvfs disk;
    int fd;
    mdb_env_get_fd(lmdb, &fd);          /* cannot fail: it is open */
    return fstatvfs(fd, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < LEAST;
}

static int error_of_commit(MDB_env *lmdb, int code)
{
    return code == EDQUOT || (code == EIO && disk_is_full(lmdb)) ? -ENOSPC : error_of(code);
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int err = control("no_folder_sync") || fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return err;
}

/* "a" of "a/b" and of "a/b/", "." of "b", "/" of "/b". */
static int parent_of(const char *path, char parent[SPOOL_PATH_MAX])
{
    size_t size = strlen(path);
    if (size == 0 || size >= SPOOL_PATH_MAX - 32)
        return size == 0 ? -EINVAL : -ENAMETOOLONG;
    while (size > 1 && path[size - 1] == '/')
        size--;
    while (size > 0 && path[size - 1] != '/')
        size--;
    while (size > 1 && path[size - 1] == '/')
        size--;
    if (size == 0)
        snprintf(parent, SPOOL_PATH_MAX, ".");
    else
        snprintf(parent, SPOOL_PATH_MAX, "%.*s", (int)size, path);
    return 0;
}

/* Makes the folder and those above it, durably. */
static int make_folder(const char *path)
{
    char parent[SPOOL_PATH_MAX];
    int err = parent_of(path, parent);
    if (err != 0)
        return err;
    if (mkdir(path, 0700) == 0)
        return sync_folder(parent);
    if (errno == EEXIST)
        return 0;
    if (errno != ENOENT || strcmp(parent, path) == 0)
        return -errno;
    err = make_folder(parent);
    if (err != 0)
        return err;
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -errno;
    return sync_folder(parent);
}

static int take_lock(struct spool_env *env, const char *path)
{
    char file[SPOOL_PATH_MAX];
    snprintf(file, sizeof file, "%s/lock", path);
    env->lock_fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (env->lock_fd < 0)
        return -errno;
    if (flock(env->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? -EBUSY : -errno;
    return 0;
}

/* $FUNDWATCH_SPOOL_MAX, in bytes. */
static int read_map_max(uint64_t *ret)
{
    const char *text = getenv("FUNDWATCH_SPOOL_MAX");
    if (text == NULL || *text == '\0') {
        *ret = MAP_DEFAULT;
        return 0;
    }
    char *end;
    errno = 0;
    unsigned long long max = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || max < MAP_LEAST ||
        max > SIZE_MAX / 2)
        return -EINVAL;
    *ret = max;
    return 0;
}

/* Enough for the file that is there and some more. */
static uint64_t first_map_size(const struct spool_env *env, const char *file)
{
    struct stat st;
    uint64_t size = env->map_max < MAP_START ? env->map_max : MAP_START;
    if (stat(file, &st) == 0)
        while (size < (uint64_t)st.st_size)
            size *= 2;
    return size;
}

/* LMDB's own lock file with disk behind it: LMDB makes a sparse one and writes to it through a
 * map, which on a full disk is a SIGBUS. */
static int make_lmdb_lock(const char *file)
{
    enum { LOCK_SIZE = 8192 };  /* of LMDB 0.9 with its 126 readers */
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s-lock", file) >= (int)sizeof path)
        return -ENAMETOOLONG;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int err = -posix_fallocate(fd, 0, LOCK_SIZE);
    close(fd);
    return err;
}

/* Every page that the newest commit counts is in the file, or reading one that is not would end the process
 * without a word (SIGBUS).  A disk that was full while it was copied leaves such a file. */
static int check_size(MDB_env *lmdb)
{
    MDB_envinfo info;
    MDB_stat page;
    struct stat file;
    int fd;
    mdb_env_info(lmdb, &info);          /* these three cannot fail: it is open */
    mdb_env_stat(lmdb, &page);
    mdb_env_get_fd(lmdb, &fd);
    if (fstat(fd, &file) != 0)
        return -errno;
    return (uint64_t)file.st_size / page.ms_psize > info.me_last_pgno ? 0 : -EILSEQ;
}

/* Of the seeded bugs no_sync and no_meta_sync. */
static unsigned seeded_flags(void)
{
    return control("no_sync") ? MDB_NOSYNC : control("no_meta_sync") ? MDB_NOMETASYNC : 0;
}

static int open_lmdb(struct spool_env *env, const char *file)
{
    int err = make_lmdb_lock(file);
    if (err != 0)
        return err;
    int code = mdb_env_create(&env->lmdb);
    if (code != 0)
        return error_of(code);
    env->map_size = first_map_size(env, file);
    code = mdb_env_set_mapsize(env->lmdb, env->map_size);
    if (code == 0)
        code = mdb_env_set_maxdbs(env->lmdb, SPOOL_TABLES);
    if (code == 0)
        code = mdb_env_open(env->lmdb, file, MDB_NOSUBDIR | seeded_flags(),
                            control("open_to_all") ? 0644 : 0600);
    if (code != 0)
        return error_of(code);
    unsigned flags = 0;
    mdb_env_get_flags(env->lmdb, &flags);
    assert((flags & UNSAFE_FLAGS & ~seeded_flags()) == 0);
    int dead;
    code = mdb_reader_check(env->lmdb, &dead);
    return code != 0 ? error_of(code) : check_size(env->lmdb);
}

static int open_tables(struct spool_env *env, unsigned flags)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(env->lmdb, NULL, 0, &txn);
    if (code != 0)
        return error_of(code);
    for (int i = 0; i < SPOOL_TABLES && code == 0; i++)
        code = mdb_dbi_open(txn, table_names[i], flags, &env->tables[i]);
    if (code == 0)
        return error_of(mdb_txn_commit(txn));
    mdb_txn_abort(txn);
    return error_of(code);
}

static void close_lmdb(struct spool_env *env)
{
    if (env->lmdb != NULL)
        mdb_env_close(env->lmdb);
    env->lmdb = NULL;
}

static int make_environment(struct spool_env *env, const char *path, const char *file,
                            spool_work *work, void *arg)
{
    char fresh[SPOOL_PATH_MAX], its_lock[SPOOL_PATH_MAX], parent[SPOOL_PATH_MAX];
    snprintf(fresh, sizeof fresh, "%s/spool.mdb.new", path);
    snprintf(its_lock, sizeof its_lock, "%s/spool.mdb.new-lock", path);
    unlink(fresh);
    unlink(its_lock);
    int err = open_lmdb(env, fresh);
    if (err == 0)
        err = open_tables(env, MDB_CREATE);
    if (err == 0)
        err = spool_env_write(env, false, work, arg);
    close_lmdb(env);
    unlink(its_lock);
    if (err == 0 && rename(fresh, file) < 0)
        err = -errno;
    if (err == 0)
        err = sync_folder(path);
    if (err == 0)
        err = parent_of(path, parent);
    return err == 0 ? sync_folder(parent) : err;
}

int spool_env_open(struct spool_env *env, const char *path, spool_work *work, void *arg)
{
    char file[SPOOL_PATH_MAX];
    *env = (struct spool_env){ .lock_fd = -1 };
    int err = read_map_max(&env->map_max);
    if (err == 0)
        err = make_folder(path);
    if (err == 0)
        err = take_lock(env, path);
    if (err != 0)
        return err;
    snprintf(file, sizeof file, "%s/spool.mdb", path);
    if (access(file, F_OK) < 0)
        err = errno == ENOENT ? make_environment(env, path, file, work, arg) : -errno;
    if (err == 0)
        err = open_lmdb(env, file);
    return err == 0 ? open_tables(env, 0) : err;
}

void spool_env_close(struct spool_env *env)
{
    close_lmdb(env);
    if (env->lock_fd >= 0)
        close(env->lock_fd);
    env->lock_fd = -1;
}

/* Doubles the map; no transaction may be open.  -ENOSPC at the limit. */
static int grow(struct spool_env *env, bool frees)
{
    uint64_t limit = frees ? env->map_max + env->map_max / 8 : env->map_max;
    uint64_t size = env->map_size * 2 < limit ? env->map_size * 2 : limit;
    if (size <= env->map_size)
        return -ENOSPC;
    int code = mdb_env_set_mapsize(env->lmdb, size);
    if (code == 0)
        env->map_size = size;
    return error_of(code);
}

/* One attempt.  *ret_map_full: nothing was written, and a larger map would help. */
static int write_once(struct spool_env *env, spool_work *work, void *arg, bool *ret_map_full)
{
    struct spool_txn txn = { .env = env };
    int code = mdb_txn_begin(env->lmdb, NULL, 0, &txn.lmdb);
    if (code != 0)
        return error_of(code);
    int result = work(&txn, arg);
    if (result != 0 || txn.err != 0) {
        mdb_txn_abort(txn.lmdb);
        *ret_map_full = txn.map_full;
        if (txn.err != 0)
            return txn.err;
        return result == SPOOL_NOTHING ? 0 : result;
    }
    if (failpoint("spool.commit") != 0) {
        mdb_txn_abort(txn.lmdb);
        return env->broken = -EIO;
    }
    /* The handle is gone whatever this returns. */
    code = mdb_txn_commit(txn.lmdb);
    if (code == 0 && failpoint("spool.committed") != 0)
        code = EIO;
    *ret_map_full = code == MDB_MAP_FULL;
    if (code != 0 && code != MDB_MAP_FULL)
        env->broken = error_of_commit(env->lmdb, code);
    return env->broken != 0 ? env->broken : error_of(code);
}

int spool_env_write(struct spool_env *env, bool frees, spool_work *work, void *arg)
{
    if (env->broken != 0)
        return env->broken;
    for (;;) {
        bool map_full = false;
        int err = write_once(env, work, arg, &map_full);
        if (!map_full)
            return err;
        err = grow(env, frees);
        if (err != 0)
            return err;
    }
}

static void fail(struct spool_txn *txn, int code)
{
    if (txn->err != 0 || code == 0)
        return;
    txn->err = error_of(code);
    txn->map_full = code == MDB_MAP_FULL;
}

struct spool_txn spool_txn_read(struct spool_env *env)
{
    struct spool_txn txn = { .env = env, .err = env->broken };
    if (txn.err == 0)
        fail(&txn, mdb_txn_begin(env->lmdb, NULL, MDB_RDONLY, &txn.lmdb));
    return txn;
}

void spool_txn_end(struct spool_txn *txn)
{
    if (txn->lmdb != NULL)
        mdb_txn_abort(txn->lmdb);
    txn->lmdb = NULL;
}

/* LMDB takes keys as not const, and does not change them. */
static MDB_val value_of(const void *bytes, size_t size)
{
    return (MDB_val){ .mv_size = size, .mv_data = (void *)(uintptr_t)bytes };
}

bool spool_txn_get(struct spool_txn *txn, enum spool_table table, const void *key,
                   size_t key_size, MDB_val *ret_value)
{
    if (txn->err != 0)
        return false;
    MDB_val k = value_of(key, key_size);
    int code = mdb_get(txn->lmdb, txn->env->tables[table], &k, ret_value);
    if (code != MDB_NOTFOUND)
        fail(txn, code);
    return code == 0;
}

bool spool_txn_from(struct spool_txn *txn, enum spool_table table, const void *key,
                    size_t key_size, MDB_val *ret_key, MDB_val *ret_value)
{
    if (txn->err != 0)
        return false;
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn->lmdb, txn->env->tables[table], &cursor);
    if (code != 0) {
        fail(txn, code);
        return false;
    }
    *ret_key = value_of(key, key_size);
    code = mdb_cursor_get(cursor, ret_key, ret_value, MDB_SET_RANGE);
    mdb_cursor_close(cursor);
    if (code != MDB_NOTFOUND)
        fail(txn, code);
    return code == 0;
}

void *spool_txn_reserve(struct spool_txn *txn, enum spool_table table, const void *key,
                        size_t key_size, size_t size)
{
    if (txn->err != 0)
        return NULL;
    MDB_val k = value_of(key, key_size), value = { .mv_size = size };
    fail(txn, mdb_put(txn->lmdb, txn->env->tables[table], &k, &value, MDB_RESERVE));
    return txn->err == 0 ? value.mv_data : NULL;
}

void spool_txn_delete(struct spool_txn *txn, enum spool_table table, const void *key,
                      size_t key_size)
{
    if (txn->err != 0)
        return;
    MDB_val k = value_of(key, key_size);
    int code = mdb_del(txn->lmdb, txn->env->tables[table], &k, NULL);
    if (code != MDB_NOTFOUND)
        fail(txn, code);
}

uint64_t spool_txn_count(struct spool_txn *txn, enum spool_table table)
{
    MDB_stat stat = { 0 };
    if (txn->err == 0)
        fail(txn, mdb_stat(txn->lmdb, txn->env->tables[table], &stat));
    return txn->err == 0 ? stat.ms_entries : 0;
}

uint64_t spool_txn_number(const struct spool_txn *txn)
{
    return txn->err == 0 ? mdb_txn_id(txn->lmdb) : 0;
}

uint64_t spool_env_bytes(const struct spool_env *env)
{
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(env->lmdb, &info);
    mdb_env_stat(env->lmdb, &stat);
    return (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
}
