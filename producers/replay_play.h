/* replay_play - the events of a case in the order in which they may be sent.
 *
 * Day by day: rows of the tables, then the generated population.  When a month (or
 * each day) is over everything must have been answered before the `day` event
 * that says so, and that before anything of the next: sources are not in
 * order with one another, and an event too far ahead of the books date would be
 * refused. */
#pragma once

#include "producers/replay_case.h"
#include "producers/replay_people.h"
#include "producers/replay_rows.h"

/* Where events go.  Both return 0 or a negative errno, which ends the play. */
struct replay_sink {
    void *arg;
    int (*event)(void *arg, unsigned source, const struct event *event);
    int (*barrier)(void *arg);  /* returns when all events so far are answered */
};

enum replay_step { REPLAY_BY_MONTH, REPLAY_BY_DAY };

/* Plays the case to its last day, with what comes before its year in `rows`.  `people` may be
 * NULL.  `rows` may be NULL for another round of a population alone; there are no `day` events
 * then.  Returns 0 or what the sink returned. */
int replay_play(const struct replay_case *c, const struct replay_rows *rows,
                struct replay_people *people, enum replay_step step,
                const struct replay_sink *sink);
