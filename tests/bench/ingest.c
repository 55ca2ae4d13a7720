/* The daemon over ipc, events from memory: durable events a second, and how long answers take. */
#include "tests/bench/ingest.h"

#include <stdio.h>
#include <sys/sysinfo.h>

#include "tests/bench/parts.h"
#include "tests/bench/process.h"

static void report(const char *name, const struct sending *sending, struct sent *sent_p)
{
    struct sent sent = *sent_p;
    char line[96];
    number_add((double)sent.events / sent.seconds, "events/s", "%s", name);
    snprintf(line, sizeof line, "%s ack", name);
    number_add_latency(&sent.latencies, line);
    if (sent.busy > 0)
        number_add((double)sent.busy / sent.seconds, "1/s", "%s busy", name);
    if (sending->batch == 1000) {
        number_add(1e6 * sent.cpu / (double)sent.events, "us/event", "%s cpu", name);
        number_add(1e6 * sent.own_cpu / (double)sent.events, "us/event", "%s cpu of the client", name);
        number_add(100 * sent.machine_cpu / sent.seconds / get_nprocs(), "%",
                   "%s processors at work", name);
        number_add((double)sent.written / (double)sent.events, "bytes/event", "%s written", name);
    }
    samples_free(&sent.latencies);
}

void ingest_add(struct bench *bench, const char *name, const struct sending *sending)
{
    struct sent sent;
    send_load(bench, sending, &sent);
    report(name, sending, &sent);
}

/* --- Beside a yardstick. ------------------------------------------------------ */

#define SLICES 4

/* Seconds that something without us takes; measured now. */
typedef double yardstick(const struct bench *bench, uint32_t batch);

static void add_up(struct sent *sum, struct sent *more)
{
    sum->seconds += more->seconds;
    sum->events += more->events;
    sum->busy += more->busy;
    sum->cpu += more->cpu;
    sum->own_cpu += more->own_cpu;
    sum->machine_cpu += more->machine_cpu;
    sum->written += more->written;
    samples_take(&sum->latencies, &more->latencies);
}

/* Like ingest_add(), in slices with the yardstick before each of them: the disk of a machine that
 * others use too may change tenfold within seconds.  Returns the yardstick's median, and how
 * far it moved is a line "NAME disk drift". */
static double add_beside(struct bench *bench, const char *name, const struct sending *sending,
                         yardstick *measure)
{
    struct samples marks = { .values = NULL };
    struct sent sum = { .seconds = 0 };
    double seconds = bench->seconds;
    bench->seconds = seconds / SLICES;
    for (unsigned i = 0; i < SLICES; i++) {
        struct sent sent;
        samples_add(&marks, measure(bench, sending->batch));
        send_load(bench, sending, &sent);
        add_up(&sum, &sent);
    }
    bench->seconds = seconds;
    report(name, sending, &sum);
    double median = samples_quantile(&marks, 0.5);
    number_add(samples_quantile(&marks, 1) / samples_quantile(&marks, 0), "ratio", "%s disk drift", name);
    samples_free(&marks);
    return median;
}

void ingest_add_ratio(const char *line, const char *a, const char *b)
{
    if (number_last(a) > 0 && number_last(b) > 0)
        number_add(number_last(a) / number_last(b), "ratio", "%s", line);
}

/* --- The main workload. ------------------------------------------------------ */

static struct sending mixed_of(uint32_t batch, uint32_t window)
{
    return (struct sending){ .producers = 1, .sources = 1, .batch = batch, .window = window,
                             .spread = MIXED };
}

/* Beside the floor: a batch's time if it were that of its parts one after the other. */
static void measure_waiting(struct bench *bench, uint32_t batch)
{
    char name[64];
    struct sending sending = mixed_of(batch, 1);
    snprintf(name, sizeof name, "mixed in-flight=1 batch=%u", batch);
    double commit = add_beside(bench, name, &sending, parts_commit_seconds);
    double processor = parts_processor_seconds(batch);
    number_add(1e6 * commit, "us", "%s: bare commit beside it", name);
    if (processor > 0)
        number_add(number_last(name) * (processor + commit) / batch, "ratio", "%s of the floor", name);
}

/* Beside the disk that does nothing but append. */
static void measure_in_flight(struct bench *bench, uint32_t batch)
{
    char name[64];
    struct sending sending = mixed_of(batch, WINDOW);
    snprintf(name, sizeof name, "mixed in-flight=%d batch=%u", WINDOW, batch);
    double append = add_beside(bench, name, &sending, parts_append_seconds);
    number_add(1e6 * append, "us", "%s: 64 kB appended and synced beside it", name);
    number_add(number_last(name) / parts_append_limit(append), "ratio", "%s of the append limit", name);
}

void mixed_measure(struct bench *bench)
{
    numbers_section("main workload: ids of 1,000 sources mixed within each batch of one issuer, 10 funds, "
                    "12 months, 5 kinds, 20 categories; 1 producer over ipc");
    for (unsigned i = 1; i < BATCH_SIZES; i++)
        measure_waiting(bench, batch_sizes[i]);
    for (unsigned i = 1; i < BATCH_SIZES; i++)
        measure_in_flight(bench, batch_sizes[i]);
}

