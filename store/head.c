/* head - the records of the table `meta`: what the store is, where it stands, its runs. */
#include <errno.h>
#include <stdio.h>

#include "store/bytes.h"
#include "store/group.h"

#define IDENTITY_SIZE   (4 + STORE_ID_SIZE + SEEN_KEY_SIZE + 8)
#define HEAD_SIZE       (6 * 8 + CHAIN_SIZE + 2 * 4 + 2 * 8 + 4)
#define RUN_INFO_SIZE   48
#define RUNS_KEY_MAX    16

static const char identity_key[] = "store", head_key[] = "head";

#define KEY(k) k, sizeof k - 1

void head_put_identity(struct txn *txn, const struct store_identity *identity)
{
    uint8_t v[IDENTITY_SIZE];
    put_u32(v, STORE_FORMAT);
    memcpy(v + 4, identity->id, STORE_ID_SIZE);
    memcpy(v + 20, identity->seen_key, SEEN_KEY_SIZE);
    put_i64(v + 36, identity->created_ms);
    txn_put(txn, TABLE_META, KEY(identity_key), v, sizeof v);
}

int head_get_identity(struct txn *txn, struct store_identity *ret)
{
    const uint8_t *v;
    size_t size;
    if (!txn_peek(txn, TABLE_META, KEY(identity_key), &v, &size))
        return txn->err != 0 ? txn->err : -EILSEQ;
    if (size < 4 || get_u32(v) != STORE_FORMAT)
        return -EPROTONOSUPPORT;
    if (size != IDENTITY_SIZE)
        return -EILSEQ;
    memcpy(ret->id, v + 4, STORE_ID_SIZE);
    memcpy(ret->seen_key, v + 20, SEEN_KEY_SIZE);
    ret->created_ms = get_i64(v + 36);
    return 0;
}

void head_put(struct txn *txn, const struct head *head)
{
    uint8_t v[HEAD_SIZE];
    put_u64(v, head->facts.epoch);
    put_u64(v + 8, head->facts.position);
    put_u64(v + 16, head->facts.alerts);
    put_u64(v + 24, head->facts.events);
    put_u64(v + 32, head->facts.covered);
    put_i64(v + 40, head->facts.recorded_ms);
    memcpy(v + 48, head->facts.chain, CHAIN_SIZE);
    put_u32(v + 80, head->funds);
    put_u32(v + 84, head->sources);
    put_u64(v + 88, head->quarantine);
    put_u64(v + 96, head->unmatched);
    put_i32(v + 104, head->clocked);
    txn_put(txn, TABLE_META, KEY(head_key), v, sizeof v);
}

int head_get(struct txn *txn, struct head *ret)
{
    uint8_t v[HEAD_SIZE];
    struct store_identity identity;
    int err = head_get_identity(txn, &identity);
    if (err != 0)
        return err;
    if (!txn_get(txn, TABLE_META, KEY(head_key), v, sizeof v))
        return txn->err != 0 ? txn->err : -EILSEQ;
    *ret = (struct head){
        .facts = {
            .epoch = get_u64(v),
            .position = get_u64(v + 8),
            .alerts = get_u64(v + 16),
            .events = get_u64(v + 24),
            .covered = get_u64(v + 32),
            .recorded_ms = get_i64(v + 40),
        },
        .funds = get_u32(v + 80),
        .sources = get_u32(v + 84),
        .quarantine = get_u64(v + 88),
        .unmatched = get_u64(v + 96),
        .clocked = get_i32(v + 104),
    };
    memcpy(ret->facts.id, identity.id, STORE_ID_SIZE);
    memcpy(ret->facts.chain, v + 48, CHAIN_SIZE);
    return 0;
}

static size_t runs_key(const char *index, char key[RUNS_KEY_MAX])
{
    return (size_t)snprintf(key, RUNS_KEY_MAX, "runs %s", index);
}

void head_put_runs(struct txn *txn, const char *index, const struct run_info *runs, unsigned count)
{
    uint8_t v[INDEX_RUNS_MAX * RUN_INFO_SIZE];
    char key[RUNS_KEY_MAX];
    for (unsigned i = 0; i < count; i++) {
        uint8_t *at = v + i * RUN_INFO_SIZE;
        put_u64(at, runs[i].number);
        put_u64(at + 8, runs[i].first);
        put_u64(at + 16, runs[i].end);
        put_u64(at + 24, runs[i].count);
        put_u64(at + 32, runs[i].level);
        put_u64(at + 40, runs[i].filters);
    }
    txn_put(txn, TABLE_META, key, runs_key(index, key), v, count * RUN_INFO_SIZE);
}

int head_get_runs(struct txn *txn, const char *index, struct run_info runs[INDEX_RUNS_MAX],
                  unsigned *ret_count)
{
    const uint8_t *v;
    size_t size;
    char key[RUNS_KEY_MAX];
    *ret_count = 0;
    if (!txn_peek(txn, TABLE_META, key, runs_key(index, key), &v, &size))
        return txn->err;
    if (size % RUN_INFO_SIZE != 0 || size / RUN_INFO_SIZE > INDEX_RUNS_MAX)
        return -EILSEQ;
    *ret_count = (unsigned)(size / RUN_INFO_SIZE);
    for (unsigned i = 0; i < *ret_count; i++, v += RUN_INFO_SIZE)
        runs[i] = (struct run_info){
            .number = get_u64(v),
            .first = get_u64(v + 8),
            .end = get_u64(v + 16),
            .count = get_u64(v + 24),
            .level = get_u64(v + 32),
            .filters = get_u64(v + 40),
        };
    return 0;
}
