/* The rules of a place above several funds: over their sums, in which transfers cancel, and blind while one
 * of them lacks the day. */
#include <stdio.h>
#include <stdlib.h>

#include "fund/rollup.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define CITY  440700
#define EAST  440781
#define WEST  440782

static int ids;
static char id_text[16];

static const char *new_id(void)
{
    snprintf(id_text, sizeof id_text, "id-%d", ++ids);
    return id_text;
}

static void at(uint32_t place, struct event event)
{
    struct applied applied = apply(of_fund(event, place));
    ck_assert_msg(applied.outcome == OUTCOME_APPLIED, "%s: %s", event.id, reject_code(applied.reject));
}

static struct policy quiet_policy(uint32_t version)
{
    struct policy policy = policy_default();
    policy.version = version;
    policy.ahead_days = 366;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
    return policy;
}

static struct policy city_policy(uint32_t version)
{
    struct policy policy = quiet_policy(version);
    policy.rollup = true;
    policy.runway.on = true;
    policy.runway.min_months = 1;
    return policy;
}

/* Two counties with 300 each and 50 spent in January: six months. */
static void setup(void)
{
    books_setup_empty();
    ids = 0;
    struct policy policy = quiet_policy(1), city = city_policy(1);
    for (uint32_t place = EAST; place <= WEST; place++) {
        at(place, a_policy(new_id(), 20240101, &policy));
        at(place, an_opening(new_id(), 20231231, 350));
        at(place, an_expenditure(new_id(), 20240115, 50, CATEGORY_INPATIENT));
    }
    at(CITY, a_policy(new_id(), 20240101, &city));
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

static void day_of(uint32_t place, int32_t ymd)
{
    at(place, a_day(new_id(), ymd));
}

static void day_of_all(int32_t ymd)
{
    day_of(EAST, ymd);
    day_of(WEST, ymd);
    day_of(CITY, ymd);
}

static struct alert told_last(uint64_t number, enum transition transition)
{
    ck_assert_uint_eq(alert_count(), number);
    struct alert alert = alert_number(number);
    ck_assert_int_eq(alert.fund.place, CITY);
    ck_assert_str_eq(rule_word(alert.rule), "runway");
    ck_assert_str_eq(transition_word(alert.transition), transition_word(transition));
    return alert;
}

/* --- What is asked ------------------------------------------------------------------------ */

static uint32_t look_at(struct view **ret_view, uint32_t place)
{
    uint32_t number;
    ck_assert_int_eq(view_open(books, ret_view), 0);
    ck_assert_int_eq(view_fund_find(*ret_view, (struct fund){place, SCHEME_RESIDENT}, &number), 0);
    return number;
}

static struct fund_view fund_of(uint32_t place)
{
    struct view *view;
    struct fund_view fund;
    uint32_t number = look_at(&view, place);
    ck_assert_int_eq(view_fund(view, number, &fund), 0);
    view_close(&view);
    return fund;
}

static struct completeness_view completeness_of_city(int32_t ymd)
{
    struct view *view;
    struct completeness_view c;
    uint32_t number = look_at(&view, CITY);
    ck_assert_int_eq(view_completeness(view, number, day(ymd), &c), 0);
    view_close(&view);
    return c;
}

static struct place_funds city_on(int32_t ymd)
{
    struct view *view;
    struct place_funds place;
    look_at(&view, CITY);
    ck_assert_int_eq(view_place(view, (struct place_prefix){4407, 4}, SCHEME_RESIDENT, day(ymd), &place), 0);
    view_close(&view);
    return place;
}

/* --- The rules ---------------------------------------------------------------------------- */

START_TEST(a_place_is_judged_by_the_sums_of_its_funds)
{
    day_of_all(20240131);
    ck_assert_uint_eq(alert_count(), 0);                /* 600 ÷ 100: on the limit */
    at(WEST, an_expenditure(new_id(), 20240201, 1, CATEGORY_INPATIENT));
    ck_assert_uint_eq(alert_count(), 0);                /* not before its day ends */
    day_of_all(20240201);
    struct alert alert = told_last(1, TRANSITION_FIRING);
    ck_assert_int_eq(alert.level, LEVEL_LOW);
    ck_assert_int_eq(alert.indicator.value.num, 599);
    ck_assert_int_eq(alert.indicator.value.den, 100);
    ck_assert_int_eq(alert.balance.fen, 599);
    ck_assert_int_eq(alert.expenditure.fen, 100);
    books_reopen();
    at(EAST, a_fee(new_id(), 20240202, 31));
    day_of_all(20240202);
    told_last(2, TRANSITION_ENDED);
}
END_TEST

START_TEST(what_its_funds_pay_one_another_is_no_expenditure)
{
    at(EAST, an_expenditure(new_id(), 20240120, 300, CATEGORY_TRANSFER_OUT));
    struct event in = a_fee(new_id(), 20240120, 300);
    in.kind = KIND_INCOME;
    in.category = CATEGORY_TRANSFER_IN;
    in.present &= ~(UINT32_C(1) << FIELD_YEAR);
    at(WEST, in);
    day_of_all(20240131);
    ck_assert_uint_eq(alert_count(), 0);                /* 600 ÷ 100 still */
}
END_TEST

START_TEST(while_one_fund_lacks_the_day_the_place_is_blind)
{
    at(WEST, an_expenditure(new_id(), 20240120, 100, CATEGORY_INPATIENT));
    day_of_all(20240131);
    told_last(1, TRANSITION_FIRING);                    /* 500 ÷ 200: critical */
    day_of(EAST, 20240201);
    day_of(CITY, 20240201);
    struct alert alert = told_last(2, TRANSITION_BLIND);
    ck_assert_int_eq(alert.indicator.why, NC_FUNDS_BEHIND);
    books_reopen();
    day_of(WEST, 20240202);
    day_of(EAST, 20240202);
    day_of(CITY, 20240202);
    told_last(3, TRANSITION_SIGHTED);
}
END_TEST

/* West has entered what it spent, and not yet what it took. */
START_TEST(while_history_of_a_fund_is_entered_the_place_is_blind_and_names_it)
{
    day_of_all(20240131);
    at(WEST, an_import(new_id(), 20240131));
    at(WEST, an_expenditure(new_id(), 20240120, 100, CATEGORY_INPATIENT));
    day_of_all(20240201);
    ck_assert_int_eq(told_last(1, TRANSITION_BLIND).indicator.why, NC_MEMBER_IMPORTING);
    struct fund_view city = fund_of(CITY);
    ck_assert_uint_eq(city.importing_count, 1);
    ck_assert_uint_eq(city.importing_members[0].place, WEST);
    books_reopen();
    at(WEST, a_fee(new_id(), 20240120, 700));
    at(WEST, an_import_done(new_id(), 20240201));
    day_of_all(20240202);
    told_last(2, TRANSITION_SIGHTED);                   /* 1,200 ÷ 200: on the limit */
    ck_assert_uint_eq(fund_of(CITY).importing_count, 0);
}
END_TEST

START_TEST(while_history_of_a_part_of_a_fund_is_entered_the_place_is_blind)
{
    struct policy merged = quiet_policy(2);
    merged.merged_into = WEST;
    day_of_all(20240131);
    at(EAST, an_import(new_id(), 20240131));
    at(EAST, a_policy(new_id(), 20240201, &merged));
    day_of(WEST, 20240201);
    day_of(CITY, 20240201);
    ck_assert_int_eq(told_last(1, TRANSITION_BLIND).indicator.why, NC_MEMBER_IMPORTING);
    at(EAST, an_import_done(new_id(), 20240201));
    day_of(WEST, 20240202);
    day_of(CITY, 20240202);
    told_last(2, TRANSITION_SIGHTED);
}
END_TEST

static struct policy expecting_policy(uint32_t version)
{
    struct policy policy = quiet_policy(version);
    policy.completeness.on = false;                     /* West itself does not mind */
    policy.calendar_count = 1;
    policy.calendars[0] = (struct calendar_rule){"daily", CALENDAR_DAILY, 0, false, 0};
    policy.source_count = 1;
    policy.sources[0] = (struct source_rule){"h-1", "daily"};
    return policy;
}

static void bill(int32_t ymd)
{
    struct event event = of_fund(a_settlement(new_id(), ymd, 0), WEST);
    ck_assert_int_eq(apply_from("h-1", event).outcome, OUTCOME_APPLIED);
}

START_TEST(a_place_is_blind_while_its_funds_sources_are_silent)
{
    struct policy west = expecting_policy(2);
    at(WEST, a_policy(new_id(), 20240101, &west));
    for (int32_t ymd = 20240101; ymd <= 20240131; ymd++)
        bill(ymd);
    day_of_all(20240131);
    ck_assert_uint_eq(alert_count(), 0);
    day_of_all(20240203);
    ck_assert_uint_eq(alert_count(), 0);                /* 28 of 31 days: above 90 % */
    at(WEST, an_expenditure(new_id(), 20240204, 1, CATEGORY_INPATIENT));
    day_of_all(20240204);
    ck_assert_uint_eq(alert_count(), 2);                /* 27 of 31; 599 ÷ 100 tells nobody anything */
    struct alert silent = alert_number(1), runway = alert_number(2);
    ck_assert_int_eq(silent.rule, RULE_COMPLETENESS);
    ck_assert_int_eq(silent.fund.place, CITY);
    ck_assert_int_eq(silent.transition, TRANSITION_FIRING);
    ck_assert_int_eq(runway.rule, RULE_RUNWAY);
    ck_assert_int_eq(runway.transition, TRANSITION_BLIND);
    ck_assert_int_eq(runway.indicator.why, NC_INCOMPLETE);
    struct completeness_view c = completeness_of_city(20240204);
    ck_assert_uint_eq(c.sums[COMPLETENESS_MONTH].sources, 1);
    ck_assert_uint_eq(c.silent_count, 1);
    ck_assert_str_eq(c.silent[0].name, "h-1");
    books_reopen();
    for (int32_t ymd = 20240201; ymd <= 20240205; ymd++)
        bill(ymd);
    day_of_all(20240205);
    ck_assert_uint_eq(alert_count(), 4);
    ck_assert_int_eq(alert_number(3).transition, TRANSITION_ENDED);
    ck_assert_int_eq(alert_number(4).rule, RULE_RUNWAY);
    ck_assert_int_eq(alert_number(4).level, LEVEL_LOW);
}
END_TEST

/* The city's floor is over the sum of what was expected of both: 31 of 31 and 0 of 31 are 50 %. */
START_TEST(a_place_s_completeness_is_that_of_all_its_funds_sources)
{
    struct policy west = expecting_policy(2), east = expecting_policy(2);
    east.sources[0] = (struct source_rule){"h-2", "daily"};
    at(WEST, a_policy(new_id(), 20240101, &west));
    at(EAST, a_policy(new_id(), 20240101, &east));
    for (int32_t ymd = 20240101; ymd <= 20240131; ymd++)
        bill(ymd);
    day_of_all(20240131);
    struct completeness_view c = completeness_of_city(20240131);
    ck_assert_uint_eq(c.sums[COMPLETENESS_MONTH].sources, 2);
    ck_assert_uint_eq(c.sums[COMPLETENESS_MONTH].silent, 1);
    ck_assert_int_eq(ratio_round(completeness_ratio(c.sums[COMPLETENESS_MONTH]), 4), 5000);
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(alert_number(1).rule, RULE_COMPLETENESS);
}
END_TEST

START_TEST(a_place_s_completeness_is_not_judged_while_history_is_entered)
{
    struct policy west = expecting_policy(2);
    at(WEST, a_policy(new_id(), 20240101, &west));
    at(WEST, an_import(new_id(), 20240101));
    day_of_all(20240131);
    ck_assert_uint_eq(alert_count(), 0);
    for (int32_t ymd = 20240101; ymd <= 20240131; ymd++)
        bill(ymd);
    at(WEST, an_import_done(new_id(), 20240131));
    day_of_all(20240201);
    ck_assert_uint_eq(alert_count(), 0);
}
END_TEST

START_TEST(a_place_of_which_nothing_goes_on_has_the_day_of_what_there_was)
{
    struct policy merged = quiet_policy(2);
    merged.merged_into = WEST;
    at(EAST, a_policy(new_id(), 20240201, &merged));
    day_of(WEST, 20240205);
    struct view *view;
    date_day common;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_place_day(view, (struct place_prefix){EAST, 6}, SCHEME_RESIDENT, &common), 0);
    ck_assert_int_eq(date_to_ymd(common), 20240205);
    ck_assert_int_eq(view_place_day(view, (struct place_prefix){440799, 6}, SCHEME_RESIDENT, &common), 0);
    ck_assert_int_eq(common, DATE_NONE);
    view_close(&view);
}
END_TEST

