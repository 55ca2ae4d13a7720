#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fund/uncleared.h"
#include "store/bytes.h"
#include "wire/controls.h"
#include "store/files.h"
#include "store/group.h"

static _Thread_local char open_error[STORE_ERROR_SIZE];

const char *store_open_error(void)
{
    return open_error;
}

const char *store_error(const struct store *store)
{
    return store->error;
}

const char *store_strerror(int err)
{
    return err == -EILSEQ ? "it is damaged, or no store" : strerror(-err);
}

void store_clear_readers(struct store *store)
{
    env_clear_readers(&store->env);
}

static int open_fail(int err, const char *what, const char *path)
{
    snprintf(open_error, sizeof open_error, "%s: %s: %s", path, what, store_strerror(err));
    return err;
}

int store_fail(struct store *store, int err, const char *what)
{
    snprintf(store->error, sizeof store->error, "%s: %s: %s", store->path, what, store_strerror(err));
    return err;
}

struct store_options store_options_default(void)
{
    return (struct store_options){
        .map_max = UINT64_C(64) << 30,
        .reserve = UINT64_C(64) << 20,
        .run_records = 256 * 1024,
        .quarantine_max = 1000,
    };
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- Making a store ------------------------------------------------------------- */

/* The first record of a journal tells its first epoch. */
static int begin_journal(struct txn *txn, struct head *head)
{
    struct journal *journal = calloc(1, sizeof *journal);
    uint8_t body[8];
    if (journal == NULL)
        return -ENOMEM;
    put_u64(body, head->facts.epoch);
    journal_start(journal, 0, head->facts.chain, head->facts.recorded_ms);
    head->facts.position = journal_append(journal, txn, RECORD_EPOCH, body, sizeof body);
    journal_flush(journal, txn);
    memcpy(head->facts.chain, journal->chain, CHAIN_SIZE);
    free(journal);
    return txn->err;
}

static int fill_new(struct env *env, uint64_t epoch)
{
    struct txn txn;
    struct store_identity identity = {.created_ms = now_ms()};
    if (getrandom(identity.id, sizeof identity.id, 0) != (ssize_t)sizeof identity.id
        || getrandom(identity.seen_key, sizeof identity.seen_key, 0)
               != (ssize_t)sizeof identity.seen_key)
        return -errno;
    int err = txn_begin(env, false, &txn);
    if (err != 0)
        return err;
    struct head head = {
        .facts = {.epoch = epoch, .recorded_ms = identity.created_ms},
        .clocked = DATE_NONE,
    };
    err = begin_journal(&txn, &head);
    if (err != 0) {
        txn_abort(&txn);
        return err;
    }
    head_put_identity(&txn, &identity);
    head_put_epoch(&txn, (struct store_point){epoch, head.facts.position});
    head_put(&txn, &head);
    return txn_commit(&txn);
}

#define EPOCH_SPREAD (UINT64_C(1) << 32)        /* ms: 50 days */

/* An epoch is the moment it began, so that two restores of one backup differ; and when the clock stands
 * before the backup's, which it may do at both of them, by chance. */
static int new_epoch(uint64_t above, uint64_t *ret)
{
    uint64_t epoch = (uint64_t)now_ms(), spread;
    if (epoch <= above) {
        if (getrandom(&spread, sizeof spread, 0) != (ssize_t)sizeof spread)
            return -EIO;
        epoch = above + 1 + spread % EPOCH_SPREAD;
    }
    *ret = epoch;
    return 0;
}

int store_create(const char *path)
{
    char index[STORE_PATH_MAX];
    struct env env;
    int err = hash_init();
    if (err == 0)
        err = files_make_empty_folder(path);
    if (err == 0)
        err = files_join(index, sizeof index, path, "index");
    if (err == 0)
        err = files_make_empty_folder(index);
    if (err != 0)
        return open_fail(err, "cannot make the store's folder", path);
    err = env_open(path, ENV_CREATE, store_options_default().map_max, &env);
    if (err == 0) {
        uint64_t epoch;
        err = new_epoch(0, &epoch);
        if (err == 0)
            err = fill_new(&env, epoch);
        env_close(&env);
    }
    if (err == 0)
        err = files_sync_folder(path);
    if (err == 0)
        return 0;
    files_remove_folder(path);          /* what is half made must not pass for a store */
    return open_fail(err, "cannot write the new store", path);
}

/* --- Opening ---------------------------------------------------------------------- */

static int take_lock(struct store *store)
{
    char path[STORE_PATH_MAX];
    int err = files_join(path, sizeof path, store->path, "fundwatch.lock");
    if (err != 0)
        return err;
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0)
        return -errno;
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0 && !control("two_openers"))
        return errno == EWOULDBLOCK ? -EBUSY : -errno;
    return 0;
}

