/* verify - replays a journal into an empty store and compares the two.
 *
 * Records go through the same functions as when they were first counted, in
 * segments of the same extent.  So the new journal must come out byte for byte
 * like the old one, the chain included, and so must every table that is a fold of it.
 * What no record tells (counters of outcomes, sequences, the quarantine) is not compared. */
#include "store/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/files.h"
#include "store/group.h"
#include "store/scratch.h"

#define COMMIT_RECORDS 65536    /* records between commits of the rebuilt store */

struct verification {
    struct env env;             /* the copy */
    struct txn txn;
    struct head head;
    struct store *rebuilt;
    const char *books;          /* its folder */
    struct known *known;        /* of verify_rebuild() */
    struct verify_result *result;
    uint64_t since_commit;
    uint64_t until;             /* the rebuild ends with the group that has this position */
    uint64_t group_first;       /* of the group that is being rebuilt */
    void (*progress)(void *arg, uint64_t at, uint64_t of);
    void *arg;
};

[[gnu::format(printf, 2, 3)]]
static void differ(struct verification *v, const char *format, ...)
{
    va_list args;
    if (v->result->differences++ == 0) {
        va_start(args, format);
        vsnprintf(v->result->first, sizeof v->result->first, format, args);
        va_end(args);
    }
}

/* --- One record: to be done again, or already brought about by an evaluation. ----- */

static void redo_event(struct verification *v, const struct record *record)
{
    struct event_record event;
    struct applied applied;
    v->result->events++;
    if (event_of_record(record, &event) != 0) {
        differ(v, "position %" PRIu64 ": the event cannot be read", record->position);
        return;
    }
    int err = store_apply(v->rebuilt, event.source, event.issuer, &event.event, &applied);
    if (err != 0 || applied.outcome != OUTCOME_APPLIED)
        differ(v, "position %" PRIu64 ": the event does not apply again (%s)", record->position,
               err != 0 ? strerror(-err) : outcome_word(applied.outcome));
}

static void redo_name(struct verification *v, const struct record *record)
{
    char name[SOURCE_NAME_MAX + 1];
    uint32_t number = 0;
    size_t size = record->size - 4;
    if (record->size < 5 || size > SOURCE_NAME_MAX) {
        differ(v, "position %" PRIu64 ": the name cannot be read", record->position);
        return;
    }
    memcpy(name, record->body + 4, size);
    name[size] = '\0';
    if (store_source(v->rebuilt, name, &number) != 0 || number != get_u32(record->body))
        differ(v, "position %" PRIu64 ": the source has another number", record->position);
}

static void redo_evaluation(struct verification *v, const struct record *record)
{
    struct group_fund *fund = record->size == 13
        ? group_fund_by_number(v->rebuilt, get_u32(record->body)) : NULL;
    if (fund == NULL) {
        differ(v, "position %" PRIu64 ": an evaluation of no fund", record->position);
        return;
    }
    group_flush(v->rebuilt);
    rules_evaluate(v->rebuilt, fund, get_i32(record->body + 4), record->body[8],
                   get_u32(record->body + 9));
}

static void redo_acknowledgement(struct verification *v, const struct record *record)
{
    char who[WHO_MAX + 1] = "", note[NOTE_MAX + 1] = "";
    uint64_t number;
    size_t who_size = record->size > 9 ? record->body[8] : 0;
    size_t note_size = record->size >= 11 + who_size ? get_u16(record->body + 9 + who_size) : 0;
    if (who_size > WHO_MAX || note_size > NOTE_MAX
        || record->size != 11 + who_size + note_size) {
        differ(v, "position %" PRIu64 ": the acknowledgement cannot be read", record->position);
        return;
    }
    memcpy(who, record->body + 9, who_size);
    memcpy(note, record->body + 11 + who_size, note_size);
    group_flush(v->rebuilt);
    if (store_acknowledge(v->rebuilt, get_u64(record->body), who, note, &number) != 0)
        differ(v, "position %" PRIu64 ": nothing to acknowledge", record->position);
}

