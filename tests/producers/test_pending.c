#include "producers/pending.h"
#include "tests/suite.h"

static struct pending pending;

static void setup(void)
{
    pending_init(&pending);
}

static void teardown(void)
{
    pending_free(&pending);
}

START_TEST(an_event_leads_to_its_line)
{
    ck_assert_int_eq(pending_add(&pending, 10, 1, 2, "one\n", 4), 0);
    ck_assert_int_eq(pending_add(&pending, 11, 3, 3, "three\n", 6), 0);
    ck_assert_int_eq(pending_add(&pending, 14, 1, 5, "", 0), 0);
    ck_assert_ptr_null(pending_find(&pending, 9));
    ck_assert_uint_eq(pending_find(&pending, 10)->line, 2);
    ck_assert_uint_eq(pending_find(&pending, 11)->line, 3);
    ck_assert_uint_eq(pending_find(&pending, 13)->line, 3);
    ck_assert_uint_eq(pending_find(&pending, 14)->line, 5);
    ck_assert_ptr_null(pending_find(&pending, 15));
    struct pending_line *line = pending_find(&pending, 12);
    ck_assert_mem_eq(pending.bytes + line->offset, "three\n", line->size);
}
END_TEST

START_TEST(nothing_is_left_after_clearing)
{
    ck_assert_int_eq(pending_add(&pending, 0, 1, 2, "x", 1), 0);
    pending_clear(&pending);
    ck_assert_ptr_null(pending_find(&pending, 0));
}
END_TEST

START_TEST(it_is_full_by_lines)
{
    uint64_t index = 0;
    for (; !pending_is_full(&pending); index++)
        ck_assert_int_eq(pending_add(&pending, index, 1, index + 2, "x", 1), 0);
    ck_assert_uint_eq(index, 65536);
}
END_TEST

START_TEST(it_is_full_by_bytes)
{
    static char large[65536];
    uint64_t index = 0;
    for (; !pending_is_full(&pending); index++)
        ck_assert_int_eq(pending_add(&pending, index, 1, index + 2, large, sizeof large), 0);
    ck_assert_uint_eq(index, 256);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("pending");
    TCase *t = tcase_create("pending");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_event_leads_to_its_line);
    tcase_add_test(t, nothing_is_left_after_clearing);
    tcase_add_test(t, it_is_full_by_lines);
    tcase_add_test(t, it_is_full_by_bytes);
    suite_add_tcase(s, t);
    return s;
}
