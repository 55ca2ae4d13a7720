#include <stdlib.h>
#include <string.h>

#include "files/policy_file.h"
#include "tests/producers/scratch.h"
#include "tests/suite.h"

static struct policy_file file;
static struct complaint complaint;

static bool reads(const char *yaml)
{
    return policy_file_read(scratch_text("policy.yaml", yaml), &file, &complaint);
}

START_TEST(a_policy_file_says_what_it_says)
{
    ck_assert_msg(policy_file_read("tests/data/policies/fengnan.yaml", &file, &complaint),
                  "%lu: %s: %s", complaint.line, complaint.field, complaint.text);
    const struct policy *p = &file.policy;
    char text[FUND_TEXT_MAX];
    ck_assert(file.has_fund && file.has_date);
    ck_assert_str_eq(fund_format(file.fund, text), "130207/390");
    ck_assert_int_eq(date_to_ymd(file.date), 20231231);
    ck_assert_uint_eq(p->version, 1);
    ck_assert_int_eq(p->recognition, RECOGNISE_DISBURSEMENT);
    ck_assert_int_eq(p->fee_basis, FEES_IN_YEAR_COVERED);
    ck_assert_int_eq(p->ahead_days, 366);
    ck_assert_int_eq(p->runway.critical_low.leave_e4, 33000);
    ck_assert_int_eq(p->runway.excessive.leave_e4, 147000);
    ck_assert_int_eq(p->runway.hold.leave_days, 7);
    ck_assert(!p->provisional.on);
    ck_assert(p->restated.on);
    ck_assert_int_eq(p->restated.limit.enter_e4, 200);
    ck_assert_int_eq(p->restated.limit.leave_e4, 150);
    ck_assert_uint_eq(p->coverage_count, 2);
    ck_assert_str_eq(p->coverage[0].name, "combined");
    ck_assert_int_eq(p->coverage[0].numerator, NUMERATOR_REPORTED_AND_EMPLOYEES);
    ck_assert_int_eq(p->coverage[0].target.leave_e4, 9550);
    ck_assert_int_eq(p->coverage[1].deadline_month, 2);
    ck_assert_int_eq(p->coverage[1].deadline_day, 28);
    ck_assert_int_eq(p->coverage[1].target.leave_e4, 10000);
    ck_assert_int_eq(p->coverage[1].hold.enter_days, 3);
    ck_assert_uint_eq(p->quiet_count, 2);
    ck_assert_int_eq(p->quiet[1].days, 31);
}
END_TEST

