/* json - any answer of the daemon as JSON. */
#pragma once

#include <jansson.h>

#include "wire/reader.h"

/* The next value of `r`, whatever it is: maps keep their order, binary becomes hex in lower case,
 * nil null, and an integer beyond int64 a string of its digits.  A new reference, or NULL: then r->err says
 * what is wrong (a key that stands twice and text that is not UTF-8 too), or there is no memory. */
json_t *json_from_reader(struct reader *r);

/* The same for bytes that hold one value and nothing else. */
json_t *json_from_bytes(const void *bytes, size_t size);

/* One line without a newline, or indented.  malloc'ed; NULL without memory. */
char *json_line(const json_t *json);
char *json_text(const json_t *json);
