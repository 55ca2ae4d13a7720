/* rollup - roles by place, transfers matched, sums. */
#include "fund/rollup.h"

#include <stddef.h>
#include <stdlib.h>

#include "fund/wide.h"

const char *rollup_role_word(enum rollup_role role)
{
    switch (role) {
    case ROLLUP_ADDED:     return "added";
    case ROLLUP_CONTAINED: return "contained";
    case ROLLUP_ABOVE:     return "above";
    case ROLLUP_BEHIND:    return "behind";
    case ROLLUP_LATER:     return "later";
    case ROLLUP_MERGED:    return "merged";
    }
    return "";
}

static const struct {
    const char *word;
    size_t offset;
} figures[ROLLUP_HEADS] = {
    {"paid",                  offsetof(struct headcount, paid)},
    {"registered",            offsetof(struct headcount, registered)},
    {"reported",              offsetof(struct headcount, reported)},
    {"employees",             offsetof(struct headcount, employees)},
    {"resident",              offsetof(struct headcount, resident)},
    {"registered_population", offsetof(struct headcount, registered_population)},
    {"last_year",             offsetof(struct headcount, last_year)},
    {"left",                  offsetof(struct headcount, left)},
    {"doubled",               offsetof(struct headcount, doubled)},
    {"elsewhere",             offsetof(struct headcount, elsewhere)},
    {"duplicates",            offsetof(struct headcount, duplicates)},
    {"paid_once",             offsetof(struct headcount, paid_once)},
    {"reported_once",         offsetof(struct headcount, reported_once)},
};

const char *rollup_heads_word(unsigned figure)
{
    return figure < ROLLUP_HEADS ? figures[figure].word : NULL;
}

static int64_t *heads_of(struct headcount *heads, unsigned figure)
{
    return (int64_t *)((char *)heads + figures[figure].offset);
}

int64_t rollup_heads(const struct headcount *heads, unsigned figure)
{
    return *(const int64_t *)((const char *)heads + figures[figure].offset);
}

/* --- Roles. -------------------------------------------------------------------------- */

/* Without any expenditure nobody can say who pays; where more was taken back than spent it is the fund. */
void rollup_judge(const struct position *trailing_12, bool *ret_judged, bool *ret_elsewhere)
{
    struct amount spent;
    struct position position = *trailing_12;
    position.has_opening = true;        /* where the money is does not depend on how much there is */
    enum not_computable why = indicator_runway(&position, 1).why;
    bool took_back = why == NC_NO_EXPENDITURE && lines_expenditure(&position.closed, &spent) && spent.fen < 0;
    *ret_judged = why == COMPUTABLE || why == NC_MONEY_ELSEWHERE || took_back;
    *ret_elsewhere = why == NC_MONEY_ELSEWHERE;
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = ((const struct rollup_member *)a)->fund.place;
    uint32_t y = ((const struct rollup_member *)b)->fund.place;
    return x < y ? -1 : x > y;
}

static bool takes_part(const struct rollup_member *member)
{
    return member->role != ROLLUP_BEHIND && member->role != ROLLUP_LATER
        && member->role != ROLLUP_MERGED;
}

/* The member of a place that takes part and has money; NULL if there is none. */
static struct rollup_member *find(struct rollup_member *members, size_t count, uint32_t place)
{
    struct rollup_member key = {.fund = {.place = place}};
    struct rollup_member *found = bsearch(&key, members, count, sizeof key, by_place);
    return found != NULL && takes_part(found) && !found->summing ? found : NULL;
}

/* The nearest fund above: of its city, else of its province. */
static struct rollup_member *upper_of(struct rollup_member *members, size_t count,
                                      const struct rollup_member *member)
{
    uint32_t place = member->fund.place, city = place - place % 100, province = place - place % 10000;
    struct rollup_member *upper = city != place ? find(members, count, city) : NULL;
    if (upper == NULL && province != place)
        upper = find(members, count, province);
    return upper;
}

/* What a line has, above 0 for income and expenditure alike; the provisional twin with it. */
static __int128 on_line(const struct lines *lines, enum account account)
{
    if (account_info(account)->class == CLASS_INCOME)
        return -(__int128)lines->fen[account];
    return (__int128)lines->fen[account] + lines->fen[account_provisional(account)];
}

