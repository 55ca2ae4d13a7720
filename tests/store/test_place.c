/* The rules of a place above several funds: over their sums, in which transfers cancel, and blind while one
 * of them lacks the day. */
#include <stdio.h>

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
    tcase_add_test(t, coverage_of_a_place_is_over_all_its_people);
    tcase_add_test(t, a_fund_that_was_merged_into_another_of_the_place_is_in_it_once);
    tcase_add_test(t, a_place_has_no_books_of_its_own);
    tcase_add_test(t, a_policy_of_a_place_has_the_rules_that_sums_have);
    suite_add_tcase(s, t);
    return s;
}
