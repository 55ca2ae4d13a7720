/* What a group adds up: a value per key, which stays where it is. */
#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/accumulator.h"
#include "tests/suite.h"

#define KEYS 1000                       /* several chunks of values, and slots that grew */

static uint64_t key_of(uint64_t i)
{
    return i * 7919 % KEYS << 32;       /* in no order */
}

START_TEST(a_value_of_any_size_is_aligned_for_any_type)
{
    struct accumulator a;
    accumulator_init(&a, (size_t)_i);
    for (uint64_t key = 0; key < 3; key++)
        ck_assert_uint_eq((uintptr_t)accumulator_at(&a, key, NULL) % _Alignof(max_align_t), 0);
    accumulator_free(&a);
}
END_TEST

START_TEST(values_keep_their_address_and_are_walked_in_the_order_of_their_keys)
{
    struct accumulator a;
    uint64_t *values[KEYS];
    bool is_new;
    accumulator_init(&a, sizeof **values);
    for (uint64_t i = 0; i < KEYS; i++) {
        values[i] = accumulator_at(&a, key_of(i), &is_new);
        ck_assert(is_new);
        ck_assert_uint_eq(*values[i], 0);
        *values[i] = key_of(i);
    }
    for (uint64_t i = 0; i < KEYS; i++) {
        ck_assert_ptr_eq(accumulator_at(&a, key_of(i), &is_new), values[i]);
        ck_assert(!is_new);
    }
    const struct accumulator_slot *slots = accumulator_sort(&a);
    ck_assert_uint_eq(a.count, KEYS);
    for (uint64_t i = 0; i < KEYS; i++) {
        ck_assert_uint_eq(slots[i].key, i << 32);
        ck_assert_uint_eq(*(const uint64_t *)slots[i].value, i << 32);
    }
    accumulator_clear(&a);
    ck_assert_uint_eq(*(uint64_t *)accumulator_at(&a, key_of(1), &is_new), 0);
    ck_assert(is_new);
    accumulator_free(&a);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("accumulator");
    TCase *t = tcase_create("values");
    tcase_add_loop_test(t, a_value_of_any_size_is_aligned_for_any_type, 1, 40);
    tcase_add_test(t, values_keep_their_address_and_are_walked_in_the_order_of_their_keys);
    suite_add_tcase(s, t);
    return s;
}
