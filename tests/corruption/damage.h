/* damage - what may become of files on a disk: bits, sectors and pages, torn, stale, swapped or from
 * elsewhere; files cut, exchanged, empty, gone.  The same seed is the same damage.  One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE      4096
#define FILES_MAX 200

struct piece {                  /* a file of the store */
    char name[100];             /* in its folder */
    uint8_t *bytes, *older, *foreign;   /* the last two may be missing */
    size_t size, older_size, foreign_size;
};

extern struct piece pieces[FILES_MAX];
extern unsigned piece_count;    /* the first is damaged as often as all others together */

/* Reads a file, and the one of its name in each of the other two folders, which may be "".  False if it is
 * not there. */
bool add_piece(const char *folder, const char *older, const char *foreign, const char *name);

enum damage {
    DAMAGE_BIT, DAMAGE_BITS, DAMAGE_HEAD, DAMAGE_SECTOR, DAMAGE_ZEROS, DAMAGE_ONES, DAMAGE_TORN, DAMAGE_STALE,
    DAMAGE_STALE_SECTOR, DAMAGE_SWAP, DAMAGE_TWICE, DAMAGE_FOREIGN, DAMAGE_CUT, DAMAGE_CUT_PAGE,
        DAMAGE_FOREIGN_FILE,
    DAMAGE_OLD_FILE, DAMAGE_OTHER_FILE, DAMAGE_EMPTY, DAMAGE_GONE, DAMAGE_KINDS
};

struct damaged {
    unsigned piece;
    enum damage damage;
    uint8_t *bytes;             /* NULL: gone */
    size_t size;
    char words[120];
};

uint64_t random_of(uint64_t seed, unsigned which, uint64_t below);
/* A damaged copy of one of the pieces; `bytes` are the caller's. */
struct damaged damage_of(uint64_t seed);
/* Writes a file anew; nothing stays there if `bytes` is NULL. */
void put_piece(const char *folder, const char *name, const uint8_t *bytes, size_t size);

/* Runs `work` in so many processes beside each other, each with its number from 0; true if all end with 0. */
bool in_processes(unsigned jobs, int (*work)(const void *arg, unsigned which), const void *arg);

/* Of a process of its own that reads what is damaged: from now on it is ended when it takes for ever,
 * which is HANG_CPU_S of a processor or HANG_S by the clock.  And whether, by its status, it was. */
#define HANG_CPU_S 10           /* one that is whole takes milliseconds */
#define HANG_S     60
void end_what_takes_for_ever(void);
bool took_for_ever(int status);
