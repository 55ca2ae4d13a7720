/* What moved a runway, in parts that sum. */
#include "fund/causes.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct position position(const char *balance, const char *inpatient, const char *outpatient)
{
    struct position p = {.has_opening = true, .balance = wan(balance), .months = 12};
    p.closed.fen[ACCOUNT_E11] = wan(inpatient).fen;
    p.closed.fen[ACCOUNT_E12] = wan(outpatient).fen;
    return p;
}

static struct lines flow(const char *subsidy, const char *inpatient, const char *outpatient)
{
    struct lines lines = {0};
    lines.fen[ACCOUNT_I21] = -wan(subsidy).fen;
    lines.fen[ACCOUNT_E11] = wan(inpatient).fen;
    lines.fen[ACCOUNT_E12] = wan(outpatient).fen;
    return lines;
}

/* Between two positions of the same base and the same funds. */
static struct causes split(const struct position *before, const struct position *after,
                           const struct lines *lines)
{
    const struct between between = {.flow = *lines};
    return causes_of(before, after, &between);
}

static int64_t sum_of(const struct causes *causes)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < causes->count; i++)
        sum += causes->items[i].hundredths;
    return sum;
}

/* The cause of that kind and account in hundredths; fails the test if there is none. */
static int64_t cause(const struct causes *causes, enum cause_kind kind, enum account account)
{
    for (unsigned i = 0; i < causes->count; i++) {
        if (causes->items[i].kind == kind && causes->items[i].account == account)
            return causes->items[i].hundredths;
    }
    ck_abort_msg("no cause %s of account %d", cause_kind_word(kind), account);
    return 0;
}

START_TEST(income_and_expenditure_move_the_runway_in_months_of_the_old_average)
{
    /* 100 a month before and after: 700 becomes 700 + 100 - 200. */
    struct position before = position("700", "900", "300"), after = position("600", "900", "300");
    struct lines lines = flow("100", "150", "50");
    struct causes c = split(&before, &after, &lines);
    ck_assert_int_eq(c.why, COMPUTABLE);
    ck_assert_int_eq(c.before, 700);
    ck_assert_int_eq(c.after, 600);
    ck_assert_uint_eq(c.count, 3);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I21), 100);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_E11), -150);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_E12), -50);
}
END_TEST

START_TEST(a_dearer_month_shortens_the_runway_by_line)
{
    /* 600 at 100 a month; then 120 a month, because inpatient rose by 30 and outpatient fell by 10. */
    struct position before = position("600", "900", "300"), after = position("600", "1260", "180");
    struct lines lines = {0};
    struct causes c = split(&before, &after, &lines);
    ck_assert_int_eq(c.after, 500);
    ck_assert_uint_eq(c.count, 2);
    ck_assert_int_eq(cause(&c, CAUSE_AVERAGE, ACCOUNT_E11), -150);
    ck_assert_int_eq(cause(&c, CAUSE_AVERAGE, ACCOUNT_E12), 50);
}
END_TEST

START_TEST(the_old_average_values_the_balance_and_the_new_balance_bears_the_average)
{
    struct position before = position("600", "1200", "0"), after = position("800", "1600", "0");
    struct lines lines = flow("400", "200", "0");
    struct causes c = split(&before, &after, &lines);
    ck_assert_int_eq(c.after - c.before, 0);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I21), 400);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_E11), -200);
    ck_assert_int_eq(cause(&c, CAUSE_AVERAGE, ACCOUNT_E11), -200);
}
END_TEST

START_TEST(provisional_expenditure_is_of_its_line)
{
    struct position before = position("600", "1200", "0"), after = position("600", "1080", "0");
    after.closed.fen[account_provisional(ACCOUNT_E11)] = wan("120").fen;
    struct lines lines = flow("0", "-50", "0");
    lines.fen[account_provisional(ACCOUNT_E11)] = wan("50").fen;
    struct causes c = split(&before, &after, &lines);
    ck_assert_int_eq(c.why, COMPUTABLE);
    ck_assert_uint_eq(c.count, 0);      /* what clearing makes final moves nothing */
}
END_TEST

