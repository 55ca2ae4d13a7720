#include "daemon/turns.h"

#include <assert.h>
#include <string.h>

#include "daemon/controls.h"

bool turn_is_of(const struct turn *turn, const void *asker, size_t size)
{
    return turn->asker_size == size && memcmp(turn->asker, asker, size) == 0;
}

enum admission turns_admit(const struct turns *turns, const void *asker, size_t size)
{
    uint32_t own = 0;
    bool unread = false;
    for (uint32_t i = 0; i < turns->count; i++) {
        bool is_own = turn_is_of(turns->all[i], asker, size);
        own += is_own;
        unread |= is_own && turns->all[i]->unread;
    }
    if (size <= ASKER_MAX && own < TURNS_EACH && own < TURNS_MAX - turns->count)
        return TURN_THERE;
    return unread ? TURN_DEAF : TURN_BUSY;
}

/* One behind the asker's last, or behind whose turn it is: a round for everybody, and nobody saves up
 * turns. */
static uint64_t next_number(const struct turns *turns, const struct turn *turn)
{
    uint64_t last = turns->now[turn->lane];
    for (uint32_t i = 0; i < turns->count; i++) {
        const struct turn *other = turns->all[i];
        if (other->lane == turn->lane && turn_is_of(other, turn->asker, turn->asker_size)
                && other->number > last)
            last = other->number;
    }
    return control("no_turns") ? 0 : last + 1;
}

void turns_add(struct turns *turns, struct turn *turn)
{
    assert(turns->count < TURNS_MAX);
    turn->number = next_number(turns, turn);
    turn->arrived = turns->arrivals++;
    turn->waiting = true;
    turn->place = turns->count;
    turns->all[turns->count++] = turn;
}

static bool is_earlier(const struct turn *a, const struct turn *b)
{
    return a->number != b->number ? a->number < b->number : a->arrived < b->arrived;
}

struct turn *turns_next(struct turns *turns, enum lane lane)
{
    struct turn *next = NULL;
    for (uint32_t i = 0; i < turns->count; i++) {
        struct turn *turn = turns->all[i];
        if (turn->waiting && turn->lane == lane && (next == NULL || is_earlier(turn, next)))
            next = turn;
    }
    if (next != NULL) {
        next->waiting = false;
        turns->now[lane] = next->number;
    }
    return next;
}

void turns_leave(struct turns *turns, struct turn *turn)
{
    assert(turn->place < turns->count && turns->all[turn->place] == turn);
    struct turn *last = turns->all[--turns->count];
    turns->all[turn->place] = last;
    last->place = turn->place;
}
