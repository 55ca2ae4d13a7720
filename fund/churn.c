/* churn - a person's months, one after the other. */
#include "fund/churn.h"

#include <string.h>

const char *churn_word(enum churn_count count)
{
    static const char *const words[CHURN_COUNTS] = {
        [CHURN_BEGIN] = "begin", [CHURN_JOINED] = "joined", [CHURN_RETURNED] = "returned",
        [CHURN_MOVED_IN] = "moved_in", [CHURN_LAPSED] = "lapsed", [CHURN_ENDED] = "ended",
        [CHURN_MOVED_OUT] = "moved_out", [CHURN_REGROUPED] = "regrouped", [CHURN_END] = "end",
    };
    return count < CHURN_COUNTS ? words[count] : NULL;
}

/* --- A person ------------------------------------------------------------------------ */

/* One year in one fund: a bit for each month at whose end it holds. */
struct year {
    uint16_t in;
    uint16_t told;              /* some enrolment has been heard of, */
    uint16_t left;              /* and the newest says that he left */
    uint8_t group[12];
};

/* The days of one year and fund, which are `count`. */
static struct year year_of(const struct churn_day *days, uint64_t count)
{
    struct year year = {0};
    uint8_t status = STATUS_NONE, group = GROUP_NONE;
    int32_t fees = 0;
    uint64_t i = 0;
    for (int m = 0; m < 12; m++) {
        date_day last = date_month_last(days->year * 12 + m);
        for (; i < count && days[i].day <= last; i++) {
            fees += days[i].fees;
            if (days[i].status != STATUS_NONE) {
                status = days[i].status;
                group = days[i].group;
            }
        }
        bool told = status != STATUS_NONE, left = told && status != STATUS_NORMAL;
        year.told |= (uint16_t)(told << m);
        year.left |= (uint16_t)(left << m);
        year.in |= (uint16_t)((fees > 0 && !left) << m);
        year.group[m] = group;
    }
    return year;
}

/* Adds what a second fund of the same books says: in is who is so in one of them. */
static void add_year(struct year *to, const struct year *from)
{
    for (int m = 0; m < 12; m++) {
        bool in = from->in >> m & 1, was = to->in >> m & 1, told = from->told >> m & 1;
        if (in ? !was : !was && told)
            to->group[m] = from->group[m];
    }
    to->left = (uint16_t)((to->left | from->left) & ~(to->in | from->in));
    to->in |= from->in;
    to->told |= from->told;
}

static uint64_t run_length(const struct churn_day *days, uint64_t count)
{
    uint64_t n = 1;
    while (n < count && days[n].year == days->year && days[n].number == days->number)
        n++;
    return n;
}

/* Takes the days of a year: what they say of this fund, and the months in which he is in another one.
 * Returns how many there are. */
static uint64_t take_year(const struct churn_day *days, uint64_t count, int32_t year,
                          struct year *ret_here, uint16_t *ret_elsewhere)
{
    uint64_t at = 0;
    *ret_here = (struct year){0};
    *ret_elsewhere = 0;
    while (at < count && days[at].year == year) {
        uint64_t n = run_length(days + at, count - at);
        if (days[at].where != CHURN_SAME) {
            struct year one = year_of(days + at, n);
            if (days[at].where == CHURN_HERE)
                add_year(ret_here, &one);
            else
                *ret_elsewhere |= one.in;
        }
        at += n;
    }
    return at;
}

/* As he was at the end of the month before. */
struct before {
    bool in, ever, elsewhere, left;
    uint8_t group;
};

static void add(struct churn *churn, date_month month, uint8_t group, enum churn_count count, int by)
{
    churn->counts[month - churn->from][group][count] += by;
}

static void count_arrival(struct churn *churn, date_month month, uint8_t group, const struct before *before)
{
    add(churn, month, group, before->elsewhere ? CHURN_MOVED_IN
                           : before->ever ? CHURN_RETURNED : CHURN_JOINED, +1);
}

static void count_month(struct churn *churn, date_month month, const struct before *before,
                        const struct before *now)
{
    if (before->in)
        add(churn, month, before->group, CHURN_BEGIN, +1);
    if (now->in)
        add(churn, month, now->group, CHURN_END, +1);
    if (now->in && !before->in) {
        count_arrival(churn, month, now->group, before);
    } else if (before->in && !now->in) {
        add(churn, month, before->group, now->elsewhere ? CHURN_MOVED_OUT
                                       : now->left ? CHURN_ENDED : CHURN_LAPSED, +1);
    } else if (now->in && now->group != before->group) {
        add(churn, month, before->group, CHURN_REGROUPED, -1);
        add(churn, month, now->group, CHURN_REGROUPED, +1);
    }
}

