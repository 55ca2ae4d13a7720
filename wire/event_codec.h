/* event_codec - an event as a MessagePack map (PROTOCOL 5), and as canonical bytes.
 *
 * The map is what sources send.  The canonical bytes are what the journal keeps
 * and what is compared to tell a duplicate from a conflict: every stated field
 * in the order of event.def, with one form for each value. */
#pragma once

#include "fund/event.h"
#include "wire/reader.h"
#include "wire/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Decodes the next value of `r` as one event.  If the value is well-formed
 * MessagePack but no good event, `r` stands behind it, its error is not set,
 * and the reason comes back with the field's key ("" if there is none) in
 * ret_key, which has room for EVENT_KEY_MAX + 1 bytes.  What could be read, id
 * above all, is in *ret then too.
 * Larger than EVENT_SIZE_MAX, policy aside, is REJECT_BAD_FIELD without a key,
 * whatever else is wrong.
 * If `r` has an error afterwards the message as a whole is malformed.
 * event_check() has been done on what returns REJECT_NONE.
 * ret->policy.bytes is borrowed from the message. */
#define EVENT_KEY_MAX 32
enum reject event_decode(struct reader *r, struct event *ret, char *ret_key);

/* What may be kept of an event that could not be booked: nobody's name or number.  Writes it as it was sent
 * if nothing is in it but fields of events that are what they must be; else a map of those that are, and as
 * `rest` the digest of the whole, so that nobody takes it for the event.  False: it is not as it was sent. */
bool event_scrub(struct writer *w, struct span sent);

/* Writes `event` as a map with its stated fields in the order of event.def. */
void event_encode(struct writer *w, const struct event *event);

/* Room for the canonical bytes of any event without its policy. */
#define CANONICAL_MAX 512

/* Canonical bytes: u32 presence bits (little-endian), then each stated field:
 * enumerations and booleans one byte; fund u32 place and u16 scheme; date,
 * from, to i32, year u16; amounts and counts as zigzag varint (LEB128); strings
 * as u8 length and bytes; person 16 bytes; policy u16 length and bytes.
 * Returns the number of bytes written to `to`, which has CANONICAL_MAX bytes and
 * event->policy.size more. */
size_t event_to_canonical(const struct event *event, uint8_t *to);

/* Reads canonical bytes back.  ret->policy.bytes is borrowed from them.
 * 0, or -EILSEQ for what event_to_canonical() never writes. */
int event_from_canonical(const uint8_t *bytes, size_t size, struct event *ret);

/* Of canonical bytes only the id, which is borrowed from them, and the kind.  0 or -EILSEQ; what
 * comes after these is not looked at. */
int event_id_of_canonical(const uint8_t *bytes, size_t size, struct span *ret_id, uint8_t *ret_kind);

/* BLAKE2b-128 of the canonical bytes: the digest that people compare. */
#define DIGEST_SIZE 16
void event_digest(const struct event *event, uint8_t ret[DIGEST_SIZE]);

#ifdef __cplusplus
}
#endif
