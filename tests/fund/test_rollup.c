/* Many funds as one: whose money is added, which transfers cancel, which people are missing. */
#include <stdio.h>
#include <stdlib.h>

#include "fund/rollup.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

#define MEMBERS_MAX 64

static struct rollup_member members[MEMBERS_MAX];
static size_t count;
static struct rollup sums;

static void setup(void)
{
    count = 0;
}

/* A fund with books from 2024 on, which holds its own money. */
static struct rollup_member *member(uint32_t place)
{
    struct rollup_member *m = &members[count++];
    *m = (struct rollup_member){
        .fund = {place, SCHEME_RESIDENT}, .judged = true, .has_opening = true, .min_months = 1, .months = 12,
        .first = month(202401), .balance = fen(1000),
        .heads = headcount_unknown(),
    };
    m->closed.fen[ACCOUNT_I11] = -500;
    m->closed.fen[ACCOUNT_E11] = 400;
    return m;
}

/* A fund whose books are the sum of so many. */
static struct rollup_member *summing(uint32_t place, int64_t funds)
{
    struct rollup_member *m = member(place);
    m->closed.fen[ACCOUNT_I11] *= funds;
    m->closed.fen[ACCOUNT_E11] *= funds;
    m->balance.fen *= funds;
    return m;
}

static struct rollup_member *passing_up(uint32_t place)
{
    struct rollup_member *m = member(place);
    m->elsewhere = true;
    return m;
}

static struct rollup_member *paying(uint32_t place, enum account account, int64_t amount)
{
    struct rollup_member *m = member(place);
    m->closed.fen[account] = amount;
    return m;
}

static struct rollup_member *receiving(uint32_t place, enum account account, int64_t amount)
{
    return paying(place, account, -amount);
}

/* With just as many as there are, so that one who looks behind the last is found out. */
static void add_up(void)
{
    struct rollup_member *just = malloc(count * sizeof *just + (count == 0));
    ck_assert_ptr_nonnull(just);
    for (size_t i = 0; i < count; i++) {
        members[i].trailing = members[i].closed;
        just[i] = members[i];
    }
    rollup_roles(just, count);
    rollup_sum(just, count, day(20241231), 12, &sums);
    for (size_t i = 0; i < count; i++)
        members[i] = just[i];
    free(just);
}

static const struct rollup_member *of(uint32_t place)
{
    for (size_t i = 0; i < count; i++) {
        if (members[i].fund.place == place)
            return &members[i];
    }
    ck_abort_msg("no %u", place);
    return NULL;
}

/* "added added within 440800" in the order of places. */
static const char *roles(void)
{
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "",
                                 rollup_role_word(members[i].role));
        if (members[i].role == ROLLUP_CONTAINED)
            used += (size_t)snprintf(text + used, sizeof text - used, ":%u", members[i].within);
    }
    return text;
}

static int64_t cancelled(enum account account)
{
    return sums.cancelled.fen[account];
}

static int64_t left(enum account account)
{
    int64_t amount = sums.position.closed.fen[account];
    return account <= ACCOUNT_I_LAST ? -amount : amount;
}

/* --- Roles. --------------------------------------------------------------------------- */

START_TEST(counties_without_a_fund_above_are_added)
{
    member(440883), member(440881);
    add_up();
    ck_assert_str_eq(roles(), "added added");
    ck_assert_uint_eq(of(440881)->fund.place, members[0].fund.place);
    ck_assert_int_eq(sums.position.balance.fen, 2000);
}
END_TEST

START_TEST(a_city_whose_counties_pass_their_money_up_contains_them)
{
    member(440800), passing_up(440881), passing_up(440882), member(440981);
    add_up();
    ck_assert_str_eq(roles(), "added contained:440800 contained:440800 added");
    ck_assert_int_eq(sums.position.balance.fen, 2000);
    ck_assert_uint_eq(sums.contained, 2);
}
END_TEST

START_TEST(a_city_whose_counties_hold_their_money_is_above_them)
{
    summing(440800, 3), member(440881), member(440882), member(440883);
    add_up();
    ck_assert_str_eq(roles(), "above added added added");
    ck_assert_int_eq(sums.position.balance.fen, 3000);
}
END_TEST

/* Of three counties: 1,500, 1,200 and 3,000. */
static const struct {
    int64_t income, expenditure, balance;
    bool has_opening;
    const char *role;
    bool guessed;
} over_three[] = {
    {1500, 1200, 3000, true,  "above", false},
    {1350, 1080, 2700, true,  "above", true},   /* nine tenths */
    {1499, 1200, 3000, true,  "above", true},   /* a fen late, or money of its own */
    {1500, 1201, 3000, true,  "above", true},
    {1500, 1200, 3001, true,  "above", true},
    {1666, 1333, 3333, true,  "above", true},   /* of which theirs are nine tenths */
    {1667, 1200, 3000, true,  "added", true},
    {1500, 1334, 3000, true,  "added", true},
    {1500, 1200, 3334, true,  "added", true},
    {9000, 8000, 9000, true,  "added", true},   /* theirs and more, or much of its own */
    {1349, 1200, 3000, true,  "added", false},
    {1500, 1079, 3000, true,  "added", false},
    {1500, 1200, 2699, true,  "added", false},
    {9000, 8000, 2699, true,  "added", false},
    { 137,  125, 3120, true,  "added", false},  /* people of its own, and much put by */
    {1500, 1200,    0, false, "above", false},  /* whose balance is not known */
    {1400, 1200,    0, false, "above", true},
    { 137,  125,    0, false, "added", false},
};

START_TEST(a_city_with_money_of_its_own_is_added_beside_counties_that_hold_theirs)
{
    struct rollup_member *city = member(440800);
    char wanted[64];
    city->closed.fen[ACCOUNT_I11] = -over_three[_i].income;
    city->closed.fen[ACCOUNT_E11] = 0;
    city->closed.fen[account_provisional(ACCOUNT_E11)] = over_three[_i].expenditure;
    city->balance.fen = over_three[_i].balance;
    city->has_opening = over_three[_i].has_opening;
    member(440881), member(440882), member(440883);
    add_up();
    snprintf(wanted, sizeof wanted, "%s added added added", over_three[_i].role);
    ck_assert_str_eq(roles(), wanted);
    ck_assert(of(440800)->guessed == over_three[_i].guessed);
    bool added = strcmp(over_three[_i].role, "added") == 0;
    ck_assert_int_eq(left(ACCOUNT_I11), 1500 + (added ? over_three[_i].income : 0));
}
END_TEST

