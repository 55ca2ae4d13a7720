/* outlook_text - the answer to `outlook` (PROTOCOL 9.3) as a page for people. */
#pragma once

#include <stdio.h>

#include "consumers/fields.h"
#include "consumers/words.h"

/* The year to come.  Money in 万元.  What is missing in the answer is left in *f, and then nothing of
 * the page is fit to be shown.  0 or -ENOMEM, as the other. */
int outlook_print(struct fields *f, const json_t *answer, enum language language, FILE *to);

/* The same months under the answer's assumptions, beside what they are without. */
int whatif_print(struct fields *f, const json_t *answer, enum language language, FILE *to);
