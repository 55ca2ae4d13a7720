/* jobs - what takes long beside the counting: backups and verifications, one at a time.
 *
 * One thread; asked from the query thread.  The last JOBS_KEPT are remembered. */
#pragma once

#include "daemon/bookkeeper.h"
#include "store/verify.h"

#define JOBS_KEPT 16
#define JOB_PATH_MAX 512

enum job_kind { JOB_BACKUP, JOB_VERIFY };
enum job_state { JOB_RUNNING, JOB_DONE, JOB_FAILED };
const char *job_state_word(enum job_state state);

struct job {
    uint64_t number;            /* from 1 */
    enum job_kind kind;
    enum job_state state;
    char text[512];             /* how far it is, or what went wrong */
    char path[JOB_PATH_MAX];    /* of a backup */
    uint64_t covered;           /* of a backup that is done: it covers up to this position */
    struct verify_result verified;      /* of a verification that is done */
};

struct jobs;
struct jobs_options {
    struct store *store;
    struct bookkeeper *bookkeeper;      /* is told what a backup covers */
    const char *data;           /* the data folder, for verify's copy; borrowed until jobs_stop() */
};
int jobs_start(const struct jobs_options *options, struct jobs **ret);
/* Ends a verification that is running; waits for a backup that is.  Takes NULL. */
void jobs_stop(struct jobs **jobs_p);

/* `path` is a backup's, else NULL.  0 with the number; -EBUSY: too many are waiting;
 * -EINVAL: the path is not absolute, or too long; -EEXIST: something is there. */
int jobs_add(struct jobs *jobs, enum job_kind kind, const char *path, uint64_t *ret_number);
/* A copy.  -ENOENT: not known, or forgotten. */
int jobs_get(struct jobs *jobs, uint64_t number, struct job *ret);
