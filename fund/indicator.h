/* indicator - runway, coverage, deficit and provisional share, exactly.
 *
 * An indicator is a ratio, or it is not computable and says why: never 0,
 * never infinity.  All take what the books hold as of a books date. */
#pragma once

#include <assert.h>

#include "fund/account.h"
#include "fund/date.h"
#include "fund/policy.h"
#include "fund/ratio.h"
#include "fund/subsidy.h"

#ifdef __cplusplus
extern "C" {
#endif

enum not_computable {
    COMPUTABLE = 0,
    NC_NO_OPENING,              /* no opening balance: the cumulative balance is unknown */
    NC_TOO_FEW_MONTHS,          /* fewer closed months than the policy asks for */
    NC_NO_EXPENDITURE,
    NC_NO_NUMERATOR,            /* nobody enrolled or reported */
    NC_NO_DENOMINATOR,          /* no population stated */
    NC_BEFORE_DEADLINE,         /* it is not judged yet at this time of the year */
    NC_OVERFLOW,                /* a sum left 64 bits */
    NC_MONEY_ELSEWHERE,         /* the balance is held one level up (DOMAIN 4, distortion 3) */
    NC_NO_STANDARD,             /* a subsidy's standard, headcount or due date is missing */
    NC_NO_STATEMENT,            /* the bank has stated no balance */
    NC_NO_BILLS,                /* no inpatient bill states what it cost */
    NC_NO_LAST_YEAR,            /* no headcount of the year before */
    NC_NO_BUDGET,               /* nothing is foreseen for it */
    NC_INCOMPLETE,              /* too few of the expected sources have reported */
    NC_FUNDS_BEHIND,            /* of a roll-up: a fund's books have not come to the day */
    NC_NO_INCOME,               /* a year that is carried on has no income */
    NC_TOO_LITTLE_HISTORY,      /* too few years to carry on */
    NC_PLACE_ENDED,             /* the place was merged or split: no rule looks at what is left of it */
    NC_NO_RULE,                 /* the policy has no such rule any more */
    NC_NO_MONEY,                /* no money of the fund is reported, so what has come is not known */
    NC_MEMBER_IMPORTING,        /* history of a fund that it is made of is still being entered */
    NC_YEAR_PAST,               /* it is about a year that no rule looks at any more */
    NC_END
};
/* "no_opening", for the wire; and a sentence. */
const char *not_computable_word(enum not_computable why);
const char *not_computable_sentence(enum not_computable why);

struct indicator {
    enum not_computable why;    /* COMPUTABLE: value is valid */
    struct ratio value;
};

/* What the books of a fund say as of its books date. */
struct position {
    date_day books_date;        /* the last day that is complete */
    bool has_opening;
    date_day opening_date;      /* valid if has_opening */
    date_month first_month;     /* first month with complete books, see
                                 * indicator_first_month() */
    struct amount balance;      /* cumulative balance: Q0 + income - expenditure */
    unsigned months;            /* closed months in `closed`, at most 12 */
    struct lines closed;        /* sums over the base's closed months */
    bool incomplete;            /* of many funds, of which one lacks the day: nothing is computable */
};

/* Which closed months a base takes at `books_date` when the books are complete
 * from `first` on.  Year to date is the calendar year of `books_date`: before 31
 * January it has no ended month.  *ret_from and *ret_to are inclusive; returns
 * their number, 0 to 12 (and sets nothing when it is 0). */
unsigned indicator_months(enum runway_base base, date_month first, date_day books_date,
                          date_month *ret_from, date_month *ret_to);

/* The first month that is complete in books which open with the balance at the
 * end of `opening`: the next one, because of opening's own month at least the
 * days up to it are missing. */
date_month indicator_first_month(date_day opening);

/* Months of payments that the balance is worth: balance * months / expenditure,
 * over total expenditure, E2 and E3 included.  Needs at least one month, also
 * with min_months 0.  A fund whose transfers to the upper level (E6) and from it
 * (I6) are together more than a third of all that moved on its lines, each by its
 * magnitude, holds its money elsewhere. */
struct indicator indicator_runway(const struct position *p, unsigned min_months);

/* What a runway as booked does not say: who owes what at the books date. */
struct owing {
    struct amount booked;       /* to hospitals, of what is expenditure: the balance is less it already */
    struct amount incurred;     /* to hospitals, of what is not recognised: beside the books */
    struct amount overpaid;     /* to hospitals, beyond what was expenditure: the balance still has it */
    struct amount in_months;    /* what the closed months have incurred beyond what they recognised;
                                 * below 0 if they paid what earlier ones had incurred */
    bool subsidy_known;         /* a policy and headcounts say what is due */
    struct amount subsidy;      /* to the fund: overdue, of all levels and years */
};
/* Of a fund's sums up to the books date, and of its closed months.  Hospitals that were paid more than is
 * known to be incurred are owed nothing, and that is said beside it.  Subsidies are for the caller to add;
 * none is known as yet. */
struct owing owing_to_hospitals(const struct lines *so_far, const struct lines *closed);
/* Adds a level's year.  What is within the tolerance is not overdue.  Of a level that owes something by now
 * but nobody can say how much, nothing is known of all of them. */
void owing_add_subsidy(struct owing *owing, const struct subsidy_arrears *arrears);

/* Two more runways beside the one `booked`, and not computable where that is not.
 *
 * With everything owed: the balance less `incurred`, over what care cost in those months whenever it is paid.
 * It is what the same events come to when expenditure is recognised on settlement, unless one is reversed in
 * another year.  With overdue subsidy received: the balance and `subsidy`, over the same months. */
struct indicator indicator_runway_owed(struct indicator booked, const struct owing *owing);
struct indicator indicator_runway_received(struct indicator booked, const struct owing *owing);

/* (income - expenditure) / expenditure over 12 closed months, no fewer. */
struct indicator indicator_deficit(const struct position *p);

/* provisional / expenditure over the closed months, at least one; never below 0. */
struct indicator indicator_provisional(const struct position *p);

/* moved / expenditure over the closed months, at least one. */
struct indicator indicator_restated(const struct position *p, struct amount moved);

/* What the bank says of a day, and what the books say of it. */
struct bank_check {
    bool has_opening;           /* without one the books do not know what is in the bank */
    bool has_statement;
    date_day date;              /* of the statement; valid if there is one, as what follows */
    struct amount stated;
    struct amount booked;       /* on A1 at the end of that day */
};
/* stated - booked in fen: below 0 the bank has less than the books say. */
struct indicator indicator_statement(const struct bank_check *check);

/* fund's part / cost of inpatient care, over the closed months, at least one: of the cost within
 * policy, or of the whole.  Over the bills that state that cost; without any there is no ratio. */
enum reimbursement { REIMBURSEMENT_IN_POLICY, REIMBURSEMENT_ACTUAL, REIMBURSEMENTS };
const char *reimbursement_word(enum reimbursement which);   /* "in_policy" */
struct indicator indicator_reimbursement(const struct position *p, enum reimbursement which);

/* How many months shorter the runway is `now` than it was `before`, in ten-thousandths of a month
 * rounded up: on the same side of every limit as the exact difference.  Below 0 if it is longer. */
struct indicator indicator_falling(const struct position *before, const struct position *now,
                                   unsigned min_months);

/* Contributions for a year that have come / that should have come by now. */
struct indicator indicator_collected(struct amount collected, struct amount expected);

/* What has moved of a budget / what it foresees. */
struct budget_item;
struct indicator indicator_executed(const struct budget_item *item);

/* The insured that were lost / those of the same day last year; below 0 if there are more now, 1 if all are
 * lost. By reported counts if both days have one, else by persons: who is paid and has not left. Never a
 * count of the one kind against one of the other. */
struct headcount;
struct indicator indicator_loss(const struct headcount *last_year, const struct headcount *now);
bool loss_is_by_person(const struct headcount *last_year, const struct headcount *now);

/* Those missing from the insured of the coming year / the insured of this year by the same day a year ago;
 * below 0 if there are more.  Nobody at all is a count, too, as long as somebody counts. */
struct indicator indicator_pace(int64_t a_year_ago, int64_t now);

/* The figures of struct headcount, in its order. */
enum heads_figure {
    HEADS_PAID, HEADS_REGISTERED, HEADS_REPORTED, HEADS_EMPLOYEES, HEADS_RESIDENT,
    HEADS_REGISTERED_POPULATION, HEADS_LAST_YEAR, HEADS_LEFT, HEADS_DOUBLED, HEADS_ELSEWHERE,
    HEADS_DUPLICATES, HEADS_PAID_ONCE, HEADS_REPORTED_ONCE, HEADS_FIGURES
};
#define HEADS_BIT(FIGURE) (UINT32_C(1) << HEADS_##FIGURE)
/* The bit of what is in year_before of a numerator. */
#define HEADS_YEAR_BEFORE(numerator) (UINT32_C(1) << (HEADS_FIGURES + (numerator)))
static_assert(HEADS_FIGURES + NUMERATOR_LAST < 32, "each has a bit");
/* What is counted person by person, and follows from it. */
#define HEADS_OF_PERSONS (HEADS_BIT(PAID) | HEADS_BIT(REGISTERED) | HEADS_BIT(LEFT) | HEADS_BIT(DOUBLED) | \
                          HEADS_BIT(ELSEWHERE) | HEADS_BIT(PAID_ONCE))

