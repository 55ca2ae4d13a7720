/* gate - three conditions and what they come to together. */
#include "fund/gate.h"

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

static struct gate_evidence at_least(struct indicator indicator, int64_t limit_e4)
{
    if (indicator.why != COMPUTABLE)
        return (struct gate_evidence){GATE_NOT_COMPUTABLE, not_computable_word(indicator.why), {0}};
    bool met = ratio_compare(indicator.value, limit_e4) >= 0;
    return (struct gate_evidence){met ? GATE_OPEN : GATE_SHUT, NULL, indicator.value};
}

/* The least surplus of the paths that count. */
static struct gate_evidence no_deficit_ahead(const struct outlook *outlook, unsigned years)
{
    if (outlook->known != OUTLOOK_KNOWN)
        return (struct gate_evidence){GATE_NOT_COMPUTABLE, outlook_known_word(outlook->known), {0}};
    int64_t least = outlook->paths[OUTLOOK_CENTRAL].surplus.fen;
    for (unsigned path = 1; path <= years && path < outlook->path_count; path++) {
        if (outlook->paths[path].surplus.fen < least)
            least = outlook->paths[path].surplus.fen;
    }
    return (struct gate_evidence){least >= 0 ? GATE_OPEN : GATE_SHUT, NULL, {least, 1, 1}};
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

struct gate gate_judge(struct gate_terms terms, struct indicator runway,
                       const struct position *last_year, const struct outlook *outlook)
{
    struct gate gate = {.conditions = {
        [GATE_RUNWAY] = at_least(runway, terms.months_e4),
        [GATE_LAST_YEAR] = at_least(indicator_deficit(last_year), 0),
        [GATE_AHEAD] = no_deficit_ahead(outlook, terms.years),
    }};
    gate.answer = together(&gate);
    return gate;
}
