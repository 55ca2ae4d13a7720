/* bench - durable events a second and latencies, beside the parts alone and raw LMDB in the same run.
 *
 * tests/bench/run makes the folder and starts this; `bench --help` has the options. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/bench/bench.h"
#include "tests/bench/machine.h"
#include "tests/bench/numbers.h"
#include "tests/bench/process.h"
#include "tests/bench/targets.h"
#include "tests/bench/watch.h"

/* --- Sections. --------------------------------------------------------------- */

static const struct section {
    const char *name;
    void (*measure)(struct bench *bench);
    bool own_stores;            /* begins and ends the daemon itself, or needs none */
    bool tcp;
    bool only_if_named;         /* takes long */
} sections[] = {
    { .name = "raw", .measure = raw_measure, .own_stores = true },
    { .name = "parts", .measure = parts_measure, .own_stores = true },
    { .name = "mixed", .measure = mixed_measure, .tcp = true },
    { .name = "producers", .measure = producers_measure, .tcp = true },
    { .name = "single", .measure = single_measure, .tcp = true },
    { .name = "ids", .measure = ids_measure, .own_stores = true },
    { .name = "ingest", .measure = ingest_measure },
    { .name = "client", .measure = client_measure },
    { .name = "readers", .measure = readers_measure },
    { .name = "alerts", .measure = alerts_measure },
    { .name = "backup", .measure = backup_measure },
    { .name = "bytes", .measure = bytes_measure, .own_stores = true },
    { .name = "upkeep", .measure = upkeep_measure },
    { .name = "growth", .measure = growth_measure, .only_if_named = true },
    { .name = "year", .measure = year_measure, .own_stores = true, .only_if_named = true },
};
#define SECTIONS (sizeof sections / sizeof sections[0])

static const struct section *find_section(const char *name, size_t size)
{
    for (size_t i = 0; i < SECTIONS; i++) {
        if (strlen(sections[i].name) == size && memcmp(sections[i].name, name, size) == 0)
            return &sections[i];
    }
    return NULL;
}

#define HEADING_MEMORY_PEAKS "the most memory that a daemon had beside mapped files, looked at every 20 ms"

/* Of a section, and of the whole run so far. */
static double run_peak;

static void add_memory(const char *name)
{
    double bytes = (double)watch_take();
    if (bytes == 0)
        return;
    run_peak = bytes > run_peak ? bytes : run_peak;
    numbers_section(HEADING_MEMORY_PEAKS);
    number_add(bytes / (1 << 20), "MiB", "peak memory in %s", name);
}

static void measure_section(struct bench *bench, const struct section *section)
{
    bench->tcp = section->tcp;
    bench->window = 0;
    watch_take();
    if (!section->own_stores)
        daemon_begin(bench);
    section->measure(bench);
    add_memory(section->name);
    if (section->own_stores)
        return;
    daemon_check(bench, section->name);
    daemon_end(bench);
}

/* --- Options. ---------------------------------------------------------------- */

struct options {
    struct bench bench;
    unsigned runs;
    bool wanted[SECTIONS];
    const char *json_path;      /* also write JSON there */
    bool json;
};

static const struct argp_option table[] = {
    { "daemon",  'd', "PROGRAM", 0, "fundwatchd to measure; fundwatch-replay stands beside it", 0 },
    { "folder",  'f', "FOLDER",  0, "folder for all that is written, on the disk to measure", 0 },
    { "seconds", 's', "SECONDS", 0, "how long one measurement lasts (default 1)", 0 },
    { "runs",    'r', "NUMBER",  0, "how often everything is measured (default 3)", 0 },
    { "only",    'o', "SECTIONS", 0, "some of raw,parts,mixed,producers,single,ids,ingest,client,readers,"
                                     "alerts,backup,bytes,upkeep (default: these) and growth,year", 0 },
    { "fill",    'n', "EVENTS",  0, "in a store that ids, backup, bytes and upkeep are measured on "
                                    "(default 1000000)", 0 },
    { "growth",  'g', "EVENTS",  0, "that growth goes up to (default 20000000)", 0 },
    { "share",   'p', "SHARE",   0, "of 5.88 million persons in year: 0.0001 to 1 (default 0.05)", 0 },
    { "json",    'j', NULL,      0, "print JSON instead of tables", 0 },
    { "json-file", 'J', "FILE",  0, "write the JSON there too", 0 },
    { .name = NULL },
};

#define EXIT_USAGE 2

static double number_of(const char *text, double min, double max, struct argp_state *state)
{
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value >= min && value <= max))
        argp_error(state, "%s is not a number from %g to %g", text, min, max);
    return value;
}

static void want_default(struct options *options)
{
    for (size_t i = 0; i < SECTIONS; i++)
        options->wanted[i] = !sections[i].only_if_named;
}

