/* A value of the journal's table: a segment's head, its offsets and its records.
 *
 * The input is how many records, two bytes, the offsets, and the bytes that they point into.  Magic,
 * position and the checksums of records that are within bounds are made right here, since no fuzzer guesses
 * them: what is left to be refused are lengths that reach too far and offsets that go back.  What can be
 * read from end to end without a gap gives the same offsets when its records are collected again. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/group.h"
#include "tests/fuzz/books.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

#define FIRST (UINT64_C(1) << 40)       /* behind whatever the books have */
#define DATA_MAX (SEGMENT_MAX + 4096)

static uint8_t segment[SEGMENT_HEAD + 2 * (SEGMENT_MAX / RECORD_HEAD) + DATA_MAX];
static struct journal again;

static void seal_records(uint32_t count, uint8_t *data, size_t size)
{
    const uint8_t *offsets = segment + SEGMENT_HEAD;
    for (uint32_t i = 0; i < count; i++) {
        size_t begin = get_u16(offsets + 2 * i);
        size_t end = i + 1 < count ? get_u16(offsets + 2 * (i + 1)) : size;
        if (begin + RECORD_HEAD <= end && end <= size)
            put_u32(data + begin,
                    (uint32_t)XXH3_64bits_withSeed(data + begin + 4, end - begin - 4, FIRST + i));
    }
}

/* Bytes of the segment; the count need not fit what there is. */
static size_t make_segment(const uint8_t *bytes, size_t size)
{
    uint32_t count = size >= 2 ? get_u16(bytes) : 0;
    size_t rest = size >= 2 ? size - 2 : 0, offsets = 2 * (size_t)count;
    memset(segment, 0, SEGMENT_HEAD);
    put_u32(segment, UINT32_C(0x314a5746));
    put_u16(segment + 4, (uint16_t)count);
    put_u64(segment + 8, FIRST);
    rest = rest < sizeof segment - SEGMENT_HEAD ? rest : sizeof segment - SEGMENT_HEAD;
    if (rest > 0)
        memcpy(segment + SEGMENT_HEAD, bytes + 2, rest);
    if (rest >= offsets)
        seal_records(count, segment + SEGMENT_HEAD + offsets, rest - offsets);
    return SEGMENT_HEAD + rest;
}

/* Reads it from end to end and, with the same records, writes it again. */
static void read_segment(struct txn *txn, size_t size)
{
    struct journal_walk walk;
    struct record record;
    uint32_t count = 0;
    bool fits = true;
    uint8_t chain[CHAIN_SIZE] = { 0 };
    journal_start(&again, FIRST - 1, chain, 0);
    journal_walk_begin(&walk, txn, FIRST);
    while (journal_walk_next(&walk, &record)) {
        struct record alone;
        int err = journal_read(NULL, txn, FIRST + count, &alone);
        assert(err == 0 && alone.size == record.size && alone.body == record.body);
        assert(alone.type == record.type);
        fits = fits && record.size + RECORD_HEAD <= RECORD_MAX
            && again.size + RECORD_HEAD + record.size <= SEGMENT_MAX;
        if (fits)
            journal_append(&again, txn, record.type, record.body, record.size);
        count++;
    }
    journal_walk_end(&walk);
    bool whole = txn->err == 0 && count > 0;
    assert(txn->err == 0 || txn->err == -EILSEQ);
    if (whole && fits && journal_is_dense(segment, size)) {
        assert(count == get_u16(segment + 4));
        for (uint32_t i = 0; i < count; i++)
            assert(again.offsets[i] == get_u16(segment + SEGMENT_HEAD + 2 * i));
        assert(again.size == size - SEGMENT_HEAD - 2 * (size_t)count);
    }
}

FUZZER(segment)
{
    struct txn txn;
    uint8_t key[8];
    if (books == NULL)
        books_with_everything();
    size_t length = make_segment(bytes, size);
    int err = txn_begin(&books->env, false, &txn);
    assert(err == 0);
    key_u64(key, FIRST);
    uint8_t *at = txn_append(&txn, key, sizeof key, length);
    assert(at != NULL);
    memcpy(at, segment, length);
    read_segment(&txn, length);
    txn_abort(&txn);
}
