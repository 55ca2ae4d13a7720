/* items - the main workload (MIXED of tests/bench/load.h) as databases get it, and the totals that
 * it must come to.
 *
 * The id of an event begins with the number of one of a thousand sources, in no order; a database
 * gets that number and the rest of the id as two columns, which are its key.  Ids ascend, which is
 * the best case for every index. */
#pragma once

#include <stdint.h>

#include "tests/bench/books.h"
#include "tests/bench/load.h"

#define ITEM_ID_SIZE 15

struct item {
    uint16_t source;            /* 0 to LOAD_SOURCES - 1 */
    uint8_t fund, line;         /* indexes */
    char id[ITEM_ID_SIZE + 1];
    int32_t ymd;
    int64_t fen;
    int64_t digest;             /* 8 bytes of BLAKE2b-128 of `bytes` */
    uint8_t size;               /* of `bytes`: canonical, without the id, which is in the key */
    uint8_t bytes[47];
};

/* Event number `n`, with an id that no event of this process has had. */
struct item item_make(uint64_t n);
/* The same with another amount: a conflict. */
struct item item_altered(const struct item *item);
/* As fundwatch gets it. */
struct event item_event(const struct item *item);

/* Of the totals of tests/bench/books.h. */
unsigned total_of_item(const struct item *item);
