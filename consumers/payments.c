/* payments - how far payments to hospitals have come, and reversals that undo nothing. */
#include "consumers/commands.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/cells.h"
#include "consumers/completeness_text.h"
#include "consumers/table.h"
#include "consumers/terms.h"

/* --- payouts. -------------------------------------------------------------------- */

/* Fen as 万元, or nothing. */
static const char *wan_if_any(struct fields *f, const json_t *map, const char *key, char text[FIGURE_MAX])
{
    int64_t fen = field_int(f, map, key);
    return fen != 0 ? figure_wan(fen, text) : "";
}

static void payout_row(struct page *page, struct table *table, const json_t *payout)
{
    struct fields *f = &page->f;
    char paid[FIGURE_MAX], held[FIGURE_MAX], lent[FIGURE_MAX], cleared[DATE_TEXT_MAX];
    date_day day = field_date(f, payout, "cleared_on");
    const char *category = field_text(f, payout, "category");
    TABLE_ROW(table, category[0] != '\0' ? term_of(page->language, TERM_CATEGORY, category)
                                         : term_of(page->language, TERM_STAGE, "advance"),
              field_text(f, payout, "institution"),
              term_of(page->language, TERM_STATE, field_text(f, payout, "state")),
              wan_if_any(f, payout, "provisional", paid), wan_if_any(f, payout, "retained", held),
              wan_if_any(f, payout, "lent", lent), day != DATE_NONE ? date_format(day, cleared) : "",
              field_bool(f, payout, "whole") ? "" : page_word(page, WORD_BEGAN_BEFORE));
}

static const struct list_table payouts_list = {
    .items = "payouts", .columns = "lllrrrll", .row = payout_row,
    .heads = { WORD_CATEGORY, WORD_INSTITUTION, WORD_STATE, WORD_ON_ACCOUNT, WORD_HELD_BACK, WORD_LENT,
               WORD_CLEARED, NO_HEAD },
};

static void print_payouts(struct page *page, const json_t *answer)
{
    completeness_print(&page->f, field_map(&page->f, answer, "completeness"), page->language, page->to);
    print_list(page, answer, &payouts_list, WORD_NO_PAYOUTS);
    print_more(page, answer, WORD_MORE_PAYOUTS);
}

enum exit_code command_payouts(struct session *s)
{
    static const struct listing listing = { "payouts", "payouts", "at", false };
    const char *fund = command_word(s, 0);
    int64_t year = -1, limit = LIST_LIMIT_MAX;
    if (!check_fund(s, fund)
            || !option_number(s->options, 'y', s->infos, DATE_YEAR_MIN, DATE_YEAR_MAX, &year)
            || !option_number(s->options, 'l', s->infos, 1, LIST_LIMIT_MAX, &limit))
        return EXIT_USAGE;
    if (year < 0) {
        usage_error(s->options, "which year? --year YYYY");
        return EXIT_USAGE;
    }
    struct argument arguments[] = {
        TEXT_ARGUMENT("fund", fund), NUMBER_ARGUMENT("year", year),
        TEXT_ARGUMENT("institution", option_text(s->options, 'u')), NUMBER_ARGUMENT("after", -1),
    };
    return show_list(s, &listing, arguments, 4, limit, print_payouts);
}

/* --- unmatched. ------------------------------------------------------------------- */

/* Single bills, which would be nothing in 万元. */
static const char *yuan_text(struct fields *f, const json_t *event, char text[FIGURE_MAX])
{
    return amount_format((struct amount){ field_int(f, event, "amount") }, UNIT_YUAN, 2, true, text);
}

static void unmatched_row(struct page *page, struct table *table, const json_t *item)
{
    const json_t *event = field_map(&page->f, item, "event");
    char waited[CELL_MAX], date[CELL_MAX], amount[FIGURE_MAX], position[CELL_MAX], time[CELL_MAX];
    char fund[CELL_MAX], id[CELL_MAX], original[CELL_MAX];
    bool stated = json_object_get(event, "amount") != NULL;
    bool has_come = field_int(&page->f, item, "original") != 0;
    TABLE_ROW(table, cell_text(item, "waited", waited), cell_day(event, "date", date),
              cell_text(event, "fund", fund), field_text(&page->f, item, "source"),
              cell_text(event, "original", original),
              page_word(page, has_come ? WORD_UNMATCHED_MISFIT : WORD_UNMATCHED_WAITS),
              stated ? yuan_text(&page->f, event, amount) : page_word(page, WORD_NOT_STATED),
              cell_text(event, "id", id), cell_text(item, "position", position),
              cell_moment(item, "recorded", time));
}

static const struct list_table unmatched_list = {
    .items = "reversals", .columns = "rlllllrlrl", .row = unmatched_row,
    .heads = { WORD_WAITED, WORD_DATE, WORD_FUND_COLUMN, WORD_SOURCE, WORD_ORIGINAL, WORD_UNMATCHED_STATE,
               WORD_YUAN, WORD_REVERSAL_ID, WORD_POSITION, WORD_RECORDED },
};

/* Of each that does not fit why, below the table, where there is room; and what to do. */
static void print_misfits(struct page *page, const json_t *reversals)
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(reversals); i++) {
        const json_t *item = json_array_get(reversals, i);
        char id[CELL_MAX], original[CELL_MAX], text[TERM_SENTENCE_MAX];
        if (term_hindrance(&page->f, item, page->language, text)[0] == '\0')
            continue;
        if (!any)
            fputc('\n', page->to);
        PAGE_SAY(page, WORD_UNMATCHED_WHY, cell_text(field_map(&page->f, item, "event"), "id", id),
                 cell_text(item, "original", original), text);
        any = true;
    }
    if (any)
        fprintf(page->to, "%s\n", page_word(page, WORD_UNMATCHED_DO));
}

static void print_unmatched(struct page *page, const json_t *answer)
{
    print_list(page, answer, &unmatched_list, WORD_NO_UNMATCHED);
    print_misfits(page, field_array(&page->f, answer, "reversals"));
    print_more(page, answer, WORD_MORE);
}

enum exit_code command_unmatched(struct session *s)
{
    static const struct listing listing = { "unmatched", "reversals", "next", true };
    const char *fund = option_text(s->options, 'f');
    int64_t limit = LIST_LIMIT, after = -1;
    if (!list_options(s, &limit, &after) || (fund != NULL && !check_fund(s, fund)))
        return EXIT_USAGE;
    struct argument arguments[] = {
        TEXT_ARGUMENT("fund", fund), TEXT_ARGUMENT("source", option_text(s->options, 's')),
        NUMBER_ARGUMENT("after", after),
    };
    return show_list(s, &listing, arguments, 3, limit, print_unmatched);
}