static void want(struct options *options, const char *names, struct argp_state *state)
{
    memset(options->wanted, 0, sizeof options->wanted);
    if (*names == '\0')
        argp_error(state, "--only without a section");
    for (const char *at = names; *at != '\0'; at += *at == ',') {
        size_t size = strcspn(at, ",");
        const struct section *section = find_section(at, size);
        if (section == NULL)
            argp_error(state, "there is no section %.*s", (int)size, at);
        options->wanted[section - sections] = true;
        at += size;
    }
}

static void check_paths(const struct bench *bench, struct argp_state *state)
{
    struct stat st;
    int err = stat(bench->folder, &st) != 0 ? errno : S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
    if (err != 0)
        argp_failure(state, EXIT_USAGE, err, "--folder %s", bench->folder);
    err = stat(bench->program, &st) != 0 || access(bench->program, X_OK) != 0 ? errno
        : S_ISREG(st.st_mode) ? 0 : EACCES;
    if (err != 0)
        argp_failure(state, EXIT_USAGE, err, "--daemon %s", bench->program);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'd': options->bench.program = value; return 0;
    case 'f': options->bench.folder = value; return 0;
    case 's': options->bench.seconds = number_of(value, 0.01, 3600, state); return 0;
    case 'r': options->runs = (unsigned)number_of(value, 1, 1000, state); return 0;
    case 'n': options->bench.fill = (uint64_t)number_of(value, 1000, 1e9, state); return 0;
    case 'g': options->bench.growth = (uint64_t)number_of(value, 2e6, 1e9, state); return 0;
    case 'p': options->bench.share = number_of(value, 0.0001, 1, state); return 0;
    case 'o': want(options, value, state); return 0;
    case 'j': options->json = true; return 0;
    case 'J': options->json_path = value; return 0;
    case ARGP_KEY_END:
        if (options->bench.program == NULL || options->bench.folder == NULL)
            argp_error(state, "--daemon and --folder are needed");
        check_paths(&options->bench, state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* --- Runs. ------------------------------------------------------------------- */

static void run_once(struct options *options, unsigned run, double began)
{
    for (size_t i = 0; i < SECTIONS; i++) {
        if (!options->wanted[i])
            continue;
        fprintf(stderr, "run %u of %u: %s (after %.0f s)\n", run, options->runs, sections[i].name,
                now() - began);
        measure_section(&options->bench, &sections[i]);
        progress("%s", "");
    }
    if (run_peak > 0) {
        numbers_section(HEADING_MEMORY_PEAKS);
        number_add(run_peak / (1 << 20), "MiB", "peak memory of all sections");
    }
    run_peak = 0;
}

static void print_json(FILE *to, const struct options *options)
{
    fprintf(to, "{\n");
    machine_print_json(to, options->bench.folder);
    fprintf(to, "  \"numbers\": [");
    numbers_print_json(to);
    fprintf(to, "  ],\n  \"targets\": [");
    targets_print_json(to);
    fprintf(to, "  ]\n}\n");
}

static void print_text(const struct options *options, double seconds)
{
    numbers_print(stdout);
    targets_print(stdout);
    printf("\n# %u runs of %.0f s together; every answered event was in the books of its fund, month "
           "and account, to the fen\n",
           options->runs, seconds);
}

static void write_json(const struct options *options)
{
    FILE *file = fopen(options->json_path, "we");
    if (file == NULL)
        die("cannot write %s: %s", options->json_path, strerror(errno));
    print_json(file, options);
    if (fclose(file) != 0)
        die("cannot write %s: %s", options->json_path, strerror(errno));
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = table, .parser = parse_option,
        .doc = "Measures fundwatchd, through the client library that producers ship with, beside its parts "
               "alone and raw LMDB on the same disk."
               "\vExit codes: 0 measured, and the books hold what was answered (a target that is not met is "
               "no failure); 1 failed; 2 the command line is wrong.",
    };
    struct options options = {
        .bench = { .seconds = 1.0, .fill = 1000000, .growth = 20000000, .share = 0.05 }, .runs = 3,
    };
    want_default(&options);
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    options.bench.context = net_context();
    if (options.bench.context == NULL)
        die("cannot start ZeroMQ: %s", zmq_strerror(errno));
    if (!options.json)
        machine_print(stdout, options.bench.folder);
    fflush(stdout);
    watch_begin();
    double start = now();
    for (unsigned run = 1; run <= options.runs; run++)
        run_once(&options, run, start);
    if (options.json)
        print_json(stdout, &options);
    else
        print_text(&options, now() - start);
    if (options.json_path != NULL)
        write_json(&options);
    zmq_ctx_term(options.bench.context);
    return EXIT_SUCCESS;
}
