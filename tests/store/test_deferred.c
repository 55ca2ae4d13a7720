/* Sums that wait to be added to their rows are in every answer, as if they had been. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lmdb.h>

#include "store/books.h"
#include "store/bytes.h"
#include "store/deferred.h"
#include "store/group.h"
#include "store/parts.h"
#include "store/verify.h"
#include "store/waiting.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

/* The n-th allocation from now, or call to LMDB, fails, counted from 1; 0: none (Makefile:
 * WRAP_test_deferred). */
static int memory_fails, call_fails;
static bool for_good;                   /* and all behind it */

static bool is_due(int *calls)
{
    if (*calls == 0 || --*calls > 0)
        return false;
    *calls = for_good;
    return true;
}

#define MEMORY_IS_OUT() is_due(&memory_fails)
#include "tests/store/short_memory.h"

int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    return is_due(&call_fails) ? EIO : __real_mdb_cursor_get(cursor, key, data, op);
}

int __real_mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data);
int __wrap_mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
    return is_due(&call_fails) ? EIO : __real_mdb_del(txn, dbi, key, data);
}

#define DAYS    366
#define FIRST   20240101

static int64_t paid[DAYS];              /* by the model: of the fund's settlements, by day of 2024 */
static unsigned next_event;

static int32_t ymd_of(unsigned n)
{
    return date_to_ymd(day(FIRST) + (date_day)n);
}

static const char *text(const char *prefix, unsigned number)
{
    static char id[20];
    snprintf(id, sizeof id, "%s%u", prefix, number);
    return id;
}

/* A group of settlements on so many days from `first` on. */
static void pay(unsigned first, unsigned days)
{
    begin();
    for (unsigned i = 0; i < days; i++) {
        unsigned at = (first + i) % DAYS;
        int64_t fen = 1 + rand() % 1000000;
        struct event event = a_settlement(text("e", next_event++), ymd_of(at), fen);
        ck_assert_int_eq(add("hospital", event).outcome, OUTCOME_APPLIED);
        paid[at] += fen;
    }
    commit();
}

static void setup(void)
{
    srand(4711);
    memset(paid, 0, sizeof paid);
    books_setup();
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 366;
    apply(a_policy("p", 20240101, &policy));
    apply(an_opening("o", 20231231, 100000));
}

static uint64_t waiting(void)
{
    struct txn txn;
    ck_assert_int_eq(txn_begin(&books->env, true, &txn), 0);
    uint64_t count = txn_entries(&txn, TABLE_DEFERRED);
    txn_abort(&txn);
    return count;
}

static void check_range(unsigned from, unsigned to)
{
    int64_t sum = 0;
    for (unsigned i = from; i <= to; i++)
        sum += paid[i];
    ck_assert_int_eq(line(ACCOUNT_E11, ymd_of(from), ymd_of(to)), sum);
}

/* What the writer keeps from group to group is what a reader decodes. */
static void check_writer(void)
{
    struct txn reader;
    begin();
    ck_assert_int_eq(txn_begin(&books->env, true, &reader), 0);
    for (int i = 0; i < 40; i++) {
        date_day from = day(FIRST) - 40 + rand() % (DAYS + 80), to = from + rand() % 120 - 5;
        uint32_t fund = i % 8 == 0 ? 2 : 1;
        struct lines kept = {0}, decoded = {0};
        deferred_add_lines(&books->txn, fund, from, i % 5 == 0 ? INT32_MAX : to, &kept);
        deferred_add_lines(&reader, fund, from, i % 5 == 0 ? INT32_MAX : to, &decoded);
        ck_assert_mem_eq(&kept, &decoded, sizeof kept);
        ck_assert_int_eq(deferred_collected(&books->txn, fund, 2022 + i % 5, to).fen,
                         deferred_collected(&reader, fund, 2022 + i % 5, to).fen);
    }
    ck_assert_int_eq(books->txn.err, 0);
    txn_abort(&reader);
    commit();
}

