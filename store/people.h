/* people - who is enrolled and has paid, and headcounts that were reported.
 *
 * A person is a keyed hash; per (person, year, fund, day) the store keeps the enrolment and the fees paid
 * less those taken back.  What follows from them for the counts of each day is in fund/insured.h. */
#pragma once

#include "fund/counted.h"
#include "fund/event.h"
#include "fund/indicator.h"
#include "fund/insured.h"
#include "store/derived.h"
#include "store/journal.h"
#include "store/tally.h"

/* Room to look at what is known of one person; grows. */
struct people_work {
    struct insured_day *days;
    struct insured_state *states;
    uint64_t room;
};
void people_work_free(struct people_work *work);

/* True for an event that says something of a person: an enrolment, or a fee. */
bool people_counts(const struct event *event);
/* What it says of `day`, as an entry of the index of people; `sign` +1, or -1: that fee is reversed. */
void people_entry(uint32_t fund, const struct event *event, date_day day, int sign,
                  uint8_t entry[PERSON_ENTRY]);
/* Adds that to the index's group, and what it changes in the counts by day to the store's: of this fund
 * and, where the person is known to others, of theirs, which then have moved.  0 or as derived_find(). */
struct store;
struct group_fund;
int people_apply(struct store *store, struct group_fund *fund, const struct event *event,
                 date_day day, int sign);
/* Writes the counts gathered, and empties them. */
void people_flush(struct txn *txn, struct tally *heads);
/* Bytes of a value of `measures` (docs/STORE.md). */
#define PEOPLE_MEASURE_SIZE 17
/* Keeps a headcount.  Of two about the same thing on the same date the one whose id sorts last
 * counts, in whatever order they arrive.  `position` is the event's own. */
void people_put_measure(const struct journal *journal, struct txn *txn, uint32_t fund,
                        const struct event *event, uint64_t position);

/* What follows is of a fund and its parts (parts.h): what the fund said of the whole since it has them, or
 * the sum of what each said of itself; of persons always the sum, so that one who was heard of under two
 * codes of a year is in it twice.
 *
 * Heads that a level of government pays for: as reported on or before `heads_date` for its year, by group;
 * less the duplicates of that year reported by then if `deduplicated`.  -1 for what nobody reported by then,
 * or by `as_of` if that is earlier: what is dated later is no figure of that day. */
struct parts;
void people_subsidy_heads(struct txn *txn, const struct parts *parts, date_day heads_date, date_day as_of,
                          bool deduplicated, struct subsidy_heads *ret);
/* What each level owes for the year of `standard` and how much of it is late at the end of `as_of`: not
 * known as long as no money of the fund is reported, of whatever kind. */
void people_subsidies(struct txn *txn, const struct parts *parts, const struct subsidy_rule *rule,
                      const struct subsidy_standard *standard, date_day as_of,
                      struct subsidy_state ret[SUBSIDY_LEVELS]);
/* Duplicates that were reported from outside for the day's year by then, and by `as_of`: found within the
 * province, and beyond it; HEADS_UNKNOWN for what nobody reported. */
void people_duplicates(struct txn *txn, const struct parts *parts, date_day day, date_day as_of,
                       int64_t *ret_province, int64_t *ret_nation);
/* The insured of a year, as reported and as persons, by a day; populations are unknown. */
struct headcount people_insured(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of);
/* What was reported of a year by a day: a total, and groups. */
struct counted people_counted(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of);

/* What a value of the table `heads` changes of the counts on its day; false if it is none.  And such changes
 * of a year on a day that no event of a person made, of books that look ahead: 0 or -ENOMEM. */
bool people_take_counts(const uint8_t *value, size_t size, int64_t ret[INSURED_SLOTS]);
int people_add_counts(struct store *store, uint32_t fund, int32_t year, date_day day,
                      const int64_t changes[INSURED_SLOTS]);

/* The counts of a year's persons as of a day. That nobody is left of those who were paid for is a count;
 * where nobody ever was, at the end of any day, it is not known who pays: such a fund may report its people
 * otherwise. The same of those registered. */
struct people_count {
    bool registered, paid;      /* somebody was, and the slots are a count */
    int64_t slots[INSURED_SLOTS];
};
struct people_count people_counts_at(struct txn *txn, const struct parts *parts, int32_t year,
                                     date_day as_of);

/* Everything that coverage can be measured with, as of a day, of the year that it is in, but the year before.
 * Last year's insured are as stated from the last day of that year on: an older statement is of another
 * year. */
void people_headcount(struct txn *txn, const struct parts *parts, date_day as_of,
                      struct headcount *ret);
/* The same of any year: of the coming one those who are counted for it already. */
void people_headcount_of(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of,
                         struct headcount *ret);
/* Adds how many were counted of each numerator in the year before `year`: at its end or, if that is
 * earlier, as of the day. */
void people_year_before(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of,
                        struct headcount *heads);

/* What a net loss is measured with: the insured of the day's year, and of the year before by the same day a
 * year ago. */
void people_loss(struct txn *txn, const struct parts *parts, date_day as_of, struct headcount *ret_last_year,
                 struct headcount *ret_now);

/* What a pace is measured with: of this year by the same day a year ago, and of the coming one.  Where
 * persons were known one by one a year ago, nobody known of the coming year is nobody enrolled; where
 * somebody has to say how many there are, it is not known. */
void people_pace(struct txn *txn, const struct parts *parts, const struct pace_rule *rule, date_day as_of,
                 int64_t *ret_a_year_ago, int64_t *ret_now);
