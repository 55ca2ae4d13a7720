/* policy - the rules of one fund from a date on.
 *
 * Limits, targets, recognition, calendars and which rules apply at all belong
 * to a policy, not to the code.  A policy arrives as an event, has a version,
 * and is in force for events dated on or after its date.  On the wire it is a
 * map (PROTOCOL 6); in the journal the same bytes; wire/policy_codec turns them into
 * this struct. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fund/amount.h"
#include "fund/calendar.h"
#include "fund/date.h"
#include "fund/subsidy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The encoded form inside an event: borrowed from the message or record that
 * the event was decoded from, and only valid as long as that is. */
struct policy_text {
    const uint8_t *bytes;
    uint32_t size;
};

#define POLICY_SIZE_MAX     32768   /* bytes, encoded */
#define POLICY_COVERAGE_MAX 8
#define POLICY_QUIET_MAX    32
#define POLICY_STANDARDS_MAX 12 /* years with a subsidy standard: as long as arrears of one may be open */
#define POLICY_EXCEPTIONS_MAX 96    /* of all standards together, so that the largest policy fits */
#define POLICY_BUDGET_MAX   48  /* lines of budgets, of all years */
#define POLICY_SPLIT_MAX    8
#define POLICY_EXPECTED_MAX 24      /* two years, month by month */
#define POLICY_CALENDARS_MAX 8
#define POLICY_SOURCES_MAX  64      /* patterns of sources that reports are expected of */
#define POLICY_NAME_MAX     32      /* bytes in a name or pattern, without NUL */
#define POLICY_LABEL_MAX    60      /* bytes of UTF-8 in what people read instead of a name */
#define POLICY_STATED_MAX   4       /* years that a fund says of whether it met a coverage */
#define POLICY_FEES_MAX     POLICY_STANDARDS_MAX    /* years with a fee per head: shown beside them */

/* When expenditure on care is recognised (DOMAIN 3a). */
enum recognition {
    RECOGNISE_SETTLEMENT = 1,       /* when the hospital settles */
    RECOGNISE_DISBURSEMENT = 2,     /* when the bureau pays: 收付实现制 */
};

/* When a fee paid for a coming year becomes income. */
enum fee_basis {
    FEES_ON_ARRIVAL = 1,
    FEES_IN_YEAR_COVERED = 2,
};

/* What moves the books date: a timer at midnight in Asia/Shanghai, or only
 * `day` events, as in a replay or an import. */
enum books_clock {
    CLOCK_LIVE = 1,
    CLOCK_EVENTS = 2,
};

/* What the denominator of the runway covers (DOMAIN 4). */
enum runway_base {
    RUNWAY_TRAILING_12 = 1,         /* 12 calendar months that have ended */
    RUNWAY_YEAR_TO_DATE = 2,        /* ended months of the calendar year */
    RUNWAY_CALENDAR_YEAR = 3,       /* the last calendar year that has ended */
};

/* A limit is entered at `enter` and left at `leave`: `leave` lies on the
 * healthy side of `enter`, or is equal to it.  In ten-thousandths. */
struct limit {
    int64_t enter_e4;
    int64_t leave_e4;
};

/* Days that a changed level must last, in book days, before it is an alert
 * (enter) or the end of one (leave).  0: at once. */
struct hold {
    uint16_t enter_days;
    uint16_t leave_days;
};
#define HOLD_DAYS_MAX 366

struct runway_rule {
    bool on;
    uint8_t base;                   /* an enum runway_base */
    uint8_t min_months;             /* ended months it needs: 1 to 12 */
    struct limit critical_low;      /* below: 3 months */
    struct limit low;               /* below: 6 */
    struct limit high;              /* above: 9 */
    struct limit excessive;         /* above: 15 */
    struct hold hold;
};

enum coverage_numerator {
    NUMERATOR_PAID = 1,             /* persons whose fee of the year is paid and not reversed */
    NUMERATOR_REGISTERED = 2,       /* persons registered, paid or not */
    NUMERATOR_REPORTED = 3,         /* the count that the registry reported */
    NUMERATOR_REPORTED_AND_EMPLOYEES = 4,   /* that and people insured as employees */
    NUMERATOR_PAID_AND_EMPLOYEES = 5,
    NUMERATOR_PAID_ONCE = 6,        /* paid, not left, and in exactly one place and scheme: fund/insured.h */
    NUMERATOR_REPORTED_ONCE = 7,    /* reported, less the duplicates that were reported */
};
#define NUMERATOR_LAST NUMERATOR_REPORTED_ONCE

