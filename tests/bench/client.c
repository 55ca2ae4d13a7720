/* Through the client library that producers ship with: every batch is on disk before it is sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/client/producer.h"
#include "tests/bench/ingest.h"
#include "tests/bench/process.h"

#define BATCH     1000
#define PUT_MAX   16            /* batches that the client library puts with one sync, at most */
#define FILL      255           /* batches that it takes while nobody answers; 256 make it wait */
#define DIFFERENT 1000          /* events, in turn, under new ids */

static const struct net_peer nobody = { .endpoint = "ipc:///nonexistent/nobody.sock" };

struct client {
    struct bench *bench;
    char spool[NET_PATH_MAX];
    struct event events[DIFFERENT];
    struct fw_producer *producer;
    uint64_t added;             /* by this producer */
};

static void open_producer(struct client *c, const struct net_peer *peer)
{
    const char *wrong = "";
    const struct fw_producer_options options = {
        .source = "bench-spool", .spool_path = c->spool, .peer = *peer, .batch_events = BATCH,
    };
    if (fw_producer_open(&options, &c->producer, &wrong) != 0)
        die("the client library: %s", wrong);
    c->added = 0;
}

static void add_event(struct client *c)
{
    uint64_t index;
    struct event *event = &c->events[c->added++ % DIFFERENT];
    load_new_id(event);
    must(fw_producer_add(c->producer, event, -1, &index), "fw_producer_add");
    c->bench->fen += load_fen(event);
}

static void add_batch(struct client *c)
{
    for (unsigned i = 0; i < BATCH; i++)
        add_event(c);
}

/* All that is waiting must have been applied, `expected` events. */
static void close_producer(struct client *c, uint64_t expected)
{
    struct fw_producer_stats stats;
    fw_producer_stats(c->producer, &stats);
    fw_producer_close(&c->producer);
    if (stats.applied != expected || stats.waiting != 0)
        die("the client library had %llu events to send and says that %llu were applied",
            (unsigned long long)expected, (unsigned long long)stats.applied);
    c->bench->events += expected;
}

/* --- A spool that is filled while nobody answers, and then sent. ------------- */

/* Returns the seconds that it took to make them durable. */
static double fill_spool(struct client *c)
{
    open_producer(c, &nobody);
    double start = now();
    for (unsigned i = 0; i < FILL; i++)
        add_batch(c);
    must(fw_producer_spool(c->producer), "fw_producer_spool");
    double seconds = now() - start;
    fw_producer_close(&c->producer);
    return seconds;
}

/* From a connection that is there to the last answer. */
static double send_spool(struct client *c, const struct net_peer *peer)
{
    open_producer(c, peer);
    double start = now();
    must(fw_producer_flush(c->producer, -1), "fw_producer_flush");
    double seconds = now() - start;
    close_producer(c, (uint64_t)FILL * BATCH);
    return seconds;
}

static void measure_filled(struct client *c, const char *name, const struct net_peer *peer)
{
    double filling = 0, sending = 0, count = 0;
    while (sending < c->bench->seconds) {
        filling += fill_spool(c);
        sending += send_spool(c, peer);
        count += FILL * BATCH;
    }
    folder_remove(c->spool);
    number_add(count / sending, "events/s", "client %s from a filled spool", name);
    if (peer->server_key[0] == '\0')
        number_add(count / filling, "events/s", "client into its spool, durable");
}

/* --- Adding while it sends. -------------------------------------------------- */

static void measure_adding(struct client *c)
{
    open_producer(c, &c->bench->peers[NET_INGEST]);
    double start = now();
    while (now() - start < c->bench->seconds)
        add_batch(c);
    must(fw_producer_flush(c->producer, -1), "fw_producer_flush");
    double rate = (double)c->added / (now() - start);
    close_producer(c, c->added);
    number_add(rate, "events/s", "client batch=%d, adding while it sends", BATCH);
    folder_remove(c->spool);
}

/* --- One event at a time. ----------------------------------------------------- */

static void measure_single(struct client *c)
{
    struct samples spooled = { .values = NULL }, answered = { .values = NULL };
    open_producer(c, &c->bench->peers[NET_INGEST]);
    double start = now();
    while (now() - start < c->bench->seconds) {
        add_event(c);
        double added = now();
        must(fw_producer_spool(c->producer), "fw_producer_spool");
        samples_add(&spooled, now() - added);
        must(fw_producer_flush(c->producer, -1), "fw_producer_flush");
        samples_add(&answered, now() - added);
    }
    close_producer(c, c->added);
    number_add_latency(&spooled, "client batch=1 in the spool");
    number_add_latency(&answered, "client batch=1 in the spool and answered");
    samples_free(&spooled);
    samples_free(&answered);
    folder_remove(c->spool);
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
    while (now() - start < c->bench->seconds) {
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

/* --- TCP without the library. ------------------------------------------------ */

static void measure_tcp(struct bench *bench)
{
    struct net_peer ipc = bench->peers[NET_INGEST];
    bench->peers[NET_INGEST] = bench->tcp_peers[NET_INGEST];
    ingest_add(bench, "tcp+curve in-flight=1 batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = BATCH, .window = 1, .spread = MIXED });
    ingest_add(bench, "tcp+curve in-flight=8 batch=1000", &(struct sending){
        .producers = 1, .sources = 1, .batch = BATCH, .window = WINDOW, .spread = MIXED });
    bench->peers[NET_INGEST] = ipc;
}

void client_measure(struct bench *bench)
{
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        die("out of memory");
    c->bench = bench;
    path_in(bench->folder, "spool", c->spool);
    for (unsigned i = 0; i < DIFFERENT; i++)
        c->events[i] = load_event(i, MIXED);
    numbers_section("the shipped client library with its spool, the main workload's events, "
                    "1,000 per batch");
    measure_filled(c, "ipc", &bench->peers[NET_INGEST]);
    measure_filled(c, "tcp+curve", &bench->tcp_peers[NET_INGEST]);
    measure_adding(c);
    measure_single(c);
    measure_spool(c, 1);
    measure_spool(c, PUT_MAX);
    measure_tcp(bench);
    free(c);
}
