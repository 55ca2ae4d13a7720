/* apply - what one event that was not seen before does to the books.
 *
 * A table maps each kind to a function.  It checks the event against the books,
 * and only when nothing can refuse it any more does it append the event to the journal
 * and move the books: a rejected event leaves no trace. */
#include <errno.h>

#include "fund/posting.h"
#include "fund/uncleared.h"
#include "store/derivations.h"
#include "store/group.h"
#include "store/on_account.h"
#include "store/owing.h"
#include "store/parts.h"
#include "store/recognised.h"
#include "store/unmatched.h"
#include "wire/controls.h"
#include "wire/policy_codec.h"

/* A `day` may move the books date by a year at most: a mistyped one would
 * otherwise close a fund for good.  What moves no money may be dated as far ahead: next
 * year's policy, and enrolments that begin with it. */
#define DAYS_AHEAD_MAX 366

struct application {
    struct store *store;
    struct group_fund *fund;
    uint32_t source, issuer;
    const struct event *event;
    struct unmatched *waiting;  /* reversals that name it and wait */
    enum event_field field;     /* concerned, when rejected */
    struct hindrance hindrance; /* what stands against it, of a bad_move */
    uint64_t position;          /* once it is in the journal */
};

static enum reject refuse(struct application *a, enum reject reject, enum event_field field)
{
    a->field = field;
    return reject;
}

static enum reject hinder(struct application *a, struct hindrance hindrance, enum event_field field)
{
    a->hindrance = hindrance;
    return refuse(a, REJECT_BAD_MOVE, field);
}

static enum reject hinder_on(struct application *a, enum hindrance_why why, date_day day,
                             enum event_field field)
{
    return hinder(a, hindrance_of(why, day, (struct amount){0}), field);
}

static void append(struct application *a)
{
    a->position = group_append(a->store, a->source, a->issuer, a->event);
}

/* Counts an enrolment or a fee of a person on a day, or takes a fee back (sign -1). */
static void count_person(struct application *a, const struct event *event, date_day day, int sign)
{
    int err = people_apply(a->store, a->fund, event, day, sign);
    if (err != 0)
        a->store->txn.err = err;
}

/* Whether the event is dated too far ahead of the books.  Not in a backtest: what the journal has was taken
 * then, and comes at another moment or under another policy now. */
static bool is_ahead(const struct application *a, int days)
{
    return a->event->date > a->fund->record.books_date + days && a->store->otherwise == NULL;
}

/* Of what moves no money: as far ahead as a day may move the books. */
static enum reject check_not_far_ahead(struct application *a)
{
    if (is_ahead(a, DAYS_AHEAD_MAX))
        return refuse(a, REJECT_DATE_AHEAD, FIELD_DATE);
    return REJECT_NONE;
}

/* --- Policies, opening, days ---------------------------------------------------- */

static void follow_clock(struct store *store, struct group_fund *fund);
static void end_day_of_parts(struct store *store, const struct group_fund *fund, date_day date);
static void close_months(struct application *a, const struct group_fund *fund, date_day date);

static void create_fund(struct application *a, const struct policy *policy)
{
    a->fund->record = (struct fund_record){
        .number = ++a->store->head.funds,
        .books_date = a->event->date - 1,
        .opening_date = DATE_NONE,
        .start = a->event->date - 1,
        .first_money = DATE_NONE,
        .closed = DATE_NONE,
        .merged_from = DATE_NONE,
        .is_rollup = policy->rollup,
    };
}

/* The fund of a place, of the same scheme; one without a policy has the number 0. */
static struct group_fund *fund_of_place(struct application *a, uint32_t place)
{
    return group_fund(a->store, (struct fund){place, a->event->fund.scheme});
}

/* A place that was merged stays so: from that day on its policies name the same whole.  One that was there
 * before the merger was told does not and cannot be taken back, so it is no reason to refuse that: a bureau
 * that had sent next year's policy could not merge the place this year. */
