/* Expected values come from Python's hashlib and from a SipHash-2-4 that gives
 * the vectors of its authors' paper. */
#include <stdio.h>
#include <string.h>

#include "fund/event.h"
#include "tests/suite.h"
#include "wire/hash.h"

static uint8_t counting[32];            /* 00 01 02 … 1f */

static void setup(void)
{
    ck_assert_int_eq(hash_init(), 0);
    for (unsigned i = 0; i < sizeof counting; i++)
        counting[i] = (uint8_t)i;
}

static void assert_hex(const uint8_t *bytes, size_t size, const char *hex)
{
    char text[65] = "";
    for (size_t i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    ck_assert_str_eq(text, hex);
}

START_TEST(a_digest_is_blake2b_128)
{
    uint8_t digest[16];
    hash_digest("", 0, digest);
    assert_hex(digest, 16, "cae66941d9efbd404e4d88758ea67670");
    hash_digest("abc", 3, digest);
    assert_hex(digest, 16, "cf4ab791c62b8d2b2109c90275287816");
}
END_TEST

START_TEST(a_link_of_the_chain_is_blake2b_256_of_the_one_before_and_the_record)
{
    uint8_t link[CHAIN_SIZE];
    hash_chain(counting, "record", 6, link);
    assert_hex(link, 32, "084b222f9592f3bf84ad1a44188d511297d13fc3a2f142ff1ebd6b1f7998d458");
    uint8_t in_place[CHAIN_SIZE];
    memcpy(in_place, counting, CHAIN_SIZE);
    hash_chain(in_place, "record", 6, in_place);
    ck_assert_mem_eq(in_place, link, CHAIN_SIZE);
}
END_TEST

static const char *const same_person[] = {
    "1302070000001", " 1302070000001", "1302070000001   ", "\t1302070000001 \t",
};

START_TEST(a_person_is_the_same_whatever_blanks_stand_around)
{
    uint8_t person[16];
    hash_person(counting, same_person[_i], person);
    assert_hex(person, 16, "8c1e03db9ae7564a7d810c61b8a0566c");
}
END_TEST

START_TEST(another_key_or_a_blank_inside_is_another_person)
{
    uint8_t person[16], other[16];
    hash_person(counting, "13 02", person);
    hash_person(counting, "1302", other);
    ck_assert_mem_ne(person, other, 16);
    counting[0] ^= 1;
    hash_person(counting, "1302", person);
    ck_assert_mem_ne(person, other, 16);
    hash_person(counting, "   ", person);
    hash_person(counting, "", other);
    ck_assert_mem_eq(person, other, 16);
}
END_TEST

/* The first hashes of these are UTF-16: 127 is 9f735c87256053613f642700677be97d. */
static const struct { const char *number, *hash; } texts[] = {
    { "127", "4b3c54042e5aa95b71d9f9d0244a1176" },
    { "2889", "99a59a391938607cc4fbe75dcf557d12" },
    { "3727", "f96d0d7bc0f9551952deada7420f792f" },
};
START_TEST(a_hash_that_looks_like_text_is_hashed_again)
{
    uint8_t person[16];
    hash_person(counting, texts[_i].number, person);
    assert_hex(person, 16, texts[_i].hash);
}
END_TEST

START_TEST(a_person_is_never_refused)
{
    char number[16];
    uint8_t person[16];
    for (unsigned i = 0; i < 50000; i++) {
        snprintf(number, sizeof number, "%u", i);
        hash_person(counting, number, person);
        ck_assert_msg(event_person_is_hash(person), "%s", number);
    }
}
END_TEST

START_TEST(a_seen_id_is_siphash_of_issuer_and_id)
{
    ck_assert_uint_eq(hash_seen(counting, 7, "setl-1", 6), UINT64_C(0x301c3ac923846b01));
    ck_assert_uint_ne(hash_seen(counting, 8, "setl-1", 6), UINT64_C(0x301c3ac923846b01));
    /* 03 02 01 00 and then 04 … 0b: the authors' vector of 12 bytes */
    ck_assert_uint_eq(hash_seen(counting, 0x03020100, (const char *)counting + 4, 8),
                      UINT64_C(0x751e8fbc860ee5fb));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("hash");
    TCase *tc = tcase_create("hash");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_digest_is_blake2b_128);
    tcase_add_test(tc, a_link_of_the_chain_is_blake2b_256_of_the_one_before_and_the_record);
    tcase_add_loop_test(tc, a_person_is_the_same_whatever_blanks_stand_around, 0,
                        (int)(sizeof same_person / sizeof same_person[0]));
    tcase_add_test(tc, another_key_or_a_blank_inside_is_another_person);
    tcase_add_loop_test(tc, a_hash_that_looks_like_text_is_hashed_again, 0,
                        (int)(sizeof texts / sizeof texts[0]));
    tcase_add_test(tc, a_person_is_never_refused);
    tcase_add_test(tc, a_seen_id_is_siphash_of_issuer_and_id);
    suite_add_tcase(s, tc);
    return s;
}
