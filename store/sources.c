#include "store/sources.h"

#include <assert.h>
#include <errno.h>

#include "store/bytes.h"
#include "store/row.h"

/* --- Names ------------------------------------------------------------------- */

bool sources_number(struct txn *txn, const char *name, size_t size, uint32_t *ret)
{
    uint8_t v[4];
    if (!txn_get(txn, TABLE_NAMES, name, size, v, sizeof v))
        return false;
    *ret = get_u32(v);
    return true;
}

void sources_put_name(struct txn *txn, const char *name, size_t size, uint32_t number)
{
    uint8_t key[4], v[4];
    put_u32(v, number);
    txn_put(txn, TABLE_NAMES, name, size, v, sizeof v);
    key_u32(key, number);
    txn_put(txn, TABLE_SOURCE_NAMES, key, sizeof key, name, size);
    sources_put(txn, number, &(struct source_record){.last_date = DATE_NONE});
}

bool sources_name(struct txn *txn, uint32_t number, char name[SOURCE_NAME_MAX + 1])
{
    uint8_t key[4];
    const uint8_t *v;
    size_t size;
    key_u32(key, number);
    name[0] = '\0';
    if (!txn_peek(txn, TABLE_SOURCE_NAMES, key, sizeof key, &v, &size))
        return false;
    if (size > SOURCE_NAME_MAX) {
        txn->err = -EILSEQ;
        return false;
    }
    memcpy(name, v, size);
    name[size] = '\0';
    return true;
}

/* --- Sources ----------------------------------------------------------------- */

/* A record is numbers only, most of them small; a thousand sources in one commit are a dozen pages.  Holes
 * follow. */
enum number {
    NUMBER_SEQUENCE,
    NUMBER_APPLIED,
    NUMBER_DUPLICATES,
    NUMBER_CONFLICTS,
    NUMBER_REJECTED,
    NUMBER_QUARANTINED,
    NUMBER_RECORDED,            /* zigzag, as the next one */
    NUMBER_DATE,
    NUMBER_COUNT
};

static const enum row_number source_numbers[NUMBER_COUNT] = {
    [NUMBER_SEQUENCE] = ROW_POSITION_OR_NONE,
    [NUMBER_APPLIED] = ROW_COUNT,
    [NUMBER_DUPLICATES] = ROW_COUNT,
    [NUMBER_CONFLICTS] = ROW_COUNT,
    [NUMBER_REJECTED] = ROW_COUNT,
    [NUMBER_QUARANTINED] = ROW_COUNT,
    [NUMBER_RECORDED] = ROW_MOMENT,
    [NUMBER_DATE] = ROW_DAY_OR_NONE,
};

static bool take_source(const uint8_t *v, size_t size, struct source_record *ret)
{
    int64_t numbers[NUMBER_COUNT];
    size_t at = row_take(v, size, source_numbers, NUMBER_COUNT, numbers);
    if (at == 0)
        return false;
    *ret = (struct source_record){
        .sequence = (uint64_t)numbers[NUMBER_SEQUENCE],
        .applied = (uint64_t)numbers[NUMBER_APPLIED],
        .duplicates = (uint64_t)numbers[NUMBER_DUPLICATES],
        .conflicts = (uint64_t)numbers[NUMBER_CONFLICTS],
        .rejected = (uint64_t)numbers[NUMBER_REJECTED],
        .quarantined = (uint64_t)numbers[NUMBER_QUARANTINED],
        .last_recorded_ms = numbers[NUMBER_RECORDED],
        .last_date = (date_day)numbers[NUMBER_DATE],
    };
    return sources_take_gaps(v + at, size - at, &ret->gaps);
}

uint64_t sources_quarantined(struct txn *txn)
{
    uint64_t sum = 0;
    struct range range;
    range_begin(&range, txn, TABLE_SOURCES, "", 0, "", 0);
    while (range_next(&range)) {
        struct source_record record;
        if (take_source(range.value, range.size, &record))
            sum += record.quarantined;
        else
            txn->err = -EILSEQ;
    }
    range_end(&range);
    return sum;
}

