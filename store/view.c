#include "store/view.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/ahead_run.h"
#include "store/bytes.h"
#include "store/churn.h"
#include "store/derivations.h"
#include "store/group.h"
#include "store/owing.h"
#include "store/parts.h"
#include "store/past.h"
#include "store/place.h"
#include "store/unmatched.h"
#include "wire/controls.h"

struct view {
    struct store *store;
    struct txn txn;
    struct head head;
};

int view_open(struct store *store, struct view **ret)
{
    struct view *view = calloc(1, sizeof *view);
    if (view == NULL)
        return -ENOMEM;
    view->store = store;
    int err = txn_begin(&store->env, true, &view->txn);
    if (err == 0)
        err = head_get(&view->txn, &view->head);
    if (err == 0)
        err = head_check_counts(&view->txn, &view->head);
    if (err != 0) {
        view_close(&view);
        return err;
    }
    *ret = view;
    return 0;
}

/* Of the seeded bug snapshot_kept: the first snapshot that somebody had is never given up. */
static bool keeps(void)
{
    static atomic_flag kept = ATOMIC_FLAG_INIT;
    return control("snapshot_kept") && !atomic_flag_test_and_set(&kept);
}

void view_close(struct view **view_p)
{
    struct view *view = *view_p;
    if (view == NULL)
        return;
    if (!keeps())
        txn_abort(&view->txn);
    free(view);
    *view_p = NULL;
}

void view_head(const struct view *view, struct store_head *ret)
{
    *ret = view->head.facts;
}

int view_size(struct view *view, struct view_size *ret)
{
    MDB_envinfo info;
    MDB_env *mdb = view->store->env.mdb;
    mdb_env_info(mdb, &info);
    *ret = (struct view_size){
        .map_used = (info.me_last_pgno + 1) * (uint64_t)sysconf(_SC_PAGESIZE),
        .map_size = info.me_mapsize,
        .index_bytes = derived_bytes(&view->store->derived),
        .funds = view->head.funds,
        .sources = view->head.sources,
        .quarantined = sources_quarantined(&view->txn),
        .readers = info.me_numreaders,
    };
    return view->txn.err;
}

/* A transaction that met an error keeps it; each call starts without. */
static int done(struct view *view, int err)
{
    if (view->txn.err != 0)
        err = view->txn.err;
    view->txn.err = 0;
    return err;
}

/* --- Funds -------------------------------------------------------------------- */

int view_fund_find(struct view *view, struct fund fund, uint32_t *ret_number)
{
    struct fund_record record;
    if (!books_fund(&view->txn, fund, &record))
        return done(view, -ENOENT);
    *ret_number = record.number;
    return 0;
}

int view_books_date(struct view *view, struct fund fund, date_day *ret)
{
    struct fund_record record;
    if (!books_fund(&view->txn, fund, &record))
        return done(view, -ENOENT);
    *ret = record.books_date;
    return 0;
}

int view_funds(struct view *view, bool (*each)(void *arg, struct fund fund), void *arg)
{
    struct range range;
    range_begin(&range, &view->txn, TABLE_FUNDS, "", 0, "", 0);
    while (range_next(&range)) {
        struct fund fund = {.place = unkey_u32(range.key),
                            .scheme = (uint16_t)(range.key[4] << 8 | range.key[5])};
        if (!each(arg, fund))
            break;
    }
    range_end(&range);
    return done(view, 0);
}

int view_policy(struct view *view, uint32_t fund, date_day date, struct policy *ret,
                date_day *ret_from, uint64_t *ret_position)
{
    struct policy_ref ref;
    if (!books_policy_ref(&view->txn, fund, date, UINT64_MAX, &ref))
        return done(view, -ENOENT);
    int err = books_policy(NULL, &view->txn, ref.position, ret);
    if (err == 0) {
        *ret_from = ref.from;
        *ret_position = ref.position;
    }
    return done(view, err);
}

static void fill_targets(struct view *view, const struct fund_record *record,
                         const struct parts *parts, date_day date, bool whole, struct fund_view *fund)
{
    const struct policy *policy = &fund->policy;
    if (whole || policy->reimbursement.on)
        books_position(&view->txn, record, policy->reimbursement.base, date, &fund->bills);
    if (whole || policy->falling.on)
        books_position_of(&view->txn, record, parts, policy->runway.base,
                          date_months_before(date, policy->falling.months), &fund->earlier);
    if (whole || policy->net_loss.on)
        people_loss(&view->txn, parts, date, &fund->insured_last_year, &fund->insured);
    if (whole || policy->pace.on)
        people_pace(&view->txn, parts, &policy->pace, date, &fund->coming_last_year, &fund->coming);
    for (unsigned i = 0; i < policy->contributions.expected_count; i++)
        fund->collected[i] = books_collected(&view->txn, parts,
                                             policy->contributions.expected[i].year, date);
    books_executed(&view->txn, parts, policy, date, fund->executed);
    if (policy->gate.on) {
        struct outlook_past past;
        past_read(&view->txn, record, parts, date, &past);
        fund->gate = past_gate(&view->txn, parts, &past, policy, &fund->runway, false);
    }
}

