/* derivations - what of a fund's figures comes from events that say `derived`.
 *
 * The parts are sums beside those of the books, by the same days: of each line, of the subsidy and the
 * contributions that came for a year, of counts of persons, and how far opening balances may be off.  A
 * figure is derived when it would be another one without them: when its part is not 0.  What is reversed is
 * so on the day of its reversal, as in the books.  A row is written only when a derived event is booked or
 * undone, so that others cost nothing; counts that are reported as such say it themselves (people.h).
 *
 * Errors are left in the txn, as by env.h: -EILSEQ for a damaged row or a sum that leaves 64 bits. */
#pragma once

#include "fund/event.h"
#include "fund/posting.h"
#include "store/books.h"

/* Adds what an event posts that says `derived`, or what undoes it; its sides outside the lines too. */
void derivations_post(struct txn *txn, uint32_t fund, const struct posting *posting);
/* Adds it, or with `sign` -1 takes it off again, to what is kept of a year: by the day on which it came. */
void derivations_add(struct txn *txn, uint32_t fund, const struct event *event, date_day day, int sign);

/* How far the opening balance of a day may be off from now on, to either side; 0: nobody says. */
void derivations_put_margin(struct txn *txn, uint32_t fund, date_day day, struct amount margin);

/* What follows is of a fund and its parts.  Of the days from..to, inclusive. */
void derivations_lines(struct txn *txn, const struct parts *parts, date_day from, date_day to,
                       struct lines *ret);
/* Whether a sum of such lines, lines_income() for example, is not 0. */
bool derivations_moved(bool (*of)(const struct lines *lines, struct amount *ret), const struct lines *lines);
/* Whether the cumulative balance at the end of a day is derived, its opening balance aside. */
bool derivations_balance(struct txn *txn, const struct parts *parts, date_day day);
/* How far that balance may be off, to either side, by what was said of the opening balances. */
struct amount derivations_margin(struct txn *txn, const struct parts *parts, date_day day);
/* Whether the subsidy of a level, or the contributions, that came for a year by the end of a day are. */
bool derivations_received(struct txn *txn, const struct parts *parts, int32_t year, uint8_t category,
                          date_day day);
bool derivations_collected(struct txn *txn, const struct parts *parts, int32_t year, date_day day);
/* Adds to what of a count of persons of a year is derived from a day on; `slot` of insured.h. */
void derivations_add_persons(struct txn *txn, uint32_t fund, int32_t year, date_day day, unsigned slot,
                             int64_t part);
/* The bits of headcount.derived of what is counted by persons of a year and would be another figure without
 * derived events, and without those who are enrolled by such events alone. */
uint32_t derivations_persons(struct txn *txn, const struct parts *parts, int32_t year, date_day day);
/* Adds them to a headcount as of a day, and those of what is in its year_before. */
void derivations_people(struct txn *txn, const struct parts *parts, int32_t year, date_day day,
                        struct headcount *heads);
/* Whether what is overdue of subsidies, `overdue` of all levels and years beyond the tolerance, is. */
bool derivations_overdue(struct txn *txn, const struct parts *parts, date_day date,
                         const struct policy *policy, struct amount overdue);
/* Fills fund->derived and adds what is counted by persons to fund->heads.derived, of a fund whose other
 * figures are there as of `date`. */
struct fund_view;
void derivations_fill(struct txn *txn, const struct parts *parts, date_day date, struct fund_view *fund);
/* Which lines of a policy's budget are, as books_executed(). */
void derivations_executed(struct txn *txn, const struct parts *parts, const struct policy *policy,
                          date_day as_of, bool ret[POLICY_BUDGET_MAX]);
