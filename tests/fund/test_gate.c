/* The three conditions for prepaying hospitals. */
#include "fund/gate.h"
#include "fund/rule.h"
#include "tests/fund/past.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct indicator months(int64_t e4)
{
    return (struct indicator){.value = {e4, E4, 1}};
}

static struct position year_with(const char *income, const char *expenditure)
{
    struct position p = {.months = 12};
    p.closed.fen[ACCOUNT_I11] = -wan(income).fen;
    p.closed.fen[ACCOUNT_E11] = wan(expenditure).fen;
    return p;
}

#define OPEN    GATE_OPEN
#define SHUT    GATE_SHUT
#define UNKNOWN GATE_NOT_COMPUTABLE

static const struct {
    int64_t months_e4;              /* -1: not computable */
    const char *income;             /* of last year, against 100; NULL: not computable */
    const char *ahead;              /* of each coming month, against 100; NULL: not computable */
    enum gate_answer runway, last_year, ahead_answer, together;
} gates[] = {
    {6 * E4,     "100", "100", OPEN, OPEN, OPEN, OPEN},      /* at the limits themselves */
    {6 * E4 - 1, "100", "100", SHUT, OPEN, OPEN, SHUT},
    {6 * E4, "99.999999", "100", OPEN, SHUT, OPEN, SHUT},
    {6 * E4, "100", "99.999999", OPEN, OPEN, SHUT, SHUT},
    {-1, "100", "100", UNKNOWN, OPEN, OPEN, UNKNOWN},
    {6 * E4, NULL, "100", OPEN, UNKNOWN, OPEN, UNKNOWN},
    {6 * E4, "100", NULL, OPEN, OPEN, UNKNOWN, UNKNOWN},
    {-1, "100", "99", UNKNOWN, OPEN, SHUT, SHUT},           /* shut is known in any case */
    {5 * E4, NULL, NULL, SHUT, UNKNOWN, UNKNOWN, SHUT},
};

START_TEST(the_gate_opens_when_all_three_are_met)
{
    struct indicator runway = months(gates[_i].months_e4);
    if (gates[_i].months_e4 < 0)
        runway.why = NC_NO_OPENING;
    struct position last_year = {.months = 11};
    if (gates[_i].income != NULL)
        last_year = year_with(gates[_i].income, "100");
    struct past past = {.balance = wan("1000")};
    for (unsigned year = 0; year < 2 && gates[_i].ahead != NULL; year++)
        add_year(&past, gates[_i].ahead, "100");
    struct outlook outlook = look_ahead(&past);

    struct gate_rule terms = policy_default().gate;
    struct gate gate = gate_judge(&terms, false, runway, &last_year, &outlook);
    ck_assert_int_eq(gate.conditions[GATE_RUNWAY].answer, gates[_i].runway);
    ck_assert_int_eq(gate.conditions[GATE_LAST_YEAR].answer, gates[_i].last_year);
    ck_assert_int_eq(gate.conditions[GATE_AHEAD].answer, gates[_i].ahead_answer);
    ck_assert_int_eq(gate.answer, gates[_i].together);
    for (unsigned i = 0; i < GATE_CONDITIONS; i++)
        ck_assert_int_eq(gate.conditions[i].why != COMPUTABLE,
                         gate.conditions[i].answer == UNKNOWN);
}
END_TEST

START_TEST(the_gate_names_what_it_does_not_know)
{
    struct position last_year = {.months = 11};
    struct past past = {0};
    struct outlook outlook = look_ahead(&past);
    struct gate_rule terms = policy_default().gate;
    struct gate gate = gate_judge(&terms, false, (struct indicator){.why = NC_NO_OPENING},
                                  &last_year, &outlook);
    ck_assert_int_eq(gate.conditions[GATE_RUNWAY].why, NC_NO_OPENING);
    ck_assert_int_eq(gate.conditions[GATE_LAST_YEAR].why, NC_TOO_FEW_MONTHS);
    ck_assert_int_eq(gate.conditions[GATE_AHEAD].why, NC_TOO_LITTLE_HISTORY);
}
END_TEST

START_TEST(the_gate_looks_at_the_latest_years_growth)
{
    /* Central ends at +0; grown as last year, expenditure outruns income. */
    struct past past = {.balance = wan("1000")};
    add_year(&past, "110", "100");
    add_year(&past, "110", "110");
    struct outlook outlook = look_ahead(&past);
    struct position last_year = year_with("110", "110");
    struct gate_rule terms = policy_default().gate;
    terms.years = 0;
    struct gate gate = gate_judge(&terms, false, months(6 * E4), &last_year, &outlook);
    ck_assert_int_eq(gate.answer, GATE_OPEN);
    ck_assert_int_eq(gate.conditions[GATE_AHEAD].value.num, 0);
    terms.years = 1;
    gate = gate_judge(&terms, false, months(6 * E4), &last_year, &outlook);
    ck_assert_int_eq(gate.answer, GATE_SHUT);
    ck_assert_int_eq(gate.conditions[GATE_AHEAD].value.num, wan("-132").fen);
}
END_TEST

START_TEST(a_gate_that_looks_at_more_years_finds_the_worst_of_them)
{
    /* Level in the end, but two years ago expenditure had doubled. */
    struct past past = {.balance = wan("1000")};
    add_year(&past, "100", "50");
    add_year(&past, "100", "100");
    add_year(&past, "100", "100");
    struct outlook outlook = look_ahead(&past);
    struct position last_year = year_with("100", "100");
    struct gate_rule terms = policy_default().gate;
    struct gate gate = gate_judge(&terms, false, months(6 * E4), &last_year, &outlook);
    ck_assert_int_eq(gate.answer, GATE_OPEN);
    terms.years = 2;
    gate = gate_judge(&terms, false, months(6 * E4), &last_year, &outlook);
    ck_assert_int_eq(gate.answer, GATE_SHUT);
    terms.years = OUTLOOK_YEARS_MAX;        /* more than there are */
    gate = gate_judge(&terms, false, months(6 * E4), &last_year, &outlook);
    ck_assert_int_eq(gate.conditions[GATE_AHEAD].value.num, wan("-1200").fen);
}
END_TEST

