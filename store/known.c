/* known - the journal applied once more, up to a commit and in segments of the same extent, so that what is
 * rebuilt has the records that stand there, and the groups. */
#include "store/known.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/files.h"
#include "store/group.h"
#include "store/redo.h"
#include "store/scratch.h"

#define COMMIT_RECORDS 65536    /* records between commits of the rebuilt books */

struct rebuild {
    struct env env;             /* the copy */
    struct txn txn;
    struct store *books;
    uint64_t position;          /* the rebuild ends with the group that has it */
    uint64_t group_first;       /* of the group that is being rebuilt */
    uint64_t since_commit;
    void (*progress)(void *arg, uint64_t at, uint64_t of);
    void *arg;
    char *wrong;                /* what differs, in words */
    size_t wrong_size;
};

[[gnu::format(printf, 2, 3)]]
static int differ(struct rebuild *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->wrong, r->wrong_size, format, args);
    va_end(args);
    return -EILSEQ;
}

/* --- One record: to be done again, or already brought about by an evaluation. ----- */

static int redo_event(struct rebuild *r, const struct record *record)
{
    struct event_record event;
    struct applied applied;
    if (event_of_record(record, &event) != 0)
        return differ(r, "position %" PRIu64 ": the event cannot be read", record->position);
    int err = store_apply(r->books, event.source, event.issuer, &event.event, &applied);
    if (err == 0 && applied.outcome != OUTCOME_APPLIED)
        return differ(r, "position %" PRIu64 ": the event does not apply again (%s)",
                      record->position, outcome_word(applied.outcome));
    return err;
}

static int redo(struct rebuild *r, const struct record *record)
{
    if (record->type == RECORD_EVENT)
        return redo_event(r, record);
    const char *wrong = redo_record(r->books, record);
    if (r->books->txn.err != 0)
        return r->books->txn.err;
    return wrong == NULL ? 0 : differ(r, "position %" PRIu64 ": %s", record->position, wrong);
}

static int compare_record(struct rebuild *r, const struct record *record)
{
    struct record mine;
    int err = journal_read(&r->books->journal, &r->books->txn, record->position, &mine);
    if (err != 0 || mine.type != record->type || mine.size != record->size
        || memcmp(mine.body, record->body, mine.size) != 0)
        return differ(r, "position %" PRIu64 ": the rebuilt record is another one", record->position);
    return 0;
}

static int redo_next(struct rebuild *r, const struct record *record)
{
    int err = 0;
    r->since_commit++;
    if (record->position == r->books->journal.next)
        err = redo(r, record);
    return err != 0 ? err : compare_record(r, record);
}

/* --- The journal --------------------------------------------------------------------- */

/* The old segment is at its end: so is the new one. */
static int end_segment(struct rebuild *r)
{
    struct store *books = r->books;
    journal_flush(&books->journal, &books->txn);
    if (r->since_commit < COMMIT_RECORDS)
        return books->txn.err;
    r->since_commit = 0;
    if (r->progress != NULL)
        r->progress(r->arg, books->journal.next - 1, r->position);
    int err = store_commit(books);
    return err != 0 ? err : store_begin(books, 0);
}

static int begin_segment(struct rebuild *r, const struct record *record, bool group_begins)
{
    struct store *books = r->books;
    /* One that was full ended itself, perhaps between an evaluation and its alerts. */
    int err = books->journal.first < record->position ? end_segment(r) : 0;
    if (group_begins)
        r->group_first = record->position;
    books->journal.recorded_ms = books->head.facts.recorded_ms = record->recorded_ms;
    books->journal.continues = !group_begins;
    return err;
}

static int redo_until(struct rebuild *r)
{
    struct journal_walk walk;
    struct record record;
    int err = 0;
    journal_walk_begin(&walk, &r->txn, 1);
    while (err == 0 && journal_walk_next(&walk, &record)
           && !(walk.group_begins && record.position > r->position)) {
        if (walk.segment_begins)
            err = begin_segment(r, &record, walk.group_begins);
        if (err == 0)
            err = redo_next(r, &record);
    }
    journal_walk_end(&walk);
    if (err == 0 && (r->txn.err != 0 || r->books->journal.next <= r->position))
        err = differ(r, "the journal is damaged after position %" PRIu64, r->books->journal.next - 1);
    return err;
}

static int rebuild(struct rebuild *r, const char *folder, struct known *ret)
{
    struct head head;
    int err = head_get(&r->txn, &head);
    if (err == 0 && (r->position == 0 || r->position > head.facts.position))
        err = -EINVAL;
    if (err == 0)
        err = scratch_to_know(&r->txn, folder, &r->books);
    if (err == 0)
        err = store_begin(r->books, 0);
    if (err == 0)
        err = redo_until(r);
    if (err == 0)
        err = store_commit(r->books);
    if (err == 0)
        *ret = (struct known){
            .first = r->group_first,
            .position = r->books->committed.facts.position,
            .recorded_ms = r->books->committed.facts.recorded_ms,
        };
    store_close(&r->books);
    return err;
}

int known_rebuild(const char *path, const char *books, uint64_t position,
                  void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                  struct known *ret, char *ret_wrong, size_t size)
{
    struct rebuild r = {
        .position = position, .progress = progress, .arg = arg, .wrong = ret_wrong, .wrong_size = size,
    };
    ret_wrong[0] = '\0';
    int err = hash_init();
    if (err == 0)
        err = env_open(path, ENV_READ_ONLY, store_options_default().map_max, &r.env);
    if (err != 0)
        return err;
    err = txn_begin(&r.env, true, &r.txn);
    if (err == 0) {
        err = rebuild(&r, books, ret);
        txn_abort(&r.txn);
    }
    env_close(&r.env);
    if (err != 0)
        files_remove_folder(books);
    return err;
}
