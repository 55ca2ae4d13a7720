/* backtest - what the rules of a fund would have told, from the journal of a copy.
 *
 * Two questions.  Under another policy: every record comes again as it came, and rules are judged
 * where they were judged then: at the end of each batch that ended a day, and at the end of each
 * group.  In order: under the fund's own policies, but every event comes on its own day, as if
 * nothing had been late; rules are judged when a day has ended.
 *
 * History that was imported (from `import` to `import_done`) raised no alert when it was entered.  Under
 * another policy each day that ended in it is judged too, when all of it is there: it came in any order.
 * What was told is then no measure, so the same is done under the fund's own policies, and both courses are
 * compared.  In order such days are not judged.
 *
 * Postings, books and rules are those of the store; nothing is computed here.  What the journal has is taken
 * again, also if another policy would have refused its date; what was rejected then is not in the journal
 * and stays away.  An acknowledgement is not done again: it names an alert of the other course.
 *
 * Like verify, for a process of its own over a fresh backup. */
#pragma once

#include "fund/course.h"
#include "fund/place.h"
#include "store/store.h"

struct backtest_ask {
    struct fund fund;
    bool in_order;              /* else under `policy` */
    struct policy policy;
    date_day from;              /* the policy holds and rows begin from this day on; DATE_NONE: always */
    date_day to;                /* the last day of rows; DATE_NONE: the books' */
};

struct backtest {
    uint64_t records, events;   /* read from the journal; events that were applied again */
    uint64_t refused;           /* events that could not be */
    date_day first, last;       /* books dates of the fund: before its first day, and at the end */
    date_day imported_from, imported_to;    /* the first and last day judged that was imported; DATE_NONE:
                                 * none was.  If there is one, `then` is what the fund's own policies would
                                 * have told, and its numbers are 0. */
    unsigned months, needed;    /* closed months at the end, and those that a runway needs; 0: rule off */
    struct indicator runway;    /* at the end, under the policy that was tried */
    size_t then_count, now_count;
    struct told *then, *now;    /* owned */
    size_t row_count;
    struct course_row *rows;    /* owned; into the two lists */
};

/* `copy` is a store that nobody has open, `scratch` a folder to make and remove.  `progress` may be NULL.
 * 0; -ENOENT: no such fund in the journal; -E2BIG: too many alerts to match; another negative errno. */
int backtest_run(const char *copy, const char *scratch, const struct backtest_ask *ask,
                 void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                 struct backtest *ret);
void backtest_free(struct backtest *backtest);
