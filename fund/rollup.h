/* rollup - the books of many funds of one scheme as one: a city, a province, the nation.
 *
 * Money is never added twice.  A fund that has funds under it (440800 has 440881; 440000 has both) is
 * *pooled* when, of those directly under it whose money can be judged, at least half hold theirs
 * one level up, or none can be judged.  A pooled fund is added, and all that is under it is contained in
 * it; of one that is not pooled the funds under it are added, and it is not: it is above.
 *
 * Transfers between funds that are added cancel.  The books do not name the counterpart, so what
 * cancels is the most that can have been paid by one and received by another:
 *
 *   1. within a city (the first four digits):  I6 against E5, and I7 + I8 against E6 + E8
 *   2. of what is then left, over all cities:  I8 against E8
 *
 * A fund's own two sides are never matched: of amounts received R(m) and paid P(m)
 *
 *     cancelled = the least of  sum R,  sum P,  and for each m: sum R - R(m) + sum P - P(m)
 *
 * and what cancels of step 1's second pair is taken from like lines first: I7 with E6, then I8 with
 * E8, then what is there.  Lines below 0 (more was reversed than booked) match nothing.  Pure. */
#pragma once

#include "fund/indicator.h"
#include "fund/place.h"

enum rollup_role {
    ROLLUP_ADDED = 1,
    ROLLUP_CONTAINED = 2,           /* its money is in the fund of `within` */
    ROLLUP_ABOVE = 3,               /* its money is in the funds under it */
    ROLLUP_BEHIND = 4,              /* its books have not come to the date */
    ROLLUP_LATER = 5,               /* its books open with or after the date */
    ROLLUP_MERGED = 6,              /* its place is no more: its books are a part of the fund of `within` */
};
const char *rollup_role_word(enum rollup_role role);        /* "added" */

/* The figures of people, as in struct headcount, in its order. */
#define ROLLUP_HEADS HEADS_FIGURES
#define ROLLUP_HEADS_PARTS 7        /* from `left` on: of those counted before, so 0 is a figure, too */
const char *rollup_heads_word(unsigned figure);             /* "paid" */
int64_t rollup_heads(const struct headcount *heads, unsigned figure);

/* A fund as of the date. */
struct rollup_member {
    struct fund fund;
    uint32_t number;                /* the caller's */
    uint8_t role;                   /* BEHIND, LATER or MERGED if the caller says so, 0 otherwise; then any */
    uint32_t within;                /* of one contained or merged: the place of the fund that has its money */
    bool judged, elsewhere;         /* whether it holds its money can be said; it does not */
    bool has_opening, derived;
    uint8_t min_months;             /* of its policy's runway */
    date_month first;               /* first month with complete books */
    struct amount balance;
    struct owing owing;             /* but for `in_months`, which follows from `closed` */
    struct lines closed;            /* over the months that all have, see rollup_months() */
    struct headcount heads;
    uint16_t lacks;                 /* filled in: a bit for each figure of people that is missing */
};

/* Whether a fund holds its money, from its trailing 12 months, with or without an opening balance. */
void rollup_judge(const struct position *trailing_12, bool *ret_judged, bool *ret_elsewhere);

/* A place that was split, and what it was split into: a successor whose books begin with the split has what
 * was before in the books of the one that was split, so its months are complete as far as those are. */
void rollup_split(struct rollup_member *members, size_t count, uint32_t place, const uint32_t *into,
                  unsigned into_count, date_day from);

/* Gives every member its role; sorts them by place. */
void rollup_roles(struct rollup_member *members, size_t count);

/* The closed months that all funds added have, at most the 12 up to the last that has ended by `date`;
 * their number, 0 to 12, and then nothing is set.  For after rollup_roles(). */
unsigned rollup_months(const struct rollup_member *members, size_t count, date_day date,
                       date_month *ret_from, date_month *ret_to);

struct rollup {
    bool fits;                      /* no sum left 64 bits: the money is valid */
    unsigned added, contained, above, behind, later, merged;
    bool derived;                   /* some balance is */
    unsigned min_months;            /* the most that a policy asks for */
    struct position position;       /* sums, transfers cancelled */
    struct owing owing;             /* sums; of subsidies nothing is known if of one fund nothing is */
    struct lines cancelled;         /* by line, all above 0 */
    struct amount cancelled_sum;    /* of one side */
    struct headcount heads;         /* sums where all have the figure, else HEADS_UNKNOWN */
};

/* A figure that each fund has or does not have. */
struct rollup_value {
    bool known;
    int64_t value;
};
typedef struct rollup_value rollup_own_value(void *arg, size_t index);
typedef void rollup_lacking(void *arg, size_t index);

/* The sum of a figure over the funds added, known if all have it.  A pooled fund that does not have it itself
 * has the sum of those directly under it; `lacking` is told of every member that has it neither way.  A sum
 * that leaves 64 bits is not known.  For after rollup_roles(). */
struct rollup_value rollup_total(struct rollup_member *members, size_t count,
                                 rollup_own_value *own, rollup_lacking *lacking, void *arg);

/* Sums the members added over their closed months, whose number is `months`, and marks those that lack
 * a figure of people: one that a pooled fund does not have is the sum of those directly under it. */
void rollup_sum(struct rollup_member *members, size_t count, date_day date, unsigned months,
                struct rollup *ret);

/* The funds of a place, by place and each with its role, and their sums. */
struct place_funds {
    struct rollup_member *members;  /* malloc'ed */
    size_t count;
    date_month from, to;            /* closed months of the sums, if there are any */
    unsigned months;
    struct rollup sums;
};

/* The sums as what indicators are made from.  Not computable as long as the books of a member have not come
 * to the day, no fund is added, or a sum leaves 64 bits. */
struct position rollup_position(const struct place_funds *place);
struct headcount rollup_headcount(const struct place_funds *place);
