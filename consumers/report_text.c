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

static char *figure_or_nothing(int64_t fen, char text[FIGURE_MAX])
{
    text[0] = '\0';
    if (fen != 0)
        figure_wan(fen, text);
    return text;
}

static const char *wan_or_nothing(int64_t fen, char text[FIGURE_MAX])
{
    return figure_or_nothing(fen, text);
}

static const char *marked_wan(const struct report *report, bool derived, int64_t fen, char text[FIGURE_MAX])
{
    figure_wan(fen, text);
    return report_marked(report, derived, text);
}

static const char *marked_wan_both(const struct report *report, struct report_marks marks, int64_t fen,
                                   char text[FIGURE_MAX])
{
    figure_wan(fen, text);
    return report_marked_both(report, marks, text);
}

static const char *marked_count(const struct report *report, bool derived, int64_t count,
                                char text[FIGURE_MAX])
{
    figure_count(count, text);
    return report_marked(report, derived, text);
}

/* --- Text. ----------------------------------------------------------------------- */

static void print_head(const struct report *report, FILE *to)
{
    char date[DATE_TEXT_MAX], version[FIGURE_MAX], text[FIGURE_MAX];
    snprintf(version, sizeof version, "%" PRId64, report->policy_version);
    fprintf(to, "%s\n%s %s  %s %s  %s  %s\n", report->title, say(report, WORD_FUND), report->fund,
            say(report, WORD_AS_OF), date_format(report->as_of, date), say(report, WORD_UNIT),
            WORDS(text, say(report, WORD_POLICY_VERSION), version));
    if (report->importing[0] != '\0')
        fprintf(to, "%s%s%s\n", say(report, WORD_STATUS_IMPORTING), say(report, WORD_COLON),
                report->importing);
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
    if (!report->has_money) {
        fprintf(to, "  %s\n", say(report, WORD_NO_MONEY));
        return 0;
    }
    char margin[FIGURE_MAX];
    struct table *table = table_new("llrrl");
    TABLE_ROW(table, say(report, WORD_CODE), say(report, WORD_ITEM), say(report, WORD_AMOUNT),
              say(report, WORD_OF_WHICH), say(report, WORD_MARKS));
    table_rule(table);
    for (unsigned i = 0; i < report->line_count; i++) {
        const struct report_line *line = &report->lines[i];
        bool sum = line->kind == LINE_TOTAL && line->section != SECTION_RESULT;
        if (sum && i > 0 && line[-1].kind != LINE_TOTAL)
            table_rule(table);
        form_row(report, table, line);
        if (sum)
            table_rule(table);
    }
    int err = finish(table, to);
    if (report_margin_text(report, margin)[0] != '\0')
        fprintf(to, "  %s\n", margin);
    return err;
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
    int digits = report->indicator_count > 9 ? 2 : 1;
    fprintf(to, "\n%s\n", say(report, WORD_FORMULAS));
    for (unsigned i = 0; i < report->indicator_count; i++) {
        const struct report_indicator *row = &report->indicators[i];
        const char *marks = report_marks_text(row->marks);
        fprintf(to, "  %*u  %s\n  %*s  %s%s%s\n", digits, i + 1, row->formula, digits, "", say(report,
                                                                                               WORD_BASE),
                say(report, WORD_COLON), row->base);
        if (row->figures[0] != '\0')
            fprintf(to, "  %*s  = %s%s%s\n", digits, "", row->figures, marks[0] != '\0' ? " " : "", marks);
        if (row->remark[0] != '\0')
            fprintf(to, "  %*s  %s\n", digits, "", row->remark);
    }
}

