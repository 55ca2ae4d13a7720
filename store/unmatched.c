#include "store/unmatched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/event_record.h"
#include "store/group.h"

/* --- For apply.c ----------------------------------------------------------------- */

#define UNMATCHED_KEY 16

static void unmatched_key(const struct store *store, uint32_t issuer, const char *id, uint64_t position,
                          uint8_t key[UNMATCHED_KEY])
{
    key_u64(key, hash_seen(store->seen_key, issuer, id, strlen(id)));
    key_u64(key + 8, position);
}

void unmatched_find(struct store *store, uint32_t issuer, const char *id, struct unmatched *ret)
{
    uint8_t key[UNMATCHED_KEY];
    struct range range;
    ret->count = 0;
    unmatched_key(store, issuer, id, 0, key);
    range_begin(&range, &store->txn, TABLE_UNMATCHED, key, 8, key, sizeof key);
    while (ret->count < UNMATCHED_OF_ID_MAX && range_next(&range)) {
        struct event_record *at = &ret->reversals[ret->count];
        int err = event_at(&store->journal, &store->txn, unkey_u64(range.key + 8), at);
        if (err != 0)
            store->txn.err = err;
        else if (at->issuer == issuer && strcmp(at->event.original, id) == 0)
            ret->count++;
    }
    range_end(&range);
}

/* How many of a fund's wait and do not fit any more or less. */
static void count(struct store *store, struct group_fund *fund, int waiting, int misfits)
{
    store->head.unmatched += (uint64_t)(int64_t)waiting;
    fund->record.unmatched += (uint32_t)waiting;
    fund->record.misfits += (uint32_t)misfits;
    fund->changed = true;
}

void unmatched_put(struct store *store, struct group_fund *fund, uint32_t issuer,
                   const struct event *reversal, uint64_t position)
{
    uint8_t key[UNMATCHED_KEY];
    unmatched_key(store, issuer, reversal->original, position, key);
    txn_put(&store->txn, TABLE_UNMATCHED, key, sizeof key, "", 0);
    count(store, fund, +1, 0);
}

/* A reversal need not be of the fund of what it names. */
static void count_each(struct store *store, const struct unmatched *list, int waiting, int misfits)
{
    for (unsigned i = 0; i < list->count && store->txn.err == 0; i++) {
        struct group_fund *fund = group_fund(store, list->reversals[i].event.fund);
        if (fund != NULL)
            count(store, fund, waiting, misfits);
    }
}

static void drop(struct store *store, struct unmatched *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        uint8_t key[UNMATCHED_KEY];
        const struct event_record *at = &list->reversals[i];
        unmatched_key(store, at->issuer, at->event.original, at->position, key);
        txn_delete(&store->txn, TABLE_UNMATCHED, key, sizeof key);
    }
    list->count = 0;
}

void unmatched_misfit(struct store *store, const struct unmatched *waiting)
{
    count_each(store, waiting, -1, +1);
}

void unmatched_end(struct store *store, struct unmatched *waiting)
{
    count_each(store, waiting, -1, 0);
    drop(store, waiting);
}

void unmatched_end_misfits(struct store *store, struct unmatched *misfits)
{
    count_each(store, misfits, 0, -1);
    drop(store, misfits);
}

/* --- For those who look ------------------------------------------------------------ */

static int by_position(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Room for one more; false without memory. */
static bool grow(uint64_t **list, size_t count)
{
    if ((count & (count - 1)) != 0)
        return true;
    uint64_t *larger = realloc(*list, (2 * count + 1) * sizeof *larger);
    if (larger != NULL)
        *list = larger;
    return larger != NULL;
}

/* The table is in the order of hashes; few are in it, so they are sorted when somebody asks. */
int unmatched_list(struct txn *txn, uint64_t after, uint64_t **ret, size_t *ret_count)
{
    struct range range;
    uint64_t *list = NULL;
    size_t count = 0;
    bool room = true;
    range_begin(&range, txn, TABLE_UNMATCHED, "", 0, "", 0);
    while (room && range_next(&range)) {
        uint64_t position = unkey_u64(range.key + 8);
        if (position <= after)
            continue;
        room = grow(&list, count);
        if (room)
            list[count++] = position;
    }
    range_end(&range);
    if (!room || txn->err != 0) {
        free(list);
        return room ? txn->err : -ENOMEM;
    }
    if (count > 0)
        qsort(list, count, sizeof list[0], by_position);
    *ret = list;
    *ret_count = count;
    return 0;
}

int unmatched_for(const struct store *store, struct txn *txn, uint32_t issuer, const char *id,
                  uint64_t *ret)
{
    uint8_t key[UNMATCHED_KEY];
    struct range range;
    uint64_t found = 0;
    int err = 0;
    unmatched_key(store, issuer, id, 0, key);
    range_begin(&range, txn, TABLE_UNMATCHED, key, 8, key, sizeof key);
    while (err == 0 && found == 0 && range_next(&range)) {
        struct event_record reversal;
        uint64_t position = unkey_u64(range.key + 8);
        err = event_at(NULL, txn, position, &reversal);
        if (err == 0 && reversal.issuer == issuer && strcmp(reversal.event.original, id) == 0)
            found = position;
    }
    range_end(&range);
    *ret = found;
    return err != 0 ? err : txn->err;
}
