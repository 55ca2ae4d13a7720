/* The report as text, CSV, JSON and a page, from answers as they come over the wire. */
#include <stdlib.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/report_page.h"
#include "consumers/report_text.h"
#include "tests/consumers/canned.h"
#include "tests/suite.h"

static enum language language;

static void print_text(struct fields *f, const json_t *answer, FILE *to)
{
    struct report report;
    report_read(f, answer, language, &report);
    ck_assert_int_eq(report_print(&report, to), 0);
}

static void print_csv(struct fields *f, const json_t *answer, FILE *to)
{
    struct report report;
    report_read(f, answer, language, &report);
    ck_assert_int_eq(report_print_csv(&report, false, to), 0);
}

static void print_csv_file(struct fields *f, const json_t *answer, FILE *to)
{
    struct report report;
    report_read(f, answer, language, &report);
    ck_assert_int_eq(report_print_csv(&report, true, to), 0);
}

static void print_page(struct fields *f, const json_t *answer, FILE *to)
{
    struct report report;
    report_read(f, answer, language, &report);
    report_print_page(&report, to);
}

static void print_json(struct fields *f, const json_t *answer, FILE *to)
{
    struct report report;
    report_read(f, answer, language, &report);
    json_t *json = report_json(&report, answer);
    json_dumpf(json, to, JSON_COMPACT);
    json_decref(json);
}

static json_t *report_of(struct canned_fund fund)
{
    canned_report(canned_begin(), &fund);
    return canned_end();
}

static char *printed(printer *print, struct canned_fund fund)
{
    json_t *answer = report_of(fund);
    char *text = canned_print(print, answer);
    json_decref(answer);
    return text;
}

static void expect_in(printer *print, struct canned_fund fund, const char *expected)
{
    char *text = printed(print, fund);
    ck_assert_msg(strstr(text, expected) != NULL, "\"%s\" is not in\n%.2500s", expected, text);
    free(text);
}

static void expect_not_in(printer *print, struct canned_fund fund, const char *unwanted)
{
    char *text = printed(print, fund);
    ck_assert_msg(strstr(text, unwanted) == NULL, "\"%s\" is in\n%.2500s", unwanted, text);
    free(text);
}

static struct canned_fund fengnan_with(int64_t low, int64_t high)
{
    struct canned_fund fund = fengnan;
    fund.low = low;
    fund.high = high;
    return fund;
}

static void in_english(void)
{
    language = LANGUAGE_EN;
}

/* --- The whole of it. -------------------------------------------------------------- */

/* Line by line, because Check cannot show a whole page. */
static void expect_file(printer *print, struct canned_fund fund, const char *path)
{
    char *text = printed(print, fund), *line = NULL;
    const char *at = text;
    size_t room = 0;
    FILE *from = fopen(path, "r");
    ck_assert_msg(from != NULL, "%s cannot be opened", path);
    for (ssize_t size; (size = getline(&line, &room, from)) > 0; at += size)
        ck_assert_msg(strncmp(at, line, (size_t)size) == 0, "it is\n%.300s\nwhere %s has\n%s", at, path,
                      line);
    ck_assert_msg(at > text && *at == '\0', "%s ends before\n%.300s", path, at);
    fclose(from);
    free(line);
    free(text);
}

/* Zhanjiang's flows, so that there is a provisional part and a runway beyond its band. */
static const struct { enum language language; const char *path; } files[] = {
    { LANGUAGE_ZH, "tests/data/report/zh.txt" },
    { LANGUAGE_EN, "tests/data/report/en.txt" },
};

START_TEST(the_text_is_the_form_the_indicators_and_the_months)
{
    language = files[_i].language;
    expect_file(print_text, zhanjiang, files[_i].path);
}
END_TEST

/* --- One figure in every form. ------------------------------------------------------ */

static const struct { printer *print; const char *closing, *runway, *month, *coverage; } forms[] = {
    { print_text, "26,590.15  ", "8.49 months", "3,772.34 ‡  ", "97.39 %" },
    { print_csv, ",265901500.00,", ",8.49,months,", ",37723400.00,", ",97.39,%," },
    { print_json, "\"closing\":26590150000,", "\"actual\":\"8.49\"", "\"expenditure\":3772340000,",
     "\"97.39\"" },
    { print_page, ">26,590.15<", ">8.49 months<", ">3,772.34<", ">97.39 %<" },
};

START_TEST(the_same_figures_stand_in_every_form)
{
    struct canned_fund fund = fengnan;
    fund.coverage = NULL;
    expect_in(forms[_i].print, fund, forms[_i].closing);
    expect_in(forms[_i].print, fund, forms[_i].runway);
    expect_in(forms[_i].print, fund, forms[_i].month);
    expect_in(forms[_i].print, fund, forms[_i].coverage);
}
END_TEST

/* --- Indicators. -------------------------------------------------------------------- */

static const struct {
    int64_t low, high;
    const char *expected;
} targets[] = {
    { 0, 0, "6–9,met," },                       /* what is not stated is at its default */
    { 84946, 90000, "8.4946–9,not met," },      /* the value is 8.49452… */
    { 84945, 90000, "8.4945–9,met," },
    { 60000, 84900, "6–8.49,not met," },
};

