#include "store/seen.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MERGE_WIDTH 8           /* runs of a level that become one of the next */
#define TABLE_MIN   4096

/* --- The table --------------------------------------------------------------- */

static void place(struct seen_entry *slots, uint64_t mask, struct seen_entry entry)
{
    uint64_t i = entry.hash & mask;
    while (slots[i].position != 0)
        i = (i + 1) & mask;
    slots[i] = entry;
}

static int table_grow(struct seen_table *table)
{
    uint64_t size = table->slots == NULL ? TABLE_MIN : 2 * (table->mask + 1);
    struct seen_entry *slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return -ENOMEM;
    for (uint64_t i = 0; table->slots != NULL && i <= table->mask; i++)
        if (table->slots[i].position != 0)
            place(slots, size - 1, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = size - 1;
    return 0;
}

int seen_table_add(struct seen_table *table, uint64_t hash, uint64_t position)
{
    if (table->slots == NULL || 2 * (table->count + 1) > table->mask) {
        int err = table_grow(table);
        if (err != 0)
            return err;
    }
    place(table->slots, table->mask, (struct seen_entry){hash, position});
    table->count++;
    return 0;
}

int seen_table_find(const struct seen_table *table, uint64_t hash, uint64_t *positions, int max)
{
    int found = 0;
    if (table->slots == NULL)
        return 0;
    for (uint64_t i = hash & table->mask; table->slots[i].position != 0 && found < max;
         i = (i + 1) & table->mask)
        if (table->slots[i].hash == hash)
            positions[found++] = table->slots[i].position;
    return found;
}

void seen_table_clear(struct seen_table *table)
{
    if (table->count > 0)
        memset(table->slots, 0, (table->mask + 1) * sizeof *table->slots);
    table->count = 0;
}

void seen_table_free(struct seen_table *table)
{
    free(table->slots);
    *table = (struct seen_table){0};
}

/* --- The index --------------------------------------------------------------- */

enum job_state { JOB_NONE, JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED };

/* One piece of work for the thread: the frozen table, or `count` runs that stand side by side, become
 * one run. */
struct job {
    enum job_state state;
    unsigned from, count;       /* runs to merge; count 0: the frozen table */
    struct run_info info;       /* what is made */
    struct run *result;
};

struct seen {
    char folder[400];
    uint8_t store_id[16];
    uint32_t run_events;
    uint64_t covered;           /* position that the runs reach, the frozen table aside */
    uint64_t last;              /* newest position in the tail */
    uint64_t next_number;       /* of the next file */

    pthread_rwlock_t tables;    /* guards what seen_find() looks through */
    struct seen_table tail;
    struct seen_table frozen;   /* count 0: none */
    uint64_t frozen_last;
    struct run *runs[SEEN_RUNS_MAX];    /* in the order of the journal */
    unsigned run_count;

    pthread_mutex_t lock;       /* guards the job */
    pthread_cond_t changed;
    struct job job;
    uint64_t retry_at;          /* after a failure: the position from which on it is tried again */
    bool stop, started;
    pthread_t thread;
};

static int by_hash(const void *a, const void *b)
{
    const struct seen_entry *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* Sorts the frozen table into a run.  The table itself is not touched: it is still looked through. */
static int write_frozen(struct seen *seen, const struct run_info *info)
{
    struct seen_entry *entries = malloc(info->count * sizeof *entries);
    if (entries == NULL)
        return -ENOMEM;
    uint64_t n = 0;
    for (uint64_t i = 0; i <= seen->frozen.mask; i++)
        if (seen->frozen.slots[i].position != 0)
            entries[n++] = seen->frozen.slots[i];
    assert(n == info->count);
    qsort(entries, n, sizeof *entries, by_hash);
    int err = run_write(seen->folder, seen->store_id, info, entries);
    free(entries);
    return err;
}

static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int err = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return err;
}

static int do_job(struct seen *seen, const struct job *job, struct run **ret)
{
    int err = job->count == 0
        ? write_frozen(seen, &job->info)
        : run_merge(seen->folder, seen->store_id, &job->info, seen->runs + job->from, job->count);
    if (err == 0)
        err = sync_folder(seen->folder);
    if (err == 0)
        err = run_open(seen->folder, seen->store_id, &job->info, ret);
    return err;
}

/* The frozen table and the list of runs only change in seen_published(), which needs a finished
 * job; so while one runs they may be read without a lock. */
static void *work(void *arg)
{
    struct seen *seen = arg;
    pthread_mutex_lock(&seen->lock);
    while (!seen->stop) {
        if (seen->job.state != JOB_WAITING) {
            pthread_cond_wait(&seen->changed, &seen->lock);
            continue;
        }
        seen->job.state = JOB_RUNNING;
        struct job job = seen->job;
        pthread_mutex_unlock(&seen->lock);
        struct run *result = NULL;
        int err = do_job(seen, &job, &result);
        pthread_mutex_lock(&seen->lock);
        seen->job.result = result;
        seen->job.state = err == 0 ? JOB_DONE : JOB_FAILED;
        pthread_cond_broadcast(&seen->changed);
    }
    pthread_mutex_unlock(&seen->lock);
    return NULL;
}

static void start_job(struct seen *seen, struct job job)
{
    pthread_mutex_lock(&seen->lock);
    job.state = JOB_WAITING;
    job.info.number = seen->next_number++;
    seen->job = job;
    if (!seen->started)
        seen->started = pthread_create(&seen->thread, NULL, work, seen) == 0;
    if (!seen->started)
        seen->job.state = JOB_FAILED;
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
}

static enum job_state job_state(struct seen *seen)
{
    pthread_mutex_lock(&seen->lock);
    enum job_state state = seen->job.state;
    pthread_mutex_unlock(&seen->lock);
    return state;
}

static void freeze(struct seen *seen)
{
    pthread_rwlock_wrlock(&seen->tables);
    seen->frozen = seen->tail;
    seen->frozen_last = seen->last;
    seen->tail = (struct seen_table){0};
    pthread_rwlock_unlock(&seen->tables);
}

static void start_writing(struct seen *seen)
{
    start_job(seen, (struct job){.info = {
        .first = seen->covered + 1,
        .end = seen->frozen_last,
        .count = seen->frozen.count,
    }});
}

/* Eight runs of one level, side by side, newest possible. */
static bool find_merge(const struct seen *seen, struct job *ret)
{
    for (unsigned i = seen->run_count; i >= MERGE_WIDTH; i--) {
        unsigned from = i - MERGE_WIDTH;
        uint64_t level = run_info(seen->runs[from])->level;
        struct run_info info = *run_info(seen->runs[from]);
        bool same = true;
        for (unsigned j = from + 1; j < i; j++) {
            same = same && run_info(seen->runs[j])->level == level;
            info.count += run_info(seen->runs[j])->count;
            info.end = run_info(seen->runs[j])->end;
        }
        if (same) {
            info.level = level + 1;
            *ret = (struct job){.from = from, .count = MERGE_WIDTH, .info = info};
            return true;
        }
    }
    return false;
}

/* Gives the thread something to do if it is idle and there is something. */
static void arrange_work(struct seen *seen)
{
    enum job_state state = job_state(seen);
    if (state == JOB_FAILED && seen->retry_at == 0)
        seen->retry_at = seen->last + seen->run_events / 8;
    if ((state != JOB_NONE && state != JOB_FAILED) || seen->last < seen->retry_at)
        return;
    seen->retry_at = 0;
    struct job merge;
    if (seen->frozen.count == 0 && seen->tail.count >= seen->run_events)
        freeze(seen);
    if (seen->frozen.count > 0 && seen->run_count < SEEN_RUNS_MAX)
        start_writing(seen);
    else if (find_merge(seen, &merge))
        start_job(seen, merge);
}

int seen_insert(struct seen *seen, const struct seen_table *group, uint64_t last)
{
    int err = 0;
    pthread_rwlock_wrlock(&seen->tables);
    for (uint64_t i = 0; group->count > 0 && i <= group->mask && err == 0; i++)
        if (group->slots[i].position != 0)
            err = seen_table_add(&seen->tail, group->slots[i].hash, group->slots[i].position);
    seen->last = last;
    pthread_rwlock_unlock(&seen->tables);
    if (err == 0)
        arrange_work(seen);
    return err;
}

bool seen_has_room(struct seen *seen)
{
    if (seen->tail.count < 2 * (uint64_t)seen->run_events)
        return true;
    seen->retry_at = seen->last;        /* a write that failed is tried again now */
    arrange_work(seen);
    return job_state(seen) == JOB_DONE;
}

int seen_find(struct seen *seen, uint64_t hash, uint64_t *positions, int max)
{
    pthread_rwlock_rdlock(&seen->tables);
    int found = seen_table_find(&seen->tail, hash, positions, max);
    found += seen_table_find(&seen->frozen, hash, positions + found, max - found);
    for (unsigned i = seen->run_count; i-- > 0;) {
        int n = run_find(seen->runs[i], hash, positions + found, max - found);
        if (n < 0) {
            /* Gone, it is missed at the next start, and the index is made anew. */
            run_delete(seen->folder, run_info(seen->runs[i])->number);
            found = n;
            break;
        }
        found += n;
    }
    pthread_rwlock_unlock(&seen->tables);
    return found;
}

int seen_pending(struct seen *seen, struct run_info runs[SEEN_RUNS_MAX])
{
    if (job_state(seen) != JOB_DONE)
        return -1;
    const struct job *job = &seen->job;
    unsigned n = 0;
    for (unsigned i = 0; i < seen->run_count; i++)
        if (job->count == 0 || i < job->from || i >= job->from + job->count)
            runs[n++] = *run_info(seen->runs[i]);
        else if (i == job->from)
            runs[n++] = job->info;
    if (job->count == 0)
        runs[n++] = job->info;
    return (int)n;
}

void seen_published(struct seen *seen)
{
    struct job *job = &seen->job;
    struct run *old[MERGE_WIDTH];
    unsigned old_count = 0;
    struct seen_table written = {0};

    pthread_rwlock_wrlock(&seen->tables);
    if (job->count == 0) {
        seen->runs[seen->run_count++] = job->result;
        written = seen->frozen;
        seen->frozen = (struct seen_table){0};
        seen->covered = job->info.end;
    } else {
        for (; old_count < job->count; old_count++)
            old[old_count] = seen->runs[job->from + old_count];
        seen->runs[job->from] = job->result;
        seen->run_count -= job->count - 1;
        memmove(seen->runs + job->from + 1, seen->runs + job->from + job->count,
                (seen->run_count - job->from - 1) * sizeof *seen->runs);
    }
    pthread_rwlock_unlock(&seen->tables);

    seen_table_free(&written);
    for (unsigned i = 0; i < old_count; i++) {
        run_delete(seen->folder, run_info(old[i])->number);
        run_close(&old[i]);
    }
    pthread_mutex_lock(&seen->lock);
    seen->job = (struct job){0};
    pthread_mutex_unlock(&seen->lock);
    arrange_work(seen);
}

void seen_settle(struct seen *seen)
{
    pthread_mutex_lock(&seen->lock);
    while (seen->job.state == JOB_WAITING || seen->job.state == JOB_RUNNING)
        pthread_cond_wait(&seen->changed, &seen->lock);
    pthread_mutex_unlock(&seen->lock);
}

uint64_t seen_covered(const struct seen *seen)
{
    return seen->covered;
}

uint64_t seen_bytes(struct seen *seen)
{
    uint64_t bytes = 0;
    pthread_rwlock_rdlock(&seen->tables);
    for (unsigned i = 0; i < seen->run_count; i++)
        bytes += run_bytes(seen->runs[i]);
    pthread_rwlock_unlock(&seen->tables);
    return bytes;
}

/* --- Opening and closing ----------------------------------------------------- */

static bool listed(const struct run_info *runs, unsigned count, uint64_t number)
{
    for (unsigned i = 0; i < count; i++)
        if (runs[i].number == number)
            return true;
    return false;
}

/* Deletes files of work that no commit has published. */
static int delete_strays(struct seen *seen, const struct run_info *runs, unsigned count)
{
    DIR *folder = opendir(seen->folder);
    if (folder == NULL)
        return -errno;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        unsigned long long number;
        if (sscanf(entry->d_name, "run-%llu", &number) != 1)
            continue;
        if (!listed(runs, count, number))
            run_delete(seen->folder, number);
        if (number >= seen->next_number)
            seen->next_number = number + 1;
    }
    closedir(folder);
    return 0;
}

