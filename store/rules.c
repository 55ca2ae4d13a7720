/* rules - from funds that moved to states of rules and numbered alerts.
 *
 * An evaluation reads what the tables hold, so the group's balances are written
 * first.  If it changes a state, or judges a day that ended, it is a record of the journal (fund,
 * date, scope), and the alerts that follow from it are the next records: a rebuild
 * evaluates at the same places, and must come to the same alerts. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "fund/rule.h"
#include "store/bytes.h"
#include "store/group.h"
#include "store/owing.h"
#include "store/parts.h"
#include "store/past.h"
#include "store/place.h"
#include "wire/alert_codec.h"

#define STATE_SIZE  20
#define NAME_SIZE   (POLICY_NAME_MAX + SOURCE_NAME_MAX + 1)

/* Runway, deficit, provisional share, restatements, statement, falling runway, net loss, pace, duplicates,
 * gate and completeness; then one per definition, per year and level, per ratio, per year that contributions
 * are expected for, and per year and side or line of a budget. */
#define INSTANCES_MAX (11 + POLICY_COVERAGE_MAX + POLICY_STANDARDS_MAX * SUBSIDY_LEVELS \
                       + REIMBURSEMENTS + POLICY_EXPECTED_MAX + POLICY_BUDGET_MAX)

/* One instance whose state an evaluation changes. */
struct change {
    enum rule rule;
    uint32_t instance;
    char name[NAME_SIZE];
    struct rule_state before, after;
    enum transition transition;
    struct indicator indicator;
    int64_t limit_e4;
    uint8_t months;
    struct amount income, expenditure, provisional;
    struct evidence evidence;
};

struct evaluating {
    struct store *store;
    struct group_fund *fund;
    date_day as_of;
    enum scope scope;
    uint32_t source;            /* of SCOPE_SOURCE */
    const struct policy *policy;
    struct parts parts;         /* as of the day */
    struct position runway;     /* of SCOPE_SOURCE the balance alone */
    struct owing owing;         /* of a roll-up's funds */
    struct position earlier;    /* what a falling runway is compared with; books_date, if it is */
    struct completeness_sum month;      /* of the sources, over the month up to as_of */
    bool measured;              /* `month` is known */
    bool incomplete;            /* what rests on the sources cannot be judged */
    bool renews;                /* the runway is normal, and `runway` is to be remembered */
    unsigned count, room;
    struct change *changes;     /* owned */
    unsigned seen_count;        /* instances that exist under the policy */
    struct { uint8_t rule; uint32_t instance; } seen[INSTANCES_MAX];
};

/* --- States -------------------------------------------------------------------- */

static void rule_key(uint32_t fund, enum rule rule, uint32_t instance, uint8_t key[RULE_KEY])
{
    key_u32(key, fund);
    key[4] = (uint8_t)rule;
    key_u32(key + 5, instance);
}

static bool take_state(const uint8_t *v, size_t size, struct rule_state *ret)
{
    if (size < STATE_SIZE)
        return false;
    *ret = (struct rule_state){
        .level = (int8_t)v[0],
        .candidate = (int8_t)v[1],
        .blind = v[2] & 1,
        .acknowledged = v[2] & 2,
        .since = get_i32(v + 4),
        .candidate_since = get_i32(v + 8),
        .incident = get_u64(v + 12),
    };
    return true;
}

static struct rule_state get_state(struct store *store, uint32_t fund, enum rule rule,
                                   uint32_t instance)
{
    uint8_t key[RULE_KEY];
    const uint8_t *v;
    size_t size;
    struct rule_state state = rule_state_initial();
    rule_key(fund, rule, instance, key);
    if (txn_peek(&store->txn, TABLE_RULES, key, sizeof key, &v, &size)
        && !take_state(v, size, &state))
        store->txn.err = -EILSEQ;
    return state;
}

static void put_state(struct store *store, uint32_t fund, enum rule rule, uint32_t instance,
                      const char *name, const struct rule_state *state)
{
    uint8_t key[RULE_KEY], v[STATE_SIZE + NAME_SIZE] = {0};
    size_t size = strlen(name);
    assert(size < NAME_SIZE);
    rule_key(fund, rule, instance, key);
    v[0] = (uint8_t)state->level;
    v[1] = (uint8_t)state->candidate;
    v[2] = (state->blind ? 1 : 0) | (state->acknowledged ? 2 : 0);
    put_i32(v + 4, state->since);
    put_i32(v + 8, state->candidate_since);
    put_u64(v + 12, state->incident);
    memcpy(v + STATE_SIZE, name, size);
    txn_put(&store->txn, TABLE_RULES, key, sizeof key, v, STATE_SIZE + size);
}

