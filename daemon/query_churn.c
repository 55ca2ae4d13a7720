/* churn: who came to a fund and who went (PROTOCOL 9.8). */
#include "daemon/query.h"

#include <errno.h>
#include <stdlib.h>

#define ASKED_MAX 60            /* months */

struct months {
    date_month from, to;
};

/* The ended months asked for; without bounds, the last twelve. */
static struct months read_months(struct query *q, const struct fund_view *fund, date_day from, date_day to)
{
    struct months asked;
    date_month ended = date_month_ended_by(fund->books_date);
    asked.to = to == DATE_NONE || date_month_of(to) > ended ? ended : date_month_of(to);
    asked.from = from == DATE_NONE ? asked.to - 11 : date_month_of(from);
    if (asked.from > asked.to)
        query_fail(q, "not_found", "none of these months has ended: the books are at %s",
                   date_format(fund->books_date, (char[DATE_TEXT_MAX]){ "" }));
    else if (asked.to - asked.from >= ASKED_MAX)
        query_fail(q, "bad_argument", "more than %d months: ask for less with from and to", ASKED_MAX);
    else if (ended - asked.from >= CHURN_MONTHS_MAX)
        query_fail(q, "bad_argument", "more than %d months ago", CHURN_MONTHS_MAX);
    return asked;
}

static bool is_empty(const int64_t counts[CHURN_COUNTS])
{
    int64_t any = 0;
    for (unsigned i = 0; i < CHURN_COUNTS; i++)
        any |= counts[i];
    return any == 0;
}

/* What is merged is called "small". */
static void write_group(struct query_list *list, const struct churn *churn, date_month month,
                        unsigned group, uint32_t merged)
{
    struct writer *w = &list->items;
    const int64_t *counts = churn->counts[month - churn->from][group];
    const char *word = (merged >> group & 1) != 0 ? "small"
                     : group == GROUP_NONE ? "" : event_group_word(group);
    if (is_empty(counts))
        return;
    write_map(w, CHURN_COUNTS + 2);
    write_key_int(w, "month", date_month_to_ym(month));
    write_key_string(w, "group", word);
    for (enum churn_count count = 0; count < CHURN_COUNTS; count++)
        write_key_int(w, churn_word(count), counts[count]);
    list->count++;
}

static void write_churn(struct query *q, struct view *view, uint32_t number, const struct fund_view *fund,
                        struct churn *churn, struct months asked)
{
    struct query_list list;
    uint32_t merged;
    list_begin(&list);
    churn_merge_small(churn, &merged);
    for (date_month month = asked.from; month <= asked.to; month++)
        for (unsigned group = 0; group < GROUP_END; group++)
            write_group(&list, churn, month, group, merged);
    write_map(q->data, 6);
    write_key_fund(q->data, "fund", fund->fund);
    write_key_date(q->data, "books_date", fund->books_date);
    write_key_int(q->data, "from", date_month_to_ym(asked.from));
    write_key_int(q->data, "to", date_month_to_ym(asked.to));
    list_end(&list, q->data, "rows");
    write_key_completeness(q, q->data, view, number, fund);
}

/* All of the fund's months are counted, whichever are shown: see churn_merge_small(). */
static void count_churn(struct query *q, struct view *view, uint32_t number, struct churn *churn,
                        date_day from, date_day to)
{
    struct fund_view fund;
    int err = view_fund(view, number, &fund);
    if (err != 0) {
        query_fail_with(q, err, "fund");
        return;
    }
    struct months asked = read_months(q, &fund, from, to);
    if (!query_ok(q))
        return;
    churn->to = date_month_ended_by(fund.books_date);
    churn->from = churn->to - (CHURN_MONTHS_MAX - 1);
    err = view_churn(view, number, churn);
    if (err != 0)
        query_fail_with(q, err, "index of people");
    else
        write_churn(q, view, number, &fund, churn, asked);
}

enum query_end query_churn(struct query *q)
{
    struct view *view;
    uint32_t number;
    struct fund which = query_fund(q);
    date_day from = DATE_NONE, to = DATE_NONE;
    query_days(q, &from, &to);
    query_fund_view(q, which, &view, &number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct churn *churn = malloc(sizeof *churn);
    if (churn == NULL)
        query_fail_with(q, -ENOMEM, "churn");
    else
        count_churn(q, view, number, churn, from, to);
    free(churn);
    view_close(&view);
    return QUERY_ANSWERED;
}
