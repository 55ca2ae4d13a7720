#include "store/payouts.h"

#include <assert.h>
#include <errno.h>

#include <xxhash.h>

#include "store/bytes.h"
#include "store/group.h"
#include "store/row.h"
#include "store/view.h"

#define VALUE_MAX (1 + 10 * (PAYOUT_MOVES + 3))

/* --- Records ---------------------------------------------------------------------- */

static size_t put_payout(const struct payout *payout, uint8_t *v)
{
    size_t size = 1;
    v[0] = payout->whole;
    for (unsigned move = 0; move < PAYOUT_MOVES; move++)
        size += put_varint(v + size, payout->count[move]);
    size += put_varint(v + size, zigzag(payout->provisional.fen));
    size += put_varint(v + size, zigzag(payout->retained.fen));
    /* A clearing that was undone leaves its day behind, which nobody asks for. */
    if (payout->count[PAYOUT_CLEAR] > 0)
        size += put_varint(v + size, zigzag(payout->cleared_on));
    return size;
}

static bool take_payout(const uint8_t *v, size_t size, struct payout *ret)
{
    static const enum row_number list[] = {
        ROW_U32, ROW_U32, ROW_U32, ROW_U32, ROW_U32, ROW_U32, ROW_AMOUNT, ROW_AMOUNT, ROW_DAY,
    };
    static_assert(sizeof list / sizeof list[0] == PAYOUT_MOVES + 3, "moves, two sums and a day");
    int64_t numbers[PAYOUT_MOVES + 3] = {0};
    size_t at = 1 + row_take(v + 1, size - 1, list, PAYOUT_MOVES + 2, numbers);
    if (at > 1 && numbers[PAYOUT_CLEAR] > 0) {
        size_t n = row_take(v + at, size - at, list + PAYOUT_MOVES + 2, 1, &numbers[PAYOUT_MOVES + 2]);
        at = n > 0 ? at + n : 1;
    }
    if (at == 1)
        return false;
    *ret = payout_initial(v[0]);
    for (unsigned move = 0; move < PAYOUT_MOVES; move++)
        ret->count[move] = (uint32_t)numbers[move];
    ret->provisional.fen = numbers[PAYOUT_MOVES];
    ret->retained.fen = numbers[PAYOUT_MOVES + 1];
    ret->cleared_on = (date_day)numbers[PAYOUT_MOVES + 2];
    return at == size;
}

static size_t put_advance(const struct advance *advance, uint8_t *v)
{
    v[0] = advance->whole;
    return 1 + put_varint(v + 1, zigzag(advance->lent.fen));
}

static bool take_advance(const uint8_t *v, size_t size, struct advance *ret)
{
    static const enum row_number sum[] = {ROW_AMOUNT};
    int64_t lent;
    size_t n = row_take(v + 1, size - 1, sum, 1, &lent);
    if (n == 0 || n != size - 1)
        return false;
    *ret = (struct advance){.whole = v[0], .lent = {lent}};
    return true;
}

/* --- Finding ------------------------------------------------------------------------- */

/* The size of a key's beginning, which is all but the institution. */
static size_t put_head(enum table table, uint32_t fund, int year, uint8_t category,
                       uint8_t key[PAYOUT_KEY_MAX])
{
    key_u32(key, fund);
    if (table == TABLE_ADVANCES)
        return ADVANCE_HEAD;
    key_u16(key + 4, (uint16_t)year);
    key[6] = category;
    return PAYOUT_HEAD;
}

static void put_key(struct group_life *life, const struct group_fund *fund, const struct event *event)
{
    size_t head = put_head(life->table, fund->record.number, payout_year(event), event->category,
                           life->key);
    size_t size = event_has(event, FIELD_INSTITUTION) ? event->institution_size : 0;
    memcpy(life->key + head, event->institution, size);
    life->key_size = head + size;
}

/* Of two whose numbers differ in the institution at most, so that they are of one table. */
static bool same_life(const struct group_life *a, const struct group_life *b)
{
    return a->key_size == b->key_size && memcmp(a->key, b->key, a->key_size) == 0;
}

