/* show - the commands that only look: funds, events, alerts. */
#include "consumers/labels.h"
#include "consumers/commands.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consumers/alert_text.h"
#include "consumers/cells.h"
#include "consumers/event_text.h"
#include "consumers/figures.h"
#include "consumers/json.h"
#include "consumers/policy_text.h"
#include "consumers/status.h"
#include "consumers/table.h"
#include "consumers/terms.h"

/* --- Whole answers. ------------------------------------------------------------ */

enum exit_code show_answer(struct session *s, json_t *answer,
                           void (*print)(struct page *page, const json_t *answer))
{
    struct page page;
    enum exit_code code = EXIT_DONE;
    if (!session_printed_json(s, answer)) {
        code = EXIT_FAILED;
        if (page_begin(&page)) {
            page.language = s->language;
            print(&page, answer);
            code = page_end(&page);
        }
    }
    json_decref(answer);
    return code;
}

bool list_options(const struct session *s, int64_t *ret_limit, int64_t *ret_after)
{
    return option_number(s->options, 'l', s->infos, 1, LIST_LIMIT_MAX, ret_limit)
        && option_number(s->options, 'n', s->infos, 0, POSITION_MAX, ret_after);
}

enum exit_code show_list(struct session *s, const struct listing *listing,
                         const struct argument *arguments, unsigned count, int64_t limit,
                         void (*print)(struct page *page, const json_t *answer))
{
    json_t *answer;
    enum exit_code code = session_list(s, listing, arguments, count, limit, &answer);
    return code == EXIT_DONE ? show_answer(s, answer, print) : code;
}

static void print_status(struct page *page, const json_t *answer)
{
    if (!json_is_array(answer))
        snprintf(page->f.fault, sizeof page->f.fault, "it is not a list of funds");
    status_print(&page->f, answer, page->language, page->to);
}

/* No fund is no answer: a place that is mistyped must not look as if all were well. */
enum exit_code command_status(struct session *s)
{
    const char *place = command_word(s, 0);
    json_t *answer;
    if (!check_place(s, place))
        return EXIT_USAGE;
    enum exit_code code = ASK(s, &answer, "status", TEXT_ARGUMENT("place", place));
    if (code != EXIT_DONE)
        return code;
    bool none = json_array_size(answer) == 0;
    code = show_answer(s, answer, print_status);
    return code == EXIT_DONE && none ? EXIT_BAD : code;
}

/* --- info. ---------------------------------------------------------------------- */

/* "3d 04:05:06" */
static const char *duration(const json_t *map, const char *key, char text[CELL_MAX])
{
    int64_t seconds = json_integer_value(json_object_get(map, key)) / 1000;
    snprintf(text, CELL_MAX, "%" PRId64 "d %02d:%02d:%02d", seconds / 86400, (int)(seconds / 3600 % 24),
             (int)(seconds / 60 % 60), (int)(seconds % 60));
    return text;
}

static const char *mebibytes(const json_t *map, const char *key, char text[CELL_MAX])
{
    int64_t bytes = json_integer_value(json_object_get(map, key));
    bool large = bytes >= 10 << 20;
    snprintf(text, CELL_MAX, "%" PRId64 " %s", bytes >> (large ? 20 : 10), large ? "MiB" : "KiB");
    return text;
}

static const char *yes_or_no(const struct page *page, const json_t *map, const char *key)
{
    return page_word(page, json_is_true(json_object_get(map, key)) ? WORD_YES : WORD_NO);
}

static void print_info(struct page *page, const json_t *answer)
{
    static const struct {
        const char *key;
        enum word name;
        const char *(*show)(const json_t *map, const char *key, char text[CELL_MAX]);
    } rows[] = {
        { "name", WORD_INFO_NAME, cell_text },             { "version", WORD_INFO_VERSION, cell_text },
        { "started", WORD_INFO_STARTED, cell_moment },     { "uptime_ms", WORD_INFO_UPTIME, duration },
        { "store_id", WORD_INFO_STORE, cell_text },        { "epoch", WORD_INFO_EPOCH, cell_text },
        { "position", WORD_INFO_POSITION, cell_text },     { "head", WORD_INFO_HEAD, cell_text },
        { "covered", WORD_INFO_COVERED, cell_text },       { "events", WORD_INFO_EVENTS, cell_text },
        { "alerts", WORD_INFO_ALERTS, cell_text },         { "funds", WORD_INFO_FUNDS, cell_text },
        { "sources", WORD_INFO_SOURCES, cell_text },
        { "quarantined", WORD_INFO_QUARANTINED, cell_text },
        { "waiting", WORD_INFO_WAITING, cell_text },
        { "map_used", WORD_INFO_USED, mebibytes },         { "map_size", WORD_INFO_SIZE, mebibytes },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[CELL_MAX];
        pair_print(page, page_word(page, rows[i].name), rows[i].show(answer, rows[i].key, text));
    }
    pair_print(page, page_word(page, WORD_INFO_READ_ONLY), yes_or_no(page, answer, "read_only"));
}

