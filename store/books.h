/* books - funds, their policies, and their balances per day and month.
 *
 * Readers and the writer use the same functions on a transaction.  What a group
 * adds up before it is written is the writer's business (group.h). */
#pragma once

#include <assert.h>

#include "fund/account.h"
#include "fund/indicator.h"
#include "fund/place.h"
#include "fund/policy.h"
#include "store/env.h"
#include "store/journal.h"
#include "store/tally.h"

/* Half of int64: income and expenditure may each come to it, and their difference still fits.
 * Reversals add nothing, because of an event and what undoes it no sum holds more than one, unless
 * they cancel; so what was counted can always be taken back. */
#define GROSS_MAX (INT64_MAX / 2)

/* The state of a fund, in the table `funds`. */
struct fund_record {
    uint32_t number;            /* from 1; 0: there is no such fund */
    date_day books_date;        /* the last day that is complete */
    bool has_opening, opening_derived;
    date_day opening_date;
    date_day start;             /* money must be dated after this day */
    date_day first_money;       /* earliest date of money booked; DATE_NONE */
    struct amount balance;      /* Q0 + income - expenditure, as of the books date */
    int64_t gross;              /* sum of all magnitudes ever posted but for reversals, in fen:
                                 * while it is at most half of int64 every sum of postings fits */
    bool importing;             /* history is being entered: no rule is evaluated */
    date_day closed;            /* last day of the last month closed; DATE_NONE */
    bool is_rollup;             /* no books of its own: place.h */
    bool has_parts;             /* others were merged into it: parts.h */
    uint32_t merged_into;       /* number of the fund that it is a part of; 0: none */
    date_day merged_from;       /* since when; DATE_NONE */
    uint32_t unmatched;         /* its reversals that wait for their original */
    uint32_t misfits;           /* and those that do not fit the original that came */
};

/* Whether it is a part of another fund as of a day (parts.h). */
static inline bool fund_is_part(const struct fund_record *record, date_day day)
{
    return record->merged_into != 0 && record->merged_from <= day;
}

bool books_fund(struct txn *txn, struct fund fund, struct fund_record *ret);
bool books_fund_by_number(struct txn *txn, uint32_t number, struct fund *ret_fund,
                          struct fund_record *ret);
void books_put_fund(struct txn *txn, struct fund fund, const struct fund_record *record);

/* --- Policies. */
struct policy_ref {
    date_day from;
    uint64_t position;          /* of the event that brought it */
    uint32_t version;
    date_day valid_from, valid_until;   /* dates for which it is the answer: [from, until[ */
};

/* The policy for `date` among those journaled before `before`: the newest of the latest date that is
 * not after it; the earliest of all if none is.  False if there is none at all. */
bool books_policy_ref(struct txn *txn, uint32_t fund, date_day date, uint64_t before,
                      struct policy_ref *ret);
/* Since when a fund's place is no more: `from`, on which a policy says what it was split into, or the day
 * of an earlier policy since which all have said so.  -EILSEQ in the txn if one cannot be read. */
date_day books_split_since(const struct journal *journal, struct txn *txn, uint32_t fund, date_day from);
/* The highest version that the fund has had; 0 if none. */
uint32_t books_policy_version(struct txn *txn, uint32_t fund);
void books_put_policy(struct txn *txn, uint32_t fund, const struct policy_ref *ref);
/* Decodes the policy that a reference names, out of the journal. */
int books_policy(const struct journal *journal, struct txn *txn, uint64_t position,
                 struct policy *ret);

/* --- Reversals, by the position of what they undo. */
void books_put_reversal(struct txn *txn, uint64_t original, uint64_t reversal);
bool books_reversal(struct txn *txn, uint64_t original, uint64_t *ret);

/* --- Subsidy received for a year, by the day on which it came. */
void books_add_received(struct txn *txn, uint32_t fund, int32_t year, uint8_t category, date_day day,
                        struct amount amount);
/* What has come by the end of `day`, for a fund and its parts. */
struct parts;
struct amount books_received(struct txn *txn, const struct parts *parts, int32_t year, uint8_t category,
                             date_day day);

/* --- Balances.  Sums of periods without movement are zeros. */
/* Of numbers: there are fewer places than a million, and two schemes. */
#define BOOKS_FUND_MAX ((1 << 24) - 1)
/* The key of a sum in a tally: of a fund's day or month; the account is in the lowest byte. */
static inline uint64_t books_sum_key(uint32_t fund, int32_t period, unsigned account)
{
    assert(fund <= BOOKS_FUND_MAX);
    return (uint64_t)fund << 40 | (uint64_t)((uint32_t)period ^ UINT32_C(0x80000000)) << 8 | account;
}

static inline uint32_t books_sum_fund(uint64_t key)
{
    return (uint32_t)(key >> 40);
}

static inline int32_t books_sum_period(uint64_t key)
{
    return (int32_t)((uint32_t)(key >> 8) ^ UINT32_C(0x80000000));
}

/* Contributions are added up beside the days: under a period of the year that they are for and of their day,
 * behind all days, with the account 0.  So the sums of a fund are in the order of the rows of `collected`. */
#define BOOKS_COLLECTED_BITS 17         /* of the day */
static inline int32_t books_collected_period(int32_t year, date_day day)
{
    return (year - DATE_YEAR_MIN + 1) << BOOKS_COLLECTED_BITS | day;
}

