#include "store/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/ids.h"
#include "wire/controls.h"

#define BLOCKS        16
#define BLOCK_RECORDS 256       /* handed over at once, so that a lock is not felt */

/* A record that was checked. */
struct ahead {
    struct record record;
    struct event_key key;       /* of an event */
    uint64_t hash;              /* of that key */
    uint64_t original;          /* of a reversal */
    bool group_begins;
};

struct block {
    uint32_t count;
    struct ahead records[BLOCK_RECORDS];
};

struct replay {
    /* Of the thread that reads. */
    struct txn txn;
    struct journal_walk walk;
    struct ids *ids;
    uint8_t seen_key[SEEN_KEY_SIZE];
    uint8_t chain[CHAIN_SIZE];
    uint64_t position, last;    /* read so far; with which it has to end */
    size_t filled_bytes;        /* of the records of the segment that is read, */
    int64_t recorded_ms;        /* and when they were recorded */
    char fault[160];

    /* Of the one that is given records. */
    struct block *block;        /* NULL: none yet */
    uint32_t given;             /* records of it */
    struct replayed replayed;   /* the last one given */

    pthread_mutex_t lock;       /* guards the rest; what is in a block belongs to one side */
    pthread_cond_t changed;
    unsigned first, filled;     /* blocks: the oldest one filled, and how many are */
    bool ended;                 /* no more will be */
    bool stop;
    bool started;
    pthread_t thread;
    struct block blocks[BLOCKS];
};

/* Checks go forward, so what is said later is about an earlier record. */
[[gnu::format(printf, 2, 3)]]
static bool fail(struct replay *replay, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(replay->fault, sizeof replay->fault, format, args);
    va_end(args);
    return false;
}

/* --- Reading: fills a block. ------------------------------------------------------- */

/* What goes on with a group is there because its first record had no room in the segment before.  Before the
 * first segment nothing was filled. */
static bool check_group(struct replay *replay, const struct record *record)
{
    bool begins = replay->walk.group_begins;
    bool had_room = replay->filled_bytes + RECORD_HEAD + record->size <= SEGMENT_MAX;
    if (!begins && (had_room || record->recorded_ms != replay->recorded_ms))
        return fail(replay, "position %" PRIu64 ": there is no group that could go on here",
                    record->position);
    replay->filled_bytes = replay->walk.size - SEGMENT_HEAD - 2 * (size_t)replay->walk.count;
    replay->recorded_ms = record->recorded_ms;
    return true;
}

static bool check_segment(struct replay *replay, const struct record *record)
{
    uint8_t computed[CHAIN_SIZE];
    const uint8_t *segment = replay->walk.segment;
    if (!journal_is_dense(segment, replay->walk.size))
        return fail(replay, "position %" PRIu64 ": there are bytes that belong to no record",
                    replay->position + 1);
    journal_chain(replay->chain, segment, replay->walk.size, computed);
    if (memcmp(computed, segment + SEGMENT_HEAD - CHAIN_SIZE, CHAIN_SIZE) != 0 && !control("no_chain"))
        return fail(replay, "position %" PRIu64 ": the chain breaks: the journal was changed",
                    replay->position + 1);
    memcpy(replay->chain, computed, CHAIN_SIZE);
    return check_group(replay, record);
}

static bool read_record(struct replay *replay, struct record *record)
{
    bool found = journal_walk_next(&replay->walk, record);
    if (replay->txn.err != 0 || (found && record->position != replay->position + 1))
        return fail(replay, "the journal is damaged after position %" PRIu64, replay->position);
    if (found && replay->position == replay->last)
        return fail(replay, "the journal goes on after %" PRIu64 ", where the head says it ends",
                    replay->last);
    if (!found && replay->position != replay->last)
        return fail(replay, "the journal ends at %" PRIu64 ", the head says %" PRIu64,
                    replay->position, replay->last);
    if (!found)
        return false;
    return !replay->walk.segment_begins || check_segment(replay, record);
}

static bool check_key(struct replay *replay, struct ahead *to)
{
    if (event_key_of_record(&to->record, &to->key) != 0)
        return fail(replay, "position %" PRIu64 ": the event cannot be read", to->record.position);
    to->hash = hash_seen(replay->seen_key, to->key.issuer, to->key.id.bytes, to->key.id.size);
    ids_prefetch(replay->ids, to->hash);
    return true;
}

/* Takes records until the block is full; false after the last one. */
static bool read_records(struct replay *replay, struct block *block)
{
    for (block->count = 0; block->count < BLOCK_RECORDS; block->count++) {
        struct ahead *to = &block->records[block->count];
        if (!read_record(replay, &to->record)
            || (to->record.type == RECORD_EVENT && !check_key(replay, to)))
            return false;
        to->group_begins = replay->walk.group_begins;
        replay->position = to->record.position;
    }
    return true;
}

/* The position of what a reversal names; 0 if it has not come. */
static uint64_t find_original(struct replay *replay, const struct record *record)
{
    struct event_record reversal;
    if (event_of_record(record, &reversal) != 0)
        return 0;               /* whoever it is given to finds the same */
    const struct event *event = &reversal.event;
    struct event_key key = {
        .issuer = reversal.issuer,
        .id = {event->original, event->original_size},
    };
    return ids_find(replay->ids, &replay->txn,
                    hash_seen(replay->seen_key, key.issuer, key.id.bytes, key.id.size), &key);
}

