/* actions - who did what, and what waits for a second person. */
#include "consumers/commands.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/cells.h"
#include "consumers/table.h"
#include "consumers/terms.h"
#include "wire/limits.h"

#define NUMBER_MAX 24
#define AGE_MAX    24
#define WHAT_MAX   1024

/* Nothing for 0, which is none. */
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

/* --- Actions. -------------------------------------------------------------------- */

/* Whoever has the machine's own sockets is no key. */
static const char *key_text(enum language language, const char *key)
{
    return strcmp(key, "local") == 0 ? word(language, WORD_ACTION_LOCAL) : key;
}

/* "policy rule-7", "rejected bad_move": the protocol's words, of those that begin with some; the rest is what
 * people have written. */
static const char *what_text(enum language language, const char *action, const char *what,
                             char text[WHAT_MAX])
{
    bool requeued = strcmp(action, "requeued") == 0;
    bool of_event = strcmp(action, "entered") == 0 || strcmp(action, "proposed") == 0;
    const char *rest = what + strcspn(what, " ");
    char first[CELL_MAX];
    if (!requeued && !of_event)
        return what;
    snprintf(first, sizeof first, "%.*s", (int)(rest - what), what);
    rest += rest[0] == ' ';
    snprintf(text, WHAT_MAX, "%s%s%s", term_of(language, requeued ? TERM_OUTCOME : TERM_KIND, first),
             rest[0] != '\0' ? " " : "", requeued ? term_of(language, TERM_REASON, rest) : rest);
    return text;
}

static void action_row(struct page *page, struct table *table, const json_t *item)
{
    struct fields *f = &page->f;
    char position[NUMBER_MAX], time[CELL_MAX], subject[NUMBER_MAX], what[WHAT_MAX];
    const char *action = field_text(f, item, "action");
    TABLE_ROW(table, number(field_int(f, item, "position"), position), cell_moment(item, "recorded", time),
              key_text(page->language, field_text(f, item, "key")), field_text(f, item, "person"),
              action_text(page->language, action),
              number(field_int(f, item, "subject"), subject), field_text(f, item, "fund"),
              what_text(page->language, action, field_text(f, item, "text"), what));
}

static const struct list_table actions_list = {
    .items = "actions", .columns = "rllllrll", .row = action_row,
    .heads = { WORD_POSITION, WORD_RECORDED, WORD_ACTION_KEY, WORD_ACTION_PERSON, WORD_ACTION,
               WORD_ACTION_SUBJECT, WORD_FUND_COLUMN, WORD_ACTION_TEXT },
};

static void print_actions(struct page *page, const json_t *answer)
{
    print_list(page, answer, &actions_list, WORD_ACTIONS_NONE);
    print_more(page, answer, WORD_MORE);
}

enum exit_code command_actions(struct session *s)
{
    static const struct listing listing = { "actions", "actions", "next", true };
    int64_t limit = LIST_LIMIT, after = -1;
    if (!list_options(s, &limit, &after))
        return EXIT_USAGE;
    struct argument arguments[] = { NUMBER_ARGUMENT("after", after) };
    return show_list(s, &listing, arguments, 1, limit, print_actions);
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

static void proposal_row(struct page *page, struct table *table, const json_t *item)
{
    struct fields *f = &page->f;
    char n[NUMBER_MAX], time[CELL_MAX], old[AGE_MAX];
    const json_t *event = field_map(f, item, "event");
    const char *state = field_text(f, item, "state");
    bool waiting = strcmp(state, "waiting") == 0;
    TABLE_ROW(table, number(field_int(f, item, "number"), n), cell_moment(item, "recorded", time),
              waiting ? age(field_int(f, item, "age_ms"), page->language, old) : "-",
              field_text(f, item, "key"), field_text(f, item, "person"),
              term_of(page->language, TERM_KIND, field_text(f, event, "kind")),
              field_text(f, event, "fund"), field_text(f, event, "id"),
              action_text(page->language, state), field_text(f, item, "decided_person"),
              field_text(f, item, "note"));
}

static const struct list_table proposals_list = {
    .items = "proposals", .columns = "rllllllllll", .row = proposal_row,
    .heads = { WORD_NUMBER, WORD_RECORDED, WORD_PROPOSAL_AGE, WORD_ACTION_KEY, WORD_ACTION_PERSON,
               WORD_KIND, WORD_FUND_COLUMN, WORD_ID, WORD_STATE, WORD_PROPOSAL_DECIDED, WORD_NOTE },
};

static void print_proposal_rows(struct page *page, const json_t *answer, enum word none)
{
    print_list(page, answer, &proposals_list, none);
    print_more(page, answer, WORD_MORE);
}

static void print_waiting(struct page *page, const json_t *answer)
{
    print_proposal_rows(page, answer, WORD_PROPOSALS_NONE);
}

static void print_all(struct page *page, const json_t *answer)
{
    print_proposal_rows(page, answer, WORD_PROPOSALS_NEVER);
}

static enum exit_code list_proposals(struct session *s)
{
    static const struct listing listing = { "proposals", "proposals", "next", true };
    int64_t limit = LIST_LIMIT, after = -1;
    struct writer yes;
    if (!list_options(s, &limit, &after))
        return EXIT_USAGE;
    writer_init(&yes);
    write_bool(&yes, true);
    bool all = option_given(s->options, 'E');
    struct argument arguments[] = {
        VALUE_ARGUMENT("decided", all ? &yes : NULL), NUMBER_ARGUMENT("after", after),
    };
    enum exit_code code = show_list(s, &listing, arguments, 2, limit, all ? print_all : print_waiting);
    writer_free(&yes);
    return code;
}

static void print_decision(struct page *page, const json_t *answer)
{
    char position[NUMBER_MAX];
    const char *state = field_text(&page->f, answer, "state");
    const char *outcome = field_text(&page->f, answer, "outcome");
    const char *reason = field_text(&page->f, answer, "reason");
    int64_t counted = field_int(&page->f, answer, "counted");
    if (outcome[0] != '\0')
        PAGE_SAY(page, WORD_PROPOSAL_WAITS_ON, term_of(page->language, TERM_OUTCOME, outcome),
                 reason[0] != '\0' ? page_word(page, WORD_COLON) : "",
                 term_of(page->language, TERM_REASON, reason));
    else if (counted != 0)
        PAGE_SAY(page, WORD_PROPOSAL_COUNTED, number(counted, position));
    else
        fprintf(page->to, "%s\n", action_text(page->language, state));
}

/* What cannot be counted as things stand was answered, and is bad. */
static enum exit_code show_decision(struct session *s, json_t *answer)
{
    const char *outcome = json_string_value(json_object_get(answer, "outcome"));
    bool waits_on = outcome != NULL && outcome[0] != '\0';
    enum exit_code code = show_answer(s, answer, print_decision);
    return code == EXIT_DONE && waits_on ? EXIT_BAD : code;
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
