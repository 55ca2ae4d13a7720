/* sender - threads that send batches from memory as fast as they are answered. */
#pragma once

#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/numbers.h"

struct sending {
    uint32_t producers;         /* threads with a connection each */
    uint32_t sources;           /* of each producer, in turn; no source has two producers */
    uint32_t batch;             /* events */
    uint32_t window;            /* batches in flight, of each producer */
    enum spread spread;
};

struct sent {
    double seconds;             /* from the first send to the last answer */
    uint64_t events;            /* applied */
    uint64_t busy;              /* answers that said so */
    double cpu;                 /* seconds of the daemon's processor time */
    uint64_t written;           /* bytes that the daemon wrote to files */
    struct samples latencies;   /* seconds from a batch's first send to "done"; the caller's */
};

/* Sends for bench->seconds and waits for the last answer. */
void send_load(struct bench *bench, const struct sending *sending, struct sent *ret);

/* The same in the background, until send_end().  One at a time. */
void send_begin(struct bench *bench, const struct sending *sending);
void send_end(struct bench *bench, struct sent *ret);

/* The policies and opening balances of a new store, and the books date. */
void send_setup(struct bench *bench);

/* Sends a batch of a single event and waits until it is counted. */
void send_event(struct bench *bench, void *socket, const struct event *event);
/* A DEALER that is connected. */
void *send_connect(struct bench *bench);
