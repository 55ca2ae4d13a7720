#include "consumers/report_people.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/churn_text.h"
#include "consumers/counted_text.h"
#include "consumers/table.h"

/* Who is insured, what is taken off, and of whom it is a part.  A figure that nobody gave has no row. */
static const char *const shown[] = {
    "paid", "left", "doubled", "elsewhere", "duplicates", "paid_once", "reported", "reported_once",
    "employees", "together", "resident", "registered_population",
};
static_assert(sizeof shown / sizeof shown[0] <= REPORT_INSURED_MAX, "they have room");

static const char *say(const struct report *report, enum word which)
{
    return word(report->language, which);
}

/* A headcount of the answer, and a figure that is not in it: residents and employees together. */
static int64_t heads_of(struct fields *f, const json_t *heads, const char *figure)
{
    if (strcmp(figure, "together") != 0)
        return field_int(f, heads, figure);
    int64_t employees = field_int(f, heads, "employees"), reported = field_int(f, heads, "reported");
    int64_t residents = reported >= 0 ? reported : field_int(f, heads, "paid");
    return employees < 0 || residents < 0 ? HEADS_UNKNOWN : residents + employees;
}

static bool is_derived(struct fields *f, const json_t *heads, const char *figure)
{
    if (strcmp(figure, "together") != 0)
        return field_derived(f, heads, figure);
    bool reported = field_int(f, heads, "reported") >= 0;
    return field_derived(f, heads, "employees") || field_derived(f, heads, reported ? "reported" : "paid");
}

/* The same figure a year ago: as it was known then or, of the reported, as last year's was stated. */
static void set_last_year(struct fields *f, const json_t *answer, const json_t *heads,
                          struct report_insured *row)
{
    char change[FIGURE_MAX];
    const json_t *before = field_map(f, answer, "heads_last_year");
    int64_t stated = field_int(f, heads, "last_year"), employees = field_int(f, before, "employees");
    bool reported = strcmp(row->code, "reported") == 0, together = strcmp(row->code, "together") == 0;
    row->last_year = heads_of(f, before, row->code);
    row->last_year_derived = is_derived(f, before, row->code);
    if (stated >= 0 && (reported || (together && employees >= 0))) {
        row->last_year = stated + (together ? employees : 0);
        row->last_year_derived = field_derived(f, heads, "last_year")
                              || (together && field_derived(f, before, "employees"));
    }
    if (row->last_year < 0)
        return;
    int64_t more = row->heads - row->last_year;
    snprintf(row->change, sizeof row->change, "%s%s", more > 0 ? "+" : "", figure_count(more, change));
    if (row->last_year > 0)
        figure_number(RULE_COVERAGE, (struct indicator){ .value = { more, row->last_year, 1 } },
                      row->change_share);
}

static void add_insured(struct fields *f, const json_t *answer, const json_t *heads, struct report *report,
                        const char *figure)
{
    char least[FIGURE_MAX], most[FIGURE_MAX];
    bool together = strcmp(figure, "together") == 0;
    struct report_insured *row = &report->insured[report->insured_count++];
    *row = (struct report_insured){
        .code = figure, .name = together ? say(report,
                                               WORD_HEADS_TOGETHER) : word_heads(report->language, figure),
        .heads = heads_of(f, heads, figure), .derived = is_derived(f, heads, figure),
    };
    set_last_year(f, answer, heads, row);
    report_note_marks(report, (struct report_marks){ .derived = row->derived || row->last_year_derived });
    if (strcmp(figure, "paid_once") == 0)
        WORDS(row->note, say(report, WORD_ONCE_BAND),
              figure_count(field_int(f, heads, "paid_once_least"), least),
              figure_count(field_int(f, heads, "paid_once_most"), most));
    if (strcmp(figure, "reported") == 0)
        counted_text(f, field_map(f, field_map(f, answer, "status"), "counted"), report->language, row->note);
}

/* What is taken off is only said where something is. */
static bool is_shown(struct fields *f, const json_t *heads, const char *figure)
{
    if (strcmp(figure, "reported_once") == 0 && field_int(f, heads, "duplicates") < 0)
        return false;
    return heads_of(f, heads, figure) >= 0;
}

static void read_insured(struct fields *f, const json_t *answer, const json_t *heads, struct report *report)
{
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (is_shown(f, heads, shown[i]))
            add_insured(f, answer, heads, report, shown[i]);
}

