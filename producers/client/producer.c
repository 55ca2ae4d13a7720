#include "producers/client/producer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "producers/client/producer_state.h"
#include "wire/event_codec.h"

#define BATCH_DEFAULT   1000    /* events */
#define RESEND_DEFAULT  2000    /* ms */
#define RESEND_MAX      60000
#define BACKLOG_BATCHES 256     /* added and never sent, beyond which a daemon is waited for */
#define HEAD_SIZE_MAX   256     /* bytes of a batch's head with the longest names */
#define EVENTS_SIZE_MAX (MESSAGE_SIZE_MAX - HEAD_SIZE_MAX)

static_assert(2 * SOURCE_NAME_MAX + 96 < HEAD_SIZE_MAX,
              "keys, words and integers take at most 74 bytes");

int64_t fw_producer_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t end_of(int deadline_ms)
{
    return deadline_ms < 0 ? INT64_MAX : fw_producer_now_ms() + deadline_ms;
}

/* -1 if there is no end, 0 if it has come. */
static int64_t left_until(int64_t end_ms)
{
    if (end_ms == INT64_MAX)
        return -1;
    int64_t left = end_ms - fw_producer_now_ms();
    return left > 0 ? left : 0;
}

/* Opening */

static const char *check_options(const struct fw_producer_options *o)
{
    if (o->source == NULL || !source_name_valid(o->source, strlen(o->source)))
        return "a source's name is 1 to 48 bytes of A-Z a-z 0-9 . _ : -";
    if (o->issuer != NULL && !source_name_valid(o->issuer, strlen(o->issuer)))
        return "an issuer's name is 1 to 48 bytes of A-Z a-z 0-9 . _ : -";
    if (o->batch_events > BATCH_EVENTS_MAX)
        return "a batch holds at most 8192 events";
    if (o->resend_ms > RESEND_MAX)
        return "a batch is sent again after at most 60000 ms";
    if (o->spool_path == NULL && o->source[0] == '.')
        return "the source's name begins with a dot: say where its spool is";
    return NULL;
}

static const char *spool_error(int err)
{
    switch (-err) {
    case EBUSY:
        return "another process has the spool open: only one can send for a source";
    case EPERM:
        return "the spool belongs to another source, or its folder to another user";
    case EILSEQ:
        return "the spool is damaged: keep its folder, and send from the originals to a new one";
    case EPROTONOSUPPORT:
        return "the spool is of another format than this version knows: let the version that made it finish "
               "what is in it";
    case EINVAL:
        return "FUNDWATCH_SPOOL_MAX is not a number of bytes from 1048576 on";
    case ENOSPC:
        return "the disk is full: there is no room to open the spool";
    default:                    /* of errno, which is no enum */
        return "cannot open the spool: see whether its folder can be written and has room";
    }
}

static int open_spool(struct fw_producer *p, const char *path)
{
    char ours[NET_PATH_MAX + sizeof "/spool/" + SOURCE_NAME_MAX];
    if (path == NULL) {
        char data[NET_PATH_MAX];
        int err = net_data_dir(data, sizeof data);
        if (err != 0)
            return err;
        snprintf(ours, sizeof ours, "%s/spool/%s", data, p->source);
        path = ours;
    }
    int err = spool_open(path, p->source, &p->spool);
    if (err != 0)
        return err;
    struct spool_stats stats;
    err = spool_stats(p->spool, &stats);
    if (err != 0)
        return err;
    p->first_number = spool_next(p->spool);
    p->stats.waiting = p->stats.earlier = stats.waiting_events;
    return 0;
}

static struct fw_producer *producer_new(const struct fw_producer_options *o)
{
    struct fw_producer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    snprintf(p->source, sizeof p->source, "%s", o->source);
    snprintf(p->issuer, sizeof p->issuer, "%s", o->issuer != NULL ? o->issuer : o->source);
    p->batch_events = o->batch_events > 0 ? o->batch_events : BATCH_DEFAULT;
    p->resend_ms = o->resend_ms > 0 ? o->resend_ms : RESEND_DEFAULT;
    p->numbered = o->numbered;
    p->on_outcome = o->on_outcome;
    p->arg = o->arg;
    p->window = 1;
    p->room = WINDOW_MAX;
    writer_init(&p->events);
    for (int i = 0; i < CLOSED_MAX; i++)
        writer_init(&p->closed[i].message);
    p->exceptions = calloc(REPLY_EXCEPTIONS_MAX, sizeof *p->exceptions);
    if (p->exceptions == NULL)
        fw_producer_close(&p);
    return p;
}

