/* policy - the default, and what a policy must be in itself.
 *
 * policy_check() is a list of small checks.  Each returns a sentence that an
 * operator can act upon, or NULL; the first sentence is the answer. */
#include "fund/policy.h"

#include <string.h>

#include "fund/date.h"
#include "fund/event.h"
#include "fund/place.h"
#include "fund/ratio.h"

#define MONTHS(n)  ((int64_t)(n) * E4)
#define TENTHS(n)  ((int64_t)(n) * E4 / 10)
#define PERCENT(n) ((int64_t)(n) * E4 / 100)

struct policy policy_default(void)
{
    return (struct policy){
        .version = 1,
        .recognition = RECOGNISE_SETTLEMENT,
        .books = BOOKS_UNSTATED,
        .fee_basis = FEES_ON_ARRIVAL,
        .clock = CLOCK_EVENTS,
        .ahead_days = 31,
        .runway = {
            .on = true,
            .base = RUNWAY_TRAILING_12,
            .min_months = 12,
            .critical_low = {MONTHS(3),  TENTHS(33)},
            .low          = {MONTHS(6),  TENTHS(63)},
            .high         = {MONTHS(9),  TENTHS(87)},
            .excessive    = {MONTHS(15), TENTHS(147)},
        },
        .deficit     = {.on = true, .limit = {0, 0}},
        .provisional = {.on = true, .limit = {PERCENT(50), PERCENT(45)}},
        .restated    = {.limit = {PERCENT(1), PERCENT(1)}},
        .subsidy     = {.on = true, .tolerance = SUBSIDY_TOLERANCE_DEFAULT},
        .reimbursement = {
            .base = RUNWAY_TRAILING_12,
            .in_policy = {PERCENT(70), PERCENT(70)},
            .actual    = {PERCENT(55), PERCENT(55)},
        },
        .falling       = {.months = 3, .limit = {MONTHS(1), TENTHS(8)}},
        .contributions = {.limit = {PERCENT(95), PERCENT(95)}},
        .net_loss      = {.limit = {PERCENT(1), PERCENT(1) / 2}},
        .pace = {
            .numerator = NUMERATOR_PAID,
            .from_month = 10, .from_day = 1, .to_month = 12, .to_day = 31,
            .limit = {PERCENT(5), PERCENT(4)},
        },
        .duplicates    = {.limit = {PERCENT(1), PERCENT(1) * 4 / 5}},
        .execution     = {
            .by = EXECUTION_BY_SIDE, .from = 6,
            .behind = {PERCENT(10), PERCENT(5)}, .over = {PERCENT(100), PERCENT(100)},
        },
        .gate          = {.years = 1, .months = {MONTHS(6), TENTHS(63)}},
        .completeness  = {.on = true, .limit = {PERCENT(90), PERCENT(95)}},
        .gaps          = {.on = true, .hold = {1, 0}},
    };
}

static bool hold_in_range(struct hold hold)
{
    return hold.enter_days <= HOLD_DAYS_MAX && hold.leave_days <= HOLD_DAYS_MAX;
}

static const char *check_frame(const struct policy *policy)
{
    if (policy->version < 1)
        return "the version must be at least 1";
    if (policy->recognition < RECOGNISE_SETTLEMENT || policy->recognition > RECOGNISE_DISBURSEMENT)
        return "recognition must be on settlement or on disbursement";
    if (policy->fee_basis < FEES_ON_ARRIVAL || policy->fee_basis > FEES_IN_YEAR_COVERED)
        return "fees must count on arrival or in the year covered";
    if (policy->clock < CLOCK_LIVE || policy->clock > CLOCK_EVENTS)
        return "the books date must be moved by the clock or by events";
    if (policy->ahead_days < 1 || policy->ahead_days > 366)
        return "events may be dated 1 to 366 days ahead";
    return NULL;
}

