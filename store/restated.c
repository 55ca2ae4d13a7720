#include "store/restated.h"

#include <errno.h>

#include "fund/rule.h"
#include "store/bytes.h"
#include "store/parts.h"
#include "store/row.h"

/* --- What moved --------------------------------------------------------------- */

#define RESTATED_KEY  12
#define RESTATED_SIZE (10 + BOOKS_LINES_SIZE)

static void restated_key(uint32_t fund, date_month month, date_day closed,
                         uint8_t key[RESTATED_KEY])
{
    key_u32(key, fund);
    key_i32(key + 4, month);
    key_i32(key + 8, closed);
}

static bool take(const uint8_t *v, size_t size, struct restated *ret)
{
    static const enum row_number events[] = {ROW_COUNT};
    int64_t count;
    size_t n = row_take(v, size, events, 1, &count);
    if (n == 0)
        return false;
    ret->events = (uint64_t)count;
    return books_take_lines(v + n, size - n, &ret->lines);
}

/* A sum that leaves int64 was damaged, as in the tables it is a part of. */
static void fold(struct txn *txn, struct restated *sum, const struct restated *addend)
{
    sum->events += addend->events;
    if (!lines_add(&sum->lines, &addend->lines))
        txn->err = -EILSEQ;
}

void restated_add(struct txn *txn, uint32_t fund, date_month month, date_day closed,
                  const struct restated *addend)
{
    uint8_t key[RESTATED_KEY], v[RESTATED_SIZE];
    const uint8_t *old_value;
    size_t old_size;
    struct restated sum = *addend, old;
    restated_key(fund, month, closed, key);
    if (txn_peek(txn, TABLE_RESTATED, key, sizeof key, &old_value, &old_size)) {
        if (take(old_value, old_size, &old))
            fold(txn, &sum, &old);
        else
            txn->err = -EILSEQ;
    }
    size_t size = put_varint(v, sum.events);
    size += books_put_lines(&sum.lines, v + size);
    txn_put(txn, TABLE_RESTATED, key, sizeof key, v, size);
}

/* A walk over the entries of a fund's months from..to. */
struct walk {
    struct range range;
    date_month month, to;
    date_day closed;            /* when the entry's events came */
    struct restated moved;
};

static void walk_begin(struct walk *walk, struct txn *txn, uint32_t fund, date_month from,
                       date_month to)
{
    uint8_t key[RESTATED_KEY];
    restated_key(fund, from, INT32_MIN, key);
    walk->to = to;
    range_begin(&walk->range, txn, TABLE_RESTATED, key, 4, key, sizeof key);
}

static bool walk_next(struct walk *walk)
{
    if (!range_next(&walk->range))
        return false;
    walk->month = unkey_i32(walk->range.key + 4);
    walk->closed = unkey_i32(walk->range.key + 8);
    if (walk->month > walk->to)
        return false;
    bool good = take(walk->range.value, walk->range.size, &walk->moved);
    if (!good)
        walk->range.txn->err = -EILSEQ;
    return good;
}

static void walk_end(struct walk *walk)
{
    range_end(&walk->range);
}

/* The first month from..to in which a fund or a part of it moved; false if there is none. */
static bool next_month(struct txn *txn, const struct parts *parts, date_month from, date_month to,
                       date_month *ret)
{
    bool found = false;
    for (unsigned i = 0; i < parts->count; i++) {
        struct walk walk;
        walk_begin(&walk, txn, parts->items[i].fund, from, found ? *ret : to);
        if (walk_next(&walk)) {
            *ret = walk.month;
            found = true;
        }
        walk_end(&walk);
    }
    return found;
}

static void fold_month(struct txn *txn, uint32_t fund, date_month month, struct restated *sum)
{
    struct walk walk;
    walk_begin(&walk, txn, fund, month, month);
    while (walk_next(&walk))
        fold(txn, sum, &walk.moved);
    walk_end(&walk);
}

void restated_each(struct txn *txn, const struct parts *parts, date_month from, date_month to,
                   bool (*each)(void *arg, date_month month, const struct restated *moved),
                   void *arg)
{
    date_month month;
    bool more = true;
    while (more && from <= to && next_month(txn, parts, from, to, &month)) {
        struct restated sum = {0};
        for (unsigned i = 0; i < parts->count; i++)
            fold_month(txn, parts->items[i].fund, month, &sum);
        more = txn->err == 0 && each(arg, month, &sum);
        from = month + 1;
    }
}

struct moving {
    struct amount sum;
    bool overflow;
};

static bool add_moved(void *arg, date_month month, const struct restated *moved)
{
    struct moving *moving = arg;
    struct amount amount;
    (void)month;
    moving->overflow = !lines_moved(&moved->lines, &amount)
                    || !amount_add(moving->sum, amount, &moving->sum);
    return !moving->overflow;
}

bool restated_moved(struct txn *txn, const struct parts *parts, date_month from, date_month to,
                    struct amount *ret)
{
    struct moving moving = {{0}, false};
    restated_each(txn, parts, from, to, add_moved, &moving);
    if (!moving.overflow)
        *ret = moving.sum;
    return !moving.overflow;
}

bool restated_first(struct txn *txn, const struct parts *parts, date_month *ret)
{
    return next_month(txn, parts, INT32_MIN, INT32_MAX, ret);
}

/* --- Closes --------------------------------------------------------------------- */

#define CLOSE_KEY 8

