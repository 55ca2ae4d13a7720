/* completeness - sources of a fund, each with its rows of `reported` for the months of the period. */
#include "store/completeness.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/parts.h"
#include "store/sources.h"

/* --- What was reported --------------------------------------------------------------- */

#define REPORTED_KEY  12
#define REPORTED_SIZE 4

/* The source first: a batch is of one source, and should change rows that stand together. */
static void reported_key(uint32_t source, uint32_t fund, date_month month, uint8_t key[REPORTED_KEY])
{
    key_u32(key, source);
    key_u32(key + 4, fund);
    key_i32(key + 8, month);
}

void reported_add(struct txn *txn, uint32_t source, uint32_t fund, date_month month, uint32_t days)
{
    uint8_t key[REPORTED_KEY], v[REPORTED_SIZE];
    reported_key(source, fund, month, key);
    uint32_t before = txn_get(txn, TABLE_REPORTED, key, sizeof key, v, sizeof v) ? get_u32(v) : 0;
    if ((before | days) == before)
        return;
    put_u32(v, before | days);
    txn_put(txn, TABLE_REPORTED, key, sizeof key, v, sizeof v);
}

/* --- Who is named ---------------------------------------------------------------------- */

#define NAMED_KEY_MAX (4 + POLICY_NAME_MAX)

static size_t named_key(uint32_t fund, const char *name, uint8_t key[NAMED_KEY_MAX])
{
    size_t size = strlen(name);
    key_u32(key, fund);
    memcpy(key + 4, name, size);
    return 4 + size;
}

static bool named_since(struct txn *txn, uint32_t fund, const char *name, date_day *ret)
{
    uint8_t key[NAMED_KEY_MAX], v[4];
    size_t size = named_key(fund, name, key);
    if (!txn_get(txn, TABLE_NAMED, key, size, v, sizeof v))
        return false;
    *ret = get_i32(v);
    return true;
}

void named_put(struct txn *txn, uint32_t fund, const struct policy *policy, date_day date)
{
    for (unsigned i = 0; i < policy->source_count; i++) {
        const struct source_rule *rule = &policy->sources[i];
        uint8_t key[NAMED_KEY_MAX], v[4];
        date_day since;
        if (!source_rule_names(rule)
            || (named_since(txn, fund, rule->pattern, &since) && since <= date))
            continue;
        put_i32(v, date);
        txn_put(txn, TABLE_NAMED, key, named_key(fund, rule->pattern, key), v, sizeof v);
    }
}

/* --- Who is expected --------------------------------------------------------------------- */

/* The policy of a fund, and where its calendars begin in the list of them all. */
struct watch {
    uint32_t fund;
    const struct policy *policy;
    unsigned calendars;
};

struct gathering {
    const struct journal *journal;
    struct txn *txn;
    const struct parts *parts;
    date_day as_of, from;       /* no report before `from` can answer an expected day */
    enum completeness_period longest;
    struct expected_sources *sources;
    unsigned room;
};

/* Those of the whole come first, and then daily ones before weekly and monthly ones, of a rhythm those that
 * wait for no working day. */
static unsigned rank_of(const struct gathering *g, const struct watch *watch,
                        const struct calendar_rule *rule)
{
    static const unsigned ranks[] = {[CALENDAR_DAILY] = 1, [CALENDAR_WEEKLY] = 3, [CALENDAR_MONTHLY] = 5};
    return watch->fund == g->parts->items[0].fund ? 0 : ranks[rule->rhythm] + rule->workdays;
}

static void add_calendars(struct gathering *g, struct watch *watch)
{
    struct expected_sources *sources = g->sources;
    const struct policy *policy = watch->policy;
    watch->calendars = sources->calendar_count;
    if (policy->source_count == 0)
        return;                 /* then nobody follows one */
    struct expected_calendar *grown =
        reallocarray(sources->calendars, sources->calendar_count + policy->calendar_count + 1, sizeof *grown);
    if (grown == NULL) {
        g->txn->err = -ENOMEM;
        return;
    }
    sources->calendars = grown;
    for (unsigned i = 0; i < policy->calendar_count; i++) {
        const struct calendar_rule *rule = &policy->calendars[i];
        struct calendar calendar = policy_days(policy, rule);
        struct expected_calendar *expected = &grown[sources->calendar_count++];
        strcpy(expected->name, rule->name);
        expected->rank = rank_of(g, watch, rule);
        expected_days_find(&calendar, rule->grace_days, g->as_of, g->longest, &expected->days);
        g->from = expected->days.before < g->from ? expected->days.before + 1 : g->from;
    }
}

