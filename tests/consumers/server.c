#include "tests/consumers/server.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "consumers/json.h"

#define ALERTS_MAX 4096
#define BEAT_MS    10

struct server {
    char dir[64];
    void *context;              /* of the sockets that are open: ending it is when they are closed */
    void *control, *obeyed;     /* PAIR: the test's end, and the thread's */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;       /* all below */
    pthread_cond_t changed;
    struct alert alerts[ALERTS_MAX];
    uint64_t count, epoch;
    bool beating, stray, repeating, holding;
    unsigned page, ignored, refused, garbled, stuttered, asked, subscribers;
    char code[32];
};

struct alert sample_alert(uint64_t number)
{
    date_day date;
    ck_assert(date_from_ymd(20241231, &date));
    return (struct alert){
        .number = number, .epoch = 1, .position = 100 + number, .recorded_ms = 1735660800000,
        .fund = { 130207, 390 }, .rule = RULE_RUNWAY, .transition = TRANSITION_FIRING,
        .level = LEVEL_LOW, .previous_level = LEVEL_HEALTHY, .incident = number,
        .books_date = date, .policy_version = 3,
        .indicator = { .why = COMPUTABLE, .value = { 5, 1, 1 } },
        .limit_e4 = 60000, .months = 12,
        .balance = { 2659015000000 }, .income = { 100 }, .expenditure = { 200 },
        .provisional = { 50 },
    };
}

/* --- Answers. ------------------------------------------------------------------ */

static void begin_answer(struct writer *w, int64_t ref, const char *status, unsigned more)
{
    write_map(w, 4 + more);
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "answer");
    write_key_int(w, "ref", ref);
    write_key_string(w, "status", status);
}

static void answer_error(struct writer *w, int64_t ref, const char *code)
{
    begin_answer(w, ref, "error", 2);
    write_key_string(w, "code", code);
    write_key_string(w, "text", "said the server");
}

static void answer_snapshot(struct server *s, struct writer *w)
{
    write_map(w, 4);
    write_key_uint(w, "epoch", s->epoch);
    write_key_uint(w, "last", s->count);
    write_key_uint(w, "funds", 1);
    write_string(w, "rules");
    write_array(w, 1);
    write_map(w, 9);
    write_key_string(w, "fund", "130207/390");
    write_key_string(w, "rule", "coverage");
    write_key_string(w, "instance", "resident");
    write_key_string(w, "level", "low");
    write_key_string(w, "severity", "warning");
    write_key_bool(w, "blind", true);
    write_key_bool(w, "acknowledged", false);
    write_key_int(w, "since", 20240701);
    write_key_uint(w, "incident", 1);
}

static unsigned count_wanted(const struct server *s, struct place_prefix place, uint64_t after,
                             uint64_t *ret_through)
{
    unsigned count = 0;
    uint64_t at = after;
    for (; at < s->count && count < s->page; at++)
        count += place_within(s->alerts[at].fund.place, place);
    *ret_through = at;
    return count;
}

static void answer_alerts(struct server *s, struct writer *w, const json_t *query)
{
    struct place_prefix place;
    uint64_t after = (uint64_t)json_integer_value(json_object_get(query, "after")), through;
    ck_assert(place_prefix_parse(json_string_value(json_object_get(query, "place")), &place));
    unsigned count = count_wanted(s, place, after, &through);
    write_map(w, 4);
    write_string(w, "alerts");
    write_array(w, count);
    for (uint64_t at = after; at < through; at++) {
        struct alert alert = s->alerts[at];
        if (!place_within(alert.fund.place, place))
            continue;
        if (s->stray)
            alert.fund.place = 650100;
        if (s->repeating && at == after)
            alert.number = after;
        alert_encode(w, &alert);
    }
    write_key_uint(w, "epoch", s->epoch);
    write_key_uint(w, "complete_through", through);
    write_key_bool(w, "more", through < s->count);
}

static void answer_data(struct server *s, struct writer *w, const json_t *query)
{
    const char *name = json_string_value(json_object_get(query, "query"));
    write_string(w, "data");
    if (strcmp(name, "snapshot") == 0)
        answer_snapshot(s, w);
    else if (strcmp(name, "alerts") == 0)
        answer_alerts(s, w, query);
    else
        write_string(w, name);
}

/* True once for each that was ordered. */
static bool use(unsigned *ordered)
{
    bool any = *ordered > 0;
    *ordered -= any;
    return any;
}

