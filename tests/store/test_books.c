/* Rows of the books, one by one: what is asked of them, and that a row which says nonsense, or sums which no
 * books can have, are told as damage and never counted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/bytes.h"
#include "store/derivations.h"
#include "store/group.h"
#include "store/view.h"
#include "store/parts.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static struct txn txn;

static void setup(void)
{
    books_setup();
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
}

static void teardown(void)
{
    txn_abort(&txn);
    books_teardown();
}

/* --- Rows that no books would write. ----------------------------------------------------- */

#define TOO_MUCH INT64_MAX
#define DAY      19800           /* 2024-03-18 */
#define MONTH    (2024 * 12)

static const struct parts one = {.count = 1, .items = {{1, INT32_MIN}}};
static const struct parts two = {.count = 2, .items = {{1, INT32_MIN}, {2, INT32_MIN}}};

/* A key of a fund and then what a table wants. */
struct key {
    size_t size;
    uint8_t bytes[16];
};

static struct key of_fund_and_day(uint32_t fund, date_day at)
{
    struct key key = {8, {0}};
    key_u32(key.bytes, fund);
    key_i32(key.bytes + 4, at);
    return key;
}

static void put(enum table table, struct key key, const void *value, size_t size)
{
    txn_put(&txn, table, key.bytes, key.size, value, size);
}

static void put_fen(enum table table, struct key key, int64_t fen)
{
    uint8_t v[8];
    put_i64(v, fen);
    put(table, key, v, sizeof v);
}

static void put_lines(enum table table, struct key key, int64_t fen)
{
    struct lines lines = {0};
    uint8_t v[BOOKS_LINES_SIZE];
    lines.fen[ACCOUNT_I11] = -fen;
    put(table, key, v, books_put_lines(&lines, v));
}

static struct key received_key(uint32_t fund, date_day at)
{
    struct key key = {11, {0}};
    key_u32(key.bytes, fund);
    key_u16(key.bytes + 4, 2024);
    key.bytes[6] = CATEGORY_CENTRAL;
    key_i32(key.bytes + 7, at);
    return key;
}

static struct key collected_key(uint32_t fund, date_day at)
{
    struct key key = {10, {0}};
    key_u32(key.bytes, fund);
    key_u16(key.bytes + 4, 2024);
    key_i32(key.bytes + 6, at);
    return key;
}

/* Of the sort of sums (derivations.c). */
static struct key derivation_key(uint8_t sort, int year, date_day at)
{
    struct key key = {12, {0}};
    key_u32(key.bytes, 1);
    key.bytes[4] = sort;
    key_u16(key.bytes + 5, (uint16_t)year);
    key_i32(key.bytes + 8, at);
    return key;
}

static struct key restated_key(date_month month, date_day closed)
{
    struct key key = {12, {0}};
    key_u32(key.bytes, 1);
    key_i32(key.bytes + 4, month);
    key_i32(key.bytes + 8, closed);
    return key;
}

static void received(const struct parts *parts)
{
    books_received(&txn, parts, 2024, CATEGORY_CENTRAL, INT32_MAX);
}

static void a_subsidy_of_nine_bytes(void)
{
    put(TABLE_RECEIVED, received_key(1, DAY), "123456789", 9);
    received(&one);
}

static void subsidies_of_two_days_overflow(void)
{
    put_fen(TABLE_RECEIVED, received_key(1, DAY), TOO_MUCH);
    put_fen(TABLE_RECEIVED, received_key(1, DAY + 1), 1);
    received(&one);
}

static void subsidies_of_two_funds_overflow(void)
{
    put_fen(TABLE_RECEIVED, received_key(1, DAY), TOO_MUCH);
    put_fen(TABLE_RECEIVED, received_key(2, DAY), 1);
    received(&two);
}

static void a_subsidy_more_overflows(void)
{
    put_fen(TABLE_RECEIVED, received_key(1, DAY), TOO_MUCH);
    books_add_received(&txn, 1, 2024, CATEGORY_CENTRAL, DAY, (struct amount){1});
}

static void contributions_of_nine_bytes(void)
{
    put(TABLE_COLLECTED, collected_key(1, DAY), "123456789", 9);
    books_collected(&txn, &one, 2024, INT32_MAX);
}

static void contributions_of_two_days_overflow(void)
{
    put_fen(TABLE_COLLECTED, collected_key(1, DAY), TOO_MUCH);
    put_fen(TABLE_COLLECTED, collected_key(1, DAY + 1), 1);
    books_collected(&txn, &one, 2024, INT32_MAX);
}

