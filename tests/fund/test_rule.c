#include "fund/rule.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* A year with a balance of `months` months of payments, 1 wan a month. */
static struct position worth(int64_t months_e4)
{
    struct position p = {
        .books_date = day(20241231), .has_opening = true, .opening_date = day(20231231),
        .first_month = month(202401), .months = 12,
        .balance = fen(months_e4 * (FEN_PER_WAN / E4)),
    };
    p.closed.fen[ACCOUNT_I11] = -12 * FEN_PER_WAN;
    p.closed.fen[ACCOUNT_E11] = 12 * FEN_PER_WAN;
    return p;
}

static int first_level(struct reading reading)
{
    struct rule_state state = rule_state_initial();
    rule_evaluate(&state, &reading, day(20241231));
    return state.level;
}

START_TEST(six_and_nine_months_themselves_are_inside_the_band)
{
    static const struct { int64_t e4; int level; } rows[] = {
        {29999, LEVEL_CRITICAL_LOW}, {30000, LEVEL_LOW},  {59999, LEVEL_LOW},
        {60000, LEVEL_HEALTHY},      {84945, LEVEL_HEALTHY}, {90000, LEVEL_HEALTHY},
        {90001, LEVEL_HIGH},         {140800, LEVEL_HIGH},   {150000, LEVEL_HIGH},
        {150001, LEVEL_EXCESSIVE},
    };
    struct policy policy = policy_default();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct position p = worth(rows[i].e4);
        ck_assert_int_eq(first_level(rule_runway(&policy, &p)), rows[i].level);
    }
}
END_TEST

START_TEST(one_fen_below_six_months_is_low)
{
    struct policy policy = policy_default();
    struct position p = worth(60000);
    p.balance.fen--;
    ck_assert_int_eq(first_level(rule_runway(&policy, &p)), LEVEL_LOW);
}
END_TEST

START_TEST(a_deficit_of_one_fen_is_one)
{
    struct policy policy = policy_default();
    struct position p = worth(70000);
    ck_assert_int_eq(first_level(rule_deficit(&policy, &p)), LEVEL_HEALTHY);
    p.closed.fen[ACCOUNT_I11]++;
    ck_assert_int_eq(first_level(rule_deficit(&policy, &p)), LEVEL_LOW);
}
END_TEST

START_TEST(more_than_half_provisional_is_high_until_45_of_100)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial();
    static const struct { int64_t provisional; enum transition told; } rows[] = {
        {50, TRANSITION_NONE}, {51, TRANSITION_FIRING}, {46, TRANSITION_NONE},
        {45, TRANSITION_ENDED}, {50, TRANSITION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct position p = worth(70000);
        p.closed.fen[ACCOUNT_E11] = 100 - rows[i].provisional;
        p.closed.fen[account_provisional(ACCOUNT_E11)] = rows[i].provisional;
        struct reading reading = rule_provisional(&policy, &p);
        ck_assert_int_eq(rule_evaluate(&state, &reading, 20000 + (date_day)i), rows[i].told);
    }
}
END_TEST

static struct reading zhanjiang_coverage(int64_t target_e4, int32_t books_date)
{
    struct coverage_rule rule = {.name = "resident", .numerator = NUMERATOR_REPORTED,
                                 .denominator = DENOMINATOR_RESIDENT,
                                 .deadline_month = 12, .deadline_day = 31, .target = {target_e4, target_e4}};
    struct headcount heads = {.reported = 6847700, .resident = 7030900, .registered_population = 8655700};
    if (books_date % 10000 != 1231)
        heads.reported = HEADS_UNKNOWN;     /* of the year before */
    return rule_coverage(&rule, &heads, day(books_date));
}

START_TEST(arrears_are_late_on_the_day_they_fall_due_and_very_late_after_ninety)
{
    static const struct { int64_t days; bool tolerated; int level; int64_t told; } rows[] = {
        {0, true, LEVEL_HEALTHY, 0}, {500, true, LEVEL_HEALTHY, 0}, {0, false, LEVEL_HIGH, 0},
        {1, false, LEVEL_HIGH, 1},   {90, false, LEVEL_HIGH, 90},   {91, false, LEVEL_EXCESSIVE, 91},
    };
    struct policy policy = policy_default();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct subsidy_arrears arrears = {
            .known = SUBSIDY_KNOWN, .begun = true, .tolerated = rows[i].tolerated, .oldest = day(20231231),
        };
        struct reading reading =
            rule_subsidy(&policy.subsidy, &arrears, (date_day)(day(20231231) + rows[i].days));
        int64_t limit_e4 = reading.limits.high.enter_e4;
        ck_assert_int_eq(first_level(reading), rows[i].level);
        rule_subsidy_told(&reading.indicator, &limit_e4);
        ck_assert_int_eq(reading.indicator.value.num, rows[i].told);
        ck_assert_int_eq(limit_e4, 0);
    }
}
END_TEST

