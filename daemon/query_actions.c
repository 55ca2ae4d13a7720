/* actions and proposals: who did what, and what waits for a second person (PROTOCOL 9.11). */
#include "daemon/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- What was done. ----------------------------------------------------------------- */

struct page {
    const struct query *q;
    unsigned limit, scanned;
    uint64_t next;
    bool more;
    struct query_list list;
};

/* True if there is room for what stands at `position`, which is then the last one looked at. */
static bool page_goes_on(struct page *page, uint64_t position)
{
    if (!list_has_room(&page->list, page->limit) || page->scanned == PAGE_SCAN_MAX) {
        page->more = true;
        return false;
    }
    page->scanned++;
    page->next = position;
    return true;
}

/* What is about no fund is shown to who may see all of them. */
static bool may_see(const struct query *q, struct fund fund)
{
    return fund.place == 0 ? grant_everywhere(q->grant) : grant_place(q->grant, fund.place);
}

static void write_action(struct writer *w, const struct action_view *action)
{
    write_map(w, 8);
    write_key_uint(w, "position", action->position);
    write_key_int(w, "recorded", action->recorded_ms);
    write_key_string(w, "action", action_word(action->action));
    write_key_string(w, "key", action->key);
    write_key_string(w, "person", action->person);
    write_key_uint(w, "subject", action->subject);
    if (action->fund.place != 0)
        write_key_fund(w, "fund", action->fund);
    else
        write_key_string(w, "fund", "");
    write_key_string(w, "text", action->text);
}

static bool add_action(void *arg, const struct action_view *action)
{
    struct page *page = arg;
    if (!page_goes_on(page, action->position))
        return false;
    if (may_see(page->q, action->fund)) {
        write_action(&page->list.items, action);
        page->list.count++;
    }
    return true;
}

static void page_begin(struct query *q, struct page *page)
{
    *page = (struct page){ .q = q };
    page->next = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0);
    page->limit = query_limit(q);
}

static void page_end(struct query *q, struct page *page, const char *key)
{
    write_map(q->data, 3);
    list_end(&page->list, q->data, key);
    write_key_uint(q->data, "next", page->next);
    write_key_bool(q->data, "more", page->more);
}

enum query_end query_actions(struct query *q)
{
    struct page page;
    struct view *view;
    page_begin(q, &page);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    list_begin(&page.list);
    int err = view_actions(view, page.next, add_action, &page);
    view_close(&view);
    if (err != 0)
        query_fail_with(q, err, "actions");
    page_end(q, &page, "actions");
    return QUERY_ANSWERED;
}

/* --- What waits. -------------------------------------------------------------------- */

static const char *state_word(enum proposal_state state)
{
    switch (state) {
    case PROPOSAL_WAITING:
        return "waiting";
    case PROPOSAL_CONFIRMED:
        return "confirmed";
    case PROPOSAL_DECLINED:
        return "declined";
    }
    return "";
}

static void write_proposal(struct writer *w, const struct proposal_view *proposal, int64_t now_ms)
{
    int64_t age_ms = now_ms - proposal->made.recorded_ms;
    write_map(w, 14);
    write_key_uint(w, "number", proposal->made.position);
    write_key_string(w, "state", state_word(proposal->state));
    write_key_int(w, "recorded", proposal->made.recorded_ms);
    write_key_int(w, "age_ms", age_ms > 0 ? age_ms : 0);
    write_key_string(w, "key", proposal->made.key);
    write_key_string(w, "person", proposal->made.person);
    write_key_string(w, "source", proposal->source);
    write_key_string(w, "issuer", proposal->issuer);
    write_key(w, "event");
    event_encode(w, &proposal->event);
    write_key_uint(w, "counted", proposal->counted);
    write_key_int(w, "decided", proposal->decided.recorded_ms);
    write_key_string(w, "decided_key", proposal->decided.key);
    write_key_string(w, "decided_person", proposal->decided.person);
    write_key_string(w, "note", proposal->decided.text);
}

struct proposals_page {
    struct page page;
    int64_t now_ms;
};

