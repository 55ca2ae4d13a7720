/* churn_text - who came to a fund and who went, as text and as CSV. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "consumers/fields.h"
#include "consumers/figures.h"
#include "consumers/words.h"
#include "fund/churn.h"

/* A month of a group. */
struct churn_row {
    int64_t month;              /* yyyymm */
    char group[POLICY_NAME_MAX + 1];    /* its word; "" for none, "small" for those that were merged */
    int64_t counts[CHURN_COUNTS];
};

/* Print the answer of `churn` (PROTOCOL 9.8).  What it lacks is in f->fault.  0 or -ENOMEM. */
int churn_print(struct fields *f, const json_t *answer, enum language language, FILE *to);
int churn_print_csv(struct fields *f, const json_t *answer, enum language language, FILE *to);

/* For a report: one of `rows`, and a table of all, which are in the order of months. */
void churn_read_row(struct fields *f, const json_t *row, struct churn_row *ret);
int churn_print_rows(const struct churn_row *rows, size_t count, enum language language, FILE *to);

enum word churn_heading(enum churn_count count);
/* What the columns sum to, and which groups are not shown by themselves. */
const char *churn_note(enum language language, char text[FIGURE_MAX]);
const char *churn_month_text(int64_t yyyymm, char text[DATE_TEXT_MAX]);
const char *churn_group_text(enum language language, const char *group);