int fw_producer_open(const struct fw_producer_options *options, struct fw_producer **ret,
                     const char **ret_error)
{
    const char *wrong = check_options(options);
    if (wrong != NULL) {
        *ret_error = wrong;
        return -EINVAL;
    }
    struct fw_producer *p = producer_new(options);
    if (p == NULL) {
        *ret_error = "out of memory";
        return -ENOMEM;
    }
    int err = open_spool(p, options->spool_path);
    if (err != 0) {
        *ret_error = spool_error(err);
        fw_producer_close(&p);
        return err;
    }
    err = fw_producer_connect(p, &options->peer);
    if (err != 0) {
        *ret_error = "cannot open a socket to the daemon: the endpoint or the keys are not right";
        fw_producer_close(&p);
        return err;
    }
    p->greeting_due = true;
    *ret = p;
    return 0;
}

void fw_producer_close(struct fw_producer **producer_p)
{
    struct fw_producer *p = *producer_p;
    *producer_p = NULL;
    if (p == NULL)
        return;
    if (p->spool != NULL)
        fw_producer_spool(p);
    fw_producer_disconnect(p);
    spool_close(&p->spool);
    writer_free(&p->events);
    for (int i = 0; i < CLOSED_MAX; i++)
        writer_free(&p->closed[i].message);
    free(p->exceptions);
    free(p);
}

/* Adding */

static int put_first(struct fw_producer *p, uint32_t count)
{
    struct spool_batch batches[CLOSED_MAX];
    for (uint32_t i = 0; i < count; i++)
        batches[i] = (struct spool_batch){
            .bytes = p->closed[i].message.bytes,
            .size = p->closed[i].message.size,
            .events = p->closed[i].events,
        };
    uint64_t expected = spool_next(p->spool), first;
    int err = spool_put_many(p->spool, batches, count, &first);
    assert(err != 0 || first == expected);  /* the messages have their numbers inside */
    return err;
}

/* The first `count` are in the spool; their writers are used again. */
static void drop_first(struct fw_producer *p, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        p->closed_size -= p->closed[i].message.size;
    for (uint32_t i = count; i < p->closed_count; i++) {
        struct closed empty = p->closed[i - count];
        p->closed[i - count] = p->closed[i];
        p->closed[i] = empty;
    }
    p->closed_count -= count;
}

int fw_producer_put_closed(struct fw_producer *p)
{
    uint32_t count = p->closed_count;
    while (p->closed_count > 0) {
        int err = put_first(p, count);
        if (err == -ENOSPC && count > 1) {
            count /= 2;         /* as many as there is room for */
            continue;
        }
        p->put_failed = err != 0;
        if (err != 0)
            return err;
        drop_first(p, count);
        count = count < p->closed_count ? count : p->closed_count;
    }
    return 0;
}

/* The events so far become a message of their own; nothing to do if there are none. */
static int close_batch(struct fw_producer *p)
{
    if (p->event_count == 0)
        return 0;
    if (p->closed_count == CLOSED_MAX) {
        int err = fw_producer_put_closed(p);
        if (err != 0)
            return err;
    }
    struct closed *closed = &p->closed[p->closed_count];
    uint64_t number = spool_next(p->spool) + p->closed_count;
    struct batch_head head = {
        .ref = number,
        .sequence = p->numbered ? number : 0,
        .count = p->event_count,
    };
    memcpy(head.source, p->source, sizeof head.source);
    memcpy(head.issuer, p->issuer, sizeof head.issuer);
    writer_reset(&closed->message);
    batch_write_head(&closed->message, &head);
    write_raw(&closed->message, p->events.bytes, p->events.size);
    if (closed->message.err != 0)
        return closed->message.err;
    assert(closed->message.size <= MESSAGE_SIZE_MAX);
    closed->events = p->event_count;
    p->closed_size += closed->message.size;
    p->closed_count++;
    p->event_count = 0;
    writer_reset(&p->events);
    return 0;
}

/* A batch waits for others to share its sync with, but not longer than the
 * daemon has something to do. */
static bool put_is_due(const struct fw_producer *p)
{
    uint64_t unsent = spool_next(p->spool) - 1 - p->sent_after;
    bool short_of_work = p->connected && unsent < p->window && p->window < 2 * CLOSED_MAX;
    uint32_t group = short_of_work ? p->window / 2 : CLOSED_MAX;
    return p->closed_count >= group || p->closed_size >= CLOSED_SIZE || p->put_failed ||
           (p->connected && p->flight_count == 0 && unsent == 0);
}

