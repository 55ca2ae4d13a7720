/* The rules of a policy over books that grow: what fires, with what evidence, and that a store
 * which is opened again, or rebuilt from its journal, says the same. */
#include <stdio.h>
#include <stdlib.h>

#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define WAN FEN_PER_WAN

static struct policy policy;            /* in force, from 2024-01-01 */
static int ids;
static char id_text[16];

static const char *new_id(void)
{
    snprintf(id_text, sizeof id_text, "id-%d", ++ids);
    return id_text;
}

static void setup(void)
{
    books_setup();
    ids = 0;
    policy = policy_default();
    policy.ahead_days = 366;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
}

/* The policy as the test has changed it. */
static void put_policy(void)
{
    policy.version++;
    ck_assert_int_eq(outcome_of(a_policy(new_id(), 20240101, &policy)), OUTCOME_APPLIED);
}

/* Every test ends with its books rebuilt from the journal. */
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

static void day_ends(int32_t ymd)
{
    ck_assert_int_eq(outcome_of(a_day(new_id(), ymd)), OUTCOME_APPLIED);
}

static int32_t month_end(int year, int month)
{
    return date_to_ymd(date_month_last(year * 12 + month - 1));
}

static int32_t mid_month(int year, int month)
{
    return year * 10000 + month * 100 + 15;
}

static void spend(int32_t ymd, int64_t fen)
{
    apply(an_expenditure(new_id(), ymd, fen, CATEGORY_INPATIENT));
}

static void earn(int32_t ymd, int64_t fen)
{
    apply(a_fee(new_id(), ymd, fen));
}

static struct alert last_alert(void)
{
    ck_assert_uint_gt(alert_count(), 0);
    return alert_number(alert_count());
}

/* That nothing has been told since the n-th alert. */
static void told(uint64_t alerts)
{
    ck_assert_uint_eq(alert_count(), alerts);
}

static void told_last(enum rule rule, const char *instance, enum transition transition)
{
    struct alert alert = last_alert();
    ck_assert_str_eq(rule_word(alert.rule), rule_word(rule));
    ck_assert_str_eq(alert.instance, instance);
    ck_assert_str_eq(transition_word(alert.transition), transition_word(transition));
}

/* --- Reimbursement ---------------------------------------------------------------------- */

static struct event a_bill(const char *id, int32_t ymd, int64_t fen, int64_t in_policy, int64_t cost)
{
    struct event e = a_settlement(id, ymd, fen);
    e.in_policy.fen = in_policy;
    e.cost.fen = cost;
    e.present |= UINT32_C(1) << FIELD_IN_POLICY | UINT32_C(1) << FIELD_COST;
    return e;
}

static void with_reimbursement(void)
{
    policy.reimbursement.on = true;
    put_policy();
}

START_TEST(zhanjiang_is_below_its_target_within_policy_and_above_that_of_the_whole)
{
    with_reimbursement();
    apply(a_bill("b1", 20240115, 652900, 1000000, 1092902));
    told(0);
    day_ends(20240131);
    told(1);
    told_last(RULE_REIMBURSEMENT, "in_policy", TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.indicator.value.num, 652900);
    ck_assert_int_eq(alert.indicator.value.den, 1000000);
    ck_assert_int_eq(alert.limit_e4, 7000);
    ck_assert_int_eq(alert.months, 1);
    ck_assert_str_eq(rule_audience(alert.rule, alert.level), "benefits");
    ck_assert_int_eq(ratio_round((struct ratio){line(ACCOUNT_S3, 20240101, 20241231),
                                                line(ACCOUNT_S1, 20240101, 20241231), 1}, 4), 5974);
}
END_TEST

