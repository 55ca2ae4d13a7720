/* verify - rebuilds the books from the journal of a copy, and compares.
 *
 * Runs in a process of its own, spawned and not forked, over a fresh backup: a
 * damaged file can crash LMDB, and must not take the daemon with it.
 *
 * Takes two threads, eleven bytes of memory for each record of the journal and some 20 MiB, more with
 * persons (their index), and disk for the folded tables. */
#pragma once

#include <stdbool.h>
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

/* A head that was written down earlier, away from the machine: `fundwatch head` prints it, heartbeats have
 * it.  Whoever rewrites records can make every checksum and the chain right again, but not this one. */
struct written_head {
    uint64_t position;
    uint8_t chain[CHAIN_SIZE];
};

enum head_verdict {
    HEAD_NOT_ASKED,
    HEAD_PROVED,                /* the journal has to this position what it had then */
    HEAD_DIFFERS,               /* it has something else */
    HEAD_SHORT,                 /* it ends before: an older backup was restored, or records were cut off */
    HEAD_WITHIN,                /* no commit ends there, so no head of this journal can */
};
/* "", "proved", "differs", "short", "within", and a sentence. */
const char *head_verdict_word(enum head_verdict verdict);
const char *head_verdict_sentence(enum head_verdict verdict);

/* "POSITION:HASH", the hash in 64 hexadecimal digits. */
bool written_head_parse(const char *text, struct written_head *ret);

/* Compares the journal of a store that nobody has open with a head.  Reads the journal up to there; whether
 * the rest and the books are right says verify_store().  0 if it could be compared; -EILSEQ: the journal
 * cannot be read. */
int verify_head(const char *path, const struct written_head *head, enum head_verdict *ret);