START_TEST(what_is_on_its_way_in_the_open_month_is_known)
{
    day_of_all(20240131);
    at(EAST, an_expenditure(new_id(), 20240203, 90, CATEGORY_TRANSFER_OUT));
    struct event in = a_fee(new_id(), 20240205, 60);
    in.kind = KIND_INCOME;
    in.category = CATEGORY_TRANSFER_IN;
    in.present &= ~(UINT32_C(1) << FIELD_YEAR);
    at(WEST, in);
    day_of_all(20240210);
    struct place_funds place = city_on(20240210);
    ck_assert(place.open_fits);
    ck_assert_int_eq(date_to_ymd(place.open_from), 20240201);
    ck_assert_int_eq(place.open_cancelled.fen[ACCOUNT_E8], 60);
    ck_assert_int_eq(place.open.fen[ACCOUNT_E8], 30);
    ck_assert_int_eq(place.open.fen[ACCOUNT_I8], 0);
    free(place.members);
    day_of_all(20240229);
    place = city_on(20240229);
    ck_assert_int_eq(place.open.fen[ACCOUNT_E8], 0);
    ck_assert_int_eq(place.sums.cancelled.fen[ACCOUNT_E8], 60);
    free(place.members);
}
END_TEST

START_TEST(coverage_of_a_place_is_over_all_its_people)
{
    struct policy city = city_policy(2);
    city.runway.on = false;
    city.coverage_count = 1;
    city.coverage[0] = (struct coverage_rule){
        .name = "all", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 1, .target = {9500, 9500},
    };
    at(CITY, a_policy(new_id(), 20240101, &city));
    for (uint32_t place = EAST; place <= WEST; place++) {
        at(place, a_population(new_id(), 20240110, MEASURE_RESIDENT, 100));
        at(place, a_headcount(new_id(), 20240110, place == EAST ? 100 : 90));
    }
    day_of_all(20240131);
    ck_assert_uint_eq(alert_count(), 0);                /* 190 of 200 */
    at(WEST, a_headcount(new_id(), 20240201, 89));
    day_of_all(20240201);
    ck_assert_uint_eq(alert_count(), 1);
    struct alert alert = alert_number(1);
    ck_assert_int_eq(alert.rule, RULE_COVERAGE);
    ck_assert_int_eq(alert.indicator.value.num, 189);
}
END_TEST