/* A year's months, up to the last that is asked for. */
static void count_year(struct churn *churn, int32_t year, const struct year *here, uint16_t elsewhere,
                       struct before *before)
{
    for (int m = 0; m < 12 && year * 12 + m <= churn->to; m++) {
        bool told = here->told >> m & 1;
        struct before now = {
            .in = here->in >> m & 1,
            .elsewhere = elsewhere >> m & 1,
            .left = told ? here->left >> m & 1 : before->left,
            .group = told ? here->group[m] : before->group,
        };
        now.ever = before->ever || now.in;
        if (year * 12 + m >= churn->from)
            count_month(churn, year * 12 + m, before, &now);
        *before = now;
    }
}

void churn_person(struct churn *churn, const struct churn_day *days, uint64_t count)
{
    struct before before = {0};
    if (count == 0)
        return;
    for (int32_t year = days->year; year * 12 <= churn->to && (count > 0 || before.in); year++) {
        struct year here;
        uint16_t elsewhere;
        uint64_t n = take_year(days, count, year, &here, &elsewhere);
        count_year(churn, year, &here, elsewhere, &before);
        days += n;
        count -= n;
    }
}

/* --- Small groups -------------------------------------------------------------------- */

/* The persons that the groups of `mask` together had at the beginning or the end of a month. */
static int64_t persons(const struct churn *churn, uint32_t mask, date_month month, enum churn_count when)
{
    int64_t sum = 0;
    for (unsigned group = 0; group < INSURED_GROUPS; group++)
        if ((mask >> group & 1) != 0)
            sum += churn->counts[month - churn->from][group][when];
    return sum;
}

/* The most that they ever had, */
static int64_t size_of(const struct churn *churn, uint32_t mask)
{
    int64_t most = 0;
    for (date_month month = churn->from; month <= churn->to; month++) {
        int64_t begin = persons(churn, mask, month, CHURN_BEGIN), end = persons(churn, mask, month,
                                                                                CHURN_END);
        most = begin > most ? begin : most;
        most = end > most ? end : most;
    }
    return most;
}

/* and whether they had somebody, but too few to be shown. */
static bool is_small(const struct churn *churn, uint32_t mask)
{
    for (date_month month = churn->from; month <= churn->to; month++) {
        int64_t begin = persons(churn, mask, month, CHURN_BEGIN), end = persons(churn, mask, month,
                                                                                CHURN_END);
        if ((begin > 0 && begin < CHURN_SMALL) || (end > 0 && end < CHURN_SMALL))
            return true;
    }
    return false;
}

static uint32_t groups_of(const struct churn *churn)
{
    uint32_t mask = 0;
    for (unsigned group = 0; group < INSURED_GROUPS; group++)
        mask |= (uint32_t)(size_of(churn, UINT32_C(1) << group) > 0) << group;
    return mask;
}

/* Of the groups in `mask` the one with the fewest persons. */
static uint32_t smallest(const struct churn *churn, uint32_t mask)
{
    uint32_t found = 0;
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
        uint32_t bit = rest & -rest;
        if (found == 0 || size_of(churn, bit) < size_of(churn, found))
            found = bit;
    }
    return found;
}

/* Adds the groups of `mask` up in the lowest of them. */
static void merge(struct churn *churn, uint32_t mask)
{
    unsigned into = (unsigned)__builtin_ctz(mask);
    for (date_month month = churn->from; month <= churn->to; month++)
        for (uint32_t rest = mask & (mask - 1); rest != 0; rest &= rest - 1) {
            int64_t (*groups)[CHURN_COUNTS] = churn->counts[month - churn->from];
            int64_t *from = groups[__builtin_ctz(rest)];
            for (unsigned count = 0; count < CHURN_COUNTS; count++)
                groups[into][count] += from[count];
            memset(from, 0, sizeof groups[into]);
        }
}

void churn_merge_small(struct churn *churn, uint32_t *ret_merged)
{
    uint32_t all = groups_of(churn), merged = 0;
    for (uint32_t rest = all; rest != 0; rest &= rest - 1)
        if (is_small(churn, rest & -rest))
            merged |= rest & -rest;
    while (merged != 0 && merged != all && is_small(churn, merged))
        merged |= smallest(churn, all & ~merged);
    if ((merged & (merged - 1)) == 0)           /* nothing, or the only group */
        merged = 0;
    if (merged != 0)
        merge(churn, merged);
    *ret_merged = merged;
}
