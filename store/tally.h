/* tally - what a group adds up of money: sums by a 64-bit key.
 *
 * A thousand events of one fund, day and line touch a sum a thousand times here, and a row
 * of LMDB once.  Of a day few accounts move, so a sum stands for one account of it and not for
 * all.  Sums wrap; the caller sees to it that they do not have to. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tally_entry {
    uint64_t key;               /* 0: free */
    int64_t sum;
};

struct tally {
    struct tally_entry *slots;
    struct tally_entry *sorted; /* of the last tally_sort(); the other half of it is scratch */
    uint64_t mask;
    uint64_t count;
    uint64_t sorted_room;
};

/* Adds to the sum under `key`, which is not 0.  -ENOMEM. */
int tally_add(struct tally *tally, uint64_t key, int64_t amount);

/* All entries in the order of their keys, tally->count of them; valid until the next call.  NULL if
 * memory is out. */
const struct tally_entry *tally_sort(struct tally *tally);

/* Empties it, and lets it shrink step by step when less goes in than did before. */
void tally_clear(struct tally *tally);
void tally_free(struct tally *tally);
