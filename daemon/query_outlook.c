/* outlook: a fund's year to come, what would change it, and what its rules would say (PROTOCOL 9.3). */
#include "daemon/query.h"

#include <errno.h>
#include <string.h>

#include "fund/clearing.h"
#include "fund/gate.h"
#include "store/ahead.h"

#define PAST_NEEDED (OUTLOOK_YEARS_MIN * 12)

/* What is asked for. */
struct asked {
    struct fund fund;
    date_day as_of, on;         /* DATE_NONE: absent */
    unsigned months;            /* of the answer's lists */
    int64_t to_e4;              /* -1: absent */
    bool whatif;                /* any of the next three is there */
    int64_t payouts_e4, coverage_e4;
    unsigned subsidy_days;
};

/* What the answer is made from. */
struct future {
    struct asked asked;
    struct view *view;
    uint32_t number;
    struct fund_view fund;          /* as of the day */
    struct outlook_past past;
    struct indicator runway;
    struct outlook outlook;
    const char *unknown;            /* why there is no outlook; "" */
};

/* The months to come, booked and judged. */
struct scenario {
    const char *unknown;            /* why there are none; "" */
    struct whatif_change change;
    struct indicator coverage;      /* that people were scaled by */
    struct ahead ahead;
};

/* --- The arguments. ------------------------------------------------------------------ */

static struct asked read_asked(struct query *q)
{
    return (struct asked){
        .fund = query_fund(q),
        .as_of = query_date(q, "as_of", DATE_NONE),
        .on = query_date(q, "on", DATE_NONE),
        .months = (unsigned)query_int(q, "months", 1, OUTLOOK_AHEAD, OUTLOOK_AHEAD),
        .to_e4 = query_int(q, "to_e4", 0, INT32_MAX, -1),
        .whatif = query_has(q, "payouts_e4") || query_has(q, "subsidy_late")
            || query_has(q, "coverage_e4"),
        .payouts_e4 = query_int(q, "payouts_e4", 0, WHATIF_FACTOR_MAX, E4),
        .subsidy_days = (unsigned)query_int(q, "subsidy_late", 0, WHATIF_DAYS_MAX, 0),
        .coverage_e4 = query_int(q, "coverage_e4", -E4, E4, 0),
    };
}

/* Which of the coming months `on` ends; the last one if it is absent. */
static unsigned asked_month(struct query *q, const struct future *future)
{
    date_day on = future->asked.on;
    if (on == DATE_NONE)
        return OUTLOOK_AHEAD;
    date_month month = date_month_of(on);
    if (on != date_month_last(month) || month <= future->past.last
            || month > future->past.last + OUTLOOK_AHEAD)
        query_fail(q, "bad_argument", "on is not the last day of one of the %d months after %d",
                   OUTLOOK_AHEAD, date_month_to_ym(future->past.last));
    return (unsigned)(month - future->past.last);
}

/* --- What the books have. ------------------------------------------------------------ */

static bool read_fund(struct query *q, struct future *future)
{
    struct fund_view now;
    date_day as_of = future->asked.as_of;
    int err = view_fund(future->view, future->number, &now);
    if (err == 0)
        err = view_fund_whole(future->view, future->number,
                              as_of != DATE_NONE ? as_of : now.books_date, &future->fund);
    if (err != 0)
        query_fail_with(q, err, "fund at that date");
    else if (future->fund.policy.rollup)
        query_fail(q, "bad_argument", "the fund has no books of its own, as a roll-up has none");
    else if (future->fund.books_date <= now.start)
        query_fail(q, "not_found", "the books open with the end of %s",
                   date_format(now.start, (char[DATE_TEXT_MAX]){ "" }));
    return query_ok(q);
}

static void read_past(struct query *q, struct future *future)
{
    int err = view_past(future->view, future->number, future->fund.books_date, &future->past);
    if (err != 0)
        query_fail_with(q, err, "balances");
}

/* Whether the place was merged or split: nobody asks any more what will become of its own books. */
static bool has_ended(const struct future *future)
{
    return future->fund.place_ended;
}

