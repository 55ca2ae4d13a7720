/* A store that grows to many million events: does it get slower, larger, hungrier? */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/contest.h"
#include "tests/bench/ingest.h"
#include "tests/bench/parts.h"
#include "tests/bench/process.h"
#include "tests/bench/watch.h"

#define STEP 1000000            /* events */

/* --- Millions. ---------------------------------------------------------------- */

/* The first and the last million come through the client library, without a pause behind those before:
 * their spools are filled before anything is sent. */
struct ends {
    struct spooled *first, *last;
};

static struct spooled *fill_million(struct bench *bench, const char *name)
{
    struct spooled *spooled = spooled_open(bench, name, &(struct spooling){
        .producers = 1, .batch = 1000, .spread = MIXED });
    spooled_fill(spooled, STEP / 1000);
    return spooled;
}

static double rate_of(struct sent *sent)
{
    samples_free(&sent->latencies);
    return (double)sent->events / sent->seconds;
}

static double grow_spooled(struct spooled **spooled_p)
{
    struct sent sent;
    spooled_send(*spooled_p, &sent);
    spooled_close(spooled_p);
    return rate_of(&sent);
}

static double grow_from_memory(struct bench *bench)
{
    struct sent sent;
    send_load(bench, &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = MIXED,
        .events = STEP }, &sent);
    return rate_of(&sent);
}

/* Between the ends from memory: what the daemon takes without a pause. */
static void grow_between(struct bench *bench, uint64_t steps)
{
    double first = 0, slowest = 0, rate = 0;
    numbers_section(HEADING_MEMORY);
    for (uint64_t i = 2; i < steps; i++) {
        progress("growth: million %" PRIu64 " of %" PRIu64, i, steps);
        rate = grow_from_memory(bench);
        first = i == 2 ? rate : first;
        slowest = i == 2 || rate < slowest ? rate : slowest;
        number_add(rate, "events/s", "memory growth million %" PRIu64, i);
        if (daemon_info(bench, "events") != (int64_t)bench->events)
            die("events are missing after the million %" PRIu64, i);
    }
    if (first > 0)
        number_add(slowest / first, "ratio", "memory growth slowest / second million");
}

/* --- Young and grown. --------------------------------------------------------- */

#define YOUNG STEP              /* events in a store that the grown one is compared with */

static const struct cell {
    uint32_t window, batch;
} cells[] = { { 1, 1 }, { 1, 100 }, { 1, 1000 }, { 1, 8000 }, { 8, 100 }, { 8, 1000 }, { 8, 8000 } };

static void add_store(struct contest *contest, struct bench *bench, const char *when,
                      const struct cell *cell)
{
    contest_add_spooled(contest, bench, &(struct spooling){
        .producers = 1, .batch = cell->batch, .spread = MIXED },
        "ipc growth %s in-flight=%u batch=%u", when, cell->window, cell->batch);
}

/* A store that was made for this cell and the grown one, in turns beside one yardstick. */
static void measure_cell(struct bench *bench, struct bench *young, const struct cell *cell)
{
    struct contest contest = { .count = 0 };
    char line[128];
    young->window = 0;
    daemon_begin(young);
    send_fill(young, YOUNG, MIXED);
    daemon_window(young, cell->window);
    daemon_window(bench, cell->window);
    add_store(&contest, bench, "grown", cell);
    add_store(&contest, young, "young", cell);
    progress("growth: %s", contest.contenders[0].name);
    contest_run(&contest, ROUNDS, cell->batch == 1 ? parts_record_commit_seconds : parts_commit_seconds);
    number_add(1e6 * contest.yardstick, "us", "%s: bare commit beside it", contest.contenders[0].name);
    snprintf(line, sizeof line, "ipc growth grown / young in-flight=%u batch=%u", cell->window, cell->batch);
    ingest_add_ratio(line, contest.contenders[0].name, contest.contenders[1].name);
    contest_end(&contest);
    daemon_check(young, "young");
    daemon_end(young);
}

