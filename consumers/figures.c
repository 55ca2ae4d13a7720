#include "consumers/figures.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fund/wide.h"

static_assert(FIGURE_MAX >= AMOUNT_TEXT_MAX && FIGURE_MAX >= RATIO_TEXT_MAX, "a figure has room");

const char *figure_wan(int64_t fen, char text[FIGURE_MAX])
{
    return amount_format((struct amount){ fen }, UNIT_WAN, 2, true, text);
}

const char *figure_yuan(int64_t fen, char text[FIGURE_MAX])
{
    return amount_format((struct amount){ fen }, UNIT_YUAN, 2, false, text);
}

/* What a rule's ratio is counted in: the factor in front of it, and the unit behind it. */
struct unit {
    int32_t factor;
    int decimals;
    const char *word, *one;     /* of several, and of one where nothing is behind the point */
    int64_t parts;              /* of what the ratio counts in one of these */
};

static struct unit unit_of(enum rule rule)
{
    switch (rule) {
    case RULE_RUNWAY:
    case RULE_FALLING:
        return (struct unit){ 1, 2, "months", "month", 1 };
    case RULE_DEFICIT:
    case RULE_PROVISIONAL:
    case RULE_COVERAGE:
    case RULE_RESTATED:
    case RULE_REIMBURSEMENT:
    case RULE_CONTRIBUTIONS:
    case RULE_NET_LOSS:
    case RULE_PACE:
    case RULE_DUPLICATES:
    case RULE_BUDGET:
    case RULE_COMPLETENESS:
        return (struct unit){ 100, 2, "%", "%", 1 };
    case RULE_QUIET:
    case RULE_SUBSIDY:
        return (struct unit){ 1, 0, "days", "day", 1 };
    case RULE_GAPS:
        return (struct unit){ 1, 0, "batches", "batch", 1 };
    case RULE_GATE:
        return (struct unit){ 1, 0, "conditions", "condition", 1 };
    case RULE_STATEMENT:
        return (struct unit){ 1, 2, "元", "元", 100 };
    case RULE_END:
        break;
    }
    return (struct unit){ 1, 2, "", "", 1 };
}

#define DECIMALS_MAX 4            /* of a percentage: two less than ratio_round() can */
#define LIMIT_DECIMALS 4          /* of a limit, which is in ten-thousandths */

/* ratio_round() rounds exactly, so the two more decimals of a percentage come from it. */
static const char *number(struct unit unit, struct ratio value, char text[FIGURE_MAX])
{
    value.den *= unit.parts;
    if (unit.factor == 1)
        return ratio_format(value, unit.decimals, text);
    struct ratio percent = { .num = ratio_round(value, unit.decimals + 2), .den = 1, .mul = 1 };
    for (int i = 0; i < unit.decimals; i++)
        percent.den *= 10;
    return ratio_format(percent, unit.decimals, text);
}

const char *figure_number(enum rule rule, struct indicator indicator, char text[FIGURE_MAX])
{
    text[0] = '\0';
    return indicator.why == COMPUTABLE ? number(unit_of(rule), indicator.value, text) : text;
}

/* A number that reads like the limit is to be that limit. */
static bool is_told_apart(struct unit unit, struct ratio value, int64_t limit_e4, const char *text)
{
    char limit[FIGURE_MAX];
    struct ratio bound = { .num = limit_e4, .den = E4, .mul = 1 };
    return ratio_compare(value, limit_e4) == 0 || strcmp(text, number(unit, bound, limit)) != 0;
}

/* The first limit that the number reads like and is not; `count` if there is none. */
static unsigned taken_for(struct unit unit, struct ratio value, const int64_t limits_e4[], unsigned count,
                          const char *text)
{
    unsigned i = 0;
    while (i < count && is_told_apart(unit, value, limits_e4[i], text))
        i++;
    return i;
}

