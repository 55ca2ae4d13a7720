/* A year of a large city (Zhanjiang: 5.88 million persons, 16 million settlements, their enrolments and
 * fees) through the shipped fundwatch-replay: its spools, its sources, a day event each month. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/numbers.h"
#include "tests/bench/process.h"

#define LOOK_US 20000           /* how often memory is looked at */

#define FUND "440800/390"
#define YEAR_OF_CASE 2022

/* What the case says that each line comes to, whatever the share of persons: fen. */
static const struct { const char *account; int64_t fen; } lines[] = {
    { "I11", INT64_C(225271760000) },
    { "I21", INT64_C(371524810000) },
    { "E11", INT64_C(360712260000) },
    { "E12", INT64_C(34045940000) },
};

/* The heads of June 2022 and the totals of its report; bills, seasons and sizes are made up. */
static const struct { const char *name, *text; } files[] = {
    { "case.yaml",
      "name: a city's year\n"
      "fund: 440800/390\n"
      "year: 2022\n"
      "policy: policy.yaml\n"
      "bureau: bureau\n"
      "tables:\n"
      "  - file: bureau.csv\n"
      "    source: bureau\n"
      "people:\n"
      "  count: 5880830\n"
      "  registry: registry\n"
      "  tax_office: tax-office\n"
      "  fee: 350\n"
      "  total: 225271.76\n"
      "  season: [2, 2, 1, 1, 1, 1, 1, 1, 18, 27, 27, 18]\n"
      "hospitals: 100\n"
      "bills:\n"
      "  - category: inpatient\n"
      "    count: 1000000\n"
      "    total: 360712.26\n"
      "    in_policy: 70\n"
      "    sizes: spread\n"
      "    season: [8, 7, 9, 9, 9, 8, 8, 8, 8, 8, 9, 9]\n"
      "  - category: outpatient\n"
      "    count: 15000000\n"
      "    total: 34045.94\n"
      "    sizes: spread\n"
      "    season: [8, 7, 9, 9, 9, 8, 8, 8, 8, 8, 9, 9]\n" },
    { "policy.yaml",
      "fund: 440800/390\n"
      "date: 2021-12-31\n"
      "version: 1\n"
      "recognition: settlement\n"
      "fees: arrival\n"
      "clock: events\n" },
    { "bureau.csv",
      "id,kind,fund,date,amount(万元),category,year\n"
      "opening-2022,opening,440800/390,2021-12-31,468689.05,,\n"
      "subsidy-2022,subsidy,440800/390,2022-03-15,371524.81,central,2022\n" },
};

static void write_case(const char *folder)
{
    if (mkdir(folder, 0700) != 0)
        die("cannot make %s: %s", folder, strerror(errno));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[NET_PATH_MAX];
        path_in(folder, files[i].name, path);
        FILE *file = fopen(path, "we");
        if (file == NULL || fputs(files[i].text, file) < 0 || fclose(file) != 0)
            die("cannot write %s: %s", path, strerror(errno));
    }
}

/* fundwatch-replay stands beside fundwatchd. */
static void replay_path(const struct bench *bench, char ret[NET_PATH_MAX])
{
    const char *slash = strrchr(bench->program, '/');
    int folder = slash == NULL ? 0 : (int)(slash - bench->program) + 1;
    if (snprintf(ret, NET_PATH_MAX, "%.*sfundwatch-replay", folder, bench->program) >= NET_PATH_MAX)
        die("the path of %s is too long", bench->program);
}

struct playing {
    pid_t pid;
    char folder[NET_PATH_MAX], spools[NET_PATH_MAX], answer[NET_PATH_MAX];
    double replay_memory;       /* the most, beside mapped files, in bytes */
};

