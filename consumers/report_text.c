#include "consumers/report_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/report_people.h"
#include "consumers/table.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const char *say(const struct report *report, enum word which)
{
    return word(report->language, which);
}

/* Prints the table and ends it. */
static int finish(struct table *table, FILE *to)
{
    int err = table_print(table, to, 2);
    table_free(&table);
    return err;
}

static const char *wan_or_nothing(int64_t fen, char text[FIGURE_MAX])
{
    return fen != 0 ? figure_wan(fen, text) : "";
}

/* --- Text. ----------------------------------------------------------------------- */

static void print_head(const struct report *report, FILE *to)
{
    char date[DATE_TEXT_MAX], version[FIGURE_MAX], text[FIGURE_MAX];
    snprintf(version, sizeof version, "%" PRId64, report->policy_version);
    fprintf(to, "%s\n%s %s  %s %s  %s  %s\n", report->title, say(report, WORD_FUND), report->fund,
            say(report, WORD_AS_OF), date_format(report->as_of, date), say(report, WORD_UNIT),
            WORDS(text, say(report, WORD_POLICY_VERSION), version));
    if (report->completeness[0] != '\0')
        fprintf(to, "%s%s%s\n", say(report, WORD_COMPLETENESS), say(report, WORD_COLON),
                report->completeness);
    fputc('\n', to);
}

static void form_row(const struct report *report, struct table *table, const struct report_line *line)
{
    char amount[FIGURE_MAX], part[FIGURE_MAX];
    TABLE_ROW(table, line->kind == LINE_TOTAL ? "" : line->code, line->name,
              line->known ? figure_wan(line->fen, amount) : say(report, WORD_NOT_KNOWN),
              wan_or_nothing(line->provisional, part), report_marks_text(line->marks));
}

static int print_form(const struct report *report, FILE *to)
{
    struct table *table = table_new("llrrl");
    TABLE_ROW(table, say(report, WORD_CODE), say(report, WORD_ITEM), say(report, WORD_AMOUNT),
              say(report, WORD_OF_WHICH), say(report, WORD_MARKS));
    table_rule(table);
    for (unsigned i = 0; i < report->line_count; i++) {
        const struct report_line *line = &report->lines[i];
        bool sum = line->kind == LINE_TOTAL && line->section != SECTION_RESULT;
        if (sum)
            table_rule(table);
        form_row(report, table, line);
        if (sum)
            table_rule(table);
    }
    return finish(table, to);
}

static const char *with_unit(const struct report_indicator *row, const char *number,
                             struct report_marks marks,
                             char text[REPORT_TEXT_MAX])
{
    text[0] = '\0';
    if (number[0] != '\0')
        words_fill(text, REPORT_TEXT_MAX, marks.derived || marks.provisional ? "{1} {2} {3}" : "{1} {2}",
                   (const char *const[]){ number, row->unit, report_marks_text(marks) }, 3);
    return text;
}

static void indicator_row(const struct report *report, struct table *table, unsigned index)
{
    const struct report_indicator *row = &report->indicators[index];
    char number[FIGURE_MAX], target[REPORT_TEXT_MAX], actual[REPORT_TEXT_MAX];
    TABLE_ROW(table, figure_count(index + 1, number), row->name,
              with_unit(row, row->target, (struct report_marks){ false, false }, target),
              with_unit(row, row->actual, row->marks, actual), report_outcome_text(report, row->outcome),
              row->note);
}

static int print_indicators(const struct report *report, FILE *to)
{
    struct table *table = table_new("rlllll");
    fprintf(to, "\n%s\n", say(report, WORD_INDICATORS));
    TABLE_ROW(table, "", say(report, WORD_INDICATOR), say(report, WORD_TARGET), say(report, WORD_ACTUAL),
              say(report, WORD_OUTCOME), say(report, WORD_NOTE));
    table_rule(table);
    for (unsigned i = 0; i < report->indicator_count; i++)
        indicator_row(report, table, i);
    return finish(table, to);
}

static void print_formulas(const struct report *report, FILE *to)
{
    fprintf(to, "\n%s\n", say(report, WORD_FORMULAS));
    for (unsigned i = 0; i < report->indicator_count; i++) {
        const struct report_indicator *row = &report->indicators[i];
        fprintf(to, "  %u  %s\n     %s%s%s\n", i + 1, row->formula, say(report, WORD_BASE),
                say(report, WORD_COLON), row->base);
        if (row->figures[0] != '\0')
            fprintf(to, "     = %s\n", row->figures);
        if (row->remark[0] != '\0')
            fprintf(to, "     %s\n", row->remark);
    }
}

