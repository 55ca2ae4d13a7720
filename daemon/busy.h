/* busy - which numbered batches were answered busy of late.
 *
 * A batch that is answered busy comes again, but those behind it may be taken before it does: the
 * source had them in flight.  Then there is a hole in its numbering that is our own doing, and no
 * batch is lost.  So numbers that were answered busy are remembered for BUSY_MS: what is still missing
 * after that is a gap.  After a restart nothing is remembered, and need not be: a source that connects
 * sends the oldest batch that was not answered first.
 *
 * Any thread. */
#pragma once

#include <stdint.h>

#include "store/store.h"

#define BUSY_MS          (60 * 60 * INT64_C(1000))
#define BUSY_SOURCES_MAX 256    /* at once; the one told longest ago is forgotten for a new one */

struct busy_numbers;
int busy_create(struct busy_numbers **ret);
void busy_destroy(struct busy_numbers **busy_p);    /* takes NULL */

/* `now_ms` of a clock that does not jump. */
void busy_note(struct busy_numbers *busy, const char *source, uint64_t sequence, int64_t now_ms);
/* From the lowest to the highest that a source was told; first 0: none. */
struct batch_numbers busy_of(struct busy_numbers *busy, const char *source, int64_t now_ms);
