/* What a monitor hears and what it is answered, in any order.
 *
 * However it comes, alerts are delivered in the order of their numbers, once each, after the snapshot of
 * their epoch, and only those of the place that was asked for. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "consumers/client/monitor.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/line.h"

static struct {
    uint64_t epoch, last;       /* delivered */
    unsigned delivered;
} told;

static bool on_alert(void *arg, const struct alert *alert)
{
    (void)arg;
    assert(told.epoch != 0 && alert->number > told.last);
    assert(alert->fund.place / 10000 == 13);
    assert(memchr(alert->instance, '\0', sizeof alert->instance) != NULL);
    assert(memchr(alert->note, '\0', sizeof alert->note) != NULL);
    told.last = alert->number;
    return ++told.delivered < 100;
}

static void on_snapshot(void *arg, uint64_t epoch, uint64_t last, const struct fw_rule *rules, unsigned count)
{
    (void)arg, (void)last;
    assert(epoch != 0 && epoch != told.epoch);
    for (unsigned i = 0; i < count; i++)
        assert(memchr(rules[i].instance, '\0', sizeof rules[i].instance));
    told.epoch = epoch;
    told.last = 0;
}

FUZZER(follow)
{
    struct fw_monitor_options options = {
        .alerts.endpoint = "ipc://fuzz", .query.endpoint = "ipc://fuzz", .place = "13",
        .on_alert = on_alert, .on_snapshot = on_snapshot,
    };
    struct fw_monitor *monitor;
    const char *error;
    uint64_t epoch, through;
    told.epoch = told.last = told.delivered = 0;
    line_begin((struct parts){ bytes, size });
    int err = fw_monitor_open(&options, &monitor, &error);
    assert(err == 0);
    err = fw_monitor_run(monitor, 20000, NULL);
    assert(err == 0 || err == -ETIMEDOUT || err == -EACCES || err == -EPROTO);
    fw_monitor_complete(monitor, &epoch, &through);
    assert(epoch == told.epoch && through >= told.last);
    fw_monitor_close(&monitor);
}
