/* ratio - an exact quotient of integers, for indicators.
 *
 * The value is num * mul / den.  It is compared and rounded in 128-bit integer
 * arithmetic, so that an indicator is on the right side of a limit even in the
 * last fen: 6 and 9 months themselves are inside the band. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ratio {
    int64_t num;
    int64_t den;                /* > 0 */
    int32_t mul;                /* 1 to RATIO_MUL_MAX; 12 for "months of a year" */
};

#define RATIO_MUL_MAX 1200

/* Limits and targets are integers in ten-thousandths: 6 months is 60000, a
 * coverage of 97.39 % is 9739. */
#define E4 10000

/* < 0, 0 or > 0 as the ratio is below, at or above limit_e4 / 10000. */
int ratio_compare(struct ratio r, int64_t limit_e4);

/* The value in units of 10^-decimals (0 to 6), rounded half up (towards
 * +infinity), as the reports print it: 8.4945 with 2 decimals is 849.
 * Clamped to int64. */
int64_t ratio_round(struct ratio r, int decimals);

#define RATIO_TEXT_MAX 32
/* The rounded value as decimal text, "8.49".  Returns `text`, which has at
 * least RATIO_TEXT_MAX bytes. */
const char *ratio_format(struct ratio r, int decimals, char *text);

#ifdef __cplusplus
}
#endif
