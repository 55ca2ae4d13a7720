/* event_text - the fields of an event as people read them. */
#pragma once

#include <jansson.h>

#include "consumers/figures.h"
#include "consumers/words.h"

/* The value of the field `key`: money in 元, dates and months with dashes, words in the language; what is not
 * of the field's type as it stands, since a source's own file may say anything, and nothing for null.
 * Returns `text` or a text of `value`. */
const char *event_value_text(enum language language, const char *key, const json_t *value,
                             char text[FIGURE_MAX]);
