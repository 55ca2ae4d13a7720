/* targets - what the figures are compared with; a report, not a test. */
#pragma once

#include <stdio.h>

/* Each target with its figure (median, range) and whether it was met; what no section of this run
 * measured is left open. */
void targets_print(FILE *to);
/* The same as objects, separated by commas. */
void targets_print_json(FILE *to);
