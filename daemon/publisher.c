#include "daemon/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "daemon/controls.h"
#include "daemon/counters.h"
#include "daemon/log.h"
#include "daemon/queue.h"
#include "daemon/subscriptions.h"
#include "store/view.h"
#include "wire/alert_codec.h"

#define HEARTBEAT_MS      1000
#define ALERTS_PER_VIEW   256       /* a view is short */
#define REOPEN_MS         50
#define REOPEN_TRIES      200       /* ten seconds for the system to let go of the port */

struct outlet {
    void *socket;
    bool tcp;
    struct subscriptions subscriptions;
};

struct publisher {
    struct publisher_options options;
    char tcp_endpoint[NET_ENDPOINT_MAX];
    struct outlet outlets[2];
    unsigned outlet_count;
    struct bell wake, reopen, stop;
    _Atomic uint64_t published; /* number of the newest alert handed to the sockets */
    bool behind;                /* the next one could not be read: tried again with each heartbeat */
    struct writer body;
    pthread_t thread;
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Publishing. ------------------------------------------------------------- */

static void publish(struct publisher *p, const char *topic)
{
    for (unsigned i = 0; i < p->outlet_count && p->body.err == 0; i++) {
        void *socket = p->outlets[i].socket;
        /* XPUB never blocks and drops for a subscriber that does not read; it will notice. */
        if (net_send(socket, topic, strlen(topic), true) == 0)
            net_send(socket, p->body.bytes, p->body.size, false);
    }
}

/* The seeded bug publish_before_commit: subscribers hear of an alert that may never be. */
static void publish_too_early(struct publisher *p, struct alert alert)
{
    char topic[TOPIC_MAX + 1];
    alert.number++;
    alert.position++;
    writer_reset(&p->body);
    alert_encode(&p->body, &alert);
    publish(p, alert_topic(&alert, topic));
}

/* One view's worth of alerts.  *ret_more: there are others. */
static int publish_some(struct publisher *p, bool *ret_more)
{
    struct view *view;
    int err = view_open(p->options.store, &view);
    if (err != 0)
        return err;
    struct store_head head;
    view_head(view, &head);
    for (unsigned i = 0; i < ALERTS_PER_VIEW && p->published < head.alerts && err == 0; i++) {
        struct alert alert;
        char topic[TOPIC_MAX + 1];
        err = failpoint("publisher.alert");
        if (err == 0)
            err = view_alert(view, p->published + 1, &alert);
        if (err != 0)
            break;
        writer_reset(&p->body);
        alert_encode(&p->body, &alert);
        publish(p, alert_topic(&alert, topic));
        if (control("publish_before_commit"))
            publish_too_early(p, alert);
        p->published++;
        counter_add(COUNTER_ALERTS_PUBLISHED, 1);
    }
    *ret_more = p->published < head.alerts;
    view_close(&view);
    return err;
}

static void publish_alerts(struct publisher *p)
{
    if (control("alerts_stay"))
        return;
    bool more = true;
    int err = 0;
    while (more && err == 0)
        err = publish_some(p, &more);
    p->behind = err != 0;
    if (err != 0)
        log_broken("publisher", "alert %llu cannot be read: %s",
                   (unsigned long long)p->published + 1, strerror(-err));
}

static void publish_heartbeat(struct publisher *p)
{
    struct store_head head;
    store_head(p->options.store, &head);
    struct heartbeat heartbeat = {
        .epoch = head.epoch,
        .last = head.alerts,
        .position = head.position,
        .sent_ms = clock_ms(CLOCK_REALTIME),
    };
    static_assert(sizeof heartbeat.head == sizeof head.chain, "the chain's head is a link");
    memcpy(heartbeat.head, head.chain, sizeof head.chain);
    writer_reset(&p->body);
    heartbeat_encode(&p->body, &heartbeat);
    publish(p, HEARTBEAT_TOPIC);
    counter_add(COUNTER_HEARTBEATS, 1);
}

/* --- Subscriptions. ---------------------------------------------------------- */

static void handle_subscription(struct publisher *p, struct outlet *outlet,
                                const struct net_message *message)
{
    const uint8_t *bytes = message->frames[0].bytes;
    size_t size = message->frames[0].size;
    if (message->count != 1)
        return;
    const struct rights *rights = rights_hold(p->options.book);
    const struct grant *grant = outlet->tcp ? rights_find(rights, listener_user(message)) : rights_local();
    switch (subscriptions_take(&outlet->subscriptions, listener_peer(message), grant, bytes, size)) {
    case SUBSCRIPTION_ADDED:
        zmq_setsockopt(outlet->socket, ZMQ_SUBSCRIBE, bytes + 1, size - 1);
        break;
    case SUBSCRIPTION_ENDED:
        zmq_setsockopt(outlet->socket, ZMQ_UNSUBSCRIBE, bytes + 1, size - 1);
        break;
    case SUBSCRIPTION_REFUSED:
        counter_add(COUNTER_SUBSCRIPTIONS_REFUSED, 1);
        break;
    case SUBSCRIPTION_NONE:
        break;
    }
    rights_release(rights);
}

static void handle_subscriptions(struct publisher *p, struct outlet *outlet)
{
    struct net_message message;
    for (unsigned i = 0; i < 1000; i++) {
        int err = net_receive(outlet->socket, 0, &message);
        if (err != 0)
            return;
        handle_subscription(p, outlet, &message);
        net_message_free(&message);
    }
}

/* Subscribers stay authenticated as long as their connection lives, so it has to end. */
static bool reopen_tcp(struct publisher *p)
{
    struct outlet *outlet = &p->outlets[1];
    char endpoint[NET_ENDPOINT_MAX];
    int linger = 0, err = -EADDRINUSE;
    bell_clear(&p->reopen);
    if (p->outlet_count < 2)
        return true;
    zmq_setsockopt(outlet->socket, ZMQ_LINGER, &linger, sizeof linger);
    listener_close(&outlet->socket);
    for (unsigned i = 0; i < REOPEN_TRIES && err == -EADDRINUSE; i++) {
        err = listener_tcp_at(p->options.listener, NET_ALERTS, p->tcp_endpoint, &outlet->socket,
                              endpoint);
        if (err == -EADDRINUSE && bell_wait(&p->stop, REOPEN_MS))
            break;
    }
    outlet->subscriptions = (struct subscriptions){ .count = 0 };
    if (err == 0) {
        log_info("publisher", "alert socket opened again for the new rights");
        return true;
    }
    p->outlet_count = 1;
    if (!bell_wait(&p->stop, 0))
        log_broken("publisher", "the alert socket %s cannot be opened again: %s",
                   p->tcp_endpoint, strerror(-err));
    return false;
}

/* --- The thread. ------------------------------------------------------------- */

static int64_t timer_ms(void)
{
    return clock_ms(control("wall_clock_timer") ? CLOCK_REALTIME : CLOCK_MONOTONIC);
}

static int next_wait(int64_t beat_at)
{
    int64_t left = beat_at - timer_ms();
    return left < 0 ? 0 : (int)left;
}

/* False if it cannot go on. */
static bool publisher_turn(struct publisher *p, zmq_pollitem_t *items, int64_t *beat_at)
{
    for (unsigned i = 0; i < p->outlet_count; i++)
        items[3 + i] = (zmq_pollitem_t){ .socket = p->outlets[i].socket, .events = ZMQ_POLLIN };
    if (zmq_poll(items, 3 + (int)p->outlet_count, next_wait(*beat_at)) < 0)
        return errno == EINTR;
    if (items[1].revents != 0) {
        bell_clear(&p->wake);
        publish_alerts(p);
    }
    for (unsigned i = 0; i < p->outlet_count; i++)
        handle_subscriptions(p, &p->outlets[i]);
    if (next_wait(*beat_at) == 0) {
        if (p->behind)
            publish_alerts(p);
        publish_heartbeat(p);
        *beat_at = timer_ms() + HEARTBEAT_MS;
    }
    return items[2].revents == 0 || reopen_tcp(p);
}

static void *publisher_run(void *arg)
{
    struct publisher *p = arg;
    zmq_pollitem_t items[5] = {
        { .fd = p->stop.fd, .events = ZMQ_POLLIN },
        { .fd = p->wake.fd, .events = ZMQ_POLLIN },
        { .fd = p->reopen.fd, .events = ZMQ_POLLIN },
    };
    int64_t beat_at = timer_ms();
    bool alive = true;
    while (alive && items[0].revents == 0)
        alive = publisher_turn(p, items, &beat_at);
    bool asked = bell_wait(&p->stop, 0);
    if (alive || asked)
        publish_alerts(p);
    for (unsigned i = 0; i < p->outlet_count; i++)
        listener_close(&p->outlets[i].socket);
    if (!alive && !asked)
        p->options.died(p->options.arg);
    return NULL;
}

static void publisher_free(struct publisher *p)
{
    bell_close(&p->wake);
    bell_close(&p->reopen);
    bell_close(&p->stop);
    writer_free(&p->body);
    free(p);
}

int publisher_start(const struct publisher_options *options, struct publisher **ret)
{
    struct publisher *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -ENOMEM;
    p->options = *options;
    p->outlets[p->outlet_count++] = (struct outlet){ .socket = options->ipc };
    if (options->tcp != NULL) {
        p->outlets[p->outlet_count++] = (struct outlet){ .socket = options->tcp, .tcp = true };
        strcpy(p->tcp_endpoint, options->tcp_endpoint);
    }
    p->wake.fd = p->reopen.fd = p->stop.fd = -1;
    writer_init(&p->body);
    struct store_head head;
    store_head(options->store, &head);
    /* What an earlier run did not get round to publishing, subscribers fetch by number. */
    p->published = head.alerts;
    int err = bell_open(&p->wake);
    if (err == 0)
        err = bell_open(&p->reopen);
    if (err == 0)
        err = bell_open(&p->stop);
    if (err == 0)
        err = -pthread_create(&p->thread, NULL, publisher_run, p);
    if (err == 0)
        *ret = p;
    else
        publisher_free(p);
    return err;
}

void publisher_stop(struct publisher **publisher_p)
{
    struct publisher *p = *publisher_p;
    if (p == NULL)
        return;
    bell_ring(&p->stop);
    pthread_join(p->thread, NULL);
    publisher_free(p);
    *publisher_p = NULL;
}

uint64_t publisher_published(const struct publisher *publisher)
{
    return publisher->published;
}

void publisher_wake(struct publisher *publisher)
{
    bell_ring(&publisher->wake);
}

void publisher_reopen(struct publisher *publisher)
{
    bell_ring(&publisher->reopen);
}
