/* batch - what a source sends, and what it is answered (PROTOCOL 4). */
#pragma once

#include "fund/event.h"
#include "fund/hindrance.h"
#include "wire/limits.h"
#include "wire/reader.h"
#include "wire/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A place in the journal of a store that may have been restored since; position 0: none. */
struct store_point { uint64_t epoch, position; };

struct batch_head {
    uint64_t ref;                           /* the source's own, echoed in the reply */
    char source[SOURCE_NAME_MAX + 1];       /* who reports */
    char issuer[SOURCE_NAME_MAX + 1];       /* whose ids these are; the source if not stated */
    uint64_t sequence;                      /* from 1; 0: not numbered */
    /* What a source says of itself, mostly at the beginning of a connection (PROTOCOL 4.4). */
    bool says;                              /* at least one of these is there */
    struct store_point told;                /* the highest position that a reply told it of */
    struct store_point forgotten;           /* the highest of what it does not keep any more */
    uint64_t waiting;                       /* events that it keeps and nobody has answered; */
    int64_t waiting_since_ms;               /* when the oldest of them was put there */
    uint32_t count;                         /* events that follow */
};

/* Why a message was refused as a whole; nothing of it was taken.  Numbers are
 * stored nowhere; the word is the protocol. */
enum refusal {
    REFUSED_NOT = 0,
    REFUSED_MALFORMED,          /* not MessagePack, or not this protocol's map */
    REFUSED_VERSION,            /* another protocol version */
    REFUSED_TOO_LARGE,          /* more events or bytes than the limits */
    REFUSED_SOURCE,             /* the source or issuer is not the key's */
    REFUSED_READ_ONLY,          /* the daemon takes no events now */
    REFUSED_NAMES,              /* the key has brought as many new names as it may */
};
const char *refusal_word(enum refusal refusal);

/* Source names: 1 to SOURCE_NAME_MAX bytes of [A-Za-z0-9._:-]. */
bool source_name_valid(const char *name, size_t size);
/* True if `name` is `pattern` or, where that ends in '*', begins with what stands before it. */
bool source_name_fits(const char *pattern, const char *name);

/* Reads up to the first event; batch_events then decode with event_decode().
 * `events` is always the last key of the map. */
enum refusal batch_read_head(struct reader *r, struct batch_head *ret);

/* Starts a batch message; then event_encode() head->count times. */
void batch_write_head(struct writer *w, const struct batch_head *head);

enum outcome {
    OUTCOME_APPLIED = 0,        /* counted */
    OUTCOME_DUPLICATE,          /* counted before, the same content; nothing changed */
    OUTCOME_CONFLICT,           /* counted before with other content; the first stands */
    OUTCOME_REJECTED,           /* not counted, for a reason of reject.def */
};
const char *outcome_word(enum outcome outcome);

/* Events first..last of a batch that were not simply applied. */
struct exception {
    uint32_t first, last;
    enum outcome outcome;       /* never OUTCOME_APPLIED */
    enum reject reject;         /* of OUTCOME_REJECTED */
    char key[33];               /* the field concerned, "" if none */
    uint64_t position;          /* duplicate, conflict: of the first's original; the rest follow
                                 * one by one */
    struct hindrance hindrance; /* of REJECT_BAD_MOVE */
};

/* The pairs why, move, state, allowed, day and amount of a map: what stands against a bad_move. */
#define HINDRANCE_PAIRS 6
void hindrance_write(struct writer *w, const struct hindrance *hindrance);

enum batch_status {
    BATCH_DONE,                 /* taken and on disk */
    BATCH_BUSY,                 /* nothing taken; send the same again later */
    BATCH_REFUSED,              /* nothing taken; sending the same again is no use */
};

struct reply {
    uint64_t ref;
    enum batch_status status;
    enum refusal refusal;       /* of BATCH_REFUSED */
    uint64_t epoch;             /* the store's; changes when a backup is restored */
    uint64_t position;          /* of the first event applied; 0 if none.  Applied events have
                                 * positions one after the other, in the order of the batch */
    uint32_t applied;           /* how many */
    uint64_t covered;           /* the last position that is in a backup */
    uint32_t window;            /* batches that this source may have in flight */
    uint32_t retry_ms;          /* of BATCH_BUSY: not earlier than this */
    uint32_t spoken;            /* of REFUSED_VERSION, as read: the newest version that the daemon speaks */
    uint32_t exception_count;
};

/* The pair `versions`: those of the protocol that this program speaks, of an answer to another one. */
void write_versions(struct writer *w);

/* Exceptions are handed over one by one: `next` fills the i-th. */
void reply_write(struct writer *w, const struct reply *reply, const struct exception *exceptions);

/* Reads a reply; at most `max` exceptions into `ret_exceptions`.
 * False if it is not one. */
bool reply_read(const void *bytes, size_t size, struct reply *ret,
                struct exception *ret_exceptions, uint32_t max);

#ifdef __cplusplus
}
#endif
