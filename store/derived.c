#include "store/derived.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#include "store/bytes.h"
#include "store/files.h"
#include "store/group.h"
#include "store/people.h"
#include "wire/controls.h"
#include "wire/hash.h"

/* --- Entries ----------------------------------------------------------------------- */

struct seen_entry seen_entry_of(const uint8_t *entry)
{
    return (struct seen_entry){unkey_u64(entry), unkey_u64(entry + 8)};
}

void seen_entry_put(struct seen_entry seen, uint8_t *entry)
{
    key_u64(entry, seen.hash);
    key_u64(entry + 8, seen.position);
}

#define PERSON_KEY    (PERSON_SIZE + 9)
#define PERSON_PREFIX (PERSON_SIZE + 2)

/* Three bytes hold every day up to 2199, and more fees than anybody pays. */
static void put_i24(uint8_t *p, int32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
}

static int32_t get_i24(const uint8_t *p)
{
    return p[0] | p[1] << 8 | (int32_t)((uint32_t)(int8_t)p[2] << 16);
}

/* In a key days sort as they follow one another. */
#define DAY_ZERO (1 << 23)

static void key_day(uint8_t *p, date_day day)
{
    uint32_t v = (uint32_t)(day + DAY_ZERO);
    p[0] = (uint8_t)(v >> 16);
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)v;
}

static date_day unkey_day(const uint8_t *p)
{
    return (p[0] << 16 | p[1] << 8 | p[2]) - DAY_ZERO;
}

/* What events say that are derived stands behind what others do, so that either can be looked at alone. */
#define PERSON_DERIVED (PERSON_KEY + 4)

