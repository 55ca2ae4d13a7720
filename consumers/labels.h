/* labels - what a fund's policy calls its definitions of coverage, for rows that name one.
 *
 * The protocol has their names, which are words of the policy's file: "resident".  What people call them is
 * in the policy, once for each language; which of the usual ones a name means differs from policy to
 * policy. */
#pragma once

#include "consumers/session.h"

/* Gives each row about coverage a `label` in Chinese, if that is spoken, the row is not shown as JSON, and
 * its fund's policy has one and can be seen.  Rows have `rule`, `instance` and, unless all are of `fund`,
 * `fund`. */
void labels_find(struct session *s, json_t *rows, const char *fund);

/* The row's label, or its name as it is. */
const char *label_of(const json_t *row, const char *name);
