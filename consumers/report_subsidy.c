#include "consumers/report_subsidy.h"

#include <stdio.h>
#include <string.h>

#include "fund/account.h"
#include "fund/alert.h"
#include "fund/event.h"
#include "fund/posting.h"

static void fault(struct fields *f, const char *key, const char *what)
{
    if (f->fault[0] == '\0')
        snprintf(f->fault, sizeof f->fault, "%s is not %s", key, what);
}

/* `part` of `whole` as a percentage with 2 decimals; "" of nothing. */
static void percentage(int64_t part, int64_t whole, char text[FIGURE_MAX])
{
    struct indicator share = { .value = { part, whole, 1 } };
    text[0] = '\0';
    if (whole > 0)
        figure_number(RULE_COVERAGE, share, text);
}

static void note_derived(struct report *report, bool derived)
{
    report_note_marks(report, (struct report_marks){ .derived = derived });
}

static int year_of(struct fields *f, const json_t *item)
{
    int64_t year = field_int(f, item, "year");
    if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX) {
        fault(f, "year", "a year");
        return 0;
    }
    return (int)year;
}

/* --- Notes. ------------------------------------------------------------------------- */

static void add_note(const struct report *report, char note[REPORT_TEXT_MAX], const char *more)
{
    char before[REPORT_TEXT_MAX];
    memcpy(before, note, sizeof before);
    words_fill(note, REPORT_TEXT_MAX, before[0] != '\0' ? word(report->language, WORD_BOTH_NOTES) : "{2}",
               (const char *const[]){ before, more }, 2);
}

static const json_t *standard_of(const json_t *answer, int64_t year)
{
    const json_t *subsidy = json_object_get(json_object_get(answer, "policy"), "subsidy");
    const json_t *standards = json_object_get(subsidy, "standards");
    for (size_t i = 0; i < json_array_size(standards); i++) {
        const json_t *standard = json_array_get(standards, i);
        if (json_integer_value(json_object_get(standard, "year")) == year)
            return standard;
    }
    return NULL;
}

/* "students of colleges run by the province, 22,295 people"; without the number where it is not told. */
static const char *group_text(struct fields *f, const json_t *exception, const struct report *report,
                              char text[REPORT_TEXT_MAX])
{
    char count[FIGURE_MAX];
    int64_t heads = field_int(f, exception, "heads");
    const char *group = word_group(report->language, field_text(f, exception, "group"));
    return words_fill(text, REPORT_TEXT_MAX, heads >= 0 ? word(report->language, WORD_PEOPLE_OF) : "{1}",
                      (const char *const[]){ group, figure_count(heads, count) }, 2);
}

/* What is otherwise than heads × standard; without heads and amount where those are not told. */
static void note_exception(struct fields *f, const json_t *exception, const char *level,
                           struct report *report, char note[REPORT_TEXT_MAX])
{
    char text[2 * REPORT_TEXT_MAX], group[REPORT_TEXT_MAX], amount[FIGURE_MAX];
    const char *spared = field_text(f, exception, "level"), *payer = field_text(f, exception, "payer");
    bool own = strcmp(spared, level) == 0, told = field_int(f, exception, "heads") >= 0;
    enum word borne = own ? told ? WORD_PAID_BY_SUM : WORD_PAID_BY : told ? WORD_BEARS_SUM : WORD_BEARS;
    group_text(f, exception, report, group);
    figure_wan(field_int(f, exception, "amount"), amount);
    if (strcmp(field_text(f, exception, "kind"), "lump") == 0)
        WORDS(text, word(report->language, WORD_LUMP), group, amount);
    else
        WORDS(text, word(report->language, borne), group,
              word_government(report->language, own ? payer : spared), amount);
    add_note(report, note, text);
}

static void note_exceptions(struct fields *f, const json_t *item, const char *level, struct report *report,
                            char note[REPORT_TEXT_MAX])
{
    const json_t *exceptions = field_array(f, item, "exceptions");
    for (size_t i = 0; i < json_array_size(exceptions); i++)
        note_exception(f, json_array_get(exceptions, i), level, report, note);
}

static void note_heads_date(struct fields *f, const json_t *item, struct report *report,
                            struct report_subsidy *row)
{
    char text[REPORT_TEXT_MAX], date[DATE_TEXT_MAX];
    date_day day = field_date(f, item, "heads_date");
    if (row->heads < 0 || day == DATE_NONE)
        return;
    WORDS(text, word(report->language, WORD_HEADS_ON), date_format(day, date));
    add_note(report, row->note, text);
}

/* --- Subsidies. --------------------------------------------------------------------- */

/* What one level and all of them together have. */
static struct report_subsidy *add_row(struct fields *f, const json_t *item, int year, const char *level,
                                      struct report *report)
{
    const char *known = field_text(f, item, "known");
    struct report_subsidy *row = &report->subsidies[report->subsidy_count++];
    *row = (struct report_subsidy){
        .year = year, .name = word_government(report->language, level), .due_known = known[0] == '\0',
        .per_head = field_int(f, item, "per_head"), .heads = field_int(f, item, "heads"),
        .due = field_int(f, item, "due"), .received = field_int(f, item, "received"), .oldest = DATE_NONE,
    };
    snprintf(row->code, sizeof row->code, "%d:%s", year, level);
    row->received_known = row->received != 0 || report->income_known;
    row->heads_derived = field_derived(f, item, "heads");
    row->due_derived = field_derived(f, item, "due");
    row->received_derived = field_derived(f, item, "received");
    note_derived(report, row->heads_derived || row->due_derived || row->received_derived);
    if (row->due_known && row->received_known)
        percentage(row->received, row->due, row->share);
    if (!row->due_known)
        add_note(report, row->note, word_subsidy_known(report->language, known));
    return row;
}

