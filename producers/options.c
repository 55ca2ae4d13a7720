#include "producers/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/batch.h"

static void print_version(FILE *to, struct argp_state *state)
{
    fprintf(to, "%s " FUNDWATCH_VERSION "\n", state->name);
}

void (*argp_program_version_hook)(FILE *, struct argp_state *) = print_version;

#define TIMEOUT_DEFAULT_S 60
#define FILES_MAX 4096

enum key {
    KEY_ISSUER = 0x100, KEY_SERVER_KEY, KEY_SPOOL, KEY_BATCH, KEY_TIMEOUT, KEY_FUND, KEY_YEAR,
    KEY_DATE, KEY_UNIT, KEY_ENCODING, KEY_REJECTS, KEY_MAX_ERRORS, KEY_PERSON_KEY, KEY_JSON,
    KEY_FIELDS, KEY_DERIVED, KEY_IGNORE, KEY_EVENTS,
};

static const struct argp_option common[] = {
    {"fund",        KEY_FUND,       "FUND",  0, "fund of rows that name none: 130207/390", 1},
    {"year",        KEY_YEAR,       "YYYY",  0, "year of rows that name none", 1},
    {"date",        KEY_DATE,       "DATE",  0, "date of rows that have none", 1},
    {"unit",        KEY_UNIT,       "UNIT",  0, "of money whose header has none: yuan, wan, fen", 1},
    {"derived",     KEY_DERIVED,    NULL,    0, "the figures were computed from others", 1},
    {"encoding",    KEY_ENCODING,   "NAME",  0, "utf-8 or gb18030 (found out)", 1},
    {"person-key",  KEY_PERSON_KEY, "FILE",  0, "keys that hash persons (DATA/person.key)", 1},
    {"fields",      KEY_FIELDS,     NULL,    0, "list the columns that are understood", 1},
    {"ignore-columns", KEY_IGNORE,  "NAMES", 0, "pass over these unknown columns: a,b or all", 1},
    {"check",       'n',            NULL,    0, "read and add up everything, send nothing", 2},
    {"events",      KEY_EVENTS,     "FILE",  0, "write the events there as lines of JSON, send nothing", 2},
    {"rejects",     KEY_REJECTS,    "FILE",  0, "where bad lines go (INPUT.rejects.csv)", 2},
    {"max-errors",  KEY_MAX_ERRORS, "N",     0, "stop after N bad lines", 2},
    {"json",        KEY_JSON,       NULL,    0, "the summary as JSON", 2},
    {"quiet",       'q',            NULL,    0, "no progress and no summary", 2},
    {"source",      's',            "NAME",  0, "who reports ($FUNDWATCH_SOURCE, or --key's)", 3},
    {"issuer",      KEY_ISSUER,     "NAME",  0, "whose ids they are (the source's)", 3},
    {"endpoint",    'e',            "ADDR",  0, "daemon, if not this user's: tcp://HOST:PORT", 3},
    {"server-key",  KEY_SERVER_KEY, "KEY",   0, "its public key, or a file with it", 3},
    {"key",         'k',            "FILE",  0, "key file of this source, for tcp", 3},
    {"spool",       KEY_SPOOL,      "DIR",   0, "what is not safe yet (DATA/spool/SOURCE)", 3},
    {"batch",       KEY_BATCH,      "N",     0, "events per batch, up to 8192 (1000)", 3},
    {"timeout",     KEY_TIMEOUT,    "S",     0, "wait so long for answers (60)", 3},
    {0},
};

bool options_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    int64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return false;
    for (; *text != '\0'; text++)
        number = number * 10 + (*text - '0');
    if (number < min || number > max)
        return false;
    *ret = number;
    return true;
}

static const char *set_number(const char *arg, int64_t min, int64_t max, int64_t *ret)
{
    static char wrong[80];
    snprintf(wrong, sizeof wrong, "must be a whole number from %lld to %lld",
             (long long)min, (long long)max);
    return options_number(arg, min, max, ret) ? NULL : wrong;
}

static const char *set_unit(const char *arg, enum amount_unit *ret)
{
    static const struct { const char *name; enum amount_unit unit; } units[] = {
        {"yuan", UNIT_YUAN}, {"wan", UNIT_WAN}, {"fen", UNIT_FEN},
        {"元", UNIT_YUAN},   {"万元", UNIT_WAN}, {"分", UNIT_FEN},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(arg, units[i].name) == 0) {
            *ret = units[i].unit;
            return NULL;
        }
    }
    return "must be yuan, wan (ten thousand yuan) or fen";
}

static const char *set_name(const char *arg, const char **ret)
{
    *ret = arg;
    return source_name_valid(arg, strlen(arg)) ? NULL
           : "must be 1 to 48 characters of A-Z a-z 0-9 . _ : -";
}

