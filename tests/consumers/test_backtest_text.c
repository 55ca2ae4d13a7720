/* Two courses of alerts as people see them. */
#include "consumers/backtest_text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/consumers/canned.h"
#include "tests/suite.h"

/* What differs between the answers of these tests. */
struct canned_backtest {
    int64_t from, refused, months, needed, kept;
    const char *runway;         /* why it is not computable; "" */
    bool rows, imported;
};
static const struct canned_backtest plain = {
    .months = 12, .needed = 12, .kept = 5, .runway = "", .rows = true,
};

static void indicator(struct writer *w, const char *why, int64_t num, int64_t den)
{
    write_key_string(w, "computable", why);
    write_key_int(w, "num", num);
    write_key_int(w, "den", den);
    write_key_int(w, "mul", 1);
}

static void told(struct writer *w, const char *key, int64_t date, const char *transition, const char *from,
                 const char *to, const char *why)
{
    write_string(w, key);
    if (date == 0) {
        write_nil(w);
        return;
    }
    write_map(w, 10);
    write_key_int(w, "number", 7);
    write_key_int(w, "date", date);
    write_key_string(w, "transition", transition);
    write_key_string(w, "from", from);
    write_key_string(w, "to", to);
    write_key_string(w, "severity", "warning");
    indicator(w, why, 575, 100);
}

static void row(struct writer *w, const char *how, int64_t days, const char *rule, const char *instance)
{
    write_map(w, 7);
    write_key_int(w, "number", 1);
    write_key_string(w, "how", how);
    write_key_int(w, "days", days);
    write_key_string(w, "rule", rule);
    write_key_string(w, "instance", instance);
}

static void rows(struct writer *w, bool any)
{
    write_string(w, "rows");
    write_array(w, any ? 5 : 0);
    if (!any)
        return;
    row(w, "same", 0, "runway", "");
    told(w, "then", 20240331, "firing", "normal", "low", "");
    told(w, "now", 20240331, "firing", "normal", "low", "");
    row(w, "moved", -11, "coverage", "resident");
    told(w, "then", 20240411, "ended", "low", "normal", "");
    told(w, "now", 20240331, "ended", "low", "normal", "");
    row(w, "moved", 61, "quiet", "tax");
    told(w, "then", 20240331, "changed", "low", "critical_low", "");
    told(w, "now", 20240531, "changed", "low", "critical_low", "");
    row(w, "only_then", 0, "statement", "");
    told(w, "then", 20240601, "blind", "normal", "normal", "no_opening");
    told(w, "now", 0, "", "", "", "");
    row(w, "only_now", 0, "net_loss", "");
    told(w, "then", 0, "", "", "", "");
    told(w, "now", 20240701, "firing", "normal", "high", "");
}

static json_t *answer(const struct canned_backtest *b)
{
    static const char *const counts[] = { "same", "moved", "only_then", "only_now" };
    struct writer *w = canned_begin();
    write_map(w, 2);
    write_string(w, "result");
    write_map(w, 19);
    write_key_string(w, "fund", "130207/390");
    write_key_int(w, "policy_version", 3);
    write_key_int(w, "from", b->from);
    write_key_int(w, "to", 0);
    write_key_int(w, "first", 20231231);
    write_key_int(w, "last", 20241231);
    write_key_int(w, "imported_from", b->imported ? 20231231 : 0);
    write_key_int(w, "imported_to", b->imported ? 20240630 : 0);
    write_key_int(w, "records", 1500);
    write_key_int(w, "events", 1234);
    write_key_int(w, "refused", b->refused);
    write_key_int(w, "months", b->months);
    write_key_int(w, "needed", b->needed);
    write_string(w, "runway");
    write_map(w, 4);
    indicator(w, b->runway, 7, 1);
    for (size_t i = 0; i < 4; i++)
        write_key_int(w, counts[i], !b->rows ? 0 : i == 1 ? 2 : 1);
    write_key_int(w, "kept", b->kept);
    rows(w, b->rows);
    return canned_end();
}

typedef int page_printer(struct fields *f, const json_t *json, enum language language, FILE *to);
static page_printer *page;
static enum language language;

static void print_page(struct fields *f, const json_t *json, FILE *to)
{
    ck_assert_int_eq(page(f, json, language, to), 0);
}

static char *shown(page_printer *print, enum language in, json_t *json)
{
    page = print;
    language = in;
    char *text = canned_print(print_page, json);
    json_decref(json);
    return text;
}

static void expect(page_printer *print, enum language in, const struct canned_backtest *b,
                   const char *expected, bool there)
{
    char *text = shown(print, in, answer(b));
    ck_assert_msg((strstr(text, expected) != NULL) == there, "\"%s\" is %sin\n%s", expected,
                  there ? "not " : "", text);
    free(text);
}

