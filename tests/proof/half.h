/* half - the source at half its width: int32 for int64, and int64 for __int128.
 *
 * Frama-C knows no integer above 64 bits.  What is proved here holds of the same text with
 * every width halved: the provers see 2^63 where the compiler has 2^127, and 2^31 for 2^63.
 * Limits that are numbers (10^6, 1,200) stay as they are and so are nearer to the edge than in
 * the programs.  It is no proof of the compiler's 128-bit arithmetic; tests/fund/test_edges.c
 * runs that at its edges. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define __int128 long
#define int64_t int
#define uint64_t unsigned
#undef INT64_MAX
#undef INT64_MIN
#define INT64_MAX INT32_MAX
#define INT64_MIN INT32_MIN
