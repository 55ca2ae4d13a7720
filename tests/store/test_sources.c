/* Who reports: numbers that are missing, rows that are damaged, and what is kept in quarantine. */
#include <errno.h>
#include <string.h>

#include "store/bytes.h"
#include "store/group.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static struct txn txn;

static void setup(void)
{
    books_setup_empty();
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
}

static void teardown(void)
{
    txn_abort(&txn);
    books_teardown();
}

/* --- Numbers that are missing. ------------------------------------------------------------ */

static struct source_gaps gaps_of(uint32_t count, const struct source_gap *items)
{
    struct source_gaps gaps = {.count = count};
    memcpy(gaps.items, items, count * sizeof items[0]);
    return gaps;
}

static const struct { uint64_t arrives; uint32_t count; struct source_gap left[3]; } arrivals[] = {
    {1, 2, {{2, 4}, {6, 8}}},           /* before every hole */
    {2, 2, {{3, 4}, {6, 8}}},
    {3, 3, {{2, 2}, {4, 4}, {6, 8}}},
    {4, 2, {{2, 3}, {6, 8}}},
    {5, 2, {{2, 4}, {6, 8}}},           /* between them */
    {9, 2, {{2, 4}, {6, 8}}},           /* the newest once more */
    {10, 2, {{2, 4}, {6, 8}}},          /* the next */
    {12, 3, {{2, 4}, {6, 8}, {10, 11}}},
};

START_TEST(a_number_fills_the_hole_it_falls_into)
{
    struct source_record record = {
        .sequence = 9, .gaps = gaps_of(2, (struct source_gap[]){{2, 4}, {6, 8}}),
    };
    struct source_gaps left = gaps_of(arrivals[_i].count, arrivals[_i].left);
    sources_sequence(&record, arrivals[_i].arrives);
    ck_assert(sources_gaps_equal(&record.gaps, &left));
    ck_assert_uint_eq(record.sequence, arrivals[_i].arrives > 9 ? arrivals[_i].arrives : 9);
}
END_TEST

START_TEST(a_hole_that_is_split_when_there_are_too_many_loses_its_newer_part)
{
    struct source_record record = {.sequence = 100};
    for (uint64_t i = 1; i <= SOURCE_GAPS_MAX; i++)
        record.gaps.items[record.gaps.count++] = (struct source_gap){10 * i, 10 * i + 2};
    struct source_gaps left = record.gaps;
    left.items[SOURCE_GAPS_MAX - 1].to -= 2;
    sources_sequence(&record, 10 * SOURCE_GAPS_MAX + 1);
    ck_assert(sources_gaps_equal(&record.gaps, &left));
}
END_TEST

static const struct { uint64_t first, last; uint32_t count; struct source_gap left[3]; } takings[] = {
    {1, 4, 1, {{5, 10}}},
    {11, 20, 1, {{5, 10}}},
    {5, 10, 0, {{0, 0}}},
    {1, 20, 0, {{0, 0}}},
    {5, 7, 1, {{8, 10}}},
    {1, 7, 1, {{8, 10}}},
    {8, 10, 1, {{5, 7}}},
    {8, 20, 1, {{5, 7}}},
    {6, 7, 2, {{5, 5}, {8, 10}}},
};

START_TEST(of_a_hole_remains_what_lies_beside_our_own)
{
    struct source_gaps gaps = gaps_of(1, (struct source_gap[]){{5, 10}});
    struct source_gaps rest = sources_gaps_without(&gaps, takings[_i].first, takings[_i].last);
    struct source_gaps left = gaps_of(takings[_i].count, takings[_i].left);
    ck_assert(sources_gaps_equal(&rest, &left));
}
END_TEST

/* --- Rows that are damaged. ---------------------------------------------------------------- */

