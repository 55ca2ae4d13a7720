/* ahead_copy - a fund and its parts in a scratch store: policies as events, the rest row by row. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ahead_run.h"
#include "store/bytes.h"
#include "wire/policy_codec.h"

/* --- Events ------------------------------------------------------------------------ */

int ahead_apply(struct ahead_run *a, enum event_kind kind, date_day date, struct event *event)
{
    struct applied applied;
    event->kind = (uint8_t)kind;
    event->date = date;
    event->id_size = (uint8_t)snprintf(event->id, sizeof event->id, "ahead-%llu",
                                       (unsigned long long)++a->ids);
    if (event->fund.place == 0)
        event->fund = a->fund;
    event->present |= UINT32_C(1) << FIELD_ID | UINT32_C(1) << FIELD_KIND
        | UINT32_C(1) << FIELD_FUND | UINT32_C(1) << FIELD_DATE;
    int err = store_apply(a->books, a->source, a->source, event, &applied);
    if (err != 0)
        return err;
    if (applied.outcome == OUTCOME_APPLIED)
        return 0;
    return applied.reject == REJECT_OVERFLOW ? -EOVERFLOW : -EILSEQ;
}

/* --- Policies ------------------------------------------------------------------------ */

/* What a policy's rules are without those that are not judged ahead, and without the end of its place. */
static void amend(struct policy *policy, bool without_holds)
{
    policy->clock = CLOCK_EVENTS;
    policy->completeness.on = policy->gaps.on = policy->restated.on = false;
    policy->quiet_count = policy->source_count = 0;
    policy->merged_into = 0;
    policy->split_count = 0;
    memset(policy->split_into, 0, sizeof policy->split_into);
    if (!without_holds)
        return;
    struct hold *const holds[] = {
        &policy->runway.hold, &policy->deficit.hold, &policy->provisional.hold, &policy->subsidy.hold,
        &policy->reimbursement.hold, &policy->falling.hold, &policy->contributions.hold,
        &policy->net_loss.hold, &policy->pace.hold, &policy->duplicates.hold, &policy->execution.hold,
        &policy->gate.hold,
    };
    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++)
        *holds[i] = (struct hold){0};
    for (unsigned i = 0; i < policy->coverage_count; i++)
        policy->coverage[i].hold = (struct hold){0};
}

struct known_policy {
    uint32_t version;
    date_day from;
    uint64_t position;
};

static int by_version(const void *a, const void *b)
{
    uint32_t x = ((const struct known_policy *)a)->version, y = ((const struct known_policy *)b)->version;
    return (x > y) - (x < y);
}

/* The policies of a fund in the order of their versions, but for those of days that are not looked at;
 * malloc'ed. */
static int find_policies(struct ahead_run *a, uint32_t number, struct known_policy **ret,
                         size_t *ret_count)
{
    struct range range;
    struct known_policy *list = NULL;
    size_t count = 0;
    uint8_t key[4];
    key_u32(key, number);
    range_begin(&range, a->txn, TABLE_POLICIES, key, sizeof key, key, sizeof key);
    while (range_next(&range) && ahead_count_row(a)) {
        if (count > 0 && unkey_i32(range.key + 4) > a->last)
            break;
        struct known_policy *more = reallocarray(list, count + 1, sizeof *list);
        if (more == NULL) {
            a->txn->err = -ENOMEM;
            break;
        }
        list = more;
        list[count++] = (struct known_policy){
            .version = get_u32(range.value),
            .from = unkey_i32(range.key + 4), .position = unkey_u64(range.key + 8),
        };
    }
    range_end(&range);
    if (count > 0)
        qsort(list, count, sizeof *list, by_version);
    *ret = list;
    *ret_count = count;
    return a->txn->err;
}

static int apply_policy(struct ahead_run *a, struct fund fund, const struct known_policy *known,
                        bool without_holds, uint32_t version)
{
    struct policy policy;
    struct writer w;
    int err = books_policy(NULL, a->txn, known->position, &policy);
    if (err != 0)
        return err;
    amend(&policy, without_holds);
    policy.version = version;
    writer_init(&w);
    policy_encode(&w, &policy);
    struct event event = {
        .fund = fund, .present = UINT32_C(1) << FIELD_POLICY,
        .policy = {(const uint8_t *)w.bytes, (uint32_t)w.size},
    };
    err = w.err != 0 ? w.err : ahead_apply(a, KIND_POLICY, known->from, &event);
    writer_free(&w);
    return err;
}

