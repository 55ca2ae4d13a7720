/* What a store promises about events: each counts once, on its own date, or is refused by name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"
#include "store/group.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

START_TEST(an_event_counts_once)
{
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_DUPLICATE);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -38000);
    ck_assert_int_eq(line(ACCOUNT_A1, 20240101, 20241231), 38000);
}
END_TEST

START_TEST(a_duplicate_is_answered_with_the_position_of_the_first)
{
    uint64_t first = apply(a_fee("f1", 20240105, 38000)).position;
    apply(a_fee("f2", 20240105, 38000));
    ck_assert_uint_eq(apply(a_fee("f1", 20240105, 38000)).position, first);
}
END_TEST

START_TEST(a_duplicate_in_the_same_group_is_seen)
{
    begin();
    ck_assert_int_eq(add("tax", a_fee("f1", 20240105, 38000)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", a_fee("f1", 20240105, 38000)).outcome, OUTCOME_DUPLICATE);
    commit();
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -38000);
}
END_TEST

START_TEST(a_duplicate_after_a_restart_is_seen)
{
    apply(a_fee("f1", 20240105, 38000));
    books_reopen();
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_DUPLICATE);
    ck_assert_uint_eq(events(), 2);
}
END_TEST

START_TEST(the_same_id_with_other_content_is_a_conflict_and_the_first_stands)
{
    apply(a_fee("f1", 20240105, 38000));
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38001)), OUTCOME_CONFLICT);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -38000);
}
END_TEST

START_TEST(the_same_id_of_two_issuers_is_two_events)
{
    apply_from("tax-1", a_fee("f1", 20240105, 38000));
    ck_assert_int_eq(apply_from("tax-2", a_fee("f1", 20240105, 38000)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -76000);
}
END_TEST

/* What a platform reports under the ids of somebody else. */
static enum outcome sent_for(const char *issuer, const char *source, struct event e)
{
    uint32_t whose, by;
    struct applied applied;
    begin();
    ck_assert_int_eq(store_source(books, source, &by), 0);
    ck_assert_int_eq(store_source(books, issuer, &whose), 0);
    ck_assert_int_eq(store_apply(books, by, whose, &e, &applied), 0);
    commit();
    return applied.outcome;
}

START_TEST(an_event_is_its_issuers_whoever_sends_it)
{
    struct view *view;
    struct record_view record;
    ck_assert_int_eq(sent_for("tax", "platform", a_fee("f1", 20240105, 38000)), OUTCOME_APPLIED);
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_event_find(view, "platform", "f1", &record), -ENOENT);
    ck_assert_int_eq(view_event_find(view, "tax", "f1", &record), 0);
    ck_assert_str_eq(record.source, "platform");
    ck_assert_str_eq(record.issuer, "tax");
    view_close(&view);
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_DUPLICATE);
    ck_assert_int_eq(outcome_of(a_reversal("r1", 20240106, "f1")), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), 0);
}
END_TEST

START_TEST(a_group_that_is_dropped_leaves_nothing)
{
    uint64_t before = position();
    begin();
    add("new-source", a_fee("f1", 20240105, 38000));
    store_abort(books);
    ck_assert_uint_eq(position(), before);
    ck_assert_int_eq(apply_from("new-source", a_fee("f1", 20240105, 38000)).outcome,
                     OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -38000);
}
END_TEST

