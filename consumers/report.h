/* report - the answer to `report` (PROTOCOL 9.2) as the budget form (基金收支预算表). */
#pragma once

#include <stdio.h>

#include "consumers/fields.h"

/* `policy` is the answer to `policy` of the same fund, whose limits name the band of the runway;
 * NULL: no band is named.  Money in 万元 with 2 decimals. */
void report_print(struct fields *f, const json_t *report, const json_t *policy, FILE *to);

/* RFC 4180, header first: section, code, zh, en, value, unit, provisional, note.  Money in 元
 * with 2 decimals, exactly. */
void report_print_csv(struct fields *f, const json_t *report, const json_t *policy, FILE *to);

/* The word of the band that a runway lies in by the limits of `policy`; "" without one. */
const char *report_band(struct fields *f, const json_t *policy, struct indicator runway);