static void send_answer(void *router, const struct net_message *from, const struct writer *w)
{
    net_send(router, from->frames[0].bytes, from->frames[0].size, true);
    net_send(router, w->bytes, w->size, false);
}

static void answer(struct server *s, void *router, const struct net_message *message)
{
    json_t *query = json_from_bytes(message->frames[1].bytes, message->frames[1].size);
    ck_assert_ptr_nonnull(query);
    int64_t ref = json_integer_value(json_object_get(query, "ref"));
    struct writer w;
    writer_init(&w);
    if (use(&s->stuttered)) {
        answer_error(&w, ref + 1000, "failed");
        send_answer(router, message, &w);
        writer_reset(&w);
    }
    if (use(&s->garbled)) {
        write_string(&w, "what?");
    } else if (use(&s->refused)) {
        answer_error(&w, ref, s->code);
    } else {
        begin_answer(&w, ref, "ok", 1);
        answer_data(s, &w, query);
    }
    if (!use(&s->ignored))
        send_answer(router, message, &w);
    writer_free(&w);
    json_decref(query);
}

/* --- The thread. --------------------------------------------------------------- */

/* Linger is what a socket had when it was bound: libzmq ends the connection of a peer that has just gone with
 * that, and with what is still queued for him and no end to linger zmq_ctx_term() waited for ever. */
static void *new_socket(struct server *s, int type)
{
    void *socket = zmq_socket(s->context, type);
    int linger = 0;
    ck_assert_ptr_nonnull(socket);
    ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger), 0);
    return socket;
}

static void *open_socket(struct server *s, int type, enum net_role role)
{
    void *socket = new_socket(s, type);
    struct net_peer peer = server_peer(s, role);
    int verbose = 1;
    if (type == ZMQ_XPUB)
        zmq_setsockopt(socket, ZMQ_XPUB_VERBOSE, &verbose, sizeof verbose);
    ck_assert_int_eq(zmq_bind(socket, peer.endpoint), 0);
    return socket;
}

static void beat(struct server *s, void *xpub)
{
    struct heartbeat h = { .epoch = s->epoch, .last = s->count };
    struct writer w;
    writer_init(&w);
    heartbeat_encode(&w, &h);
    net_send(xpub, HEARTBEAT_TOPIC, strlen(HEARTBEAT_TOPIC), true);
    net_send(xpub, w.bytes, w.size, false);
    writer_free(&w);
}

static void hear_subscription(struct server *s, const struct net_message *message)
{
    const uint8_t *bytes = message->frames[0].bytes;
    s->subscribers += bytes[0] == 1;
    pthread_cond_broadcast(&s->changed);
}

/* What the test wants published, as it is; false at the empty message that ends the thread. */
static bool obey(void *xpub, const struct net_message *message)
{
    if (message->frames[0].size == 0)
        return false;
    net_send(xpub, message->frames[0].bytes, message->frames[0].size, true);
    net_send(xpub, message->frames[1].bytes, message->frames[1].size, false);
    return true;
}

static bool serve(struct server *s, void *control, void *xpub, void *router)
{
    zmq_pollitem_t items[] = {
        { control, 0, ZMQ_POLLIN, 0 }, { xpub, 0, ZMQ_POLLIN, 0 }, { router, 0, ZMQ_POLLIN, 0 },
    };
    void *sockets[] = { control, xpub, router };
    bool going_on = true;
    pthread_mutex_lock(&s->lock);
    int count = s->holding ? 2 : 3;
    pthread_mutex_unlock(&s->lock);
    zmq_poll(items, count, BEAT_MS);
    pthread_mutex_lock(&s->lock);
    if (s->holding)
        count = 2;              /* told so while it waited */
    for (int i = 0; i < count && going_on; i++) {
        struct net_message message;
        if ((items[i].revents & ZMQ_POLLIN) == 0 || net_receive(sockets[i], 0, &message) != 0)
            continue;
        if (i == 0)
            going_on = obey(xpub, &message);
        else if (i == 1)
            hear_subscription(s, &message);
        else
            answer(s, router, &message);
        s->asked += i == 2;
        net_message_free(&message);
    }
    if (s->beating)
        beat(s, xpub);
    pthread_mutex_unlock(&s->lock);
    return going_on;
}