/* Which calendar a source follows: that of the whole's policy, or else of the part's. */
static bool find_calendar(const struct watch *whole, const struct watch *part, const char *name,
                          unsigned *ret)
{
    const struct watch *watches[] = {whole, part};
    for (unsigned i = 0; i < 2; i++) {
        const struct policy *policy = watches[i]->policy;
        const struct calendar_rule *calendar = policy_follows(policy, name);
        if (calendar != NULL) {
            *ret = watches[i]->calendars + (unsigned)(calendar - policy->calendars);
            return true;
        }
    }
    return false;
}

/* One more, if something is expected of it. */
static void add_source(struct gathering *g, const struct watch *whole, const struct watch *part,
                       struct expected_source source)
{
    struct expected_sources *sources = g->sources;
    if (g->txn->err != 0 || !find_calendar(whole, part, source.name, &source.calendar))
        return;
    if (sources->count == g->room) {
        unsigned room = 2 * g->room + 16;
        struct expected_source *items = reallocarray(sources->items, room, sizeof *items);
        if (items == NULL) {
            g->txn->err = -ENOMEM;
            return;
        }
        sources->items = items;
        g->room = room;
    }
    sources->items[sources->count++] = source;
}

static void add_heard(struct gathering *g, const struct watch *whole, const struct watch *part)
{
    uint8_t key[4];
    struct range range;
    key_u32(key, part->fund);
    range_begin(&range, g->txn, TABLE_FUND_SOURCES, key, sizeof key, key, sizeof key);
    while (range_next(&range)) {
        struct fund_source told;
        struct expected_source source = {.number = unkey_u32(range.key + 4), .heard = true};
        if (!sources_take_fund(range.value, range.size, &told)) {
            g->txn->err = -EILSEQ;
            break;
        }
        source.since = told.first_date;
        if (sources_name(g->txn, source.number, source.name))
            add_source(g, whole, part, source);
    }
    range_end(&range);
}

/* Those that the policy names: a fund of the whole may have heard of them or not. */
static void add_named(struct gathering *g, const struct watch *whole, const struct watch *part)
{
    for (unsigned i = 0; i < part->policy->source_count; i++) {
        const struct source_rule *rule = &part->policy->sources[i];
        struct expected_source source = {.number = 0};
        struct fund_source told;
        if (!source_rule_names(rule) || !named_since(g->txn, part->fund, rule->pattern, &source.since))
            continue;
        strcpy(source.name, rule->pattern);
        if (sources_number(g->txn, source.name, strlen(source.name), &source.number)
            && parts_told(g->txn, g->parts, source.number, &told)) {
            source.heard = true;
            source.since = told.first_date < source.since ? told.first_date : source.since;
        }
        add_source(g, whole, part, source);
    }
}

static void add_of_fund(struct gathering *g, const struct watch *whole, struct watch *part)
{
    if (whole->policy->source_count == 0 && part->policy->source_count == 0)
        return;
    add_calendars(g, part);
    add_heard(g, whole, part);
    add_named(g, whole, part);
}

/* What a part expects is expected of the whole, by the part's policy of the day. */
static void add_of_parts(struct gathering *g, const struct watch *whole)
{
    struct policy *policy = g->parts->count > 1 ? malloc(sizeof *policy) : NULL;
    if (g->parts->count > 1 && policy == NULL)
        g->txn->err = -ENOMEM;
    for (unsigned i = 1; i < g->parts->count && g->txn->err == 0; i++) {
        struct policy_ref ref;
        struct watch part = {.fund = g->parts->items[i].fund, .policy = policy};
        int err = books_policy_ref(g->txn, part.fund, g->as_of, UINT64_MAX, &ref)
            ? books_policy(g->journal, g->txn, ref.position, policy) : -EILSEQ;
        if (err == 0)
            add_of_fund(g, whole, &part);
        else if (g->txn->err == 0)
            g->txn->err = err;
    }
    free(policy);
}

