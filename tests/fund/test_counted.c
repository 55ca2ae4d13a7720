/* What the insured of a year are when a total is reported, and groups, on different days. */
#include "fund/counted.h"
#include "fund/indicator.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct counted counted;

static void setup(void)
{
    counted = counted_nothing();
}

static void total_of(int32_t ymd, int64_t heads)
{
    counted.total = heads;
    counted.total_date = day(ymd);
}

/* Groups of which the oldest and the newest count are of these days. */
static void groups_of(int32_t oldest, int32_t newest, int64_t heads, bool has_ordinary)
{
    counted.groups = heads;
    counted.oldest = day(oldest);
    counted.newest = day(newest);
    counted.has_ordinary = has_ordinary;
}

static void is(int64_t heads, bool by_groups, bool contradicts)
{
    ck_assert_int_eq(counted_heads(&counted), heads);
    ck_assert_int_eq(counted_by_groups(&counted), by_groups);
    ck_assert_int_eq(counted_contradicts(&counted), contradicts);
}

START_TEST(nobody_reported_anything)
{
    is(HEADS_UNKNOWN, false, false);
}
END_TEST

START_TEST(without_the_one_it_is_the_other)
{
    total_of(20230131, 10000);
    is(10000, false, false);
    counted = counted_nothing();
    groups_of(20230131, 20230131, 22295, false);
    is(22295, true, false);
}
END_TEST

START_TEST(zhanjiang_s_students_are_within_the_total_however_new)
{
    total_of(20220630, 5880830);
    groups_of(20220630, 20220630, 22295, false);
    is(5880830, false, false);
    groups_of(20220930, 20220930, 23000, false);
    is(5880830, false, false);
}
END_TEST

START_TEST(groups_that_are_all_newer_and_make_up_everybody_are_the_figure)
{
    total_of(20230131, 10000);
    groups_of(20230630, 20230731, 9000, true);
    is(9000, true, true);
    groups_of(20230201, 20230201, 10000, true);
    is(10000, true, false);
}
END_TEST

START_TEST(groups_of_the_total_s_day_are_beside_it)
{
    total_of(20230630, 10000);
    groups_of(20230630, 20230630, 10000, true);
    is(10000, false, false);
    groups_of(20230630, 20230630, 9000, true);
    is(10000, false, true);
}
END_TEST

START_TEST(a_group_that_was_renewed_alone_makes_no_new_whole)
{
    total_of(20230630, 10000);
    groups_of(20230531, 20230731, 9900, true);
    is(10000, false, true);
    groups_of(20230531, 20230731, 10000, true);
    is(10000, false, false);
}
END_TEST

START_TEST(a_newer_total_stands_and_older_groups_say_nothing_against_it)
{
    groups_of(20230630, 20230731, 9500, true);
    total_of(20230831, 9600);
    is(9600, false, false);
}
END_TEST

START_TEST(a_part_that_is_more_than_the_whole_contradicts_it)
{
    total_of(20230630, 10000);
    groups_of(20230731, 20230731, 10000, false);
    is(10000, false, false);
    groups_of(20230731, 20230731, 10001, false);
    is(10000, false, true);
}
END_TEST

START_TEST(a_group_that_only_a_part_of_the_fund_counts_makes_no_whole)
{
    total_of(20230131, 10000);
    groups_of(20230630, 20230630, 9000, true);
    counted.lacks_group = true;
    is(10000, false, false);
    groups_of(20230630, 20230630, 11000, true);
    is(10000, false, true);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("counted");
    TCase *t = tcase_create("counted");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, nobody_reported_anything);
    tcase_add_test(t, without_the_one_it_is_the_other);
    tcase_add_test(t, zhanjiang_s_students_are_within_the_total_however_new);
    tcase_add_test(t, groups_that_are_all_newer_and_make_up_everybody_are_the_figure);
    tcase_add_test(t, groups_of_the_total_s_day_are_beside_it);
    tcase_add_test(t, a_group_that_was_renewed_alone_makes_no_new_whole);
    tcase_add_test(t, a_newer_total_stands_and_older_groups_say_nothing_against_it);
    tcase_add_test(t, a_part_that_is_more_than_the_whole_contradicts_it);
    tcase_add_test(t, a_group_that_only_a_part_of_the_fund_counts_makes_no_whole);
    suite_add_tcase(s, t);
    return s;
}
