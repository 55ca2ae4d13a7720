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
    struct place_funds funds;
    struct member_sources *sources; /* the members', in the same order; malloc'ed */
};

static void read_sources(struct query *q, struct gathering *g)
{
    g->sources = calloc(g->funds.count, sizeof *g->sources);
    if (g->sources == NULL)
        query_fail_with(q, -ENOMEM, "roll-up");
    for (size_t i = 0; query_ok(q) && i < g->funds.count; i++) {
        struct completeness_view c;
        int err = view_completeness(g->view, g->funds.members[i].number, g->as_of, &c);
        if (err != 0)
            query_fail_with(q, err, "completeness");
        else
            memcpy(g->sources[i].sums, c.sums, sizeof c.sums);
    }
}

static void gather(struct query *q, struct gathering *g)
{
    int err = g->stated ? 0 : view_place_day(g->view, g->place, g->scheme, &g->as_of);
    bool any = g->as_of != DATE_NONE;
    if (err == 0 && any)
        err = view_place(g->view, g->place, g->scheme, g->as_of, &g->funds);
    if (err != 0)
        query_fail_with(q, err, "roll-up");
    else if (!any || g->funds.count == 0)
        query_fail(q, "not_found", "there is no fund of scheme %u there", g->scheme);
    else
        read_sources(q, g);
}

/* --- Writing. ------------------------------------------------------------------------ */

struct firing {
    int8_t level;                   /* of the runway's rule */
    bool blind;
    date_day since;             /* of the level; DATE_NONE: there is no such rule yet */
    unsigned count;
};

static bool count_firing(void *arg, const struct rule_view *rule)
{
    struct firing *firing = arg;
    firing->count += rule->state.level != LEVEL_HEALTHY;
    if (rule->rule == RULE_RUNWAY) {
        firing->level = rule->state.level;
        firing->blind = rule->state.blind;
        firing->since = rule->state.since;
    }
    return true;
}

static struct firing firing_of(struct query *q, const struct gathering *g, uint32_t number)
{
    struct firing firing = { .level = LEVEL_HEALTHY, .since = DATE_NONE };
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

/* The level of the runway as of the day: what its rule held then, where nothing has changed since; or else
 * where the figure of the day lies, by the limits that were in force on it.  No rule looks at a place that
 * was merged or split. */
static const char *level_then(const struct firing *firing, const struct fund_view *fund,
                              struct indicator runway)
{
    struct position none = { .months = 0 };
    struct rule_limits limits = rule_runway(&fund->policy, &none).limits;
    int level = runway.why == COMPUTABLE ? limits_level(&limits, runway.value, LEVEL_HEALTHY) : LEVEL_HEALTHY;
    if (firing->since != DATE_NONE && firing->since <= fund->books_date)
        level = firing->level;
    return fund->place_ended ? "" : level_word(level);
}

static void write_derived_member(struct writer *w, const struct rollup_member *member,
                                 const struct fund_view *fund)
{
    const struct fund_derivation *derived = &fund->derived;
    struct indicator runway = indicator_runway(&fund->runway, fund->policy.runway.min_months);
    const struct derived_figure figures[] = {
        { "balance", derived->balance && fund->has_opening },
        { "income", has_moved(lines_income, &member->derived_lines) },
        { "expenditure", has_moved(lines_expenditure, &member->derived_lines) },
        { "runway", derived->runway && runway.why == COMPUTABLE },
        { "runway_owed",
          derived->runway_owed && indicator_runway_owed(runway, &fund->owing).why == COMPUTABLE },
        { "runway_received",
          derived->runway_received && indicator_runway_received(runway, &fund->owing).why == COMPUTABLE },
        { "provisional_share",
          derived->provisional_share && indicator_provisional(&fund->trailing).why == COMPUTABLE },
    };
    write_derived_figures(w, figures, sizeof figures / sizeof figures[0]);
}

/* A member as of the date; how many of its rules fire is as it stands now. */
static void write_member(struct query *q, const struct gathering *g, size_t index)
{
    const struct rollup_member *member = &g->funds.members[index];
    struct writer *w = q->data;
    struct fund_view fund;
    struct firing firing = firing_of(q, g, member->number);
    int err = view_fund_whole(g->view, member->number, g->as_of, &fund);
    if (err != 0) {
        query_fail_with(q, err, "fund at that date");
        return;
    }
    struct indicator runway = indicator_runway(&fund.runway, fund.policy.runway.min_months);
    write_map(w, 23);
    write_key_fund(w, "fund", member->fund);
    write_key_string(w, "role", rollup_role_word(member->role));
    write_key_bool(w, "guessed", member->guessed);
    write_within(w, member);
    write_key_bool(w, "elsewhere", member->elsewhere);
    write_key_date(w, "books_date", fund.books_date);
    write_key_bool(w, "has_opening", fund.has_opening);
    write_key_bool(w, "balance_derived", fund.derived.balance);
    write_derived_member(w, member, &fund);
    write_key_int(w, "balance", fund.balance.fen);
    write_key_uint(w, "months", g->funds.months);
    write_key_int(w, "income", sum_of_lines(lines_income, &member->closed));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, &member->closed));
    write_runways(w, runway, &fund.owing);
    write_key_indicator(w, "provisional_share", indicator_provisional(&fund.trailing));
    write_limits(w, &fund.policy);
    write_key_string(w, "level", level_then(&firing, &fund, runway));
    write_key_bool(w, "blind", runway.why != COMPUTABLE);
    write_key_bool(w, "importing", member->importing);
    write_key_uint(w, "firing", firing.count);
    write_key(w, "completeness");
    write_map(w, 4);
    write_completeness_pairs(w, g->sources[index].sums);
}