START_TEST(a_runway_meets_its_target_within_the_policys_limits)
{
    expect_in(print_csv, fengnan_with(targets[_i].low, targets[_i].high), targets[_i].expected);
}
END_TEST

START_TEST(what_clearing_would_have_to_add_is_said_above_the_band)
{
    struct canned_fund stated = zhanjiang, off = zhanjiang;
    expect_in(print_csv, zhanjiang, "high; clearing would have to add about 118,594.81 万元 † of");
    off.margin = 205000000;
    expect_in(print_csv, off, "high; clearing would have to add about 118,595 万元 † (± 120 万元, because");
    expect_in(print_csv, off, "\"the balance is derived, and may be off by ± 205.00 万元\"");
    expect_in(print_text, off, "\n  the balance is derived, and may be off by ± 205.00 万元\n");
    stated.derived = false;
    expect_in(print_csv, stated, "high; clearing would have to add 118,594.81 万元 of");
    expect_not_in(print_csv, fengnan, "clearing would");
}
END_TEST

static const struct { printer *print; const char *owed, *received, *unknown, *share; } others[] = {
    { print_text, "12.58 months", "14.20 months", "headcount or due date is missing", "80.52 %" },
    { print_csv, "runway_owed,runway with everything owed,12.58,months,",
      "runway_received,runway with overdue subsidy received,14.20,months,",
      "runway_received,runway with overdue subsidy received,,months,,,not computable,,\"the subsidy's",
      "provisional,provisional share of expenditure,80.52,%," },
    { print_json, "\"code\":\"runway_owed\"", "\"actual\":\"14.20\"", "\"code\":\"runway_received\"",
      "\"actual\":\"80.52\"" },
    { print_page, ">12.58 months<", ">14.20 months<", "headcount or due date is missing",
      "<dd class=\"remark\">80.52 % of expenditure is provisional" },
};

START_TEST(the_runway_stands_in_three_figures_beside_the_provisional_share)
{
    struct canned_fund unknown = zhanjiang;
    unknown.overdue = -1;
    expect_in(others[_i].print, zhanjiang, others[_i].owed);
    expect_in(others[_i].print, zhanjiang, others[_i].received);
    expect_in(others[_i].print, unknown, others[_i].unknown);
    expect_in(others[_i].print, zhanjiang, others[_i].share);
    expect_not_in(others[_i].print, unknown, "14.20");
    expect_not_in(print_csv, unknown, "\"; ");
}
END_TEST

/* Every figure is there, and says why nobody judges it. */
/* Each of these once: a floor of 90 % of what was expected, and history of the fund or of a member. */
START_TEST(what_rests_on_too_little_is_neither_met_nor_not)
{
    static const char *const members[] = { "440802/390", "440803/390" };
    static const struct {
        bool incomplete, importing;
        const char *const *entering;
        const char *en, *zh;
    } cases[] = {
        { true, false, NULL, "too little of what was expected of sources has come",
          "应报数据来源报送不完整" },
        { false, true, NULL, "history is still being entered", "正在录入历史数据" },
        { false, false, members, "the history of a fund that it is made of is still being entered",
          "所含基金正在录入历史数据" },
    };
    struct canned_fund fund = zhanjiang;
    fund.incomplete = cases[_i].incomplete;
    fund.importing = cases[_i].importing;
    fund.entering = cases[_i].entering;
    char *text = printed(print_text, fund), verdict[256];
    ck_assert_ptr_null(strstr(text, " met\n"));
    ck_assert_ptr_null(strstr(text, "not met"));
    snprintf(verdict, sizeof verdict, "21.73 %% †‡       not judged  %s\n", cases[_i].en);
    ck_assert_msg(strstr(text, verdict) != NULL, "\"%s\" is not in\n%s", verdict, text);
    free(text);
    expect_in(print_json, fund, "\"outcome\":\"not_judged\"");
    expect_in(print_csv, fund, ",not judged,");
    expect_in(print_page, fund, "<td class=\"outcome not_judged\"> not judged</td>");
    language = LANGUAGE_ZH;
    expect_in(print_text, fund, "不作判断");
    expect_in(print_text, fund, cases[_i].zh);
    expect_not_in(print_text, fund, "‡  完成");
}
END_TEST

START_TEST(a_place_that_was_merged_has_figures_without_targets)
{
    struct canned_fund fund = zhanjiang;
    fund.merged = true;
    fund.targets = true;
    language = LANGUAGE_EN;
    expect_in(print_csv, fund, "14.08,months,,,no target,derived; provisional,"
                               "\"the place was merged or split, and no rule looks at it\"");
    expect_in(print_csv, fund, ",59.74,%,,,no target,");
    expect_not_in(print_csv, fund, "not met");
    fund.merged = false;
    expect_in(print_csv, fund, ",59.74,%,,≥ 55,met,");
}
END_TEST

static const struct { enum language language; const char *why, *expected; } reasons[] = {
    { LANGUAGE_EN, "no_opening", ",6–9,not computable,,the opening balance is not known,"  },
    { LANGUAGE_ZH, "no_opening", ",6–9,不可计算,,期初结余未知," },
    { LANGUAGE_EN, "too_few_months", ",not computable,,fewer months have ended than are needed," },
    { LANGUAGE_ZH, "money_elsewhere", ",不可计算,,结余由上级统筹管理," },
};

