#include "store/books.h"

#include <assert.h>
#include <errno.h>

#include "fund/budget.h"
#include "store/bytes.h"
#include "store/deferred.h"
#include "store/event_record.h"
#include "store/on_account.h"
#include "store/parts.h"
#include "wire/policy_codec.h"

/* --- Funds ------------------------------------------------------------------- */

#define FUND_KEY    6
#define FUND_SIZE   57
#define OPENED      1
#define DERIVED     2
#define IMPORTING   4
#define PARTS       8
#define ROLLUP      16

static void fund_key(struct fund fund, uint8_t key[FUND_KEY])
{
    key_u32(key, fund.place);
    key_u16(key + 4, fund.scheme);
}

bool books_fund(struct txn *txn, struct fund fund, struct fund_record *ret)
{
    uint8_t key[FUND_KEY], v[FUND_SIZE];
    fund_key(fund, key);
    if (!txn_get(txn, TABLE_FUNDS, key, sizeof key, v, sizeof v))
        return false;
    *ret = (struct fund_record){
        .number = get_u32(v),
        .books_date = get_i32(v + 4),
        .has_opening = v[8] & OPENED,
        .opening_derived = v[8] & DERIVED,
        .opening_date = get_i32(v + 9),
        .start = get_i32(v + 13),
        .first_money = get_i32(v + 17),
        .balance = {get_i64(v + 21)},
        .gross = get_i64(v + 29),
        .importing = v[8] & IMPORTING,
        .closed = get_i32(v + 37),
        .has_parts = v[8] & PARTS,
        .is_rollup = v[8] & ROLLUP,
        .merged_into = get_u32(v + 41),
        .merged_from = get_i32(v + 45),
        .unmatched = get_u32(v + 49),
        .misfits = get_u32(v + 53),
    };
    return true;
}

void books_put_fund(struct txn *txn, struct fund fund, const struct fund_record *record)
{
    uint8_t key[FUND_KEY], v[FUND_SIZE], number[4], named[FUND_KEY];
    fund_key(fund, key);
    put_u32(v, record->number);
    put_i32(v + 4, record->books_date);
    v[8] = (record->has_opening ? OPENED : 0) | (record->opening_derived ? DERIVED : 0)
         | (record->importing ? IMPORTING : 0) | (record->has_parts ? PARTS : 0)
         | (record->is_rollup ? ROLLUP : 0);
    put_i32(v + 9, record->opening_date);
    put_i32(v + 13, record->start);
    put_i32(v + 17, record->first_money);
    put_i64(v + 21, record->balance.fen);
    put_i64(v + 29, record->gross);
    put_i32(v + 37, record->closed);
    put_u32(v + 41, record->merged_into);
    put_i32(v + 45, record->merged_from);
    put_u32(v + 49, record->unmatched);
    put_u32(v + 53, record->misfits);
    txn_put(txn, TABLE_FUNDS, key, sizeof key, v, sizeof v);
    key_u32(number, record->number);
    if (!txn_get(txn, TABLE_FUND_NUMBERS, number, sizeof number, named, sizeof named))
        txn_put(txn, TABLE_FUND_NUMBERS, number, sizeof number, key, sizeof key);
}

bool books_fund_by_number(struct txn *txn, uint32_t number, struct fund *ret_fund,
                          struct fund_record *ret)
{
    uint8_t key[4], v[FUND_KEY];
    key_u32(key, number);
    if (!txn_get(txn, TABLE_FUND_NUMBERS, key, sizeof key, v, sizeof v))
        return false;
    struct fund fund = {.place = unkey_u32(v), .scheme = (uint16_t)(v[4] << 8 | v[5])};
    if (!books_fund(txn, fund, ret))
        return false;
    *ret_fund = fund;
    return true;
}

/* --- Policies ---------------------------------------------------------------- */

#define POLICY_KEY 16

static void policy_key(uint32_t fund, date_day date, uint64_t position, uint8_t key[POLICY_KEY])
{
    key_u32(key, fund);
    key_i32(key + 4, date);
    key_u64(key + 8, position);
}

static void take_policy(const struct range *at, struct policy_ref *ret)
{
    *ret = (struct policy_ref){
        .from = unkey_i32(at->key + 4),
        .position = unkey_u64(at->key + 8),
        .version = get_u32(at->value),
    };
}

