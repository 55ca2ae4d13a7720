/* rollup: the funds of a place as one (PROTOCOL 9.4). */
#include "daemon/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rollup_amounts.h"
#include "fund/rollup.h"

/* How complete a member's sources are, or those of all that are added. */
struct member_sources {
    struct completeness_sum sums[COMPLETENESS_PERIODS];
};

/* What the answer is made from. */
struct gathering {
    struct view *view;
    struct place_prefix place;
    uint16_t scheme;
    date_day as_of;
    bool stated;                    /* as_of was asked for */
    bool begun;                     /* some fund has a day in its books */
    struct rollup_member *members;  /* malloc'ed */
    struct member_sources *sources; /* theirs, in the same order; malloc'ed */
    size_t count;
    date_month from, to;            /* closed months of the sums, if there are any */
    unsigned months;
    struct rollup sums;
};

/* --- Reading. ------------------------------------------------------------------------ */

static uint32_t fund_count(struct query *q, struct view *view)
{
    struct view_size size = { .funds = 0 };
    int err = view_size(view, &size);
    if (err != 0)
        query_fail_with(q, err, "size of the store");
    return (uint32_t)size.funds;
}

static bool is_member(const struct gathering *g, struct fund fund)
{
    return fund.scheme == g->scheme && place_within(fund.place, g->place);
}

/* The earliest books date, of funds that have a day in their books if there are any such. */
static void take_date(struct gathering *g, const struct fund_view *fund)
{
    bool begun = fund->books_date > fund->start;
    if (g->stated || (g->begun && !begun) || policy_ends_place(&fund->policy))
        return;
    if (g->as_of == DATE_NONE || begun > g->begun || fund->books_date < g->as_of)
        g->as_of = fund->books_date;
    g->begun = begun;
}

static void find_members(struct query *q, struct gathering *g)
{
    uint32_t funds = fund_count(q, g->view);
    g->members = calloc(funds > 0 ? funds : 1, sizeof *g->members);
    g->sources = calloc(funds > 0 ? funds : 1, sizeof *g->sources);
    if (g->members == NULL || g->sources == NULL)
        query_fail_with(q, -ENOMEM, "roll-up");
    for (uint32_t number = 1; query_ok(q) && number <= funds; number++) {
        struct fund_view fund;
        int err = view_fund(g->view, number, &fund);
        if (err != 0)
            query_fail_with(q, err, "fund");
        if (err != 0 || !is_member(g, fund.fund))
            continue;
        g->members[g->count++] = (struct rollup_member){ .fund = fund.fund, .number = number };
        take_date(g, &fund);
    }
    if (query_ok(q) && g->count == 0)
        query_fail(q, "not_found", "there is no fund of scheme %u there", g->scheme);
}

/* In the books of the fund that it was merged into, which may itself have been. */
static void take_merger(struct query *q, const struct gathering *g, const struct fund_view *fund,
                        struct rollup_member *member)
{
    struct fund_view whole = *fund;
    while (query_ok(q) && whole.merged_into != 0) {
        int err = view_fund_as_of(g->view, whole.merged_into, g->as_of, &whole);
        if (err != 0)
            query_fail_with(q, err, "fund that another was merged into");
    }
    member->role = ROLLUP_MERGED;
    member->within = whole.fund.place;
}

static void read_member(struct query *q, const struct gathering *g, struct rollup_member *member)
{
    struct fund_view fund;
    int err = view_fund_as_of(g->view, member->number, g->as_of, &fund);
    if (err != 0) {
        query_fail_with(q, err, "fund at that date");
        return;
    }
    if (fund.merged_into != 0)
        take_merger(q, g, &fund, member);
    else if (fund.books_date < g->as_of && !policy_ends_place(&fund.policy))
        member->role = ROLLUP_BEHIND;
    else if (fund.books_date <= fund.start)
        member->role = ROLLUP_LATER;
    rollup_judge(&fund.trailing, &member->judged, &member->elsewhere);
    member->has_opening = fund.has_opening;
    member->derived = fund.opening_derived;
    member->min_months = fund.policy.runway.min_months;
    member->first = indicator_first_month(fund.start);
    member->balance = fund.balance;
    member->heads = fund.heads;
}

