/* Months that are closed, history that is entered, and what the bank says.  After every test the books are
 * rebuilt from their journal and compared. */
#include <stdio.h>
#include <string.h>

#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static void teardown_verified(void)
{
    char path[250];
    uint64_t covered;
    struct verify_result result;
    snprintf(path, sizeof path, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, path, &covered), 0);
    ck_assert_int_eq(verify_store(path, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
    books_teardown();
}

/* --- Vocabulary ---------------------------------------------------------------------- */

static int64_t evidence_of(struct alert alert, enum evidence_word word)
{
    for (unsigned i = 0; i < alert.evidence.count; i++)
        if (alert.evidence.items[i].word == word)
            return alert.evidence.items[i].value;
    ck_abort_msg("no evidence %s", evidence_word(word));
}

static unsigned alerts_of(enum rule rule)
{
    unsigned count = 0;
    for (uint64_t number = 1; number <= alert_count(); number++)
        count += alert_number(number).rule == rule;
    return count;
}

static struct alert last_alert_of(enum rule rule)
{
    for (uint64_t number = alert_count(); number > 0; number--) {
        struct alert alert = alert_number(number);
        if (alert.rule == rule)
            return alert;
    }
    ck_abort_msg("no alert of %s", rule_word(rule));
}

/* Expenditure of `fen` in each month of 2024, out of a balance of `opening`. */
static void spend_monthly(int64_t opening, int64_t fen)
{
    apply(an_opening("o", 20231231, opening));
    for (int month = 1; month <= 12; month++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", month);
        apply(an_expenditure(id, 20240000 + 100 * month + 15, fen, CATEGORY_INPATIENT));
    }
}

/* The default policy's next version, changed by `change`. */
static void change_policy(uint32_t version, void (*change)(struct policy *policy))
{
    char id[16];
    struct policy policy = policy_default();
    policy.version = version;
    policy.ahead_days = 366;
    snprintf(id, sizeof id, "policy-%u", version);
    change(&policy);
    ck_assert_int_eq(outcome_of(a_policy(id, 20240101, &policy)), OUTCOME_APPLIED);
}

static struct view *seen;               /* of the question being asked */

static uint32_t look(void)
{
    uint32_t number;
    ck_assert_int_eq(view_open(books, &seen), 0);
    ck_assert_int_eq(view_fund_find(seen, (struct fund){130207, SCHEME_RESIDENT}, &number), 0);
    return number;
}

/* --- Importing ----------------------------------------------------------------------- */

START_TEST(while_history_is_entered_nothing_is_judged_and_its_end_judges_once)
{
    apply(an_import("i", 20240101));
    ck_assert(fund_now().importing);
    spend_monthly(1700, 100);
    apply(a_day("d1", 20240630));
    apply(a_day("d2", 20241231));
    ck_assert_uint_eq(alert_count(), 0);
    apply(an_import_done("done", 20241231));
    ck_assert(!fund_now().importing);
    ck_assert_uint_eq(alerts_of(RULE_RUNWAY), 1);
    ck_assert_uint_eq(alerts_of(RULE_DEFICIT), 1);
    struct alert alert = last_alert_of(RULE_RUNWAY);
    ck_assert_int_eq(alert.books_date, day(20241231));
    ck_assert_int_eq(alert.level, LEVEL_LOW);
}
END_TEST

START_TEST(an_import_outlives_a_restart)
{
    apply(an_import("i", 20240101));
    books_reopen();
    spend_monthly(1700, 100);
    apply(a_day("d", 20241231));
    books_reopen();
    ck_assert(fund_now().importing);
    ck_assert_uint_eq(alert_count(), 0);
    apply(an_import_done("done", 20241231));
    ck_assert_uint_eq(alerts_of(RULE_RUNWAY), 1);
}
END_TEST

START_TEST(an_import_inside_one_group_raises_nothing_of_the_days_in_it)
{
    begin();
    add("bureau", an_import("i", 20240101));
    add("bureau", an_opening("o", 20231231, 1000));
    for (int month = 1; month <= 12; month++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", month);
        add("bureau", an_expenditure(id, 20240000 + 100 * month + 15, 60, CATEGORY_INPATIENT));
    }
    add("bureau", a_day("d1", 20241231));           /* 4.7 months */
    add("bureau", a_fee("f", 20250105, 10000));
    add("bureau", a_day("d2", 20250131));
    add("bureau", an_import_done("done", 20250131));
    commit();
    ck_assert_uint_gt(alert_count(), 0);
    for (uint64_t number = 1; number <= alert_count(); number++)
        ck_assert_int_eq(alert_number(number).books_date, day(20250131));
    ck_assert_int_eq(last_alert_of(RULE_RUNWAY).level, LEVEL_EXCESSIVE);
}
END_TEST

START_TEST(what_was_firing_before_an_import_ends_with_it)
{
    spend_monthly(1700, 100);
    apply(a_day("d", 20241231));
    ck_assert_uint_eq(alerts_of(RULE_RUNWAY), 1);
    apply(an_import("i", 20240101));
    apply(a_fee("f", 20241201, 200));
    ck_assert_uint_eq(alerts_of(RULE_RUNWAY), 1);
    apply(an_import_done("done", 20240101));
    ck_assert_uint_eq(alerts_of(RULE_RUNWAY), 2);
    ck_assert_int_eq(last_alert_of(RULE_RUNWAY).transition, TRANSITION_ENDED);
}
END_TEST

START_TEST(other_funds_are_judged_meanwhile)
{
    struct policy policy = policy_default();
    apply(an_import("i", 20240101));
    apply(of_fund(a_policy("policy-other", 20240101, &policy), 440800));
    apply(of_fund(an_opening("o", 20231231, 1000), 440800));
    apply(of_fund(a_statement("b", 20231231, 999), 440800));
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_uint_eq(alert_number(1).fund.place, 440800);
}
END_TEST

START_TEST(an_import_begins_once_and_ends_only_when_it_has_begun)
{
    ck_assert_int_eq(rejection_of(an_import_done("done-0", 20240101)), REJECT_BAD_MOVE);
    ck_assert_int_eq(outcome_of(an_import("i-1", 20240101)), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(an_import("i-1", 20240101)), OUTCOME_DUPLICATE);
    ck_assert_int_eq(rejection_of(an_import("i-2", 20240101)), REJECT_BAD_MOVE);
    ck_assert_int_eq(outcome_of(an_import_done("done-1", 20240101)), OUTCOME_APPLIED);
    ck_assert_int_eq(rejection_of(an_import_done("done-2", 20240101)), REJECT_BAD_MOVE);
    ck_assert_int_eq(outcome_of(an_import("i-3", 20240101)), OUTCOME_APPLIED);
}
END_TEST

/* --- Closing months -------------------------------------------------------------------- */

START_TEST(a_month_is_closed_once_after_the_opening_and_not_ahead_of_the_books)
{
    apply(an_opening("o", 20240131, 1000));
    apply(a_day("d", 20240615));
    ck_assert_int_eq(fund_now().closed, DATE_NONE);
    ck_assert_int_eq(rejection_of(a_month_close("c-01", 20240131)), REJECT_BEFORE_OPENING);
    ck_assert_int_eq(rejection_of(a_month_close("c-06", 20240630)), REJECT_DATE_AHEAD);
    ck_assert_int_eq(outcome_of(a_month_close("c-04", 20240430)), OUTCOME_APPLIED);
    ck_assert_int_eq(rejection_of(a_month_close("c-04-again", 20240430)), REJECT_BAD_MOVE);
    ck_assert_int_eq(rejection_of(a_month_close("c-03", 20240331)), REJECT_BAD_MOVE);
    ck_assert_int_eq(outcome_of(a_month_close("c-05", 20240531)), OUTCOME_APPLIED);
    ck_assert_int_eq(fund_now().closed, day(20240531));
}
END_TEST

static struct restated_view moved[8];
static unsigned moved_count;

static bool keep_moved(void *arg, const struct restated_view *restated)
{
    (void)arg;
    ck_assert_uint_lt(moved_count, 8);
    moved[moved_count++] = *restated;
    return true;
}

/* What moved in the months from..to, in `moved`. */
static unsigned restated_months(int32_t from_ymd, int32_t to_ymd)
{
    uint32_t number = look();
    moved_count = 0;
    ck_assert_int_eq(view_restated(seen, number, date_month_of(day(from_ymd)),
                                   date_month_of(day(to_ymd)), keep_moved, NULL), 0);
    view_close(&seen);
    return moved_count;
}

START_TEST(late_money_of_a_closed_month_is_booked_on_its_date_and_listed)
{
    apply(an_opening("o", 20231231, 1000));
    apply(a_day("d", 20240430));
    apply(a_fee("in-time", 20240110, 10));
    uint64_t closed_at = apply(a_month_close("c", 20240331)).position;
    ck_assert_uint_eq(restated_months(20240101, 20241231), 0);
    apply(a_fee("late-1", 20240120, 300));
    apply(an_expenditure("late-2", 20240125, 70, CATEGORY_CATASTROPHIC));
    apply(a_fee("late-3", 20240331, 5));
    apply(a_fee("open", 20240401, 9));
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20240131), -310);
    ck_assert_int_eq(balance(), 1000 + 10 + 300 - 70 + 5 + 9);
    ck_assert_uint_eq(restated_months(20240101, 20241231), 2);
    ck_assert_int_eq(date_month_to_ym(moved[0].month), 202401);
    ck_assert_uint_eq(moved[0].events, 2);
    ck_assert_int_eq(moved[0].lines.fen[ACCOUNT_I11], -300);
    ck_assert_int_eq(moved[0].lines.fen[ACCOUNT_E2], 70);
    ck_assert_int_eq(moved[0].lines.fen[ACCOUNT_A1], 230);
    ck_assert_int_eq(moved[0].closed, day(20240331));
    ck_assert_uint_eq(moved[0].closed_at, closed_at);
    ck_assert_int_eq(date_month_to_ym(moved[1].month), 202403);
    ck_assert_uint_eq(restated_months(20240201, 20240229), 0);
}
END_TEST

