#include "tests/bench/load.h"

#include <endian.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "wire/event_codec.h"

/* Stands where the ref goes: its 8 bytes are found again, and no value shortens it. */
#define REF_MARK UINT64_C(0x7b656e63682d7265)

#define SOURCE_DIGITS 4
#define BLOCK_BITS    22        /* of ids that are shuffled among one another */
#define RANDOM_BITS   60

static atomic_uint_fast64_t next_id = 1;

/* splitmix64: the same events in every run, and persons without any order. */
static uint64_t scatter(uint64_t n)
{
    n += UINT64_C(0x9e3779b97f4a7c15);
    n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
    return n ^ (n >> 31);
}

/* A permutation of the numbers of so many bits: each step can be undone. */
static uint64_t permute(uint64_t n, unsigned bits)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    for (unsigned round = 0; round < 3; round++) {
        n = n * UINT64_C(0xbf58476d1ce4e5b9) & mask;
        n ^= n >> (bits / 2);
    }
    return n;
}

static uint64_t ordered(uint64_t n, enum id_order order)
{
    const uint64_t block = (UINT64_C(1) << BLOCK_BITS) - 1;
    switch (order) {
    case IN_ORDER:
        return n;
    case SHUFFLED:
        return (n & ~block) | permute(n & block, BLOCK_BITS);
    case RANDOM:
        return permute(n, RANDOM_BITS);
    }
    return n;
}

static void write_digits(char *to, unsigned digits, unsigned base, uint64_t n)
{
    while (digits-- > 0) {
        to[digits] = "0123456789abcdef"[n % base];
        n /= base;
    }
}

/* "0427-0000000001e2f90": of source 427. */
static void write_sourced_id(char *to, unsigned source, uint64_t n)
{
    write_digits(to, SOURCE_DIGITS, 10, source);
    to[SOURCE_DIGITS] = '-';
    write_digits(to + SOURCE_DIGITS + 1, ID_DIGITS - SOURCE_DIGITS - 1, 16, n);
}

static void write_person(void *to, uint64_t n)
{
    uint64_t halves[2] = { scatter(n), scatter(~n) | UINT64_C(0xffff) << 48 };      /* which is no text */
    memcpy(to, halves, PERSON_SIZE);
}

/* --- Events. ----------------------------------------------------------------- */

struct fund load_fund(unsigned number)
{
    static const uint32_t first = 130207, others = 130220;
    return (struct fund){ .place = number == 0 ? first : others + number, .scheme = SCHEME_RESIDENT };
}

static date_day load_date(uint64_t random, bool any_day)
{
    date_day books, opening;
    date_from_ymd(BOOKS_YMD, &books);
    date_from_ymd(OPENING_YMD, &opening);
    return books - (date_day)(random % (uint64_t)(any_day ? books - opening : 3));
}

static void make_fee(struct event *event)
{
    event->kind = KIND_CONTRIBUTION;
    event->category = CATEGORY_PERSONAL;
    event->amount.fen = 38000;
    event->year = 2025;
    event->present |= 1u << FIELD_YEAR;
}

/* What a hospital's settlement record has. */
static void make_settlement(struct event *event, uint64_t random)
{
    int64_t cost = 2000 + (int64_t)(random % 800000);
    event->kind = KIND_SETTLEMENT;
    event->category = random % 8 == 0 ? CATEGORY_INPATIENT : CATEGORY_POOLED;
    event->cost.fen = cost;
    event->in_policy.fen = cost * 9 / 10;
    event->amount.fen = cost * 6 / 10;
    event->funds_total.fen = event->amount.fen;
    event->self_pay.fen = cost - event->amount.fen;
    event->institution_size = (uint8_t)snprintf(event->institution, sizeof event->institution,
                                                "H130207%05u", (unsigned)(random >> 20) % 300);
    event->present |= 1u << FIELD_COST | 1u << FIELD_IN_POLICY | 1u << FIELD_FUNDS_TOTAL
                    | 1u << FIELD_SELF_PAY | 1u << FIELD_INSTITUTION;
}

static void make_full_settlement(struct event *event, uint64_t random)
{
    make_settlement(event, random);
    event->catastrophic.fen = event->cost.fen / 20;
    event->medical_aid.fen = event->cost.fen / 40;
    event->group = GROUP_ORDINARY;
    event->present |= 1u << FIELD_CATASTROPHIC | 1u << FIELD_MEDICAL_AID | 1u << FIELD_GROUP;
}

/* Kinds and their categories as a year has them: of 100 events 76 are of care and 20 are fees. */
static const struct mixture {
    unsigned share;             /* of 100 */
    enum event_kind kind;
    enum event_category first, last;
} mixtures[] = {
    { 76, KIND_SETTLEMENT,   CATEGORY_INPATIENT,    CATEGORY_MATERNITY },
    { 20, KIND_CONTRIBUTION, CATEGORY_FEES,         CATEGORY_GOVERNMENT },
    {  2, KIND_EXPENDITURE,  CATEGORY_CATASTROPHIC, CATEGORY_OTHER_EXPENDITURE },
    {  1, KIND_SUBSIDY,      CATEGORY_CENTRAL,      CATEGORY_COUNTY },
    {  1, KIND_INCOME,       CATEGORY_INTEREST,     CATEGORY_FROM_LOWER },
};

