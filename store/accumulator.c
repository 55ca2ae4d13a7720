#include "store/accumulator.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN    64
#define CHUNK_VALUES 64

void accumulator_init(struct accumulator *a, size_t value_size)
{
    *a = (struct accumulator){.value_size = (value_size + 15) & ~(size_t)15};
}

void accumulator_free(struct accumulator *a)
{
    for (uint32_t i = 0; i < a->chunk_count; i++)
        free(a->chunks[i]);
    free(a->chunks);
    free(a->slots);
    free(a->sorted);
    accumulator_init(a, a->value_size);
}

void accumulator_clear(struct accumulator *a)
{
    if (a->count > 0)
        memset(a->slots, 0, (a->mask + 1) * sizeof *a->slots);
    a->count = 0;
}

static uint64_t mix(uint64_t key)
{
    key ^= key >> 32;
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return key ^ key >> 29;
}

static struct accumulator_slot *find(struct accumulator_slot *slots, uint32_t mask, uint64_t key)
{
    uint32_t i = (uint32_t)mix(key) & mask;
    while (slots[i].value != NULL && slots[i].key != key)
        i = (i + 1) & mask;
    return &slots[i];
}

static bool grow_slots(struct accumulator *a)
{
    uint32_t size = a->slots == NULL ? SLOTS_MIN : 2 * (a->mask + 1);
    struct accumulator_slot *slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; a->slots != NULL && i <= a->mask; i++)
        if (a->slots[i].value != NULL)
            *find(slots, size - 1, a->slots[i].key) = a->slots[i];
    free(a->slots);
    a->slots = slots;
    a->mask = size - 1;
    return true;
}

static void *new_value(struct accumulator *a)
{
    uint32_t chunk = a->count / CHUNK_VALUES;
    if (chunk == a->chunk_count) {
        uint8_t **chunks = realloc(a->chunks, (chunk + 1) * sizeof *chunks);
        if (chunks == NULL)
            return NULL;
        a->chunks = chunks;
        a->chunks[chunk] = malloc(CHUNK_VALUES * a->value_size);
        if (a->chunks[chunk] == NULL)
            return NULL;
        a->chunk_count++;
    }
    void *value = a->chunks[chunk] + (a->count % CHUNK_VALUES) * a->value_size;
    memset(value, 0, a->value_size);
    return value;
}

void *accumulator_at(struct accumulator *a, uint64_t key, bool *ret_new)
{
    if ((a->slots == NULL || 2 * (a->count + 1) > a->mask) && !grow_slots(a))
        return NULL;
    struct accumulator_slot *slot = find(a->slots, a->mask, key);
    if (ret_new != NULL)
        *ret_new = slot->value == NULL;
    if (slot->value == NULL) {
        void *value = new_value(a);
        if (value == NULL)
            return NULL;
        *slot = (struct accumulator_slot){key, value};
        a->count++;
    }
    return slot->value;
}

void *accumulator_find(const struct accumulator *a, uint64_t key)
{
    return a->count == 0 ? NULL : find(a->slots, a->mask, key)->value;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const struct accumulator_slot *)a)->key;
    uint64_t y = ((const struct accumulator_slot *)b)->key;
    return (x > y) - (x < y);
}

const struct accumulator_slot *accumulator_sort(struct accumulator *a)
{
    struct accumulator_slot *sorted = realloc(a->sorted, (a->count + 1) * sizeof *sorted);
    if (sorted == NULL)
        return NULL;
    a->sorted = sorted;
    uint32_t n = 0;
    for (uint32_t i = 0; a->count > 0 && i <= a->mask; i++)
        if (a->slots[i].value != NULL)
            sorted[n++] = a->slots[i];
    qsort(sorted, n, sizeof *sorted, by_key);
    return sorted;
}