START_TEST(a_reimbursement_on_its_target_is_told_by_nobody_and_clears_over_a_restart)
{
    with_reimbursement();
    apply(a_bill("b1", 20240115, 700, 1000, 1200));
    day_ends(20240131);
    told(0);
    apply(a_bill("b2", 20240116, 699, 1000, 1200));
    told(1);
    told_last(RULE_REIMBURSEMENT, "in_policy", TRANSITION_FIRING);
    books_reopen();
    apply(a_reversal("r", 20240117, "b2"));
    told(2);
    told_last(RULE_REIMBURSEMENT, "in_policy", TRANSITION_ENDED);
    apply(a_bill("b3", 20240117, 0, 1, 1));
    told(3);
}
END_TEST

START_TEST(a_report_s_months_have_a_reimbursement_without_a_bill)
{
    with_reimbursement();
    struct event e = an_expenditure("x", 20240131, 5974, CATEGORY_INPATIENT);
    e.cost.fen = 10000;
    e.present |= UINT32_C(1) << FIELD_COST;
    apply(e);
    day_ends(20240131);
    told(0);
    struct fund_view fund = fund_now();
    ck_assert_int_eq(indicator_reimbursement(&fund.bills, REIMBURSEMENT_ACTUAL).value.num, 5974);
    ck_assert_int_eq(indicator_reimbursement(&fund.bills, REIMBURSEMENT_IN_POLICY).why, NC_NO_BILLS);
}
END_TEST

START_TEST(a_year_to_date_without_bills_is_blind_until_its_first_one)
{
    policy.reimbursement.base = RUNWAY_YEAR_TO_DATE;
    with_reimbursement();
    apply(a_bill("b1", 20240115, 1, 1000, 1000));
    day_ends(20241231);
    told(2);
    day_ends(20250101);
    told(4);
    told_last(RULE_REIMBURSEMENT, "actual", TRANSITION_BLIND);
    books_reopen();
    apply(a_bill("b2", 20250115, 1, 1000, 1000));
    day_ends(20250131);
    told(6);
    told_last(RULE_REIMBURSEMENT, "actual", TRANSITION_SIGHTED);
}
END_TEST

START_TEST(a_rule_that_the_policy_drops_ends)
{
    with_reimbursement();
    apply(a_bill("b1", 20240115, 1, 1000, 1000));
    day_ends(20240131);
    told(2);
    policy.reimbursement.on = false;
    put_policy();
    told(4);
    for (uint64_t number = 3; number <= 4; number++) {
        ck_assert_int_eq(alert_number(number).rule, RULE_REIMBURSEMENT);
        ck_assert_int_eq(alert_number(number).transition, TRANSITION_ENDED);
        ck_assert_int_eq(alert_number(number).indicator.why, NC_NO_RULE);
    }
}
END_TEST

/* --- Contributions ---------------------------------------------------------------------- */

/* A fee for `year`, whenever it comes. */
static struct event a_fee_for(const char *id, int year, int32_t ymd, int64_t fen)
{
    struct event e = a_fee(id, ymd, fen);
    e.year = year;
    return e;
}

static void with_expectations(void)
{
    policy.contributions.expected_count = 3;
    policy.contributions.expected[0] = (struct expectation){2025, day(20241031), {1000}};
    policy.contributions.expected[1] = (struct expectation){2025, day(20241231), {2000}};
    policy.contributions.expected[2] = (struct expectation){2026, day(20251031), {500}};
    put_policy();
}

START_TEST(what_is_behind_on_its_day_is_an_alert_until_it_has_come)
{
    with_expectations();
    apply(a_fee_for("f1", 2025, 20240915, 949));
    apply(a_fee_for("other", 2024, 20240915, 9999));
    day_ends(20241030);
    told(0);
    day_ends(20241031);
    told(1);
    told_last(RULE_CONTRIBUTIONS, "2025", TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.indicator.value.num, 949);
    ck_assert_int_eq(alert.indicator.value.den, 1000);
    ck_assert_int_eq(alert.limit_e4, 9500);
    books_reopen();
    apply(a_fee_for("f2", 2025, 20241020, 1));
    told(2);
    told_last(RULE_CONTRIBUTIONS, "2025", TRANSITION_ENDED);
}
END_TEST

