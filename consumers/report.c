/* The form is a list of rows, made once; text and CSV print the same list.  Lines come in
 * the order of the chart, subtotals and totals where the form has them. */
#include "consumers/report.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/status.h"
#include "consumers/table.h"
#include "fund/account.h"
#include "fund/alert.h"
#include "fund/policy.h"

/* One form being printed. */
struct form {
    struct fields *f;
    const json_t *report;
    struct table *table;
    bool csv;
};

static const char *money(const struct form *form, int64_t fen, char text[FIGURE_MAX])
{
    return form->csv ? figure_yuan(fen, text) : figure_wan(fen, text);
}

/* A row of money.  In text derived figures and provisional parts are marked beside the amount, in
 * CSV in columns of their own. */
static void row(const struct form *form, const char *section, const char *code, const char *zh,
                const char *en, int64_t fen, int64_t provisional, bool derived)
{
    char amount[FIGURE_MAX], part[FIGURE_MAX] = "";
    money(form, fen, amount);
    if (provisional != 0)
        money(form, provisional, part);
    if (form->csv)
        TABLE_ROW(form->table, section, code, zh, en, amount, "元", part, derived ? "derived" : "");
    else
        TABLE_ROW(form->table, code, zh, en, amount, part, derived ? "†" : "");
}

static const json_t *find_line(const struct form *form, const char *code)
{
    const json_t *lines = field_array(form->f, form->report, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(field_text(form->f, line, "account"), code) == 0)
            return line;
    }
    return NULL;
}

static bool is_subsidy(enum account account)
{
    return account >= ACCOUNT_I21 && account <= ACCOUNT_I24;
}

/* Sums are the daemon's; this one it does not give. */
static void subsidy_row(const struct form *form)
{
    struct amount sum = { 0 };
    for (enum account account = ACCOUNT_I21; account <= ACCOUNT_I24; account++) {
        const json_t *line = find_line(form, account_info(account)->code);
        int64_t fen = line != NULL ? field_int(form->f, line, "amount") : 0;
        if (!amount_add(sum, (struct amount){ fen }, &sum))
            return;
    }
    row(form, "subtotal", "I2", "财政补贴收入", "subsidy", sum.fen, 0, false);
}

static const char *section_of(enum account_class class)
{
    return class == CLASS_INCOME ? "income" : "expenditure";
}

/* The subtotal of the subsidies stands in front of the first of them that moved. */
static void line_rows(const struct form *form, enum account_class class)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    bool subtotal = false;
    for (unsigned i = 0; i < count; i++) {
        const struct account_info *info = &chart[i];
        const json_t *line = info->class == class ? find_line(form, info->code) : NULL;
        if (line == NULL)
            continue;
        if (is_subsidy(info->account) && !subtotal) {
            subsidy_row(form);
            subtotal = true;
        }
        row(form, section_of(class), info->code, info->zh, info->en,
            field_int(form->f, line, "amount"), field_int(form->f, line, "provisional"), false);
    }
}

static int64_t provisional_total(const struct form *form)
{
    struct amount sum = { 0 };
    const json_t *lines = field_array(form->f, form->report, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        int64_t fen = field_int(form->f, json_array_get(lines, i), "provisional");
        if (!amount_add(sum, (struct amount){ fen }, &sum))
            return 0;
    }
    return sum.fen;
}

static void separate(const struct form *form)
{
    if (!form->csv)
        table_rule(form->table);
}

static void total(const struct form *form, const char *zh, const char *en, const char *key,
                  int64_t provisional, bool derived)
{
    row(form, "total", "", zh, en, field_int(form->f, form->report, key), provisional, derived);
}

static void money_rows(const struct form *form)
{
    bool derived = field_bool(form->f, form->report, "opening_derived");
    line_rows(form, CLASS_INCOME);
    separate(form);
    total(form, "本年收入合计", "income", "income", 0, false);
    separate(form);
    line_rows(form, CLASS_EXPENDITURE);
    separate(form);
    total(form, "本年支出合计", "expenditure", "expenditure", provisional_total(form), false);
    separate(form);
    total(form, "本年收支结余", "surplus", "surplus", 0, false);
    total(form, "上年结余", "last year's balance", "opening", 0, derived);
    total(form, "年末滚存结余", "this year's balance", "closing", 0, derived);
}

/* --- The band. ----------------------------------------------------------------- */

static void read_limit(const json_t *rule, const char *key, struct limit *limit)
{
    const json_t *pair = json_object_get(rule, key);
    if (json_array_size(pair) == 2)
        *limit = (struct limit){ json_integer_value(json_array_get(pair, 0)),
                                 json_integer_value(json_array_get(pair, 1)) };
}

