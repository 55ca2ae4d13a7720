/* turns - in which order queries are answered, and how many of them may wait.
 *
 * Whoever asks is an asker: a key, or on ipc a connection.  All askers that have something waiting
 * get their turn one after the other, however much one of them asks.  There are two lanes, so that what is
 * answered at once does not wait for what takes long.  One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TURNS_MAX   256         /* queries between arrival and answer, of all askers */
#define TURNS_EACH  16          /* of one */
#define ASKER_MAX   255         /* bytes: a key in Z85, or a routing id as ZMTP allows it */

enum lane { LANE_QUICK, LANE_LONG, LANES };

/* What one waiting query has here.  Embed it. */
struct turn {
    uint8_t asker[ASKER_MAX];
    size_t asker_size;
    enum lane lane;
    bool waiting;
    bool unread;                /* answered, and the connection has no room for it */
    uint64_t number;            /* the smaller, the earlier */
    uint64_t arrived;
    uint32_t place;
};

struct turns {
    struct turn *all[TURNS_MAX];
    uint32_t count;
    uint64_t now[LANES];        /* number of the turn that was taken last */
    uint64_t arrivals;
};

enum admission {
    TURN_THERE,
    TURN_BUSY,                  /* it has to be told so */
    TURN_DEAF,                  /* nobody reads what it is told */
};

/* Whether the asker may have one more.  It has at most TURNS_EACH, and at most as many as it leaves
 * free, so that a newcomer finds room. */
enum admission turns_admit(const struct turns *turns, const void *asker, size_t size);

/* Lets `turn`, whose asker and lane are filled, wait.  After turns_admit(). */
void turns_add(struct turns *turns, struct turn *turn);

/* Whose turn it is in a lane; it waits no longer, but keeps its place until it leaves.  NULL: nobody
 * waits. */
struct turn *turns_next(struct turns *turns, enum lane lane);

void turns_leave(struct turns *turns, struct turn *turn);

bool turn_is_of(const struct turn *turn, const void *asker, size_t size);