START_TEST(what_is_on_the_limit_is_not_behind)
{
    with_expectations();
    apply(a_fee_for("f1", 2025, 20240915, 950));
    day_ends(20241031);
    told(0);
}
END_TEST

START_TEST(money_of_days_to_come_does_not_count_yet)
{
    with_expectations();
    apply(a_fee_for("f1", 2025, 20241115, 5000));
    day_ends(20241031);
    told(1);
    ck_assert_int_eq(last_alert().indicator.value.num, 0);
    day_ends(20241115);
    told(2);
    told_last(RULE_CONTRIBUTIONS, "2025", TRANSITION_ENDED);
}
END_TEST

START_TEST(a_fee_that_is_reversed_before_it_came_or_after_was_never_collected)
{
    with_expectations();
    apply(a_reversal("r1", 20240901, "f1"));
    apply(a_fee_for("f1", 2025, 20240915, 1000));
    apply(a_fee_for("f2", 2025, 20240915, 1000));
    day_ends(20241031);
    told(0);
    apply(a_reversal("r2", 20241101, "f2"));
    told(0);
    day_ends(20241101);
    told(1);
    ck_assert_int_eq(last_alert().indicator.value.num, 0);
    ck_assert_int_eq(fund_now().collected[0].fen, 0);
}
END_TEST

START_TEST(each_year_is_behind_by_itself)
{
    with_expectations();
    day_ends(20241031);
    day_ends(20251031);
    told(2);
    told_last(RULE_CONTRIBUTIONS, "2026", TRANSITION_FIRING);
    ck_assert_str_eq(alert_number(1).instance, "2025");
}
END_TEST

/* --- Heads -------------------------------------------------------------------------------- */

static void with_net_loss(void)
{
    policy.net_loss.on = true;
    put_policy();
}

START_TEST(a_net_loss_is_measured_with_the_same_day_last_year)
{
    with_net_loss();
    apply(a_headcount("h1", 20240131, 100000));
    apply(a_headcount("h2", 20240630, 200000));
    day_ends(20241231);
    apply(a_headcount("h3", 20250131, 99000));
    day_ends(20250131);
    told(0);
    apply(a_headcount("h4", 20250228, 98999));
    day_ends(20250228);
    told(1);
    told_last(RULE_NET_LOSS, "", TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.indicator.value.num, 1001);
    ck_assert_int_eq(alert.indicator.value.den, 100000);
    books_reopen();
    apply(a_headcount("h5", 20250331, 99500));
    day_ends(20250331);
    told(2);
    told_last(RULE_NET_LOSS, "", TRANSITION_ENDED);
}
END_TEST

START_TEST(where_fewer_heads_than_last_year_are_an_alert_the_loss_is_none)
{
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "last_year", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_LAST_YEAR,
        .deadline_month = 12, .deadline_day = 31, .target = {10000, 10000},
    };
    with_net_loss();
    apply(a_headcount("h0", 20240131, 124436));
    day_ends(20241231);
    apply(a_population("p", 20250101, MEASURE_LAST_YEAR, 124436));
    apply(a_headcount("h1", 20250131, 123000));
    day_ends(20250131);
    told(1);
    told_last(RULE_NET_LOSS, "", TRANSITION_FIRING);
    apply(a_headcount("h2", 20251230, 123371));
    day_ends(20251231);
    told(3);
    ck_assert_int_eq(alert_number(2).rule, RULE_COVERAGE);
    ck_assert_int_eq(alert_number(2).indicator.value.num, 123371);
    ck_assert_int_eq(alert_number(2).indicator.value.den, 124436);
    told_last(RULE_NET_LOSS, "", TRANSITION_ENDED);
}
END_TEST

/* --- The runway, what it falls by, and why -------------------------------------------------- */

/* 2024 with a month's payments of 100, as much income, and so many months' balance. */
static void a_steady_year(int64_t months)
{
    apply(an_opening("opening", 20231231, months * 100 * WAN));
    for (int month = 1; month <= 12; month++) {
        earn(mid_month(2024, month), 100 * WAN);
        spend(mid_month(2024, month), 100 * WAN);
        day_ends(month_end(2024, month));
    }
}

