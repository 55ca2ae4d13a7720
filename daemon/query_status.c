/* status and policy: what the books of a fund say, and by what rules (PROTOCOL 9.1). */
#include "daemon/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fund/churn.h"
#include "fund/posting.h"
#include "fund/rollup.h"
#include "wire/limits.h"
#include "wire/policy_codec.h"

/* Leaves room for the rest of the message around it. */
#define DATA_SIZE_MAX (MESSAGE_SIZE_MAX - 1024)

static const char *base_word(unsigned base)
{
    switch ((enum runway_base)base) {
    case RUNWAY_TRAILING_12:   return "trailing_12";
    case RUNWAY_YEAR_TO_DATE:  return "year_to_date";
    case RUNWAY_CALENDAR_YEAR: return "calendar_year";
    }
    return "";
}

const char *numerator_word(unsigned numerator)
{
    switch ((enum coverage_numerator)numerator) {
    case NUMERATOR_PAID:                   return "paid";
    case NUMERATOR_REGISTERED:             return "registered";
    case NUMERATOR_REPORTED:               return "reported";
    case NUMERATOR_REPORTED_AND_EMPLOYEES: return "reported_and_employees";
    case NUMERATOR_PAID_AND_EMPLOYEES:     return "paid_and_employees";
    case NUMERATOR_PAID_ONCE:              return "paid_once";
    case NUMERATOR_REPORTED_ONCE:          return "reported_once";
    }
    return "";
}

const char *denominator_word(unsigned denominator)
{
    switch ((enum coverage_denominator)denominator) {
    case DENOMINATOR_RESIDENT:   return "resident";
    case DENOMINATOR_REGISTERED: return "registered";
    case DENOMINATOR_LAST_YEAR:  return "last_year";
    }
    return "";
}

void write_flows(struct writer *w, const struct lines *lines)
{
    write_key_int(w, "income", sum_of_lines(lines_income, lines));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, lines));
    write_key_int(w, "provisional", sum_of_lines(lines_provisional, lines));
}

/* The insured of a year: the books date's, the one before or the next. */
static const struct headcount *insured_of(const struct fund_view *fund, int32_t year)
{
    int32_t present = date_year(fund->books_date);
    return year < present ? &fund->year_before : year > present ? &fund->coming_year : &fund->heads;
}

/* What a year that is not judged yet comes to so far; false if nobody is counted for it. */
static bool write_year_ahead(struct writer *w, const struct coverage_rule *rule, const struct fund_view *fund,
                             int32_t year)
{
    /* As of a day that is no end of a year, whatever the deadline. */
    const struct coverage_rule any = {
        .numerator = rule->numerator, .denominator = rule->denominator,
        .deadline_month = 1, .deadline_day = 1,
    };
    const struct headcount *heads = insured_of(fund, year);
    struct indicator i = indicator_coverage(&any, heads, fund->books_date);
    if (i.why != COMPUTABLE)
        return false;
    write_map(w, 6);
    write_key_int(w, "year", year);
    write_indicator_pairs(w, i);
    write_key_bool(w, "derived", coverage_is_derived(&any, heads));
    return true;
}

static void write_years_ahead(struct writer *w, const struct coverage_rule *rule,
                              const struct fund_view *fund)
{
    struct query_list list;
    int32_t coming = date_year(fund->books_date) + 1;
    list_begin(&list);
    for (int32_t year = coverage_year(rule, fund->books_date) + 1; year <= coming; year++)
        list.count += write_year_ahead(&list.items, rule, fund, year);
    list_end(&list, w, "ahead");
}

static void write_coverage_rule(struct writer *w, const struct coverage_rule *rule,
                                const struct fund_view *fund)
{
    int32_t year = coverage_year(rule, fund->books_date);
    const struct headcount *heads = insured_of(fund, year);
    struct indicator i = indicator_coverage(rule, heads, fund->books_date);
    int32_t told = year + (i.why == NC_BEFORE_DEADLINE ? 1 : 0);   /* the next one is not due yet */
    write_map(w, 16);
    write_key_string(w, "name", rule->name);
    write_key_string(w, "zh", rule->zh);
    write_key_string(w, "en", rule->en);
    write_key_string(w, "numerator", numerator_word(rule->numerator));
    write_key_string(w, "denominator", denominator_word(rule->denominator));
    write_key_int(w, "target_e4", rule->target.enter_e4);
    write_key_int(w, "deadline", rule->deadline_month * 100 + rule->deadline_day);
    write_key_int(w, "year", told);
    write_key_int(w, "judged_from", (told - (rule->year == COVERAGE_OF_COMING_YEAR ? 1 : 0)) * 10000
                  + rule->deadline_month * 100 + rule->deadline_day);
    write_indicator_pairs(w, i);
    write_key_bool(w, "derived", i.why == COMPUTABLE && coverage_is_derived(rule, heads));
    write_key_bool(w, "met", i.why == COMPUTABLE
                   && ratio_compare(i.value, rule->target.enter_e4) >= 0);
    write_years_ahead(w, rule, fund);
}

