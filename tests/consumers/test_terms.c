/* Every word of the protocol has one in Chinese, and figures are said with them. */
#include <string.h>

#include "consumers/terms.h"
#include "fund/event.h"
#include "fund/hindrance.h"
#include "fund/rule.h"
#include "tests/suite.h"
#include "wire/batch.h"

static const char *field_key(unsigned n)      { return event_field_key((enum event_field)n); }
static const char *reason(unsigned n)         { return reject_code((enum reject)n); }
static const char *outcome(unsigned n)        { return outcome_word((enum outcome)n); }
static const char *rule(unsigned n)           { return rule_word((enum rule)n); }
static const char *transition(unsigned n)     { return transition_word((enum transition)n); }
static const char *severity(unsigned n)       { return level_severity((int)n); }
static const char *audience(unsigned n)       { return rule_audience((enum rule)n, LEVEL_LOW); }
static const char *evidence(unsigned n)       { return evidence_word((enum evidence_word)n); }
static const char *payout(unsigned n)         { return payout_state_word((enum payout_state)n); }
static const char *move(unsigned n)           { return payout_move_word((enum payout_move)n); }
static const char *why(unsigned n)            { return hindrance_word((enum hindrance_why)n); }
static const char *error(unsigned n)
{
    static const char *const codes[] = {    /* PROTOCOL 9 */
        "malformed", "version", "unknown_query", "not_permitted", "not_found", "bad_argument", "busy",
        "failed",
    };
    return codes[n];
}
static const char *warning(unsigned n)
{
    static const char *const words[] = {    /* PROTOCOL 9.11 */
        "backup_old", "store_fills", "clock_unsynchronized", "alert_unsent", "source_behind", "store_older",
        "events_lost",
    };
    return words[n];
}
static const char *clock_state(unsigned n)
{
    static const char *const words[] = { "synchronized", "unsynchronized", "unknown" };
    return words[n];
}
static const char *reimbursement(unsigned n)  { return reimbursement_word((enum reimbursement)n); }

/* Each set with the function that gives the protocol's words, and their numbers. */
static const struct {
    const char *name;
    enum term_set set;
    const char *(*wire)(unsigned number);
    unsigned first, end;
} sets[] = {
    { "kind", TERM_KIND, event_kind_word, 1, KIND_END },
    { "category", TERM_CATEGORY, event_category_word, 1, CATEGORY_END },
    { "stage", TERM_STAGE, event_stage_word, 1, STAGE_END },
    { "status", TERM_STATUS, event_status_word, 1, STATUS_END },
    { "group", TERM_GROUP, event_group_word, 1, GROUP_END },
    { "measure", TERM_MEASURE, event_measure_word, 1, MEASURE_END },
    { "field", TERM_FIELD, field_key, 0, FIELD_COUNT },
    { "reason", TERM_REASON, reason, 1, REJECT_END },
    { "outcome", TERM_OUTCOME, outcome, 0, OUTCOME_REJECTED + 1 },
    { "rule", TERM_RULE, rule, 1, RULE_END },
    { "transition", TERM_TRANSITION, transition, TRANSITION_FIRING, TRANSITION_ACKNOWLEDGED + 1 },
    { "severity", TERM_SEVERITY, severity, 0, 3 },
    { "audience", TERM_AUDIENCE, audience, 1, RULE_END },
    { "evidence", TERM_EVIDENCE, evidence, 1, EVIDENCE_END },
    { "payout", TERM_STATE, payout, 0, PAYOUT_STATES },
    { "move", TERM_STAGE, move, 0, PAYOUT_MOVES },
    { "hindrance", TERM_HINDRANCE, why, 1, HINDRANCE_END },
    { "error", TERM_ERROR, error, 0, 8 },
    { "warning", TERM_WARNING, warning, 0, 7 },
    { "clock", TERM_CLOCK, clock_state, 0, 3 },
    { "reimbursement", TERM_INSTANCE, reimbursement, 0, REIMBURSEMENTS },
};
#define SETS (int)(sizeof sets / sizeof sets[0])

