/* wide - what fund/wide.h promises: each quotient is that of mathematics, whatever the dividend. */
#pragma once

#include "fund/wide.h"

/*@ // As C divides, towards 0, and one less where that went up.
    logic integer floor_of(integer dividend, integer divisor) =
        dividend / divisor - (dividend % divisor < 0 ? 1 : 0); */

/*@ requires divisor > 0;
    assigns \nothing;
    ensures \result == floor_of(dividend, divisor);
    ensures \result * divisor <= dividend < (\result + 1) * divisor; */
static inline __int128 wide_floor(__int128 dividend, __int128 divisor);

/*@ requires divisor > 0;
    assigns \nothing;
    ensures 0 <= \result < divisor;
    ensures dividend == floor_of(dividend, divisor) * divisor + \result; */
static inline __int128 wide_rest(__int128 dividend, __int128 divisor);

/*@ requires divisor > 0;
    assigns \nothing;
    ensures (\result - 1) * divisor < dividend <= \result * divisor; */
static inline __int128 wide_ceil(__int128 dividend, __int128 divisor);

/*@ requires divisor > 0;
    assigns \nothing;
    ensures (2 * \result - 1) * divisor <= 2 * dividend < (2 * \result + 1) * divisor; */
static inline __int128 wide_round(__int128 dividend, __int128 divisor);

/*@ requires \valid(ret);
    assigns *ret;
    ensures \result <==> INT64_MIN <= wide <= INT64_MAX;
    ensures \result ==> ret->fen == wide;
    ensures !\result ==> *ret == \old(*ret); */
static inline bool wide_to_amount(__int128 wide, struct amount *ret);
