/* judge_sources - the rules on what sources have said and have not. */
#include <errno.h>

#include "store/judging.h"

const struct place_funds *judging_place(struct evaluating *e)
{
    if (e->gathered)
        return &e->place;
    int err = place_gather(&e->store->journal, &e->store->txn, place_under(e->fund->fund.place),
                           e->fund->fund.scheme, e->as_of, &e->place);
    if (err != 0)
        e->store->txn.err = err;
    e->gathered = err == 0;
    return e->gathered ? &e->place : NULL;
}

static void add_month(void *arg, struct expected_sources *sources)
{
    completeness_add_sum(arg, sources->sums[COMPLETENESS_MONTH]);
}

static void measure_place(struct evaluating *e)
{
    const struct place_funds *place = judging_place(e);
    int err = place == NULL ? 0
        : place_sources(&e->store->journal, &e->store->txn, place, e->as_of, COMPLETENESS_MONTH, add_month,
                        &e->month);
    if (err != 0)
        e->store->txn.err = err;
}

/* Reads what all sources of the fund have reported: when a day is judged, and for what is told. */
void judging_measure(struct evaluating *e)
{
    struct expected_sources sources;
    if (e->measured)
        return;
    e->measured = true;
    if (e->policy->rollup) {
        measure_place(e);
        return;
    }
    expected_sources_find(&e->store->journal, &e->store->txn, &e->parts, e->policy, e->as_of,
                          COMPLETENESS_MONTH, &sources);
    e->month = sources.sums[COMPLETENESS_MONTH];
    expected_sources_free(&sources);
}

/* Whether history of what the fund is made of is being entered. */
static bool is_member_importing(struct evaluating *e)
{
    if (!e->policy->rollup)
        return parts_importing(&e->store->txn, &e->parts);
    const struct place_funds *place = judging_place(e);
    return place != NULL && rollup_is_importing(place);
}

/* Measured when a day ends; between two days the others go by what it came to then.  While a member is
 * importing nobody knows yet what its sources reported, so that is judged no more than what rests on it. */
void judge_completeness(struct evaluating *e)
{
    if (is_member_importing(e))
        e->unfit = NC_MEMBER_IMPORTING;
    if (e->scope == SCOPE_DAY) {
        judging_measure(e);
        struct reading reading = rule_completeness(e->policy, e->month);
        if (e->unfit != COMPUTABLE)
            reading.indicator = (struct indicator){.why = e->unfit};
        judging_step(e, RULE_COMPLETENESS, 0, "", &reading);
        judging_note(e, RULE_COMPLETENESS, 0);
    }
    bool incomplete = judging_state_now(e, RULE_COMPLETENESS, 0).level != LEVEL_HEALTHY;
    if (e->unfit == COMPUTABLE && incomplete)
        e->unfit = NC_INCOMPLETE;
}

void judge_source(struct evaluating *e, uint32_t source, const struct fund_source *told)
{
    char name[SOURCE_NAME_MAX + 1];
    if (!sources_name(&e->store->txn, source, name))
        return;
    const struct quiet_rule *rule = policy_quiet(e->policy, name);
    struct reading reading = {.indicator.value = {0, 1, 1}};   /* no rule for it any more: it ends */
    if (rule != NULL)
        reading = rule_quiet(e->policy, rule, told->first_date, told->last_date, e->as_of);
    judging_step(e, RULE_QUIET, source, name, &reading);
}

/* What is missing in the numbering of a source, which concerns every fund that has heard of it.  Numbers
 * are integers of the protocol, so that they fit. */
void judge_gap(struct evaluating *e, uint32_t source, const struct source_gaps *gaps)
{
    char name[SOURCE_NAME_MAX + 1];
    if (!sources_name(&e->store->txn, source, name))
        return;
    uint64_t missing = sources_gaps_missing(gaps);
    struct reading reading = rule_gaps(e->policy, missing);
    struct change *change = judging_step(e, RULE_GAPS, source, name, &reading);
    if (change == NULL || missing == 0)
        return;
    evidence_add(&change->evidence, EVIDENCE_MISSING, reading.indicator.value.num);
    evidence_add(&change->evidence, EVIDENCE_FIRST_MISSING, (int64_t)gaps->items[0].from);
    evidence_add(&change->evidence, EVIDENCE_LAST_MISSING,
                 (int64_t)gaps->items[gaps->count - 1].to);
}

/* Few sources have holes, so it is these that are looked for, and those that had some. */
void judge_gaps(struct evaluating *e)
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
        else if (parts_told(txn, &e->parts, unkey_u32(range.key), &told))
            judge_gap(e, unkey_u32(range.key), &gaps);
    }
    range_end(&range);
    key_u32(key, e->fund->record.number);
    key[4] = RULE_GAPS;
    range_begin(&range, txn, TABLE_RULES, key, sizeof key, key, sizeof key);
    while (range_next(&range)) {
        uint32_t source = unkey_u32(range.key + 5);
        sources_get_gaps(txn, source, &gaps);
        if (gaps.count == 0)
            judge_gap(e, source, &gaps);
    }
    range_end(&range);
}

static void judge_one(void *arg, uint32_t source, const struct fund_source *told)
{
    judge_source(arg, source, told);
}

void judge_sources(struct evaluating *e)
{
    parts_each_source(&e->store->txn, &e->parts, judge_one, e);
}