static void subsidy_row(const struct report *report, struct table *table, const struct report_subsidy *row)
{
    char year[FIGURE_MAX], rate[FIGURE_MAX], heads[FIGURE_MAX], due[FIGURE_MAX], received[FIGURE_MAX];
    char share[FIGURE_MAX], ages[SUBSIDY_AGES][FIGURE_MAX], since[DATE_TEXT_MAX];
    bool derived = row->due_derived || row->received_derived;
    snprintf(year, sizeof year, "%d", row->year);
    WORDS(share, row->share[0] != '\0' ? "{1} %" : "", row->share);
    for (int age = 0; age < SUBSIDY_AGES; age++)
        report_marked(report, derived, figure_or_nothing(row->arrears[age], ages[age]));
    TABLE_ROW(table, year, row->name, row->per_head != 0 ? figure_yuan(row->per_head, rate) : "",
              row->heads >= 0 ? marked_count(report, row->heads_derived, row->heads, heads) : "",
              row->due_known ? marked_wan(report, row->due_derived, row->due, due)
                             : say(report, WORD_NOT_COMPUTABLE),
              row->received_known ? marked_wan(report, row->received_derived, row->received, received)
                                  : say(report, WORD_NOT_KNOWN),
              report_marked(report, derived, share), ages[SUBSIDY_30_DAYS], ages[SUBSIDY_90_DAYS],
              ages[SUBSIDY_OLDER], row->oldest != DATE_NONE ? date_format(row->oldest, since) : "");
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
    fprintf(to, "  %s\n", say(report, WORD_SUBSIDY_FORMULA));
    return err;
}

static int print_fees(const struct report *report, FILE *to)
{
    if (report->fee_count == 0)
        return 0;
    struct table *table = table_new("rrrr");
    fprintf(to, "\n%s\n", say(report, WORD_FINANCING));
    TABLE_ROW(table, say(report, WORD_YEAR), say(report, WORD_FEE_PER_HEAD), say(report,
                                                                                 WORD_SUBSIDY_PER_HEAD),
              say(report, WORD_BOTH_PER_HEAD));
    table_rule(table);
    for (unsigned i = 0; i < report->fee_count; i++) {
        const struct report_fee *row = &report->fees[i];
        char year[FIGURE_MAX], fee[FIGURE_MAX], subsidy[FIGURE_MAX], both[FIGURE_MAX];
        snprintf(year, sizeof year, "%d", row->year);
        TABLE_ROW(table, year, figure_yuan(row->fee, fee),
                  row->subsidy != 0 ? figure_yuan(row->subsidy, subsidy) : say(report, WORD_NOT_KNOWN),
                  row->subsidy != 0 ? figure_yuan(row->fee + row->subsidy, both) : "");
    }
    return finish(table, to);
}

static void budget_row(const struct report *report, struct table *table, const struct report_budget *row)
{
    char year[FIGURE_MAX], budget[FIGURE_MAX], actual[FIGURE_MAX], execution[FIGURE_MAX];
    char heads[FIGURE_MAX], rate[FIGURE_MAX];
    snprintf(year, sizeof year, "%d", row->year);
    WORDS(execution, row->execution[0] != '\0' ? "{1} %" : "", row->execution);
    figure_wan(row->budget, budget);
    marked_wan(report, row->derived, row->actual, actual);
    report_marked(report, true, execution);
    if (!report->budget_has_heads)
        TABLE_ROW(table, year, row->code, row->name, budget, actual, execution);
    else
        TABLE_ROW(table, year, row->code, row->name, row->heads != 0 ? figure_count(row->heads, heads) : "",
                  row->per_head != 0 ? figure_yuan(row->per_head, rate) : "", budget, actual, execution);
}

static void budget_heading(const struct report *report, struct table *table)
{
    const char *budgeted = say(report, WORD_BUDGETED), *executed = say(report, WORD_EXECUTED),
               *execution = say(report, WORD_EXECUTION);
    if (!report->budget_has_heads)
        TABLE_ROW(table, say(report, WORD_YEAR), say(report, WORD_CODE), say(report, WORD_ITEM), budgeted,
                  executed, execution);
    else
        TABLE_ROW(table, say(report, WORD_YEAR), say(report, WORD_CODE), say(report, WORD_ITEM),
                  say(report, WORD_BUDGET_HEADS), say(report, WORD_PER_HEAD), budgeted, executed, execution);
    table_rule(table);
}

static int print_budget(const struct report *report, FILE *to)
{
    if (report->budget_count == 0)
        return 0;
    struct table *table = table_new(report->budget_has_heads ? "rllrrrrr" : "rllrrr");
    fprintf(to, "\n%s\n", say(report, WORD_BUDGET));
    budget_heading(report, table);
    for (unsigned i = 0; i < report->budget_count; i++)
        budget_row(report, table, &report->budget[i]);
    return finish(table, to);
}

