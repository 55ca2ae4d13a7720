#include "store/beside.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/bytes.h"
#include "store/group.h"
#include "store/sources.h"

static int make_room(struct beside *beside, uint32_t source)
{
    uint64_t room = beside->room == 0 ? 64 : beside->room;
    while (room <= source)
        room *= 2;
    if (room > UINT32_MAX)
        return -ENOMEM;
    struct beside_source *sources = realloc(beside->sources, room * sizeof *sources);
    if (sources == NULL)
        return -ENOMEM;
    for (uint64_t i = beside->room; i < room; i++)
        sources[i] = (struct beside_source){ .newest = DATE_NONE };
    beside->sources = sources;
    beside->room = (uint32_t)room;
    return 0;
}

int beside_count(struct beside *beside, const struct event_record *event)
{
    if (event->source >= beside->room && make_room(beside, event->source) != 0)
        return -ENOMEM;
    struct beside_source *source = &beside->sources[event->source];
    source->applied++;
    if (event->event.date > source->newest)
        source->newest = event->event.date;
    return 0;
}

void beside_free(struct beside *beside)
{
    free(beside->sources);
    *beside = (struct beside){ .room = 0 };
}

/* --- Comparing ------------------------------------------------------------------------------ */

struct comparison {
    struct beside *beside;
    struct txn *txn;
    const struct head *head;
    uint64_t differences;
    char *first;
    size_t size;
};

static void differ(struct comparison *c, const char *table, uint64_t number, const char *what)
{
    if (c->differences++ == 0)
        snprintf(c->first, c->size, "table %s, %" PRIu64 ": %s", table, number, what);
}

/* Whether an entry of the quarantine stands in the tables that find it. */
static bool is_found(struct comparison *c, uint64_t number, const struct quarantine_entry *entry)
{
    uint8_t of_source[12], of_id[16];
    const uint8_t *value;
    size_t size;
    key_u32(of_source, entry->source);
    key_u64(of_source + 4, number);
    key_u64(of_id, entry->hash);
    key_u64(of_id + 8, number);
    return txn_peek(c->txn, TABLE_QUARANTINE_SOURCES, of_source, sizeof of_source, &value, &size)
        && (entry->id[0] == '\0'
            || txn_peek(c->txn, TABLE_QUARANTINE_IDS, of_id, sizeof of_id, &value, &size));
}

/* The number of a source that there is not may be as large as any: no room is made for it. */
static void count_quarantined(struct comparison *c, uint64_t number, uint32_t source)
{
    if (source > txn_entries(c->txn, TABLE_SOURCE_NAMES))
        differ(c, "quarantine", number, "the entry is of no source");
    else if (source >= c->beside->room && make_room(c->beside, source) != 0)
        differ(c, "quarantine", number, "there is no memory to count the entry");
    else
        c->beside->sources[source].quarantined++;
}

static void compare_quarantine(struct comparison *c)
{
    struct range range;
    uint64_t entries = 0, named = 0, newest = 0;
    range_begin(&range, c->txn, TABLE_QUARANTINE, "", 0, "", 0);
    while (range_next(&range)) {
        struct quarantine_entry entry;
        uint64_t number = range.key_size == 8 ? unkey_u64(range.key) : 0;
        entries++;
        newest = number;
        if (quarantine_take(range.value, range.size, &entry) != 0) {
            differ(c, "quarantine", number, "the entry cannot be read");
            continue;
        }
        named += entry.id[0] != '\0';
        if (!is_found(c, number, &entry))
            differ(c, "quarantine", number, "the entry is not found by its source and id");
        count_quarantined(c, number, entry.source);
    }
    range_end(&range);
    if (txn_entries(c->txn, TABLE_QUARANTINE_SOURCES) != entries
        || txn_entries(c->txn, TABLE_QUARANTINE_IDS) != named)
        differ(c, "quarantine", entries, "what finds its entries has more of them");
    if (newest > c->head->quarantine)
        differ(c, "quarantine", newest, "the head says that the newest entry has a lower number");
}

static void compare_source(struct comparison *c, uint32_t number)
{
    struct source_record record;
    const struct beside_source *counted = &c->beside->sources[number];
    if (!sources_get(c->txn, number, &record)) {
        if (c->txn->err == 0 && (counted->applied != 0 || counted->quarantined != 0))
            differ(c, "sources", number, "is missing");
        return;
    }
    if (record.applied != counted->applied)
        differ(c, "sources", number, "another number of events than the journal has of it");
    else if (counted->applied != 0 && record.last_date != counted->newest)
        differ(c, "sources", number, "another newest date than the journal has of it");
    if (record.quarantined != counted->quarantined)
        differ(c, "sources", number, "another number of entries than the quarantine has of it");
}

uint64_t beside_compare(struct beside *beside, struct txn *txn, const struct head *head, char *first,
                        size_t size)
{
    struct comparison c = { .beside = beside, .txn = txn, .head = head, .first = first, .size = size };
    compare_quarantine(&c);
    for (uint32_t number = 1; number < beside->room && txn->err == 0; number++)
        compare_source(&c, number);
    if (txn_entries(txn, TABLE_SOURCES) != head->sources)
        differ(&c, "sources", head->sources, "the table has another number of them");
    if (txn->err != 0)
        differ(&c, "sources or quarantine", 0, "a value is damaged");
    txn->err = 0;
    return c.differences;
}
