#include "consumers/report_page.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/chart.h"
#include "consumers/figures.h"
#include "consumers/html.h"

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1b2733;--soft:#5b6875;--line:#d5dce3;--strong:#1f4e79;"
    "--tint:#f3f6f9;--good:#1a7f4b;--bad:#b3261e;--in:#2f6fad;--out:#d0792b;--band:#cfe8d8;--bound:#5fa37c}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--paper:#12181f;--ink:#e4eaf0;--soft:#9aa8b5;"
    "--line:#33404c;--strong:#8cbbe6;--tint:#1a232c;--good:#5cc48e;--bad:#f2938a;--in:#6aa9e0;--out:#e89a50;"
    "--band:#1f3d2d;--bound:#4f9a70}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,"
    "-apple-system,\"Segoe UI\","
    "\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK SC\",\"Source Han Sans SC\",sans-serif}\n"
    "main{max-width:62rem;margin:0 auto;padding:2rem 1.5rem 3rem}\n"
    "header{border-bottom:2px solid var(--strong);padding-bottom:.8rem}\n"
    "h1{font-size:1.55rem;line-height:1.3;margin:0 0 .5rem;color:var(--strong)}\n"
    "h2{font-size:1.1rem;margin:2.2rem 0 .6rem;color:var(--strong)}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:.1rem 1.6rem;margin:0;color:var(--soft)}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.8rem;"
    "margin:1.2rem 0 0;"
    "padding:0}\n"
    ".tiles div{background:var(--tint);border-left:3px solid var(--strong);padding:.6rem .9rem}\n"
    ".tiles dt{color:var(--soft);font-size:.85rem}\n"
    ".tiles dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums;"
    "line-height:1.35;white-space:nowrap}\n"
    ".tiles dd small,.tiles .remark{font-size:.8rem;font-weight:400;color:var(--soft)}"
    ".tiles .remark{white-space:normal}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;border-top:2px solid var(--ink);"
    "border-bottom:2px solid var(--ink)}\n"
    "th,td{padding:.32rem .6rem;text-align:left;vertical-align:top;font-weight:400}\n"
    "thead th{border-bottom:1px solid var(--ink);font-weight:600;white-space:nowrap}\n"
    "tbody tr+tr>*{border-top:1px solid var(--line)}\n"
    "tbody+tbody{border-top:1px solid var(--ink)}\n"
    ".num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".code{color:var(--soft);white-space:nowrap}\n"
    ".sub th{padding-left:1.8rem}\n"
    ".total>*{font-weight:600;background:var(--tint)}\n"
    ".mark{color:var(--bad);font-size:.8em;vertical-align:super;line-height:0}\n"
    ".num .mark{position:absolute;margin-left:.1em;line-height:1.2}\n"
    "td.num:last-child{padding-right:1.3rem}th.num:last-child{padding-right:1.3rem}\n"
    "th::first-letter,dt::first-letter,b::first-letter{text-transform:uppercase}li b{display:inline-block}\n"
    "th[scope=row]{min-width:8rem}td.note{min-width:11rem}\n"
    ".subsidies th[scope=row]{min-width:4.5rem}.subsidies thead th{white-space:normal;vertical-align:bottom}"
    ".subsidies :is(th,td){padding-left:.45rem;padding-right:.45rem}\n"
    "p.note{margin:.4rem 0 0}\n"
    ".outcome{white-space:nowrap;font-weight:600}td.outcome,th.outcome{padding-left:1.3rem}\n"
    ".met{color:var(--good)}.not_met{color:var(--bad)}.no_target,.not_computable,.not_judged"
    "{color:var(--soft)}\n"
    ".note{color:var(--soft);font-size:.9rem}\n"
    "figure{margin:1rem 0 1.6rem}\n"
    "figcaption{display:flex;flex-wrap:wrap;gap:.1rem 1.4rem;align-items:baseline;margin-bottom:.3rem}\n"
    "figcaption b{font-weight:600}\n"
    ".key{color:var(--soft);font-size:.85rem}\n"
    ".key svg{width:1.4em;height:.8em;margin-right:.35em}\n"
    ".chart{display:block;width:100%;height:auto}\n"
    ".chart text{fill:var(--soft);font-size:22px}\n"
    ".chart .value text{fill:var(--ink);font-weight:600;font-size:25px}\n"
    ".grid{stroke:var(--line);stroke-width:1.5}.zero{stroke:var(--ink);stroke-width:2}\n"
    ".band{fill:var(--band)}.bound{stroke:var(--bound);stroke-width:2;stroke-dasharray:10 8}\n"
    "polyline.balance{fill:none;stroke:var(--in);stroke-width:5;stroke-linejoin:round}\n"
    "circle.balance{fill:var(--in);stroke:var(--paper);stroke-width:2}\n"
    "rect.income{fill:var(--in)}rect.expenditure{fill:var(--out)}\n"
    ".hatch{stroke:var(--paper);stroke-width:7;opacity:.55}\n"
    "rect.provisional{fill:url(#flows-hatch)}\n"
    "ol{padding-left:1.6rem}li{margin:.35rem 0}li p{margin:0;color:var(--soft);font-size:.9rem}\n"
    "footer{margin-top:2rem;padding-top:.6rem;border-top:1px solid var(--line);color:var(--soft);"
    "font-size:.9rem}\n"
    "footer p{margin:.2rem 0}\n"
    "@page{size:A4;margin:12mm 14mm}\n"
    "@media print{:root{color-scheme:light}body{font-size:9pt;line-height:1.38;print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}main{max-width:none;padding:0}h1{font-size:15pt;margin:0 0 1mm}"
    "h2{font-size:11pt;margin:3.2mm 0 1mm}figure,tr,li,.tiles div,"
    ".subsidies,.fees,.budget,.insured{break-inside:avoid}h2,"
    "figcaption{break-after:avoid}"
    "p.note{margin:.6mm 0 0}th,td{padding:.32mm 2mm}th[scope=row],td.note{min-width:0}"
    ".indicators th[scope=row]{min-width:17em}"
    ".tiles{grid-template-columns:repeat(4,1fr);margin-top:3mm}"
    ".tiles div{padding:1.5mm 2mm}"
    ".tiles dd{font-size:12pt}.tiles dt,.tiles .remark{font-size:8pt}.note,li p,.key,footer{font-size:8.5pt}"
    ".wide{overflow:visible}"
    "figure{margin:1mm 0 2mm}.chart{max-height:60mm}.form{break-before:page}li{margin:.8mm 0}"
    "footer{margin-top:3mm;padding-top:1mm}}\n";

