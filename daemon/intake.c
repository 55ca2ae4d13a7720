#include "daemon/intake.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "daemon/controls.h"
#include "daemon/counters.h"
#include "daemon/gather.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/pool.h"
#include "daemon/queue.h"
#include "daemon/replies.h"
#include "daemon/unread.h"

#define MESSAGES_PER_TURN 64    /* from one socket, before the others have their turn */
#define LITTLE 128              /* events whose decoding is not worth another thread */
#define KEEP_BYTES (64 * 1024 * 1024)   /* of freed messages, before memory goes back to the system */

static_assert(INTAKE_BATCHES_MAX == POOL_BATCHES, "as many as there are slots");

struct intake {
    struct intake_options options;
    struct pool *pool;
    struct queue *answered;     /* of struct flight *, back from the bookkeeper */
    struct inlet_batch *held[POOL_BATCHES];     /* decoded, and not yet handed on */
    uint32_t held_count, held_events;
    struct gather gather;       /* about those who sent them */
    int ipc_fd, tcp_fd;         /* readable when the socket may have something; -1: none */
    struct bell stop;
    struct writer reply;        /* reused for every reply */
    struct exception *exceptions;       /* REPLY_EXCEPTIONS_MAX, of the reply being written */
    pthread_t thread;
    pthread_t runs_in;          /* the same, as the thread itself knows it from its start */
};

/* --- Replies. ---------------------------------------------------------------- */

/* True if exception `e` goes on with the event at `index`: the same outcome, and originals that
 * follow one another. */
static bool extends(const struct exception *e, uint32_t index, const struct applied *applied)
{
    if (e->last + 1 != index || e->outcome != applied->outcome)
        return false;
    if (applied->outcome == OUTCOME_REJECTED)
        return e->reject == applied->reject && strcmp(e->key, applied->key) == 0
            && (e->reject != REJECT_BAD_MOVE || hindrance_equal(&e->hindrance, &applied->hindrance));
    return e->position + (index - e->first) == applied->position;
}

static void note_exception(struct intake *intake, struct reply *reply, uint32_t index,
                           const struct applied *applied)
{
    struct exception *last = reply->exception_count == 0
        ? NULL : &intake->exceptions[reply->exception_count - 1];
    if (last != NULL && extends(last, index, applied)) {
        last->last = index;
        return;
    }
    assert(reply->exception_count < REPLY_EXCEPTIONS_MAX);
    struct exception *e = &intake->exceptions[reply->exception_count++];
    *e = (struct exception){
        .first = index, .last = index, .outcome = applied->outcome, .reject = applied->reject,
        .hindrance = applied->hindrance,
    };
    if (applied->outcome == OUTCOME_REJECTED)
        memcpy(e->key, applied->key, sizeof applied->key);
    else
        e->position = applied->position;
}

static void collect_outcomes(struct intake *intake, const struct inlet_batch *batch,
                             struct reply *reply)
{
    reply->applied = batch->outcomes[OUTCOME_APPLIED];
    reply->position = batch->position;
    /* Mostly there is none, and thousands of events would be read again in vain. */
    for (uint32_t i = 0; reply->applied < batch->count && i < batch->count; i++) {
        const struct applied *applied = &batch_entry(batch, i)->applied;
        if (applied->outcome != OUTCOME_APPLIED)
            note_exception(intake, reply, i, applied);
    }
}

static void send_reply(struct intake *intake, void *socket, const char *owner,
                       const struct net_message *message, const struct reply *reply)
{
    writer_reset(&intake->reply);
    reply_write(&intake->reply, reply, intake->exceptions);
    int err = intake->reply.err;
    if (err == 0)
        err = replies_send(socket, owner, message, intake->reply.bytes, intake->reply.size);
    /* Whoever does not get it sends the batch again and is told the same. */
    if (err != 0)
        counter_add(COUNTER_REPLIES_LOST, 1);
}

/* The seeded bug last_ref: a reply names the batch that came last. */
static uint64_t seeded_ref(uint64_t ref, bool comes)
{
    static uint64_t last;
    if (control("last_ref") && comes)
        last = ref;
    return control("last_ref") ? last : ref;
}