START_TEST(coverage_below_its_target_is_low)
{
    ck_assert_int_eq(first_level(zhanjiang_coverage(9500, 20221231)), LEVEL_HEALTHY);
    ck_assert_int_eq(first_level(zhanjiang_coverage(9800, 20221231)), LEVEL_LOW);
}
END_TEST

START_TEST(coverage_before_its_deadline_stays_as_it_was)
{
    struct rule_state state = rule_state_initial(), untouched = rule_state_initial();
    struct reading early = zhanjiang_coverage(9800, 20221130);
    struct reading due = zhanjiang_coverage(9800, 20221231);
    struct reading next = zhanjiang_coverage(9800, 20230101);
    ck_assert_int_eq(rule_evaluate(&state, &early, day(20221130)), TRANSITION_NONE);
    ck_assert_mem_eq(&state, &untouched, sizeof state);
    ck_assert_int_eq(rule_evaluate(&state, &due, day(20221231)), TRANSITION_FIRING);
    ck_assert_int_eq(rule_evaluate(&state, &next, day(20230101)), TRANSITION_NONE);
    ck_assert(!state.blind && state.level == LEVEL_LOW);
    ck_assert_int_eq(rule_evaluate(&state, &due, day(20231231)), TRANSITION_NONE);
}
END_TEST

START_TEST(a_source_is_quiet_after_more_than_its_days)
{
    struct policy policy = policy_default();
    struct quiet_rule rule = {"hospital-*", 3, ""};
    struct rule_state state = rule_state_initial();
    date_day heard = day(20240501);
    struct reading on_time = rule_quiet(&policy, &rule, heard, heard, day(20240504));
    struct reading late = rule_quiet(&policy, &rule, heard, heard, day(20240505));
    struct reading ahead = rule_quiet(&policy, &rule, heard, day(20240510), day(20240506));
    struct reading never = rule_quiet(&policy, &rule, DATE_NONE, DATE_NONE, day(20240506));
    ck_assert_int_eq(rule_evaluate(&state, &on_time, day(20240504)), TRANSITION_NONE);
    ck_assert_int_eq(rule_evaluate(&state, &late, day(20240505)), TRANSITION_FIRING);
    ck_assert_int_eq(state.level, LEVEL_HIGH);
    ck_assert_int_eq(rule_evaluate(&state, &ahead, day(20240506)), TRANSITION_ENDED);
    ck_assert_int_eq(ahead.indicator.value.num, 0);
    ck_assert_int_ne(never.indicator.why, COMPUTABLE);
}
END_TEST

/* The tax office reports by the 15th, or up to two days later, and never in the festival. */
static struct policy tax_calendar(void)
{
    struct policy p = policy_default();
    p.calendar_count = 1;
    p.calendars[0] = (struct calendar_rule){"tax", CALENDAR_MONTHLY, 15, true, 2};
    p.holiday_count = 1;
    p.holidays[0] = (struct calendar_exception){day(20240210), day(20240217), false};
    return p;
}

START_TEST(a_source_with_a_calendar_is_quiet_after_expected_days)
{
    static const struct { int32_t books; int64_t value; } rows[] = {
        {20240220, 0}, {20240221, 1}, {20240316, 1}, {20240317, 2}, {20240318, 2}, {20240417, 3},
    };
    struct policy policy = tax_calendar();
    struct quiet_rule rule = {"tax", 0, "tax"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading r = rule_quiet(&policy, &rule, day(20240101), day(20240112), day(rows[i].books));
        ck_assert_int_eq(r.indicator.value.num, rows[i].value);
        ck_assert_int_eq(first_level(r), rows[i].value > 0 ? LEVEL_HIGH : LEVEL_HEALTHY);
    }
}
END_TEST

static struct reading of_sources(const struct policy *policy, uint32_t sources, uint64_t came_e4)
{
    struct completeness_sum month = {.sources = sources, .came_e4 = came_e4};
    return rule_completeness(policy, month);
}