static void subsidy_row(const struct report *report, struct table *table, const struct report_subsidy *row)
{
    char year[FIGURE_MAX], rate[FIGURE_MAX], heads[FIGURE_MAX], due[FIGURE_MAX], received[FIGURE_MAX];
    char share[REPORT_TEXT_MAX], ages[SUBSIDY_AGES][FIGURE_MAX], since[DATE_TEXT_MAX];
    snprintf(year, sizeof year, "%d", row->year);
    WORDS(share, row->share[0] != '\0' ? "{1} %" : "", row->share);
    TABLE_ROW(table, year, row->name, row->per_head != 0 ? figure_yuan(row->per_head, rate) : "",
              row->heads >= 0 ? figure_count(row->heads, heads) : "",
              row->due_known ? figure_wan(row->due, due) : say(report, WORD_NOT_COMPUTABLE),
              row->received_known ? figure_wan(row->received, received) : say(report, WORD_NOT_KNOWN), share,
              wan_or_nothing(row->arrears[SUBSIDY_30_DAYS], ages[SUBSIDY_30_DAYS]),
              wan_or_nothing(row->arrears[SUBSIDY_90_DAYS], ages[SUBSIDY_90_DAYS]),
              wan_or_nothing(row->arrears[SUBSIDY_OLDER], ages[SUBSIDY_OLDER]),
              row->oldest != DATE_NONE ? date_format(row->oldest, since) : "");
}

static void print_subsidy_notes(const struct report *report, FILE *to)
{
    for (unsigned i = 0; i < report->subsidy_count; i++) {
        const struct report_subsidy *row = &report->subsidies[i];
        if (row->note[0] != '\0')
            fprintf(to, "  %d %s%s%s\n", row->year, row->name, say(report, WORD_COLON), row->note);
    }
}

static int print_subsidies(const struct report *report, FILE *to)
{
    if (report->subsidy_count == 0)
        return 0;
    struct table *table = table_new("rlrrrrrrrrl");
    fprintf(to, "\n%s\n", say(report, WORD_SUBSIDIES));
    TABLE_ROW(table, say(report, WORD_YEAR), say(report, WORD_GOVERNMENT), say(report, WORD_PER_HEAD),
              say(report, WORD_HEADS), say(report, WORD_DUE), say(report, WORD_RECEIVED),
              say(report, WORD_SHARE_RECEIVED), say(report, WORD_ARREARS_30), say(report, WORD_ARREARS_90),
              say(report, WORD_ARREARS_OLDER), say(report, WORD_SINCE));
    table_rule(table);
    for (unsigned i = 0; i < report->subsidy_count; i++)
        subsidy_row(report, table, &report->subsidies[i]);
    int err = finish(table, to);
    print_subsidy_notes(report, to);
    return err;
}

static int print_budget(const struct report *report, FILE *to)
{
    if (report->budget_count == 0)
        return 0;
    struct table *table = table_new("rllrrr");
    fprintf(to, "\n%s\n", say(report, WORD_BUDGET));
    TABLE_ROW(table, say(report, WORD_YEAR), say(report, WORD_CODE), say(report, WORD_ITEM),
              say(report, WORD_BUDGETED), say(report, WORD_EXECUTED), say(report, WORD_EXECUTION));
    table_rule(table);
    for (unsigned i = 0; i < report->budget_count; i++) {
        const struct report_budget *row = &report->budget[i];
        char year[FIGURE_MAX], budget[FIGURE_MAX], actual[FIGURE_MAX], execution[REPORT_TEXT_MAX];
        snprintf(year, sizeof year, "%d", row->year);
        WORDS(execution, row->execution[0] != '\0' ? "{1} %" : "", row->execution);
        TABLE_ROW(table, year, row->code, row->name, figure_wan(row->budget, budget),
                  figure_wan(row->actual, actual), execution);
    }
    return finish(table, to);
}