static enum reject check_merger(struct application *a, const struct policy *policy)
{
    const struct fund_record *record = &a->fund->record;
    struct group_fund *whole = policy->merged_into == 0 ? NULL : fund_of_place(a, policy->merged_into);
    if (policy->merged_into != 0 && whole == NULL)
        return REJECT_NONE;
    if (record->merged_into != 0) {
        bool same = whole != NULL && whole->record.number == record->merged_into;
        bool fits = fund_is_part(record, a->event->date) ? same : whole == NULL;
        return fits ? REJECT_NONE : refuse(a, REJECT_MERGED, FIELD_POLICY);
    }
    if (whole != NULL && (whole == a->fund || parts_obstacle(&a->store->txn, record, &whole->record,
                                                            a->event->date)))
        return refuse(a, REJECT_MERGED, FIELD_POLICY);
    return REJECT_NONE;
}

/* Not in a backtest: there care may have been recognised as another policy says, and the journal's were
 * taken. */
static enum reject check_recognition(struct application *a, const struct policy *policy)
{
    if (a->store->otherwise != NULL)
        return REJECT_NONE;
    struct hindrance hindrance = recognised_obstacle(a->store, a->fund, a->event->date, policy->recognition);
    return hindrance.why == HINDRANCE_NONE ? REJECT_NONE : hinder(a, hindrance, FIELD_POLICY);
}

/* Only when it comes: what the journal has was taken then, perhaps by a program that did not ask. */
static enum reject check_owed(struct application *a, const struct policy *policy)
{
    struct store *store = a->store;
    if (store->scratch != SCRATCH_NONE || control("year_dropped"))
        return REJECT_NONE;
    date_day books_date = a->fund->record.books_date;
    date_day now = a->event->date > books_date ? a->event->date : books_date;
    struct parts parts;
    group_flush(store);
    parts_of(&store->txn, &a->fund->record, now, &parts);
    const struct policy *before = group_policy(store, a->fund, a->event->date, UINT64_MAX);
    if (before == NULL || a->fund->policy.from > a->event->date)
        return REJECT_NONE;
    if (parts_place_ended(&parts, before) || parts_place_ended(&parts, policy) || policy->merged_into != 0)
        return REJECT_NONE;         /* by this policy nobody is told of arrears */
    struct hindrance hindrance = owing_obstacle(&store->txn, &parts, before, policy, a->event->date,
                                                 books_date);
    return hindrance.why == HINDRANCE_NONE ? REJECT_NONE : hinder(a, hindrance, FIELD_POLICY);
}

static void merge(struct application *a, const struct policy *policy)
{
    if (policy->merged_into == 0 || a->fund->record.merged_into != 0)
        return;
    struct group_fund *whole = fund_of_place(a, policy->merged_into);
    if (whole == NULL)
        return;
    parts_put(&a->store->txn, &a->fund->record, &whole->record, a->event->date);
    whole->changed = true;
    end_day_of_parts(a->store, whole, whole->record.books_date);
    if (whole->record.closed != DATE_NONE)
        close_months(a, whole, whole->record.closed);
    group_plan(a->store, (struct evaluation){.fund = whole, .date = whole->record.books_date});
}

/* In a backtest the sources that the other policy names are expected from the fund's first day on, or from
 * the day on which that policy begins. */
static void name_otherwise(struct application *a)
{
    const struct otherwise *otherwise = a->store->otherwise;
    if (otherwise != NULL && otherwise->has_policy && fund_equal(a->fund->fund, otherwise->fund))
        named_put(&a->store->txn, a->fund->record.number, &otherwise->policy,
                  a->event->date > otherwise->from ? a->event->date : otherwise->from);
}

static enum reject apply_policy(struct application *a)
{
    struct store *store = a->store;
    struct policy policy;
    if (policy_decode(a->event->policy, &policy) != NULL)
        return refuse(a, REJECT_BAD_POLICY, FIELD_POLICY);
    bool exists = a->fund->record.number != 0;
    if (exists && policy.version <= books_policy_version(&store->txn, a->fund->record.number))
        return refuse(a, REJECT_BAD_POLICY, FIELD_POLICY);
    /* What a fund is cannot change with a date, and only a city or a province has funds under it. */
    if ((exists && policy.rollup != a->fund->record.is_rollup)
        || (policy.rollup && a->event->fund.place % 100 != 0))
        return refuse(a, REJECT_BAD_POLICY, FIELD_POLICY);
    if (exists && check_not_far_ahead(a) != REJECT_NONE)
        return REJECT_DATE_AHEAD;
    enum reject reject = exists ? check_recognition(a, &policy) : REJECT_NONE;
    if (reject == REJECT_NONE)
        reject = check_merger(a, &policy);
    if (reject == REJECT_NONE && exists)
        reject = check_owed(a, &policy);
    if (reject != REJECT_NONE)
        return reject;
    if (!exists)
        create_fund(a, &policy);
    append(a);
    struct policy_ref ref = {
        .from = a->event->date,
        .position = a->position,
        .version = policy.version,
    };
    books_put_policy(&store->txn, a->fund->record.number, &ref);
    named_put(&store->txn, a->fund->record.number, &policy, a->event->date);
    name_otherwise(a);
    a->fund->policy = (struct policy_ref){0};
    a->fund->changed = true;
    merge(a, &policy);
    group_plan(store, (struct evaluation){.fund = a->fund, .date = a->fund->record.books_date});
    if (store->head.clocked != DATE_NONE)
        follow_clock(store, a->fund);
    return REJECT_NONE;
}

