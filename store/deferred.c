#include "store/deferred.h"

#include <errno.h>
#include <stdlib.h>

#include "store/books.h"
#include "store/bytes.h"
#include "store/waiting.h"

#define DEFERRED_KEY    8
/* Sums here, sums that wait up to here, values up to here: no row of the table has less (row.c). */
#define HEAD_SIZE       12
#define FUND_HEAD_SIZE  8               /* number, bytes of its days */
#define SUM_SIZE_MAX    (FUND_HEAD_SIZE + 10 + 1 + 1 + 10)  /* the first of a fund and day */

/* --- Reading -------------------------------------------------------------------- */

/* Periods of one fund within a value: days, and behind them days of a year's contributions (books.h). */
struct days {
    uint32_t fund;
    const uint8_t *at, *end;
    int32_t day;
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
    bool is_sum = books_is_collected(days->day)
        ? *ret_slot == 0 && books_collected_year(days->day) <= DATE_YEAR_MAX : *ret_slot < ACCOUNT_SLOTS;
    return is_sum && take_signed(days, ret_fen);
}

/* The sums of one fund, decoded: rules and reports ask for one range of a fund after the other. */
struct kept {
    uint32_t fund;              /* 0: of none */
    uint32_t count;
    struct kept_sum {
        int32_t day;
        uint32_t slot;
        int64_t fen;
    } sums[DEFERRED_MAX];
};

/* After a change by one who is no store's writer. */
static void forget(struct txn *txn)
{
    struct kept *kept = txn->kept;
    if (kept != NULL)
        kept->fund = 0;
}

/* Decodes what a value has of the fund; false if the value is none. */
static bool keep_value(struct kept *kept, const uint8_t *at, const uint8_t *end)
{
    struct days days;
    while (next_fund(&at, end, &days)) {
        struct kept_sum sum;
        if (days.fund != kept->fund)
            continue;
        while (next_sum(&days, &sum.slot, &sum.fen)) {
            if (kept->count == DEFERRED_MAX)
                return false;
            sum.day = days.day;
            kept->sums[kept->count++] = sum;
        }
        if (days.at != days.end || days.left != 0)
            return false;
    }
    return at == end;
}

/* NULL after an error. */
static const struct kept *keep(struct txn *txn, uint32_t fund)
{
    struct kept *kept = txn->kept;
    if (kept != NULL && kept->fund == fund)
        return kept;
    struct range range;
    range_begin(&range, txn, TABLE_DEFERRED, "", 0, "", 0);
    bool any = range_next(&range);
    if (any && kept == NULL && (kept = txn->kept = malloc(sizeof *kept)) == NULL)
        txn->err = -ENOMEM;
    if (kept != NULL) {
        kept->fund = fund;
        kept->count = 0;
    }
    for (; any && txn->err == 0; any = range_next(&range))
        if (!keep_value(kept, range.value + HEAD_SIZE, range.value + range.size))
            txn->err = -EILSEQ;
    range_end(&range);
    return txn->err == 0 ? kept : NULL;
}

/* What the writer, whose transaction it is, knows of all that waits, read when it is not known; NULL after
 * an error. */
static const struct waiting *known(struct txn *txn)
{
    struct waiting *waiting = txn->waiting;
    if (waiting->known)
        return waiting;
    struct tally all = {0};
    deferred_read(txn, &all);
    const struct tally_entry *sums = tally_sort(&all);
    waiting_clear(waiting);
    if (txn->err == 0)
        txn->err = sums == NULL ? -ENOMEM : waiting_add(waiting, sums, all.count);
    tally_free(&all);
    if (txn->err != 0)
        waiting_forget(waiting);
    return txn->err == 0 ? waiting : NULL;
}

void deferred_add_lines(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *sum)
{
    if (txn->waiting != NULL) {
        const struct waiting *waiting = known(txn);
        if (waiting != NULL && !waiting_add_lines(waiting, fund, from, to, sum))
            txn->err = -EILSEQ;
        return;
    }
    const struct kept *kept = keep(txn, fund);
    for (uint32_t i = 0; kept != NULL && i < kept->count; i++) {
        const struct kept_sum *add = &kept->sums[i];
        if (add->day >= from && add->day <= to && !books_is_collected(add->day)
            && __builtin_add_overflow(sum->fen[add->slot], add->fen, &sum->fen[add->slot]))
            txn->err = -EILSEQ;
    }
}

