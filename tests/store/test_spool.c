/* What a spool promises: what spool_put() returned for survives, in order and
 * byte for byte, until it is answered, covered and old enough. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/spool/spool.h"
#include "store/spool/spool_env.h"
#include "tests/suite.h"

#define DAY_MS  (INT64_C(24) * 3600 * 1000)
#define WEEK_MS (SPOOL_KEEP_DAYS * DAY_MS)
#define NOON    INT64_C(1767240000000)  /* some moment */

static char base[64], folder[128];
static struct spool *spool;

static void open_spool(void)
{
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), 0);
}

static void reopen_spool(void)
{
    spool_close(&spool);
    open_spool();
}

static void make(void)
{
    snprintf(base, sizeof base, "/tmp/test_spool.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    snprintf(folder, sizeof folder, "%s/a/b", base);
    open_spool();
}

static void drop(void)
{
    spool_close(&spool);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", base);
    ck_assert_int_eq(system(command), 0);
}

/* A batch of `size` bytes that differs for every seed. */
static void *bytes_of(uint64_t seed, size_t size)
{
    uint8_t *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] = (uint8_t)(seed >> 56);
    }
    return bytes;
}

static size_t size_of(uint64_t number)
{
    return 20 + number * 977 % 20000;
}

static uint64_t put_sized(uint64_t seed, size_t size)
{
    uint64_t number = 0;
    void *bytes = bytes_of(seed, size);
    ck_assert_int_eq(spool_put(spool, bytes, size, 10, &number), 0);
    free(bytes);
    return number;
}

static uint64_t put(void)
{
    uint64_t number = spool_next(spool);
    ck_assert_uint_eq(put_sized(number, size_of(number)), number);
    return number;
}

static void put_some(int count)
{
    for (int i = 0; i < count; i++)
        put();
}

/* The number of the first waiting batch after `after`, whose bytes must be right; 0: none. */
static uint64_t waiting(uint64_t after)
{
    struct spool_entry entry;
    void *bytes = NULL;
    size_t size = 0;
    int err = spool_waiting(spool, after, &entry, &bytes, &size);
    if (err == -ENOENT)
        return 0;
    ck_assert_int_eq(err, 0);
    ck_assert_uint_eq(entry.events, 10);
    ck_assert_int_gt(entry.put_ms, 0);
    ck_assert_uint_eq(size, size_of(entry.number));
    void *expected = bytes_of(entry.number, size);
    ck_assert_mem_eq(bytes, expected, size);
    free(expected);
    free(bytes);
    return entry.number;
}

static void answer(uint64_t number, uint64_t epoch, uint64_t position, int64_t now_ms)
{
    ck_assert_int_eq(spool_answered(spool, number, epoch, position, now_ms), 0);
}

static uint64_t covered(uint64_t epoch, uint64_t position, int64_t now_ms)
{
    uint64_t again = UINT64_MAX;
    ck_assert_int_eq(spool_covered(spool, epoch, position, now_ms, &again), 0);
    return again;
}

static struct spool_stats stats(void)
{
    struct spool_stats ret;
    ck_assert_int_eq(spool_stats(spool, &ret), 0);
    return ret;
}

/* What is waiting, as "1 3 4". */
static const char *waiting_list(void)
{
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (uint64_t number = waiting(0); number != 0; number = waiting(number))
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%llu", used > 0 ? " " : "",
                                 (unsigned long long)number);
    return text;
}

START_TEST(a_new_spool_is_empty_and_counts_from_one)
{
    ck_assert_uint_eq(spool_next(spool), 1);
    ck_assert_uint_eq(waiting(0), 0);
    ck_assert_uint_eq(stats().waiting, 0);
    ck_assert_int_eq(stats().oldest_waiting_ms, 0);
}
END_TEST

START_TEST(batches_wait_in_the_order_of_their_numbers)
{
    put_some(300);
    for (uint64_t number = 1; number <= 300; number++)
        ck_assert_uint_eq(waiting(number - 1), number);
    ck_assert_uint_eq(waiting(300), 0);
    ck_assert_uint_eq(waiting(UINT64_MAX), 0);
}
END_TEST

