#include "store/on_account.h"

#include <errno.h>

#include "store/bytes.h"
#include "store/row.h"

#define KEY_SIZE   11
#define HEAD_SIZE  7            /* all but the day */
#define VALUE_MAX  30

static size_t put_sums(const struct on_account *sums, uint8_t v[VALUE_MAX])
{
    size_t size = put_varint(v, zigzag(sums->paid));
    size += put_varint(v + size, zigzag(sums->cleared));
    return size + put_varint(v + size, zigzag(sums->undone));
}

static bool take_sums(const uint8_t *v, size_t size, struct on_account *ret)
{
    static const enum row_number of_day[] = {ROW_AMOUNT, ROW_AMOUNT, ROW_AMOUNT};
    int64_t numbers[3];
    size_t at = row_take(v, size, of_day, 3, numbers);
    if (at == 0 || at != size)
        return false;
    *ret = (struct on_account){numbers[0], numbers[1], numbers[2]};
    return true;
}

void on_account_note(struct txn *txn, uint32_t fund, int32_t year, uint8_t category, date_day day,
                     const struct on_account *sums)
{
    uint8_t key[KEY_SIZE], v[VALUE_MAX];
    const uint8_t *old;
    size_t size;
    struct on_account sum = {0};
    key_u32(key, fund);
    key_u16(key + 4, (uint16_t)year);
    key[6] = category;
    key_i32(key + HEAD_SIZE, day);
    if (txn_peek(txn, TABLE_ON_ACCOUNT, key, sizeof key, &old, &size) && !take_sums(old, size, &sum))
        txn->err = -EILSEQ;
    if (!on_account_add(&sum, sums))
        txn->err = -EILSEQ;
    txn_put(txn, TABLE_ON_ACCOUNT, key, sizeof key, v, put_sums(&sum, v));
}

/* The payments of one year on one line. */
struct payments {
    uint8_t head[HEAD_SIZE];
    struct on_account all;              /* of all days */
    struct on_account before, until;    /* before the first day asked for; until the last one */
};

/* Puts into the provisional line what is left of the days' payments instead of what moved on it. */
static void settle(struct txn *txn, const struct payments *p, bool ever, struct lines *lines)
{
    enum account line = posting_account(p->head[6]);
    if (p->head[6] == CATEGORY_NONE)            /* before the first of them */
        return;
    if (line < ACCOUNT_E_FIRST || line > ACCOUNT_E_LAST) {
        txn->err = -EILSEQ;
        return;
    }
    int64_t *twin = &lines->fen[account_provisional(line)];
    __int128 left = (__int128)p->until.paid - p->before.paid;
    __int128 moved = left - p->until.cleared + p->before.cleared;
    if (ever)
        left = (__int128)on_account_provisional(&p->all, p->until.paid)
             - on_account_provisional(&p->all, p->before.paid);
    if (__builtin_add_overflow(*twin, left - moved, twin)
        || __builtin_sub_overflow(lines->fen[line], left - moved, &lines->fen[line]))
        txn->err = -EILSEQ;
}

static void add_day(struct txn *txn, struct payments *p, date_day day, date_day from, date_day to,
                    const struct on_account *sums)
{
    if (!on_account_add(&p->all, sums) || (day < from && !on_account_add(&p->before, sums))
        || (day <= to && !on_account_add(&p->until, sums)))
        txn->err = -EILSEQ;
}

static void settle_all(struct txn *txn, uint32_t fund, date_day from, date_day to, date_day as_of, bool ever,
                       struct lines *lines)
{
    uint8_t key[4];
    struct payments present = {0};
    struct range range;
    key_u32(key, fund);
    range_begin(&range, txn, TABLE_ON_ACCOUNT, key, sizeof key, key, sizeof key);
    while (range_next(&range)) {
        struct on_account sums;
        if (range.key_size != KEY_SIZE || !take_sums(range.value, range.size, &sums)) {
            txn->err = -EILSEQ;
            break;
        }
        if (memcmp(range.key, present.head, HEAD_SIZE) != 0) {
            settle(txn, &present, ever, lines);
            present = (struct payments){0};
            memcpy(present.head, range.key, HEAD_SIZE);
        }
        date_day day = unkey_i32(range.key + HEAD_SIZE);
        if (day <= as_of)
            add_day(txn, &present, day, from, to, &sums);
    }
    range_end(&range);
    settle(txn, &present, ever, lines);
}

void on_account_settle(struct txn *txn, uint32_t fund, date_day from, date_day to, date_day as_of,
                       struct lines *lines)
{
    settle_all(txn, fund, from, to, as_of, true, lines);
}

void on_account_unsettle(struct txn *txn, uint32_t fund, date_day from, date_day to, struct lines *lines)
{
    settle_all(txn, fund, from, to, to, false, lines);
}
