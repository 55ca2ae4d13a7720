#include "consumers/churn_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/completeness_text.h"
#include "consumers/figures.h"
#include "consumers/table.h"

#define COLUMNS (2 + CHURN_COUNTS)
#define LAYOUT  "llrrrrrrrrr"

static_assert(COLUMNS <= TABLE_COLUMNS_MAX && sizeof LAYOUT - 1 == COLUMNS, "a table has room");

enum word churn_heading(enum churn_count count)
{
    static const enum word headings[CHURN_COUNTS] = {
        [CHURN_BEGIN] = WORD_CHURN_BEGIN, [CHURN_JOINED] = WORD_CHURN_JOINED,
        [CHURN_RETURNED] = WORD_CHURN_RETURNED, [CHURN_MOVED_IN] = WORD_CHURN_MOVED_IN,
        [CHURN_LAPSED] = WORD_CHURN_LAPSED, [CHURN_ENDED] = WORD_CHURN_ENDED,
        [CHURN_MOVED_OUT] = WORD_CHURN_MOVED_OUT, [CHURN_REGROUPED] = WORD_CHURN_REGROUPED,
        [CHURN_END] = WORD_CHURN_END,
    };
    return headings[count];
}

const char *churn_month_text(int64_t yyyymm, char text[DATE_TEXT_MAX])
{
    snprintf(text, DATE_TEXT_MAX, "%04d-%02d", (int)(yyyymm / 100 % 10000), (int)(yyyymm % 100));
    return text;
}

const char *churn_group_text(enum language language, const char *group)
{
    return group[0] == '\0' ? word(language, WORD_CHURN_NO_GROUP)
         : strcmp(group, "small") == 0 ? word(language, WORD_CHURN_SMALL) : word_group(language, group);
}

void churn_read_row(struct fields *f, const json_t *row, struct churn_row *ret)
{
    ret->month = field_int(f, row, "month");
    snprintf(ret->group, sizeof ret->group, "%s", field_text(f, row, "group"));
    for (enum churn_count i = 0; i < CHURN_COUNTS; i++)
        ret->counts[i] = field_int(f, row, churn_word(i));
}

/* --- Tables. ---------------------------------------------------------------------- */

static void head_cells(enum language language, const char *cells[COLUMNS])
{
    cells[0] = word(language, WORD_MONTH);
    cells[1] = word(language, WORD_CHURN_GROUP);
    for (enum churn_count i = 0; i < CHURN_COUNTS; i++)
        cells[2 + i] = word(language, churn_heading(i));
}

static void head_row(struct table *table, enum language language)
{
    const char *cells[COLUMNS];
    head_cells(language, cells);
    table_row(table, cells);
}

static void count_row(struct table *table, const char *month, const char *group,
                      const int64_t counts[CHURN_COUNTS])
{
    char texts[CHURN_COUNTS][FIGURE_MAX];
    const char *cells[COLUMNS] = { month, group };
    for (unsigned i = 0; i < CHURN_COUNTS; i++) {
        cells[2 + i] = figure_count(counts[i], texts[i]);
    }
    table_row(table, cells);
}

/* The groups of the month that begins with `rows`, and their sum if there are several; how many they are. */
static size_t month_rows(struct table *table, const struct churn_row *rows, size_t count,
                         enum language language)
{
    char month[DATE_TEXT_MAX];
    int64_t sums[CHURN_COUNTS] = { 0 };
    size_t n = 0;
    for (; n < count && rows[n].month == rows->month; n++) {
        count_row(table, n == 0 ? churn_month_text(rows->month, month) : "",
                  churn_group_text(language, rows[n].group), rows[n].counts);
        for (unsigned i = 0; i < CHURN_COUNTS; i++)
            sums[i] += rows[n].counts[i];
    }
    if (n > 1)
        count_row(table, "", word(language, WORD_CHURN_ALL), sums);
    return n;
}

int churn_print_rows(const struct churn_row *rows, size_t count, enum language language, FILE *to)
{
    struct table *table = table_new(LAYOUT);
    head_row(table, language);
    for (size_t at = 0; at < count;)
        at += month_rows(table, rows + at, count - at, language);
    int err = table_print(table, to, 2);
    table_free(&table);
    return err;
}

/* --- The answer of the query. ------------------------------------------------------ */

/* The rows, the caller's to free; NULL without memory. */
static struct churn_row *read_rows(struct fields *f, const json_t *answer, size_t *ret_count)
{
    const json_t *items = field_array(f, answer, "rows");
    size_t count = json_array_size(items);
    struct churn_row *rows = calloc(count + 1, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < count; i++)
        churn_read_row(f, json_array_get(items, i), &rows[i]);
    *ret_count = count;
    return rows;
}

