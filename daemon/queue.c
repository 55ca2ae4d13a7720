#include "daemon/queue.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int bell_open(struct bell *ret)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    ret->fd = fd;
    return 0;
}

void bell_close(struct bell *bell)
{
    if (bell->fd >= 0)
        close(bell->fd);
    bell->fd = -1;
}

void bell_ring(const struct bell *bell)
{
    /* EAGAIN means that it has been rung 2^64 - 2 times and is loud enough. */
    const uint64_t one = 1;
    ssize_t put = write(bell->fd, &one, sizeof one);
    assert(put == sizeof one || errno == EAGAIN);
}

void bell_clear(const struct bell *bell)
{
    uint64_t count;
    ssize_t got = read(bell->fd, &count, sizeof count);
    assert(got == sizeof count || errno == EAGAIN);
}

bool bell_wait(const struct bell *bell, int timeout_ms)
{
    struct pollfd item = { .fd = bell->fd, .events = POLLIN };
    return poll(&item, 1, timeout_ms) > 0;
}

struct queue {
    pthread_mutex_t lock;
    struct bell bell;           /* rung when the first item comes, cleared with the last */
    size_t capacity, first, count;
    void *items[];              /* a ring */
};

int queue_create(size_t capacity, struct queue **ret)
{
    assert(capacity > 0);
    struct queue *queue = calloc(1, sizeof *queue + capacity * sizeof queue->items[0]);
    if (queue == NULL)
        return -ENOMEM;
    int err = bell_open(&queue->bell);
    if (err != 0) {
        free(queue);
        return err;
    }
    pthread_mutex_init(&queue->lock, NULL);
    queue->capacity = capacity;
    *ret = queue;
    return 0;
}

void queue_destroy(struct queue **queue_p)
{
    struct queue *queue = *queue_p;
    if (queue == NULL)
        return;
    pthread_mutex_destroy(&queue->lock);
    bell_close(&queue->bell);
    free(queue);
    *queue_p = NULL;
}

bool queue_put(struct queue *queue, void *item)
{
    assert(item != NULL);
    pthread_mutex_lock(&queue->lock);
    bool room = queue->count < queue->capacity;
    if (room) {
        queue->items[(queue->first + queue->count) % queue->capacity] = item;
        if (queue->count++ == 0)
            bell_ring(&queue->bell);
    }
    pthread_mutex_unlock(&queue->lock);
    return room;
}

void *queue_take(struct queue *queue)
{
    void *item = NULL;
    pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        if (--queue->count == 0)
            bell_clear(&queue->bell);
    }
    pthread_mutex_unlock(&queue->lock);
    return item;
}

bool queue_is_empty(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool empty = queue->count == 0;
    pthread_mutex_unlock(&queue->lock);
    return empty;
}

const struct bell *queue_bell(const struct queue *queue)
{
    return &queue->bell;
}