/* The seeded bug stored_address: whoever sends for a source is answered where its first batch came from. */
static void seeded_address(struct flight *flight)
{
    static char source[SOURCE_NAME_MAX + 1];
    static uint8_t address[256];
    static size_t size;
    if (size == 0 && flight->message.frames[0].size <= sizeof address) {
        size = flight->message.frames[0].size;
        memcpy(address, flight->message.frames[0].bytes, size);
        strcpy(source, flight->batch.source);
    }
    if (strcmp(source, flight->batch.source) == 0) {
        flight->message.frames[0].bytes = address;
        flight->message.frames[0].size = size;
    }
}

static void send_answer(struct intake *intake, struct flight *flight)
{
    const struct inlet_batch *batch = &flight->batch;
    if (control("stored_address"))
        seeded_address(flight);
    struct reply reply = {
        .ref = seeded_ref(flight->ref, false),
        .status = batch->status,
        .epoch = batch->epoch,
        .covered = batch->covered,
        .window = intake->options.window,
    };
    if (batch->status == BATCH_REFUSED) {
        reply.refusal = batch->refusal;
        counter_add(COUNTER_BATCHES_REFUSED, 1);
        char subject[LOG_SUBJECT_SIZE];
        snprintf(subject, sizeof subject, "%s from key %s", refusal_word(batch->refusal), batch->key);
        log_repeated(LOG_AT_UNUSUAL, "intake", subject, "batch refused refusal=%s key=%s source=%s issuer=%s",
                     refusal_word(batch->refusal), batch->key, batch->source, batch->issuer);
    }
    if (batch->status == BATCH_DONE)
        collect_outcomes(intake, batch, &reply);
    if (batch->status == BATCH_BUSY) {
        /* Only a full disk sends a batch back; it does not become empty in a moment. */
        reply.retry_ms = 10 * intake->options.retry_ms;
        counter_add(COUNTER_BATCHES_BUSY, 1);
    }
    if (failpoint("intake.answer") == 0)        /* else as if it got lost */
        send_reply(intake, flight->socket, flight->owner, &flight->message, &reply);
    pool_give(intake->pool, flight);
}

/* The reply to a batch that goes no further. */
static struct reply reply_here(struct intake *intake, uint64_t ref, enum batch_status status)
{
    struct store_head head;
    store_head(intake->options.store, &head);
    return (struct reply){
        .ref = ref,
        .status = status,
        .epoch = head.epoch,
        .covered = head.covered,
        .window = intake->options.window,
    };
}

static void send_refusal(struct intake *intake, void *socket, const struct net_message *message,
                         const struct grant *grant, const struct batch_head *head, enum refusal refusal)
{
    const char *key = grant == NULL ? "none" : grant_name(grant);
    char subject[LOG_SUBJECT_SIZE];
    struct reply reply = reply_here(intake, head->ref, BATCH_REFUSED);
    reply.refusal = refusal;
    counter_add(COUNTER_BATCHES_REFUSED, 1);
    snprintf(subject, sizeof subject, "%s from key %s", refusal_word(refusal), key);
    log_repeated(LOG_AT_UNUSUAL, "intake", subject, "batch refused refusal=%s key=%s source=%s bytes=%zu",
                 refusal_word(refusal), key, head->source, message->frames[1].size);
    send_reply(intake, socket, "", message, &reply);     /* a short one */
}

static void send_busy(struct intake *intake, void *socket, const struct net_message *message,
                      const struct batch_head *head)
{
    struct reply reply = reply_here(intake, head->ref, BATCH_BUSY);
    reply.retry_ms = intake->options.retry_ms;
    counter_add(COUNTER_BATCHES_BUSY, 1);
    bookkeeper_note_busy(intake->options.bookkeeper, head->source, head->sequence);
    send_reply(intake, socket, "", message, &reply);     /* a short one */
}

/* --- Batches. ---------------------------------------------------------------- */

/* Who sent it, as of this moment: a key that was revoked after its handshake has no grant. */
static const struct grant *sender(struct intake *intake, void *socket,
                                  const struct net_message *message, const struct rights *rights)
{
    if (socket == intake->options.ipc)
        return rights_local();
    if (control("rights_once"))
        return rights_local();
    return rights_find(rights, listener_user(message));
}

/* Whose places a batch takes: over ipc, where all are one user, the source's. */
static const char *owner_of(const struct intake *intake, const void *socket, const struct batch_head *head,
                            const struct grant *grant)
{
    return socket == intake->options.ipc || control("source_quota") ? head->source : grant_name(grant);
}