START_TEST(a_fund_exists_from_its_first_policy)
{
    ck_assert_int_eq(rejection_of(of_fund(a_fee("f1", 20240105, 1), 440800)),
                     REJECT_UNKNOWN_FUND);
    struct policy policy = policy_default();
    apply(of_fund(a_policy("p", 20240101, &policy), 440800));
    ck_assert_int_eq(outcome_of(of_fund(a_fee("f1", 20240105, 1), 440800)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(a_rejected_id_is_not_remembered)
{
    ck_assert_int_eq(rejection_of(a_fee("f1", 20231231, 38000)), REJECT_BEFORE_OPENING);
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(a_policy_of_a_version_that_was_there_is_rejected)
{
    struct policy policy = policy_default();
    ck_assert_int_eq(rejection_of(a_policy("policy-1b", 20240601, &policy)), REJECT_BAD_POLICY);
}
END_TEST

/* --- Balance and time ---------------------------------------------------------------- */

START_TEST(the_balance_is_that_of_the_books_date)
{
    apply(an_opening("o", 20231231, 1000));
    ck_assert_int_eq(balance(), 1000);
    apply(a_fee("f1", 20240105, 100));
    ck_assert_int_eq(balance(), 1000);
    apply(a_day("d1", 20240104));
    ck_assert_int_eq(balance(), 1000);
    apply(a_day("d2", 20240105));
    ck_assert_int_eq(balance(), 1100);
    apply(a_settlement("s1", 20240102, 30));
    ck_assert_int_eq(balance(), 1070);
}
END_TEST

START_TEST(days_and_money_in_one_group_come_to_the_same)
{
    begin();
    add("bureau", an_opening("o", 20231231, 1000));
    add("tax", a_fee("f1", 20240105, 100));
    add("bureau", a_day("d1", 20240110));
    add("hospital", a_settlement("s1", 20240102, 30));
    add("bureau", a_day("d2", 20240131));
    commit();
    ck_assert_int_eq(balance(), 1070);
}
END_TEST

START_TEST(the_books_date_does_not_move_back)
{
    apply(a_day("d1", 20240131));
    ck_assert_int_eq(outcome_of(a_day("d2", 20240130)), OUTCOME_APPLIED);
    ck_assert_int_eq(fund_now().books_date, day(20240131));
    ck_assert_int_eq(outcome_of(a_day("d3", 20240131)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(a_day_moves_the_books_by_a_year_at_most)
{
    date_day books_date = fund_now().books_date;
    ck_assert_int_eq(rejection_of(a_day("d", date_to_ymd(books_date + 367))), REJECT_DATE_AHEAD);
    ck_assert_int_eq(fund_now().books_date, books_date);
    ck_assert_int_eq(outcome_of(a_day("d", date_to_ymd(books_date + 366))), OUTCOME_APPLIED);
    ck_assert_int_eq(fund_now().books_date, books_date + 366);
}
END_TEST

START_TEST(money_too_far_ahead_is_rejected)
{
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 31;
    apply(a_policy("policy-2", 20240101, &policy));
    ck_assert_int_eq(rejection_of(a_fee("f1", 20240201, 1)), REJECT_DATE_AHEAD);
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240131, 1)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(an_opening_is_of_one_day_and_before_the_money)
{
    apply(a_fee("f1", 20240105, 100));
    ck_assert_int_eq(rejection_of(an_opening("o", 20240105, 1)), REJECT_BAD_MOVE);
    ck_assert_int_eq(outcome_of(an_opening("o", 20231231, 1)), OUTCOME_APPLIED);
    struct applied later = apply(an_opening("o2", 20240101, 2));
    struct applied earlier = apply(an_opening("o3", 20231230, 2));
    ck_assert_int_eq(later.reject, REJECT_BAD_MOVE);
    ck_assert_int_eq(later.hindrance.why, HINDRANCE_OPENED);
    ck_assert_int_eq(later.hindrance.day, day(20231231));
    ck_assert_int_eq(earlier.hindrance.why, HINDRANCE_OPENED);
    ck_assert_int_eq(apply(a_reversal("r", 20240101, "o")).hindrance.why, HINDRANCE_NOT_MONEY);
    ck_assert_int_eq(balance(), 1);
}
END_TEST

START_TEST(an_opening_that_was_entered_wrongly_is_replaced)
{
    apply(an_opening("o", 20231231, 1000));
    apply(a_fee("f1", 20240105, 100));
    apply(a_day("d", 20240131));
    ck_assert_int_eq(outcome_of(an_opening("o2", 20231231, -250)), OUTCOME_APPLIED);
    ck_assert_int_eq(balance(), -150);
    ck_assert_int_eq(line(ACCOUNT_A1, 20231231, 20231231), -250);
    ck_assert_int_eq(outcome_of(an_opening("o2", 20231231, -250)), OUTCOME_DUPLICATE);
    ck_assert_int_eq(outcome_of(an_opening("o", 20231231, 7)), OUTCOME_CONFLICT);
    begin();            /* what the group has gathered is known, too */
    ck_assert_int_eq(add("tax", an_opening("o3", 20231231, 5)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", an_opening("o4", 20231231, 5)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", an_opening("o5", 20231231, 300)).outcome, OUTCOME_APPLIED);
    commit();
    ck_assert_int_eq(balance(), 400);
    ck_assert_int_eq(line(ACCOUNT_Q0, 20231231, 20231231), -300);
    ck_assert_int_eq(fund_now().opening_date, day(20231231));
    books_reopen();
    ck_assert_int_eq(balance(), 400);
}
END_TEST

/* Each replacement moves up to twice as much as an amount may be. */
START_TEST(an_opening_is_replaced_as_long_as_sums_fit)
{
    enum reject reject = REJECT_NONE;
    int64_t stands = 0, fen = AMOUNT_EVENT_MAX;
    begin();
    for (int i = 0; reject == REJECT_NONE && i < 1000; i++, fen = -fen) {
        char id[16];
        snprintf(id, sizeof id, "o%d", i);
        reject = add("tax", an_opening(id, 20231231, fen)).reject;
        stands = reject == REJECT_NONE ? fen : stands;
    }
    commit();
    ck_assert_int_eq(reject, REJECT_OVERFLOW);
    ck_assert_int_eq(balance(), stands);
}
END_TEST

START_TEST(a_fund_whose_sums_could_overflow_takes_no_more_but_gives_back)
{
    char id[16];
    int64_t counted = 0;
    enum reject reject = REJECT_NONE;
    begin();
    for (int i = 0; reject == REJECT_NONE && i < 2000; i++) {
        snprintf(id, sizeof id, "f%d", i);
        reject = add("tax", a_fee(id, 20240105, AMOUNT_EVENT_MAX)).reject;
        counted += reject == REJECT_NONE ? AMOUNT_EVENT_MAX : 0;
    }
    commit();
    ck_assert_int_eq(reject, REJECT_OVERFLOW);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -counted);
    ck_assert_int_eq(rejection_of(an_opening("o", 20231231, AMOUNT_EVENT_MAX)), REJECT_OVERFLOW);
    ck_assert_int_eq(outcome_of(a_reversal("r", 20240106, "f0")), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -counted + AMOUNT_EVENT_MAX);
}
END_TEST

START_TEST(a_fund_that_lives_by_the_clock_follows_it_from_its_first_policy_on)
{
    struct policy live = policy_default();
    live.clock = CLOCK_LIVE;
    live.version = 2;
    begin();
    ck_assert_int_eq(store_clock(books, day(20240630)), 0);
    commit();
    ck_assert_int_eq(fund_now().books_date, day(20231231));
    apply(a_policy("policy-2", 20240101, &live));
    ck_assert_int_eq(fund_now().books_date, day(20240630));
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240701, 1)), OUTCOME_APPLIED);
    begin();
    ck_assert_int_eq(store_clock(books, day(20240701)), 0);
    commit();
    ck_assert_int_eq(fund_now().books_date, day(20240701));
}
END_TEST

START_TEST(a_clock_that_leaps_is_not_believed)
{
    begin();
    ck_assert_int_eq(store_clock(books, day(20240630)), 0);
    ck_assert_int_eq(store_clock(books, day(20990101)), -ERANGE);
    ck_assert_int_eq(store_clock(books, day(20250630)), 0);
    commit();
    ck_assert_int_eq(store_clocked(books), day(20250630));
}
END_TEST

START_TEST(the_clock_is_told_a_day_once)
{
    begin();
    ck_assert_int_eq(store_clock(books, day(20240630)), 0);
    commit();
    uint64_t before = position();
    begin();
    ck_assert_int_eq(store_clock(books, day(20240630)), 0);
    commit();
    ck_assert_uint_eq(position(), before);
}
END_TEST

/* --- Reversals ------------------------------------------------------------------------- */

START_TEST(a_reversal_undoes_its_original_in_its_own_line)
{
    apply(a_settlement("s1", 20240102, 500));
    ck_assert_int_eq(outcome_of(a_reversal("r1", 20240301, "s1")), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20240131), 500);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 0);
}
END_TEST

START_TEST(a_reversal_may_come_before_its_original)
{
    ck_assert_int_eq(outcome_of(a_reversal("r1", 20240301, "s1")), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 0);
    apply(a_settlement("s1", 20240102, 500));
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20240131), 500);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 0);
}
END_TEST

static struct event stating(struct event reversal, int64_t amount)
{
    reversal.amount.fen = amount;
    reversal.present |= UINT32_C(1) << FIELD_AMOUNT;
    return reversal;
}

START_TEST(a_reversal_that_states_an_amount_undoes_that_and_no_other)
{
    apply(a_settlement("s1", 20240102, 500));
    ck_assert_int_eq(rejection_of(stating(a_reversal("r1", 20240301, "s1"), 501)), REJECT_BAD_MOVE);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 500);
    ck_assert_int_eq(outcome_of(stating(a_reversal("r1", 20240301, "s1"), 500)), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 0);
}
END_TEST

START_TEST(what_waits_for_an_original_of_another_amount_goes_on_waiting)
{
    ck_assert_int_eq(outcome_of(stating(a_reversal("r1", 20240301, "s1"), 501)), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(a_settlement("s1", 20240102, 500)), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 500);
    ck_assert_int_eq(outcome_of(stating(a_reversal("r2", 20240301, "s2"), 7)), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(a_settlement("s2", 20240102, 7)), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 500);
}
END_TEST

START_TEST(a_reversal_a_year_later_goes_to_other_income)
{
    apply(a_settlement("s1", 20240102, 500));
    apply(a_day("d1", 20241231));
    apply(a_reversal("r1", 20250301, "s1"));
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20251231), 500);
    ck_assert_int_eq(line(ACCOUNT_I4, 20250101, 20251231), -500);
}
END_TEST

