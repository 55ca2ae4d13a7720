/* store - the truth: the journal, and the books that are a fold of it, in one LMDB environment.
 *
 * Promise: one LMDB transaction holds the journal's records and everything
 * that follows from them (balances, persons, sources, rules, alerts), so an event counts once or
 * not at all, whenever the process dies.  store_commit() returns after the data is on
 * disk; nothing switches that off.
 *
 * What is found by keys that scatter (seen ids, persons, a source's days) is derived: sorted runs in
 * files of their own, and in front of them, in memory, what the journal's tail has (derived.h).
 *
 * Threads: one thread at a time writes, the same from store_begin to the end of the group, and whoever
 * writes next has seen what it wrote (a lock); any number may read through views (view.h).  One
 * process per store, not across fork().
 *
 * Functions return 0 or a negative errno.  -EILSEQ: what is on disk cannot be
 * right; store_error() then says what and where. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/alert_codec.h"
#include "wire/batch.h"
#include "wire/event_codec.h"
#include "wire/hash.h"

#define STORE_FORMAT 1
#define STORE_ID_SIZE 16

struct store;

/* What counts only when a second person has confirmed it.  Nothing by default. */
#define FOUR_EYES_ISSUERS_MAX 16
struct four_eyes {
    uint32_t kinds;             /* bit KIND_x */
    unsigned issuer_count;      /* of reversals: only of what these issuers have reported; 0: of all */
    char issuers[FOUR_EYES_ISSUERS_MAX][SOURCE_NAME_MAX + 2];   /* as source_name_fits() takes them */
};

struct store_options {
    uint64_t map_max;           /* bytes that the environment may grow to; address space is
                                 * taken for all of it at the start, disk only as it is used */
    uint64_t reserve;           /* bytes of disk kept allocated ahead of what is used; when no
                                 * more can be had events are refused as busy */
    uint32_t run_records;        /* of the journal, in memory before they are written as runs */
    uint32_t quarantine_max;    /* entries kept per source; the oldest go first */
    bool read_only;             /* answer queries, take nothing */
    struct four_eyes four_eyes;
};
struct store_options store_options_default(void);

/* Makes an empty store in the folder `path`, which must not exist or be empty,
 * and syncs it and the folder's entry.  -EEXIST if there is one already. */
int store_create(const char *path);

/* Opens an existing store for this process alone.  -ENOENT: no store there;
 * -EBUSY: another process has it; -EPROTONOSUPPORT: another format. */
int store_open(const char *path, const struct store_options *options, struct store **ret);

/* Takes NULL, and what store_open() left half done. */
void store_close(struct store **store_p);

/* What went wrong last, in a sentence with the place; "" if nothing did.
 * Valid until the next call.  For whoever writes. */
const char *store_error(const struct store *store);
/* The same for a failed store_create() or store_open(). */
const char *store_open_error(void);

/* Facts about the store as of its last commit. */
struct store_head {
    uint8_t id[STORE_ID_SIZE];
    uint64_t epoch;             /* ms since 1970 when it began, at creation or a restore, or by chance after
                                 * the last one if the clock stands before that: so no two restores of
                                 * one backup have the same */
    uint64_t position;          /* of the newest record; 0: none */
    uint64_t alerts;            /* number of the newest alert; 0: none */
    uint64_t events;            /* events applied */
    uint64_t covered;           /* last position that is in a backup */
    int64_t recorded_ms;        /* of the newest record; never goes back */
    int64_t created_ms;         /* when the store was made */
    int64_t covered_ms;         /* when the newest backup was noted; 0: there is none */
    uint8_t chain[CHAIN_SIZE];
};
void store_head(struct store *store, struct store_head *ret);   /* any thread */
/* The last day that store_clock() was told; DATE_NONE if none. */
date_day store_clocked(struct store *store);

/* --- Writing: begin, any number of the rest, commit. ------------------------
 *
 * After a negative errno from any of them, but -ENOENT from store_acknowledge(),
 * store_requeue() and store_decide() and -ERANGE from store_clock(), the group must be dropped with
 * store_abort().  -ENOSPC, the map's limit, is then a reason to answer busy; anything
 * else one to stop. */

/* Starts a group.  `now_ms` is when its events are recorded; if the clock went
 * back the time of the newest record is used instead. */
int store_begin(struct store *store, int64_t now_ms);

