/* Files of an index's entries, and their order: whole, or refused, or not there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/files.h"
#include "store/index.h"
#include "tests/suite.h"

#define BLOCK     4096
#define ENTRY     16
#define PER_BLOCK (4080 / ENTRY)

/* What the system refuses: the n-th call of its kind, counted from 1; 0: none. */
static int pwrite_fails, pwrite_interrupted, pwrite_is_short;
static int fstat_fails, mmap_fails, fsync_fails, memory_fails;

static bool is_due(int *calls)
{
    return *calls > 0 && --*calls == 0;
}

ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    if (is_due(&pwrite_interrupted)) {
        errno = EINTR;
        return -1;
    }
    if (is_due(&pwrite_fails)) {
        errno = ENOSPC;
        return -1;
    }
    if (is_due(&pwrite_is_short))
        size /= 3;
    return __real_pwrite(fd, bytes, size, at);
}

int __real_fstat(int fd, struct stat *ret);
int __wrap_fstat(int fd, struct stat *ret);
int __wrap_fstat(int fd, struct stat *ret)
{
    return is_due(&fstat_fails) ? -1 : __real_fstat(fd, ret);
}

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (is_due(&mmap_fails)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(at, size, protection, flags, fd, offset);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    if (is_due(&fsync_fails)) {
        errno = EIO;
        return -1;
    }
    return __real_fsync(fd);
}

#define MEMORY_IS_OUT() is_due(&memory_fails)
#include "tests/store/short_memory.h"

/* Adds the number behind a key of eight bytes. */
static void add_up(uint8_t *into, const uint8_t *from)
{
    put_u64(into + 8, get_u64(into + 8) + get_u64(from + 8));
}

static const struct shape ids = {.name = "ids", .entry = ENTRY, .key = ENTRY, .prefix = 8};
static const struct shape sums = {.name = "sums", .entry = ENTRY, .key = 8, .prefix = 8, .fold = add_up};
static const struct shape unasked = {.name = "all", .entry = ENTRY, .key = ENTRY};

static char folder[200];
static const uint8_t store_id[16] = {1};
static struct run_place place;
static struct run *run;

static void setup(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/fundwatch-test-XXXXXX", base != NULL ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    place = (struct run_place){folder, store_id, &ids, false};
    run = NULL;
}

static void teardown(void)
{
    run_close(&run);
    files_remove_folder(folder);
}

/* The i-th of many entries in order: hashes are spread evenly. */
static void entry_of(uint64_t i, uint64_t of, uint8_t *entry)
{
    key_u64(entry, UINT64_MAX / of * i);
    put_u64(entry + 8, i);
}

static uint8_t *entries_of(uint64_t count)
{
    uint8_t *entries = malloc(count * ENTRY + 1);
    ck_assert_ptr_nonnull(entries);
    for (uint64_t i = 0; i < count; i++)
        entry_of(i, count, entries + i * ENTRY);
    return entries;
}

static struct run_info info_of(uint64_t count)
{
    return (struct run_info){.number = 7, .first = 1, .end = count, .count = count};
}

static int write_run(struct run_info *info)
{
    uint8_t *entries = entries_of(info->count);
    int err = run_write(&place, info, entries, NULL);
    free(entries);
    return err;
}

static struct run_info a_run(uint64_t count)
{
    struct run_info info = info_of(count);
    ck_assert_int_eq(write_run(&info), 0);
    return info;
}

static bool is_there(void)
{
    return files_exists(folder, "ids-00000007");
}

/* How many entries with the i-th one's beginning there are, or an error. */
static int found(uint64_t i, uint64_t of)
{
    uint8_t entry[ENTRY];
    struct entry_list list = {0};
    entry_of(i, of, entry);
    run_prefetch(run, entry, shape_hash(place.shape, entry));
    int err = run_find(run, entry, shape_hash(place.shape, entry), &list);
    int count = err != 0 ? err : (int)list.count;
    if (count > 0)
        ck_assert_uint_eq(get_u64(list.entries + 8), i);
    entry_list_free(&list);
    return count;
}

