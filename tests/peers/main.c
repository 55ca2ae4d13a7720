/* bench-peers - fundwatchd beside PostgreSQL, SQLite and Redis on one workload, in turns.
 *
 * tests/peers/run makes the folder and starts this; `bench-peers --help` has the options. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/machine.h"
#include "tests/bench/numbers.h"
#include "tests/peers/figures.h"
#include "tests/peers/peers.h"
#include "tests/peers/turn.h"
#include "wire/hash.h"

#define REPEATED   100          /* events of the last turn that are sent again at the end of a round */
#define EVENTS_MIN 10000        /* with fewer the last turn would not have so many */

struct programs programs;
const struct peer *const peers[PEERS] = {
    &fundwatch_peer, &statement_peer, &copy_peer, &sqlite_peer, &redis_peer,
};

/* --- Options. ---------------------------------------------------------------- */

#define EXIT_USAGE 2

struct options {
    const char *folder;
    uint64_t events;            /* of a round, all columns together */
    unsigned rounds;
    bool wanted[PEERS];
    bool json;
};

static const struct argp_option table[] = {
    { "daemon",   'd', "PROGRAM", 0, "fundwatchd to measure", 0 },
    { "postgres", 'p', "FOLDER",  0, "folder with initdb and postgres", 0 },
    { "redis",    'R', "PROGRAM", 0, "redis-server", 0 },
    { "folder",   'f', "FOLDER",  0, "folder for all that is written, on the disk to measure", 0 },
    { "events",   'e', "NUMBER",  0, "events that each system gets in a round (default 1000000)", 0 },
    { "rounds",   'r', "NUMBER",  0, "rounds (default 3)", 0 },
    { "only",     'o', "SYSTEMS", 0, "some of fundwatch,postgres-statement,postgres-copy,sqlite,redis; "
      "postgres means both", 0 },
    { "json",     'j', NULL,      0, "print JSON", 0 },
    { .name = NULL },
};

static unsigned long number_of(const char *text, unsigned long min, unsigned long max,
                               struct argp_state *state)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value < min || value > max)
        argp_error(state, "%s is not a number from %lu to %lu", text, min, max);
    return value;
}