static bool is_within(void *arg, uint32_t part, date_day from)
{
    (void)part;
    (void)from;
    *(bool *)arg = true;
    return false;
}

/* An opening balance of a day on which the fund has parts, or of the one before, has theirs in it. */
static bool counts_parts_twice(struct application *a)
{
    bool has_some = false;
    if (a->fund->record.has_parts)
        parts_each(&a->store->txn, a->fund->record.number, a->event->date + 1, is_within, &has_some);
    return has_some;
}

/* What the books opened with, as it stands. */
static struct amount opening_amount(struct application *a)
{
    struct lines lines;
    const struct fund_record *record = &a->fund->record;
    group_flush_balances(a->store);
    books_lines(&a->store->txn, record->number, record->opening_date, record->opening_date, &lines);
    return (struct amount){-lines.fen[ACCOUNT_Q0]};
}

static void keep_opening(struct application *a, const struct posting *posting)
{
    struct fund_record *record = &a->fund->record;
    date_day first_money = record->first_money;
    record->opening_derived = a->event->derived;
    derivations_put_margin(&a->store->txn, record->number, a->event->date,
                           event_has(a->event, FIELD_MARGIN) ? a->event->margin : (struct amount){0});
    group_post(a->store, a->fund, posting);
    record->first_money = first_money;
}

/* What an opening balance is to be posted as: the first one, or by how much another one of its day, which
 * takes its place, differs. */
static enum reject opening_to_post(struct application *a, struct event *ret)
{
    const struct fund_record *record = &a->fund->record;
    *ret = *a->event;
    if (record->has_opening) {
        if (a->event->date != record->opening_date)
            return hinder_on(a, HINDRANCE_OPENED, record->opening_date, FIELD_DATE);
        ret->amount.fen -= opening_amount(a).fen;       /* two that one event can state: far from 64 bits */
        return REJECT_NONE;
    }
    if (record->first_money != DATE_NONE && record->first_money <= a->event->date)
        return hinder_on(a, HINDRANCE_MONEY_BEFORE, record->first_money, FIELD_DATE);
    return counts_parts_twice(a) ? refuse(a, REJECT_MERGED, FIELD_DATE) : REJECT_NONE;
}

static void open_books(struct application *a)
{
    struct fund_record *record = &a->fund->record;
    record->has_opening = true;
    record->opening_date = record->start = a->event->date;
    if (record->books_date < record->opening_date)
        apply_day(a->store, a->fund, record->opening_date);
}

static enum reject apply_opening(struct application *a)
{
    struct event opening;
    struct posting posting;
    enum reject reject = opening_to_post(a, &opening);
    if (reject != REJECT_NONE)
        return reject;
    const struct policy *policy = group_policy(a->store, a->fund, a->event->date, UINT64_MAX);
    if (policy == NULL)
        return REJECT_NONE;
    struct posting_basis basis = group_basis(a->store, a->fund, &opening, policy);
    reject = posting_make(&opening, &basis, &posting);
    if (reject != REJECT_NONE)
        return refuse(a, reject, FIELD_AMOUNT);
    if (!group_has_room_for(a->fund, &posting))
        return refuse(a, REJECT_OVERFLOW, FIELD_AMOUNT);

    append(a);
    if (!a->fund->record.has_opening)
        open_books(a);
    keep_opening(a, &posting);
    return REJECT_NONE;
}

/* A fund that the books list, and so have; NULL after an error. */
static struct group_fund *listed_fund(struct store *store, uint32_t number)
{
    struct group_fund *fund = group_fund_by_number(store, number);
    if (fund == NULL && store->txn.err == 0)
        store->txn.err = -EILSEQ;
    return fund;
}

