/* replay and ids: a journal is read to its end, ahead of who is given it. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "store/bytes.h"
#include "store/group.h"
#include "store/ids.h"
#include "store/replay.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define MANY 12000              /* records: more than are read ahead */

static struct txn txn;

/* What the linker puts in front of the system (Makefile: WRAP_test_read_ahead).  The n-th allocation from
 * now, counted from 1, fails; 0: none. */
static int memory_fails;

static bool memory_is_out(void)
{
    return memory_fails > 0 && --memory_fails == 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return memory_is_out() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return memory_is_out() ? NULL : __real_calloc(count, size);
}

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return memory_is_out() ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}

/* Told by a thread of the store that begins to wait for another one. */
static sem_t waits;
static pthread_t test;

int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
    if (!pthread_equal(pthread_self(), test))
        sem_post(&waits);
    return __real_pthread_cond_wait(cond, lock);
}

static void add_many(int count)
{
    for (int i = 0; i < count;) {
        begin();
        do {
            char id[16];
            snprintf(id, sizeof id, "many%d", i);
            add("tax", a_fee(id, 20240105, 100));
        } while (++i % 1000 != 0 && i < count);
        commit();
    }
}

static struct replay *opened(void)
{
    struct replay *replay;
    ck_assert_int_eq(replay_open(&books->env, books->seen_key, position(), &replay), 0);
    return replay;
}

START_TEST(every_record_is_given_once_and_in_order)
{
    uint8_t chain[CHAIN_SIZE];
    const struct replayed *next;
    uint64_t at = 0, given = 0;
    add_many(MANY);
    struct replay *replay = opened();
    while ((next = replay_next(replay)) != NULL) {
        ck_assert_uint_eq(next->record.position, ++at);
        given += next->record.type == RECORD_EVENT && next->readable;
    }
    ck_assert_str_eq(replay_fault(replay), "");
    ck_assert_uint_eq(at, position());
    ck_assert_uint_eq(given, events());
    replay_chain(replay, chain);
    ck_assert_mem_eq(chain, books->committed.facts.chain, CHAIN_SIZE);
    ck_assert_ptr_null(replay_next(replay));
    replay_close(&replay);
    ck_assert_ptr_null(replay);
}
END_TEST

START_TEST(it_may_be_closed_before_the_end)
{
    add_many(MANY);
    for (int records = 0; records < 700; records += 333) {
        struct replay *replay = opened();
        for (int i = 0; i < records; i++)
            ck_assert_ptr_nonnull(replay_next(replay));
        replay_close(&replay);
    }
}
END_TEST

/* Who reads ahead has filled all that it may, and waits. */
START_TEST(it_may_be_closed_while_its_thread_waits)
{
    add_many(MANY);
    test = pthread_self();
    ck_assert_int_eq(sem_init(&waits, 0, 0), 0);
    struct replay *replay = opened();
    ck_assert_int_eq(sem_wait(&waits), 0);
    replay_close(&replay);
    ck_assert_ptr_null(replay);
    sem_destroy(&waits);
}
END_TEST

START_TEST(without_memory_nothing_is_read)
{
    struct replay *replay = NULL;
    int step, err = -ENOMEM;
    for (step = 1; err != 0; step++) {
        memory_fails = step;
        err = replay_open(&books->env, books->seen_key, position(), &replay);
        memory_fails = 0;
        ck_assert(err == 0 || err == -ENOMEM);
        ck_assert_int_eq(replay != NULL, err == 0);
    }
    ck_assert_int_eq(step, 5);          /* itself, the ids, and their slots */
    ck_assert_ptr_nonnull(replay_next(replay));
    replay_close(&replay);
}
END_TEST

START_TEST(a_reversal_is_given_with_what_it_names)
{
    const struct replayed *next;
    uint64_t fee = apply(a_fee("f", 20240105, 100)).position;
    uint64_t before = apply(a_reversal("r1", 20240106, "late")).position;
    apply(a_fee("late", 20240105, 100));
    uint64_t after = apply(a_reversal("r2", 20240106, "f")).position;
    /* The same id of another issuer is another event. */
    uint64_t other = apply_from("registry", a_reversal("r3", 20240106, "f")).position;
    struct replay *replay = opened();
    while ((next = replay_next(replay)) != NULL)
        ck_assert_uint_eq(next->original, next->record.position == after ? fee : 0);
    ck_assert_uint_lt(before, after);
    ck_assert_uint_lt(after, other);
    replay_close(&replay);
}
END_TEST