static void contributions_of_two_funds_overflow(void)
{
    put_fen(TABLE_COLLECTED, collected_key(1, DAY), TOO_MUCH);
    put_fen(TABLE_COLLECTED, collected_key(2, DAY), 1);
    books_collected(&txn, &two, 2024, INT32_MAX);
}

static void a_contribution_more_overflows(void)
{
    put_fen(TABLE_COLLECTED, collected_key(1, DAY), TOO_MUCH);
    const struct tally_entry sum = {.sum = 1};
    books_add_day(&txn, 1, books_collected_period(2024, DAY), &sum, 1);
}

static void ask_lines(void)
{
    struct lines lines;
    books_lines(&txn, 1, DAY, DAY + 1, &lines);
}

static void a_day_without_its_accounts(void)
{
    put(TABLE_DAYS, of_fund_and_day(1, DAY), "1234", 4);
    ask_lines();
}

static void a_day_that_lacks_an_amount(void)
{
    put(TABLE_DAYS, of_fund_and_day(1, DAY), "\3\0\0\0\0\0\0\0\1", 9);
    ask_lines();
}

static void a_day_with_an_amount_too_many(void)
{
    put(TABLE_DAYS, of_fund_and_day(1, DAY), "\1\0\0\0\0\0\0\0\1\1", 10);
    ask_lines();
}

static void an_account_of_two_days_overflows(void)
{
    put_lines(TABLE_DAYS, of_fund_and_day(1, DAY), TOO_MUCH);
    put_lines(TABLE_DAYS, of_fund_and_day(1, DAY + 1), TOO_MUCH);
    ask_lines();
}

static void add_to_day(int64_t fen)
{
    struct tally_entry sum = {books_sum_key(1, DAY, ACCOUNT_I11), fen};
    books_add_day(&txn, 1, DAY, &sum, 1);
}

static void money_for_a_day_that_lacks_an_amount(void)
{
    put(TABLE_DAYS, of_fund_and_day(1, DAY), "\3\0\0\0\0\0\0\0\1", 9);
    add_to_day(1);
}

static void money_for_a_day_with_an_amount_too_many(void)
{
    put(TABLE_DAYS, of_fund_and_day(1, DAY), "\1\0\0\0\0\0\0\0\1\1", 10);
    add_to_day(1);
}

static void money_that_a_day_has_no_room_for(void)
{
    put_lines(TABLE_DAYS, of_fund_and_day(1, DAY), -TOO_MUCH);
    add_to_day(1);
}

static struct fund_record recorded(uint32_t number)
{
    return (struct fund_record){.number = number, .books_date = DAY, .start = DAY};
}

/* Two accounts, each of which fits. */
static void a_balance_overflows(void)
{
    struct fund_record record = recorded(1);
    struct lines lines = {0};
    uint8_t v[BOOKS_LINES_SIZE];
    lines.fen[ACCOUNT_I11] = -TOO_MUCH;
    lines.fen[ACCOUNT_I12] = -TOO_MUCH;
    put(TABLE_DAYS, of_fund_and_day(1, DAY), v, books_put_lines(&lines, v));
    books_balance(&txn, &record, DAY + 1, DAY + 1);
}

#define A_PART ((struct fund){130299, SCHEME_RESIDENT})

/* The fund 1 as the whole of a fund 2 that has so much. */
static struct fund_record whole_of(int64_t fen)
{
    struct fund_record whole = recorded(1), part = recorded(2);
    part.balance.fen = fen;
    parts_put(&txn, &part, &whole, DAY);
    books_put_fund(&txn, A_PART, &part);
    return whole;
}

static void the_balance_of_a_whole_overflows(void)
{
    struct fund_record whole = whole_of(1);
    whole.balance.fen = TOO_MUCH;
    books_balance(&txn, &whole, DAY, DAY);
}

static void the_lines_of_a_whole_overflow(void)
{
    struct lines lines;
    put_lines(TABLE_DAYS, of_fund_and_day(1, DAY), TOO_MUCH);
    put_lines(TABLE_DAYS, of_fund_and_day(2, DAY), TOO_MUCH);
    books_lines_of(&txn, &two, DAY, DAY, &lines);
}

static void a_part_that_is_no_fund(void)
{
    struct fund_record whole = whole_of(1);
    books_beginning(&txn, &whole, &(struct parts){.count = 2, .items = {{1, DAY}, {99, DAY}}});
}

