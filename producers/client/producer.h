/* producer - sends events so that each counts once, whatever fails on the way.
 *
 * The client library of sources (installed as libfundwatch-producer; all names
 * begin with fw_producer_).  It makes batches durable in a spool before the first
 * send, sends them within the window that the daemon grants, again and again until
 * they are answered, and keeps them until a backup covers them.
 *
 * A call has a deadline and one of three ends: done, refused, or unknown, which
 * means "not answered yet; the spool has it and will send it again".
 *
 * Functions return 0 or a negative errno.  Beside what stands at each: -ENOSPC,
 * -EIO and -EILSEQ come from the spool (spool.h); -EPROTO: a reply that is none, or does not fit
 * its batch, which stays in the spool; -EINTR: a signal came.
 *
 * Memory: at most 16 batches that are not in the spool yet, and the largest
 * batch twice; what is sent is read from the spool again.
 *
 * One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/event.h"
#include "store/spool/spool.h"
#include "wire/batch.h"
#include "wire/net/net.h"

#ifdef __cplusplus
extern "C" {
#endif

struct fw_producer;

/* What became of an event that was not simply applied, or of a refused batch.
 * `index` is the number of the event since fw_producer_open(), from 0, as
 * fw_producer_add() gave it; for events that an earlier run left in the spool, or that
 * are sent again because a backup was restored, it is FW_PRODUCER_EARLIER, and `id` is
 * all there is. */
#define FW_PRODUCER_EARLIER UINT64_MAX
struct fw_outcome {
    uint64_t index;
    const char *id;             /* until the call returns, as is `key` */
    enum outcome outcome;
    enum reject reject;
    const char *key;            /* field concerned, "" if none */
    uint64_t position;          /* of the original: duplicates and conflicts */
    struct hindrance hindrance; /* of REJECT_BAD_MOVE: what stands against it */
};

struct fw_producer_options {
    const char *source;         /* who reports; required */
    const char *issuer;         /* whose ids; NULL: the source's */
    const char *spool_path;     /* NULL: DATA/spool/SOURCE, unless the name begins with a dot */
    struct net_peer peer;       /* net_peer_resolve(NET_INGEST, …) */
    uint32_t batch_events;      /* events per batch, 1 to BATCH_EVENTS_MAX; 0: 1000 */
    uint32_t resend_ms;         /* without a reply for so long a batch is sent again, then after
                                 * twice as long, up to 15 times; 0: 2000.  At most 60000 */
    bool numbered;              /* number the batches, so that holes are noticed */
    /* Called from fw_producer_add/flush/poll for every event that was not simply
     * applied; calls no function of this producer.  May be NULL. */
    void (*on_outcome)(void *arg, const struct fw_outcome *outcome);
    void *arg;
};

struct fw_producer_stats {
    uint64_t added;             /* events given to fw_producer_add() */
    uint64_t applied, duplicates, conflicts, rejected;  /* answered since open, earlier ones too */
    uint64_t waiting;           /* events in the spool or in memory and not answered */
    uint64_t earlier;           /* of these, events that FW_PRODUCER_EARLIER is said of */
    uint64_t batches_sent;      /* for the first time since open */
    uint64_t batches_resent;
    uint64_t busy;              /* replies that said so */
    uint64_t epoch;             /* of the last reply; 0: none yet */
};

/* Opens the spool and connects; the daemon need not be there.  *ret_error gets a
 * sentence on failure.  Here and whenever the connection comes back the daemon is asked
 * which store it has: what a restored backup lacks is sent again by the calls that
 * follow (fw_producer_poll() will do), though nothing is added. */
int fw_producer_open(const struct fw_producer_options *options, struct fw_producer **ret,
                     const char **ret_error);
/* Does not wait; what is in the spool stays there.  Events added and not flushed are
 * put into the spool first; whether that worked is not told here, so call
 * fw_producer_spool() to know.  Takes NULL. */
void fw_producer_close(struct fw_producer **producer_p);

/* Takes one event.  Full batches go to the spool and are sent.  While the daemon takes
 * batches, and as many events as 256 full ones hold were added and not sent, this handles
 * replies until some are, for at most `deadline_ms` (milliseconds from now, -1: as long as it
 * takes them).  Then the event is taken all the same, and so it is when the daemon is away, is
 * busy or does not answer: what waits is bounded by the spool's limit alone (-ENOSPC).
 * -EINVAL if event_check() does not like it; -ECONNREFUSED as for flush.
 * After any error the event was not taken. */
int fw_producer_add(struct fw_producer *producer, const struct event *event, int deadline_ms,
                    uint64_t *ret_index);

/* Puts what is in memory into the spool; durable at the source when it returns. */
int fw_producer_spool(struct fw_producer *producer);

/* Handles what has arrived and sends what may be sent; returns when a reply was
 * handled, or after `timeout_ms` (-1: wait for ever).  -ECONNREFUSED as for flush. */
int fw_producer_poll(struct fw_producer *producer, int timeout_ms);

/* Waits until everything in the spool has been answered.  0: done.  -ECONNREFUSED: the
 * daemon refused a batch as a whole (fw_producer_refusal()); nothing is sent any more
 * until it is opened again, and the batch stays in the spool.  -ETIMEDOUT: unknown;
 * what is not answered stays in the spool. */
int fw_producer_flush(struct fw_producer *producer, int deadline_ms);

enum refusal fw_producer_refusal(const struct fw_producer *producer);
void fw_producer_stats(const struct fw_producer *producer, struct fw_producer_stats *ret);

/* What waits in the spool, since when, and how much room it has left. */
int fw_producer_spool_stats(struct fw_producer *producer, struct spool_stats *ret);

#ifdef __cplusplus
}
#endif
