/* complaint - what is wrong with a line of a file, for people.
 *
 * Complaints go to standard error and from there to logs, so they never hold a
 * value that may be a person's: see complain_value(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define COMPLAINT_FIELD_MAX 64
#define COMPLAINT_TEXT_MAX  768

struct complaint {
    unsigned long line;         /* from 1; 0: not about a line */
    unsigned at;                /* character in that line, from 1; 0: not known */
    char field[COMPLAINT_FIELD_MAX + 1];    /* column or key, "" if none */
    char text[COMPLAINT_TEXT_MAX + 1];
};

/* Sets field (cut if it is longer) and text; leaves the place as it is. */
[[gnu::format(printf, 3, 4)]]
void complain(struct complaint *complaint, const char *field, const char *format, ...);

/* `"12.345" `: the value in quotes and a blank behind it, if it is short and made of digits and
 * signs only (or, with `word`, of lower-case letters too) and has no run of
 * digits as long as a person's number; otherwise "".  Returns `text`, which has at least
 * COMPLAINT_VALUE_MAX + 4 bytes. */
#define COMPLAINT_VALUE_MAX 23
const char *complain_value(const char *value, bool word, char *text);

/* Writes text out of a file to standard error, control characters as '?'. */
void complain_write(const char *text);

/* Writes "FILE:LINE[:AT]: [FIELD: ]TEXT\n" to standard error. */
void complaint_print(const struct complaint *complaint, const char *file);
