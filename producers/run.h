/* run - what the programs that read files have in common: rows to events to the
 * daemon, outcomes back to the lines they came from.
 *
 * A bad line is told as FILE:LINE: FIELD: REASON and set aside (rejects.h), and so is the
 * line of an event that the daemon finds in conflict or rejects.  The
 * rest goes on.  When nobody answers, the file still goes into the spool as far as that has
 * room, and the program says that the outcome is unknown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fund/policy.h"
#include "producers/mapping.h"
#include "producers/options.h"

/* Events that the command line itself asks for, before or after the files. */
#define GIVEN_MAX 4
struct given {
    unsigned count;
    struct event events[GIVEN_MAX];
    uint8_t policy[POLICY_SIZE_MAX];    /* of a policy event */
};

struct program {
    const char *doc;            /* argp's */
    const struct column *columns;
    size_t column_count;
    struct own_options own;
    /* What a row comes to: false and a complaint, or events, or none and why. */
    bool (*make)(const struct settings *settings, const struct mapping *mapping,
                 const struct values *values, struct made *ret, struct complaint *ret_complaint);
    /* Each may be NULL.  False and a complaint. */
    bool (*before)(const struct options *options, struct given *ret,
                   struct complaint *ret_complaint);
    bool (*after)(const struct options *options, struct given *ret,
                  struct complaint *ret_complaint);
    /* Does something else than send, if the options ask for it. */
    bool (*instead)(const struct options *options, enum exit_code *ret);
};

/* main() of a program. */
int program_main(const struct program *program, int argc, char **argv);
