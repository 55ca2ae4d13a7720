/* cells - values of an answer in the cells of a table. */
#pragma once

#include <jansson.h>

#include "consumers/figures.h"
#include "consumers/session.h"

#define CELL_MAX 96

/* A value in one cell: texts as they are, nil as nothing, the rest as JSON. */
const char *cell_text(const json_t *map, const char *key, char text[CELL_MAX]);
/* A moment, as 2024-07-31T08:00:00Z; "-" for none. */
const char *cell_moment(const json_t *map, const char *key, char text[CELL_MAX]);
const char *cell_day(const json_t *map, const char *key, char text[CELL_MAX]);
/* Fen as 万元; nothing for what is not stated. */
const char *cell_wan(const json_t *map, const char *key, char text[FIGURE_MAX]);

/* The word in the language of the page. */
static inline const char *page_word(const struct page *page, enum word which)
{
    return word(page->language, which);
}

/* Prints a table whose first row is its heads, and frees it; `none` stands for one without any other row. */
struct table;
void print_table(struct page *page, struct table **table_p, enum word none);
/* An answer's array as a table, a row for each item. */
#define LIST_COLUMNS_MAX 11
#define NO_HEAD WORD_COUNT      /* of a column that says what it is by itself */
struct list_table {
    const char *items;          /* key of the array */
    const char *columns;        /* as table_new() takes them */
    enum word heads[LIST_COLUMNS_MAX];      /* one for each column */
    void (*row)(struct page *page, struct table *table, const json_t *item);
};
/* `none` stands for an empty one. */
void print_list(struct page *page, const json_t *answer, const struct list_table *list, enum word none);
/* Says that a list goes on, if it does. */
void print_more(struct page *page, const json_t *answer, enum word how);
/* A sentence with its places filled in, and a newline. */
void page_say(struct page *page, enum word which, const char *const arguments[], unsigned count);
#define PAGE_SAY(page, which, ...)                                                                  \
    page_say((page), (which), (const char *const[]){ __VA_ARGS__ },                                 \
             sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Prints a map's values under their names, one in each line, maps inside of it as name.name. */
void print_map(const json_t *map, const char *prefix, FILE *to);
