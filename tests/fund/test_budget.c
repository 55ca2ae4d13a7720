/* The execution of a budget: what its instances are, and what of it is an alert. */
#include <string.h>

#include "fund/budget.h"
#include "fund/rule.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct rule_state state;

static void setup(void)
{
    state = rule_state_initial();
}

static struct policy budgeting(enum execution_by by)
{
    struct policy p = policy_default();
    p.execution.on = true;
    p.execution.by = (uint8_t)by;
    p.budget_count = 5;
    p.budget[0] = (struct budget_line){.year = 2024, .category = CATEGORY_PERSONAL, .amount = {700}};
    p.budget[1] = (struct budget_line){.year = 2024, .category = CATEGORY_INPATIENT, .amount = {1000}};
    p.budget[2] = (struct budget_line){.year = 2024, .category = CATEGORY_CENTRAL, .amount = {300}};
    p.budget[3] = (struct budget_line){.year = 2024, .category = CATEGORY_OTHER_EXPENDITURE, .amount = {0}};
    p.budget[4] = (struct budget_line){.year = 2025, .category = CATEGORY_PERSONAL, .amount = {50}};
    ck_assert_ptr_null(policy_check(&p));
    return p;
}

static const struct amount executed[POLICY_BUDGET_MAX] = {{600}, {900}, {200}, {101}, {7}};

START_TEST(a_side_has_the_lines_of_its_year_that_the_budget_names)
{
    static const struct { const char *name; int64_t foreseen, executed; } sides[] = {
        {"2024-income", 1000, 800}, {"2024-expenditure", 1000, 1001}, {"2025-income", 50, 7},
    };
    struct policy p = budgeting(EXECUTION_BY_SIDE);
    struct budget_item items[POLICY_BUDGET_MAX];
    char name[BUDGET_NAME_SIZE];
    ck_assert_uint_eq(budget_items(&p, executed, items), COUNT_OF(sides));
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        ck_assert_str_eq(budget_name(&items[i], name), sides[i].name);
        ck_assert_int_eq(items[i].foreseen.fen, sides[i].foreseen);
        ck_assert_int_eq(items[i].executed.fen, sides[i].executed);
    }
}
END_TEST