static const char *check_runway_limits(const struct runway_rule *r)
{
    if (r->critical_low.enter_e4 < 0)
        return "the runway's limits must not be negative";
    if (r->critical_low.enter_e4 >= r->low.enter_e4 || r->low.enter_e4 >= r->high.enter_e4 ||
        r->high.enter_e4 >= r->excessive.enter_e4)
        return "the runway's limits must rise from critical low over low and high to excessive";
    if (r->critical_low.leave_e4 < r->critical_low.enter_e4 || r->low.leave_e4 < r->low.enter_e4)
        return "a low limit of the runway must be left at or above where it is entered";
    if (r->high.leave_e4 > r->high.enter_e4 || r->excessive.leave_e4 > r->excessive.enter_e4)
        return "a high limit of the runway must be left at or below where it is entered";
    if (r->critical_low.leave_e4 > r->low.leave_e4 || r->excessive.leave_e4 < r->high.leave_e4)
        return "a worse level of the runway must not be left later than the milder one";
    if (r->low.leave_e4 > r->high.leave_e4)
        return "the runway's low side must be left below where its high side is left";
    return NULL;
}

static const char *check_runway(const struct policy *policy)
{
    const struct runway_rule *r = &policy->runway;
    if (!r->on)
        return NULL;
    if (r->base < RUNWAY_TRAILING_12 || r->base > RUNWAY_CALENDAR_YEAR)
        return "the runway's base must be trailing 12, year to date or calendar year";
    if (r->min_months < 1 || r->min_months > 12)
        return "the runway must need 1 to 12 ended months";
    if (!hold_in_range(r->hold))
        return "the runway's hold must be at most 366 days";
    return check_runway_limits(r);
}

static const char *check_deficit(const struct policy *policy)
{
    const struct deficit_rule *r = &policy->deficit;
    if (!r->on)
        return NULL;
    if (r->limit.leave_e4 < r->limit.enter_e4)
        return "the deficit's limit must be left at or above where it is entered";
    if (!hold_in_range(r->hold))
        return "the deficit's hold must be at most 366 days";
    return NULL;
}

static const char *check_provisional(const struct policy *policy)
{
    const struct provisional_rule *r = &policy->provisional;
    if (!r->on)
        return NULL;
    if (r->limit.leave_e4 < 0 || r->limit.enter_e4 > E4)
        return "the provisional share's limits must lie between 0 and 1";
    if (r->limit.leave_e4 > r->limit.enter_e4)
        return "the provisional share's limit must be left at or below where it is entered";
    if (!hold_in_range(r->hold))
        return "the provisional share's hold must be at most 366 days";
    return NULL;
}

static const char *check_restated(const struct policy *policy)
{
    const struct restated_rule *r = &policy->restated;
    if (!r->on)
        return NULL;
    if (r->limit.leave_e4 < 0)
        return "the limit of restatements must not be negative";
    if (r->limit.leave_e4 > r->limit.enter_e4)
        return "the limit of restatements must be left at or below where it is entered";
    if (!hold_in_range(r->hold))
        return "the hold of restatements must be at most 366 days";
    return NULL;
}

static bool name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t size = strnlen(name, POLICY_NAME_MAX + 1);
    return size >= 1 && size <= POLICY_NAME_MAX && strspn(name, allowed) == size;
}

/* A day that every year has. */
static bool day_of_year_valid(int month, int day_of_month)
{
    date_day day;
    return date_from_civil(2001, month, day_of_month, &day);
}

static bool year_valid(int32_t year)
{
    return year >= DATE_YEAR_MIN && year <= DATE_YEAR_MAX;
}

static const char *check_statements(const struct coverage_rule *r)
{
    if (r->stated_count > POLICY_STATED_MAX)
        return "a coverage has at most 4 statements";
    for (unsigned i = 0; i < r->stated_count; i++) {
        if (!year_valid(r->stated[i].year)
            || r->stated[i].outcome < STATED_MET || r->stated[i].outcome > STATED_NOT_MET)
            return "a coverage's statement must be of a year 1990 to 2199: met, or not_met";
        for (unsigned j = 0; j < i; j++)
            if (r->stated[j].year == r->stated[i].year)
                return "two statements of a coverage are of one year";
    }
    return NULL;
}

