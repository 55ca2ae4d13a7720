/* What people see of outlooks, assumptions and roll-ups, from answers as the daemon gives them. */
#include <stdlib.h>
#include <string.h>

#include "consumers/outlook_text.h"
#include "consumers/rollup_text.h"
#include "tests/consumers/canned.h"
#include "tests/suite.h"

/* --- Answers. ------------------------------------------------------------------------------ */

static void pairs(struct writer *w, const char *why, int64_t num, int64_t den, int64_t mul)
{
    write_key_string(w, "computable", why);
    write_key_int(w, "num", num);
    write_key_int(w, "den", den);
    write_key_int(w, "mul", mul);
}

static void ratio(struct writer *w, const char *key, const char *why, int64_t num, int64_t den, int64_t mul)
{
    write_string(w, key);
    write_map(w, 4);
    pairs(w, why, num, den, mul);
}

static void judged(struct writer *w, const char *key, int64_t num, int64_t den, int64_t mul,
                   const char *level)
{
    write_string(w, key);
    write_map(w, 5);
    pairs(w, "", num, den, mul);
    write_key_string(w, "level", level);
}

/* Of a policy that asks for 6 months and a surplus, and for no more than 30 % on account. */
static void limits(struct writer *w)
{
    static const struct { const char *key; int64_t enter, leave; } rules[] = {
        { "runway", 60000, 63000 }, { "deficit", 0, 100 }, { "provisional_share", 3000, 2950 },
    };
    write_string(w, "limits");
    write_map(w, 3);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        write_string(w, rules[i].key);
        write_array(w, 2);
        write_int(w, rules[i].enter);
        write_int(w, rules[i].leave);
    }
}

/* Just below 6 months, or what a test says: so much of 1,200 million fen of a year. */
static int64_t months_of_balance = 590000000;

/* What differs between the answers of these tests. */
struct canned_outlook {
    const char *why;            /* there is no outlook; NULL: there is */
    int64_t more, less;         /* needed */
    bool can_save, above, derived;
    int64_t margin;             /* of what clearing would have to add */
    const char *gate;
    int64_t paths;              /* that leave the band below */
    int64_t since, back;        /* outside since, or inside; paths that come back */
    const char *whatif;         /* why there is no scenario */
};
static const struct canned_outlook plain = {
    .more = 1234560000, .less = 987650000, .can_save = true, .gate = "open", .paths = 2, .whatif = "",
};

static void months(struct writer *w, bool known, int64_t balance)
{
    write_string(w, "months");
    write_array(w, known);
    if (!known)
        return;
    write_map(w, 6);
    write_key_int(w, "month", 202501);
    write_key_int(w, "income", 10000000);
    write_key_int(w, "expenditure", 20000000);
    write_key_int(w, "balance", balance);
    judged(w, "runway", months_of_balance, 1200000000, 12, "low");
    judged(w, "deficit", -5, 1000, 1, "normal");
}

/* What the one alert that would come is of. */
static struct foretold {
    const char *rule, *instance, *transition;
} foretold = { "runway", "", "firing" };

static void alerts(struct writer *w, bool known)
{
    write_string(w, "alerts");
    write_array(w, known);
    if (!known)
        return;
    write_map(w, 12);
    write_key_int(w, "date", 20250131);
    write_key_string(w, "rule", foretold.rule);
    write_key_string(w, "instance", foretold.instance);
    write_key_string(w, "transition", foretold.transition);
    write_key_string(w, "from", "normal");
    write_key_string(w, "to", "low");
    write_key_string(w, "severity", "warning");
    write_key_int(w, "limit_e4", 60000);
    pairs(w, "", months_of_balance, 1200000000, 12);
}

static void scenario(struct writer *w, const char *key, const char *why, int64_t balance, bool changed)
{
    bool known = why[0] == '\0';
    write_string(w, key);
    write_map(w, 8);
    write_key_string(w, "computable", why);
    write_key_int(w, "payouts_e4", changed ? 10850 : 10000);
    write_key_int(w, "subsidy_late", changed ? 90 : 0);
    write_key_int(w, "coverage_e4", changed ? -200 : 0);
    bool covered = strcmp(why, "no_coverage") != 0;
    ratio(w, "coverage", covered ? "" : "no_numerator", covered ? 96 : 0, covered ? 100 : 1, 1);
    months(w, known, balance);
    alerts(w, known);
    write_string(w, "judged");
    write_array(w, known ? 2 : 0);
    if (known) {
        write_string(w, "runway");
        write_string(w, "deficit");
    }
}

