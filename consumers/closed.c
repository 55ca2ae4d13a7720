/* closed - the commands about months that were closed, and about what the bank says. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/backtest_command.h"
#include "consumers/backtest_text.h"
#include "consumers/cells.h"
#include "consumers/completeness_text.h"
#include "consumers/commands.h"
#include "consumers/figures.h"
#include "consumers/table.h"
#include "consumers/terms.h"
#include "fund/account.h"

static const char *number(struct fields *f, const json_t *map, const char *key, char text[CELL_MAX])
{
    snprintf(text, CELL_MAX, "%" PRId64, field_int(f, map, key));
    return text;
}

static const char *date(struct fields *f, const json_t *map, const char *key, char text[CELL_MAX])
{
    static_assert(CELL_MAX >= DATE_TEXT_MAX, "a date has room");
    return date_format(field_date(f, map, key), text);
}

/* "2024-07" out of 202407. */
static const char *month(struct fields *f, const json_t *map, const char *key, char text[CELL_MAX])
{
    int64_t ym = field_int(f, map, key);
    snprintf(text, CELL_MAX, "%04" PRId64 "-%02" PRId64, ym / 100, ym % 100);
    return text;
}

/* --- restated ------------------------------------------------------------------ */

static const char *account_name(const struct page *page, const char *code)
{
    const struct account_info *info = account_by_code(code);
    return info == NULL ? "" : page->language == LANGUAGE_ZH ? info->zh : info->en;
}

static void add_line(struct page *page, struct table *table, const json_t *line)
{
    struct fields *f = &page->f;
    char amount[FIGURE_MAX], provisional[FIGURE_MAX] = "";
    const char *account = field_text(f, line, "account");
    int64_t on_account = field_int(f, line, "provisional");
    if (on_account != 0)
        figure_wan(on_account, provisional);
    TABLE_ROW(table, "", "", "", account, account_name(page, account),
              figure_wan(field_int(f, line, "amount"), amount), provisional);
}

static void add_month(struct page *page, struct table *table, const json_t *item)
{
    struct fields *f = &page->f;
    char when[CELL_MAX], closed[CELL_MAX], events[CELL_MAX];
    const json_t *lines = field_array(f, item, "lines");
    TABLE_ROW(table, month(f, item, "month", when), date(f, item, "closed", closed),
              number(f, item, "events", events), "", "", "", "");
    for (size_t i = 0; i < json_array_size(lines); i++)
        add_line(page, table, json_array_get(lines, i));
    if (json_array_size(lines) == 0)
        TABLE_ROW(table, "", "", "", "", page_word(page, WORD_NO_LINE_MOVED), "", "");
}

#define JUDGED_TEXT (4 * FIGURE_MAX)

/* "low, 4.00 months, 34.10 % provisional": a runway is not read without its share. */
static const char *judged(struct page *page, const json_t *item, const char *key, enum rule rule,
                          char text[JUDGED_TEXT])
{
    struct fields *f = &page->f;
    char level[FIGURE_MAX], value[FIGURE_MAX], part[FIGURE_MAX];
    const json_t *map = field_map(f, item, key);
    struct indicator share = field_indicator(f, field_map(f, map, "provisional_share"));
    bool shown = rule == RULE_RUNWAY && share.why == COMPUTABLE;
    const char *const parts[] = {
        term_level(page->language, rule_word(rule), field_text(f, map, "level"), level),
        term_value(page->language, rule, field_indicator(f, map), value),
        shown ? term_value(page->language, RULE_PROVISIONAL, share, part) : "",
    };
    return words_fill(text, JUDGED_TEXT, page_word(page, shown ? WORD_JUDGED_SHARE : WORD_JUDGED), parts, 3);
}

static enum rule rule_of(const char *word)
{
    static const enum rule rules[] = { RULE_RUNWAY, RULE_DEFICIT, RULE_PROVISIONAL };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(word, rule_word(rules[i])) == 0)
            return rules[i];
    }
    return RULE_END;
}

static void print_judged(struct page *page, const json_t *items)
{
    struct fields *f = &page->f;
    struct table *table = table_new("llll");
    TABLE_ROW(table, page_word(page, WORD_AT_THE_END_OF), page_word(page, WORD_RULE),
              page_word(page, WORD_WHEN_CLOSED), page_word(page, WORD_NOW));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        char day[CELL_MAX], then[JUDGED_TEXT], now[JUDGED_TEXT];
        const char *word = field_text(f, item, "rule");
        TABLE_ROW(table, date(f, item, "date", day), term_of(page->language, TERM_RULE, word),
                  judged(page, item, "then", rule_of(word), then),
                  judged(page, item, "now", rule_of(word), now));
    }
    print_table(page, &table, WORD_NO_JUDGED);
}