/* Its policy knows what the figures do not tell, whichever way these look. */
START_TEST(what_the_policy_says_of_a_city_is_no_guess)
{
    struct rollup_member *city = member(440800);
    city->closed.fen[ACCOUNT_I11] = -over_three[_i].income;
    city->closed.fen[ACCOUNT_E11] = over_three[_i].expenditure;
    city->balance.fen = over_three[_i].balance;
    city->has_opening = over_three[_i].has_opening;
    city->books = BOOKS_OWN;
    member(440881), member(440882), member(440883);
    add_up();
    ck_assert_str_eq(roles(), "added added added added");
    ck_assert(!of(440800)->guessed);
    members[0].books = BOOKS_SUM;
    add_up();
    ck_assert_str_eq(roles(), "above added added added");
    ck_assert(!of(440800)->guessed);
    ck_assert_int_eq(left(ACCOUNT_I11), 1500);
}
END_TEST

/* Lines that come to the same sums in another way are of somebody else, or were divided otherwise. */
START_TEST(a_sum_is_one_line_by_line)
{
    summing(440800, 2), member(440881), member(440882);
    add_up();
    ck_assert_str_eq(roles(), "above added added");
    ck_assert(!of(440800)->guessed);
    members[0].closed.fen[ACCOUNT_I11] += 1;
    members[0].closed.fen[ACCOUNT_I3] -= 1;
    add_up();
    ck_assert_str_eq(roles(), "above added added");
    ck_assert(of(440800)->guessed);
}
END_TEST

/* Nobody's money is in a sum: what passes its money up does so to the next fund above, as does what cannot be
 * judged. */
START_TEST(nothing_is_contained_in_what_sums_up)
{
    member(440000), summing(440800, 1)->books = BOOKS_SUM;
    passing_up(440881), member(440882), member(440883)->judged = false;
    member(440900), member(440981);
    add_up();
    ck_assert_str_eq(roles(), "added above contained:440000 added contained:440000 above added");
}
END_TEST

START_TEST(a_city_with_money_of_its_own_still_has_what_is_passed_up_to_it)
{
    member(440800)->books = BOOKS_OWN, passing_up(440881), member(440882), member(440883)->judged = false;
    add_up();
    ck_assert_str_eq(roles(), "added contained:440800 added contained:440800");
}
END_TEST

/* Before a month has closed nobody can be judged; its policy says whose money it has. */
START_TEST(a_city_with_money_of_its_own_contains_nobody_who_cannot_be_judged)
{
    member(440800)->books = _i == 0 ? BOOKS_OWN : BOOKS_UNSTATED;
    member(440881)->judged = false, member(440882)->judged = false;
    add_up();
    ck_assert_str_eq(roles(), _i == 0 ? "added added added" : "added contained:440800 contained:440800");
}
END_TEST

/* Nothing under it: its books are all that is known. */
START_TEST(a_sum_of_nobody_who_is_here_is_added)
{
    member(440800)->books = BOOKS_SUM;
    member(440881)->role = ROLLUP_LATER;
    add_up();
    ck_assert_str_eq(roles(), "added later");
    ck_assert(!of(440800)->summing);
}
END_TEST

/* Half a year of the sum is no year of it; but the balance is one at once. */
START_TEST(what_is_over_other_months_is_not_compared)
{
    summing(440800, 1)->months = 6, member(440881), member(440882);
    members[0].balance.fen = _i == 0 ? 1800 : 1799;
    add_up();
    ck_assert_str_eq(roles(), _i == 0 ? "above added added" : "added added added");
}
END_TEST

/* The sum of months that are not the same for all is over no months that a city's books could have. */
START_TEST(what_counties_have_of_different_months_is_not_compared)
{
    summing(440800, 1)->months = 6;
    member(440881)->months = 6, member(440882)->months = _i == 0 ? 6 : 12;
    members[0].balance.fen = 2000;
    add_up();
    ck_assert_str_eq(roles(), _i == 0 ? "added added added" : "above added added");
}
END_TEST

/* One county that opened without a balance, and there is no sum of them. */
START_TEST(a_balance_is_compared_only_if_all_counties_have_one)
{
    summing(440800, 2)->balance.fen = 1;
    member(440881), member(440882)->has_opening = _i == 0;
    add_up();
    ck_assert_str_eq(roles(), _i == 0 ? "added added added" : "above added added");
}
END_TEST

/* Below 0 there is nothing to reach. */
START_TEST(counties_that_have_less_than_nothing_are_no_sum_to_reach)
{
    member(440800)->balance.fen = -50, member(440881)->balance.fen = -100;
    add_up();
    ck_assert_str_eq(roles(), "above added");
}
END_TEST

START_TEST(one_county_that_passes_its_money_up_is_enough_for_the_city_to_be_added)
{
    member(440800), member(440881), member(440882), passing_up(440883);
    add_up();
    ck_assert_str_eq(roles(), "added added added contained:440800");
    ck_assert_int_eq(sums.position.balance.fen, 3000);
}
END_TEST

START_TEST(a_county_that_cannot_be_judged_goes_by_the_others)
{
    member(440800), passing_up(440881), member(440882), member(440883)->judged = false;
    add_up();
    ck_assert_str_eq(roles(), "added contained:440800 added contained:440800");
    count = 0;
    summing(440800, 2), member(440882), member(440883)->judged = false;
    add_up();
    ck_assert_str_eq(roles(), "above added added");
}
END_TEST

/* What a county passes up and gets back, and what the city books of it. */
static void pass(uint32_t county, uint32_t city, int64_t up, int64_t down)
{
    struct rollup_member *m = passing_up(county);
    m->closed.fen[ACCOUNT_E6] = up;
    m->closed.fen[ACCOUNT_I6] = -down;
    for (size_t i = 0; i < count; i++) {
        if (members[i].fund.place != city)
            continue;
        members[i].closed.fen[ACCOUNT_I7] -= up;
        members[i].closed.fen[ACCOUNT_E5] += down;
    }
}

START_TEST(a_city_that_books_its_transfers_is_added_beside_its_counties)
{
    member(440800), member(440881);
    pass(440882, 440800, 500, 400);
    add_up();
    ck_assert_str_eq(roles(), "added added added");
    ck_assert(of(440800)->linked && of(440882)->joined && !of(440881)->joined);
    ck_assert_int_eq(sums.position.balance.fen, 3000);
    ck_assert_int_eq(sums.cancelled_sum.fen, 900);
    for (unsigned slot = 0; slot < ACCOUNT_SLOTS; slot++) {
        int64_t sum = slot == ACCOUNT_I11 ? -1500 : slot == ACCOUNT_E11 ? 1200 : 0;
        ck_assert_int_eq(sums.position.closed.fen[slot], sum);
    }
}
END_TEST

