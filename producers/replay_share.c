#include "producers/replay_share.h"

#include <assert.h>

static int64_t floor_of(int64_t total, uint64_t part, uint64_t all)
{
    return (int64_t)((unsigned __int128)total * part / all);
}

int64_t replay_share(int64_t total, uint64_t before, uint64_t weight, uint64_t all)
{
    assert(total >= 0);
    assert(all > 0);
    assert(before <= all && weight <= all - before);

    return floor_of(total, before + weight, all) - floor_of(total, before, all);
}

int64_t replay_share_of(int64_t total, const uint32_t *weights, unsigned count, unsigned index)
{
    assert(index < count);

    uint64_t before = 0, all = 0;
    for (unsigned i = 0; i < count; i++) {
        if (i == index)
            before = all;
        all += weights[i];
    }
    return replay_share(total, before, weights[index], all);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t replay_random(uint64_t seed, uint64_t stream, uint64_t index)
{
    /* 2^64 divided by the golden ratio: splitmix64's step. */
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);

    return mix(mix(seed + step * stream) + step * (index + 1));
}

uint32_t replay_size(uint64_t random)
{
    /* Four bytes, 0 to 1,020 together, are the exponent in 128ths; between two
     * powers of two the curve is a straight line. */
    uint32_t exponent = (random & 0xff) + (random >> 8 & 0xff) +
                        (random >> 16 & 0xff) + (random >> 24 & 0xff);
    return (128 + exponent % 128) << (exponent / 128);
}
