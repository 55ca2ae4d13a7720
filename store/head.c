/* head - the records of the table `meta`: what the store is, where it stands, its runs. */
#include <errno.h>
#include <stdio.h>

#include "store/bytes.h"
#include "store/group.h"
#include "wire/controls.h"

#define IDENTITY_SIZE   (4 + STORE_ID_SIZE + SEEN_KEY_SIZE + 8)
#define HEAD_SIZE       (6 * 8 + CHAIN_SIZE + 2 * 4 + 2 * 8 + 4 + 8)
#define RUN_INFO_SIZE   48
#define RUNS_KEY_MAX    16

static const char identity_key[] = "store", head_key[] = "head", epochs_key[] = "epochs";

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
    ret->format = size < 4 ? 0 : get_u32(v);
    if (ret->format != STORE_FORMAT && !control("any_format"))
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
    put_i64(v + 108, head->facts.covered_ms);
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
            .created_ms = identity.created_ms,
            .covered_ms = get_i64(v + 108),
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

/* Whether `number` is the last one of a table. */
static bool is_last(struct txn *txn, enum table table, uint32_t number)
{
    uint8_t key[4];
    struct range at;
    key_u32(key, UINT32_MAX);
    uint32_t last = txn_at_or_below(txn, table, key, sizeof key, 0, &at) ? unkey_u32(at.key) : 0;
    range_end(&at);
    return last == number;
}

int head_check_counts(struct txn *txn, const struct head *head)
{
    bool same = is_last(txn, TABLE_FUND_NUMBERS, head->funds)
             && is_last(txn, TABLE_SOURCE_NAMES, head->sources);
    return txn->err != 0 ? txn->err : same ? 0 : -EILSEQ;
}

#define EPOCH_SIZE 16

unsigned head_get_epochs(struct txn *txn, struct store_point epochs[EPOCHS_MAX])
{
    const uint8_t *v;
    size_t size;
    if (!txn_peek(txn, TABLE_META, KEY(epochs_key), &v, &size))
        return 0;
    if (size % EPOCH_SIZE != 0 || size / EPOCH_SIZE > EPOCHS_MAX) {
        txn->err = -EILSEQ;
        return 0;
    }
    for (size_t at = 0; at < size; at += EPOCH_SIZE)
        epochs[at / EPOCH_SIZE] = (struct store_point){get_u64(v + at), get_u64(v + at + 8)};
    return (unsigned)(size / EPOCH_SIZE);
}

void head_put_epoch(struct txn *txn, struct store_point begun)
{
    struct store_point epochs[EPOCHS_MAX + 1];
    uint8_t v[EPOCHS_MAX * EPOCH_SIZE];
    unsigned count = head_get_epochs(txn, epochs);
    epochs[count++] = begun;
    const struct store_point *kept = count > EPOCHS_MAX ? &epochs[1] : &epochs[0];
    count -= count > EPOCHS_MAX;
    for (unsigned i = 0; i < count; i++) {
        put_u64(v + i * EPOCH_SIZE, kept[i].epoch);
        put_u64(v + i * EPOCH_SIZE + 8, kept[i].position);
    }
    txn_put(txn, TABLE_META, KEY(epochs_key), v, count * EPOCH_SIZE);
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
