/* table - rows of text in columns: for people, or as CSV.
 *
 * Widths are those of a terminal, where a Chinese character takes two columns.
 * Sticky: without memory the rest does nothing, and printing returns -ENOMEM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 15

struct table;

/* One letter for each column: 'l' left, 'r' right. */
struct table *table_new(const char *columns);
void table_free(struct table **table_p);

/* Adds a row of as many texts as there are columns (NULL is ""); they are copied. */
void table_row(struct table *table, const char *const cells[]);
#define TABLE_ROW(table, ...) table_row((table), (const char *const[]){ __VA_ARGS__ })
/* A line across the table; no row in CSV. */
void table_rule(struct table *table);
size_t table_rows(const struct table *table);

/* `indent` blanks in front of each line, two between columns, none at the end. */
int table_print(const struct table *table, FILE *to, unsigned indent);
/* RFC 4180: CRLF, quotes where a cell asks for them. */
int table_print_csv(const struct table *table, FILE *to);

/* Columns that `text` takes; bytes that are no UTF-8 take one each. */
unsigned text_width(const char *text);
