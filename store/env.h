/* env - the LMDB environment of a store, and transactions that remember their first error.
 *
 * Tables are key ranges of LMDB's one main tree, and not databases of it: a commit writes each page that it
 * changes, and of every named database that would be at least a leaf, and the page that has their roots.
 *
 * Every value but the journal's carries, as its last four bytes, a checksum
 * over table, key and value: LMDB has none, and a wrong page would otherwise be
 * believed.  The journal has its own (journal.h).
 *
 * The map is reserved at its limit when the environment is opened, so it never has
 * to move under readers; the file grows as it is used.  Disk is allocated
 * ahead of use (env_reserve), so a commit does not meet a full disk. */
#pragma once

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All tables are one tree, in this order but for the journal.  What nearly every commit changes stands
 * together, so that a small store has it in one or two leaves. */
enum table {
    TABLE_META,                 /* "store", "head", "runs" */
    TABLE_JOURNAL,              /* first position: a segment; the last in the tree */
    TABLE_SOURCES,              /* number: counters and sequence */
    TABLE_FUND_SOURCES,         /* fund, source: first and last heard of, count */
    TABLE_REPORTED,             /* source, fund, month: days that it has reported */
    TABLE_FUNDS,                /* place, scheme: number, books date, balance */
    TABLE_DAYS,                 /* fund, day: struct lines */
    TABLE_MONTHS,               /* fund, month: struct lines */
    TABLE_COLLECTED,            /* fund, year, day: contributions for that year */
    TABLE_HEADS,                /* fund, year: registered and paid, by group */
    TABLE_NAMES,                /* name: number of a source or issuer */
    TABLE_SOURCE_NAMES,         /* number: name */
    TABLE_FUND_NUMBERS,         /* number: place, scheme */
    TABLE_POLICIES,             /* fund, date, position: version */
    TABLE_MEASURES,             /* fund, measure, year, group, date: heads */
    TABLE_RECEIVED,             /* fund, year, category, day: subsidy received for the year */
    TABLE_RULES,                /* fund, rule, instance: state */
    TABLE_ALERTS,               /* number: position */
    TABLE_REVERSALS,            /* position of the original: of the reversal */
    TABLE_UNMATCHED,            /* seen hash, position of a reversal that undoes nothing */
    TABLE_QUARANTINE,           /* number: what could not be booked */
    TABLE_QUARANTINE_SOURCES,   /* source, number */
    TABLE_QUARANTINE_IDS,       /* seen hash, number */
    TABLE_CLOSES,               /* fund, day: position of what closed the months up to it */
    TABLE_RESTATED,             /* fund, month, day closed: events, struct lines */
    TABLE_STATEMENTS,           /* fund, date: what the bank says, position */
    TABLE_NORMAL,               /* fund: the position when its runway was last normal */
    TABLE_PAYOUTS,              /* fund, year, category, institution: how far it has come */
    TABLE_ADVANCES,             /* fund, institution: what is lent */
    TABLE_PARTS,                /* fund, part: from when on its books are the fund's too */
    TABLE_GAPS,                 /* source: numbers of batches that are missing */
    TABLE_NAMED,                /* fund, name: since when a policy names that source */
    TABLE_DEFERRED,             /* number: sums of days to be added to `days` and `months` */
    TABLE_DERIVATIONS,          /* fund, sort, year, category, day: what of it comes from derived events */
    TABLE_ACTIONS,              /* position: which action */
    TABLE_PROPOSALS,            /* number: whether it waits, what it has become */
    TABLE_PROPOSAL_IDS,         /* seen hash, number */
    TABLE_TOLD,                 /* public key or setting: digest of what the daemon goes by, name */
    TABLE_ON_ACCOUNT,           /* fund, year, category, day: paid to hospitals on account, and cleared */
    TABLE_RECOGNISED,           /* fund, year: how its care is recognised, once something of it is booked */
    TABLE_COUNT
};
const char *table_name(enum table table);

struct env {
    MDB_env *mdb;
    MDB_dbi tree;               /* LMDB's main database: all tables */
    uint64_t allocated;         /* bytes of the file that have disk behind them */
    int fd;                     /* of the data file; LMDB's own */
};

