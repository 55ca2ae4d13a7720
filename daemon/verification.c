#include "daemon/verification.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT_FORMAT(spec) "result records=%" spec " events=%" spec " funds=%" spec \
    " rules=%" spec " alerts=%" spec " differences=%" spec " chain="

/* --- The child. -------------------------------------------------------------- */

static void print_progress([[maybe_unused]] void *arg, uint64_t at, uint64_t of)
{
    printf("progress %" PRIu64 " %" PRIu64 "\n", at, of);
    fflush(stdout);
}

static void print_result(const struct verify_result *r)
{
    printf(RESULT_FORMAT(PRIu64), r->records, r->events, r->funds, r->rules, r->alerts,
           r->differences);
    for (unsigned i = 0; i < CHAIN_SIZE; i++)
        printf("%02x", r->chain[i]);
    printf("\n");
    if (r->first[0] != '\0')
        printf("first %s\n", r->first);
    fflush(stdout);
}

int verification_main(const char *path)
{
    struct verify_result result = { .records = 0 };
    int err = verify_store(path, print_progress, NULL, &result);
    if (err != 0) {
        fprintf(stderr, "fundwatchd: %s cannot be compared: %s\n", path, strerror(-err));
        return EXIT_FAILURE;
    }
    print_result(&result);
    return result.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- The daemon. ------------------------------------------------------------- */

struct reading {
    FILE *pipe;
    void (*progress)(void *arg, uint64_t at, uint64_t of);
    void *arg;
    struct verify_result result;
    bool complete;              /* a whole result line was there */
};

static bool read_chain(const char *hex, uint8_t chain[CHAIN_SIZE])
{
    for (unsigned i = 0; i < CHAIN_SIZE; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * (size_t)i, "%2x", &byte) != 1)
            return false;
        chain[i] = (uint8_t)byte;
    }
    return true;
}

static void read_line(struct reading *reading, const char *line)
{
    struct verify_result *r = &reading->result;
    uint64_t at, of;
    int end = 0;
    if (sscanf(line, "progress %" SCNu64 " %" SCNu64, &at, &of) == 2)
        reading->progress(reading->arg, at, of);
    else if (sscanf(line, RESULT_FORMAT(SCNu64) "%n", &r->records, &r->events, &r->funds,
                    &r->rules, &r->alerts, &r->differences, &end) == 6 && end > 0)
        reading->complete = strlen(line + end) == 2 * CHAIN_SIZE
            && read_chain(line + end, r->chain);
    else if (strncmp(line, "first ", 6) == 0)
        snprintf(r->first, sizeof r->first, "%.*s", (int)sizeof r->first - 1, line + 6);
}

/* Reads until the child closes its end.  False if `stop` rang first. */
static bool read_child(struct reading *reading, const struct bell *stop)
{
    char line[512];
    struct pollfd items[] = {
        { .fd = fileno(reading->pipe), .events = POLLIN },
        { .fd = stop->fd, .events = POLLIN },
    };
    for (;;) {
        if (poll(items, 2, -1) < 0 && errno != EINTR)
            return false;
        if (items[1].revents != 0)
            return false;
        if (items[0].revents == 0)
            continue;
        if (fgets(line, sizeof line, reading->pipe) == NULL)
            return true;
        line[strcspn(line, "\n")] = '\0';
        read_line(reading, line);
    }
}

/* Starts ourselves again; the child has no signal blocked and only the pipe's end as stdout. */
static int spawn(const char *path, int out, pid_t *ret_pid)
{
    extern char **environ;
    char self[] = "/proc/self/exe", option[] = "--verify-copy";
    char name[] = "fundwatchd";
    char *argv[] = { name, option, (char *)(uintptr_t)path, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int err = -posix_spawn(ret_pid, self, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return err;
}

static bool is_crash(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT || signal == SIGILL
        || signal == SIGFPE;
}

static int judge(int status, const struct reading *reading, struct verify_result *ret,
                 char **ret_error)
{
    /* Differences end it with 1 too, but then it has said what they are. */
    if (WIFEXITED(status) && reading->complete) {
        *ret = reading->result;
        return 0;
    }
    int length;
    if (!WIFSIGNALED(status))
        length = asprintf(ret_error, "the comparison could not be made (exit code %d)",
                          WEXITSTATUS(status));
    else if (is_crash(WTERMSIG(status)))
        length = asprintf(ret_error, "the comparison crashed with signal %d: the copy is damaged",
                          WTERMSIG(status));
    else
        length = asprintf(ret_error, "the comparison was ended by signal %d: ask again",
                          WTERMSIG(status));
    return length < 0 ? -ENOMEM : -ECHILD;
}

int verification_run(const char *path, const struct bell *stop,
                     void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                     struct verify_result *ret, char **ret_error)
{
    int ends[2], status;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    int err = spawn(path, ends[1], &pid);
    close(ends[1]);
    if (err != 0) {
        close(ends[0]);
        return err;
    }
    struct reading reading = { .progress = progress, .arg = arg, .pipe = fdopen(ends[0], "r") };
    bool ended = reading.pipe != NULL && read_child(&reading, stop);
    if (!ended)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (reading.pipe != NULL)
        fclose(reading.pipe);
    return ended ? judge(status, &reading, ret, ret_error) : -ECANCELED;
}
