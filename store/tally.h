/* tally - what a group adds up of money: sums by a 64-bit key.
 *
 * A thousand events of one fund, day and line touch a sum a thousand times here, and a row
 * of LMDB once.  Of a day few accounts move, so a sum stands for one account of it and not for
 * all.  The sums touched last are in a small table that stays in the cache; what has to make room there
 * goes to the end of a list, and what the list has of one key is added up when it is sorted: a table of
 * all sums of a year costs more in misses than sorting does.
 * Sums wrap; the caller sees to it that they do not have to. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TALLY_FRONT_BITS 9
#define TALLY_FRONT      (1 << TALLY_FRONT_BITS)

struct tally_entry {
    uint64_t key;               /* 0: free */
    int64_t sum;
};

struct tally {
    uint64_t count;             /* of the list; of all sums after tally_sort() */
    uint64_t sorted;            /* of the list, from its beginning, are in order and each of another key */
    uint64_t room;
    struct tally_entry *list;
    struct tally_entry *scratch;        /* as large as the list */
    struct tally_entry *front;  /* TALLY_FRONT of them, each at the place of its key */
};

/* Adds to the sum under `key`, which is not 0.  -ENOMEM. */
int tally_add(struct tally *tally, uint64_t key, int64_t amount);

/* All entries in the order of their keys, tally->count of them; valid until the next call.  NULL if
 * memory is out. */
const struct tally_entry *tally_sort(struct tally *tally);

void tally_clear(struct tally *tally);
void tally_free(struct tally *tally);
