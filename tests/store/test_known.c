/* Books rebuilt up to a position are the store that was there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

#include "store/bytes.h"
#include "store/files.h"
#include "store/group.h"
#include "store/known.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static char copy[260], rebuilt[260], wrong[256];

static void setup(void)
{
    books_setup();
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    snprintf(rebuilt, sizeof rebuilt, "%s-rebuilt", books_path);
}

static void make_copy(void)
{
    uint64_t covered;
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
}

static int rebuild(uint64_t at, struct known *ret)
{
    return known_rebuild(copy, rebuilt, at, NULL, NULL, ret, wrong, sizeof wrong);
}

/* What was rebuilt agrees with its own journal, and has the head that was there: each byte of the
 * journal, and where groups begin, is in its chain. */
static void check_rebuilt(uint64_t at, const struct store_head *then)
{
    struct known known;
    struct verify_result result;
    int err = rebuild(at, &known);
    ck_assert_msg(err == 0, "%s %s", strerror(-err), wrong);
    ck_assert_uint_eq(known.position, then->position);
    ck_assert_int_eq(known.recorded_ms, then->recorded_ms);
    ck_assert_uint_le(known.first, at);
    ck_assert_int_eq(verify_store(rebuilt, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
    ck_assert_uint_eq(result.records, then->position);
    ck_assert_uint_eq(result.alerts, then->alerts);
    ck_assert_mem_eq(result.chain, then->chain, CHAIN_SIZE);
    files_remove_folder(rebuilt);
}

/* Days with alerts, a person, reversals before and after their originals, late money. */
static const struct store_head *some_groups(unsigned *ret_count)
{
    static struct store_head heads[8];
    struct event events[] = {
        an_opening("o", 20231231, 100000),      a_fee_of("f1", 20240105, 38000, 1),
        a_reversal("r2", 20240107, "f2"),       an_expenditure("x", 20240110, 90000, CATEGORY_INPATIENT),
        a_day("d1", 20240430),                  a_fee_of("f2", 20240106, 38000, 2),
        a_reversal("r1", 20240201, "f1"),       a_day("d2", 20241231),
    };
    for (unsigned i = 0; i < 8; i++) {
        apply(events[i]);
        store_head(books, &heads[i]);
    }
    *ret_count = 8;
    return heads;
}

START_TEST(each_commit_comes_out_as_it_was)
{
    unsigned count;
    const struct store_head *heads = some_groups(&count);
    ck_assert_uint_gt(heads[count - 1].alerts, 0);
    make_copy();
    for (unsigned i = 0; i < count; i++)
        check_rebuilt(heads[i].position, &heads[i]);
}
END_TEST

/* Whatever record of it is named, a group is there as a whole. */
START_TEST(a_group_of_many_segments_is_not_cut)
{
    struct store_head before, then;
    store_head(books, &before);
    begin();
    for (int i = 0; i < 3000; i++) {
        char id[16];
        snprintf(id, sizeof id, "f%d", i);
        add("tax", a_fee_of(id, 20240105, 38000, i));
    }
    commit();
    store_head(books, &then);
    apply(a_day("d", 20240131));
    make_copy();
    check_rebuilt(before.position + 1, &then);
    check_rebuilt(before.position + 2000, &then);
    check_rebuilt(before.position, &before);
}
END_TEST

/* Beside tables and journal it can be asked by ids, which verify needs no index for. */
START_TEST(what_is_rebuilt_can_be_asked_as_any_store)
{
    struct known known;
    struct view *view;
    struct record_view found;
    struct store_options options = store_options_default();
    struct store *past;
    apply(a_fee_of("f1", 20240105, 38000, 1));
    uint64_t at = position();
    apply(a_fee_of("f2", 20240105, 38000, 2));
    make_copy();
    ck_assert_int_eq(rebuild(at, &known), 0);
    options.read_only = true;
    ck_assert_int_eq(store_open(rebuilt, &options, &past), 0);
    ck_assert_int_eq(view_open(past, &view), 0);
    ck_assert_int_eq(view_event_find(view, "tax", "f1", &found), 0);
    ck_assert_uint_eq(found.position, at);
    ck_assert_int_eq(view_event_find(view, "tax", "f2", &found), -ENOENT);
    view_close(&view);
    store_close(&past);
}
END_TEST

START_TEST(a_position_that_is_not_there_is_said)
{
    struct known known;
    make_copy();
    ck_assert_int_eq(rebuild(0, &known), -EINVAL);
    ck_assert_int_eq(rebuild(position() + 2, &known), -EINVAL);     /* + 1: the backup's own record */
    ck_assert_str_eq(wrong, "");
    ck_assert(!files_exists(rebuilt, "data.mdb"));
}
END_TEST

/* Adds a byte to the journal's last record, under a checksum that is right. */
static void lengthen_last_record(void)
{
    struct env env;
    struct txn txn;
    struct range at;
    uint8_t key[8], tree_key[9] = {0xff}, segment[4096] = {0};      /* docs/STORE.md 4 */
    ck_assert_int_eq(env_open(copy, ENV_OPEN, UINT64_C(1) << 30, &env), 0);
    ck_assert_int_eq(txn_begin(&env, false, &txn), 0);
    key_u64(key, UINT64_MAX);
    ck_assert(txn_at_or_below(&txn, TABLE_JOURNAL, key, sizeof key, 0, &at));
    size_t size = at.size + 1, count = get_u16(at.value + 4);
    ck_assert_uint_le(size, sizeof segment);
    memcpy(segment, at.value, at.size);
    memcpy(tree_key + 1, at.key, 8);
    range_end(&at);
    uint8_t *last = segment + SEGMENT_HEAD + 2 * count + get_u16(segment + SEGMENT_HEAD + 2 * (count - 1));
    ck_assert_uint_eq(last[4], RECORD_ALERT);
    put_u32(last, (uint32_t)XXH3_64bits_withSeed(last + 4, (size_t)(segment + size - last) - 4,
                                                 get_u64(segment + 8) + count - 1));
    MDB_val k = {sizeof tree_key, tree_key}, data = {size, segment};
    ck_assert_int_eq(mdb_put(txn.mdb, env.tree, &k, &data, 0), 0);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

START_TEST(a_record_that_goes_on_behind_the_rebuilt_one_is_another_one)
{
    struct known known;
    unsigned count;
    uint64_t last = some_groups(&count)[count - 1].position;
    make_copy();
    lengthen_last_record();
    ck_assert_int_eq(rebuild(last, &known), -EILSEQ);
    ck_assert_ptr_nonnull(strstr(wrong, "the rebuilt record is another one"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("known");
    TCase *t = tcase_create("known");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, each_commit_comes_out_as_it_was);
    tcase_add_test(t, a_group_of_many_segments_is_not_cut);
    tcase_add_test(t, what_is_rebuilt_can_be_asked_as_any_store);
    tcase_add_test(t, a_position_that_is_not_there_is_said);
    tcase_add_test(t, a_record_that_goes_on_behind_the_rebuilt_one_is_another_one);
    suite_add_tcase(s, t);
    return s;
}