START_TEST(nothing_is_reversed_twice)
{
    apply(a_settlement("s1", 20240102, 500));
    apply(a_reversal("r1", 20240301, "s1"));
    ck_assert_int_eq(rejection_of(a_reversal("r2", 20240302, "s1")), REJECT_BAD_MOVE);
    apply(a_reversal("r3", 20240301, "s2"));
    ck_assert_int_eq(rejection_of(a_reversal("r4", 20240302, "s2")), REJECT_BAD_MOVE);
    ck_assert_int_eq(rejection_of(a_reversal("r5", 20240302, "r1")), REJECT_BAD_MOVE);
}
END_TEST

START_TEST(a_reversal_of_another_fund_s_event_is_rejected)
{
    struct policy policy = policy_default();
    apply(of_fund(a_policy("p", 20240101, &policy), 440800));
    apply(a_settlement("s1", 20240102, 500));
    ck_assert_int_eq(rejection_of(of_fund(a_reversal("r1", 20240103, "s1"), 440800)),
                     REJECT_BAD_MOVE);
}
END_TEST

/* --- People ---------------------------------------------------------------------------- */

START_TEST(persons_are_counted_once_however_often_they_pay)
{
    apply(an_enrollment("e1", 20240102, 1, STATUS_NORMAL));
    apply(an_enrollment("e2", 20240102, 2, STATUS_NORMAL));
    apply(a_fee_of("f1", 20240103, 38000, 1));
    apply(a_fee_of("f2", 20240103, 38000, 1));
    apply(a_day("d", 20240131));
    ck_assert_int_eq(fund_now().heads.registered, 2);
    ck_assert_int_eq(fund_now().heads.paid, 1);
}
END_TEST

START_TEST(a_person_whose_fees_are_all_reversed_has_not_paid)
{
    apply(a_fee_of("f1", 20240103, 38000, 1));
    apply(a_fee_of("f2", 20240103, 38000, 1));
    apply(a_reversal("r1", 20240104, "f1"));
    apply(a_day("d", 20240131));
    ck_assert_int_eq(fund_now().heads.paid, 1);
    apply(a_reversal("r2", 20240104, "f2"));
    ck_assert_int_eq(fund_now().heads.paid, 0);
}
END_TEST

START_TEST(persons_count_from_the_day_of_their_fee_on)
{
    static const char *const ids[] = {"a", "b", "c"};
    apply(a_fee_of("later", 20240310, 38000, 3));
    for (int i = 0; i < 2; i++)
        apply(a_fee_of(ids[i], 20240110, 38000, i));
    apply(a_fee_of("again", 20240105, 38000, 0));
    apply(a_day("d1", 20240104));
    ck_assert_int_eq(fund_now().heads.paid, HEADS_UNKNOWN);
    apply(a_day("d2", 20240105));
    ck_assert_int_eq(fund_now().heads.paid, 1);
    apply(a_day("d3", 20240215));
    ck_assert_int_eq(fund_now().heads.paid, 2);
    apply(a_day("d4", 20240310));
    ck_assert_int_eq(fund_now().heads.paid, 3);
}
END_TEST

static struct policy coverage_policy(void)
{
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 366;
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "paid", .numerator = NUMERATOR_PAID, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 31, .target = {9500, 9500},
    };
    return policy;
}

/* Ten people: two pay before the deadline, the others long after it. */
static void play_late_payers(bool together)
{
    struct policy policy = coverage_policy();
    apply(a_policy("p2", 20240101, &policy));
    apply(a_population("pop", 20240101, MEASURE_RESIDENT, 10));
    begin();
    for (int i = 0; i < 10; i++) {
        char id[16];
        snprintf(id, sizeof id, "f%d", i);
        if (i == 2)
            add("tax", a_day("d1", 20240215));
        if (together)
            ck_assert_int_eq(store_end_batch(books), 0);
        else {
            commit();
            begin();
        }
        add("tax", a_fee_of(id, i < 2 ? 20240110 : 20240310, 38000, i));
    }
    add("tax", a_day("d2", 20240331));
    commit();
}

START_TEST(a_day_is_judged_by_what_came_before_it_however_events_are_grouped)
{
    play_late_payers(_i == 1);
    ck_assert_uint_eq(alert_count(), 2);
    struct alert firing = alert_number(1), ended = alert_number(2);
    ck_assert_int_eq(firing.transition, TRANSITION_FIRING);
    ck_assert_int_eq(firing.books_date, day(20240215));
    ck_assert_int_eq(firing.indicator.value.num, 2);
    ck_assert_int_eq(ended.transition, TRANSITION_ENDED);
    ck_assert_int_eq(ended.books_date, day(20240331));
}
END_TEST

START_TEST(the_newest_enrolment_counts_in_any_order)
{
    apply(an_enrollment("e2", 20240302, 1, STATUS_ENDED));
    apply(an_enrollment("e1", 20240102, 1, STATUS_NORMAL));
    apply(a_day("d", 20240331));
    ck_assert_int_eq(fund_now().heads.registered, 0);
}
END_TEST

START_TEST(the_newest_headcount_up_to_the_books_date_counts)
{
    apply(a_headcount("h1", 20240131, 100));
    apply(a_headcount("h2", 20240331, 200));
    apply(a_population("p1", 20240131, MEASURE_RESIDENT, 1000));
    apply(a_day("d", 20240229));
    ck_assert_int_eq(fund_now().heads.reported, 100);
    ck_assert_int_eq(fund_now().heads.resident, 1000);
    ck_assert_int_eq(fund_now().heads.employees, HEADS_UNKNOWN);
}
END_TEST

START_TEST(of_two_headcounts_of_a_day_the_last_id_counts_in_any_order)
{
    apply(a_population("p-b", 20240131, MEASURE_RESIDENT, 1000));
    apply(a_population("p-a", 20240131, MEASURE_RESIDENT, 2000));
    apply(a_day("d", 20240229));
    ck_assert_int_eq(fund_now().heads.resident, 1000);
    apply(a_population("p-c", 20240131, MEASURE_RESIDENT, 500));
    ck_assert_int_eq(fund_now().heads.resident, 500);
}
END_TEST

START_TEST(heads_and_policies_of_a_far_future_are_rejected)
{
    struct policy policy = policy_default();
    policy.version = 2;
    ck_assert_int_eq(rejection_of(a_headcount("h", 20260101, 1)), REJECT_DATE_AHEAD);
    ck_assert_int_eq(rejection_of(a_population("p", 20260101, MEASURE_RESIDENT, 1)),
                     REJECT_DATE_AHEAD);
    ck_assert_int_eq(rejection_of(a_policy("policy-2", 20260101, &policy)), REJECT_DATE_AHEAD);
    ck_assert_int_eq(outcome_of(a_headcount("h", 20241231, 1)), OUTCOME_APPLIED);
}
END_TEST

/* --- Alerts and verification ------------------------------------------------------------- */