START_TEST(in_one_group_what_comes_before_the_close_is_no_restatement)
{
    apply(an_opening("o", 20231231, 1000));
    apply(a_day("d", 20240430));
    apply(a_month_close("c-1", 20240131));
    begin();
    add("tax", a_fee("jan", 20240120, 1));
    add("tax", a_fee("feb", 20240220, 10));
    add("tax", a_month_close("c-2", 20240229));
    add("tax", a_fee("jan-2", 20240120, 100));
    add("tax", a_fee("feb-2", 20240220, 1000));
    commit();
    ck_assert_uint_eq(restated_months(20240101, 20241231), 2);
    ck_assert_int_eq(moved[0].lines.fen[ACCOUNT_I11], -101);
    ck_assert_uint_eq(moved[0].events, 2);
    ck_assert_int_eq(moved[0].closed, day(20240131));
    ck_assert_int_eq(moved[1].lines.fen[ACCOUNT_I11], -1000);
    ck_assert_int_eq(moved[1].closed, day(20240229));
}
END_TEST

START_TEST(a_reversal_dated_in_a_closed_month_restates_it)
{
    apply(an_opening("o", 20231231, 1000));
    apply(a_fee("f", 20240110, 10));
    apply(a_day("d", 20240430));
    apply(a_month_close("c", 20240131));
    apply(a_reversal("r", 20240120, "f"));
    apply(a_fee("g", 20240110, 10));
    apply(a_reversal("r2", 20240220, "g"));         /* of an open month */
    ck_assert_uint_eq(restated_months(20240101, 20241231), 1);
    ck_assert_uint_eq(moved[0].events, 2);
    ck_assert_int_eq(moved[0].lines.fen[ACCOUNT_I11], 10 - 10);
}
END_TEST