static const char *check_coverage_rule(const struct coverage_rule *r)
{
    if (!name_valid(r->name))
        return "a coverage's name must have 1 to 32 of a-z, 0-9, '_' and '-'";
    if (r->numerator < NUMERATOR_PAID || r->numerator > NUMERATOR_LAST)
        return "a coverage's numerator is not known";
    if (r->denominator < DENOMINATOR_RESIDENT || r->denominator > DENOMINATOR_LAST_YEAR)
        return "a coverage's denominator is not known";
    if (r->year > COVERAGE_OF_COMING_YEAR)
        return "a coverage's year is current or coming";
    if (!day_of_year_valid(r->deadline_month, r->deadline_day))
        return "a coverage's deadline must be a day that every year has";
    if (r->target.enter_e4 <= 0)
        return "a coverage's target must be above 0";
    if (r->target.leave_e4 < r->target.enter_e4)
        return "a coverage's target must be left at or above where it is entered";
    if (!hold_in_range(r->hold))
        return "a coverage's hold must be at most 366 days";
    return check_statements(r);
}

static bool coverage_named_before(const struct policy *policy, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (strcmp(policy->coverage[i].name, policy->coverage[index].name) == 0)
            return true;
    }
    return false;
}

static const char *check_coverage(const struct policy *policy)
{
    if (policy->coverage_count > POLICY_COVERAGE_MAX)
        return "a policy has at most 8 coverages";
    for (unsigned i = 0; i < policy->coverage_count; i++) {
        const char *wrong = check_coverage_rule(&policy->coverage[i]);
        if (wrong != NULL)
            return wrong;
        if (coverage_named_before(policy, i))
            return "two coverages have the same name";
    }
    return NULL;
}

static bool pattern_valid(const char *pattern)
{
    size_t size = strnlen(pattern, POLICY_NAME_MAX + 1);
    if (size < 1 || size > POLICY_NAME_MAX)
        return false;
    const char *star = strchr(pattern, '*');
    return star == NULL || star[1] == '\0';
}

static const char *check_quiet(const struct policy *policy)
{
    if (policy->quiet_count > POLICY_QUIET_MAX)
        return "a policy has at most 32 quiet rules";
    for (unsigned i = 0; i < policy->quiet_count; i++) {
        const struct quiet_rule *r = &policy->quiet[i];
        if (!pattern_valid(r->pattern))
            return "a quiet rule's pattern must have 1 to 32 bytes, and '*' only at its end";
        if (r->days > 366 || (r->days < 1 && r->calendar[0] == '\0'))
            return "a quiet rule must allow 1 to 366 days, with a calendar 0 to 366";
        if (r->calendar[0] != '\0' && policy_calendar(policy, r->calendar) == NULL)
            return "a quiet rule's calendar must be one of the policy";
    }
    return NULL;
}

static const char *check_calendar(const struct policy *policy, const struct calendar_rule *rule)
{
    struct calendar calendar = policy_days(policy, rule);
    if (!name_valid(rule->name) || strcmp(rule->name, CALENDAR_NOTHING) == 0)
        return "a calendar's name must have 1 to 32 of a-z, 0-9, '_' and '-', and not be \"none\"";
    if (policy_calendar(policy, rule->name) != rule)
        return "two calendars have the same name";
    if (rule->grace_days > CALENDAR_GRACE_MAX)
        return "a calendar's grace must be at most 31 days";
    return calendar_check(&calendar);
}

static const char *check_calendars(const struct policy *policy)
{
    if (policy->calendar_count > POLICY_CALENDARS_MAX)
        return "a policy has at most 8 calendars";
    if (policy->holiday_count > CALENDAR_EXCEPTIONS_MAX)
        return "a policy has at most 48 holidays and worked weekends";
    static const struct calendar_rule working = {.rhythm = CALENDAR_DAILY, .workdays = true};
    struct calendar holidays = policy_days(policy, &working);
    const char *wrong = calendar_check(&holidays);
    for (unsigned i = 0; i < policy->calendar_count && wrong == NULL; i++)
        wrong = check_calendar(policy, &policy->calendars[i]);
    return wrong;
}