/* A year of equal months: `spent` a month, and a balance of `months` of them at its end. */
static void a_year(int64_t spent, int64_t months)
{
    char id[16];
    apply(an_opening("o", 20231231, spent * (months + 12)));
    for (int month = 1; month <= 12; month++) {
        snprintf(id, sizeof id, "x%d", month);
        apply(an_expenditure(id, 20240000 + 100 * month + 15, spent, CATEGORY_INPATIENT));
    }
    apply(a_day("day-1", 20240630));
    apply(a_day("day-2", 20241231));
}

START_TEST(a_runway_inside_the_band_raises_nothing_but_a_deficit_does)
{
    a_year(100, 7);
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(alert_number(1).rule, RULE_DEFICIT);
}
END_TEST

START_TEST(a_runway_below_six_months_is_an_alert_with_its_evidence)
{
    a_year(100, 5);
    struct alert alert = alert_number(1);
    ck_assert_int_eq(alert.rule, RULE_RUNWAY);
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
    ck_assert_int_eq(alert.level, LEVEL_LOW);
    ck_assert_int_eq(alert.balance.fen, 500);
    ck_assert_int_eq(alert.expenditure.fen, 1200);
    ck_assert_int_eq(ratio_round(alert.indicator.value, 2), 500);
    ck_assert_int_eq(alert.limit_e4, 60000);
    ck_assert_int_eq(alert.months, 12);
    ck_assert_int_eq(alert.books_date, day(20241231));
    ck_assert_uint_eq(alert.incident, alert.number);
}
END_TEST

START_TEST(an_alert_is_acknowledged_by_name)
{
    uint64_t number;
    a_year(100, 5);
    begin();
    ck_assert_int_eq(store_acknowledge(books, 999, "Li", "", &number), -ENOENT);
    ck_assert_int_eq(store_acknowledge(books, 1, "Li", "asked the city", &number), 0);
    commit();
    struct alert alert = alert_number(number);
    ck_assert_int_eq(alert.transition, TRANSITION_ACKNOWLEDGED);
    ck_assert_str_eq(alert.who, "Li");
    ck_assert_uint_eq(alert.incident, 1);
}
END_TEST

START_TEST(numbers_of_alerts_go_on_after_a_restart)
{
    uint64_t number;
    a_year(100, 5);
    uint64_t before = alert_count();
    struct alert last = alert_number(before);
    books_reopen();
    begin();
    ck_assert_int_eq(store_acknowledge(books, 1, "Li", "", &number), 0);
    commit();
    ck_assert_uint_eq(number, before + 1);
    ck_assert_int_eq(alert_number(before).rule, last.rule);
    ck_assert_int_eq(alert_number(before).transition, last.transition);
}
END_TEST

START_TEST(a_definition_that_the_policy_drops_ends_with_an_alert_that_can_be_read)
{
    struct policy policy = policy_default();
    policy.version = 2;
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "resident", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 1, .target = {9500, 9500},
    };
    apply(a_policy("policy-2", 20240101, &policy));
    apply(a_population("p", 20240102, MEASURE_RESIDENT, 100));
    apply(a_headcount("h", 20240102, 90));
    apply(a_day("d", 20240131));
    ck_assert_uint_eq(alert_count(), 1);
    policy.version = 3;
    policy.coverage_count = 0;
    apply(a_policy("policy-3", 20240101, &policy));
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_ENDED);
    ck_assert_str_eq(alert_number(2).instance, "resident");
}
END_TEST

START_TEST(every_source_that_has_gone_quiet_is_an_alert_and_ends_when_it_reports)
{
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 366;
    policy.quiet_count = 1;
    policy.quiet[0] = (struct quiet_rule){.pattern = "hospital-*", .days = 3};
    apply(a_policy("policy-2", 20240101, &policy));
    begin();
    for (int i = 0; i < 300; i++) {
        char id[16], source[24];
        snprintf(id, sizeof id, "s%d", i);
        snprintf(source, sizeof source, "hospital-%d", i);
        add(source, a_settlement(id, 20240105, 100));
    }
    commit();
    apply(a_day("d1", 20240108));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_day("d2", 20240109));
    ck_assert_uint_eq(alert_count(), 300);
    ck_assert_int_eq(alert_number(1).rule, RULE_QUIET);
    apply_from("hospital-7", a_settlement("again", 20240109, 100));
    ck_assert_uint_eq(alert_count(), 301);
    ck_assert_int_eq(alert_number(301).transition, TRANSITION_ENDED);
    ck_assert_str_eq(alert_number(301).instance, "hospital-7");
    apply_from("hospital-8", a_settlement("late", 20240103, 100));
    ck_assert_uint_eq(alert_count(), 302);
    ck_assert_str_eq(alert_number(302).instance, "hospital-8");
    apply_from("hospital-9", an_enrollment("ahead", 20241225, 1, STATUS_NORMAL));
    apply(a_day("d3", 20240120));
    ck_assert_int_eq(alert_number(alert_count()).transition, TRANSITION_FIRING);
    ck_assert_uint_eq(alert_count(), 306);      /* 7, 8 and 9 are quiet again */
}
END_TEST

static struct verify_result verified(void)
{
    char path[250];
    uint64_t covered;
    struct verify_result result;
    snprintf(path, sizeof path, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, path, &covered), 0);
    ck_assert_uint_eq(covered, position());
    ck_assert_int_eq(verify_store(path, NULL, NULL, &result), 0);
    return result;
}

START_TEST(the_books_are_what_their_journal_says)
{
    uint64_t number;
    a_year(100, 5);
    apply(an_enrollment("e1", 20240102, 1, STATUS_NORMAL));
    apply(a_fee_of("f1", 20240103, 38000, 1));
    apply(a_reversal("r1", 20240104, "f1"));
    apply(a_reversal("r2", 20240104, "unknown"));
    begin();
    ck_assert_int_eq(store_acknowledge(books, 1, "Li", "note", &number), 0);
    add("hospital", a_settlement("s1", 20240105, 77));
    commit();
    struct verify_result result = verified();
    ck_assert_msg(result.differences == 0, "%s", result.first);
    ck_assert_uint_eq(result.records, position());
    ck_assert_uint_eq(result.events, events());
    ck_assert_uint_gt(result.alerts, 0);
}
END_TEST

/* The end of a segment between an acknowledgement and the alert that tells of it. */
START_TEST(books_agree_wherever_a_segment_ends)
{
    uint64_t number;
    char id[16];
    a_year(100, 5);
    begin();
    for (int i = 0; SEGMENT_MAX - books->journal.size > 300; i++) {
        snprintf(id, sizeof id, "f%d", i);
        add("tax", a_fee(id, 20240105, 100));
    }
    ck_assert_int_eq(store_acknowledge(books, 1, "Li", "note", &number), 0);
    ck_assert_uint_eq(books->journal.count, 1);         /* the alert is in a new segment */
    commit();
    struct verify_result result = verified();
    ck_assert_msg(result.differences == 0, "%s", result.first);
}
END_TEST

static bool count_entry(void *arg, const struct quarantine_view *entry)
{
    (void)entry;
    ++*(unsigned *)arg;
    return true;
}

