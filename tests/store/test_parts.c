/* Places that are merged: what is booked under the old code goes on counting, once, for the new place. */
#include <stdio.h>
#include <string.h>

#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define WHOLE 130200            /* the city, new; the vocabulary's own fund 130207 is its first part */
#define OTHER 130208
#define FROM  20250101          /* when they are merged */

static int ids;
static char id_text[16];

static const char *new_id(void)
{
    snprintf(id_text, sizeof id_text, "id-%d", ++ids);
    return id_text;
}

static void count(struct event event)
{
    struct applied applied = apply(event);
    ck_assert_msg(applied.outcome == OUTCOME_APPLIED, "%s: %s", event.id, reject_code(applied.reject));
}

static void at(uint32_t place, struct event event)
{
    count(of_fund(event, place));
}

static uint32_t versions[3];

static struct policy policy_of(uint32_t place)
{
    struct policy policy = policy_default();
    policy.version = ++versions[place == WHOLE ? 0 : place == OTHER ? 1 : 2];
    policy.ahead_days = 366;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
    return policy;
}

/* Two counties with books of 2024, and a city that begins with 2025. */
static void setup(void)
{
    books_setup();
    ids = 0;
    versions[0] = versions[1] = 0;
    versions[2] = 1;
    struct policy other = policy_of(OTHER), whole = policy_of(WHOLE);
    at(OTHER, a_policy(new_id(), 20240101, &other));
    struct policy own = policy_of(130207);
    count(a_policy(new_id(), 20240101, &own));
    count(an_opening(new_id(), 20231231, 1000));
    at(OTHER, an_opening(new_id(), 20231231, 500));
    at(WHOLE, a_policy(new_id(), FROM, &whole));
    count(a_day(new_id(), 20240601));
    at(OTHER, a_day(new_id(), 20240601));
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

static enum reject merge_into(uint32_t part, uint32_t whole, int32_t from)
{
    struct policy policy = policy_of(part);
    policy.merged_into = whole;
    struct applied applied = apply(of_fund(a_policy(new_id(), from, &policy), part));
    return applied.outcome == OUTCOME_APPLIED ? REJECT_NONE : applied.reject;
}

static void merge_both(void)
{
    ck_assert_int_eq(merge_into(130207, WHOLE, FROM), REJECT_NONE);
    ck_assert_int_eq(merge_into(OTHER, WHOLE, FROM), REJECT_NONE);
}

/* 2024: one county takes 300 and spends 120, the other 60 and 20. */
static void the_year(void)
{
    count(a_fee(new_id(), 20240615, 300));
    count(an_expenditure(new_id(), 20240615, 120, CATEGORY_INPATIENT));
    at(OTHER, a_fee(new_id(), 20240615, 60));
    at(OTHER, an_expenditure(new_id(), 20240615, 20, CATEGORY_INPATIENT));
    count(a_day(new_id(), 20241231));
    at(OTHER, a_day(new_id(), 20241231));
}

static struct fund_view fund_at(uint32_t place, int32_t ymd)
{
    struct view *view;
    struct fund_view fund;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){place, SCHEME_RESIDENT}, &number), 0);
    ck_assert_int_eq(view_fund_as_of(view, number, day(ymd), &fund), 0);
    view_close(&view);
    return fund;
}

static int64_t spent_at(uint32_t place, int32_t from, int32_t to, int32_t as_of)
{
    struct view *view;
    struct lines lines;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){place, SCHEME_RESIDENT}, &number), 0);
    ck_assert_int_eq(view_lines(view, number, day(from), day(to), day(as_of), &lines), 0);
    view_close(&view);
    return lines.fen[ACCOUNT_E11];
}

START_TEST(from_its_day_on_the_new_place_has_the_balance_and_the_months_of_both)
{
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), FROM));
    struct fund_view fund = fund_at(WHOLE, FROM);
    ck_assert_int_eq(fund.balance.fen, 1180 + 540);
    ck_assert(fund.has_opening);
    ck_assert_uint_eq(fund.parts, 2);
    ck_assert_uint_eq(fund.runway.months, 12);
    ck_assert_int_eq(fund.runway.closed.fen[ACCOUNT_E11], 140);
    ck_assert_int_eq(spent_at(WHOLE, 20240101, 20241231, FROM), 140);
    ck_assert_int_eq(spent_at(WHOLE, 20240101, 20241231, 20241231), 0);
    ck_assert_int_eq(fund_at(130207, 20241231).balance.fen, 1180);
    ck_assert_uint_eq(fund_at(130207, 20241231).merged_into, 0);
}
END_TEST

START_TEST(what_comes_under_the_old_code_counts_for_the_new_place_also_late_and_reversed)
{
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), 20250131));
    count(an_expenditure("after", 20250110, 30, CATEGORY_INPATIENT));
    at(WHOLE, an_expenditure(new_id(), 20250110, 5, CATEGORY_INPATIENT));
    at(OTHER, an_expenditure(new_id(), 20241210, 7, CATEGORY_INPATIENT));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).balance.fen, 1720 - 42);
    ck_assert_int_eq(spent_at(WHOLE, 20240101, 20250131, 20250131), 182);
    books_reopen();
    count(a_reversal(new_id(), 20250120, "after"));
    count(a_reversal(new_id(), 20250120, "never"));
    count(an_expenditure("never", 20250112, 400, CATEGORY_INPATIENT));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).balance.fen, 1720 - 12);
}
END_TEST

