#include "consumers/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct row {
    char *cells[TABLE_COLUMNS_MAX];     /* owned; all NULL: a line across */
};

struct table {
    unsigned columns;
    bool right[TABLE_COLUMNS_MAX];
    struct row *rows;
    size_t count, capacity;
    size_t texts;               /* rows that are no lines across */
    bool failed;                /* out of memory */
};

unsigned text_width(const char *text)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
    unsigned width = 0;
    while (left > 0) {
        utf8proc_int32_t point;
        utf8proc_ssize_t size = utf8proc_iterate(at, left, &point);
        bool valid = size > 0;
        width += valid ? (unsigned)utf8proc_charwidth(point) : 1;
        at += valid ? size : 1;
        left -= valid ? size : 1;
    }
    return width;
}

struct table *table_new(const char *columns)
{
    struct table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->columns = (unsigned)strlen(columns);
    assert(table->columns <= TABLE_COLUMNS_MAX);
    for (unsigned i = 0; i < table->columns; i++)
        table->right[i] = columns[i] == 'r';
    return table;
}

void table_free(struct table **table_p)
{
    struct table *table = *table_p;
    *table_p = NULL;
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++) {
        for (unsigned c = 0; c < table->columns; c++)
            free(table->rows[i].cells[c]);
    }
    free(table->rows);
    free(table);
}

static struct row *new_row(struct table *table)
{
    if (table == NULL || table->failed)
        return NULL;
    if (table->count == table->capacity) {
        size_t capacity = table->capacity == 0 ? 32 : table->capacity * 2;
        struct row *rows = reallocarray(table->rows, capacity, sizeof rows[0]);
        table->failed = rows == NULL;
        if (rows == NULL)
            return NULL;
        table->rows = rows;
        table->capacity = capacity;
    }
    struct row *row = &table->rows[table->count++];
    *row = (struct row){ 0 };
    return row;
}

void table_row(struct table *table, const char *const cells[])
{
    struct row *row = new_row(table);
    if (row == NULL)
        return;
    table->texts++;
    for (unsigned c = 0; c < table->columns; c++) {
        row->cells[c] = strdup(cells[c] != NULL ? cells[c] : "");
        table->failed |= row->cells[c] == NULL;
    }
}

void table_rule(struct table *table)
{
    new_row(table);
}

size_t table_rows(const struct table *table)
{
    return table->texts;
}

static void print_repeated(FILE *to, const char *text, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fputs(text, to);
}

/* Fills `widths` and returns the width of a whole line. */
static unsigned measure(const struct table *table, unsigned widths[TABLE_COLUMNS_MAX])
{
    unsigned sum = 2 * (table->columns - 1);
    for (unsigned c = 0; c < table->columns; c++) {
        widths[c] = 0;
        for (size_t i = 0; i < table->count; i++) {
            const char *cell = table->rows[i].cells[c];
            unsigned width = cell != NULL ? text_width(cell) : 0;
            if (width > widths[c])
                widths[c] = width;
        }
        sum += widths[c];
    }
    return sum;
}

static unsigned size_without_blanks(const char *cell)
{
    unsigned size = (unsigned)strlen(cell);
    while (size > 0 && cell[size - 1] == ' ')
        size--;
    return size;
}

/* Blanks are owed until something follows them, so that no line ends in any. */
static void print_row(const struct table *table, const struct row *row, const unsigned *widths,
                      FILE *to, unsigned indent)
{
    unsigned owed = indent;
    for (unsigned c = 0; c < table->columns; c++) {
        unsigned pad = widths[c] - text_width(row->cells[c]);
        if (table->right[c])
            owed += pad;
        unsigned size = size_without_blanks(row->cells[c]);
        if (size > 0) {
            print_repeated(to, " ", owed);
            fprintf(to, "%.*s", (int)size, row->cells[c]);
            owed = (unsigned)strlen(row->cells[c]) - size;
        }
        owed += (table->right[c] ? 0 : pad) + 2;
    }
    fputc('\n', to);
}

int table_print(const struct table *table, FILE *to, unsigned indent)
{
    if (table == NULL || table->failed)
        return -ENOMEM;
    unsigned widths[TABLE_COLUMNS_MAX];
    unsigned line = measure(table, widths);
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (row->cells[0] != NULL) {
            print_row(table, row, widths, to, indent);
        } else {
            print_repeated(to, " ", indent);
            print_repeated(to, "─", line);
            fputc('\n', to);
        }
    }
    return 0;
}

static void print_csv_cell(const char *cell, FILE *to)
{
    if (cell[strcspn(cell, ",\"\r\n")] == '\0') {
        fputs(cell, to);
        return;
    }
    fputc('"', to);
    for (; *cell != '\0'; cell++) {
        if (*cell == '"')
            fputc('"', to);
        fputc(*cell, to);
    }
    fputc('"', to);
}

int table_print_csv(const struct table *table, FILE *to)
{
    if (table == NULL || table->failed)
        return -ENOMEM;
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (row->cells[0] == NULL)
            continue;
        for (unsigned c = 0; c < table->columns; c++) {
            if (c > 0)
                fputc(',', to);
            print_csv_cell(row->cells[c], to);
        }
        fputs("\r\n", to);
    }
    return 0;
}
