/* subscriptions - what the subscribers of one alert socket may hear, and how much of it.
 *
 * A message of a subscriber is a byte, 1 to begin and 0 to end a subscription, and a topic.  A topic is
 * heard by who may see the place that it is about, and at most TOPIC_MAX bytes long.  Subscriptions stay in
 * ZeroMQ's memory, so there are at most SUBSCRIPTIONS_MAX. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "daemon/rights.h"

#define SUBSCRIPTIONS_MAX 20000     /* of a socket's subscribers together */

/* What one subscriber takes of the subscriptions that there may be.  One alone has at most as many as it
 * leaves free, which is half, so that a greedy one does not keep the others out.
 * ZeroMQ does not say whose subscriptions end with a connection: they are taken off whoever has most.  So
 * shares drift.  Their sum becomes less than there are when somebody goes who was refused much: what was
 * refused ends as well.  It is in ZeroMQ's memory, too, so no more is taken by that. */
#define SHARES_MAX 256          /* subscribers; what is beyond shares the last */
struct share {
    uint64_t mark;              /* hash of key or process */
    uint32_t count;
};

struct subscriptions {
    uint32_t count;             /* sum of the shares */
    uint32_t share_count;
    struct share shares[SHARES_MAX];
};

enum subscription {
    SUBSCRIPTION_NONE,          /* the message is nothing of the kind */
    SUBSCRIPTION_ADDED,         /* the socket is to be told of it */
    SUBSCRIPTION_ENDED,         /* so it is */
    SUBSCRIPTION_REFUSED,
};

/* Takes a message.  `who`: something that tells one subscriber from another; `grant`: what he may see, NULL:
 * nothing.  Both are borrowed for the call. */
enum subscription subscriptions_take(struct subscriptions *subscriptions, const char *who,
                                     const struct grant *grant, const uint8_t *bytes, size_t size);