static bool resolve(struct replay *replay, struct ahead *ahead)
{
    uint64_t position = ahead->record.position;
    uint64_t before = ids_add(replay->ids, &replay->txn, ahead->hash, &ahead->key, position);
    if (ahead->key.kind == KIND_REVERSAL)
        ahead->original = find_original(replay, &ahead->record);
    if (replay->txn.err != 0)
        return fail(replay, "the journal is damaged before position %" PRIu64, position);
    if (before != 0)
        return fail(replay, "position %" PRIu64 ": the id of position %" PRIu64 " once more",
                    position, before);
    return true;
}

/* What has to be asked for by ids, when it had time to come into the cache. */
static bool resolve_all(struct replay *replay, struct block *block)
{
    for (uint32_t i = 0; i < block->count; i++)
        if (block->records[i].record.type == RECORD_EVENT
            && !resolve(replay, &block->records[i])) {
            block->count = i;
            return false;
        }
    return true;
}

/* --- The thread, and who is given what it reads. -------------------------------------- */

/* A free block; NULL if nobody wants it. */
static struct block *wait_for_room(struct replay *replay)
{
    pthread_mutex_lock(&replay->lock);
    while (replay->filled == BLOCKS && !replay->stop)
        pthread_cond_wait(&replay->changed, &replay->lock);
    struct block *block = replay->stop ? NULL
        : &replay->blocks[(replay->first + replay->filled) % BLOCKS];
    pthread_mutex_unlock(&replay->lock);
    return block;
}

/* Who waits is woken when there is work for a while, and not for each block. */
static void hand_over(struct replay *replay, bool ended)
{
    pthread_mutex_lock(&replay->lock);
    replay->ended = ended;
    if (++replay->filled == BLOCKS / 2 || ended)
        pthread_cond_signal(&replay->changed);
    pthread_mutex_unlock(&replay->lock);
}

static void *read_ahead(void *arg)
{
    struct replay *replay = arg;
    struct block *block;
    bool more = true;
    while (more && (block = wait_for_room(replay)) != NULL) {
        more = read_records(replay, block);
        more = resolve_all(replay, block) && more;
        hand_over(replay, !more);
    }
    return NULL;
}

/* Gives back the block that was read; the next one, NULL at the end. */
static struct block *next_block(struct replay *replay)
{
    pthread_mutex_lock(&replay->lock);
    if (replay->block != NULL) {
        replay->first = (replay->first + 1) % BLOCKS;
        if (--replay->filled == BLOCKS / 2)
            pthread_cond_signal(&replay->changed);
    }
    if (replay->filled == 0)
        while (replay->filled < BLOCKS / 2 && !replay->ended)
            pthread_cond_wait(&replay->changed, &replay->lock);
    struct block *block = replay->filled > 0 ? &replay->blocks[replay->first] : NULL;
    pthread_mutex_unlock(&replay->lock);
    return block;
}

const struct replayed *replay_next(struct replay *replay)
{
    while (replay->block == NULL || replay->given == replay->block->count) {
        replay->block = next_block(replay);
        replay->given = 0;
        if (replay->block == NULL)
            return NULL;
    }
    const struct ahead *ahead = &replay->block->records[replay->given++];
    struct replayed *replayed = &replay->replayed;
    replayed->record = ahead->record;
    replayed->original = ahead->original;
    replayed->group_begins = ahead->group_begins;
    replayed->readable = ahead->record.type != RECORD_EVENT
        || event_of_record(&ahead->record, &replayed->event) == 0;
    return replayed;
}

const char *replay_fault(const struct replay *replay)
{
    return replay->fault;
}

void replay_chain(const struct replay *replay, uint8_t ret[CHAIN_SIZE])
{
    memcpy(ret, replay->chain, CHAIN_SIZE);
}

/* --- Opening and closing. -------------------------------------------------------------- */

static int begin(struct replay *replay, struct env *env)
{
    int err = replay->last > IDS_LAST_MAX ? -EFBIG : ids_new(replay->last, &replay->ids);
    if (err == 0)
        err = txn_begin(env, true, &replay->txn);
    if (err != 0)
        return err;
    journal_walk_begin(&replay->walk, &replay->txn, 1);
    err = -pthread_create(&replay->thread, NULL, read_ahead, replay);
    replay->started = err == 0;
    return err;
}

int replay_open(struct env *env, const uint8_t seen_key[SEEN_KEY_SIZE], uint64_t last,
                struct replay **ret)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        return -ENOMEM;
    pthread_mutex_init(&replay->lock, NULL);
    pthread_cond_init(&replay->changed, NULL);
    memcpy(replay->seen_key, seen_key, SEEN_KEY_SIZE);
    replay->last = last;
    int err = begin(replay, env);
    if (err != 0) {
        replay_close(&replay);
        return err;
    }
    *ret = replay;
    return 0;
}

void replay_close(struct replay **replay_p)
{
    struct replay *replay = *replay_p;
    if (replay == NULL)
        return;
    pthread_mutex_lock(&replay->lock);
    replay->stop = true;
    pthread_cond_signal(&replay->changed);
    pthread_mutex_unlock(&replay->lock);
    if (replay->started)
        pthread_join(replay->thread, NULL);
    journal_walk_end(&replay->walk);
    txn_abort(&replay->txn);
    ids_free(&replay->ids);
    pthread_mutex_destroy(&replay->lock);
    pthread_cond_destroy(&replay->changed);
    free(replay);
    *replay_p = NULL;
}
