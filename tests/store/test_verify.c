/* verify finds what was changed behind the store's back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <lmdb.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/env.h"
#include "store/group.h"
#include "store/journal.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static char copy[260];

/* Books with a bit of everything, and a copy of them. */
static void setup(void)
{
    uint64_t covered;
    books_setup();
    struct policy policy = policy_default();
    policy.version = 2;
    policy.ahead_days = 366;
    policy.calendar_count = policy.source_count = 1;
    policy.calendars[0] = (struct calendar_rule){"daily", CALENDAR_DAILY, 0, false, 0};
    policy.sources[0] = (struct source_rule){"tax", "daily"};
    apply(a_policy("p", 20240101, &policy));
    apply(an_opening("o", 20231231, 100000));
    apply(a_day("d0", 20240131));
    apply(a_month_close("c", 20240131));
    apply(a_statement("s", 20240131, 12));
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "f%d", i);
        apply(a_fee_of(id, 20240105, 38000 + i, i));
    }
    apply(a_reversal("r1", 20240106, "f7"));
    apply(a_reversal("r2", 20240107, "late"));
    apply(a_fee_of("late", 20240106, 38000, 50));
    apply(a_reversal("r3", 20240107, "never"));
    apply(an_expenditure("x", 20240110, 1000, CATEGORY_INPATIENT));
    uint32_t tax;
    begin();
    ck_assert_int_eq(store_source(books, "tax", &tax), 0);
    ck_assert_int_eq(store_sequence(books, tax, 3, (struct batch_numbers){0}), 0);
    commit();
    apply(a_day("d", 20241231));
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
}

static struct verify_result verified(void)
{
    struct verify_result result;
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    return result;
}

static struct env opened(struct txn *txn)
{
    struct env env;
    ck_assert_int_eq(env_open(copy, ENV_OPEN, UINT64_C(1) << 30, &env), 0);
    ck_assert_int_eq(txn_begin(&env, false, txn), 0);
    return env;
}

/* Changes a byte of the journal's segment at `position`, `at` bytes from its end; makes the checksum of its
 * only record right again if `forged`. */
static void change_journal(uint64_t position, size_t at, bool forged)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t tree_key[9] = {0xff}, *key = tree_key + 1, segment[4096];    /* docs/STORE.md 4 */
    const uint8_t *value;
    size_t size;
    key_u64(key, position);
    txn.env = &env;
    ck_assert(txn_peek(&txn, TABLE_JOURNAL, key, 8, &value, &size));
    ck_assert_uint_le(size, sizeof segment);
    memcpy(segment, value, size);
    segment[size - at] ^= 2;
    if (forged) {
        uint8_t *record = segment + SEGMENT_HEAD + 2;
        ck_assert_uint_eq(get_u16(segment + 4), 1);
        put_u32(record, (uint32_t)XXH3_64bits_withSeed(record + 4, (size_t)(segment + size - record) - 4,
                                                       position));
    }
    MDB_val k = {sizeof tree_key, tree_key}, data = {size, segment};
    ck_assert_int_eq(mdb_put(txn.mdb, env.tree, &k, &data, 0), 0);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

