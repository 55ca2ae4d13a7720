#include "store/index.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "wire/controls.h"

#define MERGE_WIDTH 8           /* runs of a level that become one of the next */
#define TABLE_MIN   4096
#define TABLE_JUMP  65536       /* entries; with more a table has room for all that are expected */

/* --- The table --------------------------------------------------------------- */

/* What a slot keeps of a hash, above the number: the bits of its upper half that the mask leaves. */
static uint32_t tag_of(uint64_t hash, uint64_t mask)
{
    return (uint32_t)(hash >> 32) & ~(uint32_t)mask;
}

/* Numbers are from 1, and 0 is a free slot. */
static uint8_t *entry_in(const struct entry_table *table, const struct shape *shape, uint32_t slot)
{
    return table->entries + ((slot & table->mask) - 1) * shape->entry;
}

/* Twice as much again and again would leave as much memory behind in pieces as the table has in the end. */
static uint64_t more_room(const struct entry_table *table, uint64_t expected)
{
    if (table->room >= TABLE_JUMP && table->room < expected)
        return expected;
    return table->room == 0 ? TABLE_MIN / 2 : 2 * table->room;
}

static int grow_entries(struct entry_table *table, uint64_t expected, size_t size)
{
    uint64_t room = more_room(table, expected);
    uint8_t *entries = realloc(table->entries, room * size);
    if (entries == NULL)
        return -ENOMEM;
    table->entries = entries;
    table->room = room;
    return 0;
}

static void place_slot(uint32_t *slots, uint64_t mask, uint64_t hash, uint64_t number)
{
    uint64_t i = hash & mask;
    while (slots[i] != 0)
        i = (i + 1) & mask;
    slots[i] = tag_of(hash, mask) | (uint32_t)(number + 1);
}

/* Three quarters of the slots may be taken, so a number is never more than the mask. */
static bool has_slot(const struct entry_table *table)
{
    return table->slots != NULL && table->count < table->mask - table->mask / 4;
}

static int grow_slots(struct entry_table *table, const struct shape *shape)
{
    uint64_t size = table->slots == NULL ? TABLE_MIN : 2 * (table->mask + 1);
    assert(size <= UINT64_C(1) << 31);
    uint32_t *slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return -ENOMEM;
    for (uint64_t i = 0; i < table->count; i++)
        place_slot(slots, size - 1, shape_hash(shape, table->entries + i * shape->entry), i);
    free(table->slots);
    table->slots = slots;
    table->mask = size - 1;
    return 0;
}

/* The entry of one key, if it is there. */
static uint8_t *same_key(const struct entry_table *table, const struct shape *shape,
                         const uint8_t *entry, uint64_t hash)
{
    uint32_t tag = tag_of(hash, table->mask);
    for (uint64_t i = hash & table->mask; table->slots[i] != 0; i = (i + 1) & table->mask) {
        if ((table->slots[i] & ~(uint32_t)table->mask) != tag)
            continue;
        uint8_t *other = entry_in(table, shape, table->slots[i]);
        if (memcmp(other, entry, shape->key) == 0)
            return other;
    }
    return NULL;
}

/* `expected`: how many entries the table may come to have, if that is known; else 0. */
static int add_hashed(struct entry_table *table, const struct shape *shape, const uint8_t *entry,
                      uint64_t hash, uint64_t expected)
{
    uint8_t *other = table->count == 0 || shape->fold == NULL
        ? NULL : same_key(table, shape, entry, hash);
    if (other != NULL) {
        shape->fold(other, entry);
        return 0;
    }
    int err = table->count < table->room ? 0 : grow_entries(table, expected, shape->entry);
    if (err == 0 && !has_slot(table))
        err = grow_slots(table, shape);
    if (err != 0)
        return err;
    memcpy(table->entries + table->count * shape->entry, entry, shape->entry);
    place_slot(table->slots, table->mask, hash, table->count++);
    return 0;
}

int entry_table_add(struct entry_table *table, const struct shape *shape, const uint8_t *entry)
{
    return add_hashed(table, shape, entry, shape_hash(shape, entry), 0);
}