bool rules_take(const struct range *range, enum rule *ret_rule, uint32_t *ret_instance,
                struct rule_state *ret_state, char *ret_name, size_t name_size)
{
    if (range->key_size != RULE_KEY || !take_state(range->value, range->size, ret_state)
        || range->size - STATE_SIZE >= name_size) {
        range->txn->err = -EILSEQ;
        return false;
    }
    *ret_rule = range->key[4];
    *ret_instance = unkey_u32(range->key + 5);
    memcpy(ret_name, range->value + STATE_SIZE, range->size - STATE_SIZE);
    ret_name[range->size - STATE_SIZE] = '\0';
    return true;
}

static bool same_state(const struct rule_state *a, const struct rule_state *b)
{
    return a->level == b->level && a->candidate == b->candidate && a->blind == b->blind
        && a->acknowledged == b->acknowledged && a->since == b->since
        && a->candidate_since == b->candidate_since && a->incident == b->incident;
}

/* --- Completeness --------------------------------------------------------------- */

/* Reads what all sources of the fund have reported: when a day is judged, and for what is told. */
static void measure_completeness(struct evaluating *e)
{
    struct expected_sources sources;
    if (e->measured)
        return;
    expected_sources_find(&e->store->txn, e->fund->record.number, e->policy, e->as_of,
                          COMPLETENESS_MONTH, &sources);
    e->month = sources.sums[COMPLETENESS_MONTH];
    e->measured = true;
    expected_sources_free(&sources);
}

/* --- Alerts -------------------------------------------------------------------- */

/* The limit that a transition went over: the one entered if it got worse, the
 * one left if it got better. */
static int64_t limit_crossed(const struct rule_limits *limits, int before, int after)
{
    const struct limit *by_level[] = {
        &limits->critical_low, &limits->low, NULL, &limits->high, &limits->excessive,
    };
    bool worse = after != LEVEL_HEALTHY && (before == LEVEL_HEALTHY || (after < 0) != (before < 0)
                                            || (after < 0 ? after < before : after > before));
    const struct limit *limit = by_level[(worse ? after : before) - LEVEL_CRITICAL_LOW];
    return limit == NULL ? 0 : worse ? limit->enter_e4 : limit->leave_e4;
}

static void append_alert(struct store *store, struct alert *alert)
{
    struct writer w;
    alert->number = ++store->head.facts.alerts;
    alert->epoch = store->head.facts.epoch;
    alert->position = store->journal.next;
    alert->recorded_ms = store->journal.recorded_ms;
    writer_init(&w);
    alert_encode(&w, alert);
    uint8_t key[8], v[8];
    if (w.err != 0) {
        store->txn.err = w.err;
    } else {
        key_u64(key, alert->number);
        put_u64(v, journal_append(&store->journal, &store->txn, RECORD_ALERT, w.bytes, w.size));
        txn_put(&store->txn, TABLE_ALERTS, key, sizeof key, v, sizeof v);
    }
    writer_free(&w);
}

/* Why the runway is another one than at `before`. */
static void explain(struct evaluating *e, const struct position *before, struct alert *alert)
{
    struct lines flow;
    books_lines_of(&e->store->txn, &e->parts, before->books_date + 1, e->as_of, &flow);
    alert->causes = causes_of(before, &e->runway, &flow);
    alert->causes_since = before->books_date;
}

/* What a runway rule tells is explained from the last normal state, a falling one from what it is
 * compared with. */
static void explain_change(struct evaluating *e, const struct change *change, struct alert *alert)
{
    struct position normal;
    if (change->transition != TRANSITION_FIRING && change->transition != TRANSITION_CHANGED)
        return;
    if (change->rule == RULE_RUNWAY
        && books_normal(&e->store->txn, e->fund->record.number, &normal))
        explain(e, &normal, alert);
    else if (change->rule == RULE_FALLING)
        explain(e, &e->earlier, alert);
}

/* Every transition says how complete its sources were. */
static void add_completeness(struct evaluating *e, struct evidence *evidence)
{
    if (e->month.sources == 0)
        return;
    evidence_add(evidence, EVIDENCE_EXPECTED, e->month.sources);
    evidence_add(evidence, EVIDENCE_SILENT, e->month.silent);
    evidence_add(evidence, EVIDENCE_COMPLETE, ratio_round(completeness_ratio(e->month), 4));
}

/* A runway as booked is told with the two that it is read beside; what it fires at follows the first. */
static void add_owing(struct evaluating *e, struct change *change)
{
    struct owing owing = e->owing;
    if (change->rule != RULE_RUNWAY || change->indicator.why != COMPUTABLE)
        return;
    if (!e->policy->rollup)
        owing_read(&e->store->txn, &e->parts, e->policy, &e->runway, &owing);
    owing_evidence(&owing, change->indicator, &change->evidence);
}

