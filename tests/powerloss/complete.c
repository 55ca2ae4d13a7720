#include "tests/powerloss/complete.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/derived.h"
#include "store/sources.h"
#include "tests/powerloss/image.h"
#include "wire/event_codec.h"

#define CANONICAL_ROOM (CANONICAL_MAX + POLICY_SIZE_MAX)
#define META_PAGES     8192     /* bytes at the beginning of data.mdb, written by every commit */

static void *more(void *list, unsigned count, unsigned *room, size_t each)
{
    if (count < *room)
        return list;
    *room = 2 * *room + 64;
    list = realloc(list, *room * each);
    assert(list != NULL);
    return list;
}

static bool file_bytes(const char *path, const uint8_t **ret, size_t *ret_size)
{
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &stat) != 0 || stat.st_size == 0)
        return false;
    void *map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    *ret = map;
    *ret_size = (size_t)stat.st_size;
    return map != MAP_FAILED;
}

static uint8_t *copy_of(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    assert(copy != NULL);
    memcpy(copy, bytes, size);
    return copy;
}

/* --- What was sent ------------------------------------------------------------------------- */

static bool read_batch(struct complete *c, const uint8_t *frame, size_t size)
{
    struct reader r = reader_of(frame, size);
    struct batch_head head;
    uint8_t canonical[CANONICAL_ROOM];
    char key[EVENT_KEY_MAX + 1];
    if (batch_read_head(&r, &head) != REFUSED_NOT)
        return false;
    c->batches = more(c->batches, c->batch_count, &c->batch_room, sizeof *c->batches);
    struct sent_batch *batch = &c->batches[c->batch_count++];
    *batch = (struct sent_batch){ .ref = head.ref, .sequence = head.sequence };
    strcpy(batch->source, head.source);
    strcpy(batch->issuer, head.issuer);
    batch->events = calloc(head.count + 1, sizeof *batch->events);
    assert(batch->events != NULL);
    for (uint32_t i = 0; i < head.count; i++) {
        struct sent_event *sent = &batch->events[batch->count++];
        if (event_decode(&r, &sent->event, key) != REJECT_NONE)
            continue;           /* without canonical bytes: it may be nowhere */
        sent->canonical_size = event_to_canonical(&sent->event, canonical);
        sent->canonical = copy_of(canonical, sent->canonical_size);
    }
    return reader_end(&r) == READ_OK;
}

/* A file of frames, each behind its size. */
static bool read_batches(struct complete *c, const char *path)
{
    const uint8_t *bytes;
    size_t size, at = 0;
    uint32_t frame;
    if (!file_bytes(path, &bytes, &size))
        return false;
    for (; at + sizeof frame <= size; at += frame) {
        memcpy(&frame, bytes + at, sizeof frame);
        at += sizeof frame;
        if (frame > size - at || !read_batch(c, bytes + at, frame))
            return false;
    }
    return at == size;
}

static const struct sent_batch *batch_of_ref(const struct complete *c, uint64_t ref)
{
    for (unsigned i = 0; i < c->batch_count; i++)
        if (c->batches[i].ref == ref)
            return &c->batches[i];
    return NULL;
}

/* Whether somebody sent this id with this content. */
static bool was_sent(const struct complete *c, const struct complete_event *event)
{
    for (unsigned i = 0; i < c->batch_count; i++) {
        const struct sent_batch *batch = &c->batches[i];
        if (strcmp(batch->issuer, event->issuer_name) != 0)
            continue;
        for (uint32_t j = 0; j < batch->count; j++)
            if (batch->events[j].canonical != NULL && batch->events[j].canonical_size == event->canonical_size
                && memcmp(batch->events[j].canonical, event->canonical, event->canonical_size) == 0)
                return true;
    }
    return false;
}

/* --- What was told ---------------------------------------------------------------------------- */