/* Within a month, over some, and whole ones. */
static void check_ranges(void)
{
    check_writer();
    check_range(0, DAYS - 1);
    check_range(31, 59);
    for (int i = 0; i < 40; i++) {
        unsigned from = (unsigned)rand() % DAYS, to = from + (unsigned)rand() % (DAYS - from);
        check_range(from, to);
    }
}

START_TEST(sums_of_many_days_wait_and_are_counted)
{
    for (unsigned group = 1; group <= 5; group++) {
        pay(40 * group, 30 + group);
        ck_assert_uint_eq(waiting(), group);
        check_ranges();
    }
    books_reopen();
    check_ranges();
    ck_assert_uint_eq(waiting(), 5);
}
END_TEST

START_TEST(sums_of_few_days_go_into_their_rows)
{
    pay(0, 30);
    pay(100, 3);
    ck_assert_uint_eq(waiting(), 1);
    check_ranges();
}
END_TEST

static unsigned funds;

/* A day of each of the year's, two accounts each, in a fund of its own. */
static void add_year_of_a_fund(void)
{
    struct policy policy = policy_default();
    uint32_t place = 130300 + funds;
    policy.version = 2;
    policy.ahead_days = 366;
    begin();
    add("tax", of_fund(a_policy(text("p", funds), 20240101, &policy), place));
    add("tax", of_fund(an_opening(text("o", funds), 20231231, 100000), place));
    for (unsigned i = 0; i < DAYS; i++)
        add("hospital", of_fund(a_settlement(text("e", next_event++), ymd_of(i), 5), place));
    funds++;
}

/* So many that it is more than may wait. */
START_TEST(what_has_gathered_goes_into_the_rows)
{
    funds = 0;
    pay(0, 10);
    do {
        add_year_of_a_fund();
        commit();
    } while (waiting() > 0 && funds < 100);
    ck_assert_uint_le((funds - 1) * 2 * DAYS + 20, DEFERRED_MAX);
    ck_assert_uint_gt(funds * 2 * DAYS + 20, DEFERRED_MAX);
    check_ranges();
}
END_TEST

/* As much as may wait, but for a year of one fund. */
static void fill_up(void)
{
    funds = 0;
    pay(0, 10);
    do {
        add_year_of_a_fund();
        commit();
    } while ((funds + 1) * 2 * DAYS + 20 <= DEFERRED_MAX);
}

/* The group that is too much: it counts with all that waits, or all goes on waiting.  What fails behind the
 * commit leaves it whole. */
START_TEST(without_memory_what_has_gathered_stays_and_the_group_with_it)
{
    int step, told = 0;
    fill_up();
    uint64_t values = waiting();
    bool met = true;
    for_good = true;
    for (step = 1; met; step++) {
        add_year_of_a_fund();
        uint64_t before = position();
        memory_fails = step;
        int err = store_commit(books), left = memory_fails;
        memory_fails = 0;
        ck_assert(err == 0 || err == -ENOMEM);
        told += err != 0;
        books_reopen();
        bool counted = position() != before;
        ck_assert(counted || err != 0);
        ck_assert_uint_eq(waiting(), counted ? 0 : values);
        check_range(0, DAYS - 1);
        met = left <= 1;
        if (counted && met) {
            books_teardown();
            setup();
            fill_up();
        }
    }
    for_good = false;
    ck_assert_int_gt(told, 10);
}
END_TEST

/* Small groups do not make many values, and lose nothing when they come together. */
START_TEST(small_values_are_taken_into_larger_ones)
{
    for (unsigned i = 0; i < 200; i++) {
        pay((unsigned)rand() % DAYS, 9 + i % 7);
        ck_assert_uint_ge(waiting(), i < DEFERRED_VALUES_MAX ? i + 1 : 1);
        ck_assert_uint_le(waiting(), DEFERRED_VALUES_MAX);
    }
    check_ranges();
}
END_TEST

START_TEST(an_aborted_group_leaves_nothing_waiting)
{
    pay(0, 30);
    begin();
    for (unsigned i = 0; i < 30; i++)
        add("hospital", a_settlement(text("a", i), ymd_of(i), 5));
    store_abort(books);
    ck_assert_uint_eq(waiting(), 1);
    check_ranges();
}
END_TEST

