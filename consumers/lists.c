/* lists - what the daemon knows of those who report: sources, rights, the quarantine, totals. */
#include "consumers/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/cells.h"
#include "consumers/json.h"
#include "consumers/table.h"
#include "consumers/terms.h"

/* --- Sources. -------------------------------------------------------------------- */

/* Holes in a source's sequence, "118-121 130-130"; the first few of many. */
static const char *holes(const json_t *source, char text[CELL_MAX])
{
    const json_t *missing = json_object_get(source, "missing");
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(missing) && used < CELL_MAX - 48; i++) {
        const json_t *hole = json_array_get(missing, i);
        used += (size_t)snprintf(text + used, CELL_MAX - used, "%s%" PRId64 "-%" PRId64, i > 0 ? " " : "",
                                 (int64_t)json_integer_value(json_array_get(hole, 0)),
                                 (int64_t)json_integer_value(json_array_get(hole, 1)));
    }
    return text;
}

static void source_row(struct page *page, struct table *table, const json_t *source)
{
    char sequence[CELL_MAX], applied[CELL_MAX], duplicates[CELL_MAX], conflicts[CELL_MAX];
    char rejected[CELL_MAX], date[CELL_MAX], time[CELL_MAX], missing[CELL_MAX];
    TABLE_ROW(table, field_text(&page->f, source, "source"), cell_text(source, "sequence", sequence),
              cell_text(source, "applied", applied), cell_text(source, "duplicates", duplicates),
              cell_text(source, "conflicts", conflicts), cell_text(source, "rejected", rejected),
              cell_day(source, "last_date", date), cell_moment(source, "last_recorded", time),
              holes(source, missing));
}

static const struct list_table sources_list = {
    .items = "sources", .columns = "lrrrrrlll", .row = source_row,
    .heads = { WORD_SOURCE, WORD_SEQUENCE, WORD_APPLIED, WORD_DUPLICATE_COUNT, WORD_CONFLICTS,
               WORD_REJECTED, WORD_LAST_DATE, WORD_LAST_RECORDED, WORD_MISSING_BATCHES },
};

static void print_sources(struct page *page, const json_t *answer)
{
    print_list(page, answer, &sources_list, WORD_NO_SOURCES);
    print_more(page, answer, WORD_MORE_BY_LIMIT);
}

enum exit_code command_sources(struct session *s)
{
    static const struct listing listing = { "sources", "sources", "source", false };
    int64_t limit = LIST_LIMIT_MAX, after = -1;
    if (!list_options(s, &limit, &after))
        return EXIT_USAGE;
    struct argument arguments[] = { NUMBER_ARGUMENT("after", after) };
    return show_list(s, &listing, arguments, 1, limit, print_sources);
}

/* --- Rights. --------------------------------------------------------------------- */

/* Words in a cell, commas between; "" (every place) is said in words. */
static const char *words_of(const struct page *page, const json_t *key, const char *name,
                            char text[CELL_MAX])
{
    const json_t *words = json_object_get(key, name);
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(words) && size < CELL_MAX; i++) {
        const char *item = json_string_value(json_array_get(words, i));
        size += (size_t)snprintf(text + size, CELL_MAX - size, "%s%s",
                                 i > 0 ? page_word(page, WORD_LIST_COMMA) : "",
                                 item == NULL ? "?"
                                 : item[0] == '\0' ? page_word(page, WORD_EVERYWHERE) : item);
    }
    return size == 0 ? "-" : text;
}

static void rights_row(struct page *page, struct table *table, const json_t *key)
{
    char sources[CELL_MAX], kinds[CELL_MAX], places[CELL_MAX], queries[CELL_MAX], ordering[CELL_MAX];
    TABLE_ROW(table, field_text(&page->f, key, "name"), field_text(&page->f, key, "public"),
              field_text(&page->f, key, "person"),
              words_of(page, key, "sources", sources), words_of(page, key, "kinds", kinds),
              words_of(page, key, "places", places), words_of(page, key, "queries", queries),
              words_of(page, key, "commands", ordering),
              field_bool(&page->f, key, "alerts") ? page_word(page, WORD_YES) : "-");
}