START_TEST(what_is_not_computable_is_said_so_with_the_reason)
{
    struct canned_fund fund = fengnan;
    fund.blind = reasons[_i].why;
    language = reasons[_i].language;
    expect_in(print_csv, fund, reasons[_i].expected);
}
END_TEST

START_TEST(each_ratio_says_its_formula_figures_and_months)
{
    expect_in(print_csv, zhanjiang, "575,231.50 ÷ (490,254.12 ÷ 12) 万元\",\"trailing 12 months: "
                                    "2024-01 to 2024-12, closed months: 12\"");
    expect_in(print_csv, zhanjiang, "(people reported + employees) ÷ resident population = "
                                    "6,847,700 ÷ 7,030,900 people");
}
END_TEST

START_TEST(a_target_of_the_place_is_met_or_not_as_the_daemon_says)
{
    expect_in(print_csv, zhanjiang, "reimbursement:in_policy,fund's part of inpatient cost within "
                                    "policy,65.29,%,,≥ 70,not met,");
    expect_in(print_csv, zhanjiang, "reimbursement:actual,fund's part of inpatient cost,59.74,%,,"
                                    "≥ 55,met,");
    expect_in(print_csv, zhanjiang, "inpatient cost = 2,873,900.00 ÷ 4,810,679.00 万元");
    expect_not_in(print_csv, fengnan, "reimbursement");
    language = LANGUAGE_ZH;
    expect_in(print_text, zhanjiang, "政策范围内住院费用基金支付比例");
}
END_TEST

static const struct { printer *print; enum language language; const char *unknown, *known; } gates[] = {
    { print_text, LANGUAGE_EN, "  ≥ 3 conditions  ", "  ≥ 3 conditions  2 conditions   not met" },
    { print_text, LANGUAGE_ZH, "  ≥ 3 项  ", "  ≥ 3 项    2 项         未完成" },
    { print_csv, LANGUAGE_EN, ",,conditions,,≥ 3,not computable,", ",2,conditions,,≥ 3,not met," },
    { print_csv, LANGUAGE_ZH, ",,项,,≥ 3,不可计算,", ",2,项,,≥ 3,未完成," },
    { print_json, LANGUAGE_EN, "\"≥ 3\",\"actual\":\"\",\"unit\":\"conditions\"",
      "\"≥ 3\",\"actual\":\"2\",\"unit\":\"conditions\"" },
    { print_json, LANGUAGE_ZH, "\"≥ 3\",\"actual\":\"\",\"unit\":\"项\"",
      "\"≥ 3\",\"actual\":\"2\",\"unit\":\"项\"" },
    { print_page, LANGUAGE_EN, ">≥ 3 conditions<", ">2 conditions<" },
    { print_page, LANGUAGE_ZH, ">≥ 3 项<", ">2 项<" },
};

START_TEST(a_gate_counts_conditions_whether_it_can_be_judged_or_not)
{
    struct canned_fund fund = fengnan;
    language = gates[_i].language;
    fund.gate = "too_few_months";
    expect_in(gates[_i].print, fund, gates[_i].unknown);
    fund.gate = "";
    expect_in(gates[_i].print, fund, gates[_i].known);
}
END_TEST

START_TEST(what_hospitals_were_paid_too_much_is_a_remark)
{
    struct canned_fund fund = fengnan;
    expect_in(print_csv, fund, "owed to hospitals: 0.00 万元 recognised, 0.00 万元 not yet\",");
    fund.overpaid = 43218900;
    expect_in(print_csv, fund, "0.00 万元 not yet; paid beyond what was owed: 43.22 万元\",");
}
END_TEST

START_TEST(the_execution_of_a_budget_is_a_target_on_either_side)
{
    struct canned_fund fund = fengnan;
    fund.budget = true;
    expect_in(print_csv, fund, "budget:2024-expenditure,execution of the budget (expenditure of 2024),"
                               "101.20,%,,≤ 100,not met,");
    expect_in(print_csv, fund, "budget:2024-I24,\"execution of the budget (county subsidy, 2024)\","
                               "47.36,%,,≥ 40,met,");
    expect_in(print_csv, fund, "moved so far ÷ foreseen for the year");
    language = LANGUAGE_ZH;
    expect_in(print_text, fund, "预算执行率（2024年度支出）");
    expect_in(print_text, fund, "预算执行率（2024年度县（区）级财政补贴收入）");
}
END_TEST

START_TEST(a_budget_of_which_nothing_is_expected_yet_has_no_target)
{
    struct canned_fund fund = fengnan;
    fund.coming = true;
    expect_in(print_csv, fund,
              "budget:2025-income,execution of the budget (income of 2025),0.00,%,,,no target,");
}
END_TEST

/* --- Marks. ------------------------------------------------------------------------ */

START_TEST(how_complete_the_sources_are_stands_above_every_form)
{
    expect_in(print_csv, zhanjiang, "report,expected_sources,expected sources,50,");
    expect_in(print_csv, zhanjiang, "report,silent_sources,silent sources,2,");
    expect_in(print_csv, zhanjiang, "report,complete_month,completeness of the month,96.00,%,");
    expect_in(print_csv, zhanjiang, "report,complete_year,completeness of the year,98.20,%,");
    expect_in(print_page, zhanjiang, "<p class=\"facts\">completeness: 96.00 % of 50 expected sources");
    expect_in(print_json, zhanjiang, "hospital-07");
    expect_not_in(print_csv, fengnan, "complete");
    expect_not_in(print_text, fengnan, "complete");
    expect_not_in(print_page, fengnan, "completeness");
}
END_TEST

