#include "store/env.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "store/bytes.h"
#include "store/files.h"
#include "store/row.h"
#include "wire/controls.h"

#define CHECK_SIZE 4
#define VALUE_MAX  (1 << 19)    /* of a checked value: sums of days that wait (deferred.h) */

static const char *const names[TABLE_COUNT] = {
    [TABLE_META] = "meta",
    [TABLE_JOURNAL] = "journal",
    [TABLE_NAMES] = "names",
    [TABLE_SOURCE_NAMES] = "source_names",
    [TABLE_SOURCES] = "sources",
    [TABLE_FUNDS] = "funds",
    [TABLE_FUND_NUMBERS] = "fund_numbers",
    [TABLE_POLICIES] = "policies",
    [TABLE_DAYS] = "days",
    [TABLE_MONTHS] = "months",
    [TABLE_FUND_SOURCES] = "fund_sources",
    [TABLE_HEADS] = "heads",
    [TABLE_MEASURES] = "measures",
    [TABLE_RECEIVED] = "received",
    [TABLE_RULES] = "rules",
    [TABLE_ALERTS] = "alerts",
    [TABLE_REVERSALS] = "reversals",
    [TABLE_UNMATCHED] = "unmatched",
    [TABLE_QUARANTINE] = "quarantine",
    [TABLE_QUARANTINE_SOURCES] = "quarantine_sources",
    [TABLE_QUARANTINE_IDS] = "quarantine_ids",
    [TABLE_CLOSES] = "closes",
    [TABLE_RESTATED] = "restated",
    [TABLE_STATEMENTS] = "statements",
    [TABLE_COLLECTED] = "collected",
    [TABLE_NORMAL] = "normal",
    [TABLE_PAYOUTS] = "payouts",
    [TABLE_ADVANCES] = "advances",
    [TABLE_PARTS] = "parts",
    [TABLE_REPORTED] = "reported",
    [TABLE_GAPS] = "gaps",
    [TABLE_NAMED] = "named",
    [TABLE_DEFERRED] = "deferred",
    [TABLE_DERIVATIONS] = "derivations",
    [TABLE_ACTIONS] = "actions",
    [TABLE_PROPOSALS] = "proposals",
    [TABLE_PROPOSAL_IDS] = "proposal_ids",
    [TABLE_TOLD] = "told",
    [TABLE_ON_ACCOUNT] = "on_account",
    [TABLE_RECOGNISED] = "recognised",
};

const char *table_name(enum table table)
{
    return names[table];
}

int env_errno(int code)
{
    switch (code) {
    case MDB_SUCCESS:
        return 0;
    case MDB_NOTFOUND:
        return -ENOENT;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        return -ENOSPC;
    case ENOSPC:                /* of the disk, from a write that may have happened: outcome unknown */
    case EDQUOT:
        return -EIO;
    case MDB_READERS_FULL:
        return -EUSERS;
    case MDB_VERSION_MISMATCH:
        return -EPROTONOSUPPORT;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_BAD_VALSIZE:
    case MDB_PANIC:
        return -EILSEQ;
    default:                    /* an errno, or a misuse of LMDB */
        return code > 0 ? -code : -EINVAL;
    }
}

static int open_tree(MDB_env *mdb, bool read_only, MDB_dbi *ret)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(mdb, NULL, read_only ? MDB_RDONLY : 0, &txn);
    if (code != 0)
        return env_errno(code);
    code = mdb_dbi_open(txn, NULL, 0, ret);
    if (code != 0) {
        mdb_txn_abort(txn);
        return env_errno(code);
    }
    return env_errno(mdb_txn_commit(txn));
}

/* Of the seeded bugs no_sync and no_meta_sync. */
static unsigned seeded_flags(enum env_mode mode)
{
    if (mode == ENV_SCRATCH || mode == ENV_READ_ONLY)
        return 0;
    return control("no_sync") ? MDB_NOSYNC : control("no_meta_sync") ? MDB_NOMETASYNC : 0;
}

