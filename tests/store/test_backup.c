/* A backup, and a store out of one: whole, or not there, whatever the system refuses on the way.
 *
 * The linker puts the functions below in front of the system's and of LMDB's (Makefile: WRAP_test_backup) for
 * what the store calls; what LMDB calls itself goes on as ever. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/group.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static int fail_at = -1;                /* the call that fails; -1: none */
static int calls;
static off_t claimed_size;              /* of every file, if it is not 0 */
static size_t map_size;                 /* of the last environment that was opened */

static bool fails(void)
{
    if (fail_at < 0 || calls++ != fail_at)
        return false;
    errno = EIO;
    return true;
}

#define WRAP(type, refusal, name, parameters, arguments)        \
    type __real_##name parameters;                              \
    type __wrap_##name parameters;                              \
    type __wrap_##name parameters                               \
    {                                                           \
        return fails() ? refusal : __real_##name arguments;     \
    }

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails() ? -1 : __real_open(path, flags, mode);
}

WRAP(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, -1, fsync, (int fd), (fd))
WRAP(int, -1, rename, (const char *from, const char *to), (from, to))
WRAP(ssize_t, -1, read, (int fd, void *to, size_t size), (fd, to, size))
WRAP(int, EIO, mdb_env_create, (MDB_env **env), (env))
WRAP(int, EIO, mdb_env_open, (MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode),
     (env, path, flags, mode))
WRAP(int, EIO, mdb_env_copyfd2, (MDB_env *env, int fd, unsigned flags), (env, fd, flags))
WRAP(int, EIO, mdb_txn_begin, (MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
     (env, parent, flags, txn))
WRAP(int, EIO, mdb_get, (MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data), (txn, dbi, key, data))

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (!fails())
        return __real_mdb_txn_commit(txn);
    mdb_txn_abort(txn);                 /* like LMDB's, it frees its handle whatever it returns */
    return EIO;
}

int __real_stat(const char *path, struct stat *ret);
int __wrap_stat(const char *path, struct stat *ret);
int __wrap_stat(const char *path, struct stat *ret)
{
    int result = __real_stat(path, ret);
    if (claimed_size != 0)
        ret->st_size = claimed_size;
    return result;
}

int __real_mdb_env_set_mapsize(MDB_env *env, size_t size);
int __wrap_mdb_env_set_mapsize(MDB_env *env, size_t size);
int __wrap_mdb_env_set_mapsize(MDB_env *env, size_t size)
{
    map_size = size;
    return __real_mdb_env_set_mapsize(env, size);
}

/* In the folder that is left nothing of the test stays. */
static char copy[250], restored[250], beside[300];

static void setup(void)
{
    fail_at = -1;
    claimed_size = 0;
    books_setup();
    apply(an_opening("o", 20231231, 100000));
    apply(a_fee("f1", 20240105, 38000));
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    snprintf(restored, sizeof restored, "%s-restored", books_path);
    snprintf(beside, sizeof beside, "%s.restoring", restored);
}

/* The folder below, with so many slashes between that its path has this length. */
static const char *long_path(const char *name, size_t length)
{
    static char paths[2][STORE_PATH_MAX + 100];
    static unsigned which;
    char *path = paths[which++ % 2];
    size_t first = (size_t)(strrchr(books_path, '/') - books_path);
    memset(path, '/', length);
    memcpy(path, books_path, first);
    memcpy(path + length - strlen(name), name, strlen(name) + 1);
    return path;
}

static bool is_empty_or_missing(const char *path)
{
    return !files_exists(path, "data.mdb") && !files_exists(path, "lock.mdb");
}

