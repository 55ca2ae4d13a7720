/* SQLite inside this process: no server, no transport, and the totals of a batch added up in C, so
 * that each is written once. */
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/process.h"
#include "tests/peers/peers.h"

/* The log is folded into the database every 64 MB instead of 4, so that a page that many commits
 * change is written back once.  What makes a commit durable is the log's sync, as always. */
#define PRAGMAS \
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;" \
    "PRAGMA cache_size = -524288; PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE;"

/* Clustered by the key: a table with an index beside it would be written twice. */
#define SCHEMA \
    "CREATE TABLE events (source INTEGER, id TEXT, digest INTEGER, bytes BLOB," \
    " PRIMARY KEY (source, id)) WITHOUT ROWID;" \
    "CREATE TABLE totals (fund INTEGER, month INTEGER, kind INTEGER, category INTEGER, fen INTEGER," \
    " PRIMARY KEY (fund, month, kind, category)) WITHOUT ROWID;"

enum statement { BEGIN, INSERT, COMPARE, ADD, COMMIT, STATEMENTS };
static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [INSERT] = "INSERT INTO events VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    [COMPARE] = "SELECT digest FROM events WHERE source = ?1 AND id = ?2",
    [ADD] = ("INSERT INTO totals VALUES (?1, ?2, ?3, ?4, ?5)"
             " ON CONFLICT DO UPDATE SET fen = fen + excluded.fen"),
    [COMMIT] = "COMMIT",
};

struct request {
    const struct item *items;
    uint32_t count;
};

/* What the events of a transaction add, and which totals that moves. */
struct sums {
    int64_t fen[BOOKS_TOTALS];
    bool moved[BOOKS_TOTALS];
    uint16_t list[BOOKS_TOTALS];
    unsigned count;
};

static char folder[NET_PATH_MAX];
static sqlite3 *db;
static sqlite3_stmt *statements[STATEMENTS];
/* One writer at a time is SQLite's rule.  Clients that wait for a mutex lose less than connections
 * that wait for the file's lock, which sleep. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void check(int code)
{
    if (code != SQLITE_OK)
        die("SQLite: %s", db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db));
}

static void begin(void *, const char *where, char ret_about[ABOUT_MAX])
{
    path_in(where, "sqlite", folder);
    snprintf(ret_about, ABOUT_MAX, "SQLite %s: in process, journal_mode=WAL, synchronous=FULL, "
             "wal_autocheckpoint=16000, cache_size=512 MiB, locking_mode=EXCLUSIVE, prepared "
             "statements, totals added up by the client", sqlite3_libversion());
}

static void open_database(void)
{
    char path[NET_PATH_MAX];
    path_in(folder, "events.db", path);
    check(sqlite3_open(path, &db));
    check(sqlite3_exec(db, PRAGMAS, NULL, NULL, NULL));
    check(sqlite3_exec(db, SCHEMA, NULL, NULL, NULL));
    for (unsigned i = 0; i < STATEMENTS; i++)
        sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL);
}

static void create(void *)
{
    if (mkdir(folder, 0700) != 0)
        die("cannot make %s: %s", folder, strerror(errno));
    open_database();
}

static void remove_store(void *)
{
    for (unsigned i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
    check(sqlite3_close(db));
    db = NULL;
    folder_remove(folder);
}

/* --- Sending. ---------------------------------------------------------------- */

static void *connect_client(void *, unsigned)
{
    return &db;
}

static void disconnect(void *)
{
}

static void *pack(const struct item *items, uint32_t count, unsigned)
{
    struct request *request = malloc(sizeof *request);
    if (request == NULL)
        die("out of memory");
    *request = (struct request){ items, count };
    return request;
}

static void run(enum statement which)
{
    if (sqlite3_step(statements[which]) != SQLITE_DONE)
        die("SQLite: %s", sqlite3_errmsg(db));
    sqlite3_reset(statements[which]);
}

