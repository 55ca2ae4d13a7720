/* producer_flight - sending, sending again, and what replies do.
 *
 * A batch in flight is sent again, the same bytes, when
 *   - the connection was lost and is there again: what the lost one carried may
 *     be gone.  While there is none nothing is sent, so copies do not pile up
 *     in the socket's queue;
 *   - no reply came for resend_ms, then twice as long, up to 15 times;
 *   - the daemon was busy, after the time that it asked for.  It holds up the
 *     others as well: they would only be told the same.  Busy is also said when
 *     large batches fill its memory before the window is full, so from then on
 *     only as many are in flight as it had room for, and slowly more again.
 *
 * A store that was restored is another one, and its epoch stands in every reply.
 * So that a source with nothing to send hears of it too, and the daemon hears how
 * far it had come with this source, each connection begins with a greeting, a batch
 * without events; another follows now and then as long as something waits.  It is a
 * flight like the others, but in no spool, and waited for by nobody.
 *
 * The events of a batch have their index from the first sending: numbers
 * ascend, so index_sent is the index of the first event that was never sent. */
#include "producers/client/producer_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "wire/controls.h"
#include "wire/event_codec.h"

#define MONITOR_ENDPOINT "inproc://fw-producer-monitor"
#define MONITOR_EVENTS \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED)
#define RESEND_FACTOR    15     /* 2 s becomes 30 s */
#define RETRY_LEAST_MS   5      /* busy: a daemon that asks for less is not taken at its word */
#define RETRY_MOST_MS    60000
#define WAIT_MOST_MS     60000  /* whoever waits for longer is woken now and then */
#define DONE_FOR_MORE    64     /* batches taken until one more may be in flight */
#define GREET_AGAIN_MS   30000  /* how often the daemon is told of what waits */

/* The connection */

int fw_producer_connect(struct fw_producer *p, const struct net_peer *peer)
{
    p->context = net_context();
    if (p->context == NULL)
        return -errno;
    p->socket = net_connect(p->context, NET_INGEST, peer);
    if (p->socket == NULL)
        return -errno;
    p->monitor = zmq_socket(p->context, ZMQ_PAIR);
    int linger = 0;
    if (p->monitor == NULL || zmq_setsockopt(p->monitor, ZMQ_LINGER, &linger, sizeof linger) != 0 ||
        zmq_socket_monitor(p->socket, MONITOR_ENDPOINT, MONITOR_EVENTS) != 0 ||
        zmq_connect(p->monitor, MONITOR_ENDPOINT) != 0)
        return -errno;
    /* Until the monitor says otherwise: the socket may have been connected
     * before there was one. */
    p->connected = true;
    return 0;
}

void fw_producer_disconnect(struct fw_producer *p)
{
    if (p->socket != NULL)
        zmq_close(p->socket);
    if (p->monitor != NULL)
        zmq_close(p->monitor);
    if (p->context != NULL)
        zmq_ctx_term(p->context);
    p->socket = p->monitor = p->context = NULL;
}

static void on_connected(struct fw_producer *p)
{
    p->connected = true;
    if (!p->lost)               /* what was sent before the first one is still in the queue */
        return;
    p->lost = false;
    p->blocked = false;
    for (int i = 0; i < FLIGHTS_MAX; i++) {
        p->flights[i].due = p->flights[i].number != 0;
        p->flights[i].timeout_ms = p->resend_ms;
    }
    p->greeting_due = true;
}

static void on_monitor_event(struct fw_producer *p, uint16_t event)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        on_connected(p);
    if (event == ZMQ_EVENT_DISCONNECTED)
        p->lost = true;
    if (event == ZMQ_EVENT_DISCONNECTED || event == ZMQ_EVENT_CONNECT_RETRIED)
        p->connected = p->taking = false;
}

/* zmq_socket_monitor(3): the first frame begins with the event in 16 bits. */
static int hear_monitor(struct fw_producer *p)
{
    struct net_message message;
    int err;
    while ((err = net_receive(p->monitor, 0, &message)) == 0) {
        uint16_t event = 0;
        if (message.frames[0].size >= sizeof event)
            memcpy(&event, message.frames[0].bytes, sizeof event);
        net_message_free(&message);
        on_monitor_event(p, event);
    }
    return err == -EAGAIN ? 0 : err;
}