START_TEST(months_of_another_number_change_the_average_too)
{
    struct position before = position("600", "600", "0"), after = position("600", "1200", "0");
    before.months = 6;
    struct lines lines = {0};
    struct causes c = split(&before, &after, &lines);
    ck_assert_int_eq(c.before, 600);
    ck_assert_int_eq(c.after, 600);
    ck_assert_uint_eq(c.count, 0);      /* 100 a month, both times */
    after.months = 11;
    after.closed.fen[ACCOUNT_E11] = wan("1320").fen;
    c = split(&before, &after, &lines);
    ck_assert_int_eq(cause(&c, CAUSE_AVERAGE, ACCOUNT_E11), -100);
}
END_TEST

START_TEST(what_no_flow_explains_was_restated)
{
    struct position before = position("600", "1200", "0"), after = position("650", "1200", "0");
    struct lines lines = flow("80", "0", "0");
    struct causes c = split(&before, &after, &lines);
    ck_assert_int_eq(cause(&c, CAUSE_RESTATED, ACCOUNT_NONE), -30);
    ck_assert_int_eq(sum_of(&c), 50);
}
END_TEST

START_TEST(an_opening_in_between_is_a_cause)
{
    struct position before = position("600", "1200", "0"), after = position("650", "1200", "0");
    struct lines lines = {0};
    lines.fen[ACCOUNT_Q0] = -wan("50").fen;
    lines.fen[ACCOUNT_A1] = wan("50").fen;
    struct causes c = split(&before, &after, &lines);
    ck_assert_uint_eq(c.count, 1);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_Q0), 50);
}
END_TEST

START_TEST(fengnans_year_is_explained_line_by_line)
{
    /* The year as printed, the year before with its opening balance at the same average. */
    static const struct { enum account account; const char *wan; } lines_of[] = {
        {ACCOUNT_I11, "-14021.71"}, {ACCOUNT_I21, "-14801"}, {ACCOUNT_I23, "-3784"},
        {ACCOUNT_I24, "-6179.82"}, {ACCOUNT_I3, "-591.31"}, {ACCOUNT_I4, "-42.51"},
        {ACCOUNT_E12, "6749.14"}, {ACCOUNT_E11, "27902.49"}, {ACCOUNT_E13, "161.52"},
        {ACCOUNT_E2, "2747.05"}, {ACCOUNT_E3, "3.04"},
    };
    struct lines year = {0};
    for (size_t i = 0; i < COUNT_OF(lines_of); i++)
        year.fen[lines_of[i].account] = wan(lines_of[i].wan).fen;
    struct position before = {.has_opening = true, .balance = wan("24733.04"), .months = 12, .closed = year};
    struct position after = {.has_opening = true, .balance = wan("26590.15"), .months = 12, .closed = year};
    struct causes c = split(&before, &after, &year);
    ck_assert_int_eq(c.after, 849);
    ck_assert_int_eq(c.before, 790);
    ck_assert_uint_eq(c.count, COUNT_OF(lines_of));
    ck_assert_int_eq(sum_of(&c), 59);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_E11), -891);  /* 8.9137 */
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I4), 1);      /* 0.0136 */
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_E3), 0);      /* -0.0010: small, and told */
}
END_TEST

START_TEST(missing_hundredths_go_to_the_largest_remainders_and_the_first_of_equals)
{
    /* Three thirds of a hundredth of a month, 100 a month: 0.333... each. */
    struct position before = position("600", "1200", "0"), after = position("601", "1200", "0");
    before.closed.fen[ACCOUNT_E11] = after.closed.fen[ACCOUNT_E11] = wan("1200").fen;
    struct lines lines = {0};
    const int64_t third = wan("1").fen / 3;
    lines.fen[ACCOUNT_I11] = lines.fen[ACCOUNT_I12] = -third;
    lines.fen[ACCOUNT_I13] = -(third + 1);
    struct causes c = split(&before, &after, &lines);
    ck_assert_int_eq(sum_of(&c), 1);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I11), 0);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I12), 0);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I13), 1);     /* a fen more than the others */

    lines.fen[ACCOUNT_I13] = -third;
    after.balance.fen = before.balance.fen + 3 * third;
    c = split(&before, &after, &lines);
    ck_assert_int_eq(sum_of(&c), 1);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I11), 1);
    ck_assert_int_eq(cause(&c, CAUSE_BALANCE, ACCOUNT_I13), 0);
}
END_TEST