/* RELIABILITY: acknowledged means synced.  Nothing may have turned that off. */
static int check_flags(MDB_env *mdb, enum env_mode mode)
{
    unsigned flags = MDB_NOSYNC;        /* unless LMDB says something else */
    mdb_env_get_flags(mdb, &flags);
    flags &= ~seeded_flags(mode);
    if (mode != ENV_SCRATCH && (flags & (MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP | MDB_MAPASYNC)))
        return -EINVAL;
    return 0;
}

/* Every page that the newest commit counts is in the file, or reading one that is not would end the process
 * without a word (SIGBUS). */
static int check_size(MDB_env *mdb, int fd)
{
    MDB_envinfo info;
    MDB_stat page;
    struct stat file;
    mdb_env_info(mdb, &info);           /* these two cannot fail: it is open */
    mdb_env_stat(mdb, &page);
    if (fstat(fd, &file) != 0)
        return -errno;
    return (uint64_t)file.st_size / page.ms_psize > info.me_last_pgno ? 0 : -EILSEQ;
}

int env_open(const char *path, enum env_mode mode, uint64_t map_max, struct env *ret)
{
    struct env env = {0};
    /* A read transaction belongs to its view, not to the thread that opened it. */
    unsigned flags = MDB_NOTLS;
    if (mode == ENV_READ_ONLY)
        flags |= MDB_RDONLY;
    if (mode == ENV_SCRATCH)
        flags |= MDB_NOSYNC;
    flags |= seeded_flags(mode);

    int err = env_errno(mdb_env_create(&env.mdb));
    if (err != 0)
        return err;
    char lock[PATH_MAX];
    err = files_join(lock, sizeof lock, path, "lock.mdb");
    if (err == 0)
        err = files_make_lock(lock);
    if (mode == ENV_READ_ONLY && (err == -EROFS || err == -EACCES))
        err = 0;                /* LMDB does without one then */
    if (err != 0) {
        mdb_env_close(env.mdb);
        return err;
    }
    /* Neither can fail while the environment is not open. */
    mdb_env_set_maxreaders(env.mdb, 126);
    mdb_env_set_mapsize(env.mdb, map_max);
    err = env_errno(mdb_env_open(env.mdb, path, flags, 0600));
    if (err == 0)
        err = check_flags(env.mdb, mode);
    if (err == 0)
        err = env_errno(mdb_env_get_fd(env.mdb, &env.fd));
    if (err == 0)
        err = check_size(env.mdb, env.fd);
    if (err == 0)
        err = open_tree(env.mdb, mode == ENV_READ_ONLY, &env.tree);
    if (err != 0) {
        mdb_env_close(env.mdb);
        return err;
    }
    env_clear_readers(&env);
    *ret = env;
    return 0;
}

void env_clear_readers(struct env *env)
{
    int dead;
    mdb_reader_check(env->mdb, &dead);
}

void env_close(struct env *env)
{
    if (env->mdb != NULL)
        mdb_env_close(env->mdb);
    env->mdb = NULL;
}

int env_reserve(struct env *env, uint64_t ahead)
{
    MDB_envinfo info;
    mdb_env_info(env->mdb, &info);
    uint64_t used = (info.me_last_pgno + 1) * (uint64_t)sysconf(_SC_PAGESIZE);
    if (used + ahead <= env->allocated)
        return 0;
    if (used + ahead > info.me_mapsize)
        return -ENOSPC;

    /* Twice as much as is asked for, so that it is not asked for every time; just enough if
     * there is no more. */
    uint64_t want = used + 2 * ahead;
    if (want > info.me_mapsize)
        want = info.me_mapsize;
    int code = posix_fallocate(env->fd, 0, (off_t)want);
    if (code == ENOSPC || code == EDQUOT) {
        want = used + ahead;
        code = posix_fallocate(env->fd, 0, (off_t)want);
    }
    if (code != 0)
        return -code;
    env->allocated = want;
    return 0;
}

