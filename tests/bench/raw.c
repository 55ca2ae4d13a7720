/* What LMDB does without us, on the same disk. */
#include <stdio.h>

#include "tests/bench/lmdb_raw.h"

static void measure_batch(const struct bench *bench, struct lmdb_raw *raw, const char *what,
                          void (*write_batch)(struct lmdb_raw *, uint32_t, struct samples *), uint32_t batch)
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

void raw_measure(struct bench *bench)
{
    char path[NET_PATH_MAX];
    path_in(bench->folder, "raw", path);
    numbers_section("raw LMDB: settlements and fees appended, one synced commit a batch");
    struct lmdb_raw *raw = lmdb_raw_open(path, LIVE);
    for (unsigned i = 0; i < BATCH_SIZES; i++)
        measure_batch(bench, raw, "raw-lmdb", lmdb_raw_append, batch_sizes[i]);
    measure_batch(bench, raw, "raw-lmdb-keyed", lmdb_raw_put, 1000);
    lmdb_raw_close(&raw, path);
}
