/* Who came and who went, of one person after the other. */
#include <stdlib.h>
#include <string.h>

#include "fund/churn.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

#define DAYS_MAX 64

static struct churn churn;
static struct churn_day days[DAYS_MAX];
static unsigned day_count;

static void setup(void)
{
    memset(&churn, 0, sizeof churn);
    churn.from = month(202401);
    churn.to = month(202512);
    day_count = 0;
}

static struct churn_day *add_day(int year, int32_t ymd, int where)
{
    days[day_count] = (struct churn_day){
        .year = year, .number = 1 + (unsigned)where, .where = where, .day = day(ymd)};
    return &days[day_count++];
}

static void fee(int year, int32_t ymd, int sign)
{
    add_day(year, ymd, CHURN_HERE)->fees = sign;
}

static void fee_elsewhere(int year, int32_t ymd, int where)
{
    add_day(year, ymd, where)->fees = +1;
}

static void enrolled(int year, int32_t ymd, enum event_status status, enum event_group group)
{
    struct churn_day *one = add_day(year, ymd, CHURN_HERE);
    one->status = (uint8_t)status;
    one->group = (uint8_t)group;
}

static int by_key(const void *a, const void *b)
{
    const struct churn_day *x = a, *y = b;
    if (x->year != y->year)
        return x->year - y->year;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->day - y->day;
}

/* One person's days are over. */
static void person(void)
{
    /* Just as many as there are, so that one who reads behind the last is found out. */
    struct churn_day *just = malloc(day_count * sizeof *just);
    qsort(days, day_count, sizeof *days, by_key);
    memcpy(just, days, day_count * sizeof *just);
    churn_person(&churn, just, day_count);
    free(just);
    day_count = 0;
}

static int64_t in_month(int32_t ym, enum event_group group, enum churn_count count)
{
    return churn.counts[month(ym) - churn.from][group][count];
}

static int64_t in_all(enum churn_count count)
{
    int64_t sum = 0;
    for (date_month m = churn.from; m <= churn.to; m++)
        for (unsigned group = 0; group < INSURED_GROUPS; group++)
            sum += churn.counts[m - churn.from][group][count];
    return sum;
}

START_TEST(who_pays_for_the_first_time_joins)
{
    enrolled(2024, 20240210, STATUS_NORMAL, GROUP_ORDINARY);
    fee(2024, 20240215, +1);
    fee(2025, 20241101, +1);
    person();
    ck_assert_int_eq(in_month(202402, GROUP_ORDINARY, CHURN_JOINED), 1);
    ck_assert_int_eq(in_month(202402, GROUP_ORDINARY, CHURN_END), 1);
    ck_assert_int_eq(in_month(202403, GROUP_ORDINARY, CHURN_BEGIN), 1);
    ck_assert_int_eq(in_month(202501, GROUP_ORDINARY, CHURN_END), 1);      /* his group stays */
    ck_assert_int_eq(in_all(CHURN_JOINED), 1);
    ck_assert_int_eq(in_all(CHURN_LAPSED), 0);
    ck_assert_int_eq(in_all(CHURN_REGROUPED), 0);
}
END_TEST

START_TEST(who_does_not_pay_for_the_new_year_lapses_and_a_late_payer_returns)
{
    fee(2024, 20231105, +1);
    fee(2025, 20250310, +1);
    person();
    ck_assert_int_eq(in_month(202401, GROUP_NONE, CHURN_JOINED), 1);
    ck_assert_int_eq(in_month(202501, GROUP_NONE, CHURN_LAPSED), 1);
    ck_assert_int_eq(in_month(202503, GROUP_NONE, CHURN_RETURNED), 1);
    ck_assert_int_eq(in_month(202502, GROUP_NONE, CHURN_BEGIN), 0);
}
END_TEST

