/* Every call to LMDB fails in turn, and every allocation: after each failure the books are as before,
 * nothing is half there, and the same group applies wholly afterwards.
 *
 * The linker puts the functions below in front of LMDB's and of malloc() for this program alone
 * (Makefile: WRAP_test_failing_steps). */
#include <dirent.h>
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/files.h"
#include "store/group.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"
#include "wire/event_codec.h"
#include "wire/hash.h"

static int fail_at = -1;                /* the call that fails; -1: none */
static int calls;
static int failure = EIO;
static enum { CALLS, COMMITS, MEMORY, VALUES } steps;   /* what counts as one */

/* Check allocates, too, and cannot do without: only what the store asks for is refused. */
static _Thread_local bool in_store;     /* not the threads of indexes */
static bool for_good;                   /* memory does not come back */

static bool fails(bool commit)
{
    bool counts = steps == CALLS || (steps == COMMITS && commit);
    return counts && fail_at >= 0 && calls++ == fail_at;
}

static bool memory_is_out(void)
{
    if (steps != MEMORY || !in_store || fail_at < 0)
        return false;
    int call = calls++;
    return call == fail_at || (for_good && call > fail_at);
}

#define MEMORY_IS_OUT() memory_is_out()
#include "tests/store/short_memory.h"

/* Nothing here has to outlive a power loss. */
int __wrap_fsync(int fd);
int __wrap_fsync([[maybe_unused]] int fd)
{
    return 0;
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
/* What is read, in a place of its own if it is to lack its last byte. */
static int read_value(int err, MDB_val *data)
{
    static uint8_t cut[1 << 17];
    if (err == 0 && steps == VALUES && in_store && data->mv_size > 0 && data->mv_size <= sizeof cut
        && fail_at >= 0 && calls++ == fail_at) {
        memcpy(cut, data->mv_data, --data->mv_size);
        data->mv_data = cut;
    }
    return err;
}

int __real_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
    return fails(false) ? failure : read_value(__real_mdb_get(txn, dbi, key, data), data);
}
WRAP(mdb_put, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags),
     (txn, dbi, key, data, flags))
WRAP(mdb_del, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))
WRAP(mdb_cursor_open, (MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor), (txn, dbi, cursor))
WRAP(mdb_cursor_put, (MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags),
     (cursor, key, data, flags))
int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    return fails(false) ? failure : read_value(__real_mdb_cursor_get(cursor, key, data, op), data);
}
int __real_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
    return fails(false) ? failure : __real_mdb_env_open(env, path, flags | MDB_NOSYNC, mode);
}

int __real_mdb_env_get_flags(MDB_env *env, unsigned *flags);
int __wrap_mdb_env_get_flags(MDB_env *env, unsigned *flags);
int __wrap_mdb_env_get_flags(MDB_env *env, unsigned *flags)
{
    int code = __real_mdb_env_get_flags(env, flags);
    *flags &= ~(unsigned)MDB_NOSYNC;
    return code;
}
WRAP(mdb_env_create, (MDB_env **env), (env))
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