static bool is_found(const uint8_t *entry)
{
    struct entry_list list = {0};
    ck_assert_int_eq(run_find(run, entry, shape_hash(place.shape, entry), &list), 0);
    bool there = list.count > 0;
    entry_list_free(&list);
    return there;
}

/* --- Sorting. ------------------------------------------------------------------------------ */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, ENTRY);
}

/* So many that they go into buckets first: spread evenly from the least to the most that there is; most of
 * them at one place; all at one. */
START_TEST(many_entries_are_sorted_however_they_lie)
{
    const uint64_t count = 70000;
    uint8_t *entries = entries_of(count), *expected = malloc(count * ENTRY);
    srand(4711);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t hash = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();
        key_u64(entries + i * ENTRY, _i == 0 ? hash : _i == 1 && i % 100 == 0 ? hash : 42 + hash % 3);
        key_u64(entries + i * ENTRY + 8, (uint64_t)rand());
    }
    if (_i == 0) {
        memset(entries, 0, 8);
        memset(entries + ENTRY, 0xff, 8);
    }
    memcpy(expected, entries, count * ENTRY);
    qsort(expected, count, ENTRY, by_bytes);
    uint32_t *order = malloc(count * sizeof *order);
    memory_fails = 1;
    int err = shape_order(&ids, entries, count, order);
    memory_fails = 0;
    ck_assert_int_eq(err, -ENOMEM);
    ck_assert_int_eq(shape_order(&ids, entries, count, order), 0);
    for (uint64_t i = 0; i < count; i++)
        ck_assert_mem_eq(entries + order[i] * ENTRY, expected + i * ENTRY, ENTRY);
    shape_sort(&ids, entries, count);
    ck_assert_mem_eq(entries, expected, count * ENTRY);
    free(order);
    free(entries);
    free(expected);
}
END_TEST

START_TEST(neighbours_of_one_key_become_one)
{
    uint8_t entries[4 * ENTRY] = {0};
    for (uint64_t i = 0; i < 4; i++) {
        key_u64(entries + i * ENTRY, i / 3);
        put_u64(entries + i * ENTRY + 8, 1 + i);
    }
    ck_assert_uint_eq(shape_fold(&ids, entries, 4), 4);
    ck_assert_uint_eq(shape_fold(&sums, entries, 0), 0);
    ck_assert_uint_eq(shape_fold(&sums, entries, 4), 2);
    ck_assert_uint_eq(get_u64(entries + 8), 1 + 2 + 3);
    ck_assert_uint_eq(get_u64(entries + ENTRY + 8), 4);
}
END_TEST

/* --- Reading. ------------------------------------------------------------------------------ */

static const uint64_t sizes[] = {0, 1, PER_BLOCK, PER_BLOCK + 1, 40000};   /* the last: more than a piece */

START_TEST(every_entry_of_a_run_is_found_and_no_other)
{
    uint64_t count = sizes[_i];
    struct run_info info = a_run(count);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    ck_assert(run_warm(run));
    for (uint64_t i = 0; i < count; i += 1 + count / 1000)
        ck_assert_int_eq(found(i, count), 1);
    for (uint64_t i = 0; i < 100; i++)
        ck_assert_int_eq(found(2 * i + 1, 2 * (count + 200)), 0);
    struct stat stat_;
    char path[300];
    snprintf(path, sizeof path, "%s/ids-00000007", folder);
    ck_assert_int_eq(stat(path, &stat_), 0);
    ck_assert_uint_eq(run_bytes(run), (uint64_t)stat_.st_size);
}
END_TEST

