#include "tests/bench/process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "consumers/client/query.h"
#include "tests/bench/load.h"
#include "tests/bench/sender.h"
#include "tests/bench/watch.h"

#define DEADLINE_MS 60000       /* only reached when something is wrong */
#define LOOK_US     20000       /* between looks at a job: what goes on beside it hardly feels them */

/* --- The child. -------------------------------------------------------------- */

/* Else it runs without a configuration file, as shipped. */
static bool configured(const struct bench *bench)
{
    return bench->tcp || bench->window != 0;
}

[[gnu::noreturn]] static void exec_daemon(const struct bench *bench, const char *option,
                                     const char *argument)
{
    char config[NET_PATH_MAX];
    const char *args[16] = { bench->program, "--log", "broken", "--data", bench->data };
    unsigned count = 5;
    path_in(bench->data, "config.yaml", config);
    if (configured(bench)) {
        args[count++] = "--config";
        args[count++] = config;
    }
    args[count++] = option;
    args[count++] = argument;
    execv(bench->program, (char *const *)(uintptr_t)args);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", bench->program, strerror(errno));
    _exit(127);
}

/* Starts fundwatchd with its stdout in a pipe, of which this is our end; `all`: its stderr too. */
static FILE *spawn(const struct bench *bench, const char *option, const char *argument, bool all,
                   pid_t *ret_pid)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        die("no pipe: %s", strerror(errno));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        die("cannot fork: %s", strerror(errno));
    if (pid == 0) {
        /* It must not outlive us, however we end. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(127);
        dup2(ends[1], STDOUT_FILENO);
        if (all)
            dup2(ends[1], STDERR_FILENO);
        exec_daemon(bench, option, argument);
    }
    close(ends[1]);
    *ret_pid = pid;
    FILE *pipe = fdopen(ends[0], "r");
    if (pipe == NULL)
        die("no pipe: %s", strerror(errno));
    return pipe;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            die("fundwatchd is gone: %s", strerror(errno));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int daemon_run(const struct bench *bench, const char *option, const char *argument,
               char *ret_output, size_t size)
{
    char line[1024];
    pid_t pid;
    FILE *pipe = spawn(bench, option, argument, true, &pid);
    ret_output[0] = '\0';
    while (fgets(line, sizeof line, pipe) != NULL) {
        if (strlen(ret_output) + strlen(line) >= size)
            ret_output[0] = '\0';
        if (strlen(line) < size)
            strcat(ret_output, line);
    }
    fclose(pipe);
    return wait_for(pid);
}

/* "… ingest_tcp=tcp://127.0.0.1:41234 …" */
static void read_endpoints(struct bench *bench, const char *line)
{
    for (unsigned role = 0; role < NET_ROLES; role++) {
        char before[32];
        snprintf(before, sizeof before, " %s_tcp=", net_role_word(role));
        const char *found = strstr(line, before);
        if (found == NULL)
            die("fundwatchd does not listen on TCP: %s", line);
        found += strlen(before);
        snprintf(bench->tcp_peers[role].endpoint, NET_ENDPOINT_MAX, "%.*s",
                 (int)strcspn(found, " \n"), found);
    }
}

double daemon_start(struct bench *bench)
{
    char line[4096];
    double start = now();
    FILE *pipe = spawn(bench, NULL, NULL, false, &bench->daemon);
    bool ready = fgets(line, sizeof line, pipe) != NULL
        && strncmp(line, "fundwatchd ready", strlen("fundwatchd ready")) == 0;
    double ready_after = now() - start;
    fclose(pipe);
    if (!ready)
        die("fundwatchd did not start");
    if (bench->tcp)
        read_endpoints(bench, line);
    watch_add(bench->daemon);
    return ready_after;
}

static void end_daemon(struct bench *bench, int signal_number)
{
    watch_remove(bench->daemon);
    kill(bench->daemon, signal_number);
    int code = wait_for(bench->daemon);
    bench->daemon = 0;
    if (signal_number == SIGTERM && code != 0)
        die("fundwatchd ended with %d", code);
}

void daemon_kill(struct bench *bench)
{
    end_daemon(bench, SIGKILL);
}

void daemon_stop(struct bench *bench)
{
    end_daemon(bench, SIGTERM);
}

double daemon_cpu(const struct bench *bench)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(bench->daemon, &clock) != 0 || clock_gettime(clock, &t) != 0)
        die("the daemon's clock cannot be read");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

