/* rules - from funds that moved to states of rules and numbered alerts.
 *
 * An evaluation reads what the tables hold, so the group's balances are written
 * first.  If it changes a state, or judges a day that ended, it is a record of the journal (fund,
 * date, scope), and the alerts that follow from it are the next records: a rebuild
 * evaluates at the same places, and must come to the same alerts. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "store/judging.h"

static bool is_known(const struct evaluating *e, enum rule rule, uint32_t instance)
{
    if (rule == RULE_QUIET || rule == RULE_GAPS)
        return !e->place_ended;
    for (unsigned i = 0; i < e->seen_count; i++)
        if (e->seen[i].rule == rule && e->seen[i].instance == instance)
            return true;
    return false;
}

static enum not_computable why_vanished(const struct evaluating *e, enum rule rule)
{
    if (e->place_ended)
        return NC_PLACE_ENDED;
    return rule == RULE_DUPLICATES && e->policy->duplicates.on ? NC_YEAR_PAST : NC_NO_RULE;
}

/* Instances that the policy does not have any more, or that are about a year past, end; of a place that was
 * merged or split all do. */
static void evaluate_vanished(struct evaluating *e)
{
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
        if (!is_known(e, rule, instance)) {
            const struct reading nothing = {
                .indicator = {.why = why_vanished(e, rule), .value = {0, 1, 1}},
            };
            judging_step(e, rule, instance, name, &nothing);
        }
    range_end(&range);
}

/* Writes what the evaluation came to: its record, the alerts, the states.  That a day was judged is
 * a record also if it changed nothing: where in a group that was depends on the batches, of which the
 * journal says nothing else, and another policy is to be judged at the same places. */
static void conclude(struct evaluating *e)
{
    struct store *store = e->store;
    uint8_t body[13];
    bool tells = e->count > 0 || e->remembers || e->scope == SCOPE_DAY;
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
            telling_change(e, change);
        judging_put_state(store, e->fund->record.number, change->rule, change->instance, change->name,
                          &change->after);
    }
    if (e->remembers)
        books_put_normal(&store->txn, e->fund->record.number, &e->remembered);
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
    e.place_ended = parts_place_ended(&e.parts, e.policy);
    if (e.place_ended) {
        /* Whoever has the place's money now judges it; what fired here ends with the day. */
        e.runway.balance = books_balance(&store->txn, &fund->record, as_of, as_of);
    } else if (scope == SCOPE_SOURCE) {
        struct fund_source told;
        struct source_gaps gaps;
        e.runway.balance = books_balance(&store->txn, &fund->record, as_of, as_of);
        sources_get_gaps(&store->txn, source, &gaps);
        if (parts_told(&store->txn, &e.parts, source, &told))
            judge_source(&e, source, &told);
        judge_gap(&e, source, &gaps);
    } else if (e.policy->rollup) {
        judge_completeness(&e);
        judge_rollup(&e);
    } else {
        judge_completeness(&e);
        judge_money(&e);
        judge_statement(&e);
        judge_coverage(&e);
        judge_subsidies(&e);
        judge_net_loss(&e);
        judge_contributions(&e);
        judge_pace(&e);
        judge_duplicates(&e);
        judge_budget(&e);
    }
    if (scope == SCOPE_DAY && !e.place_ended) {
        judge_sources(&e);
        judge_gaps(&e);
    }
    if (scope == SCOPE_DAY)
        evaluate_vanished(&e);
    conclude(&e);
    free(e.changes);
    place_free(&e.place);
}

bool rules_source_is_quiet(struct store *store, uint32_t fund, uint32_t source)
{
    return judging_get_state(store, fund, RULE_QUIET, source).level != LEVEL_HEALTHY;
}

static void evaluate_planned(struct store *store, const struct evaluation *planned)
{
    struct group_fund *fund = planned->fund;
    if (fund->record.importing) {
        group_hold(store, planned);
        return;
    }
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
    telling_append(store, &alert);
    change.before.acknowledged = true;
    judging_put_state(store, number, change.rule, change.instance, change.name, &change.before);
    *ret_alert = alert.number;
    return store->txn.err;
}