START_TEST(figures_that_rest_on_nothing_doubtful_are_not_marked)
{
    struct canned_fund fund = fengnan;
    fund.derived = false;
    expect_in(print_csv, fund, "subsidy_received,2023:county,county,29420000.00,yuan,,,,,");
    expect_in(print_csv, fund, "subsidy_heads,2023:county,county,123371,heads,,,,,");
    expect_in(print_csv, fund, "opening,opening balance,247330400.00,yuan,,,,,,,\r\n");
}
END_TEST

START_TEST(a_derived_balance_marks_what_rests_on_it)
{
    expect_in(print_csv, fengnan, "opening,opening balance,247330400.00,yuan,,,,derived,,,\r\n");
    expect_in(print_text, fengnan, "8.49 months †  ");
    expect_in(print_text, fengnan, "\n† derived: ");
}
END_TEST

START_TEST(provisional_expenditure_marks_its_line_and_the_balance)
{
    expect_in(print_csv, fengnan, "E11,inpatient,279024900.00,yuan,200000.00,,,provisional,,,\r\n");
    expect_in(print_csv, fengnan, "E2,catastrophic insurance,27470500.00,yuan,,,,,,,\r\n");
    expect_in(print_csv, fengnan,
              "closing,this year's balance,265901500.00,yuan,,,,derived; provisional,,,\r\n");
}
END_TEST

START_TEST(a_month_is_marked_as_its_year_is)
{
    expect_in(print_csv, fengnan, "month_expenditure,2024-12,expenditure,37723400.00,yuan,18861700.00,,,"
                                  "provisional,,,\r\n");
    expect_in(print_csv, fengnan, "month_balance,2024-12,month-end balance,265901500.00,yuan,,,,"
                                  "derived; provisional,,,\r\n");
    expect_in(print_page, fengnan, ">3,772.34<span class=\"mark\" title=\"provisional\">‡</span></td>");
    expect_in(print_page, fengnan,
              ">26,590.15<span class=\"mark\" title=\"derived; provisional\">†‡</span></td></tr>");
    struct canned_fund fund = fengnan;
    fund.derived = false;
    expect_in(print_text, fund, "3,131.57 ‡");
    expect_in(print_text, fund, "26,542.49 ‡");
}
END_TEST

START_TEST(without_an_opening_balance_there_is_no_balance_and_no_curve)
{
    struct canned_fund fund = fengnan;
    fund.has_opening = false;
    fund.derived = false;
    fund.blind = "no_opening";
    expect_in(print_csv, fund, "closing,this year's balance,,yuan,");
    expect_not_in(print_csv, fund, "month_balance");
    expect_in(print_page, fund, "so no balance is drawn");
    expect_not_in(print_page, fund, "<polyline");
}
END_TEST

START_TEST(a_month_that_has_not_ended_says_up_to_when)
{
    struct canned_fund fund = fengnan;
    fund.as_of = 20241215;
    expect_in(print_text, fund, "2024-12 (to 2024-12-15)  ");
    expect_in(print_text, fund, "balance so far");
    language = LANGUAGE_ZH;
    expect_in(print_text, fund, "2024-12（至 2024-12-15）");
}
END_TEST

/* --- Subsidies and the budget. ------------------------------------------------------- */

/* The province's due and received, and the banner's arrears of an earlier year, in every form. */
static const struct { printer *print; const char *due, *share, *late, *execution; } subsidy_forms[] = {
    { print_text, "  197,505.85†  204,715.66   103.65 %†", "  92.29 %†", "  245.91†  2023-12-31",
     "  47.36 %†" },
    { print_csv, "subsidy_due,2024:province,province,1975058453.25,",
      "subsidy_share,2023:county,county,92.29,%,,,,derived",
      "subsidy_late_older,2023:county,county,2459066.40,yuan,,,,derived",
      "budget_execution,2023:I24,county subsidy,47.36,%,,,,derived" },
    { print_json, "\"due\":197505845325", "\"share\":\"92.29\"", "\"arrears\":[0,0,245906640]",
      "\"execution\":\"47.36\"" },
    { print_page, ">197,505.85<", ">92.29 %<", ">245.91<", ">47.36 %<" },
};

START_TEST(subsidies_and_the_budget_stand_in_every_form)
{
    expect_in(subsidy_forms[_i].print, fengnan, subsidy_forms[_i].due);
    expect_in(subsidy_forms[_i].print, fengnan, subsidy_forms[_i].share);
    expect_in(subsidy_forms[_i].print, fengnan, subsidy_forms[_i].late);
    expect_in(subsidy_forms[_i].print, fengnan, subsidy_forms[_i].execution);
}
END_TEST

