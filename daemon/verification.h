/* verification - `fundwatchd --verify-copy`, and the daemon's side of the pipe to it.
 *
 * A damaged file can crash LMDB.  So the comparison runs in a process of its own, spawned and not
 * forked, and says on stdout, line by line:
 *     progress AT OF
 *     result records=… events=… funds=… rules=… alerts=… differences=… chain=HEX
 *     first SENTENCE          (if there are differences)
 * Exit code 0 if the comparison could be made and found none, else 1. */
#pragma once

#include "daemon/queue.h"
#include "store/verify.h"

/* The child's side.  Returns the exit code. */
int verification_main(const char *path);

/* Runs a child over `path` and waits for it.  `progress` gets how far it is.  0: ret is what it
 * found; -ECANCELED: `stop` rang; -ECHILD: it crashed or failed (*ret_error is malloc'ed
 * then); another: it could not be started. */
int verification_run(const char *path, const struct bell *stop,
                     void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                     struct verify_result *ret, char **ret_error);