/* Nobody ends the days of a place that is no more, so they end with the whole's. */
static void end_day_of_parts(struct store *store, const struct group_fund *fund, date_day date)
{
    struct parts parts;
    parts_of(&store->txn, &fund->record, date, &parts);
    for (unsigned i = 1; i < parts.count && store->txn.err == 0; i++) {
        struct group_fund *part = listed_fund(store, parts.items[i].fund);
        if (part != NULL && part->record.books_date < date)
            apply_day(store, part, date);
    }
}

void apply_day(struct store *store, struct group_fund *fund, date_day date)
{
    struct lines lines;
    struct amount surplus = {0};
    group_flush_balances(store);
    books_lines(&store->txn, fund->record.number, fund->record.books_date + 1, date, &lines);
    if (!lines_surplus(&lines, &surplus)
        || !amount_add(fund->record.balance, surplus, &fund->record.balance))
        store->txn.err = -EILSEQ;
    fund->record.books_date = date;
    fund->changed = true;
    group_plan(store, (struct evaluation){.fund = fund, .date = date});
    end_day_of_parts(store, fund, date);
}

static enum reject apply_day_event(struct application *a)
{
    date_day books_date = a->fund->record.books_date;
    if (is_ahead(a, DAYS_AHEAD_MAX))
        return refuse(a, REJECT_DATE_AHEAD, FIELD_DATE);
    append(a);
    if (a->event->date > books_date)
        apply_day(a->store, a->fund, a->event->date);
    return REJECT_NONE;
}

/* Moves a fund that lives by the clock to the last day that ended by it. */
static void follow_clock(struct store *store, struct group_fund *fund)
{
    date_day ended = store->head.clocked;
    const struct policy *policy = group_policy(store, fund, ended, UINT64_MAX);
    if (policy != NULL && policy->clock == CLOCK_LIVE && fund->record.books_date < ended)
        apply_day(store, fund, ended);
}

void apply_clock(struct store *store)
{
    for (uint32_t number = 1; number <= store->head.funds && store->txn.err == 0; number++) {
        struct group_fund *fund = listed_fund(store, number);
        if (fund != NULL)
            follow_clock(store, fund);
    }
}

/* --- Closing months, entering history ----------------------------------------------- */

/* Closes the months of a fund up to a day.  Nobody closes those of a place that is no more, so they close
 * with the whole's: what comes late under the old code has moved a closed month of the whole. */
static void close_months(struct application *a, const struct group_fund *fund, date_day date)
{
    struct store *store = a->store;
    struct parts parts;
    group_flush_restated(store);
    parts_of(&store->txn, &fund->record, date, &parts);
    for (unsigned i = 0; i < parts.count && store->txn.err == 0; i++) {
        struct group_fund *part = listed_fund(store, parts.items[i].fund);
        if (part == NULL || part->record.closed >= date)
            continue;
        part->record.closed = date;
        part->changed = true;
        restated_put_close(&store->txn, part->record.number, date, a->position);
    }
}

static enum reject apply_month_close(struct application *a)
{
    struct fund_record *record = &a->fund->record;
    date_day date = a->event->date;
    if (date <= record->start)
        return refuse(a, REJECT_BEFORE_OPENING, FIELD_DATE);
    if (date > record->books_date)
        return refuse(a, REJECT_DATE_AHEAD, FIELD_DATE);
    if (fund_is_part(record, date))
        return refuse(a, REJECT_MERGED, FIELD_DATE);
    if (date <= record->closed)
        return hinder_on(a, HINDRANCE_CLOSED, record->closed, FIELD_DATE);
    append(a);
    close_months(a, a->fund, date);
    return REJECT_NONE;
}

static enum reject apply_import(struct application *a)
{
    if (a->fund->record.importing)
        return hinder_on(a, HINDRANCE_IMPORTING, DATE_NONE, FIELD_KIND);
    append(a);
    a->fund->record.importing = true;
    a->fund->changed = true;
    return REJECT_NONE;
}