static void a_number_of_no_fund(void)
{
    struct fund fund;
    struct fund_record record;
    uint8_t of_99[4];
    key_u32(of_99, 99);
    txn_put(&txn, TABLE_FUND_NUMBERS, of_99, sizeof of_99, "\0\1\0\0\0\2", 6);
    ck_assert(!books_fund_by_number(&txn, 99, &fund, &record));
    if (txn.err == 0)
        a_part_that_is_no_fund();
}

static void ask_normal(void)
{
    struct normal normal = {.position.books_date = 4711};
    ck_assert(!books_normal(&txn, 1, &normal));
    ck_assert_int_eq(normal.position.books_date, 4711);
}

static struct key of_fund_1(void)
{
    struct key key = {4, {0}};
    key_u32(key.bytes, 1);
    return key;
}

static void a_normal_runway_cut_short(void)
{
    put(TABLE_NORMAL, of_fund_1(), "12345678901234567", 17);
    ask_normal();
}

/* Its last month ended in 2024, and it says that there are lines. */
static void a_normal_runway_with_half_its_lines(void)
{
    uint8_t v[19] = {[18] = 1};
    put_i32(v + 13, MONTH);
    put(TABLE_NORMAL, of_fund_1(), v, sizeof v);
    ask_normal();
}

static void a_normal_runway_without_lines(void)
{
    put(TABLE_NORMAL, of_fund_1(), "1234567890123456789", 19);
    ask_normal();
}

static void a_policy_that_is_not_in_the_journal(void)
{
    struct policy policy;
    ck_assert_int_eq(books_policy(NULL, &txn, 1 << 20, &policy), -EILSEQ);
    txn.err = -EILSEQ;                  /* it is told by what it returns */
}

static void derivations_sum(uint8_t sort, const void *value, size_t size)
{
    put(TABLE_DERIVATIONS, derivation_key(sort, sort == 1 ? 0 : 2024, DAY), value, size);
}

static void derived_lines_cut_short(void)
{
    struct lines lines;
    derivations_sum(1, "1234", 4);
    derivations_lines(&txn, &one, DAY, DAY, &lines);
}

static void derived_lines_overflow(void)
{
    struct lines lines;
    put_lines(TABLE_DERIVATIONS, derivation_key(1, 0, DAY), TOO_MUCH);
    put_lines(TABLE_DERIVATIONS, derivation_key(1, 0, DAY + 1), TOO_MUCH);
    derivations_lines(&txn, &one, DAY, DAY + 1, &lines);
}

static void a_derived_balance_overflows(void)
{
    struct lines lines = {0};
    uint8_t v[BOOKS_LINES_SIZE];
    lines.fen[ACCOUNT_I11] = -TOO_MUCH;
    lines.fen[ACCOUNT_I12] = -TOO_MUCH;
    derivations_sum(1, v, books_put_lines(&lines, v));
    derivations_balance(&txn, &one, DAY);
}

static void a_derived_sum_of_nine_bytes(void)
{
    derivations_sum(3, "123456789", 9);
    derivations_collected(&txn, &one, 2024, DAY);
}

static void derived_sums_overflow(void)
{
    put_fen(TABLE_DERIVATIONS, derivation_key(3, 2024, DAY), TOO_MUCH);
    put_fen(TABLE_DERIVATIONS, derivation_key(3, 2024, DAY + 1), 1);
    derivations_collected(&txn, &one, 2024, DAY + 1);
}

static void derived_persons_of_two_groups_overflow(void)
{
    struct key second = derivation_key(4, 2024, DAY);
    put_fen(TABLE_DERIVATIONS, second, TOO_MUCH);
    second.bytes[7] = 1;
    put_fen(TABLE_DERIVATIONS, second, 1);
    derivations_persons(&txn, &one, 2024, DAY);
}

static void post_derived(void)
{
    struct posting posting = {.count = 1};
    posting.legs[0] = (struct leg){.date = DAY, .debit = ACCOUNT_A1, .credit = ACCOUNT_I11, .amount = {1}};
    derivations_post(&txn, 1, &posting);
}

static void a_posting_on_derived_lines_cut_short(void)
{
    derivations_sum(1, "1234", 4);
    post_derived();
}

static void a_posting_that_derived_lines_have_no_room_for(void)
{
    put_lines(TABLE_DERIVATIONS, derivation_key(1, 0, DAY), TOO_MUCH);
    post_derived();
    ck_assert_int_eq(txn.err, 0);       /* the last fen that there is room for */
    post_derived();
}

