/* The parts that a batch passes through, each alone: what no design can be faster than. */
#include "tests/bench/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "store/spool/spool.h"
#include "tests/bench/lmdb_raw.h"
#include "tests/bench/process.h"

#define PIECE      (64 * 1024)
#define JOURNAL_EVENT 70        /* bytes of an event with its source: 3.3 M events/s at 64 kB in 285 us */
#define REPLY_SIZE 128          /* bytes of a reply without exceptions, about */

static double last(const char *what, uint32_t batch)
{
    char name[64];
    snprintf(name, sizeof name, "%s batch=%u", what, batch);
    return number_last(name) / 1e6;
}

double parts_processor_seconds(uint32_t batch)
{
    return last("spool-read", batch) + last("transport", batch) + last("decode", batch);
}

double parts_pack_seconds(uint32_t batch)
{
    return last("pack", batch);
}

double parts_append_limit(double seconds)
{
    return PIECE / seconds / JOURNAL_EVENT;
}

/* The median of a step's times. */
static double median_of(double seconds, void (*step)(void *arg), void *arg)
{
    struct samples times = { .values = NULL };
    for (double begun = now(); now() - begun < seconds; ) {
        double start = now();
        step(arg);
        samples_add(&times, now() - start);
    }
    double median = samples_quantile(&times, 0.5);
    samples_free(&times);
    return median;
}

/* What a step takes, and the rate that it alone would allow. */
static void time_steps(const struct bench *bench, const char *what, uint32_t batch,
                       void (*step)(void *arg), void *arg)
{
    double median = median_of(bench->seconds / 3, step, arg);
    number_add(1e6 * median, "us", "%s batch=%u", what, batch);
    number_add(batch / median, "events/s", "%s batch=%u rate", what, batch);
}

/* --- Packing. ---------------------------------------------------------------- */

struct packing {
    struct writer w;
    struct event *events;
    uint32_t count;
};

/* What a source does with an event: look whether it is good, and encode it. */
static void pack(void *arg)
{
    struct packing *p = arg;
    enum event_field field;
    struct batch_head head = { .ref = 1, .source = "bench", .issuer = "bench", .count = p->count };
    writer_reset(&p->w);
    batch_write_head(&p->w, &head);
    for (uint32_t i = 0; i < p->count; i++) {
        if (event_check(&p->events[i], &field) != REJECT_NONE)
            die("an event of the load is not good");
        event_encode(&p->w, &p->events[i]);
    }
}

static void measure_pack(const struct bench *bench, uint32_t batch)
{
    struct packing packing = { .events = calloc(batch, sizeof *packing.events), .count = batch };
    if (packing.events == NULL)
        die("out of memory");
    for (uint32_t i = 0; i < batch; i++)
        packing.events[i] = load_event(i, MIXED);
    writer_init(&packing.w);
    time_steps(bench, "pack", batch, pack, &packing);
    writer_free(&packing.w);
    free(packing.events);
}

/* --- The spool. --------------------------------------------------------------- */

#define SPOOLED 64              /* batches, read in turn */

struct reading {
    struct spool *spool;
    uint64_t after;
};

static void read_spool(void *arg)
{
    struct reading *reading = arg;
    struct spool_entry entry;
    void *bytes;
    size_t size;
    must(spool_waiting(reading->spool, reading->after++ % SPOOLED, &entry, &bytes, &size), "spool_waiting");
    free(bytes);
}

static void measure_spool_read(const struct bench *bench, const struct load_message *message)
{
    char path[NET_PATH_MAX];
    uint64_t number;
    struct reading reading = { .after = 0 };
    path_in(bench->folder, "spool", path);
    must(spool_open(path, "bench", &reading.spool), "open a spool");
    for (unsigned i = 0; i < SPOOLED; i++)
        must(spool_put(reading.spool, message->bytes, message->size, message->count, &number), "spool_put");
    time_steps(bench, "spool-read", message->count, read_spool, &reading);
    spool_close(&reading.spool);
    folder_remove(path);
}

/* --- Decoding. --------------------------------------------------------------- */

static void decode(void *arg)
{
    const struct load_message *message = arg;
    struct reader r = reader_of(message->bytes, message->size);
    struct batch_head head;
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    if (batch_read_head(&r, &head) != REFUSED_NOT)
        die("a batch of the load is refused");
    for (uint32_t i = 0; i < head.count; i++) {
        if (event_decode(&r, &event, key) != REJECT_NONE)
            die("an event of the load is rejected: %s", key);
    }
}

/* --- Transport. -------------------------------------------------------------- */

struct echo {
    void *router, *dealer;
    const struct load_message *message;
};


/* Answers each message with a few bytes, until one of no bytes comes. */
static void *answer(void *arg)
{
    struct echo *echo = arg;
    static const char reply[REPLY_SIZE];
    for (;;) {
        struct net_message message;
        must(net_receive(echo->router, -1, &message), "receive");
        bool stop = message.frames[1].size == 0;
        if (!stop) {
            must(net_send(echo->router, message.frames[0].bytes, message.frames[0].size, true), "answer");
            must(net_send(echo->router, reply, sizeof reply, false), "answer");
        }
        net_message_free(&message);
        if (stop)
            return NULL;
    }
}