static void with_runway(void)
{
    policy.runway.on = true;
    put_policy();
}

static int64_t sum_of_causes(const struct alert *alert)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < alert->causes.count; i++)
        sum += alert->causes.items[i].hundredths;
    return sum;
}

static int64_t cause(const struct alert *alert, enum cause_kind kind, enum account account)
{
    for (unsigned i = 0; i < alert->causes.count; i++)
        if (alert->causes.items[i].kind == kind && alert->causes.items[i].account == account)
            return alert->causes.items[i].hundredths;
    return 0;
}

/* Explained from `since`, and the parts sum. */
static void explained(const struct alert *alert, int32_t since, int64_t before, int64_t after)
{
    ck_assert_int_eq(date_to_ymd(alert->causes_since), since);
    ck_assert_int_eq(alert->causes.before, before);
    ck_assert_int_eq(alert->causes.after, after);
    ck_assert_int_eq(sum_of_causes(alert), after - before);
}

START_TEST(a_runway_that_leaves_its_band_says_why_it_moved)
{
    with_runway();
    a_steady_year(7);
    told(0);
    spend(20250115, 220 * WAN);
    earn(20250115, 100 * WAN);
    day_ends(20250120);
    told(1);
    struct alert alert = last_alert();
    explained(&alert, 20241231, 700, 580);
    ck_assert_int_eq(cause(&alert, CAUSE_BALANCE, ACCOUNT_E11), -220);
    ck_assert_int_eq(cause(&alert, CAUSE_BALANCE, ACCOUNT_I11), 100);
    books_reopen();
    spend(20250215, 360 * WAN);
    day_ends(20250228);
    told(2);
    told_last(RULE_RUNWAY, "", TRANSITION_CHANGED);
    alert = last_alert();
    ck_assert_int_eq(alert.level, LEVEL_CRITICAL_LOW);
    explained(&alert, 20241231, 700, 167);
    ck_assert_int_lt(cause(&alert, CAUSE_AVERAGE, ACCOUNT_E11), 0);
}
END_TEST

START_TEST(money_that_comes_late_is_told_as_restated)
{
    with_runway();
    a_steady_year(7);
    spend(20240615, 120 * WAN);
    told(1);
    struct alert alert = last_alert();
    explained(&alert, 20241231, 700, 527);
    ck_assert_int_eq(cause(&alert, CAUSE_RESTATED, ACCOUNT_NONE), -120);
    ck_assert_int_eq(cause(&alert, CAUSE_AVERAGE, ACCOUNT_E11), -53);
}
END_TEST

START_TEST(a_runway_whose_base_the_policy_changed_says_so)
{
    with_runway();
    a_steady_year(7);
    policy.runway.base = RUNWAY_YEAR_TO_DATE;
    policy.runway.min_months = 1;
    policy.version++;
    apply(a_policy(new_id(), 20250101, &policy));
    spend(20250115, 200 * WAN);
    earn(20250115, 200 * WAN);
    day_ends(20250131);
    told_last(RULE_RUNWAY, "", TRANSITION_FIRING);
    struct alert alert = last_alert();
    explained(&alert, 20241231, 700, 350);
    ck_assert_int_eq(cause(&alert, CAUSE_BASE, ACCOUNT_E11), -350);
    ck_assert_int_eq(cause(&alert, CAUSE_AVERAGE, ACCOUNT_E11), 0);
    spend(20250215, 400 * WAN);
    earn(20250215, 400 * WAN);
    day_ends(20250228);
    alert = last_alert();
    explained(&alert, 20241231, 700, 233);
    ck_assert_int_eq(cause(&alert, CAUSE_BASE, ACCOUNT_E11), -467);
}
END_TEST

