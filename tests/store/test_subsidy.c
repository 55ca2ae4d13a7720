/* Subsidies in arrears: Ejin Horo Banner's figures of 2021 and 2022 (DOMAIN 6), through the whole store. */
#include <errno.h>
#include <stdio.h>

#include "store/files.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define HEADS     123371
#define PER_HEAD  25840         /* fen: the banner's part */
#define FIRST     INT64_C(2942000000)           /* 2,942.00 万元 */
#define SECOND    INT64_C(246742000)            /* to 3,188.742 万元 */

static struct policy the_policy(uint32_t version)
{
    struct policy policy = policy_default();
    struct subsidy_standard *standard = &policy.subsidy.standards[0];
    policy.version = version;
    policy.ahead_days = 366;
    policy.subsidy.standard_count = 1;
    *standard = (struct subsidy_standard){.year = 2024, .whole = 1};
    for (int i = 0; i < SUBSIDY_LEVELS; i++)
        standard->levels[i].base = SUBSIDY_HEADS_STATED;
    standard->levels[SUBSIDY_COUNTY] = (struct subsidy_level_rule){
        .own = {PER_HEAD},
        .base = SUBSIDY_HEADS_STATED,
        .heads_date = day(20241231),
        .tranche_count = 1,
        .tranches = {{day(20241231), 1}},
    };
    return policy;
}

static void setup(void)
{
    books_setup();
    struct policy policy = the_policy(2);
    ck_assert_int_eq(outcome_of(a_policy("policy-2", 20240101, &policy)), OUTCOME_APPLIED);
}

static void count(struct event event)
{
    ck_assert_int_eq(outcome_of(event), OUTCOME_APPLIED);
}

static int64_t evidence_of(const struct alert *alert, enum evidence_word word)
{
    for (unsigned i = 0; i < alert->evidence.count; i++)
        if (alert->evidence.items[i].word == word)
            return alert->evidence.items[i].value;
    ck_abort_msg("no evidence %s", evidence_word(word));
    return 0;
}

/* The newest alert of the rule; false if there is none. */
static bool newest(struct alert *ret)
{
    for (uint64_t number = alert_count(); number > 0; number--) {
        *ret = alert_number(number);
        if (ret->rule == RULE_SUBSIDY)
            return true;
    }
    return false;
}

/* Days since what is missing fell due, as a report has them, and the limit. */
static void check_age(const struct alert *alert, int64_t days, int64_t limit)
{
    ck_assert_int_eq(alert->indicator.why, COMPUTABLE);
    ck_assert_int_eq(alert->indicator.value.num, days);
    ck_assert_int_eq(alert->indicator.value.den, 1);
    ck_assert_int_eq(alert->limit_e4, limit * 10000);
}

static void play_2021(void)
{
    count(a_headcount("heads", 20241231, HEADS));
    count(a_subsidy("first", 20240630, FIRST, CATEGORY_COUNTY, 2024));
}

START_TEST(arrears_are_an_alert_on_the_day_they_fall_due_and_end_when_they_are_paid)
{
    struct alert alert;
    play_2021();
    count(a_day("d1", 20241230));
    ck_assert(!newest(&alert));
    count(a_day("d2", 20241231));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    ck_assert_str_eq(alert.instance, "2024-county");
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_DUE), INT64_C(123371) * PER_HEAD);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_RECEIVED), FIRST);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_ARREARS), INT64_C(245906640));
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_OLDEST), 20241231);
    check_age(&alert, 0, 0);
    books_reopen();
    count(a_subsidy("second", 20250301, SECOND, CATEGORY_COUNTY, 2024));
    count(a_day("d3", 20250301));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_ENDED);
    check_age(&alert, 0, 0);
}
END_TEST