/* A generator of our own, so that a failure can be repeated from its number. */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* What each cause is exactly: |hundredths * E0 * E1 - 100 * a * b| < E0 * E1. */
static void assert_near(const struct cause *cause, const struct position *before,
                        const struct position *after, const struct lines *flow)
{
    __int128 old_year = 0, new_year = 0, exact, unexplained = after->balance.fen - before->balance.fen;
    for (unsigned slot = ACCOUNT_E_FIRST; slot <= ACCOUNT_E_LAST; slot++) {
        old_year += before->closed.fen[slot];
        new_year += after->closed.fen[slot];
    }
    for (unsigned slot = ACCOUNT_I_FIRST; slot <= ACCOUNT_E_LAST; slot++)
        unexplained += flow->fen[slot];
    unsigned slot = cause->account;
    if (cause->kind == CAUSE_RESTATED)
        exact = unexplained * before->months * new_year;
    else if (cause->kind == CAUSE_BALANCE)
        exact = -(__int128)flow->fen[slot] * before->months * new_year;
    else
        exact = after->balance.fen * ((__int128)before->closed.fen[slot] * after->months -
                                      (__int128)after->closed.fen[slot] * before->months);
    __int128 error = (__int128)cause->hundredths * old_year * new_year - 100 * exact;
    ck_assert(error < old_year * new_year && -error < old_year * new_year);
}

START_TEST(causes_always_sum_and_none_is_off_by_a_hundredth)
{
    uint64_t state = 20240000 + (uint64_t)_i;
    for (unsigned round = 0; round < 500; round++) {
        struct position p[2] = {{.has_opening = true}, {.has_opening = true}};
        struct lines lines = {0};
        for (unsigned i = 0; i < 2; i++) {
            p[i].months = 1 + (unsigned)(next_random(&state) % 12);
            p[i].balance.fen = (int64_t)(next_random(&state) % 100000000) - 20000000;
            for (unsigned slot = ACCOUNT_E_FIRST; slot <= ACCOUNT_E2; slot++)
                p[i].closed.fen[slot] = 1 + (int64_t)(next_random(&state) % 9000000);
        }
        for (unsigned slot = ACCOUNT_I_FIRST; slot <= ACCOUNT_I4; slot++)
            lines.fen[slot] = -(int64_t)(next_random(&state) % 5000000);
        for (unsigned slot = ACCOUNT_E_FIRST; slot <= ACCOUNT_E2; slot++)
            lines.fen[slot] = (int64_t)(next_random(&state) % 5000000);
        struct causes c = split(&p[0], &p[1], &lines);
        ck_assert_int_eq(c.why, COMPUTABLE);
        ck_assert_int_eq(sum_of(&c), c.after - c.before);
        for (unsigned i = 0; i < c.count; i++)
            assert_near(&c.items[i], &p[0], &p[1], &lines);
    }
}
END_TEST

START_TEST(the_balance_of_a_fund_that_was_merged_is_no_restatement)
{
    struct position before = position("600", "1200", "0"), after = position("650", "1200", "0");
    const struct between between = {.flow = flow("80", "0", "0"), .merged = wan("-40")};
    struct causes c = causes_of(&before, &after, &between);
    ck_assert_uint_eq(c.count, 3);
    ck_assert_int_eq(cause(&c, CAUSE_MERGED, ACCOUNT_NONE), -40);
    ck_assert_int_eq(cause(&c, CAUSE_RESTATED, ACCOUNT_NONE), 10);
    ck_assert_int_eq(sum_of(&c), 50);
}
END_TEST

START_TEST(a_line_whose_months_are_chosen_otherwise_says_so)
{
    struct position before = position("600", "900", "300"), after = position("600", "1260", "180");
    const struct between between = {.other_base = true};
    struct causes c = causes_of(&before, &after, &between);
    ck_assert_uint_eq(c.count, 2);
    ck_assert_int_eq(cause(&c, CAUSE_BASE, ACCOUNT_E11), -150);
    ck_assert_int_eq(cause(&c, CAUSE_BASE, ACCOUNT_E12), 50);
}
END_TEST

START_TEST(without_both_runways_there_are_no_causes)
{
    struct position known = position("600", "1200", "0"), unknown = known;
    struct lines lines = {0};
    unknown.has_opening = false;
    ck_assert_int_eq(split(&unknown, &known, &lines).why, NC_NO_OPENING);
    ck_assert_int_eq(split(&known, &unknown, &lines).why, NC_NO_OPENING);
    unknown = position("600", "0", "0");
    ck_assert_int_eq(split(&known, &unknown, &lines).why, NC_NO_EXPENDITURE);
}
END_TEST

