#include "store/row.h"

#include <string.h>

#include "fund/alert.h"
#include "fund/date.h"
#include "fund/event.h"
#include "fund/place.h"
#include "fund/policy.h"
#include "store/books.h"
#include "store/bytes.h"
#include "store/store.h"
#include "wire/batch.h"

#define YEAR_FIRST  1970        /* of date_is_possible() */
#define DAY_LAST    84005       /* 2199-12-31 */
#define MONTH_LAST  (DATE_YEAR_MAX * 12 + 11)
#define COUNT_END   (INT64_C(1) << 56)
#define PERSONS_MAX (INT64_C(1) << 40)

static const struct number {
    uint8_t width;              /* bytes where it does not vary */
    bool has_sign, as_in_key;
    int64_t min, max, none;     /* `none` as well; what has none repeats its least */
} numbers[ROW_NUMBERS] = {
#define UNSIGNED(width, min, max) {width, false, false, min, max, min}
#define SIGNED(width, min, max)   {width, true, false, min, max, min}
    [ROW_BYTE] =             UNSIGNED(1, 0, UINT8_MAX),
    [ROW_U32] =              UNSIGNED(4, 0, UINT32_MAX),
    [ROW_HASH] =             UNSIGNED(8, INT64_MIN, INT64_MAX),
    [ROW_FLAG] =             UNSIGNED(1, 0, 1),
    [ROW_PLACE] =            {4, false, true, PLACE_MIN, PLACE_MAX, PLACE_MIN},
    [ROW_SCHEME] =           {2, false, true, SCHEME_RESIDENT, SCHEME_RESIDENT, SCHEME_EMPLOYEE},
    [ROW_FUND] =             UNSIGNED(4, 1, BOOKS_FUND_MAX),
    [ROW_FUND_OR_NONE] =     UNSIGNED(4, 0, BOOKS_FUND_MAX),
    [ROW_SOURCE] =           UNSIGNED(4, 1, UINT32_MAX),
    [ROW_SOURCE_OR_NONE] =   UNSIGNED(4, 0, UINT32_MAX),
    [ROW_POSITION] =         UNSIGNED(8, 1, POSITION_MAX),
    [ROW_POSITION_OR_NONE] = UNSIGNED(8, 0, POSITION_MAX),
    [ROW_COUNT] =            UNSIGNED(8, 0, COUNT_END - 1),
    [ROW_COUNT_32] =         UNSIGNED(4, 0, INT32_MAX),
    [ROW_MOMENT] =           SIGNED(8, 0, INT64_MAX),
    [ROW_DAY] =              SIGNED(4, 0, DAY_LAST),
    [ROW_DAY_OR_NONE] =      {4, true, false, 0, DAY_LAST, DATE_NONE},
    [ROW_DAYS] =             UNSIGNED(4, 0, DAY_LAST),
    [ROW_MONTH] =            SIGNED(4, YEAR_FIRST * 12, MONTH_LAST),
    [ROW_YEAR] =             UNSIGNED(2, DATE_YEAR_MIN, DATE_YEAR_MAX),
    [ROW_YEAR_OR_NONE] =     UNSIGNED(2, 0, DATE_YEAR_MAX),
    [ROW_AMOUNT] =           SIGNED(8, -INT64_MAX, INT64_MAX),
    [ROW_GROSS] =            SIGNED(8, 0, GROSS_MAX),
    [ROW_PERSONS] =          SIGNED(8, -PERSONS_MAX, PERSONS_MAX),
    [ROW_HEADS] =            SIGNED(8, 0, COUNT_MAX),
    [ROW_FUND_FLAGS] =       UNSIGNED(1, 0, 31),
    [ROW_SUBSIDY] =          UNSIGNED(1, CATEGORY_CENTRAL, CATEGORY_COUNTY),
    [ROW_CATEGORY] =         UNSIGNED(1, 0, CATEGORY_END - 1),
    [ROW_MEASURE] =          UNSIGNED(1, 0, MEASURE_END - 1),
    [ROW_GROUP] =            UNSIGNED(1, 0, GROUP_END - 1),
    [ROW_RULE] =             UNSIGNED(1, 1, RULE_END - 1),
    [ROW_LEVEL] =            SIGNED(1, LEVEL_CRITICAL_LOW, LEVEL_EXCESSIVE),
    [ROW_RULE_FLAGS] =       UNSIGNED(1, 0, 3),
    [ROW_MONTHS] =           UNSIGNED(1, 0, 12),
    [ROW_OUTCOME] =          UNSIGNED(1, OUTCOME_APPLIED, OUTCOME_REJECTED),
    [ROW_PROPOSAL] =         UNSIGNED(1, PROPOSAL_WAITING, PROPOSAL_DECLINED),
    [ROW_RECOGNITION] =      UNSIGNED(1, RECOGNISE_SETTLEMENT, RECOGNISE_DISBURSEMENT),
    [ROW_DERIVATION] =       UNSIGNED(1, 1, 5),
#undef UNSIGNED
#undef SIGNED
};

