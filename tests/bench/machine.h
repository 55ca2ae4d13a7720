/* machine - where it was measured: numbers without that mean nothing. */
#pragma once

#include <stdio.h>

/* Prints "name value" lines about the machine and the disk under `folder`. */
void machine_print(FILE *to, const char *folder);
/* The same as members of a JSON object, each followed by a comma. */
void machine_print_json(FILE *to, const char *folder);

/* Seconds that all processors have been at work since the machine started, whoever they worked for. */
double machine_cpu(void);
