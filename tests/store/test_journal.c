/* Segments of the journal: a record is the one that was written, or there is none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/group.h"
#include "store/redo.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define FAR   (UINT64_C(1) << 40)       /* behind all that the store has */
#define HEAD  SEGMENT_HEAD
#define SIZE  (HEAD + 2 * 2 + 2 * (RECORD_HEAD + 3))

static struct txn txn;
static uint8_t whole[SIZE];             /* a segment of two records of three bytes, as it was written */

static void setup(void)
{
    struct journal *journal = malloc(sizeof *journal);
    const uint8_t chain[CHAIN_SIZE] = {0};
    const uint8_t *value;
    size_t size;
    uint8_t key[8];
    books_setup();
    ck_assert_ptr_nonnull(journal);
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    *journal = (struct journal){0};
    journal_start(journal, FAR - 1, chain, 17);
    journal_append(journal, &txn, RECORD_CLOCK, "one", 3);
    journal_append(journal, &txn, RECORD_CLOCK, "two", 3);
    journal_flush(journal, &txn);
    free(journal);
    key_u64(key, FAR);
    ck_assert(txn_peek(&txn, TABLE_JOURNAL, key, sizeof key, &value, &size));
    ck_assert_uint_eq(size, SIZE);
    memcpy(whole, value, size);
}

static void teardown(void)
{
    txn_abort(&txn);
    books_teardown();
}

static void put_segment(uint64_t first, const uint8_t *segment, size_t size)
{
    uint8_t key[8];
    key_u64(key, first);
    txn_delete(&txn, TABLE_JOURNAL, key, sizeof key);
    uint8_t *to = txn_append(&txn, key, sizeof key, size);
    ck_assert_ptr_nonnull(to);
    memcpy(to, segment, size);
}

static int read_at(uint64_t position)
{
    struct record record;
    int err = journal_read(NULL, &txn, position, &record);
    if (err == 0)
        ck_assert_mem_eq(record.body, position == FAR ? "one" : "two", 3);
    return err;
}

/* How many records a walk gives; its error is the transaction's. */
static unsigned walked(uint64_t from)
{
    struct journal_walk walk;
    struct record record;
    unsigned count = 0;
    journal_walk_begin(&walk, &txn, from);
    while (journal_walk_next(&walk, &record))
        count++;
    journal_walk_end(&walk);
    return count;
}

START_TEST(what_was_written_is_read)
{
    ck_assert_int_eq(read_at(FAR), 0);
    ck_assert_int_eq(read_at(FAR + 1), 0);
    ck_assert_int_eq(read_at(FAR + 2), -ENOENT);
    ck_assert_int_eq(read_at(FAR - 1), -ENOENT);
    ck_assert_int_eq(read_at(0), -ENOENT);
    ck_assert_uint_eq(walked(FAR + 1), 1);
    ck_assert_uint_eq(walked(FAR + 2), 0);
    ck_assert_uint_eq(walked(FAR), 2);
    ck_assert_int_eq(txn.err, 0);
    txn.err = -ENOSPC;
    ck_assert_uint_eq(walked(FAR), 0);  /* behind an error nothing is read */
    txn.err = 0;
}
END_TEST

/* A byte of the head or of the offsets, and what it becomes. */
static const struct {
    const char *what;
    size_t at;
    uint8_t byte;
    bool first_only;            /* the second record is none, the first is whole */
} changes[] = {
    {"another beginning", 0, 'X', false},
    {"another position", 8, 1, false},
    {"no records", 4, 0, false},
    {"more records than bytes", 5, 1, false},
    {"more records than any segment", 5, 0xff, false},
    {"a record before the one before it", HEAD + 2, 2, false},
    {"a record behind the end", HEAD + 3, 1, false},
    {"another byte", SIZE - 1, 'X', true},
    {"another type", SIZE - 4, RECORD_NAME, true},
};

