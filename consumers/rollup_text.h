/* rollup_text - the answer to `rollup` (PROTOCOL 9.4) as a page for people, and as CSV. */
#pragma once

#include <stdio.h>

#include "consumers/fields.h"
#include "consumers/words.h"

/* Money in 万元.  What is missing in the answer is left in *f, and then nothing of the page is fit to be
 * shown.  0 or -ENOMEM, as the other. */
int rollup_print(struct fields *f, const json_t *answer, enum language language, FILE *to);

/* RFC 4180: section, code, item, value, unit, note; money in 元 with 2 decimals. */
int rollup_print_csv(struct fields *f, const json_t *answer, enum language language, FILE *to);