START_TEST(a_merger_that_is_told_late_holds_from_its_day_on)
{
    the_year();
    at(WHOLE, a_day(new_id(), 20250131));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).balance.fen, 0);
    count(a_day(new_id(), 20250115));
    merge_both();
    ck_assert_int_eq(fund_at(WHOLE, 20250131).balance.fen, 1720);
    ck_assert_int_eq(date_to_ymd(fund_at(130207, 20300101).books_date), 20250131);
    ck_assert_int_eq(date_to_ymd(fund_at(OTHER, 20300101).books_date), 20250131);
}
END_TEST

START_TEST(a_place_that_takes_in_another_has_both_from_then_on)
{
    the_year();
    ck_assert_int_eq(merge_into(OTHER, 130207, FROM), REJECT_NONE);
    count(a_day(new_id(), 20250131));
    ck_assert_int_eq(fund_at(130207, 20241231).balance.fen, 1180);
    ck_assert_int_eq(fund_at(130207, 20250131).balance.fen, 1720);
    ck_assert_int_eq(fund_at(130207, 20250131).runway.closed.fen[ACCOUNT_E11], 140);
    at(OTHER, a_fee(new_id(), 20250105, 9));
    ck_assert_int_eq(fund_at(130207, 20250131).balance.fen, 1729);
}
END_TEST

START_TEST(parts_may_have_parts)
{
    the_year();
    ck_assert_int_eq(merge_into(OTHER, 130207, FROM), REJECT_NONE);
    ck_assert_int_eq(merge_into(130207, WHOLE, 20250701), REJECT_NONE);
    at(WHOLE, a_day(new_id(), 20250630));
    ck_assert_int_eq(fund_at(WHOLE, 20250630).balance.fen, 0);
    at(WHOLE, a_day(new_id(), 20250701));
    ck_assert_int_eq(fund_at(WHOLE, 20250701).balance.fen, 1720);
    ck_assert_uint_eq(fund_at(WHOLE, 20250701).parts, 2);
    at(OTHER, a_fee(new_id(), 20250701, 1));
    ck_assert_int_eq(fund_at(WHOLE, 20250701).balance.fen, 1721);
}
END_TEST

/* --- People ------------------------------------------------------------------------- */

START_TEST(heads_are_those_of_the_parts_until_the_new_place_says_its_own)
{
    merge_both();
    count(a_headcount(new_id(), 20250105, 100));
    the_year();
    at(WHOLE, a_day(new_id(), 20250131));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).heads.reported, HEADS_UNKNOWN);
    at(OTHER, a_headcount(new_id(), 20250106, 50));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).heads.reported, 150);
    at(WHOLE, a_headcount(new_id(), 20250120, 149));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).heads.reported, 149);
}
END_TEST

START_TEST(persons_of_both_codes_are_the_new_place_s)
{
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), 20250131));
    count(a_fee_of(new_id(), 20250105, 1, 1));
    at(OTHER, a_fee_of(new_id(), 20250105, 1, 2));
    at(WHOLE, a_fee_of(new_id(), 20250105, 1, 3));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).heads.paid, 3);
    books_reopen();
    at(WHOLE, a_fee_of(new_id(), 20250106, 1, 4));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).heads.paid, 4);
}
END_TEST

/* --- Rules --------------------------------------------------------------------------- */

static void judge(uint32_t place, int32_t from)
{
    struct policy policy = policy_of(place);
    policy.runway.on = true;
    policy.runway.min_months = 1;
    at(place, a_policy(new_id(), from, &policy));
}

START_TEST(an_old_place_s_alerts_end_with_it_and_the_new_one_s_look_at_both)
{
    judge(130207, 20240101);
    judge(WHOLE, FROM);
    merge_both();
    the_year();
    ck_assert_uint_eq(alert_count(), 1);                /* 118 months: excessive */
    at(WHOLE, a_day(new_id(), FROM));
    ck_assert_uint_eq(alert_count(), 3);
    struct alert whole = alert_number(2), part = alert_number(3);
    ck_assert_int_eq(whole.fund.place, WHOLE);
    ck_assert_int_eq(whole.transition, TRANSITION_FIRING);
    ck_assert_int_eq(whole.balance.fen, 1720);
    ck_assert_int_eq(part.fund.place, 130207);
    ck_assert_int_eq(part.transition, TRANSITION_ENDED);
    ck_assert_int_eq(part.indicator.why, NC_PLACE_ENDED);
    books_reopen();
    at(OTHER, an_expenditure(new_id(), 20241220, 1500, CATEGORY_INPATIENT));
    ck_assert_uint_eq(alert_count(), 4);                /* what moves a part moves the whole */
    struct alert moved = alert_number(4);
    ck_assert_int_eq(moved.fund.place, WHOLE);
    ck_assert_int_eq(moved.balance.fen, 220);
    ck_assert_int_eq(moved.level, LEVEL_CRITICAL_LOW);
}
END_TEST

