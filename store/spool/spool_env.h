/* spool_env - the LMDB environment under a spool: its folder, its lock, its map, its transactions.
 *
 * Promise: spool_env_write() returned 0 means on disk; nothing turns the sync
 * off.  The map grows by itself.  After a commit that failed for another reason than a
 * full map nobody knows what is on disk (RELIABILITY 3), so every later call
 * gets the same error until the spool is opened again.
 *
 * Functions return 0 or a negative errno.  One thread. */
#pragma once

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

enum spool_table {
    SPOOL_HEAD,
    SPOOL_BATCH,
    SPOOL_WAITING,
    SPOOL_ANSWERED,
    SPOOL_TABLES
};

struct spool_env {
    MDB_env *lmdb;              /* NULL: not open */
    MDB_dbi tables[SPOOL_TABLES];
    int lock_fd;                /* -1: none */
    uint64_t map_size;          /* bytes, now */
    uint64_t map_max;           /* bytes that new batches may make it */
    int broken;                 /* of a failed commit; sticky */
};

/* Remembers its first error; after it the rest does nothing. */
struct spool_txn {
    struct spool_env *env;
    MDB_txn *lmdb;
    int err;                    /* 0 or a negative errno */
    bool map_full;              /* what the error came from */
};

/* What a write transaction does.  0: commit.  SPOOL_NOTHING: there is nothing to
 * write, which is no error.  It may be called again from the start after the map
 * has grown, so it changes nothing outside of the transaction. */
#define SPOOL_NOTHING 1
typedef int spool_work(struct spool_txn *txn, void *arg);

/* Makes the folder and in it an environment with what `work` writes, if there
 * is none; then opens it.  -EBUSY: somebody has it open. */
int spool_env_open(struct spool_env *env, const char *path, spool_work *work, void *arg);
/* Takes what spool_env_open() left half done. */
void spool_env_close(struct spool_env *env);

/* Runs `work` in a transaction and commits it.  `frees` says that it makes
 * room: then it may go beyond map_max a little, because deleting takes pages too. */
int spool_env_write(struct spool_env *env, bool frees, spool_work *work, void *arg);

/* A transaction that only reads; always spool_txn_end() it. */
struct spool_txn spool_txn_read(struct spool_env *env);
void spool_txn_end(struct spool_txn *txn);

/* Values are borrowed until the transaction ends or writes.  False if there is
 * none, or an error. */
bool spool_txn_get(struct spool_txn *txn, enum spool_table table, const void *key,
                   size_t key_size, MDB_val *ret_value);
/* The first record whose key is not below `key`. */
bool spool_txn_from(struct spool_txn *txn, enum spool_table table, const void *key,
                    size_t key_size, MDB_val *ret_key, MDB_val *ret_value);
/* Room for a value, to be filled before anything else is done; NULL on an error. */
void *spool_txn_reserve(struct spool_txn *txn, enum spool_table table, const void *key,
                        size_t key_size, size_t size);
/* Deletes; it is no error if there is none. */
void spool_txn_delete(struct spool_txn *txn, enum spool_table table, const void *key,
                      size_t key_size);
uint64_t spool_txn_count(struct spool_txn *txn, enum spool_table table);
/* LMDB's number of a transaction that writes, one more than that of the commit before; of one that reads,
 * that of the last commit.  0 after an error. */
uint64_t spool_txn_number(const struct spool_txn *txn);

/* Bytes that the environment takes up on disk. */
uint64_t spool_env_bytes(const struct spool_env *env);