static void write_coverage(struct writer *w, const struct fund_view *fund)
{
    write_key(w, "coverage");
    write_array(w, fund->policy.coverage_count);
    for (unsigned i = 0; i < fund->policy.coverage_count; i++)
        write_coverage_rule(w, &fund->policy.coverage[i], fund);
}

/* What a target's figure rests on: the months of which base and how many, and whether the policy's rule is
 * on: a figure without a rule has neither target nor verdict.  What is measured with what a policy foresees
 * is always derived: no source states it. */
struct target_base { const char *word; unsigned months; bool on, derived; };

/* Of a rule with a limit on either side the one that is passed is the target, or else the upper one.  Without
 * a rule nobody asks for a figure, so one that is not computable is left out. */
static void write_target(struct query_list *list, enum rule rule, const char *instance,
                         struct reading reading, struct target_base base)
{
    struct writer *w = &list->items;
    const struct rule_limits *limits = &reading.limits;
    bool computable = reading.indicator.why == COMPUTABLE;
    int level = computable ? limits_level(limits, reading.indicator.value, LEVEL_HEALTHY) : LEVEL_HEALTHY;
    bool low = limits->low_on && (!limits->high_on || level < LEVEL_HEALTHY);
    if (!computable && !base.on)
        return;
    write_map(w, 13);
    write_key_string(w, "rule", rule_word(rule));
    write_key_string(w, "instance", instance);
    write_key_bool(w, "on", base.on);
    write_key_int(w, "target_e4", low ? limits->low.enter_e4 : limits->high.enter_e4);
    write_key_string(w, "bound", low ? "least" : "most");
    write_key_string(w, "base", base.word);
    write_key_uint(w, "months", base.months);
    write_indicator_pairs(w, reading.indicator);
    write_key_bool(w, "derived", computable && base.derived);
    write_key_bool(w, "met", base.on && computable && level == LEVEL_HEALTHY);
    list->count++;
}

static void write_reimbursement(struct query_list *list, const struct fund_view *fund)
{
    const struct reimbursement_rule *rule = &fund->policy.reimbursement;
    for (enum reimbursement which = 0; which < REIMBURSEMENTS; which++)
        write_target(list, RULE_REIMBURSEMENT, reimbursement_word(which),
                     rule_reimbursement(&fund->policy, which, &fund->bills),
                     (struct target_base){ base_word(rule->base), fund->bills.months, rule->on,
                                           fund->derived.reimbursement[which] });
}

static void write_contributions(struct query_list *list, const struct fund_view *fund)
{
    const struct contributions_rule *rule = &fund->policy.contributions;
    for (unsigned i = 0; i < rule->expected_count; i++) {
        char name[12];
        int32_t year = rule->expected[i].year;
        if (i > 0 && year == rule->expected[i - 1].year)
            continue;
        snprintf(name, sizeof name, "%d", (int)year);
        write_target(list, RULE_CONTRIBUTIONS, name,
                     rule_contributions(&fund->policy, year, fund->collected[i], fund->books_date),
                     (struct target_base){ "", 0, true, true });
    }
}

/* Shown whether or not the runway rule speaks at present in its place. */
static void write_falling(struct query_list *list, const struct fund_view *fund)
{
    const struct policy *policy = &fund->policy;
    struct target_base base = { base_word(policy->runway.base), policy->falling.months, policy->falling.on,
                                fund->derived.falling };
    write_target(list, RULE_FALLING, "",
                 rule_falling(policy, &fund->earlier, &fund->runway, LEVEL_HEALTHY), base);
}

static void write_net_loss(struct query_list *list, const struct fund_view *fund)
{
    struct reading reading =
        rule_net_loss(&fund->policy, &fund->insured_last_year, &fund->insured, false);
    write_target(list, RULE_NET_LOSS, "", reading,
                 (struct target_base){ "", 0, fund->policy.net_loss.on, fund->derived.net_loss });
}

