/* event_record - an event as the body of a journal record: source, issuer, canonical bytes. */
#pragma once

#include "fund/event.h"
#include "store/journal.h"
#include "wire/reader.h"

struct event_record {
    uint64_t position;
    int64_t recorded_ms;
    uint32_t source, issuer;
    struct event event;         /* its policy bytes are borrowed like `canonical` */
    const uint8_t *canonical;   /* borrowed from the record */
    size_t canonical_size;
};

/* 0, or -EILSEQ if the record is no event. */
int event_of_record(const struct record *record, struct event_record *ret);

/* What tells one event from another, and its kind: all that is looked for where most records are passed
 * by.  0 or -EILSEQ; the rest of the event may still be bad. */
struct event_key {
    uint32_t issuer;
    uint8_t kind;
    struct span id;             /* borrowed from the record */
};
int event_key_of_record(const struct record *record, struct event_key *ret);

/* The event at a position, as journal_read() finds it. */
int event_at(const struct journal *journal, struct txn *txn, uint64_t position,
             struct event_record *ret);

/* Source, issuer and canonical bytes in a row; `body` has room for the
 * largest. */
size_t event_to_record(uint32_t source, uint32_t issuer, const struct event *event, uint8_t *body);
