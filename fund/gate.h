/* gate - whether a fund may prepay hospitals (预付金).
 *
 * The national rule asks for three things at once: a runway of at least six months, no deficit
 * in the last calendar year, and none projected over a rolling twelve months (DOMAIN 4).  The gate
 * is shut as soon as one is not met, open when all are, and otherwise not computable: what is not
 * known opens no gate, and shuts none by itself.  Pure. */
#pragma once

#include "fund/indicator.h"
#include "fund/outlook.h"
#include "fund/ratio.h"

enum gate_condition {
    GATE_RUNWAY,                    /* value: months */
    GATE_LAST_YEAR,                 /* value: (income - expenditure) / expenditure */
    GATE_AHEAD,                     /* the same of twelve months to come, of the path that has least */
    GATE_CONDITIONS
};
const char *gate_condition_word(enum gate_condition condition);     /* "runway" */

enum gate_answer { GATE_OPEN, GATE_SHUT, GATE_NOT_COMPUTABLE };
const char *gate_answer_word(enum gate_answer answer);              /* "open" */

/* What one condition comes to: GATE_OPEN, it is met. */
struct gate_evidence {
    enum gate_answer answer;
    enum not_computable why;        /* COMPUTABLE unless not computable */
    struct ratio value;             /* valid unless not computable */
};

struct gate {
    enum gate_answer answer;
    struct gate_evidence conditions[GATE_CONDITIONS];
};

/* What the policy asks for, which is judged by where its limits are entered or, of a gate that `is_shut`,
 * by where they are left.  The central path has the level of the last twelve months, and so their surplus
 * or deficit; what is projected beyond it is that the growth of the rule's latest years goes on.
 *
 * `runway` as the fund's policy measures it; `last_year` holds the twelve months of the last
 * calendar year that has ended; all three as of the same books date. */
struct gate gate_judge(const struct gate_rule *rule, bool is_shut, struct indicator runway,
                       const struct position *last_year, const struct outlook *outlook);