START_TEST(the_last_day_of_a_month_is_of_that_month)
{
    fee(2024, 20240229, +1);
    person();
    fee(2024, 20240301, +1);
    person();
    ck_assert_int_eq(in_month(202402, GROUP_NONE, CHURN_JOINED), 1);
    ck_assert_int_eq(in_month(202403, GROUP_NONE, CHURN_JOINED), 1);
}
END_TEST

START_TEST(who_was_in_years_ago_returns)
{
    fee(2021, 20201105, +1);
    fee(2025, 20250115, +1);
    person();
    ck_assert_int_eq(in_month(202501, GROUP_NONE, CHURN_RETURNED), 1);
    ck_assert_int_eq(in_all(CHURN_JOINED) + in_all(CHURN_LAPSED), 0);
}
END_TEST

START_TEST(who_dies_has_ended_in_that_month_and_a_fee_given_back_lapses)
{
    fee(2024, 20240101, +1);
    enrolled(2024, 20240101, STATUS_NORMAL, GROUP_FULL);
    enrolled(2024, 20240520, STATUS_ENDED, GROUP_FULL);
    person();
    fee(2024, 20240101, +1);
    fee(2024, 20240603, -1);
    person();
    ck_assert_int_eq(in_month(202405, GROUP_FULL, CHURN_ENDED), 1);
    ck_assert_int_eq(in_month(202406, GROUP_NONE, CHURN_LAPSED), 1);
    ck_assert_int_eq(in_all(CHURN_ENDED), 1);
    ck_assert_int_eq(in_all(CHURN_LAPSED), 1);
}
END_TEST

START_TEST(who_is_in_another_fund_then_has_moved)
{
    fee(2024, 20240101, +1);
    enrolled(2024, 20240610, STATUS_ENDED, GROUP_NONE);
    fee_elsewhere(2024, 20240615, CHURN_ELSEWHERE);
    person();
    fee_elsewhere(2024, 20240101, CHURN_ELSEWHERE);
    fee(2025, 20250105, +1);
    person();
    ck_assert_int_eq(in_month(202406, GROUP_NONE, CHURN_MOVED_OUT), 1);
    ck_assert_int_eq(in_all(CHURN_ENDED), 0);
    ck_assert_int_eq(in_month(202501, GROUP_NONE, CHURN_MOVED_IN), 1);
}
END_TEST

/* As in the books of a place, which has several funds. */
START_TEST(of_two_funds_of_the_books_he_is_in_the_group_of_the_one_that_has_him)
{
    fee(2024, 20240101, +1);
    enrolled(2024, 20240101, STATUS_NORMAL, GROUP_ORDINARY);
    enrolled(2024, 20240301, STATUS_NORMAL, GROUP_STUDENT);
    days[day_count - 1].number = 5;
    person();
    ck_assert_int_eq(in_month(202403, GROUP_ORDINARY, CHURN_END), 1);
    enrolled(2024, 20240401, STATUS_NORMAL, GROUP_FULL);
    fee_elsewhere(2024, 20240501, CHURN_HERE);
    days[day_count - 1].number = 5;
    enrolled(2024, 20240501, STATUS_NORMAL, GROUP_PART);
    days[day_count - 1].number = 5;
    person();
    ck_assert_int_eq(in_month(202405, GROUP_PART, CHURN_JOINED), 1);
    ck_assert_int_eq(in_all(CHURN_REGROUPED), 0);
    enrolled(2024, 20240101, STATUS_NORMAL, GROUP_FULL);
    fee(2024, 20240201, +1);
    days[day_count - 1].number = 5;
    fee(2024, 20240202, -1);
    days[day_count - 1].number = 5;
    fee(2025, 20250101, +1);
    person();
    ck_assert_int_eq(in_month(202501, GROUP_FULL, CHURN_END), 1);   /* the only one that was told */
}
END_TEST

START_TEST(a_fund_of_the_same_people_is_no_other_fund)
{
    fee_elsewhere(2024, 20240101, CHURN_SAME);
    fee(2024, 20240203, +1);
    person();
    ck_assert_int_eq(in_month(202402, GROUP_NONE, CHURN_JOINED), 1);
}
END_TEST

