/* info, event, events: the store and its journal. */
#include "daemon/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wire/batch.h"
#include "wire/event_codec.h"

static void write_info(struct query *q, const struct store_head *head, const struct view_size *size,
                       uint64_t waiting)
{
    struct writer *w = q->data;
    write_map(w, 18);
    write_key_string(w, "name", "fundwatchd");
    write_key_string(w, "version", FUNDWATCH_VERSION);
    write_key_hex(w, "store_id", head->id, sizeof head->id);
    write_key_uint(w, "epoch", head->epoch);
    write_key_uint(w, "position", head->position);
    write_key_uint(w, "alerts", head->alerts);
    write_key_uint(w, "covered", head->covered);
    write_key_binary(w, "head", head->chain, sizeof head->chain);
    write_key_int(w, "started", q->world->started_ms);
    write_key_bool(w, "read_only", q->world->read_only);
    write_key_uint(w, "events", head->events);
    write_key_uint(w, "funds", size->funds);
    write_key_uint(w, "sources", size->sources);
    write_key_uint(w, "quarantined", size->quarantined);
    write_key_uint(w, "waiting", waiting);
    write_key_uint(w, "map_used", size->map_used);
    write_key_uint(w, "map_size", size->map_size);
    write_key_int(w, "uptime_ms", query_now_ms() - q->world->started_ms);
}

enum query_end query_info(struct query *q)
{
    struct view *view;
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct store_head head;
    struct view_size size;
    view_head(view, &head);
    uint64_t waiting = 0;
    int err = view_size(view, &size);
    if (err == 0)
        err = view_waiting(view, &waiting);
    if (err == 0)
        write_info(q, &head, &size, waiting);
    else
        query_fail_with(q, err, "size of the store");
    view_close(&view);
    return QUERY_ANSWERED;
}

/* --- event ------------------------------------------------------------------- */

#define EVENT_PAIRS (10 + HINDRANCE_PAIRS)

/* `waiting`: the position of a reversal that waits for it, 0 if none does. */
static void write_unknown(struct writer *w, uint64_t waiting)
{
    struct hindrance none = hindrance_none();
    write_map(w, EVENT_PAIRS);
    write_key_string(w, "outcome", "unknown");
    write_key_uint(w, "position", 0);
    write_key_int(w, "recorded", 0);
    write_key_string(w, "source", "");
    write_key(w, "event");
    write_nil(w);
    write_key_string(w, "digest", "");
    write_key_uint(w, "reversed_by", waiting);
    write_key_uint(w, "misfit", 0);
    write_key_bool(w, "waits", false);
    write_key_uint(w, "original", 0);
    hindrance_write(w, &none);
}

/* `misfit`: the position of a reversal that names it and does not fit it, 0 if there is none. */
static void write_known(struct writer *w, const struct record_view *record, uint64_t misfit,
                        const struct undoing_view *undoing)
{
    uint8_t digest[DIGEST_SIZE];
    event_digest(&record->event, digest);
    write_map(w, EVENT_PAIRS);
    write_key_string(w, "outcome", "applied");
    write_key_uint(w, "position", record->position);
    write_key_int(w, "recorded", record->recorded_ms);
    write_key_string(w, "source", record->source);
    write_key(w, "event");
    event_encode(w, &record->event);
    write_key_hex(w, "digest", digest, sizeof digest);
    write_key_uint(w, "reversed_by", record->reversed_by);
    write_key_uint(w, "misfit", misfit);
    write_key_bool(w, "waits", record->event.kind == KIND_REVERSAL && undoing->original == 0);
    write_key_uint(w, "original", undoing->original);
    hindrance_write(w, &undoing->hindrance);
}

/* The position of the first reversal that names an id and undoes nothing, if the asker may see it; 0 if there
 * is none. */
static uint64_t unmatched_for(struct query *q, struct view *view, const char *issuer, const char *id)
{
    struct record_view reversal = { .position = 0 };
    int err = view_unmatched_for(view, issuer, id, &reversal);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "reversals");
    return err == 0 && grant_place(q->grant, reversal.event.fund.place) ? reversal.position : 0;
}

