/* replay - reads a journal from its beginning to its end, ahead of whoever applies it.
 *
 * A thread of its own checks what can be told without books: that positions follow one another, the
 * checksums, the bytes between the records, the chain, that a segment goes on with a group only where the one
 * before was full, and that no id is there twice.  It says of a
 * reversal which event it names.  So all that is given is good, and in order; at the first fault it ends.
 *
 * What is read ahead is bounded by some thousand records.  The ids take eleven bytes a position
 * (ids.h). */
#pragma once

#include "store/event_record.h"
#include "wire/hash.h"

struct replay;

/* A record of the journal. */
struct replayed {
    struct record record;
    struct event_record event;  /* of a RECORD_EVENT, */
    bool readable;              /* which can be decoded */
    uint64_t original;          /* of a reversal: position of what it names; 0: that has not come */
    bool group_begins;          /* the record is the first of its group */
};

/* Begins to read the journal in `env`, which stays the caller's and must not change, up to the
 * position `last`, with which it has to end.  -ENOMEM and others. */
int replay_open(struct env *env, const uint8_t seen_key[SEEN_KEY_SIZE], uint64_t last,
                struct replay **ret);

/* The next record, valid until the next call (what is borrowed in it, until the environment is closed);
 * NULL at the end and before the first fault. */
const struct replayed *replay_next(struct replay *replay);

/* After that NULL: the fault in words; "" if there is none. */
const char *replay_fault(const struct replay *replay);
/* And the chain's head, computed. */
void replay_chain(const struct replay *replay, uint8_t ret[CHAIN_SIZE]);

/* At any time. */
void replay_close(struct replay **replay_p);
