/* amount - checked sums, and the one strict reader and writer of money as text. */
#include "fund/amount.h"

#include <assert.h>
#include <errno.h>

#include "wire/controls.h"

bool amount_add(struct amount a, struct amount b, struct amount *ret_sum)
{
    int64_t sum;
    if (__builtin_add_overflow(a.fen, b.fen, &sum) && !control("sums_wrap"))
        return false;
    ret_sum->fen = sum;
    return true;
}

bool amount_sub(struct amount a, struct amount b, struct amount *ret_difference)
{
    int64_t difference;
    if (__builtin_sub_overflow(a.fen, b.fen, &difference))
        return false;
    ret_difference->fen = difference;
    return true;
}

bool amount_negate(struct amount a, struct amount *ret_negative)
{
    return amount_sub((struct amount){0}, a, ret_negative);
}

static int unit_decimals(enum amount_unit unit)
{
    switch (unit) {
    case UNIT_FEN:  return 0;
    case UNIT_YUAN: return 2;
    case UNIT_WAN:  return 6;
    }
    assert(false);              /* no unit of money */
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* From UINT64_MAX / 10 on, one digit more leaves int64: then it does not matter by how much. */
static void push_digit(uint64_t *magnitude, char digit)
{
    if (*magnitude < UINT64_MAX / 10)
        *magnitude = *magnitude * 10 + (unsigned)(digit - '0');
    else
        *magnitude = UINT64_MAX;
}

static int push_digits(const char **text, uint64_t *magnitude)
{
    int count = 0;
    /*@ loop invariant valid_read_string(*text) && 0 <= count <= 4;
        loop invariant strlen(*text) <= strlen(\at(*text, Pre));
        loop assigns *text, *magnitude, count;
        loop variant strlen(*text); */
    for (; is_digit(**text); ++*text) {
        push_digit(magnitude, **text);
        if (count < 4)          /* callers ask only whether it is 0, 1 to 3, or more */
            count++;
    }
    return count;
}

/* Digits, either all in one or in groups: 1 to 3 of them, then ',' and 3 each. */
static bool read_whole(const char **text, uint64_t *magnitude)
{
    int first = push_digits(text, magnitude);
    if (first == 0 || (first > 3 && **text == ','))
        return false;
    /*@ loop invariant valid_read_string(*text);
        loop assigns *text, *magnitude;
        loop variant strlen(*text); */
    while (**text == ',') {
        ++*text;
        if (push_digits(text, magnitude) != 3)
            return false;
    }
    return true;
}

static bool read_decimals(const char **text, int decimals, uint64_t *magnitude)
{
    int left = decimals;
    if (**text == '.') {
        ++*text;
        if (!is_digit(**text))
            return false;
        /*@ loop invariant valid_read_string(*text) && 0 <= left <= decimals;
            loop assigns *text, *magnitude, left;
            loop variant left; */
        for (; is_digit(**text) && left > 0; left--)
            push_digit(magnitude, *(*text)++);
    }
    /*@ loop invariant 0 <= left;
        loop assigns *magnitude, left;
        loop variant left; */
    for (; left > 0; left--)
        push_digit(magnitude, '0');
    return true;
}

int amount_parse(const char *text, enum amount_unit unit, struct amount *ret)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;

    uint64_t magnitude = 0;
    if (!read_whole(&text, &magnitude) ||
        !read_decimals(&text, unit_decimals(unit), &magnitude) ||
        *text != '\0')
        return -EINVAL;

    if (magnitude > (uint64_t)INT64_MAX + negative)
        return -ERANGE;
    ret->fen = (int64_t)(negative ? -magnitude : magnitude);
    return 0;
}

static uint64_t power_of_ten(int exponent)
{
    uint64_t power = 1;
    /*@ loop invariant 0 <= exponent <= \at(exponent, Pre);
        loop invariant power == power(\at(exponent, Pre) - exponent);
        loop assigns power, exponent;
        loop variant exponent; */
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* A magnitude to be written, from its last digit on: those of `rest` have `zeros` behind them,
 * because INT64_MIN fen with 6 decimals is no 64-bit integer any more. */
struct digits {
    uint64_t rest;
    int zeros;
};

static uint64_t magnitude_of(struct amount a)
{
    return a.fen < 0 ? (uint64_t)-(a.fen + 1) + 1 : (uint64_t)a.fen;    /* -INT64_MIN is no int64 */
}

/* Half up. */
static uint64_t divide_rounded(uint64_t dividend, uint64_t divisor)
{
    return (dividend + divisor / 2) / divisor;
}

/* |a| in units of 10^-decimals of `unit`, rounded half up. */
static struct digits digits_of(struct amount a, enum amount_unit unit, int decimals)
{
    int zeros = decimals - unit_decimals(unit);
    if (zeros >= 0)
        return (struct digits){magnitude_of(a), zeros};
    return (struct digits){divide_rounded(magnitude_of(a), power_of_ten(-zeros)), 0};
}

static char take_digit(struct digits *digits)
{
    if (digits->zeros > 0) {
        digits->zeros--;
        return '0';
    }
    int digit = (int)(digits->rest % 10);
    digits->rest /= 10;
    return (char)('0' + digit);
}

/* What follows a digit with `whole` digits between it and the point (below 0: a decimal); NUL for nothing. */
static char separator(int whole, int decimals, bool grouped)
{
    if (whole == 0 && decimals > 0)
        return '.';
    return grouped && whole > 0 && whole % 3 == 0 ? ',' : '\0';
}

/* From the last digit to the first.  Returns how many characters that are. */
static int write_backwards(struct digits digits, int decimals, bool grouped, char *text)
{
    int size = 0;
    /*@ loop invariant 0 <= digit <= 26 && 0 <= digits.zeros;
        loop invariant digit + digits.zeros > decimals ==> digits.zeros == 0;
        loop invariant digits.rest < power(26 - digit - digits.zeros);
        loop invariant digit <= size <= digit + (digit > decimals ? 1 + (digit - decimals - 1) / 3 : 0);
        loop assigns digit, size, digits, text[0 .. AMOUNT_TEXT_MAX - 2];
        loop variant 26 - digit; */
    for (int digit = 0; digit <= decimals || digits.rest != 0; digit++) {
        char behind = separator(digit - decimals, decimals, grouped);
        if (behind != '\0')
            text[size++] = behind;
        text[size++] = take_digit(&digits);
    }
    return size;
}

const char *amount_format(struct amount a, enum amount_unit unit, int decimals,
                          bool grouped, char *text)
{
    assert(decimals >= 0 && decimals <= 6);

    struct digits digits = digits_of(a, unit, decimals);
    char backwards[AMOUNT_TEXT_MAX];
    int size = write_backwards(digits, decimals, grouped, backwards);
    if (a.fen < 0 && digits.rest != 0)
        backwards[size++] = '-';
    assert(size < AMOUNT_TEXT_MAX);

    /*@ loop invariant 0 <= i <= size;
        loop assigns i, text[0 .. size - 1];
        loop variant size - i; */
    for (int i = 0; i < size; i++)
        text[i] = backwards[size - 1 - i];
    text[size] = '\0';
    return text;
}