static void history(struct writer *w, const struct canned_outlook *o)
{
    write_string(w, "history");
    write_map(w, 6);
    write_key_int(w, "months", o->why != NULL ? 21 : 41);
    write_key_int(w, "needed", 24);
    write_key_int(w, "first", 202108);
    write_key_int(w, "last", 202412);
    write_key_int(w, "enough_on", o->why != NULL ? 20250331 : 0);
    write_key_int(w, "years", o->why != NULL ? 0 : 3);
}

static void side(struct writer *w, const char *name, int64_t limit_e4, const struct canned_outlook *o,
                 int64_t paths, int64_t since)
{
    bool known = o->why == NULL;
    write_map(w, 15);
    write_key_string(w, "side", name);
    write_key_int(w, "limit_e4", limit_e4);
    write_key_string(w, "computable", known ? "" : o->why);
    write_key_bool(w, "outside", since > 0);
    write_key_int(w, "since", since);
    write_key_bool(w, "since_or_before", since == 20240630);
    write_key_int(w, "early", paths > 0 ? 20250131 : 0);
    write_key_int(w, "expected", paths > 0 ? 20250331 : 0);
    write_key_int(w, "late", 0);
    write_key_int(w, "paths", paths);
    write_key_int(w, "back_early", o->back > 0 ? 20250430 : 0);
    write_key_int(w, "back_expected", o->back > 0 ? 20250531 : 0);
    write_key_int(w, "back_late", o->back == 4 ? 20250630 : 0);
    write_key_int(w, "back_paths", o->back);
    write_key_int(w, "of", known ? 4 : 0);
}

static void condition(struct writer *w, const char *name, const char *answer, const char *why, int64_t num,
                      int64_t den, bool derived)
{
    write_map(w, 7);
    write_key_string(w, "condition", name);
    write_key_string(w, "answer", answer);
    pairs(w, why, num, den, 1);
    write_key_bool(w, "derived", derived);
}

static void lists(struct writer *w, const struct canned_outlook *o)
{
    bool known = o->why == NULL;
    write_string(w, "standing");
    write_array(w, known);
    if (known) {
        write_map(w, 4);
        write_key_string(w, "rule", "deficit");
        write_key_string(w, "instance", "");
        write_key_string(w, "level", "low");
        write_key_bool(w, "blind", false);
    }
    write_string(w, "range");
    write_array(w, known);
    if (known) {
        write_map(w, 4);
        write_key_int(w, "month", 202501);
        ratio(w, "low", "", 550, 1200, 12);
        ratio(w, "expected", "", months_of_balance, 1200000000, 12);
        ratio(w, "high", "", months_of_balance + 20000000, 1200000000, 12);
    }
    write_string(w, "leaving");
    write_array(w, 2);
    side(w, "below", 60000, o, known ? o->paths : 0, o->since);
    side(w, "above", 90000, o, 0, 0);
    write_string(w, "unjudged");
    write_array(w, 2);
    write_map(w, 2);
    write_key_string(w, "rule", "quiet");
    write_key_string(w, "why", "sources");
    write_map(w, 2);
    write_key_string(w, "rule", "gaps");
    write_key_string(w, "why", "sources");
    write_string(w, "completeness");
    write_map(w, 4);
    write_key_int(w, "expected", 5);
    write_key_int(w, "silent", 1);
    ratio(w, "month", "", 9, 10, 1);
    ratio(w, "year", "", 19, 20, 1);
}

static void needed(struct writer *w, const struct canned_outlook *o)
{
    write_string(w, "needed");
    write_map(w, 6);
    write_key_string(w, "computable", o->why != NULL ? o->why : "");
    write_key_int(w, "to_e4", 65000);
    write_key_int(w, "on", 20251231);
    write_key_int(w, "more_income", o->more);
    write_key_int(w, "less_expenditure", o->less);
    write_key_bool(w, "can_save", o->can_save);
}

static void gate(struct writer *w, const struct canned_outlook *o)
{
    write_string(w, "gate");
    write_map(w, 4);
    write_key_string(w, "answer", o->gate);
    write_key_int(w, "months_e4", 60000);
    write_key_int(w, "surplus_e4", 0);
    write_string(w, "conditions");
    write_array(w, 3);
    condition(w, "runway", "open", "", 7, 1, o->derived);
    condition(w, "last_year", "shut", "", -3, 100, o->derived);
    if (o->why != NULL)
        condition(w, "ahead", "not_computable", o->why, 0, 1, false);
    else
        condition(w, "ahead", "open", "", 50000000, 1, false);
}

static void marks(struct writer *w, bool derived)
{
    write_string(w, "derived_figures");
    write_array(w, derived ? 2 : 0);
    if (!derived)
        return;
    write_string(w, "runway");
    write_string(w, "provisional_share");
}

