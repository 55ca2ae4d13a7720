/* random - the only chance there is in a simulation: streams of numbers that follow from its seed.
 *
 * Each part of the world has a stream of its own, so that a change in one leaves the others as they were. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    /* splitmix64 */
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline struct random random_stream(uint64_t seed, const char *name)
{
    struct random random = { seed };
    for (; *name != '\0'; name++)
        random.state = random_next(&random) ^ (uint8_t)*name;
    return random;
}

/* 0 to `count` - 1. */
static inline uint32_t random_below(struct random *random, uint32_t count)
{
    return (uint32_t)((random_next(random) >> 32) * count >> 32);
}

/* `from` to `to`, inclusive. */
static inline int64_t random_between(struct random *random, int64_t from, int64_t to)
{
    return from + random_below(random, (uint32_t)(to - from + 1));
}

/* True once in `times`; never if that is 0. */
static inline bool random_once_in(struct random *random, uint32_t times)
{
    return times != 0 && random_below(random, times) == 0;
}
