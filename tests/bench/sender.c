#include "tests/bench/sender.h"

#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "tests/bench/machine.h"
#include "tests/bench/process.h"
#include "wire/batch.h"
#include "wire/event_codec.h"
#include "wire/policy_codec.h"

#define PRODUCERS_MAX 64
#define REPLY_MS      60000     /* only reached when something is wrong */

/* A batch of a producer: idle, in flight, or to be sent again at `again`. */
struct flight {
    struct load_message message;
    bool busy;                  /* not free for a new batch */
    bool waits;                 /* the daemon said busy */
    double sent, again;
};

struct producer {
    struct bench *bench;
    const struct sending *sending;
    pthread_t thread;
    unsigned first_source, next_source;
    void *socket;
    struct flight flights[WINDOW_MAX];
    unsigned in_flight;
    double started, ended, answered;
    struct exception *exceptions;   /* of a reply; owned */
    struct sent result;
    struct totals booked;       /* what was answered as applied moves */
};

static struct producer producers[PRODUCERS_MAX];
static struct sending present;
static pthread_barrier_t barrier;
static atomic_bool stop;
static atomic_int_fast64_t left;    /* events to send, where there is a number of them */
static struct use at_begin;

/* --- One batch. -------------------------------------------------------------- */

static void send_flight(struct producer *p, struct flight *flight)
{
    must(net_send(p->socket, flight->message.bytes, flight->message.size, false), "send a batch");
    flight->waits = false;
}

static void send_new(struct producer *p, struct flight *flight)
{
    unsigned source = p->first_source + p->next_source++ % p->sending->sources;
    load_renew(&flight->message, (uint64_t)(flight - p->flights), source);
    flight->busy = true;
    flight->sent = now();
    p->in_flight++;
    send_flight(p, flight);
}

static void take_done(struct producer *p, struct flight *flight, const struct reply *reply)
{
    double at = now();
    if (reply->applied != flight->message.fresh)
        die("of %u new events %u were applied", flight->message.fresh, reply->applied);
    samples_add(&p->result.latencies, at - flight->sent);
    if (at - p->answered > p->result.stall)
        p->result.stall = at - p->answered;
    p->answered = at;
    p->result.events += reply->applied;
    p->result.duplicates += flight->message.count - reply->applied;
    load_book(&flight->message, &p->booked);
    flight->busy = false;
    p->in_flight--;
}

static void take_busy(struct producer *p, struct flight *flight, const struct reply *reply)
{
    p->result.busy++;
    flight->waits = true;
    flight->again = now() + reply->retry_ms / 1000.0;
}

/* The daemon sends a ref back as it was; ours are a slot's number behind a constant. */
static struct flight *flight_of(struct producer *p, uint64_t ref)
{
    for (unsigned i = 0; i < p->sending->window; i++) {
        uint64_t own;
        memcpy(&own, p->flights[i].message.bytes + p->flights[i].message.ref, sizeof own);
        if (p->flights[i].busy && be64toh(own) == ref)
            return &p->flights[i];
    }
    die("a reply to nothing that was sent");
}

static void check_exceptions(const struct exception *exceptions, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct exception *e = &exceptions[i];
        if (e->outcome != OUTCOME_DUPLICATE)
            die("an event was %s: %s %s", outcome_word(e->outcome),
                e->outcome == OUTCOME_REJECTED ? reject_code(e->reject) : "", e->key);
    }
}

static void take_reply(struct producer *p, const struct net_message *message)
{
    struct reply reply;
    if (!reply_read(message->frames[0].bytes, message->frames[0].size, &reply, p->exceptions,
                    REPLY_EXCEPTIONS_MAX))
        die("a reply that is none");
    struct flight *flight = flight_of(p, reply.ref);
    switch (reply.status) {
    case BATCH_DONE:
        check_exceptions(p->exceptions, reply.exception_count);
        take_done(p, flight, &reply);
        return;
    case BATCH_BUSY:
        take_busy(p, flight, &reply);
        return;
    case BATCH_REFUSED:
        break;
    }
    die("a batch was refused: %s", refusal_word(reply.refusal));
}

/* --- A producer. ------------------------------------------------------------- */

