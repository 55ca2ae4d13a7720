#include "store/churn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/books.h"
#include "store/parts.h"

#define SLICE_BYTES (UINT64_C(1) << 21)     /* of runs, about: so much is in memory at once */
#define SLICES_MAX  4096

struct counting {
    struct churn *churn;
    uint32_t funds;
    uint8_t *where;             /* of each fund by number: CHURN_HERE.. */
    struct churn_day *days;     /* of one person */
    uint64_t room;
    struct entry_list found;
};

/* What each fund is to the one that is asked for; its parts at the end of all are it itself. */
static int place_funds(struct txn *txn, uint32_t fund, struct counting *c)
{
    struct fund here, other;
    struct fund_record record;
    struct parts parts;
    if (!books_fund_by_number(txn, fund, &here, &record))
        return txn->err != 0 ? txn->err : -ENOENT;
    parts_of(txn, &record, date_month_last(c->churn->to), &parts);
    for (uint32_t number = 1; number <= c->funds; number++) {
        if (!books_fund_by_number(txn, number, &other, &record))
            return txn->err != 0 ? txn->err : -EILSEQ;
        c->where[number] = number == fund ? CHURN_HERE
                         : insured_same_people(here, other) ? CHURN_SAME : CHURN_ELSEWHERE;
    }
    for (unsigned i = 1; i < parts.count; i++)
        c->where[parts.items[i].fund] = CHURN_HERE;
    return 0;
}

static int make_room(struct counting *c, uint64_t count)
{
    if (count <= c->room)
        return 0;
    struct churn_day *days = realloc(c->days, 2 * count * sizeof *days);
    if (days == NULL)
        return -ENOMEM;
    c->days = days;
    c->room = 2 * count;
    return 0;
}

/* A fund that was founded after the transaction began has no place yet. */
static bool take_day(const struct counting *c, const uint8_t *entry, struct churn_day *ret)
{
    struct person_entry person = person_entry_of(entry);
    struct person_said said = person_said(&person);
    if (person.fund > c->funds)
        return false;
    *ret = (struct churn_day){
        .year = person.year,
        .number = person.fund,
        .where = c->where[person.fund],
        .day = person.day,
        .status = said.status,
        .group = said.group,
        .fees = said.fees,
    };
    return true;
}

/* Entries of one person stand side by side, by year, fund and day. */
static int count_person(struct counting *c, const uint8_t *entries, uint64_t count)
{
    uint64_t n = 0;
    bool here = false;
    int err = make_room(c, count);
    for (uint64_t i = 0; i < count && err == 0; i++)
        if (take_day(c, entries + i * PERSON_ENTRY, &c->days[n]))
            here = c->days[n++].where == CHURN_HERE || here;
    if (err == 0 && here)
        churn_person(c->churn, c->days, n);
    return err;
}

static int count_found(struct counting *c)
{
    const uint8_t *entries = c->found.entries;
    int err = 0;
    for (uint64_t begin = 0, end; begin < c->found.count && err == 0; begin = end) {
        for (end = begin + 1; end < c->found.count; end++)
            if (memcmp(entries + end * PERSON_ENTRY, entries + begin * PERSON_ENTRY, PERSON_SIZE) != 0)
                break;
        err = count_person(c, entries + begin * PERSON_ENTRY, end - begin);
    }
    return err;
}

/* Where slice `i` of `slices` begins: hashes are even, so the first two bytes divide them well enough. */
static void slice_bound(uint64_t i, uint64_t slices, uint8_t fill, uint8_t entry[PERSON_ENTRY])
{
    uint64_t bound = (i << 16) / slices - (fill != 0);
    memset(entry, fill, PERSON_ENTRY);
    entry[0] = (uint8_t)(bound >> 8);
    entry[1] = (uint8_t)bound;
}

static int count_slices(struct counting *c, struct index *people)
{
    uint8_t from[PERSON_ENTRY], to[PERSON_ENTRY];
    uint64_t slices = 1 + index_bytes(people) / SLICE_BYTES;
    int err = 0;
    if (slices > SLICES_MAX)
        slices = SLICES_MAX;
    for (uint64_t i = 0; i < slices && err == 0; i++) {
        slice_bound(i, slices, 0, from);
        slice_bound(i + 1, slices, 0xff, to);
        c->found.count = 0;
        err = index_range(people, from, to, &c->found);
        if (err == 0)
            err = count_found(c);
    }
    return err;
}

int churn_count(struct txn *txn, struct derived *derived, uint32_t funds, uint32_t fund,
                struct churn *churn)
{
    struct counting c = {.churn = churn, .funds = funds, .where = calloc(funds + 1, 1)};
    int err = c.where == NULL ? -ENOMEM : place_funds(txn, fund, &c);
    memset(churn->counts, 0, sizeof churn->counts);
    if (err == 0)
        err = count_slices(&c, derived->index[DERIVED_PEOPLE]);
    free(c.where);
    free(c.days);
    entry_list_free(&c.found);
    return err;
}