static void write_members(struct query *q, const struct gathering *g)
{
    write_key(q->data, "members");
    write_array(q->data, (uint32_t)g->funds.count);
    for (size_t i = 0; query_ok(q) && i < g->funds.count; i++)
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
    for (size_t i = 0; i < g->funds.count; i++) {
        const struct rollup_member *member = &g->funds.members[i];
        if (member->role != ROLLUP_ADDED || (member->lacks >> figure & 1) == 0)
            continue;
        write_string(&missing.items, fund_format(member->fund, text));
        missing.count++;
    }
    int64_t heads = rollup_heads(&g->funds.sums.heads, figure);
    write_map(w, 4);
    write_key_string(w, "figure", rollup_heads_word(figure));
    write_key_int(w, "heads", heads);
    write_key_bool(w, "derived", heads != HEADS_UNKNOWN && (g->funds.sums.heads.derived >> figure & 1) != 0);
    list_end(&missing, w, "missing");
}

static void write_heads(struct writer *w, const struct gathering *g)
{
    write_key(w, "heads");
    write_array(w, ROLLUP_HEADS);
    for (unsigned figure = 0; figure < ROLLUP_HEADS; figure++)
        write_figure(w, g, figure);
}

/* Whether some fund added has stated how many it insured last year: that is people of its scheme alone. */
static bool states_last_year(const struct place_funds *funds)
{
    for (size_t i = 0; i < funds->count; i++)
        if (funds->members[i].role == ROLLUP_ADDED && funds->members[i].heads.last_year != HEADS_UNKNOWN)
            return true;
    return false;
}

/* Whether both sides count the same: with employees this year, and last year some without, a ratio says
 * nothing. */
static bool is_of_a_kind(const struct place_funds *funds, unsigned numerator, unsigned denominator)
{
    bool has_employees =
        numerator == NUMERATOR_REPORTED_AND_EMPLOYEES || numerator == NUMERATOR_PAID_AND_EMPLOYEES;
    return denominator != DENOMINATOR_LAST_YEAR || !has_employees || !states_last_year(funds);
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
    write_map(w, 7);
    write_key_string(w, "numerator", numerator_word(numerator));
    write_key_string(w, "denominator", denominator_word(denominator));
    write_indicator_pairs(w, coverage);
    write_key_bool(w, "derived", coverage_is_derived(&rule, &sums->heads));
    return true;
}

/* Every coverage that the sums give; limits belong to policies, and a place has none. */
static void write_coverage(struct writer *w, const struct place_funds *funds)
{
    struct query_list list;
    list_begin(&list);
    for (unsigned n = NUMERATOR_PAID; n <= NUMERATOR_LAST; n++) {
        for (unsigned d = DENOMINATOR_RESIDENT; d <= DENOMINATOR_LAST_YEAR; d++) {
            if (is_of_a_kind(funds, n, d))
                list.count += write_ratio(&list.items, &funds->sums, n, d);
        }
    }
    list_end(&list, w, "coverage");
}

