/* The shipped daemon over ipc, as `fundwatchd --init` makes it. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "consumers/client/query.h"
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

static void go_to(struct reader *r, const char *key)
{
    uint32_t pairs = read_map(r, 64);
    for (uint32_t i = 0; i < pairs; i++) {
        if (span_is(read_string(r, 64), key))
            return;
        read_skip(r, 16);
    }
    die("an answer has no \"%s\"", key);
}

static unsigned line_of(struct span account)
{
    unsigned i = 0;
    while (i < LINES && !span_is(account, line_infos[i].account))
        i++;
    if (i == LINES)
        die("fundwatch reports on %.*s, which no event moved", (int)account.size, account.bytes);
    return i;
}

static void read_lines(struct reader *r, int64_t ret_fen[LINES])
{
    go_to(r, "lines");
    uint32_t count = read_array(r, 64);
    for (uint32_t i = 0; i < count; i++) {
        struct reader account = *r, amount = *r;
        go_to(&account, "account");
        go_to(&amount, "amount");
        ret_fen[line_of(read_string(&account, 16))] = read_int(&amount, INT64_MIN, INT64_MAX);
        read_skip(r, 4);
    }
    if (r->err != READ_OK)
        die("a report that is none: %s", read_error_sentence(r->err));
}

/* The lines of the year up to the end of a month, from 0. */
static void ask_report(struct fw_query *query, unsigned fund, unsigned month, int64_t ret_fen[LINES])
{
    struct fw_answer answer;
    char name[32];
    date_day last = date_month_last(ITEM_YEAR * 12 + (int)month);
    snprintf(name, sizeof name, "%u/%u", (unsigned)load_fund(fund).place,
             (unsigned)load_fund(fund).scheme);
    struct writer *w = fw_query_begin(query, "report", 3);
    write_key_string(w, "fund", name);
    write_key_int(w, "year", ITEM_YEAR);
    write_key_int(w, "as_of", date_to_ymd(last));
    must(fw_query_ask(query, REPLY_MS, &answer), "report");
    if (answer.code[0] != '\0')
        die("report: %s %s", answer.code, answer.text);
    memset(ret_fen, 0, LINES * sizeof ret_fen[0]);
    read_lines(&answer.data, ret_fen);
}

static void read_fund(struct fw_query *query, unsigned fund, struct totals *ret)
{
    int64_t before[LINES] = { 0 }, until[LINES];
    for (unsigned month = 0; month < MONTHS; month++) {
        ask_report(query, fund, month, until);
        for (unsigned line = 0; line < LINES; line++)
            ret->fen[total_of(fund, month, line)] = until[line] - before[line];
        memcpy(before, until, sizeof before);
    }
}

static void read_totals(void *, struct totals *ret, uint64_t *ret_events)
{
    struct fw_query *query;
    const char *wrong = "";
    if (fw_query_open_in(bench.context, &bench.peers[NET_QUERY], &query, &wrong) != 0)
        die("cannot ask the daemon: %s", wrong);
    for (unsigned fund = 0; fund < LOAD_FUNDS; fund++)
        read_fund(query, fund, ret);
    fw_query_close(&query);
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
