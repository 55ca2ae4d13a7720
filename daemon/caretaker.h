/* caretaker - looks after what an operator should know in time: backups, room, clock, alerts, sources.
 *
 * It remembers what sources say of themselves (PROTOCOL 4.4) and compares it with the store: a source that
 * was told of more than the store has betrays that an older copy was put in its place.  Warnings are logged
 * when they begin and end; `health` and /metrics show them.
 *
 * A thread looks once a minute.  The functions may be called from any. */
#pragma once

#include "daemon/bookkeeper.h"
#include "daemon/health.h"
#include "daemon/publisher.h"

struct caretaker;
struct caretaker_options {
    struct store *store;
    const char *store_path;     /* borrowed until caretaker_stop() */
    struct bookkeeper *bookkeeper;
    struct publisher *publisher;
    struct health_limits limits;
    bool read_only;             /* begin no epoch */
};
int caretaker_start(const struct caretaker_options *options, struct caretaker **ret);
void caretaker_stop(struct caretaker **caretaker_p);    /* takes NULL */

/* A source said something of itself, in the head of a batch that is going to be booked next. */
void caretaker_heard(struct caretaker *caretaker, const struct batch_head *head);

/* How things are now.  0 or a negative errno. */
int caretaker_look(struct caretaker *caretaker, struct health *ret);

/* What a source said last. */
struct source_said {
    char name[SOURCE_NAME_MAX + 1];
    uint64_t waiting;           /* events, less those that came since */
    int64_t since_ms;
    bool lost;                  /* it does not keep what is missing here */
};
/* Calls `each` for the sources where something waits or is lost, until it returns false. */
void caretaker_sources(struct caretaker *caretaker, bool (*each)(void *arg, const struct source_said *said),
                       void *arg);