START_TEST(a_backtest_is_shown_whole)
{
    char *text = shown(backtest_print, LANGUAGE_EN, answer(&plain));
    static const char *const expected[] = {
        "Backtest  130207/390  policy version 3 all along\n"
        "1,234 events replayed; books from 2023-12-31 to 2024-12-31\n"
        "same 1, moved 2, only then 1, only now 1\n\nrule  ",
        "runway               2024-03-31  fires, normal → low (5.75 months)   ",
        "   same\ncoverage resident    2024-04-11  ends, low → normal (575.00 %)   ",
        "   2024-03-31  ends, low → normal (575.00 %)         11 days earlier\n"
        "quiet source tax     2024-03-31  changes, low → critical low (6 days)   ",
        "   2024-05-31  changes, low → critical low (6 days)  61 days later\n"
        "bank statement       2024-06-01  goes blind, normal → normal (the opening balance is not known)  –",
        "   only then\nnet loss of insured  –   ",
        "   2024-07-01  fires, normal → high (575.00 %)       only now\n",
    };
    const char *at = text;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        at = strstr(at, expected[i]);
        ck_assert_msg(at != NULL, "\"%s\" does not follow in\n%s", expected[i], text);
    }
    free(text);
}
END_TEST

START_TEST(a_backtest_speaks_both_languages)
{
    static const char *const expected[] = {
        "规则版本 3 自始适用", "重放 1,234 个事件", "可支付月数", "发生 正常 → 偏低（5.75 个月）", "早 11 天",
        "晚 61 天", "来源静默 tax", "仅当时", "仅回测", "银行对账",
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        expect(backtest_print, LANGUAGE_ZH, &plain, expected[i], true);
}
END_TEST

START_TEST(what_a_backtest_rests_on_is_said)
{
    struct canned_backtest b = plain;
    b.from = 20240501;
    expect(backtest_print, LANGUAGE_EN, &b, "policy version 3 from 2024-05-01 on\n", true);
    b.imported = true;
    expect(backtest_print, LANGUAGE_EN, &b,
           "history of 2023-12-31 to 2024-06-30 was imported and raised no alert", true);
    expect(backtest_print, LANGUAGE_ZH, &b, "2023-12-31 至 2024-06-30 的历史数据为导入", true);
    expect(backtest_print, LANGUAGE_EN, &plain, "imported", false);
    b.refused = 12;
    expect(backtest_print, LANGUAGE_EN, &b, "12 more events cannot be booked under this policy", true);
    b.kept = 3;
    expect(backtest_print, LANGUAGE_EN, &b, "only the first 3 rows are shown", true);
    expect(backtest_print, LANGUAGE_EN, &plain, "only the first", false);
    expect(backtest_print, LANGUAGE_EN, &plain, "cannot be booked", false);
}
END_TEST

START_TEST(too_little_history_is_said)
{
    struct canned_backtest b = plain;
    b.runway = "too_few_months";
    b.months = 2;
    b.rows = false;
    expect(backtest_print, LANGUAGE_EN, &b, "too little history: a runway needs 12 closed months, and on the "
           "last day there are 2\n", true);
    expect(backtest_print, LANGUAGE_EN, &b, "no alert in either\n", true);
    expect(backtest_print, LANGUAGE_ZH, &b, "历史不足：可支付月数需 12 个已结束月份", true);
    b.runway = "no_expenditure";
    expect(backtest_print, LANGUAGE_EN, &b, "on the last day the runway is not computable: ", true);
    b.needed = 0;               /* the rule is off */
    expect(backtest_print, LANGUAGE_EN, &b, "not computable", false);
}
END_TEST

START_TEST(of_a_replay_in_order_only_differences_are_shown)
{
    struct canned_backtest b = plain;
    expect(in_order_print, LANGUAGE_EN, &b, "had all come in time", true);
    expect(in_order_print, LANGUAGE_EN, &b, "11 days earlier", true);
    expect(in_order_print, LANGUAGE_EN, &b, "same", false);
    b.rows = false;
    expect(in_order_print, LANGUAGE_EN, &b, "no alert would have been different", true);
}
END_TEST

START_TEST(an_answer_that_lacks_something_is_not_shown)
{
    char fault[96];
    json_t *json = answer(&plain);
    json_object_del(json_object_get(json, "result"), "needed");
    page = backtest_print;
    canned_fault(print_page, json, fault);
    ck_assert_str_ne(fault, "");
    json_decref(json);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("backtest_text");
    TCase *t = tcase_create("pages");
    tcase_add_test(t, a_backtest_is_shown_whole);
    tcase_add_test(t, a_backtest_speaks_both_languages);
    tcase_add_test(t, what_a_backtest_rests_on_is_said);
    tcase_add_test(t, too_little_history_is_said);
    tcase_add_test(t, of_a_replay_in_order_only_differences_are_shown);
    tcase_add_test(t, an_answer_that_lacks_something_is_not_shown);
    suite_add_tcase(s, t);
    return s;
}
