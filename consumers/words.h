/* words - the report's words in Chinese and in English, from one table (words.def).
 *
 * A line of the table without its translation does not compile, and neither does a reason,
 * a level or a base that has no word here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fund/indicator.h"

enum language { LANGUAGE_ZH, LANGUAGE_EN };

enum word {
#define WORD(NAME, zh, en) WORD_##NAME,
#include "consumers/words.def"
#undef WORD
    WORD_COUNT
};

/* "zh" or "en", also as the beginning of a locale: "zh_CN.UTF-8".  False for any other. */
bool language_parse(const char *text, enum language *ret);
/* Of LC_ALL, LC_MESSAGES and LANG the first that is set; English if it is neither. */
enum language language_of_environment(void);
/* "zh-CN" or "en", as BCP 47 has them. */
const char *language_tag(enum language language);

const char *word(enum language language, enum word which);

const char *word_not_computable(enum language language, enum not_computable why);
const char *word_level(enum language language, int level);
/* What the protocol calls a base, a numerator, a denominator or a scheme, in words; what
 * is not known here is given back as it is. */
const char *word_base(enum language language, const char *base);
const char *word_numerator(enum language language, const char *numerator);
const char *word_denominator(enum language language, const char *denominator);
/* A level of government, or "all" of them; a group of insured people; why nothing can be said to be due. */
const char *word_government(enum language language, const char *level);
const char *word_group(enum language language, const char *group);
const char *word_subsidy_known(enum language language, const char *known);
const char *word_scheme(enum language language, const char *fund);
/* The usual definitions of coverage, for a policy that has no label of its own for one. */
const char *word_coverage(enum language language, const char *name);
/* The same for a level, a transition, a figure of people, and why an outlook is not known or an indicator not
 * computable. */
const char *word_level_named(enum language language, const char *level);
/* The same of a rule, by its word: arrears are late, not high. */
const char *word_level_of(enum language language, const char *rule, const char *level);
/* A unit of figures.h, and a rule by the protocol's word. */
const char *word_unit(enum language language, const char *unit);
const char *word_rule(enum language language, const char *rule);
const char *word_transition(enum language language, const char *transition);
const char *word_heads(enum language language, const char *figure);
const char *word_unknown(enum language language, const char *why);

/* Gives the pieces of `template` to `put` in their order: text as it stands, and for each {1} to {9} that
 * argument.  A place without its argument is a bug of ours. */
typedef void words_put(void *to, const char *text, size_t size, bool argument);
void words_walk(const char *template, const char *const arguments[], unsigned count, words_put *put,
                void *to);

/* The word with its places filled in; cut off at a character if `size` is too small.  Returns `text`. */
const char *words_fill(char *text, size_t size, const char *template, const char *const arguments[],
                       unsigned count);
#define WORDS(text, template, ...)                                                                  \
    words_fill((text), sizeof(text), (template), (const char *const[]){ __VA_ARGS__ },              \
               sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