static void fill_heads(struct view *view, const struct parts *parts, int32_t year, date_day day,
                       const struct policy *policy, struct headcount *ret)
{
    people_headcount_of(&view->txn, parts, year, day, ret);
    if (policy_asks_last_year(policy))
        people_year_before(&view->txn, parts, year, day, ret);
}

static bool add_importing(void *arg, struct fund member)
{
    struct fund_view *fund = arg;
    if (fund->importing_count < IMPORTING_MEMBERS_MAX)
        fund->importing_members[fund->importing_count] = member;
    fund->importing_count++;
    return true;
}

/* Of a roll-up the figures are those of its place. */
static int fill_rollup(struct view *view, date_day date, struct fund_view *fund)
{
    struct place_funds place;
    int err = view_place(view, place_under(fund->fund.place), fund->fund.scheme, date, &place);
    if (err != 0)
        return err;
    const struct rollup_derivation *derived = &place.derived;
    for (size_t i = 0; i < place.count; i++)
        if (rollup_waits_for(&place.members[i]))
            add_importing(fund, place.members[i].fund);
    fund->runway = fund->trailing = fund->bills = rollup_position(&place);
    fund->heads = rollup_headcount(&place);
    fund->year_before = fund->coming_year = headcount_unknown();
    fund->counted = counted_nothing();
    fund->owing = place.sums.owing;
    fund->has_opening = place.sums.position.has_opening;
    fund->opening_derived = place.sums.derived;
    fund->derived = (struct fund_derivation){
        .balance = derived->balance,
        .income = derivations_moved(lines_income, &derived->lines),
        .expenditure = derivations_moved(lines_expenditure, &derived->lines),
        .provisional = derivations_moved(lines_provisional, &derived->lines),
        .runway = derived->runway,
        .runway_owed = derived->runway_owed,
        .runway_received = derived->runway_received,
        .deficit = derived->deficit,
        .provisional_share = derived->provisional_share,
        .reimbursement = {derived->reimbursement[0], derived->reimbursement[1]},
    };
    place_free(&place);
    return 0;
}

static int read_fund(struct view *view, uint32_t number, date_day date, bool whole, struct fund_view *ret)
{
    struct fund_record record;
    struct fund_view fund = {0};
    date_day from;
    uint64_t position;
    if (!books_fund_by_number(&view->txn, number, &fund.fund, &record))
        return done(view, -ENOENT);
    if (date > record.books_date)
        date = record.books_date;
    int err = view_policy(view, number, date, &fund.policy, &from, &position);
    if (err != 0)
        return err;
    struct parts parts;
    parts_of(&view->txn, &record, date, &parts);
    struct beginning beginning = books_beginning(&view->txn, &record, &parts);
    fund.books_date = date;
    fund.has_opening = beginning.has_opening && beginning.start <= date;
    fund.opening_derived = beginning.derived;
    fund.opening_date = record.opening_date;
    fund.start = beginning.start;
    fund.parts = parts.count - 1;
    fund.place_ended = parts_place_ended(&parts, &fund.policy);
    if (parts.is_part) {
        struct fund_record ignored;
        if (!books_fund_by_number(&view->txn, record.merged_into, &fund.merged_into, &ignored))
            return done(view, -EILSEQ);
        fund.merged_from = record.merged_from;
    }
    fund.importing = record.importing;
    parts_importing_each(&view->txn, &parts, add_importing, &fund);
    fund.unmatched = record.unmatched;
    fund.misfits = record.misfits;
    fund.closed = record.closed;
    fund.policy_from = from;
    if (fund.policy.split_count > 0)
        fund.split_from = books_split_since(NULL, &view->txn, number, from);
    fund.policy_version = fund.policy.version;
    books_position(&view->txn, &record, fund.policy.runway.base, date, &fund.runway);
    books_position(&view->txn, &record, RUNWAY_TRAILING_12, date, &fund.trailing);
    if (fund.policy.rollup)
        err = fill_rollup(view, date, &fund);
    fund.balance = fund.runway.balance;
    if (!fund.policy.rollup) {
        owing_read(&view->txn, &parts, &fund.policy, &fund.runway, &fund.owing);
        fill_heads(view, &parts, date_year(date), date, &fund.policy, &fund.heads);
        fill_heads(view, &parts, date_year(date) - 1, date_year_before(date), &fund.policy,
                   &fund.year_before);
        fill_heads(view, &parts, date_year(date) + 1, date, &fund.policy, &fund.coming_year);
        fund.counted = people_counted(&view->txn, &parts, date_year(date), date);
        fill_targets(view, &record, &parts, date, whole, &fund);
        fund.derived.balance = fund.opening_derived || derivations_balance(&view->txn, &parts, date);
    }
    if (whole && !fund.policy.rollup) {
        derivations_fill(&view->txn, &parts, date, &fund);
    }
    if (view->txn.err == 0 && err == 0)
        *ret = fund;
    return done(view, err);
}

