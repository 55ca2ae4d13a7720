#include "daemon/gather.h"

#include <check.h>
#include <stdio.h>

#include "tests/suite.h"

#define COMMIT_US 400

static struct gather gather;
static int64_t clock_us;

static void setup(void)
{
    clock_us = 1000000;
    gather = (struct gather){ .commit_us = COMMIT_US };
}

/* One batch of each of "s<first>" to "s<last>". */
static void come(unsigned first, unsigned last)
{
    char name[16];
    for (unsigned i = first; i <= last; i++) {
        snprintf(name, sizeof name, "s%u", i);
        gather_add(&gather, name);
    }
}

static void be_booked(int64_t took_us)
{
    gather_booked(&gather, clock_us, clock_us + took_us);
    clock_us += took_us;
}

static void come_and_be_booked(unsigned first, unsigned last)
{
    come(first, last);
    be_booked(COMMIT_US);
}

static int64_t wait_us(void)
{
    return gather_us(&gather, clock_us);
}

static bool waits(void)
{
    return wait_us() > 0;
}

START_TEST(whoever_is_alone_waits_for_nobody)
{
    for (unsigned i = 0; i < 5; i++) {
        come(1, 1);
        come(1, 1);                     /* also with several batches at once */
        ck_assert(!waits());
        be_booked(COMMIT_US);
    }
}
END_TEST

START_TEST(two_halves_become_one_group)
{
    come_and_be_booked(1, 8);
    come_and_be_booked(9, 16);
    come(1, 8);
    ck_assert_int_eq(wait_us(), COMMIT_US / 4);
    come(9, 15);
    ck_assert(waits());
    come(16, 16);
    ck_assert(!waits());
}
END_TEST

START_TEST(who_has_gone_is_waited_for_twice_and_no_more)
{
    come_and_be_booked(1, 2);
    for (unsigned i = 0; i < 2; i++) {
        come(1, 1);
        ck_assert(waits());
        be_booked(COMMIT_US);
    }
    come(1, 1);
    ck_assert(!waits());
}
END_TEST

START_TEST(who_was_answered_long_ago_is_not_waited_for)
{
    come_and_be_booked(1, 2);
    clock_us += COMMIT_US;
    come(1, 1);
    ck_assert(waits());
    clock_us++;
    ck_assert(!waits());
}
END_TEST

START_TEST(nothing_is_waited_for_with_nothing_to_book)
{
    come_and_be_booked(1, 2);
    ck_assert(!waits());
}
END_TEST

START_TEST(what_was_handed_on_ends_the_waiting)
{
    come_and_be_booked(1, 16);
    come(1, 4);
    gather_handed_on(&gather);
    come(1, 1);
    ck_assert(!waits());
}
END_TEST

START_TEST(a_crowd_is_not_waited_for)
{
    come_and_be_booked(1, GATHER_SENDERS_MAX);
    come(1, 1);
    ck_assert(waits());
    come(2, GATHER_SENDERS_MAX - 1);
    come(100, 101);
    ck_assert(!waits());
    be_booked(COMMIT_US);
    come(1, 1);
    ck_assert(!waits());
}
END_TEST

START_TEST(a_slow_disk_makes_nobody_wait_for_long)
{
    for (unsigned i = 0; i < 50; i++) {
        come(1, 2);
        be_booked(1000000);
    }
    come(1, 1);
    ck_assert_int_eq(wait_us(), GATHER_US_MAX);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("gather");
    TCase *c = tcase_create("gather");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, whoever_is_alone_waits_for_nobody);
    tcase_add_test(c, two_halves_become_one_group);
    tcase_add_test(c, who_has_gone_is_waited_for_twice_and_no_more);
    tcase_add_test(c, who_was_answered_long_ago_is_not_waited_for);
    tcase_add_test(c, nothing_is_waited_for_with_nothing_to_book);
    tcase_add_test(c, what_was_handed_on_ends_the_waiting);
    tcase_add_test(c, a_crowd_is_not_waited_for);
    tcase_add_test(c, a_slow_disk_makes_nobody_wait_for_long);
    suite_add_tcase(s, c);
    return s;
}