START_TEST(half_of_what_is_passed_up_links)
{
    member(440800)->closed.fen[ACCOUNT_I7] = -250;
    passing_up(440881)->closed.fen[ACCOUNT_E6] = 500;
    add_up();
    ck_assert_str_eq(roles(), "added added");
    members[0].closed.fen[ACCOUNT_I7] = -249;
    add_up();
    ck_assert_str_eq(roles(), "added contained:440800");
}
END_TEST

START_TEST(a_city_that_its_counties_pay_into_has_money_of_its_own)
{
    receiving(440800, ACCOUNT_I7, 30), paying(440881, ACCOUNT_E6, 20), paying(440882, ACCOUNT_E6, 10);
    add_up();
    ck_assert_str_eq(roles(), "added added added");
    ck_assert_int_eq(sums.cancelled_sum.fen, 30);
    ck_assert_int_eq(sums.position.balance.fen, 3000);
}
END_TEST

START_TEST(a_province_cancels_with_its_cities)
{
    member(440000)->closed.fen[ACCOUNT_I7] = -70;
    members[0].closed.fen[ACCOUNT_E5] = 20;
    paying(440800, ACCOUNT_E6, 40), paying(440900, ACCOUNT_E6, 30)->closed.fen[ACCOUNT_I6] = -20;
    add_up();
    ck_assert_str_eq(roles(), "added added added");
    ck_assert_int_eq(sums.cancelled_sum.fen, 90);
    ck_assert_int_eq(left(ACCOUNT_I7), 0);
    ck_assert_int_eq(left(ACCOUNT_E6), 0);
    ck_assert_int_eq(left(ACCOUNT_I6), 0);
}
END_TEST

START_TEST(a_province_cancels_with_what_cities_have_left)
{
    receiving(440000, ACCOUNT_I7, 100), receiving(440800, ACCOUNT_I7, 60), paying(440801, ACCOUNT_E6, 90);
    members[1].closed.fen[ACCOUNT_E6] = 40;     /* a city is not its own counterpart */
    add_up();
    ck_assert_str_eq(roles(), "added added added");
    ck_assert_int_eq(cancelled(ACCOUNT_I7), 130);
    ck_assert_int_eq(left(ACCOUNT_I7), 30);
    ck_assert_int_eq(left(ACCOUNT_E6), 0);
}
END_TEST

START_TEST(the_last_code_of_a_city_is_under_it)
{
    member(440800), member(440899), member(440900);
    add_up();
    ck_assert_str_eq(roles(), "above added added");
}
END_TEST

START_TEST(people_of_a_linked_city_are_its_own_or_those_of_whom_it_is_joined_to)
{
    member(440800)->heads.resident = 100;
    member(440881)->heads.resident = 7;
    of(440881);
    members[1].heads.reported = 5;
    pass(440882, 440800, 500, 400);
    members[2].heads.resident = 60, members[2].heads.reported = 50;
    add_up();
    ck_assert_int_eq(sums.heads.resident, 107);
    ck_assert_int_eq(sums.heads.reported, 55);
}
END_TEST

START_TEST(a_fund_that_only_passes_money_on_lacks_no_people)
{
    receiving(440800, ACCOUNT_I7, 30)->closed.fen[ACCOUNT_I11] = 0;
    paying(440881, ACCOUNT_E6, 30)->heads.reported = 9;
    add_up();
    ck_assert_int_eq(sums.heads.reported, 9);
    ck_assert_uint_eq(of(440800)->lacks >> 2 & 1, 0);
}
END_TEST

START_TEST(a_city_of_which_nothing_can_be_judged_is_added)
{
    member(440800), member(440881)->judged = false;
    add_up();
    ck_assert_str_eq(roles(), "added contained:440800");
}
END_TEST

START_TEST(a_pooled_province_contains_cities_and_what_is_under_them)
{
    member(440000), passing_up(440800), passing_up(440881), passing_up(445281);
    add_up();
    ck_assert_str_eq(roles(), "added contained:440000 contained:440000 contained:440000");
    ck_assert_int_eq(sums.position.balance.fen, 1000);
}
END_TEST

START_TEST(a_province_is_judged_by_its_cities_and_they_by_their_counties)
{
    summing(440000, 2), member(440800), passing_up(440881), passing_up(440882), member(440900);
    add_up();
    ck_assert_str_eq(roles(), "above added contained:440800 contained:440800 added");
}
END_TEST

START_TEST(one_that_holds_its_money_under_one_that_passes_it_up_is_added)
{
    member(440000), passing_up(440800), member(440881), passing_up(440882);
    add_up();
    ck_assert_str_eq(roles(), "added contained:440000 added contained:440000");
}
END_TEST

START_TEST(books_that_are_not_there_take_no_part)
{
    member(440800)->role = ROLLUP_BEHIND;
    passing_up(440881);
    member(440882)->role = ROLLUP_LATER;
    add_up();
    ck_assert_str_eq(roles(), "behind added later");
    ck_assert_int_eq(sums.position.balance.fen, 1000);
    ck_assert_uint_eq(sums.behind + sums.later, 2);
}
END_TEST

START_TEST(where_the_money_is_can_be_judged_without_an_opening_balance)
{
    struct position p = {.books_date = day(20241231), .months = 12};
    bool judged, elsewhere;
    p.closed.fen[ACCOUNT_I11] = -300;
    p.closed.fen[ACCOUNT_E6] = 301;
    rollup_judge(&p, &judged, &elsewhere);
    ck_assert(judged && elsewhere);
    p.closed.fen[ACCOUNT_E11] = 601;
    rollup_judge(&p, &judged, &elsewhere);
    ck_assert(judged && !elsewhere);
    p.months = 0;
    rollup_judge(&p, &judged, &elsewhere);
    ck_assert(!judged);
}
END_TEST

START_TEST(who_only_took_benefits_back_holds_its_money)
{
    struct position p = {.books_date = day(20241231), .months = 1};
    bool judged, elsewhere;
    p.closed.fen[ACCOUNT_E11] = -3;
    rollup_judge(&p, &judged, &elsewhere);
    ck_assert(judged && !elsewhere);
    p.closed.fen[ACCOUNT_E6] = 2;               /* two fifths of what moved */
    rollup_judge(&p, &judged, &elsewhere);
    ck_assert(judged && elsewhere);
    p.closed = (struct lines){.fen = {[ACCOUNT_I11] = -5}};
    rollup_judge(&p, &judged, &elsewhere);
    ck_assert(!judged);
}
END_TEST