START_TEST(several_batches_are_put_by_one_call)
{
    put();
    void *two = bytes_of(2, size_of(2)), *three = bytes_of(3, size_of(3));
    struct spool_batch batches[] = { { two, size_of(2), 10 }, { three, size_of(3), 10 } };
    uint64_t first = 0;
    ck_assert_int_eq(spool_put_many(spool, batches, 2, &first), 0);
    free(two);
    free(three);
    ck_assert_uint_eq(first, 2);
    ck_assert_uint_eq(spool_next(spool), 4);
    ck_assert_str_eq(waiting_list(), "1 2 3");
}
END_TEST

START_TEST(what_was_put_is_there_after_opening_again)
{
    put_some(5);
    reopen_spool();
    ck_assert_uint_eq(spool_next(spool), 6);
    ck_assert_str_eq(waiting_list(), "1 2 3 4 5");
    ck_assert_uint_eq(stats().waiting_events, 50);
    ck_assert_int_gt(stats().oldest_waiting_ms, 0);
}
END_TEST

START_TEST(a_number_is_never_given_twice)
{
    put_some(2);
    answer(1, 1, 10, NOON);
    answer(2, 1, 20, NOON);
    covered(1, 20, NOON + WEEK_MS);
    ck_assert_uint_eq(stats().answered, 0);
    reopen_spool();
    ck_assert_uint_eq(put(), 3);
}
END_TEST

START_TEST(an_answered_batch_waits_no_more)
{
    put_some(3);
    answer(2, 1, 20, NOON);
    ck_assert_str_eq(waiting_list(), "1 3");
    ck_assert_uint_eq(stats().answered, 1);
    reopen_spool();
    ck_assert_str_eq(waiting_list(), "1 3");
}
END_TEST

START_TEST(an_answer_is_written_when_the_spool_is_closed)
{
    put_some(2);
    answer(1, 1, 10, NOON);
    answer(2, 1, 20, NOON);
    reopen_spool();
    ck_assert_uint_eq(waiting(0), 0);
    ck_assert_uint_eq(stats().answered, 2);
}
END_TEST

START_TEST(a_second_answer_changes_nothing)
{
    put_some(2);
    answer(1, 1, 10, NOON);
    answer(1, 1, 10, NOON);
    reopen_spool();
    answer(1, 1, 99, NOON + WEEK_MS);
    covered(1, 10, NOON + WEEK_MS);
    ck_assert_uint_eq(stats().answered, 0);
    ck_assert_str_eq(waiting_list(), "2");
}
END_TEST

START_TEST(more_answers_than_memory_holds_are_all_kept)
{
    put_some(600);
    for (uint64_t number = 600; number >= 1; number--)
        answer(number, 1, number, NOON);
    ck_assert_uint_eq(waiting(0), 0);
    reopen_spool();
    ck_assert_uint_eq(stats().answered, 600);
}
END_TEST

/* Batch 1 was answered in epoch 5 with last position 100 at NOON; then a reply
 * says (epoch, covered) at NOON + age. */
static const struct {
    uint64_t epoch, covered;
    int64_t age_ms;
    uint64_t again, waits, answered;
} hearing[] = {
    { 5, 0, 0, 0, 0, 1 },                       /* neither covered nor old */
    { 5, 100, WEEK_MS - 1, 0, 0, 1 },           /* covered, not old enough */
    { 5, 99, 100 * DAY_MS, 0, 0, 1 },           /* old, not covered */
    { 5, 100, WEEK_MS, 0, 0, 0 },               /* both: forgotten */
    { 5, UINT64_MAX, WEEK_MS, 0, 0, 0 },
    { 5, 100, -DAY_MS, 0, 0, 1 },               /* the clock was set back */
    { 6, 0, 0, 1, 1, 0 },                       /* restored: waits again */
    { 6, 100, 100 * DAY_MS, 1, 1, 0 },          /* even if the number is below `covered` */
    { UINT64_MAX, 0, 0, 1, 1, 0 },
    { 4, 100, WEEK_MS, 1, 1, 0 },               /* any other epoch is another store */
};

START_TEST(what_a_reply_says_decides_what_becomes_of_an_answered_batch)
{
    put();
    answer(1, 5, 100, NOON);
    ck_assert_uint_eq(covered(hearing[_i].epoch, hearing[_i].covered, NOON + hearing[_i].age_ms),
                      hearing[_i].again);
    ck_assert_uint_eq(waiting(0), hearing[_i].waits);
    ck_assert_uint_eq(stats().answered, hearing[_i].answered);
    reopen_spool();
    ck_assert_uint_eq(waiting(0), hearing[_i].waits);
    ck_assert_uint_eq(stats().answered, hearing[_i].answered);
}
END_TEST

