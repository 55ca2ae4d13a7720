/* What fundwatch-monitor is made of: alerts as text, the bookmark, the hook, the command line. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consumers/alert_text.h"
#include "consumers/bookmark.h"
#include "consumers/hook.h"
#include "consumers/json.h"
#include "consumers/options.h"
#include "tests/consumers/server.h"
#include "tests/suite.h"

static char dir[64];

static void setup(void)
{
    strcpy(dir, "/tmp/fundwatch-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static const char *in_dir(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void teardown(void)
{
    static const char *const names[] = { "state", "state.new", "out" };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(in_dir(names[i]));
    ck_assert_int_eq(rmdir(dir), 0);
}

/* --- Alerts as text. ----------------------------------------------------------- */

static struct alert acknowledged(void)
{
    struct alert alert = sample_alert(9);
    alert.transition = TRANSITION_ACKNOWLEDGED;
    alert.previous_level = alert.level;
    strcpy(alert.who, "王芳");
    strcpy(alert.note, "清算后再看");
    return alert;
}

static struct alert blind(void)
{
    struct alert alert = sample_alert(10);
    alert.rule = RULE_COVERAGE;
    strcpy(alert.instance, "resident");
    alert.transition = TRANSITION_BLIND;
    alert.level = alert.previous_level = LEVEL_HEALTHY;
    alert.blind = true;
    alert.limit_e4 = 0;
    alert.indicator.why = NC_NO_DENOMINATOR;
    return alert;
}

static struct alert late(void)
{
    struct alert alert = sample_alert(11);
    alert.rule = RULE_SUBSIDY;
    strcpy(alert.instance, "2024-county");
    alert.level = LEVEL_HIGH;
    alert.limit_e4 = 0;
    alert.indicator.value = (struct ratio){ 1, 1, 1 };
    evidence_add(&alert.evidence, EVIDENCE_DUE, 3187906640);
    evidence_add(&alert.evidence, EVIDENCE_OLDEST, 20241231);
    return alert;
}

/* 100 of 200 are provisional; 4.80 months with everything owed. */
static struct alert owing(void)
{
    struct alert alert = sample_alert(8);
    alert.provisional.fen = 100;
    alert.expenditure.fen = 200;
    evidence_add(&alert.evidence, EVIDENCE_INCURRED, 3187906640);
    evidence_add(&alert.evidence, EVIDENCE_RUNWAY_OWED, 480);
    return alert;
}

static struct alert firing(void)
{
    return sample_alert(8);
}

static struct alert explained(void)
{
    struct alert alert = sample_alert(8);
    alert.causes_since = 20057;         /* 2024-11-30 */
    alert.causes = (struct causes){
        .before = 700, .after = 500, .count = 5,
        .items = {
            { CAUSE_BALANCE, ACCOUNT_I11, 100 }, { CAUSE_BALANCE, ACCOUNT_I3, 0 },
            { CAUSE_BALANCE, ACCOUNT_E11, -220 }, { CAUSE_AVERAGE, ACCOUNT_E11, -75 },
            { CAUSE_RESTATED, ACCOUNT_NONE, -5 },
        },
    };
    return alert;
}

/* Of a fund that another one was merged into, and whose policy has another base. */
static struct alert explained_otherwise(void)
{
    struct alert alert = explained();
    alert.causes.items[3].kind = CAUSE_BASE;
    alert.causes.items[4].kind = CAUSE_MERGED;
    return alert;
}

static const struct line_case {
    struct alert (*alert)(void);
    bool colour;
    const char *expected;
} line_cases[] = {
    { firing, false, "2024-12-31  #8  130207/390  runway  firing low (was normal)  5.00 months"
                     " (limit 6.00 months)  25.00 % of expenditure is provisional"
                     "  balance 2,659,015.00 万元  for finance\n" },
    { firing, true, "2024-12-31  #8  130207/390  runway  \033[33mfiring low (was normal)\033[0m  5.00 months"
                    " (limit 6.00 months)  25.00 % of expenditure is provisional"
                     "  balance 2,659,015.00 万元  for finance\n" },
    { explained, false, "2024-12-31  #8  130207/390  runway  firing low (was normal)  5.00 months"
                        " (limit 6.00 months)  25.00 % of expenditure is provisional"
                     "  balance 2,659,015.00 万元  for finance  since 2024-11-30"
                        " 7.00 months became 5.00: personal contributions +1.00, inpatient -2.20,"
                        " inpatient per month -0.75,"
                        " restated -0.05\n" },
    { explained_otherwise, false, "2024-12-31  #8  130207/390  runway  firing low (was normal)  5.00 months"
                        " (limit 6.00 months)  25.00 % of expenditure is provisional"
                     "  balance 2,659,015.00 万元  for finance  since 2024-11-30"
                        " 7.00 months became 5.00: personal contributions +1.00, inpatient -2.20,"
                        " inpatient per month (the base was changed) -0.75,"
                        " balance of funds merged into it -0.05\n" },
    { acknowledged, false, "2024-12-31  #9  130207/390  runway  acknowledged low  balance 2,659,015.00 万元"
                           "  by 王芳: 清算后再看\n" },
    { blind, false, "2024-12-31  #10  130207/390  coverage resident  blind normal"
                    "  not computable: no population is stated  for enrollment\n" },
    { owing, false, "2024-12-31  #8  130207/390  runway  firing low (was normal)  5.00 months"
                    " (limit 6.00 months)  50.00 % of expenditure is provisional"
                    "  incurred 3,187.91 万元, runway owed 4.80 months"
                    "  balance 2,659,015.00 万元  for finance\n" },
    { late, false, "2024-12-31  #11  130207/390  subsidy 2024-county  firing late (was normal)  1 day"
                   "  due 3,187.91 万元 (derived), oldest 2024-12-31  for finance\n" },
};

