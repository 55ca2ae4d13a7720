/* Sources and the quarantine, which no record of the journal brings back: each way in which they can be other
 * ones is told, and nothing else is. */
#include <errno.h>
#include <string.h>

#include "store/beside.h"
#include "store/bytes.h"
#include "store/group.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static bool memory_is_out;      /* Makefile: WRAP_test_beside */

#define MEMORY_IS_OUT() memory_is_out
#include "tests/store/short_memory.h"

static struct beside beside;
static struct txn txn;
static struct head head;
static char first[100];

static int count_one(uint32_t source, date_day date)
{
    struct event_record event = {.source = source, .event.date = date};
    return beside_count(&beside, &event);
}

/* What the journal has of the sources there are, in a transaction that is given up. */
static void setup(void)
{
    struct source_record record;
    books_setup();
    apply(a_fee("f", 20240105, 100));
    begin();
    uint32_t silent;
    ck_assert_int_eq(store_source(books, "silent", &silent), 0);
    commit();
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    ck_assert_int_eq(head_get(&txn, &head), 0);
    ck_assert_uint_eq(head.sources, 2);
    for (uint32_t number = 1; number <= head.sources; number++) {
        ck_assert(sources_get(&txn, number, &record));
        for (uint64_t i = 0; i < record.applied; i++)
            ck_assert_int_eq(count_one(number, record.last_date), 0);
    }
}

static void teardown(void)
{
    txn_abort(&txn);
    beside_free(&beside);
    books_teardown();
}

static struct quarantine_entry an_entry(uint32_t source, const char *id)
{
    struct quarantine_entry entry = {
        .source = source, .issuer = source, .hash = 77, .sent = {"x", 1},
        .why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_UNKNOWN_FIELD},
    };
    strcpy(entry.id, id);
    return entry;
}

/* Puts an entry where it belongs, and says so of its source. */
static void quarantine(uint64_t number, uint32_t source, const char *id)
{
    struct quarantine_entry entry = an_entry(source, id);
    struct source_record record;
    quarantine_put(&txn, number, &entry);
    ck_assert(sources_get(&txn, source, &record));
    record.quarantined++;
    sources_put(&txn, source, &record);
    head.quarantine = number;
}

static void agrees(void)
{
    uint64_t differences = beside_compare(&beside, &txn, &head, first, sizeof first);
    ck_assert_msg(differences == 0, "%s", first);
}

static void differs(const char *words)
{
    ck_assert_uint_gt(beside_compare(&beside, &txn, &head, first, sizeof first), 0);
    ck_assert_msg(strstr(first, words) != NULL, "%s", first);
    ck_assert_int_eq(txn.err, 0);
}

START_TEST(entries_with_and_without_an_id_are_found)
{
    quarantine(1, 1, "bad");
    quarantine(2, 2, "");
    agrees();
}
END_TEST

START_TEST(room_for_a_source_is_made_or_told)
{
    memory_is_out = true;
    int err = count_one(1000, 3);
    memory_is_out = false;
    ck_assert_int_eq(err, -ENOMEM);
    agrees();
    ck_assert_int_eq(count_one(1000, 3), 0);
    ck_assert_uint_eq(beside.sources[1000].applied, 1);
    ck_assert_int_eq(beside.sources[1000].newest, 3);
    ck_assert_uint_eq(beside.sources[999].applied, 0);
    differs("sources, 1000: is missing");
}
END_TEST

/* The table of what finds an entry lacks it; of the source, or of the id. */
START_TEST(an_entry_that_nothing_finds_is_told)
{
    uint8_t key[16];
    quarantine(1, 1, "bad");
    if (_i == 0) {
        key_u32(key, 1);
        key_u64(key + 4, 1);
        ck_assert(txn_delete(&txn, TABLE_QUARANTINE_SOURCES, key, 12));
    } else {
        key_u64(key, 77);
        key_u64(key + 8, 1);
        ck_assert(txn_delete(&txn, TABLE_QUARANTINE_IDS, key, 16));
    }
    differs("quarantine, 1: the entry is not found");
}
END_TEST