static __int128 above_zero(__int128 fen)
{
    return fen > 0 ? fen : 0;
}

/* What the funds directly under each say of where the money is. */
struct below {
    unsigned funds, judged, elsewhere;
    __int128 with_upper, passed;    /* E6 and I6 of all of them, and of those that pass up */
    __int128 income, expenditure, balance;
    __int128 lines[ACCOUNT_SLOTS];  /* of income and expenditure, as on_line() */
    bool has_balance;               /* all have opened with one */
    uint8_t least_months, most_months;
};

/* What a fund had in the months that it was judged by, whether or not it fits. */
static __int128 on_class(const struct lines *lines, enum account_class class)
{
    __int128 sum = 0;
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    for (unsigned i = 0; i < count; i++)
        if (chart[i].class == class)
            sum += on_line(lines, chart[i].account);
    return sum;
}

/* Income and expenditure, line by line. */
static void put_lines(struct below *below, const struct lines *lines)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    for (unsigned i = 0; i < count; i++)
        if (chart[i].class == CLASS_INCOME || chart[i].class == CLASS_EXPENDITURE)
            below->lines[chart[i].account] += on_line(lines, chart[i].account);
}

static void put_below(struct below *below, const struct rollup_member *member)
{
    bool passes = member->judged && member->elsewhere;
    __int128 with_upper = above_zero(on_line(&member->trailing, ACCOUNT_E6))
        + above_zero(on_line(&member->trailing, ACCOUNT_I6));
    below->funds++;
    below->judged += member->judged;
    below->elsewhere += passes;
    below->with_upper += with_upper;
    below->passed += passes ? with_upper : 0;
    below->income += on_class(&member->trailing, CLASS_INCOME);
    below->expenditure += on_class(&member->trailing, CLASS_EXPENDITURE);
    put_lines(below, &member->trailing);
    below->balance += member->balance.fen;
    below->has_balance &= member->has_opening;
    below->least_months = member->months < below->least_months ? member->months : below->least_months;
    below->most_months = member->months > below->most_months ? member->months : below->most_months;
}

static struct below count_below(const struct rollup_member *members, size_t count, size_t index)
{
    struct below below = {.has_balance = true, .least_months = UINT8_MAX};
    uint32_t place = members[index].fund.place, city = 0;
    uint32_t span = place % 10000 == 0 ? 10000 : place % 100 == 0 ? 100 : 1;
    for (size_t i = index + 1; i < count && members[i].fund.place < place + span; i++) {
        const struct rollup_member *member = &members[i];
        bool under_city = city != 0 && member->fund.place < city + 100;
        if (!takes_part(member) || member->summing || under_city)
            continue;
        if (span == 10000 && member->fund.place % 100 == 0)
            city = member->fund.place;
        put_below(&below, member);
    }
    return below;
}

static bool is_linked(const struct rollup_member *member, const struct below *below)
{
    __int128 own = above_zero(on_line(&member->trailing, ACCOUNT_I7))
        + above_zero(on_line(&member->trailing, ACCOUNT_E5));
    return own > 0 && 2 * own >= (below->elsewhere > 0 ? below->passed : below->with_upper);
}

/* Of a fund that has some under it and is not linked: whether its books have their money. */
static bool contains(const struct rollup_member *member, const struct below *below)
{
    return below->elsewhere > 0 || (below->judged == 0 && member->books != BOOKS_OWN);
}

/* So much of a sum is the sum, one late month of twelve aside (our choice). */
static bool reaches(__int128 fen, __int128 sum)
{
    return sum <= 0 || 10 * fen >= 9 * sum;
}

static bool are_same_lines(const struct rollup_member *member, const struct below *below)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    for (unsigned i = 0; i < count; i++)
        if ((chart[i].class == CLASS_INCOME || chart[i].class == CLASS_EXPENDITURE)
            && on_line(&member->trailing, chart[i].account) != below->lines[chart[i].account])
            return false;
    return true;
}

/* The books of a fund beside the sum of those under it. */
enum likeness { LESS, ALIKE, MORE, THE_SAME };

