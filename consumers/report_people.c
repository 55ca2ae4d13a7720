#include "consumers/report_people.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/churn_text.h"
#include "consumers/table.h"

/* The insured, and what is taken off them: of persons, and of counts. */
static const char *const of_persons[] = {
    "paid", "left", "doubled", "elsewhere", "duplicates", "paid_once",
};
static const char *const of_counts[] = { "reported", "duplicates", "reported_once" };
static_assert(sizeof of_persons / sizeof of_persons[0] <= REPORT_INSURED_MAX, "they have room");

static const char *say(const struct report *report, enum word which)
{
    return word(report->language, which);
}

static void add_insured(struct fields *f, const json_t *heads, struct report *report, const char *figure)
{
    char least[FIGURE_MAX], most[FIGURE_MAX];
    struct report_insured *row = &report->insured[report->insured_count++];
    *row = (struct report_insured){
        .code = figure, .name = word_heads(report->language, figure), .heads = field_int(f, heads, figure),
    };
    if (strcmp(figure, "paid_once") == 0)
        WORDS(row->note, say(report, WORD_ONCE_BAND),
              figure_count(field_int(f, heads, "paid_once_least"), least),
              figure_count(field_int(f, heads, "paid_once_most"), most));
}

static void read_insured(struct fields *f, const json_t *heads, struct report *report)
{
    bool persons = field_int(f, heads, "paid") >= 0, duplicates = field_int(f, heads, "duplicates") >= 0;
    const char *const *figures = persons ? of_persons : of_counts;
    size_t count = persons ? sizeof of_persons / sizeof of_persons[0]
                 : duplicates ? sizeof of_counts / sizeof of_counts[0] : 0;
    for (size_t i = 0; i < count; i++)
        if (field_int(f, heads, figures[i]) >= 0)
            add_insured(f, heads, report, figures[i]);
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
        read_insured(f, heads, report);
    read_churn(f, json_object_get(answer, "churn"), report);
}

static int print_insured(const struct report *report, FILE *to)
{
    struct table *table = table_new("lrl");
    fprintf(to, "\n%s\n", say(report, WORD_INSURED));
    for (unsigned i = 0; i < report->insured_count; i++) {
        char heads[FIGURE_MAX];
        const struct report_insured *row = &report->insured[i];
        TABLE_ROW(table, row->name, figure_count(row->heads, heads), row->note);
    }
    int err = table_print(table, to, 2);
    table_free(&table);
    return err;
}

int report_print_people(const struct report *report, FILE *to)
{
    int err = report->insured_count > 0 ? print_insured(report, to) : 0;
    if (err != 0 || report->churn_count == 0)
        return err;
    fprintf(to, "\n%s\n", say(report, WORD_CHURN));
    err = churn_print_rows(report->churn, report->churn_count, report->language, to);
    fprintf(to, "  %s\n", say(report, WORD_CHURN_NOTE));
    return err;
}

static void csv_row(const struct report *report, struct table *table, const char *section, const char *code,
                    const char *name, int64_t heads, const char *note)
{
    char text[FIGURE_MAX];
    snprintf(text, sizeof text, "%" PRId64, heads);
    TABLE_ROW(table, section, code, name, text, say(report, WORD_HEADS), "", "", "", "", note, "", "");
}

void report_csv_people(const struct report *report, struct table *table)
{
    for (unsigned i = 0; i < report->insured_count; i++)
        csv_row(report, table, "insured", report->insured[i].code, report->insured[i].name,
                report->insured[i].heads, report->insured[i].note);
    for (unsigned i = 0; i < report->churn_count; i++) {
        const struct churn_row *row = &report->churn[i];
        char code[FIGURE_MAX], month[DATE_TEXT_MAX];
        snprintf(code, sizeof code, "%s:%.32s", churn_month_text(row->month, month), row->group);
        for (enum churn_count count = 0; count < CHURN_COUNTS; count++) {
            char section[FIGURE_MAX];
            snprintf(section, sizeof section, "churn_%s", churn_word(count));
            csv_row(report, table, section, code, word(report->language, churn_heading(count)),
                    row->counts[count], churn_group_text(report->language, row->group));
        }
    }
}
