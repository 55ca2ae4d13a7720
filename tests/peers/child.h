/* child - programs of others: run to their end, or started as servers that die with us. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct passwd;

struct child {
    pid_t pid;                  /* 0: not running */
    FILE *output;               /* stdout and stderr together */
};

/* Runs it to its end; what it prints, or the beginning of that, comes back with a NUL.  `user`
 * NULL: as ourselves.  Ends the program, with what was printed, unless the exit code is 0. */
void child_run(const char *const argv[], const struct passwd *user, char *ret_output, size_t size);

/* Starts it and waits until it prints a line with `ready` in it.  It gets `death_signal` when we
 * are gone. */
void child_start(struct child *child, const char *const argv[], const struct passwd *user,
                 int death_signal, const char *ready);
/* Asks it to end, and waits; ends the program if the exit code is not 0. */
void child_stop(struct child *child, int signal_number);
