/* outlook - a fund's balance and runway in the twelve months to come.
 *
 * What a coming month will bring is taken from the same month of earlier years, because fees
 * arrive in autumn and payments all year (DOMAIN 4, distortion 1).  The closed months are cut
 * into years of twelve that end with the last closed month; year 0 is the latest.  Each way of
 * carrying them on is a path:
 *
 *   central    every year's months together, at the level of year 0: no growth, as the runway is
 *              static.  month = (sum of the month over the years) * year 0 / (sum of the years)
 *   by year    the months of one year, at the level of year 0, grown as that year had grown over
 *              the one before.  month = month of year j * year 0 / year j+1; the oldest year has
 *              none before it, and is carried on without growth: * year 0 / year j
 *
 * for income and expenditure separately, each month rounded half up to the fen.  The paths by
 * year are the range: what happened after such a year began, once for each year that there is.  With
 * fewer than two years there is no range, and no outlook.  It is arithmetic on the past, not a
 * forecast of prices or people.
 *
 * The runway of a coming month's end is balance * 12 / expenditure of the twelve months that end
 * with it, which are closed ones and coming ones.  Pure, nothing is kept or allocated. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/account.h"
#include "fund/amount.h"
#include "fund/date.h"
#include "fund/ratio.h"

#define OUTLOOK_AHEAD     12        /* coming months */
#define OUTLOOK_YEARS_MIN 2
#define OUTLOOK_YEARS_MAX 5         /* older years are not looked at */
#define OUTLOOK_PATHS_MAX (1 + OUTLOOK_YEARS_MAX)
#define OUTLOOK_CENTRAL   0         /* the path without growth; 1 + j: the path of year j */

/* What a closed month had, E2, E3 and provisional amounts included. */
struct outlook_month {
    struct amount income, expenditure;
};

/* Borrowed for the call. */
struct outlook_history {
    date_month last;                        /* last closed month */
    bool has_balance;
    struct amount balance;                  /* cumulative, at its end */
    const struct outlook_month *months;     /* without a gap; the last of them is `last` */
    unsigned count;
};

/* A fund's closed months as the books have them, line by line and summed. */
#define OUTLOOK_PAST_MAX (OUTLOOK_YEARS_MAX * 12)
struct outlook_past {
    date_day as_of;
    date_month first, last;         /* first month with complete books, last closed one */
    unsigned count;                 /* months without a gap, at most OUTLOOK_PAST_MAX; up to `last` */
    struct lines lines[OUTLOOK_PAST_MAX];
    struct outlook_month sums[OUTLOOK_PAST_MAX];
    bool has_balance;
    struct amount balance;          /* cumulative, at the end of `last` */
};

enum outlook_known {
    OUTLOOK_KNOWN = 0,
    OUTLOOK_TOO_LITTLE_HISTORY,     /* fewer than OUTLOOK_YEARS_MIN times twelve closed months */
    OUTLOOK_NO_BALANCE,             /* no opening balance */
    OUTLOOK_NO_INCOME,              /* a year without income, or with less than none */
    OUTLOOK_NO_EXPENDITURE,         /* a year, or a coming one, without expenditure */
    OUTLOOK_OVERFLOW,
};
/* "too_little_history", for the wire; and a sentence. */
const char *outlook_known_word(enum outlook_known known);
const char *outlook_known_sentence(enum outlook_known known);

/* By month: [0] at the end of the last closed one, [k] at the end of the k-th to come. */
struct outlook_path {
    struct amount balance[OUTLOOK_AHEAD + 1];
    struct amount trailing[OUTLOOK_AHEAD + 1];  /* expenditure of 12 months, above 0 */
    struct amount spent[OUTLOOK_AHEAD + 1];     /* expenditure of the coming months so far */
    struct amount surplus;                      /* income less expenditure of all coming months */
};

struct outlook {
    enum outlook_known known;       /* OUTLOOK_KNOWN: the rest is valid */
    date_month last;
    unsigned years;                 /* that it was made from */
    unsigned path_count;            /* 1 + years */
    struct outlook_path paths[OUTLOOK_PATHS_MAX];
};

void outlook_make(const struct outlook_history *history, struct outlook *ret);
void outlook_of(const struct outlook_past *past, struct outlook *ret);

/* The last day of the k-th coming month, 0 to OUTLOOK_AHEAD. */
date_day outlook_day(const struct outlook *outlook, unsigned k);

/* Runway of a path at that day.  The outlook is known. */
struct ratio outlook_runway(const struct outlook *outlook, unsigned path, unsigned k);

/* The lowest and the highest runway of all paths at that day. */
void outlook_range(const struct outlook *outlook, unsigned k,
                   struct ratio *ret_low, struct ratio *ret_high);

enum outlook_side { OUTLOOK_BELOW = -1, OUTLOOK_ABOVE = 1 };

/* When the runway leaves a limit.  A day is the last of a month, because that is when a runway is
 * measured; DATE_NONE: not within the twelve months.  When it has left already, all three are
 * the last closed month's: ask outlook_outside() first. */
struct outlook_leaving {
    date_day central;
    date_day early;                 /* the first path's; DATE_NONE if none leaves */
    date_day late;                  /* the last path's; DATE_NONE if some path stays */
    unsigned paths;                 /* so many of path_count leave */
};

/* Below or above the limit; on it is inside. */
struct outlook_leaving outlook_leaving(const struct outlook *outlook, enum outlook_side side,
                                       int64_t limit_e4);

/* When the runway of a fund that is outside comes back to the limit, as above: the first coming month's end
 * that is inside. */
struct outlook_leaving outlook_returning(const struct outlook *outlook, enum outlook_side side,
                                         int64_t limit_e4);

/* Since when a runway is outside: the closed months' ends, of twelve months each, are walked back. */
struct outlook_outside {
    bool is;                        /* at the end of the last closed month */
    date_day since;                 /* the first of the months' ends without a gap; valid if it is */
    bool is_earliest;               /* the first that can be measured: perhaps since longer */
};
/* Needs no years of history but twelve closed months and a balance; without these it is not. */
struct outlook_outside outlook_outside(const struct outlook_past *past, enum outlook_side side,
                                       int64_t limit_e4);

/* What it takes to have a runway of at least `limit_e4` at the end of the k-th coming month: the
 * least amount, to the fen, on either side of the books alone.  Below 0: so much can go. */
struct outlook_needed {
    struct amount more_income;
    struct amount less_expenditure; /* within the coming months: it also lowers the average */
    bool can_save;                  /* the coming months have that much expenditure */
};

/* For k from 1 to OUTLOOK_AHEAD on `path`.  False if it leaves 64 bits; *ret is then untouched. */
bool outlook_needed(const struct outlook *outlook, unsigned path, unsigned k, int64_t limit_e4,
                    struct outlook_needed *ret);
