/* wide - division of 128-bit integers, for figures whose products leave 64 bits.
 *
 * Each takes any dividend and a divisor above 0.  C's own division cuts towards zero, which would round the
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

/* What wide_floor() leaves: 0 to divisor - 1. */
static inline __int128 wide_rest(__int128 dividend, __int128 divisor)
{
    assert(divisor > 0);
    __int128 rest = dividend % divisor;
    return rest < 0 ? rest + divisor : rest;
}

/* Towards +infinity. */
static inline __int128 wide_ceil(__int128 dividend, __int128 divisor)
{
    return wide_floor(dividend, divisor) + (wide_rest(dividend, divisor) > 0);
}

/* To the nearest, half towards +infinity. */
static inline __int128 wide_round(__int128 dividend, __int128 divisor)
{
    __int128 rest = wide_rest(dividend, divisor);
    return wide_floor(dividend, divisor) + (rest >= divisor - rest);
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