static void look_ahead(struct future *future)
{
    outlook_of(&future->past, &future->outlook);
    future->runway = indicator_runway(&future->fund.runway, future->fund.policy.runway.min_months);
    future->unknown = "";
    if (future->outlook.known != OUTLOOK_KNOWN)
        future->unknown = outlook_known_word(future->outlook.known);
    if (future->runway.why == NC_MONEY_ELSEWHERE)
        future->unknown = not_computable_word(NC_MONEY_ELSEWHERE);
    if (has_ended(future))
        future->unknown = not_computable_word(NC_PLACE_ENDED);
}

/* --- Scenarios. ---------------------------------------------------------------------- */

/* The first of the policy's definitions that has a figure, on whatever day of the year. */
static struct indicator coverage_of(const struct fund_view *fund)
{
    struct indicator indicator = { .why = NC_NO_NUMERATOR };
    for (unsigned i = 0; i < fund->policy.coverage_count && indicator.why != COMPUTABLE; i++) {
        struct coverage_rule rule = fund->policy.coverage[i];
        rule.deadline_month = rule.deadline_day = 1;
        rule.year = COVERAGE_OF_CURRENT_YEAR;
        indicator = indicator_coverage(&rule, &fund->heads, fund->books_date);
    }
    return indicator;
}

/* Coverage as of the day or, while the year has no figure yet, of the year before. */
static struct indicator present_coverage(const struct future *future)
{
    struct fund_view before;
    struct indicator coverage = coverage_of(&future->fund);
    date_day last_december = date_month_first(date_year(future->fund.books_date) * 12) - 1;
    if (coverage.why != COMPUTABLE
            && view_fund_as_of(future->view, future->number, last_december, &before) == 0)
        coverage = coverage_of(&before);
    return coverage;
}

static void assume(const struct future *future, struct scenario *scenario)
{
    const struct asked *asked = &future->asked;
    scenario->unknown = future->unknown;
    scenario->coverage = present_coverage(future);
    scenario->change = (struct whatif_change){ asked->payouts_e4, asked->subsidy_days, { 1, 1, 1 } };
    if (asked->coverage_e4 != 0
            && (scenario->coverage.why != COMPUTABLE
                || !whatif_people(scenario->coverage.value, asked->coverage_e4, &scenario->change.people)))
        scenario->unknown = "no_coverage";
}

/* The projection, and beside it what is asked. */
static void look_at_months(struct query *q, struct future *future, struct scenario *projection,
                           struct scenario *asked)
{
    struct whatif_change changes[2] = { WHATIF_NO_CHANGE };
    struct ahead months[2] = { { .told_count = 0 } };
    unsigned count = asked != NULL && asked->unknown[0] == '\0' ? 2 : 1;
    if (future->unknown[0] != '\0')
        return;
    if (count == 2)
        changes[1] = asked->change;
    int err = view_ahead(future->view, future->number, &future->past, &future->outlook, changes, count,
                         months);
    if (err == -EOVERFLOW || err == -E2BIG) {
        future->unknown = err == -E2BIG ? "too_large" : outlook_known_word(OUTLOOK_OVERFLOW);
        projection->unknown = future->unknown;
        if (asked != NULL)
            asked->unknown = future->unknown;
        return;
    }
    if (err != 0)
        query_fail_with(q, err, "looking ahead");
    projection->ahead = months[0];
    if (count == 2)
        asked->ahead = months[1];
}

/* --- Writing. ------------------------------------------------------------------------ */

static void write_judged(struct writer *w, const char *key, struct indicator indicator, int level)
{
    write_key(w, key);
    write_map(w, 5);
    write_indicator_pairs(w, indicator);
    write_key_string(w, "level", level_word(level));
}

static void write_month(struct writer *w, const struct ahead_month *month)
{
    write_map(w, 6);
    write_key_int(w, "month", date_month_to_ym(month->month));
    write_key_int(w, "income", sum_of_lines(lines_income, &month->lines));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, &month->lines));
    write_key_int(w, "balance", month->balance.fen);
    write_judged(w, "runway", month->runway, month->runway_level);
    write_judged(w, "deficit", month->deficit, month->deficit_level);
}

