/* whatif - the months of an outlook line by line, and assumptions on them.
 *
 * A coming month's lines are those of the same month of earlier years, at the level of the latest:
 *
 *     line = (sum of the line's months over the years) * year 0 / (sum of the years)
 *
 * with the level of all income for lines of income and of all expenditure for the others, so that
 * together they are the months of the outlook's central path, to the fen: what rounding leaves
 * goes to the largest line.  Assumptions:
 *
 *     payouts    every line of expenditure but the transfers between funds (E5, E6, E8), times a factor
 *     subsidies  I21 to I24 come later by so many days
 *     people     are as many more or fewer as the coverage is, and so are I10 to I14
 *
 * What becomes of them is for the books: store/ahead.h posts them day by day.  Pure. */
#pragma once

#include "fund/outlook.h"
#include "fund/ratio.h"

#define WHATIF_DAYS_MAX   366
#define WHATIF_FACTOR_MAX (10 * E4)

struct whatif_change {
    int64_t payouts_e4;             /* E4: as they are; 0 to WHATIF_FACTOR_MAX */
    unsigned subsidy_days;          /* at most WHATIF_DAYS_MAX */
    struct ratio people;            /* {1, 1, 1}: as they are; num >= 0 */
};
#define WHATIF_NO_CHANGE ((struct whatif_change){E4, 0, {1, 1, 1}})

/* The lines of the coming months.  `outlook` is known, and made from `past`.  False if a sum leaves 64 bits;
 * *ret is then of no use. */
bool whatif_project(const struct outlook *outlook, const struct outlook_past *past,
                    struct lines ret[OUTLOOK_AHEAD]);

bool whatif_is_subsidy(unsigned slot);
bool whatif_is_fee(unsigned slot);

/* Payouts and fees under a change.  False as above. */
bool whatif_change_lines(const struct whatif_change *change, struct lines *lines);

/* `count` times a factor whose divisor is above 0, rounded half up. */
bool whatif_scale(int64_t count, const struct ratio *factor, struct amount *ret);

/* How many people there are when coverage changes by `points_e4` ten-thousandths: (coverage + points) /
 * coverage.  False if coverage would be below 0 or a product leaves 64 bits; *ret is then untouched. */
bool whatif_people(struct ratio coverage, int64_t points_e4, struct ratio *ret);