START_TEST(every_word_of_the_protocol_has_one_in_chinese)
{
    unsigned words = 0;
    for (unsigned number = sets[_i].first; number < sets[_i].end; number++) {
        const char *wire = sets[_i].wire(number);
        if (wire == NULL)
            continue;
        words++;
        ck_assert_msg(term_known(sets[_i].set, wire), "%s \"%s\" has no word in Chinese",
            sets[_i].name, wire);
        ck_assert_str_ne(term_of(LANGUAGE_ZH, sets[_i].set, wire), wire);
        ck_assert_str_eq(term_of(LANGUAGE_EN, sets[_i].set, wire), wire);
    }
    ck_assert_uint_gt(words, 0);
}
END_TEST

START_TEST(every_unit_of_evidence_and_rules_has_a_word)
{
    static const char *const without[] = { "fen", "yyyymmdd", "number", "e4", "months_e2" };
    for (unsigned n = 1; n < EVIDENCE_END; n++) {
        const char *unit = evidence_word((enum evidence_word)n) == NULL ? "fen"
                         : evidence_unit((enum evidence_word)n);
        bool known = term_known(TERM_UNIT, unit);
        for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
            known |= strcmp(unit, without[i]) == 0;
        ck_assert_msg(known, "%s", unit);
    }
    for (enum rule rule = RULE_RUNWAY; rule < RULE_END; rule++) {
        const char *unit = rule_word(rule) != NULL ? figure_unit(rule) : "%";
        ck_assert_msg(strcmp(unit, "%") == 0 || strcmp(unit, "元") == 0 || term_known(TERM_UNIT,
            unit), "%s", unit);
    }
}
END_TEST

static unsigned places_in(const char *text)
{
    unsigned places = 0;
    for (; *text != '\0'; text++) {
        if (text[0] == '{' && text[1] >= '1' && text[1] <= '9')
            places |= 1u << (text[1] - '1');
    }
    return places;
}

START_TEST(a_hindrance_has_the_same_places_in_both)
{
    for (unsigned why = 1; why < HINDRANCE_END; why++) {
        const char *zh = term_of(LANGUAGE_ZH, TERM_HINDRANCE, hindrance_word((enum hindrance_why)why));
        ck_assert_msg(places_in(zh) == places_in(hindrance_template((enum hindrance_why)why)), "\"%s\"", zh);
    }
}
END_TEST

static const struct { enum language language; const char *rule, *instance, *text; } rules[] = {
    { LANGUAGE_EN, "net_loss", "", "net_loss" },
    { LANGUAGE_ZH, "net_loss", "", "参保人数净减" },
    { LANGUAGE_EN, "budget", "2024-E11", "budget 2024-E11" },
    { LANGUAGE_ZH, "budget", "2024-E11", "预算执行 2024年度住院支出" },
    { LANGUAGE_ZH, "budget", "2024-income", "预算执行 2024年度收入" },
    { LANGUAGE_ZH, "budget", "2024-X", "预算执行 2024-X" },
    { LANGUAGE_ZH, "subsidy", "2024-county", "补助欠拨 2024年度县级" },
    { LANGUAGE_ZH, "contributions", "2024", "征缴进度 2024" },
    { LANGUAGE_ZH, "reimbursement", "in_policy", "报销比例 政策范围内" },
    { LANGUAGE_ZH, "quiet", "hospital-07", "来源静默 hospital-07" },
    { LANGUAGE_ZH, "quiet", "resident", "来源静默 resident" },
    { LANGUAGE_ZH, "coverage", "resident", "参保率 常住人口口径" },
    { LANGUAGE_ZH, "coverage", "last_year", "参保率 与上年参保人数比" },
    { LANGUAGE_ZH, "coverage", "students", "参保率 students" },
    { LANGUAGE_EN, "coverage", "resident", "coverage resident" },
    { LANGUAGE_ZH, "new_rule", "x", "new_rule x" },
};

