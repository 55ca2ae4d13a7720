/* amount - checked sums, and the one strict reader and writer of money as text. */
#include "fund/amount.h"

#include <assert.h>
#include <errno.h>

bool amount_add(struct amount a, struct amount b, struct amount *ret_sum)
{
    int64_t sum;
    if (__builtin_add_overflow(a.fen, b.fen, &sum))
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
    assert(!"unit of money");
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Far beyond int64 and far below 2^128: from here on more digits change nothing. */
#define SATURATED ((unsigned __int128)UINT64_MAX * 1000)

static void push_digit(unsigned __int128 *magnitude, char digit)
{
    if (*magnitude < SATURATED)
        *magnitude = *magnitude * 10 + (unsigned)(digit - '0');
}

static int push_digits(const char **text, unsigned __int128 *magnitude)
{
    int count = 0;
    for (; is_digit(**text); ++*text) {
        push_digit(magnitude, **text);
        if (count < 4)          /* callers ask only whether it is 0, 1 to 3, or more */
            count++;
    }
    return count;
}

/* Digits, either all in one or in groups: 1 to 3 of them, then ',' and 3 each. */
static bool read_whole(const char **text, unsigned __int128 *magnitude)
{
    int first = push_digits(text, magnitude);
    if (first == 0 || (first > 3 && **text == ','))
        return false;
    while (**text == ',') {
        ++*text;
        if (push_digits(text, magnitude) != 3)
            return false;
    }
    return true;
}

static bool read_decimals(const char **text, int decimals, unsigned __int128 *magnitude)
{
    int left = decimals;
    if (**text == '.') {
        ++*text;
        if (!is_digit(**text))
            return false;
        for (; is_digit(**text) && left > 0; left--)
            push_digit(magnitude, *(*text)++);
    }
    for (; left > 0; left--)
        push_digit(magnitude, '0');
    return true;
}

int amount_parse(const char *text, enum amount_unit unit, struct amount *ret)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;

    unsigned __int128 magnitude = 0;
    if (!read_whole(&text, &magnitude) ||
        !read_decimals(&text, unit_decimals(unit), &magnitude) ||
        *text != '\0')
        return -EINVAL;

    if (magnitude > (unsigned __int128)INT64_MAX + negative)
        return -ERANGE;
    ret->fen = (int64_t)(negative ? -(__int128)magnitude : (__int128)magnitude);
    return 0;
}

static unsigned __int128 power_of_ten(int exponent)
{
    unsigned __int128 power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* |a| in units of 10^-decimals of `unit`, rounded half up. */
static unsigned __int128 magnitude_in(struct amount a, enum amount_unit unit, int decimals)
{
    unsigned __int128 magnitude = a.fen < 0 ? -(unsigned __int128)a.fen : (unsigned __int128)a.fen;
    int shift = decimals - unit_decimals(unit);
    if (shift >= 0)
        return magnitude * power_of_ten(shift);
    unsigned __int128 divisor = power_of_ten(-shift);
    return (magnitude + divisor / 2) / divisor;
}

const char *amount_format(struct amount a, enum amount_unit unit, int decimals,
                          bool grouped, char *text)
{
    assert(decimals >= 0 && decimals <= 6);

    unsigned __int128 rest = magnitude_in(a, unit, decimals);
    bool negative = a.fen < 0 && rest != 0;

    /* From the last digit to the first, then moved to the front. */
    char reversed[AMOUNT_TEXT_MAX];
    int size = 0;
    for (int digit = 0; digit <= decimals || rest != 0; digit++) {
        int whole = digit - decimals;
        if (whole == 0 && decimals > 0)
            reversed[size++] = '.';
        else if (grouped && whole > 0 && whole % 3 == 0)
            reversed[size++] = ',';
        reversed[size++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    if (negative)
        reversed[size++] = '-';
    assert(size < AMOUNT_TEXT_MAX);

    for (int i = 0; i < size; i++)
        text[i] = reversed[size - 1 - i];
    text[size] = '\0';
    return text;
}
