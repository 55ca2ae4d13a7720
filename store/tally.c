#include "store/tally.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN   1024
#define SORT_SMALL 32           /* entries that are sorted by insertion */

static_assert(ROOM_MIN >= TALLY_FRONT, "the front fits into the least list");

static struct tally_entry *front_of(const struct tally *tally, uint64_t key)
{
    return &tally->front[key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - TALLY_FRONT_BITS)];
}

static int64_t wrapped(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* --- Sorting: digit by digit from the lowest, of the bits in which keys differ at all. ------------- */

#define DIGIT_BITS_MAX 10
#define RUNS_MAX       32       /* of bits that differ, with others between them */

/* Which bits of a key say where it stands: those of an account, of the days of a year and of a few funds are
 * a third of it. */
struct differing {
    unsigned bits;
    unsigned runs;
    struct {
        uint64_t mask;
        unsigned shift;         /* that leaves out what is between them */
    } run[RUNS_MAX];
};

static struct differing differing_bits(const struct tally_entry *list, uint64_t count)
{
    uint64_t all = 0;
    for (uint64_t i = 1; i < count; i++)
        all |= list[0].key ^ list[i].key;
    struct differing d = {0};
    while (all != 0) {
        unsigned first = (unsigned)__builtin_ctzll(all);
        uint64_t carried = all + (UINT64_C(1) << first);        /* the run became one bit behind it */
        d.run[d.runs].mask = all & ~carried;
        d.run[d.runs++].shift = first - d.bits;
        d.bits += (unsigned)__builtin_popcountll(all & ~carried);
        all &= carried;
    }
    return d;
}

static uint64_t digit(uint64_t key, const struct differing *d, unsigned shift, unsigned width)
{
    uint64_t packed = 0;
    for (unsigned i = 0; i < d->runs; i++)
        packed |= (key & d->run[i].mask) >> d->run[i].shift;
    return packed >> shift & ((UINT64_C(1) << width) - 1);
}

static void sort_by_digit(const struct tally_entry *from, struct tally_entry *to, uint64_t count,
                          const struct differing *d, unsigned shift, unsigned width)
{
    uint64_t ends[(1 << DIGIT_BITS_MAX) + 1] = {0};
    for (uint64_t i = 0; i < count; i++)
        ends[digit(from[i].key, d, shift, width) + 1]++;
    for (unsigned i = 0; i < 1U << width; i++)
        ends[i + 1] += ends[i];
    for (uint64_t i = 0; i < count; i++)
        to[ends[digit(from[i].key, d, shift, width)]++] = from[i];
}

static void sort_small(struct tally_entry *list, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        struct tally_entry moved = list[i];
        uint64_t to = i;
        for (; to > 0 && list[to - 1].key > moved.key; to--)
            list[to] = list[to - 1];
        list[to] = moved;
    }
}

static void sort_large(struct tally *tally)
{
    struct differing d = differing_bits(tally->list, tally->count);
    unsigned digits = (d.bits + DIGIT_BITS_MAX - 1) / DIGIT_BITS_MAX;
    unsigned width = digits == 0 ? 0 : (d.bits + digits - 1) / digits;
    for (unsigned shift = 0; shift < d.bits; shift += width) {
        sort_by_digit(tally->list, tally->scratch, tally->count, &d, shift, width);
        struct tally_entry *other = tally->list;
        tally->list = tally->scratch;
        tally->scratch = other;
    }
}

/* Sorts the list and adds up what it has of one key. */
static void fold(struct tally *tally)
{
    if (tally->count == tally->sorted)
        return;
    if (tally->count <= SORT_SMALL)
        sort_small(tally->list, tally->count);
    else
        sort_large(tally);
    uint64_t left = 0;
    for (uint64_t i = 0; i < tally->count; i++) {
        const struct tally_entry *entry = &tally->list[i];
        if (left > 0 && tally->list[left - 1].key == entry->key)
            tally->list[left - 1].sum = wrapped(tally->list[left - 1].sum, entry->sum);
        else
            tally->list[left++] = *entry;
    }
    tally->count = tally->sorted = left;
}

/* --- Adding ---------------------------------------------------------------------- */

static int grow(struct tally *tally, uint64_t room)
{
    struct tally_entry *list = realloc(tally->list, room * sizeof *list);
    if (list == NULL)
        return -ENOMEM;
    tally->list = list;
    struct tally_entry *scratch = realloc(tally->scratch, room * sizeof *scratch);
    if (scratch == NULL)
        return -ENOMEM;
    tally->scratch = scratch;
    tally->room = room;
    return 0;
}

/* Room for `more` entries: perhaps the list has much of few keys. */
static int make_room(struct tally *tally, uint64_t more)
{
    if (tally->count + more <= tally->room)
        return 0;
    fold(tally);
    return 2 * (tally->count + more) <= tally->room
        ? 0 : grow(tally, tally->room == 0 ? ROOM_MIN : 2 * tally->room);
}

static int begin(struct tally *tally)
{
    tally->front = calloc(TALLY_FRONT, sizeof *tally->front);
    return tally->front == NULL ? -ENOMEM : 0;
}

int tally_add(struct tally *tally, uint64_t key, int64_t amount)
{
    assert(key != 0);
    int err = tally->front == NULL ? begin(tally) : 0;
    if (err != 0)
        return err;
    struct tally_entry *entry = front_of(tally, key);
    if (entry->key == key) {
        entry->sum = wrapped(entry->sum, amount);
        return 0;
    }
    if (entry->key != 0) {
        err = make_room(tally, 1);
        if (err != 0)
            return err;
        tally->list[tally->count++] = *entry;
    }
    *entry = (struct tally_entry){key, amount};
    return 0;
}

const struct tally_entry *tally_sort(struct tally *tally)
{
    if (make_room(tally, TALLY_FRONT) != 0)
        return NULL;
    for (unsigned i = 0; tally->front != NULL && i < TALLY_FRONT; i++) {
        if (tally->front[i].key == 0)
            continue;
        tally->list[tally->count++] = tally->front[i];
        tally->front[i].key = 0;
    }
    fold(tally);
    return tally->list;
}

void tally_clear(struct tally *tally)
{
    if (tally->front != NULL)
        memset(tally->front, 0, TALLY_FRONT * sizeof *tally->front);
    tally->count = tally->sorted = 0;
}

void tally_free(struct tally *tally)
{
    free(tally->front);
    free(tally->list);
    free(tally->scratch);
    *tally = (struct tally){0};
}
