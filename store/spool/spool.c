/* spool - see the header.  What is on disk, in bytes; keys are big-endian, so
 * that their order is that of the numbers, and values little-endian.
 *
 *   head      "format"    u64 checksum, u32 SPOOL_FORMAT, u32 size, the source's name
 *             "next"      u64 checksum, u64 number of the next batch
 *             "kept"      u64 checksum, u64 LMDB's number of the transaction that wrote it,
 *                         u64 waiting batches, u64 their events, u64 their digest,
 *                         u64 answered batches, u64 their digest
 *             "told"      u64 checksum, u64 epoch, u64 position: the highest that was answered
 *             "forgotten" the same, of what was forgotten; neither is there before there is something to say
 *   batch     u64 number  u64 checksum, u32 events, u32 size, i64 put at (ms), the message
 *   waiting   u64 number  u64 checksum, u32 events
 *   answered  u64 epoch, u64 answered at (ms), u64 number
 *                         u64 checksum, u64 last position, u32 events
 *
 * A checksum is XXH3-64 over the rest of its value, seeded with the batch's
 * number (0 in head), so a record in another's place is noticed too.
 *
 * A batch is in `batch` until it is forgotten, and beside that in `waiting` or in
 * `answered`.  The order of `answered` puts other epochs apart, and in front what can be
 * forgotten first: so both questions of spool_covered() look at a few records.
 *
 * A row that is gone has no checksum that could be wrong, and an empty tree looks like
 * nothing to do.  So each transaction writes into `kept` how many rows there are and the
 * digest of each table, the exclusive or of what identifies its rows: adding one and taking
 * it away are the same short step.  Every transaction compares the numbers of rows, opening
 * the digests as well.  A page that stands there from an earlier commit brings an earlier
 * `kept`, which its transaction's number betrays.  What nobody can tell is a page of LMDB's
 * own that says the commit before was the last, since a power loss leaves just that.
 *
 * What was answered is collected in memory and written with the next commit.
 * Until then spool_waiting() leaves these batches out. */
#include "store/spool/spool.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "wire/controls.h"
#include "store/spool/spool_env.h"
#include "wire/batch.h"

#define SPOOL_FORMAT  2
#define FORMAT_UNCOUNTED 1     /* the same without `kept`: opening makes it one of the present format */
#define KEEP_MS       ((int64_t)SPOOL_KEEP_DAYS * 24 * 3600 * 1000)
#define NOTED_MAX     256       /* answers in memory */
#define SETTLE_MS     200       /* how long an answer stays in memory */
#define FORGET_MAX    1000      /* batches forgotten by one transaction */
#define AGAIN_MAX     1000      /* batches made waiting by one transaction */

#define CHECKSUM_SIZE 8
#define BATCH_PREFIX  24        /* bytes in front of the message */
#define FORMAT_PREFIX 16        /* bytes in front of the source's name */
#define NEXT_SIZE     16
#define WAITING_SIZE  12
#define ANSWERED_SIZE 20
#define POINT_SIZE    24
#define KEPT_SIZE     56

/* An answer that is not on disk yet. */
struct noted {
    uint64_t number, epoch, last_position;
    int64_t answered_ms;
};

struct spool {
    struct spool_env env;
    uint64_t next;
    uint32_t noted_count;
    struct noted noted[NOTED_MAX];
    int64_t settled_ms;         /* when answers were written last; 0: never */
    bool heard;                 /* a reply was heard since opening; then: */
    uint64_t epoch, covered;    /* what the last one said */
    int64_t heard_ms;
};

/* A number as a key, and back. */
static uint64_t key_of(uint64_t number)
{
    return htobe64(number);
}

static uint64_t number_of(MDB_val key)
{
    uint64_t number;
    if (key.mv_size != sizeof number)
        return 0;
    memcpy(&number, key.mv_data, sizeof number);
    return be64toh(number);
}

static void seal(uint8_t *value, size_t size, uint64_t number)
{
    put_u64(value, XXH3_64bits_withSeed(value + CHECKSUM_SIZE, size - CHECKSUM_SIZE, number));
}

