/* fair - who of those who wait for the bookkeeper is next.
 *
 * In the order of arrival whoever sends a few events would wait until all is booked that others have on the
 * way: a hundred thousand events, a quarter of a second and more.  So sources take turns by what they
 * bring: each batch is due when its events would be done if all sources that have something were served at
 * once and alike, and the one that is due first is next (weighted fair queueing: A. Demers, S. Keshav and
 * S. Shenker, SIGCOMM 1989).  What one source sends keeps its order, and nobody waits for ever.  Commands
 * are next at once.
 *
 * No thread in here, and no clock but the events that are served. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/inlet.h"

struct fair {
    struct task **waiting;      /* in the order of arrival; tasks are borrowed */
    uint32_t count, max;
    uint64_t now;               /* so much each source with something to do would have been served */
    struct fair_turn {
        uint64_t mark;          /* source_mark() */
        uint64_t due;           /* when all that it has sent would be done: after now */
    } *turns;
    uint32_t turn_count;
};

/* Room for `max` tasks.  0 or -ENOMEM. */
int fair_create(uint32_t max, struct fair *ret);
void fair_free(struct fair *fair);

/* False: there is no room. */
__attribute__((warn_unused_result))
bool fair_put(struct fair *fair, struct task *task);
/* NULL: nobody waits. */
struct task *fair_take(struct fair *fair);