/* Doubles the first value of a table, checksum and all. */
static void change_table(enum table table)
{
    struct txn txn;
    struct env env = opened(&txn);
    struct range range;
    uint8_t key[64], value[4096];
    txn.env = &env;
    range_begin(&range, &txn, table, "", 0, "", 0);
    ck_assert(range_next(&range));
    size_t key_size = range.key_size, size = range.size;
    memcpy(key, range.key, key_size);
    memcpy(value, range.value, size);
    range_end(&range);
    value[size - 1] ^= 1;
    txn_put(&txn, table, key, key_size, value, size);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

/* --- A forger, who makes checksums, chain and head right again. ------------------------ */

/* The segment at `position` with `grown` bytes more, which are zeros behind its offsets. */
static size_t take_segment(struct txn *txn, uint64_t position, size_t grown, uint8_t segment[4096])
{
    uint8_t key[8];
    const uint8_t *value;
    size_t size;
    key_u64(key, position);
    ck_assert(txn_peek(txn, TABLE_JOURNAL, key, sizeof key, &value, &size));
    ck_assert_uint_le(size + grown, 4096);
    size_t offsets = SEGMENT_HEAD + 2 * (size_t)get_u16(value + 4);
    memcpy(segment, value, offsets);
    memset(segment + offsets, 0, grown);
    memcpy(segment + offsets + grown, value + offsets, size - offsets);
    return size + grown;
}

static void put_segment(struct txn *txn, uint64_t position, uint8_t *segment, size_t size)
{
    uint8_t key[9] = {0xff};    /* docs/STORE.md 4 */
    key_u64(key + 1, position);
    MDB_val k = {sizeof key, key}, data = {size, segment};
    ck_assert_int_eq(mdb_put(txn->mdb, txn->env->tree, &k, &data, 0), 0);
}

/* Where the only record of a segment begins. */
static uint8_t *record_of(uint8_t *segment)
{
    ck_assert_uint_eq(get_u16(segment + 4), 1);
    return segment + SEGMENT_HEAD + 2 + get_u16(segment + SEGMENT_HEAD);
}

static void seal_record(uint8_t *segment, size_t size, uint64_t position)
{
    uint8_t *record = record_of(segment);
    size_t rest = (size_t)(segment + size - record) - 4;
    put_u32(record, (uint32_t)XXH3_64bits_withSeed(record + 4, rest, position));
}

static void seal_chain(struct txn *txn)
{
    struct head head;
    uint8_t chain[CHAIN_SIZE] = {0}, segment[4096];
    ck_assert_int_eq(head_get(txn, &head), 0);
    for (uint64_t at = 1; at <= head.facts.position; at += get_u16(segment + 4)) {
        size_t size = take_segment(txn, at, 0, segment);
        journal_chain(chain, segment, size, chain);
        memcpy(segment + SEGMENT_HEAD - CHAIN_SIZE, chain, CHAIN_SIZE);
        put_segment(txn, at, segment, size);
    }
    memcpy(head.facts.chain, chain, CHAIN_SIZE);
    head_put(txn, &head);
}

/* Puts `new` where the record at `position`, the only one of its segment, has the text `old`. */
static void forge(uint64_t position, const char *old, const char *new)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t segment[4096];
    txn.env = &env;
    size_t size = take_segment(&txn, position, 0, segment);
    uint8_t *found = memmem(segment, size, old, strlen(old));
    ck_assert_ptr_nonnull(found);
    memcpy(found, new, strlen(new));
    seal_record(segment, size, position);
    put_segment(&txn, position, segment, size);
    seal_chain(&txn);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

static uint64_t position_of(const char *id)
{
    struct view *view;
    struct record_view found;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_event_find(view, "tax", id, &found), 0);
    view_close(&view);
    return found.position;
}

/* The first difference is at this position, and says so. */
static void is_found(uint64_t position, const char *words)
{
    char at[40];
    struct verify_result result = verified();
    snprintf(at, sizeof at, "position %d: ", (int)position);
    ck_assert_uint_gt(result.differences, 0);
    ck_assert_msg(strncmp(result.first, at, strlen(at)) == 0, "%s", result.first);
    ck_assert_msg(strstr(result.first, words) != NULL, "%s", result.first);
}

START_TEST(an_id_that_is_there_twice_is_found)
{
    char words[60];
    forge(position_of("f13"), "f13", "f12");
    snprintf(words, sizeof words, "the id of position %d once more", (int)position_of("f12"));
    is_found(position_of("f13"), words);
}
END_TEST

START_TEST(another_id_that_is_there_once_is_none_of_its_business)
{
    forge(position_of("f13"), "f13", "g13");
    struct verify_result result = verified();
    ck_assert_msg(result.differences == 0, "%s", result.first);
}
END_TEST

START_TEST(bytes_between_records_are_found)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t segment[4096];
    uint64_t at = position_of("f13");
    txn.env = &env;
    size_t size = take_segment(&txn, at, 3, segment);
    put_u16(segment + SEGMENT_HEAD, 3);
    put_segment(&txn, at, segment, size);
    seal_chain(&txn);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    is_found(at, "belong to no record");
}
END_TEST