START_TEST(a_backup_is_whole_or_not_there_whatever_fails)
{
    uint64_t covered = 77;
    int step, err = -EIO;
    for (step = 0; err != 0; step++) {
        ck_assert_uint_eq(covered, 77);
        ck_assert(is_empty_or_missing(copy));
        calls = 0;
        fail_at = step;
        err = store_backup(books, copy, &covered);
        fail_at = -1;
        ck_assert(err == 0 || err == -EIO);
    }
    ck_assert_int_gt(step, 10);
    ck_assert_uint_eq(covered, position());
    struct verify_result result;
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    ck_assert_uint_eq(result.differences, 0);
    ck_assert_uint_eq(result.records, covered);
    ck_assert_int_eq(outcome_of(a_fee("f2", 20240105, 1)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(a_store_is_restored_wholly_or_not_at_all_whatever_fails)
{
    uint64_t covered, epoch = 0;
    struct store_head head;
    int step, err = -EIO;
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    store_close(&books);
    for (step = 0; err != 0; step++) {
        files_remove_folder(restored);
        calls = 0;
        fail_at = step;
        err = store_restore(copy, restored, NULL, NULL, &epoch);
        fail_at = -1;
        ck_assert(err == 0 || err == -EIO || err == -EILSEQ);
        ck_assert(is_empty_or_missing(beside));
        if (files_exists(restored, "data.mdb")) {
            strcpy(books_path, restored);
            books_reopen();
            store_head(books, &head);
            ck_assert_uint_eq(head.epoch, epoch);
            ck_assert_uint_gt(head.position, covered);
            store_close(&books);
        } else {
            ck_assert_int_ne(err, 0);
        }
    }
    ck_assert_int_gt(step, 30);
    books_reopen();
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_DUPLICATE);
}
END_TEST

START_TEST(nothing_is_restored_over_a_store_or_out_of_nothing)
{
    uint64_t covered, epoch = 77;
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(store_restore(copy, books_path, NULL, NULL, &epoch), -EEXIST);
    ck_assert_int_eq(store_restore("/nowhere", restored, NULL, NULL, &epoch), -ENOENT);
    ck_assert(!files_exists(restored, "data.mdb"));
    ck_assert_uint_eq(epoch, 77);
    ck_assert_int_eq(store_backup(books, copy, &covered), -EEXIST);
    ck_assert(files_exists(copy, "data.mdb"));
}
END_TEST

START_TEST(nothing_is_restored_into_a_folder_of_somebody_else)
{
    uint64_t covered, epoch = 77;
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(files_make_empty_folder(restored), 0);
    char theirs[300];
    snprintf(theirs, sizeof theirs, "%s/theirs", restored);
    ck_assert_int_eq(mkdir(theirs, 0700), 0);
    ck_assert_int_eq(store_restore(copy, restored, NULL, NULL, &epoch), -EEXIST);
    ck_assert(!files_exists(restored, "data.mdb"));
    ck_assert(is_empty_or_missing(beside));
    ck_assert_int_eq(rmdir(theirs), 0);
    ck_assert_int_eq(store_restore(copy, restored, NULL, NULL, &epoch), 0);
}
END_TEST

static void make_file(const char *in, const char *name)
{
    char path[400];
    ck_assert_int_eq(files_join(path, sizeof path, in, name), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

/* The folder beside the backup or the store to come, and what makes it; the first are somebody else's. */
static void with_a_report(const char *path)
{
    mkdir(path, 0700);
    make_file(path, "report.txt");
}

static void with_a_backup_of_old(const char *path)
{
    mkdir(path, 0700);
    make_file(path, "data.mdb");
}

static void with_the_mark_and_a_report(const char *path)
{
    mkdir(path, 0700);
    make_file(path, "fundwatch-unfinished");
    make_file(path, "report.txt");
}

static char elsewhere[300];

static void a_link_to_an_unfinished_one(const char *path)
{
    snprintf(elsewhere, sizeof elsewhere, "%s-elsewhere", books_path);
    mkdir(elsewhere, 0700);
    make_file(elsewhere, "fundwatch-unfinished");
    make_file(elsewhere, "data.mdb");
    ck_assert_int_eq(symlink(elsewhere, path), 0);
}

static void a_link_to_nothing(const char *path)
{
    ck_assert_int_eq(symlink("/nowhere/at/all", path), 0);
}

static void a_file(const char *path)
{
    close(open(path, O_WRONLY | O_CREAT, 0600));
}

static void nothing_in_it(const char *path)
{
    mkdir(path, 0700);
}

static void cut_off(const char *path)
{
    nothing_in_it(path);
    make_file(path, "fundwatch-unfinished");
    make_file(path, "data.mdb");
    make_file(path, "lock.mdb");
}

static const struct {
    void (*make)(const char *path);
    const char *kept;           /* of it */
    int err;
} beside_it[] = {
    { with_a_report, "report.txt", -ENOTEMPTY },
    { with_a_backup_of_old, "data.mdb", -ENOTEMPTY },
    { with_the_mark_and_a_report, "report.txt", -ENOTEMPTY },
    { a_link_to_an_unfinished_one, "data.mdb", -ENOTEMPTY },
    { a_link_to_nothing, NULL, -ENOTEMPTY },
    { a_file, NULL, -ENOTEMPTY },
    { nothing_in_it, NULL, 0 },
    { cut_off, NULL, 0 },
};

START_TEST(only_what_is_an_unfinished_one_is_deleted)
{
    char partial[300];
    uint64_t covered, epoch;
    struct stat stat;
    snprintf(partial, sizeof partial, "%s.partial", copy);
    beside_it[_i].make(partial);
    ck_assert_int_eq(store_backup(books, copy, &covered), beside_it[_i].err);
    ck_assert_int_eq(files_exists(copy, "data.mdb"), beside_it[_i].err == 0);
    ck_assert_int_eq(lstat(partial, &stat), beside_it[_i].err == 0 ? -1 : 0);
    ck_assert(beside_it[_i].kept == NULL || files_exists(partial, beside_it[_i].kept));
    ck_assert(!files_exists(copy, "fundwatch-unfinished"));
    unlink(partial);
    files_remove_folder(partial);
    files_remove_folder(elsewhere);
    files_remove_folder(copy);

    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    beside_it[_i].make(beside);
    ck_assert_int_eq(store_restore(copy, restored, NULL, NULL, &epoch), beside_it[_i].err);
    ck_assert_int_eq(files_exists(restored, "data.mdb"), beside_it[_i].err == 0);
    ck_assert(beside_it[_i].kept == NULL || files_exists(beside, beside_it[_i].kept));
    ck_assert(!files_exists(restored, "fundwatch-unfinished"));
    unlink(beside);
    files_remove_folder(beside);
    files_remove_folder(elsewhere);
}
END_TEST

/* One more event than its journal has. */
START_TEST(a_backup_that_differs_from_its_journal_is_not_restored)
{
    uint64_t covered, epoch = 77;
    struct verify_result compared;
    struct env env;
    struct txn txn;
    struct head head;
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(env_open(copy, ENV_OPEN, UINT64_C(1) << 30, &env), 0);
    ck_assert_int_eq(txn_begin(&env, false, &txn), 0);
    ck_assert_int_eq(head_get(&txn, &head), 0);
    head.facts.events++;
    head_put(&txn, &head);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    ck_assert_int_eq(store_restore(copy, restored, &compared, NULL, &epoch), -EILSEQ);
    ck_assert_uint_eq(compared.differences, 1);
    ck_assert(!files_exists(restored, "data.mdb"));
    ck_assert(is_empty_or_missing(beside));
    ck_assert_uint_eq(epoch, 77);
}
END_TEST

/* Where a name has no room, nothing is cut off it. */
START_TEST(paths_that_are_too_long_are_refused)
{
    uint64_t covered, epoch;
    for (size_t less = 8; less <= 17; less++)       /* ".partial", and with it "/data.mdb" */
        ck_assert_int_eq(store_backup(books, long_path("copy", STORE_PATH_MAX - less), &covered),
                         -ENAMETOOLONG);
    ck_assert(!files_exists(long_path("copy", 300), ""));
    ck_assert(!files_exists(long_path("copy.partial", 300), ""));
    ck_assert_int_eq(store_backup(books, long_path("copy", STORE_PATH_MAX - 18), &covered), 0);
    ck_assert_int_eq(store_restore(long_path("copy", STORE_PATH_MAX), restored, NULL, NULL, &epoch),
                     -ENAMETOOLONG);
    for (size_t less = 10; less <= 19; less++)      /* ".restoring", and with it "/data.mdb" */
        ck_assert_int_eq(store_restore(long_path("copy", 300), long_path("new", STORE_PATH_MAX - less),
                                       NULL, NULL, &epoch), -ENAMETOOLONG);
    ck_assert(!files_exists(long_path("new", 300), ""));
    ck_assert(!files_exists(long_path("new.restoring", 300), ""));
}
END_TEST

/* A store that has grown beyond what a new one may has room again, and some. */
START_TEST(a_large_store_is_restored_into_a_larger_map)
{
    uint64_t covered, epoch, usual = store_options_default().map_max;
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(store_restore(copy, restored, NULL, NULL, &epoch), 0);
    ck_assert_uint_eq(map_size, usual);
    files_remove_folder(restored);
    claimed_size = (off_t)(usual / 2 + 4096);
    int err = store_restore(copy, restored, NULL, NULL, &epoch);
    claimed_size = 0;
    ck_assert_int_eq(err, 0);
    ck_assert_uint_eq(map_size, usual + 2 * 4096);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("backup");
    TCase *t = tcase_create("backup");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, a_backup_is_whole_or_not_there_whatever_fails);
    tcase_add_test(t, a_store_is_restored_wholly_or_not_at_all_whatever_fails);
    tcase_add_test(t, nothing_is_restored_over_a_store_or_out_of_nothing);
    tcase_add_test(t, nothing_is_restored_into_a_folder_of_somebody_else);
    tcase_add_loop_test(t, only_what_is_an_unfinished_one_is_deleted, 0,
                        sizeof beside_it / sizeof *beside_it);
    tcase_add_test(t, a_backup_that_differs_from_its_journal_is_not_restored);
    tcase_add_test(t, paths_that_are_too_long_are_refused);
    tcase_add_test(t, a_large_store_is_restored_into_a_larger_map);
    suite_add_tcase(s, t);
    return s;
}