bool books_policy_ref(struct txn *txn, uint32_t fund, date_day date, uint64_t before,
                      struct policy_ref *ret)
{
    uint8_t from[POLICY_KEY];
    bool found = false;
    date_day until = INT32_MAX;
    struct range range;
    policy_key(fund, INT32_MIN, 0, from);
    range_begin(&range, txn, TABLE_POLICIES, from, 4, from, sizeof from);
    while (range_next(&range)) {
        struct policy_ref ref;
        take_policy(&range, &ref);
        if (ref.position >= before)
            continue;
        if (found && ref.from > date && ref.from != ret->from) {
            until = ref.from;
            break;
        }
        /* The first one also answers for the time before it. */
        ref.valid_from = found ? ref.from : INT32_MIN;
        *ret = ref;
        found = true;
    }
    range_end(&range);
    if (found)
        ret->valid_until = until;
    return found;
}

/* Policies that follow repeat what became of the place; the first of them says since when. */
date_day books_split_since(const struct journal *journal, struct txn *txn, uint32_t fund, date_day from)
{
    struct policy_ref ref;
    struct policy policy;
    while (books_policy_ref(txn, fund, from - 1, UINT64_MAX, &ref) && ref.from < from) {
        int err = books_policy(journal, txn, ref.position, &policy);
        if (err != 0)
            txn->err = err;
        if (err != 0 || policy.split_count == 0)
            break;
        from = ref.from;
    }
    return from;
}

uint32_t books_policy_version(struct txn *txn, uint32_t fund)
{
    uint8_t from[POLICY_KEY];
    uint32_t version = 0;
    struct range range;
    policy_key(fund, INT32_MIN, 0, from);
    range_begin(&range, txn, TABLE_POLICIES, from, 4, from, sizeof from);
    while (range_next(&range))
        if (get_u32(range.value) > version)
            version = get_u32(range.value);
    range_end(&range);
    return version;
}

void books_put_policy(struct txn *txn, uint32_t fund, const struct policy_ref *ref)
{
    uint8_t key[POLICY_KEY], v[4];
    policy_key(fund, ref->from, ref->position, key);
    put_u32(v, ref->version);
    txn_put(txn, TABLE_POLICIES, key, sizeof key, v, sizeof v);
}

int books_policy(const struct journal *journal, struct txn *txn, uint64_t position,
                 struct policy *ret)
{
    struct event_record record;
    int err = event_at(journal, txn, position, &record);
    if (err != 0)
        return err == -ENOENT ? -EILSEQ : err;
    if (record.event.kind != KIND_POLICY || policy_decode(record.event.policy, ret) != NULL)
        return -EILSEQ;
    return 0;
}

/* --- Reversals --------------------------------------------------------------- */

void books_put_reversal(struct txn *txn, uint64_t original, uint64_t reversal)
{
    uint8_t key[8], v[8];
    key_u64(key, original);
    put_u64(v, reversal);
    txn_put(txn, TABLE_REVERSALS, key, sizeof key, v, sizeof v);
}

bool books_reversal(struct txn *txn, uint64_t original, uint64_t *ret)
{
    uint8_t key[8], v[8];
    key_u64(key, original);
    if (!txn_get(txn, TABLE_REVERSALS, key, sizeof key, v, sizeof v))
        return false;
    *ret = get_u64(v);
    return true;
}

/* --- Subsidy received -------------------------------------------------------- */

#define RECEIVED_KEY 11

static void received_key(uint32_t fund, int32_t year, uint8_t category, date_day day,
                         uint8_t key[RECEIVED_KEY])
{
    key_u32(key, fund);
    key_u16(key + 4, (uint16_t)year);
    key[6] = category;
    key_i32(key + 7, day);
}

void books_add_received(struct txn *txn, uint32_t fund, int32_t year, uint8_t category, date_day day,
                        struct amount amount)
{
    uint8_t key[RECEIVED_KEY], v[8];
    struct amount sum = amount;
    received_key(fund, year, category, day, key);
    if (txn_get(txn, TABLE_RECEIVED, key, sizeof key, v, sizeof v)
        && !amount_add((struct amount){get_i64(v)}, amount, &sum))
        txn->err = -EILSEQ;
    put_i64(v, sum.fen);
    txn_put(txn, TABLE_RECEIVED, key, sizeof key, v, sizeof v);
}

