#include "store/derivations.h"

#include <errno.h>

#include "fund/budget.h"
#include "fund/insured.h"
#include "store/bytes.h"
#include "store/parts.h"

/* What a row is about; the sort of sums stands in the key before the year, so that a walk over days is one
 * over neighbours. */
enum sort {
    SORT_LINES = 1,             /* year 0, category 0 */
    SORT_RECEIVED = 2,
    SORT_COLLECTED = 3,         /* category 0 */
    SORT_PERSONS = 4,           /* category: an enum insured_slot */
    SORT_MARGIN = 5,            /* year 0, category 0 */
};

#define DERIVATION_KEY 12
#define KEY_OF_SUM     8        /* all but the day */

static void derivation_key(uint32_t fund, enum sort sort, int32_t year, uint8_t category, date_day day,
                           uint8_t key[DERIVATION_KEY])
{
    key_u32(key, fund);
    key[4] = (uint8_t)sort;
    key_u16(key + 5, (uint16_t)year);
    key[7] = category;
    key_i32(key + 8, day);
}

/* --- Writing -------------------------------------------------------------------- */

/* Sums cannot overflow while those of the books do not: a derived event's amounts are in them too. */
static void add_leg(struct txn *txn, uint32_t fund, const struct leg *leg)
{
    uint8_t key[DERIVATION_KEY], v[BOOKS_LINES_SIZE];
    const uint8_t *old;
    size_t size;
    struct lines lines = {0}, moved = {0};
    derivation_key(fund, SORT_LINES, 0, 0, leg->date, key);
    if (txn_peek(txn, TABLE_DERIVATIONS, key, sizeof key, &old, &size)
        && !books_take_lines(old, size, &lines))
        txn->err = -EILSEQ;
    moved.fen[leg->debit] += leg->amount.fen;
    moved.fen[leg->credit] -= leg->amount.fen;
    if (!lines_add(&lines, &moved))
        txn->err = -EILSEQ;
    txn_put(txn, TABLE_DERIVATIONS, key, sizeof key, v, books_put_lines(&lines, v));
}

void derivations_post(struct txn *txn, uint32_t fund, const struct posting *posting)
{
    for (unsigned i = 0; i < posting->count; i++)
        add_leg(txn, fund, &posting->legs[i]);
}

static void add_sum(struct txn *txn, uint32_t fund, enum sort sort, int32_t year, uint8_t category,
                    date_day day, int64_t part)
{
    uint8_t key[DERIVATION_KEY], v[8];
    int64_t sum = part;
    derivation_key(fund, sort, year, category, day, key);
    if (txn_get(txn, TABLE_DERIVATIONS, key, sizeof key, v, sizeof v)
        && __builtin_add_overflow(get_i64(v), part, &sum))
        txn->err = -EILSEQ;
    put_i64(v, sum);
    txn_put(txn, TABLE_DERIVATIONS, key, sizeof key, v, sizeof v);
}

void derivations_add(struct txn *txn, uint32_t fund, const struct event *event, date_day day, int sign)
{
    if (event->kind == KIND_SUBSIDY)
        add_sum(txn, fund, SORT_RECEIVED, event->year, event->category, day, sign * event->amount.fen);
    if (event->kind == KIND_CONTRIBUTION)
        add_sum(txn, fund, SORT_COLLECTED, event->year, 0, day, sign * event->amount.fen);
}

void derivations_put_margin(struct txn *txn, uint32_t fund, date_day day, struct amount margin)
{
    uint8_t key[DERIVATION_KEY], v[8];
    derivation_key(fund, SORT_MARGIN, 0, 0, day, key);
    put_i64(v, margin.fen);
    if (margin.fen != 0)
        txn_put(txn, TABLE_DERIVATIONS, key, sizeof key, v, sizeof v);
    else
        txn_delete(txn, TABLE_DERIVATIONS, key, sizeof key);
}

void derivations_add_persons(struct txn *txn, uint32_t fund, int32_t year, date_day day, unsigned slot,
                             int64_t part)
{
    uint8_t key[DERIVATION_KEY], v[8];
    if (part == 0)
        return;
    add_sum(txn, fund, SORT_PERSONS, year, (uint8_t)slot, day, part);
    /* A count that comes and goes within a group leaves no row, so one that goes later must not either. */
    derivation_key(fund, SORT_PERSONS, year, (uint8_t)slot, day, key);
    if (txn_get(txn, TABLE_DERIVATIONS, key, sizeof key, v, sizeof v) && get_i64(v) == 0)
        txn_delete(txn, TABLE_DERIVATIONS, key, sizeof key);
}

/* --- Reading -------------------------------------------------------------------- */

static void add_lines_of(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *sum)
{
    uint8_t key[DERIVATION_KEY];
    struct range range;
    derivation_key(fund, SORT_LINES, 0, 0, from, key);
    range_begin(&range, txn, TABLE_DERIVATIONS, key, KEY_OF_SUM, key, sizeof key);
    while (range_next(&range) && unkey_i32(range.key + KEY_OF_SUM) <= to) {
        struct lines lines;
        if (!books_take_lines(range.value, range.size, &lines) || !lines_add(sum, &lines)) {
            txn->err = -EILSEQ;
            break;
        }
    }
    range_end(&range);
}