static int print_months(const struct report *report, FILE *to)
{
    if (!report->has_money)
        return 0;
    struct table *table = table_new("lrrrr");
    fprintf(to, "\n%s\n", say(report, WORD_MONTHS));
    TABLE_ROW(table, say(report, WORD_MONTH), say(report, WORD_INCOME), say(report, WORD_EXPENDITURE),
              say(report, WORD_OF_WHICH), say(report, WORD_MONTH_END_BALANCE));
    table_rule(table);
    for (unsigned i = 0; i < report->month_count; i++) {
        const struct report_month *month = &report->months[i];
        char in[FIGURE_MAX], out[FIGURE_MAX], part[FIGURE_MAX], balance[FIGURE_MAX];
        TABLE_ROW(table, month->name,
                  report->income_known ? marked_wan(report, month->income_derived, month->income, in)
                                       : say(report, WORD_NOT_KNOWN),
                  report->expenditure_known
                      ? marked_wan_both(report, month->expenditure_marks, month->expenditure, out)
                      : say(report, WORD_NOT_KNOWN),
                  wan_or_nothing(month->provisional, part),
                  report->has_opening ? marked_wan_both(report, month->balance_marks, month->balance, balance)
                                      : say(report, WORD_NOT_KNOWN));
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
        err = print_fees(report, to);
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

static bool is_balance(const struct report_line *line)
{
    return strcmp(line->code, "opening") == 0 || strcmp(line->code, "closing") == 0;
}

static void csv_line(const struct report *report, struct table *table, const struct report_line *line)
{
    char amount[FIGURE_MAX], part[FIGURE_MAX], margin[FIGURE_MAX];
    TABLE_ROW(table, section_of(line), line->code, line->name,
              line->known ? figure_yuan(line->fen, amount) : "", say(report, WORD_YUAN),
              line->provisional != 0 ? figure_yuan(line->provisional, part) : "", "", "",
              report_marks_words(report, line->marks),
              !line->known ? say(report, WORD_NOT_KNOWN)
                           : is_balance(line) ? report_margin_text(report, margin) : "", "", "");
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
                          const char *section, enum word name, int64_t fen, int64_t provisional,
                          struct report_marks marks)
{
    char text[DATE_TEXT_MAX], amount[FIGURE_MAX], part[FIGURE_MAX];
    TABLE_ROW(table, section, report_month_text(month, text), say(report, name), figure_yuan(fen, amount),
              say(report, WORD_YUAN), provisional != 0 ? figure_yuan(provisional, part) : "", "", "",
              report_marks_words(report, marks), "", "", "");
}

static void csv_month(const struct report *report, struct table *table, const struct report_month *month)
{
    if (report->income_known)
        csv_month_row(report, table, month->month, "month_income", WORD_INCOME, month->income, 0,
                      (struct report_marks){ .derived = month->income_derived });
    if (report->expenditure_known)
        csv_month_row(report, table, month->month, "month_expenditure", WORD_EXPENDITURE, month->expenditure,
                      month->provisional, month->expenditure_marks);
    if (report->has_opening)
        csv_month_row(report, table, month->month, "month_balance", WORD_MONTH_END_BALANCE, month->balance,
                      0, month->balance_marks);
}

static void csv_subsidy_row(const struct report *report, struct table *table,
                            const struct report_subsidy *row, const char *section, const char *value,
                            enum word unit, bool derived)
{
    TABLE_ROW(table, section, row->code, row->name, value, say(report, unit), "", "", "",
              report_marks_words(report, (struct report_marks){ .derived = derived && value[0] != '\0' }),
              row->note, "", "");
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
                            WORD_YUAN, row->due_derived || row->received_derived);
    }
    if (row->oldest != DATE_NONE)
        csv_subsidy_row(report, table, row, "subsidy_since", date_format(row->oldest, since), WORD_DATE,
                        false);
}