/* --- Transfers. ------------------------------------------------------------------------ */

START_TEST(what_one_paid_and_another_received_cancels)
{
    paying(440781, ACCOUNT_E8, 40), receiving(440783, ACCOUNT_I8, 40), member(440784);
    add_up();
    ck_assert_int_eq(cancelled(ACCOUNT_I8), 40);
    ck_assert_int_eq(cancelled(ACCOUNT_E8), 40);
    ck_assert_int_eq(left(ACCOUNT_I8), 0);
    ck_assert_int_eq(left(ACCOUNT_E8), 0);
    ck_assert_int_eq(sums.cancelled_sum.fen, 40);
    ck_assert_int_eq(left(ACCOUNT_I11), 1500);
}
END_TEST

START_TEST(what_is_told_on_one_side_only_is_left)
{
    paying(440781, ACCOUNT_E8, 40), receiving(440783, ACCOUNT_I8, 25);
    add_up();
    ck_assert_int_eq(cancelled(ACCOUNT_E8), 25);
    ck_assert_int_eq(left(ACCOUNT_E8), 15);
    ck_assert_int_eq(left(ACCOUNT_I8), 0);
}
END_TEST

START_TEST(a_fund_is_not_its_own_counterpart)
{
    paying(440781, ACCOUNT_E8, 40)->closed.fen[ACCOUNT_I8] = -50;
    receiving(440783, ACCOUNT_I8, 10);
    add_up();
    ck_assert_int_eq(cancelled(ACCOUNT_E8), 10);
    ck_assert_int_eq(left(ACCOUNT_E8), 30);
    ck_assert_int_eq(left(ACCOUNT_I8), 50);
}
END_TEST

START_TEST(transfers_up_cancel_within_a_city_only)
{
    paying(440781, ACCOUNT_E6, 30), receiving(440784, ACCOUNT_I7, 20), receiving(440984, ACCOUNT_I7, 9);
    add_up();
    ck_assert(!of(440784)->linked);         /* with nobody under it */
    ck_assert_int_eq(cancelled(ACCOUNT_E6), 20);
    ck_assert_int_eq(left(ACCOUNT_E6), 10);
    ck_assert_int_eq(left(ACCOUNT_I7), 9);
}
END_TEST

START_TEST(transfers_down_cancel_against_what_came_from_above)
{
    paying(440784, ACCOUNT_E5, 30), receiving(440781, ACCOUNT_I6, 35), paying(440783, ACCOUNT_E6, 35);
    add_up();
    ck_assert_int_eq(cancelled(ACCOUNT_E5), 30);
    ck_assert_int_eq(cancelled(ACCOUNT_I6), 30);
    ck_assert_int_eq(left(ACCOUNT_I6), 5);
    ck_assert_int_eq(left(ACCOUNT_E6), 35);
}
END_TEST

START_TEST(transfers_across_cities_cancel_after_those_within)
{
    paying(440781, ACCOUNT_E8, 100), receiving(440783, ACCOUNT_I8, 60), receiving(440981, ACCOUNT_I8, 70);
    add_up();
    ck_assert_int_eq(cancelled(ACCOUNT_E8), 100);
    ck_assert_int_eq(left(ACCOUNT_I8), 30);
}
END_TEST

START_TEST(like_lines_cancel_first_and_unlike_ones_after)
{
    paying(440781, ACCOUNT_E8, 40)->closed.fen[ACCOUNT_E6] = 30;
    receiving(440783, ACCOUNT_I8, 20);
    receiving(440784, ACCOUNT_I7, 45);
    add_up();
    ck_assert_int_eq(cancelled(ACCOUNT_I7), 45);
    ck_assert_int_eq(cancelled(ACCOUNT_I8), 20);
    ck_assert_int_eq(cancelled(ACCOUNT_E6), 30);
    ck_assert_int_eq(cancelled(ACCOUNT_E8), 35);
    ck_assert_int_eq(left(ACCOUNT_E8), 5);
}
END_TEST

START_TEST(transfers_of_funds_that_are_not_added_do_not_cancel)
{
    receiving(440800, ACCOUNT_I8, 40), passing_up(440881)->closed.fen[ACCOUNT_E8] = 40;
    add_up();
    ck_assert_int_eq(sums.cancelled_sum.fen, 0);
    ck_assert_int_eq(left(ACCOUNT_I8), 40);
}
END_TEST

START_TEST(more_reversed_than_booked_matches_nothing)
{
    paying(440781, ACCOUNT_E8, -40), receiving(440783, ACCOUNT_I8, 40);
    add_up();
    ck_assert_int_eq(sums.cancelled_sum.fen, 0);
}
END_TEST

/* Against the bound that can be counted out: every way of matching whole fen, for small amounts. */
static int64_t most_by_trying(const int64_t received[3], const int64_t paid[3])
{
    int64_t most = 0;
    for (int64_t a = 0; a <= received[0] && a <= paid[1]; a++) {
        for (int64_t b = 0; b <= received[0] - a && b <= paid[2]; b++) {
            for (int64_t c = 0; c <= received[1] && c <= paid[0]; c++) {
                int64_t d = received[1] - c < paid[2] - b ? received[1] - c : paid[2] - b;
                int64_t rest = paid[0] - c + paid[1] - a;
                int64_t e = received[2] < rest ? received[2] : rest;
                most = a + b + c + d + e > most ? a + b + c + d + e : most;
            }
        }
    }
    return most;
}

START_TEST(what_cancels_is_the_most_that_can)
{
    for (unsigned code = 0; code < 4096; code++) {
        int64_t received[3], paid[3];
        count = 0;
        for (unsigned i = 0; i < 3; i++) {
            received[i] = code >> (4 * i) & 3;
            paid[i] = code >> (4 * i + 2) & 3;
            receiving(440781 + i, ACCOUNT_I8, received[i])->closed.fen[ACCOUNT_E8] = paid[i];
        }
        add_up();
        ck_assert_int_eq(sums.cancelled_sum.fen, most_by_trying(received, paid));
    }
}
END_TEST

/* --- Sums. ----------------------------------------------------------------------------- */

