/* Twelve months ahead: paths, the day of leaving the band, and the inverse. */
#include "fund/outlook.h"
#include "tests/fund/past.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* Flat income, expenditure a tenth higher in the second year. */
static struct past growing(const char *balance)
{
    struct past past = {.balance = wan(balance)};
    add_year(&past, "100", "100");
    add_year(&past, "100", "110");
    return past;
}

/* Fees in the fourth quarter, payments all year: what goes in comes out, every year. */
static struct past seasonal(const char *balance)
{
    struct past past = {.balance = wan(balance)};
    for (unsigned year = 0; year < 3; year++) {
        add_year(&past, "25", "100");
        for (unsigned m = 10; m <= 12; m++)
            month_of(&past, year, m)->income = wan("325");
    }
    return past;
}

static const char *months_text(struct ratio runway)
{
    static char text[RATIO_TEXT_MAX];
    return ratio_format(runway, 2, text);
}

START_TEST(the_central_path_keeps_the_level_of_the_last_year)
{
    struct past past = growing("800");
    struct outlook o = look_ahead(&past);
    ck_assert_int_eq(o.known, OUTLOOK_KNOWN);
    ck_assert_uint_eq(o.years, 2);
    ck_assert_uint_eq(o.path_count, 3);
    for (unsigned k = 0; k <= OUTLOOK_AHEAD; k++) {
        ck_assert_int_eq(o.paths[0].balance[k].fen, wan("800").fen - (int64_t)k * wan("10").fen);
        ck_assert_int_eq(o.paths[0].trailing[k].fen, wan("1320").fen);
        ck_assert_int_eq(o.paths[0].spent[k].fen, (int64_t)k * wan("110").fen);
    }
    ck_assert_int_eq(o.paths[0].surplus.fen, wan("-120").fen);
    ck_assert_str_eq(months_text(outlook_runway(&o, OUTLOOK_CENTRAL, 0)), "7.27");
    ck_assert_str_eq(months_text(outlook_runway(&o, OUTLOOK_CENTRAL, 12)), "6.18");
}
END_TEST

START_TEST(a_path_of_a_year_grows_as_that_year_had_grown)
{
    struct past past = growing("800");
    struct outlook o = look_ahead(&past);
    for (unsigned k = 0; k <= OUTLOOK_AHEAD; k++) {
        ck_assert_int_eq(o.paths[1].balance[k].fen, wan("800").fen - (int64_t)k * wan("21").fen);
        ck_assert_int_eq(o.paths[1].trailing[k].fen, wan("1320").fen + (int64_t)k * wan("11").fen);
        ck_assert_int_eq(o.paths[2].balance[k].fen, o.paths[0].balance[k].fen);
    }
}
END_TEST

START_TEST(the_shape_of_the_year_is_that_of_the_months_before)
{
    struct past past = seasonal("700");
    struct outlook o = look_ahead(&past);
    ck_assert_uint_eq(o.path_count, 4);
    for (unsigned path = 0; path < o.path_count; path++) {
        ck_assert_int_eq(o.paths[path].balance[9].fen, wan("25").fen);      /* end of September */
        ck_assert_int_eq(o.paths[path].balance[10].fen, wan("250").fen);
        ck_assert_int_eq(o.paths[path].balance[12].fen, wan("700").fen);
        ck_assert_int_eq(o.paths[path].surplus.fen, 0);
    }
}
END_TEST