START_TEST(completeness_fires_below_its_limit_and_ends_where_it_is_left)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial();
    static const struct { uint64_t came_e4; enum transition told; } rows[] = {
        {90000, TRANSITION_NONE},       /* on the limit itself */
        {89999, TRANSITION_FIRING}, {90000, TRANSITION_NONE}, {94999, TRANSITION_NONE},
        {89999, TRANSITION_NONE}, {95000, TRANSITION_ENDED}, {90000, TRANSITION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading r = of_sources(&policy, 10, rows[i].came_e4);
        ck_assert_int_eq(rule_evaluate(&state, &r, day(20241231)), rows[i].told);
    }
    ck_assert_str_eq(rule_audience(RULE_COMPLETENESS, LEVEL_LOW), "operations");
}
END_TEST

START_TEST(completeness_of_nobody_ends_what_fires)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial();
    struct reading none = of_sources(&policy, 0, 0), silent = of_sources(&policy, 3, 0);
    ck_assert_int_eq(rule_evaluate(&state, &none, day(20241230)), TRANSITION_NONE);
    ck_assert_int_eq(rule_evaluate(&state, &silent, day(20241231)), TRANSITION_FIRING);
    ck_assert_int_eq(rule_evaluate(&state, &none, day(20241231)), TRANSITION_ENDED);
    policy.completeness.on = false;
    silent = of_sources(&policy, 3, 0);
    ck_assert_int_eq(rule_evaluate(&state, &silent, day(20241231)), TRANSITION_NONE);
}
END_TEST

START_TEST(a_gap_fires_when_it_has_lasted_and_ends_when_it_is_filled)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial();
    policy.gaps.hold = (struct hold){2, 0};
    static const struct { uint64_t missing; int32_t books; enum transition told; } rows[] = {
        {0, 20240501, TRANSITION_NONE}, {3, 20240502, TRANSITION_NONE}, {3, 20240503, TRANSITION_NONE},
        {2, 20240504, TRANSITION_FIRING}, {UINT64_MAX, 20240505, TRANSITION_NONE},
        {0, 20240505, TRANSITION_ENDED}, {1, 20240506, TRANSITION_NONE}, {0, 20240507, TRANSITION_NONE},
        {1, 20240508, TRANSITION_NONE}, {1, 20240509, TRANSITION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading r = rule_gaps(&policy, rows[i].missing);
        ck_assert_int_eq(rule_evaluate(&state, &r, day(rows[i].books)), rows[i].told);
    }
}
END_TEST

START_TEST(a_subsidy_is_late_on_the_day_that_it_was_due)
{
    struct subsidy_rule rule = policy_default().subsidy;
    struct subsidy_arrears arrears = {.begun = true, .oldest = day(20240630)};
    struct reading reading = rule_subsidy(&rule, &arrears, day(20240630));
    ck_assert_int_eq(reading.indicator.value.num, 0);
    ck_assert_int_eq(first_level(reading), LEVEL_HIGH);
    reading = rule_subsidy(&rule, &arrears, arrears.oldest + SUBSIDY_CRITICAL_DAYS);
    ck_assert_int_eq(first_level(reading), LEVEL_HIGH);
    reading = rule_subsidy(&rule, &arrears, arrears.oldest + SUBSIDY_CRITICAL_DAYS + 1);
    ck_assert_int_eq(first_level(reading), LEVEL_EXCESSIVE);
    arrears.tolerated = true;
    reading = rule_subsidy(&rule, &arrears, day(20240630));
    ck_assert_int_eq(first_level(reading), LEVEL_HEALTHY);
    arrears.begun = false;
    ck_assert_int_eq(rule_subsidy(&rule, &arrears, 20000).indicator.why, NC_BEFORE_DEADLINE);
    arrears.known = SUBSIDY_NO_DUE_DATE;
    ck_assert_int_eq(rule_subsidy(&rule, &arrears, 20000).indicator.why, NC_NO_STANDARD);
}
END_TEST

START_TEST(rules_about_sources_do_not_rest_on_them)
{
    for (enum rule rule = RULE_RUNWAY; rule < RULE_END; rule++)
        ck_assert_int_eq(rule_rests_on_sources(rule), rule != RULE_QUIET && rule != RULE_COMPLETENESS
                                                      && rule != RULE_GAPS);
}
END_TEST

