/* backtest_order - every event of the journal on its own day, as if nothing had been late.
 *
 * Events are sorted by a day and, within it, by what they are: an opening first, then what
 * happened, then what ends the day or says something of days that ended (month closes, the
 * beginning and the end of an import, the clock).  The latter keep the order among themselves that they
 * had, so they are put on the books date that the fund had then.  Within all that the journal's
 * order holds.
 * Policies and names come before everything: a policy is looked up by date anyway, and versions must rise.
 *
 * All funds' events are sorted, because a person may be counted in several; 12 bytes of a mapped file a
 * record, so that memory is not the limit. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/backtest_run.h"
#include "store/bytes.h"
#include "store/files.h"

/* In the order in which they come on one day. */
enum turn { TURN_OPENING, TURN_EVENT, TURN_CONTROL, TURNS };

#define NO_PLACE UINT32_MAX

struct order {
    struct backtest_run *b;
    date_day first_day;         /* of the events that may be dated: 1 January DATE_YEAR_MIN */
    uint32_t buckets;           /* a day and a turn each */
    uint64_t *starts;           /* of the buckets; owned */
    uint32_t *places;           /* by position: its bucket, or NO_PLACE; mapped */
    uint64_t *positions;        /* in order; mapped */
    uint64_t count;
    struct accumulator books_dates;     /* by fund: date_day, as the journal moves it */
};

/* --- Which day ---------------------------------------------------------------------- */

static uint32_t place_of(const struct order *o, date_day day, enum turn turn)
{
    uint32_t place = (uint32_t)(day - o->first_day) * TURNS + turn;
    return place < o->buckets ? place : o->buckets - 1;
}

static date_day *books_date_of(struct order *o, struct fund fund)
{
    bool new;
    date_day *date = accumulator_at(&o->books_dates, (uint64_t)fund.place << 16 | fund.scheme, &new);
    if (date != NULL && new)
        *date = DATE_NONE;
    return date;
}

static void move_to(date_day *books_date, date_day day)
{
    if (day > *books_date)
        *books_date = day;
}

/* The fund's books date behind this event, as it was when the event came. */
static int follow_event(struct order *o, const struct event *event, date_day *ret)
{
    date_day *date = books_date_of(o, event->fund);
    if (date == NULL)
        return -ENOMEM;
    if (event->kind == KIND_POLICY && *date == DATE_NONE)
        *date = event->date - 1;
    else if (event->kind == KIND_DAY || event->kind == KIND_OPENING)
        move_to(date, event->date);
    *ret = *date;
    return 0;
}

/* Funds that live by the clock end a day with it. */
static int follow_clock(struct order *o, date_day ended)
{
    struct store *books = o->b->books;
    for (uint32_t number = 1; number <= books->head.funds; number++) {
        struct group_fund *fund = group_fund_by_number(books, number);
        const struct policy *policy = fund == NULL ? NULL : group_policy(books, fund, ended, UINT64_MAX);
        date_day *date = policy == NULL ? NULL : books_date_of(o, fund->fund);
        if (date == NULL)
            return books->txn.err != 0 ? books->txn.err : -ENOMEM;
        if (policy->clock == CLOCK_LIVE)
            move_to(date, ended);
    }
    return 0;
}

static uint32_t place_of_event(struct order *o, const struct event *event, date_day books_date)
{
    switch ((enum event_kind)event->kind) {
    case KIND_POLICY:
        return NO_PLACE;
    case KIND_OPENING:
        return place_of(o, event->date, TURN_OPENING);
    case KIND_DAY:
    case KIND_MONTH_CLOSE:
    case KIND_IMPORT:
    case KIND_IMPORT_DONE:
        return place_of(o, books_date, TURN_CONTROL);
    case KIND_ENROLLMENT:
    case KIND_CONTRIBUTION:
    case KIND_SUBSIDY:
    case KIND_INCOME:
    case KIND_SETTLEMENT:
    case KIND_DISBURSEMENT:
    case KIND_EXPENDITURE:
    case KIND_REVERSAL:
    case KIND_POPULATION:
    case KIND_STATEMENT:
    case KIND_END:
        break;
    }
    return place_of(o, event->date, TURN_EVENT);
}

/* --- The first walk: names and policies are applied, the rest gets its place. ------------- */

static int place_event(struct order *o, const struct record *record, uint32_t *ret)
{
    struct event_record event;
    date_day books_date;
    int err = event_of_record(record, &event);
    if (err == 0)
        err = follow_event(o, &event.event, &books_date);
    if (err != 0)
        return err;
    *ret = place_of_event(o, &event.event, books_date);
    if (event.event.kind != KIND_POLICY)
        return 0;
    err = backtest_event(o->b, record);
    if (err == 0)
        rules_evaluate_planned(o->b->books);
    return err != 0 ? err : o->b->books->txn.err;
}