START_TEST(the_months_are_those_that_all_have)
{
    date_month from, to;
    member(440781), member(440783)->first = month(202405), passing_up(440784)->first = month(202411);
    members[2].role = ROLLUP_LATER;
    rollup_roles(members, count);
    ck_assert_uint_eq(rollup_months(members, count, day(20241015), &from, &to), 5);
    ck_assert_int_eq(from, month(202405));
    ck_assert_int_eq(to, month(202409));
    ck_assert_uint_eq(rollup_months(members, count, day(20240515), &from, &to), 0);
    ck_assert_uint_eq(rollup_months(members, 0, day(20241015), &from, &to), 0);
}
END_TEST

START_TEST(one_balance_that_is_not_known_leaves_the_sum_unknown)
{
    member(440781), member(440783)->has_opening = false;
    add_up();
    ck_assert_int_eq(indicator_runway(&sums.position, sums.min_months).why, NC_NO_OPENING);
}
END_TEST

START_TEST(sums_that_leave_64_bits_are_told)
{
    member(440781)->balance = fen(INT64_MAX), member(440783);
    add_up();
    ck_assert(!sums.fits);
}
END_TEST

START_TEST(a_figure_of_people_is_the_sum_where_all_have_it)
{
    member(440781)->heads.reported = 10;
    struct rollup_member *other = member(440783);
    other->heads.reported = 20;
    other->heads.resident = 30;
    add_up();
    ck_assert_int_eq(sums.heads.reported, 30);
    ck_assert_int_eq(sums.heads.resident, HEADS_UNKNOWN);
    ck_assert_uint_eq(of(440781)->lacks >> 4 & 1, 1);
    ck_assert_uint_eq(of(440783)->lacks >> 4 & 1, 0);
}
END_TEST

START_TEST(people_of_a_pooled_city_are_its_own_or_those_of_its_counties)
{
    member(440800)->heads.resident = 100;
    struct rollup_member *county = passing_up(440881), *other = passing_up(440882);
    county->heads.resident = 40, other->heads.resident = 50;
    county->heads.reported = 30, other->heads.reported = 45;
    county->heads.employees = 7;
    add_up();
    ck_assert_int_eq(sums.heads.resident, 100);
    ck_assert_int_eq(sums.heads.reported, 75);
    ck_assert_int_eq(sums.heads.employees, HEADS_UNKNOWN);
}
END_TEST

/* Of a figure that some fund lacks there is no sum, so nothing that could be derived. */
START_TEST(a_sum_of_people_is_derived_if_a_part_of_it_is)
{
    struct rollup_member *one = member(440781), *other = member(440783);
    one->heads = other->heads = headcount_unknown();
    one->heads.reported = other->heads.reported = 10;
    one->heads.resident = other->heads.resident = 20;
    one->heads.employees = 30;
    one->heads.derived = ~UINT32_C(0);
    other->heads.derived = HEADS_BIT(REPORTED);
    add_up();
    ck_assert_uint_eq(rollup_heads_derived(members, count), HEADS_BIT(REPORTED) | HEADS_BIT(RESIDENT));
    members[0].heads.derived = members[1].heads.derived = 0;
    ck_assert_uint_eq(rollup_heads_derived(members, count), 0);
}
END_TEST

START_TEST(nobody_is_a_figure_where_somebody_counts)
{
    member(440781)->heads.paid = 0;
    add_up();
    ck_assert_int_eq(sums.heads.paid, 0);
    ck_assert_int_eq(sums.heads.registered, HEADS_UNKNOWN);
}
END_TEST

START_TEST(that_nobody_has_left_is_a_figure)
{
    member(440781)->heads.left = 0;
    struct rollup_member *other = member(440783);
    other->heads.left = 24;
    add_up();
    ck_assert_int_eq(sums.heads.left, 24);
}
END_TEST

START_TEST(a_place_that_was_merged_takes_no_part)
{
    struct rollup_member *merged = member(440701);
    merged->role = ROLLUP_MERGED;
    merged->within = 440700;
    merged->heads.reported = 10;
    member(440700)->heads.reported = 20;
    add_up();
    ck_assert_uint_eq(sums.merged, 1);
    ck_assert_uint_eq(sums.added, 1);
    ck_assert_int_eq(sums.position.balance.fen, 1000);
    ck_assert_int_eq(sums.heads.reported, 20);
    ck_assert_str_eq(rollup_role_word(of(440701)->role), "merged");
}
END_TEST

START_TEST(a_successor_of_a_split_has_the_months_of_the_place_that_was)
{
    static const uint32_t into[] = {440702, 440703, 440704, 440799};
    member(440701);
    member(440702)->first = month(202407);
    member(440703)->first = month(202406);      /* has books of its own from before */
    member(440704)->first = month(202401);
    member(440705)->first = month(202408), member(440706)->first = month(202409);
    rollup_split(members, count, 440701, into, COUNT_OF(into), day(20240701));
    ck_assert_int_eq(of(440702)->first, month(202401));
    ck_assert_int_eq(of(440703)->first, month(202406));
    /* One that begins no later than its successor gives it nothing. */
    rollup_split(members, count, 440706, (uint32_t[]){440705}, 1, day(20240701));
    ck_assert_int_eq(of(440705)->first, month(202408));
    member(440799)->first = month(202407);
    rollup_split(members, count, 440700, into, COUNT_OF(into), day(20240701));  /* which has no fund */
    ck_assert_int_eq(of(440799)->first, month(202407));
}
END_TEST

START_TEST(no_funds_are_nothing)
{
    add_up();
    ck_assert_uint_eq(sums.added, 0);
    ck_assert(!sums.position.has_opening);
}
END_TEST

START_TEST(what_is_owed_is_added_up_and_what_was_overpaid_is_not_taken_off)
{
    struct rollup_member *owes = paying(440881, ACCOUNT_M1, 30), *overpaid = paying(440882, ACCOUNT_M1, -90);
    owes->owing = (struct owing){
        .booked = fen(5), .incurred = fen(40), .subsidy = fen(7), .overpaid = fen(3), .subsidy_known = true,
    };
    overpaid->owing = (struct owing){
        .booked = fen(6), .subsidy = fen(2), .overpaid = fen(1), .subsidy_known = true,
    };
    add_up();
    ck_assert_int_eq(sums.owing.overpaid.fen, 4);
    ck_assert_int_eq(sums.owing.booked.fen, 11);
    ck_assert_int_eq(sums.owing.incurred.fen, 40);
    ck_assert_int_eq(sums.owing.in_months.fen, 30);
    ck_assert_int_eq(sums.owing.subsidy.fen, 9);
    ck_assert(sums.owing.subsidy_known);
    member(440883);                     /* of which nobody knows */
    add_up();
    ck_assert(!sums.owing.subsidy_known);
}
END_TEST

