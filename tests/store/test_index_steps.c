/* An index by itself: what its thread is refused it does later, what is damaged is told and never believed.
 *
 * The linker puts the functions below in front of the system's (Makefile: WRAP_test_index_steps). */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/files.h"
#include "store/index.h"
#include "tests/suite.h"

#define ENTRY       16
#define BLOCK       4096
#define PER_BLOCK   (4080 / ENTRY)
#define RUN_RECORDS 64

/* The n-th call from now, counted from 1; 0: none.  The thread of the index counts, too; the test waits for
 * it. */
static _Atomic int memory_fails, fsync_fails, thread_fails;
static _Atomic int syncs;
static _Atomic bool damage_with_sync;   /* a byte of the newest run, when its folder is synced */

/* The thread that syncs next stays there until it is let go. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
enum gate { GATE_OPEN, GATE_SHUT, GATE_HOLDS };
static enum gate gate_state;

static void move_gate(enum gate state)
{
    pthread_mutex_lock(&gate);
    gate_state = state;
    pthread_cond_broadcast(&gate_moved);
    pthread_mutex_unlock(&gate);
}

static void wait_while_gate_is(enum gate state)
{
    pthread_mutex_lock(&gate);
    while (gate_state == state)
        pthread_cond_wait(&gate_moved, &gate);
    pthread_mutex_unlock(&gate);
}

static void pass_gate(void)
{
    pthread_mutex_lock(&gate);
    bool held = gate_state == GATE_SHUT;
    if (held)
        gate_state = GATE_HOLDS;
    pthread_cond_broadcast(&gate_moved);
    while (held && gate_state == GATE_HOLDS)
        pthread_cond_wait(&gate_moved, &gate);
    pthread_mutex_unlock(&gate);
}

static bool is_due(_Atomic int *calls)
{
    return *calls > 0 && --*calls == 0;
}

#define MEMORY_IS_OUT() is_due(&memory_fails)
#include "tests/store/short_memory.h"

typedef void *thread_function(void *);
int __real_pthread_create(pthread_t *ret, const pthread_attr_t *attr, thread_function *start, void *arg);
int __wrap_pthread_create(pthread_t *ret, const pthread_attr_t *attr, thread_function *start, void *arg);
int __wrap_pthread_create(pthread_t *ret, const pthread_attr_t *attr, thread_function *start, void *arg)
{
    return is_due(&thread_fails) ? EAGAIN : __real_pthread_create(ret, attr, start, arg);
}

static void damage(unsigned number, off_t at);

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    pass_gate();
    syncs++;
    if (damage_with_sync && syncs == 2)
        damage(1, -BLOCK + 100);
    if (!is_due(&fsync_fails))
        return fd < 0 ? -1 : 0;         /* nothing here has to outlive a power loss */
    errno = EIO;
    return -1;
}

/* Adds the number behind a key of eight bytes. */
static void add_up(uint8_t *into, const uint8_t *from)
{
    put_u64(into + 8, get_u64(into + 8) + get_u64(from + 8));
}

static const struct shape ids = {.name = "ids", .entry = ENTRY, .key = ENTRY, .prefix = 8};
static const struct shape sums = {.name = "ids", .entry = ENTRY, .key = 8, .fold = add_up};
/* Hashes go by more than eight bytes, so that keys can share what a slot has of a hash. */
static const struct shape longer = {.name = "ids", .entry = ENTRY, .key = 12, .prefix = 9};

static char folder[200];
static const uint8_t store_id[16] = {1};
static struct run_place place;
static struct index *index_;
static struct run_info runs[INDEX_RUNS_MAX];
static unsigned run_count;
static uint64_t last;                   /* position of the newest entry */
static struct entry_list list;

static void setup(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/fundwatch-test-XXXXXX", base != NULL ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    place = (struct run_place){folder, store_id, &ids, false};
    index_ = NULL;
    run_count = 0;
    last = 0;
    memory_fails = fsync_fails = thread_fails = syncs = 0;
    damage_with_sync = false;
}