static struct amount received_of(struct txn *txn, uint32_t fund, int32_t year, uint8_t category,
                                 date_day day)
{
    uint8_t from[RECEIVED_KEY];
    struct amount sum = {0};
    struct range range;
    received_key(fund, year, category, INT32_MIN, from);
    range_begin(&range, txn, TABLE_RECEIVED, from, 7, from, sizeof from);
    while (range_next(&range) && unkey_i32(range.key + 7) <= day)
        if (range.size != 8 || !amount_add(sum, (struct amount){get_i64(range.value)}, &sum))
            txn->err = -EILSEQ;
    range_end(&range);
    return sum;
}

struct amount books_received(struct txn *txn, const struct parts *parts, int32_t year,
                             uint8_t category, date_day day)
{
    struct amount sum = {0};
    for (unsigned i = 0; i < parts->count; i++)
        if (!amount_add(sum, received_of(txn, parts->items[i].fund, year, category, day), &sum))
            txn->err = -EILSEQ;
    return sum;
}

/* --- Balances ---------------------------------------------------------------- */

static_assert(ACCOUNT_SLOTS <= 64, "a bit per slot");

int books_add_to_months(const struct tally_entry *days, uint64_t count, struct tally *months)
{
    uint64_t month = 0;
    int err = 0;
    for (uint64_t i = 0; i < count && err == 0; i++) {
        uint64_t key = days[i].key;
        if (books_is_collected(books_sum_period(key)))
            continue;
        if (i == 0 || key >> 8 != days[i - 1].key >> 8)
            month = books_sum_key(books_sum_fund(key), date_month_of(books_sum_period(key)), 0);
        err = tally_add(months, month | (key & 0xff), days[i].sum);
    }
    return err;
}

void books_period_key(uint32_t fund, int32_t period, uint8_t key[BOOKS_PERIOD_KEY])
{
    key_u32(key, fund);
    key_i32(key + 4, period);
}

/* Most slots of a day are zeros: a bit for each that is not, and its amount. */
size_t books_put_lines(const struct lines *lines, uint8_t *v)
{
    uint64_t used = 0;
    size_t size = 8;
    for (int i = 0; i < ACCOUNT_SLOTS; i++)
        if (lines->fen[i] != 0) {
            used |= UINT64_C(1) << i;
            size += put_varint(v + size, zigzag(lines->fen[i]));
        }
    put_u64(v, used);
    return size;
}

bool books_take_lines(const uint8_t *v, size_t size, struct lines *ret)
{
    *ret = (struct lines){0};
    if (size < 8)
        return false;
    size_t at = 8;
    for (uint64_t used = get_u64(v); used != 0; used &= used - 1) {
        uint64_t amount;
        size_t n = get_varint(v + at, size - at, &amount);
        if (n == 0)
            return false;
        ret->fen[__builtin_ctzll(used)] = unzigzag(amount);
        at += n;
    }
    return at == size;
}

/* Sums cannot overflow while fund_record.gross fits; a sum that does was damaged. */
static void add_lines(struct txn *txn, struct lines *sum, const struct lines *addend)
{
    if (!lines_add(sum, addend))
        txn->err = -EILSEQ;
}

#define NO_SLOT 64              /* behind the last bit of a row */

/* A group over many days does this about as often as it has events, so nothing is unpacked that does not
 * have to be. */
size_t books_add_to_row(const uint8_t *old, size_t old_size, const struct tally_entry *sums,
                        uint64_t count, uint8_t v[BOOKS_LINES_SIZE])
{
    uint64_t had = old_size >= 8 ? get_u64(old) : 0, used = 0, i = 0;
    size_t at = old_size >= 8 ? 8 : 0, size = 8;
    while (had != 0 || i < count) {
        int row = had != 0 ? __builtin_ctzll(had) : NO_SLOT;
        int sum = i < count ? (int)(sums[i].key & 0xff) : NO_SLOT;
        int slot = row < sum ? row : sum;
        int64_t fen = 0;
        if (row == slot) {
            uint64_t amount;
            size_t n = get_varint(old + at, old_size - at, &amount);
            if (n == 0)
                return 0;
            fen = unzigzag(amount);
            at += n;
            had &= had - 1;
        }
        if (sum == slot && __builtin_add_overflow(fen, sums[i++].sum, &fen))
            return 0;
        if (fen != 0) {
            used |= UINT64_C(1) << slot;
            size += put_varint(v + size, zigzag(fen));
        }
    }
    put_u64(v, used);
    return at == old_size ? size : 0;
}