START_TEST(who_becomes_a_student_is_counted_out_of_one_group_and_into_the_other)
{
    fee(2024, 20240101, +1);
    enrolled(2024, 20240101, STATUS_NORMAL, GROUP_ORDINARY);
    enrolled(2024, 20240901, STATUS_NORMAL, GROUP_STUDENT);
    person();
    ck_assert_int_eq(in_month(202409, GROUP_ORDINARY, CHURN_REGROUPED), -1);
    ck_assert_int_eq(in_month(202409, GROUP_STUDENT, CHURN_REGROUPED), 1);
    ck_assert_int_eq(in_month(202409, GROUP_STUDENT, CHURN_END), 1);
}
END_TEST

static void random_person(void)
{
    static const enum event_status statuses[] = {STATUS_NORMAL, STATUS_NORMAL, STATUS_PAUSED, STATUS_ENDED};
    for (int i = 0; i < 12; i++) {
        int year = 2022 + rand() % 4;
        int32_t ymd = (year - rand() % 2) * 10000 + (1 + rand() % 12) * 100 + 1 + rand() % 28;
        if (rand() % 2 == 0)
            enrolled(year, ymd, statuses[rand() % 4], (enum event_group)(1 + rand() % 3));
        else
            fee_elsewhere(year, ymd, rand() % 4 == 0 ? CHURN_ELSEWHERE : CHURN_HERE);
    }
    person();
}

START_TEST(what_comes_and_goes_adds_up_in_each_month_and_group)
{
    srand((unsigned)_i);
    for (int i = 0; i < 300; i++)
        random_person();
    ck_assert_int_gt(in_all(CHURN_MOVED_OUT), 0);
    for (date_month m = churn.from; m <= churn.to; m++)
        for (unsigned group = 0; group < INSURED_GROUPS; group++) {
            const int64_t *c = churn.counts[m - churn.from][group];
            ck_assert_int_eq(c[CHURN_BEGIN] + c[CHURN_JOINED] + c[CHURN_RETURNED] + c[CHURN_MOVED_IN]
                             - c[CHURN_LAPSED] - c[CHURN_ENDED] - c[CHURN_MOVED_OUT] + c[CHURN_REGROUPED],
                             c[CHURN_END]);
            if (m < churn.to)
                ck_assert_int_eq(c[CHURN_END], churn.counts[m + 1 - churn.from][group][CHURN_BEGIN]);
        }
}
END_TEST

/* --- Small groups */

static void has_persons(enum event_group group, int persons)
{
    for (int i = 0; i < persons; i++) {
        fee(2024, 20240101, +1);
        enrolled(2024, 20240101, STATUS_NORMAL, group);
        person();
    }
}

START_TEST(a_group_of_fewer_than_ten_is_not_shown_by_itself)
{
    uint32_t merged;
    has_persons(GROUP_ORDINARY, 40);
    has_persons(GROUP_FULL, 10);
    has_persons(GROUP_STUDENT, 9);
    has_persons(GROUP_PART, 1);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 1u << GROUP_STUDENT | 1u << GROUP_PART);
    ck_assert_int_eq(in_month(202401, GROUP_PART, CHURN_END), 10);
    ck_assert_int_eq(in_month(202401, GROUP_STUDENT, CHURN_END), 0);
    ck_assert_int_eq(in_month(202401, GROUP_FULL, CHURN_END), 10);
}
END_TEST

START_TEST(those_of_no_group_are_one)
{
    uint32_t merged;
    has_persons(GROUP_NONE, 9);
    has_persons(GROUP_ORDINARY, 10);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 1u << GROUP_NONE | 1u << GROUP_ORDINARY);
    ck_assert_int_eq(in_month(202401, GROUP_NONE, CHURN_END), 19);
}
END_TEST