/* --- Transactions ----------------------------------------------------------- */

int txn_begin(struct env *env, bool read_only, struct txn *ret)
{
    MDB_txn *mdb;
    int err = env_errno(mdb_txn_begin(env->mdb, NULL, read_only ? MDB_RDONLY : 0, &mdb));
    if (err != 0)
        return err;
    *ret = (struct txn){.env = env, .mdb = mdb, .read_only = read_only};
    return 0;
}

void txn_abort(struct txn *txn)
{
    if (txn->mdb != NULL)
        mdb_txn_abort(txn->mdb);
    txn->mdb = NULL;
    free(txn->kept);
    txn->kept = NULL;
}

int txn_commit(struct txn *txn)
{
    if (txn->err != 0) {
        txn_abort(txn);
        return txn->err;
    }
    txn->err = env_errno(mdb_txn_commit(txn->mdb));
    txn->mdb = NULL;
    txn_abort(txn);
    return txn->err;
}

/* A table is the keys that begin with its byte.  The journal comes last, so that appending a segment
 * is appending to the tree. */
static uint8_t table_byte(enum table table)
{
    return table == TABLE_JOURNAL ? 0xff : (uint8_t)table;
}

/* A key of the tree. */
struct tree_key {
    size_t size;
    uint8_t bytes[1 + TXN_KEY_MAX];
};

static struct tree_key tree_key(enum table table, const void *key, size_t size)
{
    struct tree_key ret;
    assert(size <= TXN_KEY_MAX);
    ret.size = 1 + size;
    ret.bytes[0] = table_byte(table);
    memcpy(ret.bytes + 1, key, size);
    return ret;
}

static MDB_val val_of(struct tree_key *key)
{
    return (MDB_val){key->size, key->bytes};
}

static uint32_t checksum(const MDB_val *key, const void *value, size_t size)
{
    XXH64_hash_t of_key = XXH3_64bits(key->mv_data, key->mv_size);
    return (uint32_t)XXH3_64bits_withSeed(value, size, of_key);
}

/* Takes the checksum off a value, or notes that it is wrong, or that what is under it cannot be. */
static bool unwrap(struct txn *txn, enum table table, const MDB_val *key, const MDB_val *data,
                   const uint8_t **ret, size_t *ret_size)
{
    const uint8_t *value = data->mv_data;
    size_t size = data->mv_size - CHECK_SIZE;
    if (data->mv_size < CHECK_SIZE
        || (checksum(key, value, size) != get_u32(value + size) && !control("no_checksum"))
        || !row_can_be(table, (const uint8_t *)key->mv_data + 1, key->mv_size - 1, value, size)) {
        txn->err = -EILSEQ;
        return false;
    }
    *ret = value;
    *ret_size = size;
    return true;
}

/* Of a transaction that has not failed; NULL if it fails here. */
static MDB_cursor *cursor_of(struct txn *txn)
{
    if (txn->cursor == NULL)
        txn->err = env_errno(mdb_cursor_open(txn->mdb, txn->env->tree, &txn->cursor));
    return txn->err == 0 ? txn->cursor : NULL;
}

/* What stands under a key; a code of LMDB's. */
static int look_up(struct txn *txn, MDB_val *key, MDB_val *ret)
{
    if (txn->read_only)
        return mdb_get(txn->mdb, txn->env->tree, key, ret);
    MDB_cursor *cursor = cursor_of(txn);
    return cursor == NULL ? MDB_BAD_TXN : mdb_cursor_get(cursor, key, ret, MDB_SET);
}