START_TEST(a_journal_that_ends_elsewhere_than_its_head_says_is_told)
{
    struct replay *replay = NULL;
    replay_close(&replay);              /* none: nothing */
    add_many(10);
    for (int more = -1; more <= 1; more += 2) {
        ck_assert_int_eq(replay_open(&books->env, books->seen_key, position() + (uint64_t)more, &replay), 0);
        while (replay_next(replay) != NULL)
            continue;
        ck_assert_ptr_nonnull(strstr(replay_fault(replay), more < 0 ? "goes on after" : "ends at"));
        replay_close(&replay);
    }
    ck_assert_int_eq(replay_open(&books->env, books->seen_key, IDS_LAST_MAX + 1, &replay), -EFBIG);
    ck_assert_ptr_null(replay);
}
END_TEST

/* Behind the journal's back: the checksum of the segment is good, and what it has is not. */
static void append_record(enum record_type type, const void *body, size_t size)
{
    begin();
    journal_append(&books->journal, &books->txn, type, body, size);
    books->head.facts.position++;
    journal_flush(&books->journal, &books->txn);
    memcpy(books->head.facts.chain, books->journal.chain, CHAIN_SIZE);
    commit();
}

static const struct {
    const char *body;
    size_t size;
} unreadable[] = {
    {"", 0},
    {"\1\1", 2},
    {"\1\1\xff\xff", 4},
};

START_TEST(an_event_that_cannot_be_read_ends_what_is_given)
{
    const struct replayed *next;
    uint64_t given = 0, before = position();
    append_record(RECORD_EVENT, unreadable[_i].body, unreadable[_i].size);
    ck_assert_uint_eq(position(), before + 1);
    struct replay *replay = opened();
    while ((next = replay_next(replay)) != NULL)
        given++;
    ck_assert_uint_eq(given, before);
    ck_assert_ptr_nonnull(strstr(replay_fault(replay), "the event cannot be read"));
    replay_close(&replay);
}
END_TEST

/* Its id and kind can be read, and nothing behind them: whoever is given it says so. */
START_TEST(a_reversal_that_cannot_be_read_is_given_as_it_is)
{
    const uint8_t body[] = {1, 1, 0x0f, 0, 0, 0, 1, 'x', KIND_REVERSAL};
    struct store_options options = store_options_default();
    const struct replayed *next, *last = NULL;
    append_record(RECORD_EVENT, body, sizeof body);
    struct replay *replay = opened();
    while ((next = replay_next(replay)) != NULL)
        last = next;
    ck_assert_str_eq(replay_fault(replay), "");
    ck_assert_uint_eq(last->record.position, position());
    ck_assert(!last->readable);
    ck_assert_uint_eq(last->original, 0);
    replay_close(&replay);
    options.map_max = UINT64_C(1) << 30;
    store_close(&books);
    ck_assert_int_eq(store_open(books_path, &options, &books), -EILSEQ);
    ck_assert_ptr_null(books);
}
END_TEST

START_TEST(a_journal_without_its_beginning_is_told)
{
    uint8_t first[8];
    key_u64(first, 1);
    add_many(10);
    begin();
    ck_assert(txn_delete(&books->txn, TABLE_JOURNAL, first, sizeof first));
    commit();
    struct replay *replay = opened();
    ck_assert_ptr_null(replay_next(replay));
    ck_assert_ptr_nonnull(strstr(replay_fault(replay), "damaged after position 0"));
    replay_close(&replay);
}
END_TEST

/* The segments of a group were recorded together; this one goes on at another time. */
START_TEST(a_group_that_goes_on_at_another_time_is_told)
{
    begin();
    int64_t began = books->journal.recorded_ms;
    uint64_t first = books->journal.first;
    for (int i = 0; i < 2000; i++) {
        char id[16];
        snprintf(id, sizeof id, "long%d", i);
        add("tax", a_fee(id, 20240105, 100));
        if (_i == 1 && books->journal.first != first)
            books->journal.recorded_ms = began + 1;
    }
    ck_assert_uint_ne(books->journal.first, first);
    commit();
    struct replay *replay = opened();
    while (replay_next(replay) != NULL)
        continue;
    if (_i == 0)
        ck_assert_str_eq(replay_fault(replay), "");
    else
        ck_assert_ptr_nonnull(strstr(replay_fault(replay), "no group that could go on"));
    replay_close(&replay);
}
END_TEST

