#include "store/people.h"

#include <errno.h>
#include <stdlib.h>

#include "store/books.h"
#include "store/bytes.h"
#include "store/derivations.h"
#include "store/event_record.h"
#include "store/group.h"
#include "store/parts.h"
#include "store/row.h"

/* --- Persons ----------------------------------------------------------------- */

bool people_counts(const struct event *event)
{
    return event_has(event, FIELD_PERSON)
        && (event->kind == KIND_ENROLLMENT || event->kind == KIND_CONTRIBUTION);
}

void people_entry(uint32_t fund, const struct event *event, date_day day, int sign,
                  uint8_t entry[PERSON_ENTRY])
{
    struct person_entry person = {.year = (uint16_t)event->year, .fund = fund, .day = day};
    struct person_said *said = event->derived ? &person.derived : &person.stated;
    memcpy(person.person, event->person, PERSON_SIZE);
    if (event->kind == KIND_ENROLLMENT) {
        said->status = event->status;
        said->group = event->group;
    } else {
        said->fees = sign;
    }
    person_entry_put(&person, entry);
}

/* Of the counts that a group gathers: fund, year, day, slot. */
static uint64_t count_key(uint32_t fund, int32_t year, date_day day, unsigned slot)
{
    return (uint64_t)fund << 40 | (uint64_t)(year - DATE_YEAR_MIN) << 32
         | (uint64_t)(day + (1 << 23)) << 8 | slot;
}
static_assert(DATE_YEAR_MAX - DATE_YEAR_MIN < 256, "a year has eight bits of the key");

/* --- What one event changes ---------------------------------------------------- */

void people_work_free(struct people_work *work)
{
    free(work->days);
    free(work->states);
    *work = (struct people_work){0};
}

static int make_room(struct people_work *work, uint64_t count)
{
    if (count <= work->room)
        return 0;
    people_work_free(work);
    work->days = malloc(2 * count * sizeof *work->days);
    work->states = malloc(2 * count * sizeof *work->states);
    if (work->days == NULL || work->states == NULL)
        return -ENOMEM;
    work->room = 2 * count;
    return 0;
}

/* A person's year while an event is added to it. */
struct counting {
    struct store *store;
    struct group_fund *fund;    /* the event's */
    bool alone;                 /* no other fund knows him */
    int32_t year;
    int sign;                   /* -1: what stood before is taken out */
    bool stated;                /* without what is derived */
    int err;
};

/* In the store's tally the derived part of a slot stands behind the slots. */
#define DERIVED_SLOT 0x80
static_assert(INSURED_SLOTS <= DERIVED_SLOT, "the parts have slots of their own");

/* A fund that loses or wins a person by what happened in another one is to be judged, too. */
static void count_change(void *arg, uint32_t number, date_day day, unsigned slot, int by)
{
    struct counting *c = arg;
    if (number != c->fund->record.number) {
        struct group_fund *other = group_fund_by_number(c->store, number);
        if (other != NULL) {
            other->moved = true;
            group_move_wholes(c->store, other);
        }
    }
    int err = tally_add(&c->store->heads, count_key(number, c->year, day, slot), c->sign * by);
    if (err != 0)
        c->err = err;
}

/* What of the counts is derived; rules do not look at it. */
static void count_part(void *arg, uint32_t number, date_day day, unsigned slot, int by)
{
    struct counting *c = arg;
    int err = tally_add(&c->store->heads, count_key(number, c->year, day, slot | DERIVED_SLOT), c->sign * by);
    if (err != 0)
        c->err = err;
}

/* Of who is enrolled in a fund by derived events alone nothing is stated there: not who he is. */
static bool is_stated(const struct entry_list *found, uint32_t fund)
{
    bool stated = false, derived = false;
    for (uint64_t i = 0; i < found->count; i++) {
        struct person_entry person = person_entry_of(found->entries + i * PERSON_ENTRY);
        if (person.fund != fund)
            continue;
        stated |= person.stated.status != STATUS_NONE;
        derived |= person.derived.status != STATUS_NONE;
    }
    return stated || !derived;
}

