/* statements: what the bank states beside the books, and which events may explain the difference
 * (PROTOCOL 9.6). */
#include "daemon/query.h"

#include <string.h>

#include "fund/posting.h"

#define CANDIDATES_MAX 50

#define STEPS_MAX 64

/* From one statement to the next what bank and books differ by became another amount: events dated after the
 * one day and not after the other explain it. */
struct step {
    date_day after, date;
    int64_t change;
};

/* A time in which bank and books differ, as its statements have it. */
struct difference {
    date_day agreed;            /* newest day before it on which they agree; DATE_NONE: none */
    date_day differs;           /* the first on which they do not; DATE_NONE: there is no difference */
    date_day mended;            /* the first after it on which they agree again; DATE_NONE: none yet */
    unsigned count;
    struct step steps[STEPS_MAX];       /* the first, and the newest of the others */
};

/* Statements in the order of days; on the way, the newest difference among those asked for. */
struct statements {
    date_day from, to;          /* to be listed */
    date_day books_date;
    struct query_list list;
    date_day start;             /* money is dated after this day */
    date_day before;            /* the statement before; DATE_NONE */
    date_day agreed;            /* newest on which bank and books agree; DATE_NONE */
    int64_t by;                 /* what the two differed by on the one before */
    struct difference difference;
};

static void add_step(struct statements *s, struct difference *d, date_day date, int64_t change)
{
    if (d->count == STEPS_MAX)
        memmove(d->steps + 1, d->steps + 2, (STEPS_MAX - 2) * sizeof d->steps[0]);
    else
        d->count++;
    d->steps[d->count - 1] = (struct step){
        .after = s->before != DATE_NONE ? s->before : s->start, .date = date, .change = change,
    };
}

/* Whether the difference that begins on a day is one of those asked for: not after `to`. */
static void begin_difference(struct statements *s, date_day date)
{
    if (date <= s->to)
        s->difference = (struct difference){
            .agreed = s->agreed, .differs = date, .mended = DATE_NONE,
        };
}

/* A statement as far as it can be judged: `by` is what it says beyond the books. */
static void note_difference(struct statements *s, date_day date, int64_t by)
{
    struct difference *d = &s->difference;
    bool goes_on = d->differs != DATE_NONE && d->mended == DATE_NONE;
    if (s->by == 0 && by != 0) {
        begin_difference(s, date);
        goes_on = d->differs == date;
    }
    if (goes_on && by != s->by)
        add_step(s, d, date, by - s->by);
    if (by == 0) {
        s->agreed = date;
        if (goes_on)
            d->mended = date;
    }
    s->by = by;
    s->before = date;
}