static void a_derived_fee_that_its_sum_has_no_room_for(void)
{
    struct event fee = a_fee("f", 20240105, 1);
    put_fen(TABLE_DERIVATIONS, derivation_key(3, fee.year, DAY), TOO_MUCH);
    derivations_add(&txn, 1, &fee, DAY, +1);
}

static void a_derived_fee_whose_sum_has_nine_bytes(void)
{
    struct event fee = a_fee("f", 20240105, 1);
    put(TABLE_DERIVATIONS, derivation_key(3, fee.year, DAY), "123456789", 9);
    derivations_add(&txn, 1, &fee, DAY, +1);
}

static void moved(void)
{
    struct amount amount;
    (void)!restated_moved(&txn, &one, MONTH, MONTH + 1, &amount);
}

static void what_moved_without_a_count(void)
{
    put(TABLE_RESTATED, restated_key(MONTH, DAY), "", 0);
    moved();
}

static void what_moved_without_lines(void)
{
    put(TABLE_RESTATED, restated_key(MONTH, DAY), "\1\1", 2);
    moved();
}

static void put_moved(struct key key, int64_t fen)
{
    struct lines lines = {0};
    uint8_t v[10 + BOOKS_LINES_SIZE];
    lines.fen[ACCOUNT_I11] = fen;
    size_t size = put_varint(v, 1);
    put(TABLE_RESTATED, key, v, size + books_put_lines(&lines, v + size));
}

static void what_moved_in_a_month_overflows(void)
{
    put_moved(restated_key(MONTH, DAY), TOO_MUCH);
    put_moved(restated_key(MONTH, DAY + 1), TOO_MUCH);
    moved();
}

static void more_moves_where_none_can_be_read(void)
{
    const struct restated addend = {.events = 1};
    put(TABLE_RESTATED, restated_key(MONTH, DAY), "", 0);
    restated_add(&txn, 1, MONTH, DAY, &addend);
}

static void a_close_of_nine_bytes(void)
{
    date_day at;
    uint64_t position;
    put(TABLE_CLOSES, of_fund_and_day(1, DAY), "123456789", 9);
    ck_assert(!restated_close_of(&txn, 1, 0, &at, &position));
}

static bool no_life([[maybe_unused]] void *arg, [[maybe_unused]] const struct life_view *life)
{
    ck_abort_msg("what cannot be read is told of as a life");
}

/* Of the institution "x", behind so many bytes of the key's head. */
static void ask_lives(enum table table, size_t head, const void *value, size_t size)
{
    uint8_t key[PAYOUT_KEY_MAX] = {0};
    key_u32(key, 1);
    if (table == TABLE_PAYOUTS) {
        key_u16(key + 4, 2024);
        key[6] = CATEGORY_INPATIENT;
    }
    key[head] = 'x';
    txn_put(&txn, table, key, head + 1, value, size);
    payouts_each(&txn, 1, 2024, NULL, no_life, NULL);
}

static void a_payout_of_nothing(void)
{
    ask_lives(TABLE_PAYOUTS, PAYOUT_HEAD, "", 0);
}

static void a_payout_cut_short(void)
{
    ask_lives(TABLE_PAYOUTS, PAYOUT_HEAD, "\1\1", 2);
}

static void an_advance_of_nothing(void)
{
    ask_lives(TABLE_ADVANCES, ADVANCE_HEAD, "\1", 1);
}

static void an_advance_with_a_byte_too_many(void)
{
    ask_lives(TABLE_ADVANCES, ADVANCE_HEAD, "\1\1\1", 3);
}

static void (*const damages[])(void) = {
    a_payout_of_nothing,
    a_payout_cut_short,
    an_advance_of_nothing,
    an_advance_with_a_byte_too_many,
    a_subsidy_of_nine_bytes,
    subsidies_of_two_days_overflow,
    subsidies_of_two_funds_overflow,
    a_subsidy_more_overflows,
    contributions_of_nine_bytes,
    contributions_of_two_days_overflow,
    contributions_of_two_funds_overflow,
    a_contribution_more_overflows,
    a_day_without_its_accounts,
    a_day_that_lacks_an_amount,
    a_day_with_an_amount_too_many,
    an_account_of_two_days_overflows,
    money_for_a_day_that_lacks_an_amount,
    money_for_a_day_with_an_amount_too_many,
    money_that_a_day_has_no_room_for,
    a_balance_overflows,
    the_balance_of_a_whole_overflows,
    the_lines_of_a_whole_overflow,
    a_part_that_is_no_fund,
    a_number_of_no_fund,
    a_normal_runway_cut_short,
    a_normal_runway_without_lines,
    a_normal_runway_with_half_its_lines,
    a_policy_that_is_not_in_the_journal,
    derived_lines_cut_short,
    derived_lines_overflow,
    a_derived_balance_overflows,
    a_derived_sum_of_nine_bytes,
    derived_sums_overflow,
    a_posting_on_derived_lines_cut_short,
    a_posting_that_derived_lines_have_no_room_for,
    a_derived_fee_that_its_sum_has_no_room_for,
    a_derived_fee_whose_sum_has_nine_bytes,
    derived_persons_of_two_groups_overflow,
    what_moved_without_a_count,
    what_moved_without_lines,
    what_moved_in_a_month_overflows,
    more_moves_where_none_can_be_read,
    a_close_of_nine_bytes,
};

