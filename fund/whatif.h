/* whatif - the months of an outlook line by line, under assumptions, and what the rules would say.
 *
 * A coming month's lines are those of the same month of earlier years, at the level of the latest:
 *
 *     line = (sum of the line's months over the years) * year 0 / (sum of the years)
 *
 * with the level of all income for lines of income and of all expenditure for the others, so that
 * together they are the months of the outlook's central path, to the fen: what rounding leaves
 * goes to the largest line.  Assumptions change these lines and nothing else:
 *
 *     payouts    every line of expenditure but the transfers between funds (E5, E6, E8), times a factor
 *     subsidies  I21 to I24 come later by so many days; a month's count from its 15th.  What then
 *                comes after the last coming month is not there
 *     fees       I10 to I14 times a factor
 *
 * The rules are the policy's own, stepped on the last day of each month: a level that has to be
 * held for some days is an alert at the end of the month after.  Pure. */
#pragma once

#include "fund/outlook.h"
#include "fund/rule.h"

#define WHATIF_PAST       24    /* closed months that a runway's base may reach back over */
#define WHATIF_DAYS_MAX   366
#define WHATIF_FACTOR_MAX (10 * E4)

struct whatif_change {
    int64_t payouts_e4;             /* E4: as they are; 0 to WHATIF_FACTOR_MAX */
    unsigned subsidy_days;          /* at most WHATIF_DAYS_MAX */
    struct ratio fees;              /* {1, 1, 1}: as they are; num >= 0 */
};
#define WHATIF_NO_CHANGE ((struct whatif_change){E4, 0, {1, 1, 1}})

struct whatif {
    date_month last;                /* last closed month */
    date_month first;               /* first month with complete books */
    date_day opening;
    struct lines months[WHATIF_PAST + OUTLOOK_AHEAD];   /* [WHATIF_PAST]: the first to come */
    struct amount balance[OUTLOOK_AHEAD + 1];           /* at the end of the k-th, 0: the last closed */
};

/* What is known of the past: `count` months without a gap, the last of them `last` of the outlook
 * that was made from them. */
struct whatif_past {
    date_month first;
    date_day opening;
    const struct lines *months;
    unsigned count;
};

/* `outlook` is known.  False if a sum leaves 64 bits; *ret is then of no use. */
bool whatif_make(const struct outlook *outlook, const struct whatif_past *past,
                 const struct whatif_change *change, struct whatif *ret);

/* The lines of the k-th coming month, 1 to OUTLOOK_AHEAD. */
const struct lines *whatif_lines(const struct whatif *whatif, unsigned k);

/* What the books would be at the end of the k-th coming month, 0 to OUTLOOK_AHEAD. */
struct position whatif_position(const struct whatif *whatif, enum runway_base base, unsigned k);

/* The rules that are looked at. */
enum whatif_rule { WHATIF_RUNWAY, WHATIF_DEFICIT, WHATIF_RULES };
/* As alerts name them. */
enum rule whatif_rule(enum whatif_rule rule);

/* A rule at the end of a coming month. */
struct whatif_judged {
    struct indicator indicator;
    enum transition transition;
    int8_t before, level;
};

struct whatif_verdict {
    struct whatif_judged at[WHATIF_RULES][OUTLOOK_AHEAD + 1];   /* [..][0]: nothing is stepped */
};

/* A rule's state as the last closed month alone would make it, holds aside: for a day in the past,
 * of which no state is kept. */
struct rule_state whatif_state(const struct whatif *whatif, const struct policy *policy,
                               enum whatif_rule rule);

/* Steps the rules from `states` on, through the end of each coming month. */
void whatif_judge(const struct whatif *whatif, const struct policy *policy,
                  const struct rule_state states[WHATIF_RULES], struct whatif_verdict *ret);

/* Fees when coverage changes by `points_e4` ten-thousandths: (coverage + points) / coverage.  False if
 * coverage would be below 0 or a product leaves 64 bits; *ret is then untouched. */
bool whatif_fees(struct ratio coverage, int64_t points_e4, struct ratio *ret);