static const char *say(const struct report *report, enum word which)
{
    return word(report->language, which);
}

static void mark(const struct report *report, struct report_marks marks, FILE *to)
{
    if (marks.derived || marks.provisional)
        HTML(to, "<span class=\"mark\" title=\"{1}\">{2}</span>", report_marks_words(report, marks),
             report_marks_text(marks));
}

/* --- Head. ----------------------------------------------------------------------- */

static void print_head(const struct report *report, FILE *to)
{
    HTML(to, "<!DOCTYPE html>\n<html lang=\"{1}\">\n<head>\n<meta charset=\"utf-8\"/>\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
         "<title>{2} ({3})</title>\n<style>\n",
         language_tag(report->language), report->title, report->fund);
    fputs(style, to);
    fputs("</style>\n</head>\n<body>\n<main>\n", to);
}

static void print_facts(const struct report *report, FILE *to)
{
    char date[DATE_TEXT_MAX], number[FIGURE_MAX], version[FIGURE_MAX];
    snprintf(number, sizeof number, "%" PRId64, report->policy_version);
    HTML(to, "<header>\n<h1>{1}</h1>\n<p class=\"facts\"><span>{2} {3}</span> <span>{4} {5}</span> "
         "<span>{6}</span> <span>{7}</span></p>\n",
         report->title, say(report, WORD_FUND), report->fund, say(report, WORD_AS_OF),
         date_format(report->as_of, date), say(report, WORD_UNIT),
         WORDS(version, say(report, WORD_POLICY_VERSION), number));
    if (report->importing[0] != '\0')
        HTML(to, "<p class=\"facts\">{1}{2}{3}</p>\n", say(report, WORD_STATUS_IMPORTING),
             say(report, WORD_COLON), report->importing);
    if (report->completeness[0] != '\0')
        HTML(to, "<p class=\"facts\">{1}{2}{3}</p>\n", say(report, WORD_COMPLETENESS),
             say(report, WORD_COLON), report->completeness);
    fputs("</header>\n", to);
}

static void begin_tile(const struct report *report, const char *name, const char *value,
                       struct report_marks marks, const char *unit, FILE *to)
{
    HTML(to, "<div><dt>{1}</dt><dd>{2}", name, value);
    mark(report, marks, to);
    HTML(to, " <small>{1}</small></dd>", unit);
}

