#include "store/people.h"

#include <errno.h>

#include "store/bytes.h"
#include "store/event_record.h"

/* --- Persons ----------------------------------------------------------------- */

#define PERSON_KEY_BYTES 22
#define PERSON_VALUE     10

struct person {
    uint8_t status;             /* an enum event_status; STATUS_NONE: never enrolled */
    uint8_t group;
    date_day since;             /* date of the enrolment that status and group come from */
    int32_t paid;               /* fees paid and not reversed */
};

static void person_key(uint32_t fund, const struct event *event, uint8_t key[PERSON_KEY_BYTES])
{
    memcpy(key, event->person, PERSON_SIZE);
    key_u16(key + 16, (uint16_t)event->year);
    key_u32(key + 18, fund);
}

static struct person get_person(struct txn *txn, const uint8_t key[PERSON_KEY_BYTES])
{
    uint8_t v[PERSON_VALUE];
    if (!txn_get(txn, TABLE_PERSONS, key, PERSON_KEY_BYTES, v, sizeof v))
        return (struct person){.since = DATE_NONE};
    return (struct person){
        .status = v[0],
        .group = v[1] < GROUP_END ? v[1] : 0,
        .since = get_i32(v + 2),
        .paid = get_i32(v + 6),
    };
}

static void put_person(struct txn *txn, const uint8_t key[PERSON_KEY_BYTES], struct person person)
{
    uint8_t v[PERSON_VALUE] = {person.status, person.group};
    put_i32(v + 2, person.since);
    put_i32(v + 6, person.paid);
    txn_put(txn, TABLE_PERSONS, key, PERSON_KEY_BYTES, v, sizeof v);
}

/* Takes a person out of the counts (sign -1) or into them (+1). */
static void count(struct heads *heads, const struct person *person, int sign)
{
    if (person->status == STATUS_NORMAL)
        heads->registered[person->group] += sign;
    if (person->paid > 0)
        heads->paid[person->group] += sign;
}

/* Enrolments may arrive in any order: the newest date counts, and of one day the
 * status that ends more. */
static bool replaces(const struct event *event, const struct person *person)
{
    if (event->date != person->since)
        return event->date > person->since;
    if (event->status != person->status)
        return event->status > person->status;
    return event->group > person->group;
}

void people_enroll(struct txn *txn, uint32_t fund, const struct event *event, struct heads *delta)
{
    uint8_t key[PERSON_KEY_BYTES];
    person_key(fund, event, key);
    struct person person = get_person(txn, key);
    if (!replaces(event, &person))
        return;
    count(delta, &person, -1);
    person.status = event->status;
    person.group = event->group;
    person.since = event->date;
    count(delta, &person, +1);
    put_person(txn, key, person);
}

void people_pay(struct txn *txn, uint32_t fund, const struct event *event, int sign,
                struct heads *delta)
{
    uint8_t key[PERSON_KEY_BYTES];
    person_key(fund, event, key);
    struct person person = get_person(txn, key);
    count(delta, &person, -1);
    person.paid += sign;
    count(delta, &person, +1);
    put_person(txn, key, person);
}

/* --- Counts ------------------------------------------------------------------ */

#define HEADS_KEY   6
#define HEADS_SIZE  128

static void heads_key(uint32_t fund, int32_t year, uint8_t key[HEADS_KEY])
{
    key_u32(key, fund);
    key_u16(key + 4, (uint16_t)year);
}

static bool get_heads(struct txn *txn, const uint8_t key[HEADS_KEY], struct heads *ret)
{
    uint8_t v[HEADS_SIZE];
    if (!txn_get(txn, TABLE_HEADS, key, HEADS_KEY, v, sizeof v))
        return false;
    for (int i = 0; i < GROUP_END; i++) {
        ret->registered[i] = get_i64(v + 8 * i);
        ret->paid[i] = get_i64(v + 64 + 8 * i);
    }
    return true;
}

void people_add_heads(struct txn *txn, uint32_t fund, int32_t year, const struct heads *delta)
{
    uint8_t key[HEADS_KEY], v[HEADS_SIZE] = {0};
    struct heads sum = {0};
    heads_key(fund, year, key);
    get_heads(txn, key, &sum);
    for (int i = 0; i < GROUP_END; i++) {
        put_i64(v + 8 * i, sum.registered[i] + delta->registered[i]);
        put_i64(v + 64 + 8 * i, sum.paid[i] + delta->paid[i]);
    }
    txn_put(txn, TABLE_HEADS, key, sizeof key, v, sizeof v);
}