START_TEST(an_alert_is_one_line)
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    struct alert alert = line_cases[_i].alert();
    alert_print(&alert, LANGUAGE_EN, line_cases[_i].colour, to);
    fclose(to);
    ck_assert_str_eq(text, line_cases[_i].expected);
    free(text);
}
END_TEST

static const struct { struct alert (*alert)(void); const char *expected; } chinese_cases[] = {
    { firing, "2024-12-31  #8  130207/390  可支付月数  发生 偏低（原为正常）  5.00 个月（限值 6.00 个月）"
              "  支出中预付数占 25.00 %  结余 2,659,015.00 万元  送财务\n" },
    { explained, "2024-12-31  #8  130207/390  可支付月数  发生 偏低（原为正常）  5.00 个月（限值 6.00 个月）"
                 "  支出中预付数占 25.00 %  结余 2,659,015.00 万元  送财务  自 2024-11-30 起由 7.00 个月变为 5.00 个月："
                 "个人缴费收入 +1.00、住院支出 -2.20、月均住院支出 -0.75、以前月份重述 -0.05\n" },
    { explained_otherwise, "2024-12-31  #8  130207/390  可支付月数  发生 偏低（原为正常）  5.00 个月（限值 6.00 个月）"
                 "  支出中预付数占 25.00 %  结余 2,659,015.00 万元  送财务  自 2024-11-30 起由 7.00 个月变为 5.00 个月："
                 "个人缴费收入 +1.00、住院支出 -2.20、月均住院支出（计算口径已变更） -0.75、并入基金的结余 -0.05\n" },
    { acknowledged, "2024-12-31  #9  130207/390  可支付月数  受理 偏低  结余 2,659,015.00 万元  王芳 受理：清算后再看\n" },
    { blind, "2024-12-31  #10  130207/390  参保率 常住人口口径  无法判断 正常  不可计算：没有人口数  送参保\n" },
    { late, "2024-12-31  #11  130207/390  补助欠拨 2024年度县级  发生 逾期（原为正常）  1 天"
            "  应补 3,187.91 万元（推算）、欠拨自 2024-12-31  送财务\n" },
};

START_TEST(an_alert_is_one_line_in_chinese)
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    struct alert alert = chinese_cases[_i].alert();
    alert_print(&alert, LANGUAGE_ZH, false, to);
    fclose(to);
    ck_assert_str_eq(text, chinese_cases[_i].expected);
    free(text);
}
END_TEST

START_TEST(an_alert_survives_the_way_through_json)
{
    struct fields f = { .fault = "" };
    struct alert alert = line_cases[_i].alert(), again;
    json_t *json = alert_json(&alert), *twice;
    ck_assert_str_eq(json_string_value(json_object_get(json, "fund")), "130207/390");
    ck_assert(alert_from_json(&f, json, &again));
    twice = alert_json(&again);
    ck_assert(json_equal(json, twice));
    json_object_del(json, "rule");
    ck_assert(!alert_from_json(&f, json, &again));
    ck_assert_str_ne(f.fault, "");
    json_decref(json);
    json_decref(twice);
}
END_TEST

/* --- The bookmark. ------------------------------------------------------------- */

START_TEST(a_bookmark_is_read_as_it_was_written)
{
    struct bookmark b;
    ck_assert_int_eq(bookmark_read(in_dir("state"), &b), -ENOENT);
    for (uint64_t i = 1; i < 4; i++) {
        ck_assert_int_eq(bookmark_write(in_dir("state"), &(struct bookmark){ UINT64_MAX, i }), 0);
        ck_assert_int_eq(bookmark_read(in_dir("state"), &b), 0);
        ck_assert(b.epoch == UINT64_MAX && b.number == i);
    }
    ck_assert_int_eq(access(in_dir("state.new"), F_OK), -1);
}
END_TEST

