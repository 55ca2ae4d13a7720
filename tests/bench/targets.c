#include "tests/bench/targets.h"

#include <stdbool.h>

#include "tests/bench/numbers.h"

#define DRIFT_MAX  1.5          /* the disk's longest time for a sync meanwhile, by its shortest */
#define VERDICT_MAX 160

/* Ratios to PostgreSQL, SQLite and Redis are those of `make bench-peers`: here such a figure stands
 * without a limit. */
static const struct target {
    const char *what;
    const char *demand;
    const char *line;           /* of the table */
    enum { AT_LEAST, AT_MOST, BY_PEERS } direction;
    double limit;
    const char *drift;          /* line of how much the disk changed meanwhile; NULL: it does not matter */
    const char *given;          /* line of a condition: the demand is made where it is... */
    double given_most;          /* ...no more than this; NULL: everywhere */
} targets[] = {
#define WAITING(batch, times) \
    { batch " mixed, waiting for each reply", ">= 0.85 of the floor, or " times "x the best peer", \
      "ipc mixed in-flight=1 batch=" batch " of the floor", AT_LEAST, 0.85, \
      "ipc mixed in-flight=1 batch=" batch " disk drift", NULL, 0 }
    WAITING("100", "2.5"), WAITING("1000", "4"), WAITING("8000", "3"),
#define FLYING "ipc mixed in-flight=8 batch=1000"
    { "1000 mixed, 8 in flight, where 64 kB take 285 us", ">= 1,000,000 events/s", FLYING, AT_LEAST, 1e6,
      FLYING " disk drift", FLYING ": 64 kB appended and synced beside it", 285 },
    { "1000 mixed, 8 in flight, beside the append", ">= 0.3 of the append limit",
      FLYING " of the append limit", AT_LEAST, 0.3, FLYING " disk drift", NULL, 0 },
    { "16 producers, one event each: rate", ">= 1.5x Redis (bench-peers)",
      "ipc single producers=16", BY_PEERS, 0, NULL, NULL, 0 },
    { "16 producers, one event each: p99", "<= Redis (bench-peers)",
      "ipc single producers=16 ack p99", BY_PEERS, 0, NULL, NULL, 0 },
    { "one event, one producer: p50", "<= 1.4 of a bare LMDB commit",
      "ipc single producers=1 p50 / bare commit p50", AT_MOST, 1.4, "ipc single producers=1 disk drift",
      NULL, 0 },
    { "last million against the first", ">= 0.8 of the rate",
      "ipc growth last / first million", AT_LEAST, 0.8, "growth million disk drift", NULL, 0 },
#define GROWN(window, batch) \
    { "grown against young, " window " in flight, batch " batch, ">= 0.8 of the rate", \
      "ipc growth grown / young in-flight=" window " batch=" batch, AT_LEAST, 0.8, \
      "ipc growth grown in-flight=" window " batch=" batch " disk drift", NULL, 0 }
    GROWN("1", "1"), GROWN("1", "100"), GROWN("1", "1000"), GROWN("1", "8000"),
    GROWN("8", "100"), GROWN("8", "1000"), GROWN("8", "8000"),
#define SHAPES(path, shape, window, batch) \
    { shape ", " window " in flight, batch " batch, ">= 0.7 of mixed", \
      path " " shape " / " path " mixed in-flight=" window " batch=" batch, AT_LEAST, 0.7, \
      "ipc mixed in-flight=" window " batch=" batch " disk drift", NULL, 0 }
#define ALL_SHAPES(path, shape) \
    SHAPES(path, shape, "1", "100"), SHAPES(path, shape, "1", "1000"), SHAPES(path, shape, "1", "8000"), \
    SHAPES(path, shape, "8", "100"), SHAPES(path, shape, "8", "1000"), SHAPES(path, shape, "8", "8000")
    ALL_SHAPES("ipc", "one source a batch"),
    /* From memory, because a producer of the library has one source. */
    ALL_SHAPES("memory", "1000 sources in turn"),
    { "shuffled ids", ">= 0.7 of in-order", "ids shuffled/in-order", AT_LEAST, 0.7,
      "ids in-order disk drift", NULL, 0 },
    { "random ids", ">= 0.7 of in-order", "ids random/in-order", AT_LEAST, 0.7,
      "ids in-order disk drift", NULL, 0 },
    { "bytes of an event of the workload", "<= 120", "bytes of the main workload", AT_MOST, 120,
      NULL, NULL, 0 },
    { "bytes of it when the store has grown, all included", "<= 120",
      "growth bytes on disk, all included", AT_MOST, 120, NULL, NULL, 0 },
    { "bytes of a settlement with all amounts", "<= 160",
      "bytes of settlements with all amounts", AT_MOST, 160, NULL, NULL, 0 },
    { "memory beside the mapped file, peak when grown", "<= 128 MiB",
      "growth peak memory beside the mapped file", AT_MOST, 128, NULL, NULL, 0 },
    { "memory beside the mapped file, peak of all sections", "<= 128 MiB",
      "peak memory of all sections", AT_MOST, 128, NULL, NULL, 0 },
    { "event to alert, p99, idle", "<= 3 of an acknowledgement's",
      "alert idle p99 / acknowledgement p99", AT_MOST, 3, NULL, NULL, 0 },
#define ALERT(load) \
    { "event to alert, p99, beside " load, "<= 100 ms", "alert under load " load " p99", AT_MOST, 100, \
      NULL, NULL, 0 }
    ALERT("1x8x1000"), ALERT("1x8x8000"), ALERT("16x8x1000"), ALERT("16x8x8000"),
    { "start after kill -9 when grown", "<= 2 s", "growth start after kill -9", AT_MOST, 2, NULL, NULL, 0 },
    { "rebuild and compare", ">= 2,000,000 events/s", "rebuild and compare", AT_LEAST, 2e6, NULL, NULL, 0 },
    { "rebuild and compare when grown", ">= 2,000,000 events/s",
      "growth rebuild and compare", AT_LEAST, 2e6, NULL, NULL, 0 },
    { "producers' library packs", ">= 2,000,000 events/s", "pack batch=1000 rate", AT_LEAST, 2e6,
      NULL, NULL, 0 },
    { "producers' spool, batches of 1,000", ">= 1,000,000 events/s durable",
      "client into its spool, durable", AT_LEAST, 1e6, NULL, NULL, 0 },
};

