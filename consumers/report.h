/* report - the answer to `report` (PROTOCOL 9.2) as what a self-evaluation has: the budget form
 * (基金收支预算表), the table of indicators with their targets, subsidies due and received, the execution of
 * the budget, and the months.
 *
 * Read once, with its words in one language; every form of output shows the same lines and
 * the same figures.  A struct report borrows from the answer and lives no longer. */
#pragma once

#include "consumers/churn_text.h"
#include "consumers/completeness_text.h"
#include "consumers/fields.h"
#include "consumers/figures.h"
#include "consumers/words.h"
#include "fund/policy.h"

#define REPORT_TEXT_MAX       512
#define REPORT_LINES_MAX      40
/* The targets of a policy beside the band, the deficit, the provisional share and coverage. */
#define REPORT_TARGETS_MAX    (4 + REIMBURSEMENTS + POLICY_EXPECTED_MAX + POLICY_BUDGET_MAX)
#define REPORT_INDICATORS_MAX (5 + POLICY_COVERAGE_MAX + REPORT_TARGETS_MAX)
#define REPORT_MONTHS_MAX     12
#define REPORT_SUBSIDIES_MAX  (1 + POLICY_STANDARDS_MAX * SUBSIDY_LEVELS)
#define REPORT_BUDGET_MAX     POLICY_BUDGET_MAX

enum report_section { SECTION_INCOME, SECTION_EXPENDITURE, SECTION_RESULT };
enum report_kind { LINE_ITEM, LINE_SUBTOTAL, LINE_TOTAL };

/* What a figure rests on. */
struct report_marks {
    bool derived;               /* something that nobody stated: † */
    bool provisional;           /* expenditure that is not cleared: ‡ */
};

struct report_line {
    enum report_section section;
    enum report_kind kind;
    const char *code;           /* of the chart of accounts; of a total a word of ours, "closing" */
    const char *name;
    bool known;                 /* false: nobody has reported what it would be computed from */
    int64_t fen, provisional;
    struct report_marks marks;
};

/* Not judged: the figure is there, but what it rests on is not all there yet. */
enum report_outcome {
    OUTCOME_MET, OUTCOME_NOT_MET, OUTCOME_NO_TARGET, OUTCOME_NOT_COMPUTABLE, OUTCOME_NOT_JUDGED
};

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
    bool income_derived;
    struct report_marks expenditure_marks, balance_marks;
};

/* What a level of government owes for a year, and what has come of it. */
struct report_subsidy {
    int year;
    char code[64];              /* "2021:county", "2021:all" */
    const char *name;
    int64_t per_head;           /* fen; 0: not known */
    int64_t heads;              /* that it pays for; HEADS_UNKNOWN */
    bool heads_derived, due_derived, received_derived;
    bool due_known;
    int64_t due;
    bool received_known;        /* false: nobody has reported money at all */
    int64_t received;
    char share[FIGURE_MAX];     /* "99.99": received of due, in percent; "" */
    int64_t arrears[SUBSIDY_AGES];
    date_day oldest;            /* since when; DATE_NONE */
    char note[REPORT_TEXT_MAX];     /* why there is no due, what is otherwise; "" */
};

struct report_budget {
    int year;
    const char *code, *name;    /* of the line */
    int64_t heads, per_head;    /* what the budget was made from; 0 if it does not say */
    int64_t budget, actual;
    bool derived;               /* the actual is */
    char execution[FIGURE_MAX];     /* "47.36", in percent, derived: nobody states it; "" without a budget */
};

/* What is paid for a person in a year: by himself, and by governments. */
struct report_fee {
    int year;
    int64_t fee;                /* fen */
    int64_t subsidy;            /* 0: not known */
};

/* A figure of the insured, what is taken off it, or a population. */
struct report_insured {
    const char *code, *name;    /* "paid_once" */
    int64_t heads;
    int64_t last_year;          /* the same a year ago; HEADS_UNKNOWN */
    bool derived, last_year_derived;
    char change[FIGURE_MAX];    /* "-1,065"; "" if last year's is not known */
    char change_share[FIGURE_MAX];      /* "-0.86", in percent */
    char note[REPORT_TEXT_MAX]; /* the band that it lies in, or what contradicts it; "" */
};
#define REPORT_INSURED_MAX 12
#define REPORT_CHURN_MAX   (12 * 8)     /* a year's months and groups */

struct report {
    enum language language;
    const char *fund;
    char title[REPORT_TEXT_MAX];
    int year;
    date_day as_of;
    int64_t policy_version;
    char completeness[COMPLETENESS_TEXT_MAX];       /* of the sources, in a sentence; "" */
    int64_t expected_sources, silent_sources;
    char complete_month[FIGURE_MAX], complete_year[FIGURE_MAX];     /* in percent; "" */
    char importing[COMPLETENESS_TEXT_MAX];  /* why no rule is judged: whose history is being entered; "" */
    const char *unjudged;       /* why no indicator is met or not, in a few words; "" */
    bool has_opening;
    /* False: neither a balance nor a line of that side has been reported; of either. */
    bool income_known, expenditure_known, has_money;
    struct report_marks marks;  /* of the balance at the end */
    int64_t margin;             /* fen: how far the balances may be off, to either side; 0 if nobody said */
    bool any_derived, any_provisional;
    struct report_line lines[REPORT_LINES_MAX];
    unsigned line_count;
    struct report_indicator indicators[REPORT_INDICATORS_MAX];
    unsigned indicator_count;
    struct report_month months[REPORT_MONTHS_MAX];
    unsigned month_count;
    struct report_subsidy subsidies[REPORT_SUBSIDIES_MAX];
    unsigned subsidy_count;
    struct report_budget budget[REPORT_BUDGET_MAX];
    unsigned budget_count;
    bool budget_has_heads;      /* some line says what it was made from */
    struct report_fee fees[POLICY_FEES_MAX];
    unsigned fee_count;
    struct report_insured insured[REPORT_INSURED_MAX];
    unsigned insured_count;
    struct churn_row churn[REPORT_CHURN_MAX];   /* by month and group */
    unsigned churn_count;
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
/* Notes that some figure of the report has such marks. */
void report_note_marks(struct report *report, struct report_marks marks);
/* A figure of a table with a mark behind it if it is derived; where others are, one that is not has a
 * blank, so that a column's digits stand below one another.  Returns `text`. */
char *report_marked(const struct report *report, bool derived, char text[FIGURE_MAX]);
/* The same of a column in which figures may be provisional, too. */
char *report_marked_both(const struct report *report, struct report_marks marks, char text[FIGURE_MAX]);
/* "", "derived", "provisional" or both, in the report's language. */
const char *report_marks_words(const struct report *report, struct report_marks marks);
/* "met", for programs. */
const char *report_outcome_word(enum report_outcome outcome);
/* The same in the report's language. */
const char *report_outcome_text(const struct report *report, enum report_outcome outcome);
/* Note and remark of an indicator in one. */
#define REPORT_NOTES_MAX (2 * REPORT_TEXT_MAX)
const char *report_notes(const struct report *report, const struct report_indicator *row,
                         char text[REPORT_NOTES_MAX]);
/* "the balance is derived, and may be off by ± 205.00 万元"; "" where nobody said how far. */
const char *report_margin_text(const struct report *report, char text[FIGURE_MAX]);
/* "2024-12" */
const char *report_month_text(date_month month, char text[DATE_TEXT_MAX]);