static enum reject apply_import_done(struct application *a)
{
    struct fund_record *record = &a->fund->record;
    if (!record->importing)
        return hinder_on(a, HINDRANCE_NOT_IMPORTING, DATE_NONE, FIELD_KIND);
    append(a);
    record->importing = false;
    a->fund->changed = true;
    group_plan_held(a->store, a->fund);
    group_plan(a->store, (struct evaluation){.fund = a->fund, .date = record->books_date});
    return REJECT_NONE;
}

/* --- What is stated ------------------------------------------------------------------ */

static enum reject apply_statement(struct application *a)
{
    if (a->event->date < a->fund->record.start)
        return refuse(a, REJECT_BEFORE_OPENING, FIELD_DATE);
    enum reject reject = check_not_far_ahead(a);
    if (reject != REJECT_NONE)
        return reject;
    append(a);
    statements_put(&a->store->journal, &a->store->txn, a->fund->record.number, a->event,
                   a->position);
    a->fund->moved = true;
    return REJECT_NONE;
}

/* --- People ---------------------------------------------------------------------- */

static void put_measure(struct application *a)
{
    people_put_measure(&a->store->journal, &a->store->txn, a->fund->record.number, a->event,
                       a->position);
}

static enum reject apply_enrollment(struct application *a)
{
    enum reject reject = check_not_far_ahead(a);
    if (reject != REJECT_NONE)
        return reject;
    append(a);
    if (event_has(a->event, FIELD_PERSON))
        count_person(a, a->event, a->event->date, +1);
    else
        put_measure(a);
    a->fund->moved = true;
    return REJECT_NONE;
}

static enum reject apply_population(struct application *a)
{
    enum reject reject = check_not_far_ahead(a);
    if (reject != REJECT_NONE)
        return reject;
    append(a);
    put_measure(a);
    a->fund->moved = true;
    return REJECT_NONE;
}

static void pay(struct application *a, const struct event *contribution, date_day day, int sign)
{
    if (contribution->kind == KIND_CONTRIBUTION && event_has(contribution, FIELD_PERSON))
        count_person(a, contribution, day, sign);
}

/* Adds a contribution to what was collected for its year, or takes it off again. */
static void collect(struct application *a, const struct event *event, date_day date, int sign)
{
    if (event->kind == KIND_CONTRIBUTION)
        group_collect(a->store, a->fund, event->year, date, sign * event->amount.fen);
}

/* --- Money ------------------------------------------------------------------------- */

/* Keeps what a subsidy is for, beside the day on which it came. */
static void note_subsidy(struct application *a, const struct event *subsidy, date_day day, int sign)
{
    if (subsidy->kind == KIND_SUBSIDY)
        books_add_received(&a->store->txn, a->fund->record.number, subsidy->year, subsidy->category, day,
                           (struct amount){sign * subsidy->amount.fen});
}

/* Keeps what a payment to hospitals is of, beside the day on which it was made or cleared. */
static void note_on_account(struct application *a, const struct event *payment, date_day day,
                            struct on_account sums)
{
    if (payment->kind == KIND_DISBURSEMENT && !on_account_is_empty(&sums))
        on_account_note(&a->store->txn, a->fund->record.number, payout_year(payment), payment->category, day,
                        &sums);
}

/* Keeps what of the figures is derived: what `event` posts, or with `sign` -1 what undoes it. */
static void derive(struct application *a, const struct event *event, const struct posting *posting,
                   date_day day, int sign)
{
    if (!event->derived)
        return;
    derivations_post(&a->store->txn, a->fund->record.number, posting);
    derivations_add(&a->store->txn, a->fund->record.number, event, day, sign);
}

static enum reject check_date(struct application *a, const struct policy *policy)
{
    if (a->event->date <= a->fund->record.start)
        return refuse(a, REJECT_BEFORE_OPENING, FIELD_DATE);
    if (is_ahead(a, policy->ahead_days))
        return refuse(a, REJECT_DATE_AHEAD, FIELD_DATE);
    return REJECT_NONE;
}

/* The postings of an original and of its reversal; the original's policies are those that it was posted
 * under. */
static enum reject reversal_posting(struct application *a, const struct event_record *original,
                                    date_day date, struct posting *ret_posted, struct posting *ret)
{
    const struct policy *policy =
        group_policy(a->store, a->fund, original->event.date, original->position);
    ret_posted->count = ret->count = 0;
    if (policy == NULL)
        return REJECT_NONE;
    struct posting_basis basis = group_basis(a->store, a->fund, &original->event, policy);
    enum reject reject = posting_make(&original->event, &basis, ret_posted);
    if (reject == REJECT_NONE)
        reject = posting_reverse(&original->event, ret_posted, date, ret);
    return reject;
}

