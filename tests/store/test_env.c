/* Rows of a table, one by one and in walks; what LMDB says in our words. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
        uint8_t key[8], value[8];
        key_u32(key, number / 3);
        key_u32(key + 4, number);
        put_u64(value, number);
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

/* --- One row. ---------------------------------------------------------------------- */

static const uint8_t a_key[8] = {0, 0, 0, 1, 0, 0, 0, 3};

START_TEST(a_row_of_another_size_than_asked_for_is_damage)
{
    uint8_t value[9];
    ck_assert(txn_get(&txn, TABLE_CLOSES, a_key, sizeof a_key, value, 8));
    ck_assert(!txn_get(&txn, TABLE_CLOSES, a_key, sizeof a_key, value, 9));
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

/* The least bytes of a key, and of a value, of the table; `_i` says which is short. */
START_TEST(a_row_that_is_shorter_than_any_of_its_table_is_damage)
{
    struct range range;
    const uint8_t *value;
    size_t size;
    static const uint8_t short_key[7] = {0, 0, 0, 9, 0, 0, 0}, key[8] = {0, 0, 0, 9, 0, 0, 0, 0};
    if (_i == 0)
        txn_put(&txn, TABLE_CLOSES, short_key, sizeof short_key, "12345678", 8);
    else
        txn_put(&txn, TABLE_CLOSES, key, sizeof key, "1234567", 7);
    ck_assert_int_eq(txn.err, 0);
    ck_assert(!(_i == 0 ? txn_peek(&txn, TABLE_CLOSES, short_key, sizeof short_key, &value, &size)
                        : txn_peek(&txn, TABLE_CLOSES, key, sizeof key, &value, &size)));
    ck_assert_int_eq(txn.err, -EILSEQ);
    txn.err = 0;
    range_begin(&range, &txn, TABLE_CLOSES, key, 4, key, 4);
    ck_assert(!range_next(&range));
    ck_assert_int_eq(txn.err, -EILSEQ);
    range_end(&range);
}
END_TEST

/* Nothing that is asked behind the first error changes a row or the error. */
START_TEST(behind_an_error_nothing_is_done)
{
    struct range range;
    uint8_t value[8];
    txn.err = -ENOSPC;
    ck_assert(!txn_get(&txn, TABLE_CLOSES, a_key, sizeof a_key, value, sizeof value));
    ck_assert(!txn_delete(&txn, TABLE_CLOSES, a_key, sizeof a_key));
    ck_assert_ptr_null(txn_append(&txn, a_key, sizeof a_key, 8));
    txn_put(&txn, TABLE_CLOSES, a_key, sizeof a_key, "", 0);
    range_begin(&range, &txn, TABLE_CLOSES, a_key, 4, a_key, sizeof a_key);
    ck_assert(!range_next(&range));
    range_end(&range);
    ck_assert(!txn_at_or_below(&txn, TABLE_CLOSES, a_key, sizeof a_key, 4, &range));
    range_end(&range);
    ck_assert_int_eq(txn.err, -ENOSPC);
    txn.err = 0;
    ck_assert(txn_get(&txn, TABLE_CLOSES, a_key, sizeof a_key, value, sizeof value));
    ck_assert_uint_eq(get_u64(value), 3);
}
END_TEST

START_TEST(a_row_is_deleted_once)
{
    ck_assert(txn_delete(&txn, TABLE_CLOSES, a_key, sizeof a_key));
    ck_assert(!txn_delete(&txn, TABLE_CLOSES, a_key, sizeof a_key));
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

START_TEST(a_segment_without_its_first_bytes_is_damage)
{
    struct range range;
    uint8_t key[8];
    key_u64(key, UINT64_C(1) << 40);
    ck_assert_ptr_nonnull(txn_append(&txn, key, 7, 100));
    range_begin(&range, &txn, TABLE_JOURNAL, key, 4, key, 4);
    ck_assert(!range_next(&range));
    ck_assert_int_eq(txn.err, -EILSEQ);
    range_end(&range);
}
END_TEST

/* --- Errors, and room. -------------------------------------------------------------- */

/* Full is what can be waited for; a disk that failed in the middle of a write is not. */
static const struct {
    int code, err;
} errors[] = {
    {MDB_SUCCESS, 0},
    {MDB_NOTFOUND, -ENOENT},
    {MDB_MAP_FULL, -ENOSPC},
    {MDB_TXN_FULL, -ENOSPC},
    {ENOSPC, -EIO},
    {EDQUOT, -EIO},
    {MDB_READERS_FULL, -EUSERS},
    {MDB_VERSION_MISMATCH, -EPROTONOSUPPORT},
    {MDB_CORRUPTED, -EILSEQ},
    {MDB_PAGE_NOTFOUND, -EILSEQ},
    {MDB_INVALID, -EILSEQ},
    {MDB_BAD_VALSIZE, -EILSEQ},
    {MDB_PANIC, -EILSEQ},
    {EACCES, -EACCES},
    {MDB_BAD_TXN, -EINVAL},
};

START_TEST(each_code_of_the_database_is_an_errno)
{
    ck_assert_int_eq(env_errno(errors[_i].code), errors[_i].err);
}
END_TEST

#define MAP (UINT64_C(1) << 30)

START_TEST(room_is_reserved_up_to_the_map_and_not_beyond)
{
    ck_assert_int_eq(env_reserve(&books->env, MAP), -ENOSPC);
    ck_assert_uint_lt(books->env.allocated, MAP);
    /* Twice as much would not fit: what does is taken. */
    ck_assert_int_eq(env_reserve(&books->env, 3 * MAP / 4), 0);
    ck_assert_uint_eq(books->env.allocated, MAP);
    ck_assert_int_eq(env_reserve(&books->env, 1), 0);
    ck_assert_uint_eq(books->env.allocated, MAP);
}
END_TEST

START_TEST(room_in_no_file_is_an_error)
{
    int fd = books->env.fd;
    books->env.fd = -1;
    ck_assert_int_eq(env_reserve(&books->env, MAP / 2), -EBADF);
    books->env.fd = fd;
    ck_assert_int_eq(env_reserve(&books->env, 1), 0);
}
END_TEST

START_TEST(a_folder_that_is_none_is_not_opened)
{
    struct env env;
    char path[5000];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    ck_assert_int_eq(env_open(path, ENV_OPEN, MAP, &env), -ENAMETOOLONG);
    ck_assert_int_eq(env_open("/nowhere", ENV_READ_ONLY, MAP, &env), -ENOENT);
    ck_assert_int_eq(env_open("/proc", ENV_OPEN, MAP, &env), -ENOENT);
}
END_TEST

/* --- Readers that died. --------------------------------------------------------------- */

/* Holds a snapshot until it is killed; a byte in the pipe says that it has one. */
static void read_for_ever(int said)
{
    struct env env;
    struct txn snapshot;
    if (env_open(books_path, ENV_READ_ONLY, store_options_default().map_max, &env) == 0
        && txn_begin(&env, true, &snapshot) == 0 && write(said, "", 1) == 1)
        pause();
    _exit(1);
}

START_TEST(the_snapshot_of_a_process_that_was_killed_is_given_up)
{
    int ends[2], dead;
    char byte;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t reader = fork();
    ck_assert_int_ge(reader, 0);
    if (reader == 0)
        read_for_ever(ends[1]);
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    kill(reader, SIGKILL);
    ck_assert_int_eq(waitpid(reader, NULL, 0), reader);
    store_clear_readers(books);
    ck_assert_int_eq(mdb_reader_check(books->env.mdb, &dead), 0);
    ck_assert_int_eq(dead, 0);
    close(ends[0]);
    close(ends[1]);
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
    TCase *rows = tcase_create("rows");
    tcase_add_checked_fixture(rows, setup, teardown);
    tcase_add_test(rows, a_row_of_another_size_than_asked_for_is_damage);
    tcase_add_loop_test(rows, a_row_that_is_shorter_than_any_of_its_table_is_damage, 0, 2);
    tcase_add_test(rows, behind_an_error_nothing_is_done);
    tcase_add_test(rows, a_row_is_deleted_once);
    tcase_add_test(rows, a_segment_without_its_first_bytes_is_damage);
    suite_add_tcase(s, rows);
    TCase *env = tcase_create("environment");
    tcase_add_checked_fixture(env, books_setup, books_teardown);
    tcase_add_loop_test(env, each_code_of_the_database_is_an_errno, 0, sizeof errors / sizeof errors[0]);
    tcase_add_test(env, room_is_reserved_up_to_the_map_and_not_beyond);
    tcase_add_test(env, room_in_no_file_is_an_error);
    tcase_add_test(env, a_folder_that_is_none_is_not_opened);
    tcase_add_test(env, the_snapshot_of_a_process_that_was_killed_is_given_up);
    suite_add_tcase(s, env);
    return s;
}
