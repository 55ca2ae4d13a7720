/* figures - money, indicators and reasons as people read them. */
#pragma once

#include <stddef.h>

#include "fund/alert.h"
#include "fund/amount.h"
#include "fund/indicator.h"

#define FIGURE_MAX 256

/* What a derived figure has behind it, and the note at the foot of the page. */
#define DERIVED_MARK " †"
#define DERIVED_NOTE "† derived: computed, in whole or in part, from other figures, and not stated by anybody"

/* "26,590.15": 万元 with 2 decimals.  Returns `text`, as the others do. */
const char *figure_wan(int64_t fen, char text[FIGURE_MAX]);
/* "265901500.00": 元, for programs. */
const char *figure_yuan(int64_t fen, char text[FIGURE_MAX]);

/* The bare number with as many more decimals as it takes to tell it from limits that it is not: a runway of
 * 5.9996 is not "6.00" beside a limit of 6, and one that a fen is missing from is "5.999999999". */
const char *figure_number_beside(enum rule rule, struct indicator indicator, const int64_t limits_e4[],
                                 unsigned count, char text[FIGURE_MAX]);
/* The English unit of such a number: "1 day", "2 days". */
const char *figure_unit_of(enum rule rule, const char *number);
/* "8.49 months", "-3.21 %", "12 days", or "not computable: …" with the reason in words. */
const char *figure_value(enum rule rule, struct indicator indicator, char text[FIGURE_MAX]);
/* What a rule's value is counted in: "months", "%", "days" or "元". */
const char *figure_unit(enum rule rule);
/* The same unit for a limit. */
const char *figure_limit(enum rule rule, int64_t limit_e4, char text[FIGURE_MAX]);
/* The bare limit with no more decimals than it has: "6", "6.3", "95". */
const char *figure_bound(enum rule rule, int64_t limit_e4, char text[FIGURE_MAX]);
/* "6,847,730" */
const char *figure_count(int64_t count, char text[FIGURE_MAX]);
/* The bare number with 2 decimals; "" if not computable. */
const char *figure_number(enum rule rule, struct indicator indicator, char text[FIGURE_MAX]);

/* "12 closed months, trailing_12" */
const char *figure_base(const char *base, int64_t months, char text[FIGURE_MAX]);
/* "low" or "critical low": a level's word without the underscore. */
const char *figure_level(const char *word, char text[FIGURE_MAX]);
