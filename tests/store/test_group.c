/* What a group keeps from one event to the next. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fund/posting.h"
#include "store/group.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"
#include "wire/policy_codec.h"

#define FUNDS 10

static unsigned decoded;

const char *__real_policy_decode(struct policy_text text, struct policy *ret);
const char *__wrap_policy_decode(struct policy_text text, struct policy *ret);

const char *__wrap_policy_decode(struct policy_text text, struct policy *ret)
{
    decoded++;
    return __real_policy_decode(text, ret);
}

static const char *text(const char *prefix, unsigned a, unsigned b)
{
    static char id[32];
    snprintf(id, sizeof id, "%s-%u-%u", prefix, a, b);
    return id;
}

/* Funds whose policies are so many records more than the others' events apart. */
static void found(unsigned distance)
{
    struct policy policy = policy_default();
    policy.version = 2;
    for (unsigned fund = 0; fund < FUNDS; fund++) {
        uint32_t place = 130300 + fund;
        begin();
        add("bureau", of_fund(a_policy(text("p", fund, 0), 20240101, &policy), place));
        add("bureau", of_fund(an_opening(text("o", fund, 0), 20231231, 100000), place));
        for (unsigned i = 0; i < distance; i++)
            add("bureau", of_fund(a_settlement(text("s", fund, i), 20240101, 1), place));
        commit();
    }
}

static void pay_from_all(unsigned group)
{
    begin();
    for (unsigned i = 0; i < 5 * FUNDS; i++)
        add("hospital", of_fund(a_settlement(text("e", group, i), 20240101, 1), 130300 + i % FUNDS));
    commit();
}

START_TEST(policies_of_funds_that_take_turns_are_decoded_once)
{
    found((unsigned)_i);
    pay_from_all(0);
    decoded = 0;
    pay_from_all(1);
    ck_assert_uint_eq(decoded, 0);
}
END_TEST

/* --- What a group cannot do. --------------------------------------------------------- */

START_TEST(a_posting_beyond_half_of_int64_has_no_room)
{
    static const struct { int64_t gross, amount; bool room; } rows[] = {
        {0, INT64_MAX / 2, true}, {0, INT64_MAX / 2 + 1, false}, {1, INT64_MAX / 2, false},
        {0, -(INT64_MAX / 2), true}, {0, INT64_MIN, false}, {INT64_MAX / 2, INT64_MAX, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct group_fund fund = {.record.gross = rows[i].gross};
        struct posting posting = {.count = 1, .legs[0].amount.fen = rows[i].amount};
        ck_assert_int_eq(group_has_room_for(&fund, &posting), rows[i].room);
    }
}
END_TEST

START_TEST(a_fund_or_source_that_is_not_there_is_not_made_up)
{
    struct group_fund part = {.record.merged_into = 99};
    found(1);
    begin();
    ck_assert_ptr_null(group_fund_by_number(books, 99));
    ck_assert_ptr_null(group_whole(books, &part));
    group_move_wholes(books, &part);
    add("bureau", of_fund(a_day("d", 20240102), 130300));
    ck_assert_ptr_null(group_fund_by_number(books, 99));
    ck_assert_int_eq(books->txn.err, 0);
    ck_assert_int_eq(store_count_rejected(books, 99), -EILSEQ);
    ck_assert_int_eq(store_commit(books), -EILSEQ);
}
END_TEST

/* Which no event may say, but a record that somebody has changed. */
START_TEST(a_contribution_for_no_year_or_of_no_day_is_damage)
{
    static const struct { int32_t year; date_day date; int err; } rows[] = {
        {DATE_YEAR_MIN, 0, 0}, {DATE_YEAR_MAX, (1 << BOOKS_COLLECTED_BITS) - 1, 0},
        {DATE_YEAR_MIN - 1, 0, -EILSEQ}, {DATE_YEAR_MAX + 1, 0, -EILSEQ}, {INT32_MIN, 0, -EILSEQ},
        {2024, -1, -EILSEQ}, {2024, 1 << BOOKS_COLLECTED_BITS, -EILSEQ},
    };
    begin();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct group_fund fund = {.record.number = 1};
        books->txn.err = 0;
        group_collect(books, &fund, rows[i].year, rows[i].date, 5);
        ck_assert_int_eq(books->txn.err, rows[i].err);
    }
    ck_assert_ptr_nonnull(tally_sort(&books->days));
    ck_assert_uint_eq(books->days.count, 2);
    store_abort(books);
}
END_TEST