/* --- Alerts that would have been different ------------------------------------------------ */

static struct rejudged judged[8];
static unsigned judged_count;

static bool keep_judged(void *arg, const struct rejudged *rejudged)
{
    (void)arg;
    ck_assert_uint_lt(judged_count, 8);
    judged[judged_count++] = *rejudged;
    return true;
}

static unsigned rejudged_months(int32_t from_ymd, int32_t to_ymd)
{
    uint32_t number = look();
    judged_count = 0;
    ck_assert_int_eq(view_rejudged(seen, number, date_month_of(day(from_ymd)),
                                   date_month_of(day(to_ymd)), keep_judged, NULL), 0);
    view_close(&seen);
    return judged_count;
}

static void judge_from_the_first_month(struct policy *policy)
{
    policy->runway.min_months = 1;
}

/* Nine months of runway when January is closed. */
static void close_january(int32_t books_ymd)
{
    change_policy(2, judge_from_the_first_month);
    apply(an_opening("o", 20231231, 1000));
    apply(an_expenditure("x", 20240110, 100, CATEGORY_INPATIENT));
    apply(a_day("d", books_ymd));
    apply(a_month_close("c", 20240131));
}

START_TEST(a_level_that_late_money_changes_is_told_with_both_values)
{
    close_january(20240229);
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 0);
    apply(an_expenditure("late", 20240120, 100, CATEGORY_INPATIENT));
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 1);
    ck_assert_int_eq(judged[0].rule, RULE_RUNWAY);
    ck_assert_int_eq(judged[0].date, day(20240131));
    ck_assert_int_eq(judged[0].then, LEVEL_HEALTHY);
    ck_assert_int_eq(judged[0].now, LEVEL_LOW);
    ck_assert_int_eq(ratio_round(judged[0].then_value.value, 1), 90);   /* 900 / 100 */
    ck_assert_int_eq(ratio_round(judged[0].now_value.value, 1), 40);    /* 800 / 200 */
}
END_TEST

