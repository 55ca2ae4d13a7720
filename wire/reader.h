/* reader - MessagePack from strangers, read strictly and without allocating.
 *
 * A cursor over bytes that belong to the caller.  It remembers its first error
 * and from then on returns zeros, so that a decoder reads like the schema.  Every length is
 * compared with the bytes that are left before it is believed.  Floats,
 * extension types and integers outside int64 are errors; so is what is left
 * over at the end (reader_end). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum read_error {
    READ_OK = 0,
    READ_TRUNCATED,             /* a length reaches beyond the end */
    READ_TYPE,                  /* another type than asked for, or a float or extension */
    READ_RANGE,                 /* an integer or length outside its limit */
    READ_DEPTH,                 /* containers nested deeper than allowed */
    READ_LEFTOVER,              /* bytes after the end */
    READ_KEY,                   /* a map's key that is unknown, stands twice or is no string */
};
const char *read_error_sentence(enum read_error err);

struct reader {
    const uint8_t *start, *at, *end;
    enum read_error err;        /* the first; sticky */
    size_t err_offset;          /* where it was met */
};

/* A string or binary inside the message: borrowed, no NUL. */
struct span {
    const char *bytes;
    uint32_t size;
};

struct reader reader_of(const void *bytes, size_t size);

/* Number of pairs or items, at most `max` (READ_RANGE beyond). */
uint32_t read_map(struct reader *r, uint32_t max);
uint32_t read_array(struct reader *r, uint32_t max);
struct span read_string(struct reader *r, uint32_t max_bytes);
struct span read_binary(struct reader *r, uint32_t max_bytes);
int64_t read_int(struct reader *r, int64_t min, int64_t max);
uint64_t read_uint64(struct reader *r);         /* the whole range of u64 */
bool read_bool(struct reader *r);
void read_nil(struct reader *r);

/* The next key of a map: its index among `count` (at most 32) keys, and its bit
 * in *seen.  READ_KEY and `count` for one that is unknown or has its bit already. */
unsigned read_key(struct reader *r, const char *const keys[], unsigned count, uint32_t *seen);

/* For decoders: what was read is well-formed, but not what it must be.  Like
 * every error it counts only if it is the first. */
void read_fail(struct reader *r, enum read_error err);

/* Passes over one value of any allowed type, at most `depth` containers deep,
 * and returns its bytes. */
struct span read_skip(struct reader *r, unsigned depth);

/* The same for any value that is MessagePack, floats, extensions and integers
 * beyond int64 too: to step over what is refused by name. */
struct span read_skip_any(struct reader *r, unsigned depth);

/* The type of the next value, without moving: 'm' map, 'a' array, 's' string,
 * 'b' binary, 'i' integer, 't' boolean, '0' nil, '?' none of these or an error. */
char read_peek(const struct reader *r);

/* READ_LEFTOVER if bytes remain.  Returns r->err. */
enum read_error reader_end(struct reader *r);

bool span_is(struct span s, const char *literal);
/* Copies with NUL into `to` of `size` bytes; false if it does not fit or has a NUL inside. */
bool span_copy(struct span s, char *to, size_t size);
/* True if the bytes are well-formed UTF-8 without control characters. */
bool span_is_text(struct span s);
