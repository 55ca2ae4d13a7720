/* backtest - the journal in its own order, and what is common to both orders. */
#include "store/backtest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/backtest_run.h"
#include "store/bytes.h"
#include "store/files.h"
#include "store/place.h"
#include "store/scratch.h"

static_assert(TOLD_INSTANCE_MAX + 1 >= sizeof ((struct alert *)NULL)->instance,
              "an instance's name has room");

/* --- Records, once more -------------------------------------------------------------- */

int backtest_event(struct backtest_run *b, const struct record *record)
{
    struct event_record event;
    struct applied applied;
    int err = event_of_record(record, &event);
    if (err != 0)
        return err;
    err = store_apply(b->books, event.source, event.issuer, &event.event, &applied);
    if (b->own || err != 0)
        return err;
    if (applied.outcome == OUTCOME_APPLIED)
        b->result->events++;
    else
        b->result->refused++;
    return 0;
}

int backtest_name(struct backtest_run *b, const struct record *record)
{
    char name[SOURCE_NAME_MAX + 1];
    uint32_t number;
    if (record->size < 5 || record->size - 4 > SOURCE_NAME_MAX)
        return -EILSEQ;
    memcpy(name, record->body + 4, record->size - 4);
    name[record->size - 4] = '\0';
    int err = store_source(b->books, name, &number);
    return err == 0 && number != get_u32(record->body) ? -EILSEQ : err;
}

int backtest_clock(struct backtest_run *b, const struct record *record)
{
    return record->size == 4 ? store_clock(b->books, get_i32(record->body)) : -EILSEQ;
}

/* Room for one more; NULL without memory. */
static struct told *more_told(struct told **list, size_t *count)
{
    if ((*count & (*count - 1)) == 0) {
        struct told *larger = realloc(*list, 2 * (*count + 1) * sizeof *larger);
        if (larger == NULL)
            return NULL;
        *list = larger;
    }
    return &(*list)[(*count)++];
}

/* Who reports when, and in which batches, is what the order of days changes by itself. */
static bool is_about_arrival(enum rule rule)
{
    return rule == RULE_QUIET || rule == RULE_GAPS || rule == RULE_COMPLETENESS;
}

static int keep_told(struct backtest_run *b, const struct record *record, struct told **list,
                     size_t *count)
{
    struct reader r = reader_of(record->body, record->size);
    struct alert alert;
    if (!alert_decode(&r, &alert))
        return -EILSEQ;
    if (!fund_equal(alert.fund, b->ask->fund) || alert.transition == TRANSITION_ACKNOWLEDGED)
        return 0;
    if (b->ask->in_order && is_about_arrival(alert.rule))
        return 0;
    struct told *told = more_told(list, count);
    if (told == NULL)
        return -ENOMEM;
    *told = (struct told){
        .number = alert.number,
        .date = alert.books_date,
        .rule = alert.rule,
        .incident = alert.incident,
        .transition = alert.transition,
        .level = alert.level,
        .previous = alert.previous_level,
        .indicator = alert.indicator,
    };
    memcpy(told->instance, alert.instance, sizeof alert.instance);
    return 0;
}

int backtest_told(struct backtest_run *b, const struct record *record)
{
    return b->own ? 0 : keep_told(b, record, &b->result->then, &b->result->then_count);
}

/* The alerts of the books that were rebuilt. */
static int keep_rebuilt(struct backtest_run *b, struct told **list, size_t *count)
{
    struct txn txn;
    struct range range;
    int err = txn_begin(&b->books->env, true, &txn);
    if (err != 0)
        return err;
    range_begin(&range, &txn, TABLE_ALERTS, "", 0, "", 0);
    while (err == 0 && range_next(&range)) {
        struct record record;
        err = range.size != 8 ? -EILSEQ : journal_read(NULL, &txn, get_u64(range.value), &record);
        if (err == 0)
            err = keep_told(b, &record, list, count);
    }
    range_end(&range);
    if (err == 0)
        err = txn.err;
    txn_abort(&txn);
    return err;
}

void backtest_count(struct backtest_run *b)
{
    b->since_commit++;
    b->done++;
}

int backtest_commit(struct backtest_run *b)
{
    if (b->since_commit < REPLAY_COMMIT)
        return 0;
    b->since_commit = 0;
    if (b->progress != NULL)
        b->progress(b->arg, b->done, b->of);
    int err = store_commit(b->books);
    return err != 0 ? err : store_begin(b->books, 0);
}

