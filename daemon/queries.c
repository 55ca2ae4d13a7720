#include "daemon/queries.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/counters.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/query.h"
#include "daemon/queue.h"
#include "wire/limits.h"

#define MESSAGES_PER_TURN 16
#define ARGUMENTS_MAX     10

/* --- The table of queries: all there are. ------------------------------------ */

static const struct handler {
    const char *name;
    bool command;               /* needs the right to the command, not to the query */
    query_handler *run;
    const char *required[ARGUMENTS_MAX];
    const char *optional[ARGUMENTS_MAX];
} handlers[] = {
    { "info",        false, query_info,        { 0 }, { 0 } },
    { "status",      false, query_status,      { 0 }, { "place", "known_at" } },
    { "report",      false, query_report,      { "fund", "year" }, { "as_of", "known_at" } },
    { "outlook",     false, query_outlook,     { "fund" },
      { "as_of", "months", "to_e4", "on", "payouts_e4", "subsidy_late", "coverage_e4", "known_at" } },
    { "rollup",      false, query_rollup,      { 0 }, { "place", "scheme", "as_of", "known_at" } },
    { "event",       false, query_event,       { "id" }, { "source", "issuer", "known_at" } },
    { "events",      false, query_events,      { 0 },
      { "source", "fund", "from", "to", "after", "limit", "known_at" } },
    { "snapshot",    false, query_snapshot,    { 0 }, { "place", "known_at" } },
    { "alerts",      false, query_alerts,      { "after" }, { "place", "limit", "known_at" } },
    { "sources",     false, query_sources,     { 0 }, { "after", "limit" } },
    { "quarantine",  false, query_quarantine,  { 0 }, { "source", "after", "limit" } },
    { "reconcile",   false, query_reconcile,   { "source" }, { "from", "to", "known_at" } },
    { "policy",      false, query_policy,      { "fund" }, { "known_at" } },
    { "rights",      false, query_rights,      { 0 }, { "after", "limit" } },
    { "restated",    false, query_restated,    { "fund" }, { "from", "to", "known_at" } },
    { "statements",  false, query_statements,  { "fund" }, { "from", "to", "after", "known_at" } },
    { "payouts",     false, query_payouts,     { "fund", "year" },
      { "institution", "after", "limit", "known_at" } },
    { "unmatched",   false, query_unmatched,   { 0 }, { "fund", "source", "after", "limit", "known_at" } },
    { "churn",       false, query_churn,       { "fund" }, { "from", "to", "known_at" } },
    { "acknowledge", true,  query_acknowledge, { "incident", "who", "note" }, { 0 } },
    { "requeue",     true,  query_requeue,     { "number" }, { 0 } },
    { "backup",      true,  query_backup,      { "path" }, { 0 } },
    { "verify",      true,  query_verify,      { 0 }, { "head" } },
    { "job",         false, query_job,         { "job" }, { 0 } },
    { "backtest",    true,  query_backtest,    { "fund", "policy" }, { "from", "to" } },
    { "in_order",    true,  query_in_order,    { "fund" }, { "from", "to" } },
    { "known_at",    true,  query_known_at,    { 0 }, { "position", "recorded" } },
    { "actions",     false, query_actions,     { 0 }, { "after", "limit" } },
    { "proposals",   false, query_proposals,   { 0 }, { "decided", "after", "limit" } },
    { "confirm",     true,  query_confirm,     { "number" }, { "note" } },
    { "decline",     true,  query_decline,     { "number", "note" }, { 0 } },
    { "health",      false, query_health,      { 0 }, { 0 } },
    { "compared",    false, query_compared,    { "job" }, { "after", "limit" } },
};

struct queries {
    struct queries_options options;
    struct query_world world;
    struct queue *finished;     /* of struct query_command *, back from the bookkeeper */
    unsigned commands;          /* in the bookkeeper's hands */
    struct bell stop;
    struct writer data, answer; /* reused */
    pthread_t thread;
};

/* --- Answers. ---------------------------------------------------------------- */

static void write_answer(struct writer *w, const struct query *q)
{
    writer_reset(w);
    bool other_version = !query_ok(q) && strcmp(q->code, "version") == 0;
    write_map(w, (query_ok(q) ? 5 : 6) + other_version);
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "answer");
    write_key_uint(w, "ref", q->ref);
    write_key_string(w, "status", query_ok(q) ? "ok" : "error");
    if (query_ok(q)) {
        write_key(w, "data");
        write_raw(w, q->data->bytes, q->data->size);
    } else {
        write_key_string(w, "code", q->code);
        write_key_string(w, "text", q->text);
    }
    if (other_version)
        write_versions(w);
}