bool sources_get(struct txn *txn, uint32_t number, struct source_record *ret)
{
    uint8_t key[4];
    const uint8_t *v;
    size_t size;
    key_u32(key, number);
    if (!txn_peek(txn, TABLE_SOURCES, key, sizeof key, &v, &size))
        return false;
    if (!take_source(v, size, ret)) {
        txn->err = -EILSEQ;
        return false;
    }
    return true;
}

void sources_put(struct txn *txn, uint32_t number, const struct source_record *record)
{
    uint8_t key[4], v[10 * NUMBER_COUNT + GAPS_SIZE];
    const uint64_t numbers[NUMBER_COUNT] = {
        [NUMBER_SEQUENCE] = record->sequence,
        [NUMBER_APPLIED] = record->applied,
        [NUMBER_DUPLICATES] = record->duplicates,
        [NUMBER_CONFLICTS] = record->conflicts,
        [NUMBER_REJECTED] = record->rejected,
        [NUMBER_QUARANTINED] = record->quarantined,
        [NUMBER_RECORDED] = zigzag(record->last_recorded_ms),
        [NUMBER_DATE] = zigzag(record->last_date),
    };
    size_t size = 0;
    for (unsigned i = 0; i < NUMBER_COUNT; i++)
        size += put_varint(v + size, numbers[i]);
    size += sources_encode_gaps(&record->gaps, v + size);
    key_u32(key, number);
    txn_put(txn, TABLE_SOURCES, key, sizeof key, v, size);
}

static void drop_gap(struct source_gaps *gaps, uint32_t i)
{
    gaps->count--;
    memmove(&gaps->items[i], &gaps->items[i + 1], (gaps->count - i) * sizeof gaps->items[0]);
}

/* When there is no room the newest hole is forgotten: the oldest are the ones to ask about. */
static void add_gap(struct source_gaps *gaps, uint32_t at, uint64_t from, uint64_t to)
{
    if (at == SOURCE_GAPS_MAX)
        return;
    if (gaps->count == SOURCE_GAPS_MAX)
        gaps->count--;
    memmove(&gaps->items[at + 1], &gaps->items[at], (gaps->count - at) * sizeof gaps->items[0]);
    gaps->items[at] = (struct source_gap){from, to};
    gaps->count++;
}

void sources_sequence(struct source_record *record, uint64_t sequence)
{
    struct source_gaps *gaps = &record->gaps;
    if (sequence > record->sequence) {
        if (sequence > record->sequence + 1)
            add_gap(gaps, gaps->count, record->sequence + 1, sequence - 1);
        record->sequence = sequence;
        return;
    }
    for (uint32_t i = 0; i < gaps->count; i++) {
        uint64_t from = gaps->items[i].from, to = gaps->items[i].to;
        if (sequence < from || sequence > to)
            continue;
        if (sequence == from && sequence == to) {
            drop_gap(gaps, i);
        } else if (sequence == from) {
            gaps->items[i].from = sequence + 1;
        } else {
            gaps->items[i].to = sequence - 1;
            if (sequence < to)
                add_gap(gaps, i + 1, sequence + 1, to);
        }
        return;
    }
}

/* --- Holes that the journal knows of ------------------------------------------ */

size_t sources_encode_gaps(const struct source_gaps *gaps, uint8_t *value)
{
    size_t size = put_varint(value, gaps->count);
    for (uint32_t i = 0; i < gaps->count; i++) {
        size += put_varint(value + size, gaps->items[i].from);
        size += put_varint(value + size, gaps->items[i].to - gaps->items[i].from);
    }
    return size;
}