static bool sealed(const uint8_t *value, size_t size, uint64_t number)
{
    return get_u64(value) ==
               XXH3_64bits_withSeed(value + CHECKSUM_SIZE, size - CHECKSUM_SIZE, number) ||
           control("no_checksum");
}

/* The bytes of a value of exactly `size` bytes; NULL with -EILSEQ in `txn` if it is none. */
static const uint8_t *checked(struct spool_txn *txn, MDB_val value, size_t size, uint64_t number)
{
    if (value.mv_size == size && sealed(value.mv_data, size, number))
        return value.mv_data;
    if (txn->err == 0)
        txn->err = -EILSEQ;
    return NULL;
}

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is there.  Every transaction that writes begins and ends with it. */

struct kept {
    uint64_t waiting, waiting_events, waiting_digest;
    uint64_t answered, answered_digest;
};

static void write_kept(struct spool_txn *txn, const struct kept *kept)
{
    uint8_t *value = spool_txn_reserve(txn, SPOOL_HEAD, "kept", 4, KEPT_SIZE);
    if (value == NULL)
        return;
    put_u64(value + 8, spool_txn_number(txn));
    put_u64(value + 16, kept->waiting);
    put_u64(value + 24, kept->waiting_events);
    put_u64(value + 32, kept->waiting_digest);
    put_u64(value + 40, kept->answered);
    put_u64(value + 48, kept->answered_digest);
    seal(value, KEPT_SIZE, 0);
}

static bool counts_are_right(struct spool_txn *txn, const struct kept *kept)
{
    return spool_txn_count(txn, SPOOL_WAITING) == kept->waiting &&
           spool_txn_count(txn, SPOOL_ANSWERED) == kept->answered &&
           spool_txn_count(txn, SPOOL_BATCH) == kept->waiting + kept->answered;
}

/* What the last commit, which had the number `last`, said is there; -EILSEQ in `txn` if that is not so. */
static struct kept read_kept(struct spool_txn *txn, uint64_t last)
{
    struct kept kept = { 0 };
    MDB_val value;
    const uint8_t *bytes = NULL;
    if (spool_txn_get(txn, SPOOL_HEAD, "kept", 4, &value))
        bytes = checked(txn, value, KEPT_SIZE, 0);
    if (bytes != NULL)
        kept = (struct kept){
            .waiting = get_u64(bytes + 16),
            .waiting_events = get_u64(bytes + 24),
            .waiting_digest = get_u64(bytes + 32),
            .answered = get_u64(bytes + 40),
            .answered_digest = get_u64(bytes + 48),
        };
    bool right = bytes != NULL && get_u64(bytes + 8) == last && counts_are_right(txn, &kept);
    if (control("spool_uncounted"))
        return kept;
    if (!right && txn->err == 0)
        txn->err = -EILSEQ;
    return kept;
}

/* In a transaction that only reads, and in one that writes, before it has. */
static struct kept kept_now(struct spool_txn *txn)
{
    return read_kept(txn, spool_txn_number(txn));
}

static struct kept kept_before(struct spool_txn *txn)
{
    return read_kept(txn, spool_txn_number(txn) - 1);
}

/* head */

static void write_next(struct spool_txn *txn, uint64_t next)
{
    uint8_t *value = spool_txn_reserve(txn, SPOOL_HEAD, "next", 4, NEXT_SIZE);
    if (value == NULL)
        return;
    put_u64(value + 8, next);
    seal(value, NEXT_SIZE, 0);
}

static void write_format(struct spool_txn *txn, const char *source)
{
    size_t size = strlen(source);
    uint8_t *value = spool_txn_reserve(txn, SPOOL_HEAD, "format", 6, FORMAT_PREFIX + size);
    if (value == NULL)
        return;
    put_u32(value + 8, SPOOL_FORMAT);
    put_u32(value + 12, (uint32_t)size);
    memcpy(value + FORMAT_PREFIX, source, size);
    seal(value, FORMAT_PREFIX + size, 0);
}

