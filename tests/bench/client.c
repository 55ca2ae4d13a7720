/* Through the client library that producers ship with: every batch is on disk before it is sent. */
#include <stdlib.h>
#include <string.h>

#include "producers/client/producer.h"
#include "tests/bench/load.h"
#include "tests/bench/numbers.h"
#include "tests/bench/process.h"

#define BATCH   1000
#define PUT_MAX 16      /* batches that the client library puts with one sync, at most */

static struct fw_producer *open_producer(const struct bench *bench, const char *spool)
{
    struct fw_producer *producer;
    const char *wrong = "";
    const struct fw_producer_options options = {
        .source = "bench-spool", .spool_path = spool, .peer = bench->peers[NET_INGEST],
        .batch_events = BATCH,
    };
    if (fw_producer_open(&options, &producer, &wrong) != 0)
        die("the client library: %s", wrong);
    return producer;
}

/* Adds for as long as a measurement lasts; returns how many. */
static uint64_t add_events(struct bench *bench, struct fw_producer *producer)
{
    uint64_t count = 0, index;
    for (double start = now(); now() - start < bench->seconds; ) {
        for (unsigned i = 0; i < BATCH; i++) {
            struct event event = load_event(count++, LIVE);
            must(fw_producer_add(producer, &event, -1, &index), "fw_producer_add");
            bench->fen += load_fen(&event);
        }
    }
    return count;
}

static void measure_producer(struct bench *bench, const char *spool)
{
    struct fw_producer_stats stats;
    struct fw_producer *producer = open_producer(bench, spool);
    double start = now();
    uint64_t count = add_events(bench, producer);
    must(fw_producer_flush(producer, -1), "fw_producer_flush");
    double seconds = now() - start;
    fw_producer_stats(producer, &stats);
    fw_producer_close(&producer);
    if (stats.applied != count || stats.waiting != 0)
        die("the client library was given %llu events and says that %llu were applied",
            (unsigned long long)count, (unsigned long long)stats.applied);
    bench->events += count;
    number_add((double)count / seconds, "events/s", "client batch=%d", BATCH);
    folder_remove(spool);
}

/* `at_once` batches with one sync. */
static void measure_spool(struct bench *bench, const char *path, unsigned at_once)
{
    struct spool *spool;
    struct spool_batch batches[PUT_MAX];
    struct samples times = { .values = NULL };
    struct load_message message = load_make(BATCH, LIVE, 0);
    uint64_t count = 0, first;
    char name[64];
    must(spool_open(path, "bench", &spool), "open a spool");
    for (unsigned i = 0; i < at_once; i++)
        batches[i] = (struct spool_batch){ message.bytes, message.size, BATCH };
    double start = now();
    while (now() - start < bench->seconds) {
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
    folder_remove(path);
}

void client_measure(struct bench *bench)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "spool", path);
    numbers_section("the client library with its spool, and the spool alone (batches of 1000)");
    measure_producer(bench, path);
    measure_spool(bench, path, 1);
    measure_spool(bench, path, PUT_MAX);
}