/* --- Measures: populations, and enrolment reported as a count (measure 0) ------ */

#define MEASURE_KEY  12
#define MEASURE_SIZE 16

static void measure_key(uint32_t fund, uint8_t measure, int32_t year, uint8_t group, date_day date,
                        uint8_t key[MEASURE_KEY])
{
    key_u32(key, fund);
    key[4] = measure;
    key_u16(key + 5, (uint16_t)year);
    key[7] = group;
    key_i32(key + 8, date);
}

/* Whether the headcount that stands there gives way to `event`. */
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
    return order != 0 ? order < 0 : other.event.heads < event->heads;
}

void people_put_measure(const struct journal *journal, struct txn *txn, uint32_t fund,
                        const struct event *event, uint64_t position)
{
    uint8_t key[MEASURE_KEY], v[MEASURE_SIZE];
    bool reported = event->kind == KIND_ENROLLMENT;
    measure_key(fund, reported ? MEASURE_NONE : event->measure, reported ? event->year : 0,
                event->group, event->date, key);
    if (txn_get(txn, TABLE_MEASURES, key, sizeof key, v, sizeof v)
        && !gives_way(journal, txn, v, event))
        return;
    put_i64(v, event->heads);
    put_u64(v + 8, position);
    txn_put(txn, TABLE_MEASURES, key, sizeof key, v, sizeof v);
}

/* The newest figure that is not newer than `as_of`; HEADS_UNKNOWN if there is none. */
static int64_t measure_at(struct txn *txn, uint32_t fund, uint8_t measure, int32_t year,
                          uint8_t group, date_day as_of)
{
    uint8_t key[MEASURE_KEY];
    measure_key(fund, measure, year, group, as_of, key);
    struct range at;
    int64_t heads = HEADS_UNKNOWN;
    if (txn_at_or_below(txn, TABLE_MEASURES, key, sizeof key, 8, &at)) {
        if (at.size == MEASURE_SIZE)
            heads = get_i64(at.value);
        else
            txn->err = -EILSEQ;
    }
    range_end(&at);
    return heads;
}

/* A total if one was reported, else the sum of the groups. */
static int64_t reported(struct txn *txn, uint32_t fund, int32_t year, date_day as_of)
{
    int64_t total = measure_at(txn, fund, MEASURE_NONE, year, GROUP_NONE, as_of);
    if (total != HEADS_UNKNOWN)
        return total;
    for (uint8_t group = 1; group < GROUP_END; group++) {
        int64_t heads = measure_at(txn, fund, MEASURE_NONE, year, group, as_of);
        if (heads != HEADS_UNKNOWN)
            total = (total == HEADS_UNKNOWN ? 0 : total) + heads;
    }
    return total;
}

static int64_t sum_groups(const int64_t by_group[GROUP_END])
{
    int64_t sum = 0;
    for (int i = 0; i < GROUP_END; i++)
        sum += by_group[i];
    return sum;
}

void people_headcount(struct txn *txn, uint32_t fund, date_day as_of, struct headcount *ret)
{
    uint8_t key[HEADS_KEY];
    struct heads heads;
    int32_t year = date_year(as_of);
    heads_key(fund, year, key);
    bool persons = get_heads(txn, key, &heads);
    *ret = (struct headcount){
        .paid = persons ? sum_groups(heads.paid) : HEADS_UNKNOWN,
        .registered = persons ? sum_groups(heads.registered) : HEADS_UNKNOWN,
        .reported = reported(txn, fund, year, as_of),
        .employees = measure_at(txn, fund, MEASURE_EMPLOYEES, 0, 0, as_of),
        .resident = measure_at(txn, fund, MEASURE_RESIDENT, 0, 0, as_of),
        .registered_population = measure_at(txn, fund, MEASURE_REGISTERED, 0, 0, as_of),
        .last_year = measure_at(txn, fund, MEASURE_LAST_YEAR, 0, 0, as_of),
    };
}
