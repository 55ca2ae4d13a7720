/* actions - what people did: with which key, and who they are.  A record of the journal each.
 *
 * What needs a second person is such a record, too: a proposal, which holds an event that has not counted.
 * Another person's confirmation makes it one, and is a record that names the proposal and the event.
 *
 * The body of a RECORD_ACTION (docs/STORE.md 5):
 *
 *   0 u8 action   1 u64 subject   9 u32 place, u16 scheme (0: of no fund)
 *  15 u8 size and key's name, u8 size and person, u16 size and text; then what the action brings:
 *     PROPOSED: an event as the body of its record.  CONFIRMED: u64 position of the event.
 *     KEY_x, SETTING: u8 size and subject, u8 size and name, u8[16] digest. */
#pragma once

#include "store/view.h"

struct store;
struct event;
struct record;
struct txn;

/* Of the group that is being written. */
struct actions {
    char key[SOURCE_NAME_MAX + 1], person[SOURCE_NAME_MAX + 1];
    bool deciding;              /* the event being applied has been seen by a second person */
    uint8_t *waiting;           /* u32 size and body of each record that follows its batch */
    size_t size, room;
};
void actions_clear(struct actions *actions);
void actions_free(struct actions *actions);

/* Whether an event that was not seen before has to wait for a second person. */
bool actions_hold(struct store *store, uint32_t issuer, const struct event *event);
/* It waits, or did already, or was declined: `applied` says which. */
void actions_propose(struct store *store, uint32_t source, uint32_t issuer, const struct event *event,
                     struct applied *applied);
/* The event at `position` has counted: an action if it is of a kind that people enter. */
void actions_entered(struct store *store, const struct event *event, uint64_t position);
/* Writes what follows the batch. */
void actions_flush(struct store *store);
/* Does a record of the journal again.  NULL, or what is wrong with it. */
const char *actions_redo(struct store *store, const struct record *record);

/* For view.c; what stands above leaves its errors in store->txn.  0 or a negative errno: -EILSEQ for what is
 * damaged, -ENOENT for a proposal that is not there.  What `each` gets is valid during the call; it ends the
 * walk with false. */
int actions_each(struct txn *txn, uint64_t after,
                 bool (*each)(void *arg, const struct action_view *action), void *arg);
int actions_proposal(struct txn *txn, uint64_t number, struct proposal_view *ret);
int actions_proposals(struct txn *txn, uint64_t after, bool waiting,
                      bool (*each)(void *arg, const struct proposal_view *proposal), void *arg);
uint64_t actions_waiting(struct txn *txn);
