/* disk - the files of a machine: written for real, and beside that what a power loss would leave of them.
 *
 * What a file had when it was synced last is kept, with each write since; and so are the names of a
 * folder.  After a power loss a file has, of the writes since, any subset, each whole or cut at sectors of
 * 512 bytes; and a folder, of the changes since it was synced, any first few.  A sync that failed leaves the
 * pages clean, as Linux does: what it did not write is in the running system's files, and never on the
 * disk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct disk;
struct process;

/* The folder is the system's; what is in it now is synced. */
struct disk *disk_new(const char *root, uint64_t seed, const char *name);

/* After the processes on it have ended: the files are those that a new one finds. */
void disk_after_kill(struct disk *disk);
void disk_after_power_loss(struct disk *disk);

enum disk_fault {
    FAULT_DIE,                  /* the process is killed there, before or after */
    FAULT_POWER,                /* and the power is lost: see disk_power_lost() */
    FAULT_WRITE,                /* a write fails */
    FAULT_SYNC,                 /* a sync fails */
};
const char *disk_fault_word(enum disk_fault fault);
/* At the `count`-th write or sync from now on, or the next one that can fail so. */
void disk_arm(struct disk *disk, enum disk_fault fault, uint32_t count);
void disk_disarm(struct disk *disk);
bool disk_power_lost(struct disk *disk);        /* since it was asked last */
void disk_fill(struct disk *disk, bool full);
void disk_slow(struct disk *disk, bool slow);

void disk_process_ended(struct process *process);

/* Behind write() and close(). */
ssize_t disk_write(int fd, const void *from, size_t size);
int disk_close(int fd);