enum exit_code command_info(struct session *s)
{
    json_t *answer;
    enum exit_code code = session_ask(s, "info", NULL, 0, &answer);
    return code == EXIT_DONE ? show_answer(s, answer, print_info) : code;
}

/* --- policy. -------------------------------------------------------------------- */

static void print_policy(struct page *page, const json_t *answer)
{
    char date[CELL_MAX], position[CELL_MAX];
    PAGE_SAY(page, WORD_POLICY_FROM, cell_day(answer, "date", date), cell_text(answer, "position", position));
    fputc('\n', page->to);
    policy_print(page, field_map(&page->f, answer, "policy"));
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

static void print_fields(struct page *page, const json_t *event)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)event, key, value) {
        char text[FIGURE_MAX];
        if (!json_is_object(value))
            pair_print(page, term_of(page->language, TERM_FIELD, key),
                       event_value_text(page->language, key, value, text));
    }
    if (json_is_object(json_object_get(event, "policy"))) {
        fputc('\n', page->to);
        policy_print(page, json_object_get(event, "policy"));
    }
}

static void print_unknown_event(struct page *page, const json_t *answer)
{
    char position[CELL_MAX];
    fprintf(page->to, "%s\n", page_word(page, WORD_EVENT_UNKNOWN));
    if (field_int(&page->f, answer, "reversed_by") != 0)
        PAGE_SAY(page, WORD_EVENT_AWAITED, cell_text(answer, "reversed_by", position));
}

/* Of a reversal whose original has come. */
static void print_undoing(struct page *page, const json_t *answer)
{
    char original[CELL_MAX], text[TERM_SENTENCE_MAX];
    cell_text(answer, "original", original);
    if (term_hindrance(&page->f, answer, page->language, text)[0] == '\0') {
        PAGE_SAY(page, WORD_EVENT_UNDOES, original);
        return;
    }
    PAGE_SAY(page, WORD_EVENT_UNDOES_NOT, original, text);
    if (strcmp(field_text(&page->f, answer, "why"), "reversed") != 0)
        fprintf(page->to, "%s\n", page_word(page, WORD_UNMATCHED_DO));
}

