/* Sums by key come out in order, whatever went in. */
#include <stdlib.h>

#include "store/tally.h"
#include "tests/suite.h"

static struct tally tally;

static void teardown(void)
{
    tally_free(&tally);
}

/* Keys that differ in all bytes. */
static uint64_t key_of(unsigned i)
{
    return (i + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static void fill(unsigned keys, unsigned times)
{
    for (unsigned i = 0; i < keys * times; i++)
        ck_assert_int_eq(tally_add(&tally, key_of(i * 7919 % keys), i % 2 == 0 ? 5 : -3), 0);
}

START_TEST(sums_are_kept_by_key_and_come_out_sorted)
{
    static const unsigned sizes[] = {1, 2, 3, 127, 128, 129, 1000, 20000};
    fill(sizes[_i], 2);
    const struct tally_entry *sorted = tally_sort(&tally);
    ck_assert_uint_eq(tally.count, sizes[_i]);
    int64_t sum = 0;
    for (unsigned i = 0; i < sizes[_i]; i++) {
        ck_assert(i == 0 || sorted[i - 1].key < sorted[i].key);
        sum += sorted[i].sum;
    }
    ck_assert_int_eq(sum, 2 * (int64_t)sizes[_i]);
}
END_TEST

/* Keys of money differ in some bits only, with others between them that do not. */
START_TEST(keys_that_differ_in_any_bits_come_out_sorted)
{
    static const uint64_t masks[] = {
        0x1, UINT64_C(0x8000000000000000), UINT64_C(0x8000000000000001), 0x3ff, 0x7ff,
        UINT64_C(0xf0000001ff3f), UINT64_C(0x5555555555555555), UINT64_C(0xaaaaaaaaaaaaaaaa), UINT64_MAX,
    };
    uint64_t mask = masks[_i], different = UINT64_C(1) << 61, last = 0, n = 0;
    for (uint64_t some = 0; n < 5000; some = (some - mask) & mask, n++)     /* the next one of such bits */
        ck_assert_int_eq(tally_add(&tally, some | different | 0x10, 1), 0);
    const struct tally_entry *sorted = tally_sort(&tally);
    for (uint64_t i = 0; i < tally.count; i++) {
        ck_assert(sorted[i].key > last);
        last = sorted[i].key;
        n -= (uint64_t)sorted[i].sum;
    }
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_tally_is_empty_after_it_was_cleared)
{
    fill(20000, 1);
    for (int i = 0; i < 3; i++) {
        tally_clear(&tally);
        ck_assert_int_eq(tally_add(&tally, 9, 4), 0);
        const struct tally_entry *sorted = tally_sort(&tally);
        ck_assert(tally.count == 1 && sorted[0].key == 9 && sorted[0].sum == 4);
        tally_clear(&tally);
        fill(1000, 1);
    }
}
END_TEST

START_TEST(sums_go_on_after_they_were_sorted)
{
    for (int i = 1; i <= 3; i++) {
        fill(1000, 2);
        const struct tally_entry *sorted = tally_sort(&tally);
        ck_assert_uint_eq(tally.count, 1000);
        int64_t sum = 0;
        for (unsigned k = 0; k < 1000; k++)
            sum += sorted[k].sum;
        ck_assert_int_eq(sum, 2000 * i);
    }
}
END_TEST

START_TEST(a_list_that_is_full_of_few_keys_does_not_grow)
{
    fill(1000, 1);
    tally_sort(&tally);
    uint64_t room = tally.room;
    fill(1000, 100);
    ck_assert_uint_le(tally.room, 4 * room);
}
END_TEST

START_TEST(an_empty_tally_sorts_to_nothing)
{
    ck_assert_ptr_nonnull(tally_sort(&tally));
    tally_clear(&tally);
    ck_assert_uint_eq(tally.count, 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("tally");
    TCase *t = tcase_create("sums");
    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_loop_test(t, sums_are_kept_by_key_and_come_out_sorted, 0, 8);
    tcase_add_loop_test(t, keys_that_differ_in_any_bits_come_out_sorted, 0, 9);
    tcase_add_test(t, a_tally_is_empty_after_it_was_cleared);
    tcase_add_test(t, sums_go_on_after_they_were_sorted);
    tcase_add_test(t, a_list_that_is_full_of_few_keys_does_not_grow);
    tcase_add_test(t, an_empty_tally_sorts_to_nothing);
    suite_add_tcase(s, t);
    return s;
}
