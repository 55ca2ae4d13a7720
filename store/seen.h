/* seen - which (issuer, id) have been counted, exactly, for ever.
 *
 * An index derived from the journal: sorted runs in files (run.h) for what lies
 * further back, a hash table in memory for the journal's tail.  It gives candidates;
 * the journal says whether one is the same id.  A thread of its own writes the table as a
 * run when it is full, and merges runs, while events go on being counted; the list of
 * runs changes in a commit of the store, so index and journal never disagree.
 *
 * One thread writes; seen_find() may be called by any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/run.h"

#define SEEN_RUNS_MAX       96  /* runs at once: eight of each of twelve levels */
#define SEEN_CANDIDATES_MAX 16  /* entries with one hash; more than chance can bring about */

/* A hash table of entries, for a group or for the tail. */
struct seen_table {
    struct seen_entry *slots;   /* position 0: free */
    uint64_t mask;
    uint64_t count;
};
int seen_table_add(struct seen_table *table, uint64_t hash, uint64_t position);
int seen_table_find(const struct seen_table *table, uint64_t hash, uint64_t *positions, int max);
void seen_table_clear(struct seen_table *table);
void seen_table_free(struct seen_table *table);

struct seen;

/* Opens the runs listed; files in the folder that are not listed are deleted.
 * -EILSEQ or -ENOENT if one is damaged or missing: open again with none and
 * insert everything from the journal. */
int seen_open(const char *folder, const uint8_t store_id[16], uint32_t run_events,
              const struct run_info *runs, unsigned count, struct seen **ret);
void seen_close(struct seen **seen_p);

/* The position up to which runs cover the journal; what is newer must be inserted after opening. */
uint64_t seen_covered(const struct seen *seen);

/* Adds what a commit has counted; `last` is the newest position of the journal. */
int seen_insert(struct seen *seen, const struct seen_table *group, uint64_t last);

/* Candidates for a hash, at most `max`.  Their number, or -EILSEQ for a damaged
 * run: then the process must stop, and the next start makes the index anew. */
int seen_find(struct seen *seen, uint64_t hash, uint64_t *positions, int max);

/* False if the tail is full and cannot be written: take no more events. */
bool seen_has_room(struct seen *seen);

/* If the thread has finished a piece of work: the list of runs that the next
 * commit must store.  Returns its length, -1 if nothing changed.  After that commit call
 * seen_published(); after an abort simply ask again. */
int seen_pending(struct seen *seen, struct run_info runs[SEEN_RUNS_MAX]);
void seen_published(struct seen *seen);

/* Waits until no work is under way: for tests and an orderly stop. */
void seen_settle(struct seen *seen);

uint64_t seen_bytes(struct seen *seen);
