#include "consumers/terms.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fund/account.h"
#include "fund/hindrance.h"

static const struct {
    enum term_set set;
    const char *wire, *zh;
} terms[] = {
#define TERM(SET, wire, zh) { TERM_##SET, wire, zh },
#include "consumers/terms.def"
#undef TERM
};
#define TERM(SET, wire, zh) static_assert(sizeof(wire) > 1 && sizeof(zh) > 1, "a word in both languages");
#include "consumers/terms.def"
#undef TERM

static const char *find(enum term_set set, const char *wire)
{
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        if (terms[i].set == set && strcmp(terms[i].wire, wire) == 0)
            return terms[i].zh;
    }
    return NULL;
}

const char *term_of(enum language language, enum term_set set, const char *wire)
{
    const char *zh = language == LANGUAGE_ZH ? find(set, wire) : NULL;
    return zh != NULL ? zh : wire;
}

bool term_known(enum term_set set, const char *wire)
{
    return find(set, wire) != NULL;
}

const char *term_level(enum language language, const char *rule, const char *level, char text[FIGURE_MAX])
{
    snprintf(text, FIGURE_MAX, "%.64s", word_level_of(language, rule, level));
    return text;
}

/* "2024-income", "2024-E11", "2024-county": what the instances of budgets and subsidies are called. */
static bool instance_of_year(enum language language, const char *instance, char text[FIGURE_MAX])
{
    char *line;
    char year[FIGURE_MAX];
    long number = strtol(instance, &line, 10);
    if (line == instance || line[0] != '-')
        return false;
    line++;
    snprintf(year, sizeof year, "%ld", number);
    const struct account_info *account = account_by_code(line);
    const char *of = account != NULL ? account->zh : word_government(language, line);
    enum word whole = strcmp(line, "income") == 0 ? WORD_EXECUTION_INCOME
                    : strcmp(line, "expenditure") == 0 ? WORD_EXECUTION_EXPENDITURE : WORD_EXECUTION_LINE;
    if (whole == WORD_EXECUTION_LINE && of == line)
        return false;
    words_fill(text, FIGURE_MAX, word(language, whole), (const char *const[]){ year, of }, 2);
    return true;
}

/* Of coverage the usual definitions have names; a policy's own label comes in the place of its name. */
const char *term_instance(enum language language, const char *rule, const char *instance,
                          char text[FIGURE_MAX])
{
    if (language == LANGUAGE_ZH && instance_of_year(language, instance, text))
        return text;
    if (language == LANGUAGE_ZH && strcmp(rule, rule_word(RULE_COVERAGE)) == 0)
        instance = word_coverage(language, instance);
    snprintf(text, FIGURE_MAX, "%.150s", term_of(language, TERM_INSTANCE, instance));
    return text;
}

const char *term_rule(enum language language, const char *rule, const char *instance,
                      char text[FIGURE_MAX])
{
    char named[FIGURE_MAX];
    const char *which = term_instance(language, rule, instance, named);
    snprintf(text, FIGURE_MAX, "%.96s%s%.150s", term_of(language, TERM_RULE, rule),
             which[0] != '\0' ? " " : "", which);
    return text;
}

const char *term_value(enum language language, enum rule rule, struct indicator indicator,
                       char text[FIGURE_MAX])
{
    char bare[FIGURE_MAX];
    if (language == LANGUAGE_EN)
        return figure_value(rule, indicator, text);
    if (indicator.why != COMPUTABLE)
        snprintf(text, FIGURE_MAX, "%s%s%.160s", word(language, WORD_NOT_COMPUTABLE),
                 word(language, WORD_COLON), word_not_computable(language, indicator.why));
    else
        snprintf(text, FIGURE_MAX, "%.64s %s", figure_number(rule, indicator, bare),
                 term_of(language, TERM_UNIT, figure_unit(rule)));
    return text;
}

const char *term_value_beside(enum language language, enum rule rule, struct indicator indicator,
                              const int64_t limits_e4[], unsigned count, char text[FIGURE_MAX])
{
    char bare[FIGURE_MAX];
    if (indicator.why != COMPUTABLE)
        return term_value(language, rule, indicator, text);
    figure_number_beside(rule, indicator, limits_e4, count, bare);
    snprintf(text, FIGURE_MAX, "%.64s %s", bare, figure_unit_of(rule, bare));
    if (language == LANGUAGE_ZH)
        snprintf(text, FIGURE_MAX, "%.64s %s", bare, term_of(language, TERM_UNIT, figure_unit(rule)));
    return text;
}

