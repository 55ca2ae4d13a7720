/* backtest, in_order, compared and known_at: the journal, replayed (PROTOCOL 9.9). */
#include "daemon/query.h"

#include <errno.h>

#include "wire/policy_codec.h"

static enum query_end add_replay(struct query *q, enum action_kind action, const struct replay_ask *ask)
{
    uint64_t number;
    if (!query_can_command(q))
        return QUERY_ANSWERED;
    int err = jobs_add_replay(q->world->jobs, ask, &number);
    if (err != 0) {
        query_fail_with(q, err, "job");
        return QUERY_ANSWERED;
    }
    struct action_told told = {
        .action = action, .subject = ask->position, .fund = ask->backtest.fund, .text = "",
    };
    return query_note_job(q, told, number);
}

/* --- Backtests ----------------------------------------------------------------- */

static void read_policy(struct query *q, struct policy *ret)
{
    struct span map = query_value(q, "policy");
    struct policy_text text = { (const uint8_t *)map.bytes, map.size };
    if (!query_ok(q))
        return;
    const char *wrong = map.size > POLICY_SIZE_MAX ? "it is too large" : policy_decode(text, ret);
    if (wrong != NULL)
        query_fail(q, "bad_argument", "policy: %s", wrong);
}

/* What lies behind the fund's books cannot be told, and is not history. */
static void check_history(struct query *q, const struct backtest_ask *ask)
{
    struct view *view;
    uint32_t number;
    struct fund_view fund = { .books_date = DATE_NONE };
    char text[DATE_TEXT_MAX];
    query_fund_view(q, ask->fund, &view, &number);
    if (!query_ok(q))
        return;
    int err = view_fund(view, number, &fund);
    view_close(&view);
    if (err != 0)
        query_fail_with(q, err, "fund");
    else if (ask->from != DATE_NONE && ask->from > fund.books_date)
        query_fail(q, "bad_argument", "too little history: the fund's books end on %s, before from",
                   date_format(fund.books_date, text));
}

static void read_ask(struct query *q, struct replay_ask *ask)
{
    ask->backtest.fund = query_fund(q);
    ask->backtest.from = ask->backtest.to = DATE_NONE;
    query_days(q, &ask->backtest.from, &ask->backtest.to);
}

enum query_end query_backtest(struct query *q)
{
    struct replay_ask ask = { .what = REPLAY_BACKTEST };
    read_ask(q, &ask);
    read_policy(q, &ask.backtest.policy);
    check_history(q, &ask.backtest);
    return add_replay(q, ACTION_BACKTEST, &ask);
}

enum query_end query_in_order(struct query *q)
{
    struct replay_ask ask = { .what = REPLAY_IN_ORDER };
    read_ask(q, &ask);
    check_history(q, &ask.backtest);
    return add_replay(q, ACTION_IN_ORDER, &ask);
}

enum query_end query_compared(struct query *q)
{
    struct query_list list;
    struct job job;
    bool more = false, found = false;
    uint64_t number = (uint64_t)query_int(q, "job", 1, INT64_MAX, 0);
    uint64_t after = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0);
    unsigned limit = query_limit(q);
    int err = query_ok(q) ? jobs_get(q->world->jobs, number, &job) : 0;
    if (err != 0)
        query_fail_with(q, err, "job");
    if (query_ok(q) && !grant_place(q->grant, job.fund.place))
        query_fail(q, "not_permitted", "the key has no right to see that fund");
    if (!query_ok(q))
        return QUERY_ANSWERED;
    list_begin(&list);
    found = jobs_write_rows(q->world->jobs, number, after, limit, &list.items, &list.count, &more);
    if (!found)
        query_fail(q, "not_found", "the job is no backtest that is done");
    write_map(q->data, 2);
    list_end(&list, q->data, "rows");
    write_key_bool(q->data, "more", more);
    return QUERY_ANSWERED;
}

/* --- As known at ------------------------------------------------------------------ */

#define SHANGHAI_MS (8 * 60 * 60 * INT64_C(1000))
#define DAY_MS      (24 * 60 * 60 * INT64_C(1000))

/* The last position that was recorded by the end of a day. */
static uint64_t position_on(struct query *q, struct view *view, date_day day)
{
    uint64_t position = 0;
    int64_t end_ms = (day + INT64_C(1)) * DAY_MS - SHANGHAI_MS;
    int err = view_position_before(view, end_ms, &position);
    if (err != 0)
        query_fail_with(q, err, "position");
    else if (position == 0)
        query_fail(q, "bad_argument", "nothing was recorded by then");
    return position;
}

static uint64_t read_position(struct query *q)
{
    struct view *view;
    struct store_head head;
    uint64_t position = (uint64_t)query_int(q, "position", 1, INT64_MAX, 0);
    date_day recorded = query_date(q, "recorded", DATE_NONE);
    if (query_ok(q) && (position == 0) == (recorded == DATE_NONE))
        query_fail(q, "bad_argument", "either a position or the day recorded");
    query_view(q, &view);
    if (!query_ok(q))
        return 0;
    view_head(view, &head);
    if (position == 0)
        position = position_on(q, view, recorded);
    else if (position > head.position)
        query_fail(q, "bad_argument", "the journal ends at position %llu",
                   (unsigned long long)head.position);
    view_close(&view);
    return position;
}

enum query_end query_known_at(struct query *q)
{
    struct replay_ask ask = {
        .what = REPLAY_KNOWN_AT, .backtest = { .from = DATE_NONE, .to = DATE_NONE },
        .position = read_position(q),
    };
    return add_replay(q, ACTION_KNOWN_AT, &ask);
}