int entry_table_append(struct entry_table *table, const struct shape *shape, const uint8_t *entry)
{
    assert(table->slots == NULL);
    int err = table->count < table->room ? 0 : grow_entries(table, 0, shape->entry);
    if (err != 0)
        return err;
    memcpy(table->entries + table->count++ * shape->entry, entry, shape->entry);
    return 0;
}

static void prefetch_slot(const struct entry_table *table, uint64_t hash)
{
    if (table->slots != NULL)
        __builtin_prefetch(&table->slots[hash & table->mask]);
}

int entry_table_find(const struct entry_table *table, const struct shape *shape,
                     const uint8_t *entry, uint64_t hash, struct entry_list *found)
{
    int err = 0;
    uint32_t tag = tag_of(hash, table->mask);
    if (table->count == 0)
        return 0;
    for (uint64_t i = hash & table->mask; table->slots[i] != 0 && err == 0;
         i = (i + 1) & table->mask) {
        if ((table->slots[i] & ~(uint32_t)table->mask) != tag)
            continue;
        const uint8_t *other = entry_in(table, shape, table->slots[i]);
        if (memcmp(other, entry, shape->prefix) == 0)
            err = entry_list_add(found, shape, other);
    }
    return err;
}

/* A table that once held a large group would cost a small one dearly. */
static void shrink(struct entry_table *table)
{
    table->mask /= 2;
    uint32_t *slots = realloc(table->slots, (table->mask + 1) * sizeof *slots);
    if (slots != NULL)
        table->slots = slots;
}

void entry_table_clear(struct entry_table *table)
{
    if (table->count == 0 || table->slots == NULL) {
        table->count = 0;
        return;
    }
    if (table->mask >= TABLE_MIN && table->count < table->mask / 16)
        shrink(table);
    memset(table->slots, 0, (table->mask + 1) * sizeof *table->slots);
    table->count = 0;
}

void entry_table_free(struct entry_table *table)
{
    free(table->entries);
    free(table->slots);
    *table = (struct entry_table){0};
}

/* --- The index --------------------------------------------------------------- */

/* JOB_LISTED: the commit under way names what was made. */
enum job_state { JOB_NONE, JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_LISTED, JOB_FAILED };

/* One piece of work for a thread: the frozen table, or `count` runs that stand side by side, become
 * one run. */
struct job {
    enum job_state state;
    unsigned count;             /* runs to merge; 0: the frozen table */
    struct run *inputs[MERGE_WIDTH];
    struct run_info info;       /* what is made */
    struct run *result;
};

/* A thread, which begins when there is something for it. */
struct worker {
    struct index *index;
    struct job job;             /* guarded by the index's lock */
    uint64_t retry_at;          /* after a failure: the position from which on it is tried again */
    bool started;
    pthread_t thread;
};

struct index {
    char folder[400];
    uint8_t store_id[16];
    struct run_place place;     /* of the two above, and the shape */
    uint32_t run_records;
    uint64_t covered;           /* position that the runs reach, the frozen table aside */
    uint64_t last;              /* newest position in the tail */
    uint64_t next_number;       /* of the next file */

    pthread_rwlock_t tables;    /* guards what index_find() looks through */
    struct entry_table tail;
    struct entry_table spare;   /* empty, but for its memory: the next tail */
    struct entry_table frozen;
    uint64_t frozen_last;       /* position that it reaches; 0: there is none */
    struct run *runs[INDEX_RUNS_MAX];    /* in the order of the journal */
    unsigned run_count;

    pthread_mutex_t lock;       /* guards the jobs */
    pthread_cond_t changed;
    /* What is small is done beside what is large, or a merge of many millions would hold up the writing of
     * tables until no more events could be taken. */
    struct worker small;        /* writes tables, and merges what nobody has merged before */
    struct worker large;        /* merges what was merged */
    _Atomic bool damaged;       /* a run turned out to be: it is deleted */
    bool stop;
};

