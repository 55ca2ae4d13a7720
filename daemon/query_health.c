/* health: what an operator should look at (PROTOCOL 9.13). */
#include "daemon/query.h"

#include <errno.h>
#include <string.h>

#define SOURCES_SHOWN_MAX 50

static void write_warnings(struct writer *w, const struct health *h)
{
    char text[WARNING_TEXT_MAX];
    struct query_list list;
    list_begin(&list);
    for (unsigned i = 0; i < WARNING_COUNT; i++) {
        if (!health_warns(h, i))
            continue;
        write_map(&list.items, 2);
        write_key_string(&list.items, "warning", warning_word(i));
        write_key_string(&list.items, "text", health_sentence(h, i, text));
        list.count++;
    }
    list_end(&list, w, "warnings");
}

/* What a sentence says of a source that the key does not see is not whose it is. */
static void hide(const struct grant *grant, char name[SOURCE_NAME_MAX + 1])
{
    if (name[0] != '\0' && !grant_sees_source(grant, name))
        strcpy(name, "another's source");
}

struct sources_shown {
    const struct grant *grant;
    struct query_list list;
};

static bool add_source(void *arg, const struct source_said *said)
{
    struct sources_shown *shown = arg;
    struct query_list *list = &shown->list;
    if (!grant_sees_source(shown->grant, said->name))
        return true;
    write_map(&list->items, 4);
    write_key_string(&list->items, "source", said->name);
    write_key_uint(&list->items, "waiting", said->waiting);
    write_key_int(&list->items, "since", said->since_ms);
    write_key_bool(&list->items, "lost", said->lost);
    list->count++;
    return list->count < SOURCES_SHOWN_MAX;
}

static void write_room(struct writer *w, const struct health *h)
{
    uint32_t days = health_days_left(h);
    write_key_uint(w, "map_used", h->map_used);
    write_key_uint(w, "map_size", h->map_size);
    write_key_uint(w, "disk_free", h->disk_free < INT64_MAX ? h->disk_free : INT64_MAX);
    write_key_int(w, "room_days", days == GROWTH_DAYS_UNKNOWN ? -1 : (int64_t)days);
}

enum query_end query_health(struct query *q)
{
    struct health h;
    struct sources_shown shown = { .grant = q->grant };
    int err = caretaker_look(q->world->caretaker, &h);
    if (err != 0) {
        query_fail_with(q, err, "view of the store");
        return QUERY_ANSWERED;
    }
    hide(q->grant, h.behind_name);
    hide(q->grant, h.lost_name);
    hide(q->grant, h.older_name);
    write_map(q->data, 13);
    write_warnings(q->data, &h);
    write_key_int(q->data, "backup", h.backup_ms);
    write_key_int(q->data, "backup_age_ms", health_backup_age_ms(&h));
    write_key_uint(q->data, "uncovered", h.uncovered);
    write_room(q->data, &h);
    write_key_string(q->data, "clock", clock_state_word(h.clock));
    write_key_uint(q->data, "unsent", h.unsent);
    write_key_int(q->data, "unsent_since", h.unsent == 0 ? 0 : h.unsent_since_ms);
    write_key_uint(q->data, "waiting", h.waiting);
    list_begin(&shown.list);
    caretaker_sources(q->world->caretaker, add_source, &shown);
    list_end(&shown.list, q->data, "sources");
    return QUERY_ANSWERED;
}