static void put_i16(uint8_t *p, int32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static int32_t get_i16(const uint8_t *p)
{
    return (int16_t)(p[0] | p[1] << 8);
}

#define STATUS_OF(byte) ((byte) >> 4)
#define GROUP_OF(byte)  (((byte) & 0xf) < GROUP_END ? (byte) & 0xf : 0)

static uint8_t enrolment_of(struct person_said said)
{
    return (uint8_t)(said.status << 4 | said.group);
}

struct person_entry person_entry_of(const uint8_t *entry)
{
    struct person_entry person = {
        .year = (uint16_t)(entry[PERSON_SIZE] << 8 | entry[PERSON_SIZE + 1]),
        .fund = unkey_u32(entry + PERSON_PREFIX),
        .day = unkey_day(entry + PERSON_PREFIX + 4),
        .stated = {STATUS_OF(entry[PERSON_KEY]), GROUP_OF(entry[PERSON_KEY]),
                   get_i24(entry + PERSON_KEY + 1)},
        .derived = {STATUS_OF(entry[PERSON_DERIVED]), GROUP_OF(entry[PERSON_DERIVED]),
                    get_i16(entry + PERSON_DERIVED + 1)},
    };
    memcpy(person.person, entry, PERSON_SIZE);
    return person;
}

void person_entry_put(const struct person_entry *person, uint8_t *entry)
{
    memset(entry, 0, PERSON_ENTRY);
    memcpy(entry, person->person, PERSON_SIZE);
    key_u16(entry + PERSON_SIZE, person->year);
    key_u32(entry + PERSON_PREFIX, person->fund);
    key_day(entry + PERSON_PREFIX + 4, person->day);
    entry[PERSON_KEY] = enrolment_of(person->stated);
    put_i24(entry + PERSON_KEY + 1, person->stated.fees);
    entry[PERSON_DERIVED] = enrolment_of(person->derived);
    put_i16(entry + PERSON_DERIVED + 1, person->derived.fees);
}

struct person_said person_said(const struct person_entry *person)
{
    struct person_said stated = person->stated, derived = person->derived;
    struct person_said all = enrolment_of(derived) > enrolment_of(stated) ? derived : stated;
    all.fees = stated.fees + derived.fees;
    return all;
}

/* Of enrolments of one day the status that ends more counts, then the higher group. */
static void fold_person(uint8_t *into, const uint8_t *from)
{
    if (from[PERSON_KEY] > into[PERSON_KEY])
        into[PERSON_KEY] = from[PERSON_KEY];
    put_i24(into + PERSON_KEY + 1, get_i24(into + PERSON_KEY + 1) + get_i24(from + PERSON_KEY + 1));
    if (from[PERSON_DERIVED] > into[PERSON_DERIVED])
        into[PERSON_DERIVED] = from[PERSON_DERIVED];
    put_i16(into + PERSON_DERIVED + 1,
            get_i16(into + PERSON_DERIVED + 1) + get_i16(from + PERSON_DERIVED + 1));
}

#define SOURCE_DAY_KEY 9

struct source_day_entry source_day_entry_of(const uint8_t *entry)
{
    __int128 fen;
    memcpy(&fen, entry + 16, sizeof fen);
    return (struct source_day_entry){
        .source = unkey_u32(entry),
        .day = unkey_i32(entry + 4),
        .kind = entry[8],
        .events = get_u64(entry + 8) >> 8,
        .fen = fen,
    };
}

void source_day_entry_put(const struct source_day_entry *day, uint8_t *entry)
{
    key_u32(entry, day->source);
    key_i32(entry + 4, day->day);
    put_u64(entry + 8, day->events << 8 | day->kind);
    memcpy(entry + 16, &day->fen, sizeof day->fen);
}

static void fold_source_day(uint8_t *into, const uint8_t *from)
{
    struct source_day_entry a = source_day_entry_of(into), b = source_day_entry_of(from);
    a.events += b.events;
    a.fen += b.fen;
    source_day_entry_put(&a, into);
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "sums of 128 bits are stored as they are");
static_assert(PERSON_DERIVED + 3 <= PERSON_ENTRY, "a person's entry has room");
static_assert(STATUS_END <= 16 && GROUP_END <= 16, "status and group share a byte");

static const struct shape shapes[DERIVED_COUNT] = {
    [DERIVED_SEEN] = {.name = "seen", .entry = SEEN_ENTRY, .key = SEEN_ENTRY, .prefix = 8},
    [DERIVED_PEOPLE] = {
        .name = "people",
        .entry = PERSON_ENTRY,
        .key = PERSON_KEY,
        .prefix = PERSON_PREFIX,
        .fold = fold_person,
    },
    [DERIVED_SOURCE_DAYS] = {
        .name = "days",
        .entry = SOURCE_DAY_ENTRY,
        .key = SOURCE_DAY_KEY,
        .fold = fold_source_day,
    },
};

const struct shape *derived_shape(enum derived_index which)
{
    return &shapes[which];
}

/* --- While events are applied ------------------------------------------------------- */

int derived_add(struct derived *derived, enum derived_index which, const uint8_t *entry)
{
    struct entry_table *group = &derived->group[which];
    if (derived->index[which] == NULL)
        return 0;
    return shapes[which].prefix == 0 ? entry_table_append(group, &shapes[which], entry)
                                     : entry_table_add(group, &shapes[which], entry);
}

int derived_find(struct derived *derived, enum derived_index which, const uint8_t *entry)
{
    uint64_t hash = shape_hash(&shapes[which], entry);
    derived->found.count = 0;
    int err = entry_table_find(&derived->group[which], &shapes[which], entry, hash, &derived->found);
    return err != 0 ? err : index_look_up(derived->index[which], entry, hash, &derived->found);
}

int derived_add_found(struct derived *derived, enum derived_index which, const uint8_t *entry)
{
    return entry_list_add(&derived->found, &shapes[which], entry);
}

int derived_original(struct store *store, const struct journal *journal, struct txn *txn,
                     uint32_t issuer, const struct event *reversal, struct event_record *ret)
{
    struct derived *derived = &store->derived;
    uint8_t entry[SEEN_ENTRY] = {0};
    if (store->scratch == SCRATCH_VERIFY)
        return store->original == 0 ? -ENOENT : event_at(journal, txn, store->original, ret);
    key_u64(entry, hash_seen(store->seen_key, issuer, reversal->original, reversal->original_size));
    int err = derived_find(derived, DERIVED_SEEN, entry);
    for (uint64_t i = 0; err == 0 && i < derived->found.count; i++) {
        err = event_at(journal, txn, seen_entry_of(derived->found.entries + i * SEEN_ENTRY).position,
                       ret);
        if (err == 0 && ret->issuer == issuer && strcmp(ret->event.id, reversal->original) == 0)
            return 0;
    }
    return err != 0 ? err : -ENOENT;
}

/* --- Committing ----------------------------------------------------------------------- */

void derived_write(struct derived *derived, struct txn *txn)
{
    struct run_info runs[INDEX_RUNS_MAX];
    for (int i = 0; i < DERIVED_COUNT; i++) {
        int count = derived->index[i] != NULL ? index_pending(derived->index[i], runs) : -1;
        derived->pending[i] = count >= 0;
        if (count >= 0 && txn->err == 0)
            txn->err = failpoint("index.list");
        if (count >= 0)
            head_put_runs(txn, shapes[i].name, runs, (unsigned)count);
    }
}

int derived_publish(struct derived *derived, uint64_t last)
{
    int err = 0;
    for (int i = 0; i < DERIVED_COUNT && err == 0; i++) {
        if (derived->index[i] == NULL)
            continue;
        err = index_insert(derived->index[i], &derived->group[i], last);
        if (derived->pending[i] && err == 0)
            err = failpoint("index.publish");
        if (derived->pending[i])
            index_published(derived->index[i]);
        derived->pending[i] = false;
    }
    return err;
}

void derived_clear(struct derived *derived)
{
    for (int i = 0; i < DERIVED_COUNT; i++)
        entry_table_clear(&derived->group[i]);
}

bool derived_has_room(struct derived *derived)
{
    bool room = true;
    for (int i = 0; i < DERIVED_COUNT; i++)
        room = index_has_room(derived->index[i]) && room;
    return room;
}

const struct shape *derived_damaged(const struct derived *derived)
{
    for (int i = 0; i < DERIVED_COUNT; i++)
        if (derived->index[i] != NULL && index_is_damaged(derived->index[i]))
            return &shapes[i];
    return NULL;
}

void derived_settle(struct derived *derived)
{
    for (int i = 0; i < DERIVED_COUNT; i++)
        index_settle(derived->index[i]);
}

uint64_t derived_bytes(struct derived *derived)
{
    uint64_t bytes = 0;
    for (int i = 0; i < DERIVED_COUNT; i++)
        bytes += index_bytes(derived->index[i]);
    return bytes;
}

/* --- Opening: the journal's tail, read again -------------------------------------------- */

/* While a store is opened no group commits the lists of runs: it is done here, so that an index
 * which is made anew goes into files as it grows. */
static int publish_alone(struct store *store, uint64_t last)
{
    struct derived *derived = &store->derived;
    struct txn txn;
    int err = store->options.read_only ? 0 : txn_begin(&store->env, false, &txn);
    if (err == 0 && !store->options.read_only) {
        derived_write(derived, &txn);
        err = txn_commit(&txn);
    }
    if (err == 0)
        err = derived_publish(derived, last);
    derived_clear(derived);
    derived_settle(derived);
    return err;
}

/* The journal is read again from where the first index ends; an index takes what it lacks. */
struct replay {
    struct store *store;
    struct txn *txn;
    uint64_t covered[DERIVED_COUNT];
    struct fund fund;           /* whose number is `number` */
    uint32_t number;
};

static bool is_missing(const struct replay *r, enum derived_index which, uint64_t position)
{
    return position > r->covered[which];
}

static int replay_person(struct replay *r, const struct event_record *record, date_day day, int sign)
{
    struct fund_record fund;
    uint8_t entry[PERSON_ENTRY];
    if (r->number == 0 || !fund_equal(r->fund, record->event.fund)) {
        if (!books_fund(r->txn, record->event.fund, &fund))
            return r->txn->err != 0 ? r->txn->err : -EILSEQ;
        r->fund = record->event.fund;
        r->number = fund.number;
    }
    people_entry(r->number, &record->event, day, sign, entry);
    return derived_add(&r->store->derived, DERIVED_PEOPLE, entry);
}

/* A fee whose reversal came first was given back when it came. */
static int replay_fee(struct replay *r, const struct event_record *record)
{
    uint64_t at;
    struct event_record reversal;
    bool given_back = books_reversal(r->txn, record->position, &at) && at < record->position;
    int err = r->txn->err != 0 ? r->txn->err : replay_person(r, record, record->event.date, +1);
    if (err != 0 || !given_back)
        return err;
    err = event_at(NULL, r->txn, at, &reversal);
    return err != 0 ? err : replay_person(r, record, event_undone_on(&record->event, &reversal.event), -1);
}

static int replay_reversal(struct replay *r, const struct event_record *record)
{
    struct event_record original;
    int err = derived_original(r->store, NULL, r->txn, record->issuer, &record->event, &original);
    if (err != 0 || original.position > record->position)
        return err == -ENOENT ? 0 : err;
    return people_counts(&original.event)       /* a fee: an enrolment is never undone */
        ? replay_person(r, &original, event_undone_on(&original.event, &record->event), -1) : 0;
}

static int replay_people(struct replay *r, const struct event_record *record)
{
    if (record->event.kind == KIND_REVERSAL)
        return replay_reversal(r, record);
    if (!people_counts(&record->event))
        return 0;
    return record->event.kind == KIND_CONTRIBUTION
        ? replay_fee(r, record) : replay_person(r, record, record->event.date, +1);
}

static int replay_event(struct replay *r, const struct event_record *record)
{
    struct derived *derived = &r->store->derived;
    uint8_t entry[ENTRY_MAX];
    int err = 0;
    if (is_missing(r, DERIVED_PEOPLE, record->position))
        err = replay_people(r, record);
    if (err == 0 && is_missing(r, DERIVED_SEEN, record->position)) {
        uint64_t hash = hash_seen(r->store->seen_key, record->issuer, record->event.id,
                                  record->event.id_size);
        seen_entry_put((struct seen_entry){hash, record->position}, entry);
        err = derived_add(derived, DERIVED_SEEN, entry);
    }
    if (err == 0 && is_missing(r, DERIVED_SOURCE_DAYS, record->position)) {
        sources_day_entry(record->source, &record->event, entry);
        err = derived_add(derived, DERIVED_SOURCE_DAYS, entry);
    }
    return err;
}

static int replay_journal(struct replay *r, uint64_t from)
{
    struct store *store = r->store;
    struct journal_walk walk;
    struct record record;
    uint64_t put = from;
    int err = 0;
    journal_walk_begin(&walk, r->txn, from);
    while (err == 0 && journal_walk_next(&walk, &record)) {
        struct event_record event;
        if (record.type == RECORD_EVENT) {
            err = event_of_record(&record, &event);
            if (err == 0)
                err = replay_event(r, &event);
        }
        if (err == 0 && record.position - put >= store->options.run_records) {
            err = publish_alone(store, record.position);
            put = record.position;
        }
    }
    journal_walk_end(&walk);
    return err != 0 ? err : r->txn->err;
}

/* Puts what no run covers into the indexes. */
static int replay_tail(struct store *store)
{
    struct derived *derived = &store->derived;
    struct txn txn;
    struct replay r = {.store = store, .txn = &txn};
    uint64_t from = UINT64_MAX;
    int err = txn_begin(&store->env, true, &txn);
    if (err != 0)
        return err;
    for (int i = 0; i < DERIVED_COUNT; i++) {
        r.covered[i] = index_covered(derived->index[i]);
        if (r.covered[i] < from || control("tail_of_one"))
            from = r.covered[i];
    }
    err = replay_journal(&r, from + 1);
    if (err == 0)
        err = derived_publish(derived, store->committed.facts.position);
    derived_clear(derived);
    txn_abort(&txn);
    return err;
}

static int open_index(struct store *store, const char *folder, enum derived_index which)
{
    struct run_place place = {folder, store->id, &shapes[which], store->scratch != SCRATCH_NONE};
    struct run_info runs[INDEX_RUNS_MAX];
    unsigned count = 0;
    struct txn txn;
    int err = txn_begin(&store->env, true, &txn);
    if (err != 0)
        return err;
    err = head_get_runs(&txn, shapes[which].name, runs, &count);
    txn_abort(&txn);
    if (err != 0)
        return err;
    struct index **index = &store->derived.index[which];
    err = index_open(&place, store->options.run_records, runs, count, index);
    if (err == -EILSEQ || err == -ENOENT)
        err = index_open(&place, store->options.run_records, NULL, 0, index);
    return err;
}

/* A store out of a backup comes without one. */
static int make_index_folder(const struct store *store, const char *folder)
{
    if (mkdir(folder, 0700) != 0)
        return errno == EEXIST ? 0 : -errno;
    return files_sync_folder(store->path);
}

int derived_open(struct store *store)
{
    char folder[STORE_PATH_MAX];
    int err = files_join(folder, sizeof folder, store->path, "index");
    assert(err == 0);           /* the name of the lock is longer, and had room */
    err = make_index_folder(store, folder);
    /* A verification has another way to know ids, and nobody asks it what a source reported. */
    bool verifies = store->scratch == SCRATCH_VERIFY;
    for (int i = 0; i < DERIVED_COUNT && err == 0; i++)
        if (!verifies || i == DERIVED_PEOPLE)
            err = open_index(store, folder, i);
    return err != 0 || verifies ? err : replay_tail(store);
}

void derived_close(struct derived *derived)
{
    for (int i = 0; i < DERIVED_COUNT; i++) {
        index_close(&derived->index[i]);
        entry_table_free(&derived->group[i]);
    }
    entry_list_free(&derived->found);
}
