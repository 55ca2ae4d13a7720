/* event_lines - events as lines of JSON, for `fundwatch reconcile`.
 *
 * A line is one event as docs/PROTOCOL.md 5 has it: the same keys and words, amounts in fen, a person's
 * hash in hex; of a policy all but the policy itself. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct event;

/* False without memory or when the file cannot be written. */
bool event_line_write(const struct event *event, FILE *to);