static void write_duplicates(struct query_list *list, const struct fund_view *fund, date_day day,
                             const struct headcount *heads)
{
    char name[12];
    uint32_t counted = HEADS_BIT(DUPLICATES) | (heads->paid < 0 ? HEADS_BIT(REPORTED) : HEADS_OF_PERSONS);
    snprintf(name, sizeof name, "%d", (int)date_year(day));
    write_target(list, RULE_DUPLICATES, name, rule_duplicates(&fund->policy, heads),
                 (struct target_base){ "", 0, fund->policy.duplicates.on, (heads->derived & counted) != 0 });
}

static void write_people(struct query_list *list, const struct fund_view *fund)
{
    const struct policy *policy = &fund->policy;
    write_target(list, RULE_PACE, "",
                 rule_pace(policy, fund->coming_last_year, fund->coming, fund->books_date),
                 (struct target_base){ "", 0, policy->pace.on, fund->derived.pace });
    /* Of the year before only what there is: most funds begin without it, and few are told of it late. */
    if (rule_duplicates(policy, &fund->year_before).indicator.why == COMPUTABLE)
        write_duplicates(list, fund, date_year_before(fund->books_date), &fund->year_before);
    write_duplicates(list, fund, fund->books_date, &fund->heads);
}

static void write_execution(struct query_list *list, const struct fund_view *fund)
{
    struct budget_item items[POLICY_BUDGET_MAX];
    unsigned count = budget_items(&fund->policy, fund->executed, items);
    date_month first = indicator_first_month(fund->start);
    for (unsigned i = 0; i < count; i++) {
        char name[BUDGET_NAME_SIZE];
        struct target_base base = { "", budget_months(items[i].year, fund->books_date), true, true };
        write_target(list, RULE_BUDGET, budget_name(&items[i], name),
                     rule_budget(&fund->policy, &items[i], first, fund->books_date), base);
    }
}

/* The figures that rules look at, with a target where the policy has the rule on.  How a budget is
 * executed is in `budget` of a report whether or not there is a rule on it. */
static void write_targets(struct writer *w, const struct fund_view *fund)
{
    struct query_list list;
    list_begin(&list);
    write_reimbursement(&list, fund);
    write_falling(&list, fund);
    write_contributions(&list, fund);
    write_net_loss(&list, fund);
    write_people(&list, fund);
    write_execution(&list, fund);
    if (fund->policy.gate.on)
        write_target(&list, RULE_GATE, "", rule_gate(&fund->policy, &fund->gate),
                     (struct target_base){ "", 0, true, false });
    list_end(&list, w, "targets");
}

static bool add_rule(void *arg, const struct rule_view *rule)
{
    struct query_list *list = arg;
    write_rule(&list->items, rule);
    list->count++;
    return true;
}

static void write_rules(struct query *q, struct writer *w, struct view *view, uint32_t number)
{
    struct query_list list;
    list_begin(&list);
    int err = view_rules(view, number, add_rule, &list);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "rules");
    list_end(&list, w, "rules");
}

static void write_derived_heads(struct writer *w, const struct headcount *heads)
{
    struct derived_figure figures[HEADS_FIGURES];
    for (unsigned figure = 0; figure < HEADS_FIGURES; figure++)
        figures[figure] = (struct derived_figure){
            rollup_heads_word(figure),
            (heads->derived >> figure & 1) != 0 && rollup_heads(heads, figure) != HEADS_UNKNOWN };
    write_derived_figures(w, figures, HEADS_FIGURES);
}

void write_headcount(struct writer *w, const char *key, const struct headcount *heads)
{
    write_key(w, key);
    struct heads_band band = headcount_band(heads);
    write_map(w, 16);
    write_key_int(w, "paid", heads->paid);
    write_key_int(w, "registered", heads->registered);
    write_key_int(w, "reported", heads->reported);
    write_key_int(w, "employees", heads->employees);
    write_key_int(w, "resident", heads->resident);
    write_key_int(w, "registered_population", heads->registered_population);
    write_key_int(w, "last_year", heads->last_year);
    write_key_int(w, "left", heads->left);
    write_key_int(w, "doubled", heads->doubled);
    write_key_int(w, "elsewhere", heads->elsewhere);
    write_key_int(w, "duplicates", heads->duplicates);
    write_key_int(w, "paid_once", heads->paid_once);
    write_key_int(w, "paid_once_least", band.least);
    write_key_int(w, "paid_once_most", band.most);
    write_key_int(w, "reported_once", heads->reported_once);
    write_derived_heads(w, heads);
}

