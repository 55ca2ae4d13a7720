/* What is proved of fund/amount.c. */
#include "tests/proof/builtins.h"
#include "tests/proof/power.h"

#include <string.h>

#include "fund/amount.c"

/*@ predicate is_int64(integer n) = INT64_MIN <= n <= INT64_MAX;

    predicate is_unit(integer unit) = unit == UNIT_FEN || unit == UNIT_YUAN || unit == UNIT_WAN;

    logic integer decimals_of(integer unit) = unit == UNIT_FEN ? 0 : unit == UNIT_YUAN ? 2 : 6; */

/* Sums: a result exactly if it is an int64, untouched otherwise. */

/*@ requires \valid(ret_sum);
    assigns *ret_sum;
    ensures \result <==> is_int64(a.fen + b.fen);
    ensures \result ==> ret_sum->fen == a.fen + b.fen;
    ensures !\result ==> *ret_sum == \old(*ret_sum); */
bool amount_add(struct amount a, struct amount b, struct amount *ret_sum);

/*@ requires \valid(ret_difference);
    assigns *ret_difference;
    ensures \result <==> is_int64(a.fen - b.fen);
    ensures \result ==> ret_difference->fen == a.fen - b.fen;
    ensures !\result ==> *ret_difference == \old(*ret_difference); */
bool amount_sub(struct amount a, struct amount b, struct amount *ret_difference);

/*@ requires \valid(ret_negative);
    assigns *ret_negative;
    ensures \result <==> a.fen != INT64_MIN;
    ensures \result ==> ret_negative->fen == -a.fen;
    ensures !\result ==> *ret_negative == \old(*ret_negative); */
bool amount_negate(struct amount a, struct amount *ret_negative);

/* Text. */

/*@ requires is_unit(unit);
    assigns \nothing;
    ensures \result == decimals_of(unit); */
static int unit_decimals(enum amount_unit unit);

/*@ assigns \nothing;
    ensures \result <==> '0' <= c <= '9'; */
static bool is_digit(char c);

/*@ requires \valid(magnitude) && '0' <= digit <= '9';
    assigns *magnitude;
    ensures \old(*magnitude) * 10 + digit - '0' <= INT64_MAX + 1 ==>
            *magnitude == \old(*magnitude) * 10 + digit - '0';
    ensures \old(*magnitude) * 10 + digit - '0' > INT64_MAX + 1 ==> *magnitude > INT64_MAX + 1; */
static void push_digit(uint64_t *magnitude, char digit);

/*@ requires \valid(text) && \valid(magnitude) && valid_read_string(*text);
    assigns *text, *magnitude;
    ensures valid_read_string(*text) && !('0' <= **text <= '9');
    ensures strlen(*text) <= strlen(\old(*text));
    ensures 0 <= \result <= 4; */
static int push_digits(const char **text, uint64_t *magnitude);

/*@ requires \valid(text) && \valid(magnitude) && valid_read_string(*text);
    assigns *text, *magnitude;
    ensures valid_read_string(*text); */
static bool read_whole(const char **text, uint64_t *magnitude);

/*@ requires \valid(text) && \valid(magnitude) && valid_read_string(*text) && 0 <= decimals <= 6;
    assigns *text, *magnitude;
    ensures valid_read_string(*text); */
static bool read_decimals(const char **text, int decimals, uint64_t *magnitude);

/*@ requires is_unit(unit) && valid_read_string(text) && \valid(ret);
    assigns *ret;
    ensures \result == 0 || \result == -EINVAL || \result == -ERANGE;
    ensures \result == 0 && text[0] != '-' ==> ret->fen >= 0;
    ensures \result != 0 ==> *ret == \old(*ret); */
int amount_parse(const char *text, enum amount_unit unit, struct amount *ret);

/*@ requires 0 <= exponent <= 6;
    assigns \nothing;
    ensures \result == power(exponent);
    ensures 1 <= \result <= 1000000;
    ensures exponent > 0 ==> \result % 2 == 0; */
static uint64_t power_of_ten(int exponent);

/*@ assigns \nothing;
    ensures \result == (a.fen < 0 ? -a.fen : a.fen); */
static uint64_t magnitude_of(struct amount a);

/*@ requires dividend <= INT64_MAX + 1 && 2 <= divisor <= 1000000 && divisor % 2 == 0;
    assigns \nothing;
    ensures (2 * \result - 1) * divisor <= 2 * dividend < (2 * \result + 1) * divisor; */
static uint64_t divide_rounded(uint64_t dividend, uint64_t divisor);

/*@ requires is_unit(unit) && 0 <= decimals <= 6;
    assigns \nothing;
    behavior exact:
        assumes decimals >= decimals_of(unit);
        ensures \result.zeros == decimals - decimals_of(unit);
        ensures \result.rest == (a.fen < 0 ? -a.fen : a.fen);
    behavior rounded:
        assumes decimals < decimals_of(unit);
        ensures \result.zeros == 0;
        ensures (2 * \result.rest - 1) * power(decimals_of(unit) - decimals) <=
                2 * (a.fen < 0 ? -a.fen : a.fen) <
                (2 * \result.rest + 1) * power(decimals_of(unit) - decimals);
    complete behaviors;
    disjoint behaviors; */
static struct digits digits_of(struct amount a, enum amount_unit unit, int decimals);

/*@ requires \valid(digits) && digits->zeros >= 0;
    assigns *digits;
    ensures '0' <= \result <= '9';
    ensures \old(digits->zeros) > 0 ==>
            \result == '0' && digits->rest == \old(digits->rest) && digits->zeros == \old(digits->zeros) - 1;
    ensures \old(digits->zeros) == 0 ==>
            \old(digits->rest) == 10 * digits->rest + \result - '0' && digits->zeros == 0; */
static char take_digit(struct digits *digits);

/*@ requires whole >= -6;
    assigns \nothing;
    ensures \result != 0 ==> whole == 0 || (whole > 0 && whole % 3 == 0);
    ensures \result == 0 || \result == '.' || \result == ','; */
static char separator(int whole, int decimals, bool grouped);

/*@ requires 0 <= digits.zeros <= decimals <= 6;
    requires \valid(text + (0 .. AMOUNT_TEXT_MAX - 1));
    assigns text[0 .. AMOUNT_TEXT_MAX - 2];
    ensures 1 <= \result <= AMOUNT_TEXT_MAX - 2; */
static int write_backwards(struct digits digits, int decimals, bool grouped, char *text);

/*@ requires is_unit(unit) && 0 <= decimals <= 6 && \valid(text + (0 .. AMOUNT_TEXT_MAX - 1));
    assigns text[0 .. AMOUNT_TEXT_MAX - 1];
    ensures \result == text;
    ensures valid_read_string(text); */
const char *amount_format(struct amount a, enum amount_unit unit, int decimals,
                          bool grouped, char *text);