START_TEST(a_batch_that_never_was_answered_is_never_forgotten)
{
    put();
    covered(1, UINT64_MAX, NOON + 1000 * DAY_MS);
    covered(2, UINT64_MAX, NOON + 2000 * DAY_MS);
    ck_assert_uint_eq(waiting(0), 1);
}
END_TEST

START_TEST(what_the_old_store_covered_is_not_forgotten_when_a_backup_was_restored)
{
    put_some(2);
    answer(1, 1, 10, NOON);
    covered(1, 0, NOON + WEEK_MS);
    covered(1, 10, NOON + WEEK_MS + 100);   /* is acted on with the next writing */
    ck_assert_uint_eq(covered(2, 0, NOON + WEEK_MS + 100), 1);
    ck_assert_str_eq(waiting_list(), "1 2");
}
END_TEST

START_TEST(only_batches_of_other_epochs_wait_again)
{
    put_some(5);
    answer(1, 1, 10, NOON);
    answer(3, 2, 5, NOON);
    answer(2, 1, 20, NOON);
    answer(4, 9, 7, NOON);
    ck_assert_uint_eq(covered(2, 0, NOON), 3);
    ck_assert_str_eq(waiting_list(), "1 2 4 5");
    ck_assert_uint_eq(covered(2, 0, NOON), 0);
}
END_TEST

START_TEST(a_batch_answered_late_by_the_old_store_waits_again_too)
{
    put_some(2);
    covered(2, 0, NOON);
    answer(1, 1, 10, NOON);
    covered(1, 0, NOON);
    ck_assert_uint_eq(covered(2, 0, NOON), 1);
    ck_assert_str_eq(waiting_list(), "1 2");
}
END_TEST

static struct spool_said said(void)
{
    struct spool_said ret;
    ck_assert_int_eq(spool_said(spool, &ret), 0);
    return ret;
}

#define ck_assert_point(point, e, p) do {       \
    ck_assert_uint_eq((point).epoch, (e));      \
    ck_assert_uint_eq((point).position, (p));   \
} while (0)

START_TEST(a_new_spool_has_nothing_to_say)
{
    ck_assert_point(said().told, 0, 0);
    ck_assert_point(said().forgotten, 0, 0);
    ck_assert_int_eq(said().oldest_waiting_ms, 0);
    put();
    ck_assert_int_gt(said().oldest_waiting_ms, 0);
    answer(1, 5, 100, NOON);
    ck_assert_int_eq(said().oldest_waiting_ms, 0);
}
END_TEST

START_TEST(how_far_it_was_told_survives_opening_again_and_forgetting)
{
    put_some(3);
    answer(2, 5, 100, NOON);
    answer(1, 5, 40, NOON);             /* of a duplicate, perhaps */
    ck_assert_point(said().told, 5, 100);
    reopen_spool();
    ck_assert_point(said().told, 5, 100);
    ck_assert_point(said().forgotten, 0, 0);
    covered(5, 40, NOON + WEEK_MS);
    ck_assert_point(said().forgotten, 5, 40);
    covered(5, 100, NOON + WEEK_MS + 1000);
    answer(3, 5, 90, NOON + WEEK_MS + 2000);
    reopen_spool();
    ck_assert_uint_eq(stats().answered, 1);
    ck_assert_point(said().told, 5, 100);
    ck_assert_point(said().forgotten, 5, 100);
}
END_TEST

START_TEST(what_it_says_is_of_the_newest_epoch)
{
    put_some(2);
    answer(1, 5, 100, NOON);
    covered(5, 100, NOON + WEEK_MS);
    covered(6, 0, NOON + WEEK_MS);
    ck_assert_point(said().told, 5, 100);
    answer(2, 6, 10, NOON + WEEK_MS);
    ck_assert_point(said().told, 6, 10);
    ck_assert_point(said().forgotten, 5, 100);
}
END_TEST

START_TEST(many_batches_wait_again_at_once)
{
    struct spool_batch batches[1500];
    for (int i = 0; i < 1500; i++)
        batches[i] = (struct spool_batch){ "batch", 5, 1 };
    uint64_t first;
    ck_assert_int_eq(spool_put_many(spool, batches, 1500, &first), 0);
    ck_assert_int_eq(spool_put_many(spool, batches, 1500, &first), 0);
    for (uint64_t number = 1; number <= 3000; number++)
        answer(number, 1, number, NOON);
    ck_assert_uint_eq(stats().answered, 3000);
    ck_assert_uint_eq(covered(2, 0, NOON), 3000);
    ck_assert_uint_eq(stats().waiting, 3000);
    ck_assert_uint_eq(stats().waiting_events, 3000);
}
END_TEST

