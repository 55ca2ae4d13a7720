/* rule - from a policy and what the books hold to the level of each rule.
 *
 * A rule of a fund has instances: runway, deficit, provisional share, restatements, statement, falling
 * runway, net loss and pace have one, duplicates one for the year and one for the year before, coverage one
 * per definition of the policy, quiet one per source, subsidy one per year and level of government,
 * reimbursement one for each ratio, contributions one for each year that the policy expects something of,
 * budget one per year and side or line, completeness one, gaps one per source. */
#pragma once

#include "fund/alert.h"
#include "fund/budget.h"
#include "fund/completeness.h"
#include "fund/gate.h"
#include "fund/indicator.h"
#include "fund/subsidy.h"

/* What evaluating one instance came to. */
struct reading {
    struct indicator indicator;
    struct rule_limits limits;
    struct hold hold;
};

/* The reading of a rule that the policy has switched off has no limits.  With
 * it, rule_evaluate() ends at once what was firing, computable or not. */
struct reading rule_runway(const struct policy *policy, const struct position *position);
struct reading rule_deficit(const struct policy *policy, const struct position *trailing_12);
struct reading rule_provisional(const struct policy *policy, const struct position *trailing_12);
struct reading rule_coverage(const struct coverage_rule *rule, const struct headcount *heads,
                             date_day books_date);
/* `moved`: the magnitudes of what moved in closed months among the position's, lines_moved(). */
struct reading rule_restated(const struct policy *policy, const struct position *trailing_12,
                             struct amount moved);
/* Low while the bank states less than the books have, high while it states more; no policy and
 * no hold: it is wrong until they agree. */
struct reading rule_statement(const struct bank_check *check);
/* `first` and `last` are the book days on which the fund heard of the source first and last; DATE_NONE
 * if there has been none, which cannot be judged.  The value is the days since or, if `rule` has a
 * calendar, the expected days since. */
struct reading rule_quiet(const struct policy *policy, const struct quiet_rule *rule, date_day first,
                          date_day last, date_day books_date);
/* Of the month up to the books date.  Without limits as long as nothing is expected of anybody. */
struct reading rule_completeness(const struct policy *policy, struct completeness_sum month);
/* `missing`: batches of one source.  The value is their number; the policy's hold says how long they
 * must have been missing. */
struct reading rule_gaps(const struct policy *policy, uint64_t missing);

/* Subsidy of one level and year that is late: the value is the age of the oldest part that is missing, in
 * days since it fell due, as in the ages of a report: 0 at the end of that day, when it is late already.
 * SUBSIDY_NOT_LATE if nothing is missing beyond the tolerance.  Above that high, above SUBSIDY_CRITICAL_DAYS
 * excessive; who tells of it tells neither a value nor a limit below 0 (rule_subsidy_told()).  Before the
 * first due date the rule stays as it was, whether or not anybody knows yet for how many heads is to be
 * paid. */
#define SUBSIDY_NOT_LATE (-1)
#define SUBSIDY_CRITICAL_DAYS 90
struct reading rule_subsidy(const struct subsidy_rule *rule, const struct subsidy_arrears *arrears,
                            date_day books_date);
/* What is told of its value and limit: days, 0 where they stand for nothing. */
void rule_subsidy_told(struct indicator *indicator, int64_t *limit_e4);
struct reading rule_reimbursement(const struct policy *policy, enum reimbursement which,
                                  const struct position *position);
/* `before` is the position so many months ago.  `runway_level` is what the runway rule fires at: as
 * long as it fires this one has no limits. */
struct reading rule_falling(const struct policy *policy, const struct position *before,
                            const struct position *now, int runway_level);
/* Before the first day that the policy expects something by, it is not due yet. */
struct reading rule_contributions(const struct policy *policy, int32_t year,
                                  struct amount collected, date_day books_date);
/* As long as a coverage is below its target this one has no limits. */
struct reading rule_net_loss(const struct policy *policy, const struct headcount *last_year,
                             const struct headcount *now, bool coverage_fires);

/* `a_year_ago` and `now`: the insured of this year by the same day of last year, and of the coming year
 * by the books date.  Outside of its season it has no limits. */
struct reading rule_pace(const struct policy *policy, int64_t a_year_ago, int64_t now, date_day books_date);
/* Where nobody has reported any from outside, those found are the least that there are: above the limit
 * that is enough, else it is not computable. */
struct reading rule_duplicates(const struct policy *policy, const struct headcount *heads);
/* The value is executed / foreseen.  Low when it is behind: the limit is the share of the year's months
 * that have ended, in ten-thousandths rounded down, less what the policy allows.  Before the year, and of
 * income before so many months have ended, it is not due yet.  Books that begin later (`first`, see
 * indicator_first_month()) lack a part of the year. */
struct reading rule_budget(const struct policy *policy, const struct budget_item *item,
                           date_month first, date_day books_date);
/* The value is how many of the gate's conditions are met: below all of them, low.  A gate that is neither
 * open nor shut is not computable. */
struct reading rule_gate(const struct policy *policy, const struct gate *gate);
/* True of the rules that judge figures: they are blind while the fund's sources are too incomplete.
 * The others are about the sources themselves. */
bool rule_rests_on_sources(enum rule rule);

/* True if the figures themselves say that there is nothing to judge: the money is held one level up.  That is
 * no blindness, which could only wait: nobody knows of a day on which it would end. */
bool rule_is_moot(enum not_computable why);

/* Steps `state` with a reading: blind when the indicator is not computable.
 * Not yet computable from the start (too few months) is not blindness but
 * silence: a rule that has never had a value stays as it is.  So is a deadline that
 * lies ahead: what last year's came to stands until then.  What is moot ends what fires, as a rule that is
 * switched off does. */
enum transition rule_evaluate(struct rule_state *state, const struct reading *reading,
                              date_day books_date);

/* Who should read an alert at `level` of `rule`: "finance" for the low side of
 * the runway, a falling one, deficits, restatements, statements, subsidies, budgets and the gate, "benefits"
 * for its high side, the provisional share and reimbursement, "enrollment" for coverage, contributions, net
 * loss, pace and duplicates, "operations" for quiet and missing sources and batches.  For an end give the
 * level that ended. */
const char *rule_audience(enum rule rule, int level);
