/* sim - sources, network, daemon, store and monitors, simulated from one seed, with everything that can fail.
 *
 *   sim SEED [--trace]          runs one; --trace tells what happens
 *   sim FIRST-LAST [--twice]    runs each, in a process of its own; --twice: again, and compares
 *
 * Exit status 1 and the seed if a defect was found. */
#include <assert.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/log.h"
#include "store/files.h"
#include "tests/sim/system.h"
#include "tests/sim/world.h"

int __real_mallopt(int option, int value);

#define SEED_S 60               /* of real time for one */

struct options {
    uint64_t first, last;
    bool trace, twice;
};

/* --- One run. --------------------------------------------------------------------------- */

static void make_folder(const char *name)
{
    char path[WORLD_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s%s", world.root, name);
    int err = mkdir(path, 0700);
    assert(err == 0);
}

static void write_key(void)
{
    char path[WORLD_PATH_MAX + 8], public_key[NET_KEY_MAX], secret_key[NET_KEY_MAX];
    snprintf(path, sizeof path, "%s/key", world.root);
    key_of_name("house", 'P', public_key);
    key_of_name("house", 'S', secret_key);
    FILE *file = fopen(path, "w");
    assert(file != NULL);
    fprintf(file, "name: house\npublic: %s\nsecret: %s\n", public_key, secret_key);
    fclose(file);
    chmod(path, 0600);
}

static void build_machine(struct machine *machine, const char *name)
{
    char path[WORLD_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", world.root, name);
    machine->disk = disk_new(path, world.seed, name);
}

static void build(void)
{
    char path[WORLD_PATH_MAX + 16];
    files_remove_folder(world.root);    /* of one with this number that was killed */
    make_folder("");
    make_folder("/house");
    make_folder("/house/backups");
    snprintf(path, sizeof path, "%s/house/store", world.root);
    plan_found(path);
    write_key();
    write_rights();
    build_machine(&world.house.machine, "house");
    for (uint32_t i = 0; i < world.source_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "/%s", world.sources[i].name);
        make_folder(name);
        build_machine(&world.sources[i].machine, world.sources[i].name);
    }
}

static bool has_ended(void *arg)
{
    return !((const struct process *)arg)->alive;
}

static void harness(void)
{
    plan_make();
    build();
    weather_run();
    world.house.stop = true;
    fiber_wait(has_ended, world.house.process, WAIT_FOR_EVER);
    if (world.house.process->code != 0)
        defect("the daemon does not stop when nothing is wrong");
    books_check();
}

static void run(uint64_t seed, bool print)
{
    world.seed = seed;
    kernel_begin(seed, world.root, print);
    system_begin(seed);
    network_begin(seed);
    tap_begin();
    process_on_end(network_process_ended);
    process_on_end(disk_process_ended);
    log_set_level(LOG_AT_INFO);
    __real_mallopt(M_MMAP_THRESHOLD, 128 * 1024);       /* for good: it would grow */
    kernel_run(harness);
}

/* --- Many. ------------------------------------------------------------------------------ */

static void choose_root(pid_t pid)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    snprintf(world.root, sizeof world.root, "%s/fundwatch-sim-%ld", base != NULL ? base : "/tmp", (long)pid);
}

/* In a process of its own, because it leaves behind what killed processes had.  False if there is a
 * defect. */
static bool run_apart(uint64_t seed, bool print, uint64_t *ret_hash)
{
    int ends[2], status;
    if (pipe(ends) != 0)
        return false;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        choose_root(getpid());
        alarm(SEED_S);
        run(seed, print);
        uint64_t hash = trace_hash();
        ssize_t put = write(ends[1], &hash, sizeof hash);
        fflush(stdout);
        _Exit(put == sizeof hash ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(ends[1]);
    bool whole = pid > 0 && read(ends[0], ret_hash, sizeof *ret_hash) == sizeof *ret_hash;
    close(ends[0]);
    if (pid > 0 && waitpid(pid, &status, 0) == pid) {
        choose_root(pid);
        files_remove_folder(world.root);
        if (WIFSIGNALED(status))
            printf("seed %" PRIu64 ": ended by signal %d\n", seed, WTERMSIG(status));
        return whole && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    }
    return false;
}

static bool run_seed(uint64_t seed, const struct options *options)
{
    uint64_t hash, again;
    bool good = run_apart(seed, options->trace, &hash);
    if (good && options->twice) {
        good = run_apart(seed, false, &again);
        if (good && hash != again) {
            printf("seed %" PRIu64 ": it ran otherwise the second time\n", seed);
            good = false;
        }
    }
    return good;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
    *ret = (struct options){ .first = 0 };
    char rest;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0)
            ret->trace = true;
        else if (strcmp(argv[i], "--twice") == 0)
            ret->twice = true;
        else if (sscanf(argv[i], "%" SCNu64 "-%" SCNu64 "%c", &ret->first, &ret->last, &rest) == 2)
            continue;
        else if (sscanf(argv[i], "%" SCNu64 "%c", &ret->first, &rest) == 1)
            ret->last = ret->first;
        else
            return false;
    }
    return ret->first > 0 && ret->last >= ret->first;
}

int main(int argc, char **argv)
{
    struct options options;
    if (!read_options(argc, argv, &options)) {
        fputs("usage: sim SEED | FIRST-LAST [--trace] [--twice]\n", stderr);
        return 2;
    }
    for (uint64_t seed = options.first; seed <= options.last; seed++)
        if (!run_seed(seed, &options))
            return EXIT_FAILURE;
    printf("%" PRIu64 " seeds: no defect\n", options.last - options.first + 1);
    return EXIT_SUCCESS;
}
