/* rule - which indicator, which limits and which hold make up each rule. */
#include "fund/rule.h"

struct reading rule_runway(const struct policy *policy, const struct position *position)
{
    const struct runway_rule *rule = &policy->runway;
    return (struct reading){
        .indicator = indicator_runway(position, rule->min_months),
        .limits = {
            .critical_low_on = rule->on, .critical_low = rule->critical_low,
            .low_on = rule->on,          .low = rule->low,
            .high_on = rule->on,         .high = rule->high,
            .excessive_on = rule->on,    .excessive = rule->excessive,
        },
        .hold = rule->hold,
    };
}

struct reading rule_deficit(const struct policy *policy, const struct position *trailing_12)
{
    const struct deficit_rule *rule = &policy->deficit;
    return (struct reading){
        .indicator = indicator_deficit(trailing_12),
        .limits = {.low_on = rule->on, .low = rule->limit},
        .hold = rule->hold,
    };
}

struct reading rule_provisional(const struct policy *policy, const struct position *trailing_12)
{
    const struct provisional_rule *rule = &policy->provisional;
    return (struct reading){
        .indicator = indicator_provisional(trailing_12),
        .limits = {.high_on = rule->on, .high = rule->limit},
        .hold = rule->hold,
    };
}

struct reading rule_coverage(const struct coverage_rule *rule, const struct headcount *heads,
                             date_day books_date)
{
    return (struct reading){
        .indicator = indicator_coverage(rule, heads, books_date),
        .limits = {.low_on = true, .low = rule->target},
        .hold = rule->hold,
    };
}

struct reading rule_restated(const struct policy *policy, const struct position *trailing_12,
                             struct amount moved)
{
    const struct restated_rule *rule = &policy->restated;
    return (struct reading){
        .indicator = indicator_restated(trailing_12, moved),
        .limits = {.high_on = rule->on, .high = rule->limit},
        .hold = rule->hold,
    };
}

struct reading rule_statement(const struct bank_check *check)
{
    return (struct reading){
        .indicator = indicator_statement(check),
        .limits = {.low_on = true, .high_on = true},
    };
}

/* How long a source has said nothing: book days, or expected days of the rule's calendar.  What is heard
 * while a day is the books date is of the day after it, which is not over yet. */
static int64_t days_quiet(const struct policy *policy, const struct quiet_rule *rule, date_day first,
                          date_day last, date_day books_date)
{
    const struct calendar_rule *follows = policy_calendar(policy, rule->calendar);
    if (follows == NULL)
        return books_date > last ? (int64_t)books_date - last : 0;
    struct calendar calendar = policy_days(policy, follows);
    return calendar_missed(&calendar, first, last, books_date - follows->grace_days);
}

struct reading rule_quiet(const struct policy *policy, const struct quiet_rule *rule, date_day first,
                          date_day last, date_day books_date)
{
    int64_t limit_e4 = (int64_t)rule->days * E4;
    struct reading reading = {
        .limits = {.high_on = true, .high = {limit_e4, limit_e4}},
    };
    if (last == DATE_NONE)
        reading.indicator.why = NC_NO_NUMERATOR;
    else
        reading.indicator.value =
            (struct ratio){days_quiet(policy, rule, first, last, books_date), 1, 1};
    return reading;
}

struct reading rule_completeness(const struct policy *policy, struct completeness_sum month)
{
    const struct completeness_rule *rule = &policy->completeness;
    return (struct reading){
        .indicator.value = completeness_ratio(month),
        .limits = {.low_on = rule->on && month.sources > 0, .low = rule->limit},
        .hold = rule->hold,
    };
}

struct reading rule_gaps(const struct policy *policy, uint64_t missing)
{
    int64_t batches = missing > INT64_MAX ? INT64_MAX : (int64_t)missing;
    return (struct reading){
        .indicator.value = {batches, 1, 1},
        .limits = {.high_on = policy->gaps.on},
        .hold = policy->gaps.hold,
    };
}