/* What was reported of the year, and which of it is the figure. */
static void write_counted(struct writer *w, const struct counted *counted)
{
    bool any = counted_heads(counted) != HEADS_UNKNOWN;
    write_key(w, "counted");
    write_map(w, 7);
    write_key_string(w, "by", !any ? "" : counted_by_groups(counted) ? "groups" : "total");
    write_key_int(w, "total", counted->total);
    write_key_date(w, "total_date", counted->total_date);
    write_key_int(w, "groups", counted->groups);
    write_key_date(w, "groups_from", counted->oldest);
    write_key_date(w, "groups_to", counted->newest);
    write_key_bool(w, "contradict", counted_contradicts(counted));
}

/* --- Subsidies ---------------------------------------------------------------- */

void write_due(struct writer *w, struct subsidy_due due)
{
    write_key_string(w, "known", due.known == SUBSIDY_KNOWN ? "" : subsidy_known_word(due.known));
    write_key_int(w, "due", due.amount.fen);
}

/* PROTOCOL 9.1: "No source states what a policy makes due" */
bool due_is_derived(struct subsidy_due due, bool heads_derived)
{
    return due.known == SUBSIDY_KNOWN && (due.amount.fen != 0 || heads_derived);
}

/* As many people as its level counts of the group; so few that one could be told from the other are not
 * told of. */
static void write_exception(struct writer *w, const struct subsidy_standard *standard,
                            const struct subsidy_exception *exception, int64_t heads)
{
    bool told = heads == 0 || heads >= CHURN_SMALL;
    bool lump = exception->kind == SUBSIDY_LUMP;
    write_map(w, 6);
    write_key_string(w, "level", subsidy_level_word(exception->level));
    write_key_string(w, "group", event_group_word(exception->group));
    write_key_string(w, "kind", lump ? "lump" : "paid_by");
    write_key_string(w, "payer", subsidy_level_word(lump ? exception->level : exception->payer));
    write_key_int(w, "heads", told ? heads : HEADS_UNKNOWN);
    write_key_int(w, "amount", told || lump ? subsidy_exception_amount(standard, exception, heads).fen : 0);
}

/* What of a level's due is otherwise: of groups that it does not pay by their heads, and of those that it
 * bears for another level. */
static void write_exceptions(struct writer *w, const struct subsidy_standard *standard,
                             enum subsidy_level level, const struct subsidy_view views[SUBSIDY_LEVELS])
{
    uint32_t count = 0;
    for (unsigned i = 0; i < standard->exception_count; i++)
        count += subsidy_concerns(&standard->exceptions[i], level);
    write_key(w, "exceptions");
    write_array(w, count);
    for (unsigned i = 0; i < standard->exception_count; i++) {
        const struct subsidy_exception *exception = &standard->exceptions[i];
        if (subsidy_concerns(exception, level))
            write_exception(w, standard, exception, views[exception->level].state.group[exception->group]);
    }
}

/* One level of government in one year. */
static void write_subsidy(struct writer *w, const struct subsidy_standard *standard,
                          enum subsidy_level level, const struct subsidy_view views[SUBSIDY_LEVELS])
{
    const struct subsidy_view *view = &views[level];
    const struct subsidy_state *state = &view->state;
    const struct subsidy_arrears *arrears = &state->arrears;
    bool due = due_is_derived(state->due, state->due_derived);
    const struct derived_figure figures[] = {
        { "heads", state->heads_derived && state->heads != HEADS_UNKNOWN },
        { "due", due }, { "received", view->received_derived },
        { "due_by_now", due && arrears->due.fen != 0 }, { "arrears", arrears->arrears.fen != 0 },
    };
    write_map(w, 16);
    write_key_int(w, "year", standard->year);
    write_key_string(w, "level", subsidy_level_word(level));
    write_key_int(w, "per_head", ratio_round(subsidy_per_head(standard, level), 0));
    write_key_int(w, "heads", state->heads);
    date_day counted = standard->levels[level].heads_date;
    write_key_int(w, "heads_date", date_year(counted) < DATE_YEAR_MIN ? 0 : date_to_ymd(counted));
    write_exceptions(w, standard, level, views);
    write_due(w, state->due);
    write_key_int(w, "received", state->received.fen);
    write_key_int(w, "due_by_now", arrears->due.fen);
    write_key(w, "arrears");
    write_array(w, SUBSIDY_AGES);
    for (int age = 0; age < SUBSIDY_AGES; age++)
        write_int(w, arrears->aged[age].fen);
    write_key_int(w, "oldest", arrears->oldest == DATE_NONE ? 0 : date_to_ymd(arrears->oldest));
    write_key_bool(w, "tolerated", arrears->tolerated);
    write_key_int(w, "duplicates_province", view->duplicates_province);
    write_key_int(w, "duplicates_nation", view->duplicates_nation);
    write_derived_figures(w, figures, sizeof figures / sizeof figures[0]);
}

