/* Where one person stands, from which day on, and that the order of arrival does not matter. */
#include <stdlib.h>
#include <string.h>

#include "fund/insured.h"
#include "tests/suite.h"

#define DAYS_MAX 64

static struct insured_day days[DAYS_MAX];
static unsigned day_count;
static struct { uint32_t number; date_day day; unsigned slot; int by; } changes[400];
static unsigned change_count;

static const struct fund funds[] = {
    {0}, {440881, 390}, {440883, 390}, {440881, 310}, {440800, 390}, {130207, 390}, {440000, 390},
};

static void nothing_known(void)
{
    day_count = 0;
}

static void fee(uint32_t number, date_day day, int sign)
{
    days[day_count++] = (struct insured_day){
        .fund = funds[number], .number = number, .day = day, .fees = sign};
}

static void enrolled(uint32_t number, date_day day, enum event_status status, enum event_group group)
{
    days[day_count++] = (struct insured_day){
        .fund = funds[number], .number = number, .day = day, .status = status, .group = group};
}

static void note_change(void *, uint32_t number, date_day day, unsigned slot, int by)
{
    changes[change_count].number = number;
    changes[change_count].day = day;
    changes[change_count].slot = slot;
    changes[change_count++].by = by;
}

static void walk(date_day from)
{
    /* Just as many as there are, so that one who goes beyond the last is found out. */
    struct insured_state *states = malloc(day_count * sizeof *states);
    struct insured_day *sorted = malloc(day_count * sizeof *sorted);
    memcpy(sorted, days, day_count * sizeof *sorted);
    change_count = 0;
    insured_walk(sorted, day_count, from, states, note_change, NULL);
    free(states);
    free(sorted);
}

/* Whether he stands in a count at the end of a day. */
static int stands(uint32_t number, date_day day, unsigned slot)
{
    int sum = 0;
    walk(DATE_NONE);
    for (unsigned i = 0; i < change_count; i++)
        if (changes[i].number == number && changes[i].day <= day && changes[i].slot == slot)
            sum += changes[i].by;
    return sum;
}

static int paid(uint32_t number, date_day day)
{
    int sum = 0;
    for (unsigned group = 0; group < INSURED_GROUPS; group++)
        sum += stands(number, day, INSURED_PAID + group);
    return sum;
}

/* Counted here: paid, not left, not counted elsewhere. */
static int counts(uint32_t number, date_day day)
{
    return paid(number, day) - stands(number, day, INSURED_LEFT) - stands(number, day, INSURED_ELSEWHERE);
}

START_TEST(a_person_is_paid_from_the_fee_until_it_is_given_back)
{
    fee(1, 10, +1);
    fee(1, 30, -1);
    ck_assert_int_eq(paid(1, 9), 0);
    ck_assert_int_eq(paid(1, 10), 1);
    ck_assert_int_eq(paid(1, 29), 1);
    ck_assert_int_eq(paid(1, 30), 0);
}
END_TEST

START_TEST(who_leaves_later_was_registered_until_then)
{
    enrolled(1, 20, STATUS_ENDED, GROUP_FULL);
    enrolled(1, 10, STATUS_NORMAL, GROUP_FULL);
    fee(1, 12, +1);
    ck_assert_int_eq(stands(1, 9, INSURED_REGISTERED + GROUP_FULL), 0);
    ck_assert_int_eq(stands(1, 19, INSURED_REGISTERED + GROUP_FULL), 1);
    ck_assert_int_eq(stands(1, 20, INSURED_REGISTERED + GROUP_FULL), 0);
    ck_assert_int_eq(stands(1, 19, INSURED_LEFT), 0);
    ck_assert_int_eq(stands(1, 20, INSURED_LEFT), 1);
    ck_assert_int_eq(paid(1, 20), 1);
    ck_assert_int_eq(counts(1, 20), 0);
}
END_TEST

START_TEST(who_comes_back_counts_again)
{
    fee(1, 1, +1);
    enrolled(1, 5, STATUS_PAUSED, GROUP_ORDINARY);
    enrolled(1, 9, STATUS_NORMAL, GROUP_STUDENT);
    ck_assert_int_eq(counts(1, 4), 1);
    ck_assert_int_eq(counts(1, 5), 0);
    ck_assert_int_eq(counts(1, 9), 1);
    ck_assert_int_eq(stands(1, 4, INSURED_PAID + GROUP_NONE), 1);
    ck_assert_int_eq(stands(1, 9, INSURED_PAID + GROUP_STUDENT), 1);
    ck_assert_int_eq(stands(1, 9, INSURED_PAID + GROUP_NONE), 0);
}
END_TEST

