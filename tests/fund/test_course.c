/* What was told twice, matched. */
#include "fund/course.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

#define LIST_MAX 64

/* malloc() fails once, when it is called so many times more; below 0: never. */
static int fails_in = -1;
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    return fails_in >= 0 && fails_in-- == 0 ? NULL : __real_malloc(size);
}

static struct told then[LIST_MAX], now[LIST_MAX];
static size_t then_count, now_count, row_count;
static struct course_row *rows;

static void setup(void)
{
    then_count = now_count = row_count = 0;
    rows = NULL;
}

static void teardown(void)
{
    free(rows);
}

static struct told told(enum rule rule, date_day date, enum transition transition, int level)
{
    return (struct told){.date = date, .rule = rule, .transition = transition, .level = level};
}

static struct told ended_from(date_day date, int previous)
{
    struct told t = told(RULE_RUNWAY, date, TRANSITION_ENDED, LEVEL_HEALTHY);
    t.previous = previous;
    return t;
}

/* What fires begins an incident, which ends with the next that does. */
static void append(struct told *list, size_t *count, struct told t)
{
    t.number = *count + 1;
    t.incident = t.transition == TRANSITION_FIRING || *count == 0 ? t.number : list[*count - 1].incident;
    list[(*count)++] = t;
}

static void add_then(struct told t)
{
    append(then, &then_count, t);
}

static void add_now(struct told t)
{
    append(now, &now_count, t);
}

static void compare(void)
{
    ck_assert_int_eq(course_compare(then, then_count, now, now_count, &rows, &row_count), 0);
}

static unsigned count(enum course_how how)
{
    unsigned n = 0;
    for (size_t i = 0; i < row_count; i++)
        n += rows[i].how == how;
    return n;
}

#define FIRED(date)  told(RULE_RUNWAY, (date), TRANSITION_FIRING, LEVEL_LOW)
#define ENDED(date)  ended_from((date), LEVEL_LOW)
#define ROSE(date)   told(RULE_RUNWAY, (date), TRANSITION_FIRING, LEVEL_HIGH)
#define FELL(date)   ended_from((date), LEVEL_HIGH)

START_TEST(nothing_beside_nothing_is_no_row)
{
    compare();
    ck_assert_uint_eq(row_count, 0);
}
END_TEST

START_TEST(what_came_on_the_same_day_is_the_same)
{
    add_then(FIRED(100));
    add_then(ENDED(150));
    add_now(FIRED(100));
    add_now(ENDED(150));
    compare();
    ck_assert_uint_eq(row_count, 2);
    ck_assert_uint_eq(count(COURSE_SAME), 2);
    ck_assert_ptr_eq(rows[0].then, &then[0]);
    ck_assert_ptr_eq(rows[0].now, &now[0]);
}
END_TEST

START_TEST(what_came_on_another_day_has_moved_by_days)
{
    add_then(FIRED(100));
    add_now(FIRED(89));
    compare();
    ck_assert_uint_eq(row_count, 1);
    ck_assert_int_eq(rows[0].how, COURSE_MOVED);
    ck_assert_int_eq(rows[0].days, -11);
}
END_TEST

/* Matched from the front, the January of then would be the July of now. */
START_TEST(an_incident_that_is_gone_does_not_take_the_next_ones_place)
{
    add_then(FIRED(10));
    add_then(ENDED(40));
    add_then(FIRED(190));
    add_then(ENDED(220));
    add_now(FIRED(191));
    add_now(ENDED(220));
    compare();
    ck_assert_uint_eq(row_count, 4);
    ck_assert_uint_eq(count(COURSE_ONLY_THEN), 2);
    ck_assert_uint_eq(count(COURSE_MOVED), 1);
    ck_assert_uint_eq(count(COURSE_SAME), 1);
    ck_assert_int_eq(rows[0].how, COURSE_ONLY_THEN);
    ck_assert_int_eq(rows[2].days, 1);
}
END_TEST