static unsigned quarantined(const char *source)
{
    struct view *view;
    struct source_view found;
    unsigned n = 0;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_source_find(view, source, &found), 0);
    ck_assert_int_eq(view_quarantine(view, found.number, 0, count_entry, &n), 0);
    view_close(&view);
    return n;
}

static void quarantine(const char *name, const char *id, const char *sent)
{
    struct applied why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_BEFORE_OPENING};
    uint32_t source;
    begin();
    ck_assert_int_eq(store_source(books, name, &source), 0);
    ck_assert_int_eq(store_quarantine(books, source, source, &why, (struct span){sent, 1}, id), 0);
    commit();
}

START_TEST(what_was_sent_stands_once_in_quarantine_and_leaves_it_when_it_is_counted)
{
    quarantine("tax", "f1", "x");
    quarantine("tax", "f2", "x");
    quarantine("tax", "f1", "x");
    ck_assert_uint_eq(quarantined("tax"), 2);
    quarantine("tax", "f1", "y");
    quarantine("other", "f1", "x");
    ck_assert_uint_eq(quarantined("tax"), 3);
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_APPLIED);
    ck_assert_uint_eq(quarantined("tax"), 1);
    ck_assert_uint_eq(quarantined("other"), 1);
}
END_TEST

START_TEST(what_is_quarantined_can_be_tried_again)
{
    static char junk[20000];
    struct applied why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_BAD_FIELD}, now;
    struct event fee = a_fee("f1", 20240105, 38000);
    struct writer w;
    uint32_t source;
    writer_init(&w);
    event_encode(&w, &fee);
    struct span sent = {w.bytes, (uint32_t)w.size}, too_long = {junk, sizeof junk};
    begin();
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    ck_assert_int_eq(store_quarantine(books, source, source, &why, too_long, ""), 0);
    ck_assert_int_eq(store_quarantine(books, source, source, &why, sent, "f1"), 0);
    ck_assert_int_eq(store_requeue(books, 1, &now), 0);
    ck_assert_int_eq(now.outcome, OUTCOME_REJECTED);
    ck_assert_int_eq(store_requeue(books, 2, &now), 0);
    ck_assert_int_eq(now.outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(store_requeue(books, 2, &now), -ENOENT);
    commit();
    writer_free(&w);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -38000);
}
END_TEST

START_TEST(holes_in_a_numbering_are_known_until_they_are_filled)
{
    struct view *view;
    struct source_view source;
    uint32_t number;
    begin();
    ck_assert_int_eq(store_source(books, "tax", &number), 0);
    for (uint64_t sequence = 100; sequence <= 800; sequence += 100)
        ck_assert_int_eq(store_sequence(books, number, sequence, (struct batch_numbers){0}), 0);
    ck_assert_int_eq(store_sequence(books, number, 50, (struct batch_numbers){0}), 0);
    commit();
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_source(view, number, &source), 0);
    view_close(&view);
    ck_assert_uint_eq(source.sequence, 800);
    ck_assert_uint_eq(source.gap_count, SOURCE_GAPS_MAX);
    ck_assert_uint_eq(source.gaps[0].from, 1);
    ck_assert_uint_eq(source.gaps[0].to, 49);
    ck_assert_uint_eq(source.gaps[1].from, 51);
    ck_assert_uint_eq(source.gaps[1].to, 99);
}
END_TEST

START_TEST(a_backup_on_another_file_system_can_be_restored)
{
    char copy[64] = "/dev/shm/fundwatch-test-XXXXXX", restored[250];
    uint64_t covered, epoch;
    apply(a_fee("f1", 20240105, 38000));
    ck_assert_ptr_nonnull(mkdtemp(copy));
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    snprintf(restored, sizeof restored, "%s-restored", books_path);
    int err = store_restore(copy, restored, NULL, NULL, &epoch);
    files_remove_folder(copy);
    ck_assert_int_eq(err, 0);
}
END_TEST

/* The linker puts this one in front of the system's (Makefile: WRAP_test_store). */
static time_t clock_back_s;
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
    int result = __real_clock_gettime(clock, ret);
    ret->tv_sec -= clock == CLOCK_REALTIME ? clock_back_s : 0;
    return result;
}

START_TEST(two_restores_with_the_clock_set_back_begin_different_epochs)
{
    char copy[250], restored[250];
    uint64_t covered, first, second;
    struct store_head before;
    store_head(books, &before);
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    snprintf(restored, sizeof restored, "%s-restored", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    clock_back_s = 24 * 60 * 60;
    ck_assert_int_eq(store_restore(copy, restored, NULL, NULL, &first), 0);
    files_remove_folder(restored);
    ck_assert_int_eq(store_restore(copy, restored, NULL, NULL, &second), 0);
    clock_back_s = 0;
    ck_assert_uint_gt(first, before.epoch);
    ck_assert_uint_gt(second, before.epoch);
    ck_assert_uint_ne(first, second);
}
END_TEST

START_TEST(a_backup_becomes_a_store_of_a_new_epoch)
{
    char copy[250], restored[250];
    uint64_t covered, epoch;
    struct store_head before, after;
    apply(a_fee("f1", 20240105, 38000));
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    snprintf(restored, sizeof restored, "%s-restored", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    apply(a_fee("f2", 20240105, 38000));
    store_head(books, &before);
    store_close(&books);
    ck_assert_int_eq(store_restore(copy, restored, NULL, NULL, &epoch), 0);
    strcpy(books_path, restored);
    books_reopen();
    store_head(books, &after);
    ck_assert_uint_gt(after.epoch, before.epoch);
    ck_assert_uint_eq(after.epoch, epoch);
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 38000)), OUTCOME_DUPLICATE);
    ck_assert_int_eq(outcome_of(a_fee("f2", 20240105, 38000)), OUTCOME_APPLIED);
}
END_TEST

START_TEST(a_backup_inside_the_store_is_refused)
{
    char inside[250];
    uint64_t covered;
    snprintf(inside, sizeof inside, "%s/index/copy", books_path);
    ck_assert_int_eq(store_backup(books, inside, &covered), -EINVAL);
}
END_TEST

START_TEST(a_store_that_is_only_read_takes_nothing)
{
    struct store_options options = store_options_default();
    options.map_max = UINT64_C(1) << 30;
    options.reserve = 1 << 20;
    ck_assert(store_has_room(books));
    store_close(&books);
    options.read_only = true;
    ck_assert_int_eq(store_open(books_path, &options, &books), 0);
    ck_assert(!store_has_room(books));
    ck_assert_int_eq(store_begin(books, 0), -EROFS);
    ck_assert_ptr_nonnull(strstr(store_error(books), "reading only"));
}
END_TEST

