/* queries - the threads that answer queries and pass commands on (PROTOCOL 9).
 *
 * One has the sockets and does nothing that takes long: it empties them whatever the others are
 * at (listener.h says why) and keeps what it received until it is its turn (turns.h).  Two work, each at one
 * query at a time: one at what is answered at once, one at what takes long.
 *
 * Every answer comes from a short view of the store, so writing goes on meanwhile.  The table of
 * queries is in question.c; the answers themselves are in query_*.c. */
#pragma once

#include "daemon/bookkeeper.h"
#include "daemon/caretaker.h"
#include "daemon/jobs.h"
#include "daemon/rights.h"

/* Commands that can be in the bookkeeper's hands at once; its queue must have room for them. */
#define QUERIES_COMMANDS_MAX 16

struct queries;

struct queries_options {
    void *ipc, *tcp;            /* ROUTER sockets, taken over; tcp may be NULL */
    struct rights_book *book;
    struct store *store;
    struct bookkeeper *bookkeeper;
    struct jobs *jobs;
    struct caretaker *caretaker;
    int64_t started_ms;         /* when the daemon started, ms since 1970 UTC */
    bool read_only;
};

int queries_start(const struct queries_options *options, struct queries **ret);
/* Stops reading, waits for the commands that are being done, answers, closes.  Takes NULL. */
void queries_stop(struct queries **queries_p);
