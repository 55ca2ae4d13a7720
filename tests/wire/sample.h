/* sample - good events, fixed and random, and what to do with them in tests. */
#pragma once

#include "fund/event.h"
#include "wire/writer.h"

/* A good event of the kind: what it must have, and nothing else. */
struct event sample_event(enum event_kind kind);

/* A good event of any kind with any of the fields that it may have, any values;
 * *seed moves on.  A policy's bytes are static. */
struct event random_event(uint64_t *seed);
uint64_t random_next(uint64_t *seed);

/* Fails the test unless both state the same fields with the same values. */
void assert_same_event(const struct event *a, const struct event *b);

/* States a field with a value in its range that the sample does not have. */
void change_field(struct event *event, enum event_field field);

/* Writes the event as a map in which `key` is a packed value of any kind instead
 * of the event's own; "" leaves the key out. */
void write_event_with(struct writer *w, const struct event *event, const char *key,
                      const void *value, size_t size);