static int load_head(struct store *store, uint32_t *ret_format)
{
    struct txn txn;
    struct store_identity identity = {0};
    int err = txn_begin(&store->env, true, &txn);
    if (err != 0)
        return err;
    err = head_get_identity(&txn, &identity);
    *ret_format = identity.format;
    if (err == 0)
        err = head_get(&txn, &store->committed);
    txn_abort(&txn);
    if (control("alert_number_again") && store->committed.facts.alerts > 0)
        store->committed.facts.alerts--;
    memcpy(store->id, identity.id, sizeof store->id);
    memcpy(store->seen_key, identity.seen_key, sizeof store->seen_key);
    return err;
}

static int open_parts(struct store *store)
{
    int err = files_exists(store->path, "data.mdb") ? 0 : -ENOENT;
    if (err != 0)
        return open_fail(err, "there is no store here", store->path);
    err = take_lock(store);
    if (err != 0)
        return open_fail(err, err == -EBUSY ? "another process has this store open"
                                            : "cannot lock the store", store->path);
    enum env_mode mode = store->scratch != SCRATCH_NONE ? ENV_SCRATCH : ENV_OPEN;
    err = env_open(store->path, mode, store->options.map_max, &store->env);
    if (err != 0)
        return open_fail(err, "cannot open the store", store->path);
    uint32_t format = 0;
    err = load_head(store, &format);
    if (err == -EPROTONOSUPPORT) {
        snprintf(open_error, sizeof open_error, "%s: the store is of format %" PRIu32 ", and this program "
                 "knows format %d: use the version that made it", store->path, format, STORE_FORMAT);
        return err;
    }
    if (err != 0)
        return open_fail(err, "the store's head is damaged", store->path);
    err = derived_open(store);
    if (err != 0)
        return open_fail(err, "cannot read the journal's tail", store->path);
    return 0;
}

static int open_store(const char *path, const struct store_options *options, enum scratch scratch,
                      struct otherwise *otherwise, struct store **ret)
{
    open_error[0] = '\0';
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return open_fail(-ENOMEM, "cannot open the store", path);
    store->lock_fd = -1;
    store->options = *options;
    store->scratch = scratch;
    store->otherwise = otherwise;
    pthread_mutex_init(&store->committed_lock, NULL);
    group_init(store);
    int err = hash_init();
    if (err == 0 && snprintf(store->path, sizeof store->path, "%s", path)
                        >= (int)sizeof store->path)
        err = -ENAMETOOLONG;
    err = err != 0 ? open_fail(err, "cannot open the store", path) : open_parts(store);
    if (err != 0) {
        store_close(&store);
        return err;
    }
    *ret = store;
    return 0;
}

int store_open(const char *path, const struct store_options *options, struct store **ret)
{
    return open_store(path, options, SCRATCH_NONE, NULL, ret);
}

int store_open_scratch(const char *path, const struct store_options *options, enum scratch scratch,
                       struct otherwise *otherwise, struct store **ret)
{
    return open_store(path, options, scratch, otherwise, ret);
}