static enum likeness compare(const struct rollup_member *member, const struct below *below)
{
    bool same_months = member->months == below->least_months && member->months == below->most_months;
    bool both_opened = member->has_opening && below->has_balance;
    __int128 balance = member->balance.fen;
    __int128 income = on_class(&member->trailing, CLASS_INCOME);
    __int128 expenditure = on_class(&member->trailing, CLASS_EXPENDITURE);
    bool less_flows = !reaches(income, below->income) || !reaches(expenditure, below->expenditure);
    bool more_flows = !reaches(below->income, income) || !reaches(below->expenditure, expenditure);
    if ((same_months && less_flows) || (both_opened && !reaches(balance, below->balance)))
        return LESS;
    if ((same_months && more_flows) || (both_opened && !reaches(below->balance, balance)))
        return MORE;
    bool same_balance = !both_opened || balance == below->balance;
    return same_months && same_balance && are_same_lines(member, below) ? THE_SAME : ALIKE;
}

/* Of a fund that nothing under it passes money to: whether its books are the sum of theirs. */
static bool is_sum_of(struct rollup_member *member, const struct below *below)
{
    if (member->books == BOOKS_OWN)
        return false;
    enum likeness likeness = compare(member, below);
    member->guessed = likeness == ALIKE || likeness == MORE;
    return likeness == ALIKE || likeness == THE_SAME;
}

/* Those above stand in front of those under them, so `upper` has its role already; `beside` is what those
 * under it say, this one among them. */
static void take_role(struct rollup_member *member, const struct rollup_member *upper,
                      const struct below *beside, const struct below *below)
{
    bool passes = upper != NULL && (member->judged ? member->elsewhere : contains(upper, beside));
    member->linked = below->funds > 0 && is_linked(member, below);
    member->joined = passes && upper->linked;
    if (passes && !upper->linked) {
        member->role = ROLLUP_CONTAINED;
        member->within = upper->role == ROLLUP_CONTAINED ? upper->within : upper->fund.place;
    } else {
        bool sums_up = below->funds > 0 && !member->linked && !contains(member, below)
            && is_sum_of(member, below);
        member->role = sums_up ? ROLLUP_ABOVE : ROLLUP_ADDED;
    }
}

static struct rollup_member *at_place(struct rollup_member *members, size_t count, uint32_t place)
{
    for (size_t i = 0; i < count; i++)
        if (members[i].fund.place == place)
            return &members[i];
    return NULL;
}

void rollup_split(struct rollup_member *members, size_t count, uint32_t place, const uint32_t *into,
                  unsigned into_count, date_day from)
{
    const struct rollup_member *split = at_place(members, count, place);
    for (unsigned i = 0; split != NULL && i < into_count; i++) {
        struct rollup_member *successor = at_place(members, count, into[i]);
        bool begins_with_it = successor != NULL && successor->first >= date_month_of(from);
        if (begins_with_it && successor->first > split->first)
            successor->first = split->first;
    }
}

/* A fund whose policy says that it sums those under it is out of the way of all others.  Without any that
 * takes part its books are all that is known. */
static void mark_sums(struct rollup_member *members, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        members[i].summing = members[i].guessed = false;
        if (!takes_part(&members[i]) || members[i].books != BOOKS_SUM)
            continue;
        members[i].summing = count_below(members, count, i).funds > 0;
        if (members[i].summing)
            members[i].role = ROLLUP_ABOVE;
    }
}

void rollup_roles(struct rollup_member *members, size_t count)
{
    if (count > 0)
        qsort(members, count, sizeof *members, by_place);
    mark_sums(members, count);
    for (size_t i = 0; i < count; i++) {
        if (!takes_part(&members[i]) || members[i].summing)
            continue;
        struct rollup_member *upper = upper_of(members, count, &members[i]);
        struct below below = count_below(members, count, i), beside = {0};
        if (upper != NULL)
            beside = count_below(members, count, (size_t)(upper - members));
        take_role(&members[i], upper, &beside, &below);
    }
}

