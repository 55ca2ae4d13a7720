/* ingest - one measurement of the daemon as lines of the table. */
#pragma once

#include "tests/bench/sender.h"

/* What the two ways of sending stand under. */
#define HEADING_SPOOLED "the shipped client library: from filled spools, every event on disk at its source " \
                        "before the clock starts, from first send to reply"
#define HEADING_MEMORY  "part: the daemon alone, batches from memory over ipc without the client library"

/* NAME: events a second, those that were duplicates included.  "NAME ack p50" and p99 where latencies are
 * known.  "NAME busy" if it was told so.  With batches of 1,000 what an event costs in processor time
 * and bytes written. */
void ingest_report(const char *name, uint32_t batch, struct sent *sent);

/* Measures one load from memory. */
void ingest_add(struct bench *bench, const char *name, const struct sending *sending);

/* LINE: the values of A by B of this run, if both were measured. */
void ingest_add_ratio(const char *line, const char *a, const char *b);