START_TEST(a_segment_that_was_changed_is_damage)
{
    uint8_t changed[SIZE];
    memcpy(changed, whole, SIZE);
    ck_assert_uint_ne(changed[changes[_i].at], changes[_i].byte);
    changed[changes[_i].at] = changes[_i].byte;
    put_segment(FAR, changed, SIZE);
    ck_assert_msg(read_at(FAR) == (changes[_i].first_only ? 0 : -EILSEQ), "%s", changes[_i].what);
    ck_assert_int_ne(read_at(FAR + 1), 0);
    ck_assert_uint_eq(walked(FAR), changes[_i].first_only);
    ck_assert_int_eq(txn.err, -EILSEQ);
    txn.err = 0;
    ck_assert_uint_eq(walked(FAR + 1), 0);
}
END_TEST

START_TEST(a_segment_cut_anywhere_is_damage)
{
    for (size_t size = 0; size < SIZE; size++) {
        put_segment(FAR, whole, size);
        ck_assert_int_ne(read_at(FAR + 1), 0);
        /* The first one is read as long as there is room for the heads of both. */
        ck_assert_uint_eq(walked(FAR), size >= HEAD + 2 * 2 + 2 * RECORD_HEAD);
        ck_assert_int_eq(txn.err, -EILSEQ);
        txn.err = 0;
    }
}
END_TEST

/* A segment behind a hole, and one that begins within the one before it. */
START_TEST(a_walk_ends_where_its_transaction_failed)
{
    struct journal_walk walk;
    struct record record;
    journal_walk_begin(&walk, &txn, FAR);
    ck_assert(journal_walk_next(&walk, &record));
    txn.err = -EIO;
    ck_assert(!journal_walk_next(&walk, &record));
    ck_assert_int_eq(txn.err, -EIO);
    txn.err = 0;
    ck_assert(journal_walk_next(&walk, &record));
    ck_assert_uint_eq(record.position, FAR + 1);
    journal_walk_end(&walk);
}
END_TEST

START_TEST(segments_follow_each_other)
{
    uint64_t first = FAR + 2 + (_i == 0 ? 1 : -1ULL);
    uint8_t next[SIZE];
    memcpy(next, whole, SIZE);
    put_u64(next + 8, first);
    put_segment(first, next, SIZE);
    ck_assert_uint_eq(walked(FAR), 2);
    ck_assert_int_eq(txn.err, -EILSEQ);
}
END_TEST

START_TEST(only_the_bytes_of_its_records_are_in_a_segment)
{
    uint8_t changed[SIZE];
    ck_assert(journal_is_dense(whole, SIZE));
    memcpy(changed, whole, SIZE);
    changed[HEAD] = 1;
    ck_assert(!journal_is_dense(changed, SIZE));
    ck_assert(!journal_is_dense(whole, HEAD + 2 * 2 + SEGMENT_MAX + 1));
    ck_assert(journal_is_dense(whole, HEAD + 2 * 2 + SEGMENT_MAX));
}
END_TEST

/* --- A rebuild: what it makes is compared with what stands there. ---------------------------------- */

static const struct {
    enum record_type type;
    const char *body;
    size_t size;
} otherwise[] = {
    {RECORD_NAME, "one", 3},
    {RECORD_CLOCK, "one", 2},
    {RECORD_CLOCK, "ond", 3},
};

/* With the record at hand, or read; of another one behind it nothing more is said. */
START_TEST(a_record_that_is_another_one_is_the_difference)
{
    struct journal *journal = malloc(sizeof *journal);
    const uint8_t chain[CHAIN_SIZE] = {0};
    struct record expected;
    ck_assert_ptr_nonnull(journal);
    for (int at_hand = 0; at_hand < 2; at_hand++) {
        *journal = (struct journal){.rebuilt = &txn};
        journal_start(journal, FAR - 1, chain, 17);
        ck_assert_int_eq(journal_read(NULL, &txn, FAR, &expected), 0);
        journal->expected = at_hand ? &expected : NULL;
        journal_append(journal, &txn, otherwise[_i].type, otherwise[_i].body, otherwise[_i].size);
        ck_assert_uint_eq(journal->differs, FAR);
        journal_append(journal, &txn, RECORD_CLOCK, "xyz", 3);
        ck_assert_uint_eq(journal->differs, FAR);

        journal_start(journal, FAR - 1, chain, 17);
        journal->differs = 0;
        journal_append(journal, &txn, RECORD_CLOCK, "one", 3);
        journal_append(journal, &txn, RECORD_CLOCK, "two", 3);  /* behind the one at hand */
        ck_assert_uint_eq(journal->differs, 0);
        journal_append(journal, &txn, RECORD_CLOCK, "xyz", 3);  /* where the journal has ended */
        ck_assert_uint_eq(journal->differs, FAR + 2);
        ck_assert_int_eq(journal_read(journal, NULL, FAR + 1, &expected), 0);
        ck_assert_mem_eq(expected.body, "two", 3);
        ck_assert_int_eq(journal_read(journal, NULL, FAR + 9, &expected), -ENOENT);
    }
    free(journal);
}
END_TEST