START_TEST(a_second_opener_is_refused)
{
    struct spool *second = NULL;
    ck_assert_int_eq(spool_open(folder, "hospital-1", &second), -EBUSY);
    ck_assert_ptr_null(second);
    spool_close(&spool);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &second), 0);
    spool_close(&second);
}
END_TEST

/* Opens the spool, says so through the pipe, and holds it until it is killed. */
static void hold_until_killed(int report)
{
    struct spool *mine;
    char opened = spool_open(folder, "hospital-1", &mine) == 0 ? 'y' : 'n';
    if (write(report, &opened, 1) == 1)
        pause();
    _exit(1);
}

START_TEST(another_process_is_refused_until_the_first_is_gone)
{
    spool_close(&spool);
    int report[2];
    ck_assert_int_eq(pipe(report), 0);
    pid_t child = fork();
    if (child == 0)
        hold_until_killed(report[1]);
    char opened = '?';
    ck_assert_int_eq(read(report[0], &opened, 1), 1);
    ck_assert_int_eq(opened, 'y');
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EBUSY);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(report[0]);
    close(report[1]);
    open_spool();
}
END_TEST

START_TEST(a_spool_belongs_to_one_source)
{
    spool_close(&spool);
    ck_assert_int_eq(spool_open(folder, "hospital-2", &spool), -EPERM);
    ck_assert_int_eq(spool_open(folder, "hospital-11", &spool), -EPERM);
    ck_assert_int_eq(spool_open(folder, "no name", &spool), -EINVAL);
    ck_assert_ptr_null(spool);
    open_spool();
}
END_TEST

static const char *file_in_folder(const char *name)
{
    static char file[256];
    snprintf(file, sizeof file, "%s/%s", folder, name);
    return file;
}

START_TEST(a_crash_while_it_was_made_is_made_good)
{
    spool_close(&spool);
    ck_assert_int_eq(unlink(file_in_folder("spool.mdb")), 0);
    int fd = open(file_in_folder("spool.mdb.new"), O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(write(fd, "torn", 4), 4);
    close(fd);
    open_spool();
    ck_assert_uint_eq(put(), 1);
    ck_assert_int_eq(access(file_in_folder("spool.mdb.new"), F_OK), -1);
}
END_TEST

/* Changes one bit of the file where `what` stands in it. */
static void flip_bit_of(const void *what, size_t size)
{
    int fd = open(file_in_folder("spool.mdb"), O_RDWR);
    struct stat st;
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &st), 0);
    uint8_t *all = malloc((size_t)st.st_size);
    ck_assert_int_eq(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
    uint8_t *at = memmem(all, (size_t)st.st_size, what, size);
    ck_assert_ptr_nonnull(at);
    uint8_t changed = *at ^ 0x10;
    ck_assert_int_eq(pwrite(fd, &changed, 1, at - all), 1);
    free(all);
    close(fd);
}

START_TEST(a_changed_bit_of_a_batch_is_noticed)
{
    put_some(9);
    spool_close(&spool);
    void *bytes = bytes_of(4, size_of(4));
    flip_bit_of(bytes, size_of(4));
    free(bytes);
    open_spool();
    struct spool_entry entry = { .number = 77 };
    void *got = NULL;
    size_t size = 0;
    ck_assert_int_eq(spool_waiting(spool, 3, &entry, &got, &size), -EILSEQ);
    ck_assert_uint_eq(entry.number, 77);
    ck_assert_ptr_null(got);
    ck_assert_uint_eq(waiting(2), 3);
    ck_assert_uint_eq(waiting(4), 5);
}
END_TEST

START_TEST(a_changed_head_is_noticed)
{
    spool_close(&spool);
    flip_bit_of("hospital-1", 10);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
    ck_assert_ptr_null(spool);
}
END_TEST