static void print_event(struct page *page, const json_t *answer)
{
    char position[CELL_MAX], time[CELL_MAX], reversal[CELL_MAX];
    if (strcmp(field_text(&page->f, answer, "outcome"), "applied") != 0) {
        print_unknown_event(page, answer);
        return;
    }
    PAGE_SAY(page, WORD_EVENT_APPLIED, cell_text(answer, "position", position),
             cell_moment(answer, "recorded", time), field_text(&page->f, answer, "source"));
    PAGE_SAY(page, WORD_EVENT_DIGEST, field_text(&page->f, answer, "digest"));
    if (field_int(&page->f, answer, "reversed_by") != 0)
        PAGE_SAY(page, WORD_EVENT_REVERSED, cell_text(answer, "reversed_by", reversal));
    if (field_int(&page->f, answer, "misfit") != 0)
        PAGE_SAY(page, WORD_EVENT_MISFIT, cell_text(answer, "misfit", reversal));
    if (field_bool(&page->f, answer, "waits"))
        fprintf(page->to, "%s\n", page_word(page, WORD_EVENT_WAITS));
    if (field_int(&page->f, answer, "original") != 0)
        print_undoing(page, answer);
    fputc('\n', page->to);
    print_fields(page, field_map(&page->f, answer, "event"));
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

static void event_row(struct page *page, struct table *table, const json_t *item)
{
    const json_t *event = json_object_get(item, "event");
    char position[CELL_MAX], time[CELL_MAX], date[CELL_MAX], amount[FIGURE_MAX], text[CELL_MAX];
    TABLE_ROW(table, cell_text(item, "position", position), cell_moment(item, "recorded", time),
              field_text(&page->f, item, "source"), cell_day(event, "date", date),
              cell_text(event, "fund", text),
              term_of(page->language, TERM_KIND, cell_text(event, "kind", text)),
              cell_wan(event, "amount", amount), cell_text(event, "id", text));
}

static const struct list_table events_list = {
    .items = "events", .columns = "rlllllrl", .row = event_row,
    .heads = { WORD_POSITION, WORD_RECORDED, WORD_SOURCE, WORD_DATE, WORD_FUND_COLUMN, WORD_KIND,
               WORD_WAN, WORD_ID },
};

static void print_events(struct page *page, const json_t *answer)
{
    print_list(page, answer, &events_list, WORD_NO_EVENTS);
    print_more(page, answer, WORD_MORE);
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

static void active_row(struct page *page, struct table *table, const json_t *rule)
{
    struct fields *f = &page->f;
    char incident[CELL_MAX], since[CELL_MAX], name[FIGURE_MAX], level[FIGURE_MAX], note[CELL_MAX];
    bool blind = field_bool(f, rule, "blind"), acknowledged = field_bool(f, rule, "acknowledged");
    snprintf(note, sizeof note, "%s%s%s", blind ? page_word(page, WORD_BLIND) : "",
             blind && acknowledged ? " " : "", acknowledged ? page_word(page, WORD_ACKNOWLEDGED) : "");
    TABLE_ROW(table, cell_text(rule, "incident", incident), cell_day(rule, "since", since),
              field_text(f, rule, "fund"),
              term_rule(page->language, field_text(f, rule, "rule"),
                        label_of(rule, field_text(f, rule, "instance")), name),
              term_level(page->language, field_text(f, rule, "rule"), field_text(f, rule, "level"), level),
              term_of(page->language, TERM_SEVERITY, field_text(f, rule, "severity")), note);
}

/* Which funds those are that nothing was found of: `funds` of the answer. */
static bool is_nowhere(const json_t *answer)
{
    const json_t *funds = json_object_get(answer, "funds");
    return json_is_integer(funds) && json_integer_value(funds) == 0;
}

static const struct list_table active_list = {
    .items = "rules", .columns = "rllllll", .row = active_row,
    .heads = { WORD_INCIDENT, WORD_ACTIVE_SINCE, WORD_FUND_COLUMN, WORD_RULE, WORD_LEVEL, WORD_SEVERITY,
               NO_HEAD },
};

static void print_active(struct page *page, const json_t *answer)
{
    print_list(page, answer, &active_list, is_nowhere(answer) ? WORD_STATUS_NO_FUND : WORD_NOTHING_ACTIVE);
}

static enum exit_code show_active(struct session *s, const char *place)
{
    json_t *answer;
    enum exit_code code = ASK(s, &answer, "snapshot", TEXT_ARGUMENT("place", place));
    if (code != EXIT_DONE)
        return code;
    bool nowhere = is_nowhere(answer);
    labels_find(s, json_object_get(answer, "rules"), NULL);
    code = show_answer(s, answer, print_active);
    return code == EXIT_DONE && nowhere ? EXIT_BAD : code;
}

static void print_history(struct page *page, const json_t *answer)
{
    const json_t *alerts = field_array(&page->f, answer, "alerts");
    bool colour = isatty(STDOUT_FILENO);
    for (size_t i = 0; i < json_array_size(alerts); i++) {
        struct alert alert;
        json_t *item = json_array_get(alerts, i);
        char label[sizeof alert.instance];
        snprintf(label, sizeof label, "%s", label_of(item, ""));
        json_object_del(item, "label");         /* it is not of the protocol */
        if (!alert_from_json(&page->f, item, &alert))
            continue;
        if (label[0] != '\0')
            memcpy(alert.instance, label, sizeof label);
        alert_print(&alert, page->language, colour, page->to);
    }
    if (json_array_size(alerts) == 0)
        fprintf(page->to, "%s\n", page_word(page, WORD_NO_HISTORY));
    print_more(page, answer, WORD_MORE);
}

/* No alert of a place where there is no fund is no good news. */
static enum exit_code check_nowhere(struct session *s, const char *place)
{
    json_t *snapshot;
    enum exit_code code = ASK(s, &snapshot, "snapshot", TEXT_ARGUMENT("place", place));
    if (code != EXIT_DONE)
        return code;
    bool nowhere = is_nowhere(snapshot);
    json_decref(snapshot);
    return nowhere ? EXIT_BAD : EXIT_DONE;
}

static enum exit_code show_history(struct session *s, const char *place)
{
    static const struct listing listing = { "alerts", "alerts", "complete_through", true };
    int64_t limit = LIST_LIMIT, after = 0;
    if (!list_options(s, &limit, &after))
        return EXIT_USAGE;
    struct argument arguments[] = { TEXT_ARGUMENT("place", place), NUMBER_ARGUMENT("after", after) };
    json_t *answer;
    enum exit_code code = session_list(s, &listing, arguments, 2, limit, &answer);
    if (code != EXIT_DONE)
        return code;
    bool none = after == 0 && json_array_size(json_object_get(answer, "alerts")) == 0;
    labels_find(s, json_object_get(answer, "alerts"), NULL);
    code = show_answer(s, answer, print_history);
    return code == EXIT_DONE && none && place != NULL ? check_nowhere(s, place) : code;
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
