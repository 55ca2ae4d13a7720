/* mapping - from the columns of a file to what a row says.
 *
 * One table per program, data and not code: each line gives the names a column may have
 * (the national platform's, ours, Chinese) and the slot that it fills; how
 * its text is read follows from the slot.  A header may have a unit behind the name:
 * `amount(万元)`, `heads(万人)`.
 *
 * Names of people and identity numbers are columns too, of SLOT_PERSONAL_DATA:
 * recognised, never read, never shown, never sent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fund/event.h"
#include "files/complaint.h"
#include "producers/input.h"
#include "producers/person_key.h"

/* What a column can say: the fields of an event, and what only files have.
 * SLOT(NAME, TYPE, member of struct values) */
#define FILE_SLOTS(SLOT)                             \
    SLOT(PLACE,           PLACE,   place)            \
    SLOT(SCHEME,          SCHEME,  scheme)           \
    SLOT(MED_TYPE,        CODE,    med_type)         \
    SLOT(PAUSED_DATE,     DATE,    paused_date)      \
    SLOT(PAID_PERSONAL,   AMOUNT,  paid_personal)    \
    SLOT(PAID_GOVERNMENT, AMOUNT,  paid_government)  \
    SLOT(PAID_OTHER,      AMOUNT,  paid_other)       \
    SLOT(PAID_SUM,        AMOUNT,  paid_sum)         \
    SLOT(REVERSAL_FLAG,   CODE,    reversal_flag)    \
    SLOT(COLLECTED_FLAG,  CODE,    collected_flag)   \
    SLOT(PERSONAL_DATA,   NOTHING, place)            \
    SLOT(IGNORED,         NOTHING, place)

enum slot {
#define FIELD(NAME, key, TYPE, member, sentence) SLOT_##NAME = FIELD_##NAME,
#include "fund/event.def"
#undef FIELD
    SLOT_LAST_FIELD = FIELD_COUNT - 1,
#define SLOT(NAME, TYPE, member) SLOT_##NAME,
    FILE_SLOTS(SLOT)
#undef SLOT
    SLOT_COUNT
};
#define SLOT_BIT(slot) (UINT64_C(1) << (slot))

#define PERSON_NUMBER_MAX 64    /* bytes in a person number */
#define CODE_MAX          16    /* bytes in a code of the national platform */

/* What one row says. */
struct values {
    uint64_t stated;            /* SLOT_BIT of what the row itself said */
    uint64_t defaulted;         /* and of what was added to it */
    struct event event;         /* fields with their presence bits; no kind is chosen yet */
    uint32_t place;
    uint16_t scheme;
    date_day paused_date;
    struct amount paid_personal, paid_government, paid_other, paid_sum;
    char med_type[CODE_MAX + 1], reversal_flag[CODE_MAX + 1], collected_flag[CODE_MAX + 1];
    char person_number[PERSON_NUMBER_MAX + 1];  /* wiped by values_complete() */
};

static inline bool values_state(const struct values *values, enum slot slot)
{
    return values->stated & SLOT_BIT(slot);
}

/* One line of a program's table. */
struct column {
    enum slot slot;
    bool required;              /* the file must have it */
    const char *names;          /* '|' between them; the first is shown */
    const char *sentence;
};

/* What the command line says for rows that do not. */
#define MED_TYPES_MAX 32
struct settings {
    bool has_fund;
    struct fund fund;
    int year;                   /* 0: none */
    date_day date;              /* DATE_NONE: none */
    unsigned kind;              /* an enum event_kind, 0: none */
    enum amount_unit unit;      /* of amounts without one in the header */
    bool derived;               /* every figure is derived */
    unsigned other_category;    /* an enum event_category: who paid oth_clct_amt */
    unsigned med_type_count;    /* local med_type codes */
    struct { char code[CODE_MAX + 1]; unsigned category; } med_types[MED_TYPES_MAX];
    const struct person_keys *keys; /* NULL: nothing is hashed, persons are 16 zero bytes, and refused */
};

struct mapping;

/* Both tables are borrowed for the mapping's life.  NULL without memory. */
struct mapping *mapping_new(const struct column *columns, size_t count,
                            const struct settings *settings);
void mapping_free(struct mapping **mapping_p);

/* Looks up the names of a row's cells.  False and a complaint if a required
 * column is missing or two columns say the same.  For CSV once per file, for JSON per row. */
bool mapping_bind(struct mapping *mapping, const struct row *row, bool check_required,
                  struct complaint *ret_complaint);

/* Names that nobody knows, of the last bind: in no table and not among the columns of the national
 * platform that say nothing about a fund.  *ret_count of them, borrowed from the row. */
const char *const *mapping_unknown(const struct mapping *mapping, unsigned *ret_count);

/* The known name that somebody who wrote `name` may have meant, borrowed from the table and
 * *ret_size bytes long; NULL if none is near. */
const char *mapping_nearest(const struct mapping *mapping, const char *name, size_t *ret_size);

/* True if the bound row has a column for `slot`. */
bool mapping_has(const struct mapping *mapping, enum slot slot);

/* Reads the cells of a bound row, adds the defaults, finds the fund and hashes
 * the person.  False and a complaint (without line) if a cell is not what its
 * column asks for. */
bool mapping_read(struct mapping *mapping, const struct row *row, struct values *ret,
                  struct complaint *ret_complaint);

/* The name that a slot has in the bound row, or the first of the table. */
const char *mapping_name(const struct mapping *mapping, enum slot slot);

/* Prints the table for people (--fields). */
void columns_print(const struct column *columns, size_t count, FILE *to);

/* A program's way from values to events. */
#define MADE_MAX 4
struct made {
    unsigned count;
    struct event events[MADE_MAX];
    const char *skipped;        /* why there are none, static; NULL if it is not so */
};

/* An event of `kind` with those of `fields` (bits) that the row states, and id, fund and
 * date. */
struct event values_event(const struct values *values, enum event_kind kind, uint32_t fields);

/* Sets the id to `id` with `suffix` behind it.  False if it becomes too long. */
bool event_set_id(struct event *event, const char *id, const char *suffix);
bool event_set_original(struct event *event, const char *id, const char *suffix);
#define FIELD_BIT(NAME) (UINT32_C(1) << FIELD_##NAME)

/* Reads what a column of `slot` holds, as a row would; for options of the command line.
 * False and a complaint. */
bool values_set(struct values *values, enum slot slot, enum amount_unit unit, const char *name,
                const char *text, struct complaint *ret_complaint);
/* Defaults, fund, person: what mapping_read() does behind the cells. */
bool values_complete(struct values *values, const struct settings *settings,
                     struct complaint *ret_complaint);