START_TEST(years_of_different_shape_differ_in_their_months_and_meet_in_the_middle)
{
    struct past past = {.balance = wan("700")};
    add_year(&past, "100", "100");
    add_year(&past, "100", "100");
    month_of(&past, 0, 1)->income = wan("40");      /* moved from January to February */
    month_of(&past, 0, 2)->income = wan("160");
    struct outlook o = look_ahead(&past);
    ck_assert_int_eq(o.paths[0].balance[1].fen, wan("670").fen);
    ck_assert_int_eq(o.paths[1].balance[1].fen, wan("700").fen);    /* as in year 0 */
    ck_assert_int_eq(o.paths[2].balance[1].fen, wan("640").fen);    /* as in year 1 */
    for (unsigned path = 0; path < 3; path++)
        ck_assert_int_eq(o.paths[path].balance[2].fen, wan("700").fen);
    struct ratio low, high;
    outlook_range(&o, 1, &low, &high);
    ck_assert_str_eq(months_text(low), "6.40");
    ck_assert_str_eq(months_text(high), "7.00");
}
END_TEST

START_TEST(only_the_latest_five_years_count)
{
    struct past past = {.balance = wan("700")};
    add_year(&past, "999", "1");
    add_year(&past, "999", "1");
    for (unsigned year = 0; year < 5; year++)
        add_year(&past, "100", "100");
    struct outlook o = look_ahead(&past);
    ck_assert_uint_eq(o.years, OUTLOOK_YEARS_MAX);
    ck_assert_uint_eq(o.path_count, OUTLOOK_PATHS_MAX);
    for (unsigned path = 0; path < o.path_count; path++)
        ck_assert_int_eq(o.paths[path].surplus.fen, 0);
}
END_TEST

START_TEST(months_before_the_first_whole_year_are_left_out)
{
    struct past past = growing("800");
    struct outlook_month months[24 + 11];
    for (unsigned i = 0; i < COUNT_OF(months); i++)
        months[i] = i < 11 ? (struct outlook_month){wan("999"), wan("1")} : past.months[i - 11];
    struct outlook_history h = history(&past);
    h.months = months;
    h.count = COUNT_OF(months);
    struct outlook o;
    outlook_make(&h, &o);
    ck_assert_uint_eq(o.years, 2);
    ck_assert_int_eq(o.paths[0].surplus.fen, wan("-120").fen);
}
END_TEST

START_TEST(each_month_is_rounded_half_up_to_the_fen)
{
    struct past past = {.balance = fen(1000)};
    add_year(&past, "0.0001", "0.0001");    /* 100 fen a month */
    add_year(&past, "0.0001", "0.0001");
    month_of(&past, 0, 1)->income = fen(101);
    month_of(&past, 0, 2)->income = fen(99);
    struct outlook o = look_ahead(&past);
    /* (101 + 100) * 1200 / 2400 = 100.5; (99 + 100) / 2 = 99.5 */
    ck_assert_int_eq(o.paths[0].balance[1].fen, 1001);
    ck_assert_int_eq(o.paths[0].balance[2].fen, 1001);
}
END_TEST

/* --- When there is none. */

START_TEST(less_than_two_years_is_too_little_history)
{
    struct past past = growing("800");
    struct outlook_history h = history(&past);
    struct outlook o;
    h.count = 23;
    outlook_make(&h, &o);
    ck_assert_int_eq(o.known, OUTLOOK_TOO_LITTLE_HISTORY);
    h.count = 24;
    h.has_balance = false;
    outlook_make(&h, &o);
    ck_assert_int_eq(o.known, OUTLOOK_NO_BALANCE);
}
END_TEST

static const struct {
    int64_t income, expenditure, balance;
    enum outlook_known known;
} extremes[] = {
    {0, 1, 0, OUTLOOK_NO_INCOME},
    {-1, 1, 0, OUTLOOK_NO_INCOME},
    {1, 0, 0, OUTLOOK_NO_EXPENDITURE},
    {1, -1, 0, OUTLOOK_NO_EXPENDITURE},
    {1, INT64_MAX / 12 + 1, 0, OUTLOOK_OVERFLOW},           /* the year */
    {2, 1, INT64_MAX, OUTLOOK_OVERFLOW},                    /* the balance */
    {1, INT64_MAX / 12, INT64_MIN, OUTLOOK_OVERFLOW},
    {INT64_MAX, INT64_MAX / 12, 0, OUTLOOK_OVERFLOW},       /* the product */
    {INT64_MAX / 12, 1, INT64_MIN / 2, OUTLOOK_KNOWN},      /* the surplus, just */
    {1, 1, INT64_MAX, OUTLOOK_KNOWN},
};

