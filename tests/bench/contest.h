/* contest - shapes that are compared, measured in turns.
 *
 * The disk of a machine that others use too may change tenfold within seconds.  So what is compared is
 * measured in slices: in each round a yardstick, which has nothing of ours, and then a slice of every
 * shape, one straight after the other; each round begins with another shape. */
#pragma once

#include "tests/bench/spooled.h"

#define CONTENDERS_MAX 8
#define ROUNDS         3

struct contender {
    char name[96];              /* of its lines */
    const char *heading;        /* that they stand under; NULL: the present one */
    struct bench *bench;
    struct spooled *spooled;    /* through the client library; contest_end() closes it */
    struct sending sending;     /* without `spooled`: from memory */
    struct sent sum;
};

struct contest {
    struct contender contenders[CONTENDERS_MAX];
    unsigned count;
    uint32_t batch;             /* events */
    double yardstick;           /* its median, in seconds */
};

/* Seconds that something without us takes; measured now. */
typedef double yardstick(const struct bench *bench, uint32_t batch);

/* Adds one, whose lines begin with what `format` says. */
[[gnu::format(printf, 4, 5)]]
void contest_add_spooled(struct contest *contest, struct bench *bench, const struct spooling *spooling,
                         const char *format, ...);
[[gnu::format(printf, 4, 5)]]
void contest_add_memory(struct contest *contest, struct bench *bench, const struct sending *sending,
                        const char *format, ...);

/* Measures bench->seconds of each, in so many rounds, and adds their lines.  With a yardstick (NULL: none)
 * the line "NAME disk drift" says how far it moved: its longest by its shortest time; NAME is that of the
 * first. */
void contest_run(struct contest *contest, unsigned rounds, yardstick *measure);
void contest_end(struct contest *contest);
