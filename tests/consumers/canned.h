/* canned - answers as the daemon would give them, and what is printed of them. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "consumers/fields.h"
#include "wire/writer.h"

/* Begins and ends an answer's data; the JSON is the caller's. */
struct writer *canned_begin(void);
json_t *canned_end(void);

/* What a fund's status says. */
/* What was reported of the insured in two ways: nothing that contradicts itself; the groups, or the total. */
enum canned_counted { CANNED_AGREES, CANNED_GROUPS, CANNED_TOTAL };
struct canned_fund {
    const char *fund;
    int64_t balance, income, expenditure, provisional;
    bool has_opening, derived, importing;
    bool targets;               /* both reimbursement ratios, and people who are counted */
    enum canned_counted counted;
    bool no_target;             /* a net loss that no rule looks at */
    bool losing;                /* one beyond its limit, while a coverage fires */
    const char *gate;           /* why there is none for hospitals; NULL: no rule asks */
    bool budget;                /* and the execution of a budget, a side and a line */
    bool coming;                /* next year's pace, and a budget of a year that has not begun */
    bool expected;              /* sources: 50 of them, two silent */
    bool incomplete;            /* below the limit: rules are blind */
    const char *const *entering;    /* two members whose history is being entered; NULL: none */
    const char *blind;          /* why there is no runway; NULL: there is one */
    const char *level;          /* of the runway rule */
    const char *label;          /* what the policy calls its coverage in Chinese; NULL: nothing */
    const char *coverage;       /* why there is no coverage; NULL: 684.77 of 703.09 */
    int64_t low, high;          /* the policy's limits of the runway; 0: not stated */
    int as_of;                  /* of the report; 0: 20241231 */
    int64_t margin;             /* of the balance */
    int64_t owed_booked, owed_incurred;     /* to hospitals */
    int64_t overpaid;           /* and paid to them beyond that */
    int64_t overdue;            /* subsidy; -1: nobody can say */
    int64_t unmatched;          /* reversals that wait */
    int64_t misfits;            /* reversals that do not fit what they name */
    bool merged;                /* into 440800/390, from 2024-07-01 on */
    bool collecting;            /* 60 % of the residents have paid for 2023 */
    bool late;                  /* Ejin Horo's banner owes 245.91 万元 for 2023 */
};
void canned_status(struct writer *w, const struct canned_fund *fund);
/* Fengnan 2024: a figure for each line of the report, fund `fund` inside; months November and December. */
void canned_report(struct writer *w, const struct canned_fund *fund);

/* Fengnan 2024 as it must come out, and Zhanjiang 2022. */
extern const struct canned_fund fengnan, zhanjiang;

/* Runs `print` into memory; the text is the caller's.  Fails the test at a fault. */
typedef void printer(struct fields *f, const json_t *json, FILE *to);
char *canned_print(printer *print, const json_t *json);
/* The fault instead. */
void canned_fault(printer *print, const json_t *json, char fault[96]);
