/* completeness - what sources have reported to a fund, and how much of what was expected that is.
 *
 * Two tables, both folds of the journal: `reported` has the days that a source's events to the fund
 * are dated, and `named` since when a policy of the fund names a source.  A source is expected
 *
 *   - that the policy in force names in full: from the date of the first policy that did, or from when
 *     the fund first heard of it if that is earlier;
 *   - that fits a pattern of it: from when the fund first heard of it.
 *
 * Of a whole (parts.h) these are the sources of all its funds, each once. */
#pragma once

#include "fund/completeness.h"
#include "fund/policy.h"
#include "store/env.h"
#include "wire/limits.h"

/* Adds days of a month, bit 0 is the first. */
void reported_add(struct txn *txn, uint32_t source, uint32_t fund, date_month month, uint32_t days);

/* Notes the sources that a policy dated `date` names. */
void named_put(struct txn *txn, uint32_t fund, const struct policy *policy, date_day date);

/* A calendar that some source follows, and its expected days. */
struct expected_calendar {
    char name[POLICY_NAME_MAX + 1];
    unsigned rank;              /* of several for one source that of the least counts: see below */
    struct expected_days days;
};

/* A source that is, or will be, expected under the policy. */
struct expected_source {
    uint32_t number;            /* 0: nobody has heard of it */
    bool heard;                 /* the fund, or a part of it, has */
    char name[SOURCE_NAME_MAX + 1];
    unsigned calendar;          /* its place in the list */
    date_day since;
    struct day_set reported;    /* to the fund and its parts */
    struct completeness share;
};

struct expected_sources {
    struct expected_source *items;      /* by number, those without behind them; owned */
    unsigned count;
    struct expected_calendar *calendars;    /* owned */
    unsigned calendar_count;
    struct completeness_sum sums[COMPLETENESS_PERIODS];
};

/* All sources of a fund and its parts as of a day, over `longest` and what is shorter.  A source is expected
 * of the whole that its policy, or that of a part, expects.  Which calendar it follows says the whole's, if
 * both do, and of two parts' the one that names more days: who reports to both as each of them asks answers
 * that, and by the other one his silence to the first would not be noticed.  What it reported to any of them
 * has come.  A place that was merged or split expects nobody.
 * `journal` is that of the group that reads, or NULL.  Errors are the txn's; *ret is to be freed in any
 * case. */
struct journal;
struct parts;
void expected_sources_find(const struct journal *journal, struct txn *txn, const struct parts *parts,
                           const struct policy *policy, date_day as_of, enum completeness_period longest,
                           struct expected_sources *ret);
void expected_sources_free(struct expected_sources *sources);