START_TEST(what_is_merged_and_still_small_takes_the_next_group_in)
{
    uint32_t merged;
    has_persons(GROUP_ORDINARY, 40);
    has_persons(GROUP_FULL, 20);
    has_persons(GROUP_STUDENT, 1);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 1u << GROUP_STUDENT | 1u << GROUP_FULL);
    ck_assert_int_eq(in_month(202401, GROUP_FULL, CHURN_JOINED), 21);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 0);
}
END_TEST

/* A group that was large in one month and small in another is small. */
START_TEST(a_group_is_as_small_as_in_its_smallest_month)
{
    uint32_t merged;
    has_persons(GROUP_ORDINARY, 40);
    has_persons(GROUP_FULL, 30);
    for (int i = 0; i < 20; i++) {
        fee(2024, 20240101, +1);
        enrolled(2024, 20240101, STATUS_NORMAL, GROUP_STUDENT);
        if (i < 15)
            enrolled(2024, 20240201, STATUS_ENDED, GROUP_STUDENT);
        person();
    }
    ck_assert_int_eq(in_month(202401, GROUP_STUDENT, CHURN_END), 20);
    ck_assert_int_eq(in_month(202402, GROUP_STUDENT, CHURN_END), 5);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 1u << GROUP_STUDENT | 1u << GROUP_FULL);
}
END_TEST

START_TEST(the_only_group_is_the_total_and_stays)
{
    uint32_t merged;
    has_persons(GROUP_ORDINARY, 3);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 0);
    ck_assert_int_eq(in_month(202401, GROUP_ORDINARY, CHURN_END), 3);
}
END_TEST

START_TEST(every_count_has_a_word)
{
    ck_assert_str_eq(churn_word(CHURN_MOVED_IN), "moved_in");
    for (enum churn_count count = 0; count < CHURN_COUNTS; count++)
        ck_assert_ptr_nonnull(churn_word(count));
    ck_assert_ptr_null(churn_word(CHURN_COUNTS));
}
END_TEST

START_TEST(of_two_funds_of_the_same_people_the_group_of_the_first_counts)
{
    fee(2024, 20240101, +1);
    enrolled(2024, 20240101, STATUS_NORMAL, GROUP_STUDENT);
    for (unsigned i = 0; i < 2; i++) {
        struct churn_day *county = add_day(2024, 20240101, CHURN_HERE);
        county->number = 9;
        if (i == 0) {
            county->fees = +1;
        } else {
            county->status = STATUS_NORMAL;
            county->group = GROUP_FULL;
        }
    }
    person();
    ck_assert_int_eq(in_month(202402, GROUP_STUDENT, CHURN_BEGIN), 1);
    ck_assert_int_eq(in_month(202402, GROUP_FULL, CHURN_BEGIN), 0);
}
END_TEST

START_TEST(who_is_only_enrolled_in_a_second_fund_keeps_the_group_of_the_first)
{
    fee(2024, 20240101, +1);
    enrolled(2024, 20240101, STATUS_NORMAL, GROUP_STUDENT);
    struct churn_day *county = add_day(2024, 20240101, CHURN_HERE);
    county->number = 9;
    county->status = STATUS_NORMAL;
    county->group = GROUP_FULL;
    person();
    ck_assert_int_eq(in_month(202402, GROUP_STUDENT, CHURN_BEGIN), 1);
    ck_assert_int_eq(in_month(202402, GROUP_FULL, CHURN_BEGIN), 0);
}
END_TEST

START_TEST(of_whom_nothing_is_known_nothing_is_counted)
{
    person();
    for (unsigned count = 0; count < CHURN_COUNTS; count++)
        ck_assert_int_eq(in_all((enum churn_count)count), 0);
}
END_TEST

/* What a group has at the beginning and the end of the only month. */
static void has_in_january(enum event_group group, int64_t begin, int64_t end)
{
    churn.to = churn.from;
    churn.counts[0][group][CHURN_BEGIN] = begin;
    churn.counts[0][group][CHURN_END] = end;
}

