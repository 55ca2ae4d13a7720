#include "daemon/health.h"

#include <check.h>
#include <string.h>

#include "tests/suite.h"

#define DAY_MS INT64_C(86400000)
#define GIB    (UINT64_C(1) << 30)

static const struct health_limits limits = {
    .backup_age_ms = DAY_MS, .behind_age_ms = 3600000, .growth_days = 30,
};

/* A store of 100 days and 1 GiB with nothing to warn of. */
static struct health a_healthy_one(void)
{
    return (struct health){
        .now_ms = 100 * DAY_MS, .created_ms = 1, .backup_ms = 100 * DAY_MS - 1000, .uncovered = 5,
        .growth = { .used = GIB, .position = 1000000, .window_ms = 28 * DAY_MS, .records = 28000 },
        .map_used = GIB, .map_size = 64 * GIB, .disk_free = 200 * GIB, .clock = CLOCK_SYNCHRONIZED,
    };
}

static uint32_t warnings_of(struct health health)
{
    health_judge(&health, &limits);
    return health.warnings;
}

#define ck_assert_warns_only(health, warning) \
    ck_assert_uint_eq(warnings_of(health), UINT32_C(1) << (warning))

START_TEST(a_healthy_store_warns_of_nothing)
{
    ck_assert_uint_eq(warnings_of(a_healthy_one()), 0);
}
END_TEST

START_TEST(a_backup_grows_old)
{
    struct health h = a_healthy_one();
    h.backup_ms = h.now_ms - limits.backup_age_ms;
    ck_assert_uint_eq(warnings_of(h), 0);
    h.backup_ms--;
    ck_assert_warns_only(h, WARNING_BACKUP_OLD);
    h.uncovered = 0;                    /* nothing came since */
    ck_assert_uint_eq(warnings_of(h), 0);
}
END_TEST

START_TEST(a_store_that_never_had_a_backup_counts_from_its_making)
{
    struct health h = a_healthy_one();
    h.backup_ms = 0;
    ck_assert_warns_only(h, WARNING_BACKUP_OLD);
    h.created_ms = h.now_ms - limits.backup_age_ms;
    ck_assert_uint_eq(warnings_of(h), 0);
}
END_TEST

/* A record takes 1 GiB ÷ 2^20 = 1 KiB, 1,024 of them come a day: 1 MiB a day. */
static const struct growth steady = {
    .used = GIB, .position = 1 << 20, .window_ms = 7 * DAY_MS, .records = 7 * 1024,
};
START_TEST(growth_is_foretold_from_what_came_of_late)
{
    ck_assert_uint_eq(growth_days(&steady, 10 * UINT64_C(1048576)), 10);
    ck_assert_uint_eq(growth_days(&steady, 10 * UINT64_C(1048576) - 1), 9);
    ck_assert_uint_eq(growth_days(&steady, 0), 0);
    ck_assert_uint_eq(growth_days(&steady, UINT64_MAX), GROWTH_DAYS_MAX);
    ck_assert_uint_eq(growth_days(&steady, (uint64_t)(GROWTH_DAYS_MAX - 1) << 20), GROWTH_DAYS_MAX - 1);
}
END_TEST

START_TEST(a_store_that_does_not_grow_has_room_for_ever)
{
    struct growth still = steady;
    still.records = 0;
    ck_assert_uint_eq(growth_days(&still, 1), GROWTH_DAYS_MAX);
}
END_TEST

START_TEST(numbers_of_any_size_are_divided_rightly)
{
    struct growth vast = { .used = UINT64_C(1) << 62, .position = UINT64_C(1) << 40,
                           .window_ms = 28 * DAY_MS, .records = UINT64_C(28) << 20 };
    /* 4 MiB a record, 2^20 of them a day. */
    ck_assert_uint_eq(growth_days(&vast, UINT64_C(3) << 42), 3);
}
END_TEST

START_TEST(the_first_day_is_no_history)
{
    ck_assert_int_eq(growth_window_ms(2 * DAY_MS - 1), 0);
    ck_assert_int_eq(growth_window_ms(2 * DAY_MS), DAY_MS);
    ck_assert_int_eq(growth_window_ms(8 * DAY_MS), 7 * DAY_MS);
    ck_assert_int_eq(growth_window_ms(29 * DAY_MS), 28 * DAY_MS);
    struct growth young = steady;
    young.window_ms = 0;
    ck_assert_uint_eq(growth_days(&young, 1), GROWTH_DAYS_UNKNOWN);
}
END_TEST