START_TEST(a_chain_value_inside_the_journal_is_compared)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t segment[4096];
    uint64_t at = position_of("f13");
    txn.env = &env;
    size_t size = take_segment(&txn, at, 0, segment);
    segment[SEGMENT_HEAD - 1] ^= 1;
    put_segment(&txn, at, segment, size);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    is_found(at, "the chain breaks");
}
END_TEST

START_TEST(an_event_of_nobody_is_found)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t segment[4096];
    uint64_t at = position_of("f13");
    txn.env = &env;
    size_t size = take_segment(&txn, at, 0, segment);
    record_of(segment)[RECORD_HEAD + _i] = 9;       /* source, or issuer */
    seal_record(segment, size, at);
    put_segment(&txn, at, segment, size);
    seal_chain(&txn);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    is_found(at, "of no source");
}
END_TEST

START_TEST(a_reversal_of_something_else_is_found)
{
    forge(position_of("r1"), "f7", "f8");   /* its table of reversals says f7 */
    struct verify_result result = verified();
    ck_assert_uint_gt(result.differences, 0);
}
END_TEST

/* Lets the head say that the journal ends elsewhere. */
static void move_end(int by)
{
    struct txn txn;
    struct env env = opened(&txn);
    struct head head;
    txn.env = &env;
    ck_assert_int_eq(head_get(&txn, &head), 0);
    head.facts.position = (uint64_t)((int64_t)head.facts.position + by);
    head_put(&txn, &head);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

START_TEST(another_end_than_the_heads_is_found)
{
    move_end(_i == 0 ? -1 : 1);
    struct verify_result result = verified();
    ck_assert_msg(strstr(result.first, _i == 0 ? "goes on" : "the journal ends at") != NULL, "%s",
                  result.first);
}
END_TEST

START_TEST(an_alert_that_was_edited_is_found)
{
    struct txn txn;
    struct env env = opened(&txn);
    struct range range;
    uint8_t segment[4096];
    txn.env = &env;
    range_begin(&range, &txn, TABLE_ALERTS, "", 0, "", 0);
    ck_assert(range_next(&range));
    uint64_t alert = get_u64(range.value), first = alert;
    range_end(&range);
    struct record record;
    ck_assert_int_eq(journal_read(NULL, &txn, alert, &record), 0);
    uint8_t key[8];
    const uint8_t *value;
    size_t size;
    for (key_u64(key, first); !txn_peek(&txn, TABLE_JOURNAL, key, sizeof key, &value, &size);)
        key_u64(key, --first);
    size_t at = (size_t)(record.body - value);
    size = take_segment(&txn, first, 0, segment);
    segment[at + record.size - 1] ^= 1;
    put_u32(segment + at - RECORD_HEAD,
            (uint32_t)XXH3_64bits_withSeed(segment + at - 1, record.size + 1, alert));
    put_segment(&txn, first, segment, size);
    seal_chain(&txn);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    is_found(alert, "another one");
}
END_TEST

/* --- Where groups begin. -------------------------------------------------------------- */

START_TEST(a_segment_that_goes_on_with_nothing_is_found)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t segment[4096];
    uint64_t at = _i == 0 ? 1 : position_of("f13");
    txn.env = &env;
    size_t size = take_segment(&txn, at, 0, segment);
    put_u16(segment + 6, 1);
    put_segment(&txn, at, segment, size);
    seal_chain(&txn);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    is_found(at, "no group that could go on");
}
END_TEST