/* A day's end within a batch reads what the batch has moved. */
START_TEST(the_balance_of_a_day_has_what_waits)
{
    pay(0, 60);
    apply(a_day("d", 20240215));
    int64_t sum = 0;
    for (unsigned i = 0; i <= 45; i++)
        sum += paid[i];
    ck_assert_int_eq(balance(), 100000 - sum);
}
END_TEST

START_TEST(verify_adds_what_waits)
{
    char copy[260];
    struct verify_result result;
    uint64_t covered;
    pay(0, 5);                          /* rows that sums wait for, and rows that none wait for */
    pay(3, 30);
    pay(200, 1);
    apply(a_settlement("b", 20240801, 7));
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    ck_assert_str_eq(result.first, "");

    struct env env;
    struct txn txn;
    struct range range;
    ck_assert_int_eq(env_open(copy, ENV_OPEN, UINT64_C(1) << 30, &env), 0);
    ck_assert_int_eq(txn_begin(&env, false, &txn), 0);
    txn.env = &env;
    range_begin(&range, &txn, TABLE_DEFERRED, "", 0, "", 0);
    ck_assert(range_next(&range));
    uint8_t key[8], value[4096];
    size_t size = range.size;
    ck_assert_uint_le(size, sizeof value);
    memcpy(key, range.key, sizeof key);
    memcpy(value, range.value, size);
    range_end(&range);
    value[size - 1] ^= 1;               /* of the last amount; or a head that says too much */
    if (_i == 1)
        put_u32(value + 16, 4096);
    txn_put(&txn, TABLE_DEFERRED, key, sizeof key, value, size);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    ck_assert_uint_gt(result.differences, 0);
    ck_assert_ptr_nonnull(strstr(result.first, _i == 1 ? "deferred" : "days"));
}
END_TEST

/* Fees by the year that they are for and their day, as the model has them. */
static int64_t fees[3][DAYS];

static void collect(unsigned first, unsigned days)
{
    begin();
    for (unsigned i = 0; i < days; i++) {
        unsigned at = (first + i) % DAYS, year = (unsigned)rand() % 3;
        int64_t fen = 1 + rand() % 1000000;
        struct event event = a_fee(text("f", next_event++), ymd_of(at), fen);
        event.year = 2023 + (int)year;
        ck_assert_int_eq(add("tax", event).outcome, OUTCOME_APPLIED);
        fees[year][at] += fen;
    }
    commit();
}

static void check_collected(void)
{
    check_writer();
    struct parts parts = {.count = 1, .items = {{.fund = 1}}};
    struct txn txn;
    ck_assert_int_eq(txn_begin(&books->env, true, &txn), 0);
    for (unsigned year = 0; year < 3; year++) {
        int64_t sum = 0;
        for (unsigned at = 0; at < DAYS; at++) {
            sum += fees[year][at];
            date_day as_of = day(FIRST) + (date_day)at;
            if (at % 7 == 0 || at == DAYS - 1)
                ck_assert_int_eq(books_collected(&txn, &parts, 2023 + (int)year, as_of).fen, sum);
        }
        ck_assert_int_eq(books_collected(&txn, &parts, 2023 + (int)year, INT32_MAX).fen, sum);
    }
    txn_abort(&txn);
}

static struct verify_result verified(void)
{
    static char copy[260];
    struct verify_result result;
    uint64_t covered;
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    return result;
}

/* Among the days, and alone; what has a row and what has none; until all of it is in its rows. */
START_TEST(contributions_by_year_wait_and_are_counted)
{
    memset(fees, 0, sizeof fees);
    collect(0, 3);                      /* into their rows */
    ck_assert_uint_eq(waiting(), 0);
    for (unsigned group = 1; group <= 5; group++) {
        collect(40 * group, 30 + group);
        collect(0, 12);
        ck_assert_uint_gt(waiting(), 0);
        check_collected();
    }
    ck_assert_str_eq(verified().first, "");
    books_reopen();
    check_collected();
    funds = 0;
    do {
        add_year_of_a_fund();
        commit();
    } while (waiting() > 0 && funds < 100);
    ck_assert_uint_eq(waiting(), 0);
    check_collected();
}
END_TEST