/* The first reversal that waits for this event and fits it; NULL if none does. */
static const struct event_record *awaiting(const struct application *a)
{
    const struct unmatched *waiting = a->waiting;
    for (unsigned i = 0; i < waiting->count; i++) {
        struct hindrance h = hindrance_of_reversal(&waiting->reversals[i].event, a->event);
        if (h.why == HINDRANCE_NONE)
            return &waiting->reversals[i];
    }
    return NULL;
}

/* The original of a reversal that waited: both are posted now.  Of a payout it is no move, because it never
 * stands: what came after it in its source may have come before it here. */
static enum reject apply_reversed(struct application *a, const struct posting *posting,
                                  const struct event_record *reversal)
{
    struct posting posted, opposite;
    struct event_record self = {.position = UINT64_MAX, .event = *a->event};
    enum reject reject = reversal_posting(a, &self, reversal->event.date, &posted, &opposite);
    if (reject != REJECT_NONE)
        return refuse(a, reject, FIELD_AMOUNT);
    date_day undone_on = event_undone_on(a->event, &reversal->event);
    append(a);
    group_keep_recognition(a->store, a->fund, a->event);
    group_post(a->store, a->fund, posting);
    group_post_reversal(a->store, a->fund, &opposite);
    pay(a, a->event, a->event->date, +1);
    pay(a, a->event, undone_on, -1);
    note_subsidy(a, a->event, a->event->date, +1);
    note_subsidy(a, a->event, undone_on, -1);
    note_on_account(a, a->event, a->event->date, on_account_of(posting));
    note_on_account(a, a->event, undone_on, on_account_undone(&posted, &opposite));
    collect(a, a->event, a->event->date, +1);
    collect(a, a->event, undone_on, -1);
    derive(a, a->event, posting, a->event->date, +1);
    derive(a, a->event, &opposite, undone_on, -1);
    books_put_reversal(&a->store->txn, a->position, reversal->position);
    unmatched_end(a->store, a->waiting);
    return REJECT_NONE;
}

/* A report of money is a bill (fund/moves.h): its id is settled once and reversed once, in either order. */
static enum reject move_bill(struct application *a, enum bill_state state, enum bill_move move,
                             enum bill_state *ret)
{
    enum reject reject = moves_bill(state, move, ret);
    if (reject == REJECT_NONE)
        return reject;
    return hinder_on(a, state == BILL_AWAITED ? HINDRANCE_AWAITED : HINDRANCE_REVERSED, DATE_NONE,
                     FIELD_ORIGINAL);
}

static enum reject apply_money(struct application *a)
{
    const struct policy *policy = group_policy(a->store, a->fund, a->event->date, UINT64_MAX);
    if (policy == NULL)
        return REJECT_NONE;
    UNCLEARED struct posting posting;
    enum reject reject = check_date(a, policy);
    if (reject != REJECT_NONE)
        return reject;
    struct posting_basis basis = group_basis(a->store, a->fund, a->event, policy);
    reject = posting_make(a->event, &basis, &posting);
    if (reject != REJECT_NONE)
        return refuse(a, reject, FIELD_KIND);
    if (!group_has_room_for(a->fund, &posting))
        return refuse(a, REJECT_OVERFLOW, FIELD_AMOUNT);

    const struct event_record *reversal = awaiting(a);
    enum bill_state bill = reversal != NULL ? BILL_AWAITED : BILL_NONE;
    reject = move_bill(a, bill, BILL_SETTLE, &bill);
    if (reject != REJECT_NONE)
        return reject;
    if (bill == BILL_REVERSED)
        return apply_reversed(a, &posting, reversal);
    enum event_field field;
    reject = payouts_do(a->store, a->fund, a->event, &field, &a->hindrance);
    if (reject != REJECT_NONE)
        return refuse(a, reject, field);
    append(a);
    group_keep_recognition(a->store, a->fund, a->event);
    if (control("late_is_lost") && a->event->date + 31 < a->fund->record.books_date)
        return REJECT_NONE;
    group_post(a->store, a->fund, &posting);
    collect(a, a->event, a->event->date, +1);
    pay(a, a->event, a->event->date, +1);
    note_subsidy(a, a->event, a->event->date, +1);
    note_on_account(a, a->event, a->event->date, on_account_of(&posting));
    derive(a, a->event, &posting, a->event->date, +1);
    return REJECT_NONE;
}