/* A day as insured_walk() wants it.  What a fund is called matters only beside others. */
static int day_of(struct counting *c, const uint8_t *entry, struct insured_day *ret)
{
    struct person_entry person = person_entry_of(entry);
    struct group_fund *fund = c->alone ? c->fund : group_fund_by_number(c->store, person.fund);
    struct person_said said = person_said(&person);
    if (fund == NULL)
        return c->store->txn.err != 0 ? c->store->txn.err : -EILSEQ;
    if (c->stated)
        said = is_stated(&c->store->derived.found, person.fund) ? person.stated : (struct person_said){0};
    *ret = (struct insured_day){
        .fund = fund->fund,
        .number = person.fund,
        .day = person.day,
        .status = said.status,
        .group = said.group,
        .fees = said.fees,
    };
    return 0;
}

/* Adds (sign +1) or takes out what the entries found come to, from a day on. */
static int walk(struct counting *c, date_day from, int sign, insured_change *change)
{
    struct people_work *work = &c->store->people;
    const struct entry_list *found = &c->store->derived.found;
    int err = make_room(work, found->count);
    for (uint64_t i = 0; i < found->count && err == 0; i++)
        err = day_of(c, found->entries + i * PERSON_ENTRY, &work->days[i]);
    if (err != 0)
        return err;
    c->sign = sign;
    insured_walk(work->days, found->count, from, work->states, change, c);
    return c->err;
}

/* In the counts and, where something of him is derived, in their derived parts: what he comes to, less what
 * he would without.  A stated enrolment decides also for the days before it, so these are walked from the
 * first. */
static int count_entries(struct counting *c, date_day from, int sign, bool derived)
{
    c->stated = false;
    int err = walk(c, from, sign, count_change);
    if (err != 0 || !derived)
        return err;
    err = walk(c, INT32_MIN, sign, count_part);
    c->stated = true;
    return err != 0 ? err : walk(c, INT32_MIN, -sign, count_part);
}

static bool has_derived(const struct entry_list *found)
{
    bool derived = false;
    for (uint64_t i = 0; i < found->count; i++) {
        struct person_entry person = person_entry_of(found->entries + i * PERSON_ENTRY);
        derived |= person.derived.status != STATUS_NONE || person.derived.fees != 0;
    }
    return derived;
}

static bool is_alone(const struct entry_list *found, uint32_t fund)
{
    for (uint64_t i = 0; i < found->count; i++)
        if (person_entry_of(found->entries + i * PERSON_ENTRY).fund != fund)
            return false;
    return true;
}

int people_apply(struct store *store, struct group_fund *fund, const struct event *event,
                 date_day day, int sign)
{
    struct derived *derived = &store->derived;
    struct entry_list *found = &derived->found;
    uint8_t entry[PERSON_ENTRY];
    people_entry(fund->record.number, event, day, sign, entry);
    int err = derived_find(derived, DERIVED_PEOPLE, entry);
    if (err != 0)
        return err;
    struct counting c = {
        .store = store,
        .fund = fund,
        .alone = is_alone(found, fund->record.number),
        .year = event->year,
    };
    bool parts = event->derived || has_derived(found);
    /* The day has a row, also of zeros: somebody was heard of, in whatever order. */
    err = tally_add(&store->heads, count_key(fund->record.number, c.year, day, 0), 0);
    if (err == 0)
        err = count_entries(&c, day, -1, parts);
    if (err == 0)
        err = derived_add_found(derived, DERIVED_PEOPLE, entry);
    if (err == 0)
        err = count_entries(&c, day, +1, parts);
    return err != 0 ? err : derived_add(derived, DERIVED_PEOPLE, entry);
}

/* --- Counts ------------------------------------------------------------------ */

#define HEADS_KEY   10
#define HEADS_SIZE  (4 + 10 * INSURED_SLOTS)

static void heads_key(uint32_t fund, int32_t year, date_day day, uint8_t key[HEADS_KEY])
{
    key_u32(key, fund);
    key_u16(key + 4, (uint16_t)year);
    key_i32(key + 6, day);
}