START_TEST(a_file_that_is_no_spool_is_refused)
{
    spool_close(&spool);
    static const char text[10000] = "a letter";
    int fd = open(file_in_folder("spool.mdb"), O_WRONLY | O_TRUNC);
    ck_assert_int_eq(write(fd, text, sizeof text), sizeof text);
    close(fd);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
    ck_assert_ptr_null(spool);
}
END_TEST

START_TEST(a_spool_that_was_cut_off_is_damaged_wherever)
{
    static uint8_t all[1 << 20];
    put_some(20);
    answer(3, 1, 10, NOON);
    spool_close(&spool);
    int fd = open(file_in_folder("spool.mdb"), O_RDWR);
    ssize_t size = pread(fd, all, sizeof all, 0);
    ck_assert_int_gt(size, 20 * 4096);
    ck_assert_int_lt(size, (ssize_t)sizeof all);
    for (ssize_t end = size - 1; end > 0; end -= 2048) {
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        ck_assert_int_eq(pwrite(fd, all, (size_t)end, 0), end);
        ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
        ck_assert_ptr_null(spool);
    }
    ck_assert_int_eq(pwrite(fd, all, (size_t)size, 0), size);
    close(fd);
    open_spool();
    ck_assert_uint_eq(stats().waiting, 19);
}
END_TEST

/* What damage may leave: rows that are right by themselves, and others are missing.  Each is done in a
 * transaction whose `kept` (docs/STORE.md 10) is right as far as its number goes. */

static void put_row(struct spool_txn *txn, enum spool_table table, const void *key, size_t key_size,
                    const void *rest, size_t size, uint64_t number)
{
    uint8_t *value = spool_txn_reserve(txn, table, key, key_size, 8 + size);
    ck_assert_ptr_nonnull(value);
    memcpy(value + 8, rest, size);
    put_u64(value, XXH3_64bits_withSeed(value + 8, size, number));
}

static void renumber_kept(struct spool_txn *txn)
{
    MDB_val kept;
    uint8_t rest[48];
    ck_assert(spool_txn_get(txn, SPOOL_HEAD, "kept", 4, &kept));
    ck_assert_uint_eq(kept.mv_size, 8 + sizeof rest);
    memcpy(rest, (uint8_t *)kept.mv_data + 8, sizeof rest);
    put_u64(rest, spool_txn_number(txn));
    put_row(txn, SPOOL_HEAD, "kept", 4, rest, sizeof rest, 0);
}

static void delete_numbered(struct spool_txn *txn, enum spool_table table, uint64_t number)
{
    uint8_t key[8];
    key_u64(key, number);
    spool_txn_delete(txn, table, key, sizeof key);
}

static void put_waiting(struct spool_txn *txn, uint64_t number, uint32_t events)
{
    uint8_t key[8], rest[4];
    key_u64(key, number);
    put_u32(rest, events);
    put_row(txn, SPOOL_WAITING, key, sizeof key, rest, sizeof rest, number);
}

static void nothing_waits(struct spool_txn *txn)
{
    for (uint64_t number = 1; number <= 6; number++)
        delete_numbered(txn, SPOOL_WAITING, number);
}

static void one_waits_not(struct spool_txn *txn)
{
    delete_numbered(txn, SPOOL_WAITING, 4);
}

static void no_batch_and_none_waits(struct spool_txn *txn)
{
    delete_numbered(txn, SPOOL_WAITING, 4);
    delete_numbered(txn, SPOOL_BATCH, 4);
}

static void another_one_waits(struct spool_txn *txn)
{
    delete_numbered(txn, SPOOL_WAITING, 4);
    put_waiting(txn, 1, 10);            /* which was answered */
}

static void fewer_events(struct spool_txn *txn)
{
    put_waiting(txn, 4, 9);
}

static void a_number_not_given(struct spool_txn *txn)
{
    delete_numbered(txn, SPOOL_WAITING, 4);
    put_waiting(txn, 7, 10);
}

/* The first one that was answered, as if at another time. */
static void answered_later(struct spool_txn *txn)
{
    MDB_val key, value;
    uint8_t first[24], rest[12];
    ck_assert(spool_txn_from(txn, SPOOL_ANSWERED, "", 1, &key, &value));
    memcpy(first, key.mv_data, sizeof first);
    memcpy(rest, (uint8_t *)value.mv_data + 8, sizeof rest);
    spool_txn_delete(txn, SPOOL_ANSWERED, first, sizeof first);
    first[15] ^= 1;
    put_row(txn, SPOOL_ANSWERED, first, sizeof first, rest, sizeof rest, unkey_u64(first + 16));
}

