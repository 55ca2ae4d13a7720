/* actions - who did what, and what waits for a second person. */
#include "consumers/commands.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "consumers/table.h"
#include "wire/limits.h"

#define LIMIT      100
#define LIMIT_MAX  1000000
#define TIME_MAX   32
#define NUMBER_MAX 24
#define AGE_MAX    24

static const char *moment(int64_t ms, char text[TIME_MAX])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms == 0 || gmtime_r(&seconds, &tm) == NULL)
        return "-";
    strftime(text, TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}

static const char *number(int64_t value, char text[NUMBER_MAX])
{
    text[0] = '\0';
    if (value != 0)
        snprintf(text, NUMBER_MAX, "%" PRId64, value);
    return text;
}

static const char *action_text(enum language language, const char *action)
{
    static const struct { const char *action; enum word word; } words[] = {
        { "entered", WORD_ACTION_ENTERED },
        { "proposed", WORD_ACTION_PROPOSED },
        { "confirmed", WORD_ACTION_CONFIRMED },
        { "declined", WORD_ACTION_DECLINED },
        { "acknowledged", WORD_ACTION_ACKNOWLEDGED },
        { "requeued", WORD_ACTION_REQUEUED },
        { "backup", WORD_ACTION_BACKUP },
        { "verify", WORD_ACTION_VERIFY },
        { "backtest", WORD_ACTION_BACKTEST },
        { "in_order", WORD_ACTION_IN_ORDER },
        { "known_at", WORD_ACTION_KNOWN_AT },
        { "key_added", WORD_ACTION_KEY_ADDED },
        { "key_changed", WORD_ACTION_KEY_CHANGED },
        { "key_removed", WORD_ACTION_KEY_REMOVED },
        { "setting", WORD_ACTION_SETTING },
        { "waiting", WORD_PROPOSAL_WAITING },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].action, action) == 0)
            return word(language, words[i].word);
    }
    return action;
}

/* What the commands of this file have in common. */
struct look {
    enum language language;
    int64_t limit, after;
    json_t *answer;
};

static enum exit_code ask_list(struct session *s, struct look *look, const struct listing *listing,
                               const struct argument *first)
{
    look->limit = LIMIT;
    look->after = -1;
    enum exit_code code = read_language(s, &look->language);
    if (code == EXIT_DONE && (!option_number(s->options, 'l', s->infos, 1, LIMIT_MAX, &look->limit)
                              || !option_number(s->options, 'n', s->infos, 0, INT64_MAX - 1, &look->after)))
        code = EXIT_USAGE;
    if (code != EXIT_DONE)
        return code;
    struct argument arguments[] = { *first, NUMBER_ARGUMENT("after", look->after) };
    return session_list(s, listing, arguments, 2, look->limit, &look->answer);
}

/* Shows the list in JSON, or row by row under `heads`. */
static enum exit_code show_rows(struct session *s, struct look *look, const char *key, const char *columns,
                                const enum word heads[], enum word none,
                                void (*row)(struct fields *f, struct table *table, const json_t *item,
                                            enum language language))
{
    struct page page;
    enum exit_code code = EXIT_DONE;
    if (!session_printed_json(s, look->answer)) {
        code = EXIT_FAILED;
        if (page_begin(&page)) {
            const json_t *items = field_array(&page.f, look->answer, key);
            const char *cells[TABLE_COLUMNS_MAX];
            struct table *table = table_new(columns);
            for (size_t i = 0; i < strlen(columns); i++)
                cells[i] = word(look->language, heads[i]);
            table_row(table, cells);
            for (size_t i = 0; i < json_array_size(items); i++)
                row(&page.f, table, json_array_get(items, i), look->language);
            print_table(&page, &table, word(look->language, none));
            if (json_is_true(json_object_get(look->answer, "more")))
                fprintf(page.to, "%s\n", word(look->language, WORD_ACTIONS_MORE));
            code = page_end(&page);
        }
    }
    json_decref(look->answer);
    return code;
}

/* --- Actions. -------------------------------------------------------------------- */

static void action_row(struct fields *f, struct table *table, const json_t *item, enum language language)
{
    char position[NUMBER_MAX], time[TIME_MAX], subject[NUMBER_MAX];
    TABLE_ROW(table, number(field_int(f, item, "position"), position),
              moment(field_int(f, item, "recorded"), time), field_text(f, item, "key"),
              field_text(f, item, "person"), action_text(language, field_text(f, item, "action")),
              number(field_int(f, item, "subject"), subject), field_text(f, item, "fund"),
              field_text(f, item, "text"));
}

enum exit_code command_actions(struct session *s)
{
    static const struct listing listing = { "actions", "actions", "next", true };
    static const enum word heads[] = {
        WORD_ACTION_POSITION, WORD_ACTION_TIME, WORD_ACTION_KEY, WORD_ACTION_PERSON, WORD_ACTION,
        WORD_ACTION_SUBJECT, WORD_FUND, WORD_ACTION_TEXT,
    };
    struct look look;
    enum exit_code code = ask_list(s, &look, &listing, &(struct argument)TEXT_ARGUMENT("place", NULL));
    return code == EXIT_DONE
        ? show_rows(s, &look, "actions", "rllllrll", heads, WORD_ACTIONS_NONE, action_row) : code;
}

/* --- Proposals. ------------------------------------------------------------------ */

