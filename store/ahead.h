/* ahead - the months to come of a fund, booked and judged in a scratch copy of its books.
 *
 * What the books have of the fund is copied into an empty store beside them: balances, people, subsidies,
 * policies, states of rules.  Events are made for each coming day and applied there as any others are, the
 * days end, and the rules are judged as each day ends.  Postings, books and rules are those of the store;
 * only what comes is assumed, from the same days of the last year at the level of the outlook (whatif.h).
 * Nothing of it is committed, and the fund's own books are only read.
 *
 * What is assumed:
 *
 *   money       each line of a coming month is the outlook's, on the days of last year's month.  What is
 *               booked of the month already is a part of it, and stays if it is more
 *   people      who was counted or insured on a day of the last twelve months is so a year later; populations
 *               and duplicates are stated again
 *   fees        are for the year after the one that last year's of that day were for
 *   subsidies   pay what standards make due, the oldest year first, and else as last year's of that day
 *   costs       of care grow as payouts do: the ratios of reimbursement stay
 *   sources     are taken to report everything
 *
 * A fund of any size has few rows of its own; one with more than AHEAD_ROWS_MAX is not taken. */
#pragma once

#include "fund/course.h"
#include "fund/whatif.h"
#include "store/view.h"

#define AHEAD_ROWS_MAX 200000

/* The end of a coming month. */
struct ahead_month {
    date_month month;
    struct lines lines;
    struct amount balance;
    struct indicator runway, deficit;       /* as the policy measures them */
    int8_t runway_level, deficit_level;     /* at which the rules fire then */
};

/* A rule before the first coming day. */
struct ahead_standing {
    enum rule rule;
    char instance[TOLD_INSTANCE_MAX + 1];
    int8_t level;
    bool blind;
};

struct ahead {
    struct ahead_month months[OUTLOOK_AHEAD];
    size_t standing_count, told_count;
    struct ahead_standing *standing;        /* owned; those that are judged ahead */
    struct told *told;                      /* owned; by day */
    bool judged[RULE_END];                  /* the rules that had something to judge */
};

/* Why a rule that the policy has is not judged ahead; NULL for one that is. */
const char *ahead_unjudged(enum rule rule);
/* Whether the policy has the rule on at all. */
bool ahead_has(const struct policy *policy, enum rule rule);

/* The months to come under each of `count` changes, in `ret`.  As of past->as_of; the states of rules are
 * those at the books date, or of an earlier day what its books alone make them, holds aside.
 * 0; -E2BIG: the fund has too many rows; -EOVERFLOW: a sum leaves 64 bits; another negative errno. */
int view_ahead(struct view *view, uint32_t fund, const struct outlook_past *past,
               const struct outlook *outlook, const struct whatif_change *changes, unsigned count,
               struct ahead *ret);
void ahead_free(struct ahead *ahead);
