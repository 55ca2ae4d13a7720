/* whatif - projected lines. */
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
static __int128 sum_of_year(const struct outlook_past *past, unsigned back, enum account_class class)
{
    __int128 sum = 0;
    for (unsigned i = 0; i < MONTHS; i++)
        sum += sum_of(&past->lines[past->count - (back + 1) * MONTHS + i], class);
    return sum;
}

/* How much the latest year is of the sum of all. */
struct level {
    __int128 latest, all;
};

static struct level level_of(const struct outlook *outlook, const struct outlook_past *past,
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

static __int128 magnitude(__int128 fen)
{
    return fen < 0 ? -fen : fen;
}

/* Adds what is missing to `total` to a line. */
static bool settle_rounding(struct lines *lines, enum account_class class, unsigned slot, __int128 total)
{
    __int128 missing = total - sum_of(lines, class);
    struct amount amount;
    if (!wide_to_amount(lines->fen[slot] + missing, &amount))
        return false;
    lines->fen[slot] = amount.fen;
    return true;
}

/* The lines of a class in the coming month k, which together are `total`.  What rounding leaves goes to the
 * largest before it is rounded: small ones may all come to nothing. */
static bool project(const struct outlook *outlook, const struct outlook_past *past,
                    enum account_class class, unsigned k, __int128 total, struct lines *ret)
{
    struct level level = level_of(outlook, past, class);
    unsigned largest = 0;
    __int128 most = -1;
    for (unsigned slot = 1; slot < ACCOUNT_SLOTS; slot++) {
        __int128 sum = 0;
        if (!is_of(slot, class))
            continue;
        for (unsigned back = 0; back < outlook->years; back++)
            sum += past->lines[past->count - (back + 1) * MONTHS + k - 1].fen[slot];
        if (!scale(sum, level.latest, level.all, &ret->fen[slot]))
            return false;
        if (magnitude(sum) > most) {
            most = magnitude(sum);
            largest = slot;
        }
    }
    return settle_rounding(ret, class, largest, total);
}

static bool project_month(const struct outlook *outlook, const struct outlook_past *past, unsigned k,
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

bool whatif_is_subsidy(unsigned slot)
{
    return slot >= ACCOUNT_I21 && slot <= ACCOUNT_I24;
}

bool whatif_is_fee(unsigned slot)
{
    return slot >= ACCOUNT_I10 && slot <= ACCOUNT_I14;
}

bool whatif_scale(int64_t count, const struct ratio *factor, struct amount *ret)
{
    return scale(count, (__int128)factor->num * factor->mul, factor->den, &ret->fen);
}

bool whatif_change_lines(const struct whatif_change *change, struct lines *lines)
{
    assert(change->payouts_e4 >= 0 && change->payouts_e4 <= WHATIF_FACTOR_MAX);
    assert(change->people.num >= 0 && change->people.den > 0);
    bool fits = true;
    for (unsigned slot = 1; slot < ACCOUNT_SLOTS && fits; slot++) {
        int64_t *fen = &lines->fen[slot];
        if (is_of(slot, CLASS_EXPENDITURE) && !is_transfer_out(slot))
            fits = scale(*fen, change->payouts_e4, E4, fen);
        else if (whatif_is_fee(slot))
            fits = scale(*fen, (__int128)change->people.num * change->people.mul, change->people.den, fen);
    }
    return fits;
}

bool whatif_project(const struct outlook *outlook, const struct outlook_past *past,
                    struct lines ret[OUTLOOK_AHEAD])
{
    assert(outlook->known == OUTLOOK_KNOWN && past->count >= outlook->years * MONTHS);
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        ret[k - 1] = (struct lines){{0}};
        if (!project_month(outlook, past, k, &ret[k - 1]))
            return false;
    }
    return true;
}

bool whatif_people(struct ratio coverage, int64_t points_e4, struct ratio *ret)
{
    assert(coverage.num > 0 && coverage.mul == 1);
    __int128 now = (__int128)coverage.num * E4;
    __int128 then = now + (__int128)points_e4 * coverage.den;
    if (then < 0 || then > INT64_MAX || now > INT64_MAX)
        return false;
    *ret = (struct ratio){(int64_t)then, (int64_t)now, 1};
    return true;
}