struct reading rule_subsidy(const struct subsidy_rule *rule, const struct subsidy_arrears *arrears,
                            date_day books_date)
{
    int64_t late_e4 = (int64_t)SUBSIDY_NOT_LATE * E4, critical_e4 = (int64_t)SUBSIDY_CRITICAL_DAYS * E4;
    struct reading reading = {
        .limits = {
            .high_on = rule->on,      .high = {late_e4, late_e4},
            .excessive_on = rule->on, .excessive = {critical_e4, critical_e4},
        },
        .hold = rule->hold,
    };
    /* Whatever the heads are, nothing is owed yet: that they are not known is no reason to be blind. */
    if (!arrears->begun && arrears->known != SUBSIDY_NO_DUE_DATE)
        reading.indicator.why = NC_BEFORE_DEADLINE;
    else if (arrears->known != SUBSIDY_KNOWN)
        reading.indicator.why = arrears->known == SUBSIDY_NO_MONEY ? NC_NO_MONEY : NC_NO_STANDARD;
    else
        reading.indicator.value = (struct ratio){
            arrears->tolerated ? SUBSIDY_NOT_LATE : (int64_t)books_date - arrears->oldest, 1, 1};
    return reading;
}

void rule_subsidy_told(struct indicator *indicator, int64_t *limit_e4)
{
    if (indicator->value.num < 0)
        indicator->value.num = 0;
    if (*limit_e4 < 0)
        *limit_e4 = 0;
}

struct reading rule_reimbursement(const struct policy *policy, enum reimbursement which,
                                  const struct position *position)
{
    const struct reimbursement_rule *rule = &policy->reimbursement;
    return (struct reading){
        .indicator = indicator_reimbursement(position, which),
        .limits = {
            .low_on = rule->on,
            .low = which == REIMBURSEMENT_IN_POLICY ? rule->in_policy : rule->actual,
        },
        .hold = rule->hold,
    };
}

struct reading rule_falling(const struct policy *policy, const struct position *before,
                            const struct position *now, int runway_level)
{
    const struct falling_rule *rule = &policy->falling;
    return (struct reading){
        .indicator = indicator_falling(before, now, policy->runway.min_months),
        .limits = {.high_on = rule->on && runway_level == LEVEL_HEALTHY, .high = rule->limit},
        .hold = rule->hold,
    };
}

struct reading rule_contributions(const struct policy *policy, int32_t year,
                                  struct amount collected, date_day books_date)
{
    const struct contributions_rule *rule = &policy->contributions;
    const struct expectation *expected = policy_expected(policy, year, books_date);
    struct reading reading = {
        .limits = {.low_on = expected != NULL, .low = rule->limit},
        .hold = rule->hold,
    };
    if (expected == NULL || expected->by > books_date)
        reading.indicator.why = NC_BEFORE_DEADLINE;
    else
        reading.indicator = indicator_collected(collected, expected->amount);
    return reading;
}

struct reading rule_net_loss(const struct policy *policy, const struct headcount *last_year,
                             const struct headcount *now, bool coverage_fires)
{
    const struct net_loss_rule *rule = &policy->net_loss;
    return (struct reading){
        .indicator = indicator_loss(last_year, now),
        .limits = {.high_on = rule->on && !coverage_fires, .high = rule->limit},
        .hold = rule->hold,
    };
}

struct reading rule_pace(const struct policy *policy, int64_t a_year_ago, int64_t now, date_day books_date)
{
    const struct pace_rule *rule = &policy->pace;
    bool collects = policy_collects(rule, books_date);
    struct reading reading = {
        .limits = {.high_on = rule->on && collects, .high = rule->limit},
        .hold = rule->hold,
    };
    if (collects)
        reading.indicator = indicator_pace(a_year_ago, now);
    else
        reading.indicator.why = NC_BEFORE_DEADLINE;
    return reading;
}

struct reading rule_duplicates(const struct policy *policy, const struct headcount *heads)
{
    const struct duplicates_rule *rule = &policy->duplicates;
    struct reading reading = {
        .indicator = indicator_duplicates(heads),
        .limits = {.high_on = rule->on, .high = rule->limit},
        .hold = rule->hold,
    };
    /* What was found is the least that there are: too many already, or nobody knows. */
    if (reading.indicator.why == COMPUTABLE && heads->duplicates == HEADS_UNKNOWN
        && limits_level(&reading.limits, reading.indicator.value, LEVEL_HEALTHY) == LEVEL_HEALTHY)
        reading.indicator = (struct indicator){.why = NC_NO_NUMERATOR};
    return reading;
}