START_TEST(of_one_day_the_status_that_ends_more_counts_in_any_order)
{
    enrolled(1, 5, STATUS_ENDED, GROUP_ORDINARY);
    enrolled(1, 5, STATUS_NORMAL, GROUP_STUDENT);
    ck_assert_int_eq(stands(1, 5, INSURED_REGISTERED + GROUP_STUDENT), 0);
    nothing_known();
    enrolled(1, 5, STATUS_NORMAL, GROUP_ORDINARY);
    enrolled(1, 5, STATUS_NORMAL, GROUP_STUDENT);
    enrolled(1, 5, STATUS_NORMAL, GROUP_FULL);
    ck_assert_int_eq(stands(1, 5, INSURED_REGISTERED + GROUP_STUDENT), 1);
}
END_TEST

START_TEST(who_is_paid_in_two_places_counts_where_the_fee_came_first)
{
    fee(2, 10, +1);
    fee(1, 20, +1);
    ck_assert_int_eq(stands(2, 19, INSURED_DOUBLED), 0);
    ck_assert_int_eq(stands(2, 20, INSURED_DOUBLED), 1);
    ck_assert_int_eq(stands(1, 20, INSURED_DOUBLED), 1);
    ck_assert_int_eq(counts(2, 20), 1);
    ck_assert_int_eq(counts(1, 20), 0);
    ck_assert_int_eq(stands(1, 20, INSURED_ELSEWHERE), 1);
}
END_TEST

START_TEST(when_the_first_fund_gives_the_fee_back_the_second_has_him)
{
    fee(2, 10, +1);
    fee(1, 20, +1);
    fee(2, 30, -1);
    fee(2, 40, +1);             /* paid once more: now he was with the other one first */
    ck_assert_int_eq(counts(1, 29), 0);
    ck_assert_int_eq(counts(1, 30), 1);
    ck_assert_int_eq(stands(1, 30, INSURED_DOUBLED), 0);
    ck_assert_int_eq(counts(1, 40), 1);
    ck_assert_int_eq(counts(2, 40), 0);
}
END_TEST

START_TEST(who_left_one_fund_for_another_is_not_doubled)
{
    fee(1, 10, +1);
    enrolled(1, 50, STATUS_ENDED, GROUP_ORDINARY);
    fee(3, 50, +1);             /* to the employees' scheme */
    ck_assert_int_eq(counts(1, 49), 1);
    ck_assert_int_eq(counts(1, 50), 0);
    ck_assert_int_eq(counts(3, 50), 1);
    ck_assert_int_eq(stands(3, 50, INSURED_DOUBLED), 0);
}
END_TEST

START_TEST(on_one_day_employees_come_before_residents_and_then_the_lower_place)
{
    fee(1, 10, +1);
    fee(3, 10, +1);
    ck_assert_int_eq(counts(3, 10), 1);
    ck_assert_int_eq(counts(1, 10), 0);
    nothing_known();
    fee(2, 10, +1);
    fee(1, 10, +1);
    ck_assert_int_eq(counts(1, 10), 1);
    ck_assert_int_eq(counts(2, 10), 0);
}
END_TEST

START_TEST(a_city_and_its_county_keep_books_of_the_same_people)
{
    fee(4, 10, +1);             /* 440800 */
    fee(1, 30, +1);             /* 440881, within it */
    ck_assert_int_eq(stands(4, 30, INSURED_DOUBLED), 0);
    ck_assert_int_eq(counts(1, 30), 1);
    fee(5, 20, +1);             /* 130207: after the city, before its county */
    ck_assert_int_eq(counts(4, 30), 1);
    ck_assert_int_eq(counts(1, 30), 1);
    ck_assert_int_eq(counts(5, 30), 0);
    ck_assert_int_eq(stands(1, 30, INSURED_DOUBLED), 1);
}
END_TEST

START_TEST(two_counties_of_a_province_with_a_fund_count_a_person_in_one_of_them)
{
    fee(6, 10, +1);             /* 440000 */
    fee(1, 30, +1);
    fee(2, 20, +1);
    ck_assert_int_eq(counts(6, 30), 1);
    ck_assert_int_eq(counts(1, 30) + counts(2, 30), 1);
    ck_assert_int_eq(counts(2, 30), 1);
}
END_TEST

START_TEST(only_changes_from_the_day_asked_for_are_told)
{
    fee(1, 10, +1);
    enrolled(1, 20, STATUS_NORMAL, GROUP_ORDINARY);
    walk(20);
    ck_assert_uint_eq(change_count, 3);     /* registered; paid moves to the group */
    for (unsigned i = 0; i < change_count; i++)
        ck_assert_int_eq(changes[i].day, 20);
}
END_TEST

