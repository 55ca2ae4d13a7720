/* report_page - a report as one HTML page that needs nothing else: style and drawings are inside, it
 * runs no scripts and fetches nothing.  Reads on a screen, light or dark, and prints on A4.  The
 * markup is well-formed XML as well as HTML. */
#pragma once

#include <stdio.h>

#include "consumers/report.h"

void report_print_page(const struct report *report, FILE *to);
