/* show - the commands that only look. */
#include "consumers/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "consumers/alert_text.h"
#include "consumers/figures.h"
#include "consumers/json.h"
#include "consumers/status.h"
#include "consumers/table.h"

#define LIST_LIMIT     100
#define LIST_LIMIT_MAX 1000000
#define POSITION_MAX   (INT64_MAX - 1)

/* --- Values. ------------------------------------------------------------------- */

#define CELL_MAX 96

/* A value in one cell: texts as they are, nil as nothing, the rest as JSON. */
static const char *cell(const json_t *map, const char *key, char text[CELL_MAX])
{
    const json_t *value = json_object_get(map, key);
    if (json_is_string(value))
        return json_string_value(value);
    bool stated = value != NULL && !json_is_null(value);
    size_t size = stated ? json_dumpb(value, text, CELL_MAX - 1, JSON_COMPACT | JSON_ENCODE_ANY) : 0;
    text[size < CELL_MAX ? size : 0] = '\0';
    return text;
}

static const char *moment(const json_t *map, const char *key, char text[CELL_MAX])
{
    int64_t ms = json_integer_value(json_object_get(map, key));
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms == 0 || gmtime_r(&seconds, &tm) == NULL)
        return "-";
    strftime(text, CELL_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}

static const char *day(const json_t *map, const char *key, char text[CELL_MAX])
{
    date_day date = DATE_NONE;
    static_assert(CELL_MAX >= DATE_TEXT_MAX, "a date has room");
    date_from_ymd(json_integer_value(json_object_get(map, key)), &date);
    return date_format(date, text);
}

static const char *wan_cell(const json_t *map, const char *key, char text[FIGURE_MAX])
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

void print_table(struct page *page, struct table **table, const char *none)
{
    if (*table != NULL && table_rows(*table) == 1)
        fprintf(page->to, "%s\n", none);
    else if (table_print(*table, page->to, 0) != 0)
        snprintf(page->f.fault, sizeof page->f.fault, "there is not enough memory");
    table_free(table);
}

/* --- Whole answers. ------------------------------------------------------------ */

enum exit_code show_answer(struct session *s, json_t *answer,
                           void (*print)(struct page *page, const json_t *answer))
{
    struct page page;
    enum exit_code code = EXIT_DONE;
    if (!session_printed_json(s, answer)) {
        code = EXIT_FAILED;
        if (page_begin(&page)) {
            print(&page, answer);
            code = page_end(&page);
        }
    }
    json_decref(answer);
    return code;
}

static void print_status(struct page *page, const json_t *answer)
{
    if (!json_is_array(answer))
        snprintf(page->f.fault, sizeof page->f.fault, "it is not a list of funds");
    status_print(&page->f, answer, page->to);
}

enum exit_code command_status(struct session *s)
{
    const char *place = command_word(s, 0);
    json_t *answer;
    if (!check_place(s, place))
        return EXIT_USAGE;
    enum exit_code code = ASK(s, &answer, "status", TEXT_ARGUMENT("place", place));
    return code == EXIT_DONE ? show_answer(s, answer, print_status) : code;
}

static void print_info(struct page *page, const json_t *answer)
{
    print_map(answer, "", page->to);
}

enum exit_code command_info(struct session *s)
{
    json_t *answer;
    enum exit_code code = session_ask(s, "info", NULL, 0, &answer);
    return code == EXIT_DONE ? show_answer(s, answer, print_info) : code;
}

static void print_policy(struct page *page, const json_t *answer)
{
    char date[CELL_MAX];
    fprintf(page->to, "in force from %s, position %" PRId64 "\n\n", day(answer, "date", date),
            field_int(&page->f, answer, "position"));
    print_map(field_map(&page->f, answer, "policy"), "", page->to);
}

enum exit_code command_policy(struct session *s)
{
    const char *fund = command_word(s, 0);
    json_t *answer;
    if (!check_fund(s, fund))
        return EXIT_USAGE;
    enum exit_code code = ASK(s, &answer, "policy", TEXT_ARGUMENT("fund", fund));
    return code == EXIT_DONE ? show_answer(s, answer, print_policy) : code;
}

/* --- Events. ------------------------------------------------------------------- */

static void print_event(struct page *page, const json_t *answer)
{
    char time[CELL_MAX];
    const char *outcome = field_text(&page->f, answer, "outcome");
    if (strcmp(outcome, "applied") != 0) {
        fprintf(page->to, "%s: no event of that id has been counted\n", outcome);
        return;
    }
    int64_t reversed_by = field_int(&page->f, answer, "reversed_by");
    fprintf(page->to, "applied at position %" PRId64 ", recorded %s, from %s\ndigest %s\n",
            field_int(&page->f, answer, "position"), moment(answer, "recorded", time),
            field_text(&page->f, answer, "source"), field_text(&page->f, answer, "digest"));
    if (reversed_by != 0)
        fprintf(page->to, "reversed by position %" PRId64 "\n", reversed_by);
    fputc('\n', page->to);
    print_map(field_map(&page->f, answer, "event"), "", page->to);
}

