/* What of a fund's figures comes from events that say `derived`: lines, subsidies, contributions, heads. */
#include <stdio.h>
#include <string.h>

#include "store/derivations.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define PARTNER 130208          /* a place that is merged into the vocabulary's */

/* Every test ends with a rebuild of its books. */
static void teardown(void)
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

static struct event derived(struct event event)
{
    event.derived = true;
    event.present |= UINT32_C(1) << FIELD_DERIVED;
    return event;
}

static void count(struct event event)
{
    struct applied applied = apply(event);
    ck_assert_msg(applied.outcome == OUTCOME_APPLIED, "%s: %s", event.id, reject_code(applied.reject));
}

static uint32_t fund_number(struct view *view)
{
    uint32_t number;
    ck_assert_int_eq(view_fund_find(view, (struct fund){130207, SCHEME_RESIDENT}, &number), 0);
    return number;
}

/* What of a line is derived, debit positive. */
static int64_t part(enum account account, int32_t from_ymd, int32_t to_ymd)
{
    struct view *view;
    struct lines lines;
    bool balance;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_derived(view, fund_number(view), day(from_ymd), day(to_ymd), day(to_ymd), &lines,
                                  &balance), 0);
    view_close(&view);
    return lines.fen[account];
}

static bool balance_is_derived(int32_t ymd)
{
    struct view *view;
    struct lines lines;
    bool balance;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_derived(view, fund_number(view), day(ymd), day(ymd), day(ymd), &lines,
                                  &balance), 0);
    view_close(&view);
    return balance;
}

static struct fund_derivation at(int32_t ymd)
{
    struct view *view;
    struct fund_view fund;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_whole(view, fund_number(view), day(ymd), &fund), 0);
    view_close(&view);
    return fund.derived;
}

/* --- Lines ------------------------------------------------------------------------ */

START_TEST(only_what_says_so_is_derived)
{
    count(an_opening("o", 20231231, 100000));
    count(a_fee("f", 20240105, 500));
    count(derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)));
    count(an_expenditure("y", 20240110, 40, CATEGORY_CATASTROPHIC));
    ck_assert_int_eq(part(ACCOUNT_I11, 20240101, 20240131), 0);
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240131), 300);
    ck_assert_int_eq(part(ACCOUNT_E2, 20240101, 20240131), 0);
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240109), 0);
    ck_assert_int_eq(line(ACCOUNT_E19, 20240101, 20240131), 300);
    ck_assert(!balance_is_derived(20240109) && balance_is_derived(20240110));
}
END_TEST

START_TEST(a_derived_opening_balance_makes_every_balance_so)
{
    count(derived(an_opening("o", 20231231, 100000)));
    ck_assert(balance_is_derived(20231231) && balance_is_derived(20240110));
    ck_assert_int_eq(part(ACCOUNT_Q0, 20231231, 20240110), 0);
}
END_TEST

START_TEST(what_is_reversed_in_its_year_is_derived_until_then)
{
    count(an_opening("o", 20231231, 100000));
    count(derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)));
    count(a_reversal("r", 20240305, "x"));
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240229), 300);
    ck_assert_int_eq(part(ACCOUNT_E19, 20240301, 20240331), -300);
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240331), 0);
    ck_assert(balance_is_derived(20240304) && !balance_is_derived(20240305));
}
END_TEST

START_TEST(a_reversal_of_a_later_year_is_derived_where_it_is_booked)
{
    count(an_opening("o", 20231231, 100000));
    count(derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)));
    count(a_day("d", 20241231));
    count(a_reversal("r", 20250105, "x"));
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20241231), 300);
    ck_assert_int_eq(part(ACCOUNT_I4, 20250101, 20251231), -300);
    ck_assert(balance_is_derived(20250104) && !balance_is_derived(20250105));
}
END_TEST

START_TEST(a_reversal_that_came_first_says_the_same)
{
    count(an_opening("o", 20231231, 100000));
    count(a_reversal("r", 20240305, "x"));
    ck_assert(!balance_is_derived(20240331));
    count(derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)));
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240229), 300);
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240331), 0);
    ck_assert(balance_is_derived(20240304) && !balance_is_derived(20240305));
}
END_TEST

START_TEST(one_of_two_that_are_booked_on_a_line_and_day_can_be_undone)
{
    count(an_opening("o", 20231231, 100000));
    count(derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)));
    count(derived(an_expenditure("y", 20240110, 300, CATEGORY_UNLISTED)));
    count(a_reversal("r", 20240110, "x"));
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240131), 300);
    count(a_reversal("s", 20240110, "y"));
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240131), 0);
}
END_TEST