unsigned rollup_months(const struct rollup_member *members, size_t count, date_day date,
                       date_month *ret_from, date_month *ret_to)
{
    date_month first = 0;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (members[i].role != ROLLUP_ADDED)
            continue;
        any = true;
        first = members[i].first > first ? members[i].first : first;
    }
    return any ? indicator_months(RUNWAY_TRAILING_12, first, date, ret_from, ret_to) : 0;
}

/* --- Transfers. ---------------------------------------------------------------------- */

/* Two sides being matched, of which no pair may be of one party. */
struct match {
    __int128 received, paid, least_others;
    bool any;
};

static void match_add(struct match *match, __int128 received, __int128 paid)
{
    received = received > 0 ? received : 0;
    paid = paid > 0 ? paid : 0;
    match->received += received;
    match->paid += paid;
    /* Both sums less a party's own are least for the party that has the most. */
    if (!match->any || received + paid > match->least_others)
        match->least_others = received + paid;
    match->any = true;
}

static __int128 least(__int128 a, __int128 b)
{
    return a < b ? a : b;
}

static __int128 match_most(const struct match *match)
{
    return least(least(match->received, match->paid),
                 match->received + match->paid - match->least_others);
}

/* The lines of transfers: what a fund has on them, or what cancels. */
struct cancelling {
    __int128 i6, i7, i8, e5, e6, e8;
};

/* The sums of funds that are matched with each other, and what cancels between them. */
struct parties {
    struct match down, up;          /* I6 against E5; I7 + I8 against E6 + E8 */
    struct cancelling has;
};

static struct cancelling transfers_of(const struct lines *lines)
{
    return (struct cancelling){
        .i6 = above_zero(on_line(lines, ACCOUNT_I6)), .i7 = above_zero(on_line(lines, ACCOUNT_I7)),
        .i8 = above_zero(on_line(lines, ACCOUNT_I8)), .e5 = above_zero(on_line(lines, ACCOUNT_E5)),
        .e6 = above_zero(on_line(lines, ACCOUNT_E6)), .e8 = above_zero(on_line(lines, ACCOUNT_E8)),
    };
}

static void add_to(struct cancelling *sum, const struct cancelling *c)
{
    sum->i6 += c->i6, sum->i7 += c->i7, sum->i8 += c->i8;
    sum->e5 += c->e5, sum->e6 += c->e6, sum->e8 += c->e8;
}

static void take_away(struct cancelling *sum, const struct cancelling *c)
{
    sum->i6 -= c->i6, sum->i7 -= c->i7, sum->i8 -= c->i8;
    sum->e5 -= c->e5, sum->e6 -= c->e6, sum->e8 -= c->e8;
}

static void add_party(struct parties *parties, const struct cancelling *party)
{
    match_add(&parties->down, party->i6, party->e5);
    match_add(&parties->up, party->i7 + party->i8, party->e6 + party->e8);
    add_to(&parties->has, party);
}

/* Takes `fen` from one line, and from another what the first does not have. */
static void take_from(__int128 fen, __int128 first_has, __int128 *first, __int128 *second)
{
    __int128 part = least(fen, first_has - *first);
    *first += part;
    *second += fen - part;
}

/* What cancels: of I7 + I8 and E6 + E8 like lines first. */
static struct cancelling cancel_between(const struct parties *parties)
{
    struct cancelling c = {0};
    const struct cancelling *has = &parties->has;
    __int128 up = match_most(&parties->up);
    c.i6 = c.e5 = match_most(&parties->down);
    c.i7 = c.e6 = least(up, least(has->i7, has->e6));
    c.i8 = c.e8 = least(up - c.i7, least(has->i8, has->e8));
    __int128 rest = up - c.i7 - c.i8;
    take_from(rest, has->i7, &c.i7, &c.i8);
    take_from(rest, has->e6, &c.e6, &c.e8);
    return c;
}

/* What is matched beyond cities: with a province's own fund what its cities have left, and over all. */
struct beyond {
    struct cancelling own, left;    /* of the province that is gone through */
    struct match across;            /* I8 against E8 */
};