static void add_period(struct txn *txn, enum table table, uint32_t fund, int32_t period,
                       const struct tally_entry *sums, uint64_t count)
{
    uint8_t key[BOOKS_PERIOD_KEY], v[BOOKS_LINES_SIZE];
    const uint8_t *old = NULL;
    size_t old_size = 0;
    books_period_key(fund, period, key);
    txn_peek(txn, table, key, sizeof key, &old, &old_size);
    size_t size = books_add_to_row(old, old_size, sums, count, v);
    if (size == 0)
        txn->err = -EILSEQ;
    txn_put(txn, table, key, sizeof key, v, size);
}

static void add_collected(struct txn *txn, uint32_t fund, int32_t period, int64_t fen)
{
    uint8_t key[BOOKS_COLLECTED_KEY], v[BOOKS_COLLECTED_SIZE];
    const uint8_t *old = NULL;
    size_t old_size = 0;
    books_collected_key(fund, books_collected_year(period), books_collected_day(period), key);
    txn_peek(txn, TABLE_COLLECTED, key, sizeof key, &old, &old_size);
    if (!books_add_to_collected(old, old_size, fen, v)) {
        txn->err = -EILSEQ;
        return;
    }
    txn_put(txn, TABLE_COLLECTED, key, sizeof key, v, sizeof v);
}

void books_add_day(struct txn *txn, uint32_t fund, int32_t period, const struct tally_entry *sums,
                   uint64_t count)
{
    if (books_is_collected(period))
        add_collected(txn, fund, period, sums->sum);
    else
        add_period(txn, TABLE_DAYS, fund, period, sums, count);
}

void books_add_month(struct txn *txn, uint32_t fund, date_month month, const struct tally_entry *sums,
                     uint64_t count)
{
    add_period(txn, TABLE_MONTHS, fund, month, sums, count);
}

/* Adds the periods from..to of a table. */
static void sum_periods(struct txn *txn, enum table table, uint32_t fund, int32_t from, int32_t to,
                        struct lines *sum)
{
    if (from > to)
        return;
    uint8_t key[BOOKS_PERIOD_KEY];
    struct range range;
    books_period_key(fund, from, key);
    range_begin(&range, txn, table, key, 4, key, sizeof key);
    while (range_next(&range) && unkey_i32(range.key + 4) <= to) {
        struct lines lines;
        if (!books_take_lines(range.value, range.size, &lines)) {
            txn->err = -EILSEQ;
            break;
        }
        add_lines(txn, sum, &lines);
    }
    range_end(&range);
}

/* Adds whole months. */
static void sum_months(struct txn *txn, uint32_t fund, date_month from, date_month to, struct lines *sum)
{
    sum_periods(txn, TABLE_MONTHS, fund, from, to, sum);
    deferred_add_lines(txn, fund, date_month_first(from), date_month_last(to), sum);
}

void books_lines(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *ret)
{
    *ret = (struct lines){0};
    if (from > to)
        return;
    deferred_add_lines(txn, fund, from, to, ret);
    date_month first = date_month_of(from), last = date_month_of(to);
    if (from != date_month_first(first))
        first++;
    if (to != date_month_last(last))
        last--;
    if (first > last) {
        sum_periods(txn, TABLE_DAYS, fund, from, to, ret);
        return;
    }
    sum_periods(txn, TABLE_DAYS, fund, from, date_month_first(first) - 1, ret);
    sum_periods(txn, TABLE_MONTHS, fund, first, last, ret);
    sum_periods(txn, TABLE_DAYS, fund, date_month_last(last) + 1, to, ret);
}

void books_lines_of(struct txn *txn, const struct parts *parts, date_day from, date_day to,
                    struct lines *ret)
{
    *ret = (struct lines){0};
    for (unsigned i = 0; i < parts->count; i++) {
        struct lines lines;
        books_lines(txn, parts->items[i].fund, from, to, &lines);
        add_lines(txn, ret, &lines);
    }
}

void books_lines_settled(struct txn *txn, const struct parts *parts, date_day from, date_day to,
                         date_day as_of, struct lines *ret)
{
    books_lines_of(txn, parts, from, to, ret);
    for (unsigned i = 0; i < parts->count; i++)
        on_account_settle(txn, parts->items[i].fund, from, to, as_of, ret);
}