START_TEST(an_incident_that_is_new_is_only_now)
{
    add_then(FIRED(190));
    add_now(FIRED(10));
    add_now(ENDED(40));
    add_now(FIRED(190));
    compare();
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 2);
    ck_assert_uint_eq(count(COURSE_SAME), 1);
}
END_TEST

START_TEST(a_year_apart_is_not_the_same_alert)
{
    add_then(FIRED(0));
    add_now(FIRED(_i));
    compare();
    ck_assert_uint_eq(row_count, _i <= COURSE_DAYS_MAX ? 1 : 2);
}
END_TEST

START_TEST(another_level_is_another_alert)
{
    add_then(FIRED(100));
    add_now(told(RULE_RUNWAY, 100, TRANSITION_FIRING, LEVEL_CRITICAL_LOW));
    compare();
    ck_assert_uint_eq(row_count, 2);
    ck_assert_uint_eq(count(COURSE_ONLY_THEN), 1);
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 1);
}
END_TEST

START_TEST(rules_and_their_instances_are_compared_by_themselves)
{
    struct told a = told(RULE_COVERAGE, 100, TRANSITION_FIRING, LEVEL_LOW), b = a;
    strcpy(a.instance, "resident");
    strcpy(b.instance, "combined");
    add_then(a);
    add_then(told(RULE_DEFICIT, 100, TRANSITION_FIRING, LEVEL_LOW));
    add_now(b);
    add_now(FIRED(100));
    compare();
    ck_assert_uint_eq(row_count, 4);
    ck_assert_uint_eq(count(COURSE_ONLY_THEN), 2);
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 2);
    for (size_t i = 1; i < row_count; i++) {
        const struct told *before = rows[i - 1].then != NULL ? rows[i - 1].then : rows[i - 1].now;
        const struct told *after = rows[i].then != NULL ? rows[i].then : rows[i].now;
        ck_assert_int_le(before->rule, after->rule);
    }
}
END_TEST

START_TEST(what_only_one_list_has_does_not_hide_the_others)
{
    static const enum rule then_has[] = {RULE_RUNWAY, RULE_DEFICIT};
    static const enum rule now_has[] = {RULE_DEFICIT, RULE_COVERAGE};
    for (int i = 0; i < 2; i++) {
        add_then(told(then_has[i], 100, TRANSITION_FIRING, LEVEL_LOW));
        add_now(told(now_has[i], 100, TRANSITION_FIRING, LEVEL_LOW));
    }
    compare();
    ck_assert_uint_eq(row_count, 3);
    ck_assert_uint_eq(count(COURSE_SAME), 1);
}
END_TEST

/* What both have in common at the end is matched from there. */
START_TEST(of_one_day_rows_come_in_the_order_in_which_they_were_told)
{
    add_then(FIRED(10)), add_then(ENDED(20)), add_now(FIRED(11)), add_now(ENDED(20));
    for (int i = 0; i < 3; i++)
        add_then(FIRED(100)), add_then(ENDED(100)), add_now(FIRED(100)), add_now(ENDED(100));
    compare();
    ck_assert_uint_eq(row_count, 8);
    for (size_t i = 0; i < row_count; i++)
        ck_assert_ptr_eq(rows[i].then, &then[i]);
}
END_TEST

START_TEST(rows_come_in_the_order_of_days)
{
    add_then(FIRED(50));
    add_then(ENDED(60));
    add_now(told(RULE_DEFICIT, 55, TRANSITION_FIRING, LEVEL_LOW));
    add_now(FIRED(70));
    add_now(ENDED(58));
    compare();
    for (size_t i = 1; i < row_count; i++) {
        const struct course_row *a = &rows[i - 1], *b = &rows[i];
        date_day first_a = a->then == NULL || (a->now != NULL && a->now->date < a->then->date)
            ? a->now->date : a->then->date;
        date_day first_b = b->then == NULL || (b->now != NULL && b->now->date < b->then->date)
            ? b->now->date : b->then->date;
        ck_assert_int_le(first_a, first_b);
    }
}
END_TEST