static enum exit_code show_event(struct session *s, const char *id)
{
    json_t *answer;
    enum exit_code code = ASK(s, &answer, "event", TEXT_ARGUMENT("source", option_text(s->options, 's')),
                              TEXT_ARGUMENT("issuer", option_text(s->options, 'I')),
                              TEXT_ARGUMENT("id", id));
    if (code != EXIT_DONE)
        return code;
    const char *outcome = json_string_value(json_object_get(answer, "outcome"));
    bool applied = outcome != NULL && strcmp(outcome, "applied") == 0;
    code = show_answer(s, answer, print_event);
    return code == EXIT_DONE && !applied ? EXIT_BAD : code;
}

static void print_more(struct page *page, const json_t *answer)
{
    if (json_is_true(json_object_get(answer, "more")))
        fputs("there are more: --limit N shows more, --after N goes on\n", page->to);
}

static void print_events(struct page *page, const json_t *answer)
{
    struct table *table = table_new("rlllllrl");
    const json_t *events = field_array(&page->f, answer, "events");
    TABLE_ROW(table, "position", "recorded", "source", "date", "fund", "kind", "万元", "id");
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *item = json_array_get(events, i), *event = json_object_get(item, "event");
        char position[CELL_MAX], time[CELL_MAX], date[CELL_MAX], amount[FIGURE_MAX], text[CELL_MAX];
        TABLE_ROW(table, cell(item, "position", position), moment(item, "recorded", time),
                  field_text(&page->f, item, "source"), day(event, "date", date),
                  cell(event, "fund", text), cell(event, "kind", text),
                  wan_cell(event, "amount", amount), cell(event, "id", text));
    }
    print_table(page, &table, "no such events");
    print_more(page, answer);
}

/* --limit and --after, which all lists have. */
static bool list_options(const struct session *s, int64_t *ret_limit, int64_t *ret_after)
{
    return option_number(s->options, 'l', s->infos, 1, LIST_LIMIT_MAX, ret_limit)
        && option_number(s->options, 'n', s->infos, 0, POSITION_MAX, ret_after);
}

static enum exit_code show_list(struct session *s, const struct listing *listing,
                                const struct argument *arguments, unsigned count, int64_t limit,
                                void (*print)(struct page *page, const json_t *answer))
{
    json_t *answer;
    enum exit_code code = session_list(s, listing, arguments, count, limit, &answer);
    return code == EXIT_DONE ? show_answer(s, answer, print) : code;
}

static enum exit_code list_events(struct session *s, const char *source, const char *fund)
{
    static const struct listing listing = { "events", "events", "next", true };
    int64_t limit = LIST_LIMIT, after = -1;
    if (!list_options(s, &limit, &after) || (fund != NULL && !check_fund(s, fund)))
        return EXIT_USAGE;
    struct argument arguments[] = {
        TEXT_ARGUMENT("source", source), TEXT_ARGUMENT("fund", fund), NUMBER_ARGUMENT("after", after),
    };
    return show_list(s, &listing, arguments, 3, limit, print_events);
}

enum exit_code command_events(struct session *s)
{
    const char *id = option_text(s->options, 'i'), *source = option_text(s->options, 's');
    const char *issuer = option_text(s->options, 'I'), *fund = option_text(s->options, 'f');
    if (id != NULL && (source != NULL) + (issuer != NULL) != 1)
        return usage_error(s->options, "an id is that of a source or an issuer: --source NAME --id ID");
    if (id != NULL)
        return show_event(s, id);
    if (issuer != NULL)
        return usage_error(s->options, "--issuer goes with --id");
    if (source == NULL && fund == NULL)
        return usage_error(s->options, "whose events?  Say --source NAME or --fund FUND");
    return list_events(s, source, fund);
}

/* --- Alerts. ------------------------------------------------------------------- */

static void print_active(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *rules = field_array(f, answer, "rules");
    struct table *table = table_new("rllllll");
    TABLE_ROW(table, "incident", "since", "fund", "rule", "level", "severity", "");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        char incident[CELL_MAX], since[CELL_MAX], name[2 * CELL_MAX], level[FIGURE_MAX], note[CELL_MAX];
        snprintf(name, sizeof name, "%.32s %.96s", field_text(f, rule, "rule"),
                 field_text(f, rule, "instance"));
        snprintf(note, sizeof note, "%s%s", field_bool(f, rule, "blind") ? "blind " : "",
                 field_bool(f, rule, "acknowledged") ? "acknowledged" : "");
        TABLE_ROW(table, cell(rule, "incident", incident), day(rule, "since", since),
                  field_text(f, rule, "fund"), name, figure_level(field_text(f, rule, "level"), level),
                  field_text(f, rule, "severity"), note);
    }
    print_table(page, &table, "nothing is firing and nothing is blind");
}

