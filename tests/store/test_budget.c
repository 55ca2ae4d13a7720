/* The execution of a budget through the whole store: a year that is behind and one that is over, money
 * that comes late, is reversed, or belongs to another year. */
#include <stdio.h>

#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static struct policy policy;
static int ids;
static char id_text[16];

static const char *new_id(void)
{
    snprintf(id_text, sizeof id_text, "id-%d", ++ids);
    return id_text;
}

static void count(struct event event)
{
    ck_assert_int_eq(outcome_of(event), OUTCOME_APPLIED);
}

static void put_policy(void)
{
    policy.version++;
    count(a_policy(new_id(), 20240101, &policy));
}

static void setup(void)
{
    books_setup();
    ids = 0;
    policy = policy_default();
    policy.ahead_days = 366;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
    policy.execution.on = true;
    policy.budget_count = 3;
    policy.budget[0] = (struct budget_line){.year = 2024, .category = CATEGORY_INPATIENT, .amount = {1200}};
    policy.budget[1] = (struct budget_line){.year = 2024, .category = CATEGORY_COUNTY, .amount = {1000}};
    policy.budget[2] = (struct budget_line){.year = 2024, .category = CATEGORY_PERSONAL, .amount = {200}};
    put_policy();
}

static void teardown(void)
{
    char path[250];
    uint64_t covered;
    struct verify_result result;
    snprintf(path, sizeof path, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, path, &covered), 0);
    ck_assert_int_eq(verify_store(path, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
    ck_assert_uint_eq(result.alerts, alert_count());
    books_teardown();
}

static void told(uint64_t alerts)
{
    ck_assert_uint_eq(alert_count(), alerts);
}

static struct alert told_last(const char *instance, enum transition transition, int level)
{
    struct alert alert = alert_number(alert_count());
    ck_assert_str_eq(rule_word(alert.rule), "budget");
    ck_assert_str_eq(alert.instance, instance);
    ck_assert_str_eq(transition_word(alert.transition), transition_word(transition));
    ck_assert_int_eq(alert.level, level);
    return alert;
}

static int64_t evidence_of(const struct alert *alert, enum evidence_word word)
{
    for (unsigned i = 0; i < alert->evidence.count; i++)
        if (alert->evidence.items[i].word == word)
            return alert->evidence.items[i].value;
    ck_abort_msg("no evidence %s", evidence_word(word));
    return 0;
}

START_TEST(half_a_year_with_a_third_of_its_money_is_behind_and_says_with_what)
{
    count(an_expenditure(new_id(), 20240115, 480, CATEGORY_INPATIENT));
    count(a_fee(new_id(), 20240115, 100));
    count(a_subsidy(new_id(), 20240115, 290, CATEGORY_COUNTY, 2024));
    count(a_day(new_id(), 20240629));
    told(0);
    count(a_day(new_id(), 20240630));
    told(1);                                        /* expenditure has 40 %: on its limit */
    struct alert alert = told_last("2024-income", TRANSITION_FIRING, LEVEL_LOW);
    ck_assert_int_eq(alert.indicator.value.num, 390);
    ck_assert_int_eq(alert.indicator.value.den, 1200);
    ck_assert_int_eq(alert.limit_e4, 4000);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_FORESEEN), 1200);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_EXECUTED), 390);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_ELAPSED), 6);
}
END_TEST

START_TEST(a_subsidy_of_the_year_that_comes_after_it_still_counts)
{
    count(an_expenditure(new_id(), 20240115, 1200, CATEGORY_INPATIENT));
    count(a_fee(new_id(), 20240115, 200));
    count(a_day(new_id(), 20241231));
    told_last("2024-income", TRANSITION_FIRING, LEVEL_LOW);
    told(1);
    books_reopen();
    count(a_subsidy(new_id(), 20250301, 1000, CATEGORY_COUNTY, 2025));
    count(a_day(new_id(), 20250301));
    told(1);
    count(a_subsidy(new_id(), 20250302, 1000, CATEGORY_COUNTY, 2024));
    count(a_day(new_id(), 20250302));
    told(2);
    told_last("2024-income", TRANSITION_ENDED, LEVEL_HEALTHY);
    ck_assert_int_eq(fund_now().executed[1].fen, 1000);
}
END_TEST

