#include "store/recognised.h"

#include "store/bytes.h"
#include "store/group.h"

#define KEY_SIZE 6

static void recognised_key(uint32_t fund, int year, uint8_t key[KEY_SIZE])
{
    key_u32(key, fund);
    key_u16(key + 4, (uint16_t)year);
}

bool recognised_get(struct txn *txn, uint32_t fund, int year, uint8_t *ret)
{
    uint8_t key[KEY_SIZE];
    recognised_key(fund, year, key);
    return txn_get(txn, TABLE_RECOGNISED, key, sizeof key, ret, 1);
}

void recognised_put(struct txn *txn, uint32_t fund, int year, uint8_t recognition)
{
    uint8_t key[KEY_SIZE];
    recognised_key(fund, year, key);
    txn_put(txn, TABLE_RECOGNISED, key, sizeof key, &recognition, 1);
}

/* --- Changes ------------------------------------------------------------------------ */

static bool begins_year(date_day day)
{
    return date_year(day) != date_year(day - 1);
}

/* Since when the policy is in force that decides of a day; a later day if none was yet.  Any day after an
 * error in the txn. */
static date_day in_force_since(struct store *store, struct group_fund *fund, date_day day)
{
    group_policy(store, fund, day, UINT64_MAX);
    return fund->policy.from;
}

static bool says_another(struct store *store, struct group_fund *fund, date_day day, uint8_t recognition)
{
    const struct policy *policy = group_policy(store, fund, day, UINT64_MAX);
    return policy != NULL && policy->recognition != recognition;
}

/* The day within a year on which recognition would be another one than the day before; DATE_NONE if it
 * changes with new years alone.  It can become so where the policy begins and where the next one does. */
static date_day changes_within(struct store *store, struct group_fund *fund, date_day from,
                               uint8_t recognition)
{
    date_day since = in_force_since(store, fund, from);
    date_day next = since > from ? since : fund->policy.valid_until;
    if (!begins_year(from) && in_force_since(store, fund, from - 1) < from
        && says_another(store, fund, from - 1, recognition))
        return from;
    if (next != INT32_MAX && !begins_year(next) && says_another(store, fund, next, recognition))
        return next;
    return DATE_NONE;
}

/* Whether a policy of that day would decide of a year. */
static bool decides(struct store *store, struct group_fund *fund, date_day from, int year)
{
    date_day last = date_month_last(year * 12 + 11), since = in_force_since(store, fund, last);
    return since <= last ? from >= since && from <= last : from <= since;
}

/* The first year of which something is booked that would be recognised otherwise then; 0 if there is none. */
static int booked_otherwise(struct store *store, struct group_fund *fund, date_day from, uint8_t recognition)
{
    struct range range;
    uint8_t key[4];
    int found = 0;
    key_u32(key, fund->record.number);
    range_begin(&range, &store->txn, TABLE_RECOGNISED, key, sizeof key, key, sizeof key);
    while (found == 0 && range_next(&range)) {
        int year = range.key[4] << 8 | range.key[5];
        if (range.value[0] != recognition && decides(store, fund, from, year))
            found = year;
    }
    range_end(&range);
    return found;
}

struct hindrance recognised_obstacle(struct store *store, struct group_fund *fund, date_day from,
                                     uint8_t recognition)
{
    date_day within = changes_within(store, fund, from, recognition);
    if (within != DATE_NONE)
        return hindrance_of(HINDRANCE_MID_YEAR, within, (struct amount){0});
    int year = booked_otherwise(store, fund, from, recognition);
    if (year != 0)
        return hindrance_of(HINDRANCE_RECOGNISED, date_month_first(year * 12), (struct amount){0});
    return hindrance_none();
}