START_TEST(map_or_disk_whichever_is_full_first)
{
    struct health h = a_healthy_one();
    h.growth.records = 28 * 25000;      /* 27 MB a day */
    h.map_size = 2 * GIB;
    ck_assert_uint_eq(health_days_left(&h), 40);
    ck_assert_uint_eq(warnings_of(h), 0);
    h.disk_free = GIB / 2;
    ck_assert_uint_eq(health_days_left(&h), 20);
    ck_assert_warns_only(h, WARNING_STORE_FILLS);
}
END_TEST

START_TEST(what_is_nearly_full_is_told_without_a_history)
{
    struct health h = a_healthy_one();
    h.growth.window_ms = 0;
    h.disk_free = GIB / 20 - 1;
    ck_assert_warns_only(h, WARNING_STORE_FILLS);
    h = a_healthy_one();
    h.growth.window_ms = 0;
    h.map_size = h.map_used;
    ck_assert_warns_only(h, WARNING_STORE_FILLS);
}
END_TEST

START_TEST(only_a_clock_that_is_known_to_be_left_alone_is_told)
{
    struct health h = a_healthy_one();
    h.clock = CLOCK_UNKNOWN;
    ck_assert_uint_eq(warnings_of(h), 0);
    h.clock = CLOCK_UNSYNCHRONIZED;
    ck_assert_warns_only(h, WARNING_CLOCK);
}
END_TEST

START_TEST(an_alert_has_ten_seconds_to_get_out)
{
    struct health h = a_healthy_one();
    h.unsent = 3;
    h.unsent_since_ms = h.now_ms - 10000;
    ck_assert_uint_eq(warnings_of(h), 0);
    h.unsent_since_ms--;
    ck_assert_warns_only(h, WARNING_ALERT_UNSENT);
}
END_TEST

START_TEST(every_warning_has_a_sentence_with_its_figures)
{
    struct health h = a_healthy_one();
    char text[WARNING_TEXT_MAX];
    h.behind = 2;
    strcpy(h.behind_name, "clinic-7");
    h.behind_events = 4711;
    strcpy(h.lost_name, "tax-1");
    strcpy(h.older_name, "bureau");
    h.unsent = 17;
    for (unsigned i = 0; i < WARNING_COUNT; i++) {
        ck_assert_uint_gt(strlen(health_sentence(&h, i, text)), 20);
        ck_assert_uint_lt(strlen(text), WARNING_TEXT_MAX - 1);
        ck_assert_uint_gt(strlen(warning_word(i)), 3);
        ck_assert_uint_gt(strlen(warning_help(i)), 10);
    }
    ck_assert_ptr_nonnull(strstr(health_sentence(&h, WARNING_SOURCE_BEHIND, text), "clinic-7"));
    ck_assert_ptr_nonnull(strstr(text, "4711"));
    ck_assert_ptr_nonnull(strstr(health_sentence(&h, WARNING_EVENTS_LOST, text), "tax-1"));
    ck_assert_ptr_nonnull(strstr(health_sentence(&h, WARNING_STORE_OLDER, text), "bureau"));
    ck_assert_ptr_nonnull(strstr(health_sentence(&h, WARNING_ALERT_UNSENT, text), "17 alerts"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("health");
    TCase *t = tcase_create("judging");
    tcase_add_test(t, a_healthy_store_warns_of_nothing);
    tcase_add_test(t, a_backup_grows_old);
    tcase_add_test(t, a_store_that_never_had_a_backup_counts_from_its_making);
    tcase_add_test(t, growth_is_foretold_from_what_came_of_late);
    tcase_add_test(t, a_store_that_does_not_grow_has_room_for_ever);
    tcase_add_test(t, numbers_of_any_size_are_divided_rightly);
    tcase_add_test(t, the_first_day_is_no_history);
    tcase_add_test(t, map_or_disk_whichever_is_full_first);
    tcase_add_test(t, what_is_nearly_full_is_told_without_a_history);
    tcase_add_test(t, only_a_clock_that_is_known_to_be_left_alone_is_told);
    tcase_add_test(t, an_alert_has_ten_seconds_to_get_out);
    tcase_add_test(t, every_warning_has_a_sentence_with_its_figures);
    suite_add_tcase(s, t);
    return s;
}
