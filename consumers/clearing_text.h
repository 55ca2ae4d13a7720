/* clearing_text - what clearing with hospitals would have to add, in a sentence.
 *
 * As exactly as it is known: where the balance is derived and somebody has said how far it may be off, a
 * fen of what follows from it would be false precision. */
#pragma once

#include <stdint.h>

#include "consumers/words.h"

struct clearing_figure {
    int64_t amount;             /* fen */
    int64_t to_e4;              /* ten-thousandths of a month: what the runway would come back to */
    bool derived;
    int64_t margin;             /* fen: how far the amount may be off, to either side; 0 if nobody said */
};

#define CLEARING_TEXT_MAX 512

/* "clearing would have to add about 118,595 万元 † (± 120 万元, because the balance is derived) of …":
 * with a margin of 10 万元 or more the amount in whole 万元 and the margin rounded up to two digits.
 * Returns `text`. */
const char *clearing_text(enum language language, const struct clearing_figure *clearing,
                          char text[CLEARING_TEXT_MAX]);
