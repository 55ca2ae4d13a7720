#include "tests/bench/spooled.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "producers/client/producer.h"
#include "tests/bench/process.h"

static const struct net_peer nobody = { .endpoint = "ipc:///nonexistent/nobody.sock" };

struct spooler {
    struct spooled *all;
    pthread_t thread;
    struct load_stream stream;
    char source[32], path[NET_PATH_MAX];
    struct fw_producer *producer;
    uint64_t events, fresh;     /* in the spool */
    struct totals moved;        /* by the fresh ones */
    double started, ended;
    struct samples latencies;
    uint64_t busy;
};

struct spooled {
    struct bench *bench;
    struct spooling spooling;
    uint64_t batches;           /* that each is to put */
    double rate;                /* events a second, of the last sending */
    pthread_barrier_t barrier;
    struct spooler spoolers[SPOOLERS_MAX];
};

/* Where a slice begins for which no rate is known yet; too few is a short slice, no more. */
static double guess(uint32_t batch)
{
    return batch == 1 ? 1500 : batch <= 100 ? 60000 : 300000;
}

struct spooled *spooled_open(struct bench *bench, const char *name, const struct spooling *spooling)
{
    struct spooled *s = calloc(1, sizeof *s);
    if (s == NULL || spooling->producers > SPOOLERS_MAX)
        die("out of memory, or too many producers");
    s->bench = bench;
    s->spooling = *spooling;
    s->rate = guess(spooling->batch);
    for (unsigned i = 0; i < spooling->producers; i++) {
        struct spooler *one = &s->spoolers[i];
        one->all = s;
        one->stream = (struct load_stream){
            .spread = spooling->spread, .order = spooling->order, .by_source = spooling->by_source,
            .source = i, .duplicate_every = spooling->duplicate_every,
        };
        snprintf(one->source, sizeof one->source, "%s-%02u", name, i);
        path_in(bench->folder, one->source, one->path);
    }
    return s;
}

void spooled_close(struct spooled **spooled_p)
{
    free(*spooled_p);
    *spooled_p = NULL;
}

static void open_producer(struct spooler *one, const struct net_peer *peer)
{
    const char *wrong = "";
    const struct fw_producer_options options = {
        .source = one->source, .spool_path = one->path, .peer = *peer,
        .batch_events = one->all->spooling.batch,
    };
    if (fw_producer_open(&options, &one->producer, &wrong) != 0)
        die("the client library: %s", wrong);
}

/* In a thread of its own for each producer. */
static void for_each(struct spooled *s, void *(*run)(void *arg))
{
    for (unsigned i = 0; i < s->spooling.producers; i++) {
        if (pthread_create(&s->spoolers[i].thread, NULL, run, &s->spoolers[i]) != 0)
            die("cannot start a thread");
    }
    for (unsigned i = 0; i < s->spooling.producers; i++)
        pthread_join(s->spoolers[i].thread, NULL);
}

/* --- Filling. ---------------------------------------------------------------- */

static void *fill(void *arg)
{
    struct spooler *one = arg;
    uint64_t index, count = one->all->batches * one->all->spooling.batch, fresh = one->stream.fresh;
    open_producer(one, &nobody);
    for (uint64_t i = 0; i < count; i++) {
        struct event event = load_next(&one->stream, &one->moved);
        must(fw_producer_add(one->producer, &event, -1, &index), "fw_producer_add");
    }
    must(fw_producer_spool(one->producer), "fw_producer_spool");
    fw_producer_close(&one->producer);
    one->events += count;
    one->fresh += one->stream.fresh - fresh;
    return NULL;
}

double spooled_fill(struct spooled *s, uint64_t batches)
{
    double start = now();
    s->batches = batches;
    for_each(s, fill);
    return now() - start;
}

/* --- Sending. ---------------------------------------------------------------- */

static uint64_t answered(const struct fw_producer_stats *stats)
{
    return stats->applied + stats->duplicates + stats->conflicts + stats->rejected;
}

static void poll_one(struct fw_producer *producer)
{
    int err = fw_producer_poll(producer, -1);
    if (err == -ECONNREFUSED)
        die("the daemon refused a batch: %s", refusal_word(fw_producer_refusal(producer)));
    must(err, "fw_producer_poll");
}

/* The first answer is that to the greeting, a batch without events. */
static void send_all(struct spooler *one, struct fw_producer_stats *stats)
{
    double last = one->started;
    bool waits = one->all->bench->window == 1;
    fw_producer_stats(one->producer, stats);
    while (stats->waiting > 0) {
        uint64_t before = answered(stats);
        poll_one(one->producer);
        fw_producer_stats(one->producer, stats);
        double at = now();
        if (waits && answered(stats) > before)
            samples_add(&one->latencies, at - last);
        last = at;
    }
}

static void *send(void *arg)
{
    struct spooler *one = arg;
    struct spooled *s = one->all;
    struct fw_producer_stats stats;
    open_producer(one, &(s->spooling.tcp ? s->bench->tcp_peers : s->bench->peers)[NET_INGEST]);
    pthread_barrier_wait(&s->barrier);
    one->started = now();
    send_all(one, &stats);
    one->ended = now();
    one->busy = stats.busy;
    fw_producer_close(&one->producer);
    if (stats.applied != one->fresh || stats.duplicates != one->events - one->fresh)
        die("%s had %llu events in its spool, %llu of them new, and %llu were applied, %llu duplicates, "
            "%llu conflicts, %llu rejected", one->source, (unsigned long long)one->events,
            (unsigned long long)one->fresh, (unsigned long long)stats.applied,
            (unsigned long long)stats.duplicates, (unsigned long long)stats.conflicts,
            (unsigned long long)stats.rejected);
    return NULL;
}

static void collect(struct spooler *one, struct sent *sent)
{
    struct bench *bench = one->all->bench;
    sent->events += one->fresh;
    sent->duplicates += one->events - one->fresh;
    sent->busy += one->busy;
    samples_take(&sent->latencies, &one->latencies);
    bench->events += one->fresh;
    totals_add(&bench->booked, &one->moved);
    one->events = one->fresh = 0;
    one->moved = (struct totals){ 0 };
    folder_remove(one->path);
}

void spooled_send(struct spooled *s, struct sent *ret)
{
    double started = 0, ended = 0;
    struct use before = use_now(s->bench);
    *ret = (struct sent){ .seconds = 0 };
    pthread_barrier_init(&s->barrier, NULL, s->spooling.producers);
    for_each(s, send);
    pthread_barrier_destroy(&s->barrier);
    use_since(s->bench, &before, ret);
    for (unsigned i = 0; i < s->spooling.producers; i++) {
        struct spooler *one = &s->spoolers[i];
        started = i == 0 || one->started < started ? one->started : started;
        ended = one->ended > ended ? one->ended : ended;
        collect(one, ret);
    }
    ret->seconds = ended - started;
    s->rate = (double)(ret->events + ret->duplicates) / ret->seconds;
}

/* What is too little for a window of each producer measures how it fills and empties. */
static uint64_t batches_for(const struct spooled *s, double seconds)
{
    uint64_t each = (uint64_t)(s->rate * seconds / s->spooling.batch / s->spooling.producers);
    uint64_t least = s->bench->window == 1 ? 4 : WINDOW;
    return each > least ? each : least;
}

void spooled_fill_for(struct spooled *s, double seconds)
{
    spooled_fill(s, batches_for(s, seconds));
}
