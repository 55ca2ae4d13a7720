/* encoding - from the bytes of a file to UTF-8.
 *
 * Files are UTF-8, or GB18030 as Excel in China writes them.  Which of the two
 * is decided once per file, by the first bytes beyond ASCII: if they are
 * not valid UTF-8 but valid GB18030, that is it. */
#pragma once

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>

enum encoding {
    ENCODING_AUTO = 0,          /* not decided yet */
    ENCODING_UTF8,
    ENCODING_GB18030,
};

/* "auto", "utf-8", "utf8", "gb18030", "gbk", "gb2312" in any case; false for anything else. */
bool encoding_parse(const char *text, enum encoding *ret);

struct decoder {
    enum encoding encoding;
    iconv_t gb18030;            /* opened when first needed */
};

void decoder_init(struct decoder *decoder, enum encoding encoding);
void decoder_free(struct decoder *decoder);

/* Looks at bytes that need not end with a whole character, and decides if they
 * have any beyond ASCII and nothing was decided before. */
void decoder_sample(struct decoder *decoder, const char *bytes, size_t size);

/* Converts whole characters into `to`, which has room for DECODED_MAX(size)
 * bytes.  0; -EILSEQ with the offset of the first bad byte in *ret_offset; -ENOMEM. */
#define DECODED_MAX(size) (2 * (size))
int decoder_convert(struct decoder *decoder, const char *bytes, size_t size, char *to,
                    size_t *ret_size, size_t *ret_offset);
