/* rollup - the books of many funds of one scheme as one: a city, a province, the nation.
 *
 * Money is never added twice, and none is left out.  What a fund that has funds under it (440800 has
 * 440881; 440000 has both) keeps books of is told by each of those directly under it and by the transfers:
 *
 *   - One that passes its money up is *contained* in the fund above, whose books have its fees and payments;
 *     unless that one is *linked*: it books what it receives from the lower level and pays to it.  Then both
 *     keep books of their own money, both are added, and the transfers between them cancel.
 *   - One that holds its money is added, whatever the others do.
 *   - The fund above is added.  But if all under it hold their money and it is not linked with them, it has
 *     nothing from them: then its books are their sum, and it is *above* them and not added; or they are of
 *     people of its own.  Its policy says which.  If it does not, the figures are compared, where they are
 *     over the same months and all have a balance: what is the sum line by line to the fen is the sum, and
 *     what does not come to nine tenths of it in income, expenditure and balance is not (a month that comes
 *     late is a twelfth).  Between these is a guess, and said to be one: no books can tell a sum that is late
 *     from money of its own that is about as much.  It is taken for the sum while it is not more than that by
 *     a tenth either; what is more is of somebody whom nobody else has.
 *   - One whose policy says that it is a sum has nobody's money, so nothing is contained in it: those under
 *     it are directly under the next one above.
 *   - Of one that cannot be judged (no closed month) nothing says where its money is.  It goes by the
 *     others: contained in a fund that contains any, or under which none can be judged, unless its policy
 *     says that it has money of its own; else it is added.
 *
 * Linked: I7 and E5 together are at least half of what those under it that pass up (if there are none: all)
 * book on E6 and I6.  Books that have both ends of the transfers have them at about the same amounts, and
 * others hardly any; half is what is in transit at the worst.
 *
 * Transfers between funds that are added cancel.  The books do not name the counterpart, so what
 * cancels is the most that can have been paid by one and received by another:
 *
 *   1. within a city (the first four digits):  I6 against E5, and I7 + I8 against E6 + E8
 *   2. of what is then left, between a province's own fund and its cities:  I6 against E5, I7 against E6
 *   3. of what is then left, over all cities:  I8 against E8
 *
 * A fund's own two sides are never matched: of amounts received R(m) and paid P(m)
 *
 *     cancelled = the least of  sum R,  sum P,  and for each m: sum R - R(m) + sum P - P(m)
 *
 * and what cancels of the second pair is taken from like lines first: I7 with E6, then I8 with
 * E8, then what is there.  Lines below 0 (more was reversed than booked) match nothing.  Pure. */
#pragma once

#include "fund/indicator.h"
#include "fund/place.h"
#include "fund/policy.h"

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
const char *rollup_heads_word(unsigned figure);             /* "paid" */
int64_t rollup_heads(const struct headcount *heads, unsigned figure);

/* A fund as of the date. */
struct rollup_member {
    struct fund fund;
    uint32_t number;                /* the caller's */
    uint8_t role;                   /* BEHIND, LATER or MERGED if the caller says so, 0 otherwise; then any */
    uint32_t within;                /* of one contained or merged: the place of the fund that has its money */
    bool judged, elsewhere;         /* whether it holds its money can be said; it does not */
    struct lines trailing;          /* that this was judged by */
    uint8_t months;                 /* closed, that it is over: at most 12 */
    uint8_t books;                  /* an enum policy_books; 0 as unstated */
    bool summing;                   /* filled in: has funds under it, and its policy says that it sums them */
    bool guessed;                   /* filled in: whether its books are a sum is a guess */
    bool linked;                    /* filled in: books its transfers with the funds under it */
    bool joined;                    /* filled in: passes its money and people up to one that is linked */
    bool importing;                 /* its history, or that of a part of it, is being entered */
    bool has_opening, derived;
    uint8_t min_months;             /* of its policy's runway */
    date_month first;               /* first month with complete books */
    struct amount balance;
    struct owing owing;             /* but for `in_months`, which follows from `closed` */
    struct lines closed;            /* over the months that all have, see rollup_months() */
    struct lines derived_lines;     /* of these what is derived, if the caller wants to know */
    struct lines open;              /* since the last month that has ended, if the caller wants to know */
    struct headcount heads;
    uint16_t lacks;                 /* filled in: a bit for each figure of people that is missing */
};

