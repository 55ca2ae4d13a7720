/* beside - what a verification can tell of the tables that no record of the journal brings back.
 *
 * How many events of a source were applied, and the newest date among them, the journal says, too; how many
 * entries a source has in quarantine, the quarantine; and its three tables must name the same entries, up to
 * the number that the head has for the newest.  There are as many sources as the head says. */
#pragma once

#include <stddef.h>

#include "store/event_record.h"

struct head;

struct beside {
    struct beside_source {
        uint64_t applied, quarantined;
        date_day newest;
    } *sources;                 /* by number */
    uint32_t room;
};

/* An event of the journal.  -ENOMEM. */
int beside_count(struct beside *beside, const struct event_record *event);
/* After all of them: how many differences there are, and the first in words, in `first`, which is touched
 * only if there is one.  A damaged value is one. */
uint64_t beside_compare(struct beside *beside, struct txn *txn, const struct head *head, char *first,
                        size_t size);
void beside_free(struct beside *beside);
