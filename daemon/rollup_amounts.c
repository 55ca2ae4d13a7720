#include "daemon/rollup_amounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fund/budget.h"

#define ROWS_MAX 256            /* figures, years and what they are of */

/* What a member has of a figure, and whether that is derived. */
struct own_amount {
    struct rollup_value value;
    bool derived;
};

/* One figure of one year, of every member. */
struct row {
    const char *figure, *of;
    int32_t year;
    unsigned order;                 /* in which it was first met */
    struct own_amount *own;         /* malloc'ed, one for each member */
    struct query_list *missing;     /* while it is summed: who is added and lacks it */
    const struct rollup_member *members;
};

struct amounts {
    struct query *q;
    size_t members;
    struct row rows[ROWS_MAX];
    unsigned count;
};

static struct row *row_of(struct amounts *a, const char *figure, int32_t year, const char *of)
{
    for (unsigned i = 0; i < a->count; i++)
        if (a->rows[i].year == year && strcmp(a->rows[i].figure, figure) == 0
                && strcmp(a->rows[i].of, of) == 0)
            return &a->rows[i];
    struct own_amount *own = a->count < ROWS_MAX ? calloc(a->members, sizeof *own) : NULL;
    if (own == NULL) {
        query_fail_with(a->q, -ENOMEM, "amounts");
        return NULL;
    }
    a->rows[a->count] = (struct row){ .figure = figure, .of = of, .year = year,
                                       .order = a->count, .own = own };
    return &a->rows[a->count++];
}

static void put(struct amounts *a, size_t member, const char *figure, int32_t year, const char *of,
                struct rollup_value value, bool derived)
{
    struct row *row = row_of(a, figure, year, of);
    if (row != NULL)
        row->own[member] = (struct own_amount){ value, derived };
}

/* --- From each fund. -------------------------------------------------------------------- */

static struct rollup_value late(const struct subsidy_state *state)
{
    const struct subsidy_arrears *arrears = &state->arrears;
    bool nothing_due = state->due.known == SUBSIDY_KNOWN && state->due.amount.fen == 0;
    return (struct rollup_value){ arrears->known == SUBSIDY_KNOWN || nothing_due,
                                  arrears->tolerated ? 0 : arrears->arrears.fen };
}

static void read_subsidies(struct amounts *a, struct view *view, const struct rollup_member *member,
                           size_t index, const struct fund_view *fund)
{
    for (unsigned i = 0; i < fund->policy.subsidy.standard_count; i++) {
        const struct subsidy_standard *standard = &fund->policy.subsidy.standards[i];
        struct subsidy_view states[SUBSIDY_LEVELS] = { 0 };
        int err = view_subsidies(view, member->number, &fund->policy.subsidy, standard, fund->books_date,
                                 states);
        if (err != 0)
            query_fail_with(a->q, err, "subsidies");
        for (int level = 0; level < SUBSIDY_LEVELS && err == 0; level++) {
            const struct subsidy_state *state = &states[level].state;
            const char *of = subsidy_level_word(level);
            put(a, index, "subsidy_due", standard->year, of,
                (struct rollup_value){ state->due.known == SUBSIDY_KNOWN, state->due.amount.fen },
                due_is_derived(state->due, state->due_derived));
            put(a, index, "subsidy_received", standard->year, of,
                (struct rollup_value){ true, state->received.fen }, states[level].received_derived);
            put(a, index, "subsidy_late", standard->year, of, late(state), late(state).value != 0);
        }
    }
}

static bool is_transfer(const struct budget_line *line)
{
    return (line->category >= CATEGORY_FROM_UPPER && line->category <= CATEGORY_TRANSFER_IN)
        || (line->category >= CATEGORY_TO_LOWER && line->category <= CATEGORY_TRANSFER_OUT);
}

/* Of the year of the day, without the lines of transfers: those between members would be in it twice. */
static void read_budget(struct amounts *a, size_t index, const struct fund_view *fund)
{
    struct rollup_value foreseen[2] = { 0 }, executed[2] = { 0 };
    bool derived[2] = { false };
    int32_t year = date_year(fund->books_date);
    for (unsigned i = 0; i < fund->policy.budget_count; i++) {
        const struct budget_line *line = &fund->policy.budget[i];
        if (line->year != year || is_transfer(line))
            continue;
        bool side = budget_is_expenditure(line);
        foreseen[side].known = executed[side].known = true;
        derived[side] |= fund->derived.executed[i];
        if (__builtin_add_overflow(foreseen[side].value, line->amount.fen, &foreseen[side].value)
                || __builtin_add_overflow(executed[side].value, fund->executed[i].fen, &executed[side].value))
            query_fail_with(a->q, -EOVERFLOW, "budget");
    }
    for (int side = 0; side < 2; side++) {
        if (!foreseen[side].known)
            continue;
        const char *of = side ? "expenditure" : "income";
        put(a, index, "budget_foreseen", year, of, foreseen[side], false);
        put(a, index, "budget_executed", year, of, executed[side], derived[side]);
    }
}