static const char *check_sources(const struct policy *policy)
{
    if (policy->source_count > POLICY_SOURCES_MAX)
        return "a policy has at most 64 patterns of sources";
    for (unsigned i = 0; i < policy->source_count; i++) {
        const struct source_rule *r = &policy->sources[i];
        if (!pattern_valid(r->pattern))
            return "a pattern of sources must have 1 to 32 bytes, and '*' only at its end";
        if (strcmp(r->calendar, CALENDAR_NOTHING) != 0
            && policy_calendar(policy, r->calendar) == NULL)
            return "sources must follow a calendar of the policy, or \"none\"";
    }
    return NULL;
}

static const char *check_completeness(const struct policy *policy)
{
    const struct completeness_rule *r = &policy->completeness;
    if (!r->on)
        return NULL;
    if (r->limit.enter_e4 < 0 || r->limit.leave_e4 > E4 || r->limit.leave_e4 < r->limit.enter_e4)
        return "the completeness's limit must lie between 0 and 1, left at or above where it is entered";
    if (!hold_in_range(r->hold))
        return "the completeness's hold must be at most 366 days";
    return NULL;
}

static const char *check_gaps(const struct policy *policy)
{
    return policy->gaps.on && !hold_in_range(policy->gaps.hold)
        ? "the hold of gaps must be at most 366 days" : NULL;
}

static const char *check_standards(const struct subsidy_rule *r)
{
    unsigned exceptions = 0;
    for (unsigned i = 0; i < r->standard_count; i++) {
        const char *wrong = subsidy_check(&r->standards[i]);
        if (wrong != NULL)
            return wrong;
        exceptions += r->standards[i].exception_count;
        if (exceptions > POLICY_EXCEPTIONS_MAX)
            return "the subsidy standards of a policy have at most 96 exceptions together";
        for (unsigned before = 0; before < i; before++)
            if (r->standards[before].year == r->standards[i].year)
                return "two subsidy standards are of the same year";
    }
    return NULL;
}

static const char *check_subsidy(const struct policy *policy)
{
    const struct subsidy_rule *r = &policy->subsidy;
    if (r->standard_count > POLICY_STANDARDS_MAX)
        return "a policy has at most 12 subsidy standards";
    if (r->tolerance.least.fen < 0 || r->tolerance.least.fen > AMOUNT_EVENT_MAX
        || r->tolerance.share_e4 < 0 || r->tolerance.share_e4 > E4)
        return "the tolerance of subsidies must be an amount and a share between 0 and 1";
    if (!hold_in_range(r->hold))
        return "the hold of subsidies must be at most 366 days";
    return check_standards(r);
}

static bool has_account(unsigned category)
{
    return (category >= CATEGORY_FEES && category <= CATEGORY_TRANSFER_IN)
        || (category >= CATEGORY_INPATIENT && category <= CATEGORY_TRANSFER_OUT);
}

static const char *check_budget_line(const struct budget_line *line)
{
    if (line->year < DATE_YEAR_MIN || line->year > DATE_YEAR_MAX)
        return "a budget's year must be 1990 to 2199";
    if (!has_account(line->category))
        return "a budget's category must be a line of income or expenditure";
    if (line->amount.fen < 0 || line->amount.fen > AMOUNT_EVENT_MAX)
        return "a budget's amount is out of range";
    if (line->heads < 0 || line->heads > COUNT_MAX || line->per_head.fen < 0
        || line->per_head.fen > SUBSIDY_PER_HEAD_MAX || (line->heads == 0) != (line->per_head.fen == 0))
        return "a budget's heads and per_head must be stated both, and in their range";
    if (line->heads != 0 && line->heads * line->per_head.fen != line->amount.fen)
        return "a budget's amount must be its heads times per_head";
    return NULL;
}

static const char *check_fees(const struct policy *policy)
{
    if (policy->fee_count > POLICY_FEES_MAX)
        return "a policy has at most 12 fees";
    for (unsigned i = 0; i < policy->fee_count; i++) {
        const struct fee_standard *fee = &policy->fees[i];
        if (!year_valid(fee->year) || fee->per_head.fen <= 0 || fee->per_head.fen > SUBSIDY_PER_HEAD_MAX)
            return "a fee must be of a year 1990 to 2199, and above 0 per head";
        for (unsigned j = 0; j < i; j++)
            if (policy->fees[j].year == fee->year)
                return "two fees are of one year";
    }
    return NULL;
}

