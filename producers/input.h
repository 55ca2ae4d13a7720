/* input - rows out of a file that somebody else wrote: CSV or JSON Lines.
 *
 * CSV is RFC 4180 with a header line, strictly: quotes where they belong, the
 * same number of fields in each line.  A field may hold line ends.  JSON Lines is one object a
 * line, each key once, no floating point number, nothing nested.  Which of the two a file is shows
 * its first character.  Text comes out as UTF-8 with blanks at both ends of unquoted CSV fields
 * removed.
 *
 * A bad line is told with its place and does not hold up the ones behind it: a
 * quote that is never closed costs one line.
 *
 * What a row points to is borrowed and lasts until the next call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "files/complaint.h"
#include "producers/encoding.h"

#define INPUT_RECORD_MAX  65536     /* bytes in a line, line ends inside quotes included */
#define INPUT_COLUMNS_MAX 256       /* fields in a line */
#define INPUT_CELL_MAX    4096      /* bytes in a field, as UTF-8 */

struct input;

struct cell {
    const char *name;           /* of the column, or the key */
    const char *text;           /* NULL: empty, or null in JSON */
};

struct row {
    unsigned long line;         /* where it begins, from 1 */
    unsigned count;
    const struct cell *cells;
    const char *raw;            /* the bytes in the file, line end included if it has one */
    size_t raw_size;
};

enum input_result {
    INPUT_ROW,                  /* *ret_row is a row */
    INPUT_BAD,                  /* a bad line: raw, line and *ret_complaint are set */
    INPUT_END,
    INPUT_FAILED,               /* the file cannot be read on: *ret_complaint says why */
};

/* Opens `path`, "-" for standard input.  Reads nothing yet.  0 or -errno. */
int input_open(const char *path, enum encoding encoding, struct input **ret);
void input_close(struct input **input_p);

/* What people call it: the path, or "stdin". */
const char *input_name(const struct input *input);

enum input_result input_next(struct input *input, struct row *ret_row,
                             struct complaint *ret_complaint);

/* True for CSV, where every row has the columns of the header.  Both are known after the
 * first input_next(). */
bool input_is_csv(const struct input *input);

/* The header line's bytes, a byte order mark included; size 0 for JSON Lines. */
const char *input_header(const struct input *input, size_t *ret_size);
