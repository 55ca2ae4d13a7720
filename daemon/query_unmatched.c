/* unmatched: reversals that undo nothing (PROTOCOL 9.10). */
#include "daemon/query.h"

#include <string.h>

#include "wire/batch.h"
#include "wire/event_codec.h"

struct unmatched_page {
    struct query *q;
    struct view *view;
    char source[SOURCE_NAME_MAX + 1];       /* "" for all */
    bool of_fund;
    struct fund fund;
    unsigned limit, scanned;
    uint64_t next;
    bool more;
    struct query_list list;
};

static bool is_wanted(const struct unmatched_page *page, const struct record_view *record)
{
    return (page->source[0] == '\0' || strcmp(page->source, record->source) == 0)
        && (!page->of_fund || fund_equal(page->fund, record->event.fund))
        && grant_place(page->q->grant, record->event.fund.place);
}

/* Days of its fund's books since the day that it is dated. */
static int64_t days_waited(struct unmatched_page *page, const struct event *reversal)
{
    date_day books_date = DATE_NONE;
    int err = view_books_date(page->view, reversal->fund, &books_date);
    if (err != 0)
        query_fail_with(page->q, err, "fund");
    return err == 0 && books_date > reversal->date ? books_date - reversal->date : 0;
}

static void write_reversal(struct unmatched_page *page, const struct record_view *record)
{
    struct writer *w = &page->list.items;
    struct undoing_view undoing;
    int err = view_undoing(page->view, record, &undoing);
    if (err != 0) {
        query_fail_with(page->q, err, "event");
        return;
    }
    write_map(w, 7 + HINDRANCE_PAIRS);
    write_key_uint(w, "position", record->position);
    write_key_int(w, "recorded", record->recorded_ms);
    write_key_string(w, "source", record->source);
    write_key_string(w, "issuer", record->issuer);
    write_key_int(w, "waited", days_waited(page, &record->event));
    write_key_uint(w, "original", undoing.original);
    hindrance_write(w, &undoing.hindrance);
    write_key(w, "event");
    event_encode(w, &record->event);
    page->list.count++;
}

static bool add_reversal(void *arg, const struct record_view *record)
{
    struct unmatched_page *page = arg;
    if (!list_has_room(&page->list, page->limit) || page->scanned == PAGE_SCAN_MAX) {
        page->more = true;
        return false;
    }
    page->scanned++;
    page->next = record->position;
    if (is_wanted(page, record))
        write_reversal(page, record);
    return true;
}

enum query_end query_unmatched(struct query *q)
{
    struct unmatched_page page = { .q = q, .of_fund = query_has(q, "fund") };
    query_source_name(q, "source", page.source);
    if (page.of_fund)
        page.fund = query_fund(q);
    page.next = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0);
    page.limit = query_limit(q);
    query_view(q, &page.view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    query_check_known(q, page.view, page.source, page.of_fund ? &page.fund : NULL);
    list_begin(&page.list);
    int err = query_ok(q) ? view_unmatched(page.view, page.next, add_reversal, &page) : 0;
    view_close(&page.view);
    if (err != 0)
        query_fail_with(q, err, "reversals");
    write_map(q->data, 3);
    list_end(&page.list, q->data, "reversals");
    write_key_uint(q->data, "next", page.next);
    write_key_bool(q->data, "more", page.more);
    return QUERY_ANSWERED;
}