/* --- Events in records. ------------------------------------------------------------------------------ */

/* Source and issuer stand before the event: cut off, or too large. */
static const struct {
    enum record_type type;
    const char *body;
    size_t size;
} no_events[] = {
    {RECORD_CLOCK, "\1\1\x80", 3},
    {RECORD_EVENT, "", 0},
    {RECORD_EVENT, "\1", 1},
    {RECORD_EVENT, "\x80\x80\x80\x80\x10\1\x80", 7},
    {RECORD_EVENT, "\1\x80\x80\x80\x80\x10\x80", 7},
    {RECORD_EVENT, "\1\1", 2},
};

START_TEST(what_is_no_event_is_not_read_as_one)
{
    struct record record = {
        .type = no_events[_i].type,
        .body = (const uint8_t *)no_events[_i].body,
        .size = no_events[_i].size,
    };
    struct event_record event;
    struct event_key key;
    ck_assert_int_ne(event_of_record(&record, &event), 0);
    ck_assert_int_ne(event_key_of_record(&record, &key), 0);
}
END_TEST

/* --- Records that are done again. ---------------------------------------------------------------------- */

/* The fund's number is 1, its policy came from the source 1, "tax"; there is no alert. */
static const struct {
    enum record_type type;
    const char *body;
    size_t size;
    const char *said;
} undone[] = {
    {RECORD_NAME, "\2\0\0\0", 4, "the name cannot be read"},
    {RECORD_NAME, "\2\0\0\0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 69,
     "the name cannot be read"},
    {RECORD_NAME, "\7\0\0\0new", 7, "the source has another number"},
    {RECORD_NAME, "\7\0\0\0a b", 7, "the source has another number"},
    {RECORD_EVALUATION, "\1\0\0\0\0\0\0\0\0\0\0\0", 12, "the evaluation cannot be read"},
    {RECORD_EVALUATION, "\1\0\0\0\0\0\0\x80\0\0\0\0\0", 13, "the evaluation cannot be read"},
    {RECORD_EVALUATION, "\1\0\0\0\x58\x4d\0\0\3\0\0\0\0", 13, "the evaluation cannot be read"},
    {RECORD_EVALUATION, "\x63\0\0\0\x58\x4d\0\0\0\0\0\0\0", 13, "an evaluation of no fund"},
    {RECORD_ALERT, "", 0, "an alert that the rules do not give"},
    {RECORD_ACKNOWLEDGE, "\1\0\0\0\0\0\0\0\0", 9, "the acknowledgement cannot be read"},
    {RECORD_ACKNOWLEDGE, "\1\0\0\0\0\0\0\0\2x\0\0", 12, "the acknowledgement cannot be read"},
    {RECORD_ACKNOWLEDGE, "\1\0\0\0\0\0\0\0\xff\0\0", 11, "the acknowledgement cannot be read"},
    {RECORD_ACKNOWLEDGE, "\1\0\0\0\0\0\0\0\0\xff\xff", 11, "the acknowledgement cannot be read"},
    {RECORD_ACKNOWLEDGE, "\1\0\0\0\0\0\0\0\0\2\0x", 12, "the acknowledgement cannot be read"},
    {RECORD_ACKNOWLEDGE, "\1\0\0\0\0\0\0\0\1x\0\0", 12, "nothing to acknowledge"},
    {RECORD_CLOCK, "\x58\x4d\0", 3, "the clock cannot be moved"},
    {RECORD_CLOCK, "\0\0\0\x80", 4, "the clock cannot be moved"},
    {RECORD_EPOCH, "\1\0\0\0\0\0\0", 7, "the record cannot be read"},
    {RECORD_COVERED, "\1\0\0\0\0\0\0\0\0", 9, "the record cannot be read"},
    {RECORD_GAPS, "\1\0\0\0", 4, "the gaps cannot be read"},
    {RECORD_GAPS, "\1\0\0\0\xff", 5, "the gaps cannot be read"},
    {RECORD_ACTION, "", 0, NULL},
    {RECORD_EVENT, "", 0, "a record of unknown type"},
    {(enum record_type)99, "", 0, "a record of unknown type"},
};

