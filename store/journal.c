#include "store/journal.h"

#include <assert.h>
#include <errno.h>

#include <xxhash.h>

#include "store/bytes.h"
#include "wire/controls.h"

#define MAGIC UINT32_C(0x314a5746)      /* "FWJ1" */

static uint32_t record_checksum(uint64_t position, const uint8_t *type_and_body, size_t size)
{
    return (uint32_t)XXH3_64bits_withSeed(type_and_body, size, position);
}

void journal_start(struct journal *journal, uint64_t position, const uint8_t chain[CHAIN_SIZE],
                   int64_t recorded_ms)
{
    journal->next = journal->first = position + 1;
    journal->recorded_ms = recorded_ms;
    journal->continues = false;
    journal->count = 0;
    journal->size = 0;
    memcpy(journal->chain, chain, CHAIN_SIZE);
}

/* Whether the journal that a rebuild goes by has this record next. */
static bool is_rebuilt(const struct journal *journal, enum record_type type, const void *body,
                       size_t size)
{
    struct record read;
    const struct record *record = journal->expected;
    if (record == NULL || record->position != journal->next) {
        if (journal_read(NULL, journal->rebuilt, journal->next, &read) != 0)
            return false;
        record = &read;
    }
    return record->type == type && record->size == size && memcmp(record->body, body, size) == 0;
}

uint8_t *journal_place(struct journal *journal)
{
    return journal->bytes + journal->size + RECORD_HEAD;
}

/* The record that did not fit begins the next segment. */
static void turn_segment(struct journal *journal, struct txn *txn, size_t size)
{
    const uint8_t *body = journal_place(journal);
    journal_flush(journal, txn);
    journal->continues = true;
    if (txn->err == 0)
        memmove(journal_place(journal), body, size);
}

uint64_t journal_append_placed(struct journal *journal, struct txn *txn, enum record_type type,
                               size_t size)
{
    assert(RECORD_HEAD + size <= RECORD_MAX);
    if (journal->rebuilt != NULL) {
        if (journal->differs == 0 && !is_rebuilt(journal, type, journal_place(journal), size))
            journal->differs = journal->next;
        return journal->next++;
    }
    if (journal->size + RECORD_HEAD + size > SEGMENT_MAX)
        turn_segment(journal, txn, size);
    if (txn->err != 0)
        return journal->next;           /* the group is dropped, and there is no room for more */
    uint8_t *record = journal->bytes + journal->size;
    record[4] = (uint8_t)type;
    put_u32(record, record_checksum(journal->next, record + 4, size + 1));
    journal->offsets[journal->count++] = (uint16_t)journal->size;
    journal->size += RECORD_HEAD + size;
    return journal->next++;
}

uint64_t journal_append(struct journal *journal, struct txn *txn, enum record_type type,
                        const void *body, size_t size)
{
    assert(RECORD_HEAD + size <= RECORD_MAX);
    memcpy(journal_place(journal), body, size);
    return journal_append_placed(journal, txn, type, size);
}

void journal_chain(const uint8_t before[CHAIN_SIZE], const uint8_t *segment, size_t size,
                   uint8_t ret[CHAIN_SIZE])
{
    /* One link over the head, the other over the rest, so that nothing is copied to leave
     * out the chain's own 32 bytes. */
    uint8_t half[CHAIN_SIZE];
    hash_chain(before, segment, SEGMENT_HEAD - CHAIN_SIZE, half);
    hash_chain(half, segment + SEGMENT_HEAD, size - SEGMENT_HEAD, ret);
}

void journal_flush(struct journal *journal, struct txn *txn)
{
    if (journal->count == 0 || txn->err != 0)
        return;
    size_t offsets = 2 * (size_t)journal->count;
    size_t size = SEGMENT_HEAD + offsets + journal->size;
    uint8_t key[8];
    key_u64(key, journal->first);
    uint8_t *segment = txn_append(txn, key, sizeof key, size);
    if (segment == NULL)
        return;
    put_u32(segment, MAGIC);
    put_u16(segment + 4, (uint16_t)journal->count);
    put_u16(segment + 6, journal->continues);
    put_u64(segment + 8, journal->first);
    put_i64(segment + 16, journal->recorded_ms);
    for (uint32_t i = 0; i < journal->count; i++)
        put_u16(segment + SEGMENT_HEAD + 2 * i, journal->offsets[i]);
    memcpy(segment + SEGMENT_HEAD + offsets, journal->bytes, journal->size);
    journal_chain(journal->chain, segment, size, journal->chain);
    memcpy(segment + SEGMENT_HEAD - CHAIN_SIZE, journal->chain, CHAIN_SIZE);

    journal->first = journal->next;
    journal->count = 0;
    journal->size = 0;
}

/* --- Reading ---------------------------------------------------------------- */

static_assert(SEGMENT_MAX / RECORD_HEAD <= UINT16_MAX, "the count of a segment's records has room");

static uint32_t segment_count(const uint8_t *segment)
{
    return get_u16(segment + 4);
}

static bool segment_continues(const uint8_t *segment)
{
    return get_u16(segment + 6) & 1;
}

static bool segment_valid(const uint8_t *segment, size_t size, uint64_t first)
{
    if (size < SEGMENT_HEAD || get_u32(segment) != MAGIC || get_u64(segment + 8) != first)
        return false;
    uint32_t count = segment_count(segment);
    return count > 0 && count <= SEGMENT_MAX / RECORD_HEAD
        && size - SEGMENT_HEAD >= 2 * (size_t)count + RECORD_HEAD * (size_t)count;
}

