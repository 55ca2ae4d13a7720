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

#ifdef __cplusplus
extern "C" {
#endif

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
static inline uint32_t read_map(struct reader *r, uint32_t max);
uint32_t read_array(struct reader *r, uint32_t max);
static inline struct span read_string(struct reader *r, uint32_t max_bytes);
static inline struct span read_binary(struct reader *r, uint32_t max_bytes);
static inline int64_t read_int(struct reader *r, int64_t min, int64_t max);
uint64_t read_uint64(struct reader *r);         /* the whole range of u64 */
bool read_bool(struct reader *r);
void read_nil(struct reader *r);

/* The next key of a map: its index among `count` (at most 64) keys, and its bit
 * in *seen.  READ_KEY and `count` for one that is unknown or has its bit already. */
unsigned read_key(struct reader *r, const char *const keys[], unsigned count, uint64_t *seen);

/* For decoders: what was read is well-formed, but not what it must be.  Like
 * every error it counts only if it is the first. */
void read_fail(struct reader *r, enum read_error err);

/* Back to `from`, where the reader stood without an error: to step over what was
 * no good there. */
void read_again(struct reader *r, const uint8_t *from);

/* Passes over one value of any allowed type, at most `depth` containers deep,
 * and returns its bytes. */
struct span read_skip(struct reader *r, unsigned depth);

/* The same for any value that is MessagePack, floats, extensions and integers
 * beyond int64 too: to step over what is refused by name. */
struct span read_skip_any(struct reader *r, unsigned depth);

/* The type of the next value, without moving: 'm' map, 'a' array, 's' string,
 * 'b' binary, 'i' integer, 't' boolean, '0' nil, '?' none of these or an error. */
static inline char read_peek(const struct reader *r);

/* READ_LEFTOVER if bytes remain.  Returns r->err. */
enum read_error reader_end(struct reader *r);

bool span_is(struct span s, const char *literal);
/* Copies with NUL into `to` of `size` bytes; false if it does not fit or has a NUL inside. */
bool span_copy(struct span s, char *to, size_t size);
/* True if the bytes are well-formed UTF-8 without control characters. */
bool span_is_text(struct span s);

/* --- The short forms, which nearly all values have, read where they are asked for.
 *
 * Longer forms and all errors are the business of the functions named _any, which know
 * every form: what is here may only be faster. */
uint32_t read_map_any(struct reader *r, uint32_t max);
struct span read_string_any(struct reader *r, uint32_t max_bytes);
struct span read_binary_any(struct reader *r, uint32_t max_bytes);
int64_t read_int_any(struct reader *r, int64_t min, int64_t max);
char read_peek_any(const struct reader *r);

/* Bytes that may be looked at: none after an error. */
static inline size_t read_left(const struct reader *r)
{
    return r->err == READ_OK ? (size_t)(r->end - r->at) : 0;
}

/* A first byte from `least` to `most` is a length itself; whether that much is left is for the caller. */
static inline bool short_length(const struct reader *r, uint8_t least, uint8_t most, uint32_t max,
                                uint32_t *ret)
{
    if (read_left(r) == 0 || *r->at < least || *r->at > most)
        return false;
    *ret = (uint32_t)(*r->at - least);
    return *ret <= max;
}

/* At most 15 pairs. */
static inline uint32_t read_map(struct reader *r, uint32_t max)
{
    uint32_t pairs;
    if (!short_length(r, 0x80, 0x8f, max, &pairs) || 2 * pairs >= read_left(r))
        return read_map_any(r, max);
    r->at++;
    return pairs;
}

/* At most 31 bytes. */
static inline struct span read_string(struct reader *r, uint32_t max_bytes)
{
    uint32_t size;
    if (!short_length(r, 0xa0, 0xbf, max_bytes, &size) || size >= read_left(r))
        return read_string_any(r, max_bytes);
    struct span s = { (const char *)r->at + 1, size };
    r->at += 1 + size;
    return s;
}

/* At most 255 bytes. */
static inline struct span read_binary(struct reader *r, uint32_t max_bytes)
{
    size_t left = read_left(r);
    if (left < 2 || *r->at != 0xc4 || r->at[1] > left - 2 || r->at[1] > max_bytes)
        return read_binary_any(r, max_bytes);
    struct span s = { (const char *)r->at + 2, r->at[1] };
    r->at += 2 + s.size;
    return s;
}

/* A positive integer of 7, 16 or 32 bits: how many of `left` bytes it takes; 0 if there is none of
 * these.  Not `|` but `+`, which the proof knows (tests/proof) and compilers take for the same. */
static inline size_t short_int(const uint8_t *at, size_t left, int64_t *ret)
{
    if (left >= 5 && at[0] == 0xce) {
        *ret = ((uint32_t)at[1] << 24) + ((uint32_t)at[2] << 16) + ((uint32_t)at[3] << 8) + at[4];
        return 5;
    }
    if (left >= 3 && at[0] == 0xcd) {
        *ret = (at[1] << 8) + at[2];
        return 3;
    }
    if (left >= 1 && at[0] < 0x80) {
        *ret = at[0];
        return 1;
    }
    return 0;
}

static inline int64_t read_int(struct reader *r, int64_t min, int64_t max)
{
    int64_t n;
    size_t size = short_int(r->at, read_left(r), &n);
    if (size == 0 || n < min || n > max)
        return read_int_any(r, min, max);
    r->at += size;
    return n;
}

static inline char read_peek(const struct reader *r)
{
    if (read_left(r) > 0 && (*r->at & 0xe0) == 0xa0)
        return 's';
    if (read_left(r) > 0 && (*r->at & 0xf0) == 0x80)
        return 'm';
    return read_peek_any(r);
}

#ifdef __cplusplus
}
#endif
