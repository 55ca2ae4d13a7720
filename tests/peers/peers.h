/* peers - what the parts of the comparison share.
 *
 * The same events go, in the same order, to fundwatchd and to databases that a user could take
 * instead.  Each must count an event once by (source, id), tell a conflict from a duplicate, keep
 * the event, move the total of its fund, month, kind and category in the same transaction, and
 * have it on disk before it answers.
 *
 * What goes wrong ends the program, and the servers die with it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tests/bench/bench.h"
#include "tests/peers/items.h"

#define CLIENTS_MAX 16
#define ABOUT_MAX   512

/* What a system said of the events of one request. */
struct answer {
    uint64_t applied, duplicates, conflicts;
};

/* One system.  `self` is handed to its functions.  The order is: begin, then per round create,
 * requests in several turns, remove.  It runs all the round, and does nothing between its turns. */
struct peer {
    const char *name;           /* in --only and in the numbers */
    void *self;
    /* Once, before all: where it may write, and what it is, for the heading.  A folder that is a
     * server's own is made here. */
    void (*begin)(void *self, const char *folder, char ret_about[ABOUT_MAX]);
    void (*create)(void *self); /* a new, empty store, and what serves it */
    void (*remove)(void *self);
    /* One client's connection, used by one thread. */
    void *(*connect)(void *self, unsigned client);
    void (*disconnect)(void *link);
    /* The bytes of a request, made before the clock starts.  `items` stays until discard(). */
    void *(*pack)(const struct item *items, uint32_t count, unsigned client);
    void (*discard)(void *packed);
    /* Sends it and waits until it is answered, which is when it is on disk. */
    void (*send)(void *link, const void *packed, struct answer *ret);
    /* All totals, and how many events it has. */
    void (*read)(void *self, struct totals *ret, uint64_t *ret_events);
    /* Bytes on disk of the events, totals and indexes. */
    uint64_t (*bytes)(void *self);
};

#define PEERS 5
extern const struct peer *const peers[PEERS];   /* fundwatch is the first */

extern const struct peer fundwatch_peer, statement_peer, copy_peer, sqlite_peer, redis_peer;

/* Where the programs are; set by main. */
struct programs {
    const char *fundwatchd;
    const char *postgres;       /* the folder with initdb and postgres */
    const char *redis;          /* redis-server */
};
extern struct programs programs;
