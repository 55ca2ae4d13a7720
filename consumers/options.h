/* options - command lines by table: the parser and --help read the same rows. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "consumers/words.h"
#include "fund/date.h"

/* What every program of the consumers exits with. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,             /* the command line is wrong */
    EXIT_NO_ANSWER = 3,         /* the daemon is not there */
    EXIT_BAD = 4,               /* answered, and what was found is bad or is not there */
};

struct option_info {
    char letter;                /* its place in struct options; -h, -V and -o can be typed too */
    const char *name;           /* without "--" */
    const char *argument;       /* what follows, in words; NULL: nothing does */
    const char *help;
};

struct options {
    const char *program;        /* for messages: "fundwatch report" */
    const char *values[128];    /* by letter; "" for one without argument, NULL if not given */
    int count;                  /* words that are no options */
    char **words;
};

/* Reads options whose letters stand in `allowed` out of argv, behind its first word; adds to what *o holds.
 * `stop_at_word`: the first word ends the options.  EXIT_DONE or, after
 * saying what is wrong, EXIT_USAGE. */
enum exit_code options_read(struct options *o, const struct option_info *infos, const char *allowed,
                            bool stop_at_word, int argc, char **argv);

/* Prints a line or two for each option of `allowed`. */
void options_help(const struct option_info *infos, const char *allowed, FILE *to);

bool option_given(const struct options *o, char letter);
const char *option_text(const struct options *o, char letter);
/* Each: false, after saying what is wrong, if it is given and is not such a thing; *ret is
 * left as it is if it is not given. */
bool option_number(const struct options *o, char letter, const struct option_info *infos,
                   int64_t min, int64_t max, int64_t *ret);
bool option_date(const struct options *o, char letter, const struct option_info *infos, int64_t *ret_ymd);
/* The same of a language; without the option that of the environment. */
bool option_language(const struct options *o, char letter, enum language *ret);

/* Digits and nothing else, within min and max (which are not negative). */
bool number_parse(const char *text, int64_t min, int64_t max, int64_t *ret);

/* "fundwatch report: " and the sentence, to stderr.  Returns EXIT_USAGE. */
[[gnu::format(printf, 2, 3)]]
enum exit_code usage_error(const struct options *o, const char *format, ...);