void store_close(struct store **store_p)
{
    struct store *store = *store_p;
    if (store == NULL)
        return;
    if (store->in_group)
        store_abort(store);
    derived_close(&store->derived);
    env_close(&store->env);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    group_free(store);
    pthread_mutex_destroy(&store->committed_lock);
    free(store);
    *store_p = NULL;
}

date_day store_clocked(struct store *store)
{
    pthread_mutex_lock(&store->committed_lock);
    date_day clocked = store->committed.clocked;
    pthread_mutex_unlock(&store->committed_lock);
    return clocked;
}

void store_head(struct store *store, struct store_head *ret)
{
    pthread_mutex_lock(&store->committed_lock);
    *ret = store->committed.facts;
    pthread_mutex_unlock(&store->committed_lock);
}

bool store_has_room(struct store *store)
{
    return !store->options.read_only && !store->broken && failpoint("store.room") == 0
        && env_reserve(&store->env, store->options.reserve) == 0 && derived_has_room(&store->derived);
}

const char *store_damaged_index(const struct store *store)
{
    const struct shape *shape = derived_damaged(&store->derived);
    return shape != NULL ? shape->name : NULL;
}

/* --- A group ---------------------------------------------------------------------- */

int store_begin(struct store *store, int64_t at_ms)
{
    if (store->broken)
        return store_fail(store, -EIO, "an earlier commit failed; start again");
    if (store->options.read_only)
        return store_fail(store, -EROFS, "the store is open for reading only");
    if (store_damaged_index(store) != NULL)
        return store_fail(store, -EILSEQ, "an index is damaged; start again, and it is made anew");
    int err = failpoint("store.begin");
    if (err == 0)
        err = txn_begin(&store->env, false, &store->txn);
    if (err != 0)
        return store_fail(store, err, "cannot begin a transaction");
    store->txn.waiting = &store->waiting;
    store->head = store->committed;     /* this thread alone writes it */
    if (at_ms > store->head.facts.recorded_ms || control("time_goes_back"))
        store->head.facts.recorded_ms = at_ms;
    journal_start(&store->journal, store->head.facts.position, store->head.facts.chain,
                  store->head.facts.recorded_ms);
    store->in_group = true;
    return 0;
}

void store_abort(struct store *store)
{
    txn_abort(&store->txn);
    waiting_forget(&store->waiting);
    group_clear(store);
    /* A policy of this group may be cached under a position that another record gets. */
    memset(&store->policies, 0, sizeof store->policies);
}

static int group_err(struct store *store, const char *what)
{
    return store->txn.err == 0 ? 0 : store_fail(store, store->txn.err, what);
}

int store_source(struct store *store, const char *name, uint32_t *ret_number)
{
    size_t size = strlen(name);
    uint32_t number;
    if (!sources_number(&store->txn, name, size, &number)) {
        uint8_t body[4 + SOURCE_NAME_MAX];
        number = ++store->head.sources;
        put_u32(body, number);
        memcpy(body + 4, name, size);
        journal_append(&store->journal, &store->txn, RECORD_NAME, body, 4 + size);
        sources_put_name(&store->txn, name, size, number);
    }
    if (store->txn.err == 0)
        *ret_number = number;
    return group_err(store, "cannot look up a source");
}

bool store_source_known(struct store *store, const char *name)
{
    uint32_t number;
    return sources_number(&store->txn, name, strlen(name), &number);
}

uint32_t store_sources_like(struct store *store, const char *name, size_t prefix, uint32_t max)
{
    struct range range;
    uint32_t count = 0;
    range_begin(&range, &store->txn, TABLE_NAMES, name, prefix, name, prefix);
    while (count < max && range_next(&range))
        count++;
    range_end(&range);
    return count;
}

