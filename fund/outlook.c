/* outlook - paths from shapes and levels, all of it multiplying before dividing.
 *
 * A month times a level is under 2^126, and is divided at once; sums over five years are checked
 * where they are multiplied. */
#include "fund/outlook.h"

#include <assert.h>
#include <stddef.h>

#include "fund/wide.h"

#define MONTHS 12

static const struct {
    const char *word, *sentence;
} reasons[] = {
    [OUTLOOK_KNOWN]              = {"known", "there is an outlook"},
    [OUTLOOK_TOO_LITTLE_HISTORY] = {"too_little_history", "fewer than two years of twelve months are closed"},
    [OUTLOOK_NO_BALANCE]         = {"no_balance", "the opening balance is not known"},
    [OUTLOOK_NO_INCOME]          = {"no_income", "a year that it would be made from has no income"},
    [OUTLOOK_NO_EXPENDITURE]     = {"no_expenditure", "a year that it would be made from has no expenditure"},
    [OUTLOOK_OVERFLOW]           = {"overflow", "a sum leaves the range of 64 bits"},
};

#define REASONS (sizeof reasons / sizeof reasons[0])

const char *outlook_known_word(enum outlook_known known)
{
    return known < REASONS ? reasons[known].word : NULL;
}

const char *outlook_known_sentence(enum outlook_known known)
{
    return known < REASONS ? reasons[known].sentence : NULL;
}

enum side { INCOME, EXPENDITURE, SIDES };

/* Fen by side, year back and month of the year: [..][0][11] is the last closed month. */
struct shape {
    unsigned years;
    int64_t month[SIDES][OUTLOOK_YEARS_MAX][MONTHS];
    __int128 year[SIDES][OUTLOOK_YEARS_MAX];
};

static void shape_of(const struct outlook_history *history, struct shape *ret)
{
    unsigned years = history->count / MONTHS;
    ret->years = years < OUTLOOK_YEARS_MAX ? years : OUTLOOK_YEARS_MAX;
    for (unsigned j = 0; j < ret->years; j++) {
        const struct outlook_month *first = &history->months[history->count - (j + 1) * MONTHS];
        for (unsigned i = 0; i < MONTHS; i++) {
            ret->month[INCOME][j][i] = first[i].income.fen;
            ret->month[EXPENDITURE][j][i] = first[i].expenditure.fen;
            ret->year[INCOME][j] += first[i].income.fen;
            ret->year[EXPENDITURE][j] += first[i].expenditure.fen;
        }
    }
}

static enum outlook_known check_shape(const struct shape *shape)
{
    for (unsigned j = 0; j < shape->years; j++) {
        if (shape->year[INCOME][j] <= 0)
            return OUTLOOK_NO_INCOME;
        if (shape->year[EXPENDITURE][j] <= 0)
            return OUTLOOK_NO_EXPENDITURE;
    }
    return OUTLOOK_KNOWN;
}

/* month * year 0 / level, what the header says. */
static bool project(const struct shape *shape, enum side side, unsigned path, unsigned i,
                    struct amount *ret)
{
    __int128 month = 0, level = 0, product;
    if (path == OUTLOOK_CENTRAL) {
        for (unsigned j = 0; j < shape->years; j++) {
            month += shape->month[side][j][i];
            level += shape->year[side][j];
        }
    } else {
        unsigned year = path - 1, before = year + 1 < shape->years ? year + 1 : year;
        month = shape->month[side][year][i];
        level = shape->year[side][before];
    }
    return !__builtin_mul_overflow(month, shape->year[side][0], &product) &&
           wide_to_amount(wide_round(product, level), ret);
}

/* The path's month k, 1 to OUTLOOK_AHEAD, from the one before. */
static enum outlook_known step(const struct shape *shape, unsigned path, unsigned k,
                               struct outlook_path *p)
{
    struct amount income, expenditure;
    if (!project(shape, INCOME, path, k - 1, &income) ||
        !project(shape, EXPENDITURE, path, k - 1, &expenditure))
        return OUTLOOK_OVERFLOW;

