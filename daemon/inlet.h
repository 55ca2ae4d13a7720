/* inlet - the seam between where batches come from and where they are booked.
 *
 * An inlet (today ZeroMQ, intake.c) decodes a batch, hands it to the bookkeeper, and is called
 * back once with what became of it.  The bookkeeper knows whose the batch is and how to answer,
 * and nothing of sockets; another inlet can stand beside this one. */
#pragma once

#include "store/store.h"
#include "wire/batch.h"

/* What waits for the bookkeeper: the first member of a batch and of a command. */
struct task {
    enum task_kind { TASK_BATCH, TASK_COMMAND } kind;
    uint64_t due;               /* fair.h's */
};

/* FNV-1a of a source's name, for who has come lately; two sources with one mark are taken for one. */
static inline uint64_t source_mark(const char *name)
{
    uint64_t mark = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        mark = (mark ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return mark;
}

/* One event of a batch, from decoding to its outcome. */
struct entry {
    struct event event;         /* its policy bytes are borrowed from the batch's message */
    bool good;                  /* decoded and permitted; else `applied` says why not */
    uint64_t hash;              /* store_prefetch()'s, of a good one */
    struct applied applied;     /* of a good one filled by the bookkeeper */
    struct span sent;           /* the event as sent; borrowed from the message */
};

#define BLOCK_ENTRIES 128       /* in blocks, so that no batch needs one long piece */

/* So that no key can make sources without end: at most `max` names may be known that have the first
 * `prefix` bytes in common with a new one, whoever brought them.  max 0: no limit. */
struct name_quota {
    uint32_t max, prefix;
};

struct inlet_batch {
    struct task task;
    /* Filled by the inlet. */
    char source[SOURCE_NAME_MAX + 1], issuer[SOURCE_NAME_MAX + 1];
    char key[SOURCE_NAME_MAX + 1], person[SOURCE_NAME_MAX + 1];     /* of the sender; "": nobody by name */
    struct name_quota quota_of_source, quota_of_issuer;
    uint64_t sequence;          /* 0: not numbered */
    uint32_t count;
    struct entry *blocks[BATCH_EVENTS_MAX / BLOCK_ENTRIES];
    /* Called once, by the thread that booked it; the batch is the inlet's again from then on. */
    void (*answer)(struct inlet_batch *batch);
    void *inlet;
    /* Filled by the bookkeeper: done and on disk; or busy or refused, and not taken. */
    enum batch_status status;
    enum refusal refusal;       /* REFUSED_NAMES or none */
    uint32_t outcomes[OUTCOME_REJECTED + 1];    /* of a batch that is done: events by outcome */
    uint64_t position;          /* of the first event that was applied; 0: none was */
    uint64_t epoch, covered;    /* of the store, as of the answer */
};
static_assert(BATCH_EVENTS_MAX % BLOCK_ENTRIES == 0, "a full batch is whole blocks");

static inline struct entry *batch_entry(const struct inlet_batch *batch, uint32_t index)
{
    assert(index < batch->count);
    return &batch->blocks[index / BLOCK_ENTRIES][index % BLOCK_ENTRIES];
}