/* Adds what cancels in a city to *sum.  The group of the province's own place is its own fund. */
static void city_end(const struct parties *city, bool is_own, struct cancelling *sum, struct beyond *beyond)
{
    struct cancelling c = cancel_between(city), left = city->has;
    take_away(&left, &c);
    add_to(sum, &c);
    add_to(is_own ? &beyond->own : &beyond->left, &left);
    match_add(&beyond->across, left.i8, left.e8);
}

static void province_end(struct beyond *beyond, struct cancelling *sum)
{
    struct cancelling c = {0};
    c.i6 = c.e5 = least(beyond->left.i6, beyond->own.e5);
    c.i7 = c.e6 = least(beyond->own.i7, beyond->left.e6);
    add_to(sum, &c);
    beyond->own = beyond->left = (struct cancelling){0};
}

/* Of the closed months, or of the open days behind them.  Members stand by place, so those of a city and of a
 * province are side by side. */
static struct cancelling match_all(const struct rollup_member *members, size_t count, bool open)
{
    struct cancelling sum = {0};
    struct beyond beyond = {.across.any = false};
    struct parties city = {.has.i6 = 0};
    for (size_t i = 0; i < count; i++) {
        uint32_t place = members[i].fund.place, next = i + 1 < count ? members[i + 1].fund.place : 0;
        struct cancelling has = transfers_of(open ? &members[i].open : &members[i].closed);
        if (members[i].role == ROLLUP_ADDED)
            add_party(&city, &has);
        if (next / 100 != place / 100) {
            city_end(&city, place / 100 % 100 == 0, &sum, &beyond);
            city = (struct parties){.has.i6 = 0};
        }
        if (next / 10000 != place / 10000)
            province_end(&beyond, &sum);
    }
    __int128 most = match_most(&beyond.across);
    sum.i8 += most;
    sum.e8 += most;
    return sum;
}

/* Takes what cancels off a line of sums. */
static bool take_off(struct lines *sums, struct lines *cancelled, enum account account, __int128 fen)
{
    bool credit = account_info(account)->class == CLASS_INCOME;
    struct amount off, left;
    if (!wide_to_amount(fen, &off) || !wide_to_amount(sums->fen[account] + (credit ? fen : -fen), &left))
        return false;
    cancelled->fen[account] = off.fen;
    sums->fen[account] = left.fen;
    return true;
}