START_TEST(what_was_known_when_a_later_month_was_closed_is_no_difference_there)
{
    close_january(20240430);
    apply(an_expenditure("late", 20240120, 100, CATEGORY_INPATIENT));
    apply(a_month_close("c-2", 20240229));          /* 800 / 100 a month, and it knew */
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 1);
    ck_assert_int_eq(judged[0].date, day(20240131));
    apply(an_expenditure("later", 20240121, 400, CATEGORY_INPATIENT));
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 2);
    ck_assert_int_eq(judged[1].date, day(20240229));
    ck_assert_int_eq(judged[1].now, LEVEL_CRITICAL_LOW);
    ck_assert_int_eq(ratio_round(judged[1].then_value.value, 1), 80);
    ck_assert_uint_eq(rejudged_months(20240201, 20240229), 1);
}
END_TEST

static void be_split(struct policy *policy)
{
    judge_from_the_first_month(policy);
    policy->split_count = 2;
    policy->split_into[0] = 440701;
    policy->split_into[1] = 440702;
}

/* By a policy of the same day, so that it never was one. */
START_TEST(of_a_place_that_is_no_more_no_month_is_judged_anew)
{
    close_january(20240229);
    apply(an_expenditure("late", 20240120, 100, CATEGORY_INPATIENT));
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 1);
    change_policy(3, be_split);
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 0);
}
END_TEST

static void judge_runways_only(struct policy *policy)
{
    judge_from_the_first_month(policy);
    policy->provisional.on = false;
}