static int apply_all(const struct event *group, size_t count)
{
    uint32_t source;
    struct applied applied;
    int err = store_begin(books, 0);
    if (err != 0)
        return err;
    err = store_source(books, "a-new-source", &source);
    for (size_t i = 0; err == 0 && i < count; i++) {
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

static struct event a_payment(const char *id, enum event_stage stage, int64_t fen)
{
    struct event event = an_expenditure(id, 20240110, fen, CATEGORY_INPATIENT);
    event.kind = KIND_DISBURSEMENT;
    event.stage = (uint8_t)stage;
    event.present |= UINT32_C(1) << FIELD_STAGE;
    if (stage == STAGE_ADVANCE)
        event.present &= ~(UINT32_C(1) << FIELD_CATEGORY);
    return event;
}

static struct event derived(struct event event)
{
    event.derived = true;
    event.present |= UINT32_C(1) << FIELD_DERIVED;
    return event;
}

#define MERGED 130208                   /* a place that becomes a part of the others' */

static struct event a_merger(void)
{
    struct policy policy = policy_default();
    policy.ahead_days = 366;
    policy.merged_into = 130207;
    return of_fund(a_policy("m", 20240102, &policy), MERGED);
}

/* One group that touches every table: a place that is merged, an id that comes twice, a new source, money,
 * payments to hospitals, persons, a count, a reversal and one without original, a day that makes rules
 * change, a rejected event. */
static int apply_group(void)
{
    struct event group[] = {
        a_merger(),
        a_settlement("s1", 20240106, 500),
        a_settlement("s1", 20240106, 500),
        a_payment("y1", STAGE_PROVISIONAL, 300),
        a_payment("y2", STAGE_ADVANCE, 50),
        a_reversal("r3", 20240111, "y1"),
        derived(an_enrollment("e2", 20240105, 2, STATUS_NORMAL)),
        a_fee_of("f1", 20240105, 38000, 1),
        an_enrollment("e1", 20240105, 1, STATUS_NORMAL),
        a_headcount("h1", 20240105, 100),
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
    in_store = true;
    int err = apply_all(group, sizeof group / sizeof group[0]);
    in_store = false;
    return err;
}

static void prepare(void)
{
    apply(an_opening("o", 20231231, 100000));
    apply(an_expenditure("x0", 20240110, 100, CATEGORY_INPATIENT));
    apply(a_payment("y0", STAGE_PROVISIONAL, 200));
}

/* If the outcome of the commit is unknown: open the store and read. */
static void start_again(void)
{
    if (store_begin(books, 0) != 0)
        books_reopen();
    else
        store_abort(books);
}

static void check_unchanged(const struct figures *before)
{
    struct figures after = figures();
    ck_assert_mem_eq(&after, before, sizeof after);
}

static void check_applied(const struct figures *before)
{
    ck_assert_int_eq(balance(), 100000 - 100 - 1000 + 38000 + 7);
    ck_assert_uint_eq(events(), before->events + 18);
    ck_assert_uint_gt(alert_count(), before->alerts);
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
        start_again();
        check_unchanged(&before);
    }
    ck_assert_int_gt(step, 60);
    ck_assert_int_lt(step, 2000);
    check_applied(&before);
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

/* Applies the group with the step failing, and returns what came of it: the books are as before, or have all
 * of it.  *before is what they said; a store that has the group makes room for a new one. */
static int apply_failing(int step, struct figures *before)
{
    if (step == 0 || position() != before->position) {
        books_teardown();
        books_setup();
        prepare();
    }
    books_reopen();                     /* what an open store keeps is asked for again */
    *before = figures();
    calls = 0;
    fail_at = step;
    int err = apply_group();
    fail_at = -1;
    steps = CALLS;
    start_again();
    if (err != 0 && position() == before->position)
        check_unchanged(before);
    else
        check_applied(before);
    return err;
}

/* What fails behind the commit leaves the group whole. */
START_TEST(without_memory_a_group_counts_wholly_or_not_at_all)
{
    struct figures before;
    int step, told = 0;
    for (step = 0; step == 0 || calls >= step; step++) {
        steps = MEMORY;
        int err = apply_failing(step, &before);
        ck_assert(err == 0 || err == -ENOMEM);
        told += err != 0;
    }
    ck_assert_int_gt(told, 10);
}
END_TEST

/* Places that would be merged into others: so many that there is no memory for one that is named, once or for
 * good. */
START_TEST(without_memory_for_the_whole_a_merger_is_an_error)
{
    enum { MERGERS = 40 };
    struct applied applied;
    uint32_t source;
    prepare();
    for (int step = 0; step == 0 || calls >= step; step++) {
        books_reopen();                 /* without the memory that it had */
        begin();
        ck_assert_int_eq(store_source(books, "bureau", &source), 0);
        calls = 0;
        fail_at = step;
        steps = MEMORY;
        for_good = _i == 1;
        int err = 0;
        for (unsigned i = 0; i < MERGERS && err == 0; i++) {
            struct policy policy = policy_default();
            policy.ahead_days = 366;
            policy.merged_into = 140300 + i;
            struct event event = of_fund(a_policy("m", 20240102, &policy), 140200 + i);
            in_store = true;
            err = store_apply(books, source, source, &event, &applied);
            in_store = false;
            ck_assert(err == 0 || err == -ENOMEM);
            if (err == 0)
                ck_assert_int_eq(applied.reject, REJECT_MERGED);        /* there is no such whole */
        }
        fail_at = -1;
        steps = CALLS;
        ck_assert_int_eq(err != 0, calls > step);
        store_abort(books);
    }
    for_good = false;
    ck_assert_int_gt(calls, 4);
}
END_TEST

/* Whatever is read; where the row is only the next one of another table nobody minds. */
START_TEST(a_row_that_lacks_a_byte_is_told_or_not_looked_at)
{
    struct figures before;
    int step, told = 0;
    for (step = 0; step == 0 || calls >= step; step++) {
        steps = VALUES;
        int err = apply_failing(step, &before);
        ck_assert(err == 0 || err == -EILSEQ);
        told += err != 0;
    }
    ck_assert_int_gt(told, 40);
}
END_TEST

START_TEST(without_memory_a_store_is_not_opened)
{
    struct store_options options = store_options_default();
    options.map_max = UINT64_C(1) << 30;
    prepare();
    store_close(&books);
    int step;
    for (step = 0; step < 2000; step++) {
        calls = 0;
        steps = MEMORY;
        fail_at = step;
        in_store = true;
        int err = store_open(books_path, &options, &books);
        in_store = false;
        fail_at = -1;
        steps = CALLS;
        if (err == 0)
            break;
        ck_assert_int_eq(err, -ENOMEM);
        ck_assert_ptr_null(books);
        ck_assert_str_ne(store_open_error(), "");
    }
    ck_assert_int_gt(step, 3);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 100);
}
END_TEST

START_TEST(after_a_failed_commit_nothing_more_is_written)
{
    prepare();
    begin();
    add("tax", a_fee("f9", 20240105, 1));
    failure = EIO;
    steps = COMMITS;
    calls = 0;
    fail_at = 0;
    ck_assert_int_eq(store_commit(books), -EIO);
    steps = CALLS;
    fail_at = -1;
    ck_assert_int_eq(store_begin(books, 0), -EIO);
    ck_assert(!store_has_room(books));
    books_reopen();
    ck_assert_int_eq(outcome_of(a_fee("f9", 20240105, 1)), OUTCOME_APPLIED);
}
END_TEST

/* What is half made must not pass for a store. */
START_TEST(making_a_store_leaves_all_of_it_or_nothing)
{
    static const int errors[] = {-EIO, -ENOMEM};
    char path[sizeof books_path + 8];
    snprintf(path, sizeof path, "%s-2", books_path);
    failure = EIO;
    int step, err = errors[_i];
    for (step = 0; err != 0; step++) {
        calls = 0;
        steps = _i == 0 ? CALLS : MEMORY;
        fail_at = step;
        in_store = true;
        err = store_create(path);
        in_store = false;
        fail_at = -1;
        steps = CALLS;
        ck_assert(err == 0 || err == errors[_i]);
        ck_assert_int_eq(files_exists(path, "data.mdb"), err == 0);
    }
    ck_assert_int_gt(step, _i == 0 ? 5 : 1);
    ck_assert_int_eq(store_create(path), -EEXIST);
    ck_assert_str_ne(store_open_error(), "");
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

START_TEST(without_memory_a_fund_of_another_number_is_not_found)
{
    prepare();
    begin();
    add("tax", a_fee("f1", 20240105, 1));
    steps = MEMORY;
    calls = fail_at = 0;
    in_store = true;
    const struct group_fund *found = group_fund_by_number(books, 99);
    in_store = false;
    fail_at = -1;
    steps = CALLS;
    ck_assert_ptr_null(found);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(books->txn.err, -ENOMEM);      /* not that there is none */
    store_abort(books);
}
END_TEST

/* --- What people do ---------------------------------------------------------------------- */

static struct event of_version(const char *id, int version)
{
    struct policy policy = policy_default();
    policy.version = version;
    policy.ahead_days = 366;
    return a_policy(id, 20240101, &policy);
}

/* A proposal waits in the journal; its position. */
static uint64_t propose(void)
{
    struct applied applied;
    uint32_t source;
    struct event event = of_version("p", 7);
    books->options.four_eyes.kinds = UINT32_C(1) << KIND_POLICY;
    books->options.quarantine_max = 1;
    begin();
    store_actor(books, "a", "a");
    ck_assert_int_eq(store_source(books, "bureau", &source), 0);
    ck_assert_int_eq(store_apply(books, source, source, &event, &applied), 0);
    ck_assert_int_eq(store_quarantine(books, source, source, &(struct applied){.outcome = OUTCOME_REJECTED},
                                      (struct span){"\x80", 1}, "q1"), 0);
    commit();
    uint64_t number = position();
    apply(a_day("d0", 20241231));       /* the first incident */
    return number;
}

/* As it was sent, and can be tried again. */
static struct span a_good_event(void)
{
    static uint8_t bytes[EVENT_SIZE_MAX];
    struct event event = a_fee("q3", 20240105, 9);
    struct writer w;
    writer_init(&w);
    event_encode(&w, &event);
    size_t size = w.size;
    memcpy(bytes, w.bytes, size);
    writer_free(&w);
    return (struct span){(const char *)bytes, (uint32_t)size};
}

/* Everything that a person or the daemon does beside events, in one group. */
static int do_all(uint64_t number)
{
    struct applied applied;
    struct decision decision;
    uint32_t source = 0;
    uint64_t alert;
    unsigned changed;
    static uint8_t first[POLICY_SIZE_MAX];
    struct event again = of_version("p", 7), reversal = a_reversal("r", 20240106, "x0");
    memcpy(first, again.policy.bytes, again.policy.size);
    again.policy.bytes = first;
    struct event next = of_version("p2", 8);
    struct in_force told[] = {
        {.subject = "four_eyes", .name = "four_eyes"}, {.subject = "other", .name = "other"},
    };
    struct action_told backup = {.action = ACTION_BACKUP, .text = "copy"};
    struct applied why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_BAD_FIELD};
    struct span good = a_good_event();
    in_store = true;
    int err = store_begin(books, 0);
    if (err != 0)
        return err;
    store_actor(books, "a", "a");
    err = store_source(books, "bureau", &source);
    if (err == 0)
        err = store_apply(books, source, source, &again, &applied);
    if (err == 0)
        err = store_apply(books, source, source, &next, &applied);
    if (err == 0)
        err = store_apply(books, source, source, &reversal, &applied);
    if (err == 0)
        err = store_action(books, &backup);
    if (err == 0)
        err = store_end_batch(books);
    store_actor(books, "b", "b");
    if (err == 0)
        err = store_decide(books, number, true, "", &decision);
    if (err == 0)
        err = store_tell(books, told, 2, &changed);
    if (err == 0)
        err = store_quarantine(books, source, source, &why, (struct span){"\x80", 1}, "q1");
    if (err == 0)
        err = store_quarantine(books, source, source, &why, (struct span){"\x80", 1}, "q2");
    if (err == 0)
        err = store_requeue(books, books->head.quarantine, &applied);
    if (err == 0)
        err = store_quarantine(books, source, source, &why, good, "");
    if (err == 0)
        err = store_requeue(books, books->head.quarantine, &applied);
    if (err == 0)
        err = store_acknowledge(books, 1, "Li", "asked the city", &alert);
    if (err == 0)
        err = store_sequence(books, source, 3, (struct batch_numbers){0});
    if (err == 0)
        err = store_count_rejected(books, source);
    if (err == 0)
        err = store_covered(books, 1);
    if (err != 0) {
        store_abort(books);
        return err;
    }
    return store_commit(books);
}

static uint64_t waiting(void)
{
    struct view *view;
    uint64_t count;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_waiting(view, &count), 0);
    view_close(&view);
    return count;
}

/* The first proposal has counted and the second one waits, or it is all as before. */
START_TEST(what_people_do_is_done_wholly_or_not_at_all)
{
    static const int errors[] = {-EIO, -ENOMEM, -EILSEQ};
    uint64_t number = 0, before = 0, counted = 0;
    bool fresh = true;
    int step = 0, told = 0;
    failure = EIO;
    do {
        if (fresh) {
            books_teardown();
            books_setup();
            prepare();
            number = propose();
        }
        books_reopen();
        books->options.four_eyes.kinds = UINT32_C(1) << KIND_POLICY | UINT32_C(1) << KIND_REVERSAL;
        books->options.four_eyes.issuer_count = 1;
        strcpy(books->options.four_eyes.issuers[0], "tax");
        books->options.quarantine_max = 1;
        before = position();
        counted = events();
        calls = 0;
        steps = _i == 0 ? CALLS : _i == 1 ? MEMORY : VALUES;
        fail_at = step;
        int err = do_all(number);
        in_store = false;
        fail_at = -1;
        steps = CALLS;
        start_again();
        ck_assert(err == 0 || err == errors[_i]);
        told += err != 0;
        fresh = position() != before;
        ck_assert(fresh || err != 0);
        ck_assert_uint_eq(events(), fresh ? counted + 3 : counted);
        ck_assert_uint_eq(waiting(), 1);
        step++;
    } while (calls >= step);
    ck_assert_int_gt(told, 2);
}
END_TEST

/* A store that has counted nothing has no memory for what it counts. */
START_TEST(without_memory_the_first_event_does_not_count)
{
    struct policy policy = policy_default();
    struct applied applied;
    uint32_t source;
    books_teardown();
    books_setup_empty();
    struct event event = a_policy("p", 20240101, &policy);
    int err = -ENOMEM, step;
    for (step = 0; err != 0; step++) {
        books_reopen();
        begin();
        ck_assert_int_eq(store_source(books, "bureau", &source), 0);
        calls = 0;
        fail_at = step;
        steps = MEMORY;
        in_store = true;
        err = store_apply(books, source, source, &event, &applied);
        in_store = false;
        fail_at = -1;
        steps = CALLS;
        ck_assert(err == 0 || err == -ENOMEM);
        if (err != 0)
            store_abort(books);
    }
    ck_assert_int_gt(step, 5);
    commit();
    ck_assert_uint_eq(events(), 1);
}
END_TEST

/* Who goes on is told of the error, and changes nothing. */
START_TEST(behind_an_error_of_its_group_no_event_counts)
{
    struct event first = a_fee("f1", 20240105, 1), second = a_fee("f2", 20240105, 1);
    struct applied applied;
    uint32_t source;
    prepare();
    struct figures before = figures();
    begin();
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    failure = EIO;
    calls = fail_at = 0;
    int err = store_apply(books, source, source, &first, &applied);
    fail_at = -1;
    ck_assert_int_eq(err, -EIO);
    ck_assert_int_eq(store_apply(books, source, source, &second, &applied), -EIO);
    ck_assert_int_eq(store_end_batch(books), -EIO);
    store_abort(books);
    check_unchanged(&before);
    ck_assert_int_eq(outcome_of(second), OUTCOME_APPLIED);
}
END_TEST

/* Days of a backtest that wait for the end of an import. */
START_TEST(without_memory_a_day_that_waits_is_an_error)
{
    struct otherwise otherwise = {
        .fund = {130207, SCHEME_RESIDENT}, .judges_imports = true, .imported_from = DATE_NONE,
    };
    prepare();
    begin();
    struct evaluation evaluation = {.fund = group_fund(books, otherwise.fund), .date = day(20240131)};
    books->otherwise = &otherwise;
    for (int step = 0; step < 2; step++) {
        steps = MEMORY;
        calls = 0;
        fail_at = step == 0 ? 0 : -1;
        in_store = true;
        group_hold(books, &evaluation);
        in_store = false;
        steps = CALLS;
        fail_at = -1;
        ck_assert_int_eq(books->txn.err, step == 0 ? -ENOMEM : 0);
        ck_assert_uint_eq(otherwise.held_count, (unsigned)step);
        books->txn.err = 0;
    }
    ck_assert_int_eq(otherwise.imported_from, day(20240131));
    free(otherwise.held);
    books->otherwise = NULL;
    store_abort(books);
}
END_TEST

/* --- Indexes ------------------------------------------------------------------------------ */

static int open_with_runs_of(uint32_t records)
{
    struct store_options options = store_options_default();
    options.map_max = UINT64_C(1) << 30;
    options.run_records = records;
    store_close(&books);
    return store_open(books_path, &options, &books);
}

static struct event fee_number(unsigned number)
{
    char id[16];
    snprintf(id, sizeof id, "f%u", number);
    return a_fee_of(id, 20240105, 1, (int)number % 20);
}

static void count_fees(unsigned from, unsigned to)
{
    begin();
    for (unsigned i = from; i < to; i++)
        ck_assert_int_eq(add("tax", fee_number(i)).outcome, OUTCOME_APPLIED);
    commit();
}

/* The group that is to put a finished run into the books' lists: whatever fails, the next start knows what
 * has counted, and nothing counts twice. */
START_TEST(a_run_that_is_listed_in_a_commit_that_fails_is_made_again)
{
    int told = 0;
    unsigned next = 0;
    prepare();
    failure = EIO;
    for (int step = 0; step == 0 || calls >= step; step++) {
        ck_assert_int_eq(open_with_runs_of(16), 0);
        count_fees(next, next + 20);
        next += 20;
        derived_settle(&books->derived);
        uint64_t before = position();
        begin();
        add("tax", fee_number(next));
        calls = 0;
        steps = _i == 0 ? CALLS : MEMORY;
        fail_at = step;
        in_store = true;
        int err = store_commit(books);
        in_store = false;
        fail_at = -1;
        steps = CALLS;
        ck_assert(err == 0 || err == (_i == 0 ? -EIO : -ENOMEM));
        told += err != 0;
        ck_assert_int_eq(open_with_runs_of(16), 0);
        bool counted = position() != before;
        ck_assert(counted || err != 0);
        ck_assert_int_eq(outcome_of(fee_number(next)), counted ? OUTCOME_DUPLICATE : OUTCOME_APPLIED);
        ck_assert_int_eq(outcome_of(fee_number(next - 20)), OUTCOME_DUPLICATE);
        next++;
    }
    ck_assert_int_gt(told, 4);
}
END_TEST

/* Persons whose fees were given back, before and after they were paid, and what is of no person. */
static void count_persons(void)
{
    apply(a_settlement("s1", 20240106, 5));
    apply(a_reversal("r0", 20240107, "s1"));
    apply(a_reversal("r1", 20240107, "f1"));
    count_fees(0, 40);
    apply(a_reversal("r2", 20240107, "f2"));
    apply(an_enrollment("e1", 20240108, 3, STATUS_NORMAL));
}

/* What the index of persons says goes into what is counted next, so a rebuild without it says the same. */
static void check_persons(void)
{
    char copy[260];
    uint64_t covered;
    struct verify_result result;
    ck_assert_int_eq(outcome_of(fee_number(7)), OUTCOME_DUPLICATE);
    count_fees(40, 60);
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
}

/* A row that the rebuilt books need lacks a byte. */
START_TEST(what_a_verification_needs_and_cannot_read_is_a_difference)
{
    char copy[260];
    uint64_t covered;
    struct verify_result result = {0};
    prepare();
    count_fees(0, 3);
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    for (int step = 0; strstr(result.first, "what it needs is damaged") == NULL; step++) {
        ck_assert(step == 0 || calls >= step);
        calls = 0;
        steps = VALUES;
        fail_at = step;
        in_store = true;
        int err = verify_store(copy, NULL, NULL, &result);
        in_store = false;
        fail_at = -1;
        steps = CALLS;
        ck_assert(err == 0 || err == -EILSEQ);
    }
}
END_TEST

/* Steps of reading the journal into indexes that are gone: calls, memory, and rows that lack a byte. */
START_TEST(indexes_are_made_anew_wholly_or_the_store_stays_closed)
{
    static const int errors[] = {-EIO, -ENOMEM, -EILSEQ};
    char index[260];
    int told = 0;
    prepare();
    count_persons();
    failure = EIO;
    snprintf(index, sizeof index, "%s/index", books_path);
    for (int step = 0; step == 0 || calls >= step; step++) {
        store_close(&books);
        files_remove_folder(index);
        calls = 0;
        steps = _i == 0 ? CALLS : _i == 1 ? MEMORY : VALUES;
        fail_at = step;
        in_store = true;
        int err = open_with_runs_of(30);
        in_store = false;
        fail_at = -1;
        steps = CALLS;
        ck_assert(err == 0 || err == errors[_i]);
        ck_assert_int_eq(books != NULL, err == 0);
        told += err != 0;
    }
    ck_assert_int_gt(told, 10);
    check_persons();
}
END_TEST

/* Before there is room to write the indexes are made in memory, and nothing of the store changes. */
START_TEST(indexes_of_a_store_that_is_only_read_are_made_in_memory)
{
    char index[260];
    struct store_options options = store_options_default();
    options.map_max = UINT64_C(1) << 30;
    options.run_records = 16;
    options.read_only = true;
    prepare();
    count_persons();
    snprintf(index, sizeof index, "%s/index", books_path);
    store_close(&books);
    files_remove_folder(index);
    ck_assert_int_eq(store_open(books_path, &options, &books), 0);
    uint8_t entry[SEEN_ENTRY] = {0};
    struct entry_list found = {0};
    struct event fee = fee_number(7);
    key_u64(entry, hash_seen(books->seen_key, 1, fee.id, fee.id_size));
    ck_assert_int_eq(index_find(books->derived.index[DERIVED_SEEN], entry, &found), 0);
    ck_assert_uint_eq(found.count, 1);
    entry_list_free(&found);
    books_reopen();
    check_persons();
}
END_TEST

/* While ids are found in their runs, a reversal that came first finds the fee that follows it. */
START_TEST(the_index_of_persons_alone_is_made_anew)
{
    char index[260], path[600];
    prepare();
    ck_assert_int_eq(open_with_runs_of(10), 0);
    count_persons();
    derived_settle(&books->derived);
    apply(a_settlement("s2", 20240106, 5));     /* the commit that lists the runs */
    store_close(&books);
    snprintf(index, sizeof index, "%s/index", books_path);
    DIR *folder = opendir(index);
    ck_assert_ptr_nonnull(folder);
    unsigned deleted = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strncmp(entry->d_name, "people-", 7) == 0) {
            ck_assert_int_eq(files_join(path, sizeof path, index, entry->d_name), 0);
            ck_assert_int_eq(unlink(path), 0);
            deleted++;
        }
    closedir(folder);
    ck_assert_uint_gt(deleted, 0);
    ck_assert_int_eq(open_with_runs_of(10), 0);
    check_persons();
}
END_TEST