static void none_was_answered(struct spool_txn *txn)
{
    MDB_val key, value;
    uint8_t first[24];
    while (spool_txn_from(txn, SPOOL_ANSWERED, "", 1, &key, &value)) {
        memcpy(first, key.mv_data, sizeof first);
        spool_txn_delete(txn, SPOOL_ANSWERED, first, sizeof first);
    }
}

static void nothing_said(struct spool_txn *txn)
{
    spool_txn_delete(txn, SPOOL_HEAD, "kept", 4);
}

static void nothing_else(struct spool_txn *txn)
{
    ck_assert_int_eq(txn->err, 0);
}

static const struct {
    void (*damage)(struct spool_txn *txn);
    int err;
} losses[] = {
    { nothing_else, 0 },
    { nothing_waits, -EILSEQ }, { one_waits_not, -EILSEQ }, { no_batch_and_none_waits, -EILSEQ },
    { another_one_waits, -EILSEQ }, { fewer_events, -EILSEQ }, { a_number_not_given, -EILSEQ },
    { answered_later, -EILSEQ }, { none_was_answered, -EILSEQ }, { nothing_said, -EILSEQ },
};

static int do_damage(struct spool_txn *txn, void *arg)
{
    void (*damage)(struct spool_txn *) = losses[*(int *)arg].damage;
    if (damage != nothing_said)
        renumber_kept(txn);
    damage(txn);
    return 0;
}

static int no_work(struct spool_txn *txn, void *arg)
{
    return txn->err != 0 ? txn->err : *(int *)arg;
}

static void write_by_hand(spool_work *work, int which)
{
    struct spool_env env;
    int nothing = SPOOL_NOTHING;
    ck_assert_int_eq(spool_env_open(&env, folder, no_work, &nothing), 0);
    ck_assert_int_eq(spool_env_write(&env, true, work, &which), 0);
    spool_env_close(&env);
}

START_TEST(what_is_missing_is_noticed_when_it_is_opened)
{
    put_some(6);
    answer(1, 1, 10, NOON);
    answer(2, 1, 20, NOON);
    spool_close(&spool);
    write_by_hand(do_damage, _i);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), losses[_i].err);
    if (losses[_i].err == 0)
        ck_assert_str_eq(waiting_list(), "3 4 5 6");
}
END_TEST

static int write_a_row_again(struct spool_txn *txn, void *arg)
{
    (void)arg;
    put_waiting(txn, 1, 10);
    return 0;
}

START_TEST(what_another_commit_said_is_noticed)
{
    put();
    spool_close(&spool);
    write_by_hand(write_a_row_again, 0);         /* all as it was, but for the number of the transaction */
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
}
END_TEST

/* Zeros over the sector in which LMDB has the roots of the tables: it takes them for empty ones. */
static void lose_roots(void)
{
    int fd = open(file_in_folder("spool.mdb"), O_RDWR);
    struct stat st;
    ck_assert_int_eq(fstat(fd, &st), 0);
    uint8_t *all = malloc((size_t)st.st_size);
    ck_assert_int_eq(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
    static const uint8_t zeros[512];
    unsigned found = 0;
    for (off_t at = 2 * 4096; at < st.st_size; at += 512)
        if (memmem(all + at, 512, "answered", 8) != NULL && memmem(all + at, 512, "waiting", 7) != NULL) {
            ck_assert_int_eq(pwrite(fd, zeros, 512, at), 512);
            found++;
        }
    ck_assert_uint_gt(found, 0);
    free(all);
    close(fd);
}

START_TEST(what_goes_missing_while_it_is_open_is_noticed)
{
    put_some(3);
    lose_roots();
    struct spool_entry entry;
    struct spool_stats stats_;
    void *bytes = NULL;
    size_t size;
    uint64_t number;
    ck_assert_int_eq(spool_waiting(spool, 0, &entry, &bytes, &size), -EILSEQ);
    ck_assert_int_eq(spool_put(spool, "more", 4, 1, &number), -EILSEQ);
    ck_assert_int_eq(spool_stats(spool, &stats_), -EILSEQ);
    spool_close(&spool);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
}
END_TEST

/* As version 1 had it: without `kept`. */
static int become_uncounted(struct spool_txn *txn, void *arg)
{
    uint8_t rest[8 + 10];
    put_u32(rest, 1);
    put_u32(rest + 4, 10);
    memcpy(rest + 8, "hospital-1", 10);
    spool_txn_delete(txn, SPOOL_HEAD, "kept", 4);
    put_row(txn, SPOOL_HEAD, "format", 6, rest, sizeof rest, 0);
    if (*(int *)arg)
        delete_numbered(txn, SPOOL_WAITING, 3);
    return 0;
}

START_TEST(a_spool_of_the_format_before_is_counted_once_and_goes_on)
{
    put_some(5);
    answer(1, 1, 10, NOON);
    answer(2, 1, 20, NOON);
    spool_close(&spool);
    write_by_hand(become_uncounted, 0);
    open_spool();
    ck_assert_str_eq(waiting_list(), "3 4 5");
    ck_assert_uint_eq(stats().answered, 2);
    ck_assert_uint_eq(stats().waiting_events, 30);
    reopen_spool();
    ck_assert_uint_eq(put(), 6);
    spool_close(&spool);
    write_by_hand(do_damage, 8);                /* none was answered: now it is noticed */
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
}
END_TEST

START_TEST(a_spool_of_the_format_before_that_lacks_something_is_damaged)
{
    put_some(5);
    spool_close(&spool);
    write_by_hand(become_uncounted, 1);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EILSEQ);
}
END_TEST

