/* outlook: a fund's year to come, what would change it, and what its rules would say (PROTOCOL 9.3). */
#include "daemon/query.h"

#include <errno.h>
#include <string.h>

#include "fund/clearing.h"
#include "fund/gate.h"
#include "fund/whatif.h"

#define PAST_MAX    (OUTLOOK_YEARS_MAX * 12)
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
    date_day books_date;
    date_month first, last;         /* closed months that there are, at most PAST_MAX */
    struct lines past[PAST_MAX];
    struct outlook_month sums[PAST_MAX];
    unsigned count;
    struct indicator runway;
    struct outlook outlook;
    const char *unknown;            /* why there is no outlook; "" */
    struct rule_state states[WHATIF_RULES];
};

/* A projection of the months to come. */
struct scenario {
    const char *unknown;            /* why there is none; "" */
    struct whatif_change change;
    struct whatif whatif;
    struct whatif_verdict verdict;
    struct indicator coverage;      /* that fees were scaled by */
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
    if (on != date_month_last(month) || month <= future->last || month > future->last + OUTLOOK_AHEAD)
        query_fail(q, "bad_argument", "on is not the last day of one of the %d months after %d",
                   OUTLOOK_AHEAD, date_month_to_ym(future->last));
    return (unsigned)(month - future->last);
}

/* --- What the books have. ------------------------------------------------------------ */

static bool read_fund(struct query *q, struct future *future)
{
    struct fund_view now;
    date_day as_of = future->asked.as_of;
    int err = view_fund(future->view, future->number, &now);
    if (err == 0)
        err = view_fund_as_of(future->view, future->number,
                              as_of != DATE_NONE ? as_of : now.books_date, &future->fund);
    if (err != 0)
        query_fail_with(q, err, "fund at that date");
    else if (future->fund.policy.rollup)
        query_fail(q, "bad_argument", "the fund has no books of its own, as a roll-up has none");
    else if (future->fund.books_date <= now.start)
        query_fail(q, "not_found", "the books open with the end of %d", date_to_ymd(now.start));
    future->books_date = now.books_date;
    return query_ok(q);
}

static void read_month(struct query *q, struct future *future, date_month month)
{
    struct lines *lines = &future->past[future->count];
    struct outlook_month *sums = &future->sums[future->count];
    int err = view_lines(future->view, future->number, date_month_first(month), date_month_last(month),
                         future->fund.books_date, lines);
    if (err == 0 && (!lines_income(lines, &sums->income) || !lines_expenditure(lines, &sums->expenditure)))
        err = -EOVERFLOW;
    if (err != 0)
        query_fail_with(q, err, "balances");
    future->count++;
}

static void read_past(struct query *q, struct future *future)
{
    future->last = date_month_ended_by(future->fund.books_date);
    future->first = indicator_first_month(future->fund.start);
    date_month from = future->last - PAST_MAX + 1;
    for (date_month month = future->first > from ? future->first : from;
            query_ok(q) && month <= future->last; month++)
        read_month(q, future, month);
}

/* The lines of the last calendar year that has ended, for the gate. */
static struct position last_year(struct query *q, const struct future *future)
{
    date_month from, to;
    struct position position = { .books_date = future->fund.books_date };
    position.months = indicator_months(RUNWAY_CALENDAR_YEAR, future->first, position.books_date, &from, &to);
    int err = position.months == 0 ? 0
        : view_lines(future->view, future->number, date_month_first(from), date_month_last(to),
                     position.books_date, &position.closed);
    if (err != 0)
        query_fail_with(q, err, "balances");
    return position;
}

static bool take_state(void *arg, const struct rule_view *rule)
{
    struct future *future = arg;
    for (unsigned i = 0; i < WHATIF_RULES; i++) {
        if (rule->rule == whatif_rule(i))
            future->states[i] = rule->state;
    }
    return true;
}

/* Where the rules stand: as they are, or for a day in the past as the last closed month makes them. */
static void read_states(struct query *q, struct future *future, const struct whatif *whatif)
{
    bool present = future->fund.books_date == future->books_date;
    for (unsigned i = 0; i < WHATIF_RULES; i++)
        future->states[i] = present ? rule_state_initial()
                                    : whatif_state(whatif, &future->fund.policy, i);
    int err = present ? view_rules(future->view, future->number, take_state, future) : 0;
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "rules");
}