START_TEST(money_of_a_fund_without_a_policy_is_not_booked)
{
    uint8_t keys[FUNDS][16];
    unsigned count = 0;
    struct range range;
    struct applied applied;
    struct event event = of_fund(a_settlement("e", 20240101, 1), 130300);
    uint32_t source;
    found(0);
    begin();
    range_begin(&range, &books->txn, TABLE_POLICIES, "", 0, "", 0);
    while (range_next(&range))
        memcpy(keys[count++], range.key, sizeof keys[0]);
    range_end(&range);
    ck_assert_uint_eq(count, FUNDS);
    while (count > 0)
        txn_delete(&books->txn, TABLE_POLICIES, keys[--count], sizeof keys[0]);
    ck_assert_int_eq(store_source(books, "hospital", &source), 0);
    ck_assert_int_eq(store_apply(books, source, source, &event, &applied), -EILSEQ);
    store_abort(books);
    ck_assert_int_eq(apply(event).outcome, OUTCOME_APPLIED);
}
END_TEST

static struct leg a_leg(int32_t ymd)
{
    return (struct leg){.debit = ACCOUNT_A1, .credit = ACCOUNT_I11, .amount.fen = 5, .date = day(ymd)};
}

START_TEST(what_moves_a_closed_month_twice_is_one_event_of_it)
{
    struct posting posting = {
        .count = 4, .legs = {a_leg(20240102), a_leg(20240103), a_leg(20240204), a_leg(20240401)},
    };
    found(0);
    begin();
    struct group_fund *fund = group_fund(books, (struct fund){130300, SCHEME_RESIDENT});
    fund->record.closed = day(20240331);
    group_post(books, fund, &posting);
    const struct accumulator_slot *months = accumulator_sort(&books->restated);
    ck_assert_uint_eq(books->restated.count, 2);
    for (int i = 0; i < 2; i++) {
        const struct group_restated *month = months[i].value;
        ck_assert_uint_eq(month->moved.events, 1);
        ck_assert_int_eq(month->moved.lines.fen[ACCOUNT_A1], i == 0 ? 10 : 5);
    }
    store_abort(books);
}
END_TEST

START_TEST(a_policy_that_is_not_in_the_journal_is_none_in_a_backtest_either)
{
    struct otherwise otherwise = {.has_policy = true};
    struct group_fund fund = {
        .policy = {.position = 99999, .valid_from = INT32_MIN, .valid_until = INT32_MAX},
    };
    for (int i = 0; i < 2; i++) {
        books->otherwise = i == 0 ? NULL : &otherwise;
        begin();
        ck_assert_ptr_null(group_policy(books, &fund, day(20240101), UINT64_MAX));
        ck_assert_int_lt(books->txn.err, 0);
        store_abort(books);
    }
    books->otherwise = NULL;
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("group");
    TCase *t = tcase_create("policies");
    tcase_add_checked_fixture(t, books_setup_empty, books_teardown);
    tcase_add_loop_test(t, policies_of_funds_that_take_turns_are_decoded_once, 0, 64);
    suite_add_tcase(s, t);
    TCase *limits = tcase_create("limits");
    tcase_add_checked_fixture(limits, books_setup_empty, books_teardown);
    tcase_add_test(limits, a_posting_beyond_half_of_int64_has_no_room);
    tcase_add_test(limits, a_fund_or_source_that_is_not_there_is_not_made_up);
    tcase_add_test(limits, a_contribution_for_no_year_or_of_no_day_is_damage);
    tcase_add_test(limits, money_of_a_fund_without_a_policy_is_not_booked);
    tcase_add_test(limits, what_moves_a_closed_month_twice_is_one_event_of_it);
    tcase_add_test(limits, a_policy_that_is_not_in_the_journal_is_none_in_a_backtest_either);
    suite_add_tcase(s, limits);
    return s;
}