/* Sorts as the tables do but for institutions, of which some may share a number. */
static uint64_t number_of(const struct group_life *life)
{
    size_t head = life->table == TABLE_PAYOUTS ? PAYOUT_HEAD : ADVANCE_HEAD;
    uint64_t number = (uint64_t)unkey_u32(life->key) << 40
                    | (XXH3_64bits(life->key + head, life->key_size - head) & 0xffffff);
    if (life->table == TABLE_PAYOUTS)
        number |= (uint64_t)((life->key[4] << 8 | life->key[5]) - DATE_YEAR_MIN) << 32
                | (uint64_t)life->key[6] << 24;
    return number;
}

/* As it was written last, or the beginning of one. */
static void read_life(struct txn *txn, struct group_life *life)
{
    const uint8_t *v;
    size_t size;
    life->payout = payout_initial(true);
    life->advance = (struct advance){.whole = true};
    if (!txn_peek(txn, life->table, life->key, life->key_size, &v, &size))
        return;
    if (life->table == TABLE_PAYOUTS ? !take_payout(v, size, &life->payout)
                                     : !take_advance(v, size, &life->advance))
        txn->err = -EILSEQ;
}

/* The group's life of an event; NULL after an error. */
static struct group_life *find_life(struct store *store, const struct group_fund *fund,
                                    const struct event *event)
{
    struct payout_step step;
    struct group_life wanted = {
        .table = payout_step_of(event, &step) ? TABLE_PAYOUTS : TABLE_ADVANCES,
    };
    put_key(&wanted, fund, event);
    uint64_t number = number_of(&wanted);
    struct group_life *life;
    while ((life = accumulator_at(&store->payouts, number, NULL)) != NULL && life->key_size != 0
           && !same_life(life, &wanted))
        number = (number & ~UINT64_C(0xffffff)) | ((number + 1) & 0xffffff);
    if (life == NULL) {
        store->txn.err = -ENOMEM;
        return NULL;
    }
    if (life->key_size == 0) {
        read_life(&store->txn, &wanted);
        *life = wanted;
    }
    return store->txn.err == 0 ? life : NULL;
}

/* --- Moving ---------------------------------------------------------------------------- */

static enum reject move_life(struct group_life *life, const struct event *event, bool undo,
                             enum event_field *ret_field)
{
    struct payout_step step;
    enum advance_move move;
    if (payout_step_of(event, &step))
        return undo ? payout_undo(&life->payout, &step) : payout_do(&life->payout, &step, ret_field);
    bool is_advance = advance_move_of(event, &move);
    assert(is_advance);         /* no other stage has a posting, which was made before */
    if (undo)
        move = move == ADVANCE_LEND ? ADVANCE_RETURN : ADVANCE_LEND;
    *ret_field = FIELD_AMOUNT;
    return advance_do(&life->advance, move, event->amount);
}

/* The books can know all of a payout whose year began in them, and all that was lent if they opened with
 * a balance, which then was wholly at the bank; but not of a fund into which others were merged, whose own
 * lives go on under it.  What comes late may change that, but what was not whole for one move stays so: its
 * sums may be anything. */
static void see_whole(struct group_life *life, const struct fund_record *record, int year)
{
    if (date_month_first(year * 12) <= record->start || record->has_parts)
        life->payout.whole = false;
    if (!record->has_opening || record->has_parts)
        life->advance.whole = false;
}

static struct hindrance hindrance_of_life(const struct group_life *life, const struct event *event, bool undo,
                                          enum event_field field)
{
    if (life->table == TABLE_PAYOUTS)
        return undo ? hindrance_of_undoing(&life->payout, event)
                    : hindrance_of_payout(&life->payout, event, field);
    enum hindrance_why why = undo ? HINDRANCE_RESTED_ON : HINDRANCE_LENT;
    struct hindrance h = hindrance_of(why, DATE_NONE, life->advance.lent);
    h.stage = event->stage;
    return h;
}

