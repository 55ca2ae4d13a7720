#include "daemon/jobs.h"

#include <assert.h>
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/queue.h"
#include "daemon/verification.h"

#define WAITING_MAX 4
static_assert(WAITING_MAX < JOBS_KEPT, "a job that waits is not forgotten");

struct jobs {
    struct jobs_options options;
    pthread_mutex_t lock;       /* of the two below */
    struct job kept[JOBS_KEPT]; /* job n is at n % JOBS_KEPT */
    uint64_t newest;
    uint64_t finished;          /* the newest that has ended; the thread's, under the lock */
    struct bell work, stop;
    pthread_t thread;
};

const char *job_state_word(enum job_state state)
{
    static const char *const words[] = {
        [JOB_RUNNING] = "running", [JOB_DONE] = "done", [JOB_FAILED] = "failed",
    };
    return words[state];
}

/* --- Asked from outside. ----------------------------------------------------- */

int jobs_add(struct jobs *jobs, enum job_kind kind, const char *path, uint64_t *ret_number)
{
    if (path != NULL && (path[0] != '/' || strlen(path) >= JOB_PATH_MAX))
        return -EINVAL;
    if (path != NULL && access(path, F_OK) == 0)
        return -EEXIST;
    pthread_mutex_lock(&jobs->lock);
    bool room = jobs->newest - jobs->finished < WAITING_MAX;
    if (room) {
        uint64_t number = ++jobs->newest;
        struct job *job = &jobs->kept[number % JOBS_KEPT];
        *job = (struct job){ .number = number, .kind = kind, .state = JOB_RUNNING };
        strcpy(job->path, path != NULL ? path : "");
        *ret_number = number;
    }
    pthread_mutex_unlock(&jobs->lock);
    if (room)
        bell_ring(&jobs->work);
    return room ? 0 : -EBUSY;
}

int jobs_get(struct jobs *jobs, uint64_t number, struct job *ret)
{
    pthread_mutex_lock(&jobs->lock);
    const struct job *job = &jobs->kept[number % JOBS_KEPT];
    bool found = number != 0 && job->number == number;
    if (found)
        *ret = *job;
    pthread_mutex_unlock(&jobs->lock);
    return found ? 0 : -ENOENT;
}

/* --- One job; it works on a copy and puts it back. --------------------------- */

static void put_back(struct jobs *jobs, const struct job *job)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->kept[job->number % JOBS_KEPT] = *job;
    pthread_mutex_unlock(&jobs->lock);
}

[[gnu::format(printf, 2, 3)]]
static void fail(struct job *job, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(job->text, sizeof job->text, format, args);
    va_end(args);
    job->state = JOB_FAILED;
}

struct covered_command {
    struct command command;
    uint64_t position;
    int err;
    struct bell done;
};

static int covered_run(struct command *command, struct store *store)
{
    return store_covered(store, ((struct covered_command *)command)->position);
}

static void covered_done(struct command *command, int err)
{
    struct covered_command *covered = (struct covered_command *)command;
    covered->err = err;
    bell_ring(&covered->done);
}

static int tell_covered(struct jobs *jobs, uint64_t position)
{
    struct covered_command covered = {
        .command = { .run = covered_run, .done = covered_done }, .position = position,
    };
    int err = bell_open(&covered.done);
    if (err != 0)
        return err;
    if (bookkeeper_command(jobs->options.bookkeeper, &covered.command)) {
        bell_wait(&covered.done, -1);
        bell_clear(&covered.done);
    } else {
        covered.err = -EBUSY;
    }
    bell_close(&covered.done);
    return covered.err;
}

static void run_backup(struct jobs *jobs, struct job *job)
{
    int err = store_backup(jobs->options.store, job->path, &job->covered);
    if (err != 0) {
        fail(job, "no backup in %s: %s", job->path,
             err == -EINVAL ? "that is inside the store itself" : strerror(-err));
        return;
    }
    /* A read-only daemon cannot note it; the backup is as good. */
    err = tell_covered(jobs, job->covered);
    job->state = JOB_DONE;
    snprintf(job->text, sizeof job->text, "%s", err == 0 ? "" :
             "the backup is whole, but sources could not be told that they are covered by it");
}

struct progress {
    struct jobs *jobs;
    struct job *job;
};

static void note_progress(void *arg, uint64_t at, uint64_t of)
{
    struct progress *progress = arg;
    snprintf(progress->job->text, sizeof progress->job->text, "position %llu of %llu",
             (unsigned long long)at, (unsigned long long)of);
    put_back(progress->jobs, progress->job);
}

static int remove_one(const char *path, [[maybe_unused]] const struct stat *st,
                      [[maybe_unused]] int type, [[maybe_unused]] struct FTW *ftw)
{
    return remove(path);
}