START_TEST(a_fund_that_was_merged_into_another_of_the_place_is_in_it_once)
{
    struct policy merged = quiet_policy(2);
    merged.merged_into = WEST;
    day_of_all(20240131);
    at(EAST, a_policy(new_id(), 20240201, &merged));
    day_of(WEST, 20240201);
    day_of(CITY, 20240201);
    ck_assert_uint_eq(alert_count(), 0);
    at(EAST, an_expenditure(new_id(), 20240202, 1, CATEGORY_INPATIENT));
    day_of(WEST, 20240202);
    day_of(CITY, 20240202);
    ck_assert_int_eq(told_last(1, TRANSITION_FIRING).indicator.value.num, 599);
}
END_TEST

START_TEST(a_place_has_no_books_of_its_own)
{
    ck_assert_int_eq(rejection_of(of_fund(a_fee(new_id(), 20240110, 1), CITY)), REJECT_POLICY_FORBIDS);
    ck_assert_int_eq(rejection_of(of_fund(an_opening(new_id(), 20231231, 1), CITY)), REJECT_POLICY_FORBIDS);
    ck_assert_int_eq(rejection_of(of_fund(a_headcount(new_id(), 20240110, 1), CITY)), REJECT_POLICY_FORBIDS);
    struct policy own = quiet_policy(2), county = city_policy(2), into = quiet_policy(2);
    ck_assert_int_eq(rejection_of(of_fund(a_policy(new_id(), 20240101, &own), CITY)), REJECT_BAD_POLICY);
    ck_assert_int_eq(rejection_of(of_fund(a_policy(new_id(), 20240101, &county), EAST)), REJECT_BAD_POLICY);
    ck_assert_int_eq(rejection_of(of_fund(a_policy(new_id(), 20240101, &county), 440783)), REJECT_BAD_POLICY);
    into.merged_into = CITY;
    ck_assert_int_eq(rejection_of(of_fund(a_policy(new_id(), 20240301, &into), EAST)), REJECT_MERGED);
}
END_TEST

