/* subsidy - what each level of government owes a fund for a year, and how much of it is late.
 *
 * A standard is the rule of one year: so much per head, which part of it each level pays, by
 * when, and for which groups it is otherwise.  Due is heads * standard * share, computed on
 * whole integers and rounded once per level, half up to the fen.  What is missing (a standard,
 * a headcount) makes a figure not computable; it never makes it 0.
 *
 * Money counts for the year that it is *for*, whenever it comes: received is a sum over
 * (level, year), and the caller's to keep (DOMAIN 6).  Pure; nothing is kept. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/amount.h"
#include "fund/date.h"
#include "fund/ratio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order of I21 to I24, and of CATEGORY_CENTRAL to CATEGORY_COUNTY. */
enum subsidy_level {
    SUBSIDY_CENTRAL,
    SUBSIDY_PROVINCE,
    SUBSIDY_CITY,
    SUBSIDY_COUNTY,
    SUBSIDY_LEVELS
};

const char *subsidy_level_word(enum subsidy_level level);   /* "central" */

#define SUBSIDY_TRANCHES_MAX   4
#define SUBSIDY_GROUPS_MAX     8    /* groups or areas that have a rule of their own */
#define SUBSIDY_EXCEPTIONS_MAX 16
#define SUBSIDY_PARTS_MAX      1000000
#define SUBSIDY_PER_HEAD_MAX   INT64_C(10000000)    /* 100,000 元: a hundred times what there is */

/* So many of the sum of all parts is due at the end of `due`. */
struct subsidy_tranche {
    date_day due;
    uint32_t parts;
};

/* Which headcount a level pays for. */
enum subsidy_base {
    SUBSIDY_HEADS_STATED = 1,       /* as registered, duplicates among them */
    SUBSIDY_HEADS_DEDUPLICATED = 2, /* after duplicates were taken off */
};

struct subsidy_level_rule {
    uint32_t parts;                 /* of the standard's `whole`; 0 if it pays `own` or nothing */
    struct amount own;              /* per head, a figure of its own instead of a share; or 0 */
    uint8_t base;                   /* an enum subsidy_base */
    date_day heads_date;            /* the day that heads are counted on */
    uint8_t tranche_count;
    struct subsidy_tranche tranches[SUBSIDY_TRANCHES_MAX];      /* by date */
};

enum subsidy_exception_kind {
    SUBSIDY_PAID_BY = 1,            /* `payer` bears the level's part for the group's heads */
    SUBSIDY_LUMP = 2,               /* the level pays `lump` for the group, whatever its heads */
};

/* For the heads of `group` the part of `level` is otherwise.  The groups of one level have no
 * head in common. */
struct subsidy_exception {
    uint8_t kind;                   /* an enum subsidy_exception_kind */
    uint8_t level;                  /* an enum subsidy_level */
    uint8_t group;                  /* index into subsidy_heads.group: the caller's numbers */
    uint8_t payer;                  /* an enum subsidy_level; SUBSIDY_PAID_BY */
    struct amount lump;             /* SUBSIDY_LUMP */
};

struct subsidy_standard {
    int32_t year;                   /* that it is for, by the notice of that year */
    struct amount per_head;         /* of all levels together; 0: not known */
    uint32_t whole;                 /* what the levels' parts are parts of: 1000 for 7.5 % */
    struct subsidy_level_rule levels[SUBSIDY_LEVELS];
    uint8_t exception_count;
    struct subsidy_exception exceptions[SUBSIDY_EXCEPTIONS_MAX];
};

/* What is wrong with `standard` in itself; NULL if nothing is.  The other functions ask for a
 * standard that passed: no sum of theirs can then leave 64 bits. */
const char *subsidy_check(const struct subsidy_standard *standard);

/* Heads by a level's base and date; HEADS_UNKNOWN (-1) for what nobody gave.  At most COUNT_MAX. */
struct subsidy_heads {
    int64_t total;
    int64_t group[SUBSIDY_GROUPS_MAX];
    uint16_t derived;               /* a bit for each group that is derived, and one for the total */
};
#define SUBSIDY_TOTAL_BIT SUBSIDY_GROUPS_MAX

