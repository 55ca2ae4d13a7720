/* The daemon over ipc, events from memory: durable events a second, and how long answers take. */
#include <stdio.h>

#include "tests/bench/numbers.h"
#include "tests/bench/process.h"
#include "tests/bench/sender.h"

#define WINDOW 8

/* "ingest producers=1 batch=1000" */
static void measure(struct bench *bench, const char *name, const struct sending *sending)
{
    struct sent sent;
    char line[64];
    send_load(bench, sending, &sent);
    number_add((double)sent.events / sent.seconds, "events/s", "%s", name);
    snprintf(line, sizeof line, "%s ack", name);
    number_add_latency(&sent.latencies, line);
    if (sent.busy > 0)
        number_add((double)sent.busy / sent.seconds, "1/s", "%s busy", name);
    if (sending->batch == 1000) {
        number_add(1e6 * sent.cpu / (double)sent.events, "us/event", "%s cpu", name);
        number_add((double)sent.written / (double)sent.events, "bytes/event", "%s written", name);
    }
    samples_free(&sent.latencies);
}

static void measure_sizes(struct bench *bench, unsigned count)
{
    for (unsigned i = 0; i < BATCH_SIZES; i++) {
        char name[64];
        snprintf(name, sizeof name, "ingest producers=%u batch=%u", count, batch_sizes[i]);
        measure(bench, name, &(struct sending){
            .producers = count, .sources = 1, .batch = batch_sizes[i], .window = WINDOW });
    }
}

/* Beside LMDB that only appends, which knows no ids, and beside LMDB that keys by (source, id). */
static void add_ratios(void)
{
    static const char *const yardsticks[] = { "raw-lmdb", "raw-lmdb-keyed" };
    double ours = number_last("ingest producers=1 batch=1000");
    for (size_t i = 0; i < sizeof yardsticks / sizeof yardsticks[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s batch=1000", yardsticks[i]);
        double raw = number_last(name);
        if (raw > 0)
            number_add(ours / raw, "(goal: 0.5)", "ratio ingest/%s", name);
    }
}

void ingest_measure(struct bench *bench)
{
    numbers_section("the daemon over ipc, 8 batches in flight for each producer");
    measure_sizes(bench, 1);
    add_ratios();
    measure_sizes(bench, 8);
    measure(bench, "ingest 1000 sources, a year, batch=1000", &(struct sending){
        .producers = 8, .sources = 125, .batch = 1000, .window = WINDOW, .spread = YEAR });
    measure(bench, "ingest settlements alone, batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = SETTLEMENTS });

    numbers_section("the daemon over ipc, 1 batch in flight");
    measure(bench, "ingest in-flight=1 batch=1", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1, .window = 1 });
    measure(bench, "ingest in-flight=1 batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = 1 });
}