static void redo_clock(struct verification *v, const struct record *record)
{
    if (record->size != 4 || store_clock(v->rebuilt, get_i32(record->body)) != 0)
        differ(v, "position %" PRIu64 ": the clock cannot be moved", record->position);
}

static void redo_fact(struct verification *v, const struct record *record, uint64_t *fact)
{
    struct store *store = v->rebuilt;
    if (record->size != 8) {
        differ(v, "position %" PRIu64 ": the record cannot be read", record->position);
        return;
    }
    *fact = get_u64(record->body);
    journal_append(&store->journal, &store->txn, record->type, record->body, record->size);
}

static void redo_gaps(struct verification *v, const struct record *record)
{
    struct source_gaps gaps;
    if (record->size < 5 || !sources_take_gaps(record->body + 4, record->size - 4, &gaps))
        differ(v, "position %" PRIu64 ": the gaps cannot be read", record->position);
    else
        store_put_gaps(v->rebuilt, get_u32(record->body), &gaps);
}

static void redo(struct verification *v, const struct record *record)
{
    switch (record->type) {
    case RECORD_EVENT:
        redo_event(v, record);
        return;
    case RECORD_NAME:
        redo_name(v, record);
        return;
    case RECORD_EVALUATION:
        redo_evaluation(v, record);
        return;
    case RECORD_ALERT:
        differ(v, "position %" PRIu64 ": an alert that the rules do not give", record->position);
        return;
    case RECORD_ACKNOWLEDGE:
        redo_acknowledgement(v, record);
        return;
    case RECORD_CLOCK:
        redo_clock(v, record);
        return;
    case RECORD_EPOCH:
        redo_fact(v, record, &v->rebuilt->head.facts.epoch);
        return;
    case RECORD_COVERED:
        redo_fact(v, record, &v->rebuilt->head.facts.covered);
        return;
    case RECORD_GAPS:
        redo_gaps(v, record);
        return;
    }
    differ(v, "position %" PRIu64 ": a record of unknown type %d", record->position, record->type);
}

static void compare_record(struct verification *v, const struct record *record)
{
    struct record mine;
    int err = journal_read(&v->rebuilt->journal, &v->rebuilt->txn, record->position, &mine);
    if (err != 0 || mine.type != record->type || mine.size != record->size
        || memcmp(mine.body, record->body, mine.size) != 0)
        differ(v, "position %" PRIu64 ": the rebuilt record is another one", record->position);
}

/* --- The journal --------------------------------------------------------------------- */

static int begin_group(struct verification *v)
{
    int err = store_begin(v->rebuilt, 0);
    v->since_commit = 0;
    return err;
}

/* The old segment is at its end: so is the new one. */
static int end_segment(struct verification *v, bool last)
{
    struct store *store = v->rebuilt;
    journal_flush(&store->journal, &store->txn);
    if (!last && v->since_commit < COMMIT_RECORDS)
        return 0;
    if (v->progress != NULL)
        v->progress(v->arg, store->journal.next - 1,
                    v->until < v->head.facts.position ? v->until : v->head.facts.position);
    int err = store_commit(store);
    return err != 0 || last ? err : begin_group(v);
}

static int replay(struct verification *v)
{
    struct journal_walk walk;
    struct record record;
    int err = begin_group(v);
    journal_walk_begin(&walk, &v->txn, 1);
    while (err == 0 && v->result->differences == 0 && journal_walk_next(&walk, &record)) {
        if (walk.group_begins) {
            if (record.position > v->until)
                break;
            v->group_first = record.position;
        }
        /* A segment that was full ended itself, perhaps between an evaluation and its alerts. */
        if (walk.segment_begins && v->rebuilt->journal.first < record.position)
            err = end_segment(v, false);
        if (err != 0)
            break;
        if (walk.segment_begins) {
            v->rebuilt->journal.recorded_ms = record.recorded_ms;
            v->rebuilt->journal.continues = !walk.group_begins;
            v->rebuilt->head.facts.recorded_ms = record.recorded_ms;
        }
        v->since_commit++;
        v->result->records++;
        if (record.position == v->rebuilt->journal.next)
            redo(v, &record);
        compare_record(v, &record);
    }
    journal_walk_end(&walk);
    if (v->txn.err != 0)
        differ(v, "the journal is damaged after position %" PRIu64, v->result->records);
    if (err == 0 && v->result->differences == 0)
        err = end_segment(v, true);
    else
        store_abort(v->rebuilt);
    return err;
}

