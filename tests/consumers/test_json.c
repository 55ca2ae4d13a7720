#include <stdlib.h>
#include <string.h>

#include "consumers/json.h"
#include "tests/suite.h"

#define BYTES(text) text, sizeof text - 1

static const struct good_case {
    const char *bytes;
    size_t size;
    const char *json;
} good_cases[] = {
    { BYTES("\xc0"), "null" },
    { BYTES("\xc3"), "true" },
    { BYTES("\xc2"), "false" },
    { BYTES("\x00"), "0" },
    { BYTES("\xff"), "-1" },
    { BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), "-9223372036854775808" },
    { BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), "9223372036854775807" },
    { BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), "\"18446744073709551615\"" },
    { BYTES("\xa3\xe5\x8c\xbb"), "\"医\"" },
    { BYTES("\xa3\"\n\\"), "\"\\\"\\n\\\\\"" },
    { BYTES("\xc4\x03\x00\x0f\xff"), "\"000fff\"" },
    { BYTES("\xc4\x00"), "\"\"" },
    { BYTES("\x90"), "[]" },
    { BYTES("\x80"), "{}" },
    { BYTES("\x82\xa1""b\x92\x01\x02\xa1""a\x81\xa1x\xc0"), "{\"b\":[1,2],\"a\":{\"x\":null}}" },
};

START_TEST(a_value_becomes_its_json)
{
    const struct good_case *c = &good_cases[_i];
    json_t *json = json_from_bytes(c->bytes, c->size);
    ck_assert_ptr_nonnull(json);
    char *text = json_line(json);
    ck_assert_str_eq(text, c->json);
    free(text);
    json_decref(json);
}
END_TEST

static const struct bad_case {
    const char *bytes;
    size_t size;
} bad_cases[] = {
    { BYTES("") },
    { BYTES("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00") },     /* a float */
    { BYTES("\xd4\x01\x00") },                             /* an extension */
    { BYTES("\x01\x02") },                                 /* something behind it */
    { BYTES("\x92\x01") },                                 /* an item is missing */
    { BYTES("\xdd\xff\xff\xff\xff\x01") },                 /* four thousand million items */
    { BYTES("\x82\xa1""a\x01\xa1""a\x02") },               /* a key twice */
    { BYTES("\x81\x01\x01") },                             /* a key that is no text */
    { BYTES("\x81\xa1\x00\x01") },                         /* a key with a NUL */
    { BYTES("\xa2\xff\xff") },                             /* text that is no UTF-8 */
    { BYTES("\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x01") },
};

START_TEST(what_is_no_plain_value_becomes_nothing)
{
    ck_assert_ptr_null(json_from_bytes(bad_cases[_i].bytes, bad_cases[_i].size));
}
END_TEST

START_TEST(every_first_byte_with_anything_behind_it_ends_well)
{
    char bytes[24];
    memset(bytes, 0x81, sizeof bytes);
    bytes[0] = (char)_i;
    for (size_t size = 0; size <= sizeof bytes; size++)
        json_decref(json_from_bytes(bytes, size));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("json");
    tcase_add_loop_test(t, a_value_becomes_its_json, 0, sizeof good_cases / sizeof good_cases[0]);
    tcase_add_loop_test(t, what_is_no_plain_value_becomes_nothing, 0, sizeof bad_cases / sizeof bad_cases[0]);
    tcase_add_loop_test(t, every_first_byte_with_anything_behind_it_ends_well, 0, 256);
    suite_add_tcase(s, t);
    return s;
}