START_TEST(a_statement_of_the_new_place_is_held_against_all_its_accounts)
{
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), 20250131));
    at(WHOLE, a_statement(new_id(), 20250110, 1720));
    ck_assert_uint_eq(alert_count(), 0);
    at(WHOLE, a_statement(new_id(), 20250111, 1719));
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(alert_number(1).rule, RULE_STATEMENT);
}
END_TEST

/* --- What cannot be ------------------------------------------------------------------- */

START_TEST(a_merger_that_would_count_twice_or_in_a_circle_is_refused)
{
    ck_assert_int_eq(merge_into(130207, 130299, FROM), REJECT_MERGED);
    ck_assert_int_eq(merge_into(130207, 130207, FROM), REJECT_MERGED);
    ck_assert_int_eq(merge_into(OTHER, 130207, FROM), REJECT_NONE);
    ck_assert_int_eq(merge_into(130207, OTHER, FROM), REJECT_MERGED);
    at(WHOLE, an_opening(new_id(), FROM, 7));
    ck_assert_int_eq(merge_into(130207, WHOLE, 20250102), REJECT_MERGED);
    ck_assert_int_eq(merge_into(130207, WHOLE, 20250103), REJECT_NONE);
}
END_TEST

START_TEST(an_opening_balance_that_has_the_parts_in_it_is_refused)
{
    merge_both();
    the_year();
    ck_assert_int_eq(rejection_of(of_fund(an_opening(new_id(), FROM, 1720), WHOLE)), REJECT_MERGED);
    ck_assert_int_eq(rejection_of(of_fund(an_opening(new_id(), 20241231, 1720), WHOLE)), REJECT_MERGED);
}
END_TEST

START_TEST(what_was_merged_stays_so)
{
    merge_both();
    the_year();
    struct policy policy = policy_of(130207);
    ck_assert_int_eq(rejection_of(a_policy(new_id(), 20250301, &policy)), REJECT_MERGED);
    ck_assert_int_eq(merge_into(130207, OTHER, 20250301), REJECT_MERGED);
    ck_assert_int_eq(merge_into(130207, WHOLE, 20241201), REJECT_MERGED);
    ck_assert_int_eq(merge_into(130207, WHOLE, 20250301), REJECT_NONE);
    policy = policy_of(130207);
    ck_assert_int_eq(apply(a_policy(new_id(), 20240701, &policy)).outcome, OUTCOME_APPLIED);
    at(WHOLE, a_day(new_id(), 20250131));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).balance.fen, 1720);
}
END_TEST

/* --- Splits ---------------------------------------------------------------------------- */

START_TEST(a_place_that_is_split_is_judged_no_more_and_pays_its_successors)
{
    struct policy policy = policy_of(130207);
    judge(130207, 20240101);
    policy = policy_of(130207);
    policy.split_count = 2;
    policy.split_into[0] = OTHER;
    policy.split_into[1] = 130209;
    count(a_policy(new_id(), FROM, &policy));
    the_year();
    ck_assert_uint_eq(alert_count(), 1);
    count(an_expenditure(new_id(), FROM, 1180, CATEGORY_TRANSFER_OUT));
    count(a_day(new_id(), FROM));
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_ENDED);
    ck_assert_int_eq(alert_number(2).indicator.why, NC_PLACE_ENDED);
    ck_assert_int_eq(balance(), 0);
    count(an_expenditure(new_id(), 20241220, 30, CATEGORY_INPATIENT));
    ck_assert_int_eq(balance(), -30);
    ck_assert_uint_eq(alert_count(), 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("parts");
    TCase *t = tcase_create("parts");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, from_its_day_on_the_new_place_has_the_balance_and_the_months_of_both);
    tcase_add_test(t, what_comes_under_the_old_code_counts_for_the_new_place_also_late_and_reversed);
    tcase_add_test(t, a_merger_that_is_told_late_holds_from_its_day_on);
    tcase_add_test(t, a_place_that_takes_in_another_has_both_from_then_on);
    tcase_add_test(t, parts_may_have_parts);
    tcase_add_test(t, heads_are_those_of_the_parts_until_the_new_place_says_its_own);
    tcase_add_test(t, persons_of_both_codes_are_the_new_place_s);
    tcase_add_test(t, an_old_place_s_alerts_end_with_it_and_the_new_one_s_look_at_both);
    tcase_add_test(t, a_statement_of_the_new_place_is_held_against_all_its_accounts);
    tcase_add_test(t, a_merger_that_would_count_twice_or_in_a_circle_is_refused);
    tcase_add_test(t, an_opening_balance_that_has_the_parts_in_it_is_refused);
    tcase_add_test(t, what_was_merged_stays_so);
    tcase_add_test(t, a_place_that_is_split_is_judged_no_more_and_pays_its_successors);
    suite_add_tcase(s, t);
    return s;
}