START_TEST(late_money_is_derived_on_its_own_day_and_a_restart_keeps_it)
{
    count(an_opening("o", 20231231, 100000));
    count(an_import("i", 20240101));
    count(a_day("d", 20240630));
    count(a_month_close("c", 20240131));
    count(derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)));
    count(an_import_done("j", 20240630));
    books_reopen();
    ck_assert_int_eq(part(ACCOUNT_E19, 20240110, 20240110), 300);
    ck_assert(balance_is_derived(20240110));
}
END_TEST

START_TEST(a_group_sees_what_it_wrote_itself)
{
    count(an_opening("o", 20231231, 100000));
    begin();
    add("tax", derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)));
    add("tax", derived(an_expenditure("y", 20240110, 20, CATEGORY_UNLISTED)));
    add("tax", a_reversal("r", 20240110, "x"));
    commit();
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240131), 20);
}
END_TEST

START_TEST(what_is_rejected_or_a_duplicate_leaves_no_part)
{
    count(an_opening("o", 20231231, 100000));
    ck_assert_int_eq(rejection_of(derived(an_expenditure("x", 20231201, 300, CATEGORY_UNLISTED))),
                     REJECT_BEFORE_OPENING);
    count(derived(an_expenditure("y", 20240110, 300, CATEGORY_UNLISTED)));
    ck_assert_int_eq(outcome_of(derived(an_expenditure("y", 20240110, 300, CATEGORY_UNLISTED))),
                     OUTCOME_DUPLICATE);
    ck_assert_int_eq(part(ACCOUNT_E19, 20230101, 20241231), 300);
}
END_TEST

/* --- What rests on them ------------------------------------------------------------- */

START_TEST(a_runway_rests_on_its_balance_and_its_months)
{
    count(an_opening("o", 20231231, 100000));
    count(an_expenditure("a", 20240110, 100, CATEGORY_INPATIENT));
    count(a_day("d", 20241231));
    count(derived(an_expenditure("x", 20250110, 300, CATEGORY_UNLISTED)));
    count(a_day("e", 20250228));
    struct fund_derivation before = at(20241231), after = at(20250228);
    ck_assert(!before.runway && !before.balance && !before.deficit && !before.provisional_share);
    ck_assert(after.runway && after.balance && after.expenditure && !after.income && after.deficit);
    ck_assert(after.provisional_share && !after.provisional && after.runway_owed && after.falling);
    ck_assert(!after.reimbursement[REIMBURSEMENT_ACTUAL]);
}
END_TEST

START_TEST(a_ratio_rests_on_derived_costs_though_its_line_is_stated)
{
    struct event bill = derived(a_settlement("b", 20240110, 600));
    bill.cost.fen = 1000;
    bill.present |= UINT32_C(1) << FIELD_COST;
    count(an_opening("o", 20231231, 100000));
    count(bill);
    count(a_reversal("r", 20240201, "b"));
    count(a_day("d", 20240131));
    ck_assert(at(20240131).reimbursement[REIMBURSEMENT_ACTUAL]);
    ck_assert(!at(20240131).reimbursement[REIMBURSEMENT_IN_POLICY]);
    count(a_day("e", 20240229));
    ck_assert(!at(20240229).reimbursement[REIMBURSEMENT_ACTUAL]);
}
END_TEST

static struct policy with_budget(void)
{
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 366;
    policy.budget_count = 3;
    policy.budget[0] = (struct budget_line){.year = 2024, .category = CATEGORY_COUNTY, .amount = {1000}};
    policy.budget[1] = (struct budget_line){.year = 2024, .category = CATEGORY_UNLISTED, .amount = {1000}};
    policy.budget[2] = (struct budget_line){.year = 2024, .category = CATEGORY_CITY, .amount = {1000}};
    policy.contributions.expected_count = 1;
    policy.contributions.expected[0] = (struct expectation){2024, day(20240101), {1000}};
    return policy;
}