static void look_ahead(struct query *q, struct future *future)
{
    struct outlook_history history = {
        .last = future->last, .has_balance = future->fund.has_opening,
        .months = future->sums, .count = future->count,
    };
    int err = view_balance(future->view, future->number, date_month_last(future->last),
                           future->fund.books_date, &history.balance);
    if (err != 0)
        query_fail_with(q, err, "balance");
    outlook_make(&history, &future->outlook);
    future->runway = indicator_runway(&future->fund.runway, future->fund.policy.runway.min_months);
    future->unknown = "";
    if (future->outlook.known != OUTLOOK_KNOWN)
        future->unknown = outlook_known_word(future->outlook.known);
    if (future->runway.why == NC_MONEY_ELSEWHERE)
        future->unknown = not_computable_word(NC_MONEY_ELSEWHERE);
}

/* --- Scenarios. ---------------------------------------------------------------------- */

/* The first of the policy's definitions that has a figure, on whatever day of the year. */
static struct indicator coverage_of(const struct fund_view *fund)
{
    struct indicator indicator = { .why = NC_NO_NUMERATOR };
    for (unsigned i = 0; i < fund->policy.coverage_count && indicator.why != COMPUTABLE; i++) {
        struct coverage_rule rule = fund->policy.coverage[i];
        rule.deadline_month = rule.deadline_day = 1;
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

static void project(const struct future *future, struct scenario *scenario)
{
    struct whatif_past past = {
        .first = future->first, .opening = future->fund.opening_date,
        .months = future->past, .count = future->count,
    };
    if (!whatif_make(&future->outlook, &past, &scenario->change, &scenario->whatif))
        scenario->unknown = outlook_known_word(OUTLOOK_OVERFLOW);
}

static void judge(const struct future *future, struct scenario *scenario)
{
    if (scenario->unknown[0] == '\0')
        whatif_judge(&scenario->whatif, &future->fund.policy, future->states, &scenario->verdict);
}

/* The months as the outlook has them. */
static void make_projection(struct query *q, struct future *future, struct scenario *scenario)
{
    scenario->unknown = future->unknown;
    scenario->change = WHATIF_NO_CHANGE;
    scenario->coverage.why = NC_NO_NUMERATOR;
    if (future->unknown[0] != '\0')
        return;
    project(future, scenario);
    if (scenario->unknown[0] == '\0')
        read_states(q, future, &scenario->whatif);
    judge(future, scenario);
    future->unknown = scenario->unknown;
}

static void make_scenario(const struct future *future, struct scenario *scenario)
{
    const struct asked *asked = &future->asked;
    scenario->unknown = future->unknown;
    scenario->coverage = present_coverage(future);
    scenario->change = (struct whatif_change){ asked->payouts_e4, asked->subsidy_days, { 1, 1, 1 } };
    if (asked->coverage_e4 != 0
            && (scenario->coverage.why != COMPUTABLE
                || !whatif_fees(scenario->coverage.value, asked->coverage_e4, &scenario->change.fees)))
        scenario->unknown = "no_coverage";
    if (scenario->unknown[0] != '\0')
        return;
    project(future, scenario);
    judge(future, scenario);
}

/* --- Writing. ------------------------------------------------------------------------ */

static void write_judged(struct writer *w, const char *key, const struct whatif_judged *judged)
{
    write_key(w, key);
    write_map(w, 5);
    write_indicator_pairs(w, judged->indicator);
    write_key_string(w, "level", level_word(judged->level));
}

static void write_month(struct writer *w, const struct scenario *s, unsigned k)
{
    const struct lines *lines = whatif_lines(&s->whatif, k);
    write_map(w, 6);
    write_key_int(w, "month", date_month_to_ym(s->whatif.last + (date_month)k));
    write_key_int(w, "income", sum_of_lines(lines_income, lines));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, lines));
    write_key_int(w, "balance", s->whatif.balance[k].fen);
    write_judged(w, "runway", &s->verdict.at[WHATIF_RUNWAY][k]);
    write_judged(w, "deficit", &s->verdict.at[WHATIF_DEFICIT][k]);
}