enum coverage_denominator {
    DENOMINATOR_RESIDENT = 1,       /* 常住人口 */
    DENOMINATOR_REGISTERED = 2,     /* 户籍人口 */
    DENOMINATOR_LAST_YEAR = 3,      /* people this fund insured last year */
};

/* Whose coverage a deadline asks for. */
enum coverage_year_word {
    COVERAGE_OF_CURRENT_YEAR = 0,   /* of the year that the deadline is in: at its end, or so far */
    COVERAGE_OF_COMING_YEAR = 1,    /* of the year after it, that is collected for in its autumn */
};

/* What a fund itself says of a coverage in a year, without the figures that it would follow from.  Shown
 * where nothing can be computed; nobody judges by it. */
enum stated_outcome { STATED_MET = 1, STATED_NOT_MET = 2 };
struct coverage_statement {
    int32_t year;
    uint8_t outcome;                /* an enum stated_outcome */
};

struct coverage_rule {
    char name[POLICY_NAME_MAX + 1]; /* [a-z0-9_-]+, unique in the policy */
    char zh[POLICY_LABEL_MAX + 1];  /* how people call it, in two languages; "": by the name */
    char en[POLICY_LABEL_MAX + 1];
    uint8_t numerator;              /* an enum coverage_numerator */
    uint8_t denominator;            /* an enum coverage_denominator */
    uint8_t year;                   /* an enum coverage_year_word */
    uint8_t deadline_month;         /* judged from this day of the year on */
    uint8_t deadline_day;
    struct limit target;            /* below: an alert */
    struct hold hold;
    uint8_t stated_count;
    struct coverage_statement stated[POLICY_STATED_MAX];    /* of different years */
};

/* Income below expenditure over trailing 12 months.  The limit is on
 * (income - expenditure) / expenditure. */
struct deficit_rule {
    bool on;
    struct limit limit;
    struct hold hold;
};

/* Share of trailing 12 months' expenditure that is still provisional. */
struct provisional_rule {
    bool on;
    struct limit limit;             /* above: an alert */
    struct hold hold;
};

/* What has moved in months that were closed, as a share of trailing 12 months' expenditure. */
struct restated_rule {
    bool on;
    struct limit limit;             /* above: an alert */
    struct hold hold;
};

/* What part of inpatient care the fund pays: of the cost within policy, and of the whole cost.
 * Off unless the policy says so: which share is the target differs from place to place. */
struct reimbursement_rule {
    bool on;
    uint8_t base;                   /* an enum runway_base: the months that bills are taken from */
    struct limit in_policy;         /* below: an alert; a limit of 0 is never passed */
    struct limit actual;
    struct hold hold;
};

/* The runway against that of some months ago, while it is inside its band: outside it the runway
 * rule speaks.  Off unless the policy says so: between the fees of two autumns every runway falls,
 * and how fast is too fast depends on the season of the place. */
struct falling_rule {
    bool on;
    uint8_t months;                 /* 1 to 12 */
    struct limit limit;             /* months of runway lost; above: an alert */
    struct hold hold;
};

/* Contributions for `year` that should have come by the end of `by`, cumulative. */
struct expectation {
    int32_t year;
    date_day by;
    struct amount amount;
};

/* Contributions for a year, on whatever day they came, against what the policy expects of it.  One
 * instance for each year that it expects something of; off when it expects nothing. */
struct contributions_rule {
    struct limit limit;             /* collected / expected; below: an alert */
    struct hold hold;
    uint8_t expected_count;
    struct expectation expected[POLICY_EXPECTED_MAX];   /* by year and date */
};

/* The insured as reported, against those of the same day last year, while no coverage is below its
 * target: there the coverage rule speaks.  Off unless the policy says so: it needs counts that are
 * reported at the same times every year. */
struct net_loss_rule {
    bool on;
    struct limit limit;             /* share lost; above: an alert */
    struct hold hold;
};

/* During collection: those insured for the coming year by a day against those who were insured for this
 * year by the same day a year ago.  Off unless the policy says so: it needs a year's collection to
 * compare with, and its season is a place's own. */
struct pace_rule {
    bool on;
    uint8_t numerator;              /* an enum coverage_numerator, without employees */
    uint8_t from_month, from_day;   /* judged from this day of the year, */
    uint8_t to_month, to_day;       /* and up to this one */
    struct limit limit;             /* share that is missing; above: an alert */
    struct hold hold;
};

/* Insured twice, found in this store's funds or reported from outside, as a share of the insured.  Off
 * unless the policy says so: the limit is a place's own. */
