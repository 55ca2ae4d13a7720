/* amount - money, in fen (分, 1/100 yuan), as a type of its own.
 *
 * Every sum is checked: an unchecked one does not compile, because the result
 * of each function must be used.  Nothing here is ever a floating point number.
 *
 * Reports print 元 with 2 decimals or 万元 (ten thousand yuan) with 0 to 4;
 * amount_parse() and amount_format() are the only way in and out of text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct amount {
    int64_t fen;
};

/* Largest magnitude of one amount in an event: 10^16 fen, a hundred trillion
 * yuan, seventy times what all basic medical insurance funds of the nation
 * took in during 2023 (3.35 trillion yuan is 3.35 * 10^14 fen).  Sums may be
 * larger, up to int64. */
#define AMOUNT_EVENT_MAX INT64_C(10000000000000000)

#define FEN_PER_YUAN 100
#define FEN_PER_WAN  1000000    /* 万元 */

/* *ret_sum = a + b.  False on overflow; *ret_sum is then untouched. */
__attribute__((warn_unused_result))
bool amount_add(struct amount a, struct amount b, struct amount *ret_sum);

/* *ret_difference = a - b.  False on overflow; untouched then. */
__attribute__((warn_unused_result))
bool amount_sub(struct amount a, struct amount b, struct amount *ret_difference);

/* *ret_negative = -a.  False for INT64_MIN; untouched then. */
__attribute__((warn_unused_result))
bool amount_negate(struct amount a, struct amount *ret_negative);

/* The units that text states money in. */
enum amount_unit {
    UNIT_FEN = 1,               /* 分, no decimals */
    UNIT_YUAN = FEN_PER_YUAN,   /* 元, at most 2 decimals */
    UNIT_WAN = FEN_PER_WAN,     /* 万元, at most 6 decimals */
};

/* Reads a decimal such as "14021.71" or "-3,188.742" in `unit`: an optional
 * sign, digits with optional thousands separators (',' between all groups of
 * three or none), optionally a point and 1 to as many decimals as the unit has.  Nothing
 * else: no exponent, no blanks, no "+-", no leftovers, and no rounding.
 * Returns 0, -EINVAL for what is not such a number, or -ERANGE outside int64. */
int amount_parse(const char *text, enum amount_unit unit, struct amount *ret);

/* Room for any amount in any unit, with its NUL.  The longest is INT64_MIN in fen
 * with 6 decimals: sign, 19 digits, 6 separators, point and 6 digits, 33 bytes. */
#define AMOUNT_TEXT_MAX 40

/* Writes `a` in `unit` with `decimals` digits after the point (0 to 6), rounded
 * half away from zero, and a ',' between groups of three if `grouped`.  What
 * rounds to zero has no sign.
 * Returns `text`, which has at least AMOUNT_TEXT_MAX bytes. */
const char *amount_format(struct amount a, enum amount_unit unit, int decimals,
                          bool grouped, char *text);

#ifdef __cplusplus
}
#endif