START_TEST(a_runway_that_was_never_normal_has_no_explanation)
{
    with_runway();
    a_steady_year(5);
    told(1);
    ck_assert_int_eq(last_alert().causes_since, 0);
    ck_assert_uint_eq(last_alert().causes.count, 0);
}
END_TEST

/* Months of 2024 in which so much came in, and 100 was spent, as history; no day of them is judged. */
static void imported(int from, int to, int64_t income)
{
    for (int month = from; month <= to; month++) {
        earn(mid_month(2024, month), income * WAN);
        spend(mid_month(2024, month), 100 * WAN);
        day_ends(month_end(2024, month));
    }
}

static void begin_import(int64_t months)
{
    policy.runway.min_months = 1;
    with_runway();
    apply(an_opening("opening", 20231231, months * 100 * WAN));
    apply(an_import("import", 20240101));
}

START_TEST(after_an_import_the_last_normal_month_of_it_is_what_alerts_are_explained_from)
{
    begin_import(7);
    imported(1, 9, 100);            /* 7 months, then 6.5, 6, 5.5 */
    imported(10, 12, 50);
    told(0);
    apply(an_import_done("done", 20241231));
    told(1);
    struct alert alert = last_alert();
    explained(&alert, 20241130, 600, 550);
    ck_assert_int_eq(cause(&alert, CAUSE_BALANCE, ACCOUNT_I11), 50);
    ck_assert_int_eq(cause(&alert, CAUSE_BALANCE, ACCOUNT_E11), -100);
    books_reopen();
    spend(20240615, 300 * WAN);     /* late, before that month's end */
    told(2);
    alert = last_alert();
    ck_assert_int_eq(alert.level, LEVEL_CRITICAL_LOW);
    explained(&alert, 20241130, 600, 200);
    ck_assert_int_eq(cause(&alert, CAUSE_RESTATED, ACCOUNT_NONE), -300);
}
END_TEST

START_TEST(where_no_month_of_an_import_was_normal_its_end_is_what_later_alerts_are_explained_from)
{
    begin_import(5);
    imported(1, 12, 100);
    apply(an_import_done("done", 20241231));
    told(1);
    ck_assert_int_eq(last_alert().causes_since, 0);
    books_reopen();
    spend(20250115, 250 * WAN);
    day_ends(20250115);
    told(2);
    struct alert alert = last_alert();
    explained(&alert, 20241231, 500, 250);
    ck_assert_int_eq(cause(&alert, CAUSE_BALANCE, ACCOUNT_E11), -250);
    earn(20250116, 450 * WAN);
    day_ends(20250116);
    told(3);
    told_last(RULE_RUNWAY, "", TRANSITION_ENDED);
    spend(20250117, 200 * WAN);
    day_ends(20250117);
    told(4);
    alert = last_alert();
    explained(&alert, 20250116, 700, 500);
}
END_TEST

START_TEST(a_month_between_the_limits_is_normal_only_if_the_one_before_was)
{
    policy.runway.low = (struct limit){6 * E4, 7 * E4};
    begin_import(5);
    imported(1, 3, 150);            /* 5.5, 6, 6.5: low all the time */
    imported(4, 4, 40);
    apply(an_import_done("done", 20240430));
    told(1);
    ck_assert_int_eq(last_alert().level, LEVEL_LOW);
    ck_assert_int_eq(last_alert().causes_since, 0);
}
END_TEST

/* More policies than are kept decoded at a time. */
START_TEST(the_months_of_an_import_are_looked_at_by_the_policy_of_their_days)
{
    const date_month first = 2024 * 12, last = first + 71;
    begin_import(5);
    for (date_month month = first; month <= last; month++) {
        int64_t low = month < first + 30 ? 4 : 6;
        policy.version++;
        policy.runway.low = (struct limit){low * E4, low * E4};
        apply(a_policy(new_id(), date_to_ymd(date_month_first(month)), &policy));
        earn(date_to_ymd(date_month_first(month)), 100 * WAN);
        spend(date_to_ymd(date_month_first(month)), 100 * WAN);
        day_ends(date_to_ymd(date_month_last(month)));
    }
    apply(an_import_done("done", 20291231));
    told(1);
    struct alert alert = last_alert();
    explained(&alert, 20260630, 500, 500);
    ck_assert_int_eq(alert.limit_e4, 6 * E4);
    ck_assert_uint_eq(alert.policy_version, policy.version);
}
END_TEST