/* Whether the journal has this event's id at `position`; then what that means. */
static int compare_at(struct store *store, uint32_t issuer, const struct event *event,
                      uint64_t position, struct applied *ret, bool *ret_seen)
{
    struct event_record other;
    int err = event_at(&store->journal, &store->txn, position, &other);
    if (err != 0)
        return err;
    *ret_seen = (other.issuer == issuer || control("dedup_by_id")) && strcmp(other.event.id, event->id) == 0;
    if (!*ret_seen)
        return 0;
    struct event compared;
    if (control("field_left_out")) {
        compared = *event;
        compared.self_pay = other.event.self_pay;
        event = &compared;
    }
    size_t size = event_to_canonical(event, store->record);
    bool same = size == other.canonical_size && memcmp(store->record, other.canonical, size) == 0;
    same = same || control("content_ignored");
    *ret = (struct applied){
        .outcome = same ? OUTCOME_DUPLICATE : OUTCOME_CONFLICT,
        .position = position,
        .hindrance = hindrance_none(),
    };
    return 0;
}

/* The seeded bug dedup_window: ids are forgotten after so many records. */
#define FORGOTTEN_AFTER 1024

static bool forgotten(const struct store *store, uint64_t position)
{
    return control("dedup_window") && position + FORGOTTEN_AFTER < store->journal.next;
}

static int look_up(struct store *store, const uint8_t *entry, uint32_t issuer,
                   const struct event *event, struct applied *ret, bool *ret_seen)
{
    const struct entry_list *found = &store->derived.found;
    *ret_seen = false;
    if (control("dedup_off"))
        return 0;
    int err = derived_find(&store->derived, DERIVED_SEEN, entry);
    for (uint64_t i = 0; i < found->count && err == 0 && !*ret_seen; i++) {
        uint64_t position = seen_entry_of(found->entries + i * SEEN_ENTRY).position;
        if (!forgotten(store, position))
            err = compare_at(store, issuer, event, position, ret, ret_seen);
    }
    return err;
}

static uint64_t event_hash(const struct store *store, uint32_t issuer, const struct event *event)
{
    if (control("dedup_by_id"))
        issuer = 0;
    return hash_seen(store->seen_key, issuer, event->id, event->id_size);
}

uint64_t store_prefetch(struct store *store, uint32_t issuer, const struct event *event)
{
    uint8_t entry[ENTRY_MAX];
    struct seen_entry seen = {.hash = event_hash(store, issuer, event)};
    seen_entry_put(seen, entry);
    index_prefetch(store->derived.index[DERIVED_SEEN], entry);
    if (people_counts(event)) {
        people_entry(0, event, event->date, 0, entry);
        index_prefetch(store->derived.index[DERIVED_PEOPLE], entry);
    }
    return seen.hash;
}

/* Takes entries like this one out of the quarantine. */
static void forget_quarantined(struct store *store, const struct quarantine_entry *like,
                               struct source_record *record)
{
    uint64_t number;
    while (record->quarantined > 0 && like->id[0] != '\0'
           && (number = quarantine_find(&store->txn, like)) != 0) {
        quarantine_delete(&store->txn, number, like->source);   /* after an error nothing is found any more */
        record->quarantined--;
    }
}

/* What was kept of an id goes when it is counted. */
static void forget_counted(struct store *store, uint32_t source, uint32_t issuer,
                           const struct event *event, struct source_record *record)
{
    if (record->quarantined == 0)
        return;
    struct quarantine_entry like = {
        .source = source,
        .issuer = issuer,
        .hash = hash_seen(store->seen_key, issuer, event->id, event->id_size),
    };
    memcpy(like.id, event->id, sizeof like.id);
    forget_quarantined(store, &like, record);
}

static void count_outcome(struct store *store, uint32_t source, uint32_t issuer,
                          const struct event *event, const struct applied *applied)
{
    struct source_record *record = group_source(store, source);
    if (record == NULL)
        return;
    record->last_recorded_ms = store->head.facts.recorded_ms;
    switch (applied->outcome) {
    case OUTCOME_APPLIED:
        record->applied++;
        forget_counted(store, source, issuer, event, record);
        store->head.facts.events++;
        if (event->date > record->last_date)
            record->last_date = event->date;
        return;
    case OUTCOME_DUPLICATE:
        record->duplicates++;
        return;
    case OUTCOME_CONFLICT:
        record->conflicts++;
        return;
    case OUTCOME_REJECTED:
        record->rejected++;
        return;
    }
}

