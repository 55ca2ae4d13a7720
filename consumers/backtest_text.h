/* backtest_text - two courses of alerts side by side (PROTOCOL 9.9) as a page for people. */
#pragma once

#include <stdio.h>

#include "consumers/fields.h"
#include "consumers/words.h"

/* `answer` has the `result` of the job and all its `rows`.  What is missing is left in *f, and then nothing
 * of the page is fit to be shown.  0 or -ENOMEM. */
int backtest_print(struct fields *f, const json_t *answer, enum language language, FILE *to);

/* What would have been different had every event come on its own day: only that. */
int in_order_print(struct fields *f, const json_t *answer, enum language language, FILE *to);