START_TEST(restatements_are_high_above_their_limit_until_they_are_left)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial();
    struct position p = worth(70000);
    policy.restated = (struct restated_rule){.on = true, .limit = {200, 100}};
    static const struct { int64_t moved; enum transition told; } rows[] = {
        {240000, TRANSITION_NONE}, {240001, TRANSITION_FIRING}, {120001, TRANSITION_NONE},
        {240001, TRANSITION_NONE}, {120000, TRANSITION_ENDED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading reading = rule_restated(&policy, &p, fen(rows[i].moved));
        ck_assert_int_eq(rule_evaluate(&state, &reading, 20000 + (date_day)i), rows[i].told);
    }
}
END_TEST

START_TEST(restatements_need_a_month_with_expenditure)
{
    struct policy policy = policy_default();
    struct position p = worth(70000), none = worth(70000);
    struct rule_state state = rule_state_initial();
    policy.restated.on = true;
    none.months = 0;
    ck_assert_int_eq(rule_restated(&policy, &none, fen(1)).indicator.why, NC_TOO_FEW_MONTHS);
    none.months = 1;
    none.closed.fen[ACCOUNT_E11] = 0;
    struct reading blind = rule_restated(&policy, &none, fen(1));
    struct reading seen = rule_restated(&policy, &p, fen(FEN_PER_WAN));
    ck_assert_int_eq(blind.indicator.why, NC_NO_EXPENDITURE);
    ck_assert_int_eq(rule_evaluate(&state, &blind, 20000), TRANSITION_NONE);
    ck_assert_int_eq(rule_evaluate(&state, &seen, 20001), TRANSITION_FIRING);
    ck_assert_int_eq(rule_evaluate(&state, &blind, 20002), TRANSITION_BLIND);
    ck_assert_int_eq(rule_evaluate(&state, &seen, 20003), TRANSITION_SIGHTED);
}
END_TEST

static struct reading bank(int64_t stated, int64_t booked)
{
    struct bank_check check = {.has_opening = true, .has_statement = true, .date = 20000,
                               .stated = fen(stated), .booked = fen(booked)};
    return rule_statement(&check);
}

START_TEST(a_statement_is_low_or_high_by_a_fen_and_at_once)
{
    struct rule_state state = rule_state_initial();
    static const struct { int64_t stated; enum transition told; int level; } rows[] = {
        {500, TRANSITION_NONE, LEVEL_HEALTHY},  {499, TRANSITION_FIRING, LEVEL_LOW},
        {-9, TRANSITION_NONE, LEVEL_LOW},       {501, TRANSITION_CHANGED, LEVEL_HIGH},
        {500, TRANSITION_ENDED, LEVEL_HEALTHY},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reading reading = bank(rows[i].stated, 500);
        ck_assert_int_eq(rule_evaluate(&state, &reading, 20000), rows[i].told);
        ck_assert_int_eq(state.level, rows[i].level);
    }
}
END_TEST

START_TEST(a_statement_is_not_judged_without_an_opening_nor_beyond_64_bits)
{
    struct bank_check check = {.has_opening = true};
    struct rule_state state = rule_state_initial();
    ck_assert_int_eq(indicator_statement(&check).why, NC_NO_STATEMENT);
    check = (struct bank_check){.has_statement = true};
    struct reading unseen = rule_statement(&check);
    ck_assert_int_eq(unseen.indicator.why, NC_NO_OPENING);
    ck_assert_int_eq(rule_evaluate(&state, &unseen, 20000), TRANSITION_NONE);
    ck_assert_int_eq(bank(INT64_MIN, 1).indicator.why, NC_OVERFLOW);
}
END_TEST

START_TEST(a_firing_rule_that_loses_its_data_is_blind_and_goes_on_firing)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial();
    struct position low = worth(50000), none = worth(50000);
    none.has_opening = false;
    struct reading seen = rule_runway(&policy, &low), unseen = rule_runway(&policy, &none);
    ck_assert_int_eq(rule_evaluate(&state, &unseen, 20000), TRANSITION_NONE);
    ck_assert_int_eq(rule_evaluate(&state, &seen, 20001), TRANSITION_FIRING);
    ck_assert_int_eq(rule_evaluate(&state, &unseen, 20002), TRANSITION_BLIND);
    ck_assert_int_eq(state.level, LEVEL_LOW);
    ck_assert_int_eq(rule_evaluate(&state, &seen, 20003), TRANSITION_SIGHTED);
}
END_TEST

