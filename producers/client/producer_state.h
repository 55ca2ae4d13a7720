/* producer_state - what producer.c (adding) and producer_flight.c (sending) share.
 *
 * The way of a batch: `events` grows until the batch is full; closing it writes
 * its message into `closed`; several closed ones go into the spool with one
 * sync; from there it gets a flight, until it is answered. */
#pragma once

#include <assert.h>

#include "producers/client/producer.h"
#include "wire/writer.h"

#define CLOSED_MAX  16          /* batches that one sync puts into the spool */
#define CLOSED_SIZE (4 * 1024 * 1024)   /* bytes of them from which it is done anyway */

/* A batch that is not in the spool yet. */
struct closed {
    struct writer message;
    uint32_t events;
};

/* Number of a batch without events, which is in no spool: it asks which store it is, and says how far the
 * source was told that it had come. */
#define GREETING ((uint64_t)INT64_MAX)

#define FLIGHTS_MAX (WINDOW_MAX + 1)    /* and the greeting */

/* A batch that was sent and not answered. */
struct flight {
    uint64_t number;            /* in the spool, and `ref` on the wire; 0: no flight */
    uint64_t index;             /* of its first event, or FW_PRODUCER_EARLIER */
    uint32_t events;
    bool due;                   /* to be sent again as soon as may be */
    int64_t timeout_ms;         /* from the last sending to... */
    int64_t again_ms;           /* ...then, on the monotonic clock */
};

struct fw_producer {
    char source[SOURCE_NAME_MAX + 1], issuer[SOURCE_NAME_MAX + 1];
    uint32_t batch_events;
    int64_t resend_ms;
    bool numbered;
    void (*on_outcome)(void *arg, const struct fw_outcome *outcome);
    void *arg;
    struct spool *spool;
    struct fw_producer_stats stats;
    enum refusal refusal;

    struct writer events;       /* of the batch that is not full yet, encoded */
    uint32_t event_count;
    struct closed closed[CLOSED_MAX];
    uint32_t closed_count;
    size_t closed_size;         /* bytes */
    bool put_failed;            /* no event is taken until it does not */

    void *context, *socket;
    void *monitor;              /* tells when the socket is connected and when not */
    bool connected;
    bool lost;                  /* a connection was, and with it perhaps what it carried */
    bool blocked;               /* the socket's queue is full */
    bool greeting_due;          /* a connection begins, or something has been waiting for long */
    int64_t greet_again_ms;     /* when the next greeting is due, if something waits */
    bool taking;                /* it has taken a batch, and answers in time */
    int64_t hold_until_ms;      /* busy: nothing is sent before */
    uint64_t replies;           /* handled */
    uint32_t window;            /* batches that it may have in flight, */
    uint32_t room;              /* and for how many the daemon had room when it last was busy */
    uint32_t done_since;        /* batches taken since `room` changed */
    uint32_t flight_count;
    struct flight flights[FLIGHTS_MAX];
    uint64_t sent_after;        /* batches up to this number were sent or are answered */
    uint64_t first_number;      /* of this run */
    uint64_t newest_sent;       /* highest number that was ever sent by this run */
    uint64_t index_sent;        /* index of the first event that was never sent */
    struct exception *exceptions;   /* REPLY_EXCEPTIONS_MAX, of the reply being handled */
};

int64_t fw_producer_now_ms(void);   /* monotonic */

/* Opens the socket and its monitor. */
int fw_producer_connect(struct fw_producer *p, const struct net_peer *peer);
void fw_producer_disconnect(struct fw_producer *p);

/* Puts what is closed into the spool. */
int fw_producer_put_closed(struct fw_producer *p);

/* Sends what may be sent, waits up to `timeout_ms` (-1: a minute) for something
 * to happen, and handles it. */
int fw_producer_step(struct fw_producer *p, int64_t timeout_ms);

/* Nothing is in flight and nothing is waiting: 0.  -EAGAIN: something is. */
int fw_producer_idle(struct fw_producer *p);