static json_t *answer(const struct canned_outlook *o)
{
    struct writer *w = canned_begin();
    write_map(w, 21);
    write_key_string(w, "fund", "130207/390");
    limits(w);
    write_key_int(w, "as_of", 20241231);
    write_key_int(w, "policy_version", 3);
    write_key_bool(w, "balance_derived", o->derived);
    marks(w, o->derived);
    write_key_bool(w, "has_opening", true);
    write_key_string(w, "computable", o->why != NULL ? o->why : "");
    history(w, o);
    ratio(w, "runway", "", 700, 1200, 12);
    ratio(w, "provisional_share", "", 341, 1000, 1);
    lists(w, o);
    needed(w, o);
    gate(w, o);
    write_string(w, "clearing");
    write_map(w, 6);
    write_key_bool(w, "derived", o->above && o->derived);
    write_key_int(w, "margin", o->above ? o->margin : 0);
    write_key_string(w, "computable", "");
    write_key_int(w, "to_e4", 90000);
    write_key_bool(w, "above", o->above);
    write_key_int(w, "amount", o->above ? 1185950000 : 0);
    scenario(w, "projection", o->why != NULL ? o->why : "", 590000000, false);
    scenario(w, "whatif", o->why != NULL ? o->why : o->whatif, 480000000, true);
    return canned_end();
}

/* --- Looking. ------------------------------------------------------------------------------ */

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

static void expect(page_printer *print, enum language in, json_t *json, const char *expected, bool there)
{
    char *text = shown(print, in, json);
    ck_assert_msg((strstr(text, expected) != NULL) == there, "\"%s\" is %sin\n%s", expected,
                  there ? "not " : "", text);
    free(text);
}

START_TEST(an_outlook_is_shown_whole)
{
    char *text = shown(outlook_print, LANGUAGE_EN, answer(&plain));
    ck_assert_str_eq(text,
        "Outlook  130207/390  as of 2024-12-31  policy version 3  in 万元 (10,000 yuan)\n"
        "runway now: 7.00 months\n"
        "provisional share of expenditure: 34.10 %\n"
        "completeness: 90.00 % of 5 expected sources in the month, 95.00 % in the year; 1 silent\n"
        "firing now: deficit beyond its limit\n"
        "from the last 3 whole years (2022-01 to 2024-12; closed months in the books: 41), without growth\n"
        "\nOutlook\n"
        "  month    income  expenditure  balance  runway      range  surplus, 12 months %  level\n"
        "  ─────────────────────────────────────────────────────────────────────────────────────\n"
        "  2025-01   10.00        20.00   590.00    5.90  5.50–6.10                 -0.50  low\n"
        "\nLeaving the band\n"
        "  below 6 months: expected 2025-03-31, earliest 2025-01-31, latest – (on 2 of 4 paths)\n"
        "  above 9 months: not within twelve months\n"
        "\nAlerts that would come\n"
        "  2025-01-31  runway  fires  normal → low  5.90 months\n"
        "\nrules judged: runway, deficit\n"
        "not judged: quiet source, gaps in numbering (what sources will report is not known; they are taken "
        "to report everything)\n"
        "\nto be at 6.5 months on 2025-12-31: 1,234.56 万元 more income, or 987.65 万元 less expenditure\n"
        "\nPrepaying hospitals: allowed\n"
        "  at least 6 months of payments: 7.00; met\n"
        "  no deficit in the last year: -3.00 %; not met\n"
        "  no deficit in the next twelve months, also if the last year's growth goes on: 50.00 万元; met\n");
    free(text);
}
END_TEST

