#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/wire/sample.h"
#include "wire/event_codec.h"
#include "wire/hash.h"
#include "wire/limits.h"

#define BYTES(literal) literal, sizeof literal - 1
#define COUNT_OF(a) (int)(sizeof (a) / sizeof (a)[0])
#define ROUND_TRIPS 5000

static struct writer w;
static struct event decoded;
static char key[EVENT_KEY_MAX + 1];
static enum read_error structure;       /* what the reader said of the last event */

static void setup(void)
{
    ck_assert_int_eq(hash_init(), 0);
    writer_init(&w);
}

static void teardown(void)
{
    writer_free(&w);
}

/* Decodes what has been written, with a byte behind it that must be left alone. */
static enum reject decode(void)
{
    write_int(&w, 42);
    struct reader r = reader_of(w.bytes, w.size);
    enum reject why = event_decode(&r, &decoded, key);
    structure = r.err;
    if (structure == READ_OK)
        ck_assert_int_eq(read_int(&r, 0, 99), 42);
    return why;
}

static void assert_rejected(enum reject why, const char *field)
{
    enum reject got = decode();
    ck_assert_int_eq(structure, READ_OK);
    ck_assert_msg(got == why, "%s and not %s", reject_code(got), reject_code(why));
    ck_assert_str_eq(key, field);
}

static size_t canonical(const struct event *event, uint8_t *to)
{
    return event_to_canonical(event, to);
}

/* --- Round trips -------------------------------------------------------------- */

START_TEST(any_good_event_comes_back_from_the_map_and_from_canonical_bytes)
{
    uint64_t seed = 20241231;
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX], again[sizeof bytes];
    uint32_t kinds = 0, fields = 0;
    for (unsigned i = 0; i < ROUND_TRIPS; i++) {
        struct event back, event = random_event(&seed);
        kinds |= 1u << event.kind;
        fields |= event.present;
        writer_reset(&w);
        event_encode(&w, &event);
        ck_assert_msg(decode() == REJECT_NONE, "event %u: %s", i, key);
        assert_same_event(&event, &decoded);
        size_t size = canonical(&event, bytes);
        ck_assert_uint_eq(size, canonical(&decoded, again));
        ck_assert_mem_eq(bytes, again, size);
        ck_assert_int_eq(event_from_canonical(bytes, size, &back), 0);
        assert_same_event(&event, &back);
    }
    ck_assert_uint_eq(kinds, (1u << KIND_END) - 2);
    ck_assert_uint_eq(fields, (UINT32_C(1) << FIELD_COUNT) - 1);
}
END_TEST

/* Writes a value of the map again in its longest form. */
static void write_long(struct writer *to, struct reader *r)
{
    uint8_t head[9] = { 0 };
    struct span s = { NULL, 0 };
    uint64_t n = 0;
    switch (read_peek(r)) {
    case 's':
        s = read_string(r, UINT32_MAX);
        head[0] = 0xdb;
        break;
    case 'b':
        s = read_binary(r, UINT32_MAX);
        head[0] = 0xc6;
        break;
    case 'i':
        n = (uint64_t)read_int(r, INT64_MIN, INT64_MAX);
        head[0] = 0xd3;
        break;
    default:
        s = read_skip(r, POLICY_DEPTH_MAX);
        write_raw(to, s.bytes, s.size);
        return;
    }
    unsigned width = head[0] == 0xd3 ? 8 : 4;
    if (width == 4)
        n = s.size;
    for (unsigned i = 0; i < width; i++)
        head[width - i] = (uint8_t)(n >> 8 * i);
    write_raw(to, head, 1 + width);
    write_raw(to, s.bytes, s.size);
}

START_TEST(the_forms_of_the_values_make_no_difference)
{
    uint64_t seed = 9;
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX], again[sizeof bytes];
    struct writer shortest;
    writer_init(&shortest);
    for (unsigned i = 0; i < 500; i++) {
        struct event event = random_event(&seed);
        size_t size = canonical(&event, bytes);
        writer_reset(&shortest);
        event_encode(&shortest, &event);
        struct reader r = reader_of(shortest.bytes, shortest.size);
        uint8_t head[5] = { 0xdf, 0, 0, 0, (uint8_t)read_map(&r, FIELD_COUNT) };
        writer_reset(&w);
        write_raw(&w, head, sizeof head);
        while (r.at < r.end)
            write_long(&w, &r);
        ck_assert_int_eq(decode(), REJECT_NONE);
        ck_assert_uint_eq(canonical(&decoded, again), size);
        ck_assert_mem_eq(again, bytes, size);
    }
    writer_free(&shortest);
}
END_TEST

