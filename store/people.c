#include "store/people.h"

#include <errno.h>

#include "store/books.h"
#include "store/bytes.h"
#include "store/event_record.h"

/* --- Persons ----------------------------------------------------------------- */

bool people_counts(const struct event *event)
{
    return event_has(event, FIELD_PERSON)
        && (event->kind == KIND_ENROLLMENT || event->kind == KIND_CONTRIBUTION);
}

/* What one event says of its person; `sign` -1 if it is a fee that is reversed. */
static struct person_entry person_of(uint32_t fund, const struct event *event, int sign)
{
    struct person_entry person = {
        .year = (uint16_t)event->year,
        .fund = fund,
        .since = DATE_NONE,
    };
    memcpy(person.person, event->person, PERSON_SIZE);
    if (event->kind == KIND_ENROLLMENT) {
        person.status = event->status;
        person.group = event->group;
        person.since = event->date;
    } else {
        person.paid = sign;
    }
    return person;
}

void people_entry(uint32_t fund, const struct event *event, int sign, uint8_t entry[PERSON_ENTRY])
{
    struct person_entry person = person_of(fund, event, sign);
    person_entry_put(&person, entry);
}

/* Takes a person out of the counts (sign -1) or into them (+1). */
static void count(struct heads *heads, const struct person_entry *person, int sign)
{
    if (person->status == STATUS_NORMAL)
        heads->registered[person->group] += sign;
    if (person->paid > 0)
        heads->paid[person->group] += sign;
}

/* Everything known so far of the person that `entry` is about. */
static struct person_entry known_person(const struct derived *derived, uint32_t fund)
{
    struct person_entry known = {.since = DATE_NONE};
    for (uint64_t i = 0; i < derived->found.count; i++) {
        struct person_entry person = person_entry_of(derived->found.entries + i * PERSON_ENTRY);
        if (person.fund == fund)
            person_entry_fold(&known, &person);
    }
    return known;
}

int people_apply(struct derived *derived, uint32_t fund, const struct event *event, int sign,
                 struct heads *delta)
{
    uint8_t entry[PERSON_ENTRY];
    struct person_entry new = person_of(fund, event, sign);
    person_entry_put(&new, entry);
    int err = derived_find(derived, DERIVED_PEOPLE, entry);
    if (err != 0)
        return err;
    struct person_entry person = known_person(derived, fund);
    count(delta, &person, -1);
    person_entry_fold(&person, &new);
    count(delta, &person, +1);
    return derived_add(derived, DERIVED_PEOPLE, entry);
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

int64_t people_reported(struct txn *txn, uint32_t fund, date_day as_of)
{
    return reported(txn, fund, date_year(as_of), as_of);
}

static int64_t sum_groups(const int64_t by_group[GROUP_END])
{
    int64_t sum = 0;
    for (int i = 0; i < GROUP_END; i++)
        sum += by_group[i];
    return sum;
}

static int64_t reported_duplicates(struct txn *txn, uint32_t fund, date_day day)
{
    int64_t sum = 0;
    for (uint8_t m = MEASURE_DUPLICATES_PROVINCE; m <= MEASURE_DUPLICATES_NATION; m++) {
        int64_t heads = measure_at(txn, fund, m, 0, 0, day);
        sum += heads == HEADS_UNKNOWN ? 0 : heads;
    }
    return sum;
}

void people_subsidy_heads(struct txn *txn, uint32_t fund, date_day day, bool deduplicated,
                          struct subsidy_heads *ret)
{
    int32_t year = date_year(day);
    ret->total = reported(txn, fund, year, day);
    if (ret->total != HEADS_UNKNOWN && deduplicated)
        ret->total -= reported_duplicates(txn, fund, day);
    for (uint8_t group = 0; group < SUBSIDY_GROUPS_MAX; group++)
        ret->group[group] = group == GROUP_NONE || group >= GROUP_END
            ? HEADS_UNKNOWN : measure_at(txn, fund, MEASURE_NONE, year, group, day);
}

void people_subsidies(struct txn *txn, uint32_t fund, const struct subsidy_rule *rule,
                      const struct subsidy_standard *standard, date_day as_of,
                      struct subsidy_state ret[SUBSIDY_LEVELS])
{
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due due[SUBSIDY_LEVELS];
    for (int i = 0; i < SUBSIDY_LEVELS; i++)
        people_subsidy_heads(txn, fund, standard->levels[i].heads_date,
                             standard->levels[i].base == SUBSIDY_HEADS_DEDUPLICATED, &heads[i]);
    subsidy_due(standard, heads, due);
    for (int i = 0; i < SUBSIDY_LEVELS; i++) {
        struct amount received =
            books_received(txn, fund, standard->year, (uint8_t)(CATEGORY_CENTRAL + i), as_of);
        ret[i] = (struct subsidy_state){
            .heads = heads[i].total,
            .due = due[i],
            .received = received,
            .arrears = subsidy_arrears(&standard->levels[i], due[i], received, rule->tolerance, as_of),
        };
    }
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
        .reported = people_reported(txn, fund, as_of),
        .employees = measure_at(txn, fund, MEASURE_EMPLOYEES, 0, 0, as_of),
        .resident = measure_at(txn, fund, MEASURE_RESIDENT, 0, 0, as_of),
        .registered_population = measure_at(txn, fund, MEASURE_REGISTERED, 0, 0, as_of),
        .last_year = measure_at(txn, fund, MEASURE_LAST_YEAR, 0, 0, as_of),
    };
}
