/* What a row can be: sorts of numbers at the ends of their ranges, and rows of tables, number by number. */
#include <string.h>

#include "fund/alert.h"
#include "fund/date.h"
#include "fund/event.h"
#include "store/books.h"
#include "store/bytes.h"
#include "store/row.h"
#include "tests/suite.h"

/* --- Numbers. ------------------------------------------------------------------------ */

static const struct {
    enum row_number number;
    int64_t min, max;
} unsigned_numbers[] = {
    {ROW_BYTE, 0, 255},           {ROW_U32, 0, UINT32_MAX},         {ROW_FLAG, 0, 1},
    {ROW_PLACE, 110000, 829999},  {ROW_FUND, 1, BOOKS_FUND_MAX},    {ROW_FUND_OR_NONE, 0, BOOKS_FUND_MAX},
    {ROW_SOURCE, 1, UINT32_MAX},  {ROW_SOURCE_OR_NONE, 0, UINT32_MAX},
    {ROW_POSITION, 1, INT64_MAX}, {ROW_POSITION_OR_NONE, 0, INT64_MAX},
    {ROW_COUNT, 0, 0xffffffffffffff}, {ROW_COUNT_32, 0, INT32_MAX}, {ROW_DAYS, 0, 84005},
    {ROW_YEAR, 1990, 2199},       {ROW_YEAR_OR_NONE, 0, 2199},      {ROW_FUND_FLAGS, 0, 31},
    {ROW_SUBSIDY, 6, 9},          {ROW_CATEGORY, 0, 30},            {ROW_MEASURE, 0, 6},
    {ROW_GROUP, 0, 7},            {ROW_RULE, 1, RULE_END - 1},                {ROW_RULE_FLAGS, 0, 3},
    {ROW_MONTHS, 0, 12},          {ROW_OUTCOME, 0, 3},              {ROW_PROPOSAL, 0, 2},
    {ROW_RECOGNITION, 1, 2},      {ROW_DERIVATION, 1, 5},
}, signed_numbers[] = {
    {ROW_MOMENT, 0, INT64_MAX},   {ROW_DAY, 0, 84005},              {ROW_DAY_OR_NONE, 0, 84005},
    {ROW_MONTH, 1970 * 12, 2199 * 12 + 11}, {ROW_AMOUNT, -INT64_MAX, INT64_MAX},
    {ROW_GROSS, 0, INT64_MAX / 2},
    {ROW_PERSONS, -(INT64_C(1) << 40), INT64_C(1) << 40}, {ROW_HEADS, 0, COUNT_MAX}, {ROW_LEVEL, -2, 2},
};

#define ROWS(table) (int)(sizeof (table) / sizeof (table)[0])

static bool can_be(enum row_number number, uint64_t varint, int64_t *ret)
{
    uint8_t v[10];
    size_t size = put_varint(v, varint), taken = row_take(v, size, &number, 1, ret);
    ck_assert(taken == 0 || taken == size);
    return taken != 0;
}

START_TEST(a_number_is_taken_from_its_least_to_its_most)
{
    int64_t taken, min = unsigned_numbers[_i].min, max = unsigned_numbers[_i].max;
    enum row_number number = unsigned_numbers[_i].number;
    ck_assert(can_be(number, (uint64_t)min, &taken));
    ck_assert_int_eq(taken, min);
    ck_assert(can_be(number, (uint64_t)max, &taken));
    ck_assert_int_eq(taken, max);
    ck_assert(!can_be(number, (uint64_t)min - 1, &taken));
    ck_assert(!can_be(number, (uint64_t)max + 1, &taken));
}
END_TEST

START_TEST(a_number_with_a_sign_is_taken_from_its_least_to_its_most)
{
    int64_t taken, min = signed_numbers[_i].min, max = signed_numbers[_i].max;
    enum row_number number = signed_numbers[_i].number;
    ck_assert(can_be(number, zigzag(min), &taken));
    ck_assert_int_eq(taken, min);
    ck_assert(can_be(number, zigzag(max), &taken));
    ck_assert_int_eq(taken, max);
    ck_assert(!can_be(number, zigzag(min - 1), &taken));
    ck_assert(max == INT64_MAX || !can_be(number, zigzag(max + 1), &taken));
}
END_TEST