static void teardown(void)
{
    memory_fails = fsync_fails = thread_fails = 0;
    move_gate(GATE_OPEN);
    index_close(&index_);
    entry_list_free(&list);
    files_remove_folder(folder);
}

static int open_index(void)
{
    return index_open(&place, RUN_RECORDS, runs, run_count, &index_);
}

static void flip(const char *path, off_t at)
{
    uint8_t byte;
    int fd = open(path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    if (at < 0)
        at += lseek(fd, 0, SEEK_END);
    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* A negative `at` counts from the end. */
static void damage(unsigned number, off_t at)
{
    char path[300];
    snprintf(path, sizeof path, "%s/ids-%08u", folder, number);
    flip(path, at);
}

static bool is_there(unsigned number)
{
    char name[20];
    snprintf(name, sizeof name, "ids-%08u", number);
    return files_exists(folder, name);
}

static void entry_of(uint64_t key, uint64_t value, uint8_t entry[ENTRY])
{
    key_u64(entry, key);
    put_u64(entry + 8, value);
}

/* A run of `count` entries of the keys from `first` on, listed as the next one. */
static void list_run(uint64_t first, uint64_t count, uint64_t level)
{
    uint8_t *entries = malloc(count * ENTRY + 1);
    for (uint64_t i = 0; i < count; i++)
        entry_of(first + i, 1, entries + i * ENTRY);
    struct run_info info = {
        .number = run_count + 1, .first = last + 1, .end = last + 1, .count = count, .level = level,
    };
    ck_assert_int_eq(run_write(&place, &info, entries, NULL), 0);
    free(entries);
    runs[run_count++] = info;
    last++;
}

/* Inserts entries of so many keys, one to a record of the journal. */
static int insert(uint64_t first, uint64_t count)
{
    struct entry_table group = {0};
    uint8_t entry[ENTRY];
    for (uint64_t i = 0; i < count; i++) {
        entry_of(first + i, 1, entry);
        ck_assert_int_eq(entry_table_append(&group, place.shape, entry), 0);
    }
    last += count;
    int err = index_insert(index_, &group, last);
    entry_table_free(&group);
    return err;
}

/* What a commit would do. */
static bool publish(void)
{
    index_settle(index_);
    int count = index_pending(index_, runs);
    if (count < 0)
        return false;
    run_count = (unsigned)count;
    index_published(index_);
    return true;
}

/* The same while another thread is held up. */
static void publish_one(void)
{
    int count;
    while ((count = index_pending(index_, runs)) < 0)
        sched_yield();
    run_count = (unsigned)count;
    index_published(index_);
}

/* How many entries of a key there are, or an error. */
static int found(uint64_t key)
{
    uint8_t entry[ENTRY];
    entry_of(key, 0, entry);
    index_prefetch(index_, entry);
    list.count = 0;
    int err = index_find(index_, entry, &list);
    return err != 0 ? err : (int)list.count;
}

static int in_range(uint64_t from, uint64_t to)
{
    uint8_t first[ENTRY], end[ENTRY];
    entry_of(from, 0, first);
    entry_of(to, UINT64_MAX, end);
    list.count = 0;
    int err = index_range(index_, first, end, &list);
    return err != 0 ? err : (int)list.count;
}

/* --- Tables. ------------------------------------------------------------------------ */

START_TEST(without_memory_a_search_in_a_table_ends)
{
    struct entry_table table = {0};
    uint8_t entry[ENTRY];
    for (uint64_t i = 0; i < 10; i++) {
        entry_of(7, i, entry);
        ck_assert_int_eq(entry_table_add(&table, &ids, entry), 0);
    }
    memory_fails = 1;
    ck_assert_int_eq(entry_table_find(&table, &ids, entry, shape_hash(&ids, entry), &list), -ENOMEM);
    ck_assert_int_eq(entry_table_find(&table, &ids, entry, shape_hash(&ids, entry), &list), 0);
    ck_assert_uint_eq(list.count, 10);
    entry_table_free(&table);
}
END_TEST

/* Of a table of 4,096 slots a slot has 20 bits of the hash, and 12 say which it is: 32 that two of some
 * 80,000 keys have in common. */
static uint32_t place_and_tag(const uint8_t *entry)
{
    uint64_t hash = shape_hash(&longer, entry);
    return (uint32_t)(hash >> 44 << 12 | (hash & 4095));
}

START_TEST(keys_whose_slots_say_the_same_are_told_apart)
{
    struct entry_table table = {0};
    uint8_t entry[ENTRY], first[ENTRY];
    static uint64_t tags[1 << 18];      /* of a key, and the key */
    uint64_t pair = 0, other = 0;
    for (uint64_t i = 1; pair == 0; i++) {
        memset(entry, 0, sizeof entry);
        put_u64(entry + 4, i);
        uint64_t tag = place_and_tag(entry);
        uint64_t *slot = &tags[tag & ((1 << 18) - 1)];
        if (*slot != 0 && *slot >> 32 == tag)
            pair = i, other = (uint32_t)*slot;
        else
            *slot = tag << 32 | i;
    }
    memset(first, 0, sizeof first);
    put_u64(first + 4, other);
    memset(entry, 0, sizeof entry);
    put_u64(entry + 4, pair);
    ck_assert_uint_eq(place_and_tag(first), place_and_tag(entry));
    ck_assert_int_eq(entry_table_add(&table, &longer, first), 0);
    ck_assert_int_eq(entry_table_find(&table, &longer, entry, shape_hash(&longer, entry), &list), 0);
    ck_assert_uint_eq(list.count, 0);
    entry_table_free(&table);
}
END_TEST

START_TEST(a_table_shrinks_when_less_goes_in_and_finds_all_the_same)
{
    struct entry_table table = {0};
    uint8_t entry[ENTRY];
    for (uint64_t i = 0; i < 20000; i++) {
        entry_of(i << 40, i, entry);
        ck_assert_int_eq(entry_table_add(&table, &ids, entry), 0);
    }
    uint64_t mask = table.mask;
    entry_table_clear(&table);
    ck_assert_uint_eq(table.mask, mask);
    for (int round = 0; round < 10; round++) {
        for (uint64_t i = 0; i < 100; i++) {
            entry_of(i << 40, i, entry);
            ck_assert_int_eq(entry_table_add(&table, &ids, entry), 0);
        }
        entry_of(UINT64_C(99) << 40, 0, entry);
        list.count = 0;
        ck_assert_int_eq(entry_table_find(&table, &ids, entry, shape_hash(&ids, entry), &list), 0);
        ck_assert_uint_eq(list.count, 1);
        memory_fails = round == 0;      /* memory that cannot become less stays as it is */
        entry_table_clear(&table);
    }
    ck_assert_uint_lt(table.mask, mask);
    ck_assert_uint_ge(table.mask + 1, 4096);
    entry_table_free(&table);
}
END_TEST

/* --- What is opened. ------------------------------------------------------------------ */

START_TEST(a_list_with_a_hole_is_damage)
{
    list_run(0, 10, 0);
    list_run(10, 10, 0);
    runs[1].first++;
    ck_assert_int_eq(open_index(), -EILSEQ);
    ck_assert_ptr_null(index_);
    runs[1].first--;
    ck_assert_int_eq(open_index(), 0);
    ck_assert_uint_eq(index_covered(index_), 2);
}
END_TEST

START_TEST(a_folder_that_is_none_is_told)
{
    char path[600];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    place.folder = "/nowhere";
    ck_assert_int_eq(open_index(), -ENOENT);
    place.folder = path;
    ck_assert_int_eq(open_index(), -ENAMETOOLONG);
    place.folder = folder;
    memory_fails = 1;
    ck_assert_int_eq(open_index(), -ENOMEM);
    ck_assert_ptr_null(index_);
}
END_TEST

/* Of the files in the folder only those of this index and not listed go. */
START_TEST(what_is_no_run_of_the_index_stays)
{
    static const char *const names[] = {"ids-00000009", "ids-notes", "others-00000001"};
    char path[300];
    list_run(0, 10, 0);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        ck_assert_int_ge(fd, 0);
        close(fd);
    }
    ck_assert_int_eq(open_index(), 0);
    ck_assert(is_there(1));
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(files_exists(folder, names[i]), i > 0);
}
END_TEST

START_TEST(its_bytes_are_those_of_its_runs)
{
    list_run(0, 10, 0);
    list_run(10, 3000, 0);
    ck_assert_int_eq(open_index(), 0);
    uint64_t first = files_size(folder, "ids-00000001"), second = files_size(folder, "ids-00000002");
    ck_assert_uint_eq(index_bytes(index_), first + second);
    ck_assert_int_eq(found(5), 1);
    ck_assert_int_eq(found(3009), 1);
    ck_assert_int_eq(found(3010), 0);
}
END_TEST

/* --- What the thread cannot do. --------------------------------------------------------- */

static const struct {
    _Atomic int *calls;
    int at;
} refusals[] = {
    {&thread_fails, 1}, {&memory_fails, 1}, {&memory_fails, 2}, {&fsync_fails, 1}, {&fsync_fails, 2},
};

/* Inserts so many, of which the last one lets the thread begin with what it is refused. */
static void insert_refused(uint64_t count, _Atomic int *calls, int at)
{
    uint8_t entry[ENTRY];
    struct entry_table group = {0};
    ck_assert_int_eq(insert(0, count - 1), 0);
    entry_of(count - 1, 1, entry);
    ck_assert_int_eq(entry_table_append(&group, place.shape, entry), 0);
    *calls = at;
    int err = index_insert(index_, &group, ++last);
    index_settle(index_);
    int left = *calls;
    *calls = 0;
    ck_assert_int_eq(err, 0);
    ck_assert_int_eq(left, 0);
    ck_assert(!publish());
    entry_table_free(&group);
}

/* Once it has heard that it failed, it waits for an eighth of a run. */
static void try_again(uint64_t first, uint64_t run_records)
{
    ck_assert_int_eq(insert(first, 1), 0);
    ck_assert(!publish());
    ck_assert_int_eq(insert(first + 1, run_records / 8), 0);
    ck_assert(publish());
}

/* 1: of the file, 2: of its folder; memory for the copy that is sorted, and for the run. */
START_TEST(a_run_that_cannot_be_made_is_made_later)
{
    ck_assert_int_eq(open_index(), 0);
    insert_refused(RUN_RECORDS, refusals[_i].calls, refusals[_i].at);
    ck_assert_int_eq(found(RUN_RECORDS - 1), 1);        /* all is there meanwhile */
    ck_assert(index_has_room(index_));
    try_again(1000, RUN_RECORDS);
    ck_assert_int_eq(found(RUN_RECORDS - 1), 1);
    ck_assert_int_eq(found(0), 1);
    ck_assert_uint_ge(index_covered(index_), RUN_RECORDS);
}
END_TEST

/* Entries so many that they are sorted in buckets, for which there is no memory. */
START_TEST(entries_that_cannot_be_sorted_are_sorted_later)
{
    ck_assert_int_eq(index_open(&place, 100000, runs, 0, &index_), 0);
    insert_refused(100000, &memory_fails, 2);
    try_again(200000, 100000);
    ck_assert_int_eq(found(99999), 1);
}
END_TEST

/* From 65,536 entries on it has room for all that there may be: no smaller pieces of memory stay behind.
 * Slots are doubled once, and a third piece would not be had. */
START_TEST(a_large_tail_gets_its_room_at_once)
{
    const uint64_t run_records = 160000;
    ck_assert_int_eq(index_open(&place, (uint32_t)run_records, runs, 0, &index_), 0);
    for (uint64_t i = 0; i < 64; i++)
        ck_assert_int_eq(insert(1024 * i, 1024), 0);
    uint8_t entry[ENTRY];
    struct entry_table group = {0};
    uint64_t more = run_records - last - 1;
    for (uint64_t i = 0; i < more; i++) {
        entry_of(last + i, 1, entry);
        ck_assert_int_eq(entry_table_append(&group, &ids, entry), 0);
    }
    last += more;
    memory_fails = 3;
    int err = index_insert(index_, &group, last), left = memory_fails;
    memory_fails = 0;
    ck_assert_int_eq(err, 0);
    ck_assert_int_eq(left, 1);
    entry_table_free(&group);
    for (uint64_t i = 0; i < last; i += 97)
        ck_assert_int_eq(found(i), 1);
}
END_TEST

/* A group that is larger than anybody expected, and the table after it, which is a new one. */
START_TEST(a_tail_that_is_larger_than_expected_is_written_too)
{
    const uint64_t run_records = 40000, large = 150000;
    ck_assert_int_eq(index_open(&place, (uint32_t)run_records, runs, 0, &index_), 0);
    ck_assert_int_eq(insert(0, large), 0);
    ck_assert(publish());
    for (uint64_t i = 0; i < 3; i++) {
        ck_assert_int_eq(insert(large + i * run_records, run_records), 0);
        ck_assert(publish());
    }
    for (uint64_t i = 0; i < large + 3 * run_records; i += 97)
        ck_assert_int_eq(found(i), 1);
    ck_assert_int_eq(found(large + 3 * run_records), 0);
}
END_TEST

/* Nothing of a scratch copy has to outlive the process. */
START_TEST(a_scratch_index_is_not_synced)
{
    place.scratch = _i == 1;
    ck_assert_int_eq(open_index(), 0);
    ck_assert_int_eq(insert(0, RUN_RECORDS), 0);
    ck_assert(publish());
    ck_assert_int_eq(found(1), 1);
    ck_assert_int_eq(syncs > 0, _i == 0);
}
END_TEST

/* Between being written and read again. */
START_TEST(a_run_that_the_disk_gives_back_changed_is_not_listed)
{
    ck_assert_int_eq(open_index(), 0);
    damage_with_sync = true;
    ck_assert_int_eq(insert(0, RUN_RECORDS), 0);
    ck_assert(!publish());
    ck_assert_int_ge(syncs, 2);
    ck_assert_int_eq(found(1), 1);
    try_again(1000, RUN_RECORDS);
    ck_assert_uint_eq(run_count, 1);
    ck_assert_uint_gt(runs[0].number, 1);
    ck_assert_int_eq(found(1), 1);
}
END_TEST

/* As many runs as there may be, ten keys each, of which the newest eight can become one. */
static void open_full(void)
{
    for (unsigned i = 0; i < INDEX_RUNS_MAX; i++)
        list_run(10 * i, 10, i < INDEX_RUNS_MAX - 8 ? i % 2 : 0);
    ck_assert_int_eq(open_index(), 0);
}

static void each_key_is_there_once(void)
{
    for (uint64_t key = 0; key < 10 * INDEX_RUNS_MAX; key++)
        ck_assert_int_eq(found(key), 1);
}

/* What is frozen waits until some of them have become one. */
START_TEST(where_there_is_no_room_for_a_run_some_are_merged_first)
{
    open_full();
    ck_assert_int_eq(insert(5000, RUN_RECORDS), 0);
    ck_assert(publish());
    ck_assert_uint_eq(run_count, INDEX_RUNS_MAX - 7);
    ck_assert_uint_eq(runs[run_count - 1].level, 1);
    ck_assert(publish());
    ck_assert_uint_eq(run_count, INDEX_RUNS_MAX - 6);
    ck_assert_uint_eq(index_covered(index_), last);
    each_key_is_there_once();
    ck_assert_int_eq(found(5000), 1);
}
END_TEST

/* And of these none are side by side on a level: the newest become one of a higher level than any of them. */
START_TEST(where_no_eight_are_of_one_level_the_newest_are_merged)
{
    for (unsigned i = 0; i < INDEX_RUNS_MAX; i++)
        list_run(10 * i, 10, i % 2);
    ck_assert_int_eq(open_index(), 0);
    ck_assert_int_eq(insert(5000, RUN_RECORDS), 0);
    ck_assert(publish());
    ck_assert_uint_eq(run_count, INDEX_RUNS_MAX - 7);
    ck_assert_uint_eq(runs[run_count - 1].level, 2);
    ck_assert(publish());
    ck_assert_uint_eq(run_count, INDEX_RUNS_MAX - 6);
    ck_assert_uint_eq(index_covered(index_), last);
    each_key_is_there_once();
    ck_assert(!publish());
}
END_TEST

/* Eight of the runs of a level above the first, and so many events that the thread begins. */
static void begin_large_merge(void)
{
    for (unsigned i = 0; i < 8; i++)
        list_run(100000 + 10 * i, 10, 1);
    ck_assert_int_eq(open_index(), 0);
    move_gate(GATE_SHUT);
    ck_assert_int_eq(insert(0, 1), 0);
    wait_while_gate_is(GATE_SHUT);
}

/* More than eight tables are written, and merged, and there is room all the time. */
START_TEST(while_a_large_merge_goes_on_tables_are_written_and_merged)
{
    begin_large_merge();
    for (unsigned i = 0; i < 10; i++) {
        ck_assert_int_eq(insert(last, RUN_RECORDS), 0);
        ck_assert(index_has_room(index_));
        publish_one();
    }
    publish_one();
    ck_assert_uint_eq(run_count, 8 + 1 + 2);
    ck_assert_uint_eq(runs[7].level, 1);
    ck_assert_uint_eq(runs[8].level, 1);        /* made meanwhile: not one of those */
    ck_assert_uint_eq(runs[9].level, 0);
    move_gate(GATE_OPEN);
    while (publish())
        continue;
    ck_assert_uint_eq(run_count, 1 + 1 + 2);
    ck_assert_uint_eq(runs[0].level, 2);
    ck_assert_uint_eq(index_covered(index_), last);
    for (uint64_t key = 100000; key < 100080; key++)
        ck_assert_int_eq(found(key), 1);
    ck_assert_int_eq(found(last - 1), 1);
}
END_TEST

START_TEST(one_commit_can_list_what_two_threads_have_made)
{
    begin_large_merge();
    ck_assert_int_eq(insert(last, RUN_RECORDS), 0);
    move_gate(GATE_OPEN);
    ck_assert(publish());
    ck_assert_uint_eq(run_count, 2);
    ck_assert_uint_eq(runs[0].level, 2);
    ck_assert_uint_eq(runs[1].end, last);
    ck_assert(!publish());
    ck_assert_int_eq(found(100079), 1);
    ck_assert_int_eq(found(last - 1), 1);
}
END_TEST

/* The tail is full, and what writes it is held up; but a commit can publish what is merged. */
START_TEST(what_is_merged_is_published_although_the_tail_is_full)
{
    for (unsigned i = 0; i < 8; i++)
        list_run(100000 + 10 * i, 10, 1);
    ck_assert_int_eq(open_index(), 0);
    ck_assert_int_eq(insert(0, 1), 0);
    index_settle(index_);
    move_gate(GATE_SHUT);
    ck_assert_int_eq(insert(last, RUN_RECORDS), 0);
    wait_while_gate_is(GATE_SHUT);
    ck_assert_int_eq(insert(last, 2 * RUN_RECORDS), 0);
    ck_assert(index_has_room(index_));
    publish_one();
    ck_assert_uint_eq(run_count, 1);
    ck_assert(!index_has_room(index_));
    move_gate(GATE_OPEN);
    index_settle(index_);
    ck_assert(index_has_room(index_));
}
END_TEST

/* A commit that was given up between lists it again. */
START_TEST(what_is_made_after_the_list_waits_for_the_next)
{
    begin_large_merge();
    ck_assert_int_eq(insert(last, RUN_RECORDS), 0);
    while (index_pending(index_, runs) < 0)
        sched_yield();
    int count = index_pending(index_, runs);
    ck_assert_int_eq(count, 9);
    move_gate(GATE_OPEN);
    index_settle(index_);
    index_published(index_);
    ck_assert(is_there(1));             /* the next start reads it, if there is no other commit */
    run_count = (unsigned)count;
    index_close(&index_);
    ck_assert_int_eq(open_index(), 0);
    for (uint64_t key = 100000; key < 100080; key++)
        ck_assert_int_eq(found(key), 1);
}
END_TEST

/* The newest eight, and nobody begins anew with them. */
static void become_one_once(void)
{
    ck_assert(publish());
    ck_assert_uint_eq(run_count, INDEX_RUNS_MAX - 7);
    ck_assert(!publish());
    each_key_is_there_once();
}

/* The newest eight, which could not be merged as eight of the lowest level, are being merged because the list
 * is full when that is tried again. */
START_TEST(no_run_is_merged_by_two_threads)
{
    open_full();
    fsync_fails = 1;
    ck_assert_int_eq(insert(5000, 1), 0);
    index_settle(index_);
    ck_assert_int_eq(fsync_fails, 0);
    move_gate(GATE_SHUT);
    ck_assert_int_eq(insert(5001, 1), 0);
    wait_while_gate_is(GATE_SHUT);
    ck_assert_int_eq(insert(6000, RUN_RECORDS / 8), 0);
    move_gate(GATE_OPEN);
    become_one_once();
}
END_TEST

/* The same when they have become one already, which no commit has published yet. */
START_TEST(no_run_is_merged_again_before_it_is_published)
{
    open_full();
    ck_assert_int_eq(insert(5000, 1), 0);
    index_settle(index_);
    ck_assert_int_eq(insert(5001, 1), 0);
    become_one_once();
}
END_TEST

/* So many runs, of which none is merged meanwhile: writing goes first, as long as there is room. */
static void pile_up(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ck_assert_int_eq(insert(last, RUN_RECORDS), 0);
        if (i > 0)
            ck_assert(publish());
    }
}