static inline bool books_is_collected(int32_t period)
{
    return period >> BOOKS_COLLECTED_BITS > 0;
}

static inline int32_t books_collected_year(int32_t period)
{
    return (period >> BOOKS_COLLECTED_BITS) - 1 + DATE_YEAR_MIN;
}

static inline date_day books_collected_day(int32_t period)
{
    return period & ((1 << BOOKS_COLLECTED_BITS) - 1);
}

/* The day of a sum of either sort. */
static inline date_day books_sum_day(uint64_t key)
{
    int32_t period = books_sum_period(key);
    return books_is_collected(period) ? books_collected_day(period) : period;
}

/* What the sums of days come to by month; those of contributions by year are of none.  -ENOMEM. */
int books_add_to_months(const struct tally_entry *days, uint64_t count, struct tally *months);
/* Adds the sums of one period of a tally of days, or of a month, to its row. */
void books_add_day(struct txn *txn, uint32_t fund, int32_t period, const struct tally_entry *sums,
                   uint64_t count);
void books_add_month(struct txn *txn, uint32_t fund, date_month month, const struct tally_entry *sums,
                     uint64_t count);
#define BOOKS_PERIOD_KEY 8
void books_period_key(uint32_t fund, int32_t period, uint8_t ret[BOOKS_PERIOD_KEY]);
/* The value of the tables `days` and `months`: its size, at most BOOKS_LINES_SIZE. */
#define BOOKS_LINES_SIZE (8 + 10 * ACCOUNT_SLOTS)
size_t books_put_lines(const struct lines *lines, uint8_t *value);
/* Reads one; false if it is none. */
bool books_take_lines(const uint8_t *value, size_t size, struct lines *ret);
/* Adds sums of one period to such a value (NULL and 0: none yet), and writes the new one: its size, 0 if
 * the old one is none or a sum leaves 64 bits. */
size_t books_add_to_row(const uint8_t *old, size_t old_size, const struct tally_entry *sums, uint64_t count,
                        uint8_t ret[BOOKS_LINES_SIZE]);
/* Inclusive at both ends, with what is deferred (deferred.h); whole months come out of their own table.
 * Of one fund and its parts, and of one alone. */
void books_lines_of(struct txn *txn, const struct parts *parts, date_day from, date_day to,
                    struct lines *ret);
void books_lines(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *ret);
/* Of a fund and its parts, with what of those days' payments is still provisional at the end of `as_of`
 * (on_account.h) instead of what moved on the provisional lines: no day is later than that one. */
void books_lines_settled(struct txn *txn, const struct parts *parts, date_day from, date_day to,
                         date_day as_of, struct lines *ret);

/* What has moved by the end of `as_of` on each line of the policy's budget: of a subsidy what came for the
 * year, whenever it came; of another line what was booked in the year. */
void books_executed(struct txn *txn, const struct parts *parts, const struct policy *policy, date_day as_of,
                    struct amount ret[POLICY_BUDGET_MAX]);

/* Contributions for a year, by the day that they came on.  The key and value of a row (those of a sum that
 * is added to `old`, of 0 or BOOKS_COLLECTED_SIZE bytes; false if that is none or leaves 64 bits); and all
 * that has come by the end of a day, for a fund and its parts, with what is deferred. */
#define BOOKS_COLLECTED_KEY  10
#define BOOKS_COLLECTED_SIZE 8
void books_collected_key(uint32_t fund, int32_t year, date_day day, uint8_t ret[BOOKS_COLLECTED_KEY]);
bool books_add_to_collected(const uint8_t *old, size_t old_size, int64_t fen,
                            uint8_t ret[BOOKS_COLLECTED_SIZE]);
struct amount books_collected(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of);

/* Where the books of a fund and its parts begin: the last of them, as far as they have any before they are
 * together.  All must have an opening balance, or the sum of the balances is no balance. */
struct beginning {
    date_day start;                 /* money is dated after this day */
    bool has_opening, derived;
};
struct beginning books_beginning(struct txn *txn, const struct fund_record *record,
                                 const struct parts *parts);

/* The cumulative balance at the end of `day`, with that of the parts that the fund has as of another. */
struct amount books_balance(struct txn *txn, const struct fund_record *record, date_day day,
                            date_day as_of);

/* What the indicators need, of a fund and its parts, as of a day at or before the books date. */
void books_position(struct txn *txn, const struct fund_record *record, enum runway_base base,
                    date_day as_of, struct position *ret);

/* The same with parts that it may have had on another day only: what a merger makes of the books is no change
 * of a figure that is compared with an earlier one. */
void books_position_of(struct txn *txn, const struct fund_record *record, const struct parts *parts,
                       enum runway_base base, date_day as_of, struct position *ret);

/* The position that a fund's runway was last normal at, at a month's end or when an alert ended (PROTOCOL 8)
 * or, if it never was, that it was first judged at; false if there is none. */
struct normal {
    bool was_normal;
    date_month looked;          /* the last month that had ended when its end was looked at */
    struct position position;
};
void books_put_normal(struct txn *txn, uint32_t fund, const struct normal *normal);
bool books_normal(struct txn *txn, uint32_t fund, struct normal *ret);

/* What a leg's account adds to the cumulative balance when it is debited, per fen: -1 for
 * income, expenditure and opening, 0 for the rest. */
int books_balance_sign(enum account account);