static void read_contributions(struct amounts *a, size_t index, const struct fund_view *fund)
{
    const struct contributions_rule *rule = &fund->policy.contributions;
    for (unsigned i = 0; i < rule->expected_count; i++) {
        int32_t year = rule->expected[i].year;
        const struct expectation *now = policy_expected(&fund->policy, year, fund->books_date);
        if (now->by > fund->books_date)
            continue;
        put(a, index, "contributions_expected", year, "",
            (struct rollup_value){ true, now->amount.fen }, false);
        put(a, index, "contributions_collected", year, "",
            (struct rollup_value){ true, fund->collected[i].fen }, fund->derived.collected[i]);
    }
}

static void read_amounts(struct amounts *a, struct view *view, const struct rollup_member *members,
                         date_day as_of)
{
    for (size_t i = 0; query_ok(a->q) && i < a->members; i++) {
        struct fund_view fund;
        enum rollup_role role = members[i].role;
        if (role == ROLLUP_BEHIND || role == ROLLUP_LATER || role == ROLLUP_MERGED)
            continue;
        int err = view_fund_whole(view, members[i].number, as_of, &fund);
        if (err != 0) {
            query_fail_with(a->q, err, "fund at that date");
            return;
        }
        read_subsidies(a, view, &members[i], i, &fund);
        read_budget(a, i, &fund);
        read_contributions(a, i, &fund);
    }
}

/* --- Their sums. -------------------------------------------------------------------------- */

static struct rollup_value own_value(void *arg, size_t index)
{
    return ((const struct row *)arg)->own[index].value;
}

/* 1 if it is derived: what is in the sum of these is in the sum of those. */
static struct rollup_value own_derivation(void *arg, size_t index)
{
    const struct own_amount *own = &((const struct row *)arg)->own[index];
    return (struct rollup_value){ own->value.known, own->derived };
}

static void note_nothing(void *, size_t)
{
}

static void note_missing(void *arg, size_t index)
{
    struct row *row = arg;
    char text[FUND_TEXT_MAX];
    if (row->members[index].role != ROLLUP_ADDED)
        return;
    write_string(&row->missing->items, fund_format(row->members[index].fund, text));
    row->missing->count++;
}

/* Of a level of government that nobody has to do with nothing is said. */
static bool is_empty(const struct row *row, size_t members)
{
    for (size_t i = 0; i < members; i++)
        if (row->own[i].value.value != 0)
            return false;
    return true;
}

static void write_row(struct amounts *a, struct row *row, struct rollup_member *members,
                      struct query_list *list)
{
    struct query_list missing;
    list_begin(&missing);
    row->missing = &missing;
    row->members = members;
    struct rollup_value total = rollup_total(members, a->members, own_value, note_missing, row);
    struct rollup_value derived = rollup_total(members, a->members, own_derivation, note_nothing, row);
    write_map(&list->items, 7);
    write_key_string(&list->items, "figure", row->figure);
    write_key_int(&list->items, "year", row->year);
    write_key_string(&list->items, "of", row->of);
    write_key_bool(&list->items, "known", total.known);
    write_key_int(&list->items, "amount", total.value);
    write_key_bool(&list->items, "derived", total.known && derived.value > 0);
    list_end(&missing, &list->items, "missing");
    list->count++;
}

static int by_year(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->year != y->year)
        return x->year < y->year ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

void write_rollup_amounts(struct query *q, struct view *view, struct rollup_member *members, size_t count,
                          date_day as_of)
{
    struct amounts *a = calloc(1, sizeof *a);
    struct query_list list;
    list_begin(&list);
    if (a == NULL) {
        query_fail_with(q, -ENOMEM, "amounts");
    } else {
        *a = (struct amounts){ .q = q, .members = count };
        read_amounts(a, view, members, as_of);
        qsort(a->rows, a->count, sizeof *a->rows, by_year);
        for (unsigned i = 0; i < a->count; i++) {
            if (!is_empty(&a->rows[i], count))
                write_row(a, &a->rows[i], members, &list);
            free(a->rows[i].own);
        }
    }
    free(a);
    list_end(&list, q->data, "amounts");
}