static const struct { enum language language; const char *expected; } subsidy_notes[] = {
    { LANGUAGE_EN, "subsidy_due,2024:city,city,,yuan,,,,,\"no headcount of a group with a rule of its own; "
                   "students of colleges run by the province: borne by province; "
                   "first area by itself, 1,000 people: a lump sum of 2,192.33 万元\"," },
    { LANGUAGE_ZH, "subsidy_due,2024:city,市级,,元,,,,,\"未上报其中单列人群的人数；省属高校学生的部分由省级负担；"
                   "单列地区一1,000人定额 2,192.33 万元\"," },
    { LANGUAGE_EN, "subsidy_due,2024:all,all levels,3587306300.00,yuan," },
    { LANGUAGE_ZH, "subsidy_due,2024:all,各级合计,3587306300.00,元," },
};

START_TEST(what_is_otherwise_or_not_known_of_a_subsidy_is_said)
{
    language = subsidy_notes[_i].language;
    expect_in(print_csv, fengnan, subsidy_notes[_i].expected);
}
END_TEST

/* Of a fund without an opening balance and any line of money nobody knows what came in and went out. */
static json_t *report_without_money(void)
{
    struct canned_fund fund = fengnan;
    fund.has_opening = false;
    json_t *answer = report_of(fund);
    json_object_set_new(answer, "lines", json_array());
    return answer;
}

START_TEST(where_no_money_is_reported_none_is_known_to_have_moved)
{
    json_t *answer = report_without_money();
    char *csv = canned_print(print_csv, answer), *text = canned_print(print_text, answer);
    char *page = canned_print(print_page, answer);
    ck_assert_ptr_nonnull(strstr(csv, "total,income,total income,,yuan,"));
    ck_assert_ptr_nonnull(strstr(csv, "total,surplus,surplus of the year,,yuan,"));
    ck_assert_ptr_nonnull(strstr(csv, "subsidy_received,2024:city,city,,yuan,"));
    ck_assert_ptr_nonnull(strstr(csv, "subsidy_received,2024:province,province,2047156600.00,yuan,"));
    ck_assert_ptr_null(strstr(csv, "month_income"));
    ck_assert_ptr_nonnull(strstr(text, "No income, expenditure or balance is reported"));
    ck_assert_ptr_null(strstr(text, "2024-11"));
    ck_assert_ptr_nonnull(strstr(page, "No income, expenditure or balance is reported"));
    ck_assert_ptr_null(strstr(page, "section class=\"form\""));
    ck_assert_ptr_null(strstr(page, "rect class=\"income\" x"));
    free(csv);
    free(text);
    free(page);
    json_decref(answer);
}
END_TEST

/* Of one that has income and no line of expenditure: what went out is as unknown as its balance. */
START_TEST(a_side_without_a_line_is_not_known_without_a_balance)
{
    struct canned_fund fund = fengnan;
    fund.has_opening = fund.derived = false;
    json_t *answer = report_of(fund), *lines = json_object_get(answer, "lines");
    for (size_t i = json_array_size(lines); i-- > 0;)
        if (json_string_value(json_object_get(json_array_get(lines, i), "account"))[0] == 'E')
            json_array_remove(lines, i);
    char *csv = canned_print(print_csv, answer), *text = canned_print(print_text, answer);
    ck_assert_ptr_nonnull(strstr(csv, "total,income,total income,394203500.00,yuan,"));
    ck_assert_ptr_nonnull(strstr(csv, "total,expenditure,total expenditure,,yuan,"));
    ck_assert_ptr_nonnull(strstr(csv, "total,surplus,surplus of the year,,yuan,"));
    ck_assert_ptr_nonnull(strstr(csv, "month_income,2024-11,income,"));
    ck_assert_ptr_null(strstr(csv, "month_expenditure"));
    ck_assert_ptr_nonnull(strstr(text, "  2024-11    140.22     not known"));
    free(csv);
    free(text);
    json_decref(answer);
}
END_TEST

/* --- The insured, what they pay, and what people call things. ----------------------------- */

static const struct { printer *print; const char *reported, *together; } insured_forms[] = {
    { print_text, "people reported                   2,461,500   2,483,855†  -22,355†     -0.90 %†",
      "residents and employees together  4,203,400\n" },
    { print_csv, "insured_last_year,reported,people reported,2483855,heads,,,,derived,",
      "insured,together,residents and employees together,4203400,heads," },
    { print_json, "\"heads\":2461500,\"derived\":false,\"note\":\"\",\"last_year\":2483855,"
                  "\"last_year_derived\":true,\"change_share\":\"-0.90\"", "\"heads\":4203400" },
    { print_page, ">2,483,855<span class=\"mark\"", ">4,203,400<" },
};

START_TEST(the_insured_stand_beside_those_of_a_year_ago)
{
    expect_in(insured_forms[_i].print, zhanjiang, insured_forms[_i].reported);
    expect_in(insured_forms[_i].print, zhanjiang, insured_forms[_i].together);
}
END_TEST

static const struct { printer *print; const char *expected; } contradictions[] = {
    { print_text, "the groups of 2024-06-30 to 2024-09-30 together; the total of 2024-01-31 is 2,500,000" },
    { print_csv, "\"the groups of 2024-06-30 to 2024-09-30 together; the total of 2024-01-31 is 2,500,000" },
    { print_json, "\"note\":\"the groups of 2024-06-30 to 2024-09-30 together; the total" },
    { print_page, "<td class=\"note\">the groups of 2024-06-30 to 2024-09-30 together; the total" },
};

