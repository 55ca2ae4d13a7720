/* lmdb_raw - an LMDB environment without us: the yardstick for everything after it. */
#pragma once

#include <lmdb.h>

#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/numbers.h"
#include "wire/event_codec.h"

#define RAW_RECORDS 1000                        /* different ones, in turn */

struct lmdb_raw {
    MDB_env *env;
    MDB_dbi appended, keyed;
    uint64_t position;
    struct { uint8_t bytes[CANONICAL_MAX]; size_t size; } records[RAW_RECORDS];
};

/* In the new folder `path`, with the canonical bytes of events. */
struct lmdb_raw *lmdb_raw_open(const char *path, enum spread spread);
void lmdb_raw_close(struct lmdb_raw **raw_p, const char *path);    /* and removes the folder */

/* Each writes a batch in one synced commit, and adds how long mdb_txn_commit() took, unless `commits`
 * is NULL. */

/* Every record for itself, behind the others. */
void lmdb_raw_append(struct lmdb_raw *raw, uint32_t batch, struct samples *commits);
/* What a program would do that uses LMDB alone to count each id once: records by source and id, of
 * a thousand sources in no order. */
void lmdb_raw_put(struct lmdb_raw *raw, uint32_t batch, struct samples *commits);
/* The least that LMDB can be asked: the same bytes in values of up to 64 kB, behind the others. */
void lmdb_raw_append_pieces(struct lmdb_raw *raw, uint32_t batch, struct samples *commits);
