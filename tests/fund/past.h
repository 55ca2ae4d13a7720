/* past - closed years of a fund up to December 2024, for tests that look ahead. */
#pragma once

#include "fund/outlook.h"

#define PAST_YEARS_MAX 7

struct past {
    struct outlook_month months[PAST_YEARS_MAX * 12];
    unsigned years;
    struct amount balance;
};

/* Twelve equal months in 万元, after the years that there are. */
void add_year(struct past *past, const char *income, const char *expenditure);

/* Month 1 to 12 of a year, which is 0 for the first one added. */
struct outlook_month *month_of(struct past *past, unsigned year, unsigned month_number);

/* What outlook_make() is given, and what it says. */
struct outlook_history history(const struct past *past);
struct outlook look_ahead(const struct past *past);