/* Blocks of events are used again and again. */
START_TEST(nothing_is_left_of_what_was_in_the_memory_before)
{
    uint64_t seed = 10;
    uint8_t clean[CANONICAL_MAX + POLICY_SIZE_MAX], dirty[sizeof clean];
    for (unsigned i = 0; i < 200; i++) {
        struct event event = random_event(&seed);
        size_t sizes[2];
        for (int pass = 0; pass <= 1; pass++) {
            memset(&decoded, pass ? 0xff : 0, sizeof decoded);
            writer_reset(&w);
            event_encode(&w, &event);
            ck_assert_int_eq(decode(), REJECT_NONE);
            ck_assert_uint_eq(strlen(decoded.id), decoded.id_size);
            ck_assert_uint_eq(strlen(decoded.original), decoded.original_size);
            ck_assert_uint_eq(strlen(decoded.institution), decoded.institution_size);
            /* Absent fields too. */
            decoded.present = (UINT32_C(1) << FIELD_COUNT) - 1;
            ck_assert_uint_eq(decoded.policy.bytes != NULL, decoded.policy.size > 0);
            if (decoded.policy.bytes == NULL)
                decoded.policy.bytes = clean;
            sizes[pass] = canonical(&decoded, pass ? dirty : clean);
        }
        ck_assert_uint_eq(sizes[0], sizes[1]);
        ck_assert_mem_eq(clean, dirty, sizes[0]);
    }
}
END_TEST

START_TEST(canonical_bytes_cut_short_or_lengthened_are_refused)
{
    uint64_t seed = 7;
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX];
    for (unsigned i = 0; i < 300; i++) {
        struct event back, event = random_event(&seed);
        size_t size = canonical(&event, bytes);
        for (size_t cut = 0; cut < size; cut++)
            ck_assert_int_eq(event_from_canonical(bytes, cut, &back), -EILSEQ);
        bytes[size] = 0;
        ck_assert_int_eq(event_from_canonical(bytes, size + 1, &back), -EILSEQ);
    }
}
END_TEST

/* One form for each value: whatever is accepted is written again as the same bytes. */
START_TEST(changed_canonical_bytes_are_refused_or_another_event)
{
    uint64_t seed = 8;
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX], again[sizeof bytes];
    for (unsigned i = 0; i < 200; i++) {
        struct event back, event = random_event(&seed);
        size_t size = canonical(&event, bytes);
        for (size_t at = 0; at < size; at++) {
            uint8_t was = bytes[at];
            bytes[at] ^= (uint8_t)(1u << random_next(&seed) % 8);
            if (event_from_canonical(bytes, size, &back) == 0) {
                ck_assert_uint_eq(canonical(&back, again), size);
                ck_assert_mem_eq(again, bytes, size);
            }
            bytes[at] = was;
        }
    }
}
END_TEST

START_TEST(the_first_and_the_last_day_come_back_from_canonical_bytes)
{
    struct event event = sample_event(KIND_DAY), back;
    uint8_t bytes[CANONICAL_MAX];
    date_day first, last;
    ck_assert(date_from_ymd(19900101, &first) && date_from_ymd(21991231, &last));
    const struct { date_day date; int err; } rows[] = {
        { first - 1, -EILSEQ }, { first, 0 }, { last, 0 }, { last + 1, -EILSEQ },
    };
    for (unsigned i = 0; i < COUNT_OF(rows); i++) {
        event.date = rows[i].date;
        size_t size = canonical(&event, bytes);
        ck_assert_int_eq(event_from_canonical(bytes, size, &back), rows[i].err);
        ck_assert(rows[i].err != 0 || back.date == rows[i].date);
    }
}
END_TEST

START_TEST(a_field_with_another_value_changes_canonical_bytes_and_digest)
{
    enum event_field field = (enum event_field)_i;
    uint8_t before[CANONICAL_MAX + POLICY_SIZE_MAX], after[sizeof before];
    uint8_t digest[DIGEST_SIZE], other[DIGEST_SIZE];
    struct event event = sample_event(KIND_POLICY);
    event.present = (UINT32_C(1) << FIELD_COUNT) - 1;
    size_t size = canonical(&event, before);
    event_digest(&event, digest);
    change_field(&event, field);
    size_t new_size = canonical(&event, after);
    event_digest(&event, other);
    ck_assert(size != new_size || memcmp(before, after, size) != 0);
    ck_assert_mem_ne(digest, other, DIGEST_SIZE);

    event.present &= ~(UINT32_C(1) << field);
    size_t without = canonical(&event, after);
    ck_assert_uint_lt(without, new_size);
}
END_TEST

START_TEST(the_largest_event_fits)
{
    struct event event = { .present = (UINT32_C(1) << FIELD_COUNT) - 1 };
    uint8_t bytes[CANONICAL_MAX];
    memset(&event.kind, 0xff, offsetof(struct event, policy) - offsetof(struct event, kind));
    event.id_size = event.original_size = event.institution_size = EVENT_ID_MAX;
    event.derived = true;
    event.amount.fen = event.cost.fen = event.in_policy.fen = event.catastrophic.fen = INT64_MIN;
    event.policy = (struct policy_text){ (const uint8_t *)"", 0 };
    ck_assert_uint_le(event_to_canonical(&event, bytes), CANONICAL_MAX);
}
END_TEST

