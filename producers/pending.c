#include "producers/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 65536
#define BYTES_MAX (16 * 1024 * 1024)

void pending_init(struct pending *pending)
{
    *pending = (struct pending){.count = 0};
}

void pending_free(struct pending *pending)
{
    free(pending->lines);
    free(pending->bytes);
    pending_init(pending);
}

void pending_clear(struct pending *pending)
{
    pending->count = 0;
    pending->bytes_size = 0;
}

bool pending_is_full(const struct pending *pending)
{
    return pending->count >= LINES_MAX || pending->bytes_size >= BYTES_MAX;
}

/* Room for one more line and its bytes. */
static int reserve(struct pending *pending, size_t size)
{
    if (pending->count == pending->capacity) {
        size_t capacity = pending->capacity == 0 ? 1024 : 2 * pending->capacity;
        struct pending_line *lines = reallocarray(pending->lines, capacity, sizeof *lines);
        if (lines == NULL)
            return -ENOMEM;
        pending->lines = lines;
        pending->capacity = capacity;
    }
    if (pending->bytes_size + size > pending->bytes_capacity) {
        size_t capacity = 2 * (pending->bytes_size + size) + 4096;
        char *bytes = realloc(pending->bytes, capacity);
        if (bytes == NULL)
            return -ENOMEM;
        pending->bytes = bytes;
        pending->bytes_capacity = capacity;
    }
    return 0;
}

int pending_add(struct pending *pending, uint64_t first, unsigned events, unsigned long line,
                const char *raw, size_t size)
{
    int err = reserve(pending, size);
    if (err != 0)
        return err;
    if (size > 0)
        memcpy(pending->bytes + pending->bytes_size, raw, size);
    pending->lines[pending->count++] = (struct pending_line){
        .first = first, .events = events, .line = line, .offset = pending->bytes_size, .size = size,
    };
    pending->bytes_size += size;
    return 0;
}

struct pending_line *pending_find(struct pending *pending, uint64_t index)
{
    size_t low = 0, high = pending->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pending->lines[middle].first + pending->lines[middle].events <= index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pending->count && pending->lines[low].first <= index ? &pending->lines[low] : NULL;
}
