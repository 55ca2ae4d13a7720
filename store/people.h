/* people - who is enrolled and has paid, and headcounts that were reported.
 *
 * A person is a keyed hash; per (person, year, fund) the store keeps the
 * status and the number of fees that are paid and not reversed. */
#pragma once

#include "fund/event.h"
#include "fund/indicator.h"
#include "store/derived.h"
#include "store/journal.h"
#include "store/tally.h"

/* True for an event that says something of a person: an enrolment, or a fee. */
bool people_counts(const struct event *event);
/* What it says, as an entry of the index of people; `sign` +1, or -1: that fee is reversed. */
void people_entry(uint32_t fund, const struct event *event, int sign, uint8_t entry[PERSON_ENTRY]);
/* Adds that to the index's group, and what it changes in the counts by day to *heads.  0 or as
 * derived_find(). */
int people_apply(struct derived *derived, uint32_t fund, const struct event *event, int sign,
                 struct tally *heads);
/* Writes the counts gathered, and empties them. */
void people_flush(struct txn *txn, struct tally *heads);
/* Keeps a headcount.  Of two about the same thing on the same date the one whose id sorts last
 * counts, in whatever order they arrive.  `position` is the event's own. */
void people_put_measure(const struct journal *journal, struct txn *txn, uint32_t fund,
                        const struct event *event, uint64_t position);

/* What follows is of a fund and its parts (parts.h): what the fund said of the whole since it has them, or
 * the sum of what each said of itself; of persons always the sum, so that one who was heard of under two
 * codes of a year is in it twice.
 *
 * Heads that a level of government pays for: as reported on or before `day` of that year, by group; less
 * the duplicates reported by then if `deduplicated`.  -1 for what nobody reported. */
struct parts;
void people_subsidy_heads(struct txn *txn, const struct parts *parts, date_day day, bool deduplicated,
                          struct subsidy_heads *ret);
/* What each level owes for the year of `standard` and how much of it is late at the end of `as_of`. */
void people_subsidies(struct txn *txn, const struct parts *parts, const struct subsidy_rule *rule,
                      const struct subsidy_standard *standard, date_day as_of,
                      struct subsidy_state ret[SUBSIDY_LEVELS]);
/* The insured of the day's year as reported by then; HEADS_UNKNOWN if nobody did. */
int64_t people_reported(struct txn *txn, const struct parts *parts, date_day as_of);

/* Everything that coverage can be measured with, as of a day. */
void people_headcount(struct txn *txn, const struct parts *parts, date_day as_of,
                      struct headcount *ret);
