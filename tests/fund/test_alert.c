#include <math.h>
#include <string.h>

#include "fund/alert.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

/* Months of runway in ten-thousandths as a ratio. */
static struct ratio value(int64_t e4)
{
    return (struct ratio){e4, E4, 1};
}

static struct rule_limits bands(void)
{
    struct runway_rule r = policy_default().runway;
    return (struct rule_limits){true, true, true, true, r.critical_low, r.low, r.high, r.excessive};
}

/* --- limits_level */

static const struct {
    int current;
    int64_t e4;
    int level;
} levels[] = {
    /* Entering, from healthy: exactly on a limit is on the healthy side of it. */
    {0, 29999, -2}, {0, 30000, -1}, {0, 59999, -1}, {0, 60000, 0}, {0, 84945, 0},
    {0, 90000, 0},  {0, 90001, 1},  {0, 150000, 1}, {0, 150001, 2}, {0, -1, -2},
    /* Leaving: kept until back at the leave limit. */
    {-1, 62999, -1}, {-1, 63000, 0}, {-1, 29999, -2}, {-1, 30000, -1},
    {-2, 32999, -2}, {-2, 33000, -1}, {-2, 62999, -1}, {-2, 63000, 0},
    {1, 87001, 1},   {1, 87000, 0},   {1, 150000, 1},  {1, 150001, 2},
    {2, 147001, 2},  {2, 147000, 1},  {2, 87001, 1},   {2, 87000, 0},
    /* Jumps from one side to the other. */
    {-2, 150001, 2}, {-2, 90001, 1}, {-1, 90000, 0}, {-1, 150000, 1},
    {2, 29999, -2},  {2, 30000, -1}, {1, 60000, 0},  {1, 59999, -1},
};

START_TEST(a_value_is_at_the_level_that_its_limits_say)
{
    struct rule_limits limits = bands();
    ck_assert_int_eq(limits_level(&limits, value(levels[_i].e4), levels[_i].current),
                     levels[_i].level);
}
END_TEST

START_TEST(a_limit_that_is_off_is_never_reached)
{
    struct rule_limits limits = bands();
    limits.critical_low_on = limits.excessive_on = false;
    ck_assert_int_eq(limits_level(&limits, value(0), 0), LEVEL_LOW);
    ck_assert_int_eq(limits_level(&limits, value(999999), 0), LEVEL_HIGH);
    limits.low_on = limits.high_on = false;
    ck_assert_int_eq(limits_level(&limits, value(0), LEVEL_LOW), LEVEL_HEALTHY);
    ck_assert_int_eq(limits_level(&limits, value(999999), LEVEL_HIGH), LEVEL_HEALTHY);
}
END_TEST

/* --- rule_step: one line per book day.  Levels as digits, '!' is blind:
 * a script is what the rule sees, day after day, and what it tells. */

enum { BLIND = 99 };

static const struct {
    struct hold hold;           /* enter, leave */
    int seen[12];
    const char *told;           /* . none  F firing  C changed  E ended  B blind  S sighted */
    int level;                  /* at the end */
} scripts[] = {
    {{0, 0}, {0, 0, 0}, "...", 0},
    {{0, 0}, {0, -1, -1, 0}, ".F.E", 0},
    {{0, 0}, {-1, -2, -2, -1, 0}, "FC.CE", 0},
    {{0, 0}, {-1, 1, 2, -2, 0}, "FCCCE", 0},

    /* Entering waits. */
    {{2, 0}, {-1, -1, -1, -1}, "..F.", -1},
    {{2, 0}, {-1, -1, 0, -1, -1, -1}, ".....F", -1},
    {{1, 0}, {-1, 0, -1, 0, -1, 0}, "......", 0},
    {{2, 0}, {-1, 1, -1, 1, -1, 1}, "......", 0},

    /* Leaving waits. */
    {{0, 2}, {-1, 0, 0, 0, 0}, "F..E.", 0},
    {{0, 2}, {-1, 0, 0, -1, 0, 0, 0}, "F.....E", 0},
    {{0, 2}, {-2, -1, -1, -1}, "F..C", -1},

    /* Worse waits enter days, the other side too. */
    {{2, 0}, {-1, -1, -1, -2, -2, -2}, "..F..C", -2},
    {{2, 0}, {-1, -1, -1, 1, 1, 1}, "..F..C", 1},

    /* Between low and critical: low in time, critical when it has lasted. */
    {{2, 0}, {-1, -2, -1, -2, -1, -2}, "..F...", -1},
    {{2, 0}, {-2, -1, -2, -2, -2}, "..F.C", -2},
    {{3, 0}, {-1, -2, -2, -2, -2, -2, -2}, "...F..C", -2},

    /* Between healthy and low on the way back: better by one in time. */
    {{0, 2}, {-2, 0, -1, 0, 0, 0}, "F..C.E", 0},

    /* Blind: neither fires nor ends, does not forget, what waits goes on waiting. */
    {{0, 0}, {-1, BLIND, BLIND, -1}, "FB.S", -1},
    {{0, 0}, {-1, BLIND, BLIND, 0}, "FB.E", 0},
    {{0, 0}, {-1, BLIND, -2}, "FBC", -2},
    {{0, 0}, {0, BLIND, -1}, ".BF", -1},
    {{0, 0}, {0, BLIND, BLIND, 0}, ".B.S", 0},
    {{2, 0}, {-1, BLIND, BLIND, BLIND}, ".B..", 0},
    {{3, 0}, {-1, BLIND, -1, -1}, ".BSF", -1},
    {{3, 0}, {-1, BLIND, 0, -1, -1}, ".BS..", 0},
    {{0, 2}, {-1, 0, BLIND, 0}, "F.BE", 0},
};