/* Heads and a due date alone, as Jiangmen's report gives: what has come is not known, and nothing is late. */
START_TEST(without_any_money_reported_nothing_is_late)
{
    struct alert alert;
    struct policy policy = the_policy(1);
    struct event heads = of_fund(a_headcount("heads", 20241231, HEADS), 440700);
    count(of_fund(a_policy("p", 20240101, &policy), 440700));
    count(heads);
    count(of_fund(a_day("d1", 20241231), 440700));
    ck_assert(!newest(&alert));
    count(of_fund(an_expenditure("care", 20240630, 500, CATEGORY_INPATIENT), 440700));
    count(of_fund(a_day("d2", 20250101), 440700));
    ck_assert(newest(&alert));          /* the books are kept, and the subsidy is not in them */
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_RECEIVED), 0);
}
END_TEST

static struct subsidy_view county_of_2024(const struct policy *policy, int32_t ymd)
{
    struct view *view;
    struct subsidy_view levels[SUBSIDY_LEVELS];
    struct fund which = {.place = 130207, .scheme = 390};
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, which, &number), 0);
    const struct subsidy_standard *standard = &policy->subsidy.standards[0];
    ck_assert_int_eq(view_subsidies(view, number, &policy->subsidy, standard, day(ymd), levels), 0);
    view_close(&view);
    return levels[SUBSIDY_COUNTY];
}

/* Asked on that day it could not say so either. */
START_TEST(heads_that_are_dated_later_are_no_figure_of_a_day)
{
    struct policy policy = the_policy(3);
    policy.subsidy.standards[0].levels[SUBSIDY_COUNTY].base = SUBSIDY_HEADS_DEDUPLICATED;
    policy.subsidy.standards[0].levels[SUBSIDY_COUNTY].heads_date = day(20240630);
    count(a_policy("policy-3", 20240101, &policy));
    count(a_headcount("early", 20240229, 100));
    count(a_headcount("heads", 20240630, HEADS));
    count(a_population("twice", 20240531, MEASURE_DUPLICATES_NATION, 11));
    count(a_headcount("late", 20240701, 7));
    count(a_day("d", 20241231));
    static const struct { int32_t ymd; int64_t heads, duplicates; } days[] = {
        {20240228, HEADS_UNKNOWN, HEADS_UNKNOWN}, {20240229, 100, HEADS_UNKNOWN}, {20240531, 89, 11},
        {20240629, 89, 11}, {20240630, HEADS - 11, 11}, {20241231, HEADS - 11, 11},
        {20231231, HEADS_UNKNOWN, HEADS_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct subsidy_view county = county_of_2024(&policy, days[i].ymd);
        ck_assert_int_eq(county.state.heads, days[i].heads);
        ck_assert_int_eq(county.duplicates_nation, days[i].duplicates);
        ck_assert_int_eq(county.state.due.known, days[i].heads < 0 ? SUBSIDY_NO_HEADS : SUBSIDY_KNOWN);
    }
}
END_TEST

/* However many or few: also of two reports the last of which makes it one. */
START_TEST(each_duplicate_reported_takes_one_off_the_heads)
{
    struct policy policy = the_policy(3);
    policy.subsidy.standards[0].levels[SUBSIDY_COUNTY].base = SUBSIDY_HEADS_DEDUPLICATED;
    count(a_policy("policy-3", 20240101, &policy));
    count(a_headcount("heads", 20241231, 3));
    count(a_population("province", 20240531, MEASURE_DUPLICATES_PROVINCE, _i / 2));
    count(a_population("nation", 20240531, MEASURE_DUPLICATES_NATION, _i - _i / 2));
    count(a_day("d", 20241231));
    struct subsidy_view county = county_of_2024(&policy, 20241231);
    ck_assert_int_eq(county.state.heads, _i <= 3 ? 3 - _i : HEADS_UNKNOWN);     /* a mistake in them */
    ck_assert_int_eq(county.state.due.known, _i <= 3 ? SUBSIDY_KNOWN : SUBSIDY_NO_HEADS);
    ck_assert_int_eq(county.state.due.amount.fen, _i <= 3 ? (3 - _i) * PER_HEAD : 0);
}
END_TEST

START_TEST(arrears_older_than_ninety_days_are_critical)
{
    struct alert alert;
    play_2021();
    count(a_day("d0", 20241231));
    count(a_day("d1", 20250331));           /* 90 days */
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.level, LEVEL_HIGH);
    count(a_day("d2", 20250401));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.level, LEVEL_EXCESSIVE);
    ck_assert_str_eq(level_severity(alert.level), "critical");
    check_age(&alert, 91, 90);
}
END_TEST

