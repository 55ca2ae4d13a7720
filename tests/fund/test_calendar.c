/* The calendars of sources: tax by the 15th, hospitals daily, the registry weekly. */
#include "fund/calendar.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* Spring Festival and the National Day of 2024, with the weekends worked for them. */
static void add_holidays(struct calendar *c)
{
    const struct calendar_exception holidays[] = {
        {day(20240101), day(20240101), false},
        {day(20240204), day(20240204), true},
        {day(20240210), day(20240217), false},
        {day(20240218), day(20240218), true},
        {day(20240929), day(20240929), true},
        {day(20241001), day(20241007), false},
        {day(20241012), day(20241012), true},
    };
    for (size_t i = 0; i < COUNT_OF(holidays); i++)
        c->exceptions[c->exception_count++] = holidays[i];
}

static struct calendar office(enum calendar_rhythm rhythm, unsigned on_day)
{
    struct calendar c = {.rhythm = (uint8_t)rhythm, .day = (uint8_t)on_day, .weekends_off = true};
    add_holidays(&c);
    ck_assert_ptr_null(calendar_check(&c));
    return c;
}

static struct calendar tax(void)      { return office(CALENDAR_MONTHLY, 15); }
static struct calendar registry(void) { return office(CALENDAR_WEEKLY, 5); }
static struct calendar clinic(void)   { return office(CALENDAR_DAILY, 0); }
static struct calendar hospital(void)
{
    return (struct calendar){.rhythm = CALENDAR_DAILY};
}
static struct calendar month_end(void)
{
    return (struct calendar){.rhythm = CALENDAR_MONTHLY, .day = 31};
}

static const struct {
    struct calendar (*calendar)(void);
    int32_t from, next, last;       /* the next from `from` on, the last up to it */
} searches[] = {
    {tax, 20240101, 20240115, 20231215},
    {tax, 20240115, 20240115, 20240115},
    {tax, 20240116, 20240218, 20240115},    /* 15 February is a holiday until a worked Sunday */
    {tax, 20240217, 20240218, 20240115},
    {tax, 20240218, 20240218, 20240218},
    {tax, 20240219, 20240315, 20240218},
    {tax, 20240601, 20240617, 20240515},    /* 15 June 2024 is a Saturday */
    {tax, 20240915, 20240916, 20240815},    /* and 15 September a Sunday */
    {registry, 20240209, 20240209, 20240209},
    {registry, 20240210, 20240218, 20240209},   /* Friday of the festival, on the Sunday after */
    {registry, 20240219, 20240223, 20240218},
    {registry, 20241001, 20241008, 20240927},
    {clinic, 20240210, 20240218, 20240209},
    {clinic, 20240203, 20240204, 20240202},
    {hospital, 20240210, 20240210, 20240210},
    {month_end, 20240201, 20240229, 20240131},
    {month_end, 20230201, 20230228, 20230131},
    {month_end, 20240430, 20240430, 20240430},
    {month_end, 19900101, 19900131, 19891231},
};

static date_day any_day(int32_t yyyymmdd)
{
    return yyyymmdd == 19891231 ? day(19900101) - 1 : day(yyyymmdd);
}

START_TEST(an_expected_day_on_a_day_off_moves_to_the_next_working_day)
{
    struct calendar c = searches[_i].calendar();
    date_day from = day(searches[_i].from);
    ck_assert_int_eq(calendar_next(&c, from), day(searches[_i].next));
    ck_assert_int_eq(calendar_last(&c, from), any_day(searches[_i].last));
    ck_assert(calendar_is_expected(&c, day(searches[_i].next)));
    for (date_day between = from; between < day(searches[_i].next); between++)
        ck_assert(!calendar_is_expected(&c, between));
}
END_TEST

static const struct {
    int32_t on;
    bool working;
} working[] = {
    {20240105, true}, {20240106, false}, {20240107, false}, {20240108, true}, {20240101, false},
    {20240204, true}, {20240210, false}, {20240217, false}, {20240218, true}, {20240219, true},
    {20241007, false}, {20241008, true}, {20241012, true}, {20241013, false},
};

