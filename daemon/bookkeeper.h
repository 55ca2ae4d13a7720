/* bookkeeper - writes the store, one group of batches and commands after the other.
 *
 * Its thread takes them from a bounded queue, and sources take turns (fair.h).
 * Whatever has arrived while one group was synced becomes the next group, up to group_events;
 * it waits for nobody (an inlet may: gather.h).  Answers leave after the commit and never before.
 *
 * An inlet that has little to be booked, and nothing else to do, can have it booked in its own thread
 * instead, as long as the bookkeeper is idle: that saves waking one thread for the group and
 * another for its answers, which costs as much as a part of a commit.  Who books has the turn, a lock, so
 * the store is written by one thread at a time all the same.
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
    /* In a group, in the bookkeeper's own thread.  0; -ENOENT or -EINVAL: what it is about is not
     * there, and it wrote nothing; another: the store failed. */
    int (*run)(struct command *command, struct store *store);
    /* After the commit, in that thread; `err` is what run() gave, or -ENOSPC or -EROFS:
     * nothing was done. */
    void (*done)(struct command *command, int err);
    /* Whose doing it is: the name of a key and who holds it; NULL: the daemon's own.  Borrowed. */
    const char *key, *person;
    int err;                    /* the bookkeeper's */
};

struct bookkeeper_options {
    struct store *store;
    uint32_t group_events;
    uint32_t queue_max;         /* batches and commands that may wait */
    bool read_only;             /* commands are answered -EROFS, no day ends */
    bool trust_clock;           /* also when it went on by more than a year */
    /* After every commit that raised or ended alerts, and its answers; in the thread that booked. */
    void (*alerted)(void *arg);
    void *arg;
};

int bookkeeper_start(const struct bookkeeper_options *options, struct bookkeeper **ret);
/* Books what is in the queue, answers, and ends.  Takes NULL. */
void bookkeeper_stop(struct bookkeeper **bookkeeper_p);

/* Any thread.  False: the queue is full, nothing was taken. */
__attribute__((warn_unused_result))
bool bookkeeper_batch(struct bookkeeper *bookkeeper, struct inlet_batch *batch);
/* Books batches in the calling thread, which is an inlet's: they are answered when it returns.
 * False if the bookkeeper is at work or has something waiting: nothing was taken. */
__attribute__((warn_unused_result))
bool bookkeeper_book_here(struct bookkeeper *bookkeeper, struct inlet_batch *const batches[],
                          uint32_t count);
__attribute__((warn_unused_result))
bool bookkeeper_command(struct bookkeeper *bookkeeper, struct command *command);

/* Any thread.  A batch is answered busy: until it comes again its number is no gap. */
void bookkeeper_note_busy(struct bookkeeper *bookkeeper, const char *source, uint64_t sequence);