unsigned term_limits(struct fields *f, const json_t *map, const char *key, int64_t ret[TERM_LIMITS_MAX])
{
    const json_t *list = json_object_get(field_map(f, map, "limits"), key);
    unsigned count = 0;
    for (; count < TERM_LIMITS_MAX && count < json_array_size(list); count++)
        ret[count] = json_integer_value(json_array_get(list, count));
    return count;
}

const char *term_number_within(struct fields *f, const json_t *map, const char *key, enum rule rule,
                               struct indicator indicator, char text[FIGURE_MAX])
{
    int64_t limits[TERM_LIMITS_MAX];
    unsigned count = term_limits(f, map, key, limits);
    return figure_number_beside(rule, indicator, limits, count, text);
}

const char *term_limit(enum language language, enum rule rule, int64_t limit_e4, char text[FIGURE_MAX])
{
    struct indicator limit = { .value = { .num = limit_e4, .den = E4, .mul = 1 } };
    return term_value(language, rule, limit, text);
}

const char *term_base(enum language language, const char *base, int64_t months, char text[FIGURE_MAX])
{
    char count[32];
    if (language == LANGUAGE_EN)
        return figure_base(base, months, text);
    snprintf(count, sizeof count, "%" PRId64, months);
    return words_fill(text, FIGURE_MAX, word(language, WORD_CLOSED_MONTHS),
                      (const char *const[]){ count, word_base(language, base) }, 2);
}

/* The moves that there are, with commas between. */
static void allowed_text(const json_t *map, enum language language, char *text, size_t size)
{
    const json_t *moves = json_object_get(map, "allowed");
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(moves) && used < size; i++) {
        const char *move = json_string_value(json_array_get(moves, i));
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i > 0 ? word(language, WORD_LIST_COMMA) : "",
                                 move != NULL ? term_of(language, TERM_STAGE, move) : "?");
    }
    if (used == 0)
        snprintf(text, size, "%s", word(language, WORD_NOTHING_ALLOWED));
}

/* The sentence of a hindrance; NULL for a word that is none. */
static const char *hindrance_sentence(enum language language, const char *why)
{
    for (int number = HINDRANCE_NONE + 1; number < HINDRANCE_END; number++) {
        if (strcmp(hindrance_word((enum hindrance_why)number), why) == 0)
            return language == LANGUAGE_ZH ? term_of(language, TERM_HINDRANCE, why)
                                           : hindrance_template((enum hindrance_why)number);
    }
    return NULL;
}

const char *term_hindrance(struct fields *f, const json_t *map, enum language language,
                           char text[TERM_SENTENCE_MAX])
{
    char allowed[256], day[DATE_TEXT_MAX], amount[FIGURE_MAX];
    const char *sentence = hindrance_sentence(language, field_text(f, map, "why"));
    text[0] = '\0';
    if (sentence == NULL)
        return text;
    allowed_text(map, language, allowed, sizeof allowed);
    amount_format((struct amount){ field_int(f, map, "amount") }, UNIT_YUAN, 2, true, amount);
    return words_fill(text, TERM_SENTENCE_MAX, sentence,
                      (const char *const[]){ term_of(language, TERM_STAGE, field_text(f, map, "move")),
                                             term_of(language, TERM_STATE, field_text(f, map, "state")),
                                             allowed, date_format(field_date(f, map, "day"), day), amount },
                      5);
}

const char *term_field_value(enum language language, const char *key, const char *wire)
{
    static const struct { const char *key; enum term_set set; } sets[] = {
        { "kind", TERM_KIND }, { "category", TERM_CATEGORY }, { "stage", TERM_STAGE },
        { "status", TERM_STATUS }, { "group", TERM_GROUP }, { "measure", TERM_MEASURE },
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (strcmp(key, sets[i].key) == 0)
            return term_of(language, sets[i].set, wire);
    }
    return wire;
}

const char *term_funds(struct fields *f, const json_t *map, const char *key, enum language language,
                       char text[FIGURE_MAX])
{
    const json_t *funds = field_array(f, map, key);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(funds) && used < FIGURE_MAX - FUND_TEXT_MAX - 8; i++) {
        const char *fund = json_string_value(json_array_get(funds, i));
        used += (size_t)snprintf(text + used, FIGURE_MAX - used, "%s%.16s",
                                 i > 0 ? word(language, WORD_LIST_COMMA) : "", fund != NULL ? fund : "?");
    }
    return text;
}