static int make_head(struct spool_txn *txn, void *arg)
{
    write_format(txn, arg);
    write_next(txn, 1);
    write_kept(txn, &(struct kept){ 0 });
    return 0;
}

static int check_format(MDB_val value, const char *source, uint32_t *ret_format)
{
    const uint8_t *bytes = value.mv_data;
    if (value.mv_size < FORMAT_PREFIX || !sealed(bytes, value.mv_size, 0))
        return -EILSEQ;
    *ret_format = get_u32(bytes + 8);
    if (*ret_format != SPOOL_FORMAT && *ret_format != FORMAT_UNCOUNTED)
        return -EPROTONOSUPPORT;
    size_t size = value.mv_size - FORMAT_PREFIX;
    if (get_u32(bytes + 12) != size)
        return -EILSEQ;
    if (strlen(source) != size || memcmp(bytes + FORMAT_PREFIX, source, size) != 0)
        return -EPERM;
    return 0;
}

/* waiting */

/* The checksum of a row of `waiting` is of all that is in it, its key too. */
static void count_waiting(struct kept *kept, const uint8_t *bytes)
{
    kept->waiting++;
    kept->waiting_events += get_u32(bytes + 8);
    kept->waiting_digest ^= get_u64(bytes);
}

static void write_waiting(struct spool_txn *txn, struct kept *kept, uint64_t number, uint32_t events)
{
    uint64_t key = key_of(number);
    uint8_t *value = spool_txn_reserve(txn, SPOOL_WAITING, &key, sizeof key, WAITING_SIZE);
    if (value == NULL)
        return;
    put_u32(value + 8, events);
    seal(value, WAITING_SIZE, number);
    count_waiting(kept, value);
}

/* The row of the first number above `after` that waits on disk; NULL if there is none. */
static const uint8_t *next_waiting(struct spool_txn *txn, uint64_t after, uint64_t *ret_number)
{
    MDB_val key, value;
    uint64_t from = key_of(after + 1);
    if (after == UINT64_MAX ||
        !spool_txn_from(txn, SPOOL_WAITING, &from, sizeof from, &key, &value))
        return NULL;
    uint64_t number = number_of(key);
    const uint8_t *bytes = checked(txn, value, WAITING_SIZE, number);
    if (bytes != NULL)
        *ret_number = number;
    return bytes;
}

/* answered */

struct answered_key {
    uint64_t epoch, answered_ms, number;    /* big-endian */
};

static struct answered_key answered_key(uint64_t epoch, int64_t answered_ms, uint64_t number)
{
    uint64_t ms = answered_ms < 0 ? 0 : (uint64_t)answered_ms;
    return (struct answered_key){ key_of(epoch), key_of(ms), key_of(number) };
}

struct answered {
    struct answered_key key;
    uint64_t epoch, number, last_position, digest;
    int64_t answered_ms;
    uint32_t events;
};

/* The checksum of a row of `answered` is not of all that is in its key. */
static uint64_t answered_digest(const struct answered_key *key, const uint8_t *bytes)
{
    return XXH3_64bits_withSeed(key, sizeof *key, get_u64(bytes));
}

static void write_answered(struct spool_txn *txn, struct kept *kept, const struct noted *noted,
                           uint32_t events)
{
    struct answered_key key = answered_key(noted->epoch, noted->answered_ms, noted->number);
    uint8_t *value = spool_txn_reserve(txn, SPOOL_ANSWERED, &key, sizeof key, ANSWERED_SIZE);
    if (value == NULL)
        return;
    put_u64(value + 8, noted->last_position);
    put_u32(value + 16, events);
    seal(value, ANSWERED_SIZE, noted->number);
    kept->answered++;
    kept->answered_digest ^= answered_digest(&key, value);
}