/* --- One source per batch, and several producers. ---------------------------- */

void sources_measure(struct bench *bench)
{
    static const uint32_t producers[] = { 1, 4, 16 }, windows[] = { 1, WINDOW };
    numbers_section("the same with one source per batch, 1,000 sources in turn");
    for (unsigned p = 0; p < 3; p++) {
        for (unsigned n = 0; n < 2 * (BATCH_SIZES - 1); n++) {
            uint32_t batch = batch_sizes[1 + n % (BATCH_SIZES - 1)], window = windows[n / (BATCH_SIZES - 1)];
            char name[64];
            snprintf(name, sizeof name, "sources producers=%u in-flight=%u batch=%u", producers[p],
                     window, batch);
            ingest_add(bench, name, &(struct sending){
                .producers = producers[p], .sources = LOAD_SOURCES / producers[p], .batch = batch,
                .window = window, .spread = MIXED, .by_source = true });
        }
    }
    ingest_add_ratio("sources/mixed in-flight=8 batch=1000", "sources producers=1 in-flight=8 batch=1000",
                     "mixed in-flight=8 batch=1000");
}

/* --- One event at a time. ---------------------------------------------------- */

static void measure_one_producer(struct bench *bench)
{
    struct sending sending = mixed_of(1, 1);
    double commit = add_beside(bench, "single producers=1", &sending, parts_record_commit_seconds);
    number_add(1000 * commit, "ms", "single producers=1: bare commit of one record beside it");
    number_add(number_last("single producers=1 ack p50") / 1000 / commit, "ratio",
               "single producers=1 p50 / bare commit p50");
}

void single_measure(struct bench *bench)
{
    numbers_section("one event in a batch, and each waits for its reply");
    measure_one_producer(bench);
    ingest_add(bench, "single producers=16", &(struct sending){
        .producers = 16, .sources = LOAD_SOURCES / 16, .batch = 1, .window = 1, .spread = MIXED,
        .by_source = true });
}

/* --- Ids. -------------------------------------------------------------------- */

/* In a store of its own each, filled with ids of that order. */
static void measure_ids(struct bench *bench, const char *name, enum id_order order,
                        uint32_t duplicate_every)
{
    struct sent sent;
    struct sending sending = {
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = MIXED,
        .order = order, .duplicate_every = duplicate_every, .events = bench->fill };
    char line[64];
    daemon_begin(bench);
    send_load(bench, &sending, &sent);
    samples_free(&sent.latencies);
    sending.events = 0;
    send_load(bench, &sending, &sent);
    if (duplicate_every != 0 && sent.duplicates == 0)
        die("no duplicates were sent");
    number_add((double)(sent.events + sent.duplicates) / sent.seconds, "events/s", "%s", name);
    samples_free(&sent.latencies);
    snprintf(line, sizeof line, "%s/in-order", name);
    ingest_add_ratio(line, name, "ids in-order");
    daemon_check(bench, name);
    daemon_end(bench);
}

void ids_measure(struct bench *bench)
{
    numbers_section("the main workload, 1,000 per batch, 8 in flight, after a filling of the same");
    measure_ids(bench, "ids in-order", IN_ORDER, 0);
    measure_ids(bench, "ids shuffled", SHUFFLED, 0);
    measure_ids(bench, "ids random", RANDOM, 0);
    measure_ids(bench, "ids 1% duplicates", IN_ORDER, 100);
}

/* --- Persons. ---------------------------------------------------------------- */

static void measure_sizes(struct bench *bench, unsigned count)
{
    for (unsigned i = 0; i < BATCH_SIZES; i++) {
        char name[64];
        snprintf(name, sizeof name, "ingest producers=%u batch=%u", count, batch_sizes[i]);
        ingest_add(bench, name, &(struct sending){
            .producers = count, .sources = 1, .batch = batch_sizes[i], .window = WINDOW });
    }
}

void ingest_measure(struct bench *bench)
{
    numbers_section("fees of persons and settlements with persons, one fund, live dates, "
                    "8 batches in flight for each producer");
    measure_sizes(bench, 1);
    ingest_add_ratio("ingest batch=1000 / raw-lmdb", "ingest producers=1 batch=1000", "raw-lmdb batch=1000");
    ingest_add_ratio("ingest batch=1000 / raw-lmdb-keyed", "ingest producers=1 batch=1000",
                     "raw-lmdb-keyed batch=1000");
    measure_sizes(bench, 8);
    ingest_add(bench, "ingest 1000 sources, a year, batch=1000", &(struct sending){
        .producers = 8, .sources = 125, .batch = 1000, .window = WINDOW, .spread = YEAR });
    ingest_add(bench, "ingest settlements alone, batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = SETTLEMENTS });
    ingest_add(bench, "ingest in-flight=1 batch=1", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1, .window = 1 });
    ingest_add(bench, "ingest in-flight=1 batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = 1 });
}
