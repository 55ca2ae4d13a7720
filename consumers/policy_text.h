/* policy_text - a policy (PROTOCOL 6) as people read it: each setting in a line, in the units of policy
 * files. */
#pragma once

#include "consumers/session.h"

/* Prints the settings of a policy's map. */
void policy_print(struct page *page, const json_t *policy);
/* "name                         value": one setting, or one field of an event. */
void pair_print(struct page *page, const char *name, const char *value);