START_TEST(a_runway_then_and_now_has_the_provisional_share_of_its_months)
{
    change_policy(2, judge_runways_only);
    apply(an_opening("o", 20231231, 1000));
    apply(an_expenditure("x", 20240110, 100, CATEGORY_INPATIENT));
    apply(a_day("d", 20240430));
    apply(a_month_close("c", 20240131));
    struct event late = an_expenditure("late", 20240121, 400, CATEGORY_INPATIENT);
    late.stage = STAGE_PROVISIONAL;
    late.present |= UINT32_C(1) << FIELD_STAGE;
    apply(late);
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 1);
    ck_assert_int_eq(judged[0].then_share.value.num, 0);
    ck_assert_int_eq(ratio_round(judged[0].now_share.value, 2), 80);    /* 400 / 500 */
}
END_TEST

START_TEST(a_deficit_that_late_money_brings_or_takes_is_told)
{
    spend_monthly(8000, 100);
    apply(a_fee("f", 20240601, 1200));
    apply(a_day("d", 20241231));
    apply(a_month_close("c", 20241231));
    apply(an_expenditure("late", 20241230, 1, CATEGORY_CATASTROPHIC));
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 1);
    ck_assert_int_eq(judged[0].rule, RULE_DEFICIT);
    ck_assert_int_eq(judged[0].now, LEVEL_LOW);
    apply(a_fee("late-fee", 20241230, 1));
    ck_assert_uint_eq(rejudged_months(20240101, 20241231), 0);
}
END_TEST

/* --- The rule `restated` ------------------------------------------------------------------- */

static void restated_above_10_percent(struct policy *policy)
{
    policy->restated = (struct restated_rule){.on = true, .limit = {1000, 500}};
}

static void restated_held_5_days(struct policy *policy)
{
    restated_above_10_percent(policy);
    policy->restated.hold = (struct hold){5, 0};
}

static void nothing(struct policy *policy)
{
    (void)policy;
}

/* 1200 in a year, whose December is closed. */
static void a_closed_year(void (*change)(struct policy *policy))
{
    change_policy(2, change);
    spend_monthly(9000, 100);
    apply(a_day("d", 20241231));
    apply(a_month_close("c", 20241231));
}

START_TEST(restatements_fire_above_their_limit_and_not_at_it)
{
    a_closed_year(restated_above_10_percent);
    apply(a_fee("late-1", 20240601, 120));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 0);
    apply(a_fee("late-2", 20240601, 1));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 1);
    struct alert alert = last_alert_of(RULE_RESTATED);
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    ck_assert_int_eq(alert.level, LEVEL_HIGH);
    ck_assert_int_eq(alert.indicator.value.num, 121);
    ck_assert_int_eq(alert.indicator.value.den, 1200);
    ck_assert_int_eq(alert.expenditure.fen, 1200);
    ck_assert_int_eq(alert.months, 12);
    ck_assert_int_eq(alert.limit_e4, 1000);
}
END_TEST

START_TEST(restatements_that_hover_fire_once_and_end_at_the_lower_limit)
{
    a_closed_year(restated_above_10_percent);
    apply(a_fee("late-1", 20240601, 121));
    apply(a_reversal("r-1", 20240602, "late-1"));       /* 0 again: what moved in June cancels */
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 2);
    ck_assert_int_eq(last_alert_of(RULE_RESTATED).transition, TRANSITION_ENDED);
    apply(a_fee("late-2", 20240601, 61));
    apply(a_fee("late-3", 20240701, 60));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 3);
    apply(a_reversal("r-3", 20240702, "late-3"));       /* 61: below 10 %, above 5 % */
    apply(a_fee("late-4", 20240701, 60));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 3);
}
END_TEST

START_TEST(restatements_wait_their_hold_over_a_restart)
{
    a_closed_year(restated_held_5_days);
    apply(a_fee("late", 20240601, 121));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 0);
    books_reopen();
    apply(a_day("d4", 20250104));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 0);
    books_reopen();
    apply(a_day("d5", 20250105));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 1);
    ck_assert_int_eq(last_alert_of(RULE_RESTATED).books_date, day(20250105));
}
END_TEST