static void tell(struct evaluating *e, struct change *change)
{
    measure_completeness(e);
    add_completeness(e, &change->evidence);
    add_owing(e, change);
    struct alert alert = {
        .fund = e->fund->fund,
        .rule = change->rule,
        .transition = change->transition,
        .level = change->after.level,
        .previous_level = change->before.level,
        .blind = change->after.blind,
        .acknowledged = change->after.acknowledged,
        .incident = change->transition == TRANSITION_ENDED ? change->before.incident
                                                           : change->after.incident,
        .books_date = e->as_of,
        .policy_version = e->policy->version,
        .indicator = change->indicator,
        .limit_e4 = change->limit_e4,
        .months = change->months,
        .balance = e->runway.balance,
        .income = change->income,
        .expenditure = change->expenditure,
        .provisional = change->provisional,
        .evidence = change->evidence,
    };
    memcpy(alert.instance, change->name, sizeof change->name);
    explain_change(e, change, &alert);
    if (change->transition == TRANSITION_FIRING) {
        change->after.incident = e->store->head.facts.alerts + 1;
        alert.incident = change->after.incident;
    }
    append_alert(e->store, &alert);
}

/* --- Evaluating ------------------------------------------------------------------ */

/* Room for one more change; NULL after an error. */
static struct change *next_change(struct evaluating *e)
{
    if (e->store->txn.err == 0 && e->count == e->room) {
        unsigned room = 2 * e->room + 16;
        struct change *changes = realloc(e->changes, room * sizeof *changes);
        if (changes == NULL) {
            e->store->txn.err = -ENOMEM;
        } else {
            e->changes = changes;
            e->room = room;
        }
    }
    return e->store->txn.err == 0 ? &e->changes[e->count] : NULL;
}

static struct change *step(struct evaluating *e, enum rule rule, uint32_t instance,
                           const char *name, const struct reading *reading)
{
    struct change *change = next_change(e);
    if (change == NULL)
        return NULL;
    struct reading judged = *reading;
    if (e->incomplete && rule_rests_on_sources(rule) && judged.indicator.why == COMPUTABLE)
        judged.indicator = (struct indicator){.why = NC_INCOMPLETE};
    *change = (struct change){
        .rule = rule,
        .instance = instance,
        .before = get_state(e->store, e->fund->record.number, rule, instance),
        .indicator = judged.indicator,
    };
    change->after = change->before;
    change->transition = rule_evaluate(&change->after, &judged, e->as_of);
    if (same_state(&change->before, &change->after))
        return NULL;
    strncpy(change->name, name, sizeof change->name - 1);
    change->limit_e4 = limit_crossed(&reading->limits, change->before.level, change->after.level);
    e->count++;
    return change;
}

static void step_money_of(struct evaluating *e, enum rule rule, uint32_t instance, const char *name,
                          const struct reading *reading, const struct position *position)
{
    struct change *change = step(e, rule, instance, name, reading);
    if (change == NULL)
        return;
    change->months = (uint8_t)position->months;
    if (!lines_income(&position->closed, &change->income)
        || !lines_expenditure(&position->closed, &change->expenditure)
        || !lines_provisional(&position->closed, &change->provisional))
        e->store->txn.err = -EILSEQ;
}

static void step_money(struct evaluating *e, enum rule rule, const struct reading *reading,
                       const struct position *position)
{
    step_money_of(e, rule, 0, "", reading, position);
}

/* What this evaluation changed of an instance; NULL if nothing. */
static const struct change *change_of(const struct evaluating *e, enum rule rule, uint32_t instance)
{
    for (unsigned i = 0; i < e->count; i++)
        if (e->changes[i].rule == rule && e->changes[i].instance == instance)
            return &e->changes[i];
    return NULL;
}

/* An instance as it is after this evaluation. */
static struct rule_state state_now(struct evaluating *e, enum rule rule, uint32_t instance)
{
    const struct change *change = change_of(e, rule, instance);
    return change != NULL ? change->after
                          : get_state(e->store, e->fund->record.number, rule, instance);
}

static void note(struct evaluating *e, enum rule rule, uint32_t instance)
{
    assert(e->seen_count < INSTANCES_MAX);
    e->seen[e->seen_count].rule = (uint8_t)rule;
    e->seen[e->seen_count++].instance = instance;
}

/* What moved in the closed months that the position rests on, lest it is asked for in vain. */
static struct reading read_restated(struct evaluating *e, const struct position *trailing)
{
    struct amount moved = {0};
    date_month from, to;
    bool asked = e->policy->restated.on
              && indicator_months(RUNWAY_TRAILING_12, trailing->first_month, e->as_of, &from, &to) > 0;
    if (asked && !restated_moved(&e->store->txn, &e->parts, from, to, &moved))
        e->store->txn.err = -EILSEQ;
    return rule_restated(e->policy, trailing, moved);
}

static void evaluate_statement(struct evaluating *e)
{
    struct bank_check check;
    statements_check(&e->store->txn, &e->fund->record, e->as_of, &check);
    struct reading reading = rule_statement(&check);
    struct change *change = step(e, RULE_STATEMENT, 0, "", &reading);
    if (change != NULL) {
        evidence_add(&change->evidence, EVIDENCE_STATED, check.stated.fen);
        evidence_add(&change->evidence, EVIDENCE_BOOKED, check.booked.fen);
    }
    note(e, RULE_STATEMENT, 0);
}

