/* churn: who came to a fund and who went (PROTOCOL 9.8). */
#include "daemon/query.h"

#include <errno.h>
#include <stdlib.h>

/* The ended months asked for; without bounds, the last twelve. */
static void read_months(struct query *q, const struct fund_view *fund, date_day from, date_day to,
                        struct churn *churn)
{
    date_month ended = date_month_ended_by(fund->books_date);
    churn->to = to == DATE_NONE || date_month_of(to) > ended ? ended : date_month_of(to);
    churn->from = from == DATE_NONE ? churn->to - 11 : date_month_of(from);
    if (churn->from > churn->to)
        query_fail(q, "not_found", "none of these months has ended: the books are at %s",
                   date_format(fund->books_date, (char[DATE_TEXT_MAX]){ "" }));
    else if (churn->to - churn->from >= CHURN_MONTHS_MAX)
        query_fail(q, "bad_argument", "more than %d months: ask for less with from and to",
                   CHURN_MONTHS_MAX);
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

static void write_churn(struct query *q, const struct fund_view *fund, struct churn *churn)
{
    struct query_list list;
    uint32_t merged;
    list_begin(&list);
    churn_merge_small(churn, &merged);
    for (date_month month = churn->from; month <= churn->to; month++)
        for (unsigned group = 0; group < GROUP_END; group++)
            write_group(&list, churn, month, group, merged);
    write_map(q->data, 5);
    write_key_fund(q->data, "fund", fund->fund);
    write_key_date(q->data, "books_date", fund->books_date);
    write_key_int(q->data, "from", date_month_to_ym(churn->from));
    write_key_int(q->data, "to", date_month_to_ym(churn->to));
    list_end(&list, q->data, "rows");
}

static void count_churn(struct query *q, struct view *view, uint32_t number, struct churn *churn,
                        date_day from, date_day to)
{
    struct fund_view fund;
    int err = view_fund(view, number, &fund);
    if (err != 0)
        query_fail_with(q, err, "fund");
    if (query_ok(q))
        read_months(q, &fund, from, to, churn);
    err = query_ok(q) ? view_churn(view, number, churn) : 0;
    if (err != 0)
        query_fail_with(q, err, "index of people");
    if (query_ok(q))
        write_churn(q, &fund, churn);
}

enum query_end query_churn(struct query *q)
{
    struct view *view;
    uint32_t number;
    struct fund which = query_fund(q);
    date_day from = query_date(q, "from", DATE_NONE), to = query_date(q, "to", DATE_NONE);
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
