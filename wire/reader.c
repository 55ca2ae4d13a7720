#include "wire/reader.h"

#include "wire/controls.h"

#include <assert.h>
#include <string.h>

/* What the first byte of a value says, before anything behind it is believed. */
struct token {
    char type;                  /* as read_peek() names it, or one of heads[] that it hides */
    bool negative;
    uint64_t n;                 /* integer (two's complement), boolean, length or count */
    const uint8_t *body;        /* behind the head */
};

/* First bytes 0xc0 to 0xdf: type, and how many bytes of integer or length follow.
 * 'I' is a signed integer, 'f' a float, 'x' an extension with its length, 'X' one
 * of 1, 2, 4, 8 or 16 bytes; nobody uses 0xc1. */
static const struct {
    char type;
    uint8_t width;
} heads[32] = {
    {'0', 0}, {'?', 0}, {'t', 0}, {'t', 0}, {'b', 1}, {'b', 2}, {'b', 4}, {'x', 1},
    {'x', 2}, {'x', 4}, {'f', 4}, {'f', 8}, {'i', 1}, {'i', 2}, {'i', 4}, {'i', 8},
    {'I', 1}, {'I', 2}, {'I', 4}, {'I', 8}, {'X', 0}, {'X', 0}, {'X', 0}, {'X', 0},
    {'X', 0}, {'s', 1}, {'s', 2}, {'s', 4}, {'a', 2}, {'a', 4}, {'m', 2}, {'m', 4},
};

static const struct span nothing = { "", 0 };

const char *read_error_sentence(enum read_error err)
{
    switch (err) {
    case READ_OK:
        return "nothing is wrong";
    case READ_TRUNCATED:
        return "a length reaches beyond the end of the message";
    case READ_TYPE:
        return "a value has another type than it must, or is a float or an extension";
    case READ_RANGE:
        return "an integer or a length is outside its limits";
    case READ_DEPTH:
        return "maps and arrays are nested too deep";
    case READ_LEFTOVER:
        return "there are bytes after the end of the message";
    case READ_KEY:
        return "a map has a key that is unknown or stands there twice";
    }
    return "unknown error";
}

struct reader reader_of(const void *bytes, size_t size)
{
    const uint8_t *start = size > 0 ? bytes : (const uint8_t *)"";
    return (struct reader){ .start = start, .at = start, .end = start + size };
}

void read_fail(struct reader *r, enum read_error err)
{
    if (r->err != READ_OK)
        return;
    r->err = err;
    r->err_offset = (size_t)(r->at - r->start);
}

void read_again(struct reader *r, const uint8_t *from)
{
    assert(from >= r->start && from <= r->end);
    r->at = from;
    r->err = READ_OK;
    r->err_offset = 0;
}

static uint64_t four_bytes(const uint8_t *at)
{
    return ((uint64_t)at[0] << 24) + ((uint64_t)at[1] << 16) + ((uint64_t)at[2] << 8) + at[3];
}

static uint64_t big_endian(const uint8_t *at, unsigned width)
{
    if (width == 1)
        return at[0];
    if (width == 2)
        return ((uint64_t)at[0] << 8) + at[1];
    if (width == 4)
        return four_bytes(at);
    return (four_bytes(at) << 32) + four_bytes(at + 4);
}

static uint64_t sign_extend(uint64_t n, unsigned width)
{
    uint64_t sign = UINT64_C(1) << (8 * width - 1);
    return n < sign ? n : n - 2 * sign;
}

/* The heads from 0xc0 to 0xdf, which are followed by their length or integer. */
static bool long_head(struct reader *r, uint8_t first, struct token *ret)
{
    char type = heads[first - 0xc0].type;
    unsigned width = heads[first - 0xc0].width;
    if ((size_t)(r->end - r->at) <= width) {
        read_fail(r, READ_TRUNCATED);
        return false;
    }
    if (type == 'f' && control("float_is_one")) {
        *ret = (struct token){ 'i', false, 1, r->at + 1 + width };
        return true;
    }
    uint64_t n = first == 0xc3;     /* true; what has a width says it itself */
    if (width > 0)
        n = big_endian(r->at + 1, width);
    bool is_signed = type == 'I';
    if (is_signed)
        n = sign_extend(n, width);
    *ret = (struct token){
        .type = is_signed ? 'i' : type,
        .negative = is_signed && n > INT64_MAX,
        .n = n,
        .body = r->at + 1 + width,
    };
    return true;
}

