/* ahead - one scratch store; in it the coming days once for each change. */
#include "store/ahead.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fund/posting.h"
#include "store/ahead_run.h"
#include "store/bytes.h"
#include "store/deferred.h"
#include "store/files.h"
#include "store/scratch.h"

/* --- Which rules -------------------------------------------------------------------- */

const char *ahead_unjudged(enum rule rule)
{
    switch (rule) {
    case RULE_QUIET:
    case RULE_COMPLETENESS:
    case RULE_GAPS:
        return "sources";
    case RULE_STATEMENT:
        return "bank";
    case RULE_RESTATED:
        return "late_money";
    case RULE_RUNWAY:
    case RULE_DEFICIT:
    case RULE_PROVISIONAL:
    case RULE_COVERAGE:
    case RULE_SUBSIDY:
    case RULE_REIMBURSEMENT:
    case RULE_FALLING:
    case RULE_CONTRIBUTIONS:
    case RULE_NET_LOSS:
    case RULE_PACE:
    case RULE_DUPLICATES:
    case RULE_BUDGET:
    case RULE_GATE:
    case RULE_END:
        break;
    }
    return NULL;
}

bool ahead_has(const struct policy *policy, enum rule rule)
{
    switch (rule) {
    case RULE_RUNWAY:        return policy->runway.on;
    case RULE_DEFICIT:       return policy->deficit.on;
    case RULE_PROVISIONAL:   return policy->provisional.on;
    case RULE_COVERAGE:      return policy->coverage_count > 0;
    case RULE_QUIET:         return policy->quiet_count > 0;
    case RULE_SUBSIDY:       return policy->subsidy.on;
    case RULE_RESTATED:      return policy->restated.on;
    case RULE_STATEMENT:     return true;
    case RULE_REIMBURSEMENT: return policy->reimbursement.on;
    case RULE_FALLING:       return policy->falling.on;
    case RULE_CONTRIBUTIONS: return policy->contributions.expected_count > 0;
    case RULE_NET_LOSS:      return policy->net_loss.on;
    case RULE_COMPLETENESS:  return policy->completeness.on && policy->source_count > 0;
    case RULE_GAPS:          return policy->gaps.on;
    case RULE_PACE:          return policy->pace.on;
    case RULE_DUPLICATES:    return policy->duplicates.on;
    case RULE_BUDGET:        return policy->execution.on;
    case RULE_GATE:          return policy->gate.on;
    case RULE_END:           break;
    }
    return false;
}

/* --- Subsidies pay what is due ---------------------------------------------------------- */

/* What levels owe of the years that the policy has standards for, and has not come yet. */
struct owed {
    unsigned count;
    struct { int32_t year; int64_t fen[SUBSIDY_LEVELS]; } years[POLICY_STANDARDS_MAX];
};

static int read_owed(struct ahead_run *a, struct owed *owed)
{
    struct store *books = a->books;
    struct group_fund *fund = group_fund(books, a->fund);
    const struct policy *policy = fund == NULL ? NULL : group_policy(books, fund, a->last, UINT64_MAX);
    if (policy == NULL)
        return books->txn.err != 0 ? books->txn.err : -ENOMEM;
    struct parts parts;
    parts_of(&books->txn, &fund->record, a->as_of, &parts);
    *owed = (struct owed){.count = policy->subsidy.standard_count};
    for (unsigned i = 0; i < owed->count; i++) {
        const struct subsidy_standard *standard = &policy->subsidy.standards[i];
        struct subsidy_state states[SUBSIDY_LEVELS];
        people_subsidies(&books->txn, &parts, &policy->subsidy, standard, a->last, states);
        owed->years[i].year = standard->year;
        for (unsigned level = 0; level < SUBSIDY_LEVELS; level++) {
            int64_t received = states[level].received.fen > 0 ? states[level].received.fen : 0;
            int64_t due = states[level].due.known == SUBSIDY_KNOWN ? states[level].due.amount.fen : 0;
            owed->years[i].fen[level] = due > received ? due - received : 0;
        }
    }
    return books->txn.err;
}

/* The year of `standards` that the next fen of a level pays: the oldest that lacks some; -1: none. */
static int oldest_owed(const struct owed *owed, unsigned level)
{
    int oldest = -1;
    for (unsigned i = 0; i < owed->count; i++)
        if (owed->years[i].fen[level] > 0 && (oldest < 0 || owed->years[i].year < owed->years[oldest].year))
            oldest = (int)i;
    return oldest;
}