START_TEST(a_search_ends_at_the_first_entry_that_is_not_below)
{
    const uint64_t count = 3000;
    uint8_t entry[ENTRY];
    struct run_info info = a_run(count);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    for (uint64_t i = 0; i < count; i += 7) {
        entry_of(i, count, entry);
        ck_assert_int_eq(run_seek(run, entry, 8), (int64_t)i);
        ck_assert_int_eq(run_seek(run, entry, 4) <= (int64_t)i, 1);
        key_u64(entry, UINT64_MAX / count * i + 1);
        ck_assert_int_eq(run_seek(run, entry, 8), (int64_t)i + 1);
    }
    memset(entry, 0xff, sizeof entry);
    ck_assert_int_eq(run_seek(run, entry, 8), (int64_t)count);
    ck_assert_int_eq(run_seek(run, entry, 3), (int64_t)count);
    ck_assert_int_eq(run_seek(run, (const uint8_t *)"", 0), 0);
}
END_TEST

START_TEST(nothing_is_in_an_empty_run)
{
    struct run_info info = a_run(0);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    ck_assert_int_eq(run_seek(run, (const uint8_t *)"12345678", 8), 0);
    ck_assert_int_eq(found(0, 1), 0);
}
END_TEST

/* Entries of one beginning, over the end of a block. */
START_TEST(all_entries_of_one_beginning_are_found)
{
    const uint64_t count = 2 * PER_BLOCK;
    struct run_info info = info_of(count);
    uint8_t *entries = entries_of(count), wanted[ENTRY];
    struct entry_list list = {0};
    for (uint64_t i = 0; i < count; i++) {
        key_u64(entries + i * ENTRY, i < 10 ? 1 : UINT64_MAX);
        key_u64(entries + i * ENTRY + 8, i);
    }
    ck_assert_int_eq(run_write(&place, &info, entries, NULL), 0);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    key_u64(wanted, UINT64_MAX);
    ck_assert_int_eq(run_find(run, wanted, shape_hash(&ids, wanted), &list), 0);
    ck_assert_uint_eq(list.count, count - 10);
    ck_assert_mem_eq(list.entries, entries + 10 * ENTRY, (count - 10) * ENTRY);
    entry_list_free(&list);
    memory_fails = 1;
    int err = run_find(run, wanted, shape_hash(&ids, wanted), &list);
    memory_fails = 0;
    ck_assert_int_eq(err, -ENOMEM);
    free(entries);
}
END_TEST

/* --- What cannot be written is not there. ---------------------------------------------------- */

static void set_none(void)
{
    pwrite_fails = pwrite_interrupted = pwrite_is_short = 0;
    fstat_fails = mmap_fails = fsync_fails = memory_fails = 0;
}

static const struct {
    int *calls;
    int at, err;
} failures[] = {
    {&pwrite_fails, 1, -ENOSPC},        /* the first piece, while entries come */
    {&pwrite_fails, 3, -ENOSPC},        /* the first of the filter */
    {&pwrite_fails, 4, -ENOSPC},        /* of the last blocks */
    {&pwrite_fails, 5, -ENOSPC},        /* of the filter */
    {&pwrite_fails, 6, -ENOSPC},        /* of the head */
    {&fsync_fails, 1, -EIO},
    {&memory_fails, 1, -ENOMEM},
    {&memory_fails, 2, -ENOMEM},
};

START_TEST(a_run_that_cannot_be_written_is_not_there)
{
    struct run_info info = info_of(40000);
    uint8_t *entries = entries_of(info.count);
    *failures[_i].calls = failures[_i].at;
    int err = run_write(&place, &info, entries, NULL);
    set_none();
    free(entries);
    ck_assert_int_eq(err, failures[_i].err);
    ck_assert(!is_there());
    a_run(40000);
}
END_TEST

/* In any of its pieces, or after a third of it. */
START_TEST(a_write_that_is_interrupted_goes_on)
{
    *(_i < 6 ? &pwrite_interrupted : &pwrite_is_short) = 1 + _i % 6;
    struct run_info info = a_run(40000);
    ck_assert_int_eq(pwrite_interrupted + pwrite_is_short, 0);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    ck_assert(run_warm(run));
    for (uint64_t i = 0; i < info.count; i++)
        ck_assert_int_eq(found(i, info.count), 1);
}
END_TEST