static void read_arrears(struct fields *f, const json_t *item, struct report *report,
                         struct report_subsidy *row)
{
    const json_t *ages = field_array(f, item, "arrears");
    int64_t sum = 0;
    if (json_array_size(ages) != SUBSIDY_AGES)
        fault(f, "arrears", "a list of three amounts");
    for (int age = 0; age < SUBSIDY_AGES; age++) {
        row->arrears[age] = json_integer_value(json_array_get(ages, (size_t)age));
        sum |= row->arrears[age];
    }
    row->oldest = field_date(f, item, "oldest");
    if (field_bool(f, item, "tolerated") && sum != 0)
        add_note(report, row->note, word(report->language, WORD_TOLERATED));
}

/* "less duplicates: 6,467 within the province, 9,373 beyond it (6,101,808 before)" */
static void note_duplicates(struct fields *f, const json_t *item, struct report *report,
                            struct report_subsidy *row)
{
    char province[FIGURE_MAX], nation[FIGURE_MAX], before[FIGURE_MAX], text[REPORT_TEXT_MAX];
    int64_t within = field_int(f, item, "duplicates_province"), beyond = field_int(f, item,
                                                                                   "duplicates_nation");
    if ((within < 0 && beyond < 0) || row->heads < 0)
        return;
    within = within > 0 ? within : 0;
    beyond = beyond > 0 ? beyond : 0;
    WORDS(text, word(report->language, WORD_LESS_DUPLICATES), figure_count(within, province),
          figure_count(beyond, nation), figure_count(row->heads + within + beyond, before));
    add_note(report, row->note, text);
}

static void read_whole(struct fields *f, const json_t *answer, struct report *report)
{
    const json_t *whole = field_map(f, answer, "subsidy_whole");
    if (field_int(f, whole, "per_head") != 0)
        add_row(f, whole, report->year, "all", report);
}

void report_read_subsidies(struct fields *f, const json_t *answer, struct report *report)
{
    const json_t *items = field_array(f, answer, "subsidy");
    if (json_array_size(items) >= REPORT_SUBSIDIES_MAX) {
        fault(f, "subsidy", "a list of the length that it may have");
        return;
    }
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *level = field_text(f, item, "level");
        int year = year_of(f, item);
        struct report_subsidy *row = add_row(f, item, year, level, report);
        read_arrears(f, item, report, row);
        note_heads_date(f, item, report, row);
        note_duplicates(f, item, report, row);
        note_exceptions(f, item, level, report, row->note);
    }
    read_whole(f, answer, report);
}

/* --- What is paid for a person. ------------------------------------------------------- */

void report_read_fees(struct fields *f, const json_t *answer, struct report *report)
{
    const json_t *fees = json_object_get(json_object_get(answer, "policy"), "fee_standards");
    if (json_array_size(fees) > POLICY_FEES_MAX) {
        fault(f, "fee_standards", "a list of the length that it may have");
        return;
    }
    for (size_t i = 0; i < json_array_size(fees); i++) {
        const json_t *fee = json_array_get(fees, i);
        int year = year_of(f, fee);
        report->fees[report->fee_count++] = (struct report_fee){
            .year = year, .fee = field_int(f, fee, "per_head"),
            .subsidy = json_integer_value(json_object_get(standard_of(answer, year), "per_head")),
        };
    }
}

/* --- Budget. -------------------------------------------------------------------------- */

/* The policy's line that an item is about: budgets are few. */
static const json_t *line_of(const json_t *answer, int year, enum account account)
{
    const json_t *lines = json_object_get(json_object_get(answer, "policy"), "budget");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *category = json_string_value(json_object_get(line, "category"));
        if (json_integer_value(json_object_get(line, "year")) == year && category != NULL
                && posting_account(event_category_of(category, strlen(category))) == account)
            return line;
    }
    return NULL;
}

static void read_budget_line(struct fields *f, const json_t *answer, const json_t *item,
                             struct report *report)
{
    const struct account_info *info = account_by_code(field_text(f, item, "account"));
    struct report_budget *row = &report->budget[report->budget_count++];
    if (info == NULL) {
        fault(f, "account", "a line of the chart");
        return;
    }
    *row = (struct report_budget){
        .year = year_of(f, item), .code = info->code,
        .name = report->language == LANGUAGE_ZH ? info->zh : info->en,
        .budget = field_int(f, item, "budget"), .actual = field_int(f, item, "amount"),
        .derived = field_bool(f, item, "derived"),
    };
    const json_t *line = line_of(answer, row->year, info->account);
    row->heads = json_integer_value(json_object_get(line, "heads"));
    row->per_head = json_integer_value(json_object_get(line, "per_head"));
    report->budget_has_heads |= row->heads != 0;
    percentage(row->actual, row->budget, row->execution);
    note_derived(report, row->derived || row->execution[0] != '\0');
}

void report_read_budget(struct fields *f, const json_t *answer, struct report *report)
{
    const json_t *items = field_array(f, answer, "budget");
    if (json_array_size(items) > REPORT_BUDGET_MAX) {
        fault(f, "budget", "a list of the length that it may have");
        return;
    }
    for (size_t i = 0; i < json_array_size(items); i++)
        read_budget_line(f, answer, json_array_get(items, i), report);
}