/* The index-th record of a segment whose head is valid. */
static int segment_record(const uint8_t *segment, size_t size, uint32_t index, struct record *ret)
{
    uint32_t count = segment_count(segment);
    const uint8_t *offsets = segment + SEGMENT_HEAD;
    const uint8_t *data = offsets + 2 * (size_t)count;
    size_t data_size = size - SEGMENT_HEAD - 2 * (size_t)count;
    size_t begin = get_u16(offsets + 2 * index);
    size_t end = index + 1 < count ? get_u16(offsets + 2 * (index + 1)) : data_size;
    if (begin + RECORD_HEAD > end || end > data_size)
        return -EILSEQ;
    const uint8_t *record = data + begin;
    uint64_t position = get_u64(segment + 8) + index;
    if (get_u32(record) != record_checksum(position, record + 4, end - begin - 4)
        && !control("no_checksum"))
        return -EILSEQ;
    *ret = (struct record){
        .position = position,
        .recorded_ms = get_i64(segment + 16),
        .type = record[4],
        .body = record + RECORD_HEAD,
        .size = end - begin - RECORD_HEAD,
    };
    return 0;
}

bool journal_is_dense(const uint8_t *segment, size_t size)
{
    /* A record ends where the next one begins, and the last one with the segment. */
    return get_u16(segment + SEGMENT_HEAD) == 0
        && size - SEGMENT_HEAD - 2 * (size_t)segment_count(segment) <= SEGMENT_MAX;
}

static void collected_record(const struct journal *journal, uint64_t position, struct record *ret)
{
    uint32_t index = (uint32_t)(position - journal->first);
    size_t begin = journal->offsets[index];
    size_t end = index + 1 < journal->count ? journal->offsets[index + 1] : journal->size;
    *ret = (struct record){
        .position = position,
        .recorded_ms = journal->recorded_ms,
        .type = journal->bytes[begin + 4],
        .body = journal->bytes + begin + RECORD_HEAD,
        .size = end - begin - RECORD_HEAD,
    };
}

int journal_read(const struct journal *journal, struct txn *txn, uint64_t position,
                 struct record *ret)
{
    if (journal != NULL && position >= journal->next)
        return -ENOENT;
    if (journal != NULL && journal->rebuilt != NULL)
        return journal_read(NULL, journal->rebuilt, position, ret);
    if (journal != NULL && position >= journal->first) {
        collected_record(journal, position, ret);
        return 0;
    }
    uint8_t key[8];
    key_u64(key, position);
    struct range range;
    bool found = txn_at_or_below(txn, TABLE_JOURNAL, key, sizeof key, 0, &range);
    range_end(&range);
    if (!found)
        return txn->err != 0 ? txn->err : -ENOENT;
    uint64_t first = unkey_u64(range.key);
    if (!segment_valid(range.value, range.size, first))
        return -EILSEQ;
    if (position - first >= segment_count(range.value))
        return -ENOENT;
    return segment_record(range.value, range.size, (uint32_t)(position - first), ret);
}

void journal_walk_begin(struct journal_walk *walk, struct txn *txn, uint64_t from)
{
    *walk = (struct journal_walk){.txn = txn, .first = from};
    uint8_t key[8];
    key_u64(key, from);
    struct range at;
    if (txn_at_or_below(txn, TABLE_JOURNAL, key, sizeof key, 0, &at)) {
        uint64_t first = unkey_u64(at.key);
        if (segment_valid(at.value, at.size, first) && from - first < segment_count(at.value)) {
            walk->first = first;
            walk->index = (uint32_t)(from - first);
        }
    }
    range_end(&at);
    key_u64(key, walk->first);
    range_begin(&walk->range, txn, TABLE_JOURNAL, key, 0, key, sizeof key);
    if (range_next(&walk->range)) {
        walk->segment = walk->range.value;
        walk->size = walk->range.size;
    }
}

/* Checks the segment that the walk has come to: it follows the one before. */
static bool walk_segment(struct journal_walk *walk)
{
    uint64_t first = unkey_u64(walk->range.key);
    if (!segment_valid(walk->segment, walk->size, first)
        || (walk->count != 0 && first != walk->first + walk->count)) {
        walk->txn->err = -EILSEQ;
        return false;
    }
    walk->first = first;
    walk->count = segment_count(walk->segment);
    return true;
}

bool journal_walk_next(struct journal_walk *walk, struct record *ret)
{
    if (walk->segment == NULL || walk->txn->err != 0)
        return false;
    if (walk->count == 0) {
        if (!walk_segment(walk))
            return false;
    } else if (walk->index == walk->count) {
        if (!range_next(&walk->range))
            return false;
        walk->segment = walk->range.value;
        walk->size = walk->range.size;
        if (!walk_segment(walk))
            return false;
        walk->index = 0;
    }
    walk->segment_begins = walk->index == 0;
    walk->group_begins = walk->segment_begins && !segment_continues(walk->segment);
    int err = segment_record(walk->segment, walk->size, walk->index, ret);
    if (err != 0) {
        walk->txn->err = err;
        return false;
    }
    walk->index++;
    return true;
}

void journal_walk_end(struct journal_walk *walk)
{
    range_end(&walk->range);
}