static bool in_arrears(const struct subsidy_level_rule *, const struct subsidy_state *state)
{
    return state->arrears.known == SUBSIDY_KNOWN && !state->arrears.tolerated;
}

/* Of every standard in force, also of earlier years: what is missing stays owed. */
void write_subsidies(struct query *q, struct writer *w, struct view *view, uint32_t number,
                            const struct fund_view *fund, date_day as_of, const char *key,
                            subsidy_wanted *wanted)
{
    struct query_list list;
    list_begin(&list);
    for (unsigned i = 0; i < fund->policy.subsidy.standard_count; i++) {
        const struct subsidy_standard *standard = &fund->policy.subsidy.standards[i];
        struct subsidy_view states[SUBSIDY_LEVELS];
        int err = view_subsidies(view, number, &fund->policy.subsidy, standard, as_of, states);
        if (err != 0)
            query_fail_with(q, err, "subsidies");
        for (int level = 0; level < SUBSIDY_LEVELS && err == 0; level++) {
            if (!wanted(&standard->levels[level], &states[level].state))
                continue;
            write_subsidy(&list.items, standard, level, states);
            list.count++;
        }
    }
    list_end(&list, w, key);
}

static bool is_known(bool derived, struct indicator indicator)
{
    return derived && indicator.why == COMPUTABLE;
}

/* What is not computable is not derived either. */
static void write_derived_status(struct writer *w, const struct fund_view *fund)
{
    const struct fund_derivation *derived = &fund->derived;
    struct indicator runway = indicator_runway(&fund->runway, fund->policy.runway.min_months);
    const struct derived_figure figures[] = {
        { "balance", derived->balance && fund->has_opening }, { "income", derived->income },
        { "expenditure", derived->expenditure }, { "provisional", derived->provisional },
        { "runway", is_known(derived->runway, runway) },
        { "runway_owed", is_known(derived->runway_owed, indicator_runway_owed(runway, &fund->owing)) },
        { "runway_received", is_known(derived->runway_received,
                                      indicator_runway_received(runway, &fund->owing)) },
        { "deficit", is_known(derived->deficit, indicator_deficit(&fund->trailing)) },
        { "provisional_share", is_known(derived->provisional_share, indicator_provisional(&fund->trailing)) },
    };
    write_derived_figures(w, figures, sizeof figures / sizeof figures[0]);
}

/* Where the levels of a rule are entered and left; none of a rule that is off. */
static void write_key_limits(struct writer *w, const char *key, const struct rule_limits *limits)
{
    const struct { bool on; struct limit limit; } all[] = {
        { limits->critical_low_on, limits->critical_low }, { limits->low_on, limits->low },
        { limits->high_on, limits->high }, { limits->excessive_on, limits->excessive },
    };
    const unsigned count = sizeof all / sizeof all[0];
    unsigned on = 0;
    for (unsigned i = 0; i < count; i++)
        on += all[i].on;
    write_key(w, key);
    write_array(w, 2 * on);
    for (unsigned i = 0; i < count; i++) {
        if (!all[i].on)
            continue;
        write_int(w, all[i].limit.enter_e4);
        write_int(w, all[i].limit.leave_e4);
    }
}

void write_limits(struct writer *w, const struct policy *policy)
{
    const struct position nothing = { .months = 0 };
    const struct reading runway = rule_runway(policy, &nothing);
    const struct reading deficit = rule_deficit(policy, &nothing);
    const struct reading provisional = rule_provisional(policy, &nothing);
    write_key(w, "limits");
    write_map(w, 3);
    write_key_limits(w, "runway", &runway.limits);
    write_key_limits(w, "deficit", &deficit.limits);
    write_key_limits(w, "provisional_share", &provisional.limits);
}

