/* closed - the commands about months that were closed, and about what the bank says. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/backtest_command.h"
#include "consumers/backtest_text.h"
#include "consumers/commands.h"
#include "consumers/figures.h"
#include "consumers/table.h"
#include "fund/account.h"

#define POSITION_MAX (INT64_MAX - 1)
#define CELL_MAX     32

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

static const char *account_name(const char *code)
{
    const struct account_info *info = account_by_code(code);
    return info != NULL ? info->en : "";
}

static void add_line(struct fields *f, struct table *table, const json_t *line)
{
    char amount[FIGURE_MAX], provisional[FIGURE_MAX] = "";
    const char *account = field_text(f, line, "account");
    int64_t on_account = field_int(f, line, "provisional");
    if (on_account != 0)
        figure_wan(on_account, provisional);
    TABLE_ROW(table, "", "", "", account, account_name(account),
              figure_wan(field_int(f, line, "amount"), amount), provisional);
}

static void add_month(struct fields *f, struct table *table, const json_t *item)
{
    char when[CELL_MAX], closed[CELL_MAX], events[CELL_MAX];
    const json_t *lines = field_array(f, item, "lines");
    TABLE_ROW(table, month(f, item, "month", when), date(f, item, "closed", closed),
              number(f, item, "events", events), "", "", "", "");
    for (size_t i = 0; i < json_array_size(lines); i++)
        add_line(f, table, json_array_get(lines, i));
}

#define JUDGED_TEXT (4 * FIGURE_MAX)

/* "low, 4.00 months, 34.10 % provisional": a runway is not read without its share. */
static const char *judged(struct fields *f, const json_t *item, const char *key, enum rule rule,
                          char text[JUDGED_TEXT])
{
    char level[FIGURE_MAX], value[FIGURE_MAX], part[FIGURE_MAX];
    const json_t *map = field_map(f, item, key);
    struct indicator share = field_indicator(f, field_map(f, map, "provisional_share"));
    bool shown = rule == RULE_RUNWAY && share.why == COMPUTABLE;
    snprintf(text, JUDGED_TEXT, "%s, %s%s%s%s", figure_level(field_text(f, map, "level"), level),
             figure_value(rule, field_indicator(f, map), value), shown ? ", " : "",
             shown ? figure_value(RULE_PROVISIONAL, share, part) : "", shown ? " provisional" : "");
    return text;
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
    TABLE_ROW(table, "at the end of", "rule", "when it was closed", "now");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        char day[CELL_MAX], then[JUDGED_TEXT], now[JUDGED_TEXT];
        const char *word = field_text(f, item, "rule");
        TABLE_ROW(table, date(f, item, "date", day), word, judged(f, item, "then", rule_of(word), then),
                  judged(f, item, "now", rule_of(word), now));
    }
    print_table(page, &table, "no level at a closed month's end is another one now");
}

