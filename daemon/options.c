#include "daemon/options.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/verify.h"

const char *argp_program_version = "fundwatchd " FUNDWATCH_VERSION;

enum option_key {
    OPT_INIT = 0x100,
    OPT_CHECK_CONFIG,
    OPT_RESTORE,
    OPT_VERIFY_COPY,
    OPT_REPLAY_COPY,
    OPT_MAKE_KEY,
    OPT_HTTP,
    OPT_LOG,
    OPT_READ_ONLY,
    OPT_TRUST_CLOCK,
    OPT_HEAD,
    OPT_UNVERIFIED,
};

static const struct argp_option table[] = {
    { "config", 'c', "FILE", 0, "Read the configuration from FILE", 0 },
    { "data", 'd', "DIR", 0, "Data folder (default: $FUNDWATCH_DIR, else "
      "$XDG_DATA_HOME/fundwatch, else ~/.local/share/fundwatch)", 0 },
    { "http", OPT_HTTP, "ADDR", 0, "Metrics and health on 127.0.0.1:PORT or unix:/PATH", 0 },
    { "log", OPT_LOG, "LEVEL", 0, "debug, info, unusual or broken", 0 },
    { "read-only", OPT_READ_ONLY, NULL, 0, "Answer queries, take no events", 0 },
    { "trust-clock", OPT_TRUST_CLOCK, NULL, 0,
      "Believe the clock even if it went on by more than a year", 0 },
    { "init", OPT_INIT, NULL, 0, "Make an empty store in the data folder, and stop", 1 },
    { "check-config", OPT_CHECK_CONFIG, NULL, 0,
      "Read configuration, key and rights, and stop", 1 },
    { "restore", OPT_RESTORE, "BACKUP", 0,
      "Rebuild a backup from its journal, and make it the store if that comes to the same; it starts a new "
      "epoch", 1 },
    { "unverified", OPT_UNVERIFIED, NULL, 0,
      "With --restore: whatever that comes to, or without the time that it takes", 1 },
    { "verify-copy", OPT_VERIFY_COPY, "DIR", 0,
      "Rebuild the books from the journal of a copy of the store, and compare", 1 },
    { "head", OPT_HEAD, "POSITION:HASH", 0,
      "With --verify-copy: prove the journal against a head that was written down", 1 },
    { "replay-copy", OPT_REPLAY_COPY, "DIR", 0,
      "Replay the journal of a copy, as DIR/ask says: the daemon does this to itself", 1 },
    { "make-key", OPT_MAKE_KEY, "NAME", 0, "Write a new key pair to NAME.key and NAME.pub", 1 },
    { 0 },
};

struct parse {
    struct options *options;
    const char *data, *http;
    const char *log;
    bool read_only, trust_clock;
};

static void choose(struct argp_state *state, enum action action, const char *argument)
{
    struct parse *parse = state->input;
    if (parse->options->action != ACTION_RUN)
        argp_error(state, "only one of --init, --check-config, --restore, --verify-copy, "
                   "--replay-copy and --make-key can be done at a time");
    parse->options->action = action;
    parse->options->argument = argument;
}