static bool already_reversed(struct application *a, uint64_t original)
{
    uint64_t reversal;
    return books_reversal(&a->store->txn, original, &reversal) && !control("reversed_twice");
}

/* Of reversals that wait for the same id the first that fits it will undo it, so one that can never be that
 * one is a second reversal.  What the first ones cannot undo another may: nobody knows yet which of them is
 * wrong. */
static bool is_second(const struct application *a, const struct unmatched *waiting)
{
    bool covered = waiting->count == UNMATCHED_OF_ID_MAX;
    for (unsigned i = 0; i < waiting->count && !covered; i++)
        covered = hindrance_reversal_covers(&waiting->reversals[i].event, a->event);
    return covered;
}

static enum reject apply_unmatched(struct application *a)
{
    UNCLEARED struct unmatched waiting;
    unmatched_find(a->store, a->issuer, a->event->original, &waiting);
    enum bill_state bill = is_second(a, &waiting) ? BILL_AWAITED : BILL_NONE;
    enum reject reject = move_bill(a, bill, BILL_REVERSE, &bill);
    if (reject != REJECT_NONE)
        return reject;
    append(a);
    unmatched_put(a->store, a->fund, a->issuer, a->event, a->position);
    return REJECT_NONE;
}

/* Now that it is undone nobody needs to look at the reversals that named it and did not fit. */
static void end_misfits(struct application *a)
{
    UNCLEARED struct unmatched misfits;
    unmatched_find(a->store, a->issuer, a->event->original, &misfits);
    unmatched_end_misfits(a->store, &misfits);
}

static enum reject apply_reversal(struct application *a)
{
    const struct policy *policy = group_policy(a->store, a->fund, a->event->date, UINT64_MAX);
    if (policy == NULL)
        return REJECT_NONE;
    enum reject reject = check_date(a, policy);
    if (reject != REJECT_NONE)
        return reject;
    struct event_record original;
    struct store *store = a->store;
    int err = derived_original(store, &store->journal, &store->txn, a->issuer, a->event, &original);
    if (err == -ENOENT)
        return apply_unmatched(a);
    if (err != 0) {
        a->store->txn.err = err;
        return REJECT_NONE;
    }
    struct hindrance hindrance = hindrance_of_reversal(a->event, &original.event);
    if (hindrance.why != HINDRANCE_NONE)
        return hinder(a, hindrance, FIELD_ORIGINAL);
    enum bill_state bill = already_reversed(a, original.position) ? BILL_REVERSED : BILL_SETTLED;
    reject = move_bill(a, bill, BILL_REVERSE, &bill);
    if (reject != REJECT_NONE)
        return reject;
    struct posting posted, opposite;
    reject = reversal_posting(a, &original, a->event->date, &posted, &opposite);
    if (reject != REJECT_NONE)
        return refuse(a, reject, FIELD_ORIGINAL);
    struct event undone = original.event;       /* the journal may move under it */
    date_day undone_on = event_undone_on(&undone, a->event);
    reject = payouts_undo(a->store, a->fund, &undone, &a->hindrance);
    if (reject != REJECT_NONE)
        return refuse(a, reject, FIELD_ORIGINAL);
    append(a);
    group_post_reversal(a->store, a->fund, &opposite);
    collect(a, &undone, undone_on, -1);
    pay(a, &undone, undone_on, -1);
    note_subsidy(a, &undone, undone_on, -1);
    note_on_account(a, &undone, undone_on, on_account_undone(&posted, &opposite));
    derive(a, &undone, &opposite, undone_on, -1);
    books_put_reversal(&a->store->txn, original.position, a->position);
    end_misfits(a);
    return REJECT_NONE;
}

/* --- Dispatch -------------------------------------------------------------------- */

