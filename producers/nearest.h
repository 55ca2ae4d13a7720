/* nearest - the name that somebody may have meant. */
#pragma once

#include <stddef.h>

#define NEAREST_NAME_MAX 64     /* bytes; a longer name is near nothing */

/* How many letters have to be put in, taken out, replaced or swapped with their neighbour to make one
 * name the other, ASCII letters in any case; NEAREST_NAME_MAX + 1 if one is too long. */
size_t nearest_distance(const char *a, size_t a_size, const char *b, size_t b_size);

/* Whether a name of `size` bytes at that distance may have been meant. */
#define NEAREST_ENOUGH(distance, size) ((distance) <= 1 + (size) / 4)