/* The places that were split by the date. */
static void read_splits(struct query *q, const struct gathering *g)
{
    for (size_t i = 0; query_ok(q) && i < g->count; i++) {
        struct policy policy;
        date_day from;
        uint64_t position;
        int err = view_policy(g->view, g->members[i].number, g->as_of, &policy, &from, &position);
        if (err != 0)
            query_fail_with(q, err, "policy at that date");
        else
            rollup_split(g->members, g->count, g->members[i].fund.place, policy.split_into,
                         policy.split_count, from);
    }
}

static void read_closed(struct query *q, const struct gathering *g, struct rollup_member *member)
{
    int err = view_lines(g->view, member->number, date_month_first(g->from), date_month_last(g->to),
                         g->as_of, &member->closed);
    if (err != 0)
        query_fail_with(q, err, "balances");
}

static void read_sources(struct query *q, struct gathering *g, size_t i)
{
    struct completeness_view c;
    int err = view_completeness(g->view, g->members[i].number, g->as_of, &c);
    if (err != 0)
        query_fail_with(q, err, "completeness");
    else
        memcpy(g->sources[i].sums, c.sums, sizeof c.sums);
}

static void gather(struct query *q, struct gathering *g)
{
    find_members(q, g);
    for (size_t i = 0; query_ok(q) && i < g->count; i++)
        read_member(q, g, &g->members[i]);
    read_splits(q, g);
    for (size_t i = 0; query_ok(q) && i < g->count; i++)
        read_sources(q, g, i);
    if (!query_ok(q))
        return;
    rollup_roles(g->members, g->count);
    g->months = rollup_months(g->members, g->count, g->as_of, &g->from, &g->to);
    for (size_t i = 0; g->months > 0 && query_ok(q) && i < g->count; i++)
        read_closed(q, g, &g->members[i]);
    rollup_sum(g->members, g->count, g->as_of, g->months, &g->sums);
}

/* --- Writing. ------------------------------------------------------------------------ */

struct firing {
    int8_t level;                   /* of the runway's rule */
    bool blind;
    unsigned count;
};

static bool count_firing(void *arg, const struct rule_view *rule)
{
    struct firing *firing = arg;
    firing->count += rule->state.level != LEVEL_HEALTHY;
    if (rule->rule == RULE_RUNWAY) {
        firing->level = rule->state.level;
        firing->blind = rule->state.blind;
    }
    return true;
}

static struct firing firing_of(struct query *q, const struct gathering *g, uint32_t number)
{
    struct firing firing = { .level = LEVEL_HEALTHY };
    int err = view_rules(g->view, number, count_firing, &firing);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "rules");
    return firing;
}

static void write_within(struct writer *w, const struct rollup_member *member)
{
    if (member->role == ROLLUP_CONTAINED || member->role == ROLLUP_MERGED)
        write_key_fund(w, "within", (struct fund){ member->within, member->fund.scheme });
    else
        write_key_string(w, "within", "");
}

/* A member as of the date; its rules are as they stand now. */
static void write_member(struct query *q, const struct gathering *g, size_t index)
{
    const struct rollup_member *member = &g->members[index];
    struct writer *w = q->data;
    struct fund_view fund;
    struct firing firing = firing_of(q, g, member->number);
    int err = view_fund_as_of(g->view, member->number, g->as_of, &fund);
    if (err != 0) {
        query_fail_with(q, err, "fund at that date");
        return;
    }
    write_map(w, 17);
    write_key_fund(w, "fund", member->fund);
    write_key_string(w, "role", rollup_role_word(member->role));
    write_within(w, member);
    write_key_bool(w, "elsewhere", member->elsewhere);
    write_key_date(w, "books_date", fund.books_date);
    write_key_bool(w, "has_opening", fund.has_opening);
    write_key_bool(w, "balance_derived", fund.opening_derived);
    write_key_int(w, "balance", fund.balance.fen);
    write_key_uint(w, "months", g->months);
    write_key_int(w, "income", sum_of_lines(lines_income, &member->closed));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, &member->closed));
    write_key_indicator(w, "runway", indicator_runway(&fund.runway, fund.policy.runway.min_months));
    write_key_indicator(w, "provisional_share", indicator_provisional(&fund.trailing));
    write_key_string(w, "level", level_word(firing.level));
    write_key_bool(w, "blind", firing.blind);
    write_key_uint(w, "firing", firing.count);
    write_key(w, "completeness");
    write_map(w, 4);
    write_completeness_pairs(w, g->sources[index].sums);
}