/* The table stays as it is, because it is still looked through. */
static int write_frozen(struct index *index, struct run_info *info)
{
    uint32_t *order = malloc(info->count * sizeof *order + 1);
    if (order == NULL)
        return -ENOMEM;
    int err = shape_order(index->place.shape, index->frozen.entries, info->count, order);
    if (err == 0)
        err = run_write(&index->place, info, index->frozen.entries, order);
    free(order);
    return err;
}

/* Gone, a damaged run is missed at the next start, and the index is made anew. */
static void give_up(struct index *index, const struct run *run)
{
    run_delete(&index->place, run_info(run)->number);
    atomic_store(&index->damaged, true);
}

bool index_is_damaged(const struct index *index)
{
    return atomic_load(&index->damaged);
}

/* Makes the run of a job and completes its info. */
static int do_job(struct index *index, struct job *job)
{
    int err = failpoint("index.job");
    if (err == 0 && job->count == 0)
        err = write_frozen(index, &job->info);
    else if (err == 0)
        err = run_merge(&index->place, &job->info, job->inputs, job->count - control("merge_lacks_one"));
    if (err == -EILSEQ)         /* of one that was merged; with any of them gone all are made again */
        give_up(index, job->inputs[0]);
    if (err == 0 && !index->place.scratch && !control("run_unsynced"))
        err = failpoint("index.sync") != 0 ? -EIO : files_sync_folder(index->place.folder);
    if (err == 0)
        err = failpoint("index.open");
    if (err == 0)
        err = run_open(&index->place, &job->info, &job->result);
    if (err == 0 && !run_warm(job->result)) {
        run_close(&job->result);
        err = -EILSEQ;
    }
    return err;
}

/* The frozen table only changes, and runs are only closed, in index_published(), which needs the job that is
 * about them finished; so while one runs they may be read without a lock. */
static void *work(void *arg)
{
    struct worker *worker = arg;
    struct index *index = worker->index;
    pthread_mutex_lock(&index->lock);
    while (!index->stop) {
        if (worker->job.state != JOB_WAITING) {
            pthread_cond_wait(&index->changed, &index->lock);
            continue;
        }
        worker->job.state = JOB_RUNNING;
        struct job job = worker->job;
        pthread_mutex_unlock(&index->lock);
        int err = do_job(index, &job);
        pthread_mutex_lock(&index->lock);
        job.state = err == 0 ? JOB_DONE : JOB_FAILED;
        worker->job = job;
        pthread_cond_broadcast(&index->changed);
    }
    pthread_mutex_unlock(&index->lock);
    return NULL;
}

static void start_job(struct worker *worker, struct job job)
{
    struct index *index = worker->index;
    pthread_mutex_lock(&index->lock);
    job.state = JOB_WAITING;
    job.info.number = index->next_number++;
    worker->job = job;
    if (!worker->started)
        worker->started = pthread_create(&worker->thread, NULL, work, worker) == 0;
    if (!worker->started)
        worker->job.state = JOB_FAILED;
    pthread_cond_broadcast(&index->changed);
    pthread_mutex_unlock(&index->lock);
}

static enum job_state job_state(struct worker *worker)
{
    pthread_mutex_lock(&worker->index->lock);
    enum job_state state = worker->job.state;
    pthread_mutex_unlock(&worker->index->lock);
    return state;
}

static bool is_made(enum job_state state)
{
    return state == JOB_DONE || state == JOB_LISTED;
}

/* Records of the journal that the tail stands for. */
static uint64_t tail_records(const struct index *index)
{
    return index->last - (index->frozen_last != 0 ? index->frozen_last : index->covered);
}

static void freeze(struct index *index)
{
    pthread_rwlock_wrlock(&index->tables);
    index->frozen = index->tail;
    index->frozen_last = index->last;
    index->tail = index->spare;
    index->spare = (struct entry_table){0};
    pthread_rwlock_unlock(&index->tables);
}

static void start_writing(struct index *index)
{
    start_job(&index->small, (struct job){.info = {
        .first = index->covered + 1,
        .end = index->frozen_last,
        .count = index->frozen.count,
    }});
}