/* Makes two of a segment, the second from its index-th record on. */
static void split_segment(struct txn *txn, uint64_t first, uint32_t index)
{
    uint8_t old[4096], new[4096];
    size_t size = take_segment(txn, first, 0, old);
    uint32_t count = get_u16(old + 4);
    const uint8_t *offsets = old + SEGMENT_HEAD, *records = offsets + 2 * count;
    size_t all = (size_t)(old + size - records), cut = get_u16(offsets + 2 * index);
    for (int half = 0; half < 2; half++) {
        uint32_t from = half == 0 ? 0 : index, to = half == 0 ? index : count;
        size_t begin = half == 0 ? 0 : cut, end = half == 0 ? cut : all;
        memcpy(new, old, SEGMENT_HEAD);
        put_u16(new + 4, (uint16_t)(to - from));
        put_u64(new + 8, first + from);
        for (uint32_t i = from; i < to; i++)
            put_u16(new + SEGMENT_HEAD + 2 * (i - from), (uint16_t)(get_u16(offsets + 2 * i) - begin));
        memcpy(new + SEGMENT_HEAD + 2 * (to - from), records + begin, end - begin);
        put_segment(txn, first + from, new, SEGMENT_HEAD + 2 * (to - from) + end - begin);
    }
}

START_TEST(a_group_that_begins_inside_an_evaluation_is_found)
{
    struct txn txn;
    struct env env = opened(&txn);
    struct range range;
    txn.env = &env;
    range_begin(&range, &txn, TABLE_ALERTS, "", 0, "", 0);
    ck_assert(range_next(&range));
    uint64_t alert = get_u64(range.value), first = alert;
    range_end(&range);
    uint8_t key[8];
    const uint8_t *value;
    size_t size;
    for (key_u64(key, first); !txn_peek(&txn, TABLE_JOURNAL, key, sizeof key, &value, &size);)
        key_u64(key, --first);
    ck_assert_uint_lt(first, alert);
    split_segment(&txn, first, (uint32_t)(alert - first));
    seal_chain(&txn);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    is_found(alert, "between an evaluation and what it told");
}
END_TEST

START_TEST(untouched_books_agree)
{
    struct verify_result result = verified();
    ck_assert_msg(result.differences == 0, "%s", result.first);
    ck_assert_uint_eq(result.records, position());
    ck_assert_uint_eq(result.events, events());
}
END_TEST

START_TEST(a_flipped_byte_of_the_journal_is_found)
{
    change_journal(position() - 5, 3, false);
    ck_assert_uint_gt(verified().differences, 0);
}
END_TEST

START_TEST(any_flipped_byte_of_a_record_is_noticed_by_whoever_reads_it)
{
    struct store *damaged;
    struct store_options options = store_options_default();
    uint64_t at = position_of("f3");
    options.map_max = UINT64_C(1) << 30;
    for (size_t byte = 1; byte < 12; byte++) {
        change_journal(at, byte, false);
        ck_assert_int_eq(store_open(copy, &options, &damaged), -EILSEQ);
        change_journal(at, byte, false);        /* and back */
    }
    ck_assert_int_eq(store_open(copy, &options, &damaged), 0);
    store_close(&damaged);
}
END_TEST

START_TEST(a_forged_record_breaks_the_chain)
{
    change_journal(position() - 5, 1, true);
    struct verify_result result = verified();
    ck_assert_uint_gt(result.differences, 0);
    ck_assert_str_ne(result.first, "");
}
END_TEST

/* Held against the journal of the copy. */
static enum head_verdict held(uint64_t at, const uint8_t *chain)
{
    struct written_head written = {.position = at};
    enum head_verdict verdict = HEAD_NOT_ASKED;
    memcpy(written.chain, chain, CHAIN_SIZE);
    ck_assert_int_eq(verify_head(copy, &written, &verdict), 0);
    return verdict;
}

START_TEST(a_head_that_was_written_down_is_held_against_the_journal)
{
    struct store_head now;
    store_head(books, &now);
    ck_assert_int_eq(held(now.position, now.chain), HEAD_PROVED);
    ck_assert_int_eq(held(now.position + 1, now.chain), HEAD_SHORT);
    ck_assert_int_eq(held(now.position - 1, now.chain), HEAD_WITHIN);
    now.chain[CHAIN_SIZE - 1] ^= 1;
    ck_assert_int_eq(held(now.position, now.chain), HEAD_DIFFERS);
}
END_TEST

