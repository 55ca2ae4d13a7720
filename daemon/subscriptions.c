#include "daemon/subscriptions.h"

#include <string.h>

#include "wire/alert_codec.h"
#include "wire/limits.h"

/* The place prefix that a topic is about: "alert/1302" is 1302.  False for a topic that is not
 * about a place or whose digits are cut in the middle of a level. */
static bool topic_place(const char *topic, struct place_prefix *ret)
{
    static const char start[] = "alert/";
    size_t size = strlen(start);
    if (strncmp(topic, start, size) != 0)
        return false;
    char digits[8];
    size_t count = strspn(topic + size, "0123456789");
    if (count >= sizeof digits)
        return false;
    memcpy(digits, topic + size, count);
    digits[count] = '\0';
    return place_prefix_parse(digits, ret);
}

/* True if a key may hear everything that begins with `topic`. */
static bool may_hear(const struct grant *grant, const char *topic)
{
    struct place_prefix prefix;
    if (grant == NULL || !grant_alerts(grant))
        return false;
    return strncmp(topic, HEARTBEAT_TOPIC, strlen(HEARTBEAT_TOPIC)) == 0 || grant_everywhere(grant)
        || (topic_place(topic, &prefix) && grant_prefix(grant, prefix));
}

static struct share *share_of(struct subscriptions *s, const char *who)
{
    uint64_t mark = 0;
    for (; *who != '\0'; who++)
        mark = (mark ^ (uint8_t)*who) * UINT64_C(0x100000001b3);
    for (uint32_t i = 0; i < s->share_count; i++) {
        if (s->shares[i].mark == mark)
            return &s->shares[i];
    }
    /* Of somebody who has none any more, if there is one. */
    for (uint32_t i = 0; i < s->share_count; i++) {
        if (s->shares[i].count == 0) {
            s->shares[i].mark = mark;
            return &s->shares[i];
        }
    }
    if (s->share_count == SHARES_MAX)
        return &s->shares[SHARES_MAX - 1];
    s->shares[s->share_count] = (struct share){ .mark = mark };
    return &s->shares[s->share_count++];
}

static void take_off_the_largest(struct subscriptions *s)
{
    struct share *largest = &s->shares[0];
    for (uint32_t i = 1; i < s->share_count; i++) {
        if (s->shares[i].count > largest->count)
            largest = &s->shares[i];
    }
    if (largest->count == 0)
        return;
    largest->count--;
    s->count--;
}

enum subscription subscriptions_take(struct subscriptions *s, const char *who, const struct grant *grant,
                                     const uint8_t *bytes, size_t size)
{
    char topic[TOPIC_MAX + 1] = "";
    if (size == 0 || bytes[0] > 1)
        return SUBSCRIPTION_NONE;
    size--;
    memcpy(topic, bytes + 1, size <= TOPIC_MAX ? size : 0);
    if (bytes[0] == 0) {
        take_off_the_largest(s);
        return SUBSCRIPTION_ENDED;
    }
    struct share *share = share_of(s, who);
    if (size > TOPIC_MAX || strlen(topic) != size || share->count + s->count >= SUBSCRIPTIONS_MAX
            || !may_hear(grant, topic))
        return SUBSCRIPTION_REFUSED;
    share->count++;
    s->count++;
    return SUBSCRIPTION_ADDED;
}