/* A value of 10^-decimals as text, below 0 too. */
static const char *decimal_text(__int128 value, unsigned decimals, char text[FIGURE_MAX])
{
    char backwards[FIGURE_MAX];
    unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    unsigned size = 0;
    for (unsigned digit = 0; digit <= decimals || rest != 0; digit++, rest /= 10) {
        if (digit == decimals)
            backwards[size++] = '.';
        backwards[size++] = (char)('0' + (int)(rest % 10));
    }
    if (value < 0)
        backwards[size++] = '-';
    for (unsigned i = 0; i < size; i++)
        text[i] = backwards[size - 1 - i];
    text[size] = '\0';
    return text;
}

/* The limit, and the first digit in which a value that is not the limit differs from it.  The two are a
 * multiple of 1 / (den * 10^4) apart, so that it is within 24 decimals; the part that is multiplied stays
 * below 10 * den * 10^4. */
static const char *nearest_number(struct unit unit, struct ratio value, int64_t limit_e4,
                                  char text[FIGURE_MAX])
{
    __int128 off_by = (__int128)value.num * value.mul * E4 - (__int128)limit_e4 * value.den;
    __int128 of = (__int128)value.den * E4, near = limit_e4;
    unsigned decimals = 0;
    for (; wide_round(off_by, of) == 0; decimals++) {
        off_by *= 10;
        near *= decimals < LIMIT_DECIMALS ? 1 : 10;
    }
    assert(decimals >= LIMIT_DECIMALS);     /* or fewer decimals had told them apart */
    return decimal_text(near + wide_round(off_by, of), unit.factor == 100 ? decimals - 2 : decimals, text);
}

const char *figure_number_beside(enum rule rule, struct indicator indicator, const int64_t limits_e4[],
                                 unsigned count, char text[FIGURE_MAX])
{
    struct unit unit = unit_of(rule);
    figure_number(rule, indicator, text);
    if (indicator.why != COMPUTABLE || unit.decimals == 0 || unit.parts != 1)
        return text;
    unsigned like = taken_for(unit, indicator.value, limits_e4, count, text);
    for (; like < count && unit.decimals < DECIMALS_MAX;
         like = taken_for(unit, indicator.value, limits_e4, count, text))
        unit.decimals++, number(unit, indicator.value, text);
    return like == count ? text : nearest_number(unit, indicator.value, limits_e4[like], text);
}

const char *figure_unit_of(enum rule rule, const char *number)
{
    return strcmp(number, "1") == 0 ? unit_of(rule).one : unit_of(rule).word;
}

const char *figure_value(enum rule rule, struct indicator indicator, char text[FIGURE_MAX])
{
    char bare[FIGURE_MAX];
    figure_number(rule, indicator, bare);
    if (indicator.why != COMPUTABLE)
        snprintf(text, FIGURE_MAX, "not computable: %s", not_computable_sentence(indicator.why));
    else
        snprintf(text, FIGURE_MAX, "%.64s %s", bare, figure_unit_of(rule, bare));
    return text;
}

const char *figure_unit(enum rule rule)
{
    return unit_of(rule).word;
}

const char *figure_limit(enum rule rule, int64_t limit_e4, char text[FIGURE_MAX])
{
    struct indicator limit = { .value = { .num = limit_e4, .den = E4, .mul = 1 } };
    return figure_value(rule, limit, text);
}

const char *figure_bound(enum rule rule, int64_t limit_e4, char text[FIGURE_MAX])
{
    bool percent = unit_of(rule).factor == 100;
    struct ratio limit = { .num = limit_e4, .den = percent ? E4 / 100 : E4, .mul = 1 };
    ratio_format(limit, percent ? 2 : 4, text);
    size_t size = strlen(text);
    while (text[size - 1] == '0')
        size--;
    text[text[size - 1] == '.' ? size - 1 : size] = '\0';
    return text;
}

const char *figure_count(int64_t count, char text[FIGURE_MAX])
{
    return amount_format((struct amount){ count }, UNIT_FEN, 0, true, text);
}

const char *figure_base(const char *base, int64_t months, char text[FIGURE_MAX])
{
    snprintf(text, FIGURE_MAX, "%" PRId64 " closed month%s, %.64s", months, months == 1 ? "" : "s", base);
    return text;
}

const char *figure_level(const char *word, char text[FIGURE_MAX])
{
    snprintf(text, FIGURE_MAX, "%.64s", word);
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '_')
            *at = ' ';
    }
    return text;
}