START_TEST(a_rule_is_named_with_its_instance)
{
    char text[FIGURE_MAX];
    ck_assert_str_eq(term_rule(rules[_i].language, rules[_i].rule, rules[_i].instance, text), rules[_i].text);
}
END_TEST

START_TEST(values_have_their_unit_or_their_reason)
{
    char text[FIGURE_MAX];
    struct indicator months = { .value = { 849, 100, 1 } }, none = { .why = NC_NO_OPENING };
    ck_assert_str_eq(term_value(LANGUAGE_ZH, RULE_RUNWAY, months, text), "8.49 个月");
    ck_assert_str_eq(term_value(LANGUAGE_EN, RULE_RUNWAY, months, text), "8.49 months");
    ck_assert_str_eq(term_value(LANGUAGE_ZH, RULE_RUNWAY, none, text), "不可计算：期初结余未知");
    ck_assert_str_eq(term_limit(LANGUAGE_ZH, RULE_COVERAGE, 9550, text), "95.50 %");
    ck_assert_str_eq(term_limit(LANGUAGE_ZH, RULE_QUIET, 30000, text), "3 天");
    ck_assert_str_eq(term_base(LANGUAGE_ZH, "trailing_12", 12, text), "12 个已结束月份，近12个月");
    ck_assert_str_eq(term_base(LANGUAGE_EN, "trailing_12", 1, text), "1 closed month, trailing_12");
}
END_TEST

static const struct { enum rule rule; int64_t num, den, limit_e4; const char *zh, *en; } beside[] = {
    { RULE_RUNWAY, 59996, 10000, 60000, "5.9996 个月", "5.9996 months" },
    { RULE_RUNWAY, 60000, 10000, 60000, "6.00 个月", "6.00 months" },
    { RULE_RUNWAY, 599996, 100000, 60000, "5.99996 个月", "5.99996 months" },
    { RULE_RUNWAY, 599999999999, 100000000000, 60000, "5.99999999999 个月", "5.99999999999 months" },
    { RULE_RUNWAY, 600000000001, 100000000000, 60000, "6.00000000001 个月", "6.00000000001 months" },
    /* Half up would be the limit again. */
    { RULE_RUNWAY, 599995, 100000, 60000, "5.99995 个月", "5.99995 months" },
    /* One of the most that there can be is missing: 1.08e-19 of the value. */
    { RULE_RUNWAY, INT64_MAX - 1, INT64_MAX, 10000, "0.9999999999999999999 个月",
      "0.9999999999999999999 months" },
    { RULE_COVERAGE, INT64_MAX - 1, INT64_MAX, 10000, "99.99999999999999999 %", "99.99999999999999999 %" },
    { RULE_REIMBURSEMENT, 6999999999, 10000000000, 7000, "69.99999999 %", "69.99999999 %" },
    { RULE_DEFICIT, -1, INT64_MAX, 0, "-0.00000000000000001 %", "-0.00000000000000001 %" },
    { RULE_DEFICIT, 1, 2000000000, 0, "0.0000001 %", "0.0000001 %" },
    { RULE_RUNWAY, 597, 100, 60000, "5.97 个月", "5.97 months" },
    { RULE_PROVISIONAL, 1000001, 1000000, 10000, "100.0001 %", "100.0001 %" },
    { RULE_COVERAGE, 949996, 1000000, 9500, "94.9996 %", "94.9996 %" },
    { RULE_DEFICIT, -1, 100000, 0, "-0.001 %", "-0.001 %" },
    { RULE_SUBSIDY, 1, 1, 910000, "1 天", "1 day" },
    { RULE_GATE, 1, 1, 30000, "1 项", "1 condition" },
    { RULE_GAPS, 2, 1, 10000, "2 批", "2 batches" },
};

