/* complete - what the run as a whole says: what was sent, in which states the store was committed, what had
 * been acknowledged when.
 *
 * The oracle of every state: a disk after a power loss must hold one of the states that were committed, and
 * none that is older than what somebody was told. */
#pragma once

#include "fund/event.h"
#include "tests/powerloss/disk.h"
#include "tests/powerloss/inspect.h"

/* A state that a commit made. */
struct committed {
    uint64_t txn;
    uint64_t hash;
    uint64_t position, alerts;
    uint8_t chain[CHAIN_SIZE];
    bool runs_whole;            /* those that it names: all but in a store that was just restored */
};

/* What others know when an entry of the log has been done. */
struct told {
    uint64_t position;          /* acknowledged */
    uint64_t alert;             /* published */
    uint64_t covered;           /* said to be in a backup */
    bool made;                  /* that there is a store */
};

/* An event of the journal. */
struct complete_event {
    uint64_t position;
    uint32_t issuer;
    struct event event;
    char issuer_name[SOURCE_NAME_MAX + 1];
    uint8_t *canonical;
    size_t canonical_size;
    uint64_t undone;            /* position of what a reversal names, whenever it came; 0: never */
};

/* An event that was sent, with who sent it: one of each batch that has it. */
struct sent_event {
    const char *source, *issuer;
    struct event event;
    uint8_t *canonical;
    size_t canonical_size;
};
struct sent_batch {
    uint64_t ref;
    char source[SOURCE_NAME_MAX + 1], issuer[SOURCE_NAME_MAX + 1];
    uint64_t sequence;
    struct sent_event *events;
    uint32_t count;
};

struct complete {
    struct log_entry *entries;  /* of the log */
    struct told *told;          /* for each of them */
    uint64_t count;
    struct committed *states;
    unsigned state_count, state_room;
    struct complete_event *events;
    unsigned event_count, event_room;
    struct sent_batch *batches;
    unsigned batch_count, batch_room;
};

/* Reads log and batches, and goes through the run once in the folder `scratch`.  False and what is wrong if
 * what it came to contradicts what was sent or acknowledged. */
bool complete_read(struct complete *complete, const char *log, const char *sent, const char *scratch,
                   char wrong[WRONG_SIZE]);

/* The state of that commit; NULL. */
const struct committed *complete_state(const struct complete *complete, const struct inspected *inspected);
/* The event at a position; NULL if there is none. */
const struct complete_event *complete_event(const struct complete *complete, uint64_t position);
