/* clearing - the runway formula, solved for an amount that stands on both sides of it.
 *
 * Amounts are under 2^63, and months * 10^4 and limits in ten-thousandths under 2^31 by an
 * assertion: products stay under 2^96. */
#include "fund/clearing.h"

#include <assert.h>

#include "fund/wide.h"

enum not_computable clearing_needed(const struct position *p, unsigned min_months,
                                    int64_t months_e4, struct amount *ret)
{
    assert(months_e4 >= 0 && months_e4 <= INT32_MAX);

    struct indicator runway = indicator_runway(p, min_months);
    if (runway.why != COMPUTABLE)
        return runway.why;
    __int128 balance = runway.value.num, expenditure = runway.value.den;
    if (balance + expenditure <= 0)
        return NC_NO_EXPENDITURE;
    __int128 months = (__int128)p->months * E4;
    __int128 excess = months * balance - months_e4 * expenditure;
    /* A mean of `balance` and -`expenditure`, with weights, so it fits as they do. */
    ret->fen = (int64_t)wide_ceil(excess, months + months_e4);
    return COMPUTABLE;
}

struct amount clearing_margin(struct amount margin, unsigned months, int64_t months_e4)
{
    assert(margin.fen >= 0 && months > 0 && months_e4 >= 0 && months_e4 <= INT32_MAX);

    __int128 all = (__int128)months * E4;
    return (struct amount){(int64_t)wide_ceil(all * margin.fen, all + months_e4)};
}

/* half_units / (2 * 10^decimals) months of expenditure. */
static bool balance_of(int64_t half_units, int decimals, struct amount expenditure,
                       unsigned months, struct amount *ret)
{
    __int128 divisor = 2 * (__int128)months;
    while (decimals-- > 0)
        divisor *= 10;
    __int128 product = (__int128)half_units * expenditure.fen;
    return wide_to_amount(wide_round(product, divisor), ret);
}

bool clearing_balance_behind(struct printed_months printed, struct amount expenditure,
                             unsigned months, struct amount_range *ret)
{
    assert(printed.decimals >= 0 && printed.decimals <= 4);
    assert(printed.value >= -INT32_MAX && printed.value <= INT32_MAX);

    struct amount_range range;
    if (months == 0 || expenditure.fen <= 0 ||
        !balance_of(2 * printed.value - 1, printed.decimals, expenditure, months, &range.least) ||
        !balance_of(2 * printed.value, printed.decimals, expenditure, months, &range.middle) ||
        !balance_of(2 * printed.value + 1, printed.decimals, expenditure, months, &range.most))
        return false;
    *ret = range;
    return true;
}