START_TEST(what_is_no_place_for_a_store_is_told)
{
    struct store_options options = store_options_default();
    struct store *other = NULL;
    char path[500];
    ck_assert_int_eq(store_open("/nowhere/at/all", &options, &other), -ENOENT);
    ck_assert_str_eq(store_open_error(),
                     "/nowhere/at/all: there is no store here: No such file or directory");
    ck_assert_int_eq(store_create("/nowhere/at/all"), -ENOENT);
    ck_assert_str_eq(store_open_error(),
                     "/nowhere/at/all: cannot make the store's folder: No such file or directory");
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    ck_assert_int_eq(store_open(path, &options, &other), -ENAMETOOLONG);
    ck_assert_int_eq(store_create(path), -ENAMETOOLONG);
    ck_assert_ptr_null(other);

    store_close(&books);                /* where the lock should be stands a folder */
    snprintf(path, sizeof path, "%s/fundwatch.lock", books_path);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(store_open(books_path, &options, &other), -EISDIR);
    ck_assert_ptr_nonnull(strstr(store_open_error(), "cannot lock"));
    ck_assert_int_eq(rmdir(path), 0);
    books_reopen();
}
END_TEST

START_TEST(a_store_is_open_once)
{
    struct store *second;
    struct store_options options = store_options_default();
    ck_assert_int_eq(store_open(books_path, &options, &second), -EBUSY);
    ck_assert_int_eq(store_open("/nonexistent", &options, &second), -ENOENT);
    ck_assert_int_eq(store_create(books_path), -EEXIST);
}
END_TEST

/* --- Ids of one hash ------------------------------------------------------------------- */

static struct applied apply_hashed(const char *name, struct event event, uint64_t hash)
{
    struct applied applied;
    uint32_t source;
    begin();
    ck_assert_int_eq(store_source(books, name, &source), 0);
    ck_assert_int_eq(store_apply_prefetched(books, source, source, &event, hash, &applied), 0);
    commit();
    return applied;
}

START_TEST(events_whose_ids_have_one_hash_count_once_each)
{
    static const struct { const char *issuer, *id; } events_of[] = {
        {"tax", "f1"}, {"tax", "f2"}, {"bank", "f1"},
    };
    uint64_t positions[3];
    for (int i = 0; i < 3; i++) {
        struct applied applied = apply_hashed(events_of[i].issuer, a_fee(events_of[i].id, 20240105, 100), 5);
        ck_assert_int_eq(applied.outcome, OUTCOME_APPLIED);
        positions[i] = applied.position;
    }
    for (int i = 0; i < 3; i++) {
        struct applied applied = apply_hashed(events_of[i].issuer, a_fee(events_of[i].id, 20240105, 100), 5);
        ck_assert_int_eq(applied.outcome, OUTCOME_DUPLICATE);
        ck_assert_uint_eq(applied.position, positions[i]);
    }
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -300);
}
END_TEST

START_TEST(an_id_whose_event_the_journal_has_not_is_damage)
{
    uint8_t entry[ENTRY_MAX];
    struct applied applied;
    struct event fee = a_fee("f1", 20240105, 100);
    uint32_t source;
    begin();
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    for (uint64_t lost = 99998; lost <= 99999; lost++) {
        seen_entry_put((struct seen_entry){5, lost}, entry);
        ck_assert_int_eq(derived_add(&books->derived, DERIVED_SEEN, entry), 0);
    }
    ck_assert_int_lt(store_apply_prefetched(books, source, source, &fee, 5, &applied), 0);
    store_abort(books);
    ck_assert_int_eq(outcome_of(fee), OUTCOME_APPLIED);
}
END_TEST

START_TEST(what_is_fetched_beforehand_is_looked_up_under_the_same_hash)
{
    struct event sent[] = {a_fee("f1", 20240105, 100), an_enrollment("e1", 20240105, 1, STATUS_NORMAL)};
    struct applied applied;
    uint32_t source;
    for (int i = 0; i < 4; i++) {
        begin();
        ck_assert_int_eq(store_source(books, "tax", &source), 0);
        uint64_t hash = store_prefetch(books, source, &sent[i / 2]);
        ck_assert_int_eq(store_apply_prefetched(books, source, source, &sent[i / 2], hash, &applied), 0);
        ck_assert_int_eq(applied.outcome, i % 2 == 0 ? OUTCOME_APPLIED : OUTCOME_DUPLICATE);
        commit();
    }
    ck_assert_int_eq(outcome_of(sent[1]), OUTCOME_DUPLICATE);
}
END_TEST

/* --- Quarantine, and what is noted beside events ------------------------------------------ */

START_TEST(the_oldest_leaves_a_full_quarantine)
{
    books->options.quarantine_max = 2;
    quarantine("tax", "f1", "x");
    quarantine("tax", "f2", "x");
    quarantine("tax", "f3", "x");
    ck_assert_uint_eq(quarantined("tax"), 2);
    quarantine("tax", "f1", "x");               /* it is not there any more, so it is kept anew */
    quarantine("tax", "f1", "x");
    ck_assert_uint_eq(quarantined("tax"), 2);
}
END_TEST

START_TEST(a_quarantine_that_counts_more_than_it_has_still_keeps_what_comes)
{
    static const uint8_t lost[12] = {[3] = 1, [11] = 9};
    struct applied why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_BEFORE_OPENING};
    uint32_t source;
    books->options.quarantine_max = 2;
    for (int listed = 0; listed < 2; listed++) {
        begin();
        ck_assert_int_eq(store_source(books, "tax", &source), 0);
        ck_assert_uint_eq(source, 1);
        group_source(books, source)->quarantined = 3;
        if (listed)
            txn_put(&books->txn, TABLE_QUARANTINE_SOURCES, lost, sizeof lost, "", 0);
        ck_assert_int_eq(store_quarantine(books, source, source, &why, (struct span){"x", 1}, "f1"), 0);
        store_abort(books);
    }
    quarantine("tax", "f1", "x");
    ck_assert_uint_eq(quarantined("tax"), 1);
}
END_TEST

START_TEST(what_waits_for_a_second_person_is_not_in_quarantine)
{
    struct applied why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_WAITING};
    uint32_t source;
    begin();
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    ck_assert_int_eq(store_quarantine(books, source, source, &why, (struct span){"x", 1}, "f1"), 0);
    why.reject = REJECT_DECLINED;
    ck_assert_int_eq(store_quarantine(books, source, source, &why, (struct span){"x", 1}, "f2"), 0);
    commit();
    ck_assert_uint_eq(quarantined("tax"), 0);
}
END_TEST

static struct applied requeued(uint64_t number)
{
    struct applied now;
    begin();
    ck_assert_int_eq(store_requeue(books, number, &now), 0);
    commit();
    return now;
}

static void quarantine_event(const char *id, struct event event)
{
    struct applied why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_BEFORE_OPENING};
    struct writer w;
    uint32_t source;
    writer_init(&w);
    event_encode(&w, &event);
    begin();
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    ck_assert_int_eq(store_quarantine(books, source, source, &why,
                                      (struct span){w.bytes, (uint32_t)w.size}, id), 0);
    commit();
    writer_free(&w);
}