START_TEST(what_contradicts_a_count_stands_beside_it)
{
    struct canned_fund fund = zhanjiang;
    fund.counted = CANNED_GROUPS;
    expect_in(contradictions[_i].print, fund, contradictions[_i].expected);
}
END_TEST

static json_t *policy_with(json_t *answer, const char *key, const char *json)
{
    json_t *value = json_loads(json, 0, NULL);
    ck_assert_ptr_nonnull(value);
    json_object_set_new(json_object_get(answer, "policy"), key, value);
    return answer;
}

static void expect_of(printer *print, json_t *answer, const char *expected)
{
    char *text = canned_print(print, answer);
    json_decref(answer);
    ck_assert_msg(strstr(text, expected) != NULL, "\"%s\" is not in\n%.2500s", expected, text);
    free(text);
}

static const struct { enum language language; const char *coverage, *expected; } labels[] = {
    { LANGUAGE_ZH, "[{\"name\":\"resident\",\"zh\":\"综合口径\"}]", "参保率（综合口径）" },
    { LANGUAGE_EN, "[{\"name\":\"resident\",\"en\":\"all of them\"}]", "coverage (all of them)" },
    { LANGUAGE_EN, "[{\"name\":\"resident\",\"zh\":\"综合口径\"}]", "coverage (of resident population)" },
    { LANGUAGE_ZH, "[]", "参保率（常住人口口径）" },
};

START_TEST(a_coverage_is_called_as_the_policy_says_or_as_usual)
{
    language = labels[_i].language;
    expect_of(print_csv, policy_with(report_of(zhanjiang), "coverage", labels[_i].coverage),
              labels[_i].expected);
}
END_TEST

static const struct { const char *coverage, *expected; } stated[] = {
    { "[{\"name\":\"resident\",\"stated\":[{\"year\":2024,\"outcome\":\"not_met\"}]}]",
      ",not computable,,no population is stated; the fund says that it was not met," },
    { "[{\"name\":\"resident\",\"stated\":[{\"year\":2024,\"outcome\":\"met\"}]}]",
      ",not computable,,no population is stated; the fund says that it was met," },
    { "[{\"name\":\"resident\",\"stated\":[{\"year\":2023,\"outcome\":\"met\"}]}]",
      ",not computable,,no population is stated," },
};

START_TEST(what_a_fund_says_of_a_coverage_stands_where_nothing_is_computable)
{
    expect_of(print_csv, policy_with(report_of(fengnan), "coverage", stated[_i].coverage),
              stated[_i].expected);
    expect_of(print_csv, policy_with(report_of(zhanjiang), "coverage", stated[_i].coverage),
              ",97.39,%,,≥ 95,met,derived,,");
}
END_TEST

#define FEES "[{\"year\":2024,\"per_head\":38000},{\"year\":2025,\"per_head\":40000}]"
#define BUDGET "[{\"year\":2023,\"category\":\"county\",\"amount\":1,\"heads\":143269,\"per_head\":47000}]"

static const struct { printer *print; const char *key, *json, *expected; } made_from[] = {
    { print_text, "fee_standards", FEES, "  2024            380.00                610.00  990.00\n"
                                         "  2025            400.00             not known\n" },
    { print_csv, "fee_standards", FEES, "fee_per_head,2025,\"fee, yuan a head\",400.00,yuan," },
    { print_page, "fee_standards", FEES, ">380.00<" },
    { print_text, "budget", BUDGET, "         143,269       470.00  6,733.64  " },
    { print_csv, "budget", BUDGET, "budget_heads,2023:I24,county subsidy,143269,heads," },
    { print_page, "budget", BUDGET, ">143,269<" },
};

START_TEST(what_is_paid_for_a_person_and_what_a_budget_was_made_from_is_shown)
{
    expect_of(made_from[_i].print, policy_with(report_of(fengnan), made_from[_i].key, made_from[_i].json),
              made_from[_i].expected);
}
END_TEST

START_TEST(duplicates_taken_off_a_headcount_are_named)
{
    expect_in(print_text, fengnan, "2023 county: heads as of 2024-06-30; less duplicates: "
              "6,467 within the province, 9,373 beyond it (139,211 before)");
}
END_TEST

START_TEST(a_figure_that_no_rule_looks_at_has_neither_target_nor_verdict)
{
    struct canned_fund fund = fengnan;
    fund.no_target = true;
    expect_in(print_csv, fund, "net_loss,net loss of insured over a year,3.62,%,,,no target,derived,,");
    expect_in(print_csv, fund, "= 220,978 ÷ 6,101,808 people");
}
END_TEST

START_TEST(a_fund_without_standards_and_budget_has_no_such_tables)
{
    json_t *answer = report_of(fengnan);
    json_object_set_new(answer, "subsidy", json_array());
    json_object_set_new(answer, "budget", json_array());
    json_object_set_new(json_object_get(answer, "subsidy_whole"), "per_head", json_integer(0));
    char *text = canned_print(print_text, answer), *page = canned_print(print_page, answer);
    ck_assert_ptr_null(strstr(text, "due and received"));
    ck_assert_ptr_null(strstr(text, "Execution of the budget"));
    ck_assert_ptr_null(strstr(page, "class=\"subsidies\""));
    ck_assert_ptr_null(strstr(page, "class=\"budget\""));
    free(text);
    free(page);
    json_decref(answer);
}
END_TEST