static void choose(struct options *options, char *names, struct argp_state *state)
{
    memset(options->wanted, false, sizeof options->wanted);
    if (*names == '\0')
        argp_error(state, "--only without a system");
    for (char *name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
        unsigned found = 0;
        for (unsigned i = 0; i < PEERS; i++) {
            if (strncmp(peers[i]->name, name, strlen(name)) == 0) {
                options->wanted[i] = true;
                found++;
            }
        }
        if (found == 0)
            argp_error(state, "there is no system %s here", name);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'd': programs.fundwatchd = value; return 0;
    case 'p': programs.postgres = value; return 0;
    case 'R': programs.redis = value; return 0;
    case 'f': options->folder = value; return 0;
    case 'e': options->events = number_of(value, EVENTS_MIN, 100000000, state); return 0;
    case 'r': options->rounds = (unsigned)number_of(value, 1, 1000, state); return 0;
    case 'o': choose(options, value, state); return 0;
    case 'j': options->json = true; return 0;
    case ARGP_KEY_END:
        if (options->folder == NULL || programs.fundwatchd == NULL || programs.postgres == NULL
                || programs.redis == NULL)
            argp_error(state, "--folder, --daemon, --postgres and --redis are needed");
        if (access(options->folder, W_OK) != 0)
            argp_failure(state, EXIT_USAGE, errno, "--folder %s", options->folder);
        if (access(programs.fundwatchd, X_OK) != 0)
            argp_failure(state, EXIT_USAGE, errno, "--daemon %s", programs.fundwatchd);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* --- Rounds. ----------------------------------------------------------------- */

/* In this order, so that the store of a round has grown when the small requests come. */
#define NO_FIGURE FIGURES
static const struct task {
    struct column column;
    enum figure rate, p50, p99;
} tasks[] = {
    { { "batch 8,000", 8000, 1,           590 }, BATCH_8000, NO_FIGURE, NO_FIGURE },
    { { "batch 1,000", 1000, 1,           290 }, BATCH_1000, NO_FIGURE, NO_FIGURE },
    { { "batch 100",   100,  1,           100 }, BATCH_100,  NO_FIGURE, NO_FIGURE },
    { { "one event",   1,    1,           2   }, NO_FIGURE,  ONE_P50,   ONE_P99 },
    { { "16 clients",  1,    CLIENTS_MAX, 18  }, MANY_RATE,  NO_FIGURE, MANY_P99 },
};
#define TASKS (sizeof tasks / sizeof tasks[0])

/* The events of a round so far, which every system must have. */
struct round {
    const struct options *options;
    unsigned number;
    unsigned turn;              /* columns so far, those of earlier rounds included */
    uint64_t events;
    struct totals expected;
    struct item *items;         /* of the present column; owned */
    uint64_t count;
};

static uint64_t count_of(const struct options *options, const struct column *column)
{
    uint64_t step = (uint64_t)column->batch * column->clients;
    uint64_t count = options->events * column->per_mille / 1000;
    return (count + step - 1) / step * step;
}

static void make_items(struct round *round, const struct column *column)
{
    free(round->items);
    round->count = count_of(round->options, column);
    round->items = calloc(round->count, sizeof round->items[0]);
    if (round->items == NULL)
        die("out of memory");
    for (uint64_t i = 0; i < round->count; i++) {
        round->items[i] = item_make(round->events + i);
        round->expected.fen[total_of_item(&round->items[i])] += round->items[i].fen;
    }
    round->events += round->count;
}

/* On a terminal one line that changes, else one for each turn. */
static void say(const struct round *round, const char *what, const char *name)
{
    bool terminal = isatty(STDERR_FILENO);
    fprintf(stderr, "%sround %u of %u: %s: %s%s", terminal ? "\r\033[K" : "", round->number,
            round->options->rounds, what, name, terminal ? "" : "\n");
}

/* What the system before left in memory is written before the clock starts. */
static void settle_disk(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || syncfs(fd) != 0)
        die("cannot sync %s: %s", folder, strerror(errno));
    close(fd);
}

static void add_figure(unsigned peer, enum figure figure, double value)
{
    if (figure != NO_FIGURE)
        figure_add(peer, figure, value);
}

static void take_turn(struct round *round, unsigned i, const struct task *task)
{
    struct turn turn;
    const struct peer *peer = peers[i];
    say(round, task->column.name, peer->name);
    settle_disk(round->options->folder);
    turn_run(peer, &task->column, round->items, round->count, &turn);
    turn_check(peer, &round->expected, round->events);
    add_figure(i, task->rate, turn.rate);
    add_figure(i, task->p50, 1e6 * samples_quantile(&turn.latencies, 0.50));
    add_figure(i, task->p99, 1e6 * samples_quantile(&turn.latencies, 0.99));
    samples_free(&turn.latencies);
}

static void end_turns(struct round *round, unsigned i, const struct task *)
{
    const struct peer *peer = peers[i];
    say(round, "duplicates", peer->name);
    turn_repeat(peer, round->items, REPEATED);
    turn_check(peer, &round->expected, round->events);
    figure_add(i, BYTES, (double)peer->bytes(peer->self) / (double)round->events);
    peer->remove(peer->self);
}

static void create_store(struct round *, unsigned i, const struct task *)
{
    peers[i]->create(peers[i]->self);
}

/* Who is the k-th of `n` in a turn.  0 1 n-1 2 n-2 …, moved on by one each turn, and backwards in every other
 * one: over 2n turns each system follows each other equally often (Williams, 1949), so that what one leaves
 * behind in the machine does not always meet the same.  A column's turns are those of the rounds, from one on
 * that differs from column to column. */
static unsigned place_in(unsigned turn, unsigned k, unsigned n)
{
    if (turn % 2 == 1)
        k = n - 1 - k;
    unsigned zigzag = k % 2 == 1 ? (k + 1) / 2 : (n - k / 2) % n;
    return (zigzag + turn / 2) % n;
}

static void each_system(struct round *round, const struct task *task,
                        void (*act)(struct round *, unsigned, const struct task *))
{
    unsigned wanted[PEERS], n = 0;
    for (unsigned i = 0; i < PEERS; i++) {
        if (round->options->wanted[i])
            wanted[n++] = i;
    }
    for (unsigned k = 0; k < n; k++)
        act(round, wanted[place_in(round->turn, k, n)], task);
    round->turn += task != NULL;
}

static void run_round(const struct options *options, unsigned number)
{
    struct round round = { .options = options, .number = number, .turn = number - 1 };
    each_system(&round, NULL, create_store);
    for (unsigned t = 0; t < TASKS; t++) {
        numbers_section(tasks[t].column.name);
        make_items(&round, &tasks[t].column);
        each_system(&round, &tasks[t], take_turn);
    }
    numbers_section("on disk, at the end of a round");
    each_system(&round, NULL, end_turns);
    figures_end_round();
    free(round.items);
}

/* --- The whole. -------------------------------------------------------------- */

static void begin_systems(const struct options *options)
{
    char about[ABOUT_MAX];
    if (options->json)
        printf("{\n");
    (options->json ? machine_print_json : machine_print)(stdout, options->folder);
    for (unsigned i = 0; i < PEERS; i++) {
        if (!options->wanted[i])
            continue;
        peers[i]->begin(peers[i]->self, options->folder, about);
        printf(options->json ? "  \"%s\": \"%s\",\n" : "%-44s %s\n", peers[i]->name, about);
    }
    fflush(stdout);
}

static void print_json(void)
{
    printf("  \"numbers\": [");
    numbers_print_json(stdout);
    printf("  ]\n}\n");
}

static void print_text(const struct options *options, double seconds)
{
    figures_print_table(stdout);
    printf("\n");
    numbers_print(stdout);
    printf("\n# %u rounds of %llu events, %.0f s together; after every turn the totals and the number of "
           "events were right\n", options->rounds, (unsigned long long)options->events, seconds);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = table, .parser = parse_option,
        .doc = "Measures fundwatchd beside PostgreSQL, SQLite and Redis."
               "\vExit codes: 0 measured, and all totals were right; 1 failed; 2 the command line is wrong.",
    };
    struct options options = {
        .events = 1000000, .rounds = 3, .wanted = { true, true, true, true, true },
    };
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    must(hash_init(), "libsodium");
    double start = now();
    begin_systems(&options);
    for (unsigned number = 1; number <= options.rounds; number++)
        run_round(&options, number);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
    if (options.json)
        print_json();
    else
        print_text(&options, now() - start);
    return EXIT_SUCCESS;
}
