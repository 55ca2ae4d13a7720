/* alert - limits with hysteresis, and levels that must last.
 *
 * Two filters in a row.  limits_level() turns a value into a level and keeps the
 * present one until the value is properly back.  rule_step() then makes a level
 * wait in book days.  Between two evaluations nothing is remembered but
 * `struct rule_state`. */
#include "fund/alert.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

const char *rule_word(enum rule rule)
{
    static const char *const words[RULE_END] = {
        [RULE_RUNWAY] = "runway",           [RULE_DEFICIT] = "deficit",
        [RULE_PROVISIONAL] = "provisional", [RULE_COVERAGE] = "coverage",
        [RULE_QUIET] = "quiet",             [RULE_SUBSIDY] = "subsidy",
        [RULE_RESTATED] = "restated",       [RULE_STATEMENT] = "statement",
        [RULE_REIMBURSEMENT] = "reimbursement", [RULE_FALLING] = "falling",
        [RULE_CONTRIBUTIONS] = "contributions", [RULE_NET_LOSS] = "net_loss",
        [RULE_PACE] = "pace",               [RULE_DUPLICATES] = "duplicates",
        [RULE_BUDGET] = "budget",           [RULE_GATE] = "gate",
        [RULE_COMPLETENESS] = "completeness", [RULE_GAPS] = "gaps",
    };
    return rule < RULE_END ? words[rule] : NULL;
}

const char *evidence_word(enum evidence_word word)
{
    static const char *const words[EVIDENCE_END] = {
#define EVIDENCE(number, NAME, word, unit, sentence) [number] = word,
#include "fund/evidence.def"
#undef EVIDENCE
    };
    return word < EVIDENCE_END ? words[word] : NULL;
}

const char *evidence_unit(enum evidence_word word)
{
    static const char *const units[EVIDENCE_END] = {
#define EVIDENCE(number, NAME, word, unit, sentence) [number] = unit,
#include "fund/evidence.def"
#undef EVIDENCE
    };
    assert(word < EVIDENCE_END);
    return units[word];
}

void evidence_add(struct evidence *evidence, enum evidence_word word, int64_t value)
{
    assert(evidence->count < EVIDENCE_MAX);
    evidence->items[evidence->count].word = (uint8_t)word;
    evidence->items[evidence->count++].value = value;
}

const char *level_word(int level)
{
    switch (level) {
    case LEVEL_CRITICAL_LOW: return "critical_low";
    case LEVEL_LOW:          return "low";
    case LEVEL_HEALTHY:      return "normal";
    case LEVEL_HIGH:         return "high";
    case LEVEL_EXCESSIVE:    return "excessive";
    }
    return NULL;
}

const char *level_severity(int level)
{
    switch (abs(level)) {
    case 0: return "none";
    case 1: return "warning";
    case 2: return "critical";
    }
    return NULL;
}

const char *transition_word(enum transition transition)
{
    static const char *const words[] = {
        [TRANSITION_NONE] = "none",       [TRANSITION_FIRING] = "firing",
        [TRANSITION_CHANGED] = "changed", [TRANSITION_ENDED] = "ended",
        [TRANSITION_BLIND] = "blind",     [TRANSITION_SIGHTED] = "sighted",
        [TRANSITION_ACKNOWLEDGED] = "acknowledged",
    };
    return transition < sizeof words / sizeof words[0] ? words[transition] : NULL;
}

struct rule_state rule_state_initial(void)
{
    return (struct rule_state){.since = DATE_NONE, .candidate_since = DATE_NONE};
}

/* Is the value beyond a limit: where it is entered, or, for a rule that is
 * already at that level or a worse one, where it is left? */
static bool is_below(struct limit limit, struct ratio value, bool is_there)
{
    return ratio_compare(value, is_there ? limit.leave_e4 : limit.enter_e4) < 0;
}

static bool is_above(struct limit limit, struct ratio value, bool is_there)
{
    return ratio_compare(value, is_there ? limit.leave_e4 : limit.enter_e4) > 0;
}

int limits_level(const struct rule_limits *limits, struct ratio value, int current)
{
    if (limits->critical_low_on &&
        is_below(limits->critical_low, value, current <= LEVEL_CRITICAL_LOW))
        return LEVEL_CRITICAL_LOW;
    if (limits->low_on && is_below(limits->low, value, current <= LEVEL_LOW))
        return LEVEL_LOW;
    if (limits->excessive_on && is_above(limits->excessive, value, current >= LEVEL_EXCESSIVE))
        return LEVEL_EXCESSIVE;
    if (limits->high_on && is_above(limits->high, value, current >= LEVEL_HIGH))
        return LEVEL_HIGH;
    return LEVEL_HEALTHY;
}

/* Is `to` between healthy and `from`? */
static bool is_better(int from, int to)
{
    return from < 0 ? to > from && to <= 0 : to < from && to >= 0;
}

static int days_to_hold(int from, int to, struct hold hold)
{
    return is_better(from, to) ? hold.leave_days : hold.enter_days;
}

/* Of two levels on the same side of `from`, the nearer one. */
static int nearer(int from, int a, int b)
{
    return abs(a - from) < abs(b - from) ? a : b;
}

static void wait_for(struct rule_state *state, int level, date_day books_date)
{
    if (level == state->level) {
        state->candidate = state->level;
        state->candidate_since = DATE_NONE;
        return;
    }
    bool waits_already = state->candidate != state->level &&
                         (state->candidate > state->level) == (level > state->level);
    if (waits_already) {
        state->candidate = (int8_t)nearer(state->level, state->candidate, level);
    } else {
        state->candidate = (int8_t)level;
        state->candidate_since = books_date;
    }
}

static enum transition move_to(struct rule_state *state, int level, date_day books_date)
{
    int from = state->level;
    state->level = (int8_t)level;
    state->since = books_date;
    if (from != LEVEL_HEALTHY && level != LEVEL_HEALTHY)
        return TRANSITION_CHANGED;

    state->acknowledged = false;
    state->incident = 0;
    return level == LEVEL_HEALTHY ? TRANSITION_ENDED : TRANSITION_FIRING;
}

/* The level that has lasted: `level` itself if it need not wait, the candidate
 * if that has waited long enough, else the present one. */
static int lasting_level(const struct rule_state *state, int level, struct hold hold,
                         date_day books_date)
{
    if (level == state->level || days_to_hold(state->level, level, hold) == 0)
        return level;
    int64_t waited = (int64_t)books_date - state->candidate_since;
    if (waited >= days_to_hold(state->level, state->candidate, hold))
        return state->candidate;
    return state->level;
}

static enum transition step_level(struct rule_state *state, int level, struct hold hold,
                                  date_day books_date)
{
    if (state->since == DATE_NONE)
        state->since = books_date;

    wait_for(state, level, books_date);
    int lasting = lasting_level(state, level, hold, books_date);
    if (lasting == state->level)
        return TRANSITION_NONE;

    enum transition transition = move_to(state, lasting, books_date);
    state->candidate = state->level;
    wait_for(state, level, books_date);
    return transition;
}

enum transition rule_step(struct rule_state *state, bool blind, int level,
                          struct hold hold, date_day books_date)
{
    assert(blind || (level >= LEVEL_CRITICAL_LOW && level <= LEVEL_EXCESSIVE));

    bool was_blind = state->blind;
    state->blind = blind;
    if (blind)
        return was_blind ? TRANSITION_NONE : TRANSITION_BLIND;

    enum transition transition = step_level(state, level, hold, books_date);
    if (transition == TRANSITION_NONE && was_blind)
        return TRANSITION_SIGHTED;
    return transition;
}