static const char *check_budget(const struct policy *policy)
{
    if (policy->budget_count > POLICY_BUDGET_MAX)
        return "a policy has at most 48 lines of budgets";
    for (unsigned i = 0; i < policy->budget_count; i++) {
        const struct budget_line *line = &policy->budget[i];
        const char *wrong = check_budget_line(line);
        if (wrong != NULL)
            return wrong;
        for (unsigned before = 0; before < i; before++)
            if (policy->budget[before].year == line->year
                && policy->budget[before].category == line->category)
                return "two lines of the budget are about the same year and category";
    }
    return NULL;
}

static const char *check_reimbursement(const struct policy *policy)
{
    const struct reimbursement_rule *r = &policy->reimbursement;
    if (!r->on)
        return NULL;
    if (r->base < RUNWAY_TRAILING_12 || r->base > RUNWAY_CALENDAR_YEAR)
        return "the reimbursement's base must be trailing 12, year to date or calendar year";
    if (r->in_policy.enter_e4 < 0 || r->actual.enter_e4 < 0)
        return "a reimbursement's target must not be negative";
    if (r->in_policy.leave_e4 < r->in_policy.enter_e4 || r->actual.leave_e4 < r->actual.enter_e4)
        return "a reimbursement's target must be left at or above where it is entered";
    if (!hold_in_range(r->hold))
        return "the reimbursement's hold must be at most 366 days";
    return NULL;
}

static const char *check_falling(const struct policy *policy)
{
    const struct falling_rule *r = &policy->falling;
    if (!r->on)
        return NULL;
    if (r->months < 1 || r->months > 12)
        return "a falling runway must be compared with that of 1 to 12 months ago";
    if (r->limit.leave_e4 < 0 || r->limit.leave_e4 > r->limit.enter_e4)
        return "a falling runway's limit must be left at or below where it is entered, from 0 on";
    if (!hold_in_range(r->hold))
        return "the falling runway's hold must be at most 366 days";
    return NULL;
}

static const char *check_expectation(const struct expectation *e, const struct expectation *before)
{
    if (e->year < DATE_YEAR_MIN || e->year > DATE_YEAR_MAX ||
        date_year(e->by) < DATE_YEAR_MIN || date_year(e->by) > DATE_YEAR_MAX)
        return "contributions are expected for a year, and by a day, from 1990 to 2199";
    if (e->amount.fen < 1 || e->amount.fen > AMOUNT_EVENT_MAX)
        return "contributions that are expected must be an amount above 0";
    if (before == NULL || e->year > before->year)
        return NULL;
    if (e->year < before->year || e->by <= before->by)
        return "contributions that are expected must stand in the order of their years and days";
    return e->amount.fen < before->amount.fen
        ? "contributions that are expected are sums: a later day must not expect less" : NULL;
}

static const char *check_contributions(const struct policy *policy)
{
    const struct contributions_rule *r = &policy->contributions;
    if (r->expected_count > POLICY_EXPECTED_MAX)
        return "a policy expects contributions by at most 24 days";
    for (unsigned i = 0; i < r->expected_count; i++) {
        const char *wrong = check_expectation(&r->expected[i], i > 0 ? &r->expected[i - 1] : NULL);
        if (wrong != NULL)
            return wrong;
    }
    if (r->limit.enter_e4 < 0 || r->limit.leave_e4 < r->limit.enter_e4)
        return "the contributions' limit must be left at or above where it is entered, from 0 on";
    if (!hold_in_range(r->hold))
        return "the contributions' hold must be at most 366 days";
    return NULL;
}

