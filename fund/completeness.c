/* completeness - an expected day is answered by a report of a day after the one before it, and up to
 * it.  Everything else is counting. */
#include "fund/completeness.h"

#include <assert.h>
#include <stddef.h>

date_day completeness_from(enum completeness_period period, date_day as_of)
{
    return date_months_before(as_of, period == COMPLETENESS_MONTH ? 1 : 12) + 1;
}

/* --- Sets of days ------------------------------------------------------------------ */

void day_set_add(struct day_set *set, date_day day)
{
    int64_t at = (int64_t)day - set->first;
    if (at >= 0 && at < DAY_SET_DAYS)
        set->words[at / 64] |= UINT64_C(1) << at % 64;
}

void day_set_add_month(struct day_set *set, date_day first, uint32_t days)
{
    int64_t at = (int64_t)first - set->first;
    if (at <= -32 || at >= DAY_SET_DAYS)
        return;
    uint64_t bits = at < 0 ? days >> -at : days;
    at = at < 0 ? 0 : at;
    set->words[at / 64] |= bits << at % 64;
    if (at % 64 > 32 && at / 64 + 1 < DAY_SET_WORDS)
        set->words[at / 64 + 1] |= bits >> (64 - at % 64);
}

bool day_set_any(const struct day_set *set, date_day from, date_day to)
{
    int64_t first = (int64_t)from - set->first, last = (int64_t)to - set->first;
    first = first < 0 ? 0 : first;
    last = last >= DAY_SET_DAYS ? DAY_SET_DAYS - 1 : last;
    for (int64_t word = first / 64; first <= last && word <= last / 64; word++) {
        uint64_t mask = ~UINT64_C(0);
        if (word == first / 64)
            mask &= ~UINT64_C(0) << first % 64;
        if (word == last / 64)
            mask &= ~UINT64_C(0) >> (63 - last % 64);
        if ((set->words[word] & mask) != 0)
            return true;
    }
    return false;
}

date_day day_set_last(const struct day_set *set)
{
    for (int word = DAY_SET_WORDS - 1; word >= 0; word--)
        if (set->words[word] != 0)
            return set->first + 64 * word + 63 - __builtin_clzll(set->words[word]);
    return DATE_NONE;
}

/* --- Expected days ------------------------------------------------------------------- */

/* What lies between the day before the first expected one and the last day looked at. */
static_assert(EXPECTED_DAYS_MAX + CALENDAR_REACH_DAYS + 1 < DAY_SET_DAYS, "a year fits into a set");

void expected_days_find(const struct calendar *calendar, unsigned grace_days, date_day as_of,
                        enum completeness_period longest, struct expected_days *ret)
{
    date_day due = as_of - (date_day)grace_days, last = calendar_last(calendar, due);
    date_day from = completeness_from(longest, as_of);
    from = from < last ? from : last;
    ret->as_of = as_of;
    ret->before = calendar_last(calendar, from - 1);
    ret->count = 0;
    for (date_day day = from; day <= last; day++)
        if (calendar_is_expected(calendar, day))
            ret->days[ret->count++] = day;
    for (int period = 0; period < COMPLETENESS_PERIODS; period++) {
        date_day begin = completeness_from(period, as_of);
        ret->first[period] = ret->count - 1;
        for (unsigned i = ret->count - 1; i > 0 && ret->days[i - 1] >= begin; i--)
            ret->first[period] = i - 1;
    }
}

/* --- Sources ------------------------------------------------------------------------- */

static bool is_answered(const struct expected_days *days, unsigned i, const struct day_set *reported)
{
    date_day before = i == 0 ? days->before : days->days[i - 1];
    return day_set_any(reported, before + 1, days->days[i]);
}

struct completeness completeness_of(const struct expected_days *days, date_day since,
                                    const struct day_set *reported)
{
    struct completeness c = {0};
    bool in_a_row = !day_set_any(reported, days->days[days->count - 1] + 1, days->as_of);
    for (unsigned i = days->count; i-- > 0 && days->days[i] >= since;) {
        bool answered = is_answered(days, i, reported);
        in_a_row = in_a_row && !answered;
        c.missed += in_a_row;
        for (int period = 0; period < COMPLETENESS_PERIODS; period++) {
            c.of[period].expected += i >= days->first[period];
            c.of[period].came += answered && i >= days->first[period];
        }
    }
    return c;
}

void completeness_add(struct completeness_sum *sum, const struct completeness *source,
                      enum completeness_period period)
{
    uint32_t expected = source->of[period].expected;
    if (expected == 0)
        return;
    sum->sources++;
    sum->silent += source->missed > 0;
    sum->came_e4 += (uint64_t)source->of[period].came * E4 / expected;
}

void completeness_add_sum(struct completeness_sum *sum, struct completeness_sum addend)
{
    sum->sources += addend.sources;
    sum->silent += addend.silent;
    sum->came_e4 += addend.came_e4;
}

struct ratio completeness_ratio(struct completeness_sum sum)
{
    if (sum.sources == 0)
        return (struct ratio){0, 1, 1};
    return (struct ratio){(int64_t)sum.came_e4, (int64_t)sum.sources * E4, 1};
}
