/* status - the answer to `status` (PROTOCOL 9.1) as a page for people. */
#pragma once

#include <stdio.h>

#include "consumers/fields.h"
#include "consumers/words.h"

/* One fund, some lines.  What is missing in the answer is left in *f, and then nothing of the
 * page is fit to be shown. */
void status_print_fund(struct fields *f, const json_t *fund, enum language language, FILE *to);

/* All funds of the answer, or a sentence that there are none. */
void status_print(struct fields *f, const json_t *funds, enum language language, FILE *to);