struct amount deferred_collected(struct txn *txn, uint32_t fund, int32_t year, date_day as_of)
{
    struct amount sum = {0};
    if (txn->waiting != NULL) {
        const struct waiting *waiting = known(txn);
        if (waiting != NULL && !waiting_collected(waiting, fund, year, as_of, &sum))
            txn->err = -EILSEQ;
        return sum;
    }
    const struct kept *kept = keep(txn, fund);
    for (uint32_t i = 0; kept != NULL && i < kept->count; i++) {
        const struct kept_sum *add = &kept->sums[i];
        if (books_is_collected(add->day) && books_collected_year(add->day) == year
            && books_collected_day(add->day) <= as_of && !amount_add(sum, (struct amount){add->fen}, &sum))
            txn->err = -EILSEQ;
    }
    return sum;
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
        txn->err = read_value(range.value + HEAD_SIZE, range.value + range.size, days);
    range_end(&range);
}
/* --- Writing -------------------------------------------------------------------- */

/* The newest value; zeros if there is none, or after an error. */
struct last {
    uint64_t number;
    uint32_t sums;              /* its own, */
    uint32_t waiting;           /* with those before it, */
    uint32_t values;            /* and how many they are */
};

static struct last last_value(struct txn *txn)
{
    uint8_t key[DEFERRED_KEY];
    struct range at;
    struct last last = {0};
    key_u64(key, UINT64_MAX);
    if (txn_at_or_below(txn, TABLE_DEFERRED, key, sizeof key, 0, &at))
        last = (struct last){unkey_u64(at.key), get_u32(at.value), get_u32(at.value + 4),
                             get_u32(at.value + 8)};
    range_end(&at);
    return last;
}

static void delete_value(struct txn *txn, uint64_t number)
{
    uint8_t key[DEFERRED_KEY];
    key_u64(key, number);
    txn_delete(txn, TABLE_DEFERRED, key, sizeof key);
}

/* The sums of one day: how many it takes. */
static uint64_t put_day(const struct tally_entry *sums, uint64_t count, int32_t *last, uint8_t **to)
{
    int32_t day = books_sum_period(sums->key);
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

static size_t put_sums(const struct last *head, const struct tally_entry *sums, uint8_t *value)
{
    uint8_t *to = value + HEAD_SIZE;
    uint64_t count = head->sums;
    put_u32(value, head->sums);
    put_u32(value + 4, head->waiting);
    put_u32(value + 8, head->values);
    while (count > 0) {
        uint32_t fund = books_sum_fund(sums->key);
        uint8_t *of_fund = to;
        int32_t last = 0;
        to += FUND_HEAD_SIZE;
        while (count > 0 && books_sum_fund(sums->key) == fund) {
            uint64_t n = put_day(sums, count, &last, &to);
            sums += n;
            count -= n;
        }
        put_u32(of_fund, fund);
        put_u32(of_fund + 4, (uint32_t)(to - of_fund - FUND_HEAD_SIZE));
    }
    return (size_t)(to - value);
}

/* Takes the last values into the tally, until one has more sums than that. */
static void take_last(struct txn *txn, struct tally *days, struct last *last)
{
    uint64_t sums = days->count;
    do {
        uint8_t key[DEFERRED_KEY];
        const uint8_t *value;
        size_t size;
        key_u64(key, last->number);
        if (txn_peek(txn, TABLE_DEFERRED, key, sizeof key, &value, &size))
            txn->err = read_value(value + HEAD_SIZE, value + size, days);
        sums += last->sums;
        delete_value(txn, last->number);
        *last = last_value(txn);
    } while (last->number > 0 && last->sums <= sums);   /* after an error there is none */
}

bool deferred_put(struct txn *txn, struct tally *days)
{
    uint8_t key[DEFERRED_KEY];
    struct last last = last_value(txn);
    if (txn->err != 0)
        return true;
    const struct tally_entry *sums = tally_sort(days);
    if (sums == NULL) {
        txn->err = -ENOMEM;
        return true;
    }
    if (days->count > DEFERRED_MAX || last.waiting > DEFERRED_MAX - days->count)
        return false;
    if (txn->waiting != NULL && txn->waiting->known)
        txn->err = waiting_add(txn->waiting, sums, days->count);
    if (last.values == DEFERRED_VALUES_MAX) {
        take_last(txn, days, &last);
        sums = tally_sort(days);
    }
    if (txn->err != 0)
        return true;
    uint8_t *value = malloc(HEAD_SIZE + days->count * SUM_SIZE_MAX);
    if (value == NULL || sums == NULL) {
        txn->err = -ENOMEM;
        free(value);
        return true;
    }
    struct last head = {
        .number = last.number + 1,
        .sums = (uint32_t)days->count,
        .waiting = last.waiting + (uint32_t)days->count,
        .values = last.values + 1,
    };
    key_u64(key, head.number);
    txn_put(txn, TABLE_DEFERRED, key, sizeof key, value, put_sums(&head, sums, value));
    free(value);
    forget(txn);
    return true;
}

void deferred_clear(struct txn *txn)
{
    for (struct last last = last_value(txn); last.number > 0; last = last_value(txn))
        delete_value(txn, last.number);
    forget(txn);
    if (txn->waiting != NULL)
        waiting_clear(txn->waiting);
}