uint64_t daemon_written(const struct bench *bench)
{
    char path[64], line[128];
    uint64_t bytes = 0;
    snprintf(path, sizeof path, "/proc/%d/io", (int)bench->daemon);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        die("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "wchar: %" SCNu64, &bytes) == 1)
            break;
    }
    fclose(file);
    return bytes;
}

uint64_t process_memory(pid_t pid, const char *key)
{
    char path[64], line[128];
    uint64_t kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':')
            kib = strtoull(line + strlen(key) + 1, NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return kib * 1024;
}

/* --- Asking. ----------------------------------------------------------------- */

static struct fw_query *open_query(const struct bench *bench)
{
    struct fw_query *query;
    const char *wrong = "";
    if (fw_query_open_in(bench->context, &bench->peers[NET_QUERY], &query, &wrong) != 0)
        die("cannot ask the daemon: %s", wrong);
    return query;
}

static struct reader ask(struct fw_query *query, const char *name)
{
    struct fw_answer answer;
    must(fw_query_ask(query, DEADLINE_MS, &answer), name);
    if (answer.code[0] != '\0')
        die("%s: %s %s", name, answer.code, answer.text);
    return answer.data;
}

/* Goes to the value of a key in the map that comes next. */
static void go_to(struct reader *r, const char *key)
{
    uint32_t pairs = read_map(r, 64);
    for (uint32_t i = 0; i < pairs; i++) {
        if (span_is(read_string(r, 64), key))
            return;
        read_skip(r, 16);
    }
    die("an answer has no \"%s\"", key);
}

int64_t daemon_info(const struct bench *bench, const char *key)
{
    struct fw_query *query = open_query(bench);
    fw_query_begin(query, "info", 0);
    struct reader r = ask(query, "info");
    go_to(&r, key);
    int64_t value = read_int(&r, INT64_MIN, INT64_MAX);
    fw_query_close(&query);
    return value;
}

static bool job_runs(struct fw_query *query, int64_t job)
{
    write_key_int(fw_query_begin(query, "job", 1), "job", job);
    struct reader r = ask(query, "job");
    go_to(&r, "state");
    struct span state = read_string(&r, 16);
    if (span_is(state, "failed"))
        die("the backup failed");
    return !span_is(state, "done");
}

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

double daemon_backup(const struct bench *bench, const char *path)
{
    struct fw_query *query = open_query(bench);
    int64_t began_ms = wall_ms();
    write_key_string(fw_query_begin(query, "backup", 1), "path", path);
    struct reader r = ask(query, "backup");
    go_to(&r, "job");
    int64_t job = read_int(&r, 0, INT64_MAX);
    while (job_runs(query, job))
        usleep(LOOK_US);
    fw_query_begin(query, "health", 0);
    r = ask(query, "health");
    go_to(&r, "backup");
    int64_t noted_ms = read_int(&r, began_ms, INT64_MAX);
    if (r.err != READ_OK)
        die("a backup was not noted");
    fw_query_close(&query);
    return (double)(noted_ms - began_ms) / 1000;
}

void daemon_check(const struct bench *bench, const char *when)
{
    struct totals found;
    int64_t events = daemon_info(bench, "events");
    if (events != (int64_t)bench->events)
        die("%s: the daemon answered for %llu events and has %lld", when,
            (unsigned long long)bench->events, (long long)events);
    books_read(bench, &found);
    totals_compare(when, &found, &bench->booked);
}

/* --- Folders. ---------------------------------------------------------------- */

static _Thread_local uint64_t walked_bytes;