START_TEST(what_leaves_64_bits_or_has_no_year_is_no_outlook)
{
    struct past past = {.years = 2, .balance = fen(extremes[_i].balance)};
    for (unsigned i = 0; i < 24; i++)
        past.months[i] = (struct outlook_month){fen(extremes[_i].income), fen(extremes[_i].expenditure)};
    ck_assert_int_eq(look_ahead(&past).known, extremes[_i].known);
}
END_TEST

/* A fund at the edge: only one month, on one side, is out of the ordinary. */
static enum outlook_known known_with(struct past past, unsigned year, unsigned month_number,
                                     struct outlook_month figures)
{
    *month_of(&past, year, month_number) = figures;
    return look_ahead(&past).known;
}

START_TEST(a_coming_year_without_expenditure_is_no_outlook)
{
    /* A correction in January is grown tenfold, as the year was. */
    struct past past = {.balance = wan("1")};
    add_year(&past, "1", "0.01");
    add_year(&past, "1", "0.2");
    ck_assert_int_eq(known_with(past, 1, 1, (struct outlook_month){wan("1"), wan("-1")}),
                     OUTLOOK_NO_EXPENDITURE);
}
END_TEST

START_TEST(the_latest_year_needs_income_and_expenditure_of_a_fen_at_least)
{
    struct past past = {.balance = fen(5), .years = 2};
    month_of(&past, 0, 1)->income = month_of(&past, 0, 2)->expenditure = fen(1);
    month_of(&past, 1, 2)->income = fen(1);
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_NO_EXPENDITURE);
    month_of(&past, 1, 2)->income = fen(0);
    month_of(&past, 1, 2)->expenditure = fen(1);
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_NO_INCOME);
    month_of(&past, 1, 1)->income = fen(1);
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_KNOWN);
}
END_TEST

START_TEST(nothing_left_in_twelve_months_is_no_expenditure_either)
{
    /* 1 and then 2 a year: January's -2 become -4, and of the 2 nothing is left. */
    struct past past = {.balance = fen(0)};
    add_year(&past, "1", "0");
    add_year(&past, "1", "0");
    month_of(&past, 0, 1)->expenditure = fen(1);
    month_of(&past, 1, 1)->expenditure = fen(-2);
    month_of(&past, 1, 2)->expenditure = fen(4);
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_NO_EXPENDITURE);
}
END_TEST

START_TEST(growth_that_leaves_64_bits_is_no_outlook)
{
    const int64_t huge = INT64_MAX / 24;
    struct past past = {.years = 2};
    for (unsigned i = 0; i < 24; i++)
        past.months[i] = (struct outlook_month){fen(1), fen(i < 12 ? huge / 4 : huge)};
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_OVERFLOW);    /* trailing, fourfold */

    for (unsigned i = 0; i < 24; i++)
        past.months[i] = (struct outlook_month){fen(i < 12 ? 1 : INT64_MAX / 4), fen(1)};
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_OVERFLOW);    /* a month of income */
    for (unsigned i = 0; i < 24; i++)
        past.months[i] = (struct outlook_month){fen(1), fen(i < 12 ? 1 : INT64_MAX / 13)};
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_OVERFLOW);    /* a month of expenditure */
}
END_TEST

START_TEST(a_surplus_that_leaves_64_bits_is_no_outlook)
{
    struct past past = {.years = 2, .balance = fen(INT64_MIN)};
    for (unsigned i = 0; i < 24; i++)
        past.months[i] = (struct outlook_month){fen(INT64_MAX / 8), fen(1)};
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_OVERFLOW);
}
END_TEST

