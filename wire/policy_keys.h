/* policy_keys - each map of PROTOCOL 6 as a table: key, where the member is, in what form, and what to tell
 * somebody who got it wrong.  One function reads by the tables and one writes by them (policy_codec.c), so
 * both know the same keys. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TABLE_KEYS_MAX 32       /* keys of a table */

enum form {
    FORM_U8, FORM_U16, FORM_U32,    /* an integer from 1 to `max`, or from 0 */
    FORM_WORD,                      /* u8: a word of `words`, counted from 1 */
    FORM_BOOL,
    FORM_LIMIT,
    FORM_HOLD,
    FORM_NAME,                      /* text of at most POLICY_NAME_MAX bytes */
    FORM_LABEL,                     /* and of at most POLICY_LABEL_MAX */
    FORM_COUNT,                     /* i64: people */
    FORM_DEADLINE,                  /* two u8: month and day */
    FORM_AMOUNT,                    /* fen, from 0 */
    FORM_TOLERANCE,                 /* fen and a share, from 0 */
    FORM_DATE,                      /* yyyymmdd */
    FORM_YEAR,
    FORM_CATEGORY, FORM_GROUP,      /* u8: a word of words.def */
    FORM_PLACES,                    /* at most `max` codes, u32 each */
    FORM_TRANCHES,                  /* pairs of a date and parts, one after the other */
    FORM_MAP,                       /* a struct, by `table` */
    FORM_LIST,                      /* at most `max` structs, by `table` */
};

struct entry {
    const char *key;
    const char *wrong;              /* told when the value is not what it must be */
    uint16_t at;                    /* offset of the member */
    enum form form;
    bool required;
    bool may_be_absent;             /* a value that is zeros is not written */
    bool from_zero;                 /* words and integers count from 0 */
    uint32_t max;
    const char *const *words;       /* ends with NULL */
    const struct table *table;
    uint16_t count_at, stride;      /* of a list: offset of its u8 count, size of an item; of a map that says
                                     * nothing while some list in it is empty: offset of that count in it */
};

struct table {
    const struct entry *entries;
    unsigned count;
    const void *defaults;           /* of an item of a list; NULL: zeros */
};

/* The policy itself, into a struct policy. */
extern const struct table policy_table;
