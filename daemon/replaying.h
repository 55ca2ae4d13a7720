/* replaying - `fundwatchd --replay-copy`, and the daemon's side of the pipe to it.
 *
 * FOLDER has `ask`, what is to be done (a map of MessagePack), and `copy`, a backup.  Books that are wanted
 * are left in FOLDER/books.  The child says on stdout, line by line:
 *     progress AT OF
 *     row HEX                 (of a backtest: MessagePack, as `compared` has it)
 *     result HEX              (of a backtest: MessagePack, as `job` has it)
 *     known FIRST POSITION MS (of books as known at a position)
 *     failed SENTENCE
 * Exit code 0 if it came to a result, else 1. */
#pragma once

#include "daemon/queue.h"
#include "store/backtest.h"
#include "store/known.h"
#include "wire/writer.h"

#define REPLAY_ROWS_MAX 50000   /* rows of a comparison that are kept */

enum replay_what { REPLAY_BACKTEST, REPLAY_IN_ORDER, REPLAY_KNOWN_AT };

struct replay_ask {
    enum replay_what what;
    struct backtest_ask backtest;
    uint64_t position;          /* of REPLAY_KNOWN_AT */
};
/* Writes it as the map in `ask`. */
void replay_ask_write(struct writer *w, const struct replay_ask *ask);

/* What a child came to. */
struct replayed {
    struct known known;
    struct writer result;       /* MessagePack; nothing if there is none */
    struct writer rows;         /* one after the other, */
    uint32_t count;
    uint32_t ends[REPLAY_ROWS_MAX];     /* ending here */
};
struct replayed *replayed_new(void);            /* NULL without memory */
void replayed_free(struct replayed *replayed);  /* takes NULL */

/* The child's side.  Returns the exit code. */
int replaying_main(const char *folder);

/* Puts `ask` into the folder, runs a child and waits for it.  0: *ret has what it found; -ECANCELED: `stop`
 * rang; -ECHILD: it failed or crashed (*ret_error is malloc'ed then); another negative errno. */
int replaying_run(const char *folder, const struct writer *ask, const struct bell *stop,
                  void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                  struct replayed *ret, char **ret_error);
