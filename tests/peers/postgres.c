/* PostgreSQL, in two ways: one prepared statement with an array for each column, and COPY into a
 * temporary table from which a prepared statement takes the events.  Either is one transaction and
 * one round trip; both send binary values. */
#include <endian.h>
#include <errno.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/process.h"
#include "tests/peers/child.h"
#include "tests/peers/peers.h"
#include "wire/writer.h"

#define PORT "5432"             /* names the unix socket; there is no TCP */

/* What a user would set for this load: memory for all of it, a log large enough that no checkpoint
 * falls into a measurement, no more in the log than a crash needs, no compilation of queries.
 * Without autovacuum, which would work into the turns of the others. */
static const char *const settings[] = {
    "fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=1GB",
    "wal_level=minimal", "max_wal_senders=0", "wal_buffers=64MB", "max_wal_size=8GB",
    "min_wal_size=2GB", "checkpoint_timeout=1h", "work_mem=64MB", "temp_buffers=64MB", "jit=off",
    "autovacuum=off",
};
#define SETTINGS (sizeof settings / sizeof settings[0])

/* Columns are what the event says, so there is no second copy of it as bytes. */
#define SCHEMA \
    "CREATE TABLE events (digest int8, fen int8, fund int4, day int4, source int2, kind int2," \
    " category int2, id text, PRIMARY KEY (source, id));" \
    "CREATE TABLE totals (fen int8, fund int4, month int4, kind int2, category int2," \
    " PRIMARY KEY (fund, month, kind, category)) WITH (fillfactor = 20)"

#define COLUMNS "digest, fen, fund, day, source, kind, category, id"
#define ARRAYS  "$1::int8[], $2::int8[], $3::int4[], $4::int4[], $5::int2[], $6::int2[], $7::int2[]," \
                " $8::text[]"
/* In the order of the key, so that two clients never wait for each other in a circle. */
#define FOLD(rows) \
    "WITH added AS (INSERT INTO events (" COLUMNS ") SELECT * FROM " rows \
    " ON CONFLICT DO NOTHING RETURNING fen, fund, day / 100 AS month, kind, category)," \
    " moved AS (INSERT INTO totals SELECT sum(fen), fund, month, kind, category FROM added" \
    " GROUP BY fund, month, kind, category ORDER BY fund, month, kind, category" \
    " ON CONFLICT (fund, month, kind, category) DO UPDATE SET fen = totals.fen + excluded.fen)" \
    " SELECT count(*) FROM added"
#define CONFLICTS \
    "SELECT count(*) FROM unnest(" ARRAYS ") AS sent (" COLUMNS ")" \
    " JOIN events e USING (source, id) WHERE e.digest <> sent.digest"

static int64_t digest_of(const struct item *item) { return item->digest; }
static int64_t fen_of(const struct item *item) { return item->fen; }
static int64_t fund_of(const struct item *item) { return load_fund(item->fund).place; }
static int64_t day_of(const struct item *item) { return item->ymd; }
static int64_t source_of(const struct item *item) { return item->source; }
static int64_t kind_of(const struct item *item) { return line_infos[item->line].kind; }
static int64_t category_of(const struct item *item) { return line_infos[item->line].category; }

/* Numbers of the types are fixed in PostgreSQL's catalogue, pg_type.dat. */
#define FIELDS 8
static const struct field {
    int32_t type;
    int32_t size;
    int64_t (*value)(const struct item *item);  /* NULL: the id */
} fields[FIELDS] = {
    { 20, 8, digest_of }, { 20, 8, fen_of }, { 23, 4, fund_of }, { 23, 4, day_of },
    { 21, 2, source_of }, { 21, 2, kind_of }, { 21, 2, category_of }, { 25, ITEM_ID_SIZE, NULL },
};

struct request {
    uint32_t count;
    struct writer arrays[FIELDS];
    struct writer rows;         /* of COPY */
};

/* One server has a database for each way. */
struct way {
    const char *database;
    const char *about;
    void (*prepare)(PGconn *c);
    uint64_t (*apply)(PGconn *c, const struct request *request);    /* events applied */
};

