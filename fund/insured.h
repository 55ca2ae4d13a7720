/* insured - of one person in one year: in which counts of which funds he stands, from which day on.
 *
 * What is known is a set of days per fund: the newest enrolment that is dated on it, and the fees that
 * were paid less those reversed on it.  At the end of a day a person is, in a fund,
 *
 *   registered  if the newest enrolment up to then says normal
 *   paid        if fees are left of those paid up to then; where he left, too: the fee was not given back
 *   left        if he is paid, and the newest enrolment says that it has paused or ended
 *   doubled     if he is paid, has not left, and the same is true of another fund
 *   elsewhere   if he is doubled and counts in the other fund
 *
 * A person counts where his fee came first, since he has paid without a break; on the same day with
 * the employees before the residents, then by the place.  That is a day that every source can prove, and
 * it gives one fund to each person, so that sums over funds count nobody twice.  Two funds of one scheme of
 * which one's place lies within the other's keep books of the same people: between them nobody is doubled,
 * and the one counts as early as the other.
 *
 * All of it follows from the set, in whatever order it came.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/date.h"
#include "fund/event.h"
#include "fund/place.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is known of a person in one fund on one day. */
struct insured_day {
    struct fund fund;           /* may be left out if there is but one */
    uint32_t number;            /* of the fund, the caller's */
    date_day day;
    uint8_t status;             /* an enum event_status; STATUS_NONE: no enrolment of that day */
    uint8_t group;              /* of the enrolment */
    int32_t fees;               /* paid less reversed */
};

/* The counts of a fund: registered by group, paid by group, and three of those paid. */
#define INSURED_GROUPS 8
enum insured_slot {
    INSURED_REGISTERED = 0,
    INSURED_PAID = INSURED_GROUPS,
    INSURED_LEFT = 2 * INSURED_GROUPS,
    INSURED_DOUBLED,
    INSURED_ELSEWHERE,
    INSURED_SLOTS
};

/* What insured_walk() works with: as many as there are days. */
struct insured_state {
    struct fund fund;
    uint32_t number;
    uint8_t status, group;
    date_day since;             /* of the enrolment */
    int32_t fees;
    date_day paid_since;        /* if fees are left */
    bool in;                    /* paid, and not left */
    date_day first;             /* paid_since of the first fund that keeps books of the same people, */
    uint32_t first_rank;        /* and what decides on one day */
    uint32_t now, told;         /* bits: where he stands, and where he did the day before */
};

/* He enters (+1) or leaves (-1) a count at the beginning of `day`. */
typedef void insured_change(void *arg, uint32_t number, date_day day, unsigned slot, int by);

/* Two funds that keep books of the same people: of one scheme, and one's place lies within the other's. */
bool insured_same_people(struct fund a, struct fund b);

/* Sorts the days, and calls `change` for every change that falls on `from` or later.  Of enrolments of one
 * fund and day the higher status counts, then the higher group. */
void insured_walk(struct insured_day *days, uint64_t count, date_day from,
                  struct insured_state *states, insured_change *change, void *arg);

#ifdef __cplusplus
}
#endif