static bool take_heads(const uint8_t *v, size_t size, int64_t counts[INSURED_SLOTS])
{
    memset(counts, 0, INSURED_SLOTS * sizeof *counts);
    static const enum row_number change[] = {ROW_PERSONS};
    if (size < 4 || get_u32(v) >> INSURED_SLOTS != 0)
        return false;
    size_t at = 4;
    for (unsigned used = get_u32(v); used != 0; used &= used - 1) {
        size_t read = row_take(v + at, size - at, change, 1, &counts[__builtin_ctz(used)]);
        if (read == 0)
            return false;
        at += read;
    }
    return at == size;
}

static size_t put_heads(const int64_t counts[INSURED_SLOTS], uint8_t v[HEADS_SIZE])
{
    unsigned used = 0;
    size_t size = 4;
    for (unsigned i = 0; i < INSURED_SLOTS; i++)
        if (counts[i] != 0) {
            used |= 1u << i;
            size += put_varint(v + size, zigzag(counts[i]));
        }
    put_u32(v, used);
    return size;
}

bool people_take_counts(const uint8_t *value, size_t size, int64_t ret[INSURED_SLOTS])
{
    return take_heads(value, size, ret);
}

int people_add_counts(struct store *store, uint32_t fund, int32_t year, date_day day,
                      const int64_t changes[INSURED_SLOTS])
{
    /* The first slot also if it is 0: the day has a row. */
    int err = 0;
    for (unsigned slot = 0; slot < INSURED_SLOTS && err == 0; slot++)
        if (slot == 0 || changes[slot] != 0)
            err = tally_add(&store->heads, count_key(fund, year, day, slot), changes[slot]);
    return err;
}

/* Adds what changed on one day; the slot is in the lowest byte of a key, and derived parts stand last. */
static void add_day(struct txn *txn, const struct tally_entry *changes, uint64_t count)
{
    uint8_t key[HEADS_KEY], v[HEADS_SIZE];
    const uint8_t *old;
    size_t size;
    int64_t counts[INSURED_SLOTS] = {0};
    uint64_t of_day = changes->key >> 8, i;
    uint32_t fund = (uint32_t)(of_day >> 32);
    int32_t year = (int32_t)(of_day >> 24 & 0xff) + DATE_YEAR_MIN;
    date_day day = (date_day)(of_day & 0xffffff) - (1 << 23);
    heads_key(fund, year, day, key);
    if (txn_peek(txn, TABLE_HEADS, key, sizeof key, &old, &size) && !take_heads(old, size, counts))
        txn->err = -EILSEQ;
    for (i = 0; i < count && (changes[i].key & DERIVED_SLOT) == 0; i++)
        counts[changes[i].key & 0xff] += changes[i].sum;
    if (i > 0)
        txn_put(txn, TABLE_HEADS, key, sizeof key, v, put_heads(counts, v));
    for (; i < count; i++)
        derivations_add_persons(txn, fund, year, day, changes[i].key & (DERIVED_SLOT - 1), changes[i].sum);
}

void people_flush(struct txn *txn, struct tally *heads)
{
    const struct tally_entry *changes = tally_sort(heads);
    if (changes == NULL) {
        txn->err = -ENOMEM;
        return;
    }
    for (uint64_t begin = 0, end; begin < heads->count; begin = end) {
        for (end = begin + 1; end < heads->count && changes[end].key >> 8 == changes[begin].key >> 8;
             end++)
            continue;
        add_day(txn, changes + begin, end - begin);
    }
    tally_clear(heads);
}

static bool has_any(const int64_t counts[INSURED_SLOTS], enum insured_slot from)
{
    for (unsigned group = 0; group < INSURED_GROUPS; group++)
        if (counts[from + group] != 0)
            return true;
    return false;
}

/* Adds the counts of a year as of a day. */
static void add_counts(struct txn *txn, uint32_t fund, int32_t year, date_day as_of, struct people_count *sum)
{
    uint8_t from[HEADS_KEY];
    int64_t counts[INSURED_SLOTS];
    struct range range;
    heads_key(fund, year, INT32_MIN, from);
    range_begin(&range, txn, TABLE_HEADS, from, 6, from, sizeof from);
    while (range_next(&range) && unkey_i32(range.key + 6) <= as_of) {
        if (!take_heads(range.value, range.size, counts))
            txn->err = -EILSEQ;
        for (unsigned i = 0; i < INSURED_SLOTS; i++)
            sum->slots[i] += counts[i];
        sum->registered |= has_any(counts, INSURED_REGISTERED);
        sum->paid |= has_any(counts, INSURED_PAID);
    }
    range_end(&range);
}

