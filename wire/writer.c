#include "wire/writer.h"

#include <assert.h>
#include <errno.h>
#include <msgpack/pack.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 256
#define CAPACITY_MAX   (SIZE_MAX / 4)   /* doubling cannot overflow */

void writer_init(struct writer *w)
{
    *w = (struct writer){ 0 };
}

void writer_free(struct writer *w)
{
    free(w->bytes);
    writer_init(w);
}

void writer_reset(struct writer *w)
{
    w->size = 0;
    w->err = 0;
}

/* Room for `more` bytes: at least twice as much as before, so that n bytes cost O(n). */
static bool grow(struct writer *w, size_t more)
{
    if (more > CAPACITY_MAX - w->size) {
        w->err = -ENOMEM;
        return false;
    }
    size_t capacity = w->capacity > 0 ? w->capacity : CAPACITY_FIRST;
    while (capacity < w->size + more)
        capacity *= 2;
    char *bytes = realloc(w->bytes, capacity);
    if (bytes == NULL) {
        w->err = -ENOMEM;
        return false;
    }
    w->bytes = bytes;
    w->capacity = capacity;
    return true;
}

void write_raw(struct writer *w, const void *bytes, size_t size)
{
    if (w->err != 0 || size == 0)
        return;
    if (size > w->capacity - w->size && !grow(w, size))
        return;
    memcpy(w->bytes + w->size, bytes, size);
    w->size += size;
}

static int packer_write(void *arg, const char *bytes, size_t size)
{
    struct writer *w = arg;
    write_raw(w, bytes, size);
    return w->err;
}

static struct msgpack_packer packer(struct writer *w)
{
    struct msgpack_packer p;
    msgpack_packer_init(&p, w, packer_write);
    return p;
}

void write_map(struct writer *w, uint32_t pairs)
{
    struct msgpack_packer p = packer(w);
    msgpack_pack_map(&p, pairs);
}

void write_array(struct writer *w, uint32_t items)
{
    struct msgpack_packer p = packer(w);
    msgpack_pack_array(&p, items);
}

void write_string(struct writer *w, const char *text)
{
    write_string_n(w, text, strlen(text));
}

void write_string_n(struct writer *w, const char *text, size_t size)
{
    assert(size <= UINT32_MAX);
    struct msgpack_packer p = packer(w);
    msgpack_pack_str(&p, size);
    write_raw(w, text, size);
}

void write_binary(struct writer *w, const void *bytes, size_t size)
{
    assert(size <= UINT32_MAX);
    struct msgpack_packer p = packer(w);
    msgpack_pack_bin(&p, size);
    write_raw(w, bytes, size);
}

void write_int(struct writer *w, int64_t value)
{
    struct msgpack_packer p = packer(w);
    msgpack_pack_int64(&p, value);
}

void write_uint(struct writer *w, uint64_t value)
{
    struct msgpack_packer p = packer(w);
    msgpack_pack_uint64(&p, value);
}

void write_bool(struct writer *w, bool value)
{
    struct msgpack_packer p = packer(w);
    if (value)
        msgpack_pack_true(&p);
    else
        msgpack_pack_false(&p);
}

void write_nil(struct writer *w)
{
    struct msgpack_packer p = packer(w);
    msgpack_pack_nil(&p);
}

void write_key_string(struct writer *w, const char *key, const char *value)
{
    write_string(w, key);
    write_string(w, value);
}

void write_key_int(struct writer *w, const char *key, int64_t value)
{
    write_string(w, key);
    write_int(w, value);
}

void write_key_uint(struct writer *w, const char *key, uint64_t value)
{
    write_string(w, key);
    write_uint(w, value);
}

void write_key_bool(struct writer *w, const char *key, bool value)
{
    write_string(w, key);
    write_bool(w, value);
}