int store_apply_prefetched(struct store *store, uint32_t source, uint32_t issuer,
                           const struct event *event, uint64_t hash, struct applied *ret)
{
    UNCLEARED struct applied applied;
    bool seen;
    uint8_t entry[SEEN_ENTRY] = {0};
    seen_entry_put((struct seen_entry){.hash = hash}, entry);
    applied.outcome = OUTCOME_APPLIED;
    applied.reject = REJECT_NONE;
    applied.key[0] = '\0';
    int err = look_up(store, entry, issuer, event, &applied, &seen);
    if (err != 0)
        return store_fail(store, err, "an index or the journal is damaged");
    if (store->txn.err == 0)
        store->txn.err = failpoint("store.apply");
    if (!seen && actions_hold(store, issuer, event)) {
        actions_propose(store, source, issuer, event, &applied);
    } else if (!seen) {
        enum event_field field = FIELD_KIND;
        applied.reject = apply_event(store, source, issuer, event, &field, &applied.hindrance,
                                     &applied.position);
        if (applied.reject != REJECT_NONE) {
            applied.outcome = OUTCOME_REJECTED;
            snprintf(applied.key, sizeof applied.key, "%s", event_field_key(field));
        } else if (store->txn.err == 0) {
            seen_entry_put((struct seen_entry){hash, applied.position}, entry);
            store->txn.err = derived_add(&store->derived, DERIVED_SEEN, entry);
            actions_entered(store, event, applied.position);
        }
    }
    count_outcome(store, source, issuer, event, &applied);
    if (store->txn.err == 0)
        *ret = applied;
    return group_err(store, "cannot apply an event");
}

int store_apply(struct store *store, uint32_t source, uint32_t issuer,
                const struct event *event, struct applied *ret)
{
    return store_apply_prefetched(store, source, issuer, event, event_hash(store, issuer, event), ret);
}

int store_end_batch(struct store *store)
{
    actions_flush(store);
    if (store->evaluation_count > 0)
        rules_evaluate_planned(store);
    return group_err(store, "cannot judge a day");
}

static void make_room_in_quarantine(struct store *store, uint32_t source,
                                    struct source_record *record)
{
    while (record->quarantined >= store->options.quarantine_max && store->txn.err == 0) {
        uint64_t oldest = quarantine_oldest(&store->txn, source);
        if (oldest == 0 || !quarantine_delete(&store->txn, oldest, source))
            return;
        record->quarantined--;
    }
}

static void keep_entry(struct store *store, const struct quarantine_entry *entry,
                       struct source_record *record)
{
    forget_quarantined(store, entry, record);       /* the same once more: kept once */
    make_room_in_quarantine(store, entry->source, record);
    quarantine_put(&store->txn, ++store->head.quarantine, entry);
    record->quarantined++;
}

int store_quarantine(struct store *store, uint32_t source, uint32_t issuer,
                     const struct applied *why, struct span sent, const char *id)
{
    struct source_record *record = group_source(store, source);
    struct writer kept;
    if (record == NULL)
        return group_err(store, "cannot read a source");
    if (why->reject == REJECT_WAITING || why->reject == REJECT_DECLINED)
        return 0;               /* the journal has it */
    struct quarantine_entry entry = {
        .source = source,
        .issuer = issuer,
        .recorded_ms = store->head.facts.recorded_ms,
        .why = *why,
    };
    snprintf(entry.id, sizeof entry.id, "%s", id);
    entry.hash = id[0] == '\0' ? 0 : hash_seen(store->seen_key, issuer, id, strlen(id));
    writer_init(&kept);
    if (control("quarantine_as_sent"))
        write_raw(&kept, sent.bytes, sent.size);
    else
        event_scrub(&kept, sent);
    entry.sent = (struct span){(const char *)kept.bytes, (uint32_t)kept.size};
    if (kept.err == 0)
        keep_entry(store, &entry, record);
    else
        store->txn.err = kept.err;
    writer_free(&kept);
    return group_err(store, "cannot keep an event in quarantine");
}