START_TEST(the_last_day_is_the_last_of_the_calendar)
{
    date_day last;
    ck_assert(date_from_civil(DATE_YEAR_MAX, 12, 31, &last));
    ck_assert(date_is_possible(last) && !date_is_possible(last + 1));
    ck_assert_int_eq(last, 84005);
}
END_TEST

START_TEST(of_days_and_schemes_there_is_one_beside_the_range)
{
    int64_t taken;
    ck_assert(can_be(ROW_DAY_OR_NONE, zigzag(DATE_NONE), &taken));
    ck_assert_int_eq(taken, DATE_NONE);
    ck_assert(!can_be(ROW_DAY, zigzag(DATE_NONE), &taken));
    for (uint64_t scheme = 300; scheme < 400; scheme++)
        ck_assert(can_be(ROW_SCHEME, scheme, &taken) == (scheme == 310 || scheme == 390));
    ck_assert(can_be(ROW_HASH, UINT64_MAX, &taken) && can_be(ROW_HASH, 0, &taken));
}
END_TEST

START_TEST(numbers_are_taken_all_or_none)
{
    static const enum row_number list[] = {ROW_FLAG, ROW_AMOUNT, ROW_DAY};
    static const uint8_t v[] = {1, 3, 4, 99};
    static const uint8_t wrong[] = {1, 3, 3};       /* the day before the first */
    int64_t numbers[3];
    ck_assert_uint_eq(row_take(v, sizeof v, list, 3, numbers), 3);
    ck_assert_int_eq(numbers[0], 1);
    ck_assert_int_eq(numbers[1], -2);
    ck_assert_int_eq(numbers[2], 2);
    ck_assert_uint_eq(row_take(v, 2, list, 3, numbers), 0);
    ck_assert_uint_eq(row_take(wrong, sizeof wrong, list, 3, numbers), 0);
}
END_TEST

/* --- Rows. --------------------------------------------------------------------------- */

/* One that can be, then the same with one byte or size that makes it one that cannot. */
#define FUND     "\0\0\0\1"
#define DAY      "\x80\0\x4d\0"
#define KEY_2024 "\x07\xe8"
#define BOOKS    "\1\0\0\0" "\x29\x4d\0\0" "\1" "\x0a\x4d\0\0" "\x0a\x4d\0\0" "\x0d\x4d\0\0" \
                 "\xc0\x57\1\0\0\0\0\0" "\x32\xb8\1\0\0\0\0\0" \
                 "\0\0\0\x80" "\0\0\0\0" "\0\0\0\x80" "\0\0\0\0" "\0\0\0\0"
#define PLACE    "\0\1\xfc\x9f" "\1\x86"
#define ZERO_FEN "\0\0\0\0\0\0\0\0"
#define RULE     FUND "\1" "\0\0\0\0"
#define STATE    "\xfe\2\3" "\0" "\0\0\0\x80" "\0\0\0\x80" "\1\0\0\0\0\0\0\0"
#define TEXT(text) (const uint8_t *)(text), sizeof (text) - 1

