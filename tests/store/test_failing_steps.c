/* Every call to LMDB fails in turn: after each failure the books are as before,
 * nothing is half there, and the same group applies wholly afterwards.
 *
 * The linker puts the functions below in front of LMDB's for this program alone
 * (Makefile: WRAP_test_failing_steps). */
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>

#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static int fail_at = -1;                /* the call that fails; -1: none */
static int calls;
static int failure = EIO;
static bool only_commits;               /* nothing else counts as a step */

static bool fails(bool commit)
{
    return (commit || !only_commits) && fail_at >= 0 && calls++ == fail_at;
}

#define WRAP(name, parameters, arguments)               \
    int __real_##name parameters;                       \
    int __wrap_##name parameters;                       \
    int __wrap_##name parameters                        \
    {                                                   \
        return fails(false) ? failure : __real_##name arguments; \
    }

WRAP(mdb_txn_begin, (MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
     (env, parent, flags, txn))
WRAP(mdb_get, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))
WRAP(mdb_put, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags),
     (txn, dbi, key, data, flags))
WRAP(mdb_del, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))
WRAP(mdb_cursor_open, (MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor), (txn, dbi, cursor))
WRAP(mdb_cursor_put, (MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags),
     (cursor, key, data, flags))
WRAP(mdb_cursor_get, (MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op),
     (cursor, key, data, op))
WRAP(mdb_env_open, (MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode),
     (env, path, flags, mode))
WRAP(mdb_dbi_open, (MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi),
     (txn, name, flags, dbi))

/* A commit that fails still frees its handle, like LMDB's own. */
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (!fails(true))
        return __real_mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return failure;
}

struct figures {
    int64_t balance, fees, inpatient;
    uint64_t events, alerts, position;
};

static struct figures figures(void)
{
    return (struct figures){
        .balance = balance(),
        .fees = line(ACCOUNT_I11, 20240101, 20251231),
        .inpatient = line(ACCOUNT_E11, 20240101, 20251231),
        .events = events(),
        .alerts = alert_count(),
        .position = position(),
    };
}

/* One group that touches every table: a new source, money, a person, a count, a
 * reversal and one without original, a day that makes rules change, a rejected event. */
static int apply_group(void)
{
    struct event group[] = {
        a_fee_of("f1", 20240105, 38000, 1),
        an_enrollment("e1", 20240105, 1, STATUS_NORMAL),
        a_headcount("h1", 20240105, 100),
        a_settlement("s1", 20240106, 500),
        a_reversal("r1", 20240107, "s1"),
        a_reversal("r2", 20240107, "later"),
        an_expenditure("x1", 20240108, 1000, CATEGORY_CATASTROPHIC),
        a_day("d1", 20241231),
        a_month_close("c1", 20240131),
        a_fee("f2", 20240131, 7),
        a_statement("b1", 20240131, 1),
        an_import("i1", 20240101),
        an_import_done("i2", 20240101),
        a_settlement("too-early", 20230101, 1),
    };
    uint32_t source;
    struct applied applied;
    int err = store_begin(books, 0);
    if (err != 0)
        return err;
    err = store_source(books, "a-new-source", &source);
    for (size_t i = 0; err == 0 && i < sizeof group / sizeof group[0]; i++) {
        err = store_apply(books, source, source, &group[i], &applied);
        if (err == 0 && applied.outcome == OUTCOME_REJECTED)
            err = store_quarantine(books, source, source, &applied,
                                   (struct span){"\x80", 1}, group[i].id);
    }
    if (err == 0)
        err = store_sequence(books, source, 3, (struct batch_numbers){0});
    if (err != 0) {
        store_abort(books);
        return err;
    }
    return store_commit(books);
}

static void prepare(void)
{
    apply(an_opening("o", 20231231, 100000));
    apply(an_expenditure("x0", 20240110, 100, CATEGORY_INPATIENT));
}

static void check_unchanged(const struct figures *before)
{
    struct figures after = figures();
    ck_assert_mem_eq(&after, before, sizeof after);
}