/* Eight runs that stand side by side from one on. */
static struct job merge_of(const struct index *index, unsigned from)
{
    struct job job = {.count = MERGE_WIDTH, .info = *run_info(index->runs[from])};
    memcpy(job.inputs, index->runs + from, sizeof job.inputs);
    for (unsigned i = 1; i < MERGE_WIDTH; i++) {
        const struct run_info *next = run_info(job.inputs[i]);
        job.info.count += next->count;
        job.info.end = next->end;
        if (next->level > job.info.level)
            job.info.level = next->level;
    }
    job.info.level++;
    return job;
}

static uint64_t level_at(const struct index *index, unsigned at)
{
    return run_info(index->runs[at])->level;
}

/* The first of the runs in front of `end` that are of one level. */
static unsigned level_begins(const struct index *index, unsigned end)
{
    unsigned from = end - 1;
    while (from > 0 && level_at(index, from - 1) == level_at(index, from))
        from--;
    return from;
}

/* Of the lowest level of which there are eight, the oldest eight: so no run is ever of a lower level than a
 * newer one.  If of more than eight the newest became one, those in front would be left between runs of
 * higher levels, where they never find others, and INDEX_RUNS_MAX of such would be the end. */
static bool find_merge(const struct index *index, bool of_merged, struct job *ret)
{
    unsigned from;
    for (unsigned end = index->run_count; end > 0; end = from) {
        from = level_begins(index, end);
        if (end - from >= MERGE_WIDTH && (level_at(index, from) > 0) == of_merged) {
            *ret = merge_of(index, control("newest_merged") ? end - MERGE_WIDTH : from);
            return true;
        }
    }
    return false;
}

/* Whether a worker can be given something. */
static bool is_idle(struct worker *worker)
{
    const struct index *index = worker->index;
    enum job_state state = job_state(worker);
    if (state == JOB_FAILED && worker->retry_at == 0)
        worker->retry_at = index->last + index->run_records / 8;
    if ((state != JOB_NONE && state != JOB_FAILED) || index->last < worker->retry_at)
        return false;
    worker->retry_at = 0;
    return true;
}

static bool is_at_work(const struct worker *worker)
{
    return worker->job.state == JOB_WAITING || worker->job.state == JOB_RUNNING;
}

static bool is_input(const struct run *run, const struct job *job)
{
    for (unsigned i = 0; i < job->count; i++)
        if (job->inputs[i] == run)
            return true;
    return false;
}

/* Whether a worker makes, or has made, something of a run that another one is to merge. */
static bool has_input(struct worker *worker, const struct job *merge)
{
    bool has = false;
    pthread_mutex_lock(&worker->index->lock);
    if (is_at_work(worker) || is_made(worker->job.state))
        for (unsigned i = 0; i < merge->count && !has; i++)
            has = is_input(merge->inputs[i], &worker->job);
    pthread_mutex_unlock(&worker->index->lock);
    return has;
}

static void arrange_small(struct index *index)
{
    struct job merge;
    if (index->frozen_last == 0 && tail_records(index) >= index->run_records)
        freeze(index);
    if (index->frozen_last != 0 && index->run_count < INDEX_RUNS_MAX)
        start_writing(index);
    else if (find_merge(index, false, &merge) && !has_input(&index->large, &merge))
        start_job(&index->small, merge);
}

/* A list that is full although no eight are side by side on a level gets room by its newest eight. */
static void arrange_large(struct index *index)
{
    struct job merge;
    bool found = find_merge(index, true, &merge);
    if (!found && index->run_count == INDEX_RUNS_MAX) {
        merge = merge_of(index, INDEX_RUNS_MAX - MERGE_WIDTH);
        found = true;
    }
    if (found && !has_input(&index->small, &merge))
        start_job(&index->large, merge);
}

/* Gives the threads something to do if they are idle and there is something. */
static void arrange_work(struct index *index)
{
    if (is_idle(&index->small))
        arrange_small(index);
    if (is_idle(&index->large))
        arrange_large(index);
}

