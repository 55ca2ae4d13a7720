/* ahead_money - the lines of the months to come, as events of days. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fund/posting.h"
#include "fund/wide.h"
#include "store/ahead_run.h"
#include "store/bytes.h"

date_day ahead_year_after(date_day day)
{
    date_month month = date_month_of(day);
    date_day then = date_month_first(month + 12) + (day - date_month_first(month));
    return then <= date_month_last(month + 12) ? then : date_month_last(month + 12);
}

/* When in a coming month a line's money comes, and for which year. */
struct share {
    date_day date;
    int32_t year;
    int64_t weight;             /* above 0 */
};

struct shares {
    struct share *items;        /* owned */
    size_t count, room;
};

/* What the twelve closed months had, day by day. */
struct last_days {
    date_day first;
    struct lines *lines;        /* owned */
};

struct money {
    struct ahead_run *a;
    uint8_t fee_basis;          /* an enum fee_basis */
    struct last_days days;
    struct tally collected;     /* contributions by year and day, what is deferred included */
    const struct tally_entry *fees;     /* of it */
    struct shares shares;       /* of the line in hand */
    struct coming *list;        /* owned */
    size_t count, room;
};

static int put_share(struct shares *shares, date_day date, int32_t year, int64_t weight)
{
    if (weight <= 0)
        return 0;
    if (shares->count == shares->room) {
        size_t room = 2 * shares->room + 64;
        struct share *more = reallocarray(shares->items, room, sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        shares->items = more;
        shares->room = room;
    }
    shares->items[shares->count++] = (struct share){date, year, weight};
    return 0;
}

static int put_coming(struct money *m, struct coming coming)
{
    if (coming.fen == 0 || coming.date > m->a->last)
        return 0;
    if (m->count == m->room) {
        size_t room = 2 * m->room + 256;
        struct coming *more = reallocarray(m->list, room, sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        m->list = more;
        m->room = room;
    }
    m->list[m->count++] = coming;
    return 0;
}

/* --- The days of last year ------------------------------------------------------------ */

static void add_deferred(struct money *m, uint32_t fund, date_day last)
{
    const struct tally *deferred = &m->a->deferred;
    for (uint64_t i = 0; i < deferred->count; i++) {
        const struct tally_entry *sum = &m->a->deferred_sums[i];
        int32_t day = books_sum_period(sum->key);       /* contributions by year are behind all days */
        if (books_sum_fund(sum->key) == fund && day >= m->days.first && day <= last)
            m->days.lines[day - m->days.first].fen[sum->key & 0xff] += sum->sum;
    }
}

static int read_days(struct money *m)
{
    struct ahead_run *a = m->a;
    date_day last = date_month_last(a->past->last);
    m->days.first = date_month_first(a->past->last - 11);
    m->days.lines = calloc((size_t)(last - m->days.first + 1), sizeof *m->days.lines);
    if (m->days.lines == NULL)
        return -ENOMEM;
    for (unsigned i = 0; i < a->parts.count; i++) {
        struct range range;
        uint8_t key[8];
        key_u32(key, a->parts.items[i].fund);
        key_i32(key + 4, m->days.first);
        range_begin(&range, a->txn, TABLE_DAYS, key, 4, key, sizeof key);
        while (range_next(&range) && unkey_i32(range.key + 4) <= last) {
            struct lines lines;
            if (!books_take_lines(range.value, range.size, &lines)
                || !lines_add(&m->days.lines[unkey_i32(range.key + 4) - m->days.first], &lines))
                a->txn->err = -EILSEQ;
        }
        range_end(&range);
        add_deferred(m, a->parts.items[i].fund, last);
    }
    return a->txn->err;
}

static int64_t sign_of(unsigned slot)
{
    return account_info(slot)->class == CLASS_INCOME ? -1 : 1;
}

/* The days on which the line had money in the same month of last year. */
static int share_days(struct money *m, unsigned slot, date_month month)
{
    int err = 0;
    date_day last = date_month_last(month - 12);
    for (date_day day = date_month_first(month - 12); day <= last && err == 0; day++)
        err = put_share(&m->shares, ahead_year_after(day), 0,
                        sign_of(slot) * m->days.lines[day - m->days.first].fen[slot]);
    return err;
}

/* Fees of a month are those that become income in it: on arrival or, in advance, as their year begins. */
static date_month month_of_fee(const struct money *m, int32_t year, date_day day)
{
    bool waits = m->fee_basis == FEES_IN_YEAR_COVERED && date_month_of(day) < year * 12;
    return waits ? year * 12 : date_month_of(day);
}

/* All that was collected, for each fund by year and day. */
static int read_collected(struct money *m)
{
    struct ahead_run *a = m->a;
    int err = 0;
    for (unsigned i = 0; i < a->parts.count && err == 0; i++) {
        uint32_t fund = a->parts.items[i].fund;
        struct range range;
        uint8_t key[4];
        key_u32(key, fund);
        range_begin(&range, a->txn, TABLE_COLLECTED, key, sizeof key, key, sizeof key);
        while (err == 0 && range_next(&range)) {
            int32_t year = range.key[4] << 8 | range.key[5];
            err = tally_add(&m->collected,
                            books_sum_key(fund, books_collected_period(year, unkey_i32(range.key + 6)), 0),
                            get_i64(range.value));
        }
        range_end(&range);
        for (uint64_t k = 0; k < a->deferred.count && err == 0; k++) {
            const struct tally_entry *sum = &a->deferred_sums[k];
            if (books_sum_fund(sum->key) == fund && books_is_collected(books_sum_period(sum->key)))
                err = tally_add(&m->collected, sum->key, sum->sum);
        }
    }
    m->fees = err == 0 ? tally_sort(&m->collected) : NULL;
    return err != 0 ? err : m->fees == NULL ? -ENOMEM : a->txn->err;
}

static int share_fees(struct money *m, date_month month)
{
    int err = 0;
    for (uint64_t i = 0; i < m->collected.count && err == 0; i++) {
        int32_t year = books_collected_year(books_sum_period(m->fees[i].key));
        date_day day = books_sum_day(m->fees[i].key);
        if (month_of_fee(m, year, day) == month - 12)
            err = put_share(&m->shares, ahead_year_after(day), year + 1, m->fees[i].sum);
    }
    return err;
}

static int share_subsidies(struct money *m, unsigned slot, date_month month)
{
    struct ahead_run *a = m->a;
    int err = 0;
    for (unsigned i = 0; i < a->parts.count && err == 0; i++) {
        struct range range;
        uint8_t key[4];
        key_u32(key, a->parts.items[i].fund);
        range_begin(&range, a->txn, TABLE_RECEIVED, key, sizeof key, key, sizeof key);
        while (err == 0 && range_next(&range)) {
            date_day day = unkey_i32(range.key + 7);
            if ((unsigned)posting_account(range.key[6]) == slot && date_month_of(day) == month - 12)
                err = put_share(&m->shares, ahead_year_after(day),
                                (range.key[4] << 8 | range.key[5]) + 1, get_i64(range.value));
        }
        range_end(&range);
    }
    return err;
}

/* --- A line of a month ------------------------------------------------------------------ */

/* What is over when books are looked at comes on the days that are left of its month. */
static date_day not_over(const struct money *m, date_day date, date_month month)
{
    date_day next = m->a->as_of + 1, first = date_month_first(month);
    if (date > m->a->as_of)
        return date;
    return first > next ? first : next;
}

static int share_line(struct money *m, unsigned slot, date_month month)
{
    m->shares.count = 0;
    int err = whatif_is_fee(slot) ? share_fees(m, month)
            : whatif_is_subsidy(slot) ? share_subsidies(m, slot, month) : share_days(m, slot, month);
    if (err == 0 && m->shares.count == 0)
        err = put_share(&m->shares, date_month_first(month) + 14, date_year(date_month_first(month)), 1);
    return err;
}

/* Rounded as sums, so that the days come to the line. */
static int spread(struct money *m, unsigned slot, date_month month, int64_t fen)
{
    __int128 all = 0, so_far = 0, given = 0;
    int err = share_line(m, slot, month);
    for (size_t i = 0; i < m->shares.count; i++)
        all += m->shares.items[i].weight;
    for (size_t i = 0; i < m->shares.count && err == 0; i++) {
        const struct share *share = &m->shares.items[i];
        __int128 sum;
        so_far += share->weight;
        if (__builtin_mul_overflow(so_far, (__int128)fen, &sum))
            return -EOVERFLOW;
        sum = wide_round(sum, all);
        struct coming coming = {
            .date = not_over(m, share->date, month), .slot = slot, .year = share->year,
            .fen = (int64_t)(sum - given),
        };
        given = sum;
        if (whatif_is_subsidy(slot))
            coming.date += (date_day)m->a->change->subsidy_days;
        err = put_coming(m, coming);
    }
    return err;
}

/* What a line of a coming month still lacks of what is projected. */
static int64_t lacking(int64_t projected, int64_t booked)
{
    bool is_more = projected > 0 ? booked >= projected : booked <= projected;
    int64_t lacks;
    return is_more || __builtin_sub_overflow(projected, booked, &lacks) ? 0 : lacks;
}

static int add_month(struct money *m, unsigned k, const struct lines *projected)
{
    struct ahead_run *a = m->a;
    date_month month = a->past->last + (date_month)k;
    date_day last = date_month_last(month);
    struct lines lines = *projected, booked;
    int err = 0;
    if (!a->present && last > a->as_of)
        last = a->as_of;
    books_lines_of(a->txn, &a->parts, date_month_first(month), last, &booked);
    for (unsigned slot = 1; slot < ACCOUNT_SLOTS; slot++)
        lines.fen[slot] = projected->fen[slot] == 0 ? 0 : lacking(projected->fen[slot], booked.fen[slot]);
    if (!whatif_change_lines(a->change, &lines))
        return -EOVERFLOW;
    for (unsigned slot = 1; slot < ACCOUNT_SLOTS && err == 0; slot++) {
        int64_t fen = lines.fen[slot] == 0 ? 0 : sign_of(slot) * lines.fen[slot];
        bool is_possible = fen > 0 || !(whatif_is_fee(slot) || whatif_is_subsidy(slot));
        if (fen != 0 && is_possible)
            err = spread(m, slot, month, fen);
    }
    return err;
}

/* The line that most fees of the years behind are on. */
static unsigned main_fee(const struct ahead_run *a)
{
    unsigned most = ACCOUNT_I11;
    __int128 sums[ACCOUNT_SLOTS] = {0};
    for (unsigned i = 0; i < a->past->count; i++)
        for (unsigned slot = ACCOUNT_I10; slot <= ACCOUNT_I14; slot++)
            sums[slot] -= a->past->lines[i].fen[slot];
    for (unsigned slot = ACCOUNT_I10; slot <= ACCOUNT_I14; slot++)
        most = sums[slot] > sums[most] ? slot : most;
    return most;
}

/* Fees that come in advance within the coming months and are income after them: they are on no line of
 * these, and collected all the same. */
static int add_fees_beyond(struct money *m)
{
    struct ahead_run *a = m->a;
    unsigned slot = main_fee(a);
    int err = 0;
    for (uint64_t i = 0; i < m->collected.count && err == 0; i++) {
        int32_t year = books_collected_year(books_sum_period(m->fees[i].key));
        date_day day = books_sum_day(m->fees[i].key), then = ahead_year_after(day);
        struct amount fen;
        if (day > a->as_of || then <= a->as_of || month_of_fee(m, year, day) <= a->past->last)
            continue;
        if (!whatif_scale(m->fees[i].sum, &a->change->people, &fen))
            err = -EOVERFLOW;
        else if (fen.fen > 0)
            err = put_coming(m, (struct coming){then, slot, year + 1, fen.fen});
    }
    return err;
}

static int by_date(const void *a, const void *b)
{
    const struct coming *x = a, *y = b;
    if (x->date != y->date)
        return x->date < y->date ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

int ahead_money(struct ahead_run *a, struct coming **ret, size_t *ret_count)
{
    struct money m = {.a = a};
    struct lines projected[OUTLOOK_AHEAD];
    struct policy_ref ref;
    struct policy policy;
    int err = books_policy_ref(a->txn, a->number, a->as_of, UINT64_MAX, &ref)
        ? books_policy(NULL, a->txn, ref.position, &policy) : -EILSEQ;
    if (err == 0 && !whatif_project(a->outlook, a->past, projected))
        err = -EOVERFLOW;
    if (err == 0) {
        m.fee_basis = policy.fee_basis;
        err = read_days(&m);
    }
    if (err == 0)
        err = read_collected(&m);
    for (unsigned k = 1; k <= OUTLOOK_AHEAD && err == 0; k++)
        err = add_month(&m, k, &projected[k - 1]);
    if (err == 0)
        err = add_fees_beyond(&m);
    free(m.days.lines);
    tally_free(&m.collected);
    free(m.shares.items);
    if (err == 0 && m.count > 0)
        qsort(m.list, m.count, sizeof *m.list, by_date);
    if (err != 0) {
        free(m.list);
        return err;
    }
    *ret = m.list;
    *ret_count = m.count;
    return 0;
}
