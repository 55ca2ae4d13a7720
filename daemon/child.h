/* child - this program once more, for work that may crash or take long beside the counting.
 *
 * A damaged file can crash LMDB, so whatever reads a copy of the store runs in a process of its own, spawned
 * and not forked, and tells what it finds on its standard output, line by line. */
#pragma once

#include <stdbool.h>

#include "daemon/queue.h"

#define CHILD_WORDS_MAX 4

/* Runs `fundwatchd` with these words, NULL behind the last, and gives `line` each of its lines, without the
 * end of line.
 * 0: it ended by itself; whether it told all is the caller's to know (child_failed()).  -ECANCELED: `stop`
 * rang, and it was killed; another: it could not be started. */
int child_run(const char *const words[CHILD_WORDS_MAX], const struct bell *stop,
              void (*line)(void *arg, char *line), void *arg, int *ret_status);

/* Of a child that did not tell all: why, malloc'ed in *ret_error.  Returns -ECHILD, or -ENOMEM. */
int child_failed(int status, const char *what, char **ret_error);