START_TEST(an_end_is_not_matched_with_that_of_the_other_side)
{
    add_then(FIRED(100));
    add_then(ENDED(150));
    add_now(ROSE(120));
    add_now(FELL(150));
    compare();
    ck_assert_uint_eq(row_count, 4);
    ck_assert_uint_eq(count(COURSE_ONLY_THEN), 2);
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 2);
}
END_TEST

/* The beginnings of the first two are one, so their ends are, although the second end is on the same day. */
START_TEST(an_end_goes_with_the_beginning_of_its_incident)
{
    add_then(FIRED(10));
    add_then(ENDED(100));
    add_now(FIRED(10));
    add_now(ENDED(50));
    add_now(FIRED(95));
    add_now(ENDED(101));
    compare();
    ck_assert_uint_eq(row_count, 4);
    ck_assert_uint_eq(count(COURSE_SAME), 1);
    ck_assert_uint_eq(count(COURSE_MOVED), 1);
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 2);
    for (size_t i = 0; i < row_count; i++)
        ck_assert(rows[i].how != COURSE_MOVED || (rows[i].then == &then[1] && rows[i].now == &now[1]));
}
END_TEST

/* Its beginning was told before the list begins. */
START_TEST(an_end_alone_is_of_the_side_that_it_ends)
{
    add_then(ENDED(150));
    add_now(FIRED(100));
    add_now(ENDED(150));
    compare();
    ck_assert_uint_eq(row_count, 2);
    ck_assert_uint_eq(count(COURSE_SAME), 1);
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 1);
}
END_TEST

/* One that crosses from side to side is one incident, of the side that it began on. */
START_TEST(an_incident_that_crosses_is_matched_as_one)
{
    struct told crossed = told(RULE_RUNWAY, 60, TRANSITION_CHANGED, LEVEL_HIGH);
    add_then(FIRED(10));
    add_then(crossed);
    add_then(FELL(90));
    add_now(FIRED(12));
    crossed.date = 61;
    add_now(crossed);
    add_now(FELL(90));
    compare();
    ck_assert_uint_eq(row_count, 3);
    ck_assert_uint_eq(count(COURSE_MOVED), 2);
    ck_assert_uint_eq(count(COURSE_SAME), 1);
}
END_TEST

/* Both lists whole, nothing twice, and in its order: whatever they are. */
START_TEST(every_transition_is_in_one_row)
{
    srandom((unsigned)_i);
    date_day a = 0, b = 0;
    for (int i = 0; i < LIST_MAX; i++) {
        a += (date_day)(random() % 40);
        b += (date_day)(random() % 40);
        add_then(random() % 2 ? FIRED(a) : ENDED(a));
        if (random() % 3 != 0)
            add_now(random() % 2 ? FIRED(b) : ENDED(b));
    }
    compare();
    bool seen_then[LIST_MAX] = {false}, seen_now[LIST_MAX] = {false};
    size_t of_then = 0, of_now = 0;
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].then != NULL) {
            ck_assert(!seen_then[rows[i].then - then]);
            seen_then[rows[i].then - then] = true;
            of_then++;
        }
        if (rows[i].now != NULL) {
            ck_assert(!seen_now[rows[i].now - now]);
            seen_now[rows[i].now - now] = true;
            of_now++;
        }
    }
    ck_assert_uint_eq(of_then, then_count);
    ck_assert_uint_eq(of_now, now_count);
}
END_TEST

START_TEST(more_than_can_be_matched_is_said)
{
    size_t many = 10000;
    struct told *list = calloc(2 * many, sizeof *list);
    for (size_t i = 0; i < many; i++) {
        list[i] = FIRED((date_day)(2 * i));
        list[many + i] = FIRED((date_day)(2 * i + 1));
        list[i].incident = list[many + i].incident = i + 1;
    }
    ck_assert_int_eq(course_compare(list, many, list + many, many, &rows, &row_count), -E2BIG);
    ck_assert_int_eq(course_compare(list, many, list, many, &rows, &row_count), 0);
    ck_assert_uint_eq(count(COURSE_SAME), (unsigned)many);
    free(list);
}
END_TEST

