#include "consumers/backtest_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/labels.h"
#include "consumers/table.h"
#include "consumers/terms.h"

#define TEXT_MAX 512

struct page_of {
    struct fields *f;
    enum language language;
    FILE *to;
};

static const char *say(const struct page_of *p, enum word which)
{
    return word(p->language, which);
}

static const char *number_text(int64_t number, char text[FIGURE_MAX])
{
    snprintf(text, FIGURE_MAX, "%" PRId64, number);
    return text;
}

static const char *date_text(const struct page_of *p, const json_t *map, const char *key,
                             char text[DATE_TEXT_MAX])
{
    date_day day = field_date(p->f, map, key);
    return day == DATE_NONE ? "–" : date_format(day, text);
}

/* --- Head ------------------------------------------------------------------------ */

static void print_title(const struct page_of *p, const json_t *result)
{
    char version[FIGURE_MAX], from[DATE_TEXT_MAX], to[DATE_TEXT_MAX], events[FIGURE_MAX], text[TEXT_MAX];
    bool always = field_date(p->f, result, "from") == DATE_NONE;
    fprintf(p->to, "%s  %s  %s\n", say(p, WORD_BACKTEST), field_text(p->f, result, "fund"),
            WORDS(text, say(p, always ? WORD_BACKTEST_ALWAYS : WORD_BACKTEST_FROM),
                  number_text(field_int(p->f, result, "policy_version"), version),
                  date_text(p, result, "from", from)));
    fprintf(p->to, "%s\n", WORDS(text, say(p, WORD_BACKTEST_OVER),
                                 figure_count(field_int(p->f, result, "events"), events),
                                 date_text(p, result, "first", from), date_text(p, result, "last", to)));
}

static void print_imported(const struct page_of *p, const json_t *result)
{
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX], text[TEXT_MAX];
    if (field_date(p->f, result, "imported_from") != DATE_NONE)
        fprintf(p->to, "%s\n", WORDS(text, say(p, WORD_BACKTEST_IMPORTED),
                                     date_text(p, result, "imported_from", from),
                                     date_text(p, result, "imported_to", to)));
}

static void print_refused(const struct page_of *p, const json_t *result)
{
    int64_t refused = field_int(p->f, result, "refused");
    char count[FIGURE_MAX], text[TEXT_MAX];
    if (refused > 0)
        fprintf(p->to, "%s\n", WORDS(text, say(p, WORD_BACKTEST_REFUSED), figure_count(refused, count)));
}

/* A policy whose runway cannot be judged says nothing by being silent. */
static void print_blindness(const struct page_of *p, const json_t *result)
{
    struct indicator runway = field_indicator(p->f, field_map(p->f, result, "runway"));
    int64_t needed = field_int(p->f, result, "needed");
    char have[FIGURE_MAX], need[FIGURE_MAX], text[TEXT_MAX];
    if (needed == 0 || runway.why == COMPUTABLE)
        return;
    if (runway.why == NC_TOO_FEW_MONTHS)
        WORDS(text, say(p, WORD_BACKTEST_SHORT),
              number_text(field_int(p->f, result, "months"), have), number_text(needed, need));
    else
        WORDS(text, say(p, WORD_BACKTEST_BLIND), word_not_computable(p->language, runway.why));
    fprintf(p->to, "%s\n", text);
}

static void print_counts(const struct page_of *p, const json_t *result)
{
    char same[FIGURE_MAX], moved[FIGURE_MAX], then[FIGURE_MAX], now[FIGURE_MAX], text[TEXT_MAX];
    fprintf(p->to, "%s\n", WORDS(text, say(p, WORD_BACKTEST_COUNTS),
                                 figure_count(field_int(p->f, result, "same"), same),
                                 figure_count(field_int(p->f, result, "moved"), moved),
                                 figure_count(field_int(p->f, result, "only_then"), then),
                                 figure_count(field_int(p->f, result, "only_now"), now)));
}

static void print_cut(const struct page_of *p, const json_t *result)
{
    int64_t kept = field_int(p->f, result, "kept");
    int64_t all = field_int(p->f, result, "same") + field_int(p->f, result, "moved")
        + field_int(p->f, result, "only_then") + field_int(p->f, result, "only_now");
    char count[FIGURE_MAX], text[TEXT_MAX];
    if (kept < all)
        fprintf(p->to, "\n%s\n", WORDS(text, say(p, WORD_BACKTEST_CUT), figure_count(kept, count)));
}

/* --- Rows ------------------------------------------------------------------------- */

/* The figure with its unit; the reason if there is none. */
static const char *value_text(const struct page_of *p, enum rule rule, const json_t *told,
                              char text[FIGURE_MAX])
{
    struct indicator indicator = field_indicator(p->f, told);
    char bare[FIGURE_MAX];
    if (indicator.why != COMPUTABLE)
        return word_not_computable(p->language, indicator.why);
    snprintf(text, FIGURE_MAX, "%.64s %s", figure_number(rule, indicator, bare),
             word_unit(p->language, figure_unit(rule)));
    return text;
}

