/* completeness - what sources have reported to a fund, and how much of what was expected that is.
 *
 * Two tables, both folds of the journal: `reported` has the days that a source's events to the fund
 * are dated, and `named` since when a policy of the fund names a source.  A source is expected
 *
 *   - that the policy in force names in full: from the date of the first policy that did, or from when
 *     the fund first heard of it if that is earlier;
 *   - that fits a pattern of it: from when the fund first heard of it. */
#pragma once

#include "fund/completeness.h"
#include "fund/policy.h"
#include "store/env.h"
#include "wire/limits.h"

/* Adds days of a month, bit 0 is the first. */
void reported_add(struct txn *txn, uint32_t source, uint32_t fund, date_month month, uint32_t days);

/* Notes the sources that a policy dated `date` names. */
void named_put(struct txn *txn, uint32_t fund, const struct policy *policy, date_day date);

/* A source that is, or will be, expected under the policy. */
struct expected_source {
    uint32_t number;            /* 0: nobody has heard of it */
    char name[SOURCE_NAME_MAX + 1];
    uint8_t calendar;           /* its place in the policy */
    date_day since;
    struct day_set reported;
    struct completeness share;
};

struct expected_sources {
    struct expected_source *items;      /* by number, those without behind them; owned */
    unsigned count;
    struct completeness_sum sums[COMPLETENESS_PERIODS];
};

/* All sources of a fund as of a day, over `longest` and what is shorter.  Errors are the txn's;
 * *ret is to be freed in any case. */
void expected_sources_find(struct txn *txn, uint32_t fund, const struct policy *policy, date_day as_of,
                           enum completeness_period longest, struct expected_sources *ret);
void expected_sources_free(struct expected_sources *sources);