/* Of a reversal what has become of it, of any other event nothing. */
static struct undoing_view undoing_of(struct query *q, struct view *view, const struct record_view *record)
{
    struct undoing_view undoing = { .hindrance = hindrance_none() };
    int err = record->event.kind == KIND_REVERSAL ? view_undoing(view, record, &undoing) : 0;
    if (err != 0)
        query_fail_with(q, err, "original");
    return undoing;
}

static void tell_event(struct query *q, struct view *view, const struct record_view *record)
{
    struct undoing_view undoing = undoing_of(q, view, record);
    uint64_t misfit = unmatched_for(q, view, record->issuer, record->event.id);
    if (query_ok(q))
        write_known(q->data, record, misfit, &undoing);
}

static void find_event(struct query *q, struct view *view, const char *issuer, const char *id)
{
    struct record_view record;
    int err = view_event_find(view, issuer, id, &record);
    if (err == -ENOENT)
        write_unknown(q->data, unmatched_for(q, view, issuer, id));
    else if (err != 0)
        query_fail_with(q, err, "event");
    else if (!grant_place(q->grant, record.event.fund.place))
        query_fail(q, "not_permitted", "the key has no right to see the event's place");
    else
        tell_event(q, view, &record);
}

enum query_end query_event(struct query *q)
{
    char issuer[SOURCE_NAME_MAX + 1], id[EVENT_ID_MAX + 1];
    struct view *view;
    if (query_has(q, "issuer") == query_has(q, "source"))
        query_fail(q, "bad_argument", "one of source and issuer says whose id it is");
    query_source_name(q, query_has(q, "issuer") ? "issuer" : "source", issuer);
    query_text(q, "id", id, sizeof id);
    if (query_ok(q) && !event_id_valid(id, strlen(id)))
        query_fail(q, "bad_argument", "id is 1 to 64 bytes, each from 0x21 to 0x7e");
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    find_event(q, view, issuer, id);
    view_close(&view);
    return QUERY_ANSWERED;
}

/* --- events ------------------------------------------------------------------ */

struct events_page {
    const struct query *q;
    char source[SOURCE_NAME_MAX + 1];
    bool of_fund;
    struct fund fund;
    date_day from, to;          /* dated in these days */
    unsigned limit, scanned;
    uint64_t next;
    bool more;
    struct query_list list;
};

static bool event_wanted(const struct events_page *page, const struct record_view *record)
{
    return (page->source[0] == '\0' || strcmp(page->source, record->source) == 0)
        && (!page->of_fund || fund_equal(page->fund, record->event.fund))
        && record->event.date >= page->from && record->event.date <= page->to
        && grant_place(page->q->grant, record->event.fund.place);
}

static bool add_event(void *arg, const struct record_view *record)
{
    struct events_page *page = arg;
    if (!list_has_room(&page->list, page->limit) || page->scanned == PAGE_SCAN_MAX) {
        page->more = true;
        return false;
    }
    page->scanned++;
    page->next = record->position;
    if (!event_wanted(page, record))
        return true;
    struct writer *w = &page->list.items;
    write_map(w, 4);
    write_key_uint(w, "position", record->position);
    write_key_int(w, "recorded", record->recorded_ms);
    write_key_string(w, "source", record->source);
    write_key(w, "event");
    event_encode(w, &record->event);
    page->list.count++;
    return true;
}

enum query_end query_events(struct query *q)
{
    struct events_page page = {
        .q = q, .of_fund = query_has(q, "fund"), .from = DATE_NONE, .to = INT32_MAX,
    };
    struct view *view;
    query_source_name(q, "source", page.source);
    if (page.of_fund)
        page.fund = query_fund(q);
    query_days(q, &page.from, &page.to);
    page.next = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0);
    page.limit = query_limit(q);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    query_check_known(q, view, page.source, page.of_fund ? &page.fund : NULL);
    if (!query_ok(q)) {
        view_close(&view);
        return QUERY_ANSWERED;
    }
    list_begin(&page.list);
    int err = page.next == 0 && page.from != DATE_NONE
        ? query_position_before(view, page.from, &page.next) : 0;
    if (err == 0)
        err = view_events(view, page.next, add_event, &page);
    view_close(&view);
    if (err != 0)
        query_fail_with(q, err, "events");
    write_map(q->data, 3);
    list_end(&page.list, q->data, "events");
    write_key_uint(q->data, "next", page.next);
    write_key_bool(q->data, "more", page.more);
    return QUERY_ANSWERED;
}
