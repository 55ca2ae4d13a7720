/* group - what a group gathers in memory, and how it gets into the tables. */
#include "store/group.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fund/posting.h"
#include "store/deferred.h"
#include "store/recognised.h"

void group_init(struct store *store)
{
    accumulator_init(&store->funds, sizeof (struct group_fund));
    accumulator_init(&store->sources, sizeof (struct group_source));
    accumulator_init(&store->fund_sources, sizeof (struct fund_source));
    accumulator_init(&store->restated, sizeof (struct group_restated));
    accumulator_init(&store->payouts, sizeof (struct group_life));
    accumulator_init(&store->reported, sizeof (uint32_t));
    waiting_init(&store->waiting);
}

/* Every accumulator of a group, for what is done to all of them. */
#define EACH_ACCUMULATOR(store, function) do { \
        function(&(store)->funds);             \
        function(&(store)->sources);           \
        function(&(store)->fund_sources);      \
        function(&(store)->restated);          \
        function(&(store)->payouts);           \
        function(&(store)->reported);          \
    } while (0)

void group_clear(struct store *store)
{
    EACH_ACCUMULATOR(store, accumulator_clear);
    tally_clear(&store->days);
    tally_clear(&store->heads);
    derived_clear(&store->derived);
    store->source_last_number = 0;
    store->reporting.fund = 0;
    store->evaluation_count = 0;
    actions_clear(&store->actions);
    store->in_group = false;
}

void group_free(struct store *store)
{
    EACH_ACCUMULATOR(store, accumulator_free);
    tally_free(&store->days);
    tally_free(&store->heads);
    waiting_free(&store->waiting);
    people_work_free(&store->people);
    actions_free(&store->actions);
    free(store->evaluations);
}

static void *at(struct store *store, struct accumulator *a, uint64_t key)
{
    void *value = accumulator_at(a, key, NULL);
    if (value == NULL)
        store->txn.err = -ENOMEM;
    return value;
}

static const struct accumulator_slot *sorted(struct store *store, struct accumulator *a)
{
    const struct accumulator_slot *slots = accumulator_sort(a);
    if (slots == NULL)
        store->txn.err = -ENOMEM;
    return slots;
}

/* --- Funds and sources -------------------------------------------------------- */

struct group_fund *group_fund(struct store *store, struct fund fund)
{
    struct group_fund *entry = at(store, &store->funds, (uint64_t)fund.place << 16 | fund.scheme);
    if (entry != NULL && !entry->loaded) {
        entry->fund = fund;
        entry->loaded = true;
        if (!books_fund(&store->txn, fund, &entry->record))
            entry->record = (struct fund_record){0};
    }
    return entry;
}

struct group_fund *group_fund_by_number(struct store *store, uint32_t number)
{
    struct fund fund;
    struct fund_record record;
    if (!books_fund_by_number(&store->txn, number, &fund, &record)) {
        /* One that this group has made is not in its table yet. */
        const struct accumulator_slot *slots = sorted(store, &store->funds);
        for (uint32_t i = 0; slots != NULL && i < store->funds.count; i++) {
            struct group_fund *entry = slots[i].value;
            if (entry->record.number == number)
                return entry;
        }
        return NULL;
    }
    return group_fund(store, fund);
}

struct source_record *group_source(struct store *store, uint32_t number)
{
    /* All events of a batch have one source. */
    if (store->source_last_number == number)
        return store->source_last;
    struct group_source *entry = at(store, &store->sources, number);
    if (entry == NULL)
        return NULL;
    if (!entry->loaded) {
        if (!sources_get(&store->txn, number, &entry->record)) {
            if (store->txn.err == 0)
                store->txn.err = -EILSEQ;
            return NULL;
        }
        entry->loaded = true;
    }
    store->source_last = &entry->record;
    store->source_last_number = number;
    return &entry->record;
}

/* --- Policies ------------------------------------------------------------------ */

