/* input - the bytes of a fuzzer, in the forms that readers take them in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file with these bytes, of this user alone, in memory; its path is valid until the next call. */
const char *input_file(const uint8_t *bytes, size_t size);

/* An input that is several things: each is taken off the front, and the last takes what is left. */
struct parts {
    const uint8_t *at;
    size_t left;
};
uint8_t take_byte(struct parts *parts);         /* 0 at the end */
/* Of a part that has its size, 16 bits, before it: what there is of it. */
const uint8_t *take_part(struct parts *parts, size_t *ret_size);

/* A folder of this run's own in /dev/shm, removed with what is in it when the program ends. */
const char *input_folder(void);
