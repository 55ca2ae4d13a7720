/* fuzz - what gives bytes to a reader: libFuzzer, or files of a corpus as a plain test.
 *
 * Each fuzz_NAME.c has one function, FUZZER(NAME) { … }, which hands the bytes to the reader as the programs
 * do and asserts what must hold of whatever comes of it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct fuzzer {
    const char *name;           /* of its corpus: tests/fuzz/corpus/NAME */
    void (*swallow)(const uint8_t *bytes, size_t size);
};

/* The linker gathers those of a program in one place, where main.c finds them. */
#define FUZZER(NAME) \
    static void swallow_##NAME##_input(const uint8_t *bytes, size_t size); \
    static const struct fuzzer NAME##_fuzzer = { #NAME, swallow_##NAME##_input }; \
    __attribute__((section("fuzzers"), used)) \
    static const struct fuzzer *const NAME##_listed = &NAME##_fuzzer; \
    static void swallow_##NAME##_input(const uint8_t *bytes, size_t size)