const char *churn_note(enum language language, char text[FIGURE_MAX])
{
    char least[12];
    snprintf(least, sizeof least, "%d", CHURN_SMALL);
    return words_fill(text, FIGURE_MAX, word(language, WORD_CHURN_NOTE), (const char *const[]){ least }, 1);
}

int churn_print(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX], note[FIGURE_MAX];
    size_t count;
    struct churn_row *rows = read_rows(f, answer, &count);
    int err = rows == NULL ? -ENOMEM : 0;
    fprintf(to, "%s  %s  %s – %s\n", field_text(f, answer, "fund"), word(language, WORD_CHURN),
            churn_month_text(field_int(f, answer, "from"), from),
            churn_month_text(field_int(f, answer, "to"), until));
    completeness_print(f, field_map(f, answer, "completeness"), language, to);
    fputc('\n', to);
    if (err == 0 && count > 0)
        err = churn_print_rows(rows, count, language, to);
    fprintf(to, count > 0 ? "\n%s\n" : "%s\n",
            count > 0 ? churn_note(language, note) : word(language, WORD_CHURN_NOBODY));
    free(rows);
    return err;
}

/* What the rows rest on stands in each of them, so that a row that is taken out of the file still says it. */
#define CSV_LAYOUT LAYOUT "rrrr"
#define CSV_COLUMNS (COLUMNS + 4)
static_assert(CSV_COLUMNS <= TABLE_COLUMNS_MAX && sizeof CSV_LAYOUT - 1 == CSV_COLUMNS, "a table has room");

struct csv_sources {
    char expected[FIGURE_MAX], silent[FIGURE_MAX], month[FIGURE_MAX], year[FIGURE_MAX];
};

static void read_sources(struct fields *f, const json_t *answer, struct csv_sources *ret)
{
    const json_t *map = field_map(f, answer, "completeness");
    *ret = (struct csv_sources){ .month = "" };
    snprintf(ret->expected, FIGURE_MAX, "%" PRId64, field_int(f, map, "expected"));
    snprintf(ret->silent, FIGURE_MAX, "%" PRId64, field_int(f, map, "silent"));
    if (field_int(f, map, "expected") == 0)
        return;
    figure_number(RULE_COMPLETENESS, field_indicator(f, field_map(f, map, "month")), ret->month);
    figure_number(RULE_COMPLETENESS, field_indicator(f, field_map(f, map, "year")), ret->year);
}

static void csv_head(struct table *table, enum language language)
{
    char month[FIGURE_MAX], year[FIGURE_MAX];
    const char *cells[CSV_COLUMNS];
    head_cells(language, cells);
    snprintf(month, sizeof month, "%s %%", word(language, WORD_COMPLETE_MONTH));
    snprintf(year, sizeof year, "%s %%", word(language, WORD_COMPLETE_YEAR));
    cells[COLUMNS] = word(language, WORD_EXPECTED_SOURCES);
    cells[COLUMNS + 1] = word(language, WORD_SILENT_SOURCES);
    cells[COLUMNS + 2] = month;
    cells[COLUMNS + 3] = year;
    table_row(table, cells);
}

static void csv_row(struct table *table, const struct churn_row *row, const struct csv_sources *sources,
                    enum language language)
{
    char month[DATE_TEXT_MAX], texts[CHURN_COUNTS][FIGURE_MAX];
    const char *cells[CSV_COLUMNS] = {
        churn_month_text(row->month, month), churn_group_text(language, row->group),
        [COLUMNS] = sources->expected, sources->silent, sources->month, sources->year,
    };
    for (unsigned i = 0; i < CHURN_COUNTS; i++) {
        snprintf(texts[i], FIGURE_MAX, "%" PRId64, row->counts[i]);
        cells[2 + i] = texts[i];
    }
    table_row(table, cells);
}

int churn_print_csv(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    size_t count;
    struct csv_sources sources;
    struct churn_row *rows = read_rows(f, answer, &count);
    if (rows == NULL)
        return -ENOMEM;
    struct table *table = table_new(CSV_LAYOUT);
    read_sources(f, answer, &sources);
    csv_head(table, language);
    for (size_t i = 0; i < count; i++)
        csv_row(table, &rows[i], &sources, language);
    int err = table_print_csv(table, to);
    table_free(&table);
    free(rows);
    return err;
}