START_TEST(expenditure_of_the_coming_months_alone_may_leave_64_bits)
{
    /* The latest year ends in a credit that the projected one does not reach before. */
    struct past past = {.years = 2};
    for (unsigned i = 0; i < 24; i++)
        past.months[i] = (struct outlook_month){fen(1), fen(1)};
    month_of(&past, 0, 1)->expenditure = month_of(&past, 1, 1)->expenditure = fen(INT64_MAX / 2);
    month_of(&past, 0, 2)->expenditure = month_of(&past, 1, 2)->expenditure = fen(INT64_MAX / 2);
    month_of(&past, 0, 3)->expenditure = month_of(&past, 1, 3)->expenditure = fen(INT64_MAX / 2);
    month_of(&past, 0, 4)->expenditure = month_of(&past, 1, 4)->expenditure = fen(-INT64_MAX);
    past.balance = fen(INT64_MAX);
    ck_assert_int_eq(look_ahead(&past).known, OUTLOOK_OVERFLOW);
}
END_TEST

START_TEST(every_reason_has_a_word_and_a_sentence)
{
    for (unsigned known = 0; known <= OUTLOOK_OVERFLOW; known++) {
        ck_assert_ptr_nonnull(outlook_known_word((enum outlook_known)known));
        ck_assert_ptr_nonnull(outlook_known_sentence((enum outlook_known)known));
    }
    ck_assert_str_eq(outlook_known_word(OUTLOOK_TOO_LITTLE_HISTORY), "too_little_history");
    ck_assert_ptr_null(outlook_known_word((enum outlook_known)(OUTLOOK_OVERFLOW + 1)));
    ck_assert_ptr_null(outlook_known_sentence((enum outlook_known)(OUTLOOK_OVERFLOW + 1)));
}
END_TEST

/* --- Leaving the band. */

static const struct {
    const char *balance;
    enum outlook_side side;
    int64_t limit_e4;
    int32_t central, early, late;
    unsigned paths;
} leavings[] = {
    {"800", OUTLOOK_BELOW, 6 * E4, 0, 20250630, 0, 1},
    {"700", OUTLOOK_BELOW, 6 * E4, 20250531, 20250228, 20250531, 3},
    {"775", OUTLOOK_BELOW, 6 * E4, 20251231, 20250531, 20251231, 3},    /* in the last month of all */
    {"659", OUTLOOK_BELOW, 6 * E4, 20241231, 20241231, 20241231, 3},
    {"660", OUTLOOK_BELOW, 6 * E4, 20250131, 20250131, 20250131, 3},    /* on the limit is inside */
    {"900", OUTLOOK_BELOW, 3 * E4, 0, 0, 0, 0},
    {"990", OUTLOOK_ABOVE, 9 * E4, 0, 0, 0, 0},
    {"991", OUTLOOK_ABOVE, 9 * E4, 20241231, 20241231, 20241231, 3},
};

START_TEST(leaving_a_limit_has_a_day_and_a_range)
{
    struct past past = growing(leavings[_i].balance);
    struct outlook o = look_ahead(&past);
    struct outlook_leaving l = outlook_leaving(&o, leavings[_i].side, leavings[_i].limit_e4);
    const int32_t expected[] = {leavings[_i].central, leavings[_i].early, leavings[_i].late};
    const date_day got[] = {l.central, l.early, l.late};
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(got[i], expected[i] == 0 ? DATE_NONE : day(expected[i]));
    ck_assert_uint_eq(l.paths, leavings[_i].paths);
}
END_TEST