static bool reply_told(const struct complete *c, const struct reply *reply,
                       const struct exception *exceptions,
                       struct told *told, char wrong[WRONG_SIZE])
{
    const struct sent_batch *batch = batch_of_ref(c, reply->ref);
    uint64_t next = reply->position;
    if (batch == NULL)
        return true;            /* an answer to something else */
    const struct exception *e = exceptions;
    for (uint32_t i = 0; i < batch->count; i++) {
        uint64_t position = 0;
        while (e < exceptions + reply->exception_count && e->last < i)
            e++;
        if (e == exceptions + reply->exception_count || i < e->first)
            position = next++;
        else if (e->outcome == OUTCOME_DUPLICATE)
            position = e->position + (i - e->first);
        if (position == 0)
            continue;
        const struct complete_event *event = complete_event(c, position);
        if (event == NULL || strcmp(event->event.id, batch->events[i].event.id) != 0
            || strcmp(event->issuer_name, batch->issuer) != 0) {
            snprintf(wrong, WRONG_SIZE, "%s was acknowledged at %" PRIu64 ", where it is not",
                     batch->events[i].event.id, position);
            return false;
        }
        told->position = position > told->position ? position : told->position;
    }
    return true;
}

static bool frame_told(const struct complete *c, const struct log_entry *entry, struct told *told,
                       char wrong[WRONG_SIZE])
{
    static struct exception exceptions[BATCH_EVENTS_MAX];
    struct reply reply;
    struct alert alert;
    struct reader r = reader_of(entry->bytes, entry->size);
    if (reply_read(entry->bytes, entry->size, &reply, exceptions, BATCH_EVENTS_MAX)) {
        told->covered = reply.covered > told->covered ? reply.covered : told->covered;
        return reply.status != BATCH_DONE || reply_told(c, &reply, exceptions, told, wrong);
    }
    if (alert_decode(&r, &alert) && reader_end(&r) == READ_OK && alert.number > told->alert)
        told->alert = alert.number;
    return true;
}

static bool read_told(struct complete *c, char wrong[WRONG_SIZE])
{
    struct told told = { .position = 0 };
    c->told = calloc(c->count, sizeof *c->told);
    assert(c->told != NULL);
    for (uint64_t i = 0; i < c->count; i++) {
        if (c->entries[i].kind == LOG_MADE)
            told.made = true;
        if (c->entries[i].kind == LOG_SENT && !frame_told(c, &c->entries[i], &told, wrong))
            return false;
        c->told[i] = told;
    }
    return true;
}

/* --- The events of the journal, and their sum ------------------------------------------------------ */

const struct complete_event *complete_event(const struct complete *c, uint64_t position)
{
    unsigned low = 0, high = c->event_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (c->events[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->event_count && c->events[low].position == position ? &c->events[low] : NULL;
}

static bool add_event(struct complete *c, struct txn *txn, const struct record *record,
                      char wrong[WRONG_SIZE])
{
    struct event_record event;
    if (event_of_record(record, &event) != 0) {
        snprintf(wrong, WRONG_SIZE, "the event at %" PRIu64 " cannot be read", record->position);
        return false;
    }
    c->events = more(c->events, c->event_count, &c->event_room, sizeof *c->events);
    struct complete_event *to = &c->events[c->event_count++];
    *to = (struct complete_event){
        .position = record->position, .issuer = event.issuer, .event = event.event,
        .canonical = copy_of(event.canonical, event.canonical_size), .canonical_size = event.canonical_size,
    };
    if (!sources_name(txn, event.issuer, to->issuer_name) || !was_sent(c, to)) {
        snprintf(wrong, WRONG_SIZE, "nobody sent %s, at %" PRIu64, event.event.id, record->position);
        return false;
    }
    return true;
}

static bool read_events(struct complete *c, struct txn *txn, char wrong[WRONG_SIZE])
{
    struct journal_walk walk;
    struct record record;
    bool good = true;
    journal_walk_begin(&walk, txn, 1);
    while (good && journal_walk_next(&walk, &record))
        if (record.type == RECORD_EVENT)
            good = add_event(c, txn, &record, wrong);
    journal_walk_end(&walk);
    return good && txn->err == 0;
}

/* What an event moves, other than by undoing: the rules of the default policy. */
static int64_t moves(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case KIND_OPENING:
    case KIND_CONTRIBUTION:
    case KIND_SUBSIDY:
    case KIND_INCOME:
        return event->amount.fen;
    case KIND_SETTLEMENT:
    case KIND_EXPENDITURE:
        return -event->amount.fen;
    default:
        return 0;
    }
}

/* Which event each reversal undoes, if that ever came. */
static void find_originals(struct complete *c)
{
    for (unsigned i = 0; i < c->event_count; i++) {
        struct complete_event *reversal = &c->events[i];
        for (unsigned j = 0; reversal->event.kind == KIND_REVERSAL && j < c->event_count; j++)
            if (c->events[j].issuer == reversal->issuer
                && strcmp(c->events[j].event.id, reversal->event.original) == 0)
                reversal->undone = c->events[j].position;
    }
}

/* The balance of a fund as of a day: the sum of its events up to a position. */
static int64_t sum_of(const struct complete *c, struct fund fund, date_day day, uint64_t position)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < c->event_count && c->events[i].position <= position; i++) {
        const struct complete_event *e = &c->events[i];
        if (!fund_equal(e->event.fund, fund))
            continue;
        if (e->event.kind != KIND_REVERSAL) {
            sum += e->event.date <= day ? moves(&e->event) : 0;
            continue;
        }
        const struct complete_event *undone = complete_event(c, e->undone);
        if (undone != NULL && e->undone <= position && e->event.date <= day && undone->event.date <= day)
            sum -= moves(&undone->event);
    }
    return sum;
}

