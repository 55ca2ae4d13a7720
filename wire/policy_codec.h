/* policy_codec - struct policy as the map of PROTOCOL 6. */
#pragma once

#include "fund/policy.h"
#include "wire/reader.h"
#include "wire/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Decodes a whole policy map.  Keys that are absent keep the values of
 * policy_default().  Returns NULL, or a sentence that says what is wrong (static),
 * policy_check() included. */
const char *policy_decode(struct policy_text text, struct policy *ret);

/* Writes every key, in the order of PROTOCOL 6. */
void policy_encode(struct writer *w, const struct policy *policy);

#ifdef __cplusplus
}
#endif