static void print_closed(struct page *page, const json_t *answer)
{
    char closed[CELL_MAX];
    if (field_date(&page->f, answer, "closed") == DATE_NONE)
        PAGE_SAY(page, WORD_NEVER_CLOSED, field_text(&page->f, answer, "fund"));
    else
        PAGE_SAY(page, WORD_CLOSED_UP_TO, field_text(&page->f, answer, "fund"),
                 date(&page->f, answer, "closed", closed));
    fputc('\n', page->to);
}

/* What all that follows rests on, and a line between. */
static void print_complete(struct page *page, const json_t *answer)
{
    const json_t *map = field_map(&page->f, answer, "completeness");
    completeness_print(&page->f, map, page->language, page->to);
    if (field_int(&page->f, map, "expected") > 0)
        fputc('\n', page->to);
}

static void print_restated(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *months = field_array(f, answer, "months");
    struct table *table = table_new("llrllrr");
    TABLE_ROW(table, page_word(page, WORD_MONTH), page_word(page, WORD_CLOSED_WITH),
              page_word(page, WORD_EVENTS), page_word(page, WORD_LINE), "", page_word(page, WORD_WAN),
              page_word(page, WORD_OF_WHICH));
    for (size_t i = 0; i < json_array_size(months); i++)
        add_month(page, table, json_array_get(months, i));
    print_closed(page, answer);
    print_complete(page, answer);
    print_table(page, &table, WORD_NO_RESTATED);
    fputc('\n', page->to);
    print_judged(page, field_array(f, answer, "judged"));
}

/* The alerts that would have been different, beside the answer as `in_order`: if something moved, of the
 * books as they are now, and unless --quick says that the journal is not to be replayed. */
static enum exit_code add_in_order(struct session *s, const char *fund, int64_t from, int64_t to,
                                   json_t *answer)
{
    const struct argument arguments[] = {
        TEXT_ARGUMENT("fund", fund), NUMBER_ARGUMENT("from", from), NUMBER_ARGUMENT("to", to),
    };
    json_t *compared;
    if (json_array_size(json_object_get(answer, "months")) == 0 || s->known_at > 0
            || option_given(s->options, 'Q'))
        return EXIT_DONE;
    enum exit_code code = ask_compared(s, "in_order", arguments, 3, &compared);
    if (code == EXIT_DONE)
        json_object_set_new(answer, "in_order", compared);
    return code;
}

static enum exit_code show_restated(struct session *s, const json_t *answer)
{
    const json_t *compared = json_object_get(answer, "in_order");
    struct page page;
    if (session_printed_json(s, answer))
        return EXIT_DONE;
    if (!page_begin(&page))
        return EXIT_FAILED;
    page.language = s->language;
    print_restated(&page, answer);
    if (compared != NULL && in_order_print(&page.f, compared, s->language, page.to) != 0)
        snprintf(page.f.fault, sizeof page.f.fault, "there is not enough memory");
    return page_end(&page);
}

enum exit_code command_restated(struct session *s)
{
    const char *fund = command_word(s, 0);
    int64_t year = -1;
    json_t *answer;
    if (!check_fund(s, fund)
            || !option_number(s->options, 'y', s->infos, DATE_YEAR_MIN, DATE_YEAR_MAX, &year))
        return EXIT_USAGE;
    int64_t from = year < 0 ? -1 : year * 10000 + 101, to = year < 0 ? -1 : year * 10000 + 1231;
    enum exit_code code = ASK(s, &answer, "restated", TEXT_ARGUMENT("fund", fund),
                              NUMBER_ARGUMENT("from", from), NUMBER_ARGUMENT("to", to));
    if (code != EXIT_DONE)
        return code;
    /* Also if a key may look and not have the journal replayed: that has been said then. */
    code = add_in_order(s, fund, from, to, answer);
    enum exit_code shown = show_restated(s, answer);
    json_decref(answer);
    return code != EXIT_DONE ? code : shown;
}

/* --- statements ------------------------------------------------------------------ */

static void add_statement(struct page *page, struct table *table, const json_t *item)
{
    struct fields *f = &page->f;
    char day[CELL_MAX], stated[FIGURE_MAX], booked[FIGURE_MAX], difference[FIGURE_MAX];
    int64_t fen = field_int(f, item, "difference");
    bool judged = field_bool(f, item, "judged");
    TABLE_ROW(table, date(f, item, "date", day), figure_yuan(field_int(f, item, "stated"), stated),
              figure_yuan(field_int(f, item, "booked"), booked), figure_yuan(fen, difference),
              !judged ? page_word(page, WORD_NOT_JUDGED) : fen == 0 ? "" : page_word(page, WORD_DIFFERS));
}

/* An event of the amount by which the difference changed is likely to be the one. */
static const char *likely(struct page *page, const json_t *item, date_day mended)
{
    struct fields *f = &page->f;
    int64_t fen = field_int(f, item, "bank"), change = field_int(f, item, "change");
    if (fen != change && fen != -change)
        return "";
    bool mends = mended != DATE_NONE && field_date(f, item, "statement") == mended;
    return page_word(page, mends ? WORD_MENDS_IT : WORD_THE_DIFFERENCE);
}