/* Each level has fewer than eight, as the digits of a number to the base of eight, whenever there is time. */
START_TEST(however_runs_pile_up_none_is_left_over)
{
    static const unsigned piles[] = {9, 7, 20, 13, 3, 60, 1, 30, 80, 17};
    uint64_t written = 0;
    ck_assert_int_eq(open_index(), 0);
    for (unsigned i = 0; i < sizeof piles / sizeof piles[0]; i++) {
        pile_up(piles[i]);
        while (publish())
            continue;
        written += piles[i];
        unsigned digits = 0;
        for (uint64_t n = written; n > 0; n /= 8)
            digits += n % 8;
        ck_assert_uint_eq(run_count, digits);
        ck_assert_uint_eq(index_covered(index_), last);
    }
    for (uint64_t key = 0; key < last; key += RUN_RECORDS / 2)
        ck_assert_int_eq(found(key), 1);
}
END_TEST

/* After a write that failed the next one waits for an eighth of a run, or until there is no room. */
START_TEST(what_cannot_be_written_takes_the_room_until_it_can)
{
    ck_assert_int_eq(open_index(), 0);
    fsync_fails = 1;
    ck_assert_int_eq(insert(5000, RUN_RECORDS), 0);
    ck_assert(!publish());
    ck_assert(index_has_room(index_));
    ck_assert_int_eq(insert(6000, 2 * RUN_RECORDS), 0);
    fsync_fails = 1;
    ck_assert(!index_has_room(index_));
    ck_assert(!publish());
    ck_assert_int_eq(fsync_fails, 0);
    ck_assert_int_eq(found(6000), 1);
    index_has_room(index_);
    ck_assert(publish());
    ck_assert(index_has_room(index_));
}
END_TEST