/* What a policy does not state is at its default (PROTOCOL 6). */
static struct rule_limits limits_of(const json_t *policy)
{
    struct runway_rule rule = policy_default().runway;
    const json_t *map = json_object_get(policy, "runway");
    read_limit(map, "critical_low", &rule.critical_low);
    read_limit(map, "low", &rule.low);
    read_limit(map, "high", &rule.high);
    read_limit(map, "excessive", &rule.excessive);
    bool on = !json_is_false(json_object_get(map, "on"));
    return (struct rule_limits){
        .critical_low_on = on, .critical_low = rule.critical_low,
        .low_on = on,          .low = rule.low,
        .high_on = on,         .high = rule.high,
        .excessive_on = on,    .excessive = rule.excessive,
    };
}

const char *report_band(struct fields *f, const json_t *policy, struct indicator runway)
{
    if (policy == NULL || runway.why != COMPUTABLE)
        return "";
    struct rule_limits limits = limits_of(field_map(f, policy, "policy"));
    if (!limits.low_on)
        return "no rule on it";
    return level_word(limits_level(&limits, runway.value, LEVEL_HEALTHY));
}

static struct indicator runway_of(const struct form *form, const json_t *status)
{
    return field_indicator(form->f, field_map(form->f, status, "runway"));
}

/* --- Text. --------------------------------------------------------------------- */

static void print_indicators(const struct form *form, const json_t *policy, FILE *to)
{
    char level[FIGURE_MAX];
    const json_t *status = field_map(form->f, form->report, "status");
    const char *band = report_band(form->f, policy, runway_of(form, status));
    fputs("\nindicators\n  runway        ", to);
    status_print_runway(form->f, status, figure_level(band, level), to);
    fputs("  surplus       ", to);
    status_print_deficit(form->f, status, to);
    status_print_coverage(form->f, status, "coverage", to);
}

void report_print(struct fields *f, const json_t *report, const json_t *policy, FILE *to)
{
    struct form form = { .f = f, .report = report, .table = table_new("lllrrl") };
    char date[DATE_TEXT_MAX];
    fprintf(to, "%s  %" PRId64 "  as of %s  万元\n\n", field_text(f, report, "fund"),
            field_int(f, report, "year"), date_format(field_date(f, report, "as_of"), date));
    TABLE_ROW(form.table, "", "项目", "", "金额", "其中预付", "");
    separate(&form);
    money_rows(&form);
    if (table_print(form.table, to, 2) != 0)
        snprintf(f->fault, sizeof f->fault, "there is not enough memory");
    table_free(&form.table);
    print_indicators(&form, policy, to);
    if (field_bool(f, report, "opening_derived"))
        fprintf(to, "\n%s\n", DERIVED_NOTE);
}

/* --- CSV. ---------------------------------------------------------------------- */

static void indicator_row(const struct form *form, const char *code, enum rule rule, const char *en,
                          struct indicator indicator, const char *note)
{
    char value[FIGURE_MAX];
    bool known = indicator.why == COMPUTABLE;
    const char *unit = rule == RULE_RUNWAY ? "months" : "%";
    TABLE_ROW(form->table, "indicator", code, "", en, figure_number(rule, indicator, value),
              known ? unit : "", "", known ? note : not_computable_sentence(indicator.why));
}

static void coverage_rows(const struct form *form, const json_t *status)
{
    const json_t *lines = field_array(form->f, status, "coverage");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        char definition[FIGURE_MAX];
        snprintf(definition, sizeof definition, "coverage %s: %s ÷ %s",
                 field_text(form->f, line, "name"), field_text(form->f, line, "numerator"),
                 field_text(form->f, line, "denominator"));
        indicator_row(form, "coverage", RULE_COVERAGE, definition, field_indicator(form->f, line),
                      field_bool(form->f, line, "met") ? "met" : "not met");
    }
}

static void indicator_rows(const struct form *form, const json_t *policy)
{
    const json_t *status = field_map(form->f, form->report, "status");
    struct indicator runway = runway_of(form, status);
    char base[FIGURE_MAX], note[2 * FIGURE_MAX];
    const char *band = report_band(form->f, policy, runway);
    figure_base(field_text(form->f, status, "base"), field_int(form->f, status, "months"), base);
    snprintf(note, sizeof note, "%s%s%s%s", base, band[0] != '\0' ? "; " : "", band,
             field_bool(form->f, status, "balance_derived") ? "; derived" : "");
    indicator_row(form, "runway", RULE_RUNWAY, "runway", runway, note);
    indicator_row(form, "deficit", RULE_DEFICIT, "deficit",
                  field_indicator(form->f, field_map(form->f, status, "deficit")), "");
    indicator_row(form, "provisional", RULE_PROVISIONAL, "provisional share of expenditure",
                  field_indicator(form->f, field_map(form->f, status, "provisional_share")), "");
    coverage_rows(form, status);
}

void report_print_csv(struct fields *f, const json_t *report, const json_t *policy, FILE *to)
{
    struct form form = { .f = f, .report = report, .table = table_new("llllrlrl"), .csv = true };
    TABLE_ROW(form.table, "section", "code", "zh", "en", "value", "unit", "provisional", "note");
    money_rows(&form);
    indicator_rows(&form, policy);
    if (table_print_csv(form.table, to) != 0)
        snprintf(f->fault, sizeof f->fault, "there is not enough memory");
    table_free(&form.table);
}