static char told_letter(enum transition transition)
{
    switch (transition) {
    case TRANSITION_NONE:    return '.';
    case TRANSITION_FIRING:  return 'F';
    case TRANSITION_CHANGED: return 'C';
    case TRANSITION_ENDED:   return 'E';
    case TRANSITION_BLIND:   return 'B';
    case TRANSITION_SIGHTED: return 'S';
    case TRANSITION_ACKNOWLEDGED: return 'A';
    }
    return '?';
}

static enum transition see(struct rule_state *state, int seen, struct hold hold, date_day today)
{
    bool blind = seen == BLIND;
    return rule_step(state, blind, blind ? 0 : seen, hold, today);
}

START_TEST(a_rule_tells_what_its_script_says)
{
    struct rule_state state = rule_state_initial();
    for (int i = 0; scripts[_i].told[i] != '\0'; i++) {
        enum transition told = see(&state, scripts[_i].seen[i], scripts[_i].hold, 20000 + i);
        ck_assert_msg(told_letter(told) == scripts[_i].told[i], "day %d told %c", i,
                      told_letter(told));
    }
    ck_assert_int_eq(state.level, scripts[_i].level);
}
END_TEST

START_TEST(evaluating_again_on_the_same_day_changes_nothing)
{
    struct rule_state state = rule_state_initial();
    for (int i = 0; scripts[_i].told[i] != '\0'; i++) {
        see(&state, scripts[_i].seen[i], scripts[_i].hold, 20000 + i);
        for (int again = 0; again < 3; again++) {
            struct rule_state before = state;
            ck_assert_int_eq(see(&state, scripts[_i].seen[i], scripts[_i].hold, 20000 + i),
                             TRANSITION_NONE);
            ck_assert_mem_eq(&state, &before, sizeof state);
        }
    }
    ck_assert_int_eq(state.level, scripts[_i].level);
}
END_TEST

START_TEST(book_days_without_an_evaluation_count_too)
{
    struct rule_state state = rule_state_initial();
    struct hold hold = {30, 0};
    ck_assert_int_eq(see(&state, -1, hold, 20000), TRANSITION_NONE);
    ck_assert_int_eq(see(&state, -1, hold, 20029), TRANSITION_NONE);
    ck_assert_int_eq(see(&state, -1, hold, 20030), TRANSITION_FIRING);
    ck_assert_int_eq(state.since, 20030);
}
END_TEST

START_TEST(a_state_says_since_when)
{
    struct rule_state state = rule_state_initial();
    struct hold hold = {1, 0};
    ck_assert_int_eq(state.since, DATE_NONE);
    see(&state, 0, hold, 20000);
    ck_assert_int_eq(state.since, 20000);
    see(&state, -1, hold, 20005);
    ck_assert_int_eq(state.since, 20000);
    ck_assert_int_eq(state.candidate, -1);
    ck_assert_int_eq(state.candidate_since, 20005);
    see(&state, -1, hold, 20006);
    ck_assert_int_eq(state.since, 20006);
    ck_assert_int_eq(state.candidate, -1);
    ck_assert_int_eq(state.candidate_since, DATE_NONE);
}
END_TEST

START_TEST(an_acknowledgement_ends_with_its_incident)
{
    struct rule_state state = rule_state_initial();
    struct hold at_once = {0, 0};
    see(&state, -1, at_once, 20000);
    state.incident = 7;
    state.acknowledged = true;
    ck_assert_int_eq(see(&state, -2, at_once, 20001), TRANSITION_CHANGED);
    ck_assert(state.acknowledged && state.incident == 7);
    ck_assert_int_eq(see(&state, BLIND, at_once, 20002), TRANSITION_BLIND);
    ck_assert(state.acknowledged && state.incident == 7);
    ck_assert_int_eq(see(&state, 0, at_once, 20003), TRANSITION_ENDED);
    ck_assert(!state.acknowledged && state.incident == 0);
    ck_assert_int_eq(see(&state, -1, at_once, 20004), TRANSITION_FIRING);
    ck_assert(!state.acknowledged);
}
END_TEST

/* --- Both together: a value that swings around the limit of 6 months. */

