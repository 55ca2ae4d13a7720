/* churn_text - who came to a fund and who went, as text and as CSV. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "consumers/fields.h"
#include "consumers/words.h"

/* Print the answer of `churn` (PROTOCOL 9.7).  What it lacks is in f->fault.  0 or -ENOMEM. */
int churn_print(struct fields *f, const json_t *answer, enum language language, FILE *to);
int churn_print_csv(struct fields *f, const json_t *answer, enum language language, FILE *to);

/* The table alone, for a report. */
int churn_print_table(struct fields *f, const json_t *answer, enum language language, FILE *to);
