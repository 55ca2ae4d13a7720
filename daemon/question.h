/* question - the words that a key's rights may list beside "all": the names of PROTOCOL 9.
 *
 * Any thread. */
#pragma once

#include <stdbool.h>

bool question_is(const char *word);     /* of queries */
bool command_is(const char *word);      /* of commands */
