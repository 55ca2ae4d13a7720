#include "tests/peers/figures.h"

#include <string.h>

#include "tests/bench/numbers.h"

static const struct info {
    const char *heading, *name, *unit;
    bool less_is_better;
} infos[FIGURES] = {
    [BATCH_100]  = { "batch 100",       "batch=100",      "events/s", false },
    [BATCH_1000] = { "1,000",           "batch=1000",     "events/s", false },
    [BATCH_8000] = { "8,000",           "batch=8000",     "events/s", false },
    [ONE_P50]    = { "one event p50 µs", "batch=1 p50",   "us",       true },
    [ONE_P99]    = { "p99 µs",          "batch=1 p99",    "us",       true },
    [MANY_RATE]  = { "16 clients",      "clients=16",     "events/s", false },
    [MANY_P99]   = { "p99 µs",          "clients=16 p99", "us",       true },
    [BYTES]      = { "bytes/event",     "disk",           "bytes/event", true },
};

static struct samples figures[PEERS][FIGURES];
static struct samples ratios[FIGURES];

void figure_add(unsigned peer, enum figure figure, double value)
{
    samples_add(&figures[peer][figure], value);
    number_add(value, infos[figure].unit, "%s %s", peers[peer]->name, infos[figure].name);
}

/* How many times as good as b. */
static double better(enum figure figure, double a, double b)
{
    return infos[figure].less_is_better ? b / a : a / b;
}

static double last_of(struct samples *samples)
{
    return samples->values[samples->count - 1];
}

static double median_of(struct samples *samples)
{
    return samples_quantile(samples, 0.5);
}

/* The best of the others by `value`; PEERS if none was measured. */
static unsigned best_peer(enum figure figure, double (*value)(struct samples *))
{
    unsigned best = PEERS;
    for (unsigned i = 1; i < PEERS; i++) {
        if (figures[i][figure].count > 0
                && (best == PEERS || better(figure, value(&figures[i][figure]),
                                            value(&figures[best][figure])) > 1))
            best = i;
    }
    return figures[0][figure].count > 0 ? best : PEERS;
}

void figures_end_round(void)
{
    if (best_peer(BYTES, last_of) != PEERS)
        numbers_section("fundwatch / best of the others in that round; above 1 fundwatch is better");
    for (unsigned f = 0; f < FIGURES; f++) {
        unsigned best = best_peer(f, last_of);
        if (best == PEERS)
            continue;
        double ratio = better(f, last_of(&figures[0][f]), last_of(&figures[best][f]));
        samples_add(&ratios[f], ratio);
        number_add(ratio, "times as good", "ratio %s", infos[f].name);
    }
}

/* --- The table. -------------------------------------------------------------- */

static void print_value(FILE *to, double value)
{
    if (value >= 10000)
        fprintf(to, " %.0fk |", value / 1000);
    else if (value >= 1000)
        fprintf(to, " %.1fk |", value / 1000);
    else
        fprintf(to, " %.0f |", value);
}

static void print_row(FILE *to, unsigned peer)
{
    fprintf(to, "| %s |", peers[peer]->name);
    for (unsigned f = 0; f < FIGURES; f++) {
        if (figures[peer][f].count == 0)
            fprintf(to, " – |");
        else
            print_value(to, median_of(&figures[peer][f]));
    }
    fputc('\n', to);
}

static void print_ratios(FILE *to)
{
    fprintf(to, "| **fundwatch / best peer** |");
    for (unsigned f = 0; f < FIGURES; f++) {
        unsigned best = best_peer(f, median_of);
        fprintf(to, " **%.2f** |", better(f, median_of(&figures[0][f]), median_of(&figures[best][f])));
    }
    fprintf(to, "\n| in single rounds |");
    for (unsigned f = 0; f < FIGURES; f++)
        fprintf(to, " %.2f–%.2f |", samples_quantile(&ratios[f], 0), samples_quantile(&ratios[f], 1));
    fprintf(to, "\n| the best peer |");
    for (unsigned f = 0; f < FIGURES; f++)
        fprintf(to, " %s |", peers[best_peer(f, median_of)]->name);
    fputc('\n', to);
}

void figures_print_table(FILE *to)
{
    fprintf(to, "\n| events/s, medians |");
    for (unsigned f = 0; f < FIGURES; f++)
        fprintf(to, " %s |", infos[f].heading);
    fprintf(to, "\n|---|");
    for (unsigned f = 0; f < FIGURES; f++)
        fprintf(to, "--:|");
    fputc('\n', to);
    for (unsigned i = 0; i < PEERS; i++) {
        if (figures[i][BYTES].count > 0)
            print_row(to, i);
    }
    if (best_peer(BYTES, median_of) != PEERS)
        print_ratios(to);
}