/* What coverage can be measured with; -1 for a figure that nobody gave. */
struct headcount {
    int64_t paid;
    int64_t registered;
    int64_t reported;
    int64_t employees;
    int64_t resident;           /* population */
    int64_t registered_population;
    int64_t last_year;          /* people this fund insured last year, as stated for this one */
    int64_t left;               /* of those paid: the enrolment has ended or paused */
    int64_t doubled;            /* of the rest: paid in another fund of this store, too, */
    int64_t elsewhere;          /* and of these: counted there (insured.h) */
    int64_t duplicates;         /* insured twice, as reported from outside for the year */
    int64_t paid_once;          /* by headcount_once() */
    int64_t reported_once;
    int64_t year_before[NUMERATOR_LAST + 1];    /* by numerator: what it was at the end of the year before;
                                                 * unknown, too, to callers that do not ask for it */
    uint32_t derived;           /* a bit for each figure that is derived */
};
#define HEADS_UNKNOWN (-1)
struct headcount headcount_unknown(void);

/* Fills in who is insured in exactly one place and scheme: of those paid, who has not left and is
 * counted in no other fund; of those and of the reported, less the duplicates reported from outside. */
void headcount_once(struct headcount *heads);

/* The same if everybody who is doubled counted nowhere, and if all duplicates counted here. */
struct heads_band { int64_t least, most; };
struct heads_band headcount_band(const struct headcount *heads);