static void tile(const struct report *report, const char *name, const char *value, struct report_marks marks,
                 const char *unit, FILE *to)
{
    begin_tile(report, name, value, marks, unit, to);
    fputs("</div>\n", to);
}

static const char *line_amount(const struct report *report, const struct report_line *line,
                               char text[FIGURE_MAX])
{
    return line->known ? figure_wan(line->fen, text) : say(report, WORD_NOT_KNOWN);
}

/* "80.52"; "" if it is not computable. */
static const struct report_indicator *provisional_share(const struct report *report)
{
    for (unsigned i = 0; i < report->indicator_count; i++) {
        if (strcmp(report->indicators[i].code, rule_word(RULE_PROVISIONAL)) == 0)
            return &report->indicators[i];
    }
    return NULL;
}

/* A runway is not read without the share that is provisional, which has a line of its own. */
static void runway_tile(const struct report *report, FILE *to)
{
    const struct report_indicator *runway = &report->indicators[0], *share = provisional_share(report);
    bool known = runway->outcome != OUTCOME_NOT_COMPUTABLE;
    char remark[REPORT_TEXT_MAX];
    begin_tile(report, runway->name, known ? runway->actual : say(report, WORD_NOT_COMPUTABLE), runway->marks,
               known ? runway->unit : "", to);
    if (known && share != NULL && share->actual[0] != '\0') {
        HTML(to, "<dd class=\"remark\">{1}", WORDS(remark, say(report, WORD_RUNWAY_TILE), share->actual));
        mark(report, share->marks, to);
        fputs("</dd>", to);
    }
    fputs("</div>\n", to);
}

/* The totals of the form, the balance in front of them, and the runway. */
static void print_tiles(const struct report *report, FILE *to)
{
    static const char *const codes[] = { "closing", "income", "expenditure" };
    char text[FIGURE_MAX];
    fputs("<dl class=\"tiles\">\n", to);
    for (size_t c = 0; c < sizeof codes / sizeof codes[0]; c++) {
        for (unsigned i = 0; i < report->line_count; i++) {
            const struct report_line *line = &report->lines[i];
            if (strcmp(line->code, codes[c]) == 0)
                tile(report, line->name, line_amount(report, line, text), line->marks,
                     line->known ? say(report, WORD_WAN) : "", to);
        }
        if (c == 0)
            runway_tile(report, to);
    }
    fputs("</dl>\n", to);
}

/* --- Tables. --------------------------------------------------------------------- */

static void begin_section(const struct report *report, const char *class, enum word heading, FILE *to)
{
    HTML(to, "<section class=\"{1}\" aria-labelledby=\"h-{1}\">\n<h2 id=\"h-{1}\">{2}</h2>\n", class,
         say(report, heading));
}

static void begin_table(const struct report *report, const char *class, enum word heading, FILE *to)
{
    begin_section(report, class, heading, to);
    HTML(to, "<div class=\"wide\"><table aria-labelledby=\"h-{1}\">\n<thead><tr>", class);
}

static void column(const struct report *report, enum word heading, const char *class, FILE *to)
{
    HTML(to, "<th scope=\"col\" class=\"{1}\">{2}</th>", class, say(report, heading));
}

static void end_table(FILE *to)
{
    fputs("</table></div>\n</section>\n", to);
}

static void form_row(const struct report *report, const struct report_line *line, FILE *to)
{
    char amount[FIGURE_MAX], part[FIGURE_MAX];
    bool total = line->kind == LINE_TOTAL, sub = line->kind == LINE_ITEM && strncmp(line->code, "I2", 2) == 0;
    HTML(to, "<tr class=\"{1}\"><td class=\"code\">{2}</td><th scope=\"row\">{3}</th><td class=\"num\">{4}",
         total ? "total" : sub ? "sub" : "item", total ? "" : line->code, line->name,
         line_amount(report, line, amount));
    mark(report, line->marks, to);
    HTML(to, "</td><td class=\"num\">{1}</td></tr>\n",
         line->provisional != 0 ? figure_wan(line->provisional, part) : "");
}

static void print_form(const struct report *report, FILE *to)
{
    char margin[FIGURE_MAX];
    if (!report->has_money)
        return;
    begin_table(report, "form", WORD_FORM, to);
    column(report, WORD_CODE, "code", to);
    column(report, WORD_ITEM, "item", to);
    column(report, WORD_AMOUNT, "num", to);
    column(report, WORD_OF_WHICH, "num", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->line_count; i++) {
        if (i > 0 && report->lines[i].section != report->lines[i - 1].section)
            fputs("</tbody>\n<tbody>\n", to);
        form_row(report, &report->lines[i], to);
    }
    fputs("</tbody>\n</table></div>\n", to);
    if (report_margin_text(report, margin)[0] != '\0')
        HTML(to, "<p class=\"note\">{1}</p>\n", margin);
    fputs("</section>\n", to);
}