/* More than a third of what moves goes up: there is no runway here to wait for. */
START_TEST(a_runway_of_money_that_is_held_one_level_up_ends_at_once_and_is_not_blind)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial(), untouched = rule_state_initial();
    policy.runway.hold = (struct hold){0, 30};
    struct position low = worth(20000), pooled = worth(20000);
    pooled.closed.fen[ACCOUNT_E6] = 24 * FEN_PER_WAN;
    struct reading seen = rule_runway(&policy, &low), moot = rule_runway(&policy, &pooled);
    ck_assert_int_eq(moot.indicator.why, NC_MONEY_ELSEWHERE);
    ck_assert_int_eq(rule_evaluate(&state, &seen, 20000), TRANSITION_FIRING);
    ck_assert_int_eq(rule_evaluate(&state, &moot, 20001), TRANSITION_ENDED);
    ck_assert(!state.blind);
    ck_assert_int_eq(rule_evaluate(&state, &moot, 20002), TRANSITION_NONE);
    ck_assert_int_eq(rule_evaluate(&state, &seen, 20003), TRANSITION_FIRING);
    ck_assert_int_eq(rule_evaluate(&untouched, &moot, 20001), TRANSITION_NONE);
    ck_assert_int_eq(untouched.since, DATE_NONE);
}
END_TEST

START_TEST(a_rule_that_is_switched_off_ends_at_once_even_blind)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial(), untouched = rule_state_initial();
    policy.runway.hold = (struct hold){0, 30};
    struct position p = worth(50000);
    struct reading reading = rule_runway(&policy, &p);
    ck_assert_int_eq(rule_evaluate(&state, &reading, 20000), TRANSITION_FIRING);

    policy.runway.on = false;
    p.has_opening = false;
    reading = rule_runway(&policy, &p);
    ck_assert_int_eq(rule_evaluate(&state, &reading, 20001), TRANSITION_ENDED);
    ck_assert_int_eq(rule_evaluate(&untouched, &reading, 20001), TRANSITION_NONE);
    ck_assert_int_eq(untouched.since, DATE_NONE);
}
END_TEST

START_TEST(a_policys_hold_reaches_the_rule)
{
    struct policy policy = policy_default();
    struct rule_state state = rule_state_initial();
    struct position p = worth(50000);
    policy.runway.hold.enter_days = 5;
    struct reading reading = rule_runway(&policy, &p);
    ck_assert_int_eq(rule_evaluate(&state, &reading, 20000), TRANSITION_NONE);
    ck_assert_int_eq(rule_evaluate(&state, &reading, 20004), TRANSITION_NONE);
    ck_assert_int_eq(rule_evaluate(&state, &reading, 20005), TRANSITION_FIRING);
}
END_TEST

START_TEST(the_two_sides_of_the_band_have_different_readers)
{
    ck_assert_str_eq(rule_audience(RULE_RUNWAY, LEVEL_LOW), "finance");
    ck_assert_str_eq(rule_audience(RULE_RUNWAY, LEVEL_CRITICAL_LOW), "finance");
    ck_assert_str_eq(rule_audience(RULE_RUNWAY, LEVEL_HIGH), "benefits");
    ck_assert_str_eq(rule_audience(RULE_RUNWAY, LEVEL_EXCESSIVE), "benefits");
    ck_assert_str_eq(rule_audience(RULE_DEFICIT, LEVEL_LOW), "finance");
    ck_assert_str_eq(rule_audience(RULE_RESTATED, LEVEL_HIGH), "finance");
    ck_assert_str_eq(rule_audience(RULE_STATEMENT, LEVEL_LOW), "finance");
    ck_assert_str_eq(rule_audience(RULE_PROVISIONAL, LEVEL_HIGH), "benefits");
    ck_assert_str_eq(rule_audience(RULE_COVERAGE, LEVEL_LOW), "enrollment");
    ck_assert_str_eq(rule_audience(RULE_QUIET, LEVEL_HIGH), "operations");
}
END_TEST

/* Whatever the heads are, nothing is owed before the first tranche is due; then only what is known can be. */
START_TEST(a_subsidy_that_is_not_due_is_no_reason_to_be_blind)
{
    static const struct { bool begun; enum subsidy_known known; enum not_computable why; } rows[] = {
        {false, SUBSIDY_KNOWN, NC_BEFORE_DEADLINE},     {false, SUBSIDY_NO_HEADS, NC_BEFORE_DEADLINE},
        {false, SUBSIDY_NO_DUE_DATE, NC_NO_STANDARD},   {true, SUBSIDY_NO_HEADS, NC_NO_STANDARD},
        {true, SUBSIDY_KNOWN, COMPUTABLE},
    };
    struct subsidy_rule rule = {.on = true};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct subsidy_arrears arrears = {
            .begun = rows[i].begun, .known = rows[i].known, .oldest = day(20240630)};
        struct reading reading = rule_subsidy(&rule, &arrears, day(20240702));
        ck_assert_int_eq(reading.indicator.why, rows[i].why);
        if (rows[i].why == COMPUTABLE)
            ck_assert_int_eq(reading.indicator.value.num, 2);
        arrears.tolerated = true;
        if (rows[i].why == COMPUTABLE)
            ck_assert_int_eq(rule_subsidy(&rule, &arrears, day(20240702)).indicator.value.num,
                             SUBSIDY_NOT_LATE);
    }
}
END_TEST

