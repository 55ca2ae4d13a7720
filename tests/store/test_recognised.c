/* Changes of recognition (store/recognised.h): every yuan of care and every payment counts once, whatever the
 * years before and behind say; each test ends with a verification. */
#include <errno.h>
#include <stdio.h>

#include "store/bytes.h"
#include "store/group.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define FEN INT64_C(1000)       /* what a unit of the figures below is */

static const struct {
    enum recognition before, after;
} changes[] = {
    {RECOGNISE_SETTLEMENT, RECOGNISE_DISBURSEMENT},
    {RECOGNISE_DISBURSEMENT, RECOGNISE_SETTLEMENT},
};

static uint32_t version;

static struct event policy_of(int32_t ymd, enum recognition recognition)
{
    static struct policy policy;
    char id[32];
    policy = policy_default();
    policy.ahead_days = 366;
    policy.recognition = (uint8_t)recognition;
    policy.version = ++version;
    snprintf(id, sizeof id, "policy-%u", (unsigned)version);
    return a_policy(id, ymd, &policy);
}

static void found(enum recognition recognition)
{
    version = 0;
    apply(policy_of(20221231, recognition));
    apply(an_opening("opening", 20221231, 1000 * FEN));
}

static struct event payment(const char *id, enum event_stage stage, int32_t ymd, int64_t fen)
{
    struct event e = an_expenditure(id, ymd, fen, CATEGORY_INPATIENT);
    e.kind = KIND_DISBURSEMENT;
    e.stage = (uint8_t)stage;
    e.present |= UINT32_C(1) << FIELD_STAGE;
    return e;
}

static struct event of_year(int year, struct event e)
{
    e.year = year;
    e.present |= UINT32_C(1) << FIELD_YEAR;
    return e;
}

static struct event clearing(const char *id, int year, int32_t ymd, int64_t fen, int64_t cleared)
{
    struct event e = of_year(year, payment(id, STAGE_CLEARING, ymd, fen));
    e.cleared.fen = cleared;
    e.present |= UINT32_C(1) << FIELD_CLEARED;
    return e;
}

static const char *named(const char *what, int32_t ymd)
{
    static char id[32];
    snprintf(id, sizeof id, "%s-%d", what, (int)ymd);
    return id;
}

static void take(struct event e)
{
    ck_assert_int_eq(add("tax", e).outcome, OUTCOME_APPLIED);
}

/* Twelve months of care of 100 and income of 100, and of `paid` on account. */
static void live(int year, int64_t paid)
{
    begin();
    for (int month = 1; month <= 12; month++) {
        int32_t ym = year * 10000 + month * 100;
        int32_t end = date_to_ymd(date_month_last(date_month_of(day(ym + 1))));
        take(a_settlement(named("bill", ym), ym + 10, 100 * FEN));
        take(payment(named("paid", ym), STAGE_PROVISIONAL, ym + 15, paid));
        take(a_fee(named("fee", ym), ym + 15, 100 * FEN));
        take(a_day(named("day", ym), end));
    }
    commit();
}

/* Of expenditure on care, provisional or final. */
static int64_t spent(int year)
{
    int32_t first = year * 10000 + 101, last = year * 10000 + 1231;
    return line(ACCOUNT_E11, first, last) + line(account_provisional(ACCOUNT_E11), first, last);
}

static int64_t provisional_now(void)
{
    struct amount sum;
    struct fund_view fund = fund_now();
    ck_assert(lines_provisional(&fund.trailing.closed, &sum));
    return sum.fen;
}

/* Nothing is owed to hospitals, in the books or beside them, and nothing of the year on account. */
static void check_all_is_paid(void)
{
    ck_assert_int_eq(line(ACCOUNT_L1, 20220101, 20251231), 0);
    ck_assert_int_eq(line(ACCOUNT_M1, 20220101, 20251231), 0);
    struct fund_view fund = fund_now();
    ck_assert_int_eq(fund.owing.booked.fen, 0);
    ck_assert_int_eq(fund.owing.incurred.fen, 0);
    ck_assert_int_eq(provisional_now(), 0);
}

/* 1,000 to begin with; 100 comes in a month, and 100 of care is all paid in the end, of 2023 by a clearing in
 * 2024: 1,000 are left, whoever changed what between the two years. */
