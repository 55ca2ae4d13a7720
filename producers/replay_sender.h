/* replay_sender - plays events to a daemon, each source through a producer of its own.
 *
 * A producer is opened when its source has its first event, with a spool in a
 * folder of its own below the spool folder.  A barrier waits until every source's events are
 * answered.
 *
 * One thread. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "producers/client/producer.h"
#include "producers/replay_case.h"
#include "producers/replay_play.h"

struct replay_sender_options {
    struct net_peer peer;
    const char *prefix;         /* of source names, may be "" */
    const char *spool_dir;      /* NULL: a temporary folder, removed when all is answered */
    uint32_t batch_events;
    int timeout_ms;             /* for one add or barrier */
    uint64_t rate;              /* events per second, 0: as fast as they are answered */
    FILE *progress;             /* a terminal, or NULL */
    const volatile sig_atomic_t *stop;  /* the play ends with -EINTR when it is not 0 */
};

struct replay_counts {
    uint64_t read;              /* events handed to the sender */
    uint64_t applied, duplicates, conflicts, rejected;
    uint64_t waiting;           /* not answered */
    uint64_t earlier;           /* of these, what earlier runs left in the spools */
    uint64_t resent, busy;      /* batches */
    unsigned sources;
};

struct replay_sender;

/* The case is borrowed until replay_sender_close().  0 or a negative errno and a
 * sentence in `error`, which has REPLAY_ERROR_MAX bytes. */
int replay_sender_open(const struct replay_case *c, const struct replay_sender_options *options,
                       struct replay_sender **ret, char *error);

/* Closes all producers.  A temporary spool folder goes if nothing is waiting. */
void replay_sender_close(struct replay_sender **sender_p);

/* The sink's event and barrier return -ETIMEDOUT (outcome unknown, the spool has it),
 * -ECONNREFUSED (a batch was refused as a whole) or another negative errno; then
 * replay_sender_error() is a sentence. */
struct replay_sink replay_sender_sink(struct replay_sender *sender);
const char *replay_sender_error(const struct replay_sender *sender);

/* The folder that the spools are in. */
const char *replay_sender_spool_dir(const struct replay_sender *sender);

void replay_sender_counts(const struct replay_sender *sender, struct replay_counts *ret);