bool sources_take_gaps(const uint8_t *value, size_t size, struct source_gaps *ret)
{
    static const enum row_number gap[] = {ROW_POSITION, ROW_POSITION_OR_NONE};
    uint64_t count;
    int64_t numbers[2], last = 0;
    size_t at = get_varint(value, size, &count);
    if (at == 0 || count > SOURCE_GAPS_MAX)
        return false;
    *ret = (struct source_gaps){.count = (uint32_t)count};
    for (uint32_t i = 0; i < count; i++) {
        size_t n = row_take(value + at, size - at, gap, 2, numbers);
        if (n == 0 || numbers[0] <= last || __builtin_add_overflow(numbers[0], numbers[1], &last))
            return false;
        ret->items[i] = (struct source_gap){(uint64_t)numbers[0], (uint64_t)last};
        at += n;
    }
    return at == size;
}

void sources_get_gaps(struct txn *txn, uint32_t number, struct source_gaps *ret)
{
    uint8_t key[4];
    const uint8_t *v;
    size_t size;
    key_u32(key, number);
    *ret = (struct source_gaps){.count = 0};
    if (txn_peek(txn, TABLE_GAPS, key, sizeof key, &v, &size) && !sources_take_gaps(v, size, ret))
        txn->err = -EILSEQ;
}

void sources_put_gaps(struct txn *txn, uint32_t number, const struct source_gaps *gaps)
{
    uint8_t key[4], v[GAPS_SIZE];
    key_u32(key, number);
    if (gaps->count > 0)
        txn_put(txn, TABLE_GAPS, key, sizeof key, v, sources_encode_gaps(gaps, v));
    else
        txn_delete(txn, TABLE_GAPS, key, sizeof key);
}

bool sources_gaps_equal(const struct source_gaps *a, const struct source_gaps *b)
{
    bool equal = a->count == b->count;
    for (uint32_t i = 0; i < a->count && equal; i++)
        equal = a->items[i].from == b->items[i].from && a->items[i].to == b->items[i].to;
    return equal;
}

struct source_gaps sources_gaps_without(const struct source_gaps *gaps, uint64_t first, uint64_t last)
{
    struct source_gaps rest = {.count = 0};
    for (uint32_t i = 0; i < gaps->count; i++) {
        uint64_t from = gaps->items[i].from, to = gaps->items[i].to;
        bool apart = first > to || last < from;
        if (apart || from < first)
            add_gap(&rest, rest.count, from, apart ? to : first - 1);
        if (!apart && to > last)
            add_gap(&rest, rest.count, last + 1, to);
    }
    return rest;
}

uint64_t sources_gaps_missing(const struct source_gaps *gaps)
{
    uint64_t missing = 0;
    for (uint32_t i = 0; i < gaps->count; i++)
        missing += gaps->items[i].to - gaps->items[i].from + 1;
    return missing;
}

/* --- Sources of a fund ------------------------------------------------------- */

static void pair_key(uint32_t a, uint32_t b, uint8_t key[8])
{
    key_u32(key, a);
    key_u32(key + 4, b);
}

bool sources_take_fund(const uint8_t *value, size_t size, struct fund_source *ret)
{
    static const enum row_number of_fund[] = {ROW_DAY, ROW_DAYS};
    int64_t numbers[2];         /* first, days from there to the last */
    size_t at = row_take(value, size, of_fund, 2, numbers);
    if (at == 0 || at != size)
        return false;
    date_day first = (date_day)numbers[0], last = first + (date_day)numbers[1];
    *ret = (struct fund_source){first, last};
    return date_is_possible(last);
}

bool sources_get_fund(struct txn *txn, uint32_t fund, uint32_t source, struct fund_source *ret)
{
    uint8_t key[8];
    const uint8_t *v;
    size_t size;
    pair_key(fund, source, key);
    if (!txn_peek(txn, TABLE_FUND_SOURCES, key, sizeof key, &v, &size))
        return false;
    if (sources_take_fund(v, size, ret))
        return true;
    txn->err = -EILSEQ;
    return false;
}

