/* pending - the lines whose events were sent and not all answered yet.
 *
 * Kept so that a line can be set aside when the answer to its event is bad.  Bounded: the
 * caller waits for all answers and clears when it is full. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending_line {
    uint64_t first;             /* index of its first event */
    unsigned events;
    unsigned long line;
    size_t offset, size;        /* of its bytes */
    bool set_aside;             /* it is in the rejects file already */
};

struct pending {
    struct pending_line *lines; /* owned, ascending */
    size_t count, capacity;
    char *bytes;                /* owned */
    size_t bytes_size, bytes_capacity;
};

void pending_init(struct pending *pending);
void pending_free(struct pending *pending);
void pending_clear(struct pending *pending);
bool pending_is_full(const struct pending *pending);

/* Begins a line whose events have indexes from `first` on.  0 or -ENOMEM. */
int pending_add(struct pending *pending, uint64_t first, unsigned events, unsigned long line,
                const char *raw, size_t size);

/* The line that event `index` came from; NULL if none is known. */
struct pending_line *pending_find(struct pending *pending, uint64_t index);
