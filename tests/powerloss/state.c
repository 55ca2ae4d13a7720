#include "tests/powerloss/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/derived.h"
#include "store/files.h"
#include "store/verify.h"
#include "tests/powerloss/image.h"

#define MAP_MAX (UINT64_C(1) << 30)

[[gnu::format(printf, 2, 3)]]
static bool bad(char wrong[WRONG_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(wrong, WRONG_SIZE, format, args);
    va_end(args);
    return false;
}

static struct store_options options_of(const struct state_check *check)
{
    struct store_options options = store_options_default();
    options.map_max = MAP_MAX;
    options.reserve = UINT64_C(64) << 10;
    options.run_records = check->run_records;
    return options;
}

/* --- Before the store is opened --------------------------------------------------------- */

static bool tree_good(const struct state_check *check, const struct inspected *now, char wrong[WRONG_SIZE])
{
    const struct committed *state = complete_state(check->complete, now);
    if (state == NULL || state->hash != now->hash)
        return bad(wrong, "what is there is no state that was ever committed (transaction %"
                   PRIu64 ", position %"
                   PRIu64 ")", now->txn, now->head.facts.position);
    if (state->position < check->told.position)
        return bad(wrong, "position %" PRIu64 " was acknowledged, and the journal ends at %" PRIu64,
                   check->told.position, state->position);
    if (state->alerts < check->told.alert)
        return bad(wrong, "alert %" PRIu64 " was published, and the newest one is %" PRIu64,
                   check->told.alert,
                   state->alerts);
    if (now->damaged_run[0] != '\0' && state->runs_whole)
        return bad(wrong, "run %s is named, and not whole", now->damaged_run);
    return true;
}

/* Sources forget what a backup covers. */
static bool backup_good(const struct state_check *check, char wrong[WRONG_SIZE])
{
    struct inspected backup;
    char why[WRONG_SIZE];
    if (check->told.covered == 0 || check->backup_known)
        return true;
    if (inspect(check->backup, NULL, NULL, &backup, why) != 0)
        return bad(wrong, "position %" PRIu64 " was said to be in the backup: %.150s", check->told.covered,
                   why);
    if (backup.head.facts.position < check->told.covered)
        return bad(wrong, "position %" PRIu64 " was said to be in the backup, and it ends at %" PRIu64,
                   check->told.covered, backup.head.facts.position);
    return true;
}

/* --- Opened --------------------------------------------------------------------------- */

/* What the index of seen ids says of an event of the run as a whole: there, or not yet. */
static bool id_good(struct store *store, const struct complete_event *event, uint64_t last,
                    char wrong[WRONG_SIZE])
{
    uint8_t entry[SEEN_ENTRY] = {0};
    bool found = false;
    uint64_t hash = hash_seen(store->seen_key, event->issuer, event->event.id, event->event.id_size);
    seen_entry_put((struct seen_entry){ .hash = hash }, entry);
    int err = derived_find(&store->derived, DERIVED_SEEN, entry);
    for (uint64_t i = 0; i < store->derived.found.count && err == 0; i++)
        found = found
            || seen_entry_of(store->derived.found.entries + i * SEEN_ENTRY).position == event->position;
    if (err != 0 || found != (event->position <= last))
        return bad(wrong, "%s, at %" PRIu64 ": %s", event->event.id, event->position,
                   err != 0 ? "it cannot be looked up" : found ? "it is known too early" : "it is not known");
    return true;
}

#define IDS_NEWEST 40           /* around the end of the journal, */
#define IDS_RANDOM 20           /* and anywhere */

static bool ids_good(struct state_check *check, struct store *store, char wrong[WRONG_SIZE])
{
    const struct complete *c = check->complete;
    uint64_t last = store->committed.facts.position;
    unsigned newest = 0;
    while (newest < c->event_count && c->events[newest].position <= last)
        newest++;
    unsigned from = newest > IDS_NEWEST / 2 ? newest - IDS_NEWEST / 2 : 0;
    for (unsigned i = from; i < c->event_count && i < from + IDS_NEWEST; i++)
        if (!id_good(store, &c->events[i], last, wrong))
            return false;
    for (unsigned i = 0; i < IDS_RANDOM && c->event_count > 0; i++)
        if (!id_good(store, &c->events[mixed(check->seed, i, 1) % c->event_count], last, wrong))
            return false;
    return true;
}

static int reopen(const struct state_check *check, struct store **store)
{
    struct store_options options = options_of(check);
    store_close(store);
    return store_open(check->store, &options, store);
}

/* The indexes are what the journal alone makes of them. */
static bool indexes_good(struct state_check *check, struct store **store, char wrong[WRONG_SIZE])
{
    struct entry_list recovered[DERIVED_COUNT], anew[DERIVED_COUNT];
    char folder[STORE_PATH_MAX];
    check->rewritten = true;
    int err = inspect_indexes(*store, recovered);
    if (err == 0)
        err = files_join(folder, sizeof folder, check->store, "index");
    if (err == 0) {
        store_close(store);
        files_remove_folder(folder);
        err = reopen(check, store);
    }
    if (err == 0)
        err = inspect_indexes(*store, anew);
    bool equal = err == 0 && inspected_indexes_equal(recovered, anew);
    inspected_indexes_free(recovered);
    if (err == 0)
        inspected_indexes_free(anew);
    return equal || bad(wrong, "the indexes are not what the journal says (%s)", strerror(-err));
}

static bool verified(const struct state_check *check, uint64_t position, char wrong[WRONG_SIZE])
{
    struct verify_result result;
    int err = verify_store(check->store, NULL, NULL, &result);
    if (err != 0)
        return bad(wrong, "no verification: %s", strerror(-err));
    if (result.differences != 0)
        return bad(wrong, "verification: %.200s", result.first);
    return result.records == position || position == 0
        || bad(wrong, "verification read %" PRIu64 " records of %" PRIu64, result.records, position);
}

/* --- Everything is sent again ----------------------------------------------------------------- */

static bool outcome_good(const struct state_check *check, const struct sent_batch *batch,
                         const struct sent_event *sent, uint64_t last, const struct applied *applied,
                         char wrong[WRONG_SIZE])
{
    const struct complete_event *there = complete_event(check->complete, applied->position);
    bool counted = applied->outcome == OUTCOME_DUPLICATE || applied->outcome == OUTCOME_CONFLICT;
    if (counted && there != NULL && applied->position <= last) {
        bool same = strcmp(there->event.id, sent->event.id) == 0
            && strcmp(there->issuer_name, batch->issuer) == 0;
        bool equal = there->canonical_size == sent->canonical_size
            && memcmp(there->canonical, sent->canonical, sent->canonical_size) == 0;
        return (same && equal == (applied->outcome == OUTCOME_DUPLICATE))
            || bad(wrong, "%s sent again is taken for %s, at %" PRIu64, sent->event.id, there->event.id,
                   applied->position);
    }
    return true;
}

/* Counted events that were applied once more would be these. */
static bool counted_before(const struct complete *c, const struct sent_batch *batch,
                           const struct sent_event *sent,
                           uint64_t last)
{
    for (unsigned i = 0; i < c->event_count && c->events[i].position <= last; i++)
        if (strcmp(c->events[i].event.id, sent->event.id) == 0
            && strcmp(c->events[i].issuer_name, batch->issuer) == 0)
            return true;
    return false;
}

static bool batch_again(const struct state_check *check, struct store *store, const struct sent_batch *batch,
                        uint64_t last, char wrong[WRONG_SIZE])
{
    uint32_t source, issuer;
    int err = store_begin(store, 0);
    if (err == 0)
        err = store_source(store, batch->source, &source);
    if (err == 0)
        err = store_source(store, batch->issuer, &issuer);
    for (uint32_t i = 0; i < batch->count && err == 0; i++) {
        const struct sent_event *sent = &batch->events[i];
        struct applied applied;
        if (sent->canonical == NULL)
            continue;
        err = store_apply(store, source, issuer, &sent->event, &applied);
        if (err != 0 || !outcome_good(check, batch, sent, last, &applied, wrong))
            break;
        if (applied.outcome == OUTCOME_APPLIED && counted_before(check->complete, batch, sent, last))
            return bad(wrong, "%s counted twice", sent->event.id);
    }
    if (err == 0 && wrong[0] == '\0')
        err = store_end_batch(store);
    if (err == 0 && wrong[0] == '\0')
        err = store_commit(store);
    return wrong[0] == '\0' && (err == 0 || bad(wrong, "sent again: %s", store_error(store)));
}

static bool resent(struct state_check *check, struct store *store, char wrong[WRONG_SIZE])
{
    uint64_t last = store->committed.facts.position;
    check->rewritten = true;
    for (unsigned i = 0; i < check->complete->batch_count; i++) {
        if (!store_has_room(store))
            derived_settle(&store->derived);
        if (!batch_again(check, store, &check->complete->batches[i], last, wrong))
            return false;
    }
    return store->committed.facts.events == check->complete->event_count
        || bad(wrong, "after everything was sent again there are %" PRIu64 " events, not %u",
               store->committed.facts.events, check->complete->event_count);
}

/* --- The whole ------------------------------------------------------------------------------- */

static bool opened_good(struct state_check *check, struct store **store, const struct inspected *before,
                        char wrong[WRONG_SIZE])
{
    const struct store_head *head = &(*store)->committed.facts;
    if (head->position != before->head.facts.position
        || memcmp(head->chain, before->head.facts.chain, CHAIN_SIZE) != 0)
        return bad(wrong, "opening it changed the journal's end");
    if (!ids_good(check, *store, wrong))
        return false;
    return check->depth < DEPTH_INDEXES || indexes_good(check, store, wrong);
}

/* Before anybody was told that there is a store it may be half made: it opens or is refused. */
static bool unmade_good(struct state_check *check)
{
    struct store *store = NULL;
    struct store_options options = options_of(check);
    check->rewritten = true;
    if (store_open(check->store, &options, &store) == 0)
        store_close(&store);
    return true;
}


bool state_quickly_good(struct state_check *check)
{
    struct inspected now;
    struct store *store = NULL;
    struct store_options options = options_of(check);
    char wrong[WRONG_SIZE] = "";
    check->made = true;
    check->rewritten = false;
    if (!check->told.made || check->depth != DEPTH_OPEN || (check->told.covered != 0 && !check->backup_known)
        || store_open(check->store, &options, &store) != 0)
        return false;
    bool good = inspect_open(store, check->whole, check->arg, &now, wrong) == 0 && tree_good(check, &now,
                                                                                             wrong)
        && opened_good(check, &store, &now, wrong);
    store_close(&store);
    return good;
}

bool state_good(struct state_check *check, char wrong[WRONG_SIZE])
{
    struct inspected now;
    struct store *store = NULL;
    struct store_options options = options_of(check);
    check->rewritten = false;
    check->made = check->told.made;
    wrong[0] = '\0';
    if (!check->told.made)
        return unmade_good(check);
    if (inspect(check->store, check->whole, check->arg, &now, wrong) != 0 || !tree_good(check, &now, wrong)
        || !backup_good(check, wrong))
        return false;
    if (store_open(check->store, &options, &store) != 0)
        return bad(wrong, "it does not open: %.200s", store_open_error());
    bool good = opened_good(check, &store, &now, wrong);
    if (good && check->depth == DEPTH_RESEND)
        good = resent(check, store, wrong);
    MDB_envinfo info;
    if (store != NULL && mdb_env_info(store->env.mdb, &info) == 0 && info.me_last_txnid != now.txn)
        check->rewritten = true;
    store_close(&store);
    if (good && check->depth >= DEPTH_VERIFY)
        good = verified(check, check->depth == DEPTH_RESEND ? 0 : now.head.facts.position, wrong);
    return good;
}
