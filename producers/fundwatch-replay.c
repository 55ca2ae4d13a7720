/* fundwatch-replay - plays a case from its folder: the tables, and a population
 * that adds up to the printed totals.
 *
 * Ids and contents depend on the case, the number of persons and the seed only, so a second
 * replay is all duplicates.  examples/README.md describes the folder. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files/complaint.h"
#include "producers/options.h"
#include "producers/person_key.h"
#include "producers/replay_case.h"
#include "producers/replay_people.h"
#include "producers/replay_play.h"
#include "producers/replay_rows.h"
#include "producers/replay_sender.h"
#include "producers/replay_tally.h"
#include "wire/hash.h"
#include "wire/net/net.h"

/* Set by SIGINT and SIGTERM. */
static volatile sig_atomic_t stop;

#define SCALE_ONE 1000000       /* --scale has six decimals */

struct arguments {
    const char *folder, *endpoint, *server_key, *key_file, *prefix, *spool_dir, *person_key;
    int64_t persons;            /* 0: as the case says */
    int64_t scale_e6;
    uint64_t seed, rate;
    uint32_t batch_events;
    unsigned rounds;
    int timeout_s;
    enum replay_step step;
    bool dry_run, json, quiet;
};

enum {
    KEY_SERVER = 256, KEY_SPOOL, KEY_TIMEOUT, KEY_PERSON_KEY, KEY_SCALE, KEY_STEP, KEY_RATE,
    KEY_LOOP, KEY_JSON, KEY_PREFIX, KEY_SEED,
};

static const struct argp_option options[] = {
    {"dry-run", 'n', NULL, 0, "send nothing; print what each line adds up to", 1},
    {"check", 'n', NULL, OPTION_ALIAS, NULL, 1},
    {"persons", 'p', "N", 0, "another number of persons; the totals stay the same", 2},
    {"scale", KEY_SCALE, "F", 0, "the case's number of persons times F: 0.01, 10", 2},
    {"seed", KEY_SEED, "N", 0, "seed of what is made up (1)", 2},
    {"person-key", KEY_PERSON_KEY, "FILE", 0, "keys that hash persons (one made from the seed)", 2},
    {"step", KEY_STEP, "UNIT", 0, "a `day` event for each month or day (month)", 2},
    {"loop", KEY_LOOP, "N", 0, "the population N times, under other ids: load, not books", 2},
    {"rate", KEY_RATE, "N", 0, "at most N events a second", 2},
    {"endpoint", 'e', "ADDR", 0, "daemon, if not this user's: tcp://HOST:PORT", 3},
    {"server-key", KEY_SERVER, "KEY", 0, "its public key, or a file with it", 3},
    {"key", 'k', "FILE", 0, "key file of this program, for tcp", 3},
    {"source-prefix", KEY_PREFIX, "TEXT", 0, "put before the name of each source", 3},
    {"spool-dir", KEY_SPOOL, "DIR", 0, "folder of the spools (a temporary one)", 3},
    {"batch", 'b', "N", 0, "events per batch, up to 8192 (1000)", 3},
    {"timeout", KEY_TIMEOUT, "S", 0, "wait so long for answers (60)", 3},
    {"json", KEY_JSON, NULL, 0, "the summary as JSON", 4},
    {"quiet", 'q', NULL, 0, "no progress and no summary", 4},
    {0},
};

static int64_t number_option(struct argp_state *state, const char *name, const char *text,
                             int64_t min, int64_t max)
{
    int64_t number = 0;
    if (!options_number(text, min, max, &number))
        argp_error(state, "--%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64, name,
                   text, min, max);
    return number;
}

static int64_t scale_option(struct argp_state *state, const char *text)
{
    struct amount scale = {0};
    if (amount_parse(text, UNIT_WAN, &scale) != 0 || scale.fen <= 0)
        argp_error(state, "--scale: \"%s\" is not a number above 0 with at most 6 decimals", text);
    return scale.fen;
}

static enum replay_step step_option(struct argp_state *state, const char *text)
{
    if (strcmp(text, "day") != 0 && strcmp(text, "month") != 0)
        argp_error(state, "--step: \"%s\" is neither day nor month", text);
    return strcmp(text, "day") == 0 ? REPLAY_BY_DAY : REPLAY_BY_MONTH;
}

/* What is sent, and how fast. */
static bool parse_play(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'n': a->dry_run = true; break;
    case 'p': a->persons = number_option(state, "persons", text, 1, REPLAY_ITEMS_MAX); break;
    case KEY_SCALE: a->scale_e6 = scale_option(state, text); break;
    case KEY_SEED: a->seed = (uint64_t)number_option(state, "seed", text, 0, INT32_MAX); break;
    case KEY_PERSON_KEY: a->person_key = text; break;
    case KEY_STEP: a->step = step_option(state, text); break;
    case KEY_LOOP: a->rounds = (unsigned)number_option(state, "loop", text, 1, 1000000); break;
    case KEY_RATE: a->rate = (uint64_t)number_option(state, "rate", text, 1, 1000000000); break;
    default:
        return false;
    }
    return true;
}