/* What rows do not say themselves. */
static const char *parse_default(int key, const char *arg, struct options *o)
{
    struct settings *s = &o->settings;
    int64_t number = 0;
    const char *wrong = NULL;
    switch (key) {
    case KEY_FUND:
        s->has_fund = fund_parse(arg, &s->fund);
        return s->has_fund ? NULL : "must be a fund such as 130207/390";
    case KEY_YEAR:
        wrong = set_number(arg, DATE_YEAR_MIN, DATE_YEAR_MAX, &number);
        s->year = (int)number;
        return wrong;
    case KEY_DATE:
        return date_parse(arg, &s->date) == 0 ? NULL : "must be a date such as 2024-12-31";
    case KEY_UNIT:
        return set_unit(arg, &s->unit);
    case KEY_DERIVED:
        s->derived = true;
        return NULL;
    case KEY_ENCODING:
        return encoding_parse(arg, &o->encoding) ? NULL : "must be auto, utf-8 or gb18030";
    }
    return NULL;
}

static const char *parse_common(int key, const char *arg, struct options *o)
{
    int64_t number = 0;
    const char *wrong = NULL;
    switch (key) {
    case 's':             return set_name(arg, &o->source);
    case KEY_ISSUER:      return set_name(arg, &o->issuer);
    case 'e':             o->endpoint = arg; break;
    case KEY_SERVER_KEY:  o->server_key = arg; break;
    case 'k':             o->key = arg; break;
    case KEY_SPOOL:       o->spool = arg; break;
    case KEY_REJECTS:     o->rejects = arg; break;
    case KEY_IGNORE:      o->ignored = arg; break;
    case KEY_EVENTS:
        o->events = arg;
        o->check = true;
        o->quiet |= strcmp(arg, "-") == 0;      /* they have standard output to themselves */
        break;
    case KEY_PERSON_KEY:  o->person_key = arg; break;
    case 'n':             o->check = true; break;
    case 'q':             o->quiet = true; break;
    case KEY_JSON:        o->json = true; break;
    case KEY_FIELDS:      o->fields = true; break;
    case KEY_BATCH:
        wrong = set_number(arg, 1, BATCH_EVENTS_MAX, &number);
        o->batch = (uint32_t)number;
        break;
    case KEY_TIMEOUT:
        wrong = set_number(arg, 0, 86400, &number);
        o->timeout_ms = (int)number * 1000;
        break;
    case KEY_MAX_ERRORS:
        wrong = set_number(arg, 1, INT64_C(1000000000000), &number);
        o->max_errors = (uint64_t)number;
        break;
    default:                    /* of int, the rest */
        return parse_default(key, arg, o);
    }
    return wrong;
}

struct parsing {
    struct options *options;
    const struct own_options *own;
};

static const struct argp_option *find_option(const struct argp_option *options, int key)
{
    for (; options != NULL && (options->name != NULL || options->key != 0); options++) {
        if (options->key == key)
            return options;
    }
    return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct parsing *parsing = state->input;
    struct options *o = parsing->options;
    if (key == ARGP_KEY_ARGS) {
        o->files = state->argv + state->next;
        o->file_count = (unsigned)(state->argc - state->next);
        if (o->file_count > FILES_MAX)
            argp_error(state, "more than %d files", FILES_MAX);
        return 0;
    }
    const struct argp_option *option = find_option(parsing->own->options, key);
    const char *wrong = NULL;
    bool own = option != NULL;
    if (!own)
        option = find_option(common, key);
    if (option == NULL)
        return ARGP_ERR_UNKNOWN;
    if (arg != NULL && arg[0] == '\0')      /* a variable of a script that is not set */
        wrong = "must not be empty: leave it out for the default";
    else
        wrong = own ? parsing->own->parse(key, arg, o) : parse_common(key, arg, o);
    if (wrong != NULL)
        argp_error(state, "--%s %s", option->name, wrong);
    return 0;
}

void options_parse(int argc, char **argv, const char *doc, const struct own_options *own,
                   struct options *ret)
{
    struct argp_option all[64] = {{0}};
    size_t count = 0;
    for (const struct argp_option *o = own->options; o != NULL && o->name != NULL; o++)
        all[count++] = *o;
    memcpy(all + count, common, sizeof common);

    *ret = (struct options){
        .timeout_ms = TIMEOUT_DEFAULT_S * 1000,
        .day = DATE_NONE,
        .settings = {.date = DATE_NONE, .unit = UNIT_YUAN, .other_category = CATEGORY_AID},
    };
    const char *source = getenv("FUNDWATCH_SOURCE");
    if (source != NULL && source[0] != '\0' && set_name(source, &ret->source) != NULL) {
        fprintf(stderr, "%s: FUNDWATCH_SOURCE must be 1 to 48 characters of A-Z a-z 0-9 . _ : -\n",
                argv[0]);
        exit(EXIT_USAGE);
    }
    struct parsing parsing = {ret, own};
    const struct argp argp = {all, parse, "[FILE|-]...", doc, NULL, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &parsing);
}
