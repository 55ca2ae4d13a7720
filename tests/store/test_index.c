/* The indexes, at the one of seen ids: exact in any order, through runs and merges, and made again when
 * a run is damaged. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/group.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define RUN_RECORDS 100          /* small, so that a test has many runs */

static struct store_options options;

/* Runs are synced with fsync(), LMDB syncs by itself: so this fails the index alone. */
static _Atomic bool fsync_fails;
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    if (!fsync_fails)
        return __real_fsync(fd);
    errno = EIO;
    return -1;
}

static void setup(void)
{
    books_setup();
    store_close(&books);
    options = store_options_default();
    options.map_max = UINT64_C(1) << 30;
    options.reserve = 1 << 20;
    options.run_records = RUN_RECORDS;
    ck_assert_int_eq(store_open(books_path, &options, &books), 0);
}

static void reopen(void)
{
    store_close(&books);
    ck_assert_msg(store_open(books_path, &options, &books) == 0, "%s", store_open_error());
}

/* The i-th of many fees; ids in no order. */
static struct event fee(unsigned i)
{
    char id[24];
    snprintf(id, sizeof id, "%08x-%u", i * 2654435761u, i);
    return a_fee(id, 20240105, i + 1);
}

/* Counts fees from..to, 50 to a group, with the index's work finished after each group if `settled`. */
static void count_fees(unsigned from, unsigned to, bool settled)
{
    for (unsigned i = from; i < to;) {
        begin();
        for (unsigned n = 0; n < 50 && i < to; n++, i++)
            ck_assert_int_eq(add("tax", fee(i)).outcome, OUTCOME_APPLIED);
        commit();
        if (settled)
            derived_settle(&books->derived);
    }
}

static void check_all_seen(unsigned count)
{
    begin();
    for (unsigned i = 0; i < count; i++) {
        ck_assert_int_eq(add("tax", fee(i)).outcome, OUTCOME_DUPLICATE);
        struct event other = fee(i);
        other.amount.fen++;
        ck_assert_int_eq(add("tax", other).outcome, OUTCOME_CONFLICT);
    }
    store_abort(books);
}

static unsigned runs(void)
{
    char path[300];
    unsigned n = 0;
    snprintf(path, sizeof path, "%s/index", books_path);
    DIR *folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        n += strncmp(entry->d_name, "seen-", 5) == 0;
    closedir(folder);
    return n;
}

/* Path of the oldest run of an index: the last one may not have been listed yet. */
static void a_run_of(char path[600], const char *index)
{
    char folder[300], least[260] = "~";
    snprintf(folder, sizeof folder, "%s/index", books_path);
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (strncmp(entry->d_name, index, strlen(index)) == 0 && strcmp(entry->d_name, least) < 0)
            snprintf(least, sizeof least, "%s", entry->d_name);
    closedir(dir);
    snprintf(path, 600, "%s/%s", folder, least);
}

static void a_run(char path[600])
{
    a_run_of(path, "seen-");
}