START_TEST(weekends_and_holidays_are_off_but_for_those_worked)
{
    struct calendar c = clinic(), always = hospital();
    ck_assert_int_eq(calendar_is_working(&c, day(working[_i].on)), working[_i].working);
    ck_assert(calendar_is_working(&always, day(working[_i].on)));
}
END_TEST

START_TEST(weekdays_are_those_of_the_week_before_1970_too)
{
    struct calendar monday = {.rhythm = CALENDAR_WEEKLY, .day = 1};
    struct calendar sunday = {.rhythm = CALENDAR_WEEKLY, .day = 7};
    ck_assert(calendar_is_expected(&monday, -3));       /* 1969-12-29 */
    ck_assert(calendar_is_expected(&sunday, -4));
    ck_assert(calendar_is_expected(&sunday, 3));
    ck_assert(calendar_is_expected(&monday, day(20241230)));
}
END_TEST

static const struct {
    struct calendar (*calendar)(void);
    int32_t from, to;
    unsigned count;
} counts[] = {
    {tax, 20240101, 20241231, 12},
    {tax, 20240115, 20240115, 1},
    {tax, 20240116, 20240217, 0},
    {tax, 20240217, 20240216, 0},
    {registry, 20240101, 20240131, 4},
    {registry, 20240205, 20240225, 3},
    {hospital, 20240101, 20241231, 366},
    {month_end, 20240101, 20241231, 12},
};

START_TEST(expected_days_of_a_period_are_counted)
{
    struct calendar c = counts[_i].calendar();
    ck_assert_uint_eq(calendar_count(&c, day(counts[_i].from), day(counts[_i].to)), counts[_i].count);
}
END_TEST

static const struct {
    struct calendar (*calendar)(void);
    int32_t heard, as_of;           /* heard 0: never, expected since 1 January 2024 */
    unsigned missed;
} quiet[] = {
    {hospital, 20240301, 20240301, 0},
    {hospital, 20240301, 20240302, 1},
    {hospital, 20240301, 20240310, 9},
    {hospital, 20240305, 20240301, 0},      /* heard of a later day already */
    {tax, 20240115, 20240217, 0},           /* nothing was expected during the festival */
    {tax, 20240115, 20240218, 1},
    {tax, 20240110, 20240217, 0},           /* early: it answered the 15th of January */
    {tax, 20240116, 20240218, 0},           /* late: it answers February's */
    {tax, 20240115, 20240415, 3},
    {tax, 0, 20240114, 0},
    {tax, 0, 20240115, 1},
    {clinic, 20240209, 20240217, 0},
    {clinic, 20240209, 20240219, 2},
};

START_TEST(a_source_is_behind_by_the_expected_days_that_nothing_answered)
{
    struct calendar c = quiet[_i].calendar();
    date_day heard = quiet[_i].heard == 0 ? DATE_NONE : day(quiet[_i].heard);
    ck_assert_uint_eq(calendar_missed(&c, day(20240101), heard, day(quiet[_i].as_of)), quiet[_i].missed);
}
END_TEST

/* --- Calendars that contradict themselves. */

