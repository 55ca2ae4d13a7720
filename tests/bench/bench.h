/* bench - what the parts of the benchmark share.
 *
 * A section makes a new store, starts the real daemon on it, measures, checks that
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

#include "tests/bench/books.h"
#include "wire/net/net.h"

#define BATCH_SIZES 4
extern const uint32_t batch_sizes[BATCH_SIZES];     /* 1, 100, 1000, 8000 */
#define WINDOW      8           /* batches in flight, where it is not 1: what the daemon grants as shipped */

struct bench {
    const char *folder;         /* scratch, on the disk to be measured */
    const char *program;        /* path of fundwatchd */
    double seconds;             /* that one measurement lasts */
    uint64_t fill;              /* events in a store that something is measured on */
    uint64_t growth;            /* events that "growth" goes up to */
    double share;               /* of the persons of a city, in "year" */
    char data[NET_PATH_MAX];    /* the daemon's data folder of this run */
    bool tcp;                   /* the daemon listens on TCP with CURVE too; set before daemon_begin() */
    uint32_t window;            /* that it grants; 0: as shipped (8).  daemon_window() */
    pid_t daemon;               /* 0: not running */
    void *context;              /* of ZeroMQ */
    struct net_peer peers[NET_ROLES];       /* ipc */
    struct net_peer tcp_peers[NET_ROLES];   /* if `tcp` */
    uint64_t events;            /* answered as applied in this run */
    struct totals booked;       /* what they move */
};

/* Says what went wrong and ends the program. */
[[gnu::noreturn, gnu::format(printf, 1, 2)]] void die(const char *format, ...);
/* For what returns 0 or a negative errno. */
void must(int err, const char *what);

/* Seconds since some moment. */
double now(void);

/* What is measured just now, for who waits: a line that changes, on a terminal only. */
[[gnu::format(printf, 1, 2)]] void progress(const char *format, ...);

/* FOLDER/name into `ret`. */
void path_in(const char *folder, const char *name, char ret[NET_PATH_MAX]);

/* The sections, in this order.  Each adds its numbers. */
void raw_measure(struct bench *bench);          /* LMDB and the disk without us */
void parts_measure(struct bench *bench);        /* pack, transport, decode, commit, each alone */
void mixed_measure(struct bench *bench);        /* the main workload, and one source a batch */
void producers_measure(struct bench *bench);    /* 4 and 16 producers */
void single_measure(struct bench *bench);       /* one event at a time */
void ids_measure(struct bench *bench);          /* ids in order, shuffled, random; duplicates */
void ingest_measure(struct bench *bench);       /* fees of persons and full settlements */
void client_measure(struct bench *bench);       /* what the client library takes at the source */
void readers_measure(struct bench *bench);      /* queries beside it */
void alerts_measure(struct bench *bench);       /* from an event to its alert */
void backup_measure(struct bench *bench);       /* backup under load */
void bytes_measure(struct bench *bench);        /* what an event takes on disk */
void upkeep_measure(struct bench *bench);       /* rebuild, start after kill -9 */
void growth_measure(struct bench *bench);       /* to 20 million events */
void year_measure(struct bench *bench);         /* a city's year through fundwatch-replay */

/* Rebuilds all books from the journal of the backup in `path`, compares, and returns the seconds;
 * `events`: that there must be; 0: any number. */
double upkeep_rebuild(const struct bench *bench, const char *path, uint64_t events);