static void quantity(const char *number, const char *unit, FILE *to)
{
    if (number[0] == '\0')
        fputs("–", to);
    else
        HTML(to, "{1} {2}", number, unit);
}

/* The outcome's word decides; the sign and the colour repeat it. */
static const char *outcome_sign(enum report_outcome outcome)
{
    static const char *const signs[] = {
        [OUTCOME_MET] = "✓", [OUTCOME_NOT_MET] = "✗", [OUTCOME_NO_TARGET] = "", [OUTCOME_NOT_COMPUTABLE] = "",
        [OUTCOME_NOT_JUDGED] = "",
    };
    return signs[outcome];
}

static void indicator_row(const struct report *report, unsigned index, FILE *to)
{
    const struct report_indicator *row = &report->indicators[index];
    char number[FIGURE_MAX], notes[REPORT_NOTES_MAX];
    HTML(to, "<tr><td class=\"code\">{1}</td><th scope=\"row\">{2}</th><td class=\"num\">",
         figure_count(index + 1, number), row->name);
    quantity(row->target, row->unit, to);
    fputs("</td><td class=\"num\">", to);
    quantity(row->actual, row->unit, to);
    mark(report, row->marks, to);
    HTML(to, "</td><td class=\"outcome {1}\">{2} {3}</td><td class=\"note\">{4}</td></tr>\n",
         report_outcome_word(row->outcome), outcome_sign(row->outcome),
         report_outcome_text(report, row->outcome), report_notes(report, row, notes));
}

static void print_indicators(const struct report *report, FILE *to)
{
    begin_table(report, "indicators", WORD_INDICATORS, to);
    fputs("<th scope=\"col\" class=\"code\">#</th>", to);
    column(report, WORD_INDICATOR, "item", to);
    column(report, WORD_TARGET, "num", to);
    column(report, WORD_ACTUAL, "num", to);
    column(report, WORD_OUTCOME, "outcome", to);
    column(report, WORD_NOTE, "note", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->indicator_count; i++)
        indicator_row(report, i, to);
    fputs("</tbody>\n", to);
    end_table(to);
}

/* A cell with a figure, or with nothing. */
static void marked_cell(const struct report *report, const char *text, const char *unit, bool derived,
                        FILE *to)
{
    HTML(to, "<td class=\"num\">{1}{2}", text, text[0] != '\0' ? unit : "");
    if (text[0] != '\0')
        mark(report, (struct report_marks){ .derived = derived }, to);
    fputs("</td>", to);
}

static void figure_cell(const char *text, const char *unit, FILE *to)
{
    HTML(to, "<td class=\"num\">{1}{2}</td>", text, text[0] != '\0' ? unit : "");
}

/* A cell with money; what is not known is said so. */
static void money_cell(const struct report *report, bool known, int64_t fen, bool derived, FILE *to)
{
    char text[FIGURE_MAX];
    marked_cell(report, known ? figure_wan(fen, text) : say(report, WORD_NOT_KNOWN), "", known
                && derived, to);
}

static void month_cell(const struct report *report, bool known, int64_t fen, struct report_marks marks,
                       FILE *to)
{
    char text[FIGURE_MAX];
    HTML(to, "<td class=\"num\">{1}", known ? figure_wan(fen, text) : say(report, WORD_NOT_KNOWN));
    if (known)
        mark(report, marks, to);
    fputs("</td>", to);
}

static void month_row(const struct report *report, const struct report_month *month, FILE *to)
{
    char part[FIGURE_MAX];
    HTML(to, "<tr><th scope=\"row\">{1}</th>", month->name);
    money_cell(report, report->income_known, month->income, month->income_derived, to);
    month_cell(report, report->expenditure_known, month->expenditure, month->expenditure_marks, to);
    figure_cell(month->provisional != 0 ? figure_wan(month->provisional, part) : "", "", to);
    month_cell(report, report->has_opening, month->balance, month->balance_marks, to);
    fputs("</tr>\n", to);
}

