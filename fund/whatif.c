/* whatif - projected lines, and the rules over them. */
#include "fund/whatif.h"

#include <assert.h>
#include <stddef.h>

#include "fund/wide.h"

#define MONTHS 12

/* --- The lines to come. ------------------------------------------------------------ */

static bool is_of(unsigned slot, enum account_class class)
{
    const struct account_info *info = account_info(slot);
    return info != NULL && info->class == class;
}

/* What the lines of a class come to, debit positive. */
static __int128 sum_of(const struct lines *lines, enum account_class class)
{
    __int128 sum = 0;
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++)
        sum += is_of(slot, class) ? lines->fen[slot] : 0;
    return sum;
}

/* The sum of a class over the year `back` years before the last closed month. */
static __int128 sum_of_year(const struct whatif_past *past, unsigned back, enum account_class class)
{
    __int128 sum = 0;
    for (unsigned i = 0; i < MONTHS; i++)
        sum += sum_of(&past->months[past->count - (back + 1) * MONTHS + i], class);
    return sum;
}

/* How much the latest year is of the sum of all. */
struct level {
    __int128 latest, all;
};

static struct level level_of(const struct outlook *outlook, const struct whatif_past *past,
                             enum account_class class)
{
    struct level level = {sum_of_year(past, 0, class), 0};
    for (unsigned back = 0; back < outlook->years; back++)
        level.all += sum_of_year(past, back, class);
    if (class == CLASS_INCOME)              /* credits: the quotient is the same, its divisor above 0 */
        level = (struct level){-level.latest, -level.all};
    return level;
}

static bool scale(__int128 fen, __int128 factor, __int128 divisor, int64_t *ret)
{
    __int128 product;
    struct amount amount;
    if (__builtin_mul_overflow(fen, factor, &product) ||
        !wide_to_amount(wide_round(product, divisor), &amount))
        return false;
    *ret = amount.fen;
    return true;
}

static __int128 magnitude(int64_t fen)
{
    return fen < 0 ? -(__int128)fen : fen;
}

/* Adds what is missing to `total` to the largest line of the class. */
static bool settle_rounding(struct lines *lines, enum account_class class, __int128 total)
{
    __int128 missing = total - sum_of(lines, class);
    unsigned largest = 0;
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++) {
        if (is_of(slot, class) && magnitude(lines->fen[slot]) > magnitude(lines->fen[largest]))
            largest = slot;
    }
    if (missing == 0)
        return true;
    struct amount amount;
    if (largest == 0 || !wide_to_amount(lines->fen[largest] + missing, &amount))
        return false;
    lines->fen[largest] = amount.fen;
    return true;
}

/* The lines of a class in the coming month k, which together are `total`. */
static bool project(const struct outlook *outlook, const struct whatif_past *past,
                    enum account_class class, unsigned k, __int128 total, struct lines *ret)
{
    struct level level = level_of(outlook, past, class);
    for (unsigned slot = 1; slot < ACCOUNT_SLOTS; slot++) {
        __int128 sum = 0;
        if (!is_of(slot, class))
            continue;
        for (unsigned back = 0; back < outlook->years; back++)
            sum += past->months[past->count - (back + 1) * MONTHS + k - 1].fen[slot];
        if (!scale(sum, level.latest, level.all, &ret->fen[slot]))
            return false;
    }
    return settle_rounding(ret, class, total);
}

static bool project_month(const struct outlook *outlook, const struct whatif_past *past, unsigned k,
                          struct lines *ret)
{
    const struct outlook_path *path = &outlook->paths[OUTLOOK_CENTRAL];
    __int128 expenditure = (__int128)path->spent[k].fen - path->spent[k - 1].fen;
    __int128 income = (__int128)path->balance[k].fen - path->balance[k - 1].fen + expenditure;
    return project(outlook, past, CLASS_EXPENDITURE, k, expenditure, ret) &&
           project(outlook, past, CLASS_INCOME, k, -income, ret);
}

/* --- Assumptions. ------------------------------------------------------------------- */

static bool is_transfer_out(unsigned slot)
{
    enum account account = account_info(slot)->account;
    return account == ACCOUNT_E5 || account == ACCOUNT_E6 || account == ACCOUNT_E8;
}

static bool scale_lines(struct lines *lines, const struct whatif_change *change)
{
    bool fits = true;
    for (unsigned slot = 1; slot < ACCOUNT_SLOTS && fits; slot++) {
        int64_t *fen = &lines->fen[slot];
        if (is_of(slot, CLASS_EXPENDITURE) && !is_transfer_out(slot))
            fits = scale(*fen, change->payouts_e4, E4, fen);
        else if (slot >= ACCOUNT_I10 && slot <= ACCOUNT_I14)
            fits = scale(*fen, (__int128)change->fees.num * change->fees.mul, change->fees.den, fen);
    }
    return fits;
}

/* How many months later the subsidies of a month come. */
static unsigned months_later(date_month month, unsigned days)
{
    date_day middle = date_month_first(month) + 14;
    return (unsigned)(date_month_of(middle + (date_day)days) - month);
}

/* The last month first, so that none is moved twice. */
static bool delay_subsidies(struct whatif *whatif, unsigned days)
{
    for (unsigned k = OUTLOOK_AHEAD; k >= 1; k--) {
        unsigned to = k + months_later(whatif->last + (date_month)k, days);
        struct lines late = {{0}}, *lines = &whatif->months[WHATIF_PAST + k - 1];
        if (to == k)
            continue;
        for (unsigned slot = ACCOUNT_I21; slot <= ACCOUNT_I24; slot++) {
            late.fen[slot] = lines->fen[slot];
            lines->fen[slot] = 0;
        }
        if (to <= OUTLOOK_AHEAD && !lines_add(&whatif->months[WHATIF_PAST + to - 1], &late))
            return false;
    }
    return true;
}

