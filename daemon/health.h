/* health - what an operator needs to know before it is trouble: facts, and which of them are a warning.
 *
 * Pure: no clock, no I/O; caretaker.h gathers the facts.  Moments are ms since 1970 UTC. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/limits.h"

enum warning {
#define WARNING(NAME, word, help) WARNING_##NAME,
#include "daemon/warnings.def"
#undef WARNING
    WARNING_COUNT
};
const char *warning_word(enum warning warning);
const char *warning_help(enum warning warning);

/* What an operator has set. */
struct health_limits {
    int64_t backup_age_ms;      /* of the newest backup */
    int64_t behind_age_ms;      /* of what waits at a source */
    uint32_t growth_days;       /* how long there should be room for */
};

enum clock_state { CLOCK_UNKNOWN, CLOCK_SYNCHRONIZED, CLOCK_UNSYNCHRONIZED };
const char *clock_state_word(enum clock_state state);

/* --- Growth.  A store grows by what is recorded; so its own journal says how fast, and what a record
 * takes on the average. */
struct growth {
    uint64_t used;              /* bytes, of the store and its indexes */
    uint64_t position;          /* records that they hold */
    int64_t window_ms;          /* over the last so many ms... */
    uint64_t records;           /* ...so many of them came; window 0: too young to say */
};
#define GROWTH_DAYS_MAX 36500   /* a hundred years: "not in our time" */
#define GROWTH_DAYS_UNKNOWN UINT32_MAX
/* How many more days `room` bytes are enough for. */
uint32_t growth_days(const struct growth *growth, uint64_t room);
/* The window for a store of that age: as long as the past without its first day, which an import fills. */
int64_t growth_window_ms(int64_t age_ms);

/* --- All of it. */
struct health {
    int64_t now_ms;
    int64_t created_ms;
    int64_t backup_ms;          /* when the newest backup was noted; 0: none was */
    uint64_t uncovered;         /* records that are in no backup */
    struct growth growth;
    uint64_t map_used, map_size;
    uint64_t disk_free;         /* bytes for us where the store is */
    enum clock_state clock;
    uint64_t unsent;            /* alerts raised and not published; */
    int64_t unsent_since_ms;    /* when the oldest of them was raised */
    unsigned sources_heard;     /* of which it is known how much waits there */
    uint64_t waiting;           /* events at all of them */
    unsigned behind;            /* sources where something has waited for too long; */
    char behind_name[SOURCE_NAME_MAX + 1];      /* the one where it has waited longest, */
    uint64_t behind_events;
    int64_t behind_since_ms;
    unsigned lost;              /* sources that do not keep any more what is missing here; */
    char lost_name[SOURCE_NAME_MAX + 1];        /* one of them */
    int64_t lost_since_ms;      /* what was recorded after this moment may be missing; 0: nobody knows */
    bool older;                 /* an older copy of the store was noticed since the daemon started */
    char older_name[SOURCE_NAME_MAX + 1];       /* by what this source said */
    uint32_t warnings;          /* a bit for each enum warning: health_judge()'s */
};
void health_judge(struct health *health, const struct health_limits *limits);
static inline bool health_warns(const struct health *health, enum warning warning)
{
    return health->warnings >> warning & 1;
}
/* Days until the map is full, or the disk, whichever comes first. */
uint32_t health_days_left(const struct health *health);
/* How old the newest backup is; of a store without one, how old that is. */
int64_t health_backup_age_ms(const struct health *health);
/* A warning in a sentence, with its figures. */
#define WARNING_TEXT_MAX 320
const char *health_sentence(const struct health *health, enum warning warning, char to[WARNING_TEXT_MAX]);