static const struct mixture *mixture_of(unsigned of_100)
{
    const struct mixture *m = mixtures;
    while (of_100 >= m->share)
        of_100 -= (m++)->share;
    return m;
}

static void make_mixed(struct event *event, uint64_t random)
{
    const struct mixture *m = mixture_of((unsigned)(random % 100));
    event->kind = (uint8_t)m->kind;
    event->category = (uint8_t)(m->first + (random >> 8) % (uint64_t)(m->last - m->first + 1));
    event->amount.fen = 1000 + (int64_t)((random >> 16) % 500000);
    event->fund = load_fund((unsigned)((random >> 40) % LOAD_FUNDS));
    event->year = 2024;
    if (m->kind == KIND_CONTRIBUTION || m->kind == KIND_SUBSIDY)
        event->present |= 1u << FIELD_YEAR;
}

static bool begins_with_source(enum spread spread)
{
    return spread == MIXED || spread == FULL;
}

struct event load_event(uint64_t n, enum spread spread)
{
    uint64_t random = scatter(n);
    struct event event = {
        .present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE
                 | 1u << FIELD_AMOUNT | 1u << FIELD_CATEGORY,
        .fund = LOAD_FUND,
        .date = load_date(random >> 32, spread != LIVE && spread != SETTLEMENTS),
        .person_key = 1,
    };
    bool fee = n % 22 % 4 == 3 || n % 22 == 21;
    if (spread == MIXED)
        make_mixed(&event, scatter(random));
    else if (spread == FULL)
        make_full_settlement(&event, random);
    else if (fee && spread != SETTLEMENTS)
        make_fee(&event);
    else
        make_settlement(&event, random);
    if (spread != MIXED)
        event.present |= 1u << FIELD_PERSON | 1u << FIELD_PERSON_KEY;
    load_new_id(&event);
    if (begins_with_source(spread))
        write_sourced_id(event.id, (unsigned)(random % LOAD_SOURCES), atomic_fetch_add(&next_id, 1));
    return event;
}

void load_new_id(struct event *event)
{
    uint64_t n = atomic_fetch_add(&next_id, 1);
    write_digits(event->id, ID_DIGITS, 10, n);
    event->id[ID_DIGITS] = '\0';
    event->id_size = ID_DIGITS;
    write_person(event->person, n);
}

/* --- Messages. --------------------------------------------------------------- */

static size_t place_of(const struct writer *w, size_t from, const void *what, size_t size)
{
    const char *found = memmem(w->bytes + from, w->size - from, what, size);
    if (found == NULL)
        die("an encoded batch does not have what it was made of");
    return (size_t)(found - w->bytes);
}

static void add_event(struct load_message *message, struct writer *w, uint32_t index,
                      const struct event *event)
{
    size_t start = w->size;
    event_encode(w, event);
    message->places[index] = (struct load_place){
        .id = (uint32_t)place_of(w, start, event->id, ID_DIGITS),
        .person = event_has(event, FIELD_PERSON)
            ? (uint32_t)place_of(w, start, event->person, PERSON_SIZE) : 0,
        .total = total_of_event(event),
        .fen = event->amount.fen,
    };
}

struct load_message load_make(uint32_t count, enum spread spread, uint64_t seed)
{
    struct load_message message = { .count = count, .begins_with_source = begins_with_source(spread) };
    struct batch_head head = { .ref = REF_MARK, .count = count };
    struct writer w;
    uint64_t mark = htobe64(REF_MARK);
    writer_init(&w);
    message.places = calloc(count + 1, sizeof message.places[0]);
    snprintf(head.source, sizeof head.source, LOAD_SOURCE_FORMAT, 0);
    strcpy(head.issuer, head.source);
    batch_write_head(&w, &head);
    message.ref = place_of(&w, 0, &mark, sizeof mark);
    message.source = place_of(&w, 0, head.source, strlen(head.source)) + strlen("bench-");
    for (uint32_t i = 0; i < count && message.places != NULL; i++) {
        struct event event = load_event(seed + i, spread);
        add_event(&message, &w, i, &event);
    }
    message.fresh = count;
    if (w.err != 0 || message.places == NULL)
        die("out of memory");
    message.bytes = w.bytes;
    message.size = w.size;
    return message;
}

void load_free(struct load_message *message)
{
    free(message->bytes);
    free(message->places);
    free(message->firsts.values);
}

static void remember_first(struct load_message *message, uint64_t first)
{
    if (message->firsts.count == message->firsts.room) {
        message->firsts.room = message->firsts.room == 0 ? 64 : 2 * message->firsts.room;
        message->firsts.values = realloc(message->firsts.values,
                                         message->firsts.room * sizeof message->firsts.values[0]);
        if (message->firsts.values == NULL)
            die("out of memory");
    }
    message->firsts.values[message->firsts.count++] = first;
}

