/* writer - MessagePack into a growing buffer, over msgpack-c's packer.
 *
 * Sticky: after a failed allocation the rest writes nothing and writer_err()
 * is -ENOMEM.  Integers and lengths are always in their shortest form, so that
 * the same values give the same bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct writer {
    char *bytes;                /* owned; writer_free() */
    size_t size, capacity;
    int err;                    /* 0 or -ENOMEM; sticky */
};

void writer_init(struct writer *w);
void writer_free(struct writer *w);
void writer_reset(struct writer *w);            /* empty, keeps its memory */

void write_map(struct writer *w, uint32_t pairs);
void write_array(struct writer *w, uint32_t items);
void write_string(struct writer *w, const char *text);
void write_string_n(struct writer *w, const char *text, size_t size);
void write_binary(struct writer *w, const void *bytes, size_t size);
void write_int(struct writer *w, int64_t value);
void write_uint(struct writer *w, uint64_t value);
void write_bool(struct writer *w, bool value);
void write_nil(struct writer *w);
void write_raw(struct writer *w, const void *bytes, size_t size);   /* already packed */

/* A pair of a map: key, then the value. */
void write_key_string(struct writer *w, const char *key, const char *value);
void write_key_int(struct writer *w, const char *key, int64_t value);
void write_key_uint(struct writer *w, const char *key, uint64_t value);
void write_key_bool(struct writer *w, const char *key, bool value);

#ifdef __cplusplus
}
#endif
