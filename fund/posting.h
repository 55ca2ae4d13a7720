/* posting - what an event does to the accounts: the one table of the money.
 *
 * (kind, category, stage, recognition) maps to pairs of debit and credit
 * (DOMAIN 3a).  The daemon, the rebuild and every what-if use this function, so
 * there is one place to check an accounting rule. */
#pragma once

#include "fund/account.h"
#include "fund/amount.h"
#include "fund/date.h"
#include "fund/event.h"

#define POSTING_LEGS_MAX 6

/* `amount` moves from `credit` to `debit` on `date`; it may be negative. */
struct leg {
    enum account debit, credit;
    date_day date;
    struct amount amount;
};

struct posting {
    unsigned count;
    struct leg legs[POSTING_LEGS_MAX];
};

/* What of a fund's policies decides how an event is posted. */
struct posting_basis {
    uint8_t recognition;        /* an enum recognition: of the year that posting_recognised() says, if any */
    uint8_t fee_basis;          /* an enum fee_basis: of the event's date */
};

/* Whether recognition decides what `event` posts, and that of which year: a bill is of the year of its date,
 * and a move of a payout of the payout's, whenever it is made.  So what is paid on account, cleared and
 * deducted of bills that became expenditure on settlement never does so again, and what a fund has to pay for
 * the time before a change becomes expenditure as that time was to. */
bool posting_recognised(const struct event *event, int *ret_year);

/* The posting of `event`, which passed event_check().  An event that moves no money gives an empty
 * posting, and a figure of 0 no leg.  Of a clearing each recognition takes the figures that it needs:
 * on settlement `amount` and `change`; on disbursement `amount`, `cleared` and, for what is owed beside
 * the books, `change`: so one journal can be looked at under either.  An adjustment is still on
 * account, so on disbursement it stays provisional until it is cleared.  A retention moves nothing:
 * what is held back stays owed.  An inpatient bill or line that states its cost (or cost within policy)
 * is on the memo lines S1 and S3 (S2 and S4) as well, from which the reimbursement ratios come.
 * Reversals go through posting_reverse() and are asserted not to come here.  Returns REJECT_NONE, or
 * REJECT_POLICY_FORBIDS for a stage that the table does not know. */
enum reject posting_make(const struct event *event, const struct posting_basis *basis,
                         struct posting *ret);

/* The posting of a reversal dated `date` of an `original` that was posted as
 * `posted`: the opposite of each leg, debit and credit exchanged.  Within the
 * year of the leg on its own lines; in a later year income goes to E3 and
 * expenditure to I4 instead, because the old year's figures are closed.  (The
 * year is that of each leg: a fee of 2024 that arrived in 2023 is undone on its
 * own line until the end of 2024.)  Legs of the original that lie after `date`
 * are undone on their own date.
 * Memo lines are undone on themselves, in whatever year, and so is what a clearing made final, because
 * no line of the form is changed by it and the payments wait again for a clearing.
 * A provisional line reversed across years goes to I4 as well.
 * Returns REJECT_NONE: exchanging sides cannot overflow. */
enum reject posting_reverse(const struct event *original, const struct posting *posted,
                            date_day date, struct posting *ret);

/* The line of income or expenditure of a category; ACCOUNT_NONE if none. */
enum account posting_account(unsigned category);