enum subsidy_known {
    SUBSIDY_KNOWN = 0,
    SUBSIDY_NO_STANDARD,            /* no standard per head for the year */
    SUBSIDY_NO_HEADS,               /* no headcount for the level */
    SUBSIDY_NO_GROUP,               /* an exception's group has no headcount */
    SUBSIDY_GROUPS_EXCEED,          /* the groups have more heads than there are */
    SUBSIDY_NO_DUE_DATE,            /* the level's rule has no tranche */
    SUBSIDY_NO_MONEY,               /* no money of the fund is reported: nor is it known what has come */
};
/* "no_standard", for the wire; and a sentence. */
const char *subsidy_known_word(enum subsidy_known known);
const char *subsidy_known_sentence(enum subsidy_known known);

struct subsidy_due {
    enum subsidy_known known;       /* SUBSIDY_KNOWN: amount is valid */
    struct amount amount;
};

/* What `level` pays per head, in fen, exactly: 100.5 元 are 10050. */
struct ratio subsidy_per_head(const struct subsidy_standard *standard, enum subsidy_level level);

/* What each level owes for the whole year; heads[level] as that level counts.  A group whose
 * part another level bears counts there with the heads of the level that is spared.  A level
 * that pays neither share, own rate nor lump owes a known 0. */
void subsidy_due(const struct subsidy_standard *standard,
                 const struct subsidy_heads heads[SUBSIDY_LEVELS],
                 struct subsidy_due ret[SUBSIDY_LEVELS]);

/* Whether what `level` owes rests on derived heads: its own, those of a group that has a rule of its own
 * there, or of one whose part it bears. */
bool subsidy_is_derived(const struct subsidy_standard *standard, enum subsidy_level level,
                        const struct subsidy_heads heads[SUBSIDY_LEVELS]);

/* Whether the exception is about what `level` pays, or bears for another one. */
bool subsidy_concerns(const struct subsidy_exception *exception, enum subsidy_level level);
/* What is paid for a group of `heads` by an exception of the standard: its lump, or the part of the level
 * that is spared, rounded half up.  0 for a group of HEADS_UNKNOWN. */
struct amount subsidy_exception_amount(const struct subsidy_standard *standard,
                                       const struct subsidy_exception *exception, int64_t heads);

/* heads * standard, all levels together: for a report that does not print the shares. */
struct subsidy_due subsidy_due_together(const struct subsidy_standard *standard, int64_t heads);

/* Up to this much a shortfall is rounding and no arrears: the larger of the two. */
struct subsidy_tolerance {
    struct amount least;
    int64_t share_e4;               /* of what is due, in ten-thousandths */
};
/* max(1 万元, 0.05 %). */
#define SUBSIDY_TOLERANCE_DEFAULT ((struct subsidy_tolerance){{FEN_PER_WAN}, 5})

/* Days since it was due; a day 0 to 30, 31 to 90, more. */
enum subsidy_age { SUBSIDY_30_DAYS, SUBSIDY_90_DAYS, SUBSIDY_OLDER, SUBSIDY_AGES };

struct subsidy_arrears {
    enum subsidy_known known;
    bool begun;                     /* a tranche was due on or before the day, however much */
    struct amount due;              /* of those tranches */
    struct amount arrears;          /* due less received, at least 0 */
    struct amount aged[SUBSIDY_AGES];   /* sums to arrears */
    date_day oldest;                /* due date of the oldest unpaid fen; DATE_NONE if none is */
    bool tolerated;                 /* arrears are 0 or within the tolerance */
};

/* All about one level of a year, as of a day. */
struct subsidy_state {
    int64_t heads;                  /* that it pays for; HEADS_UNKNOWN */
    int64_t group[SUBSIDY_GROUPS_MAX];      /* of each group, as this level counts; HEADS_UNKNOWN */
    bool heads_derived;
    struct subsidy_due due;         /* for the whole year */
    bool due_derived;               /* it rests on derived heads */
    struct amount received;
    struct subsidy_arrears arrears;
};

/* How much of `due`, a whole year's, is late at the end of `as_of`.  `received` is what has come
 * by then for the level and year, below 0 the same as 0; it pays the oldest tranche first.
 * Tranches are rounded so that they sum to `due`.  A tranche due on `as_of` itself is due: that
 * day is over. */
struct subsidy_arrears subsidy_arrears(const struct subsidy_level_rule *rule,
                                       struct subsidy_due due, struct amount received,
                                       struct subsidy_tolerance tolerance, date_day as_of);

#ifdef __cplusplus
}
#endif