START_TEST(targets_of_the_place_are_read)
{
    ck_assert_msg(reads(
        "version: 1\n"
        "reimbursement:\n  on: true\n  base: year_to_date\n  in_policy: {enter: 70%, leave: 71%}\n"
        "  actual: {enter: 55.5%}\n  hold: {enter: 1 days, leave: 2 days}\n"
        "falling:\n  on: true\n  months: 6 months\n  limit: {enter: 1.5 months, leave: 1.2}\n"
        "contributions:\n  limit: {enter: 90%}\n  expected:\n"
        "    - {year: 2025, by: 2024-10-31, amount: 7000 万元}\n"
        "    - year: 2025\n      by: 2024-12-31\n      amount: \"140,217,100.50 元\"\n"
        "net_loss:\n  on: true\n  limit: {enter: 2%, leave: 1%}\n"
        "pace:\n  on: true\n  numerator: reported\n  from: 09-15\n  to: 1215\n"
        "  limit: {enter: 8%, leave: 6%}\n"
        "duplicates:\n  on: true\n  limit: {enter: 0.5%}\n  hold: {enter: 30 days}\n"
        "gate:\n  on: true\n  years: 0\n  months: {enter: 6.5 months, leave: 7}\n"
        "  surplus: {enter: -1%, leave: 0.5%}\n  hold: {leave: 30 days, enter: 0}\n"
        "execution:\n  on: true\n  by: line\n  from: 9 months\n  behind: {enter: 15%, leave: 10%}\n"
        "  over: {enter: 102%, leave: 100%}\n  hold: {enter: 3 days}\n"),
        "%lu: %s: %s", complaint.line, complaint.field, complaint.text);
    const struct policy *p = &file.policy;
    ck_assert(p->reimbursement.on && p->falling.on && p->net_loss.on);
    ck_assert_int_eq(p->reimbursement.base, RUNWAY_YEAR_TO_DATE);
    ck_assert_int_eq(p->reimbursement.in_policy.leave_e4, 7100);
    ck_assert_int_eq(p->reimbursement.actual.enter_e4, 5550);
    ck_assert_int_eq(p->reimbursement.hold.leave_days, 2);
    ck_assert_int_eq(p->falling.months, 6);
    ck_assert_int_eq(p->falling.limit.leave_e4, 12000);
    ck_assert_int_eq(p->contributions.limit.leave_e4, 9000);
    ck_assert_uint_eq(p->contributions.expected_count, 2);
    ck_assert_int_eq(p->contributions.expected[0].amount.fen, INT64_C(7000) * FEN_PER_WAN);
    ck_assert_int_eq(p->contributions.expected[1].amount.fen, 14021710050);
    ck_assert_int_eq(p->contributions.expected[1].year, 2025);
    ck_assert_int_eq(date_to_ymd(p->contributions.expected[1].by), 20241231);
    ck_assert_int_eq(p->net_loss.limit.leave_e4, 100);
    ck_assert(p->pace.on && p->duplicates.on);
    ck_assert_int_eq(p->pace.numerator, NUMERATOR_REPORTED);
    ck_assert_int_eq(p->pace.from_month * 100 + p->pace.from_day, 915);
    ck_assert_int_eq(p->pace.to_month * 100 + p->pace.to_day, 1215);
    ck_assert_int_eq(p->pace.limit.leave_e4, 600);
    ck_assert_int_eq(p->duplicates.limit.enter_e4, 50);
    ck_assert_int_eq(p->duplicates.hold.enter_days, 30);
    ck_assert(p->gate.on);
    ck_assert_int_eq(p->gate.years, 0);
    ck_assert_int_eq(p->gate.months.leave_e4, 70000);
    ck_assert_int_eq(p->gate.surplus.enter_e4, -100);
    ck_assert_int_eq(p->gate.hold.leave_days, 30);
    ck_assert(p->execution.on);
    ck_assert_int_eq(p->execution.by, EXECUTION_BY_LINE);
    ck_assert_int_eq(p->execution.from, 9);
    ck_assert_int_eq(p->execution.behind.leave_e4, 1000);
    ck_assert_int_eq(p->execution.over.enter_e4, 10200);
    ck_assert_int_eq(p->execution.hold.enter_days, 3);
}
END_TEST

#define COVERAGE "coverage:\n  - name: c\n    numerator: paid\n    denominator: resident\n" \
                 "    deadline: 12-31\n    target: {enter: 95%}\n"

START_TEST(labels_statements_fees_and_what_a_budget_was_made_from_are_read)
{
    ck_assert_msg(reads("version: 1\n" COVERAGE
                        "    zh: 综合参保率\n    en: all of them\n    year: coming\n"
                        "    stated: [{year: 2023, outcome: met}, {year: 2024, outcome: not_met}]\n"
                        "fee_standards:\n  - {year: 2024, per_head: 380 yuan}\n"
                        "budget:\n  - {year: 2021, category: county, heads: 143269, per_head: 470 yuan}\n"
                        "  - {year: 2021, category: city, amount: 5 wan}\n"),
                  "%lu: %s: %s", complaint.line, complaint.field, complaint.text);
    const struct policy *p = &file.policy;
    ck_assert_str_eq(p->coverage[0].zh, "综合参保率");
    ck_assert_str_eq(p->coverage[0].en, "all of them");
    ck_assert_int_eq(p->coverage[0].year, COVERAGE_OF_COMING_YEAR);
    ck_assert_uint_eq(p->coverage[0].stated_count, 2);
    ck_assert_int_eq(p->coverage[0].stated[1].year, 2024);
    ck_assert_int_eq(p->coverage[0].stated[1].outcome, STATED_NOT_MET);
    ck_assert_uint_eq(p->fee_count, 1);
    ck_assert_int_eq(p->fees[0].per_head.fen, 38000);
    ck_assert_int_eq(p->budget[0].amount.fen, INT64_C(6733643000));
    ck_assert_int_eq(p->budget[0].heads, 143269);
    ck_assert_int_eq(p->budget[1].heads, 0);
}
END_TEST

