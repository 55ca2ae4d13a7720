/* The shipped daemon over ipc, as `fundwatchd --init` makes it. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "tests/bench/process.h"
#include "tests/bench/sender.h"
#include "tests/peers/peers.h"
#include "wire/batch.h"
#include "wire/event_codec.h"

#define REPLY_MS    60000       /* only reached when something is wrong */
#define ISSUER      "platform"
#define EXCEPTIONS  BATCH_EVENTS_MAX

static struct bench bench;
static char folder[NET_PATH_MAX];
static int64_t setup_events;    /* policies, opening balances, the day */

static void begin(void *, const char *where, char ret_about[ABOUT_MAX])
{
    path_in(where, "fundwatch", folder);
    if (mkdir(folder, 0700) != 0)
        die("cannot make %s: %s", folder, strerror(errno));
    bench = (struct bench){ .folder = folder, .program = programs.fundwatchd };
    bench.context = net_context();
    if (bench.context == NULL)
        die("cannot start ZeroMQ: %s", zmq_strerror(errno));
    snprintf(ret_about, ABOUT_MAX, "fundwatch %s: fundwatchd with its defaults, ipc, journal, double "
             "entry, rules and chain on", FUNDWATCH_VERSION);
}

static void create(void *)
{
    daemon_begin(&bench);
    setup_events = daemon_info(&bench, "events");
}

static void remove_store(void *)
{
    daemon_end(&bench);
}

/* --- Sending. ---------------------------------------------------------------- */

static void *connect_client(void *, unsigned)
{
    return send_connect(&bench);
}

static void disconnect(void *socket)
{
    zmq_close(socket);
}

/* Each client is a source of its own, because a source has a window. */
static void *pack(const struct item *items, uint32_t count, unsigned client)
{
    struct batch_head head = { .ref = 1, .issuer = ISSUER, .count = count };
    struct writer *w = malloc(sizeof *w);
    if (w == NULL)
        die("out of memory");
    snprintf(head.source, sizeof head.source, "client-%02u", client);
    writer_init(w);
    batch_write_head(w, &head);
    for (uint32_t i = 0; i < count; i++) {
        struct event event = item_event(&items[i]);
        event_encode(w, &event);
    }
    if (w->err != 0)
        die("out of memory");
    return w;
}

static void discard(void *packed)
{
    struct writer *w = packed;
    writer_free(w);
    free(w);
}

static void add_exception(const struct exception *e, struct answer *ret)
{
    uint64_t count = e->last - e->first + 1;
    switch (e->outcome) {
    case OUTCOME_DUPLICATE:
        ret->duplicates += count;
        return;
    case OUTCOME_CONFLICT:
        ret->conflicts += count;
        return;
    case OUTCOME_APPLIED:
    case OUTCOME_REJECTED:
        break;
    }
    die("an event was rejected: %s %s", reject_code(e->reject), e->key);
}

static void take_reply(const struct reply *reply, const struct exception *exceptions,
                       struct answer *ret)
{
    if (reply->status != BATCH_DONE)
        die("a batch was refused: %s", refusal_word(reply->refusal));
    *ret = (struct answer){ .applied = reply->applied };
    for (uint32_t i = 0; i < reply->exception_count; i++)
        add_exception(&exceptions[i], ret);
}

static void ask_once(void *socket, const struct writer *w, struct reply *ret_reply,
                     struct exception *ret_exceptions)
{
    struct net_message message;
    must(net_send(socket, w->bytes, w->size, false), "send a batch");
    must(net_receive(socket, REPLY_MS, &message), "receive a reply");
    if (!reply_read(message.frames[0].bytes, message.frames[0].size, ret_reply, ret_exceptions,
                    EXCEPTIONS))
        die("a reply that is none");
    net_message_free(&message);
}

static void send_request(void *socket, const void *packed, struct answer *ret)
{
    static _Thread_local struct exception exceptions[EXCEPTIONS];
    struct reply reply;
    ask_once(socket, packed, &reply, exceptions);
    while (reply.status == BATCH_BUSY) {
        poll(NULL, 0, (int)reply.retry_ms);
        ask_once(socket, packed, &reply, exceptions);
    }
    take_reply(&reply, exceptions, ret);
}

/* --- Reading. ---------------------------------------------------------------- */

static void read_totals(void *, struct totals *ret, uint64_t *ret_events)
{
    books_read(&bench, ret);
    *ret_events = (uint64_t)(daemon_info(&bench, "events") - setup_events);
}

static uint64_t bytes(void *)
{
    return daemon_store_bytes(&bench);
}

const struct peer fundwatch_peer = {
    .name = "fundwatch", .begin = begin, .create = create, .remove = remove_store,
    .connect = connect_client, .disconnect = disconnect, .pack = pack, .discard = discard,
    .send = send_request, .read = read_totals, .bytes = bytes,
};
