/* Walks over a table. */
#include <string.h>

#include "store/bytes.h"
#include "store/group.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static struct txn txn;

static void setup(void)
{
    books_setup();
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    for (uint32_t number = 1; number <= 4; number++) {
        uint8_t key[8];
        static const uint8_t value[8];          /* the least that this table's rows have */
        key_u32(key, number / 3);
        key_u32(key + 4, number);
        txn_put(&txn, TABLE_CLOSES, key, sizeof key, value, sizeof value);
    }
}

static void teardown(void)
{
    txn_abort(&txn);
    books_teardown();
}

/* As a function does that begins a walk for its caller: its key is gone when the first step is taken. */
static void begin_and_forget(struct range *range, uint32_t first, uint32_t second)
{
    uint8_t key[8];
    key_u32(key, first);
    key_u32(key + 4, second);
    range_begin(range, &txn, TABLE_CLOSES, key, 4, key, sizeof key);
    memset(key, 0xff, sizeof key);
}

static uint32_t next(struct range *range)
{
    return range_next(range) ? unkey_u32(range->key + 4) : 0;
}

START_TEST(a_walk_has_its_beginning_also_when_the_key_is_gone)
{
    struct range range;
    begin_and_forget(&range, 1, 0);
    ck_assert_uint_eq(next(&range), 3);
    ck_assert_uint_eq(next(&range), 4);
    ck_assert_uint_eq(next(&range), 0);
    range_end(&range);
}
END_TEST

START_TEST(a_walk_begins_at_or_behind_its_key_and_ends_with_its_prefix)
{
    struct range range;
    begin_and_forget(&range, 0, 2);
    ck_assert_uint_eq(next(&range), 2);
    ck_assert_uint_eq(next(&range), 0);
    range_end(&range);
    begin_and_forget(&range, 2, 0);
    ck_assert_uint_eq(next(&range), 0);
    range_end(&range);
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("env");
    TCase *walks = tcase_create("walks");
    tcase_add_checked_fixture(walks, setup, teardown);
    tcase_add_test(walks, a_walk_has_its_beginning_also_when_the_key_is_gone);
    tcase_add_test(walks, a_walk_begins_at_or_behind_its_key_and_ends_with_its_prefix);
    suite_add_tcase(s, walks);
    return s;
}
