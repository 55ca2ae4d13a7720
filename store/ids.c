#include "store/ids.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct ids {
    uint64_t count;             /* of the slots: a third more than positions */
    uint64_t last;              /* position that there is room for */
    uint64_t *slots;            /* tag and position; 0: free */
};

#define POSITION_BITS 40
#define POSITION (UINT64_MAX >> (64 - POSITION_BITS))

static_assert(IDS_LAST_MAX == POSITION, "a slot holds any position that there is room for");

static size_t bytes_of(const struct ids *ids)
{
    return ids->count * sizeof *ids->slots;
}

int ids_new(uint64_t last, struct ids **ret)
{
    assert(last <= IDS_LAST_MAX);
    struct ids *ids = malloc(sizeof *ids);
    if (ids == NULL)
        return -ENOMEM;
    *ids = (struct ids){.count = last + last / 3 + 8, .last = last};
    ids->slots = mmap(NULL, bytes_of(ids), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ids->slots == MAP_FAILED) {
        free(ids);
        return -ENOMEM;
    }
    /* Where the kernel has large pages nearly every access saves a walk through the page tables. */
    madvise(ids->slots, bytes_of(ids), MADV_HUGEPAGE);
    *ret = ids;
    return 0;
}

void ids_free(struct ids **ids_p)
{
    struct ids *ids = *ids_p;
    if (ids == NULL)
        return;
    munmap(ids->slots, bytes_of(ids));
    free(ids);
    *ids_p = NULL;
}

/* The upper bits of the hash choose the slot, the lowest are the tag. */
static uint64_t first_slot(const struct ids *ids, uint64_t hash)
{
    return (uint64_t)((unsigned __int128)hash * ids->count >> 64);
}

void ids_prefetch(const struct ids *ids, uint64_t hash)
{
    __builtin_prefetch(&ids->slots[first_slot(ids, hash)], 1);
}

static bool has_key(struct txn *txn, uint64_t position, const struct event_key *key)
{
    struct record record;
    struct event_key other;
    int err = journal_read(NULL, txn, position, &record);
    if (err == 0)
        err = event_key_of_record(&record, &other);
    if (err != 0) {
        txn->err = err;
        return false;
    }
    return other.issuer == key->issuer && other.id.size == key->id.size
        && memcmp(other.id.bytes, key->id.bytes, key->id.size) == 0;
}

/* The slot of the event, or the free one where it would stand. */
static uint64_t *slot_of(const struct ids *ids, struct txn *txn, uint64_t hash,
                         const struct event_key *key)
{
    uint64_t i = first_slot(ids, hash), tag = hash << POSITION_BITS;
    while (ids->slots[i] != 0
           && ((ids->slots[i] & ~POSITION) != tag || !has_key(txn, ids->slots[i] & POSITION, key)))
        i = i + 1 < ids->count ? i + 1 : 0;
    assert(i < ids->count);
    return &ids->slots[i];
}

uint64_t ids_find(const struct ids *ids, struct txn *txn, uint64_t hash, const struct event_key *key)
{
    return *slot_of(ids, txn, hash, key) & POSITION;
}

uint64_t ids_add(struct ids *ids, struct txn *txn, uint64_t hash, const struct event_key *key,
                 uint64_t position)
{
    assert(position <= ids->last);
    uint64_t *slot = slot_of(ids, txn, hash, key), found = *slot & POSITION;
    if (*slot == 0)
        *slot = hash << POSITION_BITS | position;
    return found;
}
