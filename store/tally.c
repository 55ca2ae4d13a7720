#include "store/tally.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 256

static uint64_t mix(uint64_t key)
{
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return key ^ key >> 32;
}

static struct tally_entry *slot_of(struct tally_entry *slots, uint64_t mask, uint64_t key)
{
    uint64_t i = mix(key) & mask;
    while (slots[i].key != 0 && slots[i].key != key)
        i = (i + 1) & mask;
    return &slots[i];
}

static int grow(struct tally *tally)
{
    uint64_t size = tally->slots == NULL ? SLOTS_MIN : 2 * (tally->mask + 1);
    struct tally_entry *slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return -ENOMEM;
    for (uint64_t i = 0; tally->slots != NULL && i <= tally->mask; i++)
        if (tally->slots[i].key != 0)
            *slot_of(slots, size - 1, tally->slots[i].key) = tally->slots[i];
    free(tally->slots);
    tally->slots = slots;
    tally->mask = size - 1;
    return 0;
}

int tally_add(struct tally *tally, uint64_t key, int64_t amount)
{
    assert(key != 0);
    if (2 * (tally->count + 1) > tally->mask || tally->slots == NULL) {
        int err = grow(tally);
        if (err != 0)
            return err;
    }
    struct tally_entry *slot = slot_of(tally->slots, tally->mask, key);
    tally->count += slot->key == 0;
    slot->key = key;
    slot->sum = (int64_t)((uint64_t)slot->sum + (uint64_t)amount);
    return 0;
}

/* --- Sorting: byte by byte from the lowest, leaving out bytes that are the same in all keys. ------ */

static void sort_by_byte(const struct tally_entry *from, struct tally_entry *to, uint64_t count,
                         unsigned shift)
{
    uint64_t ends[257] = {0};
    for (uint64_t i = 0; i < count; i++)
        ends[(from[i].key >> shift & 0xff) + 1]++;
    for (unsigned i = 0; i < 256; i++)
        ends[i + 1] += ends[i];
    for (uint64_t i = 0; i < count; i++)
        to[ends[from[i].key >> shift & 0xff]++] = from[i];
}

/* The bits in which keys differ. */
static uint64_t take_all(const struct tally *tally, struct tally_entry *to)
{
    uint64_t n = 0, differing = 0;
    for (uint64_t i = 0; tally->count > 0 && i <= tally->mask; i++) {
        if (tally->slots[i].key == 0)
            continue;
        to[n++] = tally->slots[i];
        differing |= to[0].key ^ tally->slots[i].key;
    }
    return differing;
}

const struct tally_entry *tally_sort(struct tally *tally)
{
    if (tally->sorted_room < tally->count + 1) {
        struct tally_entry *sorted = realloc(tally->sorted, 2 * (tally->count + 1) * sizeof *sorted);
        if (sorted == NULL)
            return NULL;
        tally->sorted = sorted;
        tally->sorted_room = tally->count + 1;
    }
    struct tally_entry *from = tally->sorted, *to = tally->sorted + tally->sorted_room;
    uint64_t differing = take_all(tally, from);
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if ((differing >> shift & 0xff) == 0)
            continue;
        sort_by_byte(from, to, tally->count, shift);
        struct tally_entry *other = from;
        from = to;
        to = other;
    }
    return from;
}

/* A table that once held a large group would cost a small one dearly. */
void tally_clear(struct tally *tally)
{
    if (tally->count == 0)
        return;
    if (tally->mask >= 2 * SLOTS_MIN && tally->count < tally->mask / 16) {
        struct tally_entry *slots = realloc(tally->slots, (tally->mask + 1) / 2 * sizeof *slots);
        tally->slots = slots != NULL ? slots : tally->slots;
        tally->mask /= 2;
    }
    memset(tally->slots, 0, (tally->mask + 1) * sizeof *tally->slots);
    tally->count = 0;
}

void tally_free(struct tally *tally)
{
    free(tally->slots);
    free(tally->sorted);
    *tally = (struct tally){0};
}