static bool write_alert(struct writer *w, const struct scenario *s, enum whatif_rule rule, unsigned k)
{
    const struct whatif_judged *judged = &s->verdict.at[rule][k];
    if (judged->transition == TRANSITION_NONE)
        return false;
    write_map(w, 10);
    write_key_date(w, "date", date_month_last(s->whatif.last + (date_month)k));
    write_key_string(w, "rule", rule_word(whatif_rule(rule)));
    write_key_string(w, "transition", transition_word(judged->transition));
    write_key_string(w, "from", level_word(judged->before));
    write_key_string(w, "to", level_word(judged->level));
    write_key_string(w, "severity", level_severity(judged->level));
    write_indicator_pairs(w, judged->indicator);
    return true;
}

static void write_alerts(struct writer *w, const struct scenario *s, unsigned months)
{
    struct query_list list;
    list_begin(&list);
    for (unsigned k = 1; k <= months; k++) {
        for (unsigned rule = 0; rule < WHATIF_RULES; rule++)
            list.count += write_alert(&list.items, s, rule, k);
    }
    list_end(&list, w, "alerts");
}

static void write_scenario(struct writer *w, const char *key, const struct future *future,
                           const struct scenario *s, int64_t coverage_e4)
{
    unsigned months = s->unknown[0] == '\0' ? future->asked.months : 0;
    write_key(w, key);
    write_map(w, 7);
    write_key_string(w, "computable", s->unknown);
    write_key_int(w, "payouts_e4", s->change.payouts_e4);
    write_key_uint(w, "subsidy_late", s->change.subsidy_days);
    write_key_int(w, "coverage_e4", coverage_e4);
    write_key_indicator(w, "coverage", s->coverage);
    write_key(w, "months");
    write_array(w, months);
    for (unsigned k = 1; k <= months; k++)
        write_month(w, s, k);
    write_alerts(w, s, months);
}

/* The rules before the first month to come. */
static void write_standing(struct writer *w, const struct future *future)
{
    bool known = future->unknown[0] == '\0';
    write_key(w, "standing");
    write_array(w, known ? WHATIF_RULES : 0);
    for (unsigned i = 0; known && i < WHATIF_RULES; i++) {
        write_map(w, 3);
        write_key_string(w, "rule", rule_word(whatif_rule(i)));
        write_key_string(w, "level", level_word(future->states[i].level));
        write_key_bool(w, "blind", future->states[i].blind);
    }
}