START_TEST(what_is_spent_in_another_year_is_not_of_this_one)
{
    count(an_expenditure(new_id(), 20240115, 1200, CATEGORY_INPATIENT));
    count(a_day(new_id(), 20240131));
    count(an_expenditure(new_id(), 20250105, 5000, CATEGORY_INPATIENT));
    count(a_fee(new_id(), 20240115, 1200));
    count(a_day(new_id(), 20250131));
    told(0);
    ck_assert_int_eq(fund_now().executed[0].fen, 1200);
}
END_TEST

START_TEST(an_expenditure_that_is_reversed_before_it_came_or_after_is_none)
{
    count(a_day(new_id(), 20240131));
    count(a_reversal(new_id(), 20240110, "first"));
    count(an_expenditure("first", 20240115, 5000, CATEGORY_INPATIENT));
    told(0);
    count(an_expenditure("second", 20240116, 5000, CATEGORY_INPATIENT));
    told(1);
    told_last("2024-expenditure", TRANSITION_FIRING, LEVEL_HIGH);
    books_reopen();
    count(a_reversal(new_id(), 20240120, "second"));
    told(2);
    told_last("2024-expenditure", TRANSITION_ENDED, LEVEL_HEALTHY);
}
END_TEST

START_TEST(money_that_comes_late_puts_a_year_over_when_it_is_over)
{
    count(an_expenditure(new_id(), 20240115, 1200, CATEGORY_INPATIENT));
    count(a_fee(new_id(), 20240115, 1200));
    count(a_day(new_id(), 20240531));
    count(a_day(new_id(), 20250331));
    told(0);
    count(an_expenditure(new_id(), 20241215, 1, CATEGORY_INPATIENT));
    told(1);
    told_last("2024-expenditure", TRANSITION_FIRING, LEVEL_HIGH);
}
END_TEST

START_TEST(by_line_each_has_an_instance_and_one_that_the_policy_drops_ends)
{
    policy.execution.by = EXECUTION_BY_LINE;
    put_policy();
    count(an_expenditure(new_id(), 20240115, 1201, CATEGORY_INPATIENT));
    count(a_fee(new_id(), 20240115, 1200));
    count(a_day(new_id(), 20240630));
    told(2);
    ck_assert_str_eq(alert_number(1).instance, "2024-E11");
    told_last("2024-I24", TRANSITION_FIRING, LEVEL_LOW);
    policy.budget_count = 1;
    put_policy();
    told(3);
    told_last("2024-I24", TRANSITION_ENDED, LEVEL_HEALTHY);
    policy.execution.on = false;
    put_policy();
    told(4);
    told_last("2024-E11", TRANSITION_ENDED, LEVEL_HEALTHY);
}
END_TEST

START_TEST(books_that_begin_within_the_year_lack_a_part_of_it)
{
    count(an_opening(new_id(), 20240331, 0));
    count(an_expenditure(new_id(), 20240415, 5000, CATEGORY_INPATIENT));
    count(a_day(new_id(), 20240630));
    told(0);
}
END_TEST

START_TEST(what_was_imported_is_judged_once)
{
    count(an_import(new_id(), 20240101));
    count(an_expenditure(new_id(), 20240115, 5000, CATEGORY_INPATIENT));
    count(a_day(new_id(), 20240229));
    told(0);
    count(an_import_done(new_id(), 20240229));
    told(1);
    told_last("2024-expenditure", TRANSITION_FIRING, LEVEL_HIGH);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("budget");
    TCase *t = tcase_create("budget");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, half_a_year_with_a_third_of_its_money_is_behind_and_says_with_what);
    tcase_add_test(t, a_subsidy_of_the_year_that_comes_after_it_still_counts);
    tcase_add_test(t, what_is_spent_in_another_year_is_not_of_this_one);
    tcase_add_test(t, an_expenditure_that_is_reversed_before_it_came_or_after_is_none);
    tcase_add_test(t, money_that_comes_late_puts_a_year_over_when_it_is_over);
    tcase_add_test(t, by_line_each_has_an_instance_and_one_that_the_policy_drops_ends);
    tcase_add_test(t, books_that_begin_within_the_year_lack_a_part_of_it);
    tcase_add_test(t, what_was_imported_is_judged_once);
    suite_add_tcase(s, t);
    return s;
}