/* Several events that are judged together. */
static void together(struct event a, struct event b)
{
    begin();
    ck_assert_int_eq(add("tax", a).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", b).outcome, OUTCOME_APPLIED);
    commit();
}

START_TEST(a_month_that_was_looked_at_is_not_normal_because_late_money_makes_it_so)
{
    begin_import(5);
    imported(1, 12, 100);
    apply(an_import_done("done", 20241231));
    together(a_fee("late", 20240315, 150 * WAN),
             an_expenditure("later", 20241220, 150 * WAN, CATEGORY_INPATIENT));
    day_ends(20250131);
    day_ends(20250209);
    together(a_fee("late-2", 20250120, 300 * WAN),
             an_expenditure("later-2", 20250209, 300 * WAN, CATEGORY_INPATIENT));
    told(1);
    spend(20250209, 250 * WAN);
    told(2);
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.level, LEVEL_CRITICAL_LOW);
    ck_assert_int_eq(date_to_ymd(alert.causes_since), 20241231);
    ck_assert_int_eq(sum_of_causes(&alert), alert.causes.after - alert.causes.before);
}
END_TEST

START_TEST(what_was_only_first_gives_way_to_what_is_normal)
{
    policy.runway.hold.enter_days = 10;
    begin_import(5);
    imported(1, 12, 100);
    apply(an_import_done("done", 20241231));
    told(0);
    earn(20250103, 100 * WAN);
    day_ends(20250103);
    spend(20250104, 200 * WAN);
    day_ends(20250104);
    day_ends(20250114);
    told(1);
    struct alert alert = last_alert();
    explained(&alert, 20250103, 600, 400);
}
END_TEST

/* Eight days beyond the limit over the end of January, and five within February: 10 are needed.  Back in
 * between it is told to nobody; the third time it fires, and what began in January is why. */
START_TEST(a_runway_that_hovered_is_explained_from_the_month_end_before)
{
    policy.runway.hold.enter_days = 10;
    with_runway();
    a_steady_year(7);
    const struct { int32_t day; int64_t spent; } moves[] = {
        {20250127, 150 * WAN}, {20250204, -100 * WAN}, {20250210, 100 * WAN}, {20250215, -100 * WAN},
        {20250216, 100 * WAN},
    };
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        spend(moves[i].day, moves[i].spent);
        day_ends(moves[i].day);
        if (i == 0)
            day_ends(20250131);
    }
    day_ends(20250225);
    told(0);
    day_ends(20250226);
    told(1);
    struct alert alert = last_alert();
    ck_assert_int_eq(date_to_ymd(alert.causes_since), 20241231);
    ck_assert_int_eq(alert.causes.before, 700);
    ck_assert_int_eq(sum_of_causes(&alert), alert.causes.after - alert.causes.before);
}
END_TEST

/* The end of February is normal again: what comes after that is explained from there. */
START_TEST(a_month_that_ends_normal_after_hovering_is_what_counts)
{
    policy.runway.hold.enter_days = 10;
    with_runway();
    a_steady_year(7);
    spend(20250127, 150 * WAN);
    day_ends(20250131);
    spend(20250204, -100 * WAN);
    day_ends(20250204);
    day_ends(20250228);
    spend(20250302, 200 * WAN);
    day_ends(20250302);
    day_ends(20250312);
    told(1);
    ck_assert_int_eq(date_to_ymd(last_alert().causes_since), 20250228);
    books_reopen();
    day_ends(20250315);
    told(1);
}
END_TEST

