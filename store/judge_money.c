/* judge_money - the rules on balances, income and expenditure. */
#include <errno.h>
#include <stdio.h>

#include "store/judging.h"
#include "store/past.h"

/* What moved in the months that the position rests on and that are closed, lest it is asked for in vain.  A
 * part may have closed more by itself; those are no closed months of the whole. */
static struct reading read_restated(struct evaluating *e, const struct position *trailing)
{
    struct amount moved = {0};
    date_month from, to;
    bool asked = e->policy->restated.on
              && indicator_months(RUNWAY_TRAILING_12, trailing->first_month, e->as_of, &from, &to) > 0;
    date_day closed = e->fund->record.closed;
    if (asked && closed != DATE_NONE && date_month_of(closed) < to)
        to = date_month_of(closed);
    if (asked && closed != DATE_NONE && !restated_moved(&e->store->txn, &e->parts, from, to, &moved))
        e->store->txn.err = -EILSEQ;
    return rule_restated(e->policy, trailing, moved);
}

void judge_statement(struct evaluating *e)
{
    struct bank_check check;
    statements_check(&e->store->txn, &e->fund->record, e->as_of, &check);
    struct reading reading = rule_statement(&check);
    struct change *change = judging_step(e, RULE_STATEMENT, 0, "", &reading);
    if (change != NULL) {
        evidence_add(&change->evidence, EVIDENCE_STATED, check.stated.fen);
        evidence_add(&change->evidence, EVIDENCE_BOOKED, check.booked.fen);
    }
    judging_note(e, RULE_STATEMENT, 0);
}

/* Where the runway stood on a day, by the policy of that day: *level goes on from what it was before.
 * False if nothing could be said of it. */
static bool judge_past(struct evaluating *e, date_day day, int *level, struct position *ret)
{
    const struct policy *policy = group_policy(e->store, e->fund, day, UINT64_MAX);
    if (policy == NULL || !policy->runway.on)
        return false;
    books_position(&e->store->txn, &e->fund->record, policy->runway.base, day, ret);
    struct reading reading = rule_runway(policy, ret);
    if (reading.indicator.why != COMPUTABLE)
        return false;
    *level = limits_level(&reading.limits, reading.indicator.value, *level);
    return true;
}

/* The newest of the months from `first` on that ended before the day with a normal runway.  Only months that
 * nobody judged are there to be looked at: history that was imported, and days that were skipped. */
static bool look_back(struct evaluating *e, date_month first, int level, struct position *ret)
{
    bool found = false;
    for (date_month month = first; date_month_last(month) < e->as_of && e->store->txn.err == 0; month++) {
        struct position position;
        if (!judge_past(e, date_month_last(month), &level, &position) || level != LEVEL_HEALTHY)
            continue;
        *ret = position;
        found = true;
    }
    /* Those of the months may have taken its place in the cache. */
    const struct policy *policy = group_policy(e->store, e->fund, e->as_of, UINT64_MAX);
    e->policy = policy != NULL ? policy : e->policy;
    return found;
}

/* Looks at the ends of months that have passed since the last look and were not judged on their own days.
 * Where the runway never was normal, what is to be explained later is explained from now on. */
static void look_at_months(struct evaluating *e, date_month ended, int level_before)
{
    struct normal found = {true, ended, {0}};
    date_month first = e->runway.first_month;
    if (e->has_normal && e->normal.looked >= ended)
        return;
    if (e->has_normal && e->normal.looked >= first)
        first = e->normal.looked + 1;
    e->remembers = true;
    if (look_back(e, first, level_before, &found.position)) {
        e->has_normal = true;
        e->normal = e->remembered = found;
    } else if (e->has_normal) {
        e->remembered = e->normal;
        e->remembered.looked = ended;
    } else {
        e->remembered = (struct normal){false, ended, e->runway};
    }
}

/* Whether a runway that is normal now is what later alerts are explained from.  A day within a month on
 * which it came back from beyond a limit before it had fired is not: nothing was told of it, no month's
 * figures show it, and what the runway did since then is not what brought it to its limit. */
static bool is_told_normal(const struct evaluating *e, const struct change *change, date_month ended)
{
    bool is_known = e->has_normal && e->normal.was_normal;
    bool ends_month = date_month_last(ended) == e->as_of;
    return (change != NULL && change->transition == TRANSITION_ENDED) || !is_known
        || (ends_month && e->normal.position.books_date < e->as_of);
}

