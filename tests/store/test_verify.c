/* verify finds what was changed behind the store's back. */
#include <stdio.h>
#include <string.h>

#include <lmdb.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/env.h"
#include "store/journal.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static char copy[260];

/* Books with a bit of everything, and a copy of them. */
static void setup(void)
{
    uint64_t covered;
    books_setup();
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 366;
    policy.calendar_count = policy.source_count = 1;
    policy.calendars[0] = (struct calendar_rule){"daily", CALENDAR_DAILY, 0, false, 0};
    policy.sources[0] = (struct source_rule){"tax", "daily"};
    apply(a_policy("p", 20240101, &policy));
    apply(an_opening("o", 20231231, 100000));
    apply(a_day("d0", 20240131));
    apply(a_month_close("c", 20240131));
    apply(a_statement("s", 20240131, 12));
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "f%d", i);
        apply(a_fee_of(id, 20240105, 38000 + i, i));
    }
    apply(an_expenditure("x", 20240110, 1000, CATEGORY_INPATIENT));
    uint32_t tax;
    begin();
    ck_assert_int_eq(store_source(books, "tax", &tax), 0);
    ck_assert_int_eq(store_sequence(books, tax, 3, (struct batch_numbers){0}), 0);
    commit();
    apply(a_day("d", 20241231));
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
}

static struct verify_result verified(void)
{
    struct verify_result result;
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    return result;
}

static struct env opened(struct txn *txn)
{
    struct env env;
    ck_assert_int_eq(env_open(copy, ENV_OPEN, UINT64_C(1) << 30, &env), 0);
    ck_assert_int_eq(txn_begin(&env, false, txn), 0);
    return env;
}

/* Changes a byte of the journal's segment at `position`, `at` bytes from its end; makes the checksum of its
 * only record right again if `forged`. */
static void change_journal(uint64_t position, size_t at, bool forged)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t tree_key[9] = {0xff}, *key = tree_key + 1, segment[4096];    /* docs/STORE.md 4 */
    const uint8_t *value;
    size_t size;
    key_u64(key, position);
    txn.env = &env;
    ck_assert(txn_peek(&txn, TABLE_JOURNAL, key, 8, &value, &size));
    ck_assert_uint_le(size, sizeof segment);
    memcpy(segment, value, size);
    segment[size - at] ^= 2;
    if (forged) {
        uint8_t *record = segment + SEGMENT_HEAD + 2;
        ck_assert_uint_eq(get_u16(segment + 4), 1);
        put_u32(record, (uint32_t)XXH3_64bits_withSeed(record + 4, (size_t)(segment + size - record) - 4,
                                                       position));
    }
    MDB_val k = {sizeof tree_key, tree_key}, data = {size, segment};
    ck_assert_int_eq(mdb_put(txn.mdb, env.tree, &k, &data, 0), 0);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

/* Doubles the first value of a table, checksum and all. */
static void change_table(enum table table)
{
    struct txn txn;
    struct env env = opened(&txn);
    struct range range;
    uint8_t key[64], value[4096];
    txn.env = &env;
    range_begin(&range, &txn, table, "", 0, "", 0);
    ck_assert(range_next(&range));
    size_t key_size = range.key_size, size = range.size;
    memcpy(key, range.key, key_size);
    memcpy(value, range.value, size);
    range_end(&range);
    value[size - 1] ^= 1;
    txn_put(&txn, table, key, key_size, value, size);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

START_TEST(untouched_books_agree)
{
    struct verify_result result = verified();
    ck_assert_msg(result.differences == 0, "%s", result.first);
    ck_assert_uint_eq(result.records, position());
}
END_TEST

START_TEST(a_flipped_byte_of_the_journal_is_found)
{
    change_journal(position() - 5, 3, false);
    ck_assert_uint_gt(verified().differences, 0);
}
END_TEST

START_TEST(a_forged_record_breaks_the_chain)
{
    change_journal(position() - 5, 1, true);
    struct verify_result result = verified();
    ck_assert_uint_gt(result.differences, 0);
    ck_assert_str_ne(result.first, "");
}
END_TEST

START_TEST(a_changed_table_is_found)
{
    static const enum table tables[] = {
        TABLE_FUNDS, TABLE_DAYS, TABLE_MONTHS, TABLE_FUND_SOURCES, TABLE_SOURCE_NAMES,
        TABLE_HEADS, TABLE_RULES, TABLE_ALERTS, TABLE_POLICIES, TABLE_NAMES,
        TABLE_CLOSES, TABLE_RESTATED, TABLE_STATEMENTS, TABLE_COLLECTED, TABLE_REPORTED,
        TABLE_NAMED, TABLE_GAPS,
    };
    change_table(tables[_i]);
    struct verify_result result = verified();
    ck_assert_uint_gt(result.differences, 0);
    ck_assert_ptr_nonnull(strstr(result.first, table_name(tables[_i])));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("verify");
    TCase *t = tcase_create("copies");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, untouched_books_agree);
    tcase_add_test(t, a_flipped_byte_of_the_journal_is_found);
    tcase_add_test(t, a_forged_record_breaks_the_chain);
    tcase_add_loop_test(t, a_changed_table_is_found, 0, 17);
    suite_add_tcase(s, t);
    return s;
}
