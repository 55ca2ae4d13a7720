#include "store/statements.h"

#include <errno.h>
#include <string.h>

#include "store/bytes.h"
#include "store/event_record.h"
#include "store/journal.h"
#include "store/parts.h"

#define STATEMENT_KEY  8
#define STATEMENT_SIZE 16

static void statement_key(uint32_t fund, date_day date, uint8_t key[STATEMENT_KEY])
{
    key_u32(key, fund);
    key_i32(key + 4, date);
}

/* Whether the statement that stands there gives way to `event`. */
static bool gives_way(const struct journal *journal, struct txn *txn, const uint8_t *stands,
                      const struct event *event)
{
    struct event_record other;
    int err = event_at(journal, txn, get_u64(stands + 8), &other);
    if (err != 0) {
        txn->err = err;
        return false;
    }
    int order = strcmp(other.event.id, event->id);
    return order != 0 ? order < 0 : other.event.amount.fen < event->amount.fen;
}

void statements_put(const struct journal *journal, struct txn *txn, uint32_t fund,
                    const struct event *event, uint64_t position)
{
    uint8_t key[STATEMENT_KEY], v[STATEMENT_SIZE];
    statement_key(fund, event->date, key);
    if (txn_get(txn, TABLE_STATEMENTS, key, sizeof key, v, sizeof v)
        && !gives_way(journal, txn, v, event))
        return;
    put_i64(v, event->amount.fen);
    put_u64(v + 8, position);
    txn_put(txn, TABLE_STATEMENTS, key, sizeof key, v, sizeof v);
}

/* What is on A1 from one day to another. */
static int64_t bank_between(struct txn *txn, uint32_t fund, date_day from, date_day to)
{
    struct lines lines;
    books_lines(txn, fund, from, to, &lines);
    return lines.fen[ACCOUNT_A1];
}

static date_day first_day(void)
{
    date_day first;
    date_from_civil(DATE_YEAR_MIN, 1, 1, &first);
    return first;
}

/* Adds what the parts that the fund has on the statement's day had on A1 at the end of it. */
static void add_parts(struct txn *txn, const struct fund_record *record, struct bank_check *check)
{
    struct parts parts;
    parts_of(txn, record, check->date, &parts);
    if (parts.count == 1)
        return;
    check->has_opening = books_beginning(txn, record, &parts).has_opening;
    for (unsigned i = 1; i < parts.count; i++) {
        int64_t of_part = bank_between(txn, parts.items[i].fund, first_day(), check->date);
        if (!amount_add(check->booked, (struct amount){of_part}, &check->booked))
            txn->err = -EILSEQ;
    }
}

static uint64_t position_of(const struct range *at)
{
    return get_u64(at->value + 8);
}

static bool take(struct txn *txn, const struct range *at, const struct fund_record *record,
                 struct bank_check *ret)
{
    if (at->size != STATEMENT_SIZE) {
        txn->err = -EILSEQ;
        return false;
    }
    ret->has_opening = record->has_opening;
    ret->has_statement = true;
    ret->date = unkey_i32(at->key + 4);
    ret->stated.fen = get_i64(at->value);
    return true;
}

void statements_check(struct txn *txn, const struct fund_record *record, date_day as_of,
                      struct bank_check *ret)
{
    uint8_t key[STATEMENT_KEY];
    struct range at;
    *ret = (struct bank_check){.has_opening = record->has_opening, .date = DATE_NONE};
    statement_key(record->number, as_of, key);
    bool found = txn_at_or_below(txn, TABLE_STATEMENTS, key, sizeof key, 4, &at)
              && take(txn, &at, record, ret);
    range_end(&at);
    if (!found)
        return;
    ret->booked.fen = bank_between(txn, record->number, first_day(), ret->date);
    add_parts(txn, record, ret);
}

void statements_each(struct txn *txn, const struct fund_record *record,
                     bool (*each)(void *arg, const struct bank_check *check, uint64_t position),
                     void *arg)
{
    uint8_t key[STATEMENT_KEY];
    struct range at;
    struct bank_check check = {.date = first_day() - 1};
    int64_t own = 0;
    statement_key(record->number, INT32_MIN, key);
    range_begin(&at, txn, TABLE_STATEMENTS, key, 4, key, sizeof key);
    while (range_next(&at)) {
        date_day before = check.date;
        if (!take(txn, &at, record, &check))
            break;
        own += bank_between(txn, record->number, before + 1, check.date);
        check.booked.fen = own;
        add_parts(txn, record, &check);
        if (txn->err != 0 || !each(arg, &check, position_of(&at)))
            break;
    }
    range_end(&at);
}
