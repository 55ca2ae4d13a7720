/* ids - the ids that --check has met, with what their events said.
 *
 * Two numbers of 64 bits stand for id and content, so that a year of a city, 20 million events, takes
 * 0.8 GB at most; that two events look alike by chance happens once in 90,000 such files. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fund/event.h"

struct id_place {
    unsigned file;              /* 0: the command line, else its number from 1 */
    uint32_t line;
};

struct id_entry {
    uint64_t id, content;       /* id 0: free */
    struct id_place place;
};

struct ids {
    struct id_entry *entries;   /* owned; `room` is 0 or a power of two */
    size_t count, room;
};

enum id_met {
    ID_NEW,
    ID_REPEATED,                /* with the same content: a duplicate */
    ID_CONFLICTING,             /* with other content */
};

void ids_init(struct ids *ids);
void ids_free(struct ids *ids);

/* 0 or -ENOMEM.  *ret_first is where the id was met first: `place` if it is new. */
int ids_meet(struct ids *ids, const struct event *event, struct id_place place, enum id_met *ret_met,
             struct id_place *ret_first);