START_TEST(what_is_within_the_tolerance_is_no_alert)
{
    static const int64_t missing[] = {1594000, 1600000};    /* the larger of 1 万元 and 0.05 % is 15,939.53 元 */
    struct alert alert;
    count(a_headcount("heads", 20241231, HEADS));
    int64_t received = INT64_C(123371) * PER_HEAD - missing[_i];
    if (_i == 0)
        received += 50;
    count(a_subsidy("s", 20240630, received, CATEGORY_COUNTY, 2024));
    count(a_day("d1", 20241231));
    ck_assert_int_eq(newest(&alert), _i);
}
END_TEST

START_TEST(a_subsidy_that_is_reversed_is_missing_again)
{
    struct alert alert;
    play_2021();
    count(a_subsidy("second", 20241201, SECOND, CATEGORY_COUNTY, 2024));
    count(a_day("d1", 20241231));
    ck_assert(!newest(&alert));
    count(a_reversal("undo", 20250110, "second"));
    count(a_day("d2", 20250110));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_ARREARS), INT64_C(245906640));
}
END_TEST

START_TEST(a_reversal_that_comes_before_its_subsidy_leaves_nothing_received)
{
    struct alert alert;
    play_2021();
    count(a_reversal("undo", 20241210, "second"));
    count(a_subsidy("second", 20241201, SECOND, CATEGORY_COUNTY, 2024));
    count(a_day("d1", 20241231));
    ck_assert(newest(&alert));
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_RECEIVED), FIRST);
}
END_TEST

START_TEST(a_reversal_dated_before_its_subsidy_takes_nothing_off_in_between)
{
    struct alert alert;
    play_2021();
    count(a_day("d0", 20241220));
    count(a_subsidy("second", 20250110, SECOND, CATEGORY_COUNTY, 2024));
    count(a_reversal("undo", 20241210, "second"));
    count(a_day("d1", 20241231));
    ck_assert(newest(&alert));
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_RECEIVED), FIRST);
}
END_TEST

START_TEST(arrears_end_when_nothing_is_due_any_more)
{
    struct alert alert;
    play_2021();
    count(a_day("d1", 20241231));
    ck_assert(newest(&alert));
    count(a_headcount("nobody", 20241231, 0));
    count(a_day("d2", 20250101));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_ENDED);
}
END_TEST

START_TEST(without_a_headcount_nothing_is_judged)
{
    struct alert alert;
    count(a_subsidy("first", 20240630, FIRST, CATEGORY_COUNTY, 2024));
    count(a_day("d0", 20241231));
    count(a_day("d1", 20250401));
    ck_assert(!newest(&alert));
}
END_TEST

/* The rule has a state, so that it could go blind; then a policy puts the due date off, and counts heads
 * of a day that nobody has reported yet. */
START_TEST(before_a_due_date_heads_that_nobody_knows_blind_nothing)
{
    struct alert alert;
    play_2021();
    count(a_day("d", 20241231));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    uint64_t told = alert.number;
    struct policy later = the_policy(3);
    later.subsidy.standards[0].levels[SUBSIDY_COUNTY].tranches[0].due = day(20250630);
    later.subsidy.standards[0].levels[SUBSIDY_COUNTY].heads_date = day(20250630);
    count(a_policy("later", 20240101, &later));
    count(a_day("d2", 20250629));
    ck_assert(newest(&alert));
    ck_assert_uint_eq(alert.number, told);
    count(a_day("d3", 20250630));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_BLIND);
}
END_TEST

/* --- Policies that leave a year's standard out. ----------------------------------------- */

/* The next policy, without any standard. */
static struct policy without_standards(void)
{
    struct policy policy = the_policy(3);
    policy.subsidy.standard_count = 0;
    return policy;
}