/* --- Values alone. ------------------------------------------------------------------- */

static struct txn txn;
static struct waiting kept;             /* of a writer, where the test makes txn its transaction */

static void txn_setup(void)
{
    waiting_init(&kept);
    books_setup();
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
}

static struct tally given;

static struct tally *tally_of(const struct tally_entry *sums, uint64_t count)
{
    tally_clear(&given);
    for (uint64_t i = 0; i < count; i++)
        ck_assert_int_eq(tally_add(&given, sums[i].key, sums[i].sum), 0);
    return &given;
}

static void txn_teardown(void)
{
    tally_free(&given);
    waiting_free(&kept);
    txn_abort(&txn);
    books_teardown();
}

START_TEST(amounts_and_days_of_any_size_are_kept)
{
    const struct tally_entry sums[] = {
        {books_sum_key(1, INT32_MIN / 2, 0), INT64_MAX},
        {books_sum_key(1, INT32_MIN / 2, ACCOUNT_SLOTS - 1), INT64_MIN + 1},
        {books_sum_key(1, -1, 3), -1},
        {books_sum_key(1, (1 << BOOKS_COLLECTED_BITS) - 1, 3), 0},
        {books_sum_key(1, books_collected_period(DATE_YEAR_MIN, 7305), 0), INT64_MIN + 1},
        {books_sum_key(1, books_collected_period(DATE_YEAR_MAX, 84005), 0), INT64_MAX},
        {books_sum_key((1 << 24) - 1, 5, 7), 9},
    };
    const uint64_t count = sizeof sums / sizeof sums[0];
    ck_assert(deferred_put(&txn, tally_of(sums, count)));
    struct tally read = {0};
    deferred_read(&txn, &read);
    const struct tally_entry *sorted = tally_sort(&read);
    ck_assert_int_eq(txn.err, 0);
    ck_assert_uint_eq(read.count, count);
    for (uint64_t i = 0; i < count; i++)
        ck_assert(sorted[i].key == sums[i].key && sorted[i].sum == sums[i].sum);
    tally_free(&read);

    struct lines lines = {0};
    deferred_add_lines(&txn, 1, INT32_MIN / 2, -2, &lines);
    ck_assert_int_eq(lines.fen[0], INT64_MAX);
    ck_assert_int_eq(lines.fen[3], 0);
    deferred_add_lines(&txn, 2, INT32_MIN, INT32_MAX, &lines);
    ck_assert_int_eq(lines.fen[0], INT64_MAX);
    ck_assert_int_eq(deferred_collected(&txn, 1, DATE_YEAR_MIN, 7304).fen, 0);
    ck_assert_int_eq(deferred_collected(&txn, 1, DATE_YEAR_MIN, 7305).fen, INT64_MIN + 1);
    ck_assert_int_eq(deferred_collected(&txn, 1, DATE_YEAR_MAX, INT32_MAX).fen, INT64_MAX);
    ck_assert_int_eq(deferred_collected(&txn, 2, DATE_YEAR_MAX, INT32_MAX).fen, 0);
    deferred_clear(&txn);
    ck_assert_uint_eq(txn_entries(&txn, TABLE_DEFERRED), 0);
}
END_TEST

static bool put_one(int64_t key, int64_t fen)
{
    const struct tally_entry sum = {books_sum_key(1, (int32_t)key, 1), fen};
    return deferred_put(&txn, tally_of(&sum, 1));
}