static void measure_cells(struct bench *bench)
{
    static struct bench young;
    static char folder[NET_PATH_MAX];
    young = *bench;
    path_in(bench->folder, "young", folder);
    young.folder = folder;
    if (mkdir(folder, 0700) != 0)
        die("cannot make %s: %s", folder, strerror(errno));
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        measure_cell(bench, &young, &cells[i]);
    daemon_window(bench, 0);
    rmdir(folder);
}

/* --- The whole. --------------------------------------------------------------- */

static void measure_size(const struct bench *bench)
{
    double events = (double)bench->events;
    numbers_section("a store that has grown");
    number_add(events, "events", "growth events");
    number_add((double)process_memory(bench->daemon, "RssFile") / (1 << 20), "MiB",
               "growth memory of mapped files");
    number_add((double)daemon_store_bytes(bench) / events, "bytes/event", "growth bytes used");
    number_add((double)folder_bytes(bench->data) / events, "bytes/event",
               "growth bytes on disk, all included");
}

/* The loads that fill a daemon's memory most, on the grown store; `before`: bytes, the most so far. */
static void measure_memory(struct bench *bench, double before)
{
    static const uint32_t batches[] = { 1000, 8000 };
    for (unsigned i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof name, "memory growth grown producers=16 in-flight=8 batch=%u", batches[i]);
        progress("growth: %s", name);
        numbers_section(HEADING_MEMORY);
        ingest_add(bench, name, &(struct sending){ .producers = 16, .sources = LOAD_SOURCES / 16,
            .batch = batches[i], .window = WINDOW, .spread = MIXED, .by_source = true });
        double peak = (double)watch_lap();
        before = peak > before ? peak : before;
        numbers_section("a store that has grown");
        number_add(peak / (1 << 20), "MiB",
                   "growth peak memory beside the mapped file, 16 producers x 8 x %u", batches[i]);
    }
    number_add(before / (1 << 20), "MiB", "growth peak memory beside the mapped file");
}

static void measure_again(struct bench *bench)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "backup", path);
    numbers_section("a store that has grown");
    progress("growth: start after kill -9, backup, rebuild");
    daemon_kill(bench);
    number_add(daemon_start(bench), "s", "growth start after kill -9");
    daemon_check(bench, "after kill -9");
    number_add(daemon_backup(bench, path), "s", "growth backup");
    number_add((double)bench->events / upkeep_rebuild(bench, path, bench->events), "events/s",
               "growth rebuild and compare");
    folder_remove(path);
}

static void measure_millions(struct bench *bench, uint64_t steps)
{
    progress("growth: filling two spools");
    struct ends ends = { fill_million(bench, "growth-first"), fill_million(bench, "growth-last") };
    double append = parts_append_seconds(bench, 0);
    progress("growth: million 1 of %" PRIu64, steps);
    double first = grow_spooled(&ends.first);
    grow_between(bench, steps);
    progress("growth: million %" PRIu64 " of %" PRIu64, steps, steps);
    double last = grow_spooled(&ends.last);
    double append_after = parts_append_seconds(bench, 0);
    numbers_section(HEADING_SPOOLED);
    number_add(first, "events/s", "ipc growth first million");
    number_add(last, "events/s", "ipc growth last million");
    number_add(last / first, "ratio", "ipc growth last / first million");
    number_add(append > append_after ? append / append_after : append_after / append, "ratio",
               "growth million disk drift");
}

void growth_measure(struct bench *bench)
{
    watch_lap();
    measure_millions(bench, (bench->growth + STEP - 1) / STEP);
    double before = (double)watch_lap();
    measure_size(bench);
    number_add(before / (1 << 20), "MiB", "growth peak memory beside the mapped file, 1 producer");
    measure_memory(bench, before);
    measure_cells(bench);
    measure_again(bench);
}
