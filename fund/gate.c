/* gate - three conditions and what they come to together. */
#include "fund/gate.h"

#include <assert.h>
#include <stddef.h>

const char *gate_condition_word(enum gate_condition condition)
{
    static const char *const words[GATE_CONDITIONS] = {
        [GATE_RUNWAY] = "runway", [GATE_LAST_YEAR] = "last_year", [GATE_AHEAD] = "ahead",
    };
    return condition < GATE_CONDITIONS ? words[condition] : NULL;
}

const char *gate_answer_word(enum gate_answer answer)
{
    static const char *const words[] = {
        [GATE_OPEN] = "open", [GATE_SHUT] = "shut", [GATE_NOT_COMPUTABLE] = "not_computable",
    };
    return answer <= GATE_NOT_COMPUTABLE ? words[answer] : NULL;
}

static_assert(POLICY_GATE_YEARS_MAX <= OUTLOOK_YEARS_MAX, "an outlook has a path for each year");

static struct gate_evidence at_least(struct indicator indicator, struct limit limit, bool is_shut)
{
    if (indicator.why != COMPUTABLE)
        return (struct gate_evidence){GATE_NOT_COMPUTABLE, indicator.why, {0}};
    bool met = ratio_compare(indicator.value, is_shut ? limit.leave_e4 : limit.enter_e4) >= 0;
    return (struct gate_evidence){met ? GATE_OPEN : GATE_SHUT, COMPUTABLE, indicator.value};
}

/* An outlook's reason as an indicator's. */
static enum not_computable why_unknown(enum outlook_known known)
{
    switch (known) {
    case OUTLOOK_KNOWN:              break;
    case OUTLOOK_TOO_LITTLE_HISTORY: return NC_TOO_LITTLE_HISTORY;
    case OUTLOOK_NO_BALANCE:         return NC_NO_OPENING;
    case OUTLOOK_NO_INCOME:          return NC_NO_INCOME;
    case OUTLOOK_NO_EXPENDITURE:     return NC_NO_EXPENDITURE;
    case OUTLOOK_OVERFLOW:           return NC_OVERFLOW;
    }
    return COMPUTABLE;
}

/* Of twelve months, whose expenditure an outlook that is known has above 0. */
static struct ratio surplus_of(const struct outlook_path *path)
{
    return (struct ratio){path->surplus.fen, path->spent[OUTLOOK_AHEAD].fen, 1};
}

/* The least surplus of the paths that count. */
static struct indicator surplus_ahead(const struct outlook *outlook, unsigned years)
{
    struct indicator least = {.why = why_unknown(outlook->known)};
    if (least.why != COMPUTABLE)
        return least;
    least.value = surplus_of(&outlook->paths[OUTLOOK_CENTRAL]);
    for (unsigned path = 1; path <= years && path < outlook->path_count; path++) {
        struct ratio surplus = surplus_of(&outlook->paths[path]);
        if ((__int128)surplus.num * least.value.den < (__int128)least.value.num * surplus.den)
            least.value = surplus;
    }
    return least;
}

/* One that is shut shuts the gate; otherwise one that nobody knows leaves it unknown. */
static enum gate_answer together(const struct gate *gate)
{
    enum gate_answer answer = GATE_OPEN;
    for (unsigned i = 0; i < GATE_CONDITIONS; i++) {
        if (gate->conditions[i].answer == GATE_SHUT)
            return GATE_SHUT;
        if (gate->conditions[i].answer == GATE_NOT_COMPUTABLE)
            answer = GATE_NOT_COMPUTABLE;
    }
    return answer;
}

struct gate gate_judge(const struct gate_rule *rule, bool is_shut, struct indicator runway,
                       const struct position *last_year, const struct outlook *outlook)
{
    struct gate gate = {.conditions = {
        [GATE_RUNWAY] = at_least(runway, rule->months, is_shut),
        [GATE_LAST_YEAR] = at_least(indicator_deficit(last_year), rule->surplus, is_shut),
        [GATE_AHEAD] = at_least(surplus_ahead(outlook, rule->years), rule->surplus, is_shut),
    }};
    gate.answer = together(&gate);
    return gate;
}
