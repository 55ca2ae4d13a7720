/* What the store costs afterwards: disk, backup, rebuild of all books, start after a crash. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/numbers.h"
#include "tests/bench/process.h"

static void measure_disk(const struct bench *bench)
{
    char index[NET_PATH_MAX], store[NET_PATH_MAX];
    double events = (double)bench->events;
    path_in(bench->data, "store", store);
    path_in(bench->data, "store/index", index);
    uint64_t runs = folder_bytes(index);
    number_add((double)bench->events, "events", "store events");
    number_add((double)((uint64_t)daemon_info(bench, "map_used") + runs) / events, "bytes/event",
               "store used");
    number_add((double)runs / events, "bytes/event", "store used by the index of ids");
    number_add((double)folder_bytes(store) / events, "bytes/event", "store allocated");
}

/* Rebuilds all books from the journal of a backup and compares. */
static void measure_rebuild(const struct bench *bench, const char *backup)
{
    char output[1024];
    uint64_t records, events;
    double start = now();
    int code = daemon_run(bench, "--verify-copy", backup, output, sizeof output);
    double seconds = now() - start;
    const char *result = strstr(output, "result ");
    if (code != 0 || result == NULL
            || sscanf(result, "result records=%" SCNu64 " events=%" SCNu64, &records, &events) != 2)
        die("the rebuilt books differ (exit code %d): %s", code, result != NULL ? result : output);
    if (events != bench->events)
        die("the rebuild found %" PRIu64 " events of %" PRIu64, events, bench->events);
    number_add((double)events / seconds, "events/s", "rebuild and compare");
}

static void measure_backup(const struct bench *bench)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "backup", path);
    double start = now();
    daemon_backup(bench, path);
    number_add((double)bench->events / (now() - start), "events/s", "backup");
    measure_rebuild(bench, path);
    folder_remove(path);
}

void upkeep_measure(struct bench *bench)
{
    numbers_section("the store afterwards");
    daemon_check(bench, "at the end");
    measure_disk(bench);
    measure_backup(bench);
    daemon_kill(bench);
    number_add(1000 * daemon_start(bench), "ms", "start after kill -9");
    daemon_check(bench, "after kill -9");
}
