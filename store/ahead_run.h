/* ahead_run - the inside of looking ahead: what its parts share. */
#pragma once

#include "store/ahead.h"
#include "store/group.h"
#include "store/parts.h"

/* One event to come. */
struct coming {
    date_day date;
    unsigned slot;              /* of the line */
    int32_t year;               /* of a fee or subsidy */
    int64_t fen;                /* as the line counts; of fees and subsidies above 0 */
};

struct ahead_run {
    struct txn *txn;            /* the fund's books, */
    uint32_t number;            /* of which this is */
    struct fund fund;
    struct fund_record record;
    struct parts parts;         /* with these parts, as of as_of */
    const struct outlook_past *past;
    const struct outlook *outlook;
    const struct whatif_change *change;
    date_day as_of, last;       /* the last coming day */
    bool present;               /* as_of is the books date */
    uint32_t numbers[1 + PARTS_MAX];    /* what parts.items[i] is in the scratch; 0: not there */
    struct tally deferred;      /* sums of days that the rows do not have yet (deferred.h), sorted */
    const struct tally_entry *deferred_sums;
    struct store *books;        /* the scratch, in a group */
    uint32_t source;
    uint64_t ids, rows;         /* given, and copied */
    uint64_t told;              /* alerts before the first coming day */
    struct ahead *ret;
};

/* --- ahead.c: of a fund's books, with the scratch in the new folder `folder`. */
int ahead_run(struct txn *txn, const char *folder, uint32_t fund, const struct outlook_past *past,
              const struct outlook *outlook, const struct whatif_change *changes, unsigned count,
              struct ahead *ret);

/* --- ahead_copy.c: into the scratch, all that the rules of the fund look at. */
int ahead_copy(struct ahead_run *a);
/* The policies once more, with their holds, after a copy that has them without. */
int ahead_hold_again(struct ahead_run *a);
/* Applies an event of the fund, whose id, kind, fund and date are filled in. */
int ahead_apply(struct ahead_run *a, enum event_kind kind, date_day date, struct event *event);
/* Rows from the fund's books, counted. */
bool ahead_count_row(struct ahead_run *a);

/* --- ahead_people.c: the people to come, dated. */
int ahead_people(struct ahead_run *a);

/* --- ahead_money.c: the money to come, by day; malloc'ed. */
int ahead_money(struct ahead_run *a, struct coming **ret, size_t *ret_count);
/* A day, a year later. */
date_day ahead_year_after(date_day day);
