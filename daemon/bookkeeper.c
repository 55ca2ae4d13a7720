#include "daemon/bookkeeper.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/busy.h"
#include "daemon/controls.h"
#include "daemon/counters.h"
#include "daemon/fair.h"
#include "daemon/log.h"
#include "daemon/queue.h"

#define CLOCK_CHECK_MS  30000   /* how late midnight may be noticed after the clock was set */
#define SHANGHAI_S      (8 * 60 * 60)
#define DAY_S           (24 * 60 * 60)

struct bookkeeper {
    struct bookkeeper_options options;
    struct queue *queue;        /* of struct task * */
    struct busy_numbers *busy;  /* of batches that were not taken */
    struct bell stop;
    pthread_t thread;
    bool running;

    pthread_mutex_t turn;       /* whoever has it writes the store, and has what follows */
    struct fair fair;           /* what has arrived and is in no group yet */
    struct task **group;        /* the present group, at most queue_max */
    uint32_t group_count;
    bool full;                  /* the last group found no room */
    uint64_t alerts;            /* of which has been told; their newest number */
    bool doubted;               /* it has been said that the clock is not believed */
};

/* What a step came to, for the group as a whole. */
enum group_end {
    GROUP_COMMITTED,
    GROUP_NO_ROOM,
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- One group. -------------------------------------------------------------- */

/* The disk or our own code is wrong, and what is on disk is unknown.  Not exit(): its
 * handlers would close a context that other threads are using. */
[[gnu::noreturn]]
static void give_up(struct bookkeeper *b, const char *what, int err)
{
    log_broken("bookkeeper", "%s: %s; nobody is answered, start again to go on: %s", what,
               strerror(-err), store_error(b->options.store));
    _exit(EXIT_FAILURE);
}

static struct inlet_batch *batch_of(struct task *task)
{
    return task->kind == TASK_BATCH ? (struct inlet_batch *)task : NULL;
}

static struct command *command_of(struct task *task)
{
    return task->kind == TASK_COMMAND ? (struct command *)task : NULL;
}

static int apply_entry(struct store *store, uint32_t source, uint32_t issuer,
                       struct inlet_batch *batch, struct entry *entry)
{
    int err = entry->good
        ? store_apply_prefetched(store, source, issuer, &entry->event, entry->hash, &entry->applied)
        : store_count_rejected(store, source);
    enum outcome outcome = entry->applied.outcome;
    batch->outcomes[outcome]++;
    if (outcome == OUTCOME_APPLIED && batch->position == 0)
        batch->position = entry->applied.position;
    if (err == 0 && (outcome == OUTCOME_CONFLICT || outcome == OUTCOME_REJECTED))
        err = store_quarantine(store, source, issuer, &entry->applied, entry->sent,
                               entry->event.id);
    return err;
}

/* Events between the one that is applied and the one whose memory is asked for. */
#define AHEAD 16

static void prefetch_entry(struct store *store, uint32_t issuer, struct inlet_batch *batch, uint32_t i)
{
    struct entry *entry = i < batch->count ? batch_entry(batch, i) : NULL;
    if (entry != NULL && entry->good)
        entry->hash = store_prefetch(store, issuer, &entry->event);
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Before anything of it is written. */
static bool may_name(struct store *store, const struct inlet_batch *batch)
{
    const struct { const char *name; struct name_quota quota; } names[] = {
        { batch->source, batch->quota_of_source }, { batch->issuer, batch->quota_of_issuer },
    };
    bool itself = strcmp(batch->source, batch->issuer) == 0;
    uint32_t added = 0;
    for (unsigned i = 0; i < (itself ? 1 : 2); i++) {
        uint32_t max = names[i].quota.max;
        if (max == 0 || store_source_known(store, names[i].name))
            continue;
        if (store_sources_like(store, names[i].name, names[i].quota.prefix, max) + added >= max
                && !control("names_without_end"))
            return false;
        added++;
    }
    return true;
}

static int apply_batch(struct bookkeeper *b, struct inlet_batch *batch)
{
    struct store *store = b->options.store;
    uint32_t source, issuer;
    memset(batch->outcomes, 0, sizeof batch->outcomes);
    batch->position = 0;
    batch->refusal = may_name(store, batch) ? REFUSED_NOT : REFUSED_NAMES;
    if (batch->refusal != REFUSED_NOT)
        return 0;
    store_actor(store, batch->key, batch->person);
    int err = store_source(store, batch->source, &source);
    if (err == 0)
        err = store_source(store, batch->issuer, &issuer);
    for (uint32_t i = 0; i < AHEAD && err == 0; i++)
        prefetch_entry(store, issuer, batch, i);
    for (uint32_t i = 0; i < batch->count && err == 0; i++) {
        prefetch_entry(store, issuer, batch, i + AHEAD);
        err = apply_entry(store, source, issuer, batch, batch_entry(batch, i));
    }
    if (err == 0 && batch->sequence != 0)
        err = store_sequence(store, source, batch->sequence,
                             busy_of(b->busy, batch->source, monotonic_ms()));
    return err != 0 ? err : store_end_batch(store);
}

static int apply_command(struct store *store, struct command *command)
{
    store_actor(store, command->key != NULL ? command->key : "",
                command->person != NULL ? command->person : "");
    command->err = command->run(command, store);
    return command->err == -ENOENT || command->err == -EINVAL ? 0 : command->err;
}

static int apply_group(struct bookkeeper *b)
{
    struct store *store = b->options.store;
    int err = failpoint("bookkeeper.begin");
    if (err == 0)
        err = store_begin(store, now_ms());
    for (uint32_t i = 0; i < b->group_count && err == 0; i++) {
        struct task *task = b->group[i];
        err = task->kind == TASK_BATCH ? apply_batch(b, batch_of(task))
                                       : apply_command(store, command_of(task));
    }
    return err;
}

static void answer_group(struct bookkeeper *b, enum batch_status status, int command_err);

static enum group_end end_group(struct bookkeeper *b, int err)
{
    /* After a step that failed there is nothing to commit, and it is known that nothing was. */
    if (err != 0)
        store_abort(b->options.store);
    else
        err = store_commit(b->options.store);
    if (err == 0)
        err = failpoint("bookkeeper.committed");
    switch (err) {
    case 0:
        return GROUP_COMMITTED;
    case -ENOSPC:
        return GROUP_NO_ROOM;
    }
    if (control("failed_is_done"))
        return GROUP_COMMITTED;
    if (control("sync_again") && apply_group(b) == 0 && store_commit(b->options.store) == 0)
        return GROUP_COMMITTED;
    give_up(b, "the store failed", err);
}

static enum group_end book_group(struct bookkeeper *b)
{
    if (!store_has_room(b->options.store))
        return GROUP_NO_ROOM;
    int err = apply_group(b);
    if (err == 0)
        err = failpoint("bookkeeper.applied");
    if (control("ack_before_commit"))
        answer_group(b, BATCH_DONE, 0);
    return end_group(b, err);
}

/* --- Answers. ---------------------------------------------------------------- */

static void count_outcomes(const struct inlet_batch *batch)
{
    static const enum counter counters[] = {
        [OUTCOME_APPLIED]   = COUNTER_EVENTS_APPLIED,
        [OUTCOME_DUPLICATE] = COUNTER_EVENTS_DUPLICATE,
        [OUTCOME_CONFLICT]  = COUNTER_EVENTS_CONFLICT,
        [OUTCOME_REJECTED]  = COUNTER_EVENTS_REJECTED,
    };
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        counter_add(counters[i], batch->outcomes[i]);
    counter_add(COUNTER_BATCHES, 1);
}

static void answer_batch(struct bookkeeper *b, struct inlet_batch *batch, enum batch_status status,
                         const struct store_head *head)
{
    if (status == BATCH_BUSY)
        bookkeeper_note_busy(b, batch->source, batch->sequence);
    if (status == BATCH_DONE && batch->refusal != REFUSED_NOT)
        status = BATCH_REFUSED;
    batch->status = status;
    batch->epoch = head->epoch;
    batch->covered = head->covered;
    if (status == BATCH_DONE)
        count_outcomes(batch);
    batch->answer(batch);
}

static void answer_command(struct command *command, int command_err)
{
    command->done(command, command_err != 0 ? command_err : command->err);
}

/* `command_err` is 0 if the group was committed. */
static void answer_group(struct bookkeeper *b, enum batch_status status, int command_err)
{
    struct store_head head;
    store_head(b->options.store, &head);
    for (uint32_t i = 0; i < b->group_count; i++) {
        struct task *task = b->group[i];
        if (task->kind == TASK_BATCH)
            answer_batch(b, batch_of(task), status, &head);
        else
            answer_command(command_of(task), command_err);
    }
    b->group_count = 0;
}

static void note_room(struct bookkeeper *b, bool room)
{
    if (b->full == !room)
        return;
    b->full = !room;
    if (room)
        log_info("bookkeeper", "there is room in the store again");
    else
        log_unusual("bookkeeper", "no room in the store: batches are answered busy until there is");
}

/* Most commits raise no alert, and whoever publishes them need not be woken for nothing. */
static void tell_alerts(struct bookkeeper *b)
{
    struct store_head head;
    store_head(b->options.store, &head);
    if (head.alerts == b->alerts)
        return;
    b->alerts = head.alerts;
    b->options.alerted(b->options.arg);
}

/* Books and answers the group.  True if it was committed. */
static bool settle_group(struct bookkeeper *b)
{
    if (b->options.read_only) {
        answer_group(b, BATCH_BUSY, -EROFS);
        return false;
    }
    switch (book_group(b)) {
    case GROUP_COMMITTED:
        counter_add(COUNTER_COMMITS, 1);
        note_room(b, true);
        answer_group(b, BATCH_DONE, 0);
        tell_alerts(b);
        return true;
    case GROUP_NO_ROOM:
        counter_add(COUNTER_COMMITS_NO_ROOM, 1);
        note_room(b, false);
        answer_group(b, control("full_is_done") ? BATCH_DONE : BATCH_BUSY, -ENOSPC);
        return false;
    }
    return false;
}

/* What has arrived waits for its turn. */
static void take_in(struct bookkeeper *b)
{
    while (b->fair.count < b->fair.max) {
        struct task *task = queue_take(b->queue);
        if (task == NULL || !fair_put(&b->fair, task))
            break;
    }
}

/* Takes who is next, as long as the group is not full. */
static void take_group(struct bookkeeper *b)
{
    uint64_t events = 0;
    assert(b->group_count == 0);
    take_in(b);
    while (b->group_count < b->options.queue_max && events < b->options.group_events) {
        struct task *task = fair_take(&b->fair);
        if (task == NULL)
            break;
        b->group[b->group_count++] = task;
        if (task->kind == TASK_BATCH)
            events += batch_of(task)->count;
    }
}

/* --- The clock. -------------------------------------------------------------- */

struct clock_command {
    struct command command;
    date_day ended;
};

static int clock_run(struct command *command, struct store *store)
{
    return store_clock(store, ((struct clock_command *)command)->ended);
}

static void clock_done([[maybe_unused]] struct command *command, [[maybe_unused]] int err)
{
}

/* The day that ended at the last midnight in Asia/Shanghai. */
static date_day day_ended(void)
{
    return date_of_unix(now_ms() / 1000) - 1;
}

/* A line a day takes the chain's head off the machine with the log, so that a journal can be
 * proved against it later. */
static void log_head(struct bookkeeper *b)
{
    struct store_head head;
    char chain[2 * CHAIN_SIZE + 1];
    store_head(b->options.store, &head);
    for (size_t i = 0; i < CHAIN_SIZE; i++)
        snprintf(chain + 2 * i, 3, "%02x", head.chain[i]);
    log_info("bookkeeper", "the journal's head position=%" PRIu64 " alerts=%" PRIu64 " chain=%s",
             head.position, head.alerts, chain);
}

static bool end_day(struct bookkeeper *b, date_day ended)
{
    struct clock_command clock = {
        .command = { .task.kind = TASK_COMMAND, .run = clock_run, .done = clock_done },
        .ended = ended,
    };
    b->group[b->group_count++] = &clock.command.task;
    return settle_group(b);
}

static void doubt_clock(struct bookkeeper *b, date_day last, date_day ended)
{
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
    if (b->doubted)
        return;
    b->doubted = true;
    log_unusual("bookkeeper", "the clock went from %s to %s, more than a year: the books dates stay "
                "where they are until it is set right, or the daemon is started with --trust-clock",
                date_format(last, from), date_format(ended, to));
}

static void check_clock(struct bookkeeper *b)
{
    date_day ended = day_ended(), last = store_clocked(b->options.store);
    if (b->options.read_only || (last != DATE_NONE && ended <= last))
        return;
    bool leap = last != DATE_NONE && ended - last > STORE_CLOCK_STEP_MAX;
    if (leap && !b->options.trust_clock) {
        doubt_clock(b, last, ended);
        return;
    }
    while (leap && ended - last > STORE_CLOCK_STEP_MAX) {
        last += STORE_CLOCK_STEP_MAX;
        if (!end_day(b, last))
            return;
    }
    if (end_day(b, ended)) {
        b->doubted = false;
        log_head(b);
    }
}

/* Milliseconds until the next midnight, or until the clock has to be looked at again. */
static int until_midnight_ms(void)
{
    int64_t ms = now_ms() + SHANGHAI_S * INT64_C(1000);
    int64_t left = DAY_S * INT64_C(1000) - ms % (DAY_S * INT64_C(1000));
    return left < CLOCK_CHECK_MS ? (int)left + 1 : CLOCK_CHECK_MS;
}

/* --- The thread. ------------------------------------------------------------- */

/* True if there was something to book. */
static bool book_waiting(struct bookkeeper *b)
{
    pthread_mutex_lock(&b->turn);
    check_clock(b);
    take_group(b);
    bool some = b->group_count > 0;
    if (some)
        settle_group(b);
    pthread_mutex_unlock(&b->turn);
    return some;
}

static void *bookkeeper_run(void *arg)
{
    struct bookkeeper *b = arg;
    struct pollfd items[] = {
        { .fd = queue_bell(b->queue)->fd, .events = POLLIN },
        { .fd = b->stop.fd, .events = POLLIN },
    };
    for (;;) {
        if (book_waiting(b))
            continue;
        if (bell_wait(&b->stop, 0))
            break;
        poll(items, 2, until_midnight_ms());
    }
    return NULL;
}

int bookkeeper_start(const struct bookkeeper_options *options, struct bookkeeper **ret)
{
    struct bookkeeper *b = calloc(1, sizeof *b);
    if (b == NULL)
        return -ENOMEM;
    struct store_head head;
    store_head(options->store, &head);
    b->options = *options;
    b->alerts = head.alerts;
    b->stop.fd = -1;
    pthread_mutex_init(&b->turn, NULL);
    b->group = calloc(options->queue_max, sizeof b->group[0]);
    int err = b->group == NULL ? -ENOMEM : bell_open(&b->stop);
    if (err == 0)
        err = fair_create(options->queue_max, &b->fair);
    if (err == 0)
        err = busy_create(&b->busy);
    if (err == 0)
        err = queue_create(options->queue_max, &b->queue);
    if (err == 0)
        err = -pthread_create(&b->thread, NULL, bookkeeper_run, b);
    b->running = err == 0;
    if (err == 0)
        *ret = b;
    else
        bookkeeper_stop(&b);
    return err;
}

void bookkeeper_stop(struct bookkeeper **bookkeeper_p)
{
    struct bookkeeper *b = *bookkeeper_p;
    if (b == NULL)
        return;
    if (b->running) {
        bell_ring(&b->stop);
        pthread_join(b->thread, NULL);
    }
    queue_destroy(&b->queue);
    bell_close(&b->stop);
    busy_destroy(&b->busy);
    pthread_mutex_destroy(&b->turn);
    fair_free(&b->fair);
    free(b->group);
    free(b);
    *bookkeeper_p = NULL;
}

bool bookkeeper_batch(struct bookkeeper *bookkeeper, struct inlet_batch *batch)
{
    batch->task.kind = TASK_BATCH;
    return queue_put(bookkeeper->queue, &batch->task);
}

bool bookkeeper_book_here(struct bookkeeper *b, struct inlet_batch *const batches[], uint32_t count)
{
    assert(count <= b->options.queue_max);
    if (pthread_mutex_trylock(&b->turn) != 0)
        return false;
    bool idle = queue_is_empty(b->queue) && b->fair.count == 0;
    if (idle) {
        check_clock(b);         /* a day that has ended ends before what comes after it */
        for (uint32_t i = 0; i < count; i++) {
            batches[i]->task.kind = TASK_BATCH;
            b->group[b->group_count++] = &batches[i]->task;
        }
        settle_group(b);
    }
    pthread_mutex_unlock(&b->turn);
    return idle;
}

bool bookkeeper_command(struct bookkeeper *bookkeeper, struct command *command)
{
    command->task.kind = TASK_COMMAND;
    return queue_put(bookkeeper->queue, &command->task);
}

void bookkeeper_note_busy(struct bookkeeper *bookkeeper, const char *source, uint64_t sequence)
{
    busy_note(bookkeeper->busy, source, sequence, monotonic_ms());
}
