/* encoding - UTF-8 is checked here, GB18030 is glibc's iconv's. */
#include "producers/encoding.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

bool encoding_parse(const char *text, enum encoding *ret)
{
    static const struct { const char *name; enum encoding encoding; } names[] = {
        {"auto", ENCODING_AUTO},       {"utf-8", ENCODING_UTF8},   {"utf8", ENCODING_UTF8},
        {"gb18030", ENCODING_GB18030}, {"gbk", ENCODING_GB18030},  {"gb2312", ENCODING_GB18030},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(text, names[i].name) == 0) {
            *ret = names[i].encoding;
            return true;
        }
    }
    return false;
}

void decoder_init(struct decoder *decoder, enum encoding encoding)
{
    *decoder = (struct decoder){.encoding = encoding, .gb18030 = (iconv_t)-1};
}

void decoder_free(struct decoder *decoder)
{
    if (decoder->gb18030 != (iconv_t)-1)
        iconv_close(decoder->gb18030);
    decoder->gb18030 = (iconv_t)-1;
}

/* Bytes of the character that begins with `first`, and the range that its
 * second byte must have (The Unicode Standard, table 3-7).  0: none begins so. */
static unsigned utf8_length(uint8_t first, uint8_t *ret_low, uint8_t *ret_high)
{
    *ret_low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *ret_high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* How many bytes at the beginning are whole characters of UTF-8; *ret_cut: the
 * rest is the beginning of one. */
static size_t utf8_prefix(const char *bytes, size_t size, bool *ret_cut)
{
    const uint8_t *u = (const uint8_t *)bytes;
    *ret_cut = false;
    for (size_t at = 0; at < size;) {
        uint8_t low, high;
        unsigned length = utf8_length(u[at], &low, &high);
        for (unsigned i = 1; i < length; i++) {
            if (at + i == size) {
                *ret_cut = true;
                return at;
            }
            if (u[at + i] < low || u[at + i] > high)
                return at;
            low = 0x80;
            high = 0xbf;
        }
        if (length == 0)
            return at;
        at += length;
    }
    return size;
}

static bool is_ascii(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((uint8_t)bytes[i] >= 0x80)
            return false;
    }
    return true;
}

static bool open_gb18030(struct decoder *decoder)
{
    if (decoder->gb18030 == (iconv_t)-1)
        decoder->gb18030 = iconv_open("UTF-8", "GB18030");
    else
        iconv(decoder->gb18030, NULL, NULL, NULL, NULL);
    return decoder->gb18030 != (iconv_t)-1;
}

/* True if the bytes are GB18030, but for a last character that may be cut. */
static bool could_be_gb18030(struct decoder *decoder, const char *bytes, size_t size)
{
    if (!open_gb18030(decoder))
        return false;
    /* iconv() does not write to its input, whatever its prototype says. */
    char *from = (char *)(uintptr_t)bytes, scratch[4096];
    size_t left = size;
    for (;;) {
        char *to = scratch;
        size_t room = sizeof scratch;
        if (iconv(decoder->gb18030, &from, &left, &to, &room) != (size_t)-1)
            return true;
        if (errno != E2BIG)
            return errno == EINVAL;
    }
}

void decoder_sample(struct decoder *decoder, const char *bytes, size_t size)
{
    if (decoder->encoding != ENCODING_AUTO || is_ascii(bytes, size))
        return;
    bool cut;
    size_t good = utf8_prefix(bytes, size, &cut);
    bool utf8 = good == size || cut || !could_be_gb18030(decoder, bytes, size);
    decoder->encoding = utf8 ? ENCODING_UTF8 : ENCODING_GB18030;
}

static int convert_gb18030(struct decoder *decoder, const char *bytes, size_t size, char *to,
                           size_t *ret_size, size_t *ret_offset)
{
    if (!open_gb18030(decoder))
        return -ENOMEM;
    char *from = (char *)(uintptr_t)bytes, *out = to;
    size_t left = size, room = DECODED_MAX(size);
    if (iconv(decoder->gb18030, &from, &left, &out, &room) == (size_t)-1) {
        *ret_offset = size - left;
        return -EILSEQ;
    }
    *ret_size = (size_t)(out - to);
    return 0;
}

int decoder_convert(struct decoder *decoder, const char *bytes, size_t size, char *to,
                    size_t *ret_size, size_t *ret_offset)
{
    decoder_sample(decoder, bytes, size);
    if (decoder->encoding == ENCODING_GB18030)
        return convert_gb18030(decoder, bytes, size, to, ret_size, ret_offset);

    bool cut;
    size_t good = utf8_prefix(bytes, size, &cut);
    if (good != size) {
        *ret_offset = good;
        return -EILSEQ;
    }
    memcpy(to, bytes, size);
    *ret_size = size;
    return 0;
}