/* --- Events ------------------------------------------------------------------------------ */

static uint8_t category_of(unsigned slot)
{
    enum account account = account_info(slot)->account;
    for (uint8_t category = 1; category < CATEGORY_END; category++)
        if (posting_account(category) == account)
            return category;
    return CATEGORY_NONE;
}

/* Adds what inpatient care costs where bills said so, as they said it in the years behind. */
static void add_costs(const struct ahead_run *a, struct event *event)
{
    __int128 sums[4] = {0};
    static const enum account accounts[] = {ACCOUNT_S1, ACCOUNT_S3, ACCOUNT_S2, ACCOUNT_S4};
    struct amount *const costs[] = {&event->cost, &event->in_policy};
    static const enum event_field fields[] = {FIELD_COST, FIELD_IN_POLICY};
    unsigned months = a->outlook->years * 12;
    for (unsigned i = a->past->count - months; i < a->past->count; i++)
        for (unsigned s = 0; s < 4; s++)
            sums[s] += a->past->lines[i].fen[accounts[s]];
    for (unsigned c = 0; c < 2; c++) {
        struct ratio factor = {(int64_t)sums[2 * c], (int64_t)sums[2 * c + 1], 1};
        if (factor.num <= 0 || factor.den <= 0 || !whatif_scale(event->amount.fen, &factor, costs[c])
            || costs[c]->fen > AMOUNT_EVENT_MAX)
            return;
        event->present |= UINT32_C(1) << fields[c];
    }
    if (event->in_policy.fen > event->cost.fen)
        event->in_policy = event->cost;
}

static int post(struct ahead_run *a, const struct coming *coming, int32_t year, int64_t fen)
{
    struct event event = {
        .amount = {fen}, .category = category_of(coming->slot), .year = year,
        .present = UINT32_C(1) << FIELD_AMOUNT | UINT32_C(1) << FIELD_CATEGORY,
    };
    if (fen > AMOUNT_EVENT_MAX || fen < -AMOUNT_EVENT_MAX)
        return -EOVERFLOW;
    if (whatif_is_fee(coming->slot) || whatif_is_subsidy(coming->slot)) {
        event.present |= UINT32_C(1) << FIELD_YEAR;
        enum event_kind kind = whatif_is_fee(coming->slot) ? KIND_CONTRIBUTION : KIND_SUBSIDY;
        return ahead_apply(a, kind, coming->date, &event);
    }
    if (account_info(coming->slot)->class == CLASS_INCOME)
        return ahead_apply(a, KIND_INCOME, coming->date, &event);
    if (account_is_provisional(coming->slot)) {
        event.stage = STAGE_PROVISIONAL;
        event.present |= UINT32_C(1) << FIELD_STAGE;
    }
    if (event.category == CATEGORY_INPATIENT && fen > 0)
        add_costs(a, &event);
    return ahead_apply(a, KIND_EXPENDITURE, coming->date, &event);
}

static int post_coming(struct ahead_run *a, struct owed *owed, const struct coming *coming)
{
    int64_t left = coming->fen;
    int err = 0;
    while (whatif_is_subsidy(coming->slot) && left > 0 && err == 0) {
        unsigned level = coming->slot - ACCOUNT_I21;
        int oldest = oldest_owed(owed, level);
        if (oldest < 0)
            break;
        int64_t *owes = &owed->years[oldest].fen[level], part = *owes < left ? *owes : left;
        err = post(a, coming, owed->years[oldest].year, part);
        *owes -= part;
        left -= part;
    }
    return err == 0 && left != 0 ? post(a, coming, coming->year, left) : err;
}

/* --- What it comes to --------------------------------------------------------------------- */

typedef void state_function(struct ahead_run *a, enum rule rule, const char *name,
                            const struct rule_state *state, void *arg);

/* Runs `each` over the states of the fund's rules. */
static void each_state(struct ahead_run *a, state_function *each, void *arg)
{
    struct range range;
    enum rule rule;
    uint32_t instance;
    struct rule_state state;
    char name[TOLD_INSTANCE_MAX + 1];
    uint8_t key[4];
    key_u32(key, a->numbers[0]);
    range_begin(&range, &a->books->txn, TABLE_RULES, key, sizeof key, key, sizeof key);
    while (range_next(&range) && rules_take(&range, &rule, &instance, &state, name, sizeof name))
        each(a, rule, name, &state, arg);
    range_end(&range);
}