int view_fund_as_of(struct view *view, uint32_t number, date_day date, struct fund_view *ret)
{
    return read_fund(view, number, date, false, ret);
}

int view_fund_whole(struct view *view, uint32_t number, date_day date, struct fund_view *ret)
{
    return read_fund(view, number, date, true, ret);
}

int view_fund(struct view *view, uint32_t number, struct fund_view *ret)
{
    return view_fund_as_of(view, number, INT32_MAX, ret);
}

/* A fund's record and its parts as of a day; false if there is no such fund. */
static bool whole_of(struct view *view, uint32_t number, date_day as_of, struct fund_record *ret,
                     struct parts *ret_parts)
{
    struct fund ignored;
    if (!books_fund_by_number(&view->txn, number, &ignored, ret))
        return false;
    parts_of(&view->txn, ret, as_of, ret_parts);
    return true;
}

int view_lines(struct view *view, uint32_t fund, date_day from, date_day to, date_day as_of,
               struct lines *ret)
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, as_of, &record, &parts))
        return done(view, -ENOENT);
    books_lines_settled(&view->txn, &parts, from, to, as_of, ret);
    return done(view, 0);
}

int view_balance(struct view *view, uint32_t fund, date_day date, date_day as_of, struct amount *ret)
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, as_of, &record, &parts))
        return done(view, -ENOENT);
    *ret = books_balance(&view->txn, &record, date, as_of);
    return done(view, 0);
}

int view_past(struct view *view, uint32_t fund, date_day as_of, struct outlook_past *ret)
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, as_of, &record, &parts))
        return done(view, -ENOENT);
    past_read(&view->txn, &record, &parts, as_of, ret);
    return done(view, 0);
}

int view_gate(struct view *view, uint32_t fund, const struct outlook_past *past, const struct policy *policy,
              const struct position *runway, struct gate *ret)
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, past->as_of, &record, &parts))
        return done(view, -ENOENT);
    *ret = past_gate(&view->txn, &parts, past, policy, runway, false);
    return done(view, 0);
}

int view_ahead(struct view *view, uint32_t fund, const struct outlook_past *past,
               const struct outlook *outlook, const struct whatif_change *changes, unsigned count,
               struct ahead *ret)
{
    char folder[STORE_PATH_MAX];
    int n = snprintf(folder, sizeof folder, "%s.ahead", view->store->path);
    if (n < 0 || n >= (int)sizeof folder)
        return -ENAMETOOLONG;
    return done(view, ahead_run(&view->txn, folder, fund, past, outlook, changes, count, ret));
}

int view_derived(struct view *view, uint32_t fund, date_day from, date_day to, date_day as_of,
                 struct lines *ret, bool *ret_balance)
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, as_of, &record, &parts))
        return done(view, -ENOENT);
    derivations_lines(&view->txn, &parts, from, to, ret);
    *ret_balance = books_beginning(&view->txn, &record, &parts).derived
                || derivations_balance(&view->txn, &parts, to);
    return done(view, 0);
}

int view_headcount(struct view *view, uint32_t fund, date_day as_of, struct headcount *ret)
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, as_of, &record, &parts))
        return done(view, -ENOENT);
    people_headcount(&view->txn, &parts, as_of, ret);
    derivations_people(&view->txn, &parts, date_year(as_of), as_of, ret);
    return done(view, 0);
}

