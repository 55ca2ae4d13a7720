/* payouts - how far the lives of payouts and advances have come (fund/moves.h), in the tables
 * `payouts` and `advances`.
 *
 * A fold of the journal in its order.  What a group moves is gathered in memory, because a monthly run of
 * payments moves each life once and its rows lie side by side. */
#pragma once

#include "fund/event.h"
#include "fund/hindrance.h"
#include "fund/moves.h"
#include "store/env.h"

struct store;
struct group_fund;

/* Both tables are keyed by where a life belongs; that of an advance has neither year nor category. */
#define ADVANCE_HEAD   4
#define PAYOUT_HEAD    7
#define PAYOUT_KEY_MAX (PAYOUT_HEAD + EVENT_ID_MAX)

/* A life that the group moves. */
struct group_life {
    enum table table;
    size_t key_size;            /* 0: new */
    uint8_t key[PAYOUT_KEY_MAX];
    bool changed;               /* to be written */
    struct payout payout;       /* of TABLE_PAYOUTS */
    struct advance advance;     /* of TABLE_ADVANCES */
};

/* Does the move of a disbursement that nothing else refuses, or takes back that of one which was done;
 * any other event has none.  REJECT_NONE, or a reason and the field concerned (of a bad move also what stands
 * against it), and nothing changed.  An
 * error is left in the group's txn. */
enum reject payouts_do(struct store *store, const struct group_fund *fund, const struct event *event,
                       enum event_field *ret_field, struct hindrance *ret_hindrance);
enum reject payouts_undo(struct store *store, const struct group_fund *fund,
                         const struct event *original, struct hindrance *ret_hindrance);
/* Writes what was gathered, and empties it. */
void payouts_flush(struct store *store);

/* As view_lives(). */
struct life_view;
void payouts_each(struct txn *txn, uint32_t fund, int year, const struct life_view *after,
                  bool (*each)(void *arg, const struct life_view *life), void *arg);
