#include "store/place.h"

#include <errno.h>
#include <stdlib.h>

#include "store/bytes.h"
#include "store/derivations.h"
#include "store/owing.h"
#include "store/parts.h"
#include "store/people.h"

/* A fund as of the day, beside what becomes a member of it. */
struct fund_reading {
    const struct journal *journal;
    struct txn *txn;
    date_day as_of;
    struct fund_record record;
    struct policy policy;
    date_day policy_from;
};

static bool add_member(struct place_funds *place, struct fund fund, uint32_t number)
{
    struct rollup_member *members =
        reallocarray(place->members, place->count + 1, sizeof *members);
    if (members == NULL)
        return false;
    place->members = members;
    members[place->count++] = (struct rollup_member){.fund = fund, .number = number};
    return true;
}

static int find_members(struct txn *txn, struct place_prefix prefix, uint16_t scheme,
                        struct place_funds *place)
{
    struct range range;
    int err = 0;
    range_begin(&range, txn, TABLE_FUNDS, "", 0, "", 0);
    while (err == 0 && range_next(&range)) {
        struct fund fund = {unkey_u32(range.key), (uint16_t)(range.key[4] << 8 | range.key[5])};
        if (fund.scheme == scheme && place_within(fund.place, prefix)
            && !add_member(place, fund, get_u32(range.value)))
            err = -ENOMEM;
    }
    range_end(&range);
    return err != 0 ? err : txn->err;
}

static date_day own_day(const struct fund_reading *r)
{
    return r->as_of < r->record.books_date ? r->as_of : r->record.books_date;
}

static int read_fund(struct fund_reading *r, uint32_t number)
{
    struct fund ignored;
    struct policy_ref ref;
    if (!books_fund_by_number(r->txn, number, &ignored, &r->record)
        || !books_policy_ref(r->txn, number, own_day(r), UINT64_MAX, &ref))
        return r->txn->err != 0 ? r->txn->err : -EILSEQ;
    r->policy_from = ref.from;
    return books_policy(r->journal, r->txn, ref.position, &r->policy);
}

/* The fund that has the money of one that was merged, which may itself have been. */
static uint32_t place_of_whole(struct fund_reading *r)
{
    struct fund fund = {0};
    struct fund_record whole = r->record;
    while (fund_is_part(&whole, r->as_of)
           && books_fund_by_number(r->txn, whole.merged_into, &fund, &whole))
        continue;
    return fund.place;
}

static void set_role(struct fund_reading *r, date_day start, struct rollup_member *member)
{
    if (fund_is_part(&r->record, r->as_of)) {
        member->role = ROLLUP_MERGED;
        member->within = place_of_whole(r);
    } else if (r->record.books_date < r->as_of && r->policy.split_count == 0) {
        member->role = ROLLUP_BEHIND;
    } else if (own_day(r) <= start) {
        member->role = ROLLUP_LATER;
    }
}

static void read_member(struct fund_reading *r, struct rollup_member *member)
{
    struct parts parts;
    struct position trailing;
    parts_of(r->txn, &r->record, own_day(r), &parts);
    struct beginning beginning = books_beginning(r->txn, &r->record, &parts);
    books_position(r->txn, &r->record, RUNWAY_TRAILING_12, own_day(r), &trailing);
    set_role(r, beginning.start, member);
    rollup_judge(&trailing, &member->judged, &member->elsewhere);
    member->importing = r->record.importing || parts_importing(r->txn, &parts);
    member->trailing = trailing.closed;
    member->months = (uint8_t)trailing.months;
    member->has_opening = beginning.has_opening;
    member->derived = beginning.derived || derivations_balance(r->txn, &parts, own_day(r));
    member->min_months = r->policy.runway.min_months;
    member->books = r->policy.books;
    member->first = indicator_first_month(beginning.start);
    member->balance = trailing.balance;
    owing_read(r->txn, &parts, &r->policy, &trailing, &member->owing);
    people_headcount(r->txn, &parts, own_day(r), &member->heads);
    people_year_before(r->txn, &parts, date_year(own_day(r)), own_day(r), &member->heads);
}