static void print_candidates(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *items = field_array(f, answer, "candidates");
    date_day mended = field_date(f, answer, "mended");
    struct table *table = table_new("llrllrll");
    TABLE_ROW(table, page_word(page, WORD_BY_STATEMENT), page_word(page, WORD_DATE),
              page_word(page, WORD_POSITION), page_word(page, WORD_SOURCE), page_word(page, WORD_KIND),
              page_word(page, WORD_BANK_YUAN), page_word(page, WORD_ID), "");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        char statement[CELL_MAX], day[CELL_MAX], position[CELL_MAX], bank[FIGURE_MAX];
        TABLE_ROW(table, date(f, item, "statement", statement), date(f, item, "date", day),
                  number(f, item, "position", position), field_text(f, item, "source"),
                  term_of(page->language, TERM_KIND, field_text(f, item, "kind")),
                  figure_yuan(field_int(f, item, "bank"), bank), field_text(f, item, "id"),
                  likely(page, item, mended));
    }
    print_table(page, &table, field_bool(f, answer, "more") ? WORD_NO_CANDIDATES_YET : WORD_NO_CANDIDATES);
}

static void print_difference(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    char agreed[CELL_MAX], differs[CELL_MAX], mended[CELL_MAX], next[CELL_MAX];
    fputc('\n', page->to);
    if (field_date(f, answer, "differs") == DATE_NONE) {
        fprintf(page->to, "%s\n", page_word(page, WORD_BANK_AGREES));
        return;
    }
    bool ever = field_date(f, answer, "agreed") != DATE_NONE;
    bool over = field_date(f, answer, "mended") != DATE_NONE;
    PAGE_SAY(page, over ? ever ? WORD_BANK_DIFFERED : WORD_BANK_DIFFERED_ALWAYS
                        : ever ? WORD_BANK_DIFFERS : WORD_BANK_DIFFERS_ALWAYS,
             date(f, answer, "differs", differs), ever ? date(f, answer, "agreed", agreed) : "",
             over ? date(f, answer, "mended", mended) : "");
    fputc('\n', page->to);
    print_candidates(page, answer);
    if (field_bool(f, answer, "more"))
        PAGE_SAY(page, WORD_MORE_CANDIDATES, number(f, answer, "next", next));
}

/* Of several times in which the two differ one is explained. */
static void print_others(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *items = field_array(f, answer, "statements");
    date_day differs = field_date(f, answer, "differs"), last = DATE_NONE;
    char day[CELL_MAX];
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        date_day date = field_date(f, item, "date");
        if (date < differs && field_bool(f, item, "judged") && field_int(f, item, "difference") != 0)
            last = date;
    }
    if (last != DATE_NONE) {
        fputc('\n', page->to);
        PAGE_SAY(page, WORD_BANK_EARLIER, date_format(last, day));
    }
}

static void print_statements(struct page *page, const json_t *answer)
{
    const json_t *items = field_array(&page->f, answer, "statements");
    struct table *table = table_new("lrrrl");
    TABLE_ROW(table, page_word(page, WORD_DATE), page_word(page, WORD_STATED_YUAN),
              page_word(page, WORD_BOOKED_YUAN), page_word(page, WORD_DIFFERENCE_YUAN), "");
    for (size_t i = 0; i < json_array_size(items); i++)
        add_statement(page, table, json_array_get(items, i));
    print_complete(page, answer);
    print_table(page, &table, WORD_NO_STATEMENTS);
    if (json_array_size(items) == 0)
        return;
    print_difference(page, answer);
    print_others(page, answer);
}

/* True while the newest difference is not mended. */
static bool still_differs(const json_t *answer)
{
    return json_integer_value(json_object_get(answer, "differs")) != 0
        && json_integer_value(json_object_get(answer, "mended")) == 0;
}

enum exit_code command_statements(struct session *s)
{
    const char *fund = command_word(s, 0);
    int64_t from = -1, to = -1, after = -1;
    json_t *answer;
    if (!check_fund(s, fund) || !option_date(s->options, 'F', s->infos, &from)
            || !option_date(s->options, 'T', s->infos, &to)
            || !option_number(s->options, 'n', s->infos, 0, POSITION_MAX, &after))
        return EXIT_USAGE;
    enum exit_code code = ASK(s, &answer, "statements", TEXT_ARGUMENT("fund", fund),
                              NUMBER_ARGUMENT("from", from), NUMBER_ARGUMENT("to", to),
                              NUMBER_ARGUMENT("after", after));
    if (code != EXIT_DONE)
        return code;
    bool bad = still_differs(answer);
    code = show_answer(s, answer, print_statements);
    return code == EXIT_DONE && bad ? EXIT_BAD : code;
}
