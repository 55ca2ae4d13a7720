/* What people see of status, from answers as they come over the wire. */
#include <stdlib.h>
#include <string.h>

#include "consumers/status.h"
#include "tests/consumers/canned.h"
#include "tests/suite.h"

static json_t *status_of(const struct canned_fund *fund)
{
    struct writer *w = canned_begin();
    write_array(w, 1);
    canned_status(w, fund);
    return canned_end();
}

static void print_en(struct fields *f, const json_t *json, FILE *to)
{
    status_print(f, json, LANGUAGE_EN, to);
}

static void print_zh(struct fields *f, const json_t *json, FILE *to)
{
    status_print(f, json, LANGUAGE_ZH, to);
}

static char *take(printer *print, json_t *json)
{
    char *text = canned_print(print, json);
    json_decref(json);
    return text;
}

static void expect_text(printer *print, json_t *json, const char *expected)
{
    char *text = take(print, json);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void expect_in(printer *print, json_t *json, const char *expected)
{
    char *text = take(print, json);
    ck_assert_msg(strstr(text, expected) != NULL, "\"%s\" is not in\n%s", expected, text);
    free(text);
}

static void expect_not_in(printer *print, json_t *json, const char *unwanted)
{
    char *text = take(print, json);
    ck_assert_msg(strstr(text, unwanted) == NULL, "\"%s\" is in\n%s", unwanted, text);
    free(text);
}

START_TEST(a_fund_with_everything_is_shown_whole)
{
    expect_text(print_en, status_of(&zhanjiang),
        "440800/390  books at 2024-12-31  policy 3\n"
        "  completeness  96.00 % of 50 expected sources in the month, 98.20 % in the year; 2 silent: "
        "registry (52 missed, none in the year), hospital-07 (3 missed, last 2024-12-28)\n"
        "  balance       575,231.50 万元 †\n"
        "  runway        14.08 months † (12 closed months, trailing_12), high; "
        "80.52 % † of expenditure is provisional\n"
        "                12.58 months † with everything owed (in the balance 120,000.00 万元, beside it "
        "30,000.00 万元)\n"
        "                14.20 months † with overdue subsidy received (5,000.00 万元)\n"
        "  surplus       21.73 % † (income − expenditure) ÷ expenditure\n"
        "  insured       2,461,500 reported, 1,741,900 employees\n"
        "  coverage      resident 2022 (reported_and_employees ÷ resident): 97.39 % †, "
        "target 95.00 %, due 2022-12-31, met\n"
        "  targets       reimbursement in_policy: 65.29 %, target 70.00 %, NOT met\n"
        "                reimbursement actual: 59.74 %, target 55.00 %, met\n"
        "  alerts        runway high (warning) since 2022-12-31, incident 7\n"
        "\n"
        "† derived: computed, in whole or in part, from other figures, and not stated by anybody\n");
}
END_TEST

START_TEST(a_total_and_groups_that_contradict_each_other_are_both_shown)
{
    struct canned_fund fund = zhanjiang;
    fund.counted = CANNED_GROUPS;
    expect_in(print_en, status_of(&fund),
        "  insured       2,461,500 reported: the groups of 2024-06-30 to 2024-09-30 together; the total of "
        "2024-01-31 is 2,500,000, which contradicts them\n");
    expect_in(print_zh, status_of(&fund),
        "报告参保 2,461,500 人：为 2024-06-30 至 2024-09-30 分组上报之和；与 2024-01-31 上报的总数 2,500,000 人不符\n");
    fund.counted = CANNED_TOTAL;
    expect_in(print_en, status_of(&fund),
        "2,461,500 reported: the total of 2024-01-31; the groups of 2024-06-30 to 2024-09-30 come to "
        "2,461,501, which contradicts it\n");
    fund.counted = CANNED_AGREES;
    expect_not_in(print_en, status_of(&fund), "contradict");
}
END_TEST

START_TEST(without_a_runway_there_are_no_others)
{
    struct canned_fund fund = zhanjiang;
    fund.blind = "no_opening";
    expect_not_in(print_en, status_of(&fund), "with everything owed");
    fund = zhanjiang;
    fund.overdue = -1;
    expect_in(print_en, status_of(&fund),
              "with overdue subsidy received: not computable: the subsidy's standard");
}
END_TEST

static const struct word_case {
    struct canned_fund fund;
    const char *expected;
} word_cases[] = {
    { { .fund = "130207/390", .level = "normal", .blind = "no_opening", .expenditure = 1 },
      "runway        not computable: " },
    { { .fund = "130207/390", .level = "normal", .blind = "no_opening", .expenditure = 1 },
      "provisional share not computable: " },
    { { .fund = "130207/390", .level = "normal", .blind = "no_opening", .expenditure = 1 },
      "balance       not known: there is no opening balance" },
    { { .fund = "130207/390", .level = "normal", .blind = "too_few_months", .expenditure = 1 },
      "alerts        runway blind: " },
    { { .fund = "130207/390", .level = "low", .blind = "too_few_months", .expenditure = 1 },
      "alerts        runway low (warning) since 2022-12-31, incident 7, blind: " },
    { { .fund = "130207/390", .level = "normal", .expenditure = 1, .coverage = "no_denominator" },
      "resident 2022 (reported_and_employees ÷ resident): not computable: " },
    { { .fund = "130207/390", .level = "critical_low", .has_opening = true, .balance = 250,
        .expenditure = 1200 },
      "2.50 months (12 closed months, trailing_12), critical low; 0.00 % of expenditure is provisional" },
    { { .fund = "130207/390", .level = "normal", .has_opening = true, .balance = 7, .expenditure = 12 },
      "alerts        none" },
    { { .fund = "130207/390", .level = "low", .has_opening = true, .balance = 50, .expenditure = 120,
        .expected = true, .incomplete = true },
      "incident 7, blind: too little of what was expected of sources has come\n"
      "                completeness low (warning)" },
};

START_TEST(figures_of_a_place_that_was_merged_are_neither_met_nor_not)
{
    struct canned_fund fund = zhanjiang;
    fund.merged = true;
    fund.targets = true;
    expect_not_in(print_en, status_of(&fund), ", met");
    expect_not_in(print_en, status_of(&fund), "NOT met");
    expect_in(print_en, status_of(&fund), "97.39 % †, target 95.00 %, due 2022-12-31, "
                                          "the place was merged or split, and no rule looks at it\n");
    expect_in(print_en, status_of(&fund), "merged into 440800/390 from 2024-07-01 on");
}
END_TEST

static const char *const entering[] = { "440802/390", "440803/390" };

START_TEST(members_whose_history_is_being_entered_are_named)
{
    struct canned_fund fund = fengnan;
    fund.entering = entering;
    expect_in(print_en, status_of(&fund), "  importing     a member is importing: 440802/390, 440803/390; "
                                          "no rule is judged until that is done\n");
    expect_in(print_zh, status_of(&fund), "正在录入 440802/390、440803/390 的历史数据");
    expect_in(print_en, status_of(&fund),
              "trailing_12), the history of a fund that it is made of is still being entered; ");
}
END_TEST

START_TEST(a_rule_that_is_blind_for_its_members_says_so)
{
    struct canned_fund fund = { .fund = "440800/390", .level = "low", .has_opening = true, .balance = 50,
                                .expenditure = 120, .incomplete = true, .entering = entering };
    expect_in(print_en, status_of(&fund),
              "incident 7, blind: the history of a fund that it is made of is still being entered\n");
    expect_in(print_en, status_of(&fund), ", low before it went blind; ");
}
END_TEST

/* Its rules stand as they did before, and judge nothing of what is there now. */
START_TEST(while_history_is_being_entered_nothing_is_judged)
{
    struct canned_fund fund = zhanjiang;
    fund.importing = true;
    fund.level = "normal";
    expect_in(print_en, status_of(&fund), "trailing_12), history is still being entered; 80.52 %");
    expect_in(print_en, status_of(&fund), "target 95.00 %, due 2022-12-31, history is still being entered\n");
    expect_not_in(print_en, status_of(&fund), ", met");
    expect_not_in(print_en, status_of(&fund), "NOT met");
    expect_in(print_en, status_of(&fund), "  alerts        none\n");
    fund.level = "critical_low";
    expect_in(print_en, status_of(&fund), "trailing_12), critical low before history was entered; ");
    expect_in(print_en, status_of(&fund), "incident 7, blind: history is still being entered\n");
    expect_in(print_zh, status_of(&fund), "，严重偏低（录入历史数据之前）；");
    expect_in(print_zh, status_of(&fund), "事件 7，无法判断：正在录入历史数据\n");
}
END_TEST

START_TEST(where_too_little_has_come_no_target_is_met_or_not)
{
    struct canned_fund fund = zhanjiang;
    fund.incomplete = true;
    expect_in(print_en, status_of(&fund),
              "target 95.00 %, due 2022-12-31, too little of what was expected of sources has come\n");
    expect_not_in(print_en, status_of(&fund), ", met");
    expect_not_in(print_en, status_of(&fund), "NOT met");
}
END_TEST

/* The limits are 6 and 6.3 months, and a surplus of 0 and of 1 %. */
START_TEST(a_runway_or_surplus_that_reads_like_a_limit_has_more_decimals)
{
    struct canned_fund fund = { .fund = "130207/390", .level = "low", .has_opening = true,
                                .balance = 599999999, .expenditure = 1200000000, .income = 1199999999,
                                .provisional = 600000001 };
    expect_in(print_en, status_of(&fund), "5.99999999 months (12 closed months");
    expect_in(print_en, status_of(&fund), "  surplus       -0.0000001 % (income");
    expect_in(print_en, status_of(&fund), "; 50.0000001 % of expenditure is provisional");
    fund.balance = 600000000;
    fund.income = 1212000001;
    fund.provisional = 600000000;
    expect_in(print_zh, status_of(&fund), "6.00 个月（");
    expect_in(print_zh, status_of(&fund), "1.0000001 % ");
    expect_in(print_zh, status_of(&fund), "支出中预付数占 50.00 %");
    fund.balance = 629999999;
    expect_in(print_en, status_of(&fund), "6.29999999 months (12 closed months");
}
END_TEST

START_TEST(the_usual_definitions_of_coverage_have_names_in_chinese)
{
    struct canned_fund fund = zhanjiang;
    fund.label = NULL;
    expect_in(print_zh, status_of(&fund), "常住人口口径，2022 年度，即");
    fund.label = "常住人口参保率";
    expect_in(print_zh, status_of(&fund), "常住人口参保率，2022 年度，即");
}
END_TEST

START_TEST(what_is_not_known_is_said_in_words)
{
    expect_in(print_en, status_of(&word_cases[_i].fund), word_cases[_i].expected);
}
END_TEST

START_TEST(what_a_government_owes_is_listed)
{
    struct canned_fund fund = fengnan;
    expect_not_in(print_en, status_of(&fund), "\n  subsidy");
    fund.late = true;
    expect_in(print_en, status_of(&fund), "  subsidy       2023 county: 245.91 † 万元 late since 2023-12-31 "
                                              "(due 3,187.91 †, received 2,942.00)\n");
}
END_TEST

START_TEST(before_the_deadline_coverage_is_neither_met_nor_not)
{
    struct canned_fund fund = fengnan;
    fund.coverage = "before_deadline";
    expect_not_in(print_en, status_of(&fund), "met");
}
END_TEST

START_TEST(while_the_next_year_is_collected_for_its_coverage_so_far_stands_beside_it)
{
    struct canned_fund fund = fengnan;
    expect_not_in(print_en, status_of(&fund), "so far");
    fund.collecting = true;
    expect_in(print_en, status_of(&fund), "; 2023 so far: 60.00 %\n");
    expect_in(print_zh, status_of(&fund), "；2023 年度目前 60.00 %\n");
}
END_TEST

START_TEST(a_figure_that_no_rule_looks_at_has_no_target)
{
    struct canned_fund fund = fengnan;
    fund.no_target = true;
    expect_in(print_en, status_of(&fund), "  targets       net_loss: 3.62 % †, no target\n");
}
END_TEST

START_TEST(a_net_loss_says_why_it_has_no_alert_of_its_own)
{
    struct canned_fund fund = fengnan;
    fund.losing = true;
    expect_in(print_en, status_of(&fund), "  targets       net_loss: 3.62 %, at most 1.00 %, NOT met "
                                          "(no alert of its own while a coverage is below its target)\n");
    expect_in(print_zh, status_of(&fund), "未完成（有参保率低于目标期间不另发预警）\n");
}
END_TEST

START_TEST(what_hospitals_were_paid_too_much_is_said)
{
    struct canned_fund fund = fengnan;
    expect_not_in(print_en, status_of(&fund), "beyond");
    fund.overpaid = 43218900;
    expect_in(print_en, status_of(&fund), "beside it 0.00 万元); paid beyond what was owed: 43.22 万元\n");
    expect_in(print_zh, status_of(&fund), "；已付超出应付 43.22 万元\n");
}
END_TEST

START_TEST(what_is_coming_is_told_as_what_it_is)
{
    struct canned_fund fund = zhanjiang;
    fund.targets = false;
    fund.coming = true;
    expect_in(print_en, status_of(&fund),
              "  targets       next year's enrolment behind last year's pace: 98.33 %, "
              "at most 5.00 %, NOT met\n"
              "                budget 2025-income: 0.00 %, no target\n");
    expect_in(print_zh, status_of(&fund), "下年度参保进度落后率：98.33 %，不超过 5.00 %，未完成\n");
}
END_TEST

START_TEST(figures_that_were_stated_are_not_marked)
{
    struct canned_fund fund = fengnan;
    fund.derived = false;
    expect_not_in(print_en, status_of(&fund), "†");
}
END_TEST

START_TEST(reversals_that_wait_are_counted)
{
    struct canned_fund fund = fengnan;
    expect_not_in(print_en, status_of(&fund), "unmatched");
    fund.unmatched = 1234;
    expect_in(print_en, status_of(&fund), "  unmatched     reversals whose original has not come: 1,234; "
                                          "fundwatch unmatched --fund 130207/390 lists them\n");
    expect_in(print_zh, status_of(&fund), "  待配冲销      1,234 笔冲销的原记录尚未到达");
    expect_not_in(print_en, status_of(&fund), "do not fit");
}
END_TEST

START_TEST(reversals_that_do_not_fit_are_counted)
{
    struct canned_fund fund = fengnan;
    fund.misfits = 2;
    expect_in(print_en, status_of(&fund),
              "  unmatched     reversals that do not fit their original and undo nothing: 2; "
              "fundwatch unmatched --fund 130207/390 says why\n");
    expect_in(print_zh, status_of(&fund), "  待配冲销      2 笔冲销与已到达的原记录不符");
    expect_not_in(print_en, status_of(&fund), "has not come");
}
END_TEST

START_TEST(a_fund_is_shown_whole_in_chinese)
{
    expect_text(print_zh, status_of(&zhanjiang),
        "440800/390  账簿截至 2024-12-31  规则版本 3\n"
        "  报送完整率    应报来源 50 个，近一月 96.00%，近一年 98.20%；未报 2 个："
        "registry（漏报 52 次，一年内未报）、hospital-07（漏报 3 次，最近 2024-12-28）\n"
        "  滚存结余      575,231.50 万元 †\n"
        "  可支付月数    14.08 个月 †（12 个已结束月份，近12个月），偏高；支出中预付数占 80.52 % †\n"
        "                12.58 个月 †，计入全部应付未付（已列支 120,000.00 万元，未列支 30,000.00 万元）\n"
        "                14.20 个月 †，计入逾期未到位补助（5,000.00 万元）\n"
        "  近12月结余率  21.73 % † （收入 − 支出）÷ 支出\n"
        "  参保人数      报告参保 2,461,500 人，职工 1,741,900 人\n"
        "  参保率        常住人口口径，2022 年度，即（上报参保人数＋职工参保人数）÷ 常住人口：97.39 % †，目标 95.00 %，"
        "考核时点 2022-12-31，完成\n"
        "  其他目标      报销比例 政策范围内：65.29 %，目标 70.00 %，未完成\n"
        "                报销比例 实际：59.74 %，目标 55.00 %，完成\n"
        "  预警          可支付月数 偏高（警告），自 2022-12-31 起，事件 7\n"
        "\n"
        "† 推算：全部或部分由其他数字推算得出，并非任何一方填报\n");
}
END_TEST

START_TEST(no_fund_is_said_so)
{
    write_array(canned_begin(), 0);
    expect_text(print_en, canned_end(), "There is no fund there: a fund exists from its first policy.\n");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("status");
    TCase *t = tcase_create("status");
    tcase_add_test(t, a_fund_with_everything_is_shown_whole);
    tcase_add_test(t, a_total_and_groups_that_contradict_each_other_are_both_shown);
    tcase_add_test(t, without_a_runway_there_are_no_others);
    tcase_add_loop_test(t, what_is_not_known_is_said_in_words, 0, sizeof word_cases / sizeof word_cases[0]);
    tcase_add_test(t, figures_of_a_place_that_was_merged_are_neither_met_nor_not);
    tcase_add_test(t, members_whose_history_is_being_entered_are_named);
    tcase_add_test(t, a_rule_that_is_blind_for_its_members_says_so);
    tcase_add_test(t, while_history_is_being_entered_nothing_is_judged);
    tcase_add_test(t, where_too_little_has_come_no_target_is_met_or_not);
    tcase_add_test(t, a_runway_or_surplus_that_reads_like_a_limit_has_more_decimals);
    tcase_add_test(t, the_usual_definitions_of_coverage_have_names_in_chinese);
    tcase_add_test(t, what_a_government_owes_is_listed);
    tcase_add_test(t, before_the_deadline_coverage_is_neither_met_nor_not);
    tcase_add_test(t, while_the_next_year_is_collected_for_its_coverage_so_far_stands_beside_it);
    tcase_add_test(t, a_figure_that_no_rule_looks_at_has_no_target);
    tcase_add_test(t, a_net_loss_says_why_it_has_no_alert_of_its_own);
    tcase_add_test(t, what_hospitals_were_paid_too_much_is_said);
    tcase_add_test(t, what_is_coming_is_told_as_what_it_is);
    tcase_add_test(t, figures_that_were_stated_are_not_marked);
    tcase_add_test(t, reversals_that_wait_are_counted);
    tcase_add_test(t, reversals_that_do_not_fit_are_counted);
    tcase_add_test(t, a_fund_is_shown_whole_in_chinese);
    tcase_add_test(t, no_fund_is_said_so);
    suite_add_tcase(s, t);
    return s;
}