static void send_and_wait(void *arg)
{
    struct echo *echo = arg;
    struct net_message message;
    must(net_send(echo->dealer, echo->message->bytes, echo->message->size, false), "send");
    must(net_receive(echo->dealer, -1, &message), "receive");
    net_message_free(&message);
}

static void open_echo(const struct bench *bench, struct echo *echo)
{
    struct net_peer peer = { .endpoint = "" };
    if (snprintf(peer.endpoint, sizeof peer.endpoint, "ipc://%s/echo.sock", bench->folder)
            >= (int)sizeof peer.endpoint)
        die("the path %s is too long", bench->folder);
    echo->router = zmq_socket(bench->context, ZMQ_ROUTER);
    if (echo->router == NULL || zmq_bind(echo->router, peer.endpoint) != 0)
        die("cannot listen: %s", zmq_strerror(errno));
    echo->dealer = net_connect(bench->context, NET_INGEST, &peer);
    if (echo->dealer == NULL)
        die("cannot connect: %s", zmq_strerror(errno));
}

static void measure_transport(const struct bench *bench, const struct load_message *message)
{
    struct echo echo = { .message = message };
    pthread_t thread;
    open_echo(bench, &echo);
    if (pthread_create(&thread, NULL, answer, &echo) != 0)
        die("cannot start a thread");
    send_and_wait(&echo);
    time_steps(bench, "transport", message->count, send_and_wait, &echo);
    must(net_send(echo.dealer, "", 0, false), "send");
    pthread_join(thread, NULL);
    zmq_close(echo.dealer);
    zmq_close(echo.router);
}

/* --- Committing. ------------------------------------------------------------- */

struct committing {
    struct lmdb_raw *raw;
    uint32_t batch;
};

static void commit(void *arg)
{
    struct committing *c = arg;
    lmdb_raw_append_pieces(c->raw, c->batch, NULL);
}

static void commit_records(void *arg)
{
    struct committing *c = arg;
    lmdb_raw_append(c->raw, c->batch, NULL);
}

static void measure_commit(const struct bench *bench, uint32_t batch)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "raw", path);
    struct committing c = { lmdb_raw_open(path, MIXED), batch };
    time_steps(bench, "commit", batch, commit, &c);
    time_steps(bench, "commit-of-records", batch, commit_records, &c);
    lmdb_raw_close(&c.raw, path);
}

static double time_commits(const struct bench *bench, uint32_t batch, void (*step)(void *arg))
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "raw", path);
    struct committing c = { lmdb_raw_open(path, MIXED), batch };
    double median = median_of(bench->seconds / 3, step, &c);
    lmdb_raw_close(&c.raw, path);
    return median;
}

double parts_commit_seconds(const struct bench *bench, uint32_t batch)
{
    return time_commits(bench, batch, commit);
}

double parts_record_commit_seconds(const struct bench *bench, uint32_t)
{
    return time_commits(bench, 1, commit_records);
}

/* --- Appending. -------------------------------------------------------------- */

static void append_piece(void *arg)
{
    static char piece[PIECE];
    memset(piece, 'x', sizeof piece);
    if (write(*(int *)arg, piece, sizeof piece) != sizeof piece || fdatasync(*(int *)arg) != 0)
        die("cannot append to a file: %s", strerror(errno));
}

double parts_append_seconds(const struct bench *bench, uint32_t)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "piece", path);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        die("cannot make %s: %s", path, strerror(errno));
    double median = median_of(bench->seconds / 3, append_piece, &fd);
    close(fd);
    unlink(path);
    return median;
}

static double record_size(void)
{
    uint8_t bytes[CANONICAL_MAX];
    size_t sum = 0;
    for (unsigned i = 0; i < RAW_RECORDS; i++) {
        struct event event = load_event(i, MIXED);
        sum += event_to_canonical(&event, bytes);
    }
    return (double)sum / RAW_RECORDS;
}

static void measure_append(const struct bench *bench)
{
    double seconds = parts_append_seconds(bench, 0);
    number_add(1e6 * seconds, "us", "append 64 kB + fdatasync");
    number_add(parts_append_limit(seconds), "events/s", "append limit (%d bytes an event)", JOURNAL_EVENT);
    number_add(record_size(), "bytes", "canonical bytes of an event, mean");
}

/* --- All of them. ------------------------------------------------------------ */

static void measure_floor(uint32_t batch)
{
    double seconds = parts_processor_seconds(batch) + last("commit", batch);
    number_add(batch / seconds, "events/s", "floor batch=%u (spool-read + transport + decode + commit)",
               batch);
}

void parts_measure(struct bench *bench)
{
    numbers_section("the parts alone, for a batch of the main workload (medians)");
    measure_append(bench);
    for (unsigned i = 0; i < BATCH_SIZES; i++) {
        struct load_message message = load_make(batch_sizes[i], MIXED, 0);
        measure_pack(bench, batch_sizes[i]);
        measure_spool_read(bench, &message);
        measure_transport(bench, &message);
        time_steps(bench, "decode", batch_sizes[i], decode, &message);
        measure_commit(bench, batch_sizes[i]);
        measure_floor(batch_sizes[i]);
        load_free(&message);
    }
}
