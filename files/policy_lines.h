/* policy_lines - where in a policy's text something stands, for complaints: by its words, not by its
 * structure, since the text may be wrong.  Lines count from 1. */
#pragma once

#include "files/complaint.h"

/* The first line at or after `line` that has `key:`, or with a NULL key the one that begins a list entry;
 * `line` itself if none does. */
unsigned long policy_find_line(const char *text, const char *key, unsigned long line);
/* How many lines the text has; 1 if it has nothing. */
unsigned long policy_line_count(const char *text);
/* Where the section that begins on a line ends: the first line behind it that is no part of it. */
unsigned long policy_section_end(const char *text, unsigned long line);
/* The line of the n-th entry of a list that begins on a line; that line itself for a list in brackets. */
unsigned long policy_entry_line(const char *text, unsigned long line, unsigned n, unsigned long end);
/* A sentence names the key that it is about: the line and name of the first of its words that is a key of the
 * section, from a line on to another; else that line and "". */
unsigned long policy_key_line(const char *text, const char *section, const char *sentence,
                              unsigned long from, unsigned long end, char key[COMPLAINT_FIELD_MAX]);