START_TEST(a_place_is_merged_into_one_or_split_into_several)
{
    ck_assert(reads("version: 1\nmerged_into: 130200\n"));
    ck_assert_uint_eq(file.policy.merged_into, 130200);
    ck_assert(reads("version: 1\nsplit_into:\n  - 130201\n  - \"130202\"\n"));
    ck_assert_uint_eq(file.policy.split_count, 2);
    ck_assert_uint_eq(file.policy.split_into[0], 130201);
    ck_assert_uint_eq(file.policy.split_into[1], 130202);
    ck_assert(reads("version: 1\nrollup: true\n"));
    ck_assert(file.policy.rollup);
    ck_assert_int_eq(file.policy.books, BOOKS_UNSTATED);
    ck_assert(reads("version: 1\nbooks: sum\n"));
    ck_assert_int_eq(file.policy.books, BOOKS_SUM);
}
END_TEST

START_TEST(calendars_and_who_follows_them_are_read)
{
    ck_assert_msg(reads(
        "version: 1\n"
        "calendars:\n  - {name: hospitals, rhythm: daily, grace: 1 days}\n"
        "  - {name: tax, rhythm: monthly, day: 15, workdays: true}\n"
        "holidays:\n  - {first: 2024-09-29, worked: true}\n  - {first: 2024-10-01, last: 2024-10-07}\n"
        "sources:\n  - {pattern: hospital-closed, calendar: none}\n"
        "  - {pattern: \"hospital-*\", calendar: hospitals}\n  - {pattern: tax, calendar: tax}\n"
        "quiet:\n  - {pattern: tax, days: 0, calendar: tax}\n"
        "completeness:\n  limit: {enter: 80%, leave: 90.5%}\n  hold: {enter: 2 days}\n"
        "gaps:\n  on: false\n  hold: {enter: 3 days, leave: 1}\n"),
        "%lu: %s: %s", complaint.line, complaint.field, complaint.text);
    const struct policy *p = &file.policy;
    ck_assert_uint_eq(p->calendar_count, 2);
    ck_assert_int_eq(p->calendars[0].grace_days, 1);
    ck_assert_int_eq(p->calendars[1].rhythm, CALENDAR_MONTHLY);
    ck_assert_int_eq(p->calendars[1].day, 15);
    ck_assert(p->calendars[1].workdays && !p->calendars[0].workdays);
    ck_assert_uint_eq(p->holiday_count, 2);
    ck_assert(p->holidays[0].worked && p->holidays[0].last == p->holidays[0].first);
    ck_assert_int_eq(date_to_ymd(p->holidays[1].last), 20241007);
    ck_assert_ptr_null(policy_follows(p, "hospital-closed"));
    ck_assert_str_eq(policy_follows(p, "hospital-3")->name, "hospitals");
    ck_assert_str_eq(p->quiet[0].calendar, "tax");
    ck_assert(p->completeness.on && !p->gaps.on);
    ck_assert_int_eq(p->completeness.limit.enter_e4, 8000);
    ck_assert_int_eq(p->completeness.limit.leave_e4, 9050);
    ck_assert_int_eq(p->completeness.hold.enter_days, 2);
    ck_assert_int_eq(p->gaps.hold.enter_days, 3);
}
END_TEST

START_TEST(what_is_absent_has_the_default)
{
    struct policy expected = policy_default();
    ck_assert(policy_file_read("tests/data/policies/shortest.yaml", &file, &complaint));
    expected.version = 1;
    ck_assert(!file.has_fund && !file.has_date);
    ck_assert_int_eq(file.policy.ahead_days, expected.ahead_days);
    ck_assert_int_eq(file.policy.runway.low.leave_e4, expected.runway.low.leave_e4);
    ck_assert(file.policy.deficit.on);
}
END_TEST