START_TEST(a_path_that_leaves_earlier_moves_the_early_end_only)
{
    /* Paths leave in year 1's order: the last path is the first to leave. */
    struct past past = {.balance = wan("650")};
    add_year(&past, "100", "100");
    add_year(&past, "100", "100");
    month_of(&past, 0, 1)->income = wan("40");
    month_of(&past, 0, 2)->income = wan("160");
    struct outlook o = look_ahead(&past);
    struct outlook_leaving l = outlook_leaving(&o, OUTLOOK_BELOW, 6 * E4);
    ck_assert_int_eq(l.early, day(20250131));
    ck_assert_int_eq(l.central, DATE_NONE);
    ck_assert_int_eq(l.late, DATE_NONE);
    ck_assert_uint_eq(l.paths, 1);
    month_of(&past, 0, 1)->income = wan("-20");     /* the central path goes to 590, the last to 530 */
    month_of(&past, 0, 2)->income = wan("220");
    month_of(&past, 1, 1)->income = wan("80");
    month_of(&past, 1, 2)->income = wan("10");
    month_of(&past, 1, 3)->income = wan("210");
    o = look_ahead(&past);
    l = outlook_leaving(&o, OUTLOOK_BELOW, 6 * E4);
    ck_assert_int_eq(l.early, day(20250131));
    ck_assert_int_eq(l.late, day(20250228));
    ck_assert_uint_eq(l.paths, 3);
}
END_TEST

/* --- The inverse. */

static struct ratio after(const struct outlook *o, unsigned k, int64_t more, int64_t less)
{
    const struct outlook_path *p = &o->paths[OUTLOOK_CENTRAL];
    return (struct ratio){p->balance[k].fen + more + less, p->trailing[k].fen - less, 12};
}

static const struct {
    const char *balance;
    unsigned k;
    int64_t limit_e4;
    const char *more, *less;        /* 万元 with 2 decimals */
    bool can_save;
} inverses[] = {
    {"700", 12, 6 * E4, "80.00", "53.33", true},        /* 580 of 1320 a year: 660 are needed */
    {"800", 12, 6 * E4, "-20.00", "-13.33", true},
    {"700", 1, 6 * E4, "-30.00", "-20.00", true},
    {"300", 1, 6 * E4, "370.00", "246.67", false},      /* the month has only 110 */
    {"505", 1, 6 * E4, "165.00", "110.00", true},       /* and all of it will do */
    {"504.99", 1, 6 * E4, "165.01", "110.01", false},
    {"-1200", 12, 6 * E4, "1980.00", "1320.00", false}, /* all of it, and then nothing is spent */
    {"700", 7, 61234, "43.57", "28.85", true},
};

START_TEST(the_inverse_is_exact_to_the_fen)
{
    char text[AMOUNT_TEXT_MAX];
    struct past past = growing(inverses[_i].balance);
    struct outlook o = look_ahead(&past);
    struct outlook_needed n;
    int64_t limit = inverses[_i].limit_e4;
    unsigned k = inverses[_i].k;
    ck_assert(outlook_needed(&o, OUTLOOK_CENTRAL, k, limit, &n));
    ck_assert_str_eq(amount_format(n.more_income, UNIT_WAN, 2, false, text), inverses[_i].more);
    ck_assert_str_eq(amount_format(n.less_expenditure, UNIT_WAN, 2, false, text), inverses[_i].less);
    ck_assert_int_eq(n.can_save, inverses[_i].can_save);
    ck_assert_int_ge(ratio_compare(after(&o, k, n.more_income.fen, 0), limit), 0);
    ck_assert_int_lt(ratio_compare(after(&o, k, n.more_income.fen - 1, 0), limit), 0);
    if (!inverses[_i].can_save)
        return;
    ck_assert_int_ge(ratio_compare(after(&o, k, 0, n.less_expenditure.fen), limit), 0);
    ck_assert_int_lt(ratio_compare(after(&o, k, 0, n.less_expenditure.fen - 1), limit), 0);
}
END_TEST

START_TEST(the_inverse_rounds_up_where_a_fen_is_not_enough)
{
    struct past past = {.balance = fen(500)};
    add_year(&past, "0.0007", "0.000707");
    add_year(&past, "0.0007", "0.000707");
    struct outlook o = look_ahead(&past);
    for (int64_t limit = 61230; limit < 61240; limit++) {
        struct outlook_needed n;
        ck_assert(outlook_needed(&o, OUTLOOK_CENTRAL, 3, limit, &n));
        ck_assert_int_ge(ratio_compare(after(&o, 3, n.more_income.fen, 0), limit), 0);
        ck_assert_int_lt(ratio_compare(after(&o, 3, n.more_income.fen - 1, 0), limit), 0);
    }
}
END_TEST