static void print_months(const struct report *report, FILE *to)
{
    if (!report->has_money)
        return;
    begin_table(report, "months", WORD_MONTHS, to);
    column(report, WORD_MONTH, "item", to);
    column(report, WORD_INCOME, "num", to);
    column(report, WORD_EXPENDITURE, "num", to);
    column(report, WORD_OF_WHICH, "num", to);
    column(report, WORD_MONTH_END_BALANCE, "num", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->month_count; i++)
        month_row(report, &report->months[i], to);
    fputs("</tbody>\n", to);
    end_table(to);
}

static void subsidy_row(const struct report *report, const struct report_subsidy *row, FILE *to)
{
    char year[FIGURE_MAX], text[FIGURE_MAX], since[DATE_TEXT_MAX];
    bool derived = row->due_derived || row->received_derived;
    snprintf(year, sizeof year, "%d", row->year);
    HTML(to, "<tr><td class=\"code\">{1}</td><th scope=\"row\">{2}</th>", year, row->name);
    figure_cell(row->per_head != 0 ? figure_yuan(row->per_head, text) : "", "", to);
    marked_cell(report, row->heads >= 0 ? figure_count(row->heads, text) : "", "", row->heads_derived, to);
    marked_cell(report, row->due_known ? figure_wan(row->due, text) : say(report, WORD_NOT_COMPUTABLE), "",
                row->due_known && row->due_derived, to);
    money_cell(report, row->received_known, row->received, row->received_derived, to);
    marked_cell(report, row->share, " %", derived, to);
    for (int age = 0; age < SUBSIDY_AGES; age++)
        marked_cell(report, row->arrears[age] != 0 ? figure_wan(row->arrears[age], text) : "", "",
                    derived, to);
    HTML(to, "<td class=\"code\">{1}</td></tr>\n",
         row->oldest != DATE_NONE ? date_format(row->oldest, since) : "");
}

/* Below the table, as in the text: a column for them would leave the others no room. */
static void print_subsidy_notes(const struct report *report, FILE *to)
{
    char year[FIGURE_MAX];
    for (unsigned i = 0; i < report->subsidy_count; i++) {
        const struct report_subsidy *row = &report->subsidies[i];
        snprintf(year, sizeof year, "%d", row->year);
        if (row->note[0] != '\0')
            HTML(to, "<p class=\"note\">{1} {2}{3}{4}</p>\n", year, row->name, say(report, WORD_COLON),
                 row->note);
    }
}

static void print_subsidies(const struct report *report, FILE *to)
{
    static const enum word figures[] = {
        WORD_PER_HEAD, WORD_HEADS, WORD_DUE, WORD_RECEIVED, WORD_SHARE_RECEIVED, WORD_ARREARS_30,
        WORD_ARREARS_90, WORD_ARREARS_OLDER,
    };
    if (report->subsidy_count == 0)
        return;
    begin_table(report, "subsidies", WORD_SUBSIDIES, to);
    column(report, WORD_YEAR, "code", to);
    column(report, WORD_GOVERNMENT, "item", to);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        column(report, figures[i], "num", to);
    column(report, WORD_SINCE, "code", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->subsidy_count; i++)
        subsidy_row(report, &report->subsidies[i], to);
    fputs("</tbody>\n</table></div>\n", to);
    print_subsidy_notes(report, to);
    HTML(to, "<p class=\"note\">{1}</p>\n</section>\n", say(report, WORD_SUBSIDY_FORMULA));
}

static void fee_row(const struct report *report, const struct report_fee *row, FILE *to)
{
    char year[FIGURE_MAX], text[FIGURE_MAX];
    snprintf(year, sizeof year, "%d", row->year);
    HTML(to, "<tr><th scope=\"row\">{1}</th>", year);
    figure_cell(figure_yuan(row->fee, text), "", to);
    figure_cell(row->subsidy != 0 ? figure_yuan(row->subsidy, text) : say(report, WORD_NOT_KNOWN), "", to);
    figure_cell(row->subsidy != 0 ? figure_yuan(row->fee + row->subsidy, text) : "", "", to);
    fputs("</tr>\n", to);
}

static void print_fees(const struct report *report, FILE *to)
{
    if (report->fee_count == 0)
        return;
    begin_table(report, "fees", WORD_FINANCING, to);
    column(report, WORD_YEAR, "code", to);
    column(report, WORD_FEE_PER_HEAD, "num", to);
    column(report, WORD_SUBSIDY_PER_HEAD, "num", to);
    column(report, WORD_BOTH_PER_HEAD, "num", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->fee_count; i++)
        fee_row(report, &report->fees[i], to);
    fputs("</tbody>\n", to);
    end_table(to);
}

