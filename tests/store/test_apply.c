/* What is refused, what waits, and what a damaged row keeps from being counted: an event moves the books
 * wholly or not at all. */
#include <errno.h>
#include <string.h>

#include "store/bytes.h"
#include "store/group.h"
#include "store/parts.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static const struct fund the_fund = {130207, SCHEME_RESIDENT};

/* Applies within a group of its own that is dropped if it fails. */
static int error_of(struct event event)
{
    uint32_t source;
    struct applied applied = {.position = 4711};
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    int err = store_apply(books, source, source, &event, &applied);
    if (err != 0)
        ck_assert_uint_eq(applied.position, 4711);
    store_abort(books);
    return err;
}

/* --- Refused. --------------------------------------------------------------------------------- */

START_TEST(a_policy_that_cannot_be_read_is_refused)
{
    struct policy policy = policy_default();
    struct event event = a_policy("p", 20240601, &policy);
    event.policy = (struct policy_text){(const uint8_t *)"\x81\x01\x01", 3};
    ck_assert_int_eq(rejection_of(event), REJECT_BAD_POLICY);
    ck_assert_int_eq(rejection_of(of_fund(event, 130299)), REJECT_BAD_POLICY);
    ck_assert_int_eq(rejection_of(of_fund(a_fee("f", 20240105, 1), 130299)), REJECT_UNKNOWN_FUND);
}
END_TEST

START_TEST(a_stage_that_no_rule_posts_is_refused)
{
    struct event event = an_expenditure("x", 20240105, 5, CATEGORY_INPATIENT);
    event.stage = STAGE_CLEARING;
    event.present |= UINT32_C(1) << FIELD_STAGE;
    uint32_t source;
    struct applied applied;
    begin();
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    ck_assert_int_eq(store_apply(books, source, source, &event, &applied), 0);
    ck_assert_int_eq(applied.reject, REJECT_POLICY_FORBIDS);
    commit();
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 0);
}
END_TEST

/* Dates of what takes money back are held to the same as those of what brings it. */
START_TEST(a_reversal_before_the_books_or_too_far_ahead_is_refused)
{
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 31;
    apply(a_policy("p", 20240101, &policy));
    apply(an_opening("o", 20231231, 100));
    apply(a_settlement("s", 20240105, 7));
    ck_assert_int_eq(rejection_of(a_reversal("r1", 20231231, "s")), REJECT_BEFORE_OPENING);
    ck_assert_int_eq(rejection_of(a_reversal("r2", 20240201, "s")), REJECT_DATE_AHEAD);
    ck_assert_int_eq(rejection_of(a_reversal("r3", 20231231, "unknown")), REJECT_BEFORE_OPENING);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 7);
    ck_assert_int_eq(outcome_of(a_reversal("r4", 20240131, "s")), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 0);
}
END_TEST

/* --- Reversals that wait, where others wait at the same place. ------------------------------------ */

/* As if the id that the event at `position` names had the hash of "x" of the source "tax". */
static void wait_for_x(uint64_t position)
{
    uint8_t key[16];
    uint32_t tax;
    ck_assert_int_eq(store_source(books, "tax", &tax), 0);
    key_u64(key, hash_seen(books->seen_key, tax, "x", 1));
    key_u64(key + 8, position);
    txn_put(&books->txn, TABLE_UNMATCHED, key, sizeof key, "", 0);
}

START_TEST(only_the_reversal_of_this_very_event_waited_for_it)
{
    uint64_t of_another_source = apply_from("registry", a_reversal("r1", 20240201, "x")).position;
    uint64_t of_another_event = apply(a_reversal("r2", 20240201, "y")).position;
    begin();
    wait_for_x(of_another_source);
    wait_for_x(of_another_event);
    if (_i == 0) {                      /* neither waits for it */
        ck_assert_int_eq(add("tax", a_fee("x", 20240105, 5)).outcome, OUTCOME_APPLIED);
        commit();
        ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), -5);
        return;
    }
    struct applied own = add("tax", a_reversal("r3", 20240201, "x"));
    ck_assert_int_eq(own.outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", a_reversal("r4", 20240201, "x")).reject, REJECT_BAD_MOVE);
    struct applied fee = add("tax", a_fee("x", 20240105, 5));
    uint64_t reversed_by = 0;
    ck_assert(books_reversal(&books->txn, fee.position, &reversed_by));
    ck_assert_uint_eq(reversed_by, own.position);
    commit();
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), 0);
}
END_TEST