/* "fires, normal → low (5.75 months)"; nothing for what did not come. */
static const char *told_text(const struct page_of *p, enum rule rule, const json_t *told,
                             char text[TEXT_MAX])
{
    char levels[TEXT_MAX], value[FIGURE_MAX];
    text[0] = '\0';
    if (json_is_null(told))
        return text;
    WORDS(levels, say(p, WORD_TRANSITION_LEVELS),
          word_transition(p->language, field_text(p->f, told, "transition")),
          word_level_of(p->language, rule_word(rule), field_text(p->f, told, "from")),
          word_level_of(p->language, rule_word(rule), field_text(p->f, told, "to")));
    const char *const parts[] = { levels, value_text(p, rule, told, value) };
    return words_fill(text, TEXT_MAX, say(p, WORD_TRANSITION_VALUE), parts, 2);
}

static const char *told_date(const struct page_of *p, const json_t *told, char text[DATE_TEXT_MAX])
{
    return json_is_null(told) ? "–" : date_text(p, told, "date", text);
}

static const char *how_text(const struct page_of *p, const json_t *row, char text[TEXT_MAX])
{
    static const struct { const char *how; enum word word; } hows[] = {
        { "same", WORD_HOW_SAME }, { "only_then", WORD_HOW_ONLY_THEN }, { "only_now", WORD_HOW_ONLY_NOW },
    };
    const char *how = field_text(p->f, row, "how");
    int64_t days = field_int(p->f, row, "days");
    char count[FIGURE_MAX];
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
        if (strcmp(how, hows[i].how) == 0)
            return say(p, hows[i].word);
    }
    const char *const parts[] = { number_text(days < 0 ? -days : days, count) };
    return words_fill(text, TEXT_MAX, say(p, days < 0 ? WORD_HOW_EARLIER : WORD_HOW_LATER), parts, 1);
}

/* What is the same stands there once. */
static void add_row(const struct page_of *p, struct table *table, const json_t *row)
{
    const json_t *then = json_object_get(row, "then"), *now = json_object_get(row, "now");
    char instance[FIGURE_MAX];
    enum rule rule = field_rule(p->f, row);
    char name[TEXT_MAX], then_date[DATE_TEXT_MAX], now_date[DATE_TEXT_MAX];
    char then_told[TEXT_MAX], now_told[TEXT_MAX], how[TEXT_MAX];
    term_instance(p->language, rule_word(rule), label_of(row, field_text(p->f, row, "instance")), instance);
    snprintf(name, sizeof name, "%s%s%s", word_rule(p->language, field_text(p->f, row, "rule")),
             instance[0] != '\0' ? " " : "", instance);
    bool same = strcmp(field_text(p->f, row, "how"), "same") == 0;
    TABLE_ROW(table, name, told_date(p, then, then_date), told_text(p, rule, then, then_told),
              same ? "" : told_date(p, now, now_date), same ? "" : told_text(p, rule, now, now_told),
              how_text(p, row, how));
}

/* All rows, or those that differ. */
static int print_rows(const struct page_of *p, const json_t *rows, enum word now, bool all)
{
    struct table *table = table_new("llllll");
    TABLE_ROW(table, say(p, WORD_RULE), "", say(p, WORD_THEN), "", say(p, now), say(p, WORD_DIFFERENCE));
    table_rule(table);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (all || strcmp(field_text(p->f, row, "how"), "same") != 0)
            add_row(p, table, row);
    }
    int err = table_print(table, p->to, 0);
    table_free(&table);
    return err;
}

int backtest_print(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    struct page_of p = { f, language, to };
    const json_t *result = field_map(f, answer, "result"), *rows = field_array(f, answer, "rows");
    print_title(&p, result);
    print_imported(&p, result);
    print_refused(&p, result);
    print_blindness(&p, result);
    if (json_array_size(rows) == 0) {
        fprintf(to, "%s\n", say(&p, WORD_BACKTEST_NONE));
        return 0;
    }
    print_counts(&p, result);
    fputc('\n', to);
    int err = print_rows(&p, rows, WORD_NOW_BACKTEST, true);
    print_cut(&p, result);
    return err;
}

int in_order_print(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    struct page_of p = { f, language, to };
    const json_t *result = field_map(f, answer, "result"), *rows = field_array(f, answer, "rows");
    bool any = field_int(f, result, "moved") + field_int(f, result, "only_then")
        + field_int(f, result, "only_now") > 0;
    fprintf(to, "\n%s\n", say(&p, any ? WORD_IN_ORDER_TITLE : WORD_IN_ORDER_NONE));
    if (!any)
        return 0;
    int err = print_rows(&p, rows, WORD_NOW_IN_ORDER, false);
    print_cut(&p, result);
    return err;
}
