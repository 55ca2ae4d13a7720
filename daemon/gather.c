#include "daemon/gather.h"

#include "daemon/inlet.h"

static bool has(const struct senders *senders, uint64_t mark)
{
    for (uint32_t i = 0; i < senders->count; i++) {
        if (senders->marks[i] == mark)
            return true;
    }
    return false;
}

void gather_add(struct gather *gather, const char *source)
{
    struct senders *present = &gather->present;
    uint64_t mark = source_mark(source);
    if (has(present, mark))
        return;
    present->too_many = present->count == GATHER_SENDERS_MAX;
    if (!present->too_many)
        present->marks[present->count++] = mark;
}

/* Those of the last two commits that are not here. */
static uint32_t missing(const struct gather *gather)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < gather->last.count; i++)
        count += !has(&gather->present, gather->last.marks[i]);
    for (uint32_t i = 0; i < gather->before.count; i++)
        count += !has(&gather->present, gather->before.marks[i])
              && !has(&gather->last, gather->before.marks[i]);
    return count;
}

int64_t gather_us(const struct gather *gather, int64_t since_us)
{
    if (since_us - gather->ended_us > gather->commit_us)
        return 0;
    if (gather->present.count == 0 || gather->present.too_many || gather->last.too_many
            || gather->before.too_many || missing(gather) == 0)
        return 0;
    int64_t us = gather->commit_us / 4;
    return us < GATHER_US_MAX ? us : GATHER_US_MAX;
}

void gather_booked(struct gather *gather, int64_t began_us, int64_t ended_us)
{
    gather->before = gather->last;
    gather->last = gather->present;
    gather->present = (struct senders){ .count = 0 };
    gather->commit_us += (ended_us - began_us - gather->commit_us) / 8;
    gather->ended_us = ended_us;
}

void gather_handed_on(struct gather *gather)
{
    gather->before = gather->last = gather->present = (struct senders){ .count = 0 };
}
