/* bench - durable events a second and latencies, beside raw LMDB in the same run.
 *
 * tests/bench/run makes the folder and starts this; `bench --help` has the options. */
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/bench/bench.h"
#include "tests/bench/machine.h"
#include "tests/bench/numbers.h"
#include "tests/bench/process.h"

const uint32_t batch_sizes[BATCH_SIZES] = { 1, 100, 1000, 8000 };

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    _exit(EXIT_FAILURE);
}

void must(int err, const char *what)
{
    if (err != 0)
        die("%s: %s", what, zmq_strerror(-err));
}

double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void path_in(const char *folder, const char *name, char ret[NET_PATH_MAX])
{
    if (snprintf(ret, NET_PATH_MAX, "%s/%s", folder, name) >= NET_PATH_MAX)
        die("the path %s/%s is too long", folder, name);
}

/* --- Options. ---------------------------------------------------------------- */

static const struct section {
    const char *name;
    void (*measure)(struct bench *bench);
} sections[] = {
    { "raw",    raw_measure },
    { "ingest", ingest_measure },
    { "client", client_measure },
    { "alerts", alerts_measure },
    { "upkeep", upkeep_measure },
};

struct options {
    struct bench bench;
    unsigned runs;
    const char *only;           /* names of sections; NULL: all */
    bool json;
};

static const struct argp_option table[] = {
    { "daemon",  'd', "PROGRAM", 0, "fundwatchd to measure", 0 },
    { "folder",  'f', "FOLDER",  0, "folder for all that is written, on the disk to measure", 0 },
    { "seconds", 's', "SECONDS", 0, "how long one measurement lasts (default 1.5)", 0 },
    { "runs",    'r', "NUMBER",  0, "how often everything is measured (default 3)", 0 },
    { "only",    'o', "SECTIONS", 0, "some of raw,ingest,client,alerts,upkeep", 0 },
    { "json",    'j', NULL,      0, "print JSON", 0 },
    { .name = NULL },
};

static double number_of(const char *text, double min, double max, struct argp_state *state)
{
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value >= min && value <= max))
        argp_error(state, "%s is not a number from %g to %g", text, min, max);
    return value;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'd': options->bench.program = value; return 0;
    case 'f': options->bench.folder = value; return 0;
    case 's': options->bench.seconds = number_of(value, 0.01, 3600, state); return 0;
    case 'r': options->runs = (unsigned)number_of(value, 1, 1000, state); return 0;
    case 'o': options->only = value; return 0;
    case 'j': options->json = true; return 0;
    case ARGP_KEY_END:
        if (options->bench.program == NULL || options->bench.folder == NULL)
            argp_error(state, "--daemon and --folder are needed");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static bool is_wanted(const struct options *options, const char *name)
{
    return options->only == NULL || strstr(options->only, name) != NULL;
}

/* --- Runs. ------------------------------------------------------------------- */

static void run_once(struct options *options, unsigned run)
{
    struct bench *bench = &options->bench;
    daemon_begin(bench);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (!is_wanted(options, sections[i].name))
            continue;
        fprintf(stderr, "run %u of %u: %s\n", run, options->runs, sections[i].name);
        sections[i].measure(bench);
    }
    daemon_check(bench, "after everything");
    daemon_stop(bench);
    folder_remove(bench->data);
}

static void print_text(const struct options *options, double seconds)
{
    numbers_print(stdout);
    printf("\n# %u runs of %.0f s together; every answered event was in the books, to the fen\n",
           options->runs, seconds);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = table, .parser = parse_option,
        .doc = "Measures fundwatchd beside raw LMDB on the same disk.",
    };
    struct options options = { .bench = { .seconds = 1.5 }, .runs = 3 };
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    options.bench.context = net_context();
    if (options.bench.context == NULL)
        die("cannot start ZeroMQ: %s", zmq_strerror(errno));
    if (options.json)
        printf("{\n");
    (options.json ? machine_print_json : machine_print)(stdout, options.bench.folder);
    fflush(stdout);
    double start = now();
    for (unsigned run = 1; run <= options.runs; run++)
        run_once(&options, run);
    if (options.json) {
        printf("  \"numbers\": [");
        numbers_print_json(stdout);
        printf("  ]\n}\n");
    } else {
        print_text(&options, now() - start);
    }
    zmq_ctx_term(options.bench.context);
    return EXIT_SUCCESS;
}
