/* What is proved of fund/ratio.c, at half its width: no step overflows for whatever ratio has a
 * divisor above 0 and a `mul` that is allowed, and each result is that of mathematics. */
#include "tests/proof/half.h"
#include "tests/proof/power.h"
#include "tests/proof/wide.h"

#include "fund/ratio.c"

/*@ predicate is_ratio(struct ratio r) = r.den > 0 && 1 <= r.mul <= RATIO_MUL_MAX; */

/*@ requires is_ratio(r);
    assigns \nothing; */
static void ratio_assert(struct ratio r);

/*@ requires is_ratio(r);
    assigns \nothing;
    ensures \result < 0 <==> r.num * r.mul * E4 < limit_e4 * r.den;
    ensures \result > 0 <==> r.num * r.mul * E4 > limit_e4 * r.den; */
int ratio_compare(struct ratio r, int64_t limit_e4);

/*@ requires 0 <= exponent <= 6;
    assigns \nothing;
    ensures \result == power(exponent) && 1 <= \result <= 1000000; */
static int64_t power_of_ten(int exponent);

/*@ requires is_ratio(r) && 0 <= decimals <= 6;
    assigns \nothing;
    ensures \let scaled = r.num * r.mul * power(decimals);
            (INT64_MIN < \result ==> (2 * \result - 1) * r.den <= 2 * scaled) &&
            (\result < INT64_MAX ==> 2 * scaled < (2 * \result + 1) * r.den); */
int64_t ratio_round(struct ratio r, int decimals);
