/* run - a sorted file of entries, written once and then only read.
 *
 * What an index (index.h) keeps of the journal's older part.  Entries are byte
 * strings of one length that sort as such; a shape says what is in them.  A run covers the
 * records at positions first..end of the journal, all of them, so a run that is
 * lost or damaged can be made again.  docs/STORE.md shows the bytes:
 *
 *   block 0, 4,096 bytes: "FWRUN1\0\0", u8[16] store id, char[8] name of the shape, u64 number, first,
 *                         end, count, level, filters, u64 checksum over what stands before it; then zeros
 *   blocks 1…, 4,096 bytes: entries, as many as 4,080 bytes hold, sorted; unused bytes are all
 *                         ones; u64 checksum over the 4,080, seeded with the block's index; u64 zero
 *   and then the filter, in blocks of 4,096 bytes: 63 lines of 64 bytes, and the checksum as above.
 *                         An entry sets six bits of one line, so a line without one of them
 *                         says that an entry is not in the run: one memory access instead of a search
 *
 * A block is checked when it is first touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTRY_MAX 32

/* What the entries of an index are. */
struct shape {
    char name[8];               /* of its files and its list of runs; ends in a zero */
    uint8_t entry;              /* bytes of an entry, at most ENTRY_MAX */
    uint8_t key;                /* the first bytes of it, which tell entries apart */
    uint8_t prefix;             /* the first bytes that one looks for; 0: nobody does, no filter */
    /* Two entries of one key become one, whichever comes first.  NULL: there are no two. */
    void (*fold)(uint8_t *into, const uint8_t *from);
};

/* Of the prefix of an entry, or of its key if there is no prefix. */
uint64_t shape_hash(const struct shape *shape, const uint8_t *entry);

/* Sorts `count` entries by key. */
void shape_sort(const struct shape *shape, uint8_t *entries, uint64_t count);
/* The numbers of many entries, from 0, in the order of their keys; the entries stay where they are.
 * -ENOMEM. */
int shape_order(const struct shape *shape, const uint8_t *entries, uint64_t count, uint32_t *order);
/* Folds neighbours of one key; how many entries are left. */
uint64_t shape_fold(const struct shape *shape, uint8_t *entries, uint64_t count);

/* Entries that were found, of one shape; grows, and is the caller's to empty and use again, or to free. */
struct entry_list {
    uint8_t *entries;
    uint64_t count;
    uint64_t room;              /* bytes */
};
int entry_list_add(struct entry_list *list, const struct shape *shape, const uint8_t *entry);
void entry_list_free(struct entry_list *list);

struct run_info {
    uint64_t number;            /* of the file, unique among its shape's */
    uint64_t first, end;        /* positions covered, inclusive */
    uint64_t count;             /* entries */
    uint64_t level;             /* how often its entries have been merged */
    uint64_t filters;           /* blocks of the filter */
};

struct run;

/* Where runs of one shape live. */
struct run_place {
    const char *folder;
    const uint8_t *store_id;    /* STORE_ID_SIZE bytes */
    const struct shape *shape;
    bool scratch;               /* of a store that is thrown away: nothing is synced */
};

/* Writes entries, info->count of them, as a run and syncs the file; the caller syncs the folder.  `order`
 * is that of shape_order(), or NULL if they are sorted.  Sets info->filters.  0 or a negative errno, and then
 * there is no such file. */
int run_write(const struct run_place *place, struct run_info *info, const uint8_t *entries,
              const uint32_t *order);

/* The same from several runs; those of one key are folded.  Sets info->count and filters. */
int run_merge(const struct run_place *place, struct run_info *info, struct run *const *inputs,
              unsigned count);

/* 0; -ENOENT; -EILSEQ for a file that is not the run of `info`. */
int run_open(const struct run_place *place, const struct run_info *info, struct run **ret);
/* Touches and checks the filter, so that nobody has to wait for that later; false if it is damaged. */
bool run_warm(struct run *run);
void run_close(struct run **run_p);
void run_delete(const struct run_place *place, uint64_t number);

const struct run_info *run_info(const struct run *run);
uint64_t run_bytes(const struct run *run);

/* Adds the entries that begin with the shape's prefix of `entry`, whose shape_hash() is `hash`.
 * 0, -ENOMEM, or -EILSEQ if a block is damaged.  Any thread. */
int run_find(struct run *run, const uint8_t *entry, uint64_t hash, struct entry_list *found);

/* Has what run_find() looks at first brought into the cache. */
void run_prefetch(const struct run *run, const uint8_t *entry, uint64_t hash);

/* The number of the first entry that is not below the `size` bytes of `from`, -EILSEQ if a block is damaged;
 * and the entry of a number, NULL if its block is damaged.  Any thread. */
int64_t run_seek(struct run *run, const uint8_t *from, size_t size);
const uint8_t *run_entry(struct run *run, uint64_t number);
