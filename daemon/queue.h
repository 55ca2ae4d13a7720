/* queue - how the daemon's threads hand work to one another.
 *
 * A bell is a file descriptor that is readable from being rung until it is
 * cleared.  A queue is a bounded line of pointers with a bell that is readable exactly while
 * something is in it, so that poll() and zmq_poll() can wait for it beside sockets.
 *
 * What is put is handed over: memory written before queue_put() is seen after
 * queue_take().  Any number of threads on either side. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct bell {
    int fd;
};
int bell_open(struct bell *ret);                /* 0 or -errno */
void bell_close(struct bell *bell);             /* takes one that was never opened, .fd = -1 */
void bell_ring(const struct bell *bell);        /* any thread */
void bell_clear(const struct bell *bell);
/* Waits until it rings; false after `timeout_ms` (-1: for ever). */
bool bell_wait(const struct bell *bell, int timeout_ms);

struct queue;

/* Room for `capacity` pointers, at least 1. */
int queue_create(size_t capacity, struct queue **ret);
/* Takes NULL.  What is still inside stays its owner's problem. */
void queue_destroy(struct queue **queue_p);

/* False if it is full; `item`, which is not NULL, is still the caller's then. */
__attribute__((warn_unused_result))
bool queue_put(struct queue *queue, void *item);

/* The oldest item, or NULL if there is none.  Does not wait. */
void *queue_take(struct queue *queue);

/* As of this moment. */
bool queue_is_empty(struct queue *queue);

/* Readable while the queue is not empty. */
const struct bell *queue_bell(const struct queue *queue);