static const struct word_case {
    struct canned_outlook outlook;
    enum language language;
    const char *expected;
} word_cases[] = {
    { { .why = "too_little_history", .gate = "shut" }, LANGUAGE_EN,
      "There is no outlook: fewer than two years of twelve months are closed.\n"
      "The books have 21 closed months and 24 are needed: there will be enough on 2025-03-31.\n" },
    { { .why = "too_little_history", .gate = "not_computable" }, LANGUAGE_ZH,
      "账簿有 21 个已结束的完整月份，需要 24 个" },
    { { .why = "too_little_history", .gate = "not_computable" }, LANGUAGE_ZH,
      "医疗机构预付条件：不可计算\n" },
    { { .why = "money_elsewhere", .gate = "shut" }, LANGUAGE_EN,
      "no outlook: the balance is held one level up" },
    { { .more = 10000000, .less = 9000000, .gate = "shut", .whatif = "" }, LANGUAGE_EN,
      "10.00 万元 more income; saving 9.00 万元 is more than is spent until then" },
    { { .more = -10000000, .less = -9000000, .can_save = true, .gate = "shut", .whatif = "" }, LANGUAGE_EN,
      "10.00 万元 of income can be missing, or 9.00 万元 more be spent" },
    { { .above = true, .gate = "shut", .whatif = "" }, LANGUAGE_EN,
      "clearing would have to add 1,185.95 万元 of expenditure to bring it back to 9 months" },
    { { .gate = "open", .whatif = "", .above = true, .derived = true }, LANGUAGE_EN,
      "clearing would have to add about 1,185.95 万元 † of expenditure to bring it back to 9 months" },
    { { .gate = "open", .whatif = "", .above = true, .derived = true, .margin = 117142858 }, LANGUAGE_ZH,
      "清算须再增加支出约 1,186 万元 †（± 120 万元，因结余系推算），可支付月数方回到 9 个月" },
    { { .gate = "open", .whatif = "", .above = true, .derived = true, .margin = 9999999 }, LANGUAGE_EN,
      "add about 1,185.95 万元 † (± 10.00 万元, because the balance is derived) of expenditure" },
    { { .gate = "open", .whatif = "", .above = true, .derived = true, .margin = 10000001 }, LANGUAGE_EN,
      "add about 1,186 万元 † (± 11 万元, because the balance is derived) of expenditure" },
    { { .gate = "shut", .whatif = "" }, LANGUAGE_EN, "Prepaying hospitals: not allowed\n" },
    { { .derived = true, .gate = "shut", .whatif = "" }, LANGUAGE_EN, "runway now: 7.00 months †\n" },
    { { .derived = true, .gate = "shut", .whatif = "" }, LANGUAGE_ZH, "支出中预付数占比：34.10 % †\n" },
    { { .gate = "shut", .whatif = "" }, LANGUAGE_ZH, "支出中预付数占比：34.10 %\n" },
    { { .derived = true, .gate = "open", .whatif = "" }, LANGUAGE_EN,
      "at least 6 months of payments: 7.00 †; met" },
    { { .gate = "open", .whatif = "" }, LANGUAGE_ZH, "低于 6 个月：12个月内不会" },
    { { .gate = "open", .whatif = "", .since = 20240531, .back = 3 }, LANGUAGE_EN,
      "below 6 months: outside since 2024-05-31; back expected 2025-05-31, earliest 2025-04-30, latest – "
      "(on 3 of 4 paths)\n  above 9 months: not within" },
    { { .gate = "open", .whatif = "", .since = 20240630 }, LANGUAGE_EN,
      "below 6 months: outside since 2024-06-30 or before; not back within twelve months\n" },
    { { .gate = "open", .whatif = "", .since = 20240630, .back = 4 }, LANGUAGE_ZH,
      "低于 6 个月：2024-06-30 或更早 起已在区间外；预计 2025-05-31 回到" },
    { { .why = "too_little_history", .gate = "shut", .since = 20240531 }, LANGUAGE_EN,
      "outside since 2024-05-31; when it comes back is not computable: fewer than two years" },
    { { .why = "too_little_history", .gate = "shut" }, LANGUAGE_EN,
      "below 6 months: not computable: fewer than two years" },
    { { .gate = "open", .whatif = "" }, LANGUAGE_ZH, "不作判断：来源静默、批次缺号（来源何时报送无法预知" },
};

START_TEST(what_an_outlook_finds_is_said_in_words)
{
    expect(outlook_print, word_cases[_i].language, answer(&word_cases[_i].outlook), word_cases[_i].expected,
           true);
}
END_TEST

START_TEST(without_an_outlook_no_months_are_shown)
{
    struct canned_outlook unknown = { .why = "too_little_history", .gate = "shut" };
    expect(outlook_print, LANGUAGE_EN, answer(&unknown), "Alerts that would come", false);
    expect(outlook_print, LANGUAGE_EN, answer(&unknown), "to be at", false);
}
END_TEST

/* The projection pays subsidies as they came a year before, whatever is due by then. */
START_TEST(late_subsidies_that_are_foretold_are_explained)
{
    static const struct {
        struct foretold alert;
        bool explained;
    } cases[] = {
        { { "subsidy", "2024-central", "firing" }, true },
        { { "subsidy", "2024-central", "ended" }, false },
        { { "runway", "", "firing" }, false },
    };
    struct foretold usual = foretold;
    foretold = cases[_i].alert;
    expect(outlook_print, LANGUAGE_EN, answer(&plain), "do not say that a level will not pay",
           cases[_i].explained);
    expect(outlook_print, LANGUAGE_ZH, answer(&plain), "并非各级财政将会少拨", cases[_i].explained);
    /* Not of those that are asked for: the unchanged projection's alone. */
    char *text = shown(whatif_print, LANGUAGE_EN, answer(&plain));
    const char *first = strstr(text, "do not say that a level will not pay");
    ck_assert_int_eq(first != NULL, cases[_i].explained);
    ck_assert(first == NULL || first > strstr(text, "Alerts that would come unchanged"));
    free(text);
    foretold = usual;
}
END_TEST