static void *run(void *arg)
{
    struct server *s = arg;
    void *xpub = open_socket(s, ZMQ_XPUB, NET_ALERTS);
    void *router = open_socket(s, ZMQ_ROUTER, NET_QUERY);
    while (serve(s, s->obeyed, xpub, router))
        ;
    zmq_close(xpub);
    zmq_close(router);
    zmq_close(s->obeyed);
    return NULL;
}

/* --- What the test says. ------------------------------------------------------- */

void server_come_back(struct server *s)
{
    s->context = zmq_ctx_new();
    s->control = new_socket(s, ZMQ_PAIR);
    s->obeyed = new_socket(s, ZMQ_PAIR);
    ck_assert_int_eq(zmq_bind(s->control, "inproc://control"), 0);
    ck_assert_int_eq(zmq_connect(s->obeyed, "inproc://control"), 0);
    s->subscribers = 0;
    s->running = true;
    ck_assert_int_eq(pthread_create(&s->thread, NULL, run, s), 0);
}

void server_go_away(struct server *s)
{
    ck_assert_int_eq(net_send(s->control, "", 0, false), 0);
    pthread_join(s->thread, NULL);
    zmq_close(s->control);
    zmq_ctx_term(s->context);
    s->running = false;
}

struct server *server_new(void)
{
    struct server *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    strcpy(s->dir, "/tmp/fundwatch-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(s->dir));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->epoch = 1;
    s->page = 1000;
    server_come_back(s);
    return s;
}

void server_free(struct server **server_p)
{
    struct server *s = *server_p;
    *server_p = NULL;
    if (s->running)
        server_go_away(s);
    for (enum net_role role = 0; role < NET_ROLES; role++)
        unlink(server_peer(s, role).endpoint + strlen("ipc://"));
    rmdir(s->dir);
    free(s);
}

struct net_peer server_peer(const struct server *s, enum net_role role)
{
    struct net_peer peer = { .server_key = "" };
    snprintf(peer.endpoint, sizeof peer.endpoint, "ipc://%s/%s.sock", s->dir, net_role_word(role));
    return peer;
}

void server_await_subscriber(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->subscribers < 2)          /* alerts and heartbeat */
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

uint64_t server_record_at(struct server *s, uint32_t place)
{
    pthread_mutex_lock(&s->lock);
    ck_assert_uint_lt(s->count, ALERTS_MAX);
    struct alert *alert = &s->alerts[s->count];
    *alert = sample_alert(++s->count);
    alert->epoch = s->epoch;
    alert->fund.place = place;
    uint64_t number = s->count;
    pthread_mutex_unlock(&s->lock);
    return number;
}

uint64_t server_record(struct server *s)
{
    return server_record_at(s, 130207);
}

void server_publish_raw(struct server *s, const char *topic, const void *bytes, size_t size)
{
    net_send(s->control, topic, strlen(topic), true);
    net_send(s->control, bytes, size, false);
}

void server_publish(struct server *s, uint64_t number)
{
    char topic[TOPIC_MAX + 1];
    struct writer w;
    writer_init(&w);
    alert_encode(&w, &s->alerts[number - 1]);
    server_publish_raw(s, alert_topic(&s->alerts[number - 1], topic), w.bytes, w.size);
    writer_free(&w);
}

void server_restore(struct server *s, uint64_t kept)
{
    pthread_mutex_lock(&s->lock);
    s->count = kept;
    s->epoch++;
    pthread_mutex_unlock(&s->lock);
}

#define SET(member, value)            \
    pthread_mutex_lock(&s->lock);     \
    s->member = (value);              \
    pthread_mutex_unlock(&s->lock)

void server_beat(struct server *s, bool on)
{
    SET(beating, on);
}

void server_page(struct server *s, unsigned alerts)
{
    SET(page, alerts);
}

void server_hold(struct server *s, bool on)
{
    SET(holding, on);
}

void server_ignore(struct server *s, unsigned queries)
{
    SET(ignored, queries);
}

void server_refuse(struct server *s, unsigned queries, const char *code)
{
    snprintf(s->code, sizeof s->code, "%s", code);
    SET(refused, queries);
}

void server_garble(struct server *s, unsigned queries)
{
    SET(garbled, queries);
}

void server_stutter(struct server *s, unsigned queries)
{
    SET(stuttered, queries);
}

void server_stray(struct server *s)
{
    SET(stray, true);
}

void server_repeat(struct server *s)
{
    SET(repeating, true);
}

unsigned server_asked(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned asked = s->asked;
    pthread_mutex_unlock(&s->lock);
    return asked;
}
