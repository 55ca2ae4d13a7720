/* waiting - what is deferred (deferred.h), decoded and added up, as the writer of a store keeps it.
 *
 * Rules are judged at the end of every group, and ask for ranges of days of each fund that moved.  Decoding
 * for each commit what waits was half of what the bookkeeper's thread computed for a batch of 100; so a
 * writer keeps it from group to group, by day and by month.  Readers decode their fund's part (deferred.c).
 *
 * It is what the table says in the writer's transaction, or not known: after a group that was aborted.  A day
 * takes half a kilobyte, whatever waits for it: 12 MB if DEFERRED_MAX sums were of as many days. */
#pragma once

#include <stdbool.h>

#include "fund/account.h"
#include "fund/date.h"
#include "store/accumulator.h"
#include "store/tally.h"

struct waiting {
    bool known;
    struct accumulator days, months;    /* books_sum_key(): struct waiting_sums */
    struct accumulator fees;            /* fund, year, month: struct waiting_fees */
    date_month first, last;             /* of all that waits; of nothing first is above last */
};

void waiting_init(struct waiting *waiting);
void waiting_free(struct waiting *waiting);
/* It is known that nothing waits; it is not known what does.  Both keep the memory. */
void waiting_clear(struct waiting *waiting);
void waiting_forget(struct waiting *waiting);

/* Adds sums as they are deferred, in the order of their keys.  -ENOMEM; -EILSEQ if one leaves 64 bits or is
 * of no day: whoever is told forgets all. */
int waiting_add(struct waiting *waiting, const struct tally_entry *sums, uint64_t count);

/* What waits for the days from..to of a fund is added to `sum`; contributions for a year that came by the end
 * of a day.  False if a sum leaves 64 bits. */
bool waiting_add_lines(const struct waiting *waiting, uint32_t fund, date_day from, date_day to,
                       struct lines *sum);
bool waiting_collected(const struct waiting *waiting, uint32_t fund, int32_t year, date_day as_of,
                       struct amount *ret);