static const char *const no_bookmarks[] = {
    "", "hello", "fundwatch-monitor 1\nepoch: 1\n", "fundwatch-monitor 1\nepoch: 1\nnumber: 2",
    "fundwatch-monitor 1\nepoch: 1\nnumber: 2\nmore", "fundwatch-monitor 1\nepoch: 01\nnumber: 2\n",
    "fundwatch-monitor 2\nepoch: 1\nnumber: 2\n",
};

START_TEST(what_is_no_bookmark_is_not_taken_for_one)
{
    struct bookmark b = { 5, 6 };
    FILE *file = fopen(in_dir("state"), "w");
    fputs(no_bookmarks[_i], file);
    fclose(file);
    ck_assert_int_eq(bookmark_read(in_dir("state"), &b), -EILSEQ);
    ck_assert(b.epoch == 5 && b.number == 6);
}
END_TEST

START_TEST(a_bookmark_that_cannot_be_written_leaves_the_old_one)
{
    struct bookmark b;
    ck_assert_int_eq(bookmark_write(in_dir("state"), &(struct bookmark){ 1, 2 }), 0);
    ck_assert_int_eq(mkdir(in_dir("state.new"), 0700), 0);
    ck_assert_int_eq(bookmark_write(in_dir("state"), &(struct bookmark){ 1, 3 }), -EISDIR);
    ck_assert_int_eq(rmdir(in_dir("state.new")), 0);
    ck_assert_int_eq(bookmark_read(in_dir("state"), &b), 0);
    ck_assert_uint_eq(b.number, 2);
}
END_TEST

/* --- The hook. ----------------------------------------------------------------- */

static struct hook *hook;
static atomic_uint failures;

static void count_failure(uint64_t number, const char *what)
{
    (void)number;
    (void)what;
    failures++;
}

static void open_hook(const char *command, int limit_ms, unsigned queue)
{
    struct hook_options options = {
        .command = command, .limit_ms = limit_ms, .queue = queue, .on_failure = count_failure,
    };
    failures = 0;
    ck_assert_int_eq(chdir(dir), 0);
    ck_assert_int_eq(hook_open(&options, &hook), 0);
}

static void push(unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++) {
        struct alert alert = sample_alert(i);
        ck_assert_int_eq(hook_push(hook, &alert, (struct bookmark){ 7, i }), 0);
    }
}

static void expect_file(const char *expected)
{
    char text[4096];
    FILE *file = fopen(in_dir("out"), "r");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    ck_assert_str_eq(text, expected);
}

START_TEST(the_hook_runs_for_each_alert_one_after_the_other)
{
    struct bookmark done;
    open_hook("echo a$FUNDWATCH_NUMBER $FUNDWATCH_FUND $FUNDWATCH_SEVERITY >>out; echo b >>out", 60000, 2);
    push(1, 3);
    ck_assert_uint_eq(hook_finish(hook, false), 0);
    ck_assert(!hook_pending(hook, &done));
    hook_close(&hook);
    expect_file("a1 130207/390 warning\nb\na2 130207/390 warning\nb\na3 130207/390 warning\nb\n");
    ck_assert_uint_eq(failures, 0);
}
END_TEST

START_TEST(the_hook_reads_the_alert_as_a_line_of_json)
{
    struct alert alert = sample_alert(5);
    json_t *json = alert_json(&alert);
    char *line = json_line(json), expected[2048];
    snprintf(expected, sizeof expected, "%s\n", line);
    open_hook("cat >out", 60000, 2);
    push(5, 5);
    hook_finish(hook, false);
    hook_close(&hook);
    expect_file(expected);
    free(line);
    json_decref(json);
}
END_TEST

START_TEST(a_hook_that_takes_too_long_is_killed_with_its_children_and_told)
{
    open_hook("sleep 1000 & wait", 20, 2);
    push(1, 1);
    hook_finish(hook, false);
    ck_assert_uint_eq(failures, 1);
    hook_close(&hook);
}
END_TEST

START_TEST(a_hook_that_fails_is_told)
{
    open_hook("exit 3", 60000, 2);
    push(1, 2);
    hook_finish(hook, false);
    ck_assert_uint_eq(failures, 2);
    hook_close(&hook);
}
END_TEST