static const struct list_table rights_list = {
    .items = "keys", .columns = "lllllllll", .row = rights_row,
    .heads = { WORD_NAME, WORD_PUBLIC_KEY, WORD_ACTION_PERSON, WORD_SOURCES, WORD_KINDS, WORD_PLACES,
               WORD_QUERIES, WORD_COMMANDS, WORD_STATUS_ALERTS },
};

static void print_rights(struct page *page, const json_t *answer)
{
    print_list(page, answer, &rights_list, WORD_NO_RIGHTS);
    print_more(page, answer, WORD_MORE_BY_LIMIT);
}

enum exit_code show_rights(struct session *s)
{
    static const struct listing listing = { "rights", "keys", "public", false };
    struct argument arguments[] = { TEXT_ARGUMENT("after", NULL) };
    return show_list(s, &listing, arguments, 1, LIST_LIMIT_MAX, print_rights);
}

/* --- Quarantine. ----------------------------------------------------------------- */

static void quarantine_row(struct page *page, struct table *table, const json_t *entry)
{
    char number[CELL_MAX], time[CELL_MAX], text[CELL_MAX];
    const char *reason = cell_text(entry, "reason", text);
    TABLE_ROW(table, cell_text(entry, "number", number), cell_moment(entry, "recorded", time),
              field_text(&page->f, entry, "source"),
              term_of(page->language, TERM_OUTCOME, field_text(&page->f, entry, "outcome")),
              term_of(page->language, TERM_REASON, reason),
              term_of(page->language, TERM_FIELD, cell_text(entry, "key", text)),
              cell_text(entry, "id", text));
}

/* Of each bad move what stands against it, below the table, where there is room. */
static void print_hindrances(struct page *page, const json_t *entries)
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        char number[CELL_MAX], text[TERM_SENTENCE_MAX];
        if (term_hindrance(&page->f, entry, page->language, text)[0] == '\0')
            continue;
        fprintf(page->to, "%s%s: %s\n", any ? "" : "\n", cell_text(entry, "number", number), text);
        any = true;
    }
}

static const struct list_table quarantine_list = {
    .items = "entries", .columns = "rllllll", .row = quarantine_row,
    .heads = { WORD_NUMBER, WORD_RECORDED, WORD_SOURCE, WORD_BECAME, WORD_REASON, WORD_FIELD, WORD_ID },
};