struct people_count people_counts_at(struct txn *txn, const struct parts *parts, int32_t year,
                                     date_day as_of)
{
    struct people_count sum = {.registered = false};
    for (unsigned i = 0; i < parts->count; i++)
        add_counts(txn, parts->items[i].fund, year, as_of, &sum);
    return sum;
}

static int64_t sum_of_groups(const int64_t counts[INSURED_SLOTS], enum insured_slot from)
{
    int64_t sum = 0;
    for (unsigned group = 0; group < INSURED_GROUPS; group++)
        sum += counts[from + group];
    return sum;
}

/* --- Measures: populations, and enrolment reported as a count (measure 0) ------ */

#define MEASURE_KEY  12

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
    uint8_t key[MEASURE_KEY], v[PEOPLE_MEASURE_SIZE];
    bool reported = event->kind == KIND_ENROLLMENT;
    measure_key(fund, reported ? MEASURE_NONE : event->measure, reported ? event->year : 0,
                event->group, event->date, key);
    if (txn_get(txn, TABLE_MEASURES, key, sizeof key, v, sizeof v)
        && !gives_way(journal, txn, v, event))
        return;
    put_i64(v, event->heads);
    put_u64(v + 8, position);
    v[16] = event->derived;
    txn_put(txn, TABLE_MEASURES, key, sizeof key, v, sizeof v);
}

/* A figure, the days that it is of, or its parts are, and whether it or a part of it is derived. Whether
 * there is one stands beside it: a difference may have any value. */
struct measure {
    bool known;
    int64_t heads;
    date_day date, newest;      /* the oldest; DATE_NONE */
    bool derived;
};
#define NO_MEASURE ((struct measure){false, 0, DATE_NONE, DATE_NONE, false})

/* For who is told of it: a count, or HEADS_UNKNOWN. */
static int64_t heads_of(struct measure measure)
{
    return measure.known ? measure.heads : HEADS_UNKNOWN;
}

