/* Records of the table `meta`: rows that are whole, with a good checksum, and not what they should be. */
#include <errno.h>
#include <stdio.h>
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
}

static void teardown(void)
{
    txn_abort(&txn);
    books_teardown();
}

/* The row with so many bytes less, or more. */
static void resize(const char *key, int by)
{
    static uint8_t bytes[1 << 14];
    const uint8_t *value;
    size_t size;
    ck_assert(txn_peek(&txn, TABLE_META, key, strlen(key), &value, &size));
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, value, size);
    txn_put(&txn, TABLE_META, key, strlen(key), bytes, (size_t)((int)size + by));
    ck_assert_int_eq(txn.err, 0);
}

START_TEST(a_store_without_its_identity_or_head_is_damaged)
{
    struct head head;
    struct store_identity identity;
    ck_assert_int_eq(head_get(&txn, &head), 0);
    ck_assert(txn_delete(&txn, TABLE_META, "head", 4));
    ck_assert_int_eq(head_get_identity(&txn, &identity), 0);
    ck_assert_int_eq(head_get(&txn, &head), -EILSEQ);
    ck_assert(txn_delete(&txn, TABLE_META, "store", 5));
    ck_assert_int_eq(head_get_identity(&txn, &identity), -EILSEQ);
    ck_assert_int_eq(head_get(&txn, &head), -EILSEQ);
    ck_assert_int_eq(txn.err, 0);       /* there is nothing that could not be read */
}
END_TEST

/* Of funds or of sources, one more than there are; and of one that is there. */
START_TEST(a_head_counts_what_there_is_or_is_damaged)
{
    struct head head;
    ck_assert_int_eq(head_get(&txn, &head), 0);
    uint32_t *number = _i == 0 ? &head.funds : &head.sources;
    ++*number;
    ck_assert_int_eq(head_check_counts(&txn, &head), -EILSEQ);
    ck_assert_int_eq(txn.err, 0);
    uint8_t key[4];
    key_u32(key, *number);
    if (_i == 0)
        txn_put(&txn, TABLE_FUND_NUMBERS, key, sizeof key, "\0\1\xfc\x9f\1\x86", 6);
    else
        txn_put(&txn, TABLE_SOURCE_NAMES, key, sizeof key, "x", 1);
    ck_assert_int_eq(head_check_counts(&txn, &head), 0);
    txn_put(&txn, TABLE_SOURCE_NAMES, key, sizeof key, "", 0);
    ck_assert_int_eq(head_check_counts(&txn, &head), -EILSEQ);
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

/* Of the right format; of one so short that it says none. */
START_TEST(an_identity_of_another_size_is_damaged)
{
    struct store_identity identity;
    static const uint8_t three[3];
    resize("store", _i == 0 ? -1 : 1);
    ck_assert_int_eq(head_get_identity(&txn, &identity), -EILSEQ);
    txn_put(&txn, TABLE_META, "store", 5, three, sizeof three);
    ck_assert_int_eq(head_get_identity(&txn, &identity), -EPROTONOSUPPORT);
}
END_TEST

START_TEST(the_newest_epochs_are_kept)
{
    struct store_point epochs[EPOCHS_MAX];
    for (uint64_t i = 1; i <= EPOCHS_MAX + 3; i++)
        head_put_epoch(&txn, (struct store_point){1000 + i, i});
    ck_assert_uint_eq(head_get_epochs(&txn, epochs), EPOCHS_MAX);
    for (unsigned i = 0; i < EPOCHS_MAX; i++)
        ck_assert_uint_eq(epochs[i].position, i + 4);
}
END_TEST

/* Half an epoch; more of them than there may be. */
START_TEST(epochs_that_are_no_whole_number_or_too_many_are_damaged)
{
    struct store_point epochs[EPOCHS_MAX];
    ck_assert_uint_eq(head_get_epochs(&txn, epochs), 1);
    resize("epochs", _i == 0 ? 8 : 16 * EPOCHS_MAX);
    ck_assert_uint_eq(head_get_epochs(&txn, epochs), 0);
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

START_TEST(runs_that_are_no_whole_number_or_too_many_are_damaged)
{
    struct run_info runs[INDEX_RUNS_MAX], listed[2] = {{.number = 7, .end = 9}, {.number = 8}};
    unsigned count = 99;
    head_put_runs(&txn, "x", listed, 2);
    ck_assert_int_eq(head_get_runs(&txn, "x", runs, &count), 0);
    ck_assert_uint_eq(count, 2);
    ck_assert_mem_eq(runs, listed, sizeof listed);
    resize("runs x", _i == 0 ? -1 : 48 * (INDEX_RUNS_MAX - 1));
    ck_assert_int_eq(head_get_runs(&txn, "x", runs, &count), -EILSEQ);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(head_get_runs(&txn, "none", runs, &count), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("head");
    TCase *t = tcase_create("rows");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_store_without_its_identity_or_head_is_damaged);
    tcase_add_loop_test(t, a_head_counts_what_there_is_or_is_damaged, 0, 2);
    tcase_add_loop_test(t, an_identity_of_another_size_is_damaged, 0, 2);
    tcase_add_test(t, the_newest_epochs_are_kept);
    tcase_add_loop_test(t, epochs_that_are_no_whole_number_or_too_many_are_damaged, 0, 2);
    tcase_add_loop_test(t, runs_that_are_no_whole_number_or_too_many_are_damaged, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