/* To whom, and what is said about it. */
static bool parse_send(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'e': a->endpoint = text; break;
    case KEY_SERVER: a->server_key = text; break;
    case 'k': a->key_file = text; break;
    case KEY_PREFIX: a->prefix = text; break;
    case KEY_SPOOL: a->spool_dir = text; break;
    case 'b':
        a->batch_events = (uint32_t)number_option(state, "batch", text, 1, BATCH_EVENTS_MAX);
        break;
    case KEY_TIMEOUT: a->timeout_s = (int)number_option(state, "timeout", text, 1, 86400); break;
    case KEY_JSON: a->json = true; break;
    case 'q': a->quiet = true; break;
    default:
        return false;
    }
    return true;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;
    const struct argp_option *option = options;
    while (option->name != NULL && option->key != key)
        option++;
    if (option->name != NULL && text != NULL && text[0] == '\0')  /* a variable that is not set */
        argp_error(state, "--%s must not be empty: leave it out for the default", option->name);
    if (parse_play(key, text, state) || parse_send(key, text, state))
        return 0;
    if (key == ARGP_KEY_ARG && a->folder == NULL)
        a->folder = text;
    else if (key == ARGP_KEY_ARG)
        argp_error(state, "one case at a time");
    else if (key == ARGP_KEY_NO_ARGS)
        argp_error(state, "which case? Name a folder with a case.yaml in it");
    else if (key == ARGP_KEY_END && a->persons != 0 && a->scale_e6 != 0)
        argp_error(state, "--persons and --scale say the same");
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "CASE-FOLDER",
    .doc = "Plays a case (examples/) to fundwatchd: tables and a made-up population, day by day."
           "\vEnds with 0: all counted; 1: failed; 2: usage; 3: some events rejected or in "
           "conflict; 4: outcome unknown, not all was answered.",
};

static void say(const char *text)
{
    fprintf(stderr, "fundwatch-replay: %s\n", text);
}

/* The number of persons that the options ask for; beyond the limit, one more. */
static int64_t persons_of(const struct arguments *a, const struct replay_case *c)
{
    if (a->persons != 0)
        return a->persons;
    __int128 scaled = ((__int128)c->people.count * a->scale_e6 + SCALE_ONE / 2) / SCALE_ONE;
    return scaled > REPLAY_ITEMS_MAX ? INT64_C(1) + REPLAY_ITEMS_MAX : (int64_t)scaled;
}

/* The case as the options want it; what is wrong has been said. */
static int read_case(const struct arguments *a, struct replay_case *c)
{
    char error[REPLAY_ERROR_MAX] = "";
    int err = replay_case_read(a->folder, c, error);
    if (err != 0) {
        say(error);
        return err;
    }
    if (a->persons == 0 && a->scale_e6 == 0)
        return 0;
    err = replay_case_resize(c, persons_of(a, c));
    if (err == -EINVAL)
        say("the case has no generated population, so --persons and --scale say nothing");
    else if (err != 0)
        say("so many persons cannot be: from 1 to 999,999,999, as many bills, and a fen for each");
    return err;
}

static int read_keys(const struct arguments *a, struct person_keys *keys)
{
    const char *error = "";
    if (a->person_key == NULL) {
        replay_people_demo_key(a->seed, keys);
        return 0;
    }
    int err = person_keys_read(a->person_key, keys, &error);
    if (err != 0)
        fprintf(stderr, "fundwatch-replay: %s: %s\n", a->person_key, error);
    return err;
}

static int read_rows(const struct replay_case *c, const struct person_keys *keys,
                     struct replay_rows *rows)
{
    struct complaint complaint;
    const char *file;
    int err = replay_rows_read(c, keys, rows, &complaint, &file);
    if (err != 0)
        complaint_print(&complaint, file);
    return err;
}

/* One round: the tables in the first one, the population in all. */
static int play_round(const struct arguments *a, const struct replay_case *c,
                      const struct replay_rows *rows, const struct person_keys *keys,
                      unsigned round, const struct replay_sink *sink)
{
    struct replay_people *people = NULL;
    if (c->people.count > 0) {
        int err = replay_people_open(c, a->seed, keys, round, &people);
        if (err != 0) {
            say(err == -ENOENT ? "the person key is not valid on the case's first day"
                               : "not enough memory");
            return err;
        }
    }
    int err = replay_play(c, round == 1 ? rows : NULL, people, a->step, sink);
    replay_people_close(&people);
    return err;
}

static int play_rounds(const struct arguments *a, const struct replay_case *c,
                       const struct replay_rows *rows, const struct person_keys *keys,
                       const struct replay_sink *sink)
{
    int err = 0;
    for (unsigned round = 1; round <= a->rounds && err == 0; round++)
        err = play_round(a, c, rows, keys, round, sink);
    return err;
}