/* The numbers that a key and a value begin with. */
struct form {
    uint8_t key[6], value[16];
};

#define FUND       ROW_FUND
#define SOURCE     ROW_SOURCE
#define POSITION   ROW_POSITION
#define DAY        ROW_DAY

/* What is not said of a value is said where it is read: of `sources`, `days` and others of varying size. */
static const struct form forms[TABLE_COUNT] = {
    [TABLE_META] =               {{ROW_BYTE}, {0}},
    [TABLE_JOURNAL] =            {{POSITION}, {0}},
    [TABLE_SOURCES] =            {{SOURCE}, {0}},
    [TABLE_FUND_SOURCES] =       {{FUND, SOURCE}, {0}},
    [TABLE_REPORTED] =           {{SOURCE, FUND, ROW_MONTH}, {ROW_COUNT_32}},
    [TABLE_FUNDS] =              {{ROW_PLACE, ROW_SCHEME},
                                  {FUND, DAY, ROW_FUND_FLAGS, ROW_DAY_OR_NONE, DAY, ROW_DAY_OR_NONE,
                                   ROW_AMOUNT, ROW_GROSS, ROW_DAY_OR_NONE, ROW_FUND_OR_NONE,
                                   ROW_DAY_OR_NONE, ROW_COUNT_32, ROW_COUNT_32}},
    [TABLE_DAYS] =               {{FUND, DAY}, {0}},
    [TABLE_MONTHS] =             {{FUND, ROW_MONTH}, {0}},
    [TABLE_COLLECTED] =          {{FUND, ROW_YEAR, DAY}, {ROW_AMOUNT}},
    [TABLE_HEADS] =              {{FUND, ROW_YEAR, DAY}, {0}},
    [TABLE_NAMES] =              {{ROW_BYTE}, {SOURCE}},
    [TABLE_SOURCE_NAMES] =       {{SOURCE}, {ROW_BYTE}},
    [TABLE_FUND_NUMBERS] =       {{FUND}, {ROW_PLACE, ROW_SCHEME}},
    [TABLE_POLICIES] =           {{FUND, DAY, POSITION}, {ROW_U32}},
    [TABLE_MEASURES] =           {{FUND, ROW_MEASURE, ROW_YEAR_OR_NONE, ROW_GROUP, DAY},
                                  {ROW_HEADS, POSITION, ROW_FLAG}},
    [TABLE_RECEIVED] =           {{FUND, ROW_YEAR, ROW_SUBSIDY, DAY}, {ROW_AMOUNT}},
    [TABLE_RULES] =              {{FUND, ROW_RULE, ROW_U32},
                                  {ROW_LEVEL, ROW_LEVEL, ROW_RULE_FLAGS, ROW_BYTE, ROW_DAY_OR_NONE,
                                   ROW_DAY_OR_NONE, ROW_POSITION_OR_NONE}},
    [TABLE_ALERTS] =             {{POSITION}, {POSITION}},
    [TABLE_REVERSALS] =          {{POSITION}, {POSITION}},
    [TABLE_UNMATCHED] =          {{ROW_HASH, POSITION}, {0}},
    [TABLE_QUARANTINE] =         {{POSITION},
                                  {ROW_SOURCE_OR_NONE, ROW_SOURCE_OR_NONE, ROW_MOMENT, ROW_OUTCOME,
                                   ROW_BYTE, ROW_BYTE, ROW_BYTE, ROW_POSITION_OR_NONE, ROW_HASH,
                                   ROW_BYTE, ROW_BYTE, ROW_BYTE, ROW_BYTE, ROW_DAY_OR_NONE, ROW_AMOUNT}},
    [TABLE_QUARANTINE_SOURCES] = {{SOURCE, POSITION}, {0}},
    [TABLE_QUARANTINE_IDS] =     {{ROW_HASH, POSITION}, {0}},
    [TABLE_CLOSES] =             {{FUND, DAY}, {POSITION}},
    [TABLE_RESTATED] =           {{FUND, ROW_MONTH, DAY}, {0}},
    [TABLE_STATEMENTS] =         {{FUND, DAY}, {ROW_AMOUNT, POSITION}},
    [TABLE_NORMAL] =             {{FUND}, {DAY, ROW_MONTHS, ROW_AMOUNT, ROW_MONTH, ROW_FLAG}},
    [TABLE_PAYOUTS] =            {{FUND, ROW_YEAR, ROW_CATEGORY}, {ROW_FLAG}},
    [TABLE_ADVANCES] =           {{FUND}, {ROW_FLAG}},
    [TABLE_PARTS] =              {{FUND, FUND}, {DAY}},
    [TABLE_GAPS] =               {{SOURCE}, {0}},
    [TABLE_NAMED] =              {{FUND}, {DAY}},
    [TABLE_DEFERRED] =           {{POSITION}, {ROW_U32, ROW_U32, ROW_U32}},
    [TABLE_DERIVATIONS] =        {{FUND, ROW_DERIVATION, ROW_YEAR_OR_NONE, ROW_CATEGORY, DAY}, {0}},
    [TABLE_ACTIONS] =            {{POSITION}, {0}},
    [TABLE_PROPOSALS] =          {{POSITION}, {ROW_PROPOSAL, ROW_POSITION_OR_NONE, ROW_POSITION_OR_NONE}},
    [TABLE_PROPOSAL_IDS] =       {{ROW_HASH, POSITION}, {0}},
    [TABLE_TOLD] =               {{ROW_BYTE}, {0}},
    [TABLE_ON_ACCOUNT] =         {{FUND, ROW_YEAR, ROW_CATEGORY, DAY}, {0}},
    [TABLE_RECOGNISED] =         {{FUND, ROW_YEAR}, {ROW_RECOGNITION}},
};

