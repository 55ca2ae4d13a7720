/* fuzz - what each fuzz_*.c defines; libFuzzer or replay_main.c calls it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
