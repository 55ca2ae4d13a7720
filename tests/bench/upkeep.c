/* What a store costs afterwards: disk, rebuild of all books, start after a crash. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/ingest.h"
#include "tests/bench/process.h"

double upkeep_rebuild(const struct bench *bench, const char *path, uint64_t expected)
{
    char output[1024];
    uint64_t records, events;
    double start = now();
    int code = daemon_run(bench, "--verify-copy", path, output, sizeof output);
    double seconds = now() - start;
    const char *result = strstr(output, "result ");
    if (code != 0 || result == NULL
            || sscanf(result, "result records=%" SCNu64 " events=%" SCNu64, &records, &events) != 2)
        die("the rebuilt books differ (exit code %d): %s", code, result != NULL ? result : output);
    if (expected != 0 && events != expected)
        die("the rebuild found %" PRIu64 " events of %" PRIu64, events, expected);
    return seconds;
}

void upkeep_measure(struct bench *bench)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "backup", path);
    numbers_section("a store of the main workload afterwards");
    send_fill(bench, bench->fill, MIXED);
    number_add((double)bench->events, "events", "upkeep events");
    daemon_check(bench, "at the end");
    daemon_backup(bench, path);
    double seconds = upkeep_rebuild(bench, path, bench->events);
    number_add((double)bench->events / seconds, "events/s", "rebuild and compare");
    folder_remove(path);
    daemon_kill(bench);
    number_add(1000 * daemon_start(bench), "ms", "start after kill -9");
    daemon_check(bench, "after kill -9");
}

/* --- Bytes. ------------------------------------------------------------------ */

static void measure_bytes(struct bench *bench, const char *name, enum spread spread)
{
    daemon_begin(bench);
    uint64_t before = daemon_store_bytes(bench), events = bench->events;
    send_fill(bench, bench->fill, spread);
    uint64_t after = daemon_store_bytes(bench);
    number_add((double)(after - before) / (double)(bench->events - events), "bytes/event", "bytes %s", name);
    daemon_check(bench, name);
    daemon_end(bench);
}

void bytes_measure(struct bench *bench)
{
    numbers_section("bytes on disk (journal, books, index; without what is allocated ahead of use and the "
                    "newest ids, which are in memory until there are enough for a file: see growth)");
    measure_bytes(bench, "of the main workload", MIXED);
    measure_bytes(bench, "of settlements with all amounts", FULL);
    measure_bytes(bench, "of fees of persons and settlements", YEAR);
}
