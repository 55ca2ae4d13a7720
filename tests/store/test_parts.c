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
    ck_assert_uint_eq(fund_at(130207, 20241231).merged_into.place, 0);
    ck_assert_uint_eq(fund_at(130207, FROM).merged_into.place, WHOLE);
    ck_assert(fund_at(130207, FROM).place_ended && !fund_at(WHOLE, FROM).place_ended);
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

START_TEST(duplicates_that_the_new_place_reports_are_those_of_its_parts_too)
{
    merge_both();
    count(a_population(new_id(), 20250110, MEASURE_DUPLICATES_PROVINCE, 40));
    at(OTHER, a_population(new_id(), 20250110, MEASURE_DUPLICATES_PROVINCE, 20));
    at(WHOLE, a_population(new_id(), 20250201, MEASURE_DUPLICATES_PROVINCE, 50));
    at(WHOLE, a_day(new_id(), 20250228));
    ck_assert_int_eq(fund_at(WHOLE, 20250131).heads.duplicates, 60);
    ck_assert_int_eq(fund_at(WHOLE, 20250228).heads.duplicates, 50);
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

static int64_t part_of(const struct alert *alert, enum cause_kind kind)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < alert->causes.count; i++)
        sum += alert->causes.items[i].kind == kind ? alert->causes.items[i].hundredths : 0;
    return sum;
}

/* 7.5 months are left to one county; the other brings 540, and 8 come late for the first. */
START_TEST(what_another_fund_had_is_no_restatement)
{
    judge(130207, 20240101);
    count(a_fee(new_id(), 20240615, 300));
    count(an_expenditure(new_id(), 20240615, 800, CATEGORY_INPATIENT));
    at(OTHER, a_fee(new_id(), 20240615, 60));
    at(OTHER, an_expenditure(new_id(), 20240615, 20, CATEGORY_INPATIENT));
    at(OTHER, a_day(new_id(), 20241231));
    count(a_day(new_id(), 20241231));
    ck_assert_int_eq(merge_into(OTHER, 130207, FROM), REJECT_NONE);
    count(an_expenditure(new_id(), 20241210, 8, CATEGORY_INPATIENT));
    count(a_day(new_id(), FROM));
    struct alert alert = alert_number(alert_count());
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    ck_assert_int_eq(date_to_ymd(alert.causes_since), 20241231);
    ck_assert_int_eq(alert.causes.before, 750);
    ck_assert_int_eq(part_of(&alert, CAUSE_MERGED), 540 * 12 * 100 / 800);
    ck_assert_int_eq(part_of(&alert, CAUSE_RESTATED), -8 * 12 * 100 / 800);
}
END_TEST

/* Two counties of a year with 1,000 and 500; history of the second is entered when they are merged. */
START_TEST(while_history_of_a_part_is_entered_the_whole_is_blind_and_names_it)
{
    judge(WHOLE, FROM);
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), FROM));
    ck_assert_uint_eq(alert_count(), 1);                /* far too much */
    at(OTHER, an_import(new_id(), FROM));
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_BLIND);
    ck_assert_int_eq(alert_number(2).indicator.why, NC_MEMBER_IMPORTING);
    ck_assert_uint_eq(fund_at(WHOLE, FROM).importing_count, 1);
    ck_assert_uint_eq(fund_at(WHOLE, FROM).importing_members[0].place, OTHER);
    at(OTHER, an_expenditure(new_id(), 20240610, 1600, CATEGORY_INPATIENT));
    books_reopen();
    ck_assert_uint_eq(alert_count(), 2);
    at(OTHER, a_fee(new_id(), 20240610, 1600));
    at(WHOLE, a_day(new_id(), 20250102));
    ck_assert_uint_eq(alert_count(), 2);
    at(OTHER, an_import_done(new_id(), 20250102));
    ck_assert_uint_eq(alert_count(), 3);
    ck_assert_int_eq(alert_number(3).fund.place, WHOLE);
    ck_assert_int_eq(alert_number(3).transition, TRANSITION_CHANGED);
    ck_assert_uint_eq(fund_at(WHOLE, 20250102).importing_count, 0);
}
END_TEST

/* Half of what a part has on its two sides looks like money that is held one level up: no verdict either. */
START_TEST(what_is_half_entered_does_not_end_what_fires)
{
    judge(WHOLE, FROM);
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), FROM));
    ck_assert_int_eq(alert_number(1).transition, TRANSITION_FIRING);
    at(OTHER, an_import(new_id(), FROM));
    at(OTHER, an_expenditure(new_id(), 20240610, 1000, CATEGORY_TO_UPPER));
    at(WHOLE, a_day(new_id(), 20250102));
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_BLIND);
    at(OTHER, an_import_done(new_id(), 20250102));
    ck_assert_uint_eq(alert_count(), 3);
    ck_assert_int_eq(alert_number(3).transition, TRANSITION_ENDED);
    ck_assert_int_eq(alert_number(3).indicator.why, NC_MONEY_ELSEWHERE);
}
END_TEST