/* --- In any order: what is told sums up alike. ------------------------------------------ */

static void random_life(unsigned seed)
{
    static const enum event_status statuses[] = {STATUS_NORMAL, STATUS_PAUSED, STATUS_ENDED};
    srand(seed);
    nothing_known();
    for (int i = 0; i < 20; i++) {
        uint32_t number = 1 + (uint32_t)rand() % 6;
        date_day day = 100 + rand() % 12;
        if (rand() % 2 == 0) {
            fee(number, day, +1);
            if (rand() % 2 == 0)
                fee(number, day + rand() % 5, -1);
        } else {
            enrolled(number, day, statuses[rand() % 3], (enum event_group)(1 + rand() % 4));
        }
    }
}

static void sum_up(int sums[7][20][INSURED_SLOTS])
{
    memset(sums, 0, sizeof (int[7][20][INSURED_SLOTS]));
    walk(DATE_NONE);
    for (unsigned i = 0; i < change_count; i++)
        sums[changes[i].number][changes[i].day - 100][changes[i].slot] += changes[i].by;
}

START_TEST(the_order_does_not_matter)
{
    static int expected[7][20][INSURED_SLOTS], found[7][20][INSURED_SLOTS];
    random_life((unsigned)_i);
    sum_up(expected);
    for (unsigned i = day_count - 1; i > 0; i--) {
        unsigned other = (unsigned)rand() % (i + 1);
        struct insured_day day = days[i];
        days[i] = days[other];
        days[other] = day;
    }
    sum_up(found);
    ck_assert_int_eq(memcmp(expected, found, sizeof expected), 0);
}
END_TEST

/* Fund 1, 2, 3 and 5 lie apart; of 4 and 6 the people are theirs, too. */
START_TEST(of_funds_that_lie_apart_one_counts_him)
{
    static const uint32_t apart[] = {1, 2, 3, 5};
    random_life((unsigned)_i);
    unsigned kept = 0;
    for (unsigned i = 0; i < day_count; i++)
        if (days[i].number != 4 && days[i].number != 6)
            days[kept++] = days[i];
    day_count = kept;
    for (date_day day = 100; day < 117; day++) {
        int here = 0, in = 0;
        for (int i = 0; i < 4; i++) {
            here += counts(apart[i], day);
            in += paid(apart[i], day) - stands(apart[i], day, INSURED_LEFT);
        }
        ck_assert_int_eq(here, in > 0 ? 1 : 0);
    }
}
END_TEST

/* Two counties, both of a city whose fund he paid first on the same day: the lower place counts him. */
START_TEST(of_two_that_came_on_one_day_after_a_third_the_lower_place_counts)
{
    fee(6, 10, +1);             /* 440000 */
    fee(1, 20, +1);
    fee(2, 20, +1);
    ck_assert_int_eq(counts(6, 20), 1);
    ck_assert_int_eq(counts(1, 20), 1);
    ck_assert_int_eq(counts(2, 20), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("insured");
    TCase *t = tcase_create("insured");
    tcase_add_checked_fixture(t, nothing_known, NULL);
    tcase_add_test(t, a_person_is_paid_from_the_fee_until_it_is_given_back);
    tcase_add_test(t, who_leaves_later_was_registered_until_then);
    tcase_add_test(t, who_comes_back_counts_again);
    tcase_add_test(t, of_one_day_the_status_that_ends_more_counts_in_any_order);
    tcase_add_test(t, who_is_paid_in_two_places_counts_where_the_fee_came_first);
    tcase_add_test(t, when_the_first_fund_gives_the_fee_back_the_second_has_him);
    tcase_add_test(t, who_left_one_fund_for_another_is_not_doubled);
    tcase_add_test(t, on_one_day_employees_come_before_residents_and_then_the_lower_place);
    tcase_add_test(t, a_city_and_its_county_keep_books_of_the_same_people);
    tcase_add_test(t, two_counties_of_a_province_with_a_fund_count_a_person_in_one_of_them);
    tcase_add_test(t, only_changes_from_the_day_asked_for_are_told);
    tcase_add_loop_test(t, the_order_does_not_matter, 0, 50);
    tcase_add_loop_test(t, of_funds_that_lie_apart_one_counts_him, 0, 50);
    tcase_add_test(t, of_two_that_came_on_one_day_after_a_third_the_lower_place_counts);
    suite_add_tcase(s, t);
    return s;
}