/* Sends what the query came to. */
static void answer(struct queries *queries, struct query *q)
{
    if (q->data->err != 0)
        query_fail_with(q, q->data->err, "answer");
    if (q->data->size > MESSAGE_SIZE_MAX - 1024)
        query_fail(q, "bad_argument", "the answer is larger than a message: ask for less");
    write_answer(&queries->answer, q);
    counter_add(query_ok(q) ? COUNTER_QUERIES : COUNTER_QUERIES_FAILED, 1);
    int err = queries->answer.err;
    if (err == 0)
        err = net_send(q->socket, q->routing_id.bytes, q->routing_id.size, true);
    if (err == 0)
        err = net_send(q->socket, queries->answer.bytes, queries->answer.size, false);
    if (err != 0)
        counter_add(COUNTER_REPLIES_LOST, 1);
}

/* --- Reading a query. -------------------------------------------------------- */

static void take_argument(struct query *q, struct span key, struct span value)
{
    for (unsigned i = 0; i < q->argument_count; i++) {
        if (q->arguments[i].key.size == key.size
                && memcmp(q->arguments[i].key.bytes, key.bytes, key.size) == 0)
            query_fail(q, "malformed", "a key stands twice");
    }
    /* read_map() allowed as many pairs as there is room for. */
    assert(q->argument_count < QUERY_PAIRS_MAX);
    q->arguments[q->argument_count++] = (struct query_argument){ .key = key, .value = value };
}

static bool argument_is(const struct query *q, const char *key, const char *value)
{
    for (unsigned i = 0; i < q->argument_count; i++) {
        if (span_is(q->arguments[i].key, key)) {
            struct reader r = reader_of(q->arguments[i].value.bytes, q->arguments[i].value.size);
            return span_is(read_string(&r, 16), value) && r.err == READ_OK;
        }
    }
    return false;
}

/* The protocol's own keys: v, type, ref and query. */
static void read_envelope(struct query *q)
{
    q->ref = (uint64_t)query_int(q, "ref", 0, INT64_MAX, 0);
    struct span v = query_value(q, "v");
    struct reader version = reader_of(v.bytes, v.size);
    bool other = read_int(&version, INT64_MIN, INT64_MAX) != PROTOCOL_VERSION;
    if (other || !query_has(q, "ref") || !argument_is(q, "type", "query") || !query_has(q, "query"))
        query_fail(q, "malformed", "a query has v, type \"query\", ref and query");
    for (unsigned i = 0; i < q->argument_count; i++) {
        struct reader r = reader_of(q->arguments[i].value.bytes, q->arguments[i].value.size);
        if (span_is(q->arguments[i].key, "query"))
            q->name = read_string(&r, 64);
    }
    /* What query_int() calls a bad argument is the envelope here. */
    if (q->code != NULL)
        q->code = "malformed";
    /* Another version may explain all of it. */
    if (other && version.err == READ_OK) {
        q->code = NULL;
        query_fail(q, "version", "this daemon speaks version %d of the protocol", PROTOCOL_VERSION);
    }
}

static void read_query(struct query *q, const void *bytes, size_t size)
{
    if (size > QUERY_SIZE_MAX) {
        query_fail(q, "malformed", "a query has at most %d bytes", QUERY_SIZE_MAX);
        return;
    }
    struct reader r = reader_of(bytes, size);
    uint32_t pairs = read_map(&r, QUERY_PAIRS_MAX);
    for (uint32_t i = 0; i < pairs && r.err == READ_OK; i++) {
        struct span key = read_string(&r, 64);
        struct span value = read_skip(&r, POLICY_DEPTH_MAX);
        if (r.err == READ_OK)
            take_argument(q, key, value);
    }
    if (reader_end(&r) != READ_OK)
        query_fail(q, "malformed", "%s at byte %zu", read_error_sentence(r.err), r.err_offset);
    read_envelope(q);
}

static const struct handler *find_handler(struct query *q)
{
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (span_is(q->name, handlers[i].name))
            return &handlers[i];
    }
    query_fail(q, "unknown_query", "there is no such query");
    return NULL;
}

static bool listed(const char *const *words, struct span word)
{
    for (unsigned i = 0; i < ARGUMENTS_MAX && words[i] != NULL; i++) {
        if (span_is(word, words[i]))
            return true;
    }
    return false;
}

