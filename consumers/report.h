/* report - the answer to `report` (PROTOCOL 9.2) as what a self-evaluation has: the budget form
 * (基金收支预算表), the table of indicators with their targets, and the months.
 *
 * Read once, with its words in one language; every form of output shows the same lines and
 * the same figures.  A struct report borrows from the answer and lives no longer. */
#pragma once

#include "consumers/fields.h"
#include "consumers/words.h"
#include "fund/policy.h"

#define REPORT_TEXT_MAX       512
#define REPORT_LINES_MAX      40
/* The targets of a policy beside the band, the deficit, the provisional share and coverage. */
#define REPORT_TARGETS_MAX    (2 + REIMBURSEMENTS + POLICY_EXPECTED_MAX)
#define REPORT_INDICATORS_MAX (3 + POLICY_COVERAGE_MAX + REPORT_TARGETS_MAX)
#define REPORT_MONTHS_MAX     12

enum report_section { SECTION_INCOME, SECTION_EXPENDITURE, SECTION_RESULT };
enum report_kind { LINE_ITEM, LINE_SUBTOTAL, LINE_TOTAL };

/* What a figure rests on. */
struct report_marks {
    bool derived;               /* an opening balance that nobody stated: † */
    bool provisional;           /* expenditure that is not cleared: ‡ */
};

struct report_line {
    enum report_section section;
    enum report_kind kind;
    const char *code;           /* of the chart of accounts; of a total a word of ours, "closing" */
    const char *name;
    bool known;                 /* false: there is no opening balance to say it by */
    int64_t fen, provisional;
    struct report_marks marks;
};

enum report_outcome { OUTCOME_MET, OUTCOME_NOT_MET, OUTCOME_NO_TARGET, OUTCOME_NOT_COMPUTABLE };

struct report_indicator {
    char code[64];                  /* "runway", "coverage:resident" */
    char name[REPORT_TEXT_MAX];
    char target[REPORT_TEXT_MAX];       /* "6–9", without the unit; "" without one */
    char actual[REPORT_TEXT_MAX];       /* "8.49"; "" if not computable */
    const char *unit;
    enum report_outcome outcome;
    struct report_marks marks;
    char note[REPORT_TEXT_MAX];         /* the band, or why there is no figure; "" */
    char remark[REPORT_TEXT_MAX];       /* what clearing would have to add; "" */
    char formula[REPORT_TEXT_MAX];
    char figures[REPORT_TEXT_MAX];      /* the formula with the numbers put in; "" if not computable */
    char base[REPORT_TEXT_MAX];         /* over which months, or of whom and when */
};

struct report_month {
    date_month month;
    char name[64];              /* "2024-08", or "2024-08 (to 2024-08-15)" */
    int64_t income, expenditure, provisional, balance;
};

struct report {
    enum language language;
    const char *fund;
    char title[REPORT_TEXT_MAX];
    int year;
    date_day as_of;
    int64_t policy_version;
    bool has_opening;
    struct report_marks marks;  /* of the balance at the end */
    bool any_derived, any_provisional;
    struct report_line lines[REPORT_LINES_MAX];
    unsigned line_count;
    struct report_indicator indicators[REPORT_INDICATORS_MAX];
    unsigned indicator_count;
    struct report_month months[REPORT_MONTHS_MAX];
    unsigned month_count;
    /* What the balance is worth at the runway's limits, at the expenditure that the runway was
     * computed with.  Only if `has_band`. */
    bool has_band;
    int64_t band_low, band_high, band_month;    /* fen; of a month's payments */
    char band_bounds[REPORT_TEXT_MAX];          /* "6–9" */
    int64_t income, expenditure;
};

/* What the answer lacks is left in *f, and then nothing of *ret is fit to be shown. */
void report_read(struct fields *f, const json_t *answer, enum language language, struct report *ret);

/* "", "†", "‡" or "†‡" */
const char *report_marks_text(struct report_marks marks);
/* "", "derived", "provisional" or both, in the report's language. */
const char *report_marks_words(const struct report *report, struct report_marks marks);
/* "met", for programs. */
const char *report_outcome_word(enum report_outcome outcome);
/* The same in the report's language. */
const char *report_outcome_text(const struct report *report, enum report_outcome outcome);
/* "2024-12" */
const char *report_month_text(date_month month, char text[DATE_TEXT_MAX]);
