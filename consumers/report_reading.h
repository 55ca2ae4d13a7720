/* report_reading - what the parts of report_read() share.  Included by them and by nobody else. */
#pragma once

#include "consumers/report.h"

/* One report being read. */
struct reading {
    struct fields *f;
    const json_t *answer, *status, *policy;
    struct report *report;
};

/* Remembers that a key is not what it must be. */
void reading_fault(const struct reading *r, const char *key, const char *what);
/* The items that there is room for; more of them are a fault of the answer. */
size_t reading_list_size(const struct reading *r, const json_t *list, const char *key, size_t max);

/* The table of indicators: report_indicators.c. */
void report_read_indicators(const struct reading *r);