static int print_months(const struct report *report, FILE *to)
{
    struct table *table = table_new("lrrrr");
    fprintf(to, "\n%s\n", say(report, WORD_MONTHS));
    TABLE_ROW(table, say(report, WORD_MONTH), say(report, WORD_INCOME), say(report, WORD_EXPENDITURE),
              say(report, WORD_OF_WHICH), say(report, WORD_MONTH_END_BALANCE));
    table_rule(table);
    for (unsigned i = 0; i < report->month_count; i++) {
        const struct report_month *month = &report->months[i];
        char in[FIGURE_MAX], out[FIGURE_MAX], part[FIGURE_MAX], balance[FIGURE_MAX];
        TABLE_ROW(table, month->name,
                  report->has_money ? figure_wan(month->income, in) : say(report, WORD_NOT_KNOWN),
                  report->has_money ? figure_wan(month->expenditure, out) : say(report, WORD_NOT_KNOWN),
                  wan_or_nothing(month->provisional, part),
                  report->has_opening ? figure_wan(month->balance, balance) : say(report, WORD_NOT_KNOWN));
    }
    return finish(table, to);
}

int report_print(const struct report *report, FILE *to)
{
    print_head(report, to);
    int err = print_form(report, to);
    if (err == 0)
        err = print_indicators(report, to);
    print_formulas(report, to);
    if (err == 0)
        err = print_subsidies(report, to);
    if (err == 0)
        err = print_budget(report, to);
    if (err == 0)
        err = print_months(report, to);
    if (err == 0)
        err = report_print_people(report, to);
    if (report->any_derived || report->any_provisional)
        fputc('\n', to);
    if (report->any_derived)
        fprintf(to, "%s\n", say(report, WORD_DERIVED_NOTE));
    if (report->any_provisional)
        fprintf(to, "%s\n", say(report, WORD_PROVISIONAL_NOTE));
    return err;
}

/* --- CSV. ------------------------------------------------------------------------ */

static const char *section_of(const struct report_line *line)
{
    static const char *const kinds[] = { [LINE_SUBTOTAL] = "subtotal", [LINE_TOTAL] = "total" };
    if (line->kind != LINE_ITEM)
        return kinds[line->kind];
    return line->section == SECTION_INCOME ? "income" : "expenditure";
}

static void csv_line(const struct report *report, struct table *table, const struct report_line *line)
{
    char amount[FIGURE_MAX], part[FIGURE_MAX];
    TABLE_ROW(table, section_of(line), line->code, line->name,
              line->known ? figure_yuan(line->fen, amount) : "", say(report, WORD_YUAN),
              line->provisional != 0 ? figure_yuan(line->provisional, part) : "", "", "",
              report_marks_words(report, line->marks),
              line->known ? "" : say(report, WORD_NOT_KNOWN), "", "");
}

static void csv_indicator(const struct report *report, struct table *table,
                          const struct report_indicator *row)
{
    char formula[2 * REPORT_TEXT_MAX], note[REPORT_NOTES_MAX];
    WORDS(formula, row->figures[0] != '\0' ? "{1} = {2}" : "{1}", row->formula, row->figures);
    TABLE_ROW(table, "indicator", row->code, row->name, row->actual, row->unit, "", row->target,
              report_outcome_text(report, row->outcome), report_marks_words(report, row->marks),
              report_notes(report, row, note), formula, row->base);
}

static void csv_month_row(const struct report *report, struct table *table, date_month month,
                          const char *section,
                          enum word name, int64_t fen, int64_t provisional)
{
    char text[DATE_TEXT_MAX], amount[FIGURE_MAX], part[FIGURE_MAX];
    TABLE_ROW(table, section, report_month_text(month, text), say(report, name), figure_yuan(fen, amount),
              say(report, WORD_YUAN), provisional != 0 ? figure_yuan(provisional, part) : "", "", "",
              "", "", "", "");
}

static void csv_month(const struct report *report, struct table *table, const struct report_month *month)
{
    csv_month_row(report, table, month->month, "month_income", WORD_INCOME, month->income, 0);
    csv_month_row(report, table, month->month, "month_expenditure", WORD_EXPENDITURE, month->expenditure,
                  month->provisional);
    if (report->has_opening)
        csv_month_row(report, table, month->month, "month_balance", WORD_MONTH_END_BALANCE, month->balance,
                      0);
}

static void csv_subsidy_row(const struct report *report, struct table *table,
                            const struct report_subsidy *row, const char *section, const char *value,
                            enum word unit)
{
    TABLE_ROW(table, section, row->code, row->name, value, say(report, unit), "", "", "", "", row->note, "",
              "");
}

