#include "consumers/cells.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "consumers/table.h"

#define SENTENCE_MAX 1024

const char *cell_text(const json_t *map, const char *key, char text[CELL_MAX])
{
    const json_t *value = json_object_get(map, key);
    if (json_is_string(value))
        return json_string_value(value);
    bool stated = value != NULL && !json_is_null(value);
    size_t size = stated ? json_dumpb(value, text, CELL_MAX - 1, JSON_COMPACT | JSON_ENCODE_ANY) : 0;
    text[size < CELL_MAX ? size : 0] = '\0';
    return text;
}

const char *cell_moment(const json_t *map, const char *key, char text[CELL_MAX])
{
    int64_t ms = json_integer_value(json_object_get(map, key));
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms == 0 || gmtime_r(&seconds, &tm) == NULL)
        return "-";
    strftime(text, CELL_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}

const char *cell_day(const json_t *map, const char *key, char text[CELL_MAX])
{
    date_day date = DATE_NONE;
    static_assert(CELL_MAX >= DATE_TEXT_MAX, "a date has room");
    date_from_ymd(json_integer_value(json_object_get(map, key)), &date);
    return date_format(date, text);
}

const char *cell_wan(const json_t *map, const char *key, char text[FIGURE_MAX])
{
    const json_t *value = json_object_get(map, key);
    return json_is_integer(value) ? figure_wan(json_integer_value(value), text) : "";
}

void print_map(const json_t *map, const char *prefix, FILE *to)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)map, key, value) {
        char name[CELL_MAX];
        snprintf(name, sizeof name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key);
        if (json_is_object(value)) {
            print_map(value, name, to);
            continue;
        }
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
        fprintf(to, "%-28s %s\n", name, text != NULL ? text : json_string_value(value));
        free(text);
    }
}

void print_table(struct page *page, struct table **table, enum word none)
{
    if (*table != NULL && table_rows(*table) == 1)
        fprintf(page->to, "%s\n", page_word(page, none));
    else if (table_print(*table, page->to, 0) != 0)
        snprintf(page->f.fault, sizeof page->f.fault, "there is not enough memory");
    table_free(table);
}

void print_list(struct page *page, const json_t *answer, const struct list_table *list, enum word none)
{
    const json_t *items = field_array(&page->f, answer, list->items);
    const char *heads[LIST_COLUMNS_MAX];
    struct table *table = table_new(list->columns);
    for (size_t i = 0; i < strlen(list->columns); i++)
        heads[i] = list->heads[i] != NO_HEAD ? page_word(page, list->heads[i]) : "";
    table_row(table, heads);
    for (size_t i = 0; i < json_array_size(items); i++)
        list->row(page, table, json_array_get(items, i));
    print_table(page, &table, none);
}

void print_more(struct page *page, const json_t *answer, enum word how)
{
    if (json_is_true(json_object_get(answer, "more")))
        fprintf(page->to, "%s\n", page_word(page, how));
}

void page_say(struct page *page, enum word which, const char *const arguments[], unsigned count)
{
    char text[SENTENCE_MAX];
    fprintf(page->to, "%s\n", words_fill(text, sizeof text, page_word(page, which), arguments, count));
}
