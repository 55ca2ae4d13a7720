/* The rules about people that a collection and a registry give rise to: pace, and duplicates. */
#include <string.h>

#include "fund/rule.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* A rule as the days go by: one reading a day, and what is told of it. */
static struct rule_state state;
static date_day today;
static struct policy policy;

static void setup(void)
{
    state = rule_state_initial();
    today = day(20241101);
    policy = policy_default();
    policy.pace.on = policy.duplicates.on = true;
    ck_assert_ptr_null(policy_check(&policy));
}

static void tells(struct reading reading, enum transition told)
{
    ck_assert_int_eq(rule_evaluate(&state, &reading, today), told);
    today++;
}

/* --- Pace */

static struct reading enrolled(int64_t now)
{
    return rule_pace(&policy, 1000, now, today);
}

START_TEST(a_collection_more_than_a_twentieth_behind_is_an_alert_until_it_has_caught_up)
{
    static const struct { int64_t now; enum transition told; } rows[] = {
        {950, TRANSITION_NONE}, {949, TRANSITION_FIRING}, {950, TRANSITION_NONE},
        {959, TRANSITION_NONE}, {900, TRANSITION_NONE}, {960, TRANSITION_ENDED},
        {951, TRANSITION_NONE}, {1200, TRANSITION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tells(enrolled(rows[i].now), rows[i].told);
}
END_TEST

START_TEST(nobody_at_all_is_far_behind)
{
    tells(enrolled(0), TRANSITION_FIRING);
    struct reading reading = enrolled(0);
    ck_assert_int_eq(reading.indicator.value.num, 1000);
    ck_assert_int_eq(reading.indicator.value.den, 1000);
}
END_TEST

START_TEST(a_pace_that_must_last_waits_as_many_days)
{
    policy.pace.hold = (struct hold){3, 2};
    tells(enrolled(900), TRANSITION_NONE);
    tells(enrolled(950), TRANSITION_NONE);      /* not behind: what waited is gone */
    for (int i = 0; i < 3; i++)
        tells(enrolled(900), TRANSITION_NONE);
    tells(enrolled(900), TRANSITION_FIRING);
    tells(enrolled(1000), TRANSITION_NONE);
    tells(enrolled(1000), TRANSITION_NONE);
    tells(enrolled(1000), TRANSITION_ENDED);
}
END_TEST

START_TEST(without_either_count_a_pace_is_blind)
{
    tells(rule_pace(&policy, HEADS_UNKNOWN, 900, today), TRANSITION_NONE);
    tells(enrolled(900), TRANSITION_FIRING);
    tells(rule_pace(&policy, HEADS_UNKNOWN, 1000, today), TRANSITION_BLIND);
    tells(rule_pace(&policy, 1000, HEADS_UNKNOWN, today), TRANSITION_NONE);
    tells(enrolled(900), TRANSITION_SIGHTED);
    ck_assert_int_eq(rule_pace(&policy, HEADS_UNKNOWN, 1, today).indicator.why, NC_NO_LAST_YEAR);
    ck_assert_int_eq(rule_pace(&policy, 1, HEADS_UNKNOWN, today).indicator.why, NC_NO_NUMERATOR);
    ck_assert_int_eq(rule_pace(&policy, 0, 1, today).indicator.why, NC_NO_LAST_YEAR);
}
END_TEST

START_TEST(after_its_season_a_pace_ends_and_before_it_there_is_none)
{
    today = day(20240930);
    tells(enrolled(0), TRANSITION_NONE);
    ck_assert_int_eq(state.since, DATE_NONE);
    today = day(20241001);
    tells(enrolled(0), TRANSITION_FIRING);
    today = day(20241231);
    tells(enrolled(0), TRANSITION_NONE);
    tells(enrolled(0), TRANSITION_ENDED);       /* the deadline's own rule speaks from here on */
    ck_assert_int_eq(enrolled(0).indicator.why, NC_BEFORE_DEADLINE);
}
END_TEST

/* --- Duplicates */

static struct reading doubled(int64_t found, int64_t reported)
{
    struct headcount heads = {.paid = 1010, .left = 10, .doubled = found, .duplicates = reported,
                              .reported = HEADS_UNKNOWN};
    return rule_duplicates(&policy, &heads);
}

START_TEST(more_than_a_hundredth_insured_twice_is_an_alert_until_it_is_below_eight_thousandths)
{
    static const struct { int64_t found, reported; enum transition told; } rows[] = {
        {6, 4, TRANSITION_NONE}, {6, 5, TRANSITION_FIRING}, {10, 0, TRANSITION_NONE},
        {0, 9, TRANSITION_NONE}, {12, HEADS_UNKNOWN, TRANSITION_NONE}, {8, 0, TRANSITION_ENDED},
        {10, 0, TRANSITION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tells(doubled(rows[i].found, rows[i].reported), rows[i].told);
}
END_TEST

START_TEST(that_nobody_has_reported_any_is_no_all_clear)
{
    static const struct { int64_t found, reported; enum transition told; } rows[] = {
        {0, HEADS_UNKNOWN, TRANSITION_NONE},            /* silent: it has never had a value */
        {11, HEADS_UNKNOWN, TRANSITION_FIRING},         /* however many there are beside those */
        {10, HEADS_UNKNOWN, TRANSITION_BLIND}, {0, HEADS_UNKNOWN, TRANSITION_NONE},
        {0, 9, TRANSITION_SIGHTED}, {0, HEADS_UNKNOWN, TRANSITION_BLIND}, {0, 0, TRANSITION_ENDED},
        {10, HEADS_UNKNOWN, TRANSITION_BLIND},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tells(doubled(rows[i].found, rows[i].reported), rows[i].told);
    ck_assert_int_eq(doubled(10, HEADS_UNKNOWN).indicator.why, NC_NO_NUMERATOR);
}
END_TEST

START_TEST(of_counts_the_duplicates_are_those_reported)
{
    struct headcount heads = {.paid = HEADS_UNKNOWN, .left = HEADS_UNKNOWN, .doubled = HEADS_UNKNOWN,
                              .reported = 6101808, .duplicates = 6467 + 9373};
    struct reading reading = rule_duplicates(&policy, &heads);
    ck_assert_int_eq(reading.indicator.value.num, 15840);
    ck_assert_int_eq(reading.indicator.value.den, 6101808);
    tells(reading, TRANSITION_NONE);            /* 0.26 % */
    heads.duplicates = HEADS_UNKNOWN;
    ck_assert_int_eq(rule_duplicates(&policy, &heads).indicator.why, NC_NO_NUMERATOR);
    tells(rule_duplicates(&policy, &heads), TRANSITION_BLIND);
    heads.duplicates = 6467 + 9373;
    tells(rule_duplicates(&policy, &heads), TRANSITION_SIGHTED);
}
END_TEST

START_TEST(without_insured_there_is_no_share)
{
    struct headcount heads = {.paid = 5, .left = 5, .doubled = 0, .reported = 100, .duplicates = 1};
    ck_assert_int_eq(rule_duplicates(&policy, &heads).indicator.why, NC_NO_NUMERATOR);
}
END_TEST

/* --- Both */

START_TEST(they_are_off_unless_the_policy_switches_them_on)
{
    policy = policy_default();
    tells(enrolled(1), TRANSITION_NONE);
    tells(doubled(500, 0), TRANSITION_NONE);
    ck_assert_int_eq(state.since, DATE_NONE);
}
END_TEST

START_TEST(they_have_words_and_readers)
{
    ck_assert_int_eq(RULE_PACE, 15);
    ck_assert_int_eq(RULE_DUPLICATES, 16);
    ck_assert_str_eq(rule_word(RULE_PACE), "pace");
    ck_assert_str_eq(rule_word(RULE_DUPLICATES), "duplicates");
    ck_assert_str_eq(rule_audience(RULE_PACE, LEVEL_HIGH), "enrollment");
    ck_assert_str_eq(rule_audience(RULE_DUPLICATES, LEVEL_HIGH), "enrollment");
}
END_TEST

static void pace_limit(struct policy *p)      { p->pace.limit.enter_e4 = E4 + 1; }
static void pace_leave(struct policy *p)      { p->pace.limit.leave_e4 = 501; }
static void pace_below(struct policy *p)      { p->pace.limit.leave_e4 = -1; }
static void pace_season(struct policy *p)     { p->pace.to_month = 9; }
static void pace_day(struct policy *p)        { p->pace.from_month = 2, p->pace.from_day = 29; }
static void pace_hold(struct policy *p)       { p->pace.hold.enter_days = 367; }
static void pace_employees(struct policy *p)  { p->pace.numerator = NUMERATOR_PAID_AND_EMPLOYEES; }
static void pace_numerator(struct policy *p)  { p->pace.numerator = NUMERATOR_LAST + 1; }
static void double_limit(struct policy *p)    { p->duplicates.limit.enter_e4 = E4 + 1; }
static void double_leave(struct policy *p)    { p->duplicates.limit.leave_e4 = 101; }
static void double_hold(struct policy *p)     { p->duplicates.hold.leave_days = 367; }

static const struct {
    void (*spoil)(struct policy *);
    const char *word;
} spoils[] = {
    {pace_limit, "pace's limit"},         {pace_leave, "pace's limit"},
    {pace_below, "pace's limit"},         {pace_season, "pace's season"},
    {pace_day, "pace's season"},          {pace_hold, "pace's hold"},
    {pace_employees, "residents alone"},  {pace_numerator, "residents alone"},
    {double_limit, "duplicates' limit"},  {double_leave, "duplicates' limit"},
    {double_hold, "duplicates' hold"},
};

START_TEST(what_is_wrong_with_a_section_is_said_in_a_sentence)
{
    spoils[_i].spoil(&policy);
    const char *wrong = policy_check(&policy);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, spoils[_i].word) != NULL, "said: %s", wrong);
    policy.pace.on = policy.duplicates.on = false;
    ck_assert_ptr_null(policy_check(&policy));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("pace");
    TCase *t = tcase_create("pace");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_collection_more_than_a_twentieth_behind_is_an_alert_until_it_has_caught_up);
    tcase_add_test(t, nobody_at_all_is_far_behind);
    tcase_add_test(t, a_pace_that_must_last_waits_as_many_days);
    tcase_add_test(t, without_either_count_a_pace_is_blind);
    tcase_add_test(t, after_its_season_a_pace_ends_and_before_it_there_is_none);
    tcase_add_test(t, more_than_a_hundredth_insured_twice_is_an_alert_until_it_is_below_eight_thousandths);
    tcase_add_test(t, that_nobody_has_reported_any_is_no_all_clear);
    tcase_add_test(t, of_counts_the_duplicates_are_those_reported);
    tcase_add_test(t, without_insured_there_is_no_share);
    tcase_add_test(t, they_are_off_unless_the_policy_switches_them_on);
    tcase_add_test(t, they_have_words_and_readers);
    tcase_add_loop_test(t, what_is_wrong_with_a_section_is_said_in_a_sentence, 0, COUNT_OF(spoils));
    suite_add_tcase(s, t);
    return s;
}