/* A month that ends with a normal runway is what a later alert is explained from, and so is the day
 * on which an alert ends.  Not every evaluation: what is remembered must be a record of the journal,
 * and what moved a runway is read by the month. */
static void evaluate_normal(struct evaluating *e, const struct reading *runway)
{
    struct position normal;
    const struct change *change = change_of(e, RULE_RUNWAY, 0);
    struct rule_state state = state_now(e, RULE_RUNWAY, 0);
    if (!e->policy->runway.on || runway->indicator.why != COMPUTABLE || e->incomplete
        || state.level != LEVEL_HEALTHY || state.candidate != state.level)
        return;
    e->renews = (change != NULL && change->transition == TRANSITION_ENDED)
        || !books_normal(&e->store->txn, e->fund->record.number, &normal)
        || date_month_ended_by(e->as_of) > date_month_ended_by(normal.books_date);
}

static void evaluate_falling(struct evaluating *e)
{
    if (!e->policy->falling.on)
        return;
    books_position(&e->store->txn, &e->fund->record, e->policy->runway.base,
                   date_months_before(e->as_of, e->policy->falling.months), &e->earlier);
    int level = state_now(e, RULE_RUNWAY, 0).level;
    struct reading falling = rule_falling(e->policy, &e->earlier, &e->runway, level);
    step_money(e, RULE_FALLING, &falling, &e->runway);
    note(e, RULE_FALLING, 0);
}

static void add_condition(struct change *change, const struct gate *gate, enum gate_condition which,
                          enum evidence_word word, int decimals)
{
    const struct gate_evidence *condition = &gate->conditions[which];
    if (condition->answer != GATE_NOT_COMPUTABLE)
        evidence_add(&change->evidence, word, ratio_round(condition->value, decimals));
}

/* Judged when a day ends: it rests on years of months, which are read for it. */
static void evaluate_gate(struct evaluating *e)
{
    struct outlook_past past;
    if (!e->policy->gate.on || e->scope != SCOPE_DAY)
        return;
    bool is_shut = state_now(e, RULE_GATE, 0).level != LEVEL_HEALTHY;
    past_read(&e->store->txn, &e->fund->record, &e->parts, e->as_of, &past);
    struct gate gate =
        past_gate(&e->store->txn, &e->parts, &past, e->policy, &e->runway, is_shut);
    struct reading reading = rule_gate(e->policy, &gate);
    struct change *change = step(e, RULE_GATE, 0, "", &reading);
    note(e, RULE_GATE, 0);
    if (change == NULL)
        return;
    add_condition(change, &gate, GATE_RUNWAY, EVIDENCE_GATE_RUNWAY, 2);
    add_condition(change, &gate, GATE_LAST_YEAR, EVIDENCE_GATE_LAST_YEAR, 4);
    add_condition(change, &gate, GATE_AHEAD, EVIDENCE_GATE_AHEAD, 4);
}

static uint32_t instance_of(const char *name)
{
    return (uint32_t)XXH3_64bits(name, strlen(name));
}

static void step_reimbursement(struct evaluating *e, const struct position *position)
{
    for (enum reimbursement which = 0; which < REIMBURSEMENTS && e->policy->reimbursement.on; which++) {
        const char *name = reimbursement_word(which);
        struct reading reading = rule_reimbursement(e->policy, which, position);
        step_money_of(e, RULE_REIMBURSEMENT, instance_of(name), name, &reading, position);
        note(e, RULE_REIMBURSEMENT, instance_of(name));
    }
}

static void evaluate_reimbursement(struct evaluating *e)
{
    struct position position;
    books_position(&e->store->txn, &e->fund->record, e->policy->reimbursement.base, e->as_of,
                   &position);
    step_reimbursement(e, &position);
}

static void step_coverage(struct evaluating *e, const struct headcount *heads);

/* The funds of a place as one. */
static void evaluate_rollup(struct evaluating *e)
{
    struct place_funds place;
    int err = place_gather(&e->store->journal, &e->store->txn, place_under(e->fund->fund.place),
                           e->fund->fund.scheme, e->as_of, &place);
    if (err != 0) {
        e->store->txn.err = err;
        return;
    }
    struct headcount heads = rollup_headcount(&place);
    e->runway = rollup_position(&place);
    e->owing = place.sums.owing;
    place_free(&place);
    struct reading runway = rule_runway(e->policy, &e->runway);
    struct reading deficit = rule_deficit(e->policy, &e->runway);
    struct reading provisional = rule_provisional(e->policy, &e->runway);
    step_money(e, RULE_RUNWAY, &runway, &e->runway);
    step_money(e, RULE_DEFICIT, &deficit, &e->runway);
    step_money(e, RULE_PROVISIONAL, &provisional, &e->runway);
    note(e, RULE_RUNWAY, 0);
    note(e, RULE_DEFICIT, 0);
    note(e, RULE_PROVISIONAL, 0);
    step_reimbursement(e, &e->runway);
    step_coverage(e, &heads);
}

