#include "daemon/jobs.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/controls.h"
#include "daemon/folders.h"
#include "daemon/log.h"
#include "daemon/query.h"
#include "daemon/queue.h"

#define WAITING_MAX 4
static_assert(WAITING_MAX < JOBS_KEPT, "a job that waits is not forgotten");

/* What a replay is asked, and what it came to: beside the jobs, which are copied. */
struct replay {
    struct writer ask;
    uint64_t position;          /* of JOB_KNOWN_AT */
    struct replayed *replayed;  /* owned; NULL until a backtest is done */
};

struct jobs {
    struct jobs_options options;
    struct past *past;
    pthread_mutex_t lock;       /* of those below */
    struct job kept[JOBS_KEPT]; /* job n is at n % JOBS_KEPT */
    struct replay replays[JOBS_KEPT];
    uint64_t newest;
    uint64_t released;          /* the newest that may begin */
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

/* The place of a new job; NULL if too many are waiting.  Under the lock. */
static struct job *begin_job(struct jobs *jobs, enum job_kind kind)
{
    if (jobs->newest - jobs->finished >= WAITING_MAX)
        return NULL;
    uint64_t number = ++jobs->newest;
    struct job *job = &jobs->kept[number % JOBS_KEPT];
    struct replay *replay = &jobs->replays[number % JOBS_KEPT];
    *job = (struct job){ .number = number, .kind = kind, .state = JOB_RUNNING };
    writer_reset(&replay->ask);
    replayed_free(replay->replayed);
    replay->replayed = NULL;
    return job;
}

static int end_adding(struct jobs *jobs, const struct job *job, uint64_t *ret_number)
{
    if (job != NULL)
        *ret_number = job->number;
    pthread_mutex_unlock(&jobs->lock);
    return job != NULL ? 0 : -EBUSY;
}

int jobs_add(struct jobs *jobs, enum job_kind kind, const char *path, uint64_t *ret_number)
{
    bool backup = kind == JOB_BACKUP;
    if (path != NULL && (strlen(path) >= JOB_PATH_MAX || (backup && path[0] != '/')))
        return -EINVAL;
    if (path != NULL && backup && access(path, F_OK) == 0)
        return -EEXIST;
    pthread_mutex_lock(&jobs->lock);
    struct job *job = begin_job(jobs, kind);
    if (job != NULL)
        strcpy(job->path, path != NULL ? path : "");
    return end_adding(jobs, job, ret_number);
}

int jobs_add_replay(struct jobs *jobs, const struct replay_ask *ask, uint64_t *ret_number)
{
    enum job_kind kind = ask->what == REPLAY_KNOWN_AT ? JOB_KNOWN_AT : JOB_BACKTEST;
    pthread_mutex_lock(&jobs->lock);
    struct job *job = begin_job(jobs, kind);
    if (job != NULL) {
        struct replay *replay = &jobs->replays[job->number % JOBS_KEPT];
        job->fund = ask->backtest.fund;
        replay->position = ask->position;
        replay_ask_write(&replay->ask, ask);    /* what it lacks is said when it runs */
    }
    return end_adding(jobs, job, ret_number);
}

void jobs_release(struct jobs *jobs, uint64_t number)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->released = number;
    pthread_mutex_unlock(&jobs->lock);
    bell_ring(&jobs->work);
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

/* The replay of a backtest that is done; NULL if there is none.  Under the lock. */
static const struct replayed *done_replay(struct jobs *jobs, uint64_t number)
{
    bool known = number != 0 && jobs->kept[number % JOBS_KEPT].number == number;
    return known ? jobs->replays[number % JOBS_KEPT].replayed : NULL;
}

bool jobs_write_result(struct jobs *jobs, uint64_t number, struct writer *w)
{
    pthread_mutex_lock(&jobs->lock);
    const struct replayed *replayed = done_replay(jobs, number);
    if (replayed != NULL)
        write_raw(w, replayed->result.bytes, replayed->result.size);
    pthread_mutex_unlock(&jobs->lock);
    return replayed != NULL;
}

bool jobs_write_rows(struct jobs *jobs, uint64_t number, uint64_t after, unsigned limit,
                     struct writer *w, uint32_t *ret_count, bool *ret_more)
{
    pthread_mutex_lock(&jobs->lock);
    const struct replayed *replayed = done_replay(jobs, number);
    if (replayed != NULL) {
        uint32_t first = after < replayed->count ? (uint32_t)after : replayed->count, end = first;
        uint32_t begin = first == 0 ? 0 : replayed->ends[first - 1];
        while (end < replayed->count && end - first < limit
               && replayed->ends[end] - begin < PAGE_BYTES_MAX)
            end++;
        if (end > first)
            write_raw(w, replayed->rows.bytes + begin, replayed->ends[end - 1] - begin);
        *ret_count = end - first;
        *ret_more = end < replayed->count;
    }
    pthread_mutex_unlock(&jobs->lock);
    return replayed != NULL;
}

struct past *jobs_past(struct jobs *jobs)
{
    return jobs->past;
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
    int err = failpoint("jobs.covered");
    if (err == 0)
        err = bell_open(&covered.done);
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
             err == -EINVAL ? "that is inside the store itself"
             : err == -ENOTEMPTY ? "what stands at that path with .partial behind it is no unfinished backup "
                                   "of this program: look at it, and move it away or choose another path"
             : store_strerror(err));
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

static void tell_verified(struct job *job)
{
    const struct verification_result *r = &job->verified;
    const char *head = head_verdict_sentence(r->head), *comma = head[0] != '\0' ? "; " : "";
    if (r->books.differences != 0)
        fail(job, "journal and books differ: %s%s%s", r->books.first, comma, head);
    else if (r->head != HEAD_NOT_ASKED && r->head != HEAD_PROVED)
        fail(job, "%s; journal and books agree with each other", head);
    else
        snprintf(job->text, sizeof job->text, "journal and books agree%s%s", comma, head);
    if (job->state != JOB_FAILED)
        job->state = JOB_DONE;
}

static void verify_copy(struct jobs *jobs, struct job *job, const char *copy)
{
    struct progress progress = { .jobs = jobs, .job = job };
    char *wrong = NULL;
    uint64_t covered;
    int err = store_backup(jobs->options.store, copy, &covered);
    if (err != 0) {
        fail(job, "no copy to compare with could be made in %s: %s", copy, store_strerror(err));
        return;
    }
    const char *head = job->path[0] != '\0' ? job->path : NULL;
    err = verification_run(copy, head, &jobs->stop, note_progress, &progress, &job->verified, &wrong);
    if (err == 0) {
        tell_verified(job);
    } else {
        fail(job, "%s", wrong != NULL ? wrong : store_strerror(err));
    }
    free(wrong);
}

static void run_verify(struct jobs *jobs, struct job *job)
{
    char folder[FOLDER_MAX], copy[FOLDER_MAX + 8];
    int err = folders_make(jobs->options.data, "verify", folder);
    if (err != 0) {
        fail(job, "cannot make a folder in %s: %s", jobs->options.data, store_strerror(err));
        return;
    }
    snprintf(copy, sizeof copy, "%s/copy", folder);
    verify_copy(jobs, job, copy);
    folders_remove(folder);
}

/* --- Replays. ----------------------------------------------------------------- */

/* A child over a fresh copy in `folder`.  True if it came to something. */
static bool replay_copy(struct jobs *jobs, struct job *job, const char *folder,
                        struct replayed *replayed)
{
    struct progress progress = { .jobs = jobs, .job = job };
    char copy[FOLDER_MAX + 8], *wrong = NULL;
    uint64_t covered;
    snprintf(copy, sizeof copy, "%s/copy", folder);
    int err = store_backup(jobs->options.store, copy, &covered);
    if (err != 0) {
        fail(job, "no copy to replay could be made in %s: %s", copy, store_strerror(err));
        return false;
    }
    const struct writer *ask = &jobs->replays[job->number % JOBS_KEPT].ask;
    err = ask->err != 0 ? ask->err
        : replaying_run(folder, ask, &jobs->stop, note_progress, &progress, replayed, &wrong);
    folders_remove(copy);
    if (err != 0)
        fail(job, "%s", wrong != NULL ? wrong : store_strerror(err));
    free(wrong);
    return err == 0;
}

static void end_backtest(struct jobs *jobs, struct job *job, struct replayed *replayed)
{
    job->state = JOB_DONE;
    snprintf(job->text, sizeof job->text, "%s", "the journal was replayed");
    pthread_mutex_lock(&jobs->lock);
    jobs->replays[job->number % JOBS_KEPT].replayed = replayed;
    pthread_mutex_unlock(&jobs->lock);
}

/* Its folder stays, with the books, if there are any. */
static void end_known_at(struct jobs *jobs, struct job *job, const char *folder,
                         const struct known *known)
{
    int err = past_add(jobs->past, folder, known);
    if (err != 0) {
        fail(job, "the books that were rebuilt cannot be opened: %s", store_open_error());
        return;
    }
    job->state = JOB_DONE;
    job->known = *known;
    job->text[0] = '\0';
}

static void run_replay(struct jobs *jobs, struct job *job)
{
    char folder[FOLDER_MAX];
    struct replayed *replayed = replayed_new();
    int err = replayed == NULL ? -ENOMEM : folders_make(jobs->options.data, "replay", folder);
    if (err != 0) {
        fail(job, "cannot make a folder in %s: %s", jobs->options.data, store_strerror(err));
        replayed_free(replayed);
        return;
    }
    bool good = replay_copy(jobs, job, folder, replayed);
    if (good && job->kind == JOB_KNOWN_AT) {
        end_known_at(jobs, job, folder, &replayed->known);
    } else {
        folders_remove(folder);
        if (good)
            end_backtest(jobs, job, replayed);
    }
    if (job->kind == JOB_KNOWN_AT || job->state != JOB_DONE)
        replayed_free(replayed);
}

/* Nothing to do for books that are still there. */
static void run_known_at(struct jobs *jobs, struct job *job)
{
    if (past_find(jobs->past, jobs->replays[job->number % JOBS_KEPT].position, &job->known))
        job->state = JOB_DONE;
    else
        run_replay(jobs, job);
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
    case JOB_BACKTEST:
        run_replay(jobs, job);
        break;
    case JOB_KNOWN_AT:
        run_known_at(jobs, job);
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
    bool found = jobs->finished < jobs->released;
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

static void jobs_free(struct jobs *jobs)
{
    for (unsigned i = 0; i < JOBS_KEPT; i++) {
        writer_free(&jobs->replays[i].ask);
        replayed_free(jobs->replays[i].replayed);
    }
    past_destroy(&jobs->past);
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
    folders_remove_leftovers(options->data, "verify");
    folders_remove_leftovers(options->data, "replay");
    for (unsigned i = 0; i < JOBS_KEPT; i++)
        writer_init(&jobs->replays[i].ask);
    int err = past_create(&jobs->past);
    if (err == 0)
        err = bell_open(&jobs->work);
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
