/* judge_people - the rules on who is insured, and on what is paid for them. */
#include <stdio.h>

#include "store/judging.h"

static void step_coverage(struct evaluating *e, const struct coverage_rule *rule,
                          const struct headcount *heads)
{
    struct reading reading = rule_coverage(rule, heads, e->as_of);
    uint32_t instance = judging_instance(rule->name);
    judging_step(e, RULE_COVERAGE, instance, rule->name, &reading);
    judging_note(e, RULE_COVERAGE, instance);
}

/* The sums of a place are of the day's year: before its deadline what the year before came to stands. */
void judge_heads(struct evaluating *e, const struct headcount *heads)
{
    const struct headcount nobody = headcount_unknown();
    for (unsigned i = 0; i < e->policy->coverage_count; i++) {
        const struct coverage_rule *rule = &e->policy->coverage[i];
        bool due = coverage_day(rule, e->as_of) == e->as_of;
        step_coverage(e, rule, due ? heads : &nobody);
    }
}

/* Of the year before, the day's and the coming one, those that a definition asks for. */
struct years_insured {
    bool read[3];
    struct headcount heads[3];
};

static const struct headcount *insured_of(struct evaluating *e, int32_t year, date_day day,
                                          struct years_insured *years)
{
    unsigned which = (unsigned)(year - (date_year(e->as_of) - 1));
    struct headcount *heads = &years->heads[which];
    if (!years->read[which]) {
        people_headcount_of(&e->store->txn, &e->parts, year, day, heads);
        if (policy_asks_last_year(e->policy))
            people_year_before(&e->store->txn, &e->parts, year, day, heads);
    }
    years->read[which] = true;
    return heads;
}

void judge_coverage(struct evaluating *e)
{
    struct years_insured years = {.read = {false}};
    for (unsigned i = 0; i < e->policy->coverage_count; i++) {
        const struct coverage_rule *rule = &e->policy->coverage[i];
        int32_t year = coverage_year(rule, e->as_of);
        step_coverage(e, rule, insured_of(e, year, coverage_day(rule, e->as_of), &years));
    }
}

static void step_subsidy(struct evaluating *e, int32_t year, enum subsidy_level level,
                         const struct subsidy_state *state)
{
    const struct subsidy_arrears *arrears = &state->arrears;
    char name[32];
    uint32_t instance = (uint32_t)year * SUBSIDY_LEVELS + level;
    struct reading reading = rule_subsidy(&e->policy->subsidy, arrears, e->as_of);
    snprintf(name, sizeof name, "%d-%s", year, subsidy_level_word(level));
    struct change *change = judging_step(e, RULE_SUBSIDY, instance, name, &reading);
    judging_note(e, RULE_SUBSIDY, instance);
    if (change == NULL)
        return;
    rule_subsidy_told(&change->indicator, &change->limit_e4);
    if (arrears->known != SUBSIDY_KNOWN)
        return;
    evidence_add(&change->evidence, EVIDENCE_DUE, arrears->due.fen);
    evidence_add(&change->evidence, EVIDENCE_RECEIVED, state->received.fen);
    evidence_add(&change->evidence, EVIDENCE_ARREARS, arrears->arrears.fen);
    if (arrears->oldest != DATE_NONE)
        evidence_add(&change->evidence, EVIDENCE_OLDEST, date_to_ymd(arrears->oldest));
}

void judge_subsidies(struct evaluating *e)
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
        if (judging_state_now(e, RULE_COVERAGE, judging_instance(e->policy->coverage[i].name)).level
            != LEVEL_HEALTHY)
            return true;
    return false;
}

void judge_net_loss(struct evaluating *e)
{
    struct headcount last_year, now;
    if (!e->policy->net_loss.on)
        return;
    people_loss(&e->store->txn, &e->parts, e->as_of, &last_year, &now);
    struct reading reading = rule_net_loss(e->policy, &last_year, &now, any_coverage_fires(e));
    judging_step(e, RULE_NET_LOSS, 0, "", &reading);
    judging_note(e, RULE_NET_LOSS, 0);
}

void judge_pace(struct evaluating *e)
{
    int64_t a_year_ago, now;
    if (!e->policy->pace.on)
        return;
    people_pace(&e->store->txn, &e->parts, &e->policy->pace, e->as_of, &a_year_ago, &now);
    struct reading reading = rule_pace(e->policy, a_year_ago, now, e->as_of);
    struct change *change = judging_step(e, RULE_PACE, 0, "", &reading);
    judging_note(e, RULE_PACE, 0);
    if (change == NULL || reading.indicator.why != COMPUTABLE)
        return;
    evidence_add(&change->evidence, EVIDENCE_COMING, now);
    evidence_add(&change->evidence, EVIDENCE_COMING_LAST_YEAR, a_year_ago);
}

/* Those of a year as of a day of it, as far as they are known now. */
static void step_duplicates(struct evaluating *e, date_day day)
{
    struct headcount heads;
    char name[12];
    snprintf(name, sizeof name, "%d", date_year(day));
    uint32_t instance = judging_instance(name);
    people_headcount(&e->store->txn, &e->parts, day, &heads);
    struct reading reading = rule_duplicates(e->policy, &heads);
    struct change *change = judging_step(e, RULE_DUPLICATES, instance, name, &reading);
    judging_note(e, RULE_DUPLICATES, instance);
    if (change == NULL || reading.indicator.why != COMPUTABLE)
        return;
    if (heads.doubled >= 0)
        evidence_add(&change->evidence, EVIDENCE_DOUBLED, heads.doubled);
    if (heads.duplicates >= 0)
        evidence_add(&change->evidence, EVIDENCE_DUPLICATES, heads.duplicates);
    evidence_add(&change->evidence, EVIDENCE_INSURED, reading.indicator.value.den);
}

/* Those of the year before, too: they are often reported a year late. */
void judge_duplicates(struct evaluating *e)
{
    if (!e->policy->duplicates.on)
        return;
    step_duplicates(e, date_year_before(e->as_of));
    step_duplicates(e, e->as_of);
}