/* Of the rows of `meta` the one that answers are made of.  What stands in "store" is asked for its
 * format first, and the lists are as long as they are. */
static const char head_key[] = "head";
static const struct form head_form = {
    {ROW_BYTE},
    {ROW_POSITION_OR_NONE, ROW_POSITION_OR_NONE, ROW_POSITION_OR_NONE, ROW_POSITION_OR_NONE,
     ROW_POSITION_OR_NONE, ROW_MOMENT, ROW_HASH, ROW_HASH, ROW_HASH, ROW_HASH, ROW_FUND_OR_NONE,
     ROW_SOURCE_OR_NONE, ROW_POSITION_OR_NONE, ROW_POSITION_OR_NONE, ROW_DAY_OR_NONE, ROW_MOMENT},
};

static bool in_range(const struct number *number, int64_t v)
{
    return (v >= number->min && v <= number->max) || v == number->none;
}

/* In a key, where the highest byte comes first and a sign is flipped, so that numbers sort. */
static int64_t key_number(const struct number *number, const uint8_t *at)
{
    switch (number->width) {
    case 1:
        return at[0];
    case 2:
        return at[0] << 8 | at[1];
    case 4:
        return number->has_sign ? unkey_i32(at) : (int64_t)unkey_u32(at);
    }
    return (int64_t)unkey_u64(at);
}

static int64_t value_number(const struct number *number, const uint8_t *at)
{
    if (number->as_in_key)
        return key_number(number, at);
    switch (number->width) {
    case 1:
        return number->has_sign ? (int8_t)at[0] : at[0];
    case 4:
        return number->has_sign ? get_i32(at) : (int64_t)get_u32(at);
    }
    return get_i64(at);
}

static bool are_in_range(const uint8_t *list, size_t length, bool in_key, const uint8_t *at, size_t size)
{
    for (size_t i = 0; i < length && list[i] != ROW_END; i++) {
        const struct number *number = &numbers[list[i]];
        if (size < number->width
            || !in_range(number, in_key ? key_number(number, at) : value_number(number, at)))
            return false;
        at += number->width;
        size -= number->width;
    }
    return true;
}

bool row_can_be(enum table table, const uint8_t *key, size_t key_size, const uint8_t *value, size_t size)
{
    const struct form *form = &forms[table];
    if (table == TABLE_META && key_size == sizeof head_key - 1 && memcmp(key, head_key, key_size) == 0)
        form = &head_form;
    return are_in_range(form->key, sizeof form->key, true, key, key_size)
        && are_in_range(form->value, sizeof form->value, false, value, size);
}

size_t row_take(const uint8_t *value, size_t size, const enum row_number *list, unsigned count,
                int64_t *ret)
{
    size_t at = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct number *number = &numbers[list[i]];
        uint64_t v;
        size_t n = get_varint(value + at, size - at, &v);
        if (n == 0)
            return 0;
        ret[i] = number->has_sign ? unzigzag(v) : (int64_t)v;
        if (!in_range(number, ret[i]))
            return 0;
        at += n;
    }
    return at;
}
