/* turn - one system takes its turn at one column of the table. */
#pragma once

#include "tests/bench/numbers.h"
#include "tests/peers/peers.h"

/* A column: how events are sent. */
struct column {
    const char *name;
    uint32_t batch;             /* events in a request */
    uint32_t clients;           /* each with a connection, waiting for each reply */
    uint32_t per_mille;         /* of --events */
};

struct turn {
    double rate;                /* events a second, all clients together */
    struct samples latencies;   /* seconds, of each request; the caller's */
};

/* Sends `items` (count is a multiple of batch × clients) to a system.  Ends the program
 * if an event is not applied. */
void turn_run(const struct peer *peer, const struct column *column, const struct item *items,
              uint64_t count, struct turn *ret);

/* Ends the program unless the system has exactly these totals and as many events. */
void turn_check(const struct peer *peer, const struct totals *expected, uint64_t events);

/* Sends events again that it has, one of them altered: none may be applied, and the
 * altered one must be a conflict. */
void turn_repeat(const struct peer *peer, const struct item *items, uint32_t count);