/* A large table is not in the cache, so it is asked for some entries ahead. */
#define AHEAD 16

static int add_all(struct entry_table *table, const struct shape *shape, const struct entry_table *group,
                   uint64_t expected)
{
    uint64_t hashes[AHEAD];
    int err = 0;
    for (uint64_t i = 0; i < group->count + AHEAD && err == 0; i++) {
        if (i >= AHEAD)
            err = add_hashed(table, shape, group->entries + (i - AHEAD) * shape->entry,
                             hashes[i % AHEAD], expected);
        if (i < group->count) {
            hashes[i % AHEAD] = shape_hash(shape, group->entries + i * shape->entry);
            prefetch_slot(table, hashes[i % AHEAD]);
        }
    }
    return err;
}

/* Entries that the tail may come to have while the thread merges: index_has_room(), and another group. */
static uint64_t tail_max(const struct index *index)
{
    return 2 * (uint64_t)index->run_records + index->run_records / 4;
}

int index_insert(struct index *index, const struct entry_table *group, uint64_t last)
{
    pthread_rwlock_wrlock(&index->tables);
    int err = add_all(&index->tail, index->place.shape, group, tail_max(index));
    if (last > index->last)
        index->last = last;
    pthread_rwlock_unlock(&index->tables);
    if (err == 0)
        arrange_work(index);
    return err;
}

bool index_has_room(struct index *index)
{
    if (tail_records(index) < 2 * (uint64_t)index->run_records)
        return true;
    index->small.retry_at = index->large.retry_at = index->last;        /* what failed is tried again now */
    arrange_work(index);
    return is_made(job_state(&index->small)) || is_made(job_state(&index->large));
}

void index_prefetch(const struct index *index, const uint8_t *entry)
{
    uint64_t hash = shape_hash(index->place.shape, entry);
    prefetch_slot(&index->tail, hash);
    prefetch_slot(&index->frozen, hash);
    for (unsigned i = 0; i < index->run_count; i++)
        run_prefetch(index->runs[i], entry, hash);
}

int index_look_up(struct index *index, const uint8_t *entry, uint64_t hash, struct entry_list *found)
{
    const struct shape *shape = index->place.shape;
    int err = entry_table_find(&index->tail, shape, entry, hash, found);
    if (err == 0)
        err = entry_table_find(&index->frozen, shape, entry, hash, found);
    for (unsigned i = index->run_count; i-- > 0 && err == 0;) {
        err = run_find(index->runs[i], entry, hash, found);
        if (err == -EILSEQ)
            give_up(index, index->runs[i]);
    }
    return err;
}

int index_find(struct index *index, const uint8_t *entry, struct entry_list *found)
{
    uint64_t hash = shape_hash(index->place.shape, entry);
    pthread_rwlock_rdlock(&index->tables);
    int err = index_look_up(index, entry, hash, found);
    pthread_rwlock_unlock(&index->tables);
    return err;
}

static int gather_table(const struct entry_table *table, const struct shape *shape,
                        const uint8_t *from, const uint8_t *to, struct entry_list *found)
{
    int err = 0;
    for (uint64_t i = 0; i < table->count && err == 0; i++) {
        const uint8_t *entry = table->entries + i * shape->entry;
        if (memcmp(entry, from, shape->key) >= 0 && memcmp(entry, to, shape->key) <= 0)
            err = entry_list_add(found, shape, entry);
    }
    return err;
}

static int gather_run(struct run *run, const struct shape *shape, const uint8_t *from,
                      const uint8_t *to, struct entry_list *found)
{
    int64_t at = run_seek(run, from, shape->key);
    int err = at < 0 ? (int)at : 0;
    for (uint64_t i = (uint64_t)at; err == 0 && i < run_info(run)->count; i++) {
        const uint8_t *entry = run_entry(run, i);
        if (entry == NULL)
            return -EILSEQ;
        if (memcmp(entry, to, shape->key) > 0)
            break;
        err = entry_list_add(found, shape, entry);
    }
    return err;
}