/* What is entered as history comes in any order, so of it nothing is past before it is entered. */
bool backtest_is_past(struct backtest_run *b)
{
    struct group_fund *fund = group_fund(b->books, b->ask->fund);
    return b->ask->to != DATE_NONE && fund != NULL && fund->record.number != 0 && !fund->record.importing
        && fund->record.books_date > b->ask->to + COURSE_DAYS_MAX;
}

/* --- The journal in its own order ------------------------------------------------------ */

/* As store_commit() does of a group: what was planned, and then what moved. */
static int judge_group(struct backtest_run *b)
{
    struct group_fund *fund = group_fund(b->books, b->ask->fund);
    if (fund != NULL && (fund->moved || b->books->evaluation_count > 0))
        rules_evaluate_group(b->books);
    return b->books->txn.err;
}

/* That a day or a source was judged here says that a batch ended here. */
static int end_batch(struct backtest_run *b, const struct record *record)
{
    if (record->size == 13 && record->body[8] != SCOPE_MOVED && b->books->evaluation_count > 0)
        rules_evaluate_planned(b->books);
    return b->books->txn.err;
}

/* The last thing of a batch before what it planned is judged. */
static int redo_gaps(struct backtest_run *b, const struct record *record)
{
    struct source_gaps gaps;
    if (record->size < 5 || !sources_take_gaps(record->body + 4, record->size - 4, &gaps))
        return -EILSEQ;
    store_put_gaps(b->books, get_u32(record->body), &gaps);
    store_plan_source(b->books, get_u32(record->body));
    rules_evaluate_planned(b->books);
    return b->books->txn.err;
}

static int redo(struct backtest_run *b, const struct record *record)
{
    switch (record->type) {
    case RECORD_EVENT:
        return backtest_event(b, record);
    case RECORD_NAME:
        return backtest_name(b, record);
    case RECORD_CLOCK:
        return backtest_clock(b, record);
    case RECORD_EVALUATION:
        return end_batch(b, record);
    case RECORD_ALERT:
        return backtest_told(b, record);
    case RECORD_GAPS:
        return redo_gaps(b, record);
    case RECORD_ACKNOWLEDGE:
    case RECORD_EPOCH:
    case RECORD_COVERED:
    case RECORD_ACTION:
        return 0;
    }
    return -EILSEQ;
}

static int begin_group(struct backtest_run *b, const struct record *record)
{
    int err = judge_group(b);
    if (err == 0)
        err = backtest_commit(b);
    b->books->journal.recorded_ms = record->recorded_ms;
    b->books->head.facts.recorded_ms = record->recorded_ms;
    return err;
}

/* Days of a history that is still being entered where the journal ends are judged by what there is of it. */
static void end_import(struct backtest_run *b)
{
    struct group_fund *fund = group_fund(b->books, b->ask->fund);
    if (fund != NULL && fund->record.importing && b->otherwise.held_count > 0) {
        fund->record.importing = false;
        group_plan_held(b->books, fund);
    }
}

int backtest_journal(struct backtest_run *b)
{
    struct journal_walk walk;
    struct record record;
    int err = 0;
    journal_walk_begin(&walk, &b->txn, 1);
    while (err == 0 && journal_walk_next(&walk, &record)) {
        if (walk.group_begins) {
            if (backtest_is_past(b))
                break;
            err = begin_group(b, &record);
        }
        if (!b->own)
            b->result->records++;
        backtest_count(b);
        if (err == 0)
            err = redo(b, &record);
    }
    journal_walk_end(&walk);
    if (err == 0)
        err = b->txn.err;
    if (err == 0)
        end_import(b);
    return err != 0 ? err : judge_group(b);
}

/* --- What it came to --------------------------------------------------------------------- */

static bool is_asked(const struct backtest_ask *ask, const struct told *told)
{
    return told != NULL && (ask->from == DATE_NONE || told->date >= ask->from)
        && (ask->to == DATE_NONE || told->date <= ask->to);
}

static int compare(struct backtest_run *b)
{
    struct backtest *r = b->result;
    int err = course_compare(r->then, r->then_count, r->now, r->now_count, &r->rows, &r->row_count);
    size_t kept = 0;
    for (size_t i = 0; err == 0 && i < r->row_count; i++)
        if (is_asked(b->ask, r->rows[i].then) || is_asked(b->ask, r->rows[i].now))
            r->rows[kept++] = r->rows[i];
    if (err == 0)
        r->row_count = kept;
    return err;
}