void sources_add_fund(struct txn *txn, uint32_t fund, uint32_t source, const struct fund_source *add)
{
    uint8_t key[8], v[20];
    struct fund_source sum = *add;
    bool known = sources_get_fund(txn, fund, source, &sum);
    date_day first = sum.first_date < add->first_date ? sum.first_date : add->first_date;
    date_day last = sum.last_date > add->last_date ? sum.last_date : add->last_date;
    if (known && first == sum.first_date && last == sum.last_date)
        return;
    size_t size = put_varint(v, zigzag(first));
    size += put_varint(v + size, (uint64_t)((int64_t)last - first));
    pair_key(fund, source, key);
    txn_put(txn, TABLE_FUND_SOURCES, key, sizeof key, v, size);
}

/* --- Days of a source -------------------------------------------------------- */

void sources_day_entry(uint32_t source, const struct event *event, uint8_t entry[SOURCE_DAY_ENTRY])
{
    struct source_day_entry day = {
        .source = source,
        .day = event->date,
        .kind = event->kind,
        .events = 1,
        .fen = event->amount.fen,
    };
    source_day_entry_put(&day, entry);
}

/* --- Quarantine -------------------------------------------------------------- */

/* u32 source, u32 issuer, i64 recorded, u8 outcome, reject, size of id and of key, u64 position, u64 hash,
 * and of the hindrance u8 why, stage, state, allowed, i32 day, i64 amount */
#define ENTRY_HEAD 52

static void id_key(uint64_t hash, uint64_t number, uint8_t key[16])
{
    key_u64(key, hash);
    key_u64(key + 8, number);
}

static void put_hindrance(uint8_t *v, const struct hindrance *h)
{
    v[0] = h->why;
    v[1] = h->stage;
    v[2] = h->state;
    v[3] = h->allowed;
    put_i32(v + 4, h->day);
    put_i64(v + 8, h->amount.fen);
}

static struct hindrance get_hindrance(const uint8_t *v)
{
    return (struct hindrance){
        .amount = {get_i64(v + 8)}, .day = get_i32(v + 4), .why = v[0], .stage = v[1], .state = v[2],
        .allowed = v[3],
    };
}

/* Of everything else nobody has set it. */
static bool is_hindered(const struct applied *why)
{
    return why->outcome == OUTCOME_REJECTED && why->reject == REJECT_BAD_MOVE;
}

void quarantine_put(struct txn *txn, uint64_t number, const struct quarantine_entry *entry)
{
    uint8_t key[12], v[ENTRY_HEAD + EVENT_ID_MAX + EVENT_KEY_MAX + QUARANTINE_SENT_MAX];
    size_t id = strlen(entry->id), name = strlen(entry->why.key), size = ENTRY_HEAD;
    put_u32(v, entry->source);
    put_u32(v + 4, entry->issuer);
    put_i64(v + 8, entry->recorded_ms);
    v[16] = (uint8_t)entry->why.outcome;
    v[17] = (uint8_t)entry->why.reject;
    v[18] = (uint8_t)id;
    v[19] = (uint8_t)name;
    put_u64(v + 20, entry->why.outcome != OUTCOME_REJECTED ? entry->why.position : 0);
    put_u64(v + 28, entry->hash);
    struct hindrance hindrance = is_hindered(&entry->why) ? entry->why.hindrance : hindrance_none();
    put_hindrance(v + 36, &hindrance);
    memcpy(v + size, entry->id, id);
    size += id;
    memcpy(v + size, entry->why.key, name);
    size += name;
    size_t sent = entry->sent.size < QUARANTINE_SENT_MAX ? entry->sent.size : QUARANTINE_SENT_MAX;
    memcpy(v + size, entry->sent.bytes, sent);
    size += sent;
    key_u64(key, number);
    txn_put(txn, TABLE_QUARANTINE, key, 8, v, size);
    key_u32(key, entry->source);
    key_u64(key + 4, number);
    txn_put(txn, TABLE_QUARANTINE_SOURCES, key, sizeof key, "", 0);
    if (id > 0) {
        uint8_t named[16];
        id_key(entry->hash, number, named);
        txn_put(txn, TABLE_QUARANTINE_IDS, named, sizeof named, "", 0);
    }
}

