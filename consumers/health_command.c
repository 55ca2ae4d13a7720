/* `fundwatch health`: what an operator should look at; exit code 4 if there is anything. */
#include <inttypes.h>
#include <stdio.h>

#include "consumers/cells.h"
#include "consumers/commands.h"
#include "consumers/table.h"
#include "consumers/terms.h"

/* The daemon's sentence, which is English, or ours for the warning. */
static void print_warnings(struct page *page, const json_t *answer)
{
    const json_t *warnings = field_array(&page->f, answer, "warnings");
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const json_t *warning = json_array_get(warnings, i);
        const char *name = field_text(&page->f, warning, "warning");
        const char *text = field_text(&page->f, warning, "text");
        bool ours = page->language == LANGUAGE_ZH && term_known(TERM_WARNING, name);
        fprintf(page->to, "! %s\n", ours ? term_of(page->language, TERM_WARNING, name) : text);
    }
    if (json_array_size(warnings) == 0)
        fprintf(page->to, "%s\n", page_word(page, WORD_HEALTH_NOTHING));
    fputc('\n', page->to);
}

static const char *mebibytes(const json_t *map, const char *key, char text[CELL_MAX])
{
    int64_t bytes = json_integer_value(json_object_get(map, key));
    snprintf(text, CELL_MAX, "%" PRId64, bytes >> 20);
    return text;
}

static void print_room(struct page *page, const json_t *answer)
{
    char days[CELL_MAX], used[CELL_MAX], size[CELL_MAX], left[CELL_MAX];
    bool known = field_int(&page->f, answer, "room_days") >= 0;
    mebibytes(answer, "map_used", used);
    mebibytes(answer, "map_size", size);
    mebibytes(answer, "disk_free", left);
    if (known)
        PAGE_SAY(page, WORD_HEALTH_ROOM, cell_text(answer, "room_days", days), used, size, left);
    else
        PAGE_SAY(page, WORD_HEALTH_YOUNG, used, size, left);
}

static void print_figures(struct page *page, const json_t *answer)
{
    char time[CELL_MAX], count[CELL_MAX];
    PAGE_SAY(page, WORD_HEALTH_BACKUP, cell_moment(answer, "backup", time),
             cell_text(answer, "uncovered", count));
    print_room(page, answer);
    PAGE_SAY(page, WORD_HEALTH_CLOCK,
             term_of(page->language, TERM_CLOCK, field_text(&page->f, answer, "clock")));
    PAGE_SAY(page, WORD_HEALTH_UNSENT, cell_text(answer, "unsent", count),
             cell_moment(answer, "unsent_since", time));
    PAGE_SAY(page, WORD_HEALTH_WAITING, cell_text(answer, "waiting", count));
}

static void print_behind(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *sources = field_array(f, answer, "sources");
    struct table *table = table_new("lrll");
    if (json_array_size(sources) > 0)
        fputc('\n', page->to);
    TABLE_ROW(table, page_word(page, WORD_SOURCE), page_word(page, WORD_HEALTH_EVENTS),
              page_word(page, WORD_HEALTH_SINCE), "");
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *source = json_array_get(sources, i);
        char since[CELL_MAX], waiting[CELL_MAX];
        TABLE_ROW(table, field_text(f, source, "source"), cell_text(source, "waiting", waiting),
                  cell_moment(source, "since", since),
                  field_bool(f, source, "lost") ? page_word(page, WORD_HEALTH_LOST) : "");
    }
    print_table(page, &table, WORD_HEALTH_NO_SOURCES);
}

static void print_health(struct page *page, const json_t *answer)
{
    print_warnings(page, answer);
    print_figures(page, answer);
    print_behind(page, answer);
}

enum exit_code command_health(struct session *s)
{
    json_t *answer;
    enum exit_code code = session_ask(s, "health", NULL, 0, &answer);
    if (code != EXIT_DONE)
        return code;
    bool warned = json_array_size(json_object_get(answer, "warnings")) > 0;
    code = show_answer(s, answer, print_health);
    return code == EXIT_DONE && warned ? EXIT_BAD : code;
}
