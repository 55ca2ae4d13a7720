#include "daemon/busy.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct busy_source {
    char name[SOURCE_NAME_MAX + 1];
    struct batch_numbers numbers;
    int64_t told_ms;
};

struct busy_numbers {
    pthread_mutex_t lock;
    unsigned count;
    struct busy_source sources[BUSY_SOURCES_MAX];
};

int busy_create(struct busy_numbers **ret)
{
    struct busy_numbers *busy = calloc(1, sizeof *busy);
    if (busy == NULL)
        return -ENOMEM;
    pthread_mutex_init(&busy->lock, NULL);
    *ret = busy;
    return 0;
}

void busy_destroy(struct busy_numbers **busy_p)
{
    if (*busy_p == NULL)
        return;
    pthread_mutex_destroy(&(*busy_p)->lock);
    free(*busy_p);
    *busy_p = NULL;
}

static void forget_old(struct busy_numbers *busy, int64_t now_ms)
{
    for (unsigned i = busy->count; i-- > 0;)
        if (now_ms - busy->sources[i].told_ms > BUSY_MS)
            busy->sources[i] = busy->sources[--busy->count];
}

static struct busy_source *find(struct busy_numbers *busy, const char *source)
{
    for (unsigned i = 0; i < busy->count; i++)
        if (strcmp(busy->sources[i].name, source) == 0)
            return &busy->sources[i];
    return NULL;
}

/* A place for one more. */
static struct busy_source *make_room(struct busy_numbers *busy)
{
    if (busy->count < BUSY_SOURCES_MAX)
        return &busy->sources[busy->count++];
    struct busy_source *oldest = &busy->sources[0];
    for (unsigned i = 1; i < busy->count; i++)
        if (busy->sources[i].told_ms < oldest->told_ms)
            oldest = &busy->sources[i];
    return oldest;
}

void busy_note(struct busy_numbers *busy, const char *source, uint64_t sequence, int64_t now_ms)
{
    if (sequence == 0)
        return;
    pthread_mutex_lock(&busy->lock);
    forget_old(busy, now_ms);
    struct busy_source *entry = find(busy, source);
    if (entry == NULL) {
        entry = make_room(busy);
        *entry = (struct busy_source){.numbers = {sequence, sequence}};
        strcpy(entry->name, source);
    }
    if (sequence < entry->numbers.first)
        entry->numbers.first = sequence;
    if (sequence > entry->numbers.last)
        entry->numbers.last = sequence;
    entry->told_ms = now_ms;
    pthread_mutex_unlock(&busy->lock);
}

struct batch_numbers busy_of(struct busy_numbers *busy, const char *source, int64_t now_ms)
{
    struct batch_numbers numbers = {0};
    pthread_mutex_lock(&busy->lock);
    if (busy->count > 0) {
        forget_old(busy, now_ms);
        const struct busy_source *entry = find(busy, source);
        if (entry != NULL)
            numbers = entry->numbers;
    }
    pthread_mutex_unlock(&busy->lock);
    return numbers;
}
