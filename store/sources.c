#include "store/sources.h"

#include <assert.h>
#include <errno.h>

#include "store/bytes.h"

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
    uint8_t v[4];
    put_u32(v, number);
    txn_put(txn, TABLE_NAMES, name, size, v, sizeof v);
    struct source_record record = {.last_date = DATE_NONE};
    memcpy(record.name, name, size);
    sources_put(txn, number, &record);
}

/* --- Sources ----------------------------------------------------------------- */

#define SOURCE_SIZE (64 + 8 + 4 + 16 * SOURCE_GAPS_MAX + 4 * 8 + 8 + 8 + 4)
static_assert(SOURCE_NAME_MAX < 64, "a source's name has 64 bytes in its record");

bool sources_get(struct txn *txn, uint32_t number, struct source_record *ret)
{
    uint8_t key[4], v[SOURCE_SIZE];
    key_u32(key, number);
    if (!txn_get(txn, TABLE_SOURCES, key, sizeof key, v, sizeof v))
        return false;
    struct source_record record = {
        .sequence = get_u64(v + 64),
        .gap_count = get_u32(v + 72),
    };
    memcpy(record.name, v, SOURCE_NAME_MAX);
    const uint8_t *at = v + 76;
    for (int i = 0; i < SOURCE_GAPS_MAX; i++, at += 16) {
        record.gaps[i].from = get_u64(at);
        record.gaps[i].to = get_u64(at + 8);
    }
    record.applied = get_u64(at);
    record.duplicates = get_u64(at + 8);
    record.conflicts = get_u64(at + 16);
    record.rejected = get_u64(at + 24);
    record.quarantined = get_u64(at + 32);
    record.last_recorded_ms = get_i64(at + 40);
    record.last_date = get_i32(at + 48);
    if (record.gap_count > SOURCE_GAPS_MAX) {
        txn->err = -EILSEQ;
        return false;
    }
    *ret = record;
    return true;
}

void sources_put(struct txn *txn, uint32_t number, const struct source_record *record)
{
    uint8_t key[4], v[SOURCE_SIZE] = {0};
    key_u32(key, number);
    memcpy(v, record->name, SOURCE_NAME_MAX);
    put_u64(v + 64, record->sequence);
    put_u32(v + 72, record->gap_count);
    uint8_t *at = v + 76;
    for (int i = 0; i < SOURCE_GAPS_MAX; i++, at += 16) {
        put_u64(at, record->gaps[i].from);
        put_u64(at + 8, record->gaps[i].to);
    }
    put_u64(at, record->applied);
    put_u64(at + 8, record->duplicates);
    put_u64(at + 16, record->conflicts);
    put_u64(at + 24, record->rejected);
    put_u64(at + 32, record->quarantined);
    put_i64(at + 40, record->last_recorded_ms);
    put_i32(at + 48, record->last_date);
    txn_put(txn, TABLE_SOURCES, key, sizeof key, v, sizeof v);
}

static void drop_gap(struct source_record *record, uint32_t i)
{
    record->gap_count--;
    memmove(&record->gaps[i], &record->gaps[i + 1],
            (record->gap_count - i) * sizeof record->gaps[0]);
}

/* When there is no room the newest hole is forgotten: the oldest are the ones to ask about. */
static void add_gap(struct source_record *record, uint32_t at, uint64_t from, uint64_t to)
{
    if (at == SOURCE_GAPS_MAX)
        return;
    if (record->gap_count == SOURCE_GAPS_MAX)
        record->gap_count--;
    memmove(&record->gaps[at + 1], &record->gaps[at],
            (record->gap_count - at) * sizeof record->gaps[0]);
    record->gaps[at].from = from;
    record->gaps[at].to = to;
    record->gap_count++;
}

