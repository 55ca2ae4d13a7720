/* budget - how far the budget of a year has been executed.
 *
 * A policy foresees amounts for lines of income and expenditure.  What its rule looks at is either a whole
 * side of a year (its lines together) or each line by itself.  Of both only the lines that the budget has
 * count, so that a budget which names some lines is measured with these: a line that nothing is foreseen
 * for is in it with an amount of 0. */
#pragma once

#include <stdbool.h>

#include "fund/account.h"
#include "fund/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

struct budget_item {
    int32_t year;
    bool is_expenditure;
    uint8_t category;           /* CATEGORY_NONE: the whole side */
    struct amount foreseen;
    struct amount executed;
    bool overflowed;            /* a sum left 64 bits: the two are not known */
};

bool budget_is_expenditure(const struct budget_line *line);
/* One of the four subsidies. */
bool budget_is_subsidy(const struct budget_line *line);

/* What `lines`, the sums of a year, have on a line of the budget, in its own direction. */
struct amount budget_moved(const struct budget_line *line, const struct lines *lines);

/* The instances of the policy's rule, in the order of its lines; `executed` has an amount for each line.
 * Returns their number; 0 if the rule is off. */
unsigned budget_items(const struct policy *policy, const struct amount executed[POLICY_BUDGET_MAX],
                      struct budget_item ret[POLICY_BUDGET_MAX]);

/* "2024-income", "2024-expenditure" or, of a line, "2024-E11".  Returns `name`. */
#define BUDGET_NAME_SIZE 24
const char *budget_name(const struct budget_item *item, char name[BUDGET_NAME_SIZE]);

/* The months of `year` that have ended at `books_date`, 0 to 12. */
unsigned budget_months(int32_t year, date_day books_date);

#ifdef __cplusplus
}
#endif