/* What became of one event. */
struct applied {
    enum outcome outcome;
    enum reject reject;         /* of OUTCOME_REJECTED */
    char key[EVENT_KEY_MAX + 1];/* field concerned, "" if none */
    uint64_t position;          /* its own, or its original's (duplicate, conflict) */
    struct hindrance hindrance; /* of REJECT_BAD_MOVE: what stands against it */
};

/* The number that the store uses for a name; makes one for a new name. */
int store_source(struct store *store, const char *name, uint32_t *ret_number);

/* In a group: whether the store has a number for a name.  False after an error too, which is left in the
 * group. */
bool store_source_known(struct store *store, const char *name);
/* How many names are known that have the first `prefix` bytes of `name`, counted up to `max`.  In a group. */
uint32_t store_sources_like(struct store *store, const char *name, size_t prefix, uint32_t max);

/* Between two batches of a group: judges the days that ended in the first one, so that a day is judged by
 * what had come with it, however batches were grouped.  Not within a batch, whose events have
 * consecutive positions. */
int store_end_batch(struct store *store);

/* Counts one event that event_decode() found good. */
int store_apply(struct store *store, uint32_t source, uint32_t issuer,
                const struct event *event, struct applied *ret);

/* The same in two steps, for many events: first, some events ahead, what will be looked up is brought into
 * the cache, which changes nothing and returns the hash of issuer and id; then, with that, it is applied. */
uint64_t store_prefetch(struct store *store, uint32_t issuer, const struct event *event);
int store_apply_prefetched(struct store *store, uint32_t source, uint32_t issuer,
                           const struct event *event, uint64_t hash, struct applied *ret);

/* Keeps what could not be booked: a rejected or conflicting event, as far as it may be kept
 * (event_scrub()). */
int store_quarantine(struct store *store, uint32_t source, uint32_t issuer,
                     const struct applied *why, struct span sent, const char *id);

/* Counts an event that event_decode() refused, so that it never came to store_apply(). */
int store_count_rejected(struct store *store, uint32_t source);

/* Numbers of batches, first..last; none if first is 0. */
struct batch_numbers { uint64_t first, last; };

/* Notes that a numbered batch of the source was taken.  A hole in its numbering is journaled when it
 * appears, shrinks or is filled; but not what is missing of `busy`, numbers that were answered busy of late:
 * that is our own doing. */
int store_sequence(struct store *store, uint32_t source, uint64_t sequence, struct batch_numbers busy);

/* The day that ended last, by the clock: moves the books date of the funds whose policy says
 * `live`, now, and of those that get such a policy later.  Nothing if it was told before.
 * -ERANGE, and nothing happens, if it is more than STORE_CLOCK_STEP_MAX days after the last one
 * told: a wrong clock would close every live fund for good. */
#define STORE_CLOCK_STEP_MAX 366
int store_clock(struct store *store, date_day ended);

/* Somebody takes an incident on.  -ENOENT: no such incident is firing. */
int store_acknowledge(struct store *store, uint64_t incident, const char *who, const char *note,
                      uint64_t *ret_alert);

/* Tries a quarantined event again and removes the entry if it is applied or a duplicate.
 * -ENOENT: no such entry. */
int store_requeue(struct store *store, uint64_t number, struct applied *ret);

/* --- What people do, and who: a record of the journal each. */
enum action_kind {
    ACTION_ENTERED = 1,         /* an event that changes rules or periods; subject: its position */
    ACTION_PROPOSED,            /* the same, or a reversal, that waits for a second person */
    ACTION_CONFIRMED,           /* subject: the position of what was proposed, its number */
    ACTION_DECLINED,
    ACTION_ACKNOWLEDGED,        /* subject: the incident */
    ACTION_REQUEUED,            /* subject: the entry's number */
    ACTION_BACKUP,              /* asked for; text: the path */
    ACTION_VERIFY,
    ACTION_BACKTEST,
    ACTION_IN_ORDER,
    ACTION_KNOWN_AT,            /* subject: the position */
    ACTION_KEY_ADDED,           /* in the rights that the daemon goes by */
    ACTION_KEY_CHANGED,
    ACTION_KEY_REMOVED,
    ACTION_SETTING,
    ACTION_END
};
const char *action_word(enum action_kind action);

#define ACTION_TEXT_MAX 600

