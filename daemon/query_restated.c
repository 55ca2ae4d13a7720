/* restated: what moved in closed months, and which alerts it would have changed (PROTOCOL 9.5). */
#include "daemon/query.h"

#include <errno.h>

#define JUDGED_MAX 240          /* month ends that one query judges */

static bool add_month(void *arg, const struct restated_view *restated)
{
    struct query_list *list = arg;
    struct writer *w = &list->items;
    write_map(w, 8);
    write_key_int(w, "month", date_month_to_ym(restated->month));
    write_key_date(w, "closed", restated->closed);
    write_key_uint(w, "closed_at", restated->closed_at);
    write_key_uint(w, "events", restated->events);
    write_key_int(w, "income", sum_of_lines(lines_income, &restated->lines));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, &restated->lines));
    write_key_int(w, "provisional", sum_of_lines(lines_provisional, &restated->lines));
    write_key_lines(w, "lines", &restated->lines, NULL);
    list->count++;
    return true;
}

static void write_judged(struct writer *w, const char *key, int level, struct indicator indicator,
                         struct indicator share)
{
    write_key(w, key);
    write_map(w, 6);
    write_key_string(w, "level", level_word(level));
    write_indicator_pairs(w, indicator);
    write_key_indicator(w, "provisional_share", share);
}

static bool add_judged(void *arg, const struct rejudged *rejudged)
{
    struct query_list *list = arg;
    struct writer *w = &list->items;
    write_map(w, 4);
    write_key_date(w, "date", rejudged->date);
    write_key_string(w, "rule", rule_word(rejudged->rule));
    write_judged(w, "then", rejudged->then, rejudged->then_value, rejudged->then_share);
    write_judged(w, "now", rejudged->now, rejudged->now_value, rejudged->now_share);
    list->count++;
    return true;
}

/* The months asked for; without bounds, from the first that moved to the last closed. */
struct months {
    date_month from, to;
    bool any;
};

static struct months months_of(struct query *q, struct view *view, uint32_t number,
                               const struct fund_view *fund, date_day from, date_day to)
{
    struct months months = {.any = fund->closed != DATE_NONE};
    date_month first;
    int err = view_restated_first(view, number, &first);
    if (err == -ENOENT)
        months.any = false;
    else if (err != 0)
        query_fail_with(q, err, "restatements");
    if (!months.any || !query_ok(q))
        return months;
    date_month closed = date_month_of(fund->closed);
    months.from = from != DATE_NONE && date_month_of(from) > first ? date_month_of(from) : first;
    months.to = to != DATE_NONE && date_month_of(to) < closed ? date_month_of(to) : closed;
    months.any = months.from <= months.to;
    if (months.any && months.to - months.from >= JUDGED_MAX)
        query_fail(q, "bad_argument", "more than %d months: ask for less with from and to",
                   JUDGED_MAX);
    return months;
}

static void write_restated(struct query *q, struct view *view, uint32_t number,
                           const struct fund_view *fund, struct months months)
{
    struct query_list moved, judged;
    list_begin(&moved);
    list_begin(&judged);
    int err = months.any ? view_restated(view, number, months.from, months.to, add_month, &moved) : 0;
    if (err == 0 && months.any)
        err = view_rejudged(view, number, months.from, months.to, add_judged, &judged);
    if (err != 0)
        query_fail_with(q, err, "restatements");
    write_map(q->data, 6);
    write_key_fund(q->data, "fund", fund->fund);
    write_key_date(q->data, "books_date", fund->books_date);
    write_key_date(q->data, "closed", fund->closed);
    list_end(&moved, q->data, "months");
    list_end(&judged, q->data, "judged");
    write_key_completeness(q, q->data, view, number, fund);
}

enum query_end query_restated(struct query *q)
{
    struct view *view;
    uint32_t number;
    struct fund_view fund;
    struct fund which = query_fund(q);
    date_day from = DATE_NONE, to = DATE_NONE;
    query_days(q, &from, &to);
    query_fund_view(q, which, &view, &number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    int err = view_fund(view, number, &fund);
    if (err != 0)
        query_fail_with(q, err, "fund");
    struct months months = {.any = false};
    if (query_ok(q))
        months = months_of(q, view, number, &fund, from, to);
    if (query_ok(q))
        write_restated(q, view, number, &fund, months);
    view_close(&view);
    return QUERY_ANSWERED;
}