static bool is_same(const struct expected_source *a, const struct expected_source *b)
{
    return a->number == b->number && (a->number != 0 || strcmp(a->name, b->name) == 0);
}

/* By number, those that nobody has heard of behind them; of one source the calendar that counts first. */
static int compare_sources(const void *a, const void *b, void *calendars)
{
    const struct expected_source *x = a, *y = b;
    const struct expected_calendar *list = calendars;
    if (x->number != y->number)
        return x->number - 1 < y->number - 1 ? -1 : 1;
    int names = x->number == 0 ? strcmp(x->name, y->name) : 0;
    if (names != 0)
        return names;
    unsigned rank = list[x->calendar].rank, other = list[y->calendar].rank;
    return rank != other ? (rank > other) - (rank < other)
                         : (x->calendar > y->calendar) - (x->calendar < y->calendar);
}

/* A source is expected once, whichever funds have heard of it and whoever names it. */
static void merge_sources(struct expected_sources *sources)
{
    unsigned kept = 0;
    if (sources->count > 0)
        qsort_r(sources->items, sources->count, sizeof *sources->items, compare_sources,
                sources->calendars);
    for (unsigned i = 0; i < sources->count; i++) {
        const struct expected_source *source = &sources->items[i];
        struct expected_source *last = kept > 0 ? &sources->items[kept - 1] : NULL;
        if (last == NULL || !is_same(last, source)) {
            sources->items[kept++] = *source;
            continue;
        }
        last->heard |= source->heard;
        last->since = source->since < last->since ? source->since : last->since;
    }
    sources->count = kept;
}

/* --- What they reported ------------------------------------------------------------------- */

static uint32_t days_up_to(date_day first, date_day last, uint32_t days)
{
    return last - first >= 31 ? days : days & ((UINT32_C(2) << (last - first)) - 1);
}

/* Gives a source the days that it reported to a fund. */
static void read_reported(struct gathering *g, struct expected_source *item, uint32_t fund)
{
    uint8_t key[REPORTED_KEY];
    struct range range;
    date_month last = date_month_of(g->as_of);
    reported_key(item->number, fund, date_month_of(g->from), key);
    range_begin(&range, g->txn, TABLE_REPORTED, key, 8, key, sizeof key);
    while (range_next(&range) && range.size == REPORTED_SIZE) {
        date_month month = unkey_i32(range.key + 8);
        date_day first = date_month_first(month);
        if (month > last)
            break;
        day_set_add_month(&item->reported, first, days_up_to(first, g->as_of, get_u32(range.value)));
    }
    range_end(&range);
}

/* What is reported under any code of the whole has come; and what all of it comes to. */
static void sum_up(struct gathering *g)
{
    for (unsigned i = 0; i < g->sources->count; i++) {
        struct expected_source *item = &g->sources->items[i];
        item->reported.first = g->from;
        for (unsigned part = 0; item->heard && part < g->parts->count; part++)
            read_reported(g, item, g->parts->items[part].fund);
        item->share =
            completeness_of(&g->sources->calendars[item->calendar].days, item->since, &item->reported);
        for (int period = 0; period <= (int)g->longest; period++)
            completeness_add(&g->sources->sums[period], &item->share, period);
    }
}

void expected_sources_find(const struct journal *journal, struct txn *txn, const struct parts *parts,
                           const struct policy *policy, date_day as_of, enum completeness_period longest,
                           struct expected_sources *ret)
{
    struct gathering g = {
        .journal = journal, .txn = txn, .parts = parts, .as_of = as_of, .from = as_of,
        .longest = longest, .sources = ret,
    };
    struct watch whole = {.fund = parts->items[0].fund, .policy = policy};
    *ret = (struct expected_sources){.count = 0};
    if (parts_place_ended(parts, policy))
        return;                 /* whoever has the place's money now expects its sources */
    add_of_fund(&g, &whole, &whole);
    add_of_parts(&g, &whole);
    merge_sources(ret);
    sum_up(&g);
}

void expected_sources_free(struct expected_sources *sources)
{
    free(sources->items);
    free(sources->calendars);
    *sources = (struct expected_sources){.count = 0};
}
