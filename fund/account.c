/* account - the chart, by order and by slot, and sums over its classes.
 *
 * Sums run in 128 bits: 64 slots of int64 cannot leave them, so only the result
 * is checked, and the order of the slots never decides whether a sum is one. */
#include "fund/account.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const struct account_info chart[] = {
#define ACCOUNT(number, NAME, code, class, zh, en) \
    {ACCOUNT_##NAME, code, CLASS_##class, zh, en},
#include "fund/account.def"
#undef ACCOUNT
};

enum chart_index {
#define ACCOUNT(number, NAME, code, class, zh, en) INDEX_##NAME,
#include "fund/account.def"
#undef ACCOUNT
    CHART_COUNT
};

/* The line in each slot, twins not among them. */
static const struct account_info *const line_at[ACCOUNT_SLOTS] = {
#define ACCOUNT(number, NAME, code, class, zh, en) [number] = &chart[INDEX_##NAME],
#include "fund/account.def"
#undef ACCOUNT
};

#define TWIN_FIRST (ACCOUNT_E_FIRST + ACCOUNT_PROVISIONAL)
#define TWIN_LAST  (ACCOUNT_E_LAST + ACCOUNT_PROVISIONAL)

#define ACCOUNT(number, NAME, code, class, zh, en) \
    static_assert((number) > 0 && (number) < ACCOUNT_SLOTS && \
                  ((number) < TWIN_FIRST || (number) > TWIN_LAST), \
                  "a line has a slot of its own");
#include "fund/account.def"
#undef ACCOUNT
static_assert(TWIN_LAST < ACCOUNT_SLOTS, "twins have slots");

const struct account_info *account_chart(unsigned *ret_count)
{
    *ret_count = CHART_COUNT;
    return chart;
}

const struct account_info *account_by_code(const char *code)
{
    for (size_t i = 0; i < CHART_COUNT; i++)
        if (strcmp(chart[i].code, code) == 0)
            return &chart[i];
    return NULL;
}

bool account_is_provisional(unsigned slot)
{
    return slot >= TWIN_FIRST && slot <= TWIN_LAST &&
           line_at[slot - ACCOUNT_PROVISIONAL] != NULL;
}

const struct account_info *account_info(unsigned slot)
{
    if (slot >= ACCOUNT_SLOTS)
        return NULL;
    return line_at[account_is_provisional(slot) ? slot - ACCOUNT_PROVISIONAL : slot];
}

enum account account_provisional(enum account expenditure)
{
    assert(expenditure >= ACCOUNT_E_FIRST && expenditure <= ACCOUNT_E_LAST);
    return (enum account)(expenditure + ACCOUNT_PROVISIONAL);
}

bool lines_add(struct lines *sum, const struct lines *addend)
{
    struct lines result;
    bool overflow = false;
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++)
        overflow |= __builtin_add_overflow(sum->fen[slot], addend->fen[slot], &result.fen[slot]);
    if (overflow)
        return false;
    *sum = result;
    return true;
}

static __int128 sum_of(const struct lines *lines, unsigned first, unsigned last)
{
    __int128 sum = 0;
    for (unsigned slot = first; slot <= last; slot++)
        sum += lines->fen[slot];
    return sum;
}

static __int128 income_of(const struct lines *lines)
{
    return -sum_of(lines, ACCOUNT_I_FIRST, ACCOUNT_I_LAST);
}

static __int128 provisional_of(const struct lines *lines)
{
    return sum_of(lines, TWIN_FIRST, TWIN_LAST);
}

static __int128 expenditure_of(const struct lines *lines)
{
    return sum_of(lines, ACCOUNT_E_FIRST, ACCOUNT_E_LAST) + provisional_of(lines);
}

static bool to_amount(__int128 sum, struct amount *ret)
{
    if (sum < INT64_MIN || sum > INT64_MAX)
        return false;
    ret->fen = (int64_t)sum;
    return true;
}

bool lines_income(const struct lines *lines, struct amount *ret)
{
    return to_amount(income_of(lines), ret);
}

bool lines_expenditure(const struct lines *lines, struct amount *ret)
{
    return to_amount(expenditure_of(lines), ret);
}

bool lines_provisional(const struct lines *lines, struct amount *ret)
{
    return to_amount(provisional_of(lines), ret);
}

static __int128 magnitude(__int128 fen)
{
    return fen < 0 ? -fen : fen;
}

bool lines_moved(const struct lines *lines, struct amount *ret)
{
    __int128 sum = 0;
    for (unsigned slot = ACCOUNT_I_FIRST; slot <= ACCOUNT_I_LAST; slot++)
        sum += magnitude(lines->fen[slot]);
    for (unsigned slot = ACCOUNT_E_FIRST; slot <= ACCOUNT_E_LAST; slot++)
        sum += magnitude((__int128)lines->fen[slot] + lines->fen[slot + ACCOUNT_PROVISIONAL]);
    return to_amount(sum, ret);
}

bool lines_surplus(const struct lines *lines, struct amount *ret)
{
    __int128 opening = -(__int128)lines->fen[ACCOUNT_Q0];
    return to_amount(opening + income_of(lines) - expenditure_of(lines), ret);
}

bool lines_balanced(const struct lines *lines)
{
    return sum_of(lines, 0, ACCOUNT_SLOTS - 1) == 0;
}