/* The funds that it is made of, as far as they are named. */
static void write_importing_members(struct writer *w, const struct fund_view *fund)
{
    char text[FUND_TEXT_MAX];
    unsigned named = fund->importing_count < IMPORTING_MEMBERS_MAX ? fund->importing_count
                                                                   : IMPORTING_MEMBERS_MAX;
    write_key(w, "importing_members");
    write_array(w, named);
    for (unsigned i = 0; i < named; i++)
        write_string(w, fund_format(fund->importing_members[i], text));
}

void write_status(struct query *q, struct writer *w, struct view *view, uint32_t number,
                  const struct fund_view *fund)
{
    write_map(w, 33);
    write_key_fund(w, "fund", fund->fund);
    write_key_date(w, "books_date", fund->books_date);
    write_key_uint(w, "policy_version", fund->policy_version);
    write_key_bool(w, "has_opening", fund->has_opening);
    write_key_int(w, "balance", fund->balance.fen);
    write_key_bool(w, "balance_derived", fund->derived.balance);
    write_key_int(w, "balance_margin", fund->has_opening ? fund->derived.margin.fen : 0);
    write_derived_status(w, fund);
    write_key_uint(w, "months", fund->runway.months);
    write_flows(w, &fund->runway.closed);
    write_runways(w, indicator_runway(&fund->runway, fund->policy.runway.min_months), &fund->owing);
    write_owing(w, &fund->owing);
    write_key_indicator(w, "deficit", indicator_deficit(&fund->trailing));
    write_key_indicator(w, "provisional_share", indicator_provisional(&fund->trailing));
    write_limits(w, &fund->policy);
    write_key_string(w, "base", base_word(fund->policy.runway.base));
    write_coverage(w, fund);
    write_targets(w, fund);
    write_rules(q, w, view, number);
    write_subsidies(q, w, view, number, fund, fund->books_date, "arrears", in_arrears);
    write_headcount(w, "heads", &fund->heads);
    write_counted(w, &fund->counted);
    write_key_bool(w, "importing", fund->importing);
    write_importing_members(w, fund);
    write_key_date(w, "closed", fund->closed);
    write_place(q, w, view, number, fund);
    write_key_completeness(q, w, view, number, fund);
    write_key_uint(w, "unmatched", fund->unmatched);
    write_key_uint(w, "misfits", fund->misfits);
}

/* --- status ------------------------------------------------------------------ */

static void list_funds(struct query *q, struct view *view, struct place_prefix place,
                       struct query_list *list)
{
    struct view_size size;
    int err = view_size(view, &size);
    if (err != 0)
        query_fail_with(q, err, "size of the store");
    for (uint32_t number = 1; query_ok(q) && number <= size.funds; number++) {
        struct fund_view fund;
        err = view_fund(view, number, &fund);
        bool wanted = err == 0 && place_within(fund.fund.place, place)
                   && grant_place(q->grant, fund.fund.place);
        if (wanted)
            err = view_fund_whole(view, number, INT32_MAX, &fund);
        if (err != 0)
            query_fail_with(q, err, "fund");
        if (err != 0 || !wanted)
            continue;
        write_status(q, &list->items, view, number, &fund);
        list->count++;
        if (list->items.size > DATA_SIZE_MAX)
            query_fail(q, "bad_argument", "too many funds for one answer: ask for a place within");
    }
}

enum query_end query_status(struct query *q)
{
    struct view *view;
    struct place_prefix place = query_place(q);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct query_list list;
    list_begin(&list);
    list_funds(q, view, place, &list);
    list_end(&list, q->data, NULL);
    view_close(&view);
    return QUERY_ANSWERED;
}

/* --- policy ------------------------------------------------------------------ */

enum query_end query_policy(struct query *q)
{
    struct view *view;
    uint32_t number;
    query_fund_view(q, query_fund(q), &view, &number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct fund_view fund;
    struct policy policy;
    date_day from;
    uint64_t position;
    int err = view_fund(view, number, &fund);
    if (err == 0)
        err = view_policy(view, number, fund.books_date, &policy, &from, &position);
    view_close(&view);
    if (err != 0) {
        query_fail_with(q, err, "policy in force at the books date");
        return QUERY_ANSWERED;
    }
    write_map(q->data, 3);
    write_key_uint(q->data, "position", position);
    write_key_date(q->data, "date", from);
    write_key(q->data, "policy");
    policy_encode(q->data, &policy);
    return QUERY_ANSWERED;
}