static void write_alert(struct writer *w, const struct told *told)
{
    write_map(w, 12);
    write_key_date(w, "date", told->date);
    write_key_string(w, "rule", rule_word(told->rule));
    write_key_string(w, "instance", told->instance);
    write_key_string(w, "transition", transition_word(told->transition));
    write_key_string(w, "from", level_word(told->previous));
    write_key_string(w, "to", level_word(told->level));
    write_key_string(w, "severity", level_severity(told->level));
    write_key_int(w, "limit_e4", told->limit_e4);
    write_indicator_pairs(w, told->indicator);
}

static void write_alerts(struct writer *w, const struct ahead *ahead, date_day last)
{
    struct query_list list;
    list_begin(&list);
    for (size_t i = 0; i < ahead->told_count; i++) {
        if (ahead->told[i].date > last)
            continue;
        write_alert(&list.items, &ahead->told[i]);
        list.count++;
    }
    list_end(&list, w, "alerts");
}

static void write_judged_rules(struct writer *w, const struct ahead *ahead)
{
    struct query_list list;
    list_begin(&list);
    for (enum rule rule = RULE_RUNWAY; rule < RULE_END; rule++) {
        if (!ahead->judged[rule])
            continue;
        write_string(&list.items, rule_word(rule));
        list.count++;
    }
    list_end(&list, w, "judged");
}

static void write_scenario(struct writer *w, const char *key, const struct future *future,
                           const struct scenario *s, int64_t coverage_e4)
{
    unsigned months = s->unknown[0] == '\0' ? future->asked.months : 0;
    write_key(w, key);
    write_map(w, 8);
    write_key_string(w, "computable", s->unknown);
    write_key_int(w, "payouts_e4", s->change.payouts_e4);
    write_key_uint(w, "subsidy_late", s->change.subsidy_days);
    write_key_int(w, "coverage_e4", coverage_e4);
    write_key_indicator(w, "coverage", s->coverage);
    write_key(w, "months");
    write_array(w, months);
    for (unsigned k = 1; k <= months; k++)
        write_month(w, &s->ahead.months[k - 1]);
    write_alerts(w, &s->ahead, date_month_last(future->past.last + (date_month)months));
    write_judged_rules(w, &s->ahead);
}

/* The rules before the first day to come. */
static void write_standing(struct writer *w, const struct ahead *ahead)
{
    write_key(w, "standing");
    write_array(w, (uint32_t)ahead->standing_count);
    for (size_t i = 0; i < ahead->standing_count; i++) {
        write_map(w, 4);
        write_key_string(w, "rule", rule_word(ahead->standing[i].rule));
        write_key_string(w, "instance", ahead->standing[i].instance);
        write_key_string(w, "level", level_word(ahead->standing[i].level));
        write_key_bool(w, "blind", ahead->standing[i].blind);
    }
}

/* The rules of the policy that nobody can judge of days to come, or that have nothing to go by there. */
static void write_unjudged(struct writer *w, const struct future *future, const struct ahead *ahead)
{
    struct query_list list;
    bool known = future->unknown[0] == '\0';
    list_begin(&list);
    for (enum rule rule = RULE_RUNWAY; rule < RULE_END; rule++) {
        const char *why = ahead_unjudged(rule);
        if (!known || ahead->judged[rule] || !ahead_has(&future->fund.policy, rule))
            continue;
        write_map(&list.items, 2);
        write_key_string(&list.items, "rule", rule_word(rule));
        write_key_string(&list.items, "why", why != NULL ? why : "no_figures");
        list.count++;
    }
    list_end(&list, w, "unjudged");
}

/* The past by month of the year, whole years only. */
static void write_shape(struct writer *w, const struct future *future)
{
    unsigned years = future->unknown[0] == '\0' ? future->outlook.years : 0;
    write_key(w, "shape");
    write_array(w, years > 0 ? 12 : 0);
    for (date_month m = 0; years > 0 && m < 12; m++) {
        struct outlook_month sum = { .income = { 0 } };
        for (unsigned i = future->past.count - years * 12; i < future->past.count; i++) {
            if ((future->past.last - (date_month)(future->past.count - 1 - i)) % 12 != m)
                continue;
            sum.income.fen += future->past.sums[i].income.fen;
            sum.expenditure.fen += future->past.sums[i].expenditure.fen;
        }
        write_map(w, 3);
        write_key_int(w, "month", m + 1);
        write_key_int(w, "income", sum.income.fen);
        write_key_int(w, "expenditure", sum.expenditure.fen);
    }
}

