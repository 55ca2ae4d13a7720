/* books - when all is over: what the store holds is what was sent, and what was told. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/verify.h"
#include "store/view.h"
#include "tests/sim/world.h"

enum line { LINE_FEES, LINE_INTEREST, LINE_INPATIENT, LINE_CATASTROPHIC, LINES };
static const enum account accounts[LINES] = { ACCOUNT_I11, ACCOUNT_I3, ACCOUNT_E11, ACCOUNT_E2 };

/* The sums that a model without a journal comes to. */
struct sums {
    __int128 lines[FUNDS][LINES];
};

struct pass_over {
    uint64_t position;
    int64_t recorded_ms;
    uint64_t events;
};

uint64_t alert_mark(const struct alert *alert)
{
    struct writer w;
    writer_init(&w);
    alert_encode(&w, alert);
    uint64_t mark = XXH3_64bits(w.bytes, w.size);
    writer_free(&w);
    return mark;
}

static void need(int err, const char *what)
{
    if (err != 0)
        defect("%s: %s", what, strerror(-err));
}

/* --- Events. ------------------------------------------------------------------------- */

static bool note_event(void *arg, const struct record_view *record)
{
    struct pass_over *reading = arg;
    struct source *source = source_named(record->source);
    if (record->position <= reading->position || record->recorded_ms < reading->recorded_ms)
        defect("position %" PRIu64 " is out of order", record->position);
    reading->position = record->position;
    reading->recorded_ms = record->recorded_ms;
    reading->events++;
    if (strcmp(record->source, "founder") == 0)
        return true;
    struct planned *planned = source != NULL ? planned_like(source, &record->event) : NULL;
    if (planned == NULL || !planned->sent)
        defect("%s of %s is in the books and was never sent", record->event.id, record->source);
    if (planned->forbidden)
        defect("%s is in the books without a right", record->event.id);
    for (uint32_t i = 0; i < source->count; i++)
        if (source->events[i].found && strcmp(source->events[i].event.id, record->event.id) == 0)
            defect("%s is in the books twice", record->event.id);
    planned->found = true;
    return true;
}

/* Whether an id is in the books, whatever it says there. */
static struct planned *found_as(struct source *source, const char *id)
{
    for (uint32_t i = 0; i < source->count; i++)
        if (source->events[i].found && strcmp(source->events[i].event.id, id) == 0)
            return &source->events[i];
    return NULL;
}

static void check_promises(struct source *source)
{
    for (uint32_t i = 0; i < source->count; i++) {
        const struct planned *planned = &source->events[i];
        bool kept = source->role != ROLE_FLOOD && source->role != ROLE_REVOKED;
        bool lost = planned->counted && found_as(source, planned->event.id) == NULL;
        if (lost && (kept || !world.house.lost_some))
            defect("%s was acknowledged and is not in the books", planned->event.id);
        if (planned->counted && !planned->found && !world.house.lost_some)
            defect("%s was acknowledged and says something else in the books", planned->event.id);
        bool sent = source->role != ROLE_STRANGER && source->role != ROLE_REVOKED;
        if (sent && !planned->counted && !planned->refused)
            defect("%s was never answered", planned->event.id);
    }
}

static void check_source(struct view *view, const struct source *source)
{
    struct source_view seen;
    int err = view_source_find(view, source->name, &seen);
    if (source->role == ROLE_STRANGER && err == 0)
        defect("a stranger is in the books");
    /* A flood keeps nothing, so what came behind a backup that was restored it does not send again. */
    bool there = source->role != ROLE_STRANGER && source->role != ROLE_REVOKED
        && (source->role != ROLE_FLOOD || !world.house.lost_some);
    if (there && err != 0)
        defect("%s is not in the books", source->name);
    if (err == 0 && source->role != ROLE_REVOKED && seen.gap_count != 0)
        defect("a batch of %s is missing: %" PRIu64, source->name, seen.gaps[0].from);
}

/* --- Sums. -------------------------------------------------------------------------------- */

static enum line line_of(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case KIND_CONTRIBUTION:
        return LINE_FEES;
    case KIND_INCOME:
        return LINE_INTEREST;
    case KIND_SETTLEMENT:
        return LINE_INPATIENT;
    case KIND_EXPENDITURE:
        return LINE_CATASTROPHIC;
    case KIND_POLICY: case KIND_OPENING: case KIND_DAY: case KIND_ENROLLMENT: case KIND_SUBSIDY:
    case KIND_DISBURSEMENT: case KIND_REVERSAL: case KIND_POPULATION: case KIND_MONTH_CLOSE:
    case KIND_IMPORT: case KIND_IMPORT_DONE: case KIND_STATEMENT: case KIND_END:
        return LINES;
    }
    return LINES;
}

static void add_event(struct sums *sums, const struct event *event, int sign)
{
    enum line line = line_of(event);
    for (unsigned f = 0; f < FUNDS && line != LINES; f++)
        if (world.funds[f].place == event->fund.place)
            sums->lines[f][line] += sign * (__int128)event->amount.fen;
}

static void add_source(struct sums *sums, struct source *source)
{
    for (uint32_t i = 0; i < source->count; i++) {
        const struct planned *planned = &source->events[i];
        if (!planned->found)
            continue;
        add_event(sums, &planned->event, 1);
        const struct planned *original = planned->event.kind == KIND_REVERSAL
            ? found_as(source, planned->event.original) : NULL;
        if (original != NULL)
            add_event(sums, &original->event, -1);
    }
}