static void check_arguments(struct query *q, const struct handler *handler)
{
    static const char *const envelope[ARGUMENTS_MAX] = { "v", "type", "ref", "query" };
    for (unsigned i = 0; i < q->argument_count; i++) {
        struct span key = q->arguments[i].key;
        if (!listed(envelope, key) && !listed(handler->required, key)
                && !listed(handler->optional, key))
            query_fail(q, "malformed", "%s has no such argument as the one at place %u",
                       handler->name, i + 1);
    }
    for (unsigned i = 0; i < ARGUMENTS_MAX && handler->required[i] != NULL; i++) {
        if (!query_has(q, handler->required[i]))
            query_fail(q, "bad_argument", "%s needs the argument %s", handler->name,
                       handler->required[i]);
    }
}

static void check_right(struct query *q, const struct handler *handler)
{
    bool allowed = q->grant != NULL
        && (handler->command ? grant_command(q->grant, handler->name)
                             : grant_query(q->grant, handler->name));
    if (!allowed)
        query_fail(q, "not_permitted", "the key has no right to %s", handler->name);
}

/* The world with the books as they were known at a position, if the query asks for that. */
static struct query_world world_of(struct query *q)
{
    struct query_world world = *q->world;
    uint64_t position = (uint64_t)query_int(q, "known_at", 1, INT64_MAX, 0);
    if (!query_ok(q) || position == 0)
        return world;
    world.store = past_hold(jobs_past(world.jobs), position);
    if (world.store == NULL)
        query_fail(q, "not_found", "the books as known at position %llu are not there (any more): "
                   "known_at makes them", (unsigned long long)position);
    return world;
}

static enum query_end run_handler(struct query *q, const struct handler *handler)
{
    const struct query_world *present = q->world;
    struct query_world world = world_of(q);
    enum query_end end = QUERY_ANSWERED;
    q->world = &world;
    if (query_ok(q))
        end = handler->run(q);
    q->world = present;
    if (world.store != NULL && world.store != present->store)
        past_release(jobs_past(present->jobs), world.store);
    return end;
}

static enum query_end run_query(struct query *q)
{
    const struct handler *handler = query_ok(q) ? find_handler(q) : NULL;
    if (handler == NULL)
        return QUERY_ANSWERED;
    check_right(q, handler);
    if (query_ok(q))
        check_arguments(q, handler);
    return query_ok(q) ? run_handler(q, handler) : QUERY_ANSWERED;
}

/* --- Commands. --------------------------------------------------------------- */

static void command_done(struct command *command, int err)
{
    struct query_command *query = (struct query_command *)command;
    query->err = err;
    bool put = queue_put(query->queries->finished, query);
    assert(put);                /* it has a place for every command there may be */
}

enum query_end query_command(struct query *q, struct query_command *command)
{
    struct queries *queries = q->queries;
    command->command.done = command_done;
    command->queries = queries;
    strcpy(command->key, grant_name(q->grant));
    strcpy(command->person, grant_person(q->grant));
    command->command.key = command->key;
    command->command.person = command->person;
    command->socket = q->socket;
    command->ref = q->ref;
    command->routing_id_size = q->routing_id.size;
    assert(q->routing_id.size <= sizeof command->routing_id);   /* ZMTP: at most 255 */
    memcpy(command->routing_id, q->routing_id.bytes, q->routing_id.size);
    bool handed = query_ok(q) && queries->commands < QUERIES_COMMANDS_MAX
        && bookkeeper_command(queries->options.bookkeeper, &command->command);
    if (handed) {
        queries->commands++;
        return QUERY_LATER;
    }
    query_fail_with(q, -EBUSY, "command");
    free(command);
    return QUERY_ANSWERED;
}

/* The bookkeeper's queue has a place for each of them. */
bool query_can_command(struct query *q)
{
    if (query_ok(q) && q->queries->commands >= QUERIES_COMMANDS_MAX)
        query_fail_with(q, -EBUSY, "command");
    return query_ok(q);
}

static void finish_command(struct queries *queries, struct query_command *command)
{
    struct query q = {
        .ref = command->ref,
        .queries = queries,
        .data = &queries->data,
        .socket = command->socket,
        .routing_id = { .bytes = (const char *)command->routing_id,
                        .size = (uint32_t)command->routing_id_size },
    };
    writer_reset(&queries->data);
    bool no_room = command->err == -ENOSPC || command->err == -EROFS;
    if (no_room && command->anyway)
        log_unusual("query", "there is no room to note what was asked for key=%s", command->key);
    if (command->err == 0 || (no_room && command->anyway))
        command->answer(command, &q);
    else if (command->err == -EINVAL)
        query_fail(&q, "bad_argument", "the store does not take it as it is");
    else
        query_fail_with(&q, command->err, "incident, entry or proposal");
    answer(queries, &q);
    queries->commands--;
    free(command);
}