int seen_open(const char *folder, const uint8_t store_id[16], uint32_t run_events,
              const struct run_info *runs, unsigned count, struct seen **ret)
{
    assert(count <= SEEN_RUNS_MAX);
    struct seen *seen = calloc(1, sizeof *seen);
    if (seen == NULL)
        return -ENOMEM;
    pthread_rwlock_init(&seen->tables, NULL);
    pthread_mutex_init(&seen->lock, NULL);
    pthread_cond_init(&seen->changed, NULL);
    memcpy(seen->store_id, store_id, sizeof seen->store_id);
    seen->run_events = run_events;
    seen->next_number = 1;
    int n = snprintf(seen->folder, sizeof seen->folder, "%s", folder);
    int err = n < (int)sizeof seen->folder ? delete_strays(seen, runs, count) : -ENAMETOOLONG;
    for (unsigned i = 0; i < count && err == 0; i++) {
        err = runs[i].first == seen->covered + 1
            ? run_open(folder, store_id, &runs[i], &seen->runs[i])
            : -EILSEQ;
        if (err == 0) {
            seen->run_count++;
            seen->covered = seen->last = runs[i].end;
        }
    }
    if (err != 0) {
        seen_close(&seen);
        return err;
    }
    *ret = seen;
    return 0;
}

void seen_close(struct seen **seen_p)
{
    struct seen *seen = *seen_p;
    if (seen == NULL)
        return;
    pthread_mutex_lock(&seen->lock);
    seen->stop = true;
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
    if (seen->started)
        pthread_join(seen->thread, NULL);
    run_close(&seen->job.result);
    for (unsigned i = 0; i < seen->run_count; i++)
        run_close(&seen->runs[i]);
    seen_table_free(&seen->tail);
    seen_table_free(&seen->frozen);
    pthread_rwlock_destroy(&seen->tables);
    pthread_mutex_destroy(&seen->lock);
    pthread_cond_destroy(&seen->changed);
    free(seen);
    *seen_p = NULL;
}
