/* backtest_run - the inside of a backtest: what its two ways of replaying share. */
#pragma once

#include "store/backtest.h"
#include "store/event_record.h"
#include "store/group.h"

#define REPLAY_COMMIT 65536     /* records between commits of the rebuilt books */

struct backtest_run {
    const struct backtest_ask *ask;
    struct backtest *result;
    const char *scratch;        /* its folder */
    struct env env;             /* the copy, */
    struct txn txn;             /* read in this, */
    struct head head;           /* which ends here */
    struct store *books;        /* rebuilt */
    struct otherwise otherwise;
    bool own;                   /* once more, under the fund's own policies: only what is told is kept */
    uint64_t since_commit, done, of;    /* of, for progress */
    void (*progress)(void *arg, uint64_t at, uint64_t of);
    void *arg;
};

/* Applies what an event's record says once more. */
int backtest_event(struct backtest_run *b, const struct record *record);
int backtest_name(struct backtest_run *b, const struct record *record);
int backtest_clock(struct backtest_run *b, const struct record *record);
/* Keeps an alert of the fund as it was told then. */
int backtest_told(struct backtest_run *b, const struct record *record);
/* One more record is done. */
void backtest_count(struct backtest_run *b);
/* Between two groups: commits now and then, which judges nothing. */
int backtest_commit(struct backtest_run *b);
/* True if nothing behind it can be a row any more. */
bool backtest_is_past(struct backtest_run *b);

/* The two ways, between store_begin() and store_commit(). */
int backtest_journal(struct backtest_run *b);
int backtest_in_order(struct backtest_run *b);
