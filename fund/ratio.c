/* ratio - comparing and rounding quotients in 128 bits.
 *
 * The largest product below is num * mul * 10^6, under 2^94, and limit * den,
 * under 2^126: neither leaves a signed 128-bit integer. */
#include "fund/ratio.h"

#include <assert.h>
#include <stdio.h>

#include "fund/wide.h"

static void ratio_assert(struct ratio r)
{
    assert(r.den > 0);
    assert(r.mul >= 1 && r.mul <= RATIO_MUL_MAX);
}

int ratio_compare(struct ratio r, int64_t limit_e4)
{
    ratio_assert(r);
    __int128 left = (__int128)r.num * r.mul * E4;
    __int128 right = (__int128)limit_e4 * r.den;
    return (left > right) - (left < right);
}

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;
    /*@ loop invariant 0 <= exponent <= \at(exponent, Pre);
        loop invariant power == power(\at(exponent, Pre) - exponent);
        loop assigns power, exponent;
        loop variant exponent; */
    while (exponent-- > 0)
        power *= 10;
    return power;
}

int64_t ratio_round(struct ratio r, int decimals)
{
    ratio_assert(r);
    assert(decimals >= 0 && decimals <= 6);

    __int128 rounded = wide_round((__int128)r.num * r.mul * power_of_ten(decimals), r.den);
    if (rounded > INT64_MAX)
        return INT64_MAX;
    if (rounded < INT64_MIN)
        return INT64_MIN;
    return (int64_t)rounded;
}

const char *ratio_format(struct ratio r, int decimals, char *text)
{
    int64_t rounded = ratio_round(r, decimals);
    uint64_t magnitude = rounded < 0 ? -(uint64_t)rounded : (uint64_t)rounded;
    uint64_t one = (uint64_t)power_of_ten(decimals);
    const char *sign = rounded < 0 ? "-" : "";
    unsigned long long whole = magnitude / one, part = magnitude % one;

    if (decimals == 0)
        snprintf(text, RATIO_TEXT_MAX, "%s%llu", sign, whole);
    else
        snprintf(text, RATIO_TEXT_MAX, "%s%llu.%0*llu", sign, whole, decimals, part);
    return text;
}