int view_parts(struct view *view, uint32_t fund, date_day as_of,
               bool (*each)(void *arg, const struct part_view *part), void *arg)
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, as_of, &record, &parts))
        return done(view, -ENOENT);
    for (unsigned i = 1; i < parts.count; i++) {
        struct part_view part = {.number = parts.items[i].fund, .from = parts.items[i].from};
        if (!books_fund_by_number(&view->txn, part.number, &part.fund, &record) || !each(arg, &part))
            break;
    }
    return done(view, 0);
}

int view_place(struct view *view, struct place_prefix place, uint16_t scheme, date_day as_of,
               struct place_funds *ret)
{
    int err = place_gather(NULL, &view->txn, place, scheme, as_of, ret);
    if (err != 0)
        return done(view, err);
    err = place_derive(&view->txn, as_of, ret);
    if (err == 0)
        err = place_read_open(&view->txn, as_of, ret);
    if (err != 0)
        place_free(ret);
    return done(view, err);
}

int view_place_day(struct view *view, struct place_prefix place, uint16_t scheme, date_day *ret)
{
    return done(view, place_day(&view->txn, place, scheme, ret));
}

static void fill_subsidy(struct view *view, const struct parts *parts,
                         const struct subsidy_standard *standard, int level, date_day as_of,
                         const struct subsidy_state *state, struct subsidy_view *ret)
{
    const struct subsidy_level_rule *rule = &standard->levels[level];
    *ret = (struct subsidy_view){
        .state = *state,
        .received_derived = derivations_received(&view->txn, parts, standard->year,
                                                 (uint8_t)(CATEGORY_CENTRAL + level), as_of),
        .duplicates_province = HEADS_UNKNOWN,
        .duplicates_nation = HEADS_UNKNOWN,
    };
    if (rule->base == SUBSIDY_HEADS_DEDUPLICATED)
        people_duplicates(&view->txn, parts, rule->heads_date, as_of, &ret->duplicates_province,
                          &ret->duplicates_nation);
}

int view_subsidies(struct view *view, uint32_t fund, const struct subsidy_rule *rule,
                   const struct subsidy_standard *standard, date_day as_of,
                   struct subsidy_view ret[SUBSIDY_LEVELS])
{
    struct fund_record record;
    struct parts parts;
    if (!whole_of(view, fund, as_of, &record, &parts))
        return done(view, -ENOENT);
    struct subsidy_state states[SUBSIDY_LEVELS];
    people_subsidies(&view->txn, &parts, rule, standard, as_of, states);
    for (int level = 0; level < SUBSIDY_LEVELS; level++)
        fill_subsidy(view, &parts, standard, level, as_of, &states[level], &ret[level]);
    return done(view, 0);
}

/* --- Completeness ---------------------------------------------------------------- */

/* Whether one stands before another in the list of the silent: those that missed most first. */
static bool is_before(const struct silent_source *a, const struct silent_source *b)
{
    return a->missed != b->missed ? a->missed > b->missed : strcmp(a->name, b->name) < 0;
}

static void add_silent(struct completeness_view *ret, const struct silent_source *silent)
{
    unsigned at = 0, last = ret->silent_count;
    while (at < last && !is_before(silent, &ret->silent[at]))
        at++;
    if (at == SILENT_SOURCES_MAX)
        return;
    if (ret->silent_count < SILENT_SOURCES_MAX)
        ret->silent_count++;
    memmove(&ret->silent[at + 1], &ret->silent[at], (ret->silent_count - 1 - at) * sizeof *silent);
    ret->silent[at] = *silent;
}

static void add_sources(void *arg, struct expected_sources *sources)
{
    struct completeness_view *ret = arg;
    for (int period = 0; period < COMPLETENESS_PERIODS; period++)
        completeness_add_sum(&ret->sums[period], sources->sums[period]);
    for (unsigned i = 0; i < sources->count; i++) {
        const struct expected_source *item = &sources->items[i];
        struct silent_source silent = {
            .last = day_set_last(&item->reported),
            .missed = item->share.missed,
            .heard = item->heard,
        };
        if (item->share.missed == 0)
            continue;
        memcpy(silent.name, item->name, sizeof silent.name);
        memcpy(silent.calendar, sources->calendars[item->calendar].name, sizeof silent.calendar);
        add_silent(ret, &silent);
    }
}

/* Of a roll-up the sources of the funds that it is made of. */
static int read_place_sources(struct view *view, struct fund fund, date_day as_of,
                              struct completeness_view *ret)
{
    struct place_funds place;
    int err = place_gather(NULL, &view->txn, place_under(fund.place), fund.scheme, as_of, &place);
    if (err != 0)
        return err;
    err = place_sources(NULL, &view->txn, &place, as_of, COMPLETENESS_YEAR, add_sources, ret);
    place_free(&place);
    return err;
}