static struct indicator of_sums(const struct rollup *sums, struct indicator indicator)
{
    return sums->fits ? indicator : (struct indicator){ .why = NC_OVERFLOW };
}

static struct derived_figure derived_of(const char *name, bool derived, struct indicator indicator)
{
    return (struct derived_figure){ name, derived && indicator.why == COMPUTABLE };
}

static void write_derived_money(struct writer *w, const struct gathering *g)
{
    const struct rollup *sums = &g->funds.sums;
    const struct rollup_derivation *derived = &g->funds.derived;
    const struct position *p = &sums->position;
    struct indicator runway = of_sums(sums, indicator_runway(p, sums->min_months));
    const struct derived_figure figures[] = {
        { "balance", derived->balance && p->has_opening && sums->fits },
        { "income", has_moved(lines_income, &derived->lines) },
        { "expenditure", has_moved(lines_expenditure, &derived->lines) },
        { "provisional", has_moved(lines_provisional, &derived->lines) },
        derived_of("runway", derived->runway, runway),
        derived_of("runway_owed", derived->runway_owed, indicator_runway_owed(runway, &sums->owing)),
        derived_of("runway_received", derived->runway_received,
                   indicator_runway_received(runway, &sums->owing)),
        derived_of("deficit", derived->deficit, of_sums(sums, indicator_deficit(p))),
        derived_of("provisional_share", derived->provisional_share, of_sums(sums, indicator_provisional(p))),
        derived_of("reimbursement_in_policy", derived->reimbursement[REIMBURSEMENT_IN_POLICY],
                   of_sums(sums, indicator_reimbursement(p, REIMBURSEMENT_IN_POLICY))),
        derived_of("reimbursement_actual", derived->reimbursement[REIMBURSEMENT_ACTUAL],
                   of_sums(sums, indicator_reimbursement(p, REIMBURSEMENT_ACTUAL))),
    };
    write_derived_figures(w, figures, sizeof figures / sizeof figures[0]);
}

static void write_money(struct writer *w, const struct gathering *g)
{
    const struct rollup *sums = &g->funds.sums;
    struct lines none = { .fen = { 0 } };
    const struct lines *lines = sums->fits ? &sums->position.closed : &none;
    write_key_bool(w, "has_opening", sums->position.has_opening);
    write_key_int(w, "balance", sums->fits ? sums->position.balance.fen : 0);
    write_key_bool(w, "balance_derived", sums->derived);
    write_derived_money(w, g);
    write_key_uint(w, "months", g->funds.months);
    write_key_int(w, "from", g->funds.months > 0 ? date_month_to_ym(g->funds.from) : 0);
    write_key_int(w, "to", g->funds.months > 0 ? date_month_to_ym(g->funds.to) : 0);
    write_key_int(w, "income", sum_of_lines(lines_income, lines));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, lines));
    write_key_int(w, "provisional", sum_of_lines(lines_provisional, lines));
    write_key_lines(w, "lines", lines, &g->funds.derived.lines);
    write_runways(w, of_sums(sums, indicator_runway(&sums->position, sums->min_months)), &sums->owing);
    write_owing(w, &sums->owing);
    write_key_indicator(w, "deficit", of_sums(sums, indicator_deficit(&sums->position)));
    write_key_indicator(w, "provisional_share", of_sums(sums, indicator_provisional(&sums->position)));
    write_key_indicator(w, "reimbursement_in_policy",
                        of_sums(sums, indicator_reimbursement(&sums->position, REIMBURSEMENT_IN_POLICY)));
    write_key_indicator(w, "reimbursement_actual",
                        of_sums(sums, indicator_reimbursement(&sums->position, REIMBURSEMENT_ACTUAL)));
}

/* What a line had between funds: cancelled on it, and left on it. */
static bool write_transfer(struct writer *w, const struct lines *sums, const struct lines *cancelled,
                           enum account account)
{
    const struct account_info *info = account_info(account);
    int64_t left = sums->fen[account];
    if (info->class == CLASS_INCOME)
        left = -left;
    else
        left += sums->fen[account_provisional(account)];
    if (cancelled->fen[account] == 0 && left == 0)
        return false;
    write_map(w, 3);
    write_key_string(w, "account", info->code);
    write_key_int(w, "cancelled", cancelled->fen[account]);
    write_key_int(w, "left", left);
    return true;
}

