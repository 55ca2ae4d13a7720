/* The daemon under load: durable events a second, and how long answers take. */
#include "tests/bench/ingest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "tests/bench/contest.h"
#include "tests/bench/parts.h"
#include "tests/bench/process.h"

void ingest_report(const char *name, uint32_t batch, struct sent *sent)
{
    char line[128];
    double events = (double)(sent->events + sent->duplicates);
    number_add(events / sent->seconds, "events/s", "%s", name);
    snprintf(line, sizeof line, "%s ack", name);
    if (sent->latencies.count > 0)
        number_add_latency(&sent->latencies, line);
    if (sent->busy > 0)
        number_add((double)sent->busy / sent->seconds, "1/s", "%s busy", name);
    if (batch != 1000)
        return;
    number_add(1e6 * sent->cpu / events, "us/event", "%s cpu", name);
    number_add(1e6 * sent->own_cpu / events, "us/event", "%s cpu of the client", name);
    number_add(100 * sent->machine_cpu / sent->seconds / get_nprocs(), "%", "%s processors at work", name);
    number_add((double)sent->written / events, "bytes/event", "%s written", name);
}

void ingest_add(struct bench *bench, const char *name, const struct sending *sending)
{
    struct sent sent;
    send_load(bench, sending, &sent);
    ingest_report(name, sending->batch, &sent);
    samples_free(&sent.latencies);
}

void ingest_add_ratio(const char *line, const char *a, const char *b)
{
    if (number_last(a) > 0 && number_last(b) > 0)
        number_add(number_last(a) / number_last(b), "ratio", "%s", line);
}

/* The same two lines for a prefix, a shape and a place in the grid. */
[[gnu::format(printf, 3, 4)]]
static void add_ratio_of(const char *a, const char *b, const char *format, ...)
{
    char grid[64], first[128], second[128], line[160];
    va_list args;
    va_start(args, format);
    vsnprintf(grid, sizeof grid, format, args);
    va_end(args);
    snprintf(first, sizeof first, "%s %s", a, grid);
    snprintf(second, sizeof second, "%s %s", b, grid);
    snprintf(line, sizeof line, "%s / %s %s", a, b, grid);
    ingest_add_ratio(line, first, second);
}

/* --- The main workload. ------------------------------------------------------ */

#define GRID "in-flight=%u batch=%u"

static void add_shapes(struct contest *contest, struct bench *bench, uint32_t window, uint32_t batch)
{
    struct spooling mixed = { .producers = 1, .batch = batch, .spread = MIXED };
    struct spooling tcp = mixed, one_source = mixed;
    struct sending memory = { .producers = 1, .sources = 1, .batch = batch, .window = window,
                              .spread = MIXED };
    struct sending in_turn = memory;
    tcp.tcp = true;
    one_source.by_source = in_turn.by_source = true;
    in_turn.sources = LOAD_SOURCES;
    contest_add_spooled(contest, bench, &mixed, "ipc mixed " GRID, window, batch);
    contest_add_spooled(contest, bench, &tcp, "tcp+curve mixed " GRID, window, batch);
    contest_add_spooled(contest, bench, &one_source, "ipc one source a batch " GRID, window, batch);
    contest_add_memory(contest, bench, &memory, "memory mixed " GRID, window, batch);
    contest_add_memory(contest, bench, &in_turn, "memory 1000 sources in turn " GRID, window, batch);
}

/* Beside the floor: a batch's time if it were that of its parts one after the other. */
static void add_floor(const struct contest *contest)
{
    const char *name = contest->contenders[0].name;
    double commit = contest->yardstick, parts = parts_processor_seconds(contest->batch);
    double pack = parts_pack_seconds(contest->batch);
    number_add(1e6 * commit, "us", "%s: bare commit beside it", name);
    if (parts == 0)
        return;
    double seconds = contest->batch / number_last(name);
    number_add((parts + commit) / seconds, "ratio", "%s of the floor", name);
    number_add((pack + parts + commit) / seconds, "ratio", "%s of the floor with packing", name);
}

