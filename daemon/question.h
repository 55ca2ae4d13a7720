/* question - the words that a key's rights may list: those of PROTOCOL 9. */
#pragma once

#include <stdbool.h>

bool question_is(const char *word);     /* of queries */
bool command_is(const char *word);      /* of commands */
