/* monitor - a program that follows alerts, and keeps with each how far it is. */
#include <errno.h>
#include <string.h>

#include "consumers/client/monitor.h"
#include "tests/sim/world.h"

struct watching {
    struct watcher *watcher;
    struct fw_monitor *monitor;
};

static bool on_alert(void *arg, const struct alert *alert)
{
    const struct watching *watching = arg;
    struct watcher *watcher = watching->watcher;
    uint64_t epoch, through;
    fw_monitor_complete(watching->monitor, &epoch, &through);
    if (epoch != watcher->epoch || alert->number <= watcher->through)
        defect("%s hears alert %llu after %llu", watcher->name, (unsigned long long)alert->number,
               (unsigned long long)watcher->through);
    if (watcher->heard_count == HEARD_MAX)
        defect("%s hears more than there can be", watcher->name);
    watcher->heard[watcher->heard_count++] = (struct heard){ epoch, alert->number, alert_mark(alert) };
    watcher->through = alert->number;
    trace("hears alert %llu: %s of %u", (unsigned long long)alert->number, rule_word(alert->rule),
          alert->fund.place);
    return true;
}

static void on_snapshot(void *arg, uint64_t epoch, uint64_t last,
                        [[maybe_unused]] const struct fw_rule *rules,
                        unsigned count)
{
    const struct watching *watching = arg;
    struct watcher *watcher = watching->watcher;
    trace("is told of %u rules after alert %llu", count, (unsigned long long)last);
    if (epoch == watcher->epoch)
        return;
    watcher->from = watcher->through = watcher->epoch == 0 ? 0 : last;
    watcher->epoch = epoch;
}

/* What is complete beyond the last alert heard is kept, too. */
static void note_complete(const struct watching *watching)
{
    uint64_t epoch, through;
    fw_monitor_complete(watching->monitor, &epoch, &through);
    if (epoch == watching->watcher->epoch && through > watching->watcher->through)
        watching->watcher->through = through;
}

void watcher_run(void *arg)
{
    struct watching watching = { .watcher = arg };
    const struct watcher *watcher = watching.watcher;
    const char *error;
    struct fw_monitor_options options = {
        .alerts = peer_of(watcher->name, NET_ALERTS), .query = peer_of(watcher->name, NET_QUERY),
        .place = watcher->place, .after = watcher->epoch == 0 ? FW_FROM_START : watcher->through,
        .epoch = watcher->epoch, .on_alert = on_alert, .on_snapshot = on_snapshot, .arg = &watching,
    };
    if (fw_monitor_open(&options, &watching.monitor, &error) != 0)
        defect("%s: %s", watcher->name, error);
    for (;;) {
        int err = fw_monitor_run(watching.monitor, 700, NULL);
        note_complete(&watching);
        if (err != 0 && err != -ETIMEDOUT)
            defect("%s ends with %s", watcher->name, strerror(-err));
    }
}