START_TEST(assumptions_stand_beside_the_unchanged_months)
{
    json_t *json = answer(&plain);
    char *text = shown(whatif_print, LANGUAGE_EN, json);
    static const char *const expected[] = {
        "payouts at 108.5 %\n", "subsidies 90 days late\n", "coverage -2 points (now 96.00 %)",
        "2025-01             590.00              5.90   480.00     -110.00    5.90",
        "Alerts that would come\n",
        "Alerts that would come unchanged\n",
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        ck_assert_msg(strstr(text, expected[i]) != NULL, "\"%s\" is not in\n%s", expected[i], text);
    free(text);
}
END_TEST

START_TEST(assumptions_that_cannot_be_made_say_why)
{
    struct canned_outlook unknown = plain;
    unknown.whatif = "no_coverage";
    expect(whatif_print, LANGUAGE_EN, answer(&unknown), "There is no answer: there is no coverage", true);
    expect(whatif_print, LANGUAGE_ZH, answer(&unknown), "无法计算：没有可用的参保率", true);
    /* The reason does not stand where a percentage would. */
    expect(whatif_print, LANGUAGE_EN, answer(&unknown),
           "coverage -2 points (what it is now is not computable: ", true);
    expect(whatif_print, LANGUAGE_ZH, answer(&unknown), "参保率变化 -2 个百分点（现值不可计算：", true);
    expect(whatif_print, LANGUAGE_EN, answer(&unknown), " %), and fees", false);
}
END_TEST

START_TEST(an_answer_that_lacks_something_is_not_shown)
{
    char fault[96];
    json_t *json = answer(&plain);
    json_object_del(json, "gate");
    page = outlook_print;
    canned_fault(print_page, json, fault);
    ck_assert_str_ne(fault, "");
    json_decref(json);
}
END_TEST

/* --- A roll-up. ------------------------------------------------------------------------------ */

/* Members as they usually are; nobody has stated the opening balance of the one that is added, nor money. */
static bool unheard;

static void member(struct writer *w, const char *fund, const char *role, const char *within)
{
    bool silent = unheard && strcmp(role, "added") == 0;
    write_map(w, 22);
    write_key_string(w, "fund", fund);
    limits(w);
    write_key_bool(w, "guessed", strcmp(role, "above") == 0);
    write_key_bool(w, "importing", false);
    marks(w, within[0] == '\0');
    write_key_string(w, "role", role);
    write_key_string(w, "within", within);
    write_key_bool(w, "elsewhere", within[0] != '\0');
    write_key_int(w, "books_date", 20240930);
    write_key_bool(w, "has_opening", !silent);
    write_key_bool(w, "balance_derived", false);
    write_key_int(w, "balance", 700000000);
    write_key_int(w, "months", 12);
    bool later = strcmp(role, "later") == 0, spent = !later && !silent;
    write_key_int(w, "income", later ? 0 : 1100000000);
    write_key_int(w, "expenditure", spent ? 1200000000 : 0);
    const char *why = within[0] != '\0' ? "money_elsewhere" : spent ? ""
                    : later ? "too_few_months" : "no_opening";
    ratio(w, "runway", why, 7, 1, 1);
    ratio(w, "runway_owed", within[0] != '\0' ? "money_elsewhere" : "", 6, 1, 1);
    ratio(w, "runway_received", "no_standard", 0, 1, 1);
    ratio(w, "provisional_share", "", 1, 4, 1);
    write_key_string(w, "level", strcmp(role, "merged") == 0 ? "" : "normal");
    write_key_bool(w, "blind", false);
    write_key_int(w, "firing", 2);
}

static void members(struct writer *w)
{
    write_string(w, "members");
    write_array(w, 6);
    member(w, "440781/390", "behind", "");
    member(w, "440783/390", "later", "");
    member(w, "440800/390", "added", "");
    member(w, "440881/390", "contained", "440800/390");
    member(w, "440882/390", "merged", "440800/390");
    member(w, "440900/390", "above", "");
}

static void people(struct writer *w)
{
    write_string(w, "heads");
    write_array(w, 2);
    write_map(w, 4);
    write_key_string(w, "figure", "reported");
    write_key_int(w, "heads", 6847730);
    write_key_bool(w, "derived", true);
    write_string(w, "missing");
    write_array(w, 0);
    write_map(w, 4);
    write_key_string(w, "figure", "employees");
    write_key_int(w, "heads", -1);
    write_key_bool(w, "derived", false);
    write_string(w, "missing");
    write_array(w, 8);
    for (unsigned i = 0; i < 8; i++)
        write_string(w, "440800/390");
    write_string(w, "coverage");
    write_array(w, 1);
    write_map(w, 7);
    write_key_string(w, "numerator", "reported");
    write_key_string(w, "denominator", "resident");
    write_key_bool(w, "derived", true);
    pairs(w, "", 9739, 10000, 1);
}

static void lines(struct writer *w)
{
    write_string(w, "lines");
    write_array(w, 1);
    write_map(w, 4);
    write_key_string(w, "account", "E11");
    write_key_bool(w, "derived", false);
    write_key_int(w, "amount", 1200000000);
    write_key_int(w, "provisional", 400000000);
    write_key_int(w, "cancelled", 25000000);
    write_string(w, "transfers");
    write_array(w, 1);
    write_map(w, 3);
    write_key_string(w, "account", "I8");
    write_key_int(w, "cancelled", 25000000);
    write_key_int(w, "left", 15000000);
    write_key_int(w, "open_from", 20241201);
    write_string(w, "open_transfers");
    write_array(w, 1);
    write_map(w, 3);
    write_key_string(w, "account", "E8");
    write_key_int(w, "cancelled", 6000000);
    write_key_int(w, "left", 3000000);
}

static void an_amount(struct writer *w, const char *figure, const char *of, bool known)
{
    write_map(w, 7);
    write_key_string(w, "figure", figure);
    write_key_bool(w, "derived", known && of[0] != '\0');
    write_key_int(w, "year", 2024);
    write_key_string(w, "of", of);
    write_key_bool(w, "known", known);
    write_key_int(w, "amount", known ? 2459100000 : 0);
    write_string(w, "missing");
    write_array(w, known ? 0 : 1);
    if (!known)
        write_string(w, "440800/390");
}

static void amounts(struct writer *w)
{
    write_string(w, "amounts");
    write_array(w, 3);
    an_amount(w, "subsidy_late", "county", true);
    an_amount(w, "budget_executed", "income", false);
    an_amount(w, "contributions_expected", "", true);
}

/* In ten-millionths of a month, of a place and of its members. */
static int64_t place_runway = 70000000;

static json_t *rollup(void)
{
    static const char *const roles[] = { "added", "contained", "above", "behind", "later",
                                         "merged" };
    struct writer *w = canned_begin();
    write_map(w, 35);
    write_key_string(w, "place", "44");
    limits(w);
    write_string(w, "importing_members");
    write_array(w, 1);
    write_string(w, "440881/390");
    write_string(w, "derived_figures");
    write_array(w, 2);
    write_string(w, "balance");
    write_string(w, "deficit");
    write_key_int(w, "scheme", 390);
    write_key_int(w, "as_of", 20241231);
    write_key_bool(w, "as_of_common", false);
    write_string(w, "funds");
    write_map(w, 6);
    for (unsigned i = 0; i < 6; i++)
        write_key_int(w, roles[i], 1);
    write_key_bool(w, "has_opening", true);
    write_key_int(w, "balance", 700000000);
    write_key_bool(w, "balance_derived", true);
    write_key_int(w, "months", 12);
    write_key_int(w, "from", 202401);
    write_key_int(w, "to", 202412);
    write_key_int(w, "income", 1100000000);
    write_key_int(w, "expenditure", 1200000000);
    write_key_int(w, "provisional", 400000000);
    ratio(w, "runway", "", place_runway, 10000000, 1);
    ratio(w, "runway_owed", "", 6, 1, 1);
    ratio(w, "runway_received", "no_standard", 0, 1, 1);
    write_string(w, "owing");
    write_map(w, 0);
    ratio(w, "deficit", "too_few_months", 0, 1, 1);
    ratio(w, "provisional_share", "", 1, 3, 1);
    ratio(w, "reimbursement_in_policy", "", 6529, 10000, 1);
    ratio(w, "reimbursement_actual", "no_bills", 0, 1, 1);
    lines(w);
    people(w);
    amounts(w);
    members(w);
    write_string(w, "completeness");
    write_map(w, 4);
    write_key_int(w, "expected", 12);
    write_key_int(w, "silent", 1);
    ratio(w, "month", "", 9, 10, 1);
    ratio(w, "year", "", 97, 100, 1);
    return canned_end();
}

static const struct { page_printer *print; enum language language; const char *expected; } rollups[] = {
    { rollup_print, LANGUAGE_EN, "44 added up  Urban-rural resident" },
    { rollup_print, LANGUAGE_EN, "as of 2024-12-31 (as asked)  2024-01 to 2024-12, closed months: 12" },
    { rollup_print, LANGUAGE_EN, "funds: 6; added 1, contained 2, not added 3\n" },
    { rollup_print, LANGUAGE_EN, "completeness: 90.00 % of 12 expected sources in the month, "
      "97.00 % in the year; 1 silent\n" },
    { rollup_print, LANGUAGE_ZH, "报送完整率：应报来源 12 个，近一月 90.00%，近一年 97.00%；未报 1 个\n" },
    { rollup_print_csv, LANGUAGE_EN, "rollup,silent_sources,silent sources,1,,,\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "indicator,complete_month,completeness of the month,90.00,%,,\r\n" },
    { rollup_print, LANGUAGE_EN, "700.00 †\n" },
    { rollup_print, LANGUAGE_EN, " 6,847,730 †\n" },
    { rollup_print, LANGUAGE_EN, "\n† derived: " },
    { rollup_print, LANGUAGE_EN, "fewer months have ended than are needed" },
    { rollup_print, LANGUAGE_EN, "I8    transfer in      25.00        15.00\n" },
    { rollup_print, LANGUAGE_EN,
      "in the month that has not closed (from 2024-12-01 on, not in the lines above)\n" },
    { rollup_print, LANGUAGE_EN, "E8    transfer out       6.00         3.00\n" },
    { rollup_print_csv, LANGUAGE_EN, "open_cancelled,E8,transfer out,60000.00,yuan,,\r\n"
                                     "open_left,E8,transfer out,30000.00,yuan,,\r\n" },
    { rollup_print, LANGUAGE_EN, "importing: a member is importing: 440881/390; no rule is judged" },
    { rollup_print_csv, LANGUAGE_EN, "rollup,importing,importing,a member is importing: 440881/390; " },
    { rollup_print, LANGUAGE_EN, "25.00 %    –" },
    { rollup_print, LANGUAGE_EN, "contained in 440800/390" },
    { rollup_print, LANGUAGE_EN, "merged into 440800/390" },
    { rollup_print, LANGUAGE_EN, "440900/390  not added: its money is below (a guess)  " },
    { rollup_print, LANGUAGE_EN, "\nWhether the books of 440900/390 have money of its own or are the sum" },
    { rollup_print, LANGUAGE_ZH, "不计（资金在下级）（推测）" },
    { rollup_print_csv, LANGUAGE_EN,
      "member,440900/390,counted,not added: its money is below (a guess),,,\r\n" },
    { rollup_print, LANGUAGE_EN, " 65.29 %\n" },
    { rollup_print, LANGUAGE_EN, "2024  subsidy late                   county  2,459.10 †" },
    { rollup_print, LANGUAGE_EN, "executed of it                 income           –  missing: 440800/390\n" },
    { rollup_print, LANGUAGE_ZH, "逾期未到" },
    { rollup_print_csv, LANGUAGE_EN,
      "subsidy_late:2024-county,subsidy late county,24591000.00,yuan,derived,\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "amount,contributions_expected:2024,contributions expected so far," },
    { rollup_print_csv, LANGUAGE_EN, "executed of it income,,yuan,,missing: 440800/390\r\n" },
    { rollup_print, LANGUAGE_ZH, "并入 440800/390" },
    { rollup_print, LANGUAGE_EN, "not added: its books are at 2024-09-30" },
    { rollup_print, LANGUAGE_EN, "440800/390, … (8)\n" },
    { rollup_print, LANGUAGE_EN, "97.39 % †\n" },
    { rollup_print, LANGUAGE_ZH, "44 汇总  城乡居民基本医疗保险基金\n" },
    { rollup_print, LANGUAGE_ZH, "含于 440800/390" },
    { rollup_print, LANGUAGE_ZH, "转移收入" },
    { rollup_print_csv, LANGUAGE_EN, "section,code,item,value,unit,marks,note\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "total,balance,balance,7000000.00,yuan,derived,\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "indicator,runway,runway (months of payments),7.00,months,,\r\n" },
    { rollup_print, LANGUAGE_EN, "runway with everything owed  " },
    { rollup_print, LANGUAGE_EN, "6.00 months\n" },
    { rollup_print, LANGUAGE_EN, "standard, headcount or due date is missing\n" },
    { rollup_print, LANGUAGE_ZH, "可支付月数（计入全部应付未付）" },
    { rollup_print_csv, LANGUAGE_EN, "indicator,runway_owed,runway with everything owed,6.00,months,,\r\n" },
    { rollup_print_csv, LANGUAGE_EN,
      "member_provisional_share,440881/390,provisional share of expenditure,25.00,%,,\r\n" },
    { rollup_print, LANGUAGE_EN, "1,200.00    7.00 † " },
    { rollup_print, LANGUAGE_EN, " not known  fewer months have ended than are needed" },
    { rollup_print, LANGUAGE_EN, "440783/390  not added: its books open on this day, no month is over  " },
    { rollup_print, LANGUAGE_ZH, "440783/390  不计（账簿自该日开始，尚无整月）  " },
    { rollup_print_csv, LANGUAGE_EN, "member_income,440783/390,income,,yuan,,not known\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "total,expenditure,expenditure,12000000.00,yuan,,\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "cancelled,I8,transfer in,250000.00,yuan,,\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "member,440881/390,counted,contained in 440800/390,,,\r\n" },
    { rollup_print_csv, LANGUAGE_EN, "people,reported,people reported,6847730,,derived,\r\n" },
    { rollup_print_csv, LANGUAGE_ZH, "line,E11,住院支出,12000000.00,元,," },
};

/* 5.99999999 months, a fen below a limit, are not 6.00, nor is a place's 5.9999999. */
START_TEST(what_reads_like_a_limit_and_is_not_has_more_decimals)
{
    months_of_balance = 599999999;
    expect(outlook_print, LANGUAGE_EN, answer(&plain), "5.99999999  5.50–6.20", true);
    expect(outlook_print, LANGUAGE_EN, answer(&plain), "normal → low  5.99999999 months\n", true);
    expect(whatif_print, LANGUAGE_EN, answer(&plain), "  5.99999999 ", true);
    place_runway = 59999999;
    expect(rollup_print, LANGUAGE_EN, rollup(), "5.9999999 months\n", true);
    expect(rollup_print_csv, LANGUAGE_EN, rollup(), "(months of payments),5.9999999,months", true);
    months_of_balance = 600000000;
    expect(outlook_print, LANGUAGE_EN, answer(&plain), "normal → low  6.00 months\n", true);
}
END_TEST

START_TEST(a_rollup_shows_what_is_in_it)
{
    expect(rollups[_i].print, rollups[_i].language, rollup(), rollups[_i].expected, true);
}
END_TEST

/* What is not known of one that is added is not known of all of them. */
static const struct {
    page_printer *print;
    enum language language;
    const char *expected;
    bool there;
} silences[] = {
    { rollup_print, LANGUAGE_EN, "\n  expenditure      ", true },
    { rollup_print, LANGUAGE_EN, "        not known  missing: 440800/390\n", true },
    { rollup_print, LANGUAGE_EN, "   1,100.00\n", true },
    { rollup_print, LANGUAGE_EN, "440800/390  added  ", true },
    { rollup_print, LANGUAGE_EN, " not known  the opening balance is not known", true },
    { rollup_print, LANGUAGE_ZH, "未知  缺：440800/390\n", true },
    { rollup_print_csv, LANGUAGE_EN, "\r\ntotal,expenditure,expenditure,,yuan,,not known  ", true },
    { rollup_print_csv, LANGUAGE_EN, ",not known  missing: 440800/390\r\n", true },
    { rollup_print_csv, LANGUAGE_EN, "total,income,income,11000000.00,yuan,,\r\n", true },
    { rollup_print_csv, LANGUAGE_EN, "member_expenditure,440800/390,expenditure,,yuan,,not known\r\n", true },
    { rollup_print_csv, LANGUAGE_EN, "member_balance,440800/390", false },
};

START_TEST(what_nobody_reported_of_a_member_is_not_zero)
{
    unheard = true;
    expect(silences[_i].print, silences[_i].language, rollup(), silences[_i].expected, silences[_i].there);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("outlook_text");
    TCase *t = tcase_create("outlook_text");
    tcase_add_test(t, an_outlook_is_shown_whole);
    tcase_add_loop_test(t, what_an_outlook_finds_is_said_in_words, 0,
                        sizeof word_cases / sizeof word_cases[0]);
    tcase_add_test(t, without_an_outlook_no_months_are_shown);
    tcase_add_test(t, what_reads_like_a_limit_and_is_not_has_more_decimals);
    tcase_add_loop_test(t, late_subsidies_that_are_foretold_are_explained, 0, 3);
    tcase_add_test(t, assumptions_stand_beside_the_unchanged_months);
    tcase_add_test(t, assumptions_that_cannot_be_made_say_why);
    tcase_add_test(t, an_answer_that_lacks_something_is_not_shown);
    tcase_add_loop_test(t, a_rollup_shows_what_is_in_it, 0, sizeof rollups / sizeof rollups[0]);
    tcase_add_loop_test(t, what_nobody_reported_of_a_member_is_not_zero, 0,
                        sizeof silences / sizeof silences[0]);
    suite_add_tcase(s, t);
    return s;
}