static char folder[NET_PATH_MAX], data[NET_PATH_MAX];
static const struct passwd *user;       /* NULL: ourselves */
static struct child server;
static unsigned databases;      /* the server runs while there are any */

/* --- The server. ------------------------------------------------------------- */

static const char *program(const char *name, char ret[NET_PATH_MAX])
{
    path_in(programs.postgres, name, ret);
    if (access(ret, X_OK) != 0)
        die("there is no %s; `tools/setup --peers` installs it", ret);
    return ret;
}

/* PostgreSQL refuses to run as root. */
static void choose_user(void)
{
    if (geteuid() != 0)
        return;
    user = getpwnam("postgres");
    if (user == NULL)
        die("PostgreSQL does not run as root, and there is no user postgres to run it as; be another "
            "user, or leave it out: --only fundwatch,sqlite,redis");
}

static void start_server(void)
{
    char path[NET_PATH_MAX];
    const char *argv[9 + 2 * SETTINGS];
    size_t n = 0;
    argv[n++] = program("postgres", path);
    const char *const fixed[] = { "-D", data, "-k", folder, "-p", PORT, "-h", "" };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        argv[n++] = fixed[i];
    for (size_t i = 0; i < SETTINGS; i++) {
        argv[n++] = "-c";
        argv[n++] = settings[i];
    }
    argv[n] = NULL;
    child_start(&server, argv, user, SIGQUIT, "ready to accept connections");
}

static void init_cluster(const char *where)
{
    char path[NET_PATH_MAX], output[4096];
    path_in(where, "postgres", folder);
    path_in(folder, "data", data);
    if (mkdir(folder, 0755) != 0 || (user != NULL && chown(folder, user->pw_uid, user->pw_gid) != 0))
        die("cannot make %s: %s", folder, strerror(errno));
    const char *const argv[] = { program("initdb", path), "-D", data, "-A", "trust", "-U", "peers",
                                 "--locale=C", "--encoding=UTF8", "--no-sync", NULL };
    child_run(argv, user, output, sizeof output);
}

static void begin(void *self, const char *where, char ret_about[ABOUT_MAX])
{
    const struct way *way = self;
    char path[NET_PATH_MAX], output[256] = "", version[32] = "?";
    if (folder[0] == '\0') {
        choose_user();
        init_cluster(where);
    }
    const char *const argv[] = { program("postgres", path), "--version", NULL };
    child_run(argv, user, output, sizeof output);
    sscanf(output, "postgres (PostgreSQL) %31s", version);
    size_t n = (size_t)snprintf(ret_about, ABOUT_MAX, "PostgreSQL %s: unix socket, %s", version,
                                way->about);
    for (size_t i = 0; i < SETTINGS && n < ABOUT_MAX; i++)
        n += (size_t)snprintf(ret_about + n, ABOUT_MAX - n, ", %s", settings[i]);
}

/* --- Connections. ------------------------------------------------------------ */

static PGresult *expect(PGconn *c, PGresult *result, ExecStatusType status)
{
    if (PQresultStatus(result) != status)
        die("PostgreSQL: %s", PQerrorMessage(c));
    return result;
}

static PGconn *open_database(const char *name)
{
    const char *const keys[] = { "host", "port", "user", "dbname", NULL };
    const char *const values[] = { folder, PORT, "peers", name, NULL };
    PGconn *c = PQconnectdbParams(keys, values, 0);
    if (PQstatus(c) != CONNECTION_OK)
        die("PostgreSQL: %s", PQerrorMessage(c));
    return c;
}

static void command(PGconn *c, const char *sql)
{
    PQclear(expect(c, PQexec(c, sql), PGRES_COMMAND_OK));
}

static void create(void *self)
{
    const struct way *way = self;
    char sql[128];
    if (databases++ == 0)
        start_server();
    PGconn *c = open_database("postgres");
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", way->database);
    command(c, sql);
    PQfinish(c);
    c = open_database(way->database);
    command(c, SCHEMA);
    PQfinish(c);
}