START_TEST(the_inverse_of_too_much_is_refused)
{
    struct past past = growing("0");
    struct outlook o = look_ahead(&past);
    struct outlook_needed n = {.more_income = {7}};
    o.paths[0].trailing[12] = fen(INT64_MAX);
    ck_assert(!outlook_needed(&o, OUTLOOK_CENTRAL, 12, 13 * E4, &n));
    ck_assert_int_eq(n.more_income.fen, 7);
}
END_TEST

/* --- Outside. ------------------------------------------------------------------------------ */

/* Closed months up to December 2024, each with as much income and expenditure; at the end so much is left. */
static struct outlook_past closed_months(unsigned count, const char *balance)
{
    struct outlook_past past = {
        .last = month(202412), .count = count, .has_balance = true, .balance = wan(balance),
    };
    for (unsigned i = 0; i < count; i++)
        past.sums[i] = (struct outlook_month){wan("100"), wan("100")};
    return past;
}

START_TEST(a_runway_inside_is_not_outside)
{
    struct outlook_past past = closed_months(24, "600");
    ck_assert(!outlook_outside(&past, OUTLOOK_BELOW, 6 * E4).is);
    past = closed_months(24, "599");
    ck_assert(outlook_outside(&past, OUTLOOK_BELOW, 6 * E4).is);
    ck_assert(!outlook_outside(&past, OUTLOOK_ABOVE, 9 * E4).is);
    past.has_balance = false;
    ck_assert(!outlook_outside(&past, OUTLOOK_BELOW, 6 * E4).is);
    past = closed_months(11, "599");
    ck_assert(!outlook_outside(&past, OUTLOOK_BELOW, 6 * E4).is);
}
END_TEST

START_TEST(it_is_outside_since_the_month_that_left)
{
    /* 60 less came in October: before it there were 640. */
    struct outlook_past past = closed_months(24, "580");
    past.sums[24 - 3].income = wan("40");
    struct outlook_outside outside = outlook_outside(&past, OUTLOOK_BELOW, 6 * E4);
    ck_assert(outside.is && !outside.is_earliest);
    ck_assert_int_eq(outside.since, day(20241031));
    /* Inside for a month in between: what counts is the last time. */
    past.sums[24 - 2].income = wan("160");
    past.sums[24 - 1].income = wan("40");
    outside = outlook_outside(&past, OUTLOOK_BELOW, 6 * E4);
    ck_assert_int_eq(outside.since, day(20241231));
}
END_TEST

START_TEST(one_that_was_always_outside_is_so_since_the_first_month_that_can_be_measured)
{
    struct outlook_past past = closed_months(24, "500");
    struct outlook_outside outside = outlook_outside(&past, OUTLOOK_BELOW, 6 * E4);
    ck_assert(outside.is && outside.is_earliest);
    ck_assert_int_eq(outside.since, day(20231231));
}
END_TEST

START_TEST(it_comes_back_when_the_figures_say_so)
{
    struct past past = {.balance = wan("550")};
    add_year(&past, "110", "100");
    add_year(&past, "110", "100");
    struct outlook o = look_ahead(&past);
    struct outlook_leaving back = outlook_returning(&o, OUTLOOK_BELOW, 6 * E4);
    ck_assert_int_eq(back.central, day(20250531));          /* 10 a month */
    ck_assert_int_eq(back.early, day(20250531));
    ck_assert_int_eq(back.late, day(20250531));
    ck_assert_uint_eq(back.paths, 3);
    past.balance = wan("400");
    o = look_ahead(&past);
    back = outlook_returning(&o, OUTLOOK_BELOW, 6 * E4);
    ck_assert_int_eq(back.central, DATE_NONE);
    ck_assert_uint_eq(back.paths, 0);
}
END_TEST

