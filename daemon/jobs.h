/* jobs - what takes long beside the counting, one at a time: backups, verifications, replays of the journal.
 *
 * One thread; asked from the query thread.  The last JOBS_KEPT are remembered. */
#pragma once

#include "daemon/bookkeeper.h"
#include "daemon/past.h"
#include "daemon/replaying.h"
#include "daemon/verification.h"

#define JOBS_KEPT 16
#define JOB_PATH_MAX 512

enum job_kind { JOB_BACKUP, JOB_VERIFY, JOB_BACKTEST, JOB_KNOWN_AT };
enum job_state { JOB_RUNNING, JOB_DONE, JOB_FAILED };
const char *job_state_word(enum job_state state);

struct job {
    uint64_t number;            /* from 1 */
    enum job_kind kind;
    enum job_state state;
    char text[512];             /* how far it is, or what went wrong */
    char path[JOB_PATH_MAX];    /* of a backup; of a verification the head that it is to prove, "" if none */
    uint64_t covered;           /* of a backup that is done: it covers up to this position */
    struct verification_result verified;    /* of a verification that is done */
    struct fund fund;           /* of a backtest */
    struct known known;         /* of books as known at a position that are there */
};

struct jobs;
struct jobs_options {
    struct store *store;
    struct bookkeeper *bookkeeper;      /* is told what a backup covers */
    const char *data;           /* the data folder, for copies; borrowed until jobs_stop() */
};
int jobs_start(const struct jobs_options *options, struct jobs **ret);
/* Ends what is running in a process of its own; waits for a backup.  Takes NULL. */
void jobs_stop(struct jobs **jobs_p);

/* A job begins when jobs_release() says so: by then the journal, and so a backup, has who asked for it.
 *
 * `path` is a backup's, or a verification's head, or NULL.  0 with the number; -EBUSY: too many are waiting;
 * -EINVAL: the path is not absolute, or too long; -EEXIST: something is there. */
int jobs_add(struct jobs *jobs, enum job_kind kind, const char *path, uint64_t *ret_number);
/* A replay: of REPLAY_KNOWN_AT a JOB_KNOWN_AT, else a JOB_BACKTEST.  0 with the number, -EBUSY or -ENOMEM. */
int jobs_add_replay(struct jobs *jobs, const struct replay_ask *ask, uint64_t *ret_number);
/* This one, and those that were added before it, may begin. */
void jobs_release(struct jobs *jobs, uint64_t number);
/* A copy.  -ENOENT: not known, or forgotten. */
int jobs_get(struct jobs *jobs, uint64_t number, struct job *ret);

/* Writes the result of a backtest that is done, and rows of it behind number `after`: at most `limit`, and no
 * more than fits into a page.  False, and nothing is written, if there is none (any more). */
bool jobs_write_result(struct jobs *jobs, uint64_t number, struct writer *w);
bool jobs_write_rows(struct jobs *jobs, uint64_t number, uint64_t after, unsigned limit,
                     struct writer *w, uint32_t *ret_count, bool *ret_more);

/* What is known of earlier positions; lives until jobs_stop(). */
struct past *jobs_past(struct jobs *jobs);