static void remove_store(void *self)
{
    const struct way *way = self;
    char sql[128];
    PGconn *c = open_database("postgres");
    snprintf(sql, sizeof sql, "DROP DATABASE %s", way->database);
    command(c, sql);
    PQfinish(c);
    if (--databases == 0)
        child_stop(&server, SIGINT);    /* does not wait for clients */
}

/* --- Requests. --------------------------------------------------------------- */

static void put_int(struct writer *w, int64_t value, int32_t size)
{
    uint64_t big = htobe64((uint64_t)value);
    write_raw(w, (const char *)&big + sizeof big - (size_t)size, (size_t)size);
}

static void put_field(struct writer *w, const struct field *field, const struct item *item)
{
    put_int(w, field->size, 4);
    if (field->value == NULL)
        write_raw(w, item->id, ITEM_ID_SIZE);
    else
        put_int(w, field->value(item), field->size);
}

/* One dimension from 1, no nulls; the form of array_recv(). */
static void put_array(struct writer *w, const struct field *field, const struct item *items,
                      uint32_t count)
{
    const int32_t head[] = { 1, 0, field->type, (int32_t)count, 1 };
    writer_init(w);
    for (unsigned i = 0; i < sizeof head / sizeof head[0]; i++)
        put_int(w, head[i], 4);
    for (uint32_t i = 0; i < count; i++)
        put_field(w, field, &items[i]);
}

/* COPY's binary format: signature, flags, extension, rows, -1. */
static void put_rows(struct writer *w, const struct item *items, uint32_t count)
{
    static const char signature[] = "PGCOPY\n\377\r\n";
    writer_init(w);
    write_raw(w, signature, sizeof signature);
    put_int(w, 0, 4);
    put_int(w, 0, 4);
    for (uint32_t i = 0; i < count; i++) {
        put_int(w, FIELDS, 2);
        for (unsigned f = 0; f < FIELDS; f++)
            put_field(w, &fields[f], &items[i]);
    }
    put_int(w, -1, 2);
}

static void *pack(const struct item *items, uint32_t count, unsigned)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL)
        die("out of memory");
    request->count = count;
    put_rows(&request->rows, items, count);
    int err = request->rows.err;
    for (unsigned f = 0; f < FIELDS; f++) {
        put_array(&request->arrays[f], &fields[f], items, count);
        err |= request->arrays[f].err;
    }
    must(err, "a request for PostgreSQL");
    return request;
}

static void discard(void *packed)
{
    struct request *request = packed;
    for (unsigned f = 0; f < FIELDS; f++)
        writer_free(&request->arrays[f]);
    writer_free(&request->rows);
    free(request);
}

/* A count, which is all that our statements return. */
static uint64_t count_in(PGconn *c, PGresult *result)
{
    expect(c, result, PGRES_TUPLES_OK);
    uint64_t count = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return count;
}

static uint64_t execute(PGconn *c, const char *name, const struct request *request)
{
    const char *values[FIELDS];
    int sizes[FIELDS], formats[FIELDS];
    for (unsigned f = 0; f < FIELDS; f++) {
        values[f] = request->arrays[f].bytes;
        sizes[f] = (int)request->arrays[f].size;
        formats[f] = 1;
    }
    return count_in(c, PQexecPrepared(c, name, FIELDS, values, sizes, formats, 0));
}

static void prepare_statement(PGconn *c)
{
    PQclear(expect(c, PQprepare(c, "fold", FOLD("unnest(" ARRAYS ")"), 0, NULL), PGRES_COMMAND_OK));
}

static uint64_t apply_statement(PGconn *c, const struct request *request)
{
    return execute(c, "fold", request);
}

static void prepare_copy(PGconn *c)
{
    command(c, "CREATE TEMPORARY TABLE staging (digest int8, fen int8, fund int4, day int4,"
               " source int2, kind int2, category int2, id text) ON COMMIT DELETE ROWS");
    command(c, "PREPARE fold AS " FOLD("staging"));
}

