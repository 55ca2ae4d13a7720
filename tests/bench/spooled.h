/* spooled - producers that send what is in their spools through the shipped client library.
 *
 * What a user has: each producer is a source with a spool and a connection of its own, every event is on disk
 * before its clock starts, and the clock runs from the first call that may send to the last answer, so the
 * beginning of the connection is in it (a millisecond, some more with CURVE). */
#pragma once

#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/sender.h"

#define SPOOLERS_MAX 16

struct spooling {
    uint32_t producers;         /* at most SPOOLERS_MAX */
    uint32_t batch;             /* events */
    enum spread spread;
    enum id_order order;
    bool by_source;             /* ids begin with their source, not with one of a thousand */
    uint32_t duplicate_every;   /* one event of so many was sent before; 0: none */
    bool tcp;                   /* over TCP with CURVE */
};

struct spooled;

/* `name` is that of a folder for the spools, and of the sources. */
struct spooled *spooled_open(struct bench *bench, const char *name, const struct spooling *spooling);
void spooled_close(struct spooled **spooled_p);

/* Each producer puts so many batches into its spool while nobody answers; returns the seconds until
 * all were on disk. */
double spooled_fill(struct spooled *spooled, uint64_t batches);

/* Sends everything and removes the spools.  Ends the program unless all of it was applied, or was the
 * duplicate that it ought to be.  Latencies, from an answer to the next one, are only those of producers
 * that wait for each: with more in flight the library does not tell them. */
void spooled_send(struct spooled *spooled, struct sent *ret);

/* Fills with as many batches as should take about so long to send, going by what the last ones took. */
void spooled_fill_for(struct spooled *spooled, double seconds);