static void budget_row(const struct report *report, const struct report_budget *row, FILE *to)
{
    char year[FIGURE_MAX], text[FIGURE_MAX];
    snprintf(year, sizeof year, "%d", row->year);
    HTML(to, "<tr><td class=\"code\">{1}</td><td class=\"code\">{2}</td><th scope=\"row\">{3}</th>", year,
         row->code, row->name);
    if (report->budget_has_heads) {
        figure_cell(row->heads != 0 ? figure_count(row->heads, text) : "", "", to);
        figure_cell(row->per_head != 0 ? figure_yuan(row->per_head, text) : "", "", to);
    }
    figure_cell(figure_wan(row->budget, text), "", to);
    money_cell(report, true, row->actual, row->derived, to);
    marked_cell(report, row->execution, " %", true, to);
    fputs("</tr>\n", to);
}

static void print_budget(const struct report *report, FILE *to)
{
    if (report->budget_count == 0)
        return;
    begin_table(report, "budget", WORD_BUDGET, to);
    column(report, WORD_YEAR, "code", to);
    column(report, WORD_CODE, "code", to);
    column(report, WORD_ITEM, "item", to);
    if (report->budget_has_heads) {
        column(report, WORD_BUDGET_HEADS, "num", to);
        column(report, WORD_PER_HEAD, "num", to);
    }
    column(report, WORD_BUDGETED, "num", to);
    column(report, WORD_EXECUTED, "num", to);
    column(report, WORD_EXECUTION, "num", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->budget_count; i++)
        budget_row(report, &report->budget[i], to);
    fputs("</tbody>\n", to);
    end_table(to);
}

static void print_formulas(const struct report *report, FILE *to)
{
    begin_section(report, "formulas", WORD_FORMULAS, to);
    fputs("<ol>\n", to);
    for (unsigned i = 0; i < report->indicator_count; i++) {
        const struct report_indicator *row = &report->indicators[i];
        HTML(to, "<li><b>{1}</b>{2}{3}{4}{5}", row->name, say(report, WORD_COLON), row->formula,
             row->figures[0] != '\0' ? " = " : "", row->figures);
        if (row->figures[0] != '\0')
            mark(report, row->marks, to);
        HTML(to, "<p>{1}{2}{3}</p></li>\n", say(report, WORD_BASE), say(report, WORD_COLON), row->base);
    }
    fputs("</ol>\n</section>\n", to);
}

/* --- Charts. --------------------------------------------------------------------- */

static void begin_chart(const struct report *report, struct chart *chart)
{
    char text[DATE_TEXT_MAX];
    chart->unit = say(report, WORD_WAN);
    for (unsigned slot = 0; slot < CHART_SLOTS; slot++)
        snprintf(chart->slots[slot], CHART_LABEL_MAX, "%s",
                 report_month_text(report->year * 12 + (date_month)slot, text));
}

static void add_value(struct series *series, const struct report_month *month, const char *name, int64_t fen)
{
    char label[CHART_LABEL_MAX], text[FIGURE_MAX], month_text[DATE_TEXT_MAX];
    if (series->count == 0)
        series->first = (unsigned)(month->month % 12);
    WORDS(label, "{1} {2} {3}", report_month_text(month->month, month_text), name, figure_wan(fen, text));
    memcpy(series->names[series->count], label, sizeof label);
    series->values[series->count++] = fen;
}

static void begin_figure(const char *title, FILE *to)
{
    HTML(to, "<figure>\n<figcaption><b>{1}</b>", title);
}

/* A small sample of what stands for `name`: a class, and another one in front of it or "". */
static void key_of_two(const char *class, const char *front, const char *name, FILE *to)
{
    HTML(to, " <span class=\"key\"><svg viewBox=\"0 0 28 16\" aria-hidden=\"true\">"
         "<rect class=\"{1}\" width=\"28\" height=\"16\"/>", class);
    if (front[0] != '\0')
        HTML(to, "<rect class=\"{1}\" width=\"28\" height=\"16\"/>", front);
    HTML(to, "</svg>{1}</span>", name);
}

static void key(const char *class, const char *name, FILE *to)
{
    key_of_two(class, "", name, to);
}