/* Two statements in one string are one transaction. */
static uint64_t apply_copy(PGconn *c, const struct request *request)
{
    uint64_t applied = 0;
    PGresult *result;
    if (PQsendQuery(c, "COPY staging FROM STDIN (FORMAT binary); EXECUTE fold") != 1)
        die("PostgreSQL: %s", PQerrorMessage(c));
    PQclear(expect(c, PQgetResult(c), PGRES_COPY_IN));
    if (PQputCopyData(c, request->rows.bytes, (int)request->rows.size) != 1
            || PQputCopyEnd(c, NULL) != 1)
        die("PostgreSQL: %s", PQerrorMessage(c));
    PQclear(expect(c, PQgetResult(c), PGRES_COMMAND_OK));
    applied = count_in(c, PQgetResult(c));
    while ((result = PQgetResult(c)) != NULL)
        PQclear(expect(c, result, PGRES_COMMAND_OK));
    return applied;
}

/* --- Clients. ---------------------------------------------------------------- */

static const struct way by_statement = {
    "by_statement", "one prepared statement a batch, an array for each column",
    prepare_statement, apply_statement,
};
static const struct way by_copy = {
    "by_copy", "COPY into a temporary table and a prepared statement, in one transaction",
    prepare_copy, apply_copy,
};

struct link {
    PGconn *c;
    const struct way *way;
};

static void *connect_client(void *self, unsigned)
{
    struct link *link = malloc(sizeof *link);
    if (link == NULL)
        die("out of memory");
    *link = (struct link){ .way = self };
    link->c = open_database(link->way->database);
    link->way->prepare(link->c);
    PQclear(expect(link->c, PQprepare(link->c, "conflicts", CONFLICTS, 0, NULL), PGRES_COMMAND_OK));
    return link;
}

static void disconnect(void *arg)
{
    struct link *link = arg;
    PQfinish(link->c);
    free(link);
}

/* Duplicates and conflicts are told apart only where there are any. */
static void send_request(void *arg, const void *packed, struct answer *ret)
{
    const struct link *link = arg;
    const struct request *request = packed;
    *ret = (struct answer){ .applied = link->way->apply(link->c, request) };
    if (ret->applied < request->count)
        ret->conflicts = execute(link->c, "conflicts", request);
    ret->duplicates = request->count - ret->applied - ret->conflicts;
}

/* --- Reading. ---------------------------------------------------------------- */

static uint64_t ask_number(PGconn *c, const char *sql)
{
    return count_in(c, PQexec(c, sql));
}

static void read_totals(void *self, struct totals *ret, uint64_t *ret_events)
{
    const struct way *way = self;
    PGconn *c = open_database(way->database);
    PGresult *rows = expect(c, PQexec(c, "SELECT fund, month, kind, category, fen FROM totals"),
                            PGRES_TUPLES_OK);
    memset(ret, 0, sizeof *ret);
    for (int i = 0; i < PQntuples(rows); i++) {
        int64_t v[5];
        for (int k = 0; k < 5; k++)
            v[k] = atoll(PQgetvalue(rows, i, k));
        ret->fen[total_of_key(v[0], v[1], v[2], v[3])] = v[4];
    }
    PQclear(rows);
    *ret_events = ask_number(c, "SELECT count(*) FROM events");
    PQfinish(c);
}

/* Without the log, which is used again and again. */
static uint64_t bytes(void *self)
{
    const struct way *way = self;
    PGconn *c = open_database(way->database);
    uint64_t size = ask_number(c, "SELECT pg_total_relation_size('events')"
                                  " + pg_total_relation_size('totals')");
    PQfinish(c);
    return size;
}

#define FUNCTIONS \
    .begin = begin, .create = create, .remove = remove_store, .connect = connect_client, \
    .disconnect = disconnect, .pack = pack, .discard = discard, .send = send_request, \
    .read = read_totals, .bytes = bytes

const struct peer statement_peer = {
    .name = "postgres-statement", .self = (void *)(uintptr_t)&by_statement, FUNCTIONS,
};
const struct peer copy_peer = {
    .name = "postgres-copy", .self = (void *)(uintptr_t)&by_copy, FUNCTIONS,
};
