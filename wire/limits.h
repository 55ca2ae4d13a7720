/* limits - every bound of the protocol, in one place.  docs/PROTOCOL.md 2 states them.
 *
 * What is larger is refused by name before anything is allocated for it. */
#pragma once

#include <assert.h>

#include "fund/event.h"

#define PROTOCOL_VERSION     1

#define MESSAGE_SIZE_MAX     (4 * 1024 * 1024)  /* bytes in any message: ZMQ_MAXMSGSIZE */
#define BATCH_EVENTS_MAX     8192               /* events in one batch */
#define EVENT_SIZE_MAX       2048               /* bytes in one encoded event, policy aside */
#define DEPTH_MAX            4                  /* containers inside one another, policies aside */
#define POLICY_DEPTH_MAX     8                  /* in a policy: down to a tranche of a level of a standard */
#define SOURCE_NAME_MAX      48                 /* bytes in a source's or issuer's name */
#define QUERY_SIZE_MAX       36864              /* bytes in one query, of which a policy may be most */
#define NOTE_MAX             400                /* bytes of UTF-8 in a note */
#define WHO_MAX              64                 /* bytes of UTF-8 in who acknowledges */
#define WINDOW_MAX           64                 /* batches that one source may have in flight */
#define WINDOW_DEFAULT       8
#define TOPIC_MAX            96                 /* bytes in a topic of the alert stream */
#define REPLY_EXCEPTIONS_MAX BATCH_EVENTS_MAX

static_assert(POLICY_SIZE_MAX + EVENT_SIZE_MAX < MESSAGE_SIZE_MAX / 4,
              "a policy fits into a message many times");
static_assert(POLICY_SIZE_MAX + 1024 <= QUERY_SIZE_MAX, "a backtest asks about a policy");
static_assert(BATCH_EVENTS_MAX * 400 < MESSAGE_SIZE_MAX,
              "a full batch of ordinary events fits into one message");
