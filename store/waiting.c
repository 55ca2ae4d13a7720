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

static int add_slot(struct accumulator *a, uint64_t key, unsigned slot, int64_t fen)
{
    struct waiting_sums *sums = accumulator_at(a, key, NULL);
    if (sums == NULL)
        return -ENOMEM;
    sums->used |= UINT64_C(1) << slot;
    return __builtin_add_overflow(sums->lines.fen[slot], fen, &sums->lines.fen[slot]) ? -EILSEQ : 0;
}

static int add_day(struct waiting *waiting, uint64_t key, date_month month, int64_t fen)
{
    uint32_t fund = books_sum_fund(key);
    unsigned slot = key & 0xff;
    int err = add_slot(&waiting->days, books_sum_key(fund, books_sum_period(key), 0), slot, fen);
    return err != 0 ? err : add_slot(&waiting->months, books_sum_key(fund, month, 0), slot, fen);
}

static uint64_t fees_key(uint32_t fund, int32_t year, date_month month)
{
    return books_sum_key(fund, books_collected_period(year, month), 0);
}

static int add_fee(struct waiting *waiting, uint64_t key, date_month month, int64_t fen)
{
    int32_t year = books_collected_year(books_sum_period(key));
    struct waiting_fees *fees =
        accumulator_at(&waiting->fees, fees_key(books_sum_fund(key), year, month), NULL);
    if (fees == NULL)
        return -ENOMEM;
    int64_t *day = &fees->days[books_sum_day(key) - date_month_first(month)];
    return __builtin_add_overflow(*day, fen, day) || __builtin_add_overflow(fees->all, fen, &fees->all)
        ? -EILSEQ : 0;
}

int waiting_add(struct waiting *waiting, const struct tally_entry *sums, uint64_t count)
{
    date_month month = 0;
    int err = 0;
    for (uint64_t i = 0; i < count && err == 0; i++) {
        uint64_t key = sums[i].key;
        if (i == 0 || key >> 8 != sums[i - 1].key >> 8) {
            date_day day = books_sum_day(key);
            if (day < 0 || day >= 1 << BOOKS_COLLECTED_BITS)
                return -EILSEQ;
            month = date_month_of(day);
            waiting->first = month < waiting->first ? month : waiting->first;
            waiting->last = month > waiting->last ? month : waiting->last;
        }
        err = books_is_collected(books_sum_period(key)) ? add_fee(waiting, key, month, sums[i].sum)
                                                        : add_day(waiting, key, month, sums[i].sum);
    }
    return err;
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