START_TEST(a_second_import_is_looked_through_like_the_first)
{
    with_runway();
    a_steady_year(7);
    apply(an_import("again", 20241231));
    for (int month = 1; month <= 3; month++) {
        spend(mid_month(2025, month), 150 * WAN);   /* 105 and 110 a month: 5.24, and with 200 a month 7.78 */
        earn(mid_month(2025, month), month == 1 ? 100 * WAN : month == 2 ? 400 * WAN : 0);
        day_ends(month_end(2025, month));
    }
    told(0);
    spend(20250320, 250 * WAN);
    apply(an_import_done("done", 20250331));
    told(1);
    struct alert alert = last_alert();
    ck_assert_int_eq(date_to_ymd(alert.causes_since), 20250228);
    ck_assert_int_eq(sum_of_causes(&alert), alert.causes.after - alert.causes.before);
    ck_assert_int_eq(cause(&alert, CAUSE_RESTATED, ACCOUNT_NONE), 0);
}
END_TEST

START_TEST(days_that_nobody_ended_are_looked_back_at)
{
    policy.runway.min_months = 1;
    with_runway();
    apply(an_opening("opening", 20231231, 700 * WAN));
    for (int month = 1; month <= 12; month++) {
        earn(mid_month(2024, month), (month <= 9 ? 100 : 50) * WAN);
        spend(mid_month(2024, month), 100 * WAN);
    }
    day_ends(20241231);
    told(1);
    struct alert alert = last_alert();
    explained(&alert, 20241130, 600, 550);
    day_ends(20250110);
    day_ends(20250215);             /* months pass; nothing is normal in them */
    spend(20250215, 400 * WAN);
    told(2);
    alert = last_alert();
    explained(&alert, 20241130, 600, 164);
}
END_TEST

START_TEST(when_an_alert_ends_the_next_one_is_explained_from_there)
{
    with_runway();
    a_steady_year(7);
    spend(20250105, 150 * WAN);
    day_ends(20250105);
    told(1);
    earn(20250110, 150 * WAN);
    day_ends(20250110);
    told(2);
    told_last(RULE_RUNWAY, "", TRANSITION_ENDED);
    ck_assert_int_eq(last_alert().causes_since, 0);
    books_reopen();
    spend(20250112, 150 * WAN);
    day_ends(20250112);
    told(3);
    struct alert alert = last_alert();
    explained(&alert, 20250110, 700, 550);
}
END_TEST

START_TEST(a_runway_that_falls_fast_is_an_alert_until_it_leaves_the_band)
{
    policy.falling.on = true;
    policy.runway.min_months = 6;
    with_runway();
    a_steady_year(8);
    earn(20250110, 100 * WAN);
    spend(20250110, 200 * WAN);
    day_ends(20250115);
    told(0);                                        /* one month exactly */
    spend(20250116, 1);
    day_ends(20250116);
    told(1);
    told_last(RULE_FALLING, "", TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.indicator.value.num, 10001);
    explained(&alert, 20241016, 800, 700);
    books_reopen();
    spend(20250117, 150 * WAN);
    day_ends(20250117);
    told(3);
    ck_assert_int_eq(alert_number(2).rule, RULE_RUNWAY);
    told_last(RULE_FALLING, "", TRANSITION_ENDED);
}
END_TEST

/* --- Deficits ------------------------------------------------------------------------------- */

/* Fees of the coming year arrive from September to December, subsidies in spring and autumn, payments
 * run all year: 1,200 each a year, so that the year is even and its summer a trough. */
static const int64_t seasonal_income[12] = {
    0, 0, 300, 0, 0, 200, 0, 0, 150, 250, 200, 100,
};

static void seasonal_years(int64_t percent_of_2025)
{
    apply(an_opening("opening", 20231231, 800 * WAN));
    for (int month = 1; month <= 24; month++) {
        int year = 2024 + (month - 1) / 12, of_year = (month - 1) % 12 + 1;
        int64_t percent = year == 2025 ? percent_of_2025 : 100;
        if (seasonal_income[of_year - 1] != 0)
            earn(mid_month(year, of_year), seasonal_income[of_year - 1] * WAN);
        spend(mid_month(year, of_year), percent * WAN);
        day_ends(month_end(year, of_year));
    }
}