START_TEST(restatements_of_more_than_twelve_months_ago_do_not_count)
{
    a_closed_year(restated_above_10_percent);
    apply(a_fee("late", 20240101, 121));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 1);
    apply(a_day("d2", 20250131));
    ck_assert_int_eq(last_alert_of(RULE_RESTATED).transition, TRANSITION_ENDED);
}
END_TEST

START_TEST(restatements_without_expenditure_are_blind_and_go_on_firing)
{
    a_closed_year(restated_above_10_percent);
    apply(a_fee("late", 20240601, 500));
    for (int month = 1; month <= 12; month++) {
        char id[16], reversal[16];
        snprintf(id, sizeof id, "x%d", month);
        snprintf(reversal, sizeof reversal, "rx%d", month);
        apply(a_reversal(reversal, 20240000 + 100 * month + 16, id));
    }
    struct alert alert = last_alert_of(RULE_RESTATED);
    ck_assert_int_eq(alert.transition, TRANSITION_BLIND);
    ck_assert_int_eq(alert.indicator.why, NC_NO_EXPENDITURE);
    ck_assert_int_eq(alert.level, LEVEL_HIGH);
}
END_TEST

START_TEST(restatements_are_off_unless_the_policy_asks_and_end_when_it_stops)
{
    a_closed_year(nothing);
    apply(a_fee("late", 20240601, 5000));
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 0);
    change_policy(3, restated_above_10_percent);
    ck_assert_uint_eq(alerts_of(RULE_RESTATED), 1);
    change_policy(4, nothing);
    ck_assert_int_eq(last_alert_of(RULE_RESTATED).transition, TRANSITION_ENDED);
}
END_TEST

/* --- Statements ------------------------------------------------------------------------------ */

static void bank_of_1200(void)
{
    apply(an_opening("o", 20231231, 1000));
    apply(a_fee("f", 20240110, 200));
    apply(a_day("d", 20240131));
}

START_TEST(a_statement_that_agrees_raises_nothing)
{
    bank_of_1200();
    apply(a_statement("b-0", 20231231, 1000));
    apply(a_statement("b", 20240131, 1200));
    ck_assert_uint_eq(alert_count(), 0);
}
END_TEST

START_TEST(a_statement_that_differs_by_a_fen_fires_with_both_figures)
{
    bank_of_1200();
    apply(a_statement("b", 20240131, 1199));
    ck_assert_uint_eq(alert_count(), 1);
    struct alert alert = alert_number(1);
    ck_assert_int_eq(alert.rule, RULE_STATEMENT);
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    ck_assert_int_eq(alert.level, LEVEL_LOW);
    ck_assert_int_eq(evidence_of(alert, EVIDENCE_STATED), 1199);
    ck_assert_int_eq(evidence_of(alert, EVIDENCE_BOOKED), 1200);
    ck_assert_int_eq(alert.indicator.value.num, -1);
}
END_TEST

START_TEST(a_statement_fires_until_one_agrees_whatever_lies_between)
{
    bank_of_1200();
    apply(a_statement("b-1", 20240131, 1201));
    ck_assert_int_eq(alert_number(1).level, LEVEL_HIGH);
    books_reopen();
    apply(a_day("d2", 20240205));
    apply(a_statement("b-2", 20240201, 1205));
    ck_assert_uint_eq(alert_count(), 1);            /* the same finding */
    apply(a_statement("b-3", 20240202, 1200));
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_ENDED);
    apply(a_statement("b-old", 20240115, 7));       /* not the newest: nothing to judge */
    ck_assert_uint_eq(alert_count(), 2);
}
END_TEST

START_TEST(books_that_come_to_agree_end_it_and_going_back_begins_anew)
{
    bank_of_1200();
    apply(a_statement("b", 20240131, 1150));
    apply(an_expenditure("forgotten", 20240120, 50, CATEGORY_INPATIENT));
    ck_assert_uint_eq(alerts_of(RULE_STATEMENT), 2);
    ck_assert_int_eq(last_alert_of(RULE_STATEMENT).transition, TRANSITION_ENDED);
    ck_assert_int_eq(evidence_of(last_alert_of(RULE_STATEMENT), EVIDENCE_BOOKED), 1150);
    apply(a_reversal("r", 20240121, "forgotten"));
    ck_assert_uint_eq(alerts_of(RULE_STATEMENT), 3);
    struct alert anew = last_alert_of(RULE_STATEMENT);
    ck_assert_int_eq(anew.transition, TRANSITION_FIRING);
    ck_assert_uint_eq(anew.incident, anew.number);
}
END_TEST