START_TEST(the_map_grows_by_itself)
{
    for (int i = 0; i < 25; i++)
        put_sized(1, MESSAGE_SIZE_MAX);
    ck_assert_uint_gt(stats().bytes, 100 << 20);
    ck_assert_uint_eq(stats().waiting, 25);
    reopen_spool();
    ck_assert_uint_eq(put_sized(1, MESSAGE_SIZE_MAX), 26);
}
END_TEST

static int put_megabyte(uint64_t *ret_number)
{
    void *bytes = bytes_of(1, 1 << 20);
    int err = spool_put(spool, bytes, 1 << 20, 10, ret_number);
    free(bytes);
    return err;
}

START_TEST(a_full_spool_says_so_keeps_what_it_has_and_can_be_emptied)
{
    spool_close(&spool);
    setenv("FUNDWATCH_SPOOL_MAX", "8388608", 1);
    open_spool();
    uint64_t number = 0;
    int err = 0;
    while (err == 0)
        err = put_megabyte(&number);
    ck_assert_int_eq(err, -ENOSPC);
    ck_assert_uint_ge(number, 5);
    ck_assert_uint_eq(spool_next(spool), number + 1);
    ck_assert_uint_eq(stats().waiting, number);

    for (uint64_t i = 1; i <= number; i++)
        answer(i, 1, i, NOON);
    covered(1, number, NOON + WEEK_MS);
    ck_assert_uint_eq(stats().answered, 0);
    uint64_t last = number;
    ck_assert_int_eq(put_megabyte(&number), 0);
    ck_assert_uint_eq(number, last + 1);
}
END_TEST

static const char *const bad_limits[] = { "x", "12x", "-1", "1000", "99999999999999999999999" };

START_TEST(a_limit_that_is_none_is_refused)
{
    spool_close(&spool);
    setenv("FUNDWATCH_SPOOL_MAX", bad_limits[_i], 1);
    ck_assert_int_eq(spool_open(folder, "hospital-1", &spool), -EINVAL);
}
END_TEST

/* Puts batches for ever and reports each number when spool_put() has returned. */
static void put_until_killed(int report)
{
    open_spool();
    for (;;) {
        uint64_t number = put();
        if (number % 3 == 0)
            answer(number, 1, number, NOON);
        if (write(report, &number, sizeof number) != sizeof number)
            _exit(1);
    }
}

/* Runs a child until it has reported `count` batches, kills it, and returns the
 * last number that it reported. */
static uint64_t put_and_kill(int count)
{
    int report[2];
    ck_assert_int_eq(pipe(report), 0);
    pid_t child = fork();
    if (child == 0)
        put_until_killed(report[1]);
    close(report[1]);
    uint64_t number = 0, last = 0;
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(read(report[0], &last, sizeof last), sizeof last);
    kill(child, SIGKILL);
    while (read(report[0], &number, sizeof number) == sizeof number)
        last = number;
    waitpid(child, NULL, 0);
    close(report[0]);
    return last;
}