/* Whether a fund holds its money, from its trailing 12 months, with or without an opening balance. */
void rollup_judge(const struct position *trailing_12, bool *ret_judged, bool *ret_elsewhere);

/* A place that was split, and what it was split into: a successor whose books begin with the split has what
 * was before in the books of the one that was split, so its months are complete as far as those are. */
void rollup_split(struct rollup_member *members, size_t count, uint32_t place, const uint32_t *into,
                  unsigned into_count, date_day from);

/* Gives every member its role, and what is filled in with it; sorts them by place. */
void rollup_roles(struct rollup_member *members, size_t count);

/* The closed months that all funds added have, at most the 12 up to the last that has ended by `date`;
 * their number, 0 to 12, and then nothing is set.  For after rollup_roles(). */
unsigned rollup_months(const struct rollup_member *members, size_t count, date_day date,
                       date_month *ret_from, date_month *ret_to);

/* Which of the sums are derived. */
struct rollup_derivation {
    struct lines lines;             /* what of `position.closed` is, transfers not cancelled */
    bool balance, runway, runway_owed, runway_received, deficit, provisional_share;
    bool reimbursement[REIMBURSEMENTS];
};

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

/* The bits of the figures of people whose sums are derived: some fund's figure that is in them is. */
uint32_t rollup_heads_derived(struct rollup_member *members, size_t count);

/* A figure that each fund has or does not have. */
struct rollup_value {
    bool known;
    int64_t value;
};
typedef struct rollup_value rollup_own_value(void *arg, size_t index);
typedef void rollup_lacking(void *arg, size_t index);

/* The sum of a figure over the funds added, known if all have it.  A fund that others are contained in or
 * joined to has their figures in its own; without its own it has the sum of theirs.  `lacking` is told of
 * every member that has it neither way, but for funds that are joined, and for linked ones without
 * contributions, which have nobody of their own.  A sum that leaves 64 bits is not known.  For after
 * rollup_roles(). */
struct rollup_value rollup_total(struct rollup_member *members, size_t count,
                                 rollup_own_value *own, rollup_lacking *lacking, void *arg);

/* Sums the members added over their closed months, whose number is `months`, and marks those that lack
 * a figure of people: see rollup_total(). */
void rollup_sum(struct rollup_member *members, size_t count, date_day date, unsigned months,
                struct rollup *ret);

/* The same of the month that has not closed: the sums of `open` of those added with what cancels taken off,
 * and what cancels.  What is left on a line of transfers is on its way, or never had another side here: the
 * balances lack it, or have it twice.  False if a sum leaves 64 bits. */
bool rollup_open(const struct rollup_member *members, size_t count, struct lines *ret,
                 struct lines *ret_cancelled);

/* The funds of a place, by place and each with its role, and their sums. */
struct place_funds {
    struct rollup_member *members;  /* malloc'ed */
    size_t count;
    date_month from, to;            /* closed months of the sums, if there are any */
    unsigned months;
    struct rollup sums;
    struct rollup_derivation derived;   /* only if the caller asked for it */
    /* What moved since the last month that has ended, and what of it cancels: only if the caller asked. */
    bool open_fits;
    date_day open_from;
    struct lines open, open_cancelled;
};

/* The sums as what indicators are made from.  Not computable as long as the books of a member have not come
 * to the day, no fund is added, or a sum leaves 64 bits. */
struct position rollup_position(const struct place_funds *place);
struct headcount rollup_headcount(const struct place_funds *place);
/* Whether what it is made of is not all there yet: history of a member is being entered.  Of one that is not
 * added, too, since its books decide which are; but not of one that has no books as of the day. */
bool rollup_is_importing(const struct place_funds *place);
bool rollup_waits_for(const struct rollup_member *member);