static void stays(struct event e, enum hindrance_why why, int64_t fen)
{
    struct applied applied = apply(e);
    ck_assert_int_eq(applied.outcome, OUTCOME_REJECTED);
    ck_assert_int_eq(applied.reject, REJECT_BAD_MOVE);
    ck_assert_int_eq(applied.hindrance.why, why);
    ck_assert_int_eq(applied.hindrance.day, day(20240101));
    ck_assert_int_eq(applied.hindrance.amount.fen, fen);
}

static void is_owed(struct event e, int64_t fen)
{
    stays(e, HINDRANCE_STILL_OWED, fen);
}

static const int64_t MISSING = INT64_C(123371) * PER_HEAD - FIRST;

/* From before it falls due until it has come; on the day itself, later, and in front of what is in force. */
START_TEST(the_standard_of_a_year_that_is_owed_stays)
{
    struct alert alert;
    struct policy policy = without_standards();
    play_2021();
    is_owed(a_policy("early", 20240701, &policy), MISSING);
    count(a_day("d1", 20241231));
    is_owed(a_policy("late", 20250101, &policy), MISSING);
    is_owed(a_policy("same-day", 20240101, &policy), MISSING);
    count(a_day("d2", 20250101));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    count(a_subsidy("second", 20250301, SECOND, CATEGORY_COUNTY, 2024));
    count(a_policy("paid", 20250302, &policy));
    count(a_day("d3", 20250302));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_ENDED);
}
END_TEST

/* Next year's policy is often sent before the heads of this year are counted. */
START_TEST(the_standard_of_heads_that_are_not_counted_yet_stays)
{
    struct policy policy = without_standards();
    count(an_expenditure("care", 20240630, 500, CATEGORY_INPATIENT));
    count(a_day("d1", 20241230));
    stays(a_policy("early", 20250101, &policy), HINDRANCE_OWED_LATER, 0);
    count(a_day("d2", 20241231));
    count(a_policy("over", 20250101, &policy));         /* nobody has counted them, and nothing is judged */
}
END_TEST

/* What was wrong is stated anew: less, or nothing from anybody. */
START_TEST(what_is_owed_can_be_stated_anew)
{
    struct alert alert;
    struct policy policy = the_policy(3);
    play_2021();
    count(a_day("d1", 20241231));
    if (_i == 0)
        policy.subsidy.standards[0].levels[SUBSIDY_COUNTY].own.fen = FIRST / HEADS;
    else
        policy.subsidy.standards[0].levels[SUBSIDY_COUNTY] =
            (struct subsidy_level_rule){.base = SUBSIDY_HEADS_STATED};
    count(a_policy("policy-3", 20250101, &policy));
    count(a_day("d2", 20250101));
    ck_assert(newest(&alert));
    ck_assert_int_eq(alert.transition, TRANSITION_ENDED);
}
END_TEST

static void nobody_knows_the_heads(struct policy *policy)
{
    (void)policy;
    count(an_expenditure("care", 20240630, 500, CATEGORY_INPATIENT));
    count(a_day("over", 20241231));
}

static void within_the_tolerance(struct policy *policy)
{
    play_2021();
    count(a_subsidy("most", 20241231, MISSING - policy->subsidy.tolerance.least.fen, CATEGORY_COUNTY, 2024));
}

/* A year that has not begun owes nothing yet. */
static void of_a_coming_year(struct policy *policy)
{
    play_2021();
    count(a_subsidy("second", 20240701, SECOND, CATEGORY_COUNTY, 2024));
    policy->subsidy.standard_count = 2;
    policy->subsidy.standards[1] = policy->subsidy.standards[0];
    policy->subsidy.standards[1].year = 2025;
}

static void nobody_is_told_when_it_is_due(struct policy *policy)
{
    play_2021();
    policy->subsidy.standards[0].levels[SUBSIDY_COUNTY].tranche_count = 0;
}

static void (*const settled[])(struct policy *policy) = {
    nobody_knows_the_heads, within_the_tolerance, of_a_coming_year, nobody_is_told_when_it_is_due,
};

