#include "consumers/policy_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/cells.h"
#include "consumers/table.h"
#include "consumers/terms.h"

#define SETTING_MAX  256
#define VALUE_MAX 512
#define NAME_WIDTH 28

void pair_print(struct page *page, const char *name, const char *value)
{
    unsigned width = text_width(name);
    fprintf(page->to, "%s%*s %s\n", name, width < NAME_WIDTH ? (int)(NAME_WIDTH - width) : 0, "", value);
}

/* --- Values ------------------------------------------------------------------------ */

/* How an integer is meant. */
enum meaning { A_NUMBER, AN_AMOUNT, A_DATE, A_DAY_OF_YEAR };

static enum meaning meaning_of(const char *section, const char *key)
{
    static const struct { const char *section, *key; enum meaning meaning; } meanings[] = {
        { NULL, "amount", AN_AMOUNT }, { NULL, "per_head", AN_AMOUNT }, { NULL, "own", AN_AMOUNT },
        { NULL, "lump", AN_AMOUNT }, { "contributions", "by", A_DATE }, { "subsidy", "heads", A_DATE },
        { NULL, "first", A_DATE }, { NULL, "last", A_DATE }, { NULL, "deadline", A_DAY_OF_YEAR },
        { "pace", "from", A_DAY_OF_YEAR }, { "pace", "to", A_DAY_OF_YEAR },
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strcmp(key, meanings[i].key) == 0
                && (meanings[i].section == NULL || strcmp(section, meanings[i].section) == 0))
            return meanings[i].meaning;
    }
    return A_NUMBER;
}

static const char *yuan(const struct page *page, int64_t fen, char text[FIGURE_MAX])
{
    char number[FIGURE_MAX];
    snprintf(text, FIGURE_MAX, "%.64s %s",
             amount_format((struct amount){ fen }, UNIT_YUAN, 2, true, number), page_word(page, WORD_YUAN));
    return text;
}

static const char *integer_text(const struct page *page, const char *section, const char *key,
                                int64_t number, char text[FIGURE_MAX])
{
    date_day day = DATE_NONE;
    switch (meaning_of(section, key)) {
    case AN_AMOUNT:
        return yuan(page, number, text);
    case A_DATE:
        date_from_ymd(number, &day);
        return date_format(day, text);
    case A_DAY_OF_YEAR:
        snprintf(text, FIGURE_MAX, "%02" PRId64 "-%02" PRId64, number / 100, number % 100);
        return text;
    case A_NUMBER:
        break;
    }
    snprintf(text, FIGURE_MAX, "%" PRId64, number);
    return text;
}

static const char *string_text(enum language language, const char *key, const char *wire)
{
    if (language == LANGUAGE_EN)
        return wire;
    if (strcmp(key, "numerator") == 0)
        return word_numerator(language, wire);
    if (strcmp(key, "denominator") == 0)
        return word_denominator(language, wire);
    if (strcmp(key, "level") == 0 || strcmp(key, "payer") == 0)
        return word_government(language, wire);
    if (strcmp(key, "group") == 0)
        return word_group(language, wire);
    if (strcmp(key, "category") == 0)
        return term_of(language, TERM_CATEGORY, wire);
    return term_of(language, TERM_CHOICE, wire);
}

static int64_t integer_at(const json_t *array, size_t i)
{
    return json_integer_value(json_array_get(array, i));
}

/* The rule whose unit a limit has. */
static enum rule rule_of(const char *section, const char *key)
{
    bool months = strcmp(section, "runway") == 0 || strcmp(section, "falling") == 0
        || (strcmp(section, "gate") == 0 && strcmp(key, "months") == 0);
    return months ? RULE_RUNWAY : RULE_COVERAGE;
}

/* "6 months, left at 6.3", "3 days, left after 7" */
static void limit_text(const struct page *page, const char *section, const char *key, const json_t *pair,
                       char text[VALUE_MAX])
{
    char enter[FIGURE_MAX], leave[FIGURE_MAX];
    enum rule rule = rule_of(section, key);
    const char *unit = term_of(page->language, TERM_UNIT, figure_unit(rule));
    figure_bound(rule, integer_at(pair, 0), enter);
    figure_bound(rule, integer_at(pair, 1), leave);
    words_fill(text, VALUE_MAX, page_word(page, strcmp(enter, leave) == 0 ? WORD_POLICY_LIMIT
                                                                           : WORD_POLICY_LIMITS),
               (const char *const[]){ enter, unit, leave }, 3);
}

