/* replay_tally - what a replay's events add up to, per line of the books.
 *
 * For --dry-run and for tests: a sink that sends nothing. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "fund/event.h"
#include "producers/replay_play.h"

struct replay_line {
    uint64_t count;
    struct amount sum;
};

struct replay_tally {
    uint64_t events;
    uint64_t kinds[KIND_END];
    struct replay_line lines[KIND_END][CATEGORY_END];   /* CATEGORY_NONE: opening */
};

/* Adds each event to `tally`, which is all zero at first and lives as long as
 * the sink; -ERANGE if a sum leaves 64 bits. */
struct replay_sink replay_tally_sink(struct replay_tally *tally);

/* One line per line of the books, with its account, then the events per kind. */
void replay_tally_print(const struct replay_tally *tally, FILE *to);