static void finish_commands(struct queries *queries)
{
    struct query_command *command;
    while ((command = queue_take(queries->finished)) != NULL)
        finish_command(queries, command);
}

/* --- The thread. ------------------------------------------------------------- */

static void handle_query(struct queries *queries, void *socket, const struct net_message *message)
{
    const struct rights *rights = rights_hold(queries->options.book);
    struct query q = {
        .world = &queries->world,
        .queries = queries,
        .data = &queries->data,
        .socket = socket,
        .routing_id = { .bytes = message->frames[0].bytes,
                        .size = (uint32_t)message->frames[0].size },
        .grant = socket == queries->options.ipc ? rights_local()
                                                : rights_find(rights, listener_user(message)),
    };
    writer_reset(&queries->data);
    read_query(&q, message->frames[1].bytes, message->frames[1].size);
    if (run_query(&q) == QUERY_ANSWERED)
        answer(queries, &q);
    rights_release(rights);
}

static bool handle_message(struct queries *queries, void *socket)
{
    struct net_message message;
    int err = net_receive(socket, 0, &message);
    if (err != 0 && err != -EMSGSIZE)
        return false;
    if (err == 0 && message.count == 2)
        handle_query(queries, socket, &message);
    else
        counter_add(COUNTER_MESSAGES_DROPPED, 1);
    if (err == 0)
        net_message_free(&message);
    return true;
}

static void handle_messages(struct queries *queries, void *socket)
{
    for (unsigned i = 0; i < MESSAGES_PER_TURN && handle_message(queries, socket); i++) {
    }
}

static void *queries_run(void *arg)
{
    struct queries *queries = arg;
    zmq_pollitem_t items[] = {
        { .fd = queries->stop.fd, .events = ZMQ_POLLIN },
        { .fd = queue_bell(queries->finished)->fd, .events = ZMQ_POLLIN },
        { .socket = queries->options.ipc, .events = ZMQ_POLLIN },
        { .socket = queries->options.tcp, .events = ZMQ_POLLIN },
    };
    int count = queries->options.tcp == NULL ? 3 : 4;
    while (items[0].revents == 0) {
        if (zmq_poll(items, count, -1) < 0)
            continue;
        finish_commands(queries);
        if (items[2].revents != 0)
            handle_messages(queries, queries->options.ipc);
        if (count == 4 && items[3].revents != 0)
            handle_messages(queries, queries->options.tcp);
    }
    while (queries->commands > 0) {
        bell_wait(queue_bell(queries->finished), -1);
        finish_commands(queries);
    }
    listener_close(&queries->options.ipc);
    listener_close(&queries->options.tcp);
    return NULL;
}

static void queries_free(struct queries *queries)
{
    queue_destroy(&queries->finished);
    bell_close(&queries->stop);
    writer_free(&queries->data);
    writer_free(&queries->answer);
    free(queries);
}

int queries_start(const struct queries_options *options, struct queries **ret)
{
    struct queries *queries = calloc(1, sizeof *queries);
    if (queries == NULL)
        return -ENOMEM;
    queries->options = *options;
    queries->world = (struct query_world){
        .store = options->store, .bookkeeper = options->bookkeeper, .jobs = options->jobs,
        .caretaker = options->caretaker,
        .book = options->book, .started_ms = options->started_ms,
        .read_only = options->read_only,
    };
    queries->stop.fd = -1;
    writer_init(&queries->data);
    writer_init(&queries->answer);
    int err = queue_create(QUERIES_COMMANDS_MAX, &queries->finished);
    if (err == 0)
        err = bell_open(&queries->stop);
    if (err == 0)
        err = -pthread_create(&queries->thread, NULL, queries_run, queries);
    if (err == 0)
        *ret = queries;
    else
        queries_free(queries);
    return err;
}

void queries_stop(struct queries **queries_p)
{
    struct queries *queries = *queries_p;
    if (queries == NULL)
        return;
    bell_ring(&queries->stop);
    pthread_join(queries->thread, NULL);
    queries_free(queries);
    *queries_p = NULL;
}