/* The other heads, which are their own length or integer. */
static struct token short_head(uint8_t first, const uint8_t *body)
{
    if (first < 0x80)
        return (struct token){ 'i', false, first, body };
    if (first < 0x90)
        return (struct token){ 'm', false, first - 0x80u, body };
    if (first < 0xa0)
        return (struct token){ 'a', false, first - 0x90u, body };
    if (first < 0xc0)
        return (struct token){ 's', false, first - 0xa0u, body };
    return (struct token){ 'i', true, (uint64_t)first - 0x100, body };
}

/* The head of the next value; the reader does not move. */
static bool head(struct reader *r, struct token *ret)
{
    if (r->err != READ_OK)
        return false;
    if (r->at == r->end) {
        read_fail(r, READ_TRUNCATED);
        return false;
    }
    uint8_t first = *r->at;
    if (first >= 0xc0 && first < 0xe0)
        return long_head(r, first, ret);
    *ret = short_head(first, r->at + 1);
    return true;
}

static bool head_of_type(struct reader *r, char type, struct token *ret)
{
    if (!head(r, ret))
        return false;
    if (ret->type != type) {
        read_fail(r, READ_TYPE);
        return false;
    }
    return true;
}

/* Floats and extensions, which nobody asks for. */
static bool is_foreign(char type)
{
    return type == 'f' || type == 'x' || type == 'X';
}

/* A length in units of at least `unit` bytes each must fit into what is left. */
static bool length_fits(struct reader *r, const struct token *t, unsigned unit, uint32_t max)
{
    uint64_t left = (uint64_t)(r->end - t->body);
    if (t->n > left / unit)
        read_fail(r, READ_TRUNCATED);
    else if (t->n > max)
        read_fail(r, READ_RANGE);
    else
        return true;
    return false;
}

static bool head_of_length(struct reader *r, char type, unsigned unit, uint32_t max, struct token *ret)
{
    return head_of_type(r, type, ret) && length_fits(r, ret, unit, max);
}

static uint32_t read_container(struct reader *r, char type, unsigned unit, uint32_t max)
{
    struct token t;
    if (!head_of_length(r, type, unit, max, &t))
        return 0;
    r->at = t.body;
    return (uint32_t)t.n;
}

uint32_t read_map_any(struct reader *r, uint32_t max)
{
    return read_container(r, 'm', 2, max);
}

uint32_t read_array(struct reader *r, uint32_t max)
{
    return read_container(r, 'a', 1, max);
}

static struct span read_bytes(struct reader *r, char type, uint32_t max)
{
    struct token t;
    if (!head_of_length(r, type, 1, max, &t))
        return nothing;
    r->at = t.body + t.n;
    return (struct span){ (const char *)t.body, (uint32_t)t.n };
}

struct span read_string_any(struct reader *r, uint32_t max_bytes)
{
    return read_bytes(r, 's', max_bytes);
}

struct span read_binary_any(struct reader *r, uint32_t max_bytes)
{
    return read_bytes(r, 'b', max_bytes);
}

int64_t read_int_any(struct reader *r, int64_t min, int64_t max)
{
    struct token t;
    if (!head_of_type(r, 'i', &t))
        return 0;
    bool too_large = !t.negative && t.n > INT64_MAX;
    if (too_large || (int64_t)t.n < min || (int64_t)t.n > max) {
        read_fail(r, READ_RANGE);
        return 0;
    }
    r->at = t.body;
    return (int64_t)t.n;
}

uint64_t read_uint64(struct reader *r)
{
    struct token t;
    if (!head_of_type(r, 'i', &t))
        return 0;
    if (t.negative) {
        read_fail(r, READ_RANGE);
        return 0;
    }
    r->at = t.body;
    return t.n;
}

bool read_bool(struct reader *r)
{
    struct token t;
    if (!head_of_type(r, 't', &t))
        return false;
    r->at = t.body;
    return t.n;
}

void read_nil(struct reader *r)
{
    struct token t;
    if (head_of_type(r, '0', &t))
        r->at = t.body;
}

/* What has no length, or a form of its own: integer, boolean, nil, float, extension. */
static void pass_plain(struct reader *r, const struct token *t)
{
    uint64_t body = 0;
    if (t->type == 'x')
        body = t->n + 1;
    else if (t->type == 'X')
        body = (UINT64_C(1) << (*r->at - 0xd4)) + 1;
    if (body > (uint64_t)(r->end - t->body))
        read_fail(r, READ_TRUNCATED);
    else
        r->at = t->body + body;
}

