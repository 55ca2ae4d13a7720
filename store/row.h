/* row - what a row of each table may be: how much of it there is at least, and what its numbers can be.
 *
 * A right checksum says that a row is as it was written, not that whoever wrote it was right.  Nothing that
 * reads the books asks whether a day is in the calendar or a number has a word: env.c asks here once for
 * every row, and one that cannot be is damage.  docs/STORE.md 4 has the same tables in words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/env.h"

/* Sorts of numbers. */
enum row_number {
    ROW_END,                    /* no more numbers in a list */
    ROW_BYTE,                   /* any u8, as the first of a text; */
    ROW_U32,                    /* any u32, */
    ROW_HASH,                   /* any u64 */
    ROW_FLAG,                   /* u8: 0 or 1 */
    ROW_PLACE,                  /* u32 and */
    ROW_SCHEME,                 /* u16, both in a key's byte order wherever they stand */
    ROW_FUND,                   /* u32: number of a fund, 1 to BOOKS_FUND_MAX, */
    ROW_FUND_OR_NONE,           /* or 0; */
    ROW_SOURCE,                 /* of a source, from 1, */
    ROW_SOURCE_OR_NONE,         /* or 0 */
    ROW_POSITION,               /* u64: position or other number that is counted up, 1 to POSITION_MAX, */
    ROW_POSITION_OR_NONE,       /* or 0 */
    ROW_COUNT,                  /* u64: of events, 0 to 2^56 - 1 */
    ROW_COUNT_32,               /* u32: 0 to 2^31 - 1 */
    ROW_MOMENT,                 /* i64: ms since 1970, from 0 */
    ROW_DAY,                    /* i32: as date_is_possible(), */
    ROW_DAY_OR_NONE,            /* or DATE_NONE */
    ROW_DAYS,                   /* u32: from one such day to another one */
    ROW_MONTH,                  /* i32: of such days */
    ROW_YEAR,                   /* u16: that an event may say, DATE_YEAR_MIN to DATE_YEAR_MAX; */
    ROW_YEAR_OR_NONE,           /* 0 to DATE_YEAR_MAX */
    ROW_AMOUNT,                 /* i64: fen; every one but the one that cannot be negated */
    ROW_GROSS,                  /* i64: 0 to GROSS_MAX */
    ROW_PERSONS,                /* i64: a change of a count of persons, of 2^40 at most: many can be added */
    ROW_HEADS,                  /* i64: 0 to COUNT_MAX */
    ROW_FUND_FLAGS,             /* u8: 5 bits */
    ROW_SUBSIDY,                /* u8: category of a subsidy, */
    ROW_CATEGORY,               /* any category or none */
    ROW_MEASURE,
    ROW_GROUP,
    ROW_RULE,                   /* u8: an enum rule */
    ROW_LEVEL,                  /* i8: an enum level */
    ROW_RULE_FLAGS,             /* u8: 2 bits */
    ROW_MONTHS,                 /* u8: 0 to 12 */
    ROW_OUTCOME,
    ROW_PROPOSAL,               /* u8: an enum proposal_state */
    ROW_RECOGNITION,
    ROW_DERIVATION,             /* u8: sort of a row of `derivations` */
    ROW_NUMBERS
};

/* Whether a row can be one of the table: the numbers at the beginning of key and value are there and in
 * their ranges.  What follows them, of varying size, is for those who read it. */
bool row_can_be(enum table table, const uint8_t *key, size_t key_size, const uint8_t *value, size_t size);

/* Takes varints off the front of a value, those that have a sign in zigzag.  Returns the bytes that they
 * take; 0 if one is cut off or out of its range, and then `ret` may be half filled. */
size_t row_take(const uint8_t *value, size_t size, const enum row_number *numbers, unsigned count,
                int64_t *ret);