/* The first answered batch at or after `from`. */
static bool next_answered(struct spool_txn *txn, struct answered_key from, struct answered *ret)
{
    MDB_val key, value;
    if (!spool_txn_from(txn, SPOOL_ANSWERED, &from, sizeof from, &key, &value))
        return false;
    if (key.mv_size != sizeof ret->key) {
        txn->err = -EILSEQ;
        return false;
    }
    memcpy(&ret->key, key.mv_data, sizeof ret->key);
    ret->epoch = be64toh(ret->key.epoch);
    ret->answered_ms = (int64_t)be64toh(ret->key.answered_ms);
    ret->number = be64toh(ret->key.number);
    const uint8_t *bytes = checked(txn, value, ANSWERED_SIZE, ret->number);
    if (bytes == NULL)
        return false;
    ret->last_position = get_u64(bytes + 8);
    ret->events = get_u32(bytes + 16);
    ret->digest = answered_digest(&ret->key, bytes);
    return true;
}

static void delete_answered(struct spool_txn *txn, struct kept *kept, const struct answered *answered)
{
    spool_txn_delete(txn, SPOOL_ANSWERED, &answered->key, sizeof answered->key);
    kept->answered--;
    kept->answered_digest ^= answered->digest;
}

/* The answered batch behind this one. */
static bool answered_after(struct spool_txn *txn, struct answered_key after, struct answered *ret)
{
    uint64_t number = be64toh(after.number);
    after.number = htobe64(number + 1);
    return number < UINT64_MAX && next_answered(txn, after, ret);
}

/* Opening */

/* What there is by the rows themselves, each of which is of a number that was given. */
static struct kept count_rows(struct spool_txn *txn, uint64_t next)
{
    struct kept kept = { 0 };
    struct answered answered;
    const uint8_t *bytes;
    bool given = true;
    for (uint64_t number = 0; given && (bytes = next_waiting(txn, number, &number)) != NULL;) {
        given = number < next;
        count_waiting(&kept, bytes);
    }
    for (bool found = next_answered(txn, answered_key(0, 0, 0), &answered); given && found;
         found = answered_after(txn, answered.key, &answered)) {
        given = answered.number > 0 && answered.number < next;
        kept.answered++;
        kept.answered_digest ^= answered.digest;
    }
    if (!given && txn->err == 0)
        txn->err = -EILSEQ;
    return kept;
}

static bool kept_equal(const struct kept *a, const struct kept *b)
{
    return a->waiting == b->waiting && a->waiting_events == b->waiting_events &&
           a->waiting_digest == b->waiting_digest && a->answered == b->answered &&
           a->answered_digest == b->answered_digest;
}

static int check_rows(struct spool *spool)
{
    struct spool_txn txn = spool_txn_read(&spool->env);
    struct kept said = kept_now(&txn);
    struct kept there = txn.err == 0 ? count_rows(&txn, spool->next) : said;
    bool right = kept_equal(&said, &there) || control("spool_uncounted");
    int err = txn.err != 0 ? txn.err : right ? 0 : -EILSEQ;
    spool_txn_end(&txn);
    return err;
}

struct counting {
    const struct spool *spool;
    const char *source;
};

/* From FORMAT_UNCOUNTED to the present one.  Even there each batch had to be in one of two tables. */
static int begin_counting(struct spool_txn *txn, void *arg)
{
    const struct counting *counting = arg;
    struct kept kept = count_rows(txn, counting->spool->next);
    if (txn->err == 0 && !counts_are_right(txn, &kept))
        return -EILSEQ;
    write_format(txn, counting->source);
    write_kept(txn, &kept);
    return 0;
}

static int read_head(struct spool *spool, const char *source, uint32_t *ret_format)
{
    struct spool_txn txn = spool_txn_read(&spool->env);
    MDB_val format, next;
    const uint8_t *bytes = NULL;
    int err = -EILSEQ;
    if (spool_txn_get(&txn, SPOOL_HEAD, "format", 6, &format))
        err = check_format(format, source, ret_format);
    if (err == 0 && spool_txn_get(&txn, SPOOL_HEAD, "next", 4, &next))
        bytes = checked(&txn, next, NEXT_SIZE, 0);
    if (bytes != NULL)
        spool->next = get_u64(bytes + 8);
    else if (err == 0)
        err = -EILSEQ;
    if (txn.err != 0)
        err = txn.err;
    spool_txn_end(&txn);
    return err;
}

