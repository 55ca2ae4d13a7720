/* source - a program that reports, the client library over its spool; and one that floods. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "producers/client/producer.h"
#include "tests/sim/world.h"
#include "wire/event_codec.h"

/* Ends the program; it is started again, unless that is no use. */
static void give_up(struct source *source, const char *where, int err)
{
    trace("%s: %s", where, strerror(-err));
    source->ended = err == -ECONNREFUSED;
    process_end(process_here(), 1);
}

/* An event that is rejected was told of by its reply (tap.c). */
static struct fw_producer *open_producer(struct source *source)
{
    char spool[WORLD_PATH_MAX + 32];
    const char *error;
    struct fw_producer *producer;
    snprintf(spool, sizeof spool, "%s/%s/spool", world.root, source->name);
    struct fw_producer_options options = {
        .source = source->name, .spool_path = spool, .peer = peer_of(source->name, NET_INGEST),
        .batch_events = source->batch_events, .resend_ms = 500, .numbered = source->numbered,
    };
    int err = fw_producer_open(&options, &producer, &error);
    if (err != 0)
        give_up(source, error, err);
    return producer;
}

static int add_next(struct source *source, struct fw_producer *producer, uint32_t *at)
{
    uint64_t index;
    int err = fw_producer_add(producer, &source->events[*at].event, 1000, &index);
    *at += err == 0;
    return err;
}

static int keep(struct source *source, struct fw_producer *producer, uint32_t at)
{
    int err = fw_producer_spool(producer);
    if (err == 0 && at > source->kept)
        source->kept = at;
    return err;
}

/* One thing of those that such a program does. */
static int do_something(struct source *source, struct fw_producer *producer, struct random *random,
                        uint32_t *at)
{
    switch (random_below(random, 8)) {
    case 0:
        return keep(source, producer, *at);
    case 1: {
        int err = fw_producer_flush(producer, (int)random_below(random, 3000));
        if (err == -ETIMEDOUT)
            err = 0;
        return err != 0 ? err : keep(source, producer, *at);
    }
    case 2:
    case 3:
        return fw_producer_poll(producer, (int)random_below(random, 500));
    default:
        if (!world.calm)
            fiber_sleep_us(random_between(random, 0, source->pause_ms) * 1000);
        return *at < source->count ? add_next(source, producer, at) : fw_producer_poll(producer, 300);
    }
}

void source_run(void *arg)
{
    struct source *source = arg;
    struct random random = random_stream(world.seed + process_here()->number, source->name);
    uint32_t at = source->kept;
    struct fw_producer *producer = open_producer(source);
    int err = 0;
    while (err == 0) {
        err = do_something(source, producer, &random, &at);
        if (err == 0 && at == source->count && (world.calm || random_once_in(&random, 3))) {
            err = keep(source, producer, at);
            if (err == 0)
                err = fw_producer_flush(producer, 1000);
            source->empty = err == 0;
            err = err == -ETIMEDOUT ? 0 : err;
        }
    }
    source->empty = false;
    give_up(source, "sending", err);
}

/* --- One that floods: all at once, and again what is not answered. ---------------------- */

static void send_from(struct source *source, void *socket, uint32_t first)
{
    struct writer w;
    uint32_t left = source->count - first, count = left < source->batch_events ? left : source->batch_events;
    struct batch_head head = { .ref = first + 1, .count = count };
    snprintf(head.source, sizeof head.source, "%s", source->name);
    snprintf(head.issuer, sizeof head.issuer, "%s", source->name);
    writer_init(&w);
    batch_write_head(&w, &head);
    for (uint32_t i = first; i < first + count; i++)
        event_encode(&w, &source->events[i].event);
    net_send(socket, w.bytes, w.size, false);
    writer_free(&w);
}

static void note_done(void *socket, bool done[EVENTS_MAX])
{
    static struct exception exceptions[REPLY_EXCEPTIONS_MAX];
    struct net_message message;
    struct reply reply;
    while (net_receive(socket, 200, &message) == 0) {
        bool good = message.count == 1 && reply_read(message.frames[0].bytes, message.frames[0].size, &reply,
                                                     exceptions, REPLY_EXCEPTIONS_MAX);
        if (!good)
            defect("the flood is answered with what is no reply");
        net_message_free(&message);
        if (reply.ref > 0 && reply.ref <= EVENTS_MAX && reply.status == BATCH_DONE)
            done[reply.ref - 1] = true;
    }
}

void flood_run(void *arg)
{
    struct source *source = arg;
    struct net_peer peer = peer_of(source->name, NET_INGEST);
    void *context = net_context(), *socket = net_connect(context, NET_INGEST, &peer);
    bool done[EVENTS_MAX] = { false };
    struct random random = random_stream(world.seed + process_here()->number, source->name);
    while (!source->empty) {
        source->empty = true;
        for (uint32_t first = 0; first < source->count; first += source->batch_events) {
            if (done[first])
                continue;
            source->empty = false;
            for (uint32_t copies = 1 + random_below(&random, 3); copies > 0; copies--)
                send_from(source, socket, first);
        }
        note_done(socket, done);
        fiber_sleep_us(random_between(&random, 0, 1000) * 1000);
    }
    source->ended = true;
    zmq_close(socket);
    zmq_ctx_term(context);
}