static void csv_arrears(const struct report *report, struct table *table, const struct report_subsidy *row)
{
    static const char *const sections[SUBSIDY_AGES] = {
        [SUBSIDY_30_DAYS] = "subsidy_late_30", [SUBSIDY_90_DAYS] = "subsidy_late_90",
        [SUBSIDY_OLDER] = "subsidy_late_older",
    };
    char text[FIGURE_MAX], since[DATE_TEXT_MAX];
    for (int age = 0; age < SUBSIDY_AGES; age++) {
        if (row->arrears[age] != 0)
            csv_subsidy_row(report, table, row, sections[age], figure_yuan(row->arrears[age], text),
                            WORD_YUAN);
    }
    if (row->oldest != DATE_NONE)
        csv_subsidy_row(report, table, row, "subsidy_since", date_format(row->oldest, since), WORD_DATE);
}

static void csv_subsidy(const struct report *report, struct table *table, const struct report_subsidy *row)
{
    char rate[FIGURE_MAX], heads[FIGURE_MAX], due[FIGURE_MAX], received[FIGURE_MAX];
    csv_subsidy_row(report, table, row, "subsidy_per_head",
                    row->per_head != 0 ? figure_yuan(row->per_head, rate) : "", WORD_YUAN);
    snprintf(heads, sizeof heads, "%" PRId64, row->heads);
    csv_subsidy_row(report, table, row, "subsidy_heads", row->heads >= 0 ? heads : "", WORD_HEADS);
    csv_subsidy_row(report, table, row, "subsidy_due", row->due_known ? figure_yuan(row->due, due) : "",
                    WORD_YUAN);
    csv_subsidy_row(report, table, row, "subsidy_received",
                    row->received_known ? figure_yuan(row->received, received) : "", WORD_YUAN);
    csv_subsidy_row(report, table, row, "subsidy_share", row->share, WORD_PERCENT);
    csv_arrears(report, table, row);
}

static void csv_budget(const struct report *report, struct table *table, const struct report_budget *row)
{
    char code[FIGURE_MAX], budget[FIGURE_MAX], actual[FIGURE_MAX];
    snprintf(code, sizeof code, "%d:%s", row->year, row->code);
    TABLE_ROW(table, "budget", code, row->name, figure_yuan(row->actual, actual), say(report, WORD_YUAN), "",
              figure_yuan(row->budget, budget), "", "", "", "", "");
    TABLE_ROW(table, "budget_execution", code, row->name, row->execution, say(report, WORD_PERCENT), "", "",
              "", "", "", "", "");
}

static void csv_fact(const struct report *report, struct table *table, const char *code, enum word name,
                     const char *value)
{
    TABLE_ROW(table, "report", code, say(report, name), value, "", "", "", "", "", "", "", "");
}

static void csv_head(const struct report *report, struct table *table)
{
    char year[FIGURE_MAX], date[DATE_TEXT_MAX], version[FIGURE_MAX];
    snprintf(year, sizeof year, "%d", report->year);
    snprintf(version, sizeof version, "%" PRId64, report->policy_version);
    csv_fact(report, table, "fund", WORD_FUND, report->fund);
    csv_fact(report, table, "year", WORD_YEAR, year);
    csv_fact(report, table, "as_of", WORD_AS_OF, date_format(report->as_of, date));
    csv_fact(report, table, "policy_version", WORD_POLICY, version);
}

static void csv_completeness(const struct report *report, struct table *table)
{
    char expected[FIGURE_MAX], silent[FIGURE_MAX];
    if (report->expected_sources == 0)
        return;
    snprintf(expected, sizeof expected, "%" PRId64, report->expected_sources);
    snprintf(silent, sizeof silent, "%" PRId64, report->silent_sources);
    csv_fact(report, table, "expected_sources", WORD_EXPECTED_SOURCES, expected);
    csv_fact(report, table, "silent_sources", WORD_SILENT_SOURCES, silent);
    TABLE_ROW(table, "report", "complete_month", say(report, WORD_COMPLETE_MONTH), report->complete_month,
              say(report, WORD_PERCENT), "", "", "", "", "", "", "");
    TABLE_ROW(table, "report", "complete_year", say(report, WORD_COMPLETE_YEAR), report->complete_year,
              say(report, WORD_PERCENT), "", "", "", "", "", "", "");
}