/* --- Any tree. --------------------------------------------------------------------------- */

static uint64_t state;

static int64_t random_below(int64_t bound)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((state >> 33) % (uint64_t)bound);
}

/* All the money there is, once. */
static struct { int64_t income, expenditure, balance; } truth;

struct money {
    int64_t fees, bills, balance;
};

static struct money some_money(void)
{
    struct money m = {1000 + random_below(9000), 1000 + random_below(9000), random_below(5000)};
    truth.income += m.fees;
    truth.expenditure += m.bills;
    truth.balance += m.balance;
    return m;
}

static size_t books_of(uint32_t place, struct money m)
{
    *member(place) = (struct rollup_member){
        .fund = {place, SCHEME_RESIDENT}, .judged = true, .has_opening = true, .min_months = 1, .months = 12,
        .first = month(202401), .balance = fen(m.balance), .heads = headcount_unknown(),
    };
    members[count - 1].closed.fen[ACCOUNT_I11] = -m.fees;
    members[count - 1].closed.fen[ACCOUNT_E11] = m.bills;
    return count - 1;
}

/* Moves `fen` from one fund to another, up or down. */
static void move(size_t from, enum account out, size_t to, enum account in, int64_t amount)
{
    members[from].closed.fen[out] += amount;
    members[to].closed.fen[in] -= amount;
}

enum keeps { NOTHING, SUMS, MIRRORS, LINKS, KEEPS };    /* what a fund above has books of */

/* A fund under `upper`: whether it passes all its money up, and how that one books it. */
static void put_under_fund(size_t member, size_t upper, enum keeps keeps, bool passes)
{
    struct money own = {
        -members[member].closed.fen[ACCOUNT_I11], members[member].closed.fen[ACCOUNT_E11],
        members[member].balance.fen,
    };
    members[member].elsewhere = passes;
    if (keeps == LINKS && passes) {
        move(member, ACCOUNT_E6, upper, ACCOUNT_I7, own.fees);
        move(upper, ACCOUNT_E5, member, ACCOUNT_I6, own.bills);
    } else if (keeps == LINKS) {
        move(member, ACCOUNT_E6, upper, ACCOUNT_I7, 1 + own.fees / 20);
    } else if (keeps == SUMS || (keeps == MIRRORS && passes)) {
        members[upper].closed.fen[ACCOUNT_I11] -= own.fees;
        members[upper].closed.fen[ACCOUNT_E11] += own.bills;
        members[upper].balance.fen += own.balance;
    }
    if (keeps == MIRRORS && passes) {
        members[member].closed.fen[ACCOUNT_E6] = own.fees;
        members[member].closed.fen[ACCOUNT_I6] = -own.bills;
    }
}

/* A city with some counties; its fund's index, or SIZE_MAX if it has none that has money. */
static size_t a_city(uint32_t place)
{
    enum keeps keeps = (enum keeps)random_below(KEEPS);
    struct money nothing = {0};
    size_t city = SIZE_MAX, counties = 1 + (size_t)random_below(4);
    if (keeps != NOTHING)
        city = books_of(place, keeps == SUMS ? nothing : some_money());
    size_t sure = (size_t)random_below((int64_t)counties);     /* a fund that mirrors mirrors something */
    for (size_t i = 0; i < counties; i++) {
        size_t county = books_of(place + 21 + (uint32_t)i, some_money());
        bool passes = (keeps == MIRRORS && i == sure)
            || (keeps != SUMS && keeps != NOTHING && random_below(2) == 0);
        if (city != SIZE_MAX)
            put_under_fund(county, city, keeps, passes);
    }
    return keeps == SUMS ? SIZE_MAX : city;
}

START_TEST(a_random_tree_comes_to_all_its_money_once)
{
    state = (uint64_t)_i * 977 + 1;
    for (unsigned round = 0; round < 500; round++) {
        size_t cities[5], city_count = (size_t)random_below(5);
        memset(&truth, 0, sizeof truth);
        count = 0;
        bool has_province = random_below(2) == 0;
        size_t province = has_province ? books_of(440000, some_money()) : SIZE_MAX;
        for (size_t i = 0; i < city_count; i++)
            cities[i] = a_city(440100 + (uint32_t)i * 100);
        bool any = false;
        for (size_t i = 0; has_province && i < city_count; i++) {
            bool passes = cities[i] != SIZE_MAX && random_below(2) == 0;
            any |= cities[i] != SIZE_MAX;
            if (cities[i] != SIZE_MAX)
                put_under_fund(cities[i], province, LINKS, passes);
        }
        if (has_province && city_count > 0 && !any)
            continue;                   /* nothing would tell it from one that sums up */
        add_up();
        ck_assert(sums.fits);
        ck_assert_int_eq(left(ACCOUNT_I11), truth.income);
        ck_assert_int_eq(left(ACCOUNT_E11), truth.expenditure);
        ck_assert_int_eq(sums.position.balance.fen, truth.balance);
        ck_assert_int_eq(left(ACCOUNT_I6) + left(ACCOUNT_I7) + left(ACCOUNT_E5) + left(ACCOUNT_E6), 0);
    }
}
END_TEST

/* What two funds, each with the most there can be of something, do to the sum. */
START_TEST(each_sum_that_leaves_64_bits_is_told)
{
    struct rollup_member *first = member(440780), *both[2] = {member(440781), member(440783)};
    first->owing.subsidy_known = true;
    if (_i == 4)                        /* overpaid, so that the line itself stays within */
        first->closed.fen[ACCOUNT_M1] = -INT64_MAX;
    for (unsigned i = 0; i < 2; i++) {
        both[i]->owing.subsidy_known = true;
        switch (_i) {
        case 0: both[i]->balance = fen(INT64_MAX); break;
        case 1: both[i]->closed.fen[ACCOUNT_E3] = INT64_MAX; break;
        case 2: both[i]->owing.booked = fen(INT64_MAX); break;
        case 3: both[i]->owing.incurred = fen(INT64_MAX); break;
        case 4: both[i]->owing.incurred = fen(1), both[i]->closed.fen[ACCOUNT_M1] = INT64_MAX; break;
        case 5: both[i]->owing.subsidy = fen(INT64_MAX); break;
        case 6: both[i]->closed.fen[i == 0 ? ACCOUNT_I12 : ACCOUNT_I13] = -INT64_MAX; break;
        case 7: both[i]->closed.fen[i == 0 ? ACCOUNT_E2 : ACCOUNT_E3] = INT64_MAX; break;
        default: break;
        }
    }
    member(440785);
    add_up();
    ck_assert_int_eq(sums.fits, _i == 8);
}
END_TEST