START_TEST(what_waits_and_is_no_event_is_damage)
{
    apply(a_reversal("r", 20240201, "y"));
    begin();
    wait_for_x(1 << 20);
    ck_assert_int_ne(error_of(_i == 0 ? a_fee("x", 20240105, 5) : a_reversal("r2", 20240201, "x")), 0);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), 0);
    ck_assert_int_eq(outcome_of(a_fee("x", 20240105, 5)), OUTCOME_APPLIED);
}
END_TEST

/* --- Days. ----------------------------------------------------------------------------------------- */

START_TEST(a_fund_that_is_ahead_of_the_clock_stays_there)
{
    struct policy live = policy_default();
    live.version = 2;
    live.clock = CLOCK_LIVE;
    apply(a_policy("p2", 20240101, &live));
    apply(a_day("d", 20240731));
    begin();
    ck_assert_int_eq(store_clock(books, day(20240630)), 0);
    commit();
    ck_assert_int_eq(fund_now().books_date, day(20240731));
    begin();
    ck_assert_int_eq(store_clock(books, day(20240801)), 0);
    commit();
    ck_assert_int_eq(fund_now().books_date, day(20240801));
}
END_TEST

/* A county that was merged and has ended a day by itself is not moved back by the city. */
START_TEST(a_part_that_is_ahead_of_its_whole_stays_there)
{
    struct policy policy = policy_default();
    apply(of_fund(a_policy("city", 20240101, &policy), 130200));
    policy.version = 2;
    policy.merged_into = 130200;
    ck_assert_int_eq(outcome_of(a_policy("merged", 20240201, &policy)), OUTCOME_APPLIED);
    apply(a_day("d1", 20240630));
    apply(of_fund(a_day("d2", 20240531), 130200));
    ck_assert_int_eq(fund_now().books_date, day(20240630));
    apply(of_fund(a_day("d3", 20240731), 130200));
    ck_assert_int_eq(fund_now().books_date, day(20240731));
}
END_TEST

static void put_day_of_the_fund(int64_t fees, int64_t others)
{
    struct lines lines = {0};
    uint8_t key[BOOKS_PERIOD_KEY], v[BOOKS_LINES_SIZE];
    lines.fen[ACCOUNT_I11] = -fees;
    lines.fen[ACCOUNT_I12] = -others;
    books_period_key(1, day(20240105), key);
    txn_put(&books->txn, TABLE_DAYS, key, sizeof key, v, books_put_lines(&lines, v));
}

/* A day's sum that is none, or that the balance has no room for. */
START_TEST(a_day_whose_sums_cannot_be_does_not_end)
{
    begin();
    put_day_of_the_fund(INT64_MAX, _i == 0 ? INT64_MAX : 0);
    group_fund(books, the_fund)->record.balance.fen = 1;
    ck_assert_int_eq(error_of(a_day("d", 20240110)), -EILSEQ);
    ck_assert_int_eq(fund_now().books_date, day(20231231));
    ck_assert_int_eq(balance(), 0);
}
END_TEST

/* --- Damage. ---------------------------------------------------------------------------------------- */

static void forget_policies(void)
{
    struct range range;
    uint8_t prefix[4], key[16];
    key_u32(prefix, 1);
    range_begin(&range, &books->txn, TABLE_POLICIES, prefix, 4, prefix, 4);
    ck_assert(range_next(&range));
    memcpy(key, range.key, sizeof key);
    range_end(&range);
    ck_assert(txn_delete(&books->txn, TABLE_POLICIES, key, sizeof key));
}

/* Of a fund whose policy is gone nothing is counted, and it is no refusal either. */
START_TEST(without_its_policy_a_fund_takes_nothing)
{
    const struct event events[] = {
        an_opening("o", 20231231, 100),
        a_fee("f", 20240105, 5),
        a_reversal("r", 20240105, "f0"),
    };
    apply(a_fee("f0", 20240104, 3));
    uint64_t before = position();
    begin();
    forget_policies();
    ck_assert_int_eq(error_of(events[_i]), -EILSEQ);
    ck_assert_uint_eq(position(), before);
    ck_assert_int_eq(outcome_of(events[_i]), OUTCOME_APPLIED);
}
END_TEST

START_TEST(without_its_policy_a_fund_does_not_follow_the_clock)
{
    begin();
    forget_policies();
    ck_assert_int_eq(store_clock(books, day(20240630)), -EILSEQ);
    store_abort(books);
    ck_assert_int_eq(store_clocked(books), DATE_NONE);
}
END_TEST