START_TEST(of_two_statements_of_a_day_the_id_that_sorts_last_counts)
{
    static const char *const order[][2] = {{"b-1", "b-2"}, {"b-2", "b-1"}};
    bank_of_1200();
    for (unsigned i = 0; i < 2; i++) {
        bool right = strcmp(order[_i][i], "b-2") == 0;
        apply(a_statement(order[_i][i], 20240131, right ? 1200 : 1));
    }
    ck_assert_uint_eq(alert_count(), _i == 0 ? 2 : 0);
    apply(a_fee("g", 20240131, 1));
    ck_assert_int_eq(evidence_of(last_alert_of(RULE_STATEMENT), EVIDENCE_STATED), 1200);
}
END_TEST

START_TEST(a_statement_is_judged_when_the_books_reach_its_day)
{
    bank_of_1200();
    apply(a_statement("b", 20240205, 1));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_day("d4", 20240204));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_day("d5", 20240205));
    ck_assert_uint_eq(alert_count(), 1);
}
END_TEST

START_TEST(a_statement_waits_for_the_opening_balance)
{
    apply(a_fee("f", 20240110, 200));
    apply(a_day("d", 20240131));
    apply(a_statement("b", 20240131, 1));
    ck_assert_uint_eq(alert_count(), 0);
    apply(an_opening("o", 20231231, 1000));
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(evidence_of(alert_number(1), EVIDENCE_BOOKED), 1200);
}
END_TEST

START_TEST(a_statement_is_not_of_a_day_before_the_books_nor_of_a_far_future)
{
    bank_of_1200();
    ck_assert_int_eq(rejection_of(a_statement("b-1", 20231230, 1)), REJECT_BEFORE_OPENING);
    ck_assert_int_eq(rejection_of(a_statement("b-2", 20260101, 1)), REJECT_DATE_AHEAD);
    ck_assert_int_eq(rejection_of(a_reversal("r", 20240120, "b-1")), REJECT_NONE);
    ck_assert_int_eq(outcome_of(a_statement("b-3", 20240131, -5)), OUTCOME_APPLIED);
    ck_assert_int_eq(rejection_of(a_reversal("r3", 20240120, "b-3")), REJECT_BAD_MOVE);
}
END_TEST

static struct bank_check checks[8];
static unsigned check_count;

static bool keep_check(void *arg, const struct bank_check *check, uint64_t position_)
{
    (void)arg;
    ck_assert_uint_lt(check_count, 8);
    ck_assert_uint_gt(position_, 0);
    checks[check_count++] = *check;
    return true;
}

START_TEST(statements_are_listed_beside_the_books_of_their_days)
{
    bank_of_1200();
    apply(a_statement("b-3", 20240131, 1200));
    apply(a_statement("b-1", 20240105, 1000));
    apply(a_statement("b-2", 20240110, 7));
    apply(an_expenditure("x", 20240115, 30, CATEGORY_INPATIENT));
    uint32_t number = look();
    check_count = 0;
    ck_assert_int_eq(view_statements(seen, number, keep_check, NULL), 0);
    view_close(&seen);
    static const struct { int32_t ymd; int64_t stated, booked; } rows[] = {
        {20240105, 1000, 1000}, {20240110, 7, 1200}, {20240131, 1200, 1170},
    };
    ck_assert_uint_eq(check_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(checks[i].date, day(rows[i].ymd));
        ck_assert_int_eq(checks[i].stated.fen, rows[i].stated);
        ck_assert_int_eq(checks[i].booked.fen, rows[i].booked);
    }
}
END_TEST