/* Every line is taken off, also behind one that does not fit. */
static bool cancel(const struct cancelling *c, struct lines *sums, struct lines *cancelled)
{
    const struct {
        enum account account;
        __int128 fen;
    } lines[] = {
        {ACCOUNT_I6, c->i6}, {ACCOUNT_I7, c->i7}, {ACCOUNT_I8, c->i8},
        {ACCOUNT_E5, c->e5}, {ACCOUNT_E6, c->e6}, {ACCOUNT_E8, c->e8},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        good = take_off(sums, cancelled, lines[i].account, lines[i].fen) && good;
    return good;
}

/* --- People. ------------------------------------------------------------------------- */

/* A sum over the funds directly under one. */
struct below_sum {
    int64_t value;
    bool any, lacks;
};

static void put_under(struct below_sum *below, struct rollup_value value)
{
    below->any = true;
    if (!value.known || __builtin_add_overflow(below->value, value.value, &below->value))
        below->lacks = true;
}

static struct rollup_value sum_of(const struct below_sum *below)
{
    bool known = below->any && !below->lacks;
    return (struct rollup_value){known, known ? below->value : 0};
}

static bool has_contributions(const struct lines *lines)
{
    for (unsigned slot = ACCOUNT_I10; slot <= ACCOUNT_I14; slot++)
        if (lines->fen[slot] != 0)
            return true;
    return false;
}

/* One that only receives and pays out what belongs to those under it. */
static bool has_nobody(const struct rollup_member *member, const struct below_sum *below)
{
    return member->linked && !below->any && !has_contributions(&member->trailing);
}

/* From the last to the first: those under a fund come before it, so that one sum for each level is enough. */
struct rollup_value rollup_total(struct rollup_member *members, size_t count,
                                 rollup_own_value *own, rollup_lacking *lacking, void *arg)
{
    struct below_sum city = {0}, province = {0}, all = {0}, none = {0};
    for (size_t i = count; i-- > 0;) {
        struct rollup_member *member = &members[i], *upper = upper_of(members, count, member);
        if (!takes_part(member))
            continue;
        enum place_level level = place_level(member->fund.place);
        struct below_sum *below =
            level == PLACE_PROVINCE ? &province : level == PLACE_CITY ? &city : &none;
        struct rollup_value value = own(arg, i);
        if (!value.known && has_nobody(member, below))
            continue;
        if (!value.known)
            value = sum_of(below);
        *below = (struct below_sum){0};
        if (!value.known && !member->joined)
            lacking(arg, i);
        if (upper != NULL && (member->role == ROLLUP_CONTAINED || member->joined))
            put_under(place_level(upper->fund.place) == PLACE_CITY ? &city : &province, value);
        else if (member->role == ROLLUP_ADDED)
            put_under(&all, value);
    }
    return sum_of(&all);
}

struct people {
    struct rollup_member *members;
    unsigned figure;
};

static struct rollup_value own_heads(void *arg, size_t index)
{
    const struct people *people = arg;
    int64_t heads = rollup_heads(&people->members[index].heads, people->figure);
    return (struct rollup_value){heads >= 0, heads};
}

static void lacks_heads(void *arg, size_t index)
{
    const struct people *people = arg;
    people->members[index].lacks |= (uint16_t)(1u << people->figure);
}

/* The same figures, each 1 if it is derived: what is in the sum of these is in the sum of those. */
static struct rollup_value own_derivation(void *arg, size_t index)
{
    const struct people *people = arg;
    struct rollup_value own = own_heads(arg, index);
    return (struct rollup_value){own.known, people->members[index].heads.derived >> people->figure & 1};
}

static void lacks_nothing(void *, size_t)
{
}

/* Last year's insured that the members are measured against: `figure` is a numerator. */
static struct rollup_value own_last_year(void *arg, size_t index)
{
    const struct people *people = arg;
    int64_t heads = headcount_last_year(&people->members[index].heads, people->figure);
    return (struct rollup_value){heads >= 0, heads};
}

static struct rollup_value own_last_year_derivation(void *arg, size_t index)
{
    const struct people *people = arg;
    struct rollup_value own = own_last_year(arg, index);
    return (struct rollup_value){
        own.known, headcount_last_year_is_derived(&people->members[index].heads, people->figure)};
}

uint32_t rollup_heads_derived(struct rollup_member *members, size_t count)
{
    uint32_t derived = 0;
    for (unsigned figure = 0; figure < ROLLUP_HEADS; figure++) {
        struct people people = {members, figure};
        struct rollup_value total = rollup_total(members, count, own_derivation, lacks_nothing, &people);
        derived |= (uint32_t)(total.known && total.value > 0) << figure;
    }
    for (unsigned numerator = NUMERATOR_PAID; numerator <= NUMERATOR_LAST; numerator++) {
        struct people people = {members, numerator};
        struct rollup_value total =
            rollup_total(members, count, own_last_year_derivation, lacks_nothing, &people);
        derived |= total.known && total.value > 0 ? HEADS_YEAR_BEFORE(numerator) : 0;
    }
    return derived;
}

static void sum_last_year(struct rollup_member *members, size_t count, unsigned numerator,
                          struct headcount *sum)
{
    struct people people = {members, numerator};
    struct rollup_value total = rollup_total(members, count, own_last_year, lacks_nothing, &people);
    sum->year_before[numerator] = total.known ? total.value : HEADS_UNKNOWN;
}

static void sum_figure(struct rollup_member *members, size_t count, unsigned figure, struct headcount *sum)
{
    struct people people = {members, figure};
    struct rollup_value total = rollup_total(members, count, own_heads, lacks_heads, &people);
    *heads_of(sum, figure) = total.known ? total.value : HEADS_UNKNOWN;
}

/* --- Sums. --------------------------------------------------------------------------- */

static void count_role(struct rollup *rollup, enum rollup_role role)
{
    switch (role) {
    case ROLLUP_ADDED:     rollup->added++;     return;
    case ROLLUP_CONTAINED: rollup->contained++; return;
    case ROLLUP_ABOVE:     rollup->above++;     return;
    case ROLLUP_BEHIND:    rollup->behind++;    return;
    case ROLLUP_LATER:     rollup->later++;     return;
    case ROLLUP_MERGED:    rollup->merged++;    return;
    }
}

/* Hospitals that one fund has overpaid do not pay what another one owes. */
static bool add_owing(struct owing *sum, const struct rollup_member *member)
{
    const struct owing *own = &member->owing;
    struct amount in_months = {own->incurred.fen > 0 ? member->closed.fen[ACCOUNT_M1] : 0};
    sum->subsidy_known &= own->subsidy_known;
    return amount_add(sum->booked, own->booked, &sum->booked) &&
           amount_add(sum->incurred, own->incurred, &sum->incurred) &&
           amount_add(sum->in_months, in_months, &sum->in_months) &&
           amount_add(sum->overpaid, own->overpaid, &sum->overpaid) &&
           amount_add(sum->subsidy, own->subsidy, &sum->subsidy);
}

static void add_member(struct rollup *rollup, const struct rollup_member *member)
{
    struct position *p = &rollup->position;
    rollup->derived |= member->derived;
    if (member->min_months > rollup->min_months)
        rollup->min_months = member->min_months;
    p->has_opening &= member->has_opening;
    p->first_month = member->first > p->first_month ? member->first : p->first_month;
    rollup->fits = rollup->fits && amount_add(p->balance, member->balance, &p->balance) &&
                   lines_add(&p->closed, &member->closed) && add_owing(&rollup->owing, member);
}

static bool sides_fit(const struct lines *lines)
{
    struct amount income, expenditure;
    return lines_income(lines, &income) && lines_expenditure(lines, &expenditure);
}

void rollup_sum(struct rollup_member *members, size_t count, date_day date, unsigned months,
                struct rollup *ret)
{
    *ret = (struct rollup){
        .fits = true, .position = {.books_date = date, .has_opening = true, .months = months},
        .owing.subsidy_known = true,
    };
    for (size_t i = 0; i < count; i++) {
        count_role(ret, members[i].role);
        if (members[i].role == ROLLUP_ADDED)
            add_member(ret, &members[i]);
    }
    ret->position.has_opening &= ret->added > 0;
    ret->owing.subsidy_known &= ret->added > 0;
    struct cancelling c = match_all(members, count, false);
    ret->fits = ret->fits && wide_to_amount(c.i6 + c.i7 + c.i8, &ret->cancelled_sum)
        && cancel(&c, &ret->position.closed, &ret->cancelled) && sides_fit(&ret->position.closed);
    ret->heads = headcount_unknown();
    for (unsigned figure = 0; figure < ROLLUP_HEADS; figure++)
        sum_figure(members, count, figure, &ret->heads);
    for (unsigned numerator = NUMERATOR_PAID; numerator <= NUMERATOR_LAST; numerator++)
        sum_last_year(members, count, numerator, &ret->heads);
}

bool rollup_open(const struct rollup_member *members, size_t count, struct lines *ret,
                 struct lines *ret_cancelled)
{
    struct cancelling c = match_all(members, count, true);
    *ret = *ret_cancelled = (struct lines){.fen = {0}};
    bool fits = true;
    for (size_t i = 0; i < count; i++)
        if (members[i].role == ROLLUP_ADDED)
            fits = fits && lines_add(ret, &members[i].open);
    return fits && cancel(&c, ret, ret_cancelled);
}

static bool is_incomplete(const struct place_funds *place)
{
    return place->sums.behind > 0 || place->sums.added == 0 || !place->sums.fits;
}

bool rollup_waits_for(const struct rollup_member *member)
{
    return member->importing && member->role != ROLLUP_LATER && member->role != ROLLUP_MERGED;
}

bool rollup_is_importing(const struct place_funds *place)
{
    for (size_t i = 0; i < place->count; i++)
        if (rollup_waits_for(&place->members[i]))
            return true;
    return false;
}

struct position rollup_position(const struct place_funds *place)
{
    struct position position = place->sums.position;
    position.incomplete = is_incomplete(place);
    return position;
}

struct headcount rollup_headcount(const struct place_funds *place)
{
    return is_incomplete(place) ? headcount_unknown() : place->sums.heads;
}