static void write_range(struct writer *w, const struct future *future)
{
    unsigned months = future->unknown[0] == '\0' ? future->asked.months : 0;
    write_key(w, "range");
    write_array(w, months);
    for (unsigned k = 1; k <= months; k++) {
        struct ratio low, high;
        outlook_range(&future->outlook, k, &low, &high);
        write_map(w, 4);
        write_key_int(w, "month", date_month_to_ym(future->past.last + (date_month)k));
        write_key_ratio(w, "low", low);
        write_key_ratio(w, "expected", outlook_runway(&future->outlook, OUTLOOK_CENTRAL, k));
        write_key_ratio(w, "high", high);
    }
}

static void write_when(struct writer *w, const char *keys[4], const struct outlook_leaving *when)
{
    write_key_date(w, keys[0], when->early);
    write_key_date(w, keys[1], when->central);
    write_key_date(w, keys[2], when->late);
    write_key_uint(w, keys[3], when->paths);
}

/* A runway inside leaves, one outside comes back; without an outlook nobody can say when. */
static void write_side(struct writer *w, const struct future *future, const char *side,
                       enum outlook_side which, int64_t limit_e4)
{
    static const char *leaves[4] = { "early", "expected", "late", "paths" };
    static const char *returns[4] = { "back_early", "back_expected", "back_late", "back_paths" };
    struct outlook_outside outside = outlook_outside(&future->past, which, limit_e4);
    struct outlook_leaving never = { DATE_NONE, DATE_NONE, DATE_NONE, 0 }, leaving = never, returning = never;
    if (future->unknown[0] == '\0' && outside.is)
        returning = outlook_returning(&future->outlook, which, limit_e4);
    else if (future->unknown[0] == '\0')
        leaving = outlook_leaving(&future->outlook, which, limit_e4);
    write_map(w, 15);
    write_key_string(w, "side", side);
    write_key_int(w, "limit_e4", limit_e4);
    write_key_string(w, "computable", future->unknown);
    write_key_bool(w, "outside", outside.is);
    write_key_date(w, "since", outside.is ? outside.since : DATE_NONE);
    write_key_bool(w, "since_or_before", outside.is && outside.is_earliest);
    write_when(w, leaves, &leaving);
    write_when(w, returns, &returning);
    write_key_uint(w, "of", future->unknown[0] == '\0' ? future->outlook.path_count : 0);
}

static void write_leaving(struct writer *w, const struct future *future)
{
    const struct runway_rule *rule = &future->fund.policy.runway;
    bool none = future->runway.why == NC_MONEY_ELSEWHERE || has_ended(future);
    write_key(w, "leaving");
    write_array(w, none ? 0 : 2);
    if (none)
        return;
    write_side(w, future, "below", OUTLOOK_BELOW, rule->low.enter_e4);
    write_side(w, future, "above", OUTLOOK_ABOVE, rule->high.enter_e4);
}

static void write_needed(struct writer *w, const struct future *future, unsigned k)
{
    int64_t to_e4 = future->asked.to_e4 >= 0 ? future->asked.to_e4 : future->fund.policy.runway.low.enter_e4;
    struct outlook_needed needed = { .can_save = false };
    const char *unknown = future->unknown;
    if (unknown[0] == '\0' && !outlook_needed(&future->outlook, OUTLOOK_CENTRAL, k, to_e4, &needed))
        unknown = outlook_known_word(OUTLOOK_OVERFLOW);
    write_key(w, "needed");
    write_map(w, 6);
    write_key_string(w, "computable", unknown);
    write_key_int(w, "to_e4", to_e4);
    write_key_date(w, "on", date_month_last(future->past.last + (date_month)k));
    write_key_int(w, "more_income", needed.more_income.fen);
    write_key_int(w, "less_expenditure", needed.less_expenditure.fen);
    write_key_bool(w, "can_save", needed.can_save);
}