struct duplicates_rule {
    bool on;
    struct limit limit;             /* above: an alert */
    struct hold hold;
};

/* A source that reports to this fund and has been quiet for more than `days` book days or, with a
 * calendar, for more than so many of its expected days.  `pattern` is a source's name, or its
 * beginning followed by '*'; the first that fits is used. */
struct quiet_rule {
    char pattern[POLICY_NAME_MAX + 1];
    uint16_t days;                  /* 1 to 366; with a calendar from 0 */
    char calendar[POLICY_NAME_MAX + 1];     /* "": every day counts */
};

/* On which days a source that follows it is expected to report: calendar.h.  Holidays are the
 * policy's, the same for all that work on working days only. */
struct calendar_rule {
    char name[POLICY_NAME_MAX + 1];
    uint8_t rhythm;                 /* an enum calendar_rhythm */
    uint8_t day;                    /* of the week or month */
    bool workdays;                  /* no weekends but those that are worked, and no holidays */
    uint8_t grace_days;             /* a report is missed when so many book days more are over */
};
#define CALENDAR_GRACE_MAX 31
#define CALENDAR_NOTHING "none"     /* what a source follows that nothing is expected of */

/* Which calendar a source follows.  The first pattern that fits is used, as of quiet rules. */
struct source_rule {
    char pattern[POLICY_NAME_MAX + 1];
    char calendar[POLICY_NAME_MAX + 1];     /* or CALENDAR_NOTHING */
};

/* The share of what was expected of the sources that has come (completeness.h).  While it is below
 * the limit the fund's other rules are blind. */
struct completeness_rule {
    bool on;
    struct limit limit;             /* below: an alert */
    struct hold hold;
};

/* Batches that are missing in the numbering of a source that reports to the fund. */
struct gaps_rule {
    bool on;
    struct hold hold;               /* how long they must have been missing */
};

/* What governments owe the fund: the standards of some years, and when a shortfall is an
 * alert, one for each year and level. */
struct subsidy_rule {
    bool on;
    struct subsidy_tolerance tolerance;
    struct hold hold;
    uint8_t standard_count;
    struct subsidy_standard standards[POLICY_STANDARDS_MAX];    /* of different years */
};

/* What the budget of a year foresees for a line of income or expenditure. */
struct budget_line {
    int32_t year;
    uint8_t category;               /* an enum event_category: posting_account() names the line */
    struct amount amount;
    int64_t heads;                  /* what it was made from: so many people, */
    struct amount per_head;         /* and so much for each; both 0 if it does not say */
};

/* What a person pays for a year, by the notice that sets it. */
struct fee_standard {
    int32_t year;
    struct amount per_head;
};

/* What the rule on the execution of budgets looks at. */
enum execution_by {
    EXECUTION_BY_SIDE = 1,          /* a year's lines of income together, and those of expenditure */
    EXECUTION_BY_LINE = 2,
};

/* What has moved of the budget of a year: behind when its share is less than that of the months which
 * have ended by more than so much, over when expenditure passes what was foreseen.  More income than
 * foreseen is no alert: nobody has to stop it.  Off unless the policy says so: in what pace a year's
 * money moves is a place's own, and a budget that names one line says nothing of the others. */
struct execution_rule {
    bool on;
    uint8_t by;                     /* an enum execution_by */
    uint8_t from;                   /* behind is judged once so many months have ended: 1 to 12 */
    struct limit behind;            /* share of the year that has ended - executed; above: low */
    struct limit over;              /* executed / foreseen; above: high */
    struct hold hold;
};

/* Whether hospitals may be prepaid: at so many months of runway, with no deficit in the last calendar year
 * and none projected (gate.h).  Off unless the policy says so: it concerns a fund that prepays. */
struct gate_rule {
    bool on;
    uint8_t years;                  /* of so many latest years the growth must bring no deficit either */
    struct limit months;            /* of runway; below: shut */
    struct limit surplus;           /* (income - expenditure) / expenditure; below: shut */
    struct hold hold;
};
#define POLICY_GATE_YEARS_MAX 5

/* What the books of a city or province have beside those of the funds under it (rollup.h). */
enum policy_books {
    BOOKS_UNSTATED = 1,             /* what they themselves tell */
    BOOKS_OWN = 2,                  /* money of its own, or that is passed up to it: never a sum */
    BOOKS_SUM = 3,                  /* no money: the sums of theirs */
};