static void csv_subsidy(const struct report *report, struct table *table, const struct report_subsidy *row)
{
    char rate[FIGURE_MAX], heads[FIGURE_MAX], due[FIGURE_MAX], received[FIGURE_MAX];
    csv_subsidy_row(report, table, row, "subsidy_per_head",
                    row->per_head != 0 ? figure_yuan(row->per_head, rate) : "", WORD_YUAN, false);
    snprintf(heads, sizeof heads, "%" PRId64, row->heads);
    csv_subsidy_row(report, table, row, "subsidy_heads", row->heads >= 0 ? heads : "", WORD_HEADS,
                    row->heads_derived);
    csv_subsidy_row(report, table, row, "subsidy_due", row->due_known ? figure_yuan(row->due, due) : "",
                    WORD_YUAN, row->due_derived);
    csv_subsidy_row(report, table, row, "subsidy_received",
                    row->received_known ? figure_yuan(row->received, received) : "", WORD_YUAN,
                    row->received_derived);
    csv_subsidy_row(report, table, row, "subsidy_share", row->share, WORD_PERCENT,
                    row->due_derived || row->received_derived);
    csv_arrears(report, table, row);
}

static void csv_fee(const struct report *report, struct table *table, const struct report_fee *row)
{
    char year[FIGURE_MAX], fee[FIGURE_MAX];
    snprintf(year, sizeof year, "%d", row->year);
    TABLE_ROW(table, "fee_per_head", year, say(report, WORD_FEE_PER_HEAD), figure_yuan(row->fee, fee),
              say(report, WORD_YUAN), "", "", "", "", "", "", "");
}

static void csv_budget(const struct report *report, struct table *table, const struct report_budget *row)
{
    char code[FIGURE_MAX], budget[FIGURE_MAX], actual[FIGURE_MAX], heads[FIGURE_MAX], rate[FIGURE_MAX];
    const char *marks = report_marks_words(report, (struct report_marks){ .derived = row->derived });
    snprintf(code, sizeof code, "%d:%s", row->year, row->code);
    snprintf(heads, sizeof heads, "%" PRId64, row->heads);
    TABLE_ROW(table, "budget", code, row->name, figure_yuan(row->actual, actual), say(report, WORD_YUAN), "",
              figure_yuan(row->budget, budget), "", marks, "", "", "");
    TABLE_ROW(table, "budget_execution", code, row->name, row->execution, say(report, WORD_PERCENT), "", "",
              "", row->execution[0] != '\0' ? say(report, WORD_MARK_DERIVED) : "", "", "", "");
    if (row->heads == 0)
        return;
    TABLE_ROW(table, "budget_heads", code, row->name, heads, say(report, WORD_HEADS), "", "", "", "",
              "", "", "");
    TABLE_ROW(table, "budget_per_head", code, row->name, figure_yuan(row->per_head, rate),
              say(report, WORD_YUAN), "", "", "", "", "", "", "");
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
    if (report->importing[0] != '\0')
        csv_fact(report, table, "importing", WORD_STATUS_IMPORTING, report->importing);
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
    for (unsigned i = 0; i < report->fee_count; i++)
        csv_fee(report, table, &report->fees[i]);
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
                       json_pack("{s:s, s:s, s:b}", "name", report->budget[i].name, "execution",
                                 report->budget[i].execution, "execution_derived",
                                 report->budget[i].execution[0] != '\0'));
    return good;
}

static json_t *insured_json(const struct report_insured *row)
{
    json_t *json = json_pack("{s:s, s:s, s:I, s:b, s:s}", "code", row->code, "name", row->name, "heads",
                             (json_int_t)row->heads, "derived", row->derived, "note", row->note);
    if (json != NULL && row->last_year >= 0)
        extend(json, json_pack("{s:I, s:b, s:s}", "last_year", (json_int_t)row->last_year,
                               "last_year_derived", row->last_year_derived, "change_share",
                               row->change_share));
    return json;
}

static bool add_insured(const struct report *report, json_t *json)
{
    json_t *insured = json_array();
    bool good = true;
    for (unsigned i = 0; i < report->insured_count; i++)
        good &= json_array_append_new(insured, insured_json(&report->insured[i])) == 0;
    return json_object_set_new(json, "insured", insured) == 0 && good;
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
    good &= extend_subsidies(report, json) && add_insured(report, json);
    if (good)
        return json;
    json_decref(json);
    return NULL;
}
