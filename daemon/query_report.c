/* report: a year of a fund's books, or a part of it (PROTOCOL 9.2). */
#include "daemon/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fund/posting.h"
#include "wire/policy_codec.h"

static bool pays_or_paid(const struct subsidy_level_rule *rule, const struct subsidy_state *state)
{
    return rule->parts != 0 || rule->own.fen != 0 || state->received.fen != 0;
}

struct period {
    struct view *view;
    uint32_t fund;
    date_day before, first, last;   /* the day before the year; the days in the report */
};

/* The balance at the end of a day, 0 where the books do not reach. */
static int64_t balance_at(struct query *q, const struct period *p, date_day day)
{
    struct amount balance = { .fen = 0 };
    int err = view_balance(p->view, p->fund, day, p->last, &balance);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "balance");
    return balance.fen;
}

static struct lines lines_between(struct query *q, const struct period *p, date_day from,
                                  date_day to)
{
    struct lines lines = { .fen = { 0 } };
    int err = from > to ? 0 : view_lines(p->view, p->fund, from, to, p->last, &lines);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "balances");
    return lines;
}

/* What of the same days is derived; false for *ret_balance where the books do not reach. */
static struct lines derived_between(struct query *q, const struct period *p, date_day from, date_day to,
                                    bool *ret_balance)
{
    struct lines lines = { .fen = { 0 } };
    *ret_balance = false;
    int err = view_derived(p->view, p->fund, from, to, p->last, &lines, ret_balance);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "derived figures");
    return lines;
}

static void write_month(struct query *q, const struct period *p, date_month month)
{
    date_day first = date_month_first(month), last = date_month_last(month);
    last = last < p->last ? last : p->last;
    bool balance;
    struct lines lines = lines_between(q, p, first, last);
    struct lines derived = derived_between(q, p, first, last, &balance);
    const struct derived_figure figures[] = {
        { "income", has_moved(lines_income, &derived) },
        { "expenditure", has_moved(lines_expenditure, &derived) }, { "balance", balance },
    };
    write_map(q->data, 6);
    write_key_int(q->data, "month", date_month_to_ym(month));
    write_flows(q->data, &lines);
    write_key_int(q->data, "balance", balance_at(q, p, last));
    write_derived_figures(q->data, figures, sizeof figures / sizeof figures[0]);
}

/* The months of which the report has at least a day: money is dated after the day that the books open
 * with. */
static void write_months(struct query *q, const struct period *p, const struct fund_view *fund)
{
    date_day first = fund->start >= p->first ? fund->start + 1 : p->first;
    date_month from = date_month_of(first), to = date_month_of(p->last);
    write_key(q->data, "months");
    write_array(q->data, (uint32_t)(to - from + 1));
    for (date_month month = from; month <= to; month++)
        write_month(q, p, month);
}

/* The balance that the year's flows are added to: at the end of the year before or, when the books
 * open within the year, the opening balance. */
static int64_t opening_balance(struct query *q, const struct period *p,
                               const struct fund_view *fund)
{
    return balance_at(q, p, fund->start > p->before ? fund->start : p->before);
}

/* What came for a year and what is due, also where no standard is known. */
static const struct subsidy_standard *year_states(struct query *q, const struct period *p,
                                                  const struct policy *policy, int year,
                                                  struct subsidy_view ret[SUBSIDY_LEVELS])
{
    static const struct subsidy_standard unknown = { .whole = 1 };
    struct subsidy_standard blank = unknown;
    const struct subsidy_standard *standard = policy_standard(policy, year);
    blank.year = year;
    int err = view_subsidies(p->view, p->fund, &policy->subsidy, standard != NULL ? standard : &blank,
                             p->last, ret);
    if (err != 0)
        query_fail_with(q, err, "subsidies");
    return standard != NULL ? standard : &unknown;
}

static bool pays_per_head(const struct subsidy_level_rule *rule)
{
    return rule->parts != 0 || rule->own.fen != 0;
}

/* Fen per head of all levels together, a rate of a level's own like a share. */
static struct ratio rates_of_all(const struct subsidy_standard *standard)
{
    struct ratio sum = { .den = standard->whole, .mul = 1 };
    for (int level = 0; level < SUBSIDY_LEVELS; level++)
        sum.num += subsidy_per_head(standard, level).num;
    return sum;
}

static bool makes_the_whole(const struct subsidy_standard *standard)
{
    return standard->per_head.fen != 0
        && rates_of_all(standard).num >= standard->per_head.fen * standard->whole;
}

/* Whether a standard says what levels pay of it: by shares, or by rates of their own that come to all of it.
 * */
static bool is_divided(const struct subsidy_standard *standard)
{
    bool shares = false;
    for (int level = 0; level < SUBSIDY_LEVELS; level++)
        shares |= standard->levels[level].parts != 0;
    return shares || makes_the_whole(standard);
}

/* What all levels together pay per head: the standard, and more where a level pays a rate of its own beside
 * shares that make the whole.  0 where no standard is known or a part of it is no level's. */