static int open_here(struct spool *spool, const char *path, const char *source)
{
    uint32_t format = 0;
    struct counting counting = { spool, source };
    int err = spool_env_open(&spool->env, path, make_head, (void *)(uintptr_t)source);
    if (err == 0)
        err = read_head(spool, source, &format);
    if (err == 0 && format == FORMAT_UNCOUNTED)
        err = spool_env_write(&spool->env, true, begin_counting, &counting);
    return err == 0 ? check_rows(spool) : err;
}

int spool_open(const char *path, const char *source, struct spool **ret)
{
    if (!source_name_valid(source, strlen(source)))
        return -EINVAL;
    struct spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL)
        return -ENOMEM;
    int err = open_here(spool, path, source);
    if (err != 0) {
        spool_close(&spool);
        return err;
    }
    *ret = spool;
    return 0;
}

/* Points: how far the daemon has gone with this source, of the newest epoch only. */

static struct store_point further(struct store_point a, struct store_point b)
{
    if (a.epoch != b.epoch)
        return a.epoch > b.epoch ? a : b;
    return a.position > b.position ? a : b;
}

static struct store_point read_point(struct spool_txn *txn, const char *key)
{
    MDB_val value;
    const uint8_t *bytes = NULL;
    if (spool_txn_get(txn, SPOOL_HEAD, key, strlen(key), &value))
        bytes = checked(txn, value, POINT_SIZE, 0);
    return bytes == NULL ? (struct store_point){ 0 }
                         : (struct store_point){ get_u64(bytes + 8), get_u64(bytes + 16) };
}

static void note_point(struct spool_txn *txn, const char *key, struct store_point point)
{
    struct store_point before = read_point(txn, key), after = further(before, point);
    if (after.epoch == before.epoch && after.position == before.position)
        return;
    uint8_t *value = spool_txn_reserve(txn, SPOOL_HEAD, key, strlen(key), POINT_SIZE);
    if (value == NULL)
        return;
    put_u64(value + 8, after.epoch);
    put_u64(value + 16, after.position);
    seal(value, POINT_SIZE, 0);
}

static struct store_point noted_point(const struct spool *spool)
{
    struct store_point point = { 0 };
    for (uint32_t i = 0; i < spool->noted_count; i++)
        point = further(point, (struct store_point){ spool->noted[i].epoch,
                                                     spool->noted[i].last_position });
    return point;
}

/* Settling: what was answered is written, and what is safe is forgotten. */

static bool write_noted(struct spool_txn *txn, struct kept *kept, const struct noted *noted)
{
    uint64_t key = key_of(noted->number);
    MDB_val value;
    if (!spool_txn_get(txn, SPOOL_WAITING, &key, sizeof key, &value))
        return false;
    const uint8_t *bytes = checked(txn, value, WAITING_SIZE, noted->number);
    if (bytes == NULL)
        return false;
    uint32_t events = get_u32(bytes + 8);
    kept->waiting--;
    kept->waiting_events -= events;
    kept->waiting_digest ^= get_u64(bytes);
    spool_txn_delete(txn, SPOOL_WAITING, &key, sizeof key);
    write_answered(txn, kept, noted, events);
    return true;
}

static bool may_forget(const struct spool *spool, const struct answered *answered)
{
    return answered->epoch == spool->epoch && answered->last_position <= spool->covered &&
           answered->answered_ms <= spool->heard_ms - KEEP_MS;
}

static bool forget_one(const struct spool *spool, struct spool_txn *txn, struct kept *kept,
                       struct store_point *forgotten)
{
    struct answered answered;
    if (!spool->heard || !next_answered(txn, answered_key(spool->epoch, 0, 0), &answered) ||
        !may_forget(spool, &answered))
        return false;
    uint64_t key = key_of(answered.number);
    spool_txn_delete(txn, SPOOL_BATCH, &key, sizeof key);
    delete_answered(txn, kept, &answered);
    *forgotten = further(*forgotten, (struct store_point){ answered.epoch, answered.last_position });
    return true;
}

