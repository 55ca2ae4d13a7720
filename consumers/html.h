/* html - markup in which every argument is escaped.
 *
 * The markup stands in the template, which is ours; whatever comes from outside is an argument,
 * and so cannot be forgotten. */
#pragma once

#include <stdio.h>

/* `text` with & < > " ' escaped; control characters, which no page may have, become U+FFFD. */
void html_text(FILE *to, const char *text);

/* Writes the template, its {1} to {9} replaced by the arguments as html_text() writes them. */
void html_write(FILE *to, const char *template, const char *const arguments[], unsigned count);
#define HTML(to, template, ...)                                                 \
    html_write((to), (template), (const char *const[]){ __VA_ARGS__ },          \
               sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