START_TEST(no_head_is_held_against_a_journal_that_cannot_be_read)
{
    struct written_head written = {.position = position()};
    enum head_verdict verdict = HEAD_NOT_ASKED;
    struct txn txn;
    uint8_t key[8];
    struct env env = opened(&txn);
    txn.env = &env;
    key_u64(key, 1);
    ck_assert(txn_delete(&txn, TABLE_JOURNAL, key, sizeof key));
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    ck_assert_int_eq(verify_head(copy, &written, &verdict), -EILSEQ);
    ck_assert_int_eq(verify_head("/nowhere", &written, &verdict), -ENOENT);
    ck_assert_int_eq(verdict, HEAD_NOT_ASKED);
}
END_TEST

START_TEST(a_row_that_differs_is_named_by_its_key)
{
    char wanted[100];
    change_table(TABLE_SOURCE_NAMES);
    snprintf(wanted, sizeof wanted, "table %s, key 00000001: differs", table_name(TABLE_SOURCE_NAMES));
    ck_assert_str_eq(verified().first, wanted);
}
END_TEST

START_TEST(a_changed_table_is_found)
{
    static const enum table tables[] = {
        TABLE_FUNDS, TABLE_DAYS, TABLE_MONTHS, TABLE_FUND_SOURCES, TABLE_SOURCE_NAMES,
        TABLE_HEADS, TABLE_RULES, TABLE_ALERTS, TABLE_POLICIES, TABLE_NAMES,
        TABLE_CLOSES, TABLE_RESTATED, TABLE_STATEMENTS, TABLE_COLLECTED, TABLE_REPORTED,
        TABLE_NAMED, TABLE_GAPS, TABLE_REVERSALS,
        TABLE_FUND_NUMBERS,
    };
    change_table(tables[_i]);
    struct verify_result result = verified();
    ck_assert_uint_gt(result.differences, 0);
    ck_assert_ptr_nonnull(strstr(result.first, table_name(tables[_i])));
}
END_TEST

/* Whatever table there is and will be.  Those of the head and of the journal have tests of their own. */
START_TEST(a_row_that_does_not_belong_there_is_found_in_every_table)
{
    static const uint8_t key[9] = {0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe}, value[8];
    enum table table = (enum table)_i;
    struct txn txn;
    if (table == TABLE_META || table == TABLE_JOURNAL)
        return;
    struct env env = opened(&txn);
    txn.env = &env;
    txn_put(&txn, table, key, sizeof key, value, sizeof value);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    bool beside = table == TABLE_SOURCES || table == TABLE_QUARANTINE || table == TABLE_QUARANTINE_SOURCES
        || table == TABLE_QUARANTINE_IDS;
    struct verify_result result = verified();
    ck_assert_uint_gt(result.differences, 0);
    ck_assert(beside || strstr(result.first, table_name(table)) != NULL);
}
END_TEST

/* An entry of the quarantine, as store_quarantine() leaves it. */
static void quarantine_one(struct txn *txn, uint32_t source)
{
    struct source_record record;
    struct quarantine_entry entry = {
        .source = source, .issuer = source, .id = "bad", .hash = 77, .sent = {"x", 1},
        .why = {.outcome = OUTCOME_REJECTED, .reject = REJECT_UNKNOWN_FIELD},
    };
    quarantine_put(txn, 1, &entry);
    ck_assert(sources_get(txn, source, &record));
    record.quarantined = 1;
    sources_put(txn, source, &record);
    struct head head;
    ck_assert_int_eq(head_get(txn, &head), 0);
    head.quarantine = 1;
    head_put(txn, &head);
}

static void change_head(struct head *head, int way)
{
    uint64_t *counts[] = {
        &head->facts.position, &head->facts.alerts, &head->facts.events, &head->facts.covered,
        &head->unmatched,
    };
    switch (way) {
    case 5:
        head->quarantine--;
        break;
    case 6:
        head->funds++;
        break;
    case 7:
        head->sources++;
        break;
    case 8:
        head->clocked = day(20241231);
        break;
    case 9:
        head->facts.chain[CHAIN_SIZE - 1] ^= 1;
        break;
    default:
        ++*counts[way];
    }
}

