#include "daemon/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads what there is until the child closes its end.  False if `stop` rang first. */
static bool read_lines(FILE *pipe, const struct bell *stop, void (*line)(void *arg, char *line),
                       void *arg)
{
    char *text = NULL;
    size_t room = 0;
    bool stopped = false, ended = false;
    struct pollfd items[] = {
        { .fd = fileno(pipe), .events = POLLIN },
        { .fd = stop->fd, .events = POLLIN },
    };
    while (!stopped && !ended) {
        if (poll(items, 2, -1) < 0 && errno != EINTR)
            break;
        stopped = items[1].revents != 0;
        if (stopped || items[0].revents == 0)
            continue;
        ended = getline(&text, &room, pipe) < 0;
        if (!ended) {
            text[strcspn(text, "\n")] = '\0';
            line(arg, text);
        }
    }
    free(text);
    return ended;
}

/* The child has no signal blocked or ignored, and only the pipe's end as stdout. */
static int spawn(const char *const words[CHILD_WORDS_MAX], int out, pid_t *ret_pid)
{
    extern char **environ;
    char self[] = "/proc/self/exe", name[] = "fundwatchd";
    char *argv[CHILD_WORDS_MAX + 2] = { name };
    for (unsigned i = 0; i < CHILD_WORDS_MAX; i++)
        argv[1 + i] = (char *)(uintptr_t)words[i];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, pipe;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    /* A child whose daemon was killed ends with the next line that it tells. */
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int err = -posix_spawn(ret_pid, self, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return err;
}

int child_run(const char *const words[CHILD_WORDS_MAX], const struct bell *stop,
              void (*line)(void *arg, char *line), void *arg, int *ret_status)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    int err = spawn(words, ends[1], &pid);
    close(ends[1]);
    if (err != 0) {
        close(ends[0]);
        return err;
    }
    FILE *pipe = fdopen(ends[0], "r");
    bool ended = pipe != NULL && read_lines(pipe, stop, line, arg);
    if (!ended)
        kill(pid, SIGKILL);
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR) {
    }
    if (pipe != NULL)
        fclose(pipe);
    return ended ? 0 : -ECANCELED;
}

static bool is_crash(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT || signal == SIGILL
        || signal == SIGFPE;
}

int child_failed(int status, const char *what, char **ret_error)
{
    int length;
    if (!WIFSIGNALED(status))
        length = asprintf(ret_error, "%s could not be made (exit code %d)", what,
                          WEXITSTATUS(status));
    else if (is_crash(WTERMSIG(status)))
        length = asprintf(ret_error, "%s crashed with signal %d: the copy is damaged", what,
                          WTERMSIG(status));
    else
        length = asprintf(ret_error, "%s was ended by signal %d: ask again", what,
                          WTERMSIG(status));
    return length < 0 ? -ENOMEM : -ECHILD;
}