/* Looked for one by one: the few that a store has stand at the beginning, and a place that followed from the
 * position would be that of two, as funds that were founded alike have theirs equally far apart. */
static const struct policy *cached_policy(struct store *store, uint64_t position)
{
    struct policy_cache *cache = &store->policies;
    for (unsigned i = 0; i < POLICY_CACHE; i++)
        if (cache->positions[i] == position)
            return &cache->policies[i];
    unsigned place = cache->next % POLICY_CACHE;
    cache->positions[place] = 0;
    int err = books_policy(&store->journal, &store->txn, position, &cache->policies[place]);
    if (err != 0) {
        store->txn.err = err;
        return NULL;
    }
    cache->positions[place] = position;
    cache->next++;
    return &cache->policies[place];
}

/* In a backtest the policy that is asked about, but for what the journal has decided: how days end, how
 * far ahead events may be dated, what the fund is, and what became of the place. */
static const struct policy *policy_instead(struct otherwise *otherwise, struct fund fund,
                                           date_day date, const struct policy *policy)
{
    if (policy == NULL || !otherwise->has_policy || date < otherwise->from
        || !fund_equal(fund, otherwise->fund))
        return policy;
    otherwise->policy.clock = policy->clock;
    otherwise->policy.ahead_days = policy->ahead_days;
    otherwise->policy.rollup = policy->rollup;
    otherwise->policy.split_count = policy->split_count;
    memcpy(otherwise->policy.split_into, policy->split_into, sizeof policy->split_into);
    return &otherwise->policy;
}

const struct policy *group_policy(struct store *store, struct group_fund *fund, date_day date,
                                  uint64_t before)
{
    struct policy_ref ref = fund->policy;
    bool known = before == UINT64_MAX && ref.position != 0 && ref.valid_from <= date
              && date < ref.valid_until;
    if (!known) {
        if (!books_policy_ref(&store->txn, fund->record.number, date, before, &ref)) {
            if (store->txn.err == 0)
                store->txn.err = -EILSEQ;
            return NULL;
        }
        if (before == UINT64_MAX)
            fund->policy = ref;
    }
    const struct policy *policy = cached_policy(store, ref.position);
    return store->otherwise == NULL ? policy
                                    : policy_instead(store->otherwise, fund->fund, date, policy);
}

/* That of the policy in force on the year's last day, which is that of the whole year (recognised.h); any
 * after an error in the txn. */
static uint8_t recognition_of(struct store *store, struct group_fund *fund, int year)
{
    if (fund->recognised != year
        && recognised_get(&store->txn, fund->record.number, year, &fund->recognition))
        fund->recognised = year;
    if (fund->recognised == year)
        return fund->recognition;
    const struct policy *policy = group_policy(store, fund, date_month_last(year * 12 + 11), UINT64_MAX);
    return policy != NULL ? policy->recognition : RECOGNISE_SETTLEMENT;
}

struct posting_basis group_basis(struct store *store, struct group_fund *fund, const struct event *event,
                                 const struct policy *policy)
{
    int year;
    struct posting_basis basis = {policy->recognition, policy->fee_basis};
    if (posting_recognised(event, &year))
        basis.recognition = recognition_of(store, fund, year);
    return basis;
}

void group_keep_recognition(struct store *store, struct group_fund *fund, const struct event *event)
{
    int year;
    if (!posting_recognised(event, &year) || fund->recognised == year)
        return;
    fund->recognition = recognition_of(store, fund, year);
    fund->recognised = year;
    recognised_put(&store->txn, fund->record.number, year, fund->recognition);
}

/* --- Money --------------------------------------------------------------------- */

static int64_t magnitude(struct amount a)
{
    return a.fen < 0 ? -a.fen : a.fen;
}