/* What the fund's runway is computed from: its own books, or those of its place. */
static int read_position(struct backtest_run *b, const struct group_fund *fund, enum runway_base base,
                         struct position *ret)
{
    struct txn *txn = &b->books->txn;
    struct place_funds place;
    if (!fund->record.is_rollup) {
        books_position(txn, &fund->record, base, fund->record.books_date, ret);
        return txn->err;
    }
    int err = place_gather(&b->books->journal, txn, place_under(fund->fund.place), fund->fund.scheme,
                           fund->record.books_date, &place);
    if (err != 0)
        return err;
    *ret = rollup_position(&place);
    place_free(&place);
    return 0;
}

/* How far the fund's books came, and whether its runway could be judged there. */
static int describe(struct backtest_run *b)
{
    struct backtest *r = b->result;
    struct position position;
    struct group_fund *fund = group_fund(b->books, b->ask->fund);
    if (fund == NULL)
        return -ENOMEM;
    if (fund->record.number == 0)
        return -ENOENT;
    const struct policy *policy = group_policy(b->books, fund, fund->record.books_date, UINT64_MAX);
    if (policy == NULL)
        return b->books->txn.err;
    group_flush(b->books);
    int err = read_position(b, fund, policy->runway.base, &position);
    if (err != 0)
        return err;
    r->imported_from = b->otherwise.imported_from;
    r->imported_to = b->otherwise.imported_to;
    r->first = fund->record.start;
    r->last = fund->record.books_date;
    r->months = position.months;
    r->needed = policy->runway.on ? policy->runway.min_months : 0;
    r->runway = indicator_runway(&position, policy->runway.min_months);
    return 0;
}

static int replay(struct backtest_run *b, struct told **told, size_t *count)
{
    int err = store_begin(b->books, 0);
    if (err == 0)
        err = b->ask->in_order ? backtest_in_order(b) : backtest_journal(b);
    if (err == 0 && !b->own)
        err = describe(b);
    if (err == 0)
        err = store_commit(b->books);
    return err != 0 ? err : keep_rebuilt(b, told, count);
}

static int rebuild(struct backtest_run *b, struct told **told, size_t *count)
{
    int err = scratch_to_backtest(&b->txn, b->scratch, &b->otherwise, &b->books);
    if (err != 0)
        return err;
    b->since_commit = 0;
    b->of += b->head.facts.position;
    err = replay(b, told, count);
    store_close(&b->books);
    return err;
}

/* While history was entered nothing was told, so there is nothing in the journal to compare with: what the
 * fund's own policies would have told of it. */
static int rebuild_own(struct backtest_run *b)
{
    struct backtest *r = b->result;
    b->own = true;
    b->otherwise.has_policy = false;
    b->otherwise.held_count = 0;
    free(r->then);
    r->then = NULL;
    r->then_count = 0;
    files_remove_folder(b->scratch);
    return rebuild(b, &r->then, &r->then_count);
}

static int run_over(struct backtest_run *b)
{
    struct backtest *r = b->result;
    int err = head_get(&b->txn, &b->head);
    if (err == 0)
        err = rebuild(b, &r->now, &r->now_count);
    bool imported = r->imported_from != DATE_NONE;
    if (err == 0 && imported)
        err = rebuild_own(b);
    if (err == 0)
        err = compare(b);
    for (size_t i = 0; imported && i < r->then_count; i++)
        r->then[i].number = 0;          /* of no alert that was ever told */
    return err;
}

int backtest_run(const char *copy, const char *scratch, const struct backtest_ask *ask,
                 void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                 struct backtest *ret)
{
    struct backtest result = {.imported_from = DATE_NONE, .imported_to = DATE_NONE};
    struct backtest_run b = {
        .ask = ask, .result = &result, .scratch = scratch, .progress = progress, .arg = arg,
        .otherwise = {
            .fund = ask->fund, .has_policy = !ask->in_order, .from = ask->from, .policy = ask->policy,
            .judges_imports = !ask->in_order, .imported_from = DATE_NONE, .imported_to = DATE_NONE,
        },
    };
    int err = hash_init();
    if (err == 0)
        err = env_open(copy, ENV_READ_ONLY, store_options_default().map_max, &b.env);
    if (err != 0)
        return err;
    err = txn_begin(&b.env, true, &b.txn);
    if (err == 0) {
        err = run_over(&b);
        txn_abort(&b.txn);
    }
    env_close(&b.env);
    files_remove_folder(scratch);
    free(b.otherwise.held);
    if (err == 0)
        *ret = result;
    else
        backtest_free(&result);
    return err;
}

void backtest_free(struct backtest *backtest)
{
    free(backtest->rows);
    free(backtest->then);
    free(backtest->now);
    *backtest = (struct backtest){.records = 0};
}
