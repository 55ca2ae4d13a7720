/* derived - the store's indexes: which there are, what is in their entries, and how the journal
 * fills them.
 *
 *   seen         which (issuer, id) have been counted: hash, position
 *   people       what is known of a person in a year and fund on a day
 *   source_days  what a source reported of a day, by kind
 *
 * All three follow from the journal alone.  They are filled while events are applied, group by
 * group, and again from the journal's tail when a store is opened. */
#pragma once

#include "fund/event.h"
#include "store/env.h"
#include "store/event_record.h"
#include "store/index.h"

enum derived_index { DERIVED_SEEN, DERIVED_PEOPLE, DERIVED_SOURCE_DAYS, DERIVED_COUNT };

struct derived {
    struct index *index[DERIVED_COUNT];         /* NULL: not kept, in a verification */
    struct entry_table group[DERIVED_COUNT];    /* what the group in progress adds */
    struct entry_list found;                    /* of the last search by the writer */
    bool pending[DERIVED_COUNT];                /* new lists of runs are in the transaction */
};

/* --- Entries --------------------------------------------------------------------- */

const struct shape *derived_shape(enum derived_index which);

#define SEEN_ENTRY 16
struct seen_entry {
    uint64_t hash;              /* hash_seen() of issuer and id */
    uint64_t position;
};
struct seen_entry seen_entry_of(const uint8_t *entry);
void seen_entry_put(struct seen_entry seen, uint8_t *entry);

#define PERSON_ENTRY 32
struct person_entry {
    uint8_t person[PERSON_SIZE];
    uint16_t year;
    uint32_t fund;
    date_day day;
    struct person_said {
        uint8_t status;         /* an enum event_status, of the day's enrolment; STATUS_NONE: none */
        uint8_t group;          /* of it */
        int32_t fees;           /* paid less reversed on the day */
    } stated, derived;          /* by events that say `derived` not, and by those that do */
};
struct person_entry person_entry_of(const uint8_t *entry);
/* What all of them say together. */
struct person_said person_said(const struct person_entry *person);
void person_entry_put(const struct person_entry *person, uint8_t *entry);

#define SOURCE_DAY_ENTRY 32
struct source_day_entry {
    uint32_t source;
    date_day day;
    uint8_t kind;
    uint64_t events;            /* below 2^56 */
    __int128 fen;
};
struct source_day_entry source_day_entry_of(const uint8_t *entry);
void source_day_entry_put(const struct source_day_entry *day, uint8_t *entry);

/* --- While events are applied ------------------------------------------------------- */

/* Adds an entry to the group.  -ENOMEM. */
int derived_add(struct derived *derived, enum derived_index which, const uint8_t *entry);

/* What the group and the index have under the prefix of `entry`, in derived->found.  0 or as
 * index_find(). */
int derived_find(struct derived *derived, enum derived_index which, const uint8_t *entry);

/* Adds an entry to derived->found, as if it had been found.  -ENOMEM. */
int derived_add_found(struct derived *derived, enum derived_index which, const uint8_t *entry);

/* The event that a reversal by `issuer` names.  -ENOENT if it has not come.  Uses derived->found;
 * `journal` as for event_at(). */
struct store;
struct journal;
int derived_original(struct store *store, const struct journal *journal, struct txn *txn,
                     uint32_t issuer, const struct event *reversal, struct event_record *ret);

/* --- Opening, committing -------------------------------------------------------------- */

/* Opens the indexes of a store; damaged or missing ones are made again from the journal. */
int derived_open(struct store *store);
void derived_close(struct derived *derived);
bool derived_has_room(struct derived *derived);
/* The shape of an index that has met a damaged run; NULL if none has.  Any thread. */
const struct shape *derived_damaged(const struct derived *derived);

/* Into the transaction of a group: new lists of runs, if there are any. */
void derived_write(struct derived *derived, struct txn *txn);
/* After its commit. */
int derived_publish(struct derived *derived, uint64_t last);
/* Drops what the group has added. */
void derived_clear(struct derived *derived);

/* Waits until no index is working: for tests. */
void derived_settle(struct derived *derived);
uint64_t derived_bytes(struct derived *derived);