static const char *check_net_loss(const struct policy *policy)
{
    const struct net_loss_rule *r = &policy->net_loss;
    if (!r->on)
        return NULL;
    if (r->limit.leave_e4 < 0 || r->limit.enter_e4 > E4 || r->limit.leave_e4 > r->limit.enter_e4)
        return "the net loss's limit must lie between 0 and 1, left at or below where it is entered";
    if (!hold_in_range(r->hold))
        return "the net loss's hold must be at most 366 days";
    return NULL;
}

static const char *check_pace(const struct policy *policy)
{
    const struct pace_rule *r = &policy->pace;
    if (!r->on)
        return NULL;
    if (r->numerator < NUMERATOR_PAID || r->numerator > NUMERATOR_LAST
        || r->numerator == NUMERATOR_REPORTED_AND_EMPLOYEES
        || r->numerator == NUMERATOR_PAID_AND_EMPLOYEES)
        return "the pace's numerator must be a count of residents alone";
    if (!day_of_year_valid(r->from_month, r->from_day) || !day_of_year_valid(r->to_month, r->to_day)
        || r->from_month * 100 + r->from_day > r->to_month * 100 + r->to_day)
        return "the pace's season must be two days that every year has, the first one first";
    if (r->limit.leave_e4 < 0 || r->limit.enter_e4 > E4 || r->limit.leave_e4 > r->limit.enter_e4)
        return "the pace's limit must lie between 0 and 1, left at or below where it is entered";
    if (!hold_in_range(r->hold))
        return "the pace's hold must be at most 366 days";
    return NULL;
}

static const char *check_duplicates(const struct policy *policy)
{
    const struct duplicates_rule *r = &policy->duplicates;
    if (!r->on)
        return NULL;
    if (r->limit.leave_e4 < 0 || r->limit.enter_e4 > E4 || r->limit.leave_e4 > r->limit.enter_e4)
        return "the duplicates' limit must lie between 0 and 1, left at or below where it is entered";
    if (!hold_in_range(r->hold))
        return "the duplicates' hold must be at most 366 days";
    return NULL;
}

static const char *check_execution(const struct policy *policy)
{
    const struct execution_rule *r = &policy->execution;
    if (!r->on)
        return NULL;
    if (r->by < EXECUTION_BY_SIDE || r->by > EXECUTION_BY_LINE)
        return "the execution of budgets must be judged by side or by line";
    if (r->from < 1 || r->from > 12)
        return "the execution of budgets must be judged from 1 to 12 months on";
    if (r->behind.leave_e4 < 0 || r->behind.enter_e4 > E4 || r->behind.leave_e4 > r->behind.enter_e4)
        return "how far a budget may be behind must lie between 0 and 1, left at or below where it is "
               "entered";
    if (r->over.leave_e4 < E4 || r->over.leave_e4 > r->over.enter_e4)
        return "how far a budget may be exceeded must be 1 or more, left at or below where it is entered";
    if (!hold_in_range(r->hold))
        return "the hold of the execution of budgets must be at most 366 days";
    return NULL;
}

static bool place_valid(uint32_t place)
{
    return place >= PLACE_MIN && place <= PLACE_MAX;
}

static const char *check_gate(const struct policy *policy)
{
    const struct gate_rule *r = &policy->gate;
    if (!r->on)
        return NULL;
    if (r->years > POLICY_GATE_YEARS_MAX)
        return "a gate looks at the growth of at most 5 years";
    if (r->months.enter_e4 < 0 || r->months.leave_e4 < r->months.enter_e4)
        return "a gate's months must be left at or above where they are entered, from 0 on";
    if (r->surplus.leave_e4 < r->surplus.enter_e4)
        return "a gate's surplus must be left at or above where it is entered";
    if (!hold_in_range(r->hold))
        return "the gate's hold must be at most 366 days";
    return NULL;
}

static const char *check_place(const struct policy *policy)
{
    if (policy->merged_into != 0 && policy->split_count != 0)
        return "a place is merged or split, not both";
    if (policy->merged_into != 0 && !place_valid(policy->merged_into))
        return "a place is merged into one that has a code of six digits";
    if (policy->split_count == 1 || policy->split_count > POLICY_SPLIT_MAX)
        return "a place is split into 2 to 8 places";
    for (unsigned i = 0; i < policy->split_count; i++) {
        if (!place_valid(policy->split_into[i]))
            return "a place is split into ones that have codes of six digits";
        if (i > 0 && policy->split_into[i] <= policy->split_into[i - 1])
            return "the places that one is split into must stand in the order of their codes";
    }
    return NULL;
}