[[gnu::noreturn]] static void exec_replay(const struct bench *bench, const struct playing *p)
{
    char program[NET_PATH_MAX], scale[32];
    replay_path(bench, program);
    snprintf(scale, sizeof scale, "%.6f", bench->share);
    int fd = open(p->answer, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(127);
    execl(program, program, "--json", "--scale", scale, "--endpoint", bench->peers[NET_INGEST].endpoint,
          "--spool-dir", p->spools, p->folder, (char *)NULL);
    _exit(127);
}

static void begin_playing(const struct bench *bench, struct playing *p)
{
    pid_t parent = getpid();
    p->pid = fork();
    if (p->pid < 0)
        die("cannot fork: %s", strerror(errno));
    if (p->pid > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    exec_replay(bench, p);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void wait_playing(struct playing *p)
{
    int status = 0;
    pid_t ended;
    double start = now();
    while ((ended = waitpid(p->pid, &status, WNOHANG)) == 0) {
        progress("year: playing for %.0f s", now() - start);
        p->replay_memory = larger(p->replay_memory, (double)process_memory(p->pid, "RssAnon"));
        usleep(LOOK_US);
    }
    if (ended != p->pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("fundwatch-replay failed (%d)", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Of its summary in JSON. */
static uint64_t applied_of(const struct playing *p)
{
    char line[1024] = "";
    uint64_t applied;
    FILE *file = fopen(p->answer, "re");
    const char *found = file != NULL && fgets(line, sizeof line, file) != NULL
        ? strstr(line, "\"applied\":") : NULL;
    if (found == NULL || sscanf(found, "\"applied\":%" SCNu64, &applied) != 1)
        die("fundwatch-replay does not say what was applied: %s", line);
    fclose(file);
    return applied;
}

/* Every line of the fund to the fen, and the books again from their journal. */
static void check(const struct bench *bench, uint64_t applied)
{
    char path[NET_PATH_MAX];
    if (daemon_info(bench, "events") != (int64_t)applied)
        die("fundwatch-replay says that %" PRIu64 " events were applied, and the daemon has another number",
            applied);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        int64_t fen = books_line(bench, FUND, YEAR_OF_CASE, lines[i].account);
        if (fen != lines[i].fen)
            die("a city's year: %s is %" PRId64 " fen and must be %" PRId64, lines[i].account, fen,
                lines[i].fen);
    }
    path_in(bench->folder, "backup", path);
    progress("year: verify");
    number_add(daemon_backup(bench, path), "s", "year backup");
    number_add((double)applied / upkeep_rebuild(bench, path, applied), "events/s",
               "year rebuild and compare");
    folder_remove(path);
}

static void add_numbers(const struct bench *bench, const struct playing *p, uint64_t events, double seconds)
{
    number_add(bench->share, "of 5.88 million persons", "year size");
    number_add((double)events, "events", "year events");
    number_add(seconds, "s", "year time");
    number_add((double)events / seconds, "events/s", "year rate");
    number_add((double)process_memory(bench->daemon, "VmHWM") / (1 << 20), "MiB",
               "year peak memory of fundwatchd, mapped files included");
    number_add(p->replay_memory / (1 << 20), "MiB", "year peak memory of fundwatch-replay beside its spools");
    number_add((double)daemon_store_bytes(bench) / (1 << 20), "MiB", "year store");
    number_add((double)daemon_store_bytes(bench) / (double)events, "bytes/event", "year bytes");
    number_add((double)folder_bytes(p->spools) / (1 << 20), "MiB", "year spools");
}

void year_measure(struct bench *bench)
{
    struct playing p = { .pid = 0 };
    path_in(bench->folder, "year", p.folder);
    path_in(bench->folder, "year-spools", p.spools);
    path_in(bench->folder, "year-answer", p.answer);
    numbers_section("a city's year through fundwatch-replay: persons, enrolments, fees, settlements, "
                    "103 sources");
    write_case(p.folder);
    daemon_begin_empty(bench);
    double start = now();
    begin_playing(bench, &p);
    wait_playing(&p);
    double seconds = now() - start;
    uint64_t applied = applied_of(&p);
    add_numbers(bench, &p, applied, seconds);
    check(bench, applied);
    daemon_kill(bench);
    number_add(daemon_start(bench), "s", "year start after kill -9");
    daemon_end(bench);
    folder_remove(p.spools);
    folder_remove(p.folder);
    unlink(p.answer);
}
