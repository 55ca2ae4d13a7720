/* From an event to its alert: a population that takes a coverage over or under its target. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "tests/bench/ingest.h"
#include "tests/bench/process.h"
#include "wire/policy_codec.h"

#define ALERT_FUND  ((struct fund){ .place = 130308, .scheme = SCHEME_RESIDENT })
#define TOPIC       "alert/130308/390/coverage"
#define WAIT_MS     60000       /* only reached when something is wrong */

static struct event event_of(enum event_kind kind, uint32_t fields)
{
    struct event event = {
        .present = fields | 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE,
        .kind = (uint8_t)kind,
        .fund = ALERT_FUND,
        .measure = MEASURE_RESIDENT,
        .year = BOOKS_YMD / 10000,
        .heads = 1000,
    };
    date_from_ymd(BOOKS_YMD, &event.date);
    load_new_id(&event);
    return event;
}

/* Of two headcounts for one day the one with the higher id counts, and ours rise. */
static void send_population(struct bench *bench, void *socket, int64_t heads)
{
    struct event event = event_of(KIND_POPULATION, 1u << FIELD_MEASURE | 1u << FIELD_HEADS);
    event.heads = heads;
    send_event(bench, socket, &event);
}

/* A fund with one rule: 1,000 enrolled of as many residents as are reported, from the first of
 * January on, at once. */
static void make_fund(struct bench *bench, void *socket)
{
    struct policy policy = policy_default();
    struct writer w;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "bench", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 1, .target = { 9500, 9500 },
    };
    writer_init(&w);
    policy_encode(&w, &policy);
    struct event event = event_of(KIND_POLICY, 1u << FIELD_POLICY);
    event.policy = (struct policy_text){ (const uint8_t *)w.bytes, (uint32_t)w.size };
    send_event(bench, socket, &event);
    writer_free(&w);
    event = event_of(KIND_DAY, 0);
    send_event(bench, socket, &event);
    event = event_of(KIND_ENROLLMENT, 1u << FIELD_YEAR | 1u << FIELD_HEADS);
    send_event(bench, socket, &event);
    send_population(bench, socket, 1000);
}

static void *subscribe(struct bench *bench)
{
    struct net_message message;
    void *socket = net_connect(bench->context, NET_ALERTS, &bench->peers[NET_ALERTS]);
    if (socket == NULL || zmq_setsockopt(socket, ZMQ_SUBSCRIBE, TOPIC, strlen(TOPIC)) != 0
            || zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "heartbeat", strlen("heartbeat")) != 0)
        die("cannot subscribe: %s", zmq_strerror(errno));
    /* Subscriptions arrive in order: with the first heartbeat both are known. */
    must(net_receive(socket, WAIT_MS, &message), "wait for a heartbeat");
    net_message_free(&message);
    return socket;
}

static void wait_for_alert(void *alerts)
{
    bool found = false;
    while (!found) {
        struct net_message message;
        must(net_receive(alerts, WAIT_MS, &message), "wait for an alert");
        found = message.frames[0].size >= strlen(TOPIC)
            && memcmp(message.frames[0].bytes, TOPIC, strlen(TOPIC)) == 0;
        net_message_free(&message);
    }
}

/* send_event() waits for the answer, which leaves before the alert does. */
static void flip(struct bench *bench, void *socket, void *alerts, struct samples *acks,
                 struct samples *times)
{
    static const int64_t heads[2] = { 2000, 1000 };
    for (unsigned i = 0; i < 2; i++) {
        double start = now();
        send_population(bench, socket, heads[i]);
        samples_add(acks, now() - start);
        wait_for_alert(alerts);
        samples_add(times, now() - start);
    }
}

#define SAMPLES_MIN 20
#define SECONDS_MAX 6           /* where an alert takes so long that these would take longer */

/* The first alerts come before a load has filled its window. */
static void settle(struct bench *bench, void *socket, void *alerts)
{
    struct samples acks = { .values = NULL }, times = { .values = NULL };
    flip(bench, socket, alerts, &acks, &times);
    samples_free(&acks);
    samples_free(&times);
}

static void measure(struct bench *bench, void *socket, void *alerts, const char *name)
{
    struct samples times = { .values = NULL }, acks = { .values = NULL };
    char line[96];
    settle(bench, socket, alerts);
    double start = now();
    while (now() - start < bench->seconds || (times.count < SAMPLES_MIN && now() - start < SECONDS_MAX))
        flip(bench, socket, alerts, &acks, &times);
    number_add_latency(&times, name);
    snprintf(line, sizeof line, "%s: its acknowledgement", name);
    number_add_latency(&acks, line);
    samples_free(&acks);
    samples_free(&times);
}

/* Loads that keep the daemon busy all the time, from memory so that their clients take little. */
static const struct {
    uint32_t producers, batch;
} loads[] = { { 1, 1000 }, { 1, 8000 }, { 16, 1000 }, { 16, 8000 } };

static void measure_under(struct bench *bench, void *socket, void *alerts, uint32_t producers,
                          uint32_t batch)
{
    struct sent sent;
    char name[64];
    snprintf(name, sizeof name, "alert under load %ux%dx%u", producers, WINDOW, batch);
    send_begin(bench, &(struct sending){ .producers = producers, .sources = 1, .batch = batch,
                                         .window = WINDOW, .spread = MIXED });
    measure(bench, socket, alerts, name);
    send_end(bench, &sent);
    number_add((double)sent.events / sent.seconds, "events/s", "%s: load", name);
    samples_free(&sent.latencies);
}

void alerts_measure(struct bench *bench)
{
    void *socket = send_connect(bench);
    make_fund(bench, socket);
    void *alerts = subscribe(bench);
    numbers_section("from sending an event to the arrival of its alert: idle, and beside a load from memory "
                    "of producers x batches in flight x events");
    measure(bench, socket, alerts, "alert idle");
    ingest_add_ratio("alert idle p99 / acknowledgement p99", "alert idle p99",
                     "alert idle: its acknowledgement p99");
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
        measure_under(bench, socket, alerts, loads[i].producers, loads[i].batch);
    zmq_close(alerts);
    zmq_close(socket);
}