static const char *check_books(const struct policy *policy)
{
    if (policy->books < BOOKS_UNSTATED || policy->books > BOOKS_SUM)
        return "the books of a place are its own, or the sum of those under it, or nobody says which";
    if (policy->rollup && policy->books != BOOKS_UNSTATED)
        return "a roll-up has no books of which anything could be said";
    return NULL;
}

static const char *check_rollup(const struct policy *policy)
{
    if (!policy->rollup)
        return NULL;
    for (unsigned i = 0; i < policy->coverage_count; i++)
        if (policy->coverage[i].year != COVERAGE_OF_CURRENT_YEAR)
            return "a roll-up's coverage is of the current year";
    if (policy->restated.on || policy->falling.on || policy->net_loss.on || policy->execution.on
        || policy->gate.on
        || policy->quiet_count > 0 || policy->source_count > 0 || policy->subsidy.standard_count > 0
        || policy->contributions.expected_count > 0)
        return "a roll-up has rules on runway, deficit, provisional share, coverage and reimbursement only";
    if (policy->runway.base != RUNWAY_TRAILING_12
        || policy->reimbursement.base != RUNWAY_TRAILING_12)
        return "a roll-up is measured over trailing 12 months";
    if (policy->merged_into != 0 || policy->split_count != 0)
        return "a roll-up has no books that could be merged or split";
    return NULL;
}

/* A list that a check looks through: what it is called, and where its count is. */
struct policy_list {
    const char *name;
    size_t count;                   /* offset; 0: no list */
};

static const struct policy_rule {
    const char *(*check)(const struct policy *policy);
    const char *section;
    struct policy_list lists[2];
} rules[] = {
#define COUNT(member) offsetof(struct policy, member)
    {check_frame, "", {{0}}},
    {check_runway, "runway", {{0}}},
    {check_deficit, "deficit", {{0}}},
    {check_provisional, "provisional", {{0}}},
    {check_restated, "restated", {{0}}},
    {check_calendars, "", {{"holidays", COUNT(holiday_count)}, {"calendars", COUNT(calendar_count)}}},
    {check_coverage, "coverage", {{"", COUNT(coverage_count)}}},
    {check_quiet, "quiet", {{"", COUNT(quiet_count)}}},
    {check_subsidy, "subsidy", {{"standards", COUNT(subsidy.standard_count)}}},
    {check_budget, "budget", {{"", COUNT(budget_count)}}},
    {check_reimbursement, "reimbursement", {{0}}},
    {check_falling, "falling", {{0}}},
    {check_contributions, "contributions", {{"expected", COUNT(contributions.expected_count)}}},
    {check_net_loss, "net_loss", {{0}}},
    {check_pace, "pace", {{0}}},
    {check_duplicates, "duplicates", {{0}}},
    {check_execution, "execution", {{0}}},
    {check_place, "", {{"split_into", COUNT(split_count)}}},
    {check_rollup, "rollup", {{0}}},
    {check_books, "books", {{0}}},
    {check_sources, "sources", {{"", COUNT(source_count)}}},
    {check_completeness, "completeness", {{0}}},
    {check_gaps, "gaps", {{0}}},
    {check_gate, "gate", {{0}}},
    {check_fees, "fee_standards", {{"", COUNT(fee_count)}}},
#undef COUNT
};
#define RULES (sizeof rules / sizeof rules[0])