static bool add_balances(struct whatif *whatif)
{
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        struct amount surplus;
        if (!lines_surplus(whatif_lines(whatif, k), &surplus) ||
            !amount_add(whatif->balance[k - 1], surplus, &whatif->balance[k]))
            return false;
    }
    return true;
}

/* Then no sum of twelve months, and so no indicator, can leave 64 bits. */
static bool years_fit(const struct whatif *whatif)
{
    for (unsigned k = 0; k <= OUTLOOK_AHEAD; k++) {
        struct lines sum = {{0}};
        for (unsigned i = 0; i < MONTHS; i++) {
            if (!lines_add(&sum, &whatif->months[WHATIF_PAST - MONTHS + k + i]))
                return false;
        }
    }
    return true;
}

bool whatif_make(const struct outlook *outlook, const struct whatif_past *past,
                 const struct whatif_change *change, struct whatif *ret)
{
    assert(outlook->known == OUTLOOK_KNOWN && past->count >= WHATIF_PAST);
    assert(change->payouts_e4 >= 0 && change->payouts_e4 <= WHATIF_FACTOR_MAX);
    assert(change->subsidy_days <= WHATIF_DAYS_MAX && change->fees.num >= 0);
    *ret = (struct whatif){.last = outlook->last, .first = past->first, .opening = past->opening};
    ret->balance[0] = outlook->paths[OUTLOOK_CENTRAL].balance[0];
    for (unsigned i = 0; i < WHATIF_PAST; i++)
        ret->months[i] = past->months[past->count - WHATIF_PAST + i];
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        struct lines *lines = &ret->months[WHATIF_PAST + k - 1];
        if (!project_month(outlook, past, k, lines) || !scale_lines(lines, change))
            return false;
    }
    return delay_subsidies(ret, change->subsidy_days) && add_balances(ret) && years_fit(ret);
}

const struct lines *whatif_lines(const struct whatif *whatif, unsigned k)
{
    assert(k >= 1 && k <= OUTLOOK_AHEAD);
    return &whatif->months[WHATIF_PAST + k - 1];
}

bool whatif_fees(struct ratio coverage, int64_t points_e4, struct ratio *ret)
{
    assert(coverage.num > 0 && coverage.mul == 1);
    __int128 now = (__int128)coverage.num * E4;
    __int128 then = now + (__int128)points_e4 * coverage.den;
    if (then < 0 || then > INT64_MAX || now > INT64_MAX)
        return false;
    *ret = (struct ratio){(int64_t)then, (int64_t)now, 1};
    return true;
}

/* --- The rules over them. ----------------------------------------------------------- */

struct position whatif_position(const struct whatif *whatif, enum runway_base base, unsigned k)
{
    assert(k <= OUTLOOK_AHEAD);
    date_month oldest = whatif->last - WHATIF_PAST + 1, from, to;
    struct position position = {
        .books_date = date_month_last(whatif->last + (date_month)k),
        .has_opening = true,
        .opening_date = whatif->opening,
        .first_month = whatif->first,
        .balance = whatif->balance[k],
    };
    position.months = indicator_months(base, whatif->first, position.books_date, &from, &to);
    for (unsigned i = 0; i < position.months; i++) {
        bool fits = lines_add(&position.closed, &whatif->months[from + (date_month)i - oldest]);
        assert(fits);
    }
    return position;
}

enum rule whatif_rule(enum whatif_rule rule)
{
    return rule == WHATIF_RUNWAY ? RULE_RUNWAY : RULE_DEFICIT;
}

static struct reading read_rule(const struct whatif *whatif, const struct policy *policy,
                                enum whatif_rule rule, unsigned k)
{
    enum runway_base base = rule == WHATIF_RUNWAY ? policy->runway.base : RUNWAY_TRAILING_12;
    struct position position = whatif_position(whatif, base, k);
    return rule == WHATIF_RUNWAY ? rule_runway(policy, &position) : rule_deficit(policy, &position);
}

struct rule_state whatif_state(const struct whatif *whatif, const struct policy *policy,
                               enum whatif_rule rule)
{
    struct rule_state state = rule_state_initial();
    struct reading reading = read_rule(whatif, policy, rule, 0);
    reading.hold = (struct hold){0};
    rule_evaluate(&state, &reading, date_month_last(whatif->last));
    return state;
}

static void judge_rule(const struct whatif *whatif, const struct policy *policy, enum whatif_rule rule,
                       struct rule_state state, struct whatif_judged ret[OUTLOOK_AHEAD + 1])
{
    ret[0] = (struct whatif_judged){
        read_rule(whatif, policy, rule, 0).indicator, TRANSITION_NONE, state.level, state.level,
    };
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        struct reading reading = read_rule(whatif, policy, rule, k);
        int8_t before = state.level;
        enum transition transition =
            rule_evaluate(&state, &reading, date_month_last(whatif->last + (date_month)k));
        ret[k] = (struct whatif_judged){reading.indicator, transition, before, state.level};
    }
}

void whatif_judge(const struct whatif *whatif, const struct policy *policy,
                  const struct rule_state states[WHATIF_RULES], struct whatif_verdict *ret)
{
    for (unsigned rule = 0; rule < WHATIF_RULES; rule++)
        judge_rule(whatif, policy, rule, states[rule], ret->at[rule]);
}