static void pass(struct reader *r, unsigned depth, bool foreign);

static void pass_items(struct reader *r, uint64_t items, unsigned depth, bool foreign)
{
    if (depth == 0) {
        read_fail(r, READ_DEPTH);
        return;
    }
    /*@ loop invariant is_within(r) && sticks{Pre, Here}(r);
        loop assigns i, r->at, r->err, r->err_offset;
        loop variant items - i; */
    for (uint64_t i = 0; i < items && r->err == READ_OK; i++)
        pass(r, depth - 1, foreign);
}

/* Recursion is as deep as `depth`, which comes from us and not from the message. */
static void pass(struct reader *r, unsigned depth, bool foreign)
{
    struct token t;
    if (!head(r, &t))
        return;
    if (t.type == 'm')
        pass_items(r, (uint64_t)read_map(r, UINT32_MAX) * 2, depth, foreign);
    else if (t.type == 'a')
        pass_items(r, read_array(r, UINT32_MAX), depth, foreign);
    else if (t.type == 's' || t.type == 'b')
        read_bytes(r, t.type, UINT32_MAX);
    else if (t.type == '?' || (!foreign && is_foreign(t.type)))
        read_fail(r, READ_TYPE);
    else if (t.type == 'i' && !foreign)
        read_int(r, INT64_MIN, INT64_MAX);
    else
        pass_plain(r, &t);
}

static struct span passed(struct reader *r, unsigned depth, bool foreign)
{
    const uint8_t *from = r->at;
    pass(r, depth, foreign);
    if (r->err != READ_OK)
        return nothing;
    return (struct span){ (const char *)from, (uint32_t)(r->at - from) };
}

struct span read_skip(struct reader *r, unsigned depth)
{
    return passed(r, depth, false);
}

struct span read_skip_any(struct reader *r, unsigned depth)
{
    return passed(r, depth, true);
}

char read_peek_any(const struct reader *r)
{
    struct reader copy = *r;
    struct token t;
    return head(&copy, &t) && !is_foreign(t.type) ? t.type : '?';
}

enum read_error reader_end(struct reader *r)
{
    if (r->at != r->end)
        read_fail(r, READ_LEFTOVER);
    return r->err;
}

unsigned read_key(struct reader *r, const char *const keys[], unsigned count, uint64_t *seen)
{
    assert(count <= 64);
    struct reader before = *r;
    struct span key = read_string(r, UINT32_MAX);
    unsigned i = 0;
    while (i < count && r->err == READ_OK && !span_is(key, keys[i]))
        i++;
    if (i < count && !(*seen >> i & 1) && r->err == READ_OK) {
        *seen |= UINT64_C(1) << i;
        return i;
    }
    r->at = before.at;
    read_fail(r, READ_KEY);
    return count;
}

bool span_is(struct span s, const char *literal)
{
    return s.size == strlen(literal) && memcmp(s.bytes, literal, s.size) == 0;
}

bool span_copy(struct span s, char *to, size_t size)
{
    if (s.size >= size || memchr(s.bytes, '\0', s.size) != NULL)
        return false;
    memcpy(to, s.bytes, s.size);
    to[s.size] = '\0';
    return true;
}

/* Bytes of the UTF-8 sequence that begins with `first`; 0 if none does. */
static unsigned sequence_length(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2)           /* a continuation, or an overlong form of ASCII */
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

/* The character of a whole sequence; UINT32_MAX if its bytes do not belong together. */
static uint32_t code_point(const uint8_t *at, unsigned length)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (length == 1)
        return at[0];
    uint32_t c = at[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return UINT32_MAX;
        c = c << 6 | (at[i] & 0x3f);
    }
    return c < smallest[length] ? UINT32_MAX : c;
}

static bool is_text_character(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    bool surrogate = c >= 0xd800 && c < 0xe000;
    return !control && !surrogate && c <= 0x10ffff;
}

bool span_is_text(struct span s)
{
    const uint8_t *at = (const uint8_t *)s.bytes;
    const uint8_t *end = at + s.size;
    while (at < end) {
        unsigned length = sequence_length(*at);
        if (length == 0 || length > (size_t)(end - at))
            return false;
        if (!is_text_character(code_point(at, length)))
            return false;
        at += length;
    }
    return true;
}