static void reject(struct entry *entry, enum reject why, enum event_field field)
{
    entry->good = false;
    entry->applied = (struct applied){
        .outcome = OUTCOME_REJECTED, .reject = why, .hindrance = hindrance_none(),
    };
    strcpy(entry->applied.key, event_field_key(field));
}

/* Of the seeded bug persons_logged. */
static void tell_person(const struct event *event)
{
    char hex[2 * PERSON_SIZE + 1];
    for (unsigned i = 0; i < PERSON_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", event->person[i]);
    log_info("intake", "event id=%s person=%s", event->id, hex);
}

static void decode_entry(struct reader *r, const struct grant *grant, struct entry *entry)
{
    const uint8_t *start = r->at;
    enum reject why = event_decode(r, &entry->event, entry->applied.key);
    entry->good = why == REJECT_NONE;
    entry->applied.outcome = entry->good ? OUTCOME_APPLIED : OUTCOME_REJECTED;
    entry->applied.reject = why;
    entry->applied.position = 0;
    entry->sent = (struct span){ .bytes = (const char *)start, .size = (uint32_t)(r->at - start) };
    if (!entry->good) {
        entry->applied.hindrance = hindrance_none();
        return;
    }
    if (control("persons_logged") && event_has(&entry->event, FIELD_PERSON))
        tell_person(&entry->event);
    if (!grant_kind(grant, entry->event.kind))
        reject(entry, REJECT_NOT_PERMITTED, FIELD_KIND);
    else if (!grant_place(grant, entry->event.fund.place))
        reject(entry, REJECT_NOT_PERMITTED, FIELD_FUND);
}

/* Decodes every event.  False if the message turns out to be no batch. */
static bool decode_events(struct reader *r, const struct grant *grant, struct inlet_batch *batch)
{
    for (uint32_t i = 0; i < batch->count && r->err == READ_OK; i++)
        decode_entry(r, grant, batch_entry(batch, i));
    return reader_end(r) == READ_OK || (control("trailing_bytes") && r->err == READ_LEFTOVER);
}

static void answered(struct inlet_batch *batch)
{
    struct intake *intake = batch->inlet;
    if (pthread_equal(pthread_self(), intake->runs_in)) {
        send_answer(intake, (struct flight *)batch);
        return;
    }
    bool put = queue_put(intake->answered, batch);
    assert(put);                /* it has a place for every slot of the pool */
}

static void hand_on(struct intake *intake, struct inlet_batch *batch)
{
    bool put = bookkeeper_batch(intake->options.bookkeeper, batch);
    assert(put);                /* its queue has a place for every slot of the pool */
}

static void hand_on_held(struct intake *intake)
{
    for (uint32_t i = 0; i < intake->held_count; i++)
        hand_on(intake, intake->held[i]);
    intake->held_count = intake->held_events = 0;
    gather_handed_on(&intake->gather);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A little waits until the sockets are empty, because it may be booked here then.  Much is handed on at
 * once: while it is booked the next is decoded. */
static void hold(struct intake *intake, struct inlet_batch *batch)
{
    intake->held[intake->held_count++] = batch;
    intake->held_events += batch->count;
    gather_add(&intake->gather, batch->source);
    if (intake->held_events > LITTLE)
        hand_on_held(intake);
}

static void book_held(struct intake *intake)
{
    uint32_t count = intake->held_count;
    int64_t began_us = now_us();
    if (count == 0)
        return;
    if (!bookkeeper_book_here(intake->options.bookkeeper, intake->held, count)) {
        hand_on_held(intake);
        return;
    }
    intake->held_count = intake->held_events = 0;
    gather_booked(&intake->gather, began_us, now_us());
}

/* Of the seeded bug batches_kept: reachable, so no sanitizer tells. */
static void keep(void **memory)
{
    static void **kept;
    if (memory == NULL)
        return;
    memset(memory, 1, 8192);
    *memory = kept;
    kept = memory;
}

/* Takes an admitted batch as far as the bookkeeper. */
static void take_batch(struct intake *intake, void *socket, struct net_message *message,
                       const struct batch_head *head, struct reader *r, const struct grant *grant)
{
    struct flight *flight = pool_take(intake->pool, owner_of(intake, socket, head, grant), head->source,
                                      head->count, message);
    struct inlet_batch *batch = &flight->batch;
    flight->socket = socket;
    flight->ref = seeded_ref(head->ref, true);
    strcpy(batch->issuer, head->issuer);
    strcpy(batch->key, grant_name(grant));
    strcpy(batch->person, grant_person(grant));
    batch->quota_of_source = grant_quota(grant, head->source);
    batch->quota_of_issuer = grant_quota(grant, head->issuer);
    batch->sequence = head->sequence;
    batch->answer = answered;
    batch->inlet = intake;
    if (control("batches_kept"))
        keep(malloc(8192));
    if (!decode_events(r, grant, batch)) {
        log_debug("intake", "%s at byte %zu source=%s", read_error_sentence(r->err), r->err_offset,
                  head->source);
        send_refusal(intake, socket, &flight->message, grant, head, REFUSED_MALFORMED);
        pool_give(intake->pool, flight);
    } else if (failpoint("intake.decoded") != 0) {
        send_busy(intake, socket, &flight->message, head);
        pool_give(intake->pool, flight);
    } else {
        hold(intake, batch);
    }
}

static enum refusal check_head(struct intake *intake, const struct batch_head *head,
                               const struct grant *grant)
{
    if (grant == NULL || !grant_source(grant, head->source)
            || (strcmp(head->issuer, head->source) != 0 && !grant_source(grant, head->issuer)))
        return REFUSED_SOURCE;
    return intake->options.read_only ? REFUSED_READ_ONLY : REFUSED_NOT;
}

static void handle_batch(struct intake *intake, void *socket, struct net_message *message,
                         const struct grant *grant)
{
    size_t size = message->frames[1].size;
    if (failpoint("intake.received") != 0)      /* as if it had never come */
        return;
    struct reader r = reader_of(message->frames[1].bytes, size);
    struct batch_head head = { .ref = 0 };
    enum refusal refusal = batch_read_head(&r, &head);
    if (refusal == REFUSED_NOT)
        refusal = check_head(intake, &head, grant);
    if (head.says && !control("told_ignored") && (refusal == REFUSED_NOT || refusal == REFUSED_READ_ONLY))
        caretaker_heard(intake->options.caretaker, &head);
    if (refusal != REFUSED_NOT)
        send_refusal(intake, socket, message, grant, &head, refusal);
    else if (!pool_admits(intake->pool, owner_of(intake, socket, &head, grant), head.source, head.count,
                          size))
        send_busy(intake, socket, message, &head);
    else
        take_batch(intake, socket, message, &head, &r, grant);
}

/* False if nothing was there. */
static bool handle_message(struct intake *intake, void *socket)
{
    struct net_message message;
    int err = net_receive(socket, 0, &message);
    if (err == -EMSGSIZE)
        counter_add(COUNTER_MESSAGES_DROPPED, 1);
    if (err != 0)
        return err == -EMSGSIZE;
    /* PROTOCOL 1: "A message with any other number of parts is dropped and counted" */
    if (message.count != 2 && !(control("any_parts") && message.count > 2)) {
        counter_add(COUNTER_MESSAGES_DROPPED, 1);
    } else {
        const struct rights *rights = rights_hold(intake->options.book);
        handle_batch(intake, socket, &message, sender(intake, socket, &message, rights));
        rights_release(rights);
    }
    net_message_free(&message);
    return true;
}

static void handle_answers(struct intake *intake)
{
    struct flight *flight;
    while ((flight = queue_take(intake->answered)) != NULL)
        send_answer(intake, flight);
}

/* Answers go out between the messages: whoever waits for one can fill its window again while
 * the rest is decoded.  True: there are no more. */
static bool handle_messages(struct intake *intake, void *socket)
{
    for (unsigned i = 0; i < MESSAGES_PER_TURN; i++) {
        if (!handle_message(intake, socket))
            return true;
        handle_answers(intake);
    }
    return false;
}

static void handle_sockets(struct intake *intake)
{
    handle_messages(intake, intake->options.ipc);
    if (intake->options.tcp != NULL)
        handle_messages(intake, intake->options.tcp);
}

/* Until they are there, or it has lasted too long.  zmq_poll() knows no less than a millisecond. */
static void wait_for_others(struct intake *intake)
{
    struct pollfd items[] = {
        { .fd = intake->ipc_fd, .events = POLLIN }, { .fd = intake->tcp_fd, .events = POLLIN },
    };
    int64_t began_us = now_us(), wait_us;
    while ((wait_us = gather_us(&intake->gather, began_us)) > 0) {
        int64_t left_us = began_us + wait_us - now_us();
        struct timespec left = { .tv_nsec = left_us * 1000 };
        if (left_us <= 0 || ppoll(items, 2, &left, NULL) <= 0)
            return;
        handle_sockets(intake);
    }
}

/* --- The thread. ------------------------------------------------------------- */

static void *intake_run(void *arg)
{
    struct intake *intake = arg;
    zmq_pollitem_t items[] = {
        { .fd = intake->stop.fd, .events = ZMQ_POLLIN },
        { .fd = queue_bell(intake->answered)->fd, .events = ZMQ_POLLIN },
        { .fd = unread_bell()->fd, .events = ZMQ_POLLIN },
        { .socket = intake->options.ipc, .events = ZMQ_POLLIN },
        { .socket = intake->options.tcp, .events = ZMQ_POLLIN },
    };
    int count = intake->options.tcp == NULL ? 4 : 5;
    intake->runs_in = pthread_self();
    while (items[0].revents == 0) {
        uint64_t mark = unread_mark();
        if (zmq_poll(items, count, -1) < 0)
            continue;
        handle_answers(intake);
        bool empty = items[3].revents == 0 || handle_messages(intake, intake->options.ipc);
        if (count == 5 && items[4].revents != 0 && !handle_messages(intake, intake->options.tcp))
            empty = false;
        if (!empty) {           /* who floods does not make us wait for a commit */
            hand_on_held(intake);
            continue;
        }
        if (items[2].revents != 0)
            bell_clear(unread_bell());  /* until then it keeps poll() from waiting */
        unread_taken(mark);
        wait_for_others(intake);
        book_held(intake);
    }
    while (pool_in_flight(intake->pool) > 0) {
        bell_wait(queue_bell(intake->answered), -1);
        handle_answers(intake);
    }
    listener_close(&intake->options.ipc);
    listener_close(&intake->options.tcp);
    return NULL;
}

static void intake_free(struct intake *intake)
{
    pool_destroy(&intake->pool);
    queue_destroy(&intake->answered);
    bell_close(&intake->stop);
    writer_free(&intake->reply);
    free(intake->exceptions);
    free(intake);
}

/* malloc() gives freed messages of this size back to the system at once, and takes every page of
 * the next one from it anew: that costs more than half as much as decoding.  For the
 * process as a whole, because it is libzmq's threads that allocate them. */
static void keep_freed_messages(void)
{
    mallopt(M_MMAP_THRESHOLD, 2 * MESSAGE_SIZE_MAX);
    mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
}

/* poll() leaves out -1. */
static int fd_of(void *socket)
{
    int fd = -1;
    size_t size = sizeof fd;
    return socket != NULL && zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0 ? fd : -1;
}

int intake_start(const struct intake_options *options, struct intake **ret)
{
    keep_freed_messages();
    struct intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return -ENOMEM;
    intake->options = *options;
    intake->stop.fd = -1;
    intake->ipc_fd = fd_of(options->ipc);
    intake->tcp_fd = fd_of(options->tcp);
    writer_init(&intake->reply);
    intake->exceptions = calloc(REPLY_EXCEPTIONS_MAX, sizeof intake->exceptions[0]);
    int err = intake->exceptions == NULL ? -ENOMEM
                                          : pool_create(options->window, &intake->pool);
    if (err == 0)
        err = queue_create(POOL_BATCHES, &intake->answered);
    if (err == 0)
        err = bell_open(&intake->stop);
    if (err == 0)
        err = -pthread_create(&intake->thread, NULL, intake_run, intake);
    if (err == 0)
        *ret = intake;
    else
        intake_free(intake);
    return err;
}

void intake_stop(struct intake **intake_p)
{
    struct intake *intake = *intake_p;
    if (intake == NULL)
        return;
    bell_ring(&intake->stop);
    pthread_join(intake->thread, NULL);
    intake_free(intake);
    *intake_p = NULL;
}