/* The first run reads from a fifo, so it ends when the test says. */
START_TEST(what_was_not_run_is_known)
{
    struct bookmark done = { 9, 9 };
    ck_assert_int_eq(mkfifo(in_dir("out"), 0600), 0);
    open_hook("test $FUNDWATCH_NUMBER != 1 || cat <out >/dev/null", 60000, 4);
    push(1, 3);
    ck_assert(hook_pending(hook, &done));
    ck_assert(done.epoch == 0 && done.number == 0);
    FILE *let_go = fopen(in_dir("out"), "w");
    fclose(let_go);
    unsigned left = hook_finish(hook, true);
    ck_assert_uint_le(left, 3);
    if (left > 0)
        ck_assert(hook_pending(hook, &done));
    if (left > 0 && left < 3)
        ck_assert(done.epoch == 7 && done.number == 3 - left);
    hook_close(&hook);
}
END_TEST

START_TEST(a_full_queue_makes_room_at_the_limit_of_a_run)
{
    open_hook("sleep 1000", 30, 1);
    push(1, 5);
    hook_finish(hook, false);
    hook_close(&hook);
    ck_assert_uint_eq(failures, 5);
}
END_TEST

/* --- The command line. --------------------------------------------------------- */

static const struct option_info infos[] = {
    { 'y', "year", "YYYY", "the year" },
    { 'a', "as-of", "DATE", "a day" },
    { 'j', "json", NULL, "JSON" },
    { 0, NULL, NULL, NULL },
};

static const struct line {
    const char *words[6];
    bool good;
    int64_t year, as_of;
    int count;
} lines[] = {
    { { "x", "--year", "2024", "FUND" }, true, 2024, -1, 1 },
    { { "x", "FUND", "--year=2024", "--json" }, true, 2024, -1, 1 },
    { { "x", "--as-of", "2024-12-31" }, true, -1, 20241231, 0 },
    { { "x", "--", "--year" }, true, -1, -1, 1 },
    { { "x", "--year", "24" }, false, -1, -1, 0 },
    { { "x", "--year", "2024x" }, false, -1, -1, 0 },
    { { "x", "--year", "" }, false, -1, -1, 0 },
    { { "x", "--year", "99999999999999999999" }, false, -1, -1, 0 },
    { { "x", "--as-of", "2024-02-30" }, false, -1, -1, 0 },
    { { "x", "--year" }, false, -1, -1, 0 },
    { { "x", "--nope" }, false, -1, -1, 0 },
    { { "x", "--json=1" }, false, -1, -1, 0 },
};

START_TEST(a_command_line_is_read_or_refused)
{
    const struct line *line = &lines[_i];
    struct options o = { .program = "x" };
    int64_t year = -1, as_of = -1;
    char *argv[7] = { NULL };
    int argc = 0;
    for (; line->words[argc] != NULL; argc++)
        argv[argc] = strdup(line->words[argc]);
    bool good = options_read(&o, infos, "yajhV", false, argc, argv) == EXIT_DONE
             && option_number(&o, 'y', infos, 1990, 2199, &year) && option_date(&o, 'a', infos, &as_of);
    ck_assert_int_eq(good, line->good);
    ck_assert_int_eq(year, line->year);
    ck_assert_int_eq(as_of, line->as_of);
    if (good)
        ck_assert_int_eq(o.count, line->count);
    while (argc > 0)
        free(argv[--argc]);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("follow");
    TCase *t = tcase_create("follow");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, an_alert_is_one_line, 0, sizeof line_cases / sizeof line_cases[0]);
    tcase_add_loop_test(t, an_alert_is_one_line_in_chinese, 0,
                        sizeof chinese_cases / sizeof chinese_cases[0]);
    tcase_add_loop_test(t, an_alert_survives_the_way_through_json, 0,
                        sizeof line_cases / sizeof line_cases[0]);
    tcase_add_test(t, a_bookmark_is_read_as_it_was_written);
    tcase_add_loop_test(t, what_is_no_bookmark_is_not_taken_for_one, 0,
                        sizeof no_bookmarks / sizeof no_bookmarks[0]);
    tcase_add_test(t, a_bookmark_that_cannot_be_written_leaves_the_old_one);
    tcase_add_test(t, the_hook_runs_for_each_alert_one_after_the_other);
    tcase_add_test(t, the_hook_reads_the_alert_as_a_line_of_json);
    tcase_add_test(t, a_hook_that_takes_too_long_is_killed_with_its_children_and_told);
    tcase_add_test(t, a_hook_that_fails_is_told);
    tcase_add_test(t, what_was_not_run_is_known);
    tcase_add_test(t, a_full_queue_makes_room_at_the_limit_of_a_run);
    tcase_add_loop_test(t, a_command_line_is_read_or_refused, 0, sizeof lines / sizeof lines[0]);
    suite_add_tcase(s, t);
    return s;
}
