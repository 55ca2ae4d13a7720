#include "consumers/report.h"

#include <assert.h>
#include <string.h>

#include "consumers/report_people.h"
#include "consumers/report_reading.h"
#include "consumers/report_subsidy.h"
#include "fund/account.h"
#include "fund/alert.h"
#include "fund/clearing.h"

static const char *say(const struct reading *r, enum word which)
{
    return word(r->report->language, which);
}

const char *report_marks_text(struct report_marks marks)
{
    static const char *const texts[2][2] = { { "", "‡" }, { "†", "†‡" } };
    return texts[marks.derived][marks.provisional];
}

const char *report_marks_words(const struct report *report, struct report_marks marks)
{
    if (!marks.derived && !marks.provisional)
        return "";
    return word(report->language, marks.derived && marks.provisional ? WORD_MARK_BOTH
                                  : marks.derived ? WORD_MARK_DERIVED : WORD_MARK_PROVISIONAL);
}

const char *report_outcome_word(enum report_outcome outcome)
{
    static const char *const outcomes[] = {
        [OUTCOME_MET] = "met",
        [OUTCOME_NOT_MET] = "not_met",
        [OUTCOME_NO_TARGET] = "no_target",
        [OUTCOME_NOT_COMPUTABLE] = "not_computable",
        [OUTCOME_NOT_JUDGED] = "not_judged",
    };
    return outcomes[outcome];
}

const char *report_outcome_text(const struct report *report, enum report_outcome outcome)
{
    static const enum word outcomes[] = {
        [OUTCOME_MET] = WORD_MET,
        [OUTCOME_NOT_MET] = WORD_NOT_MET,
        [OUTCOME_NO_TARGET] = WORD_NO_TARGET,
        [OUTCOME_NOT_COMPUTABLE] = WORD_NOT_COMPUTABLE,
        [OUTCOME_NOT_JUDGED] = WORD_OUTCOME_NOT_JUDGED,
    };
    return word(report->language, outcomes[outcome]);
}

const char *report_notes(const struct report *report, const struct report_indicator *row,
                         char text[REPORT_NOTES_MAX])
{
    bool both = row->note[0] != '\0' && row->remark[0] != '\0';
    return words_fill(text, REPORT_NOTES_MAX, both ? word(report->language, WORD_BOTH_NOTES) : "{1}{2}",
                      (const char *const[]){ row->note, row->remark }, 2);
}

const char *report_month_text(date_month month, char text[DATE_TEXT_MAX])
{
    date_format(date_month_first(month), text);
    text[strlen("2024-12")] = '\0';
    return text;
}

void reading_fault(const struct reading *r, const char *key, const char *what)
{
    if (r->f->fault[0] == '\0')
        snprintf(r->f->fault, sizeof r->f->fault, "%s is not %s", key, what);
}

size_t reading_list_size(const struct reading *r, const json_t *list, const char *key, size_t max)
{
    size_t size = json_array_size(list);
    if (size > max)
        reading_fault(r, key, "a list of the length that it may have");
    return size > max ? max : size;
}

/* --- The budget form. -------------------------------------------------------------- */

void report_note_marks(struct report *report, struct report_marks marks)
{
    report->any_derived |= marks.derived;
    report->any_provisional |= marks.provisional;
}

char *report_marked_both(const struct report *report, struct report_marks marks, char text[FIGURE_MAX])
{
    report_marked(report, marks.derived, text);
    size_t size = strlen(text);
    if (report->any_provisional && size > 0)
        snprintf(text + size, FIGURE_MAX - size, "%s", marks.provisional ? "‡" : " ");
    return text;
}

char *report_marked(const struct report *report, bool derived, char text[FIGURE_MAX])
{
    size_t size = strlen(text);
    if (report->any_derived && size > 0)
        snprintf(text + size, FIGURE_MAX - size, "%s", derived ? "†" : " ");
    return text;
}

static void add_line(const struct reading *r, struct report_line line)
{
    struct report *report = r->report;
    line.marks.provisional |= line.provisional != 0;
    report_note_marks(report, line.marks);
    assert(report->line_count < REPORT_LINES_MAX);
    report->lines[report->line_count++] = line;
}

static const json_t *find_line(const struct reading *r, const char *code)
{
    const json_t *lines = field_array(r->f, r->answer, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(field_text(r->f, line, "account"), code) == 0)
            return line;
    }
    return NULL;
}

static bool is_subsidy(enum account account)
{
    return account >= ACCOUNT_I21 && account <= ACCOUNT_I24;
}

/* Sums are the daemon's; this one it does not give. */
static void add_subsidy(const struct reading *r)
{
    struct amount sum = { 0 };
    struct report_marks marks = { .derived = false };
    for (enum account account = ACCOUNT_I21; account <= ACCOUNT_I24; account++) {
        const json_t *line = find_line(r, account_info(account)->code);
        if (line == NULL)
            continue;
        if (!amount_add(sum, (struct amount){ field_int(r->f, line, "amount") }, &sum))
            return;
        marks.derived |= field_bool(r->f, line, "derived");
    }
    add_line(r, (struct report_line){ .section = SECTION_INCOME, .kind = LINE_SUBTOTAL, .code = "I2",
                                      .name = say(r, WORD_SUBSIDY), .known = true, .fen = sum.fen,
                                      .marks = marks });
}

