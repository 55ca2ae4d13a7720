/* bench - what the parts of the benchmark share.
 *
 * A run makes a new store, starts the real daemon on it, measures, checks that
 * every event that was answered is in the books, and throws it all away.  The
 * table has the median and the range of several runs.
 *
 * There is nothing to clean up after: what goes wrong ends the program, and the daemon
 * dies with it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/net/net.h"

#define BATCH_SIZES 4
extern const uint32_t batch_sizes[BATCH_SIZES];     /* 1, 100, 1000, 8000 */

struct bench {
    const char *folder;         /* scratch, on the disk to be measured */
    const char *program;        /* path of fundwatchd */
    double seconds;             /* that one measurement lasts */
    char data[NET_PATH_MAX];    /* the daemon's data folder of this run */
    pid_t daemon;               /* 0: not running */
    void *context;              /* of ZeroMQ */
    struct net_peer peers[NET_ROLES];
    uint64_t events;            /* answered as applied in this run */
    int64_t fen;                /* what they add to the balance of LOAD_FUND */
};

/* Says what went wrong and ends the program. */
[[gnu::noreturn, gnu::format(printf, 1, 2)]] void die(const char *format, ...);
/* For what returns 0 or a negative errno. */
void must(int err, const char *what);

/* Seconds since some moment. */
double now(void);

/* FOLDER/name into `ret`. */
void path_in(const char *folder, const char *name, char ret[NET_PATH_MAX]);

/* The sections, in this order.  Each adds its numbers. */
void raw_measure(struct bench *bench);          /* LMDB and the disk without us */
void ingest_measure(struct bench *bench);       /* the daemon, events from memory */
void client_measure(struct bench *bench);       /* the same through the shipped client library */
void alerts_measure(struct bench *bench);       /* from an event to its alert */
void upkeep_measure(struct bench *bench);       /* disk, backup, rebuild, start after kill -9 */