int view_completeness(struct view *view, uint32_t number, date_day as_of, struct completeness_view *ret)
{
    struct fund fund;
    struct fund_record record;
    struct policy policy;
    struct parts parts;
    struct expected_sources sources;
    date_day from;
    uint64_t position;
    if (!books_fund_by_number(&view->txn, number, &fund, &record))
        return done(view, -ENOENT);
    as_of = as_of < record.books_date ? as_of : record.books_date;
    int err = view_policy(view, number, as_of, &policy, &from, &position);
    if (err != 0)
        return err;
    *ret = (struct completeness_view){.as_of = as_of};
    if (policy.rollup)
        return done(view, read_place_sources(view, fund, as_of, ret));
    parts_of(&view->txn, &record, as_of, &parts);
    expected_sources_find(NULL, &view->txn, &parts, &policy, as_of, COMPLETENESS_YEAR, &sources);
    add_sources(ret, &sources);
    expected_sources_free(&sources);
    return done(view, 0);
}

int view_churn(struct view *view, uint32_t fund, struct churn *churn)
{
    return done(view, churn_count(&view->txn, &view->store->derived, view->head.funds, fund, churn));
}

/* --- Rules and alerts ------------------------------------------------------------ */

int view_rules(struct view *view, uint32_t fund,
               bool (*each)(void *arg, const struct rule_view *rule), void *arg)
{
    uint8_t key[4];
    struct range range;
    struct rule_view rule = {0};
    struct fund_record record;
    uint32_t instance, present = 0;
    key_u32(key, fund);
    size_t size = fund == 0 ? 0 : sizeof key;
    range_begin(&range, &view->txn, TABLE_RULES, key, size, key, size);
    while (range_next(&range)
           && rules_take(&range, &rule.rule, &instance, &rule.state, rule.instance,
                         sizeof rule.instance)) {
        uint32_t number = unkey_u32(range.key);
        if (number != present && !books_fund_by_number(&view->txn, number, &rule.fund, &record))
            break;
        present = number;
        if (!each(arg, &rule))
            break;
    }
    range_end(&range);
    return done(view, 0);
}

int view_alert(struct view *view, uint64_t number, struct alert *ret)
{
    uint8_t key[8], v[8];
    struct record record;
    key_u64(key, number);
    if (!txn_get(&view->txn, TABLE_ALERTS, key, sizeof key, v, sizeof v))
        return done(view, -ENOENT);
    int err = journal_read(NULL, &view->txn, get_u64(v), &record);
    if (err == 0 && record.type != RECORD_ALERT)
        err = -EILSEQ;
    if (err == 0) {
        struct reader r = reader_of(record.body, record.size);
        if (!alert_decode(&r, ret) || reader_end(&r) != READ_OK)
            err = -EILSEQ;
    }
    return done(view, err);
}

/* --- Closed months ------------------------------------------------------------------ */

/* A fund's record and the parts that it has now. */
static bool present_whole(struct view *view, uint32_t number, struct fund_record *ret,
                          struct parts *ret_parts)
{
    struct fund ignored;
    return books_fund_by_number(&view->txn, number, &ignored, ret)
        && whole_of(view, number, ret->books_date, ret, ret_parts);
}

int view_restated_first(struct view *view, uint32_t fund, date_month *ret)
{
    struct fund_record record;
    struct parts parts;
    if (!present_whole(view, fund, &record, &parts))
        return done(view, -ENOENT);
    bool found = restated_first(&view->txn, &parts, ret);
    return done(view, found ? 0 : -ENOENT);
}

struct restated_walk {
    struct view *view;
    uint32_t fund;
    bool (*each)(void *arg, const struct restated_view *restated);
    void *arg;
};

static bool tell_restated(void *arg, date_month month, const struct restated *moved)
{
    const struct restated_walk *walk = arg;
    struct restated_view restated = {
        .month = month,
        .closed = DATE_NONE,
        .events = moved->events,
        .lines = moved->lines,
    };
    if (!restated_close_of(&walk->view->txn, walk->fund, month, &restated.closed,
                           &restated.closed_at)) {
        walk->view->txn.err = -EILSEQ;
        return false;
    }
    return walk->each(walk->arg, &restated);
}