static void keep_standing(struct ahead_run *a, enum rule rule, const char *name,
                          const struct rule_state *state, void *arg)
{
    (void)arg;
    if (ahead_unjudged(rule) != NULL || state->since == DATE_NONE)
        return;
    struct ahead_standing *more =
        reallocarray(a->ret->standing, a->ret->standing_count + 1, sizeof *more);
    if (more == NULL) {
        a->books->txn.err = -ENOMEM;
        return;
    }
    a->ret->standing = more;
    struct ahead_standing *standing = &more[a->ret->standing_count++];
    *standing = (struct ahead_standing){.rule = rule, .level = state->level, .blind = state->blind};
    snprintf(standing->instance, sizeof standing->instance, "%s", name);
}

static void keep_judged(struct ahead_run *a, enum rule rule, const char *name,
                        const struct rule_state *state, void *arg)
{
    (void)name;
    struct ahead_month *month = arg;
    if (ahead_unjudged(rule) == NULL && state->since != DATE_NONE)
        a->ret->judged[rule] = true;
    if (month != NULL && rule == RULE_RUNWAY)
        month->runway_level = state->level;
    if (month != NULL && rule == RULE_DEFICIT)
        month->deficit_level = state->level;
}

/* The books at the end of the k-th coming month, which is over. */
static int keep_month(struct ahead_run *a, unsigned k)
{
    struct store *books = a->books;
    struct ahead_month *month = &a->ret->months[k - 1];
    struct group_fund *fund = group_fund(books, a->fund);
    struct position runway, trailing;
    struct parts parts;
    month->month = a->past->last + (date_month)k;
    date_day day = date_month_last(month->month);
    const struct policy *policy = fund == NULL ? NULL : group_policy(books, fund, day, UINT64_MAX);
    if (policy == NULL)
        return books->txn.err != 0 ? books->txn.err : -ENOMEM;
    parts_of(&books->txn, &fund->record, day, &parts);
    books_position(&books->txn, &fund->record, policy->runway.base, day, &runway);
    books_position(&books->txn, &fund->record, RUNWAY_TRAILING_12, day, &trailing);
    books_lines_of(&books->txn, &parts, date_month_first(month->month), day, &month->lines);
    month->balance = runway.balance;
    month->runway = indicator_runway(&runway, policy->runway.min_months);
    month->deficit = indicator_deficit(&trailing);
    each_state(a, keep_judged, month);
    return books->txn.err;
}

static int keep_alert(struct ahead_run *a, const struct record *record)
{
    struct reader r = reader_of(record->body, record->size);
    struct alert alert;
    if (!alert_decode(&r, &alert))
        return -EILSEQ;
    if (ahead_unjudged(alert.rule) != NULL)
        return 0;
    struct told *more = reallocarray(a->ret->told, a->ret->told_count + 1, sizeof *more);
    if (more == NULL)
        return -ENOMEM;
    a->ret->told = more;
    struct told *told = &more[a->ret->told_count++];
    *told = (struct told){
        .number = alert.number - a->told,
        .date = alert.books_date,
        .rule = alert.rule,
        .transition = alert.transition,
        .level = alert.level,
        .previous = alert.previous_level,
        .indicator = alert.indicator,
        .limit_e4 = alert.limit_e4,
    };
    memcpy(told->instance, alert.instance, sizeof alert.instance);
    return 0;
}

/* The alerts since the first coming day. */
static int keep_alerts(struct ahead_run *a)
{
    struct store *books = a->books;
    int err = 0;
    for (uint64_t number = a->told + 1; number <= books->head.facts.alerts && err == 0; number++) {
        struct record record;
        uint8_t key[8], v[8];
        key_u64(key, number);
        if (!txn_get(&books->txn, TABLE_ALERTS, key, sizeof key, v, sizeof v))
            return books->txn.err != 0 ? books->txn.err : -EILSEQ;
        err = journal_read(&books->journal, &books->txn, get_u64(v), &record);
        if (err == 0)
            err = keep_alert(a, &record);
    }
    return err;
}