int books_balance_sign(enum account account)
{
    const struct account_info *info = account_info(account);
    assert(info != NULL);
    switch (info->class) {
    case CLASS_INCOME:
    case CLASS_EXPENDITURE:
    case CLASS_OPENING:
        return -1;
    case CLASS_ASSET:
    case CLASS_LIABILITY:
    case CLASS_MEMO:
        return 0;
    }
    return 0;
}

/* Without parts. */
static struct amount own_balance(struct txn *txn, const struct fund_record *record, date_day day)
{
    if (day == record->books_date)
        return record->balance;
    date_day first, last;
    date_from_civil(DATE_YEAR_MIN, 1, 1, &first);
    date_from_civil(DATE_YEAR_MAX, 12, 31, &last);
    struct lines lines;
    struct amount balance = {0};
    books_lines(txn, record->number, first, day < last ? day : last, &lines);
    if (!lines_surplus(&lines, &balance))
        txn->err = -EILSEQ;
    return balance;
}

static struct fund_record part_record(struct txn *txn, uint32_t number)
{
    struct fund ignored;
    struct fund_record record = {0};
    if (!books_fund_by_number(txn, number, &ignored, &record))
        txn->err = txn->err != 0 ? txn->err : -EILSEQ;
    return record;
}

static struct amount balance_of(struct txn *txn, const struct fund_record *record,
                                const struct parts *parts, date_day day)
{
    struct amount sum = own_balance(txn, record, day);
    for (unsigned i = 1; i < parts->count; i++) {
        struct fund_record part = part_record(txn, parts->items[i].fund);
        if (!amount_add(sum, own_balance(txn, &part, day), &sum))
            txn->err = -EILSEQ;
    }
    return sum;
}

struct amount books_balance(struct txn *txn, const struct fund_record *record, date_day day,
                            date_day as_of)
{
    struct parts parts;
    parts_of(txn, record, as_of, &parts);
    return balance_of(txn, record, &parts, day);
}

/* Whether a part is itself a whole without anything before its parts, which are then parts too. */
static bool is_new_whole(struct txn *txn, const struct fund_record *part)
{
    struct parts parts;
    parts_of(txn, part, INT32_MAX, &parts);
    return parts.is_new;
}

struct beginning books_beginning(struct txn *txn, const struct fund_record *record,
                                 const struct parts *parts)
{
    struct beginning b = {INT32_MIN, true, false};
    if (!parts->is_new)
        b = (struct beginning){record->start, record->has_opening, record->opening_derived};
    for (unsigned i = 1; i < parts->count; i++) {
        struct fund_record part = part_record(txn, parts->items[i].fund);
        if (is_new_whole(txn, &part))
            continue;
        b.start = part.start > b.start ? part.start : b.start;
        b.has_opening &= part.has_opening;
        b.derived |= part.opening_derived;
    }
    if (b.start == INT32_MIN)           /* its parts are wholes that have no parts yet */
        b.start = record->start;
    return b;
}

void books_position(struct txn *txn, const struct fund_record *record, enum runway_base base,
                    date_day as_of, struct position *ret)
{
    struct parts parts;
    parts_of(txn, record, as_of, &parts);
    books_position_of(txn, record, &parts, base, as_of, ret);
}

void books_position_of(struct txn *txn, const struct fund_record *record, const struct parts *parts,
                       enum runway_base base, date_day as_of, struct position *ret)
{
    date_month from, to;
    struct beginning beginning = books_beginning(txn, record, parts);
    *ret = (struct position){
        .books_date = as_of,
        .has_opening = beginning.has_opening,
        .opening_date = record->opening_date,
        .first_month = indicator_first_month(beginning.start),
        .balance = balance_of(txn, record, parts, as_of),
    };
    ret->months = indicator_months(base, ret->first_month, as_of, &from, &to);
    for (unsigned i = 0; i < parts->count && ret->months > 0; i++) {
        sum_months(txn, parts->items[i].fund, from, to, &ret->closed);
        on_account_settle(txn, parts->items[i].fund, date_month_first(from), date_month_last(to), as_of,
                          &ret->closed);
    }
}

static void year_lines(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of,
                       struct lines *ret)
{
    date_day last = date_month_last(year * 12 + 11);
    books_lines_of(txn, parts, date_month_first(year * 12), as_of < last ? as_of : last, ret);
}