    __int128 gone = shape->month[EXPENDITURE][0][k - 1];
    __int128 trailing = (__int128)p->trailing[k - 1].fen + expenditure.fen - gone;
    __int128 balance = (__int128)p->balance[k - 1].fen + income.fen - expenditure.fen;
    if (trailing <= 0)
        return OUTLOOK_NO_EXPENDITURE;
    if (!wide_to_amount(trailing, &p->trailing[k]) || !wide_to_amount(balance, &p->balance[k]) ||
        !amount_add(p->spent[k - 1], expenditure, &p->spent[k]))
        return OUTLOOK_OVERFLOW;
    return OUTLOOK_KNOWN;
}

static enum outlook_known make_path(const struct shape *shape, struct amount balance, unsigned path,
                                    struct outlook_path *ret)
{
    ret->balance[0] = balance;
    if (!wide_to_amount(shape->year[EXPENDITURE][0], &ret->trailing[0]))
        return OUTLOOK_OVERFLOW;
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        enum outlook_known known = step(shape, path, k, ret);
        if (known != OUTLOOK_KNOWN)
            return known;
    }
    return amount_sub(ret->balance[OUTLOOK_AHEAD], ret->balance[0], &ret->surplus)
        ? OUTLOOK_KNOWN : OUTLOOK_OVERFLOW;
}

void outlook_make(const struct outlook_history *history, struct outlook *ret)
{
    struct shape shape = {0};
    *ret = (struct outlook){.last = history->last};
    if (history->count < OUTLOOK_YEARS_MIN * MONTHS) {
        ret->known = OUTLOOK_TOO_LITTLE_HISTORY;
        return;
    }
    if (!history->has_balance) {
        ret->known = OUTLOOK_NO_BALANCE;
        return;
    }
    shape_of(history, &shape);
    ret->known = check_shape(&shape);
    ret->years = shape.years;
    ret->path_count = 1 + shape.years;
    for (unsigned path = 0; path < ret->path_count && ret->known == OUTLOOK_KNOWN; path++)
        ret->known = make_path(&shape, history->balance, path, &ret->paths[path]);
}

void outlook_of(const struct outlook_past *past, struct outlook *ret)
{
    struct outlook_history history = {
        .last = past->last, .has_balance = past->has_balance, .balance = past->balance,
        .months = past->sums, .count = past->count,
    };
    outlook_make(&history, ret);
}

static const struct outlook_path *path_of(const struct outlook *outlook, unsigned path, unsigned k)
{
    assert(outlook->known == OUTLOOK_KNOWN && path < outlook->path_count && k <= OUTLOOK_AHEAD);
    return &outlook->paths[path];
}

date_day outlook_day(const struct outlook *outlook, unsigned k)
{
    assert(k <= OUTLOOK_AHEAD);
    return date_month_last(outlook->last + (date_month)k);
}

struct ratio outlook_runway(const struct outlook *outlook, unsigned path, unsigned k)
{
    const struct outlook_path *p = path_of(outlook, path, k);
    return (struct ratio){p->balance[k].fen, p->trailing[k].fen, MONTHS};
}

static bool is_less(struct ratio a, struct ratio b)
{
    return (__int128)a.num * b.den < (__int128)b.num * a.den;
}

void outlook_range(const struct outlook *outlook, unsigned k,
                   struct ratio *ret_low, struct ratio *ret_high)
{
    struct ratio low = outlook_runway(outlook, OUTLOOK_CENTRAL, k), high = low;
    for (unsigned path = 1; path < outlook->path_count; path++) {
        struct ratio runway = outlook_runway(outlook, path, k);
        if (is_less(runway, low))
            low = runway;
        if (is_less(high, runway))
            high = runway;
    }
    *ret_low = low;
    *ret_high = high;
}

static bool is_out(struct ratio runway, enum outlook_side side, int64_t limit_e4)
{
    return ratio_compare(runway, limit_e4) * (int)side > 0;
}

/* The end of the first month from `k` on that is out, or is not; DATE_NONE if none is. */
static date_day path_finds(const struct outlook *outlook, unsigned path, unsigned k, bool out,
                           enum outlook_side side, int64_t limit_e4)
{
    for (; k <= OUTLOOK_AHEAD; k++)
        if (is_out(outlook_runway(outlook, path, k), side, limit_e4) == out)
            return outlook_day(outlook, k);
    return DATE_NONE;
}

