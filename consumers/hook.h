/* hook - a command that is run for each alert, one at a time, beside the following.
 *
 * The command (of /bin/sh -c) gets the alert as a line of JSON on its standard input and the
 * FUNDWATCH_* variables in its environment.  A thread starts it and waits for it; one that takes
 * longer than its limit is killed with all that it started.  Alerts wait in a queue of fixed
 * length; when that is full hook_push() waits for room, a little longer than one command may
 * run, so that following never stands still for longer. */
#pragma once

#include <stdbool.h>

#include "consumers/bookmark.h"
#include "wire/alert_codec.h"

struct hook;

struct hook_options {
    const char *command;        /* borrowed until hook_close() */
    int limit_ms;               /* of one run */
    unsigned queue;             /* alerts that may wait */
    /* What went wrong with a run, for stderr; called from the hook's thread.  `number` is the alert's. */
    void (*on_failure)(uint64_t number, const char *what);
};

int hook_open(const struct hook_options *options, struct hook **ret);
/* Waits for the run that is going on; what is queued is not run.  Takes NULL. */
void hook_close(struct hook **hook_p);

/* Queues an alert; `at` is where a bookmark stands when it has run.  0; -EAGAIN: the queue stayed
 * full for a second more than limit_ms, and the alert was not queued. */
int hook_push(struct hook *hook, const struct alert *alert, struct bookmark at);

/* Waits until all that is queued has run or, if `discard`, until the present run has ended, and
 * returns how many were not run. */
unsigned hook_finish(struct hook *hook, bool discard);

/* True as long as not every alert that was queued has run; *ret_done is then the bookmark of the
 * last that has, epoch 0 if none. */
bool hook_pending(struct hook *hook, struct bookmark *ret_done);
