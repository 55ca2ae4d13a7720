/* report_people - what an answer to `report` says of the insured, and what `churn` adds (PROTOCOL 6, 9.8). */
#pragma once

#include "consumers/report.h"

/* Fills in the insured, and who came and went if the answer has `churn`: rows of that query.  What the answer
 * lacks is left in *f. */
void report_read_people(struct fields *f, const json_t *answer, struct report *report);

/* Two tables each; nothing where nobody is counted.  0 or -ENOMEM. */
int report_print_people(const struct report *report, FILE *to);
struct table;
void report_csv_people(const struct report *report, struct table *table);