bool txn_peek(struct txn *txn, enum table table, const void *key, size_t key_size,
              const uint8_t **ret, size_t *ret_size)
{
    if (txn->err != 0)
        return false;
    struct tree_key full = tree_key(table, key, key_size);
    MDB_val k = val_of(&full), data;
    int code = look_up(txn, &k, &data);
    if (code == MDB_NOTFOUND)
        return false;
    if (code != 0) {
        txn->err = txn->err != 0 ? txn->err : env_errno(code);
        return false;
    }
    if (table == TABLE_JOURNAL) {
        *ret = data.mv_data;
        *ret_size = data.mv_size;
        return true;
    }
    return unwrap(txn, table, &k, &data, ret, ret_size);
}

bool txn_get(struct txn *txn, enum table table, const void *key, size_t key_size,
             void *to, size_t size)
{
    const uint8_t *value;
    size_t found;
    if (!txn_peek(txn, table, key, key_size, &value, &found))
        return false;
    if (found != size) {
        txn->err = -EILSEQ;
        return false;
    }
    memcpy(to, value, size);
    return true;
}

void txn_put(struct txn *txn, enum table table, const void *key, size_t key_size,
             const void *value, size_t size)
{
    if (txn->err != 0)
        return;
    assert(table != TABLE_JOURNAL && size <= VALUE_MAX);
    struct tree_key full = tree_key(table, key, key_size);
    MDB_val k = val_of(&full), data = {size + CHECK_SIZE, NULL};
    MDB_cursor *cursor = cursor_of(txn);
    if (cursor == NULL)
        return;
    txn->err = env_errno(mdb_cursor_put(cursor, &k, &data, MDB_RESERVE));
    if (txn->err != 0)
        return;
    memcpy(data.mv_data, value, size);
    put_u32((uint8_t *)data.mv_data + size, checksum(&k, value, size));
}

uint8_t *txn_append(struct txn *txn, const void *key, size_t key_size, size_t size)
{
    if (txn->err != 0)
        return NULL;
    struct tree_key full = tree_key(TABLE_JOURNAL, key, key_size);
    MDB_val k = val_of(&full), data = {size, NULL};
    txn->err = env_errno(mdb_put(txn->mdb, txn->env->tree, &k, &data, MDB_APPEND | MDB_RESERVE));
    return txn->err == 0 ? data.mv_data : NULL;
}

bool txn_delete(struct txn *txn, enum table table, const void *key, size_t key_size)
{
    if (txn->err != 0)
        return false;
    struct tree_key full = tree_key(table, key, key_size);
    MDB_val k = val_of(&full);
    int code = mdb_del(txn->mdb, txn->env->tree, &k, NULL);
    if (code == MDB_NOTFOUND)
        return false;
    txn->err = env_errno(code);
    return code == 0;
}

/* --- Ranges ----------------------------------------------------------------- */

static void range_open(struct range *range, struct txn *txn, enum table table,
                       const void *prefix, size_t prefix_size)
{
    *range = (struct range){.txn = txn, .table = table, .prefix_size = prefix_size};
    assert(prefix_size <= sizeof range->prefix);
    memcpy(range->prefix, prefix, prefix_size);
    if (txn->err == 0)
        txn->err = env_errno(mdb_cursor_open(txn->mdb, txn->env->tree, &range->cursor));
}

static bool begins_with(const struct range *range, const MDB_val *key)
{
    const uint8_t *bytes = key->mv_data;
    return key->mv_size > range->prefix_size && bytes[0] == table_byte(range->table)
        && memcmp(bytes + 1, range->prefix, range->prefix_size) == 0;
}

/* Takes over what the cursor stands on; false beyond the prefix. */
static bool range_take(struct range *range, int code, const MDB_val *key, const MDB_val *data)
{
    if (code == MDB_NOTFOUND)
        return false;
    if (code != 0) {
        range->txn->err = env_errno(code);
        return false;
    }
    if (!begins_with(range, key))
        return false;
    range->key = (const uint8_t *)key->mv_data + 1;
    range->key_size = key->mv_size - 1;
    if (range->table != TABLE_JOURNAL)
        return unwrap(range->txn, range->table, key, data, &range->value, &range->size);
    if (!row_can_be(TABLE_JOURNAL, range->key, range->key_size, NULL, 0)) {
        range->txn->err = -EILSEQ;
        return false;
    }
    range->value = data->mv_data;
    range->size = data->mv_size;
    return true;
}

