/* report_text - a report as text, as CSV and as JSON. */
#pragma once

#include <stdio.h>

#include "consumers/report.h"

/* Money in 万元 with 2 decimals.  0 or -ENOMEM, as all of them. */
int report_print(const struct report *report, FILE *to);

/* RFC 4180 in UTF-8, header first; money in 元 with 2 decimals, exactly.  `mark_order` puts a byte order
 * mark in front, without which Excel takes the file for GBK. */
int report_print_csv(const struct report *report, bool mark_order, FILE *to);

/* The answer that the report was read from, money in fen, with the report's names beside the codes and
 * the table of indicators.  A new reference; NULL without memory. */
json_t *report_json(const struct report *report, const json_t *answer);