/* The filter is written in the order of the entries, and what is written is not there to be added to. */
START_TEST(entries_that_are_not_in_order_are_no_run)
{
    struct run_info info = info_of(40000);
    uint8_t *entries = entries_of(info.count), first[ENTRY];
    memcpy(first, entries, ENTRY);
    memmove(entries, entries + ENTRY, (info.count - 1) * ENTRY);
    memcpy(entries + (info.count - 1) * ENTRY, first, ENTRY);
    ck_assert_int_eq(run_write(&place, &info, entries, NULL), -EILSEQ);
    ck_assert(!is_there());
    free(entries);
}
END_TEST

START_TEST(a_run_has_no_place_in_a_folder_that_is_none)
{
    char path[600];
    struct run_info info = info_of(1), merged = info_of(1);
    place.folder = "/nowhere";
    ck_assert_int_eq(write_run(&info), -ENOENT);
    ck_assert_int_eq(run_merge(&place, &merged, NULL, 0), -ENOENT);
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    place.folder = path;
    ck_assert_int_eq(write_run(&info), -ENAMETOOLONG);
    ck_assert_int_eq(run_open(&place, &info, &run), -ENAMETOOLONG);
    run_delete(&place, 7);              /* nothing, then */
    ck_assert_ptr_null(run);
}
END_TEST

/* --- What is not the run that was listed. ---------------------------------------------------- */