/* The same as the tables of days and months have it. */
static int64_t sum_of_days(struct txn *txn, uint32_t fund, date_day day)
{
    struct lines lines;
    date_day first;
    int64_t sum = 0;
    date_from_civil(DATE_YEAR_MIN, 1, 1, &first);
    books_lines(txn, fund, first, day, &lines);
    for (int i = 0; i < ACCOUNT_SLOTS; i++)
        if (lines.fen[i] != 0)
            sum += lines.fen[i] * books_balance_sign(i);
    return sum;
}

static bool check_sums(const struct complete *c, struct txn *txn, const struct head *head,
                       char wrong[WRONG_SIZE])
{
    for (uint32_t number = 1; number <= head->funds; number++) {
        struct fund fund;
        struct fund_record record;
        if (!books_fund_by_number(txn, number, &fund, &record)) {
            snprintf(wrong, WRONG_SIZE, "fund %u is missing at %" PRIu64, number, head->facts.position);
            return false;
        }
        int64_t sum = sum_of(c, fund, record.books_date, head->facts.position);
        int64_t days = sum_of_days(txn, number, record.books_date);
        if (sum != record.balance.fen || sum != days) {
            snprintf(wrong, WRONG_SIZE, "fund %u at %"
                     PRIu64 ": a balance of %" PRId64 " fen, days of %" PRId64
                     ", events of %" PRId64, number, head->facts.position, record.balance.fen, days, sum);
            return false;
        }
    }
    return true;
}

/* --- Every commit of the run ---------------------------------------------------------------------- */

const struct committed *complete_state(const struct complete *c, const struct inspected *inspected)
{
    unsigned low = 0, high = c->state_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (c->states[middle].txn < inspected->txn)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->state_count && c->states[low].txn == inspected->txn ? &c->states[low] : NULL;
}

static bool note_state(struct complete *c, const char *store, char wrong[WRONG_SIZE])
{
    struct inspected inspected;
    if (inspect(store, NULL, NULL, &inspected, wrong) != 0)
        return c->state_count == 0;     /* while it is being made */
    if (c->state_count > 0 && c->states[c->state_count - 1].txn >= inspected.txn)
        return true;
    c->states = more(c->states, c->state_count, &c->state_room, sizeof *c->states);
    c->states[c->state_count] = (struct committed){
        .txn = inspected.txn, .hash = inspected.hash, .position = inspected.head.facts.position,
        .alerts = inspected.head.facts.alerts, .runs_whole = inspected.damaged_run[0] == '\0',
    };
    memcpy(c->states[c->state_count++].chain, inspected.head.facts.chain, CHAIN_SIZE);
    return true;
}

