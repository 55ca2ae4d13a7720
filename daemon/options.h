/* options - the command line of fundwatchd. */
#pragma once

#include "daemon/config.h"

enum action {
    ACTION_RUN,
    ACTION_INIT,                /* make an empty store */
    ACTION_CHECK_CONFIG,
    ACTION_RESTORE,             /* argument: the backup */
    ACTION_VERIFY_COPY,         /* argument: a store that nobody has open */
    ACTION_REPLAY_COPY,         /* argument: a folder with a copy and what is asked of it */
    ACTION_MAKE_KEY,            /* argument: NAME; writes NAME.key and NAME.pub */
};

/* Exit codes. */
#define EXIT_USAGE 2            /* the command line or a configuration file is wrong */

struct options {
    enum action action;
    const char *argument;       /* borrowed from argv */
    bool unverified;            /* of ACTION_RESTORE: without comparing the copy with its journal */
    const char *head;           /* of ACTION_VERIFY_COPY: POSITION:HASH; NULL: none */
    const char *config_file;    /* NULL: none */
    struct config config;       /* with the file and the options in it */
};

/* Reads argv, and the configuration file that it names.  Prints what is wrong, or --help or
 * --version, and exits, if there is nothing to run. */
void options_parse(int argc, char **argv, struct options *ret);
