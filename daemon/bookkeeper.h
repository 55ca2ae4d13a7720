/* bookkeeper - the one thread that writes the store.
 *
 * It takes batches and commands from a bounded queue, in the order in which they came.
 * Whatever has arrived while one group was synced becomes the next group, up to group_events;
 * a lone batch waits for nobody.  Answers leave after the commit and never before.
 *
 * When a commit fails in a way that leaves open what is on disk, nobody is answered and the process
 * ends: the sources send again, and the seen ids settle what was counted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/inlet.h"

struct bookkeeper;

/* Something else to be written.  Embed it as the first member of what the command is about. */
struct command {
    struct task task;
    /* In a group, in the bookkeeper's thread.  0; -ENOENT or -EINVAL: what it is about is not
     * there, and it wrote nothing; another: the store failed. */
    int (*run)(struct command *command, struct store *store);
    /* After the commit, in the bookkeeper's thread; `err` is what run() gave, or -ENOSPC or -EROFS:
     * nothing was done. */
    void (*done)(struct command *command, int err);
    int err;                    /* the bookkeeper's */
};

struct bookkeeper_options {
    struct store *store;
    uint32_t group_events;
    uint32_t queue_max;         /* batches and commands that may wait */
    bool read_only;             /* commands are answered -EROFS, no day ends */
    bool trust_clock;           /* also when it went on by more than a year */
    void (*committed)(void *arg);       /* after every commit, in its thread */
    void *arg;
};

int bookkeeper_start(const struct bookkeeper_options *options, struct bookkeeper **ret);
/* Books what is in the queue, answers, and ends.  Takes NULL. */
void bookkeeper_stop(struct bookkeeper **bookkeeper_p);

/* Any thread.  False: the queue is full, nothing was taken. */
__attribute__((warn_unused_result))
bool bookkeeper_batch(struct bookkeeper *bookkeeper, struct inlet_batch *batch);
__attribute__((warn_unused_result))
bool bookkeeper_command(struct bookkeeper *bookkeeper, struct command *command);

/* Any thread.  A batch is answered busy: until it comes again its number is no gap. */
void bookkeeper_note_busy(struct bookkeeper *bookkeeper, const char *source, uint64_t sequence);