int view_restated(struct view *view, uint32_t fund, date_month from, date_month to,
                  bool (*each)(void *arg, const struct restated_view *restated), void *arg)
{
    struct fund_record record;
    struct parts parts;
    struct restated_walk walk = {view, fund, each, arg};
    if (!present_whole(view, fund, &record, &parts))
        return done(view, -ENOENT);
    if (record.closed == DATE_NONE)
        return done(view, 0);
    date_month closed = date_month_of(record.closed);
    restated_each(&view->txn, &parts, from, to < closed ? to : closed, tell_restated, &walk);
    return done(view, 0);
}

int view_rejudged(struct view *view, uint32_t fund, date_month from, date_month to,
                  bool (*each)(void *arg, const struct rejudged *rejudged), void *arg)
{
    struct fund ignored;
    struct fund_record record;
    if (!books_fund_by_number(&view->txn, fund, &ignored, &record))
        return done(view, -ENOENT);
    return done(view, restated_rejudge(&view->txn, &record, from, to, each, arg));
}

int view_statements(struct view *view, uint32_t fund,
                    bool (*each)(void *arg, const struct bank_check *check, uint64_t position),
                    void *arg)
{
    struct fund ignored;
    struct fund_record record;
    if (!books_fund_by_number(&view->txn, fund, &ignored, &record))
        return done(view, -ENOENT);
    statements_each(&view->txn, &record, each, arg);
    return done(view, 0);
}

int view_lives(struct view *view, uint32_t fund, int year, const struct life_view *after,
               bool (*each)(void *arg, const struct life_view *life), void *arg)
{
    payouts_each(&view->txn, fund, year, after, each, arg);
    return done(view, 0);
}

/* --- Events ------------------------------------------------------------------------ */

static uint64_t reversed_by(struct view *view, uint64_t position)
{
    uint8_t key[8], v[8];
    key_u64(key, position);
    return txn_get(&view->txn, TABLE_REVERSALS, key, sizeof key, v, sizeof v) ? get_u64(v) : 0;
}

static void name_of(struct view *view, uint32_t number, char name[SOURCE_NAME_MAX + 1])
{
    sources_name(&view->txn, number, name);
}

static void fill_record(struct view *view, const struct event_record *event,
                        struct record_view *ret)
{
    *ret = (struct record_view){
        .position = event->position,
        .recorded_ms = event->recorded_ms,
        .event = event->event,
        .reversed_by = reversed_by(view, event->position),
    };
    name_of(view, event->source, ret->source);
    name_of(view, event->issuer, ret->issuer);
}

/* Whether a position has the event of that id; then fills *ret. */
static int is_event(struct view *view, uint32_t issuer, const char *id, uint64_t position,
                    struct record_view *ret, bool *ret_here)
{
    struct event_record event;
    *ret_here = false;
    if (position > view->head.facts.position)
        return 0;               /* counted after this view was opened */
    int err = event_at(NULL, &view->txn, position, &event);
    if (err == 0 && event.issuer == issuer && strcmp(event.event.id, id) == 0) {
        fill_record(view, &event, ret);
        *ret_here = true;
    }
    return err;
}

int view_position_before(struct view *view, int64_t recorded_ms, uint64_t *ret)
{
    /* A group is never recorded before the one in front of it, so this is a search by halves. */
    uint64_t before = 0, after = view->head.facts.position + 1;
    while (after - before > 1) {
        uint64_t middle = before + (after - before) / 2;
        struct record record;
        int err = journal_read(NULL, &view->txn, middle, &record);
        if (err != 0)
            return done(view, err == -ENOENT ? -EILSEQ : err);
        *(record.recorded_ms < recorded_ms ? &before : &after) = middle;
    }
    *ret = before;
    return 0;
}

int view_event_find(struct view *view, const char *issuer, const char *id, struct record_view *ret)
{
    uint32_t number;
    if (!sources_number(&view->txn, issuer, strlen(issuer), &number))
        return done(view, -ENOENT);
    struct entry_list found = {.count = 0};
    uint8_t entry[SEEN_ENTRY] = {0};
    seen_entry_put((struct seen_entry){hash_seen(view->store->seen_key, number, id, strlen(id)), 0},
                   entry);
    int err = index_find(view->store->derived.index[DERIVED_SEEN], entry, &found);
    bool here = false;
    for (uint64_t i = 0; i < found.count && err == 0 && !here; i++)
        err = is_event(view, number, id, seen_entry_of(found.entries + i * SEEN_ENTRY).position, ret,
                       &here);
    entry_list_free(&found);
    return done(view, err != 0 || here ? err : -ENOENT);
}