static void evaluate_money(struct evaluating *e)
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
    step_money(e, RULE_RUNWAY, &runway, &e->runway);
    step_money(e, RULE_DEFICIT, &deficit, &trailing);
    step_money(e, RULE_PROVISIONAL, &provisional, &trailing);
    struct reading restated = read_restated(e, &trailing);
    step_money(e, RULE_RESTATED, &restated, &trailing);
    note(e, RULE_RUNWAY, 0);
    note(e, RULE_DEFICIT, 0);
    note(e, RULE_PROVISIONAL, 0);
    note(e, RULE_RESTATED, 0);
    evaluate_normal(e, &runway);
    evaluate_falling(e);
    evaluate_gate(e);
    if (e->policy->reimbursement.on)
        evaluate_reimbursement(e);
}

/* The years are in order, so each is met as often in a row as the policy has days for it. */
static void evaluate_contributions(struct evaluating *e)
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
        step(e, RULE_CONTRIBUTIONS, instance_of(name), name, &reading);
        note(e, RULE_CONTRIBUTIONS, instance_of(name));
    }
}

static void step_budget(struct evaluating *e, const struct budget_item *item)
{
    char name[BUDGET_NAME_SIZE];
    uint32_t instance = instance_of(budget_name(item, name));
    struct beginning beginning = books_beginning(&e->store->txn, &e->fund->record, &e->parts);
    date_month first = indicator_first_month(beginning.start);
    struct reading reading = rule_budget(e->policy, item, first, e->as_of);
    struct change *change = step(e, RULE_BUDGET, instance, name, &reading);
    note(e, RULE_BUDGET, instance);
    if (change == NULL || item->overflowed)
        return;
    evidence_add(&change->evidence, EVIDENCE_FORESEEN, item->foreseen.fen);
    evidence_add(&change->evidence, EVIDENCE_EXECUTED, item->executed.fen);
    evidence_add(&change->evidence, EVIDENCE_ELAPSED, budget_months(item->year, e->as_of));
}

static void evaluate_budget(struct evaluating *e)
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

static void step_coverage(struct evaluating *e, const struct headcount *heads)
{
    for (unsigned i = 0; i < e->policy->coverage_count; i++) {
        const struct coverage_rule *rule = &e->policy->coverage[i];
        struct reading reading = rule_coverage(rule, heads, e->as_of);
        uint32_t instance = instance_of(rule->name);
        step(e, RULE_COVERAGE, instance, rule->name, &reading);
        note(e, RULE_COVERAGE, instance);
    }
}

static void evaluate_coverage(struct evaluating *e)
{
    struct headcount heads;
    if (e->policy->coverage_count == 0)
        return;
    people_headcount(&e->store->txn, &e->parts, e->as_of, &heads);
    step_coverage(e, &heads);
}

/* --- Subsidies ------------------------------------------------------------------- */

static void step_subsidy(struct evaluating *e, int32_t year, enum subsidy_level level,
                         const struct subsidy_state *state)
{
    const struct subsidy_arrears *arrears = &state->arrears;
    char name[32];
    uint32_t instance = (uint32_t)year * SUBSIDY_LEVELS + level;
    struct reading reading = rule_subsidy(&e->policy->subsidy, arrears, e->as_of);
    snprintf(name, sizeof name, "%d-%s", year, subsidy_level_word(level));
    struct change *change = step(e, RULE_SUBSIDY, instance, name, &reading);
    note(e, RULE_SUBSIDY, instance);
    if (change == NULL || arrears->known != SUBSIDY_KNOWN)
        return;
    evidence_add(&change->evidence, EVIDENCE_DUE, arrears->due.fen);
    evidence_add(&change->evidence, EVIDENCE_RECEIVED, state->received.fen);
    evidence_add(&change->evidence, EVIDENCE_ARREARS, arrears->arrears.fen);
    if (arrears->oldest != DATE_NONE)
        evidence_add(&change->evidence, EVIDENCE_OLDEST, date_to_ymd(arrears->oldest));
}

static void evaluate_subsidies(struct evaluating *e)
{
    for (unsigned i = 0; i < e->policy->subsidy.standard_count; i++) {
        const struct subsidy_standard *standard = &e->policy->subsidy.standards[i];
        struct subsidy_state states[SUBSIDY_LEVELS];
        people_subsidies(&e->store->txn, &e->parts, &e->policy->subsidy, standard, e->as_of, states);
        for (int level = 0; level < SUBSIDY_LEVELS; level++)
            if (standard->levels[level].tranche_count > 0)
                step_subsidy(e, standard->year, level, &states[level]);
    }
}