static bool insert(const struct item *item)
{
    sqlite3_stmt *s = statements[INSERT];
    sqlite3_bind_int(s, 1, item->source);
    sqlite3_bind_text(s, 2, item->id, ITEM_ID_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, item->digest);
    sqlite3_bind_blob(s, 4, item->bytes, item->size, SQLITE_STATIC);
    run(INSERT);
    return sqlite3_changes(db) == 1;
}

static bool is_same(const struct item *item)
{
    sqlite3_stmt *s = statements[COMPARE];
    sqlite3_bind_int(s, 1, item->source);
    sqlite3_bind_text(s, 2, item->id, ITEM_ID_SIZE, SQLITE_STATIC);
    if (sqlite3_step(s) != SQLITE_ROW)
        die("SQLite: %s", sqlite3_errmsg(db));
    bool same = sqlite3_column_int64(s, 0) == item->digest;
    sqlite3_reset(s);
    return same;
}

static void take(const struct item *item, struct sums *sums, struct answer *answer)
{
    if (!insert(item)) {
        *(is_same(item) ? &answer->duplicates : &answer->conflicts) += 1;
        return;
    }
    unsigned total = total_of_item(item);
    answer->applied++;
    sums->fen[total] += item->fen;
    if (!sums->moved[total]) {
        sums->moved[total] = true;
        sums->list[sums->count++] = (uint16_t)total;
    }
}

static void write_total(unsigned total, int64_t fen)
{
    sqlite3_stmt *s = statements[ADD];
    const struct line_info *line = &line_infos[total % BOOKS_LINES];
    sqlite3_bind_int64(s, 1, load_fund(total / BOOKS_LINES / BOOKS_MONTHS).place);
    sqlite3_bind_int(s, 2, BOOKS_YEAR * 100 + (int)(total / BOOKS_LINES % BOOKS_MONTHS) + 1);
    sqlite3_bind_int(s, 3, (int)line->kind);
    sqlite3_bind_int(s, 4, (int)line->category);
    sqlite3_bind_int64(s, 5, fen);
    run(ADD);
}

static void send_request(void *, const void *packed, struct answer *ret)
{
    const struct request *request = packed;
    struct sums sums = { .count = 0 };
    *ret = (struct answer){ .applied = 0 };
    pthread_mutex_lock(&turn);
    run(BEGIN);
    for (uint32_t i = 0; i < request->count; i++)
        take(&request->items[i], &sums, ret);
    for (unsigned i = 0; i < sums.count; i++)
        write_total(sums.list[i], sums.fen[sums.list[i]]);
    run(COMMIT);
    pthread_mutex_unlock(&turn);
}

/* --- Reading. ---------------------------------------------------------------- */

static int add_total(void *arg, int, char **values, char **)
{
    struct totals *totals = arg;
    totals->fen[total_of_key(atoll(values[0]), atoll(values[1]), atoll(values[2]), atoll(values[3]))]
        = atoll(values[4]);
    return 0;
}

static int take_count(void *arg, int, char **values, char **)
{
    *(uint64_t *)arg = strtoull(values[0], NULL, 10);
    return 0;
}

static void read_totals(void *, struct totals *ret, uint64_t *ret_events)
{
    memset(ret, 0, sizeof *ret);
    check(sqlite3_exec(db, "SELECT * FROM totals", add_total, ret, NULL));
    check(sqlite3_exec(db, "SELECT count(*) FROM events", take_count, ret_events, NULL));
}

static uint64_t bytes(void *)
{
    uint64_t size = 0;
    check(sqlite3_exec(db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                       take_count, &size, NULL));
    return size;
}

const struct peer sqlite_peer = {
    .name = "sqlite", .begin = begin, .create = create, .remove = remove_store,
    .connect = connect_client, .disconnect = disconnect, .pack = pack, .discard = free,
    .send = send_request, .read = read_totals, .bytes = bytes,
};
