#include "tests/daemon/running.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "wire/event_codec.h"
#include "wire/hash.h"
#include "wire/policy_codec.h"

struct folder folder;
struct config config;
struct daemon *daemon_running;
struct exception exceptions[BATCH_EVENTS_MAX];

static void *context;
static struct net_key server;
static struct { void *sockets[32]; unsigned count; } opened;

void running_start(void)
{
    ck_assert_int_eq(daemon_start(&config, &daemon_running), EXIT_SUCCESS);
}

void running_stop(void)
{
    daemon_stop(&daemon_running);
}

void running_setup(void)
{
    folder_make(&folder);
    config = config_default();
    config.log = LOG_AT_BROKEN;
    log_set_level(LOG_AT_BROKEN);
    ck_assert_int_eq(config_set_data(&config, folder.path), 0);
    for (unsigned role = 0; role < NET_ROLES; role++)
        strcpy(config.tcp[role], "tcp://127.0.0.1:*");
    server = folder_key(&folder, "server");
    folder_write(&folder, "rights.yaml", "keys: []\n");
    ck_assert_int_eq(store_create(folder_path(&folder, "store")), 0);
    context = net_context();
    running_start();
}

void running_teardown(void)
{
    while (opened.count > 0)
        zmq_close(opened.sockets[--opened.count]);
    zmq_ctx_term(context);
    running_stop();
    folder_remove(&folder);
}

const char *running_word(const char *key)
{
    static char line[2048];
    char start[64];
    daemon_describe(daemon_running, line, sizeof line);
    snprintf(start, sizeof start, " %s=", key);
    char *word = strstr(line, start);
    ck_assert_msg(word != NULL, "no %s in \"%s\"", key, line);
    word += strlen(start);
    word[strcspn(word, " ")] = '\0';
    return word;
}

void running_grant(const struct net_key *key, const char *entry)
{
    char text[1024];
    snprintf(text, sizeof text, "keys:\n  - name: %s\n    public: \"%s\"\n%s", key->name,
             key->public_key, entry);
    folder_write(&folder, "rights.yaml", text);
    daemon_reload(daemon_running);
}

void running_revoke(void)
{
    folder_write(&folder, "rights.yaml", "keys: []\n");
    daemon_reload(daemon_running);
}

void *connect_to(enum net_role role, const struct net_key *key)
{
    char word[32];
    struct net_peer peer = { .endpoint = "" };
    snprintf(word, sizeof word, "%s%s", net_role_word(role), key != NULL ? "_tcp" : "");
    strcpy(peer.endpoint, running_word(word));
    if (key != NULL) {
        strcpy(peer.server_key, server.public_key);
        peer.key = *key;
    }
    void *socket = net_connect(context, role, &peer);
    ck_assert_ptr_nonnull(socket);
    opened.sockets[opened.count++] = socket;
    return socket;
}

/* --- Events. ----------------------------------------------------------------- */

static struct event event_of(const char *id, enum event_kind kind, int32_t ymd)
{
    struct event event = { .kind = (uint8_t)kind, .fund = { 130207, SCHEME_RESIDENT } };
    event.present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE;
    strcpy(event.id, id);
    event.id_size = (uint8_t)strlen(id);
    ck_assert(date_from_ymd(ymd, &event.date));
    return event;
}

struct event policy_event(const char *id, int32_t ymd)
{
    static struct writer bytes;
    struct event event = event_of(id, KIND_POLICY, ymd);
    struct policy policy = policy_default();
    policy.version = 1;
    policy.runway.min_months = 1;
    writer_reset(&bytes);
    policy_encode(&bytes, &policy);
    event.present |= 1u << FIELD_POLICY;
    event.policy = (struct policy_text){ (const uint8_t *)bytes.bytes, (uint32_t)bytes.size };
    return event;
}

static struct event with_amount(struct event event, int64_t fen)
{
    event.present |= 1u << FIELD_AMOUNT;
    event.amount.fen = fen;
    return event;
}

static struct event with_category(struct event event, enum event_category category)
{
    event.present |= 1u << FIELD_CATEGORY;
    event.category = (uint8_t)category;
    return event;
}

struct event opening_event(const char *id, int32_t ymd, int64_t fen)
{
    return with_amount(event_of(id, KIND_OPENING, ymd), fen);
}