static bool any_coverage_fires(struct evaluating *e)
{
    for (unsigned i = 0; i < e->policy->coverage_count; i++)
        if (state_now(e, RULE_COVERAGE, instance_of(e->policy->coverage[i].name)).level
            != LEVEL_HEALTHY)
            return true;
    return false;
}

static void evaluate_net_loss(struct evaluating *e)
{
    struct txn *txn = &e->store->txn;
    if (!e->policy->net_loss.on)
        return;
    int64_t last_year = people_reported(txn, &e->parts, date_months_before(e->as_of, 12));
    int64_t now = people_reported(txn, &e->parts, e->as_of);
    struct reading reading = rule_net_loss(e->policy, last_year, now, any_coverage_fires(e));
    step(e, RULE_NET_LOSS, 0, "", &reading);
    note(e, RULE_NET_LOSS, 0);
}

static void evaluate_pace(struct evaluating *e)
{
    int64_t a_year_ago, now;
    if (!e->policy->pace.on)
        return;
    people_pace(&e->store->txn, &e->parts, &e->policy->pace, e->as_of, &a_year_ago, &now);
    struct reading reading = rule_pace(e->policy, a_year_ago, now, e->as_of);
    struct change *change = step(e, RULE_PACE, 0, "", &reading);
    note(e, RULE_PACE, 0);
    if (change == NULL || reading.indicator.why != COMPUTABLE)
        return;
    evidence_add(&change->evidence, EVIDENCE_COMING, now);
    evidence_add(&change->evidence, EVIDENCE_COMING_LAST_YEAR, a_year_ago);
}

static void evaluate_duplicates(struct evaluating *e)
{
    struct headcount heads;
    if (!e->policy->duplicates.on)
        return;
    people_headcount(&e->store->txn, &e->parts, e->as_of, &heads);
    struct reading reading = rule_duplicates(e->policy, &heads);
    struct change *change = step(e, RULE_DUPLICATES, 0, "", &reading);
    note(e, RULE_DUPLICATES, 0);
    if (change == NULL || reading.indicator.why != COMPUTABLE)
        return;
    if (heads.doubled >= 0)
        evidence_add(&change->evidence, EVIDENCE_DOUBLED, heads.doubled);
    if (heads.duplicates >= 0)
        evidence_add(&change->evidence, EVIDENCE_DUPLICATES, heads.duplicates);
    evidence_add(&change->evidence, EVIDENCE_INSURED, reading.indicator.value.den);
}

/* Measured when a day ends; between two days the others go by what it came to then. */
static void evaluate_completeness(struct evaluating *e)
{
    if (e->scope == SCOPE_DAY) {
        measure_completeness(e);
        struct reading reading = rule_completeness(e->policy, e->month);
        step(e, RULE_COMPLETENESS, 0, "", &reading);
        note(e, RULE_COMPLETENESS, 0);
    }
    e->incomplete = state_now(e, RULE_COMPLETENESS, 0).level != LEVEL_HEALTHY;
}

static void evaluate_source(struct evaluating *e, uint32_t source, const struct fund_source *told)
{
    char name[SOURCE_NAME_MAX + 1];
    if (!sources_name(&e->store->txn, source, name))
        return;
    const struct quiet_rule *rule = policy_quiet(e->policy, name);
    struct reading reading = {.indicator.value = {0, 1, 1}};   /* no rule for it any more: it ends */
    if (rule != NULL)
        reading = rule_quiet(e->policy, rule, told->first_date, told->last_date, e->as_of);
    step(e, RULE_QUIET, source, name, &reading);
}

/* What is missing in the numbering of a source, which concerns every fund that has heard of it.  Numbers
 * are integers of the protocol, so that they fit. */
static void evaluate_gap(struct evaluating *e, uint32_t source, const struct source_gaps *gaps)
{
    char name[SOURCE_NAME_MAX + 1];
    if (!sources_name(&e->store->txn, source, name))
        return;
    uint64_t missing = sources_gaps_missing(gaps);
    struct reading reading = rule_gaps(e->policy, missing);
    struct change *change = step(e, RULE_GAPS, source, name, &reading);
    if (change == NULL || missing == 0)
        return;
    evidence_add(&change->evidence, EVIDENCE_MISSING, reading.indicator.value.num);
    evidence_add(&change->evidence, EVIDENCE_FIRST_MISSING, (int64_t)gaps->items[0].from);
    evidence_add(&change->evidence, EVIDENCE_LAST_MISSING,
                 (int64_t)gaps->items[gaps->count - 1].to);
}