static const struct { const char *bytes; size_t size; bool good; } gap_rows[] = {
    {"", 0, false},
    {"\x09", 1, false},                         /* more than a source has */
    {"\x01", 1, false},
    {"\x01\x05", 2, false},
    {"\x01\x00\x00", 3, false},                 /* numbers begin at 1 */
    {"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 12, false},
    {"\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01", 11, false},      /* its end is beyond int64 */
    {"\x02\x05\x02\x07\x00", 5, false},       /* the second begins within the first */
    {"\x02\x05\x02\x08\x00", 5, true},
    {"\x01\x05\x02\x00", 4, false},
    {"\x01\x05\x02", 3, true},
    {"\x00", 1, true},
};

START_TEST(holes_are_read_wholly_or_not_at_all)
{
    uint8_t key[4];
    struct source_gaps gaps;
    ck_assert_int_eq(sources_take_gaps((const uint8_t *)gap_rows[_i].bytes, gap_rows[_i].size, &gaps),
                     gap_rows[_i].good);
    key_u32(key, 7);
    txn_put(&txn, TABLE_GAPS, key, sizeof key, gap_rows[_i].bytes, gap_rows[_i].size);
    sources_get_gaps(&txn, 7, &gaps);
    ck_assert_int_eq(txn.err, gap_rows[_i].good ? 0 : -EILSEQ);
}
END_TEST

static const struct { const char *bytes; size_t size; bool good; } source_rows[] = {
    {"", 0, false},
    {"\x01\x01\x01\x01\x01\x05\x02\x02", 8, false},
    {"\x01\x01\x01\x01\x01\x05\x02\x02\x09", 9, false},         /* nine holes */
    {"\x01\x01\x01\x01\x01\x05\x02\x02\x01\x05", 10, false},    /* half of one */
    {"\x01\x01\x01\x01\x01\x05\x02\x02\x00\x00", 10, false},
    {"\x01\x01\x01\x01\x01\x05\x01\x02\x00", 9, false},         /* recorded before 1970 */
    {"\x01\x01\x01\x01\x01\x05\x02\x02\x00", 9, true},
};

START_TEST(a_source_is_read_wholly_or_not_at_all)
{
    uint8_t key[4];
    struct source_record record;
    key_u32(key, 7);
    txn_put(&txn, TABLE_SOURCES, key, sizeof key, source_rows[_i].bytes, source_rows[_i].size);
    ck_assert_int_eq(sources_get(&txn, 7, &record), source_rows[_i].good);
    ck_assert_int_eq(txn.err, source_rows[_i].good ? 0 : -EILSEQ);
    txn.err = 0;
    ck_assert_uint_eq(sources_quarantined(&txn), source_rows[_i].good ? 5 : 0);
    ck_assert_int_eq(txn.err, source_rows[_i].good ? 0 : -EILSEQ);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_damage)
{
    static const char name[SOURCE_NAME_MAX + 1] = "a";
    char found[SOURCE_NAME_MAX + 1];
    uint8_t key[4];
    key_u32(key, 7);
    ck_assert(!sources_name(&txn, 7, found));
    ck_assert_int_eq(txn.err, 0);
    txn_put(&txn, TABLE_SOURCE_NAMES, key, sizeof key, name, sizeof name);
    ck_assert(!sources_name(&txn, 7, found));
    ck_assert_str_eq(found, "");
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

START_TEST(what_a_source_told_a_fund_has_two_numbers)
{
    static const char row[] = {2, 3, 0};
    struct fund_source told;
    uint8_t key[8];
    key_u32(key, 1);
    key_u32(key + 4, 7);
    txn_put(&txn, TABLE_FUND_SOURCES, key, sizeof key, row, (size_t)_i);
    ck_assert_int_eq(sources_get_fund(&txn, 1, 7, &told), _i == 2);
    ck_assert_int_eq(txn.err, _i == 2 ? 0 : -EILSEQ);
    if (_i == 2)
        ck_assert_int_eq(told.last_date, 1 + 3);
}
END_TEST

/* --- Quarantine. ------------------------------------------------------------------------------ */

static struct quarantine_entry an_entry(uint32_t source, uint32_t issuer, const char *id, const char *sent)
{
    struct quarantine_entry entry = {
        .source = source, .issuer = issuer, .hash = 5, .sent = {sent, (uint32_t)strlen(sent)},
    };
    strcpy(entry.id, id);
    return entry;
}

START_TEST(entries_whose_ids_have_one_hash_are_several)
{
    static const struct { uint32_t source, issuer; const char *id, *sent; } entries[] = {
        {1, 1, "a", "xx"}, {2, 1, "a", "xx"}, {1, 2, "a", "xx"}, {1, 1, "b", "xx"}, {1, 1, "a", "xy"},
        {1, 1, "a", "x"},
    };
    struct quarantine_entry missing = an_entry(9, 1, "a", "xx");
    for (uint64_t i = 0; i < 6; i++) {
        struct quarantine_entry entry
            = an_entry(entries[i].source, entries[i].issuer, entries[i].id, entries[i].sent);
        ck_assert_uint_eq(quarantine_find(&txn, &entry), 0);
        quarantine_put(&txn, i + 1, &entry);
    }
    for (uint64_t i = 0; i < 6; i++) {
        struct quarantine_entry like
            = an_entry(entries[i].source, entries[i].issuer, entries[i].id, entries[i].sent);
        ck_assert_uint_eq(quarantine_find(&txn, &like), i + 1);
    }
    ck_assert_uint_eq(quarantine_find(&txn, &missing), 0);
    ck_assert_uint_eq(quarantine_oldest(&txn, 1), 1);
    ck_assert(quarantine_delete(&txn, 1, 1));
    ck_assert(!quarantine_delete(&txn, 1, 1));
    ck_assert_uint_eq(quarantine_oldest(&txn, 1), 3);
    ck_assert_uint_eq(quarantine_oldest(&txn, 3), 0);
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

static const struct {
    uint8_t id, name;
    size_t size;
    bool good;
    uint8_t outcome, reject, why;
} entry_rows[] = {
    {0, 0, 51, false, 0, 0, 0},
    {EVENT_ID_MAX + 1, 0, 200, false, 0, 0, 0},
    {0, EVENT_KEY_MAX + 1, 200, false, 0, 0, 0},
    {9, 9, 52 + 17, false, 0, 0, 0},
    {9, 9, 52 + 18, true, 0, 0, 0},
    {9, 9, 52 + 18, false, OUTCOME_REJECTED, REJECT_END, 0},
    {9, 9, 52 + 18, true, OUTCOME_REJECTED, REJECT_BAD_MOVE, HINDRANCE_END - 1},
    {9, 9, 52 + 18, false, OUTCOME_REJECTED, REJECT_BAD_MOVE, HINDRANCE_END},
};

START_TEST(an_entry_of_the_quarantine_is_read_wholly_or_not_at_all)
{
    uint8_t key[8], named[16], row[200] = {
        [16] = entry_rows[_i].outcome, [17] = entry_rows[_i].reject, [18] = entry_rows[_i].id,
        [19] = entry_rows[_i].name, [36] = entry_rows[_i].why,
    };
    struct quarantine_entry entry, like = an_entry(0, 0, "", "");
    key_u64(key, 7);
    txn_put(&txn, TABLE_QUARANTINE, key, sizeof key, row, entry_rows[_i].size);
    ck_assert_int_eq(quarantine_get(&txn, 7, &entry), entry_rows[_i].good ? 0 : -EILSEQ);
    key_u64(named, like.hash);
    key_u64(named + 8, 7);
    txn_put(&txn, TABLE_QUARANTINE_IDS, named, sizeof named, "", 0);
    ck_assert_uint_eq(quarantine_find(&txn, &like), entry_rows[_i].good ? 7 : 0);
    txn.err = 0;
    ck_assert_int_eq(quarantine_get(&txn, 8, &entry), -ENOENT);
    txn.err = -EIO;
    ck_assert_int_eq(quarantine_get(&txn, 7, &entry), -EIO);
}
END_TEST

#define ROWS(table) (sizeof (table) / sizeof (table)[0])

Suite *suite(void)
{
    Suite *s = suite_create("sources");
    TCase *numbers = tcase_create("numbers");
    tcase_add_loop_test(numbers, a_number_fills_the_hole_it_falls_into, 0, ROWS(arrivals));
    tcase_add_test(numbers, a_hole_that_is_split_when_there_are_too_many_loses_its_newer_part);
    tcase_add_loop_test(numbers, of_a_hole_remains_what_lies_beside_our_own, 0, ROWS(takings));
    suite_add_tcase(s, numbers);
    TCase *rows = tcase_create("rows");
    tcase_add_checked_fixture(rows, setup, teardown);
    tcase_add_loop_test(rows, holes_are_read_wholly_or_not_at_all, 0, ROWS(gap_rows));
    tcase_add_loop_test(rows, a_source_is_read_wholly_or_not_at_all, 0, ROWS(source_rows));
    tcase_add_test(rows, a_name_that_is_too_long_is_damage);
    tcase_add_loop_test(rows, what_a_source_told_a_fund_has_two_numbers, 0, 4);
    tcase_add_test(rows, entries_whose_ids_have_one_hash_are_several);
    tcase_add_loop_test(rows, an_entry_of_the_quarantine_is_read_wholly_or_not_at_all, 0, ROWS(entry_rows));
    suite_add_tcase(s, rows);
    return s;
}
