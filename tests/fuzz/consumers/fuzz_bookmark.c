/* A monitor's bookmark: a file that is taken is the one that would be written, to the byte. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "consumers/bookmark.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

FUZZER(bookmark)
{
    struct bookmark b;
    char again[128];
    int err = bookmark_read(input_file(bytes, size), &b);
    assert(err == 0 || err == -EILSEQ);
    if (err != 0)
        return;
    int length = snprintf(again, sizeof again, "fundwatch-monitor 1\nepoch: %" PRIu64 "\nnumber: %" PRIu64
                          "\n", b.epoch, b.number);
    assert((size_t)length == size && memcmp(bytes, again, size) == 0);
}
