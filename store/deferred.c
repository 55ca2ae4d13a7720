#include "store/deferred.h"

#include <errno.h>
#include <stdlib.h>

#include "store/books.h"
#include "store/bytes.h"

#define DEFERRED_KEY    8
#define HEAD_SIZE       4               /* sums that wait, these and all before them */
#define FUND_HEAD_SIZE  8               /* number, bytes of its days */
#define SUM_SIZE_MAX    (FUND_HEAD_SIZE + 10 + 1 + 1 + 10)  /* the first of a fund and day */

/* --- Writing -------------------------------------------------------------------- */

/* The number of the last value and what waits up to it; zeros if there is none. */
static void last_value(struct txn *txn, uint64_t *ret_number, uint32_t *ret_waiting)
{
    uint8_t key[DEFERRED_KEY];
    struct range at;
    *ret_number = 0;
    *ret_waiting = 0;
    key_u64(key, UINT64_MAX);
    if (txn_at_or_below(txn, TABLE_DEFERRED, key, sizeof key, 0, &at)) {
        *ret_number = unkey_u64(at.key);
        *ret_waiting = at.size < HEAD_SIZE ? 0 : get_u32(at.value);
    }
    range_end(&at);
}

/* The sums of one day: how many it takes. */
static uint64_t put_day(const struct tally_entry *sums, uint64_t count, date_day *last, uint8_t **to)
{
    date_day day = books_sum_period(sums->key);
    uint64_t n = 0;
    while (n < count && sums[n].key >> 8 == sums->key >> 8)
        n++;
    *to += put_varint(*to, zigzag(day - *last));
    *(*to)++ = (uint8_t)n;
    for (uint64_t i = 0; i < n; i++) {
        *(*to)++ = (uint8_t)sums[i].key;
        *to += put_varint(*to, zigzag(sums[i].sum));
    }
    *last = day;
    return n;
}

static size_t put_sums(uint32_t waiting, const struct tally_entry *sums, uint64_t count, uint8_t *value)
{
    uint8_t *to = value + HEAD_SIZE;
    put_u32(value, waiting);
    while (count > 0) {
        uint32_t fund = books_sum_fund(sums->key);
        uint8_t *head = to;
        date_day last = 0;
        to += FUND_HEAD_SIZE;
        while (count > 0 && books_sum_fund(sums->key) == fund) {
            uint64_t n = put_day(sums, count, &last, &to);
            sums += n;
            count -= n;
        }
        put_u32(head, fund);
        put_u32(head + 4, (uint32_t)(to - head - FUND_HEAD_SIZE));
    }
    return (size_t)(to - value);
}

bool deferred_put(struct txn *txn, const struct tally_entry *days, uint64_t count)
{
    uint8_t key[DEFERRED_KEY];
    uint64_t number;
    uint32_t waiting;
    last_value(txn, &number, &waiting);
    if (count > DEFERRED_MAX || waiting > DEFERRED_MAX - count)
        return false;
    uint8_t *value = malloc(HEAD_SIZE + count * SUM_SIZE_MAX);
    if (value == NULL) {
        txn->err = -ENOMEM;
        return true;
    }
    key_u64(key, number + 1);
    txn_put(txn, TABLE_DEFERRED, key, sizeof key, value,
            put_sums(waiting + (uint32_t)count, days, count, value));
    free(value);
    return true;
}

void deferred_clear(struct txn *txn)
{
    uint8_t key[DEFERRED_KEY];
    uint64_t number;
    uint32_t waiting;
    for (;;) {
        last_value(txn, &number, &waiting);
        if (number == 0)
            return;
        key_u64(key, number);
        txn_delete(txn, TABLE_DEFERRED, key, sizeof key);
    }
}

/* --- Reading -------------------------------------------------------------------- */

/* Days of one fund within a value. */
struct days {
    uint32_t fund;
    const uint8_t *at, *end;
    date_day day;
    unsigned left;              /* sums of that day */
};

/* The fund at *at, which moves on.  False at the end, or where the value is none. */
static bool next_fund(const uint8_t **at, const uint8_t *end, struct days *ret)
{
    if (end - *at < FUND_HEAD_SIZE || get_u32(*at) > BOOKS_FUND_MAX
        || get_u32(*at + 4) > (size_t)(end - *at) - FUND_HEAD_SIZE)
        return false;
    const uint8_t *first = *at + FUND_HEAD_SIZE;
    *ret = (struct days){.fund = get_u32(*at), .at = first, .end = first + get_u32(*at + 4)};
    *at = ret->end;
    return true;
}

static bool take_signed(struct days *days, int64_t *ret)
{
    uint64_t v;
    size_t n = get_varint(days->at, (size_t)(days->end - days->at), &v);
    days->at += n;
    *ret = unzigzag(v);
    return n != 0;
}

/* The next sum of a fund.  False at the end: `days->at` is there unless the value is none. */
static bool next_sum(struct days *days, unsigned *ret_slot, int64_t *ret_fen)
{
    if (days->left == 0) {
        int64_t step;
        if (days->at == days->end || !take_signed(days, &step) || days->at == days->end
            || __builtin_add_overflow(days->day, step, &days->day))
            return false;
        days->left = *days->at++;
    }
    if (days->left == 0 || days->at == days->end)
        return false;
    days->left--;
    *ret_slot = *days->at++;
    return *ret_slot < ACCOUNT_SLOTS && take_signed(days, ret_fen);
}

/* Adds those of the days from..to; false if the value is none. */
static bool add_days(struct days *days, date_day from, date_day to, struct lines *sum)
{
    unsigned slot;
    int64_t fen;
    while (next_sum(days, &slot, &fen)) {
        if (days->day > to)
            return true;
        if (days->day >= from && __builtin_add_overflow(sum->fen[slot], fen, &sum->fen[slot]))
            return false;
    }
    return days->at == days->end && days->left == 0;
}

void deferred_add_lines(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *sum)
{
    struct range range;
    range_begin(&range, txn, TABLE_DEFERRED, "", 0, "", 0);
    while (range_next(&range)) {
        const uint8_t *at = range.value + HEAD_SIZE, *end = range.value + range.size;
        struct days days;
        bool good = range.size >= HEAD_SIZE;
        while (good && next_fund(&at, end, &days))
            if (days.fund == fund)
                good = add_days(&days, from, to, sum);
        if (!good || at != end)
            txn->err = -EILSEQ;
    }
    range_end(&range);
}

/* -ENOMEM, or -EILSEQ if the value is none. */
static int read_value(const uint8_t *at, const uint8_t *end, struct tally *ret)
{
    struct days days;
    while (next_fund(&at, end, &days)) {
        unsigned slot;
        int64_t fen;
        while (next_sum(&days, &slot, &fen)) {
            int err = tally_add(ret, books_sum_key(days.fund, days.day, slot), fen);
            if (err != 0)
                return err;
        }
        if (days.at != days.end || days.left != 0)
            return -EILSEQ;
    }
    return at == end ? 0 : -EILSEQ;
}

void deferred_read(struct txn *txn, struct tally *days)
{
    struct range range;
    range_begin(&range, txn, TABLE_DEFERRED, "", 0, "", 0);
    while (range_next(&range))
        txn->err = range.size < HEAD_SIZE
            ? -EILSEQ : read_value(range.value + HEAD_SIZE, range.value + range.size, days);
    range_end(&range);
}
