/* The rules whose targets are a place's own: reimbursement, falling runway, contributions, net loss. */
#include <string.h>

#include "fund/rule.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* A rule as the days go by: one reading a day, and what is told of it. */
static struct rule_state state;
static date_day today;

static void setup(void)
{
    state = rule_state_initial();
    today = day(20241231);
}

static void tells(struct reading reading, enum transition told)
{
    ck_assert_int_eq(rule_evaluate(&state, &reading, today), told);
    today++;
}

/* --- Reimbursement */

static struct policy reimbursing(void)
{
    struct policy p = policy_default();
    p.reimbursement.on = true;
    p.reimbursement.in_policy.leave_e4 = 7100;
    ck_assert_ptr_null(policy_check(&p));
    return p;
}

/* Twelve months in which the fund paid these parts of the two costs. */
static struct reading paying(int64_t in_policy_e4, int64_t actual_e4, enum reimbursement which)
{
    struct policy policy = reimbursing();
    struct position p = {.months = 12};
    p.closed.fen[ACCOUNT_S1] = p.closed.fen[ACCOUNT_S2] = E4;
    p.closed.fen[ACCOUNT_S4] = in_policy_e4;
    p.closed.fen[ACCOUNT_S3] = actual_e4;
    return rule_reimbursement(&policy, which, &p);
}

static struct reading in_policy(int64_t e4)
{
    return paying(e4, 9999, REIMBURSEMENT_IN_POLICY);
}

START_TEST(zhanjiang_pays_too_little_of_the_cost_within_policy_and_enough_of_the_whole)
{
    tells(paying(6529, 5974, REIMBURSEMENT_IN_POLICY), TRANSITION_FIRING);
    ck_assert_int_eq(state.level, LEVEL_LOW);
    setup();
    tells(paying(6529, 5974, REIMBURSEMENT_ACTUAL), TRANSITION_NONE);
    ck_assert_int_eq(state.level, LEVEL_HEALTHY);
}
END_TEST

