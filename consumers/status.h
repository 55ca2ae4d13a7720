/* status - the answer to `status` (PROTOCOL 9.1) as a page for people. */
#pragma once

#include <stdio.h>

#include "consumers/fields.h"

/* One fund, some lines.  What is missing in the answer is left in *f, and then nothing of the
 * page is fit to be shown. */
void status_print_fund(struct fields *f, const json_t *fund, FILE *to);

/* All funds of the answer, or a sentence that there are none. */
void status_print(struct fields *f, const json_t *funds, FILE *to);

/* The runway of a fund: "8.49 months † (12 closed months, trailing_12), normal; 34.10 % of
 * expenditure is provisional".  `band` may be "". */
void status_print_runway(struct fields *f, const json_t *fund, const char *band, FILE *to);
/* "4.94 % (income − expenditure) ÷ expenditure", and a newline. */
void status_print_deficit(struct fields *f, const json_t *fund, FILE *to);
/* One line for each definition of coverage, beginning with `label`. */
void status_print_coverage(struct fields *f, const json_t *fund, const char *label, FILE *to);