static int gather(struct index *index, const uint8_t *from, const uint8_t *to,
                  struct entry_list *found)
{
    const struct shape *shape = index->place.shape;
    int err = gather_table(&index->tail, shape, from, to, found);
    if (err == 0)
        err = gather_table(&index->frozen, shape, from, to, found);
    for (unsigned i = 0; i < index->run_count && err == 0; i++) {
        err = gather_run(index->runs[i], shape, from, to, found);
        if (err == -EILSEQ)
            give_up(index, index->runs[i]);
    }
    return err;
}

int index_range(struct index *index, const uint8_t *from, const uint8_t *to,
                struct entry_list *found)
{
    const struct shape *shape = index->place.shape;
    pthread_rwlock_rdlock(&index->tables);
    int err = gather(index, from, to, found);
    pthread_rwlock_unlock(&index->tables);
    shape_sort(shape, found->entries, found->count);
    if (err == 0)
        found->count = shape_fold(shape, found->entries, found->count);
    return err;
}

/* Whether the commit under way is to name what the worker has made. */
static bool take_up(struct worker *worker)
{
    pthread_mutex_lock(&worker->index->lock);
    bool made = is_made(worker->job.state);
    if (made)
        worker->job.state = JOB_LISTED;
    pthread_mutex_unlock(&worker->index->lock);
    return made;
}

/* Puts what was made into a list of runs, in place of what became it. */
static void put_result(const struct job *job, struct run *runs[INDEX_RUNS_MAX], unsigned *count)
{
    unsigned at = 0;
    if (job->count == 0) {
        runs[(*count)++] = job->result;
        return;
    }
    while (runs[at] != job->inputs[0])
        at++;
    runs[at] = job->result;
    *count -= job->count - 1;
    memmove(runs + at + 1, runs + at + job->count, (*count - at - 1) * sizeof *runs);
}

int index_pending(struct index *index, struct run_info ret[INDEX_RUNS_MAX])
{
    bool small = take_up(&index->small), large = take_up(&index->large);
    if (!small && !large)
        return -1;
    struct run *runs[INDEX_RUNS_MAX];
    unsigned count = index->run_count;
    memcpy(runs, index->runs, count * sizeof *runs);
    if (large)
        put_result(&index->large.job, runs, &count);
    if (small)
        put_result(&index->small.job, runs, &count);
    for (unsigned i = 0; i < count; i++)
        ret[i] = *run_info(runs[i]);
    return (int)count;
}

static void keep_spare(struct index *index, struct entry_table *written)
{
    entry_table_free(&index->spare);
    if (written->count > index->run_records + index->run_records / 4)
        entry_table_free(written);      /* the thread was behind, as it seldom is */
    else
        entry_table_clear(written);
    index->spare = *written;
}

/* They are found at the next start if they cannot be deleted now. */
static void delete_inputs(const struct index *index, struct job *job)
{
    bool stay = failpoint("index.delete") != 0;
    for (unsigned i = 0; i < job->count; i++) {
        if (!stay)
            run_delete(&index->place, run_info(job->inputs[i])->number);
        run_close(&job->inputs[i]);
    }
}

static void publish_job(struct worker *worker)
{
    struct index *index = worker->index;
    struct job job = worker->job;
    struct entry_table written = {0};

    pthread_rwlock_wrlock(&index->tables);
    put_result(&job, index->runs, &index->run_count);
    if (job.count == 0) {
        written = index->frozen;
        index->frozen = (struct entry_table){0};
        index->frozen_last = 0;
        index->covered = job.info.end;
    }
    pthread_rwlock_unlock(&index->tables);

    if (written.slots != NULL)
        keep_spare(index, &written);
    if (job.count > 0)
        delete_inputs(index, &job);
    pthread_mutex_lock(&index->lock);
    worker->job = (struct job){0};
    pthread_mutex_unlock(&index->lock);
}

void index_published(struct index *index)
{
    struct worker *workers[] = {&index->large, &index->small};
    for (unsigned i = 0; i < 2; i++) {
        enum job_state state = job_state(workers[i]);
        if (state == JOB_LISTED || (state == JOB_DONE && control("unlisted_run")))
            publish_job(workers[i]);
    }
    arrange_work(index);
}

