/* question - a query as a message has it: reads it, finds its handler, writes the answer.
 *
 * Here are the protocol's own keys and the table of queries; the answers are in query_*.c, the sockets in
 * queries.c. */
#include "daemon/query.h"

#include <assert.h>
#include <string.h>

#include "daemon/question.h"
#include "wire/batch.h"
#include "wire/limits.h"

#define ARGUMENTS_MAX     10

/* A question is answered at once, a long one by going through the books of a fund or of many; a command
 * needs the right to the command, not to the query. */
enum effort { QUESTION, LONG, COMMAND };

/* --- The table of queries: all there are. ------------------------------------ */

static const struct handler {
    const char *name;
    enum effort effort;
    query_handler *run;
    const char *required[ARGUMENTS_MAX];
    const char *optional[ARGUMENTS_MAX];
} handlers[] = {
    { "info",        QUESTION, query_info,        { 0 }, { 0 } },
    { "status",      QUESTION, query_status,      { 0 }, { "place", "known_at" } },
    { "report",      LONG,     query_report,      { "fund", "year" }, { "as_of", "known_at" } },
    { "outlook",     LONG,     query_outlook,     { "fund" },
      { "as_of", "months", "to_e4", "on", "payouts_e4", "subsidy_late", "coverage_e4", "known_at" } },
    { "rollup",      LONG,     query_rollup,      { 0 }, { "place", "scheme", "as_of", "known_at" } },
    { "event",       QUESTION, query_event,       { "id" }, { "source", "issuer", "known_at" } },
    { "events",      QUESTION, query_events,      { 0 },
      { "source", "fund", "from", "to", "after", "limit", "known_at" } },
    { "snapshot",    LONG,     query_snapshot,    { 0 }, { "place", "known_at" } },
    { "alerts",      QUESTION, query_alerts,      { "after" }, { "place", "limit", "known_at" } },
    { "sources",     QUESTION, query_sources,     { 0 }, { "after", "limit" } },
    { "quarantine",  QUESTION, query_quarantine,  { 0 }, { "source", "after", "limit" } },
    { "reconcile",   LONG,     query_reconcile,   { "source" }, { "from", "to", "known_at" } },
    { "policy",      QUESTION, query_policy,      { "fund" }, { "known_at" } },
    { "rights",      QUESTION, query_rights,      { 0 }, { "after", "limit" } },
    { "restated",    LONG,     query_restated,    { "fund" }, { "from", "to", "known_at" } },
    { "statements",  LONG,     query_statements,  { "fund" }, { "from", "to", "after", "known_at" } },
    { "payouts",     LONG,     query_payouts,     { "fund", "year" },
      { "institution", "after", "limit", "known_at" } },
    { "unmatched",   LONG,     query_unmatched,   { 0 }, { "fund", "source", "after", "limit", "known_at" } },
    { "churn",       LONG,     query_churn,       { "fund" }, { "from", "to", "known_at" } },
    { "acknowledge", COMMAND,  query_acknowledge, { "incident", "who", "note" }, { 0 } },
    { "requeue",     COMMAND,  query_requeue,     { "number" }, { 0 } },
    { "backup",      COMMAND,  query_backup,      { "path" }, { 0 } },
    { "verify",      COMMAND,  query_verify,      { 0 }, { "head" } },
    { "job",         QUESTION, query_job,         { "job" }, { 0 } },
    { "backtest",    COMMAND,  query_backtest,    { "fund", "policy" }, { "from", "to" } },
    { "in_order",    COMMAND,  query_in_order,    { "fund" }, { "from", "to" } },
    { "known_at",    COMMAND,  query_known_at,    { 0 }, { "position", "recorded" } },
    { "actions",     QUESTION, query_actions,     { 0 }, { "after", "limit" } },
    { "proposals",   QUESTION, query_proposals,   { 0 }, { "decided", "after", "limit" } },
    { "confirm",     COMMAND,  query_confirm,     { "number" }, { "note" } },
    { "decline",     COMMAND,  query_decline,     { "number", "note" }, { 0 } },
    { "health",      QUESTION, query_health,      { 0 }, { 0 } },
    { "compared",    QUESTION, query_compared,    { "job" }, { "after", "limit" } },
};

static bool is_handled(const char *word, bool command)
{
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (strcmp(word, handlers[i].name) == 0)
            return (handlers[i].effort == COMMAND) == command;
    }
    return false;
}

bool question_is(const char *word)
{
    return is_handled(word, false);
}

bool command_is(const char *word)
{
    return is_handled(word, true);
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
        && (handler->effort == COMMAND ? grant_command(q->grant, handler->name)
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

bool query_takes_long(struct query *q, const void *bytes, size_t size)
{
    read_query(q, bytes, size);
    const struct handler *handler = query_ok(q) ? find_handler(q) : NULL;
    return handler != NULL && handler->effort == LONG;
}

enum query_end query_take(struct query *q, const void *bytes, size_t size)
{
    read_query(q, bytes, size);
    const struct handler *handler = query_ok(q) ? find_handler(q) : NULL;
    if (handler == NULL)
        return QUERY_ANSWERED;
    check_right(q, handler);
    if (query_ok(q))
        check_arguments(q, handler);
    return query_ok(q) ? run_handler(q, handler) : QUERY_ANSWERED;
}

/* --- The answer. ------------------------------------------------------------- */

void query_write_answer(struct query *q, struct writer *w)
{
    if (q->data->err != 0)
        query_fail_with(q, q->data->err, "answer");
    if (q->data->size > MESSAGE_SIZE_MAX - 1024)
        query_fail(q, "bad_argument", "the answer is larger than a message: ask for less");
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