START_TEST(another_head_is_found)
{
    struct txn txn;
    struct head head;
    uint32_t tax;
    struct env env = opened(&txn);
    txn.env = &env;
    ck_assert(sources_number(&txn, "tax", 3, &tax));
    quarantine_one(&txn, tax);
    ck_assert_int_eq(head_get(&txn, &head), 0);
    change_head(&head, _i);
    head_put(&txn, &head);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    struct verify_result result = verified();
    ck_assert_uint_gt(result.differences, 0);
    ck_assert_msg(strstr(result.first, "head") != NULL || strstr(result.first, "quarantine") != NULL,
                  "%s", result.first);
}
END_TEST

/* Rows that are whole, and not those that belong there. */
static void change_beside(struct txn *txn, int way)
{
    struct source_record record;
    uint8_t number[8], of_source[12];
    uint32_t tax;
    ck_assert(sources_number(txn, "tax", 3, &tax));
    quarantine_one(txn, tax);
    ck_assert(sources_get(txn, tax, &record));
    key_u64(number, 1);
    key_u32(of_source, tax);
    key_u64(of_source + 4, 2);
    switch (way) {
    case 1:
        record.applied--;
        break;
    case 2:
        record.last_date--;
        break;
    case 3:
        record.quarantined = 0;
        break;
    case 4:
        ck_assert(txn_delete(txn, TABLE_QUARANTINE, number, sizeof number));
        break;
    case 5:
        txn_put(txn, TABLE_QUARANTINE_SOURCES, of_source, sizeof of_source, "", 0);
        break;
    }
    sources_put(txn, tax, &record);
    key_u32(number, tax);
    if (way == 6)
        ck_assert(txn_delete(txn, TABLE_SOURCES, number, 4));
}

START_TEST(rows_beside_the_journal_are_held_against_what_it_tells)
{
    struct txn txn;
    struct env env = opened(&txn);
    txn.env = &env;
    change_beside(&txn, _i);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    struct verify_result result = verified();
    ck_assert_int_eq(result.differences != 0, _i != 0);     /* 0: as it belongs there */
    if (_i != 0)
        ck_assert_ptr_nonnull(strstr(result.first, _i < 4 || _i == 6 ? "sources" : "quarantine"));
}
END_TEST

static void put_raw(struct txn *txn, const char *key, size_t key_size, const void *value, size_t size)
{
    MDB_val k = {key_size, (void *)(uintptr_t)key}, data = {size, (void *)(uintptr_t)value};
    ck_assert_int_eq(mdb_put(txn->mdb, txn->env->tree, &k, &data, 0), 0);
}

START_TEST(a_row_behind_the_last_one_is_found)
{
    struct txn txn;
    struct env env = opened(&txn);
    uint8_t key[4], copied[64];
    const uint8_t *value;
    size_t size;
    char wanted[100];
    txn.env = &env;
    key_u32(key, 1);
    ck_assert(txn_peek(&txn, TABLE_FUND_NUMBERS, key, sizeof key, &value, &size));
    ck_assert_uint_le(size, sizeof copied);
    memcpy(copied, value, size);
    key_u32(key, 2);
    txn_put(&txn, TABLE_FUND_NUMBERS, key, sizeof key, copied, size);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    snprintf(wanted, sizeof wanted, "table %s, key 00000002: is not in the rebuilt books",
             table_name(TABLE_FUND_NUMBERS));
    ck_assert_str_eq(verified().first, wanted);
}
END_TEST

/* Its row is missing, a value is damaged, the tree has one; the tables behind it are read as ever. */
START_TEST(a_damaged_value_is_that_of_its_table_alone)
{
    struct txn txn;
    char key[5] = {TABLE_FUND_NUMBERS, 0, 0, 0, 1};     /* docs/STORE.md 3 */
    uint8_t value[64];
    struct env env = opened(&txn);
    MDB_val k = {sizeof key, key}, data;
    txn.env = &env;
    ck_assert_int_eq(mdb_get(txn.mdb, env.tree, &k, &data), 0);
    ck_assert_uint_le(data.mv_size, sizeof value);
    memcpy(value, data.mv_data, data.mv_size);
    value[0] ^= 1;
    put_raw(&txn, key, sizeof key, value, data.mv_size);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
    struct verify_result result = verified();
    ck_assert_uint_eq(result.differences, 3);
    ck_assert_ptr_nonnull(strstr(result.first, table_name(TABLE_FUND_NUMBERS)));
}
END_TEST

