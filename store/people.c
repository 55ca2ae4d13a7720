#include "store/people.h"

#include <errno.h>

#include "store/books.h"
#include "store/bytes.h"
#include "store/event_record.h"
#include "store/parts.h"

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
        .first = DATE_NONE,
    };
    memcpy(person.person, event->person, PERSON_SIZE);
    if (event->kind == KIND_ENROLLMENT) {
        person.status = event->status;
        person.group = event->group;
        person.since = event->date;
    } else {
        person.paid = sign;
        person.first = sign > 0 ? event->date : DATE_NONE;
    }
    return person;
}

void people_entry(uint32_t fund, const struct event *event, int sign, uint8_t entry[PERSON_ENTRY])
{
    struct person_entry person = person_of(fund, event, sign);
    person_entry_put(&person, entry);
}

/* Slots of a day's row: registered by group, then paid by group. */
#define SLOTS_GROUPS 8
#define SLOTS        (2 * SLOTS_GROUPS)
static_assert(GROUP_END <= SLOTS_GROUPS, "a group has its slot");

/* Of the counts that a group gathers: fund, year, day, slot. */
static uint64_t count_key(uint32_t fund, int32_t year, date_day day, unsigned slot)
{
    return (uint64_t)fund << 40 | (uint64_t)(year - DATE_YEAR_MIN) << 32
         | (uint64_t)(day + (1 << 27)) << 4 | slot;
}
static_assert(DATE_YEAR_MAX - DATE_YEAR_MIN < 256, "a year has eight bits of the key");

/* Takes a person out of the counts (sign -1) or into them (+1): registered from the newest enrolment
 * on, paid from the first fee on. */
static int count(struct tally *heads, const struct person_entry *person, int sign)
{
    int err = 0;
    if (person->status == STATUS_NORMAL)
        err = tally_add(heads, count_key(person->fund, person->year, person->since, person->group),
                        sign);
    if (person->paid > 0 && err == 0)
        err = tally_add(heads, count_key(person->fund, person->year, person->first,
                                         SLOTS_GROUPS + person->group), sign);
    return err;
}

/* Everything known so far of the person that `entry` is about. */
static struct person_entry known_person(const struct derived *derived, uint32_t fund, uint16_t year)
{
    struct person_entry known = {.fund = fund, .year = year, .since = DATE_NONE, .first = DATE_NONE};
    for (uint64_t i = 0; i < derived->found.count; i++) {
        struct person_entry person = person_entry_of(derived->found.entries + i * PERSON_ENTRY);
        if (person.fund == fund)
            person_entry_fold(&known, &person);
    }
    return known;
}

int people_apply(struct derived *derived, uint32_t fund, const struct event *event, int sign,
                 struct tally *heads)
{
    uint8_t entry[PERSON_ENTRY];
    struct person_entry new = person_of(fund, event, sign);
    person_entry_put(&new, entry);
    int err = derived_find(derived, DERIVED_PEOPLE, entry);
    if (err != 0)
        return err;
    struct person_entry person = known_person(derived, fund, new.year);
    /* The day has a row, also of zeros: somebody was heard of, in whatever order. */
    err = tally_add(heads, count_key(fund, new.year, event->date, 0), 0);
    if (err == 0)
        err = count(heads, &person, -1);
    person_entry_fold(&person, &new);
    if (err == 0)
        err = count(heads, &person, +1);
    return err != 0 ? err : derived_add(derived, DERIVED_PEOPLE, entry);
}

/* --- Counts ------------------------------------------------------------------ */

#define HEADS_KEY   10
#define HEADS_SIZE  (2 + 10 * SLOTS)

static void heads_key(uint32_t fund, int32_t year, date_day day, uint8_t key[HEADS_KEY])
{
    key_u32(key, fund);
    key_u16(key + 4, (uint16_t)year);
    key_i32(key + 6, day);
}

static bool take_heads(const uint8_t *v, size_t size, int64_t counts[SLOTS])
{
    memset(counts, 0, SLOTS * sizeof *counts);
    if (size < 2)
        return false;
    size_t at = 2;
    for (unsigned used = get_u16(v); used != 0; used &= used - 1) {
        uint64_t n;
        size_t read = get_varint(v + at, size - at, &n);
        if (read == 0)
            return false;
        counts[__builtin_ctz(used)] = unzigzag(n);
        at += read;
    }
    return at == size;
}

