#include "consumers/churn_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/table.h"
#include "fund/churn.h"

#define COLUMNS (2 + CHURN_COUNTS)

static_assert(COLUMNS <= TABLE_COLUMNS_MAX, "a table has room");

static const enum word heads[CHURN_COUNTS] = {
    [CHURN_BEGIN] = WORD_CHURN_BEGIN, [CHURN_JOINED] = WORD_CHURN_JOINED,
    [CHURN_RETURNED] = WORD_CHURN_RETURNED, [CHURN_MOVED_IN] = WORD_CHURN_MOVED_IN,
    [CHURN_LAPSED] = WORD_CHURN_LAPSED, [CHURN_ENDED] = WORD_CHURN_ENDED,
    [CHURN_MOVED_OUT] = WORD_CHURN_MOVED_OUT, [CHURN_REGROUPED] = WORD_CHURN_REGROUPED,
    [CHURN_END] = WORD_CHURN_END,
};

static void head_row(struct table *table, enum language language)
{
    const char *cells[COLUMNS] = { word(language, WORD_MONTH), word(language, WORD_CHURN_GROUP) };
    for (unsigned i = 0; i < CHURN_COUNTS; i++)
        cells[2 + i] = word(language, heads[i]);
    table_row(table, cells);
}

static const char *month_text(int64_t yyyymm, char text[DATE_TEXT_MAX])
{
    snprintf(text, DATE_TEXT_MAX, "%04d-%02d", (int)(yyyymm / 100 % 10000), (int)(yyyymm % 100));
    return text;
}

static const char *group_text(enum language language, const char *group)
{
    return group[0] == '\0' ? word(language, WORD_CHURN_NO_GROUP)
         : strcmp(group, "small") == 0 ? word(language, WORD_CHURN_SMALL) : word_group(language, group);
}

static void count_row(struct table *table, const char *month, const char *group,
                      const int64_t counts[CHURN_COUNTS], bool plain)
{
    char texts[CHURN_COUNTS][FIGURE_MAX];
    const char *cells[COLUMNS] = { month, group };
    for (unsigned i = 0; i < CHURN_COUNTS; i++) {
        if (plain)
            snprintf(texts[i], FIGURE_MAX, "%" PRId64, counts[i]);
        else
            figure_count(counts[i], texts[i]);
        cells[2 + i] = texts[i];
    }
    table_row(table, cells);
}

static void read_counts(struct fields *f, const json_t *row, int64_t counts[CHURN_COUNTS])
{
    for (enum churn_count i = 0; i < CHURN_COUNTS; i++)
        counts[i] = field_int(f, row, churn_word(i));
}

/* The groups of a month, from row `at` on, and their sum if there are several; where the next begins. */
static size_t month_rows(struct fields *f, struct table *table, const json_t *rows, size_t at,
                         enum language language)
{
    char month[DATE_TEXT_MAX];
    int64_t sums[CHURN_COUNTS] = { 0 }, counts[CHURN_COUNTS];
    int64_t yyyymm = field_int(f, json_array_get(rows, at), "month");
    size_t begin = at;
    for (; at < json_array_size(rows) && field_int(f, json_array_get(rows, at), "month") == yyyymm; at++) {
        const json_t *row = json_array_get(rows, at);
        read_counts(f, row, counts);
        count_row(table, at == begin ? month_text(yyyymm, month) : "",
                  group_text(language, field_text(f, row, "group")), counts, false);
        for (unsigned i = 0; i < CHURN_COUNTS; i++)
            sums[i] += counts[i];
    }
    if (at - begin > 1)
        count_row(table, "", word(language, WORD_CHURN_ALL), sums, false);
    return at;
}

int churn_print_table(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    const json_t *rows = field_array(f, answer, "rows");
    struct table *table = table_new("llrrrrrrrrr");
    head_row(table, language);
    for (size_t at = 0; at < json_array_size(rows) && f->fault[0] == '\0';)
        at = month_rows(f, table, rows, at, language);
    int err = table_print(table, to, 2);
    table_free(&table);
    return err;
}

int churn_print(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];
    fprintf(to, "%s  %s  %s – %s\n\n", field_text(f, answer, "fund"), word(language, WORD_CHURN),
            month_text(field_int(f, answer, "from"), from), month_text(field_int(f, answer, "to"), until));
    if (json_array_size(field_array(f, answer, "rows")) == 0) {
        fprintf(to, "%s\n", word(language, WORD_CHURN_NOBODY));
        return 0;
    }
    int err = churn_print_table(f, answer, language, to);
    fprintf(to, "\n%s\n", word(language, WORD_CHURN_NOTE));
    return err;
}

int churn_print_csv(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    const json_t *rows = field_array(f, answer, "rows");
    struct table *table = table_new("llrrrrrrrrr");
    head_row(table, language);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        char month[DATE_TEXT_MAX];
        int64_t counts[CHURN_COUNTS];
        const json_t *row = json_array_get(rows, i);
        read_counts(f, row, counts);
        count_row(table, month_text(field_int(f, row, "month"), month),
                  group_text(language, field_text(f, row, "group")), counts, true);
    }
    int err = table_print_csv(table, to);
    table_free(&table);
    return err;
}