/* Sending */

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct flight *flight_of(struct fw_producer *p, uint64_t number)
{
    for (int i = 0; i < FLIGHTS_MAX; i++)
        if (p->flights[i].number == number)
            return &p->flights[i];
    return NULL;
}

/* The one with the lowest number that is to be sent again.  A greeting goes first: what comes behind it may
 * be booked where it says that something else had been (PROTOCOL 4.4). */
static struct flight *first_due(struct fw_producer *p)
{
    struct flight *first = flight_of(p, GREETING);
    if (first != NULL && first->due)
        return first;
    first = NULL;
    for (int i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *f = &p->flights[i];
        if (f->number != 0 && f->due && (first == NULL || f->number < first->number))
            first = f;
    }
    return first;
}

static void mark_overdue(struct fw_producer *p, int64_t now_ms)
{
    for (int i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *f = &p->flights[i];
        if (f->number == 0 || f->due || f->again_ms > now_ms)
            continue;
        f->due = true;
        p->taking = false;
        f->timeout_ms *= 2;
        if (f->timeout_ms > p->resend_ms * RESEND_FACTOR)
            f->timeout_ms = p->resend_ms * RESEND_FACTOR;
    }
}

static bool may_send(const struct fw_producer *p)
{
    return p->connected && !p->blocked && p->refusal == REFUSED_NOT &&
           fw_producer_now_ms() >= p->hold_until_ms;
}

/* Flights that are not to be sent again. */
static uint32_t in_flight(const struct fw_producer *p)
{
    uint32_t count = 0;
    for (int i = 0; i < FLIGHTS_MAX; i++)
        count += p->flights[i].number != 0 && !p->flights[i].due;
    return count;
}

/* -EAGAIN when the socket takes no more. */
static int send_bytes(struct fw_producer *p, const void *bytes, size_t size)
{
    int err = failpoint("client.send");
    if (err == 0)
        err = net_send(p->socket, bytes, size, false);
    if (err == -EAGAIN)
        p->blocked = true;
    return err;
}