/* --- Sources --------------------------------------------------------------------------- */

static void expect_of(struct policy *policy, const char *pattern, enum calendar_rhythm rhythm)
{
    policy->calendar_count = 1;
    policy->calendars[0] =
        (struct calendar_rule){"hospitals", (uint8_t)rhythm, rhythm == CALENDAR_MONTHLY, false, 0};
    policy->source_count = 1;
    snprintf(policy->sources[0].pattern, sizeof policy->sources[0].pattern, "%s", pattern);
    strcpy(policy->sources[0].calendar, "hospitals");
}

static void bill(const char *source, uint32_t place, int32_t from, int32_t to)
{
    for (int32_t ymd = from; ymd <= to; ymd++)
        ck_assert_int_eq(apply_from(source, of_fund(a_settlement(new_id(), ymd, 1), place)).outcome,
                         OUTCOME_APPLIED);
}

static struct completeness_view complete_of(uint32_t place, int32_t ymd)
{
    struct view *view;
    struct completeness_view c;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){place, SCHEME_RESIDENT}, &number), 0);
    ck_assert_int_eq(view_completeness(view, number, day(ymd), &c), 0);
    view_close(&view);
    return c;
}

/* Expected sources, and their share of the month in ten-thousandths. */
static void complete(uint32_t place, int32_t ymd, uint32_t sources, int64_t share_e4)
{
    struct completeness_view c = complete_of(place, ymd);
    ck_assert_uint_eq(c.sums[COMPLETENESS_MONTH].sources, sources);
    ck_assert_int_eq(ratio_round(completeness_ratio(c.sums[COMPLETENESS_MONTH]), 4), share_e4);
}

/* A part whose policy expects hospitals day by day, under the old code. */
static void merge_expecting(uint32_t part, const char *pattern)
{
    struct policy policy = policy_of(part);
    expect_of(&policy, pattern, CALENDAR_DAILY);
    policy.merged_into = WHOLE;
    at(part, a_policy(new_id(), FROM, &policy));
}

START_TEST(who_a_part_expects_is_watched_for_the_whole_and_told_when_it_is_silent)
{
    the_year();
    merge_expecting(OTHER, "h-1");
    bill("h-1", OTHER, 20250101, 20250131);
    at(WHOLE, a_day(new_id(), 20250131));
    complete(WHOLE, 20250131, 1, 10000);
    complete(OTHER, 20250131, 0, 0);                    /* nobody asks for the old code's any more */
    ck_assert_uint_eq(alert_count(), 0);
    books_reopen();
    at(WHOLE, a_day(new_id(), 20250210));
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(alert_number(1).rule, RULE_COMPLETENESS);
    ck_assert_int_eq(alert_number(1).fund.place, WHOLE);
    ck_assert_str_eq(complete_of(WHOLE, 20250210).silent[0].name, "h-1");
}
END_TEST

/* The new code for half of the month, and the old one for the other. */
START_TEST(what_is_reported_under_either_code_has_come)
{
    struct policy whole = policy_of(WHOLE);
    expect_of(&whole, "h-1", CALENDAR_DAILY);
    at(WHOLE, a_policy(new_id(), FROM, &whole));
    merge_both();
    the_year();
    bill("h-1", WHOLE, 20250101, 20250116);
    bill("h-1", OTHER, 20250117, 20250131);
    at(WHOLE, a_day(new_id(), 20250131));
    complete(WHOLE, 20250131, 1, 10000);
    ck_assert_uint_eq(complete_of(WHOLE, 20250131).silent_count, 0);
    ck_assert_uint_eq(alert_count(), 0);
}
END_TEST

/* The whole's policy wants a report once a month of whom the part's wants one a day. */
START_TEST(a_source_that_both_expect_is_one_and_follows_the_calendar_of_the_whole)
{
    struct policy whole = policy_of(WHOLE);
    expect_of(&whole, "h-*", CALENDAR_MONTHLY);
    at(WHOLE, a_policy(new_id(), FROM, &whole));
    the_year();
    merge_expecting(OTHER, "h-1");
    merge_expecting(130207, "h-1");
    bill("h-1", OTHER, 20250101, 20250101);
    bill("h-1", 130207, 20250201, 20250201);
    bill("h-2", 130207, 20250201, 20250201);
    at(WHOLE, a_day(new_id(), 20250215));
    complete(WHOLE, 20250215, 2, 10000);
    ck_assert_uint_eq(alert_count(), 0);
}
END_TEST