/* Whether income or expenditure of the last calendar year is derived. */
static bool last_year_is_derived(struct query *q, const struct future *future)
{
    struct lines lines = { .fen = { 0 } };
    bool ignored;
    date_day as_of = future->fund.books_date;
    date_month end = (date_month_ended_by(as_of) + 1) / 12 * 12;
    int err = view_derived(future->view, future->number, date_month_first(end - 12),
                           date_month_last(end - 1), as_of, &lines, &ignored);
    if (err != 0)
        query_fail_with(q, err, "derived figures");
    return sum_of_lines(lines_income, &lines) != 0 || sum_of_lines(lines_expenditure, &lines) != 0;
}

/* What is projected has no mark: all of it is computed. */
static bool condition_is_derived(struct query *q, const struct future *future, enum gate_condition condition)
{
    switch (condition) {
    case GATE_RUNWAY:    return future->fund.derived.runway;
    case GATE_LAST_YEAR: return last_year_is_derived(q, future);
    case GATE_AHEAD:     return false;
    case GATE_CONDITIONS:
        break;
    }
    return false;
}

static void write_condition(struct writer *w, enum gate_condition condition, const struct gate_evidence *e,
                            bool derived)
{
    bool known = e->answer != GATE_NOT_COMPUTABLE;
    write_map(w, 7);
    write_key_string(w, "condition", gate_condition_word(condition));
    write_key_string(w, "answer", gate_answer_word(e->answer));
    write_key_string(w, "computable", known ? "" : not_computable_word(e->why));
    write_key_int(w, "num", known ? e->value.num : 0);
    write_key_int(w, "den", known ? e->value.den : 1);
    write_key_int(w, "mul", known ? e->value.mul : 1);
    write_key_bool(w, "derived", known && derived);
}

/* By the limits of the policy, where they are entered, whether or not the rule is on. */
static void write_gate(struct query *q, struct writer *w, const struct future *future)
{
    const struct gate_rule *rule = &future->fund.policy.gate;
    struct gate gate = { .answer = GATE_NOT_COMPUTABLE };
    for (unsigned i = 0; i < GATE_CONDITIONS; i++)
        gate.conditions[i] = (struct gate_evidence){ .answer = GATE_NOT_COMPUTABLE, .why = NC_PLACE_ENDED };
    int err = has_ended(future) ? 0 : view_gate(future->view, future->number, &future->past,
                                                &future->fund.policy, &future->fund.runway, &gate);
    if (err != 0)
        query_fail_with(q, err, "balances");
    write_key(w, "gate");
    write_map(w, 5);
    write_key_string(w, "answer", gate_answer_word(gate.answer));
    write_key_bool(w, "rule", rule->on);
    write_key_int(w, "months_e4", rule->months.enter_e4);
    write_key_int(w, "surplus_e4", rule->surplus.enter_e4);
    write_key(w, "conditions");
    write_array(w, GATE_CONDITIONS);
    for (unsigned i = 0; i < GATE_CONDITIONS; i++)
        write_condition(w, i, &gate.conditions[i], condition_is_derived(q, future, i));
}

/* What clearing would have to add; only of a runway above its upper limit. */
static void write_clearing(struct writer *w, const struct future *future)
{
    const struct fund_view *fund = &future->fund;
    const struct runway_rule *rule = &fund->policy.runway;
    struct amount amount = { 0 };
    bool above = future->runway.why == COMPUTABLE
        && ratio_compare(future->runway.value, rule->high.enter_e4) > 0;
    enum not_computable why = has_ended(future) ? NC_PLACE_ENDED
        : clearing_needed(&fund->runway, rule->min_months, rule->high.enter_e4, &amount);
    bool there = above && why == COMPUTABLE;
    unsigned months = fund->runway.months > 0 ? fund->runway.months : 1;
    struct amount margin = clearing_margin(fund->derived.margin, months, rule->high.enter_e4);
    write_key(w, "clearing");
    write_map(w, 6);
    write_key_string(w, "computable", why == COMPUTABLE ? "" : not_computable_word(why));
    write_key_int(w, "to_e4", rule->high.enter_e4);
    write_key_bool(w, "above", above);
    write_key_int(w, "amount", there ? amount.fen : 0);
    write_key_bool(w, "derived", there && fund->derived.runway);
    write_key_int(w, "margin", there ? margin.fen : 0);
}

