/* index - what the journal says about a key, found again without reading the journal.
 *
 * An index is derived from the journal: sorted runs in files (run.h) for what lies
 * further back, a table in memory for the journal's tail.  Two threads of its own work while events
 * go on being counted: one writes the table as a run when it is full, and merges such runs, the other
 * merges what was merged, which takes long.  The list of runs changes in a commit of the store, so index
 * and journal never disagree.
 * Nothing of it is written in a commit but, now and then, that list: this is what makes keys
 * that scatter cheap.
 *
 * One thread writes; index_find() and index_range() may be called by any.  What they look through only the
 * thread that writes changes, under a lock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/run.h"

#define INDEX_RUNS_MAX 96       /* runs at once: eight of each of twelve levels */

/* --- A table of entries in memory, for a group or for the tail ------------------ */

struct entry_table {
    uint8_t *entries;           /* in the order of their first arrival */
    uint64_t count, room;
    uint32_t *slots;            /* number of the entry + 1, and in the bits above it some of its hash */
    uint64_t mask;
};
/* Adds an entry, or folds it into the one with its key.  -ENOMEM. */
int entry_table_add(struct entry_table *table, const struct shape *shape, const uint8_t *entry);
/* Adds an entry behind the others, to a table that nobody looks anything up in.  -ENOMEM. */
int entry_table_append(struct entry_table *table, const struct shape *shape, const uint8_t *entry);
/* Adds the entries with the prefix of `entry`, whose shape_hash() is `hash`, to *found.  -ENOMEM. */
int entry_table_find(const struct entry_table *table, const struct shape *shape,
                     const uint8_t *entry, uint64_t hash, struct entry_list *found);
/* Empties it, and lets it shrink step by step when less goes in than did before. */
void entry_table_clear(struct entry_table *table);
void entry_table_free(struct entry_table *table);

/* --- The index ------------------------------------------------------------------- */

struct index;

/* Opens the runs listed; files of this shape in the folder that are not listed are deleted.
 * A tail that stands for `run_records` records of the journal is written as a run, also one
 * without entries, so that what must be read at the next start stays short.  -EILSEQ or -ENOENT
 * if a run is damaged or missing: open again with none and insert everything from the journal. */
int index_open(const struct run_place *place, uint32_t run_records, const struct run_info *runs,
               unsigned count, struct index **ret);
void index_close(struct index **index_p);

/* The position up to which runs cover the journal; what is newer must be inserted after opening. */
uint64_t index_covered(const struct index *index);

/* Adds what a commit has counted; `last` is the newest position of the journal. */
int index_insert(struct index *index, const struct entry_table *group, uint64_t last);

/* Adds the entries with the prefix of `entry` to *found, those of one key not folded.  0, -ENOMEM, or
 * -EILSEQ for a damaged run: then index_is_damaged(), the process must stop, and the next start makes the
 * index anew. */
int index_find(struct index *index, const uint8_t *entry, struct entry_list *found);

/* The same for the thread that writes, which needs no lock, with the entry's shape_hash(); and, some events
 * ahead, what it looks at first is brought into the cache. */
int index_look_up(struct index *index, const uint8_t *entry, uint64_t hash, struct entry_list *found);
void index_prefetch(const struct index *index, const uint8_t *entry);

/* Adds the entries from..to (keys, inclusive) to an empty list, sorted and folded.  Errors as above. */
int index_range(struct index *index, const uint8_t *from, const uint8_t *to,
                struct entry_list *found);

/* Whether a damaged run was met, by whoever asked or by the threads that merge.  Any thread. */
bool index_is_damaged(const struct index *index);

/* False if the tail is full and cannot be written: take no more events. */
bool index_has_room(struct index *index);

/* If a thread has finished a piece of work: the list of runs that the next commit must store.
 * Returns its length, -1 if nothing changed.  After that commit call index_published(), which
 * takes what was in the list; after an abort simply ask again. */
int index_pending(struct index *index, struct run_info ret[INDEX_RUNS_MAX]);
void index_published(struct index *index);

/* Waits until no work is under way: for tests and an orderly stop. */
void index_settle(struct index *index);

uint64_t index_bytes(struct index *index);