/* The lines of a class in the order of the chart.  The subtotal of the subsidies stands in front
 * of the first of them that moved. */
static void add_class(const struct reading *r, enum account_class class, enum report_section section)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    bool subtotal = false;
    for (unsigned i = 0; i < count; i++) {
        const struct account_info *info = &chart[i];
        const json_t *line = info->class == class ? find_line(r, info->code) : NULL;
        if (line == NULL)
            continue;
        if (is_subsidy(info->account) && !subtotal) {
            add_subsidy(r);
            subtotal = true;
        }
        add_line(r, (struct report_line){
            .section = section, .code = info->code, .known = true,
            .name = r->report->language == LANGUAGE_ZH ? info->zh : info->en,
            .fen = field_int(r->f, line, "amount"), .provisional = field_int(r->f, line, "provisional"),
            .marks = { .derived = field_bool(r->f, line, "derived") } });
    }
}

static int64_t provisional_total(const struct reading *r)
{
    struct amount sum = { 0 };
    const json_t *lines = field_array(r->f, r->answer, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        int64_t fen = field_int(r->f, json_array_get(lines, i), "provisional");
        if (!amount_add(sum, (struct amount){ fen }, &sum))
            return 0;
    }
    return sum.fen;
}

static void add_total(const struct reading *r, enum report_section section, const char *key, enum word name,
                      struct report_line line)
{
    line.section = section;
    line.kind = LINE_TOTAL;
    line.code = key;
    line.name = say(r, name);
    line.fen = field_int(r->f, r->answer, key);
    line.marks.derived = line.known && field_derived(r->f, r->answer, key);
    add_line(r, line);
}

static bool opens_within_the_year(const struct report *report)
{
    return report->month_count > 0 && report->months[0].month % 12 != 0;
}

static void add_result(const struct reading *r, bool provisional)
{
    struct report *report = r->report;
    struct report_marks marks = { .provisional = provisional };
    bool year_end = report->as_of == date_month_last(report->year * 12 + 11);
    add_total(r, SECTION_RESULT, "surplus", WORD_SURPLUS,
              (struct report_line){ .known = report->income_known && report->expenditure_known,
                                    .marks = marks });
    add_total(r, SECTION_RESULT, "opening",
              opens_within_the_year(report) ? WORD_OPENING_LATER : WORD_OPENING_YEAR,
              (struct report_line){ .known = report->has_opening });
    add_total(r, SECTION_RESULT, "closing", year_end ? WORD_CLOSING_YEAR : WORD_CLOSING_SO_FAR,
              (struct report_line){ .known = report->has_opening, .marks = marks });
    report->marks = report->lines[report->line_count - 1].marks;
}

static void read_form(const struct reading *r)
{
    int64_t provisional = provisional_total(r);
    add_class(r, CLASS_INCOME, SECTION_INCOME);
    add_total(r, SECTION_INCOME, "income", WORD_INCOME_TOTAL,
              (struct report_line){ .known = r->report->income_known });
    add_class(r, CLASS_EXPENDITURE, SECTION_EXPENDITURE);
    add_total(r, SECTION_EXPENDITURE, "expenditure", WORD_EXPENDITURE_TOTAL,
              (struct report_line){ .known = r->report->expenditure_known, .provisional = provisional });
    add_result(r, provisional != 0);
}

/* The last month may not have ended. */
static void name_month(const struct reading *r, struct report_month *month)
{
    char name[DATE_TEXT_MAX], date[DATE_TEXT_MAX];
    report_month_text(month->month, name);
    if (r->report->as_of < date_month_last(month->month))
        WORDS(month->name, say(r, WORD_PART_OF_MONTH), name, date_format(r->report->as_of, date));
    else
        WORDS(month->name, "{1}", name);
}

/* What nobody reports is not zero: without an opening balance a side without a line is not known. */
static void read_sides(const struct reading *r)
{
    struct report *report = r->report;
    const json_t *lines = field_array(r->f, r->answer, "lines");
    report->income_known = report->expenditure_known = report->has_opening;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const struct account_info *info =
            account_by_code(field_text(r->f, json_array_get(lines, i), "account"));
        report->income_known |= info != NULL && info->class == CLASS_INCOME;
        report->expenditure_known |= info != NULL && info->class == CLASS_EXPENDITURE;
    }
    report->has_money = report->income_known || report->expenditure_known;
}

/* Months follow one another, so that each has its place in the year's drawing. */
static date_month next_month(const struct reading *r, const json_t *item)
{
    const struct report *report = r->report;
    date_month month, january = report->year * 12;
    date_month from = report->month_count > 0 ? report->months[report->month_count - 1].month + 1 : january;
    date_month to = report->month_count > 0 ? from : january + 11;
    if (date_month_from_ym(field_int(r->f, item, "month"), &month) && month >= from && month <= to
            && month <= january + 11)
        return month;
    reading_fault(r, "month", "the next one of the year");
    return january;
}

