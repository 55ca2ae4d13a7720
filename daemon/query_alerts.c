/* snapshot and alerts: how a subscriber catches up (PROTOCOL 8). */
#include "daemon/query.h"

#include <errno.h>

#include "wire/alert_codec.h"
#include "wire/limits.h"

struct snapshot {
    const struct query *q;
    struct place_prefix place;
    uint64_t funds;             /* of the place, that the asker may see */
    struct query_list list;
};

static bool place_visible(const struct query *q, struct place_prefix prefix, uint32_t place)
{
    return place_within(place, prefix) && grant_place(q->grant, place);
}

static bool add_active_rule(void *arg, const struct rule_view *rule)
{
    struct snapshot *s = arg;
    bool active = rule->state.level != LEVEL_HEALTHY || rule->state.blind;
    if (active && place_visible(s->q, s->place, rule->fund.place)) {
        write_rule(&s->list.items, rule);
        s->list.count++;
    }
    return s->list.items.size < MESSAGE_SIZE_MAX;
}

static bool count_fund(void *arg, struct fund fund)
{
    struct snapshot *s = arg;
    s->funds += place_visible(s->q, s->place, fund.place);
    return true;
}

enum query_end query_snapshot(struct query *q)
{
    struct snapshot s = { .q = q, .place = query_place(q) };
    struct view *view;
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct store_head head;
    view_head(view, &head);
    list_begin(&s.list);
    int err = view_rules(view, 0, add_active_rule, &s);
    if (err == 0 || err == -ENOENT)
        err = view_funds(view, count_fund, &s);
    view_close(&view);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "rules");
    write_map(q->data, 4);
    write_key_uint(q->data, "epoch", head.epoch);
    write_key_uint(q->data, "last", head.alerts);
    write_key_uint(q->data, "funds", s.funds);
    list_end(&s.list, q->data, "rules");
    return QUERY_ANSWERED;
}

/* Alerts after `after`, until the page is full.  Returns the last number looked at. */
static uint64_t list_alerts(struct query *q, struct view *view, uint64_t after, uint64_t newest,
                            struct place_prefix place, unsigned limit, struct query_list *list)
{
    for (unsigned scanned = 0; after < newest && scanned < PAGE_SCAN_MAX
             && list_has_room(list, limit); scanned++) {
        struct alert alert;
        int err = view_alert(view, after + 1, &alert);
        if (err != 0) {
            query_fail_with(q, err == -ENOENT ? -EILSEQ : err, "alert");
            break;
        }
        after++;
        if (place_visible(q, place, alert.fund.place)) {
            alert_encode(&list->items, &alert);
            list->count++;
        }
    }
    return after;
}

enum query_end query_alerts(struct query *q)
{
    struct place_prefix place = query_place(q);
    uint64_t after = (uint64_t)query_int(q, "after", 0, INT64_MAX, 0);
    unsigned limit = query_limit(q);
    struct view *view;
    struct query_list list;
    struct store_head head;
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    view_head(view, &head);
    list_begin(&list);
    uint64_t through = list_alerts(q, view, after, head.alerts, place, limit, &list);
    view_close(&view);
    write_map(q->data, 4);
    write_key_uint(q->data, "epoch", head.epoch);
    list_end(&list, q->data, "alerts");
    /* Whoever asks beyond the newest is complete through the newest, no further. */
    write_key_uint(q->data, "complete_through", through < head.alerts ? through : head.alerts);
    write_key_bool(q->data, "more", through < head.alerts);
    return QUERY_ANSWERED;
}