static bool settle_some(struct spool_txn *txn, const struct spool *spool, struct kept *kept)
{
    bool wrote = false;
    for (uint32_t i = 0; i < spool->noted_count; i++)
        wrote |= write_noted(txn, kept, &spool->noted[i]);
    struct store_point forgotten = { 0 };
    for (int i = 0; i < FORGET_MAX && forget_one(spool, txn, kept, &forgotten); i++)
        wrote = true;
    if (wrote) {
        note_point(txn, "told", noted_point(spool));
        note_point(txn, "forgotten", forgotten);
    }
    return wrote;
}

static int settle_work(struct spool_txn *txn, void *arg)
{
    struct kept kept = kept_before(txn);
    if (!settle_some(txn, arg, &kept))
        return SPOOL_NOTHING;
    write_kept(txn, &kept);
    return 0;
}

static int settle(struct spool *spool, int64_t now_ms)
{
    int err = spool_env_write(&spool->env, true, settle_work, spool);
    if (err != 0)
        return err;
    spool->noted_count = 0;
    spool->settled_ms = now_ms;
    return 0;
}

/* Also when the clock was set back. */
static bool settle_is_due(const struct spool *spool, int64_t now_ms)
{
    return now_ms < spool->settled_ms || now_ms - spool->settled_ms >= SETTLE_MS ||
           spool->noted_count == NOTED_MAX;
}

void spool_close(struct spool **spool_p)
{
    struct spool *spool = *spool_p;
    *spool_p = NULL;
    if (spool == NULL)
        return;
    if (spool->noted_count > 0)
        settle(spool, 0);
    spool_env_close(&spool->env);
    free(spool);
}

/* Putting */

struct put {
    const struct spool *spool;
    const struct spool_batch *batches;
    size_t count;
    int64_t now_ms;
};

static void write_batch(struct spool_txn *txn, const struct spool_batch *batch, uint64_t number,
                        int64_t now_ms)
{
    uint64_t key = key_of(number);
    size_t size = BATCH_PREFIX + batch->size;
    uint8_t *value = spool_txn_reserve(txn, SPOOL_BATCH, &key, sizeof key, size);
    if (value == NULL)
        return;
    put_u32(value + 8, batch->events);
    put_u32(value + 12, (uint32_t)batch->size);
    put_u64(value + 16, (uint64_t)now_ms);
    memcpy(value + BATCH_PREFIX, batch->bytes, batch->size);
    seal(value, size, number);
}

static int put_work(struct spool_txn *txn, void *arg)
{
    const struct put *put = arg;
    struct kept kept = kept_before(txn);
    for (size_t i = 0; i < put->count; i++) {
        uint64_t number = put->spool->next + i;
        write_batch(txn, &put->batches[i], number, put->now_ms);
        write_waiting(txn, &kept, number, put->batches[i].events);
    }
    write_next(txn, put->spool->next + put->count);
    settle_some(txn, put->spool, &kept);
    write_kept(txn, &kept);
    return 0;
}

static int touch_work(struct spool_txn *txn, void *arg)
{
    const struct spool *spool = arg;
    struct kept kept = kept_before(txn);
    write_next(txn, spool->next);
    write_kept(txn, &kept);
    return 0;
}

/* LMDB gives out the pages that a transaction freed from the second one after it
 * on.  So when the map is full another commit comes between, or what was
 * forgotten last would never make room. */
static int write_put(struct spool *spool, struct put *put)
{
    int err = spool_env_write(&spool->env, false, put_work, put);
    if (err != -ENOSPC)
        return err;
    err = spool_env_write(&spool->env, true, touch_work, spool);
    return err != 0 ? err : spool_env_write(&spool->env, false, put_work, put);
}

