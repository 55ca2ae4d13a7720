/* Zhanjiang 2022: 14.08 months on provisional expenditure, and what would bring them to 9. */
#include "fund/clearing.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct position position(struct amount balance, struct amount expenditure, unsigned months)
{
    struct position p = {.has_opening = true, .balance = balance, .months = months};
    p.closed.fen[ACCOUNT_E11] = expenditure.fen;
    return p;
}

static struct position zhanjiang(const char *balance)
{
    return position(wan(balance), wan("490254.12"), 12);
}

/* What clearing adds leaves the balance and raises the expenditure. */
static struct position with_clearing(struct position p, struct amount added)
{
    p.balance.fen -= added.fen;
    p.closed.fen[ACCOUNT_E11] += added.fen;
    return p;
}

static int runway_against(const struct position *p, int64_t months_e4)
{
    struct indicator runway = indicator_runway(p, 1);
    ck_assert_int_eq(runway.why, COMPUTABLE);
    return ratio_compare(runway.value, months_e4);
}

static struct amount needed(const struct position *p, int64_t months_e4)
{
    struct amount amount;
    ck_assert_int_eq(clearing_needed(p, 1, months_e4, &amount), COMPUTABLE);
    return amount;
}

START_TEST(the_balance_behind_1408_months_is_575231_within_205)
{
    struct amount_range balance;
    ck_assert(clearing_balance_behind((struct printed_months){1408, 2}, wan("490254.12"), 12, &balance));
    char text[AMOUNT_TEXT_MAX];
    ck_assert_str_eq(amount_format(balance.least, UNIT_WAN, 2, false, text), "575027.23");
    ck_assert_str_eq(amount_format(balance.middle, UNIT_WAN, 2, false, text), "575231.50");
    ck_assert_str_eq(amount_format(balance.most, UNIT_WAN, 2, false, text), "575435.77");
    struct position least = zhanjiang("0");
    least.balance = balance.least;
    ck_assert_str_eq(ratio_format(indicator_runway(&least, 12).value, 2, text), "14.08");
    least.balance.fen--;
    ck_assert_str_eq(ratio_format(indicator_runway(&least, 12).value, 2, text), "14.07");
}
END_TEST

START_TEST(zhanjiangs_clearing_would_have_to_add_118595)
{
    char text[AMOUNT_TEXT_MAX];
    struct position p = zhanjiang("575231.50");
    ck_assert_str_eq(amount_format(needed(&p, 9 * E4), UNIT_WAN, 2, false, text), "118594.81");
    int64_t middle = needed(&p, 9 * E4).fen;
    struct position least = zhanjiang("575027.23"), most = zhanjiang("575435.77");
    ck_assert_int_lt(middle - needed(&least, 9 * E4).fen, wan("120").fen);
    ck_assert_int_lt(needed(&most, 9 * E4).fen - middle, wan("120").fen);
    /* 24 % of what the report prints as spent */
    struct ratio share = {middle, wan("490254.12").fen, 100};
    ck_assert_str_eq(ratio_format(share, 0, text), "24");
}
END_TEST

static const struct {
    int64_t balance, expenditure;
    unsigned months;
    int64_t months_e4;
} exact[] = {
    {57523150000000, 49025412000000, 12, 9 * E4},
    {57523150000000, 49025412000000, 12, 6 * E4},
    {57523150000000, 49025412000000, 12, 0},
    {57523150000000, 49025412000000, 12, 150001},
    {57523150000000, 49025412000000, 12, 20 * E4},
    {2659015, 3756324, 12, 3 * E4},
    {1000000, 777777, 7, 9 * E4},
    {-5, 7, 12, 1},
    {0, 1, 1, 1},
    {1, 1, 1, 1},
};

START_TEST(the_last_fen_of_a_clearing_decides)
{
    struct position p = position(fen(exact[_i].balance), fen(exact[_i].expenditure), exact[_i].months);
    struct amount x = needed(&p, exact[_i].months_e4);
    struct position there = with_clearing(p, x), short_of_it = with_clearing(p, fen(x.fen - 1));
    ck_assert_int_le(runway_against(&there, exact[_i].months_e4), 0);
    if (exact[_i].expenditure + x.fen > 1)      /* otherwise nothing is spent one fen below */
        ck_assert_int_gt(runway_against(&short_of_it, exact[_i].months_e4), 0);
}
END_TEST

START_TEST(below_the_months_asked_for_clearing_would_have_to_take_off)
{
    struct position p = position(wan("300"), wan("1200"), 12);     /* 3 months */
    /* (300 + 200) / ((1200 - 200) / 12) = 6 */
    ck_assert_int_eq(needed(&p, 6 * E4).fen, wan("-200").fen);
    ck_assert_int_eq(needed(&p, 3 * E4).fen, 0);
}
END_TEST