/* Whose doing is what follows in this group: the name of a key, and who holds it; "" for nobody by name,
 * and no key, for nothing that is to be noted. */
void store_actor(struct store *store, const char *key, const char *person);

struct action_told {
    enum action_kind action;
    uint64_t subject;           /* 0: none */
    struct fund fund;           /* place 0: none */
    const char *text;           /* at most ACTION_TEXT_MAX bytes */
};
/* Notes what the actor did in this group. */
int store_action(struct store *store, const struct action_told *action);

/* What became of a decision on a proposal. */
enum decided {
    DECIDED_DONE,               /* so it is: now, or since an earlier decision to the same */
    DECIDED_TOO_LATE,           /* the opposite was decided before */
    DECIDED_SAME_PERSON,        /* the actor has proposed it */
    DECIDED_NO_PERSON,          /* the actor's key is nobody's by name */
    DECIDED_REJECTED,           /* the event cannot be counted as things stand; it waits on */
};
enum proposal_state { PROPOSAL_WAITING, PROPOSAL_CONFIRMED, PROPOSAL_DECLINED };
struct decision {
    enum decided decided;
    enum proposal_state state;  /* afterwards */
    struct applied applied;     /* of one that is confirmed or could not be */
};
/* The actor, another person than who proposed it, lets it count or not.  -ENOENT: no such proposal. */
int store_decide(struct store *store, uint64_t number, bool confirm, const char *note, struct decision *ret);

/* Something that the daemon goes by: a key of the rights file, or a setting. */
#define TOLD_SUBJECT_MAX 40     /* bytes of a public key; settings have shorter names */
struct in_force {
    char subject[TOLD_SUBJECT_MAX + 1];
    char name[SOURCE_NAME_MAX + 1];
    uint8_t digest[16];         /* of all that it says */
    char text[ACTION_TEXT_MAX + 1];     /* the same for people, as far as there is room */
};
/* Notes what is new, changed or gone since this was told last.  Ascending by subject. */
int store_tell(struct store *store, const struct in_force *told, size_t count, unsigned *ret_changed);

/* Evaluates the rules of the funds that moved, writes everything and syncs.
 * 0: on disk.  -ENOSPC: the map's limit is reached; nothing counted, the group
 * is dropped, answer busy.
 * Anything else: the outcome is unknown.  Answer nobody, close, and start again;
 * the sources' resends settle it. */
int store_commit(struct store *store);

/* Drops the group. */
void store_abort(struct store *store);

/* The name of an index of which a run turned out to be damaged; NULL if none did.  Nothing is written any
 * more then: close the store and open it again, which makes the index anew.  Any thread. */
const char *store_damaged_index(const struct store *store);

/* True if there is room for a group; false means answer busy. */
bool store_has_room(struct store *store);

/* Begins a new epoch, in the present group: from here on this is a restored store, and sources that hear of
 * it send again what they kept. */
int store_new_epoch(struct store *store, uint64_t *ret_epoch);

/* --- Beside the writing. ---------------------------------------------------- */

/* Copies the store, compacted, into the new folder `path` while it goes on being written,
 * and syncs the copy.  It is made in `path`.partial, and `path` is there when it is whole.  Any thread that
 * does not write.  The copy is covered through *ret_covered; tell the writer with store_covered().  -EINVAL:
 * the path lies in the store itself; -EEXIST: there is something; -ENOTEMPTY: `path`.partial is there, and is
 * no backup that was cut off. */
int store_backup(struct store *store, const char *path, uint64_t *ret_covered);

/* Records, in the present group, that a backup covers everything up to a position. */
int store_covered(struct store *store, uint64_t position);

/* Makes the backup in `path` the store in `to` (which must not exist): copies it and starts a
 * new epoch.  For a process that has no store open.  With `compared` the copy
 * is rebuilt from its journal first, as verify_store() does with that progress, and what differs is no
 * store: -EILSEQ, and it says what differs.  It is made in `to`.restoring: -ENOTEMPTY if that is something
 * else. */
struct verify_result;
int store_restore(const char *path, const char *to, struct verify_result *compared,
                  void (*progress)(void *arg, uint64_t at, uint64_t of), uint64_t *ret_epoch);

/* Gives up the snapshots of processes that were killed while they read the store.  Any thread. */
void store_clear_readers(struct store *store);

/* An error of the store in words: the system's for an illegal byte sequence are of no use. */
const char *store_strerror(int err);