START_TEST(a_gate_that_is_shut_asks_for_where_its_limits_are_left)
{
    struct past past = {.balance = wan("1000")};
    add_year(&past, "101", "100");
    add_year(&past, "101", "100");
    struct outlook outlook = look_ahead(&past);
    struct position last_year = year_with("101", "100");
    struct gate_rule rule = {.months = {6 * E4, 7 * E4}, .surplus = {0, 100}};
    ck_assert_int_eq(gate_judge(&rule, false, months(6 * E4), &last_year, &outlook).answer, GATE_OPEN);
    ck_assert_int_eq(gate_judge(&rule, true, months(7 * E4 - 1), &last_year, &outlook).answer, GATE_SHUT);
    ck_assert_int_eq(gate_judge(&rule, true, months(7 * E4), &last_year, &outlook).answer, GATE_OPEN);
    rule.surplus.leave_e4 = 101;
    struct gate gate = gate_judge(&rule, true, months(7 * E4), &last_year, &outlook);
    ck_assert_int_eq(gate.conditions[GATE_LAST_YEAR].answer, GATE_SHUT);
    ck_assert_int_eq(gate.conditions[GATE_AHEAD].answer, GATE_SHUT);
}
END_TEST

START_TEST(the_rule_counts_the_conditions_that_are_met)
{
    struct policy policy = policy_default();
    struct gate gate = {.answer = GATE_OPEN};
    ck_assert(!rule_gate(&policy, &gate).limits.low_on);
    policy.gate.on = true;
    struct reading reading = rule_gate(&policy, &gate);
    ck_assert_int_eq(limits_level(&reading.limits, reading.indicator.value, 0), LEVEL_HEALTHY);
    gate = (struct gate){.answer = GATE_SHUT, .conditions[GATE_AHEAD] = {GATE_SHUT, COMPUTABLE, {-1, 1, 1}},
                         .conditions[GATE_RUNWAY] = {GATE_NOT_COMPUTABLE, NC_NO_OPENING, {0}}};
    reading = rule_gate(&policy, &gate);
    ck_assert_int_eq(reading.indicator.value.num, 1);
    ck_assert_int_eq(limits_level(&reading.limits, reading.indicator.value, 0), LEVEL_LOW);
    gate.answer = GATE_NOT_COMPUTABLE;
    ck_assert_int_eq(rule_gate(&policy, &gate).indicator.why, NC_NO_OPENING);
    ck_assert_str_eq(rule_word(RULE_GATE), "gate");
    ck_assert_str_eq(rule_audience(RULE_GATE, LEVEL_LOW), "finance");
}
END_TEST

START_TEST(the_gate_has_words)
{
    ck_assert_str_eq(gate_condition_word(GATE_RUNWAY), "runway");
    ck_assert_str_eq(gate_condition_word(GATE_LAST_YEAR), "last_year");
    ck_assert_str_eq(gate_condition_word(GATE_AHEAD), "ahead");
    ck_assert_ptr_null(gate_condition_word(GATE_CONDITIONS));
    ck_assert_str_eq(gate_answer_word(GATE_OPEN), "open");
    ck_assert_str_eq(gate_answer_word(GATE_SHUT), "shut");
    ck_assert_str_eq(gate_answer_word(GATE_NOT_COMPUTABLE), "not_computable");
    ck_assert_ptr_null(gate_answer_word((enum gate_answer)(GATE_NOT_COMPUTABLE + 1)));
}
END_TEST

START_TEST(the_gate_says_of_an_outlook_why_there_is_none)
{
    static const struct { enum outlook_known known; enum not_computable why; } rows[] = {
        {OUTLOOK_TOO_LITTLE_HISTORY, NC_TOO_LITTLE_HISTORY}, {OUTLOOK_NO_BALANCE, NC_NO_OPENING},
        {OUTLOOK_NO_INCOME, NC_NO_INCOME}, {OUTLOOK_NO_EXPENDITURE, NC_NO_EXPENDITURE},
        {OUTLOOK_OVERFLOW, NC_OVERFLOW},
    };
    struct position last_year = year_with("100", "100");
    struct gate_rule terms = policy_default().gate;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outlook outlook = {.known = rows[i].known};
        struct gate gate = gate_judge(&terms, false, months(6 * E4), &last_year, &outlook);
        ck_assert_int_eq(gate.conditions[GATE_AHEAD].answer, GATE_NOT_COMPUTABLE);
        ck_assert_int_eq(gate.conditions[GATE_AHEAD].why, rows[i].why);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("gate");
    TCase *t = tcase_create("gate");
    tcase_add_loop_test(t, the_gate_opens_when_all_three_are_met, 0, COUNT_OF(gates));
    tcase_add_test(t, the_gate_names_what_it_does_not_know);
    tcase_add_test(t, the_gate_looks_at_the_latest_years_growth);
    tcase_add_test(t, a_gate_that_looks_at_more_years_finds_the_worst_of_them);
    tcase_add_test(t, a_gate_that_is_shut_asks_for_where_its_limits_are_left);
    tcase_add_test(t, the_rule_counts_the_conditions_that_are_met);
    tcase_add_test(t, the_gate_has_words);
    tcase_add_test(t, the_gate_says_of_an_outlook_why_there_is_none);
    suite_add_tcase(s, t);
    return s;
}