static void remove_folder(const char *path)
{
    if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
        log_unusual("jobs", "cannot remove %s: %s", path, strerror(errno));
}

static void verify_copy(struct jobs *jobs, struct job *job, const char *copy)
{
    struct progress progress = { .jobs = jobs, .job = job };
    char *wrong = NULL;
    uint64_t covered;
    int err = store_backup(jobs->options.store, copy, &covered);
    if (err != 0) {
        fail(job, "no copy to compare with could be made in %s: %s", copy, strerror(-err));
        return;
    }
    err = verification_run(copy, &jobs->stop, note_progress, &progress, &job->verified, &wrong);
    if (err == 0 && job->verified.differences == 0) {
        job->state = JOB_DONE;
        strcpy(job->text, "journal and books agree");
    } else if (err == 0) {
        fail(job, "journal and books differ: %s", job->verified.first);
    } else {
        fail(job, "%s", wrong != NULL ? wrong : strerror(-err));
    }
    free(wrong);
}

static void run_verify(struct jobs *jobs, struct job *job)
{
    char folder[JOB_PATH_MAX], copy[JOB_PATH_MAX + 8];
    int length = snprintf(folder, sizeof folder, "%s/verify.XXXXXX", jobs->options.data);
    if (length < 0 || (size_t)length >= sizeof folder || mkdtemp(folder) == NULL) {
        fail(job, "cannot make the folder %s: %s", folder, strerror(errno));
        return;
    }
    snprintf(copy, sizeof copy, "%s/copy", folder);
    verify_copy(jobs, job, copy);
    remove_folder(folder);
}

static void run_job(struct jobs *jobs, struct job *job)
{
    switch (job->kind) {
    case JOB_BACKUP:
        run_backup(jobs, job);
        break;
    case JOB_VERIFY:
        run_verify(jobs, job);
        break;
    }
    if (job->state == JOB_FAILED)
        log_unusual("jobs", "job failed job=%llu: %s", (unsigned long long)job->number, job->text);
    else
        log_info("jobs", "job done job=%llu", (unsigned long long)job->number);
}

/* --- The thread. ------------------------------------------------------------- */

/* The oldest that has not ended. */
static bool next_job(struct jobs *jobs, struct job *ret)
{
    pthread_mutex_lock(&jobs->lock);
    bool found = jobs->finished < jobs->newest;
    if (found)
        *ret = jobs->kept[(jobs->finished + 1) % JOBS_KEPT];
    pthread_mutex_unlock(&jobs->lock);
    return found;
}

static void end_job(struct jobs *jobs, const struct job *job)
{
    put_back(jobs, job);
    pthread_mutex_lock(&jobs->lock);
    jobs->finished = job->number;
    pthread_mutex_unlock(&jobs->lock);
}

static void *jobs_run(void *arg)
{
    struct jobs *jobs = arg;
    struct job job;
    for (;;) {
        bell_wait(&jobs->work, -1);
        bell_clear(&jobs->work);
        while (!bell_wait(&jobs->stop, 0) && next_job(jobs, &job)) {
            run_job(jobs, &job);
            end_job(jobs, &job);
        }
        if (bell_wait(&jobs->stop, 0))
            return NULL;
    }
}

/* Copies that a run before this one left behind when it was killed. */
static void remove_leftovers(const char *data)
{
    char pattern[JOB_PATH_MAX];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/verify.??????", data);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        remove_folder(found.gl_pathv[i]);
    globfree(&found);
}

static void jobs_free(struct jobs *jobs)
{
    pthread_mutex_destroy(&jobs->lock);
    bell_close(&jobs->work);
    bell_close(&jobs->stop);
    free(jobs);
}

int jobs_start(const struct jobs_options *options, struct jobs **ret)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    if (jobs == NULL)
        return -ENOMEM;
    jobs->options = *options;
    jobs->work.fd = jobs->stop.fd = -1;
    pthread_mutex_init(&jobs->lock, NULL);
    remove_leftovers(options->data);
    int err = bell_open(&jobs->work);
    if (err == 0)
        err = bell_open(&jobs->stop);
    if (err == 0)
        err = -pthread_create(&jobs->thread, NULL, jobs_run, jobs);
    if (err == 0)
        *ret = jobs;
    else
        jobs_free(jobs);
    return err;
}

void jobs_stop(struct jobs **jobs_p)
{
    struct jobs *jobs = *jobs_p;
    if (jobs == NULL)
        return;
    bell_ring(&jobs->stop);
    bell_ring(&jobs->work);
    pthread_join(jobs->thread, NULL);
    jobs_free(jobs);
    *jobs_p = NULL;
}