int store_count_rejected(struct store *store, uint32_t source)
{
    struct source_record *record = group_source(store, source);
    if (record != NULL) {
        record->rejected++;
        record->last_recorded_ms = store->head.facts.recorded_ms;
    }
    return group_err(store, "cannot read a source");
}

void store_plan_source(struct store *store, uint32_t source)
{
    struct fund_source told;
    group_flush_fund_sources(store);            /* a fund may have heard of it in this group */
    for (uint32_t number = 1; number <= store->head.funds && store->txn.err == 0; number++) {
        struct group_fund *fund = sources_get_fund(&store->txn, number, source, &told)
            ? group_fund_by_number(store, number) : NULL;
        for (; fund != NULL; fund = group_whole(store, fund))
            group_plan(store, (struct evaluation){.fund = fund, .source = source});
    }
}

void store_put_gaps(struct store *store, uint32_t source, const struct source_gaps *gaps)
{
    uint8_t body[4 + GAPS_SIZE];
    put_u32(body, source);
    journal_append(&store->journal, &store->txn, RECORD_GAPS, body,
                   4 + sources_encode_gaps(gaps, body + 4));
    sources_put_gaps(&store->txn, source, gaps);
}

int store_sequence(struct store *store, uint32_t source, uint64_t sequence, struct batch_numbers busy)
{
    struct source_record *record = group_source(store, source);
    if (record == NULL || sequence == 0)
        return group_err(store, "cannot read a source");
    bool had_gaps = record->gaps.count > 0;
    sources_sequence(record, sequence);
    if (had_gaps || record->gaps.count > 0) {
        struct source_gaps known, gaps = busy.first == 0
            ? record->gaps : sources_gaps_without(&record->gaps, busy.first, busy.last);
        sources_get_gaps(&store->txn, source, &known);
        if (!sources_gaps_equal(&known, &gaps)) {
            store_put_gaps(store, source, &gaps);
            store_plan_source(store, source);
        }
    }
    return group_err(store, "cannot note a batch's number");
}

int store_clock(struct store *store, date_day ended)
{
    uint8_t body[4];
    if (ended <= store->head.clocked)
        return 0;
    if (store->head.clocked != DATE_NONE && ended > store->head.clocked + STORE_CLOCK_STEP_MAX)
        return -ERANGE;
    put_i32(body, ended);
    journal_append(&store->journal, &store->txn, RECORD_CLOCK, body, sizeof body);
    store->head.clocked = ended;
    apply_clock(store);
    return group_err(store, "cannot move the books date");
}

int store_acknowledge(struct store *store, uint64_t incident, const char *who, const char *note,
                      uint64_t *ret_alert)
{
    int err = rules_acknowledge(store, incident, who, note, ret_alert);
    return store->txn.err != 0 ? group_err(store, "cannot acknowledge") : err;
}

int store_requeue(struct store *store, uint64_t number, struct applied *ret)
{
    struct quarantine_entry entry;
    int err = quarantine_get(&store->txn, number, &entry);
    if (err != 0)
        return store->txn.err != 0 ? group_err(store, "cannot read the quarantine") : err;
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    uint8_t sent[QUARANTINE_SENT_MAX];
    if (entry.sent.size > sizeof sent)
        return store_fail(store, -EILSEQ, "an entry of the quarantine is too long");
    memcpy(sent, entry.sent.bytes, entry.sent.size);
    struct reader r = reader_of(sent, entry.sent.size);
    enum reject reject = event_decode(&r, &event, key);
    if (reader_end(&r) != READ_OK || reject != REJECT_NONE) {
        *ret = entry.why;
        return 0;
    }
    err = store_apply(store, entry.source, entry.issuer, &event, ret);
    /* An event that was applied has its source in the group. */
    struct source_record *record = group_source(store, entry.source);
    if (err == 0
        && (ret->outcome == OUTCOME_APPLIED || ret->outcome == OUTCOME_DUPLICATE)
        && quarantine_delete(&store->txn, number, entry.source))
        record->quarantined--;
    return err != 0 ? err : group_err(store, "cannot empty the quarantine");
}