int view_events(struct view *view, uint64_t after,
                bool (*each)(void *arg, const struct record_view *record), void *arg)
{
    struct journal_walk walk;
    struct record record;
    int err = 0;
    journal_walk_begin(&walk, &view->txn, after + 1);
    while (err == 0 && journal_walk_next(&walk, &record)) {
        struct event_record event;
        struct record_view found;
        if (record.type != RECORD_EVENT)
            continue;
        err = event_of_record(&record, &event);
        if (err != 0)
            break;
        fill_record(view, &event, &found);
        if (!each(arg, &found))
            break;
    }
    journal_walk_end(&walk);
    return done(view, err);
}

int view_unmatched(struct view *view, uint64_t after,
                   bool (*each)(void *arg, const struct record_view *record), void *arg)
{
    uint64_t *positions = NULL;
    size_t count = 0;
    int err = unmatched_list(&view->txn, after, &positions, &count);
    for (size_t i = 0; err == 0 && i < count; i++) {
        struct event_record event;
        struct record_view record;
        err = event_at(NULL, &view->txn, positions[i], &event);
        if (err != 0)
            break;
        fill_record(view, &event, &record);
        if (!each(arg, &record))
            break;
    }
    free(positions);
    return done(view, err == -ENOENT ? -EILSEQ : err);
}

int view_unmatched_for(struct view *view, const char *issuer, const char *id, struct record_view *ret)
{
    uint32_t number;
    uint64_t position = 0;
    struct event_record event;
    if (!sources_number(&view->txn, issuer, strlen(issuer), &number))
        return done(view, -ENOENT);
    int err = unmatched_for(view->store, &view->txn, number, id, &position);
    if (err == 0)
        err = position == 0 ? -ENOENT : event_at(NULL, &view->txn, position, &event);
    if (err == 0)
        fill_record(view, &event, ret);
    return done(view, err);
}

int view_undoing(struct view *view, const struct record_view *reversal, struct undoing_view *ret)
{
    struct record_view original;
    *ret = (struct undoing_view){.hindrance = hindrance_none()};
    int err = view_event_find(view, reversal->issuer, reversal->event.original, &original);
    if (err != 0)
        return err == -ENOENT ? 0 : err;
    ret->original = original.position;
    if (original.reversed_by == reversal->position)
        return 0;
    ret->hindrance = hindrance_of_reversal(&reversal->event, &original.event);
    if (ret->hindrance.why == HINDRANCE_NONE)
        ret->hindrance = hindrance_of(HINDRANCE_REVERSED, DATE_NONE, (struct amount){0});
    return 0;
}

/* Position of the first record that is not of `epoch` any more; 0: it is none of this store's. */
static uint64_t end_of_epoch(struct view *view, uint64_t epoch)
{
    struct store_point epochs[EPOCHS_MAX];
    unsigned count = head_get_epochs(&view->txn, epochs);
    for (unsigned i = 0; i < count; i++) {
        if (epochs[i].epoch == epoch)
            return i + 1 < count ? epochs[i + 1].position : view->head.facts.position + 1;
    }
    return 0;
}

static bool is_number_of(struct view *view, const char *name, uint32_t number)
{
    uint32_t known;
    return sources_number(&view->txn, name, strlen(name), &known) && known == number;
}

/* Whether what stands at a position is an event of the source or issuer. */
static int is_event_of(struct view *view, uint64_t position, const char *source, const char *issuer,
                       bool *ret)
{
    struct record record;
    struct event_record event;
    int err = journal_read(NULL, &view->txn, position, &record);
    if (err == 0)
        *ret = record.type == RECORD_EVENT && event_of_record(&record, &event) == 0
            && (is_number_of(view, source, event.source) || is_number_of(view, issuer, event.issuer));
    return err;
}

int view_point(struct view *view, const char *source, const char *issuer, struct store_point point,
               struct point_found *ret)
{
    uint64_t end = end_of_epoch(view, point.epoch);
    struct record last;
    bool here = false;
    if (end == 0) {
        *ret = (struct point_found){.point = POINT_UNKNOWN};
        return done(view, 0);
    }
    int err = journal_read(NULL, &view->txn, end - 1, &last);
    struct point_found found = {POINT_BEYOND, end - 1, err == 0 ? last.recorded_ms : 0};
    if (err == 0 && point.position > 0 && point.position < end) {
        err = is_event_of(view, point.position, source, issuer, &here);
        found.point = here ? POINT_HERE : POINT_OTHER;
    }
    *ret = found;
    return done(view, err);
}

/* --- Sources ------------------------------------------------------------------------- */