static void check_fund(struct view *view, unsigned f, const struct sums *sums)
{
    struct lines lines;
    struct amount balance;
    uint32_t number;
    date_day from, to;
    bool good = date_from_ymd(20240101, &from) && date_from_ymd(20251231, &to);
    __int128 expected = world.opening[f].fen;
    need(good ? view_fund_find(view, world.funds[f], &number) : -EINVAL, "a fund");
    need(view_lines(view, number, from, to, to, &lines), "lines");
    need(view_balance(view, number, to, to, &balance), "a balance");
    for (unsigned line = 0; line < LINES; line++) {
        int sign = line == LINE_FEES || line == LINE_INTEREST ? -1 : 1;
        __int128 sum = sums->lines[f][line];
        expected -= sign * sum;
        if (sum != sign * (__int128)lines.fen[accounts[line]])
            defect("line %u of fund %u is %" PRId64 " and should be %" PRId64, line, f,
                   lines.fen[accounts[line]], (int64_t)sum);
    }
    if (expected != balance.fen)
        defect("the balance of fund %u is %" PRId64 " and should be %" PRId64, f, balance.fen,
               (int64_t)expected);
}

/* --- Alerts. -------------------------------------------------------------------------------- */

/* Alerts up to this number are the same in the books of an epoch and of now: what was there at each
 * restore that led from it to here.  0 if none did. */
static uint64_t kept_of(uint64_t epoch, const struct store_head *head)
{
    uint64_t kept = head->alerts, at = head->epoch;
    for (uint32_t i = world.house.epoch_count; i > 0 && at != epoch; i--) {
        if (world.house.epochs[i - 1].epoch != at)
            continue;
        at = world.house.epochs[i - 1].from;
        if (world.house.epochs[i - 1].alerts < kept)
            kept = world.house.epochs[i - 1].alerts;
    }
    return at == epoch ? kept : 0;
}

static void check_heard(struct view *view, const struct watcher *watcher, const struct store_head *head)
{
    struct alert alert;
    for (uint32_t i = 0; i < watcher->heard_count; i++) {
        const struct heard *heard = &watcher->heard[i];
        if (heard->number > kept_of(heard->epoch, head)) {
            if (heard->epoch == head->epoch)
                defect("%s heard alert %" PRIu64 ", which there is not", watcher->name, heard->number);
            continue;
        }
        need(view_alert(view, heard->number, &alert), "an alert");
        if (alert_mark(&alert) != heard->mark)
            defect("%s heard alert %" PRIu64 " as it is not", watcher->name, heard->number);
    }
}

static bool has_heard(const struct watcher *watcher, uint64_t epoch, uint64_t number)
{
    uint32_t times = 0;
    for (uint32_t i = 0; i < watcher->heard_count; i++)
        times += watcher->heard[i].epoch == epoch && watcher->heard[i].number == number;
    if (times > 1)
        defect("%s heard alert %" PRIu64 " %u times", watcher->name, number, times);
    return times == 1;
}

static void check_watcher(struct view *view, const struct watcher *watcher, const struct store_head *head)
{
    struct place_prefix place;
    struct alert alert;
    check_heard(view, watcher, head);
    if (watcher->epoch != head->epoch || !place_prefix_parse(watcher->place, &place))
        defect("%s knows of epoch %" PRIu64 ", and it is %" PRIu64, watcher->name, watcher->epoch,
               head->epoch);
    for (uint64_t number = watcher->from + 1; number <= head->alerts; number++) {
        need(view_alert(view, number, &alert), "an alert");
        if (place_within(alert.fund.place, place) && !has_heard(watcher, head->epoch, number))
            defect("%s has not heard alert %" PRIu64, watcher->name, number);
    }
}

/* --- All of it. ------------------------------------------------------------------------------- */

static void verify(const char *path)
{
    struct verify_result result;
    need(verify_store(path, NULL, NULL, &result), "verification");
    if (result.differences != 0)
        defect("journal and books differ: %s", result.first);
    trace("verified: %" PRIu64 " records, %" PRIu64 " events, %" PRIu64 " alerts", result.records,
          result.events, result.alerts);
}

static void check_store(struct store *store)
{
    struct pass_over reading = { .position = 0 };
    struct sums sums = { 0 };
    struct store_head head;
    struct view *view;
    need(view_open(store, &view), "a view");
    view_head(view, &head);
    need(view_events(view, 0, note_event, &reading), "events");
    if (reading.events != head.events)
        defect("%" PRIu64 " events are in the journal and %" PRIu64 " were counted", reading.events,
               head.events);
    for (uint32_t i = 0; i < world.source_count; i++) {
        check_promises(&world.sources[i]);
        check_source(view, &world.sources[i]);
        add_source(&sums, &world.sources[i]);
    }
    for (unsigned f = 0; f < FUNDS; f++)
        check_fund(view, f, &sums);
    for (uint32_t i = 0; i < world.watcher_count; i++)
        check_watcher(view, &world.watchers[i], &head);
    view_close(&view);
}

void books_check(void)
{
    char path[WORLD_PATH_MAX + 16];
    struct store_options options = store_options_default();
    struct store *store;
    snprintf(path, sizeof path, "%s/house/store", world.root);
    verify(path);
    if (store_open(path, &options, &store) != 0)
        defect("the store cannot be opened: %s", store_open_error());
    check_store(store);
    store_close(&store);
}