/* --- What is asked. ------------------------------------------------------------------------ */

START_TEST(without_memory_a_search_is_no_answer)
{
    list_run(0, 10, 0);
    ck_assert_int_eq(open_index(), 0);
    ck_assert_int_eq(insert(0, 10), 0);
    memory_fails = 1;
    ck_assert_int_eq(found(5), -ENOMEM);
    memory_fails = 1;
    ck_assert_int_eq(in_range(0, 10), -ENOMEM);
    ck_assert(!index_is_damaged(index_));
    ck_assert_int_eq(found(5), 2);
    ck_assert_int_eq(in_range(3, 6), 8);
}
END_TEST

/* The newest run is asked first: behind its damage the others are not, and nothing is not there. */
START_TEST(a_damaged_run_ends_a_search)
{
    list_run(0, 10, 0);
    list_run(0, 10, 0);
    damage(2, BLOCK + 20);
    ck_assert_int_eq(open_index(), 0);
    ck_assert_int_eq(found(5), -EILSEQ);
    ck_assert_uint_eq(list.count, 0);
    ck_assert(index_is_damaged(index_));
    ck_assert(!is_there(2));            /* at the next start it is missed */
    ck_assert(is_there(1));
}
END_TEST

/* A range that begins before a damaged block and goes on in it. */
START_TEST(a_range_over_a_damaged_block_is_no_answer)
{
    place.shape = &sums;
    list_run(0, 3 * PER_BLOCK, 0);
    /* The third block: a search for what is in the first looks at the second. */
    damage(1, 3 * BLOCK + 20);
    ck_assert_int_eq(open_index(), 0);
    ck_assert_int_eq(in_range(PER_BLOCK - 5, 2 * PER_BLOCK - 2), PER_BLOCK + 4);
    ck_assert(!index_is_damaged(index_));
    ck_assert_int_eq(in_range(PER_BLOCK - 5, 2 * PER_BLOCK), -EILSEQ);
    ck_assert(index_is_damaged(index_));
}
END_TEST

