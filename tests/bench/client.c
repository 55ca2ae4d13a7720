/* What the client library takes at the source: making events durable, and sending while they come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/client/producer.h"
#include "tests/bench/process.h"
#include "tests/bench/spooled.h"

#define BATCH     1000
#define PUT_MAX   16            /* batches that the client library puts with one sync, at most */

struct client {
    struct bench *bench;
    char spool[NET_PATH_MAX];
    struct load_stream stream;
    struct fw_producer *producer;
    uint64_t added;             /* by this producer */
};

static void open_producer(struct client *c, uint32_t batch)
{
    const char *wrong = "";
    const struct fw_producer_options options = {
        .source = "bench-spool", .spool_path = c->spool, .peer = c->bench->peers[NET_INGEST],
        .batch_events = batch,
    };
    if (fw_producer_open(&options, &c->producer, &wrong) != 0)
        die("the client library: %s", wrong);
    c->added = 0;
}

static void add_event(struct client *c)
{
    uint64_t index;
    struct event event = load_next(&c->stream, &c->bench->booked);
    must(fw_producer_add(c->producer, &event, -1, &index), "fw_producer_add");
    c->added++;
}

/* All that was added must have been applied. */
static void close_producer(struct client *c)
{
    struct fw_producer_stats stats;
    fw_producer_stats(c->producer, &stats);
    fw_producer_close(&c->producer);
    if (stats.applied != c->added || stats.waiting != 0)
        die("the client library had %llu events to send and says that %llu were applied",
            (unsigned long long)c->added, (unsigned long long)stats.applied);
    c->bench->events += c->added;
    folder_remove(c->spool);
}

/* --- Making durable. ---------------------------------------------------------- */

static void measure_spooling(struct bench *bench)
{
    struct sent sent;
    uint64_t batches = (uint64_t)(1000 * bench->seconds) + 1;
    struct spooled *spooled = spooled_open(bench, "client", &(struct spooling){
        .producers = 1, .batch = BATCH, .spread = MIXED });
    double seconds = spooled_fill(spooled, batches);
    number_add((double)(batches * BATCH) / seconds, "events/s", "client into its spool, durable");
    spooled_send(spooled, &sent);
    samples_free(&sent.latencies);
    spooled_close(&spooled);
}

/* --- Adding while it sends. -------------------------------------------------- */

static void measure_adding(struct client *c)
{
    open_producer(c, BATCH);
    double start = now();
    while (now() - start < c->bench->seconds) {
        for (unsigned i = 0; i < BATCH; i++)
            add_event(c);
    }
    must(fw_producer_flush(c->producer, -1), "fw_producer_flush");
    number_add((double)c->added / (now() - start), "events/s", "client batch=%d, adding while it sends",
               BATCH);
    close_producer(c);
}

/* --- One event at a time. ----------------------------------------------------- */

/* As a source sends that reports what has just happened. */
static void measure_single(struct client *c)
{
    struct samples spooled = { .values = NULL }, answered = { .values = NULL }, both = { .values = NULL };
    open_producer(c, 1);
    double start = now();
    while (now() - start < c->bench->seconds) {
        double before = now();
        add_event(c);
        must(fw_producer_spool(c->producer), "fw_producer_spool");
        double durable = now();
        must(fw_producer_flush(c->producer, -1), "fw_producer_flush");
        double end = now();
        samples_add(&spooled, durable - before);
        samples_add(&answered, end - durable);
        samples_add(&both, end - before);
    }
    close_producer(c);
    number_add_latency(&spooled, "client batch=1 in the spool");
    number_add_latency(&answered, "client batch=1 answered, from the spool on");
    number_add_latency(&both, "client batch=1 in the spool and answered");
    samples_free(&spooled);
    samples_free(&answered);
    samples_free(&both);
}

/* --- The spool without the library. ------------------------------------------ */

/* `at_once` batches with one sync. */
static void measure_spool(struct client *c, unsigned at_once)
{
    struct spool *spool;
    struct spool_batch batches[PUT_MAX];
    struct samples times = { .values = NULL };
    struct load_message message = load_make(BATCH, MIXED, 0);
    uint64_t count = 0, first;
    char name[64];
    must(spool_open(c->spool, "bench", &spool), "open a spool");
    for (unsigned i = 0; i < at_once; i++)
        batches[i] = (struct spool_batch){ message.bytes, message.size, BATCH };
    double start = now();
    while (now() - start < c->bench->seconds / 2) {
        double before = now();
        must(spool_put_many(spool, batches, at_once, &first), "spool_put_many");
        samples_add(&times, now() - before);
        count += at_once * BATCH;
    }
    number_add((double)count / (now() - start), "events/s", "spool batches=%u", at_once);
    snprintf(name, sizeof name, "spool batches=%u put", at_once);
    number_add_latency(&times, name);
    samples_free(&times);
    spool_close(&spool);
    load_free(&message);
    folder_remove(c->spool);
}

void client_measure(struct bench *bench)
{
    struct client c = { .bench = bench, .stream = { .spread = MIXED } };
    path_in(bench->folder, "spool", c.spool);
    numbers_section("the shipped client library at the source, the main workload's events");
    measure_spooling(bench);
    measure_adding(&c);
    measure_single(&c);
    measure_spool(&c, 1);
    measure_spool(&c, PUT_MAX);
}
