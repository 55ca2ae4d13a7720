/* Files and folders of a store: what the system refuses is told, and nothing half is left. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "tests/suite.h"

/* The n-th call from now, counted from 1; 0: none. */
static int read_fails, read_interrupted, write_fails, write_interrupted;
static int fsync_fails, mkdir_fails, listing_fails;

static bool is_due(int *calls, int error)
{
    if (*calls == 0 || --*calls > 0)
        return false;
    errno = error;
    return true;
}

ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size)
{
    return is_due(&read_interrupted, EINTR) || is_due(&read_fails, EIO) ? -1 : __real_read(fd, to, size);
}

ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    return is_due(&write_interrupted, EINTR) || is_due(&write_fails, ENOSPC)
        ? -1 : __real_write(fd, bytes, size);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    return is_due(&fsync_fails, EIO) ? -1 : __real_fsync(fd);
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
    return is_due(&mkdir_fails, EEXIST) ? -1 : __real_mkdir(path, mode);
}

DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd)
{
    return is_due(&listing_fails, ENOMEM) ? NULL : __real_fdopendir(fd);
}

static char folder[200], from[300], to[300], too_long[PATH_MAX + 100];

static void setup(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/fundwatch-test-XXXXXX", base != NULL ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(from, sizeof from, "%s/from", folder);
    snprintf(to, sizeof to, "%s/to", folder);
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[0] = '/';
    int fd = open(from, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(__real_write(fd, "some bytes", 10), 10);
    close(fd);
}

static void teardown(void)
{
    files_remove_folder(folder);
    ck_assert(!files_exists(folder, "from"));
}

START_TEST(a_copy_is_whole)
{
    read_interrupted = write_interrupted = 1;
    ck_assert_int_eq(files_copy(from, to), 0);
    ck_assert_uint_eq(files_size(folder, "to"), 10);
    ck_assert_int_eq(files_copy(from, to), -EEXIST);
    ck_assert_uint_eq(files_size(folder, "to"), 10);    /* of another copy nothing is deleted */
}
END_TEST

START_TEST(a_copy_that_fails_is_not_there)
{
    static int *const calls[] = {&read_fails, &write_fails, &fsync_fails};
    static const int errors[] = {-EIO, -ENOSPC, -EIO};
    *calls[_i] = 1;
    int err = files_copy(from, to);
    *calls[_i] = 0;
    ck_assert_int_eq(err, errors[_i]);
    ck_assert(!files_exists(folder, "to"));
    ck_assert_int_eq(files_copy("/nowhere", to), -ENOENT);
    ck_assert(!files_exists(folder, "to"));
}
END_TEST

START_TEST(a_folder_is_made_where_there_is_none_or_an_empty_one)
{
    ck_assert_int_eq(files_make_empty_folder(to), 0);
    ck_assert_int_eq(files_make_empty_folder(to), 0);
    ck_assert_int_eq(files_make_empty_folder(folder), -EEXIST);
    ck_assert_int_eq(files_make_empty_folder(from), -ENOTDIR);
    ck_assert_int_eq(files_make_empty_folder("/nowhere/at/all"), -ENOENT);
}
END_TEST

START_TEST(a_folder_that_was_not_synced_is_told)
{
    ck_assert_int_eq(files_sync_folder("/nowhere"), -ENOENT);
    fsync_fails = 1;
    int err = files_sync_parent(from);
    fsync_fails = 0;
    ck_assert_int_eq(err, -EIO);
    ck_assert_int_eq(files_sync_parent(from), 0);
    ck_assert_int_eq(files_sync_parent(too_long), -ENAMETOOLONG);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_none)
{
    char path[20];
    ck_assert_int_eq(files_join(path, sizeof path, "/a/folder", "and-a-file"), -ENAMETOOLONG);
    ck_assert_int_eq(files_join(path, sizeof path, "/a/folder", "and-file1"), 0);
    ck_assert_str_eq(path, "/a/folder/and-file1");
    ck_assert(!files_exists(too_long, "x"));
    ck_assert_uint_eq(files_size(too_long, "x"), 0);
    ck_assert_uint_eq(files_size(folder, "x"), 0);
    ck_assert(!files_inside(too_long, folder));
}
END_TEST

/* A folder of another name that begins with the same letters is not inside. */
START_TEST(what_is_inside_a_folder_is_known_by_its_place)
{
    char path[400];
    ck_assert(files_inside(from, folder));
    ck_assert_int_eq(mkdir(to, 0700), 0);
    snprintf(path, sizeof path, "%s/x", to);
    ck_assert(files_inside(path, folder));
    ck_assert(files_inside(path, to));
    ck_assert(!files_inside(from, to));
    snprintf(path, sizeof path, "%s2", to);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    strcat(path, "/x");
    ck_assert(!files_inside(path, to));
    ck_assert(!files_inside("/nowhere/x", folder));
    ck_assert(!files_inside(from, "/nowhere"));
}
END_TEST

START_TEST(a_lock_has_its_size_or_is_told)
{
    ck_assert_int_eq(files_make_lock(to), 0);
    ck_assert_uint_eq(files_size(folder, "to"), 8192);
    ck_assert_int_eq(files_make_lock("/nowhere/lock"), -ENOENT);
}
END_TEST

START_TEST(a_folder_goes_with_all_that_is_in_it)
{
    char path[400];
    ck_assert_int_eq(mkdir(to, 0700), 0);
    snprintf(path, sizeof path, "%s/file", to);
    ck_assert_int_eq(files_copy(from, path), 0);
    files_remove_folder(to);
    ck_assert(!files_exists(folder, "to"));
    files_remove_folder("/nowhere");
}
END_TEST

/* Folders in folders, until the path of the innermost is longer than any. */
START_TEST(what_lies_too_deep_to_be_named_goes_too)
{
    enum { DEEP = 20, NAME = 250 };
    char name[NAME + 1];
    memset(name, 'd', NAME);
    name[NAME] = '\0';
    int at = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(at, 0);
    for (int i = 0; i < DEEP; i++) {
        ck_assert_int_eq(mkdirat(at, name, 0700), 0);
        int inner = openat(at, name, O_RDONLY | O_DIRECTORY);
        ck_assert_int_ge(inner, 0);
        close(at);
        at = inner;
    }
    close(at);
    files_remove_folder(folder);
    ck_assert_int_eq(access(folder, F_OK), -1);
}
END_TEST

START_TEST(a_link_leads_nowhere)
{
    char inside[600];
    ck_assert_int_eq(mkdir(to, 0700), 0);
    snprintf(inside, sizeof inside, "%s/link", to);
    ck_assert_int_eq(symlink(folder, inside), 0);
    files_remove_folder(inside);            /* a link is no folder */
    ck_assert(files_exists(to, "link") && files_exists(folder, "from"));
    files_remove_folder(to);                /* and in one it goes, and not what it leads to */
    ck_assert(!files_exists(folder, "to") && files_exists(folder, "from"));
}
END_TEST

/* --- What is not whole yet. --------------------------------------------------------- */

static void make_in(const char *path, const char *name)
{
    char file[600];
    snprintf(file, sizeof file, "%s/%s", path, name);
    int fd = open(file, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

START_TEST(an_unfinished_folder_is_marked_until_it_is_finished)
{
    ck_assert_int_eq(files_make_unfinished(to), 0);
    ck_assert(files_exists(to, "fundwatch-unfinished"));
    make_in(to, "data.mdb");
    ck_assert_int_eq(files_make_unfinished(to), 0);         /* begun anew */
    ck_assert(!files_exists(to, "data.mdb"));
    files_finish(to);
    ck_assert(files_exists(folder, "to") && !files_exists(to, "fundwatch-unfinished"));
}
END_TEST

START_TEST(what_has_anything_else_in_it_is_no_unfinished_one)
{
    ck_assert_int_eq(files_make_unfinished(to), 0);
    make_in(to, "report.txt");
    make_in(to, "index");
    make_in(to, "letter.txt");
    ck_assert_int_eq(files_make_unfinished(to), -ENOTEMPTY);
    ck_assert(files_exists(to, "report.txt") && files_exists(to, "letter.txt"));
}
END_TEST

START_TEST(a_folder_that_cannot_be_looked_into_is_left)
{
    ck_assert_int_eq(files_make_unfinished(to), 0);
    listing_fails = 1;
    ck_assert_int_eq(files_make_unfinished(to), -ENOMEM);
    listing_fails = 1;
    files_remove_folder(to);
    ck_assert_int_eq(listing_fails, 0);
    ck_assert(files_exists(to, "fundwatch-unfinished"));
}
END_TEST

/* A name that is too long by itself and one that is as a path; what somebody else makes between; a link to
 * itself on the way; nothing to be in. */
START_TEST(where_no_folder_can_be_nothing_is_made)
{
    char path[700];
    ck_assert_int_eq(files_make_unfinished(too_long), -ENAMETOOLONG);
    files_finish(too_long);
    snprintf(path, sizeof path, "%s/%0300d", folder, 0);
    ck_assert_int_eq(files_make_unfinished(path), -ENAMETOOLONG);
    mkdir_fails = 1;
    ck_assert_int_eq(files_make_unfinished(to), -ENOTEMPTY);
    ck_assert(!files_exists(folder, "to"));
    ck_assert_int_eq(symlink("to", to), 0);
    snprintf(path, sizeof path, "%s/in", to);
    ck_assert_int_eq(files_make_unfinished(path), -ENOTEMPTY);
    ck_assert_int_eq(files_make_unfinished("/nowhere/at/all"), -ENOENT);
}
END_TEST

/* 1: of the folder that it is in, 2: of the mark, 3: of itself. */
START_TEST(an_unfinished_folder_that_is_not_on_disk_is_none)
{
    fsync_fails = _i;
    ck_assert_int_eq(files_make_unfinished(to), -EIO);
    ck_assert_int_eq(fsync_fails, 0);
    ck_assert(!files_exists(folder, "to"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("files");
    TCase *t = tcase_create("files");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_copy_is_whole);
    tcase_add_loop_test(t, a_copy_that_fails_is_not_there, 0, 3);
    tcase_add_test(t, a_folder_is_made_where_there_is_none_or_an_empty_one);
    tcase_add_test(t, a_folder_that_was_not_synced_is_told);
    tcase_add_test(t, a_name_that_is_too_long_is_none);
    tcase_add_test(t, what_is_inside_a_folder_is_known_by_its_place);
    tcase_add_test(t, a_lock_has_its_size_or_is_told);
    tcase_add_test(t, a_folder_goes_with_all_that_is_in_it);
    tcase_add_test(t, what_lies_too_deep_to_be_named_goes_too);
    tcase_add_test(t, a_link_leads_nowhere);
    tcase_add_test(t, an_unfinished_folder_is_marked_until_it_is_finished);
    tcase_add_test(t, what_has_anything_else_in_it_is_no_unfinished_one);
    tcase_add_test(t, a_folder_that_cannot_be_looked_into_is_left);
    tcase_add_test(t, where_no_folder_can_be_nothing_is_made);
    tcase_add_loop_test(t, an_unfinished_folder_that_is_not_on_disk_is_none, 1, 4);
    suite_add_tcase(s, t);
    return s;
}