/* Roll-ups leave the list; a place that was split tells its successors where its books begin. */
static int read_members(struct fund_reading *r, struct place_funds *place)
{
    size_t kept = 0;
    int err = 0;
    for (size_t i = 0; i < place->count && err == 0; i++) {
        struct rollup_member *member = &place->members[i];
        err = read_fund(r, member->number);
        if (err != 0 || r->policy.rollup)
            continue;
        read_member(r, member);
        place->members[kept++] = *member;
    }
    place->count = kept;
    for (size_t i = 0; i < place->count && err == 0; i++) {
        err = read_fund(r, place->members[i].number);
        if (err == 0 && !fund_is_part(&r->record, r->as_of))
            rollup_split(place->members, place->count, place->members[i].fund.place,
                         r->policy.split_into, r->policy.split_count,
                         books_split_since(r->journal, r->txn, place->members[i].number, r->policy_from));
    }
    return err != 0 ? err : r->txn->err;
}

static int read_closed(struct fund_reading *r, struct place_funds *place)
{
    for (size_t i = 0; i < place->count && place->months > 0; i++) {
        struct rollup_member *member = &place->members[i];
        struct fund ignored;
        struct parts parts;
        if (!books_fund_by_number(r->txn, member->number, &ignored, &r->record))
            return -EILSEQ;
        parts_of(r->txn, &r->record, r->as_of, &parts);
        books_lines_settled(r->txn, &parts, date_month_first(place->from), date_month_last(place->to),
                            r->as_of, &member->closed);
    }
    return r->txn->err;
}

int place_gather(const struct journal *journal, struct txn *txn, struct place_prefix prefix,
                 uint16_t scheme, date_day as_of, struct place_funds *ret)
{
    struct place_funds place = {.count = 0};
    struct fund_reading r = {.journal = journal, .txn = txn, .as_of = as_of};
    int err = find_members(txn, prefix, scheme, &place);
    if (err == 0)
        err = read_members(&r, &place);
    if (err == 0) {
        rollup_roles(place.members, place.count);
        place.months = rollup_months(place.members, place.count, as_of, &place.from, &place.to);
        err = read_closed(&r, &place);
    }
    if (err != 0) {
        place_free(&place);
        return err;
    }
    rollup_sum(place.members, place.count, as_of, place.months, &place.sums);
    *ret = place;
    return 0;
}

/* --- The month that has not closed. ---------------------------------------------- */

int place_read_open(struct txn *txn, date_day as_of, struct place_funds *place)
{
    place->open_from = date_month_last(date_month_ended_by(as_of)) + 1;
    for (size_t i = 0; i < place->count; i++) {
        struct rollup_member *member = &place->members[i];
        struct fund ignored;
        struct fund_record record;
        struct parts parts;
        if (!books_fund_by_number(txn, member->number, &ignored, &record))
            return txn->err != 0 ? txn->err : -EILSEQ;
        parts_of(txn, &record, as_of, &parts);
        books_lines_of(txn, &parts, place->open_from, as_of, &member->open);
    }
    place->open_fits = rollup_open(place->members, place->count, &place->open, &place->open_cancelled);
    return txn->err;
}

/* --- Its sources. ---------------------------------------------------------------- */

int place_sources(const struct journal *journal, struct txn *txn, const struct place_funds *place,
                  date_day as_of, enum completeness_period longest,
                  void (*each)(void *arg, struct expected_sources *sources), void *arg)
{
    struct fund_reading r = {.journal = journal, .txn = txn, .as_of = as_of};
    int err = 0;
    for (size_t i = 0; i < place->count && err == 0; i++) {
        struct parts parts;
        struct expected_sources sources;
        if (place->members[i].role != ROLLUP_ADDED)
            continue;
        err = read_fund(&r, place->members[i].number);
        if (err != 0)
            break;
        parts_of(txn, &r.record, own_day(&r), &parts);
        expected_sources_find(journal, txn, &parts, &r.policy, own_day(&r), longest, &sources);
        each(arg, &sources);
        expected_sources_free(&sources);
        err = txn->err;
    }
    return err;
}

/* --- What is derived. ------------------------------------------------------------ */

