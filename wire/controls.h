/* controls - bugs on purpose, so that fault tests can prove that they would be noticed.
 *
 * Compiled in only with -DFUNDWATCH_CONTROLS (make CONTROLS=1), and then chosen by the
 * environment variable FUNDWATCH_CONTROL.  In the store:
 *   dedup_off           ids that were counted are not looked up
 *   two_transactions    balances are committed after the journal, in a transaction of their own
 *   same_epoch          restoring a backup begins no epoch
 *   field_left_out      self_pay is not compared when an id comes again
 *   quarantine_as_sent  what could not be booked is kept with everything that is in it
 * in the producers:
 *   unhashed_person     a person's number goes out as it is
 *   cores               a program that dies may leave its memory in a file
 * in the decoders:
 *   float_is_one        a float is taken for the integer 1
 * and in the daemon those that daemon/controls.h lists. */
#pragma once

#include <stdbool.h>

#ifdef FUNDWATCH_CONTROLS
#include <stdlib.h>
#include <string.h>

static inline bool control(const char *name)
{
    const char *chosen = getenv("FUNDWATCH_CONTROL");
    return chosen != NULL && strcmp(chosen, name) == 0;
}
#else
#define control(name) false
#endif
