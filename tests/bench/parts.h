/* parts - what one batch of the main workload costs in each of its parts, alone.
 *
 * "Bare commits" are LMDB's, in an environment of its own, of the same canonical bytes. */
#pragma once

#include "tests/bench/bench.h"

/* Seconds that the processor's parts of a batch took in this run: reading it from the spool, to another
 * thread over ipc and back, decoding.  0: not measured. */
double parts_processor_seconds(uint32_t batch);
/* And packing it, which is over before a batch is in a spool. */
double parts_pack_seconds(uint32_t batch);

/* Each measures now, for a third of bench->seconds, and returns the median in seconds. */
double parts_commit_seconds(const struct bench *bench, uint32_t batch);     /* a batch's bytes, synced */
double parts_record_commit_seconds(const struct bench *bench, uint32_t);    /* one record, synced */
double parts_append_seconds(const struct bench *bench, uint32_t);           /* 64 kB of a file, synced */

/* Events a second if they were appended 64 kB at a time, in so many seconds each, and nothing else. */
double parts_append_limit(double seconds);