/* A part may expect who is heard of under the new code alone, or whom nobody has heard of. */
START_TEST(a_part_expects_also_who_reports_to_the_whole_or_to_nobody)
{
    the_year();
    merge_expecting(OTHER, "h-1");
    merge_expecting(130207, "h-9");
    bill("h-1", WHOLE, 20250101, 20250131);
    at(WHOLE, a_day(new_id(), 20250131));
    complete(WHOLE, 20250131, 2, 5000);
    struct completeness_view c = complete_of(WHOLE, 20250131);
    ck_assert_uint_eq(c.silent_count, 1);
    ck_assert_str_eq(c.silent[0].name, "h-9");
    ck_assert(!c.silent[0].heard);
    ck_assert_str_eq(c.silent[0].calendar, "hospitals");
}
END_TEST

static void be_quiet_after(uint32_t place, unsigned days)
{
    struct policy policy = policy_of(place);
    policy.completeness.on = false;
    policy.quiet_count = 1;
    policy.quiet[0] = (struct quiet_rule){"h-*", (uint16_t)days, ""};
    at(place, a_policy(new_id(), FROM, &policy));
}

START_TEST(who_speaks_under_the_old_code_is_not_quiet_and_is_heard_at_once)
{
    be_quiet_after(WHOLE, 3);
    merge_both();
    the_year();
    bill("h-1", WHOLE, 20250101, 20250101);
    for (int32_t ymd = 20250101; ymd <= 20250110; ymd++) {
        bill("h-1", OTHER, ymd, ymd);
        at(WHOLE, a_day(new_id(), ymd));
    }
    ck_assert_uint_eq(alert_count(), 0);
    at(WHOLE, a_day(new_id(), 20250120));
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(alert_number(1).rule, RULE_QUIET);
    ck_assert_int_eq(alert_number(1).fund.place, WHOLE);
    bill("h-1", OTHER, 20250121, 20250121);
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_ENDED);
}
END_TEST

/* A batch of one bill under a code, numbered by its source. */
static void numbered(uint64_t sequence, uint32_t place, int32_t ymd)
{
    uint32_t number;
    begin();
    add("h-1", of_fund(a_settlement(new_id(), ymd, 1), place));
    ck_assert_int_eq(store_source(books, "h-1", &number), 0);
    ck_assert_int_eq(store_sequence(books, number, sequence, (struct batch_numbers){0}), 0);
    ck_assert_int_eq(store_end_batch(books), 0);
    commit();
}

START_TEST(what_is_missing_of_who_reports_under_the_old_code_is_missing_of_the_whole)
{
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), FROM));
    struct policy whole = policy_of(WHOLE);
    whole.gaps.hold = (struct hold){0, 0};
    at(WHOLE, a_policy(new_id(), FROM, &whole));
    numbered(1, OTHER, FROM);
    numbered(4, OTHER, FROM);
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(alert_number(1).rule, RULE_GAPS);
    ck_assert_int_eq(alert_number(1).fund.place, WHOLE);
    at(WHOLE, a_day(new_id(), 20250102));
    ck_assert_uint_eq(alert_count(), 1);
    numbered(2, OTHER, FROM);
    numbered(3, OTHER, FROM);
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_ENDED);
}
END_TEST

/* --- Closed months --------------------------------------------------------------------- */

static unsigned moved_months;
static struct restated_view last_moved;

static bool keep_moved(void *arg, const struct restated_view *restated)
{
    (void)arg;
    last_moved = *restated;
    moved_months++;
    return true;
}

/* How many closed months of a place moved; the last of them is in `last_moved`. */
static unsigned months_moved(uint32_t place)
{
    struct view *view;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){place, SCHEME_RESIDENT}, &number), 0);
    moved_months = 0;
    ck_assert_int_eq(view_restated(view, number, date_month_of(day(20240101)), date_month_of(day(20261231)),
                                   keep_moved, NULL), 0);
    view_close(&view);
    return moved_months;
}

static void watch_restatements(void)
{
    struct policy policy = policy_of(WHOLE);
    policy.restated.on = true;
    at(WHOLE, a_policy(new_id(), FROM, &policy));
}