static int64_t per_head_of_all(const struct subsidy_standard *standard)
{
    if (!is_divided(standard))
        return standard->per_head.fen;
    return makes_the_whole(standard) ? ratio_round(rates_of_all(standard), 0) : 0;
}

/* The heads that all levels which pay per head count alike; HEADS_UNKNOWN if they do not. */
static int64_t common_heads(const struct subsidy_standard *standard,
                            const struct subsidy_view states[SUBSIDY_LEVELS])
{
    const struct subsidy_state *first = NULL;
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        if (!pays_per_head(&standard->levels[level]))
            continue;
        if (first != NULL && states[level].state.heads != first->heads)
            return HEADS_UNKNOWN;
        first = &states[level].state;
    }
    return first != NULL ? first->heads : HEADS_UNKNOWN;
}

static struct subsidy_due sum_of_dues(struct query *q, const struct subsidy_view states[SUBSIDY_LEVELS])
{
    struct subsidy_due sum = { .known = SUBSIDY_KNOWN };
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        struct subsidy_due due = states[level].state.due;
        if (due.known != SUBSIDY_KNOWN)
            return due;
        if (!amount_add(sum.amount, due.amount, &sum.amount))
            query_fail_with(q, -EOVERFLOW, "subsidies");
    }
    return sum;
}

/* Of all levels together: a part that is derived makes the sum so.  A standard that is not divided is
 * measured on the year's `reported` heads alone. */
static void write_derived_whole(struct query *q, const struct subsidy_standard *standard,
                                const struct subsidy_view states[SUBSIDY_LEVELS], struct subsidy_due due,
                                bool reported)
{
    bool divided = is_divided(standard);
    struct derived_figure figures[] = {
        { "heads", !divided && reported }, { "due", due_is_derived(due, !divided && reported) },
        { "received", false },
    };
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        bool counts = divided && pays_per_head(&standard->levels[level]);
        figures[0].derived |= counts && states[level].state.heads_derived;
        figures[2].derived |= states[level].received_derived;
    }
    write_derived_figures(q->data, figures, sizeof figures / sizeof figures[0]);
}

/* All levels together, in the report's year.  A standard that is not divided is measured on the year's heads;
 * of one that is divided in part the rest is nobody's here, and the whole would be measured with what only
 * some of them pay. */
static void write_whole_subsidy(struct query *q, const struct period *p, const struct fund_view *fund,
                                int year)
{
    struct subsidy_view states[SUBSIDY_LEVELS] = { 0 };
    struct amount received = { 0 };
    const struct subsidy_standard *standard = year_states(q, p, &fund->policy, year, states);
    bool divided = is_divided(standard);
    int64_t per_head = per_head_of_all(standard);
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        if (!amount_add(received, states[level].state.received, &received))
            query_fail_with(q, -EOVERFLOW, "subsidies");
    }
    struct subsidy_due due = { .known = SUBSIDY_NO_STANDARD };
    if (per_head != 0)
        due = divided ? sum_of_dues(q, states)
                      : subsidy_due_together(standard, fund->heads.reported);
    write_key(q->data, "subsidy_whole");
    write_map(q->data, 6);
    write_key_int(q->data, "per_head", per_head);
    write_key_int(q->data, "heads", divided ? common_heads(standard, states) : fund->heads.reported);
    write_due(q->data, due);
    write_key_int(q->data, "received", received.fen);
    write_derived_whole(q, standard, states, due, (fund->heads.derived & HEADS_BIT(REPORTED)) != 0);
}

/* A budget is of its year; a subsidy's stays to be seen, as what is missing of it can still come. */
static bool shows_budget(const struct budget_line *line, int year)
{
    return line->year == year || (budget_is_subsidy(line) && line->year < year);
}

static void write_budget(struct query *q, const struct fund_view *fund, int year)
{
    const struct policy *policy = &fund->policy;
    struct query_list list;
    list_begin(&list);
    for (unsigned i = 0; i < policy->budget_count; i++) {
        const struct budget_line *line = &policy->budget[i];
        const struct account_info *info = account_info(posting_account(line->category));
        if (info == NULL || !shows_budget(line, year))
            continue;
        write_map(&list.items, 5);
        write_key_int(&list.items, "year", line->year);
        write_key_string(&list.items, "account", info->code);
        write_key_int(&list.items, "budget", line->amount.fen);
        write_key_int(&list.items, "amount", fund->executed[i].fen);
        write_key_bool(&list.items, "derived", fund->derived.executed[i]);
        list.count++;
    }
    list_end(&list, q->data, "budget");
}

/* The figures of the form; its opening balance as opening_balance(). */
static void write_derived_form(struct query *q, const struct period *p, const struct fund_view *fund,
                               const struct lines *derived, bool closing)
{
    date_day before = fund->start > p->before ? fund->start : p->before;
    bool opening;
    derived_between(q, p, before, before, &opening);
    const struct derived_figure figures[] = {
        { "opening", opening }, { "income", has_moved(lines_income, derived) },
        { "expenditure", has_moved(lines_expenditure, derived) },
        { "surplus", sum_of_lines(lines_income, derived) != sum_of_lines(lines_expenditure, derived) },
        { "closing", closing },
    };
    write_derived_figures(q->data, figures, sizeof figures / sizeof figures[0]);
}