/* Reads a batch that is in flight; *ret_bytes is the caller's. */
static int read_flight(struct fw_producer *p, const struct flight *f, void **ret_bytes,
                       size_t *ret_size)
{
    struct spool_entry entry;
    void *bytes;
    size_t size;
    int err = spool_waiting(p->spool, f->number - 1, &entry, &bytes, &size);
    if (err != 0)
        return err == -ENOENT ? -EILSEQ : err;
    if (entry.number != f->number) {
        free(bytes);
        return -EILSEQ;
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

/* *ret_bytes is the caller's. */
static int write_greeting(struct fw_producer *p, void **ret_bytes, size_t *ret_size)
{
    struct spool_said said;
    int err = spool_said(p->spool, &said);
    if (err != 0)
        return err;
    struct batch_head head = {
        .ref = GREETING,
        .says = true,
        .told = said.told,
        .forgotten = said.forgotten,
        .waiting = said.oldest_waiting_ms > 0 ? p->stats.waiting : 0,
        .waiting_since_ms = said.oldest_waiting_ms > 0 ? said.oldest_waiting_ms : 0,
    };
    memcpy(head.source, p->source, sizeof head.source);
    memcpy(head.issuer, p->issuer, sizeof head.issuer);
    struct writer w;
    writer_init(&w);
    batch_write_head(&w, &head);
    if (w.err != 0) {
        writer_free(&w);
        return -ENOMEM;
    }
    *ret_bytes = w.bytes;
    *ret_size = w.size;
    return 0;
}

static int send_again(struct fw_producer *p, struct flight *f)
{
    bool greeting = f->number == GREETING;
    void *bytes;
    size_t size;
    int err = greeting ? write_greeting(p, &bytes, &size) : read_flight(p, f, &bytes, &size);
    if (err != 0)
        return err;
    err = send_bytes(p, bytes, size);
    free(bytes);
    if (err != 0)
        return err;
    f->due = false;
    f->again_ms = fw_producer_now_ms() + f->timeout_ms;
    p->stats.batches_resent += !greeting;
    return 0;
}

static struct flight *new_flight(struct fw_producer *p, uint64_t number, uint32_t events)
{
    struct flight *f = flight_of(p, 0);
    *f = (struct flight){
        .number = number,
        .index = FW_PRODUCER_EARLIER,
        .events = events,
        .timeout_ms = p->resend_ms,
        .again_ms = fw_producer_now_ms() + p->resend_ms,
    };
    p->flight_count++;
    return f;
}

/* One at a time.  One that is to be sent again is written anew and says what is true then. */
static void greet_if_due(struct fw_producer *p)
{
    int64_t now_ms = fw_producer_now_ms();
    const struct flight *greeting = flight_of(p, GREETING);
    if (p->stats.waiting > 0 && now_ms >= p->greet_again_ms)
        p->greeting_due = true;
    if (greeting != NULL && greeting->due)
        p->greeting_due = false;
    if (!p->greeting_due || greeting != NULL || in_flight(p) >= p->window)
        return;
    p->greeting_due = false;
    p->greet_again_ms = now_ms + GREET_AGAIN_MS;
    new_flight(p, GREETING, 0)->due = true;
}

static void begin_flight(struct fw_producer *p, const struct spool_entry *entry)
{
    struct flight *f = new_flight(p, entry->number, entry->events);
    p->sent_after = entry->number;
    if (control("forget_at_send"))
        spool_answered(p->spool, entry->number, p->stats.epoch, 0, wall_ms());
    if (entry->number <= p->newest_sent) {
        p->stats.batches_resent++;      /* after a backup was restored */
        return;
    }
    p->stats.batches_sent++;
    p->newest_sent = entry->number;
    if (entry->number >= p->first_number) {
        f->index = p->index_sent;
        p->index_sent += entry->events;
    }
}

/* Sends the next batch that is not in flight.  -ENOENT: there is none. */
static int send_next(struct fw_producer *p)
{
    struct spool_entry entry;
    void *bytes;
    size_t size;
    if (p->sent_after + 1 >= spool_next(p->spool))
        return -ENOENT;
    int err = spool_waiting(p->spool, p->sent_after, &entry, &bytes, &size);
    if (err == -ENOENT)
        p->sent_after = spool_next(p->spool) - 1;
    if (err != 0)
        return err;
    if (flight_of(p, entry.number) != NULL)
        p->sent_after = entry.number;
    else
        err = send_bytes(p, bytes, size);
    free(bytes);
    if (err == 0 && p->sent_after != entry.number)
        begin_flight(p, &entry);
    return err;
}

static int send_what_may_be(struct fw_producer *p)
{
    int err = 0;
    if (p->connected) {
        mark_overdue(p, fw_producer_now_ms());
        greet_if_due(p);
    }
    for (struct flight *f;
         err == 0 && may_send(p) && in_flight(p) < p->room && in_flight(p) < p->window &&
         (f = first_due(p)) != NULL;)
        err = send_again(p, f);
    while (err == 0 && may_send(p) && p->flight_count < p->window && p->flight_count < p->room)
        err = send_next(p);
    return err == -ENOENT || err == -EAGAIN ? 0 : err;
}

/* Replies */

struct tally {
    uint64_t events;            /* that the reply speaks of */
    uint64_t duplicates, conflicts, rejected;
    uint64_t last_position;
};

static void tally_exception(struct tally *t, const struct exception *x)
{
    uint64_t count = (uint64_t)x->last - x->first + 1;
    t->events += count;
    switch (x->outcome) {
    case OUTCOME_APPLIED:
        break;
    case OUTCOME_DUPLICATE:
        t->duplicates += count;
        break;
    case OUTCOME_CONFLICT:
        t->conflicts += count;
        break;
    case OUTCOME_REJECTED:
        t->rejected += count;
        return;
    }
    if (x->position + count - 1 > t->last_position)
        t->last_position = x->position + count - 1;
}

/* False if the reply does not speak of each event of the batch once. */
static bool tally_reply(const struct fw_producer *p, const struct flight *f,
                        const struct reply *reply, struct tally *ret)
{
    struct tally t = { .events = reply->applied };
    if (reply->applied > 0)
        t.last_position = reply->position + reply->applied - 1;
    for (uint32_t i = 0; i < reply->exception_count; i++) {
        if (p->exceptions[i].last >= f->events)
            return false;
        tally_exception(&t, &p->exceptions[i]);
    }
    *ret = t;
    return t.events == f->events;
}

static void tell(const struct fw_producer *p, const struct flight *f, const struct exception *x,
                 uint32_t i, const char *id)
{
    bool known = f->index != FW_PRODUCER_EARLIER;
    struct fw_outcome outcome = {
        .index = known ? f->index + i : FW_PRODUCER_EARLIER,
        .id = id,
        .outcome = x->outcome,
        .reject = x->reject,
        .key = x->key,
        .position = x->outcome == OUTCOME_REJECTED ? 0 : x->position + (i - x->first),
        .hindrance = x->hindrance,
    };
    p->on_outcome(p->arg, &outcome);
}

static int tell_from(const struct fw_producer *p, const struct flight *f, struct reader *r,
                     uint32_t exception_count)
{
    struct batch_head head;
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    if (batch_read_head(r, &head) != REFUSED_NOT || head.count != f->events)
        return -EILSEQ;
    uint32_t i = 0;
    for (const struct exception *x = p->exceptions; x < p->exceptions + exception_count; x++)
        for (; i <= x->last; i++) {
            event_decode(r, &event, key);
            if (r->err != READ_OK)
                return -EILSEQ;
            if (i >= x->first)
                tell(p, f, x, i, event.id);
        }
    return 0;
}

/* Tells the caller of every event that was not simply applied. */
static int tell_exceptions(struct fw_producer *p, const struct flight *f, uint32_t count)
{
    if (p->on_outcome == NULL || count == 0)
        return 0;
    void *bytes;
    size_t size;
    int err = read_flight(p, f, &bytes, &size);
    if (err != 0)
        return err;
    struct reader r = reader_of(bytes, size);
    err = tell_from(p, f, &r, count);
    free(bytes);
    return err;
}

/* A backup was restored: the sender begins again with the oldest. */
static int begin_again(struct fw_producer *p)
{
    struct spool_stats spool;
    int err = spool_stats(p->spool, &spool);
    if (err != 0)
        return err;
    uint64_t waiting = spool.waiting_events + p->event_count;
    for (uint32_t i = 0; i < p->closed_count; i++)
        waiting += p->closed[i].events;
    p->stats.earlier += waiting - p->stats.waiting;
    p->stats.waiting = waiting;
    p->sent_after = 0;
    return 0;
}

static void end_flight(struct fw_producer *p, struct flight *f, const struct tally *t,
                       uint64_t applied)
{
    p->stats.applied += applied;
    p->stats.duplicates += t->duplicates;
    p->stats.conflicts += t->conflicts;
    p->stats.rejected += t->rejected;
    p->stats.waiting -= f->events;
    if (f->index == FW_PRODUCER_EARLIER)
        p->stats.earlier -= f->events;
    *f = (struct flight){ .number = 0 };
    p->flight_count--;
}

static void on_taken(struct fw_producer *p)
{
    p->taking = true;
    if (p->room < WINDOW_MAX && ++p->done_since >= DONE_FOR_MORE) {
        p->room++;
        p->done_since = 0;
    }
}

static int on_done(struct fw_producer *p, struct flight *f, const struct reply *reply)
{
    struct tally t;
    if (!tally_reply(p, f, reply, &t))
        return -EPROTO;
    int err = tell_exceptions(p, f, reply->exception_count);
    if (err == 0 && f->number != GREETING)
        err = spool_answered(p->spool, f->number, reply->epoch, t.last_position, wall_ms());
    if (err != 0)
        return err;
    end_flight(p, f, &t, reply->applied);
    on_taken(p);

    uint64_t again;
    err = spool_covered(p->spool, reply->epoch, reply->covered, wall_ms(), &again);
    if (err != 0)
        return err;
    p->stats.epoch = reply->epoch;
    return again > 0 ? begin_again(p) : 0;
}

static void on_busy(struct fw_producer *p, struct flight *f, const struct reply *reply)
{
    int64_t wait_ms = reply->retry_ms;
    if (wait_ms < RETRY_LEAST_MS)
        wait_ms = RETRY_LEAST_MS;
    if (wait_ms > RETRY_MOST_MS)
        wait_ms = RETRY_MOST_MS;
    p->stats.busy++;
    p->hold_until_ms = fw_producer_now_ms() + wait_ms;
    f->due = true;
    f->timeout_ms = p->resend_ms;
    p->room = in_flight(p) > 0 ? in_flight(p) : 1;
    p->done_since = 0;
}

/* What it refuses is to be told of a batch, whose events are safe in the spool by then. */
static void on_refused(struct fw_producer *p, struct flight *f, enum refusal refusal)
{
    if (f != NULL && f->number == GREETING)
        end_flight(p, f, &(struct tally){ 0 }, 0);
    else
        p->refusal = refusal;
}

/* A reply to what is not in flight is the second one to a batch that was sent twice. */
static int on_reply(struct fw_producer *p, const struct reply *reply)
{
    struct flight *f = reply->ref != 0 ? flight_of(p, reply->ref) : NULL;
    if (f != NULL || reply->status == BATCH_REFUSED)
        p->replies++;
    /* Refused with ref 0: the daemon could not read which one. */
    if (reply->status == BATCH_REFUSED && (f != NULL || reply->ref == 0))
        on_refused(p, f, reply->refusal);
    if (f == NULL)
        return 0;
    p->window = reply->window > 0 ? reply->window : 1;
    switch (reply->status) {
    case BATCH_DONE:
        return on_done(p, f, reply);
    case BATCH_BUSY:
        on_busy(p, f, reply);
        return 0;
    case BATCH_REFUSED:
        return 0;
    }
    return -EPROTO;
}

static int hear_replies(struct fw_producer *p)
{
    struct net_message message;
    int err;
    while ((err = net_receive(p->socket, 0, &message)) == 0) {
        struct reply reply;
        bool good = message.count == 1 &&
                    reply_read(message.frames[0].bytes, message.frames[0].size, &reply,
                               p->exceptions, REPLY_EXCEPTIONS_MAX);
        net_message_free(&message);
        if (failpoint("client.reply") != 0)     /* it got lost */
            continue;
        err = good ? on_reply(p, &reply) : -EPROTO;
        if (err != 0)
            return err;
    }
    return err == -EAGAIN ? 0 : err;
}

/* Waiting */

/* How long nothing will be due by itself; -1: for ever. */
static int64_t next_due_ms(const struct fw_producer *p)
{
    if (!p->connected || p->refusal != REFUSED_NOT)
        return -1;
    int64_t at_ms = INT64_MAX, now_ms = fw_producer_now_ms();
    if (p->hold_until_ms > now_ms)
        at_ms = p->hold_until_ms;
    for (int i = 0; i < FLIGHTS_MAX; i++) {
        const struct flight *f = &p->flights[i];
        if (f->number != 0 && !f->due && f->again_ms < at_ms)
            at_ms = f->again_ms;
    }
    if (at_ms == INT64_MAX)
        return -1;
    return at_ms > now_ms ? at_ms - now_ms : 0;
}

static int wait_for_something(struct fw_producer *p, int64_t timeout_ms)
{
    int64_t due_ms = next_due_ms(p);
    if (due_ms >= 0 && (timeout_ms < 0 || due_ms < timeout_ms))
        timeout_ms = due_ms;
    if (timeout_ms < 0 || timeout_ms > WAIT_MOST_MS)
        timeout_ms = WAIT_MOST_MS;
    zmq_pollitem_t items[] = {
        { .socket = p->socket, .events = ZMQ_POLLIN | (p->blocked ? ZMQ_POLLOUT : 0) },
        { .socket = p->monitor, .events = ZMQ_POLLIN },
    };
    if (zmq_poll(items, 2, timeout_ms) < 0)
        return -errno;
    if ((items[0].revents & ZMQ_POLLOUT) != 0)
        p->blocked = false;
    return 0;
}

int fw_producer_step(struct fw_producer *p, int64_t timeout_ms)
{
    int err = send_what_may_be(p);
    if (err == 0)
        err = wait_for_something(p, timeout_ms);
    if (err == 0)
        err = hear_monitor(p);
    if (err == 0)
        err = hear_replies(p);
    return err == 0 ? send_what_may_be(p) : err;
}

int fw_producer_idle(struct fw_producer *p)
{
    struct spool_entry entry;
    void *bytes;
    size_t size;
    if (p->flight_count > (flight_of(p, GREETING) != NULL))
        return -EAGAIN;
    if (p->sent_after + 1 >= spool_next(p->spool))
        return 0;
    int err = spool_waiting(p->spool, p->sent_after, &entry, &bytes, &size);
    if (err != 0)
        return err == -ENOENT ? 0 : err;
    free(bytes);
    return -EAGAIN;
}