static const struct { const char *yaml; unsigned long line; const char *field, *begins;
} bad[] = {
    {"version: 1\nfoo: 3\n", 2, "foo", "a policy has no such key"},
    {"version: 1\nrunway:\n  low:\n    enter: 6.0\n    leaf: 6.3\n", 5, "leaf",
     "a policy has no such key"},
    {"version: 1\nrunway:\n  on: true\n\n  lov: {enter: 6.0}\n", 5, "lov",
     "a policy has no such key"},
    {"version: 1\nversion: 2\n", 1, "", "Mapping field already seen: version"},
    {"date: 2024-01-01\n", 1, "", "Missing required mapping field: version"},
    {"version: 1\nrunway: 6\n", 2, "", "Expecting MAPPING"},
    {"version: &a 1\ndate: *a\n", 2, "", "aliases and anchors are not taken"},
    {"version: 1\nfalling:\n  months: 13\n", 3, "falling.months",
     "\"13\" is not a whole number up to 12 months"},
    {"version: 1\nreimbursement:\n  in_policy: {enter: 70 months}\n", 3, "reimbursement.in_policy.enter",
     "\"70 months\" is not a percentage"},
    {"version: 1\ncontributions:\n  expected:\n    - {year: 2025, by: 2024-10-31, amount: 5x}\n", 4,
     "expected[0].amount", "\"5x\" is not an amount from 0 such as"},
    {"version: 1\ncontributions:\n  expected:\n    - {year: 2025, by: soon, amount: 5 元}\n", 4,
     "expected[0].by", "\"soon\" is not a date"},
    {"version: 1\ncontributions:\n  expected:\n    - {year: 2025, by: 2024-10-31, amount: 5 元}\n"
     "    - {year: 2025, by: 2024-10-31, amount: 6 元}\n", 5, "contributions.expected[1].year",
     "contributions that are expected must stand in the order"},
    {"version: 1\nnet_loss:\n  limit: {enter: 1 months}\n", 3, "net_loss.limit.enter",
     "\"1 months\" is not a percentage"},
    {"version: 1\npace:\n  from: 02-29\n", 3, "pace.from", "\"02-29\" is not a day of every year"},
    {"version: 1\npace:\n  numerator: born\n", 3, "pace.numerator", "\"born\" is not one of: paid"},
    {"version: 1\npace:\n  on: true\n  to: 09-30\n", 2, "pace", "the pace's season must be two days"},
    {"version: 1\nexecution:\n  by: year\n", 3, "execution.by", "\"year\" is not one of: side line"},
    {"version: 1\nexecution:\n  on: true\n  over: {enter: 90%}\n", 2, "execution", "how far a "
        "budget may be exceeded"},
    {"version: 1\ngate:\n  years: 6\n", 3, "gate.years", "\"6\" is not a whole number up to 5 years"},
    {"version: 1\nrollup: true\ngate:\n  on: true\n", 2, "rollup", "a roll-up has rules on runway"},
    {"version: 1\nrollup: yes\n", 2, "rollup", "\"yes\" is not true or false"},
    {"version: 1\nbooks: mine\n", 2, "books", "\"mine\" is not one of: unstated own sum"},
    {"version: 1\nrollup: true\nbooks: own\n", 3, "books", "a roll-up has no books"},
    {"version: 1\nrollup: true\nfalling:\n  on: true\n", 2, "rollup", "a roll-up has rules on runway"},
    {"version: 1\nmerged_into: 1302\n", 2, "merged_into", "\"1302\" is not the code of a place"},
    {"version: 1\nsplit_into: [130201]\n", 2, "split_into[0]", "a place is split into 2 to 8 places"},
    {"version: 1\nmerged_into: 130200\nsplit_into: [130201, 130202]\n", 3, "split_into[0]", "a "
        "place is merged or split"},
    {"version: 1\ncalendars:\n  - {name: a, rhythm: daily}\n  - {name: b, rhythm: yearly}\n", 4,
     "calendars[1].rhythm", "\"yearly\" is not one of: daily weekly monthly"},
    {"version: 1\ncalendars:\n  - {name: a, rhythm: daily, workdays: 5}\n", 3, "calendars[0].workdays",
     "\"5\" is not true or false"},
    {"version: 1\nholidays:\n  - {first: soon}\n", 3, "holidays[0].first", "\"soon\" is not a date"},
    {"version: 1\nsources:\n  - {pattern: tax, calendar: tax}\n", 3, "sources[0].calendar",
        "sources must follow a calendar"},
    {"version: 1\ngaps:\n  hold: {enter: 1 weeks}\n", 3, "gaps.hold.enter",
     "\"1 weeks\" is not a whole number"},
    {"version: 1\nfee_standards:\n  - {year: 2024, per_head: free}\n", 3, "fee_standards[0].per_head",
     "\"free\" is not an amount from 0"},
    {"version: 1\nbudget:\n  - {year: 2024, category: county, heads: 5}\n", 3, "budget[0].amount", ""},
    {"version: 1\nbudget:\n  - {year: 2024, category: county, heads: 5, per_head: 2, amount: 11}\n", 0, "",
     "a budget's amount must be its heads times per_head"},
    {"version: 1\n" COVERAGE "    stated: [{year: 2024, outcome: good}]\n", 8, "coverage[0].outcome",
     "\"good\" is not one of: met not_met"},
    {"version: 1x\n", 1, "version", "\"1x\" is not a whole number"},
    {"version: 0x10\n", 1, "version", "\"0x10\" is not a whole number"},
    {"version: 1\nrunway:\n  low: {enter: 6.0}\n  high: {enter: 5.0}\n", 3, "runway.low",
     "the runway's limits must rise from critical low"},
    {"version: 1\ndeficit:\n  on: true\n  limit: {enter: 0%, leave: -1%}\nrunway:\n  low: {enter: 6.0}\n", 4,
     "deficit.limit", "the deficit's limit must be left"},
    {"version: 1\ncoverage:\n  - name: a\n    numerator: paid\n    denominator: resident\n    "
        "deadline: 12-31\n"
     "    target: {enter: 95%}\n  - name: b\n    numerator: paid\n    denominator: resident\n    "
     "deadline: 12-31\n"
     "    target: {enter: 95%, leave: 94%}\n", 12, "coverage[1].target", "a coverage's target must be left"},
    {"version: 1\nsubsidy:\n  standards:\n    - {year: 2024, per_head: 670}\n    - {year: 2024, "
        "per_head: 640}\n", 5,
     "subsidy.standards[1].year", "two subsidy standards are of the same year"},
    {"version: 0\n", 1, "version", "the version must be at least 1"},
    {"version: 1\nfund: 130207\n", 2, "fund", "\"130207\" is not a fund"},
    {"version: 1\ndate: 2024-02-30\n", 2, "date", "\"2024-02-30\" is not a date"},
    {"version: 1\nfees: later\n", 2, "fees", "\"later\" is not one of: arrival covered"},
    {"version: 1\nahead_days: 367\n", 2, "ahead_days",
     "\"367\" is not a whole number up to 366 days"},
    {"version: 1\nrunway:\n  critical_low: {enter: 3}\n  low:\n    enter: 6%\n", 5,
     "runway.low.enter", "\"6%\" is not a number of months"},
    {"version: 1\nrunway:\n  low: {enter: 6.0, leave: 6,3}\n", 3, "", ""},
    {"version: 1\nrunway:\n  on: yes\n", 3, "runway.on", "\"yes\" is not true or false"},
    {"version: 1\nrunway:\n  low: {enter: 5, leave: 4}\n", 0, "", "a low limit of the runway"},
    {"version: 1\ncoverage:\n  - name: a\n    numerator: paid\n    denominator: resident\n    "
     "deadline: 12-31\n"
     "    target: {enter: 95%}\n  - name: b\n    numerator: paid\n    denominator: resident\n"
     "    deadline: 13-31\n    target: {enter: 95%}\n",
     11, "coverage[1].deadline", "\"13-31\" is not a day"},
    {"version: 1\ncoverage:\n  - name: a\n    numerator: paid\n    denominator: resident\n    "
     "deadline: 12-31\n"
     "    target: {enter: 95.001%}\n",
     7, "coverage[0].target.enter", "\"95.001%\" is not a percentage"},
    {"version: 1\ncoverage:\n  - name: a\n", 3, "", "Missing required mapping field"},
    {"version: 1\nquiet:\n  - {pattern: x, days: 3.5}\n", 3, "quiet[0].days",
     "\"3.5\" is not a whole number"},
    {"version: 1\n bad: [\n", 0, "", "libyaml: "},
    {"version: 1\nrunway:\n  low: {enter: 6.0", 3, "", "libyaml: "},
    {"version: 1\r\r\r\r\rrunway: {low: {enter: 6.0", 1, "", "libyaml: "},
    {"", 0, "", "the file is empty"},
};

