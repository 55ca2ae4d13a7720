/* example - the hex blocks of docs/PROTOCOL.md 11. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct example {
    char kind[16], name[32];    /* "event", "settlement" */
    uint8_t bytes[4096];
    size_t size;
};

#define EXAMPLES_MAX 64

/* All of them, in the order of the page, which is read from the current folder
 * (tests run from the root).  *ret_count gets their number. */
const struct example *examples(unsigned *ret_count);

/* The one of that kind and name; the test fails if there is none. */
const struct example *example(const char *kind, const char *name);
