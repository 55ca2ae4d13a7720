/* place - reading and writing place codes and funds, by fixed columns. */
#include "fund/place.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PLACE_DIGITS  6
#define SCHEME_DIGITS 3
#define FUND_SIZE     (PLACE_DIGITS + 1 + SCHEME_DIGITS)
static_assert(FUND_SIZE < FUND_TEXT_MAX, "a fund fits its text");

enum place_level place_level(uint32_t place)
{
    if (place % 100 != 0)
        return PLACE_COUNTY;
    if (place / 100 % 100 != 0)
        return PLACE_CITY;
    return PLACE_PROVINCE;
}

bool fund_equal(struct fund a, struct fund b)
{
    return a.place == b.place && a.scheme == b.scheme;
}

static bool read_digits(const char *text, unsigned count, uint32_t *ret)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    *ret = number;
    return true;
}

bool fund_valid(struct fund fund)
{
    return fund.place >= PLACE_MIN && fund.place <= PLACE_MAX &&
           (fund.scheme == SCHEME_EMPLOYEE || fund.scheme == SCHEME_RESIDENT);
}

bool fund_parse_n(const char *text, uint32_t length, struct fund *ret)
{
    uint32_t place, scheme;
    if (length != FUND_SIZE || text[PLACE_DIGITS] != '/' ||
        !read_digits(text, PLACE_DIGITS, &place) ||
        !read_digits(text + PLACE_DIGITS + 1, SCHEME_DIGITS, &scheme))
        return false;
    struct fund fund = {.place = place, .scheme = (uint16_t)scheme};
    if (!fund_valid(fund))
        return false;
    *ret = fund;
    return true;
}

bool fund_parse(const char *text, struct fund *ret)
{
    return fund_parse_n(text, (uint32_t)strnlen(text, FUND_SIZE + 1), ret);
}

const char *fund_format(struct fund fund, char *text)
{
    snprintf(text, FUND_TEXT_MAX, "%06u/%03u", (unsigned)fund.place, (unsigned)fund.scheme);
    return text;
}

static uint32_t places_below(uint8_t digits)
{
    uint32_t places = 1;
    for (; digits < PLACE_DIGITS; digits++)
        places *= 10;
    return places;
}

bool place_prefix_parse(const char *text, struct place_prefix *ret)
{
    uint8_t digits = (uint8_t)strnlen(text, PLACE_DIGITS + 1);
    uint32_t code;
    if (digits > PLACE_DIGITS || digits % 2 != 0 || !read_digits(text, digits, &code))
        return false;
    uint32_t places = places_below(digits);
    if (digits > 0 && (code < PLACE_MIN / places || code > PLACE_MAX / places))
        return false;
    *ret = (struct place_prefix){.code = code, .digits = digits};
    return true;
}

bool place_within(uint32_t place, struct place_prefix prefix)
{
    return place / places_below(prefix.digits) == prefix.code;
}
