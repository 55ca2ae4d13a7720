#include "store/unmatched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/event_record.h"
#include "store/group.h"

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

/* The table is in the order of hashes; few wait, so they are sorted when somebody asks. */
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
    uint8_t key[16];
    struct range range;
    uint64_t found = 0;
    int err = 0;
    key_u64(key, hash_seen(store->seen_key, issuer, id, strlen(id)));
    key_u64(key + 8, 0);
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