START_TEST(a_policy_of_a_place_has_the_rules_that_sums_have)
{
    struct policy policy = city_policy(1);
    ck_assert_ptr_null(policy_check(&policy));
    policy.falling.on = true;
    ck_assert_ptr_nonnull(policy_check(&policy));
    policy = city_policy(1);
    policy.runway.base = RUNWAY_YEAR_TO_DATE;
    ck_assert_ptr_nonnull(policy_check(&policy));
    policy = city_policy(1);
    policy.merged_into = WEST;
    ck_assert_ptr_nonnull(policy_check(&policy));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("place");
    TCase *t = tcase_create("place");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_place_is_judged_by_the_sums_of_its_funds);
    tcase_add_test(t, what_its_funds_pay_one_another_is_no_expenditure);
    tcase_add_test(t, while_one_fund_lacks_the_day_the_place_is_blind);
    tcase_add_test(t, while_history_of_a_fund_is_entered_the_place_is_blind_and_names_it);
    tcase_add_test(t, while_history_of_a_part_of_a_fund_is_entered_the_place_is_blind);
    tcase_add_test(t, a_place_is_blind_while_its_funds_sources_are_silent);
    tcase_add_test(t, a_place_s_completeness_is_that_of_all_its_funds_sources);
    tcase_add_test(t, a_place_s_completeness_is_not_judged_while_history_is_entered);
    tcase_add_test(t, a_place_of_which_nothing_goes_on_has_the_day_of_what_there_was);
    tcase_add_test(t, what_is_on_its_way_in_the_open_month_is_known);
    tcase_add_test(t, coverage_of_a_place_is_over_all_its_people);
    tcase_add_test(t, a_fund_that_was_merged_into_another_of_the_place_is_in_it_once);
    tcase_add_test(t, a_place_has_no_books_of_its_own);
    tcase_add_test(t, a_policy_of_a_place_has_the_rules_that_sums_have);
    suite_add_tcase(s, t);
    return s;
}