/* A rule has more than one limit, and a value is near one of them. */
START_TEST(a_value_is_told_apart_from_each_of_several_limits)
{
    static const int64_t limits[] = { 30000, 60000, 90000 };
    static const struct { int64_t num; const char *text; } values[] = {
        { 2999999999, "2.999999999 months" }, { 6000000001, "6.000000001 months" },
        { 8999999999, "8.999999999 months" }, { 9000000000, "9.00 months" }, { 7499999999, "7.50 months" },
    };
    char text[FIGURE_MAX];
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct indicator indicator = { .value = { values[i].num, 1000000000, 1 } };
        ck_assert_str_eq(term_value_beside(LANGUAGE_EN, RULE_RUNWAY, indicator, limits, 3, text),
                         values[i].text);
    }
}
END_TEST

START_TEST(what_reads_like_the_limit_is_the_limit)
{
    char text[FIGURE_MAX];
    struct indicator indicator = { .value = { beside[_i].num, beside[_i].den, 1 } };
    const int64_t *limit = &beside[_i].limit_e4;
    ck_assert_str_eq(term_value_beside(LANGUAGE_ZH, beside[_i].rule, indicator, limit, 1, text),
                     beside[_i].zh);
    ck_assert_str_eq(term_value_beside(LANGUAGE_EN, beside[_i].rule, indicator, limit, 1, text),
                     beside[_i].en);
}
END_TEST

/* What an officer reads in Chinese has no English in it. */
START_TEST(errors_and_reasons_are_chinese_throughout)
{
    for (unsigned n = 0; n < 8; n++)
        for (const char *at = term_of(LANGUAGE_ZH, TERM_ERROR, error(n)); *at != '\0'; at++)
            ck_assert_msg((unsigned char)*at >= 0x80, "%s", term_of(LANGUAGE_ZH, TERM_ERROR, error(n)));
}
END_TEST

START_TEST(a_hindrance_is_a_sentence)
{
    struct fields f = { .fault = "" };
    char text[TERM_SENTENCE_MAX];
    json_t *map = json_pack("{s:s, s:s, s:s, s:[s, s], s:i, s:I}", "why", "cleared", "move",
        "clearing", "state",
                            "cleared", "allowed", "retention", "deduction", "day", 20240131, "amount",
                            (json_int_t)0);
    ck_assert_str_eq(term_hindrance(&f, map, LANGUAGE_ZH, text),
                     "申请清算，但该年度已于 2024-01-31 清算，一年只清算一次：按月拨付的为月度预拨，由年度清算转为确定。"
                     "现为已清算，可办理：质保金预留、审核扣款。如需重新清算，请先冲销该笔清算");
    term_hindrance(&f, map, LANGUAGE_EN, text);
    ck_assert_msg(strstr(text, "is cleared once: what is paid by the month is "
        "provisional") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "can now have: retention, deduction.") != NULL, "%s", text);
    json_object_set_new(map, "why", json_string(""));
    ck_assert_str_eq(term_hindrance(&f, map, LANGUAGE_ZH, text), "");
    ck_assert_str_eq(f.fault, "");
    json_decref(map);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("terms");
    TCase *t = tcase_create("terms");
    tcase_add_loop_test(t, every_word_of_the_protocol_has_one_in_chinese, 0, SETS);
    tcase_add_test(t, every_unit_of_evidence_and_rules_has_a_word);
    tcase_add_test(t, a_hindrance_has_the_same_places_in_both);
    tcase_add_loop_test(t, a_rule_is_named_with_its_instance, 0, sizeof rules / sizeof rules[0]);
    tcase_add_test(t, values_have_their_unit_or_their_reason);
    tcase_add_test(t, a_value_is_told_apart_from_each_of_several_limits);
    tcase_add_loop_test(t, what_reads_like_the_limit_is_the_limit, 0, sizeof beside / sizeof beside[0]);
    tcase_add_test(t, errors_and_reasons_are_chinese_throughout);
    tcase_add_test(t, a_hindrance_is_a_sentence);
    suite_add_tcase(s, t);
    return s;
}
