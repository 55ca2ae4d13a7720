/* pool - the memory of batches between arrival and answer, all of it taken at the start.
 *
 * Slots for messages and blocks for their events.  Nothing is allocated per batch, and
 * what is there is shared so that no source and no key can take it all: see pool_admits().
 * One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/inlet.h"
#include "wire/net/net.h"

#define POOL_BATCHES   256              /* batches in flight, of all sources */
#define POOL_EVENTS_MIN (96 * 1024)     /* events in flight, however small the window is */
#define POOL_BYTES_MIN  (96 * 1024 * 1024)  /* of messages */

/* A batch in flight, as the inlet of ZeroMQ knows it. */
struct flight {
    struct inlet_batch batch;           /* first: the bookkeeper hands this pointer back */
    struct net_message message;         /* [0] routing id, [1] the batch */
    void *socket;                       /* borrowed: where the reply goes */
    uint64_t ref;
    char owner[SOURCE_NAME_MAX + 1];
    uint32_t blocks;
    uint32_t place;                     /* among those in flight */
};

struct pool;
/* Room for two windows of the largest batches, so that a source alone, which can have half,
 * is never told busy within its window.  Memory is touched as it is used. */
int pool_create(uint32_t window, struct pool **ret);
void pool_destroy(struct pool **pool_p);        /* takes NULL; frees messages in flight */

/* True if `source` may have another batch of `events` events and `bytes` bytes in flight.  A source
 * has at most the window's batches.  Its owner, the key that it came with or over ipc the source itself,
 * holds at most as many batches, blocks and bytes as it leaves free, however many sources a key may name:
 * one alone can have half of all, two a third each, and a newcomer always finds room. */
bool pool_admits(const struct pool *pool, const char *owner, const char *source, uint32_t events,
                 size_t bytes);

/* A flight with room for batch.count = `events`, after pool_admits().  Takes the message over. */
struct flight *pool_take(struct pool *pool, const char *owner, const char *source, uint32_t events,
                         struct net_message *message);
/* Gives it back, with its message. */
void pool_give(struct pool *pool, struct flight *flight);

uint32_t pool_in_flight(const struct pool *pool);