static void describe_balance(const struct report *report, const struct series *balance,
                             char desc[REPORT_TEXT_MAX])
{
    char first[DATE_TEXT_MAX], last[DATE_TEXT_MAX], from[FIGURE_MAX], to[FIGURE_MAX], see[REPORT_TEXT_MAX],
         points[REPORT_TEXT_MAX];
    unsigned end = report->month_count - 1;
    WORDS(points, say(report, WORD_BALANCE_DESC), report_month_text(report->months[0].month, first),
          figure_wan(balance->values[0], from), report_month_text(report->months[end].month, last),
          figure_wan(balance->values[end], to));
    WORDS(see, say(report, WORD_SEE_TABLE), say(report, WORD_MONTHS));
    words_fill(desc, REPORT_TEXT_MAX, "{1} {2}", (const char *const[]){ points, see }, 2);
}

static void band_key(const struct report *report, FILE *to)
{
    char text[REPORT_TEXT_MAX], month[FIGURE_MAX];
    if (!report->has_band)
        return;
    figure_wan(report->band_month, month);
    key("band", WORDS(text, say(report, WORD_BAND), report->band_bounds, month), to);
}

static void draw_balance(const struct report *report, const struct series *balance, FILE *to)
{
    char desc[REPORT_TEXT_MAX];
    struct chart chart = { .id = "balance", .title = say(report, WORD_MONTH_END_BALANCE), .desc = desc };
    describe_balance(report, balance, desc);
    begin_chart(report, &chart);
    chart_hold_series(&chart, balance);
    if (report->has_band)
        chart_hold(&chart, report->band_high);
    begin_figure(chart.title, to);
    band_key(report, to);
    fputs("</figcaption>\n", to);
    chart_begin(&chart, to);
    if (report->has_band)
        chart_band(&chart, report->band_low, report->band_high, to);
    chart_line(&chart, balance, to);
    chart_end(to);
    fputs("</figure>\n", to);
}

static void print_balance(const struct report *report, FILE *to)
{
    struct series balance = { .class = "balance" };
    if (!report->has_opening || report->month_count == 0) {
        HTML(to, "<p class=\"note\">{1}</p>\n", say(report, WORD_NO_BALANCE_CHART));
        return;
    }
    for (unsigned i = 0; i < report->month_count; i++)
        add_value(&balance, &report->months[i], say(report, WORD_MONTH_END_BALANCE),
                  report->months[i].balance);
    draw_balance(report, &balance, to);
}

/* Income, expenditure, and the part of it that is provisional. */
struct flows {
    struct series income, expenditure, provisional;
};

static void read_flows(const struct report *report, struct flows *flows)
{
    *flows = (struct flows){ .income.class = "income", .expenditure.class = "expenditure",
                             .provisional.class = "provisional" };
    for (unsigned i = 0; i < report->month_count; i++) {
        const struct report_month *month = &report->months[i];
        add_value(&flows->income, month, say(report, WORD_INCOME), month->income);
        add_value(&flows->expenditure, month, say(report, WORD_EXPENDITURE), month->expenditure);
        add_value(&flows->provisional, month, say(report, WORD_OF_WHICH), month->provisional);
    }
}

static void describe_flows(const struct report *report, char desc[REPORT_TEXT_MAX])
{
    char in[FIGURE_MAX], out[FIGURE_MAX], sums[REPORT_TEXT_MAX], see[REPORT_TEXT_MAX];
    WORDS(sums, say(report, WORD_FLOWS_DESC),
          report->income_known ? figure_wan(report->income, in) : say(report, WORD_NOT_KNOWN),
          report->expenditure_known ? figure_wan(report->expenditure, out) : say(report, WORD_NOT_KNOWN));
    WORDS(see, say(report, WORD_SEE_TABLE), say(report, WORD_MONTHS));
    words_fill(desc, REPORT_TEXT_MAX, "{1} {2}", (const char *const[]){ sums, see }, 2);
}

static void flows_caption(const struct report *report, const char *title, bool provisional, FILE *to)
{
    begin_figure(title, to);
    if (report->income_known)
        key("income", say(report, WORD_INCOME), to);
    if (report->expenditure_known)
        key("expenditure", say(report, WORD_EXPENDITURE), to);
    if (provisional)
        key_of_two("expenditure", "provisional", say(report, WORD_PROVISIONAL_PART), to);
    fputs("</figcaption>\n", to);
}

static void print_flows(const struct report *report, FILE *to)
{
    char desc[REPORT_TEXT_MAX];
    struct flows flows;
    struct chart chart = { .id = "flows", .title = say(report, WORD_FLOWS_CHART), .desc = desc };
    read_flows(report, &flows);
    describe_flows(report, desc);
    begin_chart(report, &chart);
    chart_hold_series(&chart, &flows.income);
    chart_hold_series(&chart, &flows.expenditure);
    chart_hold_series(&chart, &flows.provisional);
    flows_caption(report, chart.title, series_any(&flows.provisional), to);
    chart_begin(&chart, to);
    chart_bars(&chart, &flows.income, 0, 2, to);
    chart_bars(&chart, &flows.expenditure, 1, 2, to);
    chart_bars(&chart, &flows.provisional, 1, 2, to);
    chart_end(to);
    fputs("</figure>\n", to);
}