static size_t put_heads(const int64_t counts[SLOTS], uint8_t v[HEADS_SIZE])
{
    unsigned used = 0;
    size_t size = 2;
    for (unsigned i = 0; i < SLOTS; i++)
        if (counts[i] != 0) {
            used |= 1u << i;
            size += put_varint(v + size, zigzag(counts[i]));
        }
    put_u16(v, (uint16_t)used);
    return size;
}

/* Adds what changed on one day; the slot is in the lowest bits of a key. */
static void add_day(struct txn *txn, const struct tally_entry *changes, uint64_t count)
{
    uint8_t key[HEADS_KEY], v[HEADS_SIZE];
    const uint8_t *old;
    size_t size;
    int64_t counts[SLOTS] = {0};
    uint64_t day = changes->key >> 4;
    heads_key((uint32_t)(day >> 36), (int32_t)(day >> 28 & 0xff) + DATE_YEAR_MIN,
              (date_day)(day & 0xfffffff) - (1 << 27), key);
    if (txn_peek(txn, TABLE_HEADS, key, sizeof key, &old, &size) && !take_heads(old, size, counts))
        txn->err = -EILSEQ;
    for (uint64_t i = 0; i < count; i++)
        counts[changes[i].key & 0xf] += changes[i].sum;
    txn_put(txn, TABLE_HEADS, key, sizeof key, v, put_heads(counts, v));
}

void people_flush(struct txn *txn, struct tally *heads)
{
    const struct tally_entry *changes = tally_sort(heads);
    if (changes == NULL) {
        txn->err = -ENOMEM;
        return;
    }
    for (uint64_t begin = 0, end; begin < heads->count; begin = end) {
        for (end = begin + 1; end < heads->count && changes[end].key >> 4 == changes[begin].key >> 4;
             end++)
            continue;
        add_day(txn, changes + begin, end - begin);
    }
    tally_clear(heads);
}