static void no_rhythm(struct calendar *c)
{
    c->rhythm = 0;
    c->day = 0;
}
static void bad_rhythm(struct calendar *c) { c->rhythm = 4; }
static void no_day(struct calendar *c)     { c->day = 0; }
static void day_32(struct calendar *c)     { c->day = 32; }
static void eighth(struct calendar *c)
{
    c->rhythm = CALENDAR_WEEKLY;
    c->day = 8;
}
static void daily_on(struct calendar *c)   { c->rhythm = CALENDAR_DAILY; }
static void too_many(struct calendar *c)   { c->exception_count = CALENDAR_EXCEPTIONS_MAX + 1; }
static void backwards(struct calendar *c)  { c->exceptions[2].last = c->exceptions[2].first - 1; }
static void too_long(struct calendar *c)
{
    struct calendar_exception *last = &c->exceptions[c->exception_count - 1];
    last->worked = false;
    last->first = day(20241101);
    last->last = day(20241202);
}
static void overlaps(struct calendar *c)   { c->exceptions[3].first = c->exceptions[2].last; }
static void first_backwards(struct calendar *c) { c->exceptions[0].last--; }
static void second_overlaps(struct calendar *c) { c->exceptions[1].first = c->exceptions[0].last; }
static void second_too_near(struct calendar *c)
{
    c->exceptions[1] = (struct calendar_exception){day(20240102), day(20240102), false};
}
static void too_near(struct calendar *c)
{
    c->exceptions[3] = (struct calendar_exception){day(20240224), day(20240224), false};
}

static void (*const contradictions[])(struct calendar *) = {
    no_rhythm, bad_rhythm, no_day, day_32, eighth, daily_on, too_many, backwards, too_long, overlaps,
    too_near, first_backwards, second_overlaps, second_too_near,
};

START_TEST(a_calendar_that_contradicts_itself_is_told_so)
{
    struct calendar c = tax();
    contradictions[_i](&c);
    ck_assert_ptr_nonnull(calendar_check(&c));
}
END_TEST

START_TEST(a_calendar_may_be_full_and_a_holiday_last_31_days)
{
    struct calendar c = {.rhythm = CALENDAR_DAILY};
    while (c.exception_count < CALENDAR_EXCEPTIONS_MAX) {
        date_day first = day(20240101) + 40 * c.exception_count;
        c.exceptions[c.exception_count++] = (struct calendar_exception){first, first + 30, false};
    }
    ck_assert_ptr_null(calendar_check(&c));
    ck_assert_int_eq(calendar_next(&c, day(20240101)), day(20240201));
}
END_TEST

START_TEST(two_holidays_with_a_week_between_are_two)
{
    struct calendar c = tax();
    c.exceptions[3] = (struct calendar_exception){day(20240225), day(20240225), false};
    ck_assert_ptr_null(calendar_check(&c));
}
END_TEST

START_TEST(the_longest_holidays_are_within_reach)
{
    struct calendar c = {.rhythm = CALENDAR_MONTHLY, .day = 1, .weekends_off = true};
    c.exceptions[c.exception_count++] = (struct calendar_exception){day(20240601), day(20240701), false};
    c.exceptions[c.exception_count++] = (struct calendar_exception){day(20240709), day(20240808), false};
    ck_assert_ptr_null(calendar_check(&c));
    ck_assert_int_eq(calendar_next(&c, day(20240502)), day(20240702));
    ck_assert_int_eq(calendar_next(&c, day(20240703)), day(20240809));
    ck_assert_int_eq(calendar_last(&c, day(20240701)), day(20240501));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("calendar");
    TCase *t = tcase_create("calendar");
    tcase_add_loop_test(t, an_expected_day_on_a_day_off_moves_to_the_next_working_day, 0, COUNT_OF(searches));
    tcase_add_loop_test(t, weekends_and_holidays_are_off_but_for_those_worked, 0, COUNT_OF(working));
    tcase_add_test(t, weekdays_are_those_of_the_week_before_1970_too);
    tcase_add_loop_test(t, expected_days_of_a_period_are_counted, 0, COUNT_OF(counts));
    tcase_add_loop_test(t, a_source_is_behind_by_the_expected_days_that_nothing_answered, 0, COUNT_OF(quiet));
    suite_add_tcase(s, t);

    t = tcase_create("check");
    tcase_add_loop_test(t, a_calendar_that_contradicts_itself_is_told_so, 0, COUNT_OF(contradictions));
    tcase_add_test(t, a_calendar_may_be_full_and_a_holiday_last_31_days);
    tcase_add_test(t, two_holidays_with_a_week_between_are_two);
    tcase_add_test(t, the_longest_holidays_are_within_reach);
    suite_add_tcase(s, t);
    return s;
}