const char *policy_check(const struct policy *policy)
{
    for (size_t i = 0; i < RULES; i++) {
        const char *wrong = rules[i].check(policy);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static uint8_t *count_of(struct policy *policy, const struct policy_list *list)
{
    return (uint8_t *)policy + list->count;
}

/* The entry of a list without which, and those behind it, the check passes; 0 if it does not lie with
 * them. */
static unsigned entry_at_fault(const struct policy_rule *rule, const struct policy_list *list,
                               const struct policy *policy)
{
    struct policy cut = *policy;
    unsigned count = *count_of(&cut, list), entry = 0;
    if (count > POLICY_SOURCES_MAX)         /* of no list so many */
        return 0;
    for (; entry <= count; entry++) {
        *count_of(&cut, list) = (uint8_t)entry;
        if (rule->check(&cut) != NULL)
            break;
    }
    return entry;
}

struct policy_fault policy_fault(const struct policy *policy)
{
    struct policy_fault fault = {.sentence = NULL, .section = "", .list = ""};
    const struct policy_rule *rule = rules;
    while (rule < rules + RULES && (fault.sentence = rule->check(policy)) == NULL)
        rule++;
    if (fault.sentence == NULL)
        return fault;
    fault.section = rule->section;
    for (unsigned i = 0; i < 2 && rule->lists[i].name != NULL && fault.entry == 0; i++) {
        fault.entry = entry_at_fault(rule, &rule->lists[i], policy);
        fault.list = rule->lists[i].name;
    }
    if (fault.entry == 0)
        fault.list = "";
    return fault;
}

bool policy_asks_last_year(const struct policy *policy)
{
    for (unsigned i = 0; i < policy->coverage_count; i++)
        if (policy->coverage[i].denominator == DENOMINATOR_LAST_YEAR)
            return true;
    return false;
}

bool policy_collects(const struct pace_rule *rule, date_day day)
{
    int32_t mmdd = date_to_ymd(day) % 10000;
    return mmdd >= rule->from_month * 100 + rule->from_day && mmdd <= rule->to_month * 100 + rule->to_day;
}

const struct subsidy_standard *policy_standard(const struct policy *policy, int32_t year)
{
    for (unsigned i = 0; i < policy->subsidy.standard_count; i++)
        if (policy->subsidy.standards[i].year == year)
            return &policy->subsidy.standards[i];
    return NULL;
}

const struct expectation *policy_expected(const struct policy *policy, int32_t year, date_day date)
{
    const struct expectation *found = NULL;
    for (unsigned i = 0; i < policy->contributions.expected_count; i++) {
        const struct expectation *e = &policy->contributions.expected[i];
        if (e->year == year && (found == NULL || e->by <= date))
            found = e;
    }
    return found;
}

static bool pattern_fits(const char *pattern, const char *source)
{
    size_t size = strlen(pattern);
    if (size > 0 && pattern[size - 1] == '*')
        return strncmp(pattern, source, size - 1) == 0;
    return strcmp(pattern, source) == 0;
}

const struct quiet_rule *policy_quiet(const struct policy *policy, const char *source)
{
    for (unsigned i = 0; i < policy->quiet_count; i++) {
        if (pattern_fits(policy->quiet[i].pattern, source))
            return &policy->quiet[i];
    }
    return NULL;
}

const struct calendar_rule *policy_calendar(const struct policy *policy, const char *name)
{
    for (unsigned i = 0; i < policy->calendar_count; i++)
        if (strcmp(policy->calendars[i].name, name) == 0)
            return &policy->calendars[i];
    return NULL;
}

const struct calendar_rule *policy_follows(const struct policy *policy, const char *source)
{
    for (unsigned i = 0; i < policy->source_count; i++)
        if (pattern_fits(policy->sources[i].pattern, source))
            return policy_calendar(policy, policy->sources[i].calendar);
    return NULL;
}

struct calendar policy_days(const struct policy *policy, const struct calendar_rule *rule)
{
    struct calendar calendar = {
        .rhythm = rule->rhythm, .day = rule->day, .weekends_off = rule->workdays,
    };
    if (rule->workdays) {
        calendar.exception_count = policy->holiday_count;
        memcpy(calendar.exceptions, policy->holidays, sizeof calendar.exceptions);
    }
    return calendar;
}

bool source_rule_names(const struct source_rule *rule)
{
    return strchr(rule->pattern, '*') == NULL && strcmp(rule->calendar, CALENDAR_NOTHING) != 0;
}