static void write_members(struct query *q, const struct gathering *g)
{
    write_key(q->data, "members");
    write_array(q->data, (uint32_t)g->count);
    for (size_t i = 0; query_ok(q) && i < g->count; i++)
        write_member(q, g, i);
}

static void write_counts(struct writer *w, const struct rollup *sums)
{
    write_key(w, "funds");
    write_map(w, 6);
    write_key_uint(w, "added", sums->added);
    write_key_uint(w, "contained", sums->contained);
    write_key_uint(w, "above", sums->above);
    write_key_uint(w, "behind", sums->behind);
    write_key_uint(w, "later", sums->later);
    write_key_uint(w, "merged", sums->merged);
}

/* A figure of people, and which of the funds that are added lack it. */
static void write_figure(struct writer *w, const struct gathering *g, unsigned figure)
{
    struct query_list missing;
    char text[FUND_TEXT_MAX];
    list_begin(&missing);
    for (size_t i = 0; i < g->count; i++) {
        const struct rollup_member *member = &g->members[i];
        if (member->role != ROLLUP_ADDED || (member->lacks >> figure & 1) == 0)
            continue;
        write_string(&missing.items, fund_format(member->fund, text));
        missing.count++;
    }
    write_map(w, 3);
    write_key_string(w, "figure", rollup_heads_word(figure));
    write_key_int(w, "heads", rollup_heads(&g->sums.heads, figure));
    list_end(&missing, w, "missing");
}

static void write_heads(struct writer *w, const struct gathering *g)
{
    write_key(w, "heads");
    write_array(w, ROLLUP_HEADS);
    for (unsigned figure = 0; figure < ROLLUP_HEADS; figure++)
        write_figure(w, g, figure);
}

static bool write_ratio(struct writer *w, const struct rollup *sums, unsigned numerator, unsigned denominator)
{
    struct coverage_rule rule = {
        .numerator = (uint8_t)numerator, .denominator = (uint8_t)denominator,
        .deadline_month = 1, .deadline_day = 1,
    };
    struct indicator coverage = indicator_coverage(&rule, &sums->heads, sums->position.books_date);
    if (coverage.why != COMPUTABLE)
        return false;
    write_map(w, 6);
    write_key_string(w, "numerator", numerator_word(numerator));
    write_key_string(w, "denominator", denominator_word(denominator));
    write_indicator_pairs(w, coverage);
    return true;
}

/* Every coverage that the sums give; limits belong to policies, and a place has none. */
static void write_coverage(struct writer *w, const struct rollup *sums)
{
    struct query_list list;
    list_begin(&list);
    for (unsigned n = NUMERATOR_PAID; n <= NUMERATOR_LAST; n++) {
        for (unsigned d = DENOMINATOR_RESIDENT; d <= DENOMINATOR_LAST_YEAR; d++)
            list.count += write_ratio(&list.items, sums, n, d);
    }
    list_end(&list, w, "coverage");
}

static struct indicator of_sums(const struct rollup *sums, struct indicator indicator)
{
    return sums->fits ? indicator : (struct indicator){ .why = NC_OVERFLOW };
}

static void write_money(struct writer *w, const struct gathering *g)
{
    const struct rollup *sums = &g->sums;
    struct lines none = { .fen = { 0 } };
    const struct lines *lines = sums->fits ? &sums->position.closed : &none;
    write_key_bool(w, "has_opening", sums->position.has_opening);
    write_key_int(w, "balance", sums->fits ? sums->position.balance.fen : 0);
    write_key_bool(w, "balance_derived", sums->derived);
    write_key_uint(w, "months", g->months);
    write_key_int(w, "from", g->months > 0 ? date_month_to_ym(g->from) : 0);
    write_key_int(w, "to", g->months > 0 ? date_month_to_ym(g->to) : 0);
    write_key_int(w, "income", sum_of_lines(lines_income, lines));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, lines));
    write_key_int(w, "provisional", sum_of_lines(lines_provisional, lines));
    write_key_lines(w, "lines", lines);
    write_key_indicator(w, "runway",
                        of_sums(sums, indicator_runway(&sums->position, sums->min_months)));
    write_key_indicator(w, "deficit", of_sums(sums, indicator_deficit(&sums->position)));
    write_key_indicator(w, "provisional_share", of_sums(sums, indicator_provisional(&sums->position)));
    write_key_indicator(w, "reimbursement_in_policy",
                        of_sums(sums, indicator_reimbursement(&sums->position, REIMBURSEMENT_IN_POLICY)));
    write_key_indicator(w, "reimbursement_actual",
                        of_sums(sums, indicator_reimbursement(&sums->position, REIMBURSEMENT_ACTUAL)));
}

