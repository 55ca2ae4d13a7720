/* replay_share - a printed total divided exactly, and integers that look random.
 *
 * Everything is a function of its arguments: no state, no clock, no floating
 * point.  So the n-th number of a replay can be had without the n - 1 before
 * it, and is the same on every machine. */
#pragma once

#include <stdint.h>

/* The part of `total` that falls to the weights from `before` to
 * `before + weight` of `all`: the difference of two floors.  Parts of weights that follow
 * one another add up to `total` exactly, and none is negative.
 * total >= 0, all > 0, before + weight <= all. */
int64_t replay_share(int64_t total, uint64_t before, uint64_t weight, uint64_t all);

/* The share of item `index` of `count` items with the weights `weights`.  The
 * weights are below 2^32 and not all zero. */
int64_t replay_share_of(int64_t total, const uint32_t *weights, unsigned count, unsigned index);

/* The `index`-th number of stream `stream` under `seed`: splitmix64, addressed
 * by its counter. */
uint64_t replay_random(uint64_t seed, uint64_t stream, uint64_t index);

/* A size as bills have them: many small, a few large.  The logarithm is nearly
 * normal (the sum of four uniform numbers): median 2,032, one in a hundred
 * beyond 13,000.  From 128 to REPLAY_SIZE_MAX. */
#define REPLAY_SIZE_MAX 32256
uint32_t replay_size(uint64_t random);