/* The newest figure of a fund itself that is dated from..as_of. */
static struct measure own_measure(struct txn *txn, uint32_t fund, uint8_t measure, int32_t year,
                                  uint8_t group, date_day from, date_day as_of)
{
    uint8_t key[MEASURE_KEY];
    measure_key(fund, measure, year, group, as_of, key);
    struct range at;
    struct measure found = NO_MEASURE;
    if (txn_at_or_below(txn, TABLE_MEASURES, key, sizeof key, 8, &at)) {
        date_day date = unkey_i32(at.key + 8);
        if (at.size != PEOPLE_MEASURE_SIZE)
            txn->err = -EILSEQ;
        else if (date >= from)
            found = (struct measure){true, get_i64(at.value), date, date, at.value[16] != 0};
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

static void add_days(struct measure *sum, struct measure measure)
{
    if (measure.date != DATE_NONE && (sum->date == DATE_NONE || measure.date < sum->date))
        sum->date = measure.date;
    if (measure.newest > sum->newest)
        sum->newest = measure.newest;
}

/* A sum with something unknown in it is unknown. */
static void add_heads(struct txn *txn, struct measure *sum, struct measure measure)
{
    add_days(sum, measure);
    sum->derived |= measure.derived;
    sum->known &= measure.known;
    if (sum->known && __builtin_add_overflow(sum->heads, measure.heads, &sum->heads))
        txn->err = -EILSEQ;
}

/* Of what nobody said there is nothing to add. */
static void add_if_known(struct measure *sum, struct measure measure)
{
    if (!measure.known)
        return;
    add_days(sum, measure);
    sum->heads = (sum->known ? sum->heads : 0) + measure.heads;
    sum->known = true;
    sum->derived |= measure.derived;
}

/* The figure of a fund and its parts, dated from..as_of: what the fund said of the whole since it has them,
 * or else the sum of what each said of itself, if all did. */
static struct measure measure_from(struct txn *txn, const struct parts *parts, uint8_t measure, int32_t year,
                                   uint8_t group, date_day from, date_day as_of)
{
    struct measure own = own_measure(txn, parts->items[0].fund, measure, year, group, from, as_of);
    if (parts->count == 1 || (own.known && own.date >= whole_from(parts)))
        return own;
    struct measure sum = own;
    if (!own.known && parts->is_new)
        sum.known = true;
    for (unsigned i = 1; i < parts->count; i++)
        add_heads(txn, &sum, own_measure(txn, parts->items[i].fund, measure, year, group, from, as_of));
    return sum;
}

static struct measure measure_at(struct txn *txn, const struct parts *parts, uint8_t measure, int32_t year,
                                 uint8_t group, date_day as_of)
{
    return measure_from(txn, parts, measure, year, group, INT32_MIN, as_of);
}

/* The insured of a year as reported by a day: the total, and the sum of the groups. */
struct reports {
    struct measure total, groups;
    struct counted counted;
};

static void add_group(struct reports *reports, uint8_t group, struct measure measure)
{
    if (!measure.known)
        reports->counted.lacks_group |= measure.newest != DATE_NONE;
    else
        reports->counted.has_ordinary |= group == GROUP_ORDINARY;
    add_if_known(&reports->groups, measure);
}

static struct reports read_reports(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of)
{
    struct reports reports = {.groups = NO_MEASURE, .counted = counted_nothing()};
    reports.total = measure_at(txn, parts, MEASURE_NONE, year, GROUP_NONE, as_of);
    for (uint8_t group = 1; group < GROUP_END; group++)
        add_group(&reports, group, measure_at(txn, parts, MEASURE_NONE, year, group, as_of));
    reports.counted.total = heads_of(reports.total);
    if (reports.total.known)
        reports.counted.total_date = reports.total.newest;
    reports.counted.groups = heads_of(reports.groups);
    reports.counted.oldest = reports.groups.date;
    reports.counted.newest = reports.groups.newest;
    return reports;
}

static struct measure reported(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of)
{
    struct reports reports = read_reports(txn, parts, year, as_of);
    return counted_by_groups(&reports.counted) ? reports.groups : reports.total;
}

struct counted people_counted(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of)
{
    return read_reports(txn, parts, year, as_of).counted;
}

/* Of duplicates: who reported none has none, so the sum of what was said is enough. */
static struct measure duplicates_within(struct txn *txn, const struct parts *parts, uint8_t measure,
                                        date_day from, date_day as_of)
{
    struct measure own = own_measure(txn, parts->items[0].fund, measure, 0, 0, from, as_of);
    struct measure sum = own;
    if (parts->count > 1 && own.known && own.date >= whole_from(parts))
        return sum;
    for (unsigned i = 1; i < parts->count; i++)
        add_if_known(&sum, own_measure(txn, parts->items[i].fund, measure, 0, 0, from, as_of));
    return sum;
}

/* Those reported from outside by a day, of a year: last year's say nothing of this year's insured. */
static struct measure reported_duplicates(struct txn *txn, const struct parts *parts, int32_t year,
                                          date_day day)
{
    struct measure sum = NO_MEASURE;
    date_day from = date_month_first(year * 12);
    for (uint8_t m = MEASURE_DUPLICATES_PROVINCE; m <= MEASURE_DUPLICATES_NATION && from <= day; m++)
        add_if_known(&sum, duplicates_within(txn, parts, m, from, day));
    return sum;
}

/* What is dated later is not known on a day. */
static date_day earlier(date_day a, date_day b)
{
    return a < b ? a : b;
}

void people_duplicates(struct txn *txn, const struct parts *parts, date_day day, date_day as_of,
                       int64_t *ret_province, int64_t *ret_nation)
{
    date_day from = date_month_first(date_year(day) * 12), last = earlier(day, as_of);
    *ret_province = *ret_nation = HEADS_UNKNOWN;
    if (from > last)
        return;
    *ret_province = heads_of(duplicates_within(txn, parts, MEASURE_DUPLICATES_PROVINCE, from, last));
    *ret_nation = heads_of(duplicates_within(txn, parts, MEASURE_DUPLICATES_NATION, from, last));
}

/* Duplicates that nobody reported take nothing off.  More of them than there are heads is no headcount. */
static void take_off(struct measure *total, struct measure duplicates)
{
    if (!total->known || !duplicates.known)
        return;
    total->known = total->heads >= duplicates.heads;
    total->heads -= duplicates.heads;
    total->derived |= duplicates.derived;
}

void people_subsidy_heads(struct txn *txn, const struct parts *parts, date_day heads_date, date_day as_of,
                          bool deduplicated, struct subsidy_heads *ret)
{
    int32_t year = date_year(heads_date);
    date_day day = earlier(heads_date, as_of);
    struct measure total = reported(txn, parts, year, day);
    if (deduplicated)
        take_off(&total, reported_duplicates(txn, parts, year, day));
    ret->derived = 0;
    ret->total = heads_of(total);
    for (uint8_t group = 0; group < SUBSIDY_GROUPS_MAX; group++) {
        struct measure measure = group == GROUP_NONE || group >= GROUP_END
            ? NO_MEASURE : measure_at(txn, parts, MEASURE_NONE, year, group, day);
        ret->group[group] = heads_of(measure);
        ret->derived |= (uint16_t)(measure.derived << group);
    }
    ret->derived |= (uint16_t)(total.derived << SUBSIDY_TOTAL_BIT);
}

/* Whether any money of the fund or a part is reported that is dated by then, an opening balance among it. */
static bool any_money(struct txn *txn, const struct parts *parts, date_day as_of)
{
    for (unsigned i = 0; i < parts->count; i++) {
        struct fund ignored;
        struct fund_record record;
        if (!books_fund_by_number(txn, parts->items[i].fund, &ignored, &record)) {
            txn->err = txn->err != 0 ? txn->err : -EILSEQ;
            return false;
        }
        if ((record.has_opening && record.opening_date <= as_of)
            || (record.first_money != DATE_NONE && record.first_money <= as_of))
            return true;
    }
    return false;
}

/* What is owed but nobody knows what of it has come. */
static struct subsidy_arrears without_money(struct subsidy_arrears arrears)
{
    enum subsidy_known known = arrears.known == SUBSIDY_KNOWN ? SUBSIDY_NO_MONEY : arrears.known;
    return (struct subsidy_arrears){.known = known, .begun = arrears.begun, .oldest = DATE_NONE};
}

void people_subsidies(struct txn *txn, const struct parts *parts, const struct subsidy_rule *rule,
                      const struct subsidy_standard *standard, date_day as_of,
                      struct subsidy_state ret[SUBSIDY_LEVELS])
{
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due due[SUBSIDY_LEVELS];
    for (int i = 0; i < SUBSIDY_LEVELS; i++)
        people_subsidy_heads(txn, parts, standard->levels[i].heads_date, as_of,
                             standard->levels[i].base == SUBSIDY_HEADS_DEDUPLICATED, &heads[i]);
    subsidy_due(standard, heads, due);
    bool has_money = any_money(txn, parts, as_of);
    for (int i = 0; i < SUBSIDY_LEVELS; i++) {
        struct amount received =
            books_received(txn, parts, standard->year, (uint8_t)(CATEGORY_CENTRAL + i), as_of);
        ret[i] = (struct subsidy_state){
            .heads = heads[i].total,
            .heads_derived = heads[i].derived >> SUBSIDY_TOTAL_BIT & 1,
            .due = due[i],
            .due_derived = subsidy_is_derived(standard, i, heads),
            .received = received,
            .arrears = subsidy_arrears(&standard->levels[i], due[i], received, rule->tolerance, as_of),
        };
        memcpy(ret[i].group, heads[i].group, sizeof ret[i].group);
        if (!has_money)
            ret[i].arrears = without_money(ret[i].arrears);
    }
}

static void take_persons(const struct people_count *count, struct headcount *ret)
{
    if (count->registered)
        ret->registered = sum_of_groups(count->slots, INSURED_REGISTERED);
    if (!count->paid)
        return;
    ret->paid = sum_of_groups(count->slots, INSURED_PAID);
    ret->left = count->slots[INSURED_LEFT];
    ret->doubled = count->slots[INSURED_DOUBLED];
    ret->elsewhere = count->slots[INSURED_ELSEWHERE];
}

/* The insured of a year by a day. */
static void insured_of(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of,
                       struct headcount *heads)
{
    struct people_count persons = people_counts_at(txn, parts, year, as_of);
    struct measure total = reported(txn, parts, year, as_of);
    heads->reported = heads_of(total);
    heads->derived |= total.derived ? HEADS_BIT(REPORTED) : 0;
    take_persons(&persons, heads);
    headcount_once(heads);
    if ((heads->derived & (HEADS_BIT(REPORTED) | HEADS_BIT(DUPLICATES))) != 0)
        heads->derived |= HEADS_BIT(REPORTED_ONCE);
    if ((heads->derived & HEADS_BIT(DUPLICATES)) != 0)
        heads->derived |= HEADS_BIT(PAID_ONCE);
}

static void put_figure(struct headcount *heads, int64_t *figure, uint32_t bit, struct measure measure)
{
    *figure = heads_of(measure);
    heads->derived |= measure.derived ? bit : 0;
}

static date_day end_of_year(int32_t year)
{
    return date_month_first((year + 1) * 12) - 1;
}

void people_headcount_of(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of,
                         struct headcount *ret)
{
    struct headcount heads = headcount_unknown();
    put_figure(&heads, &heads.employees, HEADS_BIT(EMPLOYEES),
               measure_at(txn, parts, MEASURE_EMPLOYEES, 0, 0, as_of));
    put_figure(&heads, &heads.resident, HEADS_BIT(RESIDENT),
               measure_at(txn, parts, MEASURE_RESIDENT, 0, 0, as_of));
    put_figure(&heads, &heads.registered_population, HEADS_BIT(REGISTERED_POPULATION),
               measure_at(txn, parts, MEASURE_REGISTERED, 0, 0, as_of));
    put_figure(&heads, &heads.last_year, HEADS_BIT(LAST_YEAR),
               measure_from(txn, parts, MEASURE_LAST_YEAR, 0, 0, end_of_year(year - 1), as_of));
    put_figure(&heads, &heads.duplicates, HEADS_BIT(DUPLICATES),
               reported_duplicates(txn, parts, year, as_of));
    insured_of(txn, parts, year, as_of, &heads);
    *ret = heads;
}

void people_headcount(struct txn *txn, const struct parts *parts, date_day as_of, struct headcount *ret)
{
    people_headcount_of(txn, parts, date_year(as_of), as_of, ret);
}

void people_year_before(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of,
                        struct headcount *heads)
{
    struct headcount before;
    people_headcount_of(txn, parts, year - 1, earlier(end_of_year(year - 1), as_of), &before);
    for (int numerator = NUMERATOR_PAID; numerator <= NUMERATOR_LAST; numerator++) {
        heads->year_before[numerator] = headcount_of(&before, numerator);
        if (headcount_is_derived(&before, numerator))
            heads->derived |= HEADS_YEAR_BEFORE(numerator);
    }
}

struct headcount people_insured(struct txn *txn, const struct parts *parts, int32_t year, date_day as_of)
{
    struct headcount heads = headcount_unknown();
    insured_of(txn, parts, year, as_of, &heads);
    return heads;
}

void people_loss(struct txn *txn, const struct parts *parts, date_day as_of, struct headcount *ret_last_year,
                 struct headcount *ret_now)
{
    date_day a_year_ago = date_months_before(as_of, 12);
    *ret_last_year = people_insured(txn, parts, date_year(a_year_ago), a_year_ago);
    *ret_now = people_insured(txn, parts, date_year(as_of), as_of);
}

void people_pace(struct txn *txn, const struct parts *parts, const struct pace_rule *rule, date_day as_of,
                 int64_t *ret_a_year_ago, int64_t *ret_now)
{
    int32_t year = date_year(as_of);
    enum coverage_numerator numerator = rule->numerator;
    struct headcount before = people_insured(txn, parts, year, date_months_before(as_of, 12));
    struct headcount coming = people_insured(txn, parts, year + 1, as_of);
    bool by_person = numerator != NUMERATOR_REPORTED && numerator != NUMERATOR_REPORTED_ONCE;
    *ret_a_year_ago = headcount_of(&before, numerator);
    *ret_now = headcount_of(&coming, numerator);
    if (by_person && *ret_a_year_ago != HEADS_UNKNOWN && *ret_now == HEADS_UNKNOWN)
        *ret_now = 0;
}
