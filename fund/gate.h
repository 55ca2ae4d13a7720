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

struct gate_terms {
    int64_t months_e4;              /* 60000; on it is enough */
    unsigned years;                 /* so many of the latest years' paths must do without a deficit too */
};
/* The central path has the level of the last twelve months, and so their surplus or deficit; what
 * is projected beyond it is that the latest year's growth goes on. */
#define GATE_TERMS_DEFAULT ((struct gate_terms){6 * E4, 1})

enum gate_condition {
    GATE_RUNWAY,                    /* value: months */
    GATE_LAST_YEAR,                 /* value: (income - expenditure) / expenditure */
    GATE_AHEAD,                     /* value: the least projected surplus of twelve months, in fen */
    GATE_CONDITIONS
};
const char *gate_condition_word(enum gate_condition condition);     /* "runway" */

enum gate_answer { GATE_OPEN, GATE_SHUT, GATE_NOT_COMPUTABLE };
const char *gate_answer_word(enum gate_answer answer);              /* "open" */

/* What one condition comes to: GATE_OPEN, it is met. */
struct gate_evidence {
    enum gate_answer answer;
    const char *why;                /* the reason's word if not computable, else NULL; static */
    struct ratio value;             /* valid unless not computable */
};

struct gate {
    enum gate_answer answer;
    struct gate_evidence conditions[GATE_CONDITIONS];
};

/* `runway` as the fund's policy measures it; `last_year` holds the twelve months of the last
 * calendar year that has ended; all three as of the same books date. */
struct gate gate_judge(struct gate_terms terms, struct indicator runway,
                       const struct position *last_year, const struct outlook *outlook);