/* The insured of the same day a year ago, beside whom this year's stand. */
static void write_last_year(struct query *q, const struct period *p)
{
    struct headcount heads = headcount_unknown();
    int err = view_headcount(p->view, p->fund, date_months_before(p->last, 12), &heads);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "people");
    write_headcount(q->data, "heads_last_year", &heads);
}

static void write_report(struct query *q, const struct period *p, const struct fund_view *fund,
                         int year)
{
    struct writer *w = q->data;
    bool closing;
    struct lines lines = lines_between(q, p, p->first, p->last);
    struct lines derived = derived_between(q, p, p->first, p->last, &closing);
    int64_t income = sum_of_lines(lines_income, &lines);
    int64_t expenditure = sum_of_lines(lines_expenditure, &lines);
    write_map(w, 17);
    write_key_fund(w, "fund", fund->fund);
    write_key_int(w, "year", year);
    write_key_date(w, "as_of", p->last);
    write_key_int(w, "opening", opening_balance(q, p, fund));
    write_derived_form(q, p, fund, &derived, closing);
    write_key_lines(w, "lines", &lines, &derived);
    write_key_int(w, "income", income);
    write_key_int(w, "expenditure", expenditure);
    write_key_int(w, "surplus", income - expenditure);     /* not lines_surplus(): no opening balance */
    write_key_int(w, "closing", balance_at(q, p, p->last));
    write_key(w, "status");
    write_status(q, w, p->view, p->fund, fund);
    write_months(q, p, fund);
    write_subsidies(q, w, p->view, p->fund, fund, p->last, "subsidy", pays_or_paid);
    write_whole_subsidy(q, p, fund, year);
    write_budget(q, fund, year);
    write_last_year(q, p);
    write_key(w, "policy");
    policy_encode(w, &fund->policy);
}

/* Whose books a place's were before they became its own, as far as there is room. */
struct parts_text {
    char *text;
    size_t size;
};

static bool add_part_text(void *arg, const struct part_view *part)
{
    struct parts_text *to = arg;
    char fund[FUND_TEXT_MAX], until[DATE_TEXT_MAX];
    size_t used = strlen(to->text);
    int size = snprintf(to->text + used, to->size - used, "%s %s until %s",
                        used == 0 ? "; before, they were those of" : ",",
                        fund_format(part->fund, fund), date_format(part->from - 1, until));
    if (size > 0 && used + (size_t)size >= to->size)
        to->text[used] = '\0';
    return size > 0 && used + (size_t)size < to->size;
}

static const char *parts_before(const struct period *p, char *text, size_t size)
{
    struct parts_text to = { text, size };
    text[0] = '\0';
    view_parts(p->view, p->fund, INT32_MAX, add_part_text, &to);
    return text;
}

static void fail_before_start(struct query *q, const struct period *p, const struct fund_view *fund,
                              int year)
{
    char before[128], start[DATE_TEXT_MAX];
    query_fail(q, "not_found", "nothing of %d: the books open with the end of %s%s", year,
               date_format(fund->start, start), parts_before(p, before, sizeof before));
}

static void report_on(struct query *q, struct period *p, int year, date_day as_of)
{
    struct fund_view fund;
    int err = view_fund(p->view, p->fund, &fund);
    if (err != 0) {
        query_fail_with(q, err, "fund");
        return;
    }
    p->before = date_month_first(year * 12) - 1;
    p->first = p->before + 1;
    p->last = date_month_last(year * 12 + 11);
    if (as_of != DATE_NONE && as_of < p->last)
        p->last = as_of;
    if (fund.books_date < p->last)
        p->last = fund.books_date;
    if (p->last < p->first) {
        query_fail(q, "not_found", "nothing of %d: the books are at %s", year,
                   date_format(fund.books_date, (char[DATE_TEXT_MAX]){ "" }));
        return;
    }
    err = view_fund_whole(p->view, p->fund, p->last, &fund);
    if (err != 0)
        query_fail_with(q, err, "fund at that date");
    else if (fund.policy.rollup)
        query_fail(q, "bad_argument", "the fund has no books of its own: ask for the roll-up of its place");
    else if (p->last <= fund.start)
        fail_before_start(q, p, &fund, year);
    else
        write_report(q, p, &fund, year);
}

enum query_end query_report(struct query *q)
{
    struct period period = { .view = NULL };
    struct fund fund = query_fund(q);
    int year = (int)query_int(q, "year", DATE_YEAR_MIN, DATE_YEAR_MAX, 0);
    date_day as_of = query_date(q, "as_of", DATE_NONE);
    if (query_ok(q) && as_of != DATE_NONE && date_year(as_of) != year)
        query_fail(q, "bad_argument", "as_of is not a day of the year");
    query_fund_view(q, fund, &period.view, &period.fund);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    report_on(q, &period, year, as_of);
    view_close(&period.view);
    return QUERY_ANSWERED;
}
