/* judging - the inside of an evaluation: what the rules of one fund come to on a day, before it is told.
 *
 * rules.c begins an evaluation, the files judge_*.c step the rules, each those of its concern, and telling.c
 * makes alerts of what has changed.  Included by these, and by nobody else. */
#pragma once

#include <string.h>

#include "fund/rule.h"
#include "store/bytes.h"
#include "store/group.h"
#include "store/owing.h"
#include "store/parts.h"
#include "store/place.h"

#define NAME_SIZE   (POLICY_NAME_MAX + SOURCE_NAME_MAX + 1)

/* Runway, deficit, provisional share, restatements, statement, falling runway, net loss, pace, gate and
 * completeness; duplicates of two years; then one per definition, per year and level, per ratio, per year
 * that contributions are expected for, and per year and side or line of a budget. */
#define INSTANCES_MAX (10 + 2 + POLICY_COVERAGE_MAX + POLICY_STANDARDS_MAX * SUBSIDY_LEVELS \
                       + REIMBURSEMENTS + POLICY_EXPECTED_MAX + POLICY_BUDGET_MAX)

/* One instance whose state an evaluation changes. */
struct change {
    enum rule rule;
    uint32_t instance;
    char name[NAME_SIZE];
    struct rule_state before, after;
    enum transition transition;
    struct indicator indicator;
    int64_t limit_e4;
    uint8_t months;
    struct amount income, expenditure, provisional;
    struct evidence evidence;
};

struct evaluating {
    struct store *store;
    struct group_fund *fund;
    date_day as_of;
    enum scope scope;
    uint32_t source;            /* of SCOPE_SOURCE */
    const struct policy *policy;
    struct parts parts;         /* as of the day */
    bool place_ended;           /* it was merged or split: no rule looks at it */
    struct position runway;     /* of SCOPE_SOURCE the balance alone */
    struct owing owing;         /* of a roll-up's funds */
    struct position earlier;    /* what a falling runway is compared with; books_date, if it is */
    struct completeness_sum month;      /* of the sources, over the month up to as_of */
    bool measured;              /* `month` is known */
    enum not_computable unfit;  /* why nothing that rests on the sources can be judged; COMPUTABLE: it can */
    struct place_funds place;   /* of a roll-up, if it has been `gathered` */
    bool gathered;
    bool has_normal;            /* `normal` is what a runway is explained from */
    struct normal normal;
    bool remembers;             /* `remembered` is to stand from then on */
    struct normal remembered;
    unsigned count, room;
    struct change *changes;     /* owned */
    unsigned seen_count;        /* instances that exist under the policy */
    struct { uint8_t rule; uint32_t instance; } seen[INSTANCES_MAX];
};

/* --- judging.c: states, and what an evaluation changes of them. */
struct rule_state judging_get_state(struct store *store, uint32_t fund, enum rule rule,
                                    uint32_t instance);
void judging_put_state(struct store *store, uint32_t fund, enum rule rule, uint32_t instance,
                       const char *name, const struct rule_state *state);
/* An instance's number, of its name. */
uint32_t judging_instance(const char *name);
/* Steps an instance; NULL if nothing of it changes. */
struct change *judging_step(struct evaluating *e, enum rule rule, uint32_t instance, const char *name,
                            const struct reading *reading);
/* The same with the sums of the position; of the one instance of a rule. */
void judging_step_money_of(struct evaluating *e, enum rule rule, uint32_t instance, const char *name,
                           const struct reading *reading, const struct position *position);
void judging_step_money(struct evaluating *e, enum rule rule, const struct reading *reading,
                        const struct position *position);
/* What this evaluation changed of an instance; NULL if nothing.  The instance as it is after it. */
const struct change *judging_change_of(const struct evaluating *e, enum rule rule, uint32_t instance);
struct rule_state judging_state_now(struct evaluating *e, enum rule rule, uint32_t instance);
/* The instance exists under the policy. */
void judging_note(struct evaluating *e, enum rule rule, uint32_t instance);

/* --- judge_money.c, judge_people.c, judge_sources.c: the rules. */
void judge_money(struct evaluating *e);
void judge_rollup(struct evaluating *e);
void judge_statement(struct evaluating *e);
void judge_contributions(struct evaluating *e);
void judge_budget(struct evaluating *e);
void judge_coverage(struct evaluating *e);
void judge_heads(struct evaluating *e, const struct headcount *heads);
void judge_subsidies(struct evaluating *e);
void judge_net_loss(struct evaluating *e);
void judge_pace(struct evaluating *e);
void judge_duplicates(struct evaluating *e);
/* The funds of a roll-up's place as of the day, or NULL after an error. */
const struct place_funds *judging_place(struct evaluating *e);
void judging_measure(struct evaluating *e);
void judge_completeness(struct evaluating *e);
void judge_source(struct evaluating *e, uint32_t source, const struct fund_source *told);
void judge_gap(struct evaluating *e, uint32_t source, const struct source_gaps *gaps);
void judge_sources(struct evaluating *e);
void judge_gaps(struct evaluating *e);

/* --- telling.c */
/* Numbers an alert and puts it into the journal. */
void telling_append(struct store *store, struct alert *alert);
/* The alert of a change's transition. */
void telling_change(struct evaluating *e, struct change *change);
