/* telling - alerts, from what an evaluation has changed. */
#include <errno.h>

#include "store/judging.h"
#include "wire/alert_codec.h"

void telling_append(struct store *store, struct alert *alert)
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

/* Whether the policy of a day has another base for the runway. */
static bool had_other_base(struct evaluating *e, date_day day)
{
    const struct policy *then = group_policy(e->store, e->fund, day, UINT64_MAX);
    int base_then = then != NULL ? then->runway.base : 0;
    /* That of the day may have taken its place in the cache. */
    const struct policy *policy = group_policy(e->store, e->fund, e->as_of, UINT64_MAX);
    e->policy = policy != NULL ? policy : e->policy;
    return then != NULL && base_then != (int)e->policy->runway.base;
}

/* Why the runway is another one than at `before`.  `then`: what the funds that it is of had on that day, as
 * far as is known now; what those of today had beyond it has been merged into them since. */
static void explain(struct evaluating *e, const struct position *before, struct amount then,
                    bool other_base, struct alert *alert)
{
    struct txn *txn = &e->store->txn;
    date_day since = before->books_date;
    struct between between = {.other_base = other_base};
    books_lines_of(txn, &e->parts, since + 1, e->as_of, &between.flow);
    if (!amount_sub(books_balance(txn, &e->fund->record, since, e->as_of), then, &between.merged))
        txn->err = -EILSEQ;
    alert->causes = causes_of(before, &e->runway, &between);
    alert->causes_since = since;
}

/* What a runway rule tells is explained from the last normal state, a falling one from what it is
 * compared with. */
static void explain_change(struct evaluating *e, const struct change *change, struct alert *alert)
{
    if (change->transition != TRANSITION_FIRING && change->transition != TRANSITION_CHANGED)
        return;
    date_day since = e->normal.position.books_date;
    if (change->rule == RULE_RUNWAY && e->has_normal)
        explain(e, &e->normal.position, books_balance(&e->store->txn, &e->fund->record, since, since),
                had_other_base(e, since), alert);
    else if (change->rule == RULE_FALLING)
        explain(e, &e->earlier, e->earlier.balance, false, alert);
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

void telling_change(struct evaluating *e, struct change *change)
{
    judging_measure(e);
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
    telling_append(e->store, &alert);
}
