/* fundwatch - asks the daemon, and tells it what to do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "consumers/commands.h"

static const char exit_codes[] =
    "Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 no answer, the daemon is not there;\n";

static void print_help(void)
{
    fputs("usage: fundwatch [OPTION...] COMMAND ...\n"
          "Shows the books, reports and alerts of health insurance funds.\n\n", stdout);
    for (const struct command *c = commands; c->name != NULL; c++)
        printf("  %-12s %s\n", c->name, c->help);
    fputs("\nOptions of every command:\n", stdout);
    options_help(command_options, SESSION_LETTERS, stdout);
    printf("\nfundwatch COMMAND --help says more.  %s"
           "4 answered, and what was found is bad (differences) or is not there (unknown event or fund).\n",
           exit_codes);
}

static void print_command_help(const struct command *c)
{
    printf("usage: fundwatch %s %s\n%s\n\n", c->name, c->words, c->help);
    options_help(command_options, c->letters, stdout);
    options_help(command_options, SESSION_LETTERS, stdout);
    printf("\n%s%s4 %s.\n", c->more, exit_codes, c->bad);
}

static void print_version(void)
{
    puts("fundwatch " FUNDWATCH_VERSION);
}

static const struct command *find_command(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

static enum exit_code run(const struct command *c, struct options *o)
{
    if (o->count < c->min_words || o->count > c->max_words)
        return usage_error(o, "usage: fundwatch %s %s", c->name, c->words);
    struct session session = { .options = o, .infos = command_options };
    if (!option_language(o, 'L', &session.language))
        return EXIT_USAGE;
    enum exit_code code = begin_known_at(&session);
    if (code == EXIT_DONE)
        code = c->run(&session);
    session_close(&session);
    return code;
}

/* Options stand before the command or behind it. */
static enum exit_code run_command(struct options *o)
{
    char program[32], letters[64];
    const struct command *c = find_command(o->words[0]);
    if (c == NULL)
        return usage_error(o, "there is no command \"%s\"", o->words[0]);
    snprintf(program, sizeof program, "fundwatch %s", c->name);
    snprintf(letters, sizeof letters, "%s%s", c->letters, SESSION_LETTERS);
    o->program = program;
    enum exit_code code = options_read(o, command_options, letters, false, o->count, o->words);
    if (code != EXIT_DONE)
        return code;
    if (option_given(o, 'h')) {
        print_command_help(c);
        return EXIT_DONE;
    }
    if (option_given(o, 'V')) {
        print_version();
        return EXIT_DONE;
    }
    return run(c, o);
}

int main(int argc, char **argv)
{
    struct options o = { .program = "fundwatch" };
    net_no_cores();
    enum exit_code code = options_read(&o, command_options, SESSION_LETTERS, true, argc, argv);
    if (code != EXIT_DONE)
        return (int)code;
    if (option_given(&o, 'V')) {
        print_version();
        return EXIT_DONE;
    }
    if (o.count == 0 && option_given(&o, 'h')) {
        print_help();
        return EXIT_DONE;
    }
    if (o.count == 0)
        return (int)usage_error(&o, "what shall be done?");
    enum exit_code done = run_command(&o);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "fundwatch: the answer could not be written: %s\n", strerror(errno));
        return done == EXIT_DONE ? EXIT_FAILED : (int)done;
    }
    return (int)done;
}
