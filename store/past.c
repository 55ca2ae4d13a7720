/* past - some sixty rows of months, side by side in their table. */
#include "store/past.h"

#include <errno.h>

#include "store/on_account.h"

static void read_month(struct txn *txn, const struct parts *parts, date_month month,
                       struct outlook_past *past)
{
    struct lines *lines = &past->lines[past->count];
    struct outlook_month *sums = &past->sums[past->count];
    date_day from = date_month_first(month), to = date_month_last(month);
    books_lines_of(txn, parts, from, to, lines);
    /* A coming month is paid on account as this one was; what was cleared in it is no payment. */
    for (unsigned i = 0; i < parts->count; i++)
        on_account_unsettle(txn, parts->items[i].fund, from, to, lines);
    if (!lines_income(lines, &sums->income) || !lines_expenditure(lines, &sums->expenditure))
        txn->err = -EILSEQ;
    past->count++;
}

void past_read(struct txn *txn, const struct fund_record *record, const struct parts *parts,
               date_day as_of, struct outlook_past *ret)
{
    struct beginning beginning = books_beginning(txn, record, parts);
    date_month last = date_month_ended_by(as_of), from = last - OUTLOOK_PAST_MAX + 1;
    *ret = (struct outlook_past){
        .as_of = as_of,
        .first = indicator_first_month(beginning.start),
        .last = last,
        .has_balance = beginning.has_opening,
        .balance = books_balance(txn, record, date_month_last(last), as_of),
    };
    for (date_month month = ret->first > from ? ret->first : from; month <= last; month++)
        read_month(txn, parts, month, ret);
}

/* The lines of the last calendar year that has ended. */
static struct position last_year(struct txn *txn, const struct parts *parts, const struct outlook_past *past)
{
    date_month from, to;
    struct position position = {.books_date = past->as_of};
    position.months =
        indicator_months(RUNWAY_CALENDAR_YEAR, past->first, past->as_of, &from, &to);
    if (position.months > 0)
        books_lines_of(txn, parts, date_month_first(from), date_month_last(to), &position.closed);
    return position;
}

struct gate past_gate(struct txn *txn, const struct parts *parts, const struct outlook_past *past,
                      const struct policy *policy, const struct position *runway, bool is_shut)
{
    struct outlook outlook;
    struct position year = last_year(txn, parts, past);
    outlook_of(past, &outlook);
    return gate_judge(&policy->gate, is_shut, indicator_runway(runway, policy->runway.min_months),
                      &year, &outlook);
}