START_TEST(what_is_tried_again_leaves_quarantine_when_it_has_counted)
{
    quarantine_event("", a_fee("f1", 20240105, 100));
    ck_assert_int_eq(requeued(1).outcome, OUTCOME_APPLIED);
    ck_assert_uint_eq(quarantined("tax"), 0);
    quarantine_event("f1", a_fee("f1", 20240105, 100));
    ck_assert_int_eq(requeued(2).outcome, OUTCOME_DUPLICATE);
    ck_assert_uint_eq(quarantined("tax"), 0);
    quarantine_event("f2", a_fee("f2", 20230105, 100));
    ck_assert_int_eq(requeued(3).reject, REJECT_BEFORE_OPENING);
    ck_assert_uint_eq(quarantined("tax"), 1);
    quarantine("tax", "f3", "\x80");
    ck_assert_int_eq(requeued(4).reject, REJECT_BEFORE_OPENING);
    ck_assert_uint_eq(quarantined("tax"), 2);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -100);
}
END_TEST

START_TEST(an_entry_that_cannot_be_read_is_not_tried_again)
{
    static const uint8_t key[8] = {[7] = 9}, row[52 + QUARANTINE_SENT_MAX + 1];
    static const size_t sizes[] = {51, sizeof row};
    struct applied now;
    for (int i = 0; i < 2; i++) {
        begin();
        txn_put(&books->txn, TABLE_QUARANTINE, key, sizeof key, row, sizes[i]);
        ck_assert_int_eq(store_requeue(books, 9, &now), -EILSEQ);
        store_abort(books);
    }
    quarantine_event("f1", a_fee("f1", 20240105, 100));
    begin();
    books->txn.err = -EIO;
    ck_assert_int_eq(store_requeue(books, 1, &now), -EIO);
    store_abort(books);
}
END_TEST

/* A whole event, and a byte behind it. */
START_TEST(an_entry_with_more_than_its_event_is_not_tried_again)
{
    struct event fee = a_fee("f1", 20240105, 100);
    struct quarantine_entry entry = {
        .source = 1, .issuer = 1, .why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_BEFORE_OPENING},
    };
    struct applied now;
    struct writer w;
    writer_init(&w);
    event_encode(&w, &fee);
    size_t whole = w.size;
    write_int(&w, 1);
    for (size_t size = whole; size <= w.size; size++) {
        begin();
        entry.sent = (struct span){w.bytes, (uint32_t)size};
        quarantine_put(&books->txn, 1, &entry);
        ck_assert_int_eq(store_requeue(books, 1, &now), 0);
        ck_assert_int_eq(now.outcome, size == whole ? OUTCOME_APPLIED : OUTCOME_REJECTED);
        ck_assert_int_eq(now.reject, size == whole ? REJECT_NONE : REJECT_BEFORE_OPENING);
        store_abort(books);
    }
    writer_free(&w);
}
END_TEST

START_TEST(a_source_that_is_not_there_is_damage)
{
    struct applied why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_BEFORE_OPENING};
    begin();
    ck_assert_int_eq(store_quarantine(books, 99, 99, &why, (struct span){"x", 1}, "f1"), -EILSEQ);
    store_abort(books);
    begin();
    ck_assert_int_eq(store_sequence(books, 99, 1, (struct batch_numbers){0}), -EILSEQ);
    store_abort(books);
}
END_TEST

START_TEST(what_has_no_number_leaves_the_numbering_alone)
{
    uint32_t source;
    begin();
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    ck_assert_int_eq(store_sequence(books, source, 5, (struct batch_numbers){0}), 0);
    struct source_record before = *group_source(books, source);
    ck_assert_int_eq(store_sequence(books, source, 0, (struct batch_numbers){0}), 0);
    ck_assert_mem_eq(group_source(books, source), &before, sizeof before);
    store_abort(books);
}
END_TEST

START_TEST(an_older_backup_covers_nothing_more)
{
    struct store_head h;
    begin();
    ck_assert_int_eq(store_covered(books, 2), 0);
    commit();
    uint64_t before = position();
    begin();
    ck_assert_int_eq(store_covered(books, 1), 0);
    ck_assert_int_eq(store_covered(books, 2), 0);
    commit();
    store_head(books, &h);
    ck_assert_uint_eq(h.covered, 2);
    ck_assert_uint_eq(position(), before);
}
END_TEST

/* --- What the system refuses --------------------------------------------------------------- */

static int random_refused = -1;         /* the call that gets none; -1: every call gets them */
ssize_t __real_getrandom(void *to, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned flags)
{
    if (random_refused < 0 || random_refused-- > 0)
        return __real_getrandom(to, size, flags);
    errno = ENOSYS;
    return -1;
}

static int lock_error;
int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation)
{
    errno = lock_error;
    return lock_error != 0 ? -1 : __real_flock(fd, operation);
}

START_TEST(no_store_is_made_without_random_numbers)
{
    char path[250];
    snprintf(path, sizeof path, "%s-2", books_path);
    for (int call = 0; call < 2; call++) {
        random_refused = call;
        ck_assert_int_eq(store_create(path), -ENOSYS);
        ck_assert(!files_exists(path, "data.mdb"));
        random_refused = -1;
    }
    ck_assert_int_eq(store_create(path), 0);
}
END_TEST

START_TEST(no_epoch_begins_without_random_numbers_when_the_clock_is_back)
{
    uint64_t epoch = 77;
    struct store_head before, after;
    store_head(books, &before);
    begin();
    clock_back_s = 24 * 60 * 60;
    random_refused = 0;
    ck_assert_int_eq(store_new_epoch(books, &epoch), -EIO);
    ck_assert_uint_eq(epoch, 77);
    store_abort(books);
    clock_back_s = 0;
    random_refused = -1;
    store_head(books, &after);
    ck_assert_uint_eq(after.epoch, before.epoch);
}
END_TEST

START_TEST(a_store_whose_lock_cannot_be_had_stays_closed)
{
    static const struct { int error, told; } locks[] = {{EWOULDBLOCK, -EBUSY}, {ENOLCK, -ENOLCK}};
    struct store_options options = books->options;
    store_close(&books);
    for (int i = 0; i < 2; i++) {
        lock_error = locks[i].error;
        ck_assert_int_eq(store_open(books_path, &options, &books), locks[i].told);
        ck_assert_ptr_null(books);
    }
    lock_error = 0;
    books_reopen();
}
END_TEST

START_TEST(a_path_that_is_too_long_opens_nothing)
{
    char path[STORE_PATH_MAX + 8];
    struct store *other = NULL;
    strcpy(path, books_path);
    while (strlen(path) < STORE_PATH_MAX - 12)
        strcat(path, "/.");
    ck_assert(files_exists(path, "data.mdb"));
    ck_assert_int_eq(store_open(path, &books->options, &other), -ENAMETOOLONG);
    while (strlen(path) < STORE_PATH_MAX)
        strcat(path, "/.");
    ck_assert_int_eq(store_open(path, &books->options, &other), -ENAMETOOLONG);
    ck_assert_ptr_null(other);
}
END_TEST

START_TEST(a_store_that_is_read_only_has_no_room_and_takes_nothing)
{
    ck_assert(store_has_room(books));
    books->options.read_only = true;
    ck_assert(!store_has_room(books));
    ck_assert_int_eq(store_begin(books, 0), -EROFS);
}
END_TEST