/* One limit that is on is a rule that is on: it fires by it. */
START_TEST(a_rule_with_any_of_its_limits_is_on)
{
    for (unsigned on = 0; on < 5; on++) {
        struct reading reading = {
            .limits = {
                .critical_low_on = on == 1, .low_on = on == 2, .high_on = on == 3, .excessive_on = on == 4,
                .critical_low = {2, 2}, .low = {2, 2}, .high = {0, 0}, .excessive = {0, 0},
            },
            .indicator.value = {1, E4, 1},
        };
        struct rule_state state = rule_state_initial();
        ck_assert_int_eq(rule_evaluate(&state, &reading, 20000),
                         on == 0 ? TRANSITION_NONE : TRANSITION_FIRING);
    }
}
END_TEST

START_TEST(every_rule_has_a_reader_and_what_is_none_the_operators)
{
    for (unsigned rule = 1; rule < RULE_END; rule++)
        ck_assert_uint_gt(strlen(rule_audience((enum rule)rule, LEVEL_HIGH)), 0);
    ck_assert_str_eq(rule_audience(RULE_BUDGET, LEVEL_LOW), "finance");
    ck_assert_str_eq(rule_audience(RULE_DUPLICATES, LEVEL_HIGH), "enrollment");
    ck_assert_str_eq(rule_audience(RULE_END, LEVEL_HIGH), "operations");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("rule");
    TCase *t = tcase_create("rule");
    tcase_add_test(t, six_and_nine_months_themselves_are_inside_the_band);
    tcase_add_test(t, one_fen_below_six_months_is_low);
    tcase_add_test(t, a_deficit_of_one_fen_is_one);
    tcase_add_test(t, more_than_half_provisional_is_high_until_45_of_100);
    tcase_add_test(t, arrears_are_late_on_the_day_they_fall_due_and_very_late_after_ninety);
    tcase_add_test(t, coverage_below_its_target_is_low);
    tcase_add_test(t, coverage_before_its_deadline_stays_as_it_was);
    tcase_add_test(t, a_source_is_quiet_after_more_than_its_days);
    tcase_add_test(t, a_source_with_a_calendar_is_quiet_after_expected_days);
    tcase_add_test(t, completeness_fires_below_its_limit_and_ends_where_it_is_left);
    tcase_add_test(t, completeness_of_nobody_ends_what_fires);
    tcase_add_test(t, a_gap_fires_when_it_has_lasted_and_ends_when_it_is_filled);
    tcase_add_test(t, a_subsidy_is_late_on_the_day_that_it_was_due);
    tcase_add_test(t, rules_about_sources_do_not_rest_on_them);
    tcase_add_test(t, restatements_are_high_above_their_limit_until_they_are_left);
    tcase_add_test(t, restatements_need_a_month_with_expenditure);
    tcase_add_test(t, a_statement_is_low_or_high_by_a_fen_and_at_once);
    tcase_add_test(t, a_statement_is_not_judged_without_an_opening_nor_beyond_64_bits);
    tcase_add_test(t, a_firing_rule_that_loses_its_data_is_blind_and_goes_on_firing);
    tcase_add_test(t, a_runway_of_money_that_is_held_one_level_up_ends_at_once_and_is_not_blind);
    tcase_add_test(t, a_rule_that_is_switched_off_ends_at_once_even_blind);
    tcase_add_test(t, a_policys_hold_reaches_the_rule);
    tcase_add_test(t, the_two_sides_of_the_band_have_different_readers);
    tcase_add_test(t, a_subsidy_that_is_not_due_is_no_reason_to_be_blind);
    tcase_add_test(t, a_rule_with_any_of_its_limits_is_on);
    tcase_add_test(t, every_rule_has_a_reader_and_what_is_none_the_operators);
    suite_add_tcase(s, t);
    return s;
}
