#include "tests/bench/targets.h"

#include <stdbool.h>

#include "tests/bench/numbers.h"

#define DRIFT_MAX 1.5           /* the disk's longest time for a sync meanwhile, by its shortest */

/* Ratios to PostgreSQL, SQLite and Redis are those of `make bench-peers`: here such a figure stands
 * without a limit. */
static const struct target {
    const char *what;
    const char *demand;
    const char *line;           /* of the table */
    enum { AT_LEAST, AT_MOST, BY_PEERS } direction;
    double limit;
    const char *drift;          /* line of how much the disk changed meanwhile; NULL: it does not matter */
} targets[] = {
    { "100 mixed, waiting for each reply", ">= 0.85 of the floor, or 2.5x the best peer",
      "mixed in-flight=1 batch=100 of the floor", AT_LEAST, 0.85,
      "mixed in-flight=1 batch=100 disk drift" },
    { "1,000 mixed, waiting for each reply", ">= 0.85 of the floor, or 4x the best peer",
      "mixed in-flight=1 batch=1000 of the floor", AT_LEAST, 0.85,
      "mixed in-flight=1 batch=1000 disk drift" },
    { "8,000 mixed, waiting for each reply", ">= 0.85 of the floor, or 3x the best peer",
      "mixed in-flight=1 batch=8000 of the floor", AT_LEAST, 0.85,
      "mixed in-flight=1 batch=8000 disk drift" },
    { "1,000 mixed, 8 in flight, where 64 kB take 285 us", ">= 1,000,000 events/s",
      "mixed in-flight=8 batch=1000", AT_LEAST, 1e6, "mixed in-flight=8 batch=1000 disk drift" },
    { "1,000 mixed, 8 in flight", ">= 0.3 of the append limit",
      "mixed in-flight=8 batch=1000 of the append limit", AT_LEAST, 0.3,
      "mixed in-flight=8 batch=1000 disk drift" },
    { "16 producers, one event each: rate", ">= 1.5x Redis (bench-peers)",
      "single producers=16", BY_PEERS, 0, NULL },
    { "16 producers, one event each: p99", "<= Redis (bench-peers)",
      "single producers=16 ack p99", BY_PEERS, 0, NULL },
    { "one event, one producer: p50", "<= 1.4 of a bare LMDB commit",
      "single producers=1 p50 / bare commit p50", AT_MOST, 1.4, "single producers=1 disk drift" },
    { "last million against the first", ">= 0.8 of the rate",
      "growth last/first million", AT_LEAST, 0.8, "growth disk drift" },
    { "one source per batch", ">= 0.7 of mixed",
      "sources/mixed in-flight=8 batch=1000", AT_LEAST, 0.7, NULL },
    { "shuffled ids", ">= 0.7 of in-order", "ids shuffled/in-order", AT_LEAST, 0.7, NULL },
    { "random ids", ">= 0.7 of in-order", "ids random/in-order", AT_LEAST, 0.7, NULL },
    { "bytes of an event of the workload", "<= 120", "bytes of the main workload", AT_MOST, 120, NULL },
    { "bytes of it when the store has grown, all included", "<= 120",
      "growth bytes on disk, all included", AT_MOST, 120, NULL },
    { "bytes of a settlement with all amounts", "<= 160",
      "bytes of settlements with all amounts", AT_MOST, 160, NULL },
    { "memory beside the mapped file when grown", "<= 128 MiB",
      "growth memory beside the mapped file", AT_MOST, 128, NULL },
    { "event to alert, p99, idle", "<= 3 of an acknowledgement's",
      "alert idle p99 / acknowledgement p99", AT_MOST, 3, NULL },
    { "event to alert, p99, at full load", "<= 100 ms", "alert under load p99", AT_MOST, 100, NULL },
    { "start after kill -9 when grown", "<= 2 s", "growth start after kill -9", AT_MOST, 2, NULL },
    { "rebuild and compare", ">= 2,000,000 events/s", "rebuild and compare", AT_LEAST, 2e6, NULL },
    { "rebuild and compare when grown", ">= 2,000,000 events/s",
      "growth rebuild and compare", AT_LEAST, 2e6, NULL },
    { "producers' library packs", ">= 2,000,000 events/s", "pack batch=1000 rate", AT_LEAST, 2e6, NULL },
    { "producers' spool, batches of 1,000", ">= 1,000,000 events/s durable",
      "client into its spool, durable", AT_LEAST, 1e6, NULL },
};

/* A yardstick that moved is none. */
static bool disk_was_steady(const struct target *target)
{
    struct summary drift;
    return target->drift == NULL || !number_summary(target->drift, &drift) || drift.median <= DRIFT_MAX;
}

static const char *verdict(const struct target *target, double median)
{
    if (!disk_was_steady(target))
        return "unsure: the disk was not steady";
    switch (target->direction) {
    case AT_LEAST:
        return median >= target->limit ? "met" : "NOT MET";
    case AT_MOST:
        return median <= target->limit ? "met" : "NOT MET";
    case BY_PEERS:
        return "see bench-peers";
    }
    return "";
}

void targets_print(FILE *to)
{
    fprintf(to, "\n%-54s %-46s %12s %12s %12s\n", "target", "", "median", "min", "max");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct target *t = &targets[i];
        struct summary s;
        char median[32], least[32], most[32];
        if (!number_summary(t->line, &s))
            fprintf(to, "%-54s %-46s %12s\n", t->what, t->demand, "not measured");
        else
            fprintf(to, "%-54s %-46s %12s %12s %12s  %s\n", t->what, t->demand,
                    number_format(s.median, median), number_format(s.min, least),
                    number_format(s.max, most), verdict(t, s.median));
    }
}

void targets_print_json(FILE *to)
{
    const char *comma = "";
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct target *t = &targets[i];
        struct summary s;
        if (!number_summary(t->line, &s))
            continue;
        fprintf(to, "%s\n    {\"target\": \"%s\", \"demand\": \"%s\", \"line\": \"%s\", \"median\": %.6g, "
                "\"min\": %.6g, \"max\": %.6g, \"verdict\": \"%s\"}", comma, t->what, t->demand, t->line,
                s.median, s.min, s.max, verdict(t, s.median));
        comma = ",";
    }
    fprintf(to, "\n");
}
