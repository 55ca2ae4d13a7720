#include "tests/peers/items.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "wire/event_codec.h"
#include "wire/hash.h"

static_assert(LOAD_SOURCES <= 10000, "a source has four digits in an id");

const struct line_info line_infos[LINES] = {
    { KIND_SETTLEMENT,   CATEGORY_INPATIENT,         "E11" },
    { KIND_SETTLEMENT,   CATEGORY_OUTPATIENT,        "E12" },
    { KIND_SETTLEMENT,   CATEGORY_POOLED,            "E121" },
    { KIND_SETTLEMENT,   CATEGORY_CHRONIC,           "E122" },
    { KIND_SETTLEMENT,   CATEGORY_MATERNITY,         "E13" },
    { KIND_CONTRIBUTION, CATEGORY_FEES,              "I10" },
    { KIND_CONTRIBUTION, CATEGORY_PERSONAL,          "I11" },
    { KIND_CONTRIBUTION, CATEGORY_COLLECTIVE,        "I12" },
    { KIND_CONTRIBUTION, CATEGORY_AID,               "I13" },
    { KIND_CONTRIBUTION, CATEGORY_GOVERNMENT,        "I14" },
    { KIND_EXPENDITURE,  CATEGORY_CATASTROPHIC,      "E2" },
    { KIND_EXPENDITURE,  CATEGORY_OTHER_EXPENDITURE, "E3" },
    { KIND_SUBSIDY,      CATEGORY_CENTRAL,           "I21" },
    { KIND_SUBSIDY,      CATEGORY_PROVINCE,          "I22" },
    { KIND_SUBSIDY,      CATEGORY_CITY,              "I23" },
    { KIND_SUBSIDY,      CATEGORY_COUNTY,            "I24" },
    { KIND_INCOME,       CATEGORY_INTEREST,          "I3" },
    { KIND_INCOME,       CATEGORY_OTHER_INCOME,      "I4" },
    { KIND_INCOME,       CATEGORY_FROM_UPPER,        "I6" },
    { KIND_INCOME,       CATEGORY_FROM_LOWER,        "I7" },
};

static unsigned find_fund(int64_t place)
{
    unsigned i = 0;
    while (i < LOAD_FUNDS && load_fund(i).place != place)
        i++;
    return i;
}

static unsigned find_line(int64_t kind, int64_t category)
{
    unsigned i = 0;
    while (i < LINES && (line_infos[i].kind != kind || line_infos[i].category != category))
        i++;
    return i;
}

/* --- Events. ----------------------------------------------------------------- */

static void fill_bytes(struct item *item, struct event event)
{
    uint8_t canonical[CANONICAL_MAX], digest[DIGEST_SIZE];
    event.present &= ~(UINT32_C(1) << FIELD_ID);
    size_t size = event_to_canonical(&event, canonical);
    assert(size <= sizeof item->bytes);
    memcpy(item->bytes, canonical, size);
    item->size = (uint8_t)size;
    item->fen = event.amount.fen;
    hash_digest(item->bytes, size, digest);
    memcpy(&item->digest, digest, sizeof item->digest);
}

struct item item_make(uint64_t n)
{
    struct event event = load_event(n, MIXED);
    struct item item = {
        .source = (uint16_t)strtoul(event.id, NULL, 10),
        .fund = (uint8_t)find_fund(event.fund.place),
        .line = (uint8_t)find_line(event.kind, event.category),
        .ymd = date_to_ymd(event.date),
    };
    assert(event.id_size == 5 + ITEM_ID_SIZE && event.id[4] == '-');
    assert(item.source < LOAD_SOURCES && item.fund < LOAD_FUNDS && item.line < LINES);
    memcpy(item.id, event.id + 5, ITEM_ID_SIZE);
    fill_bytes(&item, event);
    return item;
}

static struct event event_of(const struct item *item)
{
    struct event event;
    must(event_from_canonical(item->bytes, item->size, &event), "canonical bytes");
    return event;
}

struct item item_altered(const struct item *item)
{
    struct item other = *item;
    struct event event = event_of(item);
    event.amount.fen++;
    fill_bytes(&other, event);
    return other;
}

struct event item_event(const struct item *item)
{
    struct event event = event_of(item);
    event.present |= UINT32_C(1) << FIELD_ID;
    event.id_size = (uint8_t)snprintf(event.id, sizeof event.id, "%04u-%s", item->source, item->id);
    return event;
}

/* --- Totals. ----------------------------------------------------------------- */

unsigned total_of(unsigned fund, unsigned month, unsigned line)
{
    assert(fund < LOAD_FUNDS && month < MONTHS && line < LINES);
    return (fund * MONTHS + month) * LINES + line;
}

unsigned total_of_item(const struct item *item)
{
    return total_of(item->fund, (unsigned)(item->ymd / 100 % 100 - 1), item->line);
}

unsigned total_of_key(int64_t place, int64_t month, int64_t kind, int64_t category)
{
    unsigned fund = find_fund(place), line = find_line(kind, category);
    if (fund == LOAD_FUNDS || line == LINES || month / 100 != ITEM_YEAR || month % 100 < 1
            || month % 100 > MONTHS)
        die("a total that no event moved: fund %lld, month %lld, kind %lld, category %lld",
            (long long)place, (long long)month, (long long)kind, (long long)category);
    return total_of(fund, (unsigned)(month % 100 - 1), line);
}
