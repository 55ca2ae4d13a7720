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
    uint32_t in_flight;
    struct block *blocks;               /* POOL_BLOCKS of them; pages come with first use */
    struct block *idle[POOL_BLOCKS];    /* a stack */
    uint32_t idle_count;
    size_t bytes;                       /* of messages in flight */
};

static uint32_t blocks_for(uint32_t events)
{
    return (events + BLOCK_ENTRIES - 1) / BLOCK_ENTRIES;
}

int pool_create(struct pool **ret)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return -ENOMEM;
    pool->blocks = calloc(POOL_BLOCKS, sizeof pool->blocks[0]);
    if (pool->blocks == NULL) {
        free(pool);
        return -ENOMEM;
    }
    /* The lowest on top, so that a quiet daemon touches few pages. */
    while (pool->idle_count < POOL_BLOCKS) {
        pool->idle[pool->idle_count] = &pool->blocks[POOL_BLOCKS - 1 - pool->idle_count];
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
    for (uint32_t i = 0; i < POOL_BATCHES; i++) {
        if (pool->flights[i].in_use)
            net_message_free(&pool->flights[i].message);
    }
    free(pool->blocks);
    free(pool);
    *pool_p = NULL;
}

static size_t flight_bytes(const struct flight *flight)
{
    return flight->message.frames[1].size;
}

bool pool_admits(const struct pool *pool, const char *source, uint32_t window, uint32_t events,
                 size_t bytes)
{
    uint32_t batches = 0;
    size_t blocks = blocks_for(events), held_bytes = bytes;
    for (uint32_t i = 0; i < POOL_BATCHES; i++) {
        const struct flight *flight = &pool->flights[i];
        if (flight->in_use && strcmp(flight->batch.source, source) == 0) {
            batches++;
            blocks += flight->blocks;
            held_bytes += flight_bytes(flight);
        }
    }
    if (control("no_quota"))
        return pool->in_flight < POOL_BATCHES && blocks_for(events) <= pool->idle_count;
    return batches < window && pool->in_flight < POOL_BATCHES
        && blocks <= pool->idle_count && held_bytes <= POOL_BYTES - pool->bytes;
}

static struct flight *idle_flight(struct pool *pool)
{
    for (uint32_t i = 0; i < POOL_BATCHES; i++) {
        if (!pool->flights[i].in_use)
            return &pool->flights[i];
    }
    assert(!"pool_admits() said that there is one");
    return NULL;
}

struct flight *pool_take(struct pool *pool, const char *source, uint32_t events,
                         struct net_message *message)
{
    struct flight *flight = idle_flight(pool);
    *flight = (struct flight){ .in_use = true, .message = *message, .blocks = blocks_for(events) };
    message->count = 0;
    strcpy(flight->batch.source, source);
    flight->batch.count = events;
    assert(flight->blocks <= pool->idle_count);
    for (uint32_t i = 0; i < flight->blocks; i++)
        flight->batch.blocks[i] = pool->idle[--pool->idle_count]->entries;
    pool->in_flight++;
    pool->bytes += flight_bytes(flight);
    return flight;
}

void pool_give(struct pool *pool, struct flight *flight)
{
    assert(flight->in_use);
    for (uint32_t i = flight->blocks; i > 0; i--)
        pool->idle[pool->idle_count++] = (struct block *)flight->batch.blocks[i - 1];
    pool->in_flight--;
    pool->bytes -= flight_bytes(flight);
    net_message_free(&flight->message);
    flight->in_use = false;
}

uint32_t pool_in_flight(const struct pool *pool)
{
    return pool->in_flight;
}