void derivations_lines(struct txn *txn, const struct parts *parts, date_day from, date_day to,
                       struct lines *ret)
{
    *ret = (struct lines){0};
    for (unsigned i = 0; i < parts->count; i++)
        add_lines_of(txn, parts->items[i].fund, from, to, ret);
}

bool derivations_moved(bool (*of)(const struct lines *lines, struct amount *ret), const struct lines *lines)
{
    struct amount sum;
    return !of(lines, &sum) || sum.fen != 0;
}

bool derivations_balance(struct txn *txn, const struct parts *parts, date_day day)
{
    struct lines lines;
    struct amount part = {0};
    derivations_lines(txn, parts, INT32_MIN, day, &lines);
    if (!lines_surplus(&lines, &part))
        txn->err = -EILSEQ;
    return part.fen != 0;
}

static int64_t part_of(struct txn *txn, const struct parts *parts, enum sort sort, int32_t year,
                       uint8_t category, date_day day)
{
    uint8_t key[DERIVATION_KEY];
    int64_t sum = 0;
    for (unsigned i = 0; i < parts->count; i++) {
        struct range range;
        derivation_key(parts->items[i].fund, sort, year, category, INT32_MIN, key);
        range_begin(&range, txn, TABLE_DERIVATIONS, key, KEY_OF_SUM, key, sizeof key);
        while (range_next(&range) && unkey_i32(range.key + KEY_OF_SUM) <= day)
            if (range.size != 8 || __builtin_add_overflow(sum, get_i64(range.value), &sum))
                txn->err = -EILSEQ;
        range_end(&range);
    }
    return sum;
}

static bool has_part(struct txn *txn, const struct parts *parts, enum sort sort, int32_t year,
                     uint8_t category, date_day day)
{
    return part_of(txn, parts, sort, year, category, day) != 0;
}

struct amount derivations_margin(struct txn *txn, const struct parts *parts, date_day day)
{
    return (struct amount){part_of(txn, parts, SORT_MARGIN, 0, 0, day)};
}

bool derivations_received(struct txn *txn, const struct parts *parts, int32_t year, uint8_t category,
                          date_day day)
{
    return has_part(txn, parts, SORT_RECEIVED, year, category, day);
}

bool derivations_collected(struct txn *txn, const struct parts *parts, int32_t year, date_day day)
{
    return has_part(txn, parts, SORT_COLLECTED, year, 0, day);
}

/* The parts of one slot, or of a slot for each group. */
static int64_t persons_in(struct txn *txn, const struct parts *parts, int32_t year, date_day day,
                          enum insured_slot slot, unsigned slots)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < slots; i++) {
        int64_t part = part_of(txn, parts, SORT_PERSONS, year, (uint8_t)(slot + i), day);
        if (__builtin_add_overflow(sum, part, &sum))
            txn->err = -EILSEQ;
    }
    return sum;
}

uint32_t derivations_persons(struct txn *txn, const struct parts *parts, int32_t year, date_day day)
{
    int64_t paid = persons_in(txn, parts, year, day, INSURED_PAID, INSURED_GROUPS);
    int64_t left = persons_in(txn, parts, year, day, INSURED_LEFT, 1);
    int64_t elsewhere = persons_in(txn, parts, year, day, INSURED_ELSEWHERE, 1);
    uint32_t derived = 0;
    if (persons_in(txn, parts, year, day, INSURED_REGISTERED, INSURED_GROUPS) != 0)
        derived |= HEADS_BIT(REGISTERED);
    if (persons_in(txn, parts, year, day, INSURED_DOUBLED, 1) != 0)
        derived |= HEADS_BIT(DOUBLED);
    derived |= paid != 0 ? HEADS_BIT(PAID) : 0;
    derived |= left != 0 ? HEADS_BIT(LEFT) : 0;
    derived |= elsewhere != 0 ? HEADS_BIT(ELSEWHERE) : 0;
    return derived | ((__int128)paid - left - elsewhere != 0 ? HEADS_BIT(PAID_ONCE) : 0);
}

void derivations_executed(struct txn *txn, const struct parts *parts, const struct policy *policy,
                          date_day as_of, bool ret[POLICY_BUDGET_MAX])
{
    for (unsigned i = 0; i < policy->budget_count; i++) {
        const struct budget_line *line = &policy->budget[i];
        date_day first = date_month_first(line->year * 12), last = date_month_last(line->year * 12 + 11);
        struct lines lines;
        if (budget_is_subsidy(line)) {
            ret[i] = derivations_received(txn, parts, line->year, line->category, as_of);
            continue;
        }
        derivations_lines(txn, parts, first, as_of < last ? as_of : last, &lines);
        ret[i] = budget_moved(line, &lines).fen != 0;
    }
}