START_TEST(a_standard_that_nothing_is_owed_by_can_go)
{
    struct policy before = the_policy(1), after = without_standards();
    count(of_fund(a_policy("p1", 20240101, &before), 440700));      /* a fund of which nobody reports money */
    count(of_fund(a_headcount("h", 20241231, HEADS), 440700));
    count(of_fund(a_policy("p3", 20240601, &after), 440700));
    before.version = 3;
    settled[_i](&before);
    after.version = 4;
    count(a_policy("before", 20240101, &before));
    count(a_policy("after", 20240601, &after));
}
END_TEST

/* Nobody is told of arrears by the policy of a place that has ended, or ends by it. */
START_TEST(a_place_that_ends_leaves_what_it_is_owed)
{
    struct policy with = the_policy(3), policy = without_standards();
    struct policy *ends = _i == 2 ? &with : &policy;
    play_2021();
    count(a_day("d1", 20241231));
    if (_i == 0) {
        struct policy whole = the_policy(1);
        count(of_fund(a_policy("whole", 20240101, &whole), 440700));
        ends->merged_into = 440700;
    } else
        ends->split_count = 2, ends->split_into[0] = 440701, ends->split_into[1] = 440702;
    if (_i == 2)
        count(a_policy("policy-3", 20250101, &with));
    policy.version = 4;
    count(a_policy("policy-4", 20250102, &policy));
}
END_TEST

START_TEST(a_policy_before_all_others_leaves_nothing_out)
{
    struct policy policy = without_standards();
    play_2021();
    count(a_policy("policy-3", 20231201, &policy));
}
END_TEST

START_TEST(a_rebuild_comes_to_the_same_arrears)
{
    struct verify_result result;
    char copy[300];
    play_2021();
    count(a_day("d1", 20241231));
    count(a_subsidy("second", 20250301, SECOND, CATEGORY_COUNTY, 2024));
    count(a_day("d3", 20250301));
    snprintf(copy, sizeof copy, "%s.copy", books_path);
    uint64_t covered;
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
    files_remove_folder(copy);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("subsidy");
    TCase *t = tcase_create("arrears");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, arrears_are_an_alert_on_the_day_they_fall_due_and_end_when_they_are_paid);
    tcase_add_test(t, without_any_money_reported_nothing_is_late);
    tcase_add_test(t, heads_that_are_dated_later_are_no_figure_of_a_day);
    tcase_add_loop_test(t, each_duplicate_reported_takes_one_off_the_heads, 0, 6);
    tcase_add_test(t, arrears_older_than_ninety_days_are_critical);
    tcase_add_loop_test(t, what_is_within_the_tolerance_is_no_alert, 0, 2);
    tcase_add_test(t, a_subsidy_that_is_reversed_is_missing_again);
    tcase_add_test(t, a_reversal_that_comes_before_its_subsidy_leaves_nothing_received);
    tcase_add_test(t, a_reversal_dated_before_its_subsidy_takes_nothing_off_in_between);
    tcase_add_test(t, without_a_headcount_nothing_is_judged);
    tcase_add_test(t, arrears_end_when_nothing_is_due_any_more);
    tcase_add_test(t, before_a_due_date_heads_that_nobody_knows_blind_nothing);
    tcase_add_test(t, the_standard_of_a_year_that_is_owed_stays);
    tcase_add_test(t, the_standard_of_heads_that_are_not_counted_yet_stays);
    tcase_add_loop_test(t, what_is_owed_can_be_stated_anew, 0, 2);
    tcase_add_loop_test(t, a_standard_that_nothing_is_owed_by_can_go, 0, sizeof settled / sizeof settled[0]);
    tcase_add_loop_test(t, a_place_that_ends_leaves_what_it_is_owed, 0, 3);
    tcase_add_test(t, a_policy_before_all_others_leaves_nothing_out);
    tcase_add_test(t, a_rebuild_comes_to_the_same_arrears);
    suite_add_tcase(s, t);
    return s;
}
