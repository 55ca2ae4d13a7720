/* figures - what the columns come to: a table, ratios, and every number with its range. */
#pragma once

#include <stdio.h>

#include "tests/peers/peers.h"

enum figure {
    BATCH_100,
    BATCH_1000,
    BATCH_8000,
    ONE_P50,
    ONE_P99,
    MANY_RATE,
    MANY_P99,
    BYTES,
    FIGURES
};

void figure_add(unsigned peer, enum figure figure, double value);
/* After each round: the ratios of this round. */
void figures_end_round(void);
/* A Markdown table of medians, with the ratios below. */
void figures_print_table(FILE *to);
