/* `fundwatch health`: what an operator should look at; exit status 4 if there is anything. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "consumers/commands.h"
#include "consumers/table.h"

#define CELL_MAX 32

static const char *moment(int64_t ms, char text[CELL_MAX])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms == 0 || gmtime_r(&seconds, &tm) == NULL)
        return "-";
    strftime(text, CELL_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}

static void print_warnings(struct page *page, const json_t *answer)
{
    const json_t *warnings = field_array(&page->f, answer, "warnings");
    for (size_t i = 0; i < json_array_size(warnings); i++)
        fprintf(page->to, "! %s\n", field_text(&page->f, json_array_get(warnings, i), "text"));
    if (json_array_size(warnings) == 0)
        fputs("nothing to warn of\n", page->to);
}

static void print_figures(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    char time[CELL_MAX], days[CELL_MAX] = "too young to say";
    int64_t room = field_int(f, answer, "room_days");
    if (room >= 0)
        snprintf(days, sizeof days, "%" PRId64 " days", room);
    fprintf(page->to, "\nnewest backup  %s; records in none: %" PRId64 "\n",
            moment(field_int(f, answer, "backup"), time), field_int(f, answer, "uncovered"));
    fprintf(page->to, "room           %s; map %" PRId64 " of %" PRId64 " MiB, disk free %" PRId64 " MiB\n",
            days, field_int(f, answer, "map_used") >> 20, field_int(f, answer, "map_size") >> 20,
            field_int(f, answer, "disk_free") >> 20);
    fprintf(page->to, "clock          %s\n", field_text(f, answer, "clock"));
    fprintf(page->to, "unsent alerts  %" PRId64 "; oldest: %s\n", field_int(f, answer, "unsent"),
            moment(field_int(f, answer, "unsent_since"), time));
    fprintf(page->to, "waiting events %" PRId64 ", at sources that said so\n",
            field_int(f, answer, "waiting"));
}

static void print_sources(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *sources = field_array(f, answer, "sources");
    struct table *table = table_new("lrll");
    TABLE_ROW(table, "source", "waiting", "since", "");
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *source = json_array_get(sources, i);
        char since[CELL_MAX], waiting[CELL_MAX];
        snprintf(waiting, sizeof waiting, "%" PRId64, field_int(f, source, "waiting"));
        TABLE_ROW(table, field_text(f, source, "source"), waiting,
                  moment(field_int(f, source, "since"), since),
                  field_bool(f, source, "lost") ? "has forgotten what is missing here" : "");
    }
    if (table_rows(table) > 1) {
        fputc('\n', page->to);
        if (table_print(table, page->to, 0) != 0)
            snprintf(f->fault, sizeof f->fault, "there is not enough memory");
    }
    table_free(&table);
}

static enum exit_code show(struct session *s, const json_t *answer)
{
    struct page page;
    if (session_printed_json(s, answer))
        return EXIT_DONE;
    if (!page_begin(&page))
        return EXIT_FAILED;
    print_warnings(&page, answer);
    print_figures(&page, answer);
    print_sources(&page, answer);
    return page_end(&page);
}

enum exit_code command_health(struct session *s)
{
    json_t *answer;
    enum exit_code code = session_ask(s, "health", NULL, 0, &answer);
    if (code != EXIT_DONE)
        return code;
    code = show(s, answer);
    if (code == EXIT_DONE && json_array_size(json_object_get(answer, "warnings")) > 0)
        code = EXIT_BAD;
    json_decref(answer);
    return code;
}
