/* place - the funds of a place as one: what fund/rollup.h is made of, read out of the books.
 *
 * A query asks for any place and day.  A fund whose policy says `rollup` has no books of its own: its rules
 * look at the roll-up of its place, on each day that ends for it. */
#pragma once

#include "fund/rollup.h"
#include "store/books.h"
#include "store/completeness.h"

/* The funds of a scheme whose places begin so, as of a day; those that are roll-ups themselves are none.
 * `journal` is that of the group that reads, or NULL.  0, or a negative errno and nothing to free. */
int place_gather(const struct journal *journal, struct txn *txn, struct place_prefix place,
                 uint16_t scheme, date_day as_of, struct place_funds *ret);
/* The day that they have in common: the earliest books date, of funds that have a day in their books if there
 * are any such; of places that are no more only where there is nothing else.  DATE_NONE without any fund. */
int place_day(struct txn *txn, struct place_prefix place, uint16_t scheme, date_day *ret);
/* Fills `derived` of what was gathered, and what of its members and people is: 0, or a negative errno, and
 * then it is still to be freed.  Rules do without. */
int place_derive(struct txn *txn, date_day as_of, struct place_funds *place);
/* Fills what moved since the last month that has ended: the same. */
int place_read_open(struct txn *txn, date_day as_of, struct place_funds *place);
/* Calls `each` with the sources of every fund added, as of its own day at most `as_of`. */
int place_sources(const struct journal *journal, struct txn *txn, const struct place_funds *place,
                  date_day as_of, enum completeness_period longest,
                  void (*each)(void *arg, struct expected_sources *sources), void *arg);
void place_free(struct place_funds *place);

/* What begins the code of a city's or province's place: 4407 of 440700, 44 of 440000. */
struct place_prefix place_under(uint32_t place);