/* The folder as it is when everything up to each entry has reached the disk. */
static bool read_states(struct complete *c, struct disk *disk, struct image *image, char wrong[WRONG_SIZE])
{
    char store[STORE_PATH_MAX];
    const struct choice all = { .kind = CHOICE_ALL };
    snprintf(store, sizeof store, "%s/store", image->folder);
    for (uint64_t i = 0; i < c->count; i++) {
        const struct log_entry *entry = &c->entries[i];
        disk_do(disk, entry, i);
        disk_done(disk, entry);
        bool meta = entry->kind == LOG_WRITE || entry->kind == LOG_WRITE_THROUGH;
        if (!meta || entry->offset >= META_PAGES || strcmp(entry->path, "store/data.mdb") != 0)
            continue;
        image_put(image, disk, &all);
        if (!note_state(c, store, wrong))
            return false;
        image_used(image, false);
    }
    image_put(image, disk, &all);
    return note_state(c, store, wrong);
}

/* With the books of each commit as they were then. */
static bool check_states(struct complete *c, struct disk *disk, struct image *image, char wrong[WRONG_SIZE])
{
    char store[STORE_PATH_MAX];
    unsigned next = 0;
    const struct choice all = { .kind = CHOICE_ALL };
    snprintf(store, sizeof store, "%s/store", image->folder);
    for (uint64_t i = 0; i < c->count && next < c->state_count; i++) {
        struct env env;
        struct txn txn;
        struct head head;
        const struct log_entry *entry = &c->entries[i];
        disk_do(disk, entry, i);
        disk_done(disk, entry);
        bool meta = entry->kind == LOG_WRITE || entry->kind == LOG_WRITE_THROUGH;
        if (!meta || entry->offset >= META_PAGES || strcmp(entry->path, "store/data.mdb") != 0)
            continue;
        image_put(image, disk, &all);
        if (env_open(store, ENV_READ_ONLY, UINT64_C(1) << 30, &env) != 0)
            continue;
        bool good = txn_begin(&env, true, &txn) == 0;
        if (good && mdb_txn_id(txn.mdb) == c->states[next].txn) {
            good = head_get(&txn, &head) == 0 && check_sums(c, &txn, &head, wrong);
            next++;
        }
        txn_abort(&txn);
        env_close(&env);
        if (!good)
            return false;
    }
    return true;
}

static bool read_end(struct complete *c, const char *store, char wrong[WRONG_SIZE])
{
    struct env env;
    struct txn txn;
    if (env_open(store, ENV_READ_ONLY, UINT64_C(1) << 30, &env) != 0)
        return false;
    bool good = txn_begin(&env, true, &txn) == 0;
    if (good) {
        good = read_events(c, &txn, wrong);
        find_originals(c);
        txn_abort(&txn);
    }
    env_close(&env);
    return good;
}

static bool read_log(struct complete *c, const char *path)
{
    const uint8_t *log;
    size_t size, at = 0;
    struct log_entry entry;
    if (!file_bytes(path, &log, &size))
        return false;
    while (log_next(log, size, &at, &entry))
        c->count++;
    c->entries = calloc(c->count + 1, sizeof *c->entries);
    assert(c->entries != NULL);
    at = 0;
    for (uint64_t i = 0; i < c->count; i++)
        log_next(log, size, &at, &c->entries[i]);
    return true;
}

bool complete_read(struct complete *c, const char *log, const char *sent, const char *scratch,
                   char wrong[WRONG_SIZE])
{
    char store[STORE_PATH_MAX];
    struct disk disk = { .op_count = 0 }, again = { .op_count = 0 };
    struct image image;
    *c = (struct complete){ .count = 0 };
    strcpy(wrong, "the log or the batches cannot be read");
    if (!read_log(c, log) || !read_batches(c, sent))
        return false;
    image_open(&image, scratch);
    snprintf(store, sizeof store, "%s/store", scratch);
    strcpy(wrong, "the run ends without a store");
    bool good = read_states(c, &disk, &image, wrong) && read_end(c, store, wrong) && read_told(c, wrong);
    image_close(&image);
    disk_free(&disk);
    image_open(&image, scratch);
    good = good && check_states(c, &again, &image, wrong);
    image_close(&image);
    disk_free(&again);
    return good;
}