/* --- ids. ----------------------------------------------------------------------- */

static void setup(void)
{
    books_setup();
    for (int i = 0; i < 4; i++) {
        static const char *const ids[] = {"i0", "i1", "i2", "i22"};
        apply(a_fee(ids[i], 20240105, 100));
    }
    ck_assert_int_eq(txn_begin(&books->env, true, &txn), 0);
}

static void teardown(void)
{
    txn_abort(&txn);
    books_teardown();
}

/* The key of the event at a position. */
static struct event_key key_at(uint64_t at)
{
    struct record record;
    struct event_key key;
    ck_assert_int_eq(journal_read(NULL, &txn, at, &record), 0);
    ck_assert_int_eq(event_key_of_record(&record, &key), 0);
    return key;
}

/* The four fees are the last records.  Their hashes are made up: all the same; the same slot with other
 * tags; the same tag with neighbouring slots; the last slot, so that the table goes on at its beginning. */
static const uint64_t hashes[][4] = {
    {5, 5, 5, 5},
    {1, 2, 3, 4},
    {UINT64_C(1) << 63 | 7, UINT64_C(9) << 60 | 7, UINT64_C(5) << 61 | 7, UINT64_C(11) << 60 | 7},
    {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX - 2},
};

START_TEST(ids_are_told_apart_whatever_their_hashes)
{
    struct ids *ids;
    uint64_t first = position() - 3;
    ck_assert_int_eq(ids_new(position(), &ids), 0);
    for (uint64_t i = 0; i < 4; i++) {
        struct event_key key = key_at(first + i);
        ck_assert_uint_eq(ids_find(ids, &txn, hashes[_i][i], &key), 0);
        ck_assert_uint_eq(ids_add(ids, &txn, hashes[_i][i], &key, first + i), 0);
    }
    for (uint64_t i = 0; i < 4; i++) {
        struct event_key key = key_at(first + i), other = key;
        other.issuer++;
        ck_assert_uint_eq(ids_find(ids, &txn, hashes[_i][i], &key), first + i);
        ck_assert_uint_eq(ids_add(ids, &txn, hashes[_i][i], &key, 1), first + i);
        ck_assert_uint_eq(ids_find(ids, &txn, hashes[_i][i], &other), 0);
    }
    ck_assert_int_eq(txn.err, 0);
    ids_free(&ids);
    ck_assert_ptr_null(ids);
}
END_TEST

/* The journal is what says whose hash it is. */
START_TEST(an_id_whose_record_is_not_there_is_an_error)
{
    struct ids *ids;
    struct event_key key = key_at(position());
    ck_assert_int_eq(ids_new(position() + 9, &ids), 0);
    ck_assert_uint_eq(ids_add(ids, &txn, 5, &key, position() + 7), 0);
    ck_assert_int_eq(txn.err, 0);
    ck_assert_uint_eq(ids_find(ids, &txn, 5, &key), 0);
    ck_assert_int_lt(txn.err, 0);
    ids_free(&ids);
    ids_free(&ids);                     /* none: nothing */
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read ahead");
    TCase *t = tcase_create("journals");
    tcase_add_checked_fixture(t, books_setup, books_teardown);
    tcase_add_test(t, every_record_is_given_once_and_in_order);
    tcase_add_test(t, it_may_be_closed_before_the_end);
    tcase_add_test(t, it_may_be_closed_while_its_thread_waits);
    tcase_add_test(t, without_memory_nothing_is_read);
    tcase_add_test(t, a_reversal_is_given_with_what_it_names);
    tcase_add_test(t, a_journal_that_ends_elsewhere_than_its_head_says_is_told);
    tcase_add_loop_test(t, an_event_that_cannot_be_read_ends_what_is_given, 0,
                        sizeof unreadable / sizeof unreadable[0]);
    tcase_add_test(t, a_reversal_that_cannot_be_read_is_given_as_it_is);
    tcase_add_test(t, a_journal_without_its_beginning_is_told);
    tcase_add_loop_test(t, a_group_that_goes_on_at_another_time_is_told, 0, 2);
    suite_add_tcase(s, t);
    t = tcase_create("ids");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, ids_are_told_apart_whatever_their_hashes, 0,
                        sizeof hashes / sizeof hashes[0]);
    tcase_add_test(t, an_id_whose_record_is_not_there_is_an_error);
    suite_add_tcase(s, t);
    return s;
}
