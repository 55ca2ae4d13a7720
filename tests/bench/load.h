/* load - batches of events, encoded once and given new ids each time they are sent.
 *
 * Encoding anew for every batch would take the processor from the daemon that is measured.  So the
 * places of the ids and persons in the message are remembered and written over.
 *
 * The main workload is MIXED.  A batch has one source and one issuer (PROTOCOL 4.1), so "a thousand
 * sources mixed within a batch" is what a platform sends for a thousand hospitals: one issuer, and ids
 * that begin with the number of one of a thousand sources, in no order.  What must be found in the
 * index of ids is then the same as with a thousand names.  The other shape, a batch of one source each,
 * has the same ids with the same beginning within a batch. */
#pragma once

#include "fund/event.h"
#include "tests/bench/books.h"
#include "wire/batch.h"

#define LOAD_FUNDS      10                      /* of one city; the main workload is about all of them */
#define LOAD_FUND       load_fund(0)            /* the only one of the others */
#define LOAD_OPENING    INT64_C(5000000000000000)   /* fen of each: more than all settlements together */
#define LOAD_SOURCES    1000
#define BOOKS_YMD       20241231                /* the books date of every run */
#define OPENING_YMD     20231231
#define ID_DIGITS       20                      /* bytes in every id */

enum spread {
    LIVE,                       /* dated on one of the three days up to the books date */
    YEAR,                       /* on any day of the year */
    SETTLEMENTS,                /* live, without the fees, and so without records of persons */
    MIXED,                      /* what is counted and nothing else, of five kinds and 20 categories,
                                 * ten funds, any day of the year, a thousand sources */
    FULL,                       /* settlements with all their amounts, any day of the year */
};

/* How the ids follow one another. */
enum id_order {
    IN_ORDER,                   /* ascending, of each source too */
    SHUFFLED,                   /* 4 million ascending ids in no order, then the next */
    RANDOM,                     /* of 60 bits without any order */
};

struct load_place {
    uint32_t id, person;        /* offsets in the message; person 0: has none */
    uint32_t total;             /* that it moves */
    int64_t fen;                /* by so much */
};

struct load_message {
    char *bytes;                /* owned; load_free() */
    size_t size;
    uint32_t count;             /* events */
    uint32_t fresh;             /* of these, not duplicates */
    enum id_order order;        /* these three may be set after load_make() */
    bool by_source;             /* ids begin with the number of the batch's source */
    uint32_t duplicate_every;   /* one event of so many was sent before; 0: none */
    bool begins_with_source;    /* ids do, of MIXED and FULL */
    size_t ref, source;         /* offsets of the 8 bytes of the ref and the digits of the source */
    struct load_place *places;  /* owned */
    struct { uint64_t *values; uint32_t count, room; } firsts;  /* numbers of each time it was sent */
};

/* Source number 0 to 9999 is called "bench-0000" to "bench-9999". */
#define LOAD_SOURCE_FORMAT "bench-%04u"

struct fund load_fund(unsigned number);

/* Makes the event number `n` of a load.  LIVE and YEAR: 16 settlements to 6 fees, a city's year. */
struct event load_event(uint64_t n, enum spread spread);
/* An id that no event of this process has had, and with it a person. */
void load_new_id(struct event *event);

struct load_message load_make(uint32_t count, enum spread spread, uint64_t seed);
void load_free(struct load_message *message);
/* Makes it a batch that was never sent: all ids are new, duplicates aside. */
void load_renew(struct load_message *message, uint64_t ref, unsigned source);
/* Adds what its fresh events move. */
void load_book(const struct load_message *message, struct totals *totals);

/* --- The same events one after the other, for the client library. */

struct load_stream {
    enum spread spread;
    enum id_order order;
    bool by_source;             /* ids begin with the number of `source` */
    unsigned source;
    uint32_t duplicate_every;   /* one event of so many is one that came before; 0: none */
    uint64_t count;             /* made so far */
    uint64_t fresh;             /* of these, not duplicates */
    uint64_t first;             /* number of the first; set by load_next(), as is: */
    const struct template *templates;
};

/* The next event, new or one that this stream had before; what a fresh one moves is added to `totals`. */
struct event load_next(struct load_stream *stream, struct totals *totals);