static void read_churn(struct fields *f, const json_t *rows, struct report *report)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *item = json_array_get(rows, i);
        if (report->churn_count == REPORT_CHURN_MAX) {
            snprintf(f->fault, sizeof f->fault, "churn has more rows than a year's");
            return;
        }
        churn_read_row(f, item, &report->churn[report->churn_count++]);
    }
}

void report_read_people(struct fields *f, const json_t *answer, struct report *report)
{
    const json_t *heads = json_object_get(json_object_get(answer, "status"), "heads");
    report->insured_count = report->churn_count = 0;
    if (heads != NULL)
        read_insured(f, answer, heads, report);
    read_churn(f, json_object_get(answer, "churn"), report);
}

static int print_insured(const struct report *report, FILE *to)
{
    struct table *table = table_new("lrrrrl");
    fprintf(to, "\n%s\n", say(report, WORD_INSURED));
    TABLE_ROW(table, say(report, WORD_ITEM), say(report, WORD_HEADS), say(report, WORD_LAST_YEAR),
              say(report, WORD_MORE_OR_LESS), say(report, WORD_MORE_OR_LESS_SHARE), say(report, WORD_NOTE));
    table_rule(table);
    for (unsigned i = 0; i < report->insured_count; i++) {
        char heads[FIGURE_MAX], before[FIGURE_MAX] = "", change[FIGURE_MAX], share[FIGURE_MAX];
        const struct report_insured *row = &report->insured[i];
        figure_count(row->heads, heads);
        if (row->last_year >= 0)
            figure_count(row->last_year, before);
        bool derived = row->derived || row->last_year_derived;
        WORDS(change, "{1}", row->change);
        WORDS(share, row->change_share[0] != '\0' ? "{1} %" : "", row->change_share);
        TABLE_ROW(table, row->name, report_marked(report, row->derived, heads),
                  report_marked(report, row->last_year_derived, before),
                  report_marked(report, derived, change), report_marked(report, derived, share), row->note);
    }
    int err = table_print(table, to, 2);
    table_free(&table);
    return err;
}

int report_print_people(const struct report *report, FILE *to)
{
    char note[FIGURE_MAX];
    int err = report->insured_count > 0 ? print_insured(report, to) : 0;
    if (err != 0 || report->churn_count == 0)
        return err;
    fprintf(to, "\n%s\n", say(report, WORD_CHURN));
    err = churn_print_rows(report->churn, report->churn_count, report->language, to);
    fprintf(to, "  %s\n", churn_note(report->language, note));
    return err;
}

static void csv_row(const struct report *report, struct table *table, const char *section, const char *code,
                    const char *name, int64_t heads, bool derived, const char *note)
{
    char text[FIGURE_MAX];
    snprintf(text, sizeof text, "%" PRId64, heads);
    TABLE_ROW(table, section, code, name, text, say(report, WORD_HEADS), "", "", "",
              report_marks_words(report, (struct report_marks){ .derived = derived }), note, "", "");
}

static void csv_insured(const struct report *report, struct table *table, const struct report_insured *row)
{
    csv_row(report, table, "insured", row->code, row->name, row->heads, row->derived, row->note);
    if (row->last_year < 0)
        return;
    csv_row(report, table, "insured_last_year", row->code, row->name, row->last_year,
            row->last_year_derived, "");
    csv_row(report, table, "insured_change", row->code, row->name, row->heads - row->last_year,
            row->derived || row->last_year_derived, "");
    TABLE_ROW(table, "insured_change_share", row->code, row->name, row->change_share, say(report,
                                                                                          WORD_PERCENT),
              "", "", "", report_marks_words(report, (struct report_marks){
                              .derived = row->derived || row->last_year_derived }), "", "", "");
}

void report_csv_people(const struct report *report, struct table *table)
{
    for (unsigned i = 0; i < report->insured_count; i++)
        csv_insured(report, table, &report->insured[i]);
    for (unsigned i = 0; i < report->churn_count; i++) {
        const struct churn_row *row = &report->churn[i];
        char code[FIGURE_MAX], month[DATE_TEXT_MAX];
        snprintf(code, sizeof code, "%s:%.32s", churn_month_text(row->month, month), row->group);
        for (enum churn_count count = 0; count < CHURN_COUNTS; count++) {
            char section[FIGURE_MAX];
            snprintf(section, sizeof section, "churn_%s", churn_word(count));
            csv_row(report, table, section, code, word(report->language, churn_heading(count)),
                    row->counts[count], false, churn_group_text(report->language, row->group));
        }
    }
}
