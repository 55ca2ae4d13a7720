/* ingest - one measurement of the daemon, events from memory, as lines of the table. */
#pragma once

#include "tests/bench/sender.h"

/* NAME: events a second.  "NAME ack p50" and p99: from a batch's first send to its answer.  "NAME busy"
 * if it was told so.  With batches of 1000 what an event costs in processor time and bytes written. */
void ingest_add(struct bench *bench, const char *name, const struct sending *sending);

/* "NAME_A of NAME_B": the values of this run, if both were measured. */
void ingest_add_ratio(const char *line, const char *a, const char *b);
