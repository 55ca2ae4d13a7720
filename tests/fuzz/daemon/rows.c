#include "tests/fuzz/daemon/rows.h"

#include <lmdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/env.h"

#define CHECK_SIZE 4

static struct {
    bool armed;
    uint8_t table;              /* the first byte of its keys */
    unsigned skip, cut;
    const uint8_t *bytes;
    size_t size;
    uint8_t *made;              /* what was given instead; owned, and as long as it is */
} other;

void rows_replace(unsigned table, unsigned skip, unsigned cut, const uint8_t *bytes, size_t size)
{
    table %= TABLE_COUNT;
    other.armed = true;
    other.table = table == TABLE_JOURNAL ? 0xff : (uint8_t)table;
    other.skip = skip;
    other.cut = cut;
    other.bytes = bytes;
    other.size = size;
}

void rows_as_they_are(void)
{
    other.armed = false;
}

static void substitute(MDB_val *key, bool may_cut, MDB_val *data)
{
    const uint8_t *at = key->mv_data;
    if (!other.armed || at[0] != other.table || other.skip-- > 0)
        return;
    other.armed = false;
    if (may_cut && other.cut < key->mv_size)
        key->mv_size -= other.cut;
    free(other.made);
    other.made = malloc(other.size + CHECK_SIZE);
    if (other.size > 0)
        memcpy(other.made, other.bytes, other.size);
    XXH64_hash_t of_key = XXH3_64bits(key->mv_data, key->mv_size);
    put_u32(other.made + other.size, (uint32_t)XXH3_64bits_withSeed(other.made, other.size, of_key));
    *data = (MDB_val){ other.size + (other.table != 0xff ? CHECK_SIZE : 0), other.made };
}

int __real_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);

int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
    int code = __real_mdb_get(txn, dbi, key, data);
    if (code == MDB_SUCCESS)
        substitute(key, false, data);
    return code;
}

int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    int code = __real_mdb_cursor_get(cursor, key, data, op);
    if (code == MDB_SUCCESS)
        substitute(key, op != MDB_SET, data);
    return code;
}
