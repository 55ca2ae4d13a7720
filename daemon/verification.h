/* verification - `fundwatchd --verify-copy`, and the daemon's side of the pipe to it.
 *
 * A damaged file can crash LMDB.  So the comparison runs in a process of its own, spawned and not
 * forked, and says on stdout, line by line:
 *     progress AT OF
 *     result records=… events=… funds=… rules=… alerts=… differences=… chain=HEX
 *     head WORD SENTENCE      (if one was given, before the result: proved, differs, short, within)
 *     first SENTENCE          (if there are differences)
 * Exit code 0 if the comparison could be made, found none and proved the head, else 1. */
#pragma once

#include "daemon/queue.h"
#include "store/verify.h"

/* What a verification came to: of the books, and of a head that was written down. */
struct verification_result {
    struct verify_result books;
    enum head_verdict head;
};

/* The child's side.  `head` is POSITION:HASH or NULL.  Returns the exit code. */
int verification_main(const char *path, const char *head);

/* Runs a child over `path` and waits for it.  `progress` gets how far it is.  0: ret is what it
 * found; -ECANCELED: `stop` rang; -ECHILD: it crashed or failed (*ret_error is malloc'ed
 * then); another: it could not be started. */
int verification_run(const char *path, const char *head, const struct bell *stop,
                     void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                     struct verification_result *ret, char **ret_error);