/* Zhanjiang's balance is 575,231.50 ± 205; and the margin is what the answers of both ends are apart by. */
START_TEST(a_margin_of_the_balance_is_one_of_the_clearing)
{
    struct position least = position(wan("575026.50"), wan("490254.12"), 12);
    struct position most = position(wan("575436.50"), wan("490254.12"), 12);
    struct amount margin = clearing_margin(wan("205"), 12, 9 * E4);
    ck_assert_int_eq(margin.fen, wan("117.142858").fen);
    ck_assert_int_le(needed(&most, 9 * E4).fen - needed(&least, 9 * E4).fen, 2 * margin.fen);
    ck_assert_int_ge(needed(&most, 9 * E4).fen - needed(&least, 9 * E4).fen, 2 * margin.fen - 2);
    ck_assert_int_eq(clearing_margin(fen(0), 12, 9 * E4).fen, 0);
    ck_assert_int_eq(clearing_margin(fen(1), 12, 9 * E4).fen, 1);
    ck_assert_int_eq(clearing_margin(fen(INT64_MAX), 12, 0).fen, INT64_MAX);
}
END_TEST

START_TEST(without_a_runway_there_is_nothing_to_bring_back)
{
    struct amount x = fen(7);
    struct position p = position(wan("300"), wan("0"), 12);
    ck_assert_int_eq(clearing_needed(&p, 1, E4, &x), NC_NO_EXPENDITURE);
    p = position(wan("300"), wan("1200"), 5);
    ck_assert_int_eq(clearing_needed(&p, 6, E4, &x), NC_TOO_FEW_MONTHS);
    p.has_opening = false;
    ck_assert_int_eq(clearing_needed(&p, 1, E4, &x), NC_NO_OPENING);
    p = position(wan("-1200"), wan("1200"), 12);
    ck_assert_int_eq(clearing_needed(&p, 1, E4, &x), NC_NO_EXPENDITURE);
    p = position(fen(INT64_MIN + 4), fen(INT64_MAX), 1);
    ck_assert_int_eq(clearing_needed(&p, 1, INT32_MAX, &x), COMPUTABLE);
    ck_assert_int_lt(x.fen, -INT64_C(9000000000000000000));
}
END_TEST

START_TEST(a_derived_balance_is_rounded_half_up_to_the_fen)
{
    struct amount_range r;
    ck_assert(clearing_balance_behind((struct printed_months){1, 0}, fen(19), 2, &r));
    ck_assert_int_eq(r.least.fen, 5);       /* 4.75 */
    ck_assert_int_eq(r.middle.fen, 10);     /* 9.5 */
    ck_assert_int_eq(r.most.fen, 14);       /* 14.25 */
    ck_assert(clearing_balance_behind((struct printed_months){12, 0}, fen(1), 12, &r));
    ck_assert_int_eq(r.middle.fen, 1);
}
END_TEST

START_TEST(no_balance_is_behind_months_of_no_expenditure)
{
    struct amount_range r = {.middle = {7}};
    struct printed_months printed = {1408, 2}, huge = {INT32_MAX, 0}, deep = {-INT32_MAX, 0};
    ck_assert(!clearing_balance_behind(printed, fen(0), 12, &r));
    ck_assert(!clearing_balance_behind(printed, fen(-1), 12, &r));
    ck_assert(!clearing_balance_behind(printed, fen(1), 0, &r));
    ck_assert(!clearing_balance_behind(huge, fen(INT64_MAX), 1, &r));
    ck_assert(!clearing_balance_behind(deep, fen(INT64_MAX), 1, &r));
    ck_assert_int_eq(r.middle.fen, 7);
}
END_TEST

START_TEST(a_bound_alone_may_leave_64_bits)
{
    struct amount_range r = {.middle = {7}};
    /* 1 and 1.5 months of this fit or not: one bound after the other is refused. */
    ck_assert(!clearing_balance_behind((struct printed_months){1, 0}, fen(INT64_MAX), 1, &r));
    ck_assert(!clearing_balance_behind((struct printed_months){2, 0}, fen(INT64_MAX / 3 * 2), 1, &r));
    ck_assert_int_eq(r.middle.fen, 7);
    ck_assert(clearing_balance_behind((struct printed_months){0, 0}, fen(INT64_MAX), 1, &r));
    ck_assert_int_eq(r.middle.fen, 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("clearing");
    TCase *t = tcase_create("clearing");
    tcase_add_test(t, the_balance_behind_1408_months_is_575231_within_205);
    tcase_add_test(t, zhanjiangs_clearing_would_have_to_add_118595);
    tcase_add_loop_test(t, the_last_fen_of_a_clearing_decides, 0, COUNT_OF(exact));
    tcase_add_test(t, below_the_months_asked_for_clearing_would_have_to_take_off);
    tcase_add_test(t, a_margin_of_the_balance_is_one_of_the_clearing);
    tcase_add_test(t, without_a_runway_there_is_nothing_to_bring_back);
    tcase_add_test(t, a_derived_balance_is_rounded_half_up_to_the_fen);
    tcase_add_test(t, no_balance_is_behind_months_of_no_expenditure);
    tcase_add_test(t, a_bound_alone_may_leave_64_bits);
    suite_add_tcase(s, t);
    return s;
}
