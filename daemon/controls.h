/* controls - bugs on purpose, so that fault tests can prove that they would be noticed.
 *
 * Compiled in only with -DFUNDWATCH_CONTROLS, and then chosen by the environment variable
 * FUNDWATCH_CONTROL:
 *   ack_before_commit   replies leave before store_commit()
 *   any_key             the ZAP handler lets every key in
 *   rights_once         rights are looked at in the handshake, not on messages */
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
