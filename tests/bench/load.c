#include "tests/bench/load.h"

#include <endian.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "wire/event_codec.h"

/* Stands where the ref goes: its 8 bytes are found again, and no value shortens it. */
#define REF_MARK UINT64_C(0x7b656e63682d7265)

static atomic_uint_fast64_t next_id = 1;

/* splitmix64: the same events in every run, and persons without any order. */
static uint64_t scatter(uint64_t n)
{
    n += UINT64_C(0x9e3779b97f4a7c15);
    n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
    return n ^ (n >> 31);
}

static void write_digits(char *to, uint64_t n)
{
    for (int i = ID_DIGITS - 1; i >= 0; i--) {
        to[i] = (char)('0' + n % 10);
        n /= 10;
    }
}

static void write_person(void *to, uint64_t n)
{
    uint64_t halves[2] = { scatter(n), scatter(~n) };
    memcpy(to, halves, PERSON_SIZE);
}

/* --- Events. ----------------------------------------------------------------- */

static date_day load_date(uint64_t random, enum spread spread)
{
    date_day books, opening;
    date_from_ymd(BOOKS_YMD, &books);
    date_from_ymd(OPENING_YMD, &opening);
    return books - (date_day)(random % (uint64_t)(spread == YEAR ? books - opening : 3));
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

struct event load_event(uint64_t n, enum spread spread)
{
    uint64_t random = scatter(n);
    struct event event = {
        .present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE
                 | 1u << FIELD_AMOUNT | 1u << FIELD_CATEGORY | 1u << FIELD_PERSON
                 | 1u << FIELD_PERSON_KEY,
        .fund = LOAD_FUND,
        .date = load_date(random >> 32, spread),
        .person_key = 1,
    };
    bool fee = n % 22 % 4 == 3 || n % 22 == 21;
    if (fee && spread != SETTLEMENTS)
        make_fee(&event);
    else
        make_settlement(&event, random);
    load_new_id(&event);
    return event;
}

int64_t load_fen(const struct event *event)
{
    return event->kind == KIND_CONTRIBUTION ? event->amount.fen : -event->amount.fen;
}

void load_new_id(struct event *event)
{
    uint64_t n = atomic_fetch_add(&next_id, 1);
    write_digits(event->id, n);
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
    message->places[index] = (struct load_places){
        .id = (uint32_t)place_of(w, start, event->id, ID_DIGITS),
        .person = (uint32_t)place_of(w, start, event->person, PERSON_SIZE),
    };
    message->fen += load_fen(event);
}

struct load_message load_make(uint32_t count, enum spread spread, uint64_t seed)
{
    struct load_message message = { .count = count };
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
}

void load_renew(struct load_message *message, uint64_t ref, unsigned source)
{
    char digits[16];
    uint64_t first = atomic_fetch_add(&next_id, message->count);
    uint64_t encoded = htobe64(REF_MARK + ref);
    memcpy(message->bytes + message->ref, &encoded, sizeof encoded);
    snprintf(digits, sizeof digits, "%04u", source);
    memcpy(message->bytes + message->source, digits, 4);
    for (uint32_t i = 0; i < message->count; i++) {
        write_digits(message->bytes + message->places[i].id, first + i);
        write_person(message->bytes + message->places[i].person, first + i);
    }
}
