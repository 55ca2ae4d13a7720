/* terms - the protocol's own words, and figures with them, in Chinese and in English (terms.def).
 *
 * In English a word stands as the protocol has it: that is what is typed into options, policies and topics.
 * What is not known here is given back as it is. */
#pragma once

#include "consumers/fields.h"
#include "consumers/figures.h"
#include "consumers/words.h"

enum term_set {
    TERM_KIND, TERM_CATEGORY, TERM_STAGE, TERM_STATUS, TERM_GROUP, TERM_MEASURE, TERM_FIELD, TERM_OUTCOME,
    TERM_REASON, TERM_RULE, TERM_INSTANCE, TERM_TRANSITION, TERM_SEVERITY, TERM_AUDIENCE, TERM_EVIDENCE,
    TERM_UNIT, TERM_STATE, TERM_CHANGE, TERM_POLICY, TERM_CHOICE, TERM_HINDRANCE, TERM_ERROR,
    TERM_WARNING, TERM_CLOCK,
    TERM_SETS
};

const char *term_of(enum language language, enum term_set set, const char *wire);
/* Whether the set has the word. */
bool term_known(enum term_set set, const char *wire);

/* A level of a rule, by the protocol's words, as people read it: "critical low"; a subsidy is late and not
 * high, a pace behind. */
const char *term_level(enum language language, const char *rule, const char *level, char text[FIGURE_MAX]);
/* "runway" or "budget 2024-E11": a rule and its instance. */
const char *term_rule(enum language language, const char *rule, const char *instance,
                      char text[FIGURE_MAX]);
/* The instance of a rule alone: "2024年度县级"; in English and where nothing is known as it is. */
const char *term_instance(enum language language, const char *rule, const char *instance,
                          char text[FIGURE_MAX]);
/* "8.49 months", or "not computable: …" with the reason; the unit of a rule's value, and a limit with it. */
const char *term_value(enum language language, enum rule rule, struct indicator indicator,
                       char text[FIGURE_MAX]);
/* The value with as many more decimals as it takes to tell it from limits that it is not. */
const char *term_value_beside(enum language language, enum rule rule, struct indicator indicator,
                              const int64_t limits_e4[], unsigned count, char text[FIGURE_MAX]);
/* The limits that a map's `limits` (PROTOCOL 9.1) have under a key; how many. */
#define TERM_LIMITS_MAX 8           /* four levels, each with where it is left */
unsigned term_limits(struct fields *f, const json_t *map, const char *key, int64_t ret[TERM_LIMITS_MAX]);
/* The bare number of an indicator that can be computed, told apart from these. */
const char *term_number_within(struct fields *f, const json_t *map, const char *key, enum rule rule,
                               struct indicator indicator, char text[FIGURE_MAX]);
const char *term_limit(enum language language, enum rule rule, int64_t limit_e4, char text[FIGURE_MAX]);
/* "12 closed months, trailing_12" */
const char *term_base(enum language language, const char *base, int64_t months, char text[FIGURE_MAX]);
/* What stands against a bad move, of a map with `why`, `move`, `state`, `allowed`, `day` and `amount`; "" for
 * none. */
#define TERM_SENTENCE_MAX 768
const char *term_hindrance(struct fields *f, const json_t *map, enum language language,
                           char text[TERM_SENTENCE_MAX]);
/* "440800/390, 440700/390": the funds of an array of them. */
const char *term_funds(struct fields *f, const json_t *map, const char *key, enum language language,
                       char text[FIGURE_MAX]);
/* The value of a field of an event, or of a policy's word, whatever set it is of. */
const char *term_field_value(enum language language, const char *key, const char *wire);