static void change(off_t at)
{
    char path[300];
    uint8_t byte;
    snprintf(path, sizeof path, "%s/ids-00000007", folder);
    int fd = open(path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    ck_assert_int_eq(__real_pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

START_TEST(what_a_list_cannot_say_of_a_run_is_damage)
{
    struct run_info good = a_run(1000), bad = good;
    bad.count = (UINT64_C(1) << 40) + 1;
    ck_assert_int_eq(run_open(&place, &bad, &run), -EILSEQ);
    bad = good;
    bad.filters = UINT64_C(1) << 40;
    ck_assert_int_eq(run_open(&place, &bad, &run), -EILSEQ);
    bad.filters = 0;
    ck_assert_int_eq(run_open(&place, &bad, &run), -EILSEQ);
    bad = good;
    bad.count = 2000;                   /* more than the file has */
    ck_assert_int_eq(run_open(&place, &bad, &run), -EILSEQ);
    bad = good;
    bad.level = 1;
    ck_assert_int_eq(run_open(&place, &bad, &run), -EILSEQ);
    bad = good;
    bad.number = 8;
    ck_assert_int_eq(run_open(&place, &bad, &run), -ENOENT);
    ck_assert_ptr_null(run);
    ck_assert_int_eq(run_open(&place, &good, &run), 0);
}
END_TEST

static const struct {
    int *calls;
    int at, err;
} refusals[] = {
    {&fstat_fails, 1, -EILSEQ},
    {&mmap_fails, 1, -ENOMEM},
    {&memory_fails, 1, -ENOMEM},
    {&memory_fails, 2, -ENOMEM},
};

START_TEST(a_run_that_the_system_refuses_is_not_opened)
{
    struct run_info info = a_run(1000);
    *refusals[_i].calls = refusals[_i].at;
    int err = run_open(&place, &info, &run);
    set_none();
    ck_assert_int_eq(err, refusals[_i].err);
    ck_assert_ptr_null(run);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
}
END_TEST

/* Of five blocks one is damaged: whoever comes by is told, and nobody is told that an entry is not there. */
START_TEST(a_damaged_block_is_told_wherever_a_search_comes_by)
{
    const uint64_t count = 5 * PER_BLOCK;
    struct run_info info = a_run(count);
    uint64_t told = 0;
    change((1 + _i) * BLOCK + 20);
    for (uint64_t i = 0; i < count; i++) {
        ck_assert_int_eq(run_open(&place, &info, &run), 0);    /* nothing was checked yet */
        int n = found(i, count);
        ck_assert(n == 1 || n == -EILSEQ);
        if (i / PER_BLOCK == (uint64_t)_i)
            ck_assert_int_eq(n, -EILSEQ);
        told += n != 1;
        ck_assert_ptr_eq(run_entry(run, (uint64_t)_i * PER_BLOCK), NULL);
        run_close(&run);
    }
    ck_assert_uint_ge(told, PER_BLOCK);
}
END_TEST

/* Writes a run of entries, which are the caller's to free, and opens it with a byte changed. */
static void open_changed(uint64_t count, const uint8_t *entries, off_t at)
{
    struct run_info info = info_of(count);
    ck_assert_int_eq(run_write(&place, &info, entries, NULL), 0);
    change(at);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
}

static void finding_is_damage(const uint8_t *wanted)
{
    struct entry_list list = {0};
    ck_assert_int_eq(run_find(run, wanted, shape_hash(&ids, wanted), &list), -EILSEQ);
    entry_list_free(&list);
}

/* The last key of the first block is lower than it was, so that a search in the block would end behind it. */
START_TEST(a_lower_key_in_the_first_block_is_told)
{
    const uint64_t count = 2 * PER_BLOCK;
    uint8_t *entries = entries_of(count);
    for (uint64_t i = 0; i < count; i++)
        key_u64(entries + i * ENTRY, 2 * i + 1);
    open_changed(count, entries, BLOCK + (PER_BLOCK - 1) * ENTRY + 7);
    finding_is_damage(entries + (PER_BLOCK - 1) * ENTRY);
    free(entries);
}
END_TEST

/* The entries with one beginning go on in a block that the search for the first one had no need of. */
START_TEST(what_goes_on_in_a_damaged_block_is_told)
{
    const uint64_t count = 4 * PER_BLOCK;
    uint8_t *entries = entries_of(count);
    for (uint64_t i = 0; i < count; i++)
        key_u64(entries + i * ENTRY, i < PER_BLOCK ? i : i < 3 * PER_BLOCK ? 1 << 20 : UINT64_MAX);
    open_changed(count, entries, 3 * BLOCK + 3000);
    finding_is_damage(entries + PER_BLOCK * ENTRY);
    free(entries);
}
END_TEST

START_TEST(a_damaged_filter_is_told)
{
    struct run_info info = a_run(5000);
    change((1 + 5000 / PER_BLOCK + 1) * BLOCK + 20 + _i * BLOCK);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    ck_assert(!run_warm(run));
}
END_TEST

/* --- Merging. ---------------------------------------------------------------------------------- */

/* Runs that begin with another key each; an index that nobody searches has no filter. */
START_TEST(runs_become_one_in_order_and_one_entry_for_a_key)
{
    static const struct shape *const shapes[] = {&ids, &sums, &unasked};
    const uint64_t count = 15000;
    struct run *inputs[3];
    place.shape = shapes[_i];
    for (uint64_t r = 0; r < 3; r++) {
        struct run_info info = info_of(count);
        uint8_t *entries = entries_of(count);
        info.number = 1 + r;
        for (uint64_t i = 0; i < count; i++) {
            key_u64(entries + i * ENTRY, (i + r * 100) << 50);
            put_u64(entries + i * ENTRY + 8, 1 + r);
        }
        ck_assert_int_eq(run_write(&place, &info, entries, NULL), 0);
        ck_assert_int_eq(run_open(&place, &info, &inputs[r]), 0);
        free(entries);
    }
    struct run_info merged = info_of(0);
    merged.level = 1;
    ck_assert_int_eq(run_merge(&place, &merged, inputs, 3), 0);
    ck_assert_uint_eq(merged.count, _i == 1 ? count + 200 : 3 * count);
    ck_assert_uint_eq(merged.filters == 0, _i == 2);
    ck_assert_int_eq(run_open(&place, &merged, &run), 0);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < merged.count; i++) {
        const uint8_t *entry = run_entry(run, i);
        ck_assert_ptr_nonnull(entry);
        ck_assert(i == 0 || memcmp(run_entry(run, i - 1), entry, place.shape->key) <= 0);
        sum += get_u64(entry + 8);
    }
    ck_assert_uint_eq(sum, (1 + 2 + 3) * count);
    ck_assert(run_warm(run));
    for (uint64_t i = 0; i < merged.count && _i != 2; i++)
        ck_assert(is_found(run_entry(run, i)));
    for (int r = 0; r < 3; r++)
        run_close(&inputs[r]);
}
END_TEST

START_TEST(nobody_waits_for_the_filter_of_an_index_without_one)
{
    uint8_t entry[ENTRY] = {0};
    place.shape = &unasked;
    struct run_info info = a_run(1000);
    ck_assert_uint_eq(info.filters, 0);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    run_prefetch(run, entry, shape_hash(&unasked, entry));
    ck_assert(run_warm(run));
}
END_TEST

/* Alone, or with another one, of which there is more when the damage is met. */
START_TEST(a_damaged_run_is_not_merged)
{
    static const struct shape folded = {.name = "ids", .entry = ENTRY, .key = 8, .prefix = 8, .fold = add_up};
    if (_i % 10 >= 5)
        place.shape = &folded;
    struct run_info info = a_run(5 * PER_BLOCK), merged = info_of(0);
    merged.number = 8;
    change((1 + _i % 5) * BLOCK + 20);
    ck_assert_int_eq(run_open(&place, &info, &run), 0);
    struct run *inputs[] = {run, run};
    ck_assert_int_eq(run_merge(&place, &merged, inputs, 1 + (unsigned)_i / 10), -EILSEQ);
    ck_assert(!files_exists(folder, "ids-00000008"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("runs");
    TCase *t = tcase_create("sorting");
    tcase_add_loop_test(t, many_entries_are_sorted_however_they_lie, 0, 3);
    tcase_add_test(t, neighbours_of_one_key_become_one);
    suite_add_tcase(s, t);
    t = tcase_create("files");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_entry_of_a_run_is_found_and_no_other, 0, sizeof sizes / sizeof sizes[0]);
    tcase_add_test(t, a_search_ends_at_the_first_entry_that_is_not_below);
    tcase_add_test(t, nothing_is_in_an_empty_run);
    tcase_add_test(t, all_entries_of_one_beginning_are_found);
    tcase_add_loop_test(t, a_run_that_cannot_be_written_is_not_there, 0,
                        sizeof failures / sizeof failures[0]);
    tcase_add_loop_test(t, a_write_that_is_interrupted_goes_on, 0, 12);
    tcase_add_test(t, entries_that_are_not_in_order_are_no_run);
    tcase_add_test(t, a_run_has_no_place_in_a_folder_that_is_none);
    tcase_add_test(t, what_a_list_cannot_say_of_a_run_is_damage);
    tcase_add_loop_test(t, a_run_that_the_system_refuses_is_not_opened, 0,
                        sizeof refusals / sizeof refusals[0]);
    tcase_add_loop_test(t, a_damaged_block_is_told_wherever_a_search_comes_by, 0, 5);
    tcase_add_test(t, a_lower_key_in_the_first_block_is_told);
    tcase_add_test(t, what_goes_on_in_a_damaged_block_is_told);
    tcase_add_loop_test(t, a_damaged_filter_is_told, 0, 2);
    tcase_add_loop_test(t, runs_become_one_in_order_and_one_entry_for_a_key, 0, 3);
    tcase_add_test(t, nobody_waits_for_the_filter_of_an_index_without_one);
    tcase_add_loop_test(t, a_damaged_run_is_not_merged, 0, 20);
    suite_add_tcase(s, t);
    return s;
}
