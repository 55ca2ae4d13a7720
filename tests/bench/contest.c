#include "tests/bench/contest.h"

#include <stdarg.h>
#include <stdio.h>

#include "tests/bench/ingest.h"

static struct contender *next(struct contest *contest, struct bench *bench, const char *format, va_list args)
{
    if (contest->count == CONTENDERS_MAX)
        die("more than %d are compared", CONTENDERS_MAX);
    struct contender *c = &contest->contenders[contest->count++];
    *c = (struct contender){ .bench = bench };
    vsnprintf(c->name, sizeof c->name, format, args);
    return c;
}

void contest_add_spooled(struct contest *contest, struct bench *bench, const struct spooling *spooling,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct contender *c = next(contest, bench, format, args);
    va_end(args);
    char folder[32];
    snprintf(folder, sizeof folder, "spool-%u", contest->count);
    c->spooled = spooled_open(bench, folder, spooling);
    c->heading = HEADING_SPOOLED;
    contest->batch = spooling->batch;
}

void contest_add_memory(struct contest *contest, struct bench *bench, const struct sending *sending,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct contender *c = next(contest, bench, format, args);
    va_end(args);
    c->sending = *sending;
    c->heading = HEADING_MEMORY;
    contest->batch = sending->batch;
}

static void slice(struct contender *c, double seconds)
{
    struct sent sent;
    double all = c->bench->seconds;
    if (c->spooled != NULL) {
        spooled_send(c->spooled, &sent);
    } else {
        c->bench->seconds = seconds;
        send_load(c->bench, &c->sending, &sent);
        c->bench->seconds = all;
    }
    sent_add(&c->sum, &sent);
}

/* All spools are filled before the first slice: while one fills the daemon has nothing to do but to sort and
 * to merge what came before, and slices would not pay for it. */
static void fill_spools(struct contest *contest, double seconds)
{
    for (unsigned i = 0; i < contest->count; i++) {
        if (contest->contenders[i].spooled != NULL)
            spooled_fill_for(contest->contenders[i].spooled, seconds);
    }
}

static void add_drift(struct contest *contest, struct samples *marks)
{
    contest->yardstick = samples_quantile(marks, 0.5);
    numbers_section(contest->contenders[0].heading);
    number_add(samples_quantile(marks, 1) / samples_quantile(marks, 0), "ratio", "%s disk drift",
               contest->contenders[0].name);
    samples_free(marks);
}

void contest_run(struct contest *contest, unsigned rounds, yardstick *measure)
{
    struct samples marks = { .values = NULL };
    struct bench *bench = contest->contenders[0].bench;
    for (unsigned round = 0; round < rounds; round++) {
        fill_spools(contest, bench->seconds / rounds);
        if (measure != NULL)
            samples_add(&marks, measure(bench, contest->batch));
        for (unsigned i = 0; i < contest->count; i++)
            slice(&contest->contenders[(i + round) % contest->count], bench->seconds / rounds);
    }
    for (unsigned i = 0; i < contest->count; i++) {
        struct contender *c = &contest->contenders[i];
        numbers_section(c->heading);
        ingest_report(c->name, contest->batch, &c->sum);
    }
    if (measure != NULL)
        add_drift(contest, &marks);
}

void contest_end(struct contest *contest)
{
    for (unsigned i = 0; i < contest->count; i++) {
        samples_free(&contest->contenders[i].sum.latencies);
        if (contest->contenders[i].spooled != NULL)
            spooled_close(&contest->contenders[i].spooled);
    }
    *contest = (struct contest){ .count = 0 };
}