/* Sends again what was told busy and whose time has come; returns how long the next has, in ms. */
static int send_waiting(struct producer *p)
{
    double at = now(), wait = REPLY_MS / 1000.0;
    for (unsigned i = 0; i < p->sending->window; i++) {
        struct flight *flight = &p->flights[i];
        if (flight->busy && flight->waits && flight->again <= at)
            send_flight(p, flight);
        else if (flight->busy && flight->waits && flight->again - at < wait)
            wait = flight->again - at;
    }
    return (int)(wait * 1000) + 1;
}

static bool something_waits(const struct producer *p)
{
    for (unsigned i = 0; i < p->sending->window; i++) {
        if (p->flights[i].busy && p->flights[i].waits)
            return true;
    }
    return false;
}

static bool may_go_on(const struct sending *sending)
{
    if (sending->events == 0)
        return !atomic_load(&stop);
    return atomic_fetch_sub(&left, sending->batch) > 0;
}

static void fill_window(struct producer *p)
{
    for (unsigned i = 0; i < p->sending->window; i++) {
        if (!p->flights[i].busy && may_go_on(p->sending))
            send_new(p, &p->flights[i]);
    }
}

static void receive_one(struct producer *p, int timeout_ms)
{
    struct net_message message;
    int err = net_receive(p->socket, timeout_ms, &message);
    if (err == -EAGAIN && something_waits(p))
        return;
    must(err, "receive a reply");
    take_reply(p, &message);
    net_message_free(&message);
}

static void make_flight(struct producer *p, unsigned index)
{
    const struct sending *sending = p->sending;
    struct load_message *message = &p->flights[index].message;
    *message = load_make(sending->batch, sending->spread,
                         100000 * p->first_source + index * sending->batch);
    message->order = sending->order;
    message->by_source = sending->by_source;
    message->duplicate_every = sending->duplicate_every;
}

static void *produce(void *arg)
{
    struct producer *p = arg;
    p->socket = send_connect(p->bench);
    p->exceptions = calloc(REPLY_EXCEPTIONS_MAX, sizeof p->exceptions[0]);
    if (p->exceptions == NULL)
        die("out of memory");
    for (unsigned i = 0; i < p->sending->window; i++)
        make_flight(p, i);
    pthread_barrier_wait(&barrier);
    p->started = p->answered = now();
    for (fill_window(p); p->in_flight > 0; fill_window(p))
        receive_one(p, send_waiting(p));
    p->ended = now();
    free(p->exceptions);
    zmq_close(p->socket);
    return NULL;
}

static void *open_socket(struct bench *bench)
{
    void *socket = net_connect(bench->context, NET_INGEST, &bench->peers[NET_INGEST]);
    if (socket == NULL)
        die("cannot connect: %s", zmq_strerror(errno));
    return socket;
}

/* An empty batch goes there and back. */
void *send_connect(struct bench *bench)
{
    struct net_message message;
    struct load_message empty = load_make(0, LIVE, 0);
    void *socket = open_socket(bench);
    must(net_send(socket, empty.bytes, empty.size, false), "send a batch");
    must(net_receive(socket, REPLY_MS, &message), "receive a reply");
    net_message_free(&message);
    load_free(&empty);
    return socket;
}

/* --- All of them. ------------------------------------------------------------ */

static double own_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct use use_now(const struct bench *bench)
{
    return (struct use){ daemon_cpu(bench), own_cpu(), machine_cpu(), daemon_written(bench) };
}

void use_since(const struct bench *bench, const struct use *before, struct sent *ret)
{
    struct use after = use_now(bench);
    ret->cpu = after.cpu - before->cpu;
    ret->own_cpu = after.own_cpu - before->own_cpu;
    ret->machine_cpu = after.machine_cpu - before->machine_cpu;
    ret->written = after.written - before->written;
}

void sent_add(struct sent *sum, struct sent *more)
{
    sum->seconds += more->seconds;
    sum->events += more->events;
    sum->duplicates += more->duplicates;
    sum->busy += more->busy;
    sum->cpu += more->cpu;
    sum->own_cpu += more->own_cpu;
    sum->machine_cpu += more->machine_cpu;
    sum->written += more->written;
    if (more->stall > sum->stall)
        sum->stall = more->stall;
    samples_take(&sum->latencies, &more->latencies);
}

