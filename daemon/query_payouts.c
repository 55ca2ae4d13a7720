/* payouts: how far what the bureau does about a year's bills has come (PROTOCOL 9.7). */
#include "daemon/query.h"

#include <stdio.h>
#include <string.h>

#include "fund/moves.h"

/* "inpatient/H0001", or "/H0001" of an advance: where the next page goes on. */
#define CURSOR_MAX (32 + EVENT_ID_MAX)

struct payouts {
    struct query_list list;
    unsigned limit;
    char institution[EVENT_ID_MAX + 1];     /* alone; "" for all */
    bool more;
};

static const char *state_word(const struct life_view *life)
{
    if (life->category != CATEGORY_NONE)
        return payout_state_word(payout_state(&life->payout));
    return life->advance.lent.fen != 0 ? "lent" : "returned";
}

static void write_moves(struct writer *w, const struct life_view *life)
{
    write_key(w, "moves");
    write_map(w, PAYOUT_MOVES);
    for (enum payout_move move = 0; move < PAYOUT_MOVES; move++)
        write_key_uint(w, payout_move_word(move), life->payout.count[move]);
}

static void write_life(struct writer *w, const struct life_view *life)
{
    const struct payout *payout = &life->payout;
    bool advance = life->category == CATEGORY_NONE;
    const char *category = advance ? "" : event_category_word(life->category);
    char at[CURSOR_MAX];
    snprintf(at, sizeof at, "%s/%s", category, life->institution);
    write_map(w, 10);
    write_key_string(w, "at", at);
    write_key_string(w, "category", category);
    write_key_string(w, "institution", life->institution);
    write_key_string(w, "state", state_word(life));
    write_key_bool(w, "whole", advance ? life->advance.whole : payout->whole);
    write_key_int(w, "provisional", payout->provisional.fen);
    write_key_int(w, "retained", payout->retained.fen);
    write_key_int(w, "lent", life->advance.lent.fen);
    write_key_date(w, "cleared_on", payout->count[PAYOUT_CLEAR] > 0 ? payout->cleared_on : DATE_NONE);
    write_moves(w, life);
}

static bool add_life(void *arg, const struct life_view *life)
{
    struct payouts *p = arg;
    if (p->institution[0] != '\0' && strcmp(p->institution, life->institution) != 0)
        return true;
    p->more = !list_has_room(&p->list, p->limit);
    if (p->more)
        return false;
    write_life(&p->list.items, life);
    p->list.count++;
    return true;
}

/* False if this is the first page. */
static bool after_of(struct query *q, struct life_view *ret)
{
    char after[CURSOR_MAX];
    query_text(q, "after", after, sizeof after);
    if (!query_ok(q) || !query_has(q, "after"))
        return false;
    const char *slash = strchr(after, '/');
    size_t size = slash != NULL ? (size_t)(slash - after) : 0;
    *ret = (struct life_view){ .category = (uint8_t)event_category_of(after, size) };
    if (slash == NULL || strlen(slash + 1) > EVENT_ID_MAX || (size > 0 && ret->category == CATEGORY_NONE))
        query_fail(q, "bad_argument", "after is the at of an entry");
    else
        strcpy(ret->institution, slash + 1);
    return true;
}

enum query_end query_payouts(struct query *q)
{
    struct payouts p = { .limit = query_limit(q) };
    struct fund fund = query_fund(q);
    struct life_view after;
    struct fund_view books = { .books_date = DATE_NONE };
    struct view *view;
    uint32_t number;
    int year = (int)query_int(q, "year", DATE_YEAR_MIN, DATE_YEAR_MAX, 0);
    bool later = after_of(q, &after);
    query_text(q, "institution", p.institution, sizeof p.institution);
    query_fund_view(q, fund, &view, &number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    list_begin(&p.list);
    int err = view_fund(view, number, &books);
    if (err == 0)
        err = view_lives(view, number, year, later ? &after : NULL, add_life, &p);
    if (err != 0)
        query_fail_with(q, err, "payouts");
    write_map(q->data, 5);
    write_key_fund(q->data, "fund", fund);
    write_key_int(q->data, "year", year);
    list_end(&p.list, q->data, "payouts");
    write_key_bool(q->data, "more", p.more);
    write_key_completeness(q, q->data, view, number, &books);
    view_close(&view);
    return QUERY_ANSWERED;
}
