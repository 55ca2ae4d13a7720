/* causes - why a runway moved: its change between two positions, split so that the parts sum.
 *
 * A runway is balance * months / expenditure.  With B, E and m before (0) and after (1), and f
 * what a line did to the balance in between, the change is exactly
 *
 *     sum over lines of  f * m0 / E0                          what came in and went out,
 *                                                             in months of the old average
 *   + sum over lines of  B1 * (e0 * m1 - e1 * m0) / (E0 * E1) what each line of expenditure (e)
 *                                                             did to the average month
 *   + M * m0 / E0                                             M: the balance of funds merged into it
 *   + (B1 - B0 - sum of f - M) * m0 / E0                      figures before that were restated
 *
 * Where the policy has changed the base of the runway in between, the average month is another one for that
 * alone, and no figure says how much of it a line's own change is: such parts have a kind of their own.
 * so the balance is valued at the old average, and the new average works on the new balance.
 * Shown in hundredths of a month the parts still sum to the difference of the two runways as they
 * are shown: each is rounded down, and the hundredths that are missing then go to the largest
 * remainders, of equal ones to the first in the order of the form.  No part is off by as much as
 * a hundredth.  A line and its provisional twin are one line.  Pure. */
#pragma once

#include "fund/indicator.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CAUSES_DECIMALS 2
#define CAUSES_MAX      48

enum cause_kind {
    CAUSE_BALANCE = 1,              /* a line through the balance; Q0 if the opening was changed */
    CAUSE_AVERAGE = 2,              /* a line of expenditure through the average month */
    CAUSE_RESTATED = 3,             /* the balance before is another one than it was */
    CAUSE_BASE = 4,                 /* as CAUSE_AVERAGE, where the policy has changed the base in between */
    CAUSE_MERGED = 5,               /* what funds had that have become a part of it since */
};
#define CAUSE_LAST CAUSE_MERGED
const char *cause_kind_word(enum cause_kind kind);  /* "balance"; NULL for what is none */

struct cause {
    enum cause_kind kind;
    enum account account;           /* ACCOUNT_NONE if restated or merged */
    int64_t hundredths;             /* of a month; may be 0, when the effect is smaller */
};

struct causes {
    enum not_computable why;        /* COMPUTABLE: the rest is valid */
    int64_t before, after;          /* the runways in hundredths, as shown */
    unsigned count;
    struct cause items[CAUSES_MAX]; /* in the order of the form, balance before average; they sum
                                     * to after - before.  Without those that had no effect. */
};

/* What is known of the time between two positions. */
struct between {
    struct lines flow;              /* booked on the days after that of the first up to that of the second */
    struct amount merged;           /* balance, at the end of the first day, of funds that joined since */
    bool other_base;                /* the two runways do not have the same base */
};

/* Not computable when one of the runways is not. */
struct causes causes_of(const struct position *before, const struct position *after,
                        const struct between *between);

#ifdef __cplusplus
}
#endif