START_TEST(a_runway_of_the_past_without_expenditure_or_beyond_64_bits_is_not_outside)
{
    struct outlook_past past = closed_months(12, "0");
    for (unsigned i = 0; i < 12; i++)
        past.sums[i].expenditure = fen(0);
    ck_assert(!outlook_outside(&past, OUTLOOK_BELOW, 6 * E4).is);
    past.sums[0].expenditure = fen(INT64_MAX);
    ck_assert(outlook_outside(&past, OUTLOOK_BELOW, 6 * E4).is);
    past.sums[1].expenditure = fen(1);
    ck_assert(!outlook_outside(&past, OUTLOOK_BELOW, 6 * E4).is);
    past = closed_months(24, "0");              /* the balance before the last month was beyond it */
    past.sums[23].income = fen(INT64_MIN);
    struct outlook_outside outside = outlook_outside(&past, OUTLOOK_BELOW, 6 * E4);
    ck_assert(outside.is && outside.is_earliest);
    ck_assert_int_eq(outside.since, day(20241231));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("outlook");
    TCase *t = tcase_create("paths");
    tcase_add_test(t, the_central_path_keeps_the_level_of_the_last_year);
    tcase_add_test(t, a_path_of_a_year_grows_as_that_year_had_grown);
    tcase_add_test(t, the_shape_of_the_year_is_that_of_the_months_before);
    tcase_add_test(t, years_of_different_shape_differ_in_their_months_and_meet_in_the_middle);
    tcase_add_test(t, only_the_latest_five_years_count);
    tcase_add_test(t, months_before_the_first_whole_year_are_left_out);
    tcase_add_test(t, each_month_is_rounded_half_up_to_the_fen);
    suite_add_tcase(s, t);

    t = tcase_create("none");
    tcase_add_test(t, less_than_two_years_is_too_little_history);
    tcase_add_loop_test(t, what_leaves_64_bits_or_has_no_year_is_no_outlook, 0, COUNT_OF(extremes));
    tcase_add_test(t, a_coming_year_without_expenditure_is_no_outlook);
    tcase_add_test(t, the_latest_year_needs_income_and_expenditure_of_a_fen_at_least);
    tcase_add_test(t, nothing_left_in_twelve_months_is_no_expenditure_either);
    tcase_add_test(t, growth_that_leaves_64_bits_is_no_outlook);
    tcase_add_test(t, a_surplus_that_leaves_64_bits_is_no_outlook);
    tcase_add_test(t, expenditure_of_the_coming_months_alone_may_leave_64_bits);
    tcase_add_test(t, every_reason_has_a_word_and_a_sentence);
    suite_add_tcase(s, t);

    t = tcase_create("leaving");
    tcase_add_loop_test(t, leaving_a_limit_has_a_day_and_a_range, 0, COUNT_OF(leavings));
    tcase_add_test(t, a_path_that_leaves_earlier_moves_the_early_end_only);
    tcase_add_loop_test(t, the_inverse_is_exact_to_the_fen, 0, COUNT_OF(inverses));
    tcase_add_test(t, the_inverse_rounds_up_where_a_fen_is_not_enough);
    tcase_add_test(t, the_inverse_of_too_much_is_refused);
    tcase_add_test(t, a_runway_inside_is_not_outside);
    tcase_add_test(t, it_is_outside_since_the_month_that_left);
    tcase_add_test(t, one_that_was_always_outside_is_so_since_the_first_month_that_can_be_measured);
    tcase_add_test(t, it_comes_back_when_the_figures_say_so);
    tcase_add_test(t, a_runway_of_the_past_without_expenditure_or_beyond_64_bits_is_not_outside);
    suite_add_tcase(s, t);
    return s;
}