/* For which time it was sent last. */
static uint32_t time_of(const struct load_message *message)
{
    return message->duplicate_every != 0 ? message->firsts.count - 1 : 0;
}

/* The event `i` is one that was sent before when the message goes out for this time (from 0). */
static bool is_duplicate(const struct load_message *message, uint32_t i, uint32_t time)
{
    return message->duplicate_every != 0 && time > 0 && (i + time) % message->duplicate_every == 0;
}

/* The number of the event `i` when it was sent at some earlier time and not a duplicate. */
static uint64_t earlier_number(const struct load_message *message, uint32_t i, uint32_t time)
{
    uint32_t earlier = (uint32_t)(scatter(message->firsts.values[time - 1] + i) % time);
    if (is_duplicate(message, i, earlier))
        earlier--;
    return message->firsts.values[earlier] + i;
}

/* Of a thousand. */
static unsigned source_of(uint64_t n)
{
    return (unsigned)(scatter(n) % LOAD_SOURCES);
}

static void write_event(struct load_message *message, const struct load_place *place, uint64_t n,
                        unsigned source)
{
    char *id = message->bytes + place->id;
    uint64_t number = ordered(n, message->order);
    if (message->begins_with_source)
        write_sourced_id(id, message->by_source ? source : source_of(n), number);
    else
        write_digits(id, ID_DIGITS, 10, number);
    if (place->person != 0)
        write_person(message->bytes + place->person, n);
}

void load_renew(struct load_message *message, uint64_t ref, unsigned source)
{
    char digits[16];
    uint64_t first = atomic_fetch_add(&next_id, message->count);
    uint64_t encoded = htobe64(REF_MARK + ref);
    memcpy(message->bytes + message->ref, &encoded, sizeof encoded);
    snprintf(digits, sizeof digits, "%04u", source);
    memcpy(message->bytes + message->source, digits, 4);
    if (message->duplicate_every != 0)
        remember_first(message, first);
    uint32_t time = time_of(message);
    message->fresh = 0;
    for (uint32_t i = 0; i < message->count; i++) {
        const struct load_place *place = &message->places[i];
        bool again = is_duplicate(message, i, time);
        write_event(message, place, again ? earlier_number(message, i, time) : first + i, source);
        message->fresh += !again;
    }
}

void load_book(const struct load_message *message, struct totals *totals)
{
    uint32_t time = time_of(message);
    for (uint32_t i = 0; i < message->count; i++) {
        const struct load_place *place = &message->places[i];
        if (!is_duplicate(message, i, time))
            totals->fen[place->total] += place->fen;
    }
}

/* --- Streams. ---------------------------------------------------------------- */

#define TEMPLATES   8192        /* different events of a spread, in turn under new ids */
#define STREAM_IDS  (UINT64_C(1) << 36)     /* that a stream has for itself */

struct template {
    struct event event;
    unsigned total;             /* that it moves */
};

/* Events that are made once: their making would be a good part of the time that a spool takes. */
static const struct template *templates_of(enum spread spread)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static struct template *made[FULL + 1];
    pthread_mutex_lock(&mutex);
    if (made[spread] == NULL) {
        made[spread] = calloc(TEMPLATES, sizeof made[spread][0]);
        if (made[spread] == NULL)
            die("out of memory");
        for (unsigned i = 0; i < TEMPLATES; i++) {
            made[spread][i].event = load_event(i, spread);
            made[spread][i].total = total_of_event(&made[spread][i].event);
        }
    }
    pthread_mutex_unlock(&mutex);
    return made[spread];
}

static bool repeats(const struct load_stream *stream, uint64_t k)
{
    return stream->duplicate_every != 0 && k % stream->duplicate_every == stream->duplicate_every - 1;
}

/* Which event of the stream its k-th is: itself, or one before that was new. */
static uint64_t original_of(const struct load_stream *stream, uint64_t k)
{
    if (!repeats(stream, k))
        return k;
    uint64_t earlier = scatter(k) % k;
    return repeats(stream, earlier) ? earlier - 1 : earlier;
}

struct event load_next(struct load_stream *stream, struct totals *totals)
{
    if (stream->templates == NULL) {
        stream->templates = templates_of(stream->spread);
        stream->first = atomic_fetch_add(&next_id, STREAM_IDS);
    }
    uint64_t k = stream->count++, original = original_of(stream, k), n = stream->first + original;
    const struct template *template = &stream->templates[original % TEMPLATES];
    struct event event = template->event;
    if (begins_with_source(stream->spread))
        write_sourced_id(event.id, stream->by_source ? stream->source : source_of(n),
                         ordered(n, stream->order));
    else
        write_digits(event.id, ID_DIGITS, 10, ordered(n, stream->order));
    if (event_has(&event, FIELD_PERSON))
        write_person(event.person, n);
    if (original == k) {
        stream->fresh++;
        totals->fen[template->total] += event.amount.fen;
    }
    return event;
}
