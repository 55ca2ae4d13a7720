/* options - the command line of every program that reads files.
 *
 * Usage errors end the program with 2 and a sentence, as argp does. */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "producers/encoding.h"
#include "producers/mapping.h"

/* How a program ends. */
enum exit_code {
    EXIT_COUNTED = 0,           /* every event was applied, or a duplicate */
    EXIT_FAILED = 1,            /* a file, the spool or the daemon's refusal stopped it */
    EXIT_USAGE = 2,
    EXIT_BAD_LINES = 3,         /* some lines were bad, or events conflicted or were rejected */
    EXIT_UNKNOWN = 4,           /* not all was answered in time: the spool has it, the next run
                                 * sends it */
};

struct options {
    const char *source, *issuer, *endpoint, *server_key, *key, *spool;
    uint32_t batch;             /* events, 0: the library's choice */
    int timeout_ms;             /* without an answer */
    uint64_t max_errors;        /* bad lines; 0: no limit */
    bool check, json, quiet, fields;
    enum encoding encoding;
    const char *rejects, *person_key;
    const char *events;         /* where they are written as lines of JSON, "-" standard output; NULL: no */
    const char *ignored;        /* columns, ',' between them; "all"; NULL: none */
    struct settings settings;
    char **files;               /* "-": standard input */
    unsigned file_count;

    const char *policy, *opening;               /* bureau */
    date_day day;                               /* bureau; DATE_NONE: not given */
    const char *make_person_key, *add_person_key, *destroy_person_key;    /* registry */
};

/* What a program adds.  `parse` gets its keys and returns NULL or what is wrong
 * with `arg`. */
struct own_options {
    const struct argp_option *options;          /* NULL: none */
    const char *(*parse)(int key, const char *arg, struct options *options);
};

/* Parses argv.  `doc` is argp's.  The source comes from --source, $FUNDWATCH_SOURCE or
 * is left NULL (then it is the name in --key's file). */
void options_parse(int argc, char **argv, const char *doc, const struct own_options *own,
                   struct options *ret);

/* A whole number from `min` to `max`, digits only. */
bool options_number(const char *text, int64_t min, int64_t max, int64_t *ret);
