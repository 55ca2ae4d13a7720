#include "consumers/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/limits.h"

#define JSON_DEPTH     16       /* containers inside one another */
#define JSON_ITEMS_MAX (MESSAGE_SIZE_MAX)

static json_t *value_of(struct reader *r, unsigned depth);

static json_t *text_of(struct reader *r)
{
    struct span s = read_string(r, MESSAGE_SIZE_MAX);
    json_t *json = json_stringn(s.bytes, s.size);
    if (json == NULL)
        read_fail(r, READ_RANGE);
    return json;
}

static json_t *hex_of(struct reader *r)
{
    static const char digits[] = "0123456789abcdef";
    struct span s = read_binary(r, MESSAGE_SIZE_MAX);
    char *hex = malloc((size_t)s.size * 2 + 1);
    if (hex == NULL)
        return NULL;
    for (uint32_t i = 0; i < s.size; i++) {
        hex[2 * i] = digits[(uint8_t)s.bytes[i] >> 4];
        hex[2 * i + 1] = digits[(uint8_t)s.bytes[i] & 15];
    }
    json_t *json = json_stringn(hex, (size_t)s.size * 2);
    free(hex);
    return json;
}

static json_t *integer_of(struct reader *r)
{
    struct reader before = *r;
    uint64_t large = read_uint64(r);
    if (r->err == READ_OK && large > INT64_MAX) {
        char digits[24];
        snprintf(digits, sizeof digits, "%" PRIu64, large);
        return json_string(digits);
    }
    *r = before;
    return json_integer(read_int(r, INT64_MIN, INT64_MAX));
}

static json_t *array_of(struct reader *r, unsigned depth)
{
    uint32_t count = read_array(r, JSON_ITEMS_MAX);
    json_t *array = json_array();
    for (uint32_t i = 0; array != NULL && i < count && r->err == READ_OK; i++) {
        if (json_array_append_new(array, value_of(r, depth - 1)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* A key as a C string; NULL (and an error) for one that is not a plain word. */
static const char *key_of(struct reader *r, char *to, size_t size)
{
    struct span s = read_string(r, (uint32_t)size - 1);
    if (r->err == READ_OK && span_is_text(s) && span_copy(s, to, size))
        return to;
    read_fail(r, READ_KEY);
    return NULL;
}

static bool pair_into(json_t *map, struct reader *r, unsigned depth)
{
    char key[129];
    if (key_of(r, key, sizeof key) == NULL)
        return false;
    if (json_object_get(map, key) != NULL) {
        read_fail(r, READ_KEY);
        return false;
    }
    return json_object_set_new(map, key, value_of(r, depth - 1)) == 0;
}

static json_t *map_of(struct reader *r, unsigned depth)
{
    uint32_t count = read_map(r, JSON_ITEMS_MAX);
    json_t *map = json_object();
    for (uint32_t i = 0; map != NULL && i < count; i++) {
        if (!pair_into(map, r, depth)) {
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

static json_t *nil_of(struct reader *r)
{
    read_nil(r);
    return json_null();
}

/* What is no value, or stands too deep: an error, and which one read_skip() knows. */
static json_t *nothing_of(struct reader *r, unsigned depth)
{
    read_skip(r, depth);
    read_fail(r, READ_TYPE);
    return NULL;
}

static json_t *value_of(struct reader *r, unsigned depth)
{
    switch (read_peek(r)) {
    case 's':
        return text_of(r);
    case 'b':
        return hex_of(r);
    case 'i':
        return integer_of(r);
    case 't':
        return json_boolean(read_bool(r));
    case '0':
        return nil_of(r);
    case 'a':
        return depth > 0 ? array_of(r, depth) : nothing_of(r, depth);
    case 'm':
        return depth > 0 ? map_of(r, depth) : nothing_of(r, depth);
    default:
        return nothing_of(r, depth);
    }
}

json_t *json_from_reader(struct reader *r)
{
    json_t *json = value_of(r, JSON_DEPTH);
    if (json != NULL && r->err != READ_OK) {
        json_decref(json);
        return NULL;
    }
    return json;
}

json_t *json_from_bytes(const void *bytes, size_t size)
{
    struct reader r = reader_of(bytes, size);
    json_t *json = json_from_reader(&r);
    if (json != NULL && reader_end(&r) != READ_OK) {
        json_decref(json);
        return NULL;
    }
    return json;
}

char *json_line(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
}

char *json_text(const json_t *json)
{
    return json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
}