/* --- CSV and the page. --------------------------------------------------------------- */

START_TEST(csv_has_a_header_and_quotes_where_they_must_be)
{
    char *text = printed(print_csv, fengnan);
    ck_assert(strstr(text,
                     "section,code,item,value,unit,provisional,target,met,marks,note,formula,base\r\n") ==
                         text);
    ck_assert_ptr_nonnull(strstr(text,
                                 "\r\nexpenditure,E12,\"outpatient, undivided\",67491400.00,yuan,10000.00,"));
    ck_assert_ptr_null(strstr(text, "─"));
    free(text);
}
END_TEST

START_TEST(csv_for_a_spreadsheet_begins_with_a_byte_order_mark)
{
    language = LANGUAGE_ZH;
    char *text = printed(print_csv_file, fengnan);
    ck_assert_int_eq(strncmp(text, "\xef\xbb\xbf类别,", strlen("\xef\xbb\xbf类别,")), 0);
    free(text);
}
END_TEST

START_TEST(what_comes_from_outside_is_escaped_in_the_page)
{
    struct canned_fund fund = fengnan;
    fund.fund = "<script>alert('1')</script>&\"/390";
    expect_not_in(print_page, fund, "<script");
    expect_in(print_page, fund, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;/390");
}
END_TEST

static const char *const outside[] = { "http://", "https://", "src=", "href=", "@import", "<script" };

START_TEST(the_page_fetches_nothing)
{
    expect_not_in(print_page, zhanjiang, outside[_i]);
}
END_TEST

START_TEST(a_chart_says_in_words_what_it_shows)
{
    language = LANGUAGE_ZH;
    expect_in(print_page, zhanjiang, "<title id=\"balance-title\">月末滚存结余</title>\n<desc id=\"balance-desc\">"
                                     "2024-11 为 26,542.49 万元，2024-12 为 575,231.50 万元。");
    expect_in(print_page, zhanjiang, "6–9 个月支付额（按月均支出 40,854.51 万元）");
}
END_TEST

/* --- Answers that lack something. ---------------------------------------------- */

static const char *const needed[] = {
    "fund", "year", "as_of", "opening", "derived_figures", "lines", "income", "expenditure", "surplus",
    "closing", "status", "months", "policy", "subsidy", "subsidy_whole", "budget",
};

static void read_only(struct fields *f, const json_t *answer, FILE *)
{
    struct report report;
    report_read(f, answer, language, &report);
}

START_TEST(an_answer_that_lacks_a_field_is_not_shown_as_if_it_were_zero)
{
    char fault[96];
    json_t *answer = report_of(fengnan);
    json_object_del(answer, needed[_i]);
    canned_fault(read_only, answer, fault);
    ck_assert_msg(strncmp(fault, needed[_i], strlen(needed[_i])) == 0, "%s", fault);
    json_decref(answer);
}
END_TEST

static const struct { const char *key; int64_t value; } absurd[] = {
    { "year", 0 }, { "year", INT64_MAX }, { "as_of", 0 }, { "as_of", 20241301 },
};

START_TEST(a_date_that_is_none_is_a_fault)
{
    char fault[96];
    json_t *answer = report_of(fengnan);
    json_object_set_new(answer, absurd[_i].key, json_integer(absurd[_i].value));
    canned_fault(read_only, answer, fault);
    ck_assert_msg(strncmp(fault, absurd[_i].key, strlen(absurd[_i].key)) == 0, "%s", fault);
    json_decref(answer);
}
END_TEST

START_TEST(months_are_those_of_the_year_in_their_order)
{
    char fault[96];
    json_t *answer = report_of(fengnan), *month = json_array_get(json_object_get(answer, "months"), _i);
    json_object_set_new(month, "month", json_integer(_i == 0 ? 202412 : 202501));
    canned_fault(read_only, answer, fault);
    ck_assert_str_eq(fault, "month is not the next one of the year");
    json_decref(answer);
}
END_TEST

START_TEST(more_months_or_definitions_than_there_can_be_are_a_fault)
{
    char fault[96];
    json_t *answer = report_of(fengnan), *months = json_object_get(answer, "months");
    for (int i = 0; i < 12; i++)
        json_array_append_new(months, json_deep_copy(json_array_get(months, 0)));
    canned_fault(read_only, answer, fault);
    ck_assert_str_eq(fault, "months is not a list of the length that it may have");
    json_decref(answer);
}
END_TEST

static const struct { const char *list, *fault; } lists[] = {
    { "subsidy", "subsidy is not a list of the length that it may have" },
    { "budget", "budget is not a list of the length that it may have" },
};

START_TEST(more_subsidies_or_budget_lines_than_there_can_be_are_a_fault)
{
    char fault[96];
    json_t *answer = report_of(fengnan), *list = json_object_get(answer, lists[_i].list);
    for (int i = 0; i < REPORT_BUDGET_MAX; i++)
        json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
    canned_fault(read_only, answer, fault);
    ck_assert_str_eq(fault, lists[_i].fault);
    json_decref(answer);
}
END_TEST

static const struct { const char *list, *key; json_int_t value; const char *fault; } items[] = {
    { "subsidy", "year", 0, "year is not a year" },
    { "subsidy", "oldest", 20241301, "oldest is not a date" },
    { "subsidy", "arrears", 1, "arrears is not a list" },
    { "budget", "year", 9999, "year is not a year" },
    { "budget", "account", 1, "account is not a text" },
};

START_TEST(an_item_that_is_none_is_a_fault)
{
    char fault[96];
    json_t *answer = report_of(fengnan), *item = json_array_get(json_object_get(answer, items[_i].list), 0);
    json_object_set_new(item, items[_i].key, json_integer(items[_i].value));
    canned_fault(read_only, answer, fault);
    ck_assert_str_eq(fault, items[_i].fault);
    json_decref(answer);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, (int)(sizeof(table) / sizeof(table)[0]))

static void add_figures(TCase *t)
{
    LOOP(t, the_text_is_the_form_the_indicators_and_the_months, files);
    LOOP(t, the_same_figures_stand_in_every_form, forms);
    LOOP(t, a_runway_meets_its_target_within_the_policys_limits, targets);
    LOOP(t, the_runway_stands_in_three_figures_beside_the_provisional_share, others);
    tcase_add_test(t, what_clearing_would_have_to_add_is_said_above_the_band);
    tcase_add_loop_test(t, what_rests_on_too_little_is_neither_met_nor_not, 0, 3);
    tcase_add_test(t, a_place_that_was_merged_has_figures_without_targets);
    LOOP(t, what_is_not_computable_is_said_so_with_the_reason, reasons);
    tcase_add_test(t, each_ratio_says_its_formula_figures_and_months);
    tcase_add_test(t, a_target_of_the_place_is_met_or_not_as_the_daemon_says);
    tcase_add_test(t, the_execution_of_a_budget_is_a_target_on_either_side);
    tcase_add_test(t, a_budget_of_which_nothing_is_expected_yet_has_no_target);
    tcase_add_test(t, how_complete_the_sources_are_stands_above_every_form);
    tcase_add_test(t, figures_that_rest_on_nothing_doubtful_are_not_marked);
    tcase_add_test(t, a_derived_balance_marks_what_rests_on_it);
    tcase_add_test(t, provisional_expenditure_marks_its_line_and_the_balance);
    tcase_add_test(t, a_month_is_marked_as_its_year_is);
    tcase_add_test(t, without_an_opening_balance_there_is_no_balance_and_no_curve);
    tcase_add_test(t, a_month_that_has_not_ended_says_up_to_when);
}

static void add_forms(TCase *t)
{
    tcase_add_test(t, csv_has_a_header_and_quotes_where_they_must_be);
    tcase_add_test(t, csv_for_a_spreadsheet_begins_with_a_byte_order_mark);
    tcase_add_test(t, what_comes_from_outside_is_escaped_in_the_page);
    LOOP(t, the_page_fetches_nothing, outside);
    LOOP(t, subsidies_and_the_budget_stand_in_every_form, subsidy_forms);
    LOOP(t, what_is_otherwise_or_not_known_of_a_subsidy_is_said, subsidy_notes);
    tcase_add_test(t, where_no_money_is_reported_none_is_known_to_have_moved);
    tcase_add_test(t, a_fund_without_standards_and_budget_has_no_such_tables);
    tcase_add_test(t, a_side_without_a_line_is_not_known_without_a_balance);
    LOOP(t, what_contradicts_a_count_stands_beside_it, contradictions);
    LOOP(t, the_insured_stand_beside_those_of_a_year_ago, insured_forms);
    LOOP(t, a_coverage_is_called_as_the_policy_says_or_as_usual, labels);
    LOOP(t, what_a_fund_says_of_a_coverage_stands_where_nothing_is_computable, stated);
    LOOP(t, what_is_paid_for_a_person_and_what_a_budget_was_made_from_is_shown, made_from);
    tcase_add_test(t, duplicates_taken_off_a_headcount_are_named);
    LOOP(t, a_gate_counts_conditions_whether_it_can_be_judged_or_not, gates);
    tcase_add_test(t, what_hospitals_were_paid_too_much_is_a_remark);
    tcase_add_test(t, a_figure_that_no_rule_looks_at_has_neither_target_nor_verdict);
    tcase_add_test(t, a_chart_says_in_words_what_it_shows);
    LOOP(t, an_answer_that_lacks_a_field_is_not_shown_as_if_it_were_zero, needed);
    LOOP(t, a_date_that_is_none_is_a_fault, absurd);
    tcase_add_loop_test(t, months_are_those_of_the_year_in_their_order, 0, 2);
    LOOP(t, more_subsidies_or_budget_lines_than_there_can_be_are_a_fault, lists);
    LOOP(t, an_item_that_is_none_is_a_fault, items);
    tcase_add_test(t, more_months_or_definitions_than_there_can_be_are_a_fault);
}

Suite *suite(void)
{
    Suite *s = suite_create("report");
    TCase *t = tcase_create("report");
    tcase_add_checked_fixture(t, in_english, NULL);
    add_figures(t);
    add_forms(t);
    suite_add_tcase(s, t);
    return s;
}