static int place_clock(struct order *o, const struct record *record, uint32_t *ret)
{
    if (record->size != 4)
        return -EILSEQ;
    *ret = place_of(o, get_i32(record->body), TURN_CONTROL);
    return follow_clock(o, get_i32(record->body));
}

static int place_record(struct order *o, const struct record *record)
{
    uint32_t *place = &o->places[record->position];
    int err = 0;
    *place = NO_PLACE;
    if (record->type == RECORD_EVENT)
        err = place_event(o, record, place);
    else if (record->type == RECORD_CLOCK)
        err = place_clock(o, record, place);
    else if (record->type == RECORD_NAME)
        err = backtest_name(o->b, record);
    else if (record->type == RECORD_ALERT)
        err = backtest_told(o->b, record);
    if (err == 0 && *place != NO_PLACE) {
        o->starts[*place]++;
        o->count++;
    }
    return err;
}

static int place_all(struct order *o)
{
    struct journal_walk walk;
    struct record record;
    int err = 0;
    journal_walk_begin(&walk, &o->b->txn, 1);
    while (err == 0 && journal_walk_next(&walk, &record)) {
        if (record.position > o->b->head.facts.position) {
            err = -EILSEQ;
            break;
        }
        o->b->result->records++;
        err = place_record(o, &record);
        backtest_count(o->b);
        if (err == 0)
            err = backtest_commit(o->b);
    }
    journal_walk_end(&walk);
    return err != 0 ? err : o->b->txn.err;
}

/* --- Sorting, and the second walk ----------------------------------------------------------- */

static void sort(struct order *o)
{
    uint64_t start = 0;
    for (uint32_t i = 0; i < o->buckets; i++) {
        uint64_t count = o->starts[i];
        o->starts[i] = start;
        start += count;
    }
    for (uint64_t position = 1; position <= o->b->result->records; position++)
        if (o->places[position] != NO_PLACE)
            o->positions[o->starts[o->places[position]]++] = position;
}

/* A control comes alone, as if in a batch of its own: days are judged when they have ended. */
static int redo(struct backtest_run *b, uint64_t position)
{
    struct record record;
    int err = journal_read(NULL, &b->txn, position, &record);
    if (err != 0)
        return err;
    err = record.type == RECORD_CLOCK ? backtest_clock(b, &record) : backtest_event(b, &record);
    if (err == 0 && b->books->evaluation_count > 0)
        rules_evaluate_planned(b->books);
    return err != 0 ? err : b->books->txn.err;
}

static int redo_all(struct order *o)
{
    int err = 0;
    for (uint64_t i = 0; i < o->count && err == 0; i++) {
        if (i % REPLAY_COMMIT == 0 && backtest_is_past(o->b))
            break;
        err = redo(o->b, o->positions[i]);
        backtest_count(o->b);
        if (err == 0)
            err = backtest_commit(o->b);
    }
    return err;
}

/* --- Memory ---------------------------------------------------------------------------------- */

/* Of a file that has its disk, and no name any more; NULL if there is not enough of it. */
static void *map_file(const char *folder, const char *name, size_t size)
{
    char path[STORE_PATH_MAX];
    if (files_join(path, sizeof path, folder, name) != 0)
        return NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return NULL;
    unlink(path);
    void *map = posix_fallocate(fd, 0, (off_t)size) != 0 ? MAP_FAILED
        : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

static void unmap(void *map, size_t size)
{
    if (map != NULL)
        munmap(map, size);
}

int backtest_in_order(struct backtest_run *b)
{
    date_day first, last;
    if (!date_from_ymd(DATE_YEAR_MIN * 10000 + 101, &first)
        || !date_from_ymd(DATE_YEAR_MAX * 10000 + 1231, &last))
        return -EINVAL;
    struct order o = {
        .b = b, .first_day = first, .buckets = (uint32_t)(last - first + 1) * TURNS,
    };
    size_t records = b->head.facts.position + 1;
    o.starts = calloc(o.buckets, sizeof *o.starts);
    o.places = map_file(b->scratch, "places", records * sizeof *o.places);
    o.positions = map_file(b->scratch, "positions", records * sizeof *o.positions);
    accumulator_init(&o.books_dates, sizeof (date_day));
    b->of = 2 * b->head.facts.position;
    int err = o.starts == NULL ? -ENOMEM : o.places == NULL || o.positions == NULL ? -ENOSPC : 0;
    if (err == 0)
        err = place_all(&o);
    if (err == 0) {
        sort(&o);
        err = redo_all(&o);
    }
    accumulator_free(&o.books_dates);
    unmap(o.positions, records * sizeof *o.positions);
    unmap(o.places, records * sizeof *o.places);
    free(o.starts);
    return err;
}
