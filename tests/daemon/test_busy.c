/* Which numbers of batches were answered busy of late. */
#include "daemon/busy.h"

#include <check.h>
#include <stdio.h>

#include "tests/suite.h"

static struct busy_numbers *busy;

static void setup(void)
{
    ck_assert_int_eq(busy_create(&busy), 0);
}

static void teardown(void)
{
    busy_destroy(&busy);
    busy_destroy(&busy);        /* takes NULL */
}

static void has(const char *source, int64_t now_ms, uint64_t first, uint64_t last)
{
    struct batch_numbers numbers = busy_of(busy, source, now_ms);
    ck_assert_uint_eq(numbers.first, first);
    ck_assert_uint_eq(numbers.last, last);
}

START_TEST(each_source_has_numbers_of_its_own)
{
    has("a", 0, 0, 0);
    busy_note(busy, "a", 7, 1000);
    busy_note(busy, "a", 5, 1001);
    busy_note(busy, "a", 6, 1002);
    busy_note(busy, "b", 1, 1003);
    busy_note(busy, "c", 0, 1004);              /* does not number */
    has("a", 2000, 5, 7);
    has("b", 2000, 1, 1);
    has("c", 2000, 0, 0);
}
END_TEST

START_TEST(they_are_forgotten_an_hour_after_the_last)
{
    busy_note(busy, "a", 1, 0);
    busy_note(busy, "b", 1, 10);
    busy_note(busy, "a", 2, 20);
    has("b", 10 + BUSY_MS, 1, 1);
    has("b", 11 + BUSY_MS, 0, 0);
    has("a", 20 + BUSY_MS, 1, 2);
    has("a", 21 + BUSY_MS, 0, 0);
    busy_note(busy, "a", 9, 22 + BUSY_MS);
    has("a", 22 + BUSY_MS, 9, 9);
}
END_TEST

START_TEST(the_one_told_longest_ago_makes_room)
{
    char name[16];
    for (int i = 0; i <= BUSY_SOURCES_MAX; i++) {
        snprintf(name, sizeof name, "s%d", i);
        busy_note(busy, name, 1, i == 3 ? 500 : 1000 + i);
    }
    has("s3", 2000, 0, 0);
    has("s0", 2000, 1, 1);
    snprintf(name, sizeof name, "s%d", BUSY_SOURCES_MAX);
    has(name, 2000, 1, 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("busy");
    TCase *t = tcase_create("busy");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, each_source_has_numbers_of_its_own);
    tcase_add_test(t, they_are_forgotten_an_hour_after_the_last);
    tcase_add_test(t, the_one_told_longest_ago_makes_room);
    suite_add_tcase(s, t);
    return s;
}