START_TEST(the_position_before_a_moment_is_found)
{
    uint64_t before, after;
    bank_of_1200();
    look();
    ck_assert_int_eq(view_position_before(seen, 0, &before), 0);
    ck_assert_int_eq(view_position_before(seen, INT64_MAX, &after), 0);
    view_close(&seen);
    ck_assert_uint_eq(before, 0);
    ck_assert_uint_eq(after, position());
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("closed");
    TCase *t = tcase_create("import");
    tcase_add_checked_fixture(t, books_setup, teardown_verified);
    tcase_add_test(t, while_history_is_entered_nothing_is_judged_and_its_end_judges_once);
    tcase_add_test(t, an_import_outlives_a_restart);
    tcase_add_test(t, an_import_inside_one_group_raises_nothing_of_the_days_in_it);
    tcase_add_test(t, what_was_firing_before_an_import_ends_with_it);
    tcase_add_test(t, other_funds_are_judged_meanwhile);
    tcase_add_test(t, an_import_begins_once_and_ends_only_when_it_has_begun);
    suite_add_tcase(s, t);

    t = tcase_create("months");
    tcase_add_checked_fixture(t, books_setup, teardown_verified);
    tcase_add_test(t, a_month_is_closed_once_after_the_opening_and_not_ahead_of_the_books);
    tcase_add_test(t, late_money_of_a_closed_month_is_booked_on_its_date_and_listed);
    tcase_add_test(t, in_one_group_what_comes_before_the_close_is_no_restatement);
    tcase_add_test(t, a_reversal_dated_in_a_closed_month_restates_it);
    tcase_add_test(t, a_level_that_late_money_changes_is_told_with_both_values);
    tcase_add_test(t, of_a_place_that_is_no_more_no_month_is_judged_anew);
    tcase_add_test(t, what_was_known_when_a_later_month_was_closed_is_no_difference_there);
    tcase_add_test(t, a_runway_then_and_now_has_the_provisional_share_of_its_months);
    tcase_add_test(t, a_deficit_that_late_money_brings_or_takes_is_told);
    suite_add_tcase(s, t);

    t = tcase_create("restated");
    tcase_add_checked_fixture(t, books_setup, teardown_verified);
    tcase_add_test(t, restatements_fire_above_their_limit_and_not_at_it);
    tcase_add_test(t, restatements_that_hover_fire_once_and_end_at_the_lower_limit);
    tcase_add_test(t, restatements_wait_their_hold_over_a_restart);
    tcase_add_test(t, restatements_of_more_than_twelve_months_ago_do_not_count);
    tcase_add_test(t, restatements_without_expenditure_are_blind_and_go_on_firing);
    tcase_add_test(t, restatements_are_off_unless_the_policy_asks_and_end_when_it_stops);
    suite_add_tcase(s, t);

    t = tcase_create("statements");
    tcase_add_checked_fixture(t, books_setup, teardown_verified);
    tcase_add_test(t, a_statement_that_agrees_raises_nothing);
    tcase_add_test(t, a_statement_that_differs_by_a_fen_fires_with_both_figures);
    tcase_add_test(t, a_statement_fires_until_one_agrees_whatever_lies_between);
    tcase_add_test(t, books_that_come_to_agree_end_it_and_going_back_begins_anew);
    tcase_add_loop_test(t, of_two_statements_of_a_day_the_id_that_sorts_last_counts, 0, 2);
    tcase_add_test(t, a_statement_is_judged_when_the_books_reach_its_day);
    tcase_add_test(t, a_statement_waits_for_the_opening_balance);
    tcase_add_test(t, a_statement_is_not_of_a_day_before_the_books_nor_of_a_far_future);
    tcase_add_test(t, statements_are_listed_beside_the_books_of_their_days);
    tcase_add_test(t, the_position_before_a_moment_is_found);
    suite_add_tcase(s, t);
    return s;
}