static void with_deficit(void)
{
    policy.deficit.on = true;
    put_policy();
}

START_TEST(the_trough_of_every_summer_is_no_deficit)
{
    with_deficit();
    seasonal_years(100);
    told(0);
    int64_t income = -line(ACCOUNT_I11, 20250101, 20250831);
    ck_assert_int_lt(income, line(ACCOUNT_E11, 20250101, 20250831));
}
END_TEST

START_TEST(a_year_that_spends_more_than_it_earns_is_a_deficit_in_any_season)
{
    with_deficit();
    seasonal_years(105);
    told(1);
    told_last(RULE_DEFICIT, "", TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_int_eq(date_to_ymd(alert.books_date), 20250131);
    ck_assert_int_eq(alert.income.fen, 1200 * WAN);
    ck_assert_int_eq(alert.expenditure.fen, 1205 * WAN);
    ck_assert_int_eq(alert.months, 12);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("rules");
    TCase *t = tcase_create("rules");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, zhanjiang_is_below_its_target_within_policy_and_above_that_of_the_whole);
    tcase_add_test(t, a_reimbursement_on_its_target_is_told_by_nobody_and_clears_over_a_restart);
    tcase_add_test(t, a_report_s_months_have_a_reimbursement_without_a_bill);
    tcase_add_test(t, a_year_to_date_without_bills_is_blind_until_its_first_one);
    tcase_add_test(t, a_rule_that_the_policy_drops_ends);
    tcase_add_test(t, what_is_behind_on_its_day_is_an_alert_until_it_has_come);
    tcase_add_test(t, what_is_on_the_limit_is_not_behind);
    tcase_add_test(t, money_of_days_to_come_does_not_count_yet);
    tcase_add_test(t, a_fee_that_is_reversed_before_it_came_or_after_was_never_collected);
    tcase_add_test(t, each_year_is_behind_by_itself);
    tcase_add_test(t, a_net_loss_is_measured_with_the_same_day_last_year);
    tcase_add_test(t, where_fewer_heads_than_last_year_are_an_alert_the_loss_is_none);
    tcase_add_test(t, a_runway_that_leaves_its_band_says_why_it_moved);
    tcase_add_test(t, money_that_comes_late_is_told_as_restated);
    tcase_add_test(t, a_runway_whose_base_the_policy_changed_says_so);
    tcase_add_test(t, a_runway_that_was_never_normal_has_no_explanation);
    tcase_add_test(t, after_an_import_the_last_normal_month_of_it_is_what_alerts_are_explained_from);
    tcase_add_test(t, where_no_month_of_an_import_was_normal_its_end_is_what_later_alerts_are_explained_from);
    tcase_add_test(t, a_month_between_the_limits_is_normal_only_if_the_one_before_was);
    tcase_add_test(t, the_months_of_an_import_are_looked_at_by_the_policy_of_their_days);
    tcase_add_test(t, a_month_that_was_looked_at_is_not_normal_because_late_money_makes_it_so);
    tcase_add_test(t, what_was_only_first_gives_way_to_what_is_normal);
    tcase_add_test(t, a_runway_that_hovered_is_explained_from_the_month_end_before);
    tcase_add_test(t, a_month_that_ends_normal_after_hovering_is_what_counts);
    tcase_add_test(t, a_second_import_is_looked_through_like_the_first);
    tcase_add_test(t, days_that_nobody_ended_are_looked_back_at);
    tcase_add_test(t, when_an_alert_ends_the_next_one_is_explained_from_there);
    tcase_add_test(t, a_runway_that_falls_fast_is_an_alert_until_it_leaves_the_band);
    tcase_add_test(t, the_trough_of_every_summer_is_no_deficit);
    tcase_add_test(t, a_year_that_spends_more_than_it_earns_is_a_deficit_in_any_season);
    suite_add_tcase(s, t);
    return s;
}