int spool_put_many(struct spool *spool, const struct spool_batch *batches, size_t count,
                   uint64_t *ret_first)
{
    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert(batches[i].size > 0 && batches[i].size <= MESSAGE_SIZE_MAX);
        assert(batches[i].events <= BATCH_EVENTS_MAX);
    }
    struct put put = { spool, batches, count, wall_ms() };
    int err = failpoint("spool.put");
    if (err == 0)
        err = write_put(spool, &put);
    if (err != 0)
        return err;
    spool->noted_count = 0;
    *ret_first = spool->next;
    spool->next += count;
    return 0;
}

int spool_put(struct spool *spool, const void *bytes, size_t size, uint32_t events,
              uint64_t *ret_number)
{
    struct spool_batch batch = { bytes, size, events };
    return spool_put_many(spool, &batch, 1, ret_number);
}

uint64_t spool_next(const struct spool *spool)
{
    return spool->next;
}

/* Reading */

static bool is_noted(const struct spool *spool, uint64_t number)
{
    for (uint32_t i = 0; i < spool->noted_count; i++)
        if (spool->noted[i].number == number)
            return true;
    return false;
}

/* The record of a batch, checked; NULL with -EILSEQ in `txn` if it is not as it was written. */
static const uint8_t *read_batch(struct spool_txn *txn, uint64_t number, size_t *ret_size)
{
    uint64_t key = key_of(number);
    MDB_val value;
    const uint8_t *bytes = NULL;
    if (spool_txn_get(txn, SPOOL_BATCH, &key, sizeof key, &value) &&
        value.mv_size > BATCH_PREFIX && value.mv_size <= BATCH_PREFIX + MESSAGE_SIZE_MAX)
        bytes = checked(txn, value, value.mv_size, number);
    if (bytes != NULL && get_u32(bytes + 12) == value.mv_size - BATCH_PREFIX) {
        *ret_size = value.mv_size - BATCH_PREFIX;
        return bytes;
    }
    if (txn->err == 0)
        txn->err = -EILSEQ;
    return NULL;
}

static int copy_batch(struct spool_txn *txn, uint64_t number, struct spool_entry *ret,
                      void **ret_bytes, size_t *ret_size)
{
    size_t size;
    const uint8_t *bytes = read_batch(txn, number, &size);
    if (bytes == NULL)
        return txn->err;
    void *copy = malloc(size);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, bytes + BATCH_PREFIX, size);
    *ret = (struct spool_entry){
        .number = number,
        .put_ms = (int64_t)get_u64(bytes + 16),
        .events = get_u32(bytes + 8),
    };
    *ret_bytes = copy;
    *ret_size = size;
    return 0;
}

int spool_waiting(struct spool *spool, uint64_t after, struct spool_entry *ret,
                  void **ret_bytes, size_t *ret_size)
{
    struct spool_txn txn = spool_txn_read(&spool->env);
    uint64_t number = after;
    bool found = false;
    kept_now(&txn);             /* or nothing waits because it is not there any more */
    do
        found = next_waiting(&txn, number, &number) != NULL;
    while (found && is_noted(spool, number));
    int err = txn.err != 0 ? txn.err : -ENOENT;
    if (found)
        err = copy_batch(&txn, number, ret, ret_bytes, ret_size);
    spool_txn_end(&txn);
    return err;
}

int spool_answered(struct spool *spool, uint64_t number, uint64_t epoch, uint64_t last_position,
                   int64_t now_ms)
{
    assert(number > 0 && number < spool->next);
    if (failpoint("spool.answered") != 0)
        return -EIO;
    if (!is_noted(spool, number)) {
        if (spool->noted_count == NOTED_MAX) {
            int err = settle(spool, now_ms);
            if (err != 0)
                return err;
        }
        spool->noted[spool->noted_count++] = (struct noted){ number, epoch, last_position, now_ms };
    }
    return settle_is_due(spool, now_ms) ? settle(spool, now_ms) : 0;
}

/* A backup was restored */

struct again {
    uint64_t epoch;             /* the new one */
    uint64_t count;             /* batches that wait again, of one transaction */
};

