/* verify - rebuilds the books from the journal of a copy, and compares.
 *
 * Runs in a process of its own, spawned and not forked, over a fresh backup: a
 * damaged file can crash LMDB, and must not take the daemon with it.
 *
 * Takes two threads, eleven bytes of memory for each record of the journal and some 20 MiB, more with
 * persons (their index), and disk for the folded tables. */
#pragma once

#include <stdint.h>

#include "store/store.h"

struct verify_result {
    uint64_t records, events;       /* read from the journal */
    uint64_t funds, rules, alerts;  /* rebuilt and compared */
    uint64_t differences;           /* 0: journal and books agree */
    uint8_t chain[CHAIN_SIZE];      /* the head, recomputed */
    char first[256];                /* the first difference, in words; "" if none */
};

/* `path` is a store that nobody has open.  `progress` may be NULL; it gets the position reached
 * and the last one.  0 if the comparison could be made, whatever it came to. */
int verify_store(const char *path, void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                 struct verify_result *ret);