/* What a line had between funds: cancelled on it, and left on it. */
static bool write_transfer(struct writer *w, const struct rollup *sums, enum account account)
{
    const struct account_info *info = account_info(account);
    int64_t left = sums->position.closed.fen[account];
    if (info->class == CLASS_INCOME)
        left = -left;
    else
        left += sums->position.closed.fen[account_provisional(account)];
    if (sums->cancelled.fen[account] == 0 && left == 0)
        return false;
    write_map(w, 3);
    write_key_string(w, "account", info->code);
    write_key_int(w, "cancelled", sums->cancelled.fen[account]);
    write_key_int(w, "left", left);
    return true;
}

static void write_transfers(struct writer *w, const struct rollup *sums)
{
    static const enum account lines[] = {
        ACCOUNT_I6, ACCOUNT_I7, ACCOUNT_I8, ACCOUNT_E5, ACCOUNT_E6, ACCOUNT_E8,
    };
    struct query_list list;
    list_begin(&list);
    for (size_t i = 0; sums->fits && i < sizeof lines / sizeof lines[0]; i++)
        list.count += write_transfer(&list.items, sums, lines[i]);
    write_key_int(w, "cancelled", sums->fits ? sums->cancelled_sum.fen : 0);
    list_end(&list, w, "transfers");
}

/* Of the funds that are added. */
static void write_sources(struct writer *w, const struct gathering *g)
{
    struct member_sources all = { .sums = { { 0 } } };
    for (size_t i = 0; i < g->count; i++) {
        for (int period = 0; period < COMPLETENESS_PERIODS; period++) {
            if (g->members[i].role == ROLLUP_ADDED)
                completeness_add_sum(&all.sums[period], g->sources[i].sums[period]);
        }
    }
    write_key(w, "completeness");
    write_map(w, 4);
    write_completeness_pairs(w, all.sums);
}

static void write_rollup(struct query *q, struct gathering *g)
{
    struct writer *w = q->data;
    char place[8] = "";
    query_text(q, "place", place, sizeof place);
    write_map(w, 27);
    write_key_string(w, "place", place);
    write_key_int(w, "scheme", g->scheme);
    write_key_date(w, "as_of", g->as_of);
    write_key_bool(w, "as_of_common", !g->stated);
    write_counts(w, &g->sums);
    write_money(w, g);
    write_transfers(w, &g->sums);
    write_heads(w, g);
    write_coverage(w, &g->sums);
    write_rollup_amounts(q, g->view, g->members, g->count, g->as_of);
    write_sources(w, g);
    write_members(q, g);
}

enum query_end query_rollup(struct query *q)
{
    struct gathering g = { .members = NULL };
    g.place = query_place(q);
    g.scheme = (uint16_t)query_int(q, "scheme", SCHEME_EMPLOYEE, SCHEME_RESIDENT, SCHEME_RESIDENT);
    g.as_of = query_date(q, "as_of", DATE_NONE);
    g.stated = g.as_of != DATE_NONE;
    if (query_ok(q) && g.scheme != SCHEME_EMPLOYEE && g.scheme != SCHEME_RESIDENT)
        query_fail(q, "bad_argument", "scheme is 310 or 390");
    if (query_ok(q) && !grant_prefix(q->grant, g.place))
        query_fail(q, "not_permitted", "the key has no right to see all of that place");
    query_view(q, &g.view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    gather(q, &g);
    if (query_ok(q))
        write_rollup(q, &g);
    free(g.members);
    free(g.sources);
    view_close(&g.view);
    return QUERY_ANSWERED;
}