static bool add_proposal(void *arg, const struct proposal_view *proposal)
{
    struct proposals_page *p = arg;
    if (!page_goes_on(&p->page, proposal->made.position))
        return false;
    if (may_see(p->page.q, proposal->made.fund)) {
        write_proposal(&p->page.list.items, proposal, p->now_ms);
        p->page.list.count++;
    }
    return true;
}

enum query_end query_proposals(struct query *q)
{
    struct proposals_page p = { .now_ms = query_now_ms() };
    struct view *view;
    bool decided = query_bool(q, "decided", false);
    page_begin(q, &p.page);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    list_begin(&p.page.list);
    int err = view_proposals(view, p.page.next, !decided, add_proposal, &p);
    view_close(&view);
    if (err != 0)
        query_fail_with(q, err, "proposals");
    page_end(q, &p.page, "proposals");
    return QUERY_ANSWERED;
}

/* --- Deciding. ---------------------------------------------------------------------- */

struct decide {
    struct query_command command;
    uint64_t number;
    bool confirm;
    char note[NOTE_MAX + 1];
    struct decision decision;
};

static int decide_run(struct command *command, struct store *store)
{
    struct decide *d = (struct decide *)command;
    return store_decide(store, d->number, d->confirm, d->note, &d->decision);
}

static void write_decision(struct writer *w, const struct decision *decision)
{
    bool rejected = decision->decided == DECIDED_REJECTED;
    const struct applied *applied = &decision->applied;
    write_map(w, 4);
    write_key_string(w, "state", state_word(decision->state));
    write_key_uint(w, "counted", decision->state == PROPOSAL_CONFIRMED ? applied->position : 0);
    write_key_string(w, "outcome", rejected ? outcome_word(applied->outcome) : "");
    write_key_string(w, "reason", rejected && applied->outcome == OUTCOME_REJECTED
                                      ? reject_code(applied->reject) : "");
}

static void decide_answer(struct query_command *command, struct query *q)
{
    const struct decision *decision = &((struct decide *)command)->decision;
    switch (decision->decided) {
    case DECIDED_DONE:
    case DECIDED_REJECTED:
        write_decision(q->data, decision);
        return;
    case DECIDED_TOO_LATE:
        query_fail(q, "bad_argument", "it is %s already", state_word(decision->state));
        return;
    case DECIDED_SAME_PERSON:
        query_fail(q, "not_permitted", "whoever proposed it cannot confirm it, with whatever key");
        return;
    case DECIDED_NO_PERSON:
        query_fail(q, "not_permitted", "only a key whose person the rights file names can decide");
        return;
    }
}

/* The fund of what is to be decided has to be one that the key may see. */
static void check_proposal(struct query *q, uint64_t number)
{
    struct view *view;
    struct proposal_view proposal;
    query_view(q, &view);
    if (!query_ok(q))
        return;
    int err = view_proposal(view, number, &proposal);
    if (err != 0)
        query_fail_with(q, err, "proposal");
    else if (!may_see(q, proposal.made.fund))
        query_fail(q, "not_permitted", "the key has no right to see the proposal's fund");
    view_close(&view);
}

static enum query_end decide(struct query *q, bool confirm)
{
    struct decide *d = calloc(1, sizeof *d);
    if (d == NULL) {
        query_fail_with(q, -ENOMEM, "decision");
        return QUERY_ANSWERED;
    }
    d->confirm = confirm;
    d->number = (uint64_t)query_int(q, "number", 1, INT64_MAX, 0);
    query_text(q, "note", d->note, sizeof d->note);
    if (query_ok(q) && !confirm && d->note[0] == '\0')
        query_fail(q, "bad_argument", "note is empty: whoever proposed it has to know why");
    if (query_ok(q))
        check_proposal(q, d->number);
    d->command.command.run = decide_run;
    d->command.answer = decide_answer;
    return query_command(q, &d->command);
}

enum query_end query_confirm(struct query *q)
{
    return decide(q, true);
}

enum query_end query_decline(struct query *q)
{
    return decide(q, false);
}
