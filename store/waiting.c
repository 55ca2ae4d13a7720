#include "store/waiting.h"

#include <errno.h>

#include "store/books.h"

/* Of a day or a month: a bit for each slot that is in use. */
struct waiting_sums {
    uint64_t used;
    struct lines lines;
};

static_assert(ACCOUNT_SLOTS <= 64, "a bit per slot");

/* Of a month, those for one year. */
struct waiting_fees {
    int64_t all;
    int64_t days[31];
};

void waiting_init(struct waiting *waiting)
{
    *waiting = (struct waiting){.known = false};
    accumulator_init(&waiting->days, sizeof (struct waiting_sums));
    accumulator_init(&waiting->months, sizeof (struct waiting_sums));
    accumulator_init(&waiting->fees, sizeof (struct waiting_fees));
}

void waiting_free(struct waiting *waiting)
{
    accumulator_free(&waiting->days);
    accumulator_free(&waiting->months);
    accumulator_free(&waiting->fees);
    waiting->known = false;
}

void waiting_clear(struct waiting *waiting)
{
    accumulator_clear(&waiting->days);
    accumulator_clear(&waiting->months);
    accumulator_clear(&waiting->fees);
    waiting->first = INT32_MAX;
    waiting->last = INT32_MIN;
    waiting->known = true;
}

void waiting_forget(struct waiting *waiting)
{
    waiting_clear(waiting);
    waiting->known = false;
}

/* --- Adding ----------------------------------------------------------------------- */

static uint64_t fees_key(uint32_t fund, int32_t year, date_month month)
{
    return books_sum_key(fund, books_collected_period(year, month), 0);
}

/* Where the sums of a day are added, and of the month that it is in.  All of a day stand one behind the
 * other, and a large group has those of all days of a year: it is looked for once a day. */
struct adding {
    date_day day;
    date_month month;
    struct waiting_sums *sums, *of_month;
    struct waiting_fees *fees;
};

static int find_day(struct waiting *waiting, uint64_t key, struct adding *to)
{
    uint32_t fund = books_sum_fund(key);
    int32_t period = books_sum_period(key);
    *to = (struct adding){.day = books_sum_day(key)};
    if (to->day < 0)
        return -EILSEQ;
    to->month = date_month_of(to->day);
    waiting->first = to->month < waiting->first ? to->month : waiting->first;
    waiting->last = to->month > waiting->last ? to->month : waiting->last;
    if (books_is_collected(period)) {
        uint64_t fees = fees_key(fund, books_collected_year(period), to->month);
        to->fees = accumulator_at(&waiting->fees, fees, NULL);
        return to->fees == NULL ? -ENOMEM : 0;
    }
    to->sums = accumulator_at(&waiting->days, books_sum_key(fund, period, 0), NULL);
    to->of_month = accumulator_at(&waiting->months, books_sum_key(fund, to->month, 0), NULL);
    return to->sums == NULL || to->of_month == NULL ? -ENOMEM : 0;
}

static bool add_slot(struct waiting_sums *sums, unsigned slot, int64_t fen)
{
    sums->used |= UINT64_C(1) << slot;
    return !__builtin_add_overflow(sums->lines.fen[slot], fen, &sums->lines.fen[slot]);
}

static bool add_fee(const struct adding *to, int64_t fen)
{
    int64_t *day = &to->fees->days[to->day - date_month_first(to->month)];
    return !__builtin_add_overflow(*day, fen, day)
        && !__builtin_add_overflow(to->fees->all, fen, &to->fees->all);
}

int waiting_add(struct waiting *waiting, const struct tally_entry *sums, uint64_t count)
{
    struct adding to;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t key = sums[i].key;
        int err = i == 0 || key >> 8 != sums[i - 1].key >> 8 ? find_day(waiting, key, &to) : 0;
        if (err != 0)
            return err;
        bool good = to.fees != NULL ? add_fee(&to, sums[i].sum)
            : add_slot(to.sums, key & 0xff, sums[i].sum) && add_slot(to.of_month, key & 0xff, sums[i].sum);
        if (!good)
            return -EILSEQ;
    }
    return 0;
}

/* --- Asking ----------------------------------------------------------------------- */

static bool add_sums(const struct waiting_sums *sums, struct lines *sum)
{
    bool good = true;
    for (uint64_t used = sums != NULL ? sums->used : 0; used != 0; used &= used - 1) {
        int slot = __builtin_ctzll(used);
        good = !__builtin_add_overflow(sum->fen[slot], sums->lines.fen[slot], &sum->fen[slot]) && good;
    }
    return good;
}

/* Adds the days or months from..to. */
static bool add_periods(const struct accumulator *a, uint32_t fund, int32_t from, int32_t to,
                        struct lines *sum)
{
    bool good = true;
    for (int32_t period = from; period <= to; period++)
        good = add_sums(accumulator_find(a, books_sum_key(fund, period, 0)), sum) && good;
    return good;
}

bool waiting_add_lines(const struct waiting *waiting, uint32_t fund, date_day from, date_day to,
                       struct lines *sum)
{
    if (waiting->first > waiting->last)
        return true;
    date_day begin = date_month_first(waiting->first), end = date_month_last(waiting->last);
    from = from > begin ? from : begin;
    to = to < end ? to : end;
    if (from > to)
        return true;
    date_month first = date_month_of(from), last = date_month_of(to);
    first += from != date_month_first(first);
    last -= to != date_month_last(last);
    if (first > last)
        return add_periods(&waiting->days, fund, from, to, sum);
    return add_periods(&waiting->days, fund, from, date_month_first(first) - 1, sum)
        && add_periods(&waiting->months, fund, first, last, sum)
        && add_periods(&waiting->days, fund, date_month_last(last) + 1, to, sum);
}

bool waiting_collected(const struct waiting *waiting, uint32_t fund, int32_t year, date_day as_of,
                       struct amount *ret)
{
    bool good = true;
    *ret = (struct amount){0};
    for (date_month month = waiting->first; month <= waiting->last; month++) {
        const struct waiting_fees *fees = accumulator_find(&waiting->fees, fees_key(fund, year, month));
        date_day first = date_month_first(month);
        if (fees == NULL || first > as_of)
            continue;
        if (date_month_last(month) <= as_of) {
            good = !__builtin_add_overflow(ret->fen, fees->all, &ret->fen) && good;
            continue;
        }
        for (date_day day = first; day <= as_of; day++)
            good = !__builtin_add_overflow(ret->fen, fees->days[day - first], &ret->fen) && good;
    }
    return good;
}
