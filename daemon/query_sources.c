/* sources, quarantine, reconcile: what the daemon knows of those who report. */
#include "daemon/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/event_codec.h"

/* --- sources ----------------------------------------------------------------- */

static void write_source(struct writer *w, const struct source_view *s)
{
    write_map(w, 9);
    write_key_string(w, "source", s->name);
    write_key_uint(w, "sequence", s->sequence);
    write_key(w, "missing");
    write_array(w, s->gap_count);
    for (unsigned i = 0; i < s->gap_count; i++) {
        write_array(w, 2);
        write_uint(w, s->gaps[i].from);
        write_uint(w, s->gaps[i].to);
    }
    write_key_uint(w, "applied", s->applied);
    write_key_uint(w, "duplicates", s->duplicates);
    write_key_uint(w, "conflicts", s->conflicts);
    write_key_uint(w, "rejected", s->rejected);
    write_key_int(w, "last_recorded", s->last_recorded_ms);
    write_key_date(w, "last_date", s->last_date);
}

static int compare_sources(const void *a, const void *b)
{
    return strcmp(((const struct source_view *)a)->name, ((const struct source_view *)b)->name);
}

/* The sources behind `after` that the asker may see, ascending by name.  malloc'ed. */
static struct source_view *visible_sources(struct query *q, struct view *view, const char *after,
                                           size_t *ret_count)
{
    struct view_size size = { .sources = 0 };
    int err = view_size(view, &size);
    struct source_view *all = err == 0 ? calloc(size.sources + 1, sizeof *all) : NULL;
    size_t count = 0;
    if (all == NULL)
        query_fail_with(q, err != 0 ? err : -ENOMEM, "sources");
    for (uint32_t number = 1; query_ok(q) && number <= size.sources; number++) {
        struct source_view source;
        err = view_source(view, number, &source);
        if (err != 0)
            query_fail_with(q, err, "source");
        else if (strcmp(source.name, after) > 0 && grant_sees_source(q->grant, source.name))
            all[count++] = source;
    }
    if (count > 0)
        qsort(all, count, sizeof *all, compare_sources);
    *ret_count = count;
    return all;
}

enum query_end query_sources(struct query *q)
{
    char after[SOURCE_NAME_MAX + 1];
    struct view *view;
    struct query_list list;
    size_t count, i = 0;
    query_source_name(q, "after", after);
    unsigned limit = query_limit(q);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct source_view *sources = visible_sources(q, view, after, &count);
    view_close(&view);
    list_begin(&list);
    for (; i < count && list_has_room(&list, limit); i++) {
        write_source(&list.items, &sources[i]);
        list.count++;
    }
    free(sources);
    write_map(q->data, 2);
    list_end(&list, q->data, "sources");
    write_key_bool(q->data, "more", i < count);
    return QUERY_ANSWERED;
}

/* The number of the source named `key`, which the asker may see; 0 if it is not asked for. */
static uint32_t source_number(struct query *q, struct view *view, const char *name)
{
    struct source_view source = { .number = 0 };
    if (name[0] == '\0' || !query_ok(q))
        return 0;
    if (!grant_sees_source(q->grant, name)) {
        query_fail(q, "not_permitted", "the key has no right to see that source");
        return 0;
    }
    int err = view_source_find(view, name, &source);
    if (err != 0)
        query_fail_with(q, err, "source");
    return source.number;
}

/* --- quarantine -------------------------------------------------------------- */

struct quarantine_page {
    const struct query *q;
    unsigned limit, scanned;
    bool more;
    struct query_list list;
};

/* The digest of the event that was sent; of the bytes, if they are no event. */
static void digest_sent(struct span sent, uint8_t digest[DIGEST_SIZE])
{
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    struct reader r = reader_of(sent.bytes, sent.size);
    enum reject why = event_decode(&r, &event, key);
    if (reader_end(&r) == READ_OK && why == REJECT_NONE)
        event_digest(&event, digest);
    else
        hash_digest(sent.bytes, sent.size, digest);
}

static void write_entry(struct writer *w, const struct quarantine_view *entry)
{
    uint8_t digest[DIGEST_SIZE];
    bool rejected = entry->why.outcome == OUTCOME_REJECTED;
    digest_sent(entry->sent, digest);
    write_map(w, 9 + HINDRANCE_PAIRS);
    write_key_uint(w, "number", entry->number);
    write_key_string(w, "source", entry->source);
    write_key_int(w, "recorded", entry->recorded_ms);
    write_key_string(w, "outcome", outcome_word(entry->why.outcome));
    write_key_string(w, "reason", rejected ? reject_code(entry->why.reject) : "");
    write_key_string(w, "key", entry->why.key);
    hindrance_write(w, &entry->why.hindrance);
    write_key_string(w, "id", entry->id);
    write_key_hex(w, "digest", digest, sizeof digest);
    write_key(w, "event");
    write_binary(w, entry->sent.bytes, entry->sent.size);
}

static bool add_quarantined(void *arg, const struct quarantine_view *entry)
{
    struct quarantine_page *page = arg;
    if (!list_has_room(&page->list, page->limit)) {
        page->more = true;
        return false;
    }
    if (grant_sees_source(page->q->grant, entry->source)) {
        write_entry(&page->list.items, entry);
        page->list.count++;
    }
    return true;
}

enum query_end query_quarantine(struct query *q)
{
    struct quarantine_page page = { .q = q };
    char name[SOURCE_NAME_MAX + 1];
    struct view *view;
    query_source_name(q, "source", name);
    uint64_t after = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0);
    page.limit = query_limit(q);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    list_begin(&page.list);
    uint32_t source = source_number(q, view, name);
    int err = query_ok(q) ? view_quarantine(view, source, after, add_quarantined, &page) : 0;
    view_close(&view);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "quarantine");
    write_map(q->data, 2);
    list_end(&page.list, q->data, "entries");
    write_key_bool(q->data, "more", page.more);
    return QUERY_ANSWERED;
}

/* --- reconcile --------------------------------------------------------------- */

static bool add_day(void *arg, const struct source_day *day)
{
    struct query_list *list = arg;
    struct writer *w = &list->items;
    write_map(w, 4);
    write_key_date(w, "date", day->date);
    write_key_string(w, "kind", event_kind_word(day->kind));
    write_key_uint(w, "count", day->count);
    write_key_int(w, "amount", day->amount.fen);
    list->count++;
    return list->items.size < PAGE_BYTES_MAX;
}

enum query_end query_reconcile(struct query *q)
{
    char name[SOURCE_NAME_MAX + 1];
    date_day first, last;
    struct view *view;
    struct query_list list;
    date_from_civil(DATE_YEAR_MIN, 1, 1, &first);
    date_from_civil(DATE_YEAR_MAX, 12, 31, &last);
    query_source_name(q, "source", name);
    query_days(q, &first, &last);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    list_begin(&list);
    uint32_t source = source_number(q, view, name);
    int err = query_ok(q) ? view_source_days(view, source, first, last, add_day, &list) : 0;
    view_close(&view);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "days");
    if (list.items.size >= PAGE_BYTES_MAX)
        query_fail(q, "bad_argument", "too many days for one answer: ask for a shorter time");
    write_map(q->data, 1);
    list_end(&list, q->data, "days");
    return QUERY_ANSWERED;
}