/* Adds the registered and paid persons of a year as of a day.  False if no person of that year is known. */
static bool persons_at(struct txn *txn, uint32_t fund, int32_t year, date_day as_of,
                       int64_t *ret_registered, int64_t *ret_paid)
{
    uint8_t from[HEADS_KEY];
    int64_t sums[2] = {0}, counts[SLOTS];
    struct range range;
    bool known = false;
    heads_key(fund, year, INT32_MIN, from);
    range_begin(&range, txn, TABLE_HEADS, from, 6, from, sizeof from);
    while (range_next(&range) && unkey_i32(range.key + 6) <= as_of) {
        if (!take_heads(range.value, range.size, counts))
            txn->err = -EILSEQ;
        for (unsigned i = 0; i < SLOTS; i++)
            sums[i / SLOTS_GROUPS] += counts[i];
        known = true;
    }
    range_end(&range);
    *ret_registered += sums[0];
    *ret_paid += sums[1];
    return known;
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

/* A figure, and the day that it is of; HEADS_UNKNOWN if there is none. */
struct measure {
    int64_t heads;
    date_day date;
};

/* The newest figure of a fund itself that is not newer than `as_of`. */
static struct measure own_measure(struct txn *txn, uint32_t fund, uint8_t measure, int32_t year,
                                  uint8_t group, date_day as_of)
{
    uint8_t key[MEASURE_KEY];
    measure_key(fund, measure, year, group, as_of, key);
    struct range at;
    struct measure found = {HEADS_UNKNOWN, DATE_NONE};
    if (txn_at_or_below(txn, TABLE_MEASURES, key, sizeof key, 8, &at)) {
        if (at.size == MEASURE_SIZE)
            found = (struct measure){get_i64(at.value), unkey_i32(at.key + 8)};
        else
            txn->err = -EILSEQ;
    }
    range_end(&at);
    return found;
}

/* The day from which on a fund's own figure is one of all its parts. */
static date_day whole_from(const struct parts *parts)
{
    date_day from = parts->items[0].from;
    for (unsigned i = 1; i < parts->count; i++)
        from = parts->items[i].from > from ? parts->items[i].from : from;
    return from;
}

static void add_heads(struct txn *txn, int64_t *sum, int64_t heads)
{
    if (heads == HEADS_UNKNOWN)
        *sum = HEADS_UNKNOWN;
    else if (*sum != HEADS_UNKNOWN && __builtin_add_overflow(*sum, heads, sum))
        txn->err = -EILSEQ;
}

/* The figure of a fund and its parts: what the fund said of the whole since it has them, or else the sum of
 * what each said of itself, if all did. */
static int64_t measure_at(struct txn *txn, const struct parts *parts, uint8_t measure, int32_t year,
                          uint8_t group, date_day as_of)
{
    struct measure own = own_measure(txn, parts->items[0].fund, measure, year, group, as_of);
    if (parts->count == 1 || (own.heads != HEADS_UNKNOWN && own.date >= whole_from(parts)))
        return own.heads;
    int64_t sum = own.heads == HEADS_UNKNOWN && parts->is_new ? 0 : own.heads;
    for (unsigned i = 1; i < parts->count; i++)
        add_heads(txn, &sum, own_measure(txn, parts->items[i].fund, measure, year, group, as_of).heads);
    return sum;
}

/* A total if one was reported, else the sum of the groups. */
static int64_t reported(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of)
{
    int64_t total = measure_at(txn, parts, MEASURE_NONE, year, GROUP_NONE, as_of);
    if (total != HEADS_UNKNOWN)
        return total;
    for (uint8_t group = 1; group < GROUP_END; group++) {
        int64_t heads = measure_at(txn, parts, MEASURE_NONE, year, group, as_of);
        if (heads != HEADS_UNKNOWN)
            total = (total == HEADS_UNKNOWN ? 0 : total) + heads;
    }
    return total;
}

int64_t people_reported(struct txn *txn, const struct parts *parts, date_day as_of)
{
    return reported(txn, parts, date_year(as_of), as_of);
}

static int64_t reported_duplicates(struct txn *txn, const struct parts *parts, date_day day)
{
    int64_t sum = 0;
    for (uint8_t m = MEASURE_DUPLICATES_PROVINCE; m <= MEASURE_DUPLICATES_NATION; m++) {
        int64_t heads = measure_at(txn, parts, m, 0, 0, day);
        sum += heads == HEADS_UNKNOWN ? 0 : heads;
    }
    return sum;
}

void people_subsidy_heads(struct txn *txn, const struct parts *parts, date_day day, bool deduplicated,
                          struct subsidy_heads *ret)
{
    int32_t year = date_year(day);
    ret->total = reported(txn, parts, year, day);
    if (ret->total != HEADS_UNKNOWN && deduplicated)
        ret->total -= reported_duplicates(txn, parts, day);
    for (uint8_t group = 0; group < SUBSIDY_GROUPS_MAX; group++)
        ret->group[group] = group == GROUP_NONE || group >= GROUP_END
            ? HEADS_UNKNOWN : measure_at(txn, parts, MEASURE_NONE, year, group, day);
}

void people_subsidies(struct txn *txn, const struct parts *parts, const struct subsidy_rule *rule,
                      const struct subsidy_standard *standard, date_day as_of,
                      struct subsidy_state ret[SUBSIDY_LEVELS])
{
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due due[SUBSIDY_LEVELS];
    for (int i = 0; i < SUBSIDY_LEVELS; i++)
        people_subsidy_heads(txn, parts, standard->levels[i].heads_date,
                             standard->levels[i].base == SUBSIDY_HEADS_DEDUPLICATED, &heads[i]);
    subsidy_due(standard, heads, due);
    for (int i = 0; i < SUBSIDY_LEVELS; i++) {
        struct amount received =
            books_received(txn, parts, standard->year, (uint8_t)(CATEGORY_CENTRAL + i), as_of);
        ret[i] = (struct subsidy_state){
            .heads = heads[i].total,
            .due = due[i],
            .received = received,
            .arrears = subsidy_arrears(&standard->levels[i], due[i], received, rule->tolerance, as_of),
        };
    }
}

void people_headcount(struct txn *txn, const struct parts *parts, date_day as_of,
                      struct headcount *ret)
{
    int64_t registered = 0, paid = 0;
    bool persons = false;
    for (unsigned i = 0; i < parts->count; i++)
        persons |= persons_at(txn, parts->items[i].fund, date_year(as_of), as_of, &registered, &paid);
    *ret = (struct headcount){
        .paid = persons ? paid : HEADS_UNKNOWN,
        .registered = persons ? registered : HEADS_UNKNOWN,
        .reported = people_reported(txn, parts, as_of),
        .employees = measure_at(txn, parts, MEASURE_EMPLOYEES, 0, 0, as_of),
        .resident = measure_at(txn, parts, MEASURE_RESIDENT, 0, 0, as_of),
        .registered_population = measure_at(txn, parts, MEASURE_REGISTERED, 0, 0, as_of),
        .last_year = measure_at(txn, parts, MEASURE_LAST_YEAR, 0, 0, as_of),
    };
}
