/* A line of the case is a stream: so many items, divided over the months by the
 * season, and within a month evenly over its days.  The money of a month is
 * divided over its bills by their sizes; the sizes are numbers that can be made
 * again, so a month is passed twice, once for their sum and once for the bills. */
#include "producers/replay_people.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fund/date.h"
#include "fund/ratio.h"
#include "producers/replay_share.h"
#include "wire/hash.h"

#define STREAMS_MAX (2 + REPLAY_BILLS_MAX)
#define ID_DIGITS   9
static_assert(REPLAY_ITEMS_MAX < 1000000000, "an item's number has nine digits");

/* Streams of random numbers: two for each line of bills. */
enum { RANDOM_SIZE = 1, RANDOM_PERSON = 2, RANDOM_PER_LINE = 2 };

/* What every event of a stream has in common, and where its id gets its digits. */
struct mould {
    struct event event;
    unsigned digits_at;
};

struct stream {
    int64_t counts[REPLAY_MONTHS];
    int64_t totals[REPLAY_MONTHS];      /* fen; only of bills */
    unsigned month;                     /* 0 to REPLAY_MONTHS; the latter: over */
    int64_t done;                       /* items of this month */
    int64_t index;                      /* of the next item in the year, from 0 */
    uint64_t sizes_before, sizes;       /* of this month's bills: made, and all */
    struct mould mould;
    const struct replay_bills *bills;   /* NULL: enrolments or fees */
    unsigned line;                      /* of the bills, from 0 */
};

struct replay_people {
    const struct replay_case *c;
    const struct person_keys *keys;
    uint64_t seed;
    date_month first_month;
    int64_t enrolled_by[REPLAY_MONTHS]; /* persons enrolled in this month or before */
    uint64_t hospital_weights;
    char institutions[REPLAY_HOSPITALS_MAX][REPLAY_INSTITUTION_SIZE + 1];
    unsigned stream_count, current;
    struct stream streams[STREAMS_MAX];
};

void replay_people_demo_key(uint64_t seed, struct person_keys *ret)
{
    struct person_key key = {.number = 1};
    date_from_civil(DATE_YEAR_MIN, 1, 1, &key.from);
    for (unsigned half = 0; half < PERSON_KEY_SIZE / 16; half++) {
        uint64_t text[3] = {UINT64_C(0x6b65792d6f662d61), seed, half};
        hash_digest(text, sizeof text, key.key + half * 16);
    }
    ret->count = 1;
    ret->keys[0] = key;
}

/* A few large hospitals and many small ones. */
static uint64_t hospital_weight(unsigned hospital)
{
    return 10000 / (hospital + 1);
}

static unsigned hospital_of(const struct replay_people *people, uint64_t random)
{
    uint64_t left = random % people->hospital_weights;
    unsigned hospital = 0;
    while (left >= hospital_weight(hospital))
        left -= hospital_weight(hospital++);
    return hospital;
}