START_TEST(budgets_subsidies_and_contributions_rest_on_what_came_for_the_year)
{
    struct policy policy = with_budget();
    count(a_policy("p", 20240101, &policy));
    count(an_opening("o", 20231231, 100000));
    count(derived(a_subsidy("s", 20240301, 700, CATEGORY_COUNTY, 2024)));
    count(a_subsidy("t", 20240301, 700, CATEGORY_CITY, 2024));
    count(derived(an_expenditure("x", 20240301, 300, CATEGORY_UNLISTED)));
    count(derived(a_fee("f", 20240301, 50)));
    count(a_day("d", 20240229));
    count(a_day("e", 20240331));
    count(a_reversal("r", 20240401, "s"));
    count(a_reversal("q", 20240401, "f"));
    count(a_day("g", 20240430));
    struct fund_derivation before = at(20240229), then = at(20240331), after = at(20240430);
    ck_assert(!before.executed[0] && !before.executed[1] && !before.collected[0]);
    ck_assert(then.executed[0] && then.executed[1] && !then.executed[2] && then.collected[0]);
    ck_assert(!after.executed[0] && after.executed[1] && !after.collected[0]);
}
END_TEST

static struct subsidy_view due(const struct subsidy_standard *standard, enum subsidy_level level)
{
    struct view *view;
    struct subsidy_view states[SUBSIDY_LEVELS];
    struct subsidy_rule rule = {.tolerance = SUBSIDY_TOLERANCE_DEFAULT};
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_subsidies(view, fund_number(view), &rule, standard, day(20241231), states), 0);
    view_close(&view);
    return states[level];
}

START_TEST(what_is_due_rests_on_heads_and_what_came_on_its_events)
{
    struct subsidy_standard standard = {.year = 2024, .per_head = {61000}, .whole = 10};
    standard.levels[SUBSIDY_CENTRAL] =
        (struct subsidy_level_rule){.parts = 4, .base = SUBSIDY_HEADS_STATED, .heads_date = day(20240630)};
    standard.levels[SUBSIDY_CITY] =
        (struct subsidy_level_rule){.parts = 6, .base = SUBSIDY_HEADS_DEDUPLICATED,
                                    .heads_date = day(20240131)};
    count(an_opening("o", 20231231, 100000));
    count(a_headcount("h", 20240131, 1000));
    count(a_population("n", 20240131, MEASURE_DUPLICATES_NATION, 10));
    count(derived(a_headcount("i", 20240630, 900)));
    count(derived(a_subsidy("s", 20240301, 700, CATEGORY_CITY, 2024)));
    struct subsidy_view central = due(&standard, SUBSIDY_CENTRAL), city = due(&standard, SUBSIDY_CITY);
    ck_assert(central.state.heads_derived && central.state.due_derived && !central.received_derived);
    ck_assert_int_eq(central.duplicates_nation, HEADS_UNKNOWN);
    ck_assert(!city.state.heads_derived && !city.state.due_derived && city.received_derived);
    ck_assert_int_eq(city.state.heads, 990);
    ck_assert_int_eq(city.duplicates_nation, 10);
    ck_assert_int_eq(city.duplicates_province, HEADS_UNKNOWN);
}
END_TEST

/* --- People ---------------------------------------------------------------------------- */

static uint32_t heads_at(int32_t ymd)
{
    struct view *view;
    struct headcount heads;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_headcount(view, fund_number(view), day(ymd), &heads), 0);
    view_close(&view);
    return heads.derived;
}

START_TEST(a_headcount_that_was_computed_is_so_until_one_is_stated)
{
    count(a_population("e", 20240110, MEASURE_EMPLOYEES, 500));
    count(derived(a_headcount("h", 20240110, 1000)));
    count(a_headcount("i", 20240310, 1001));
    ck_assert_uint_eq(heads_at(20240109), 0);
    ck_assert_uint_eq(heads_at(20240110), HEADS_BIT(REPORTED) | HEADS_BIT(REPORTED_ONCE));
    ck_assert_uint_eq(heads_at(20240310), 0);
}
END_TEST

START_TEST(persons_are_derived_as_long_as_a_derived_fee_stands)
{
    uint32_t paid = HEADS_BIT(PAID) | HEADS_BIT(PAID_ONCE);
    count(derived(a_fee_of("f", 20240105, 38000, 1)));
    count(a_fee_of("g", 20240105, 38000, 2));
    ck_assert_uint_eq(heads_at(20240104) & HEADS_OF_PERSONS, 0);
    ck_assert_uint_eq(heads_at(20240105) & HEADS_OF_PERSONS, paid);
    count(a_reversal("r", 20240201, "f"));
    ck_assert_uint_eq(heads_at(20240131) & HEADS_OF_PERSONS, paid);
    ck_assert_uint_eq(heads_at(20240201) & HEADS_OF_PERSONS, 0);
    count(derived(an_enrollment("e", 20240301, 3, STATUS_NORMAL)));
    ck_assert_uint_eq(heads_at(20240301) & HEADS_OF_PERSONS, HEADS_BIT(REGISTERED));
}
END_TEST

