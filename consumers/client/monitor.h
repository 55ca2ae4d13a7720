/* monitor - follows alerts without missing one.
 *
 * Part of the client library of consumers (libfundwatch-consumer; all names
 * begin with fw_).  Subscribes to a place prefix, asks for the present state, then delivers every
 * alert in the order of its number, fetching by number what PUB/SUB lost
 * (PROTOCOL 8).  Reconnects by itself; a restored store (new epoch) starts
 * again with the snapshot.
 *
 * One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/alert_codec.h"
#include "wire/net/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The present state of one rule, as a snapshot gives it. */
struct fw_rule {
    struct fund fund;
    enum rule rule;
    char instance[sizeof ((struct alert *)0)->instance];
    int level;
    bool blind, acknowledged;
    date_day since;
    uint64_t incident;
};

/* As `after`: deliver all alerts that the store has, from its first. */
#define FW_FROM_START UINT64_MAX

struct fw_monitor_options {
    struct net_peer alerts, query;
    const char *place;          /* prefix of 0, 2, 4 or 6 digits; NULL: all */
    uint64_t after;             /* deliver alerts after this number of `epoch`; if both are 0: from
                                 * now on, after the snapshot */
    uint64_t epoch;             /* that `after` belongs to; 0: unknown, taken for the store's.  If the
                                 * store has another, delivery begins after the snapshot */
    int heartbeat_ms;           /* how often the daemon's heart beats; 0: every 1000 */
    /* Called from fw_monitor_run().  Each may be NULL.  on_alert returns false to stop; the alert
     * counts as delivered all the same. */
    bool (*on_alert)(void *arg, const struct alert *alert);
    /* First, and at each new epoch: what is firing or blind after alert number `last`. */
    void (*on_snapshot)(void *arg, uint64_t epoch, uint64_t last, const struct fw_rule *rules,
                        unsigned count);
    void (*on_heartbeat)(void *arg, const struct heartbeat *heartbeat);
    void (*on_silence)(void *arg, bool silent);     /* heartbeats stopped (3 missing), or came back */
    void *arg;
};

struct fw_monitor;
int fw_monitor_open(const struct fw_monitor_options *options, struct fw_monitor **ret,
                    const char **ret_error);
void fw_monitor_close(struct fw_monitor **monitor_p);

/* Follows until on_alert returns false (0), *stop becomes true (0), or `timeout_ms` is over
 * (-ETIMEDOUT; -1: never).  A daemon that is away is waited for; what does not get better by
 * waiting ends it: -EACCES, this key may not ask; -EPROTO, what answers does not speak this protocol;
 * -ENOMEM.  It can be called again, and an answer that is still to come then is taken by that run, so that
 * runs may be shorter than an answer takes.  `stop` is looked at after every signal and at least every
 * 2 seconds. */
int fw_monitor_run(struct fw_monitor *monitor, int timeout_ms, const volatile bool *stop);

/* Everything up to this number of this epoch has been delivered: give it back as `after` next time.
 * Both are 0 before the first snapshot. */
void fw_monitor_complete(const struct fw_monitor *monitor, uint64_t *ret_epoch, uint64_t *ret_through);

#ifdef __cplusplus
}
#endif
