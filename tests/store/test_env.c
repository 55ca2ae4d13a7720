/* Rows of a table, one by one and in walks; what LMDB says in our words. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/group.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

/* What the linker puts in front of the system and of LMDB (Makefile: WRAP_test_env); 0: goes on as ever. */
static int open_fails, fstat_fails, cursor_open_fails;  /* with this */
static int fallocate_says[2];                           /* the next two calls */
static off_t fallocated;                                /* bytes that were asked for last */
static unsigned flags_say;                              /* of every environment, beside what it has */
static struct {
    int at;                             /* the n-th row from now, counted from 1, has this key; 0: none */
    const void *key;
    size_t size;
} replaced;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    errno = open_fails;
    return open_fails != 0 ? -1 : __real_open(path, flags, mode);
}

int __real_fstat(int fd, struct stat *ret);
int __wrap_fstat(int fd, struct stat *ret);
int __wrap_fstat(int fd, struct stat *ret)
{
    errno = fstat_fails;
    return fstat_fails != 0 ? -1 : __real_fstat(fd, ret);
}

int __real_posix_fallocate(int fd, off_t from, off_t size);
int __wrap_posix_fallocate(int fd, off_t from, off_t size);
int __wrap_posix_fallocate(int fd, off_t from, off_t size)
{
    int says = fallocate_says[0];
    fallocate_says[0] = fallocate_says[1];
    fallocate_says[1] = 0;
    fallocated = size;
    return says != 0 ? says : __real_posix_fallocate(fd, from, size);
}

int __real_mdb_env_get_flags(MDB_env *env, unsigned *flags);
int __wrap_mdb_env_get_flags(MDB_env *env, unsigned *flags);
int __wrap_mdb_env_get_flags(MDB_env *env, unsigned *flags)
{
    int code = __real_mdb_env_get_flags(env, flags);
    *flags |= flags_say;
    return code;
}

int __real_mdb_cursor_open(MDB_txn *mdb, MDB_dbi dbi, MDB_cursor **cursor);
int __wrap_mdb_cursor_open(MDB_txn *mdb, MDB_dbi dbi, MDB_cursor **cursor);
int __wrap_mdb_cursor_open(MDB_txn *mdb, MDB_dbi dbi, MDB_cursor **cursor)
{
    return cursor_open_fails != 0 ? cursor_open_fails : __real_mdb_cursor_open(mdb, dbi, cursor);
}

int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    int code = __real_mdb_cursor_get(cursor, key, data, op);
    if (replaced.at > 0 && --replaced.at == 0)
        *key = (MDB_val){replaced.size, (void *)(uintptr_t)replaced.key};
    return code;
}

static struct txn txn;

