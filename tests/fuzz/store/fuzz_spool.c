/* Rows of a spool: one of those that are read is another one, of any content, under a checksum that is right.
 *
 * The input says which table's and which of its rows, in the order in which they are read, and what stands
 * there instead.  Nothing that is read crashes, and a batch comes out only as long as its row says. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/spool/spool.h"
#include "store/spool/spool_env.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

static struct {
    bool armed;
    enum spool_table table;
    unsigned skip;              /* rows of it that are as they were */
    uint8_t bytes[8192];
    size_t size;
} other;

static void substitute(enum spool_table table, const void *key, size_t key_size, MDB_val *value)
{
    uint64_t number = 0;
    if (!other.armed || table != other.table || other.skip-- > 0)
        return;
    other.armed = false;
    if (table != SPOOL_HEAD && key_size >= 8)
        number = unkey_u64((const uint8_t *)key + key_size - 8);
    if (other.size >= 8)
        put_u64(other.bytes, XXH3_64bits_withSeed(other.bytes + 8, other.size - 8, number));
    *value = (MDB_val){ other.size, other.bytes };
}

bool __real_spool_txn_get(struct spool_txn *txn, enum spool_table table, const void *key, size_t key_size,
                          MDB_val *ret_value);
bool __wrap_spool_txn_get(struct spool_txn *txn, enum spool_table table, const void *key, size_t key_size,
                          MDB_val *ret_value);
bool __real_spool_txn_from(struct spool_txn *txn, enum spool_table table, const void *key, size_t key_size,
                           MDB_val *ret_key, MDB_val *ret_value);
bool __wrap_spool_txn_from(struct spool_txn *txn, enum spool_table table, const void *key, size_t key_size,
                           MDB_val *ret_key, MDB_val *ret_value);

bool __wrap_spool_txn_get(struct spool_txn *txn, enum spool_table table, const void *key, size_t key_size,
                          MDB_val *ret_value)
{
    bool found = __real_spool_txn_get(txn, table, key, key_size, ret_value);
    if (found)
        substitute(table, key, key_size, ret_value);
    return found;
}

bool __wrap_spool_txn_from(struct spool_txn *txn, enum spool_table table, const void *key, size_t key_size,
                           MDB_val *ret_key, MDB_val *ret_value)
{
    bool found = __real_spool_txn_from(txn, table, key, key_size, ret_key, ret_value);
    if (found)
        substitute(table, ret_key->mv_data, ret_key->mv_size, ret_value);
    return found;
}

static void arm(struct parts *parts)
{
    other.table = take_byte(parts) % SPOOL_TABLES;
    other.skip = take_byte(parts) % 8;
    other.size = parts->left < sizeof other.bytes - 8 ? parts->left : sizeof other.bytes - 8;
    memset(other.bytes, 0, 8);
    memcpy(other.bytes + 8, parts->at, other.size);
    other.size += (other.size > 0) * 8;
    other.armed = true;
}

static struct spool *open_spool(int *ret_err)
{
    static char path[128];
    struct spool *spool = NULL;
    snprintf(path, sizeof path, "%s/spool", input_folder());
    *ret_err = spool_open(path, "tax", &spool);
    return spool;
}

/* Batches that wait and batches that were answered, in two epochs. */
static void fill_spool(void)
{
    int err;
    uint64_t number;
    struct spool *spool = open_spool(&err);
    assert(err == 0);
    for (unsigned i = 0; i < 6 && err == 0; i++)
        err = spool_put(spool, "a batch", 7, i, &number);
    for (uint64_t i = 1; i <= 3 && err == 0; i++)
        err = spool_answered(spool, i, 1 + i / 3, 10 * i, 1000 * (int64_t)i);
    assert(err == 0);
    spool_close(&spool);
}

static bool is_known(int err)
{
    return err == 0 || err == -EILSEQ || err == -ENOENT || err == -EPERM || err == -EPROTONOSUPPORT;
}

static void read_all(struct spool *spool)
{
    struct spool_entry entry;
    struct spool_said said;
    struct spool_stats stats;
    void *batch;
    size_t size;
    int err = 0;
    uint64_t after = 0;
    for (unsigned i = 0; err == 0 && i < 8; i++) {
        err = spool_waiting(spool, after, &entry, &batch, &size);
        if (err == 0) {
            assert(entry.number > after && size <= sizeof other.bytes);
            free(batch);
            after = entry.number;
        }
    }
    assert(is_known(err));
    err = spool_said(spool, &said);
    assert(is_known(err));
    err = spool_stats(spool, &stats);
    assert(is_known(err));
}

FUZZER(spool)
{
    static bool filled;
    int err;
    struct parts parts = { bytes, size };
    if (!filled)
        fill_spool();
    filled = true;
    bool opening = take_byte(&parts) & 1;
    other.armed = false;
    if (opening)
        arm(&parts);
    struct spool *spool = open_spool(&err);
    assert(is_known(err));
    if (!opening)
        arm(&parts);
    if (err == 0)
        read_all(spool);
    other.armed = false;
    spool_close(&spool);
}