START_TEST(after_any_failing_step_the_books_are_as_before)
{
    static const int failures[] = {EIO, ENOMEM, MDB_MAP_FULL};
    failure = failures[_i];
    prepare();
    struct figures before = figures();
    int step;
    for (step = 0; step < 20000; step++) {
        calls = 0;
        fail_at = step;
        int err = apply_group();
        fail_at = -1;
        if (err == 0)
            break;
        ck_assert_int_eq(err, failure == MDB_MAP_FULL ? -ENOSPC : -failure);
        if (store_begin(books, 0) != 0)
            books_reopen();             /* the outcome was unknown: start again and read */
        else
            store_abort(books);
        check_unchanged(&before);
    }
    ck_assert_int_gt(step, 60);
    ck_assert_int_lt(step, 2000);
    ck_assert_int_eq(balance(), 100000 - 100 - 1000 + 38000 + 7);
    ck_assert_uint_eq(events(), before.events + 13);
    ck_assert_uint_gt(alert_count(), before.alerts);
}
END_TEST

/* More than one segment holds, so that one is written while the group goes on. */
static int apply_large_group(void)
{
    uint32_t source;
    struct applied applied;
    char id[EVENT_ID_MAX + 1];
    int err = store_begin(books, 0);
    if (err != 0)
        return err;
    err = store_source(books, "tax", &source);
    for (int i = 0; err == 0 && i < 1000; i++) {
        snprintf(id, sizeof id, "%064d", i);
        struct event event = a_settlement(id, 20240106, 1);
        err = store_apply(books, source, source, &event, &applied);
    }
    if (err != 0)
        store_abort(books);
    return err;
}

START_TEST(a_full_segment_that_cannot_be_written_drops_the_group)
{
    failure = MDB_MAP_FULL;
    prepare();
    struct figures before = figures();
    int step;
    for (step = 0; step < 2000; step++) {
        calls = 0;
        fail_at = step;
        int err = apply_large_group();
        fail_at = -1;
        if (err == 0)
            break;
        ck_assert_int_eq(err, -ENOSPC);
        check_unchanged(&before);
    }
    ck_assert_int_gt(step, 5);
    ck_assert_int_eq(store_commit(books), 0);
    ck_assert_uint_eq(events(), before.events + 1000);
}
END_TEST

START_TEST(after_a_failed_commit_nothing_more_is_written)
{
    prepare();
    begin();
    add("tax", a_fee("f9", 20240105, 1));
    failure = EIO;
    only_commits = true;
    calls = 0;
    fail_at = 0;
    ck_assert_int_eq(store_commit(books), -EIO);
    only_commits = false;
    fail_at = -1;
    ck_assert_int_eq(store_begin(books, 0), -EIO);
    books_reopen();
    ck_assert_int_eq(outcome_of(a_fee("f9", 20240105, 1)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(opening_fails_cleanly_at_every_step)
{
    struct store_options options = store_options_default();
    options.map_max = UINT64_C(1) << 30;
    prepare();
    store_close(&books);
    failure = EIO;
    int step;
    for (step = 0; step < 1000; step++) {
        calls = 0;
        fail_at = step;
        int err = store_open(books_path, &options, &books);
        fail_at = -1;
        if (err == 0)
            break;
        ck_assert_ptr_null(books);
        ck_assert_str_ne(store_open_error(), "");
    }
    ck_assert_int_gt(step, 20);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 100);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("failing steps");
    TCase *t = tcase_create("store");
    tcase_add_checked_fixture(t, books_setup, books_teardown);
    tcase_add_loop_test(t, after_any_failing_step_the_books_are_as_before, 0, 3);
    tcase_add_test(t, a_full_segment_that_cannot_be_written_drops_the_group);
    tcase_add_test(t, after_a_failed_commit_nothing_more_is_written);
    tcase_add_test(t, opening_fails_cleanly_at_every_step);
    suite_add_tcase(s, t);
    return s;
}