/* The books have no row of the fund, and say so by no error of reading. */
START_TEST(a_person_of_a_fund_that_the_books_have_not_is_damage)
{
    struct txn txn;
    struct range range;
    uint8_t key[6];
    char index[260];
    prepare();
    count_persons();
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    range_begin(&range, &txn, TABLE_FUNDS, "", 0, "", 0);
    ck_assert(range_next(&range));
    memcpy(key, range.key, sizeof key);
    range_end(&range);
    ck_assert(txn_delete(&txn, TABLE_FUNDS, key, sizeof key));
    ck_assert_int_eq(txn_commit(&txn), 0);
    snprintf(index, sizeof index, "%s/index", books_path);
    store_close(&books);
    files_remove_folder(index);
    ck_assert_int_eq(open_with_runs_of(1000), -EILSEQ);
    ck_assert_ptr_null(books);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("failing steps");
    TCase *t = tcase_create("store");
    tcase_add_checked_fixture(t, books_setup, books_teardown);
    tcase_add_loop_test(t, after_any_failing_step_the_books_are_as_before, 0, 3);
    tcase_add_test(t, a_full_segment_that_cannot_be_written_drops_the_group);
    tcase_add_test(t, without_memory_a_group_counts_wholly_or_not_at_all);
    tcase_add_loop_test(t, without_memory_for_the_whole_a_merger_is_an_error, 0, 2);
    tcase_add_test(t, a_row_that_lacks_a_byte_is_told_or_not_looked_at);
    tcase_add_test(t, without_memory_a_store_is_not_opened);
    tcase_add_test(t, after_a_failed_commit_nothing_more_is_written);
    tcase_add_loop_test(t, making_a_store_leaves_all_of_it_or_nothing, 0, 2);
    tcase_add_test(t, opening_fails_cleanly_at_every_step);
    tcase_add_test(t, without_memory_a_fund_of_another_number_is_not_found);
    tcase_add_test(t, without_memory_the_first_event_does_not_count);
    tcase_add_test(t, behind_an_error_of_its_group_no_event_counts);
    tcase_add_test(t, without_memory_a_day_that_waits_is_an_error);
    tcase_add_loop_test(t, a_run_that_is_listed_in_a_commit_that_fails_is_made_again, 0, 2);
    tcase_add_loop_test(t, indexes_are_made_anew_wholly_or_the_store_stays_closed, 0, 3);
    tcase_add_test(t, what_a_verification_needs_and_cannot_read_is_a_difference);
    tcase_add_test(t, indexes_of_a_store_that_is_only_read_are_made_in_memory);
    tcase_add_test(t, the_index_of_persons_alone_is_made_anew);
    tcase_add_test(t, a_person_of_a_fund_that_the_books_have_not_is_damage);
    tcase_add_loop_test(t, what_people_do_is_done_wholly_or_not_at_all, 0, 3);
    suite_add_tcase(s, t);
    return s;
}
