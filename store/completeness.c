/* completeness - sources of a fund, each with its rows of `reported` for the months of the period. */
#include "store/completeness.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
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

struct gathering {
    struct txn *txn;
    uint32_t fund;
    const struct policy *policy;
    struct expected_sources *sources;
    unsigned room;
};

/* One more, of which everything but name and calendar is still to be said; NULL if nothing is
 * expected of it. */
static struct expected_source *add_source(struct gathering *g, const char *name)
{
    const struct calendar_rule *calendar = policy_follows(g->policy, name);
    struct expected_sources *sources = g->sources;
    if (calendar == NULL)
        return NULL;
    if (sources->count == g->room) {
        unsigned room = 2 * g->room + 16;
        struct expected_source *items = realloc(sources->items, room * sizeof *items);
        if (items == NULL) {
            g->txn->err = -ENOMEM;
            return NULL;
        }
        sources->items = items;
        g->room = room;
    }
    struct expected_source *item = &sources->items[sources->count++];
    *item = (struct expected_source){.calendar = (uint8_t)(calendar - g->policy->calendars)};
    strcpy(item->name, name);
    return item;
}

static void add_heard(struct gathering *g)
{
    uint8_t key[4];
    struct range range;
    key_u32(key, g->fund);
    range_begin(&range, g->txn, TABLE_FUND_SOURCES, key, sizeof key, key, sizeof key);
    while (range_next(&range)) {
        struct fund_source told;
        char name[SOURCE_NAME_MAX + 1];
        uint32_t number = unkey_u32(range.key + 4);
        if (!sources_take_fund(range.value, range.size, &told)) {
            g->txn->err = -EILSEQ;
            break;
        }
        struct expected_source *item = sources_name(g->txn, number, name) ? add_source(g, name) : NULL;
        if (item == NULL)
            continue;
        item->number = number;
        item->since = told.first_date;
    }
    range_end(&range);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = ((const struct expected_source *)a)->number;
    uint32_t y = ((const struct expected_source *)b)->number;
    return (x > y) - (x < y);
}

/* One of the `heard` first items, or of those behind them, which nobody has heard of. */
static struct expected_source *find_source(const struct gathering *g, unsigned heard, const char *name)
{
    struct expected_source like = {.number = 0}, *items = g->sources->items;
    for (unsigned i = heard; i < g->sources->count; i++)
        if (strcmp(items[i].name, name) == 0)
            return &items[i];
    if (heard == 0 || !sources_number(g->txn, name, strlen(name), &like.number))
        return NULL;
    return bsearch(&like, items, heard, sizeof like, compare_numbers);
}

/* Those that the policy names: the fund may have heard of them or not. */
static void add_named(struct gathering *g)
{
    unsigned heard = g->sources->count;
    for (unsigned i = 0; i < g->policy->source_count; i++) {
        const struct source_rule *rule = &g->policy->sources[i];
        date_day since;
        if (!source_rule_names(rule) || !named_since(g->txn, g->fund, rule->pattern, &since))
            continue;
        struct expected_source *item = find_source(g, heard, rule->pattern);
        if (item != NULL) {
            item->since = since < item->since ? since : item->since;
            continue;
        }
        item = add_source(g, rule->pattern);
        if (item != NULL)
            item->since = since;
    }
}

/* --- What they reported ------------------------------------------------------------------- */

static uint32_t days_up_to(date_day first, date_day last, uint32_t days)
{
    return last - first >= 31 ? days : days & ((UINT32_C(2) << (last - first)) - 1);
}

/* Gives a source its days from `from` to `as_of`. */
static void read_reported(struct gathering *g, struct expected_source *item, date_day from, date_day as_of)
{
    uint8_t key[REPORTED_KEY];
    struct range range;
    date_month last = date_month_of(as_of);
    item->reported.first = from;
    reported_key(item->number, g->fund, date_month_of(from), key);
    range_begin(&range, g->txn, TABLE_REPORTED, key, 8, key, sizeof key);
    while (range_next(&range) && range.size == REPORTED_SIZE) {
        date_month month = unkey_i32(range.key + 8);
        date_day first = date_month_first(month);
        if (month > last)
            break;
        day_set_add_month(&item->reported, first, days_up_to(first, as_of, get_u32(range.value)));
    }
    range_end(&range);
}

/* What all of it comes to. */
static void sum_up(struct gathering *g, const struct expected_days *days,
                   enum completeness_period longest)
{
    for (unsigned i = 0; i < g->sources->count; i++) {
        struct expected_source *item = &g->sources->items[i];
        item->share = completeness_of(&days[item->calendar], item->since, &item->reported);
        for (int period = 0; period <= (int)longest; period++)
            completeness_add(&g->sources->sums[period], &item->share, period);
    }
}

void expected_sources_find(struct txn *txn, uint32_t fund, const struct policy *policy, date_day as_of,
                           enum completeness_period longest, struct expected_sources *ret)
{
    struct gathering g = {.txn = txn, .fund = fund, .policy = policy, .sources = ret};
    struct expected_days days[POLICY_CALENDARS_MAX];
    date_day from = as_of;
    *ret = (struct expected_sources){.count = 0};
    if (policy->source_count == 0)
        return;
    for (unsigned i = 0; i < policy->calendar_count; i++) {
        const struct calendar_rule *rule = &policy->calendars[i];
        struct calendar calendar = policy_days(policy, rule);
        expected_days_find(&calendar, rule->grace_days, as_of, longest, &days[i]);
        from = days[i].before < from ? days[i].before + 1 : from;
    }
    add_heard(&g);
    add_named(&g);
    for (unsigned i = 0; i < ret->count; i++)
        read_reported(&g, &ret->items[i], from, as_of);
    sum_up(&g, days, longest);
}

void expected_sources_free(struct expected_sources *sources)
{
    free(sources->items);
    *sources = (struct expected_sources){.count = 0};
}