static void derive_member(struct fund_reading *r, const struct place_funds *place,
                          struct rollup_member *member, struct rollup_derivation *derived)
{
    struct parts parts;
    struct lines so_far;
    parts_of(r->txn, &r->record, own_day(r), &parts);
    if (place->months > 0)
        derivations_lines(r->txn, &parts, date_month_first(place->from), date_month_last(place->to),
                          &member->derived_lines);
    derivations_people(r->txn, &parts, date_year(own_day(r)), own_day(r), &member->heads);
    if (member->role != ROLLUP_ADDED)
        return;
    derivations_lines(r->txn, &parts, INT32_MIN, own_day(r), &so_far);
    derived->balance |= member->derived;
    derived->runway_owed |= so_far.fen[ACCOUNT_M1] != 0 || member->derived_lines.fen[ACCOUNT_M1] != 0;
    derived->runway_received |=
        derivations_overdue(r->txn, &parts, own_day(r), &r->policy, member->owing.subsidy);
    if (!lines_add(&derived->lines, &member->derived_lines))
        r->txn->err = -EILSEQ;
}

int place_derive(struct txn *txn, date_day as_of, struct place_funds *place)
{
    struct fund_reading r = {.txn = txn, .as_of = as_of};
    struct rollup_derivation derived = {.balance = false};
    int err = 0;
    for (size_t i = 0; i < place->count && err == 0; i++) {
        err = read_fund(&r, place->members[i].number);
        if (err == 0)
            derive_member(&r, place, &place->members[i], &derived);
    }
    bool spent = derivations_moved(lines_expenditure, &derived.lines);
    const int64_t *fen = derived.lines.fen;
    derived.runway = derived.balance || spent;
    derived.runway_owed |= derived.runway;
    derived.runway_received |= derived.runway;
    derived.deficit = spent || derivations_moved(lines_income, &derived.lines);
    derived.provisional_share = spent || derivations_moved(lines_provisional, &derived.lines);
    derived.reimbursement[REIMBURSEMENT_ACTUAL] = fen[ACCOUNT_S1] != 0 || fen[ACCOUNT_S3] != 0;
    derived.reimbursement[REIMBURSEMENT_IN_POLICY] = fen[ACCOUNT_S2] != 0 || fen[ACCOUNT_S4] != 0;
    place->derived = derived;
    place->sums.heads.derived = rollup_heads_derived(place->members, place->count);
    return err != 0 ? err : txn->err;
}

/* The earliest books date of the funds that go on, or of those that do not; DATE_NONE if there are none. */
static int day_of(struct txn *txn, const struct place_funds *place, bool ended, date_day *ret)
{
    struct fund_reading r = {.txn = txn, .as_of = INT32_MAX};
    date_day day = DATE_NONE;
    bool begun = false;
    int err = 0;
    for (size_t i = 0; i < place->count && err == 0; i++) {
        struct parts parts;
        err = read_fund(&r, place->members[i].number);
        if (err != 0)
            break;
        parts_of(txn, &r.record, r.record.books_date, &parts);
        if (r.policy.rollup || parts_place_ended(&parts, &r.policy) != ended)
            continue;
        bool begins = r.record.books_date > books_beginning(txn, &r.record, &parts).start;
        if (begun && !begins)
            continue;
        if (day == DATE_NONE || begins > begun || r.record.books_date < day)
            day = r.record.books_date;
        begun = begins;
    }
    *ret = day;
    return err;
}

int place_day(struct txn *txn, struct place_prefix prefix, uint16_t scheme, date_day *ret)
{
    struct place_funds place = {.count = 0};
    date_day day = DATE_NONE;
    int err = find_members(txn, prefix, scheme, &place);
    if (err == 0)
        err = day_of(txn, &place, false, &day);
    if (err == 0 && day == DATE_NONE)
        err = day_of(txn, &place, true, &day);
    place_free(&place);
    if (err == 0)
        *ret = day;
    return err != 0 ? err : txn->err;
}

void place_free(struct place_funds *place)
{
    free(place->members);
    place->members = NULL;
    place->count = 0;
}

struct place_prefix place_under(uint32_t place)
{
    if (place % 10000 == 0)
        return (struct place_prefix){place / 10000, 2};
    return (struct place_prefix){place / 100, 4};
}