struct policy {
    uint32_t version;               /* from 1, each higher than the one before */
    uint8_t recognition;            /* an enum recognition */
    uint8_t fee_basis;              /* an enum fee_basis */
    uint8_t clock;                  /* an enum books_clock */
    uint16_t ahead_days;            /* how far after the books date an event may be; 1 to 366 */
    struct runway_rule runway;
    struct deficit_rule deficit;
    struct provisional_rule provisional;
    struct restated_rule restated;
    uint8_t coverage_count;
    struct coverage_rule coverage[POLICY_COVERAGE_MAX];
    uint8_t quiet_count;
    struct quiet_rule quiet[POLICY_QUIET_MAX];
    struct subsidy_rule subsidy;
    uint8_t budget_count;
    struct budget_line budget[POLICY_BUDGET_MAX];
    uint8_t fee_count;
    struct fee_standard fees[POLICY_FEES_MAX];      /* of different years */
    struct reimbursement_rule reimbursement;
    struct falling_rule falling;
    struct contributions_rule contributions;
    struct net_loss_rule net_loss;
    struct pace_rule pace;
    struct duplicates_rule duplicates;
    struct execution_rule execution;
    struct gate_rule gate;
    /* The place is no more, from the policy's date on: no rule looks at its books by themselves.  That it was
     * merged is kept with the fund, since a policy of a later day may be there before and not say it; so
     * whether it is a part is asked of the fund (store/parts.h) and never of a policy. */
    uint32_t merged_into;           /* the place whose fund they are a part of; 0: none */
    uint8_t split_count;            /* the places that it was split into, 0 or 2 to POLICY_SPLIT_MAX */
    uint32_t split_into[POLICY_SPLIT_MAX];
    uint8_t calendar_count;
    struct calendar_rule calendars[POLICY_CALENDARS_MAX];
    uint8_t holiday_count;
    struct calendar_exception holidays[CALENDAR_EXCEPTIONS_MAX];    /* by date, none overlap */
    uint8_t source_count;
    struct source_rule sources[POLICY_SOURCES_MAX];
    struct completeness_rule completeness;
    struct gaps_rule gaps;
    /* The fund has no books of its own: its rules look at all funds of its place, a city or a province, as
     * one (rollup.h).  Such a policy has no other rules than runway, deficit, provisional share, coverage and
     * reimbursement, over trailing 12 months. */
    bool rollup;
    uint8_t books;                  /* an enum policy_books: of a city or province that has funds under it */
};

/* A policy with the bands of the notice of 2009 (3, 6, 9, 15 months; left 0.3
 * months inside), trailing 12, deficit and provisional rules on, no coverage; restatements and the
 * rules that depend on the place's own targets off; completeness on, of sources that it does not
 * name yet, and gaps that have lasted a day. */
struct policy policy_default(void);

/* What is wrong with `policy` in itself; NULL if nothing is. */
const char *policy_check(const struct policy *policy);
/* The same, and where: in a section (of 6 in PROTOCOL, "" for the policy as a whole) and in which entry of
 * which of its lists, the first that cannot stand behind those before it. */
struct policy_fault {
    const char *sentence;           /* NULL: there is none */
    const char *section, *list;     /* "subsidy", "standards"; the list is "" if it is the section */
    unsigned entry;                 /* from 1; 0: no entry by itself */
};
struct policy_fault policy_fault(const struct policy *policy);

/* Whether a coverage is measured against last year's insured. */
bool policy_asks_last_year(const struct policy *policy);

/* Whether a day is in the season of collection. */
bool policy_collects(const struct pace_rule *rule, date_day day);

/* The standard of a year; NULL if the policy has none. */
const struct subsidy_standard *policy_standard(const struct policy *policy, int32_t year);

/* The last expectation for `year` whose day is over at `date`; the year's first one if none is.
 * NULL if the policy expects nothing of the year. */
const struct expectation *policy_expected(const struct policy *policy, int32_t year, date_day date);

/* The quiet rule for a source; NULL if none fits. */
const struct quiet_rule *policy_quiet(const struct policy *policy, const char *source);

/* The calendar of a name; NULL if there is none. */
const struct calendar_rule *policy_calendar(const struct policy *policy, const char *name);

/* The calendar that a source follows; NULL if nothing is expected of it. */
const struct calendar_rule *policy_follows(const struct policy *policy, const char *source);

/* A calendar of the policy with its holidays. */
struct calendar policy_days(const struct policy *policy, const struct calendar_rule *rule);

/* True if the rule is about one source, by its whole name, and expects something of it. */
bool source_rule_names(const struct source_rule *rule);

#ifdef __cplusplus
}
#endif
