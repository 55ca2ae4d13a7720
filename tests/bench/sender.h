/* sender - threads that send batches from memory as fast as they are answered.
 *
 * What the daemon alone takes: no spool, no client library, over ipc.  Sources that are
 * taken in turn by one connection are only here, because the library has one source for each producer. */
#pragma once

#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/numbers.h"

struct sending {
    uint32_t producers;         /* threads with a connection each, at most 64 */
    uint32_t sources;           /* of each producer, in turn; no source has two producers */
    uint32_t batch;             /* events */
    uint32_t window;            /* batches in flight, of each producer */
    enum spread spread;
    enum id_order order;
    bool by_source;             /* ids begin with their batch's source, not with one of a thousand */
    uint32_t duplicate_every;   /* one event of so many was sent before; 0: none.  One source only */
    uint64_t events;            /* send so many, to the next whole batch; 0: for bench->seconds */
};

struct sent {
    double seconds;             /* from the first send to the last answer */
    uint64_t events;            /* applied */
    uint64_t duplicates;        /* answered so */
    uint64_t busy;              /* answers that said so */
    double stall;               /* the longest time that a producer waited for its next answer */
    double cpu;                 /* seconds of the daemon's processor time */
    double own_cpu;             /* and of this program's, which is the client */
    double machine_cpu;         /* and of all processors of the machine, whoever used them */
    uint64_t written;           /* bytes that the daemon wrote to files */
    struct samples latencies;   /* seconds from a batch's first send to "done"; the caller's */
};

/* Adds up; the latencies of `more` go over. */
void sent_add(struct sent *sum, struct sent *more);

/* Processor time and bytes so far, and what was used since. */
struct use {
    double cpu, own_cpu, machine_cpu;
    uint64_t written;
};
struct use use_now(const struct bench *bench);
void use_since(const struct bench *bench, const struct use *before, struct sent *ret);

/* Sends for bench->seconds, or sending->events, and waits for the last answer. */
void send_load(struct bench *bench, const struct sending *sending, struct sent *ret);

/* The same in the background, until send_end().  One at a time. */
void send_begin(struct bench *bench, const struct sending *sending);
void send_end(struct bench *bench, struct sent *ret);

/* `events` of the main workload, as fast as they go. */
void send_fill(struct bench *bench, uint64_t events, enum spread spread);

/* The policies and opening balances of a new store, and the books date. */
void send_setup(struct bench *bench);

/* Sends a batch of a single event and waits until it is counted. */
void send_event(struct bench *bench, void *socket, const struct event *event);
/* A DEALER that is connected. */
void *send_connect(struct bench *bench);