START_TEST(a_bad_policy_is_told_with_its_line_and_key)
{
    ck_assert(!reads(bad[_i].yaml));
    ck_assert_msg(strncmp(complaint.text, bad[_i].begins, strlen(bad[_i].begins)) == 0,
                  "%lu %s: %s", complaint.line, complaint.field, complaint.text);
    if (bad[_i].field[0] != '\0')
        ck_assert_str_eq(complaint.field, bad[_i].field);
    if (bad[_i].line != 0)
        ck_assert_uint_eq(complaint.line, bad[_i].line);
}
END_TEST

static const struct {
    const char *text;
    const char *suffix;
    int scale;
    bool good;
    int64_t number;
} numbers[] = {
    {"6", " months", 10000, true, 60000},
    {"6.0 months", " months", 10000, true, 60000},
    {"6.0001", " months", 10000, true, 60001},
    {"6.00001", " months", 10000, false, 0},
    {"-12.5%", "%", 100, true, -1250},
    {"95%", "%", 100, true, 9500},
    {"97.39", "%", 100, true, 9739},
    {"97.391%", "%", 100, false, 0},
    {"", "%", 100, false, 0},
    {".5", "%", 100, false, 0},
    {"5.", "%", 100, false, 0},
    {"+5", "%", 100, false, 0},
    {"5 %", "%", 100, false, 0},
    {"1e3", "%", 100, false, 0},
    {"010", "%", 100, true, 1000},
    {"999999999", "%", 100, true, 99999999900},
    {"9999999999", "%", 100, false, 0},
    {"--5", "%", 100, false, 0},
};