/* Beside the disk that does nothing but append. */
static void add_append(const struct contest *contest)
{
    const char *name = contest->contenders[0].name;
    double append = contest->yardstick;
    number_add(1e6 * append, "us", "%s: 64 kB appended and synced beside it", name);
    number_add(number_last(name) / parts_append_limit(append), "ratio", "%s of the append limit", name);
}

static void measure_mixed(struct bench *bench, uint32_t window, uint32_t batch)
{
    struct contest contest = { .count = 0 };
    add_shapes(&contest, bench, window, batch);
    contest_run(&contest, ROUNDS, window == 1 ? parts_commit_seconds : parts_append_seconds);
    (window == 1 ? add_floor : add_append)(&contest);
    contest_end(&contest);
    numbers_section(HEADING_SPOOLED);
    add_ratio_of("tcp+curve mixed", "ipc mixed", GRID, window, batch);
    add_ratio_of("ipc mixed", "memory mixed", GRID, window, batch);
    add_ratio_of("ipc one source a batch", "ipc mixed", GRID, window, batch);
    numbers_section(HEADING_MEMORY);
    add_ratio_of("memory 1000 sources in turn", "memory mixed", GRID, window, batch);
}

void mixed_measure(struct bench *bench)
{
    static const uint32_t windows[] = { 1, WINDOW };
    for (unsigned w = 0; w < 2; w++) {
        daemon_window(bench, windows[w]);
        for (unsigned i = 1; i < BATCH_SIZES; i++)
            measure_mixed(bench, windows[w], batch_sizes[i]);
    }
}

/* --- Several producers. ------------------------------------------------------ */

/* Over TCP and from memory, too, where batches are in flight. */
static void measure_producers(struct bench *bench, uint32_t producers, uint32_t window, uint32_t batch)
{
    struct contest contest = { .count = 0 };
    struct spooling ipc = { .producers = producers, .batch = batch, .spread = MIXED, .by_source = true };
    struct spooling tcp = ipc;
    tcp.tcp = true;
    contest_add_spooled(&contest, bench, &ipc, "ipc producers=%u " GRID, producers, window, batch);
    if (window > 1) {
        contest_add_spooled(&contest, bench, &tcp, "tcp+curve producers=%u " GRID, producers, window, batch);
        contest_add_memory(&contest, bench, &(struct sending){
            .producers = producers, .sources = LOAD_SOURCES / producers, .batch = batch, .window = window,
            .spread = MIXED, .by_source = true },
            "memory 1000 sources in turn producers=%u " GRID, producers, window, batch);
    }
    contest_run(&contest, 1, NULL);
    contest_end(&contest);
}

void producers_measure(struct bench *bench)
{
    static const uint32_t windows[] = { 1, WINDOW };
    for (unsigned w = 0; w < 2; w++) {
        daemon_window(bench, windows[w]);
        for (unsigned i = 1; i < BATCH_SIZES; i++) {
            measure_producers(bench, 4, windows[w], batch_sizes[i]);
            measure_producers(bench, 16, windows[w], batch_sizes[i]);
        }
    }
}

/* --- One event at a time. ----------------------------------------------------- */

static void add_single(struct contest *contest, struct bench *bench, uint32_t producers)
{
    struct spooling ipc = { .producers = producers, .batch = 1, .spread = MIXED, .by_source = producers > 1 };
    struct spooling tcp = ipc;
    tcp.tcp = true;
    contest_add_spooled(contest, bench, &ipc, "ipc single producers=%u", producers);
    contest_add_spooled(contest, bench, &tcp, "tcp+curve single producers=%u", producers);
    contest_add_memory(contest, bench, &(struct sending){
        .producers = producers, .sources = producers == 1 ? 1 : LOAD_SOURCES / producers, .batch = 1,
        .window = 1, .spread = MIXED, .by_source = producers > 1 }, "memory single producers=%u", producers);
}

static void add_beside_commit(const char *name, double commit)
{
    char p50[128];
    snprintf(p50, sizeof p50, "%s ack p50", name);
    number_add(number_last(p50) / 1000 / commit, "ratio", "%s p50 / bare commit p50", name);
}