struct event fee_event(const char *id, int32_t ymd, int64_t fen)
{
    struct event event = with_category(with_amount(event_of(id, KIND_CONTRIBUTION, ymd), fen),
                                       CATEGORY_PERSONAL);
    event.present |= 1u << FIELD_YEAR;
    event.year = ymd / 10000;
    return event;
}

struct event settlement_event(const char *id, int32_t ymd, int64_t fen)
{
    return with_category(with_amount(event_of(id, KIND_SETTLEMENT, ymd), fen), CATEGORY_INPATIENT);
}

struct event day_event(const char *id, int32_t ymd)
{
    return event_of(id, KIND_DAY, ymd);
}

/* --- Batches. ---------------------------------------------------------------- */

void send_bytes(void *socket, const char *source, uint64_t ref, const struct event *events,
                uint32_t count)
{
    struct batch_head head = { .ref = ref, .count = count };
    struct writer w;
    strcpy(head.source, source);
    strcpy(head.issuer, source);
    writer_init(&w);
    batch_write_head(&w, &head);
    for (uint32_t i = 0; i < count; i++)
        event_encode(&w, &events[i]);
    ck_assert_int_eq(w.err, 0);
    ck_assert_int_eq(net_send(socket, w.bytes, w.size, false), 0);
    writer_free(&w);
}

struct reply receive_reply(void *socket)
{
    struct net_message message;
    struct reply reply;
    ck_assert_int_eq(net_receive(socket, -1, &message), 0);
    ck_assert_uint_eq(message.count, 1);
    ck_assert(reply_read(message.frames[0].bytes, message.frames[0].size, &reply, exceptions,
                         BATCH_EVENTS_MAX));
    net_message_free(&message);
    return reply;
}

struct reply send_events(void *socket, const char *source, const struct event *events,
                         uint32_t count)
{
    static uint64_t ref;
    send_bytes(socket, source, ++ref, events, count);
    struct reply reply = receive_reply(socket);
    ck_assert_uint_eq(reply.ref, ref);
    return reply;
}

struct reply send_event(void *socket, const char *source, struct event event)
{
    return send_events(socket, source, &event, 1);
}

/* --- Queries. ---------------------------------------------------------------- */

static const char *read_answer(struct reader *r, struct reader *ret_data)
{
    static char code[32];
    code[0] = '\0';
    uint32_t pairs = read_map(r, 8);
    for (uint32_t i = 0; i < pairs; i++) {
        struct span key = read_string(r, 32);
        if (span_is(key, "data"))
            *ret_data = *r;
        if (span_is(key, "code"))
            ck_assert(span_copy(read_string(r, 31), code, sizeof code));
        else
            read_skip(r, 16);
    }
    ck_assert_int_eq(reader_end(r), READ_OK);
    return code;
}

const char *ask(void *socket, const char *query, uint32_t count, const struct writer *arguments,
                struct reader *ret_data)
{
    static struct net_message message;
    struct writer w;
    net_message_free(&message);
    writer_init(&w);
    write_map(&w, 4 + count);
    write_key_int(&w, "v", 1);
    write_key_string(&w, "type", "query");
    write_key_int(&w, "ref", 7);
    write_key_string(&w, "query", query);
    if (count > 0)
        write_raw(&w, arguments->bytes, arguments->size);
    ck_assert_int_eq(net_send(socket, w.bytes, w.size, false), 0);
    writer_free(&w);
    ck_assert_int_eq(net_receive(socket, -1, &message), 0);
    struct reader r = reader_of(message.frames[0].bytes, message.frames[0].size);
    return read_answer(&r, ret_data);
}

const char *ask_plain(void *socket, const char *query)
{
    struct reader data;
    return ask(socket, query, 0, NULL, &data);
}

int64_t number_in(struct reader data, const char *key)
{
    uint32_t pairs = read_map(&data, 64);
    for (uint32_t i = 0; i < pairs; i++) {
        struct span k = read_string(&data, 64);
        if (span_is(k, key))
            return read_int(&data, INT64_MIN, INT64_MAX);
        read_skip(&data, 16);
    }
    ck_abort_msg("no %s in the data", key);
    return 0;
}