void sources_sequence(struct source_record *record, uint64_t sequence)
{
    if (sequence > record->sequence) {
        if (sequence > record->sequence + 1)
            add_gap(record, record->gap_count, record->sequence + 1, sequence - 1);
        record->sequence = sequence;
        return;
    }
    for (uint32_t i = 0; i < record->gap_count; i++) {
        uint64_t from = record->gaps[i].from, to = record->gaps[i].to;
        if (sequence < from || sequence > to)
            continue;
        if (sequence == from && sequence == to) {
            drop_gap(record, i);
        } else if (sequence == from) {
            record->gaps[i].from = sequence + 1;
        } else {
            record->gaps[i].to = sequence - 1;
            if (sequence < to)
                add_gap(record, i + 1, sequence + 1, to);
        }
        return;
    }
}

/* --- Sources of a fund ------------------------------------------------------- */

static void pair_key(uint32_t a, uint32_t b, uint8_t key[8])
{
    key_u32(key, a);
    key_u32(key + 4, b);
}

bool sources_get_fund(struct txn *txn, uint32_t fund, uint32_t source, struct fund_source *ret)
{
    uint8_t key[8], v[12];
    pair_key(fund, source, key);
    if (!txn_get(txn, TABLE_FUND_SOURCES, key, sizeof key, v, sizeof v))
        return false;
    ret->last_date = get_i32(v);
    ret->events = get_u64(v + 4);
    return true;
}

void sources_add_fund(struct txn *txn, uint32_t fund, uint32_t source, const struct fund_source *add)
{
    uint8_t key[8], v[12];
    struct fund_source sum = {.last_date = add->last_date};
    sources_get_fund(txn, fund, source, &sum);
    put_i32(v, sum.last_date > add->last_date ? sum.last_date : add->last_date);
    put_u64(v + 4, sum.events + add->events);
    pair_key(fund, source, key);
    txn_put(txn, TABLE_FUND_SOURCES, key, sizeof key, v, sizeof v);
}

/* --- Days of a source -------------------------------------------------------- */

void source_total_add(struct source_total *sum, const struct source_total *add)
{
    sum->count += add->count;
    if (__builtin_add_overflow(sum->fen, add->fen, &sum->fen))
        sum->fen = add->fen > 0 ? INT64_MAX : INT64_MIN;
}

void sources_add_day(struct txn *txn, date_day day, uint32_t source, uint8_t kind,
                     const struct source_total *add)
{
    uint8_t key[9], v[16];
    struct source_total sum = *add;
    key_i32(key, day);
    key_u32(key + 4, source);
    key[8] = kind;
    if (txn_get(txn, TABLE_SOURCE_DAYS, key, sizeof key, v, sizeof v)) {
        struct source_total old = {.count = get_u64(v), .fen = get_i64(v + 8)};
        source_total_add(&sum, &old);
    }
    put_u64(v, sum.count);
    put_i64(v + 8, sum.fen);
    txn_put(txn, TABLE_SOURCE_DAYS, key, sizeof key, v, sizeof v);
}

/* --- Quarantine -------------------------------------------------------------- */

/* u32 source, u32 issuer, i64 recorded, u8 outcome, reject, size of id and of key, u64 position */
#define ENTRY_HEAD 28

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
    put_u64(v + 20, entry->why.position);
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
}

int quarantine_take(const uint8_t *value, size_t size, struct quarantine_entry *ret)
{
    if (size < ENTRY_HEAD)
        return -EILSEQ;
    size_t id = value[18], name = value[19];
    if (id > EVENT_ID_MAX || name > EVENT_KEY_MAX || size < ENTRY_HEAD + id + name)
        return -EILSEQ;
    *ret = (struct quarantine_entry){
        .source = get_u32(value),
        .issuer = get_u32(value + 4),
        .recorded_ms = get_i64(value + 8),
        .why = {.outcome = value[16], .reject = value[17], .position = get_u64(value + 20)},
        .sent = {(const char *)value + ENTRY_HEAD + id + name,
                 (uint32_t)(size - ENTRY_HEAD - id - name)},
    };
    memcpy(ret->id, value + ENTRY_HEAD, id);
    memcpy(ret->why.key, value + ENTRY_HEAD + id, name);
    return 0;
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
    uint8_t key[12];
    key_u32(key, source);
    key_u64(key + 4, number);
    txn_delete(txn, TABLE_QUARANTINE_SOURCES, key, sizeof key);
    return txn_delete(txn, TABLE_QUARANTINE, key + 4, 8);
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