START_TEST(a_change_with_a_new_year_counts_all_care_once)
{
    bool was_settled = changes[_i].before == RECOGNISE_SETTLEMENT;
    found(changes[_i].before);
    live(2023, 90 * FEN);
    ck_assert_int_eq(balance(), (was_settled ? 1000 : 1120) * FEN);
    ck_assert_int_eq(outcome_of(policy_of(20240101, changes[_i].after)), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(clearing("c23", 2023, 20240320, 120 * FEN, 1080 * FEN)), OUTCOME_APPLIED);
    books_reopen();
    live(2024, 100 * FEN);
    ck_assert_int_eq(outcome_of(clearing("c24", 2024, 20241231, 0, 1200 * FEN)), OUTCOME_APPLIED);
    ck_assert_int_eq(balance(), 1000 * FEN);
    ck_assert_int_eq(spent(2023), (was_settled ? 1200 : 1080) * FEN);
    ck_assert_int_eq(spent(2024), (was_settled ? 1200 : 1320) * FEN);
    check_all_is_paid();
    struct fund_view fund = fund_now();
    struct indicator runway = indicator_runway(&fund.runway, 1);
    ck_assert_int_eq(runway.why, COMPUTABLE);
    ck_assert_int_eq(ratio_round(runway.value, 2), was_settled ? 1000 : 909);
}
END_TEST

/* The old year's bills and payments follow it, however late they come, and so does what takes them back. */
START_TEST(what_is_of_the_old_year_is_recognised_as_it_was)
{
    bool was_settled = changes[_i].before == RECOGNISE_SETTLEMENT;
    found(changes[_i].before);
    live(2023, 90 * FEN);
    apply(policy_of(20240101, changes[_i].after));
    apply(a_settlement("late", 20231220, 30 * FEN));
    ck_assert_int_eq(spent(2023), (was_settled ? 1230 : 1080) * FEN);
    apply(of_year(2023, payment("for-december", STAGE_PROVISIONAL, 20240110, 10 * FEN)));
    apply(of_year(2023, payment("refused", STAGE_DEDUCTION, 20240112, 5 * FEN)));
    ck_assert_int_eq(spent(2024), (was_settled ? -5 : 10) * FEN);
    ck_assert_int_eq(-line(ACCOUNT_L1, 20220101, 20241231), was_settled ? 135 * FEN : 0);
    ck_assert_int_eq(line(ACCOUNT_M1, 20220101, 20241231), was_settled ? 0 : 135 * FEN);
    apply(a_settlement("new", 20240110, 7 * FEN));
    ck_assert_int_eq(spent(2024), (was_settled ? -5 : 17) * FEN);
    ck_assert_int_eq(line(ACCOUNT_M1, 20240101, 20241231), was_settled ? 7 * FEN : -15 * FEN);
}
END_TEST

START_TEST(what_is_taken_back_across_a_change_leaves_nothing)
{
    found(changes[_i].before);
    live(2023, 90 * FEN);
    apply(policy_of(20240101, changes[_i].after));
    apply(a_day("d", 20240401));
    struct fund_view before = fund_now();
    apply(clearing("c", 2023, 20240320, 120 * FEN, 1080 * FEN));
    apply(a_reversal("C", 20240325, "c"));
    struct fund_view after = fund_now();
    ck_assert_int_eq(after.balance.fen, before.balance.fen);
    ck_assert_int_eq(after.owing.booked.fen, before.owing.booked.fen);
    ck_assert_int_eq(after.owing.incurred.fen, before.owing.incurred.fen);
    ck_assert_int_eq(provisional_now(), changes[_i].before == RECOGNISE_SETTLEMENT ? 0 : 810 * FEN);
    apply(clearing("again", 2023, 20240330, 120 * FEN, 1080 * FEN));
    ck_assert_int_eq(balance(), 1000 * FEN);
    check_all_is_paid();
    apply(a_settlement("wrong", 20231220, 30 * FEN));
    apply(a_reversal("right", 20240210, "wrong"));
    apply(a_reversal("sooner", 20240212, "later"));
    apply(of_year(2023, payment("later", STAGE_DEDUCTION, 20240211, 17 * FEN)));
    ck_assert_int_eq(balance(), 1000 * FEN);
    check_all_is_paid();
}
END_TEST

