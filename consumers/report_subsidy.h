/* report_subsidy - what an answer to `report` says of subsidies and of the budget (PROTOCOL 9.2). */
#pragma once

#include "consumers/report.h"

/* Fill those tables of a report whose language, year and has_money are set; what the answer lacks is left
 * in *f. */
void report_read_subsidies(struct fields *f, const json_t *answer, struct report *report);
void report_read_fees(struct fields *f, const json_t *answer, struct report *report);
void report_read_budget(struct fields *f, const json_t *answer, struct report *report);