START_TEST(numbers_are_exact_or_refused)
{
    int64_t number = 0;
    ck_assert_int_eq(
        policy_number(numbers[_i].text, numbers[_i].suffix, numbers[_i].scale, &number),
        numbers[_i].good);
    ck_assert_int_eq(number, numbers[_i].number);
}
END_TEST

START_TEST(files_that_are_none_are_refused)
{
    ck_assert(!policy_file_read(scratch_path("none"), &file, &complaint));
    ck_assert_str_eq(complaint.text, "cannot be opened: No such file or directory");
    ck_assert(!policy_file_read(scratch_write("nul", "version: 1\0\n", 12), &file, &complaint));
    char *large = calloc(1, POLICY_FILE_MAX + 2);
    memset(large, '#', POLICY_FILE_MAX + 1);
    ck_assert(!reads(large));
    ck_assert_str_eq(complaint.text, "larger than 65536 bytes: this is no policy");
    free(large);
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

Suite *suite(void)
{
    Suite *s = suite_create("policy_file");
    TCase *t = tcase_create("policy_file");
    tcase_add_checked_fixture(t, scratch_setup, scratch_teardown);
    tcase_add_test(t, a_policy_file_says_what_it_says);
    tcase_add_test(t, targets_of_the_place_are_read);
    tcase_add_test(t, a_place_is_merged_into_one_or_split_into_several);
    tcase_add_test(t, labels_statements_fees_and_what_a_budget_was_made_from_are_read);
    tcase_add_test(t, calendars_and_who_follows_them_are_read);
    tcase_add_test(t, what_is_absent_has_the_default);
    tcase_add_loop_test(t, a_bad_policy_is_told_with_its_line_and_key, 0, COUNT(bad));
    tcase_add_loop_test(t, numbers_are_exact_or_refused, 0, COUNT(numbers));
    tcase_add_test(t, files_that_are_none_are_refused);
    suite_add_tcase(s, t);
    return s;
}