static void setup(void)
{
    books_setup();
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    for (uint32_t number = 1; number <= 4; number++) {
        uint8_t key[8], value[8];
        key_u32(key, 1 + number / 3);
        key_i32(key + 4, (date_day)number);
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
static void begin_and_forget(struct range *range, uint32_t first, date_day second)
{
    uint8_t key[8];
    key_u32(key, first);
    key_i32(key + 4, second);
    range_begin(range, &txn, TABLE_CLOSES, key, 4, key, sizeof key);
    memset(key, 0xff, sizeof key);
}

static date_day next(struct range *range)
{
    return range_next(range) ? unkey_i32(range->key + 4) : 0;
}

START_TEST(a_walk_has_its_beginning_also_when_the_key_is_gone)
{
    struct range range;
    begin_and_forget(&range, 2, 0);
    ck_assert_int_eq(next(&range), 3);
    ck_assert_int_eq(next(&range), 4);
    ck_assert_int_eq(next(&range), 0);
    range_end(&range);
}
END_TEST

START_TEST(a_walk_begins_at_or_behind_its_key_and_ends_with_its_prefix)
{
    struct range range;
    begin_and_forget(&range, 1, 2);
    ck_assert_int_eq(next(&range), 2);
    ck_assert_int_eq(next(&range), 0);
    range_end(&range);
    begin_and_forget(&range, 3, 0);
    ck_assert_int_eq(next(&range), 0);
    range_end(&range);
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

/* --- One row. ---------------------------------------------------------------------- */

static const uint8_t a_key[8] = {0, 0, 0, 2, 0x80, 0, 0, 3};

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
    static const uint8_t short_key[7] = {0, 0, 0, 9, 0, 0, 0}, key[8] = {0, 0, 0, 9, 0x80, 0, 0, 0};
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

/* --- The tree as a whole. ----------------------------------------------------------- */

/* As pages would say that something else has overwritten. */
static const struct {
    const char *key;
    size_t size;
} strange[] = {
    {"", 0},
    {"\x01 and more bytes than a key of ours can have: more than all of these, which are more than that", 90},
    {"\0", 1},                          /* the beginning of the one before */
    {"\0A", 2},                         /* before all others */
};

START_TEST(a_tree_whose_keys_cannot_be_is_not_well_ordered)
{
    ck_assert(txn_well_ordered(&txn));
    replaced.at = 3;
    replaced.key = strange[_i].key;
    replaced.size = strange[_i].size;
    bool good = txn_well_ordered(&txn);
    ck_assert_int_eq(replaced.at, 0);
    ck_assert(!good);
    ck_assert(txn_well_ordered(&txn));
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

START_TEST(a_key_that_stands_twice_is_not_well_ordered)
{
    MDB_cursor *cursor;
    MDB_val key, data;
    ck_assert_int_eq(mdb_cursor_open(txn.mdb, txn.env->tree, &cursor), 0);
    ck_assert_int_eq(mdb_cursor_get(cursor, &key, &data, MDB_FIRST), 0);
    replaced.key = key.mv_data;
    replaced.size = key.mv_size;
    replaced.at = 2;
    bool good = txn_well_ordered(&txn);
    mdb_cursor_close(cursor);
    ck_assert_int_eq(replaced.at, 0);
    ck_assert(!good);
}
END_TEST

START_TEST(a_tree_that_cannot_be_walked_is_not_well_ordered)
{
    cursor_open_fails = ENOMEM;
    bool good = txn_well_ordered(&txn);
    cursor_open_fails = 0;
    ck_assert(!good);
    ck_assert_int_eq(txn.err, -ENOMEM);
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

/* Twice as much as is asked for; just enough where there is no more; where that is not there either an error,
 * and what was allocated before is known. */
START_TEST(where_the_disk_has_no_more_just_enough_is_taken)
{
    static const int says[] = {ENOSPC, EDQUOT};
    ck_assert_int_eq(env_reserve(&books->env, MAP / 8), 0);
    uint64_t before = books->env.allocated;
    ck_assert_uint_eq(before, (uint64_t)fallocated);
    fallocate_says[0] = says[_i];
    ck_assert_int_eq(env_reserve(&books->env, MAP / 2), 0);
    ck_assert_uint_eq(books->env.allocated, (uint64_t)fallocated);
    ck_assert_uint_lt(books->env.allocated, MAP / 2 + MAP / 8);
    before = books->env.allocated;
    fallocate_says[0] = fallocate_says[1] = says[_i];
    ck_assert_int_eq(env_reserve(&books->env, MAP / 2 + MAP / 4), -says[_i]);
    ck_assert_uint_eq(books->env.allocated, before);
    ck_assert_int_eq(env_reserve(&books->env, MAP / 2 - MAP / 16), 0);
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

/* Acknowledged means synced, so an environment that says that it is not is closed again. */
START_TEST(an_environment_that_does_not_sync_is_not_opened)
{
    static const unsigned flags[] = {MDB_NOSYNC, MDB_NOMETASYNC, MDB_WRITEMAP, MDB_MAPASYNC};
    struct env env;
    store_close(&books);
    flags_say = flags[_i];
    int err = env_open(books_path, ENV_OPEN, MAP, &env);
    int scratch = env_open(books_path, ENV_SCRATCH, MAP, &env);
    flags_say = 0;
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_int_eq(scratch, 0);
    env_close(&env);
    ck_assert_int_eq(env_open(books_path, ENV_OPEN, MAP, &env), 0);
    env_close(&env);
}
END_TEST

/* A backup on a disk that takes no file, or of somebody else: who only reads can do without a lock. */
START_TEST(where_no_lock_can_be_made_a_store_is_only_read)
{
    static const int refusals[] = {EROFS, EACCES, EIO};
    struct env env;
    store_close(&books);
    open_fails = refusals[_i];
    int written = env_open(books_path, ENV_OPEN, MAP, &env);
    int read = env_open(books_path, ENV_READ_ONLY, MAP, &env);
    open_fails = 0;
    ck_assert_int_eq(written, -refusals[_i]);
    ck_assert_int_eq(read, refusals[_i] == EIO ? -EIO : 0);
    if (read == 0)
        env_close(&env);
}
END_TEST

/* A page behind its end would end the process. */
START_TEST(a_file_that_lacks_a_page_is_not_opened)
{
    char path[300];
    struct env env;
    MDB_envinfo info;
    struct stat file;
    mdb_env_info(books->env.mdb, &info);
    off_t pages = (off_t)(info.me_last_pgno + 1) * (off_t)sysconf(_SC_PAGESIZE);
    store_close(&books);
    snprintf(path, sizeof path, "%s/data.mdb", books_path);
    fstat_fails = EIO;
    int err = env_open(books_path, ENV_READ_ONLY, MAP, &env);
    fstat_fails = 0;
    ck_assert_int_eq(err, -EIO);
    ck_assert_int_eq(stat(path, &file), 0);
    ck_assert_int_eq(truncate(path, pages - 1), 0);
    ck_assert_int_eq(env_open(books_path, ENV_READ_ONLY, MAP, &env), -EILSEQ);
    ck_assert_int_eq(truncate(path, pages), 0);
    ck_assert_int_eq(env_open(books_path, ENV_READ_ONLY, MAP, &env), 0);
    env_close(&env);
    ck_assert_int_eq(truncate(path, file.st_size), 0);
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
    TCase *tree = tcase_create("tree");
    tcase_add_checked_fixture(tree, setup, teardown);
    tcase_add_loop_test(tree, a_tree_whose_keys_cannot_be_is_not_well_ordered, 0,
                        sizeof strange / sizeof strange[0]);
    tcase_add_test(tree, a_key_that_stands_twice_is_not_well_ordered);
    tcase_add_test(tree, a_tree_that_cannot_be_walked_is_not_well_ordered);
    suite_add_tcase(s, tree);
    TCase *env = tcase_create("environment");
    tcase_add_checked_fixture(env, books_setup, books_teardown);
    tcase_add_loop_test(env, each_code_of_the_database_is_an_errno, 0, sizeof errors / sizeof errors[0]);
    tcase_add_test(env, room_is_reserved_up_to_the_map_and_not_beyond);
    tcase_add_loop_test(env, where_the_disk_has_no_more_just_enough_is_taken, 0, 2);
    tcase_add_test(env, room_in_no_file_is_an_error);
    tcase_add_loop_test(env, an_environment_that_does_not_sync_is_not_opened, 0, 4);
    tcase_add_loop_test(env, where_no_lock_can_be_made_a_store_is_only_read, 0, 3);
    tcase_add_test(env, a_file_that_lacks_a_page_is_not_opened);
    tcase_add_test(env, a_folder_that_is_none_is_not_opened);
    tcase_add_test(env, the_snapshot_of_a_process_that_was_killed_is_given_up);
    suite_add_tcase(s, env);
    return s;
}