static enum exit_code show_active(struct session *s, const char *place)
{
    json_t *answer;
    enum exit_code code = ASK(s, &answer, "snapshot", TEXT_ARGUMENT("place", place));
    return code == EXIT_DONE ? show_answer(s, answer, print_active) : code;
}

static void print_history(struct page *page, const json_t *answer)
{
    const json_t *alerts = field_array(&page->f, answer, "alerts");
    bool colour = isatty(STDOUT_FILENO);
    for (size_t i = 0; i < json_array_size(alerts); i++) {
        struct alert alert;
        if (alert_from_json(&page->f, json_array_get(alerts, i), &alert))
            alert_print(&alert, colour, page->to);
    }
    print_more(page, answer);
}

static enum exit_code show_history(struct session *s, const char *place)
{
    static const struct listing listing = { "alerts", "alerts", "complete_through", true };
    int64_t limit = LIST_LIMIT, after = 0;
    if (!list_options(s, &limit, &after))
        return EXIT_USAGE;
    struct argument arguments[] = { TEXT_ARGUMENT("place", place), NUMBER_ARGUMENT("after", after) };
    return show_list(s, &listing, arguments, 2, limit, print_history);
}

enum exit_code command_alerts(struct session *s)
{
    const char *place = command_word(s, 0);
    bool history = option_given(s->options, 'H');
    if (!check_place(s, place))
        return EXIT_USAGE;
    if (history && option_given(s->options, 'A'))
        return usage_error(s->options, "either --active or --history");
    if (!history && (option_given(s->options, 'n') || option_given(s->options, 'l')))
        return usage_error(s->options, "--after and --limit go with --history");
    return history ? show_history(s, place) : show_active(s, place);
}

/* --- Sources, quarantine, reconciling. ----------------------------------------- */

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

static void print_sources(struct page *page, const json_t *answer)
{
    const json_t *sources = field_array(&page->f, answer, "sources");
    struct table *table = table_new("lrrrrrlll");
    TABLE_ROW(table, "source", "sequence", "applied", "duplicates", "conflicts", "rejected",
              "last date", "last recorded", "missing");
    for (size_t i = 0; i < json_array_size(sources); i++) {
        const json_t *source = json_array_get(sources, i);
        char sequence[CELL_MAX], applied[CELL_MAX], duplicates[CELL_MAX], conflicts[CELL_MAX];
        char rejected[CELL_MAX], date[CELL_MAX], time[CELL_MAX], missing[CELL_MAX];
        TABLE_ROW(table, field_text(&page->f, source, "source"), cell(source, "sequence", sequence),
                  cell(source, "applied", applied), cell(source, "duplicates", duplicates),
                  cell(source, "conflicts", conflicts), cell(source, "rejected", rejected),
                  day(source, "last_date", date), moment(source, "last_recorded", time),
                  holes(source, missing));
    }
    print_table(page, &table, "no source has reported yet");
    print_more(page, answer);
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

/* Fen as 万元, or nothing. */
static const char *wan_if_any(struct fields *f, const json_t *map, const char *key, char text[FIGURE_MAX])
{
    int64_t fen = field_int(f, map, key);
    return fen != 0 ? figure_wan(fen, text) : "";
}

static void payout_row(struct fields *f, struct table *table, const json_t *payout)
{
    char paid[FIGURE_MAX], held[FIGURE_MAX], lent[FIGURE_MAX], cleared[DATE_TEXT_MAX];
    date_day day = field_date(f, payout, "cleared_on");
    const char *category = field_text(f, payout, "category");
    TABLE_ROW(table, category[0] != '\0' ? category : "advance", field_text(f, payout, "institution"),
              field_text(f, payout, "state"), wan_if_any(f, payout, "provisional", paid),
              wan_if_any(f, payout, "retained", held), wan_if_any(f, payout, "lent", lent),
              day != DATE_NONE ? date_format(day, cleared) : "",
              field_bool(f, payout, "whole") ? "" : "began before the books");
}

static void print_payouts(struct page *page, const json_t *answer)
{
    const json_t *payouts = field_array(&page->f, answer, "payouts");
    struct table *table = table_new("lllrrrll");
    TABLE_ROW(table, "category", "institution", "state", "on account, 万元", "held back", "lent", "cleared",
              "");
    for (size_t i = 0; i < json_array_size(payouts); i++)
        payout_row(&page->f, table, json_array_get(payouts, i));
    print_table(page, &table, "nothing has been paid to hospitals for that year, nor lent");
    if (json_is_true(json_object_get(answer, "more")))
        fputs("there are more: --limit N shows more, --institution CODE those of one\n", page->to);
}

enum exit_code command_payouts(struct session *s)
{
    static const struct listing listing = { "payouts", "payouts", "at", false };
    const char *fund = command_word(s, 0);
    int64_t year = -1, limit = LIST_LIMIT_MAX;
    if (!check_fund(s, fund)
            || !option_number(s->options, 'y', s->infos, DATE_YEAR_MIN, DATE_YEAR_MAX, &year)
            || !option_number(s->options, 'l', s->infos, 1, LIST_LIMIT_MAX, &limit))
        return EXIT_USAGE;
    if (year < 0) {
        usage_error(s->options, "which year? --year YYYY");
        return EXIT_USAGE;
    }
    struct argument arguments[] = {
        TEXT_ARGUMENT("fund", fund), NUMBER_ARGUMENT("year", year),
        TEXT_ARGUMENT("institution", option_text(s->options, 'u')), NUMBER_ARGUMENT("after", -1),
    };
    return show_list(s, &listing, arguments, 4, limit, print_payouts);
}

/* "a, b"; "all" is said as it is, "-" for none. */
static const char *words_of(const json_t *key, const char *name, char text[CELL_MAX])
{
    const json_t *words = json_object_get(key, name);
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(words) && size < CELL_MAX; i++) {
        const char *word = json_string_value(json_array_get(words, i));
        size += (size_t)snprintf(text + size, CELL_MAX - size, "%s%s", i > 0 ? ", " : "",
                                 word == NULL ? "?" : word[0] == '\0' ? "everywhere" : word);
    }
    return size == 0 ? "-" : text;
}

