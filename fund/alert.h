/* alert - the state machine of one rule of one fund.
 *
 * A rule is inactive, pending or firing, and may be blind beside that.  Its
 * level is signed: 0 healthy, negative on the low side, positive on the high
 * side, and the magnitude is the severity.  Limits have their own value for
 * entering and leaving, and levels must hold for a number of book days, so that a value
 * which hovers on the line fires once.  While a rule is blind it neither fires
 * nor ends, and does not forget that it was firing.
 *
 * Pure: the same readings at the same books dates give the same alerts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/date.h"
#include "fund/indicator.h"
#include "fund/policy.h"
#include "fund/ratio.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rule {
    RULE_RUNWAY = 1,
    RULE_DEFICIT = 2,
    RULE_PROVISIONAL = 3,
    RULE_COVERAGE = 4,          /* instance: index of the definition's name, see rule.h */
    RULE_QUIET = 5,             /* instance: the source */
    RULE_SUBSIDY = 6,           /* instance: year * 4 + level; "2021-county" */
    RULE_RESTATED = 7,
    RULE_STATEMENT = 8,
    RULE_REIMBURSEMENT = 9,     /* instance: "in_policy" or "actual" */
    RULE_FALLING = 10,
    RULE_CONTRIBUTIONS = 11,    /* instance: the year that is paid for */
    RULE_NET_LOSS = 12,
    RULE_COMPLETENESS = 13,     /* of what was expected of the fund's sources */
    RULE_GAPS = 14,             /* instance: the source */
    RULE_PACE = 15,
    RULE_DUPLICATES = 16,
    RULE_BUDGET = 17,           /* instance: "2024-income", "2024-expenditure" or, by line, "2024-E11" */
    RULE_GATE = 18,             /* for prepaying hospitals */
    RULE_END
};
const char *rule_word(enum rule rule);          /* "runway"; NULL for a number that is none */

/* --- Figures that an alert rests on, by word. */
enum evidence_word {
#define EVIDENCE(number, NAME, word, unit, sentence) EVIDENCE_##NAME = number,
#include "fund/evidence.def"
#undef EVIDENCE
    EVIDENCE_END
};
const char *evidence_word(enum evidence_word word);     /* "due"; NULL for what is none */
/* "fen", "heads", "yyyymmdd", "e4", "sources", "batches", "number" or "months_e2" */
const char *evidence_unit(enum evidence_word word);

#define EVIDENCE_MAX 16
struct evidence {
    uint8_t count;
    struct { uint8_t word; int64_t value; } items[EVIDENCE_MAX];    /* no word twice */
};
void evidence_add(struct evidence *evidence, enum evidence_word word, int64_t value);

/* Levels.  Which of them a rule knows is in rule.h. */
enum {
    LEVEL_CRITICAL_LOW = -2,
    LEVEL_LOW = -1,
    LEVEL_HEALTHY = 0,
    LEVEL_HIGH = 1,
    LEVEL_EXCESSIVE = 2,
};
/* "critical_low", "low", "normal", "high", "excessive" */
const char *level_word(int level);
/* "critical" for +-2, "warning" for +-1, "none" */
const char *level_severity(int level);

struct rule_state {
    int8_t level;               /* firing at this level; 0: inactive */
    int8_t candidate;           /* level not yet held long enough; == level: nothing pending */
    bool blind;
    bool acknowledged;          /* of this incident; ends with it */
    date_day since;             /* books date of the present level; DATE_NONE never evaluated */
    date_day candidate_since;   /* books date that `candidate` was first seen on */
    uint64_t incident;          /* number of the alert that began it; 0: none */
};

/* A rule that has never been evaluated. */
struct rule_state rule_state_initial(void);

/* The limits of a rule, worst first on each side; unused ones have on = false. */
struct rule_limits {
    bool critical_low_on, low_on, high_on, excessive_on;
    struct limit critical_low, low, high, excessive;
};

/* The level of `value`, seen from `current`: a level is reached beyond its
 * enter limit, and kept until the value is back at or inside its leave limit.
 * A value exactly on an enter limit is on the healthy side of it. */
int limits_level(const struct rule_limits *limits, struct ratio value, int current);

enum transition {
    TRANSITION_NONE = 0,        /* nothing to tell; the state may still have changed */
    TRANSITION_FIRING,          /* from healthy to a level */
    TRANSITION_CHANGED,         /* from one level to another, better or worse */
    TRANSITION_ENDED,           /* back to healthy */
    TRANSITION_BLIND,           /* cannot be judged any more */
    TRANSITION_SIGHTED,         /* can be judged again; the level is as before */
    TRANSITION_ACKNOWLEDGED,    /* somebody took the incident on; rule_step() never says it */
};
const char *transition_word(enum transition transition);

/* One evaluation at `books_date`.  `level` is what limits_level() says from
 * state->level, or anything if `blind`.
 *
 * A better level, nearer to healthy on the same side, waits hold.leave_days;
 * a worse one, and any on the other side, hold.enter_days.  What waits is the
 * level nearest to the present one that every reading since candidate_since has
 * reached: so a value that jumps between low and critical fires low in time, and
 * critical when that has lasted by itself.  A blind day neither proves nor
 * disproves that a level lasts: what waits goes on waiting.
 *
 * Evaluating again on the same day with the same level changes nothing.  A
 * change of level and of sight at once is told as the change of level.
 *
 * Updates *state.  `incident` is the caller's to number on FIRING; on ENDED it
 * is reset to 0, so a caller that names the incident keeps it from before. */
enum transition rule_step(struct rule_state *state, bool blind, int level,
                          struct hold hold, date_day books_date);

#ifdef __cplusplus
}
#endif
