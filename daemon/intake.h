/* intake - the inlet of ZeroMQ: receives batches, checks them, decodes them, and sends the replies.
 *
 * One thread owns the ingest sockets and all memory of batches in flight.  Size, rights, window
 * and form are checked before anything is kept; what it cannot take is answered at once (busy, refused). */
#pragma once

#include "daemon/bookkeeper.h"
#include "daemon/caretaker.h"
#include "daemon/rights.h"

/* Batches that can be in the bookkeeper's hands at once; its queue must have room for them. */
#define INTAKE_BATCHES_MAX 256

struct intake;

struct intake_options {
    void *ipc, *tcp;            /* ROUTER sockets, taken over; tcp may be NULL */
    struct rights_book *book;
    struct store *store;        /* for store_head() alone */
    struct bookkeeper *bookkeeper;
    struct caretaker *caretaker;        /* hears what sources say of themselves */
    uint32_t window, retry_ms;
    bool read_only;             /* every batch is refused so */
};

/* Starts the thread.  On failure the sockets stay the caller's. */
int intake_start(const struct intake_options *options, struct intake **ret);
/* Stops reading, waits until everything in flight is answered, closes.  Takes NULL. */
void intake_stop(struct intake **intake_p);