static void close_key(uint32_t fund, date_day day, uint8_t key[CLOSE_KEY])
{
    key_u32(key, fund);
    key_i32(key + 4, day);
}

void restated_put_close(struct txn *txn, uint32_t fund, date_day day, uint64_t position)
{
    uint8_t key[CLOSE_KEY], v[8];
    close_key(fund, day, key);
    put_u64(v, position);
    txn_put(txn, TABLE_CLOSES, key, sizeof key, v, sizeof v);
}

bool restated_close_of(struct txn *txn, uint32_t fund, date_month month, date_day *ret_day,
                       uint64_t *ret_position)
{
    uint8_t key[CLOSE_KEY];
    struct range range;
    close_key(fund, date_month_last(month), key);
    range_begin(&range, txn, TABLE_CLOSES, key, 4, key, sizeof key);
    bool found = range_next(&range);
    if (found && range.size != 8)
        txn->err = -EILSEQ;
    else if (found) {
        *ret_day = unkey_i32(range.key + 4);
        *ret_position = get_u64(range.value);
    }
    range_end(&range);
    return found && txn->err == 0;
}

/* --- Judging again ---------------------------------------------------------------- */

/* The rules that rest on closed months, with what they are judged by. */
static const struct {
    enum rule rule;
    bool by_runway_base;        /* else trailing 12 */
    struct reading (*read)(const struct policy *policy, const struct position *position);
} judged[] = {
    {RULE_RUNWAY,      true,  rule_runway},
    {RULE_DEFICIT,     false, rule_deficit},
    {RULE_PROVISIONAL, false, rule_provisional},
};
#define JUDGED (sizeof judged / sizeof judged[0])

struct judging {
    struct txn *txn;
    const struct fund_record *record;
    struct policy policy;       /* in force on the day */
    struct rule_state then[JUDGED], now[JUDGED];
};

static bool lines_subtract(struct lines *from, const struct lines *what)
{
    bool overflow = false;
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++)
        overflow |= __builtin_sub_overflow(from->fen[slot], what->fen[slot], &from->fen[slot]);
    return !overflow;
}

/* Takes out of a position what came after the month of its date was closed. */
static void take_back(struct txn *txn, uint32_t fund, enum runway_base base, struct position *p)
{
    struct walk walk;
    date_month from = 0, to = -1;
    indicator_months(base, p->first_month, p->books_date, &from, &to);
    walk_begin(&walk, txn, fund, INT32_MIN, date_month_of(p->books_date));
    while (walk_next(&walk)) {
        struct amount surplus;
        if (walk.closed < p->books_date)
            continue;           /* it was there when this month was closed */
        if (!lines_surplus(&walk.moved.lines, &surplus)
            || !amount_sub(p->balance, surplus, &p->balance)
            || (walk.month >= from && walk.month <= to
                && !lines_subtract(&p->closed, &walk.moved.lines)))
            txn->err = -EILSEQ;
    }
    walk_end(&walk);
}

static void step(struct judging *j, unsigned index, const struct position *position,
                 struct rule_state *state, struct indicator *ret)
{
    struct reading reading = judged[index].read(&j->policy, position);
    reading.hold = (struct hold){0};
    rule_evaluate(state, &reading, position->books_date);
    *ret = reading.indicator;
}

static struct rejudged judge(struct judging *j, unsigned index, date_day date)
{
    struct rejudged rejudged = {.date = date, .rule = judged[index].rule};
    struct position position;
    enum runway_base base = judged[index].by_runway_base ? j->policy.runway.base
                                                         : RUNWAY_TRAILING_12;
    books_position(j->txn, j->record, base, date, &position);
    step(j, index, &position, &j->now[index], &rejudged.now_value);
    rejudged.now_share = indicator_provisional(&position);
    struct parts parts;
    parts_of(j->txn, j->record, date, &parts);
    for (unsigned i = 0; i < parts.count; i++)
        take_back(j->txn, parts.items[i].fund, base, &position);
    step(j, index, &position, &j->then[index], &rejudged.then_value);
    rejudged.then_share = indicator_provisional(&position);
    rejudged.then = j->then[index].level;
    rejudged.now = j->now[index].level;
    return rejudged;
}

static int load_policy(struct judging *j, date_day date)
{
    struct policy_ref ref;
    if (!books_policy_ref(j->txn, j->record->number, date, UINT64_MAX, &ref))
        return -ENOENT;
    return books_policy(NULL, j->txn, ref.position, &j->policy);
}

int restated_rejudge(struct txn *txn, const struct fund_record *record, date_month from,
                     date_month to, bool (*each)(void *arg, const struct rejudged *rejudged),
                     void *arg)
{
    struct judging j = {.txn = txn, .record = record};
    int err = 0;
    bool more = true;
    for (unsigned i = 0; i < JUDGED; i++)
        j.then[i] = j.now[i] = rule_state_initial();
    /* The month end before gives both the same level to begin with. */
    for (date_month month = from - 1; month <= to && more && err == 0; month++) {
        date_day date = date_month_last(month);
        if (date > record->closed || date > record->books_date)
            break;
        err = load_policy(&j, date);
        if (err == 0 && (fund_is_part(record, date) || j.policy.split_count != 0))
            break;              /* from here on no rule looks at it */
        for (unsigned i = 0; i < JUDGED && more && err == 0; i++) {
            struct rejudged rejudged = judge(&j, i, date);
            err = txn->err;
            if (err == 0 && month >= from && rejudged.then != rejudged.now)
                more = each(arg, &rejudged);
        }
    }
    return err;
}
