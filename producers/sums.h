/* sums - how many events of which kind, and their money: what --check says that a
 * file would do. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fund/event.h"

struct sum_line {
    struct fund fund;
    uint8_t kind, category;     /* an enum event_kind, an enum event_category or 0 */
    date_month month;           /* of the events' dates */
    uint64_t count;
    struct amount amount;
    bool overflow;              /* the amounts do not fit into 64 bits */
};

struct sums {
    struct sum_line *lines;     /* owned */
    size_t count, capacity;
    size_t last;                /* the line used last */
};

void sums_init(struct sums *sums);
void sums_free(struct sums *sums);

/* 0 or -ENOMEM. */
int sums_add(struct sums *sums, const struct event *event);

/* Sorted by fund, kind, category and month; in yuan. */
void sums_print(struct sums *sums, FILE *to);

/* The same as an array, amounts in fen; NULL without memory. */
json_t *sums_json(struct sums *sums);