/* Its number is gone, or is not that of a place. */
START_TEST(a_fund_that_is_not_found_stops_the_clock)
{
    uint8_t key[4];
    struct policy policy = policy_default();
    apply(of_fund(a_policy("p", 20240101, &policy), 130299));
    key_u32(key, 1);
    begin();
    if (_i == 0)
        ck_assert(txn_delete(&books->txn, TABLE_FUND_NUMBERS, key, sizeof key));
    else
        txn_put(&books->txn, TABLE_FUND_NUMBERS, key, sizeof key, "1234567", 7);
    ck_assert_int_eq(store_clock(books, day(20240630)), -EILSEQ);
    store_abort(books);
    ck_assert_int_eq(store_clocked(books), DATE_NONE);
}
END_TEST

/* Of two parts that are listed none is a fund. */
START_TEST(a_day_of_a_whole_whose_parts_are_not_found_does_not_end_nor_does_a_month_close)
{
    struct fund_record part = {.number = 98}, another = {.number = 99};
    struct event ending[] = {a_day("d", 20240310), a_month_close("c", 20240131)};
    apply(a_day("before", 20240301));
    begin();
    struct group_fund *fund = group_fund(books, the_fund);
    parts_put(&books->txn, &part, &fund->record, day(20240101));
    parts_put(&books->txn, &another, &fund->record, day(20240101));
    ck_assert_int_eq(error_of(ending[_i]), -EILSEQ);
    ck_assert_int_eq(fund_now().books_date, day(20240301));
    ck_assert_int_eq(fund_now().closed, DATE_NONE);
}
END_TEST

START_TEST(a_place_whose_row_is_damaged_takes_nobody_in)
{
    struct policy policy = policy_default();
    uint8_t key[6];
    policy.version = 2;
    policy.merged_into = 130299;
    key_u32(key, 130299);
    key_u16(key + 4, SCHEME_RESIDENT);
    begin();
    txn_put(&books->txn, TABLE_FUNDS, key, sizeof key, "12345", 5);
    ck_assert_int_eq(error_of(a_policy("p", 20240601, &policy)), -EILSEQ);
}
END_TEST

/* Also what came again cannot be told from what did not. */
START_TEST(an_original_that_cannot_be_read_is_not_one_that_has_not_come)
{
    uint8_t key[8];
    key_u64(key, apply(a_fee("f", 20240105, 5)).position);
    begin();
    struct range at;
    ck_assert(txn_at_or_below(&books->txn, TABLE_JOURNAL, key, sizeof key, 0, &at));
    memcpy(key, at.key, sizeof key);
    range_end(&at);
    ck_assert(txn_delete(&books->txn, TABLE_JOURNAL, key, sizeof key));
    uint8_t *segment = txn_append(&books->txn, key, sizeof key, 100);
    ck_assert_ptr_nonnull(segment);
    memset(segment, 0, 100);
    ck_assert_int_eq(error_of(_i == 0 ? a_reversal("r", 20240106, "f") : a_fee("f", 20240105, 5)), -EILSEQ);
    ck_assert_int_eq(outcome_of(a_reversal("r", 20240106, "f")), OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_I11, 20240101, 20241231), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("apply");
    TCase *t = tcase_create("apply");
    tcase_add_checked_fixture(t, books_setup, books_teardown);
    tcase_add_test(t, a_policy_that_cannot_be_read_is_refused);
    tcase_add_test(t, a_stage_that_no_rule_posts_is_refused);
    tcase_add_test(t, a_reversal_before_the_books_or_too_far_ahead_is_refused);
    tcase_add_loop_test(t, only_the_reversal_of_this_very_event_waited_for_it, 0, 2);
    tcase_add_loop_test(t, what_waits_and_is_no_event_is_damage, 0, 2);
    tcase_add_test(t, a_fund_that_is_ahead_of_the_clock_stays_there);
    tcase_add_test(t, a_part_that_is_ahead_of_its_whole_stays_there);
    tcase_add_loop_test(t, a_day_whose_sums_cannot_be_does_not_end, 0, 2);
    tcase_add_loop_test(t, without_its_policy_a_fund_takes_nothing, 0, 3);
    tcase_add_test(t, without_its_policy_a_fund_does_not_follow_the_clock);
    tcase_add_loop_test(t, a_fund_that_is_not_found_stops_the_clock, 0, 2);
    tcase_add_loop_test(t, a_day_of_a_whole_whose_parts_are_not_found_does_not_end_nor_does_a_month_close, 0,
                        2);
    tcase_add_test(t, a_place_whose_row_is_damaged_takes_nobody_in);
    tcase_add_loop_test(t, an_original_that_cannot_be_read_is_not_one_that_has_not_come, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