bool group_has_room_for(const struct group_fund *fund, const struct posting *posting)
{
    int64_t gross = fund->record.gross;
    for (unsigned i = 0; i < posting->count; i++)
        if (posting->legs[i].amount.fen == INT64_MIN
            || __builtin_add_overflow(gross, magnitude(posting->legs[i].amount), &gross))
            return false;
    return gross <= GROSS_MAX;
}

static void add_leg(struct lines *lines, const struct leg *leg)
{
    lines->fen[leg->debit] += leg->amount.fen;
    lines->fen[leg->credit] -= leg->amount.fen;
}

/* True for the first leg of a posting that falls into its month. */
static bool begins_month(const struct posting *posting, const struct leg *leg)
{
    for (const struct leg *earlier = posting->legs; earlier < leg; earlier++)
        if (date_month_of(earlier->date) == date_month_of(leg->date))
            return false;
    return true;
}

/* What falls into a closed month restates it. */
static void restate(struct store *store, const struct group_fund *fund, const struct posting *posting,
                    const struct leg *leg)
{
    if (leg->date > fund->record.closed)
        return;
    struct group_restated *month = at(store, &store->restated,
                                      books_sum_key(fund->record.number, date_month_of(leg->date), 0));
    if (month == NULL)
        return;
    month->closed = fund->record.closed;
    month->moved.events += begins_month(posting, leg);
    add_leg(&month->moved.lines, leg);
}

static void post_leg(struct store *store, struct group_fund *fund, const struct leg *leg)
{
    int64_t fen = leg->amount.fen;
    uint64_t day = books_sum_key(fund->record.number, leg->date, 0);
    int err = tally_add(&store->days, day | leg->debit, fen);
    if (err == 0)
        err = tally_add(&store->days, day | leg->credit, -fen);
    if (err != 0) {
        store->txn.err = err;
        return;
    }
    if (leg->date <= fund->record.books_date)
        fund->record.balance.fen += fen * (books_balance_sign(leg->debit)
                                           - books_balance_sign(leg->credit));
    if (fund->record.first_money == DATE_NONE || leg->date < fund->record.first_money)
        fund->record.first_money = leg->date;
}

void group_post_reversal(struct store *store, struct group_fund *fund, const struct posting *posting)
{
    for (unsigned i = 0; i < posting->count; i++) {
        post_leg(store, fund, &posting->legs[i]);
        restate(store, fund, posting, &posting->legs[i]);
    }
    fund->changed = true;
    fund->moved = true;
}

void group_post(struct store *store, struct group_fund *fund, const struct posting *posting)
{
    for (unsigned i = 0; i < posting->count; i++)
        fund->record.gross += magnitude(posting->legs[i].amount);
    group_post_reversal(store, fund, posting);
}

void group_collect(struct store *store, struct group_fund *fund, int32_t year, date_day date,
                   int64_t fen)
{
    /* A journal that somebody has changed may say what no event may. */
    bool is_there = year >= DATE_YEAR_MIN && year <= DATE_YEAR_MAX
        && date >= 0 && date < 1 << BOOKS_COLLECTED_BITS;
    int err = !is_there ? -EILSEQ
        : tally_add(&store->days,
                    books_sum_key(fund->record.number, books_collected_period(year, date), 0), fen);
    if (err != 0)
        store->txn.err = err;
}

/* In the order of the table.  Months of events are in a range of 210 years. */
static uint64_t reported_key(uint32_t source, uint32_t fund, date_month month)
{
    assert(source < UINT32_C(1) << 28 && fund < UINT32_C(1) << 24);
    return (uint64_t)source << 36 | (uint64_t)fund << 12 | (uint64_t)(month - DATE_YEAR_MIN * 12);
}

static_assert((DATE_YEAR_MAX + 1 - DATE_YEAR_MIN) * 12 <= 1 << 12, "a month's place in the key");