/* The epochs' key says another table, wherever the file has it. */
static void misplace_a_key(void)
{
    static const char wrong[] = "\x05";
    static uint8_t bytes[1 << 22];
    char path[300];
    snprintf(path, sizeof path, "%s/data.mdb", copy);
    FILE *file = fopen(path, "r+e");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    ck_assert_uint_lt(size, sizeof bytes);
    unsigned found = 0;
    const uint8_t *end = bytes + size;
    for (const uint8_t *at = bytes; (at = memmem(at, (size_t)(end - at), "\0epochs", 7)) != NULL; at++) {
        ck_assert_int_eq(fseek(file, at - bytes, SEEK_SET), 0);
        ck_assert_uint_eq(fwrite(wrong, 1, 1, file), 1);
        found++;
    }
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_gt(found, 0);
}

/* Rows that no walk over a table of the books comes to. */
START_TEST(the_tree_itself_is_looked_at)
{
    struct txn txn;
    if (_i == 0) {
        misplace_a_key();
    } else {
        struct env env = opened(&txn);
        txn.env = &env;
        switch (_i) {
        case 1:
            put_raw(&txn, "\x01of no table", 12, "", 0);
            break;
        case 2:
            put_raw(&txn, "\x60of no table", 12, "", 0);
            break;
        case 3:
            put_raw(&txn, "\0runs here", 10, "no checksum at all", 18);
            break;
        }
        ck_assert_int_eq(txn_commit(&txn), 0);
        env_close(&env);
    }
    struct verify_result result = verified();
    ck_assert_uint_eq(result.differences, 1);
    ck_assert_ptr_nonnull(strstr(result.first, "of the tree"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("verify");
    TCase *t = tcase_create("copies");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, untouched_books_agree);
    tcase_add_test(t, a_flipped_byte_of_the_journal_is_found);
    tcase_add_test(t, any_flipped_byte_of_a_record_is_noticed_by_whoever_reads_it);
    tcase_add_test(t, a_forged_record_breaks_the_chain);
    tcase_add_test(t, a_head_that_was_written_down_is_held_against_the_journal);
    tcase_add_test(t, no_head_is_held_against_a_journal_that_cannot_be_read);
    tcase_add_test(t, a_row_that_differs_is_named_by_its_key);
    tcase_add_test(t, a_damaged_value_is_that_of_its_table_alone);
    tcase_add_test(t, a_row_behind_the_last_one_is_found);
    tcase_add_loop_test(t, a_changed_table_is_found, 0, 19);
    tcase_add_loop_test(t, rows_beside_the_journal_are_held_against_what_it_tells, 0, 7);
    tcase_add_loop_test(t, a_row_that_does_not_belong_there_is_found_in_every_table, 0, TABLE_COUNT);
    tcase_add_loop_test(t, another_head_is_found, 0, 10);
    tcase_add_loop_test(t, the_tree_itself_is_looked_at, 0, 4);
    suite_add_tcase(s, t);
    t = tcase_create("forged");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, an_id_that_is_there_twice_is_found);
    tcase_add_test(t, another_id_that_is_there_once_is_none_of_its_business);
    tcase_add_test(t, bytes_between_records_are_found);
    tcase_add_test(t, a_chain_value_inside_the_journal_is_compared);
    tcase_add_loop_test(t, an_event_of_nobody_is_found, 0, 2);
    tcase_add_test(t, a_reversal_of_something_else_is_found);
    tcase_add_loop_test(t, another_end_than_the_heads_is_found, 0, 2);
    tcase_add_test(t, an_alert_that_was_edited_is_found);
    tcase_add_loop_test(t, a_segment_that_goes_on_with_nothing_is_found, 0, 2);
    tcase_add_test(t, a_group_that_begins_inside_an_evaluation_is_found);
    suite_add_tcase(s, t);
    return s;
}