START_TEST(ids_are_found_in_the_tail_in_runs_and_in_merged_runs)
{
    count_fees(0, 3000, true);
    ck_assert_uint_ge(runs(), 3);
    ck_assert_uint_lt(runs(), 3000 / RUN_RECORDS);       /* some were merged */
    check_all_seen(3000);
    ck_assert_int_eq(outcome_of(fee(3000)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(ids_are_found_while_runs_are_being_written)
{
    count_fees(0, 3000, false);
    check_all_seen(3000);
}
END_TEST

START_TEST(ids_are_found_after_a_restart)
{
    count_fees(0, 1234, true);
    reopen();
    check_all_seen(1234);
    count_fees(1234, 1500, true);
    reopen();
    check_all_seen(1500);
}
END_TEST

/* The crash point between journal and index: a run is written, the commit that
 * lists it never comes. */
START_TEST(a_run_that_no_commit_listed_is_forgotten)
{
    count_fees(0, 150, true);                   /* the run is written and waits for the next commit */
    ck_assert_uint_eq(runs(), 1);
    begin();
    add("tax", fee(9999));
    store_abort(books);
    reopen();
    check_all_seen(150);
    ck_assert_int_eq(outcome_of(fee(9999)), OUTCOME_APPLIED);
}
END_TEST

/* A negative `at` counts from the end. */
static void flip_byte(const char *path, off_t at)
{
    uint8_t byte;
    int fd = open(path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    if (at < 0)
        at += lseek(fd, 0, SEEK_END);
    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte ^= 0x40;
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

START_TEST(a_run_that_cannot_be_written_is_tried_again)
{
    fsync_fails = true;
    count_fees(0, 150, true);
    ck_assert_uint_eq(runs(), 0);
    check_all_seen(150);
    fsync_fails = false;
    count_fees(150, 300, true);
    ck_assert_uint_gt(runs(), 0);
    check_all_seen(300);
    reopen();
    check_all_seen(300);
}
END_TEST

START_TEST(a_store_whose_index_cannot_be_written_says_that_it_is_full)
{
    fsync_fails = true;
    count_fees(0, RUN_RECORDS + 150, true);
    ck_assert(store_has_room(books));           /* one run waits, and behind it half as many again */
    count_fees(RUN_RECORDS + 150, 2 * RUN_RECORDS + 150, true);
    ck_assert(!store_has_room(books));
    derived_settle(&books->derived);            /* what it began by asking fails, too */
    fsync_fails = false;
    store_has_room(books);                      /* who asks has it tried again */
    derived_settle(&books->derived);
    ck_assert(store_has_room(books));
    count_fees(2 * RUN_RECORDS + 150, 500, true);
    check_all_seen(500);
}
END_TEST

/* Where the next files of one index would be something else stands. */
static void obstruct(const char *index, bool obstructed)
{
    char path[300];
    for (unsigned number = 1; number < 50; number++) {
        snprintf(path, sizeof path, "%s/index/%s-%08u", books_path, index, number);
        ck_assert_int_eq(obstructed ? mkdir(path, 0700) : rmdir(path), 0);
    }
}

START_TEST(one_index_that_cannot_be_written_is_enough_to_take_no_more)
{
    static const char *const names[] = {"seen", "days"};        /* the first and the last */
    obstruct(names[_i], true);
    count_fees(0, 2 * RUN_RECORDS + 150, true);
    ck_assert(!store_has_room(books));
    derived_settle(&books->derived);            /* what it began by asking fails, too */
    ck_assert(!store_has_room(books));
    derived_settle(&books->derived);
    check_all_seen(2 * RUN_RECORDS + 150);
    obstruct(names[_i], false);
    store_has_room(books);                      /* who asks has it tried again */
    derived_settle(&books->derived);
    ck_assert(store_has_room(books));
}
END_TEST

START_TEST(a_missing_run_is_made_again)
{
    char path[600] = "";
    count_fees(0, 1000, true);
    store_close(&books);
    a_run(path);
    ck_assert_int_eq(unlink(path), 0);
    reopen();
    check_all_seen(1000);
}
END_TEST

START_TEST(a_run_with_a_damaged_head_is_made_again)
{
    char path[600] = "";
    count_fees(0, 1000, true);
    store_close(&books);
    a_run(path);
    flip_byte(path, 45);
    reopen();
    check_all_seen(1000);
}
END_TEST

START_TEST(a_damaged_block_is_noticed_never_believed_and_made_again)
{
    char path[600] = "";
    struct applied applied;
    static const off_t damages[] = {4096 + 100, -4096 + 100};   /* among entries, in the filter */
    count_fees(0, 1000, true);
    store_close(&books);
    a_run(path);
    flip_byte(path, damages[_i]);
    reopen();
    begin();
    int err = 0;
    for (unsigned i = 0; i < 1000 && err == 0; i++) {
        struct event event = fee(i);
        uint32_t source;
        ck_assert_int_eq(store_source(books, "tax", &source), 0);
        err = store_apply(books, source, source, &event, &applied);
        ck_assert(err != 0 || applied.outcome == OUTCOME_DUPLICATE);
    }
    store_abort(books);
    ck_assert_int_eq(err, -EILSEQ);
    reopen();
    check_all_seen(1000);
}
END_TEST

START_TEST(a_damaged_run_that_is_merged_stops_the_store_and_is_made_again)
{
    char path[600] = "";
    count_fees(0, 500, true);
    a_run(path);
    flip_byte(path, 4096 + 100);
    ck_assert_ptr_null(store_damaged_index(books));
    unsigned counted = 500;
    for (; store_damaged_index(books) == NULL && counted < 20000; counted += 50) {
        count_fees(counted, counted + 50, false);
        derived_settle(&books->derived);
    }
    ck_assert_str_eq(store_damaged_index(books), "seen");
    ck_assert_int_eq(store_begin(books, 0), -EILSEQ);
    reopen();
    check_all_seen(counted);
}
END_TEST

static bool ignore_day([[maybe_unused]] void *arg, [[maybe_unused]] const struct source_day *source_day)
{
    return true;
}

START_TEST(a_damaged_run_that_is_only_asked_is_noticed)
{
    char path[600] = "";
    struct view *view;
    count_fees(0, 1000, true);
    store_close(&books);
    a_run_of(path, "days-");
    flip_byte(path, 4096 + 10);
    reopen();
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_source_days(view, 1, day(20240101), day(20241231), ignore_day, NULL), -EILSEQ);
    view_close(&view);
    ck_assert_str_eq(store_damaged_index(books), "days");
    reopen();
    ck_assert_ptr_null(store_damaged_index(books));
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_source_days(view, 1, day(20240101), day(20241231), ignore_day, NULL), 0);
    view_close(&view);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("index");
    TCase *t = tcase_create("index");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, ids_are_found_in_the_tail_in_runs_and_in_merged_runs);
    tcase_add_test(t, ids_are_found_while_runs_are_being_written);
    tcase_add_test(t, ids_are_found_after_a_restart);
    tcase_add_test(t, a_run_that_no_commit_listed_is_forgotten);
    tcase_add_test(t, a_run_that_cannot_be_written_is_tried_again);
    tcase_add_test(t, a_store_whose_index_cannot_be_written_says_that_it_is_full);
    tcase_add_loop_test(t, one_index_that_cannot_be_written_is_enough_to_take_no_more, 0, 2);
    tcase_add_test(t, a_missing_run_is_made_again);
    tcase_add_test(t, a_run_with_a_damaged_head_is_made_again);
    tcase_add_loop_test(t, a_damaged_block_is_noticed_never_believed_and_made_again, 0, 2);
    tcase_add_test(t, a_damaged_run_that_is_merged_stops_the_store_and_is_made_again);
    tcase_add_test(t, a_damaged_run_that_is_only_asked_is_noticed);
    suite_add_tcase(s, t);
    return s;
}