static void print_rights(struct page *page, const json_t *answer)
{
    const json_t *keys = field_array(&page->f, answer, "keys");
    struct table *table = table_new("lllllllll");
    TABLE_ROW(table, "name", "public key", "person", "sources", "kinds", "places", "queries", "commands",
              "alerts");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *key = json_array_get(keys, i);
        char sources[CELL_MAX], kinds[CELL_MAX], places[CELL_MAX], queries[CELL_MAX], ordering[CELL_MAX];
        TABLE_ROW(table, field_text(&page->f, key, "name"), field_text(&page->f, key, "public"),
                  field_text(&page->f, key, "person"),
                  words_of(key, "sources", sources), words_of(key, "kinds", kinds),
                  words_of(key, "places", places), words_of(key, "queries", queries),
                  words_of(key, "commands", ordering), field_bool(&page->f, key, "alerts") ? "yes" : "-");
    }
    print_table(page, &table, "no key has rights: the daemon takes nobody over tcp://");
    print_more(page, answer);
}

enum exit_code show_rights(struct session *s)
{
    static const struct listing listing = { "rights", "keys", "public", false };
    struct argument arguments[] = { TEXT_ARGUMENT("after", NULL) };
    return show_list(s, &listing, arguments, 1, LIST_LIMIT_MAX, print_rights);
}

static void print_quarantine(struct page *page, const json_t *answer)
{
    const json_t *entries = field_array(&page->f, answer, "entries");
    struct table *table = table_new("rllllll");
    TABLE_ROW(table, "number", "recorded", "source", "outcome", "reason", "key", "id");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        char number[CELL_MAX], time[CELL_MAX], text[CELL_MAX];
        TABLE_ROW(table, cell(entry, "number", number), moment(entry, "recorded", time),
                  field_text(&page->f, entry, "source"), field_text(&page->f, entry, "outcome"),
                  cell(entry, "reason", text), cell(entry, "key", text), cell(entry, "id", text));
    }
    print_table(page, &table, "nothing is in quarantine");
    print_more(page, answer);
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
    fprintf(page->to, "%s%s%s\n", field_text(&page->f, answer, "outcome"),
            reason[0] != '\0' ? ": " : "", reason);
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

static void print_days(struct page *page, const json_t *answer)
{
    const json_t *days = field_array(&page->f, answer, "days");
    struct table *table = table_new("llrr");
    TABLE_ROW(table, "date", "kind", "count", "万元");
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *item = json_array_get(days, i);
        char date[CELL_MAX], count[CELL_MAX], amount[FIGURE_MAX];
        TABLE_ROW(table, day(item, "date", date), field_text(&page->f, item, "kind"),
                  cell(item, "count", count), wan_cell(item, "amount", amount));
    }
    print_table(page, &table, "nothing of that source in those days");
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