int report_print_csv(const struct report *report, bool mark_order, FILE *to)
{
    struct table *table = table_new("llllrrllllll");
    TABLE_ROW(table, say(report, WORD_SECTION), say(report, WORD_CODE), say(report, WORD_ITEM),
              say(report, WORD_VALUE), say(report, WORD_UNIT_COLUMN), say(report, WORD_OF_WHICH),
              say(report, WORD_TARGET), say(report, WORD_OUTCOME), say(report, WORD_MARKS),
              say(report, WORD_NOTE), say(report, WORD_FORMULA), say(report, WORD_BASE));
    csv_head(report, table);
    csv_completeness(report, table);
    for (unsigned i = 0; i < report->line_count; i++)
        csv_line(report, table, &report->lines[i]);
    for (unsigned i = 0; i < report->indicator_count; i++)
        csv_indicator(report, table, &report->indicators[i]);
    for (unsigned i = 0; i < report->subsidy_count; i++)
        csv_subsidy(report, table, &report->subsidies[i]);
    for (unsigned i = 0; i < report->budget_count; i++)
        csv_budget(report, table, &report->budget[i]);
    for (unsigned i = 0; report->has_money && i < report->month_count; i++)
        csv_month(report, table, &report->months[i]);
    report_csv_people(report, table);
    if (mark_order)
        fputs(BYTE_ORDER_MARK, to);
    int err = table_print_csv(table, to);
    table_free(&table);
    return err;
}

/* --- JSON. ----------------------------------------------------------------------- */

static const char *name_of(const struct report *report, const char *code)
{
    for (unsigned i = 0; i < report->line_count; i++) {
        if (strcmp(report->lines[i].code, code) == 0)
            return report->lines[i].name;
    }
    return code;
}

static void name_lines(const struct report *report, json_t *json)
{
    json_t *lines = json_object_get(json, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        json_t *line = json_array_get(lines, i);
        const char *code = json_string_value(json_object_get(line, "account"));
        json_object_set_new(line, "name", json_string(name_of(report, code)));
    }
}

static json_t *indicator_json(const struct report_indicator *row)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:s, s:s, s:s, s:s}", "code", row->code,
                     "name", row->name, "target", row->target, "actual", row->actual, "unit", row->unit,
                     "outcome", report_outcome_word(row->outcome), "derived", row->marks.derived,
                     "provisional", row->marks.provisional, "note", row->note, "remark", row->remark,
                     "formula", row->formula, "figures", row->figures, "base", row->base);
}

static json_t *subsidy_json(const struct report_subsidy *row)
{
    char rate[FIGURE_MAX];
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", row->code, "name", row->name, "yuan_per_head",
                     row->per_head != 0 ? figure_yuan(row->per_head, rate) : "", "share", row->share, "note",
                     row->note);
}

/* What the report adds to the items of a list, which it has in the same order. */
static bool extend(json_t *item, json_t *more)
{
    bool good = json_object_update(item, more) == 0;
    json_decref(more);
    return good;
}

static bool extend_subsidies(const struct report *report, json_t *json)
{
    json_t *list = json_object_get(json, "subsidy");
    bool good = true;
    for (size_t i = 0; i < json_array_size(list); i++)
        good &= extend(json_array_get(list, i), subsidy_json(&report->subsidies[i]));
    if (report->subsidy_count > json_array_size(list))
        good &= extend(json_object_get(json, "subsidy_whole"),
                       subsidy_json(&report->subsidies[report->subsidy_count - 1]));
    list = json_object_get(json, "budget");
    for (size_t i = 0; i < json_array_size(list); i++)
        good &= extend(json_array_get(list, i),
                       json_pack("{s:s, s:s}", "name", report->budget[i].name, "execution",
                                 report->budget[i].execution));
    return good;
}

json_t *report_json(const struct report *report, const json_t *answer)
{
    json_t *json = json_deep_copy(answer), *indicators = json_array();
    bool good = json_object_set_new(json, "language", json_string(language_tag(report->language))) == 0
                && json_object_set_new(json, "title", json_string(report->title)) == 0;
    name_lines(report, json);
    for (unsigned i = 0; i < report->indicator_count; i++)
        good &= json_array_append_new(indicators, indicator_json(&report->indicators[i])) == 0;
    good &= json_object_set_new(json, "indicators", indicators) == 0;
    good &= extend_subsidies(report, json);
    if (good)
        return json;
    json_decref(json);
    return NULL;
}