static void print_charts(const struct report *report, FILE *to)
{
    if (!report->has_money) {
        HTML(to, "<p class=\"note\">{1}</p>\n", say(report, WORD_NO_MONEY));
        return;
    }
    begin_section(report, "charts", WORD_CHARTS, to);
    print_balance(report, to);
    print_flows(report, to);
    fputs("</section>\n", to);
}

/* --- People. ---------------------------------------------------------------------- */

static void insured_row(const struct report *report, const struct report_insured *row, FILE *to)
{
    char text[FIGURE_MAX];
    HTML(to, "<tr><th scope=\"row\">{1}</th>", row->name);
    marked_cell(report, figure_count(row->heads, text), "", row->derived, to);
    marked_cell(report, row->last_year >= 0 ? figure_count(row->last_year, text) : "", "",
                row->last_year_derived, to);
    marked_cell(report, row->change, "", row->derived || row->last_year_derived, to);
    marked_cell(report, row->change_share, " %", row->derived || row->last_year_derived, to);
    HTML(to, "<td class=\"note\">{1}</td></tr>\n", row->note);
}

static void print_insured(const struct report *report, FILE *to)
{
    if (report->insured_count == 0)
        return;
    begin_table(report, "insured", WORD_INSURED, to);
    column(report, WORD_ITEM, "item", to);
    column(report, WORD_HEADS, "num", to);
    column(report, WORD_LAST_YEAR, "num", to);
    column(report, WORD_MORE_OR_LESS, "num", to);
    column(report, WORD_MORE_OR_LESS_SHARE, "num", to);
    column(report, WORD_NOTE, "note", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->insured_count; i++)
        insured_row(report, &report->insured[i], to);
    fputs("</tbody>\n", to);
    end_table(to);
}

static void churn_row(const struct report *report, const struct churn_row *row, FILE *to)
{
    char month[DATE_TEXT_MAX], text[FIGURE_MAX];
    HTML(to, "<tr><td class=\"code\">{1}</td><th scope=\"row\">{2}</th>",
         churn_month_text(row->month, month), churn_group_text(report->language, row->group));
    for (enum churn_count count = 0; count < CHURN_COUNTS; count++)
        figure_cell(figure_count(row->counts[count], text), "", to);
    fputs("</tr>\n", to);
}

static void print_churn(const struct report *report, FILE *to)
{
    char note[FIGURE_MAX];
    if (report->churn_count == 0)
        return;
    begin_table(report, "churn", WORD_CHURN, to);
    column(report, WORD_MONTH, "code", to);
    column(report, WORD_CHURN_GROUP, "item", to);
    for (enum churn_count count = 0; count < CHURN_COUNTS; count++)
        column(report, churn_heading(count), "num", to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (unsigned i = 0; i < report->churn_count; i++)
        churn_row(report, &report->churn[i], to);
    fputs("</tbody>\n</table></div>\n", to);
    HTML(to, "<p class=\"note\">{1}</p>\n</section>\n", churn_note(report->language, note));
}

/* --- The page. ------------------------------------------------------------------- */

static void print_foot(const struct report *report, FILE *to)
{
    char text[FIGURE_MAX];
    fputs("<footer>\n", to);
    if (report->any_derived)
        HTML(to, "<p>{1}</p>\n", say(report, WORD_DERIVED_NOTE));
    if (report->any_provisional)
        HTML(to, "<p>{1}</p>\n", say(report, WORD_PROVISIONAL_NOTE));
    HTML(to, "<p>{1}</p>\n</footer>\n</main>\n</body>\n</html>\n",
         WORDS(text, say(report, WORD_MADE_BY), FUNDWATCH_VERSION));
}

void report_print_page(const struct report *report, FILE *to)
{
    print_head(report, to);
    print_facts(report, to);
    print_tiles(report, to);
    print_indicators(report, to);
    print_charts(report, to);
    print_form(report, to);
    print_subsidies(report, to);
    print_fees(report, to);
    print_budget(report, to);
    print_months(report, to);
    print_insured(report, to);
    print_churn(report, to);
    print_formulas(report, to);
    print_foot(report, to);
}