void books_executed(struct txn *txn, const struct parts *parts, const struct policy *policy, date_day as_of,
                    struct amount ret[POLICY_BUDGET_MAX])
{
    struct lines lines;
    int32_t lines_of = 0;               /* the year of `lines`; 0: of none yet */
    for (unsigned i = 0; i < policy->budget_count; i++) {
        const struct budget_line *line = &policy->budget[i];
        if (budget_is_subsidy(line)) {
            ret[i] = books_received(txn, parts, line->year, line->category, as_of);
            continue;
        }
        if (line->year != lines_of)
            year_lines(txn, parts, line->year, as_of, &lines);
        lines_of = line->year;
        ret[i] = budget_moved(line, &lines);
    }
}

/* --- Contributions by the year that they are for -------------------------------- */

static_assert((DATE_YEAR_MAX + 2 - DATE_YEAR_MIN) * 366 < 1 << BOOKS_COLLECTED_BITS
              && DATE_YEAR_MIN > 1970 && (DATE_YEAR_MAX - 1970 + 1) * 366 < 1 << BOOKS_COLLECTED_BITS,
              "a day's place in a period");

void books_collected_key(uint32_t fund, int32_t year, date_day day, uint8_t key[BOOKS_COLLECTED_KEY])
{
    key_u32(key, fund);
    key_u16(key + 4, (uint16_t)year);
    key_i32(key + 6, day);
}

bool books_add_to_collected(const uint8_t *old, size_t old_size, int64_t fen,
                            uint8_t ret[BOOKS_COLLECTED_SIZE])
{
    int64_t sum = fen;
    if (old_size != 0
        && (old_size != BOOKS_COLLECTED_SIZE || __builtin_add_overflow(get_i64(old), fen, &sum)))
        return false;
    put_i64(ret, sum);
    return true;
}

static struct amount collected_of(struct txn *txn, uint32_t fund, int32_t year, date_day as_of)
{
    uint8_t key[BOOKS_COLLECTED_KEY];
    struct amount sum = deferred_collected(txn, fund, year, as_of);
    struct range range;
    books_collected_key(fund, year, INT32_MIN, key);
    range_begin(&range, txn, TABLE_COLLECTED, key, 6, key, sizeof key);
    while (range_next(&range) && unkey_i32(range.key + 6) <= as_of)
        if (range.size != BOOKS_COLLECTED_SIZE
            || !amount_add(sum, (struct amount){get_i64(range.value)}, &sum))
            txn->err = -EILSEQ;
    range_end(&range);
    return sum;
}

struct amount books_collected(struct txn *txn, const struct parts *parts, int32_t year,
                              date_day as_of)
{
    struct amount sum = {0};
    for (unsigned i = 0; i < parts->count; i++)
        if (!amount_add(sum, collected_of(txn, parts->items[i].fund, year, as_of), &sum))
            txn->err = -EILSEQ;
    return sum;
}

/* --- The last normal runway ----------------------------------------------------- */

#define NORMAL_HEAD 18

void books_put_normal(struct txn *txn, uint32_t fund, const struct normal *normal)
{
    const struct position *position = &normal->position;
    uint8_t key[4], v[NORMAL_HEAD + BOOKS_LINES_SIZE];
    key_u32(key, fund);
    put_i32(v, position->books_date);
    v[4] = (uint8_t)position->months;
    put_i64(v + 5, position->balance.fen);
    put_i32(v + 13, normal->looked);
    v[17] = normal->was_normal;
    size_t size = NORMAL_HEAD + books_put_lines(&position->closed, v + NORMAL_HEAD);
    txn_put(txn, TABLE_NORMAL, key, sizeof key, v, size);
}

bool books_normal(struct txn *txn, uint32_t fund, struct normal *ret)
{
    uint8_t key[4];
    const uint8_t *v;
    size_t size;
    key_u32(key, fund);
    if (!txn_peek(txn, TABLE_NORMAL, key, sizeof key, &v, &size))
        return false;
    struct position position = {.has_opening = true};
    if (!books_take_lines(v + NORMAL_HEAD, size - NORMAL_HEAD, &position.closed)) {
        txn->err = -EILSEQ;
        return false;
    }
    position.books_date = get_i32(v);
    position.months = v[4];
    position.balance.fen = get_i64(v + 5);
    *ret = (struct normal){v[17] != 0, get_i32(v + 13), position};
    return true;
}