/* "" would be the default, or the present folder: a variable of a script that is not set. */
static void check_stated(int key, const char *value, struct argp_state *state)
{
    const struct argp_option *option = table;
    while (option->name != NULL && option->key != key)
        option++;
    if (option->name != NULL && value != NULL && value[0] == '\0')
        argp_error(state, "--%s must not be empty: leave it out for the default, or say %s", option->name,
                   option->arg);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct parse *parse = state->input;
    check_stated(key, value, state);
    switch (key) {
    case 'c':              parse->options->config_file = value; return 0;
    case 'd':              parse->data = value; return 0;
    case OPT_HTTP:         parse->http = value; return 0;
    case OPT_LOG:          parse->log = value; return 0;
    case OPT_READ_ONLY:    parse->read_only = true; return 0;
    case OPT_TRUST_CLOCK:  parse->trust_clock = true; return 0;
    case OPT_INIT:         choose(state, ACTION_INIT, NULL); return 0;
    case OPT_CHECK_CONFIG: choose(state, ACTION_CHECK_CONFIG, NULL); return 0;
    case OPT_RESTORE:      choose(state, ACTION_RESTORE, value); return 0;
    case OPT_VERIFY_COPY:  choose(state, ACTION_VERIFY_COPY, value); return 0;
    case OPT_REPLAY_COPY:  choose(state, ACTION_REPLAY_COPY, value); return 0;
    case OPT_MAKE_KEY:     choose(state, ACTION_MAKE_KEY, value); return 0;
    case OPT_UNVERIFIED:   parse->options->unverified = true; return 0;
    case OPT_HEAD:         parse->options->head = value; return 0;
    case ARGP_KEY_ARG:     argp_error(state, "there is no argument \"%s\"", value); return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

[[gnu::noreturn, gnu::format(printf, 1, 2)]]
static void refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("fundwatchd: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(EXIT_USAGE);
}

/* What clients are told must hold wherever they run. */
static void make_absolute(struct config *config)
{
    char cwd[NET_PATH_MAX], path[2 * NET_PATH_MAX];
    if (config->data[0] == '/')
        return;
    if (getcwd(cwd, sizeof cwd) == NULL)
        refuse("the present folder has no path: %s", strerror(errno));
    snprintf(path, sizeof path, "%s/%s", cwd, config->data);
    if (config_set_data(config, path) != 0)
        refuse("the data folder's path is too long: %s", path);
}

/* Options go over the file, the file over the defaults. */
static void settle_config(const struct parse *parse)
{
    struct config *config = &parse->options->config;
    char *wrong = NULL;
    *config = config_default();
    if (parse->options->config_file != NULL
            && config_load(parse->options->config_file, config, &wrong) != 0)
        refuse("%s", wrong != NULL ? wrong : "out of memory");
    if (parse->data != NULL && config_set_data(config, parse->data) != 0)
        refuse("--data: the path is too long");
    int err = config_settle(config);
    if (err != 0)
        refuse("no data folder: set FUNDWATCH_DIR or give --data (%s)", strerror(-err));
    make_absolute(config);
    if (parse->http != NULL && strlen(parse->http) >= sizeof config->http)
        refuse("--http: the address is too long");
    if (parse->http != NULL)
        strcpy(config->http, parse->http);
    if (parse->log != NULL && !log_level_parse(parse->log, &config->log))
        refuse("--log: \"%s\" is not debug, info, unusual or broken", parse->log);
    config->read_only |= parse->read_only;
    config->trust_clock = parse->trust_clock;
    const char *mismatch = config_check(config);
    if (mismatch != NULL)
        refuse("%s", mismatch);
}

void options_parse(int argc, char **argv, struct options *ret)
{
    static const struct argp argp = {
        .options = table,
        .parser = parse_option,
        .doc = "Counts the events of health insurance funds exactly once and raises alerts."
               "\vRuns in the foreground, logs to stderr, and prints one line that begins with "
               "\"fundwatchd ready\" when it can be talked to.  SIGHUP reads the rights "
               "file again; SIGTERM and SIGINT stop it.\n\n"
               "Exit codes: 0 stopped as asked or done; 1 failed; 2 the command line or a "
               "configuration file is wrong.",
    };
    struct options options = { .action = ACTION_RUN };
    struct parse parse = { .options = &options };
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &parse);
    struct written_head head;
    if (options.head != NULL && options.action != ACTION_VERIFY_COPY)
        refuse("--head goes with --verify-copy");
    if (options.head != NULL && !written_head_parse(options.head, &head))
        refuse("--head: \"%s\" is not POSITION:HASH with 64 hexadecimal digits", options.head);
    if (options.unverified && options.action != ACTION_RESTORE)
        refuse("--unverified goes with --restore");
    settle_config(&parse);
    *ret = options;
}