START_TEST(by_line_each_is_by_itself)
{
    static const char *const names[] = {"2024-I11", "2024-E11", "2024-I21", "2024-E3", "2025-I11"};
    struct policy p = budgeting(EXECUTION_BY_LINE);
    struct budget_item items[POLICY_BUDGET_MAX];
    char name[BUDGET_NAME_SIZE];
    ck_assert_uint_eq(budget_items(&p, executed, items), COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_str_eq(budget_name(&items[i], name), names[i]);
    ck_assert_int_eq(items[1].executed.fen, 900);
    ck_assert(items[1].is_expenditure && !items[2].is_expenditure);
    p.execution.on = false;
    ck_assert_uint_eq(budget_items(&p, executed, items), 0);
}
END_TEST

START_TEST(a_subsidy_is_what_a_government_pays_by_a_standard)
{
    for (unsigned category = CATEGORY_FEES; category < CATEGORY_END; category++) {
        struct budget_line line = {.category = (uint8_t)category};
        if (event_category_word(category) != NULL)
            ck_assert_int_eq(budget_is_subsidy(&line),
                             category == CATEGORY_CENTRAL || category == CATEGORY_PROVINCE
                             || category == CATEGORY_CITY || category == CATEGORY_COUNTY);
    }
}
END_TEST

START_TEST(what_a_line_has_moved_is_in_its_own_direction_and_with_what_is_provisional)
{
    struct lines lines = {0};
    lines.fen[ACCOUNT_I11] = -70;
    lines.fen[ACCOUNT_E11] = 60;
    lines.fen[account_provisional(ACCOUNT_E11)] = 5;
    ck_assert_int_eq(budget_moved(&(struct budget_line){.category = CATEGORY_PERSONAL}, &lines).fen, 70);
    ck_assert_int_eq(budget_moved(&(struct budget_line){.category = CATEGORY_INPATIENT}, &lines).fen, 65);
}
END_TEST

START_TEST(the_months_of_a_year_are_those_that_have_ended)
{
    static const struct { int32_t day; unsigned months; } rows[] = {
        {20231231, 0}, {20240101, 0}, {20240130, 0}, {20240131, 1}, {20240228, 1}, {20240229, 2},
        {20241230, 11}, {20241231, 12}, {20250101, 12}, {20300101, 12}, {20200101, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_uint_eq(budget_months(2024, day(rows[i].day)), rows[i].months);
}
END_TEST

static struct reading moved(bool is_expenditure, int64_t share_e4, int32_t ymd)
{
    struct policy p = budgeting(EXECUTION_BY_SIDE);
    struct budget_item item = {
        .year = 2024, .is_expenditure = is_expenditure, .foreseen = {E4}, .executed = {share_e4},
    };
    return rule_budget(&p, &item, 2024 * 12, day(ymd));
}

static void tells(struct reading reading, int32_t ymd, enum transition told)
{
    ck_assert_int_eq(rule_evaluate(&state, &reading, day(ymd)), told);
}

/* Half a year: 50 %, less 10 behind. */
START_TEST(income_is_behind_beyond_a_tenth_of_the_year_and_never_over)
{
    static const struct { int64_t share; int32_t day; enum transition told; } rows[] = {
        {0, 20240530, TRANSITION_NONE},                     /* before half a year nobody asks */
        {4000, 20240630, TRANSITION_NONE},  {3999, 20240701, TRANSITION_FIRING},
        {4001, 20240702, TRANSITION_NONE},  {4499, 20240703, TRANSITION_NONE},
        {4500, 20240704, TRANSITION_ENDED}, {4500, 20240730, TRANSITION_NONE},
        {4833, 20240731, TRANSITION_NONE},                  /* 58.33 % */
        {4832, 20240731, TRANSITION_FIRING},
        {20000, 20241231, TRANSITION_ENDED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tells(moved(false, rows[i].share, rows[i].day), rows[i].day, rows[i].told);
}
END_TEST

START_TEST(expenditure_is_over_beyond_its_budget_from_the_first_day_on)
{
    static const struct { int64_t share; int32_t day; enum transition told; int level; } rows[] = {
        {10000, 20240101, TRANSITION_NONE, 0}, {10001, 20240102, TRANSITION_FIRING, LEVEL_HIGH},
        {10000, 20240103, TRANSITION_ENDED, 0}, {3999, 20240629, TRANSITION_NONE, 0},
        {3999, 20240630, TRANSITION_FIRING, LEVEL_LOW}, {10001, 20240701, TRANSITION_CHANGED, LEVEL_HIGH},
        {10000, 20241231, TRANSITION_ENDED, 0}, {8999, 20250630, TRANSITION_FIRING, LEVEL_LOW},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tells(moved(true, rows[i].share, rows[i].day), rows[i].day, rows[i].told);
        ck_assert_int_eq(state.level, rows[i].level);
    }
}
END_TEST

START_TEST(ejin_horo_s_subsidy_is_behind_where_a_policy_asks_and_a_figure_where_none_does)
{
    struct policy p = policy_default();
    p.budget_count = 1;
    p.budget[0] = (struct budget_line){.year = 2021, .category = CATEGORY_COUNTY,
                                       .amount = {INT64_C(6733643000)}};
    struct amount paid[POLICY_BUDGET_MAX] = {{INT64_C(3188742000)}};
    struct budget_item items[POLICY_BUDGET_MAX];
    ck_assert_uint_eq(budget_items(&p, paid, items), 0);
    p.execution.on = true;
    ck_assert_uint_eq(budget_items(&p, paid, items), 1);
    struct reading reading = rule_budget(&p, &items[0], 2021 * 12, day(20211231));
    ck_assert_int_eq(ratio_round(reading.indicator.value, 4), 4736);
    tells(reading, 20211231, TRANSITION_FIRING);
    ck_assert_int_eq(state.level, LEVEL_LOW);
}
END_TEST

START_TEST(a_year_that_has_not_begun_is_not_due)
{
    ck_assert_int_eq(moved(true, 5, 20231231).indicator.why, NC_BEFORE_DEADLINE);
    ck_assert_int_eq(moved(false, 5, 20231231).indicator.why, NC_BEFORE_DEADLINE);
}
END_TEST

START_TEST(what_cannot_be_measured_is_said)
{
    struct policy p = budgeting(EXECUTION_BY_SIDE);
    struct budget_item item = {.year = 2024, .is_expenditure = true, .executed = {5}};
    ck_assert_int_eq(rule_budget(&p, &item, 2024 * 12, day(20240630)).indicator.why, NC_NO_BUDGET);
    item.foreseen.fen = 5;
    ck_assert_int_eq(rule_budget(&p, &item, 2024 * 12 + 1, day(20240630)).indicator.why,
                     NC_TOO_FEW_MONTHS);
    item.overflowed = true;
    ck_assert_int_eq(rule_budget(&p, &item, 2024 * 12, day(20240630)).indicator.why, NC_OVERFLOW);
}
END_TEST

START_TEST(a_sum_beyond_64_bits_is_marked)
{
    struct policy p = budgeting(EXECUTION_BY_SIDE);
    struct amount beyond[POLICY_BUDGET_MAX] = {{INT64_MAX}, {1}, {1}};
    struct budget_item items[POLICY_BUDGET_MAX];
    budget_items(&p, beyond, items);
    ck_assert(items[0].overflowed && !items[1].overflowed);
}
END_TEST

START_TEST(it_has_a_word_and_a_reader)
{
    ck_assert_str_eq(rule_word(RULE_BUDGET), "budget");
    ck_assert_str_eq(rule_audience(RULE_BUDGET, LEVEL_HIGH), "finance");
    ck_assert_str_eq(rule_audience(RULE_BUDGET, LEVEL_LOW), "finance");
}
END_TEST

static void bad_by(struct policy *p)     { p->execution.by = 3; }
static void bad_from(struct policy *p)   { p->execution.from = 13; }
static void no_from(struct policy *p)    { p->execution.from = 0; }
static void behind_leave(struct policy *p) { p->execution.behind.leave_e4 = 1001; }
static void behind_all(struct policy *p) { p->execution.behind.enter_e4 = E4 + 1; }
static void over_less(struct policy *p)  { p->execution.over.leave_e4 = E4 - 1; }
static void over_leave(struct policy *p) { p->execution.over.leave_e4 = E4 + 1; }
static void bad_hold(struct policy *p)   { p->execution.hold.enter_days = 367; }

static const struct {
    void (*spoil)(struct policy *);
    const char *word;
} spoils[] = {
    {bad_by, "by side or by line"}, {bad_from, "1 to 12 months"}, {no_from, "1 to 12 months"},
    {behind_leave, "behind"}, {behind_all, "behind"}, {over_less, "exceeded"},
    {over_leave, "exceeded"}, {bad_hold, "hold"},
};

START_TEST(what_is_wrong_with_the_section_is_said_in_a_sentence)
{
    struct policy p = budgeting(EXECUTION_BY_SIDE);
    spoils[_i].spoil(&p);
    const char *wrong = policy_check(&p);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, spoils[_i].word) != NULL, "said: %s", wrong);
    p.execution.on = false;
    ck_assert_ptr_null(policy_check(&p));
}
END_TEST

START_TEST(a_budget_beyond_64_bits_is_marked)
{
    struct policy p = budgeting(EXECUTION_BY_SIDE);
    struct budget_item items[POLICY_BUDGET_MAX];
    p.budget[0].amount = p.budget[2].amount = fen(INT64_MAX);
    budget_items(&p, executed, items);
    ck_assert(items[0].overflowed);
    ck_assert(!items[1].overflowed);
}
END_TEST

START_TEST(subsidies_of_each_level_are_subsidies_and_nothing_else_is)
{
    struct budget_line line = {.year = 2024};
    for (unsigned category = 0; category < CATEGORY_END; category++) {
        line.category = (uint8_t)category;
        bool of_a_level = category == CATEGORY_CENTRAL || category == CATEGORY_PROVINCE
                       || category == CATEGORY_CITY || category == CATEGORY_COUNTY;
        ck_assert_int_eq(budget_is_subsidy(&line), of_a_level);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("budget");
    TCase *t = tcase_create("budget");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_side_has_the_lines_of_its_year_that_the_budget_names);
    tcase_add_test(t, by_line_each_is_by_itself);
    tcase_add_test(t, a_subsidy_is_what_a_government_pays_by_a_standard);
    tcase_add_test(t, what_a_line_has_moved_is_in_its_own_direction_and_with_what_is_provisional);
    tcase_add_test(t, the_months_of_a_year_are_those_that_have_ended);
    tcase_add_test(t, income_is_behind_beyond_a_tenth_of_the_year_and_never_over);
    tcase_add_test(t, expenditure_is_over_beyond_its_budget_from_the_first_day_on);
    tcase_add_test(t, ejin_horo_s_subsidy_is_behind_where_a_policy_asks_and_a_figure_where_none_does);
    tcase_add_test(t, a_year_that_has_not_begun_is_not_due);
    tcase_add_test(t, what_cannot_be_measured_is_said);
    tcase_add_test(t, a_sum_beyond_64_bits_is_marked);
    tcase_add_test(t, it_has_a_word_and_a_reader);
    tcase_add_loop_test(t, what_is_wrong_with_the_section_is_said_in_a_sentence, 0, COUNT_OF(spoils));
    tcase_add_test(t, a_budget_beyond_64_bits_is_marked);
    tcase_add_test(t, subsidies_of_each_level_are_subsidies_and_nothing_else_is);
    suite_add_tcase(s, t);
    return s;
}
