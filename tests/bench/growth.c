/* A store that grows to many million events: does it get slower, larger, hungrier? */
#include <inttypes.h>
#include <stdio.h>

#include "tests/bench/ingest.h"
#include "tests/bench/parts.h"
#include "tests/bench/process.h"

#define STEP 1000000            /* events */

/* The next step of growth; returns events a second. */
static double grow(struct bench *bench, uint64_t events)
{
    struct sent sent;
    send_load(bench, &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = MIXED,
        .events = events }, &sent);
    samples_free(&sent.latencies);
    return (double)sent.events / sent.seconds;
}

static void add_drift(double before, double after)
{
    number_add(before > after ? before / after : after / before, "ratio", "growth disk drift");
}

static void measure_rates(struct bench *bench)
{
    double rate = 0, first = 0, slowest = 0;
    double before = parts_append_seconds(bench, 0);
    uint64_t steps = (bench->growth + STEP - 1) / STEP;
    for (uint64_t i = 0; i < steps; i++) {
        rate = grow(bench, STEP);
        first = i == 0 ? rate : first;
        slowest = i == 0 || rate < slowest ? rate : slowest;
        number_add(rate, "events/s", "growth million %" PRIu64, i + 1);
        if (daemon_info(bench, "events") != (int64_t)bench->events)
            die("events are missing after the million %" PRIu64, i + 1);
    }
    add_drift(before, parts_append_seconds(bench, 0));
    number_add(rate / first, "ratio", "growth last/first million");
    number_add(slowest / first, "ratio", "growth slowest/first million");
}

static void measure_size(const struct bench *bench)
{
    double events = (double)bench->events;
    number_add(events, "events", "growth events");
    number_add((double)process_memory(bench->daemon, "RssAnon") / (1 << 20), "MiB",
               "growth memory beside the mapped file");
    number_add((double)process_memory(bench->daemon, "RssFile") / (1 << 20), "MiB",
               "growth memory of mapped files");
    number_add((double)daemon_store_bytes(bench) / events, "bytes/event", "growth bytes used");
    number_add((double)folder_bytes(bench->data) / events, "bytes/event",
               "growth bytes on disk, all included");
}

static void measure_again(struct bench *bench, const char *path)
{
    daemon_kill(bench);
    number_add(daemon_start(bench), "s", "growth start after kill -9");
    daemon_check(bench, "after kill -9");
    double start = now();
    daemon_backup(bench, path);
    number_add(now() - start, "s", "growth backup");
    number_add((double)bench->events / upkeep_rebuild(bench, path, bench->events), "events/s",
               "growth rebuild and compare");
    folder_remove(path);
}

void growth_measure(struct bench *bench)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "backup", path);
    numbers_section("growth: the main workload, 1,000 per batch, 8 in flight");
    measure_rates(bench);
    ingest_add(bench, "growth in-flight=1 batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = 1, .spread = MIXED });
    ingest_add(bench, "growth in-flight=1 batch=1", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1, .window = 1, .spread = MIXED });
    measure_size(bench);
    measure_again(bench, path);
}