/* --- What cannot change ------------------------------------------------------------------ */

static void refused(struct event e, enum hindrance_why why, int32_t ymd)
{
    struct applied applied = apply(e);
    ck_assert_int_eq(applied.outcome, OUTCOME_REJECTED);
    ck_assert_int_eq(applied.reject, REJECT_BAD_MOVE);
    ck_assert_str_eq(applied.key, "policy");
    ck_assert_int_eq(applied.hindrance.why, why);
    ck_assert_int_eq(applied.hindrance.day, day(ymd));
}

START_TEST(within_a_year_recognition_cannot_change)
{
    enum recognition before = changes[_i].before, after = changes[_i].after;
    found(before);
    apply(a_day("d", 20231231));
    refused(policy_of(20240701, after), HINDRANCE_MID_YEAR, 20240701);
    refused(policy_of(20231231, after), HINDRANCE_MID_YEAR, 20231231);
    ck_assert_int_eq(outcome_of(policy_of(20230701, before)), OUTCOME_APPLIED);
    refused(policy_of(20230101, after), HINDRANCE_MID_YEAR, 20230701);
    refused(policy_of(20220101, after), HINDRANCE_MID_YEAR, 20221231);
    ck_assert_int_eq(outcome_of(policy_of(20240101, after)), OUTCOME_APPLIED);
    refused(policy_of(20240301, before), HINDRANCE_MID_YEAR, 20240301);
    refused(policy_of(20231001, after), HINDRANCE_MID_YEAR, 20231001);
    ck_assert_int_eq(outcome_of(policy_of(20240301, after)), OUTCOME_APPLIED);
    refused(policy_of(20240101, before), HINDRANCE_MID_YEAR, 20240301);
}
END_TEST

/* Whoever founded a fund otherwise than he meant says so by a policy of the same day. */
START_TEST(a_policy_of_the_same_day_takes_the_place_of_the_first)
{
    found(changes[_i].before);
    ck_assert_int_eq(outcome_of(policy_of(20221231, changes[_i].after)), OUTCOME_APPLIED);
    apply(of_year(2021, payment("old", STAGE_PROVISIONAL, 20230110, 10 * FEN)));
    ck_assert_int_eq(spent(2023), changes[_i].after == RECOGNISE_DISBURSEMENT ? 10 * FEN : 0);
    refused(policy_of(20221231, changes[_i].before), HINDRANCE_RECOGNISED, 20210101);
    refused(policy_of(20220101, changes[_i].before), HINDRANCE_MID_YEAR, 20221231);
}
END_TEST

/* A fee, or a payment to no hospital, is of no year that is recognised in some way. */
START_TEST(a_year_of_which_something_is_booked_cannot_change)
{
    static const char *const booked[] = {"bill", "paid", "held"};
    enum recognition before = changes[_i % 2].before, after = changes[_i % 2].after;
    found(before);
    apply(a_fee("fee", 20230105, 500 * FEN));
    apply(an_expenditure("other", 20230105, 5 * FEN, CATEGORY_INPATIENT));
    struct event lent = payment("lent", STAGE_ADVANCE, 20230105, 5 * FEN);
    lent.present &= ~(UINT32_C(1) << FIELD_CATEGORY);
    ck_assert_int_eq(outcome_of(lent), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(policy_of(20230101, after)), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(policy_of(20230101, before)), OUTCOME_APPLIED);
    const char *what = booked[_i / 2];
    apply(_i / 2 == 0 ? a_settlement(what, 20230105, 5 * FEN)
        : payment(what, _i / 2 == 1 ? STAGE_PROVISIONAL : STAGE_RETENTION, 20230105, 5 * FEN));
    refused(policy_of(20230101, after), HINDRANCE_RECOGNISED, 20230101);
    apply(a_reversal("back", 20230106, what));
    refused(policy_of(20230101, after), HINDRANCE_RECOGNISED, 20230101);
    ck_assert_int_eq(outcome_of(policy_of(20230601, before)), OUTCOME_APPLIED);
    apply(of_year(2025, payment("ahead", STAGE_PROVISIONAL, 20230107, 5 * FEN)));
    apply(a_day("d", 20231231));
    refused(policy_of(20240101, after), HINDRANCE_RECOGNISED, 20250101);
}
END_TEST

