#include "tests/bench/lmdb_raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/process.h"

#define MAP_SIZE  ((size_t)16 << 30)
#define PIECE_MAX 65535

static void check_lmdb(int code)
{
    if (code != 0)
        die("raw LMDB: %s", mdb_strerror(code));
}

struct lmdb_raw *lmdb_raw_open(const char *path, enum spread spread)
{
    MDB_txn *txn;
    struct lmdb_raw *raw = calloc(1, sizeof *raw);
    if (raw == NULL)
        die("out of memory");
    if (mkdir(path, 0700) != 0)
        die("cannot make %s: %s", path, strerror(errno));
    check_lmdb(mdb_env_create(&raw->env));
    check_lmdb(mdb_env_set_mapsize(raw->env, MAP_SIZE));
    check_lmdb(mdb_env_set_maxdbs(raw->env, 2));
    check_lmdb(mdb_env_open(raw->env, path, 0, 0600));
    check_lmdb(mdb_txn_begin(raw->env, NULL, 0, &txn));
    check_lmdb(mdb_dbi_open(txn, "appended", MDB_CREATE | MDB_INTEGERKEY, &raw->appended));
    check_lmdb(mdb_dbi_open(txn, "keyed", MDB_CREATE, &raw->keyed));
    check_lmdb(mdb_txn_commit(txn));
    for (unsigned i = 0; i < RAW_RECORDS; i++) {
        struct event event = load_event(i, spread);
        raw->records[i].size = event_to_canonical(&event, raw->records[i].bytes);
    }
    return raw;
}

void lmdb_raw_close(struct lmdb_raw **raw_p, const char *path)
{
    mdb_env_close((*raw_p)->env);
    free(*raw_p);
    *raw_p = NULL;
    folder_remove(path);
}

static MDB_txn *begin(struct lmdb_raw *raw)
{
    MDB_txn *txn;
    check_lmdb(mdb_txn_begin(raw->env, NULL, 0, &txn));
    return txn;
}

static void commit(MDB_txn *txn, struct samples *commits)
{
    double start = now();
    check_lmdb(mdb_txn_commit(txn));
    if (commits != NULL)
        samples_add(commits, now() - start);
}

static void append(struct lmdb_raw *raw, MDB_txn *txn, size_t position, void *bytes, size_t size)
{
    MDB_val key = { sizeof position, &position }, value = { size, bytes };
    check_lmdb(mdb_put(txn, raw->appended, &key, &value, MDB_APPEND));
}

void lmdb_raw_append(struct lmdb_raw *raw, uint32_t batch, struct samples *commits)
{
    MDB_txn *txn = begin(raw);
    for (uint32_t i = 0; i < batch; i++) {
        unsigned n = raw->position++ % RAW_RECORDS;
        append(raw, txn, raw->position, raw->records[n].bytes, raw->records[n].size);
    }
    commit(txn, commits);
}

void lmdb_raw_put(struct lmdb_raw *raw, uint32_t batch, struct samples *commits)
{
    MDB_txn *txn = begin(raw);
    for (uint32_t i = 0; i < batch; i++) {
        unsigned n = raw->position % RAW_RECORDS;
        uint64_t position = ++raw->position;
        char id[40];
        int size = snprintf(id, sizeof id, "source-%03u/%012llu",
                            (unsigned)(position * UINT64_C(0x9e3779b97f4a7c15) >> 32) % 1000,
                            (unsigned long long)position);
        MDB_val key = { (size_t)size, id }, value = { raw->records[n].size, raw->records[n].bytes };
        check_lmdb(mdb_put(txn, raw->keyed, &key, &value, MDB_NOOVERWRITE));
    }
    commit(txn, commits);
}

void lmdb_raw_append_pieces(struct lmdb_raw *raw, uint32_t batch, struct samples *commits)
{
    static uint8_t piece[PIECE_MAX];
    size_t size = 0;
    MDB_txn *txn = begin(raw);
    for (uint32_t i = 0; i < batch; i++) {
        unsigned n = raw->position++ % RAW_RECORDS;
        if (size + raw->records[n].size > sizeof piece) {
            append(raw, txn, raw->position, piece, size);
            size = 0;
        }
        memcpy(piece + size, raw->records[n].bytes, raw->records[n].size);
        size += raw->records[n].size;
    }
    append(raw, txn, raw->position + 1, piece, size);
    raw->position++;
    commit(txn, commits);
}
