/* load - batches of settlements and fees, encoded once and given new ids each time they are sent.
 *
 * Encoding anew for every batch would take the processor from the daemon that is measured.  So the
 * places of the ids and persons in the message are remembered and written over. */
#pragma once

#include "fund/event.h"
#include "wire/batch.h"

#define LOAD_FUND       ((struct fund){ .place = 130207, .scheme = SCHEME_RESIDENT })
#define LOAD_PLACE      "130207"
#define LOAD_OPENING    INT64_C(5000000000000000)   /* fen: more than all settlements together */
#define BOOKS_YMD       20241231                    /* the books date of every run */
#define OPENING_YMD     20231231
#define ID_DIGITS       20

enum spread {
    LIVE,                       /* dated on one of the three days up to the books date */
    YEAR,                       /* on any day of the year */
    SETTLEMENTS,                /* live, without the fees, and so without records of persons */
};

struct load_places {
    uint32_t id, person;        /* offsets in the message */
};

struct load_message {
    char *bytes;                /* owned; load_free() */
    size_t size;
    uint32_t count;             /* events */
    int64_t fen;                /* what they add to the fund's balance */
    size_t ref, source;         /* offsets of the 8 bytes of the ref and the digits of the source */
    struct load_places *places; /* owned */
};

/* Source number 0 to 9999 is called "bench-0000" to "bench-9999". */
#define LOAD_SOURCE_FORMAT "bench-%04u"

/* Makes the event number `n` of a load; the mixture is 16 settlements to 6 fees, a city's year. */
struct event load_event(uint64_t n, enum spread spread);
/* What it adds to the fund's balance. */
int64_t load_fen(const struct event *event);
/* An id that no event of this process has had, and with it a person. */
void load_new_id(struct event *event);

struct load_message load_make(uint32_t count, enum spread spread, uint64_t seed);
void load_free(struct load_message *message);
/* Makes it a batch that was never sent: all ids are new. */
void load_renew(struct load_message *message, uint64_t ref, unsigned source);