int quarantine_take(const uint8_t *value, size_t size, struct quarantine_entry *ret)
{
    size_t id = value[18], name = value[19];
    if (id > EVENT_ID_MAX || name > EVENT_KEY_MAX || size < ENTRY_HEAD + id + name
        || (value[16] == OUTCOME_REJECTED && reject_code(value[17]) == NULL))
        return -EILSEQ;
    *ret = (struct quarantine_entry){
        .source = get_u32(value),
        .issuer = get_u32(value + 4),
        .hash = get_u64(value + 28),
        .recorded_ms = get_i64(value + 8),
        .why = {.outcome = value[16], .reject = value[17], .position = get_u64(value + 20),
                .hindrance = hindrance_none()},
        .sent = {(const char *)value + ENTRY_HEAD + id + name,
                 (uint32_t)(size - ENTRY_HEAD - id - name)},
    };
    memcpy(ret->id, value + ENTRY_HEAD, id);
    memcpy(ret->why.key, value + ENTRY_HEAD + id, name);
    if (is_hindered(&ret->why))
        ret->why.hindrance = get_hindrance(value + 36);
    return hindrance_is_known(&ret->why.hindrance) ? 0 : -EILSEQ;
}

int quarantine_get(struct txn *txn, uint64_t number, struct quarantine_entry *ret)
{
    uint8_t key[8];
    const uint8_t *value;
    size_t size;
    key_u64(key, number);
    if (!txn_peek(txn, TABLE_QUARANTINE, key, sizeof key, &value, &size))
        return txn->err != 0 ? txn->err : -ENOENT;
    return quarantine_take(value, size, ret);
}

bool quarantine_delete(struct txn *txn, uint64_t number, uint32_t source)
{
    uint8_t key[12], named[16];
    struct quarantine_entry entry;
    if (quarantine_get(txn, number, &entry) != 0)
        return false;
    id_key(entry.hash, number, named);
    txn_delete(txn, TABLE_QUARANTINE_IDS, named, sizeof named);
    key_u32(key, source);
    key_u64(key + 4, number);
    txn_delete(txn, TABLE_QUARANTINE_SOURCES, key, sizeof key);
    return txn_delete(txn, TABLE_QUARANTINE, key + 4, 8);
}

/* An event is kept as far as there is room for it. */
static bool same_sent(struct span a, struct span b)
{
    uint32_t size = b.size < QUARANTINE_SENT_MAX ? b.size : QUARANTINE_SENT_MAX;
    return a.size == size && memcmp(a.bytes, b.bytes, size) == 0;
}

uint64_t quarantine_find(struct txn *txn, const struct quarantine_entry *like)
{
    uint8_t from[16];
    struct range range;
    uint64_t found = 0;
    id_key(like->hash, 0, from);
    range_begin(&range, txn, TABLE_QUARANTINE_IDS, from, 8, from, sizeof from);
    while (found == 0 && range_next(&range)) {
        struct quarantine_entry entry;
        uint64_t number = unkey_u64(range.key + 8);
        if (quarantine_get(txn, number, &entry) == 0 && entry.source == like->source
            && entry.issuer == like->issuer && strcmp(entry.id, like->id) == 0
            && (like->sent.bytes == NULL || same_sent(entry.sent, like->sent)))
            found = number;
    }
    range_end(&range);
    return found;
}

uint64_t quarantine_oldest(struct txn *txn, uint32_t source)
{
    uint8_t key[4];
    struct range range;
    uint64_t number = 0;
    key_u32(key, source);
    range_begin(&range, txn, TABLE_QUARANTINE_SOURCES, key, sizeof key, key, sizeof key);
    if (range_next(&range))
        number = unkey_u64(range.key + 4);
    range_end(&range);
    return number;
}
