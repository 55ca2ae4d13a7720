/* What LMDB and the disk do without us: the yardstick for everything after it. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/numbers.h"
#include "tests/bench/process.h"
#include "wire/event_codec.h"

#define RECORDS     1000                        /* different ones, in turn */
#define MAP_SIZE    ((size_t)16 << 30)
#define PIECE       (64 * 1024)

struct record {
    uint8_t bytes[CANONICAL_MAX];
    size_t size;
};

struct raw {
    MDB_env *env;
    MDB_dbi dbi, keyed;
    uint64_t position;
    struct record records[RECORDS];
};

static void check_lmdb(int code)
{
    if (code != 0)
        die("raw LMDB: %s", mdb_strerror(code));
}

static void open_raw(struct raw *raw, const char *path)
{
    MDB_txn *txn;
    if (mkdir(path, 0700) != 0)
        die("cannot make %s: %s", path, strerror(errno));
    check_lmdb(mdb_env_create(&raw->env));
    check_lmdb(mdb_env_set_mapsize(raw->env, MAP_SIZE));
    check_lmdb(mdb_env_set_maxdbs(raw->env, 2));
    check_lmdb(mdb_env_open(raw->env, path, 0, 0600));
    check_lmdb(mdb_txn_begin(raw->env, NULL, 0, &txn));
    check_lmdb(mdb_dbi_open(txn, "appended", MDB_CREATE | MDB_INTEGERKEY, &raw->dbi));
    check_lmdb(mdb_dbi_open(txn, "keyed", MDB_CREATE, &raw->keyed));
    check_lmdb(mdb_txn_commit(txn));
    for (unsigned i = 0; i < RECORDS; i++) {
        struct event event = load_event(i, LIVE);
        raw->records[i].size = event_to_canonical(&event, raw->records[i].bytes);
    }
}

static void append_batch(struct raw *raw, uint32_t batch, struct samples *commits)
{
    MDB_txn *txn;
    check_lmdb(mdb_txn_begin(raw->env, NULL, 0, &txn));
    for (uint32_t i = 0; i < batch; i++) {
        struct record *record = &raw->records[raw->position % RECORDS];
        size_t position = ++raw->position;
        MDB_val key = { sizeof position, &position }, value = { record->size, record->bytes };
        check_lmdb(mdb_put(txn, raw->dbi, &key, &value, MDB_APPEND));
    }
    double start = now();
    check_lmdb(mdb_txn_commit(txn));
    samples_add(commits, now() - start);
}

/* What a program would do that uses LMDB alone to count each id once: records by source and id, of
 * a thousand sources in no order. */
static void put_batch(struct raw *raw, uint32_t batch, struct samples *commits)
{
    MDB_txn *txn;
    check_lmdb(mdb_txn_begin(raw->env, NULL, 0, &txn));
    for (uint32_t i = 0; i < batch; i++) {
        struct record *record = &raw->records[raw->position % RECORDS];
        uint64_t position = ++raw->position;
        char id[40];
        int size = snprintf(id, sizeof id, "source-%03u/%012llu",
                            (unsigned)(position * UINT64_C(0x9e3779b97f4a7c15) >> 32) % 1000,
                            (unsigned long long)position);
        MDB_val key = { (size_t)size, id }, value = { record->size, record->bytes };
        check_lmdb(mdb_put(txn, raw->keyed, &key, &value, MDB_NOOVERWRITE));
    }
    double start = now();
    check_lmdb(mdb_txn_commit(txn));
    samples_add(commits, now() - start);
}

static void measure_batch(const struct bench *bench, struct raw *raw, const char *what,
                          void (*write_batch)(struct raw *, uint32_t, struct samples *), uint32_t batch)
{
    struct samples commits = { .values = NULL };
    char name[64];
    uint64_t before = raw->position;
    double start = now();
    while (now() - start < bench->seconds)
        write_batch(raw, batch, &commits);
    double rate = (double)(raw->position - before) / (now() - start);
    snprintf(name, sizeof name, "%s batch=%u", what, batch);
    number_add(rate, "events/s", "%s", name);
    snprintf(name, sizeof name, "%s batch=%u commit", what, batch);
    number_add_latency(&commits, name);
    samples_free(&commits);
}

static void measure_disk(const struct bench *bench, const char *path)
{
    static char piece[PIECE];
    struct samples times = { .values = NULL };
    memset(piece, 'x', sizeof piece);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        die("cannot make %s: %s", path, strerror(errno));
    for (double begin = now(); now() - begin < bench->seconds; ) {
        double start = now();
        if (write(fd, piece, sizeof piece) != sizeof piece || fdatasync(fd) != 0)
            die("cannot write %s: %s", path, strerror(errno));
        samples_add(&times, now() - start);
    }
    close(fd);
    number_add_latency(&times, "disk append 64 kB + fdatasync");
    samples_free(&times);
}

void raw_measure(struct bench *bench)
{
    char path[NET_PATH_MAX], file[NET_PATH_MAX];
    struct raw *raw = calloc(1, sizeof *raw);
    if (raw == NULL)
        die("out of memory");
    path_in(bench->folder, "raw", path);
    path_in(bench->folder, "raw/piece", file);
    numbers_section("raw LMDB: the same records appended, one synced commit a batch");
    open_raw(raw, path);
    measure_disk(bench, file);
    for (unsigned i = 0; i < BATCH_SIZES; i++)
        measure_batch(bench, raw, "raw-lmdb", append_batch, batch_sizes[i]);
    measure_batch(bench, raw, "raw-lmdb-keyed", put_batch, 1000);
    mdb_env_close(raw->env);
    free(raw);
    folder_remove(path);
}
