/* Messages of subscribers, one after the other: each a byte that says who sends it, its size and its bytes.
 *
 * However they come, the shares add up, no one has more than is left free, and nothing of another county is
 * heard. */
#include <assert.h>
#include <string.h>

#include "daemon/subscriptions.h"
#include "tests/fuzz/daemon/world.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/alert_codec.h"
#include "wire/limits.h"

static void check_shares(const struct subscriptions *s)
{
    uint32_t sum = 0;
    assert(s->share_count <= SHARES_MAX && s->count < SUBSCRIPTIONS_MAX);
    for (uint32_t i = 0; i < s->share_count; i++)
        sum += s->shares[i].count;
    assert(sum == s->count);
}

FUZZER(subscription)
{
    static struct subscriptions s;
    struct parts parts = { bytes, size };
    s = (struct subscriptions){ .count = 0 };
    while (parts.left > 0) {
        uint8_t who = take_byte(&parts);
        size_t length;
        const uint8_t *message = take_part(&parts, &length);
        const struct grant *grant = who & 1 ? rights_local() : who & 2 ? world_county() : NULL;
        char name[2] = { (char)(who >> 2), '\0' };
        enum subscription became = subscriptions_take(&s, name, grant, message, length);
        assert(became != SUBSCRIPTION_ADDED || (length >= 1 && length <= 1 + TOPIC_MAX && message[0] == 1));
        assert(became != SUBSCRIPTION_ADDED || grant == rights_local());
        check_shares(&s);
    }
}