START_TEST(what_comes_late_under_the_old_code_restates_the_whole_in_the_list_and_in_the_rule)
{
    watch_restatements();
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), 20250131));
    uint64_t closed_at = apply(of_fund(a_month_close(new_id(), 20250131), WHOLE)).position;
    ck_assert_uint_eq(months_moved(WHOLE), 0);
    ck_assert_int_eq(fund_at(OTHER, 20250131).closed, day(20250131));
    at(OTHER, an_expenditure(new_id(), 20250120, 50, CATEGORY_INPATIENT));
    at(WHOLE, an_expenditure(new_id(), 20250120, 7, CATEGORY_INPATIENT));
    ck_assert_uint_eq(months_moved(WHOLE), 1);
    ck_assert_int_eq(date_month_to_ym(last_moved.month), 202501);
    ck_assert_uint_eq(last_moved.events, 2);
    ck_assert_int_eq(last_moved.lines.fen[ACCOUNT_E11], 57);
    ck_assert_uint_eq(last_moved.closed_at, closed_at);
    ck_assert_uint_eq(alert_count(), 1);                /* 50 of 190, and then 57 of 197 */
    ck_assert_int_eq(alert_number(1).rule, RULE_RESTATED);
    ck_assert_int_eq(alert_number(1).fund.place, WHOLE);
    books_reopen();
    at(OTHER, an_expenditure(new_id(), 20250121, -50, CATEGORY_INPATIENT));
    at(130207, an_expenditure(new_id(), 20250121, -7, CATEGORY_INPATIENT));
    ck_assert_uint_eq(months_moved(WHOLE), 1);          /* of the month nothing has moved in the end */
    ck_assert_int_eq(last_moved.lines.fen[ACCOUNT_E11], 0);
    ck_assert_int_eq(alert_number(alert_count()).transition, TRANSITION_ENDED);
}
END_TEST

static bool count_rejudged(void *arg, const struct rejudged *rejudged)
{
    (void)rejudged;
    ++*(unsigned *)arg;
    return true;
}

/* Of the part January was judged by itself, and February no more. */
START_TEST(late_money_changes_no_level_of_a_place_that_is_no_more)
{
    struct policy own = policy_of(130207);
    own.runway.on = true;
    own.runway.min_months = 1;
    count(a_policy(new_id(), 20240101, &own));
    struct policy merging = own;
    merging.version = ++versions[2];
    merging.merged_into = WHOLE;
    count(a_policy(new_id(), 20250201, &merging));
    the_year();
    count(a_day(new_id(), 20250131));
    count(a_month_close(new_id(), 20250131));
    at(WHOLE, a_day(new_id(), 20250228));
    at(WHOLE, a_month_close(new_id(), 20250228));
    count(an_expenditure(new_id(), 20241221, 1000, CATEGORY_INPATIENT));
    struct view *view;
    uint32_t number;
    unsigned levels = 0;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){130207, SCHEME_RESIDENT}, &number), 0);
    date_month january = date_month_of(day(20250131));
    ck_assert_int_eq(view_rejudged(view, number, january + 1, january + 1, count_rejudged, &levels), 0);
    ck_assert_uint_eq(levels, 0);
    ck_assert_int_eq(view_rejudged(view, number, january, january, count_rejudged, &levels), 0);
    ck_assert_uint_eq(levels, 1);
    view_close(&view);
}
END_TEST

/* The part has closed December by itself; to the whole that month is open. */
START_TEST(a_month_that_only_a_part_has_closed_is_none_of_the_whole)
{
    watch_restatements();
    merge_both();
    the_year();
    at(OTHER, a_month_close(new_id(), 20241231));
    at(WHOLE, a_day(new_id(), 20250131));
    at(OTHER, an_expenditure(new_id(), 20241210, 50, CATEGORY_INPATIENT));
    ck_assert_uint_eq(months_moved(OTHER), 1);
    ck_assert_uint_eq(months_moved(WHOLE), 0);
    ck_assert_uint_eq(alert_count(), 0);
    at(WHOLE, a_month_close(new_id(), 20250131));
    ck_assert_uint_eq(months_moved(WHOLE), 1);
    at(WHOLE, a_day(new_id(), 20250201));
    ck_assert_int_eq(alert_number(1).rule, RULE_RESTATED);
}
END_TEST

