/* What every command of `fundwatch` prints of what it is answered.
 *
 * The input is which command, how it prints (a bit each for JSON, Chinese, CSV, a page), and the data of the
 * answers, one after the other; of `reconcile` the first part is the source's own file.  Nothing but an
 * answer that lacks what it must have makes a command fail. */
#include <assert.h>
#include <string.h>

#include "consumers/commands.h"
#include "tests/fuzz/consumers/answers.h"
#include "tests/fuzz/fuzz.h"

static char fund[] = "130207/390", place[] = "13", seven[] = "7", list[] = "list", requeue[] = "requeue",
            confirm[] = "confirm", path[] = "/backup";

static const struct asked {
    const char *command;
    char *words[2];
    struct { char letter; const char *value; } options[4];
} asked[] = {
    { "status", { place }, { { 0 } } },
    { "report", { fund }, { { 'y', "2024" } } },
    { "outlook", { fund }, { { 'M', "12" }, { 'R', "6.0" } } },
    { "whatif", { fund }, { { 'P', "+8%" }, { 'B', "30" }, { 'C', "-2" } } },
    { "rollup", { place }, { { 0 } } },
    { "events", { NULL }, { { 's', "tax" }, { 'i', "fee1" } } },
    { "events", { NULL }, { { 'f', "130207/390" } } },
    { "alerts", { place }, { { 'A', "" } } },
    { "alerts", { place }, { { 'H', "" } } },
    { "ack", { seven }, { { 'w', "Wang" }, { 'N', "seen" } } },
    { "sources", { NULL }, { { 0 } } },
    { "quarantine", { list }, { { 0 } } },
    { "quarantine", { requeue, seven }, { { 0 } } },
    { "reconcile", { NULL }, { { 's', "tax" }, { 'F', "2024-01-01" }, { 'T', "2024-12-31" } } },
    { "reconcile", { NULL }, { { 's', "tax" }, { 'D', "" }, { 'r', "" } } },
    { "policy", { fund }, { { 0 } } },
    { "restated", { fund }, { { 'y', "2024" } } },
    { "statements", { fund }, { { 0 } } },
    { "payouts", { fund }, { { 'y', "2024" } } },
    { "unmatched", { NULL }, { { 0 } } },
    { "churn", { fund }, { { 'y', "2024" } } },
    { "info", { NULL }, { { 0 } } },
    { "health", { NULL }, { { 0 } } },
    { "backup", { path }, { { 0 } } },
    { "verify", { NULL }, { { 0 } } },
    { "head", { NULL }, { { 0 } } },
    { "actions", { NULL }, { { 0 } } },
    { "proposals", { list }, { { 0 } } },
    { "proposals", { confirm, seven }, { { 0 } } },
    { "keys", { list }, { { 0 } } },
};

static const struct command *command_named(const char *name)
{
    const struct command *c = commands;
    while (strcmp(c->name, name) != 0)
        c++;
    return c;
}

static void say_options(struct options *o, const struct asked *a, uint8_t how, struct parts *parts)
{
    const char *letters = command_named(a->command)->letters;
    for (unsigned i = 0; i < 4 && a->options[i].letter != 0; i++)
        o->values[(int)a->options[i].letter] = a->options[i].value;
    if (o->values['D'] != NULL) {
        size_t size;
        const uint8_t *file = take_part(parts, &size);
        o->values['D'] = input_file(file, size);
    }
    o->values['j'] = how & 1 ? "" : NULL;
    o->values['c'] = how & 2 && strchr(letters, 'c') != NULL ? "" : NULL;
    o->values['x'] = how & 4 && strchr(letters, 'x') != NULL ? "" : NULL;
    o->values['t'] = "1";
    o->values['e'] = "ipc://fuzz";
}

FUZZER(page)
{
    struct parts parts = { bytes, size };
    const struct asked *a = &asked[take_byte(&parts) % (sizeof asked / sizeof asked[0])];
    uint8_t how = take_byte(&parts);
    struct options o = { .program = a->command, .words = (char **)(uintptr_t)a->words };
    while (o.count < 2 && a->words[o.count] != NULL)
        o.count++;
    say_options(&o, a, how, &parts);
    struct session session = {
        .options = &o, .infos = command_options, .language = how & 8 ? LANGUAGE_ZH : LANGUAGE_EN,
    };
    answers_begin(parts);
    quiet_begin();
    enum exit_code code = command_named(a->command)->run(&session);
    session_close(&session);
    quiet_end();
    answers_end();
    assert(code <= EXIT_BAD);
}