void range_begin(struct range *range, struct txn *txn, enum table table,
                 const void *prefix, size_t prefix_size, const void *from, size_t from_size)
{
    range_open(range, txn, table, prefix, prefix_size);
    assert(from_size <= sizeof range->from);
    memcpy(range->from, from, from_size);
    range->from_size = from_size;
}

bool range_next(struct range *range)
{
    MDB_val key, data;
    int code;
    if (range->cursor == NULL || range->txn->err != 0)
        return false;
    if (range->started) {
        code = mdb_cursor_get(range->cursor, &key, &data, MDB_NEXT);
    } else {
        struct tree_key from = tree_key(range->table, range->from, range->from_size);
        key = val_of(&from);
        code = mdb_cursor_get(range->cursor, &key, &data, MDB_SET_RANGE);
        range->started = true;
    }
    return range_take(range, code, &key, &data);
}

void range_end(struct range *range)
{
    if (range->cursor != NULL)
        mdb_cursor_close(range->cursor);
    range->cursor = NULL;
}

uint64_t txn_entries(struct txn *txn, enum table table)
{
    uint64_t count = 0;
    struct range range;
    range_begin(&range, txn, table, "", 0, "", 0);
    while (range_next(&range))
        count++;
    range_end(&range);
    return count;
}

static bool is_table_byte(uint8_t byte)
{
    return byte == table_byte(TABLE_JOURNAL) || (byte < TABLE_COUNT && byte != TABLE_JOURNAL);
}

static bool is_well_ordered(struct txn *txn, MDB_cursor *cursor)
{
    struct tree_key before = {.size = 0};
    MDB_val key, data;
    int code = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);
    for (; code == 0; code = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
        if (key.mv_size == 0 || key.mv_size > sizeof before.bytes || !is_table_byte(*(uint8_t *)key.mv_data))
            return false;
        int order = memcmp(before.bytes, key.mv_data, key.mv_size < before.size ? key.mv_size : before.size);
        if (order > 0 || (order == 0 && before.size >= key.mv_size))
            return false;
        before.size = key.mv_size;
        memcpy(before.bytes, key.mv_data, key.mv_size);
        const uint8_t *value;
        size_t size;
        enum table table = before.bytes[0];
        if (before.bytes[0] != table_byte(TABLE_JOURNAL) && !unwrap(txn, table, &key, &data, &value, &size))
            return false;
    }
    return code == MDB_NOTFOUND;
}

bool txn_well_ordered(struct txn *txn)
{
    struct range whole;
    range_open(&whole, txn, TABLE_META, "", 0);
    bool good = whole.cursor != NULL && is_well_ordered(txn, whole.cursor);
    range_end(&whole);
    return good;
}

bool txn_at_or_below(struct txn *txn, enum table table, const void *key, size_t key_size,
                     size_t prefix_size, struct range *ret)
{
    range_open(ret, txn, table, key, prefix_size);
    if (ret->cursor == NULL)
        return false;
    ret->started = true;
    struct tree_key full = tree_key(table, key, key_size);
    MDB_val k = val_of(&full), data;
    int code = mdb_cursor_get(ret->cursor, &k, &data, MDB_SET_RANGE);
    if (code == MDB_NOTFOUND)
        code = mdb_cursor_get(ret->cursor, &k, &data, MDB_LAST);
    else if (code == 0 && (k.mv_size != full.size || memcmp(k.mv_data, full.bytes, full.size) != 0))
        code = mdb_cursor_get(ret->cursor, &k, &data, MDB_PREV);
    return range_take(ret, code, &k, &data);
}
