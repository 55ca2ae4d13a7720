/* completeness_text - how complete the sources are that figures rest on, in a sentence. */
#pragma once

#include "consumers/fields.h"
#include "consumers/words.h"

#define COMPLETENESS_TEXT_MAX 1024

/* "96.00 % of 50 expected sources in the month, 98.20 % in the year; 2 silent: …" of a map `completeness`
 * (PROTOCOL 9.1); "" if nothing was expected of anybody.  Returns `text`. */
const char *completeness_text(struct fields *f, const json_t *map, enum language language,
                              char text[COMPLETENESS_TEXT_MAX]);
/* The same as a line of a page, "completeness: …"; nothing where nothing is expected. */
void completeness_print(struct fields *f, const json_t *map, enum language language, FILE *to);
/* "history is being entered; no rule is judged until it is done" of a status, or whose of the funds that it
 * is made of; "" if of none.  Returns `text`. */
const char *importing_text(struct fields *f, const json_t *status, enum language language,
                           char text[COMPLETENESS_TEXT_MAX]);
/* The second of these alone, of a status or a roll-up. */
const char *importing_members_text(struct fields *f, const json_t *map, enum language language,
                                   char text[COMPLETENESS_TEXT_MAX]);
/* Why no rule that rests on the sources can be judged by the figures of a status, in a few words: history is
 * being entered, or less than the policy's floor of what was expected in the month has come.  "" if they
 * can. */
const char *unjudged_text(struct fields *f, const json_t *status, enum language language);
