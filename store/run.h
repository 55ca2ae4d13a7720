/* run - a sorted file of seen ids, written once and then only read.
 *
 * An entry is the hash of (issuer, id) and the position of the event.  A run covers the
 * events at positions first..end of the journal, all of them, so a run that is
 * lost or damaged can be made again.  docs/STORE.md shows the bytes:
 *
 *   block 0, 4,096 bytes: "FWRUN1\0\0", u8[16] store id, u64 number, first, end, count, level,
 *                         u64 checksum over what stands before it; then zeros
 *   blocks 1…, 4,096 bytes: 255 entries {u64 hash, u64 position}, sorted; unused ones are all
 *                         ones; u64 checksum over them, seeded with the block's index; u64 zero
 *   and then the filter, in blocks of 4,096 bytes: 63 lines of 64 bytes, and the checksum as above.
 *                         An entry sets six bits of one line, so a line without one of them
 *                         says that an id is not in the run: one memory access instead of a search
 *
 * A block is checked when it is first touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen_entry {
    uint64_t hash;
    uint64_t position;          /* from 1 */
};

struct run_info {
    uint64_t number;            /* of the file, unique in the store */
    uint64_t first, end;        /* positions covered, inclusive */
    uint64_t count;             /* entries */
    uint64_t level;             /* how often its entries have been merged */
};

struct run;

/* Writes sorted entries as a run and syncs the file; the caller syncs the
 * folder.  0 or a negative errno, and then there is no such file. */
int run_write(const char *folder, const uint8_t store_id[16], const struct run_info *info,
              const struct seen_entry *entries);

/* The same from several runs, whose entries are all of them together.
 * info->count is their sum. */
int run_merge(const char *folder, const uint8_t store_id[16], const struct run_info *info,
              struct run *const *inputs, unsigned count);

/* 0; -ENOENT; -EILSEQ for a file that is not the run of `info`. */
int run_open(const char *folder, const uint8_t store_id[16], const struct run_info *info,
             struct run **ret);
void run_close(struct run **run_p);
void run_delete(const char *folder, uint64_t number);

const struct run_info *run_info(const struct run *run);
uint64_t run_bytes(const struct run *run);

/* Positions of the entries with this hash, at most `max`.  Returns how many there
 * are, or -EILSEQ if a block is damaged.  Any thread. */
int run_find(struct run *run, uint64_t hash, uint64_t *positions, int max);