/* --- Rows ------------------------------------------------------------------------------ */

bool ahead_count_row(struct ahead_run *a)
{
    if (++a->rows > AHEAD_ROWS_MAX)
        a->txn->err = -E2BIG;
    return a->txn->err == 0;
}

/* Tables whose keys begin with the fund and end with a day. */
static const enum table dated[] = {
    TABLE_DAYS, TABLE_COLLECTED, TABLE_HEADS, TABLE_MEASURES, TABLE_RECEIVED, TABLE_ON_ACCOUNT,
};

/* Of an earlier day what is dated later is not there. */
static void copy_dated(struct ahead_run *a, enum table table, uint32_t from, uint32_t to)
{
    struct range range;
    uint8_t key[32];
    key_u32(key, from);
    range_begin(&range, a->txn, table, key, 4, key, 4);
    while (range_next(&range) && ahead_count_row(a)) {
        if (range.key_size > sizeof key || range.key_size < 8)
            a->txn->err = -EILSEQ;
        else if (a->present || unkey_i32(range.key + range.key_size - 4) <= a->as_of) {
            memcpy(key, range.key, range.key_size);
            key_u32(key, to);
            txn_put(&a->books->txn, table, key, range.key_size, range.value, range.size);
        }
    }
    range_end(&range);
}

static void put_month(struct ahead_run *a, uint32_t fund, date_month month, const struct lines *lines)
{
    uint8_t key[8], v[BOOKS_LINES_SIZE];
    key_u32(key, fund);
    key_i32(key + 4, month);
    txn_put(&a->books->txn, TABLE_MONTHS, key, sizeof key, v, books_put_lines(lines, v));
}

/* What the rows do not have yet is added to theirs. */
static void add_deferred(struct ahead_run *a, uint32_t from, uint32_t to)
{
    date_month last = date_month_of(a->as_of);
    struct txn *txn = &a->books->txn;
    for (uint64_t begin = 0, end; begin < a->deferred.count; begin = end) {
        const struct tally_entry *sums = a->deferred_sums + begin;
        int32_t period = books_sum_period(sums->key);
        date_day day = books_sum_day(sums->key);
        for (end = begin; end < a->deferred.count && a->deferred_sums[end].key >> 8 == sums->key >> 8;)
            end++;
        if (books_sum_fund(sums->key) != from || (!a->present && day > a->as_of))
            continue;
        books_add_day(txn, to, period, sums, end - begin);
        if (!books_is_collected(period) && (a->present || date_month_of(day) < last))
            books_add_month(txn, to, date_month_of(day), sums, end - begin);
    }
}

/* Of the month that an earlier day is in, up to that day. */
static void copy_months(struct ahead_run *a, uint32_t from, uint32_t to)
{
    struct range range;
    uint8_t key[4];
    date_month last = date_month_of(a->as_of);
    key_u32(key, from);
    range_begin(&range, a->txn, TABLE_MONTHS, key, 4, key, 4);
    while (range_next(&range) && ahead_count_row(a)) {
        struct lines lines;
        date_month month = unkey_i32(range.key + 4);
        if (!books_take_lines(range.value, range.size, &lines))
            a->txn->err = -EILSEQ;
        else if (a->present || month < last)
            put_month(a, to, month, &lines);
    }
    range_end(&range);
    if (!a->present) {
        struct lines lines;
        books_lines(a->txn, from, date_month_first(last), a->as_of, &lines);
        put_month(a, to, last, &lines);
    }
}

/* States of the rules that are judged ahead, and the position that an alert is explained from. */
static void copy_rules(struct ahead_run *a)
{
    struct range range;
    uint8_t key[RULE_KEY];
    key_u32(key, a->number);
    range_begin(&range, a->txn, TABLE_RULES, key, 4, key, 4);
    while (range_next(&range) && ahead_count_row(a)) {
        if (range.key_size != RULE_KEY) {
            a->txn->err = -EILSEQ;
        } else if (ahead_unjudged(range.key[4]) == NULL) {
            memcpy(key, range.key, RULE_KEY);
            key_u32(key, a->numbers[0]);
            txn_put(&a->books->txn, TABLE_RULES, key, sizeof key, range.value, range.size);
        }
    }
    range_end(&range);
    struct normal normal;
    if (books_normal(a->txn, a->number, &normal))
        books_put_normal(&a->books->txn, a->numbers[0], &normal);
}

