/* What comes again and again in the log. */
#include "daemon/log.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/suite.h"

static char said[64 * 1024];
static FILE *errors;            /* stands for stderr */
static int before;
static time_t later_s;          /* than the clock says */

/* The linker puts this one in front of the system's (Makefile: WRAP_test_log). */
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
    int result = __real_clock_gettime(clock, ret);
    ret->tv_sec += later_s;
    return result;
}

static void setup(void)
{
    later_s += 2 * LOG_REPEAT_MS / 1000;        /* what another test of this process said is over */
    log_repeats();
    errors = tmpfile();
    ck_assert_ptr_nonnull(errors);
    before = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(fileno(errors), STDERR_FILENO), 0);
}

static void teardown(void)
{
    dup2(before, STDERR_FILENO);
    close(before);
    fclose(errors);
}

/* How many lines there are by now that have `text`. */
static unsigned lines_with(const char *text)
{
    unsigned count = 0;
    ssize_t size = pread(fileno(errors), said, sizeof said - 1, 0);
    ck_assert_int_ge(size, 0);
    said[size] = '\0';
    for (char *line = strtok(said, "\n"); line != NULL; line = strtok(NULL, "\n"))
        count += strstr(line, text) != NULL;
    return count;
}

static void again(unsigned times, const char *subject)
{
    for (unsigned i = 0; i < times; i++)
        log_repeated(LOG_AT_UNUSUAL, "test", subject, "it came number=%u", i);
}

START_TEST(of_a_subject_there_is_a_line_and_then_a_count)
{
    again(1000, "a");
    again(3, "b");
    ck_assert_uint_eq(lines_with("it came"), 2);
    log_repeats();
    ck_assert_uint_eq(lines_with(""), 2);       /* not yet */
    later_s += LOG_REPEAT_MS / 1000;
    log_repeats();
    log_repeats();
    ck_assert_uint_eq(lines_with("999 more like it since about=a"), 1);
    ck_assert_uint_eq(lines_with("2 more like it since about=b"), 1);
    ck_assert_uint_eq(lines_with(""), 4);
}
END_TEST

START_TEST(what_was_left_out_is_told_with_the_next_line)
{
    again(5, "a");
    later_s += LOG_REPEAT_MS / 1000;
    again(5, "a");
    ck_assert_uint_eq(lines_with("4 more like it since about=a"), 1);
    ck_assert_uint_eq(lines_with("it came number=0"), 2);
    ck_assert_uint_eq(lines_with(""), 3);
}
END_TEST

START_TEST(however_many_subjects_there_are_the_lines_are_few)
{
    char subject[16];
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(subject, sizeof subject, "%u", i);
        again(1, subject);
    }
    ck_assert_uint_eq(lines_with("it came"), LOG_SUBJECTS_MAX + 1);
    later_s += LOG_REPEAT_MS / 1000;
    log_repeats();
    ck_assert_uint_eq(lines_with("9935 more like it since about=others"), 1);
    again(1, "a");              /* in a place that is free again */
    ck_assert_uint_eq(lines_with("it came"), LOG_SUBJECTS_MAX + 2);
}
END_TEST

START_TEST(what_is_below_the_level_is_not_counted)
{
    log_set_level(LOG_AT_BROKEN);
    again(5, "a");
    log_set_level(LOG_AT_UNUSUAL);
    again(1, "a");
    ck_assert_uint_eq(lines_with("it came"), 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("log");
    TCase *repeats = tcase_create("repeats");
    tcase_add_checked_fixture(repeats, setup, teardown);
    tcase_add_test(repeats, of_a_subject_there_is_a_line_and_then_a_count);
    tcase_add_test(repeats, what_was_left_out_is_told_with_the_next_line);
    tcase_add_test(repeats, however_many_subjects_there_are_the_lines_are_few);
    tcase_add_test(repeats, what_is_below_the_level_is_not_counted);
    suite_add_tcase(s, repeats);
    return s;
}