static const struct {
    enum table table;
    const uint8_t *key;
    size_t key_size;
    const uint8_t *value;
    size_t size;
    /* A key or value of one byte less cannot be; nor with this byte changed to that. */
    unsigned at;
    uint8_t to;
    bool in_key;
} rows[] = {
    {TABLE_FUNDS, TEXT(PLACE), TEXT(BOOKS), 0, 0, false},             /* no number */
    {TABLE_FUNDS, TEXT(PLACE), TEXT(BOOKS), 7, 1, false},             /* books date */
    {TABLE_FUNDS, TEXT(PLACE), TEXT(BOOKS), 8, 32, false},            /* bits */
    {TABLE_FUNDS, TEXT(PLACE), TEXT(BOOKS), 36, 0x40, false},         /* gross */
    {TABLE_FUNDS, TEXT(PLACE), TEXT(BOOKS), 37, 1, false},            /* closed */
    {TABLE_FUNDS, TEXT(PLACE), TEXT(BOOKS), 56, 0x80, false},         /* misfits */
    {TABLE_FUNDS, TEXT(PLACE), TEXT(BOOKS), 5, 0x87, true},           /* scheme */
    {TABLE_FUND_NUMBERS, TEXT(FUND), TEXT(PLACE), 1, 0, false},       /* place */
    {TABLE_FUND_NUMBERS, TEXT(FUND), TEXT("\0\1\xfc\x9f" "\1\x36"), 5, 0x37, false},
    {TABLE_COLLECTED, TEXT(FUND KEY_2024 DAY), TEXT(ZERO_FEN), 7, 0x80, false},
    {TABLE_COLLECTED, TEXT(FUND KEY_2024 DAY), TEXT(ZERO_FEN), 6, 0x7f, true},        /* day */
    {TABLE_COLLECTED, TEXT(FUND KEY_2024 DAY), TEXT(ZERO_FEN), 4, 6, true},           /* year */
    {TABLE_POLICIES, TEXT(FUND DAY "\0\0\0\0\0\0\0\1"), TEXT("\xff\xff\xff\xff"), 15, 0, true},
    {TABLE_RULES, TEXT(RULE), TEXT(STATE), 0, 0xfd, false},
    {TABLE_RULES, TEXT(RULE), TEXT(STATE), 1, 3, false},
    {TABLE_RULES, TEXT(RULE), TEXT(STATE), 19, 0x80, false},
    {TABLE_RULES, TEXT(RULE), TEXT(STATE), 4, RULE_END, true},
};

static bool is_row(unsigned row, size_t key_less, size_t less)
{
    return row_can_be(rows[row].table, rows[row].key, rows[row].key_size - key_less, rows[row].value,
                      rows[row].size - less);
}

START_TEST(a_row_whose_numbers_can_be_can_be)
{
    uint8_t key[16], value[64];
    ck_assert(is_row((unsigned)_i, 0, 0));
    ck_assert(!is_row((unsigned)_i, 1, 0));
    ck_assert(!is_row((unsigned)_i, 0, 1));
    memcpy(key, rows[_i].key, rows[_i].key_size);
    memcpy(value, rows[_i].value, rows[_i].size);
    (rows[_i].in_key ? key : value)[rows[_i].at] = rows[_i].to;
    ck_assert(!row_can_be(rows[_i].table, key, rows[_i].key_size, value, rows[_i].size));
}
END_TEST

START_TEST(no_table_has_a_row_without_a_key)
{
    static const uint8_t value[64] = {0};
    ck_assert(!row_can_be((enum table)_i, value, 0, value, sizeof value));
}
END_TEST

/* Of `meta` the head alone has its numbers looked at; of a store the format is read before anything else. */
START_TEST(the_head_of_a_store_is_a_row_of_its_own)
{
    uint8_t head[116] = {0};
    put_i32(head + 104, DATE_NONE);
    ck_assert(row_can_be(TABLE_META, TEXT("head"), head, sizeof head));
    ck_assert(!row_can_be(TABLE_META, TEXT("head"), head, sizeof head - 1));
    head[15] = 0x80;                                /* position */
    ck_assert(!row_can_be(TABLE_META, TEXT("head"), head, sizeof head));
    ck_assert(row_can_be(TABLE_META, TEXT("heap"), head, sizeof head));
    ck_assert(row_can_be(TABLE_META, TEXT("store"), head, 1));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("row");
    TCase *numbers = tcase_create("numbers");
    tcase_add_loop_test(numbers, a_number_is_taken_from_its_least_to_its_most, 0, ROWS(unsigned_numbers));
    tcase_add_loop_test(numbers, a_number_with_a_sign_is_taken_from_its_least_to_its_most, 0,
                        ROWS(signed_numbers));
    tcase_add_test(numbers, the_last_day_is_the_last_of_the_calendar);
    tcase_add_test(numbers, of_days_and_schemes_there_is_one_beside_the_range);
    tcase_add_test(numbers, numbers_are_taken_all_or_none);
    suite_add_tcase(s, numbers);
    TCase *tables = tcase_create("rows");
    tcase_add_loop_test(tables, a_row_whose_numbers_can_be_can_be, 0, ROWS(rows));
    tcase_add_loop_test(tables, no_table_has_a_row_without_a_key, 0, TABLE_COUNT);
    tcase_add_test(tables, the_head_of_a_store_is_a_row_of_its_own);
    suite_add_tcase(s, tables);
    return s;
}