void send_begin(struct bench *bench, const struct sending *sending)
{
    if (sending->producers > PRODUCERS_MAX || sending->window > WINDOW_MAX)
        die("too many producers, or too large a window");
    present = *sending;
    atomic_store(&stop, false);
    atomic_store(&left, (int64_t)sending->events);
    pthread_barrier_init(&barrier, NULL, sending->producers + 1);
    for (unsigned i = 0; i < sending->producers; i++) {
        producers[i] = (struct producer){
            .bench = bench, .sending = &present, .first_source = i * sending->sources,
        };
        if (pthread_create(&producers[i].thread, NULL, produce, &producers[i]) != 0)
            die("cannot start a thread");
    }
    at_begin = use_now(bench);
    pthread_barrier_wait(&barrier);
}

static void collect(struct producer *p, struct sent *sent)
{
    for (unsigned i = 0; i < p->sending->window; i++)
        load_free(&p->flights[i].message);
    samples_take(&sent->latencies, &p->result.latencies);
    sent->events += p->result.events;
    sent->duplicates += p->result.duplicates;
    sent->busy += p->result.busy;
    if (p->result.stall > sent->stall)
        sent->stall = p->result.stall;
    p->bench->events += p->result.events;
    totals_add(&p->bench->booked, &p->booked);
}

void send_end(struct bench *bench, struct sent *ret)
{
    double started = now(), ended = 0;
    *ret = (struct sent){ .seconds = 0 };
    atomic_store(&stop, true);
    for (unsigned i = 0; i < present.producers; i++) {
        pthread_join(producers[i].thread, NULL);
        collect(&producers[i], ret);
        if (producers[i].started < started)
            started = producers[i].started;
        if (producers[i].ended > ended)
            ended = producers[i].ended;
    }
    ret->seconds = ended - started;
    use_since(bench, &at_begin, ret);
    pthread_barrier_destroy(&barrier);
}

void send_load(struct bench *bench, const struct sending *sending, struct sent *ret)
{
    send_begin(bench, sending);
    struct timespec length = {
        .tv_sec = (time_t)bench->seconds,
        .tv_nsec = (long)((bench->seconds - (double)(time_t)bench->seconds) * 1e9),
    };
    if (sending->events == 0)
        nanosleep(&length, NULL);
    send_end(bench, ret);
}

void send_fill(struct bench *bench, uint64_t events, enum spread spread)
{
    struct sent sent;
    send_load(bench, &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = spread,
        .events = events }, &sent);
    samples_free(&sent.latencies);
}

/* --- Single events. ---------------------------------------------------------- */

void send_event(struct bench *bench, void *socket, const struct event *event)
{
    struct batch_head head = { .ref = 1, .source = "bench", .issuer = "bench", .count = 1 };
    struct net_message message;
    struct writer w;
    struct reply reply;
    struct exception e = { .first = 0 };
    writer_init(&w);
    batch_write_head(&w, &head);
    event_encode(&w, event);
    must(net_send(socket, w.bytes, w.size, false), "send an event");
    must(net_receive(socket, REPLY_MS, &message), "receive a reply");
    if (!reply_read(message.frames[0].bytes, message.frames[0].size, &reply, &e, 1)
            || reply.status != BATCH_DONE || reply.applied != 1)
        die("an event was not applied: %s %s", reject_code(e.reject), e.key);
    net_message_free(&message);
    writer_free(&w);
    bench->events++;
}

static struct event plain_event(enum event_kind kind, struct fund fund, int ymd)
{
    struct event event = {
        .present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE,
        .kind = (uint8_t)kind,
        .fund = fund,
    };
    date_from_ymd(ymd, &event.date);
    load_new_id(&event);
    return event;
}

static void setup_fund(struct bench *bench, void *socket, struct fund fund, struct policy_text policy)
{
    struct event event = plain_event(KIND_POLICY, fund, OPENING_YMD);
    event.present |= 1u << FIELD_POLICY;
    event.policy = policy;
    send_event(bench, socket, &event);
    event = plain_event(KIND_OPENING, fund, OPENING_YMD);
    event.present |= 1u << FIELD_AMOUNT;
    event.amount.fen = LOAD_OPENING;
    send_event(bench, socket, &event);
    event = plain_event(KIND_DAY, fund, BOOKS_YMD);
    send_event(bench, socket, &event);
}

void send_setup(struct bench *bench)
{
    void *socket = send_connect(bench);
    struct policy policy = policy_default();
    struct writer w;
    writer_init(&w);
    policy_encode(&w, &policy);
    for (unsigned i = 0; i < LOAD_FUNDS; i++)
        setup_fund(bench, socket, load_fund(i),
                   (struct policy_text){ (const uint8_t *)w.bytes, (uint32_t)w.size });
    writer_free(&w);
    zmq_close(socket);
}