/* Received and paid of a line sum to nothing, and what of it cancels has 65 bits. */
START_TEST(what_cancels_beyond_64_bits_is_told)
{
    for (unsigned i = 0; i < 4; i++) {
        receiving(440781 + 2 * i, ACCOUNT_I8, i % 2 == 0 ? INT64_MAX : -INT64_MAX);
        paying(440782 + 2 * i, ACCOUNT_E8, i % 2 == 0 ? INT64_MAX : -INT64_MAX);
    }
    rollup_roles(members, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(members[i].role, ROLLUP_ADDED);
    rollup_sum(members, count, day(20241231), 12, &sums);
    ck_assert_int_eq(sums.position.closed.fen[ACCOUNT_I8], 0);
    ck_assert(!sums.fits);
}
END_TEST

START_TEST(what_is_left_beyond_64_bits_is_told)
{
    receiving(440781, ACCOUNT_I8, 5), receiving(440782, ACCOUNT_I8, -INT64_MAX);
    receiving(440783, ACCOUNT_I8, -5);
    paying(440784, ACCOUNT_E8, 5);
    add_up();
    ck_assert_int_eq(sums.position.closed.fen[ACCOUNT_I8], INT64_MAX);
    ck_assert(!sums.fits);
}
END_TEST

START_TEST(people_beyond_64_bits_are_not_known)
{
    member(440781)->heads.reported = INT64_MAX;
    struct rollup_member *other = member(440783);
    other->heads.reported = 1;
    add_up();
    ck_assert_int_eq(sums.heads.reported, HEADS_UNKNOWN);
}
END_TEST

/* Last year's insured of the sums under a definition, and whether they are derived. */
static int64_t last_year(enum coverage_numerator numerator, bool *ret_derived)
{
    sums.heads.derived = rollup_heads_derived(members, count);
    *ret_derived = headcount_last_year_is_derived(&sums.heads, numerator);
    return headcount_last_year(&sums.heads, numerator);
}

START_TEST(last_year_of_a_place_is_what_each_fund_stated_or_counted)
{
    bool derived;
    struct rollup_member *stated = member(440781);
    stated->heads.last_year = 100, stated->heads.year_before[NUMERATOR_PAID] = 1;
    struct rollup_member *counted = member(440783);
    counted->heads.year_before[NUMERATOR_PAID] = 20;
    counted->heads.derived = HEADS_YEAR_BEFORE(NUMERATOR_PAID);
    add_up();
    ck_assert_int_eq(last_year(NUMERATOR_PAID, &derived), 120);
    ck_assert(derived);
    ck_assert_int_eq(last_year(NUMERATOR_REPORTED, &derived), HEADS_UNKNOWN);
    ck_assert(!derived);
    ck_assert_int_eq(sums.heads.last_year, HEADS_UNKNOWN);
    members[1].heads.last_year = 30;
    add_up();
    ck_assert_int_eq(last_year(NUMERATOR_REPORTED, &derived), 130);
    ck_assert(!derived);
}
END_TEST

START_TEST(a_place_is_incomplete_without_funds_with_one_behind_or_beyond_64_bits)
{
    struct place_funds place = {.sums = {.added = 1, .fits = true, .heads.reported = 7}};
    ck_assert(!rollup_position(&place).incomplete);
    ck_assert_int_eq(rollup_headcount(&place).reported, 7);
    place.sums.behind = 1;
    ck_assert(rollup_position(&place).incomplete);
    ck_assert_int_eq(rollup_headcount(&place).reported, HEADS_UNKNOWN);
    place.sums.behind = 0, place.sums.added = 0;
    ck_assert(rollup_position(&place).incomplete);
    place.sums.added = 1, place.sums.fits = false;
    ck_assert(rollup_position(&place).incomplete);
}
END_TEST

/* 900 were paid in the open month and 600 received; a fund that is not added has nothing to do with it. */
START_TEST(what_is_on_its_way_in_an_open_month_is_left)
{
    struct lines open, off;
    member(440781)->open.fen[ACCOUNT_E8] = 900;
    member(440782)->open.fen[ACCOUNT_I8] = -600;
    struct rollup_member *behind = member(440783);
    behind->open.fen[ACCOUNT_I8] = -300;
    behind->role = ROLLUP_BEHIND;
    add_up();
    ck_assert(rollup_open(members, count, &open, &off));
    ck_assert_int_eq(off.fen[ACCOUNT_E8], 600);
    ck_assert_int_eq(off.fen[ACCOUNT_I8], 600);
    ck_assert_int_eq(open.fen[ACCOUNT_E8], 300);
    ck_assert_int_eq(open.fen[ACCOUNT_I8], 0);
    ck_assert_int_eq(sums.cancelled_sum.fen, 0);
}
END_TEST

/* Two that do not fit, beside one that would; what is left of what cancels does not; and what cancels. */
START_TEST(an_open_month_beyond_64_bits_is_told)
{
    struct lines open, off;
    if (_i == 0) {
        member(440781)->open.fen[ACCOUNT_E8] = INT64_MAX;
        member(440782)->open.fen[ACCOUNT_E8] = 1;
        member(440783);
    } else if (_i == 1) {
        for (unsigned i = 0; i < 4; i++) {
            member(440781 + 2 * i)->open.fen[ACCOUNT_I8] = i % 2 == 0 ? INT64_MAX : -INT64_MAX;
            member(440782 + 2 * i)->open.fen[ACCOUNT_E8] = i % 2 == 0 ? INT64_MAX : -INT64_MAX;
        }
    } else {
        member(440781)->open.fen[ACCOUNT_I8] = -5;
        member(440782)->open.fen[ACCOUNT_I8] = INT64_MAX;
        member(440783)->open.fen[ACCOUNT_I8] = 5;
        member(440784)->open.fen[ACCOUNT_E8] = 5;
    }
    add_up();
    ck_assert(!rollup_open(members, count, &open, &off));
}
END_TEST

static const struct { uint8_t role; bool waits; } entering[] = {
    {ROLLUP_ADDED, true},   {ROLLUP_CONTAINED, true}, {ROLLUP_ABOVE, true},
    {ROLLUP_BEHIND, true},  {ROLLUP_LATER, false},    {ROLLUP_MERGED, false},
};

START_TEST(a_place_waits_for_the_history_of_who_has_books_as_of_the_day)
{
    struct rollup_member both[2] = {
        {.role = ROLLUP_ADDED}, {.role = entering[_i].role, .importing = true},
    };
    struct place_funds place = {.members = both, .count = 2};
    ck_assert_int_eq(rollup_is_importing(&place), entering[_i].waits);
    both[1].importing = false;
    ck_assert(!rollup_is_importing(&place));
}
END_TEST

START_TEST(figures_of_people_have_words)
{
    ck_assert_str_eq(rollup_heads_word(0), "paid");
    ck_assert_str_eq(rollup_heads_word(ROLLUP_HEADS - 1), "reported_once");
    ck_assert_ptr_null(rollup_heads_word(ROLLUP_HEADS));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("rollup");
    TCase *t = tcase_create("rollup");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, counties_without_a_fund_above_are_added);
    tcase_add_test(t, a_city_whose_counties_pass_their_money_up_contains_them);
    tcase_add_test(t, a_city_whose_counties_hold_their_money_is_above_them);
    tcase_add_loop_test(t, a_city_with_money_of_its_own_is_added_beside_counties_that_hold_theirs, 0,
                        COUNT_OF(over_three));
    tcase_add_loop_test(t, what_the_policy_says_of_a_city_is_no_guess, 0, COUNT_OF(over_three));
    tcase_add_test(t, a_sum_is_one_line_by_line);
    tcase_add_test(t, nothing_is_contained_in_what_sums_up);
    tcase_add_test(t, a_city_with_money_of_its_own_still_has_what_is_passed_up_to_it);
    tcase_add_loop_test(t, a_city_with_money_of_its_own_contains_nobody_who_cannot_be_judged, 0, 2);
    tcase_add_test(t, a_sum_of_nobody_who_is_here_is_added);
    tcase_add_loop_test(t, what_is_over_other_months_is_not_compared, 0, 2);
    tcase_add_loop_test(t, what_counties_have_of_different_months_is_not_compared, 0, 2);
    tcase_add_loop_test(t, a_balance_is_compared_only_if_all_counties_have_one, 0, 2);
    tcase_add_test(t, counties_that_have_less_than_nothing_are_no_sum_to_reach);
    tcase_add_test(t, one_county_that_passes_its_money_up_is_enough_for_the_city_to_be_added);
    tcase_add_test(t, a_county_that_cannot_be_judged_goes_by_the_others);
    tcase_add_test(t, a_city_that_books_its_transfers_is_added_beside_its_counties);
    tcase_add_test(t, half_of_what_is_passed_up_links);
    tcase_add_test(t, a_city_that_its_counties_pay_into_has_money_of_its_own);
    tcase_add_test(t, a_province_cancels_with_its_cities);
    tcase_add_test(t, a_province_cancels_with_what_cities_have_left);
    tcase_add_test(t, the_last_code_of_a_city_is_under_it);
    tcase_add_test(t, people_of_a_linked_city_are_its_own_or_those_of_whom_it_is_joined_to);
    tcase_add_test(t, a_fund_that_only_passes_money_on_lacks_no_people);
    tcase_add_test(t, one_that_holds_its_money_under_one_that_passes_it_up_is_added);
    tcase_add_loop_test(t, a_random_tree_comes_to_all_its_money_once, 0, 20);
    tcase_add_test(t, a_city_of_which_nothing_can_be_judged_is_added);
    tcase_add_test(t, a_pooled_province_contains_cities_and_what_is_under_them);
    tcase_add_test(t, who_only_took_benefits_back_holds_its_money);
    tcase_add_test(t, last_year_of_a_place_is_what_each_fund_stated_or_counted);
    tcase_add_test(t, a_province_is_judged_by_its_cities_and_they_by_their_counties);
    tcase_add_test(t, books_that_are_not_there_take_no_part);
    tcase_add_test(t, where_the_money_is_can_be_judged_without_an_opening_balance);
    tcase_add_test(t, what_one_paid_and_another_received_cancels);
    tcase_add_test(t, what_is_told_on_one_side_only_is_left);
    tcase_add_test(t, a_fund_is_not_its_own_counterpart);
    tcase_add_test(t, transfers_up_cancel_within_a_city_only);
    tcase_add_test(t, transfers_down_cancel_against_what_came_from_above);
    tcase_add_test(t, transfers_across_cities_cancel_after_those_within);
    tcase_add_test(t, like_lines_cancel_first_and_unlike_ones_after);
    tcase_add_test(t, transfers_of_funds_that_are_not_added_do_not_cancel);
    tcase_add_test(t, more_reversed_than_booked_matches_nothing);
    tcase_add_test(t, what_cancels_is_the_most_that_can);
    tcase_add_test(t, the_months_are_those_that_all_have);
    tcase_add_test(t, one_balance_that_is_not_known_leaves_the_sum_unknown);
    tcase_add_test(t, sums_that_leave_64_bits_are_told);
    tcase_add_test(t, a_figure_of_people_is_the_sum_where_all_have_it);
    tcase_add_test(t, people_of_a_pooled_city_are_its_own_or_those_of_its_counties);
    tcase_add_test(t, a_sum_of_people_is_derived_if_a_part_of_it_is);
    tcase_add_test(t, nobody_is_a_figure_where_somebody_counts);
    tcase_add_test(t, that_nobody_has_left_is_a_figure);
    tcase_add_test(t, a_place_that_was_merged_takes_no_part);
    tcase_add_test(t, a_successor_of_a_split_has_the_months_of_the_place_that_was);
    tcase_add_test(t, no_funds_are_nothing);
    tcase_add_test(t, what_is_owed_is_added_up_and_what_was_overpaid_is_not_taken_off);
    tcase_add_loop_test(t, each_sum_that_leaves_64_bits_is_told, 0, 9);
    tcase_add_test(t, what_cancels_beyond_64_bits_is_told);
    tcase_add_test(t, what_is_left_beyond_64_bits_is_told);
    tcase_add_test(t, people_beyond_64_bits_are_not_known);
    tcase_add_test(t, a_place_is_incomplete_without_funds_with_one_behind_or_beyond_64_bits);
    tcase_add_test(t, what_is_on_its_way_in_an_open_month_is_left);
    tcase_add_loop_test(t, an_open_month_beyond_64_bits_is_told, 0, 3);
    tcase_add_loop_test(t, a_place_waits_for_the_history_of_who_has_books_as_of_the_day, 0,
                        COUNT_OF(entering));
    tcase_add_test(t, figures_of_people_have_words);
    suite_add_tcase(s, t);
    return s;
}
