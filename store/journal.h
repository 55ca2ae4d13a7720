/* journal - records in the order in which they were counted, in segments.
 *
 * A group of events is one segment, or several when it is large: a value of the
 * journal table under its first position, so that what a commit appends is in
 * one piece.  docs/STORE.md shows the bytes:
 *
 *   0  u32  "FWJ1"            24 u8[32] chain: BLAKE2b-256 of the chain before and
 *   4  u16  records                     all bytes of this segment but these 32
 *   6  u16  1: goes on with   56 u16[records] where each record begins, from 0
 *           the group before     then the records:
 *   8  u64  first position
 *  16  i64  recorded, ms
 *
 *   0  u32  checksum over position, type and body     4 u8 type     5 body
 *
 * Appending collects records in memory; journal_flush() writes the segment.  In a rebuild there is a
 * journal already, and appending compares with it. */
#pragma once

#include "store/env.h"
#include "wire/event_codec.h"
#include "wire/hash.h"

enum record_type {
    RECORD_EVENT = 1,           /* varint source, varint issuer, canonical bytes */
    RECORD_NAME = 2,            /* u32 number, name: a source or issuer */
    RECORD_EVALUATION = 3,      /* u32 fund, i32 date, u8 scope, u32 source: rules were judged */
    RECORD_ALERT = 4,           /* alert as published (PROTOCOL 8) */
    RECORD_ACKNOWLEDGE = 5,     /* u64 incident, u8 size and who, u16 size and note */
    RECORD_CLOCK = 6,           /* i32 day that has ended */
    RECORD_EPOCH = 7,           /* u64 epoch */
    RECORD_COVERED = 8,         /* u64 position in a backup */
    RECORD_GAPS = 9,            /* u32 source, holes in its numbering as of now, as in the table `gaps` */
    RECORD_ACTION = 10,         /* what somebody did (actions.h) */
};

#define POSITION_MAX  INT64_MAX /* what a message can say; more is damage */
#define SEGMENT_HEAD  56
#define SEGMENT_MAX   65535     /* bytes of the records of one segment */
#define RECORD_HEAD   5
/* The largest is an action that brings an event. */
#define RECORD_MAX    (RECORD_HEAD + 20 + CANONICAL_MAX + POLICY_SIZE_MAX + 768)

struct record {
    uint64_t position;
    int64_t recorded_ms;
    enum record_type type;
    const uint8_t *body;        /* borrowed: until the next write of the transaction */
    size_t size;
};

struct journal {
    uint64_t next;              /* position that the next record gets */
    uint64_t first;             /* of the segment being collected */
    int64_t recorded_ms;        /* of the group */
    bool continues;             /* the segment being collected goes on with the group of the one before */
    uint8_t chain[CHAIN_SIZE];  /* head after the last segment flushed */
    uint32_t count;             /* records in `bytes` */
    size_t size;
    struct txn *rebuilt;        /* the journal that a rebuild goes by; NULL: this is no rebuild */
    const struct record *expected;  /* of it: the record that comes next, if it is at hand */
    uint64_t differs;           /* the first position where it has another record; 0: none */
    uint16_t offsets[SEGMENT_MAX / RECORD_HEAD + 1];
    uint8_t bytes[SEGMENT_MAX + RECORD_MAX];    /* and a record that turns out not to fit */
};

/* Begins after the record at `position` with the chain's head there.  What a rebuild goes by stays. */
void journal_start(struct journal *journal, uint64_t position, const uint8_t chain[CHAIN_SIZE],
                   int64_t recorded_ms);

/* Appends a record and returns its position.  Errors are kept in the txn.  In a rebuild nothing is
 * written: the record is compared with the one that stands at this position. */
uint64_t journal_append(struct journal *journal, struct txn *txn, enum record_type type,
                        const void *body, size_t size);

/* The same for a body that is written where it stays: first its place, with room for the largest
 * record, then, when it is there, the record with its size. */
uint8_t *journal_place(struct journal *journal);
uint64_t journal_append_placed(struct journal *journal, struct txn *txn, enum record_type type,
                               size_t size);

/* Writes what was collected as a segment; nothing if there is nothing. */
void journal_flush(struct journal *journal, struct txn *txn);

/* The record at a position, out of the table or (journal not NULL) out of what is being collected; in a
 * rebuild out of the journal that it goes by, as far as it has come.  -ENOENT; -EILSEQ if its checksum or its
 * segment is wrong. */
int journal_read(const struct journal *journal, struct txn *txn, uint64_t position,
                 struct record *ret);

/* True if the records of a segment, whose head is valid, are its bytes to the last one, as
 * journal_flush() writes it. */
bool journal_is_dense(const uint8_t *segment, size_t size);
/* The chain's head after a segment. */
void journal_chain(const uint8_t before[CHAIN_SIZE], const uint8_t *segment, size_t size,
                   uint8_t ret[CHAIN_SIZE]);

/* A walk over the journal from a position on. */
struct journal_walk {
    struct txn *txn;
    struct range range;
    const uint8_t *segment;
    size_t size;
    uint32_t index, count;
    uint64_t first;
    bool segment_begins;        /* the record just given is the first of its segment */
    bool group_begins;          /* and of its group: readers have seen the books as of the one before */
};
void journal_walk_begin(struct journal_walk *walk, struct txn *txn, uint64_t from);
/* False at the end or on an error (in the txn: -EILSEQ for a hole or a bad checksum). */
bool journal_walk_next(struct journal_walk *walk, struct record *ret);
void journal_walk_end(struct journal_walk *walk);