START_TEST(a_group_is_small_at_the_beginning_or_at_the_end_of_a_month)
{
    static const struct { int64_t begin, end; bool small; } rows[] = {
        {9, 10, true}, {10, 9, true}, {0, 10, false}, {10, 0, false}, {10, 10, false},
    };
    uint32_t merged;
    has_in_january(GROUP_ORDINARY, rows[_i].begin, rows[_i].end);
    has_in_january(GROUP_FULL, 30, 30);
    has_in_january(GROUP_STUDENT, 20, 20);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, rows[_i].small ? 1u << GROUP_ORDINARY | 1u << GROUP_STUDENT : 0);
}
END_TEST

START_TEST(what_is_still_small_takes_the_smallest_in_wherever_it_stands)
{
    static const int64_t persons[][2] = {{20, 30}, {30, 20}};       /* full, student */
    uint32_t merged;
    has_in_january(GROUP_ORDINARY, 1, 1);
    has_in_january(GROUP_FULL, persons[_i][0], persons[_i][0]);
    has_in_january(GROUP_STUDENT, persons[_i][1], persons[_i][1]);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 1u << GROUP_ORDINARY | 1u << (_i == 0 ? GROUP_FULL : GROUP_STUDENT));
}
END_TEST

/* Full is the smallest, but was empty in the month in which three students were there. */
START_TEST(others_are_taken_in_until_no_month_is_small)
{
    uint32_t merged;
    has_in_january(GROUP_ORDINARY, 200, 200);
    has_in_january(GROUP_FULL, 0, 100);
    has_in_january(GROUP_STUDENT, 3, 3);
    churn_merge_small(&churn, &merged);
    ck_assert_uint_eq(merged, 1u << GROUP_ORDINARY | 1u << GROUP_FULL | 1u << GROUP_STUDENT);
    ck_assert_int_eq(churn.counts[0][GROUP_ORDINARY][CHURN_BEGIN], 203);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("churn");
    TCase *t = tcase_create("churn");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, who_pays_for_the_first_time_joins);
    tcase_add_test(t, who_does_not_pay_for_the_new_year_lapses_and_a_late_payer_returns);
    tcase_add_test(t, the_last_day_of_a_month_is_of_that_month);
    tcase_add_test(t, who_was_in_years_ago_returns);
    tcase_add_test(t, who_dies_has_ended_in_that_month_and_a_fee_given_back_lapses);
    tcase_add_test(t, who_is_in_another_fund_then_has_moved);
    tcase_add_test(t, of_two_funds_of_the_books_he_is_in_the_group_of_the_one_that_has_him);
    tcase_add_test(t, a_fund_of_the_same_people_is_no_other_fund);
    tcase_add_test(t, who_becomes_a_student_is_counted_out_of_one_group_and_into_the_other);
    tcase_add_loop_test(t, what_comes_and_goes_adds_up_in_each_month_and_group, 0, 10);
    tcase_add_test(t, a_group_of_fewer_than_ten_is_not_shown_by_itself);
    tcase_add_test(t, those_of_no_group_are_one);
    tcase_add_test(t, what_is_merged_and_still_small_takes_the_next_group_in);
    tcase_add_test(t, a_group_is_as_small_as_in_its_smallest_month);
    tcase_add_test(t, the_only_group_is_the_total_and_stays);
    tcase_add_test(t, others_are_taken_in_until_no_month_is_small);
    tcase_add_test(t, every_count_has_a_word);
    tcase_add_test(t, of_two_funds_of_the_same_people_the_group_of_the_first_counts);
    tcase_add_test(t, who_is_only_enrolled_in_a_second_fund_keeps_the_group_of_the_first);
    tcase_add_test(t, of_whom_nothing_is_known_nothing_is_counted);
    tcase_add_loop_test(t, a_group_is_small_at_the_beginning_or_at_the_end_of_a_month, 0, 5);
    tcase_add_loop_test(t, what_is_still_small_takes_the_smallest_in_wherever_it_stands, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
