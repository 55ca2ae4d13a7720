#include <errno.h>
#include <string.h>

#include "tests/suite.h"
#include "wire/reader.h"
#include "wire/writer.h"

/* realloc() fails once, when it is called so many times more; below 0: never. */
static int fails_in = -1;
void *__real_realloc(void *bytes, size_t size);
void *__wrap_realloc(void *bytes, size_t size);

void *__wrap_realloc(void *bytes, size_t size)
{
    return fails_in >= 0 && fails_in-- == 0 ? NULL : __real_realloc(bytes, size);
}

static struct writer w;

static void setup(void)
{
    writer_init(&w);
}

static void teardown(void)
{
    writer_free(&w);
}

/* The shortest form changes at each of these. */
static const struct {
    int64_t value;
    size_t size;
} integers[] = {
    { 0, 1 }, { 127, 1 }, { 128, 2 }, { 255, 2 }, { 256, 3 }, { 65535, 3 }, { 65536, 5 },
    { UINT32_MAX, 5 }, { INT64_C(4294967296), 9 }, { INT64_MAX, 9 },
    { -1, 1 }, { -32, 1 }, { -33, 2 }, { -128, 2 }, { -129, 3 }, { -32768, 3 }, { -32769, 5 },
    { INT32_MIN, 5 }, { (int64_t)INT32_MIN - 1, 9 }, { INT64_MIN, 9 },
};

START_TEST(an_integer_takes_its_shortest_form)
{
    write_int(&w, integers[_i].value);
    ck_assert_uint_eq(w.size, integers[_i].size);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_int_eq(read_int(&r, INT64_MIN, INT64_MAX), integers[_i].value);
    ck_assert_int_eq(reader_end(&r), READ_OK);
}
END_TEST

START_TEST(a_uint64_takes_its_shortest_form)
{
    write_uint(&w, 127);
    write_uint(&w, UINT64_MAX);
    ck_assert_uint_eq(w.size, 10);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_uint_eq(read_uint64(&r), 127);
    ck_assert_uint_eq(read_uint64(&r), UINT64_MAX);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    write_map(&w, 4);
    write_key_string(&w, "s", "text");
    write_key_int(&w, "i", -5);
    write_key_uint(&w, "u", 5);
    write_key_bool(&w, "b", true);
    write_array(&w, 3);
    write_nil(&w);
    write_bool(&w, false);
    write_binary(&w, "\0\1", 2);

    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_uint_eq(read_map(&r, 4), 4);
    ck_assert(span_is(read_string(&r, 1), "s"));
    ck_assert(span_is(read_string(&r, 4), "text"));
    ck_assert(span_is(read_string(&r, 1), "i"));
    ck_assert_int_eq(read_int(&r, -9, 9), -5);
    ck_assert(span_is(read_string(&r, 1), "u"));
    ck_assert_int_eq(read_int(&r, -9, 9), 5);
    ck_assert(span_is(read_string(&r, 1), "b"));
    ck_assert(read_bool(&r));
    ck_assert_uint_eq(read_array(&r, 3), 3);
    read_nil(&r);
    ck_assert(!read_bool(&r));
    ck_assert_mem_eq(read_binary(&r, 2).bytes, "\0\1", 2);
    ck_assert_int_eq(reader_end(&r), READ_OK);
}
END_TEST

START_TEST(the_buffer_grows_by_doubling)
{
    unsigned grown = 0;
    for (unsigned i = 0; i < 1000000; i++) {
        size_t before = w.capacity;
        write_int(&w, 1);
        grown += w.capacity != before;
    }
    ck_assert_uint_eq(w.size, 1000000);
    ck_assert_uint_eq(grown, 13);
}
END_TEST

START_TEST(a_reset_writer_is_empty_and_keeps_its_memory)
{
    write_string(&w, "something");
    size_t capacity = w.capacity;
    writer_reset(&w);
    ck_assert_uint_eq(w.size, 0);
    ck_assert_uint_eq(w.capacity, capacity);
}
END_TEST

START_TEST(without_memory_nothing_more_is_written)
{
    write_int(&w, 1);
    write_raw(&w, "x", SIZE_MAX / 2);
    ck_assert_int_eq(w.err, -ENOMEM);
    write_int(&w, 2);
    write_string(&w, "text");
    ck_assert_uint_eq(w.size, 1);
    writer_reset(&w);
    ck_assert_int_eq(w.err, 0);
}
END_TEST

START_TEST(what_was_written_stays_when_there_is_no_more_memory)
{
    char text[1000] = "";
    write_int(&w, 1);
    size_t capacity = w.capacity;
    fails_in = 0;
    write_binary(&w, text, sizeof text);
    ck_assert_int_eq(w.err, -ENOMEM);
    ck_assert_uint_eq(w.capacity, capacity);
    ck_assert_int_eq(w.bytes[0], 1);
    writer_reset(&w);
    write_binary(&w, text, sizeof text);
    ck_assert_int_eq(w.err, 0);
    ck_assert_uint_eq(w.size, sizeof text + 3);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("writer");
    TCase *tc = tcase_create("writer");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, an_integer_takes_its_shortest_form, 0,
                        (int)(sizeof integers / sizeof integers[0]));
    tcase_add_test(tc, a_uint64_takes_its_shortest_form);
    tcase_add_test(tc, what_is_written_is_read_back);
    tcase_add_test(tc, the_buffer_grows_by_doubling);
    tcase_add_test(tc, a_reset_writer_is_empty_and_keeps_its_memory);
    tcase_add_test(tc, without_memory_nothing_more_is_written);
    tcase_add_test(tc, what_was_written_stays_when_there_is_no_more_memory);
    suite_add_tcase(s, tc);
    return s;
}
