/* accumulator - what a group adds up before it is written: values by a 64-bit key.
 *
 * A thousand events of one fund and month touch a balance a thousand times here,
 * and once in LMDB.  Values begin as zeros, keep their address until
 * accumulator_clear(), and are walked in the order of their keys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct accumulator_slot {
    uint64_t key;
    void *value;                /* NULL: free */
};

struct accumulator {
    size_t value_size;
    uint32_t count;
    uint32_t mask;
    struct accumulator_slot *slots;
    struct accumulator_slot *sorted;    /* of the last accumulator_sort() */
    uint8_t **chunks;
    uint32_t chunk_count;
};

void accumulator_init(struct accumulator *a, size_t value_size);
void accumulator_free(struct accumulator *a);
void accumulator_clear(struct accumulator *a);  /* keeps its memory */

/* The value under `key`, made if it is not there (*ret_new then true; may be NULL).
 * NULL if memory is out. */
void *accumulator_at(struct accumulator *a, uint64_t key, bool *ret_new);

/* The value under `key`, or NULL. */
void *accumulator_find(const struct accumulator *a, uint64_t key);

/* The slots in the order of their keys, a->count of them; valid until the next change.
 * NULL if memory is out. */
const struct accumulator_slot *accumulator_sort(struct accumulator *a);
