#include "tests/peers/items.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "wire/event_codec.h"
#include "wire/hash.h"

static_assert(LOAD_SOURCES <= 10000, "a source has four digits in an id");

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
    unsigned total = total_of_event(&event);
    struct item item = {
        .source = (uint16_t)strtoul(event.id, NULL, 10),
        .fund = (uint8_t)(total / BOOKS_LINES / BOOKS_MONTHS),
        .line = (uint8_t)(total % BOOKS_LINES),
        .ymd = date_to_ymd(event.date),
    };
    assert(event.id_size == 5 + ITEM_ID_SIZE && event.id[4] == '-');
    assert(item.source < LOAD_SOURCES);
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

unsigned total_of_item(const struct item *item)
{
    return total_of(item->fund, (unsigned)(item->ymd / 100 % 100 - 1), item->line);
}