enum env_mode {
    ENV_OPEN,                   /* read and write, every commit synced */
    ENV_CREATE,                 /* the same, and make the tables */
    ENV_READ_ONLY,
    ENV_SCRATCH,                /* create without syncing: only for a rebuild that is thrown away */
};

/* 0 or a negative errno; *ret is untouched by a failure. */
int env_open(const char *path, enum env_mode mode, uint64_t map_max, struct env *ret);
void env_close(struct env *env);

/* Makes sure that `ahead` bytes beyond what is used have disk behind them.
 * 0 or -ENOSPC. */
int env_reserve(struct env *env, uint64_t ahead);

/* Gives up the snapshots of processes that were killed while they read: pages that were freed since are not
 * used again as long as one is held. */
void env_clear_readers(struct env *env);

/* LMDB's code as a negative errno: a full map -ENOSPC (nothing was written), a full
 * disk -EIO like any other failed write, corruption -EILSEQ. */
int env_errno(int code);

#define TXN_KEY_MAX 71          /* bytes of a key without its table: a payout with its institution */

struct txn {
    struct env *env;
    MDB_txn *mdb;
    int err;                    /* the first, sticky */
    bool read_only;
    /* Of a writing transaction: what it looks up and writes next is mostly near what it did last, and then
     * found without a way down from the root.  LMDB closes it. */
    MDB_cursor *cursor;
    void *kept;                 /* what deferred.c has decoded; freed with the transaction */
    struct waiting *waiting;    /* of a store's writer: what is deferred (waiting.h); borrowed, or NULL */
};

int txn_begin(struct env *env, bool read_only, struct txn *ret);
void txn_abort(struct txn *txn);
/* Commits unless something failed.  The handle is gone afterwards either way:
 * mdb_txn_commit() frees it whatever it returns, so it is never aborted after. */
int txn_commit(struct txn *txn);

/* True and a copy of exactly `size` bytes if the key is there.  A value of another size, with a wrong
 * checksum or one that cannot be (row.h) is -EILSEQ in txn->err, and false: of whatever row is read, here or
 * in a walk, the numbers at its beginning are there and in their ranges. */
bool txn_get(struct txn *txn, enum table table, const void *key, size_t key_size,
             void *to, size_t size);
/* The same without copying, for values of varying size: valid until the next write. */
bool txn_peek(struct txn *txn, enum table table, const void *key, size_t key_size,
              const uint8_t **ret, size_t *ret_size);
/* Any table but the journal. */
void txn_put(struct txn *txn, enum table table, const void *key, size_t key_size,
             const void *value, size_t size);
/* True if there was something to delete. */
bool txn_delete(struct txn *txn, enum table table, const void *key, size_t key_size);

/* A value of `size` bytes at the end of the journal, behind all keys that it has: to be filled in before the
 * next write.  NULL after an error. */
uint8_t *txn_append(struct txn *txn, const void *key, size_t key_size, size_t size);

/* A walk over a table in key order.  `range_next` is false at the end, on an error, and
 * at the first key that does not begin with the prefix. */
struct range {
    struct txn *txn;
    MDB_cursor *cursor;
    enum table table;
    uint8_t prefix[TXN_KEY_MAX], from[TXN_KEY_MAX];
    size_t prefix_size, from_size;
    bool started;
    const uint8_t *key;         /* valid until the next step or write */
    size_t key_size;
    const uint8_t *value;
    size_t size;
};
/* Begins at `from` (at least the prefix itself).  Both are copied. */
void range_begin(struct range *range, struct txn *txn, enum table table,
                 const void *prefix, size_t prefix_size, const void *from, size_t from_size);
bool range_next(struct range *range);
void range_end(struct range *range);

/* How many there are, counted one by one. */
uint64_t txn_entries(struct txn *txn, enum table table);

/* True if every key of every table is of one, stands behind the one before it, and has a value whose checksum
 * is right (that of the journal apart, whose records have theirs). */
bool txn_well_ordered(struct txn *txn);

/* The greatest key at or below `key` that begins with the prefix; false if none. */
bool txn_at_or_below(struct txn *txn, enum table table, const void *key, size_t key_size,
                     size_t prefix_size, struct range *ret);