static int add_bytes(const char *, const struct stat *st, int type, struct FTW *)
{
    if (type == FTW_F)
        walked_bytes += (uint64_t)st->st_blocks * 512;
    return 0;
}

uint64_t folder_bytes(const char *path)
{
    walked_bytes = 0;
    nftw(path, add_bytes, 16, FTW_PHYS);
    return walked_bytes;
}

static int remove_one(const char *path, const struct stat *, int, struct FTW *)
{
    return remove(path);
}

void folder_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

uint64_t daemon_store_bytes(const struct bench *bench)
{
    char store[NET_PATH_MAX], file[NET_PATH_MAX];
    struct stat st;
    path_in(bench->data, "store", store);
    path_in(bench->data, "store/data.mdb", file);
    if (stat(file, &st) != 0)
        die("%s: %s", file, strerror(errno));
    return folder_bytes(store) - (uint64_t)st.st_blocks * 512
        + (uint64_t)daemon_info(bench, "map_used");
}

/* --- A new store. ------------------------------------------------------------ */

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[NET_PATH_MAX];
    path_in(folder, name, path);
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        die("cannot write %s: %s", path, strerror(errno));
}

/* A key for the daemon, and one for us that may do everything; any port. */
static void write_keys(struct bench *bench)
{
    struct net_key server, ours;
    char text[512], path[NET_PATH_MAX];
    must(net_key_make("server", &server), "make a key");
    must(net_key_make("bench", &ours), "make a key");
    path_in(bench->data, "server.key", path);
    must(net_key_write(path, &server, true), "write a key");
    snprintf(text, sizeof text, "keys:\n  - name: bench\n    public: '%s'\n    sources: ['*']\n"
             "    sources_max: 999999\n"
             "    kinds: [all]\n    places: ['']\n    queries: [all]\n    commands: [all]\n"
             "    alerts: true\n", ours.public_key);
    write_file(bench->data, "rights.yaml", text);
    for (unsigned role = 0; role < NET_ROLES; role++) {
        bench->tcp_peers[role].key = ours;
        memcpy(bench->tcp_peers[role].server_key, server.public_key, sizeof server.public_key);
    }
}

static void write_config(const struct bench *bench)
{
    char text[256] = "", *end = text;
    if (bench->tcp)
        end = stpcpy(end, "listen:\n  ingest: tcp://127.0.0.1:*\n  query: tcp://127.0.0.1:*\n"
                          "  alerts: tcp://127.0.0.1:*\n");
    if (bench->window != 0)
        sprintf(end, "window: %u\n", bench->window);
    write_file(bench->data, "config.yaml", text);
}

void daemon_window(struct bench *bench, uint32_t window)
{
    daemon_stop(bench);
    bench->window = window;
    if (configured(bench))
        write_config(bench);
    daemon_start(bench);
}

void daemon_begin_empty(struct bench *bench)
{
    char output[1024];
    path_in(bench->folder, "data", bench->data);
    folder_remove(bench->data);
    for (unsigned role = 0; role < NET_ROLES; role++) {
        int length = snprintf(bench->peers[role].endpoint, NET_ENDPOINT_MAX, "ipc://%s/run/%s.sock",
                              bench->data, net_role_word(role));
        if (length >= NET_ENDPOINT_MAX)
            die("the path %s is too long", bench->data);
    }
    if (configured(bench) && mkdir(bench->data, 0700) != 0)
        die("cannot make %s: %s", bench->data, strerror(errno));
    if (bench->tcp)
        write_keys(bench);
    if (configured(bench))
        write_config(bench);
    int code = daemon_run(bench, "--init", NULL, output, sizeof output);
    if (code != 0)
        die("cannot make a store (exit code %d): %.*s", code, (int)strcspn(output, "\n"), output);
    bench->events = 0;
    bench->booked = (struct totals){ 0 };
    daemon_start(bench);
}

void daemon_begin(struct bench *bench)
{
    daemon_begin_empty(bench);
    send_setup(bench);
}

void daemon_end(struct bench *bench)
{
    daemon_stop(bench);
    folder_remove(bench->data);
}