void group_report(struct store *store, const struct group_fund *fund, uint32_t source, date_day date)
{
    /* Most events of a batch are of one month. */
    if (store->reporting.fund != fund->record.number || store->reporting.source != source
        || date < store->reporting.first || date > store->reporting.last) {
        date_month month = date_month_of(date);
        uint32_t *days = at(store, &store->reported,
                            reported_key(source, fund->record.number, month));
        if (days == NULL)
            return;
        store->reporting.fund = fund->record.number;
        store->reporting.source = source;
        store->reporting.first = date_month_first(month);
        store->reporting.last = date_month_last(month);
        store->reporting.days = days;
    }
    *store->reporting.days |= UINT32_C(1) << (date - store->reporting.first);
}

uint64_t group_append(struct store *store, uint32_t source, uint32_t issuer,
                      const struct event *event)
{
    size_t size = event_to_record(source, issuer, event, journal_place(&store->journal));
    return journal_append_placed(&store->journal, &store->txn, RECORD_EVENT, size);
}

struct group_fund *group_whole(struct store *store, const struct group_fund *part)
{
    return part->record.merged_into == 0 ? NULL : group_fund_by_number(store, part->record.merged_into);
}

void group_move_wholes(struct store *store, const struct group_fund *part)
{
    for (struct group_fund *whole = group_whole(store, part); whole != NULL;
         whole = group_whole(store, whole))
        whole->moved = true;
}

void group_hold(struct store *store, const struct evaluation *evaluation)
{
    struct otherwise *o = store->otherwise;
    if (o == NULL || !o->judges_imports || evaluation->source != 0
        || !fund_equal(evaluation->fund->fund, o->fund))
        return;
    if (o->held_count == o->held_room) {
        size_t room = 2 * o->held_room + 64;
        date_day *more = realloc(o->held, room * sizeof *more);
        if (more == NULL) {
            store->txn.err = -ENOMEM;
            return;
        }
        o->held = more;
        o->held_room = room;
    }
    o->held[o->held_count++] = evaluation->date;
    if (o->imported_from == DATE_NONE)
        o->imported_from = evaluation->date;    /* no day of a fund ends before another one that has ended */
    o->imported_to = evaluation->date;
}

void group_plan_held(struct store *store, struct group_fund *fund)
{
    struct otherwise *o = store->otherwise;
    if (o == NULL || !fund_equal(fund->fund, o->fund))
        return;
    for (size_t i = 0; i < o->held_count; i++)
        group_plan(store, (struct evaluation){.fund = fund, .date = o->held[i]});
    o->held_count = 0;
}

void group_plan(struct store *store, struct evaluation evaluation)
{
    if (evaluation.fund->record.importing) {
        group_hold(store, &evaluation);
        return;
    }
    if (store->evaluation_count == store->evaluation_room) {
        unsigned room = 2 * store->evaluation_room + 16;
        struct evaluation *more = realloc(store->evaluations, room * sizeof *more);
        if (more == NULL) {
            store->txn.err = -ENOMEM;
            return;
        }
        store->evaluations = more;
        store->evaluation_room = room;
    }
    store->evaluations[store->evaluation_count++] = evaluation;
}

/* --- Writing ------------------------------------------------------------------- */

#define ROWS_AT_ONCE 8          /* days of a group that are written into their rows, and not deferred */

/* Calls `add` with the sums of each day or month in turn. */
static void flush_periods(struct store *store, const struct tally_entry *sums, uint64_t count,
                          void (*add)(struct txn *, uint32_t, int32_t, const struct tally_entry *,
                                      uint64_t))
{
    for (uint64_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && sums[end].key >> 8 == sums[begin].key >> 8; end++)
            continue;
        add(&store->txn, books_sum_fund(sums[begin].key), books_sum_period(sums[begin].key), sums + begin,
            end - begin);
    }
}