/* A month that ends with a normal runway is what a later alert is explained from, and so is the day
 * on which an alert ends.  Not every evaluation: what is remembered must be a record of the journal,
 * and what moved a runway is read by the month. */
static void judge_normal(struct evaluating *e, const struct reading *runway)
{
    const struct change *change = judging_change_of(e, RULE_RUNWAY, 0);
    struct rule_state state = judging_state_now(e, RULE_RUNWAY, 0);
    date_month ended = date_month_ended_by(e->as_of);
    e->has_normal = books_normal(&e->store->txn, e->fund->record.number, &e->normal);
    if (!e->policy->runway.on || runway->indicator.why != COMPUTABLE || e->unfit != COMPUTABLE)
        return;
    look_at_months(e, ended, change != NULL ? change->before.level : state.level);
    bool is_normal = state.level == LEVEL_HEALTHY && state.candidate == state.level;
    if (is_normal && is_told_normal(e, change, ended)) {
        e->remembers = true;
        e->remembered = (struct normal){true, ended, e->runway};
    }
}

static void judge_falling(struct evaluating *e)
{
    if (!e->policy->falling.on)
        return;
    books_position_of(&e->store->txn, &e->fund->record, &e->parts, e->policy->runway.base,
                      date_months_before(e->as_of, e->policy->falling.months), &e->earlier);
    int level = judging_state_now(e, RULE_RUNWAY, 0).level;
    struct reading falling = rule_falling(e->policy, &e->earlier, &e->runway, level);
    judging_step_money(e, RULE_FALLING, &falling, &e->runway);
    judging_note(e, RULE_FALLING, 0);
}

static void add_condition(struct change *change, const struct gate *gate, enum gate_condition which,
                          enum evidence_word word, int decimals)
{
    const struct gate_evidence *condition = &gate->conditions[which];
    if (condition->answer != GATE_NOT_COMPUTABLE)
        evidence_add(&change->evidence, word, ratio_round(condition->value, decimals));
}

/* Judged when a day ends: it rests on years of months, which are read for it. */
static void judge_gate(struct evaluating *e)
{
    struct outlook_past past;
    if (!e->policy->gate.on || e->scope != SCOPE_DAY)
        return;
    bool is_shut = judging_state_now(e, RULE_GATE, 0).level != LEVEL_HEALTHY;
    past_read(&e->store->txn, &e->fund->record, &e->parts, e->as_of, &past);
    struct gate gate =
        past_gate(&e->store->txn, &e->parts, &past, e->policy, &e->runway, is_shut);
    struct reading reading = rule_gate(e->policy, &gate);
    struct change *change = judging_step(e, RULE_GATE, 0, "", &reading);
    judging_note(e, RULE_GATE, 0);
    if (change == NULL)
        return;
    add_condition(change, &gate, GATE_RUNWAY, EVIDENCE_GATE_RUNWAY, 2);
    add_condition(change, &gate, GATE_LAST_YEAR, EVIDENCE_GATE_LAST_YEAR, 4);
    add_condition(change, &gate, GATE_AHEAD, EVIDENCE_GATE_AHEAD, 4);
}

static void step_reimbursement(struct evaluating *e, const struct position *position)
{
    for (enum reimbursement which = 0; which < REIMBURSEMENTS && e->policy->reimbursement.on; which++) {
        const char *name = reimbursement_word(which);
        struct reading reading = rule_reimbursement(e->policy, which, position);
        judging_step_money_of(e, RULE_REIMBURSEMENT, judging_instance(name), name, &reading, position);
        judging_note(e, RULE_REIMBURSEMENT, judging_instance(name));
    }
}

static void judge_reimbursement(struct evaluating *e)
{
    struct position position;
    books_position(&e->store->txn, &e->fund->record, e->policy->reimbursement.base, e->as_of,
                   &position);
    step_reimbursement(e, &position);
}