static struct outlook_leaving paths_find(const struct outlook *outlook, unsigned k, bool out,
                                         enum outlook_side side, int64_t limit_e4)
{
    struct outlook_leaving result = {
        .central = path_finds(outlook, OUTLOOK_CENTRAL, k, out, side, limit_e4),
        .early = DATE_NONE,
        .late = DATE_NONE,
    };
    for (unsigned path = 0; path < outlook->path_count; path++) {
        date_day day = path_finds(outlook, path, k, out, side, limit_e4);
        if (day == DATE_NONE)
            continue;
        if (result.paths++ == 0 || day < result.early)
            result.early = day;
        if (day > result.late)
            result.late = day;
    }
    if (result.paths < outlook->path_count)
        result.late = DATE_NONE;
    return result;
}

struct outlook_leaving outlook_leaving(const struct outlook *outlook, enum outlook_side side,
                                       int64_t limit_e4)
{
    return paths_find(outlook, 0, true, side, limit_e4);
}

struct outlook_leaving outlook_returning(const struct outlook *outlook, enum outlook_side side,
                                         int64_t limit_e4)
{
    return paths_find(outlook, 1, false, side, limit_e4);
}

/* The runway at the end of a closed month, `back` before the last: false if twelve months are not there, or
 * nothing was spent in them. */
static bool past_runway(const struct outlook_past *past, unsigned back, __int128 balance,
                        struct ratio *ret)
{
    __int128 spent = 0;
    struct amount at_the_end, trailing;
    if (past->count < back + MONTHS)
        return false;
    for (unsigned i = 0; i < MONTHS; i++)
        spent += past->sums[past->count - 1 - back - i].expenditure.fen;
    if (spent <= 0 || !wide_to_amount(spent, &trailing) || !wide_to_amount(balance, &at_the_end))
        return false;
    *ret = (struct ratio){at_the_end.fen, trailing.fen, MONTHS};
    return true;
}

struct outlook_outside outlook_outside(const struct outlook_past *past, enum outlook_side side,
                                       int64_t limit_e4)
{
    struct outlook_outside outside = {.since = DATE_NONE, .is_earliest = true};
    __int128 balance = past->balance.fen;
    struct ratio runway;
    for (unsigned back = 0; past->has_balance && past_runway(past, back, balance, &runway); back++) {
        if (!is_out(runway, side, limit_e4)) {
            outside.is_earliest = false;
            break;
        }
        const struct outlook_month *month = &past->sums[past->count - 1 - back];
        outside.is = true;
        outside.since = date_month_last(past->last - (date_month)back);
        balance += (__int128)month->expenditure.fen - month->income.fen;
    }
    return outside;
}

/* With X = limit_e4 / 10^4, B and E of the month, and x the amount:
 *   (B + x) * 12 / E       >= X   <=>   x >= (X * E - 12 * B) / 12
 *   (B + x) * 12 / (E - x) >= X   <=>   x >= (X * E - 12 * B) / (12 + X)     while x < E
 * and the second is below E as soon as B + E is above 0. */
bool outlook_needed(const struct outlook *outlook, unsigned path, unsigned k, int64_t limit_e4,
                    struct outlook_needed *ret)
{
    assert(k >= 1 && limit_e4 >= 0 && limit_e4 <= INT32_MAX);
    const struct outlook_path *p = path_of(outlook, path, k);

    __int128 year = (__int128)MONTHS * E4;
    __int128 gap = (__int128)limit_e4 * p->trailing[k].fen - year * p->balance[k].fen;
    struct outlook_needed needed;
    if (!wide_to_amount(wide_ceil(gap, year), &needed.more_income))
        return false;
    needed.less_expenditure.fen = (int64_t)wide_ceil(gap, year + limit_e4);     /* no larger */
    needed.can_save = needed.less_expenditure.fen <= p->spent[k].fen &&
                      needed.less_expenditure.fen < p->trailing[k].fen;
    *ret = needed;
    return true;
}