/* The first day with enough closed months behind it. */
static void write_history(struct writer *w, const struct future *future)
{
    const struct outlook_past *past = &future->past;
    date_month first = past->count > 0 ? past->last - (date_month)past->count + 1 : past->first;
    bool enough = past->count >= PAST_NEEDED;
    write_key(w, "history");
    write_map(w, 6);
    write_key_uint(w, "months", future->past.count);
    write_key_uint(w, "needed", PAST_NEEDED);
    write_key_int(w, "first", date_month_to_ym(first));
    write_key_int(w, "last", date_month_to_ym(future->past.last));
    write_key_date(w, "enough_on", enough ? DATE_NONE : date_month_last(first + PAST_NEEDED - 1));
    write_key_uint(w, "years", future->unknown[0] == '\0' ? future->outlook.years : 0);
}

/* How complete the sources are whose figures this is made from. */
static void write_sources(struct query *q, struct writer *w, const struct future *future)
{
    struct completeness_view c = { .silent_count = 0 };
    int err = view_completeness(future->view, future->number, future->fund.books_date, &c);
    if (err != 0)
        query_fail_with(q, err, "completeness");
    write_key(w, "completeness");
    write_map(w, 4);
    write_completeness_pairs(w, c.sums);
}

static void write_derived_outlook(struct writer *w, const struct future *future)
{
    const struct fund_derivation *derived = &future->fund.derived;
    const struct derived_figure figures[] = {
        { "balance", derived->balance && future->fund.has_opening },
        { "runway", derived->runway && future->runway.why == COMPUTABLE },
        { "provisional_share", derived->provisional_share
                               && indicator_provisional(&future->fund.trailing).why == COMPUTABLE },
    };
    write_derived_figures(w, figures, sizeof figures / sizeof figures[0]);
}

static void write_outlook(struct query *q, const struct future *future, unsigned k,
                          const struct scenario *projection, const struct scenario *scenario)
{
    struct writer *w = q->data;
    write_map(w, 23);
    write_key_fund(w, "fund", future->fund.fund);
    write_key_date(w, "as_of", future->fund.books_date);
    write_key_uint(w, "policy_version", future->fund.policy_version);
    write_key_bool(w, "balance_derived", future->fund.derived.balance);
    write_key_int(w, "balance_margin", future->fund.has_opening ? future->fund.derived.margin.fen : 0);
    write_derived_outlook(w, future);
    write_key_bool(w, "has_opening", future->fund.has_opening);
    write_key_string(w, "computable", future->unknown);
    write_history(w, future);
    write_key_indicator(w, "runway", future->runway);
    write_key_indicator(w, "provisional_share", indicator_provisional(&future->fund.trailing));
    write_limits(w, &future->fund.policy);
    write_sources(q, w, future);
    write_standing(w, &projection->ahead);
    write_unjudged(w, future, &projection->ahead);
    write_shape(w, future);
    write_range(w, future);
    write_leaving(w, future);
    write_needed(w, future, k);
    write_gate(q, w, future);
    write_clearing(w, future);
    write_scenario(w, "projection", future, projection, 0);
    if (scenario != NULL) {
        write_scenario(w, "whatif", future, scenario, future->asked.coverage_e4);
    } else {
        write_key(w, "whatif");
        write_nil(w);
    }
}

static void answer_outlook(struct query *q, struct future *future)
{
    struct scenario projection = { .unknown = "" }, asked = { .unknown = "" };
    struct scenario *scenario = future->asked.whatif ? &asked : NULL;
    if (!read_fund(q, future))
        return;
    read_past(q, future);
    unsigned k = asked_month(q, future);
    if (!query_ok(q))
        return;
    look_ahead(future);
    projection.unknown = future->unknown;
    projection.change = WHATIF_NO_CHANGE;
    projection.coverage.why = NC_NO_NUMERATOR;
    assume(future, &asked);
    look_at_months(q, future, &projection, scenario);
    if (query_ok(q))
        write_outlook(q, future, k, &projection, scenario);
    ahead_free(&projection.ahead);
    ahead_free(&asked.ahead);
}

enum query_end query_outlook(struct query *q)
{
    struct future future = { .asked = read_asked(q) };
    query_fund_view(q, future.asked.fund, &future.view, &future.number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    answer_outlook(q, &future);
    view_close(&future.view);
    return QUERY_ANSWERED;
}
