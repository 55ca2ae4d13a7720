/* gather - how long it is worth waiting for more senders before what little has come is booked.
 *
 * Sources that wait for each answer come back together when theirs has left.  Whoever books the first of
 * them at once makes the others wait for the next commit, and commits twice for what fits into one.
 * So the senders of the last two commits are waited for, for a quarter of what a commit has
 * been taking at most.  One that is alone waits for nobody, and nobody waits for those whose last
 * commit is longer ago than one takes: they do not come back with the answer, but when they have something.
 *
 * No clock and no thread in here: times are given, in microseconds from any moment on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GATHER_SENDERS_MAX 32   /* with more than these a commit is worth it as it is */
#define GATHER_US_MAX      500  /* whatever a commit takes */

struct gather {
    struct senders {
        uint64_t marks[GATHER_SENDERS_MAX];     /* hashes of their names, each once */
        uint32_t count;
        bool too_many;
    } present, last, before;    /* of what waits to be booked, and of the two commits so far */
    int64_t commit_us;          /* what one takes, a moving average */
    int64_t ended_us;           /* when the last one ended */
};

/* A batch of `source` waits to be booked. */
void gather_add(struct gather *gather, const char *source);

/* How long to wait for others from `since_us` on, when all that had come was here; 0: not (any longer). */
int64_t gather_us(const struct gather *gather, int64_t since_us);

/* What waited was booked. */
void gather_booked(struct gather *gather, int64_t began_us, int64_t ended_us);

/* What waited was handed to somebody else: there is enough to do without waiting. */
void gather_handed_on(struct gather *gather);
