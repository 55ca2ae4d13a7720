/* publisher - rings the doorbell: publishes alerts by number, and a heartbeat each second.
 *
 * The store is the record (PROTOCOL 8): what is published is read back from it by number after the
 * commit, so a subscriber that misses something can fetch the same again.  A subscription counts
 * once its topic has been looked at: not too long, not too many, and within the places of its key.
 *
 * One thread. */
#pragma once

#include "daemon/listener.h"
#include "daemon/rights.h"
#include "store/store.h"

struct publisher;

struct publisher_options {
    const struct listener *listener;
    void *ipc, *tcp;            /* XPUB sockets, taken over; tcp may be NULL */
    const char *tcp_endpoint;   /* where tcp is bound; copied */
    struct rights_book *book;
    struct store *store;
    void (*died)(void *arg);    /* from its thread, if it cannot go on */
    void *arg;
};

int publisher_start(const struct publisher_options *options, struct publisher **ret);
/* Publishes what is still to be published, and closes.  Takes NULL. */
void publisher_stop(struct publisher **publisher_p);

/* Number of the newest alert that was handed to the sockets.  Any thread. */
uint64_t publisher_published(const struct publisher *publisher);

/* Something was committed.  Any thread. */
void publisher_wake(struct publisher *publisher);
/* The rights changed: cuts every TCP subscriber off, so that those who still may come back. */
void publisher_reopen(struct publisher *publisher);
