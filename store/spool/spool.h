/* spool - what a source keeps until it is safe: batches, in an LMDB file of its own.
 *
 * Promise: a batch that spool_put() returned for is on disk, byte for byte as
 * it will be sent, and stays until the daemon has answered it and a backup
 * covers it, at least SPOOL_KEEP_DAYS (PROTOCOL 4.3 `covered`).  So a daemon that is down, a
 * power cut and a restored backup lose nothing.
 *
 * The file grows by itself up to 64 GiB, or $FUNDWATCH_SPOOL_MAX bytes; then
 * spool_put() is -ENOSPC and what is inside stays.
 *
 * One process and thread at a time (-EBUSY for a second one), not across fork().
 * Functions return 0 or a negative errno.  -EILSEQ: what is on disk cannot be
 * right, or something of it is missing.  After an error of the disk while writing (-EIO; -ENOSPC: it is
 * full) nobody knows what is on disk: every call fails until it is opened again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SPOOL_KEEP_DAYS 7

struct spool;

/* Opens the spool in the folder `path`, makes it if it is not there.  A spool belongs to
 * one source: -EPERM if it has another name inside.  -EPROTONOSUPPORT: another format than the
 * present one and the one before, of which it makes one of the present.
 * -EINVAL: a source name or a $FUNDWATCH_SPOOL_MAX that is none. */
int spool_open(const char *path, const char *source, struct spool **ret);
/* Takes NULL.  Writes what spool_answered() noted. */
void spool_close(struct spool **spool_p);

struct spool_entry {
    uint64_t number;            /* from 1, in the order of spool_put(); never given twice */
    int64_t put_ms;             /* when it was put, ms since 1970 UTC */
    uint32_t events;
};

/* Keeps one encoded batch of `events` events; on disk when it returns. */
int spool_put(struct spool *spool, const void *bytes, size_t size, uint32_t events,
              uint64_t *ret_number);

/* Several at once, one sync for all.  *ret_first gets the number of the first. */
struct spool_batch { const void *bytes; size_t size; uint32_t events; };
int spool_put_many(struct spool *spool, const struct spool_batch *batches, size_t count,
                   uint64_t *ret_first);

/* Number that the next spool_put() will give. */
uint64_t spool_next(const struct spool *spool);

/* The first waiting batch with a number above `after`: copies it into *ret_bytes (malloc, the
 * caller's).  -ENOENT if there is none; -EILSEQ if it is not as it was put. */
int spool_waiting(struct spool *spool, uint64_t after, struct spool_entry *ret,
                  void **ret_bytes, size_t *ret_size);

/* Notes that a batch was answered; a second answer changes nothing.  Not synced
 * by itself but with what is written next, at the latest with the first call
 * 200 ms on and when closing: after a crash it is sent again, and is a duplicate.
 * `now_ms` here and below is the time, ms since 1970 UTC. */
int spool_answered(struct spool *spool, uint64_t number, uint64_t epoch, uint64_t last_position,
                   int64_t now_ms);

/* A reply said (epoch, covered): batches answered in another epoch wait again,
 * because a backup was restored; *ret_waiting_again gets how many.  Answered
 * batches of that epoch which are covered and old enough are forgotten, with
 * what is written next, some at a time, the first answered first: one that is
 * not covered yet keeps back those answered after it. */
int spool_covered(struct spool *spool, uint64_t epoch, uint64_t covered, int64_t now_ms,
                  uint64_t *ret_waiting_again);

/* What the source says to the daemon of itself (PROTOCOL 4.4). */
struct spool_said {
    struct store_point told;    /* the highest position of an answer, of the newest epoch */
    struct store_point forgotten;   /* the same of what was forgotten */
    int64_t oldest_waiting_ms;  /* when it was put; 0: nothing waits */
};
int spool_said(struct spool *spool, struct spool_said *ret);

struct spool_stats {
    uint64_t waiting, answered; /* batches */
    uint64_t waiting_events;
    uint64_t bytes;             /* on disk */
    uint64_t bytes_max;         /* that it may have */
    int64_t oldest_waiting_ms;  /* when it was put; 0: none */
};
int spool_stats(struct spool *spool, struct spool_stats *ret);

#ifdef __cplusplus
}
#endif