static enum reject (*const appliers[KIND_END])(struct application *) = {
    [KIND_POLICY] = apply_policy,
    [KIND_OPENING] = apply_opening,
    [KIND_DAY] = apply_day_event,
    [KIND_ENROLLMENT] = apply_enrollment,
    [KIND_CONTRIBUTION] = apply_money,
    [KIND_SUBSIDY] = apply_money,
    [KIND_INCOME] = apply_money,
    [KIND_SETTLEMENT] = apply_money,
    [KIND_DISBURSEMENT] = apply_money,
    [KIND_EXPENDITURE] = apply_money,
    [KIND_REVERSAL] = apply_reversal,
    [KIND_POPULATION] = apply_population,
    [KIND_MONTH_CLOSE] = apply_month_close,
    [KIND_IMPORT] = apply_import,
    [KIND_IMPORT_DONE] = apply_import_done,
    [KIND_STATEMENT] = apply_statement,
};

/* The book day on which the source is heard: the one in progress, whatever the event is dated, so that
 * late money ends a silence and an enrolment for next year does not hide one.  Only money dated
 * ahead counts on its own day: a replay sends a month before it ends its days. */
static date_day day_heard(const struct application *a)
{
    date_day today = a->fund->record.books_date + 1;
    return event_moves_money(a->event) && a->event->date > today ? a->event->date : today;
}

/* Whether an event says something of its day's business, so that its source has reported that day. */
static bool reports(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
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
        return true;
    case KIND_POLICY:
    case KIND_OPENING:
    case KIND_DAY:
    case KIND_MONTH_CLOSE:
    case KIND_IMPORT:
    case KIND_IMPORT_DONE:
    case KIND_END:
        return false;
    }
    return false;
}

/* Totals per source and day, the first and the newest day on which the fund has heard of a source, and
 * the days that it has reported: those that its events are dated, since figures go by that. */
static void count_for_source(struct application *a)
{
    struct store *store = a->store;
    uint8_t entry[SOURCE_DAY_ENTRY];
    sources_day_entry(a->source, a->event, entry);
    int err = derived_add(&store->derived, DERIVED_SOURCE_DAYS, entry);
    bool new;
    struct fund_source *told = accumulator_at(
        &store->fund_sources, (uint64_t)a->fund->record.number << 32 | a->source, &new);
    if (err != 0 || told == NULL) {
        store->txn.err = -ENOMEM;
        return;
    }
    for (struct group_fund *fund = new ? a->fund : NULL; fund != NULL; fund = group_whole(store, fund))
        if (rules_source_is_quiet(store, fund->record.number, a->source))
            group_plan(store, (struct evaluation){.fund = fund, .source = a->source});
    date_day heard = day_heard(a);
    if (new || heard > told->last_date)
        told->last_date = heard;
    if (new || heard < told->first_date)
        told->first_date = heard;
    if (reports(a->event))
        group_report(store, a->fund, a->source, a->event->date);
}

/* Of a roll-up days end, and its policies change; everything else is told of the funds that it is made of. */
static enum reject check_fund(struct application *a)
{
    enum event_kind kind = a->event->kind;
    if (a->fund->record.number == 0 && kind != KIND_POLICY)
        return refuse(a, REJECT_UNKNOWN_FUND, FIELD_FUND);
    if (a->fund->record.is_rollup && kind != KIND_POLICY && kind != KIND_DAY)
        return refuse(a, REJECT_POLICY_FORBIDS, FIELD_KIND);
    return REJECT_NONE;
}

enum reject apply_event(struct store *store, uint32_t source, uint32_t issuer,
                        const struct event *event, enum event_field *ret_field,
                        struct hindrance *ret_hindrance, uint64_t *ret_position)
{
    UNCLEARED struct unmatched waiting;
    struct application a = {
        .store = store,
        .waiting = &waiting,
        .fund = group_fund(store, event->fund),
        .source = source,
        .issuer = issuer,
        .event = event,
    };
    if (a.fund == NULL || store->txn.err != 0)
        return REJECT_NONE;
    waiting.count = 0;
    if (store->head.unmatched > 0)
        unmatched_find(store, issuer, event->id, &waiting);
    enum reject reject = check_fund(&a);
    if (reject == REJECT_NONE)
        reject = appliers[event->kind](&a);
    if (reject != REJECT_NONE) {
        *ret_field = a.field;
        *ret_hindrance = reject == REJECT_BAD_MOVE ? a.hindrance : hindrance_none();
        return reject;
    }
    if (store->txn.err == 0)
        count_for_source(&a);
    unmatched_misfit(store, &waiting);
    if (a.fund->record.merged_into != 0)
        group_move_wholes(store, a.fund);
    *ret_position = a.position;
    return REJECT_NONE;
}