/* The funds of a place as one. */
void judge_rollup(struct evaluating *e)
{
    const struct place_funds *place = judging_place(e);
    if (place == NULL)
        return;
    struct headcount heads = rollup_headcount(place);
    e->runway = rollup_position(place);
    e->owing = place->sums.owing;
    struct reading runway = rule_runway(e->policy, &e->runway);
    struct reading deficit = rule_deficit(e->policy, &e->runway);
    struct reading provisional = rule_provisional(e->policy, &e->runway);
    judging_step_money(e, RULE_RUNWAY, &runway, &e->runway);
    judging_step_money(e, RULE_DEFICIT, &deficit, &e->runway);
    judging_step_money(e, RULE_PROVISIONAL, &provisional, &e->runway);
    judging_note(e, RULE_RUNWAY, 0);
    judging_note(e, RULE_DEFICIT, 0);
    judging_note(e, RULE_PROVISIONAL, 0);
    step_reimbursement(e, &e->runway);
    judge_heads(e, &heads);
}

void judge_money(struct evaluating *e)
{
    struct txn *txn = &e->store->txn;
    struct position trailing;
    books_position(txn, &e->fund->record, e->policy->runway.base, e->as_of, &e->runway);
    if (e->policy->runway.base == RUNWAY_TRAILING_12)
        trailing = e->runway;
    else
        books_position(txn, &e->fund->record, RUNWAY_TRAILING_12, e->as_of, &trailing);
    struct reading runway = rule_runway(e->policy, &e->runway);
    struct reading deficit = rule_deficit(e->policy, &trailing);
    struct reading provisional = rule_provisional(e->policy, &trailing);
    judging_step_money(e, RULE_RUNWAY, &runway, &e->runway);
    judging_step_money(e, RULE_DEFICIT, &deficit, &trailing);
    judging_step_money(e, RULE_PROVISIONAL, &provisional, &trailing);
    struct reading restated = read_restated(e, &trailing);
    judging_step_money(e, RULE_RESTATED, &restated, &trailing);
    judging_note(e, RULE_RUNWAY, 0);
    judging_note(e, RULE_DEFICIT, 0);
    judging_note(e, RULE_PROVISIONAL, 0);
    judging_note(e, RULE_RESTATED, 0);
    judge_normal(e, &runway);
    judge_falling(e);
    judge_gate(e);
    if (e->policy->reimbursement.on)
        judge_reimbursement(e);
}

/* The years are in order, so each is met as often in a row as the policy has days for it. */
void judge_contributions(struct evaluating *e)
{
    const struct contributions_rule *rule = &e->policy->contributions;
    for (unsigned i = 0; i < rule->expected_count; i++) {
        char name[12];
        int32_t year = rule->expected[i].year;
        if (i > 0 && year == rule->expected[i - 1].year)
            continue;
        snprintf(name, sizeof name, "%d", (int)year);
        struct amount collected =
            books_collected(&e->store->txn, &e->parts, year, e->as_of);
        struct reading reading = rule_contributions(e->policy, year, collected, e->as_of);
        judging_step(e, RULE_CONTRIBUTIONS, judging_instance(name), name, &reading);
        judging_note(e, RULE_CONTRIBUTIONS, judging_instance(name));
    }
}

static void step_budget(struct evaluating *e, const struct budget_item *item)
{
    char name[BUDGET_NAME_SIZE];
    uint32_t instance = judging_instance(budget_name(item, name));
    struct beginning beginning = books_beginning(&e->store->txn, &e->fund->record, &e->parts);
    date_month first = indicator_first_month(beginning.start);
    struct reading reading = rule_budget(e->policy, item, first, e->as_of);
    struct change *change = judging_step(e, RULE_BUDGET, instance, name, &reading);
    judging_note(e, RULE_BUDGET, instance);
    if (change == NULL || item->overflowed)
        return;
    evidence_add(&change->evidence, EVIDENCE_FORESEEN, item->foreseen.fen);
    evidence_add(&change->evidence, EVIDENCE_EXECUTED, item->executed.fen);
    evidence_add(&change->evidence, EVIDENCE_ELAPSED, budget_months(item->year, e->as_of));
}

void judge_budget(struct evaluating *e)
{
    struct amount executed[POLICY_BUDGET_MAX];
    struct budget_item items[POLICY_BUDGET_MAX];
    if (!e->policy->execution.on)
        return;
    books_executed(&e->store->txn, &e->parts, e->policy, e->as_of, executed);
    unsigned count = budget_items(e->policy, executed, items);
    for (unsigned i = 0; i < count; i++)
        step_budget(e, &items[i]);
}