static unsigned firings_of_a_sine(double centre, double swing, struct hold hold)
{
    struct rule_limits limits = bands();
    struct rule_state state = rule_state_initial();
    unsigned firings = 0;
    for (int today = 0; today < 400; today++) {
        int64_t e4 = (int64_t)((centre + swing * sin(today * 0.31)) * E4);
        int level = limits_level(&limits, value(e4), state.level);
        firings += rule_step(&state, false, level, hold, 20000 + today) == TRANSITION_FIRING;
    }
    return firings;
}

/* 400 days at 0.31 a day are 19.7 swings: the low half comes 19 times, and begins a 20th. */
START_TEST(a_value_that_hovers_on_the_line_fires_once)
{
    struct hold at_once = {0, 0};
    ck_assert_uint_eq(firings_of_a_sine(6.0, 0.25, at_once), 1);
    ck_assert_uint_eq(firings_of_a_sine(6.2, 0.25, at_once), 20);   /* 5.95 to 6.45: real */
    ck_assert_uint_eq(firings_of_a_sine(6.5, 0.25, at_once), 0);
}
END_TEST

START_TEST(a_swing_that_is_shorter_than_the_hold_never_fires)
{
    /* Below 6 for about 10 of 20 days in each swing; the 20th begins on day 395, too
     * late for 8 days to pass before day 400. */
    ck_assert_uint_eq(firings_of_a_sine(6.0, 1.0, (struct hold){0, 0}), 20);
    ck_assert_uint_eq(firings_of_a_sine(6.0, 1.0, (struct hold){8, 0}), 19);
    ck_assert_uint_eq(firings_of_a_sine(6.0, 1.0, (struct hold){15, 0}), 0);
    ck_assert_uint_eq(firings_of_a_sine(6.0, 1.0, (struct hold){0, 30}), 1);
}
END_TEST

START_TEST(every_word_is_there)
{
    ck_assert_str_eq(rule_word(RULE_RUNWAY), "runway");
    ck_assert_str_eq(rule_word(RULE_DEFICIT), "deficit");
    ck_assert_str_eq(rule_word(RULE_PROVISIONAL), "provisional");
    ck_assert_str_eq(rule_word(RULE_COVERAGE), "coverage");
    ck_assert_str_eq(rule_word(RULE_QUIET), "quiet");
    ck_assert_str_eq(rule_word(RULE_RESTATED), "restated");
    ck_assert_str_eq(rule_word(RULE_STATEMENT), "statement");
    ck_assert_ptr_null(rule_word(RULE_END));
    ck_assert_ptr_null(evidence_word(EVIDENCE_END));
    ck_assert_ptr_null(rule_word((enum rule)0));

    static const char *const words[] = {"critical_low", "low", "normal", "high", "excessive"};
    static const char *const severities[] = {"critical", "warning", "none", "warning", "critical"};
    for (int level = LEVEL_CRITICAL_LOW; level <= LEVEL_EXCESSIVE; level++) {
        ck_assert_str_eq(level_word(level), words[level + 2]);
        ck_assert_str_eq(level_severity(level), severities[level + 2]);
    }
    ck_assert_ptr_null(level_word(3));
    ck_assert_ptr_null(level_severity(-3));

    static const char *const transitions[] = {"none", "firing", "changed", "ended", "blind",
                                              "sighted", "acknowledged"};
    for (unsigned i = 0; i < COUNT_OF(transitions); i++)
        ck_assert_str_eq(transition_word((enum transition)i), transitions[i]);
    ck_assert_ptr_null(transition_word((enum transition)COUNT_OF(transitions)));
}
END_TEST

START_TEST(evidence_has_a_word_and_a_unit)
{
    for (unsigned word = 1; word < EVIDENCE_END; word++) {
        /* A number that was given up is not used again. */
        bool used = evidence_word((enum evidence_word)word) != NULL;
        ck_assert_int_eq(evidence_unit((enum evidence_word)word) != NULL, used);
    }
    ck_assert_ptr_null(evidence_word(EVIDENCE_END));
    ck_assert_str_eq(evidence_unit(EVIDENCE_ARREARS), "fen");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("alert");
    TCase *t = tcase_create("limits");
    tcase_add_loop_test(t, a_value_is_at_the_level_that_its_limits_say, 0, COUNT_OF(levels));
    tcase_add_test(t, a_limit_that_is_off_is_never_reached);
    suite_add_tcase(s, t);

    t = tcase_create("step");
    tcase_add_loop_test(t, a_rule_tells_what_its_script_says, 0, COUNT_OF(scripts));
    tcase_add_loop_test(t, evaluating_again_on_the_same_day_changes_nothing, 0,
                        COUNT_OF(scripts));
    tcase_add_test(t, book_days_without_an_evaluation_count_too);
    tcase_add_test(t, a_state_says_since_when);
    tcase_add_test(t, an_acknowledgement_ends_with_its_incident);
    tcase_add_test(t, a_value_that_hovers_on_the_line_fires_once);
    tcase_add_test(t, a_swing_that_is_shorter_than_the_hold_never_fires);
    tcase_add_test(t, every_word_is_there);
    tcase_add_test(t, evidence_has_a_word_and_a_unit);
    suite_add_tcase(s, t);
    return s;
}