/* More than there may be in one group; each waits, or all are added to their rows. */
START_TEST(no_more_is_put_than_may_wait)
{
    tally_clear(&given);
    for (int32_t i = 0; i <= DEFERRED_MAX; i++)
        ck_assert_int_eq(tally_add(&given, books_sum_key(1, i, 1), 1), 0);
    ck_assert(!deferred_put(&txn, &given));
    ck_assert_uint_eq(txn_entries(&txn, TABLE_DEFERRED), 0);
    tally_clear(&given);
    for (int32_t i = 0; i < DEFERRED_MAX; i++)
        ck_assert_int_eq(tally_add(&given, books_sum_key(1, i, 1), 1), 0);
    ck_assert(deferred_put(&txn, &given));
    ck_assert(!put_one(-1, 1));
    struct lines lines = {0};
    deferred_add_lines(&txn, 1, INT32_MIN, INT32_MAX, &lines);
    ck_assert_int_eq(lines.fen[1], DEFERRED_MAX);
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

START_TEST(sums_that_leave_64_bits_are_damage)
{
    struct lines lines = {0};
    ck_assert(put_one(5, INT64_MAX) && put_one(5, INT64_MAX));
    deferred_add_lines(&txn, 1, 5, 5, &lines);
    ck_assert_int_eq(txn.err, -EILSEQ);
    txn.err = 0;
    deferred_clear(&txn);
    for (int i = 0; i < 2; i++) {
        const struct tally_entry sum = {books_sum_key(1, books_collected_period(2024, 20000), 0), INT64_MAX};
        ck_assert(deferred_put(&txn, tally_of(&sum, 1)));
    }
    deferred_collected(&txn, 1, 2024, 20000);
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

/* Each for itself is good, of a day and of a month. */
START_TEST(sums_that_leave_64_bits_together_are_damage_for_the_writer_too)
{
    struct lines lines = {0};
    txn.waiting = &kept;
    ck_assert(put_one(5, INT64_MAX) && put_one(40, 1));
    deferred_add_lines(&txn, 1, 5, 39, &lines);
    ck_assert_int_eq(txn.err, 0);
    ck_assert_int_eq(lines.fen[1], INT64_MAX);
    deferred_add_lines(&txn, 1, 40, 40, &lines);
    ck_assert_int_eq(txn.err, -EILSEQ);
    txn.err = 0;
    for (int i = 0; i < 2; i++) {
        const struct tally_entry sum = {
            books_sum_key(1, books_collected_period(2024, 20000 + 40 * i), 0), i == 0 ? INT64_MAX : 1};
        ck_assert(deferred_put(&txn, tally_of(&sum, 1)));
    }
    ck_assert_int_eq(deferred_collected(&txn, 1, 2024, 20039).fen, INT64_MAX);
    ck_assert_int_eq(txn.err, 0);
    deferred_collected(&txn, 1, 2024, 20040);
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

/* Values are put until some are taken together, are asked for, and go: all that needs memory or LMDB.  Check
 * needs memory, too, so nothing is asserted on the way. */
static void put_ask_and_clear(bool is_writer, int many, struct lines *lines, struct tally *read)
{
    txn.err = txn_begin(&books->env, false, &txn);
    txn.waiting = is_writer ? &kept : NULL;
    for (int i = 0; i <= DEFERRED_VALUES_MAX && txn.err == 0; i++) {
        struct tally days = {0};
        txn.err = tally_add(&days, books_sum_key(1, i, 1), 10 + i);
        for (int more = 0; i == DEFERRED_VALUES_MAX && more < many && txn.err == 0; more++)
            txn.err = tally_add(&days, books_sum_key(1, 200 + more, 1), 1);
        if (txn.err == 0 && !deferred_put(&txn, &days))
            txn.err = -EINVAL;
        tally_free(&days);
    }
    deferred_add_lines(&txn, 1, 0, 100, lines);
    if (is_writer)                      /* who has to read it then */
        waiting_forget(&kept);
    deferred_collected(&txn, 1, 2024, INT32_MAX);
    deferred_read(&txn, read);
    deferred_clear(&txn);
}

START_TEST(whatever_fails_is_told)
{
    /* Of 600 in the last group the list has to grow when those that are taken are sorted with them; of few
     * it is made when they are sorted. */
    int many = _i < 4 ? 600 : 0;
    bool is_writer = _i > 1;
    int *calls = _i % 2 == 0 ? &memory_fails : &call_fails, told = 0;
    bool met = true;
    for (int step = 1; met; step++) {
        struct lines lines = {0};
        struct tally read = {0};
        txn_abort(&txn);
        waiting_free(&kept);
        waiting_init(&kept);
        waiting_clear(&kept);
        *calls = step;
        put_ask_and_clear(is_writer, many, &lines, &read);
        int err = txn.err;
        met = *calls == 0;
        *calls = 0;
        told += err != 0;
        ck_assert(err == 0 || err == (_i % 2 == 0 ? -ENOMEM : -EIO));
        if (err == 0) {
            ck_assert_int_eq(lines.fen[1], 17 * 10 + 16 * 17 / 2);
            ck_assert_ptr_nonnull(tally_sort(&read));
            ck_assert_uint_eq(read.count, 17 + many);
            ck_assert_uint_eq(txn_entries(&txn, TABLE_DEFERRED), 0);
        }
        tally_free(&read);
    }
    ck_assert_int_gt(told, 20);
}
END_TEST

/* Behind the back of what was decoded. */
static void put_value(const uint8_t key[8], const uint8_t *value, size_t size)
{
    txn_put(&txn, TABLE_DEFERRED, key, 8, value, size);
    free(txn.kept);
    txn.kept = NULL;
}

/* A value cut short, or with a byte that is another one: an error, or other sums, never a wild read. */
START_TEST(a_value_that_is_none_is_an_error)
{
    struct tally_entry sums[40];
    for (unsigned i = 0; i < 40; i++)
        sums[i] = (struct tally_entry){books_sum_key(1 + i / 20, (int32_t)(i % 20), 1), 1000 * (int)i};
    ck_assert(deferred_put(&txn, tally_of(sums, 40)));
    uint8_t key[8], whole[1024];
    const uint8_t *value;
    size_t size;
    key_u64(key, 1);
    ck_assert(txn_peek(&txn, TABLE_DEFERRED, key, sizeof key, &value, &size) && size <= sizeof whole);
    memcpy(whole, value, size);
    for (size_t cut = 0; cut < size; cut++) {
        struct lines lines = {0};
        struct tally read = {0};
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, whole, cut);
        put_value(key, exact, cut);
        free(exact);
        /* Of a value that ends behind a fund nothing is missing but that fund. */
        bool ends = cut == 12 || cut == 12 + 8 + get_u32(whole + 16);
        deferred_add_lines(&txn, 2, 0, 100, &lines);
        ck_assert_int_eq(txn.err, ends ? 0 : -EILSEQ);
        txn.err = 0;
        deferred_read(&txn, &read);
        ck_assert_int_eq(txn.err, ends ? 0 : -EILSEQ);
        txn.err = 0;
        tally_free(&read);
    }
    for (size_t at = 12; at < size; at++) {
        struct lines lines = {0};
        struct tally read = {0};
        uint8_t changed[1024];
        memcpy(changed, whole, size);
        changed[at] ^= 0x80;
        put_value(key, changed, size);
        deferred_add_lines(&txn, 1, 0, 100, &lines);
        deferred_read(&txn, &read);
        tally_free(&read);
        txn.err = 0;
    }
}
END_TEST

/* A value by hand: the days of fund 1. */
static const struct {
    const char *days;
    size_t size;
    int err;
} by_hand[] = {
    {"\x0a\x01\x01\x02", 4, 0},                                      /* day 5: line 1 has 1 */
    {"\x80", 1, -EILSEQ},                                            /* a day that does not end */
    {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00\x01\x01\x02", 14, -EILSEQ},     /* nor within ten bytes */
    {"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x01\x02", 13, -EILSEQ},         /* day 2^63 - 1 */
    {"\x0a\x01\x01\x80", 4, -EILSEQ},
    {"\x8a\x80\x10\x01\x00\x02", 6, 0},                        /* contributions for 1990 on day 5 */
    {"\x8a\x80\x10\x01\x01\x02", 6, -EILSEQ},                  /* with a line */
    {"\x80\x80\xc0\x1a\x01\x00\x02", 7, -EILSEQ},             /* for a year behind the last */
};

START_TEST(days_that_are_none_are_damage)
{
    uint8_t key[8], value[12 + 8 + 20] = {1};
    struct lines lines = {0};
    struct tally read = {0};
    key_u64(key, 1);
    put_u32(value + 12, 1);
    put_u32(value + 16, (uint32_t)by_hand[_i].size);
    memcpy(value + 20, by_hand[_i].days, by_hand[_i].size);
    put_value(key, value, 20 + by_hand[_i].size);
    deferred_add_lines(&txn, 1, 5, 5, &lines);
    ck_assert_int_eq(txn.err, by_hand[_i].err);
    ck_assert_int_eq(lines.fen[1], _i == 0);
    if (txn.err == 0)
        ck_assert_int_eq(deferred_collected(&txn, 1, DATE_YEAR_MIN, 5).fen, _i == 5);
    txn.err = 0;
    deferred_read(&txn, &read);
    ck_assert_int_eq(txn.err, by_hand[_i].err);
    tally_free(&read);

    txn.waiting = &kept;                /* and so it is for a writer, who then knows nothing */
    txn.err = 0;
    lines = (struct lines){0};
    deferred_add_lines(&txn, 1, 5, 5, &lines);
    ck_assert_int_eq(txn.err, by_hand[_i].err);
    ck_assert_int_eq(lines.fen[1], _i == 0);
    txn.err = 0;
    ck_assert_int_eq(deferred_collected(&txn, 1, DATE_YEAR_MIN, 5).fen, _i == 5);
    ck_assert_int_eq(txn.err, by_hand[_i].err);
    ck_assert_int_eq(kept.known, by_hand[_i].err == 0);
}
END_TEST

/* Heads that say less than there is: the same value once more, and nobody counted. */
START_TEST(more_sums_than_may_wait_are_damage)
{
    struct lines lines = {0};
    uint8_t key[8];
    const uint8_t *value;
    size_t size;
    tally_clear(&given);
    for (int32_t i = 0; i < DEFERRED_MAX; i++)
        ck_assert_int_eq(tally_add(&given, books_sum_key(1, i, 1), 1), 0);
    ck_assert(deferred_put(&txn, &given));
    key_u64(key, 1);
    ck_assert(txn_peek(&txn, TABLE_DEFERRED, key, sizeof key, &value, &size));
    uint8_t *copy = malloc(size);
    memcpy(copy, value, size);
    key_u64(key, 2);
    put_value(key, copy, size);
    free(copy);
    deferred_add_lines(&txn, 1, 0, 100, &lines);
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("deferred");
    TCase *t = tcase_create("books");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, sums_of_many_days_wait_and_are_counted);
    tcase_add_test(t, sums_of_few_days_go_into_their_rows);
    tcase_add_test(t, what_has_gathered_goes_into_the_rows);
    tcase_add_test(t, without_memory_what_has_gathered_stays_and_the_group_with_it);
    tcase_add_test(t, small_values_are_taken_into_larger_ones);
    tcase_add_test(t, an_aborted_group_leaves_nothing_waiting);
    tcase_add_test(t, the_balance_of_a_day_has_what_waits);
    tcase_add_loop_test(t, verify_adds_what_waits, 0, 2);
    tcase_add_test(t, contributions_by_year_wait_and_are_counted);
    suite_add_tcase(s, t);
    t = tcase_create("values");
    tcase_add_checked_fixture(t, txn_setup, txn_teardown);
    tcase_add_test(t, amounts_and_days_of_any_size_are_kept);
    tcase_add_test(t, no_more_is_put_than_may_wait);
    tcase_add_test(t, sums_that_leave_64_bits_are_damage);
    tcase_add_test(t, sums_that_leave_64_bits_together_are_damage_for_the_writer_too);
    tcase_add_loop_test(t, whatever_fails_is_told, 0, 5);
    tcase_add_test(t, a_value_that_is_none_is_an_error);
    tcase_add_loop_test(t, days_that_are_none_are_damage, 0, sizeof by_hand / sizeof by_hand[0]);
    tcase_add_test(t, more_sums_than_may_wait_are_damage);
    suite_add_tcase(s, t);
    return s;
}