/* --- Values ------------------------------------------------------------------- */

static const struct {
    enum event_kind kind;
    const char *key;
    const char *value;
    size_t size;
    enum reject reject;
} values[] = {
    /* any width of integer is the same */
    { KIND_OPENING, "amount", BYTES("\xd3\x00\x00\x00\x00\x00\x00\x00\x05"), REJECT_NONE },
    { KIND_OPENING, "amount", BYTES("\xcf\x00\x00\x00\x00\x00\x00\x00\x05"), REJECT_NONE },
    /* limits of amounts */
    { KIND_OPENING, "amount", BYTES("\xcf\x00\x23\x86\xf2\x6f\xc1\x00\x00"), REJECT_NONE },
    { KIND_OPENING, "amount", BYTES("\xcf\x00\x23\x86\xf2\x6f\xc1\x00\x01"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xd3\xff\xdc\x79\x0d\x90\x3f\x00\x00"), REJECT_NONE },
    { KIND_OPENING, "amount", BYTES("\xd3\xff\xdc\x79\x0d\x90\x3e\xff\xff"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), REJECT_BAD_FIELD },
    /* no floats, no text, no nil, nothing */
    { KIND_OPENING, "amount", BYTES("\xcb\x40\x59\x00\x00\x00\x00\x00\x00"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xca\x7f\xc0\x00\x00"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xa3" "100"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xc0"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xd4\x01\x05"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\xc7\x02\x01\x05\x05"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES("\x91\x05"), REJECT_BAD_FIELD },
    { KIND_OPENING, "amount", BYTES(""), REJECT_MISSING_FIELD },
    { KIND_OPENING, "derived", BYTES("\xc2"), REJECT_NONE },
    { KIND_OPENING, "derived", BYTES("\x01"), REJECT_BAD_FIELD },
    { KIND_OPENING, "heads", BYTES("\x01"), REJECT_FIELD_NOT_ALLOWED },
    /* id */
    { KIND_DAY, "id", BYTES("\xa0"), REJECT_BAD_FIELD },
    { KIND_DAY, "id", BYTES("\xa1~"), REJECT_NONE },
    { KIND_DAY, "id", BYTES("\xa3" "a b"), REJECT_BAD_FIELD },
    { KIND_DAY, "id", BYTES("\xa2" "a\x7f"), REJECT_BAD_FIELD },
    { KIND_DAY, "id", BYTES("\xa3\xe7\x8e\x8b"), REJECT_BAD_FIELD },
    { KIND_DAY, "id", BYTES("\xa3" "a\0b"), REJECT_BAD_FIELD },
    { KIND_DAY, "id", BYTES("\xd9\x40"
      "0123456789012345678901234567890123456789012345678901234567890123"),
      REJECT_NONE },
    { KIND_DAY, "id", BYTES("\xd9\x41"
      "01234567890123456789012345678901234567890123456789012345678901234"),
      REJECT_BAD_FIELD },
    { KIND_DAY, "id", BYTES("\xc4\x01" "a"), REJECT_BAD_FIELD },
    /* words */
    { KIND_DAY, "kind", BYTES("\xa4" "days"), REJECT_BAD_FIELD },
    { KIND_DAY, "kind", BYTES("\xa2" "da"), REJECT_BAD_FIELD },
    { KIND_DAY, "kind", BYTES("\x03"), REJECT_BAD_FIELD },
    { KIND_DAY, "kind", BYTES("\xa6" "policy"), REJECT_MISSING_FIELD },
    /* fund */
    { KIND_DAY, "fund", BYTES("\xaa" "130207/310"), REJECT_NONE },
    { KIND_DAY, "fund", BYTES("\xaa" "130207/391"), REJECT_BAD_FIELD },
    { KIND_DAY, "fund", BYTES("\xaa" "100000/390"), REJECT_BAD_FIELD },
    { KIND_DAY, "fund", BYTES("\xa9" "13020/390"), REJECT_BAD_FIELD },
    { KIND_DAY, "fund", BYTES("\xce\x00\x01\xfc\x9f"), REJECT_BAD_FIELD },
    /* dates */
    { KIND_DAY, "date", BYTES("\xce\x01\x34\xd7\x65"), REJECT_NONE },           /* 20240229 */
    { KIND_DAY, "date", BYTES("\xce\x01\x34\xb0\x55"), REJECT_BAD_FIELD },      /* 20230229 */
    { KIND_DAY, "date", BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), REJECT_BAD_FIELD },
    { KIND_DAY, "date", BYTES("\xcf\x00\x00\x00\x01\x01\x34\xdb\x4f"),
      REJECT_BAD_FIELD }, /* + 2^32 */
    { KIND_DAY, "date", BYTES("\xaa" "2024-12-31"), REJECT_BAD_FIELD },
    /* years and months */
    { KIND_ENROLLMENT, "year", BYTES("\xcd\x07\xc6"), REJECT_NONE },            /* 1990 */
    { KIND_ENROLLMENT, "year", BYTES("\xcd\x07\xc5"), REJECT_BAD_FIELD },
    { KIND_ENROLLMENT, "year", BYTES("\xcd\x08\x97"), REJECT_NONE },            /* 2199 */
    { KIND_ENROLLMENT, "year", BYTES("\xcd\x08\x98"), REJECT_BAD_FIELD },
    { KIND_ENROLLMENT, "from", BYTES("\xce\x00\x03\x16\xad"), REJECT_BAD_FIELD },   /* 202413 */
    { KIND_ENROLLMENT, "from", BYTES("\xce\x00\x03\x16\xa1"),
      REJECT_MISSING_FIELD }, /* 202401, no `to` */
    /* counts */
    { KIND_ENROLLMENT, "heads", BYTES("\xcf\x00\x00\x00\x02\x54\x0b\xe4\x00"), REJECT_NONE },
    { KIND_ENROLLMENT, "heads", BYTES("\xcf\x00\x00\x00\x02\x54\x0b\xe4\x01"), REJECT_BAD_FIELD },
    { KIND_ENROLLMENT, "heads", BYTES("\xff"), REJECT_BAD_FIELD },
    /* person */
    { KIND_SETTLEMENT, "person", BYTES("\xc4\x10" "0123456789abcde\xff"), REJECT_NONE },
    { KIND_SETTLEMENT, "person", BYTES("\xc4\x0f" "0123456789abcde"), REJECT_BAD_FIELD },
    { KIND_SETTLEMENT, "person", BYTES("\xc4\x11" "0123456789abcdefg"), REJECT_BAD_FIELD },
    { KIND_SETTLEMENT, "person", BYTES("\xb0" "0123456789abcdef"), REJECT_BAD_FIELD },
    /* policy */
    { KIND_POLICY, "policy", BYTES("\x81\xa7version\x02"), REJECT_NONE },
    { KIND_POLICY, "policy", BYTES("\x80"), REJECT_BAD_POLICY },
    { KIND_POLICY, "policy", BYTES("\x81\xa7version\x00"), REJECT_BAD_POLICY },
    { KIND_POLICY, "policy", BYTES("\x81\xa7version\xca\x00\x00\x00\x00"), REJECT_BAD_POLICY },
    { KIND_POLICY, "policy", BYTES("\x90"), REJECT_BAD_FIELD },
    { KIND_POLICY, "policy", BYTES("\xa7version"), REJECT_BAD_FIELD },
};

START_TEST(a_value_is_taken_or_refused_by_name)
{
    struct event event = sample_event(values[_i].kind);
    write_event_with(&w, &event, values[_i].key, values[_i].value, values[_i].size);
    enum reject why = decode();
    ck_assert_int_eq(structure, READ_OK);
    ck_assert_msg(why == values[_i].reject, "%s: %s", values[_i].key, reject_code(why));
    if (why == REJECT_MISSING_FIELD)
        ck_assert_str_ne(key, "");
    else
        ck_assert_str_eq(key, why == REJECT_NONE ? "" : values[_i].key);
    bool id_is_bad = strcmp(values[_i].key, "id") == 0;
    if (!id_is_bad)
        ck_assert_str_eq(decoded.id, "id-1");
}
END_TEST

START_TEST(a_word_that_the_table_has_is_taken_and_no_other)
{
    struct event event = sample_event(KIND_POPULATION);
    static const char *const good[] = { "resident", "registered", "employees", "last_year" };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char value[40];
        int size = snprintf(value, sizeof value, "%c%s", (char)(0xa0 + strlen(good[i])), good[i]);
        writer_reset(&w);
        write_event_with(&w, &event, "measure", value, (size_t)size);
        ck_assert_int_eq(decode(), REJECT_NONE);
        ck_assert_uint_eq(decoded.measure, i + 1);
    }
}
END_TEST

/* --- Keys ----------------------------------------------------------------------- */

START_TEST(keys_may_come_in_any_order)
{
    struct event event = sample_event(KIND_DAY);
    write_event_with(&w, &event, "id", BYTES("\xa4" "last"));
    ck_assert_int_eq(decode(), REJECT_NONE);
    ck_assert_str_eq(decoded.id, "last");
    ck_assert_uint_eq(decoded.id_size, 4);
}
END_TEST

START_TEST(an_unknown_field_is_named)
{
    struct event event = sample_event(KIND_DAY);
    write_event_with(&w, &event, "ammount", BYTES("\xcb\x40\x59\x00\x00\x00\x00\x00\x00"));
    assert_rejected(REJECT_UNKNOWN_FIELD, "ammount");
    ck_assert_str_eq(decoded.id, "id-1");
}
END_TEST

static const char *const unnameable[] = {
    "\xff\xfe", "a\nb", "a-key-of-more-than-thirty-two-bytes",
};

START_TEST(an_unknown_field_whose_key_cannot_be_told_has_no_name)
{
    struct event event = sample_event(KIND_DAY);
    write_event_with(&w, &event, unnameable[_i], BYTES("\x01"));
    assert_rejected(REJECT_UNKNOWN_FIELD, "");
}
END_TEST

/* Each key of the schema with its last byte cut, changed, and with one more. */
START_TEST(only_the_whole_key_is_the_key)
{
    const char *good = event_field_key((enum event_field)_i);
    struct event event = sample_event(KIND_DAY);
    char bad[40];
    for (int change = -1; change <= 1; change++) {
        snprintf(bad, sizeof bad, "%sx", good);
        if (change <= 0)
            bad[strlen(good)] = '\0';
        if (change < 0)
            bad[strlen(good) - 1] = '\0';
        if (change == 0)
            bad[strlen(good) - 1] ^= 0x20;
        writer_reset(&w);
        write_event_with(&w, &event, bad, BYTES("\x01"));
        assert_rejected(REJECT_UNKNOWN_FIELD, bad);
    }
}
END_TEST

START_TEST(a_field_that_stands_twice_is_named)
{
    const char *good = event_field_key((enum event_field)_i);
    struct event event = sample_event(KIND_DAY);
    struct writer first;
    writer_init(&first);
    write_event_with(&first, &event, good, BYTES("\x01"));
    struct reader r = reader_of(first.bytes, first.size);
    uint32_t pairs = read_map(&r, FIELD_COUNT);
    write_map(&w, pairs + 1);
    write_string(&w, good);
    write_string(&w, "x");
    write_raw(&w, r.at, (size_t)(r.end - r.at));
    writer_free(&first);
    enum reject why = decode();
    ck_assert_int_eq(structure, READ_OK);
    ck_assert_str_eq(key, good);
    ck_assert(why == REJECT_BAD_FIELD || why == REJECT_DUPLICATE_FIELD);
}
END_TEST

START_TEST(a_good_field_that_stands_twice_is_a_duplicate)
{
    static const char bytes[] = "\x82\xa2id\xa1" "a\xa2id\xa1" "a";
    write_raw(&w, BYTES(bytes));
    assert_rejected(REJECT_DUPLICATE_FIELD, "id");
    ck_assert_str_eq(decoded.id, "a");
}
END_TEST

START_TEST(the_first_reason_is_the_one_told_and_the_id_is_read_behind_it)
{
    struct event event = sample_event(KIND_DAY);
    write_event_with(&w, &event, "id", BYTES("\xa4" "last"));
    struct reader r = reader_of(w.bytes, w.size);
    struct writer bad;
    writer_init(&bad);
    write_map(&bad, read_map(&r, FIELD_COUNT) + 2);
    write_key_int(&bad, "heads", -1);
    write_key_int(&bad, "nonsense", 1);
    write_raw(&bad, r.at, (size_t)(r.end - r.at));
    writer_reset(&w);
    write_raw(&w, bad.bytes, bad.size);
    writer_free(&bad);
    assert_rejected(REJECT_BAD_FIELD, "heads");
    ck_assert_str_eq(decoded.id, "last");
    ck_assert_uint_eq(decoded.kind, KIND_DAY);
    ck_assert(!event_has(&decoded, FIELD_HEADS));
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
} no_events[] = {
    { BYTES("\xc0") }, { BYTES("\x05") }, { BYTES("\xa2hi") }, { BYTES("\x91\x01") },
    { BYTES("\xca\x00\x00\x00\x00") }, { BYTES("\x81\x01\x01") }, { BYTES("\x81\xc0\xa1x") },
    { BYTES("\x81\x81\x01\x01\x01") },
};

START_TEST(what_is_no_map_or_has_no_keys_of_text_is_stepped_over)
{
    write_raw(&w, no_events[_i].bytes, no_events[_i].size);
    assert_rejected(REJECT_BAD_FIELD, "");
}
END_TEST

START_TEST(an_empty_event_misses_its_kind)
{
    write_map(&w, 0);
    assert_rejected(REJECT_MISSING_FIELD, "kind");
}
END_TEST

/* --- Structure ------------------------------------------------------------------ */

static const struct {
    const char *bytes;
    size_t size;
    enum read_error err;
} broken[] = {
    { BYTES("\x81\xa2id\xc1"), READ_TYPE },
    { BYTES("\x81\xa2id\x91\x91\x01"), READ_DEPTH },
    { BYTES("\x81\xa1x\x81\x01\x90"), READ_DEPTH },
    { BYTES("\x81\xa6policy\x81\x01\x91\x91\x91\x91\x91\x91\x91\x91\x01"), READ_DEPTH },
    { BYTES("\xdf\xff\xff\xff\xff"), READ_TRUNCATED },
    { BYTES("\x81\xa2id\xdb\xff\xff\xff\xff"), READ_TRUNCATED },
    { BYTES("\x82\xa2id\xa1" "a"), READ_TRUNCATED },
};

START_TEST(a_broken_structure_is_an_error_of_the_message)
{
    write_raw(&w, broken[_i].bytes, broken[_i].size);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_int_ne(event_decode(&r, &decoded, key), REJECT_NONE);
    ck_assert_int_eq(r.err, broken[_i].err);
}
END_TEST

/* A day with an unknown field that makes it `size` bytes long. */
static void write_event_of_size(size_t size)
{
    static char padding[EVENT_SIZE_MAX];
    struct event event = sample_event(KIND_DAY);
    struct writer value;
    writer_init(&value);
    write_event_with(&w, &event, "x", BYTES("\xda"));
    write_string_n(&value, padding, size - w.size - 2);     /* a head of three bytes, not one */
    writer_reset(&w);
    write_event_with(&w, &event, "x", value.bytes, value.size);
    writer_free(&value);
    ck_assert_uint_eq(w.size, size);
}

START_TEST(an_event_of_too_many_bytes_is_refused_as_a_whole)
{
    write_event_of_size(EVENT_SIZE_MAX);
    assert_rejected(REJECT_UNKNOWN_FIELD, "x");
    writer_reset(&w);
    write_event_of_size(EVENT_SIZE_MAX + 1);
    assert_rejected(REJECT_BAD_FIELD, "");
    ck_assert_str_eq(decoded.id, "id-1");
}
END_TEST

START_TEST(a_policy_may_be_larger_than_an_event_up_to_its_limit)
{
    struct event event = sample_event(KIND_POLICY);
    static uint8_t bytes[POLICY_SIZE_MAX + 1];
    struct writer policy;
    writer_init(&policy);
    for (unsigned over = 0; over <= 1; over++) {
        /* {"version": 1, …: padding}: a well-formed map, and no policy */
        writer_reset(&policy);
        write_map(&policy, 2);
        write_key_int(&policy, "version", 1);
        write_string(&policy, "x");
        write_binary(&policy, bytes, POLICY_SIZE_MAX - policy.size - 3 + over);
        ck_assert_uint_eq(policy.size, POLICY_SIZE_MAX + over);
        writer_reset(&w);
        write_event_with(&w, &event, "policy", policy.bytes, policy.size);
        assert_rejected(over ? REJECT_BAD_FIELD : REJECT_BAD_POLICY, "policy");
    }
    writer_free(&policy);
}
END_TEST

/* --- Canonical bytes by hand ------------------------------------------------------ */

static const struct {
    const char *bytes;
    size_t size;
    int err;
} by_hand[] = {
    { BYTES("\x01\0\0\0\x01" "a"), 0 },
    { BYTES("\0\0\0\0"), -EILSEQ },                                 /* states nothing */
    { BYTES("\x01\0\0\0\0"), -EILSEQ },                             /* empty id */
    { BYTES("\x01\0\0\0\x01 "), -EILSEQ },
    { BYTES("\x01\0\0\0\x01" "ab"), -EILSEQ },
    { BYTES("\x02\0\0\0\x0c"), 0 },
    { BYTES("\x02\0\0\0\x00"), -EILSEQ },
    { BYTES("\x02\0\0\0\x10"), 0 },
    { BYTES("\x02\0\0\0\x11"), -EILSEQ },
    { BYTES("\x10\0\0\0\x00"), 0 },                                 /* amount 0 */
    { BYTES("\x10\0\0\0\x80\x00"), -EILSEQ },                       /* and in two bytes */
    { BYTES("\x10\0\0\0\x80\x80\x88\xfc\xcd\xbc\xc3\x23"), 0 },          /* 10^16 */
    { BYTES("\x10\0\0\0\x82\x80\x88\xfc\xcd\xbc\xc3\x23"), -EILSEQ },
    { BYTES("\x10\0\0\0\xff\xff\x87\xfc\xcd\xbc\xc3\x23"), 0 },          /* -10^16 */
    { BYTES("\x10\0\0\0\x81\x80\x88\xfc\xcd\xbc\xc3\x23"), -EILSEQ },
    { BYTES("\x10\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -EILSEQ },   /* INT64_MIN */
    { BYTES("\x10\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -EILSEQ },
    { BYTES("\x10\0\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), -EILSEQ },   /* 2^64: 0 if cut */
    { BYTES("\0\0\0\x04\x01"), 0 },                                 /* derived */
    { BYTES("\0\0\0\x04\x02"), -EILSEQ },
    { BYTES("\0\0\0\x10"), -EILSEQ },                               /* bit 28 */
    { BYTES("\0\0\0\x08\x01\x00\x80"), 0 },                         /* policy */
    { BYTES("\0\0\0\x08\x00\x00"), -EILSEQ },
    { BYTES("\0\0\0\x08\x01\x20\x80"), -EILSEQ },
    { BYTES(""), -EILSEQ },
};

START_TEST(canonical_bytes_have_one_form)
{
    struct event event = { .kind = 99 };
    int err = event_from_canonical((const uint8_t *)by_hand[_i].bytes, by_hand[_i].size, &event);
    ck_assert_int_eq(err, by_hand[_i].err);
    if (err != 0)
        ck_assert_uint_eq(event.kind, 99);
}
END_TEST

/* --- What may be kept ----------------------------------------------------------- */

static struct span written(void)
{
    return (struct span){ (const char *)w.bytes, (uint32_t)w.size };
}

/* What is kept of what was written: an event, unless it was scrubbed. */
static bool kept_as_sent(struct writer *kept)
{
    writer_init(kept);
    bool same = event_scrub(kept, written());
    ck_assert_int_eq(kept->err, 0);
    ck_assert_int_eq(same, kept->size == w.size && memcmp(kept->bytes, w.bytes, w.size) == 0);
    return same;
}

static bool holds(const struct writer *kept, const char *text)
{
    return memmem(kept->bytes, kept->size, text, strlen(text)) != NULL;
}

/* Whatever was left out, it is no event that could be tried again as if it were whole. */
static void assert_no_event(const struct writer *kept)
{
    struct reader r = reader_of(kept->bytes, kept->size);
    ck_assert_int_ne(event_decode(&r, &decoded, key), REJECT_NONE);
    ck_assert_int_eq(reader_end(&r), READ_OK);
    ck_assert(holds(kept, "rest"));
}

START_TEST(an_event_of_known_fields_is_kept_as_it_was_sent)
{
    uint64_t seed = 5;
    for (int i = 0; i < 500; i++) {
        struct writer kept;
        struct event event = random_event(&seed);
        writer_reset(&w);
        event_encode(&w, &event);
        ck_assert(kept_as_sent(&kept));
        writer_free(&kept);
    }
}
END_TEST

static const struct { const char *name; const char *value; size_t size; } personal[] = {
    { "psn_name", BYTES("\xa6\xe5\xbc\xa0\xe4\xb8\x89") },
    { "certno", BYTES("\xb2" "110101199003071234") },
    { "person", BYTES("\xc4\x10" "1101011990030712") },
    { "person", BYTES("\xc4\x10\xe5\xbc\xa0\xe4\xb8\x89\0\0\0\0\0\0\0\0\0\0") },
    { "person", BYTES("\xb2" "110101199003071234") },
    { "category", BYTES("\xb2" "110101199003071234") },
    { "institution", BYTES("\xa6\xe5\xbc\xa0\xe4\xb8\x89") },
    { "amount", BYTES("\x91\xa6\xe5\xbc\xa0\xe4\xb8\x89") },
    { "home", BYTES("\x81\xa6street\xa6\xe5\xbc\xa0\xe4\xb8\x89") },
    { "policy", BYTES("\x82\xa7version\x01\xa6" "author\xa6\xe5\xbc\xa0\xe4\xb8\x89") },
};
START_TEST(what_may_be_about_a_person_is_not_kept)
{
    struct writer kept;
    struct event event = sample_event(KIND_SETTLEMENT);
    write_event_with(&w, &event, personal[_i].name, personal[_i].value, personal[_i].size);
    ck_assert(!kept_as_sent(&kept));
    ck_assert(!holds(&kept, "\xe5\xbc\xa0"));
    ck_assert(!holds(&kept, "1101011990"));
    ck_assert(holds(&kept, event.id));
    assert_no_event(&kept);
    writer_free(&kept);
}
END_TEST

static const struct { const char *bytes; size_t size; } nothings[] = {
    { BYTES("\xa6\xe5\xbc\xa0\xe4\xb8\x89") }, { BYTES("\x91\xa6\xe5\xbc\xa0\xe4\xb8\x89") },
    { BYTES("\x81\xa6\xe5\xbc\xa0\xe4\xb8\x89\x01") }, { BYTES("\x81\x05\xa6\xe5\xbc\xa0\xe4\xb8\x89") },
    { BYTES("\x80") }, { BYTES("") },
};
START_TEST(of_what_is_no_event_only_a_digest_is_kept)
{
    struct writer kept;
    write_raw(&w, nothings[_i].bytes, nothings[_i].size);
    writer_init(&kept);
    event_scrub(&kept, written());
    ck_assert(!holds(&kept, "\xe5\xbc\xa0"));
    ck_assert_uint_le(kept.size, 1 + 5 + 2 + 16);
    writer_free(&kept);
}
END_TEST

START_TEST(a_key_that_is_no_name_is_not_told)
{
    struct event event = sample_event(KIND_SETTLEMENT);
    write_event_with(&w, &event, "110101199003071234", BYTES("\x01"));
    assert_rejected(REJECT_UNKNOWN_FIELD, "");
}
END_TEST

START_TEST(the_id_and_kind_stand_at_the_beginning_of_canonical_bytes)
{
    uint64_t seed = 9;
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX];
    for (unsigned i = 0; i < 300; i++) {
        struct event event = random_event(&seed);
        struct span id = { NULL, 77 };
        uint8_t kind = 99;
        size_t size = canonical(&event, bytes), head = 4 + 1 + event.id_size + 1u;
        for (size_t cut = 0; cut < head; cut++)
            ck_assert_int_eq(event_id_of_canonical(bytes, cut, &id, &kind), -EILSEQ);
        ck_assert_uint_eq(id.size, 77);
        ck_assert_uint_eq(kind, 99);
        ck_assert_int_eq(event_id_of_canonical(bytes, i % 2 == 0 ? size : head, &id, &kind), 0);
        ck_assert_uint_eq(id.size, event.id_size);
        ck_assert_mem_eq(id.bytes, event.id, id.size);
        ck_assert_uint_eq(kind, event.kind);
        bytes[5] = ' ';
        ck_assert_int_eq(event_id_of_canonical(bytes, size, &id, &kind), -EILSEQ);
        bytes[5] = 'x';
        bytes[0] &= (uint8_t)~(1u << (i % 2 == 0 ? FIELD_ID : FIELD_KIND));
        ck_assert_int_eq(event_id_of_canonical(bytes, size, &id, &kind), -EILSEQ);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("event_codec");
    TCase *tc = tcase_create("map");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, any_good_event_comes_back_from_the_map_and_from_canonical_bytes);
    tcase_add_test(tc, the_first_and_the_last_day_come_back_from_canonical_bytes);
    tcase_add_test(tc, the_forms_of_the_values_make_no_difference);
    tcase_add_test(tc, nothing_is_left_of_what_was_in_the_memory_before);
    tcase_add_loop_test(tc, a_value_is_taken_or_refused_by_name, 0, COUNT_OF(values));
    tcase_add_test(tc, a_word_that_the_table_has_is_taken_and_no_other);
    tcase_add_test(tc, keys_may_come_in_any_order);
    tcase_add_test(tc, an_unknown_field_is_named);
    tcase_add_loop_test(tc, an_unknown_field_whose_key_cannot_be_told_has_no_name, 0,
                        COUNT_OF(unnameable));
    tcase_add_loop_test(tc, only_the_whole_key_is_the_key, 0, FIELD_COUNT);
    tcase_add_loop_test(tc, a_field_that_stands_twice_is_named, 0, FIELD_COUNT);
    tcase_add_test(tc, a_good_field_that_stands_twice_is_a_duplicate);
    tcase_add_test(tc, the_first_reason_is_the_one_told_and_the_id_is_read_behind_it);
    tcase_add_loop_test(tc, what_is_no_map_or_has_no_keys_of_text_is_stepped_over, 0,
                        COUNT_OF(no_events));
    tcase_add_test(tc, an_empty_event_misses_its_kind);
    tcase_add_loop_test(tc, a_broken_structure_is_an_error_of_the_message, 0, COUNT_OF(broken));
    tcase_add_test(tc, an_event_of_too_many_bytes_is_refused_as_a_whole);
    tcase_add_test(tc, a_policy_may_be_larger_than_an_event_up_to_its_limit);
    suite_add_tcase(s, tc);
    tc = tcase_create("canonical");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, canonical_bytes_cut_short_or_lengthened_are_refused);
    tcase_add_test(tc, changed_canonical_bytes_are_refused_or_another_event);
    tcase_add_loop_test(tc, a_field_with_another_value_changes_canonical_bytes_and_digest, 0,
                        FIELD_COUNT);
    tcase_add_test(tc, the_largest_event_fits);
    tcase_add_loop_test(tc, canonical_bytes_have_one_form, 0, COUNT_OF(by_hand));
    suite_add_tcase(s, tc);
    TCase *kept = tcase_create("kept");
    tcase_add_checked_fixture(kept, setup, teardown);
    tcase_add_test(kept, an_event_of_known_fields_is_kept_as_it_was_sent);
    tcase_add_loop_test(kept, what_may_be_about_a_person_is_not_kept, 0, COUNT_OF(personal));
    tcase_add_loop_test(kept, of_what_is_no_event_only_a_digest_is_kept, 0, COUNT_OF(nothings));
    tcase_add_test(kept, a_key_that_is_no_name_is_not_told);
    tcase_add_test(kept, the_id_and_kind_stand_at_the_beginning_of_canonical_bytes);
    suite_add_tcase(s, kept);
    return s;
}