START_TEST(a_range_has_what_lies_in_it_and_is_folded)
{
    place.shape = &sums;
    list_run(0, 100, 0);
    ck_assert_int_eq(open_index(), 0);
    ck_assert_int_eq(insert(30, 30), 0);
    ck_assert_int_eq(in_range(20, 39), 20);
    for (uint64_t i = 0; i < 20; i++) {
        ck_assert_uint_eq(unkey_u64(list.entries + i * ENTRY), 20 + i);
        ck_assert_uint_eq(get_u64(list.entries + i * ENTRY + 8), i < 10 ? 1 : 2);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("index steps");
    TCase *t = tcase_create("index");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, without_memory_a_search_in_a_table_ends);
    tcase_add_test(t, keys_whose_slots_say_the_same_are_told_apart);
    tcase_add_test(t, a_table_shrinks_when_less_goes_in_and_finds_all_the_same);
    tcase_add_test(t, a_list_with_a_hole_is_damage);
    tcase_add_test(t, a_folder_that_is_none_is_told);
    tcase_add_test(t, what_is_no_run_of_the_index_stays);
    tcase_add_test(t, its_bytes_are_those_of_its_runs);
    tcase_add_loop_test(t, a_run_that_cannot_be_made_is_made_later, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(t, entries_that_cannot_be_sorted_are_sorted_later);
    tcase_add_test(t, a_large_tail_gets_its_room_at_once);
    tcase_add_test(t, a_tail_that_is_larger_than_expected_is_written_too);
    tcase_add_loop_test(t, a_scratch_index_is_not_synced, 0, 2);
    tcase_add_test(t, a_run_that_the_disk_gives_back_changed_is_not_listed);
    tcase_add_test(t, where_there_is_no_room_for_a_run_some_are_merged_first);
    tcase_add_test(t, where_no_eight_are_of_one_level_the_newest_are_merged);
    tcase_add_test(t, while_a_large_merge_goes_on_tables_are_written_and_merged);
    tcase_add_test(t, what_is_merged_is_published_although_the_tail_is_full);
    tcase_add_test(t, one_commit_can_list_what_two_threads_have_made);
    tcase_add_test(t, what_is_made_after_the_list_waits_for_the_next);
    tcase_add_test(t, no_run_is_merged_by_two_threads);
    tcase_add_test(t, no_run_is_merged_again_before_it_is_published);
    tcase_add_test(t, however_runs_pile_up_none_is_left_over);
    tcase_add_test(t, what_cannot_be_written_takes_the_room_until_it_can);
    tcase_add_test(t, without_memory_a_search_is_no_answer);
    tcase_add_test(t, a_damaged_run_ends_a_search);
    tcase_add_test(t, a_range_over_a_damaged_block_is_no_answer);
    tcase_add_test(t, a_range_has_what_lies_in_it_and_is_folded);
    suite_add_tcase(s, t);
    return s;
}