/* The median of a line; 0 if there is none. */
static double median_of(const char *line)
{
    struct summary s = { .median = 0 };
    return line != NULL && number_summary(line, &s) ? s.median : 0;
}

static const char *judge(const struct target *target, double median)
{
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

/* A yardstick that moved is none, and what is asked of a fast disk says nothing of a slow one. */
static const char *verdict(const struct target *target, double median, char text[VERDICT_MAX])
{
    double drift = median_of(target->drift), given = median_of(target->given);
    if (drift > DRIFT_MAX)
        snprintf(text, VERDICT_MAX, "unsure: the disk was not steady (%.2f times, %.1f at most)", drift,
                 DRIFT_MAX);
    else if (given > target->given_most)
        snprintf(text, VERDICT_MAX, "unsure: it took %.0f us here, not %.0f", given, target->given_most);
    else if (given > 0)
        snprintf(text, VERDICT_MAX, "%s (it took %.0f us)", judge(target, median), given);
    else
        snprintf(text, VERDICT_MAX, "%s", judge(target, median));
    return text;
}

void targets_print(FILE *to)
{
    fprintf(to, "\n%-54s %-46s %12s %12s %12s\n", "target", "", "median", "min", "max");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct target *t = &targets[i];
        struct summary s;
        char median[32], least[32], most[32], text[VERDICT_MAX];
        if (!number_summary(t->line, &s))
            fprintf(to, "%-54s %-46s %12s\n", t->what, t->demand, "not measured");
        else
            fprintf(to, "%-54s %-46s %12s %12s %12s  %s\n", t->what, t->demand,
                    number_format(s.median, median), number_format(s.min, least),
                    number_format(s.max, most), verdict(t, s.median, text));
    }
}

void targets_print_json(FILE *to)
{
    const char *comma = "";
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct target *t = &targets[i];
        struct summary s;
        char text[VERDICT_MAX];
        if (!number_summary(t->line, &s))
            continue;
        fprintf(to, "%s\n    {\"target\": \"%s\", \"demand\": \"%s\", \"line\": \"%s\", \"median\": %.6g, "
                "\"min\": %.6g, \"max\": %.6g, \"drift\": %.6g, \"given_us\": %.6g, \"verdict\": \"%s\"}",
                comma, t->what, t->demand, t->line, s.median, s.min, s.max, median_of(t->drift),
                median_of(t->given), verdict(t, s.median, text));
        comma = ",";
    }
    fprintf(to, "\n");
}