static void flush_reported(struct store *store)
{
    const struct accumulator_slot *slots = sorted(store, &store->reported);
    for (uint32_t i = 0; slots != NULL && i < store->reported.count; i++) {
        uint64_t key = slots[i].key;
        reported_add(&store->txn, (uint32_t)(key >> 36), (uint32_t)(key >> 12 & 0xffffff),
                     (date_month)(key & 0xfff) + DATE_YEAR_MIN * 12, *(const uint32_t *)slots[i].value);
    }
    accumulator_clear(&store->reported);
    store->reporting.fund = 0;
}

/* Into their rows, and those of their months. */
static int write_periods(struct store *store)
{
    struct tally months = {0};
    const struct tally_entry *days = tally_sort(&store->days), *sums = NULL;
    int err = days == NULL ? -ENOMEM : books_add_to_months(days, store->days.count, &months);
    if (err == 0 && (sums = tally_sort(&months)) == NULL)
        err = -ENOMEM;
    if (err == 0) {
        flush_periods(store, days, store->days.count, books_add_day);
        flush_periods(store, sums, months.count, books_add_month);
    }
    tally_free(&months);
    return err;
}

/* True if the sums are of so many days that their rows are in as many pages, perhaps. */
static bool are_of_many_days(const struct tally_entry *days, uint64_t count)
{
    unsigned rows = 0;
    for (uint64_t i = 0; i < count && rows <= ROWS_AT_ONCE; i++)
        rows += i == 0 || days[i].key >> 8 != days[i - 1].key >> 8;
    return rows > ROWS_AT_ONCE;
}

void group_flush_balances(struct store *store)
{
    const struct tally_entry *days = tally_sort(&store->days);
    int err = days == NULL ? -ENOMEM : 0;
    if (err == 0 && are_of_many_days(days, store->days.count) && store->scratch == SCRATCH_NONE) {
        if (deferred_put(&store->txn, &store->days)) {
            tally_clear(&store->days);
            return;
        }
        deferred_read(&store->txn, &store->days);
        deferred_clear(&store->txn);
    }
    if (err == 0)
        err = write_periods(store);
    if (err != 0)
        store->txn.err = err;
    tally_clear(&store->days);
}

void group_flush_restated(struct store *store)
{
    const struct accumulator_slot *slots = sorted(store, &store->restated);
    for (uint32_t i = 0; slots != NULL && i < store->restated.count; i++) {
        const struct group_restated *month = slots[i].value;
        restated_add(&store->txn, books_sum_fund(slots[i].key), books_sum_period(slots[i].key),
                     month->closed, &month->moved);
    }
    accumulator_clear(&store->restated);
}

void group_flush_fund_sources(struct store *store)
{
    const struct accumulator_slot *slots = sorted(store, &store->fund_sources);
    for (uint32_t i = 0; slots != NULL && i < store->fund_sources.count; i++)
        sources_add_fund(&store->txn, (uint32_t)(slots[i].key >> 32), (uint32_t)slots[i].key,
                         slots[i].value);
    accumulator_clear(&store->fund_sources);
}

static void flush_sources(struct store *store)
{
    const struct accumulator_slot *slots = sorted(store, &store->sources);
    for (uint32_t i = 0; slots != NULL && i < store->sources.count; i++) {
        const struct group_source *entry = slots[i].value;
        if (entry->loaded)
            sources_put(&store->txn, (uint32_t)slots[i].key, &entry->record);
    }
}

static void flush_funds(struct store *store)
{
    const struct accumulator_slot *slots = sorted(store, &store->funds);
    for (uint32_t i = 0; slots != NULL && i < store->funds.count; i++) {
        struct group_fund *entry = slots[i].value;
        if (entry->changed)
            books_put_fund(&store->txn, entry->fund, &entry->record);
        entry->changed = false;
    }
}

void group_flush(struct store *store)
{
    group_flush_balances(store);
    group_flush_restated(store);
    people_flush(&store->txn, &store->heads);
    group_flush_fund_sources(store);
    payouts_flush(store);
    flush_reported(store);
    flush_sources(store);
    flush_funds(store);
}
