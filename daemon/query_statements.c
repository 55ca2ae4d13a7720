/* statements: what the bank states beside the books, and which events may explain the difference
 * (PROTOCOL 9.6). */
#include "daemon/query.h"

#include <string.h>

#include "fund/posting.h"

#define CANDIDATES_MAX 50

/* Statements in the order of days; on the way, where the present difference began. */
struct statements {
    date_day from, to;          /* to be listed */
    date_day books_date;
    struct query_list list;
    date_day agreed;            /* newest on which bank and books agree; DATE_NONE */
    date_day differs;           /* first after it on which they do not; DATE_NONE */
};

static void note_difference(struct statements *s, const struct bank_check *check)
{
    if (check->date > s->books_date)
        return;
    if (check->stated.fen == check->booked.fen) {
        s->agreed = check->date;
        s->differs = DATE_NONE;
    } else if (s->differs == DATE_NONE) {
        s->differs = check->date;
    }
}

static bool add_statement(void *arg, const struct bank_check *check, uint64_t position)
{
    struct statements *s = arg;
    struct indicator difference = indicator_statement(check);
    note_difference(s, check);
    if (check->date < s->from || check->date > s->to)
        return true;
    struct writer *w = &s->list.items;
    write_map(w, 6);
    write_key_date(w, "date", check->date);
    write_key_uint(w, "position", position);
    write_key_int(w, "stated", check->stated.fen);
    write_key_int(w, "booked", check->booked.fen);
    write_key_int(w, "difference", difference.why == COMPUTABLE ? difference.value.num : 0);
    write_key_bool(w, "judged", difference.why == COMPUTABLE && check->date <= s->books_date);
    s->list.count++;
    return true;
}

/* A fund, and as many parts as it can have. */
#define FUNDS_MAX 65

/* --- Candidates: events that moved the bank's account in the days in question. ----- */

struct candidates {
    struct query *q;
    struct view *view;
    unsigned fund_count;        /* the fund and its parts as of `through` */
    struct part_view funds[FUNDS_MAX];
    date_day after, through;    /* dated after the one, and not after the other */
    unsigned scanned;
    uint64_t next;
    bool more;
    struct query_list list;
};

static uint32_t number_of(const struct candidates *c, struct fund fund)
{
    for (unsigned i = 0; i < c->fund_count; i++)
        if (fund_equal(c->funds[i].fund, fund))
            return c->funds[i].number;
    return 0;
}

static bool add_fund(void *arg, const struct part_view *part)
{
    struct candidates *c = arg;
    if (c->fund_count < FUNDS_MAX)
        c->funds[c->fund_count++] = *part;
    return true;
}

static bool make_posting(struct candidates *c, const struct event *event, struct posting *ret)
{
    struct policy policy;
    date_day from;
    uint64_t position;
    if (event->kind == KIND_REVERSAL
            || view_policy(c->view, number_of(c, event->fund), event->date, &policy, &from, &position) != 0)
        return false;
    return posting_make(event, &policy, ret) == REJECT_NONE;
}

/* What an event books; nothing for a reversal whose original has not come. */
static bool posting_of(struct candidates *c, const struct record_view *record, struct posting *ret)
{
    const struct event *event = &record->event;
    struct record_view original;
    struct posting posted;
    if (event->kind != KIND_REVERSAL)
        return make_posting(c, event, ret);
    return view_event_find(c->view, record->issuer, event->original, &original) == 0
        && make_posting(c, &original.event, &posted)
        && posting_reverse(&original.event, &posted, event->date, ret) == REJECT_NONE;
}

/* In fen, what an event adds to the bank's account in the days in question. */
static int64_t moves_bank(struct candidates *c, const struct record_view *record)
{
    struct posting posting;
    int64_t sum = 0;
    if (number_of(c, record->event.fund) == 0 || record->event.date <= c->after
            || record->event.date > c->through || !posting_of(c, record, &posting))
        return 0;
    for (unsigned i = 0; i < posting.count; i++) {
        const struct leg *leg = &posting.legs[i];
        if (leg->debit == ACCOUNT_A1)
            sum += leg->amount.fen;
        if (leg->credit == ACCOUNT_A1)
            sum -= leg->amount.fen;
    }
    return sum;
}

static bool add_candidate(void *arg, const struct record_view *record)
{
    struct candidates *c = arg;
    if (c->list.count == CANDIDATES_MAX || c->scanned == PAGE_SCAN_MAX) {
        c->more = true;
        return false;
    }
    c->scanned++;
    c->next = record->position;
    int64_t bank = moves_bank(c, record);
    if (bank == 0)
        return true;
    struct writer *w = &c->list.items;
    write_map(w, 7);
    write_key_uint(w, "position", record->position);
    write_key_int(w, "recorded", record->recorded_ms);
    write_key_string(w, "source", record->source);
    write_key_string(w, "id", record->event.id);
    write_key_string(w, "kind", event_kind_word(record->event.kind));
    write_key_date(w, "date", record->event.date);
    write_key_int(w, "bank", bank);
    c->list.count++;
    return true;
}

/* The search begins where such an event can have been recorded first. */
static void find_candidates(struct candidates *c, bool resumes)
{
    int err = 0;
    if (!resumes)
        err = query_position_before(c->view, c->after + 1, &c->next);
    if (err == 0)
        err = view_events(c->view, c->next, add_candidate, c);
    if (err != 0)
        query_fail_with(c->q, err, "events");
}

static void write_statements(struct query *q, struct statements *s, struct candidates *c,
                             const struct fund_view *fund)
{
    struct writer *w = q->data;
    write_map(w, 8);
    write_key_fund(w, "fund", fund->fund);
    write_key_date(w, "books_date", fund->books_date);
    list_end(&s->list, w, "statements");
    write_key_date(w, "agreed", s->agreed);
    write_key_date(w, "differs", s->differs);
    list_end(&c->list, w, "candidates");
    write_key_uint(w, "next", c->next);
    write_key_bool(w, "more", c->more);
}

static void statements_of(struct query *q, struct view *view, uint32_t number, struct statements *s)
{
    struct fund_view fund = { .books_date = DATE_NONE };
    struct candidates c = { .q = q, .view = view,
                            .next = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0) };
    int err = view_fund(view, number, &fund);
    list_begin(&s->list);
    list_begin(&c.list);
    s->books_date = fund.books_date;
    if (err == 0)
        err = view_statements(view, number, add_statement, s);
    if (err != 0)
        query_fail_with(q, err, "statements");
    add_fund(&c, &(struct part_view){ fund.fund, number, DATE_NONE });
    c.after = s->agreed != DATE_NONE ? s->agreed : fund.start;
    c.through = s->differs;
    if (err == 0 && fund.parts > 0 && s->differs != DATE_NONE)
        err = view_parts(view, number, s->differs, add_fund, &c);
    if (err != 0)
        query_fail_with(q, err, "parts");
    if (query_ok(q) && fund.has_opening && s->differs != DATE_NONE)
        find_candidates(&c, query_has(q, "after"));
    write_statements(q, s, &c, &fund);
}

enum query_end query_statements(struct query *q)
{
    struct statements s = { .agreed = DATE_NONE, .differs = DATE_NONE };
    struct view *view;
    uint32_t number;
    struct fund which = query_fund(q);
    s.from = query_date(q, "from", DATE_NONE);
    s.to = query_date(q, "to", INT32_MAX);
    query_int(q, "after", 0, INT64_MAX, 0);
    query_fund_view(q, which, &view, &number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    statements_of(q, view, number, &s);
    view_close(&view);
    return QUERY_ANSWERED;
}
