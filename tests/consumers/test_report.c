/* What people see of status and report, from answers as they come over the wire. */
#include <stdlib.h>
#include <string.h>

#include "consumers/report.h"
#include "consumers/status.h"
#include "tests/consumers/canned.h"
#include "tests/suite.h"

static json_t *policy;

static void print_report(struct fields *f, const json_t *json, FILE *to)
{
    report_print(f, json, policy, to);
}

static void print_csv(struct fields *f, const json_t *json, FILE *to)
{
    report_print_csv(f, json, policy, to);
}

static json_t *status_of(const struct canned_fund *fund)
{
    struct writer *w = canned_begin();
    write_array(w, 1);
    canned_status(w, fund);
    return canned_end();
}

static json_t *report_of(const struct canned_fund *fund)
{
    canned_report(canned_begin(), fund);
    return canned_end();
}

static void use_policy(int64_t low, int64_t high)
{
    canned_policy(canned_begin(), low, high);
    policy = canned_end();
}

static void teardown(void)
{
    json_decref(policy);
    policy = NULL;
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

/* --- Status. ------------------------------------------------------------------- */

START_TEST(a_fund_with_everything_is_shown_whole)
{
    expect_text(status_print, status_of(&zhanjiang),
        "440800/390  books at 2024-12-31  policy 3\n"
        "  balance       575,231.50 万元 †\n"
        "  runway        14.08 months † (12 closed months, trailing_12), high; "
        "80.52 % of expenditure is provisional\n"
        "  surplus       21.73 % (income − expenditure) ÷ expenditure\n"
        "  coverage      resident (reported_and_employees ÷ resident): 97.39 %, "
        "target 95.00 %, due 12-31, met\n"
        "  alerts        runway high (warning) since 2022-12-31, incident 7\n"
        "\n"
        "† derived: rests on an opening balance that was computed from other figures, "
        "not stated by anybody\n");
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
      "resident (reported_and_employees ÷ resident): not computable: " },
    { { .fund = "130207/390", .level = "critical_low", .has_opening = true, .balance = 250,
        .expenditure = 1200 },
      "2.50 months (12 closed months, trailing_12), critical low; 0.00 % of expenditure is provisional" },
    { { .fund = "130207/390", .level = "normal", .has_opening = true, .balance = 7, .expenditure = 12 },
      "alerts        none" },
};

START_TEST(what_is_not_known_is_said_in_words)
{
    expect_in(status_print, status_of(&word_cases[_i].fund), word_cases[_i].expected);
}
END_TEST

START_TEST(before_the_deadline_coverage_is_neither_met_nor_not)
{
    struct canned_fund fund = fengnan;
    fund.coverage = "before_deadline";
    expect_not_in(status_print, status_of(&fund), "met");
}
END_TEST

START_TEST(figures_that_were_stated_are_not_marked)
{
    struct canned_fund fund = fengnan;
    fund.derived = false;
    expect_not_in(status_print, status_of(&fund), "†");
}
END_TEST

START_TEST(no_fund_is_said_so)
{
    write_array(canned_begin(), 0);
    expect_text(status_print, canned_end(), "There is no fund there: a fund exists from its first policy.\n");
}
END_TEST

/* --- Report. ------------------------------------------------------------------- */