START_TEST(what_was_reported_survives_kill_9)
{
    spool_close(&spool);
    for (uint64_t round = 1; round <= 10; round++) {
        uint64_t reported = put_and_kill((int)round * 7);
        open_spool();
        ck_assert_uint_gt(spool_next(spool), reported);
        uint64_t answered = stats().answered;
        ck_assert_uint_eq(stats().waiting + answered, spool_next(spool) - 1);
        ck_assert_uint_eq(covered(1000 + round, 0, NOON), answered);
        for (uint64_t number = 1; number < spool_next(spool); number++)
            ck_assert_uint_eq(waiting(number - 1), number);
        spool_close(&spool);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("spool");
    TCase *keeps = tcase_create("keeps");
    tcase_add_checked_fixture(keeps, make, drop);
    tcase_add_test(keeps, a_new_spool_is_empty_and_counts_from_one);
    tcase_add_test(keeps, batches_wait_in_the_order_of_their_numbers);
    tcase_add_test(keeps, several_batches_are_put_by_one_call);
    tcase_add_test(keeps, what_was_put_is_there_after_opening_again);
    tcase_add_test(keeps, a_number_is_never_given_twice);
    suite_add_tcase(s, keeps);

    TCase *answers = tcase_create("answers");
    tcase_add_checked_fixture(answers, make, drop);
    tcase_add_test(answers, an_answered_batch_waits_no_more);
    tcase_add_test(answers, an_answer_is_written_when_the_spool_is_closed);
    tcase_add_test(answers, a_second_answer_changes_nothing);
    tcase_add_test(answers, more_answers_than_memory_holds_are_all_kept);
    tcase_add_loop_test(answers, what_a_reply_says_decides_what_becomes_of_an_answered_batch, 0,
                        sizeof hearing / sizeof *hearing);
    tcase_add_test(answers, a_batch_that_never_was_answered_is_never_forgotten);
    tcase_add_test(answers,
                   what_the_old_store_covered_is_not_forgotten_when_a_backup_was_restored);
    tcase_add_test(answers, only_batches_of_other_epochs_wait_again);
    tcase_add_test(answers, a_batch_answered_late_by_the_old_store_waits_again_too);
    tcase_add_test(answers, many_batches_wait_again_at_once);
    tcase_add_test(answers, a_new_spool_has_nothing_to_say);
    tcase_add_test(answers, how_far_it_was_told_survives_opening_again_and_forgetting);
    tcase_add_test(answers, what_it_says_is_of_the_newest_epoch);
    suite_add_tcase(s, answers);

    TCase *guards = tcase_create("guards");
    tcase_add_checked_fixture(guards, make, drop);
    tcase_add_test(guards, a_second_opener_is_refused);
    tcase_add_test(guards, another_process_is_refused_until_the_first_is_gone);
    tcase_add_test(guards, a_spool_belongs_to_one_source);
    tcase_add_test(guards, a_crash_while_it_was_made_is_made_good);
    tcase_add_test(guards, a_changed_bit_of_a_batch_is_noticed);
    tcase_add_test(guards, a_changed_head_is_noticed);
    tcase_add_test(guards, a_file_that_is_no_spool_is_refused);
    tcase_add_test(guards, a_spool_that_was_cut_off_is_damaged_wherever);
    tcase_add_loop_test(guards, what_is_missing_is_noticed_when_it_is_opened, 0,
                        sizeof losses / sizeof *losses);
    tcase_add_test(guards, what_another_commit_said_is_noticed);
    tcase_add_test(guards, what_goes_missing_while_it_is_open_is_noticed);
    tcase_add_test(guards, a_spool_of_the_format_before_is_counted_once_and_goes_on);
    tcase_add_test(guards, a_spool_of_the_format_before_that_lacks_something_is_damaged);
    suite_add_tcase(s, guards);

    TCase *room = tcase_create("room");
    tcase_add_checked_fixture(room, make, drop);
    tcase_add_test(room, the_map_grows_by_itself);
    tcase_add_test(room, a_full_spool_says_so_keeps_what_it_has_and_can_be_emptied);
    tcase_add_loop_test(room, a_limit_that_is_none_is_refused, 0,
                        sizeof bad_limits / sizeof *bad_limits);
    suite_add_tcase(s, room);

    TCase *crash = tcase_create("crash");
    tcase_add_checked_fixture(crash, make, drop);
    tcase_add_test(crash, what_was_reported_survives_kill_9);
    suite_add_tcase(s, crash);
    return s;
}