static bool add_statement(void *arg, const struct bank_check *check, uint64_t position)
{
    struct statements *s = arg;
    struct indicator difference = indicator_statement(check);
    bool computable = difference.why == COMPUTABLE;
    bool judged = computable && check->date <= s->books_date;
    int64_t by = computable ? difference.value.num : 0;
    if (judged)
        note_difference(s, check->date, by);
    if (check->date < s->from || check->date > s->to)
        return true;
    struct writer *w = &s->list.items;
    write_map(w, 6);
    write_key_date(w, "date", check->date);
    write_key_uint(w, "position", position);
    write_key_int(w, "stated", check->stated.fen);
    write_key_int(w, "booked", check->booked.fen);
    write_key_int(w, "difference", by);
    write_key_bool(w, "judged", judged);
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
    const struct difference *difference;
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

/* What moves the bank's account does so under every policy alike. */
static bool make_posting(const struct event *event, struct posting *ret)
{
    static const struct posting_basis any = {RECOGNISE_SETTLEMENT, FEES_ON_ARRIVAL};
    return event->kind != KIND_REVERSAL && posting_make(event, &any, ret) == REJECT_NONE;
}

/* What an event books; nothing for a reversal whose original has not come. */
static bool posting_of(struct candidates *c, const struct record_view *record, struct posting *ret)
{
    const struct event *event = &record->event;
    struct record_view original;
    struct posting posted;
    if (event->kind != KIND_REVERSAL)
        return make_posting(event, ret);
    return view_event_find(c->view, record->issuer, event->original, &original) == 0
        && make_posting(&original.event, &posted)
        && posting_reverse(&original.event, &posted, event->date, ret) == REJECT_NONE;
}

/* The step that an event of a day may explain; NULL if it is dated in none. */
static const struct step *step_of(const struct difference *d, date_day date)
{
    for (unsigned i = 0; i < d->count; i++) {
        if (date > d->steps[i].after && date <= d->steps[i].date)
            return &d->steps[i];
    }
    return NULL;
}

/* In fen, what an event adds to the bank's account. */
static int64_t moves_bank(struct candidates *c, const struct record_view *record)
{
    struct posting posting;
    int64_t sum = 0;
    if (number_of(c, record->event.fund) == 0 || !posting_of(c, record, &posting))
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
    const struct step *step = step_of(c->difference, record->event.date);
    int64_t bank = step != NULL ? moves_bank(c, record) : 0;
    if (bank == 0)
        return true;
    struct writer *w = &c->list.items;
    write_map(w, 9);
    write_key_uint(w, "position", record->position);
    write_key_int(w, "recorded", record->recorded_ms);
    write_key_string(w, "source", record->source);
    write_key_string(w, "id", record->event.id);
    write_key_string(w, "kind", event_kind_word(record->event.kind));
    write_key_date(w, "date", record->event.date);
    write_key_int(w, "bank", bank);
    write_key_date(w, "statement", step->date);
    write_key_int(w, "change", step->change);
    c->list.count++;
    return true;
}

/* The search begins where such an event can have been recorded first. */
static void find_candidates(struct candidates *c, bool resumes)
{
    int err = 0;
    if (!resumes)
        err = query_position_before(c->view, c->difference->steps[0].after + 1, &c->next);
    if (err == 0)
        err = view_events(c->view, c->next, add_candidate, c);
    if (err != 0)
        query_fail_with(c->q, err, "events");
}

static void write_steps(struct writer *w, const struct difference *d)
{
    write_key(w, "steps");
    write_array(w, d->count);
    for (unsigned i = 0; i < d->count; i++) {
        write_map(w, 3);
        write_key_date(w, "after", d->steps[i].after);
        write_key_date(w, "date", d->steps[i].date);
        write_key_int(w, "change", d->steps[i].change);
    }
}

static void write_statements(struct query *q, struct statements *s, struct candidates *c, uint32_t number,
                             const struct fund_view *fund)
{
    struct writer *w = q->data;
    const struct difference *d = &s->difference;
    write_map(w, 11);
    write_key_fund(w, "fund", fund->fund);
    write_key_date(w, "books_date", fund->books_date);
    list_end(&s->list, w, "statements");
    write_key_date(w, "agreed", d->differs != DATE_NONE ? d->agreed : s->agreed);
    write_key_date(w, "differs", d->differs);
    write_key_date(w, "mended", d->mended);
    write_steps(w, d);
    list_end(&c->list, w, "candidates");
    write_key_uint(w, "next", c->next);
    write_key_bool(w, "more", c->more);
    write_key_completeness(q, w, c->view, number, fund);
}

/* A difference that was over before the days asked for is not one of them. */
static void drop_earlier(struct statements *s)
{
    if (s->difference.mended != DATE_NONE && s->difference.mended < s->from)
        s->difference = (struct difference){ .agreed = DATE_NONE, .differs = DATE_NONE, .mended = DATE_NONE };
}

static int list_parts(struct candidates *c, uint32_t number, const struct fund_view *fund)
{
    const struct difference *d = c->difference;
    add_fund(c, &(struct part_view){ fund->fund, number, DATE_NONE });
    return fund->parts > 0 && d->count > 0
        ? view_parts(c->view, number, d->steps[d->count - 1].date, add_fund, c) : 0;
}

static void statements_of(struct query *q, struct view *view, uint32_t number, struct statements *s)
{
    struct fund_view fund = { .books_date = DATE_NONE };
    struct candidates c = { .q = q, .view = view, .difference = &s->difference,
                            .next = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0) };
    int err = view_fund(view, number, &fund);
    list_begin(&s->list);
    list_begin(&c.list);
    s->books_date = fund.books_date;
    s->start = fund.start;
    if (err == 0)
        err = view_statements(view, number, add_statement, s);
    drop_earlier(s);
    if (err == 0)
        err = list_parts(&c, number, &fund);
    if (err != 0)
        query_fail_with(q, err, "statements");
    if (query_ok(q) && s->difference.count > 0)
        find_candidates(&c, query_has(q, "after"));
    write_statements(q, s, &c, number, &fund);
}

enum query_end query_statements(struct query *q)
{
    struct statements s = {
        .from = DATE_NONE, .to = INT32_MAX,
        .before = DATE_NONE, .agreed = DATE_NONE,
        .difference = { .agreed = DATE_NONE, .differs = DATE_NONE, .mended = DATE_NONE },
    };
    struct view *view;
    uint32_t number;
    struct fund which = query_fund(q);
    query_days(q, &s.from, &s.to);
    query_int(q, "after", 0, INT64_MAX, 0);
    query_fund_view(q, which, &view, &number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    statements_of(q, view, number, &s);
    view_close(&view);
    return QUERY_ANSWERED;
}
