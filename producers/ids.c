#include "producers/ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/event_codec.h"
#include "wire/hash.h"

#define ROOM_FIRST 1024

void ids_init(struct ids *ids)
{
    *ids = (struct ids){.count = 0};
}

void ids_free(struct ids *ids)
{
    free(ids->entries);
    ids_init(ids);
}

static uint64_t first_half(const uint8_t digest[16])
{
    uint64_t half;
    memcpy(&half, digest, sizeof half);
    return half;
}

/* Where the id is, or the free entry where it belongs; a quarter of them is always free. */
static struct id_entry *slot_of(struct id_entry *entries, size_t room, uint64_t id)
{
    size_t at = id & (room - 1);
    while (entries[at].id != 0 && entries[at].id != id)
        at = (at + 1) & (room - 1);
    return &entries[at];
}

static int make_room(struct ids *ids)
{
    if (4 * ids->count < 3 * ids->room)
        return 0;
    size_t room = ids->room == 0 ? ROOM_FIRST : 2 * ids->room;
    struct id_entry *entries = calloc(room, sizeof *entries);
    if (entries == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < ids->room; i++) {
        if (ids->entries[i].id != 0)
            *slot_of(entries, room, ids->entries[i].id) = ids->entries[i];
    }
    free(ids->entries);
    ids->entries = entries;
    ids->room = room;
    return 0;
}

int ids_meet(struct ids *ids, const struct event *event, struct id_place place, enum id_met *ret_met,
             struct id_place *ret_first)
{
    uint8_t id_digest[16], content_digest[DIGEST_SIZE];
    if (make_room(ids) != 0)
        return -ENOMEM;
    hash_digest(event->id, event->id_size, id_digest);
    event_digest(event, content_digest);
    uint64_t id = first_half(id_digest), content = first_half(content_digest);
    id += id == 0;
    struct id_entry *entry = slot_of(ids->entries, ids->room, id);
    if (entry->id == id) {
        *ret_met = entry->content == content ? ID_REPEATED : ID_CONFLICTING;
    } else {
        *entry = (struct id_entry){.id = id, .content = content, .place = place};
        ids->count++;
        *ret_met = ID_NEW;
    }
    *ret_first = entry->place;
    return 0;
}