void index_settle(struct index *index)
{
    pthread_mutex_lock(&index->lock);
    while (is_at_work(&index->small) || is_at_work(&index->large))
        pthread_cond_wait(&index->changed, &index->lock);
    pthread_mutex_unlock(&index->lock);
}

uint64_t index_covered(const struct index *index)
{
    return index->covered;
}

uint64_t index_bytes(struct index *index)
{
    uint64_t bytes = 0;
    pthread_rwlock_rdlock(&index->tables);
    for (unsigned i = 0; i < index->run_count; i++)
        bytes += run_bytes(index->runs[i]);
    pthread_rwlock_unlock(&index->tables);
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

/* The number in the name of a file of this shape; 0 if it is none. */
static uint64_t file_number(const struct index *index, const char *name)
{
    size_t size = strlen(index->place.shape->name);
    unsigned long long number = 0;
    if (strncmp(name, index->place.shape->name, size) != 0
        || sscanf(name + size, "-%llu", &number) != 1)
        return 0;
    return number;
}

/* Deletes files of work that no commit has published. */
static int delete_strays(struct index *index, const struct run_info *runs, unsigned count)
{
    DIR *folder = opendir(index->folder);
    if (folder == NULL)
        return -errno;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        uint64_t number = file_number(index, entry->d_name);
        if (number == 0)
            continue;
        if (!listed(runs, count, number))
            run_delete(&index->place, number);
        if (number >= index->next_number)
            index->next_number = number + 1;
    }
    closedir(folder);
    return 0;
}

static int open_runs(struct index *index, const struct run_info *runs, unsigned count)
{
    int err = delete_strays(index, runs, count);
    for (unsigned i = 0; i < count && err == 0; i++) {
        err = runs[i].first == index->covered + 1
            ? run_open(&index->place, &runs[i], &index->runs[i])
            : -EILSEQ;
        if (err == 0) {
            index->run_count++;
            index->covered = index->last = runs[i].end;
        }
    }
    return err;
}

int index_open(const struct run_place *place, uint32_t run_records, const struct run_info *runs,
              unsigned count, struct index **ret)
{
    assert(count <= INDEX_RUNS_MAX);
    struct index *index = calloc(1, sizeof *index);
    if (index == NULL)
        return -ENOMEM;
    pthread_rwlock_init(&index->tables, NULL);
    pthread_mutex_init(&index->lock, NULL);
    pthread_cond_init(&index->changed, NULL);
    memcpy(index->store_id, place->store_id, sizeof index->store_id);
    index->place = (struct run_place){index->folder, index->store_id, place->shape, place->scratch};
    index->run_records = run_records;
    index->next_number = 1;
    index->small.index = index->large.index = index;
    int n = snprintf(index->folder, sizeof index->folder, "%s", place->folder);
    int err = n < (int)sizeof index->folder ? open_runs(index, runs, count) : -ENAMETOOLONG;
    if (err != 0) {
        index_close(&index);
        return err;
    }
    *ret = index;
    return 0;
}

static void close_worker(struct worker *worker)
{
    if (worker->started)
        pthread_join(worker->thread, NULL);
    run_close(&worker->job.result);
}

void index_close(struct index **index_p)
{
    struct index *index = *index_p;
    if (index == NULL)
        return;
    pthread_mutex_lock(&index->lock);
    index->stop = true;
    pthread_cond_broadcast(&index->changed);
    pthread_mutex_unlock(&index->lock);
    close_worker(&index->small);
    close_worker(&index->large);
    for (unsigned i = 0; i < index->run_count; i++)
        run_close(&index->runs[i]);
    entry_table_free(&index->tail);
    entry_table_free(&index->frozen);
    entry_table_free(&index->spare);
    pthread_rwlock_destroy(&index->tables);
    pthread_mutex_destroy(&index->lock);
    pthread_cond_destroy(&index->changed);
    free(index);
    *index_p = NULL;
}