START_TEST(the_report_is_the_form_in_its_order_and_columns)
{
    use_policy(60000, 90000);
    expect_text(print_report, report_of(&fengnan),
        "130207/390  2024  as of 2024-12-31  万元\n"
        "\n"
        "       项目                                                 金额  其中预付\n"
        "  ───────────────────────────────────────────────────────────────────────────\n"
        "  I11  个人缴费收入            personal contributions  14,021.71\n"
        "  I2   财政补贴收入            subsidy                 24,764.82\n"
        "  I21  中央财政补贴收入        central subsidy         14,801.00\n"
        "  I23  市级财政补贴收入        city subsidy             3,784.00\n"
        "  I24  县（区）级财政补贴收入  county subsidy           6,179.82\n"
        "  I3   利息收入                interest                   591.31\n"
        "  ───────────────────────────────────────────────────────────────────────────\n"
        "       本年收入合计            income                  39,420.35\n"
        "  ───────────────────────────────────────────────────────────────────────────\n"
        "  E11  住院支出                inpatient               27,902.49     20.00\n"
        "  E12  门诊支出（未分）        outpatient, undivided    6,749.14      1.00\n"
        "  E13  生育医疗费支出          maternity                  161.52\n"
        "  E2   大病保险支出            catastrophic insurance   2,747.05\n"
        "  E3   其他支出                other expenditure            3.04\n"
        "  ───────────────────────────────────────────────────────────────────────────\n"
        "       本年支出合计            expenditure             37,563.24     21.00\n"
        "  ───────────────────────────────────────────────────────────────────────────\n"
        "       本年收支结余            surplus                  1,857.11\n"
        "       上年结余                last year's balance     24,733.04            †\n"
        "       年末滚存结余            this year's balance     26,590.15            †\n"
        "\n"
        "indicators\n"
        "  runway        8.49 months † (12 closed months, trailing_12), normal; "
        "0.00 % of expenditure is provisional\n"
        "  surplus       4.94 % (income − expenditure) ÷ expenditure\n"
        "  coverage      resident (reported_and_employees ÷ resident): "
        "not computable: no population is stated, target 95.00 %, due 12-31\n"
        "\n"
        "† derived: rests on an opening balance that was computed from other figures, "
        "not stated by anybody\n");
}
END_TEST

START_TEST(csv_has_yuan_to_the_fen_and_quotes_where_they_must_be)
{
    use_policy(60000, 90000);
    char *text = take(print_csv, report_of(&fengnan));
    ck_assert(strstr(text, "section,code,zh,en,value,unit,provisional,note\r\n") == text);
    ck_assert_ptr_nonnull(strstr(text, "\r\nincome,I11,个人缴费收入,personal contributions,140217100.00,元,,\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "\r\nexpenditure,E12,门诊支出（未分）,\"outpatient, undivided\","
                                       "67491400.00,元,10000.00,\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "\r\ntotal,,年末滚存结余,this year's balance,265901500.00,元,,derived\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "\r\nindicator,runway,,runway,8.49,months,,"
                                       "\"12 closed months, trailing_12; normal; derived\"\r\n"));
    ck_assert_ptr_null(strstr(text, "─"));
    free(text);
}
END_TEST

static const struct band_case {
    int64_t low, high;
    const char *expected;
} band_cases[] = {
    { 0, 0, "trailing_12), normal;" },          /* what is not stated is at its default */
    { 84946, 90000, "trailing_12), low;" },         /* the value is 8.49452… */
    { 84945, 90000, "trailing_12), normal;" },
    { 60000, 84900, "trailing_12), high;" },
};

START_TEST(the_band_is_that_of_the_policys_limits)
{
    use_policy(band_cases[_i].low, band_cases[_i].high);
    expect_in(print_report, report_of(&fengnan), band_cases[_i].expected);
}
END_TEST

/* --- Answers that lack something. ---------------------------------------------- */

static const char *const needed[] = {
    "fund", "year", "as_of", "opening", "opening_derived", "lines", "income", "expenditure", "surplus",
    "closing", "status",
};

START_TEST(an_answer_that_lacks_a_field_is_not_shown_as_if_it_were_zero)
{
    char fault[96];
    json_t *report = report_of(&fengnan);
    json_object_del(report, needed[_i]);
    canned_fault(print_report, report, fault);
    ck_assert_msg(strncmp(fault, needed[_i], strlen(needed[_i])) == 0, "%s", fault);
    json_decref(report);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("report");
    TCase *t = tcase_create("report");
    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_test(t, a_fund_with_everything_is_shown_whole);
    tcase_add_loop_test(t, what_is_not_known_is_said_in_words, 0, sizeof word_cases / sizeof word_cases[0]);
    tcase_add_test(t, before_the_deadline_coverage_is_neither_met_nor_not);
    tcase_add_test(t, figures_that_were_stated_are_not_marked);
    tcase_add_test(t, no_fund_is_said_so);
    tcase_add_test(t, the_report_is_the_form_in_its_order_and_columns);
    tcase_add_test(t, csv_has_yuan_to_the_fen_and_quotes_where_they_must_be);
    tcase_add_loop_test(t, the_band_is_that_of_the_policys_limits, 0,
                        sizeof band_cases / sizeof band_cases[0]);
    tcase_add_loop_test(t, an_answer_that_lacks_a_field_is_not_shown_as_if_it_were_zero, 0,
                        sizeof needed / sizeof needed[0]);
    suite_add_tcase(s, t);
    return s;
}