static void print_restated(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *months = field_array(f, answer, "months");
    struct table *table = table_new("llrllrr");
    char closed[CELL_MAX];
    TABLE_ROW(table, "month", "closed with", "events", "line", "", "万元", "provisional");
    for (size_t i = 0; i < json_array_size(months); i++)
        add_month(f, table, json_array_get(months, i));
    fprintf(page->to, "%s  closed up to %s\n\n", field_text(f, answer, "fund"),
            date(f, answer, "closed", closed));
    print_table(page, &table, "no closed month has moved");
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

static enum exit_code show_restated(struct session *s, const json_t *answer, enum language language)
{
    const json_t *compared = json_object_get(answer, "in_order");
    struct page page;
    if (session_printed_json(s, answer))
        return EXIT_DONE;
    if (!page_begin(&page))
        return EXIT_FAILED;
    print_restated(&page, answer);
    if (compared != NULL && in_order_print(&page.f, compared, language, page.to) != 0)
        snprintf(page.f.fault, sizeof page.f.fault, "there is not enough memory");
    return page_end(&page);
}

enum exit_code command_restated(struct session *s)
{
    const char *fund = command_word(s, 0);
    int64_t year = -1;
    enum language language;
    json_t *answer;
    if (!check_fund(s, fund)
            || !option_number(s->options, 'y', s->infos, DATE_YEAR_MIN, DATE_YEAR_MAX, &year))
        return EXIT_USAGE;
    int64_t from = year < 0 ? -1 : year * 10000 + 101, to = year < 0 ? -1 : year * 10000 + 1231;
    enum exit_code code = read_language(s, &language);
    if (code == EXIT_DONE)
        code = ASK(s, &answer, "restated", TEXT_ARGUMENT("fund", fund), NUMBER_ARGUMENT("from", from),
                   NUMBER_ARGUMENT("to", to));
    if (code != EXIT_DONE)
        return code;
    /* Also if a key may look and not have the journal replayed: that has been said then. */
    code = add_in_order(s, fund, from, to, answer);
    enum exit_code shown = show_restated(s, answer, language);
    json_decref(answer);
    return code != EXIT_DONE ? code : shown;
}

/* --- statements ------------------------------------------------------------------ */

static int64_t add_statement(struct fields *f, struct table *table, const json_t *item)
{
    char day[CELL_MAX], stated[FIGURE_MAX], booked[FIGURE_MAX], difference[FIGURE_MAX];
    int64_t fen = field_int(f, item, "difference");
    bool judged = field_bool(f, item, "judged");
    TABLE_ROW(table, date(f, item, "date", day), figure_yuan(field_int(f, item, "stated"), stated),
              figure_yuan(field_int(f, item, "booked"), booked), figure_yuan(fen, difference),
              !judged ? "not judged yet" : fen == 0 ? "" : "differs");
    return fen;
}

/* An event of the amount of the difference is likely to be the one. */
static void print_candidates(struct page *page, const json_t *answer, int64_t difference)
{
    struct fields *f = &page->f;
    const json_t *items = field_array(f, answer, "candidates");
    struct table *table = table_new("lrllrll");
    TABLE_ROW(table, "date", "position", "source", "kind", "bank, 元", "id", "");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        char day[CELL_MAX], position[CELL_MAX], bank[FIGURE_MAX];
        int64_t fen = field_int(f, item, "bank");
        TABLE_ROW(table, date(f, item, "date", day), number(f, item, "position", position),
                  field_text(f, item, "source"), field_text(f, item, "kind"), figure_yuan(fen, bank),
                  field_text(f, item, "id"),
                  fen == difference || fen == -difference ? "the difference" : "");
    }
    print_table(page, &table, field_bool(f, answer, "more")
                ? "none yet among those looked through: ask again with what is said below"
                : "no event moved the bank's account in those days");
}

static void print_difference(struct page *page, const json_t *answer, int64_t difference)
{
    struct fields *f = &page->f;
    char agreed[CELL_MAX], differs[CELL_MAX], next[CELL_MAX];
    if (field_date(f, answer, "differs") == DATE_NONE) {
        fputs("\nthe newest statement that could be judged agrees, or there is none\n", page->to);
        return;
    }
    bool ever = field_date(f, answer, "agreed") != DATE_NONE;
    fprintf(page->to, "\nbank and books differ from %s on, %s%s; what moved "
            "the bank's account in between:\n\n",
            date(f, answer, "differs", differs),
            ever ? "and agreed last on " : "since the books opened",
            ever ? date(f, answer, "agreed", agreed) : "");
    print_candidates(page, answer, difference);
    if (field_bool(f, answer, "more"))
        fprintf(page->to, "there may be more: --after %s goes on\n", number(f, answer, "next", next));
}

static void print_statements(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *items = field_array(f, answer, "statements");
    struct table *table = table_new("lrrrl");
    int64_t difference = 0;
    date_day differs = field_date(f, answer, "differs");
    TABLE_ROW(table, "date", "stated, 元", "booked, 元", "difference, 元", "");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        int64_t fen = add_statement(f, table, item);
        if (field_date(f, item, "date") == differs)
            difference = fen;
    }
    print_table(page, &table, "the bank has stated nothing");
    print_difference(page, answer, difference);
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
    return code == EXIT_DONE ? show_answer(s, answer, print_statements) : code;
}