/* The past by month of the year, whole years only. */
static void write_shape(struct writer *w, const struct future *future)
{
    unsigned years = future->unknown[0] == '\0' ? future->outlook.years : 0;
    write_key(w, "shape");
    write_array(w, years > 0 ? 12 : 0);
    for (date_month m = 0; years > 0 && m < 12; m++) {
        struct outlook_month sum = { .income = { 0 } };
        for (unsigned i = future->count - years * 12; i < future->count; i++) {
            if ((future->last - (date_month)(future->count - 1 - i)) % 12 != m)
                continue;
            sum.income.fen += future->sums[i].income.fen;
            sum.expenditure.fen += future->sums[i].expenditure.fen;
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
        write_key_int(w, "month", date_month_to_ym(future->last + (date_month)k));
        write_key_ratio(w, "low", low);
        write_key_ratio(w, "expected", outlook_runway(&future->outlook, OUTLOOK_CENTRAL, k));
        write_key_ratio(w, "high", high);
    }
}

static void write_side(struct writer *w, const struct future *future, const char *side,
                       enum outlook_side which, int64_t limit_e4)
{
    struct outlook_leaving leaving = outlook_leaving(&future->outlook, which, limit_e4);
    write_map(w, 7);
    write_key_string(w, "side", side);
    write_key_int(w, "limit_e4", limit_e4);
    write_key_date(w, "early", leaving.early);
    write_key_date(w, "expected", leaving.central);
    write_key_date(w, "late", leaving.late);
    write_key_uint(w, "paths", leaving.paths);
    write_key_uint(w, "of", future->outlook.path_count);
}

static void write_leaving(struct writer *w, const struct future *future)
{
    const struct runway_rule *rule = &future->fund.policy.runway;
    bool known = future->unknown[0] == '\0';
    write_key(w, "leaving");
    write_array(w, known ? 2 : 0);
    if (!known)
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
    write_key_date(w, "on", date_month_last(future->last + (date_month)k));
    write_key_int(w, "more_income", needed.more_income.fen);
    write_key_int(w, "less_expenditure", needed.less_expenditure.fen);
    write_key_bool(w, "can_save", needed.can_save);
}

static void write_condition(struct writer *w, enum gate_condition condition, const struct gate_evidence *e)
{
    bool known = e->answer != GATE_NOT_COMPUTABLE;
    write_map(w, 6);
    write_key_string(w, "condition", gate_condition_word(condition));
    write_key_string(w, "answer", gate_answer_word(e->answer));
    write_key_string(w, "computable", known ? "" : e->why);
    write_key_int(w, "num", known ? e->value.num : 0);
    write_key_int(w, "den", known ? e->value.den : 1);
    write_key_int(w, "mul", known ? e->value.mul : 1);
}

static void write_gate(struct query *q, struct writer *w, const struct future *future)
{
    struct position year = last_year(q, future);
    struct gate gate = gate_judge(GATE_TERMS_DEFAULT, future->runway, &year, &future->outlook);
    write_key(w, "gate");
    write_map(w, 3);
    write_key_string(w, "answer", gate_answer_word(gate.answer));
    write_key_int(w, "months_e4", GATE_TERMS_DEFAULT.months_e4);
    write_key(w, "conditions");
    write_array(w, GATE_CONDITIONS);
    for (unsigned i = 0; i < GATE_CONDITIONS; i++)
        write_condition(w, i, &gate.conditions[i]);
}

/* What clearing would have to add; only of a runway above its upper limit. */
static void write_clearing(struct writer *w, const struct future *future)
{
    const struct fund_view *fund = &future->fund;
    const struct runway_rule *rule = &fund->policy.runway;
    struct amount amount = { 0 };
    bool above = future->runway.why == COMPUTABLE
        && ratio_compare(future->runway.value, rule->high.enter_e4) > 0;
    enum not_computable why = clearing_needed(&fund->runway, rule->min_months, rule->high.enter_e4, &amount);
    write_key(w, "clearing");
    write_map(w, 4);
    write_key_string(w, "computable", why == COMPUTABLE ? "" : not_computable_word(why));
    write_key_int(w, "to_e4", rule->high.enter_e4);
    write_key_bool(w, "above", above);
    write_key_int(w, "amount", above && why == COMPUTABLE ? amount.fen : 0);
}

/* The first day with enough closed months behind it. */
static void write_history(struct writer *w, const struct future *future)
{
    date_month first = future->count > 0 ? future->last - (date_month)future->count + 1 : future->first;
    bool enough = future->count >= PAST_NEEDED;
    write_key(w, "history");
    write_map(w, 6);
    write_key_uint(w, "months", future->count);
    write_key_uint(w, "needed", PAST_NEEDED);
    write_key_int(w, "first", date_month_to_ym(first));
    write_key_int(w, "last", date_month_to_ym(future->last));
    write_key_date(w, "enough_on", enough ? DATE_NONE : date_month_last(first + PAST_NEEDED - 1));
    write_key_uint(w, "years", future->unknown[0] == '\0' ? future->outlook.years : 0);
}

static void write_outlook(struct query *q, const struct future *future, unsigned k,
                          const struct scenario *projection, const struct scenario *scenario)
{
    struct writer *w = q->data;
    write_map(w, 18);
    write_key_fund(w, "fund", future->fund.fund);
    write_key_date(w, "as_of", future->fund.books_date);
    write_key_uint(w, "policy_version", future->fund.policy_version);
    write_key_bool(w, "balance_derived", future->fund.derived.balance);
    write_key_bool(w, "has_opening", future->fund.has_opening);
    write_key_string(w, "computable", future->unknown);
    write_history(w, future);
    write_key_indicator(w, "runway", future->runway);
    write_key_indicator(w, "provisional_share", indicator_provisional(&future->fund.trailing));
    write_standing(w, future);
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
    struct scenario projection = { .unknown = "" }, scenario = { .unknown = "" };
    if (!read_fund(q, future))
        return;
    read_past(q, future);
    unsigned k = asked_month(q, future);
    if (!query_ok(q))
        return;
    look_ahead(q, future);
    make_projection(q, future, &projection);
    if (future->asked.whatif)
        make_scenario(future, &scenario);
    write_outlook(q, future, k, &projection, future->asked.whatif ? &scenario : NULL);
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