int store_covered(struct store *store, uint64_t position)
{
    uint8_t body[8];
    if (position <= store->head.facts.covered)
        return 0;
    put_u64(body, position);
    journal_append(&store->journal, &store->txn, RECORD_COVERED, body, sizeof body);
    store->head.facts.covered = position;
    store->head.facts.covered_ms = store->head.facts.recorded_ms;
    return group_err(store, "cannot note the backup");
}

int store_new_epoch(struct store *store, uint64_t *ret_epoch)
{
    uint8_t body[8];
    int err = new_epoch(store->head.facts.epoch, &store->head.facts.epoch);
    if (err != 0)
        return store_fail(store, err, "cannot begin an epoch");
    put_u64(body, store->head.facts.epoch);
    uint64_t position = journal_append(&store->journal, &store->txn, RECORD_EPOCH, body, sizeof body);
    head_put_epoch(&store->txn, (struct store_point){store->head.facts.epoch, position});
    *ret_epoch = store->head.facts.epoch;
    return group_err(store, "cannot begin an epoch");
}

/* --- Committing --------------------------------------------------------------------- */

/* Everything of the group goes into the transaction. */
static void write_group(struct store *store)
{
    actions_flush(store);
    if (store->scratch == SCRATCH_NONE)
        rules_evaluate_group(store);
    if (store->txn.err == 0)
        store->txn.err = failpoint("store.write");
    group_flush(store);
    journal_flush(&store->journal, &store->txn);
    store->head.facts.position = store->journal.next - 1;
    memcpy(store->head.facts.chain, store->journal.chain, CHAIN_SIZE);
    head_put(&store->txn, &store->head);
    derived_write(&store->derived, &store->txn);
}

/* After the commit: what readers see, and the indexes. */
static int publish_group(struct store *store)
{
    int err = derived_publish(&store->derived, store->head.facts.position);
    if (err == 0)
        err = failpoint("store.published");
    pthread_mutex_lock(&store->committed_lock);
    store->committed = store->head;
    pthread_mutex_unlock(&store->committed_lock);
    group_clear(store);
    return err;
}

/* The bug of control "two_transactions": between the two a crash leaves the journal ahead of
 * the balances. */
static inline void write_group_apart(struct store *store)
{
    struct tally days = store->days;
    store->days = (struct tally){0};
    write_group(store);
    tally_free(&store->days);
    store->days = days;
    if (txn_commit(&store->txn) == 0 && txn_begin(&store->env, false, &store->txn) == 0) {
        store->txn.waiting = &store->waiting;
        group_flush_balances(store);
    }
}

int store_commit(struct store *store)
{
    if (control("two_transactions"))
        write_group_apart(store);
    else
        write_group(store);
    if (store->txn.err == 0)
        store->txn.err = failpoint("store.commit");
    int err = txn_commit(&store->txn);
    if (err == 0)
        err = failpoint("store.committed");
    if (err == -ENOSPC && control("map_full_is_done"))
        err = 0;
    if (err == -ENOSPC) {
        /* LMDB notices a full map before it writes anything; a full disk is -EIO (env_errno). */
        store_abort(store);
        return store_fail(store, err, "the map's limit is reached");
    }
    if (err == 0)
        err = publish_group(store);
    if (err != 0) {
        store->broken = !control("sync_again");
        store_abort(store);
        return store_fail(store, err, "the commit failed and its outcome is unknown");
    }
    return 0;
}