/* --- The days -------------------------------------------------------------------------------- */

static int judge(struct ahead_run *a, date_day day)
{
    struct group_fund *fund = group_fund(a->books, a->fund);
    if (fund == NULL)
        return -ENOMEM;
    group_flush(a->books);
    rules_evaluate(a->books, fund, day, SCOPE_DAY, 0);
    fund->moved = false;
    return a->books->txn.err;
}

/* Where the rules begin: at the books date as they are, else as the books of the day make them. */
static int begin_rules(struct ahead_run *a)
{
    int err = judge(a, a->as_of);
    if (err == 0 && !a->present)
        err = ahead_hold_again(a);
    each_state(a, keep_standing, NULL);
    a->told = a->books->head.facts.alerts;
    return err != 0 ? err : a->books->txn.err;
}

static int end_day(struct ahead_run *a, date_day day)
{
    struct event event = {.present = 0};
    int err = ahead_apply(a, KIND_DAY, day, &event);
    if (err == 0)
        rules_evaluate_planned(a->books);
    struct group_fund *fund = group_fund(a->books, a->fund);
    if (fund != NULL)
        fund->moved = false;
    return err != 0 ? err : a->books->txn.err;
}

static int live(struct ahead_run *a, const struct coming *list, size_t count)
{
    struct owed owed;
    size_t next = 0;
    int err = read_owed(a, &owed);
    for (date_day day = a->as_of + 1; day <= a->last && err == 0; day++) {
        for (; next < count && list[next].date <= day && err == 0; next++)
            err = post_coming(a, &owed, &list[next]);
        if (err == 0)
            err = end_day(a, day);
        date_month month = date_month_of(day);
        if (err == 0 && day == date_month_last(month))
            err = keep_month(a, (unsigned)(month - a->past->last));
    }
    return err != 0 ? err : keep_alerts(a);
}

static int run(struct ahead_run *a)
{
    struct coming *list = NULL;
    size_t count = 0;
    int err = ahead_money(a, &list, &count);
    if (err == 0)
        err = ahead_copy(a);
    if (err == 0)
        err = ahead_people(a);
    if (err == 0)
        err = begin_rules(a);
    if (err == 0)
        err = live(a, list, count);
    free(list);
    return err;
}

static int run_in_group(struct ahead_run *a)
{
    int err = store_begin(a->books, 0);
    if (err != 0)
        return err;
    err = run(a);
    store_abort(a->books);
    if (err != 0)
        ahead_free(a->ret);
    return err == -ENOSPC ? -E2BIG : err;
}

int ahead_run(struct txn *txn, const char *folder, uint32_t number, const struct outlook_past *past,
              const struct outlook *outlook, const struct whatif_change *changes, unsigned count,
              struct ahead *ret)
{
    struct ahead_run a = {
        .txn = txn, .number = number, .past = past, .outlook = outlook, .as_of = past->as_of,
        .last = date_month_last(past->last + OUTLOOK_AHEAD),
    };
    struct otherwise otherwise = {.has_policy = false};
    if (!books_fund_by_number(txn, number, &a.fund, &a.record))
        return txn->err != 0 ? txn->err : -ENOENT;
    a.present = a.as_of == a.record.books_date;
    parts_of(txn, &a.record, a.as_of, &a.parts);
    otherwise.fund = a.fund;            /* the rules of its parts are not judged */
    files_remove_folder(folder);
    deferred_read(txn, &a.deferred);
    a.deferred_sums = tally_sort(&a.deferred);
    int err = txn->err != 0 ? txn->err : a.deferred_sums == NULL ? -ENOMEM : 0;
    if (err == 0)
        err = scratch_to_backtest(txn, folder, &otherwise, &a.books);
    for (unsigned i = 0; i < count && err == 0; i++) {
        a.change = &changes[i];
        a.ret = &ret[i];
        a.ids = a.rows = 0;
        ret[i] = (struct ahead){.told_count = 0};
        err = run_in_group(&a);
        for (unsigned done = 0; done < i && err != 0; done++)
            ahead_free(&ret[done]);
    }
    store_close(&a.books);
    files_remove_folder(folder);
    tally_free(&a.deferred);
    return err;
}

void ahead_free(struct ahead *ahead)
{
    free(ahead->standing);
    free(ahead->told);
    *ahead = (struct ahead){.told_count = 0};
}
