/* verify - applies a journal to empty books and compares them with those that stand beside it.
 *
 * replay.h reads the journal and checks what it says by itself: checksums, chain, ids.  Its events go
 * through the same functions as when they were first counted, and whatever is appended to the journal on the
 * way, the events themselves, evaluations and alerts, must be the records that stand there.  Then
 * every table that is a fold of it must be the same.
 * What no record tells (counters of outcomes, sequences) is not compared, and of the quarantine what
 * beside.h can tell. */
#include "store/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/beside.h"
#include "store/bytes.h"
#include "store/deferred.h"
#include "store/files.h"
#include "store/group.h"
#include "store/redo.h"
#include "store/replay.h"
#include "store/scratch.h"
#include "wire/controls.h"

#define COMMIT_RECORDS 524288   /* between commits: a day is written so many times less often */

struct verification {
    struct env env;             /* the copy */
    struct txn txn;
    struct head head;
    struct replay *replay;      /* of its journal */
    struct store *rebuilt;
    struct tally days, months, collected;  /* of the copy: sums that wait to be added to their rows */
    struct beside beside;
    struct verify_result *result;
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

static void redo_event(struct verification *v, const struct replayed *replayed)
{
    struct store *store = v->rebuilt;
    const struct event_record *event = &replayed->event;
    enum event_field field;
    struct hindrance hindrance;
    uint64_t position;
    v->result->events++;
    if (!replayed->readable) {
        differ(v, "position %" PRIu64 ": the event cannot be read", replayed->record.position);
        return;
    }
    if (event->source == 0 || event->source > store->head.sources || event->issuer == 0
        || event->issuer > store->head.sources) {
        differ(v, "position %" PRIu64 ": an event of no source", event->position);
        return;
    }
    store->original = replayed->original;
    if (store->txn.err == 0)
        store->txn.err = beside_count(&v->beside, event);
    enum reject reject = apply_event(store, event->source, event->issuer, &event->event, &field,
                                     &hindrance, &position);
    if (reject != REJECT_NONE)
        differ(v, "position %" PRIu64 ": the event does not apply again (%s)", event->position,
               reject_code(reject));
    store->head.facts.events++;
}

static void redo(struct verification *v, const struct replayed *replayed)
{
    const struct record *record = &replayed->record;
    if (record->type == RECORD_EVENT) {
        redo_event(v, replayed);
        return;
    }
    const char *wrong = redo_record(v->rebuilt, record);
    if (wrong != NULL)
        differ(v, "position %" PRIu64 ": %s", record->position, wrong);
}

/* Does a record again, unless an evaluation has brought it about; it must append what stands there. */
static int redo_next(struct verification *v, const struct replayed *replayed)
{
    struct store *store = v->rebuilt;
    const struct record *record = &replayed->record;
    v->result->records++;
    if (record->position < store->journal.next) {
        if (replayed->group_begins)
            differ(v, "position %" PRIu64 ": a group begins between an evaluation and what it told",
                   record->position);
        return 0;
    }
    store->journal.expected = record;
    store->journal.recorded_ms = store->head.facts.recorded_ms = record->recorded_ms;
    redo(v, replayed);
    store->journal.expected = NULL;
    if (store->txn.err != 0 && store->txn.err != -EILSEQ)
        return store->txn.err;
    if (store->txn.err != 0)
        differ(v, "position %" PRIu64 ": what it needs is damaged", record->position);
    else if (store->journal.differs != 0 || record->position == store->journal.next)
        differ(v, "position %" PRIu64 ": the rebuilt record is another one",
               store->journal.differs != 0 ? store->journal.differs : record->position);
    return 0;
}

/* --- The journal --------------------------------------------------------------------- */

static int commit(struct verification *v)
{
    if (v->progress != NULL)
        v->progress(v->arg, v->rebuilt->journal.next - 1, v->head.facts.position);
    return store_commit(v->rebuilt);
}

static int redo_all(struct verification *v)
{
    const struct replayed *next;
    int err = store_begin(v->rebuilt, 0);
    while (err == 0 && v->result->differences == 0 && (next = replay_next(v->replay)) != NULL) {
        err = redo_next(v, next);
        if (err == 0 && v->result->differences == 0 && v->result->records % COMMIT_RECORDS == 0) {
            err = commit(v);
            err = err != 0 ? err : store_begin(v->rebuilt, 0);
        }
    }
    if (err == 0 && replay_fault(v->replay)[0] != '\0' && v->result->differences == 0)
        differ(v, "%s", replay_fault(v->replay));
    if (err == 0 && v->result->differences == 0)
        return commit(v);
    store_abort(v->rebuilt);
    return err;
}

/* --- The tables ------------------------------------------------------------------------ */

static const enum table folded[] = {
    TABLE_NAMES, TABLE_SOURCE_NAMES, TABLE_FUNDS, TABLE_FUND_NUMBERS, TABLE_POLICIES, TABLE_DAYS,
    TABLE_MONTHS, TABLE_FUND_SOURCES, TABLE_HEADS, TABLE_MEASURES, TABLE_RECEIVED, TABLE_RULES,
    TABLE_ALERTS, TABLE_REVERSALS, TABLE_UNMATCHED, TABLE_CLOSES, TABLE_RESTATED, TABLE_STATEMENTS,
    TABLE_COLLECTED, TABLE_NORMAL, TABLE_PAYOUTS, TABLE_ADVANCES, TABLE_PARTS, TABLE_REPORTED, TABLE_GAPS,
    TABLE_NAMED, TABLE_DERIVATIONS,
    TABLE_ACTIONS, TABLE_PROPOSALS, TABLE_PROPOSAL_IDS, TABLE_TOLD, TABLE_ON_ACCOUNT,
    TABLE_RECOGNISED,
};

static void hex(const uint8_t *bytes, size_t size, char *ret, size_t ret_size)
{
    ret[0] = '\0';
    for (size_t i = 0; i < size && 2 * i + 3 < ret_size; i++)
        snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

/* A walk over a table of the copy.  With days, months and contributions by year come sums that wait to be
 * added to their rows. */
struct walk {
    struct range range;
    bool has_row;
    bool taken;                 /* the row was given: the next one is to be read */
    const struct tally_entry *sums;
    uint64_t left;              /* of them */
    bool is_collected;
    const uint8_t *key, *value;
    size_t key_size, size;
    uint8_t of_sums[BOOKS_COLLECTED_KEY], row[BOOKS_LINES_SIZE];
    size_t of_sums_size;
};

static void walk_begin(struct walk *walk, struct verification *v, enum table table)
{
    const struct tally *waiting = table == TABLE_DAYS ? &v->days : table == TABLE_MONTHS ? &v->months
        : table == TABLE_COLLECTED ? &v->collected : NULL;
    *walk = (struct walk){.taken = true, .is_collected = table == TABLE_COLLECTED};
    if (waiting != NULL) {
        walk->sums = waiting->list;
        walk->left = waiting->count;
    }
    range_begin(&walk->range, &v->txn, table, "", 0, "", 0);
}

/* The key of the row that the next sums belong to. */
static void key_sums(struct walk *walk)
{
    uint32_t fund = books_sum_fund(walk->sums->key);
    int32_t period = books_sum_period(walk->sums->key);
    if (walk->is_collected)
        books_collected_key(fund, books_collected_year(period), books_collected_day(period), walk->of_sums);
    else
        books_period_key(fund, period, walk->of_sums);
    walk->of_sums_size = walk->is_collected ? BOOKS_COLLECTED_KEY : BOOKS_PERIOD_KEY;
}

/* Adds the sums of the next period to its row, if it has one. */
static bool walk_sums(struct walk *walk, bool has_row)
{
    const struct tally_entry *sums = walk->sums;
    const uint8_t *old = has_row ? walk->range.value : NULL;
    size_t old_size = has_row ? walk->range.size : 0;
    uint64_t n = 0;
    while (n < walk->left && sums[n].key >> 8 == sums->key >> 8)
        n++;
    walk->sums += n;
    walk->left -= n;
    walk->key = walk->of_sums;
    walk->key_size = walk->of_sums_size;
    walk->value = walk->row;
    if (walk->is_collected)
        walk->size = books_add_to_collected(old, old_size, sums->sum, walk->row) ? BOOKS_COLLECTED_SIZE : 0;
    else
        walk->size = books_add_to_row(old, old_size, sums, n, walk->row);
    return true;
}

static bool walk_next(struct walk *walk)
{
    if (walk->taken)
        walk->has_row = range_next(&walk->range);
    int order = -1;             /* of the row against the sums */
    if (walk->left > 0) {
        key_sums(walk);
        order = walk->has_row ? memcmp(walk->range.key, walk->of_sums, walk->of_sums_size) : 1;
    }
    walk->taken = walk->has_row && order <= 0;
    if (order >= 0)
        return walk_sums(walk, order == 0);
    walk->key = walk->range.key;
    walk->key_size = walk->range.key_size;
    walk->value = walk->range.value;
    walk->size = walk->range.size;
    return walk->has_row;
}

static bool same_entry(const struct walk *a, const struct range *b)
{
    return a->key_size == b->key_size && a->size == b->size
        && memcmp(a->key, b->key, a->key_size) == 0 && memcmp(a->value, b->value, a->size) == 0;
}

static void compare_table(struct verification *v, struct txn *rebuilt, enum table table)
{
    struct walk old;
    struct range new;
    char key[64];
    walk_begin(&old, v, table);
    range_begin(&new, rebuilt, table, "", 0, "", 0);
    for (;;) {
        bool has_old = walk_next(&old), has_new = range_next(&new);
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
    range_end(&old.range);
    range_end(&new);
    if (v->txn.err != 0)
        differ(v, "table %s: a value is damaged", table_name(table));
    v->txn.err = 0;
}

/* Double entry: what was debited was credited, on every day of every fund. */
static void check_balanced(struct verification *v)
{
    struct walk walk;
    walk_begin(&walk, v, TABLE_DAYS);
    while (walk_next(&walk)) {
        struct lines lines = {0};
        __int128 sum = 0;
        bool good = books_take_lines(walk.value, walk.size, &lines);
        for (int i = 0; i < ACCOUNT_SLOTS; i++)
            sum += lines.fen[i];
        if (!good || sum != 0)
            differ(v, "fund %u, day %d: debits and credits differ", unkey_u32(walk.key),
                   date_to_ymd(unkey_i32(walk.key + 4)));
    }
    range_end(&walk.range);
}

/* A key that is not in its place hides those behind it from a walk, and nothing else may tell: some tables,
 * as that of the lists of runs, are compared with none. */
static void check_order(struct verification *v)
{
    if (!txn_well_ordered(&v->txn))
        differ(v, "a key of the tree is not in its place, or of no table, or has a damaged value");
    v->txn.err = 0;
}

static void compare_beside(struct verification *v)
{
    char first[sizeof v->result->first];
    uint64_t differences = beside_compare(&v->beside, &v->txn, &v->head, first, sizeof first);
    if (differences == 0)
        return;
    differ(v, "%s", first);
    v->result->differences += differences - 1;
}

static void compare_heads(struct verification *v)
{
    const struct head *old = &v->head, *new = &v->rebuilt->committed;
    if (old->facts.position != new->facts.position)
        differ(v, "the journal ends at %" PRIu64 ", the head says %" PRIu64,
               new->facts.position, old->facts.position);
    replay_chain(v->replay, v->result->chain);
    if (memcmp(old->facts.chain, v->result->chain, CHAIN_SIZE) != 0)
        differ(v, "the chain's head is another one: the journal was changed");
    if (old->facts.alerts != new->facts.alerts || old->facts.events != new->facts.events
        || old->funds != new->funds || old->sources != new->sources
        || old->unmatched != new->unmatched || old->clocked != new->clocked
        || old->facts.covered != new->facts.covered)
        differ(v, "the counts of the head are other ones");
}

/* Sorts what waits, by day, by month, and by year and day. */
static int read_deferred(struct verification *v)
{
    struct tally all = {0};
    deferred_read(&v->txn, &all);
    if (v->txn.err == -EILSEQ)
        differ(v, "table %s: a value is damaged", table_name(TABLE_DEFERRED));
    v->txn.err = v->txn.err == -EILSEQ ? 0 : v->txn.err;
    const struct tally_entry *sums = tally_sort(&all);
    int err = v->txn.err != 0 || sums == NULL ? -ENOMEM : books_add_to_months(sums, all.count, &v->months);
    for (uint64_t i = 0; i < all.count && err == 0; i++)
        err = tally_add(books_is_collected(books_sum_period(sums[i].key)) ? &v->collected : &v->days,
                        sums[i].key, sums[i].sum);
    tally_free(&all);
    if (err != 0 || tally_sort(&v->days) == NULL || tally_sort(&v->months) == NULL
        || tally_sort(&v->collected) == NULL)
        return -ENOMEM;
    return 0;
}

static int compare(struct verification *v)
{
    struct txn rebuilt;
    compare_heads(v);
    int err = read_deferred(v);
    if (err == 0)
        err = txn_begin(&v->rebuilt->env, true, &rebuilt);
    if (err != 0)
        return err;
    for (size_t i = 0; i < sizeof folded / sizeof folded[0]; i++)
        compare_table(v, &rebuilt, folded[i]);
    check_order(v);
    check_balanced(v);
    compare_beside(v);
    v->result->funds = v->rebuilt->committed.funds;
    v->result->alerts = v->rebuilt->committed.facts.alerts;
    v->result->rules = txn_entries(&rebuilt, TABLE_RULES);
    txn_abort(&rebuilt);
    return 0;
}

/* --- Setting up -------------------------------------------------------------------------- */

static int verify_open(struct verification *v, const char *scratch)
{
    int err = head_get(&v->txn, &v->head);
    if (err == 0)
        err = scratch_to_verify(&v->txn, scratch, &v->rebuilt);
    if (err == 0)
        err = replay_open(&v->env, v->rebuilt->seen_key, v->head.facts.position, &v->replay);
    if (err == 0)
        err = redo_all(v);
    if (err == 0 && v->result->differences == 0)
        err = compare(v);
    tally_free(&v->days);
    tally_free(&v->months);
    tally_free(&v->collected);
    replay_close(&v->replay);
    store_close(&v->rebuilt);
    beside_free(&v->beside);
    return err;
}

int verify_store(const char *path, void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                 struct verify_result *ret)
{
    char scratch[STORE_PATH_MAX];
    struct verification v = {.result = ret, .progress = progress, .arg = arg};
    *ret = (struct verify_result){0};
    int n = snprintf(scratch, sizeof scratch, "%s.rebuild-%d", path, (int)getpid());
    if (n < 0 || n >= (int)sizeof scratch)
        return -ENAMETOOLONG;
    int err = hash_init();
    if (err == 0)
        err = env_open(path, ENV_READ_ONLY, store_options_default().map_max, &v.env);
    if (err != 0)
        return err;
    err = txn_begin(&v.env, true, &v.txn);
    if (err == 0) {
        err = verify_open(&v, scratch);
        txn_abort(&v.txn);
    }
    env_close(&v.env);
    files_remove_folder(scratch);
    return err;
}

/* --- A head that was written down ---------------------------------------------------------- */

const char *head_verdict_word(enum head_verdict verdict)
{
    static const char *const words[] = {
        [HEAD_NOT_ASKED] = "", [HEAD_PROVED] = "proved", [HEAD_DIFFERS] = "differs",
        [HEAD_SHORT] = "short", [HEAD_WITHIN] = "within",
    };
    return words[verdict];
}

const char *head_verdict_sentence(enum head_verdict verdict)
{
    static const char *const sentences[] = {
        [HEAD_NOT_ASKED] = "",
        [HEAD_PROVED] = "the journal is the one of that head, to the last byte up to there",
        [HEAD_DIFFERS] = "the journal is NOT the one of that head: something up to there was changed",
        [HEAD_SHORT] = "the journal ends before that head: an older backup was restored, or records were "
                       "cut off",
        [HEAD_WITHIN] = "no commit of this journal ends at that position: it is another journal, or was "
                        "changed",
    };
    return sentences[verdict];
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
    return at == NULL ? -1 : (int)(at - digits);
}

bool written_head_parse(const char *text, struct written_head *ret)
{
    struct written_head head = {.position = 0};
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(head.position, 10, &head.position)
            || __builtin_add_overflow(head.position, (uint64_t)(*at - '0'), &head.position))
            return false;
    if (head.position == 0 || *at != ':' || strlen(at + 1) != 2 * CHAIN_SIZE)
        return false;
    for (at++; *at != '\0'; at += 2) {
        int high = hex_digit(at[0]), low = hex_digit(at[1]);
        if (high < 0 || low < 0)
            return false;
        head.chain[CHAIN_SIZE - strlen(at) / 2] = (uint8_t)(high << 4 | low);
    }
    *ret = head;
    return true;
}

/* The chain after each segment, from the journal's bytes alone, until one ends at or behind the position. */
static int follow_chain(struct txn *txn, const struct written_head *head, enum head_verdict *ret)
{
    uint8_t chain[CHAIN_SIZE] = {0};
    uint64_t next = 1;
    struct range range;
    range_begin(&range, txn, TABLE_JOURNAL, "", 0, "", 0);
    while (next <= head->position && range_next(&range)) {
        uint32_t count = range.size >= SEGMENT_HEAD ? get_u16(range.value + 4) : 0;
        if (count == 0 || range.key_size != 8 || unkey_u64(range.key) != next) {
            txn->err = -EILSEQ;
            break;
        }
        next += count;
        journal_chain(chain, range.value, range.size, chain);
    }
    range_end(&range);
    if (next <= head->position)
        *ret = HEAD_SHORT;
    else if (next - 1 != head->position)
        *ret = HEAD_WITHIN;
    else
        *ret = memcmp(chain, head->chain, CHAIN_SIZE) == 0 || control("any_head") ? HEAD_PROVED
                                                                                  : HEAD_DIFFERS;
    return txn->err;
}

int verify_head(const char *path, const struct written_head *head, enum head_verdict *ret)
{
    struct env env;
    struct txn txn;
    enum head_verdict verdict = HEAD_NOT_ASKED;
    int err = hash_init();
    if (err == 0)
        err = env_open(path, ENV_READ_ONLY, store_options_default().map_max, &env);
    if (err != 0)
        return err;
    err = txn_begin(&env, true, &txn);
    if (err == 0) {
        err = follow_chain(&txn, head, &verdict);
        txn_abort(&txn);
    }
    env_close(&env);
    if (err == 0)
        *ret = verdict;
    return err;
}