static void hold_text(const struct page *page, const json_t *pair, char text[VALUE_MAX])
{
    char enter[32], leave[32];
    snprintf(enter, sizeof enter, "%" PRId64, integer_at(pair, 0));
    snprintf(leave, sizeof leave, "%" PRId64, integer_at(pair, 1));
    words_fill(text, VALUE_MAX, page_word(page, WORD_POLICY_HOLD), (const char *const[]){ enter, leave }, 2);
}

static void tolerance_text(const struct page *page, const json_t *pair, char text[VALUE_MAX])
{
    char least[FIGURE_MAX], share[FIGURE_MAX];
    words_fill(text, VALUE_MAX, page_word(page, WORD_POLICY_TOLERANCE),
               (const char *const[]){ yuan(page, integer_at(pair, 0), least),
                                      figure_bound(RULE_COVERAGE, integer_at(pair, 1), share) }, 2);
}

/* What of a list is a date (of tranches, every other one), with commas between. */
static void list_text(const struct page *page, const char *key, const json_t *list, char text[VALUE_MAX])
{
    bool tranches = strcmp(key, "due") == 0;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(list) && used < VALUE_MAX - FIGURE_MAX; i++) {
        char item[FIGURE_MAX];
        bool part = tranches && i % 2 == 1;
        date_day day = DATE_NONE;
        snprintf(item, sizeof item, "%" PRId64, integer_at(list, i));
        if (tranches && !part && date_from_ymd(integer_at(list, i), &day))
            date_format(day, item);
        used += (size_t)snprintf(text + used, VALUE_MAX - used, "%s%s",
                                 i == 0 ? "" : part ? " × " : page_word(page, WORD_LIST_COMMA), item);
    }
}

static void array_text(const struct page *page, const char *section, const char *key, const json_t *array,
                       char text[VALUE_MAX])
{
    if (strcmp(key, "hold") == 0)
        hold_text(page, array, text);
    else if (strcmp(key, "tolerance") == 0)
        tolerance_text(page, array, text);
    else if (strcmp(key, "due") == 0 || strcmp(key, "split_into") == 0 || json_array_size(array) != 2)
        list_text(page, key, array, text);
    else
        limit_text(page, section, key, array, text);
}

/* --- Settings ------------------------------------------------------------------------ */

#define DEPTH_MAX 6

static void print_settings(struct page *page, const char *section, const char *prefix, const json_t *map,
                           unsigned depth);

static void print_value(struct page *page, const char *section, const char *key, const char *name,
                        const json_t *value)
{
    char text[VALUE_MAX] = "", figure[FIGURE_MAX];
    const char *shown = text;
    if (json_is_boolean(value))
        shown = page_word(page, json_is_true(value) ? WORD_YES : WORD_NO);
    else if (json_is_integer(value))
        shown = integer_text(page, section, key, json_integer_value(value), figure);
    else if (json_is_string(value))
        shown = string_text(page->language, key, json_string_value(value));
    else if (json_is_array(value) && json_array_size(value) > 0)
        array_text(page, section, key, value, text);
    else
        shown = page_word(page, WORD_NO_ALERTS_AHEAD);
    pair_print(page, name, shown);
}

static void print_setting(struct page *page, const char *section, const char *key, const char *name,
                          const json_t *value, unsigned depth)
{
    if (json_is_object(value)) {
        print_settings(page, section, name, value, depth);
        return;
    }
    if (!json_is_object(json_array_get(value, 0))) {
        print_value(page, section, key, name, value);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        char item[SETTING_MAX];
        snprintf(item, sizeof item, "%.200s[%zu]", name, i + 1);
        print_settings(page, section, item, json_array_get(value, i), depth);
    }
}

static void print_settings(struct page *page, const char *section, const char *prefix, const json_t *map,
                           unsigned depth)
{
    const char *key;
    json_t *value;
    if (depth > DEPTH_MAX)
        return;
    json_object_foreach((json_t *)map, key, value) {
        char name[SETTING_MAX];
        snprintf(name, sizeof name, "%.160s%s%.80s", prefix, prefix[0] != '\0' ? "." : "",
                 term_of(page->language, TERM_POLICY, key));
        print_setting(page, prefix[0] != '\0' ? section : key, key, name, value, depth + 1);
    }
}

void policy_print(struct page *page, const json_t *policy)
{
    print_settings(page, "", "", policy, 0);
}
