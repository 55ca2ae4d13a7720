/* Backups while events come in at full speed. */
#include <errno.h>
#include <stdio.h>

#include "tests/bench/ingest.h"
#include "tests/bench/process.h"

static double back_up(const struct bench *bench, const char *path)
{
    folder_remove(path);
    return daemon_backup(bench, path);
}

/* Sends for bench->seconds, and until a backup that began in it is complete. */
static void measure(struct bench *bench, const char *path)
{
    struct samples times = { .values = NULL };
    struct sent sent;
    send_begin(bench, &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = MIXED });
    for (double start = now(); now() - start < bench->seconds; )
        samples_add(&times, back_up(bench, path));
    send_end(bench, &sent);
    number_add((double)sent.events / sent.seconds, "events/s", "backup under load: ingest");
    number_add(1000 * sent.stall, "ms", "backup under load: largest stall");
    number_add(samples_quantile(&times, 0.5), "s", "backup under load: time");
    samples_free(&times);
    samples_free(&sent.latencies);
}

static void measure_without(struct bench *bench)
{
    struct sent sent;
    send_load(bench, &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = MIXED }, &sent);
    number_add((double)sent.events / sent.seconds, "events/s", "backup none: ingest");
    number_add(1000 * sent.stall, "ms", "backup none: largest stall");
    samples_free(&sent.latencies);
}

void backup_measure(struct bench *bench)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "backup", path);
    numbers_section("backup while the main workload comes in (from memory, 1,000 per batch, 8 in flight)");
    send_fill(bench, bench->fill, MIXED);
    measure_without(bench);
    number_add((double)bench->events, "events", "backup events in the store before");
    measure(bench, path);
    double seconds = back_up(bench, path);
    number_add((double)bench->events / seconds, "events/s", "backup idle");
    upkeep_rebuild(bench, path, bench->events);
    folder_remove(path);
}