/* One year between two others, before anything of it is booked. */
START_TEST(a_year_changes_by_itself)
{
    found(changes[_i].before);
    live(2023, 90 * FEN);
    apply(a_day("d", 20240401));
    apply(policy_of(20250101, changes[_i].before));
    apply(of_year(2025, payment("ahead", STAGE_PROVISIONAL, 20240107, 5 * FEN)));
    ck_assert_int_eq(outcome_of(policy_of(20240101, changes[_i].after)), OUTCOME_APPLIED);
    int64_t spent_before = spent(2024);
    apply(a_settlement("bill", 20240201, 3 * FEN));
    ck_assert_int_eq(spent(2024) - spent_before, changes[_i].after == RECOGNISE_SETTLEMENT ? 3 * FEN : 0);
}
END_TEST

/* --- Damage ------------------------------------------------------------------------------ */

static void damage(enum table table, const void *key, size_t size, const void *value, size_t value_size)
{
    txn_put(&books->txn, table, key, size, value, value_size);
    ck_assert_int_eq(books->txn.err, 0);
}

static void fails(struct event e)
{
    struct applied applied;
    ck_assert_int_eq(store_apply(books, 1, 1, &e, &applied), -EILSEQ);
    store_abort(books);
}

START_TEST(a_damaged_row_of_a_year_stops_the_group)
{
    static const uint8_t key[] = {0, 0, 0, 1, 2023 >> 8, 2023 & 0xff};
    found(RECOGNISE_SETTLEMENT);
    apply(a_settlement("bill", 20230110, 5));
    struct event events[] = {
        a_settlement("next", 20230110, 5), a_reversal("r", 20230111, "bill"),
    };
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        begin();
        damage(TABLE_RECOGNISED, key, sizeof key, "\1\1", 2);
        fails(events[i]);
    }
    ck_assert_int_eq(outcome_of(events[1]), OUTCOME_APPLIED);
}
END_TEST

/* Rows of `policies` that name an event which is none, for what asks for them: the next policy, a bill of
 * their year, an opening balance. */
START_TEST(a_policy_that_cannot_be_read_stops_the_group)
{
    static const int32_t damaged[] = {20230301, 20230401, 20230601, 20231201, 20221231};
    uint8_t key[16], version_of_it[4] = {2};
    found(RECOGNISE_SETTLEMENT);
    apply(a_fee("fee", 20230110, 5));
    key_u32(key, 1);
    key_i32(key + 4, day(damaged[_i]));
    key_u64(key + 8, position());
    begin();
    damage(TABLE_POLICIES, key, sizeof key, version_of_it, sizeof version_of_it);
    version = 2;
    fails(_i < 3 ? policy_of(20230401, RECOGNISE_SETTLEMENT)
        : _i == 3 ? a_settlement("bill", 20230110, 5) : an_opening("another", 20221231, 5));
}
END_TEST

Suite *suite(void);
Suite *suite(void)
{
    Suite *s = suite_create("recognised");
    TCase *t = tcase_create("changes");
    tcase_add_checked_fixture(t, books_setup_empty, books_teardown_verified);
    tcase_add_loop_test(t, a_change_with_a_new_year_counts_all_care_once, 0, 2);
    tcase_add_loop_test(t, what_is_of_the_old_year_is_recognised_as_it_was, 0, 2);
    tcase_add_loop_test(t, what_is_taken_back_across_a_change_leaves_nothing, 0, 2);
    tcase_add_loop_test(t, within_a_year_recognition_cannot_change, 0, 2);
    tcase_add_loop_test(t, a_policy_of_the_same_day_takes_the_place_of_the_first, 0, 2);
    tcase_add_loop_test(t, a_year_of_which_something_is_booked_cannot_change, 0, 6);
    tcase_add_loop_test(t, a_year_changes_by_itself, 0, 2);
    suite_add_tcase(s, t);
    TCase *damaged = tcase_create("damage");
    tcase_add_checked_fixture(damaged, books_setup_empty, books_teardown_verified);
    tcase_add_test(damaged, a_damaged_row_of_a_year_stops_the_group);
    tcase_add_loop_test(damaged, a_policy_that_cannot_be_read_stops_the_group, 0, 5);
    suite_add_tcase(s, damaged);
    return s;
}
