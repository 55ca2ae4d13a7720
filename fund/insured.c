/* insured - day by day through what is known of a person. */
#include "fund/insured.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

static_assert(GROUP_END <= INSURED_GROUPS, "a group has its slot");
static_assert(INSURED_SLOTS <= 32, "a slot has its bit");

static int by_day(const void *a, const void *b)
{
    date_day x = ((const struct insured_day *)a)->day, y = ((const struct insured_day *)b)->day;
    return x < y ? -1 : x > y;
}

/* Nearly always two or three, and often in order. */
static void sort(struct insured_day *days, uint64_t count)
{
    if (count > 16) {
        qsort(days, count, sizeof *days, by_day);
        return;
    }
    for (uint64_t i = 1; i < count; i++) {
        struct insured_day day = days[i];
        uint64_t at = i;
        for (; at > 0 && days[at - 1].day > day.day; at--)
            days[at] = days[at - 1];
        days[at] = day;
    }
}

static struct insured_state *state_of(struct insured_state *states, uint64_t *funds,
                                      const struct insured_day *day)
{
    for (uint64_t i = 0; i < *funds; i++)
        if (states[i].number == day->number)
            return &states[i];
    struct insured_state *state = &states[(*funds)++];
    *state = (struct insured_state){
        .fund = day->fund, .number = day->number, .since = DATE_NONE, .paid_since = DATE_NONE,
    };
    return state;
}

static bool is_newer(const struct insured_day *day, const struct insured_state *state)
{
    if (state->status == STATUS_NONE || day->day != state->since)
        return true;            /* the days are in order */
    if (day->status != state->status)
        return day->status > state->status;
    return day->group > state->group;
}

static void take(struct insured_state *state, const struct insured_day *day)
{
    if (day->status != STATUS_NONE && is_newer(day, state)) {
        state->status = day->status;
        state->group = day->group;
        state->since = day->day;
    }
    state->fees += day->fees;
}

static uint32_t bit(unsigned slot)
{
    return UINT32_C(1) << slot;
}

/* Where he stands in a fund, the other funds aside. */
static uint32_t own_slots(struct insured_state *state, date_day day)
{
    uint32_t slots = state->status == STATUS_NORMAL ? bit(INSURED_REGISTERED + state->group) : 0;
    bool left = state->status != STATUS_NONE && state->status != STATUS_NORMAL;
    state->in = state->fees > 0 && !left;
    if (state->fees <= 0) {
        state->paid_since = DATE_NONE;
        return slots;
    }
    if (state->paid_since == DATE_NONE)
        state->paid_since = day;
    return slots | bit(INSURED_PAID + state->group) | (left ? bit(INSURED_LEFT) : 0);
}

/* --- Several funds. ------------------------------------------------------------------ */

static bool lies_within(uint32_t place, uint32_t upper)
{
    uint32_t span = upper % 10000 == 0 ? 10000 : upper % 100 == 0 ? 100 : 1;
    return place / span == upper / span;
}

bool insured_same_people(struct fund a, struct fund b)
{
    return a.scheme == b.scheme && (lies_within(a.place, b.place) || lies_within(b.place, a.place));
}

static bool same_people(const struct insured_state *a, const struct insured_state *b)
{
    return insured_same_people(a->fund, b->fund);
}

/* The employees' scheme has the lower number. */
static uint32_t rank_of(struct fund fund)
{
    return (uint32_t)(fund.scheme == SCHEME_RESIDENT) << 31 | fund.place;
}

/* Whether what paid first of `a` and of those like it did so before what did of `b`. */
static bool comes_before(const struct insured_state *a, const struct insured_state *b)
{
    if (a->first != b->first)
        return a->first < b->first;
    if (a->first_rank != b->first_rank)
        return a->first_rank < b->first_rank;
    if (a->paid_since != b->paid_since)     /* both have books of the same people as a third */
        return a->paid_since < b->paid_since;
    return rank_of(a->fund) < rank_of(b->fund);
}

static void find_first(struct insured_state *state, const struct insured_state *states, uint64_t funds)
{
    state->first = state->paid_since;
    state->first_rank = rank_of(state->fund);
    for (uint64_t i = 0; i < funds; i++) {
        const struct insured_state *other = &states[i];
        uint32_t rank = rank_of(other->fund);
        if (!other->in || !same_people(state, other) || other->paid_since > state->first
            || (other->paid_since == state->first && rank > state->first_rank))
            continue;
        state->first = other->paid_since;
        state->first_rank = rank;
    }
}

static uint32_t shared_slots(const struct insured_state *state, const struct insured_state *states,
                             uint64_t funds)
{
    uint32_t slots = 0;
    for (uint64_t i = 0; i < funds; i++) {
        const struct insured_state *other = &states[i];
        if (!other->in || same_people(state, other))
            continue;
        slots |= bit(INSURED_DOUBLED);
        if (comes_before(other, state))
            slots |= bit(INSURED_ELSEWHERE);
    }
    return slots;
}

static void share(struct insured_state *states, uint64_t funds)
{
    for (uint64_t i = 0; i < funds; i++)
        if (states[i].in)
            find_first(&states[i], states, funds);
    for (uint64_t i = 0; i < funds; i++)
        if (states[i].in)
            states[i].now |= shared_slots(&states[i], states, funds);
}

/* --- Day by day. --------------------------------------------------------------------- */

static void tell(struct insured_state *state, date_day day, insured_change *change, void *arg)
{
    for (uint32_t differing = state->now ^ state->told; differing != 0; differing &= differing - 1) {
        unsigned slot = (unsigned)__builtin_ctz(differing);
        change(arg, state->number, day, slot, (state->now & bit(slot)) != 0 ? +1 : -1);
    }
}

/* Where he stands at the end of a day. */
static void stand(struct insured_state *states, uint64_t funds, date_day day)
{
    for (uint64_t i = 0; i < funds; i++)
        states[i].now = own_slots(&states[i], day);
    if (funds > 1)
        share(states, funds);
}

void insured_walk(struct insured_day *days, uint64_t count, date_day from,
                  struct insured_state *states, insured_change *change, void *arg)
{
    uint64_t funds = 0;
    sort(days, count);
    for (uint64_t i = 0; i < count;) {
        date_day day = days[i].day;
        for (; i < count && days[i].day == day; i++)
            take(state_of(states, &funds, &days[i]), &days[i]);
        stand(states, funds, day);
        for (uint64_t k = 0; k < funds; k++) {
            if (day >= from)
                tell(&states[k], day, change, arg);
            states[k].told = states[k].now;
        }
    }
}