/* Few sources have holes, so it is these that are looked for, and those that had some. */
static void evaluate_gaps(struct evaluating *e)
{
    struct txn *txn = &e->store->txn;
    struct range range;
    struct source_gaps gaps;
    struct fund_source told;
    uint8_t key[5];
    range_begin(&range, txn, TABLE_GAPS, "", 0, "", 0);
    while (range_next(&range)) {
        if (!sources_take_gaps(range.value, range.size, &gaps))
            txn->err = -EILSEQ;
        else if (sources_get_fund(txn, e->fund->record.number, unkey_u32(range.key), &told))
            evaluate_gap(e, unkey_u32(range.key), &gaps);
    }
    range_end(&range);
    key_u32(key, e->fund->record.number);
    key[4] = RULE_GAPS;
    range_begin(&range, txn, TABLE_RULES, key, sizeof key, key, sizeof key);
    while (range_next(&range)) {
        uint32_t source = unkey_u32(range.key + 5);
        sources_get_gaps(txn, source, &gaps);
        if (gaps.count == 0)
            evaluate_gap(e, source, &gaps);
    }
    range_end(&range);
}

static void evaluate_sources(struct evaluating *e)
{
    uint8_t key[4];
    struct range range;
    key_u32(key, e->fund->record.number);
    range_begin(&range, &e->store->txn, TABLE_FUND_SOURCES, key, sizeof key, key, sizeof key);
    while (range_next(&range)) {
        struct fund_source told;
        if (sources_take_fund(range.value, range.size, &told))
            evaluate_source(e, unkey_u32(range.key + 4), &told);
        else
            e->store->txn.err = -EILSEQ;
    }
    range_end(&range);
}

static bool is_known(const struct evaluating *e, enum rule rule, uint32_t instance)
{
    if (rule == RULE_QUIET || rule == RULE_GAPS)
        return !policy_ends_place(e->policy);
    for (unsigned i = 0; i < e->seen_count; i++)
        if (e->seen[i].rule == rule && e->seen[i].instance == instance)
            return true;
    return false;
}

/* Instances that the policy does not have any more end. */
static void evaluate_vanished(struct evaluating *e)
{
    static const struct reading nothing = {.indicator.value = {0, 1, 1}};
    uint8_t key[4];
    struct range range;
    enum rule rule;
    uint32_t instance;
    struct rule_state state;
    char name[NAME_SIZE];
    key_u32(key, e->fund->record.number);
    range_begin(&range, &e->store->txn, TABLE_RULES, key, sizeof key, key, sizeof key);
    while (range_next(&range)
           && rules_take(&range, &rule, &instance, &state, name, sizeof name))
        if (!is_known(e, rule, instance))
            step(e, rule, instance, name, &nothing);
    range_end(&range);
}

/* Writes what the evaluation came to: its record, the alerts, the states.  That a day was judged is
 * a record also if it changed nothing: where in a group that was depends on the batches, of which the
 * journal says nothing else, and another policy is to be judged at the same places. */
static void conclude(struct evaluating *e)
{
    struct store *store = e->store;
    uint8_t body[13];
    bool tells = e->count > 0 || e->renews || e->scope == SCOPE_DAY;
    if (!tells || store->txn.err != 0)
        return;
    put_u32(body, e->fund->record.number);
    put_i32(body + 4, e->as_of);
    body[8] = (uint8_t)e->scope;
    put_u32(body + 9, e->source);
    journal_append(&store->journal, &store->txn, RECORD_EVALUATION, body, sizeof body);
    for (unsigned i = 0; i < e->count; i++) {
        struct change *change = &e->changes[i];
        if (change->transition != TRANSITION_NONE)
            tell(e, change);
        put_state(store, e->fund->record.number, change->rule, change->instance, change->name,
                  &change->after);
    }
    if (e->renews)
        books_put_normal(&store->txn, e->fund->record.number, &e->runway);
}

void rules_evaluate(struct store *store, struct group_fund *fund, date_day as_of, enum scope scope,
                    uint32_t source)
{
    if (store->otherwise != NULL && !fund_equal(fund->fund, store->otherwise->fund))
        return;
    struct evaluating e = {
        .store = store,
        .fund = fund,
        .as_of = as_of,
        .scope = scope,
        .source = source,
        .policy = group_policy(store, fund, as_of, UINT64_MAX),
    };
    if (e.policy == NULL)
        return;
    parts_of(&store->txn, &fund->record, as_of, &e.parts);
    if (policy_ends_place(e.policy)) {
        /* Whoever has the place's money now judges it; what fired here ends with the day. */
        e.runway.balance = books_balance(&store->txn, &fund->record, as_of, as_of);
    } else if (scope == SCOPE_SOURCE) {
        struct fund_source told;
        struct source_gaps gaps;
        e.runway.balance = books_balance(&store->txn, &fund->record, as_of, as_of);
        sources_get_gaps(&store->txn, source, &gaps);
        if (sources_get_fund(&store->txn, fund->record.number, source, &told))
            evaluate_source(&e, source, &told);
        evaluate_gap(&e, source, &gaps);
    } else if (e.policy->rollup) {
        evaluate_rollup(&e);
    } else {
        evaluate_completeness(&e);
        evaluate_money(&e);
        evaluate_statement(&e);
        evaluate_coverage(&e);
        evaluate_subsidies(&e);
        evaluate_net_loss(&e);
        evaluate_contributions(&e);
        evaluate_pace(&e);
        evaluate_duplicates(&e);
        evaluate_budget(&e);
    }
    if (scope == SCOPE_DAY && !policy_ends_place(e.policy)) {
        evaluate_sources(&e);
        evaluate_gaps(&e);
    }
    if (scope == SCOPE_DAY)
        evaluate_vanished(&e);
    conclude(&e);
    free(e.changes);
}

