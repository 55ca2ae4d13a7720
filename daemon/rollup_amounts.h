/* rollup_amounts - what governments owe, what budgets foresee and what fees are expected, over many funds.
 *
 * Each fund has these by its own policy, so a sum is known where every fund that is added has the figure, or
 * those directly under it have. */
#pragma once

#include "daemon/query.h"
#include "fund/rollup.h"

/* Writes the key "amounts".  The members have their roles; `as_of` is the day of the roll-up. */
void write_rollup_amounts(struct query *q, struct view *view, struct rollup_member *members, size_t count,
                          date_day as_of);
