/* ahead_people - who is counted and insured in the months to come: as in the last twelve, a year later. */
#include <errno.h>
#include <string.h>

#include "store/ahead_run.h"
#include "store/bytes.h"

/* Of each measure that was stated in the last twelve months. */
#define MEASURE_KEY 12

static int32_t get_year(const uint8_t *key)
{
    return key[0] << 8 | key[1];
}

/* A count under the change of coverage. */
static bool scaled(const struct ahead_run *a, int64_t heads, int64_t *ret)
{
    const struct ratio *people = &a->change->people;
    struct amount amount;
    if (!whatif_scale(heads, people, &amount))
        return false;
    *ret = amount.fen;
    return true;
}

static bool is_last_year(const struct ahead_run *a, date_day day)
{
    return day <= a->as_of && ahead_year_after(day) > a->as_of;
}

/* What of the coming days somebody has stated already stands. */
static bool is_stated(struct ahead_run *a, const uint8_t *key, int32_t year, date_day date)
{
    uint8_t other[MEASURE_KEY], v[PEOPLE_MEASURE_SIZE];
    memcpy(other, key, sizeof other);
    key_u16(other + 5, (uint16_t)year);
    key_i32(other + 8, date);
    return a->present && txn_get(a->txn, TABLE_MEASURES, other, sizeof other, v, sizeof v);
}

static int state_again(struct ahead_run *a, struct fund fund, const uint8_t *key, int64_t heads)
{
    uint8_t measure = key[4], group = key[7];
    int32_t year = get_year(key + 5);
    date_day date = ahead_year_after(unkey_i32(key + 8));
    struct event event = {
        .fund = fund, .group = group, .heads = heads, .present = UINT32_C(1) << FIELD_HEADS,
    };
    bool insured = measure == MEASURE_NONE;
    if (insured && !scaled(a, heads, &event.heads))
        return -EOVERFLOW;
    if (is_stated(a, key, insured ? year + 1 : 0, date))
        return 0;
    if (!insured) {
        event.measure = measure;
        event.present |= UINT32_C(1) << FIELD_MEASURE;
        return ahead_apply(a, KIND_POPULATION, date, &event);
    }
    event.year = year + 1;
    event.present |= UINT32_C(1) << FIELD_YEAR;
    if (group != GROUP_NONE)
        event.present |= UINT32_C(1) << FIELD_GROUP;
    return ahead_apply(a, KIND_ENROLLMENT, date, &event);
}

static int people_stated(struct ahead_run *a, unsigned index)
{
    struct fund fund;
    struct fund_record record;
    struct range range;
    uint8_t key[4];
    int err = 0;
    if (!books_fund_by_number(a->txn, a->parts.items[index].fund, &fund, &record))
        return -EILSEQ;
    key_u32(key, a->parts.items[index].fund);
    range_begin(&range, a->txn, TABLE_MEASURES, key, sizeof key, key, sizeof key);
    while (err == 0 && range_next(&range)) {
        if (range.key_size != MEASURE_KEY || range.size != PEOPLE_MEASURE_SIZE)
            err = -EILSEQ;
        else if (is_last_year(a, unkey_i32(range.key + 8)))
            err = state_again(a, fund, range.key, get_i64(range.value));
    }
    range_end(&range);
    return err;
}

/* Sums of a year so far: rounded as sums, so that many small changes come to what they come to together. */
struct insured_so_far {
    int32_t year;
    int64_t were[INSURED_SLOTS], will_be[INSURED_SLOTS];
};

static int carry_day(struct ahead_run *a, unsigned index, int32_t year, date_day day,
                     const int64_t counts[INSURED_SLOTS], struct insured_so_far *so_far)
{
    int64_t changes[INSURED_SLOTS];
    if (so_far->year != year)
        *so_far = (struct insured_so_far){.year = year};
    for (unsigned slot = 0; slot < INSURED_SLOTS; slot++) {
        int64_t before = so_far->will_be[slot];
        so_far->were[slot] += counts[slot];
        if (!scaled(a, so_far->were[slot], &so_far->will_be[slot]))
            return -EOVERFLOW;
        changes[slot] = so_far->will_be[slot] - before;
    }
    return people_add_counts(a->books, a->numbers[index], year + 1, ahead_year_after(day), changes);
}

/* Persons as counts: what a day of last year changed of those of its year, changes those of the next. */
static int insure_people(struct ahead_run *a, unsigned index)
{
    struct range range;
    struct insured_so_far so_far = {0};
    uint8_t key[4];
    int err = 0;
    key_u32(key, a->parts.items[index].fund);
    range_begin(&range, a->txn, TABLE_HEADS, key, sizeof key, key, sizeof key);
    while (err == 0 && range_next(&range)) {
        int64_t counts[INSURED_SLOTS];
        int32_t year = get_year(range.key + 4);
        date_day day = unkey_i32(range.key + 6);
        if (!people_take_counts(range.value, range.size, counts))
            err = -EILSEQ;
        else if (is_last_year(a, day))
            err = carry_day(a, index, year, day, counts, &so_far);
    }
    range_end(&range);
    return err;
}

int ahead_people(struct ahead_run *a)
{
    int err = 0;
    for (unsigned i = 0; i < a->parts.count && err == 0; i++) {
        err = people_stated(a, i);
        if (err == 0)
            err = insure_people(a, i);
    }
    return err != 0 ? err : a->txn->err;
}
