/* What a source was told of, compared with what stands there: whether an older copy is betrayed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static struct point_found found_at(const char *source, const char *issuer, uint64_t epoch, uint64_t at)
{
    struct view *view;
    struct point_found found = { .last = 99 };
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_point(view, source, issuer, (struct store_point){ epoch, at }, &found), 0);
    view_close(&view);
    return found;
}

static struct store_head head_now(void)
{
    struct store_head head;
    store_head(books, &head);
    return head;
}

static uint64_t epoch_now(void)
{
    return head_now().epoch;
}

static uint64_t begin_epoch(void)
{
    uint64_t epoch;
    begin();
    ck_assert_int_eq(store_new_epoch(books, &epoch), 0);
    commit();
    return epoch;
}

#define ck_assert_point_is(source, epoch, at, what) \
    ck_assert_int_eq(found_at((source), (source), (epoch), (at)).point, (what))

START_TEST(what_stands_there_is_here)
{
    struct applied fee = apply_from("tax", a_fee("f1", 20240105, 100));
    ck_assert_point_is("tax", epoch_now(), fee.position, POINT_HERE);
    ck_assert_int_eq(found_at("platform", "tax", epoch_now(), fee.position).point, POINT_HERE);
}
END_TEST

START_TEST(what_the_store_has_not_come_to_is_beyond)
{
    struct applied fee = apply_from("tax", a_fee("f1", 20240105, 100));
    ck_assert_point_is("tax", epoch_now(), position() + 1, POINT_BEYOND);
    ck_assert_point_is("tax", epoch_now(), UINT64_MAX, POINT_BEYOND);
    ck_assert_uint_eq(found_at("tax", "tax", epoch_now(), UINT64_MAX).last, fee.position);
}
END_TEST

START_TEST(an_event_of_somebody_else_is_another)
{
    apply_from("tax", a_fee("f1", 20240105, 100));
    struct applied other = apply_from("hospital", a_settlement("s1", 20240106, 100));
    ck_assert_point_is("tax", epoch_now(), other.position, POINT_OTHER);
    ck_assert_point_is("nobody", epoch_now(), other.position, POINT_OTHER);
    ck_assert_point_is("tax", epoch_now(), 1, POINT_OTHER);     /* no event at all */
    ck_assert_point_is("tax", epoch_now(), 0, POINT_BEYOND);
}
END_TEST

START_TEST(an_earlier_epoch_ends_where_the_next_begins)
{
    uint64_t first = epoch_now();
    struct applied fee = apply_from("tax", a_fee("f1", 20240105, 100));
    uint64_t second = begin_epoch();
    struct applied later = apply_from("tax", a_fee("f2", 20240105, 100));
    ck_assert_uint_gt(second, first);
    ck_assert_point_is("tax", first, fee.position, POINT_HERE);
    ck_assert_point_is("tax", first, later.position, POINT_BEYOND);
    ck_assert_point_is("tax", second, later.position, POINT_HERE);
    ck_assert_uint_eq(found_at("tax", "tax", first, later.position).last, fee.position);
    ck_assert_int_gt(found_at("tax", "tax", first, later.position).last_ms, 0);
    books_reopen();
    ck_assert_point_is("tax", first, later.position, POINT_BEYOND);
}
END_TEST

START_TEST(an_epoch_of_another_store_is_unknown)
{
    apply_from("tax", a_fee("f1", 20240105, 100));
    ck_assert_point_is("tax", epoch_now() + 1, 2, POINT_UNKNOWN);
    ck_assert_point_is("tax", 0, 2, POINT_UNKNOWN);
    ck_assert_uint_eq(found_at("tax", "tax", 7, 2).last, 0);
}
END_TEST

START_TEST(many_epochs_are_known_and_the_oldest_is_forgotten_first)
{
    uint64_t first = epoch_now(), second = begin_epoch(), newest = second;
    for (int i = 0; i < 62; i++)
        newest = begin_epoch();
    ck_assert_int_ne(found_at("tax", "tax", first, 2).point, POINT_UNKNOWN);
    newest = begin_epoch();
    ck_assert_point_is("tax", first, 2, POINT_UNKNOWN);
    ck_assert_int_ne(found_at("tax", "tax", second, 2).point, POINT_UNKNOWN);
    ck_assert_int_ne(found_at("tax", "tax", newest, 2).point, POINT_UNKNOWN);
}
END_TEST

START_TEST(a_restored_backup_knows_where_its_epoch_ended)
{
    char backup[256], restored[256];
    uint64_t covered, epoch, old = epoch_now();
    struct store_options options = store_options_default();
    snprintf(backup, sizeof backup, "%s.backup", books_path);
    snprintf(restored, sizeof restored, "%s.restored", books_path);
    struct applied kept = apply_from("tax", a_fee("f1", 20240105, 100));
    ck_assert_int_eq(store_backup(books, backup, &covered), 0);
    struct applied lost = apply_from("tax", a_fee("f2", 20240105, 100));
    ck_assert_int_eq(store_restore(backup, restored, NULL, NULL, &epoch), 0);
    store_close(&books);
    ck_assert_int_eq(store_open(restored, &options, &books), 0);
    ck_assert_uint_eq(epoch_now(), epoch);
    ck_assert_point_is("tax", old, kept.position, POINT_HERE);
    ck_assert_point_is("tax", old, lost.position, POINT_BEYOND);
    char command[600];
    snprintf(command, sizeof command, "rm -rf %s %s", backup, restored);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(when_a_backup_was_noted_is_known_after_opening_again)
{
    ck_assert_int_eq(head_now().covered_ms, 0);
    ck_assert_int_gt(head_now().created_ms, 0);
    apply_from("tax", a_fee("f1", 20240105, 100));
    begin();
    ck_assert_int_eq(store_covered(books, position()), 0);
    commit();
    ck_assert_int_eq(head_now().covered_ms, head_now().recorded_ms);
    int64_t noted = head_now().covered_ms, created = head_now().created_ms;
    books_reopen();
    ck_assert_int_eq(head_now().covered_ms, noted);
    ck_assert_int_eq(head_now().created_ms, created);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("points");
    TCase *t = tcase_create("points");
    tcase_add_checked_fixture(t, books_setup, books_teardown);
    tcase_add_test(t, what_stands_there_is_here);
    tcase_add_test(t, what_the_store_has_not_come_to_is_beyond);
    tcase_add_test(t, an_event_of_somebody_else_is_another);
    tcase_add_test(t, an_earlier_epoch_ends_where_the_next_begins);
    tcase_add_test(t, an_epoch_of_another_store_is_unknown);
    tcase_add_test(t, many_epochs_are_known_and_the_oldest_is_forgotten_first);
    tcase_add_test(t, a_restored_backup_knows_where_its_epoch_ended);
    tcase_add_test(t, when_a_backup_was_noted_is_known_after_opening_again);
    suite_add_tcase(s, t);
    return s;
}