struct reading rule_budget(const struct policy *policy, const struct budget_item *item,
                           date_month first, date_day books_date)
{
    const struct execution_rule *rule = &policy->execution;
    unsigned months = budget_months(item->year, books_date);
    int64_t ended_e4 = (int64_t)months * E4 / 12;
    struct reading reading = {
        .limits = {
            .low_on = !item->is_expenditure || months >= rule->from,
            .low = {ended_e4 - rule->behind.enter_e4, ended_e4 - rule->behind.leave_e4},
            .high_on = item->is_expenditure,
            .high = rule->over,
        },
        .hold = rule->hold,
    };
    bool is_due = item->is_expenditure ? books_date >= date_month_first(item->year * 12)
                                       : months >= rule->from;
    if (!is_due)
        reading.indicator.why = NC_BEFORE_DEADLINE;
    else if (first > item->year * 12)
        reading.indicator.why = NC_TOO_FEW_MONTHS;
    else
        reading.indicator = indicator_executed(item);
    return reading;
}

struct reading rule_gate(const struct policy *policy, const struct gate *gate)
{
    const int64_t all_e4 = (int64_t)GATE_CONDITIONS * E4;
    struct reading reading = {
        .limits = {.low_on = policy->gate.on, .low = {all_e4, all_e4}},
        .hold = policy->gate.hold,
    };
    int64_t met = 0;
    for (unsigned i = 0; i < GATE_CONDITIONS; i++) {
        met += gate->conditions[i].answer == GATE_OPEN;
        if (gate->answer == GATE_NOT_COMPUTABLE && reading.indicator.why == COMPUTABLE)
            reading.indicator.why = gate->conditions[i].why;
    }
    if (reading.indicator.why == COMPUTABLE)
        reading.indicator.value = (struct ratio){met, 1, 1};
    return reading;
}

static bool is_off(const struct rule_limits *limits)
{
    return !limits->critical_low_on && !limits->low_on &&
           !limits->high_on && !limits->excessive_on;
}

bool rule_is_moot(enum not_computable why)
{
    return why == NC_MONEY_ELSEWHERE;
}

enum transition rule_evaluate(struct rule_state *state, const struct reading *reading,
                              date_day books_date)
{
    bool off = is_off(&reading->limits) || rule_is_moot(reading->indicator.why);
    bool blind = reading->indicator.why != COMPUTABLE;
    bool not_due = reading->indicator.why == NC_BEFORE_DEADLINE && !off;
    if (not_due || ((off || blind) && state->since == DATE_NONE))
        return TRANSITION_NONE;
    if (off)
        return rule_step(state, false, LEVEL_HEALTHY, (struct hold){0}, books_date);
    int level = blind ? LEVEL_HEALTHY
                      : limits_level(&reading->limits, reading->indicator.value, state->level);
    return rule_step(state, blind, level, reading->hold, books_date);
}

bool rule_rests_on_sources(enum rule rule)
{
    return rule != RULE_QUIET && rule != RULE_COMPLETENESS && rule != RULE_GAPS;
}

const char *rule_audience(enum rule rule, int level)
{
    switch (rule) {
    case RULE_RUNWAY:
        return level > LEVEL_HEALTHY ? "benefits" : "finance";
    case RULE_DEFICIT:
    case RULE_RESTATED:
    case RULE_STATEMENT:
    case RULE_SUBSIDY:
        return "finance";
    case RULE_FALLING:
    case RULE_BUDGET:
    case RULE_GATE:
        return "finance";
    case RULE_PROVISIONAL:
    case RULE_REIMBURSEMENT:
        return "benefits";
    case RULE_COVERAGE:
    case RULE_CONTRIBUTIONS:
    case RULE_NET_LOSS:
    case RULE_PACE:
    case RULE_DUPLICATES:
        return "enrollment";
    case RULE_QUIET:
    case RULE_COMPLETENESS:
    case RULE_GAPS:
        return "operations";
    case RULE_END:
        break;
    }
    return "operations";
}
