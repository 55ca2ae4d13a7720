#include "store/parts.h"

#include <errno.h>

#include "store/bytes.h"

#define PART_KEY 8

static void part_key(uint32_t whole, uint32_t part, uint8_t key[PART_KEY])
{
    key_u32(key, whole);
    key_u32(key + 4, part);
}

void parts_each(struct txn *txn, uint32_t whole, date_day day,
                bool (*each)(void *arg, uint32_t part, date_day from), void *arg)
{
    uint8_t key[PART_KEY];
    struct range range;
    part_key(whole, 0, key);
    range_begin(&range, txn, TABLE_PARTS, key, 4, key, sizeof key);
    while (range_next(&range)) {
        date_day from = range.size == 4 ? get_i32(range.value) : DATE_NONE;
        if (range.size != 4) {
            txn->err = -EILSEQ;
            break;
        }
        if (from <= day && !each(arg, unkey_u32(range.key + 4), from))
            break;
    }
    range_end(&range);
}

static bool add_part(void *arg, uint32_t part, date_day from)
{
    struct parts *parts = arg;
    if (parts->count > PARTS_MAX)
        return false;
    parts->items[parts->count].fund = part;
    parts->items[parts->count++].from = from;
    return true;
}

/* What is booked for a place that has no opening balance of its own and only begins with its parts. */
static bool is_new(const struct fund_record *record, const struct parts *parts)
{
    date_day first = INT32_MAX;
    for (unsigned i = 1; i < parts->count; i++)
        first = parts->items[i].from < first ? parts->items[i].from : first;
    return !record->has_opening
        && (record->first_money == DATE_NONE || record->first_money >= first);
}

void parts_of(struct txn *txn, const struct fund_record *record, date_day as_of, struct parts *ret)
{
    *ret = (struct parts){
        .count = 1, .is_part = fund_is_part(record, as_of), .items = {{record->number, INT32_MIN}},
    };
    if (!record->has_parts)
        return;
    for (unsigned i = 0; i < ret->count; i++)
        parts_each(txn, ret->items[i].fund, as_of, add_part, ret);
    ret->is_new = ret->count > 1 && is_new(record, ret);
}

bool parts_place_ended(const struct parts *parts, const struct policy *policy)
{
    return parts->is_part || policy->split_count != 0;
}

/* --- What the whole waits for ------------------------------------------------------ */

void parts_importing_each(struct txn *txn, const struct parts *parts,
                          bool (*each)(void *arg, struct fund part), void *arg)
{
    struct fund fund;
    struct fund_record record;
    for (unsigned i = 1; i < parts->count; i++) {
        if (!books_fund_by_number(txn, parts->items[i].fund, &fund, &record)) {
            txn->err = txn->err != 0 ? txn->err : -EILSEQ;
            return;
        }
        if (record.importing && !each(arg, fund))
            return;
    }
}

static bool find_one(void *arg, struct fund part)
{
    (void)part;
    *(bool *)arg = true;
    return false;
}

bool parts_importing(struct txn *txn, const struct parts *parts)
{
    bool found = false;
    parts_importing_each(txn, parts, find_one, &found);
    return found;
}

/* --- What it has heard ------------------------------------------------------------- */

static void add_told(struct fund_source *sum, const struct fund_source *told)
{
    sum->first_date = told->first_date < sum->first_date ? told->first_date : sum->first_date;
    sum->last_date = told->last_date > sum->last_date ? told->last_date : sum->last_date;
}

bool parts_told(struct txn *txn, const struct parts *parts, uint32_t source, struct fund_source *ret)
{
    bool any = false;
    for (unsigned i = 0; i < parts->count; i++) {
        struct fund_source told;
        if (!sources_get_fund(txn, parts->items[i].fund, source, &told))
            continue;
        if (any)
            add_told(ret, &told);
        else
            *ret = told;
        any = true;
    }
    return any;
}

/* Whether one of the first `count` has heard of it. */
static bool is_heard(struct txn *txn, const struct parts *parts, unsigned count, uint32_t source)
{
    struct fund_source told;
    for (unsigned i = 0; i < count; i++)
        if (sources_get_fund(txn, parts->items[i].fund, source, &told))
            return true;
    return false;
}

void parts_each_source(struct txn *txn, const struct parts *parts,
                       void (*each)(void *arg, uint32_t source, const struct fund_source *told), void *arg)
{
    for (unsigned i = 0; i < parts->count && txn->err == 0; i++) {
        uint8_t key[4];
        struct range range;
        key_u32(key, parts->items[i].fund);
        range_begin(&range, txn, TABLE_FUND_SOURCES, key, sizeof key, key, sizeof key);
        while (range_next(&range)) {
            struct fund_source told;
            uint32_t source = unkey_u32(range.key + 4);
            if (!sources_take_fund(range.value, range.size, &told)) {
                txn->err = -EILSEQ;
                break;
            }
            if (is_heard(txn, parts, i, source))
                continue;
            if (parts->count > 1)
                parts_told(txn, parts, source, &told);
            each(arg, source, &told);
        }
        range_end(&range);
    }
}

/* --- Becoming one ---------------------------------------------------------------- */

static bool leads_back(struct txn *txn, uint32_t part, const struct fund_record *whole)
{
    struct fund ignored;
    struct fund_record record = *whole;
    unsigned steps = 0;
    while (record.number != part && record.merged_into != 0 && steps++ <= PARTS_MAX
           && books_fund_by_number(txn, record.merged_into, &ignored, &record))
        continue;
    return record.number == part || steps > PARTS_MAX;
}

/* A fund and everything under it, whenever that becomes so. */
static unsigned size_of(struct txn *txn, const struct fund_record *record)
{
    struct parts parts;
    parts_of(txn, record, INT32_MAX, &parts);
    return parts.count;
}

/* The whole that nothing has above it: where the number of parts counts. */
static struct fund_record top_of(struct txn *txn, const struct fund_record *whole)
{
    struct fund ignored;
    struct fund_record record = *whole;
    while (record.merged_into != 0
           && books_fund_by_number(txn, record.merged_into, &ignored, &record))
        continue;
    return record;
}

const char *parts_obstacle(struct txn *txn, const struct fund_record *part,
                           const struct fund_record *whole, date_day from)
{
    if (whole->number == 0)
        return "the place that it is merged into has no policy";
    if (whole->is_rollup || part->is_rollup)
        return "a roll-up has no books";
    if (leads_back(txn, part->number, whole))
        return "the place would be merged into itself";
    if (whole->has_opening && whole->opening_date >= from - 1)
        return "the opening balance of the whole would count the part's twice";
    struct fund_record top = top_of(txn, whole);
    if (size_of(txn, part) + size_of(txn, &top) > 1 + PARTS_MAX)
        return "the whole would have too many parts";
    return NULL;
}

void parts_put(struct txn *txn, struct fund_record *part, struct fund_record *whole, date_day from)
{
    uint8_t key[PART_KEY], v[4];
    part_key(whole->number, part->number, key);
    put_i32(v, from);
    txn_put(txn, TABLE_PARTS, key, sizeof key, v, sizeof v);
    part->merged_into = whole->number;
    part->merged_from = from;
    whole->has_parts = true;
}
