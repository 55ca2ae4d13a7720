#include "daemon/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/controls.h"

struct block {
    struct entry entries[BLOCK_ENTRIES];
};

struct pool {
    struct flight flights[POOL_BATCHES];
    struct flight *line[POOL_BATCHES];  /* those in flight, and behind them the idle ones */
    uint32_t in_flight;
    uint32_t window;
    struct block *blocks;               /* pages come with first use */
    struct block **idle;                /* a stack */
    uint32_t idle_count;
    size_t bytes, bytes_max;            /* of messages in flight */
};

static uint32_t blocks_for(uint32_t events)
{
    return (events + BLOCK_ENTRIES - 1) / BLOCK_ENTRIES;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

int pool_create(uint32_t window, struct pool **ret)
{
    size_t batches = 2 * (size_t)window;
    uint32_t blocks = blocks_for((uint32_t)larger(batches * BATCH_EVENTS_MAX, POOL_EVENTS_MIN));
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return -ENOMEM;
    pool->window = window;
    pool->bytes_max = larger(batches * MESSAGE_SIZE_MAX, POOL_BYTES_MIN);
    pool->blocks = calloc(blocks, sizeof pool->blocks[0]);
    pool->idle = calloc(blocks, sizeof pool->idle[0]);
    if (pool->blocks == NULL || pool->idle == NULL) {
        pool_destroy(&pool);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < POOL_BATCHES; i++)
        pool->line[i] = &pool->flights[i];
    /* The lowest on top, so that a quiet daemon touches few pages. */
    while (pool->idle_count < blocks) {
        pool->idle[pool->idle_count] = &pool->blocks[blocks - 1 - pool->idle_count];
        pool->idle_count++;
    }
    *ret = pool;
    return 0;
}

void pool_destroy(struct pool **pool_p)
{
    struct pool *pool = *pool_p;
    if (pool == NULL)
        return;
    for (uint32_t i = 0; i < pool->in_flight; i++)
        net_message_free(&pool->line[i]->message);
    free(pool->idle);
    free(pool->blocks);
    free(pool);
    *pool_p = NULL;
}

static size_t flight_bytes(const struct flight *flight)
{
    return flight->message.frames[1].size;
}

bool pool_admits(const struct pool *pool, const char *owner, const char *source, uint32_t events,
                 size_t bytes)
{
    uint32_t of_source = 0, batches = 1;
    size_t blocks = blocks_for(events), held_bytes = bytes;
    for (uint32_t i = 0; i < pool->in_flight; i++) {
        const struct flight *flight = pool->line[i];
        of_source += strcmp(flight->batch.source, source) == 0;
        if (strcmp(flight->owner, owner) == 0) {
            batches++;
            blocks += flight->blocks;
            held_bytes += flight_bytes(flight);
        }
    }
    if (control("no_quota"))
        return pool->in_flight < POOL_BATCHES && blocks_for(events) <= pool->idle_count;
    return of_source < pool->window && batches <= POOL_BATCHES - pool->in_flight
        && blocks <= pool->idle_count && held_bytes <= pool->bytes_max - pool->bytes;
}

struct flight *pool_take(struct pool *pool, const char *owner, const char *source, uint32_t events,
                         struct net_message *message)
{
    assert(pool->in_flight < POOL_BATCHES);
    struct flight *flight = pool->line[pool->in_flight];
    *flight = (struct flight){
        .message = *message, .blocks = blocks_for(events), .place = pool->in_flight++,
    };
    message->count = 0;
    strcpy(flight->owner, owner);
    strcpy(flight->batch.source, source);
    flight->batch.count = events;
    assert(flight->blocks <= pool->idle_count);
    for (uint32_t i = 0; i < flight->blocks; i++)
        flight->batch.blocks[i] = pool->idle[--pool->idle_count]->entries;
    pool->bytes += flight_bytes(flight);
    return flight;
}

/* The last of those in flight takes its place. */
static void leave_line(struct pool *pool, struct flight *flight)
{
    struct flight *last = pool->line[--pool->in_flight];
    pool->line[flight->place] = last;
    pool->line[pool->in_flight] = flight;
    last->place = flight->place;
}

void pool_give(struct pool *pool, struct flight *flight)
{
    assert(flight->place < pool->in_flight && pool->line[flight->place] == flight);
    for (uint32_t i = flight->blocks; i > 0; i--)
        pool->idle[pool->idle_count++] = (struct block *)flight->batch.blocks[i - 1];
    pool->bytes -= flight_bytes(flight);
    net_message_free(&flight->message);
    leave_line(pool, flight);
}

uint32_t pool_in_flight(const struct pool *pool)
{
    return pool->in_flight;
}