START_TEST(what_no_books_can_say_is_damage)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        damages[i]();
        ck_assert_msg(txn.err == -EILSEQ, "the damage %zu: %d", i, txn.err);
        txn_abort(&txn);
        ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    }
}
END_TEST

START_TEST(what_is_derived_is_added_up_and_taken_back)
{
    struct event fee = a_fee("f", 20240105, 1);
    derivations_add(&txn, 1, &fee, DAY, +1);
    derivations_add(&txn, 1, &fee, DAY, +1);
    derivations_add(&txn, 1, &fee, DAY, -1);
    ck_assert(derivations_collected(&txn, &one, fee.year, DAY));
    derivations_add(&txn, 1, &fee, DAY, -1);
    ck_assert(!derivations_collected(&txn, &one, fee.year, DAY));
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

/* Behind an error of another kind nobody looks, and it stays the error. */
START_TEST(the_first_error_stays)
{
    struct fund_record whole = whole_of(1);
    txn.err = -ENOSPC;
    a_part_that_is_no_fund();
    ck_assert_int_eq(txn.err, -ENOSPC);
    (void)whole;
}
END_TEST

/* A row that is there and one that is not; of another size, or too much together. */
START_TEST(a_contribution_is_added_to_its_row_or_the_row_is_damage)
{
    uint8_t old[BOOKS_COLLECTED_SIZE + 1] = {0}, sum[BOOKS_COLLECTED_SIZE] = {0};
    ck_assert(books_add_to_collected(old, 0, -7, sum));
    ck_assert_int_eq(get_i64(sum), -7);
    put_i64(old, INT64_MAX - 5);
    ck_assert(books_add_to_collected(old, BOOKS_COLLECTED_SIZE, 5, sum));
    ck_assert_int_eq(get_i64(sum), INT64_MAX);
    ck_assert(!books_add_to_collected(old, BOOKS_COLLECTED_SIZE, 6, sum));
    ck_assert(!books_add_to_collected(old, BOOKS_COLLECTED_SIZE - 1, 5, sum));
    ck_assert(!books_add_to_collected(old, BOOKS_COLLECTED_SIZE + 1, 5, sum));
    ck_assert_int_eq(get_i64(sum), INT64_MAX);
}
END_TEST

/* --- What was known before a position. ----------------------------------------------------- */

START_TEST(a_policy_that_came_later_was_not_known_before)
{
    const struct policy_ref first = {.from = DAY, .position = 10, .version = 2};
    const struct policy_ref earlier = {.from = DAY - 9, .position = 20, .version = 1};
    struct policy_ref found;
    books_put_policy(&txn, 7, &first);
    books_put_policy(&txn, 7, &earlier);
    ck_assert(books_policy_ref(&txn, 7, DAY - 5, UINT64_MAX, &found));
    ck_assert_uint_eq(found.position, 20);
    ck_assert_int_eq(found.valid_until, DAY);
    ck_assert(books_policy_ref(&txn, 7, DAY - 5, 20, &found));
    ck_assert_uint_eq(found.position, 10);
    ck_assert_int_eq(found.valid_from, INT32_MIN);
    ck_assert(!books_policy_ref(&txn, 7, DAY, 10, &found));
    ck_assert_uint_eq(books_policy_version(&txn, 7), 2);
    const struct policy_ref later = {.from = DAY + 9, .position = 5, .version = 1};
    books_put_policy(&txn, 7, &later);
    ck_assert_uint_eq(books_policy_version(&txn, 7), 2);
}
END_TEST

static void put_policy_of(date_day from, uint32_t version, unsigned split_count)
{
    static const uint32_t heirs[] = {440701, 440702};
    struct policy policy = policy_default();
    policy.version = version;
    policy.split_count = (uint8_t)split_count;
    memcpy(policy.split_into, heirs, split_count * sizeof *heirs);
    struct event event = a_policy("p", 20240101, &policy);
    const struct policy_ref ref = {
        .from = from, .position = group_append(books, 1, 1, &event), .version = version,
    };
    books_put_policy(&books->txn, 7, &ref);
}

START_TEST(a_place_is_split_since_the_first_of_the_policies_that_say_so)
{
    txn_abort(&txn);
    uint64_t fee = apply(a_fee("f", 20240105, 1)).position;
    begin();
    put_policy_of(DAY, 1, 2);                   /* which the next one took back */
    put_policy_of(DAY + 10, 2, 0);
    put_policy_of(DAY + 20, 3, 2);
    put_policy_of(DAY + 30, 4, 2);
    for (int since = 20; since <= 30; since += 10)
        ck_assert_int_eq(books_split_since(&books->journal, &books->txn, 7, DAY + since), DAY + 20);
    for (uint32_t fund = 7; fund <= 8; fund++)  /* the other one has no policy */
        ck_assert_int_eq(books_split_since(&books->journal, &books->txn, fund, DAY), DAY);
    ck_assert_int_eq(books->txn.err, 0);
    const struct policy_ref none = {.from = DAY + 25, .position = fee, .version = 5};
    books_put_policy(&books->txn, 7, &none);
    books_split_since(&books->journal, &books->txn, 7, DAY + 30);
    ck_assert_int_eq(books->txn.err, -EILSEQ);
    store_abort(books);
}
END_TEST

/* The only events are the fund's policy and the fee of this test. */
START_TEST(what_is_no_policy_is_none)
{
    struct policy policy;
    struct event none = a_fee("f", 20240105, 1);
    txn_abort(&txn);
    uint64_t fee = apply(none).position;
    begin();
    struct policy default_ = policy_default();
    none = a_policy("p", 20240101, &default_);
    none.policy = (struct policy_text){(const uint8_t *)"\x80", 1};
    uint64_t empty = group_append(books, 1, 1, &none);
    ck_assert_int_eq(books_policy(&books->journal, &books->txn, empty, &policy), -EILSEQ);
    ck_assert_int_eq(books_policy(&books->journal, &books->txn, fee, &policy), -EILSEQ);
    ck_assert_int_eq(books_policy(&books->journal, &books->txn, empty + 1, &policy), -EILSEQ);
    store_abort(books);
}
END_TEST

/* --- Months that were closed. --------------------------------------------------------------- */

static bool count_months(void *arg, [[maybe_unused]] date_month month,
                         [[maybe_unused]] const struct restated *what)
{
    unsigned *count = arg;
    return ++*count < 2;
}

START_TEST(months_that_moved_are_told_until_nobody_asks_for_more)
{
    unsigned count = 0;
    for (date_month month = 0; month < 4; month++)
        put_moved(restated_key(MONTH + month, DAY), 5);
    restated_each(&txn, &one, MONTH, MONTH + 3, count_months, &count);
    ck_assert_uint_eq(count, 2);
    struct amount amount = {0};
    ck_assert(restated_moved(&txn, &one, MONTH + 1, MONTH + 2, &amount));
    ck_assert_int_eq(amount.fen, 10);
    ck_assert(restated_moved(&txn, &one, MONTH + 7, MONTH + 9, &amount));
    ck_assert_int_eq(amount.fen, 0);
}
END_TEST

/* Each month's sum fits, and both do not; or one does not, of two accounts. */
START_TEST(more_than_an_amount_has_room_for_is_said)
{
    struct amount amount = {4711};
    if (_i == 0) {
        put_moved(restated_key(MONTH, DAY), TOO_MUCH);
        put_moved(restated_key(MONTH + 1, DAY), TOO_MUCH);
    } else {
        struct restated both = {.events = 2};
        both.lines.fen[ACCOUNT_I11] = both.lines.fen[ACCOUNT_I12] = TOO_MUCH;
        restated_add(&txn, 1, MONTH, DAY, &both);
    }
    ck_assert(!restated_moved(&txn, &two, MONTH, MONTH + 1, &amount));
    ck_assert_int_eq(amount.fen, 4711);
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

START_TEST(a_month_is_closed_by_the_first_close_on_its_last_day_or_later)
{
    date_day at;
    uint64_t position;
    date_month month = date_month_of(DAY);
    ck_assert(!restated_close_of(&txn, 1, month, &at, &position));
    restated_put_close(&txn, 1, DAY, 10);
    ck_assert(!restated_close_of(&txn, 1, month, &at, &position));
    restated_put_close(&txn, 1, date_month_last(month), 11);
    restated_put_close(&txn, 1, date_month_last(month + 1), 12);
    ck_assert(restated_close_of(&txn, 1, month, &at, &position));
    ck_assert_int_eq(at, date_month_last(month));
    ck_assert_uint_eq(position, 11);
}
END_TEST

static unsigned judged;
static bool more_judged;

static bool is_judged([[maybe_unused]] void *arg, [[maybe_unused]] const struct rejudged *rejudged)
{
    judged++;
    return more_judged;
}

/* The fund 1 is the vocabulary's. */
static int rejudge(date_month from, date_month to)
{
    struct fund_record record;
    ck_assert(books_fund(&txn, (struct fund){130207, SCHEME_RESIDENT}, &record));
    record.closed = record.books_date = date_month_last(to);
    judged = 0;
    return restated_rejudge(&txn, &record, from, to, is_judged, NULL);
}

START_TEST(a_fund_without_a_policy_is_not_judged_again)
{
    struct fund_record record = recorded(99);
    record.closed = record.books_date = DAY + 100;
    judged = 0;
    ck_assert_int_eq(restated_rejudge(&txn, &record, date_month_of(DAY), date_month_of(DAY), is_judged, NULL),
                     -ENOENT);
    ck_assert_uint_eq(judged, 0);
}
END_TEST

/* A year of 1,000 fen a month, closed to its September, and 95,000 fen that came behind it for `late`. */
static date_month books_with_late_money(int32_t late)
{
    char id[16];
    txn_abort(&txn);
    apply(an_opening("o", 20231231, 100000));
    for (int month = 1; month <= 12; month++) {
        snprintf(id, sizeof id, "x%d", month);
        apply(an_expenditure(id, 20240015 + 100 * month, 1000, CATEGORY_INPATIENT));
    }
    apply(a_day("d", 20241231));
    apply(a_month_close("c", 20240930));
    apply(an_expenditure("late", late, 95000, CATEGORY_INPATIENT));
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    return date_month_of(day(20240901));
}

START_TEST(the_first_month_that_moved_is_known)
{
    date_month first;
    books_with_late_money(20240715);
    ck_assert(restated_first(&txn, &one, &first));
    ck_assert_int_eq(first, date_month_of(day(20240701)));
    const struct parts none = {.count = 1, .items = {{99, INT32_MIN}}};
    ck_assert(!restated_first(&txn, &none, &first));
}
END_TEST

/* Of a month that is not among those that the runway is reckoned by, or of a fund that has none of these. */
START_TEST(money_before_the_months_of_the_runway_is_only_taken_out_of_the_balance)
{
    date_month last = books_with_late_money(20240115);
    struct fund_record record;
    ck_assert(books_fund(&txn, (struct fund){130207, SCHEME_RESIDENT}, &record));
    record.closed = record.books_date = date_month_last(last + 6);
    judged = 0;
    more_judged = true;
    ck_assert_int_eq(restated_rejudge(&txn, &record, last + 5, last + 6, is_judged, NULL), 0);
    ck_assert_uint_eq(judged, 0);       /* it was closed later: it was there */
    struct restated later = {.events = 1};
    later.lines.fen[ACCOUNT_E11] = 95000;
    restated_add(&txn, 1, date_month_of(day(20240101)), record.closed, &later);
    ck_assert_int_eq(restated_rejudge(&txn, &record, last + 5, last + 6, is_judged, NULL), 0);
    ck_assert_uint_ge(judged, 2);
    judged = 0;
    more_judged = false;
    ck_assert_int_eq(restated_rejudge(&txn, &record, last + 5, last + 6, is_judged, NULL), 0);
    ck_assert_uint_eq(judged, 1);       /* nobody asked for more */
    judged = 0;
    record.start = record.books_date;
    ck_assert_int_eq(restated_rejudge(&txn, &record, last + 5, last + 6, is_judged, NULL), 0);
    ck_assert_uint_eq(judged, 0);       /* without months there is no runway */
    record.books_date = date_month_last(last + 4);
    ck_assert_int_eq(restated_rejudge(&txn, &record, last + 5, last + 6, is_judged, NULL), 0);
    ck_assert_uint_eq(judged, 0);
}
END_TEST

static void what_came_later(date_month month, date_day closed, int64_t fen)
{
    struct restated late = {.events = 1};
    late.lines.fen[ACCOUNT_I11] = fen;
    restated_add(&txn, 1, month, closed, &late);
}

/* What cannot be taken out of the books again was not put into them. */
static void cannot_be_taken_back(unsigned which, date_month month)
{
    struct restated late = {.events = 1};
    date_day closed = date_month_last(month + 6);
    switch (which) {
    case 0:                             /* two accounts, each of which fits */
        late.lines.fen[ACCOUNT_I11] = late.lines.fen[ACCOUNT_I12] = -TOO_MUCH;
        restated_add(&txn, 1, month, closed, &late);
        break;
    case 1:                             /* a balance that has no room */
        what_came_later(month, closed, TOO_MUCH);
        what_came_later(month + 1, closed, TOO_MUCH);
        break;
    case 2:                             /* an account that has none, and a balance that does not move */
        late.lines.fen[ACCOUNT_I11] = TOO_MUCH;
        late.lines.fen[ACCOUNT_E11] = -TOO_MUCH;
        restated_add(&txn, 1, month, closed, &late);
        restated_add(&txn, 1, month + 1, closed, &late);
        break;
    }
}

START_TEST(what_the_books_never_had_cannot_be_taken_out_of_them)
{
    date_month from = date_month_of(day(20240101));
    cannot_be_taken_back((unsigned)_i, from);
    ck_assert_int_eq(txn.err, 0);
    ck_assert_int_eq(rejudge(from + 3, from + 5), -EILSEQ);
    ck_assert_uint_eq(judged, 0);
}
END_TEST

/* --- The beginning of a whole. --------------------------------------------------------------- */

/* The county (2) was merged into a city (1) that has no books of its own, or into one (3) that was merged
 * into it. */
START_TEST(a_new_whole_begins_where_its_parts_do)
{
    struct fund_record whole = recorded(1), part = recorded(2), between = recorded(3);
    whole.first_money = between.first_money = DATE_NONE;
    whole.start = 500;
    between.start = 400;
    part.start = 30;
    part.has_opening = part.opening_derived = true;
    parts_put(&txn, &between, &whole, DAY);
    books_put_fund(&txn, (struct fund){130298, SCHEME_RESIDENT}, &between);
    struct parts parts;
    parts_of(&txn, &whole, DAY, &parts);
    ck_assert(parts.is_new);
    struct beginning b = books_beginning(&txn, &whole, &parts);
    ck_assert_int_eq(b.start, 400);
    ck_assert(!b.has_opening && !b.derived);

    parts_put(&txn, &part, &between, DAY);
    books_put_fund(&txn, (struct fund){130298, SCHEME_RESIDENT}, &between);
    books_put_fund(&txn, A_PART, &part);
    parts_of(&txn, &whole, DAY, &parts);
    ck_assert_uint_eq(parts.count, 3);
    b = books_beginning(&txn, &whole, &parts);
    ck_assert_int_eq(b.start, 30);
    ck_assert(b.has_opening && b.derived);

    /* As of a day on which only the whole between was there. */
    b = books_beginning(&txn, &whole,
                        &(struct parts){.count = 2, .is_new = true, .items = {{1, DAY}, {3, DAY}}});
    ck_assert_int_eq(b.start, 500);
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("books");
    TCase *t = tcase_create("rows");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_no_books_can_say_is_damage);
    tcase_add_test(t, what_is_derived_is_added_up_and_taken_back);
    tcase_add_test(t, a_contribution_is_added_to_its_row_or_the_row_is_damage);
    tcase_add_test(t, the_first_error_stays);
    tcase_add_test(t, a_policy_that_came_later_was_not_known_before);
    tcase_add_test(t, a_new_whole_begins_where_its_parts_do);
    tcase_add_test(t, a_place_is_split_since_the_first_of_the_policies_that_say_so);
    tcase_add_test(t, what_is_no_policy_is_none);
    tcase_add_test(t, months_that_moved_are_told_until_nobody_asks_for_more);
    tcase_add_loop_test(t, more_than_an_amount_has_room_for_is_said, 0, 2);
    tcase_add_test(t, a_month_is_closed_by_the_first_close_on_its_last_day_or_later);
    tcase_add_test(t, a_fund_without_a_policy_is_not_judged_again);
    tcase_add_test(t, the_first_month_that_moved_is_known);
    tcase_add_test(t, money_before_the_months_of_the_runway_is_only_taken_out_of_the_balance);
    tcase_add_loop_test(t, what_the_books_never_had_cannot_be_taken_out_of_them, 0, 3);
    suite_add_tcase(s, t);
    return s;
}
