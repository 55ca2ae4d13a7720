#include <string.h>

#include "tests/suite.h"
#include "wire/reader.h"

#define BYTES(literal) literal, sizeof literal - 1

/* What one value is to each way of reading it. */
static const struct {
    const char *bytes;
    size_t size;
    char peek;
    enum read_error skip, skip_any;     /* of read_skip and read_skip_any, one container deep */
} values[] = {
    { BYTES("\x00"), 'i', READ_OK, READ_OK },
    { BYTES("\xff"), 'i', READ_OK, READ_OK },
    { BYTES("\xcc\xff"), 'i', READ_OK, READ_OK },
    { BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), 'i', READ_OK, READ_OK },
    { BYTES("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"), 'i', READ_RANGE, READ_OK },
    { BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), 'i', READ_OK, READ_OK },
    { BYTES("\xcd\x01"), '?', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES(""), '?', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\xc0"), '0', READ_OK, READ_OK },
    { BYTES("\xc2"), 't', READ_OK, READ_OK },
    { BYTES("\xc3"), 't', READ_OK, READ_OK },
    { BYTES("\xc1"), '?', READ_TYPE, READ_TYPE },
    { BYTES("\xa2hi"), 's', READ_OK, READ_OK },
    { BYTES("\xa3hi"), 's', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\xd9\x02hi"), 's', READ_OK, READ_OK },
    { BYTES("\xda\x00\x02hi"), 's', READ_OK, READ_OK },
    { BYTES("\xdb\x00\x00\x00\x02hi"), 's', READ_OK, READ_OK },
    { BYTES("\xdb\xff\xff\xff\xffhi"), 's', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\xc4\x02hi"), 'b', READ_OK, READ_OK },
    { BYTES("\xc5\x00\x02hi"), 'b', READ_OK, READ_OK },
    { BYTES("\xc6\xff\xff\xff\xff"), 'b', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\x92\x01\x02"), 'a', READ_OK, READ_OK },
    { BYTES("\x92\x01"), 'a', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\x91\x91\x01"), 'a', READ_DEPTH, READ_DEPTH },
    { BYTES("\x91\x90"), 'a', READ_DEPTH, READ_DEPTH },
    { BYTES("\xdc\x00\x01\x01"), 'a', READ_OK, READ_OK },
    { BYTES("\xdd\xff\xff\xff\xff"), 'a', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\x81\x01\x02"), 'm', READ_OK, READ_OK },
    { BYTES("\x81\x01"), 'm', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\xde\x00\x01\x01\x02"), 'm', READ_OK, READ_OK },
    { BYTES("\xdf\xff\xff\xff\xff\x00\x00"), 'm', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\xca\x7f\xc0\x00\x00"), '?', READ_TYPE, READ_OK },                /* NaN */
    { BYTES("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"), '?', READ_TYPE, READ_OK },
    { BYTES("\xcb\x3f\xf0\x00\x00\x00\x00\x00"), '?', READ_TRUNCATED, READ_TRUNCATED },
    { BYTES("\xd4\x05\x01"), '?', READ_TYPE, READ_OK },
    { BYTES("\xd8\x05" "0123456789abcdef"), '?', READ_TYPE, READ_OK },
    { BYTES("\xd8\x05" "0123456789abcde"), '?', READ_TYPE, READ_TRUNCATED },
    { BYTES("\xc7\x00\x05"), '?', READ_TYPE, READ_OK },
    { BYTES("\xc7\x01\x05"), '?', READ_TYPE, READ_TRUNCATED },
    { BYTES("\xc8\x00\x01\x05\x01"), '?', READ_TYPE, READ_OK },
    { BYTES("\xc9\xff\xff\xff\xff\x05"), '?', READ_TYPE, READ_TRUNCATED },
    { BYTES("\x91\xca\x00\x00\x00\x00"), 'a', READ_TYPE, READ_OK },
};

START_TEST(a_value_is_skipped_wholly_or_refused)
{
    struct reader r = reader_of(values[_i].bytes, values[_i].size);
    ck_assert_int_eq(read_peek(&r), values[_i].peek);
    struct span s = read_skip(&r, 1);
    ck_assert_int_eq(r.err, values[_i].skip);
    ck_assert_uint_eq(s.size, r.err == READ_OK ? values[_i].size : 0);
    ck_assert_int_eq(reader_end(&r), values[_i].skip);

    r = reader_of(values[_i].bytes, values[_i].size);
    s = read_skip_any(&r, 1);
    ck_assert_int_eq(r.err, values[_i].skip_any);
    ck_assert_uint_eq(s.size, r.err == READ_OK ? values[_i].size : 0);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    int64_t value;
} integers[] = {
    { BYTES("\x7f"), 127 },
    { BYTES("\xe0"), -32 },
    { BYTES("\xcc\x05"), 5 },
    { BYTES("\xcd\x00\x05"), 5 },
    { BYTES("\xce\x00\x00\x00\x05"), 5 },
    { BYTES("\xcf\x00\x00\x00\x00\x00\x00\x00\x05"), 5 },
    { BYTES("\xd0\x05"), 5 },
    { BYTES("\xd1\x00\x05"), 5 },
    { BYTES("\xd2\x00\x00\x00\x05"), 5 },
    { BYTES("\xd3\x00\x00\x00\x00\x00\x00\x00\x05"), 5 },
    { BYTES("\xd0\x80"), INT8_MIN },
    { BYTES("\xd1\x80\x00"), INT16_MIN },
    { BYTES("\xd2\x80\x00\x00\x00"), INT32_MIN },
    { BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), INT64_MIN },
    { BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX },
    { BYTES("\xce\xff\xff\xff\xff"), UINT32_MAX },
};

START_TEST(an_integer_is_read_in_any_width)
{
    struct reader r = reader_of(integers[_i].bytes, integers[_i].size);
    ck_assert_int_eq(read_int(&r, INT64_MIN, INT64_MAX), integers[_i].value);
    ck_assert_int_eq(reader_end(&r), READ_OK);

    r = reader_of(integers[_i].bytes, integers[_i].size);
    int64_t below = integers[_i].value - (integers[_i].value > INT64_MIN);
    if (below < integers[_i].value) {
        ck_assert_int_eq(read_int(&r, INT64_MIN, below), 0);
        ck_assert_int_eq(r.err, READ_RANGE);
    }
}
END_TEST

START_TEST(an_integer_beyond_int64_is_out_of_range_but_a_uint64)
{
    static const char bytes[] = "\xcf\xff\xff\xff\xff\xff\xff\xff\xff";
    struct reader r = reader_of(BYTES(bytes));
    ck_assert_int_eq(read_int(&r, INT64_MIN, INT64_MAX), 0);
    ck_assert_int_eq(r.err, READ_RANGE);
    r = reader_of(BYTES(bytes));
    ck_assert_uint_eq(read_uint64(&r), UINT64_MAX);
    r = reader_of("\xff", 1);
    ck_assert_uint_eq(read_uint64(&r), 0);
    ck_assert_int_eq(r.err, READ_RANGE);
}
END_TEST

/* --- Short forms, which are read on another path than the rest. ---------------- */

/* What a call came to: the value as a number, and where the reader stands. */
struct reading {
    int64_t value;
    size_t offset;
    struct reader r;
};

static struct reading read_by(unsigned way, bool short_path, struct reader r, uint32_t limit)
{
    struct reading got = { .value = -1 };
    struct span s = { NULL, 0 };
    switch (way) {
    case 0:
        got.value = short_path ? read_map(&r, limit) : read_map_any(&r, limit);
        break;
    case 1:
        s = short_path ? read_string(&r, limit) : read_string_any(&r, limit);
        break;
    case 2:
        s = short_path ? read_binary(&r, limit) : read_binary_any(&r, limit);
        break;
    case 3:
        got.value = short_path ? read_int(&r, limit / 4, limit) : read_int_any(&r, limit / 4, limit);
        break;
    case 4:
        got.value = short_path ? read_peek(&r) : read_peek_any(&r);
        break;
    }
    if (way == 1 || way == 2) {
        got.value = s.size;
        got.offset = r.err == READ_OK ? (size_t)(s.bytes - (const char *)r.start) : 0;
    }
    got.r = r;
    return got;
}

/* One assertion for all: Check notes the place of each, and here are millions. */
static void assert_same_reading(unsigned way, struct reader r, uint32_t limit)
{
    struct reading fast = read_by(way, true, r, limit), any = read_by(way, false, r, limit);
    bool same = fast.value == any.value && fast.offset == any.offset && fast.r.at == any.r.at
        && fast.r.err == any.r.err && fast.r.err_offset == any.r.err_offset;
    if (!same)
        ck_abort_msg("way %u, byte 0x%02x of %zu, limit %u: value %lld and not %lld", way, *r.start,
                     (size_t)(r.end - r.start), limit, (long long)fast.value,
                     (long long)any.value);
}

/* Every first byte, cut at every length, before limits on either side of what it says. */
START_TEST(a_short_form_is_read_as_every_form_is)
{
    static const uint32_t limits[] = { 0, 1, 7, 14, 15, 16, 30, 31, 32, 1000, 70000, UINT32_MAX };
    static const uint8_t bodies[] = { 0x00, 0x01, 0x10, 0x7f, 0xff };
    uint8_t first = (uint8_t)_i, bytes[40];
    for (unsigned i = 0; i < sizeof bodies * 12 * 5; i++) {
        unsigned way = i % 5;
        uint32_t limit = limits[i / 5 % 12];
        memset(bytes, bodies[i / 60], sizeof bytes);
        bytes[0] = first;
        for (size_t size = 0; size <= sizeof bytes; size++) {
            struct reader r = reader_of(bytes, size);
            assert_same_reading(way, r, limit);
            read_fail(&r, READ_KEY);
            assert_same_reading(way, r, limit);
        }
    }
}
END_TEST

START_TEST(what_was_no_good_can_be_read_again_as_something_else)
{
    struct reader r = reader_of(BYTES("\x01\xa2" "hi\x02"));
    ck_assert_int_eq(read_int(&r, 0, 9), 1);
    const uint8_t *from = r.at;
    read_int(&r, 0, 9);
    ck_assert_int_eq(r.err, READ_TYPE);
    read_again(&r, from);
    ck_assert(span_is(read_string(&r, 9), "hi"));
    ck_assert_int_eq(read_int(&r, 0, 9), 2);
    ck_assert_int_eq(reader_end(&r), READ_OK);
    ck_assert_uint_eq(r.err_offset, 0);
}
END_TEST

START_TEST(the_first_error_stays_with_its_place)
{
    struct reader r = reader_of(BYTES("\x01\xa1x\x02"));
    ck_assert_int_eq(read_int(&r, 0, 9), 1);
    ck_assert_int_eq(read_int(&r, 0, 9), 0);
    ck_assert_int_eq(r.err, READ_TYPE);
    ck_assert_uint_eq(r.err_offset, 1);
    ck_assert_uint_eq(read_string(&r, 10).size, 0);
    ck_assert_uint_eq(read_map(&r, 10), 0);
    ck_assert(!read_bool(&r));
    read_fail(&r, READ_KEY);
    ck_assert_int_eq(reader_end(&r), READ_TYPE);
    ck_assert_uint_eq(r.err_offset, 1);
}
END_TEST

START_TEST(a_limit_is_a_range_error_and_a_lie_is_truncation)
{
    struct reader r = reader_of(BYTES("\xa3" "abc"));
    read_string(&r, 2);
    ck_assert_int_eq(r.err, READ_RANGE);
    r = reader_of(BYTES("\x92\x01\x01"));
    ck_assert_uint_eq(read_array(&r, 1), 0);
    ck_assert_int_eq(r.err, READ_RANGE);
    r = reader_of(BYTES("\x82\x01\x01\x01"));
    ck_assert_uint_eq(read_map(&r, 1), 0);
    ck_assert_int_eq(r.err, READ_TRUNCATED);
}
END_TEST

START_TEST(bytes_behind_the_end_are_told)
{
    struct reader r = reader_of(BYTES("\x01\x02"));
    read_int(&r, 0, 9);
    ck_assert_int_eq(reader_end(&r), READ_LEFTOVER);
    ck_assert_uint_eq(r.err_offset, 1);
    r = reader_of(NULL, 0);
    ck_assert_int_eq(reader_end(&r), READ_OK);
}
END_TEST

START_TEST(a_key_is_found_once)
{
    static const char *const keys[] = { "a", "bc" };
    uint64_t seen = 0;
    struct reader r = reader_of(BYTES("\xa2" "bc\xa1" "a\xa2" "bc"));
    ck_assert_uint_eq(read_key(&r, keys, 2, &seen), 1);
    ck_assert_uint_eq(read_key(&r, keys, 2, &seen), 0);
    ck_assert_uint_eq(seen, 3);
    ck_assert_uint_eq(read_key(&r, keys, 2, &seen), 2);
    ck_assert_int_eq(r.err, READ_KEY);
    ck_assert_uint_eq(r.err_offset, 5);

    seen = 0;
    r = reader_of(BYTES("\xa1" "b"));
    ck_assert_uint_eq(read_key(&r, keys, 2, &seen), 2);
    ck_assert_int_eq(r.err, READ_KEY);
    ck_assert_uint_eq(seen, 0);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    bool is_text;
} texts[] = {
    { BYTES(""), true },
    { BYTES("plain ~"), true },
    { BYTES("\xe7\x8e\x8b\xe8\x8a\xb3"), true },                /* 王芳 */
    { BYTES("\xf0\x9f\x98\x80"), true },
    { BYTES("\xf4\x8f\xbf\xbf"), true },                        /* U+10FFFF */
    { BYTES("\xf4\x90\x80\x80"), false },                       /* beyond it */
    { BYTES("\xf5\x80\x80\x80"), false },
    { BYTES("\xed\x9f\xbf\xee\x80\x80"), true },                /* around the surrogates */
    { BYTES("\xed\xa0\x80"), false },                           /* and one of them */
    { BYTES("\xc0\x80"), false },                               /* overlong forms */
    { BYTES("\xc1\xbf"), false },
    { BYTES("\xe0\x9f\xbf"), false },
    { BYTES("\xf0\x8f\xbf\xbf"), false },
    { BYTES("\x80"), false },
    { BYTES("\xe7\x8e"), false },
    { BYTES("\xe7\x8e" "x"), false },
    { BYTES("\xff"), false },
    { BYTES("a\0b"), false },
    { BYTES("a\nb"), false },
    { BYTES("\x1b[2J"), false },
    { BYTES("\x7f"), false },
    { BYTES("\xc2\x9b"), false },                               /* a C1 control */
    { BYTES("\xc2\xa0"), true },
};

START_TEST(text_is_utf8_without_control_characters)
{
    struct span s = { texts[_i].bytes, (uint32_t)texts[_i].size };
    ck_assert_int_eq(span_is_text(s), texts[_i].is_text);
}
END_TEST

START_TEST(a_span_is_copied_only_if_it_fits_with_its_nul)
{
    char to[4] = "old";
    ck_assert(!span_copy((struct span){ "abcd", 4 }, to, sizeof to));
    ck_assert(!span_copy((struct span){ "a\0c", 3 }, to, sizeof to));
    ck_assert_str_eq(to, "old");
    ck_assert(span_copy((struct span){ "abcX", 3 }, to, sizeof to));
    ck_assert_str_eq(to, "abc");
    ck_assert(span_is((struct span){ "abcX", 3 }, "abc"));
    ck_assert(!span_is((struct span){ "abcX", 3 }, "abcX"));
}
END_TEST

START_TEST(every_error_has_a_sentence)
{
    for (enum read_error e = READ_OK; e <= READ_KEY; e++)
        ck_assert_str_ne(read_error_sentence(e), "unknown error");
}
END_TEST

#define COUNT_OF(a) (int)(sizeof (a) / sizeof (a)[0])

START_TEST(nil_is_read_as_nil_only)
{
    struct reader r = reader_of(BYTES("\xc0\x01"));
    read_nil(&r);
    ck_assert_int_eq(read_int(&r, 0, 9), 1);
    r = reader_of(BYTES("\x01\xc0"));
    read_nil(&r);
    ck_assert_int_eq(r.err, READ_TYPE);
    ck_assert_uint_eq(r.err_offset, 0);
    ck_assert_ptr_eq(r.at, r.start);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("reader");
    TCase *tc = tcase_create("reader");
    tcase_add_loop_test(tc, a_value_is_skipped_wholly_or_refused, 0, COUNT_OF(values));
    tcase_add_loop_test(tc, an_integer_is_read_in_any_width, 0, COUNT_OF(integers));
    tcase_add_test(tc, an_integer_beyond_int64_is_out_of_range_but_a_uint64);
    tcase_add_loop_test(tc, a_short_form_is_read_as_every_form_is, 0, 256);
    tcase_add_test(tc, what_was_no_good_can_be_read_again_as_something_else);
    tcase_add_test(tc, the_first_error_stays_with_its_place);
    tcase_add_test(tc, a_limit_is_a_range_error_and_a_lie_is_truncation);
    tcase_add_test(tc, bytes_behind_the_end_are_told);
    tcase_add_test(tc, a_key_is_found_once);
    tcase_add_loop_test(tc, text_is_utf8_without_control_characters, 0, COUNT_OF(texts));
    tcase_add_test(tc, a_span_is_copied_only_if_it_fits_with_its_nul);
    tcase_add_test(tc, every_error_has_a_sentence);
    tcase_add_test(tc, nil_is_read_as_nil_only);
    suite_add_tcase(s, tc);
    return s;
}