static int put_if_due(struct fw_producer *p)
{
    return p->closed_count > 0 && put_is_due(p) ? fw_producer_put_closed(p) : 0;
}

static int close_and_go(struct fw_producer *p)
{
    int err = close_batch(p);
    if (err == 0)
        err = put_if_due(p);
    return err == 0 ? fw_producer_step(p, 0) : err;
}

static bool backlog_is_full(const struct fw_producer *p)
{
    return p->stats.added - p->index_sent >= (uint64_t)BACKLOG_BATCHES * p->batch_events;
}

static bool is_taking(const struct fw_producer *p)
{
    return p->taking && fw_producer_now_ms() >= p->hold_until_ms;
}

/* While the daemon takes batches, but slower than they come, they wait here and
 * not in an ever longer spool.  One that does not take any is not waited for. */
static int wait_for_room(struct fw_producer *p, int deadline_ms)
{
    int64_t end_ms = end_of(deadline_ms), left = -1;
    while (backlog_is_full(p) && is_taking(p) && left != 0) {
        left = left_until(end_ms);
        int err = put_if_due(p);
        if (err == 0)
            err = fw_producer_step(p, left);
        if (err == 0 && p->refusal != REFUSED_NOT)
            err = -ECONNREFUSED;
        if (err != 0)
            return err;
    }
    if (left == 0 && backlog_is_full(p))
        p->taking = false;
    return 0;
}

/* Encodes behind the others; false leaves them as they were. */
static bool encode(struct writer *w, const struct event *event)
{
    size_t before = w->size;
    event_encode(w, event);
    if (w->err == 0 && w->size <= EVENTS_SIZE_MAX)
        return true;
    w->size = before;
    return false;
}

static int take(struct fw_producer *p, const struct event *event)
{
    bool taken = encode(&p->events, event);
    if (!taken && p->events.err == 0) {     /* full by its bytes */
        int err = close_and_go(p);
        if (err != 0)
            return err;
        taken = encode(&p->events, event);
    }
    if (!taken) {
        p->events.err = 0;
        return -ENOMEM;
    }
    p->event_count++;
    return 0;
}

int fw_producer_add(struct fw_producer *p, const struct event *event, int deadline_ms,
                    uint64_t *ret_index)
{
    enum event_field field;
    if (event_check(event, &field) != REJECT_NONE)
        return -EINVAL;
    if (p->refusal != REFUSED_NOT)
        return -ECONNREFUSED;
    int err = p->event_count == p->batch_events ? close_and_go(p) : put_if_due(p);
    if (err == 0)
        err = wait_for_room(p, deadline_ms);
    if (err == 0)
        err = take(p, event);
    if (err != 0)
        return err;
    p->stats.waiting++;
    *ret_index = p->stats.added++;
    return 0;
}

int fw_producer_spool(struct fw_producer *p)
{
    int err = close_batch(p);
    return err == 0 ? fw_producer_put_closed(p) : err;
}

int fw_producer_poll(struct fw_producer *p, int timeout_ms)
{
    int64_t end_ms = end_of(timeout_ms), left;
    uint64_t replies = p->replies;
    int err = p->event_count == p->batch_events ? close_batch(p) : 0;
    if (err == 0)
        err = fw_producer_put_closed(p);
    do {
        left = left_until(end_ms);
        if (err == 0)
            err = p->refusal == REFUSED_NOT ? fw_producer_step(p, left) : -ECONNREFUSED;
    } while (err == 0 && p->replies == replies && left != 0);
    return err == 0 && p->refusal != REFUSED_NOT ? -ECONNREFUSED : err;
}

/* 0: everything was answered.  -EAGAIN: not yet. */
static int is_flushed(struct fw_producer *p)
{
    return p->refusal == REFUSED_NOT ? fw_producer_idle(p) : -ECONNREFUSED;
}

int fw_producer_flush(struct fw_producer *p, int deadline_ms)
{
    int64_t end_ms = end_of(deadline_ms), left = -1;
    int err = fw_producer_spool(p);
    while (err == 0 && (err = is_flushed(p)) == -EAGAIN && left != 0) {
        left = left_until(end_ms);
        err = fw_producer_step(p, left);
    }
    return err == -EAGAIN ? -ETIMEDOUT : err;
}

enum refusal fw_producer_refusal(const struct fw_producer *p)
{
    return p->refusal;
}

void fw_producer_stats(const struct fw_producer *p, struct fw_producer_stats *ret)
{
    *ret = p->stats;
}

int fw_producer_spool_stats(struct fw_producer *p, struct spool_stats *ret)
{
    return spool_stats(p->spool, ret);
}