/* The first batch answered in another epoch than this. */
static bool answered_elsewhere(struct spool_txn *txn, uint64_t epoch, struct answered *ret)
{
    if (!next_answered(txn, answered_key(0, 0, 0), ret))
        return false;
    if (ret->epoch != epoch)
        return true;
    return epoch < UINT64_MAX && next_answered(txn, answered_key(epoch + 1, 0, 0), ret);
}

static int again_work(struct spool_txn *txn, void *arg)
{
    struct again *again = arg;
    struct answered answered;
    struct kept kept = kept_before(txn);
    again->count = 0;
    while (again->count < AGAIN_MAX && answered_elsewhere(txn, again->epoch, &answered)) {
        write_waiting(txn, &kept, answered.number, answered.events);
        delete_answered(txn, &kept, &answered);
        again->count++;
    }
    if (again->count == 0)
        return SPOOL_NOTHING;
    write_kept(txn, &kept);
    return 0;
}

static int wait_again(struct spool *spool, uint64_t epoch, int64_t now_ms, uint64_t *ret_count)
{
    struct again again = { .epoch = epoch };
    uint64_t count = 0;
    /* What the old epoch covered is no reason to forget any more. */
    spool->heard = false;
    int err = settle(spool, now_ms);
    while (err == 0) {
        err = spool_env_write(&spool->env, true, again_work, &again);
        count += err == 0 ? again.count : 0;
        if (again.count < AGAIN_MAX)
            break;
    }
    if (err == 0)
        *ret_count = count;
    return err;
}

int spool_covered(struct spool *spool, uint64_t epoch, uint64_t covered, int64_t now_ms,
                  uint64_t *ret_waiting_again)
{
    uint64_t again = 0;
    bool perhaps_restored = !spool->heard || epoch != spool->epoch;
    if (perhaps_restored) {
        int err = wait_again(spool, epoch, now_ms, &again);
        if (err != 0)
            return err;
    }
    spool->heard = true;
    spool->epoch = epoch;
    spool->covered = covered;
    spool->heard_ms = now_ms;
    *ret_waiting_again = again;
    return perhaps_restored || settle_is_due(spool, now_ms) ? settle(spool, now_ms) : 0;
}

static int64_t put_ms_of(struct spool_txn *txn, uint64_t number)
{
    size_t size;
    const uint8_t *bytes = read_batch(txn, number, &size);
    return bytes != NULL ? (int64_t)get_u64(bytes + 16) : 0;
}

int spool_said(struct spool *spool, struct spool_said *ret)
{
    struct spool_txn txn = spool_txn_read(&spool->env);
    struct spool_said said = {
        .told = further(read_point(&txn, "told"), noted_point(spool)),
        .forgotten = read_point(&txn, "forgotten"),
    };
    uint64_t number = 0;
    bool found;
    do
        found = next_waiting(&txn, number, &number) != NULL;
    while (found && is_noted(spool, number));
    if (found)
        said.oldest_waiting_ms = put_ms_of(&txn, number);
    int err = txn.err;
    spool_txn_end(&txn);
    if (err == 0)
        *ret = said;
    return err;
}

int spool_stats(struct spool *spool, struct spool_stats *ret)
{
    int err = spool->noted_count > 0 ? settle(spool, spool->settled_ms) : 0;
    if (err != 0)
        return err;
    struct spool_txn txn = spool_txn_read(&spool->env);
    struct kept kept = kept_now(&txn);
    struct spool_stats stats = {
        .waiting = kept.waiting,
        .answered = kept.answered,
        .waiting_events = kept.waiting_events,
        .bytes = spool_env_bytes(&spool->env),
        .bytes_max = spool->env.map_max,
    };
    uint64_t number;
    if (next_waiting(&txn, 0, &number) != NULL)
        stats.oldest_waiting_ms = put_ms_of(&txn, number);
    err = txn.err;
    spool_txn_end(&txn);
    if (err == 0)
        *ret = stats;
    return err;
}