/* --- The tables ------------------------------------------------------------------------ */

static const enum table folded[] = {
    TABLE_NAMES, TABLE_SOURCE_NAMES, TABLE_FUNDS, TABLE_FUND_NUMBERS, TABLE_POLICIES, TABLE_DAYS,
    TABLE_MONTHS, TABLE_FUND_SOURCES, TABLE_HEADS, TABLE_MEASURES, TABLE_RECEIVED, TABLE_RULES,
    TABLE_ALERTS, TABLE_REVERSALS, TABLE_UNMATCHED, TABLE_CLOSES, TABLE_RESTATED, TABLE_STATEMENTS,
    TABLE_COLLECTED, TABLE_NORMAL, TABLE_PAYOUTS, TABLE_ADVANCES, TABLE_PARTS, TABLE_REPORTED, TABLE_GAPS,
    TABLE_NAMED,
};

static void hex(const uint8_t *bytes, size_t size, char *ret, size_t ret_size)
{
    ret[0] = '\0';
    for (size_t i = 0; i < size && 2 * i + 3 < ret_size; i++)
        snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

static bool same_entry(const struct range *a, const struct range *b)
{
    return a->key_size == b->key_size && a->size == b->size
        && memcmp(a->key, b->key, a->key_size) == 0 && memcmp(a->value, b->value, a->size) == 0;
}

static void compare_table(struct verification *v, struct txn *rebuilt, enum table table)
{
    struct range old, new;
    char key[64];
    range_begin(&old, &v->txn, table, "", 0, "", 0);
    range_begin(&new, rebuilt, table, "", 0, "", 0);
    for (;;) {
        bool has_old = range_next(&old), has_new = range_next(&new);
        if (!has_old && !has_new)
            break;
        if (has_old && has_new && same_entry(&old, &new))
            continue;
        hex(has_old ? old.key : new.key, has_old ? old.key_size : new.key_size, key, sizeof key);
        differ(v, "table %s, key %s: %s", table_name(table), key,
               !has_new ? "is not in the rebuilt books" : !has_old ? "is missing"
                                                                   : "differs");
        if (!has_old || !has_new)
            break;
    }
    range_end(&old);
    range_end(&new);
    if (v->txn.err != 0)
        differ(v, "table %s: a value is damaged", table_name(table));
    v->txn.err = 0;
}

/* Double entry: what was debited was credited, on every day of every fund. */
static void check_balanced(struct verification *v)
{
    struct range range;
    range_begin(&range, &v->txn, TABLE_DAYS, "", 0, "", 0);
    while (range_next(&range)) {
        struct lines lines = {0};
        __int128 sum = 0;
        bool good = books_take_lines(range.value, range.size, &lines);
        for (int i = 0; i < ACCOUNT_SLOTS; i++)
            sum += lines.fen[i];
        if (!good || sum != 0)
            differ(v, "fund %u, day %d: debits and credits differ", unkey_u32(range.key),
                   date_to_ymd(unkey_i32(range.key + 4)));
    }
    range_end(&range);
}

static void compare_heads(struct verification *v)
{
    const struct head *old = &v->head, *new = &v->rebuilt->committed;
    if (old->facts.position != new->facts.position)
        differ(v, "the journal ends at %" PRIu64 ", the head says %" PRIu64,
               new->facts.position, old->facts.position);
    if (memcmp(old->facts.chain, new->facts.chain, CHAIN_SIZE) != 0)
        differ(v, "the chain's head is another one: the journal was changed");
    if (old->facts.alerts != new->facts.alerts || old->facts.events != new->facts.events
        || old->funds != new->funds || old->sources != new->sources
        || old->unmatched != new->unmatched || old->clocked != new->clocked
        || old->facts.covered != new->facts.covered)
        differ(v, "the counts of the head are other ones");
}

static int compare(struct verification *v)
{
    struct txn rebuilt;
    compare_heads(v);
    int err = txn_begin(&v->rebuilt->env, true, &rebuilt);
    if (err != 0)
        return err;
    for (size_t i = 0; i < sizeof folded / sizeof folded[0]; i++)
        compare_table(v, &rebuilt, folded[i]);
    check_balanced(v);
    v->result->funds = v->rebuilt->committed.funds;
    v->result->alerts = v->rebuilt->committed.facts.alerts;
    v->result->rules = txn_entries(&rebuilt, TABLE_RULES);
    memcpy(v->result->chain, v->rebuilt->committed.facts.chain, CHAIN_SIZE);
    txn_abort(&rebuilt);
    return 0;
}

/* --- Setting up -------------------------------------------------------------------------- */

/* Opens the copy, and gives it to `run`. */
static int over_copy(struct verification *v, const char *path, int (*run)(struct verification *v))
{
    *v->result = (struct verify_result){0};
    int err = hash_init();
    if (err == 0)
        err = env_open(path, ENV_READ_ONLY, store_options_default().map_max, &v->env);
    if (err != 0)
        return err;
    err = txn_begin(&v->env, true, &v->txn);
    if (err == 0)
        err = head_get(&v->txn, &v->head);
    if (err == 0)
        err = run(v);
    txn_abort(&v->txn);
    env_close(&v->env);
    return err;
}

static int rebuild(struct verification *v)
{
    int err = scratch_open(&v->txn, v->books, NULL, &v->rebuilt);
    return err != 0 ? err : replay(v);
}

static int rebuild_and_compare(struct verification *v)
{
    int err = rebuild(v);
    if (err == 0 && v->result->differences == 0)
        err = compare(v);
    store_close(&v->rebuilt);
    return err;
}

int verify_store(const char *path, void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                 struct verify_result *ret)
{
    char scratch[STORE_PATH_MAX];
    struct verification v = {
        .result = ret, .progress = progress, .arg = arg, .books = scratch, .until = UINT64_MAX,
    };
    int n = snprintf(scratch, sizeof scratch, "%s.rebuild-%d", path, (int)getpid());
    if (n < 0 || n >= (int)sizeof scratch)
        return -ENAMETOOLONG;
    int err = over_copy(&v, path, rebuild_and_compare);
    files_remove_folder(scratch);
    return err;
}

/* --- As known at a position ---------------------------------------------------------------- */

static int rebuild_until(struct verification *v)
{
    if (v->until == 0 || v->until > v->head.facts.position)
        return -EINVAL;
    int err = rebuild(v);
    if (err == 0 && v->result->differences == 0)
        *v->known = (struct known){
            .first = v->group_first,
            .position = v->rebuilt->committed.facts.position,
            .recorded_ms = v->rebuilt->committed.facts.recorded_ms,
        };
    store_close(&v->rebuilt);
    return err != 0 ? err : v->result->differences != 0 ? -EILSEQ : 0;
}

int verify_rebuild(const char *path, const char *books, uint64_t position,
                   void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                   struct known *ret, char *ret_wrong, size_t size)
{
    struct verify_result result;
    struct verification v = {
        .result = &result, .progress = progress, .arg = arg, .books = books, .until = position,
        .known = ret,
    };
    int err = over_copy(&v, path, rebuild_until);
    snprintf(ret_wrong, size, "%s", result.first);
    if (err != 0)
        files_remove_folder(books);
    return err;
}