static void write_lines_between(struct writer *w, const char *key, bool fits, const struct lines *sums,
                                const struct lines *cancelled)
{
    static const enum account lines[] = {
        ACCOUNT_I6, ACCOUNT_I7, ACCOUNT_I8, ACCOUNT_E5, ACCOUNT_E6, ACCOUNT_E8,
    };
    struct query_list list;
    list_begin(&list);
    for (size_t i = 0; fits && i < sizeof lines / sizeof lines[0]; i++)
        list.count += write_transfer(&list.items, sums, cancelled, lines[i]);
    list_end(&list, w, key);
}

static void write_transfers(struct writer *w, const struct place_funds *funds, date_day as_of)
{
    const struct rollup *sums = &funds->sums;
    write_key_int(w, "cancelled", sums->fits ? sums->cancelled_sum.fen : 0);
    write_lines_between(w, "transfers", sums->fits, &sums->position.closed, &sums->cancelled);
    write_key_date(w, "open_from", funds->open_from <= as_of ? funds->open_from : DATE_NONE);
    write_lines_between(w, "open_transfers", funds->open_fits, &funds->open, &funds->open_cancelled);
}

/* Of whose history something is still to come, so that the sums are not what they will be. */
static void write_importing(struct writer *w, const struct place_funds *funds)
{
    struct query_list list;
    char text[FUND_TEXT_MAX];
    list_begin(&list);
    for (size_t i = 0; i < funds->count; i++) {
        if (!rollup_waits_for(&funds->members[i]))
            continue;
        write_string(&list.items, fund_format(funds->members[i].fund, text));
        list.count++;
    }
    list_end(&list, w, "importing_members");
}

/* Of the funds that are added. */
static void write_sources(struct writer *w, const struct gathering *g)
{
    struct member_sources all = { .sums = { { 0 } } };
    for (size_t i = 0; i < g->funds.count; i++) {
        for (int period = 0; period < COMPLETENESS_PERIODS; period++) {
            if (g->funds.members[i].role == ROLLUP_ADDED)
                completeness_add_sum(&all.sums[period], g->sources[i].sums[period]);
        }
    }
    write_key(w, "completeness");
    write_map(w, 4);
    write_completeness_pairs(w, all.sums);
}

/* Those of a policy that is set for the place, and no others: limits belong to policies. */
static void write_limits_of_place(struct query *q, const struct gathering *g)
{
    struct policy policy = { .version = 0 };
    struct fund fund = { g->place.code, g->scheme };
    date_day from;
    uint64_t position;
    uint32_t number;
    for (unsigned digits = g->place.digits; digits < 6; digits++)
        fund.place *= 10;
    int err = view_fund_find(g->view, fund, &number);
    if (err == 0)
        err = view_policy(g->view, number, g->as_of, &policy, &from, &position);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "policy of the place");
    if (!policy.rollup)
        policy.runway.on = policy.deficit.on = policy.provisional.on = false;
    write_limits(q->data, &policy);
}

static void write_rollup(struct query *q, struct gathering *g)
{
    struct writer *w = q->data;
    char place[8] = "";
    query_text(q, "place", place, sizeof place);
    write_map(w, 35);
    write_key_string(w, "place", place);
    write_key_int(w, "scheme", g->scheme);
    write_key_date(w, "as_of", g->as_of);
    write_key_bool(w, "as_of_common", !g->stated);
    write_counts(w, &g->funds.sums);
    write_money(w, g);
    write_limits_of_place(q, g);
    write_importing(w, &g->funds);
    write_transfers(w, &g->funds, g->as_of);
    write_heads(w, g);
    write_coverage(w, &g->funds);
    write_rollup_amounts(q, g->view, g->funds.members, g->funds.count, g->as_of);
    write_sources(w, g);
    write_members(q, g);
}

enum query_end query_rollup(struct query *q)
{
    struct gathering g = { .sources = NULL };
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
    free(g.funds.members);
    free(g.sources);
    view_close(&g.view);
    return QUERY_ANSWERED;
}
