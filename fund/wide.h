/* wide - division of 128-bit integers, for figures whose products leave 64 bits.
 *
 * Each takes a divisor above 0.  C's own division cuts towards zero, which would round the
 * shortfalls and the surpluses of the same figure to different sides. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "fund/amount.h"

/* Towards -infinity. */
static inline __int128 wide_floor(__int128 dividend, __int128 divisor)
{
    assert(divisor > 0);
    __int128 quotient = dividend / divisor;
    return quotient - (dividend % divisor < 0);
}

/* Towards +infinity. */
static inline __int128 wide_ceil(__int128 dividend, __int128 divisor)
{
    __int128 quotient = wide_floor(dividend, divisor);
    return quotient + (dividend != quotient * divisor);
}

/* To the nearest, half towards +infinity, as ratio_round() does. */
static inline __int128 wide_round(__int128 dividend, __int128 divisor)
{
    __int128 quotient = wide_floor(dividend, divisor);
    __int128 rest = dividend - quotient * divisor;
    return quotient + (rest >= divisor - rest);
}

/* False if `wide` is no int64; *ret is then untouched. */
__attribute__((warn_unused_result))
static inline bool wide_to_amount(__int128 wide, struct amount *ret)
{
    if (wide < INT64_MIN || wide > INT64_MAX)
        return false;
    ret->fen = (int64_t)wide;
    return true;
}