static void put_digits(char *to, int64_t number)
{
    for (unsigned i = ID_DIGITS; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
}

/* "fee.130207.390.2024.", room for the digits, and ".2" in the second round. */
static void mould_id(struct mould *mould, const char *what, int year, unsigned round)
{
    char suffix[16] = "";
    if (round > 1)
        snprintf(suffix, sizeof suffix, ".%u", round);
    struct fund fund = mould->event.fund;
    int head = snprintf(mould->event.id, sizeof mould->event.id, "%s.%u.%u.%d.", what,
                        (unsigned)fund.place, (unsigned)fund.scheme, year);
    assert(head > 0 && (unsigned)head + ID_DIGITS + strlen(suffix) <= EVENT_ID_MAX);
    mould->digits_at = (unsigned)head;
    put_digits(mould->event.id + head, 0);
    strcpy(mould->event.id + head + ID_DIGITS, suffix);
    mould->event.id_size = (uint8_t)strlen(mould->event.id);
}

#define BIT(NAME) (UINT32_C(1) << FIELD_##NAME)
#define BITS_ALWAYS (BIT(ID) | BIT(KIND) | BIT(FUND) | BIT(DATE))
#define BITS_PERSON (BIT(PERSON) | BIT(PERSON_KEY))

static void spread_counts(struct stream *s, int64_t count, const struct replay_season *season)
{
    for (unsigned m = 0; m < REPLAY_MONTHS; m++)
        s->counts[m] = replay_share_of(count, season->weights, REPLAY_MONTHS, m);
}

/* One fen for each bill, and the rest by the season among months that have bills. */
static void spread_totals(struct stream *s, const struct replay_bills *bills)
{
    struct replay_season season = bills->season;
    for (unsigned m = 0; m < REPLAY_MONTHS; m++)
        if (s->counts[m] == 0)
            season.weights[m] = 0;
    int64_t rest = bills->total.fen - bills->count;
    for (unsigned m = 0; m < REPLAY_MONTHS; m++)
        s->totals[m] = s->counts[m] +
                       replay_share_of(rest, season.weights, REPLAY_MONTHS, m);
}

static void open_enrolments(struct replay_people *people, struct stream *s, unsigned round)
{
    const struct replay_case *c = people->c;
    spread_counts(s, c->people.count, &c->people.season);
    int64_t enrolled = 0;
    for (unsigned m = 0; m < REPLAY_MONTHS; m++)
        people->enrolled_by[m] = enrolled += s->counts[m];
    s->mould.event = (struct event){
        .present = BITS_ALWAYS | BITS_PERSON | BIT(YEAR) | BIT(STATUS)
                 | (c->people.derived ? BIT(DERIVED) : 0),
        .kind = KIND_ENROLLMENT, .fund = c->fund, .year = c->year, .status = STATUS_NORMAL,
        .derived = c->people.derived,
    };
    mould_id(&s->mould, "enrollment", c->year, round);
}

static void open_fees(struct replay_people *people, struct stream *s, unsigned round)
{
    const struct replay_case *c = people->c;
    spread_counts(s, c->people.count, &c->people.season);
    unsigned last = REPLAY_MONTHS - 1;
    while (s->counts[last] == 0)
        last--;
    if (c->people.total.fen > c->people.count * c->people.fee.fen)
        s->counts[last]++;
    s->mould.event = (struct event){
        .present = BITS_ALWAYS | BITS_PERSON | BIT(YEAR) | BIT(AMOUNT) | BIT(CATEGORY),
        .kind = KIND_CONTRIBUTION, .fund = c->fund, .year = c->year,
        .category = CATEGORY_PERSONAL, .amount = c->people.fee,
    };
    mould_id(&s->mould, "fee", c->year, round);
}

static void open_bills(struct replay_people *people, struct stream *s, unsigned line,
                       unsigned round)
{
    const struct replay_case *c = people->c;
    s->bills = &c->bills[line];
    s->line = line;
    spread_counts(s, s->bills->count, &s->bills->season);
    spread_totals(s, s->bills);
    s->mould.event = (struct event){
        .present = BITS_ALWAYS | BITS_PERSON | BIT(AMOUNT) | BIT(CATEGORY) | BIT(INSTITUTION) |
                   (s->bills->in_policy_e4 > 0 ? BIT(IN_POLICY) : 0),
        .kind = KIND_SETTLEMENT, .fund = c->fund, .category = (uint8_t)s->bills->category,
        .institution_size = REPLAY_INSTITUTION_SIZE,
    };
    mould_id(&s->mould, event_category_word(s->bills->category), c->year, round);
}

static uint64_t bill_random(const struct replay_people *people, const struct stream *s,
                            unsigned what, int64_t index)
{
    return replay_random(people->seed, s->line * RANDOM_PER_LINE + what, (uint64_t)index);
}

static uint32_t bill_size(const struct stream *s, uint64_t random)
{
    return s->bills->even ? 1 : replay_size(random);
}

/* Goes to the next month that has items, and adds up its sizes. */
static void stream_settle(const struct replay_people *people, struct stream *s)
{
    while (s->month < REPLAY_MONTHS && s->done == s->counts[s->month]) {
        s->month++;
        s->done = 0;
    }
    s->sizes_before = s->sizes = 0;
    if (s->bills == NULL || s->month == REPLAY_MONTHS)
        return;
    for (int64_t i = 0; i < s->counts[s->month]; i++)
        s->sizes += bill_size(s, bill_random(people, s, RANDOM_SIZE, s->index + i));
}

int replay_people_open(const struct replay_case *c, uint64_t seed, const struct person_keys *keys,
                       unsigned round, struct replay_people **ret)
{
    assert(c->people.count > 0);
    assert(round > 0);

    date_day first;
    if (!date_from_civil(c->year, 1, 1, &first) || person_keys_for(keys, first) == NULL)
        return -ENOENT;
    for (unsigned i = 0; i < keys->count; i++) {
        if (keys->keys[i].destroyed)
            return -ENOENT;
    }
    struct replay_people *people = calloc(1, sizeof *people);
    if (people == NULL)
        return -ENOMEM;
    people->c = c;
    people->keys = keys;
    people->seed = seed;
    people->first_month = date_month_of(first);
    for (unsigned i = 0; i < c->hospital_count; i++) {
        people->hospital_weights += hospital_weight(i);
        replay_institution(c, i, people->institutions[i]);
    }
    people->stream_count = 2 + c->bills_count;
    open_enrolments(people, &people->streams[0], round);
    open_fees(people, &people->streams[1], round);
    for (unsigned i = 0; i < c->bills_count; i++)
        open_bills(people, &people->streams[2 + i], i, round);
    for (unsigned i = 0; i < people->stream_count; i++)
        stream_settle(people, &people->streams[i]);
    *ret = people;
    return 0;
}

void replay_people_close(struct replay_people **people_p)
{
    free(*people_p);
    *people_p = NULL;
}

static date_day stream_day(const struct replay_people *people, const struct stream *s)
{
    if (s->month == REPLAY_MONTHS)
        return DATE_NONE;
    date_month month = people->first_month + (date_month)s->month;
    date_day first = date_month_first(month);
    int64_t days = date_month_last(month) - first + 1;
    return first + (date_day)(s->done * days / s->counts[s->month]);
}

static void set_person(const struct replay_people *people, struct event *event, int64_t person)
{
    /* Six digits of place and nine of the counter. */
    char number[6 + ID_DIGITS + 1];
    uint32_t place = people->c->fund.place;
    for (unsigned i = 6; i-- > 0; place /= 10)
        number[i] = (char)('0' + place % 10);
    put_digits(number + 6, person + 1);
    number[6 + ID_DIGITS] = '\0';
    const struct person_key *key = person_keys_for(people->keys, event->date);
    event->person_key = key->number;
    hash_person(key->key, number, event->person);
}

static unsigned make_enrolment(const struct replay_people *people, struct stream *s,
                               struct event *event)
{
    set_person(people, event, s->index);
    return people->c->people.registry;
}

/* The one after the last person's closes the line, and is nobody's. */
static unsigned make_fee(const struct replay_people *people, struct stream *s, struct event *event)
{
    const struct replay_case *c = people->c;
    if (s->index < c->people.count) {
        set_person(people, event, s->index);
    } else {
        event->present &= ~BITS_PERSON;
        event->amount.fen = c->people.total.fen - c->people.count * c->people.fee.fen;
    }
    return c->people.tax_office;
}

static unsigned make_bill(const struct replay_people *people, struct stream *s, struct event *event)
{
    uint64_t random = bill_random(people, s, RANDOM_SIZE, s->index);
    uint32_t size = bill_size(s, random);
    int64_t rest = s->totals[s->month] - s->counts[s->month];
    event->amount.fen = 1 + replay_share(rest, s->sizes_before, size, s->sizes);
    s->sizes_before += size;
    if (s->bills->in_policy_e4 > 0)
        event->in_policy.fen =
            (int64_t)((__int128)event->amount.fen * E4 / s->bills->in_policy_e4);

    int64_t enrolled = people->enrolled_by[s->month];
    uint64_t persons = (uint64_t)(enrolled > 0 ? enrolled : people->c->people.count);
    set_person(people, event, (int64_t)(bill_random(people, s, RANDOM_PERSON, s->index) % persons));
    unsigned hospital = hospital_of(people, random >> 32);
    memcpy(event->institution, people->institutions[hospital], REPLAY_INSTITUTION_SIZE + 1);
    return people->c->first_hospital + hospital;
}

static unsigned make(const struct replay_people *people, struct stream *s, date_day day,
                     struct event *event)
{
    *event = s->mould.event;
    event->date = day;
    put_digits(event->id + s->mould.digits_at, s->index + 1);
    if (s->bills != NULL)
        return make_bill(people, s, event);
    if (event->kind == KIND_ENROLLMENT)
        return make_enrolment(people, s, event);
    return make_fee(people, s, event);
}

bool replay_people_next(struct replay_people *people, date_day day, struct event *ret_event,
                        unsigned *ret_source)
{
    for (; people->current < people->stream_count; people->current++) {
        struct stream *s = &people->streams[people->current];
        if (stream_day(people, s) != day)
            continue;
        *ret_source = make(people, s, day, ret_event);
        s->done++;
        s->index++;
        if (s->done == s->counts[s->month])
            stream_settle(people, s);
        return true;
    }
    people->current = 0;
    return false;
}
