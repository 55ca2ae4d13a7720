#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "producers/person_key.h"
#include "tests/producers/scratch.h"
#include "tests/suite.h"

static struct person_keys keys;
static const char *error;

static date_day day(int ymd)
{
    date_day d;
    ck_assert(date_from_ymd(ymd, &d));
    return d;
}

START_TEST(a_new_key_file_is_its_owners_alone_and_can_be_read)
{
    struct stat status;
    ck_assert_int_eq(person_keys_make(scratch_path("key")), 0);
    ck_assert_int_eq(stat(scratch_path("key"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(person_keys_read(scratch_path("key"), &keys, &error), 0);
    ck_assert_uint_eq(keys.count, 1);
    ck_assert_int_eq(keys.keys[0].number, 1);
    ck_assert_ptr_eq(person_keys_for(&keys, day(19900101)), &keys.keys[0]);
}
END_TEST

START_TEST(a_key_file_is_never_overwritten)
{
    size_t before, after;
    ck_assert_int_eq(person_keys_make(scratch_path("key")), 0);
    char *first = scratch_read("key", &before);
    ck_assert_int_eq(person_keys_make(scratch_path("key")), -EEXIST);
    char *second = scratch_read("key", &after);
    ck_assert_str_eq(first, second);
    free(first);
    free(second);
}
END_TEST

START_TEST(two_installations_have_two_keys)
{
    struct person_keys other;
    ck_assert_int_eq(person_keys_make(scratch_path("a")), 0);
    ck_assert_int_eq(person_keys_make(scratch_path("b")), 0);
    ck_assert_int_eq(person_keys_read(scratch_path("a"), &keys, &error), 0);
    ck_assert_int_eq(person_keys_read(scratch_path("b"), &other, &error), 0);
    ck_assert_mem_ne(keys.keys[0].key, other.keys[0].key, PERSON_KEY_SIZE);
}
END_TEST

START_TEST(an_added_key_leaves_old_dates_their_own)
{
    struct person_keys before;
    ck_assert_int_eq(person_keys_make(scratch_path("key")), 0);
    ck_assert_int_eq(person_keys_read(scratch_path("key"), &before, &error), 0);
    ck_assert_int_eq(person_keys_add(scratch_path("key"), day(20260101), &error), 0);
    ck_assert_int_eq(person_keys_read(scratch_path("key"), &keys, &error), 0);
    ck_assert_uint_eq(keys.count, 2);
    ck_assert_mem_eq(keys.keys[0].key, before.keys[0].key, PERSON_KEY_SIZE);
    ck_assert_ptr_eq(person_keys_for(&keys, day(20251231)), &keys.keys[0]);
    ck_assert_ptr_eq(person_keys_for(&keys, day(20260101)), &keys.keys[1]);
    ck_assert_int_eq(person_keys_add(scratch_path("key"), day(20260101), &error), -EINVAL);
    struct stat status;
    ck_assert_int_eq(stat(scratch_path("key"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
}
END_TEST

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct { const char *text; int err; } files[] = {
    {"# comment\n\n1 1990-01-01 " HEX "\n", 0},
    {"1 1990-01-01 " HEX, 0},
    {"3 2024-01-01 " HEX "\n7 2025-01-01 " HEX "\n", 0},
    {"", -EILSEQ},
    {"# nothing\n", -EILSEQ},
    {"1 1990-01-01 " HEX "0\n", -EILSEQ},
    {"1 1990-01-01 0011\n", -EILSEQ},
    {"1 1990-01-01 " HEX " x\n", -EILSEQ},
    {"0 1990-01-01 " HEX "\n", -EILSEQ},
    {"1 1990-13-01 " HEX "\n", -EILSEQ},
    {"1 1990-01-01 " HEX "\n1 1991-01-01 " HEX "\n", -EILSEQ},
    {"1 1990-01-01 " HEX "\n2 1990-01-01 " HEX "\n", -EILSEQ},
};

START_TEST(a_damaged_key_file_is_refused_whole)
{
    const char *path = scratch_text("key", files[_i].text);
    ck_assert_int_eq(chmod(path, 0600), 0);
    keys.count = 99;
    ck_assert_int_eq(person_keys_read(path, &keys, &error), files[_i].err);
    if (files[_i].err != 0)
        ck_assert_uint_eq(keys.count, 99);
}
END_TEST

START_TEST(a_key_file_that_others_may_read_is_refused)
{
    const char *path = scratch_text("key", "1 1990-01-01 " HEX "\n");
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert_int_eq(person_keys_read(path, &keys, &error), -EPERM);
    ck_assert_int_eq(person_keys_read(scratch_path("none"), &keys, &error), -ENOENT);
}
END_TEST

START_TEST(no_key_is_for_dates_before_the_first)
{
    const char *path = scratch_text("key", "3 2024-01-01 " HEX "\n");
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(person_keys_read(path, &keys, &error), 0);
    ck_assert_ptr_null(person_keys_for(&keys, day(20231231)));
    person_keys_wipe(&keys);
    ck_assert_uint_eq(keys.count, 0);
    ck_assert_int_eq(keys.keys[0].key[1], 0);
}
END_TEST

START_TEST(a_destroyed_key_is_gone_and_no_other_is_used_in_its_place)
{
    struct person_keys before;
    ck_assert_int_eq(person_keys_make(scratch_path("key")), 0);
    ck_assert_int_eq(person_keys_add(scratch_path("key"), day(20250101), &error), 0);
    ck_assert_int_eq(person_keys_add(scratch_path("key"), day(20260101), &error), 0);
    ck_assert_int_eq(person_keys_read(scratch_path("key"), &before, &error), 0);
    ck_assert_int_eq(person_keys_destroy(scratch_path("key"), 2, &error), 0);
    ck_assert_int_eq(person_keys_read(scratch_path("key"), &keys, &error), 0);
    ck_assert_uint_eq(keys.count, 3);
    ck_assert(person_keys_for(&keys, day(20250630))->destroyed);
    for (unsigned i = 0; i < PERSON_KEY_SIZE; i++)
        ck_assert_uint_eq(keys.keys[1].key[i], 0);
    ck_assert_mem_eq(person_keys_for(&keys, day(20241231))->key, before.keys[0].key, PERSON_KEY_SIZE);
    ck_assert_mem_eq(person_keys_for(&keys, day(20260101))->key, before.keys[2].key, PERSON_KEY_SIZE);
    ck_assert(!keys.keys[0].destroyed && !keys.keys[2].destroyed);
    ck_assert_int_eq(person_keys_destroy(scratch_path("key"), 2, &error), -ENOENT);
    ck_assert_int_eq(person_keys_destroy(scratch_path("key"), 4, &error), -ENOENT);
    ck_assert_int_eq(person_keys_add(scratch_path("key"), day(20270101), &error), 0);
    ck_assert_int_eq(person_keys_read(scratch_path("key"), &keys, &error), 0);
    ck_assert(keys.keys[1].destroyed && keys.count == 4);
}
END_TEST

START_TEST(the_bytes_of_the_old_file_are_overwritten)
{
    char bytes[4096];
    ck_assert_int_eq(person_keys_make(scratch_path("key")), 0);
    FILE *old = fopen(scratch_path("key"), "r");
    ck_assert_ptr_nonnull(old);
    ck_assert_int_eq(person_keys_destroy(scratch_path("key"), 1, &error), 0);
    size_t size = fread(bytes, 1, sizeof bytes, old);
    fclose(old);
    ck_assert_uint_gt(size, 64);
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(bytes[i], 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("person_key");
    TCase *t = tcase_create("person_key");
    tcase_add_checked_fixture(t, scratch_setup, scratch_teardown);
    tcase_add_test(t, a_new_key_file_is_its_owners_alone_and_can_be_read);
    tcase_add_test(t, a_key_file_is_never_overwritten);
    tcase_add_test(t, two_installations_have_two_keys);
    tcase_add_test(t, an_added_key_leaves_old_dates_their_own);
    tcase_add_loop_test(t, a_damaged_key_file_is_refused_whole, 0, sizeof files / sizeof files[0]);
    tcase_add_test(t, a_key_file_that_others_may_read_is_refused);
    tcase_add_test(t, no_key_is_for_dates_before_the_first);
    tcase_add_test(t, a_destroyed_key_is_gone_and_no_other_is_used_in_its_place);
    tcase_add_test(t, the_bytes_of_the_old_file_are_overwritten);
    suite_add_tcase(s, t);
    return s;
}