START_TEST(who_is_enrolled_by_derived_events_alone_is_derived_in_all_that_he_counts_in)
{
    count(derived(an_enrollment("e", 20240105, 1, STATUS_NORMAL)));
    count(a_fee_of("f", 20240106, 38000, 1));
    ck_assert_uint_eq(heads_at(20240105) & HEADS_OF_PERSONS, HEADS_BIT(REGISTERED));
    ck_assert_uint_eq(heads_at(20240106) & HEADS_OF_PERSONS,
                      HEADS_BIT(REGISTERED) | HEADS_BIT(PAID) | HEADS_BIT(PAID_ONCE));
    ck_assert_int_eq(part(ACCOUNT_I11, 20240101, 20241231), 0);     /* his money was stated */
}
END_TEST

START_TEST(a_stated_enrolment_takes_a_derived_one_s_place)
{
    count(derived(an_enrollment("e", 20240105, 1, STATUS_NORMAL)));
    count(a_fee_of("f", 20240106, 38000, 1));
    books_reopen();
    count(an_enrollment("g", 20240301, 1, STATUS_NORMAL));
    /* On the days before it he is registered by the derived one alone; but he is there. */
    ck_assert_uint_eq(heads_at(20240106) & HEADS_OF_PERSONS, HEADS_BIT(REGISTERED));
    ck_assert_uint_eq(heads_at(20240301) & HEADS_OF_PERSONS, 0);
}
END_TEST

START_TEST(of_two_enrolments_of_a_day_the_stated_one_stays_when_the_other_is_left_out)
{
    count(derived(an_enrollment("e", 20240105, 1, STATUS_PAUSED)));
    count(an_enrollment("g", 20240105, 1, STATUS_NORMAL));
    count(a_fee_of("f", 20240106, 38000, 1));
    ck_assert_uint_eq(heads_at(20240106) & HEADS_OF_PERSONS,
                      HEADS_BIT(REGISTERED) | HEADS_BIT(LEFT) | HEADS_BIT(PAID_ONCE));
    count(an_enrollment("h", 20240107, 1, STATUS_NORMAL));
    ck_assert_uint_eq(heads_at(20240107) & HEADS_OF_PERSONS, 0);
}
END_TEST

START_TEST(a_derived_opening_balance_says_how_far_it_may_be_off)
{
    struct event opening = derived(an_opening("o", 20231231, 100000));
    opening.margin.fen = 250;
    opening.present |= UINT32_C(1) << FIELD_MARGIN;
    count(opening);
    count(a_day("d", 20240131));
    ck_assert_int_eq(at(20240131).margin.fen, 250);
    ck_assert_int_eq(at(20231231).margin.fen, 250);
    opening = derived(an_opening("o2", 20231231, 100300));
    opening.margin.fen = 30;
    opening.present |= UINT32_C(1) << FIELD_MARGIN;
    count(opening);
    ck_assert_int_eq(at(20240131).margin.fen, 30);
    ck_assert(at(20240131).balance);
    count(an_opening("o3", 20231231, 100250));
    ck_assert_int_eq(at(20240131).margin.fen, 0);
    ck_assert(!at(20240131).balance);
}
END_TEST

START_TEST(a_whole_is_derived_as_its_parts_are)
{
    struct policy own = policy_default(), merged = policy_default();
    own.ahead_days = merged.ahead_days = 366;
    merged.version = 2;
    merged.merged_into = 130207;
    count(of_fund(a_policy("p", 20240101, &own), PARTNER));
    count(of_fund(an_opening("po", 20231231, 500), PARTNER));
    count(of_fund(derived(an_expenditure("x", 20240110, 300, CATEGORY_UNLISTED)), PARTNER));
    count(an_opening("o", 20231231, 100000));
    count(a_day("d", 20240131));
    count(of_fund(a_day("pd", 20240131), PARTNER));
    count(of_fund(a_policy("pp", 20240301, &merged), PARTNER));
    count(a_day("e", 20240331));
    ck_assert(!balance_is_derived(20240131));
    ck_assert(balance_is_derived(20240301));
    ck_assert_int_eq(part(ACCOUNT_E19, 20240101, 20240331), 300);
}
END_TEST

