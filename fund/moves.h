/* moves - which steps the life of a payout can take: closed tables, anything else is bad_move.
 *
 * Three things have a life.  A *bill* is one settlement, or any other report of money, and is undone
 * at most once.  A *payout* is what the bureau does about the bills of one (fund, institution, category,
 * year): pay on account, adjust, clear once, retain a part, release it, deduct.  What is reported
 * without an institution has a payout of its own.  An *advance* is money lent to an institution, and
 * returned.
 *
 * A payout, by state and move:
 *
 *                 provisional  adjust  clear  retain  release  deduct
 *   settled           yes        no     yes    yes      no       yes
 *   provisional       yes        yes    yes    yes      no       yes
 *   adjusted          yes        yes    yes    yes      no       yes
 *   cleared           late       late   no     yes      no       yes
 *   retained          late       late   no     yes      yes      yes
 *   released          late       late   no     yes      no       yes
 *
 * late: only if dated on or before the clearing: a payment that was reported late; an adjustment
 * asks for a provisional payment there too.  Clearing out of *settled* is the plain payment of a
 * fund that pays nothing on account.  Undoing takes a move back, and is refused where a later move
 * rests on it: clear again only after undoing the clearing.  Bills never restrict a payout, nor it
 * them: they come from other sources, in any order, and late money is always booked.  A move whose
 * undoing came first never stands: nothing rests on it, and it rests on nothing.
 *
 * So only the bureau's own moves decide, in the order in which they arrive: a source keeps that
 * order.  What posting the moves does is in fund/posting.h.  Pure; the caller keeps the structs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/amount.h"
#include "fund/date.h"
#include "fund/event.h"

/* --- A bill: of a store the states of an event id. */

enum bill_state {
    BILL_NONE = 0,
    BILL_SETTLED = 1,
    BILL_AWAITED = 2,               /* its reversal came first; nothing is posted yet */
    BILL_REVERSED = 3,
};

enum bill_move { BILL_SETTLE, BILL_REVERSE, BILL_MOVES };

/* The state after a move.  REJECT_BAD_MOVE, and *ret_state untouched, where there is none. */
enum reject moves_bill(enum bill_state state, enum bill_move move, enum bill_state *ret_state);

/* --- A payout. */

enum payout_move {
    PAYOUT_PROVISIONAL,
    PAYOUT_ADJUST,
    PAYOUT_CLEAR,
    PAYOUT_RETAIN,
    PAYOUT_RELEASE,
    PAYOUT_DEDUCT,
    PAYOUT_MOVES
};
const char *payout_move_word(enum payout_move move);    /* as the stages of words.def */

enum payout_state {
    PAYOUT_IS_SETTLED,
    PAYOUT_IS_PROVISIONAL,
    PAYOUT_IS_ADJUSTED,
    PAYOUT_IS_CLEARED,
    PAYOUT_IS_RETAINED,             /* cleared, and something is still held back */
    PAYOUT_IS_RELEASED,             /* cleared, and what was held back is paid */
    PAYOUT_STATES
};
const char *payout_state_word(enum payout_state state);

struct payout {
    bool whole;                     /* its year began after the books opened: nothing of it is missing */
    uint32_t count[PAYOUT_MOVES];   /* moves that stand: done and not undone */
    struct amount provisional;      /* paid on account and not cleared yet */
    struct amount retained;         /* held back and not released yet */
    date_day cleared_on;            /* valid while count[PAYOUT_CLEAR] is not 0 */
};

/* A payout of which nothing has happened.  One that is not whole may have been paid, retained or
 * cleared before the books opened: what a move rests on is then not asked for, and sums may fall
 * below 0; clearing twice and paying after the clearing are refused all the same. */
struct payout payout_initial(bool whole);

/* Which payout a disbursement belongs to, beside fund, institution and category: the year that it
 * states, else that of its date. */
int payout_year(const struct event *disbursement);

/* What an event says about its move. */
struct payout_step {
    enum payout_move move;
    date_day date;
    struct amount amount;           /* paid, held back, released or deducted */
    struct amount cleared;          /* provisional payments made final; 0 if the move makes none */
};

/* False if the event moves no payout: an advance, or no disbursement at all. */
bool payout_step_of(const struct event *event, struct payout_step *ret);

/* Does a move, or takes one back that was done.  REJECT_NONE, or REJECT_BAD_MOVE, or
 * REJECT_OVERFLOW and the field concerned; the payout is untouched by what is refused.  Undoing
 * concerns the event that is undone, not one of its fields. */
enum reject payout_do(struct payout *payout, const struct payout_step *step,
                      enum event_field *ret_field);
enum reject payout_undo(struct payout *payout, const struct payout_step *original);

enum payout_state payout_state(const struct payout *payout);

/* --- An advance. */

enum advance_move { ADVANCE_LEND, ADVANCE_RETURN };

struct advance {
    bool whole;                     /* nothing was lent before the books opened, as far as they
                                     * know: an opening balance is wholly at the bank */
    struct amount lent;             /* and not returned yet */
};

/* False if the event is no advance, nor its return. */
bool advance_move_of(const struct event *event, enum advance_move *ret);

/* No more is returned than was lent, as far as the books know.  Undoing a move is the other one. */
enum reject advance_do(struct advance *advance, enum advance_move move, struct amount amount);