static void print_quarantine(struct page *page, const json_t *answer)
{
    print_list(page, answer, &quarantine_list, WORD_NO_QUARANTINE);
    print_hindrances(page, field_array(&page->f, answer, "entries"));
    print_more(page, answer, WORD_MORE);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* What a hexadecimal text stands for, as one value of MessagePack; NULL if it is none. */
static json_t *event_of_hex(const char *hex)
{
    size_t size = strlen(hex) / 2;
    uint8_t *bytes = malloc(size + 1);
    bool good = bytes != NULL && strlen(hex) % 2 == 0;
    for (size_t i = 0; good && i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        good = high >= 0 && low >= 0;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    json_t *event = good ? json_from_bytes(bytes, size) : NULL;
    free(bytes);
    return event;
}

/* An entry holds the bytes that were sent; where they can be read people see the event. */
static void read_events(const json_t *answer)
{
    const json_t *entries = json_object_get(answer, "entries");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *entry = json_array_get(entries, i);
        const char *hex = json_string_value(json_object_get(entry, "event"));
        json_t *event = hex != NULL ? event_of_hex(hex) : NULL;
        if (event != NULL)
            json_object_set_new(entry, "event", event);
    }
}

static enum exit_code list_quarantine(struct session *s)
{
    static const struct listing listing = { "quarantine", "entries", "number", false };
    int64_t limit = LIST_LIMIT, after = -1;
    if (!list_options(s, &limit, &after))
        return EXIT_USAGE;
    struct argument arguments[] = {
        TEXT_ARGUMENT("source", option_text(s->options, 's')), NUMBER_ARGUMENT("after", after),
    };
    json_t *answer;
    enum exit_code code = session_list(s, &listing, arguments, 2, limit, &answer);
    if (code != EXIT_DONE)
        return code;
    read_events(answer);
    return show_answer(s, answer, print_quarantine);
}

static void print_requeued(struct page *page, const json_t *answer)
{
    const char *reason = field_text(&page->f, answer, "reason");
    char text[TERM_SENTENCE_MAX];
    fprintf(page->to, "%s%s%s\n",
            term_of(page->language, TERM_OUTCOME, field_text(&page->f, answer, "outcome")),
            reason[0] != '\0' ? page_word(page, WORD_COLON) : "",
            term_of(page->language, TERM_REASON, reason));
    if (term_hindrance(&page->f, answer, page->language, text)[0] != '\0')
        fprintf(page->to, "%s\n", text);
}

/* A duplicate is as good as applied: the event has counted. */
static enum exit_code requeue(struct session *s)
{
    int64_t number;
    json_t *answer;
    if (command_word(s, 1) == NULL || !number_parse(command_word(s, 1), 1, POSITION_MAX, &number))
        return usage_error(s->options, "which entry?  Say requeue N, a number of `quarantine list`");
    enum exit_code code = ASK(s, &answer, "requeue", NUMBER_ARGUMENT("number", number));
    if (code != EXIT_DONE)
        return code;
    const char *outcome = json_string_value(json_object_get(answer, "outcome"));
    bool counted = outcome != NULL && (strcmp(outcome, "applied") == 0 || strcmp(outcome, "duplicate") == 0);
    code = show_answer(s, answer, print_requeued);
    return code == EXIT_DONE && !counted ? EXIT_BAD : code;
}

enum exit_code command_quarantine(struct session *s)
{
    const char *verb = command_word(s, 0);
    if (verb != NULL && strcmp(verb, "requeue") == 0)
        return requeue(s);
    if ((verb != NULL && strcmp(verb, "list") != 0) || command_word(s, 1) != NULL)
        return usage_error(s->options, "either list or requeue N");
    return list_quarantine(s);
}

/* --- Totals. --------------------------------------------------------------------- */

static void day_row(struct page *page, struct table *table, const json_t *item)
{
    char date[CELL_MAX], count[CELL_MAX], amount[FIGURE_MAX];
    TABLE_ROW(table, cell_day(item, "date", date),
              term_of(page->language, TERM_KIND, field_text(&page->f, item, "kind")),
              cell_text(item, "count", count), cell_wan(item, "amount", amount));
}

static const struct list_table days_list = {
    .items = "days", .columns = "llrr", .row = day_row,
    .heads = { WORD_DATE, WORD_KIND, WORD_HOW_MANY, WORD_WAN },
};

static void print_days(struct page *page, const json_t *answer)
{
    print_list(page, answer, &days_list, WORD_NO_TOTALS);
}

enum exit_code command_reconcile(struct session *s)
{
    const char *source = option_text(s->options, 's');
    int64_t from = -1, to = -1;
    json_t *answer;
    if (source == NULL)
        return usage_error(s->options, "whose totals?  Say --source NAME");
    if (!option_date(s->options, 'F', s->infos, &from) || !option_date(s->options, 'T', s->infos, &to))
        return EXIT_USAGE;
    const char *path = option_text(s->options, 'D');
    if (path != NULL)
        return reconcile_file(s, source, from, to, path, option_given(s->options, 'r'));
    if (option_given(s->options, 'r'))
        return usage_error(s->options, "--records goes with --file");
    enum exit_code code = ASK(s, &answer, "reconcile", TEXT_ARGUMENT("source", source),
                              NUMBER_ARGUMENT("from", from), NUMBER_ARGUMENT("to", to));
    return code == EXIT_DONE ? show_answer(s, answer, print_days) : code;
}
