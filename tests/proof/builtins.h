/* builtins - what gcc computes itself, as its manual describes it, for a prover that knows C alone.
 *
 * "These built-in functions promote the first two operands into infinite precision signed type
 * and perform addition on those promoted operands.  The result is then cast to the type the third
 * pointer argument points to and stored there.  If the stored result is equal to the infinite
 * precision result, the built-in functions return false, otherwise they return true."
 * Every use that is proved has three int64. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define __builtin_add_overflow add_overflow
#define __builtin_sub_overflow sub_overflow

/*@ requires \valid(ret);
    assigns \result, *ret \from a, b;
    ensures \result == false || \result == true;
    ensures *ret == (int64_t)(a + b);
    ensures \result == false <==> *ret == a + b; */
bool add_overflow(int64_t a, int64_t b, int64_t *ret);

/*@ requires \valid(ret);
    assigns \result, *ret \from a, b;
    ensures \result == false || \result == true;
    ensures *ret == (int64_t)(a - b);
    ensures \result == false <==> *ret == a - b; */
bool sub_overflow(int64_t a, int64_t b, int64_t *ret);