START_TEST(a_record_that_cannot_be_done_again_says_why)
{
    struct record record = {
        .position = position() + 1,
        .type = undone[_i].type,
        .body = (const uint8_t *)undone[_i].body,
        .size = undone[_i].size,
    };
    begin();
    const char *said = redo_record(books, &record);
    store_abort(books);
    ck_assert_ptr_nonnull(said);
    if (undone[_i].said != NULL)
        ck_assert_str_eq(said, undone[_i].said);
}
END_TEST

/* What the books could not look up they cannot do again. */
START_TEST(behind_an_error_no_name_is_done_again)
{
    struct record record = {
        .position = position() + 1, .type = RECORD_NAME, .body = (const uint8_t *)"\2\0\0\0new", .size = 7,
    };
    begin();
    books->txn.err = -EIO;
    ck_assert_ptr_nonnull(redo_record(books, &record));
    ck_assert_int_eq(books->txn.err, -EIO);
    store_abort(books);
}
END_TEST

/* And one that can: names get their number in the order in which they come, the clock goes on. */
START_TEST(a_record_that_can_be_done_again_says_nothing)
{
    static const uint8_t name[] = {2, 0, 0, 0, 'n', 'e', 'w'};
    uint8_t clock[4];
    put_i32(clock, day(20240301));
    begin();
    ck_assert_ptr_null(redo_record(books, &(struct record){
        .position = position() + 1, .type = RECORD_NAME, .body = name, .size = sizeof name}));
    ck_assert_ptr_null(redo_record(books, &(struct record){
        .position = position() + 2, .type = RECORD_CLOCK, .body = clock, .size = sizeof clock}));
    ck_assert_int_eq(books->head.clocked, day(20240301));
    ck_assert_uint_eq(books->head.sources, 2);
    put_i32(clock, day(20990101));
    ck_assert_str_eq(redo_record(books, &(struct record){
        .position = position() + 3, .type = RECORD_CLOCK, .body = clock, .size = sizeof clock}),
        "the clock cannot be moved");
    store_abort(books);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("journal");
    TCase *t = tcase_create("segments");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_was_written_is_read);
    tcase_add_loop_test(t, a_segment_that_was_changed_is_damage, 0, sizeof changes / sizeof changes[0]);
    tcase_add_test(t, a_segment_cut_anywhere_is_damage);
    tcase_add_test(t, a_walk_ends_where_its_transaction_failed);
    tcase_add_loop_test(t, segments_follow_each_other, 0, 2);
    tcase_add_test(t, only_the_bytes_of_its_records_are_in_a_segment);
    tcase_add_loop_test(t, a_record_that_is_another_one_is_the_difference, 0,
                        sizeof otherwise / sizeof otherwise[0]);
    suite_add_tcase(s, t);
    t = tcase_create("records");
    tcase_add_loop_test(t, what_is_no_event_is_not_read_as_one, 0, sizeof no_events / sizeof no_events[0]);
    suite_add_tcase(s, t);
    t = tcase_create("done again");
    tcase_add_checked_fixture(t, books_setup, books_teardown);
    tcase_add_loop_test(t, a_record_that_cannot_be_done_again_says_why, 0, sizeof undone / sizeof undone[0]);
    tcase_add_test(t, behind_an_error_no_name_is_done_again);
    tcase_add_test(t, a_record_that_can_be_done_again_says_nothing);
    suite_add_tcase(s, t);
    return s;
}