static struct position bare(int64_t balance, int64_t expenditure)
{
    struct position p = {.has_opening = true, .balance = {balance}, .months = 12};
    p.closed.fen[ACCOUNT_E11] = expenditure;
    return p;
}

static const struct {
    struct { int64_t balance, expenditure; } before, after;
    int64_t flow;
} overflows[] = {
    {{0, INT64_MAX}, {INT64_MAX, INT64_MAX}, INT64_MAX},        /* a product */
    {{INT64_MAX, 2}, {INT64_MAX, 1 << 30}, 0},                  /* a part is no int64 */
    {{0, 1 << 20}, {INT64_MAX / 10, INT64_MAX / 10}, 0},        /* only with the hundredths */
    {{INT64_MAX - 1000, 1}, {INT64_MAX, 1}, 1000},              /* runways that cannot be shown */
    {{INT64_MAX, 1}, {INT64_MAX - 1000, 1}, -1000},
};

START_TEST(parts_that_leave_their_integers_are_no_figure)
{
    struct position before = bare(overflows[_i].before.balance, overflows[_i].before.expenditure);
    struct position after = bare(overflows[_i].after.balance, overflows[_i].after.expenditure);
    struct lines lines = {0};
    lines.fen[ACCOUNT_I11] = -overflows[_i].flow;
    ck_assert_int_eq(split(&before, &after, &lines).why, NC_OVERFLOW);
}
END_TEST

START_TEST(parts_too_large_to_be_shown_do_not_cancel)
{
    struct position before = bare(0, INT64_MAX), after = before;
    struct lines lines = {0};
    lines.fen[ACCOUNT_I11] = -INT64_MAX;
    lines.fen[ACCOUNT_I12] = INT64_MAX;
    ck_assert_int_eq(split(&before, &after, &lines).why, NC_OVERFLOW);
    before = after = bare(0, 1);        /* the product fits, the hundredths do not */
    ck_assert_int_eq(split(&before, &after, &lines).why, NC_OVERFLOW);
}
END_TEST

START_TEST(kinds_have_words)
{
    ck_assert_str_eq(cause_kind_word(CAUSE_BALANCE), "balance");
    ck_assert_str_eq(cause_kind_word(CAUSE_AVERAGE), "average");
    ck_assert_str_eq(cause_kind_word(CAUSE_RESTATED), "restated");
    ck_assert_str_eq(cause_kind_word(CAUSE_BASE), "base");
    ck_assert_str_eq(cause_kind_word(CAUSE_MERGED), "merged");
    ck_assert_ptr_null(cause_kind_word((enum cause_kind)0));
    ck_assert_ptr_null(cause_kind_word((enum cause_kind)(CAUSE_LAST + 1)));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("causes");
    TCase *t = tcase_create("causes");
    tcase_add_test(t, income_and_expenditure_move_the_runway_in_months_of_the_old_average);
    tcase_add_test(t, a_dearer_month_shortens_the_runway_by_line);
    tcase_add_test(t, the_old_average_values_the_balance_and_the_new_balance_bears_the_average);
    tcase_add_test(t, provisional_expenditure_is_of_its_line);
    tcase_add_test(t, months_of_another_number_change_the_average_too);
    tcase_add_test(t, what_no_flow_explains_was_restated);
    tcase_add_test(t, an_opening_in_between_is_a_cause);
    tcase_add_test(t, fengnans_year_is_explained_line_by_line);
    tcase_add_test(t, missing_hundredths_go_to_the_largest_remainders_and_the_first_of_equals);
    tcase_add_loop_test(t, causes_always_sum_and_none_is_off_by_a_hundredth, 0, 10);
    tcase_add_test(t, the_balance_of_a_fund_that_was_merged_is_no_restatement);
    tcase_add_test(t, a_line_whose_months_are_chosen_otherwise_says_so);
    tcase_add_test(t, without_both_runways_there_are_no_causes);
    tcase_add_loop_test(t, parts_that_leave_their_integers_are_no_figure, 0, COUNT_OF(overflows));
    tcase_add_test(t, parts_too_large_to_be_shown_do_not_cancel);
    tcase_add_test(t, kinds_have_words);
    suite_add_tcase(s, t);
    return s;
}
