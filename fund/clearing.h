/* clearing - what clearing with hospitals would have to add to bring a runway down.
 *
 * Under payment by disease group a year's expenditure is provisional until it is cleared, months
 * later (DOMAIN 4, distortion 2).  Each fen that clearing adds counts twice in the runway: it
 * leaves the balance and raises the average month.  The answer x solves
 *
 *     (balance - x) / ((expenditure + x) / months) = X
 *     x = (months * balance - X * expenditure) / (months + X)
 *
 * exactly, rounded up to the fen: x is the least amount at which the runway is X or below, and
 * one fen less leaves it above.  Below 0: the runway is under X already, and clearing would have
 * to take off so much.  Pure. */
#pragma once

#include "fund/amount.h"
#include "fund/indicator.h"

/* What clearing would have to add to `p` for a runway of months_e4 ten-thousandths of a month
 * (60000: six months).  Not computable when the runway is not, or when the balance is so far
 * below zero that no clearing would lead there (NC_NO_EXPENDITURE: nothing would be left to
 * have been spent). */
enum not_computable clearing_needed(const struct position *p, unsigned min_months,
                                    int64_t months_e4, struct amount *ret);

/* How far what clearing_needed() says may be off, to either side, where the balance may be off by `margin`
 * (at least 0): rounded up to the fen. */
struct amount clearing_margin(struct amount margin, unsigned months, int64_t months_e4);

/* A runway as a report prints it, from which a balance can only be derived: 14.08 is
 * {1408, 2}, and means anything from 14.075 to 14.085. */
struct printed_months {
    int64_t value;
    int decimals;                   /* 0 to 4 */
};

/* A figure derived from a rounded one: least <= middle <= most. */
struct amount_range {
    struct amount least, middle, most;
};

/* The balance behind a printed runway: printed * expenditure / months, each bound rounded half
 * up to the fen.  False if it leaves 64 bits or `months` or `expenditure` is not above 0; *ret
 * is then untouched. */
bool clearing_balance_behind(struct printed_months printed, struct amount expenditure,
                             unsigned months, struct amount_range *ret);