void single_measure(struct bench *bench)
{
    struct contest contest = { .count = 0 };
    daemon_window(bench, 1);
    add_single(&contest, bench, 1);
    contest_run(&contest, 2 * ROUNDS, parts_record_commit_seconds);
    number_add(1000 * contest.yardstick, "ms", "ipc single producers=1: bare commit of one record beside it");
    for (unsigned i = 0; i < contest.count; i++) {
        numbers_section(contest.contenders[i].heading);
        add_beside_commit(contest.contenders[i].name, contest.yardstick);
    }
    contest_end(&contest);
    add_single(&contest, bench, 16);
    contest_run(&contest, ROUNDS, NULL);
    contest_end(&contest);
}

/* --- Ids. -------------------------------------------------------------------- */

#define ORDERS 4

static const struct {
    const char *name;
    enum id_order order;
    uint32_t duplicate_every;
} orders[ORDERS] = {
    { "ids in-order", IN_ORDER, 0 },
    { "ids shuffled", SHUFFLED, 0 },
    { "ids random", RANDOM, 0 },
    { "ids 1% duplicates", IN_ORDER, 100 },
};

/* A store and a daemon of its own, filled with ids of that order. */
static void begin_order(struct contest *contest, struct bench *bench, unsigned i)
{
    struct sent sent;
    if (mkdir(bench->folder, 0700) != 0)
        die("cannot make %s: %s", bench->folder, strerror(errno));
    daemon_begin(bench);
    contest_add_spooled(contest, bench, &(struct spooling){
        .producers = 1, .batch = 1000, .spread = MIXED, .order = orders[i].order,
        .duplicate_every = orders[i].duplicate_every }, "%s", orders[i].name);
    struct spooled *spooled = contest->contenders[i].spooled;
    spooled_fill(spooled, bench->fill / 1000);
    spooled_send(spooled, &sent);
    samples_free(&sent.latencies);
}

/* The stores lie beside one another, and the shapes take turns. */
void ids_measure(struct bench *bench)
{
    static struct bench own[ORDERS];
    static char folders[ORDERS][NET_PATH_MAX];
    struct contest contest = { .count = 0 };
    for (unsigned i = 0; i < ORDERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "ids-%u", i);
        path_in(bench->folder, name, folders[i]);
        own[i] = *bench;
        own[i].folder = folders[i];
        begin_order(&contest, &own[i], i);
    }
    contest_run(&contest, ROUNDS, parts_append_seconds);
    if (contest.contenders[ORDERS - 1].sum.duplicates == 0)
        die("no duplicates were sent");
    contest_end(&contest);
    for (unsigned i = 0; i < ORDERS; i++) {
        char line[96];
        snprintf(line, sizeof line, "%s/in-order", orders[i].name);
        if (i > 0)
            ingest_add_ratio(line, orders[i].name, orders[0].name);
        daemon_check(&own[i], orders[i].name);
        daemon_end(&own[i]);
        rmdir(folders[i]);
    }
}

/* --- Persons. ---------------------------------------------------------------- */

void ingest_measure(struct bench *bench)
{
    struct contest contest = { .count = 0 };
    contest_add_spooled(&contest, bench, &(struct spooling){ .producers = 1, .batch = 1000, .spread = LIVE },
                        "ipc ingest producers=1 batch=1000");
    contest_add_memory(&contest, bench, &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = LIVE },
        "memory ingest producers=1 batch=1000");
    contest_run(&contest, ROUNDS, NULL);
    contest_end(&contest);
    numbers_section(HEADING_SPOOLED);
    ingest_add_ratio("ipc ingest batch=1000 / raw-lmdb", "ipc ingest producers=1 batch=1000",
                     "raw-lmdb batch=1000");
    ingest_add_ratio("ipc ingest batch=1000 / raw-lmdb-keyed", "ipc ingest producers=1 batch=1000",
                     "raw-lmdb-keyed batch=1000");
    numbers_section(HEADING_MEMORY);
    ingest_add(bench, "memory ingest producers=8 batch=1000", &(struct sending){
        .producers = 8, .sources = 1, .batch = 1000, .window = WINDOW, .spread = LIVE });
    ingest_add(bench, "memory ingest 1000 sources, a year, batch=1000", &(struct sending){
        .producers = 8, .sources = 125, .batch = 1000, .window = WINDOW, .spread = YEAR });
    ingest_add(bench, "memory ingest settlements alone, batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = SETTLEMENTS });
}