bool rules_source_is_quiet(struct store *store, uint32_t fund, uint32_t source)
{
    return get_state(store, fund, RULE_QUIET, source).level != LEVEL_HEALTHY;
}

static void evaluate_planned(struct store *store, const struct evaluation *planned)
{
    struct group_fund *fund = planned->fund;
    if (fund->record.importing)
        return;
    if (planned->source != 0) {
        rules_evaluate(store, fund, fund->record.books_date, SCOPE_SOURCE, planned->source);
        return;
    }
    rules_evaluate(store, fund, planned->date, SCOPE_DAY, 0);
    if (planned->date == fund->record.books_date)
        fund->moved = false;
}

void rules_evaluate_planned(struct store *store)
{
    group_flush(store);
    for (unsigned i = 0; i < store->evaluation_count && store->txn.err == 0; i++)
        evaluate_planned(store, &store->evaluations[i]);
    store->evaluation_count = 0;
}

void rules_evaluate_group(struct store *store)
{
    rules_evaluate_planned(store);
    const struct accumulator_slot *funds = accumulator_sort(&store->funds);
    if (funds == NULL)
        store->txn.err = -ENOMEM;
    for (uint32_t i = 0; i < store->funds.count && store->txn.err == 0; i++) {
        struct group_fund *fund = funds[i].value;
        if (fund->moved && !fund->record.importing)
            rules_evaluate(store, fund, fund->record.books_date, SCOPE_MOVED, 0);
        fund->moved = false;
    }
}

/* --- Acknowledging --------------------------------------------------------------- */

static void append_acknowledgement(struct store *store, uint64_t incident, const char *who,
                                   const char *note_text)
{
    uint8_t body[8 + 1 + WHO_MAX + 2 + NOTE_MAX];
    size_t who_size = strlen(who), note_size = strlen(note_text);
    assert(who_size <= WHO_MAX && note_size <= NOTE_MAX);
    put_u64(body, incident);
    body[8] = (uint8_t)who_size;
    memcpy(body + 9, who, who_size);
    put_u16(body + 9 + who_size, (uint16_t)note_size);
    memcpy(body + 11 + who_size, note_text, note_size);
    journal_append(&store->journal, &store->txn, RECORD_ACKNOWLEDGE, body,
                   11 + who_size + note_size);
}

/* The rule that an incident belongs to and that still fires for it. */
static bool find_incident(struct store *store, uint64_t incident, uint32_t *ret_fund,
                          struct change *ret)
{
    struct range range;
    bool found = false;
    range_begin(&range, &store->txn, TABLE_RULES, "", 0, "", 0);
    while (!found && range_next(&range)
           && rules_take(&range, &ret->rule, &ret->instance, &ret->before, ret->name,
                         sizeof ret->name)) {
        *ret_fund = unkey_u32(range.key);
        found = ret->before.incident == incident;
    }
    range_end(&range);
    return found;
}

int rules_acknowledge(struct store *store, uint64_t incident, const char *who,
                      const char *note_text, uint64_t *ret_alert)
{
    struct change change = {0};
    uint32_t number;
    if (incident == 0 || !find_incident(store, incident, &number, &change))
        return store->txn.err != 0 ? store->txn.err : -ENOENT;
    struct group_fund *fund = group_fund_by_number(store, number);
    const struct policy *policy = fund == NULL ? NULL
        : group_policy(store, fund, fund->record.books_date, UINT64_MAX);
    if (policy == NULL)
        return store->txn.err;
    struct alert alert = {
        .fund = fund->fund,
        .rule = change.rule,
        .transition = TRANSITION_ACKNOWLEDGED,
        .level = change.before.level,
        .previous_level = change.before.level,
        .blind = change.before.blind,
        .acknowledged = true,
        .incident = incident,
        .books_date = fund->record.books_date,
        .policy_version = policy->version,
        .indicator = {.why = COMPUTABLE, .value = {0, 1, 1}},
        .balance = books_balance(&store->txn, &fund->record, fund->record.books_date,
                                 fund->record.books_date),
    };
    memcpy(alert.instance, change.name, sizeof change.name);
    strncpy(alert.who, who, sizeof alert.who - 1);
    strncpy(alert.note, note_text, sizeof alert.note - 1);
    append_acknowledgement(store, incident, who, note_text);
    append_alert(store, &alert);
    change.before.acknowledged = true;
    put_state(store, number, change.rule, change.instance, change.name, &change.before);
    *ret_alert = alert.number;
    return store->txn.err;
}