/* The level that an incident ends from says on which side it was. */
START_TEST(ends_from_different_sides_are_different_alerts)
{
    add_then(FIRED(100));
    add_then(ENDED(150));
    add_now(FIRED(100));
    add_now(FELL(150));
    compare();
    ck_assert_uint_eq(count(COURSE_SAME), 1);
    ck_assert_uint_eq(count(COURSE_ONLY_THEN), 1);
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 1);
}
END_TEST

/* Of one incident, which is matched transition by transition. */
START_TEST(an_incident_of_more_than_can_be_matched_is_said)
{
    size_t many = 10000;
    struct told *list = calloc(many, sizeof *list);
    for (size_t i = 0; i < many; i++) {
        list[i] = FIRED((date_day)i);
        list[i].incident = 1;
    }
    ck_assert_int_eq(course_compare(list, many, list, many, &rows, &row_count), -E2BIG);
    ck_assert_ptr_null(rows);
    free(list);
}
END_TEST

START_TEST(without_memory_nothing_is_compared_and_nothing_kept)
{
    int steps = 0, err;
    add_then(FIRED(100));
    add_then(ENDED(150));
    add_now(FIRED(110));
    do {
        fails_in = steps;
        err = course_compare(then, then_count, now, now_count, &rows, &row_count);
        fails_in = -1;
        if (err == 0)
            break;
        ck_assert_int_eq(err, -ENOMEM);
        ck_assert_ptr_null(rows);
        ck_assert_uint_eq(row_count, 0);
        steps++;
    } while (steps < 20);
    ck_assert_int_eq(steps, 9);         /* rows and two lists, four of incidents, and two of their series */
    ck_assert_uint_eq(row_count, 2);
}
END_TEST

START_TEST(each_outcome_has_a_word)
{
    static const char *const words[COURSE_HOWS] = {"same", "moved", "only_then", "only_now"};
    for (unsigned how = 0; how < COURSE_HOWS; how++)
        ck_assert_str_eq(course_word((enum course_how)how), words[how]);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("course");
    TCase *t = tcase_create("two courses");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, nothing_beside_nothing_is_no_row);
    tcase_add_test(t, what_came_on_the_same_day_is_the_same);
    tcase_add_test(t, what_came_on_another_day_has_moved_by_days);
    tcase_add_test(t, an_incident_that_is_gone_does_not_take_the_next_ones_place);
    tcase_add_test(t, an_incident_that_is_new_is_only_now);
    tcase_add_loop_test(t, a_year_apart_is_not_the_same_alert, COURSE_DAYS_MAX, COURSE_DAYS_MAX + 2);
    tcase_add_test(t, another_level_is_another_alert);
    tcase_add_test(t, rules_and_their_instances_are_compared_by_themselves);
    tcase_add_test(t, what_only_one_list_has_does_not_hide_the_others);
    tcase_add_test(t, of_one_day_rows_come_in_the_order_in_which_they_were_told);
    tcase_add_test(t, rows_come_in_the_order_of_days);
    tcase_add_test(t, an_end_is_not_matched_with_that_of_the_other_side);
    tcase_add_test(t, an_end_goes_with_the_beginning_of_its_incident);
    tcase_add_test(t, an_end_alone_is_of_the_side_that_it_ends);
    tcase_add_test(t, an_incident_that_crosses_is_matched_as_one);
    tcase_add_loop_test(t, every_transition_is_in_one_row, 1, 30);
    tcase_add_test(t, more_than_can_be_matched_is_said);
    tcase_add_test(t, ends_from_different_sides_are_different_alerts);
    tcase_add_test(t, an_incident_of_more_than_can_be_matched_is_said);
    tcase_add_test(t, without_memory_nothing_is_compared_and_nothing_kept);
    tcase_add_test(t, each_outcome_has_a_word);
    suite_add_tcase(s, t);
    return s;
}