static void print_summary(const struct arguments *a, const struct replay_case *c,
                          const struct replay_counts *n)
{
    char fund[FUND_TEXT_MAX];
    printf("%s (%s), %" PRId64 " persons, seed %" PRIu64 ", %u sources\n"
           "read        %12" PRIu64 "\napplied     %12" PRIu64 "\nduplicates  %12" PRIu64
           "\nconflicts   %12" PRIu64 "\nrejected    %12" PRIu64 "\nunanswered  %12" PRIu64 "\n",
           c->name, fund_format(c->fund, fund), c->people.count, a->seed, n->sources,
           n->read, n->applied, n->duplicates, n->conflicts, n->rejected, n->waiting);
    if (n->earlier > 0)
        printf("%" PRIu64 " of these were left in the spools by earlier runs\n", n->earlier);
}

static void print_json(const struct arguments *a, const struct replay_case *c,
                       const struct replay_counts *n)
{
    char fund[FUND_TEXT_MAX];
    json_t *json = json_object();
    const struct { const char *key; uint64_t value; } numbers[] = {
        {"persons", (uint64_t)c->people.count}, {"seed", a->seed}, {"sources", n->sources},
        {"read", n->read}, {"applied", n->applied}, {"duplicates", n->duplicates},
        {"conflicts", n->conflicts}, {"rejected", n->rejected}, {"unanswered", n->waiting},
        {"earlier", n->earlier}, {"batches_resent", n->resent}, {"busy", n->busy},
    };
    json_object_set_new(json, "case", json_string(c->name));
    json_object_set_new(json, "fund", json_string(fund_format(c->fund, fund)));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        json_object_set_new(json, numbers[i].key, json_integer((json_int_t)numbers[i].value));
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

static enum exit_code ending_of(int err, const struct replay_counts *n)
{
    if (err == -ETIMEDOUT || (err == -EINTR && n->waiting > 0))
        return EXIT_UNKNOWN;
    if (err != 0)
        return EXIT_FAILED;
    if (n->waiting > 0)
        return EXIT_UNKNOWN;
    return n->conflicts > 0 || n->rejected > 0 ? EXIT_BAD_LINES : EXIT_COUNTED;
}

static void note_signal(int number)
{
    (void)number;
    stop = 1;
}

/* What waits is woken (no SA_RESTART); a second signal ends the program at once. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static enum exit_code play_to_daemon(const struct arguments *a, const struct replay_case *c,
                                  const struct replay_rows *rows, const struct person_keys *keys)
{
    struct replay_sender_options sender_options = {
        .prefix = a->prefix, .spool_dir = a->spool_dir, .batch_events = a->batch_events,
        .timeout_ms = a->timeout_s * 1000, .rate = a->rate, .stop = &stop,
        .progress = !a->quiet && isatty(STDERR_FILENO) ? stderr : NULL,
    };
    const char *peer_error = "";
    char error[REPLAY_ERROR_MAX] = "";
    struct replay_sender *sender = NULL;
    if (net_peer_resolve(NET_INGEST, a->endpoint, a->server_key, a->key_file,
                         &sender_options.peer, &peer_error) != 0) {
        say(peer_error);
        return EXIT_FAILED;
    }
    int err = replay_sender_open(c, &sender_options, &sender, error);
    net_key_wipe(&sender_options.peer.key);
    if (err != 0) {
        say(error);
        return EXIT_FAILED;
    }
    catch_signals();
    struct replay_sink sink = replay_sender_sink(sender);
    err = play_rounds(a, c, rows, keys, &sink);
    if (sender_options.progress != NULL)
        fputc('\n', stderr);
    if (err != 0)
        say(replay_sender_error(sender));

    struct replay_counts counts;
    replay_sender_counts(sender, &counts);
    if (!a->quiet || a->json)
        (a->json ? print_json : print_summary)(a, c, &counts);
    if (counts.waiting > 0)
        fprintf(stderr, "fundwatch-replay: the spools stay in %s; --spool-dir sends them again\n",
                replay_sender_spool_dir(sender));
    replay_sender_close(&sender);
    return ending_of(err, &counts);
}

static enum exit_code play_dry(const struct arguments *a, const struct replay_case *c,
                            const struct replay_rows *rows, const struct person_keys *keys)
{
    struct replay_tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL)
        return EXIT_FAILED;
    struct replay_sink sink = replay_tally_sink(tally);
    int err = play_rounds(a, c, rows, keys, &sink);
    if (err == 0)
        replay_tally_print(tally, stdout);
    else if (err == -ERANGE)
        say("a line adds up to more than 64 bits");
    free(tally);
    return err == 0 ? EXIT_COUNTED : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct arguments a = {
        .prefix = "", .seed = 1, .batch_events = 1000, .rounds = 1, .timeout_s = 60,
    };
    static struct replay_case c;
    struct person_keys keys = {0};
    struct replay_rows rows = {0};
    net_no_cores();
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);

    enum exit_code ending = EXIT_FAILED;
    if (hash_init() != 0)
        say("libsodium does not start");
    else if (read_case(&a, &c) == 0 && read_keys(&a, &keys) == 0 &&
             read_rows(&c, &keys, &rows) == 0)
        ending = (a.dry_run ? play_dry : play_to_daemon)(&a, &c, &rows, &keys);
    replay_rows_free(&rows);
    person_keys_wipe(&keys);
    return fflush(stdout) == 0 ? (int)ending : EXIT_FAILED;
}