int view_source(struct view *view, uint32_t number, struct source_view *ret)
{
    struct source_record record;
    if (!sources_get(&view->txn, number, &record))
        return done(view, -ENOENT);
    *ret = (struct source_view){
        .number = number,
        .sequence = record.sequence,
        .gap_count = record.gaps.count,
        .applied = record.applied,
        .duplicates = record.duplicates,
        .conflicts = record.conflicts,
        .rejected = record.rejected,
        .last_recorded_ms = record.last_recorded_ms,
        .last_date = record.last_date,
    };
    sources_name(&view->txn, number, ret->name);
    for (unsigned i = 0; i < record.gaps.count; i++) {
        ret->gaps[i].from = record.gaps.items[i].from;
        ret->gaps[i].to = record.gaps.items[i].to;
    }
    return done(view, 0);
}

int view_source_find(struct view *view, const char *name, struct source_view *ret)
{
    uint32_t number;
    if (!sources_number(&view->txn, name, strlen(name), &number))
        return done(view, -ENOENT);
    return view_source(view, number, ret);
}

static int64_t within_int64(__int128 fen)
{
    return fen > INT64_MAX ? INT64_MAX : fen < INT64_MIN ? INT64_MIN : (int64_t)fen;
}

int view_source_days(struct view *view, uint32_t source, date_day from, date_day to,
                     bool (*each)(void *arg, const struct source_day *day), void *arg)
{
    struct entry_list found = {.count = 0};
    uint8_t first[SOURCE_DAY_ENTRY], last[SOURCE_DAY_ENTRY];
    source_day_entry_put(&(struct source_day_entry){.source = source, .day = from}, first);
    source_day_entry_put(&(struct source_day_entry){.source = source, .day = to, .kind = UINT8_MAX},
                         last);
    int err = index_range(view->store->derived.index[DERIVED_SOURCE_DAYS], first, last, &found);
    for (uint64_t i = 0; i < found.count && err == 0; i++) {
        struct source_day_entry entry =
            source_day_entry_of(found.entries + i * SOURCE_DAY_ENTRY);
        struct source_day day = {
            .date = entry.day,
            .kind = entry.kind,
            .count = entry.events,
            .amount = {within_int64(entry.fen)},
        };
        if (!each(arg, &day))
            break;
    }
    entry_list_free(&found);
    return done(view, err);
}

/* --- Quarantine ------------------------------------------------------------------------ */

static int fill_quarantine(struct view *view, uint64_t number, struct quarantine_view *ret)
{
    struct quarantine_entry entry;
    int err = quarantine_get(&view->txn, number, &entry);
    if (err != 0)
        return err;
    *ret = (struct quarantine_view){
        .number = number,
        .recorded_ms = entry.recorded_ms,
        .why = entry.why,
        .sent = entry.sent,
    };
    memcpy(ret->id, entry.id, sizeof ret->id);
    name_of(view, entry.source, ret->source);
    return 0;
}

int view_quarantine(struct view *view, uint32_t source, uint64_t after,
                    bool (*each)(void *arg, const struct quarantine_view *entry), void *arg)
{
    uint8_t from[12];
    struct range range;
    enum table table = source == 0 ? TABLE_QUARANTINE : TABLE_QUARANTINE_SOURCES;
    size_t prefix = source == 0 ? 0 : 4;
    int err = 0;
    key_u32(from, source);
    key_u64(from + 4, after + 1);
    range_begin(&range, &view->txn, table, from, prefix, from + 4 - prefix, 8 + prefix);
    while (err == 0 && range_next(&range)) {
        struct quarantine_view entry;
        err = fill_quarantine(view, unkey_u64(range.key + prefix), &entry);
        if (err == 0 && !each(arg, &entry))
            break;
    }
    range_end(&range);
    return done(view, err);
}

/* --- Actions -------------------------------------------------------------------------- */

int view_actions(struct view *view, uint64_t after,
                 bool (*each)(void *arg, const struct action_view *action), void *arg)
{
    return done(view, actions_each(&view->txn, after, each, arg));
}

int view_proposal(struct view *view, uint64_t number, struct proposal_view *ret)
{
    return done(view, actions_proposal(&view->txn, number, ret));
}

int view_proposals(struct view *view, uint64_t after, bool waiting,
                   bool (*each)(void *arg, const struct proposal_view *proposal), void *arg)
{
    return done(view, actions_proposals(&view->txn, after, waiting, each, arg));
}

int view_waiting(struct view *view, uint64_t *ret)
{
    *ret = actions_waiting(&view->txn);
    return done(view, 0);
}