/* The count of a numerator; HEADS_UNKNOWN for one that nobody gave, for a sum with such a
 * part, and for one beyond 64 bits. */
int64_t headcount_of(const struct headcount *heads, enum coverage_numerator numerator);

/* What a numerator is measured against where that is last year's insured: those that were stated or, without,
 * the same count as it was at the end of the year before; and whether it is derived. */
int64_t headcount_last_year(const struct headcount *heads, enum coverage_numerator numerator);
bool headcount_last_year_is_derived(const struct headcount *heads, enum coverage_numerator numerator);

/* Who is insured: the reported count, or person by person who is paid and has not left. */
int64_t headcount_insured(const struct headcount *heads, bool by_person);

/* Whether that count is derived, and whether coverage by the rule is: one of the two is. */
bool headcount_is_derived(const struct headcount *heads, enum coverage_numerator numerator);
bool coverage_is_derived(const struct coverage_rule *rule, const struct headcount *heads);

/* Duplicates, found and reported / the insured: who is paid and has not left or, of a fund that reports
 * counts, the reported.  Not computable where nobody counts duplicates; the least that there are where they
 * are found but nobody has reported any. */
struct indicator indicator_duplicates(const struct headcount *heads);

/* The year whose insured a definition is about on a day: that whose deadline was the last to come, whatever
 * the day; and the day as of which they count: that one, or the end of their year if it is over. So each
 * year is judged from its deadline to that of the next, and what is known of it late moves its figure. */
int32_t coverage_year(const struct coverage_rule *rule, date_day books_date);
date_day coverage_day(const struct coverage_rule *rule, date_day books_date);

/* numerator / denominator of the rule, of the insured of coverage_year() as of coverage_day(); before the
 * first deadline that there is a figure for it is not due. A sum with an unknown part is unknown. Nobody is
 * a count, too, as long as somebody counts; of nobody there is no share. */
struct indicator indicator_coverage(const struct coverage_rule *rule,
                                    const struct headcount *heads, date_day books_date);

#ifdef __cplusplus
}
#endif