static void copy_parts(struct ahead_run *a)
{
    for (unsigned part = 1; part < a->parts.count; part++) {
        for (unsigned whole = 0; whole < a->parts.count; whole++) {
            uint8_t key[8], v[4];
            key_u32(key, a->parts.items[whole].fund);
            key_u32(key + 4, a->parts.items[part].fund);
            if (!txn_get(a->txn, TABLE_PARTS, key, sizeof key, v, sizeof v))
                continue;
            key_u32(key, a->numbers[whole]);
            key_u32(key + 4, a->numbers[part]);
            txn_put(&a->books->txn, TABLE_PARTS, key, sizeof key, v, sizeof v);
        }
    }
}

/* --- Funds ------------------------------------------------------------------------------ */

/* The record of a fund as it stood on the day.  That it is a part is set when it has all its policies,
 * which do not say so any more. */
static void set_record(struct ahead_run *a, unsigned index, const struct fund_record *record, bool is_part)
{
    struct fund fund;
    struct fund_record ignored;
    struct lines since;
    struct amount surplus;
    if (!books_fund_by_number(a->txn, a->parts.items[index].fund, &fund, &ignored)) {
        a->txn->err = -EILSEQ;
        return;
    }
    struct group_fund *entry = group_fund(a->books, fund);
    if (entry == NULL)
        return;
    entry->record = *record;
    entry->record.number = a->numbers[index];
    entry->record.importing = false;
    if (record->books_date > a->as_of) {
        books_lines(a->txn, a->parts.items[index].fund, a->as_of + 1, record->books_date, &since);
        if (!lines_surplus(&since, &surplus)
            || !amount_sub(record->balance, surplus, &entry->record.balance))
            a->txn->err = -EILSEQ;
        entry->record.books_date = a->as_of;
    }
    entry->record.merged_into = 0;
    for (unsigned i = 0; i < a->parts.count; i++)
        if (record->merged_into == a->parts.items[i].fund && is_part)
            entry->record.merged_into = a->numbers[i];
    entry->changed = true;
    entry->moved = false;
}

static int copy_fund(struct ahead_run *a, unsigned index)
{
    struct fund fund;
    struct fund_record record;
    struct known_policy *policies;
    size_t count;
    uint32_t number = a->parts.items[index].fund;
    if (!books_fund_by_number(a->txn, number, &fund, &record))
        return a->txn->err != 0 ? a->txn->err : -EILSEQ;
    int err = find_policies(a, number, &policies, &count);
    for (size_t i = 0; i < count && err == 0; i++) {
        err = apply_policy(a, fund, &policies[i], !a->present, policies[i].version);
        if (err == 0 && i == 0) {
            a->numbers[index] = a->books->head.funds;
            set_record(a, index, &record, false);
        }
    }
    if (err == 0)
        set_record(a, index, &record, index > 0);
    free(policies);
    for (size_t i = 0; i < sizeof dated / sizeof dated[0] && err == 0; i++)
        copy_dated(a, dated[i], number, a->numbers[index]);
    if (err == 0) {
        copy_months(a, number, a->numbers[index]);
        add_deferred(a, number, a->numbers[index]);
    }
    return err != 0 ? err : a->txn->err;
}

int ahead_copy(struct ahead_run *a)
{
    int err = store_source(a->books, "ahead", &a->source);
    for (unsigned i = 0; i < a->parts.count && err == 0; i++)
        err = copy_fund(a, i);
    if (err != 0)
        return err;
    copy_parts(a);
    if (a->present)
        copy_rules(a);
    /* What the policies planned is judged when everything is there. */
    a->books->evaluation_count = 0;
    return a->txn->err != 0 ? a->txn->err : a->books->txn.err;
}

int ahead_hold_again(struct ahead_run *a)
{
    struct known_policy *policies;
    size_t count;
    int err = find_policies(a, a->number, &policies, &count);
    uint32_t most = count > 0 ? policies[count - 1].version : 0;
    if (err == 0 && most > UINT32_MAX / 2)
        err = -EOVERFLOW;
    for (size_t i = 0; i < count && err == 0; i++)
        err = apply_policy(a, a->fund, &policies[i], false, most + policies[i].version);
    free(policies);
    a->books->evaluation_count = 0;
    return err;
}
