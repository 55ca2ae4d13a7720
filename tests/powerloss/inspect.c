#include "tests/powerloss/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/derived.h"
#include "store/files.h"

#define MAP_MAX (UINT64_C(1) << 30)

static int fail(char wrong[WRONG_SIZE], const char *what, int err)
{
    snprintf(wrong, WRONG_SIZE, "%s: %s", what, strerror(-err));
    return err;
}

/* The lists of runs are left out: they may change without a record. */
static int hash_tree(struct txn *txn, uint64_t *ret)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int code = mdb_cursor_open(txn->mdb, txn->env->tree, &cursor);
    XXH64_hash_t hash = 0;
    if (code != 0)
        return env_errno(code);
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        hash = XXH3_64bits_withSeed(key.mv_data, key.mv_size, hash);
        hash = XXH3_64bits_withSeed(value.mv_data, value.mv_size, hash);
    }
    mdb_cursor_close(cursor);
    *ret = hash;
    return code == MDB_NOTFOUND ? 0 : env_errno(code);
}

static bool run_whole(const struct run_place *place, const struct run_info *info)
{
    struct run *run;
    if (run_open(place, info, &run) != 0)
        return false;
    bool good = run_warm(run);
    for (uint64_t i = 0; i < info->count && good; i++)
        good = run_entry(run, i) != NULL;
    run_close(&run);
    return good;
}

struct known {
    bool (*whole)(void *arg, const char *name, bool read);
    void *arg;
};

static bool known_whole(const struct known *known, const struct run_place *place, const struct run_info *info)
{
    char name[80];
    snprintf(name, sizeof name, "%s-%08llu", place->shape->name, (unsigned long long)info->number);
    if (known->whole != NULL && known->whole(known->arg, name, false))
        return true;
    return run_whole(place, info) && (known->whole == NULL || known->whole(known->arg, name, true));
}

static int inspect_runs(struct txn *txn, const char *path, const struct known *known, struct inspected *ret)
{
    char folder[STORE_PATH_MAX];
    struct store_identity identity;
    struct run_info runs[INDEX_RUNS_MAX];
    int err = files_join(folder, sizeof folder, path, "index");
    if (err == 0)
        err = head_get_identity(txn, &identity);
    for (int which = 0; which < DERIVED_COUNT && err == 0; which++) {
        unsigned count = 0;
        struct run_place place = { folder, identity.id, derived_shape(which), false };
        err = head_get_runs(txn, place.shape->name, runs, &count);
        for (unsigned i = 0; i < count && err == 0; i++)
            if (!known_whole(known, &place, &runs[i]))
                snprintf(ret->damaged_run, sizeof ret->damaged_run, "%s-%08llu", place.shape->name,
                         (unsigned long long)runs[i].number);
    }
    return err;
}

static int inspect_txn(struct env *env, const char *path, const struct known *known, struct inspected *ret,
                       char wrong[WRONG_SIZE])
{
    struct txn txn;
    int err = txn_begin(env, true, &txn);
    if (err != 0)
        return fail(wrong, "no transaction", err);
    ret->txn = mdb_txn_id(txn.mdb);
    err = head_get(&txn, &ret->head);
    if (err != 0)
        fail(wrong, "the head cannot be read", err);
    else if ((err = hash_tree(&txn, &ret->hash)) != 0)
        fail(wrong, "the tree cannot be read", err);
    else if ((err = inspect_runs(&txn, path, known, ret)) != 0)
        fail(wrong, "the lists of runs cannot be read", err);
    txn_abort(&txn);
    return err;
}

int inspect(const char *path, bool (*whole)(void *arg, const char *name, bool read), void *arg,
            struct inspected *ret, char wrong[WRONG_SIZE])
{
    struct env env;
    const struct known known = { whole, arg };
    *ret = (struct inspected){ .txn = 0 };
    int err = env_open(path, ENV_READ_ONLY, MAP_MAX, &env);
    if (err != 0)
        return fail(wrong, "data.mdb cannot be opened", err);
    err = inspect_txn(&env, path, &known, ret, wrong);
    env_close(&env);
    return err;
}

int inspect_open(struct store *store, bool (*whole)(void *arg, const char *name, bool read), void *arg,
                 struct inspected *ret, char wrong[WRONG_SIZE])
{
    const struct known known = { whole, arg };
    *ret = (struct inspected){ .txn = 0 };
    return inspect_txn(&store->env, store->path, &known, ret, wrong);
}

int inspect_indexes(struct store *store, struct entry_list ret[DERIVED_COUNT])
{
    uint8_t first[ENTRY_MAX], last[ENTRY_MAX];
    int err = 0;
    memset(first, 0, sizeof first);
    memset(last, 0xff, sizeof last);
    for (int which = 0; which < DERIVED_COUNT; which++)
        ret[which] = (struct entry_list){ .count = 0 };
    for (int which = 0; which < DERIVED_COUNT && err == 0; which++)
        err = index_range(store->derived.index[which], first, last, &ret[which]);
    return err;
}

void inspected_indexes_free(struct entry_list lists[DERIVED_COUNT])
{
    for (int which = 0; which < DERIVED_COUNT; which++)
        entry_list_free(&lists[which]);
}

bool inspected_indexes_equal(const struct entry_list a[DERIVED_COUNT],
                             const struct entry_list b[DERIVED_COUNT])
{
    for (int which = 0; which < DERIVED_COUNT; which++) {
        size_t size = a[which].count * derived_shape(which)->entry;
        if (a[which].count != b[which].count
            || (size > 0 && memcmp(a[which].entries, b[which].entries, size) != 0))
            return false;
    }
    return true;
}