/* Days, hours or minutes: how long somebody has had to wait. */
static const char *age(int64_t ms, enum language language, char text[AGE_MAX])
{
    int64_t minutes = ms / 60000;
    char count[NUMBER_MAX];
    enum word unit = minutes < 120 ? WORD_AGE_MINUTES : minutes < 48 * 60 ? WORD_AGE_HOURS : WORD_AGE_DAYS;
    int64_t per = unit == WORD_AGE_MINUTES ? 1 : unit == WORD_AGE_HOURS ? 60 : 24 * 60;
    snprintf(count, sizeof count, "%" PRId64, minutes / per);
    const char *const arguments[] = { count };
    return words_fill(text, AGE_MAX, word(language, unit), arguments, 1);
}

static void proposal_row(struct fields *f, struct table *table, const json_t *item, enum language language)
{
    char n[NUMBER_MAX], time[TIME_MAX], old[AGE_MAX];
    const json_t *event = field_map(f, item, "event");
    const char *state = field_text(f, item, "state");
    bool waiting = strcmp(state, "waiting") == 0;
    TABLE_ROW(table, number(field_int(f, item, "number"), n), moment(field_int(f, item, "recorded"), time),
              waiting ? age(field_int(f, item, "age_ms"), language, old) : "-", field_text(f, item, "key"),
              field_text(f, item, "person"), field_text(f, event, "kind"), field_text(f, event, "fund"),
              field_text(f, event, "id"), action_text(language, state),
              field_text(f, item, "decided_person"), field_text(f, item, "note"));
}

static enum exit_code list_proposals(struct session *s)
{
    static const struct listing listing = { "proposals", "proposals", "next", true };
    static const enum word heads[] = {
        WORD_PROPOSAL, WORD_ACTION_TIME, WORD_PROPOSAL_AGE, WORD_ACTION_KEY, WORD_ACTION_PERSON,
        WORD_PROPOSAL_KIND, WORD_FUND, WORD_PROPOSAL_ID, WORD_PROPOSAL_STATE, WORD_PROPOSAL_DECIDED,
        WORD_NOTE,
    };
    struct writer yes;
    struct look look;
    writer_init(&yes);
    write_bool(&yes, true);
    bool all = option_given(s->options, 'E');
    const struct argument decided = VALUE_ARGUMENT("decided", all ? &yes : NULL);
    enum exit_code code = ask_list(s, &look, &listing, &decided);
    writer_free(&yes);
    return code == EXIT_DONE
        ? show_rows(s, &look, "proposals", "rllllllllll", heads,
                    all ? WORD_PROPOSALS_NEVER : WORD_PROPOSALS_NONE, proposal_row) : code;
}

static enum exit_code show_decision(struct session *s, json_t *answer)
{
    struct page checks = { .f = { .fault = "" } };
    const char *state = field_text(&checks.f, answer, "state");
    const char *outcome = field_text(&checks.f, answer, "outcome");
    const char *reason = field_text(&checks.f, answer, "reason");
    int64_t counted = field_int(&checks.f, answer, "counted");
    enum exit_code code = EXIT_DONE;
    bool printed = session_printed_json(s, answer);
    if (checks.f.fault[0] != '\0')
        code = session_fail(s, EXIT_FAILED, "the answer cannot be read: %s", checks.f.fault);
    else if (outcome[0] != '\0')
        code = session_fail(s, EXIT_BAD, "it cannot be counted as things stand (%s%s%s), and waits on",
                            outcome, reason[0] != '\0' ? " " : "", reason);
    else if (!printed && counted != 0)
        printf("confirmed: it is counted at position %" PRId64 "\n", counted);
    else if (!printed)
        puts(state);
    json_decref(answer);
    return code;
}

static enum exit_code decide(struct session *s, const char *verb)
{
    const char *note = option_text(s->options, 'N');
    bool confirm = strcmp(verb, "confirm") == 0;
    int64_t n;
    json_t *answer;
    if (command_word(s, 1) == NULL || !number_parse(command_word(s, 1), 1, INT64_MAX, &n))
        return usage_error(s->options, "%s which?  `fundwatch proposals` shows their numbers", verb);
    if (!confirm && (note == NULL || note[0] == '\0'))
        return usage_error(s->options, "say why: --note TEXT");
    if (note != NULL && strlen(note) > NOTE_MAX)
        return usage_error(s->options, "--note is text of at most %d bytes", NOTE_MAX);
    enum exit_code code = ASK(s, &answer, verb, NUMBER_ARGUMENT("number", n), TEXT_ARGUMENT("note", note));
    return code == EXIT_DONE ? show_decision(s, answer) : code;
}

enum exit_code command_proposals(struct session *s)
{
    const char *verb = command_word(s, 0);
    if (verb != NULL && (strcmp(verb, "confirm") == 0 || strcmp(verb, "decline") == 0))
        return decide(s, verb);
    if ((verb != NULL && strcmp(verb, "list") != 0) || command_word(s, 1) != NULL)
        return usage_error(s->options, "list, confirm N or decline N --note TEXT");
    return list_proposals(s);
}

/* --- The chain's head. ------------------------------------------------------------ */

enum exit_code command_head(struct session *s)
{
    json_t *info;
    enum exit_code code = ASK(s, &info, "info", TEXT_ARGUMENT("none", NULL));
    if (code != EXIT_DONE)
        return code;
    struct page checks = { .f = { .fault = "" } };
    int64_t position = field_int(&checks.f, info, "position");
    const char *head = field_text(&checks.f, info, "head");
    if (checks.f.fault[0] != '\0')
        code = session_fail(s, EXIT_FAILED, "the answer cannot be read: %s", checks.f.fault);
    else if (option_given(s->options, 'j'))
        printf("{\"position\": %" PRId64 ", \"head\": \"%s\"}\n", position, head);
    else
        printf("%" PRId64 ":%s\n", position, head);
    json_decref(info);
    return code;
}