static enum reject move_event(struct store *store, const struct group_fund *fund,
                              const struct event *event, bool undo, enum event_field *ret_field,
                              struct hindrance *ret_hindrance)
{
    if (event->kind != KIND_DISBURSEMENT)
        return REJECT_NONE;
    struct group_life *life = find_life(store, fund, event);
    if (life == NULL)
        return REJECT_NONE;
    struct group_life after = *life;
    see_whole(&after, &fund->record, payout_year(event));
    enum reject reject = move_life(&after, event, undo, ret_field);
    if (reject == REJECT_NONE) {
        *life = after;
        life->changed = true;
    } else if (reject == REJECT_BAD_MOVE) {
        *ret_hindrance = hindrance_of_life(&after, event, undo, *ret_field);
    }
    return reject;
}

enum reject payouts_do(struct store *store, const struct group_fund *fund, const struct event *event,
                       enum event_field *ret_field, struct hindrance *ret_hindrance)
{
    return move_event(store, fund, event, false, ret_field, ret_hindrance);
}

enum reject payouts_undo(struct store *store, const struct group_fund *fund,
                         const struct event *original, struct hindrance *ret_hindrance)
{
    enum event_field field = FIELD_ORIGINAL;
    return move_event(store, fund, original, true, &field, ret_hindrance);
}

void payouts_flush(struct store *store)
{
    const struct accumulator_slot *slots = accumulator_sort(&store->payouts);
    if (slots == NULL)
        store->txn.err = -ENOMEM;
    for (uint32_t i = 0; slots != NULL && i < store->payouts.count; i++) {
        const struct group_life *life = slots[i].value;
        uint8_t v[VALUE_MAX];
        if (life->changed)
            txn_put(&store->txn, life->table, life->key, life->key_size, v,
                    life->table == TABLE_PAYOUTS ? put_payout(&life->payout, v)
                                                 : put_advance(&life->advance, v));
    }
    accumulator_clear(&store->payouts);
}

/* --- Reading ----------------------------------------------------------------------------- */

static bool take_life(const struct range *range, enum table table, struct life_view *ret)
{
    size_t head = table == TABLE_PAYOUTS ? PAYOUT_HEAD : ADVANCE_HEAD;
    *ret = (struct life_view){.category = table == TABLE_PAYOUTS ? range->key[6] : CATEGORY_NONE};
    if (range->key_size - head > EVENT_ID_MAX)          /* no key is shorter than its head (env.c) */
        return false;
    memcpy(ret->institution, range->key + head, range->key_size - head);
    return table == TABLE_PAYOUTS ? take_payout(range->value, range->size, &ret->payout)
                                  : take_advance(range->value, range->size, &ret->advance);
}

/* The lives of one table that begin with the fund (and year), from a key on; false once `each` was. */
static bool each_of(struct txn *txn, enum table table, const uint8_t *from, size_t from_size,
                    const struct life_view *after,
                    bool (*each)(void *arg, const struct life_view *life), void *arg)
{
    bool more = true;
    struct range range;
    range_begin(&range, txn, table, from, table == TABLE_PAYOUTS ? 6 : 4, from, from_size);
    while (more && range_next(&range)) {
        struct life_view life;
        if (!take_life(&range, table, &life)) {
            txn->err = -EILSEQ;
            break;
        }
        bool is_after = after != NULL && after->category == life.category
                     && strcmp(after->institution, life.institution) == 0;
        more = is_after || each(arg, &life);
    }
    range_end(&range);
    return more;
}

void payouts_each(struct txn *txn, uint32_t fund, int year, const struct life_view *after,
                  bool (*each)(void *arg, const struct life_view *life), void *arg)
{
    static const struct life_view first = {.category = CATEGORY_NONE};
    const struct life_view *from = after != NULL ? after : &first;
    uint8_t key[PAYOUT_KEY_MAX];
    bool more = true;
    size_t size = strlen(from->institution);
    if (from->category == CATEGORY_NONE) {
        size_t head = put_head(TABLE_ADVANCES, fund, year, 0, key);
        memcpy(key + head, from->institution, size);
        more = each_of(txn, TABLE_ADVANCES, key, head + size, after, each, arg);
    }
    size_t head = put_head(TABLE_PAYOUTS, fund, year, from->category, key);
    memcpy(key + head, from->institution, size);
    if (more)
        each_of(txn, TABLE_PAYOUTS, key, head + size, after, each, arg);
}