START_TEST(a_store_whose_map_ends_within_its_reserve_has_no_room)
{
    ck_assert(store_has_room(books));
    books->options.reserve = UINT64_C(1) << 30;         /* the whole map */
    ck_assert(!store_has_room(books));
    ck_assert_int_eq(outcome_of(a_fee("f1", 20240105, 1)), OUTCOME_APPLIED);    /* nobody asked */
    books->options.reserve = 1 << 20;
    ck_assert(store_has_room(books));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("store");
    TCase *t = tcase_create("books");
    tcase_add_checked_fixture(t, books_setup, books_teardown);
    tcase_add_test(t, an_event_counts_once);
    tcase_add_test(t, a_duplicate_is_answered_with_the_position_of_the_first);
    tcase_add_test(t, a_duplicate_in_the_same_group_is_seen);
    tcase_add_test(t, a_duplicate_after_a_restart_is_seen);
    tcase_add_test(t, the_same_id_with_other_content_is_a_conflict_and_the_first_stands);
    tcase_add_test(t, the_same_id_of_two_issuers_is_two_events);
    tcase_add_test(t, an_event_is_its_issuers_whoever_sends_it);
    tcase_add_test(t, a_group_that_is_dropped_leaves_nothing);
    tcase_add_test(t, a_fund_exists_from_its_first_policy);
    tcase_add_test(t, a_rejected_id_is_not_remembered);
    tcase_add_test(t, a_policy_of_a_version_that_was_there_is_rejected);
    tcase_add_test(t, the_balance_is_that_of_the_books_date);
    tcase_add_test(t, days_and_money_in_one_group_come_to_the_same);
    tcase_add_test(t, the_books_date_does_not_move_back);
    tcase_add_test(t, a_day_moves_the_books_by_a_year_at_most);
    tcase_add_test(t, money_too_far_ahead_is_rejected);
    tcase_add_test(t, an_opening_is_of_one_day_and_before_the_money);
    tcase_add_test(t, an_opening_that_was_entered_wrongly_is_replaced);
    tcase_add_test(t, an_opening_is_replaced_as_long_as_sums_fit);
    tcase_add_test(t, a_fund_whose_sums_could_overflow_takes_no_more_but_gives_back);
    tcase_add_test(t, a_fund_that_lives_by_the_clock_follows_it_from_its_first_policy_on);
    tcase_add_test(t, a_clock_that_leaps_is_not_believed);
    tcase_add_test(t, the_clock_is_told_a_day_once);
    tcase_add_test(t, a_reversal_undoes_its_original_in_its_own_line);
    tcase_add_test(t, a_reversal_may_come_before_its_original);
    tcase_add_test(t, a_reversal_that_states_an_amount_undoes_that_and_no_other);
    tcase_add_test(t, what_waits_for_an_original_of_another_amount_goes_on_waiting);
    tcase_add_test(t, a_reversal_a_year_later_goes_to_other_income);
    tcase_add_test(t, nothing_is_reversed_twice);
    tcase_add_test(t, a_reversal_of_another_fund_s_event_is_rejected);
    tcase_add_test(t, persons_are_counted_once_however_often_they_pay);
    tcase_add_test(t, a_person_whose_fees_are_all_reversed_has_not_paid);
    tcase_add_test(t, persons_count_from_the_day_of_their_fee_on);
    tcase_add_loop_test(t, a_day_is_judged_by_what_came_before_it_however_events_are_grouped, 0, 2);
    tcase_add_test(t, the_newest_enrolment_counts_in_any_order);
    tcase_add_test(t, the_newest_headcount_up_to_the_books_date_counts);
    tcase_add_test(t, of_two_headcounts_of_a_day_the_last_id_counts_in_any_order);
    tcase_add_test(t, heads_and_policies_of_a_far_future_are_rejected);
    tcase_add_test(t, a_runway_inside_the_band_raises_nothing_but_a_deficit_does);
    tcase_add_test(t, a_runway_below_six_months_is_an_alert_with_its_evidence);
    tcase_add_test(t, an_alert_is_acknowledged_by_name);
    tcase_add_test(t, numbers_of_alerts_go_on_after_a_restart);
    tcase_add_test(t, a_definition_that_the_policy_drops_ends_with_an_alert_that_can_be_read);
    tcase_add_test(t, every_source_that_has_gone_quiet_is_an_alert_and_ends_when_it_reports);
    tcase_add_test(t, the_books_are_what_their_journal_says);
    tcase_add_test(t, books_agree_wherever_a_segment_ends);
    tcase_add_test(t, what_was_sent_stands_once_in_quarantine_and_leaves_it_when_it_is_counted);
    tcase_add_test(t, what_is_quarantined_can_be_tried_again);
    tcase_add_test(t, holes_in_a_numbering_are_known_until_they_are_filled);
    tcase_add_test(t, a_backup_on_another_file_system_can_be_restored);
    tcase_add_test(t, two_restores_with_the_clock_set_back_begin_different_epochs);
    tcase_add_test(t, a_backup_becomes_a_store_of_a_new_epoch);
    tcase_add_test(t, events_whose_ids_have_one_hash_count_once_each);
    tcase_add_test(t, an_id_whose_event_the_journal_has_not_is_damage);
    tcase_add_test(t, what_is_fetched_beforehand_is_looked_up_under_the_same_hash);
    tcase_add_test(t, the_oldest_leaves_a_full_quarantine);
    tcase_add_test(t, a_quarantine_that_counts_more_than_it_has_still_keeps_what_comes);
    tcase_add_test(t, what_waits_for_a_second_person_is_not_in_quarantine);
    tcase_add_test(t, what_is_tried_again_leaves_quarantine_when_it_has_counted);
    tcase_add_test(t, an_entry_that_cannot_be_read_is_not_tried_again);
    tcase_add_test(t, an_entry_with_more_than_its_event_is_not_tried_again);
    tcase_add_test(t, a_source_that_is_not_there_is_damage);
    tcase_add_test(t, what_has_no_number_leaves_the_numbering_alone);
    tcase_add_test(t, an_older_backup_covers_nothing_more);
    tcase_add_test(t, no_store_is_made_without_random_numbers);
    tcase_add_test(t, no_epoch_begins_without_random_numbers_when_the_clock_is_back);
    tcase_add_test(t, a_store_whose_lock_cannot_be_had_stays_closed);
    tcase_add_test(t, a_path_that_is_too_long_opens_nothing);
    tcase_add_test(t, a_store_that_is_read_only_has_no_room_and_takes_nothing);
    tcase_add_test(t, a_store_whose_map_ends_within_its_reserve_has_no_room);
    tcase_add_test(t, a_backup_inside_the_store_is_refused);
    tcase_add_test(t, a_store_that_is_only_read_takes_nothing);
    tcase_add_test(t, what_is_no_place_for_a_store_is_told);
    tcase_add_test(t, a_store_is_open_once);
    suite_add_tcase(s, t);
    return s;
}