START_TEST(a_reimbursement_on_its_target_is_none_and_one_that_hovers_fires_once)
{
    static const struct { int64_t e4; enum transition told; } rows[] = {
        {7000, TRANSITION_NONE}, {6999, TRANSITION_FIRING}, {7000, TRANSITION_NONE},
        {7099, TRANSITION_NONE}, {6990, TRANSITION_NONE}, {7100, TRANSITION_ENDED},
        {7000, TRANSITION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tells(in_policy(rows[i].e4), rows[i].told);
}
END_TEST

START_TEST(without_bills_a_reimbursement_is_blind_and_goes_on_firing)
{
    struct policy policy = reimbursing();
    struct position none = {.months = 12}, early = {.months = 0};
    struct reading blind = rule_reimbursement(&policy, REIMBURSEMENT_IN_POLICY, &none);
    ck_assert_int_eq(blind.indicator.why, NC_NO_BILLS);
    ck_assert_int_eq(rule_reimbursement(&policy, REIMBURSEMENT_ACTUAL, &early).indicator.why,
                     NC_TOO_FEW_MONTHS);
    tells(blind, TRANSITION_NONE);
    tells(in_policy(6000), TRANSITION_FIRING);
    tells(blind, TRANSITION_BLIND);
    ck_assert_int_eq(state.level, LEVEL_LOW);
    tells(in_policy(6000), TRANSITION_SIGHTED);
    tells(in_policy(8000), TRANSITION_ENDED);
}
END_TEST

/* --- Falling */

static struct position worth(int64_t months_e4)
{
    struct position p = {.has_opening = true, .months = 12, .balance = fen(months_e4)};
    p.closed.fen[ACCOUNT_I11] = -12 * E4;
    p.closed.fen[ACCOUNT_E11] = 12 * E4;
    return p;
}

static struct reading fallen(int64_t from_e4, int64_t to_e4, int runway_level)
{
    struct policy policy = policy_default();
    policy.falling.on = true;
    struct position before = worth(from_e4), now = worth(to_e4);
    return rule_falling(&policy, &before, &now, runway_level);
}

START_TEST(a_runway_that_falls_by_more_than_a_month_in_a_quarter_is_an_alert)
{
    tells(fallen(85000, 75000, LEVEL_HEALTHY), TRANSITION_NONE);
    tells(fallen(85000, 74999, LEVEL_HEALTHY), TRANSITION_FIRING);
    ck_assert_int_eq(state.level, LEVEL_HIGH);
    tells(fallen(85000, 75500, LEVEL_HEALTHY), TRANSITION_NONE);
    tells(fallen(85000, 74000, LEVEL_HEALTHY), TRANSITION_NONE);
    tells(fallen(85000, 77000, LEVEL_HEALTHY), TRANSITION_ENDED);
}
END_TEST

START_TEST(where_the_runway_rule_fires_a_falling_runway_ends)
{
    tells(fallen(75000, 59000, LEVEL_LOW), TRANSITION_NONE);
    tells(fallen(75000, 62000, LEVEL_HEALTHY), TRANSITION_FIRING);
    tells(fallen(75000, 59000, LEVEL_LOW), TRANSITION_ENDED);
    tells(fallen(150000, 120000, LEVEL_HIGH), TRANSITION_NONE);
}
END_TEST

START_TEST(a_fall_is_rounded_up_so_that_it_is_on_the_right_side_of_every_limit)
{
    struct position before = worth(0), now = worth(0);
    before.closed.fen[ACCOUNT_E11] = 3;
    before.balance = fen(1);            /* 4 months */
    now.closed.fen[ACCOUNT_E11] = 7;
    now.balance = fen(2);               /* 3 3/7 months */
    struct indicator fall = indicator_falling(&before, &now, 12);
    ck_assert_int_eq(fall.value.num, 5715);
    ck_assert_int_eq(fall.value.den, E4);
    fall = indicator_falling(&now, &before, 12);
    ck_assert_int_eq(fall.value.num, -5714);
}
END_TEST

START_TEST(without_books_so_long_ago_a_fall_is_blind)
{
    struct policy policy = policy_default();
    policy.falling.on = true;
    struct position before = worth(85000), now = worth(60000);
    tells(fallen(85000, 70000, LEVEL_HEALTHY), TRANSITION_FIRING);
    before.months = 11;
    tells(rule_falling(&policy, &before, &now, LEVEL_HEALTHY), TRANSITION_BLIND);
    ck_assert_int_eq(rule_falling(&policy, &before, &now, LEVEL_HEALTHY).indicator.why,
                     NC_TOO_FEW_MONTHS);
    tells(fallen(85000, 70000, LEVEL_HEALTHY), TRANSITION_SIGHTED);
}
END_TEST

START_TEST(sums_beyond_64_bits_are_no_fall)
{
    struct position before = worth(0), now = worth(0);
    before.balance = fen(INT64_MAX);
    now.balance = fen(INT64_MIN);
    before.closed.fen[ACCOUNT_E11] = now.closed.fen[ACCOUNT_E11] = 1;
    ck_assert_int_eq(indicator_falling(&before, &now, 12).why, NC_OVERFLOW);
    now.closed.fen[ACCOUNT_E11] = INT64_MAX;
    ck_assert_int_eq(indicator_falling(&before, &now, 12).why, NC_OVERFLOW);
}
END_TEST

/* --- Contributions */

static struct policy expecting(void)
{
    struct policy p = policy_default();
    p.contributions.limit = (struct limit){9500, 9800};
    p.contributions.expected_count = 3;
    p.contributions.expected[0] = (struct expectation){2024, day(20231231), fen(1000)};
    p.contributions.expected[1] = (struct expectation){2025, day(20241031), fen(5000)};
    p.contributions.expected[2] = (struct expectation){2025, day(20241231), fen(10000)};
    ck_assert_ptr_null(policy_check(&p));
    return p;
}

static struct reading collected(int64_t amount, int32_t ymd)
{
    struct policy policy = expecting();
    return rule_contributions(&policy, 2025, fen(amount), day(ymd));
}

START_TEST(contributions_are_measured_with_the_last_day_that_is_over)
{
    static const struct { int32_t day; int64_t expected; } rows[] = {
        {20241031, 5000}, {20241230, 5000}, {20241231, 10000}, {20260101, 10000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_int_eq(collected(1, rows[i].day).indicator.value.den, rows[i].expected);
    ck_assert_int_eq(collected(1, 20241030).indicator.why, NC_BEFORE_DEADLINE);
    struct policy policy = expecting();
    ck_assert_ptr_null(policy_expected(&policy, 2026, day(20260101)));
}
END_TEST

START_TEST(contributions_below_the_limit_are_an_alert_until_they_have_come)
{
    static const struct { int64_t amount; int32_t day; enum transition told; } rows[] = {
        {0, 20241030, TRANSITION_NONE},      {4750, 20241031, TRANSITION_NONE},
        {4749, 20241101, TRANSITION_FIRING}, {4751, 20241102, TRANSITION_NONE},
        {4899, 20241103, TRANSITION_NONE},   {4740, 20241104, TRANSITION_NONE},
        {4900, 20241105, TRANSITION_ENDED},  {4900, 20241231, TRANSITION_FIRING},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        today = day(rows[i].day);
        tells(collected(rows[i].amount, rows[i].day), rows[i].told);
    }
}
END_TEST

START_TEST(a_year_that_the_policy_expects_nothing_of_has_no_limits)
{
    struct policy policy = expecting();
    tells(collected(1, 20241231), TRANSITION_FIRING);
    tells(rule_contributions(&policy, 2026, fen(0), day(20260101)), TRANSITION_ENDED);
}
END_TEST

/* --- Net loss, and headcount below last year */

/* As reported, and persons: paid, and of these who has left. */
static struct headcount counts(int64_t reported, int64_t paid, int64_t left)
{
    struct headcount heads = headcount_unknown();
    heads.reported = reported;
    heads.paid = paid;
    heads.left = left;
    return heads;
}

static struct reading loss_of(struct headcount last_year, struct headcount now, bool coverage_fires)
{
    struct policy policy = policy_default();
    policy.net_loss.on = true;
    return rule_net_loss(&policy, &last_year, &now, coverage_fires);
}

static struct reading lost(int64_t last_year, int64_t now, bool coverage_fires)
{
    return loss_of(counts(last_year, HEADS_UNKNOWN, HEADS_UNKNOWN),
                   counts(now, HEADS_UNKNOWN, HEADS_UNKNOWN), coverage_fires);
}

START_TEST(more_than_a_hundredth_lost_is_an_alert_until_half_of_it)
{
    static const struct { int64_t now; enum transition told; } rows[] = {
        {99000, TRANSITION_NONE}, {98999, TRANSITION_FIRING}, {99100, TRANSITION_NONE},
        {98000, TRANSITION_NONE}, {99499, TRANSITION_NONE}, {99500, TRANSITION_ENDED},
        {120000, TRANSITION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tells(lost(100000, rows[i].now, false), rows[i].told);
}
END_TEST

START_TEST(where_a_coverage_is_below_its_target_the_loss_ends)
{
    tells(lost(100000, 90000, true), TRANSITION_NONE);
    tells(lost(100000, 90000, false), TRANSITION_FIRING);
    tells(lost(100000, 90000, true), TRANSITION_ENDED);
}
END_TEST

START_TEST(without_both_counts_a_loss_is_blind)
{
    tells(lost(HEADS_UNKNOWN, 90000, false), TRANSITION_NONE);
    tells(lost(100000, 90000, false), TRANSITION_FIRING);
    tells(lost(HEADS_UNKNOWN, 90000, false), TRANSITION_BLIND);
    tells(lost(100000, HEADS_UNKNOWN, false), TRANSITION_NONE);
    tells(lost(100000, 90000, false), TRANSITION_SIGHTED);
    ck_assert_int_eq(lost(0, 90000, false).indicator.why, NC_NO_LAST_YEAR);
    ck_assert_int_eq(lost(100000, HEADS_UNKNOWN, false).indicator.why, NC_NO_NUMERATOR);
    ck_assert_int_eq(lost(0, 0, false).indicator.why, NC_NO_LAST_YEAR);
}
END_TEST

START_TEST(where_nobody_is_left_all_are_lost)
{
    tells(lost(100000, 0, false), TRANSITION_FIRING);
    struct reading reading = loss_of(counts(HEADS_UNKNOWN, 110, 10), counts(HEADS_UNKNOWN, 5, 5), false);
    ck_assert_int_eq(reading.indicator.value.num, 100);
    ck_assert_int_eq(reading.indicator.value.den, 100);
}
END_TEST

START_TEST(a_loss_is_of_persons_where_nobody_counts_both_years)
{
    const int64_t unknown = HEADS_UNKNOWN;
    struct headcount persons = counts(unknown, 110, 10), both = counts(1000, 110, 10);
    struct reading reading = loss_of(persons, counts(unknown, 65, 5), false);
    ck_assert_int_eq(reading.indicator.value.num, 40);
    ck_assert_int_eq(reading.indicator.value.den, 100);
    reading = loss_of(both, counts(990, 65, 5), false);
    ck_assert_int_eq(reading.indicator.value.num, 10);
    ck_assert_int_eq(reading.indicator.value.den, 1000);
    reading = loss_of(both, counts(unknown, 65, 5), false);     /* never 60 persons of 1,000 counted */
    ck_assert_int_eq(reading.indicator.value.den, 100);
    reading = loss_of(persons, counts(990, 65, 5), false);
    ck_assert_int_eq(reading.indicator.value.den, 100);
}
END_TEST

START_TEST(heads_of_two_kinds_are_no_loss)
{
    const int64_t unknown = HEADS_UNKNOWN;
    ck_assert_int_eq(loss_of(counts(unknown, 110, 10), counts(990, unknown, unknown), false).indicator.why,
                     NC_NO_LAST_YEAR);
    ck_assert_int_eq(loss_of(counts(1000, unknown, unknown), counts(unknown, 65, 5), false).indicator.why,
                     NC_NO_LAST_YEAR);
    ck_assert_int_eq(loss_of(counts(1000, 110, 10), counts(unknown, unknown, unknown), false).indicator.why,
                     NC_NO_NUMERATOR);
    ck_assert_int_eq(loss_of(counts(unknown, 5, 5), counts(unknown, 5, 0), false).indicator.why,
                     NC_NO_LAST_YEAR);
}
END_TEST

START_TEST(ejin_horo_has_fewer_heads_than_last_year)
{
    struct coverage_rule rule = {.name = "last_year", .numerator = NUMERATOR_REPORTED,
                                 .denominator = DENOMINATOR_LAST_YEAR,
                                 .deadline_month = 12, .deadline_day = 31, .target = {E4,
                                                                                      E4}, .hold = {0, 0}};
    struct headcount heads = {.paid = HEADS_UNKNOWN, .registered = HEADS_UNKNOWN,
                              .employees = HEADS_UNKNOWN, .resident = HEADS_UNKNOWN,
                              .registered_population = HEADS_UNKNOWN,
                              .reported = 123371, .last_year = 124436};
    tells(rule_coverage(&rule, &heads, day(20211231)), TRANSITION_FIRING);
    heads.reported = 124436;
    setup();
    tells(rule_coverage(&rule, &heads, day(20211231)), TRANSITION_NONE);
    heads.reported--;
    tells(rule_coverage(&rule, &heads, day(20211231)), TRANSITION_FIRING);
}
END_TEST

/* --- All of them */

START_TEST(they_are_off_unless_the_policy_switches_them_on)
{
    struct policy p = policy_default();
    struct position before = worth(85000), now = worth(50000);
    tells(rule_reimbursement(&p, REIMBURSEMENT_ACTUAL, &now), TRANSITION_NONE);
    tells(rule_falling(&p, &before, &now, LEVEL_HEALTHY), TRANSITION_NONE);
    struct headcount many = counts(100, HEADS_UNKNOWN, HEADS_UNKNOWN), few = many;
    few.reported = 1;
    tells(rule_net_loss(&p, &many, &few, false), TRANSITION_NONE);
    ck_assert_uint_eq(p.contributions.expected_count, 0);
    ck_assert_int_eq(state.since, DATE_NONE);
}
END_TEST

START_TEST(they_have_words_and_readers)
{
    ck_assert_str_eq(rule_word(RULE_REIMBURSEMENT), "reimbursement");
    ck_assert_str_eq(rule_word(RULE_FALLING), "falling");
    ck_assert_str_eq(rule_word(RULE_CONTRIBUTIONS), "contributions");
    ck_assert_str_eq(rule_word(RULE_NET_LOSS), "net_loss");
    ck_assert_str_eq(rule_audience(RULE_REIMBURSEMENT, LEVEL_LOW), "benefits");
    ck_assert_str_eq(rule_audience(RULE_FALLING, LEVEL_HIGH), "finance");
    ck_assert_str_eq(rule_audience(RULE_CONTRIBUTIONS, LEVEL_LOW), "enrollment");
    ck_assert_str_eq(rule_audience(RULE_NET_LOSS, LEVEL_HIGH), "enrollment");
    ck_assert_str_eq(reimbursement_word(REIMBURSEMENT_IN_POLICY), "in_policy");
    ck_assert_str_eq(reimbursement_word(REIMBURSEMENT_ACTUAL), "actual");
    ck_assert_ptr_null(reimbursement_word(REIMBURSEMENTS));
}
END_TEST

static void bad_base(struct policy *p)       { p->reimbursement.base = 4; }
static void bad_target(struct policy *p)     { p->reimbursement.actual.enter_e4 = -1; }
static void bad_leave(struct policy *p)      { p->reimbursement.in_policy.leave_e4 = 0; }
static void bad_months(struct policy *p)     { p->falling.months = 13; }
static void no_months(struct policy *p)      { p->falling.months = 0; }
static void falling_leave(struct policy *p)  { p->falling.limit.leave_e4 = 10001; }
static void falling_below(struct policy *p)  { p->falling.limit.leave_e4 = -1; }
static void too_many(struct policy *p)       { p->contributions.expected_count = 25; }
static void unordered(struct policy *p)      { p->contributions.expected[2].by = day(20241031); }
static void year_back(struct policy *p)      { p->contributions.expected[1].year = 2023; }
static void less_later(struct policy *p)     { p->contributions.expected[2].amount = fen(4999); }
static void nothing(struct policy *p)        { p->contributions.expected[0].amount = fen(0); }
static void year_0(struct policy *p)         { p->contributions.expected[0].year = 0; }
static void limit_below(struct policy *p)    { p->contributions.limit.leave_e4 = 0; }
static void loss_beyond(struct policy *p)    { p->net_loss.limit.enter_e4 = E4 + 1; }
static void loss_leave(struct policy *p)     { p->net_loss.limit.leave_e4 = 101; }
static void reimburse_hold(struct policy *p) { p->reimbursement.hold.enter_days = 367; }
static void falling_hold(struct policy *p)   { p->falling.hold.enter_days = 367; }
static void expect_hold(struct policy *p)    { p->contributions.hold.leave_days = 367; }
static void loss_hold(struct policy *p)      { p->net_loss.hold.leave_days = 367; }
static void gate_years(struct policy *p)     { p->gate.years = 6; }
static void gate_months(struct policy *p)    { p->gate.months.leave_e4 = 0; }
static void gate_below(struct policy *p)     { p->gate.months.enter_e4 = -1; }
static void gate_surplus(struct policy *p)   { p->gate.surplus.leave_e4 = -1; }
static void gate_hold(struct policy *p)      { p->gate.hold.enter_days = 367; }

static const struct {
    void (*spoil)(struct policy *);
    const char *word;
} spoils[] = {
    {bad_base, "reimbursement's base"},   {bad_target, "must not be negative"},
    {bad_leave, "target must be left"},   {bad_months, "1 to 12 months"},
    {no_months, "1 to 12 months"},        {falling_leave, "falling runway's limit"},
    {falling_below, "falling runway's limit"}, {too_many, "24 days"},
    {unordered, "order"},                 {year_back, "order"},
    {less_later, "expect less"},          {nothing, "above 0"},
    {year_0, "1990 to 2199"},             {limit_below, "contributions' limit"},
    {loss_beyond, "net loss's limit"},    {loss_leave, "net loss's limit"},
    {reimburse_hold, "reimbursement's hold"}, {falling_hold, "falling runway's hold"},
    {expect_hold, "contributions' hold"}, {loss_hold, "net loss's hold"},
    {gate_years, "at most 5 years"},      {gate_months, "gate's months"},
    {gate_below, "gate's months"},        {gate_surplus, "gate's surplus"},
    {gate_hold, "gate's hold"},
};

START_TEST(what_is_wrong_with_a_section_is_said_in_a_sentence)
{
    struct policy p = expecting();
    p.reimbursement.on = p.falling.on = p.net_loss.on = p.gate.on = true;
    ck_assert_ptr_null(policy_check(&p));
    spoils[_i].spoil(&p);
    const char *wrong = policy_check(&p);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, spoils[_i].word) != NULL, "said: %s", wrong);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("targets");
    TCase *t = tcase_create("targets");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, zhanjiang_pays_too_little_of_the_cost_within_policy_and_enough_of_the_whole);
    tcase_add_test(t, a_reimbursement_on_its_target_is_none_and_one_that_hovers_fires_once);
    tcase_add_test(t, without_bills_a_reimbursement_is_blind_and_goes_on_firing);
    tcase_add_test(t, a_runway_that_falls_by_more_than_a_month_in_a_quarter_is_an_alert);
    tcase_add_test(t, where_the_runway_rule_fires_a_falling_runway_ends);
    tcase_add_test(t, a_fall_is_rounded_up_so_that_it_is_on_the_right_side_of_every_limit);
    tcase_add_test(t, without_books_so_long_ago_a_fall_is_blind);
    tcase_add_test(t, sums_beyond_64_bits_are_no_fall);
    tcase_add_test(t, contributions_are_measured_with_the_last_day_that_is_over);
    tcase_add_test(t, contributions_below_the_limit_are_an_alert_until_they_have_come);
    tcase_add_test(t, a_year_that_the_policy_expects_nothing_of_has_no_limits);
    tcase_add_test(t, more_than_a_hundredth_lost_is_an_alert_until_half_of_it);
    tcase_add_test(t, where_a_coverage_is_below_its_target_the_loss_ends);
    tcase_add_test(t, without_both_counts_a_loss_is_blind);
    tcase_add_test(t, where_nobody_is_left_all_are_lost);
    tcase_add_test(t, a_loss_is_of_persons_where_nobody_counts_both_years);
    tcase_add_test(t, heads_of_two_kinds_are_no_loss);
    tcase_add_test(t, ejin_horo_has_fewer_heads_than_last_year);
    tcase_add_test(t, they_are_off_unless_the_policy_switches_them_on);
    tcase_add_test(t, they_have_words_and_readers);
    tcase_add_loop_test(t, what_is_wrong_with_a_section_is_said_in_a_sentence, 0, COUNT_OF(spoils));
    suite_add_tcase(s, t);
    return s;
}
