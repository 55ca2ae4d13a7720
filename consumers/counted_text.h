/* counted_text - that a total and groups which were reported of the same people contradict each other. */
#pragma once

#include "consumers/figures.h"
#include "consumers/fields.h"
#include "consumers/words.h"

/* "sum of the groups of 2023-06-30 to 2023-06-30; the total of 2023-01-31 is 10,000" of a map `counted`
 * (PROTOCOL 9.1); "" where they do not.  Returns `text`. */
const char *counted_text(struct fields *f, const json_t *map, enum language language, char text[FIGURE_MAX]);