/* Who paid in another place before is counted there: by the derived fee he is doubled, and elsewhere. */
START_TEST(who_is_found_in_two_places_by_a_derived_fee_is_derived_in_both_counts)
{
    struct policy own = policy_default();
    own.ahead_days = 366;
    count(of_fund(a_policy("p", 20240101, &own), PARTNER));
    count(of_fund(a_fee_of("q", 20240103, 38000, 1), PARTNER));
    count(derived(a_fee_of("f", 20240105, 38000, 1)));
    ck_assert_uint_eq(heads_at(20240104) & HEADS_OF_PERSONS, 0);
    ck_assert_uint_eq(heads_at(20240105) & HEADS_OF_PERSONS,
                      HEADS_BIT(PAID) | HEADS_BIT(DOUBLED) | HEADS_BIT(ELSEWHERE));
    count(a_reversal("r", 20240110, "f"));
    ck_assert_uint_eq(heads_at(20240110) & HEADS_OF_PERSONS, 0);
}
END_TEST

/* In one group, in any order: the status that ends more counts. */
START_TEST(of_two_derived_enrolments_of_a_day_the_one_that_ends_more_counts)
{
    begin();
    add("tax", derived(an_enrollment("e", 20240105, 1, _i == 0 ? STATUS_NORMAL : STATUS_PAUSED)));
    add("tax", derived(an_enrollment("g", 20240105, 1, _i == 0 ? STATUS_PAUSED : STATUS_NORMAL)));
    commit();
    count(a_fee_of("f", 20240106, 38000, 1));
    ck_assert_uint_eq(heads_at(20240106) & HEADS_OF_PERSONS, HEADS_BIT(PAID) | HEADS_BIT(LEFT));
}
END_TEST

START_TEST(what_leaves_64_bits_has_moved)
{
    struct lines lines = {0};
    ck_assert(!derivations_moved(lines_income, &lines));
    lines.fen[ACCOUNT_I11] = -5;
    ck_assert(derivations_moved(lines_income, &lines));
    lines.fen[ACCOUNT_I11] = lines.fen[ACCOUNT_I12] = INT64_MIN;
    ck_assert(derivations_moved(lines_income, &lines));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("derivations");
    TCase *t = tcase_create("derivations");
    tcase_add_checked_fixture(t, books_setup, teardown);
    tcase_add_test(t, only_what_says_so_is_derived);
    tcase_add_test(t, a_derived_opening_balance_makes_every_balance_so);
    tcase_add_test(t, what_is_reversed_in_its_year_is_derived_until_then);
    tcase_add_test(t, a_reversal_of_a_later_year_is_derived_where_it_is_booked);
    tcase_add_test(t, a_reversal_that_came_first_says_the_same);
    tcase_add_test(t, one_of_two_that_are_booked_on_a_line_and_day_can_be_undone);
    tcase_add_test(t, late_money_is_derived_on_its_own_day_and_a_restart_keeps_it);
    tcase_add_test(t, a_group_sees_what_it_wrote_itself);
    tcase_add_test(t, what_is_rejected_or_a_duplicate_leaves_no_part);
    tcase_add_test(t, a_runway_rests_on_its_balance_and_its_months);
    tcase_add_test(t, a_ratio_rests_on_derived_costs_though_its_line_is_stated);
    tcase_add_test(t, budgets_subsidies_and_contributions_rest_on_what_came_for_the_year);
    tcase_add_test(t, what_is_due_rests_on_heads_and_what_came_on_its_events);
    tcase_add_test(t, a_headcount_that_was_computed_is_so_until_one_is_stated);
    tcase_add_test(t, persons_are_derived_as_long_as_a_derived_fee_stands);
    tcase_add_test(t, who_is_enrolled_by_derived_events_alone_is_derived_in_all_that_he_counts_in);
    tcase_add_test(t, a_stated_enrolment_takes_a_derived_one_s_place);
    tcase_add_test(t, of_two_enrolments_of_a_day_the_stated_one_stays_when_the_other_is_left_out);
    tcase_add_test(t, who_is_found_in_two_places_by_a_derived_fee_is_derived_in_both_counts);
    tcase_add_loop_test(t, of_two_derived_enrolments_of_a_day_the_one_that_ends_more_counts, 0, 2);
    tcase_add_test(t, what_leaves_64_bits_has_moved);
    tcase_add_test(t, a_derived_opening_balance_says_how_far_it_may_be_off);
    tcase_add_test(t, a_whole_is_derived_as_its_parts_are);
    suite_add_tcase(s, t);
    return s;
}
