/* rights: what each key may do, as the daemon goes by it now. */
#include "daemon/query.h"

#include <string.h>

static size_t first_after(const struct rights *rights, const char *public_key)
{
    size_t i = 0;
    while (i < rights_count(rights) && strcmp(grant_public(rights_at(rights, i)), public_key) <= 0)
        i++;
    return i;
}

enum query_end query_rights(struct query *q)
{
    struct query_list list;
    char after[NET_KEY_MAX];
    query_text(q, "after", after, sizeof after);
    unsigned limit = query_limit(q);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    const struct rights *rights = rights_hold(q->world->book);
    size_t i = first_after(rights, after);
    list_begin(&list);
    for (; i < rights_count(rights) && list_has_room(&list, limit); i++, list.count++)
        grant_write(rights_at(rights, i), &list.items);
    write_map(q->data, 2);
    list_end(&list, q->data, "keys");
    write_key_bool(q->data, "more", i < rights_count(rights));
    rights_release(rights);
    return QUERY_ANSWERED;
}