/* Policies of March, and of April, which has it split, are there when the merger of February is told. */
START_TEST(policies_that_were_there_before_do_not_undo_a_merger)
{
    struct policy own = policy_of(130207);
    own.runway.on = true;
    own.runway.min_months = 1;
    count(a_policy(new_id(), 20250301, &own));
    struct policy split = policy_of(130207);
    split.split_count = 2;
    split.split_into[0] = OTHER;
    split.split_into[1] = 130209;
    count(a_policy(new_id(), 20250401, &split));
    the_year();
    ck_assert_int_eq(merge_into(130207, WHOLE, 20250201), REJECT_NONE);
    for (unsigned i = 0; i < 3; i++) {
        int32_t ymd = (const int32_t[]){20250228, 20250331, 20250430}[i];
        at(WHOLE, a_day(new_id(), ymd));
        struct fund_view part = fund_at(130207, ymd);
        ck_assert_uint_eq(part.merged_into.place, WHOLE);
        ck_assert_int_eq(part.merged_from, day(20250201));
        ck_assert(part.place_ended);
    }
    ck_assert(!fund_at(130207, 20250131).place_ended);
    ck_assert_uint_eq(alert_count(), 0);
}
END_TEST

/* From the day on which it is merged only the whole closes them. */
START_TEST(months_of_a_place_that_is_no_more_are_closed_by_the_whole_alone)
{
    merge_both();
    the_year();
    at(WHOLE, a_day(new_id(), 20250228));
    ck_assert_int_eq(rejection_of(of_fund(a_month_close(new_id(), 20250131), OTHER)), REJECT_MERGED);
    at(OTHER, a_month_close(new_id(), 20241231));
    at(WHOLE, a_month_close(new_id(), 20250131));
    ck_assert_int_eq(rejection_of(of_fund(a_month_close(new_id(), 20250131), OTHER)), REJECT_MERGED);
    ck_assert_int_eq(fund_at(OTHER, 20250228).closed, day(20250131));
}
END_TEST

START_TEST(a_merger_that_is_told_late_closes_what_the_whole_has_closed_since)
{
    the_year();
    at(WHOLE, a_day(new_id(), 20250228));
    at(WHOLE, a_month_close(new_id(), 20250131));
    ck_assert_int_eq(fund_at(OTHER, 20250228).closed, DATE_NONE);
    merge_both();
    ck_assert_int_eq(fund_at(OTHER, 20250228).closed, day(20250131));
    at(OTHER, an_expenditure(new_id(), 20250110, 3, CATEGORY_INPATIENT));
    at(OTHER, an_expenditure(new_id(), 20250210, 4, CATEGORY_INPATIENT));
    ck_assert_uint_eq(months_moved(WHOLE), 1);
    ck_assert_int_eq(last_moved.lines.fen[ACCOUNT_E11], 3);
}
END_TEST

/* --- Statements ------------------------------------------------------------------------ */

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
    tcase_add_test(t, duplicates_that_the_new_place_reports_are_those_of_its_parts_too);
    tcase_add_test(t, persons_of_both_codes_are_the_new_place_s);
    tcase_add_test(t, an_old_place_s_alerts_end_with_it_and_the_new_one_s_look_at_both);
    tcase_add_test(t, what_another_fund_had_is_no_restatement);
    tcase_add_test(t, while_history_of_a_part_is_entered_the_whole_is_blind_and_names_it);
    tcase_add_test(t, what_is_half_entered_does_not_end_what_fires);
    tcase_add_test(t, who_a_part_expects_is_watched_for_the_whole_and_told_when_it_is_silent);
    tcase_add_test(t, what_is_reported_under_either_code_has_come);
    tcase_add_test(t, a_source_that_both_expect_is_one_and_follows_the_calendar_of_the_whole);
    tcase_add_test(t, a_part_expects_also_who_reports_to_the_whole_or_to_nobody);
    tcase_add_test(t, who_speaks_under_the_old_code_is_not_quiet_and_is_heard_at_once);
    tcase_add_test(t, what_is_missing_of_who_reports_under_the_old_code_is_missing_of_the_whole);
    tcase_add_test(t, what_comes_late_under_the_old_code_restates_the_whole_in_the_list_and_in_the_rule);
    tcase_add_test(t, late_money_changes_no_level_of_a_place_that_is_no_more);
    tcase_add_test(t, a_month_that_only_a_part_has_closed_is_none_of_the_whole);
    tcase_add_test(t, policies_that_were_there_before_do_not_undo_a_merger);
    tcase_add_test(t, months_of_a_place_that_is_no_more_are_closed_by_the_whole_alone);
    tcase_add_test(t, a_merger_that_is_told_late_closes_what_the_whole_has_closed_since);
    tcase_add_test(t, a_statement_of_the_new_place_is_held_against_all_its_accounts);
    tcase_add_test(t, a_merger_that_would_count_twice_or_in_a_circle_is_refused);
    tcase_add_test(t, an_opening_balance_that_has_the_parts_in_it_is_refused);
    tcase_add_test(t, what_was_merged_stays_so);
    tcase_add_test(t, a_place_that_is_split_is_judged_no_more_and_pays_its_successors);
    suite_add_tcase(s, t);
    return s;
}