/* A month's balance has the year's payments on account in it that came before, as the year's has. */
static void mark_month(const struct reading *r, const json_t *item, struct amount *so_far,
                       struct report_month *month)
{
    if (!amount_add(*so_far, (struct amount){ month->provisional }, so_far))
        reading_fault(r, "provisional", "an amount that can be summed");
    month->income_derived = field_derived(r->f, item, "income");
    month->expenditure_marks = (struct report_marks){ field_derived(r->f, item, "expenditure"),
                                                      month->provisional != 0 };
    if (r->report->has_opening)
        month->balance_marks = (struct report_marks){ field_derived(r->f, item, "balance"),
                                                      so_far->fen != 0 };
    report_note_marks(r->report, (struct report_marks){ .derived = month->income_derived });
    report_note_marks(r->report, month->expenditure_marks);
    report_note_marks(r->report, month->balance_marks);
}

static void read_months(const struct reading *r)
{
    struct amount so_far = { 0 };
    const json_t *months = field_array(r->f, r->answer, "months");
    for (size_t i = 0; i < reading_list_size(r, months, "months", REPORT_MONTHS_MAX); i++) {
        const json_t *item = json_array_get(months, i);
        struct report_month *month = &r->report->months[r->report->month_count];
        *month = (struct report_month){
            .income = field_int(r->f, item, "income"),
            .expenditure = field_int(r->f, item, "expenditure"),
            .provisional = field_int(r->f, item, "provisional"),
            .balance = field_int(r->f, item, "balance"),
        };
        mark_month(r, item, &so_far, month);
        month->month = next_month(r, item);
        name_month(r, month);
        r->report->month_count++;
    }
}

static void read_completeness(const struct reading *r)
{
    struct report *report = r->report;
    const json_t *map = field_map(r->f, r->status, "completeness");
    completeness_text(r->f, map, report->language, report->completeness);
    importing_text(r->f, r->status, report->language, report->importing);
    report->unjudged = unjudged_text(r->f, r->status, report->language);
    report->expected_sources = field_int(r->f, map, "expected");
    report->silent_sources = field_int(r->f, map, "silent");
    figure_number(RULE_COMPLETENESS, field_indicator(r->f, field_map(r->f, map, "month")),
                  report->complete_month);
    figure_number(RULE_COMPLETENESS, field_indicator(r->f, field_map(r->f, map, "year")),
                  report->complete_year);
}

/* What the rest calculates with. */
static bool dates_are_good(const struct reading *r)
{
    int64_t year = field_int(r->f, r->answer, "year");
    if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX)
        reading_fault(r, "year", "a year");
    if (r->report->as_of == DATE_NONE)
        reading_fault(r, "as_of", "a date");
    return r->f->fault[0] == '\0';
}

/* An event's magnitude is limited, so that calculations with it fit. */
static int64_t margin_of(struct fields *f, const json_t *status)
{
    int64_t margin = field_int(f, status, "balance_margin");
    return margin < 0 ? 0 : margin;
}

/* "the balance is derived, and may be off by ± 205.00 万元"; "" where nobody said how far. */
const char *report_margin_text(const struct report *report, char text[FIGURE_MAX])
{
    char margin[FIGURE_MAX];
    bool known = report->margin > 0 && report->marks.derived;
    return words_fill(text, FIGURE_MAX, known ? word(report->language, WORD_MARGIN_NOTE) : "",
                      (const char *const[]){ figure_wan(report->margin, margin) }, 1);
}

void report_read(struct fields *f, const json_t *answer, enum language language, struct report *ret)
{
    char year[FIGURE_MAX];
    struct reading r = {
        .f = f, .answer = answer, .report = ret,
        .status = field_map(f, answer, "status"), .policy = field_map(f, answer, "policy"),
    };
    *ret = (struct report){
        .language = language,
        .fund = field_text(f, answer, "fund"),
        .year = (int)field_int(f, answer, "year"),
        .as_of = field_date(f, answer, "as_of"),
        .policy_version = field_int(f, r.status, "policy_version"),
        .has_opening = field_bool(f, r.status, "has_opening"),
        .margin = margin_of(f, r.status),
        .income = field_int(f, answer, "income"),
        .expenditure = field_int(f, answer, "expenditure"),
    };
    if (!dates_are_good(&r))
        return;
    snprintf(year, sizeof year, "%d", ret->year);
    WORDS(ret->title, word(language, WORD_TITLE), word_scheme(language, ret->fund), year);
    read_sides(&r);
    read_completeness(&r);
    read_months(&r);
    read_form(&r);
    report_read_indicators(&r);
    report_read_subsidies(f, answer, ret);
    report_read_fees(f, answer, ret);
    report_read_budget(f, answer, ret);
    report_read_people(f, answer, ret);
}
