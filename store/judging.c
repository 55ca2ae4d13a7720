/* judging - rule states in their table, and the changes that an evaluation makes to them. */
#include "store/judging.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <xxhash.h>

#define STATE_SIZE  20

/* --- States -------------------------------------------------------------------- */

static void rule_key(uint32_t fund, enum rule rule, uint32_t instance, uint8_t key[RULE_KEY])
{
    key_u32(key, fund);
    key[4] = (uint8_t)rule;
    key_u32(key + 5, instance);
}

static struct rule_state state_of(const uint8_t *v)
{
    return (struct rule_state){
        .level = (int8_t)v[0],
        .candidate = (int8_t)v[1],
        .blind = v[2] & 1,
        .acknowledged = v[2] & 2,
        .since = get_i32(v + 4),
        .candidate_since = get_i32(v + 8),
        .incident = get_u64(v + 12),
    };
}

struct rule_state judging_get_state(struct store *store, uint32_t fund, enum rule rule,
                                    uint32_t instance)
{
    uint8_t key[RULE_KEY];
    const uint8_t *v;
    size_t size;
    rule_key(fund, rule, instance, key);
    return txn_peek(&store->txn, TABLE_RULES, key, sizeof key, &v, &size) ? state_of(v)
                                                                          : rule_state_initial();
}

void judging_put_state(struct store *store, uint32_t fund, enum rule rule, uint32_t instance,
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
    if (range->key_size != RULE_KEY || range->size - STATE_SIZE >= name_size) {
        range->txn->err = -EILSEQ;
        return false;
    }
    *ret_rule = range->key[4];
    *ret_instance = unkey_u32(range->key + 5);
    *ret_state = state_of(range->value);
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

/* --- Changes -------------------------------------------------------------------- */

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
struct change *judging_step(struct evaluating *e, enum rule rule, uint32_t instance,
                            const char *name, const struct reading *reading)
{
    struct change *change = next_change(e);
    if (change == NULL)
        return NULL;
    struct reading judged = *reading;
    bool has_verdict = judged.indicator.why == COMPUTABLE || rule_is_moot(judged.indicator.why);
    if (e->unfit != COMPUTABLE && rule_rests_on_sources(rule) && has_verdict)
        judged.indicator = (struct indicator){.why = e->unfit};
    *change = (struct change){
        .rule = rule,
        .instance = instance,
        .before = judging_get_state(e->store, e->fund->record.number, rule, instance),
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

void judging_step_money_of(struct evaluating *e, enum rule rule, uint32_t instance, const char *name,
                           const struct reading *reading, const struct position *position)
{
    struct change *change = judging_step(e, rule, instance, name, reading);
    if (change == NULL)
        return;
    change->months = (uint8_t)position->months;
    if (!lines_income(&position->closed, &change->income)
        || !lines_expenditure(&position->closed, &change->expenditure)
        || !lines_provisional(&position->closed, &change->provisional))
        e->store->txn.err = -EILSEQ;
}

void judging_step_money(struct evaluating *e, enum rule rule, const struct reading *reading,
                        const struct position *position)
{
    judging_step_money_of(e, rule, 0, "", reading, position);
}

/* What this evaluation changed of an instance; NULL if nothing. */
const struct change *judging_change_of(const struct evaluating *e, enum rule rule, uint32_t instance)
{
    for (unsigned i = 0; i < e->count; i++)
        if (e->changes[i].rule == rule && e->changes[i].instance == instance)
            return &e->changes[i];
    return NULL;
}

/* An instance as it is after this evaluation. */
struct rule_state judging_state_now(struct evaluating *e, enum rule rule, uint32_t instance)
{
    const struct change *change = judging_change_of(e, rule, instance);
    return change != NULL ? change->after
                          : judging_get_state(e->store, e->fund->record.number, rule, instance);
}

void judging_note(struct evaluating *e, enum rule rule, uint32_t instance)
{
    assert(e->seen_count < INSTANCES_MAX);
    e->seen[e->seen_count].rule = (uint8_t)rule;
    e->seen[e->seen_count++].instance = instance;
}

uint32_t judging_instance(const char *name)
{
    return (uint32_t)XXH3_64bits(name, strlen(name));
}