START_TEST(an_id_that_finds_no_entry_is_told)
{
    uint8_t key[16];
    quarantine(1, 1, "bad");
    key_u64(key, 78);
    key_u64(key + 8, 1);
    txn_put(&txn, TABLE_QUARANTINE_IDS, key, sizeof key, "", 0);
    differs("has more of them");
}
END_TEST

/* It says that its id is longer than it is itself; under a key that is one, or is too long. */
START_TEST(an_entry_that_cannot_be_read_is_told)
{
    uint8_t key[9], value[128];
    const uint8_t *whole;
    size_t size;
    quarantine(1, 1, "bad");
    key_u64(key, 1);
    key[8] = 0;
    ck_assert(txn_peek(&txn, TABLE_QUARANTINE, key, 8, &whole, &size));
    ck_assert_uint_le(size, sizeof value);
    memcpy(value, whole, size);
    value[18] = UINT8_MAX;          /* docs/STORE.md 4 */
    txn_put(&txn, TABLE_QUARANTINE, key, _i == 0 ? 8 : 9, value, size);
    differs(_i == 0 ? "quarantine, 1: the entry cannot be read" : "quarantine, 0: the entry cannot be read");
}
END_TEST

/* Such a number may be any: room for it would be all memory, or more than can be counted. */
START_TEST(an_entry_of_no_source_is_told)
{
    struct quarantine_entry entry = an_entry(_i == 0 ? 3 : UINT32_MAX, "bad");
    quarantine_put(&txn, 1, &entry);
    head.quarantine = 1;
    head.sources = _i == 2 ? UINT32_MAX : head.sources;
    differs("quarantine, 1: the entry is of no source");
}
END_TEST

START_TEST(there_is_no_room_for_more_sources_than_can_be_counted)
{
    ck_assert_int_eq(count_one(UINT32_MAX, 20240105), -ENOMEM);
}
END_TEST

START_TEST(an_entry_that_there_is_no_memory_for_is_told)
{
    quarantine(1, 1, "bad");
    beside_free(&beside);
    memory_is_out = true;
    uint64_t differences = beside_compare(&beside, &txn, &head, first, sizeof first);
    memory_is_out = false;
    ck_assert_uint_eq(differences, 1);
    ck_assert_ptr_nonnull(strstr(first, "no memory to count"));
}
END_TEST

START_TEST(a_journal_without_events_is_not_that_of_the_sources)
{
    quarantine(1, 2, "bad");
    beside_free(&beside);
    differs("sources, 1: another number of events");
    ck_assert_uint_eq(beside.sources[2].quarantined, 1);
}
END_TEST

START_TEST(a_source_of_which_nothing_but_quarantine_is_known_is_missed)
{
    uint8_t key[4];
    quarantine(1, 2, "bad");
    key_u32(key, 2);
    ck_assert(txn_delete(&txn, TABLE_SOURCES, key, sizeof key));
    differs("sources, 2: is missing");
}
END_TEST

/* It cannot be read, so neither it nor those behind it can be counted. */
START_TEST(a_damaged_source_is_told)
{
    uint8_t key[4];
    key_u32(key, 1);
    txn_put(&txn, TABLE_SOURCES, key, sizeof key, "", 0);
    ck_assert_uint_eq(beside_compare(&beside, &txn, &head, first, sizeof first), 2);
    ck_assert_int_eq(txn.err, 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("beside");
    TCase *t = tcase_create("beside");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, entries_with_and_without_an_id_are_found);
    tcase_add_test(t, room_for_a_source_is_made_or_told);
    tcase_add_loop_test(t, an_entry_that_nothing_finds_is_told, 0, 2);
    tcase_add_test(t, an_id_that_finds_no_entry_is_told);
    tcase_add_loop_test(t, an_entry_that_cannot_be_read_is_told, 0, 2);
    tcase_add_loop_test(t, an_entry_of_no_source_is_told, 0, 3);
    tcase_add_test(t, there_is_no_room_for_more_sources_than_can_be_counted);
    tcase_add_test(t, an_entry_that_there_is_no_memory_for_is_told);
    tcase_add_test(t, a_journal_without_events_is_not_that_of_the_sources);
    tcase_add_test(t, a_source_of_which_nothing_but_quarantine_is_known_is_missed);
    tcase_add_test(t, a_damaged_source_is_told);
    suite_add_tcase(s, t);
    return s;
}
